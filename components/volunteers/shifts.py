"""Shifts on the screen."""

import streamlit as st

from components.i18n import _
from db.access import Viewer


def draw(viewer: Viewer) -> None:
    """Draw the page."""
    st.title(_("Shifts"))
    st.caption(viewer.name)
