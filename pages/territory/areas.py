"""Areas: `/areas`, the tree of the neighbourhood, its levels, and the file of its shapes."""

import streamlit as st

from components.i18n import _
from components.page import begin
from components.territory import steps, tree, uploads

viewer = begin("area.view")
st.title(_("Areas"))
PARTS = {"": _("Tree"), "shapes": _("Drawn shapes"), "levels": _("Levels")}
part = st.query_params.get("part", "")
part = part if part in PARTS else ""
if st.session_state.get("areas_part") != part:
    st.session_state["areas_part"] = part


def choose() -> None:
    """Keep the part in the address."""
    chosen = st.session_state["areas_part"]
    if chosen:
        st.query_params["part"] = chosen
    else:
        st.query_params.pop("part", None)


st.segmented_control(
    _("Part"), list(PARTS), key="areas_part", format_func=PARTS.__getitem__, on_change=choose,
    label_visibility="collapsed", required=True,
)  # fmt: skip
{"": tree, "shapes": uploads, "levels": steps}[part].draw(viewer)
