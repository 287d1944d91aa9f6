"""A round sheet as a workbook: written with drop-down lists, read again when it comes back filled in.

Headings and choices are written in the reader's language and read in either.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from io import BytesIO
from typing import Any

from db import parsing
from db.care.sheets import Entry, Sheet
from db.care.tables import Visit
from db.errors import Refused
from db.fields import FieldSpec, Option, specs_of
from db.register import Values
from db.words import N_
from db.workbook import layout, reading, writing

LINE, NAME, ADDRESS, PHONE, WHY = (
    N_("Line"), N_("Name"), N_("Address"), N_("Telephone"), N_("Why"),
)  # fmt: skip
FILLED = ("result", "reason", "kind", "day", "needs", "note", "next_step")
LISTS = "Lists"
_LINE = re.compile(r"([0-9]+-[0-9])/([0-9]+)")

Say = Callable[[str], str]
AllWords = Callable[[str], Collection[str]]


def headings(say: Say) -> list[str]:
    """The headings of the workbook, as `say` words them."""
    specs = specs_of(Visit)
    return [say(one) for one in (LINE, NAME, ADDRESS, PHONE, WHY)] + [say(specs[one].label) for one in FILLED]


def workbook(found: Sheet, say: Say, why: Mapping[int, str]) -> bytes:
    """The sheet as a workbook with drop-down lists, to be filled in without the network.

    `say` words a text; `why` has the reasons in words by line.
    """
    info, specs, buffer = found.info, specs_of(Visit), BytesIO()
    names = headings(say)
    rows: list[Sequence[reading.Cell]] = [
        [f"{say(N_('Round sheet'))} {info.number}  {info.area}  {info.day}"],
        names,
    ]
    for one in found.lines:
        if not one.lost and one.visit is None:
            fixed = (f"{info.number}/{one.line}", one.name, one.address, one.phone, why.get(one.line, ""))
            rows.append((*fixed, *(None for _one in FILLED)))
    lists = {name: [say(one.label) for one in specs[name].options] for name in ("result", "reason", "kind")}
    with writing.open_workbook(buffer) as book:
        writing.write_sheet(book, info.number, rows, frozen=2, paint=writing.Paint(bold_rows=(0, 1)))
        longest = max(len(one) for one in lists.values())
        columns = [[one[at] if at < len(one) else None for one in lists.values()] for at in range(longest)]
        writing.write_sheet(book, LISTS, columns)
        page, hidden = book.worksheets()
        hidden.hide()
        for column, (name, labels) in enumerate(lists.items()):
            letter, at = "ABC"[column], names.index(say(specs[name].label), 5)
            page.data_validation(
                2, at, len(rows) - 1, at, {"validate": "list", "source": f"={LISTS}!${letter}$1:${letter}${len(labels)}"}
            )  # fmt: skip
        for at in range(5, len(names)):
            page.set_column(at, at, 20)
    return buffer.getvalue()


def read_workbook(data: bytes, filename: str, words: AllWords) -> tuple[str, list[Entry]]:
    """The number of the sheet that a filled-in workbook belongs to, and its entries.

    `words` gives a text in every language. Refused `sheet.workbook` (no such table, or lines of several sheets) and
    what `reading.read` and `layout.find_table` refuse.
    """
    known = {layout.fold_heading(word): text for text in headings(str) for word in (text, *words(text))}
    table = layout.find_table(reading.read(data, filename), known)
    columns = {
        known[folded]: at
        for at, name in enumerate(table.columns)
        if (folded := layout.fold_heading(name)) in known
    }
    specs = specs_of(Visit)
    if LINE not in columns or specs["result"].label not in columns:
        raise Refused("sheet.workbook")
    numbers: set[str] = set()
    entries = []
    for _row_number, cells in layout.data_rows(table):
        match = _LINE.fullmatch(parsing.fold(cells[columns[LINE]]))
        if match is None:
            raise Refused("sheet.workbook")
        numbers.add(match[1])
        entries.append(_entry(int(match[2]), {name: cells[at] for name, at in columns.items()}, specs, words))
    if len(numbers) != 1:
        raise Refused("sheet.workbook")
    return numbers.pop(), entries


def _entry(line: int, cells: Values, specs: Mapping[str, FieldSpec], words: AllWords) -> Entry:
    values: Values = {}
    problems: dict[str, tuple[str, str]] = {}
    for name in FILLED:
        spec, raw = specs[name], cells.get(specs[name].label)
        if raw is None or not str(raw).strip():
            continue
        code = _code(spec.options, raw, words) if spec.options else None
        parsed = spec.parse(code or raw)
        if parsed.problem:
            problems[name] = (parsed.problem, str(raw)[:60])
        else:
            values[name] = parsed.value
    return Entry(line, problems=problems, **values)


def _code(options: Sequence[Option], raw: Any, words: AllWords) -> str | None:
    text = parsing.fold(raw).casefold()
    return next(
        (
            one.code
            for one in options
            if any(text == parsing.fold(word).casefold() for word in words(one.label))
        ),
        None,
    )
