"""Rows from a .csv or other delimited text, in the encodings that offices produce."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from db.errors import Refused
from db.workbook.read_process import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, Texts

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_KEPT_AS_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)  # ="0123": how exports keep leading zeros


def decode(data: bytes) -> str:
    """Return the text of `data`: UTF-8 (with or without mark), UTF-16, or GB18030.

    Raises Refused: file.encoding when it is none of these, or not text at all.
    """
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        if not _CONTROL.search(text):
            return text
    raise Refused("file.encoding")


def _encodings(data: bytes) -> tuple[str, ...]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    head = data[:4096]
    if b"\x00" in head:
        return (
            ("utf-16-be", "utf-16-le")
            if head[::2].count(0) > head[1::2].count(0)
            else ("utf-16-le", "utf-16-be")
        )
    return ("utf-8-sig", "gb18030")


def delimiter(text: str) -> str:
    """Return the delimiter that cuts the first 50 rows into the most columns: comma, semicolon or tab."""

    def columns(mark: str) -> int:
        rows = islice(csv.reader(io.StringIO(text[:100_000], newline=""), delimiter=mark), 50)
        widths = Counter(len(row) for row in rows if any(row))
        return max(widths, key=lambda width: (widths[width], width)) if widths else 0

    return max(",\t;", key=columns)


class _Cells(Texts):
    """As in a workbook, without spaces around and without the formula that keeps leading zeros."""

    def __missing__(self, text: str) -> str | None:
        value = super().__missing__(_KEPT_AS_TEXT.sub(r"\1", text.strip()).strip())
        if len(text) <= LONGEST_CELL:
            self[text] = value
        return value


def _lines(text: str, mark: str) -> Iterator[str]:
    for line in io.StringIO(text, newline=""):
        if (marks := line.count(mark)) > 100 * MOST_COLUMNS:  # before millions of cells are made of them
            raise Refused("file.too_many_columns", columns=marks + 1, limit=MOST_COLUMNS, sheet="")
        yield line


def rows(text: str) -> tuple[list[tuple[str | None, ...]], list[tuple[int, int]]]:
    """Return the rows (empty cells as None) and which cells, (row, column), were cut for their length.

    Rows are counted as a spreadsheet would: a cell with line breaks is still one row.

    Raises Refused: file.too_many_rows, file.too_many_columns, file.quotes, file.encoding.
    """
    found: list[tuple[str | None, ...]] = []
    cut: list[tuple[int, int]] = []
    cells = _Cells()
    filled = 0
    try:
        mark = delimiter(text)
        for line in csv.reader(_lines(text, mark), delimiter=mark):
            row = [cells[cell] for cell in line]
            if cells.long:
                cells.long = False
                cut += [
                    (len(found) + 1, column) for column, cell in enumerate(line) if len(cell) > LONGEST_CELL
                ]
            while row and row[-1] is None:
                row.pop()
            filled += bool(row)
            if len(row) > MOST_COLUMNS:
                raise Refused("file.too_many_columns", columns=len(row), limit=MOST_COLUMNS, sheet="")
            if filled > MOST_ROWS:
                raise Refused("file.too_many_rows", limit=50_000, sheet="")
            found.append(tuple(row))
    except csv.Error:
        if '"' not in text:  # a text without lines is no table
            raise Refused("file.encoding") from None
        raise Refused("file.quotes", row=len(found) + 1) from None
    return found, cut
