"""The first statement of each page: who is here, and may they open it."""

import streamlit as st

import db.models  # noqa: F401 what watches the writing (figures per area) must be there before anything is written
from components.i18n import _
from components.session import viewer_of_run
from components.words import SENTENCES
from db.access import Viewer


def begin(action: str) -> Viewer:
    """The viewer, if they may do `action`; otherwise the page ends here and shows nothing of its own."""
    viewer = viewer_of_run()
    if viewer is None:
        st.stop()
    if not viewer.can(action):
        st.title(_("Not for this account"))
        st.warning(_(SENTENCES["access.denied"]))
        st.stop()
    return viewer
