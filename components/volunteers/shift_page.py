"""One shift for staff: who has and wants a place, filling it, changing it with or without its series, calling it off."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from components import live
from components.i18n import _, n_
from components.navigation import page_link
from components.page import choose_part
from components.register.values import plain
from components.volunteers import draft as draft_screen
from components.volunteers import help, notes, roster_paper, series_list, shift_change, shift_paste, words
from components.volunteers.states import MARKS, state_word
from components.words import say
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.volunteers import draft, roster, shifts, signing_up, work_kinds
from db.volunteers.roster import day_of, monday_of
from db.volunteers.shifts import Card, Holder
from db.words import N_

PARTS = {
    "": N_("Who comes"), "help": N_("Call for help"), "paste": N_("Paste a list"), "change": N_("Change"), "off": N_("Call the shift off"),
    "regulars": N_("Regular places"), "print": N_("Sign-in sheet"),
}  # fmt: skip
STATES = {
    "booked": N_("has a place"), "offered": N_("is asked to move up"), "waiting": N_("waits"), "requested": N_("asks for a place"),
    "invited": N_("is invited"), "entered": N_("takes part in the draw"),
}  # fmt: skip
ORDER = ("requested", "booked", "offered", "invited", "entered", "waiting")
COLOURS = {"empty": "red", "below": "orange", "at_risk": "orange", "enough": "green", "full": "green"}


def draw(viewer: Viewer, shift_id: int) -> None:
    """The page of one shift, for those who look after it."""
    live.follow("shifts")
    try:
        card = shifts.one(viewer, shift_id=shift_id)
        holders = shifts.holders(viewer, shift_id=shift_id)
    except Refused as refused:
        page_link(_("Roster"), "roster", icon=":material/arrow_back:")
        say(refused)
        return
    with st.container(key="screen_shift"):
        _head(viewer, card)
        notes.show()
        parts = {
            name: _(label)
            for name, label in PARTS.items()
            if (name != "regulars" or card.series_id is not None)
            and (card.cancelled is None or name == "")
            and (name != "off" or card.starts_at > clock.now())
        }
        part = choose_part("shift", parts)
    if part == "help":
        help.draw(viewer, shift_id)
    elif part == "paste":
        shift_paste.draw(viewer, card)
    elif part == "change":
        shift_change.draw(viewer, card)
    elif part == "off":
        shift_change.draw_off(viewer, card)
    elif part == "regulars" and card.series_id is not None:
        series_list.of_series(viewer, card.series_id)
    elif part == "print":
        roster_paper.draw_sign_in(viewer, card)
    else:
        _people(viewer, card, holders)


def _head(viewer: Viewer, card: Card) -> None:
    page_link(
        _("Roster"), "roster", icon=":material/arrow_back:", week=monday_of(day_of(card)).isoformat(), day=day_of(card).weekday()
    )  # fmt: skip
    st.title(plain(card.title))
    where = words.place(roster.area_names(viewer).get(card.area_id or 0, ""), card.where)
    st.markdown(
        f":material/schedule: **{words.when(card.starts_at, card.ends_at)}**  \n:material/location_on: {plain(where)}"
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if card.cancelled is not None:
            st.badge(_("Called off"), color="red", icon=":material/event_busy:")
            st.caption(plain(card.cancelled), width="content")
            return
        st.badge(f"{MARKS[card.state]} {state_word(card.state)}", color=COLOURS[card.state])  # type: ignore[arg-type]
        st.markdown(
            _("{taken} of {capacity} places, at least {minimum} people", taken=card.taken, capacity=card.capacity,
              minimum=card.minimum), width="content",
        )  # fmt: skip
        if card.edited:
            st.badge(_("changed by hand"), color="gray", icon=":material/edit:")
        elif card.series_id is not None:
            st.badge(_("repeats"), color="gray", icon=":material/repeat:")


def _people(viewer: Viewer, card: Card, holders: list[Holder]) -> None:
    if not holders:
        st.caption(_("Nobody has or wants a place yet."))
    over = card.ends_at <= clock.now() or card.cancelled is not None
    for one in sorted(
        holders,
        key=lambda one: (ORDER.index(one.state) if one.state in ORDER else 9, one.rank, one.booking_id),
    ):
        _holder(viewer, one, over)
    if over:
        return
    if card.mode == "lottery" and not card.drawn:
        closes = card.closes_at
        ready = closes is None or closes <= clock.now()
        said = (
            _("Lots can be drawn from {moment} on.", moment=words.moment(closes))
            if closes and not ready
            else None
        )
        if st.button(
            _("Draw lots"),
            key="shift_lots",
            icon=":material/casino:",
            type="primary",
            disabled=not ready,
            help=said,
        ):
            _do(viewer, lambda: signing_up.draw_lots(viewer, shift_id=card.id))
    st.subheader(_("Fill places"))
    _pick(viewer, card)
    _suggested(viewer, card)


def _holder(viewer: Viewer, one: Holder, over: bool) -> None:
    with st.container(
        key=f"holder_{one.booking_id}", border=True, horizontal=True, vertical_alignment="center", gap="small"
    ):
        details = [_(STATES[one.state]) if one.state in STATES else one.state]
        details += [_("regular place")] if one.regular else []
        details += [_("confirmed")] if one.confirmed else []
        details += [_("looks for somebody else")] if one.handing else []
        details += [_("answers until {moment}", moment=words.moment(one.offered_until))] if one.offered_until and one.state == "offered" else []  # fmt: skip
        details += [_("although: {why}", why=one.overridden.partition(": ")[2])] if one.overridden else []
        st.markdown(f"**{plain(one.name)}**  \n:gray[{plain(' · '.join(details))}]", width="stretch")
        if over:
            return
        if one.state == "requested":
            if st.button(
                _("Accept"), key=f"holder_yes_{one.booking_id}", type="primary", icon=":material/check:"
            ):
                _do(viewer, lambda: signing_up.decide(viewer, booking_id=one.booking_id, yes=True))
            if st.button(_("Refuse"), key=f"holder_no_{one.booking_id}"):
                _do(viewer, lambda: signing_up.decide(viewer, booking_id=one.booking_id, yes=False))
            return
        with (
            st.popover(_("Take off"), icon=":material/person_remove:"),
            st.form(f"off_{one.booking_id}", border=False),
        ):
            why = st.text_input(_("Why?"), key=f"holder_why_{one.booking_id}", max_chars=200, help=_("Needed shortly before the shift."))  # fmt: skip
            if st.form_submit_button(_("Take off")):
                _do(viewer, lambda: signing_up.leave(viewer, booking_id=one.booking_id, why=why))


def _pick(viewer: Viewer, card: Card) -> None:
    """Choose a volunteer by name; what stands against it is said, and can be overridden with a reason."""
    people = roster.who_can_be_asked(viewer)
    who = st.selectbox(
        _("Choose a volunteer"), list(people), index=None, key=f"pick_{card.id}", placeholder=_("Name or number"),
        format_func=lambda one: people[one],
    )  # fmt: skip
    if who is None:
        return
    skills = work_kinds.skill_words(viewer)
    try:
        found = signing_up.fitting(viewer, shift_id=card.id, volunteer_id=who)
    except Refused as refused:
        say(refused)
        return
    hard = [one for one in found if one.hard]
    if found:
        said = "  \n".join(plain(words.clash(one.code, one.facts, skills)) for one in (hard or found))
        (st.error if hard else st.warning)(said)
    never = any(one.code in ("overlap", "guardian") for one in hard)
    override = ""
    if hard and not never:
        override = st.text_input(_("Do it all the same, because"), key=f"pick_why_{card.id}", max_chars=200)
    wait = card.free < 1
    with st.container(horizontal=True):
        label = _("Put in line") if wait else _("Sign up")
        if st.button(label, key="pick_sign_up", type="primary", icon=":material/person_add:", disabled=never):
            _do(
                viewer,
                lambda: signing_up.sign_up(
                    viewer, shift_id=card.id, volunteer_id=who, or_wait=wait, override=override
                ),
            )
        if st.button(_("Invite"), key="pick_invite", icon=":material/mail:", disabled=bool(hard)):
            _do(viewer, lambda: signing_up.invite(viewer, shift_id=card.id, volunteer_ids=[who]))


def _suggested(viewer: Viewer, card: Card) -> None:
    """Who would fit best, with the reasons; several can be invited at once."""
    if not card.free:
        return
    found = draft.suggested(viewer, shift_id=card.id)
    st.markdown("**" + _("Who would fit") + "**")
    if not found:
        st.caption(_("Nobody of your volunteers can take this shift."))
        return
    for one in found:
        with st.container(
            key=f"fits_{one.volunteer_id}",
            border=True,
            horizontal=True,
            vertical_alignment="center",
            gap="small",
        ):
            st.markdown(
                f"**{plain(one.name)}**  \n:gray[{plain(draft_screen.why(one.reasons))}]", width="stretch"
            )
            if st.button(_("Sign up"), key=f"fits_yes_{one.volunteer_id}", icon=":material/person_add:"):
                _do(
                    viewer,
                    partial(signing_up.sign_up, viewer, shift_id=card.id, volunteer_id=one.volunteer_id),
                )
            if st.button(
                _("Invite"), key=f"fits_ask_{one.volunteer_id}", type="tertiary", icon=":material/mail:"
            ):
                _do(
                    viewer,
                    partial(signing_up.invite, viewer, shift_id=card.id, volunteer_ids=[one.volunteer_id]),
                )
    if len(found) > 1 and st.button(
        n_("Invite all {count}", "Invite all {count}", len(found)),
        key="fits_ask_all",
        icon=":material/outgoing_mail:",
    ):
        ids = [one.volunteer_id for one in found]
        _do(viewer, lambda: signing_up.invite(viewer, shift_id=card.id, volunteer_ids=ids))


def _do(viewer: Viewer, do: Callable[[], Any]) -> None:
    """Do it and draw anew, or say why not."""
    try:
        do()
    except Refused as refused:
        words.say_refused(refused, work_kinds.skill_words(viewer))
    else:
        st.rerun()
