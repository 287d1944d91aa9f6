"""Writes workbooks from data, in constant memory, so that no cell of them is ever a formula."""

import datetime
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import IO, Any

import xlsxwriter

from db.workbook.reading import Cell

LONGEST_TEXT = 32_767  # what a cell of .xlsx can hold
EXACT_DIGITS = 15  # longer numbers, such as ID numbers, are rounded by spreadsheets and go in as text
_SAMPLE = 200  # rows that decide the width of columns
_ACTS = frozenset("=+-@\t\r\n|＝＋－＠")


@dataclass(frozen=True)
class Paint:
    """What is put on a sheet besides its values, all counted from 0.

    `fills` (levels) and `comments` by (row, column); `merged` the (first, last) columns by row.
    """

    fills: dict[tuple[int, int], str] = field(default_factory=dict)
    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    bold_rows: Sequence[int] = (0,)


def write_xlsx(
    target: str | IO[bytes], sheet_name: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> int:
    """Write headings and rows to a path or a binary buffer; return how many rows were written.

    Data never becomes a formula, a link or an array: texts that a spreadsheet would act on are marked
    as text, also for when somebody edits the cell. Numbers of more than 15 digits are written as text.
    """
    with open_workbook(target) as workbook:
        return write_sheet(workbook, sheet_name, chain([headings], rows), frozen=1) - 1


def open_workbook(target: str | IO[bytes]) -> Any:
    """Return an XlsxWriter workbook that keeps one row in memory and turns no text into anything else."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
        "default_date_format": "yyyy-mm-dd",
    }
    return xlsxwriter.Workbook(target, options)


def write_sheet(
    workbook: Any, name: str, rows: Iterable[Sequence[Cell]], *, frozen: int = 0, paint: Paint | None = None
) -> int:
    """Add a sheet with these rows, the first `frozen` of them staying in sight; return how many."""
    paint = paint or Paint()
    sheet = workbook.add_worksheet(sheet_title(name, workbook))
    formats = _Formats(workbook)
    stream: Iterator[Sequence[Cell]] = iter(rows)
    sample = list(islice(stream, _SAMPLE))
    for column, width in enumerate(_widths(sample)):
        sheet.set_column(column, column, width)
    if frozen:
        sheet.freeze_panes(frozen, 0)
    bold = set(paint.bold_rows)
    count = 0
    for number, row in enumerate(chain(sample, stream)):
        for first, last in paint.merged.get(number, ()):
            sheet.merge_range(number, first, number, last, "")
        for column, value in enumerate(row):
            if value is not None or (number, column) in paint.fills:
                _write(
                    sheet,
                    formats,
                    number,
                    column,
                    value,
                    paint.fills.get((number, column), ""),
                    number in bold,
                )
        count += 1
    for (number, column), text in paint.comments.items():
        sheet.write_comment(number, column, text, {"author": "", "x_scale": 1.6})
    return count


def sheet_title(name: str, workbook: Any = None) -> str:
    """Return a name that a sheet may have: 31 characters, none of []:*?/\\, not taken in `workbook`."""
    base = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name).strip().strip("'")[:31] or "Sheet"
    taken = {sheet.get_name().lower() for sheet in workbook.worksheets()} if workbook is not None else set()
    title, number = base, 2
    while title.lower() in taken or title.lower() == "history":
        title, number = f"{base[:27]} {number}", number + 1
    return title


def safe_text(text: str) -> str:
    """Return `text` as a cell can hold it: no half surrogates, at most 32,767 characters."""
    return text.encode("utf-8", "replace").decode("utf-8")[:LONGEST_TEXT]


def acts(text: str) -> bool:
    """Whether a spreadsheet might act on this text when somebody edits the cell or saves it as CSV."""
    return text.lstrip(" ")[:1] in _ACTS


FILLS = {"new": "#C6EFCE", "changed": "#FFEB9C", "doubtful": "#F8CBAD", "refused": "#FF9999"}


class _Formats:
    """The formats of one workbook, made when first asked for."""

    def __init__(self, workbook: Any) -> None:
        self.workbook = workbook
        self.made: dict[tuple[str, str, bool], Any] = {}

    def get(self, kind: str, level: str, bold: bool) -> Any:
        """Return the format for a kind ("", "text", "quoted", "date", "moment", "time"), level and weight."""
        key = (kind, level, bold)
        if key == ("", "", False):
            return None
        if key not in self.made:
            numbers = {
                "text": "@",
                "quoted": "@",
                "date": "yyyy-mm-dd",
                "moment": "yyyy-mm-dd hh:mm",
                "time": "hh:mm:ss",
            }
            look: dict[str, Any] = {"bold": bold}
            if kind in numbers:
                look["num_format"] = numbers[kind]
            if kind == "quoted":
                look["quote_prefix"] = True
            if level in FILLS:
                look["bg_color"] = FILLS[level]
            self.made[key] = self.workbook.add_format(look)
        return self.made[key]


def _write(sheet: Any, formats: _Formats, row: int, column: int, value: Cell, level: str, bold: bool) -> None:
    if value is None:
        sheet.write_blank(row, column, None, formats.get("text", level, bold))
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value, formats.get("", level, bold))
    elif isinstance(value, int | float) and math.isfinite(value) and abs(value) < 10**EXACT_DIGITS:
        sheet.write_number(row, column, value, formats.get("", level, bold))
    elif isinstance(value, datetime.date) and value.year >= 1900:
        kind = "moment" if isinstance(value, datetime.datetime) else "date"
        moment = value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else value
        sheet.write_datetime(row, column, moment, formats.get(kind, level, bold))
    elif isinstance(value, datetime.time | datetime.timedelta):
        sheet.write_datetime(row, column, value, formats.get("time", level, bold))
    else:
        text = safe_text(value if isinstance(value, str) else str(value))
        plain = not (level or bold or acts(text))
        kind = "quoted" if acts(text) else "text"
        sheet.write_string(row, column, text, None if plain else formats.get(kind, level, bold))


def _widths(rows: Sequence[Sequence[Cell]]) -> list[float]:
    widths: list[float] = []
    for row in rows:
        if sum(cell is not None for cell in row) == 1 and len(rows) > 1:
            continue  # a title says nothing of its column's width
        widths += [8.0] * (len(row) - len(widths))
        for column, cell in enumerate(row):
            text = "" if cell is None else str(cell)[:60]
            widths[column] = max(widths[column], sum(1.0 if c.isascii() else 2.0 for c in text) + 2)
    return [min(width, 50.0) for width in widths]
