"""Households: the homes of the buildings, who lives in them, and the register of them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, or_, select

from db import clock, parsing
from db.access import below, prefix_end, within
from db.errors import Refused
from db.fields import Option, specs_of
from db.people import bulk, finding
from db.people.residents import area_options
from db.people.tables import Household, Resident
from db.people.whereabouts import has_status, take_along
from db.register import Computed, Filter, Register, Section, Sort, Values, register
from db.territory.areas import Area, Level
from db.words import N_
from db.work import Work, query

_H = Household.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]

MOST_HOMES = 400  # of one building that are offered in a list


def _in_areas(work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    ids = [int(code) for code in codes if code.isdecimal() and len(code) < 18]
    paths = work.session.execute(select(_A.area_path).where(_A.id.in_(ids))).scalars().all()
    return or_(*(below(_H.place, path) for path in paths)) if paths else false()


def _somebody() -> ColumnElement[bool]:
    return exists().where(_R.household_id == _H.id, has_status("resident"))


def _empty(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(~_somebody() if code == "yes" else _somebody() for code in codes))


def _closed(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(_H.closed_on.is_not(None) if code == "closed" else _H.closed_on.is_(None) for code in codes))


def search(work: Work, text: str) -> ColumnElement[bool]:
    """An address as people write it, a household number, or somebody who lives there."""
    folded = parsing.fold(text)
    asked = parsing.address(folded).value if parsing.looks_like_address(folded) else None
    if asked is not None:
        return at_address(work, asked)
    living = select(_R.household_id).where(
        finding.search(work, folded), has_status("resident"), _R.household_id.is_not(None)
    )
    return or_(_H.number == folded, _H.id.in_(living))


def at_address(work: Work, asked: parsing.Address) -> ColumnElement[bool]:
    """The homes at an address, of which building, stair and room may be given."""
    places = work.session.execute(
        select(_A.area_path).where(
            or_(_A.number == asked.building, _A.name == asked.building), _A.closed_on.is_(None)
        )
    ).scalars()
    return or_(false(), *(_homes_in(path, asked) for path in places))


def _homes_in(path: str, asked: parsing.Address) -> ColumnElement[bool]:
    if asked.stair and asked.room:
        return and_(_H.place == finding.place_of(path, asked.stair, asked.room))
    if asked.stair:
        start = path + finding.home_key(asked.stair, "")
        return and_(_H.place >= start, _H.place < prefix_end(start))
    inside = below(_H.place, path)
    return and_(inside, _H.room == asked.room) if asked.room else inside


def _fill_building(work: Work, rows: list[Values]) -> list[str]:
    ids = {row["area_id"] for row in rows}
    names = {row.id: row.name for row in work.session.execute(select(_A.id, _A.name).where(_A.id.in_(ids)))}
    return [names.get(row["area_id"], "") for row in rows]


def _fill_people(work: Work, rows: list[Values]) -> list[int]:
    found = work.session.execute(
        select(_R.household_id, func.count())
        .where(_R.household_id.in_([row["id"] for row in rows]), has_status("resident"))
        .group_by(_R.household_id)
    ).all()
    counts = {row[0]: row[1] for row in found}
    return [counts.get(row["id"], 0) for row in rows]


def _fill_head(work: Work, rows: list[Values]) -> list[str]:
    found = work.session.execute(
        select(_R.household_id, _R.name)
        .where(
            _R.household_id.in_([row["id"] for row in rows]), has_status("resident"), _R.relation == "head"
        )
        .order_by(_R.id.desc())
    )
    heads = {row.household_id: name_seen(work, row.name) for row in found}
    return [heads.get(row["id"], "") for row in rows]


def name_seen(work: Work, name: str) -> str:
    """A resident's name as the viewer may see it."""
    sight = work.viewer.sees("name")
    if sight == "clear":
        return name
    return specs_of(Resident)["name"].mask(name) if sight == "masked" else ""


_AFTER = re.compile(r"(?:单元|[门梯室号户房])$")


def _short(text: str) -> str:
    """Stair or room as addresses hold it: "3单元" → "3", "0402室" → "402"."""
    plain = _AFTER.sub("", parsing.fold(text).upper().replace(" ", ""))
    return plain.lstrip("0") or plain[-1:]


