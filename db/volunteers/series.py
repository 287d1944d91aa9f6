"""Series of shifts: made from templates for weeks and months, Chinese holidays and make-up days minded.

A series is a rule of dates (RFC 5545) and what each shift is made from. What would be made is shown before it is.
`series_change` changes and ends what stands.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from dateutil.rrule import rrulestr
from sqlalchemy import ColumnElement, insert, select

from db import clock
from db.access import within
from db.errors import Refused
from db.slots import Slot
from db.volunteers import regulars, shifts, workdays
from db.volunteers.regulars import Booked
from db.volunteers.shifts import KIND, MOST_AHEAD, TOPIC, Plan
from db.volunteers.tables import HOLIDAY_OPTIONS, Shift, ShiftSeries, WorkKind
from db.work import Work, command, query

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WORKING = frozenset(DAYS[:5])
MOST_SHIFTS = 1500
LOTS_BEFORE = timedelta(days=1)
"""So long before a shift of a series the lots are drawn."""

_S = Slot.__table__.c  # type: ignore[attr-defined]
_F = Shift.__table__.c  # type: ignore[attr-defined]
_K = WorkKind.__table__.c  # type: ignore[attr-defined]
_Q = ShiftSeries.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Pattern:
    """What a series is made from; what is None comes from the kind of work. `until` is the last day."""

    kind_id: int
    area_id: int
    rule: str
    start: time
    since: date
    until: date
    where: str = ""
    title: str = ""
    minutes: int | None = None
    minimum: int | None = None
    capacity: int | None = None
    mode: str = ""
    holidays: str = "skip"
    resident_id: int | None = None
    note: str = ""
    regular_ids: tuple[int, ...] = ()  # volunteers who come each time


@dataclass(frozen=True)
class Dates:
    """The days of a rule, those that fall out with the name of the holiday, and the make-up days that came in."""

    days: tuple[date, ...]
    left_out: tuple[tuple[date, str], ...] = ()
    added: tuple[date, ...] = ()
    unknown: tuple[int, ...] = ()  # years of which it is not published how they go


@dataclass(frozen=True)
class Outlook:
    """What would be made: how many shifts and places, and on which days not or besides."""

    shifts: int
    places: int
    dates: Dates
    already: int  # shifts of this work that stand there at the same time


@dataclass(frozen=True)
class Made:
    """What was made, and which places the regulars got."""

    series_ids: tuple[int, ...]
    shifts: int
    booked: Booked


def weekly(weekdays: Iterable[int], every: int = 1) -> str:
    """The rule for some days of the week (0 is Monday), each week or every second, third …"""
    days = ",".join(DAYS[one] for one in sorted(set(weekdays)))
    return f"FREQ=WEEKLY;{f'INTERVAL={every};' if every > 1 else ''}BYDAY={days}"


def monthly(week: int, weekday: int) -> str:
    """The rule for one day a month: the first Monday is (1, 0), the last Friday (-1, 4)."""
    return f"FREQ=MONTHLY;BYDAY={week}{DAYS[weekday]}"


def dates_of(rule: str, since: date, until: date, holidays: str = "skip") -> Dates:
    """The days of a rule, both ends included, at most about 13 months. Refused `series.rule`, `series.dates`.

    With `skip` public holidays fall out. With `workdays` everything falls out on which offices are closed, and where
    the rule names all five working days, weekends that are worked for a holiday come in.
    """
    if until < since or until - since > MOST_AHEAD:
        raise Refused("series.dates")
    parts = dict(part.split("=", 1) for part in rule.upper().split(";") if "=" in part)
    every = parts.get("INTERVAL", "1")
    known = {one.code for one in HOLIDAY_OPTIONS}
    if parts.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY") or not re.fullmatch("[1-9][0-9]?", every):
        raise Refused("series.rule")
    if holidays not in known or not set(parts) <= {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "WKST"}:
        raise Refused("series.rule")
    first, last = datetime.combine(since, time(0)), datetime.combine(until, time(0))
    try:
        days = [at.date() for at in rrulestr(rule, dtstart=first).between(first, last, inc=True)]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Refused("series.rule") from None
    if holidays == "keep":
        return Dates(tuple(days))
    unknown = tuple(sorted({day.year for day in days if not workdays.known(day)}))
    if holidays == "skip":
        out = [(day, workdays.holiday(day)) for day in days if workdays.holiday(day)]
        return Dates(tuple(day for day in days if not workdays.holiday(day)), tuple(out), (), unknown)
    out = [(day, workdays.holiday(day)) for day in days if not workdays.workday(day)]
    added = []
    if set(parts.get("BYDAY", "").split(",")) >= WORKING and every == "1":
        span = (since + timedelta(days=number) for number in range((until - since).days + 1))
        added = [day for day in span if workdays.make_up(day) and day not in days]
    kept = sorted([*(day for day in days if workdays.workday(day)), *added])
    return Dates(tuple(kept), tuple(out), tuple(added), unknown)


@query("shift.create")
def outlook(work: Work, *, patterns: Sequence[Pattern]) -> Outlook:
    """What these templates would make. Refused `series.rule`, `series.dates`, `series.many`, `record.not_found`."""
    dates = [_dates(one) for one in patterns]
    count = sum(len(one.days) for one in dates)
    if count > MOST_SHIFTS:
        raise Refused("series.many", count=count, most=MOST_SHIFTS)
    kinds = dict(
        work.session.execute(
            select(_K.id, _K.maximum).where(_K.id.in_({one.kind_id for one in patterns}))
        ).all()
    )
    if any(one.kind_id not in kinds for one in patterns):
        raise Refused("record.not_found")
    room = sum(
        (one.capacity or kinds[one.kind_id]) * len(its.days) for one, its in zip(patterns, dates, strict=True)
    )
    return Outlook(count, room, _together(dates), _already(work, patterns, dates))


def _dates(pattern: Pattern) -> Dates:
    return dates_of(pattern.rule, pattern.since, pattern.until, pattern.holidays)


def _together(dates: Sequence[Dates]) -> Dates:
    """The days of several templates, each once."""
    return Dates(
        tuple(sorted({day for one in dates for day in one.days})),
        tuple(sorted({pair for one in dates for pair in one.left_out})),
        tuple(sorted({day for one in dates for day in one.added})),
        tuple(sorted({year for one in dates for year in one.unknown})),
    )


def _already(work: Work, patterns: Sequence[Pattern], dates: Sequence[Dates]) -> int:
    """How many shifts of the same work stand in the same area at the same times."""
    found = 0
    for pattern, its in zip(patterns, dates, strict=True):
        if not its.days:
            continue
        times = {datetime.combine(day, pattern.start, clock.PLACE) for day in its.days}
        rows = work.session.execute(
            select(_S.starts_at)
            .join(Shift, _F.id == _S.id)
            .where(
                _S.kind == KIND, _S.area_id == pattern.area_id, _F.kind_id == pattern.kind_id, _S.cancelled_at.is_(None),
                _S.starts_at >= min(times), _S.starts_at <= max(times), _same_elder(pattern.resident_id),
            )
        ).scalars()  # fmt: skip
        found += sum(one in times for one in rows)
    return found


def _same_elder(resident_id: int | None) -> ColumnElement[bool]:
    same: ColumnElement[bool] = (
        _F.resident_id.is_(None) if resident_id is None else _F.resident_id == resident_id
    )
    return same


@command("shift.create")
def lay(work: Work, *, patterns: Sequence[Pattern]) -> Made:
    """Make a series from each template with its shifts, and give the regulars their places.

    Refused as `outlook`, `series.nothing` (not one day is left), and as `shifts.make`.
    """
    dates = [_dates(one) for one in patterns]
    count = sum(len(one.days) for one in dates)
    if count > MOST_SHIFTS:
        raise Refused("series.many", count=count, most=MOST_SHIFTS)
    if not count:
        raise Refused("series.nothing")
    ids: list[int] = []
    got, missed = 0, list[regulars.Missed]()
    for pattern, its in zip(patterns, dates, strict=True):
        if not its.days:
            continue
        series_id = keep(work, pattern)
        made = shifts.add(work, [plan_of(pattern, series_id, day) for day in its.days])
        for volunteer_id in pattern.regular_ids:
            regulars.enter(work, series_id, volunteer_id, pattern.since)
        booked = regulars.book(work, series_id, made)
        got, missed = got + booked.count, [*missed, *booked.missed]
        ids.append(series_id)
    return Made(tuple(ids), count, Booked(got, tuple(missed)))


def keep(work: Work, pattern: Pattern) -> int:
    """Keep the series itself, without shifts. Refused `record.not_found`, `area.outside`."""
    kind = shifts.kind_of_work(work, pattern.kind_id)
    area_path = shifts.path_of(work, pattern.area_id)
    made: int = work.session.execute(
        insert(ShiftSeries.__table__)  # type: ignore[attr-defined]
        .values(
            version=1, made_at=work.now, changed_at=work.now, extra={}, kind_id=pattern.kind_id,
            title=pattern.title or kind.title, area_id=pattern.area_id, area_path=area_path, where=pattern.where,
            resident_id=pattern.resident_id, rule=pattern.rule, since=pattern.since, until=pattern.until,
            start=f"{pattern.start:%H:%M}", minutes=pattern.minutes or kind.minutes,
            minimum=pattern.minimum or kind.minimum, capacity=pattern.capacity or kind.maximum,
            mode=pattern.mode or kind.mode, holidays=pattern.holidays, note=pattern.note, made_by=work.viewer.name,
        )
        .returning(_Q.id)
    ).scalar_one()  # fmt: skip
    work.log(
        "series", made, pattern.title or kind.title,
        {"rule": (None, pattern.rule), "since": (None, pattern.since), "until": (None, pattern.until),
         "start": (None, f"{pattern.start:%H:%M}")},
        area_path=area_path,
    )  # fmt: skip
    work.touch(TOPIC)
    return made


def plan_of(pattern: Any, series_id: int, day: date) -> Plan:
    """The shift of a series (a pattern, or the row of one) on one day."""
    start = pattern.start if isinstance(pattern.start, time) else time.fromisoformat(pattern.start)
    begins = datetime.combine(day, start, clock.PLACE)
    return Plan(
        pattern.kind_id, pattern.area_id, day, start, pattern.where, pattern.title, pattern.minutes, pattern.minimum,
        pattern.capacity, pattern.mode, closes_at=begins - LOTS_BEFORE if pattern.mode == "lottery" else None,
        resident_id=pattern.resident_id, note=pattern.note, series_id=series_id, series_day=day,
    )  # fmt: skip


@dataclass(frozen=True)
class Copied:
    """What copying a week made, would make, and left out because it stands there or falls on a holiday."""

    made: int
    already: int
    holidays: int


@query("shift.create")
def copyable(work: Work, *, monday: date, to: date, area_id: int | None = None) -> Copied:
    """What `copy_week` would do."""
    plans, already, holidays = _week(work, monday, to, area_id)
    return Copied(len(plans), already, holidays)


@command("shift.create")
def copy_week(work: Work, *, monday: date, to: date, area_id: int | None = None) -> Copied:
    """Make the shifts of the week of `monday` again in that of `to`, without people, and not what is there already.

    Refused `series.nothing`, `shift.past`, `area.outside`.
    """
    plans, already, holidays = _week(work, monday, to, area_id)
    if not plans:
        raise Refused("series.nothing")
    shifts.add(work, plans)
    return Copied(len(plans), already, holidays)


def _week(work: Work, monday: date, to: date, area_id: int | None) -> tuple[list[Plan], int, int]:
    """The shifts to be made, how many stand there already, how many fall on a holiday."""
    there = {_alike(row, row.starts_at) for row in _rows(work, to, area_id)}
    plans, already, holidays = [], 0, 0
    for row in _rows(work, monday, area_id):
        local = row.starts_at.astimezone(clock.PLACE)
        day = to + (local.date() - monday)
        begins = datetime.combine(day, local.time(), clock.PLACE)
        if _alike(row, begins) in there:
            already += 1
        elif workdays.holiday(day):
            holidays += 1
        elif begins > work.now:
            moved = begins - row.starts_at
            plans.append(
                Plan(
                    row.kind_id, row.area_id, day, local.time(), row.where, row.title,
                    int((row.ends_at - row.starts_at) // timedelta(minutes=1)), row.minimum, row.capacity, row.mode,
                    row.opens_at + moved if row.opens_at else None, row.closes_at + moved if row.closes_at else None,
                    row.cap_month, row.resident_id, row.note,
                )
            )  # fmt: skip
    return plans, already, holidays


def _alike(row: Any, begins: datetime) -> tuple[Any, ...]:
    return row.kind_id, row.area_id, row.where, row.resident_id, begins


def _rows(work: Work, monday: date, area_id: int | None) -> Sequence[Any]:
    since = datetime.combine(monday, time(0), clock.PLACE)
    return shifts.rows(work, since, since + timedelta(days=7), area_id, action="shift.create")


@query("shift.edit")
def running(work: Work) -> list[Any]:
    """The series with shifts to come in the areas of the viewer, by title and time."""
    return list(
        work.session.execute(
            select(ShiftSeries.__table__)  # type: ignore[attr-defined]
            .where(
                within(work.viewer, "shift.edit", _Q.area_path), _Q.until >= clock.today(), _Q.withdrawn_at.is_(None),
            )
            .order_by(_Q.title, _Q.start, _Q.id)
            .limit(300)
        ).all()
    )  # fmt: skip


@query("shift.edit")
def one(work: Work, *, series_id: int) -> Any:
    """A series by its id. Refused `record.not_found`, `area.outside`."""
    return regulars.series_of(work, series_id)
