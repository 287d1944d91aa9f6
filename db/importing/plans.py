"""What a dry run found: for each row of the file what would become of it, and why."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from db.importing.files import Upload
from db.register import Register, Values

Outcome = Literal["new", "changed", "unchanged", "doubtful", "refused"]
OUTCOMES: tuple[Outcome, ...] = ("new", "changed", "unchanged", "doubtful", "refused")

RowKey = tuple[str, int]  # sheet, row as numbered in the file
Progress = Callable[[float, Mapping[str, int]], None]


class Stopped(Exception):
    """Raised by a progress callback when the user stops: nothing of the import stays."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say about a cell, or about the whole row (column None).

    `level`: "refused" and "doubtful" decide the row; "left_out" says that this cell is not taken over;
    "note" that it is, but deserves a look. `code` is a key of `words.MESSAGES`.
    """

    code: str
    level: str
    column: int | None = None
    value: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One field that would change, as the viewer may see it."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody (something) registered whom a doubtful row may mean."""

    record_id: int
    label: str
    about: str = ""
    because: tuple[str, ...] = ()


_names: dict[tuple[str, ...], tuple[str, ...]] = {}


@dataclass(slots=True)
class PlannedRow:
    """One row of the file.

    `values` is what would be saved: all of it for a new record, else what changes. It is kept as two tuples,
    of which rows with the same columns share the first: fifty thousand dictionaries weigh 60 MB.
    """

    sheet: str
    number: int
    outcome: Outcome
    label: str
    names: tuple[str, ...] = ()
    cells: tuple[Any, ...] = ()
    record_id: int | None = None
    version: int = 0
    changes: tuple[Change, ...] = ()
    remarks: tuple[Remark, ...] = ()
    candidates: tuple[Candidate, ...] = ()

    @property
    def key(self) -> RowKey:
        return self.sheet, self.number

    @property
    def values(self) -> Values:
        return dict(zip(self.names, self.cells, strict=True))

    @values.setter
    def values(self, values: Values) -> None:
        names = tuple(values)
        self.names = _names.setdefault(names, names)
        self.cells = tuple(values.values())


@dataclass(frozen=True, slots=True)
class Missing:
    """A place that the file names and that is not there. It is made only when the user ticks it.

    `parent_id` is the area under which it would lie, `parent_key` another missing place; None and "" when
    the user must choose.
    """

    key: str
    level: str
    name: str
    number: str
    parent_text: str
    parent_id: int | None
    parent_key: str
    rows: int
    closed_id: int | None = None  # it is there, but closed: it would be opened again


@dataclass(frozen=True)
class Choices:
    """What the user decided after the dry run.

    `records`: for a doubtful row the id of the record that is meant, "new" or "skip". `places`: the missing
    places to make, each with the area (or the key of another missing place) it lies in, None for the one
    proposed. `without_number`: new people whose ID number is damaged are registered without it.
    """

    records: Mapping[RowKey, int | str] = field(default_factory=dict)
    places: Mapping[str, int | str | None] = field(default_factory=dict)
    without_number: bool = False


@dataclass
class Plan:
    """A dry run. `stamp` are the change counters it saw."""

    register: Register
    upload: Upload
    mapping: dict[int, str]
    rows: list[PlannedRow]
    choices: Choices
    stamp: tuple[Any, ...]
    labels: dict[str, str]  # what the fields are called
    missing: tuple[Missing, ...] = ()
    parents: tuple[tuple[int, str], ...] = ()  # areas in which a missing place could lie: id, name
    may_create: bool = False  # the viewer may make missing places
    more: Any = None  # what the importer of the register keeps for applying

    @property
    def counts(self) -> dict[str, int]:
        """How many rows come to each outcome."""
        found = Counter(row.outcome for row in self.rows)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    def of(self, outcome: str) -> list[PlannedRow]:
        return [row for row in self.rows if row.outcome == outcome]

    @property
    def left_out(self) -> int:
        """How many cells of rows that will be imported are not taken over."""
        return sum(
            remark.level == "left_out"
            for row in self.rows
            if row.outcome in ("new", "changed", "unchanged")
            for remark in row.remarks
        )

    def heading(self, column: int | None) -> str:
        """The heading of a column of the file."""
        columns = self.upload.table.columns
        return columns[column] if column is not None and column < len(columns) else ""


@dataclass(frozen=True)
class Done:
    """What was applied."""

    import_id: int
    counts: dict[str, int]


@dataclass(frozen=True)
class PastImport:
    """One import of the past."""

    id: int
    at: datetime
    actor: str
    filename: str
    counts: dict[str, int]
    undone_at: datetime | None
    own: bool
