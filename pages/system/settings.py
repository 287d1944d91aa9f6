"""Settings: `/settings`. What the community decided, its own fields, its groups of people."""

import streamlit as st

from components import choices
from components.i18n import _
from components.page import begin, choose_part
from components.volunteers import stars

viewer = begin("settings.edit")

st.title(_("Settings"))
PARTS = {"": _("Decisions"), "fields": _("Own fields"), "groups": _("Groups of people"), "stars": _("Stars")}
part = choose_part("settings", PARTS)
{
    "": choices.decisions,
    "fields": choices.own_fields,
    "groups": choices.people_groups,
    "stars": stars.draw,
}[part](viewer)
