"""`/charts`: an area and a period, a chapter of figures, each as a number and as a chart, with the rows behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pyarrow as pa
import streamlit as st

from components import live
from components.charts import pictures, plan, rows, today, words
from components.charts.plan import CHARTS, TILES, Chart
from components.i18n import _, day_text, language, n_
from components.kept import Kept, once
from components.map import picked
from components.navigation import page_link
from components.page import choose_part
from components.register import views
from components.register.values import plain
from components.words import register_sentences, say
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.insight import charts, periods
from db.insight.charts import Place, Reading, Table
from db.insight.figures import CHAPTERS, FIGURES, Figure
from db.insight.periods import UNITS, Period, Unit
from db.words import N_

register_sentences(
    {
        "period.unknown": N_("There is no such period. Choose one from the list."),
        "figure.unknown": N_("There is no such figure. Choose one on the page of charts."),
        "figure.rows": N_(
            "The records behind this figure are for the staff of the area. You see the figure alone."
        ),
    }
)

UNIT_LABELS: Final = {"month": N_("Month"), "quarter": N_("Quarter"), "year": N_("Year")}
BACK: Final = {"month": 13, "quarter": 9, "year": 4}
CHOICES: Final = {"month": 25, "quarter": 9, "year": 4}
WAYS: Final = {
    "": N_("Trend"), "areas": N_("Areas side by side"), "year": N_("Last year"), "table": N_("Table"),
}  # fmt: skip
LEDGER: Final = "charts"
LEAVE: Final = frozenset({"show", "figure", "period", "rest", "bar", "wall"})


@dataclass(frozen=True)
class Seen:
    """What the address asks for."""

    places: tuple[Place, ...]
    here: Place
    unit: Unit
    last: Period
    chapter: str

    @property
    def parts(self) -> list[Place]:
        """The areas that lie directly in the one looked at."""
        depth = self.here.path.count("/") + 1
        return [
            one for one in self.places if one.path.startswith(self.here.path) and one.path.count("/") == depth
        ]


def draw(viewer: Viewer) -> None:
    """The page for what the address asks for."""
    kept = Kept(viewer, live.follow(*charts.TOPICS))
    try:
        _screen(kept)
    except Refused as refused:
        say(refused)
        page_link(_("Back to the charts"), "charts", icon=":material/arrow_back:")


def _screen(kept: Kept) -> None:
    _as_last_time(kept.viewer)
    places = kept.read(charts.places)
    if not places:
        st.title(_("Charts"))
        st.info(
            _("No area with figures belongs to you yet. Ask an administrator for one."),
            icon=":material/bar_chart:",
        )
        return
    if st.query_params.get("show") == "rows":
        rows.draw(kept)
        return
    seen = _seen(places)
    st.title(_("Charts"))
    _choices(kept, seen)
    chapter = (
        choose_part("charts", {"" if code == "care" else code: _(label) for code, label in CHAPTERS.items()})
        or "care"
    )
    seen = Seen(seen.places, seen.here, seen.unit, seen.last, chapter)
    found = _read(kept, seen, parts=False) if plan.figures_of(chapter) else None
    if found is not None:
        _tiles(kept, seen, found)
    with st.grid("auto", min_column_width=420, gap="medium"):
        for chart in CHARTS[chapter]:
            if chart.form == "now":
                today.draw(kept, seen.here, chart.key)
            elif found is not None and chart.key in found.readings[seen.here.id]:
                _block(kept, seen, chart)
    _foot(kept, seen)


def _as_last_time(viewer: Viewer) -> None:
    """Who opens the page without saying what for finds the selection that was chosen last."""
    if not [name for name in st.query_params if name != "wall"] and not st.session_state.get("_charts_open"):
        last = views.last(viewer, LEDGER)
        if last:
            st.query_params.from_dict(last)
    st.session_state["_charts_open"] = True


def _seen(places: tuple[Place, ...]) -> Seen:
    asked = st.query_params.get("area", "")
    here = next((one for one in places if str(one.id) == asked), None)
    if here is None and asked:
        raise Refused("area.not_found")
    unit: Unit = next((one for one in UNITS if one == st.query_params.get("unit", "")), "month")
    last = (
        periods.parse(st.query_params["last"])
        if "last" in st.query_params
        else periods.of(clock.today(), unit)
    )
    if last.unit != unit:
        last = periods.of(last.until, unit)
    return Seen(places, here or places[0], unit, last, "care")


def _choices(kept: Kept, seen: Seen) -> None:
    """Which area, which period; and the selections kept under a name."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="charts_choices"):
        lowest = min(one.path.count("/") for one in seen.places)
        names = {one.id: "　" * (one.path.count("/") - lowest) + one.name for one in seen.places}
        st.session_state["charts_area"] = seen.here.id
        st.selectbox(
            _("Area"), list(names), key="charts_area", format_func=names.__getitem__, on_change=_keep, args=("area",), width=260,
        )  # fmt: skip
        st.session_state["charts_unit"] = seen.unit
        st.segmented_control(
            _("Steps"), UNITS, key="charts_unit", format_func=lambda one: _(UNIT_LABELS[one]), on_change=_keep_unit, required=True,
        )  # fmt: skip
        now = periods.of(clock.today(), seen.unit)
        offered = [now.back(number) for number in range(CHOICES[seen.unit])]
        if seen.last not in offered:
            offered.append(seen.last)
        st.session_state["charts_last"] = seen.last.key
        st.selectbox(
            _("Period"), [one.key for one in offered], key="charts_last", on_change=_keep, args=("last",),
            format_func={one.key: words.period_text(one) for one in offered}.__getitem__, width=240,
        )  # fmt: skip
        views.draw(kept.viewer, LEDGER, LEAVE, remember=True)


