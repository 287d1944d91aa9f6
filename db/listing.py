"""Reading a register: one page of a list, one record, its history.

A row holds only what the viewer may see: a column without the right is not selected, a masked one is
masked before it leaves this module. Lists are restricted to the viewer's areas in SQL.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, and_, case, false, func, or_, select, true, tuple_
from sqlalchemy import cast as sql_cast
from sqlalchemy.types import String

from db import access, audit
from db.access import Viewer
from db.audit import AuditEntry
from db.custom import custom_specs
from db.errors import Refused
from db.fields import FieldSpec, Option
from db.register import Filter, Hit, Register, Sort, Values
from db.sealing import ring
from db.words import N_
from db.work import Work, unit

PAGE_SIZE = 25
CURSOR = "list.cursor"
SEARCH_CHARACTERS = 100
SEARCH_WORDS = 8
LOOK_AT = 20_000
LOOK_AT_THROUGH = 5_000


@dataclass(frozen=True)
class Listing:
    """What of a register is asked for. All of it fits in a URL."""

    search: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = ""
    after: str = ""  # cursor of the last row of the page before
    before: str = ""  # cursor of the first row of the page after
    size: int = PAGE_SIZE


@dataclass(frozen=True)
class Page:
    """`total` is exact, unless `more`: then there are more than that."""

    rows: list[Values]
    total: int
    more: bool
    first: str
    last: str
    has_next: bool
    has_previous: bool


@dataclass(frozen=True)
class RecordView:
    """One record as the viewer may see it. `masked` names the fields whose value is hidden but can be revealed."""

    id: int
    version: int
    label: str
    values: Values
    masked: frozenset[str]
    specs: dict[str, FieldSpec]


def all_specs(work: Work, register: Register) -> dict[str, FieldSpec]:
    """The fields of a register, the custom ones last."""
    return {**register.specs, **custom_specs(work, register.name)}


def seen_specs(work: Work, register: Register) -> dict[str, FieldSpec]:
    """The fields that the viewer may see, clear or masked."""
    return {
        name: spec
        for name, spec in all_specs(work, register).items()
        if work.viewer.sees(spec.sensitivity) != "none"
    }


def page(who: Viewer | Work | None, register: Register, listing: Listing) -> Page:
    """One page of the list, with the number of all rows."""
    with unit(who, register.may("view"), write=False) as work:
        sort = _allowed_sort(work, register, listing.sort)
        wanted = _wanted(work, register, listing)
        total, more = _count(work, register, wanted)
        rows, has_next, has_previous = _rows(work, register, wanted, listing, sort, few=not more)
        total = max(total, len(rows)) if more else total
        keys = [_cursor(row.pop("_key")) for row in rows]
        return Page(
            _finish_rows(work, register, rows),
            total,
            more,
            keys[0] if keys else "",
            keys[-1] if keys else "",
            has_next,
            has_previous,
        )


def sorts_of(viewer: Viewer, register: Register) -> tuple[Sort, ...]:
    """The orders that tell this viewer nothing that they may not see."""
    return tuple(sort for sort in register.sorts if viewer.sees(sort.sensitivity) == "clear")


def _allowed_sort(work: Work, register: Register, name: str) -> Sort:
    allowed = sorts_of(work.viewer, register)
    return next((sort for sort in allowed if sort.name == name), allowed[0])


def matching(work: Work, register: Register, listing: Listing) -> ColumnElement[bool]:
    """The condition that rows of the list fulfil, the viewer's scope included."""
    return _wanted(work, register, listing).hit.clause(register.column("id"))


@dataclass(frozen=True)
class _Wanted:
    """What the list holds, as conditions and the best way to the rows; and within which places, unless everywhere."""

    hit: Hit
    places: ColumnElement[bool] | None

    @property
    def walked(self) -> bool:
        """Nothing else leads to the rows than to go along an index."""
        return self.hit.through is None and not self.hit.narrow


def _wanted(work: Work, register: Register, listing: Listing) -> _Wanted:
    action = register.may("view")
    clauses: list[ColumnElement[bool]] = [scope(work, register, action)]
    limits = [] if work.viewer.scope(action) == "all" else [reached(work, register, action)]
    asked = {**register.defaults, **{name: codes for name, codes in listing.filters.items() if codes}}
    hit = _searched(work, register, listing.search.strip())
    through = hit.through
    for one in filters_of(work, register):
        if one.name not in asked:
            continue
        leading = one.through(work, asked[one.name]) if one.through is not None and through is None else None
        if leading is not None:
            through = leading
        else:
            clauses.append(one.where(work, asked[one.name]))
            if one.places:
                limits.append(clauses[-1])
    places = and_(*limits) if limits else None
    return _Wanted(Hit(and_(true(), *clauses, hit.where), through, hit.narrow), places)


