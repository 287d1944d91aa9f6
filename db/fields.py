"""What the fields of a record are: label, kind, limits, sensitivity, and what ledgers call them.

The constructors return SQLModel fields, so a table reads as a list of its fields; everything that draws,
checks, imports or exports a record reads the same `FieldSpec` from the column.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from db import clock, parsing
from db.parsing import Parsed
from db.sealing import Sealed
from db.words import N_


@dataclass(frozen=True)
class Option:
    """One of the values a choice can have. `also` are the words for it that ledgers use."""

    code: str
    label: str
    also: tuple[str, ...] = ()


def option(code: str, label: str, *also: str) -> Option:
    return Option(code, label, also)


@dataclass(frozen=True)
class FieldSpec:
    label: str
    kind: str  # text, long, number, day, yes_no, choice, choices, id_number, phone, person, ref
    help: str = ""
    required: bool = False
    sensitivity: str = "open"  # open, name, contact, identity, health
    headings: tuple[str, ...] = ()
    longest: int = 200
    options: tuple[Option, ...] = ()
    past: bool = False  # a day that cannot lie in the future
    custom: bool = False
    in_list: bool = False
    derived: bool = False  # follows from other fields: shown, exported, never typed

    def parse(self, raw: Any) -> Parsed[Any]:
        """A typed or imported value → what is kept; `problem` is a code for the reader."""
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            empty: Any = [] if self.kind == "choices" else None if self.kind in _NULLABLE else ""
            if self.required:
                return Parsed(empty, problem="field.required")
            return Parsed(empty)
        return _PARSERS[self.kind](self, raw)

    def mask(self, value: Any, form: str = "usual") -> str:
        """The value as somebody sees it who may not see it whole."""
        if not value:
            return ""
        if self.kind == "id_number":
            return parsing.mask_id(str(value), form)
        if self.kind == "phone":
            return "、".join(parsing.mask_phone(one, form) for one in str(value).split("、"))
        if self.kind == "person":
            return parsing.mask_name(str(value), form)
        return str(value) if form == "none" else "＊＊＊"


_NULLABLE = {"number", "day", "ref"}


def _text(spec: FieldSpec, raw: Any) -> Parsed[str]:
    value = str(raw).strip() if spec.kind == "long" else parsing.fold(raw)
    return Parsed(value, problem="field.too_long") if len(value) > spec.longest else Parsed(value)


def _number(_spec: FieldSpec, raw: Any) -> Parsed[float]:
    try:
        value = float(parsing.fold(raw).replace(",", ""))
    except ValueError:
        return Parsed(None, problem="field.not_a_number")
    return Parsed(int(value) if value.is_integer() else value)


def _day(spec: FieldSpec, raw: Any) -> Parsed[date]:
    if type(raw) is date:
        future = spec.past and raw > clock.today()
        return Parsed(raw, problem="date.future" if future else None)
    return parsing.day(raw, today=clock.today(), ahead=not spec.past)


def _yes_no(_spec: FieldSpec, raw: Any) -> Parsed[bool]:
    return Parsed(raw) if isinstance(raw, bool) else parsing.yes_no(raw)


def _choice(spec: FieldSpec, raw: Any) -> Parsed[str]:
    text = parsing.fold(raw)
    for one in spec.options:
        if text == one.code or text.casefold() == one.label.casefold() or text in one.also:
            return Parsed(one.code)
    return Parsed(None, problem="field.not_a_choice")


def _choices(spec: FieldSpec, raw: Any) -> Parsed[list[str]]:
    parts = raw if isinstance(raw, (list, tuple)) else _split(parsing.fold(raw))
    if not spec.options:
        return Parsed([str(part) for part in parts])
    chosen = [_choice(spec, part) for part in parts]
    if any(one.problem for one in chosen):
        return Parsed(None, problem="field.not_a_choice")
    return Parsed([one.value for one in chosen if one.value])


def _split(text: str) -> list[str]:
    for mark in "，、；;/|":
        text = text.replace(mark, ",")
    return [part.strip() for part in text.split(",") if part.strip()]


def _phone(_spec: FieldSpec, raw: Any) -> Parsed[str]:
    found = parsing.phones(raw)
    return Parsed("、".join(found.value) if found.value else None, found.problem, found.note)


_PARSERS: dict[str, Callable[[FieldSpec, Any], Parsed[Any]]] = {
    "text": _text,
    "long": _text,
    "number": _number,
    "day": _day,
    "yes_no": _yes_no,
    "choice": _choice,
    "choices": _choices,
    "id_number": lambda spec, raw: parsing.id_number(raw),
    "phone": _phone,
    "person": lambda spec, raw: parsing.person_name(raw),
    "ref": lambda spec, raw: Parsed(int(raw)),
}

PROBLEMS = {
    "field.required": N_("This is needed."),
    "field.too_long": N_("This is too long."),
    "field.not_a_number": N_("This is not a number."),
    "field.not_a_choice": N_("This is none of the choices: {value}"),
    "account.username": N_("2 to 40 letters, digits, dots or dashes, beginning with a letter or digit."),
    **parsing.PROBLEMS,
}


def _column(
    spec: FieldSpec, default: Any, sa_type: Any = None, *, index: bool = False, unique: bool = False
) -> Any:
    extras: dict[str, Any] = {"sa_type": sa_type} if sa_type is not None else {}
    return Field(
        default=default, index=index, unique=unique, sa_column_kwargs={"info": {"field": spec}}, **extras
    )


def text(
    label: str, *, required: bool = False, longest: int = 200, long: bool = False, help: str = "",
    sensitivity: str = "open", headings: Iterable[str] = (), index: bool = False, unique: bool = False,
) -> Any:  # fmt: skip
    """A line of text, or several with `long`."""
    spec = FieldSpec(
        label,
        "long" if long else "text",
        help,
        required,
        sensitivity,
        tuple(headings),
        4000 if long else longest,
    )
    return _column(spec, "", index=index, unique=unique)


def derived(label: str) -> Any:
    """A text that follows from other fields and is never typed."""
    return _column(FieldSpec(label, "text", derived=True), "")


def person(label: str, *, required: bool = False, headings: Iterable[str] = (), help: str = "") -> Any:
    """A person's name."""
    return _column(FieldSpec(label, "person", help, required, "name", tuple(headings), 40), "", index=False)


