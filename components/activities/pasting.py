"""Signing up a whole list for an activity: what differs from a list for a shift."""

from functools import partial

import streamlit as st

from components.activities import choosing, signing, words
from components.i18n import _
from components.volunteers import paste
from components.volunteers.paste import Into
from db.access import Viewer
from db.activities import pasted
from db.activities.programme import Card


def draw(viewer: Viewer, card: Card) -> None:
    """The date where one signs up for single dates, then the list."""
    session = choosing.date_of(viewer, card, f"people_date_{card.id}")
    slot_id = session.id if session is not None else None
    paste.draw(
        Into(
            key=f"paste_{card.id}",
            look_through=lambda entries, chosen: pasted.dry_run(
                viewer, activity_id=card.id, slot_id=slot_id, entries=entries, chosen=chosen
            ),
            apply=lambda going: pasted.apply(
                viewer, activity_id=card.id, slot_id=slot_id, resident_ids=list(going), remarks=going
            ),
            clash=words.clash, refusal=words.refusal, nobody=_("no such resident"),
            find=partial(_find, viewer), leave=words.leave,
            lots=card.mode == "lottery" and not card.drawn,
        )
    )  # fmt: skip


def _find(viewer: Viewer, key: str) -> None:
    signing.find(viewer, key, _meant)


def _meant(_viewer: Viewer, key: str, resident_id: int, _name: str) -> None:
    st.session_state[key] = resident_id
