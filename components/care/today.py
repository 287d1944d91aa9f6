"""Whoever looks first on a new day brings what is due to today."""

from contextlib import suppress

import streamlit as st

from components.i18n import _
from db import clock, engine
from db.access import Viewer
from db.care import days
from db.errors import Refused

_current: set[tuple[str, str]] = set()


def bring(viewer: Viewer) -> None:
    """Work out what is due today, unless this process knows that it was done."""
    key = (str(engine.current().url), clock.today().isoformat())
    if key in _current:
        return
    with suppress(Refused), st.spinner(_("A new day: working out who is due …")):
        days.new_day(viewer)
        _current.clear()
        _current.add(key)
