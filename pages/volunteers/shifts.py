"""Shifts: `/shifts`."""

from components.page import begin
from components.volunteers import shifts as screen

viewer = begin("shift.view")
screen.draw(viewer)
