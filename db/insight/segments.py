"""A figure of one period by segment: by group of people, by kind of work, by kind of activity.

The segment of a record is one more column of the statement that counts it, so each bar has its rows as well. Somebody
in several groups is counted in each.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, and_, case, func, select

from db import clock
from db.access import below
from db.activities.tables import KIND_OPTIONS, Activity, Meeting
from db.care import reached
from db.care.tables import BASE, Due
from db.insight import past, periods
from db.insight.charts import Place, Reading, place
from db.insight.closing import CARE
from db.insight.figures import FIGURES
from db.insight.periods import Period
from db.insight.sources import SOURCES
from db.people.residents import active_membership
from db.people.tables import Group, Membership
from db.slots import Slot
from db.volunteers.tables import Hours
from db.work import Work, query

_D = Due.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_N = Group.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_H = Hours.__table__.c  # type: ignore[attr-defined]
_X = Activity.__table__.c  # type: ignore[attr-defined]
_T = Meeting.__table__.c  # type: ignore[attr-defined]

BY_GROUP: Final = ("visits", "attendance", CARE)
BY_KIND: Final = ("shifts", "hours", "sessions")
_CARE: Final = ("in_care", "in_time", "late", "tried", "weekly", "days")
NOT_BY_SEGMENT: Final = ("concentration", "cost")
MOST: Final = 15


@dataclass(frozen=True)
class Segment:
    """One bar: its code, its names (a group has two, a kind of work one), and the figure."""

    code: str
    name: str
    name_en: str
    reading: Reading


def offered(code: str) -> bool:
    """Whether a figure can be told by segment."""
    return code in FIGURES and code not in NOT_BY_SEGMENT and FIGURES[code].source in (*BY_GROUP, *BY_KIND)


@query("chart.view")
def by_segment(work: Work, *, code: str, area_id: int, period: str) -> tuple[Segment, ...]:
    """A figure of an area and period by segment; empty for who may not open its rows, and for what has no segments.

    Refused `area.not_found`, `period.unknown`.
    """
    figure, where, span = FIGURES[code], place(work, area_id), periods.parse(period)
    if not (
        offered(code)
        and work.viewer.reaches(figure.action, where.path)
        and work.viewer.reaches(figure.rows, where.path)
    ):
        return ()
    found = _care(work, where, span) if figure.source == CARE else _counted(work, code, where, span)
    return tuple(
        Segment(
            segment,
            *names,
            Reading(_exact(values[figure.above]), _exact(values[figure.below]) if figure.below else None),
        )
        for segment, (names, values) in list(found.items())[:MOST]
    )


def _exact(value: int) -> tuple[int, int]:
    return value, value


def rows(source: str, period: Period, path: str) -> Select[Any]:
    """The rows of a source in an area with their `segment`; a row for each group of who it is of."""
    every = SOURCES[source].rows_in(period, path).subquery()
    if source in BY_GROUP:
        return (
            select(*every.c, _N.code.label("segment"))
            .join(Membership, and_(_M.resident_id == every.c.who, active_membership(every.c.day)))
            .join(Group, and_(_N.id == _M.group_id, _N.closed.is_(False)))
            .distinct()
        )
    if source == "hours":
        return select(*every.c, _H.what.label("segment")).join(Hours, _H.id == every.c.id)
    if source == "sessions":
        return (
            select(*every.c, _X.kind.label("segment"))
            .join(Meeting, _T.id == every.c.id)
            .join(Activity, _X.id == _T.activity_id)
        )
    return select(*every.c, _S.title.label("segment")).join(Slot, _S.id == every.c.id)


_Names = tuple[str, str]


def _counted(work: Work, code: str, where: Place, period: Period) -> dict[str, tuple[_Names, dict[str, int]]]:
    figure = FIGURES[code]
    source = SOURCES[figure.source]
    every = rows(figure.source, period, where.path).subquery()
    inside = below(every.c.place, where.path)
    if figure.above in source.people:
        column = every.c[source.people[figure.above]]
        each = (
            select(every.c.segment, every.c.who)
            .where(inside)
            .group_by(every.c.segment, every.c.who)
            .having(func.sum(column) > 0)
        ).subquery()
        found = work.session.execute(
            select(each.c.segment, func.count(), func.count()).group_by(each.c.segment)
        )
    else:
        under = every.c[figure.below] if figure.below else every.c[figure.above]
        found = work.session.execute(
            select(every.c.segment, func.sum(every.c[figure.above]), func.sum(under))
            .where(inside)
            .group_by(every.c.segment)
        )
    numbers = {
        row[0]: {figure.above: int(row[1] or 0), figure.below or figure.above: int(row[2] or 0)}
        for row in found if row[2]
    }  # fmt: skip
    if figure.source in BY_GROUP:
        return {one: (names, numbers[one]) for one, names in _groups(work).items() if one in numbers}
    if figure.source == "sessions":
        return {one.code: ((one.label, ""), numbers[one.code]) for one in KIND_OPTIONS if one.code in numbers}
    ordered = sorted(numbers.items(), key=lambda one: (-one[1][figure.below or figure.above], one[0]))
    return {one: ((one, ""), values) for one, values in ordered}


def _groups(work: Work) -> dict[str, _Names]:
    listed = work.session.execute(
        select(_N.code, _N.name, _N.name_en).where(_N.closed.is_(False)).order_by(_N.position, _N.id)
    )
    return {row.code: (row.name, row.name_en) for row in listed}


def _care(work: Work, where: Place, period: Period) -> dict[str, tuple[_Names, dict[str, int]]]:
    """Who was in care at the end of the period, by group: today's by what is due, earlier ones by their records."""
    found: dict[str, dict[str, int]] = {}
    if not period.over:
        found = _care_now(work, where)
    else:
        people = {one.resident_id: one for one in past.people_on(work.session, period.last, where.path)}
        for resident_id, code in members(work, people, period):
            one = people[resident_id]
            values = found.setdefault(code, dict.fromkeys(_CARE, 0))
            for name, adds in zip(
                _CARE, (1, one.in_time, not one.in_time, one.tried, one.weekly, one.unseen), strict=True
            ):
                values[name] += int(adds)
    return {code: (names, found[code]) for code, names in _groups(work).items() if code in found}


