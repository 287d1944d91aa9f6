"""The import of any register: rows are known again by `Register.match`, made and changed by `db.keeping`."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from importlib import import_module
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, and_, func, insert, or_, select, update
from sqlmodel import SQLModel

from db import audit, keeping, listing, parsing
from db.errors import Refused
from db.fields import FieldSpec
from db.importing import columns
from db.importing.columns import Meaning, ReadRow
from db.importing.plans import Candidate, Change, Choices, Plan, PlannedRow, Progress, Remark
from db.importing.tables import ImportedRow
from db.parsing import Parsed
from db.register import REGISTERS, Register, Values
from db.sealing import Sealed
from db.work import Work

AT_ONCE = 500  # values in one question: every database takes as many parameters
MANY_AT_ONCE = 2_000  # where only `among` asks for them

T = TypeVar("T")


def portions(items: Sequence[T], size: int = AT_ONCE) -> Iterator[Sequence[T]]:
    """`items` in pieces that one statement can take."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def among(work: Work, column: Column[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """Whether a column holds one of `values`, none of them empty.

    SQLite takes them as one text: to write out hundreds of parameters costs more than the question itself.
    """
    if work.session.get_bind().dialect.name != "sqlite":
        return column.in_(values)
    return column.in_(select(func.json_each(json.dumps(values)).table_valued("value").c.value))


AREA_HEADINGS = ("区域", "楼栋", "网格", "所属网格", "负责区域", "责任区", "地址")


def _names_areas(register: Register, name: str) -> bool:
    return any(key.column.table.name == "area" for key in register.column(name).foreign_keys)


class Importer:
    """How a register is imported. What is special about one overrides a method."""

    def meanings(self, work: Work, register: Register) -> dict[str, Meaning]:
        """Everything that a column of a ledger can mean here, by name."""
        found = {}
        for name, spec in listing.all_specs(work, register).items():
            if spec.derived:
                continue
            meaning = columns.of_field(name, spec)
            if spec.kind == "ref":
                read = _reference(work, register, name)
                headings = meaning.headings + (AREA_HEADINGS if _names_areas(register, name) else ())
                meaning = Meaning(name, spec.label, headings, read, None, spec.required)
            found[name] = meaning
        return found

    def topics(self, register: Register) -> tuple[str, ...]:
        """Whatever moves these counters may change the result of a dry run."""
        return (f"register.{register.name}", *register.topics, "areas")

    def tables(self, register: Register) -> tuple[str, ...]:
        """The tables that nobody else may write while an import is applied."""
        return (register.table.__tablename__,)  # type: ignore[return-value]

    def plan(self, work: Work, plan: Plan, tell: Progress | None) -> None:
        """Fill `plan.rows`."""
        register = plan.register
        meanings = self.meanings(work, register)
        read = list(columns.read_rows(plan.upload.table, plan.mapping, meanings))
        keys = match_fields(register, plan.mapping)
        existing = _existing(work, register, keys, read)
        withdrawn = _existing(work, register, keys, read, withdrawn=True) if register.withdrawn else {}
        specs = listing.all_specs(work, register)
        seen: dict[Any, ReadRow] = {}
        for count, row in enumerate(read):
            key = tuple(row.get(name) for name in keys)
            named = any(part is not None for part in key)
            found, gone = (existing.get(key, []), withdrawn.get(key, [])) if named else ([], [])
            planned = self._row(work, plan, specs, row, found, gone)
            again = seen.setdefault(planned.record_id or key, row) if keys and any(key) else row
            if again is not row:
                planned.outcome = "refused"
                planned.remarks += (Remark("import.same_record", "refused", facts={"row": again.number}),)
            plan.rows.append(planned)
            if tell is not None and count % 200 == 0:
                tell(count / len(read), {})

    def _row(
        self, work: Work, plan: Plan, specs: dict[str, FieldSpec], row: ReadRow, found: list[Values],
        gone: list[Values],
    ) -> PlannedRow:  # fmt: skip
        register = plan.register
        columns.refuse(row, plan.mapping, *(name for name, spec in specs.items() if spec.required))
        label = str(row.get(register.label, ""))
        planned = PlannedRow(row.sheet, row.number, "refused", label, remarks=tuple(row.remarks))
        planned.values = row.values
        chosen = plan.choices.records.get(row.key)
        if chosen == "skip":
            planned.remarks += (Remark("import.skipped", "refused"),)
        elif len(found) > 1 and chosen is None:
            planned.outcome = "doubtful"
            planned.remarks += (Remark("import.several_match", "doubtful"),)
            planned.candidates = tuple(Candidate(one["id"], str(one[register.label])) for one in found)
        elif found and chosen != "new":
            before = next((one for one in found if one["id"] == chosen), found[0])
            self._changed(work, plan, specs, planned, before)
        else:
            self._new(work, plan, planned, gone[-1] if gone else None)
        if any(remark.level == "refused" for remark in planned.remarks):
            planned.outcome = "refused"
        return planned

    def _new(self, work: Work, plan: Plan, planned: PlannedRow, gone: Values | None) -> None:
        """A new record; one that an undone import withdrew (`gone`) is brought back instead of made twice."""
        planned.outcome = "new"
        if gone is not None:
            planned.record_id, planned.version = gone["id"], gone["version"]
        try:
            values = planned.values if gone is None else _as_new(plan.register, planned.values)
            kept, _notes = keeping.clean(work, plan.register, values)
            if plan.register.before_save is not None:
                plan.register.before_save(work, gone, kept)
            keeping._check_place(work, plan.register, plan.register.may("create"), kept)
        except Refused as refused:
            planned.remarks += _said(plan, refused)

    def _changed(
        self, work: Work, plan: Plan, specs: dict[str, FieldSpec], planned: PlannedRow, before: Values
    ) -> None:
        register = plan.register
        planned.record_id, planned.version = before["id"], before["version"]
        if before.get("closed_on"):
            planned.remarks += (Remark("import.closed", "refused"),)
            return
        now = {name: listing.value_in_clear(before, register, name, spec) for name, spec in specs.items()}
        planned.values = {name: value for name, value in planned.values.items() if value != now[name]}
        planned.changes = tuple(
            shown(work, specs[name], name, now[name], value) for name, value in planned.values.items()
        )
        planned.outcome = "changed" if planned.values else "unchanged"
        if planned.values and register.before_save is not None:
            try:
                register.before_save(work, {**before, **now}, dict(planned.values))
            except Refused as refused:
                planned.remarks += _said(plan, refused)

    def apply(self, work: Work, plan: Plan, import_id: int, tell: Progress) -> None:
        """Write the new and the changed rows, and what is needed to undo them."""
        register = plan.register
        specs = listing.all_specs(work, register)
        rows = [row for row in plan.rows if row.outcome in ("new", "changed")]
        left: list[Values] = []
        for count, row in enumerate(rows):
            try:
                left.append(self._write(work, register, specs, row))
            except Refused as refused:
                problems = refused.facts.get("problems", {})
                raise Refused("import.row_refused", row=row.number, reason=refused.code, problems=problems)  # noqa: B904
            tell(count / len(rows), {"done": count + 1, "of": len(rows)})
        if left:
            work.session.execute(insert(ImportedRow), [{**one, "import_id": import_id} for one in left])

    def _write(self, work: Work, register: Register, specs: dict[str, FieldSpec], row: PlannedRow) -> Values:
        if row.record_id is None:
            record_id = keeping.create(work, register, row.values)
            return {"kind": register.name, "record_id": record_id, "made": True, "version": 1, "before": None}
        if row.outcome == "new":
            version = self._bring_back(work, register, row)
            return {
                "kind": register.name, "record_id": row.record_id, "made": True, "version": version, "before": None,
            }  # fmt: skip
        now = listing.row_of(work, register, row.record_id, register.may("edit"), lock=True)
        before = {name: listing.value_in_clear(now, register, name, specs[name]) for name in row.values}
        version = keeping.edit(work, register, row.record_id, row.version, row.values)
        return {
            "kind": register.name, "record_id": row.record_id, "made": False, "version": version,
            "before": as_text(before),
        }  # fmt: skip

    def kind(self, register: Register) -> str:
        """The kind of the imported rows that are records of the register."""
        return register.name

    def where(self, row: PlannedRow) -> str:
        """Where a planned row belongs, in a few words, if that is no field of its own."""
        return ""

    def undo(
        self, work: Work, register: Register, rows: Sequence[ImportedRow], tell: Progress,
        stay: dict[int, str] | None = None,
    ) -> None:  # fmt: skip
        """Put back what an import did: records it made are withdrawn, records it changed get their values back.

        Records in `stay` (id → label) are left alone, and those on which something came to depend are added
        to it; without it they refuse the whole.
        """
        specs = listing.all_specs(work, register)
        for count, row in enumerate(reversed(rows)):
            if stay is not None and row.record_id in stay:
                continue
            if row.made:
                try:
                    self._withdraw(work, register, row.record_id)
                except Refused as refused:
                    if stay is None or refused.code != "import.edited":
                        raise
                    stay.update(refused.facts["records"])
            else:
                types = {name: spec for name, spec in specs.items() if spec.kind == "day"}
                before = {
                    name: date.fromisoformat(value) if value and name in types else value
                    for name, value in json.loads(row.before or "{}").items()
                }
                keeping.edit(work, register, row.record_id, row.version, before)
            tell(count / len(rows), {"done": count + 1, "of": len(rows)})

    def _withdraw(self, work: Work, register: Register, record_id: int) -> None:
        """Take a record out of all lists. Refused `import.edited` when something came to depend on it."""
        row = listing.row_of(work, register, record_id, register.may("edit"), lock=True)
        label = str(row.get(register.label, ""))
        values = register.when_withdrawn()
        try:
            if values and register.before_save is not None:
                register.before_save(work, row, values)
        except Refused as refused:
            raise Refused("import.edited", count=1, names=label, records={record_id: label}) from refused
        if _is_pointed_to(work, register, record_id):
            raise Refused("import.edited", count=1, names=label, records={record_id: label})
        self._mark(work, register, row, {**values, register.withdrawn: work.now}, ("made", "undone"))

    def _bring_back(self, work: Work, register: Register, planned: PlannedRow) -> int:
        """Put a withdrawn record into the lists again, with the values of the row. Returns its version."""
        row = _withdrawn(work, register, planned.record_id or 0)
        kept, _notes = keeping.clean(work, register, _as_new(register, planned.values))
        if register.before_save is not None:
            register.before_save(work, row, kept)
        keeping._check_place(work, register, register.may("create"), kept)
        columns = keeping._split_custom(work, register, kept, {})
        return self._mark(work, register, row, {**columns, register.withdrawn: None}, ("undone", "made"))

    def _mark(
        self, work: Work, register: Register, row: Values, values: Values, said: tuple[str, str]
    ) -> int:
        table = register.table.__table__  # type: ignore[attr-defined]
        now = {**row, **values}
        work.session.execute(
            update(table)
            .where(table.c.id == row["id"])
            .values(**values, version=row["version"] + 1, changed_at=work.now)
        )
        work.log(
            register.action, row["id"], str(now.get(register.label, "")), {"import": said},
            area_path=str(now.get("area_path", "")), action=register.may("import"),
        )  # fmt: skip
        for one in (row, now):
            keeping._touch(work, register, one)
        if register.after_save is not None:
            register.after_save(work, row["id"], row, values)
        return int(row["version"]) + 1

    def edited(
        self, work: Work, register: Register, rows: Sequence[ImportedRow], mark: int
    ) -> dict[int, str]:
        """Which records of an import were changed since (id → label), by version or by the audit trail."""
        return edited_since(work, register, [row for row in rows if row.kind == register.name], mark)


_GENERIC = Importer()


def importer_of(register: Register) -> Importer:
    """How this register is imported. Refused `import.not_importable`."""
    if not register.importable:
        raise Refused("import.not_importable")
    if not register.importer:
        return _GENERIC
    module, _, name = register.importer.partition(":")
    found: Importer = getattr(import_module(module), name)
    return found


def edited_since(work: Work, register: Register, rows: Sequence[ImportedRow], mark: int) -> dict[int, str]:
    """Records whose version is another than the import left, or that the audit trail names after entry `mark`."""
    table = register.table.__table__  # type: ignore[attr-defined]
    entry = audit.AuditEntry.__table__.c  # type: ignore[attr-defined]
    found: dict[int, str] = {}
    left = {row.record_id: row.version for row in rows}
    for ids in portions(sorted(left)):
        labels = {
            row.id: (row.version, str(row.label))
            for row in work.session.execute(
                select(table.c.id, table.c.version, register.column(register.label).label("label")).where(
                    table.c.id.in_(ids)
                )
            )
        }
        touched = work.session.execute(
            select(entry.record_id)
            .where(
                entry.kind == register.action, entry.record_id.in_(ids), entry.id > mark,
                entry.action.not_in(("record.look", "resident.reveal", "shift.elder")),
            )
            .distinct()
        ).scalars()  # fmt: skip
        changed = {one for one in ids if one not in labels or labels[one][0] != left[one]} | set(touched)
        found.update((one, labels.get(one, (0, ""))[1]) for one in sorted(changed))
    return found


def match_fields(register: Register, mapping: dict[int, str]) -> list[str]:
    """The fields by which rows are known again. Refused `import.column_missing` when the file has none of them."""
    able = [name for name in register.match if not isinstance(register.column(name).type, Sealed)]
    keys = [name for name in able if name in mapping.values()]
    if able and not keys:
        raise Refused("import.column_missing", fields=[register.specs[name].label for name in able])
    return keys


def _as_new(register: Register, values: Values) -> Values:
    """What a row gives, with the fields that withdrawing had set as they are in a new record."""
    fresh = register.table.model_construct()
    return {**{name: getattr(fresh, name) for name in register.when_withdrawn()}, **values}


def _withdrawn(work: Work, register: Register, record_id: int) -> Values:
    """A row that was withdrawn. Refused `record.not_found`."""
    table = register.table.__table__  # type: ignore[attr-defined]
    here = listing.reached(work, register, register.may("edit"))
    row = work.session.execute(
        select(table).where(table.c.id == record_id, table.c[register.withdrawn].is_not(None), here)
    )
    found = row.mappings().first()
    if found is None:
        raise Refused("record.not_found")
    return dict(found)


def _is_pointed_to(work: Work, register: Register, record_id: int) -> bool:
    """Whether any record that is not withdrawn itself names this one."""
    own = register.table.__table__  # type: ignore[attr-defined]
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table is own for key in column.foreign_keys):
                here = [table.c.withdrawn_at.is_(None)] if "withdrawn_at" in table.c else []
                if work.session.execute(select(column).where(column == record_id, *here).limit(1)).first():
                    return True
    return False


def _existing(
    work: Work, register: Register, keys: list[str], read: Iterable[ReadRow], *, withdrawn: bool = False
) -> dict[Any, list[Values]]:
    """The records that rows may mean (or those that were withdrawn), by the values of the match fields."""
    if not keys:
        return {}
    table = register.table.__table__  # type: ignore[attr-defined]
    wanted = sorted({row.get(keys[0]) for row in read if row.has(keys[0])}, key=str)
    action = register.may("edit")
    there = (
        and_(listing.reached(work, register, action), table.c[register.withdrawn].is_not(None))
        if withdrawn
        else listing.scope(work, register, action)
    )
    found: dict[Any, list[Values]] = {}
    for some in portions(wanted):
        rows = work.session.execute(
            select(table).where(table.c[keys[0]].in_(some), there).order_by(table.c.id)
        ).mappings()
        for row in rows:
            found.setdefault(tuple(row[name] for name in keys), []).append(dict(row))
    return found


def _said(plan: Plan, refused: Refused) -> tuple[Remark, ...]:
    """What a refusal of the register says about the cells of a row."""
    problems = refused.facts.get("problems")
    by_name = {name: column for column, name in plan.mapping.items()}
    if not problems:
        return (Remark(refused.code, "refused", facts=refused.facts),)
    return tuple(
        Remark(code, "refused", by_name.get(name), facts={"field": plan.labels.get(name, name)})
        for name, code in problems.items()
    )


def shown(work: Work, spec: FieldSpec, name: str, old: Any, new: Any) -> Change:
    """A change as the viewer may see it."""
    if work.viewer.sees(spec.sensitivity) == "clear":
        return Change(name, text_of(spec, old), text_of(spec, new))
    return Change(name, spec.mask(old), spec.mask(new))


def text_of(spec: FieldSpec, value: Any) -> str:
    """A kept value as text; choices as their (English) label, which the screen translates."""
    if value is None or value == "" or value == []:
        return ""
    labels = {one.code: one.label for one in spec.options}
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return "、".join(labels.get(one, str(one)) for one in value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return labels.get(value, str(value))


def as_text(values: Values) -> str:
    """Values as JSON, dates as ISO text."""
    return json.dumps({name: audit.jsonable(value) for name, value in values.items()}, ensure_ascii=False)


def _reference(work: Work, register: Register, name: str) -> Callable[[Any], Parsed[Any]]:
    """Reads a cell that names another record: by the register's own rule, else by code, name or number."""
    own = register.resolve.get(name)
    target: Column[Any] = next(iter(register.column(name).foreign_keys)).column
    called = [
        target.table.c[one]
        for one in ("code", "name", "number", "username", "address")
        if one in target.table.c
    ]
    cache: dict[str, Parsed[Any]] = {}

    def read(cell: Any) -> Parsed[Any]:
        text = parsing.fold(cell)
        if text not in cache:
            if own is not None:
                ids = list(own(work, text))
            else:
                names = [text]
                building = parsing.address(text).value
                if building is not None:
                    names.append(parsing.address_key(building))
                clause = or_(*(one.in_(names) for one in called))
                ids = list(work.session.execute(select(target).where(clause).limit(2)).scalars())
            problem = "field.not_found" if not ids else "field.several_found" if len(ids) > 1 else None
            cache[text] = Parsed(None if problem else ids[0], problem)
        return cache[text]

    return read


def registers() -> list[Register]:
    """The registers into which something can be imported."""
    return [one for one in REGISTERS.values() if one.importable]


def choices_differ(one: Choices, other: Choices) -> bool:
    return (dict(one.records), dict(one.places), one.without_number) != (
        dict(other.records), dict(other.places), other.without_number,
    )  # fmt: skip
