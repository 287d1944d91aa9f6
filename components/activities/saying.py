"""How it was, in two taps: three faces, of which one is kept at once, and a word for who likes to add one."""

from collections.abc import Callable, Sequence

import streamlit as st

from components.activities import choosing, words
from components.i18n import _, n_
from components.register.values import plain
from components.volunteers import words as times
from db import clock
from db.access import Viewer
from db.activities import feedback, programme
from db.activities.feedback import FACES, LONGEST, Asked, Said
from db.activities.programme import Card
from db.words import N_

ICONS = {
    3: ":material/sentiment_satisfied:", 2: ":material/sentiment_neutral:", 1: ":material/sentiment_dissatisfied:",
}  # fmt: skip
LABELS = {3: N_("Liked it"), 2: N_("All right"), 1: N_("Not so good")}
NARROW = 90
_JUST = "_feedback_just"
"""What the viewer said a moment ago, to add a word to: slot, title, rating."""
_LATER = "_feedback_later"
NAMELESS = ""


def faces(key: str, tapped: Callable[..., None], *args: object, chosen: int | None = None) -> None:
    """Three large faces; a tap hands (…, rating) on."""
    with st.grid(len(FACES), wrap=False, min_column_width=NARROW, key=f"faces_{key}"):
        for rating in FACES:
            st.button(
                _(LABELS[rating]), key=f"face_{key}_{rating}", icon=ICONS[rating], width="stretch", on_click=tapped,
                type="primary" if chosen == rating else "secondary", args=(*args, rating),
            )  # fmt: skip


# By oneself


def card(viewer: Viewer, titles: Sequence[tuple[int, str]]) -> None:
    """Ask about the latest of what one took part in (slot, title); or thank for what was just said."""
    words.said()
    just = st.session_state.get(_JUST)
    if just is not None:
        _add_a_word(viewer, *just)
        return
    later = st.session_state.get(_LATER, set())
    slot_id, title = next(((slot, title) for slot, title in titles if slot not in later), (0, ""))
    if not slot_id:
        return
    with st.container(border=True, key="card_feedback", gap="small"):
        st.markdown("**" + plain(_("How was “{title}”?", title=title)) + "**")
        faces(str(slot_id), _said, viewer, slot_id, title)
        st.button(_("Not now"), key="feedback_later", type="tertiary", on_click=_not_now, args=(slot_id,))


def _not_now(slot_id: int) -> None:
    st.session_state[_LATER] = {*st.session_state.get(_LATER, set()), slot_id}


def _said(viewer: Viewer, slot_id: int, title: str, rating: int) -> None:
    if words.act(feedback.say, viewer, slot_id=slot_id, rating=rating):
        st.session_state[_JUST] = (slot_id, title, rating)


def _add_a_word(viewer: Viewer, slot_id: int, title: str, rating: int) -> None:
    with st.container(border=True, key="card_feedback", gap="small"):
        st.markdown(
            f"{ICONS[rating]} **{_('Thank you!')}** " + plain(_("“{title}”: {face}.", title=title, face=_(LABELS[rating])))
        )  # fmt: skip
        st.text_input(
            _("A word about it? (may stay empty)"), key=f"feedback_word_{slot_id}", max_chars=LONGEST,
            placeholder=_("for example: good tea, too little time"),
        )  # fmt: skip
        with st.container(horizontal=True, key="tap_feedback"):
            st.button(
                _("Send"), key="feedback_send", type="primary", on_click=_word, args=(viewer, slot_id, rating)
            )
            st.button(_("That is all"), key="feedback_done", on_click=_done)


def _word(viewer: Viewer, slot_id: int, rating: int) -> None:
    note = st.session_state.get(f"feedback_word_{slot_id}", "")
    if not note.strip() or words.act(
        feedback.say, viewer, slot_id=slot_id, rating=rating, note=note, done=lambda _none: _("Thank you!")
    ):
        _done()


def _done() -> None:
    st.session_state.pop(_JUST, None)


def own(viewer: Viewer, card_: Card) -> None:
    """On the page of an activity: how was the date that one came to last? Whoever said so may say otherwise."""
    found = feedback.own(viewer, activity_id=card_.id)
    if not found:
        return
    latest = found[0]
    if latest.rating is None or st.session_state.get(_JUST, (0,))[0] == latest.slot_id:
        card(viewer, [(latest.slot_id, card_.title)])
        return
    with st.container(border=True, key="card_feedback", gap="small"):
        st.markdown(
            "**" + _("You said how it was") + "**" + (f"  \n“{plain(latest.note)}”" if latest.note else "")
        )
        faces(str(latest.slot_id), _said, viewer, latest.slot_id, card_.title, chosen=latest.rating)


# By the office


def draw(viewer: Viewer, card_: Card) -> None:
    """What was said; and for who takes attendance, entering what was told or lay in the paper box."""
    said = feedback.told(viewer, activity_id=card_.id)
    _result(card_, said)
    if viewer.reaches("activity.attend", card_.area_path):
        _enter(viewer, card_)


