"""Settings: `/settings`. What the community decided, its own fields, its groups of people."""

import streamlit as st

from components import choices
from components.i18n import _
from components.page import begin

viewer = begin("settings.edit")

PARTS = {"": _("Decisions"), "fields": _("Own fields"), "groups": _("Groups of people")}
part = st.query_params.get("part", "")
part = part if part in PARTS else ""
if st.session_state.get("settings_part") != part:
    st.session_state["settings_part"] = part


def choose() -> None:
    """Keep the part in the address."""
    chosen = st.session_state["settings_part"]
    if chosen:
        st.query_params["part"] = chosen
    else:
        st.query_params.pop("part", None)


st.title(_("Settings"))
st.segmented_control(
    _("Part"), list(PARTS), key="settings_part", format_func=PARTS.__getitem__, on_change=choose,
    label_visibility="collapsed", required=True,
)  # fmt: skip
{"": choices.decisions, "fields": choices.own_fields, "groups": choices.people_groups}[part](viewer)
