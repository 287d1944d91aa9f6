"""What a column of a ledger can mean for a register, and how its cells are read."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from db import parsing
from db.errors import Refused
from db.fields import FieldSpec
from db.importing.plans import Remark, RowKey
from db.parsing import Parsed
from db.parsing.result import NOTHING
from db.parsing.text import HAN, fold, says_nothing
from db.register import Values
from db.workbook import layout, mapping
from db.workbook.layout import Table

Read = Callable[[Any], Parsed[Any]]

_ID = re.compile(r"[0-9]{15}([0-9]{2}[0-9Xx×])?|[0-9](\.[0-9]+)?[Ee]\+?1[0-9]")
_PHONE = re.compile(r"(?:\+?86)?1[3-9][0-9]{9}\b.*|0[0-9]{2,3}-?[0-9]{7,8}.*|[2-9][0-9]{6,7}")
_PERSON = re.compile(rf"[{HAN}]{{2,4}}|[{HAN}]+·[{HAN}]+|[A-Za-z]+( [A-Za-z]+)+")
_DAY = re.compile(r"(18|19|20)[0-9]{2}([-./年]?[01]?[0-9]([-./月]?[0-3]?[0-9]日?)?月?)?")
_YES_NO = frozenset(["是", "否", "有", "无", "√", "×", "✓", "✔", "Y", "N", "YES", "NO", "TRUE", "FALSE"])
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")

ROWS_AT_ONCE = 2_000
ONLY_THE_REST = ("import.group_unknown", "import.group_degree")  # said of a part of the cell
MOST_KEPT = 4_000  # different cells of a column whose meaning is kept for the rows that follow


@dataclass(frozen=True)
class Meaning:
    """Something that a column can hold. `name` is a field of the register, or one of the importer's own."""

    name: str
    label: str
    headings: tuple[str, ...]
    read: Read
    looks: Callable[[str], bool] | None = None
    required: bool = False
    joins: bool = False  # several columns may hold it: telephones, notes
    whole: bool = True  # `label` is ours to translate; False for a label that is data

    def target(self) -> mapping.Target:
        return mapping.Target(self.name, self.headings, self.looks, self.required)


def of_field(name: str, spec: FieldSpec) -> Meaning:
    """The meaning of a column that holds one field."""
    return Meaning(
        name,
        spec.label,
        spec.headings or (spec.label,),
        reader(spec),
        looks_of(spec),
        spec.required,
        joins=spec.kind in ("phone", "long"),
        whole=not spec.custom,
    )


def reader(spec: FieldSpec) -> Read:
    """How a cell of this field is read. "无" and "/" are nothing, unless they are one of its choices."""
    if spec.kind == "id_number":
        return parsing.id_number
    if spec.kind in ("text", "long"):
        longest = spec.longest if spec.kind == "text" else 0

        def read(cell: Any) -> Parsed[Any]:
            text = fold(cell)
            if says_nothing(text):
                return NOTHING
            return Parsed(text) if len(text) <= longest else spec.parse(cell)
    else:

        def read(cell: Any) -> Parsed[Any]:
            parsed = spec.parse(cell)
            return NOTHING if parsed.problem and says_nothing(fold(cell)) else parsed

    return read


def sure(read: Read) -> Read:
    """The same, but nothing is taken over from a cell in which something is wrong.

    For importers that write what was read without asking the register again.
    """

    def read_surely(cell: Any) -> Parsed[Any]:
        parsed = read(cell)
        return parsed if parsed.problem is None else parsed._replace(value=None)

    return read_surely


def line(longest: int) -> Read:
    """How a line of text of at most so many characters is read."""

    def read(cell: Any) -> Parsed[str]:
        text = fold(cell)
        if says_nothing(text):
            return NOTHING
        return Parsed(None, problem="field.too_long") if len(text) > longest else Parsed(text)

    return read


def looks_of(spec: FieldSpec) -> Callable[[str], bool] | None:
    """What a cell of this field looks like, where that can be told."""
    known = {word for one in spec.options for word in (one.code, one.label, *one.also)}
    if known:
        return known.__contains__
    patterns = {"id_number": _ID, "phone": _PHONE, "person": _PERSON, "day": _DAY, "number": _NUMBER}
    if spec.kind in patterns:
        pattern = patterns[spec.kind]
        return lambda text: bool(pattern.fullmatch(text))
    if spec.kind == "yes_no":
        return lambda text: text.upper() in _YES_NO
    return None


_NOWHERE: Mapping[str, int] = {}


