"""Any register on the screen: the list, or one record, or the form for a new one, as the address says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from components.i18n import _
from components.register import lists, records
from components.register.form import Picker
from db.access import Viewer
from db.listing import RecordView
from db.register import Register

LONGEST_ID = 18  # digits; a longer number fits into no database

Tab = Callable[[Viewer, RecordView], None]


@dataclass(frozen=True)
class Extras:
    """What a page adds to the engine's screens."""

    tabs: Mapping[str, Tab] = field(default_factory=dict)  # further tabs of a record, by label
    pickers: Mapping[str, Picker] = field(default_factory=dict)  # how to choose a value of a field
    header: Tab | None = None  # what stands on top of a record instead of its name
    actions: Tab | None = None  # further buttons on a record
    check: Callable[[dict[str, Any]], list[str]] | None = None  # warnings while one types (codes)
    new: Callable[[Viewer], None] | None = None  # a form of its own for new records
    above: Callable[[Viewer], None] | None = None  # what stands above the list


def show(viewer: Viewer, register: Register, extras: Extras | None = None) -> None:
    """Draw the register: `?id=` one record, `?new=1` a new one, otherwise the list."""
    extras = extras or Extras()
    params = st.query_params
    asked = params.get("id", "")
    if asked.isdecimal() and len(asked) < LONGEST_ID:
        records.draw(viewer, register, int(asked), extras)
    elif params.get("new") and viewer.can(register.may("create")):
        if extras.new is not None:
            extras.new(viewer)
        else:
            records.draw_new(viewer, register, extras)
    else:
        st.title(_(register.title))
        if extras.above is not None:
            extras.above(viewer)
        lists.draw(viewer, register)
