"""The resident registry: `/residents`."""

import streamlit as st

from components.activities import needs
from components.care import person
from components.page import begin
from components.people import contacts, home, merge, new_person, record, tabs
from components.register.screen import Extras, show
from db.access import Viewer
from db.listing import RecordView
from db.people import merging, residents
from db.people.residents import RESIDENTS
from db.words import N_

viewer = begin("resident.view")
VISITED = {N_("Visits"): person.draw} if viewer.can("visit.view") else {}


def actions(viewer: Viewer, one: RecordView) -> None:
    """A visit first, then what changes the record."""
    person.actions(viewer, one)
    record.actions(viewer, one)
    needs.actions(viewer, one)


if "merge" in st.query_params and viewer.can("resident.merge"):
    merge.screen(viewer)
elif "duplicates" in st.query_params and viewer.can("resident.merge"):
    merge.proposals(viewer)
else:
    asked = st.query_params.get("id", "")
    if asked.isdecimal():
        stays = merging.stays(viewer, resident_id=int(asked))
        if stays != int(asked):
            st.query_params["id"] = str(stays)
    show(
        viewer,
        RESIDENTS,
        Extras(
            tabs={
                **VISITED,
                N_("Household"): tabs.household,
                N_("Groups"): tabs.groups,
                N_("Contacts"): contacts.draw,
                N_("Timeline"): tabs.story,
                N_("Who looked"): tabs.looked,
            },
            pickers={"household_id": home.household_picker, "area_id": home.area_picker},
            header=record.header,
            actions=actions,
            check=residents.warnings,
            new=new_person.draw,
            above=merge.above_list,
        ),
    )
