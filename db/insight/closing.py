"""Figures of months, quarters and years that are over, kept for each area above the homes.

Each row holds what was counted when the period was closed, which never changes, and what the records say now. Whoever
reads first after somebody corrected a record of an earlier month counts that month anew (`settle`): the audit trail
says which records those were, so that nobody who writes has to wait for it. A full recount gives the same.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import JSON, func, insert, or_, select, text, update
from sqlmodel import Field, Session, SQLModel

from db import clock
from db.access import Viewer
from db.activities.tables import Attendance, Meeting
from db.audit import AuditEntry
from db.care.tables import Visit
from db.insight import past, periods
from db.insight.past import CoverageDay
from db.insight.periods import UNITS, Period
from db.insight.sources import SOURCES, Bases, count
from db.slots import Booking, Slot
from db.territory.areas import Area, Level
from db.volunteers.tables import Hours
from db.work import Work, command, query

TOPIC: Final = "figures"
CARE: Final = "care"
MANY: Final = 2000
"""After so many entries of the trail it is noted that they were followed, though they changed no figure."""
LONGEST_BACK: Final = 36
"""Months. Earlier ones are not counted; what was kept of them stays."""
FRESH: Final = timedelta(days=3)
"""What is known of today alone is kept for a period that was closed so soon after its end."""
SAME_TIME: Final = timedelta(hours=1)
"""An entry of the trail may become visible so long after one with a higher number."""
KINDS: Final = (
    "visit", "hours", "booking", "shift", "activity", "volunteer", "post", "area", "level", "resident", "household",
)  # fmt: skip
WHERE: Final = frozenset(
    {"address", "area_id", "household_id", "building", "stair", "room", "place", "merged", "status"}
)

_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]
_E = AuditEntry.__table__.c  # type: ignore[attr-defined]
_V = Visit.__table__.c  # type: ignore[attr-defined]
_H = Hours.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_M = Meeting.__table__.c  # type: ignore[attr-defined]
_T = Attendance.__table__.c  # type: ignore[attr-defined]
_D = CoverageDay.__table__.c  # type: ignore[attr-defined]


class PeriodFigure(SQLModel, table=True):
    """The base figures of one area and period by name: as they were when it was closed, and as they are now.

    A name that is missing was not known.
    """

    __tablename__ = "period_figure"

    area_id: int = Field(primary_key=True, foreign_key="area.id", ondelete="CASCADE")
    period: str = Field(primary_key=True, index=True)
    closed_on: date
    closed: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)
    now: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)
    corrected_on: date | None = None


class PeriodsSettled(SQLModel, table=True):
    """Up to which entry of the audit trail the figures of periods that are over were brought. One row."""

    __tablename__ = "periods_settled"

    id: int = Field(default=1, primary_key=True)
    entry_id: int = 0


_F = PeriodFigure.__table__.c  # type: ignore[attr-defined]
_Z = PeriodsSettled.__table__.c  # type: ignore[attr-defined]

ALL: Final = date(1, 1, 1)

_followed: set[tuple[int, datetime]] = set()
"""Entries that this process followed already, though they may be read once more."""


@dataclass
class _Stale:
    """What is to be counted anew: by source, single days, and the day from which on everything is."""

    days: dict[str, set[date]] = field(default_factory=dict)
    since: dict[str, date] = field(default_factory=dict)
    last_id: int = 0
    ids: list[tuple[int, datetime]] = field(default_factory=list)  # of the entries that were followed

    @property
    def entries(self) -> int:
        return len(self.ids)

    def on(self, source: str, days: Iterable[date | None]) -> None:
        self.days.setdefault(source, set()).update(day for day in days if day is not None)

    def from_on(self, source: str, day: date | None) -> None:
        if day is not None:
            self.since[source] = min(day, self.since.get(source, day))

    def concerned(self, source: str, period: Period) -> bool:
        since = self.since.get(source)
        if since is not None and since <= period.last:
            return True
        return any(period.first <= day <= period.last for day in self.days.get(source, ()))


def settle(who: Viewer | Work | None) -> bool:
    """Close the periods that are over, and count anew what was corrected since. Returns whether anything was done."""
    if not _behind(who):
        return False
    return _settle(who)


@query("coverage.view")
def _behind(work: Work) -> bool:
    """Whether there may be something to do: cheap when there is not."""
    session = work.session
    at = session.execute(select(_Z.entry_id)).scalar()
    if at is None or _missing(session):
        return True
    stale = _stale(session, at)
    if stale.entries > MANY:
        return True
    kept = _kept_periods(session)
    return any(stale.concerned(source, period) for period in kept for source in (*SOURCES, CARE))


@command("coverage.view")
def _settle(work: Work) -> bool:
    session = work.session
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('period_figure'))"))
    at = session.execute(select(_Z.entry_id)).scalar()
    stale = _stale(session, at if at is not None else _last_entry(session))
    missing = _missing(session)
    done = [
        _write(
            session, period, {name: _count(session, name, period) for name in (*SOURCES, CARE)}, at is None
        )
        for period in missing
    ]
    for period in _kept_periods(session):
        names = [name for name in (*SOURCES, CARE) if stale.concerned(name, period)]
        if names and period not in missing:
            done.append(
                _write(session, period, {name: _count(session, name, period) for name in names}, False)
            )
    _remember(work, at, stale)
    work.log("figures", None, "、".join(one.key for one in missing)[:200], action="figures.settle")
    if any(done):
        work.touch(TOPIC)
    return any(done)


def recount(session: Session) -> None:
    """Count everything that is kept anew: what the figures must equal at any time."""
    for period in _kept_periods(session):
        _write(session, period, {name: _count(session, name, period) for name in (*SOURCES, CARE)}, False)


def areas_of(session: Session) -> dict[str, int]:
    """The areas for which figures of periods are kept: path → id."""
    rows = session.execute(
        select(_A.area_path, _A.id).join(Level, _L.code == _A.level).where(_L.holds_homes.is_(False))
    )
    return {row.area_path: row.id for row in rows}


def _count(session: Session, source: str, period: Period) -> dict[int, Bases]:
    areas = areas_of(session)
    if source == CARE:
        return care_on(session, period.last, areas.values())
    if SOURCES[source].lasting and source == "volunteers" and clock.today() - period.last > FRESH:
        return {}
    return count(session, SOURCES[source], period, areas)


def care_on(session: Session, day: date, ids: Collection[int]) -> dict[int, Bases]:
    """Who was in care at the end of a day that is over, by area. Areas of which nothing is kept are left out."""
    columns = ("in_care", "in_time", "days", "tried", "weekly")
    return {
        row.area_id: {**{name: getattr(row, name) for name in columns}, "late": row.in_care - row.in_time}
        for row in session.execute(
            select(_D.area_id, *(_D[name] for name in columns)).where(
                _D.day == day, _D.area_id.in_(list(ids))
            )
        )
    }


def _missing(session: Session) -> list[Period]:
    """The periods that are over and were not closed yet, oldest first."""
    start = _first(session)
    if start is None:
        return []
    kept = {one.key for one in _kept_periods(session)}
    found = []
    for unit in UNITS:
        one = periods.of(clock.today(), unit).back()
        while one.last >= start:
            if one.key not in kept:
                found.append(one)
            one = one.back()
    return sorted(found)


def _first(session: Session) -> date | None:
    """The first day of which anything is known, as far back as is counted."""
    begun = select(func.min(_S.starts_at)).where(_S.kind.in_(("shift", "activity")))
    at: datetime | None = session.execute(begun).scalar()
    days = [
        past.first_day(session), session.execute(select(func.min(_V.day))).scalar(),
        session.execute(select(func.min(_H.day))).scalar(), at.astimezone(clock.PLACE).date() if at else None,
    ]  # fmt: skip
    known = [day for day in days if day is not None]
    return max(min(known), periods.of(clock.today()).back(LONGEST_BACK).first) if known else None


def _kept_periods(session: Session) -> list[Period]:
    keys = session.execute(select(_F.period).distinct()).scalars()
    return [periods.parse(key) for key in keys]


def _write(session: Session, period: Period, found: Mapping[str, dict[int, Bases]], first: bool) -> bool:
    """Keep what was counted. Returns whether anything is told otherwise than before."""
    rows = {
        row.area_id: row
        for row in session.execute(select(_F.area_id, _F.closed, _F.now).where(_F.period == period.key))
    }
    new, changed = [], []
    for area_id in sorted({area_id for counted in found.values() for area_id in counted}):
        values: Bases = {}
        for counted in found.values():
            values |= counted.get(area_id, {})
        row = rows.get(area_id)
        if row is None:
            new.append(
                {
                    "area_id": area_id,
                    "period": period.key,
                    "closed_on": clock.today(),
                    "closed": values,
                    "now": values,
                }
            )
        elif {**row.now, **values} != row.now:
            now = {**row.now, **values}
            changed.append(
                (area_id, {**{name: now[name] for name in now if name not in row.closed}, **row.closed}, now)
            )
    if new:
        session.execute(insert(PeriodFigure), new)
    for area_id, closed, now in changed:
        session.execute(
            update(PeriodFigure)
            .where(_F.area_id == area_id, _F.period == period.key)
            .values(closed=closed, now=now, corrected_on=clock.today() if closed != now else None)
        )
    return bool(new or changed)


def _remember(work: Work, before: int | None, stale: _Stale) -> None:
    """Up to where the trail was followed. Where entries may become visible late, the last hour is looked at again."""
    session, at = work.session, stale.last_id
    if session.get_bind().dialect.name == "postgresql":
        asked = select(func.max(_E.id)).where(_E.id <= at, _E.at < work.now - SAME_TIME)
        at = session.execute(asked).scalar() or before or 0
        work.afterwards.append(lambda: _followed.update(stale.ids))
    if before is None:
        session.execute(insert(PeriodsSettled).values(id=1, entry_id=at))
    elif at > before:
        session.execute(update(PeriodsSettled).values(entry_id=at))


def _last_entry(session: Session) -> int:
    return int(session.execute(select(func.max(_E.id))).scalar() or 0)


def _stale(session: Session, after: int) -> _Stale:
    """What the entries after one in the audit trail say was changed."""
    found = _Stale(last_id=after)
    ids: dict[str, set[int]] = {}
    for row in session.execute(
        select(_E.id, _E.at, _E.kind, _E.record_id, _E.action, _E.changes)
        .where(_E.id > after)
        .order_by(_E.id)
    ):
        found.last_id = row.id
        if (row.id, row.at) in _followed:
            continue
        found.ids.append((row.id, row.at))
        if row.action in ("backup.restore", "sample.build", "sample.bench") or (
            row.kind in ("area", "level") and {"parent_id", "area_path", "moved", "levels"} & set(row.changes)
        ):
            for source in (*SOURCES, CARE):
                found.from_on(source, ALL)
        elif row.kind in ("area", "level"):
            for source in (*SOURCES, CARE) if row.action == "area.create" else ("posts",):
                found.from_on(source, ALL)
        elif row.kind == "post":
            found.from_on("posts", ALL)
        elif row.kind == "volunteer":
            found.from_on("joining", ALL)
        elif row.kind in ("resident", "household"):
            _moved(found, row)
        elif row.kind in KINDS and row.record_id is not None:
            ids.setdefault(row.kind, set()).add(row.record_id)
    _by_record(session, found, ids)
    return found


def _moved(found: _Stale, row: Any) -> None:
    """Somebody lives elsewhere now, or two records are one."""
    if row.action in ("resident.merge", "resident.unmerge"):
        for source in ("attendance", CARE):
            found.from_on(source, ALL)
    elif not row.action.endswith(".create") and WHERE & set(row.changes):
        found.from_on("attendance", ALL)


def _by_record(session: Session, found: _Stale, ids: Mapping[str, Collection[int]]) -> None:
    """Of which days the records are."""
    if visits := ids.get("visit"):
        days = session.execute(
            select(_V.day).where(or_(_V.id.in_(visits), _V.replaced_by.in_(visits))).distinct()
        ).scalars().all()  # fmt: skip
        found.on("visits", days)
        found.from_on(CARE, min((day for day in days if day is not None), default=None))
    if hours := ids.get("hours"):
        found.on("hours", session.execute(select(_H.day).where(_H.id.in_(hours)).distinct()).scalars())
    slots = set(ids.get("shift", ()))
    if bookings := ids.get("booking"):
        slots |= set(
            session.execute(
                select(_B.slot_id).where(_B.id.in_(bookings), _B.starts_at < clock.now()).distinct()
            ).scalars()
        )
    if slots:
        found.on("shifts", _local(session, select(_S.starts_at).where(_S.id.in_(slots), _S.kind == "shift")))
    if activities := ids.get("activity"):
        _of_activities(session, found, activities)


def _of_activities(session: Session, found: _Stale, ids: Collection[int]) -> None:
    dates = _local(session, select(_S.starts_at).join(Meeting, _M.id == _S.id).where(_M.activity_id.in_(ids)))
    found.on("sessions", dates)
    came = session.execute(select(_T.on).where(_T.activity_id.in_(ids)).distinct()).scalars().all()
    # Who is no first-timer any more is one of a later time: from the first date on everything is counted.
    found.from_on("attendance", min(came, default=None))


def _local(session: Session, asked: Any) -> list[date]:
    return [at.astimezone(clock.PLACE).date() for at in session.execute(asked).scalars()]


@dataclass(frozen=True)
class Correction:
    """A base figure of a period that is over: what it was when the period was closed, and what it is now."""

    period: Period
    name: str
    was: int
    now: int
    closed_on: date
    corrected_on: date | None


def corrections(who: Viewer | Work | None, *, area_id: int, names: Sequence[str]) -> list[Correction]:
    """What was corrected in an area's periods since they were closed, latest first. Only base figures in `names`."""
    if not isinstance(who, Work):
        settle(who)
    return _corrections(who, area_id=area_id, names=names)


@query("coverage.view")
def _corrections(work: Work, *, area_id: int, names: Sequence[str]) -> list[Correction]:
    path = work.session.execute(select(_A.area_path).where(_A.id == area_id)).scalar() or ""
    if not path or not work.viewer.reaches("resident.view", path):
        return []
    found = []
    for row in work.session.execute(
        select(_F.period, _F.closed, _F.now, _F.closed_on, _F.corrected_on)
        .where(_F.area_id == area_id, _F.corrected_on.is_not(None))
    ):  # fmt: skip
        period = periods.parse(row.period)
        found += [
            Correction(period, name, row.closed[name], row.now[name], row.closed_on, row.corrected_on)
            for name in names
            if name in row.closed and name in row.now and row.closed[name] != row.now[name]
        ]
    return sorted(found, key=lambda one: (one.period.last, -one.period.months, one.name), reverse=True)
