"""Banners of the warnings and festivals that hold today."""

import streamlit as st

from components.i18n import _, day_text, number_text
from components.navigation import page_link
from components.register.values import plain
from db.access import Viewer
from db.care import calls
from db.care.tables import OCCASION_OPTIONS

ICONS = {
    "heat": ":material/thermostat:", "cold": ":material/ac_unit:", "storm": ":material/thunderstorm:",
    "flood": ":material/flood:", "festival": ":material/celebration:",
}  # fmt: skip
KINDS = {one.code: one.label for one in OCCASION_OPTIONS}


def draw(viewer: Viewer, *, wall: bool = False) -> None:
    """What holds today, with how far it is answered."""
    for banner in calls.banners(viewer):
        left = banner.asked - banner.answered
        said = _(
            "**{name}** ({kind}), {area}, until {day}: {answered} of {asked} people contacted.",
            name=plain(banner.name), kind=_(KINDS[banner.kind]), area=plain(banner.area), day=day_text(banner.until),
            answered=number_text(banner.answered), asked=number_text(banner.asked),
        )  # fmt: skip
        calm = banner.kind == "festival" or not left
        (st.info if calm else st.warning)(said, icon=ICONS[banner.kind])
        if left and not wall and viewer.can("visit.view"):
            page_link(
                _("Show who is still to be contacted"),
                "visits",
                icon=":material/arrow_forward:",
                occasion=banner.id,
            )
