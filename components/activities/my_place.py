"""An activity for somebody with an account: sign up in two taps, for oneself or for somebody one looks after."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.activities import choosing, mine, words
from components.i18n import _, n_
from components.register.values import plain
from db import clock
from db.access import Viewer
from db.activities import guests, signing_up, whom
from db.activities.programme import Card
from db.activities.signing_up import SignedUp
from db.activities.whom import One
from db.errors import Refused


def draw(viewer: Viewer, card: Card, *, pictures: bool) -> None:
    """The places that one has, and the button for one more. `pictures` are taken."""
    own = [row for row in signing_up.own_bookings(viewer) if row.activity_id == card.id]
    for row in own:
        mine.booking(viewer, row, viewer.name, here=True)
    if pictures and card.stage in ("announced", "running"):
        _pictures(viewer, card, {row.person_key: row for row in own})
    if card.stage not in ("announced", "running"):
        return
    people = whom.ones(viewer)
    if not people:
        words.say(Refused("activity.nobody"))
        return
    session = choosing.date_of(viewer, card, f"mine_date_{card.id}")
    has = {row.person_key for row in own if session is None or card.whole_term or row.slot_id == session.id}
    left = [one for one in people if one.key not in has]
    if left:
        _sign_up(viewer, card, left, session.id if session else None)


def _pictures(viewer: Viewer, card: Card, own: Mapping[str, Any]) -> None:
    """Whether one may be in pictures; who says nothing is in none."""
    agree = guests.agreeing(viewer, activity_id=card.id) if own else set()
    for person_key, row in own.items():
        key, now = f"pictures_{row.booking_id}", person_key in agree
        if st.session_state.get(key) != now:
            st.session_state[key] = now
        with st.container(key=f"tap_pictures_{row.booking_id}"):
            st.toggle(
                _("I may be in pictures") if row.name == viewer.name else plain(_("{name} may be in pictures", name=row.name)),
                key=key, on_change=_agree, args=(viewer, row.booking_id, key),
            )  # fmt: skip


def _agree(viewer: Viewer, booking_id: int, key: str) -> None:
    words.act(guests.agree, viewer, booking_id=booking_id, yes=st.session_state[key])


def _sign_up(viewer: Viewer, card: Card, people: list[One], slot_id: int | None) -> None:
    opens, closes, now = card.opens_at, card.closes_at, clock.now()
    if opens and opens > now:
        words.say(Refused("activity.not_open", opens_at=opens))
        return
    if closes and closes <= now:
        words.say(Refused("activity.closed"))
        return
    if card.mode == "lottery" and not card.drawn:
        st.caption(_("It does not matter who is first: lots are drawn when the time to sign up is over."))
    elif not card.free:
        st.caption(
            n_("{count} waits before you.", "{count} wait before you.", card.waiting)
            if card.waiting else _("You would be the first in line.")
        )  # fmt: skip
    for one in people:
        with st.container(key=f"big_yes_{one.key}"):
            st.button(
                _label(card, one), key=f"yes_{one.key}", icon=":material/check:", width="stretch",
                type="primary" if one is people[0] else "secondary", on_click=words.press,
                args=(signing_up.sign_up, viewer),
                kwargs={"activity_id": card.id, "resident_id": one.resident_id, "slot_id": slot_id,
                        "done": told if one.resident_id is not None else told_self},
            )  # fmt: skip


def _label(card: Card, one: One) -> str:
    if card.mode == "lottery" and not card.drawn:
        return _("I take part in the draw") if one.resident_id is None else _("{name} takes part in the draw", name=plain(one.name))  # fmt: skip
    if card.free:
        return _("Yes, I will come") if one.resident_id is None else _("Sign {name} up", name=plain(one.name))
    return _("Put me in line") if one.resident_id is None else _("Put {name} in line", name=plain(one.name))


def told_self(done: SignedUp) -> str:
    """What came of it, in a sentence to whom it is about."""
    return _told(
        done,
        _("You have a place."),
        _("You take part in the draw."),
        _("You are number {line} in line.", line=done.line),
    )


def told(done: SignedUp) -> str:
    """What came of it for somebody else, in a sentence."""
    name = done.name
    return _told(
        done, _("{name} has a place.", name=name), _("{name} takes part in the draw.", name=name),
        _("{name} is number {line} in line.", name=name, line=done.line),
    )  # fmt: skip


def _told(done: SignedUp, booked: str, entered: str, waits: str) -> str:
    if done.state in ("booked", "entered"):
        said = booked if done.state == "booked" else entered
    else:
        why = words.first(done.first)
        said = waits + (f" ({why})" if why else "")
    return " ".join([said, *words.clashes((one.code, one.facts) for one in done.said)])
