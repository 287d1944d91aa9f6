"""The tick list of visits as whoever decides it keeps it: add, rename, mark as a worry, order, close and reopen."""

from dataclasses import replace
from typing import Any

import streamlit as st

from components.i18n import _
from components.live import follow
from components.register.values import plain
from components.words import say
from db.access import Viewer
from db.care import ticks
from db.care.ticks import LONGEST_NAME, LONGEST_NAME_EN, Tick
from db.errors import Refused

_REFUSED = "_tick_refused"


def draw(viewer: Viewer) -> None:
    """Every line in the order in which the visit form shows it, closed ones last."""
    follow("ticks")
    st.caption(_("What can be ticked in a visit, in this order. The visit form follows at once."))
    refused = st.session_state.pop(_REFUSED, None)
    if isinstance(refused, Refused):
        say(refused)
    lines = ticks.tick_list(viewer)
    offered = [one for one in lines if not one.closed]
    for line in lines:
        _line(viewer, line, first=[line] == offered[:1], last=[line] == offered[-1:])
    if not offered:
        st.info(_("Nothing can be ticked in a visit. Add the first line."))
    if st.button(_("Add a line"), type="primary", icon=":material/add:", key="tick_add"):
        _change(viewer, None)


def _line(viewer: Viewer, line: Tick, *, first: bool, last: bool) -> None:
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", gap="small", key=f"ticks_{line.code}"
    ):
        marks = f" :orange-badge[:material/warning: {_('worry')}]" if line.worry else ""
        marks += f" :gray-badge[{_('no longer used')}]" if line.closed else ""
        english = f"  \n:gray[{plain(line.name_en)}]" if line.name_en else ""
        st.markdown(f"**{plain(line.name)}**{marks}{english}", width="stretch")
        if line.closed:
            st.button(
                _("Use again"), icon=":material/undo:", key=f"tick_open_{line.code}", on_click=_reopen, args=(viewer, line)
            )  # fmt: skip
            return
        with st.container(horizontal=True, width="content", gap="xsmall"):
            for up, label, icon, off in (
                (True, _("Up"), ":material/arrow_upward:", first),
                (False, _("Down"), ":material/arrow_downward:", last),
            ):
                st.button(
                    label, icon=icon, key=f"tick_{'up' if up else 'down'}_{line.code}", disabled=off, type="tertiary",
                    on_click=_move, args=(viewer, line.code, up),
                )  # fmt: skip
            if st.button(_("Change"), icon=":material/edit:", key=f"tick_change_{line.code}"):
                _change(viewer, line)


def _move(viewer: Viewer, code: str, up: bool) -> None:
    try:
        ticks.move_tick(viewer, code=code, up=up)
    except Refused as refused:
        st.session_state[_REFUSED] = refused


def _reopen(viewer: Viewer, line: Tick) -> None:
    try:
        _save(viewer, line, replace(line, closed=False))
    except Refused as refused:
        st.session_state[_REFUSED] = refused


def _change(viewer: Viewer, line: Tick | None) -> None:
    @st.dialog(_("Line of the tick list"))
    def dialog() -> None:
        now = line or Tick("", "", "", worry=False, closed=False)
        key = f"tick_{now.code}"
        name = st.text_input(_("Name"), now.name, key=f"{key}_name", max_chars=LONGEST_NAME)
        name_en = st.text_input(
            _("Name in English"), now.name_en, key=f"{key}_name_en", max_chars=LONGEST_NAME_EN
        )
        worry = st.checkbox(_("Ticking it means that something must be done"), now.worry, key=f"{key}_worry")
        closed = line is not None and st.checkbox(
            _("No longer used"), now.closed, key=f"{key}_closed",
            help=_("It is not offered any more; visits in which it was ticked keep it."),
        )  # fmt: skip
        if st.button(_("Save"), type="primary", key=f"{key}_save"):
            try:
                _save(viewer, line, Tick(now.code, name, name_en, worry, closed))
            except Refused as refused:
                say(refused)
            else:
                st.rerun()

    dialog()


def _save(viewer: Viewer, was: Tick | None, new: Tick) -> None:
    said: dict[str, Any] = {"name": new.name, "name_en": new.name_en, "worry": new.worry}
    if was is None:
        ticks.add_tick(viewer, **said)
    else:
        ticks.change_tick(viewer, was=was, closed=new.closed, **said)