def _keep(name: str) -> None:
    """Write what was chosen into the address."""
    st.query_params[name] = str(st.session_state[f"charts_{name}"])


def _keep_unit() -> None:
    st.query_params["unit"] = str(st.session_state["charts_unit"])
    st.query_params.pop("last", None)


def _read(kept: Kept, seen: Seen, *, parts: bool, back: int = 0) -> Table:
    return kept.read(
        charts.table, codes=plan.figures_of(seen.chapter), area_id=seen.here.id, unit=seen.unit, last=seen.last.key,
        back=back or BACK[seen.unit], parts=parts,
    )  # fmt: skip


def rows_of(figure: str, area_id: int, period: str, *, rest: bool = False, bar: str = "") -> dict[str, Any]:
    """The parameters of the address of the rows behind a figure."""
    return {
        "show": "rows",
        "figure": figure,
        "area": area_id,
        "period": period,
        "rest": "1" if rest else "",
        "bar": bar,
    }


# --- The figures of the period. ---


def _tiles(kept: Kept, seen: Seen, found: Table) -> None:
    """Each figure of the chapter with the one before, the one a year before, and the way to its rows."""
    st.subheader(plain(f"{seen.here.name} · {words.period_text(seen.last)}"))
    year = _a_year_before(kept, seen)
    with st.grid("auto", min_column_width=142):
        for code in TILES[seen.chapter]:
            if code not in found.readings[seen.here.id]:
                continue
            figure, readings = FIGURES[code], found.of(code)
            with st.container(border=True, gap="xsmall", key=f"figure_{code}"):
                st.metric(
                    _(figure.label), words.said(figure, readings[-1], found.small), help=_(figure.definition)
                )
                st.caption(_beside(figure, seen.last, readings, year, found.small))
                reading = readings[-1]
                if reading is None or not kept.viewer.reaches(figure.rows, seen.here.path):
                    continue
                if figure.rest and reading.below is not None and reading.above[0] < reading.below[0]:
                    missing = reading.below[0] - reading.above[0]
                    page_link(
                        n_("{count} missing", "{count} missing", missing), "charts", icon=":material/arrow_forward:",
                        **_here(rows_of(code, seen.here.id, seen.last.key, rest=True)),
                    )  # fmt: skip
                elif reading.above[0]:
                    page_link(
                        _("Show them"), "charts", icon=":material/arrow_forward:",
                        **_here(rows_of(code, seen.here.id, seen.last.key)),
                    )  # fmt: skip


