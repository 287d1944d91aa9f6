"""Gives a ledger back with colours, comments and a status column, to be mended offline and read again."""

import io
import pickle
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from db.errors import Refused
from db.workbook import kinds, layout, process, writing
from db.workbook.read_process import MOST_COLUMNS
from db.workbook.reading import Cell, Row, Sheet, Workbook, read

LEVELS = ("new", "changed", "doubtful", "refused")  # in rising order of importance
MOST_COMMENTS = 2_000  # more make spreadsheets slow to open; the status column still says everything
MOST_CELLS_KEPT = 320_000  # up to here the original's look is kept; 12,000 rows of 22 columns are 264,000
LONGEST_STATUS = 500


@dataclass(frozen=True)
class Note:
    """A remark on a cell, or on the whole row (column None). Rows count from 1, columns from 0.

    `level` is one of LEVELS; `sheet` is the sheet's name, '' meaning the table's own sheet.
    """

    row: int
    column: int | None
    level: str
    text: str
    sheet: str = ""


def annotate(
    original: bytes,
    filename: str,
    notes: Iterable[Note],
    legend: Mapping[str, str],
    headers: Mapping[str, int] | None = None,
) -> bytes:
    """Return the workbook as .xlsx with every note on it; `original` is not touched.

    Cells are coloured by level, the first 2,000 cells with a note carry it as a comment, and a last
    column headed "Linli" says everything about its row; `legend` gives the word for each level
    and stands on a sheet of its own. `headers` names the heading row for each sheet, where the
    user chose another than `layout.find_table` finds. Formulas come back as their values.
    Small workbooks keep their look; .xls, .csv and large ones are written anew from their values.

    Raises Refused as `reading.read` and `layout.find_table` do.
    """
    workbook = read(original, filename)
    marks = _marks(workbook, headers)
    by_sheet = _gather(notes, legend, marks)
    if _keeps_its_look(original, workbook):
        try:
            return _on_the_original(original, by_sheet, marks, legend)
        except Refused:  # openpyxl cannot carry everything that can be read; the values it is then
            pass
    return _anew(workbook, by_sheet, marks, legend)


@dataclass(frozen=True)
class _Marks:
    """What goes on one sheet: (row, column) from 0 to level or text, and each row's status."""

    fills: dict[tuple[int, int], str]
    comments: dict[tuple[int, int], str]
    status: dict[int, tuple[str, str]]


def _marks(workbook: Workbook, headers: Mapping[str, int] | None) -> dict[str, tuple[int, int]]:
    """Return for each annotated sheet its heading row and the column for the status, both from 0."""
    if headers:
        tables = [layout.table_at(workbook, sheet, row) for sheet, row in headers.items()]
    else:
        best = layout.find_table(workbook)
        tables = [best, *best.others]
    return {table.sheet.name: (table.header_row - 1, _status_column(table)) for table in tables}


def _status_column(table: layout.Table) -> int:
    top = table.sheet.rows[table.header_row - 1]
    if layout.MARK in top:
        return top.index(layout.MARK)
    return max(len(table.columns), max((len(row) for row in table.sheet.rows), default=0))


def _gather(
    notes: Iterable[Note], legend: Mapping[str, str], marks: Mapping[str, tuple[int, int]]
) -> dict[str, _Marks]:
    own = next(iter(marks))
    found = {sheet: _Marks({}, {}, {}) for sheet in marks}
    texts: dict[str, dict[int, list[str]]] = {sheet: {} for sheet in marks}
    levels: dict[str, dict[int, str]] = {sheet: {} for sheet in marks}
    room = MOST_COMMENTS
    for note in notes:
        name = note.sheet or own
        if name not in found:
            continue
        sheet, row = found[name], note.row - 1
        texts[name].setdefault(row, []).append(note.text)
        levels[name][row] = _worse(levels[name].get(row, ""), note.level)
        if note.column is None:
            continue
        cell = (row, note.column)
        sheet.fills[cell] = _worse(sheet.fills.get(cell, ""), note.level)
        if cell in sheet.comments:
            sheet.comments[cell] = f"{sheet.comments[cell]}\n{note.text}"[:1000]
        elif room and note.text:
            room -= 1
            sheet.comments[cell] = writing.safe_text(note.text)[:1000]
    for name, rows in texts.items():
        for row, said in rows.items():
            level = levels[name][row]
            words = "; ".join(dict.fromkeys(text for text in said if text))
            status = f"{legend.get(level, level)}: {words}" if words else legend.get(level, level)
            found[name].status[row] = (level, writing.safe_text(status)[:LONGEST_STATUS])
    return found


