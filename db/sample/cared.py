"""Who of the sample community was in care over the last year: under which rule, in which home, from when to when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import select

from db import clock
from db.care import rules as visit_rules
from db.care import whom
from db.care.due import Asked, asked_of
from db.care.rules import Rule
from db.care.tables import CarePeriod, Rhythm
from db.people import ages, bulk
from db.people.ages import born_by
from db.register import Values
from db.sample import said
from db.sample.community import Person, Settled
from db.sample.people import CARING
from db.sample.places import Building, Community
from db.territory.posts import Post
from db.work import Work

YEAR: Final = 365
NEW_IN_CARE: Final = 0.25
"""Of those who joined a group within the year, how many were not cared for before."""
LEFT_CARE: Final = 7
MOVED: Final = 6
MILDER: Final = 22

_P = Post.__table__.c  # type: ignore[attr-defined]

Recoloured = Mapping[int, tuple[date, str]]


@dataclass
class Spell:
    """From `since` to before `until` somebody was to be seen so often, and lived there."""

    since: date
    until: date | None
    asked: Asked
    area_path: str
    place: str
    address: str

    def row(self, cared: "Cared") -> Values:
        asked = self.asked
        return {
            "resident_id": cared.id, "area_path": self.area_path, "since": self.since, "until": self.until,
            "ended_on": self.until, "care_since": cared.care_since, "every_days": asked.every_days,
            "kinds": ",".join(asked.kinds), "rule_id": asked.rule.id if asked.rule else None,
            "rhythm_id": asked.rhythm.id if asked.rhythm is not None else None,
        }  # fmt: skip


@dataclass
class Cared:
    """One person who is in care, or was within the year."""

    person: Person
    looks: whom.Person
    grid: int
    care_since: date
    spells: list[Spell] = field(default_factory=list)
    left: date | None = None

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def colour(self) -> str:
        return self.looks.colour

    def on(self, day: date) -> Spell:
        """The spell that holds on a day; the first for days before it."""
        return next((one for one in reversed(self.spells) if one.since <= day), self.spells[0])

    def split(self, day: date, before: Asked) -> None:
        """Say that until `day` another rhythm held."""
        last = self.spells[-1]
        self.spells[-1:] = [replace(last, until=day, asked=before), replace(last, since=day)]


def find(
    work: Work, where: Community, settled: Settled, recoloured: Recoloured, random: Random
) -> list[Cared]:
    """Everybody who is in care or was within the year, in the order of their ids."""
    today = clock.today()
    first, rules = today - timedelta(days=YEAR), visit_rules.in_force(work.session, today)
    now = {one.id: one for one in whom.people_in_care(work.session, today)}
    found = []
    for person in settled.people:
        looks = now.get(person.id)
        if looks is not None:
            since = _care_since(person, first, today, random)
            found.append(_cared(person, looks, where, rules, max(first, since), None, since))
        elif _was_in_care(person, first):
            left = person.values["status_on"]
            found.append(_cared(person, _former(person), where, rules, first, left, first - _years(random)))
    _recolour(found, recoloured, rules)
    _milder(found, rules, random, today)
    _move(found, where, random, today)
    found += _left(settled, now, where, rules, random, today)
    return sorted(found, key=lambda one: one.id)


def _cared(
    person: Person, looks: whom.Person, where: Community, rules: Sequence[Rule], since: date, until: date | None,
    care_since: date,
) -> Cared:  # fmt: skip
    asked = asked_of(rules, looks, ())
    if asked is None:
        raise RuntimeError("a sample rule concerns everybody in care")
    values = person.values
    spell = Spell(since, until, asked, values["area_path"], values["place"], values["address"])
    return Cared(person, looks, where.buildings[person.building].grid, care_since, [spell], until)


def _years(random: Random) -> timedelta:
    return timedelta(days=30 + random.randrange(1400))


def _care_since(person: Person, first: date, today: date, random: Random) -> date:
    """When care began: with the first group that asks for it, or at the age of 80."""
    since = min((day for code, day in person.groups if code in CARING), default=None)
    if since is None:
        born = person.values["born"]
        since = date(born.year + 80, born.month, min(born.day, 28))
    new = random.random() < NEW_IN_CARE
    before = first - _years(random)
    return min(since, today - timedelta(days=12)) if new or since < first else before


def _was_in_care(person: Person, first: date) -> bool:
    left = person.values.get("status_on")
    return (
        left is not None
        and left > first
        and (person.values["status"] == "died" or any(code in CARING for code, _since in person.groups))
    )


def _former(person: Person) -> whom.Person:
    values = person.values
    codes = frozenset(code for code, _since in person.groups)
    age = ages.age_on(values["born"], values.get("status_on") or clock.today())
    return whom.Person(person.id, values["area_path"], values["place"], values["living"], "", age, codes)


def _left(
    settled: Settled, now: Mapping[int, Any], where: Community, rules: Sequence[Rule], random: Random, today: date
) -> list[Cared]:  # fmt: skip
    """A few who needed nobody any more: back on their feet, or with their children now."""
    well = [
        one
        for one in settled.people
        if one.id not in now and one.values["status"] == "resident" and one.values["born"] <= born_by(72, today)
    ]  # fmt: skip
    first, found = today - timedelta(days=YEAR), []
    for person in random.sample(well, min(LEFT_CARE, len(well))):
        left = today - timedelta(days=25 + random.randrange(280))
        found.append(_cared(person, _former(person), where, rules, first, left, first - _years(random)))
    return found


def _recolour(found: Sequence[Cared], recoloured: Recoloured, rules: Sequence[Rule]) -> None:
    for one in found:
        day, colour = recoloured.get(one.id, (None, ""))
        if day is not None and day > one.spells[-1].since:
            _was(one, day, replace(one.looks, colour=colour), rules)


def _was(one: Cared, day: date, looks: whom.Person, rules: Sequence[Rule]) -> None:
    before, after = asked_of(rules, looks, ()), one.spells[-1].asked
    if before is not None and (before.every_days, before.rule) != (after.every_days, after.rule):
        one.split(day, before)


def _milder(found: Sequence[Cared], rules: Sequence[Rule], random: Random, today: date) -> None:
    """Some were better off when the year began: not yet alone, not yet ill."""
    able = [one for one in found if len(one.spells) == 1 and one.left is None and one.colour == "red"]
    for one in random.sample(able, min(MILDER, len(able))):
        day = today - timedelta(days=30 + random.randrange(300))
        if day > one.spells[0].since:
            _was(one, day, replace(one.looks, colour="blue", living="family", groups=frozenset()), rules)


def _move(found: Sequence[Cared], where: Community, random: Random, today: date) -> None:
    """A few moved within the community."""
    able = [one for one in found if len(one.spells) == 1 and one.left is None]
    for one in random.sample(able, min(MOVED, len(able))):
        day, old = today - timedelta(days=40 + random.randrange(250)), random.choice(where.buildings)
        spell = one.spells[0]
        if day > spell.since and old.area_path != spell.area_path:
            before = replace(
                spell,
                until=day,
                area_path=old.area_path,
                place=old.area_path,
                address=_home_in(old, random),
            )
            one.spells = [before, replace(spell, since=day)]


def _home_in(building: Building, random: Random) -> str:
    return f"{building.number}-{random.randint(1, building.plan.stairs)}-{random.randint(1, building.plan.floors)}01"


def give_rhythms(
    work: Work, found: Sequence[Cared], own_grid: int, staff: tuple[int, str], other: tuple[int, str], random: Random
) -> None:  # fmt: skip
    """Rhythms of their own: stricter ones at once, one looser that was approved, three that wait for approval."""
    today, rows = clock.today(), []
    able = [
        one for one in found if len(one.spells) == 1 and one.left is None and one.spells[0].since < today - timedelta(days=90)
    ]  # fmt: skip
    here = [one for one in able if one.grid == own_grid]
    strict = [one for one in able if one.spells[0].asked.every_days >= 30]
    red = [one for one in here if one.spells[0].asked.every_days == 7]
    elsewhere = [one for one in able if one.spells[0].asked.every_days == 7 and one.grid != own_grid]
    wanted = [
        *zip(random.sample(strict, len(said.STRICTER)), said.STRICTER, ["active"] * len(said.STRICTER), strict=True),
        *zip(random.sample(red, 3), said.LOOSER, ("active", "waiting", "waiting"), strict=False),
        (random.choice(elsewhere), said.LOOSER[3], "waiting"),
    ]  # fmt: skip
    ids = bulk.new_ids(work, Rhythm, len(wanted))
    for number, (one, (every, reason), state) in zip(ids, wanted, strict=True):
        asker = staff if one.grid == own_grid else other
        ago = random.randint(18, 75) if state == "active" else random.randint(1, 6)
        looser = every > one.spells[0].asked.every_days
        made = work.now - timedelta(days=ago)
        decided = looser and state == "active"
        values: Values = {
            "resident_id": one.id, "every_days": every, "opens_days": None, "reason": reason, "looser": looser,
            "state": state, "asked_by": asker[0], "asked_name": asker[1], "area_path": one.spells[0].area_path,
            "made_at": made, "changed_at": made, "decided_by": other[0] if decided else None,
            "decided_name": other[1] if decided else "", "decided_at": made + timedelta(hours=3) if decided else None,
        }  # fmt: skip
        rows.append(values)
        if state == "active":
            rule = one.spells[0].asked.rule
            after = asked_of([rule] if rule else [], one.looks, [Rhythm(id=number, **values)])
            if after is not None:
                before = one.spells[0].asked
                one.spells[0].asked = after
                one.split(today - timedelta(days=ago), before)
    bulk.insert_records(work, Rhythm, rows, ids)


def write_periods(work: Work, found: Sequence[Cared]) -> None:
    """Write who was to be seen how often, from when to when."""
    bulk.insert_records(work, CarePeriod, [spell.row(one) for one in found for spell in one.spells])


class Responsible:
    """Who was responsible for somebody on a day: the named carer, else whoever held the nearest area."""

    def __init__(self, work: Work) -> None:
        self._posts: dict[int, list[tuple[date, date, str]]] = {}
        for row in work.session.execute(select(_P.area_id, _P.holder, _P.since, _P.until).order_by(_P.id)):
            self._posts.setdefault(row.area_id, []).append((row.since, row.until or date.max, row.holder))

    def on(self, carer: str, area_path: str, day: date) -> str:
        """The name, "" when nobody was."""
        if carer:
            return carer
        for area_id in reversed(area_path.strip("/").split("/")):
            for since, until, holder in self._posts.get(int(area_id), ()):
                if since <= day <= until:
                    return holder
        return ""
