"""What waits for a volunteer's yes or no: two large buttons, and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

from components import page
from components.i18n import _, n_
from components.kept import Kept
from components.register.values import plain
from components.volunteers import cards, words
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.volunteers import signing_up, suits
from db.volunteers.own import Ask
from db.words import N_

_REFUSED = "_answer_refused"

ASKED: dict[str, str] = {
    "offer": N_("A place became free for you."),
    "invitation": N_("The office asks whether you can come."),
    "handover": N_("{who} asks you to take this over."),
    "anybody": N_("{who} cannot come and looks for somebody."),
}
SAID: dict[str, str] = {
    "booked": N_("Thank you! It is in “My shifts”."),
    "requested": N_("You asked for a place. The office will answer; you find the answer under “My shifts”."),
    "waiting": N_("You stand in line. When a place becomes free, you move up."),
}


@dataclass(frozen=True)
class _Answered:
    """What was answered in this visit of the page, and what is said in the place of the button that was tapped."""

    ask: Ask
    same: int
    yes: bool
    said: str


def draw(kept: Kept, asks: Sequence[Ask]) -> None:
    """All that waits for an answer, what ends first at the top; what was just answered stays in its place."""
    given = {number: one for number, one in page.answered().items() if isinstance(one, _Answered)}
    open_ones = _together(
        one for one in asks if (one.until is None or one.until > clock.now()) and one.card.id not in page.answered()
    )  # fmt: skip
    no: tuple[int, Refused] | None = st.session_state.pop(_REFUSED, None)
    if no is not None and no[0] not in {one.booking_id for one in asks}:
        words.say_refused(no[1], kept.read(suits.skills), own=True)
    if not open_ones and not given:
        return
    number = sum(open_ones.values())
    st.subheader(
        n_("{count} thing waits for your answer", "{count} things wait for your answer", number)
        if number else _("All is answered")
    )  # fmt: skip
    everything = [
        *(one.ask for one in given.values()),
        *open_ones,
    ]  # what was answered before what looks the same
    for one in sorted(everything, key=lambda one: (one.kind == "anybody", one.until or one.card.starts_at)):
        if one.card.id in given:
            _one(kept, one, given[one.card.id].same, None, given[one.card.id])
        else:
            _one(kept, one, open_ones[one], no[1] if no is not None and no[0] == one.booking_id else None)


def _together(asks: Iterable[Ask]) -> dict[Ask, int]:
    """The asks that differ in something one sees, each with how many there are of it."""
    found: dict[tuple[object, ...], list[Ask]] = {}
    for one in asks:
        card = one.card
        seen = (
            one.kind,
            one.who,
            card.title,
            card.starts_at,
            card.ends_at,
            one.place,
            bool(card.free),
            card.note,
            one.no is None,
        )
        found.setdefault(seen, []).append(one)
    return {same[0]: len(same) for same in found.values()}


def _one(kept: Kept, one: Ask, same: int, refused: Refused | None, answered: _Answered | None = None) -> None:
    """One of them. What is known to be refused says so before the tap, and only no is left to be said."""
    viewer, no = kept.viewer, one.no
    with st.container(border=True, key=f"card_ask_{one.booking_id}", gap="small"):
        said = f":material/mark_email_unread: {plain(_(ASKED[one.kind], who=one.who))}"
        lines = [said, cards.head(one.card, one.place)]
        if one.card.note:
            lines.append(f":material/info: {plain(one.card.note)}")
        if one.until is not None:
            lines.append(
                f":orange-badge[:material/timer: {plain(_('Answer until {moment}', moment=words.moment(one.until)))}]"
            )
        if same > 1:
            lines.append(
                f":blue-badge[:material/content_copy: {_('{count} of the same, answer one at a time', count=same)}]"
            )
        full = one.kind == "invitation" and not one.card.free
        if full:
            lines.append(f":gray-badge[:material/group: {plain(_('All places are taken by now'))}]")
        if no is not None and refused is None:
            against, instead = words.why_not(no, kept.read(suits.skills))
            why = [f":material/block: {plain(said)}" for said in against]
            lines.append("  \n".join([*why, plain(instead)]))
        st.markdown("\n\n".join(lines))
        if refused is not None:
            words.say_refused(refused, kept.read(suits.skills), own=True)
        with st.container(horizontal=True, gap="small"):
            said_yes, said_no = (
                answered is not None and answered.yes,
                answered is not None and not answered.yes,
            )
            if no is None:
                st.button(
                    answered.said if answered is not None and said_yes else _yes(one, full),
                    key=f"tap_ask_yes_{one.booking_id}", disabled=answered is not None,
                    type="secondary" if full or answered is not None else "primary",
                    icon=":material/hourglass_top:" if full and not said_yes else ":material/check:", width="stretch",
                    on_click=_answer, args=(viewer, one, same, True, full),
                )  # fmt: skip
            if one.kind != "anybody":
                st.button(
                    answered.said if answered is not None and said_no else _("No, I cannot"),
                    key=f"tap_ask_no_{one.booking_id}", icon=":material/close:", width="stretch",
                    disabled=answered is not None, on_click=_answer, args=(viewer, one, same, False, full),
                )  # fmt: skip


def _yes(one: Ask, full: bool) -> str:
    if full:
        return _("Stand in line")
    return _("Yes, I take it over") if one.kind in ("handover", "anybody") else _("Yes, I will come")


def _answer(viewer: Viewer, one: Ask, same: int, yes: bool, or_wait: bool) -> None:
    """Only who saw that all places are taken stands in line."""
    state = "booked"
    try:
        if one.kind in ("offer", "invitation"):
            state = signing_up.answer(viewer, booking_id=one.booking_id, yes=yes, or_wait=or_wait)
        elif yes:
            signing_up.take_over(viewer, booking_id=one.booking_id)
        else:
            signing_up.decline(viewer, booking_id=one.booking_id)
    except Refused as refused:
        st.session_state[_REFUSED] = (one.booking_id, refused)
    else:
        said = _(SAID[state]) if yes else _("You said no. Thank you for saying so.")
        page.answer(one.card.id, _Answered(one, same, yes, said))
        st.toast(said)
