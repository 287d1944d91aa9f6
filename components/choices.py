"""The parts of `/settings`: what the community decided, its own fields, its groups of people."""

from typing import Any

import streamlit as st

import components.office  # noqa: F401
from components.i18n import _
from components.register.values import plain
from components.words import say
from db import custom
from db.access import Viewer
from db.custom import KIND_OPTIONS
from db.errors import Refused
from db.people import groups
from db.people.households import HOUSEHOLDS
from db.people.residents import RESIDENTS
from db.register import REGISTERS
from db.system import community
from db.system.accounts import ACCOUNTS
from db.system.community import SETTINGS, SettingSpec
from db.territory.posts import POSTS

_FIRST = (RESIDENTS, HOUSEHOLDS, POSTS, ACCOUNTS)
_KINDS = {one.code: one.label for one in KIND_OPTIONS}


def decisions(viewer: Viewer) -> None:
    """Every setting with its limits, by section."""
    now = community.all_settings(viewer)
    with st.form("settings"):
        typed: dict[str, Any] = {}
        section = ""
        for spec in SETTINGS.values():
            if spec.section != section:
                section = spec.section
                st.subheader(_(section))
            typed[spec.name] = _setting(spec, now[spec.name])
        pressed = st.form_submit_button(_("Save"), type="primary")
    if pressed:
        try:
            for name, value in typed.items():
                if value != now[name]:
                    community.change_setting(viewer, name=name, value=value)
        except Refused as refused:
            say(refused)
        else:
            st.toast(_("Saved."))
            st.rerun()


def _setting(spec: SettingSpec, now: Any) -> Any:
    help = _(spec.help) if spec.help else None
    key = f"setting_{spec.name}"
    if spec.kind == "text":
        return st.text_input(_(spec.label), now, key=key, max_chars=spec.most, help=help)
    if spec.kind == "choice":
        labels = {one.code: _(one.label) for one in spec.options}
        return st.selectbox(
            _(spec.label), list(labels), index=list(labels).index(now), format_func=labels.__getitem__, key=key,
            help=help,
        )  # fmt: skip
    return st.number_input(_(spec.label), spec.least, spec.most, now, key=key, help=help)


def own_fields(viewer: Viewer) -> None:
    """The custom fields of one register: list, add, change, close."""
    registers = {one.name: _(one.title) for one in (*_FIRST, *REGISTERS.values())}
    start = st.query_params.get("register", "")
    chosen = st.selectbox(
        _("Register"), list(registers), index=list(registers).index(start) if start in registers else 0,
        format_func=registers.__getitem__, key="fields_register", on_change=_keep_register,
    )  # fmt: skip
    rows = custom.custom_fields(viewer, register=chosen)
    st.caption(_("An own field appears in the form, the list, the filters, import, export and history."))
    if not rows:
        st.info(_("This register has no fields of your own yet."))
    for row in rows:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            marks = [
                word
                for word, holds in (
                    (_("must be filled in"), row["required"]),
                    (_("sensitive"), row["sensitive"]),
                    (_("in the list"), row["in_list"]),
                    (_("no longer used"), row["closed"]),
                )
                if holds
            ]
            st.markdown(
                f"**{plain(row['label'])}**  \n:gray[{' · '.join([_(_KINDS[row['kind']]), *marks])}]",
                width="stretch",
            )
            if st.button(_("Change"), icon=":material/edit:", key=f"field_{row['id']}"):
                _change_field(viewer, row)
    if st.button(_("Add a field"), type="primary", icon=":material/add:", key="field_add"):
        _add_field(viewer, chosen)


def _keep_register() -> None:
    st.query_params["register"] = st.session_state["fields_register"]


