"""My day: `/`, where everybody starts."""

from components import my_day
from components.page import begin

viewer = begin("day.view")
my_day.draw(viewer)
