"""What the viewer, and whoever they look after, is signed up for: on top, to give back and to answer."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from components.activities import words
from components.i18n import _
from components.navigation import page_link
from components.page import fold, open_here, unfold
from components.register.values import plain
from components.volunteers import words as times
from db import clock
from db.access import Viewer
from db.activities import programme, signing_up

SHOWN = 3


def draw(viewer: Viewer) -> None:
    """One's own places, the nearest first."""
    rows = signing_up.own_bookings(viewer)
    if not rows:
        return
    st.subheader(_("You are signed up"))
    own = viewer.name
    for row in rows[:SHOWN]:
        booking(viewer, row, own)
    if len(rows) > SHOWN:
        with st.expander(_("Show more")):
            for row in rows[SHOWN:]:
                booking(viewer, row, own)


def brief(viewer: Viewer, rows: Sequence[Any]) -> None:
    """One's own places on the start page, the nearest first; the activity's own page has the rest."""
    if not rows:
        return
    st.subheader(_("My activities"))
    for row in rows[:SHOWN]:
        with st.container(border=True, key=f"card_join_{row.booking_id}", gap="small"):
            lines = [
                f":primary[**{plain(row.title)}**]",
                f":material/calendar_month: {plain(_when(viewer, row))}",
            ]
            st.markdown("  \n".join([*lines, words.state(row.state)]))
            with st.container(key=f"tap_see_join_{row.booking_id}"):
                page_link(_("Look at it"), "activities", icon=":material/celebration:", id=row.activity_id)


def booking(viewer: Viewer, row: Any, own: str, *, here: bool = False) -> None:
    """One of them; `here`: on the page of the activity itself."""
    with st.container(border=True, key=f"card_mine_{row.booking_id}", gap="small"):
        whose = "" if row.name == own else f"**{plain(row.name)}** · "
        lines = [] if here else [f":primary[**{plain(row.title)}**]"]
        lines.append(f":material/calendar_month: {plain(_when(viewer, row))}")
        st.markdown("  \n".join([*lines, f"{whose}{words.state(row.state)}"]))
        if row.state == "offered":
            _offer(viewer, row)
            return
        with st.container(horizontal=True, key=f"tap_mine_{row.booking_id}"):
            if not here:
                st.button(
                    _("Look at it"), key=f"mine_open_{row.booking_id}", icon=":material/visibility:", on_click=open_here,
                    args=("id", row.activity_id),
                )  # fmt: skip
            key = f"back_{row.booking_id}"
            opened = unfold(key, _("Give back"), ":material/event_busy:")
        if opened:
            st.markdown(plain(_("Whoever stands in line gets the place.")))
            with st.container(key=f"tap_leave_{row.booking_id}"):
                st.button(
                    _("Yes, give the place back") if row.state == "booked" else _("Yes, take off the list"),
                    key=f"mine_leave_{row.booking_id}", type="primary", width="stretch", on_click=words.press,
                    args=(signing_up.leave, viewer), kwargs={"booking_id": row.booking_id, "done": _left},
                )  # fmt: skip
            fold(key)


def _when(viewer: Viewer, row: Any) -> str:
    """When it is; of a term that has begun, the next date."""
    if row.starts_at.astimezone(clock.PLACE).date() == row.ends_at.astimezone(clock.PLACE).date():
        return times.when(row.starts_at, row.ends_at)
    return words.when(programme.card(viewer, activity_id=row.activity_id))


def _left(_result: None) -> str:
    return _("Given back. Thank you for saying so.")


def _offer(viewer: Viewer, row: Any) -> None:
    st.markdown(plain(_("A place is free. Please answer until {moment}; then the next one is asked.",
                        moment=times.moment(row.offered_until))))  # fmt: skip
    with st.container(horizontal=True, key=f"tap_offer_{row.booking_id}"):
        st.button(
            _("Yes, I take it"), key=f"offer_yes_{row.booking_id}", type="primary", icon=":material/check:",
            on_click=words.press, args=(signing_up.answer, viewer), kwargs={"booking_id": row.booking_id, "yes": True},
        )  # fmt: skip
        st.button(
            _("No, thank you"), key=f"offer_no_{row.booking_id}", on_click=words.press,
            args=(signing_up.answer, viewer), kwargs={"booking_id": row.booking_id, "yes": False},
        )  # fmt: skip
