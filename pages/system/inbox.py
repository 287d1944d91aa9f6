"""Messages: `/inbox`. What one is told, and for the office whom to call because no message reaches them."""

import streamlit as st

from components import inbox
from components.i18n import _
from components.page import begin, choose_part
from components.words import say
from db.errors import Refused

viewer = begin("inbox.view")

st.title(_("Messages"))
part = ""
if viewer.can("message.phone"):
    part = choose_part("inbox", {"": _("Inbox"), "calls": _("To be called")})
try:
    {"": inbox.draw, "calls": inbox.draw_calls}[part](viewer)
except Refused as refused:
    say(refused)