def _here(asked: dict[str, Any]) -> dict[str, Any]:
    """The same page with what it shows now, and what is asked for besides."""
    return {
        **{name: st.query_params[name] for name in ("unit", "last", "part") if name in st.query_params},
        **asked,
    }


def _beside(
    figure: Figure, last: Period, readings: Sequence[Reading | None], year: Table | None, threshold: int
) -> str:
    """The figure of the period before, and of the same one a year before. While a period runs, that is said."""
    lines = []
    if len(readings) > 1 and readings[-2] is not None:
        lines.append(
            _(
                "{period}: {value}",
                period=words.period_text(last.back(), beside=last),
                value=words.said(figure, readings[-2], threshold),
            )
        )
    before = (
        year.of(figure.code)[-1] if year is not None and figure.code in year.readings[year.here.id] else None
    )
    if before is not None and last.unit != "year":
        lines.append(
            _(
                "{period}: {value}",
                period=words.period_text(last.year_before()),
                value=words.said(figure, before, threshold),
            )
        )
    return plain("  \n".join(lines)) if lines else "　"


def _a_year_before(kept: Kept, seen: Seen) -> Table | None:
    if seen.unit == "year":
        return None
    before = Seen(seen.places, seen.here, seen.unit, seen.last.year_before(), seen.chapter)
    return _read(kept, before, parts=False)


# --- One chart. ---


@st.fragment
def _block(kept: Kept, seen: Seen, chart: Chart) -> None:
    """One chart in a frame of its own: looking at it in another way draws nothing else anew."""
    if st.query_params.get("show"):
        st.rerun()
    figure = chart.first
    with st.container(border=True, key=f"chart_{chart.key}"):
        heading = st.empty()
        way = _way(seen, chart)
        found = _known(_read(kept, seen, parts=way == "areas"), chart)
        heading.subheader(
            plain(words.sentence(figure, found.periods, found.of(figure.code), found.small)), anchor=False
        )
        if all(one is None for code in chart.codes for one in found.of(code)):
            st.info(_("Nothing is known of these months yet."), icon=":material/hourglass_empty:")
        elif way == "table":
            _as_table(kept, seen, chart, found)
        else:
            _picture(kept, seen, chart, found, way)
        _small_print(kept, seen, chart, found)


def _known(found: Table, chart: Chart) -> Table:
    """Without the periods before anything was known of what the chart shows."""
    readings = [found.of(code) for code in chart.codes]
    unknown = next(
        (at for at in range(len(found.periods)) if any(one[at] is not None for one in readings)),
        len(found.periods) - 1,
    )
    return _after(found, unknown)


def _after(found: Table, number: int) -> Table:
    """Without the first so many periods."""
    if not number:
        return found
    return replace(
        found, periods=found.periods[number:],
        readings={
            area_id: {code: one[number:] for code, one in readings.items()} for area_id, readings in found.readings.items()
        },
    )  # fmt: skip


def _way(seen: Seen, chart: Chart) -> str:
    """In which way a chart is looked at; the address keeps it as `?as=late.areas`."""
    offered = [way for way in WAYS if way != "areas" or len(seen.parts) > 1]
    offered = [way for way in offered if way != "year" or seen.unit != "year"]
    key = f"as_{chart.key}"
    asked = dict(one.partition(".")[::2] for one in st.query_params.get_all("as"))
    way = asked.get(chart.key, "")
    way = way if way in offered else ""
    st.session_state[key] = way
    st.segmented_control(
        _("How to look at it"), offered, key=key, format_func=lambda one: _(WAYS[one]), label_visibility="collapsed",
        on_change=_keep_way, args=(chart.key, key), required=True,
    )  # fmt: skip
    return way


def _keep_way(chart: str, key: str) -> None:
    others = [one for one in st.query_params.get_all("as") if one.partition(".")[0] != chart]
    way = st.session_state[key]
    st.query_params["as"] = [*others, *([f"{chart}.{way}"] if way else [])]