def day(label: str, *, past: bool = False, headings: Iterable[str] = (), help: str = "", index: bool = False,
        required: bool = False, default: date | None = None) -> Any:  # fmt: skip
    """A calendar day, or none."""
    return _column(
        FieldSpec(label, "day", help, required, headings=tuple(headings), past=past), default, index=index
    )


def number(
    label: str,
    *,
    headings: Iterable[str] = (),
    help: str = "",
    required: bool = False,
    default: int | None = None,
) -> Any:
    """A whole or decimal number, or none."""
    return _column(FieldSpec(label, "number", help, required, headings=tuple(headings)), default)


def flag(label: str, *, default: bool = False, headings: Iterable[str] = (), help: str = "") -> Any:
    """Yes or no."""
    return _column(FieldSpec(label, "yes_no", help, headings=tuple(headings)), default)


def choice(
    label: str, options: tuple[Option, ...], *, required: bool = False, default: str = "", help: str = "",
    sensitivity: str = "open", headings: Iterable[str] = (), index: bool = False,
) -> Any:  # fmt: skip
    """One of a few values."""
    spec = FieldSpec(label, "choice", help, required, sensitivity, tuple(headings), options=options)
    return _column(spec, default, index=index)


def choices(
    label: str, options: tuple[Option, ...] = (), *, help: str = "", headings: Iterable[str] = ()
) -> Any:
    """Any number of a few values, kept as a list. Without `options` they are data (`Register.choices`)."""
    spec = FieldSpec(label, "choices", help, headings=tuple(headings), options=options)
    return Field(
        default_factory=list, sa_type=JSON, nullable=False, sa_column_kwargs={"info": {"field": spec}}
    )


def sealed(
    context: str, label: str, kind: str, *, sensitivity: str, headings: Iterable[str] = (), help: str = ""
) -> Any:
    """A value that is encrypted at rest. `context` is "table.column"."""
    spec = FieldSpec(label, kind, help, sensitivity=sensitivity, headings=tuple(headings), longest=4000)
    return _column(spec, None, Sealed(context))


def ref(label: str, to: str, *, required: bool = False, help: str = "", headings: Iterable[str] = (),
        nullable: bool = True, index: bool = True) -> Any:  # fmt: skip
    """Another record, by its id. `to` is "table.id"."""
    spec = FieldSpec(label, "ref", help, required, headings=tuple(headings))
    return Field(
        default=None,
        foreign_key=to,
        index=index,
        nullable=nullable,
        sa_column_kwargs={"info": {"field": spec}},
    )


@lru_cache(maxsize=100)
def specs_of(table: type[SQLModel]) -> dict[str, FieldSpec]:
    """The fields of a table by name, in the order they are declared."""
    columns: Iterable[Column[Any]] = table.__table__.c  # type: ignore[attr-defined]
    return {column.name: column.info["field"] for column in columns if "field" in column.info}