def _searched(work: Work, register: Register, text: str) -> Hit:
    text = " ".join(text[:SEARCH_CHARACTERS].split()[:SEARCH_WORDS])
    if not text:
        return Hit(true())
    found = register.search(work, text) if register.search is not None else _search_text(register, text)
    return found if isinstance(found, Hit) else Hit(found, narrow=True)


def scope(work: Work, register: Register, action: str) -> ColumnElement[bool]:
    """The rows to which the viewer may do `action`: by the register's path column, and not withdrawn."""
    if not register.withdrawn:
        return reached(work, register, action)
    return and_(reached(work, register, action), register.column(register.withdrawn).is_(None))


def reached(work: Work, register: Register, action: str) -> ColumnElement[bool]:
    """Where the viewer may do `action`, withdrawn rows included."""
    if not register.path:
        return true() if work.viewer.scope(action) == "all" else false()
    return access.within(work.viewer, action, register.column(register.path))


def count(work: Work, register: Register, listing: Listing) -> tuple[int, bool]:
    """How many rows the list has; True when there are more than that.

    The work is bounded, not the answer: so many rows are looked at, and when there were more to look at
    the number is a lower bound. Whole communities are counted exactly.
    """
    return _count(work, register, _wanted(work, register, listing))


def _count(work: Work, register: Register, wanted: _Wanted) -> tuple[int, bool]:
    hit = wanted.hit
    table = register.table.__table__  # type: ignore[attr-defined]
    if hit.through is not None:
        joined = hit.through.record_id.table.join(table, table.c.id == hit.through.record_id)
        fits = case((hit.where, 1), else_=0).label("fits")
        some = select(fits).select_from(joined).where(hit.through.where).limit(LOOK_AT_THROUGH + 1).subquery()
        return _bounded(work, some.c.fits, LOOK_AT_THROUGH)
    if register.walk and wanted.walked:
        fits = case((hit.where, 1), else_=0).label("fits")
        walked = _walking(select(fits), register).where(true() if wanted.places is None else wanted.places)
        some = walked.order_by(register.column(register.path)).limit(LOOK_AT + 1).subquery()
        return _bounded(work, some.c.fits, LOOK_AT)
    limited = select(register.column("id")).where(hit.where).limit(LOOK_AT + 1).subquery()
    found = work.session.execute(select(func.count()).select_from(limited)).scalar_one()
    return min(found, LOOK_AT), found > LOOK_AT


def _bounded(work: Work, fits: ColumnElement[int], looked_at: int) -> tuple[int, bool]:
    looked, found = work.session.execute(select(func.count(), func.coalesce(func.sum(fits), 0))).one()
    return int(found), looked > looked_at


def _walking(statement: Select[Any], register: Register) -> Select[Any]:
    """Have SQLite go along the index of the list instead of sorting what another index finds."""
    table = register.table.__table__  # type: ignore[attr-defined]
    return statement.select_from(table).with_hint(table, f"INDEXED BY {register.walk}", "sqlite")


def _index_holds(register: Register, columns: Sequence[Column[Any]]) -> bool:
    """Whether the index of the list holds these columns."""
    table = register.table.__table__  # type: ignore[attr-defined]
    held = {one.name for index in table.indexes if index.name == register.walk for one in index.columns}
    return bool(register.walk) and held.issuperset(column.name for column in columns)


def filters_of(work: Work, register: Register) -> tuple[Filter, ...]:
    """The filters of a register, those of custom fields included."""
    custom = [
        _custom_filter(register, key, spec)
        for key, spec in custom_specs(work, register.name).items()
        if spec.kind in ("choice", "choices", "yes_no") and work.viewer.sees(spec.sensitivity) == "clear"
    ]
    return (*register.filters, *custom)


