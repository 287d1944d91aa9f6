"""The rows behind a figure: exactly those that were counted, by the statement that counted them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select

from db import clock
from db.access import below, within
from db.activities.tables import Activity, Attendance, Meeting
from db.care import reached
from db.care.tables import Due, Visit
from db.errors import Refused
from db.insight import past, periods, segments
from db.insight.charts import place
from db.insight.closing import CARE
from db.insight.figures import FIGURES, Figure
from db.insight.now import NOW, rows_of
from db.insight.periods import Period
from db.insight.sources import SOURCES, top_people
from db.people.tables import Resident
from db.slots import Slot
from db.territory.areas import Area, Level
from db.territory.posts import Post, active_on
from db.volunteers.hours import CREDITED, shown_name
from db.volunteers.tables import Hours, Volunteer
from db.work import Work, query

PAGE: Final = 50
MOST: Final = 10_000
FEW: Final = 500

_V = Visit.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_D = Due.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_H = Hours.__table__.c  # type: ignore[attr-defined]
_N = Volunteer.__table__.c  # type: ignore[attr-defined]
_T = Attendance.__table__.c  # type: ignore[attr-defined]
_X = Activity.__table__.c  # type: ignore[attr-defined]
_M = Meeting.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]
_P = Post.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Row:
    """One record. `kind` says of what sort: person, visit, shift, hours, volunteer, session, attendance, area.

    `amount` is what it adds to the figure; `opens` the number of the record that a click leads to.
    """

    kind: str
    id: int
    amount: int
    name: str = ""
    day: date | None = None
    opens: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Behind:
    """The rows behind a figure: how many, what they add up to, and the first of them."""

    figure: Figure
    period: Period
    area: str
    count: int
    total: int
    rows: tuple[Row, ...]


@query("chart.view")
def rows(
    work: Work,
    *,
    figure: str,
    area_id: int,
    period: str = "",
    rest: bool = False,
    part: str = "",
    limit: int = PAGE,
) -> Behind:
    """What is behind a figure of an area and period; with `rest` what is missing from a share.

    `part` is a segment of the figure (`db.insight.segments`), or the bar of a picture of today (`db.insight.now`), which
    needs no period.

    Refused `figure.unknown`, `area.not_found`, `period.unknown`, `figure.rows` (the viewer may not see them).
    """
    told = FIGURES.get(figure) or NOW.get(figure)
    if told is None or (rest and not told.rest):
        raise Refused("figure.unknown")
    where = place(work, area_id)
    span = periods.parse(period) if figure in FIGURES else periods.of(clock.today())
    if not (work.viewer.reaches(told.action, where.path) and work.viewer.reaches(told.rows, where.path)):
        raise Refused("figure.rows")
    base = told.rest if rest else told.opens
    limit = max(1, min(limit, MOST))
    if figure in NOW:
        found = _of_today(work, figure, part, where.path, limit)
    elif told.source == CARE:
        found = _in_care(work, base, where.path, span, limit, part)
    else:
        found = _counted(work, told, base, where.path, span, limit, part)
    count, total, listed = found
    if part and not count:
        raise Refused("figure.unknown")  # bars of nothing are not drawn
    return Behind(told, span, where.name, count, total, tuple(listed))


_Found = tuple[int, int, Sequence[Row]]


def _counted(
    work: Work, figure: Figure, base: str, path: str, period: Period, limit: int, part: str
) -> _Found:
    source = SOURCES[figure.source]
    every = (segments.rows(source.name, period, path) if part else source.rows_in(period, path)).subquery()
    here: ColumnElement[bool] = below(every.c.place, path)
    if part:
        here = and_(here, every.c.segment == part)
    if source.top is not None and base == source.top[1]:
        base = source.top[0]
        here = and_(here, every.c.who.in_(top_people(work.session, source, period, path)))
    if base in source.people:
        inside = and_(here, every.c[source.people[base]] != 0)
        people = (
            select(every.c.who, func.count().label("times"), func.max(_moment(every)).label("last"))
            .where(inside)
            .group_by(every.c.who)
            .having(func.sum(every.c[source.people[base]]) > 0)
        )
        count = work.session.execute(select(func.count()).select_from(people.subquery())).scalar_one()
        listed = work.session.execute(people.order_by(every.c.who).limit(limit)).all()
        return count, count, _people(work, source.one, listed)
    column = every.c[base]
    inside = and_(here, column != 0)
    count, total = work.session.execute(
        select(func.count(), func.coalesce(func.sum(column), 0)).where(inside)
    ).one()
    listed = work.session.execute(
        select(every.c.id, every.c.who, column.label("amount"))
        .where(inside)
        .order_by(_moment(every).desc(), every.c.id)
        .limit(limit)
    ).all()
    return count, int(total), _DESCRIBED[source.one](work, listed, period)


def _moment(every: Any) -> Any:
    return every.c.at if "at" in every.c else every.c.day


# --- What the rows are, in the order in which they were found. ---


def _by_id(work: Work, statement: Select[Any], ids: Sequence[int], column: Any) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for at in range(0, len(ids), FEW):
        for row in work.session.execute(statement.where(column.in_(ids[at : at + FEW]))):
            found[row.id] = row
    return found


def _visits(work: Work, listed: Sequence[Any], _period: Period) -> list[Row]:
    asked = select(
        _V.id, _V.day, _V.kind, _V.result, _V.visitor, _V.address, _R.id.label("who"), _R.name
    ).join(Resident, _R.id == _V.resident_id)
    known = _by_id(work, asked, [one.id for one in listed], _V.id)
    return [
        Row(
            "visit", one.id, one.amount, shown_name(work, row.name), row.day, row.who,
            {"kind": row.kind, "result": row.result, "visitor": row.visitor, "address": row.address},
        )
        for one in listed if (row := known.get(one.id))
    ]  # fmt: skip


def _shifts(work: Work, listed: Sequence[Any], _period: Period) -> list[Row]:
    asked = select(_S.id, _S.title, _S.where, _S.starts_at, _S.ends_at, _S.minimum, _S.capacity, _S.taken)
    known = _by_id(work, asked, [one.id for one in listed], _S.id)
    return [
        Row(
            "shift", one.id, one.amount, row.title, row.starts_at.astimezone(clock.PLACE).date(), one.id,
            {"starts_at": row.starts_at, "where": row.where, "minimum": row.minimum, "capacity": row.capacity, "taken": row.taken},
        )
        for one in listed if (row := known.get(one.id))
    ]  # fmt: skip


def _hours(work: Work, listed: Sequence[Any], _period: Period) -> list[Row]:
    asked = select(_H.id, _H.what, _H.day, _H.origin, _H.minutes, _N.name, _N.number).join(
        Volunteer, _N.id == _H.volunteer_id
    )
    known = _by_id(work, asked, [one.id for one in listed], _H.id)
    return [
        Row(
            "hours", one.id, one.amount, shown_name(work, row.name) or row.number, row.day, one.id,
            {"what": row.what, "minutes": row.minutes, "by_hand": row.origin not in CREDITED},
        )
        for one in listed if (row := known.get(one.id))
    ]  # fmt: skip


def _volunteers(work: Work, listed: Sequence[Any], _period: Period) -> list[Row]:
    asked = select(_N.id, _N.name, _N.number, _N.since, _N.status, _N.pause_until)
    known = _by_id(work, asked, [one.id for one in listed], _N.id)
    return [
        Row(
            "volunteer", one.id, one.amount, shown_name(work, row.name) or row.number, row.since, one.id,
            {"number": row.number, "status": row.status, "pause_until": row.pause_until},
        )
        for one in listed if (row := known.get(one.id))
    ]  # fmt: skip


def _sessions(work: Work, listed: Sequence[Any], _period: Period) -> list[Row]:
    asked = (
        select(_S.id, _S.starts_at, _S.where, _S.taken, _X.title, _M.activity_id, _M.topic)
        .join(Meeting, _M.id == _S.id)
        .join(Activity, _X.id == _M.activity_id)
    )
    known = _by_id(work, asked, [one.id for one in listed], _S.id)
    return [
        Row(
            "session", one.id, one.amount, row.title, row.starts_at.astimezone(clock.PLACE).date(), row.activity_id,
            {"starts_at": row.starts_at, "where": row.where, "taken": row.taken, "topic": row.topic},
        )
        for one in listed if (row := known.get(one.id))
    ]  # fmt: skip


def _attendances(work: Work, listed: Sequence[Any], _period: Period) -> list[Row]:
    asked = (
        select(_T.id, _T.on, _X.title, _X.id.label("activity_id"), _R.name, _R.address)
        .join(Activity, _X.id == _T.activity_id)
        .join(Resident, _R.id == _T.resident_id)
    )
    known = _by_id(work, asked, [one.id for one in listed], _T.id)
    return [
        Row(
            "attendance", one.id, one.amount, shown_name(work, row.name), row.on, row.activity_id,
            {"title": row.title, "address": row.address},
        )
        for one in listed if (row := known.get(one.id))
    ]  # fmt: skip


def _areas(work: Work, listed: Sequence[Any], period: Period) -> list[Row]:
    """With whoever held the expected post at the end of the period."""
    asked = select(_A.id, _A.name, _A.level, _A.area_path)
    ids = [one.id for one in listed]
    known = _by_id(work, asked, ids, _A.id)
    holders: dict[int, str] = {}
    for at in range(0, len(ids), FEW):
        held = (
            select(_P.area_id, _P.holder)
            .join(Area, _A.id == _P.area_id)
            .join(Level, and_(_L.code == _A.level, _L.role == _P.role))
            .where(_P.area_id.in_(ids[at : at + FEW]), active_on(period.until))
        )
        holders |= {area_id: shown_name(work, holder) for area_id, holder in work.session.execute(held)}
    return [
        Row("area", one.id, one.amount, row.name, None, one.id, {"level": row.level, "holder": holders.get(one.id, "")})
        for one in listed
        if (row := known.get(one.id))
    ]  # fmt: skip


_DESCRIBED: Final[Mapping[str, Callable[[Work, Sequence[Any], Period], list[Row]]]] = {
    "visit": _visits, "shift": _shifts, "hours": _hours, "volunteer": _volunteers, "session": _sessions,
    "attendance": _attendances, "area": _areas,
}  # fmt: skip


def _people(work: Work, one: str, listed: Sequence[Any]) -> list[Row]:
    """Different people: volunteers by their hours, residents by what they came to."""
    numbers = [row.who for row in listed]
    if one == "hours":
        asked = select(_N.id, _N.name, _N.number)
        known = _by_id(work, asked, numbers, _N.id)
        return [
            Row("volunteer", row.who, 1, shown_name(work, who.name) or who.number, row.last, row.who, {"times": row.times, "number": who.number})
            for row in listed if (who := known.get(row.who))
        ]  # fmt: skip
    known = _by_id(work, select(_R.id, _R.name, _R.address), numbers, _R.id)
    return [
        Row("person", row.who, 1, shown_name(work, who.name), row.last, row.who, {"times": row.times, "address": who.address})
        for row in listed if (who := known.get(row.who))
    ]  # fmt: skip


# --- Pictures of today. ---


def _of_today(work: Work, code: str, part: str, path: str, limit: int) -> _Found:
    every = rows_of(work, code, path).subquery()
    inside = every.c.part == part
    count = work.session.execute(select(func.count()).select_from(every).where(inside)).scalar_one()
    if code == "carried":
        listed = work.session.execute(
            select(_P.id, _P.holder, _P.role, _P.area_id, every.c.many)
            .join(every, every.c.id == _P.id)
            .where(inside)
            .order_by(_P.holder, _P.id)
            .limit(limit)
        )
        return count, count, [
            Row("post", row.id, 1, shown_name(work, row.holder), None, row.id, {"role": row.role, "many": row.many})
            for row in listed
        ]  # fmt: skip
    listed = work.session.execute(
        select(_R.id, _R.name, _R.address, _D.last_on, _D.due_on)
        .join(every, every.c.who == _R.id)
        .outerjoin(Due, _D.resident_id == _R.id)
        .where(inside)
        .order_by(_R.place, _R.id)
        .limit(limit)
    )
    return count, count, [
        Row("person", row.id, 1, shown_name(work, row.name), None, row.id, {"address": row.address, "due_on": row.due_on})
        for row in listed
    ]  # fmt: skip


# --- Who was in care: today by what is due, on a day that is over from the records of that day. ---


def _in_care(work: Work, base: str, path: str, period: Period, limit: int, part: str) -> _Found:
    if not period.over:
        return _in_care_now(work, base, path, limit, part)
    people = [one for one in past.people_on(work.session, period.last, path) if _adds(one, base)]
    if part:
        them = segments.members(work, [one.resident_id for one in people], period)
        among = {resident_id for resident_id, code in them if code == part}
        people = [one for one in people if one.resident_id in among]
    total = sum(_adds(one, base) for one in people)
    ordered = sorted(people, key=lambda one: (-one.unseen, one.resident_id))[:limit]
    asked = (
        select(_R.id, _R.name, _R.address, _R.place, _D.holder, _D.last_on)
        .outerjoin(Due, _D.resident_id == _R.id)
    )  # fmt: skip
    known = _by_id(work, asked, [one.resident_id for one in ordered], _R.id)
    grids = _grids(work, [who.place for who in known.values()], path)
    rows = [
        Row(
            "person", one.resident_id, _adds(one, base), shown_name(work, who.name), None, one.resident_id,
            {
                "address": who.address, "grid": grids.get(who.place, ""), "holder": who.holder or "", "unseen": one.unseen,
                "late": not one.in_time, "seen": period.last - timedelta(days=one.unseen), "every": one.every, "over": one.over,
                "since": who.last_on if who.last_on is not None and who.last_on > period.last else None,
            },
        )
        for one in ordered if (who := known.get(one.resident_id))
    ]  # fmt: skip
    return len(people), total, rows


def _grids(work: Work, places: Sequence[str], path: str) -> dict[str, str]:
    """By the place of a home: what the area above the homes is called, within the one looked at."""
    above = {
        one: [one[: at + 1] for at, sign in enumerate(one) if sign == "/" and at >= len(path)] for one in set(places)
    }  # fmt: skip
    names: dict[str, str] = dict(
        work.session.execute(
            select(_A.area_path, _A.name)
            .join(Level, _L.code == _A.level)
            .where(_A.area_path.in_(sorted({each for one in above.values() for each in one})), _L.holds_homes.is_(False))
        ).all()
    )  # fmt: skip
    return {
        one: next((names[each] for each in reversed(steps) if each in names), "")
        for one, steps in above.items()
    }


def _adds(one: past.Then, base: str) -> int:
    return {
        "in_care": 1, "in_time": int(one.in_time), "late": int(not one.in_time), "tried": int(one.tried),
        "weekly": one.weekly, "days": one.unseen,
    }[base]  # fmt: skip


def _in_care_now(work: Work, base: str, path: str, limit: int, part: str) -> _Found:
    today = clock.today()
    cared = and_(
        _D.care_since.is_not(None), below(_D.area_path, path), within(work.viewer, "visit.view", _D.place)
    )
    narrow: dict[str, ColumnElement[bool]] = {
        "in_time": reached.in_time(today), "late": reached.not_in_time(today), "tried": _D.attempts > 0,
        "weekly": _D.weekly > 0,
    }  # fmt: skip
    where = and_(cared, narrow[base]) if base in narrow else cared
    if part:
        where = and_(where, _D.resident_id.in_(segments.in_group(part)))
    amount = _D.weekly if base == "weekly" else literal(1)
    count, total = work.session.execute(
        select(func.count(), func.coalesce(func.sum(amount), 0)).select_from(Due).where(where)
    ).one()
    seen = func.coalesce(_D.last_on, _D.care_since)
    listed = work.session.execute(
        select(
            _D.resident_id, _D.address, _D.place, _D.holder, seen.label("seen"), _D.last_on, _D.every_days, _D.due_on, _R.name,
            amount.label("amount"), case((reached.in_time(today), 0), else_=1).label("late"),
        )
        .join(Resident, _R.id == _D.resident_id)
        .where(where)
        .order_by(seen, _D.id)
        .limit(limit)
    ).all()  # fmt: skip
    grids = _grids(work, [row.place for row in listed], path)
    return count, int(total), [
        Row(
            "person", row.resident_id, row.amount, shown_name(work, row.name), row.last_on, row.resident_id,
            {
                "address": row.address, "grid": grids.get(row.place, ""), "holder": row.holder, "late": bool(row.late),
                "unseen": (today - row.seen).days, "seen": row.seen, "every": row.every_days,
                "over": max(0, (today - row.due_on).days) if row.due_on is not None else 0,
            },
        )
        for row in listed
    ]  # fmt: skip
