"""Settings: `/settings`. What the community decided, its own fields, its groups of people, what visits tick."""

import streamlit as st

from components import channels, choices
from components.care import ticks
from components.i18n import _
from components.page import begin, choose_part
from components.volunteers import stars

viewer = begin("settings.edit")

st.title(_("Settings"))
PARTS = {
    "": _("Decisions"),
    "fields": _("Own fields"),
    "groups": _("Groups of people"),
    "ticks": _("Tick list of visits"),
    "stars": _("Stars"),
    "channels": _("Messages"),
}
part = choose_part("settings", PARTS)
{
    "": choices.decisions,
    "fields": choices.own_fields,
    "groups": choices.people_groups,
    "ticks": ticks.draw,
    "channels": channels.draw,
    "stars": stars.draw,
}[part](viewer)
