"""Calling a whole activity off: asks first, and says how many people are told."""

import streamlit as st

from components.activities import words
from components.i18n import _, n_
from components.register.values import plain
from db.access import Viewer
from db.activities import activities, signing_up
from db.activities.programme import Card


def draw(viewer: Viewer, card: Card) -> None:
    """The question, the reason, the button."""
    told = len({one.key for one in signing_up.holders(viewer, activity_id=card.id)})
    st.warning(
        plain(_("Really call “{title}” off?", title=card.title)) + "  \n" + (
            n_("{count} person who has or wants a place is told, with your reason.",
               "{count} people who have or want a place are told, with your reason.", told)
            if told else _("Nobody is signed up; nobody needs to be told.")
        ), icon=":material/event_busy:",
    )  # fmt: skip
    with st.form("call_off", border=False):
        why = st.text_input(_("Why (those concerned read it)"), key="off_why", max_chars=200, placeholder=_("for example: the teacher is ill"))  # fmt: skip
        pressed = st.form_submit_button(_("Call it off"), type="primary", icon=":material/event_busy:")
    if pressed:
        if words.act(activities.cancel, viewer, activity_id=card.id, why=why, done=said):
            st.query_params.pop("part", None)
        st.rerun()


def said(count: int) -> str:
    """How many were told."""
    return _("Called off.") + " " + (n_("{count} person is told.", "{count} people are told.", count) if count else _("Nobody needed to be told."))  # fmt: skip