def _add_field(viewer: Viewer, register: str) -> None:
    @st.dialog(_("A field of your own"))
    def dialog() -> None:
        label = st.text_input(
            _("Label"), key="field_label", max_chars=40, placeholder=_("for example: owns a dog")
        )
        kind = st.selectbox(_("Kind"), list(_KINDS), format_func=lambda one: _(_KINDS[one]), key="field_kind")
        options = ""
        if kind in ("choice", "choices"):
            options = st.text_area(_("Choices, one per line"), key="field_options")
        required = st.checkbox(_("Must be filled in"), key="field_required")
        sensitive = st.checkbox(
            _("Sensitive: masked until revealed"), key="field_sensitive",
            help=_("Encrypted at rest, and shown only for a reason that is recorded. Cannot be changed later."),
        )  # fmt: skip
        in_list = st.checkbox(_("Shown in the list"), key="field_in_list", disabled=sensitive)
        if st.button(_("Add"), type="primary", key="field_add_now"):
            try:
                custom.add_custom_field(
                    viewer, register=register, label=label, kind=kind, options=options, required=required,
                    sensitive=sensitive, in_list=in_list and not sensitive,
                )  # fmt: skip
            except Refused as refused:
                say(refused)
            else:
                st.rerun()

    dialog()


def _change_field(viewer: Viewer, row: dict[str, Any]) -> None:
    @st.dialog(_("A field of your own"))
    def dialog() -> None:
        key = f"field_{row['id']}"
        label = st.text_input(_("Label"), row["label"], key=f"{key}_label", max_chars=40)
        options = row["options"]
        if row["kind"] in ("choice", "choices"):
            options = st.text_area(_("Choices, one per line"), options, key=f"{key}_options")
        required = st.checkbox(_("Must be filled in"), row["required"], key=f"{key}_required")
        in_list = st.checkbox(
            _("Shown in the list"), row["in_list"], key=f"{key}_in_list", disabled=row["sensitive"]
        )
        closed = st.checkbox(
            _("No longer used"), row["closed"], key=f"{key}_closed",
            help=_("The field disappears; what was entered is kept and comes back when it is used again."),
        )  # fmt: skip
        if st.button(_("Save"), type="primary", key=f"{key}_save"):
            try:
                custom.change_custom_field(
                    viewer, field_id=row["id"], label=label, options=options, required=required, in_list=in_list,
                    closed=closed,
                )  # fmt: skip
            except Refused as refused:
                say(refused)
            else:
                st.rerun()

    dialog()


def people_groups(viewer: Viewer) -> None:
    """The groups of people: add, rename, words that ledgers use, in care or not, close."""
    st.caption(_("Groups are yours to decide. The import knows them by the words that ledgers use."))
    for row in groups.all_groups(viewer):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            marks = [_("in care")] if row["cares"] else []
            marks += [_("no longer used")] if row["closed"] else []
            name = plain(row["name"]) + (f" · {plain(row['name_en'])}" if row["name_en"] else "")
            lines = [f"**{name}**" + "".join(f" :gray-badge[{mark}]" for mark in marks)]
            if row["words"]:
                lines.append(f":gray[{plain(row['words'])}]")
            st.markdown("  \n".join(lines), width="stretch")
            if st.button(_("Change"), icon=":material/edit:", key=f"group_{row['id']}"):
                _group(viewer, row)
    if st.button(_("Add a group"), type="primary", icon=":material/add:", key="group_add"):
        _group(viewer, None)


def _group(viewer: Viewer, row: dict[str, Any] | None) -> None:
    @st.dialog(_("Group of people"))
    def dialog() -> None:
        now = row or {"id": 0, "name": "", "name_en": "", "words": "", "cares": False, "closed": False}
        key = f"group_{now['id']}"
        name = st.text_input(_("Name"), now["name"], key=f"{key}_name", max_chars=40)
        name_en = st.text_input(_("Name in English"), now["name_en"], key=f"{key}_name_en", max_chars=60)
        words = st.text_area(
            _("Words that ledgers use for it, separated by 、"),
            now["words"],
            key=f"{key}_words",
            max_chars=400,
        )
        cares = st.checkbox(
            _("Its people are in care"), now["cares"], key=f"{key}_cares",
            help=_("Counts for whoever joins the group from now on."),
        )  # fmt: skip
        closed = row is not None and st.checkbox(_("No longer used"), now["closed"], key=f"{key}_closed")
        if st.button(_("Save"), type="primary", key=f"{key}_save"):
            said: dict[str, Any] = {"name": name, "name_en": name_en, "words": words, "cares": cares}
            try:
                if row is None:
                    groups.add_group(viewer, **said)
                else:
                    groups.change_group(
                        viewer, group_id=row["id"], version=row["version"], closed=closed, **said
                    )
            except Refused as refused:
                say(refused)
            else:
                st.rerun()

    dialog()
