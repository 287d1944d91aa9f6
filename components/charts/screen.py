"""`/charts`: an area and a period, a chapter of figures, each as a number and as a chart, with the rows behind it."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import streamlit as st

from components import live
from components.charts import block, plan, rows, today, wall, words, workbook
from components.charts.plan import CHARTS, TILES
from components.charts.seen import (
    CHOICES,
    OF_ROWS,
    UNIT_LABELS,
    Seen,
    a_year_before,
    asked,
    names_of,
    read,
    rows_of,
)
from components.i18n import _, day_text, language, number_text
from components.kept import Kept
from components.navigation import link, page_link
from components.page import choose_part, put_in_address
from components.register import views
from components.register.values import plain
from components.words import register_sentences, say
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.insight import charts, periods
from db.insight.charts import Reading, Table
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

LEDGER: Final = "charts"
GIVE_WAY: Final = 0.001
_OPENED: Final = "_charts_opened"
_LEFT: Final = "_charts_left"
LEAVE: Final = OF_ROWS | {"wall"}


def draw(viewer: Viewer) -> None:
    """The page for what the address asks for."""
    if st.query_params.get("wall") == "1":
        wall.draw(viewer)
        return
    kept = Kept(viewer, live.follow(*charts.TOPICS))
    try:
        _screen(kept)
    except Refused as refused:
        st.title(_("Charts"))
        say(refused)
        if st.query_params.get("show") != "rows":
            page_link(_("Back to the charts"), "charts", icon=":material/arrow_back:")


def _screen(kept: Kept) -> None:
    _as_last_time(kept.viewer)
    places = Kept(kept.viewer, live.stamp("areas") or ()).read(charts.places)
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
    seen = asked(places)
    st.title(_("Charts"))
    _opened(kept.viewer)
    _choices(kept, seen)
    chapter = (
        choose_part("charts", {"" if code == "care" else code: _(label) for code, label in CHAPTERS.items()})
        or "care"
    )
    seen = replace(seen, chapter=chapter)
    found = read(kept, seen, parts=False) if plan.figures_of(chapter) else None
    if found is not None:
        _tiles(kept, seen, found)
    of_today = [chart for chart in CHARTS[chapter] if chart.form == "now"] if seen.last.over else []
    with st.grid("auto", min_column_width=420, gap="medium"):
        for chart in CHARTS[chapter]:
            if chart in of_today:
                continue
            if chart.form == "now":
                today.draw(kept, seen.here, chart.key)
            elif found is not None and chart.key in found.readings[seen.here.id]:
                block.draw(kept, seen, chart)
                if chart is CHARTS[chapter][0]:
                    time.sleep(GIVE_WAY)  # what is drawn goes out while the rest is worked out
    if of_today:
        st.subheader(_("Today, {day}", day=day_text(clock.today())))
        with st.grid("auto", min_column_width=420, gap="medium"):
            for chart in of_today:
                today.draw(kept, seen.here, chart.key)
    _foot(kept, seen)


def _as_last_time(viewer: Viewer) -> None:
    """Who opens the page without saying what for finds the selection that was chosen last."""
    if not [name for name in st.query_params if name != "wall"] and not st.session_state.get("_charts_open"):
        last = dict(views.last(viewer, LEDGER))
        name = "".join(last.pop("_name", []))
        if last:
            st.query_params.from_dict(last)
            st.session_state[_OPENED] = (name, last)
    st.session_state["_charts_open"] = True


def _opened(viewer: Viewer) -> None:
    """Say that this is a selection of before, as long as it is, and give the way to what is now."""
    name, params = st.session_state.get(_OPENED, ("", None))
    if params == {one: st.query_params.get_all(one) for one in st.query_params}:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(":material/bookmark: " + _("As you left it: {name}", name=plain(name)))
            st.button(_("Show this month"), key="charts_now", on_click=_anew, args=(viewer,))


def _anew(viewer: Viewer) -> None:
    st.session_state.pop(_OPENED, None)
    st.query_params.clear()
    views.forget(viewer, LEDGER)


def _choices(kept: Kept, seen: Seen) -> None:
    """Which area, which period; and the selections kept under a name."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="charts_choices"):
        names = names_of(seen.places)
        st.session_state["charts_area"] = seen.here.id
        st.selectbox(
            _("Area"), list(names), key="charts_area", format_func=names.__getitem__, on_change=_keep, args=("area",), width=260,
        )  # fmt: skip
        st.session_state["charts_unit"] = seen.unit
        st.segmented_control(
            _("Unit of time"), UNITS, key="charts_unit", format_func=lambda one: _(UNIT_LABELS[one]), on_change=_keep_unit, required=True,
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
    """A longer unit shows the one in which the period lies, and going back from it the period that was left."""
    unit: Unit = st.session_state["charts_unit"]
    last = st.query_params.get("last", "")
    day = periods.parse(last).until if last else None
    if (
        day is not None
        and (left := st.session_state.get(_LEFT))
        and periods.of(left, periods.parse(last).unit).key == last
    ):
        day = left
    st.session_state[_LEFT] = day
    put_in_address({"unit": unit, "last": periods.of(day, unit).key if day else None})


# --- The figures of the period. ---


def _tiles(kept: Kept, seen: Seen, found: Table) -> None:
    """Each figure of the chapter with the one before, the one a year before, and the way to its rows."""
    st.subheader(plain(f"{seen.here.name} · {words.period_text(seen.last)}"))
    year = a_year_before(kept, seen, back=1) if seen.unit != "year" else None
    with st.grid("auto", min_column_width=145 if language() == "zh" else 158):
        for code in TILES[seen.chapter]:
            if code not in found.readings[seen.here.id]:
                continue
            figure, readings = FIGURES[code], found.of(code)
            with st.container(border=True, gap="xsmall", key=f"figure_{code}"):
                st.metric(
                    _(figure.label), words.said(figure, readings[-1], found.small), help=_(figure.definition)
                )
                st.caption(_beside(kept, figure, seen.last, readings, year, found.small))
                reading = readings[-1]
                if reading is None or not kept.viewer.reaches(figure.rows, seen.here.path):
                    continue
                if figure.rest and reading.below is not None and reading.above[0] < reading.below[0]:
                    missing = reading.below[0] - reading.above[0]
                    page_link(
                        plain(_("{what}: {count}", what=_(figure.rest_label), count=number_text(missing))), "charts", icon=":material/arrow_forward:",
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
    kept: Kept,
    figure: Figure,
    last: Period,
    readings: Sequence[Reading | None],
    year: Table | None,
    threshold: int,
) -> str:
    """The figure of the period before, and of the same one a year before. While a period runs, that is said."""
    lines = []
    now = readings[-1]
    if (
        figure.kind == "share"
        and now is not None
        and now.below is not None
        and now.exact
        and figure.source != "hours"
    ):
        lines.append(_("{part} of {whole}", part=number_text(now.above[0]), whole=number_text(now.below[0])))
    if len(readings) > 1 and readings[-2] is not None:
        lines.append(
            _(
                "{period}: {value}",
                period=words.period_text(last.back(), beside=last),
                value=words.said(figure, readings[-2], threshold) + _since(kept, figure, last.back()),
            )
        )
    begins = kept.read(charts.begins).get(figure.source)
    before = (
        year.of(figure.code)[-1] if year is not None and figure.code in year.readings[year.here.id] else None
    )
    if last.unit != "year" and begins is not None and begins > last.year_before().last:
        lines.append(_("{period}: no records yet", period=words.period_text(last.year_before())))
    elif before is not None and last.unit != "year":
        lines.append(
            _(
                "{period}: {value}",
                period=words.period_text(last.year_before()),
                value=words.said(figure, before, threshold) + _since(kept, figure, last.year_before()),
            )
        )
    return plain("  \n".join(lines)) if lines else "　"


def _since(kept: Kept, figure: Figure, period: Period) -> str:
    """That the records begin within a period, so that nobody takes a part for the whole."""
    begins = kept.read(charts.begins).get(figure.source)
    if begins is None or begins <= period.first:
        return ""
    return _(" (records from {day} on)", day=day_text(begins))


def _foot(kept: Kept, seen: Seen) -> None:
    with st.container(horizontal=True, key="charts_foot"):
        workbook.button(kept, seen)
        page_link(_("What the figures mean"), "figures", icon=":material/menu_book:")
        page_link(
            _("What was corrected"), "figures", icon=":material/history:", part="corrected", area=seen.here.id
        )
        st.link_button(_("Wall screen"), link("charts", wall=1, area=seen.here.id), icon=":material/tv:")
