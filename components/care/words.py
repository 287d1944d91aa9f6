"""What the care room says: refusals, kinds and results of visits, whom a rule is for, how long ago something was."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

import streamlit as st

from components.i18n import _, day_text, listed, n_
from components.register.values import plain
from components.words import register_sentences
from db import clock
from db.care.tables import (
    EVENT_OPTIONS,
    KIND_OPTIONS,
    MOOD_OPTIONS,
    OCCASION_OPTIONS,
    REASON_OPTIONS,
    RESULT_OPTIONS,
)
from db.fields import PROBLEMS, Option
from db.people.tables import COLOUR_OPTIONS, LIVING_OPTIONS
from db.words import N_

register_sentences(
    {
        "visit.nobody": N_("Choose at least one person."),
        "visit.future": N_("A visit cannot lie in the future. Choose the day on which it was."),
        "visit.too_old": N_("A visit of more than {days} days ago is not entered any more."),
        "visit.reason": N_("Say why the person was not met: one tap on a reason."),
        "visit.needs": N_("Say what is needed, here or in the note: a word is enough."),
        "visit.gone": N_("{name} no longer lives here: no visits are recorded. If that is wrong, open the record first."),
        "visit.corrected": N_("Somebody corrected this visit already. Open the one that stands now."),
        "visit.why": N_("Say in a few words why."),
        "visit.only_corrected": N_("A visit is not changed: correct it, and what stood there before stays readable."),
        "rhythm.reason": N_("Say why this person needs another rhythm."),
        "rhythm.not_in_care": N_("This person is not in care, so no visits are due. Put them in care first."),
        "rhythm.same": N_("The rule asks for every {days} days already. Choose another number."),
        "rhythm.decided": N_("Somebody decided this already."),
        "rhythm.own": N_("You asked for this yourself: somebody else must approve it."),
        "rhythm.none": N_("This person has no rhythm of their own."),
        "occasion.over": N_("This was called off already."),
        "urgent.note": N_("Say how you know that all is well."),
        "urgent.closed": N_("This was closed already."),
        "tick.name": N_("Give the line a name."),
        "tick.taken": N_("There is a line “{name}” already. If it is no longer used, use it again."),
        "tick.changed": N_("Somebody else changed “{name}” meanwhile. Close this, look at it again and repeat."),
        "assign.reason": N_("Say why somebody else is to look after them."),
        "assign.nobody": N_("Choose at least one person."),
        "assign.many": N_("Not more than {most} people at once. Narrow the list first."),
    }
)  # fmt: skip

PROBLEMS.update(
    {
        "field.not_found": N_("There is no such area, or it lies outside your areas."),
        "rule.every": N_("From 1 to 366 days."),
        "rule.opens": N_("The window opens on the last day at the latest."),
        "rule.ages": N_("The upper age lies below the lower one."),
        "rule.until": N_("The end lies before the beginning."),
        "occasion.long": N_("Not longer than 60 days."),
        "occasion.days": N_("From 0 to 60 days."),
    }
)

Colour = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray"]

KIND_ICONS = {
    "home": ":material/home:", "phone": ":material/call:", "video": ":material/videocam:",
    "met": ":material/directions_walk:", "neighbour": ":material/record_voice_over:",
}  # fmt: skip
RESULT_ICONS = {
    "well": ":material/check_circle:", "needs": ":material/pan_tool:", "not_met": ":material/door_front:",
}  # fmt: skip
RESULT_COLOURS: dict[str, Colour] = {"well": "green", "needs": "orange", "not_met": "gray"}

_LABELS = {
    "kind": KIND_OPTIONS, "result": RESULT_OPTIONS, "reason": REASON_OPTIONS, "mood": MOOD_OPTIONS,
    "event": EVENT_OPTIONS, "occasion": OCCASION_OPTIONS, "living": LIVING_OPTIONS, "colour": COLOUR_OPTIONS,
}  # fmt: skip


def word(what: str, code: str) -> str:
    """The label of a code: `word("kind", "home")`."""
    options: Sequence[Option] = _LABELS[what]
    return next((_(one.label) for one in options if one.code == code), code)


def codes(what: str) -> list[str]:
    """The codes that can be chosen."""
    return [one.code for one in _LABELS[what] if one.code]


def result_words(visit: Mapping[str, Any]) -> str:
    """ "Not met: no answer"."""
    said = word("result", visit["result"])
    return f"{said}: {word('reason', visit['reason'])}" if visit.get("reason") else said


def result_badge(visit: Mapping[str, Any]) -> None:
    """The result in its colour."""
    st.badge(
        plain(result_words(visit)),
        icon=RESULT_ICONS.get(visit["result"], ""),
        color=RESULT_COLOURS.get(visit["result"], "gray"),
    )


def ago(day: date) -> str:
    """How long ago a day was."""
    days = (clock.today() - day).days
    if days == 0:
        return _("today")
    if days == 1:
        return _("yesterday")
    return n_("{count} day ago", "{count} days ago", days)


def due_words(due: Mapping[str, Any]) -> tuple[str, Colour]:
    """When somebody is due, with the colour that says how pressing it is."""
    today = clock.today()
    if due["urgent"]:
        return n_("Urgent: {count} attempt without contact", "Urgent: {count} attempts without contact",
                  due["attempts"]), "red"  # fmt: skip
    next_on: date = due["next_on"]
    if next_on <= today:
        return late_words(next_on), "red" if next_on < today else "orange"
    opens = due["opens_on"]
    if opens is not None and opens <= today:
        return _("In its window until {day}", day=day_text(next_on)), "orange"
    return _("Due by {day}", day=day_text(next_on)), "green"


def late_words(next_on: date) -> str:
    """By how much somebody is overdue, or by when they are due."""
    left = (next_on - clock.today()).days
    if left < 0:
        return n_("Overdue by {count} day", "Overdue by {count} days", -left)
    return _("Due today") if left == 0 else _("Due by {day}", day=day_text(next_on))


def fact(label: str, value: str) -> str:
    """ "Source: the rule of the office", as Markdown."""
    return _("{label}: {value}", label=f":gray[{plain(label)}]", value=plain(value))


def days_words(every: int) -> str:
    """ "every 7 days"."""
    return n_("every day", "every {count} days", every)


def whom_words(values: Mapping[str, Any], groups: Mapping[str, str], area: str = "") -> str:
    """For whom a rule or an occasion is, in words: "80 or older and lives alone or as an empty nest"."""
    parts = []
    if values.get("groups"):
        parts.append(listed(groups.get(code, code) for code in values["groups"]))
    if values.get("living"):
        parts.append(_("lives: {kinds}", kinds=listed(word("living", code) for code in values["living"])))
    if values.get("colours"):
        parts.append(
            _("risk colour: {colours}", colours=listed(word("colour", code) for code in values["colours"]))
        )
    parts += _age_words(values.get("age_from"), values.get("age_to"))
    if not parts:
        said = _("everybody in care")
    elif len(parts) == 1:
        said = parts[0]
    elif values.get("match") == "any":
        said = _("any of: {conditions}", conditions="; ".join(parts))
    else:
        said = _("all of: {conditions}", conditions="; ".join(parts))
    return f"{said} · {area}" if area else said


def _age_words(low: int | None, high: int | None) -> Iterable[str]:
    if low is not None and high is not None:
        return [_("{low} to {high} years old", low=low, high=high)]
    if low is not None:
        return [_("{low} or older", low=low)]
    return [n_("up to {count} year old", "up to {count} years old", high)] if high is not None else []


def met_words(met: Mapping[str, Any], groups: Mapping[str, str]) -> str:
    """What a person has that made a rule fit."""
    parts = []
    if "age" in met and met["age"] is not None:
        parts.append(n_("{count} year old", "{count} years old", met["age"]))
    if met.get("living"):
        parts.append(word("living", met["living"]))
    if met.get("colours"):
        parts.append(_("risk colour: {colours}", colours=word("colour", met["colours"])))
    if met.get("groups"):
        parts.append(listed(groups.get(code, code) for code in met["groups"]))
    return " · ".join(parts)


def answered_words(cause: str, day: date, rhythm: str) -> str:
    """Why the next date is what it is after a visit that an event asked for."""
    said = word("event", cause)
    if said == cause:
        said = word("occasion", cause)
    if not rhythm:
        return _("{event}: visited on {day}.", event=said, day=day_text(day))
    return _(
        "{event}: visited on {day}; from then on the rule holds again, {rhythm}.",
        event=said,
        day=day_text(day),
        rhythm=rhythm,
    )
