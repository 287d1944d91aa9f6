"""A pasted list on the screen: each person with what will become of it, doubtful ones to choose, then all at once."""

from typing import Any

import streamlit as st

from components.i18n import _, n_
from components.register.values import plain
from components.volunteers import notes, words
from components.words import register_sentences, say, sentence
from db.access import Viewer
from db.errors import Refused
from db.parsing.chains import Entry
from db.volunteers import pasted, work_kinds
from db.volunteers.pasted import Row
from db.volunteers.shifts import Card
from db.words import N_
from db.workbook.reading import MESSAGES

register_sentences(MESSAGES)

# state: sign, word, colour
STATES = {
    "ready": ("✓", N_("will be signed up"), "green"),
    "waits": ("+", N_("will stand in line: no place left"), "blue"),
    "doubtful": ("?", N_("who is meant?"), "orange"),
    "clash": ("!", N_("cannot"), "red"),
    "unknown": ("✕", N_("no such volunteer"), "red"),
    "already": ("=", N_("has a place already"), "gray"),
    "double": ("=", N_("stands further up already"), "gray"),
    "leaves": ("−", N_("wants to be taken off: do it by hand"), "orange"),
}
GOING = ("ready", "waits")


def draw(viewer: Viewer, card: Card) -> None:
    """The text or file, the look through, the button."""
    st.caption(_("Paste the WeChat list (接龙) as it is, or choose an Excel file with names. Nothing is done before you have looked through it."))  # fmt: skip
    key = f"paste_{card.id}"
    text = st.text_area(
        _("The list"), key=f"{key}_text", height=180, placeholder="#接龙\n1. 张桂梅\n2. 李建国 13800000000"
    )
    file = st.file_uploader(_("Or a file"), type=["xlsx", "xls", "csv", "txt"], key=f"{key}_file")
    try:
        entries = (
            pasted.entries_in(file.getvalue(), file.name)
            if file is not None
            else pasted.entries_of(text or "")
        )
    except Refused as refused:
        say(refused)
        return
    if not entries:
        if file is not None or (text or "").strip():
            st.warning(_("No names were found in it."))
        else:
            st.button(_("Look through"), key="paste_look", icon=":material/search:")
        return
    chosen = {number: st.session_state.get(f"{key}_who_{number}") for number in range(len(entries))}
    rows = pasted.dry_run(viewer, shift_id=card.id, entries=entries, chosen=chosen)
    skills = work_kinds.skill_words(viewer)
    going = [row for row in rows if row.state in GOING]
    _counts(rows)
    for row in rows:
        _row(row, f"{key}_who_{row.number}", skills)
    with st.container(key="save_bar_paste"):
        if st.button(
            n_("Sign {count} person up", "Sign {count} people up", len(going)), key="paste_apply", type="primary",
            icon=":material/group_add:", width="stretch", disabled=not going,
        ):  # fmt: skip
            _apply(viewer, card, [row.person_id for row in going if row.person_id is not None], skills)


def _counts(rows: list[Row]) -> None:
    said = []
    for state, (sign, word, colour) in STATES.items():
        count = sum(row.state == state for row in rows)
        if count:
            said.append(f":{colour}-badge[{sign} {count} {_(word)}]")
    st.markdown(" ".join(said))


def _row(row: Row, key: str, skills: dict[str, str]) -> None:
    sign, word, colour = STATES[row.state]
    with st.container(
        key=f"pasted_{row.number}", border=True, horizontal=True, vertical_alignment="center", gap="small"
    ):
        said = [f"**{plain(row.name or row.entry.raw)}** :{colour}-badge[{sign} {_(word)}]"]
        said.append(f":gray[{row.entry.line}: {plain(row.entry.raw)}]")
        said += [plain(words.clash(code, facts, skills)) for code, facts in row.clashes]
        said += _remarks(row.entry)
        st.markdown("  \n".join(said), width="stretch")
        if row.candidates and (row.state == "doubtful" or st.session_state.get(key)):
            labels = dict(row.candidates)
            st.selectbox(
                _("Who is meant?"), [None, *labels], key=key, label_visibility="collapsed", width=240,
                format_func=lambda one: plain(labels[one]) if one is not None else _("nobody: leave out"),
            )  # fmt: skip


def _remarks(entry: Entry) -> list[str]:
    said = []
    if entry.more:
        said.append(":orange[" + n_("{count} more without a name: ask who", "{count} more without a name: ask who", entry.more) + "]")  # fmt: skip
    if entry.by:
        said.append(f":gray[{plain(_('written by {name}', name=entry.by))}]")
    return said


def _apply(viewer: Viewer, card: Card, ids: list[int], skills: dict[str, str]) -> None:
    try:
        done = pasted.apply(viewer, shift_id=card.id, volunteer_ids=ids)
    except Refused as refused:
        say(refused)
        return
    said = [n_("{count} person has a place now.", "{count} people have a place now.", len(done.booked))]
    if done.waiting:
        said.append(n_("{count} stands in line.", "{count} stand in line.", len(done.waiting)))
    if done.already:
        said.append(n_("{count} had one before.", "{count} had one before.", len(done.already)))
    refused_lines = [plain(f"{name}: {_refusal(why, skills)}") for name, why in done.refused]
    notes.leave(*said, warning="  \n".join(refused_lines))
    st.query_params.pop("part", None)
    st.rerun()


def _refusal(why: Refused, skills: dict[str, str]) -> str:
    facts: Any = why.facts.get("clashes")
    return " ".join(words.clashes(facts, skills)) if facts else sentence(why)
