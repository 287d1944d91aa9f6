"""The draft of a week on the screen: who could take what, why, and two buttons on each line."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import streamlit as st

from components.i18n import _, n_
from components.register.values import plain
from components.volunteers import words
from components.words import register_sentences, say
from db.access import Viewer
from db.errors import Refused
from db.volunteers import draft, roster, work_kinds
from db.volunteers.draft import Line
from db.words import N_

SHOWN = 20

register_sentences(
    {
        "draft.nothing": N_("No place is open in this week: there is nothing to draft."),
        "draft.nobody": N_("There are no volunteers in your areas yet."),
        "draft.gone": N_("Somebody decided this line already."),
    }
)

REASONS = {
    "fair": N_("{hours} h in four weeks"),
    "elder": N_("was with this elder {times}×"),
    "series": N_("did this shift {times}×"),
    "work": N_("did this work {times}×"),
    "building": N_("lives right there"),
    "grid": N_("lives in the same grid"),
    "other": N_("comes from elsewhere"),
    "named": N_("named these hours"),
}
SAID = {
    "said_available": N_("outside the hours named"),
    "said_area": N_("outside the areas named"),
}


def why(reasons: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """The reasons of a line in one sentence."""
    return " · ".join(_reason(code, facts) for code, facts in reasons)


def _reason(code: str, facts: dict[str, Any]) -> str:
    if code in REASONS:
        return _(REASONS[code], **{name: f"{value:g}" for name, value in facts.items()})
    return "⚠ " + (_(SAID[code]) if code in SAID else _("against a rule that is only said"))


def draw(viewer: Viewer, monday: date, area_id: int | None) -> None:
    """The button, and the lines that wait for a decision."""
    st.caption(
        _("Proposes volunteers for the open places: who served little in four weeks, knows the elder or the work, lives near. Nothing is booked before you accept a line.")
    )  # fmt: skip
    found = draft.lines(viewer, monday=monday, area_id=area_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            _("Draft this week anew") if found else _("Draft this week"), key="draft_make", icon=":material/auto_awesome:",
            type="secondary" if found else "primary",
        ):  # fmt: skip
            try:
                done = draft.propose(viewer, monday=monday, area_id=area_id)
            except Refused as refused:
                say(refused)
                return
            st.session_state["draft_said"] = (done.lines, done.open)
            st.rerun()
        if "draft_said" in st.session_state:
            lines, places = st.session_state.pop("draft_said")
            st.markdown(
                _("{lines} of {places} open places have a proposal; for {left} nobody can be found.", lines=lines,
                  places=places, left=places - lines)
            )  # fmt: skip
    day, names = None, roster.area_names(viewer) if found else {}
    for line in found[:SHOWN]:
        if words.day(line.starts_at) != day:
            day = words.day(line.starts_at)
            st.markdown(f"**{day}**")
        _line(viewer, line, names.get(line.area_id or 0, ""))
    if len(found) > SHOWN:
        st.caption(n_("{count} more line follows once these are decided.", "{count} more lines follow once these are decided.", len(found) - SHOWN))  # fmt: skip


def _line(viewer: Viewer, line: Line, area: str) -> None:
    with st.container(
        key=f"line_{line.id}", border=True, horizontal=True, vertical_alignment="center", gap="small"
    ):
        st.markdown(
            f"{words.span(line.starts_at, line.ends_at)} {plain(line.title)} · {plain(words.place(area, line.where))} ← **{plain(line.name)}**  \n"
            f":gray[{plain(why(line.reasons))}]", width="stretch",
        )  # fmt: skip
        if st.button(_("Accept"), key=f"draft_yes_{line.id}", icon=":material/check:", type="primary"):
            _decide(lambda: draft.accept(viewer, suggestion_id=line.id), work_kinds.skill_words(viewer))
        if st.button(_("Put aside"), key=f"draft_no_{line.id}", type="tertiary"):
            _decide(lambda: draft.put_aside(viewer, suggestion_id=line.id), {})


def _decide(do: Any, skills: dict[str, str]) -> None:
    try:
        do()
    except Refused as refused:
        words.say_refused(refused, skills)
    else:
        st.rerun()
