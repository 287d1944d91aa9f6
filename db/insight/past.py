"""Coverage of past days, from the records: who was in care where, how often they were to be seen, and who saw them.

`coverage_day` keeps the sums of each area for each day that is over. A new day adds the day before; whoever
enters, corrects or strikes a visit of a past day has the days from then on counted anew, in the same transaction.
The same function counts one building after a late entry and everything at once (a test compares it with plain SQL).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, delete, func, or_, select, true
from sqlmodel import Field, Session, SQLModel

from db import clock
from db.access import below
from db.care.due import PAST
from db.care.tables import CONTACTS, CarePeriod, Visit
from db.people import bulk
from db.people.tables import Resident
from db.territory.areas import Area
from db.territory.moving import MOVED
from db.work import Work, before_commit

_A = Area.__table__.c  # type: ignore[attr-defined]
_Y = CarePeriod.__table__.c  # type: ignore[attr-defined]
_V = Visit.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]

FIGURES: Final = ("in_care", "in_time", "days", "tried", "weekly")
MANY: Final = 200
WEEK: Final = 7000
AT_ONCE: Final = 50_000
MERGING: Final = ("resident.merge", "resident.unmerge")

Numbers = NDArray[np.int64]


class CoverageDay(SQLModel, table=True):
    """The figures of one area with all that lies in it, at the end of one day.

    `days` is the sum, over the people in care, of the days since their last contact (or since care began); `weekly`
    is the thousandth of visits a week that their rhythms ask for; `tried` counts people with attempts since the last
    contact.
    """

    __tablename__ = "coverage_day"
    __table_args__ = ({"sqlite_with_rowid": False},)

    area_id: int = Field(primary_key=True)
    day: date = Field(primary_key=True)
    in_care: int = 0
    in_time: int = 0
    days: int = 0
    tried: int = 0
    weekly: int = 0


_C = CoverageDay.__table__.c  # type: ignore[attr-defined]
# Every day is kept for every area, so the oldest area tells which days there are without reading them all.
_OLDEST = select(func.min(_C.area_id)).scalar_subquery()


@dataclass(frozen=True)
class Met:
    """The visits of one person that stand, in the order in which they happened."""

    contacts: list[tuple[datetime, date, str]]
    attempts: list[tuple[datetime, date]]


@before_commit
def count_past(work: Work) -> None:
    """Count the past days anew whose records this unit of work changed."""
    changed: dict[int, date] = work.known.pop(PAST, {})
    merged = [
        one["record_id"] for one in work.entries if one["action"] in MERGING and one["kind"] == "resident"
    ]
    moved = {_id_of(path) for path in work.known.pop(MOVED, ()) if path != "/"}
    first_kept = first_day(work.session) if changed or moved or merged else None
    if first_kept is None:
        return
    if moved:  # what lies in an area now counts there for the past too
        count(work.session, first_kept, yesterday(), moved)
    changed |= dict.fromkeys(merged, first_kept)  # their visits changed hands
    if not changed:
        return
    first = min(changed.values())
    paths = work.session.execute(
        select(_Y.area_path)
        .where(_Y.resident_id.in_(list(changed)), or_(_Y.until.is_(None), _Y.until >= first))
        .distinct()
    ).scalars()
    ids = {_id_of(path) for path in paths}
    if ids:
        count(work.session, first, yesterday(), ids)


def _id_of(path: str) -> int:
    return int(path.strip("/").rsplit("/", 1)[-1])


def yesterday() -> date:
    """The last day that is over."""
    return clock.today() - timedelta(days=1)


def first_day(session: Session) -> date | None:
    """The first day of which the figures are kept."""
    return session.execute(select(func.min(_C.day)).where(_C.area_id == _OLDEST)).scalar()


def last_day(session: Session) -> date | None:
    """The last day of which the figures are kept."""
    return session.execute(select(func.max(_C.day)).where(_C.area_id == _OLDEST)).scalar()


def close_days(session: Session) -> bool:
    """Add the days that are over since the last one kept; from the first care on when there is none yet."""
    last = last_day(session)
    start = (
        last + timedelta(days=1) if last is not None else session.execute(select(func.min(_Y.since))).scalar()
    )
    if start is None or start > yesterday():
        return False
    count(session, start, yesterday(), None)
    return True


def count(session: Session, first: date, last: date, ids: Collection[int] | None) -> None:
    """Count the days from `first` to `last` for the areas `ids` (None: all) and whatever encloses them."""
    kept = first_day(session)
    if ids is not None and kept is not None:
        first = max(first, kept)
    if first > last:
        return
    areas = _areas(session, ids)
    own = _own(session, first, last, areas, everywhere=ids is None)
    length = (last - first).days + 1
    totals: dict[int, Numbers] = {}
    parts = _parts(session, areas, first, last) if ids is not None else {}
    for area_id, (path, parent_id) in sorted(
        areas.items(), key=lambda one: one[1][0].count("/"), reverse=True
    ):
        total = totals.setdefault(area_id, np.zeros((len(FIGURES), length), dtype=np.int64))
        total += own.get(path, 0)
        for part_id, figures in parts.get(area_id, {}).items():
            if part_id not in areas:
                total += figures
        if parent_id in areas:
            totals.setdefault(parent_id, np.zeros((len(FIGURES), length), dtype=np.int64)).__iadd__(total)
    _write(session, first, last, totals, everywhere=ids is None)


def _areas(session: Session, ids: Collection[int] | None) -> dict[int, tuple[str, int | None]]:
    """The areas asked for and all that enclose them: path and parent."""
    query = select(_A.id, _A.area_path, _A.parent_id)
    if ids is not None:
        paths = session.execute(select(_A.area_path).where(_A.id.in_(list(ids)))).scalars()
        wanted = {int(part) for path in paths for part in path.strip("/").split("/")}
        query = query.where(_A.id.in_(wanted))
    return {row.id: (row.area_path, row.parent_id) for row in session.execute(query)}


def _parts(
    session: Session, areas: Mapping[int, Any], first: date, last: date
) -> dict[int, dict[int, Numbers]]:
    """The figures kept for what lies directly in these areas."""
    length = (last - first).days + 1
    rows = session.execute(
        select(_A.parent_id, _C.area_id, _C.day, *(_C[name] for name in FIGURES))
        .join(CoverageDay, _C.area_id == _A.id)
        .where(_A.parent_id.in_(list(areas)), _A.id.not_in(list(areas)), _C.day.between(first, last))
    )
    found: dict[int, dict[int, Numbers]] = {}
    for parent_id, area_id, day, *figures in rows:
        inside = found.setdefault(parent_id, {})
        if area_id not in inside:
            inside[area_id] = np.zeros((len(FIGURES), length), dtype=np.int64)
        inside[area_id][:, (day - first).days] = figures
    return found


def _own(
    session: Session,
    first: date,
    last: date,
    areas: Mapping[int, tuple[str, int | None]],
    *,
    everywhere: bool,
) -> dict[str, Numbers]:
    """What lies in each area itself, day by day."""
    paths = [path for path, _parent in areas.values()]
    here: ColumnElement[bool] = true() if everywhere else _Y.area_path.in_(paths)
    overlap = and_(here, _Y.since <= last, or_(_Y.until.is_(None), _Y.until > first))
    length = (last - first).days + 1
    found: dict[str, Numbers] = {}
    # Visits stand with the record that stays when two are merged; the days of both were days of one person.
    person = func.coalesce(_R.merged_into, _Y.resident_id)
    periods = select(_Y.id).outerjoin(Resident, _R.id == _Y.resident_id).where(overlap)
    met = _met(session, periods.with_only_columns(person), last, everywhere=everywhere)
    nobody = Met([], [])
    for period in session.execute(
        select(
            person.label("person"), _Y.area_path, _Y.since, _Y.until, _Y.care_since, _Y.every_days, _Y.kinds
        )
        .outerjoin(Resident, _R.id == _Y.resident_id)
        .where(overlap)
    ):
        figures = found.get(period.area_path)
        if figures is None:
            figures = found[period.area_path] = np.zeros((len(FIGURES), length), dtype=np.int64)
        add_period(figures, period, met.get(period.person, nobody), first, length)
    return found


@dataclass(frozen=True)
class Then:
    """One person in care at the end of a day that is over; the numbers are what `coverage_day` adds up."""

    resident_id: int
    in_time: bool
    unseen: int  # days since the last contact, or since care began
    tried: bool  # attempts since the last contact
    weekly: int  # thousandths of visits a week
    every: int  # days from one contact to the next, as the rule of that day says; 0 where no rule fits
    over: int  # days beyond that


def people_on(session: Session, day: date, path: str) -> list[Then]:
    """Whoever was in care on `day` in the area `path` and in what lies in it, counted as in the figures of that day."""
    here = and_(below(_Y.area_path, path), _Y.since <= day, or_(_Y.until.is_(None), _Y.until > day))
    person = func.coalesce(_R.merged_into, _Y.resident_id)
    periods = select(_Y.id).outerjoin(Resident, _R.id == _Y.resident_id).where(here)
    last = _last_met(session, periods.with_only_columns(person), day)
    found = []
    for period in session.execute(
        periods.with_only_columns(person.label("person"), _Y.care_since, _Y.every_days, _Y.kinds).order_by(
            _Y.id
        )
    ):
        kinds = period.kinds.split(",") if period.kinds else None
        met = last.get(period.person, ())
        contacts = [one for one in met if one.contact]
        seen = max((one.day for one in contacts), default=period.care_since)
        counted = max(
            (one.day for one in contacts if kinds is None or one.kind in kinds), default=period.care_since
        )
        every = int(period.every_days)
        at = max((one.at for one in contacts), default=None)
        waited = (day - max(counted, period.care_since)).days
        found.append(
            Then(
                period.person,
                bool(every) and waited <= every,
                (day - max(seen, period.care_since)).days,
                any(not one.contact and (at is None or one.at > at) for one in met),
                round(WEEK / every) if every else 0,
                every,
                max(0, waited - every) if every else 0,
            )
        )
    return found


def _last_met(session: Session, people: Any, day: date) -> dict[int, list[Any]]:
    """By person: the last visit of each kind and sort until a day that is over, of those that stand."""
    contact = _V.result.in_(CONTACTS)
    rows = session.execute(
        select(
            _V.resident_id, _V.kind, contact.label("contact"), func.max(_V.day).label("day"), func.max(_V.at).label("at")
        )
        .where(_V.resident_id.in_(people), _V.day <= day, _V.replaced_by.is_(None), _V.withdrawn_at.is_(None))
        .group_by(_V.resident_id, _V.kind, contact)
    )  # fmt: skip
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.resident_id, []).append(row)
    return found


def _met(session: Session, people: Any, last: date, *, everywhere: bool) -> dict[int, Met]:
    among: ColumnElement[bool] = true() if everywhere else _V.resident_id.in_(people)
    found: dict[int, Met] = {}
    for row in session.execute(
        select(_V.resident_id, _V.at, _V.day, _V.kind, _V.result)
        .where(among, _V.day <= last, _V.replaced_by.is_(None), _V.withdrawn_at.is_(None))
        .order_by(_V.at, _V.id)
    ):
        met = found.get(row.resident_id)
        if met is None:
            met = found[row.resident_id] = Met([], [])
        if row.result in CONTACTS:
            met.contacts.append((row.at, row.day, row.kind))
        else:
            met.attempts.append((row.at, row.day))
    return found


def add_period(figures: Numbers, period: Any, met: Met, first: date, length: int) -> None:
    """Add one person's days of one period to the figures of the area: rows by `FIGURES`, columns by day."""
    start = max(0, (period.since - first).days)
    end = min(length, (period.until - first).days if period.until is not None else length)
    if start >= end:
        return
    care, every = (period.care_since - first).days, int(period.every_days)
    figures[0, start:end] += 1
    if every:
        figures[4, start:end] += round(WEEK / every)
    kinds = set(period.kinds.split(",")) if period.kinds else None
    counted = [(day - first).days for _at, day, kind in met.contacts if kinds is None or kind in kinds]
    for begin, stop in _spans(counted, start, end) if every else ():
        base = max(begin, care)
        late = min(stop, base + every + 1)
        if late > max(begin, start):
            figures[1, max(begin, start) : late] += 1
    seen = [(day - first).days for _at, day, _kind in met.contacts]
    for begin, stop in _spans(seen, start, end):
        base, opened = max(begin, care), max(begin, start)
        figures[2, opened:stop] += np.arange(opened, stop) - base
    _add_tried(figures[3], met, first, start, end)