def before_save(work: Work, before: Values | None, values: Values) -> None:
    """What follows from building, stair and room; one open home at one address.

    Refused `form.invalid`, `household.no_building`, `household.building_closed`, `household.taken`,
    `household.not_empty`.
    """
    for name in ("stair", "room"):
        if name in values:
            values[name] = _short(values[name] or "")

    def now(name: str) -> Any:
        return values.get(name, before[name] if before else None)

    if before is not None and now("closed_on") and not before["closed_on"] and members(work, before["id"]):
        raise Refused("household.not_empty", address=before["address"])
    where = ("area_id", "stair", "room", "closed_on")
    if before is not None and not any(name in values and values[name] != before[name] for name in where):
        return
    building = work.session.execute(
        select(_A.area_path, _A.number, _A.name, _A.closed_on, _L.holds_homes)
        .join(Level, _L.code == _A.level)
        .where(_A.id == now("area_id"))
        .with_for_update(of=_A.id.table)  # two people adding the same home queue here
    ).first()
    if building is None:
        raise Refused("form.invalid", problems={"area_id": "field.required"})
    if before is None or before["area_id"] != now("area_id"):
        if not building.holds_homes:
            raise Refused("household.no_building", name=building.name)
        if building.closed_on is not None:
            raise Refused("household.building_closed", name=building.name)
    home = {"stair": now("stair") or "", "room": now("room") or ""}
    values.update(bulk.home_columns(building, home))
    if now("closed_on"):
        return
    taken = work.session.execute(
        select(_H.id).where(
            _H.area_id == now("area_id"), _H.stair == home["stair"], _H.room == home["room"],
            _H.closed_on.is_(None), _H.id != (before["id"] if before else 0),
        )
    ).scalar()  # fmt: skip
    if taken is not None:
        raise Refused("household.taken", household_id=taken, address=values["address"])


def after_save(work: Work, household_id: int, before: Values | None, values: Values) -> None:
    """Whoever belongs to the home is where the home is."""
    if before is None or "place" not in values:
        return
    now = {**before, **values}
    people = work.session.execute(select(_R).where(_R.household_id == household_id)).mappings().all()
    for person in people:
        take_along(work, dict(person), {**now, "id": household_id})


HOUSEHOLDS = register(
    Register(
        name="households",
        table=Household,
        title=N_("Households"),
        one=N_("Household"),
        action="household",
        path="place",
        label="address",
        columns=("address", "building", "number", "people", "head", "note"),
        sections=(
            Section(N_("Home"), ("area_id", "stair", "room", "number")),
            Section(N_("Note"), ("note", "closed_on")),
        ),
        sorts=(
            Sort("address", N_("By address"), ("place",)),
            Sort("newest", N_("Last added first"), (), descending=True),
        ),
        search=search,
        search_help=N_("Address such as 12-3-402, household number, or the name of somebody who lives there"),
        filters=(
            Filter("area", N_("Area"), _in_areas, area_options("household.view")),
            Filter(
                "empty", N_("Empty home"), _empty,
                lambda _work: (Option("yes", N_("Nobody lives there")), Option("no", N_("Somebody lives there"))),
            ),
            Filter(
                "closed", N_("In use"), _closed,
                lambda _work: (Option("open", N_("In use")), Option("closed", N_("Closed"))),
            ),
        ),
        defaults={"closed": ("open",)},
        computed=(
            Computed("building", N_("Building"), _fill_building, ("area_id",)),
            Computed("people", N_("People"), _fill_people),
            Computed("head", N_("Head of household"), _fill_head, sensitivity="name"),
        ),
        before_save=before_save,
        when_withdrawn=lambda: {"closed_on": clock.today()},
        after_save=after_save,
        match=("area_id", "stair", "room"),
        topics=("people",),
    )
)  # fmt: skip


@dataclass(frozen=True)
class HomeRow:
    """A home that somebody may live in. `people` is how many do now."""

    id: int
    area_id: int
    stair: str
    room: str
    address: str
    people: int


@dataclass(frozen=True)
class Building:
    id: int
    name: str
    number: str
    grid: str  # the name of the area above


@dataclass(frozen=True)
class FoundHome:
    """What an address that somebody typed means.

    `kind`: "home" (exactly `homes[0]`), "several" (choose), "new" (`building` is known, the home is not),
    "building" (no room was named), "no_building", "unreadable", or "" when nothing was typed.
    """

    kind: str
    homes: tuple[HomeRow, ...] = ()
    building: Building | None = None
    stair: str = ""
    room: str = ""


