"""Changing what repeats: this shift, this and all that follow, or all. What it touches is known before it is saved.

What was changed by hand, what was called off by hand, and what is over is left alone. A day that falls away is called
off like any shift, with a reason, and its people are told.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select, update

from db import clock, places
from db.errors import Refused
from db.slots import Booking
from db.volunteers import regulars, series, shifts, telling
from db.volunteers.fitness import SHIFT
from db.volunteers.regulars import Booked, series_of
from db.volunteers.series import Pattern
from db.volunteers.shifts import TOPIC
from db.volunteers.tables import Shift, ShiftSeries
from db.work import Work, command, query

SCOPES = ("this", "following", "all")

_B = Booking.__table__.c  # type: ignore[attr-defined]
_F = Shift.__table__.c  # type: ignore[attr-defined]
_Q = ShiftSeries.__table__.c  # type: ignore[attr-defined]
_S = SHIFT.selected_columns


@dataclass(frozen=True)
class Wanted:
    """What is to be different; None leaves it. Rule, last day and holidays concern the series only."""

    start: time | None = None
    minutes: int | None = None
    where: str | None = None
    title: str | None = None
    minimum: int | None = None
    capacity: int | None = None
    note: str | None = None
    rule: str | None = None
    until: date | None = None
    holidays: str | None = None
    resident_id: int | None = None  # who is visited

    @property
    def dates(self) -> bool:
        """Whether other days may come out."""
        return self.rule is not None or self.until is not None or self.holidays is not None


@dataclass(frozen=True)
class Touch:
    """What a change touches: shifts that become different, are called off, are made; people who have or want a
    place in the first two; shifts left alone because they were changed by hand. `version` is that of the series."""

    changed: int
    cancelled: int
    made: int
    people: int
    by_hand: int
    version: int

    @property
    def shifts(self) -> int:
        return self.changed + self.cancelled


@dataclass(frozen=True)
class Changed:
    """What was touched, who cannot come any more (settle it with them), and what the regulars got in new shifts."""

    touch: Touch
    trouble: tuple[str, ...]
    booked: Booked


@dataclass(frozen=True)
class _Plan:
    shift: Any
    series: Any
    first: date
    splits: bool
    rewritten: Sequence[Any]
    dropped: Sequence[Any]
    days: Sequence[date]
    by_hand: int
    keys: Collection[str]

    @property
    def touch(self) -> Touch:
        return Touch(
            len(self.rewritten), len(self.dropped), len(self.days), len(self.keys), self.by_hand,
            self.series.version if self.series is not None else self.shift.version,
        )  # fmt: skip


@query("shift.edit")
def touched(work: Work, *, shift_id: int, scope: str, wanted: Wanted) -> Touch:
    """What `change` would do. Refused `record.not_found`, `area.outside`, `series.none`, `series.rule`, `series.dates`."""
    return _plan(work, shift_id, scope, wanted).touch


@query("shift.edit")
def ending(work: Work, *, shift_id: int, scope: str) -> Touch:
    """What `call_off` would do. Refusals as of `touched`."""
    return _plan(work, shift_id, scope, None).touch


@command("shift.edit")
def change(work: Work, *, shift_id: int, scope: str, version: int, wanted: Wanted, why: str = "") -> Changed:
    """Change this shift (from then on it counts as changed by hand), this and the following (they become a series of
    their own), or all that are to come. `version` is that of `Touch`. `why` is told to those whose shift is called off.

    Refused as `touched`, `record.changed`, `shift.why` (something is called off), `place.too_small`, `form.invalid`.
    """
    plan = _plan(work, shift_id, scope, wanted)
    places.hold_still(work, plan.keys)
    plan = _plan(work, shift_id, scope, wanted)
    if plan.touch.version != version:
        raise Refused("record.changed", version=plan.touch.version, theirs={}, record_id=shift_id)
    with telling.together(work):
        trouble = [
            name for row in plan.rewritten for name in _rewrite(work, row, wanted, by_hand=scope == "this")
        ]
        if plan.series is None or scope == "this":
            return Changed(plan.touch, tuple(dict.fromkeys(trouble)), Booked())
        _drop(work, plan, why)
    pattern = _pattern(plan.series, wanted)
    series_id = _split(work, plan, pattern) if plan.splits else _write(work, plan.series, pattern)
    made = shifts.add(work, [series.plan_of(pattern, series_id, day) for day in plan.days])
    booked = regulars.book(work, series_id, made) if made else Booked()
    return Changed(plan.touch, tuple(dict.fromkeys(trouble)), booked)


@command("shift.edit")
def call_off(work: Work, *, shift_id: int, scope: str, version: int, why: str) -> Touch:
    """Call off this shift, this and the following, or all that are to come, and end the series before them.

    Refused as `ending`, `record.changed`, `shift.why`, `place.closed`.
    """
    plan = _plan(work, shift_id, scope, None)
    places.hold_still(work, plan.keys)
    plan = _plan(work, shift_id, scope, None)
    if plan.touch.version != version:
        raise Refused("record.changed", version=plan.touch.version, theirs={}, record_id=shift_id)
    if plan.series is None or scope == "this":
        shifts.cancel(work, shift_id=shift_id, why=why)
        return plan.touch
    with telling.together(work):
        _drop(work, plan, why)
    last = plan.first - timedelta(days=1)
    work.session.execute(
        update(ShiftSeries)
        .where(_Q.id == plan.series.id)
        .values(
            ended_on=last, until=min(last, plan.series.until), version=_Q.version + 1, changed_at=work.now
        )
    )
    work.log(
        "series", plan.series.id, plan.series.title, {"until": (plan.series.until, last)},
        area_path=plan.series.area_path, reason=why.strip()[:200],
    )  # fmt: skip
    return plan.touch


def _plan(work: Work, shift_id: int, scope: str, wanted: Wanted | None) -> _Plan:
    """Which shifts a change rewrites, drops and makes. `wanted` None: all that are concerned fall away."""
    shift = shifts.editable(work, shift_id)
    if scope == "this":
        gone = wanted is None
        rewritten = [shift] if wanted is not None and _differs(shift, wanted) else []
        keys = _keys(work, [shift.id] if gone or rewritten else [])
        return _Plan(
            shift, None, _day(shift), False, rewritten, [shift] if gone else [], [], 0, keys
        )  # fmt: skip
    if shift.series_id is None or shift.series_day is None:
        raise Refused("series.none")
    its = series_of(work, shift.series_id)
    rows = work.session.execute(
        SHIFT.where(_F.series_id == its.id, _S.withdrawn_at.is_(None)).order_by(_S.starts_at)
    ).all()
    today = work.now.astimezone(clock.PLACE).date()
    first = max(shift.series_day, today) if scope == "following" else today
    splits = scope == "following" and any(
        row.series_day is not None and row.series_day < shift.series_day for row in rows
    )
    coming = [
        row
        for row in rows
        if row.starts_at > work.now and row.cancelled_at is None and row.series_day is not None
        and (scope == "all" or row.series_day >= first)
    ]  # fmt: skip
    free = [row for row in coming if not row.edited]
    stay, dropped, days = free, free, []
    if wanted is None:
        stay = []
    elif not wanted.dates:
        dropped = []
    else:
        pattern = _pattern(its, wanted)
        anchor = first if scope == "following" else min(its.since, pattern.until)
        found = series.dates_of(pattern.rule, anchor, pattern.until, pattern.holidays).days
        known = {row.series_day for row in rows}
        days = [
            day
            for day in found
            if day >= first
            and day not in known
            and datetime.combine(day, pattern.start, clock.PLACE) > work.now
        ]
        stay, dropped = (
            [one for one in free if one.series_day in found],
            [one for one in free if one.series_day not in found],
        )
    rewritten = [row for row in stay if wanted is not None and _differs(row, wanted)]
    keys = _keys(work, [one.id for one in (*rewritten, *dropped)])
    return _Plan(shift, its, first, splits, rewritten, dropped, days, len(coming) - len(free), keys)


def _day(shift: Any) -> date:
    day: date = shift.starts_at.astimezone(clock.PLACE).date()
    return day


def _keys(work: Work, shift_ids: Sequence[int]) -> Collection[str]:
    """Who has or wants a place in these shifts."""
    if not shift_ids:
        return set()
    rows = work.session.execute(
        select(_B.person_key).where(_B.slot_id.in_(shift_ids), _B.live == 1).distinct()
    )
    return set(rows.scalars())


def _begins(row: Any, wanted: Wanted) -> datetime:
    begins: datetime = row.starts_at
    return begins if wanted.start is None else datetime.combine(_day(row), wanted.start, clock.PLACE)


def _differs(row: Any, wanted: Wanted) -> bool:
    minutes = int((row.ends_at - row.starts_at) // timedelta(minutes=1))
    pairs = (
        (_begins(row, wanted), row.starts_at), (wanted.minutes, minutes), (wanted.where, row.where),
        (wanted.title, row.title), (wanted.minimum, row.minimum), (wanted.capacity, row.capacity),
        (wanted.note, row.note), (wanted.resident_id, row.resident_id),
    )  # fmt: skip
    return any(new is not None and new != old for new, old in pairs)


def _rewrite(work: Work, row: Any, wanted: Wanted, *, by_hand: bool) -> list[str]:
    return shifts.rewrite(
        work, row, starts_at=_begins(row, wanted), minutes=wanted.minutes, where=wanted.where, minimum=wanted.minimum,
        capacity=wanted.capacity, note=wanted.note, title=wanted.title, resident_id=wanted.resident_id,
        by_hand=by_hand,
    )  # fmt: skip


def _drop(work: Work, plan: _Plan, why: str) -> None:
    """Call off what falls away; the series may use those days again."""
    for row in plan.dropped:
        shifts.cancel(work, shift_id=row.id, why=why)
    if plan.dropped:
        work.session.execute(
            update(Shift).where(_F.id.in_([row.id for row in plan.dropped])).values(series_day=None)
        )


def _pattern(its: Any, wanted: Wanted) -> Pattern:
    """What the series is made from once it is changed."""
    now = Pattern(
        its.kind_id, its.area_id, its.rule, time.fromisoformat(its.start), its.since, its.until, its.where, its.title,
        its.minutes, its.minimum, its.capacity, its.mode, its.holidays, its.resident_id, its.note,
    )  # fmt: skip
    new = {one.name: getattr(wanted, one.name) for one in fields(wanted)}
    return replace(now, **{name: value for name, value in new.items() if value is not None})


def _write(work: Work, its: Any, pattern: Pattern) -> int:
    values = {
        name: getattr(pattern, name)
        for name in ("minutes", "where", "title", "minimum", "capacity", "note", "rule", "until", "holidays",
                     "resident_id")
    }  # fmt: skip
    values["start"] = f"{pattern.start:%H:%M}"
    work.session.execute(
        update(ShiftSeries)
        .where(_Q.id == its.id)
        .values(**values, version=_Q.version + 1, changed_at=work.now)
    )
    changed = {name: (getattr(its, name), new) for name, new in values.items() if getattr(its, name) != new}
    work.log("series", its.id, its.title, changed, area_path=its.area_path)
    work.touch(TOPIC)
    series_id: int = its.id
    return series_id


def _split(work: Work, plan: _Plan, pattern: Pattern) -> int:
    """A series of its own for what follows, with the regulars; the old one ends before."""
    its, last = plan.series, plan.first - timedelta(days=1)
    new_id = series.keep(work, replace(pattern, since=plan.first))
    work.session.execute(
        update(Shift).where(_F.series_id == its.id, _F.series_day >= plan.first).values(series_id=new_id)
    )
    regulars.split(work, its.id, new_id, plan.first)
    work.session.execute(
        update(ShiftSeries)
        .where(_Q.id == its.id)
        .values(until=last, version=_Q.version + 1, changed_at=work.now)
    )
    work.log("series", its.id, its.title, {"until": (its.until, last)}, area_path=its.area_path)
    return new_id