def _spans(days: Iterable[int], start: int, end: int) -> Iterable[tuple[int, int]]:
    """From each day of contact to the next, as far as it reaches into start..end; before the first, from long ago."""
    before = -(10**6)
    for day in sorted(set(days)):
        if day >= end:
            break
        if day > start:
            yield before, day
        before = day
    yield before, end


def _add_tried(row: Numbers, met: Met, first: date, start: int, end: int) -> None:
    """Days at whose end there was an attempt since the last contact."""
    open_since: int | None = None
    steps = sorted(
        [(at, day, True) for at, day, _kind in met.contacts] + [(at, day, False) for at, day in met.attempts]
    )
    for _at, day, contact in steps:
        here = (day - first).days
        if contact:
            if open_since is not None:
                row[max(open_since, start) : max(min(here, end), max(open_since, start))] += 1
            open_since = None
        elif open_since is None:
            open_since = here
    if open_since is not None and max(open_since, start) < end:
        row[max(open_since, start) : end] += 1


def _write(
    session: Session, first: date, last: date, totals: Mapping[int, Numbers], *, everywhere: bool
) -> None:
    among: ColumnElement[bool] = true() if everywhere else _C.area_id.in_(list(totals))
    session.execute(delete(CoverageDay).where(among, _C.day.between(first, last)))
    connection, table = session.connection(), CoverageDay.__table__  # type: ignore[attr-defined]
    rows: list[dict[str, Any]] = []
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    for area_id in sorted(totals):  # in the order of the table
        for day, values in zip(days, totals[area_id].T.tolist(), strict=True):
            rows.append({"area_id": area_id, "day": day, **dict(zip(FIGURES, values, strict=True))})
        if len(rows) > AT_ONCE:
            bulk.write_rows(connection, table, rows)
            rows = []
    bulk.write_rows(connection, table, rows)