def _worse(one: str, other: str) -> str:
    return max(one, other, key=lambda level: LEVELS.index(level) if level in LEVELS else -1)


def _keeps_its_look(original: bytes, workbook: Workbook) -> bool:
    cells = sum(len(row) for sheet in workbook.sheets for row in sheet.rows)
    boxes = sum((b - a + 1) * (d - c + 1) for s in workbook.sheets for a, c, b, d in s.merged)
    return kinds.kind_of(original) == "zip" and cells + boxes <= MOST_CELLS_KEPT


def _on_the_original(
    original: bytes,
    by_sheet: Mapping[str, _Marks],
    marks: Mapping[str, tuple[int, int]],
    legend: Mapping[str, str],
) -> bytes:
    sheets = {
        name: {"fills": m.fills, "comments": m.comments, "status": m.status, "header": marks[name]}
        for name, m in by_sheet.items()
    }
    request = {
        "data": original,
        "sheets": sheets,
        "legend": dict(legend),
        "fills": writing.FILLS,
        "mark": layout.MARK,
    }
    for piece in process.answers("annotate_process.py", pickle.dumps(request, protocol=5)):
        if piece[0] == "workbook":
            return bytes(piece[1])
    raise Refused("file.damaged")


def _anew(
    workbook: Workbook,
    by_sheet: Mapping[str, _Marks],
    marks: Mapping[str, tuple[int, int]],
    legend: Mapping[str, str],
) -> bytes:
    buffer = io.BytesIO()
    with writing.open_workbook(buffer) as book:
        for sheet in workbook.sheets:
            if sheet.name == layout.MARK:
                continue
            own = by_sheet.get(sheet.name)
            if own is None:
                writing.write_sheet(book, sheet.name, sheet.rows, paint=writing.Paint(merged=_merged(sheet)))
            else:
                header, column = marks[sheet.name]
                paint = _paint(own, header, column, _merged(sheet))
                rows = (_with_status(row, i, header, column, own) for i, row in enumerate(sheet.rows))
                writing.write_sheet(book, sheet.name, rows, frozen=header + 1, paint=paint)
            if sheet.hidden:
                book.worksheets()[-1].hide()
        writing.write_sheet(book, layout.MARK, _legend_rows(legend), paint=_legend_paint())
        first = next((i for i, sheet in enumerate(workbook.sheets) if not sheet.hidden), 0)
        book.worksheets()[min(first, len(book.worksheets()) - 1)].activate()
    return buffer.getvalue()


def _merged(sheet: Sheet) -> dict[int, list[tuple[int, int]]]:
    """Return what is merged within one row: groups of headings and titles of sections."""
    found: dict[int, list[tuple[int, int]]] = {}
    for row, left, last, right in sorted(sheet.merged):
        before = found.setdefault(row, [])
        if row == last and left < right < MOST_COLUMNS and (not before or before[-1][1] < left):
            before.append((left, right))
    return found


def _paint(own: _Marks, header: int, column: int, merged: dict[int, list[tuple[int, int]]]) -> writing.Paint:
    fills = dict(own.fills)
    fills.update({(row, column): level for row, (level, _) in own.status.items()})
    return writing.Paint(fills, own.comments, merged, bold_rows=(header,))


def _with_status(row: Row, index: int, header: int, column: int, own: _Marks) -> Sequence[Cell]:
    status = layout.MARK if index == header else own.status.get(index, ("", ""))[1]
    before: list[Cell] = list(row[:column]) + [None] * (column - len(row))
    return [*before, status or None, *row[column + 1 :]]


def _legend_rows(legend: Mapping[str, str]) -> list[tuple[Cell, ...]]:
    return [(legend.get(level, level),) for level in LEVELS]


def _legend_paint() -> writing.Paint:
    return writing.Paint({(row, 0): level for row, level in enumerate(LEVELS)}, bold_rows=())
