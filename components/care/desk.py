"""The parts of `/visits`, and how one gets from one to the other."""

from collections.abc import Callable

import streamlit as st

from components import live
from components.care import approvals, due, entry, load, occasions, rules, saved, story
from components.i18n import _
from components.kept import Kept
from components.navigation import go
from components.page import number_in_address, stand_at
from db.access import Viewer
from db.care import rhythms
from db.words import N_

# name: label, what one must be allowed to do, what draws it
PARTS: dict[str, tuple[str, str, Callable[[Viewer], None]]] = {
    "due": (N_("Due"), "visit.view", due.dues),
    "visits": (N_("Visits made"), "visit.view", due.visited),
    "load": (N_("Load"), "visit.view", load.draw),
    "rules": (N_("Rules"), "rule.view", rules.draw),
    "occasions": (N_("Warnings and festivals"), "occasion.view", occasions.draw),
    "approvals": (N_("Approvals"), "rhythm.approve", approvals.draw),
}


def draw(viewer: Viewer) -> None:
    """The screen that the address asks for: a form, what follows from it, one visit, or a part of the desk."""
    params = st.query_params
    tab = params.get("tab", "due")
    if "new" in params and "tab" not in params and viewer.can("visit.create"):
        resident = number_in_address("resident")
        if resident is None:
            entry.choose(viewer)
        else:
            entry.draw(viewer, resident)
    elif (visit := number_in_address("saved")) is not None:
        saved.draw(viewer, visit)
    elif tab == "visits" and (visit := number_in_address("id")) is not None:
        story.draw(viewer, visit)
    else:
        _desk(viewer, tab)


def _desk(viewer: Viewer, tab: str) -> None:
    parts = {name: part for name, part in PARTS.items() if viewer.can(part[1])}
    tab = tab if tab in parts else "due"
    st.title(_("Visits"))
    labels = {name: _(label) for name, (label, _action, _draw) in parts.items()}
    if "approvals" in parts:
        waiting = len(Kept(viewer, live.stamp("care", "people") or ()).read(rhythms.waiting))
        if waiting:
            labels["approvals"] += f" :orange-badge[{waiting}]"
    stand_at("visits_tab", tab)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.segmented_control(
            _("Part"), list(parts), key="visits_tab", default=tab, format_func=labels.__getitem__, label_visibility="collapsed",
            required=True, on_change=_turn, wrap=True,
        )  # fmt: skip
        if viewer.can("visit.create") and st.button(
            _("Record a visit"), icon=":material/door_front:", key="record_visit", type="primary"
        ):
            go("visits", new=1)
    parts[tab][2](viewer)


def _turn() -> None:
    st.query_params.from_dict({"tab": st.session_state["visits_tab"]})
