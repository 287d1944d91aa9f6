"""The charts of a chapter as a workbook: each figure a sheet with its numbers and a chart that Excel draws itself."""

import io
from collections.abc import Mapping
from typing import Any, Final

import streamlit as st
import xlsxwriter

from components.charts import today, words
from components.charts.plan import CHARTS, Chart
from components.charts.seen import Seen, read
from components.i18n import _, day_text
from components.kept import Kept
from components.words import say
from db.errors import Refused
from db.insight import charts, now
from db.insight.charts import Place, Table
from db.insight.figures import CHAPTERS, FIGURES, Figure

MIME: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: Final = {
    "share": "0%",
    "yuan": "¥#,##0.0",
    "days": "0.0",
    "hours": "#,##0.0",
    "visits": "#,##0.0",
    "count": "#,##0",
}


def button(kept: Kept, seen: Seen) -> None:
    """The way to take the chapter along."""
    st.download_button(
        _("As a workbook"), data=lambda: _made(kept, seen), mime=MIME, icon=":material/download:", on_click="ignore",
        file_name=f"{_(CHAPTERS[seen.chapter])} {seen.here.name} {seen.last.key}.xlsx",
    )  # fmt: skip


def _made(kept: Kept, seen: Seen) -> bytes:
    try:
        found = read(kept, seen, parts=True)
        charts.taken_along(kept.viewer, area_id=seen.here.id, chapter=seen.chapter, last=seen.last.key)
    except Refused as refused:
        say(refused)
        raise
    bars = {
        chart.key: kept.read(now.bars, code=chart.key, area_id=seen.here.id)
        for chart in CHARTS[seen.chapter] if chart.form == "now"
    }  # fmt: skip
    return made(seen.here, CHARTS[seen.chapter], found, bars, kept.read(charts.targets))


