"""Coverage: who is looked after and by whom, area by area. What the map, its list and its table show.

Reading takes the figures that `counts` keeps: one row for each area shown, however many people live there.
A number links to its rows: `Measure.filters` narrow the register to exactly the people (or posts) counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import RowMapping, Select, select

from db.access import Viewer, below
from db.errors import Refused
from db.insight import counts, small
from db.insight.counts import FIGURES, PEOPLE, WITH_CARER, AreaCount
from db.insight.small import Span
from db.territory.areas import Area, Level
from db.words import N_
from db.work import Work, query

_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]
_C = AreaCount.__table__.c  # type: ignore[attr-defined]

MOST_HOLES = 300


@dataclass(frozen=True)
class Measure:
    """One way to look at the map: a count, or a share when there is a denominator.

    `register` and `filters` are where the rows of the numerator are listed; `better` says whether high or
    low is good, "" when a figure is neither (many elders are no fault).
    """

    code: str
    label: str
    definition: str
    numerator: str
    denominator: str = ""
    better: Literal["high", "low", ""] = ""
    register: str = "residents"
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> Literal["share", "count"]:
        return "share" if self.denominator else "count"


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
            "in_care", N_("People in care"),
            N_("People who live here and are marked as in care: somebody should look after them regularly."),
            "in_care", filters={"in_care": "yes"},
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
    params: dict[str, str]


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
    measure: str = "held"
    open: bool = False  # the viewer may see the people who live here


@dataclass(frozen=True)
class Coverage:
    """An area, what lies directly in it, and the way down to it. `here` is None above several roots."""

    measure: Measure
    here: AreaRow | None
    rows: list[AreaRow]
    trail: list[tuple[int, str]]
    small: int
    current: bool


@dataclass
class _Known:
    """An area with its exact figures and the spans in which this viewer may know them."""

    row: RowMapping
    total: dict[str, int]
    shown: dict[str, Span]
    open: bool  # the viewer may see the rows


def coverage(who: Viewer | Work | None, area_id: int | None = None, measure: str = "held") -> Coverage:
    """The figures of an area and of what lies in it; without `area_id` from the top.

    Brings the figures to today first when nobody has yet. Refused `area.not_found`; an unknown measure
    counts as the first one.
    """
    found = _coverage(who, area_id, measure)
    if not found.current and not isinstance(who, Work):
        counts.refresh_day(who)
        found = _coverage(who, area_id, measure)
    return found


@query("coverage.view")
def _coverage(work: Work, area_id: int | None, measure: str) -> Coverage:
    chosen = MEASURES.get(measure, MEASURES["held"])
    threshold = counts.small_count(work.session)
    here = _top(work) if area_id is None else _one(work, area_id)
    if area_id is not None and here is None:
        raise Refused("area.not_found")
    rows = _children(work, here["id"] if here else None)
    known = [_known(work, row, threshold) for row in rows]
    if here is None:
        current = all(counts.is_current(work.session, row["id"]) for row in rows)
        return Coverage(chosen, None, [_row(one, chosen, threshold) for one in known], [], threshold, current)
    top = _known(work, here, threshold)
    return Coverage(
        chosen,
        _row(top, chosen, threshold),
        [_row(one, chosen, threshold) for one in known],
        _trail(work, here["area_path"]),
        threshold,
        counts.is_current(work.session, here["id"]),
    )


def _rows() -> Select[Any]:
    return (
        select(
            _A.id, _A.parent_id, _A.area_path, _A.name, _A.level, _L.role,
            *(_C[name] for name in FIGURES), _C.own, _C.shown, _C.hole,
        )
        .select_from(Area)
        .join(Level, _L.code == _A.level)
        .outerjoin(AreaCount, _C.area_id == _A.id)
    )  # fmt: skip


def _one(work: Work, area_id: int) -> RowMapping | None:
    row = work.session.execute(_rows().where(_A.id == area_id)).mappings().first()
    return row if row is not None and work.viewer.reaches("coverage.view", row["area_path"]) else None


def _top(work: Work) -> RowMapping | None:
    """Where looking begins: the lowest area that encloses all others, if there is one."""
    top, inside = None, _children(work, None)
    while len(inside) == 1:
        top = inside[0]
        inside = _children(work, top["id"])
    return top


def _children(work: Work, area_id: int | None) -> Sequence[RowMapping]:
    within = _A.parent_id.is_(None) if area_id is None else _A.parent_id == area_id
    rows = work.session.execute(
        _rows().where(within, _A.closed_on.is_(None)).order_by(_A.position, _A.id)
    ).mappings()
    return [row for row in rows if work.viewer.reaches("coverage.view", row["area_path"])]


def _trail(work: Work, path: str) -> list[tuple[int, str]]:
    ids = [int(part) for part in path.strip("/").split("/")]
    names = {row.id: row.name for row in work.session.execute(select(_A.id, _A.name).where(_A.id.in_(ids)))}
    return [(area_id, names[area_id]) for area_id in ids if area_id in names]


def _known(work: Work, row: RowMapping, threshold: int) -> _Known:
    """What the viewer may know of an area: all, what everybody may, or what follows from knowing a part."""
    total = {name: int(row[name] or 0) for name in FIGURES}
    viewer = work.viewer
    if viewer.reaches("resident.view", row["area_path"]):
        return _Known(row, total, {name: (figure, figure) for name, figure in total.items()}, True)
    partly = viewer.scope("resident.view") == "areas" and any(
        path.startswith(row["area_path"]) for path in viewer.areas
    )
    if not partly or not row["own"]:
        shown = {name: (span[0], span[1]) for name, span in (row["shown"] or {}).items()}
    else:
        inside = work.session.execute(_rows().where(_A.parent_id == row["id"])).mappings().all()
        parts = [_known(work, part, threshold) for part in inside]
        shown = {name: counts.span_of(name, row["own"], parts, threshold) for name in (*PEOPLE, WITH_CARER)}
    for name in ("expecting", "held"):
        shown[name] = (total[name], total[name])
    for name in FIGURES:
        shown.setdefault(name, (0, threshold - 1))
    return _Known(row, total, shown, False)


def _row(one: _Known, measure: Measure, threshold: int) -> AreaRow:
    numerator = one.shown[measure.numerator]
    denominator = one.shown[measure.denominator] if measure.denominator else None
    value, text = told(numerator, denominator, threshold)
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
            code: told(
                one.shown[each.numerator],
                one.shown[each.denominator] if each.denominator else None,
                threshold,
            )[1]
            for code, each in MEASURES.items()
        },
        link=_link(measure, one.row["id"]) if one.open or measure.register != "residents" else None,
        held=(one.total["held"], one.total["expecting"]),
        measure=measure.code,
        open=one.open,
    )


def _link(measure: Measure, area_id: int) -> Link:
    return Link(measure.register, {"area": str(area_id), **measure.filters})


def told(numerator: Span, denominator: Span | None, threshold: int) -> tuple[float | None, str]:
    """The value to colour by and the figures to write, from what may be known and nothing else.

    A count that is not told has the value None and a text such as "<5"; a share of nothing is "–".
    """
    if denominator is None:
        if numerator[0] == 0 and numerator[1] > 0:
            return None, small.said(numerator, threshold)
        return float(small.middle(numerator)), small.said(numerator, threshold)
    if denominator[1] == 0:
        return None, "–"
    if denominator[0] == 0:
        return None, small.said(denominator, threshold)
    lowest = numerator[0] / denominator[1]
    highest = min(1.0, numerator[1] / denominator[0])
    if numerator[0] == numerator[1] and denominator[0] == denominator[1]:
        return lowest, _percent(lowest)
    if highest - lowest > 0.25:
        return None, f"{int(lowest * 100)}–{_percent(highest)}"
    return (lowest + highest) / 2, f"≈{_percent((lowest + highest) / 2)}"


def _percent(share: float) -> str:
    """Whole per cent; never 100 while something is missing, never 0 while there is something."""
    rounded = round(share * 100)
    if rounded == 100 and share < 1:
        rounded = 99
    if rounded == 0 and share > 0:
        rounded = 1
    return f"{rounded}%"


@dataclass(frozen=True)
class MapHole:
    """Something missing in the net, seen from the map.

    `kind` is "nobody" (an area that expects somebody responsible and has nobody; the number is that of the
    people in care who live there) or "carer" (the number of people in care without a named carer). `rows`
    lists the people, for those who may see them; `mend` is where it is put right, for those who may.
    """

    kind: Literal["nobody", "carer"]
    area_id: int
    name: str
    role: str
    number: Span
    text: str
    rows: Link | None
    mend: Link | None


@query("coverage.view")
def holes(work: Work, area_id: int | None = None, limit: int = 12) -> tuple[list[MapHole], int]:
    """What is missing in an area, worst first: the more people in care it concerns, the worse.

    At most `limit`, and how many there are. Refused `area.not_found`.
    """
    threshold = counts.small_count(work.session)
    here = _top(work) if area_id is None else _one(work, area_id)
    if area_id is not None and here is None:
        raise Refused("area.not_found")
    inside = _rows().where(_C.hole.is_(True), _A.closed_on.is_(None))
    if here is not None:
        inside = inside.where(below(_A.area_path, here["area_path"]))
    if here is None or work.viewer.reaches("resident.view", here["area_path"]):
        inside = inside.order_by(_C.in_care.desc(), _A.area_path)
    else:
        inside = inside.order_by(_A.area_path)
    empty = work.session.execute(inside.limit(MOST_HOLES)).mappings().all()
    parts: Iterable[RowMapping] = _children(work, here["id"] if here else None)
    if here is not None and not parts:
        parts = [here]
    found = [
        _nobody(work, _known(work, row, threshold), threshold)
        for row in empty
        if work.viewer.reaches("coverage.view", row["area_path"])
    ]
    found += [
        hole for row in parts if (hole := _without_carer(_known(work, row, threshold), threshold)) is not None
    ]
    found.sort(key=lambda one: (-small.middle(one.number), one.kind != "nobody", one.area_id))
    return found[:limit], len(found)


def _nobody(work: Work, one: _Known, threshold: int) -> MapHole:
    row, number = one.row, one.shown["in_care"]
    mend = Link("posts", {"new": "1", "area": str(row["id"]), "role": row["role"]})
    return MapHole(
        "nobody", row["id"], row["name"], row["role"], number, small.said(number, threshold),
        Link("residents", {"area": str(row["id"]), "in_care": "yes"}) if one.open else None,
        mend if work.viewer.reaches("post.create", row["area_path"]) else None,
    )  # fmt: skip


def _without_carer(one: _Known, threshold: int) -> MapHole | None:
    cared, named = one.shown["in_care"], one.shown[WITH_CARER]
    number = (max(0, cared[0] - named[1]), max(0, cared[1] - named[0]))
    if number[0] == 0:
        return None
    rows = Link("residents", {"area": str(one.row["id"]), **NO_CARER}) if one.open else None
    return MapHole(
        "carer", one.row["id"], one.row["name"], one.row["role"], number, small.said(number, threshold), rows, rows
    )  # fmt: skip
