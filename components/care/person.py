"""What a person's page says about visits: the story, why somebody is due when they are, and what can be done."""

from datetime import date, timedelta
from typing import Any

import streamlit as st

from components.care import story, words
from components.care.saved import solve_form
from components.care.to_call import call_order
from components.i18n import _, day_text, listed, own
from components.navigation import go
from components.register.values import plain
from components.words import problem, say
from db import clock
from db.access import Viewer
from db.care import calls, rhythms, visits
from db.care.rhythms import Why
from db.errors import Refused
from db.listing import RecordView
from db.people.glance import group_choices
from db.people.tables import FAR_FUTURE

LATEST = 20


def actions(viewer: Viewer, record: RecordView) -> None:
    """The button that leads to the form for a visit."""
    may = viewer.can("visit.create") and record.values["status"] == "resident"
    if may and st.button(
        _("Record a visit"), icon=":material/door_front:", key="record_visit", type="primary"
    ):
        go("visits", new=1, resident=record.id)


def draw(viewer: Viewer, record: RecordView) -> None:
    """Why and when due, then the visits, the latest first."""
    try:
        why = rhythms.why(viewer, resident_id=record.id)
        if why is None:
            st.write(_("Not in care: no visits are due. Visits can be recorded all the same."))
        else:
            _due(viewer, record, why)
        _forms(viewer, record, why)
        _story(viewer, record)
    except Refused as refused:
        say(refused)


