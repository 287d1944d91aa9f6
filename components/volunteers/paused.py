"""Where shifts are looked for: that one pauses, until when, and the way back."""

import streamlit as st

from components.i18n import _, day_text
from components.kept import Kept
from components.navigation import page_link
from components.register.values import plain
from db.volunteers import absence


def line(kept: Kept) -> bool:
    """Say so to who pauses; returns whether they do. Refused `volunteer.none`."""
    until = kept.read(absence.paused_until)
    if until is None:
        return False
    with st.container(border=True, key="card_paused", gap="small"):
        st.markdown(f":material/pause_circle: **{plain(_('You pause until {day}.', day=day_text(until)))}**")
        st.caption(_("Until then no shifts are proposed to you."))
        with st.container(key="tap_see_paused"):
            page_link(_("To the pause, or serve again"), "my-shifts", icon=":material/undo:", part="me")
    return True
