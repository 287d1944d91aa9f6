"""The form of a register: what matters first, checked as one types, and kept when something is refused."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from components.i18n import _
from components.register.values import choice_label, label
from components.words import problem, warning
from db.access import Viewer
from db.fields import FieldSpec
from db.register import Register, Section, Values

Picker = Callable[[Viewer, str, Any], Any]  # viewer, key of the widget, present value → new value

CLEAR = "__clear__"


def draw(
    viewer: Viewer, register: Register, specs: Mapping[str, FieldSpec], now: Values, *, form: str,
    masked: frozenset[str] = frozenset(), pickers: Mapping[str, Picker] | None = None,
    check: Callable[[Values], list[str]] | None = None, problems: Mapping[str, str] | None = None,
) -> Values:  # fmt: skip
    """Draw the fields and return what was typed, by field. A masked field is returned only when it was typed anew.

    `form` keeps the widgets of different forms apart; `problems` are what the last saving refused.
    """
    typed: Values = {}
    shown_problems = dict(problems or {})
    sections = [*register.sections]
    custom = tuple(name for name, spec in specs.items() if spec.custom)
    if custom:
        sections.append(Section("Further fields", custom))
    for index, section in enumerate(sections):
        names = [name for name in section.fields if name in specs]
        if not names:
            continue
        box = (
            st.container()
            if index < 2
            else st.expander(
                _(section.label),
                expanded=any(name in shown_problems for name in names) or len(sections) <= 3,
            )
        )
        with box:
            if index < 2:
                st.subheader(_(section.label))
            for place, name in enumerate(names):
                if place % 2 == 0:  # row by row: on a phone the fields then follow each other
                    columns = st.columns(2)
                with columns[place % 2]:
                    _field(
                        viewer, name, specs[name], now.get(name), f"{form}_{name}", name in masked, typed,
                        shown_problems.get(name), (pickers or {}).get(name),
                    )  # fmt: skip
    if check is not None:
        for code in check({**now, **_parsed(specs, typed)}):
            st.warning(warning(code))
    return typed


def _parsed(specs: Mapping[str, FieldSpec], typed: Values) -> Values:
    return {
        name: parsed.value
        for name, value in typed.items()
        if not (parsed := specs[name].parse(value)).problem
    }


def _field(
    viewer: Viewer, name: str, spec: FieldSpec, value: Any, key: str, masked: bool, typed: Values,
    refused: str | None, picker: Picker | None,
) -> None:  # fmt: skip
    if picker is not None:
        typed[name] = picker(viewer, key, value)
    elif masked:
        new = _masked(spec, key, str(value))
        if new is not None:
            typed[name] = new
    else:
        typed[name] = _widget(spec, key, value)
    code = refused
    if name in typed and typed[name] not in (None, "", []):
        parsed = spec.parse(typed[name])
        code = parsed.problem
        if parsed.note and not code:
            st.caption(f":orange[{problem(parsed.note, typed[name])}]")
    if code and not (code == "field.required" and typed.get(name)):
        st.caption(f":red[{problem(code, typed.get(name, ''))}]")


def _title(spec: FieldSpec) -> str:
    return label(spec) + (" *" if spec.required else "")


def _masked(spec: FieldSpec, key: str, value: str) -> Any:
    """A hidden value stays as it is unless something new is typed, or it is emptied on purpose."""
    new = st.text_input(
        _title(spec),
        key=key,
        placeholder=_("{value} – leave empty to keep it", value=value),
        help=_help(spec),
    )
    if new:
        return new
    return "" if st.checkbox(_("Remove it"), key=f"{key}_remove") else None


def _help(spec: FieldSpec) -> str | None:
    return _(spec.help) if spec.help else None


def _widget(spec: FieldSpec, key: str, value: Any) -> Any:
    """The widget of a kind of field. What was typed lives under its key as long as the form is open."""
    first: dict[str, Any] = {} if key in st.session_state else {"value": _start(spec, value)}
    if spec.kind == "long":
        return st.text_area(
            _title(spec), key=key, help=_help(spec), max_chars=spec.longest, height=100, **first
        )
    if spec.kind == "yes_no":
        return st.toggle(_title(spec), key=key, help=_help(spec), **first)
    if spec.kind in ("choice", "choices"):
        return _choices(spec, key, value)
    placeholder = {"day": "1950-3-7", "phone": "13800001111", "id_number": _("18 characters")}.get(spec.kind)
    return st.text_input(_title(spec), key=key, help=_help(spec), placeholder=placeholder, **first)


def _start(spec: FieldSpec, value: Any) -> Any:
    if spec.kind == "yes_no":
        return bool(value)
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _choices(spec: FieldSpec, key: str, value: Any) -> Any:
    codes = [one.code for one in spec.options]
    if spec.kind == "choices":
        chosen = [code for code in value or [] if code in codes]
        first: dict[str, Any] = {} if key in st.session_state else {"default": chosen}
        return st.multiselect(
            _title(spec), codes, key=key, help=_help(spec), format_func=lambda code: choice_label(spec, code),
            placeholder=_("Choose"), **first,
        )  # fmt: skip
    if not spec.required and "" not in codes:
        codes = ["", *codes]
    start: dict[str, Any] = (
        {} if key in st.session_state else {"index": codes.index(value) if value in codes else 0}
    )
    return st.selectbox(
        _title(spec), codes, key=key, help=_help(spec),
        format_func=lambda code: choice_label(spec, code) if code or "" in {one.code for one in spec.options} else "–",
        **start,
    )  # fmt: skip


def forget(form: str) -> None:
    """Throw away what was typed into a form."""
    for key in [key for key in st.session_state if str(key).startswith(f"{form}_")]:
        del st.session_state[key]
