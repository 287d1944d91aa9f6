"""Changing what is said of an activity, its room and its place; who comes is told of another place."""

from typing import Any

import streamlit as st

from components.activities import fields, words
from components.i18n import _
from db import clock
from db.access import Viewer
from db.activities import activities
from db.activities.programme import Card


def draw(viewer: Viewer, card: Card, details: dict[str, Any]) -> None:
    """The form, filled with what stands."""
    key = f"change_{card.id}_{card.version}"
    one, two = st.columns(2)
    typed: dict[str, Any] = {}
    typed["title"] = one.text_input(_("Title"), card.title, key=f"{key}_title", max_chars=60)
    kinds = list(words.KINDS)
    typed["kind"] = two.selectbox(
        _("Kind"), kinds, index=kinds.index(card.kind), key=f"{key}_kind", format_func=words.kind
    )
    with one:
        typed["venue_id"] = fields.where_to_meet(viewer, f"{key}_venue", details["venue_id"])
    typed["capacity"] = int(two.number_input(_("Places"), 1, 1000, card.capacity, key=f"{key}_capacity"))
    birthday = typed["kind"] == "birthday"
    typed["quarter"] = fields.quarter(key, card.quarter, card.starts_on or clock.today()) if birthday else ""
    typed |= fields.more(viewer, key, details, new=False)
    st.caption(
        _("Dates are moved one by one under “Dates”. Whoever comes is told when the place is another.")
    )
    with st.container(key="save_bar_activity"):
        st.button(
            _("Save"), key="activity_save", type="primary", icon=":material/check:", on_click=words.press,
            args=(activities.change, viewer),
            kwargs={"activity_id": card.id, "version": card.version, "values": typed, "done": lambda _none: _("Saved.")},
        )  # fmt: skip
