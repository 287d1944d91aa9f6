"""The monthly brief of an area: `/brief`."""

from components import brief
from components.page import begin

viewer = begin("brief.view")
brief.draw(viewer)
