"""Settings."""

import streamlit as st

from components.i18n import _
from components.page import begin

viewer = begin("settings.edit")

st.title(_("Settings"))
