"""Areas: one tree from the sub-district to the building, with levels that are data.

How the levels are changed is in `levels`; moving an area in `moving`, closing it in `closing`, drawn
shapes in `shapes`, the map of everything in `plan`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import JSON, Index, Row, func, insert, or_, select, update
from sqlmodel import Field, SQLModel

from db import parsing
from db.access import path_below, within
from db.audit import Changes
from db.engine import BYTEWISE
from db.errors import Refused
from db.fields import day, option, text
from db.record import Record
from db.words import N_
from db.work import Work, command, query

MOST_AT_ONCE = 300
MOST_STAIRS = 50
MOST_FLOORS = 150

ROLE_OPTIONS = (
    option("grid_worker", N_("Grid worker"), "网格员", "网格长"),
    option("block_lead", N_("Block lead"), "片长"),
    option("building_lead", N_("Building lead"), "楼长", "楼栋长", "单元长"),
)


class Level(SQLModel, table=True):
    """A level of the tree. Which levels there are, in which order and what they are called is data."""

    code: str = Field(primary_key=True)
    position: int
    label: str
    holds_homes: bool = False  # a level on which people live
    role: str = ""  # the post that is expected to hold an area of this level


class Area(Record, table=True):
    """A piece of the neighbourhood. `area_path` holds the ids from the root down to itself: "/00001/00004/00017/"."""

    __table_args__ = (Index("ix_area_parent", "parent_id", "position"),)

    name: str = text(N_("Name"), required=True, longest=60, headings=("名称", "区域名称"))
    code: str = text(N_("Code"), longest=40, index=True, headings=("编码", "代码", "编号"))
    level: str = Field(foreign_key="level.code", index=True)
    parent_id: int | None = Field(default=None, foreign_key="area.id")
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)
    position: int = 0
    number: str = Field(default="", index=True)  # a building's number as addresses write it: "12", "甲3"
    stairs: int = 0
    floors: int = 0
    shape: dict[str, object] | None = Field(
        default=None, sa_type=JSON(none_as_null=True)
    )  # GeoJSON geometry, WGS-84
    hull: dict[str, object] | None = Field(
        default=None, sa_type=JSON(none_as_null=True)
    )  # around what is drawn in it, for an area that is not drawn itself
    closed_on: date | None = day(N_("Closed on"))


_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class AreaRow:
    """One area as lists and trees show it. `depth` counts from 0 at the roots that the viewer sees."""

    id: int
    parent_id: int | None
    level: str
    name: str
    code: str
    number: str
    area_path: str
    stairs: int
    floors: int
    drawn: bool
    closed_on: date | None
    version: int
    depth: int = 0


_COLUMNS = (
    _A.id, _A.parent_id, _A.level, _A.name, _A.code, _A.number, _A.area_path, _A.stairs, _A.floors,
    _A.shape.is_not(None).label("drawn"), _A.closed_on, _A.version,
)  # fmt: skip


def building_number(name: str) -> str:
    """The number in a building's name as addresses write it: "12栋" → "12", "甲3号楼" → "甲3"; "" if none."""
    plain = parsing.fold(name)
    if re.fullmatch(r"\d{1,4}", plain):
        return plain.lstrip("0") or plain
    found = parsing.address(plain).value
    return found.building if found and not found.stair and not found.room else ""


def names_of(written: str) -> list[str]:
    """The names that somebody means by "1-24栋" or "甲1栋、5-8栋".

    Refused `area.range` when a range runs backwards, `area.too_many` above `MOST_AT_ONCE`.
    """
    names: list[str] = []
    for part in re.split(r"[,，、;；\n]", written):
        part = parsing.fold(part)
        between = re.fullmatch(r"(\D*?)(\d{1,4})\s*(?:-|~|—|至|到)\s*(\d{1,4})(\D*)", part)
        if between is None:
            names += [part] if part else []
            continue
        before, first, last, after = between[1], int(between[2]), int(between[3]), between[4]
        if first > last:
            raise Refused("area.range", text=part)
        if last - first >= MOST_AT_ONCE:
            raise Refused("area.too_many", limit=MOST_AT_ONCE)
        names += [f"{before}{number}{after}" for number in range(first, last + 1)]
    if len(names) > MOST_AT_ONCE:
        raise Refused("area.too_many", limit=MOST_AT_ONCE)
    return list(dict.fromkeys(names))


