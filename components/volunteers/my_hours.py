"""Own hours, certificates and stars."""

import streamlit as st

from db.access import Viewer


def draw(viewer: Viewer) -> None:
    """Draw it for the volunteer of this account."""
    st.caption(viewer.name)
