"""Visits: `/visits`. What is due and what was seen, load, rules, warnings, and the form at the door."""

from components.care import desk, today
from components.page import begin

viewer = begin("visit.view")
today.bring(viewer)
desk.draw(viewer)
