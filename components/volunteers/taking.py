"""Taking a shift: one shift with everything one wants to know, one large button, and what came of it."""

from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from components.i18n import _, n_
from components.kept import Kept
from components.navigation import page_link
from components.register.values import plain
from components.volunteers import calendar, cards, paused, words
from components.words import say
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.volunteers import own, signing_up, suits
from db.volunteers.own import Mine
from db.volunteers.suits import Offer
from db.words import N_

_REFUSED = "_shift_refused"

YES: dict[str, str] = {
    "take": N_("Yes, I will come"),
    "over": N_("Yes, I take it over"),
    "ask": N_("Yes, I ask for a place"),
    "enter": N_("Yes, I take part in the draw"),
    "wait": N_("Yes, put me in line"),
}
DONE: dict[str, str] = {
    "booked": N_("You are in. Thank you!"),
    "requested": N_("You asked for a place. The office will answer; you find the answer under “My shifts”."),
    "entered": N_("You take part in the draw. Good luck!"),
    "waiting": N_("You stand in line. When a place becomes free, you move up."),
}


@dataclass(frozen=True)
class _No:
    shift_id: int
    refused: Refused


def draw(viewer: Viewer, kept: Kept, shift_id: int) -> None:
    """The screen of one shift."""
    skills = kept.read(suits.skills)
    try:
        offer = suits.one(viewer, shift_id=shift_id)
    except Refused as refused:
        say(refused)
        _back()
        return
    st.title(plain(offer.card.title))
    no: _No | None = st.session_state.get(_REFUSED)
    _what(offer, skills)
    over = offer.card.ends_at <= clock.now()
    if over:
        st.info(_("This shift is over."), icon=":material/history:")
    elif offer.mine:
        st.info(cards.mine(offer.mine, offer.line))
        if offer.against:
            st.warning("  \n".join(cards.against(offer, skills)))
        page_link(_("My shifts"), "my-shifts", icon=":material/event:")
    elif no is not None and no.shift_id == shift_id:
        words.say_refused(no.refused, skills, own=True)
        _instead(viewer, offer, skills)
    elif offer.way in YES:
        _ask(viewer, offer, skills)
    else:
        _cannot(viewer, kept, offer, skills)
    _back()


def _back() -> None:
    st.button(
        _("All shifts"), key="tap_back", icon=":material/arrow_back:", width="stretch",
        on_click=cards.open_here, args=(None,),
    )  # fmt: skip


def _what(offer: Offer, skills: dict[str, str]) -> None:
    """Everything that one wants to know before saying yes."""
    card = offer.card
    lines = [f":material/calendar_month: **{plain(words.when(card.starts_at, card.ends_at))}**"]
    if card.cancelled is not None:
        lines.insert(0, f":red-badge[:material/event_busy: {_('Called off')}] {plain(card.cancelled)}")
    if offer.place:
        lines.append(f":material/location_on: {plain(offer.place)}")
    over = card.starts_at <= clock.now()
    if not over:
        lines.append(f":material/group: {cards.room(card)}")
    if card.task:
        lines.append(f":material/task: {plain(card.task)}")
    if card.note:
        lines.append(f":material/info: {plain(card.note)}")
    if card.bring:
        lines.append(f":material/backpack: {plain(_('Bring: {things}', things=card.bring))}")
    if card.skills:
        names = "、".join(skills.get(one, one) for one in card.skills)
        lines.append(f":material/school: {plain(_('It needs: {skill}.', skill=names))}")
    if card.elder_visited and not over:
        said = (
            _("Whom you visit you see from 24 hours before, once you have a place.") if card.elder_chosen
            else _("Whom you visit the office tells you in time.")
        )  # fmt: skip
        lines.append(f":material/lock: {said}")
    with st.container(border=True, key="card_one"):
        st.markdown(
            "\n\n".join(lines) + ("\n\n" + cards.reasons(offer.reasons) if offer.reasons and not over else "")
        )


def _ask(viewer: Viewer, offer: Offer, skills: dict[str, str]) -> None:
    """Say what is good to know, then one button."""
    card = offer.card
    for one in words.clashes(offer.said, skills, own=True):
        st.info(plain(one), icon=":material/info:")
    if offer.way == "enter":
        _lots(offer)
    if offer.way == "wait":
        st.markdown(
            n_("{count} waits before you.", "{count} wait before you.", card.waiting)
            if card.waiting else _("You would be the first in line.")
        )  # fmt: skip
    partner = _partner(viewer, offer) if offer.way in ("take", "wait", "ask", "enter") else None
    with st.container(key="big_yes"):
        st.button(
            _(YES[offer.way]), key="tap_yes", type="primary", icon=":material/check:", width="stretch",
            on_click=_take, args=(viewer, offer, partner),
        )  # fmt: skip