@dataclass(slots=True)
class ReadRow:
    """A row as it was read: values by meaning (what is blank is None), and what was found in its cells."""

    sheet: str
    number: int
    places: Mapping[str, int]  # where each meaning is in `packed`; shared by all rows
    packed: tuple[Any, ...]
    remarks: list[Remark]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a meaning."""
        place = self.places.get(name)
        value = None if place is None else self.packed[place]
        return default if value is None else value

    def has(self, name: str) -> bool:
        """Whether the row gives a value for a meaning."""
        return self.get(name) is not None

    @property
    def values(self) -> Values:
        return {
            name: value for name, value in zip(self.places, self.packed, strict=True) if value is not None
        }

    @property
    def key(self) -> RowKey:
        return self.sheet, self.number

    def put(self, name: str, value: Any) -> None:
        """Let the row say something else than its cell."""
        place = self.places[name]
        self.packed = (*self.packed[:place], value, *self.packed[place + 1 :])

    def let_go(self) -> None:
        """Forget the values once they are compared: a long ledger is not to be held twice."""
        self.places, self.packed = _NOWHERE, ()


def check(chosen: Mapping[int, str], meanings: Mapping[str, Meaning], table: Table) -> dict[int, str]:
    """The chosen columns without those left out.

    Refused `import.column_unknown`, `import.column_twice` (two columns for one field), `import.column_missing`.
    """
    kept = {column: name for column, name in sorted(chosen.items()) if name and column < len(table.columns)}
    for name in kept.values():
        if name not in meanings:
            raise Refused("import.column_unknown", name=name)
        if list(kept.values()).count(name) > 1 and not meanings[name].joins:
            raise Refused("import.column_twice", field=meanings[name].label)
    missing = [one.label for one in meanings.values() if one.required and one.name not in kept.values()]
    if missing:
        raise Refused("import.column_missing", fields=missing)
    return kept


def read_rows(table: Table, chosen: Mapping[int, str], meanings: Mapping[str, Meaning]) -> Iterator[ReadRow]:
    """Read the rows of the table and of the sheets that carry it on: column by column, some thousand rows at a time."""
    readers = [_Column(column, meanings[name]) for column, name in chosen.items()]
    names = tuple(dict.fromkeys(chosen.values()))
    places = {name: place for place, name in enumerate(names)}
    rows = layout.all_rows(table)
    while some := list(islice(rows, ROWS_AT_ONCE)):
        cells = list(zip(*(row for _sheet, _number, row in some), strict=True))
        remarks: dict[int, list[Remark]] = {}
        values: dict[str, list[Any]] = {}
        for reader in readers:
            found = reader.read(cells[reader.column], remarks)
            before = values.get(reader.name)
            values[reader.name] = found if before is None else list(map(_joined, before, found))
        packed = zip(*(values[name] for name in names), strict=True)
        for index, ((sheet, number, _row), own) in enumerate(zip(some, packed, strict=True)):
            yield ReadRow(sheet, number, places, own, remarks.get(index) or [])


class _Column:
    """Reads the cells of one column; equal cells are read once."""

    def __init__(self, column: int, meaning: Meaning) -> None:
        self.column = column
        self.name = meaning.name
        self.of = meaning.read
        self.known: dict[Any, Any] = {None: None}
        self.odd: dict[Any, Parsed[Any]] = {}  # cells about which there is something to say

    def read(self, cells: Sequence[Any], remarks: dict[int, list[Remark]]) -> list[Any]:
        """The values of these cells, None for what is blank or not taken over; adds to what is said of each row."""
        kinds = set(map(type, cells)) - {type(None)}
        if len(kinds) > 1:  # 1, 1.0 and True are equal, and mean different things
            keys: Sequence[Any] = list(zip(map(type, cells), cells, strict=True))
            known, odd = self._learn({key: key[1] for key in keys}, {}, {})
        else:
            keys = cells
            known, odd = self._learn(
                {key: key for key in set(keys) - self.known.keys()}, self.known, self.odd
            )
            if len(known) > MOST_KEPT or kinds != {str}:
                self.known, self.odd = {None: None}, {}
        if odd:
            for index, key in enumerate(keys):
                if key in odd:
                    remarks.setdefault(index, []).append(self._remark(odd[key], cells[index]))
        return list(map(known.__getitem__, keys))

    def _learn(
        self, cells: Mapping[Any, Any], known: dict[Any, Any], odd: dict[Any, Parsed[Any]]
    ) -> tuple[dict[Any, Any], dict[Any, Parsed[Any]]]:
        read = self.of
        for key, cell in cells.items():
            if cell is None:
                known[key] = None
                continue
            parsed = read(cell)
            value = parsed.value
            known[key] = None if value == "" or value == [] else value
            if parsed.problem is not None or parsed.note is not None:
                odd[key] = parsed
        return known, odd

    def _remark(self, parsed: Parsed[Any], cell: Any) -> Remark:
        level = "left_out" if parsed.problem else "note"
        code = parsed.problem or parsed.note or ""
        value = parsed.rest[0] if parsed.rest and code in ONLY_THE_REST else parsing.fold(cell)
        return Remark(code, level, self.column, value[:80])


def _joined(before: Any, value: Any) -> Any:
    if before is None or value is None:
        return value if before is None else before
    if not isinstance(before, str) or value in before:
        return before
    mark = "、" if before.replace("-", "").replace("、", "").isdigit() else "；"
    return f"{before}{mark}{value}"


def refuse(row: ReadRow, names: Mapping[int, str], *fields: str) -> bool:
    """Turn what is wrong with these fields into reasons that refuse the row; whether there were any."""
    if not row.remarks:
        return False
    found = False
    for index, remark in enumerate(row.remarks):
        if remark.level == "left_out" and names.get(-1 if remark.column is None else remark.column) in fields:
            row.remarks[index] = Remark(remark.code, "refused", remark.column, remark.value, remark.facts)
            found = True
    return found
