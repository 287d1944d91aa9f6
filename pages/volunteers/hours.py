"""Hours of service: `/hours`."""

from components.page import begin
from components.volunteers import hours as screen

viewer = begin("hours.approve")
screen.draw(viewer)
