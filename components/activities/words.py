"""What the activities' room says: refusals, what stands against somebody, how an activity stands."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import streamlit as st

from components.i18n import _, listed, n_
from components.office import KINDS as TRAIL_KINDS
from components.register.values import plain
from components.volunteers import words as times
from components.words import problem, register_sentences, sentence
from db import clock
from db.activities.programme import Card
from db.activities.tables import KIND_OPTIONS, MARK_OPTIONS, MODE_OPTIONS, PRIORITY_OPTIONS
from db.errors import Refused
from db.fields import PROBLEMS
from db.words import N_

register_sentences(
    {
        "activity.full": N_("All places are taken. One can stand in line, or choose another activity."),
        "activity.unfit": N_("This does not fit."),
        "activity.nobody": N_("Your account belongs to no resident and no volunteer. Ask your community office."),
        "activity.not_open": N_("Signing up begins at {opens_at}. Before that, only the office can."),
        "activity.closed": N_("The time to sign up is over. Ask the office."),
        "activity.over": N_("This is over."),
        "activity.choose_date": N_("Choose the date first."),
        "activity.draft": N_("This is a draft. Announce it first; then people can be signed up."),
        "activity.not_draft": N_("This was announced already."),
        "activity.term": N_("This place belongs to the whole term. Give back the term."),
        "activity.lottery_open": N_("Lots are drawn after the closing time."),
        "activity.not_yet": N_("This begins at {starts_at}. Attendance is taken from that day on."),
        "activity.venue_taken": N_("“{venue}” is taken then: {title}, {starts_at}. Choose another place or another time."),
    }
)  # fmt: skip
PROBLEMS.update(
    {
        "activity.no_dates": N_("Choose at least one day."),
        "activity.many_dates": N_("At most 60 dates at once. Choose fewer."),
        "activity.venue_small": N_(
            "The place to meet is smaller than that. Take fewer people, or another place."
        ),
    }
)
TRAIL_KINDS.update({"activity": N_("Activity"), "venues": N_("Place to meet")})

CLASHES: dict[str, str] = {
    "gone": N_("Does not live here any more."),
    "age": N_("At {age} years it is not for them."),
    "guardian": N_("Under 14 the guardian's consent is needed. Note it in the record of the child first."),
    "area": N_("It is for people of other areas."),
    "employer": N_("It is for people who worked at {employer}."),
    "group": N_("It is for other groups of people."),
    "contact": N_("Nobody is known to call in an emergency. Add a contact in the record first, if you can."),
}
FIELDS: dict[str, str] = {
    "title": N_("Title"), "days": N_("Dates"), "minutes": N_("Length"), "capacity": N_("Places"),
    "closes_at": N_("Sign up until"),
}  # fmt: skip
KINDS = {one.code: one.label for one in KIND_OPTIONS}
MODES = {one.code: one.label for one in MODE_OPTIONS}
MARKS = {one.code: one.label for one in MARK_OPTIONS}
PRIORITIES = {one.code: one.label for one in PRIORITY_OPTIONS}
ICONS = {
    "class": ":material/school:", "event": ":material/celebration:", "outing": ":material/directions_bus:",
    "birthday": ":material/cake:", "talk": ":material/record_voice_over:", "meeting": ":material/groups:",
}  # fmt: skip
STAGES: dict[str, tuple[str, str]] = {
    "draft": ("gray", N_("Draft")),
    "announced": ("blue", N_("Announced")),
    "running": ("green", N_("Running")),
    "done": ("gray", N_("Over")),
    "cancelled": ("red", N_("Called off")),
}
STATES: dict[str, tuple[str, str]] = {
    "booked": ("green", N_("has a place")),
    "waiting": ("blue", N_("stands in line")),
    "offered": ("orange", N_("a place is offered")),
    "entered": ("blue", N_("takes part in the draw")),
}

DOUBLE = timedelta(seconds=2.5)
"""So soon after a tap on a choice the next one on it does not take it away."""
_TAPPED = "_tapped"
_SAID, _NO = "_activities_said", "_activities_no"


def kind(code: str) -> str:
    return _(KINDS[code])


def quarter(code: str) -> str:
    """A quarter as one says it."""
    year, _q, number = code.partition("Q")
    return _("quarter {number} of {year}", number=number, year=year)


def tag(colour: str, text: str, icon: str = "") -> str:
    return f":{colour}-badge[{icon} {plain(text)}]" if icon else f":{colour}-badge[{plain(text)}]"


def stage(code: str) -> str:
    colour, label = STAGES[code]
    return tag(colour, _(label))


def state(code: str) -> str:
    colour, label = STATES[code]
    return tag(colour, _(label))


def room(card: Card) -> str:
    """How many places are left, and how many wait."""
    if card.mode == "lottery" and not card.drawn:
        return n_("{count} place by lot", "{count} places by lot", card.capacity)
    said = n_("{count} place left", "{count} places left", card.free) if card.free else _("Full")
    if card.waiting:
        said += " · " + n_("{count} in line", "{count} in line", card.waiting)
    return said


def when(card: Card) -> str:
    """The next date in words; of what is over or called off, from when to when it was."""
    if card.next_at is not None and card.next_ends_at is not None and card.stage != "cancelled":
        return times.when(card.next_at, card.next_ends_at)
    return span(card.starts_on, card.ends_on)


def span(first: date | None, last: date | None) -> str:
    """From when to when."""
    if first is None or last is None:
        return _("no date")
    return times.day_of_year(first) + (f" – {times.day_of_year(last)}" if last != first else "")


def dates_left(card: Card) -> str:
    """How much of a class is still to come; "" for what takes place once."""
    if card.sessions < 2:
        return ""
    if card.stage == "running" and card.sessions_left < card.sessions:
        return _("{left} of {count} dates to come", left=card.sessions_left, count=card.sessions)
    return n_("{count} date", "{count} dates", card.sessions)


def clash(code: str, facts: dict[str, Any]) -> str:
    """One thing that stands against somebody coming, as a sentence."""
    if code in CLASHES:
        return _(CLASHES[code]).format_map(facts)
    return times.clash(code, facts)


def clashes(found: Iterable[tuple[str, dict[str, Any]]]) -> list[str]:
    """All that stands against it, the dates of one class once."""
    said: dict[Any, list[str]] = {}
    for code, facts in found:
        said.setdefault((code, facts.get("title")), []).append(clash(code, facts))
    return [
        one[0]
        + (" (" + n_("and {count} more", "and {count} more", len(one) - 1) + ")" if len(one) > 1 else "")
        for one in said.values()
    ]


def first(codes: Iterable[str]) -> str:
    """Why somebody stands so early in the line: “First: never came before · lives alone”; "" for no reason."""
    said = [_(PRIORITIES[code]) for code in codes if code in PRIORITIES]
    return _("comes first: {reasons}", reasons=" · ".join(said)) if said else ""


def refusal(refused: Refused) -> str:
    """A refusal in words, with all that stands against it."""
    facts = dict(refused.facts)
    if refused.code == "activity.unfit":
        return " ".join(clashes(facts["clashes"]))
    if refused.code == "form.invalid":
        return " ".join(
            _("{field}: {value}", field=_(FIELDS[name]) if name in FIELDS else name, value=problem(code))
            for name, code in facts.get("problems", {}).items()
        )
    for name in ("opens_at", "starts_at", "closes_at"):
        if facts.get(name) is not None:
            facts[name] = times.moment(facts[name])
    code = "activity.full" if refused.code == "place.full" else refused.code
    return sentence(Refused(code, **facts))


def say(refused: Refused) -> None:
    """Draw a refusal."""
    st.error(plain(refusal(refused)))


def leave(*said: str, warning: str = "", at: str = "") -> None:
    """Say this on top of what is drawn next; `at` names a card of a long list that says it instead (see `said`)."""
    st.session_state[_SAID] = (" ".join(one for one in said if one), warning, at)


def said(at: str | None = "") -> None:
    """Draw what was left, or why something was refused a moment ago, and forget it: only what was left `at` this
    place, or (None) wherever it was left."""
    text, warning, where = st.session_state.get(_SAID, ("", "", ""))
    if at in (where, None):
        st.session_state.pop(_SAID, None)
        if text:
            st.success(plain(text), icon=":material/check_circle:")
        if warning:
            st.warning(warning)
    refused, where = st.session_state.get(_NO, (None, ""))
    if at in (where, None):
        st.session_state.pop(_NO, None)
        if isinstance(refused, Refused):
            say(refused)


def tapped_twice(widget: str) -> bool:
    """Whether a choice was just taken away by the second tap of a slow double tap on it: then it is to stay. A later
    tap takes it away."""
    now, last = clock.now(), st.session_state.get(_TAPPED, ("", clock.now()))
    st.session_state[_TAPPED] = (widget, now)
    return not st.session_state[widget] and last[0] == widget and now - last[1] < DOUBLE


def act(
    command: Callable[..., Any], *args: Any, done: Callable[[Any], str] | None = None, at: str = "", **facts: Any
) -> bool:  # fmt: skip
    """Do it, as what a button does. `done` says what came of it; a refusal is said on the next drawing, `at` a card
    where one is named."""
    try:
        result = command(*args, **facts)
    except Refused as refused:
        st.session_state[_NO] = (refused, at)
        return False
    if done is not None:
        leave(done(result), at=at)
    return True


def press(
    command: Callable[..., Any], *args: Any, done: Callable[[Any], str] | None = None, at: str = "", **facts: Any
) -> None:  # fmt: skip
    """`act` for `on_click`."""
    act(command, *args, done=done, at=at, **facts)


def names(them: Iterable[str]) -> str:
    return listed(them)
