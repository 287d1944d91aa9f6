"""When one cannot come: give a place back, or find somebody who takes it over."""

from collections.abc import Callable
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


def do(one: Mine, command: Callable[..., Any], viewer: Viewer, **facts: Any) -> None:
    """Do something with one's own booking; what is refused is said on its card."""
    _done(one, command, viewer, **facts)


def _done(one: Mine, command: Callable[..., Any], viewer: Viewer, **facts: Any) -> bool:
    st.session_state.pop(_REFUSED, None)
    try:
        command(viewer, booking_id=one.booking_id, **facts)
    except Refused as refused:
        st.session_state[_REFUSED] = (one.booking_id, refused)
        return False
    return True


def say_refused(viewer: Viewer, one: Mine) -> None:
    """What was refused about this booking a moment ago."""
    no: tuple[int, Refused] | None = st.session_state.get(_REFUSED)
    if no is not None and no[0] == one.booking_id:
        words.say_refused(no[1], suits.skills(viewer))
        del st.session_state[_REFUSED]


def looking(viewer: Viewer, one: Mine, *, over: bool) -> None:
    """While one looks for somebody else: one stays responsible, and can change one's mind."""
    said = (
        _("You look for somebody who takes it over. Until somebody has, it is yours.")
        if one.handing == "*" else _("You asked {who}. Until they say yes, it is yours.", who=one.handing)
    )  # fmt: skip
    st.warning(plain(said), icon=":material/swap_horiz:")
    st.button(
        _("I come myself after all"), key=f"tap_keep_{one.booking_id}", icon=":material/undo:", width="stretch",
        disabled=over, on_click=do, args=(one, signing_up.keep, viewer),
    )  # fmt: skip


def draw(viewer: Viewer, kept: Kept, one: Mine, *, over: bool) -> None:
    """The ways out, the kind one first; `over`: it was given back a moment ago, and nothing can be tapped any more."""
    opened = st.expander(
        _("I cannot come"), icon=":material/event_busy:", key=f"cannot_{one.booking_id}", on_change="rerun"
    )  # fmt: skip
    if opened.open:
        with opened:
            if not one.handing:
                _find_somebody(viewer, kept, one, over)
            _give_back(viewer, one, over)


def _find_somebody(viewer: Viewer, kept: Kept, one: Mine, over: bool) -> None:
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
            _("Ask this person"), key=f"tap_hand_{one.booking_id}", icon=":material/person:", width="stretch",
            disabled=over or chosen is None, on_click=do, args=(one, signing_up.hand_over, viewer), kwargs={"to": chosen},
        )  # fmt: skip
    st.button(
        _("Somebody take this, please"), key=f"tap_anybody_{one.booking_id}", icon=":material/campaign:",
        width="stretch", disabled=over, on_click=do, args=(one, signing_up.hand_over, viewer),
    )  # fmt: skip


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


def _leave(viewer: Viewer, one: Mine, key: str) -> None:
    if _done(one, signing_up.leave, viewer, why=(st.session_state.get(key) or "").strip()):
        page.answer(one.card.id, one)
        st.toast(_("Given back. Thank you for saying so."))


def stop_wanting(viewer: Viewer, one: Mine) -> None:
    """Leave the line, the draw, or take a request back."""
    if _done(one, signing_up.leave, viewer):
        page.answer(one.card.id, one)
