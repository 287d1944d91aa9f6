"""Charts: `/charts`."""

from components.charts import screen
from components.page import begin

viewer = begin("chart.view")
screen.draw(viewer)
