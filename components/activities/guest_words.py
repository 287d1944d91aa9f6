"""What is said when something of guests, of a birthday party or of feedback cannot be done."""

from components.i18n import _
from components.words import register_sentences
from db.activities.tables import COMING_OPTIONS
from db.words import N_

register_sentences(
    {
        "activity.no_companion": N_("Nobody comes along to this activity. Allow it at the activity first."),
        "activity.bus_full": N_("The bus has {seats} seats, and all are taken. Take somebody off first, or add seats at the activity."),
        "activity.no_birthday": N_("Only a birthday party with a quarter invites by birthday. Choose the quarter at the activity."),
        "activity.no_place": N_("You have no place on this date. Tell whoever stands at the door: they note that you came."),
    }
)  # fmt: skip

SAYS = {one.code: one.label for one in COMING_OPTIONS}
SIGNS = {
    "yes": ":material/check:", "no": ":material/close:", "unreached": ":material/phone_missed:",
}  # fmt: skip
COLOURS = {"yes": "green", "no": "gray", "unreached": "orange"}
REASONS = {
    "alone": N_("Lives alone"), "care": N_("In care"), "old": N_("Eighty or more"),
}  # fmt: skip


def no_pictures() -> str:
    """The sign for whoever photographs: not this person."""
    return f":orange-badge[:material/no_photography: {_('no pictures')}]"


def says(code: str) -> str:
    """One of the answers with its sign."""
    return f"{SIGNS[code]} {_(SAYS[code])}"
