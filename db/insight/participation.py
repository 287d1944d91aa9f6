"""Who takes part in activities, by area, group and quarter: participants, first-timers, those never reached, and what it
costs to reach one person.

A *participant* came to at least one date in the quarter. A *first-timer* is a participant who was seen at nothing
before the quarter. *Never reached* is who lives here today and was seen at nothing up to the end of the quarter. What an
activity cost is shared evenly over everybody who came to it, each time they came; the *cost per person reached* is the
share of the participants of a line divided by how many they are. Each number has its rows (`behind`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select, true

from db import clock
from db.access import below, within
from db.activities.birthdays import days_of
from db.activities.tables import Activity, Attendance, Taken
from db.errors import Refused
from db.insight import small
from db.insight.counts import AreaCount, small_count
from db.insight.periods import Period
from db.insight.small import Span
from db.insight.sources import came
from db.people.residents import active_membership
from db.people.tables import Group, Membership, Resident
from db.territory.areas import Area
from db.words import N_
from db.work import Work, query

FIGURES = ("participants", "first", "never")
PAGE = 50
COST_STEP = 5.0
"""In steps of so many yuan who may not open the rows reads what it cost to reach one person."""
ROUNDED = 10

DEFINITIONS = {
    "participants": N_("Came to at least one date in the period."),
    "first": N_("Took part in the period and was seen at nothing before it."),
    "never": N_("Lives here today and was seen at nothing up to the end of the period."),
    "cost": N_(
        "What an activity cost is shared evenly over everybody who came, each time they came; the shares of those who took part, divided by how many they are."
    ),
}

_R = Resident.__table__.c  # type: ignore[attr-defined]
_T = Attendance.__table__.c  # type: ignore[attr-defined]
_K = Taken.__table__.c  # type: ignore[attr-defined]
_A = Activity.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_N = Group.__table__.c  # type: ignore[attr-defined]
_P = Area.__table__.c  # type: ignore[attr-defined]
_C = AreaCount.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Line:
    """The figures of one area or group. Each is the span within which the reader may know it; where both ends are the
    same it is exact, as for all who may open the rows. `cost` in yuan for each person reached, None when nobody was, or when it would tell too much.
    """

    key: str
    """The path of an area, the code of a group, "" for the rest and the sum."""
    name: str
    name_en: str
    people: Span
    participants: Span
    first: Span
    never: Span
    cost: float | None
    threshold: int

    def said(self, figure: str) -> str:
        """A figure as it is written: 34, <5, ≈34."""
        return small.said(getattr(self, figure), self.threshold)


@dataclass(frozen=True)
class Participation:
    """Lines, and their sum. `rows`: the reader may open the people behind the numbers."""

    quarter: str
    lines: tuple[Line, ...]
    total: Line
    rows: bool
    records: str
    """How many times somebody came, in figures; rounded for who may not open the rows."""


@dataclass(frozen=True)
class Here:
    """An area: its path, "" for all that the reader sees, and the (id, name) of those on the way down to it."""

    area_path: str = ""
    trail: tuple[tuple[int, str], ...] = ()


@dataclass
class _Tally:
    people: int = 0
    seen: int = 0
    who: set[int] = field(default_factory=set)
    new: set[int] = field(default_factory=set)
    spent: float = 0.0  # yuan
    records: int = 0


@query("activity.export")
def here(work: Work, *, area_id: int | None) -> Here:
    """Where an area lies; for None the smallest in which is all that the reader sees. Refused `record.not_found`."""
    mine = within(work.viewer, work.action, _P.area_path)
    if area_id is None:
        path = ""
        while len(parts := _parts(work, path)) == 1 and not _apart(work, path):
            path = parts[0].area_path
        if not path:
            return Here()
    else:
        path = work.session.execute(select(_P.area_path).where(_P.id == area_id, mine)).scalar() or ""
        if not path:
            raise Refused("record.not_found")
    ids = [int(one) for one in path.strip("/").split("/")]
    rows = work.session.execute(select(_P.id, _P.name).where(_P.id.in_(ids), mine).order_by(_P.area_path))
    return Here(path, tuple((row.id, row.name) for row in rows))


@query("activity.export")
def by_area(work: Work, *, quarter: str, area_path: str = "") -> Participation:
    """The parts of an area (of all that the reader sees, unless named), and the sum. Refused `form.invalid`,
    `record.not_found` (area).
    """
    first, last = days_of(quarter)
    parts = _parts(work, area_path)
    tallies = {row.area_path: _Tally() for row in parts} | {"": _Tally()}
    paths = list(tallies)[:-1]

    def part_of(path: str) -> _Tally:
        return tallies[next((one for one in paths if path.startswith(one)), "")]

    where = _inside(work, area_path)
    for row in work.session.execute(came(Period(first, last), where)):
        _add(part_of(row.place), row)
    for path, seen in _seen(work, last, where):
        part_of(path).seen += seen
    for row in parts:
        tallies[row.area_path].people = row.people or 0
    tallies[""].people = _apart(work, area_path)
    if not (tallies[""].people or tallies[""].who):
        del tallies[""]
    names = {row.area_path: row.name for row in parts}
    shown = {row.area_path: tuple((row.shown or {}).get("people", (0, 0))) for row in parts}
    limit = _limit(work, area_path)
    lines = [
        _line(key, names.get(key, ""), "", tally, limit, shown.get(key, small.leaf(tally.people, limit)))
        for key, tally in tallies.items()
    ]
    return Participation(
        quarter, tuple(lines), _sum(lines, list(tallies.values()), limit), limit == 1,
        _records(tallies.values(), limit),
    )  # fmt: skip


@query("activity.export")
def by_group(work: Work, *, quarter: str, area_path: str = "") -> Participation:
    """The groups of people that are in use; the sum counts everybody once, whether in groups or in none.

    Refused `form.invalid`, `record.not_found` (area).
    """
    everybody = by_area(work, quarter=quarter, area_path=area_path)
    return replace(everybody, lines=of_groups(work, quarter=quarter, area_path=area_path))


@query("activity.export")
def of_groups(work: Work, *, quarter: str, area_path: str = "") -> tuple[Line, ...]:
    """The groups of people that are in use. Who was in a group on the day they came is one of it.

    Refused `form.invalid`, `record.not_found` (area).
    """
    first, last = days_of(quarter)
    _parts(work, area_path)
    where = _inside(work, area_path)
    groups = work.session.execute(
        select(_N.id, _N.code, _N.name, _N.name_en).where(_N.closed.is_(False)).order_by(_N.position, _N.id)
    ).all()
    tallies = {row.code: _Tally() for row in groups}
    inside = (
        came(Period(first, last), where)
        .join(Membership, _M.resident_id == _R.id)
        .join(Group, _N.id == _M.group_id)
    )
    for row in work.session.execute(
        inside.add_columns(_N.code).where(active_membership(_T.on), _N.closed.is_(False))
    ):
        _add(tallies[row.code], row)
    codes = {row.id: row.code for row in groups}
    for count, name in (
        (_members(work, area_path, list(codes)), "people"),
        (_members_seen(work, area_path, list(codes), last), "seen"),
    ):
        for group_id, number in count.items():
            if group_id in codes:
                setattr(tallies[codes[group_id]], name, number)
    limit = _limit(work, area_path)
    return tuple(_line(row.code, row.name, row.name_en, tallies[row.code], limit) for row in groups)


def _parts(work: Work, area_path: str) -> Sequence[Any]:
    """The areas that lie directly in one that the reader sees. Refused `record.not_found`."""
    mine = within(work.viewer, work.action, _P.area_path)
    if area_path:
        parent = work.session.execute(select(_P.id).where(_P.area_path == area_path, mine)).scalar()
        if parent is None:
            raise Refused("record.not_found")
        return work.session.execute(
            select(_P.area_path, _P.name, _C.people, _C.shown)
            .outerjoin(AreaCount, _C.area_id == _P.id)
            .where(_P.parent_id == parent, _P.closed_on.is_(None), mine)
            .order_by(_P.position, _P.id)
        ).all()
    seen = select(_P.id).where(mine)
    return work.session.execute(
        select(_P.area_path, _P.name, _C.people, _C.shown)
        .outerjoin(AreaCount, _C.area_id == _P.id)
        .where(mine, _P.closed_on.is_(None), or_(_P.parent_id.is_(None), _P.parent_id.not_in(seen)))
        .order_by(_P.position, _P.id)
    ).all()


def _inside(work: Work, area_path: str, place: Any = _R.place) -> ColumnElement[bool]:
    return and_(within(work.viewer, work.action, place), below(place, area_path) if area_path else true())


def _seen_until(last: date) -> Select[Any]:
    """Who was seen by then: few beside all who live here, so one begins with them."""
    return select(_K.resident_id).where(_K.first_on <= last)


def _seen(work: Work, last: date, where: ColumnElement[bool]) -> Sequence[Any]:
    """By the path of the building or area: how many who live there were seen by then."""
    return work.session.execute(
        select(_R.area_path, func.count())
        .where(where, _R.status == "resident", _R.id.in_(_seen_until(last)))
        .group_by(_R.area_path)
    ).all()


def _members(work: Work, area_path: str, groups: list[int]) -> dict[int, int]:
    """By group: how many of it live here today. All are counted along the index; the few who are of it no more, or
    live here no more, are taken off again.
    """
    inside, today = _memberships(work, area_path, groups), active_membership(clock.today())
    gone = select(_R.id).where(_R.status != "resident", _inside(work, area_path))
    counted = _by_group(work, inside, group=_M.group_id)
    for few in (
        _by_group(work, inside, not_(today)),
        _by_group(work, inside, today, _M.resident_id.in_(gone)),
    ):
        for group_id, number in few.items():
            counted[group_id] -= number
    return counted


def _members_seen(work: Work, area_path: str, groups: list[int], last: date) -> dict[int, int]:
    """By group: how many of those were seen by then."""
    lives = (
        select(_R.id)
        .where(_R.id == _M.resident_id, _R.status == "resident", _inside(work, area_path))
        .exists()
    )
    inside = _memberships(work, area_path, groups)
    return _by_group(
        work, inside, active_membership(clock.today()), _M.resident_id.in_(_seen_until(last)), lives
    )


def _memberships(work: Work, area_path: str, groups: list[int]) -> ColumnElement[bool]:
    """Those of who is in the area; of a part, the groups are named, so that each is a range of the index of places."""
    part = bool(area_path) or work.viewer.scope(work.action) != "all"
    return and_(_inside(work, area_path, _M.place), _M.group_id.in_(groups) if part else true())


def _by_group(
    work: Work, *where: ColumnElement[bool], group: ColumnElement[int] = _M.group_id + 0
) -> dict[int, int]:
    """How many memberships. Unless said otherwise without the index of the groups: it would look up each row."""
    return dict(work.session.execute(select(group, func.count()).where(*where).group_by(group)).all())


def _apart(work: Work, area_path: str) -> int:
    """How many live in an area, and in none of its parts."""
    if not area_path:
        return 0
    asked = select(_C.own).join(Area, _P.id == _C.area_id).where(_P.area_path == area_path)
    own = work.session.execute(asked).scalar() or {}
    return int(own.get("people", 0))


def _add(tally: _Tally, row: Any) -> None:
    tally.who.add(row.who)
    if row.starters:
        tally.new.add(row.who)
    tally.spent += row.spent / 100
    tally.records += 1


def _records(tallies: Iterable[_Tally], limit: int) -> str:
    """Rounded, or the records of a part that is not told would follow by subtraction."""
    count = sum(tally.records for tally in tallies)
    if limit == 1:
        return str(count)
    return f"≈{round(count, -1)}" if count >= ROUNDED else f"<{ROUNDED}"


def _limit(work: Work, area_path: str) -> int:
    """Counts below this are not told: 1 for who may open the rows."""
    reaches = work.viewer.reaches("activity.attend", area_path) if area_path else (
        work.viewer.can("activity.attend")
    )  # fmt: skip
    return 1 if reaches else small_count(work.session)


def _line(key: str, name: str, name_en: str, tally: _Tally, limit: int, told: Span | None = None) -> Line:
    """`told`: what everybody may know of how many live there."""
    came, people = len(tally.who), tally.people
    lives = (people, people) if limit == 1 else told or small.step(people, limit)
    known = shown(came, len(tally.new), people, limit, lives)
    return Line(
        key, name, name_en, lives, known["participants"], known["first"],
        small.rest(tally.seen, people, lives, limit), cost_told(tally.spent, came, limit), limit,
    )  # fmt: skip


def shown(came: int, new: int, people: int, limit: int, lives: Span | None = None) -> dict[str, Span]:
    """How much everybody may know of those who took part, and of the newcomers among them."""
    lives = lives or small.step(people, limit)
    whole = max(people, came)  # who came may have moved away since
    participants = small.some(came, whole, (lives[0], max(lives[1], small.step(came, limit)[1])), limit)
    return {"participants": participants, "first": small.some(new, came, participants, limit)}


def cost_told(spent: float, came: int, limit: int) -> float | None:
    """What it cost for each of those who came. Exactly only for who may open the rows: from two exact figures follows
    what the next person came to.
    """
    if limit == 1:
        return round(spent / came, 1) if came else None
    return COST_STEP * round(spent / came / COST_STEP) if came >= 2 * limit else None


def _sum(lines: Sequence[Line], tallies: Sequence[_Tally], limit: int) -> Line:
    """Everybody of these lines."""
    every = _Tally(sum(one.people for one in tallies), sum(one.seen for one in tallies))
    for one in tallies:
        every.who |= one.who
        every.new |= one.new
        every.spent += one.spent
    told = small.together((tally.people, line.people) for line, tally in zip(lines, tallies, strict=True))
    return _line("", "", "", every, limit, told)


@query("activity.attend")
def behind(
    work: Work, *, figure: str, quarter: str, area_path: str = "", group: str = "", after: tuple[str, int] | None = None,
    limit: int = PAGE,
) -> Sequence[Any]:  # fmt: skip
    """The people behind a number: id, name, address, place, first_on, last_on, times; as one walks.

    `figure` is one of FIGURES, `group` the code of a group; hand on (place, id) of the last row for the next page.
    Refused `form.invalid`.
    """
    if figure not in FIGURES:
        raise Refused("form.invalid", problems={"figure": "field.not_a_choice"})
    first, last = days_of(quarter)
    where = [_inside(work, area_path)]
    came = select(_T.resident_id).where(
        _T.mark == "came", _T.withdrawn_at.is_(None), _T.on >= first, _T.on <= last, _T.resident_id.is_not(None)
    )  # fmt: skip
    if figure == "never":
        members = select(_M.resident_id).join(Group, _N.id == _M.group_id).where(_N.code == group)
        where += [_R.status == "resident", or_(_K.first_on.is_(None), _K.first_on > last)]
        where += [_R.id.in_(members.where(active_membership(clock.today())))] if group else []
    else:
        if group:
            came = came.join(Membership, _M.resident_id == _T.resident_id).join(Group, _N.id == _M.group_id)
            came = came.where(_N.code == group, active_membership(_T.on))
        where.append(_R.id.in_(came))
        where += [_K.first_on >= first] if figure == "first" else []
    if after is not None:
        where.append(or_(_R.place > after[0], and_(_R.place == after[0], _R.id > after[1])))
    return work.session.execute(
        select(_R.id, _R.name, _R.address, _R.place, _K.first_on, _K.last_on, _K.times)
        .outerjoin(Taken, _K.resident_id == _R.id)
        .where(*where)
        .order_by(_R.place, _R.id)
        .limit(limit)
    ).all()
