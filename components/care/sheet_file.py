"""A round sheet as a workbook: downloaded with drop-down lists, brought back, looked at row by row, then recorded."""

from collections import Counter
from datetime import date

import streamlit as st

import components.register.importing  # noqa: F401 what is wrong with a file, in words
from components.care.agenda import why_words
from components.care.sheet_entry import refusal
from components.care.words import codes, word
from components.i18n import LANGUAGES, _, day_text, language, n_, translate
from components.register.values import plain
from components.words import say
from db import clock
from db.access import Viewer
from db.care import sheet_files, sheets
from db.care.sheets import Entry, Outcome, Sheet
from db.errors import Refused
from db.words import N_

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEPT = "_sheet_file"
STATES = {
    "recorded": (":green-badge[:material/add: {}]", N_("Will be recorded")),
    "known": (":gray-badge[:material/check: {}]", N_("Already recorded")),
    "refused": (":red-badge[:material/error: {}]", N_("Refused")),
    "empty": (":gray-badge[{}]", N_("Left empty")),
}


def _all_words(text: str) -> set[str]:
    return {text, *(translate(text, one) for one in LANGUAGES)}


def upload(viewer: Viewer) -> None:
    """Take a filled-in workbook, find its sheet, and go there."""
    file = st.file_uploader(
        _("Or the workbook of a sheet, filled in"), type=["xlsx", "xls", "csv"], key="sheet_upload"
    )
    if file is None or not st.button(_("Read this file"), key="sheet_read", icon=":material/table:"):
        return
    try:
        with st.spinner(_("Reading the file …")):
            number, entries = sheet_files.read_workbook(file.getvalue(), file.name, _all_words)
            sheets.sheet(viewer, number=number)
    except Refused as refused:
        say(refused)
        return
    st.session_state[KEPT] = (number, entries)
    st.query_params.from_dict({"sheet": number, "part": "file"})
    st.rerun()


def draw(viewer: Viewer, found: Sheet) -> None:
    """The workbook to download; and what would happen to the one that came back."""
    number = found.info.number
    kept = st.session_state.get(KEPT)
    if kept is None or kept[0] != number:
        st.write(
            _("Fill it in without the network: the columns for what was seen have lists to choose from. "
              "Leave the first column as it is.")
        )  # fmt: skip
        reader = language()  # the file is written when it is asked for, and nobody is reading then
        why = {one.line: why_words(one.why) for one in found.lines}
        st.download_button(
            _("Download .xlsx"), icon=":material/download:", key="sheet_download", mime=XLSX,
            file_name=f"{_('Round sheet')}-{number}.xlsx",
            data=lambda: sheet_files.workbook(
                sheets.sheet(viewer, number=number), lambda text: translate(text, reader), why
            ),
        )  # fmt: skip
        _recorded(number)
        upload(viewer)
        return
    _look(viewer, found, kept[1])


def _look(viewer: Viewer, found: Sheet, entries: list[Entry]) -> None:
    """The dry run: row by row what would be recorded, what is refused and why."""
    number = found.info.number
    with st.container(horizontal=True, vertical_alignment="bottom"):
        day = st.date_input(
            _("Day where the file says none"), min(found.info.day, clock.today()), max_value=clock.today(),
            key="sheet_file_day", width=220,
        )  # fmt: skip
        kind = st.selectbox(
            _("How, where the file does not say"), codes("kind"), format_func=lambda code: word("kind", code),
            key="sheet_file_kind", width=220,
        )  # fmt: skip
    try:
        outcomes = sheets.rehearse(viewer, number=number, entries=entries, day=day, kind=kind)
    except Refused as refused:
        say(refused)
        return
    counts = Counter(one.state for one in outcomes)
    st.markdown(
        "  ".join(
            STATES[state][0].format(f"{_(STATES[state][1])} {counts[state]}")
            for state in STATES
            if counts[state]
        )
    )
    names = {one.line: f"{one.name} {one.address}" for one in found.lines}
    for one in outcomes:
        if one.state != "empty":
            _outcome(one, names.get(one.line, ""), day, kind)
    with st.container(horizontal=True):
        ready = counts["recorded"]
        label = (
            n_("Record {count} visit", "Record {count} visits", ready) if ready else _("Nothing to record")
        )
        if st.button(label, type="primary", icon=":material/save:", key="sheet_apply", disabled=not ready):
            _apply(viewer, number, entries, day, kind)
        if st.button(_("Another file"), icon=":material/upload_file:", key="sheet_again"):
            del st.session_state[KEPT]
            st.rerun()


def _outcome(one: Outcome, who: str, day: date, kind: str) -> None:
    entry = one.entry
    with st.container(border=True, gap=None, key=f"sheet_outcome_{one.line}"):
        badge = STATES[one.state][0].format(_(STATES[one.state][1]))
        st.markdown(f"**{one.line}** {plain(who)} {badge}")
        if one.state == "refused":
            st.caption(refusal(one))
        elif one.state == "recorded":
            facts = [word("result", entry.result), word("reason", entry.reason) if entry.reason else "",
                     word("kind", entry.kind or kind), day_text(entry.day or day), entry.note]  # fmt: skip
            st.caption(plain(" · ".join(fact for fact in facts if fact)))


def _apply(viewer: Viewer, number: str, entries: list[Entry], day: date, kind: str) -> None:
    try:
        outcomes = sheets.enter(viewer, number=number, entries=entries, day=day, kind=kind)
    except Refused as refused:
        say(refused)
        return
    del st.session_state[KEPT]
    st.session_state[f"_sheet_recorded_{number}"] = Counter(one.state for one in outcomes)
    st.rerun()


def _recorded(number: str) -> None:
    """What bringing it in came to, once."""
    counts = st.session_state.pop(f"_sheet_recorded_{number}", None)
    if counts:
        st.success(
            n_("{count} visit was recorded.", "{count} visits were recorded.", counts["recorded"]),
            icon=":material/check_circle:",
        )
        if counts["refused"]:
            st.warning(
                n_("{count} row was refused. Mend it in the file and bring it again.",
                   "{count} rows were refused. Mend them in the file and bring it again.", counts["refused"]),
                icon=":material/edit:",
            )  # fmt: skip