def row_of(work: Work, area_id: int | None, *, lock: bool = False) -> Row[Any]:
    """All columns of an area that the viewer may do the running action to. Refused `area.not_found`."""
    statement = select(Area.__table__).where(  # type: ignore[attr-defined]
        _A.id == area_id, within(work.viewer, work.action, _A.area_path)
    )
    row = work.session.execute(statement.with_for_update() if lock else statement).first()
    if row is None:
        raise Refused("area.not_found")
    return row


def check_parent(work: Work, level: str, parent: Row[Any] | None) -> None:
    """An area of `level` may lie in `parent`. Refused `level.unknown`, `area.level_order`, `area.parent_closed`."""
    known = {row.code: row for row in work.session.execute(select(_L.code, _L.position, _L.label))}
    if level not in known:
        raise Refused("level.unknown", level=level)
    if parent is None:
        if work.viewer.scope(work.action) != "all":
            raise Refused("area.outside")
        return
    if known[parent.level].position >= known[level].position:
        raise Refused("area.level_order", level=known[level].label, parent=known[parent.level].label)
    if parent.closed_on is not None:
        raise Refused("area.parent_closed", parent=parent.name)


def check_free(
    work: Work, parent_id: int | None, names: Mapping[str, str], code: str = "", *, but: int | None = None
) -> None:
    """`names` (name → building number) are used by no open sibling, `code` by no other open area.

    Refused `area.name_taken` with `names`, `area.code_taken` with `area_code` and `name`.
    """
    numbers = [number for number in names.values() if number]
    siblings = work.session.execute(
        select(_A.name).where(
            _A.parent_id == parent_id if parent_id is not None else _A.parent_id.is_(None),
            or_(_A.name.in_(list(names)), _A.number.in_(numbers)),
            _A.closed_on.is_(None),
            _A.id != (but or 0),
        )
    ).scalars()
    taken = sorted(siblings)
    if taken:
        raise Refused("area.name_taken", names="、".join(taken))
    if code:
        other = work.session.execute(
            select(_A.name).where(_A.code == code, _A.closed_on.is_(None), _A.id != (but or 0)).limit(1)
        ).scalar()
        if other is not None:
            raise Refused("area.code_taken", area_code=code, name=other)


def _named(name: str) -> str:
    name = parsing.fold(name)
    if not name:
        raise Refused("area.name_needed")
    if len(name) > 60:
        raise Refused("area.name_long", limit=60)
    return name


def _sized(stairs: int, floors: int) -> dict[str, int]:
    if not (0 <= stairs <= MOST_STAIRS and 0 <= floors <= MOST_FLOORS):
        raise Refused("area.size", stairs=MOST_STAIRS, floors=MOST_FLOORS)
    return {"stairs": stairs, "floors": floors}


def holds_homes(work: Work, level: str) -> bool:
    """Whether people live on this level."""
    return bool(work.session.execute(select(_L.holds_homes).where(_L.code == level)).scalar())


@command("area.edit")
def add(
    work: Work, *, name: str, level: str, parent_id: int | None = None, code: str = "", stairs: int = 0,
    floors: int = 0, number: str = "", shape: Mapping[str, Any] | None = None,
) -> int:  # fmt: skip
    """Add an area as the last among its siblings and return its id. A building's number follows from its name.

    Refused as `add_many`, and `area.code_taken`.
    """
    name, code = _named(name), parsing.fold(code)[:40]
    parent = row_of(work, parent_id) if parent_id is not None else None
    check_parent(work, level, parent)
    number = parsing.fold(number) or (building_number(name) if holds_homes(work, level) else "")
    check_free(work, parent_id, {name: number}, code)
    position = _next_position(work, parent_id)
    values = {"code": code, "shape": dict(shape) if shape else None, **_sized(stairs, floors)}
    return _insert(work, parent, level, name, number, position, values)


