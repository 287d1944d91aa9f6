"""Places to meet: `/venues`."""

from components.care.pickers import area
from components.page import begin
from components.register.screen import Extras, show
from db.activities.venues import VENUES

viewer = begin("venue.view")
show(viewer, VENUES, Extras(pickers={"area_id": area(VENUES, "venue.create")}))
