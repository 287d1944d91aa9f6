"""Settings: `/settings`. What the community decided, its own fields, its groups of people."""

import streamlit as st

from components import channels, choices
from components.i18n import _
from components.page import begin, choose_part

viewer = begin("settings.edit")

st.title(_("Settings"))
PARTS = {
    "": _("Decisions"),
    "fields": _("Own fields"),
    "groups": _("Groups of people"),
    "channels": _("Messages"),
}
part = choose_part("settings", PARTS)
DRAW = {
    "": choices.decisions,
    "fields": choices.own_fields,
    "groups": choices.people_groups,
    "channels": channels.draw,
}
DRAW[part](viewer)
