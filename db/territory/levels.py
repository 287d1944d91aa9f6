"""The levels of the tree: what a community calls them, their order, and which post should hold them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, insert, select, update

from db import parsing
from db.errors import Refused
from db.territory.areas import ROLE_OPTIONS, Area, Level
from db.words import shipped
from db.work import Work, command, query

_L = Level.__table__.c  # type: ignore[attr-defined]

DEFAULTS = (
    ("subdistrict", "街道", False, ""),
    ("community", "社区", False, ""),
    ("grid", "网格", False, "grid_worker"),
    ("block", "片", False, "block_lead"),
    ("building", "楼栋", True, "building_lead"),
)
shipped({"街道": "Subdistrict", "社区": "Community", "网格": "Grid", "片": "Block", "楼栋": "Building"})


@dataclass(frozen=True)
class LevelRow:
    """A level. `used` counts its areas, closed ones included."""

    code: str
    label: str
    position: int
    holds_homes: bool
    role: str


@command("area.edit")
def ensure_levels(work: Work) -> None:
    """Make the usual levels (街道 社区 网格 片 楼栋) when there are none yet."""
    if work.session.execute(select(_L.code).limit(1)).first() is not None:
        return
    rows = [
        {"code": code, "label": label, "position": position, "holds_homes": homes, "role": role}
        for position, (code, label, homes, role) in enumerate(DEFAULTS, start=1)
    ]
    work.session.execute(insert(Level), rows)
    work.log("level", None, "", {"levels": (None, [row["label"] for row in rows])})
    work.touch("areas")


@query("area.view")
def levels(work: Work) -> list[LevelRow]:
    """The levels from the top down."""
    return _all(work)


def _all(work: Work) -> list[LevelRow]:
    rows = work.session.execute(
        select(_L.code, _L.label, _L.position, _L.holds_homes, _L.role).order_by(_L.position, _L.code)
    )
    return [LevelRow(**row._mapping) for row in rows]


def _checked(work: Work, label: str, role: str, but: str = "") -> str:
    label = parsing.fold(label)
    taken = {one.label for one in _all(work) if one.code != but}
    if not label or len(label) > 20 or label in taken:
        raise Refused("level.label", label=label)
    if role and role not in {one.code for one in ROLE_OPTIONS}:
        raise Refused("level.role", role=role)
    return label


@command("area.edit")
def add_level(work: Work, *, label: str, after: str = "", holds_homes: bool = False, role: str = "") -> str:
    """Add a level below `after` ("" for the top) and return its code.

    Refused `level.label` (empty, over 20 characters, or taken), `level.role`, `level.unknown`.
    """
    label = _checked(work, label, role)
    codes = [one.code for one in _all(work)]
    if after and after not in codes:
        raise Refused("level.unknown", level=after)
    number = len(codes) + 1
    while (code := f"level{number}") in codes:
        number += 1
    place = codes.index(after) + 1 if after else 0
    work.session.execute(
        insert(Level).values(code=code, label=label, position=0, holds_homes=holds_homes, role=role)
    )
    _number(work, [*codes[:place], code, *codes[place:]])
    work.log("level", None, label, {"label": (None, label), "role": (None, role)})
    work.touch("areas")
    return code


@command("area.edit")
def change_level(work: Work, *, code: str, label: str, holds_homes: bool, role: str = "") -> None:
    """Rename a level, say whether people live on it and which post should hold it.

    Refused `level.unknown`, `level.label`, `level.role`.
    """
    before = next((one for one in _all(work) if one.code == code), None)
    if before is None:
        raise Refused("level.unknown", level=code)
    values: dict[str, Any] = {
        "label": _checked(work, label, role, but=code), "holds_homes": holds_homes, "role": role,
    }  # fmt: skip
    changed = {key: (getattr(before, key), new) for key, new in values.items() if getattr(before, key) != new}
    if changed:
        work.session.execute(update(Level).where(_L.code == code).values(**values))
        work.log("level", None, values["label"], changed)
        work.touch("areas", *(("/",) if "role" in changed else ()))  # "/": figures everywhere
        work.touch("posts")


@command("area.edit")
def order_levels(work: Work, *, codes: Sequence[str]) -> None:
    """Put all levels in this order from the top down.

    Refused `level.unknown` (one is missing or unknown), `level.order` when an area would lie in one of a lower level.
    """
    before = [one.code for one in _all(work)]
    if sorted(before) != sorted(codes):
        raise Refused("level.unknown", level="、".join(set(before) ^ set(codes)))
    if before == list(codes):
        return
    _number(work, codes)
    area, level = Area.__table__, Level.__table__  # type: ignore[attr-defined]
    child, parent = area.alias().c, area.alias().c
    inner, outer = level.alias().c, level.alias().c
    wrong = work.session.execute(
        select(child.name, parent.name.label("parent"))
        .where(parent.id == child.parent_id, inner.code == child.level, outer.code == parent.level)
        .where(inner.position <= outer.position)
        .limit(1)
    ).first()
    if wrong is not None:
        raise Refused("level.order", name=wrong.name, parent=wrong.parent)
    work.log("level", None, "", {"order": (before, list(codes))})
    work.touch("areas")


@command("area.edit")
def drop_level(work: Work, *, code: str) -> None:
    """Take away a level that no area has ever used. Refused `level.unknown`, `level.in_use`."""
    before = next((one for one in _all(work) if one.code == code), None)
    if before is None:
        raise Refused("level.unknown", level=code)
    if work.session.execute(select(exists().where(Area.level == code))).scalar():  # type: ignore[arg-type]
        raise Refused("level.in_use", label=before.label)
    work.session.execute(Level.__table__.delete().where(_L.code == code))  # type: ignore[attr-defined]
    work.log("level", None, before.label, {"label": (before.label, None)})
    work.touch("areas")


def _number(work: Work, codes: Sequence[str]) -> None:
    for position, code in enumerate(codes, start=1):
        work.session.execute(update(Level).where(_L.code == code).values(position=position))
