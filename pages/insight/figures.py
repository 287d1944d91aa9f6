"""What the figures mean: `/figures`."""

from components.charts import catalogue
from components.page import begin

viewer = begin("chart.view")
catalogue.draw(viewer)
