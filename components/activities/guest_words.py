"""What is said when something of guests, of a birthday party or of feedback cannot be done."""

from components.words import register_sentences
from db.words import N_

register_sentences(
    {
        "activity.no_companion": N_("Nobody comes along to this activity. Allow it at the activity first."),
        "activity.bus_full": N_("The bus has {seats} seats, and all are taken. Take somebody off first, or add seats at the activity."),
        "activity.no_birthday": N_("Only a birthday party with a quarter invites by birthday. Choose the quarter at the activity."),
    }
)  # fmt: skip
