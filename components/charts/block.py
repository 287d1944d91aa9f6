"""One chart on the page: over time, by area, beside the year before or as a table, and what is to be known of it."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

import pyarrow as pa
import streamlit as st

from components.charts import groups, pictures, words
from components.charts.plan import Chart
from components.charts.seen import BACK, Seen, a_year_before, after, asked_for, known, missing, read, show
from components.i18n import _, day_text, language, n_
from components.kept import Kept, once
from components.map import picked
from components.register.values import plain
from db import clock
from db.access import Viewer
from db.insight import charts, periods
from db.insight.charts import Place, Reading, Table
from db.insight.figures import FIGURES, Figure
from db.insight.periods import Period
from db.words import N_

BELOW: Final = "▼"
RECORDS: Final = ("contacts", "attempts", "filled", "dates", "attendances", "joined")
"""Figures that count records one by one."""
WAYS: Final = {
    "": N_("Trend"), "areas": N_("Areas side by side"), "year": N_("Last year"), "table": N_("Table"),
}  # fmt: skip


@st.fragment
def draw(kept: Kept, seen: Seen, chart: Chart) -> None:
    """One chart in a frame of its own: looking at it in another way draws nothing else anew."""
    if st.query_params.get("show"):
        st.rerun()
    figure = chart.first
    with st.container(border=True, key=f"chart_{chart.key}"):
        heading = st.empty()
        way = _way(kept, seen, chart)
        found = known(kept, read(kept, seen, parts=way == "areas"), chart)
        heading.subheader(
            plain(words.sentence(figure, found.periods, found.of(figure.code), found.small)), anchor=False
        )
        if all(one is None for code in chart.codes for one in found.of(code)):
            _nothing(kept, seen, figure)
        elif way == "table":
            _as_table(kept, seen, chart, found)
        elif way == "groups":
            groups.draw(kept, seen, chart, found.small)
        else:
            _picture(kept, seen, chart, found, way)
        _small_print(kept, seen, chart, found)


def _nothing(kept: Kept, seen: Seen, figure: Figure) -> None:
    """That nothing is known, or that it is not told to this reader."""
    if (
        figure.source == "attendance"
        and not kept.viewer.reaches(figure.rows, seen.here.path)
        and seen.unit != "quarter"
    ):
        st.info(
            _("Of a part of your area this is told by quarter only, so that nobody can be worked out."), icon=":material/visibility_off:"
        )  # fmt: skip
    else:
        st.info(_("Nothing is known of these months yet."), icon=":material/hourglass_empty:")


def _way(kept: Kept, seen: Seen, chart: Chart) -> str:
    """In which way a chart is looked at; the address keeps it as `?as=late.areas`."""
    offered = [way for way in WAYS if way != "areas" or len(seen.parts) > 1]
    offered = [way for way in offered if way != "year" or seen.unit != "year"]
    labels = {way: _(WAYS[way]) for way in offered}
    if groups.offered(kept, seen, chart):
        offered.insert(-1, "groups")
        labels["groups"] = groups.label(chart)
    key = f"as_{chart.key}"
    asked = dict(one.partition(".")[::2] for one in st.query_params.get_all("as"))
    way = asked.get(chart.key, "")
    way = way if way in offered else ""
    st.session_state[key] = way
    st.segmented_control(
        _("How to look at it"), offered, key=key, format_func=labels.__getitem__, label_visibility="collapsed",
        on_change=_keep_way, args=(chart.key, key), required=True,
    )  # fmt: skip
    return way


def _keep_way(chart: str, key: str) -> None:
    others = [one for one in st.query_params.get_all("as") if one.partition(".")[0] != chart]
    way = st.session_state[key]
    st.query_params["as"] = [*others, *([f"{chart}.{way}"] if way else [])]


def _picture(kept: Kept, seen: Seen, chart: Chart, found: Table, way: str) -> None:
    year = after(a_year_before(kept, seen), BACK[seen.unit] - len(found.periods)) if way == "year" else None
    if year is not None and not any(year.of(chart.key)):
        year = None
        st.caption(_("Nothing is known of the year before."))
    target = _target(kept, chart.first)
    begins = kept.read(charts.begins).get(chart.first.source)
    what = (seen.here.id, seen.unit, seen.last.key, chart.key, way, target)
    # Drawn anew only when a number in it moved, whoever wrote something meanwhile.
    numbers = tuple(
        (place.name, found.of(code, place.id)) for place in (seen.here, *found.parts) for code in chart.codes
    )
    before = tuple(year.of(chart.key)) if year is not None else ()
    figure = once(
        "charts", clock.today(), language(), *what, numbers, before, found.small, begins,
        ask=lambda: _drawn(seen, chart, found, way, year, target, begins), large=True,
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


def _partial(period: Period, begins: date | None) -> bool:
    """Whether it is not over, or its records begin within it."""
    return not period.over or (begins is not None and period.first < begins <= period.last)


def _below(figure: Figure, reading: Reading | None, target: float | None) -> bool:
    value = reading.value(figure) if reading is not None else None
    return target is not None and value is not None and value < target


def _drawn(
    seen: Seen, chart: Chart, found: Table, way: str, year: Table | None, target: float | None, begins: date | None = None,
    room: int = 16,
) -> Any:  # fmt: skip
    figures = [FIGURES[code] for code in chart.codes]
    title = f"{_(figures[0].label)} · {seen.here.name}"
    labels = [words.period_text(one) for one in found.periods]
    days = [f"{one.first}" for one in found.periods] if seen.unit == "month" else None
    percent = figures[0].kind == "share"
    if way == "areas":
        span = " – ".join(
            dict.fromkeys(
                words.period_text(one, so_far=False) for one in (found.periods[0], found.periods[-1])
            )
        )
        aim = f" · {_('Target {percent}', percent=f'{round(target * 100)}%')}" if target is not None else ""
        return pictures.multiples(
            f"{title} · {span}{aim}", [one.key for one in found.periods], labels,
            [
                pictures.Part(
                    f"{_short(area.name, found)} {words.said(figures[0], found.last(figures[0].code, area.id), found.small)}",
                    [_line(figure, found, area.id) for figure in figures],
                    _below(figures[0], found.last(figures[0].code, area.id), target),
                )
                for area in found.parts
            ],
            form=chart.form, percent=percent, target=target, room=room,
        )  # fmt: skip
    lines = [_line(figure, found, seen.here.id) for figure in figures]
    if year is not None:
        before = [_line(figures[0], year, seen.here.id)]
        lines = [lines[0], *(pictures.Line(_("{figure}, a year before", figure=one.name), one.values, one.texts, earlier=True) for one in before)]  # fmt: skip
    return pictures.over_time(
        title, labels if days else [words.short(one) for one in found.periods], days, lines,
        form="bars" if year is not None and chart.form == "stack" else chart.form, percent=percent, target=target,
        target_text=_("Target {percent}", percent=f"{round((target or 0) * 100)}%"),
        partial=[_partial(one, begins) for one in found.periods],
    )  # fmt: skip


def _short(name: str, found: Table) -> str:
    """The first word of a name where it tells the areas apart."""
    first = [one.name.split(" ")[0] for one in found.parts]
    return name.split(" ")[0] if len(set(first)) == len(first) else name


def _line(figure: Figure, found: Table, area_id: int) -> pictures.Line:
    readings = found.of(figure.code, area_id)
    return pictures.Line(
        _(figure.label), [reading.value(figure) if reading is not None else None for reading in readings],
        [words.said(figure, reading, found.small) for reading in readings],
    )  # fmt: skip


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
    if way == "year" and curve:
        show(viewer, code, place, found.periods[at].year_before())
    else:
        rest = missing(FIGURES[code], found.of(code, place.id)[at])
        show(viewer, code, place, found.periods[at], rest=rest)


def _as_table(kept: Kept, seen: Seen, chart: Chart, found: Table) -> None:
    """The same figures, the latest first: a line for each area, so that a tap on a month puts the areas in its order.

    Where there are no parts, a line for each month.
    """
    figures = [FIGURES[code] for code in chart.codes]
    whole = after(read(kept, seen, parts=True), BACK[seen.unit] - len(found.periods)) if seen.parts else found
    target = _target(kept, figures[0])
    series = [(place, figure) for place in (seen.here, *whole.parts) for figure in figures]
    listed = list(reversed(found.periods))
    texts = [
        [_cell_text(figure, one, whole.small, target) for one in reversed(whole.of(figure.code, place.id))]
        for place, figure in series
    ]
    if whole.parts:
        texts = [list(row) for row in zip(*map(words.padded, zip(*texts, strict=True)), strict=True)]
    else:
        texts = [words.padded(row) for row in texts]
    titles = [
        _(figure.label) if not whole.parts else place.name if len(figures) == 1 else f"{place.name} · {_(figure.label)}"
        for place, figure in series
    ]  # fmt: skip
    months = [words.period_text(one) for one in listed]
    first, names, lines = (_("Area"), titles, months) if whole.parts else (_("Period"), months, titles)
    columns = {first: names} | {
        name: ([row[at] for row in texts] if whole.parts else texts[at]) for at, name in enumerate(lines)
    }
    key = f"charts_table_{chart.key}_{seen.here.id}_{seen.unit}_{seen.last.key}"
    said = []
    if kept.viewer.reaches(figures[0].rows, seen.here.path):
        said.append(_("Tap a number to see what is behind it."))
    if any(BELOW in text for row in texts for text in row):
        said.append(
            _("{mark} below the target of {percent}", mark=BELOW, percent=f"{round((target or 0) * 100)}%")
        )
    if said:
        st.caption(plain(" ".join(said)))

    def at(row: int, column: str) -> tuple[str, Place, Period, Reading | None]:
        line, when = (row, lines.index(column)) if whole.parts else (lines.index(column), row)
        place, figure = series[line]
        return figure.code, place, listed[when], whole.of(figure.code, place.id)[-1 - when]

    st.dataframe(
        pa.table(columns), key=key, hide_index=True, height=min(530, 38 + 35 * len(names)),
        selection_mode="single-cell", on_select=lambda: _cell(kept.viewer, key, lines, at),
        column_config={
            first: st.column_config.TextColumn(pinned=True),
            **{name: st.column_config.TextColumn(alignment="right") for name in lines},
        },
    )  # fmt: skip


def _cell_text(figure: Figure, reading: Reading | None, threshold: int, target: float | None) -> str:
    return words.said(figure, reading, threshold) + (BELOW if _below(figure, reading, target) else "")


def _cell(
    viewer: Viewer,
    key: str,
    names: list[str],
    at: Callable[[int, str], tuple[str, Place, Period, Reading | None]],
) -> None:
    for row, column in st.session_state[key]["selection"]["cells"]:
        if column in names:
            code, place, period, reading = at(int(row), column)
            show(viewer, code, place, period, rest=missing(FIGURES[code], reading))


def _small_print(kept: Kept, seen: Seen, chart: Chart, found: Table) -> None:
    """What the chart means, on how many records it rests, of when it is, and what is missing."""
    figures = [FIGURES[code] for code in chart.codes]
    text = [
        (f"**{plain(_(figure.label))}** – " if len(figures) > 1 else "") + plain(_(figure.definition))
        for figure in figures
    ]
    facts = [_(figures[0].comes_from)]
    cared = found.last("in_care") if figures[0].source == "care" else None
    if cared is not None and cared.exact:
        facts.append(n_("{count} person in care", "{count} people in care", cared.above[0]))
    count = _records(figures[0], found)
    if count:
        facts.append(words.records(count))
    facts.append(_("As of {day}", day=day_text(found.day)))
    begins = kept.read(charts.begins).get(figures[0].source)
    if any(_partial(one, begins) for one in found.periods):
        facts.append(_("Pale or hollow: the period is not complete"))
    if begins is not None and begins > found.periods[0].first:
        facts.append(_("Records begin on {day}", day=day_text(begins)))
    elif len(found.periods) < BACK[seen.unit] and found.of(chart.key)[0] is not None:
        facts.append(_("Nothing is known before {period}", period=words.period_text(found.periods[0])))
    if not all(one is None or one.exact for one in found.of(chart.key)):
        facts.append(
            n_("Numbers below {count} are not told, and others only about, so that nobody can be worked out. The staff of the area can open who is behind them.",
               "Numbers below {count} are not told, and others only about, so that nobody can be worked out. The staff of the area can open who is behind them.",
               2 * found.small)
        )  # fmt: skip
    st.caption("  \n".join(text) + "  \n" + plain(" · ".join(facts)))


def _records(figure: Figure, found: Table) -> int:
    """On how many records the chart rests; 0 where they are not told, or where they are no records but days."""
    if figure.code not in RECORDS:
        return 0
    readings = [one for one in found.of(figure.code) if one is not None]
    if not all(one.exact for one in readings):
        return 0
    return sum((one.below or one.above)[0] for one in readings)


def on_wall(kept: Kept, places: tuple[Place, ...], chart: Chart, way: str) -> None:
    """One chart in the size of a wall, of the whole area and of months."""
    now = periods.of(clock.today())
    seen = Seen(places, asked_for(places), "month", now, chart.first.chapter)
    found = known(kept, read(kept, seen, parts=way == "areas" and len(seen.parts) > 1), chart)
    figure = chart.first
    st.title(
        plain(
            f"{seen.here.name} · {words.sentence(figure, found.periods, found.of(figure.code), found.small)}"
        )
    )
    drawn = _drawn(
        seen,
        chart,
        found,
        way if found.parts else "",
        None,
        _target(kept, figure),
        kept.read(charts.begins).get(figure.source),
        room=24,
    )
    pictures.for_wall(drawn)
    aloud = " ".join(
        words.aloud(FIGURES[code], found.periods, found.of(code), found.small) for code in chart.codes
    )
    st.plotly_chart(drawn, key=f"wall_{chart.key}", alt=aloud, config=pictures.STILL, theme=None)
    st.caption(plain(_(figure.definition) + " " + _("As of {day}", day=day_text(found.day))))
