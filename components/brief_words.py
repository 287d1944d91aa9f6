"""What a brief says: from facts to sentences, each with its numbers, as a good community worker would write them.

A sentence says one thing that happened. What is not known is left out, what is nothing is said plainly, an area that
tore is named, and a person never in full.
"""

from collections.abc import Callable, Sequence

from components.brief_pen import Pen, many, missing, reading_text
from components.i18n import _, day_text, listed, month_text, n_, number_text, own, speaking
from components.words import register_sentences
from db.insight.brief_facts import YEAR, Facts
from db.insight.briefs import SECTIONS, Written, speak
from db.insight.charts import Place
from db.insight.figures import FIGURES
from db.words import N_

register_sentences(
    {
        "brief.sent": N_("This brief was sent, and stays as it was sent. Write a new version if something is to change."),
        "brief.long": N_("A part of the brief has at most {most} characters. Shorten it; what you typed is still here."),
        "brief.title": N_("Give the brief a title of at most {most} characters."),
        "brief.changed": N_("{name} changed this brief meanwhile. Below are both; what you typed is still here."),
    }
)  # fmt: skip

HEADINGS: dict[str, str] = {
    "happened": N_("What was done this month"), "better": N_("What became better"), "tore": N_("Where the net tore"),
    "asked": N_("What we ask for"),
}  # fmt: skip

MOST_BETTER = 5
MOST_PARTS = 3
MOST_NAMED = 5
POINTS = 0.03
"""An area is named when its share moved by so much."""
LEAST = 10
"""Of areas with fewer people in care a share says little."""
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
        return Written(title, {name: "\n".join(pen.lines[name]) for name in SECTIONS}, tuple(pen.numbers))


speak(write)

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
        "{count} more try met nobody and does not count.", "{count} more tries met nobody and do not count.", tried,
        written=pen.told("attempts"),
    ) if tried else ""  # fmt: skip
    pen.line(said, more)


def _care(pen: Pen) -> None:
    in_time, target = pen.reading("in_time"), pen.facts.targets["in_time"]
    if in_time is None or in_time.below is None:
        return
    said = n_(
        "At the end of the month {count} person was in care; reached in time: {part}, that is {share}{aim}.",
        "At the end of the month {count} people were in care; reached in time: {part}, that is {share}{aim}.",
        in_time.below[0], written=pen.told("in_care"), part=pen.part("in_time"), share=pen.told("in_time"),
        aim=_(" (target {target}%)", target=target) if target else "",
    )  # fmt: skip
    pen.line(said)


