"""One entry of hours with its corrections; correcting it; and hours made up by hand."""

import secrets
from datetime import datetime, time, timedelta

import streamlit as st

from components.i18n import _, day_text
from components.live import follow
from components.navigation import page_link
from components.register.values import plain
from components.volunteers.hours_waiting import line
from components.volunteers.hours_words import STATE_COLOURS, act, badges, hours, said_no, say_no, state
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.volunteers import approving, certificates
from db.volunteers import hours as entries
from db.volunteers.approving import Entry


def draw(viewer: Viewer, entry_id: int) -> None:
    """What stands, what was corrected, and the form for another correction."""
    follow("hours")
    page_link(_("All entries"), "hours", icon=":material/arrow_back:", part="list")
    try:
        chain = approving.history(viewer, entry_id=entry_id)
    except Refused as refused:
        say_no(refused)
        return
    first = chain[0]
    st.title(plain(first.name))
    said_no()
    for one in chain:
        with st.container(border=True, key=f"entry_{one.id}", gap="xsmall"):
            st.markdown(f"**{plain(amount(one))}** {state_badge(one)}  \n{line(one)}")
            if one.warnings:
                st.markdown(badges(one.warnings))
            st.caption(plain(told(one)))
    stands = sum(one.minutes for one in chain if one.state == "approved")
    if len(chain) > 1:
        st.markdown(plain(_("Together {hours} are approved.", hours=hours(stands))))
    if viewer.can("hours.enter") and first.state == "approved":
        _correct(viewer, first, stands)


def amount(one: Entry) -> str:
    """The hours of an entry; none are known yet of who is still there."""
    return "–" if one.state == "open" else hours(one.minutes)


def state_badge(one: Entry) -> str:
    """How an entry stands, in Markdown."""
    colour = STATE_COLOURS[one.state]
    if one.state == "approved":
        said = _("locked") if one.locked else _("on the notice until {day}", day=day_text(one.public_until))
        return f":{colour}-badge[{plain(state(one.state))}] :gray-badge[{plain(said)}]"
    return f":{colour}-badge[{plain(state(one.state))}]"


def told(one: Entry) -> str:
    """Who entered and who decided, and why."""
    parts = [_("Entered by {name}.", name=one.entered_name), one.why]
    if one.decided_name:
        parts += [_("Decided by {name}.", name=one.decided_name), one.decided_why]
    return " ".join(part for part in parts if part)


def _token(name: str) -> str:
    """One for each form, so that a double tap is one entry."""
    kept: str = st.session_state.setdefault(f"_token_{name}", secrets.token_urlsafe(12))
    return kept


def _correct(viewer: Viewer, first: Entry, stands: int) -> None:
    with st.expander(_("Correct it"), icon=":material/edit:"):
        st.caption(
            _(
                "What was approved stays as it is. A new entry with the difference waits for approval by somebody else."
            )
        )
        facts: dict[str, object] = {"entry_id": first.id}
        if first.origin == "by_hand":
            facts["minutes"] = st.number_input(
                _("Minutes that are right"), 0, 1440, stands, step=15, key="correct_minutes"
            )
        else:
            facts |= _times(first)
        facts["why"] = st.text_input(_("Why"), key="correct_why", max_chars=200)
        if st.button(_("Enter the correction"), type="primary", key="correct_save"):
            name = f"correct_{first.id}"
            if act(entries.correct, viewer, token=_token(name), **facts):
                del st.session_state[f"_token_{name}"]
            st.rerun()


def _times(first: Entry) -> dict[str, datetime | None]:
    if st.checkbox(_("Was not there at all"), key="correct_absent"):
        return {"came": None, "left": None}
    found: dict[str, datetime | None] = {}
    noon = datetime.combine(first.day, time(12), clock.PLACE)
    with st.container(horizontal=True):
        for name, label, at in (("came", _("Came at"), first.in_at), ("left", _("Left at"), first.out_at)):
            shown = at.astimezone(clock.PLACE).time() if at is not None else time(9)
            said = st.time_input(label, shown, key=f"correct_{name}", step=300, width=160)
            found[name] = entries.moment_near(said, first.in_at or noon, first.out_at or first.in_at or noon)
    return found


def by_hand(viewer: Viewer) -> None:
    """The form for hours that nobody checked in for."""
    said_no()
    with st.expander(_("Make up hours by hand"), icon=":material/edit_note:"):
        st.caption(_("For service without a shift or without check-in. These hours are never credited: certificates name them apart."))  # fmt: skip
        people = {one.id: f"{one.number} {one.name}" for one in certificates.volunteers(viewer)}
        who = st.selectbox(
            _("Volunteer"), list(people), index=None, format_func=people.__getitem__, key="by_hand_who"
        )
        what = st.text_input(_("Service"), key="by_hand_what", max_chars=80)
        with st.container(horizontal=True):
            day = st.date_input(
                _("Date"), clock.today(), key="by_hand_day", format="YYYY-MM-DD", max_value=clock.today(),
                min_value=clock.today() - timedelta(days=400), width=180,
            )  # fmt: skip
            start = st.time_input(_("Began at"), time(9), key="by_hand_start", step=300, width=140)
            minutes = st.number_input(_("Minutes"), 1, 1440, 60, step=15, key="by_hand_minutes", width=160)
        why = st.text_input(_("Why by hand"), key="by_hand_why", max_chars=200)
        if st.button(_("Enter"), type="primary", key="by_hand_save", disabled=who is None):
            if act(
                entries.make_up, viewer, volunteer_id=who, day=day, start=start, minutes=minutes, what=what, why=why,
                token=_token("by_hand"),
            ):  # fmt: skip
                del st.session_state["_token_by_hand"]
                st.toast(_("Saved."))
            st.rerun()
