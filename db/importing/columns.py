"""What a column of a ledger can mean for a register, and how its cells are read."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Meaning:
    """Something that a column can hold. `name` is a field of the register, or one of the importer's own.

    `cached` tells that the same text occurs again and again (choices, grids), so that reading it once
    will do; never for numbers of people.
    """

    name: str
    label: str
    headings: tuple[str, ...]
    read: Read
    looks: Callable[[str], bool] | None = None
    required: bool = False
    cached: bool = False
    joins: bool = False  # several columns may hold it: telephones, notes
    whole: bool = True  # `label` is ours to translate; False for a label that is data
    longest: int = 0  # a line of text of at most so many characters, and nothing more to it

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
        cached=spec.kind in ("choice", "choices", "yes_no", "ref"),
        joins=spec.kind in ("phone", "long"),
        whole=not spec.custom,
        longest=spec.longest if spec.kind == "text" else 0,
    )


def reader(spec: FieldSpec) -> Read:
    """How a cell of this field is read. "无" and "/" are nothing, unless they are one of its choices."""
    if spec.kind == "id_number":
        return parsing.id_number
    if spec.kind in ("text", "long"):

        def read(cell: Any) -> Parsed[Any]:
            return NOTHING if says_nothing(fold(cell)) else spec.parse(cell)
    else:

        def read(cell: Any) -> Parsed[Any]:
            parsed = spec.parse(cell)
            return NOTHING if parsed.problem and says_nothing(fold(cell)) else parsed

    return read


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


@dataclass(slots=True)
class ReadRow:
    """A row as it was read: values by meaning (what is blank is not there), and what was found in its cells."""

    sheet: str
    number: int
    places: Mapping[str, int]  # where each value is in `packed`; shared by rows with the same columns filled
    packed: tuple[Any, ...]
    remarks: list[Remark]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a meaning."""
        place = self.places.get(name)
        return default if place is None else self.packed[place]

    @property
    def values(self) -> Values:
        return dict(zip(self.places, self.packed, strict=True))

    @property
    def key(self) -> RowKey:
        return self.sheet, self.number


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
    """Read the rows of the table and of the sheets that carry it on."""
    readers: list[tuple[int, str, Read, int, dict[str, Parsed[Any]] | None]] = [
        (column, one.name, one.read, one.longest, {} if one.cached else None)
        for column, one in ((column, meanings[name]) for column, name in chosen.items())
    ]
    shapes: dict[tuple[str, ...], dict[str, int]] = {}
    for sheet, number, cells in layout.all_rows(table):
        values: Values = {}
        remarks: list[Remark] = []
        for column, name, read, longest, cache in readers:
            cell = cells[column]
            if cell is None:
                continue
            if longest:
                text = fold(cell)
                if len(text) <= longest and name not in values:
                    if not says_nothing(text):
                        values[name] = text
                    continue
                parsed = read(cell)
            elif cache is not None and type(cell) is str:
                if cell not in cache:
                    cache[cell] = read(cell)
                parsed = cache[cell]
            else:
                parsed = read(cell)
            code = parsed.problem or parsed.note
            if code is not None:
                level = "left_out" if parsed.problem else "note"
                remarks.append(Remark(code, level, column, parsing.fold(cell)[:80]))
            value = parsed.value
            if value is not None and value != "" and value != []:
                values[name] = _joined(values[name], value) if name in values else value
        names = tuple(values)
        places = shapes.get(names)
        if places is None:
            places = shapes[names] = {name: place for place, name in enumerate(names)}
        yield ReadRow(sheet, number, places, tuple(values.values()), remarks)


def _joined(before: Any, value: Any) -> Any:
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
