"""Round sheets: `/round-sheets?sheet=`. Printed with a number, typed in again or brought back as a workbook."""

from components.care import sheets
from components.page import begin

viewer = begin("visit.import")
sheets.draw(viewer)
