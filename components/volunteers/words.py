"""What the volunteers' room says: refusals, what stands against a shift, when it is, how it stands."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import streamlit as st
from babel.dates import format_date, format_time, get_day_names

from components.i18n import BABEL, _, day_text, language, number_text
from components.register.values import plain
from components.words import register_sentences, say, sentence
from db import clock
from db.errors import Refused
from db.fields import PROBLEMS
from db.words import N_

register_sentences(
    {
        "place.full": N_("All places are taken. You can stand in line, or choose another shift."),
        "place.closed": N_("This was called off."),
        "place.already": N_("This person has or wants a place here already."),
        "place.moved": N_("Somebody was faster, or it changed meanwhile. Look at how it stands now."),
        "place.not_yours": N_("This place is meant for somebody else."),
        "place.drawn": N_("The lots were drawn already."),
        "place.too_small": N_("{taken} people have a place already. Give it at least as many places."),
        "shift.office": N_(
            "After several shifts that were missed without a word, the office confirms each sign-up. Please call your "
            "community office about this one."
        ),
        "shift.over": N_("This shift has begun or is over."),
        "shift.past": N_("Shifts are made from today on, for a bit more than a year. Choose another day than {day}."),
        "shift.not_open": N_("Signing up begins at {opens_at}."),
        "shift.invitation": N_("For this shift people are asked by the office."),
        "shift.lottery_over": N_("The time to take part in the draw is over."),
        "shift.lottery_open": N_("Lots are drawn after the closing time."),
        "shift.why": N_("Say in a few words why."),
        "shift.why_late": N_("It begins in less than {hours} hours: say in a few words why, so that the office can help."),
        "shift.unfit": N_("This does not fit."),
        "help.enough": N_("Nobody is missing here, and there is no room for more."),
        "help.nobody": N_("Nobody who can come is left to be asked. Choose another time, or ask people yourself."),
        "elder.none": N_("Nobody is visited in this shift."),
        "elder.not_yet": N_("Whom you visit can be seen from {from_at} on."),
        "elder.over": N_("Whom you visited could be seen until 24 hours after the shift."),
        "elder.gone": N_("This visit cannot take place as planned. Please call your community office."),
        "volunteer.known": N_("There is a volunteer record for your account already."),
        "volunteer.taken": N_("{name} is registered with this telephone already, as {number}. Open that record instead."),
        "volunteer.decided": N_("This was decided already."),
        "volunteer.status": N_("This is not possible while the volunteer is not active."),
        "volunteer.both_booked": N_(
            "As a resident and as a volunteer this person has a place in the same activity. Give one of the two back first."
        ),
        "volunteer.linked": N_("This belongs to another volunteer already."),
        "block.until": N_("Choose a day from today on, within a year."),
        "block.answered": N_("You have objected already. The office answers."),
        "block.own": N_("Somebody else must decide on the objection, not who blocked."),
        "pair.self": N_("Choose one other person."),
        "skill.name": N_("Give the skill a name that no other skill has."),
        "volunteer.none": N_("There is no volunteer record for your account. Ask your community office."),
    }
)  # fmt: skip

PROBLEMS.update(
    {
        "volunteer.too_young": N_("Under 14 one cannot serve as a volunteer."),
        "volunteer.guardian": N_("Under 18 the guardian's consent is needed before serving."),
        "volunteer.number": N_("From 1 to 80, or nothing."),
        "shift.two_required": N_("For this work two people are required."),
        "shift.room": N_("At least one person, and not more at least than at most."),
        "shift.minutes": N_("From 1 minute to 24 hours."),
        "shift.closes": N_("The end of signing up lies before its beginning."),
        "shift.lottery_closes": N_(
            "For a draw, say until when people can take part: before the shift begins."
        ),
    }
)

CLASHES: dict[str, str] = {
    "overlap": N_("At that time there is already: {title}, {when}."),
    "travel": N_("The way from or to “{title}” ({when}) needs {minutes} minutes."),
    "rest": N_("Between this and “{title}” ({when}) there must be {minutes} minutes of rest."),
    "day": N_("It would be {hours} hours on that day; {most} is the most."),
    "week": N_("It would be {hours} hours in that week; {most} is the most."),
    "own_week": N_("It would be {hours} hours in that week; the volunteer wants {most} at most."),
    "skill": N_("It needs: {skill}."),
    "skill_expired": N_("The certificate for “{skill}” ran out on {expired}."),
    "age": N_("It is not for the age of {age}."),
    "guardian": N_("Under 18 the guardian's consent is needed, and under 14 one cannot serve."),
    "blocked": N_("Blocked until {until}."),
    "status": N_("The volunteer is not active at present."),
    "unwanted": N_("Somebody takes part with whom it does not go well."),
    "visits_sex": N_("The volunteer visits only women, or only men."),
    "floor": N_("It is on floor {floor}: more stairs than the volunteer climbs."),
    "available": N_("It lies outside the hours that were named."),
    "area": N_("It lies outside the areas that were named."),
}

OWN_CLASHES: dict[str, str] = {
    "own_week": N_("It would be {hours} hours in that week; you want {most} at most."),
    "paused": N_("You pause your service at present."),
    "status": N_("You do not serve at present. Your community office knows more."),
    "visits_sex": N_("You visit only women, or only men."),
    "floor": N_("It is on floor {floor}: more stairs than you climb."),
    "available": N_("It lies outside the hours that you named."),
    "area": N_("It lies outside the areas that you named."),
}
"""The same to the volunteer, where it is not the same words."""


def clash(
    code: str, facts: dict[str, Any], skills: dict[str, str] | None = None, *, own: bool = False
) -> str:
    """One thing that stands against a shift, as a sentence. `skills`: their names by code; `own`: said to the volunteer."""
    said = dict(facts)
    own = own and not facts.get("name")  # of two who come together it may be the other
    if code == "skill":
        said["skill"] = (skills or {}).get(facts["skill"], facts["skill"])
        code = "skill_expired" if facts.get("expired") else "skill"
    if own and code == "status" and facts.get("status") == "paused":
        code = "paused"
    if "starts_at" in said:
        said["when"] = when(said["starts_at"], said["ends_at"])
    shown = {
        name: number_text(value) if isinstance(value, float) else day_text(value) if hasattr(value, "isoformat") else value
        for name, value in said.items()
    }  # fmt: skip
    text = OWN_CLASHES.get(code) if own else None
    sentence = _(text or CLASHES[code]).format_map(shown)
    return f"{said['name']}: {sentence}" if said.get("name") else sentence


def clashes(
    found: Iterable[tuple[str, dict[str, Any]]], skills: dict[str, str] | None = None, *, own: bool = False
) -> list[str]:
    return [clash(code, facts, skills, own=own) for code, facts in found]


FAR = timedelta(days=180)
IN_THE_WAY = frozenset({"overlap", "travel", "rest", "day", "week", "own_week"})
"""Clashes with what one has already: they are gone once that is given back."""


def why_not(refused: Refused, skills: dict[str, str] | None = None) -> tuple[list[str], str]:
    """A refusal before it is one, to the volunteer: each thing that stands against a yes as a sentence, and what is possible instead."""
    if refused.code != "shift.unfit":
        return [sentence(refused)], ""
    against = refused.facts["clashes"]
    if all(code in IN_THE_WAY for code, _facts in against):
        instead = _("Say no here, or give the other place back first.")
    else:
        instead = _("Please say no, so that somebody else can be asked.")
    return clashes(against, skills, own=True), instead


def say_refused(refused: Refused, skills: dict[str, str] | None = None, *, own: bool = False) -> None:
    """Say why not: each thing that stands against it on a line of its own; `own`: to the volunteer it is about."""
    if refused.code == "shift.unfit":
        st.error("  \n".join(plain(one) for one in clashes(refused.facts["clashes"], skills, own=own)))
    elif refused.code in ("shift.not_open", "elder.not_yet"):
        say(Refused(refused.code, **{name: moment(at) for name, at in refused.facts.items()}))
    else:
        say(refused)


def when(starts_at: datetime, ends_at: datetime) -> str:
    """ "Thu 3 Dec 09:00–11:00" in the reader's language."""
    return f"{day(starts_at)} {clock_time(starts_at)}–{clock_time(ends_at)}"


