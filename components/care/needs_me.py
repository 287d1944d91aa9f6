"""What waits for a call or a decision: urgent items, looser rhythms, the warnings that hold today."""

import streamlit as st

from components.care import saved, to_call
from components.care.words import days_words, word
from components.i18n import _, day_text, n_, number_text, own
from components.kept import Kept
from components.navigation import page_link
from components.register.values import plain
from db.access import Viewer
from db.care import calls, rhythms
from db.care.agenda import Agenda, Line
from db.care.rhythms import Waiting

MOST = 5

BANNER_ICONS = {
    "heat": ":material/thermostat:", "cold": ":material/ac_unit:", "storm": ":material/storm:",
    "flood": ":material/flood:", "festival": ":material/celebration:",
}  # fmt: skip


def banners(kept: Kept, *, links: bool = True) -> None:
    """The warnings and festivals of today, each with how far it is answered and a way to whoever is left."""
    viewer = kept.viewer
    if not viewer.can("coverage.view"):
        return
    for one in kept.read(calls.banners):
        said = _(
            "**{kind} · {name}** in {area}, until {until}", kind=word("occasion", one.kind), name=plain(own(one.name)),
            area=plain(one.area), until=day_text(one.until),
        )  # fmt: skip
        if one.asked:
            said += " · " + _(
                "{answered} of {asked} reached",
                answered=number_text(one.answered),
                asked=number_text(one.asked),
            )
        draw = st.info if one.kind == "festival" else st.warning
        draw(said, icon=BANNER_ICONS.get(one.kind, ":material/warning:"))
        if links and one.asked > one.answered and viewer.can("visit.view"):
            page_link(
                _("Who is still to be contacted"), "visits", icon=":material/arrow_forward:", occasion=one.id
            )


def urgent(viewer: Viewer, found: Agenda) -> None:
    """The people who must be reached: whom to call in which order, and a way to say that all is well."""
    lines = [line for line in found.lines if line.urgent_id is not None]
    if not lines:
        return
    st.subheader(_("To be reached today"))
    st.caption(_("Tried and not met. Open a name to see whom to call."))
    for line in lines[:MOST]:
        _urgent(viewer, line)
    if found.urgent > MOST:
        page_link(
            n_("{count} more urgent", "{count} more urgent", found.urgent - MOST), "visits", icon=":material/list:",
            tab="due", urgent="yes",
        )  # fmt: skip


def _urgent(viewer: Viewer, line: Line) -> None:
    label = f"**{plain(line.name)}** {plain(line.address)}"
    opened = st.expander(label, icon=":material/call:", key=f"urgent_{line.urgent_id}", on_change="rerun")
    with opened:
        if not opened.open:
            return
        to_call.call_order(viewer, line.resident_id, line.attempts)
        if viewer.can("visit.create") and line.urgent_id is not None:
            saved.solve_form(viewer, line.urgent_id)


def approvals(kept: Kept) -> int:
    """Looser rhythms that somebody else asked for, each a way to decide on it; returns how many there are."""
    may = kept.viewer.can("rhythm.approve")
    found = [one for one in kept.read(rhythms.waiting) if not one.own] if may else []
    with st.container(key="wrap_approvals", gap="small"):
        _wishes(found[:MOST])
    if len(found) > MOST:
        st.caption(n_("{count} more waits.", "{count} more wait.", len(found) - MOST))
    return len(found)


def _wishes(found: list[Waiting]) -> None:
    for one in found:
        page_link(
            _("{who} asks for {name}: {wanted} instead of {now}", who=plain(one.asked_name), name=plain(one.name),
              wanted=days_words(one.every_days), now=days_words(one.now_days)),
            "visits", icon=":material/how_to_reg:", tab="approvals",
        )  # fmt: skip
