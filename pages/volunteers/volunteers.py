"""Volunteers: `/volunteers`."""

from components.page import begin
from components.volunteers import volunteers as screen

viewer = begin("volunteer.view")
screen.draw(viewer)
