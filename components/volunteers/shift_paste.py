"""Signing up a whole list for a shift: what differs from a list for an activity."""

from functools import partial

import streamlit as st

from components.i18n import _
from components.volunteers import notes, paste, words
from components.volunteers.paste import Into
from components.words import sentence
from db.access import Viewer
from db.errors import Refused
from db.volunteers import pasted, roster, work_kinds
from db.volunteers.shifts import Card


def draw(viewer: Viewer, card: Card) -> None:
    """The list and all that is done with it."""
    skills = work_kinds.skill_words(viewer)
    paste.draw(
        Into(
            key=f"paste_{card.id}",
            look_through=lambda entries, chosen: pasted.dry_run(viewer, shift_id=card.id, entries=entries, chosen=chosen),
            apply=lambda going: pasted.apply(viewer, shift_id=card.id, volunteer_ids=list(going)),
            clash=lambda code, facts: words.clash(code, facts, skills), refusal=partial(_refusal, skills),
            nobody=_("no such volunteer"), find=partial(_find, viewer), leave=notes.leave,
            lots=card.mode == "lottery" and not card.drawn,
        )
    )  # fmt: skip


def _refusal(skills: dict[str, str], refused: Refused) -> str:
    found = refused.facts.get("clashes")
    return " ".join(words.clashes(found, skills)) if found else sentence(refused)


def _find(viewer: Viewer, key: str) -> None:
    people = roster.who_can_be_asked(viewer)
    st.selectbox(
        _("Choose a volunteer"), list(people), index=None, key=f"{key}_find", placeholder=_("Name or number"),
        format_func=lambda one: people[one], on_change=_meant, args=(key,),
    )  # fmt: skip


def _meant(key: str) -> None:
    st.session_state[key] = st.session_state[f"{key}_find"]
