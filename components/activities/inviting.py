"""Inviting one person who never comes: to what, who asks, and what they said; one tap opens it, one tap does it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from components.activities import guest_words, words
from components.i18n import _, listed
from components.kept import Kept
from components.page import open_here
from components.register.values import plain
from components.volunteers import words as times
from db import clock
from db.access import Viewer
from db.activities import never, programme
from db.activities.never import Invited, Knows, Missed
from db.activities.programme import Card
from db.words import N_

MYSELF, PHONE = "myself", "phone"
_OPEN, _TO, _AGREED = "_never_open", "_never_to", "_never_agreed"
STAYS = timedelta(minutes=2)
HOW = {"neighbour": N_("neighbour"), "colleague": N_("former colleague"), "contact": N_("contact")}


def at(resident_id: int) -> str:
    """Where that is said what came of it."""
    return f"never_{resident_id}"


def agreed() -> dict[int, tuple[Missed, str]]:
    """Who said yes a moment ago, and what was said of it: they are on the list no more, but their card stays for a
    while, so that the second of two taps finds nothing else in its place."""
    kept: dict[int, tuple[Missed, str, datetime]] = st.session_state.get(_AGREED, {})
    return {key: (one, told) for key, (one, told, at_) in kept.items() if clock.now() - at_ < STAYS}


def forget() -> None:
    """Whoever turns the page finds only those who are still to be asked."""
    close()
    st.session_state.pop(_AGREED, None)


def close() -> None:
    """Fold the form away."""
    st.session_state.pop(_OPEN, None)


def known(one: Knows) -> str:
    """Who knows them, how, and whether that one comes."""
    facts = [one.said or _(HOW[one.how]) if one.how == "contact" else _(HOW[one.how])]
    if one.comes:
        facts.append(_("comes"))
    return _("{name} ({about})", name=one.name, about=listed(facts))


def draw(viewer: Viewer, kept: Kept, one: Missed) -> None:
    """The button, or what it opened."""
    if st.session_state.get(_OPEN) != one.resident_id:
        with st.container(key=f"tap_invite_{one.resident_id}"):
            st.button(
                _("Invite"), key=f"invite_{one.resident_id}", icon=":material/waving_hand:", width="stretch",
                on_click=_open, args=(one.resident_id,),
            )  # fmt: skip
        return
    coming = kept.read(programme.overview, stage="coming")
    if not coming:
        st.info(_("Nothing is coming up to which one could invite. Plan an activity first."))
        if viewer.can("activity.create"):
            st.button(_("New activity"), key="invite_plan", icon=":material/add:", on_click=_plan)
        return
    left = [card for card in coming if card.id not in one.asked]
    if not left:
        st.info(_("{name} was invited to everything that is coming up. What they say is noted among the guests there.", name=plain(one.name)))  # fmt: skip
        st.button(_("Fold away"), key=f"invite_close_{one.resident_id}", type="tertiary", on_click=close)
        return
    _form(viewer, one, left)


def _open(resident_id: int) -> None:
    st.session_state[_OPEN] = resident_id


def _plan() -> None:
    close()
    st.query_params.from_dict({"new": "1"})


def _form(viewer: Viewer, one: Missed, coming: Sequence[Card]) -> None:
    by_id = {card.id: card for card in coming}
    last = st.session_state.get(_TO)
    to: int = st.selectbox(
        _("To what"), list(by_id), key=f"invite_to_{one.resident_id}", format_func=lambda card: _card(by_id[card]),
        index=list(by_id).index(last if last in by_id else _first(coming)),
    )  # fmt: skip
    ways = {other.name: known(other) for other in one.knows}
    ways |= {MYSELF: _("I ask myself"), PHONE: _("By telephone")}
    first = next((other.name for other in one.knows if other.comes), MYSELF)
    with st.container(key=f"tap_who_{one.resident_id}"):
        who: str = st.pills(
            _("Who asks"), list(ways), default=first, key=f"invite_who_{one.resident_id}", required=True, wrap=True,
            format_func=lambda code: plain(ways[code]),
        )  # fmt: skip
    st.markdown(_("What did they say?"))
    with st.container(key=f"tap_said_{one.resident_id}"), st.grid("auto", min_column_width=150, gap="small"):
        for code in guest_words.SAYS:
            _answer(viewer, one, to, who, code, guest_words.SIGNS[code], _(guest_words.SAYS[code]))
        _answer(viewer, one, to, who, "", ":material/schedule:", _("Not asked yet"))
    with st.container(horizontal=True):
        st.button(_("Fold away"), key=f"invite_close_{one.resident_id}", type="tertiary", on_click=close)
        st.button(
            _("Look at the activity"), key=f"invite_look_{one.resident_id}", type="tertiary", on_click=open_here,
            args=("id", to),
        )  # fmt: skip


def _first(coming: Sequence[Card]) -> int:
    """The next one that has room."""
    return next((card.id for card in coming if card.free), coming[0].id)


def _card(card: Card) -> str:
    day = times.day(card.next_at) + " · " if card.next_at is not None else ""
    return f"{day}{card.title} · {words.room(card)}"


def _answer(viewer: Viewer, one: Missed, to: int, who: str, code: str, icon: str, label: str) -> None:
    st.button(
        label, key=f"invite_{code or 'open'}_{one.resident_id}", icon=icon, width="stretch",
        type="primary" if code == "yes" else "secondary", on_click=_ask, args=(viewer, one, to, who, code),
    )  # fmt: skip


def _ask(viewer: Viewer, one: Missed, to: int, who: str, code: str) -> None:
    done = words.act(
        never.ask, viewer, activity_id=to, resident_id=one.resident_id, via="" if who in (MYSELF, PHONE) else who,
        message=who != MYSELF, said=code, at=at(one.resident_id), done=lambda found: _say(one, code, found),
    )  # fmt: skip
    if done:
        st.session_state[_TO] = to
        close()


def _say(one: Missed, code: str, done: Invited) -> str:
    """What is said at the card; who says yes is on the list no more, and is told of over the page too."""
    told = _told(one, code, done)
    if code != "yes":
        return told
    st.toast(plain(told), icon=":material/check_circle:", duration="long")
    st.session_state[_AGREED] = {
        **st.session_state.get(_AGREED, {}),
        one.resident_id: (one, told, clock.now()),
    }
    return ""


def _told(one: Missed, code: str, done: Invited) -> str:
    if code == "yes":
        return _("{name} says yes: {state}.", name=one.name, state=_(words.STATES[done.state][1]))
    if code == "no":
        return _("Noted: {name} does not come this time.", name=one.name)
    if done.by_phone:
        return _("{name} is invited and stands on the list of calls.", name=one.name)
    return _("{name} is invited.", name=one.name) if done.count else _("{name} was invited to this already.", name=one.name)  # fmt: skip
