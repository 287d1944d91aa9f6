"""Areas: `/areas`, the tree of the neighbourhood, its levels, and the file of its shapes."""

import streamlit as st

from components.i18n import _
from components.page import begin, choose_part
from components.territory import steps, tree, uploads

viewer = begin("area.view")
st.title(_("Areas"))
part = choose_part("areas", {"": _("Tree"), "shapes": _("Drawn shapes"), "levels": _("Levels")})
{"": tree, "shapes": uploads, "levels": steps}[part].draw(viewer)
