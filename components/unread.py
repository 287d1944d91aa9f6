"""How many messages wait for the reader: a number in the menu, a line where the day begins."""

import streamlit as st

from components import live
from components.kept import Kept
from db.access import Viewer
from db.errors import Refused
from db.system import messages
from db.system.messages import MOST_UNREAD


def count(viewer: Viewer) -> int:
    """Counted once while no message moves; 0 while the database does not answer."""
    stamp = live.stamp("messages")
    if stamp is None or not viewer.can("inbox.view"):
        return 0
    try:
        return Kept(viewer, (*stamp, 1)).read(messages.unread)
    except Refused:
        return 0


def mark(viewer: Viewer) -> str:
    """ " (3)" behind the name of the inbox, "" when all is read."""
    waits = count(viewer)
    if not waits:
        return ""
    return f" ({waits})" if waits <= MOST_UNREAD else f" ({MOST_UNREAD}+)"


def line(viewer: Viewer) -> None:
    """A way to the inbox where the day begins: on a telephone the menu is folded away."""
    from components.i18n import n_
    from components.navigation import page_link

    waits = count(viewer)
    if waits:
        with st.container(key="wrap_unread"):
            page_link(
                n_("{count} message you have not read", "{count} messages you have not read", waits), "inbox",
                icon=":material/mark_email_unread:",
            )  # fmt: skip
