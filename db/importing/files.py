"""The file that somebody brought, opened: its bytes, its sheets and the table that was found in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from db.errors import Refused
from db.workbook import layout, reading
from db.workbook.layout import Table
from db.workbook.reading import Workbook


@dataclass(frozen=True)
class Upload:
    """An opened file. Lives in memory only; nothing of it is written to disk."""

    data: bytes = field(repr=False)
    filename: str
    workbook: Workbook = field(repr=False)
    table: Table = field(repr=False)

    def at(self, sheet: str, header_row: int) -> "Upload":
        """The same file with the headings where the user says. Refused `file.no_sheet`, `file.no_table`."""
        chosen = layout.table_at(self.workbook, sheet, header_row)
        others = []
        for other in self.workbook.sheets:
            if other.name != sheet and not other.hidden and len(other.rows) >= header_row:
                try:
                    same = layout.table_at(self.workbook, other.name, header_row)
                except Refused:
                    continue
                if same.columns == chosen.columns:
                    others.append(same)
        return replace(self, table=replace(chosen, others=tuple(others)))


def opened(
    source: str | Path | bytes, filename: str = "", known: Iterable[str] = (), *, hidden: bool = False
) -> Upload:
    """Open a ledger and find its table. `known` are headings that are expected.

    With `hidden` a table on a hidden sheet will do when there is no other: for screens, which show the
    sheet and let the user choose. Refused with a code of `workbook.reading.MESSAGES`.
    """
    if not isinstance(source, bytes):
        path = Path(source)
        filename = filename or path.name
        try:
            if path.stat().st_size > reading.MOST_BYTES:
                reading.read(path, filename)  # says that it is too big
            source = path.read_bytes()
        except OSError:
            raise Refused("file.missing", name=filename) from None
    workbook = reading.read(source, filename)
    try:
        table = layout.find_table(workbook, known)
    except Refused as refused:
        if not (hidden and refused.code == "file.only_hidden"):
            raise
        table = layout.candidates(workbook, known)[0]
    return Upload(source, filename, workbook, table)