@command("area.edit")
def add_many(
    work: Work, *, names: str | Sequence[str], level: str, parent_id: int | None = None, stairs: int = 0,
    floors: int = 0,
) -> list[int]:  # fmt: skip
    """Add several areas of one kind at once: `names` as one writes them, "1-24栋". Returns their ids.

    All or none. Refused `area.name_needed`, `area.name_taken`, `area.not_found` (the parent), `area.level_order`,
    `area.parent_closed`, `area.size`, `area.range`, `area.too_many`, `level.unknown`.
    """
    wanted = names_of(names) if isinstance(names, str) else list(names)
    if not wanted:
        raise Refused("area.name_needed")
    if len(wanted) > MOST_AT_ONCE:
        raise Refused("area.too_many", limit=MOST_AT_ONCE)
    parent = row_of(work, parent_id) if parent_id is not None else None
    check_parent(work, level, parent)
    homes = holds_homes(work, level)
    numbers = {_named(name): building_number(name) if homes else "" for name in wanted}
    doubled = [number for number in numbers.values() if number]
    if len(doubled) != len(set(doubled)):
        twice = [name for name, number in numbers.items() if number and doubled.count(number) > 1]
        raise Refused("area.name_taken", names="、".join(twice))
    check_free(work, parent_id, numbers)
    position = _next_position(work, parent_id)
    size = _sized(stairs, floors)
    return [
        _insert(work, parent, level, name, number, position + index, size)
        for index, (name, number) in enumerate(numbers.items())
    ]


def _next_position(work: Work, parent_id: int | None) -> int:
    same = _A.parent_id == parent_id if parent_id is not None else _A.parent_id.is_(None)
    return int(work.session.execute(select(func.max(_A.position)).where(same)).scalar() or 0) + 1


def _insert(
    work: Work, parent: Row[Any] | None, level: str, name: str, number: str, position: int, values: dict[str, Any]
) -> int:  # fmt: skip
    filled = Area(
        name=name, level=level, parent_id=parent.id if parent else None, number=number, position=position, **values
    ).model_dump(exclude={"id"})  # fmt: skip
    area_id = int(work.session.execute(insert(Area).values(**filled).returning(_A.id)).scalar_one())
    path = path_below(parent.area_path if parent else "/", area_id)
    work.session.execute(update(Area).where(_A.id == area_id).values(area_path=path))
    work.log("area", area_id, name, {"name": (None, name), "level": (None, level)}, area_path=path)
    work.touch("areas", path)
    return area_id


Renamed = Callable[[Work, int], None]
_renamed: list[Renamed] = []


def after_rename(hook: Renamed) -> Renamed:
    """Run `hook(work, area_id)` when an area has got another name or number: for texts that contain them."""
    _renamed.append(hook)
    return hook


@command("area.edit")
def change(
    work: Work, *, area_id: int, version: int | None = None, name: str | None = None, code: str | None = None,
    number: str | None = None, stairs: int | None = None, floors: int | None = None,
) -> None:  # fmt: skip
    """Change what is written about an area; what is None stays. A new name brings its building number along.

    Refused `area.not_found`, `record.changed` (`version` is not the present one), `area.name_needed`,
    `area.name_taken`, `area.code_taken`, `area.size`.
    """
    row = row_of(work, area_id, lock=True)
    if version is not None and version != row.version:
        raise Refused("record.changed", version=row.version, theirs={}, record_id=area_id)
    new: dict[str, Any] = {
        "name": _named(name) if name is not None else row.name,
        "code": parsing.fold(code)[:40] if code is not None else row.code,
        "number": parsing.fold(number) if number is not None else row.number,
        **_sized(stairs if stairs is not None else row.stairs, floors if floors is not None else row.floors),
    }
    if number is None and new["name"] != row.name and holds_homes(work, row.level):
        new["number"] = building_number(new["name"])
    changed = {key: value for key, value in new.items() if row._mapping[key] != value}
    if not changed:
        return
    check_free(work, row.parent_id, {new["name"]: new["number"]}, new["code"], but=area_id)
    write(work, row, changed)
    if {"name", "number"} & set(changed):
        for hook in _renamed:
            hook(work, area_id)