def _custom_filter(register: Register, key: str, spec: FieldSpec) -> Filter:
    value = register.column("extra")[key]
    if spec.kind == "yes_no":
        options: Sequence[Option] = (Option("yes", N_("Yes")), Option("no", N_("No")))
    else:
        options = spec.options

    def where(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
        if spec.kind == "yes_no":
            yes: ColumnElement[bool] = value.as_boolean().is_(True)
            return yes if "yes" in codes else or_(value.as_boolean().is_(False), value.as_boolean().is_(None))
        if spec.kind == "choice":
            one_of: ColumnElement[bool] = value.as_string().in_(list(codes))
            return one_of
        text = sql_cast(value, String)
        return or_(*(text.contains(json.dumps(code), autoescape=True) for code in codes))

    return Filter(key, spec.label, where, lambda _work: options)


def _search_text(register: Register, text: str) -> ColumnElement[bool]:
    columns = [
        register.column(name)
        for name, spec in register.specs.items()
        if spec.kind in ("text", "person") and spec.sensitivity in ("open", "name")
    ]
    words = text.split()
    return and_(*(or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words))


def _rows(
    work: Work, register: Register, wanted: _Wanted, listing: Listing, sort: Sort, *, few: bool
) -> tuple[list[Values], bool, bool]:  # fmt: skip
    """One page. With `few`, all that lies in the places asked for was looked at to count it, and can be sorted."""
    hit = wanted.hit
    order: list[Column[Any]] = [register.column(name) for name in (*sort.columns, "id")]
    backwards = bool(listing.before)
    in_place = sort.columns == (register.path,)
    if hit.through is not None and in_place:
        order = [hit.through.place, hit.through.record_id]
    statement = select(*_columns(work, register), *(column.label(f"_k{i}") for i, column in enumerate(order)))
    if hit.through is not None and in_place:
        table = register.table.__table__  # type: ignore[attr-defined]
        joined = hit.through.record_id.table.join(table, table.c.id == hit.through.record_id)
        statement = statement.select_from(joined).where(hit.through.where, hit.where)
    else:
        statement = statement.where(hit.clause(register.column("id")))
        if register.walk and in_place and wanted.walked:
            statement = _walking(statement, register)
    cursor = _read_cursor(listing.before or listing.after, order)
    down = sort.descending != backwards
    if cursor:
        beyond = tuple_(*order) < tuple_(*cursor) if down else tuple_(*order) > tuple_(*cursor)
        statement = statement.where(beyond)
    ordered = [column.desc() if down else column.asc() for column in order]
    statement = statement.order_by(*ordered).limit(listing.size + 1)
    if few and wanted.places is not None and wanted.walked and _index_holds(register, order):
        # An order of all places would pass everything that lies elsewhere.
        chosen = _walking(statement.with_only_columns(register.column("id")), register)
        statement = (
            select(*statement.selected_columns).where(register.column("id").in_(chosen)).order_by(*ordered)
        )
    found = [dict(row) for row in work.session.execute(statement).mappings()]
    more = len(found) > listing.size
    found = found[: listing.size]
    if backwards:
        found.reverse()
    for row in found:
        row["_key"] = [row.pop(f"_k{i}") for i in range(len(order))]
    return found, more or backwards, more if backwards else bool(cursor)


def _columns(work: Work, register: Register) -> list[Column[Any]]:
    seen = seen_specs(work, register)
    wanted = {name for name in register.columns if name in seen} | set(register.carries)
    for one in register.computed:
        if one.name in register.columns and work.viewer.sees(one.sensitivity) != "none":
            wanted.update(one.needs)
    if any(spec.custom and spec.in_list for spec in seen.values()):
        wanted.add("extra")
    return [register.column("id"), *(register.column(name) for name in sorted(wanted))]


def _finish_rows(work: Work, register: Register, rows: list[Values]) -> list[Values]:
    """Masked, with the computed columns, in the order of the register's columns."""
    seen = seen_specs(work, register)
    custom = {name: spec for name, spec in seen.items() if spec.custom and spec.in_list}
    computed = {
        one.name: one.fill(work, rows)
        for one in register.computed
        if one.name in register.columns and work.viewer.sees(one.sensitivity) != "none"
    }
    finished = []
    for index, row in enumerate(rows):
        shown: Values = {"id": row["id"], **{name: row[name] for name in register.carries}}
        for name in register.columns:
            if name in computed:
                shown[name] = computed[name][index]
            elif name in seen and not seen[name].custom:
                shown[name] = _as_seen(work.viewer, seen[name], row[name])
        for name, spec in custom.items():
            if work.viewer.sees(spec.sensitivity) == "clear":
                shown[name] = (row["extra"] or {}).get(name)
        finished.append(shown)
    return finished


def _as_seen(viewer: Viewer, spec: FieldSpec, value: Any) -> Any:
    return value if viewer.sees(spec.sensitivity) == "clear" else spec.mask(value)


def _cursor(values: list[Any]) -> str:
    """Sealed: what a list is sorted by may be what its reader may not see."""
    plain = [value.isoformat() if isinstance(value, (date, datetime)) else value for value in values]
    sealed = ring().seal(json.dumps(plain, ensure_ascii=False), CURSOR)
    return base64.urlsafe_b64encode(sealed).decode()


def _read_cursor(text: str, order: list[Column[Any]]) -> list[Any]:
    """The values of a cursor; a damaged one (somebody edited the URL) starts from the beginning."""
    if not text:
        return []
    try:
        values = json.loads(ring().open(base64.urlsafe_b64decode(text.encode()), CURSOR))
        if len(values) != len(order):
            return []
        return [_typed(value, column) for value, column in zip(values, order, strict=True)]
    except (ValueError, TypeError, Refused):
        return []


def _typed(value: Any, column: Column[Any]) -> Any:
    # A decorated type knows only through what it decorates which Python type it has.
    kind = getattr(column.type, "impl_instance", column.type).python_type
    if kind is date:
        return date.fromisoformat(value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    return kind(value)


def get(who: Viewer | Work | None, register: Register, record_id: int) -> RecordView:
    """One record. Refused `record.not_found`, also when it lies outside the viewer's areas."""
    with unit(who, register.may("view"), write=False) as work:
        specs = seen_specs(work, register)
        row = row_of(work, register, record_id, register.may("view"))
        values: Values = {}
        masked: set[str] = set()
        for name, spec in specs.items():
            value = _value(row, register, name, spec)
            if work.viewer.sees(spec.sensitivity) == "masked" and value:
                masked.add(name)
                value = spec.mask(value)
            values[name] = value
        label_spec = specs.get(register.label)
        label = str(row[register.label])
        if label_spec is not None:
            label = str(_as_seen(work.viewer, label_spec, label))
        return RecordView(record_id, row["version"], label, values, frozenset(masked), specs)


def row_of(work: Work, register: Register, record_id: int, action: str, *, lock: bool = False) -> Values:
    """All columns of one row that the viewer may do `action` to. For commands; never handed to a screen."""
    table = register.table.__table__  # type: ignore[attr-defined]
    statement = select(table).where(table.c.id == record_id, scope(work, register, action))
    if lock:
        statement = statement.with_for_update()
    row = work.session.execute(statement).mappings().first()
    if row is None:
        raise Refused("record.not_found")
    return dict(row)


def _value(row: Values, register: Register, name: str, spec: FieldSpec) -> Any:
    if not spec.custom:
        return row[name]
    value = (row["extra"] or {}).get(name)
    if value and spec.sensitivity == "health":
        return ring().open(base64.b64decode(value), f"{register.name}.{name}")
    return value


def value_in_clear(row: Values, register: Register, name: str, spec: FieldSpec) -> Any:
    """The value of a field of a whole row, whoever asks. For commands that have checked the right."""
    return _value(row, register, name, spec)


@dataclass(frozen=True)
class HistoryEntry:
    at: datetime
    actor: str
    action: str
    changes: dict[str, Any]
    reason: str


def history(
    who: Viewer | Work | None, register: Register, record_id: int, limit: int = 100
) -> list[HistoryEntry]:
    """What was done to a record, latest first. Values of fields that the viewer may not see clear are left out."""
    with unit(who, register.may("view"), write=False) as work:
        row_of(work, register, record_id, register.may("view"))
        specs = all_specs(work, register)
        rows = work.session.execute(
            select(AuditEntry)
            .where(AuditEntry.kind == register.action, AuditEntry.record_id == record_id)  # type: ignore[arg-type]
            .order_by(AuditEntry.id.desc())  # type: ignore[union-attr]
            .limit(limit)
        ).scalars()
        return [
            HistoryEntry(
                row.at, row.actor, row.action, _seen_changes(work.viewer, specs, row.changes), row.reason
            )
            for row in rows
        ]


def _seen_changes(viewer: Viewer, specs: dict[str, FieldSpec], changes: dict[str, Any]) -> dict[str, Any]:
    return {
        name: pair
        if name not in specs or viewer.sees(specs[name].sensitivity) == "clear"
        else [audit.CHANGED, audit.CHANGED]
        for name, pair in changes.items()
    }