def _care_now(work: Work, where: Place) -> dict[str, dict[str, int]]:
    today = clock.today()
    sums = (
        func.count(), func.sum(case((reached.in_time(today), 1), else_=0)), func.sum(case((reached.in_time(today), 0), else_=1)),
        func.sum(case((_D.attempts > 0, 1), else_=0)), func.sum(_D.weekly), func.sum(_D.base),
    )  # fmt: skip
    asked = (
        select(_N.code, *sums)
        .select_from(Due)
        .join(Membership, and_(_M.resident_id == _D.resident_id, active_membership(today)))
        .join(Group, and_(_N.id == _M.group_id, _N.closed.is_(False)))
        .where(_D.care_since.is_not(None), below(_D.area_path, where.path))
        .group_by(_N.code)
    )
    found = {
        row[0]: {name: int(value or 0) for name, value in zip(_CARE, row[1:], strict=True)}
        for row in work.session.execute(asked)
    }
    for values in found.values():
        values["days"] = (today - BASE).days * values["in_care"] - values["days"]
    return found


def members(work: Work, people: Iterable[int], period: Period) -> list[tuple[int, str]]:
    """Who of these people was in which group at the end of a period."""
    ids, found = sorted(people), []
    for at in range(0, len(ids), 500):
        found += [
            (row.resident_id, row.code)
            for row in work.session.execute(
                select(_M.resident_id, _N.code)
                .join(Group, _N.id == _M.group_id)
                .where(
                    _M.resident_id.in_(ids[at : at + 500]),
                    active_membership(period.until),
                    _N.closed.is_(False),
                )
                .distinct()
            )
        ]
    return found


def in_group(code: str) -> Select[Any]:
    """Who is in a group today."""
    return (
        select(_M.resident_id)
        .join(Group, _N.id == _M.group_id)
        .where(_N.code == code, active_membership(clock.today()))
    )
