"""Whom one visits: behind one tap, around the visit only, because each look is recorded."""

from datetime import datetime, timedelta

import streamlit as st

from components.i18n import _
from components.register.values import plain
from components.volunteers import words
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.volunteers import elder
from db.volunteers.elder import Elder
from db.volunteers.own import Mine

_SEEN = "_elder_seen"
SHOWN = timedelta(minutes=10)
"""So long it stays on the screen; then it takes another look, which is recorded again."""


def draw(viewer: Viewer, one: Mine, *, over: bool = False) -> None:
    """The box of the person who is visited, or from when on it can be seen; `over`: the place was given back."""
    if one.elder_from is None or one.elder_until is None:
        if one.card.elder_visited and not over and clock.now() < one.card.ends_at:
            st.caption(f":material/lock_clock: {plain(_('Whom you visit the office tells you in time.'))}")
        return
    if clock.now() < one.elder_from:
        said = _("Whom you visit can be seen from {from_at} on.", from_at=words.moment(one.elder_from))
        st.caption(f":material/lock_clock: {plain(said)}")
        return
    if clock.now() > one.elder_until:
        return
    seen: tuple[int, Elder | Refused, datetime] | None = st.session_state.get(_SEEN)
    if over or seen is None or seen[0] != one.booking_id or seen[2] < clock.now() - SHOWN:
        st.button(
            _("Show whom I visit"), key=f"tap_elder_{one.booking_id}", icon=":material/visibility:", width="stretch",
            disabled=over, on_click=_look, args=(viewer, one),
        )  # fmt: skip
        st.caption(_("That you looked is recorded, and the person may ask for it."))
        return
    found = seen[1]
    if isinstance(found, Refused):
        words.say_refused(found)
        return
    lines = [f"#### {plain(found.name)}", f":material/location_on: **{plain(found.address)}**"]
    if found.phone:
        lines.append(f":material/call: [**{plain(found.phone)}**](tel:{found.phone})")
    if found.note:
        lines.append(f":material/info: {plain(found.note)}")
    with st.container(border=True, key=f"card_elder_{one.booking_id}"):
        st.markdown("\n\n".join(lines))
        st.caption(_("Keep it to yourself, and write it down nowhere."))


def _look(viewer: Viewer, one: Mine) -> None:
    found: Elder | Refused
    try:
        found = elder.look(viewer, one.booking_id)
    except Refused as refused:
        found = refused
    st.session_state[_SEEN] = (one.booking_id, found, clock.now())
