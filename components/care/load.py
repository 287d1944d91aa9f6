"""Load: what falls to whom, who carries too much, and a fairer share that is accepted row by row."""

import streamlit as st

from components.care import words
from components.i18n import _, n_, number_text
from components.live import follow
from components.navigation import go, page_link
from components.register.values import plain
from components.words import say
from db.access import Viewer
from db.care import loads
from db.care.loads import Load, Move
from db.errors import Refused

SHOWN = 10


def draw(viewer: Viewer) -> None:
    """Each holder with their load; then the proposal for whoever may decide."""
    follow("care", "posts")
    most = loads.most(viewer)
    st.caption(
        _("A visit counts by how often it is due; each floor to climb makes it 5 % heavier. "
          "More than {most} weighted visits a week is over load.", most=number_text(most))
    )  # fmt: skip
    found = loads.loads(viewer)
    if not found:
        st.write(_("Nobody in care is due for visits here."))
        return
    _table(found)
    if viewer.can("care.assign"):
        _balance(viewer, any(one.over for one in found))


def _table(found: list[Load]) -> None:
    columns = {
        _("Responsible"): [_who(one) for one in found],
        _("State"): [_("Over load") if one.over else "" for one in found],
        _("People"): [one.people for one in found],
        _("Not reached in time"): [one.late for one in found],
        _("Visits a week"): [round(one.weekly, 1) for one in found],
        _("Load"): [round(one.weighted, 1) for one in found],
    }
    top = max(one.weighted for one in found)
    with st.container(key="wide_load"):
        event = st.dataframe(
            columns, hide_index=True, key="load_rows", on_select="rerun", selection_mode="single-cell",
            alt=_("Load"), height="content", row_height=38,
            column_config={
                _("Load"): st.column_config.ProgressColumn(
                    _("Load"), min_value=0.0, max_value=max(top, 1.0), format="%g"
                )
            },
        )  # fmt: skip
        if event.selection.cells:
            one = found[event.selection.cells[0][0]]
            go("visits", tab="due", holder=one.holder or "-")
    with st.container(key="narrow_load", gap="xsmall"):
        for one in found:
            mark = f" :red[{_('Over load')}]" if one.over else ""
            facts = [
                n_("{count} person", "{count} people", one.people),
                n_("{count} not reached in time", "{count} not reached in time", one.late),
                _("load {load}", load=number_text(round(one.weighted, 1))),
            ]
            page_link(
                f"**{plain(_who(one))}**{mark} {plain(' · '.join(facts))}", "visits", tab="due", holder=one.holder or "-"
            )  # fmt: skip


def _who(one: Load) -> str:
    return one.holder or _("Nobody responsible")


def _balance(viewer: Viewer, over: bool) -> None:
    st.subheader(_("A fairer share"))
    moves = loads.balance(viewer)
    refused = st.session_state.pop("_balance_refused", None)
    if isinstance(refused, Refused):
        say(refused)
    if not moves:
        if over:
            st.info(_("Nobody near has room left. Ask for another person, or look at the rhythms."))
        else:
            st.success(_("Nobody is over load."), icon=":material/check_circle:")
        return
    st.caption(
        _("People move only to somebody who goes to the same house or block already. Accept what is right; "
          "red ones stay with whom they know.")
    )  # fmt: skip
    for move in moves[:SHOWN]:
        _move(viewer, move)
    if len(moves) > SHOWN:
        st.caption(n_("{count} more follows", "{count} more follow", len(moves) - SHOWN))


def _move(viewer: Viewer, move: Move) -> None:
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", key=f"move_{move.resident_id}"
    ):
        change = _("{holder} ({now}) → {to} ({then})", holder=move.holder, now=number_text(round(move.holder_then, 1)),
                   to=move.to, then=number_text(round(move.to_then, 1)))  # fmt: skip
        st.markdown(
            f"**{plain(move.name)}** {plain(move.address)} · {plain(words.days_words(move.every_days))}  \n"
            f":gray[{plain(change)}]",
            width="stretch",
        )
        st.button(
            _("Accept"), icon=":material/check:", key=f"move_go_{move.resident_id}", on_click=_accept, args=(viewer, move),
        )  # fmt: skip


def _accept(viewer: Viewer, move: Move) -> None:
    try:
        loads.assign(
            viewer, residents=[move.resident_id], carer=move.to, reason=_("A fairer share of the load")
        )
    except Refused as refused:
        st.session_state["_balance_refused"] = refused
