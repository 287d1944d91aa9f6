"""Handover: `/handover?area=`. What is open in a patch for whoever takes it over, and who stands in for whom."""

from components.care import handover
from components.page import begin

viewer = begin("visit.create")
handover.draw(viewer)