def day(at: datetime) -> str:
    """The day with its weekday."""
    return day_of(at.astimezone(clock.PLACE).date())


def day_of(on: date) -> str:
    """A date with its weekday; with the year when it lies in one that is over, or far ahead in another."""
    today = clock.today()
    if on.year != today.year and (on < today or on - today > FAR):
        return day_of_year(on)
    form = "M月d日 EEE" if language() == "zh" else "EEE d MMM"
    return str(format_date(on, form, locale=BABEL[language()]))


def narrow_weekday(on: date) -> str:
    """The weekday in as few signs as one understands."""
    return str(format_date(on, "EEEEE" if language() == "zh" else "EEEEEE", locale=BABEL[language()]))


def clock_time(at: datetime) -> str:
    return format_time(at.astimezone(clock.PLACE).time(), "HH:mm", locale=BABEL[language()])


def moment(at: datetime) -> str:
    """A day and a time."""
    return f"{day(at)} {clock_time(at)}"


def span(starts_at: datetime, ends_at: datetime) -> str:
    """ "09:00–11:00" """
    return f"{clock_time(starts_at)}–{clock_time(ends_at)}"


def short_day(day: date) -> str:
    """A day as the head of a column: "Thu 3"."""
    form = "d日 EEE" if language() == "zh" else "EEE d"
    return format_date(day, form, locale=BABEL[language()])


def short_date(day: date) -> str:
    """A date without its year and weekday."""
    return format_date(day, "M月d日" if language() == "zh" else "d MMM", locale=BABEL[language()])


def weekday(number: int) -> str:
    """The short name of a weekday, 0 for Monday."""
    return str(get_day_names("abbreviated", locale=BABEL[language()])[number])


def day_of_year(day: date) -> str:
    """A date with its weekday."""
    form = "y年M月d日 EEE" if language() == "zh" else "EEE d MMM y"
    return format_date(day, form, locale=BABEL[language()])


def place(area: str, where: str) -> str:
    """The area and the place in it, once where they are the same or the place names its area."""
    if where.startswith(area):
        return where
    return " · ".join(dict.fromkeys(one for one in (area, where) if one))
