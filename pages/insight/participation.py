"""Who takes part in activities: `/participation`."""

from components import participation
from components.page import begin

viewer = begin("activity.export")
participation.draw(viewer)
