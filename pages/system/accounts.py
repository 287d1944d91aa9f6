"""Accounts."""

import streamlit as st

from components.i18n import _
from components.page import begin

viewer = begin("account.view")

st.title(_("Accounts"))
