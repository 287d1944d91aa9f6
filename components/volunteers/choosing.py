"""Finding somebody: a volunteer by name or number, a resident as in the registry; and choosing areas to serve in."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.i18n import _
from components.register.form import Picker
from components.register.values import label
from db import listing
from db.access import Viewer
from db.listing import Listing
from db.people.residents import RESIDENTS
from db.register import Register
from db.volunteers.volunteers import VOLUNTEERS, serving_areas
from db.work import unit

SHOWN = 8


@dataclass(frozen=True)
class Somebody:
    """Who was chosen: one of the two."""

    volunteer_id: int | None = None
    resident_id: int | None = None


def volunteer(viewer: Viewer, key: str, *, but: int = 0) -> int | None:
    """Find a volunteer and tap on the name; None until then."""
    text = st.text_input(_("Find a volunteer"), key=f"{key}_volunteer", placeholder=_(VOLUNTEERS.search_help))
    return _tapped(viewer, VOLUNTEERS, text, f"{key}_v", ("name", "number", "area"), but)


def resident(viewer: Viewer, key: str) -> int | None:
    """Find a resident and tap on the name; None until then."""
    if not viewer.can("resident.view"):
        return None
    text = st.text_input(_("Find a resident"), key=f"{key}_resident", placeholder=_(RESIDENTS.search_help))
    return _tapped(viewer, RESIDENTS, text, f"{key}_r", ("name", "address"), 0)


def somebody(viewer: Viewer, key: str, *, but: int = 0) -> Somebody | None:
    """Find a volunteer or a resident."""
    found = volunteer(viewer, key, but=but)
    if found is not None:
        return Somebody(volunteer_id=found)
    lives_here = resident(viewer, key)
    return Somebody(resident_id=lives_here) if lives_here is not None else None


def _tapped(
    viewer: Viewer, register: Register, text: str, key: str, shown: tuple[str, ...], but: int
) -> int | None:
    if not text.strip():
        return None
    rows = [
        row
        for row in listing.page(viewer, register, Listing(search=text, size=SHOWN)).rows
        if row["id"] != but
    ]
    if not rows:
        st.caption(_("Nobody found."))
    for row in rows:
        said = " · ".join(str(row[name]) for name in shown if row.get(name))
        if st.button(said, key=f"{key}_{row['id']}", icon=":material/person:", type="tertiary"):
            return int(row["id"])
    return None


def areas_picker(register: Register) -> Picker:
    """Any number of areas above the homes."""
    spec = register.specs["areas"]

    def pick(viewer: Viewer, key: str, value: Any) -> list[str]:
        with unit(viewer, register.may("view"), write=False) as work:
            known = {one.code: one.label for one in serving_areas(work)}
        first: dict[str, Any] = (
            {} if key in st.session_state else {"default": [code for code in value or () if code in known]}
        )
        chosen: list[str] = st.multiselect(
            label(spec), list(known), key=key, format_func=known.__getitem__, placeholder=_("Everywhere"),
            help=_(spec.help), **first,
        )  # fmt: skip
        return chosen

    return pick
