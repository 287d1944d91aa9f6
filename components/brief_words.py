"""What a brief says: from facts to sentences, each with its numbers, as a good community worker would write them.

A sentence says one thing that happened. What is not known is left out, what is nothing is said plainly, an area that
tore is named, and a person never in full.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from components.brief_compare import (
    LEAST,
    MOST_NAMED,
    MOST_PARTS,
    aim,
    day_of,
    end_of,
    moved,
    parts_moved,
    points_moved,
    reached_target,
    torn_parts,
)
from components.brief_pen import Pen, many, missing
from components.i18n import _, listed, month_text, n_, number_text, own, speaking
from components.words import register_sentences
from db.insight.brief_facts import YEAR, Facts, Waiting
from db.insight.briefs import SECTIONS, Written, speak
from db.insight.charts import Place
from db.insight.figures import FIGURES
from db.words import N_

register_sentences(
    {
        "brief.sent": N_("This brief was sent, and stays as it was sent. Write a new version if something is to change."),
        "brief.long": N_("A part of the brief has at most {most} characters. Shorten it; what you typed is still here."),
        "brief.title": N_("Give the brief a title of at most {most} characters."),
        "brief.empty": N_("All parts of this brief are empty: there is nothing to send. Write at least one line, or propose the text anew."),
        "brief.changed": N_("{name} changed this brief meanwhile. Below are both; what you typed is still here."),
    }
)  # fmt: skip

HEADINGS: dict[str, str] = {
    "opening": N_("In short"), "happened": N_("What was done this month"), "better": N_("What became better"), "tore": N_("Where the net tore"),
    "asked": N_("What we ask for"),
}  # fmt: skip

MOST_BETTER = 5
LEDGERS = {"visits": N_("visits"), "shifts": N_("shifts of volunteers"), "sessions": N_("activities")}
"""Of which ledgers it is said when they began, by the source of their records."""
MUCH = 0.4
"""When the busiest tenth bears so much, it is said."""


def write(facts: Facts, to: str) -> Written:
    """The brief in the language `to`."""
    with speaking(to):
        pen = Pen(facts)
        for section in SECTIONS:
            pen.section = section
            if facts.known():
                _PARTS[section](pen)
            elif section == "happened":
                pen.line(
                    _("Nothing is recorded of {month} yet. Once visits, shifts and activities are entered, they are told here.",
                      month=month_text(facts.period.first, year=False))
                )  # fmt: skip
        title = _("{area}: brief of {month}", area=facts.here.name, month=month_text(facts.period.first))
        if facts.number > 1:
            title = _("{title} (corrected, version {number})", title=title, number=facts.number)
        return Written(title, {name: "\n".join(pen.lines[name]) for name in SECTIONS}, tuple(pen.numbers))


speak(write)

# In short


def _opening(pen: Pen) -> None:
    _begun(pen)
    now = pen.reading("in_time")
    if now is None:
        return
    said = _(
        "On {day} {share} of the people in care were reached in time{aim}{moves}.", day=end_of(pen), share=pen.told("in_time"),
        aim=aim(pen, "in_time"), moves=_moves(pen),
    )  # fmt: skip
    torn = torn_parts(pen)
    more = (
        _("The area with the most people not reached in time is {area}.", area=torn[0].name) if torn else ""
    )
    pen.line(said, more)


def _begun(pen: Pen) -> None:
    """Which ledgers had not begun, or began within the month: what is missing in them is not nothing."""
    later: list[str] = []
    within: list[str] = []
    for source, label in LEDGERS.items():
        starts = pen.facts.starts(source)
        if starts is not None:
            said = _("{ledger} (from {day} on)", ledger=_(label), day=day_of(pen, starts))
            (within if starts <= pen.facts.period.last else later).append(said)
        elif source not in pen.facts.begins:
            later.append(_(label))
    if later:
        pen.line(_("Not recorded yet at that time: {ledgers}.", ledgers=listed(later)))
    if within:
        pen.line(_("Recorded for a part of the month only: {ledgers}.", ledgers=listed(within)))


def _moves(pen: Pen) -> str:
    """By how much the share of people reached in time moved since the month before, and since a year before."""
    said = ""
    for back in (1, YEAR):
        points = points_moved(pen, back)
        if points is not None:
            facts = {
                "month": month_text(pen.facts.table.periods[-1 - back].first, year=False),
                "before": pen.told("in_time", back), "points": pen.plain(abs(points)),
            }  # fmt: skip
            said += _STEPS[back, (points > 0) - (points < 0)](facts)
    return said


_STEPS: dict[tuple[int, int], Callable[[Mapping[str, object]], str]] = {
    (1, 1): lambda facts: _(", {points} points more than in {month} ({before})", **facts),
    (1, 0): lambda facts: _(", as in {month} ({before})", **facts),
    (1, -1): lambda facts: _(", {points} points less than in {month} ({before})", **facts),
    (YEAR, 1): lambda facts: _(", {points} points more than a year before ({before})", **facts),
    (YEAR, 0): lambda facts: _(", as a year before ({before})", **facts),
    (YEAR, -1): lambda facts: _(", {points} points less than a year before ({before})", **facts),
}


# What was done


def _happened(pen: Pen) -> None:
    month = month_text(pen.facts.period.first, year=False)
    _visits(pen, month)
    _care(pen)
    _shifts(pen)
    _activities(pen)
    joined = many(pen.reading("joined"))
    if joined:
        pen.line(
            n_("{count} volunteer joined.", "{count} volunteers joined.", joined, written=pen.told("joined"))
        )


def _visits(pen: Pen, month: str) -> None:
    contacts, attempts = pen.reading("contacts"), pen.reading("attempts")
    if contacts is None:
        return
    if not many(contacts) and not many(attempts):
        pen.line(_("No visits are recorded of {month}.", month=month))
        return
    said = n_(
        "In {month}, people were met or spoken to {count} time.", "In {month}, people were met or spoken to {count} times.",
        many(contacts), written=pen.told("contacts"), month=month,
    )  # fmt: skip
    tried = many(attempts)
    more = n_(
        "{count} more try met nobody and is not counted.", "{count} more tries met nobody and are not counted.", tried,
        written=pen.told("attempts"),
    ) if tried else ""  # fmt: skip
    pen.line(said, more)


def _care(pen: Pen) -> None:
    in_time = pen.reading("in_time")
    if in_time is None or in_time.below is None:
        return
    said = n_(
        "On {day} {count} person was in care; reached in time: {part}.",
        "On {day} {count} people were in care; reached in time: {part}.",
        in_time.below[0], written=pen.told("in_care"), part=pen.part("in_time"), day=end_of(pen),
    )  # fmt: skip
    pen.line(said)


def _shifts(pen: Pen) -> None:
    filled = pen.reading("filled")
    if filled is None:
        if pen.facts.reading("filled") is not None:
            pen.line(_("There were no shifts of volunteers."))
    elif missing(filled):
        pen.line(
            _(
                "Shifts with enough people: {share} ({part} had enough, {rest} lacked people){aim}.", part=pen.part("filled"),
                rest=pen.rest("filled"), share=pen.told("filled"), aim=aim(pen, "filled"),
            )
        )  # fmt: skip
    else:
        pen.line(n_("The {count} shift had enough people.", "All {count} shifts had enough people.", many(filled),
                    written=pen.part("filled")))  # fmt: skip
    serving = many(pen.reading("serving"))
    if serving:
        pen.line(
            n_(
                "{count} volunteer served {hours} credited hours.", "{count} volunteers served {hours} credited hours.", serving,
                written=pen.told("serving"), hours=pen.told("hours"),
            )
        )  # fmt: skip


def _activities(pen: Pen) -> None:
    dates, came = pen.reading("dates"), pen.reading("participants")
    said = ""
    if many(dates):
        said = n_("{count} class or activity was held.", "{count} classes and activities were held.",
                  many(dates), written=pen.told("dates"))  # fmt: skip
    if came is None or not came.above[1] or (not came.exact and not came.told and not said):
        pen.line(said or (_("No activities took place.") if dates is not None else ""))
        return
    first = pen.reading("first")
    more = _(
        "Residents who took part: {people}, {times} times in all; for the first time: {first}.",
        people=pen.told("participants"), times=pen.told("attendances"), first=pen.told("first"),
    ) if first is not None else ""  # fmt: skip
    pen.line(said, more)


# What became better, and what did not


Change = Callable[..., str]

_CHANGES: dict[str, Change] = {
    "in_time": lambda **facts: _("Reached in time: {now} of the people in care; in {month} it was {before}.", **facts),
    "unseen": lambda **facts: _("Last seen: {now} days ago on average; in {month} it was {before}.", **facts),
    "held": lambda **facts: _("Areas with somebody responsible: {now}; in {month} it was {before}.", **facts),
    "filled": lambda **facts: _("Shifts with enough people: {now}; in {month} it was {before}.", **facts),
    "lead": lambda **facts: _("Shifts had enough people {now} days ahead; in {month} it was {before}.", **facts),
    "serving": lambda **facts: _("Volunteers who served: {now}; in {month} it was {before}.", **facts),
    "joined": lambda **facts: _("New volunteers: {now}; in {month} it was {before}.", **facts),
    "participants": lambda **facts: _("Took part in activities: {now} people; in {month} it was {before}.", **facts),
    "attendances": lambda **facts: _("Times somebody came: {now}; in {month} it was {before}.", **facts),
    "concentration": lambda **facts: _(
        "The busiest tenth of the volunteers did {now} of the hours; in {month} it was {before}.", **facts
    ),
}  # fmt: skip
"""How one says that a figure moved."""


def _change(pen: Pen, code: str) -> str:
    return _CHANGES[code](
        now=pen.told(code), before=pen.told(code, 1), month=month_text(pen.facts.period.back().first, year=False)
    )  # fmt: skip


def _better(pen: Pen) -> None:
    facts, month = pen.facts, month_text(pen.facts.period.back().first, year=False)
    better = [
        code for code in _CHANGES if moved(pen, code) > 0 and not (code == "concentration" and _borne(pen))
    ]
    better = better[:MOST_BETTER]
    for code in better:
        pen.line(_change(pen, code))
    torn = torn_parts(pen)
    parts = [part for part in parts_moved(pen, better=True) if part not in torn]
    for part in parts[:MOST_PARTS]:
        pen.line(
            _("{area}: {now} reached in time; in {month} it was {before}.", area=part.name, now=pen.told("in_time", 0, part),
              before=pen.told("in_time", 1, part), month=month)
        )  # fmt: skip
    if not better and not parts:
        pen.line(
            _("Nothing became clearly better than in {month}.", month=month) if facts.known(1) else
            _("There is no month before to compare with.")
        )  # fmt: skip


# Where it tore


def _tore(pen: Pen) -> None:
    facts = pen.facts
    late = many(pen.reading("late"))
    if late:
        _late(pen, late)
    for part in torn_parts(pen):
        _torn(pen, part)
    if facts.still is not None and facts.still.longest:
        _longest(pen, facts.still.longest)
    tried = many(pen.reading("tried"))
    if tried:
        pen.line(n_("Until {day} {count} person was looked for and not met since they were last seen.",
                    "Until {day} {count} people were looked for and not met since they were last seen.", tried,
                    written=pen.told("tried"), day=end_of(pen)))  # fmt: skip
    _short(pen)
    _empty(pen)
    _few(pen)
    for code in ("serving", "participants"):
        if moved(pen, code) < 0:
            pen.line(_change(pen, code))
    if facts.urgent:
        pen.line(
            n_("On {day} {count} person in care was not met in several tries in a row, and it is not known yet whether all is well (urgent).",
               "On {day} {count} people in care were not met in several tries in a row, and it is not known yet whether all is well (urgent).",
               facts.urgent, day=day_of(pen, facts.table.day), written=pen.number(number_text(facts.urgent), page="visits", params={"area": str(facts.here.id), "urgent": "yes"}))
        )  # fmt: skip
    if not pen.lines["tore"]:
        pen.line(_("No hole was found this month."))


def _late(pen: Pen, late: int) -> None:
    facts, before = pen.facts, ""
    if pen.reading("late", 1) is not None and facts.known(1):
        before = _(" ({month}: {before})", before=pen.told("late", 1),
                   month=month_text(facts.period.back().first, year=False))  # fmt: skip
    said = n_(
        "On {day} {count} person in care was not reached in time{before}.",
        "On {day} {count} people in care were not reached in time{before}.",
        late, written=pen.told("late"), day=end_of(pen), before=before,
    )  # fmt: skip
    since = ""
    if facts.still is not None:
        day = day_of(pen, facts.table.day)
        since = n_(
            "{count} of them had still not been met by {day}.", "{count} of them had still not been met by {day}.",
            facts.still.people, written=pen.plain(facts.still.people), day=day,
        ) if facts.still.people else _("By {day} all of them had been met.", day=day)  # fmt: skip
    pen.line(said, since)


def _longest(pen: Pen, them: Sequence[Waiting]) -> None:
    """Who waits longest, each with the way to their record."""

    def told(one: Waiting) -> str:
        days = pen.number(number_text(one.days), page="residents", params={"id": str(one.id)})
        if one.area:
            return _("{name} ({area}, {days} days)", name=one.name, area=one.area, days=days)
        return _("{name} ({days} days)", name=one.name, days=days)

    day = day_of(pen, pen.facts.table.day)
    pen.line(
        _(
            "Unseen for longest of those still not met by {day}: {people}.",
            day=day,
            people=listed(map(told, them)),
        )
    )


def _torn(pen: Pen, part: Place) -> None:
    late, before = pen.reading("in_time", 0, part), pen.reading("in_time", 1, part)
    facts = {"area": part.name, "late": pen.rest("in_time", 0, part), "people": pen.told("in_care", 0, part)}
    if before is None:
        pen.line(_("{area}: {late} of {people} were not reached in time.", **facts))
        return
    facts["month"] = month_text(pen.facts.period.back().first, year=False)
    if missing(late) == missing(before):
        pen.line(_("{area}: {late} of {people} were not reached in time, as many as in {month}.", **facts))
        return
    facts["before"] = pen.rest("in_time", 1, part)
    pen.line(_("{area}: {late} of {people} were not reached in time; in {month} it was {before}.", **facts))


def _short(pen: Pen) -> None:
    lacking = missing(pen.reading("filled"))
    if not lacking:
        return
    whats = listed(
        _(
            "{what} ({count})",
            what=own(title),
            count=pen.leads(number_text(count), "filled", title, rest=True),
        )
        for title, count in pen.facts.short[:MOST_PARTS]
    )
    pen.line(
        n_("{count} shift lacked people: {whats}.", "{count} shifts lacked people: {whats}.", lacking,
           written=pen.rest("filled"), whats=_more(whats, len(pen.facts.short), MOST_PARTS))
    )  # fmt: skip


def _empty(pen: Pen) -> None:
    """Where nobody was responsible: by part, as a building says nothing to who does not know where it is."""
    empty = missing(pen.reading("held"))
    if not empty:
        return
    of = {one.id: one for one in pen.facts.table.parts}
    counted = Counter(one.part for one in pen.facts.empty if one.part)
    parts = sorted(counted, key=lambda part: (-counted[part], part))
    themselves = {one.id for one in pen.facts.empty}
    said = [one.name for one in pen.facts.empty if not one.part][:MOST_NAMED]
    said += [_of_part(pen, of[one], one in themselves) for one in parts[: MOST_NAMED - len(said)]]
    rest = len(counted) + sum(not one.part for one in pen.facts.empty)
    areas = _more(listed(said), rest, MOST_NAMED)
    pen.line(
        n_("On {day} {count} area had nobody responsible: {areas}.", "On {day} {count} areas had nobody responsible: {areas}.",
           empty, written=pen.rest("held"), areas=areas, day=end_of(pen))
    )  # fmt: skip


def _of_part(pen: Pen, part: Place, itself: bool) -> str:
    count = pen.rest("held", 0, part)
    if itself:
        return _("{area} {count} (itself among them)", area=part.name, count=count)
    return _("{area} {count}", area=part.name, count=count)


def _more(said: str, count: int, most: int) -> str:
    return said if count <= most else _("{names} and others", names=said)


def _few(pen: Pen) -> None:
    share = pen.reading("concentration")
    if share is not None and _borne(pen):
        pen.line(_("The busiest tenth of the volunteers did {share} of the hours: too much depends on few.",
                   share=pen.told("concentration")))  # fmt: skip


def _borne(pen: Pen) -> bool:
    share = pen.reading("concentration")
    value = share.value(FIGURES["concentration"]) if share is not None else None
    return value is not None and value >= MUCH and many(pen.reading("serving")) >= LEAST


# What is asked for


def _asked(pen: Pen) -> None:
    """What the holes above ask for. They are not listed again, and nobody is asked for who was met since."""
    facts = pen.facts
    torn = [part for part in torn_parts(pen) if not reached_target(pen, part)]
    if torn or (many(pen.reading("late")) and not reached_target(pen)):
        _help(pen)
    empty = sum(not one.since for one in facts.empty)
    if empty:
        pen.line(
            n_("Please name somebody responsible where there still is nobody ({count} area).",
               "Please name somebody responsible where there still is nobody ({count} areas).", empty, written=pen.plain(empty))
        )  # fmt: skip
    if facts.short:
        pen.line(_("Please help to find more volunteers for the work that lacked people."))
    if _borne(pen):
        pen.line(_("Please help to win new regular volunteers."))
    if not pen.lines["asked"]:
        pen.line(_("Nothing is asked for this month."))


def _help(pen: Pen) -> None:
    still = pen.facts.still
    if still is None:
        pen.line(_("Please lend a hand so that whoever was not reached in time is seen soon."))
    elif still.people:
        parts = sorted(pen.facts.table.parts, key=lambda part: -still.parts.get(part.id, 0))
        named = [
            _("{count} in {area}", area=part.name, count=pen.plain(still.parts[part.id]))
            for part in parts
            if still.parts.get(part.id)
        ]
        where = _more(listed(named[:MOST_PARTS]), len(named), MOST_PARTS)
        facts = {"day": day_of(pen, pen.facts.table.day)}
        pen.line(
            n_("Please lend a hand so that the {count} person not met by {day} is seen soon{where}.",
               "Please lend a hand so that the {count} people not met by {day} are seen soon{where}.", still.people,
               written=pen.plain(still.people), where=_(" ({parts})", parts=where) if where else "", **facts)
        )  # fmt: skip


_PARTS: dict[str, Callable[[Pen], None]] = {
    "opening": _opening, "happened": _happened, "better": _better, "tore": _tore, "asked": _asked,
}  # fmt: skip