def _picture(kept: Kept, seen: Seen, chart: Chart, found: Table, way: str) -> None:
    viewer = kept.viewer
    year = _after(_year_of(kept, seen), BACK[seen.unit] - len(found.periods)) if way == "year" else None
    target = _target(kept, chart.first)
    what = (seen.here.id, seen.unit, seen.last.key, chart.key, way, target)
    figure = (
        once("charts", kept.stamp, clock.today(), viewer.role, viewer.areas, language(), *what,
             ask=lambda: _drawn(seen, chart, found, way, year, target), large=True)
        if kept.stamp else _drawn(seen, chart, found, way, year, target)
    )  # fmt: skip
    key = "chart_" + "_".join(str(one) for one in what)
    aloud = " ".join(
        words.aloud(FIGURES[code], found.periods, found.of(code), found.small) for code in chart.codes
    )
    st.plotly_chart(
        figure, key=key, alt=aloud, config=pictures.config(_file(seen, chart)), selection_mode="points",
        on_select=lambda: _open(kept.viewer, seen, chart, found, way, key),
    )  # fmt: skip


def _file(seen: Seen, chart: Chart) -> str:
    return f"{_(chart.first.label)} {seen.here.name} {seen.last.key}"


def _target(kept: Kept, figure: Figure) -> float | None:
    if not figure.target:
        return None
    return kept.read(charts.targets).get(figure.target)


def _drawn(seen: Seen, chart: Chart, found: Table, way: str, year: Table | None, target: float | None) -> Any:
    figures = [FIGURES[code] for code in chart.codes]
    title = f"{_(figures[0].label)} · {seen.here.name}"
    labels = [words.period_text(one) for one in found.periods]
    days = [f"{one.first}" for one in found.periods] if seen.unit == "month" else None
    percent = figures[0].kind == "share"
    if way == "areas":
        return pictures.multiples(
            title, [one.key for one in found.periods], labels,
            [(area.name, [_line(figure, found, area.id) for figure in figures]) for area in found.parts],
            form=chart.form, percent=percent, target=target,
        )  # fmt: skip
    lines = [_line(figure, found, seen.here.id) for figure in figures]
    if year is not None:
        before = [_line(figures[0], year, seen.here.id)]
        lines = [lines[0], *(pictures.Line(_("{figure}, a year before", figure=one.name), one.values, one.texts, earlier=True) for one in before)]  # fmt: skip
    return pictures.over_time(
        title, labels if days else [words.short(one) for one in found.periods], days, lines,
        form="bars" if year is not None and chart.form == "stack" else chart.form, percent=percent, target=target,
        target_text=_("Target {percent}", percent=f"{round((target or 0) * 100)}%"),
    )  # fmt: skip


def _line(figure: Figure, found: Table, area_id: int) -> pictures.Line:
    readings = found.of(figure.code, area_id)
    return pictures.Line(
        _(figure.label), [reading.value(figure) if reading is not None else None for reading in readings],
        [words.said(figure, reading, found.small) for reading in readings],
    )  # fmt: skip


def _year_of(kept: Kept, seen: Seen) -> Table:
    """The same periods a year before."""
    before = Seen(seen.places, seen.here, seen.unit, seen.last.year_before(), seen.chapter)
    return _read(kept, before, parts=False)


def _open(viewer: Viewer, seen: Seen, chart: Chart, found: Table, way: str, key: str) -> None:
    """A point was tapped: go to the records behind it."""
    points = (st.session_state.get(key) or {}).get("selection", {}).get("points", [])
    at = picked(st.session_state.get(key))
    if at is None or not points:
        return
    area, at = divmod(at, 1000) if way == "areas" else (None, at)
    curve = int(points[0].get("curve_number", 0))
    code = chart.codes[curve % len(chart.codes)] if way != "year" else chart.codes[0]
    place = found.parts[area] if area is not None else seen.here
    period = found.periods[at] if not (way == "year" and curve) else found.periods[at].year_before()
    show(viewer, code, place, period)


