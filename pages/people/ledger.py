"""Importing a ledger, `/import?register=`: residents, or whatever register is named."""

import streamlit as st

from components.page import begin
from components.register import importing
from db.people import households, residents
from db.register import REGISTERS
from db.system import accounts
from db.territory import posts

viewer = begin("resident.import")

KNOWN = (residents.RESIDENTS, households.HOUSEHOLDS, accounts.ACCOUNTS, posts.POSTS)

register = REGISTERS.get(st.query_params.get("register", ""), residents.RESIDENTS)
importing.draw(begin(register.may("import")), register)
