"""The series that run, and who has a regular place in them: pause, return, stop."""

from datetime import time, timedelta

import streamlit as st

from components.i18n import _, day_text, n_
from components.register.values import plain
from components.volunteers import notes, words
from components.volunteers.rule_words import rule_text
from components.words import say
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.volunteers import regulars, roster, series, work_kinds
from db.volunteers.regulars import RegularRow


def draw(viewer: Viewer) -> None:
    """Choose a series, then its regular places."""
    notes.show()
    running = {one.id: one for one in series.running(viewer)}
    if not running:
        st.info(_("No series runs at present. Make new shifts to begin one."))
        return

    labels = {
        one.id: plain(
            " · ".join(part for part in (one.title, one.start, rule_text(one.rule), one.where) if part)
        )
        for one in running.values()
    }
    series_id = st.selectbox(_("Series"), list(labels), format_func=labels.__getitem__, key="series_chosen")
    row = running[series_id]
    begins = time.fromisoformat(row.start)
    st.caption(
        plain(_("{rule}, {start}, {minutes} minutes, until {until}. To change it, open one of its shifts.",
                rule=rule_text(row.rule), start=f"{begins:%H:%M}", minutes=row.minutes, until=day_text(row.until)))
    )  # fmt: skip
    of_series(viewer, series_id)


def of_series(viewer: Viewer, series_id: int) -> None:
    """The regular places of a series, and one more."""
    found = regulars.of_series(viewer, series_id=series_id)
    today = clock.today()
    here = [one for one in found if one.until is None or one.until >= today]
    st.markdown("**" + _("Regular places") + "**")
    if not here:
        st.caption(_("Nobody has a regular place: all places are open."))
    for one in here:
        _regular(viewer, one)
    people = roster.who_can_be_asked(viewer)
    with (
        st.form(f"regular_new_{series_id}", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        who = st.selectbox(
            _("Give a regular place to"), list(people), index=None, key=f"regular_who_{series_id}",
            format_func=lambda one: people[one], placeholder=_("Choose"),
        )  # fmt: skip
        if st.form_submit_button(_("Give"), icon=":material/person_add:") and who is not None:
            try:
                booked = regulars.add(viewer, series_id=series_id, volunteer_id=who)
            except Refused as refused:
                say(refused)
            else:
                notes.leave(
                    n_("{count} regular place given.", "{count} regular places given.", booked.count),
                    warning=notes.missed(booked, work_kinds.skill_words(viewer)),
                )
                st.rerun()


def _regular(viewer: Viewer, one: RegularRow) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        said = _("since {day}", day=day_text(one.since))
        if one.until is not None:
            said += " · " + _("until {day}", day=day_text(one.until))
        st.markdown(f"**{plain(one.name)}**  \n:gray[{said}]", width="stretch")
        if one.pause_from is not None and one.pause_until is not None:
            st.badge(
                _("Pauses {since}–{until}", since=words.short_date(one.pause_from), until=words.short_date(one.pause_until)),
                color="orange", icon=":material/pause:",
            )  # fmt: skip
            if st.button(_("Is back"), key=f"regular_back_{one.id}", icon=":material/undo:"):
                _back(viewer, one.id)
        else:
            with (
                st.popover(_("Pause"), icon=":material/pause:"),
                st.form(f"regular_pause_{one.id}", border=False),
            ):
                today = clock.today()
                since = st.date_input(_("From"), today, key=f"regular_from_{one.id}", format="YYYY-MM-DD")
                until = st.date_input(_("Until"), today + timedelta(days=13), key=f"regular_until_{one.id}", format="YYYY-MM-DD")  # fmt: skip
                if st.form_submit_button(_("Pause")):
                    _pause(viewer, one.id, since, until)
        if st.button(_("Stops today"), key=f"regular_stop_{one.id}", type="tertiary"):
            _stop(viewer, one.id)


def _pause(viewer: Viewer, regular_id: int, since: object, until: object) -> None:
    try:
        count = regulars.pause(viewer, regular_id=regular_id, since=since, until=until)  # type: ignore[arg-type]
    except Refused as refused:
        say(refused)
    else:
        notes.leave(n_("{count} place is open again.", "{count} places are open again.", count))
        st.rerun()


def _back(viewer: Viewer, regular_id: int) -> None:
    try:
        booked = regulars.come_back(viewer, regular_id=regular_id)
    except Refused as refused:
        say(refused)
    else:
        notes.leave(
            n_("{count} regular place given.", "{count} regular places given.", booked.count),
            warning=notes.missed(booked, work_kinds.skill_words(viewer)),
        )
        st.rerun()


def _stop(viewer: Viewer, regular_id: int) -> None:
    try:
        count = regulars.stop(viewer, regular_id=regular_id, last=clock.today())
    except Refused as refused:
        say(refused)
    else:
        notes.leave(n_("{count} place is open again.", "{count} places are open again.", count))
        st.rerun()
