"""Saved views: a search with its filters and order, under a name."""

import streamlit as st

from components.i18n import _
from components.words import say
from db import custom
from db.access import Viewer
from db.errors import Refused
from db.register import Register

NOT_KEPT = {"after", "before", "page", "id", "new", "tab"}


def draw(viewer: Viewer, register: Register) -> None:
    """The button that opens the views of this register."""
    popover = st.popover(
        _("Views"), icon=":material/bookmark:", key=f"{register.name}_views", on_change="rerun"
    )
    if not popover.open:
        return
    with popover:
        for view in custom.saved_views(viewer, register=register.name):
            with st.container(horizontal=True, vertical_alignment="center"):
                icon = ":material/group:" if view["shared"] else ":material/lock:"
                st.button(
                    view["name"], icon=icon, key=f"view_{view['id']}", type="tertiary", width="stretch",
                    on_click=_use, args=(view["params"],),
                )  # fmt: skip
                if view["own"]:
                    st.button(
                        "", icon=":material/delete:", key=f"drop_view_{view['id']}", type="tertiary",
                        help=_("Put this view away"), on_click=_drop, args=(viewer, view["id"]),
                    )  # fmt: skip
        with st.form(f"{register.name}_save_view", border=False):
            name = st.text_input(_("Keep this search as"), max_chars=60)
            shared = viewer.can("view.share") and st.checkbox(_("Share it with everybody"))
            if st.form_submit_button(_("Save view")):
                params = {key: st.query_params.get_all(key) for key in st.query_params if key not in NOT_KEPT}
                try:
                    custom.save_view(
                        viewer, register=register.name, name=name, params=params, shared=bool(shared)
                    )
                    st.toast(_("Saved."))
                except Refused as refused:
                    say(refused)


def _use(params: dict[str, list[str]]) -> None:
    here = {name: st.query_params.get_all(name) for name in ("tab",) if name in st.query_params}
    st.query_params.from_dict({**here, **params})


def _drop(viewer: Viewer, view_id: int) -> None:
    custom.drop_view(viewer, view_id=view_id)
