"""What opened due contacts over the year: a heat wave, a cold spell, the Spring Festival, and what happened to people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from db import clock
from db.care.calls import BIRTHDAY, WITHIN_DAYS
from db.care.tables import Call, LifeEvent, Occasion
from db.care.whom import fits
from db.people import ages, bulk
from db.register import Values
from db.sample import said, seasons
from db.sample.cared import YEAR, Cared
from db.sample.community import Person, Settled
from db.sample.places import Community
from db.work import Work

EVENTS: Final = (("discharge", 14), ("fall", 9), ("carer_away", 5))
OPEN_EVENTS: Final = ("discharge", "fall")


@dataclass
class Plan:
    """What was asked for beside the rules: on which days somebody is seen because of it, and the calls to write."""

    forced: dict[int, list[date]] = field(default_factory=dict)  # resident → days of a contact
    unseen_from: dict[int, date] = field(default_factory=dict)  # resident → day from which nobody met them
    calls: list[Values] = field(default_factory=list)
    events: list[Values] = field(default_factory=list)
    guests: dict[int, Person] = field(default_factory=dict)  # visited for a birthday, not in care

    def see(self, resident_id: int, day: date) -> None:
        self.forced.setdefault(resident_id, []).append(day)


def plan(
    work: Work, where: Community, settled: Settled, found: Sequence[Cared], own_grid: int, raised_by: str, random: Random
) -> Plan:  # fmt: skip
    """Write the occasions and choose what happened to whom."""
    made = Plan()
    _occasions(work, where, found, raised_by, made, random)
    _events(found, settled, own_grid, made, random)
    return made


def _occasions(
    work: Work, where: Community, found: Sequence[Cared], raised_by: str, made: Plan, random: Random
) -> None:
    today = clock.today()
    rows: list[Values] = []
    for kind, name, (since, until), due_days, whom in (
        ("heat", "高温橙色预警", seasons.last_heat(today), 1, {"living": ["alone", "empty_nest"], "age_from": 75}),
        ("cold", "寒潮蓝色预警", seasons.last_cold(today), 2, {"living": ["alone"], "age_from": 70}),
        ("festival", "春节走访慰问", seasons.last_festival(today), 5,
         {"match": "any", "groups": ["allowance", "lost_child", "child"], "colours": ["yellow"]}),
    ):  # fmt: skip
        begun = datetime.combine(since, time(7, 40), clock.PLACE)
        rows.append(
            {
                "match": "all", "groups": [], "living": [], "colours": [], "age_from": None, "age_to": None, "kind": kind,
                "name": name, "area_id": where.id, "area_path": where.area_path, "since": since, "until": until,
                "due_days": due_days, "raised_by": raised_by, "made_at": begun, "changed_at": begun, **whom,
            }
        )  # fmt: skip
    ids = bulk.insert_records(work, Occasion, rows)
    for occasion_id, row in zip(ids, rows, strict=True):
        asked, since, until = Occasion(**row), row["since"], row["until"]
        due_on = min(until, since + timedelta(days=row["due_days"]))
        for one in found:
            if since < one.spells[0].since or (one.left is not None and one.left <= until):
                continue
            if not fits(asked, one.looks):
                continue
            made.calls.append(
                {"resident_id": one.id, "occasion_id": occasion_id, "cause": row["kind"], "opened_on": since,
                 "due_on": due_on, "over": until}
            )  # fmt: skip
            chance = random.random()
            if chance < 0.97:
                late = 0 if chance < 0.9 else random.randint(1, 2)
                day = since + timedelta(days=random.randint(0, row["due_days"]) + late)
                made.see(one.id, min(day, until))


def _events(found: Sequence[Cared], settled: Settled, own_grid: int, made: Plan, random: Random) -> None:
    today = clock.today()
    able = [one for one in found if one.left is None and one.colour in ("red", "yellow")]
    chosen = random.sample(able, sum(count for _kind, count in EVENTS))
    for kind, count in EVENTS:
        for _ in range(count):
            one = chosen.pop()
            since = max(today - timedelta(days=YEAR - 10), one.spells[0].since)
            day = since + timedelta(days=random.randrange(max(1, (today - since).days - 4)))
            _happened(made, one.person, kind, day, random)
    _bereaved(found, settled, made, random)
    _birthdays(found, settled, made, random, today)
    yesterday = today - timedelta(days=1)
    alone = [
        one
        for one in able
        if one.grid == own_grid
        and one.looks.living == "alone"
        and max(made.forced.get(one.id, ()), default=date.min) < yesterday - timedelta(days=3)
    ]
    for kind, one in zip(OPEN_EVENTS, random.sample(alone, len(OPEN_EVENTS)), strict=True):
        _note(made, one.person, kind, yesterday, random)
        made.unseen_from[one.id] = yesterday


def _note(made: Plan, person: Person, kind: str, day: date, random: Random) -> None:
    at = datetime.combine(day, time(9, random.randrange(60)), clock.PLACE)
    made.calls.append(
        {"resident_id": person.id, "event": len(made.events), "cause": kind, "opened_on": day,
         "due_on": day + timedelta(days=WITHIN_DAYS[kind])}
    )  # fmt: skip
    made.events.append(
        {"resident_id": person.id, "kind": kind, "on": day, "note": random.choice(said.EVENTS[kind]),
         "area_path": person.values["area_path"], "made_at": at, "changed_at": at}
    )  # fmt: skip


def _happened(made: Plan, person: Person, kind: str, day: date, random: Random) -> None:
    _note(made, person, kind, day, random)
    chance = random.random()
    made.see(
        person.id,
        day + timedelta(days=0 if chance < 0.35 or kind == "birthday" else 1 if chance < 0.9 else 3),
    )


def _bereaved(found: Sequence[Cared], settled: Settled, made: Plan, random: Random) -> None:
    """Whoever lost somebody of the same home within the year."""
    today = clock.today()
    lost = {
        one.values["household_id"]: one.values["status_on"]
        for one in settled.people
        if one.values["status"] == "died" and today - timedelta(days=YEAR - 5) < one.values["status_on"] < today - timedelta(days=6)
    }  # fmt: skip
    for one in found:
        day = lost.get(one.person.values["household_id"])
        if day is not None and one.left is None and day >= one.spells[0].since:
            _happened(made, one.person, "bereavement", day, random)


def _birthdays(found: Sequence[Cared], settled: Settled, made: Plan, random: Random, today: date) -> None:
    """Everybody who turned 80 within the year was visited on the day."""
    begun = {one.id: one.spells[0].since if one.left is None else today for one in found}
    before = today - timedelta(days=YEAR - 5)
    for person in settled.people:
        born = person.values["born"]
        if person.values["status"] != "resident" or not (
            ages.born_by(BIRTHDAY, before) < born <= ages.born_by(BIRTHDAY, today - timedelta(days=1))
        ):
            continue
        day = date(born.year + BIRTHDAY, born.month, 28 if (born.month, born.day) == (2, 29) else born.day)
        if person.id not in begun:
            made.guests[person.id] = person
        if begun.get(person.id, day) <= day:
            _happened(made, person, "birthday", day, random)


def write(work: Work, made: Plan, first_seen: Callable[[int, date], date | None]) -> None:
    """Write the events and the calls; `first_seen` says when somebody was first met from a day on."""
    event_ids = bulk.insert_records(work, LifeEvent, made.events)
    rows: list[dict[str, Any]] = []
    for call in made.calls:
        event, over = call.pop("event", None), call.pop("over", None)
        seen = first_seen(call["resident_id"], call["opened_on"])
        ended, why = seen, ""
        if over is not None and (seen is None or seen > over):
            ended, why = over + timedelta(days=1), "over"
        rows.append({**call, "event_id": event_ids[event] if event is not None else None,
                     "ended_on": ended, "ended_why": why})  # fmt: skip
    bulk.insert_records(work, Call, rows)
