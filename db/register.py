"""A register (台账): a table that an office keeps, declared once and drawn, searched, imported and exported by one engine.

A `Register` says what is special about one ledger; labels, kinds, limits and sensitivity live on the
fields of its table (`db.fields`). Reading is in `db.listing`, writing in `db.keeping`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ColumnElement, and_, false, select
from sqlmodel import SQLModel

from db.fields import FieldSpec, Option, specs_of
from db.words import N_

if TYPE_CHECKING:
    from db.record import Record
    from db.work import Work

Values = dict[str, Any]
Where = Callable[["Work", Sequence[str]], ColumnElement[bool]]
Options = Callable[["Work"], Iterable[Option]]
Resolve = Callable[["Work", str], Iterable[int]]


@dataclass(frozen=True)
class Through:
    """A table whose index leads straight to rows, in the order of the register's path column.

    `record_id` and `place` are its columns; `place` always equals the path column of the record.
    """

    where: ColumnElement[bool]
    record_id: Column[Any]
    place: Column[Any]


@dataclass(frozen=True)
class Hit:
    """What a search means: conditions on the record, and the index that leads there, if one does."""

    where: ColumnElement[bool]
    through: Through | None = None
    narrow: bool = False  # few rows fit, and the database finds them by itself

    def clause(self, record_id: Column[Any]) -> ColumnElement[bool]:
        """The same as one condition on the record."""
        if self.through is None:
            return self.where
        return and_(self.where, record_id.in_(select(self.through.record_id).where(self.through.where)))


@dataclass(frozen=True)
class Filter:
    """One way to narrow a list. `where` turns the chosen codes into SQL; `options` says what can be chosen."""

    name: str
    label: str
    where: Where
    options: Options
    many: bool = True
    places: bool = False  # what it leaves are ranges of the path column
    through: Callable[["Work", Sequence[str]], Through | None] | None = None


@dataclass(frozen=True)
class Sort:
    """An order of the list: columns that are never null, made unique by the id."""

    name: str
    label: str
    columns: tuple[str, ...]
    descending: bool = False
    sensitivity: str = "open"  # of what the order gives away


@dataclass(frozen=True)
class Computed:
    """A column of the list that is no column of the table, worked out for the rows of one page."""

    name: str
    label: str
    fill: Callable[["Work", list[Values]], list[Any]]
    needs: tuple[str, ...] = ()
    sensitivity: str = "open"
    options: tuple[Option, ...] = ()  # what its codes mean, where it gives codes

    @property
    def spec(self) -> FieldSpec:
        return FieldSpec(self.label, "choice" if self.options else "text", options=self.options)


@dataclass(frozen=True)
class Section:
    """Fields that belong together in a form."""

    label: str
    fields: tuple[str, ...]


Search = Callable[["Work", str], ColumnElement[bool] | Hit]
BeforeSave = Callable[["Work", Values | None, Values], None]
AfterSave = Callable[["Work", int, Values | None, Values], None]


@dataclass(frozen=True)
class Register:
    """One ledger. `action` is the stem of its actions: "resident" → resident.view, .create, .edit, .export, .import."""

    name: str
    table: type["Record"]
    title: str
    one: str
    action: str
    columns: tuple[str, ...]
    sections: tuple[Section, ...]
    sorts: tuple[Sort, ...]
    filters: tuple[Filter, ...] = ()
    search: Search | None = None
    search_help: str = N_("Search")
    path: str = "area_path"  # the column that holds where a row lies; "" when rows lie nowhere
    label: str = "name"  # the column that names a row
    withdrawn: str = "withdrawn_at"  # rows that have this are in no list; "" where a status says it
    when_withdrawn: Callable[[], Values] = dict  # what else a row that is withdrawn becomes: closed, inactive
    computed: tuple[Computed, ...] = ()
    before_save: BeforeSave | None = None  # may change `values`, may refuse
    after_save: AfterSave | None = None
    choices: Mapping[str, Options] = field(default_factory=dict)  # for fields whose options are data
    carries: tuple[str, ...] = ()  # columns that rows of the list have with them and nobody is shown
    walk: str = (
        ""  # the index that holds all that filters and orders look at, in the order of the path column
    )
    match: tuple[str, ...] = ()  # fields by which an import knows a row again
    resolve: Mapping[str, Resolve] = field(default_factory=dict)  # refs: what a ledger calls it → ids
    importable: bool = True
    importer: str = ""  # "module:name" of an `importing.Importer` where the usual one will not do
    defaults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # hold unless the filter is used
    topics: tuple[str, ...] = ()

    def column(self, name: str) -> Column[Any]:
        return self.table.__table__.c[name]  # type: ignore[attr-defined,no-any-return]

    @property
    def specs(self) -> dict[str, FieldSpec]:
        return specs_of(self.table)

    def sort(self, name: str) -> Sort:
        return next((one for one in self.sorts if one.name == name), self.sorts[0])

    def may(self, verb: str) -> str:
        """The name of an action on this register."""
        return f"{self.action}.{verb}"


REGISTERS: dict[str, Register] = {}


def register(one: Register) -> Register:
    """Make a register known to the engine: custom fields, saved views and exports name it."""
    REGISTERS[one.name] = one
    return one


def field_filter(table: type[SQLModel], name: str) -> Filter:
    """The filter of a choice or yes/no field."""
    spec = specs_of(table)[name]
    column: Column[Any] = table.__table__.c[name]  # type: ignore[attr-defined]
    options: tuple[Option, ...]
    if spec.kind == "yes_no":
        options = (Option("yes", N_("Yes")), Option("no", N_("No")))

        def where(_work: "Work", codes: Sequence[str]) -> ColumnElement[bool]:
            return column.is_("yes" in codes) if len(set(codes)) == 1 else column.is_not(None)
    else:
        options = tuple(one for one in spec.options if one.code)

        def where(_work: "Work", codes: Sequence[str]) -> ColumnElement[bool]:
            known = [code for code in codes if any(code == one.code for one in options)]
            return column.in_(known) if known else false()

    return Filter(name, spec.label, where, lambda _work: options)