def _lots(offer: Offer) -> None:
    """How the draw goes, in a few lines."""
    card = offer.card
    if card.closes_at is not None:
        st.markdown(
            ":material/confirmation_number: "
            + plain(_("You can take part until {moment}. Then lots are drawn; it does not matter who was first.",
                      moment=words.moment(card.closes_at)))
        )  # fmt: skip
    st.caption(
        plain(_("The draw can be checked: the fingerprint of its number is published now ({hash}…), the number itself "
                "when lots are drawn.", hash=card.seed[:12]))
    )  # fmt: skip


def _partner(viewer: Viewer, offer: Offer) -> int | None:
    """Whom one wants to come with: both get a place, or none."""
    if offer.card.capacity < 2:
        return None
    known = dict(own.companions(viewer))
    if not known:
        return None
    chosen: int | None = st.selectbox(
        _("Come together with somebody"), list(known), index=None, format_func=lambda one: known[one],
        key=f"partner_{offer.card.id}", placeholder=_("By myself"),
        help=_("You get places together or not at all. Agree with each other first."),
    )  # fmt: skip
    return chosen


def _take(viewer: Viewer, offer: Offer, partner: int | None, *, wait: bool = False) -> None:
    """The second tap. Tapped twice it is one booking: the second finds the first and says the same."""
    shift_id = offer.card.id
    st.session_state.pop(_REFUSED, None)
    try:
        if offer.way == "over" and offer.handing is not None:
            booking_id = signing_up.take_over(viewer, booking_id=offer.handing)
        else:
            booking_id = signing_up.sign_up(
                viewer, shift_id=shift_id, or_wait=wait or offer.way == "wait", partner_id=partner
            ).booking_id
    except Refused as refused:
        had = _had(viewer, shift_id)
        if had is None:
            st.session_state[_REFUSED] = _No(shift_id, refused)
            return
        booking_id = had
    st.query_params.from_dict({"done": str(booking_id)})


def _had(viewer: Viewer, shift_id: int) -> int | None:
    """The booking that is there already, from the first of two quick taps."""
    with suppress(Refused):
        return suits.one(viewer, shift_id=shift_id).booking_id
    return None


def _cannot(viewer: Viewer, kept: Kept, offer: Offer, skills: dict[str, str]) -> None:
    """Why not, and what is possible instead."""
    card = offer.card
    if card.starts_at <= clock.now() and card.cancelled is None:
        say(Refused("shift.over"))
    elif offer.against:
        if any(code == "status" for code, _facts in offer.against):
            paused.line(kept)
        st.warning("  \n".join(cards.against(offer, skills)))
    elif card.cancelled is not None:
        say(Refused("place.closed"))
    elif offer.way == "later" and card.opens_at is not None:
        st.info(plain(_("Signing up begins at {moment}.", moment=words.moment(card.opens_at))))
    elif card.mode == "invite":
        say(Refused("shift.invitation"))
    elif card.mode == "lottery" and not card.drawn:
        say(Refused("shift.lottery_over"))
    else:
        say(Refused("place.full" if not card.free else "shift.over"))
    _instead(viewer, offer, skills)


def _instead(viewer: Viewer, offer: Offer, skills: dict[str, str]) -> None:
    """Standing in line where that helps, and up to three other shifts."""
    if offer.way == "wait":
        st.button(
            _("Stand in line"), key="tap_wait", icon=":material/hourglass_top:", width="stretch", on_click=_take,
            args=(viewer, offer, None), kwargs={"wait": True},
        )  # fmt: skip
    found = suits.instead(viewer, shift_id=offer.card.id)
    if found:
        st.subheader(_("You can take these instead"))
    cards.draw_all(found, skills, here=True)


def draw_done(viewer: Viewer, booking_id: int) -> None:
    """What came of it."""
    try:
        one: Mine = own.one(viewer, booking_id=booking_id)
    except Refused as refused:
        say(refused)
        _back()
        return
    st.title(plain(one.card.title))
    over = one.card.ends_at <= clock.now()
    if over:
        st.info(_("This shift is over."), icon=":material/history:")
        cards.draw_past(one)
        _back()
        return
    if one.state in DONE:
        st.success(_(DONE[one.state]), icon=":material/volunteer_activism:")
    with st.container(border=True, key="card_done"):
        bring = (
            f"\n\n:material/backpack: {plain(_('Bring: {things}', things=one.card.bring))}"
            if one.card.bring
            else ""
        )
        st.markdown(f"{cards.head(one.card, one.place)}\n\n{cards.mine(cards.ended(one), one.line)}{bring}")
    if one.state == "booked":
        calendar.download(viewer, one)
    with st.container(key="tap_see_done"):
        page_link(_("My shifts"), "my-shifts", icon=":material/event:")
    _back()
