"""Figures of months, quarters and years that are over, kept for each area above the homes.

Each row holds what was counted when the period was closed, which never changes, and what the records say now. Whoever
reads first after somebody corrected a record of an earlier month counts that month anew (`settle`): the audit trail
says which records those were (`following`), so that nobody who writes has to wait for it. A full recount gives the same.

Each period is written in a transaction of its own, so that others can write meanwhile. Where so many people live that
this takes long, the server does it by itself within a minute, and who reads is shown what is there.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import JSON, Engine, bindparam, func, insert, select, text, update
from sqlmodel import Field, Session, SQLModel

from db import access, clock, engine
from db.access import Viewer
from db.audit import AuditEntry
from db.care.tables import Visit
from db.insight import counts, following, past, periods
from db.insight.counts import AreaCount
from db.insight.figures import BASES, FIGURES
from db.insight.following import RECOUNTED, Entry
from db.insight.past import CoverageDay
from db.insight.periods import UNITS, Period
from db.insight.sources import SOURCES, Bases, count
from db.slots import Slot
from db.system import jobs
from db.territory.areas import Area, Level
from db.volunteers.tables import Hours
from db.work import Work, command, query

TOPIC: Final = "figures"
CARE: Final = following.CARE
MANY: Final = 2000
"""After so many entries of the trail it is noted that they were followed, though they changed no figure."""
LONGEST_BACK: Final = 36
"""Months. Earlier ones are not counted; what was kept of them stays."""
FRESH: Final = timedelta(days=3)
"""What is known of today alone is kept for a period that was closed so soon after its end."""
SAME_TIME: Final = timedelta(hours=1)
"""An entry of the trail may become visible so long after one with a higher number."""
LIGHT: Final = 12_000_000
"""So many residents times counts are done while somebody waits: the whole of a year of a community of 50,000, or what a
correction changes among a million."""

_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]
_E = AuditEntry.__table__.c  # type: ignore[attr-defined]
_V = Visit.__table__.c  # type: ignore[attr-defined]
_H = Hours.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_D = CoverageDay.__table__.c  # type: ignore[attr-defined]
_C = AreaCount.__table__.c  # type: ignore[attr-defined]


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

_OLDEST: Final = select(func.min(_F.area_id)).scalar_subquery()
"""Every period is kept of every area, so one of them tells which there are."""

_followed: WeakKeyDictionary[Engine, set[Entry]] = WeakKeyDictionary()
"""Entries that this process followed already, though they may be read once more."""


@dataclass(frozen=True)
class _ToDo:
    """What is to be counted: periods and sources, those that were never closed (`new`) with all of them."""

    after: int | None
    last_id: int
    entries: Sequence[Entry]
    new: frozenset[Period]
    steps: Sequence[tuple[Period, tuple[str, ...]]]
    people: int

    @property
    def light(self) -> bool:
        return self.people * sum(len(names) for _period, names in self.steps) <= LIGHT


def settle(who: Viewer | Work | None, *, at_once: bool = True) -> bool:
    """Close the periods that are over, and count anew what was corrected since. Returns whether anything was done.

    Unless `at_once`, what would take long is left to the server, which does it within a minute.
    """
    if not _today_is_counted(who):
        counts.refresh_day(who)
    todo = _to_do(who)
    if todo is None or not (at_once or todo.light):
        return False
    done = [
        _step(who, period=period, names=names, new=period in todo.new) for period, names in todo.steps
    ]  # fmt: skip
    _remember(who, todo=todo, done=any(done))
    return any(done)


@jobs.every(minutes=1, name="figures.settle")
def settle_in_time() -> None:
    """Close months when they are over, and follow corrections, before somebody waits for it."""
    settle(access.system())


@query("coverage.view")
def _today_is_counted(work: Work) -> bool:
    """Whether the day is that of the figures of today: what a month held at its end is kept with its last day."""
    last = past.last_day(work.session)
    counted = work.session.execute(select(_C.counted_on).limit(1)).scalar()
    return (counted is None or counted >= clock.today()) and (last is None or last >= past.yesterday())


@query("coverage.view")
def _to_do(work: Work) -> _ToDo | None:
    """What there is to do, None when there is nothing: cheap then."""
    session = work.session
    after = session.execute(select(_Z.entry_id)).scalar()
    last_id = _last_entry(session)
    stale = following.follow(session, after if after is not None else last_id, _followed_here())
    kept = _kept_periods(session)
    new = frozenset(_missing(session, kept))
    steps = [
        (period, tuple(name for name in RECOUNTED if stale.concerned(name, period)))
        for period in kept
    ] + [(period, (*SOURCES, CARE)) for period in new]  # fmt: skip
    steps = sorted((step for step in steps if step[1]), key=lambda step: (step[0].last, step[0].months))
    if not steps and after is not None and _movable(session, last_id) - after < MANY:
        if session.get_bind().dialect.name == "sqlite":  # there nobody closes a period meanwhile
            _followed_here().update(stale.entries)
        return None
    people = session.execute(select(func.max(_C.people))).scalar() or 0 if steps else 0
    return _ToDo(after, last_id, stale.entries, new, steps, people)


@command("coverage.view")
def _step(work: Work, *, period: Period, names: Sequence[str], new: bool) -> bool:
    """Count one period. Returns whether anything is told otherwise than before."""
    session = work.session
    one_by_one = _one_by_one(session)
    if new and not one_by_one and period.key in _kept_keys(session):
        return False  # somebody else closed it while this one waited
    done = _write(session, period, {name: _count(session, name, period) for name in names})
    if done:
        work.log(TOPIC, None, period.key, action="figures.close" if new else "figures.settle")
        work.touch(TOPIC)
    return done


def _one_by_one(session: Session) -> bool:
    """Let one transaction at a time write figures of periods; on SQLite there is only one that writes anyway."""
    if session.get_bind().dialect.name != "postgresql":
        return False
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('period_figure'))"))
    return True


@command("coverage.view")
def _remember(work: Work, *, todo: _ToDo, done: bool) -> None:
    """Up to where the trail was followed. Nothing is written when nothing was done, until there are many entries."""
    session = work.session
    _one_by_one(session)
    work.afterwards.append(lambda: _note_followed(todo))
    at = _movable(session, todo.last_id)
    now = session.execute(select(_Z.entry_id)).scalar()
    if now is None:
        session.execute(insert(PeriodsSettled).values(id=1, entry_id=at))
    elif at > now and (done or at - now >= MANY):
        session.execute(update(PeriodsSettled).where(_Z.entry_id < at).values(entry_id=at))
    else:
        return
    work.log(TOPIC, None, action="figures.settle")


def _note_followed(todo: _ToDo) -> None:
    known = _followed_here()
    known.difference_update([one for one in known if one[0] <= (todo.after or 0)])
    known.update(todo.entries)


def _followed_here() -> set[Entry]:
    return _followed.setdefault(engine.current(), set())


def _movable(session: Session, last_id: int) -> int:
    """Up to which entry nothing can become visible any more: on PostgreSQL the last hour is looked at again."""
    if session.get_bind().dialect.name != "postgresql":
        return last_id
    asked = select(func.max(_E.id)).where(_E.id <= last_id, _E.at < clock.now() - SAME_TIME)
    return int(session.execute(asked).scalar() or 0)


def recount(session: Session) -> None:
    """Count everything that is kept anew: what the figures must equal at any time."""
    for period in sorted(_kept_periods(session), key=lambda one: (one.last, one.months)):
        _write(session, period, {name: _count(session, name, period) for name in RECOUNTED})


def areas_of(session: Session) -> dict[str, int]:
    """The areas for which figures of periods are kept: path → id."""
    rows = session.execute(
        select(_A.area_path, _A.id).join(Level, _L.code == _A.level).where(_L.holds_homes.is_(False))
    )
    return {row.area_path: row.id for row in rows}


def _count(session: Session, name: str, period: Period) -> dict[int, Bases]:
    areas = areas_of(session)
    if name == CARE:
        return care_on(session, period.last, areas.values())
    source = SOURCES[name]
    if name == "volunteers" and clock.today() - period.last > FRESH:
        return {}
    months = (
        _months(session, period, areas.values()) if period.unit != "month" and not source.lasting else None
    )
    if months is None:
        return count(session, source, period, areas)
    people = count(session, source, period, areas, sums=False)
    return {
        area_id: {
            **{name: sum(month.get(name, 0) for month in months[area_id]) for name in source.sums}, **people[area_id]
        }
        for area_id in areas.values()
    }  # fmt: skip


def _months(session: Session, period: Period, ids: Collection[int]) -> dict[int, list[Bases]] | None:
    """What is kept of the months of a quarter or year; None when it is not kept of all of them."""
    wanted = [month.key for month in period.within()]
    found: dict[int, list[Bases]] = {area_id: [] for area_id in ids}
    for area_id, now in session.execute(select(_F.area_id, _F.now).where(_F.period.in_(wanted))):
        if area_id in found:
            found[area_id].append(now)
    return found if all(len(months) == len(wanted) for months in found.values()) else None


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


def _missing(session: Session, kept: Iterable[Period]) -> list[Period]:
    """The periods that are over and were not closed yet."""
    start = first_day(session)
    if start is None:
        return []
    known = {one.key for one in kept}
    found = []
    for unit in UNITS:
        one = periods.of(clock.today(), unit).back()
        while one.last >= start:
            if one.key not in known:
                found.append(one)
            one = one.back()
    return found


def first_day(session: Session) -> date | None:
    """The first day of which anything is known, as far back as is counted."""
    begun = [
        session.execute(select(func.min(_S.starts_at)).where(_S.kind == kind)).scalar()
        for kind in ("shift", "activity")
    ]
    days = [
        past.first_day(session), session.execute(select(func.min(_V.day))).scalar(),
        session.execute(select(func.min(_H.day))).scalar(),
        *(at.astimezone(clock.PLACE).date() for at in begun if at is not None),
    ]  # fmt: skip
    known = [day for day in days if day is not None]
    return max(min(known), periods.of(clock.today()).back(LONGEST_BACK).first) if known else None


def _kept_periods(session: Session) -> list[Period]:
    return [periods.parse(key) for key in _kept_keys(session)]


def _kept_keys(session: Session) -> set[str]:
    return set(session.execute(select(_F.period).where(_F.area_id == _OLDEST)).scalars())


_NOTHING: Final[Bases] = {
    name: 0 for source in SOURCES.values() if not source.lasting for name in source.bases
}  # fmt: skip
"""What is known of an area in periods before there was one."""


def _write(session: Session, period: Period, found: Mapping[str, dict[int, Bases]]) -> bool:
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
            values = {**_NOTHING, **values}
            new.append(
                {"area_id": area_id, "period": period.key, "closed_on": clock.today(), "closed": values, "now": values}
            )  # fmt: skip
        elif {**row.now, **values} != row.now:
            now = {**row.now, **values}
            closed = {**{name: now[name] for name in now if name not in row.closed}, **row.closed}
            changed.append({"_area": area_id, "closed": closed, "now": now,
                            "corrected_on": clock.today() if closed != now else None})  # fmt: skip
    if new:
        session.execute(insert(PeriodFigure), new)
    if changed:
        session.connection().execute(_CORRECT, [{**one, "_period": period.key} for one in changed])
    return bool(new or changed)


_CORRECT: Final = (
    update(PeriodFigure.__table__)  # type: ignore[attr-defined]
    .where(_F.area_id == bindparam("_area"), _F.period == bindparam("_period"))
    .values(closed=bindparam("closed"), now=bindparam("now"), corrected_on=bindparam("corrected_on"))
)


def _last_entry(session: Session) -> int:
    return int(session.execute(select(func.max(_E.id))).scalar() or 0)


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
    """What was corrected in an area's periods since they were closed, latest first. Only base figures in `names`, and
    only such as the viewer may open the rows of.
    """
    if not isinstance(who, Work):
        settle(who, at_once=False)
    return _corrections(who, area_id=area_id, names=names)


@query("coverage.view")
def _corrections(work: Work, *, area_id: int, names: Sequence[str]) -> list[Correction]:
    path = work.session.execute(select(_A.area_path).where(_A.id == area_id)).scalar() or ""
    if not path or not work.viewer.reaches("resident.view", path):
        return []
    opened = {one.source for one in FIGURES.values() if work.viewer.reaches(one.rows, path)}
    known = {
        name for source in opened for name in (SOURCES[source].bases if source in SOURCES else BASES[source])
    }
    found = []
    for row in work.session.execute(
        select(_F.period, _F.closed, _F.now, _F.closed_on, _F.corrected_on)
        .where(_F.area_id == area_id, _F.corrected_on.is_not(None))
    ):  # fmt: skip
        period = periods.parse(row.period)
        found += [
            Correction(period, name, row.closed[name], row.now[name], row.closed_on, row.corrected_on)
            for name in names
            if name in known and name in row.closed and name in row.now and row.closed[name] != row.now[name]
        ]
    return sorted(found, key=lambda one: (one.period.last, -one.period.months, one.name), reverse=True)
