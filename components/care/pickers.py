"""Choosing areas and groups, for rules and for warnings."""

from typing import Any

import streamlit as st

from components.i18n import _
from components.register.form import Picker
from components.register.values import label
from db.access import Viewer
from db.people.glance import group_choices
from db.people.residents import area_options
from db.register import Register
from db.work import unit


def areas(viewer: Viewer, action: str) -> dict[int, str]:
    """The areas above the homes in which the viewer may do `action`."""
    with unit(viewer, action, write=False) as work:
        return {int(one.code): one.label for one in area_options(action)(work)}


def area(register: Register, action: str) -> Picker:
    """An area; none where the field does not need one."""
    spec = register.specs["area_id"]

    def pick(viewer: Viewer, key: str, value: Any) -> int | None:
        known = areas(viewer, action)
        now = int(value) if str(value or "").isdecimal() else None
        options: list[int | None] = list(known) if spec.required else [None, *known]
        first: dict[str, Any] = {}
        if key not in st.session_state:
            start = now if now in known else (next(iter(known), None) if spec.required else None)
            first = {"index": options.index(start) if start in options else 0}
        chosen: int | None = st.selectbox(
            label(spec) + (" *" if spec.required else ""), options, key=key, help=_(spec.help) if spec.help else None,
            format_func=lambda one: known[one] if one is not None else _("Everywhere"), **first,
        )  # fmt: skip
        return chosen

    return pick


def groups(register: Register) -> Picker:
    """Any number of the groups that are in use."""
    spec = register.specs["groups"]

    def pick(viewer: Viewer, key: str, value: Any) -> list[str]:
        known = dict(group_choices(viewer))
        first: dict[str, Any] = (
            {} if key in st.session_state else {"default": [code for code in value or () if code in known]}
        )
        chosen: list[str] = st.multiselect(
            label(spec), list(known), key=key, format_func=known.__getitem__, placeholder=_("Choose"), **first
        )
        return chosen

    return pick
