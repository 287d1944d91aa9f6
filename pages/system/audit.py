"""Audit trail."""

import streamlit as st

from components.i18n import _
from components.page import begin

viewer = begin("audit.view")

st.title(_("Audit trail"))
