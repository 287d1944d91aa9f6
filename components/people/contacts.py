"""The contacts of a resident: whom to call, emergencies first."""

from typing import Any

import streamlit as st

from components.i18n import _
from components.navigation import page_link
from components.register.records import REASONS
from components.register.values import label, plain
from components.words import problem, say
from db.access import Viewer
from db.errors import Refused
from db.listing import RecordView
from db.people import contacts, households
from db.people.contacts import ContactView, contact_specs


def draw(viewer: Viewer, record: RecordView) -> None:
    """The list, and for those who may the form below it."""
    found = contacts.contacts_of(viewer, resident_id=record.id)
    if not found:
        st.write(_("Nobody to call is known."))
    for one in found:
        _line(viewer, record, one)
    if viewer.can("resident.edit"):
        with st.expander(_("Add a contact"), icon=":material/person_add:", expanded=not found):
            _form(viewer, record, None)


def _line(viewer: Viewer, record: RecordView, one: ContactView) -> None:
    with st.container(border=True, key=f"contact_{one.id}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            relation = f" · {plain(one.relation)}" if one.relation else ""
            if one.other_id is not None:
                page_link(
                    f"**{plain(one.name)}**{relation}", "residents", icon=":material/person:", id=one.other_id
                )
            else:
                st.markdown(f"**{plain(one.name)}**{relation}", width="content")
            if one.emergency:
                st.badge(_("Emergency"), color="red", icon=":material/emergency:")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            shown = st.session_state.get("_revealed", {}).get(("contact", one.id))
            if one.phone:
                st.markdown(f":material/call: {plain(shown or one.phone)}", width="content")
                if shown is None and viewer.can("resident.reveal"):
                    _reveal(viewer, one)
            if viewer.can("resident.edit"):
                _change(viewer, record, one)
                if st.button(
                    _("Remove"), icon=":material/delete:", type="tertiary", key=f"contact_drop_{one.id}"
                ):
                    _remove(viewer, one)
        if one.note:
            st.caption(plain(one.note))


def _remove(viewer: Viewer, one: ContactView) -> None:
    try:
        contacts.close_contact(viewer, contact_id=one.id)
    except Refused as refused:
        say(refused)
    else:
        st.rerun()


def _reveal(viewer: Viewer, one: ContactView) -> None:
    popover = st.popover(
        _("Show"), icon=":material/visibility:", type="tertiary", key=f"contact_show_{one.id}", on_change="rerun",
        help=_("Show {field}: needs a reason and is recorded", field=label(contact_specs()["phone"])),
    )  # fmt: skip
    if not popover.open:
        return
    with popover, st.form(f"contact_reveal_{one.id}", border=False):
        chosen = st.radio(_("Why do you need it?"), REASONS, index=None, format_func=_)
        words = st.text_input(_("or in words"), max_chars=120)
        if st.form_submit_button(_("Show"), type="primary"):
            try:
                value = contacts.reveal_phone(viewer, contact_id=one.id, reason=words or _(chosen or ""))
            except Refused as refused:
                say(refused)
            else:
                st.session_state.setdefault("_revealed", {})[("contact", one.id)] = value
                st.rerun()


def _change(viewer: Viewer, record: RecordView, one: ContactView) -> None:
    popover = st.popover(
        _("Change"), icon=":material/edit:", type="tertiary", key=f"contact_edit_{one.id}", on_change="rerun"
    )
    if popover.open:
        with popover:
            _form(viewer, record, one)


def _form(viewer: Viewer, record: RecordView, one: ContactView | None) -> None:
    """The form of a contact. What was typed stays when something is refused."""
    key = f"contact_form_{record.id}_{one.id if one else 'new'}"
    specs = contact_specs()
    problems: dict[str, str] = st.session_state.get(f"{key}_problems", {})
    home = {}
    if record.values.get("household_id"):
        home = {
            member.id: member.name
            for member in households.household(viewer, household_id=int(record.values["household_id"]))
            if member.id != record.id
        }
    if one is not None and one.other_id is not None:
        home.setdefault(one.other_id, one.name)
    with st.form(key, border=False):
        values: dict[str, Any] = {}
        left, right = st.columns(2)
        values["name"] = left.text_input(
            label(specs["name"]) + " *", one.name if one else "", key=f"{key}_name"
        )
        values["relation"] = right.text_input(
            label(specs["relation"]),
            one.relation if one else "",
            key=f"{key}_relation",
            help=_(specs["relation"].help),
        )
        phone = left.text_input(
            label(specs["phone"]), key=f"{key}_phone",
            placeholder=_("{value} – leave empty to keep it", value=one.phone) if one and one.phone else "13800001111",
        )  # fmt: skip
        if phone or one is None:
            values["phone"] = phone
        values["note"] = right.text_input(label(specs["note"]), one.note if one else "", key=f"{key}_note")
        other = None
        if home:
            other = left.selectbox(
                _("Is a resident"), [0, *home], key=f"{key}_other", format_func=lambda found: home.get(found, "–"),
                index=[0, *home].index(one.other_id) if one and one.other_id else 0,
            )  # fmt: skip
        values["emergency"] = right.toggle(
            label(specs["emergency"]), bool(one and one.emergency), key=f"{key}_emergency"
        )
        for name, code in problems.items():
            st.caption(f":red[{plain(label(specs[name]))}: {plain(problem(code, values.get(name, '')))}]")
        if not st.form_submit_button(_("Save"), type="primary"):
            return
    _save(viewer, record, one, key, values, other or None)


def _save(
    viewer: Viewer, record: RecordView, one: ContactView | None, key: str, values: dict[str, Any], other: int | None
) -> None:  # fmt: skip
    if other and not values["name"].strip():
        values["name"] = next(
            member.name
            for member in households.household(viewer, household_id=int(record.values["household_id"]))
            if member.id == other
        )
    try:
        if one is None:
            contacts.add_contact(viewer, resident_id=record.id, values=values, other_id=other)
        else:
            contacts.change_contact(
                viewer, contact_id=one.id, version=one.version, values=values, other_id=other
            )
    except Refused as refused:
        if refused.facts.get("problems"):
            st.session_state[f"{key}_problems"] = refused.facts["problems"]
            st.rerun()
        say(refused)
    else:
        for name in [name for name in st.session_state if str(name).startswith(key)]:
            del st.session_state[name]
        st.toast(_("Saved."))
        st.rerun()
