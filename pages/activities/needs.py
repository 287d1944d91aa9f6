"""What people need: `/needs`."""

from components.activities import needs as screen
from components.page import begin

viewer = begin("need.view")
screen.draw(viewer)
