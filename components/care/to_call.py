"""Whom to call when somebody was not met: in their order, each with the number to tap, once it is asked for."""

import re

import streamlit as st

from components.i18n import _, n_
from components.navigation import page_link
from components.register.values import plain
from components.territory.words import ROLES
from components.words import say
from db.access import Viewer
from db.care import calls
from db.care.calls import ToCall
from db.errors import Refused
from db.words import N_

WHY_CALL = {
    "self": N_("the person"),
    "emergency": N_("emergency contact"),
    "contact": N_("contact"),
    "post": N_("responsible here"),
    "deputy": N_("deputy"),
}
SHOWN = "_numbers_to_call"


def call_order(viewer: Viewer, resident_id: int, attempts: int) -> None:
    """Whom to call, one after the other, because somebody could not be reached."""
    with st.container(border=True, key=f"call_order_{resident_id}", gap="small"):
        st.error(
            n_("Not reached {count} time: call now, in this order.", "Not reached {count} times: call now, in this order.", attempts),
            icon=":material/emergency:",
        )  # fmt: skip
        found = calls.whom_to_call(viewer, resident_id=resident_id)
        if not found:
            st.write(_("Nobody to call is known. Go there with a colleague, or ask the police station."))
        numbers: dict[str, str] = st.session_state.get(SHOWN, {}).get(resident_id, {})
        if any(one.opens and one.record not in numbers for one in found):
            _ask(viewer, resident_id, attempts)
        for number, one in enumerate(found, start=1):
            _line(viewer, resident_id, number, one, numbers.get(one.record, "") if one.opens else "")
        if viewer.can("resident.edit") and all(one.why in ("post", "deputy") for one in found):
            page_link(
                _("Enter somebody to call"), "residents", icon=":material/person_add:", id=resident_id, tab="Contacts"
            )  # fmt: skip


def _ask(viewer: Viewer, resident_id: int, attempts: int) -> None:
    """One tap shows all numbers of the list. Why is known; it is recorded for each of them."""
    reason = n_("Not met {count} time: to call in this order", "Not met {count} times: to call in this order", attempts)  # fmt: skip
    if st.button(
        _("Call them"), icon=":material/call:", type="primary", key=f"call_them_{resident_id}", width="stretch",
        help=_("Shows the numbers. Recorded for each, with the reason “{reason}”.", reason=reason),
    ):  # fmt: skip
        try:
            numbers = calls.reveal_numbers(viewer, resident_id=resident_id, reason=reason)
        except Refused as refused:
            say(refused)
        else:
            st.session_state.setdefault(SHOWN, {})[resident_id] = numbers
            st.rerun()


def _line(viewer: Viewer, resident_id: int, number: int, one: ToCall, shown: str) -> None:
    relation = _(ROLES[one.relation]) if one.relation in ROLES else one.relation
    facts = [part for part in (relation, _(WHY_CALL[one.why]), "" if shown else one.phone) if part]
    st.markdown(f"**{number}. {plain(one.name)}** {plain(' · '.join(facts))}")
    dial(f"{resident_id}_{number}", shown)
    if not one.phone and viewer.sees("contact") != "none":
        _without(viewer, resident_id, number, one)


def dial(key: str, numbers: str) -> None:
    """Each of the numbers of one cell, to tap."""
    for place, each in enumerate(filter(None, re.split(r"[、，,;；\s/]+", numbers))):
        with st.container(key=f"dial_{key}_{place}"):
            st.link_button(
                plain(each), f"tel:{re.sub(r'[^0-9+]', '', each)}", icon=":material/call:", type="primary",
                width="stretch",
            )  # fmt: skip


def _without(viewer: Viewer, resident_id: int, number: int, one: ToCall) -> None:
    """Somebody without a number: said, with the way to where it is entered."""
    kind, _colon, record_id = one.record.partition(":")
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"below_call_{resident_id}_{number}"
    ):
        st.caption(":material/phone_disabled: " + _("No number is known."), width="content")
        if kind in ("post", "deputy") and viewer.can("post.edit"):
            page_link(_("Enter it"), "posts", icon=":material/edit:", id=record_id)
        elif kind == "contact" and viewer.can("resident.edit"):
            page_link(_("Enter it"), "residents", icon=":material/edit:", id=resident_id, tab="Contacts")
