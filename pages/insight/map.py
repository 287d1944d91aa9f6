"""The coverage map: `/map`."""

import streamlit as st

from components import coverage, live
from components.page import begin
from components.words import say
from db.errors import Refused

viewer = begin("coverage.view")
stamp = live.follow("coverage", "areas", "posts", "care", "occasions")
try:
    coverage.draw(viewer, stamp, wall=st.query_params.get("wall") == "1")
except Refused as refused:
    say(refused)