def _due(viewer: Viewer, record: RecordView, why: Why) -> None:
    due = why.due or {}
    with st.container(border=True, key="due_card"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            said, colour = words.due_words(due)
            st.badge(plain(said), color=colour, icon=":material/event:")
            if due["last_on"] is not None:
                st.markdown(
                    plain(
                        _("last contact {day}, {ago}", day=day_text(due["last_on"]), ago=words.ago(due["last_on"]))
                    ),
                    width="content",
                )  # fmt: skip
            else:
                st.markdown(_("no contact yet"), width="content")
            if due["holder"]:
                st.caption(plain(_("responsible: {name}", name=due["holder"])), width="content")
        lines = _why_lines(viewer, why)
        answered = calls.last_answered(viewer, resident_id=record.id)
        if answered is not None and due.get("called_on") is None:
            rhythm = words.days_words(why.every_days) if why.every_days else ""
            lines.append(f":material/task_alt: {plain(words.answered_words(*answered, rhythm))}")
        st.markdown("  \n".join(lines))
    if due["urgent"]:
        call_order(viewer, record.id, int(due["attempts"]))
        urgent_id = calls.open_urgent(viewer, resident_id=record.id)
        if urgent_id is not None and viewer.can("visit.create"):
            with st.expander(_("It is settled: all is well"), icon=":material/task_alt:"):
                solve_form(viewer, urgent_id)


def _why_lines(viewer: Viewer, why: Why) -> list[str]:
    """The rule or rhythm that decides, its source, what it looked at, and what else would fit."""
    due: dict[str, Any] = why.due or {}
    groups = dict(group_choices(viewer))
    lines = []
    if why.rhythm is not None:
        lines.append(
            f"**{plain(_('Own rhythm: {days}', days=words.days_words(why.every_days)))}** · "
            + plain(_("{name}: {reason}", name=why.rhythm["asked_name"], reason=why.rhythm["reason"]))
        )
    if why.rule:
        days = "" if why.rhythm is not None else f" · {words.days_words(why.every_days)}"
        lines.append(words.fact(_("Rule"), f"{own(why.rule)}{days}"))
        lines.append(words.fact(_("Source"), own(why.source)))
        if why.met:
            lines.append(words.fact(_("Because"), words.met_words(why.met, groups)))
    if why.kinds:
        counted = listed(words.word("kind", code) for code in why.kinds)
        lines.append(words.fact(_("What counts as contact"), counted))
    if why.others:
        named = listed(f"{own(name)} ({words.days_words(days)})" for name, days in why.others)
        lines.append(words.fact(_("Would fit too"), named))
    if due.get("called_on") is not None:
        lines.append(words.fact(_("Asked for beside the rule, by"), day_text(due["called_on"])))
    if due.get("due_on") is not None and due["next_on"] != FAR_FUTURE:
        window = _("{opens} to {last}", opens=day_text(due["opens_on"]), last=day_text(due["next_on"]))
        lines.append(words.fact(_("Window"), window))
    if why.waiting is not None:
        asked = _("{name} asks for {days}: {reason}. It waits for a second person's approval.",
                  name=why.waiting["asked_name"], days=words.days_words(why.waiting["every_days"]),
                  reason=why.waiting["reason"])  # fmt: skip
        lines.append(f":orange[:material/hourglass_top: {plain(asked)}]")
    return lines


def _forms(viewer: Viewer, record: RecordView, why: Why | None) -> None:
    if record.values["status"] != "resident":
        return
    with st.container(horizontal=True):
        if viewer.can("visit.create"):
            popover = st.popover(
                _("Something happened"),
                icon=":material/bolt:",
                key="event_open",
                on_change="rerun",
                help=_(
                    "Came home from hospital, bereaved, fell, the carer is away: a contact is then due within a day."
                ),
            )
            if popover.open:
                with popover:
                    _event(viewer, record)
        if why is not None and why.every_days and viewer.can("rhythm.create"):
            popover = st.popover(
                _("Another rhythm"), icon=":material/event_repeat:", key="rhythm_open", on_change="rerun"
            )
            if popover.open:
                with popover:
                    _rhythm(viewer, record, why)
            if why.rhythm is not None or why.waiting is not None:
                st.button(
                    _("Back to the rule"), icon=":material/undo:", key="rhythm_back", on_click=_back, args=(viewer, record.id)
                )  # fmt: skip
    refused = st.session_state.pop("_rhythm_refused", None)
    if isinstance(refused, Refused):
        say(refused)


def _back(viewer: Viewer, resident_id: int) -> None:
    try:
        rhythms.back_to_rule(viewer, resident_id=resident_id)
    except Refused as refused:
        st.session_state["_rhythm_refused"] = refused


def _event(viewer: Viewer, record: RecordView) -> None:
    """A life event: a contact is due within a day."""
    codes = [code for code in words.codes("event") if code != "birthday"]
    key = f"event_{record.id}"
    with st.form(key, border=False):
        kind = st.selectbox(
            _("What happened"), codes, key=f"{key}_kind", format_func=lambda code: words.word("event", code)
        )
        on = st.date_input(
            _("On"), clock.today(), key=f"{key}_on", format="YYYY-MM-DD", max_value=clock.today(),
            min_value=clock.today() - timedelta(days=365),
        )  # fmt: skip
        note = st.text_input(_("Note"), key=f"{key}_note", max_chars=400)
        st.caption(_("A contact is due within a day, whatever the rule says."))
        if st.form_submit_button(_("Save"), type="primary"):
            try:
                calls.note_event(
                    viewer, resident_id=record.id, kind=kind or "", on=on if isinstance(on, date) else None, note=note
                )  # fmt: skip
            except Refused as refused:
                _refuse(refused)
            else:
                st.toast(
                    _("Noted. A contact is due within a day; it stands first in the list."),
                    icon=":material/check:",
                )
                _close("event_open", key)


def _rhythm(viewer: Viewer, record: RecordView, why: Why) -> None:
    """Stricter holds at once; looser waits for a second person."""
    key = f"rhythm_{record.id}"
    with st.form(key, border=False):
        days = st.number_input(
            _("Every how many days?"), min_value=1, max_value=366, value=why.every_days, step=1, key=f"{key}_days"
        )  # fmt: skip
        reason = st.text_input(_("Why?"), key=f"{key}_reason", max_chars=200)
        st.caption(
            _("More often than the rule holds at once. Less often waits until a second person approves it.")
        )
        if st.form_submit_button(_("Save"), type="primary"):
            try:
                state = rhythms.ask(viewer, resident_id=record.id, every_days=int(days), reason=reason)
            except Refused as refused:
                _refuse(refused)
            else:
                st.toast(_("It waits for approval.") if state == "waiting" else _("Saved."))
                _close("rhythm_open", key)


def _refuse(refused: Refused) -> None:
    say(refused)
    for code in refused.facts.get("problems", {}).values():
        st.caption(f":red[{plain(problem(code))}]")


def _close(popover: str, form: str) -> None:
    """Close the popover and forget what was typed into it."""
    for name in [name for name in st.session_state if str(name).startswith(f"{form}_") or name == popover]:
        del st.session_state[name]
    st.rerun()


def _story(viewer: Viewer, record: RecordView) -> None:
    shown = int(st.session_state.get(f"story_{record.id}", LATEST))
    found = visits.story(viewer, resident_id=record.id, limit=shown + 1)
    if not found:
        st.write(_("No visit has been recorded yet."))
        return
    observed = story.tick_words(viewer)
    for visit in found[:shown]:
        story.line(viewer, visit, observed)
    if len(found) > shown:
        st.button(
            _("Earlier visits"), icon=":material/expand_more:", key="story_more", on_click=_more, args=(record.id, shown)
        )  # fmt: skip


def _more(resident_id: int, shown: int) -> None:
    st.session_state[f"story_{resident_id}"] = shown + 2 * LATEST
