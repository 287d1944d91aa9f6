"""Rows from a .csv or other delimited text, in the encodings that offices produce."""

import csv
import io
import re
from collections import Counter
from itertools import islice

from db.errors import Refused
from db.workbook.read_process import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS

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


def rows(text: str) -> tuple[list[tuple[str | None, ...]], list[tuple[int, int]]]:
    """Return the rows (empty cells as None) and which cells, (row, column), were cut for their length.

    Rows are counted as a spreadsheet would: a cell with line breaks is still one row.

    Raises Refused: file.too_many_rows, file.too_many_columns, file.quotes.
    """
    found: list[tuple[str | None, ...]] = []
    cut: list[tuple[int, int]] = []
    texts: dict[str, str] = {}
    filled = 0
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text)):
            row: list[str | None] = []
            for column, cell in enumerate(line):
                cell = _KEPT_AS_TEXT.sub(r"\1", cell.strip())
                if len(cell) > LONGEST_CELL:
                    cut.append((len(found) + 1, column))
                    cell = cell[:LONGEST_CELL]
                row.append(texts.setdefault(cell, cell) or None)
            while row and row[-1] is None:
                row.pop()
            filled += bool(row)
            if len(row) > MOST_COLUMNS:
                raise Refused("file.too_many_columns", columns=len(row), limit=MOST_COLUMNS, sheet="")
            if filled > MOST_ROWS:
                raise Refused("file.too_many_rows", limit=50_000, sheet="")
            found.append(tuple(row))
    except csv.Error:
        raise Refused("file.quotes", row=len(found) + 1) from None
    return found, cut
