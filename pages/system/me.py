"""My account."""

import streamlit as st

from components.i18n import _
from components.page import begin

viewer = begin("me.view")

st.title(_("My account"))