def _shifts(pen: Pen) -> None:
    filled = pen.reading("filled")
    if filled is None:
        if pen.facts.reading("filled") is not None:
            pen.line(_("There were no shifts of volunteers."))
    elif missing(filled):
        pen.line(
            n_(
                "{count} shift had enough people and {rest} did not (enough: {share}).",
                "{count} shifts had enough people and {rest} did not (enough: {share}).",
                many(filled), written=pen.part("filled"), rest=pen.rest("filled"), share=pen.told("filled"),
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
        said = n_("{count} date of classes and activities took place.", "{count} dates of classes and activities took place.",
                  many(dates), written=pen.told("dates"))  # fmt: skip
    if came is None or not came.above[1] or (not came.exact and not came.told and not said):
        pen.line(said or (_("No activities took place.") if dates is not None else ""))
        return
    first = pen.reading("first")
    more = _(
        "Of the people who live here {people} came, {times} times in all; for the first time: {first}.",
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
    "first": lambda **facts: _("At an activity for the first time: {now}; in {month} it was {before}.", **facts),
    "concentration": lambda **facts: _(
        "The busiest tenth of the volunteers bore {now} of the hours; in {month} it was {before}.", **facts
    ),
}  # fmt: skip
"""How one says that a figure moved."""


def _moved(pen: Pen, code: str, area: Place | None = None) -> int:
    """1 when a figure is clearly better than in the month before, -1 when it is clearly worse."""
    figure, now, before = FIGURES[code], pen.reading(code, 0, area), pen.reading(code, 1, area)
    if now is None or before is None:
        return 0
    one, other = now.value(figure), before.value(figure)
    texts = [reading_text(figure, reading) for reading in (now, before)]
    if one is None or other is None or texts[0] == texts[1]:
        return 0
    if not now.exact and now.above[0] <= before.above[1] and before.above[0] <= now.above[1]:
        return 0
    clearly = 0.01 if figure.kind == "share" else max(abs(other) * 0.1, 0.5)
    if abs(one - other) < clearly:
        return 0
    return 1 if (one > other) == (figure.better == "high") else -1


def _change(pen: Pen, code: str) -> str:
    return _CHANGES[code](
        now=pen.told(code), before=pen.told(code, 1), month=month_text(pen.facts.period.back().first, year=False)
    )  # fmt: skip


def _better(pen: Pen) -> None:
    facts = pen.facts
    if not facts.known(1):
        pen.line(_("There is no month before to compare with."))
        return
    better = [
        code for code in _CHANGES if _moved(pen, code) > 0 and not (code == "concentration" and _borne(pen))
    ]
    better = better[:MOST_BETTER]
    for code in better:
        more = ""
        said = _change(pen, code)
        if code == "in_time":
            more = _target(pen) + _year(pen)
        pen.line(said, more)
    parts = _parts_moved(pen, better=True)
    for part in parts[:MOST_PARTS]:
        pen.line(
            _("{area}: {now} reached in time; in {month} it was {before}.", area=part.name, now=pen.told("in_time", 0, part),
              before=pen.told("in_time", 1, part), month=month_text(facts.period.back().first, year=False))
        )  # fmt: skip
    if not better and not parts:
        pen.line(
            _(
                "Nothing became clearly better than in {month}.",
                month=month_text(facts.period.back().first, year=False),
            )
        )


def _reached_target(pen: Pen, part: Place | None = None) -> bool:
    now = pen.reading("in_time", 0, part)
    return (
        now is None or now.below is None or now.above[0] * 100 >= pen.facts.targets["in_time"] * now.below[0]
    )


def _target(pen: Pen) -> str:
    if not pen.facts.targets["in_time"] or not _reached_target(pen):
        return ""
    return _("The target of {target}% is met.", target=pen.facts.targets["in_time"])


def _year(pen: Pen) -> str:
    if pen.reading("in_time", YEAR) is None:
        return ""
    return _("A year ago it was {share}.", share=pen.told("in_time", YEAR))


def _parts_moved(pen: Pen, *, better: bool) -> list[Place]:
    """The parts whose share of people reached in time moved by more than a little, the largest step first."""
    found = []
    for part in pen.facts.table.parts:
        now, before = pen.reading("in_time", 0, part), pen.reading("in_time", 1, part)
        if now is None or before is None or now.below is None or now.below[0] < LEAST:
            continue
        one, other = now.value(FIGURES["in_time"]) or 0, before.value(FIGURES["in_time"]) or 0
        step = one - other if better else other - one
        if step >= POINTS:
            found.append((-step, part.id, part))
    return [part for _step, _id, part in sorted(found, key=lambda each: each[:2])]


def _torn_parts(pen: Pen) -> list[Place]:
    """The parts that tore: worse than the month before, or below the target with several who wait; most who wait first."""
    worse = {part.id for part in _parts_moved(pen, better=False)}
    found = []
    for part in pen.facts.table.parts:
        late = missing(pen.reading("in_time", 0, part))
        if late and (part.id in worse or (late >= MOST_NAMED and not _reached_target(pen, part))):
            found.append((-late, part.id, part))
    return [part for _late, _id, part in sorted(found, key=lambda each: each[:2])][:MOST_PARTS]


# Where it tore


def _tore(pen: Pen) -> None:
    facts = pen.facts
    late = many(pen.reading("late"))
    if late:
        _late(pen, late)
    for part in _torn_parts(pen):
        _torn(pen, part)
    if facts.waiting:
        pen.line(
            _("Unseen for longest: {people}.", people=listed(
                _("{name} ({area}, {days} days)", name=one.name, area=one.area, days=pen.leads(number_text(one.days), "late"))
                if one.area else
                _("{name} ({days} days)", name=one.name, days=pen.leads(number_text(one.days), "late"))
                for one in facts.waiting
            ))
        )  # fmt: skip
    tried = many(pen.reading("tried"))
    if tried:
        pen.line(n_("{count} person was looked for and not met since they were last seen.",
                    "{count} people were looked for and not met since they were last seen.", tried, written=pen.told("tried")))  # fmt: skip
    _short(pen)
    _empty(pen)
    _few(pen)
    for code in ("serving", "participants", "first"):
        if _moved(pen, code) < 0:
            pen.line(_change(pen, code))
    if facts.urgent:
        pen.line(
            n_("{count} urgent item is still open on {day}.", "{count} urgent items are still open on {day}.", facts.urgent,
               day=day_text(facts.table.day), written=pen.number(number_text(facts.urgent), page="visits", params={"area": str(facts.here.id), "urgent": "yes"}))
        )  # fmt: skip
    if not pen.lines["tore"]:
        pen.line(_("No hole was found this month."))


def _late(pen: Pen, late: int) -> None:
    before = pen.reading("late", 1) if pen.facts.known(1) else None
    said = n_(
        "{count} person in care was not reached in time.", "{count} people in care were not reached in time.", late,
        written=pen.told("late"),
    )  # fmt: skip
    more = ""
    if before is not None:
        more = _(
            "In {month} it was {before}.",
            before=pen.told("late", 1),
            month=month_text(pen.facts.period.back().first, year=False),
        )
    pen.line(said, more)


def _torn(pen: Pen, part: Place) -> None:
    now, before = pen.rest("in_time", 0, part), pen.reading("in_time", 1, part)
    facts = {"area": part.name, "late": now, "people": pen.told("in_care", 0, part)}
    if before is None:
        pen.line(_("{area}: {late} of {people} were not reached in time.", **facts))
        return
    earlier = {
        "before": pen.rest("in_time", 1, part),
        "month": month_text(pen.facts.period.back().first, year=False),
    }
    pen.line(
        _(
            "{area}: {late} of {people} were not reached in time; in {month} it was {before}.",
            **facts,
            **earlier,
        )
    )


def _short(pen: Pen) -> None:
    lacking = missing(pen.reading("filled"))
    if not lacking:
        return
    whats = listed(
        _("{what} ({count})", what=own(title), count=pen.leads(number_text(count), "filled", rest=True))
        for title, count in pen.facts.short[:MOST_PARTS]
    )
    pen.line(
        n_("{count} shift lacked people: {whats}.", "{count} shifts lacked people: {whats}.", lacking,
           written=pen.rest("filled"), whats=_more(whats, len(pen.facts.short), MOST_PARTS))
    )  # fmt: skip


def _empty(pen: Pen) -> None:
    empty = missing(pen.reading("held"))
    if empty:
        pen.line(
            n_("{count} area had nobody responsible at the end of the month: {areas}.",
               "{count} areas had nobody responsible at the end of the month: {areas}.", empty, written=pen.rest("held"),
               areas=_areas([one.name for one in pen.facts.empty]))
        )  # fmt: skip


def _areas(names: Sequence[str]) -> str:
    """The first of them, and that there are more."""
    return _more(listed(names[:MOST_NAMED]), len(names), MOST_NAMED)


def _more(said: str, count: int, most: int) -> str:
    return said if count <= most else _("{names} and others", names=said)


def _few(pen: Pen) -> None:
    share = pen.reading("concentration")
    if share is not None and _borne(pen):
        pen.line(_("The busiest tenth of the volunteers bore {share} of the hours: too much depends on few.",
                   share=pen.told("concentration")))  # fmt: skip


def _borne(pen: Pen) -> bool:
    share = pen.reading("concentration")
    value = share.value(FIGURES["concentration"]) if share is not None else None
    return value is not None and value >= MUCH and many(pen.reading("serving")) >= LEAST


# What is asked for


def _asked(pen: Pen) -> None:
    facts = pen.facts
    torn = [part for part in _torn_parts(pen) if not _reached_target(pen, part)]
    for part in torn:
        late = missing(pen.reading("in_time", 0, part))
        pen.line(
            n_("{area}: please lend a hand until the {count} person who waits has been seen.",
               "{area}: please lend a hand until the {count} people who wait have been seen.", late,
               written=pen.rest("in_time", 0, part), area=part.name)
        )  # fmt: skip
    late = many(pen.reading("late"))
    if not torn and late and not _reached_target(pen):
        pen.line(n_("Please lend a hand until the {count} person who waits has been seen.",
                    "Please lend a hand until the {count} people who wait have been seen.", late, written=pen.told("late")))  # fmt: skip
    empty = [one.name for one in facts.empty if not one.since]
    if empty:
        pen.line(_("Please name somebody responsible for {areas}.", areas=_areas(empty)))
    if facts.short:
        whats = listed(own(title) for title, _count in facts.short[:MOST_PARTS])
        pen.line(_("Please help to find more volunteers for: {whats}.", whats=whats))
    if _borne(pen):
        pen.line(_("Please help to win new regular volunteers."))
    if not pen.lines["asked"]:
        pen.line(_("Nothing is asked for this month."))


_PARTS: dict[str, Callable[[Pen], None]] = {
    "happened": _happened, "better": _better, "tore": _tore, "asked": _asked,
}  # fmt: skip
