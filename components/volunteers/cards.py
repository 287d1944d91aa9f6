"""Shifts as cards for a thumb: what, when, where, how many are needed, and why it suits."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import streamlit as st

from components import page
from components.i18n import _, n_
from components.navigation import page_link
from components.register.values import plain
from components.volunteers import words
from db import clock
from db.access import Viewer
from db.volunteers.own import Mine
from db.volunteers.shifts import Card
from db.volunteers.suits import Offer
from db.words import N_

REASONS: dict[str, tuple[str, str]] = {
    "needed": (":material/sos:", N_("People are missing")),
    "elder": (":material/favorite:", N_("You were there before")),
    "building": (":material/home:", N_("In your building")),
    "grid": (":material/near_me:", N_("Near you")),
    "skill": (":material/school:", N_("You know how")),
    "before": (":material/replay:", N_("You have done this before")),
    "hours": (":material/schedule:", N_("At a time that suits you")),
}
STATES: dict[str, tuple[str, str, str]] = {
    "empty": ("red", ":material/person_off:", N_("Nobody yet")),
    "below": ("red", ":material/group_add:", N_("Too few")),
    "at_risk": ("orange", ":material/warning:", N_("Somebody looks for a replacement")),
    "enough": ("green", ":material/check:", N_("Enough")),
    "full": ("green", ":material/check_circle:", N_("Full")),
}
MINE: dict[str, tuple[str, str, str]] = {
    "booked": ("green", ":material/check_circle:", N_("You have a place")),
    "waiting": ("blue", ":material/hourglass_top:", N_("You wait")),
    "requested": ("blue", ":material/pending:", N_("You asked for a place")),
    "entered": ("blue", ":material/confirmation_number:", N_("You take part in the draw")),
    "offered": ("orange", ":material/mark_email_unread:", N_("A place is offered to you")),
    "invited": ("orange", ":material/mark_email_unread:", N_("You are invited")),
    "cancelled": ("gray", ":material/close:", N_("Given back")),
    "handed": ("gray", ":material/swap_horiz:", N_("Handed over")),
    "refused": ("gray", ":material/close:", N_("Not taken")),
    "declined": ("gray", ":material/close:", N_("You said no")),
    "lapsed": ("gray", ":material/hourglass_disabled:", N_("Not answered in time")),
}
CHOOSE: dict[str, str] = {
    "take": N_("Choose a day and sign up:"),
    "ask": N_("Choose a day and ask for a place:"),
    "wait": N_("Choose a day and stand in line:"),
}
TELLING = 3
"""So many cards that a reason is left out which most of them have."""
WAYS: dict[str, tuple[str, str]] = {
    "take": (":material/volunteer_activism:", N_("Sign up")),
    "over": (":material/swap_horiz:", N_("Take it over")),
    "ask": (":material/front_hand:", N_("Ask for a place")),
    "enter": (":material/confirmation_number:", N_("Take part in the draw")),
    "wait": (":material/hourglass_top:", N_("Stand in line")),
    "later": (":material/visibility:", N_("Look at it")),
    "": (":material/visibility:", N_("Look at it")),
}


def badge(mark: tuple[str, str, str]) -> str:
    colour, icon, label = mark
    return f":{colour}-badge[{icon} {_(label)}]"


def head(card: Card, place: str, *, when: str = "") -> str:
    """What, when and where, as the first lines of a card; `when` in other words than the day and the time."""
    called_off = (
        f":red-badge[:material/event_busy: {_('Called off')}]  \n" if card.cancelled is not None else ""
    )
    lines = [
        f"{called_off}:primary[**{plain(card.title)}**]",
        f":material/calendar_month: **{plain(when or words.when(card.starts_at, card.ends_at))}**",
    ]
    if place:
        lines.append(f":material/location_on: {plain(place)}")
    return "  \n".join(lines)


def room(card: Card) -> str:
    """How many have a place, and how many more can."""
    if card.mode == "lottery" and not card.drawn:
        return n_("{count} place by lot", "{count} places by lot", card.free)
    said = n_("{count} place free", "{count} places free", card.free) if card.free else _("Full")
    if card.waiting:
        said += " · " + n_("{count} in line", "{count} in line", card.waiting)
    return said


def reasons(codes: Iterable[str]) -> str:
    return " ".join(f":blue-badge[{REASONS[code][0]} {_(REASONS[code][1])}]" for code in codes)


def against(offer: Offer, skills: dict[str, str]) -> list[str]:
    """Why it cannot be had, each thing as a sentence."""
    return [plain(one) for one in words.clashes(offer.against, skills, own=True)]


def mine(state: str, line: int) -> str:
    """How one's own place stands."""
    said = badge(MINE[state])
    return f"{said} {_('number {line} in line', line=line)}" if state == "waiting" and line else said


def open_here(shift_id: int | None) -> None:
    """On `/shifts`: the screen of one shift, or (None) back to the list as it was."""
    page.open_here("shift", shift_id)


def draw_all(offers: Iterable[Offer], skills: dict[str, str], *, here: bool = False) -> None:
    """Shifts that a volunteer may take: one card for the same work at the same time and place, with its days.

    A reason stands only where it tells cards apart: what most of them have says nothing.
    """
    found: dict[tuple[object, ...], list[Offer]] = {}
    for one in offers:
        found.setdefault(_same(one), []).append(one)
    cards_ = [_once(same) for same in found.values()]
    times = Counter(code for same in cards_ for code in _shared(same))
    telling = {code for code, count in times.items() if len(cards_) < TELLING or count * 2 <= len(cards_)}
    for same in cards_:
        shown = tuple(code for code in _shared(same) if code in telling)
        if len(same) == 1:
            draw(replace(same[0], reasons=shown), skills, here=here)
        else:
            _draw_days(same, shown, here)


