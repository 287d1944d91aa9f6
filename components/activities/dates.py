"""The dates of an activity: each moved or called off by itself; who has a place keeps it and is told."""

from datetime import timedelta

import streamlit as st

from components.activities import calling_off, words
from components.i18n import _, listed, n_
from components.register.values import plain
from components.volunteers import words as times
from db import clock
from db.access import Viewer
from db.activities import activities, programme
from db.activities.programme import Card, Session


def draw(viewer: Viewer, card: Card) -> None:
    """A card for each date, those to come first."""
    found = programme.sessions(viewer, activity_id=card.id)
    now = clock.now()
    over = [one for one in found if one.ends_at <= now]
    with st.grid("auto", min_column_width=320, gap="small"):
        for one in found:
            if one not in over:
                _session(viewer, card, one)
    if card.stage in ("draft", "announced", "running"):
        with st.expander(_("Call the whole activity off"), icon=":material/event_busy:"):
            calling_off.draw(viewer, card)
    if over:
        with st.expander(n_("{count} date is over", "{count} dates are over", len(over))):
            st.markdown("  \n".join(_line(card, one) for one in over))


def _line(card: Card, one: Session) -> str:
    called_off = (
        f" {words.tag('red', _('Called off'))} {plain(one.cancelled)}" if one.cancelled is not None else ""
    )
    topic = f" {plain(one.topic)}" if one.topic else ""
    number = f"{one.number}\\. " if card.sessions > 1 else ""
    return f"{number}**{plain(times.when(one.starts_at, one.ends_at))}**{topic}{called_off}"


def _session(viewer: Viewer, card: Card, one: Session) -> None:
    with st.container(border=True, key=f"date_{one.id}", gap="small"):
        taken = (
            f"  \n:gray[{plain(_('{taken} of {capacity} places', taken=one.taken, capacity=one.capacity))}]"
        )
        st.markdown(_line(card, one) + taken)
        if one.cancelled is not None:
            return
        with st.container(horizontal=True, key=f"tap_date_{one.id}"):
            with st.popover(_("Another date"), icon=":material/edit_calendar:"):
                _move(viewer, one)
            with st.popover(_("Call it off"), icon=":material/event_busy:"):
                _off(viewer, one)


def _move(viewer: Viewer, one: Session) -> None:
    local = one.starts_at.astimezone(clock.PLACE)
    length = int((one.ends_at - one.starts_at) // timedelta(minutes=1))
    with st.form(f"move_{one.id}", border=False):
        day = st.date_input(
            _("Date"), local.date(), key=f"move_day_{one.id}", format="YYYY-MM-DD", min_value=min(local.date(), clock.today())
        )  # fmt: skip
        start = st.time_input(_("Begins at"), local.time(), key=f"move_start_{one.id}", step=900)
        minutes = st.number_input(_("Minutes"), 10, 1440, length, 10, key=f"move_minutes_{one.id}")
        topic = st.text_input(
            _("What this date is about"), one.topic, key=f"move_topic_{one.id}", max_chars=60
        )
        st.caption(n_("{count} person who has a place keeps it and is told.",
                      "{count} people who have a place keep it and are told.", one.taken))  # fmt: skip
        pressed = st.form_submit_button(_("Move it"), type="primary")
    if pressed:
        words.act(
            activities.move_session, viewer, slot_id=one.id, day=day, start=start, minutes=int(minutes), topic=topic,
            done=_moved,
        )  # fmt: skip
        st.rerun()


def _moved(trouble: list[str]) -> str:
    said = _("Moved; those who come are told.")
    return said + (" " + _("At that time these people are somewhere else: {names}.", names=listed(trouble)) if trouble else "")  # fmt: skip


def _off(viewer: Viewer, one: Session) -> None:
    with st.form(f"off_date_{one.id}", border=False):
        st.markdown(n_("{count} person who has or wants a place is told, with your reason.",
                       "{count} people who have or want a place are told, with your reason.",
                       one.taken + one.waiting))  # fmt: skip
        why = st.text_input(_("Why (those concerned read it)"), key=f"off_date_why_{one.id}", max_chars=200)
        pressed = st.form_submit_button(_("Call this date off"), type="primary")
    if pressed:
        words.act(activities.cancel_session, viewer, slot_id=one.id, why=why, done=calling_off.said)
        st.rerun()