def made(
    here: Place, chapter: tuple[Chart, ...], found: Table, bars: dict[str, Any], targets: Mapping[str, float]
) -> bytes:
    """The workbook. Figures that the reader may only know about are written as text, as on the screen."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    styles = _Styles(book)
    names: set[str] = set()
    for chart in chapter:
        if chart.form == "now":
            if bars.get(chart.key):
                _sheet_of_today(book, styles, names, chart, bars[chart.key], here, found)
        elif chart.key in found.readings[here.id]:
            _sheet(book, styles, names, chart, found, here, targets.get(chart.first.target))
    if not book.worksheets():
        book.add_worksheet()
    book.close()
    return file.getvalue()


class _Styles:
    def __init__(self, book: Any) -> None:
        self.book = book
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.quiet = book.add_format({"font_color": "#4a5b60", "text_wrap": True, "valign": "top"})
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._numbers: dict[str, Any] = {}

    def number(self, kind: str) -> Any:
        if kind not in self._numbers:
            self._numbers[kind] = self.book.add_format({"num_format": FORMATS[kind], "align": "right"})
        return self._numbers[kind]


def _named(names: set[str], label: str) -> str:
    """A name that a sheet may have, and no other has."""
    plain = "".join(" " if letter in "[]:*?/\\'" else letter for letter in label)[:28]
    name, number = plain, 1
    while name.lower() in names:
        number += 1
        name = f"{plain} {number}"
    names.add(name.lower())
    return name


def _begin(
    book: Any, styles: _Styles, names: set[str], figure: Figure, here: Place, found: Table, *more: Figure
) -> Any:
    sheet = book.add_worksheet(_named(names, _(figure.label)))
    sheet.write(0, 0, f"{_(figure.label)} · {here.name}", styles.title)
    text = "\n".join(f"{_(one.label)}: {_(one.definition)}" for one in (figure, *more))
    sheet.merge_range(1, 0, 1, 8, text, styles.quiet)
    sheet.set_row(1, 34 * (1 + len(more)))
    sheet.merge_range(
        2, 0, 2, 8, f"{_(figure.comes_from)} {_('As of {day}', day=day_text(found.day))}", styles.quiet
    )
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 30, 9.5)
    sheet.fit_to_pages(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.freeze_panes(TOP + 1, 1)
    return sheet


TOP: Final = 4


def _sheet(
    book: Any, styles: _Styles, names: set[str], chart: Chart, found: Table, here: Place, target: float | None
) -> None:
    figures = [FIGURES[code] for code in chart.codes]
    sheet = _begin(book, styles, names, figures[0], here, found, *figures[1:])
    sheet.write(TOP, 0, _("Area"), styles.head)
    for column, period in enumerate(found.periods, 1):
        sheet.write(TOP, column, period.key, styles.head)
    lines = [(place, figure) for place in (here, *found.parts) for figure in figures]
    for row, (place, figure) in enumerate(lines, TOP + 1):
        sheet.write(row, 0, place.name if len(figures) == 1 else f"{place.name} · {_(figure.label)}")
        for column, reading in enumerate(found.of(figure.code, place.id), 1):
            value = reading.value(figure) if reading is not None and reading.exact else None
            if value is not None:
                sheet.write_number(row, column, round(value, 6), styles.number(figure.kind))
            elif reading is not None:
                sheet.write(row, column, words.said(figure, reading, found.small))
    last, right = TOP + len(lines), len(found.periods)
    drawn = book.add_chart(
        {"type": "line"}
        if chart.form == "line"
        else {"type": "column", **({"subtype": "stacked"} if chart.form == "stack" else {})}
    )
    for row, figure in enumerate(figures, TOP + 1):
        drawn.add_series(
            {
                "name": _(figure.label), "categories": [sheet.name, TOP, 1, TOP, right], "values": [sheet.name, row, 1, row, right],
                **({"marker": {"type": "circle"}} if chart.form == "line" else {}),
            }
        )  # fmt: skip
    if target is not None:
        last += 1
        sheet.write(last, 0, _("Target {percent}", percent=f"{round(target * 100)}%"))
        for column in range(1, right + 1):
            sheet.write_number(last, column, target, styles.number(figures[0].kind))
        drawn.add_series(
            {
                "name": [sheet.name, last, 0], "categories": [sheet.name, TOP, 1, TOP, right], "values": [sheet.name, last, 1, last, right],
                "line": {"color": "#b35900", "dash_type": "dash", "width": 1.75},
            }
        )  # fmt: skip
    title = f"{_(figures[0].label)} · {here.name}"
    _place(drawn, sheet, title, last, figures[0].kind, len(figures) > 1 or target is not None)


def _sheet_of_today(
    book: Any, styles: _Styles, names: set[str], chart: Chart, bars: Any, here: Place, found: Table
) -> None:
    figure = chart.first
    sheet = _begin(book, styles, names, figure, here, found)
    sheet.write(
        0, 0, f"{_(figure.label)} · {here.name} · {_('Today, {day}', day=day_text(found.day))}", styles.title
    )
    sheet.write_row(TOP, 0, [_(figure.label), _("How many")], styles.head)
    for row, bar in enumerate(bars, TOP + 1):
        sheet.write(row, 0, today.label(chart.key, bar))
        sheet.write_number(row, 1, bar.count, styles.number("count"))
    last = TOP + len(bars)
    drawn = book.add_chart({"type": "bar"})
    drawn.add_series(
        {
            "name": _(figure.label),
            "categories": [sheet.name, TOP + 1, 0, last, 0],
            "values": [sheet.name, TOP + 1, 1, last, 1],
        }
    )
    drawn.set_y_axis({"reverse": True})
    _place(drawn, sheet, f"{_(figure.label)} · {here.name}", last, "bars", False)


def _place(drawn: Any, sheet: Any, title: str, last: int, kind: str, legend: bool) -> None:
    drawn.set_title({"name": title, "overlay": False, "name_font": {"size": 13}})
    drawn.set_legend({"position": "top"} if legend else {"none": True})
    if kind != "bars":
        lines = {"visible": True, "line": {"color": "#dfe6e7"}}
        drawn.set_y_axis({"major_gridlines": lines, **({"num_format": "0%"} if kind == "share" else {})})
    drawn.set_size({"width": 760, "height": 340})
    sheet.insert_chart(last + 2, 0, drawn)