def _same(offer: Offer) -> tuple[object, ...]:
    """What is the same of shifts that differ by their day alone; one's own and what cannot be had stand alone."""
    card = offer.card
    if offer.mine or offer.way not in ("take", "ask", "wait"):
        return (card.id,)
    return (card.title, words.span(card.starts_at, card.ends_at), offer.place, offer.way, card.mode)


def _once(same: list[Offer]) -> list[Offer]:
    """Of shifts that are the same in all, one; in the order of their days."""
    days = {one.card.starts_at: one for one in reversed(same)}
    return [one for _at, one in sorted(days.items())]


def _shared(same: list[Offer]) -> tuple[str, ...]:
    return tuple(code for code in same[0].reasons if all(code in one.reasons for one in same))


def _draw_days(same: list[Offer], why: tuple[str, ...], here: bool) -> None:
    """One card with a large button for each day, the earliest first."""
    first = same[0]
    with st.container(border=True, key=f"card_{first.card.id}", gap="small"):
        span = words.span(first.card.starts_at, first.card.ends_at)
        text = head(first.card, first.place, when=span)
        st.markdown(f"{text}\n\n{reasons(why)}".strip())
        st.caption(_(CHOOSE[first.way]))
        days = {
            one.card.starts_at: one for one in reversed(same)
        }  # of two that are the same in all, one is enough
        for _at, one in sorted(days.items()):
            own = ("needed",) if "needed" in one.reasons and "needed" not in _shared(same) else ()
            label = f"**{plain(words.day(one.card.starts_at))}** · {room(one.card)} {reasons(own)}".strip()
            with st.container(key=f"tap_see_{one.card.id}"):
                if here:
                    st.button(
                        label, key=f"tap_open_{one.card.id}", icon=WAYS[one.way][0], width="stretch",
                        on_click=open_here, args=(one.card.id,),
                    )  # fmt: skip
                else:
                    page_link(label, "shifts", icon=WAYS[one.way][0], shift=one.card.id)


def draw(offer: Offer, skills: dict[str, str], *, here: bool = False) -> None:
    """One shift that a volunteer may take, with one large button; `here`: on `/shifts` itself."""
    card = offer.card
    with st.container(border=True, key=f"card_{card.id}", gap="small"):
        lines = [head(card, offer.place)]
        if offer.mine:
            lines.append(mine(offer.mine, offer.line))
        else:
            lines.append(f"{room(card)}  \n{reasons(offer.reasons)}".strip())
        if offer.way == "later" and card.opens_at is not None:
            lines.append(plain(_("Signing up begins at {moment}.", moment=words.moment(card.opens_at))))
        if offer.way == "enter" and card.closes_at is not None:
            lines.append(plain(_("Take part until {moment}.", moment=words.moment(card.closes_at))))
        lines += [f":material/block: {one}" for one in against(offer, skills)]
        st.markdown("\n\n".join(lines))
        icon, label = WAYS[offer.way]
        goes = offer.open and offer.way != "later"
        with st.container(key=f"tap_{'go' if goes else 'see'}_{card.id}"):
            if offer.mine:
                page_link(_("My shifts"), "my-shifts", icon=":material/event:")
            elif here:
                st.button(
                    _(label), key=f"tap_open_{card.id}", type="primary" if goes else "secondary", icon=icon,
                    width="stretch", on_click=open_here, args=(card.id,),
                )  # fmt: skip
            else:
                page_link(_(label), "shifts", icon=icon, shift=card.id)


def draw_seen(viewer: Viewer, offer: Offer) -> None:
    """One shift for somebody who only looks: how it stands, and the way to the roster."""
    card = offer.card
    with st.container(border=True, key=f"card_{card.id}", gap="small"):
        stands = badge(STATES[card.state]) if card.cancelled is None else ""
        count = _("{taken} of {capacity} places, at least {minimum}", taken=card.taken, capacity=card.capacity,
                  minimum=card.minimum)  # fmt: skip
        waits = " · " + n_("{count} in line", "{count} in line", card.waiting) if card.waiting else ""
        st.markdown(f"{head(card, offer.place)}\n\n{stands} {plain(count + waits)}")
        if viewer.can("shift.edit"):
            page_link(_("In the roster"), "roster", icon=":material/calendar_view_week:", shift=card.id)


def draw_past(one: Mine, *, key: str = "past") -> None:
    """One shift that is over, or that is not one's own any more."""
    with st.container(border=True, key=f"card_{key}_{one.booking_id}", gap="small"):
        over = one.card.ends_at <= clock.now()
        done = badge(("green", ":material/task_alt:", N_("You were there"))) if one.state == "booked" and over else (
            badge(MINE[ended(one)]) if one.state in MINE else ""
        )  # fmt: skip
        why = f"  \n:gray[{plain(one.why)}]" if one.why and one.state == "cancelled" else ""
        st.markdown(f"{head(one.card, one.place)}\n\n{done}{why}")


def ended(one: Mine) -> str:
    """How it stands, a key of MINE: what one was asked for and did not take, one declined oneself."""
    return "declined" if one.state == "refused" and one.offered_until is not None else one.state
