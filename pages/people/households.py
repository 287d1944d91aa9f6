"""Households: `/households`."""

from components.page import begin
from components.people import home, household
from components.register.screen import Extras, show
from db.people.households import HOUSEHOLDS
from db.words import N_

viewer = begin("household.view")
show(
    viewer,
    HOUSEHOLDS,
    Extras(
        tabs={N_("Moving"): household.moving},
        pickers={"area_id": home.building_picker},
        header=household.header,
        new=household.draw_new,
    ),
)
