"""Reads an uploaded ledger: .xlsx, .xls or delimited text, whatever state it is in."""

import datetime
from dataclasses import dataclass, field
from pathlib import Path

from db.errors import Refused
from db.words import N_
from db.workbook import kinds, process, text
from db.workbook.read_process import LONGEST_CELL

Cell = str | int | float | bool | datetime.date | datetime.time | datetime.timedelta | None
Row = tuple[Cell, ...]

MOST_BYTES = 20 * 2**20
MOST_DATA_ROWS = 50_000

MESSAGES: dict[str, str] = {
    "file.missing": N_("The file {name} cannot be opened. Check its name and place, and that you may read it."),
    "file.empty": N_("The file is empty. Choose the file again; perhaps it was still being saved."),
    "file.too_big": N_("The file has {megabytes} MB; at most {limit} MB can be read. Delete pictures from it, or split it into several files."),
    "file.too_many_rows": N_("There are more than {limit} rows. Split the ledger, for example by grid, and import the parts one after the other."),
    "file.too_many_columns": N_("The sheet {sheet} has {columns} columns; at most {limit} can be read. Delete the columns that are not needed, also stray marks far to the right."),
    "file.too_many_sheets": N_("The workbook has {sheets} sheets; at most {limit} can be read. Save the sheet that you need as a workbook of its own."),
    "file.too_heavy": N_("Reading this file takes too much memory or time. Often something stands very far down or far to the right: copy only the table into a new workbook, save that as .xlsx and try again."),
    "file.damaged": N_("The file is damaged and cannot be read completely. Open it in Excel or WPS, let it be repaired, save it as a new .xlsx and try again."),
    "file.bomb": N_("The file would unpack to far more than its size and was not opened. If it is a real ledger, copy the table into a new workbook and save that as .xlsx."),
    "file.encrypted": N_("The file is protected by a password. Open it, remove the password (File, Info, Protect Workbook) and save it again."),
    "file.binary_workbook": N_("This is a binary workbook (.xlsb). Open it in Excel or WPS and save it as .xlsx."),
    "file.open_document": N_("This is an OpenDocument table (.ods). Open it and save it as .xlsx."),
    "file.too_old": N_("This workbook was written by a very old Excel. Open it in Excel or WPS and save it as .xlsx."),
    "file.web_page": N_("This file is a web page with another ending, as some office systems export it. Open it in Excel or WPS and save it as .xlsx."),
    "file.xml": N_("This file is an XML file, not a workbook. Open it in Excel or WPS and save it as .xlsx."),
    "file.other_kind": N_("This is a {kind} file, not a table. Choose an .xlsx, .xls or .csv file."),
    "file.encoding": N_("This is neither a workbook nor a text that can be read. Save the table as .xlsx, or as CSV UTF-8, and try again."),
    "file.quotes": N_("A quotation mark opened at row {row} is never closed. Mend it in a text editor, or save the table as .xlsx."),
    "file.no_table": N_("No table was found: there must be a row of headings with rows below it. Choose the sheet and the row of headings yourself, or add headings."),
    "file.only_hidden": N_("The only table stands on a hidden sheet ({sheet}). Choose it yourself if it is meant, or unhide it and try again."),
    "file.no_sheet": N_("The workbook has no sheet {sheet} with a row {row}. Choose another sheet or row of headings."),
}  # fmt: skip

NOTES: dict[str, str] = {
    "file.note.other_ending": N_("The name ends in {ending}, but the file is {kind}; it was read as that."),
    "file.note.cut": N_("{count} cells are longer than {limit} characters; only their beginning was read."),
    "file.note.left_out": N_("The hidden sheet {sheet} is too large and was left out."),
    "file.note.macros": N_("The macros in this workbook were ignored; only its data was read."),
}


@dataclass(frozen=True)
class Sheet:
    """A sheet as it stands in the file: `rows[0]` is row 1, `row[0]` column A, empty cells are None.

    Rows are as long as their last filled cell. `merged` holds (first row, first column, last row,
    last column), counted from 0.
    """

    name: str
    rows: list[Row] = field(repr=False)
    hidden: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()
    cut: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Workbook:
    """What was read, and what the reader should know about it: (code in NOTES, facts)."""

    sheets: tuple[Sheet, ...]
    filename: str = ""
    notes: tuple[tuple[str, dict[str, object]], ...] = ()


def read(source: str | Path | bytes, filename: str = "") -> Workbook:
    """Read a ledger from a path or from its bytes; values only, no formula and no macro is ever run.

    At most 20 MB, 50,000 filled rows, 200 columns; longer cells than 2,000 characters are cut and noted.
    Raises Refused with a code from MESSAGES, and nothing else.
    """
    data, filename = _bytes_of(source, filename)
    kind = kinds.kind_of(data)
    if kind == "text":
        return _read_text(data, filename)
    if kind == "zip":
        kinds.check_zip(data)
    return _read_workbook(data, filename, kind)


def _bytes_of(source: str | Path | bytes, filename: str) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        data = source
    else:
        path = Path(source)
        filename = filename or path.name
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
                size = path.stat().st_size
        except (OSError, ValueError):
            raise Refused("file.missing", name=filename) from None
        if size > MOST_BYTES:
            raise _too_big(size)
    if len(data) > MOST_BYTES:
        raise _too_big(len(data))
    return data, filename


def _too_big(size: int) -> Refused:
    return Refused("file.too_big", megabytes=-(-size // 2**20), limit=MOST_BYTES // 2**20)


def _ending(filename: str) -> str:
    return Path(filename).suffix.lower()


def _read_text(data: bytes, filename: str) -> Workbook:
    rows, cut = text.rows(text.decode(data))
    notes = _notes(filename, ("", ".csv", ".txt", ".tsv"), "CSV", len(cut))
    name = Path(filename).stem or "CSV"
    return Workbook((Sheet(name, list(rows), cut=tuple(cut)),), filename, notes)


def _read_workbook(data: bytes, filename: str, kind: str) -> Workbook:
    sheets: list[Sheet] = []
    left_out: list[str] = []
    for what, *facts in process.answers("read_process.py", data):
        if what == "sheet":
            name, hidden, merged = facts
            sheets.append(Sheet(name, [], hidden, tuple(merged)))
        elif what == "rows":
            sheets[-1].rows.extend(facts[0])
        elif what == "left_out":
            sheets[-1].rows.clear()
            left_out.append(sheets[-1].name)
        elif what == "cut" and facts[0]:
            last = sheets[-1]
            sheets[-1] = Sheet(last.name, last.rows, last.hidden, last.merged, tuple(facts[0]))
    for sheet in sheets:
        while sheet.rows and not sheet.rows[-1]:
            sheet.rows.pop()
    endings = ("", ".xls", ".et") if kind == "xls" else ("", ".xlsx", ".xlsm")
    notes = _notes(filename, endings, ".xls" if kind == "xls" else ".xlsx", sum(len(s.cut) for s in sheets))
    notes += tuple(("file.note.left_out", {"sheet": name}) for name in left_out)
    if kind == "zip" and b"vbaProject.bin" in data:
        notes += (("file.note.macros", {}),)
    return Workbook(tuple(sheets), filename, notes)


def _notes(
    filename: str, endings: tuple[str, ...], kind: str, cut: int
) -> tuple[tuple[str, dict[str, object]], ...]:
    notes: list[tuple[str, dict[str, object]]] = []
    if _ending(filename) not in endings:
        notes.append(("file.note.other_ending", {"ending": _ending(filename), "kind": kind}))
    if cut:
        notes.append(("file.note.cut", {"count": cut, "limit": LONGEST_CELL}))
    return tuple(notes)
