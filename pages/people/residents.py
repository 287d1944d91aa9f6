"""The resident registry: `/residents`."""

from components.page import begin
from components.register.screen import show
from db.people.residents import RESIDENTS

viewer = begin("resident.view")
show(viewer, RESIDENTS)
