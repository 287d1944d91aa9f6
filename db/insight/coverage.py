"""Coverage: who is looked after and by whom, area by area. What the map, its list and its table show.

Reading takes the figures that `counts` keeps: one row for each area shown, however many people live there.
A number links to its rows: `Measure.filters` narrow the register to exactly the people (or posts) counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from sqlalchemy import RowMapping, Select, func, select

from db import clock
from db.access import Viewer
from db.care.tables import BASE
from db.errors import Refused
from db.insight import counts, past, small
from db.insight.counts import FIGURES, OF_CARE, OF_POSTS, PEOPLE, SUMS, WITH_CARER, AreaCount
from db.insight.past import CoverageDay
from db.insight.small import Span
from db.territory.areas import Area, Level
from db.words import N_
from db.work import Work, query

_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]
_C = AreaCount.__table__.c  # type: ignore[attr-defined]
_Y = CoverageDay.__table__.c  # type: ignore[attr-defined]

MOST_INNER = 600
MANY_TIMES = 4
"""A past figure of strangers is told only of so many times the smallest count that may be told."""


@dataclass(frozen=True)
class Measure:
    """One way to look at the map: a count, or a share when there is a denominator.

    `register` and `filters` are where the rows of the numerator are listed; `better` says whether high or
    low is good, "" when a figure is neither (many elders are no fault). An "average" is a sum of days over the
    people in care, an "amount" is told in thousandths. `past`: it is known for any day that is over.
    """

    code: str
    label: str
    definition: str
    numerator: str
    denominator: str = ""
    better: Literal["high", "low", ""] = ""
    register: str = "residents"
    filters: Mapping[str, str] = field(default_factory=dict)
    of: Literal["people", "days", "thousandths"] = "people"
    past: bool = False

    @property
    def kind(self) -> Literal["share", "count", "average", "amount"]:
        if self.of == "people":
            return "share" if self.denominator else "count"
        return "average" if self.of == "days" else "amount"


MEASURES: dict[str, Measure] = {
    one.code: one
    for one in (
        Measure(
            "held", N_("Areas with somebody responsible"),
            N_("Of the open areas whose level expects somebody responsible (such as grids and buildings): the "
               "share where somebody holds that post today."),
            "held", "expecting", "high", "posts", {"expected": "yes"},
        ),
        Measure(
            "in_time", N_("Reached in time"),
            N_("Of the people in care: the share whose last real contact is as recent as their visit rule asks. "
               "An attempt is no contact. Whoever came into care only lately counts as reached until the first visit is due."),
            "in_time", "in_care", "high", "visits", {"reached": "yes"}, past=True,
        ),
        Measure(
            "late", N_("Not reached in time"),
            N_("People in care whose last real contact is longer ago than their visit rule asks, and those whom no rule fits."),
            "late", "", "low", "visits", {"reached": "no"}, past=True,
        ),
        Measure(
            "unseen", N_("Days since the last contact"),
            N_("For the people in care, on average: the days since the last real contact, or since care began."),
            "days", "in_care", "low", "visits", {"cared": "yes"}, of="days", past=True,
        ),
        Measure(
            "tried", N_("Attempts without contact"),
            N_("People in care whom somebody tried to see since the last contact, without meeting them."),
            "tried", "", "low", "visits", {"tried": "yes"}, past=True,
        ),
        Measure(
            "load", N_("Visits due a week"),
            N_("How many visits a week the rules ask for here: one for each 7 days of rhythm, a quarter for 28."),
            "weekly", "", "", "visits", {"cared": "yes"}, of="thousandths", past=True,
        ),
        Measure(
            "in_care", N_("People in care"),
            N_("People who live here and are marked as in care: somebody should look after them regularly."),
            "in_care", filters={"in_care": "yes"}, past=True,
        ),
        Measure(
            "carer", N_("People in care with a named carer"),
            N_("Of the people in care: the share whose record names who is responsible for them."),
            WITH_CARER, "in_care", "high", filters={"in_care": "yes", "carer": "named"},
        ),
        Measure(
            "over_60", N_("People of 60 and over"),
            N_("People who live here and are 60 or older today. Without a date of birth nobody is counted."),
            "over_60", filters={"age": "60+"},
        ),
        Measure(
            "over_80", N_("People of 80 and over"),
            N_("People who live here and are 80 or older today. Without a date of birth nobody is counted."),
            "over_80", filters={"age": "80+"},
        ),
        Measure(
            "alone", N_("People living alone"),
            N_("People of any age who live here and whose record says that they live alone."),
            "alone", filters={"living": "alone"},
        ),
        Measure("people", N_("People"), N_("Everybody who lives here, whether registered here or not."), "people"),
    )
}  # fmt: skip

NO_CARER = {"in_care": "yes", "carer": "none"}


@dataclass(frozen=True)
class Link:
    """A page of the application, with the filters that list exactly the rows of a number."""

    address: str
    params: dict[str, Any]


@dataclass(frozen=True)
class AreaRow:
    """One area with its figures as this viewer may know them.

    `value` is what to colour by: a count, or a share from 0 to 1; None when there is nothing to measure or
    it is not told. `text` says it in figures. `exact` is False where small counts are kept vague. `texts` has
    all measures. `link` leads to the rows, for those who may see them.
    """

    area_id: int
    parent_id: int | None
    area_path: str
    name: str
    level: str
    role: str
    value: float | None
    text: str
    exact: bool
    told: bool
    hole: bool
    numerator: Span
    denominator: Span | None
    texts: dict[str, str]
    link: Link | None
    held: tuple[int, int] = (0, 0)  # areas with somebody responsible, of those that expect somebody
    late: Span = (0, 0)  # people in care not reached in time
    measure: str = "held"
    open: bool = False  # the viewer may see the people who live here


@dataclass(frozen=True)
class Coverage:
    """An area, what lies directly in it, and the way down to it. `here` is None above several roots.

    `empty` are the areas without somebody responsible, of those in the rows and in their parts.
    """

    measure: Measure
    here: AreaRow | None
    rows: list[AreaRow]
    trail: list[tuple[int, str]]
    small: int
    current: bool
    empty: frozenset[int] = frozenset()
    day: date | None = None  # a day that is over; None for today


@dataclass
class Known:
    """An area with its exact figures and the spans in which this viewer may know them."""

    row: RowMapping
    total: dict[str, int]
    shown: dict[str, Span]
    open: bool  # the viewer may see the rows


def coverage(
    who: Viewer | Work | None, area_id: int | None = None, measure: str = "held", day: date | None = None
) -> Coverage:
    """The figures of an area and of what lies in it; without `area_id` from the top. `day`: as of a day that is over.

    Brings the figures to today first when nobody has yet. Refused `area.not_found`, `coverage.no_day` (no
    figures are kept of that day); an unknown measure, or one that the past does not know, counts as the first one.
    """
    if day is not None and day >= clock.today():
        day = None
    if day is not None and not isinstance(who, Work) and not _has_day(who, day):
        counts.refresh_day(who)
    found = _coverage(who, area_id, measure, day)
    if not found.current and not isinstance(who, Work):
        counts.refresh_day(who)
        found = _coverage(who, area_id, measure, day)
    return found


@query("coverage.view")
def _has_day(work: Work, day: date) -> bool:
    last = past.last_day(work.session)
    return last is not None and last >= day


@query("coverage.view")
def _coverage(work: Work, area_id: int | None, measure: str, day: date | None) -> Coverage:
    chosen = MEASURES.get(measure, MEASURES["held"])
    threshold = counts.small_count(work.session)
    if day is not None:
        return _on_day(work, area_id, chosen if chosen.past else MEASURES["in_time"], day, threshold)
    here = top_area(work) if area_id is None else one_area(work, area_id)
    if area_id is not None and here is None:
        raise Refused("area.not_found")
    rows = children(work, here["id"] if here else None)
    known = [known_of(work, row, threshold) for row in rows]
    if here is None:
        current = all(counts.is_current(work.session, row["id"]) for row in rows)
        return Coverage(
            chosen, None, [_row(one, chosen, threshold) for one in known], [], threshold, current, _empty(work, rows)
        )  # fmt: skip
    top = known_of(work, here, threshold)
    return Coverage(
        chosen,
        _row(top, chosen, threshold),
        [_row(one, chosen, threshold) for one in known],
        _trail(work, here["area_path"]),
        threshold,
        counts.is_current(work.session, here["id"]),
        _empty(work, rows or [here]),
    )


def _on_day(work: Work, area_id: int | None, chosen: Measure, day: date, threshold: int) -> Coverage:
    """The figures at the end of a day that is over, of the areas that there are now."""
    here = top_area(work) if area_id is None else one_area(work, area_id)
    if area_id is not None and here is None:
        raise Refused("area.not_found")
    rows = children(work, here["id"] if here else None)
    ids = [row["id"] for row in rows] + ([here["id"]] if here else [])
    kept = {
        row["area_id"]: row
        for row in work.session.execute(
            select(CoverageDay.__table__).where(_Y.area_id.in_(ids), _Y.day == day)  # type: ignore[attr-defined]
        ).mappings()
    }
    if not kept:
        raise Refused("coverage.no_day", day=day)
    known = [_was(work, row, kept.get(row["id"]), day, threshold) for row in rows]
    top = _was(work, here, kept.get(here["id"]), day, threshold) if here else None
    return Coverage(
        chosen, _row(top, chosen, threshold, day) if top else None,
        [_row(one, chosen, threshold, day) for one in known], _trail(work, here["area_path"]) if here else [], threshold,
        True, frozenset(), day,
    )  # fmt: skip


def _was(work: Work, row: RowMapping, kept: RowMapping | None, day: date, threshold: int) -> Known:
    """What the viewer may know of an area on a day that is over.

    Of people whom they may not see: nothing of single buildings, elsewhere figures in steps of `threshold`, and
    only where they are of many.
    """
    total = dict.fromkeys(FIGURES, 0)
    if kept is not None:
        total |= {name: int(kept[name]) for name in ("in_care", "in_time", "tried", "weekly")}
        total["base"] = (day - BASE).days * total["in_care"] - int(kept["days"])
    if work.viewer.reaches("resident.view", row["area_path"]):
        return Known(row, total, {name: (figure, figure) for name, figure in total.items()}, True)
    many = total["in_care"] >= MANY_TIMES * threshold and not row["holds_homes"]
    shown = {
        name: _in_steps(total[name], threshold) if many else (0, max(threshold - 1, 0))
        for name in ("in_care", "in_time", "tried")
    }
    return Known(row, total, shown, False)


def _in_steps(figure: int, step: int) -> Span:
    low = figure // step * step
    return (low, low + step - 1) if step > 1 else (figure, figure)


def _empty(work: Work, rows: Sequence[RowMapping]) -> frozenset[int]:
    # What is asked for is few rows by their parent; an index of all holes would lead to many more.
    hole = func.coalesce(_C.hole, False)
    inner = work.session.execute(
        select(_A.id)
        .join(AreaCount, _C.area_id == _A.id)
        .where(_A.parent_id.in_([row["id"] for row in rows]), _A.closed_on.is_(None), hole)
        .limit(MOST_INNER)
    ).scalars()
    return frozenset([row["id"] for row in rows if row["hole"]]) | frozenset(inner)


def figures_of_areas() -> Select[Any]:
    return (
        select(
            _A.id, _A.parent_id, _A.area_path, _A.name, _A.level, _L.role, _L.holds_homes,
            *(_C[name] for name in FIGURES), _C.own, _C.shown, _C.worst, _C.hole,
        )
        .select_from(Area)
        .join(Level, _L.code == _A.level)
        .outerjoin(AreaCount, _C.area_id == _A.id)
    )  # fmt: skip


def one_area(work: Work, area_id: int) -> RowMapping | None:
    row = work.session.execute(figures_of_areas().where(_A.id == area_id)).mappings().first()
    return row if row is not None and work.viewer.reaches("coverage.view", row["area_path"]) else None


def top_area(work: Work) -> RowMapping | None:
    """Where looking begins: the lowest area that encloses all others, if there is one."""
    top, inside = None, children(work, None)
    while len(inside) == 1:
        top = inside[0]
        inside = children(work, top["id"])
    return top


def children(work: Work, area_id: int | None) -> Sequence[RowMapping]:
    within = _A.parent_id.is_(None) if area_id is None else _A.parent_id == area_id
    rows = work.session.execute(
        figures_of_areas().where(within, _A.closed_on.is_(None)).order_by(_A.position, _A.id)
    ).mappings()
    return [row for row in rows if work.viewer.reaches("coverage.view", row["area_path"])]


def _trail(work: Work, path: str) -> list[tuple[int, str]]:
    ids = [int(part) for part in path.strip("/").split("/")]
    names = {row.id: row.name for row in work.session.execute(select(_A.id, _A.name).where(_A.id.in_(ids)))}
    return [(area_id, names[area_id]) for area_id in ids if area_id in names]


def known_of(work: Work, row: RowMapping, threshold: int) -> Known:
    """What the viewer may know of an area: all, what everybody may, or what follows from knowing a part."""
    total = {name: int(row[name] or 0) for name in FIGURES}
    viewer = work.viewer
    if viewer.reaches("resident.view", row["area_path"]):
        return Known(row, total, {name: (figure, figure) for name, figure in total.items()}, True)
    partly = viewer.scope("resident.view") == "areas" and any(
        path.startswith(row["area_path"]) for path in viewer.areas
    )
    if not partly or not row["own"]:
        shown = {name: (span[0], span[1]) for name, span in (row["shown"] or {}).items()}
    else:
        inside = work.session.execute(figures_of_areas().where(_A.parent_id == row["id"])).mappings().all()
        parts = [known_of(work, part, threshold) for part in inside]
        shown = {name: counts.span_of(name, row["own"], parts, threshold) for name in (*PEOPLE, *OF_CARE)}
    for name in OF_POSTS:
        shown[name] = (total[name], total[name])
    for name in FIGURES:
        if name not in SUMS:
            shown.setdefault(name, (0, threshold - 1))
    return Known(row, total, shown, False)


def _figure(
    one: Known, measure: Measure, threshold: int, day: date
) -> tuple[float | None, str, Span, Span | None]:
    """The value to colour by, its text, and what it is made of."""
    cared = one.shown["in_care"]
    if measure.of != "people":
        if not one.open or not cared[1]:
            return None, "–", (0, 0), None
        if measure.of == "thousandths":
            amount = one.total["weekly"] / 1000
            return amount, small.decimal(amount), cared, None
        days = max(0.0, (day - BASE).days - one.total["base"] / cared[0])
        return days, small.decimal(days), cared, None
    if measure.numerator == "late":
        numerator = late_of(one)
    else:
        numerator = one.shown[measure.numerator]
    denominator = one.shown[measure.denominator] if measure.denominator else None
    return *small.told(numerator, denominator, threshold), numerator, denominator


def late_of(one: Known) -> Span:
    """Of the people in care: whoever was not reached in time."""
    cared, reached = one.shown["in_care"], one.shown["in_time"]
    return (max(0, cared[0] - reached[1]), max(0, cared[1] - reached[0]))


def _row(one: Known, measure: Measure, threshold: int, past: date | None = None) -> AreaRow:
    day = past or clock.today()
    value, text, numerator, denominator = _figure(one, measure, threshold, day)
    exact = numerator[0] == numerator[1] and (denominator is None or denominator[0] == denominator[1])
    return AreaRow(
        area_id=one.row["id"],
        parent_id=one.row["parent_id"],
        area_path=one.row["area_path"],
        name=one.row["name"],
        level=one.row["level"],
        role=one.row["role"],
        value=value,
        text=text,
        exact=exact,
        told=value is not None or (exact and denominator is not None),
        hole=bool(one.row["hole"]),
        numerator=numerator,
        denominator=denominator,
        texts={
            code: _figure(one, each, threshold, day)[1] if past is None or each.past else "–"
            for code, each in MEASURES.items()
        },
        link=link_to(measure, one.row["id"])
        if past is None and (one.open or measure.register == "posts")
        else None,
        held=(one.total["held"], one.total["expecting"]),
        late=late_of(one),
        measure=measure.code,
        open=one.open,
    )


@query("coverage.view")
def kept_days(work: Work) -> tuple[date, date] | None:
    """The first and the last day that is over and of which figures are kept."""
    first, last = past.first_day(work.session), past.last_day(work.session)
    return (first, last) if first is not None and last is not None else None


def link_to(measure: Measure, area_id: int) -> Link:
    return Link(measure.register, {"area": str(area_id), **measure.filters})
