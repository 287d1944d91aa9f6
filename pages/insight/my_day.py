"""My day: `/`, where everybody starts."""

from components import my_day
from components.page import begin

my_day.draw(begin("day.view"))
