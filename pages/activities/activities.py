"""Activities: `/activities`."""

from components.activities import activities as screen
from components.page import begin

viewer = begin("activity.view")
screen.draw(viewer)
