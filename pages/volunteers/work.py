"""Kinds of work: `/work`."""

from components.page import begin
from components.volunteers import work

viewer = begin("work.edit")
work.draw(viewer)
