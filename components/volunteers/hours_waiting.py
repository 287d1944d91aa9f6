"""Hours that wait for approval: what is to be known about each stands before the tick."""

import streamlit as st

from components.i18n import _, day_text, n_
from components.live import follow
from components.navigation import page_link
from components.register.values import plain
from components.volunteers import words
from components.volunteers.hours_words import (
    ORIGIN_ICONS,
    WARNINGS,
    badges,
    hours,
    origin,
    press,
    said_no,
    warning,
)
from components.words import SENTENCES
from db.access import Viewer
from db.volunteers import approving
from db.volunteers.approving import Entry


def draw(viewer: Viewer) -> None:
    """Filter, approve all that raise no question, or one by one."""
    follow("hours")
    said_no()
    everything = approving.waiting(viewer)
    if not everything:
        st.success(_("Nothing waits for approval."), icon=":material/check_circle:")
        return
    there = [code for code in WARNINGS if any(code in one.warnings for one in everything)]
    labels = {"none": _("Without warnings"), **{code: warning(code) for code in there}}
    chosen = st.pills(
        _("Show only"), list(labels), key="waiting_warning", format_func=labels.__getitem__,
        label_visibility="collapsed",
    )  # fmt: skip
    plain_ones = [one for one in everything if not one.warnings and one.corrects is None]
    ready = [one.id for one in plain_ones if not one.barred]
    if chosen == "none":
        shown = plain_ones
    else:
        shown = [one for one in everything if chosen is None or chosen in one.warnings]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(n_("{count} entry waits.", "{count} entries wait.", len(everything)), width="content")
        if ready:
            st.button(
                n_("Approve the {count} without warnings", "Approve the {count} without warnings", len(ready)),
                icon=":material/done_all:", key="approve_many", on_click=press, args=(approving.approve_many, viewer),
                kwargs={"entry_ids": ready},
            )  # fmt: skip
    for one in shown:
        card(viewer, one)


def card(viewer: Viewer, one: Entry) -> None:
    """One entry with what is to be known, and the two buttons."""
    with st.container(border=True, key=f"waiting_{one.id}", gap="xsmall"):
        st.markdown(
            f"**{plain(one.name)}** :gray[{plain(one.number)}] · **{plain(hours(one.minutes))}**  \n{line(one)}"
        )
        if one.warnings:
            st.markdown(badges(one.warnings))
        if one.why:
            st.caption(plain(f"{one.entered_name}: {one.why}"))
        if one.barred:
            st.caption(f":material/block: {plain(_(SENTENCES[one.barred]))}")
            return
        with st.container(horizontal=True):
            st.button(
                _("Approve"), icon=":material/check:", type="primary", key=f"hours_yes_{one.id}", on_click=press,
                args=(approving.decide, viewer), kwargs={"entry_id": one.id, "yes": True, "seen": one.warnings},
            )  # fmt: skip
            with st.popover(_("Do not approve"), icon=":material/close:"):
                why = st.text_input(_("Why not?"), key=f"hours_why_{one.id}", max_chars=200)
                st.button(
                    _("Do not approve"), key=f"hours_no_{one.id}", on_click=press, args=(approving.decide, viewer),
                    kwargs={"entry_id": one.id, "yes": False, "why": why},
                )  # fmt: skip
            if one.corrects is not None:
                page_link(_("What it corrects"), "hours", id=one.corrects, icon=":material/history:")


def line(one: Entry) -> str:
    """Day, what, when, and how it came about, in Markdown."""
    times = "–".join(words.clock_time(at) for at in (one.in_at, one.out_at) if at is not None)
    said = " · ".join(part for part in (day_text(one.day), one.what, times) if part)
    how = _("Correction") if one.corrects is not None else origin(one.origin)
    return f"{plain(said)}  \n:gray[{ORIGIN_ICONS[one.origin]} {plain(how)}]"