@query("household.view")
def find_home(work: Work, *, text: str) -> FoundHome:
    """The home or building that an address means, within the viewer's areas."""
    if not text.strip():
        return FoundHome("")
    asked = parsing.address(text).value
    if asked is None:
        return FoundHome("unreadable")
    found = [one for one in _buildings(work) if asked.building in (one.number, one.name)]
    if not found:
        return FoundHome("no_building")
    homes = _homes(work, at_address(work, asked)) if asked.room else ()
    if len(homes) == 1:
        return FoundHome(
            "home", homes, building=next((b for b in found if b.id == homes[0].area_id), found[0])
        )
    if homes:
        return FoundHome("several", homes)
    if len(found) > 1:
        return FoundHome("several_buildings", building=found[0], stair=asked.stair, room=asked.room)
    kind = "new" if asked.room else "building"
    return FoundHome(kind, building=found[0], stair=asked.stair, room=asked.room)


@query("household.view")
def buildings(work: Work) -> list[Building]:
    """The open buildings in the viewer's areas, in the order of the tree."""
    return _buildings(work)


def _buildings(work: Work) -> list[Building]:
    above = Area.__table__.alias("above")  # type: ignore[attr-defined]
    rows = work.session.execute(
        select(_A.id, _A.name, _A.number, above.c.name)
        .join(Level, _L.code == _A.level)
        .outerjoin(above, above.c.id == _A.parent_id)
        .where(_L.holds_homes.is_(True), _A.closed_on.is_(None), within(work.viewer, "household.view", _A.area_path))
        .order_by(above.c.position, _A.position, _A.id)
        .limit(5000)
    )  # fmt: skip
    return [Building(row[0], row[1], row[2], row[3] or "") for row in rows]


@query("household.view")
def homes_of(work: Work, *, area_id: int) -> tuple[HomeRow, ...]:
    """The open homes of a building, as one walks through it."""
    return _homes(work, _H.area_id == area_id)


@query("household.view")
def home(work: Work, *, household_id: int) -> HomeRow:
    """One home. Refused `record.not_found`."""
    found = _homes(work, _H.id == household_id)
    if not found:
        raise Refused("record.not_found")
    return found[0]


def _homes(work: Work, clause: ColumnElement[bool]) -> tuple[HomeRow, ...]:
    people = (
        select(func.count()).where(_R.household_id == _H.id, has_status("resident")).correlate(Household)
    ).scalar_subquery()
    rows = work.session.execute(
        select(_H.id, _H.area_id, _H.stair, _H.room, _H.address, people)
        .where(clause, _H.closed_on.is_(None), within(work.viewer, "household.view", _H.place))
        .order_by(_H.place)
        .limit(MOST_HOMES)
    )
    return tuple(HomeRow(*row) for row in rows)


@dataclass(frozen=True)
class Member:
    """Somebody of a household, as the viewer may see them."""

    id: int
    name: str
    sex: str
    born: date | None
    relation: str
    status: str
    colour: str
    in_care: bool
    version: int


_ORDER = ("head", "spouse", "parent", "child", "child_in_law", "grandchild")


def members(work: Work, household_id: int) -> list[Member]:
    """Who lives in a home now. For commands and queries that have checked the right to see it."""
    return _members(work, household_id, [has_status("resident")])


@query("resident.view")
def household(work: Work, *, household_id: int) -> list[Member]:
    """Everybody of a household, those who left last, within the viewer's areas."""
    seen = within(work.viewer, "resident.view", _R.place)
    return _members(work, household_id, [_R.status != "merged", seen])


def _members(work: Work, household_id: int, clauses: Iterable[ColumnElement[bool]]) -> list[Member]:
    rank = case({code: place for place, code in enumerate(_ORDER)}, value=_R.relation, else_=len(_ORDER))
    rows = work.session.execute(
        select(_R.id, _R.name, _R.sex, _R.born, _R.relation, _R.status, _R.colour, _R.in_care, _R.version)
        .where(_R.household_id == household_id, *clauses)
        .order_by(case((_R.status == "resident", 0), else_=1), rank, _R.born_key, _R.id)
    )
    return [Member(row.id, name_seen(work, row.name), *row[2:]) for row in rows]
