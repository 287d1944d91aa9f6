"""What a volunteer has here: `/my-shifts`. Own shifts, own hours and certificates, and what they can do."""

from components.i18n import _
from components.page import begin, choose_part
from components.volunteers import my_hours, my_profile, my_shifts

viewer = begin("volunteer.self")

my_hours.door(viewer)
PARTS = {"": my_shifts.draw, "hours": my_hours.draw, "me": my_profile.draw}
part = choose_part("my_shifts", {"": _("My shifts"), "hours": _("My hours"), "me": _("What I can do")})
PARTS[part](viewer)
