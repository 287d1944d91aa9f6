"""My day: `/`, where everybody starts."""

import streamlit as st

from components.i18n import _
from components.navigation import page_link
from components.page import begin

viewer = begin("day.view")
st.title(_("Good day, {name}", name=viewer.name))
if viewer.can("resident.view"):
    page_link(_("Find somebody"), "residents", icon=":material/search:")
