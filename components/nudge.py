"""Telling open pages at once that something changed: idle ones rest, and no browser need ask every second.

One thread of this process looks at the counters, however many pages are open. For a page that has seen others it runs
the small fragment that watches (see `live`), as the browser does by itself every few seconds, and leaves the rest to it.
A window in which something runs is left alone until it is done: what somebody has just clicked goes first.
"""

import logging
import threading
import time
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState, get_script_run_ctx

from db import changes
from db.errors import Refused

log = logging.getLogger("linli.live")

LOOK_SECONDS = 0.4
REST_SECONDS = 2.0
"""So long after a window was told it is not told again: it may still be drawing what it was told."""


@dataclass
class _Open:
    """A page that is open: which of its fragments watches what, and what it has seen."""

    fragment_id: str
    topics: tuple[str, ...]
    seen: tuple[int, ...]
    told_at: float = 0.0


_lock = threading.Lock()
_open: dict[str, _Open] = {}
_looking = False


def me(topics: tuple[str, ...], seen: tuple[int, ...]) -> None:
    """From within the fragment that watches: run it again once `topics` stand elsewhere than `seen`."""
    global _looking
    context, fragment_id = get_script_run_ctx(), ThreadState.get().fragment_id
    if context is None or fragment_id is None or _server() is None:
        return
    with _lock:
        _open[context.session_id] = _Open(fragment_id, topics, seen)
        if not _looking:
            _looking = True
            threading.Thread(target=_look, name="linli-live", daemon=True).start()


def _server() -> Runtime | None:
    """What serves the pages; None where none are served, or something only stands in for it."""
    found = Runtime.instance() if Runtime.exists() else None
    return found if type(found) is Runtime else None


def _look() -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        with _lock:
            pages = list(_open.items())
        try:
            for session_id, page in pages:
                now = time.monotonic()
                if changes.stamp(*page.topics) != page.seen and now - page.told_at > REST_SECONDS:
                    _tell(session_id, page, now)
        except (SQLAlchemyError, Refused, OSError):
            continue  # the pages see it themselves, and say so
        except Exception:  # whatever it is: the pages still ask by themselves
            log.exception("Open pages could not be told")


def _tell(session_id: str, page: _Open, now: float) -> None:
    server = _server()
    session = server.get_app_session(session_id) if server is not None else None
    if session is None:
        _forget(session_id, page)
        return

    def run() -> None:
        if not session.has_fragment(page.fragment_id):
            _forget(session_id, page)
        elif session._scriptrunner is None:  # nothing runs there
            page.told_at = now
            asked = ClientState()
            asked.CopyFrom(session._client_state)
            asked.fragment_id, asked.is_auto_rerun = page.fragment_id, True
            session.request_rerun(asked)

    try:
        session._event_loop.call_soon_threadsafe(run)
    except RuntimeError:  # the server is stopping
        _forget(session_id, page)


def _forget(session_id: str, page: _Open) -> None:
    with _lock:
        if _open.get(session_id) is page:
            del _open[session_id]
