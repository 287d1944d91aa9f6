"""A round sheet as a list to type in: one row for each person, saved all at once, and nothing typed is lost."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from components.care.words import codes, result_words, word
from components.i18n import _, listed, n_
from components.register.values import plain
from components.words import problem, say, sentence
from db import clock
from db.access import Viewer
from db.care import sheets
from db.care.sheets import Entry, Outcome, Sheet, SheetLine
from db.care.tables import Visit
from db.care.visits import LONGEST_TEXT
from db.errors import Refused
from db.fields import specs_of
from db.register import Values

WHOLE = "all"  # what holds for the whole sheet is kept beside the lines
FIELDS = ("result", "reason", "kind", "day", "needs", "note", "next_step")


def draw(viewer: Viewer, number: str) -> None:
    """The rows, and the button that saves them."""
    _rows(viewer, number)


@st.fragment
def _rows(viewer: Viewer, number: str) -> None:
    try:
        found = sheets.sheet(viewer, number=number)
        typed = _typed(viewer, number)
    except Refused as refused:
        say(refused)
        return
    _said(number)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        whole = typed.get(WHOLE, {})
        usual = min(found.info.day, clock.today())
        st.date_input(
            _("Day of the round"), date.fromisoformat(whole["day"]) if whole.get("day") else usual, width=180,
            max_value=clock.today(), key=_key(number, WHOLE, "day"), on_change=_keep, args=(viewer, number, WHOLE, "day"),
        )  # fmt: skip
        st.pills(
            _("How they were seen"), codes("kind"), default=whole.get("kind") or "home", required=True,
            format_func=lambda code: word("kind", code), key=_key(number, WHOLE, "kind"),
            on_change=_keep, args=(viewer, number, WHOLE, "kind"),
        )  # fmt: skip
    outcomes: dict[int, Outcome] = st.session_state.get(f"_sheet_outcomes_{number}", {})
    for one in found.lines:
        _row(viewer, number, one, typed.get(str(one.line), {}), outcomes.get(one.line))
    open_lines = [one for one in found.lines if one.visit is None and not one.lost]
    if not open_lines:
        st.success(_("Everything on this sheet is entered."), icon=":material/check_circle:")
        return
    ready = sum(not _entry(one.line, typed.get(str(one.line), {})).empty for one in open_lines)
    with st.container(key="save_bar_sheet"):
        if st.button(
            n_("Save {count} visit", "Save {count} visits", ready) if ready else _("Save"), type="primary",
            icon=":material/save:", key=f"sheet_save_{number}", disabled=not ready, width="stretch",
        ):  # fmt: skip
            _save(viewer, found, typed)


def _row(viewer: Viewer, number: str, one: SheetLine, typed: Values, outcome: Outcome | None) -> None:
    """One person: seen or not with one tap, a word beside it, the rest behind “More”."""
    with st.container(border=True, gap="small", key=f"sheet_row_{number}_{one.line}"):
        if one.lost:
            st.markdown(f"**{one.line}**  :gray[{_('no longer in your areas')}]")
            return
        st.markdown(f"**{one.line} · {plain(one.name)}** {plain(one.address)}")
        if one.visit is not None:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.badge(_("Entered"), icon=":material/check_circle:", color="green")
                st.markdown(plain(result_words(one.visit)), width="content")
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            _widgets(viewer, number, one.line, typed)
        if outcome is not None and outcome.state == "refused":
            st.error(refusal(outcome), icon=":material/error:")


def _widgets(viewer: Viewer, number: str, line: int, typed: Values) -> None:
    def args(name: str) -> dict[str, Any]:
        return {
            "key": _key(number, str(line), name),
            "on_change": _keep,
            "args": (viewer, number, str(line), name),
        }

    st.pills(
        _("Result"), codes("result"), default=typed.get("result") or None, label_visibility="collapsed",
        format_func=lambda code: word("result", code), **args("result"),
    )  # fmt: skip
    if typed.get("result") == "not_met":
        reasons = codes("reason")
        reason = typed.get("reason")
        st.selectbox(
            _("Why not met"), reasons, index=reasons.index(reason) if reason in reasons else None, width=200,
            placeholder=_("Why not met"), label_visibility="collapsed", format_func=lambda code: word("reason", code),
            **args("reason"),
        )  # fmt: skip
    needs = typed.get("result") == "needs"
    if needs:
        st.text_input(
            _("What is needed?"), typed.get("needs", ""), placeholder=_("What is needed?"),
            label_visibility="collapsed", max_chars=LONGEST_TEXT, **args("needs"),
        )  # fmt: skip
    st.text_input(
        _("Note"), typed.get("note", ""), placeholder=_("Note"), label_visibility="collapsed", max_chars=LONGEST_TEXT,
        **args("note"),
    )  # fmt: skip
    behind = ("next_step", "kind", "day") if needs else ("needs", "next_step", "kind", "day")
    more = any(typed.get(name) for name in behind)
    with st.popover(_("More") + (" •" if more else ""), key=_key(number, str(line), "more")):
        if not needs:
            st.text_input(_("Needs"), typed.get("needs", ""), max_chars=LONGEST_TEXT, **args("needs"))
        st.text_input(_("Next step"), typed.get("next_step", ""), max_chars=200, **args("next_step"))
        kinds = codes("kind")
        st.selectbox(
            _("Seen otherwise"), kinds, index=kinds.index(typed["kind"]) if typed.get("kind") in kinds else None,
            format_func=lambda code: word("kind", code), **args("kind"),
        )  # fmt: skip
        st.date_input(
            _("On another day"), date.fromisoformat(typed["day"]) if typed.get("day") else None,
            max_value=clock.today(), **args("day"),
        )  # fmt: skip


def _key(number: str, line: str, name: str) -> str:
    return f"sheet_{number}_{line}_{name}"


def _typed(viewer: Viewer, number: str) -> dict[str, Values]:
    """What is typed so far, also before a reload."""
    key = f"_sheet_typed_{number}"
    if key not in st.session_state:
        st.session_state[key] = sheets.draft(viewer, number=number)
    typed: dict[str, Values] = st.session_state[key]
    return typed


def _keep(viewer: Viewer, number: str, line: str, name: str) -> None:
    """Remember one field as it was typed."""
    value = st.session_state[_key(number, line, name)]
    typed = _typed(viewer, number)
    typed.setdefault(line, {})[name] = value.isoformat() if isinstance(value, date) else value or ""
    outcomes = st.session_state.get(f"_sheet_outcomes_{number}", {})
    if line.isdecimal():
        outcomes.pop(int(line), None)
    _remember(viewer, number, typed)


def _remember(viewer: Viewer, number: str, typed: dict[str, Values]) -> None:
    try:
        sheets.keep_draft(viewer, number=number, values=typed)
    except Refused as refused:
        st.session_state[f"_sheet_said_{number}"] = refused


def _entry(line: int, typed: Values) -> Entry:
    """A row as it is saved."""
    values: Values = {name: typed.get(name) or "" for name in FIELDS}
    day = values.pop("day")
    if values["result"] != "not_met":
        values["reason"] = ""
    return Entry(line, day=date.fromisoformat(day) if day else None, **values)


def _save(viewer: Viewer, found: Sheet, typed: dict[str, Values]) -> None:
    number, whole = found.info.number, typed.get(WHOLE, {})
    entries = [
        _entry(one.line, typed[str(one.line)])
        for one in found.lines
        if str(one.line) in typed and not one.lost
    ]
    day = date.fromisoformat(whole["day"]) if whole.get("day") else min(found.info.day, clock.today())
    try:
        outcomes = sheets.enter(
            viewer, number=number, entries=entries, day=day, kind=whole.get("kind") or "home"
        )
    except Refused as refused:
        say(refused)
        return
    for one in outcomes:
        if one.state in ("recorded", "known"):
            typed.pop(str(one.line), None)
    st.session_state[f"_sheet_outcomes_{number}"] = {one.line: one for one in outcomes}
    st.session_state[f"_sheet_said_{number}"] = outcomes
    lines = {name: values for name, values in typed.items() if name != WHOLE}
    _remember(viewer, number, typed if lines else {})
    st.rerun()


def _said(number: str) -> None:
    """What the last saving came to, once."""
    said = st.session_state.pop(f"_sheet_said_{number}", None)
    if isinstance(said, Refused):
        say(said)
    elif said:
        recorded = sum(one.state == "recorded" for one in said)
        refused = [str(one.line) for one in said if one.state == "refused"]
        if recorded:
            st.success(
                n_("{count} visit was saved.", "{count} visits were saved.", recorded),
                icon=":material/check_circle:",
            )
        if refused:
            st.warning(
                n_("Row {rows} needs another look. What you typed is still there.",
                   "Rows {rows} need another look. What you typed is still there.", len(refused), rows=listed(refused)),
                icon=":material/edit:",
            )  # fmt: skip


def refusal(outcome: Outcome) -> str:
    """Why a row was not recorded, with the fields that are wrong."""
    said = sentence(Refused(outcome.code, **outcome.facts))
    problems: Mapping[str, Any] = outcome.facts.get("problems", {})
    specs = specs_of(Visit)
    for name, found in problems.items():
        code, value = found if isinstance(found, tuple) else (found, "")
        label = _(specs[name].label) if name in specs else name
        said += f" {label}: {problem(code, value)}"
    return plain(said)
