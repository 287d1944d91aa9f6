"""Roster: `/roster`."""

from components.page import begin
from components.volunteers import roster as screen

viewer = begin("shift.edit")
screen.draw(viewer)