def show(
    viewer: Viewer, code: str, place: Place, period: Period | None, *, rest: bool = False, bar: str = ""
) -> None:
    """Ask for the records behind a figure, if the viewer may see them."""
    figure = FIGURES.get(code)
    if figure is not None and not viewer.reaches(figure.rows, place.path):
        return
    for name, value in rows_of(code, place.id, period.key if period else "", rest=rest, bar=bar).items():
        if value not in ("", None):
            st.query_params[name] = str(value)


def _as_table(kept: Kept, seen: Seen, chart: Chart, found: Table) -> None:
    """The same figures, the latest first; by area as well where there are parts."""
    figures = [FIGURES[code] for code in chart.codes]
    whole = (
        _after(_read(kept, seen, parts=True), BACK[seen.unit] - len(found.periods)) if seen.parts else found
    )
    columns: dict[str, list[str]] = {_("Period"): [words.period_text(one) for one in reversed(found.periods)]}
    where: list[tuple[str, Place]] = []
    for place in (seen.here, *whole.parts):
        for figure in figures:
            name = place.name if len(figures) == 1 else f"{place.name} · {_(figure.label)}"
            columns[name] = [
                words.said(figure, one, found.small) for one in reversed(whole.of(figure.code, place.id))
            ]
            where.append((figure.code, place))
    key = f"charts_table_{chart.key}_{seen.here.id}_{seen.unit}_{seen.last.key}"
    names = list(columns)[1:]
    rows_open = kept.viewer.reaches(figures[0].rows, seen.here.path)
    if rows_open:
        st.caption(_("Tap a number to see what is behind it."))
    st.dataframe(
        pa.table(columns), key=key, hide_index=True, height=min(500, 38 + 35 * len(found.periods)),
        selection_mode="single-cell", on_select=lambda: _cell(kept.viewer, key, names, where, found.periods),
        column_config={
            _("Period"): st.column_config.TextColumn(pinned=True),
            **{name: st.column_config.TextColumn(alignment="right") for name in names},
        },
    )  # fmt: skip


def _cell(
    viewer: Viewer, key: str, names: list[str], where: list[tuple[str, Place]], known: Sequence[Period]
) -> None:
    for row, column in st.session_state[key]["selection"]["cells"]:
        if column in names:
            code, place = where[names.index(column)]
            show(viewer, code, place, known[-1 - int(row)])


def _small_print(kept: Kept, seen: Seen, chart: Chart, found: Table) -> None:
    """What the chart means, on how many records it rests, of when it is, and what is missing."""
    figures = [FIGURES[code] for code in chart.codes]
    text = [
        (f"**{plain(_(figure.label))}** – " if len(figures) > 1 else "") + plain(_(figure.definition))
        for figure in figures
    ]
    facts = [_(figures[0].comes_from)]
    count = _records(figures[0], found)
    if count:
        facts.append(words.records(count))
    facts.append(_("As of {day}", day=day_text(found.day)))
    if len(found.periods) < BACK[seen.unit]:
        facts.append(_("Nothing is known before {period}", period=words.period_text(found.periods[0])))
    if not all(one is None or one.exact for one in found.of(chart.key)):
        facts.append(
            n_("Numbers below {count} are not told, and others only about, so that nobody can be worked out. The staff of the area can open who is behind them.",
               "Numbers below {count} are not told, and others only about, so that nobody can be worked out. The staff of the area can open who is behind them.",
               found.small)
        )  # fmt: skip
    st.caption("  \n".join(text) + "  \n" + plain(" · ".join(facts)))


def _records(figure: Figure, found: Table) -> int:
    """On how many records the chart rests; 0 where they are not told, or where they are no records but days."""
    if figure.kind not in ("count", "share") or figure.source == "care":
        return 0
    readings = [one for one in found.of(figure.code) if one is not None]
    if not all(one.exact for one in readings):
        return 0
    return sum((one.below or one.above)[0] for one in readings)


def _foot(kept: Kept, seen: Seen) -> None:
    from components.charts import workbook

    with st.container(horizontal=True, key="charts_foot"):
        workbook.button(kept, seen)
        page_link(_("What the figures mean"), "figures", icon=":material/menu_book:")
        page_link(
            _("What was corrected"), "figures", icon=":material/history:", part="corrected", area=seen.here.id
        )