def _result(card_: Card, said: Said) -> None:
    if said.hidden:
        st.info(
            _("Hardly anybody has said anything yet. The faces are shown once there are so many that nobody can be recognised."),
            icon=":material/visibility_off:",
        )  # fmt: skip
        return
    if not said.answered:
        st.info(_("Nobody has said anything yet."), icon=":material/sentiment_satisfied:")
        return
    with st.grid(len(FACES), wrap=False, min_column_width=NARROW):
        for rating, count in zip(FACES, (said.liked, said.all_right, said.disliked), strict=True):
            with st.container(border=True, key=f"said_{rating}", gap="xsmall"):
                st.markdown(f"### {ICONS[rating]} {count}\n\n{_(LABELS[rating])}")
    if card_.sessions > 1:
        st.markdown(_("{answered} said something; people came {came} times over all dates.", answered=said.answered, came=said.came))  # fmt: skip
    else:
        st.markdown(_("{answered} of {came} who came said something.", answered=said.answered, came=said.came))  # fmt: skip
    if said.step > 1:
        st.caption(
            _("So that nobody can be recognised, the figures are renewed only when {count} more people have said something.", count=said.step)
        )  # fmt: skip
    if said.words:
        st.subheader(_("In their words"))
        st.markdown("\n\n".join(f"{ICONS[rating]} {plain(note)}" for rating, note in said.words))


def _enter(viewer: Viewer, card_: Card) -> None:
    begun = [
        one
        for one in programme.sessions(viewer, activity_id=card_.id)
        if one.cancelled is None and one.starts_at <= clock.now()
    ]
    if not begun:
        return
    with st.container(border=True, key=f"said_enter_{card_.id}", gap="small"):
        st.subheader(_("Enter what was said"))
        slot_id = begun[0].id
        if len(begun) > 1:
            slot_id = choosing.session(begun, f"said_date_{card_.id}", _("Which date"), len(begun) - 1).id
        else:
            st.caption(plain(times.moment(begun[0].starts_at)))
        key = f"said_{slot_id}"
        words.said(key)
        people = {one.key: one for one in feedback.of_date(viewer, slot_id=slot_id)}
        if st.session_state.get(f"{key}_who", NAMELESS) not in {NAMELESS, *people}:
            del st.session_state[f"{key}_who"]
        who: str = st.selectbox(
            _("Who said it"), [NAMELESS, *people], key=f"{key}_who", format_func=lambda one: _who(people, one),
            help=_("From the paper box: one tap for each slip, without a name."),
        )  # fmt: skip
        st.text_input(_("In words (may stay empty)"), key=f"{key}_note", max_chars=LONGEST)
        faces(str(slot_id), _entered, viewer, slot_id, who, chosen=people[who].rating if who in people else None)  # fmt: skip
        said = sum(one.rating is not None for one in people.values())
        _own_entries(viewer, slot_id, key)
        if people:
            st.caption(n_("{said} of the {count} person who came said something.", "{said} of the {count} people who came said something.", len(people), said=said))  # fmt: skip


def _own_entries(viewer: Viewer, slot_id: int, key: str) -> None:
    """What one entered last, to be taken back."""
    found = feedback.entered(viewer, slot_id=slot_id)
    if found:
        st.markdown(_("Entered by you"))
    for one in found:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
            name = plain(one.name) if one.name else f":gray[{_('without a name')}]"
            note = f"  \n“{plain(one.note)}”" if one.note else ""
            st.markdown(f"{ICONS[one.rating]} {name}{note}", width="stretch")
            with st.container(key=f"tap_back_{one.id}", width="content"):
                st.button(
                    _("Take back"), key=f"said_back_{one.id}", type="tertiary", icon=":material/undo:", on_click=words.press,
                    args=(feedback.take_back, viewer),
                    kwargs={"feedback_id": one.id, "at": key, "done": lambda _none: _("Taken back.")},
                )  # fmt: skip


def _who(people: dict[str, Asked], key: str) -> str:
    if key not in people:
        return _("From the paper box, without a name")
    one = people[key]
    return one.name + (f" · ✓ {_(LABELS[one.rating])}" if one.rating is not None else "")


def _entered(viewer: Viewer, slot_id: int, who: str, rating: int) -> None:
    """Keep it; then comes the next slip, or the next person who has not said anything."""
    key = f"said_{slot_id}"
    note = st.session_state.get(f"{key}_note", "")
    if not words.act(
        feedback.enter, viewer, slot_id=slot_id, rating=rating, note=note, key=who or None, at=key,
        done=lambda _none: _("Kept: {face}.", face=_(LABELS[rating])),
    ):  # fmt: skip
        return
    st.session_state[f"{key}_note"] = ""
    if who:
        people = feedback.of_date(viewer, slot_id=slot_id)
        at = next((number for number, one in enumerate(people) if one.key == who), 0)
        after = [*people[at + 1 :], *people[:at]]
        st.session_state[f"{key}_who"] = next((one.key for one in after if one.rating is None), who)