def write(
    work: Work,
    row: Row[Any],
    values: Mapping[str, Any],
    *,
    changes: Changes | None = None,
    area_path: str = "",
) -> None:
    """Write `values` to an area, with a log entry and the topic touched.

    `changes` is what the log says instead of the values; `area_path` where the area lies afterwards.
    """
    work.session.execute(
        update(Area).where(_A.id == row.id).values(version=row.version + 1, changed_at=work.now, **values)
    )
    if changes is None:
        changes = {key: (row._mapping[key], new) for key, new in values.items()}
    path = area_path or row.area_path
    work.log("area", row.id, str(values.get("name", row.name)), changes, area_path=path)
    work.touch("areas", path)


@command("area.edit")
def reorder(work: Work, *, parent_id: int | None, order: Sequence[int]) -> None:
    """Put the children of an area in this order; children that are not named come after them as they were.

    Refused `area.not_found` when one of them is no child of it.
    """
    parent = row_of(work, parent_id, lock=True) if parent_id is not None else None
    if parent is None and work.viewer.scope(work.action) != "all":
        raise Refused("area.outside")
    same = _A.parent_id == parent_id if parent_id is not None else _A.parent_id.is_(None)
    have = work.session.execute(select(_A.id).where(same).order_by(_A.position, _A.id)).scalars().all()
    if set(order) - set(have) or len(order) != len(set(order)):
        raise Refused("area.not_found")
    now = [*order, *(one for one in have if one not in set(order))]
    if now == list(have):
        return
    for position, area_id in enumerate(now, start=1):
        work.session.execute(update(Area).where(_A.id == area_id).values(position=position))
    label, path = (parent.name, parent.area_path) if parent else ("", "")
    work.log("area", parent_id, label, {"order": (list(have), now)}, area_path=path)
    work.touch("areas", path)


def _row(found: Row[Any], depth: int = 0) -> AreaRow:
    return AreaRow(**found._mapping, depth=depth)


@query("area.view")
def one(work: Work, *, area_id: int) -> AreaRow:
    """One area. Refused `area.not_found`."""
    found = work.session.execute(
        select(*_COLUMNS).where(_A.id == area_id, within(work.viewer, "area.view", _A.area_path))
    ).first()
    if found is None:
        raise Refused("area.not_found")
    return _row(found)


@query("area.view")
def tree(work: Work, *, homes: bool = True, closed: bool = False) -> list[AreaRow]:
    """The areas that the viewer sees, each before what lies in it, siblings in their order.

    Without `homes` only the levels above the buildings; with `closed` also what was closed.
    """
    statement = select(*_COLUMNS).where(within(work.viewer, "area.view", _A.area_path))
    if not homes:
        statement = statement.join(Level, _L.code == _A.level).where(_L.holds_homes.is_(False))
    if not closed:
        statement = statement.where(_A.closed_on.is_(None))
    rows = work.session.execute(statement.order_by(_A.position, _A.id)).all()
    seen = {row.id for row in rows}
    children: dict[int | None, list[Row[Any]]] = {}
    for row in rows:
        children.setdefault(row.parent_id if row.parent_id in seen else None, []).append(row)
    ordered: list[AreaRow] = []
    waiting = [(row, 0) for row in reversed(children.get(None, []))]
    while waiting:
        row, depth = waiting.pop()
        ordered.append(_row(row, depth))
        waiting += [(child, depth + 1) for child in reversed(children.get(row.id, []))]
    return ordered


@query("area.view")
def trails(work: Work, *, area_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """For each area the names from its root down to itself."""
    rows = work.session.execute(select(_A.id, _A.area_path).where(_A.id.in_(set(area_ids))))
    paths = {row.id: row.area_path for row in rows}
    ids = {int(step) for path in paths.values() for step in path.strip("/").split("/")}
    named = work.session.execute(select(_A.id, _A.name).where(_A.id.in_(ids)))
    names = {row.id: row.name for row in named}
    return {
        area_id: tuple(names[int(step)] for step in path.strip("/").split("/"))
        for area_id, path in paths.items()
    }
