"""Run by `process.answers`: reads a workbook from standard input with calamine, answers its rows."""

import contextlib
import gc
import io
import math
import pickle
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

MOST_ROWS = 50_000 + 200  # data rows, and room for titles, headings and sub-totals
MOST_COLUMNS = 200
MOST_SHEETS = 100
LONGEST_CELL = 2_000
ROWS_AT_ONCE = 2_000


def limit(megabytes: int, seconds: int) -> None:
    """Bind this process to so much memory and processor time, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer(*piece: Any) -> None:
    """Send one piece to the parent."""
    data = pickle.dumps(piece, protocol=5)
    sys.stdout.buffer.write(len(data).to_bytes(8, "big") + data)
    sys.stdout.buffer.flush()  # the parent takes it while the next is made, and need not await our end


class Texts(dict[str, str | None]):
    """Each text once: the text itself, None for an empty one; long ones are cut and reported in `long`."""

    long = False

    def __missing__(self, text: str) -> str | None:
        if len(text) > LONGEST_CELL:
            self.long = True  # and not kept, so that it is reported again where it stands again
            return text[:LONGEST_CELL]
        self[text] = cleaned = None if not text or text.isspace() else text
        return cleaned


class Sheet:
    """One sheet's rows, cleaned: no empty texts, whole numbers as int, equal texts stored once."""

    def __init__(self, sheet: Any, texts: Texts) -> None:
        self.texts = texts
        self.cut: list[tuple[int, int]] = []
        self.filled = 0
        self.sheet = sheet

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Rows from the sheet's row 1 and column A on; what is empty at the end of a row is left off."""
        start = self.sheet.start
        if start is None:
            return
        texts = self.texts
        before: list[Any] = [None] * start[1]  # calamine counts rows from 1, but columns from the first used
        for number, cells in enumerate(self.sheet.iter_rows(), 1):
            row = before + [
                texts[cell] if type(cell) is str else whole(cell) if type(cell) is float else cell
                for cell in cells
            ]
            if texts.long:
                texts.long = False
                long = [
                    c for c, cell in enumerate(cells) if isinstance(cell, str) and len(cell) > LONGEST_CELL
                ]
                self.cut += [(number, start[1] + column) for column in long]
            while row and row[-1] is None:
                row.pop()
            self.filled += bool(row)
            yield tuple(row)


def whole(number: float) -> Any:
    """Return a whole number as int, what is no number as text."""
    if number.is_integer() and abs(number) < 1e30:
        # Beyond 15 digits a spreadsheet shows zeros, not what the binary number happens to hold.
        return int(number) if abs(number) < 1e15 else int(Decimal(f"{number:.15g}"))
    return number if math.isfinite(number) else str(number)


def read(data: bytes) -> None:
    """Answer ("sheet", name, hidden, merged) then ("rows", rows)…, ("cut", cells) for each sheet."""
    import python_calamine as calamine

    workbook = calamine.load_workbook(io.BytesIO(data))
    found = [s for s in workbook.sheets_metadata if s.typ == calamine.SheetTypeEnum.WorkSheet]
    if len(found) > MOST_SHEETS:
        answer("refused", "file.too_many_sheets", {"sheets": len(found), "limit": MOST_SHEETS})
        return
    texts = Texts()
    filled = 0
    for meta in found:
        hidden = meta.visible != calamine.SheetVisibleEnum.Visible
        sheet = Sheet(workbook.get_sheet_by_name(meta.name), texts)
        merged = [(*a, *b) for a, b in (sheet.sheet.merged_cell_ranges or [])[:20_000]]
        answer("sheet", meta.name, hidden, merged)
        problem = send_rows(sheet, 0 if hidden else filled)
        if problem and not hidden:
            answer("refused", problem[0], {"sheet": meta.name, **problem[1]})
            return
        if problem:  # a long hidden list, such as the choices of a form, must not bar the ledger
            answer("left_out", problem[0])
        else:
            filled += 0 if hidden else sheet.filled
        answer("cut", sheet.cut)
    answer("done")


def send_rows(sheet: Sheet, filled: int) -> tuple[str, dict[str, Any]] | None:
    """Answer the rows of a sheet; return why they were too many, or None."""
    rows: list[tuple[Any, ...]] = []
    for row in sheet.rows():
        if len(row) > MOST_COLUMNS:
            return "file.too_many_columns", {"columns": len(row), "limit": MOST_COLUMNS}
        if filled + sheet.filled > MOST_ROWS:
            return "file.too_many_rows", {"limit": 50_000}
        rows.append(row)
        if len(rows) == ROWS_AT_ONCE:
            answer("rows", rows)
            rows = []
    answer("rows", rows)
    return None


def main() -> None:
    """Read within the limits given as arguments; every failure is an answer."""
    limit(int(sys.argv[1]), int(sys.argv[2]))
    gc.disable()  # nothing here forms circles, and the process ends in a moment
    data = sys.stdin.buffer.read()
    try:
        read(data)
    except MemoryError:
        answer("refused", "file.too_heavy", {})
    except BaseException as error:  # a panic of the native parser is not an Exception
        locked = "password" in f"{type(error).__name__} {error}".lower()
        answer("refused", "file.encrypted" if locked else "file.damaged", {})


if __name__ == "__main__":
    main()
