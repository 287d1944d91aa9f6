"""What is said about surveys of needs: refusals, states, what a question may be, how an answer reads."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from components.i18n import _, listed, translate
from components.office import KINDS
from components.register.values import plain
from components.words import register_sentences, say
from db.activities.need_tables import (
    KIND_OPTIONS,
    NEED_STATES,
    OUTCOME_OPTIONS,
    SOURCE_OPTIONS,
    SURVEY_STATES,
)
from db.activities.needs_questions import Asked
from db.errors import Refused
from db.words import N_

register_sentences(
    {
        "need.title": N_("Give it a title."),
        "need.areas": N_("Choose at least one area in which people are asked."),
        "need.ages": N_("The ages must lie between 0 and 120, the lower one first."),
        "need.until": N_("The last day must not be over."),
        "need.not_draft": N_("People are being asked already: the questions and whom they are for stay as they are."),
        "need.closed": N_("The survey is closed. Open it again to change it."),
        "need.question": N_("Write the question. No two questions of a survey may be the same."),
        "need.options": N_("Write 2 to {most} different choices, one in each line."),
        "need.many": N_("A survey has {most} questions at most. Ask less: people tire."),
        "need.empty": N_("Write at least one question first."),
        "need.not_open": N_("This survey takes no answers now."),
        "need.asked_already": N_("Somebody has been asked already, so the questions stay as they are. Close the survey and make a new one."),
        "need.not_meant": N_("This person is not among those whom the survey asks."),
        "need.outcome": N_("Say what came of it."),
        "need.answered": N_("This person has answered already. That stays, however often nobody is met."),
        "need.theme": N_("Give the theme a name that no other theme has."),
        "need.state": N_("Choose how far it is."),
        "need.linked": N_("Say what comes of it: an activity, a service or a proposal. That is what people are told."),
    }
)  # fmt: skip

KINDS.update(
    {
        "need_survey": N_("Survey of needs"),
        "need_reply": N_("Answer to a survey"),
        "need_theme": N_("Theme of a survey"),
        "need": N_("Need"),
    }
)

_REFUSED = "_needs_refused"
SURVEYS = {one.code: one.label for one in SURVEY_STATES}
SURVEY_COLOURS = {"draft": "gray", "open": "green", "closed": "blue"}
OUTCOMES = {one.code: one.label for one in OUTCOME_OPTIONS}
SOURCES = {one.code: one.label for one in SOURCE_OPTIONS}
NEEDS = {one.code: one.label for one in NEED_STATES}
NEED_COLOURS = {"open": "orange", "planned": "blue", "done": "green", "declined": "gray"}
QUESTIONS = {one.code: one.label for one in KIND_OPTIONS}
FIXED = {
    "yes": N_("Yes"), "no": N_("No"), "1": N_("1 (lowest)"), "2": "2", "3": "3", "4": "4", "5": N_("5 (highest)"),
}  # fmt: skip


def option(question: Asked, code: str, to: str = "") -> str:
    """What a code of a question says, in the reader's language or in `to`. Choices are the office's own words."""
    own = dict(question.options).get(code)
    if own is not None:
        return own
    said = FIXED.get(code, code)
    return translate(said, to) if to else _(said)


def answer(question: Asked, said: Sequence[str]) -> str:
    """What somebody answered, as text."""
    if question.kind == "text":
        return listed(said)
    return listed(option(question, code) for code in said)


def act(command: Callable[..., Any], *args: Any, **facts: Any) -> bool:
    """Do it; what it refuses is said on the next drawing by `said_no`. Whether it was done."""
    try:
        command(*args, **facts)
    except Refused as refused:
        st.session_state[_REFUSED] = refused
        return False
    return True


def press(command: Callable[..., Any], *args: Any, **facts: Any) -> None:
    """`act` as what a button does."""
    act(command, *args, **facts)


def said_no() -> None:
    """What the last button was refused."""
    refused = st.session_state.pop(_REFUSED, None)
    if isinstance(refused, Refused):
        say(refused)


def badge(colour: str, text: str) -> str:
    """A state, in Markdown."""
    return f":{colour}-badge[{plain(text)}]"
