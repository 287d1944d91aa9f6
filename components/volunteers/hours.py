"""The parts of `/hours`: today's shifts, what waits for approval, the notice, no-shows, the ledger, certificates."""

from collections.abc import Callable

import streamlit as st

from components.i18n import _
from components.page import choose_part, number_in_address
from components.register import lists
from components.volunteers import (
    hours_certificates,
    hours_door,
    hours_entry,
    hours_missed,
    hours_notice,
    hours_waiting,
)
from db.access import Viewer
from db.register import Values
from db.volunteers.hours_register import HOURS
from db.words import N_


def draw(viewer: Viewer) -> None:
    """The screen that the address asks for: one shift, one entry, one certificate, or a part of the desk."""
    if (shift_id := number_in_address("shift")) is not None and viewer.can("hours.enter"):
        hours_door.draw_shift(viewer, shift_id)
    elif (entry_id := number_in_address("id")) is not None:
        hours_entry.draw(viewer, entry_id)
    elif (paper_id := number_in_address("paper")) is not None:
        hours_certificates.draw_paper(viewer, paper_id, "hours", part="certificates")
    else:
        st.title(_("Hours of service"))
        parts = {name: part for name, part in _PARTS.items() if viewer.can(part[1])}
        part = choose_part("hours", {name: _(label) for name, (label, _action, _draw) in parts.items()})
        parts[part][2](viewer)


def _ledger(viewer: Viewer) -> None:
    if viewer.can("hours.enter"):
        hours_entry.by_hand(viewer)
    lists.draw(viewer, HOURS, opens=_ways, fixed=True)


def _ways(_viewer: Viewer, rows: list[Values]) -> list[lists.Way]:
    return [("hours", {"id": row["id"]}) for row in rows]


# name: label, what one must be allowed to do, what draws it; "" is the first for who has it
_PARTS: dict[str, tuple[str, str, Callable[[Viewer], None]]] = {
    "": (N_("Check in and out"), "hours.view", hours_door.draw),
    "waiting": (N_("To approve"), "hours.approve", hours_waiting.draw),
    "notice": (N_("Notice"), "hours.approve", hours_notice.draw),
    "missed": (N_("No-shows"), "hours.approve", hours_missed.draw),
    "list": (N_("All entries"), "hours.view", _ledger),
    "certificates": (N_("Certificates"), "certificate.issue", hours_certificates.draw),
}
