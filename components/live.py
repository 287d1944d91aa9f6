"""Live pages: they redraw when somebody else changed what they show, and rest while nothing changes."""

import threading
import time
from collections.abc import Callable, Hashable

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from components import nudge
from components.i18n import _, moment_text
from components.session import rerun_by_itself
from db import changes, clock
from db.errors import Refused

EVERY_SECONDS = 5.0
"""Pages are told at once when something changed (`nudge`). A tick by itself costs Streamlit some milliseconds, however
little it does: it is for what is not told, that the database does not answer, or answers again."""

LOOK_AGAIN_SECONDS = 3.0
EARLY_SECONDS = 0.2
"""A clock may call so much before its time."""

_SEEN = "_live_seen"

_lock = threading.Lock()
_lost_at = -LOOK_AGAIN_SECONDS


def follow(*topics: str) -> tuple[int, ...]:
    """Redraw this page whenever one of `topics` moves; returns where they stand, to key caches with.

    Call it before reading what is drawn: a change between the two then redraws once more, none is missed.
    """
    now = stamp(*topics)
    st.session_state[_SEEN] = (now, clock.now())
    _watch(topics)
    return now or ()


def stamp(*topics: str) -> tuple[int, ...] | None:
    """The counters, None while the database does not answer. At most ten small queries a second for all pages together."""
    global _lost_at
    if time.monotonic() - _lost_at < LOOK_AGAIN_SECONDS:
        return None
    try:
        return changes.stamp(*topics)
    except (SQLAlchemyError, Refused, OSError):
        with _lock:
            _lost_at = time.monotonic()
        return None


def in_turn(name: str, at: Hashable, seconds: float, go_on: Callable[[], None]) -> None:
    """Call `go_on` once `at` was shown for so many seconds, and draw the page anew. However often others have the page
    drawn meanwhile, the time counts from the first.
    """
    if st.session_state.get(name, (None,))[0] != at:
        st.session_state[name] = (at, time.monotonic())
    st.fragment(_turn, run_every=min(seconds, EVERY_SECONDS))(name, at, seconds, go_on)


def _turn(name: str, at: Hashable, seconds: float, go_on: Callable[[], None]) -> None:
    shown, since = st.session_state[name]
    if shown == at and time.monotonic() - since >= seconds - EARLY_SECONDS:
        go_on()
        rerun_by_itself()


@st.fragment(run_every=EVERY_SECONDS)
def _watch(topics: tuple[str, ...]) -> None:
    seen, drawn_at = st.session_state.get(_SEEN, (None, clock.now()))
    now = stamp(*topics)
    if now is None:
        st.warning(
            _("The database does not answer. This is how things stood at {moment}; trying again.",
              moment=moment_text(drawn_at)),
            icon=":material/cloud_off:",
        )  # fmt: skip
    elif now != seen:
        rerun_by_itself()
    else:
        nudge.me(topics, now)
