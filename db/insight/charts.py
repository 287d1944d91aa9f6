"""Figures over time, by area and beside earlier ones: what charts, the brief and the wall show, as far as a reader may know."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import func, select
from sqlmodel import Session

from db import clock
from db.access import Viewer, outermost
from db.care.tables import BASE
from db.errors import Refused
from db.insight import closing, counts, participation, past, periods, small
from db.insight.closing import CARE, PeriodFigure
from db.insight.counts import AreaCount
from db.insight.figures import FIGURES, Figure
from db.insight.periods import Period, Unit
from db.insight.small import Span
from db.insight.sources import SOURCES, Bases, count
from db.slots import Slot
from db.system import community
from db.territory.areas import Area, Level
from db.work import Work, command, query

TOPICS: Final = (
    "figures",
    "care",
    "people",
    "posts",
    "areas",
    "coverage",
    "shifts",
    "hours",
    "register.volunteers",
    "activities",
    "settings",
)
"""What the figures depend on."""
LONGEST: Final = 25

_S = Slot.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]
_F = PeriodFigure.__table__.c  # type: ignore[attr-defined]
_C = AreaCount.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Place:
    """An area of which figures are told."""

    id: int
    path: str
    name: str
    level: str


@dataclass(frozen=True)
class Reading:
    """A figure of one area and period, within which the reader may know it. `below` is None for what is a count."""

    above: Span
    below: Span | None = None

    @property
    def exact(self) -> bool:
        return self.above[0] == self.above[1] and (self.below is None or self.below[0] == self.below[1])

    @property
    def told(self) -> bool:
        """Whether there is a value to draw."""
        return self.exact or self.above[0] > 0

    def value(self, figure: Figure) -> float | None:
        """What is drawn: a share from 0 to 1, days, hours, visits a week, yuan, a count. None: nothing, or not told."""
        if not self.told:
            return None
        above = float(small.middle(self.above))
        if self.below is not None:
            among = small.middle(self.below)
            if not among:
                return None
            above = above / among
        return above / SCALES.get((figure.kind, figure.source), SCALES.get((figure.kind, ""), 1.0))


SCALES: Final[Mapping[tuple[str, str], float]] = {
    ("hours", ""): 60.0, ("visits", ""): 1000.0, ("yuan", ""): 100.0, ("days", "shifts"): 24.0,
}  # fmt: skip
"""By what a kind of figure is divided to be told (days ahead of a shift are kept in hours)."""


@dataclass(frozen=True)
class Table:
    """Figures of an area and its parts: `readings[area_id][code]` has one for each of `periods`, None where unknown."""

    here: Place
    parts: tuple[Place, ...]
    periods: tuple[Period, ...]
    readings: Mapping[int, Mapping[str, tuple[Reading | None, ...]]]
    small: int
    day: date

    def of(self, code: str, area_id: int | None = None) -> tuple[Reading | None, ...]:
        return self.readings[area_id or self.here.id][code]

    def last(self, code: str, area_id: int | None = None) -> Reading | None:
        return self.of(code, area_id)[-1]


@query("chart.view")
def places(work: Work) -> tuple[Place, ...]:
    """The areas that the viewer may look at, as in the tree; the first is where one begins."""
    rows = work.session.execute(
        select(_A.id, _A.area_path, _A.name, _A.level)
        .join(Level, _L.code == _A.level)
        .where(_L.holds_homes.is_(False), _A.closed_on.is_(None))
        .order_by(_A.area_path)
    )
    found = [Place(*row) for row in rows if work.viewer.reaches("chart.view", row.area_path)]
    while len(found) > 1 and sum(one.path.startswith(found[1].path) for one in found) == len(found) - 1:
        found = found[1:]  # what encloses everything and holds one part only says nothing of its own
    return tuple(found)


def table(
    who: Viewer | Work | None, *, codes: Iterable[str], area_id: int, unit: Unit = "month", last: str = "", back: int = 13,
    parts: bool = False,
) -> Table:  # fmt: skip
    """The figures `codes` of the last `back` periods up to `last` (the one that runs), those of the parts as well if asked.

    Brings what was corrected up to date first. Figures that the viewer may not see are left out.
    Refused `area.not_found`, `period.unknown`.
    """
    if not isinstance(who, Work):
        closing.settle(who, at_once=False)
    return _table(who, codes=tuple(codes), area_id=area_id, unit=unit, last=last, back=back, parts=parts)


@query("chart.view")
def _table(
    work: Work, *, codes: Sequence[str], area_id: int, unit: Unit, last: str, back: int, parts: bool
) -> Table:
    here = place(work, area_id)
    inside = _parts(work, here) if parts else ()
    end = periods.parse(last) if last else periods.of(clock.today(), unit)
    if end.unit != unit:
        end = periods.of(end.until, unit)
    asked = tuple(end.back(number) for number in reversed(range(max(1, min(back, LONGEST)))))
    figures = [
        FIGURES[code] for code in codes if code in FIGURES and work.viewer.reaches(FIGURES[code].action, here.path)
    ]  # fmt: skip
    everywhere = (here, *inside)
    threshold = counts.small_count(work.session)
    found = bases(work.session, {figure.source for figure in figures}, everywhere, here.path, asked)
    people = _people(work.session, everywhere)
    begun = _begins(work.session)
    return Table(
        here, inside, asked,
        {
            one.id: {
                figure.code: tuple(
                    _reading(work.viewer, figure, unit, one, found[one.id][period.key], people.get(one.id, 0), threshold)
                    if begun.get(figure.source, period.last) <= period.last else None  # what came along from before is no figure
                    for period in asked
                )
                for figure in figures
            }
            for one in everywhere
        },
        threshold, clock.today(),
    )  # fmt: skip


def place(work: Work, area_id: int) -> Place:
    """An area above the homes that the viewer may look at. Refused `area.not_found`."""
    row = work.session.execute(
        select(_A.id, _A.area_path, _A.name, _A.level)
        .join(Level, _L.code == _A.level)
        .where(_A.id == area_id, _L.holds_homes.is_(False))
    ).first()
    if row is None or not work.viewer.reaches("chart.view", row.area_path):
        raise Refused("area.not_found")
    return Place(*row)


def _parts(work: Work, here: Place) -> tuple[Place, ...]:
    rows = work.session.execute(
        select(_A.id, _A.area_path, _A.name, _A.level)
        .join(Level, _L.code == _A.level)
        .where(_A.parent_id == here.id, _L.holds_homes.is_(False), _A.closed_on.is_(None))
        .order_by(_A.position, _A.id)
    )
    return tuple(Place(*row) for row in rows)


def _people(session: Session, where: Sequence[Place]) -> dict[int, int]:
    ids = [one.id for one in where]
    return dict(session.execute(select(_C.area_id, _C.people).where(_C.area_id.in_(ids))).all())


def bases(
    session: Session, sources: Iterable[str], where: Sequence[Place], top: str, asked: Sequence[Period]
) -> dict[int, dict[str, Bases]]:
    """The base figures by area and period: kept ones of what is over, and counted ones of what runs."""
    found: dict[int, dict[str, Bases]] = {one.id: {period.key: {} for period in asked} for one in where}
    over = [period.key for period in asked if period.over]
    wanted = sorted(sources)
    for row in session.execute(
        select(_F.area_id, _F.period, _F.now).where(_F.area_id.in_(list(found)), _F.period.in_(over))
    ):
        found[row.area_id][row.period] = row.now
    for period in asked:
        if not period.over:
            for name in wanted:
                for area_id, values in _running(session, name, where, top, period).items():
                    found[area_id][period.key] = found[area_id][period.key] | values
    return found


def _running(
    session: Session, name: str, where: Sequence[Place], top: str, period: Period
) -> dict[int, Bases]:
    """Of a period that is not over: what is kept of its months, and what the records say of the one that runs."""
    areas = {one.path: one.id for one in where}
    if name == CARE:
        return care_now(session, areas.values())
    source = SOURCES[name]
    if period.unit == "month" or source.lasting:
        return count(session, source, period, areas, top)
    begun = closing.first_day(session)
    if begun is None or begun > period.first:
        return count(session, source, period, areas, top)
    *earlier, now = [month for month in period.within() if month.first <= clock.today()]
    total = count(session, source, now, areas, top)
    kept: dict[int, list[Bases]] = {area_id: [] for area_id in total}
    for row in session.execute(
        select(_F.area_id, _F.now).where(
            _F.area_id.in_(list(total)), _F.period.in_([month.key for month in earlier])
        )
    ):
        kept[row.area_id].append(row.now)
    whole = count(session, source, period, areas, top, sums=False)
    return {
        area_id: {name: values[name] + sum(month.get(name, 0) for month in kept[area_id]) for name in source.sums}
        | whole[area_id]
        for area_id, values in total.items()
        if len(kept[area_id]) == len(earlier)  # else it is not known yet
    }  # fmt: skip


def care_now(session: Session, ids: Iterable[int]) -> dict[int, Bases]:
    """Who is in care and reached in time today, by area: the figures of the map."""
    since = (clock.today() - BASE).days
    return {
        row.area_id: {
            "in_care": row.in_care, "in_time": row.in_time, "late": row.in_care - row.in_time, "tried": row.tried,
            "days": since * row.in_care - row.base, "weekly": row.weekly,
        }
        for row in session.execute(
            select(_C.area_id, _C.in_care, _C.in_time, _C.tried, _C.base, _C.weekly).where(_C.area_id.in_(list(ids)))
        )
    }  # fmt: skip


def _reading(
    viewer: Viewer, figure: Figure, unit: Unit, where: Place, values: Bases, people: int, threshold: int
) -> Reading | None:
    """What the viewer may know of a figure: all, if they may open its rows."""
    if figure.above not in values or (figure.below and figure.below not in values):
        return None
    if threshold <= 1 or viewer.reaches(figure.rows, where.path):
        above, among = values[figure.above], values[figure.below] if figure.below else None
        return Reading((above, above), None if among is None else (among, among))
    if unit == "quarter" or any(where.path == path for path in outermost(viewer.areas)):
        return _vague(figure, unit, values, people, threshold)
    return (
        None  # months of parts, beside their quarters and the months of the whole, would give few people away
    )


def _vague(figure: Figure, unit: Unit, values: Bases, people: int, limit: int) -> Reading | None:
    """Of people whom the viewer may not see: in steps, as on the page about participation.

    Parts of an area are told by quarter, months and years only of all that the viewer sees. Each first time is in one
    quarter of a year alone, so that the year is not told beside them.
    """
    came = values["participants"]
    if (figure.code == "first" and unit == "year") or (figure.code == "attendances" and came < 2 * limit):
        return None
    shown = participation.shown(came, values["first"], people, limit)
    if figure.code == "cost":
        cost = participation.cost_told(values["spent"] / 100, came, limit)
        return None if cost is None else Reading((round(cost * 100), round(cost * 100)), (1, 1))
    if figure.code == "attendances":
        low, high = small.step(values["attendances"], max(limit, participation.ROUNDED))
        return Reading((max(low, shown["participants"][0]), max(high, shown["participants"][0])))
    return Reading(shown[figure.code])


@query("chart.view")
def begins(work: Work) -> Mapping[str, date]:
    """On which day the records of a source begin: earlier figures are not known, and those of the month of that day are of
    a part.
    """
    return _begins(work.session)


def _begins(session: Session) -> dict[str, date]:
    def first(kind: str) -> date | None:
        at = session.execute(select(func.min(_S.starts_at)).where(_S.kind == kind)).scalar()
        return at.astimezone(clock.PLACE).date() if at is not None else None

    shifts, activities = first("shift"), first("activity")
    found = {
        "visits": past.first_day(session), "shifts": shifts, "hours": shifts, "sessions": activities, "attendance": activities,
    }  # fmt: skip
    return {name: day for name, day in found.items() if day is not None}


@query("chart.view")
def targets(work: Work) -> Mapping[str, float]:
    """What the community aims at, as shares, by the name of the target; those that it gave up are left out."""
    found = {
        name: int(community.get(work, f"target_{name}"))
        for name in {one.target for one in FIGURES.values()}
        if name
    }
    return {name: percent / 100 for name, percent in found.items() if percent}


@command("chart.view")
def taken_along(work: Work, *, area_id: int, chapter: str, last: str) -> None:
    """Note that somebody took figures along as a workbook. Refused `area.not_found`."""
    where = place(work, area_id)
    work.log(
        "figures",
        where.id,
        f"{where.name} {last}",
        {"chapter": (None, chapter)},
        area_path=where.path,
        action="chart.export",
    )
