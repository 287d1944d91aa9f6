"""No-shows for those who look after shifts: the objections that wait for an answer first."""

import streamlit as st

from components.i18n import _, day_text
from components.live import follow
from components.register.values import plain
from components.volunteers.hours_words import press, said_no
from components.words import SENTENCES
from db.access import Viewer
from db.volunteers import no_shows
from db.volunteers.no_shows import Missed


def draw(viewer: Viewer) -> None:
    """Each with what was said about it; an objection is answered by somebody who did not note it."""
    follow("hours")
    said_no()
    found = no_shows.listed(viewer)
    st.caption(_("Excused ones, those found wrong and those with an open objection weigh nothing. All are forgotten after the days set."))  # fmt: skip
    if not found:
        st.success(_("There are none."), icon=":material/check_circle:")
    for one in found:
        with st.container(border=True, key=f"missed_{one.id}", gap="xsmall"):
            st.markdown(
                f"**{plain(one.name)}** :gray[{plain(one.number)}] {badge(one)}  \n{plain(f'{day_text(one.on)} · {one.title}')}"
            )
            st.caption(
                plain(_("Noted by {name}.", name=one.noted_by) + (f" {one.reason}" if one.reason else ""))
            )
            conversation(one)
            if one.open:
                _answer(viewer, one)


def badge(one: Missed) -> str:
    """How it stands, in Markdown."""
    if one.open:
        return f":orange-badge[{_('objection waits')}]"
    if one.upheld:
        return f":green-badge[{_('the objection was right')}]"
    if one.excused:
        return f":gray-badge[{_('excused')}]"
    return f":red-badge[{_('counts until {day}', day=day_text(one.expires_on))}]"


def conversation(one: Missed) -> None:
    """The objection, and what was answered."""
    if one.appeal:
        st.markdown(f":material/chat_bubble: {plain(one.appeal)}")
    if one.answered_by:
        st.markdown(f":material/reply: {plain(f'{one.answered_by}: {one.answer}')}")


def _answer(viewer: Viewer, one: Missed) -> None:
    if one.own:
        st.caption(f":material/block: {plain(_(SENTENCES['no_show.own']))}")
        return
    text = st.text_input(_("Answer"), key=f"answer_{one.id}", max_chars=400)
    with st.container(horizontal=True):
        for right, label, icon in (
            (True, _("The objection is right"), ":material/check:"),
            (False, _("It stays as noted"), ":material/close:"),
        ):
            st.button(
                label, icon=icon, key=f"answer_{one.id}_{right}", on_click=press, args=(no_shows.answer, viewer),
                kwargs={"no_show_id": one.id, "right": right, "text": text},
            )  # fmt: skip
