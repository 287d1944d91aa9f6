"""Saved views: a search with its filters and order, under a name."""

from typing import Any

import streamlit as st

from components.i18n import _
from components.register.values import plain
from components.words import say
from db import custom
from db.access import Viewer
from db.errors import Refused

NOT_KEPT = frozenset({"after", "before", "page", "id", "new", "tab"})
LAST = ".last"
_GONE = "_view_gone"


def draw(viewer: Viewer, ledger: str, leave: frozenset[str] = NOT_KEPT, *, remember: bool = False) -> None:
    """The button that opens the views of a register or page. What `leave` names is no part of a view.

    With `remember`, what was chosen last is kept for `last`.
    """
    popover = st.popover(_("Views"), icon=":material/bookmark:", key=f"{ledger}_views", on_change="rerun")
    if not popover.open:
        return
    with popover:
        for view in custom.saved_views(viewer, register=ledger):
            with st.container(horizontal=True, vertical_alignment="center"):
                icon = ":material/group:" if view["shared"] else ":material/lock:"
                st.button(
                    view["name"], icon=icon, key=f"view_{view['id']}", type="tertiary", width="stretch",
                    on_click=_use, args=(viewer, ledger if remember else "", view["name"], view["params"]),
                )  # fmt: skip
                if view["own"]:
                    st.button(
                        "", icon=":material/delete:", key=f"drop_view_{view['id']}", type="tertiary",
                        help=_("Put this view away"), on_click=_drop, args=(viewer, ledger, view),
                    )  # fmt: skip
        if (gone := st.session_state.get(_GONE, {}).get(ledger)) is not None:
            st.button(
                _("Take “{name}” back", name=plain(gone["name"])), icon=":material/undo:", key="view_back",
                on_click=_back, args=(viewer, ledger, gone),
            )  # fmt: skip
        with st.form(f"{ledger}_save_view", border=False):
            name = st.text_input(_("Keep what is shown as"), max_chars=60)
            shared = viewer.can("view.share") and st.checkbox(_("Share it with everybody"))
            if st.form_submit_button(_("Save view")):
                params = {key: st.query_params.get_all(key) for key in st.query_params if key not in leave}
                try:
                    custom.save_view(viewer, register=ledger, name=name, params=params, shared=bool(shared))
                    if remember:
                        _remember(viewer, ledger, {"_name": [name.strip()], **params})
                    st.toast(_("Saved."))
                    st.rerun()
                except Refused as refused:
                    say(refused)


def last(viewer: Viewer, ledger: str) -> dict[str, list[str]]:
    """The view that was chosen last, as the parameters of the address; empty when there is none."""
    found = custom.saved_views(viewer, register=ledger + LAST)
    return next((view["params"] for view in found if view["own"]), {})


def forget(viewer: Viewer, ledger: str) -> None:
    """The next time the page begins as if nothing had been chosen."""
    _remember(viewer, ledger, {})


def _remember(viewer: Viewer, ledger: str, params: dict[str, list[str]]) -> None:
    if params != last(viewer, ledger):
        custom.save_view(viewer, register=ledger + LAST, name=LAST, params=params)


def _use(viewer: Viewer, ledger: str, name: str, params: dict[str, list[str]]) -> None:
    if ledger:
        _remember(viewer, ledger, {"_name": [name], **params})
    here = {name: st.query_params.get_all(name) for name in ("tab",) if name in st.query_params}
    st.query_params.from_dict({**here, **params})


def _drop(viewer: Viewer, ledger: str, view: dict[str, Any]) -> None:
    custom.drop_view(viewer, view_id=view["id"])
    st.session_state[_GONE] = {ledger: view}
    if last(viewer, ledger).get("_name") == [view["name"]]:
        forget(viewer, ledger)


def _back(viewer: Viewer, ledger: str, view: dict[str, Any]) -> None:
    """One tap too many put it away: keep it again as it was."""
    st.session_state.pop(_GONE, None)
    try:
        custom.save_view(
            viewer, register=ledger, name=view["name"], params=view["params"], shared=view["shared"]
        )
    except Refused as refused:
        say(refused)
