"""Which date of an activity that is not signed up for as a whole."""

from collections.abc import Sequence

import streamlit as st

from components.i18n import _
from components.volunteers import words as times
from db import clock
from db.access import Viewer
from db.activities import programme
from db.activities.programme import Card, Session


def coming(viewer: Viewer, card: Card) -> list[Session]:
    """The dates that are to come and not called off."""
    now = clock.now()
    return [
        one
        for one in programme.sessions(viewer, activity_id=card.id)
        if one.cancelled is None and one.ends_at > now
    ]


def date_of(viewer: Viewer, card: Card, key: str) -> Session | None:
    """The date that is meant, chosen where there is a choice; None where one signs up for the term or nothing comes."""
    if card.whole_term:
        return None
    found = coming(viewer, card)
    if len(found) < 2:
        return found[0] if found else None
    return session(found, key, _("Which date"))


def session(found: Sequence[Session], key: str, label: str, start: int = 0) -> Session:
    """One of these dates."""
    by_id = {one.id: one for one in found}
    if st.session_state.get(key, found[start].id) not in by_id:  # it was called off, or is over
        del st.session_state[key]
    chosen: int = st.selectbox(
        label, list(by_id), index=start, key=key, format_func=lambda one: times.moment(by_id[one].starts_at), width=280
    )  # fmt: skip
    return by_id[chosen]
