"""What is said about hours, no-shows and certificates: refusals, warnings, minutes as hours."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from components.i18n import _, language
from components.office import KINDS
from components.register.values import plain
from components.volunteers.words import moment
from components.words import register_sentences, say
from db.access import Viewer
from db.errors import Refused
from db.volunteers import certificates
from db.volunteers.certificates import hours_text
from db.volunteers.stars import Step
from db.volunteers.tables import HOURS_OPTIONS, ORIGIN_OPTIONS, WARNING_OPTIONS
from db.words import N_

register_sentences(
    {
        "shift.there": N_("This person has checked in. Check out instead, or ask whoever looks after the shift."),
        "check.wrong": N_("This code is not right, or it has run out. Take the one that the screen shows now."),
        "check.no_place": N_("There is no place in this shift for this person. Ask whoever looks after the shift."),
        "check.window": N_("Codes are taken from {opens_at} until two hours after the end."),
        "check.times": N_("These times cannot be right for this shift. From half an hour before until two hours after, and not later than now."),
        "check.not_in": N_("This person was not ticked as there yet."),
        "check.not_over": N_("The shift is not over yet: use the tick list."),
        "check.decided": N_("These hours were decided on already. Correct them by a new entry."),
        "check.there": N_("This person was there. Take that back first."),
        "check.not_begun": N_("The shift has not begun yet."),
        "hours.own": N_("These are your own hours: somebody else must approve them."),
        "hours.own_entry": N_("You entered this yourself: somebody else must approve it."),
        "hours.moved": N_("Somebody decided on this meanwhile, or it was taken back."),
        "hours.warned": N_("There is something to know about this entry that you have not seen yet. Look at it again."),
        "hours.why": N_("Say in a few words why."),
        "hours.what": N_("Say what was done."),
        "hours.day": N_("This day or time lies in the future, or more than a year back."),
        "hours.minutes": N_("It must be more than nothing, and no more than {most} hours on that day in all."),
        "hours.not_decided": N_("Only approved hours are corrected. What still waits is taken back or not approved."),
        "hours.correcting": N_("A correction of this entry waits for approval already."),
        "hours.same": N_("That would change nothing."),
        "no_show.objected": N_("You have objected to this already."),
        "no_show.own": N_("You noted this yourself, or it is about you: somebody else must answer."),
        "no_show.answered": N_("Somebody answered meanwhile."),
        "star.name": N_("Give the step a name."),
        "star.hours": N_("It must lie between the steps below and above: more than {lower}, less than {upper}."),
        "certificate.own": N_("You cannot issue a certificate to yourself."),
        "certificate.period": N_("The period ends before it begins, or in the future."),
        "certificate.nothing": N_("In this period there are no hours that are approved and locked."),
        "certificate.voided": N_("It is void already."),
    }
)  # fmt: skip

KINDS.update(
    {
        "hours": N_("Hours of service"),
        "no_show": N_("No-show"),
        "certificate": N_("Certificate of hours"),
        "star": N_("Star level"),
        "booking": N_("Place in a shift"),
        "shift": N_("Shift"),
    }
)

_REFUSED = "_hours_refused"
STATES = {one.code: one.label for one in HOURS_OPTIONS}
ORIGINS = {one.code: one.label for one in ORIGIN_OPTIONS}
WARNINGS = {one.code: one.label for one in WARNING_OPTIONS}
ORIGIN_ICONS = {
    "checked": ":material/qr_code_2:",
    "list": ":material/checklist:",
    "paper": ":material/description:",
    "by_hand": ":material/edit_note:",
}
STATE_COLOURS = {"open": "blue", "waiting": "orange", "approved": "green", "refused": "red"}


def state(code: str) -> str:
    return _(STATES[code])


def origin(code: str) -> str:
    return _(ORIGINS[code])


def warning(code: str) -> str:
    return _(WARNINGS[code])


def hours(minutes: int) -> str:
    """ "2.5 hours" in the reader's language; what a correction takes away with a real minus sign."""
    return _("{hours} h", hours=hours_text(minutes).replace("-", "−"))


def step_name(step: Step) -> str:
    """What a step of the ladder is called."""
    return step.name_en if language() == "en" and step.name_en else step.name


def site(viewer: Viewer) -> str:
    """Where others reach this: what an administrator said, else what stands in the browser's address bar."""
    said = certificates.public_address(viewer)
    if said:
        return said
    here = urlsplit(st.context.url or "")
    return f"{here.scheme}://{here.netloc}" if here.netloc else ""


def act(command: Callable[..., Any], *args: Any, **facts: Any) -> bool:
    """Do it; what it refuses is said on the next drawing by `said_no`. Whether it was done."""
    try:
        command(*args, **facts)
    except Refused as refused:
        st.session_state[_REFUSED] = refused
        return False
    return True


def press(command: Callable[..., Any], *args: Any, **facts: Any) -> None:
    """`act` as what a button does."""
    act(command, *args, **facts)


def said_no() -> None:
    """What the last button was refused."""
    refused = st.session_state.pop(_REFUSED, None)
    if isinstance(refused, Refused):
        say_no(refused)


def say_no(refused: Refused) -> None:
    """A refusal of hours, its moment in words."""
    opens_at = refused.facts.get("opens_at")
    say(Refused(refused.code, **{**refused.facts, "opens_at": moment(opens_at)}) if opens_at else refused)


def badges(warnings: Iterable[str]) -> str:
    """What is to be known about an entry, in Markdown."""
    return " ".join(f":orange-badge[:material/warning: {plain(warning(one))}]" for one in warnings)
