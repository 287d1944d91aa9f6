"""Looser rhythms that wait for a second person."""

import streamlit as st

from components.care import words
from components.i18n import _, day_text
from components.live import follow
from components.navigation import page_link
from components.register.values import plain
from components.words import say
from db.access import Viewer
from db.care import rhythms
from db.care.rhythms import Waiting
from db.errors import Refused


def draw(viewer: Viewer) -> None:
    """Each with its reason, approved or not by somebody who did not ask for it."""
    follow("care")
    refused = st.session_state.pop("_approval_refused", None)
    if isinstance(refused, Refused):
        say(refused)
    found = rhythms.waiting(viewer)
    if not found:
        st.success(_("Nothing waits for approval."), icon=":material/check_circle:")
    for one in found:
        _line(viewer, one)


def _line(viewer: Viewer, one: Waiting) -> None:
    with st.container(border=True, key=f"approval_{one.id}", gap="xsmall"):
        page_link(
            f"**{plain(one.name)}** {plain(one.address)}", "residents", icon=":material/person:", id=one.resident_id, tab="Visits"
        )  # fmt: skip
        change = _(
            "{before} → {after}",
            before=words.days_words(one.now_days),
            after=words.days_words(one.every_days),
        )
        asked = _("{name}, {day}: {reason}", name=one.asked_name, day=day_text(one.on), reason=one.reason)
        st.markdown(f"**{plain(change)}**  \n{plain(asked)}")
        if one.own:
            st.caption(_("You asked for this yourself: somebody else must approve it."))
            return
        with st.container(horizontal=True):
            st.button(
                _("Approve"), icon=":material/check:", type="primary", key=f"approve_{one.id}",
                on_click=_decide, args=(viewer, one.id, True),
            )  # fmt: skip
            st.button(
                _("Do not approve"), icon=":material/close:", key=f"refuse_{one.id}",
                on_click=_decide, args=(viewer, one.id, False),
            )  # fmt: skip


def _decide(viewer: Viewer, rhythm_id: int, approve: bool) -> None:
    try:
        rhythms.decide(viewer, rhythm_id=rhythm_id, approve=approve)
    except Refused as refused:
        st.session_state["_approval_refused"] = refused
