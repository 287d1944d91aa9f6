"""When one cannot come: give a place back, or find somebody who takes it over."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components import page
from components.i18n import _
from components.kept import Kept
from components.register.values import plain
from components.volunteers import words
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.volunteers import own, signing_up, suits
from db.volunteers.own import Mine

_REFUSED = "_mine_refused"
LONGEST = 100


@dataclass(frozen=True)
class Said:
    """What was said of one's own place in this visit of the page: the place as it stood before, and what was done since.

    It is drawn as it stood: where something came or went, a second tap would hit what moved there. `done` holds `left`,
    `confirmed`, `asked` (somebody to take it over), `called` (for whoever will), `kept`.
    """

    one: Mine
    done: frozenset[str]


def said() -> list[Said]:
    """All that was said in this visit."""
    return [one for one in page.answered().values() if isinstance(one, Said)]


def done(one: Mine) -> frozenset[str]:
    """What was done with this place in this visit."""
    return frozenset().union(*(before.done for before in said() if before.one.booking_id == one.booking_id))


def do(one: Mine, what: str, command: Callable[..., Any], viewer: Viewer, **facts: Any) -> None:
    """Do something with one's own booking, which then stays as it stood (`Said`); what is refused is said on its card."""
    _did(one, what, command, viewer, **facts)


def _did(one: Mine, what: str, command: Callable[..., Any], viewer: Viewer, **facts: Any) -> bool:
    st.session_state.pop(_REFUSED, None)
    try:
        command(viewer, booking_id=one.booking_id, **facts)
    except Refused as refused:
        st.session_state[_REFUSED] = (one.booking_id, what, refused)
        return False
    page.answer(one.card.id, Said(one, done(one) | {what}))
    return True


def say_refused(viewer: Viewer, one: Mine, *what: str) -> None:
    """What was refused about this booking (`what` was to be done, or anything) a moment ago.

    Below the button of it: above, nobody would see it.
    """
    no: tuple[int, str, Refused] | None = st.session_state.get(_REFUSED)
    if no is not None and no[0] == one.booking_id and (no[1] in what or not what):
        words.say_refused(no[2], suits.skills(viewer), own=no[1] not in ("asked", "called"))
        del st.session_state[_REFUSED]


def say_refused_of_gone(viewer: Viewer, drawn: Iterable[int]) -> None:
    """What was refused a moment ago about a booking that is not among those `drawn` any more."""
    no: tuple[int, str, Refused] | None = st.session_state.get(_REFUSED)
    if no is not None and no[0] not in drawn:
        words.say_refused(no[2], suits.skills(viewer), own=no[1] not in ("asked", "called"))
        del st.session_state[_REFUSED]


def looking(viewer: Viewer, one: Mine, handing: str, done: frozenset[str]) -> None:
    """While one looks for somebody else: one stays responsible, and can change one's mind.

    What is said instead afterwards is about as long: what stands below must not move under the finger.
    """
    over, kept = "left" in done, "kept" in done
    if over:
        st.info(
            _("You need not come any more, and nobody is asked to take it over."),
            icon=":material/event_busy:",
        )
    elif kept:
        st.info(_("You come yourself; nobody is asked any more to take it over."), icon=":material/check:")
    else:
        text = (
            _("You asked {who}. Until they say yes, it is yours.", who=handing) if handing and handing != "*"
            else _("You look for somebody who takes it over. Until somebody has, it is yours.")
        )  # fmt: skip
        st.warning(plain(text), icon=":material/swap_horiz:")
    come = kept and not over
    st.button(
        _("You come yourself") if come else _("I come myself after all"), key=f"tap_keep_{one.booking_id}",
        icon=":material/check:" if come else ":material/undo:", width="stretch", disabled=kept or over,
        on_click=do, args=(one, "kept", signing_up.keep, viewer),
    )  # fmt: skip
    say_refused(viewer, one, "kept")


def draw(viewer: Viewer, kept: Kept, one: Mine, now: Mine, done: frozenset[str]) -> None:
    """The ways out, the kind one first. `now`: as it stands by now; `done`: what was done since `one` was drawn."""
    key = f"cannot_{one.booking_id}"
    if page.unfold(key, _("I cannot come"), ":material/event_busy:"):
        if not one.handing:
            _find_somebody(viewer, kept, one, done)
        _give_back(viewer, one, "left" in done)
        if done & {"asked", "called"}:
            looking(viewer, one, now.handing, done)
        page.fold(key)


def _find_somebody(viewer: Viewer, kept: Kept, one: Mine, done: frozenset[str]) -> None:
    left, over = "left" in done, bool(done & {"left", "asked", "called"})
    known = dict(kept.read(own.companions))
    st.markdown(_("**Find somebody who takes it over.** Until somebody has said yes, it stays yours."))
    if known:
        key = f"to_{one.booking_id}"
        st.selectbox(
            _("Somebody I know"), list(known), index=None, format_func=lambda who: known[who], key=key,
            placeholder=_("Choose"), disabled=over,
        )  # fmt: skip
        chosen = st.session_state[key]
        st.button(
            _("Asked") if "asked" in done and not left else _("Ask this person"), key=f"tap_hand_{one.booking_id}",
            icon=":material/person:", width="stretch", disabled=over or chosen is None, on_click=do,
            args=(one, "asked", signing_up.hand_over, viewer), kwargs={"to": chosen},
        )  # fmt: skip
    st.button(
        _("You asked everybody") if "called" in done and not left else _("Somebody take this, please"),
        key=f"tap_anybody_{one.booking_id}",
        icon=":material/campaign:", width="stretch", disabled=over, on_click=do,
        args=(one, "called", signing_up.hand_over, viewer),
    )  # fmt: skip
    say_refused(viewer, one, "asked", "called")


def _give_back(viewer: Viewer, one: Mine, over: bool) -> None:
    late = clock.now() > one.free_until
    st.markdown(_("**Give the place back.**"))
    if late:
        st.caption(_("It begins soon: say in a few words why, so that the office can help."))
    else:
        st.caption(plain(_("Until {moment} you need not say why.", moment=words.moment(one.free_until))))
    if one.paired:
        st.caption(_("You come as two: both places are given back."))
    key = f"why_{one.booking_id}"
    if late:
        st.text_input(_("Why"), key=key, max_chars=LONGEST, live="500ms", autocomplete="off", disabled=over)
    why = (st.session_state.get(key) or "").strip()
    st.button(
        _("Given back") if over else _("Give it back"), key=f"tap_leave_{one.booking_id}", icon=":material/close:",
        width="stretch", disabled=over or (late and not why), on_click=_leave, args=(viewer, one, key),
    )  # fmt: skip
    say_refused(viewer, one, "left")


def _leave(viewer: Viewer, one: Mine, key: str) -> None:
    if _did(one, "left", signing_up.leave, viewer, why=(st.session_state.get(key) or "").strip()):
        st.toast(_("Given back. Thank you for saying so."))


def stop_wanting(viewer: Viewer, one: Mine) -> None:
    """Leave the line, the draw, or take a request back."""
    do(one, "left", signing_up.leave, viewer)
