"""A year of visits to very many invented people, written as fast as the database takes them, to measure with."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from db import clock
from db.care import due, rules, visits
from db.care.due import HIGHEST_COLOUR, asked_of
from db.care.rules import Rule
from db.care.tables import BASE, CarePeriod, Due, Urgent, Visit
from db.care.whom import Person as Looks
from db.people import ages, bulk
from db.register import Values
from db.sample.community import Person, Settled
from db.sample.places import Community
from db.work import Work

YEAR: Final = 365
VISITS: Final = {7: 16, 30: 10, 90: 6}
"""Visits a year by days of the rhythm: about twelve for each person in care, as many have the strictest."""
IN_TIME: Final = 0.93
FAILED: Final = 0.08
IN_VAIN: Final = 0.006
KINDS: Final = ("home", "home", "home", "phone", "phone", "met")
HOURS: Final = (9, 10, 14, 16)


class CrowdVisits:
    """Writes what the rules ask for and what was done, community by community."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.today = clock.today()
        self.first = self.today - timedelta(days=YEAR)
        self.rules: Sequence[Rule] = ()
        self._names: list[str] = []
        self._base: list[Any] = []
        self._days: list[Any] = []
        self._moments: list[list[Any]] = []

    def begin(self, work: Work) -> None:
        """The rules and the tick list; rows are prepared as the driver takes them."""
        rules.ensure_rules(work)
        visits.ensure_observations(work)
        self.rules = rules.in_force(work.session, self.today)
        table = Visit.__table__  # type: ignore[attr-defined]
        empty: Values = {**Visit(resident_id=0, at=work.now).model_dump(), "observed": [], "id": None}
        self._names = [column.name for column in table.c]
        self._base = [bulk.as_bound(work, Visit, name, empty[name]) for name in self._names]
        days = [self.today - timedelta(days=number) for number in range(YEAR + 200)]
        self._days = [bulk.as_bound(work, Visit, "day", day) for day in days]
        self._moments = [
            [
                bulk.as_bound(work, Visit, "at", datetime.combine(day, time(hour), clock.PLACE))
                for hour in HOURS
            ]
            for day in days
        ]

    def write(self, work: Work, where: Community, settled: Settled) -> int:
        """Visits, rhythms and what is due for the people in care of one community; returns how many visits."""
        periods: list[Values] = []
        dues: list[Values] = []
        urgent: list[Values] = []
        rows: list[tuple[Any, ...]] = []
        first_id = bulk.new_ids(work, Visit, 1)[0]
        template: Values = dict.fromkeys(due.FIELDS) | {"urgent": False, "attempts": 0}
        for person in settled.people:
            if person.values["in_care"] and person.values["status"] == "resident":
                self._person(person, where, settled, template, periods, dues, urgent, rows, first_id)
        bulk.new_ids(
            work, Visit, len(rows) - 1
        )  # PostgreSQL gives the numbers that the rows have to nobody else
        bulk.write_plain(work, Visit, self._names, rows)
        for table, written in ((CarePeriod, periods), (Due, dues), (Urgent, urgent)):
            bulk.insert_records(work, table, written)
        return len(rows)

    def _person(
        self, person: Person, where: Community, settled: Settled, template: Values, periods: list[Values],
        dues: list[Values], urgent: list[Values], rows: list[tuple[Any, ...]], first_id: int,
    ) -> None:  # fmt: skip
        values, draw = person.values, self.random.random
        born: date = values["born"]
        looks = Looks(
            person.id, values["area_path"], values["place"], values["living"], values["colour"],
            ages.age_on(born, self.today), frozenset(code for code, _since in person.groups),
        )  # fmt: skip
        asked = asked_of(self.rules, looks, ())
        if asked is None:
            return
        every = asked.every_days
        rule_id = asked.rule.id if asked.rule else None
        since = self.first - timedelta(days=int(draw() * 1500))
        last = 1 + int(draw() * every) if draw() < IN_TIME else every + 1 + int(draw() * every)
        holder = _holder(person, where, settled)
        wanted = VISITS.get(every, 12)
        step = (YEAR - 1 - last) / (wanted - 1)
        for number in range(wanted - 1, -1, -1):
            ago = last + int(number * step + (draw() * step * 0.6 if number else 0))
            failed = number and draw() < FAILED
            rows.append(self._row(person, first_id + len(rows), ago, bool(failed), holder))
        seen = self.today - timedelta(days=last)
        due_on = seen + timedelta(days=every)
        one: Values = {
            **template, "resident_id": person.id, "place": values["place"], "area_path": values["area_path"],
            "address": values["address"], "colour": values["colour"], "holder": holder, "rule_id": rule_id,
            "every_days": every, "care_since": since, "last_on": seen, "due_on": due_on, "next_on": due_on,
            "opens_on": seen + timedelta(days=asked.opens_days), "base": (max(seen, since) - BASE).days,
            "weekly": round(due.WEEK / every),
        }  # fmt: skip
        if last > 1 and values["colour"] == HIGHEST_COLOUR and draw() < IN_VAIN:
            number = first_id + len(rows)
            rows.append(self._row(person, number, 1, True, holder))
            yesterday = self.today - timedelta(days=1)
            one.update(attempts=1, tried_on=yesterday, urgent=True)
            urgent.append(
                {"resident_id": person.id, "opened_on": yesterday, "attempts": 1, "visit_id": number,
                 "place": values["place"], "area_path": values["area_path"]}
            )  # fmt: skip
        dues.append(one)
        periods.append(
            {"resident_id": person.id, "area_path": values["area_path"], "since": self.first, "until": None, "ended_on": None,
             "care_since": since, "every_days": every, "kinds": ",".join(asked.kinds), "rule_id": rule_id, "rhythm_id": None}
        )  # fmt: skip

    def _row(self, person: Person, number: int, ago: int, failed: bool, visitor: str) -> tuple[Any, ...]:
        chance = self.random.random()
        at = self._moments[ago][int(chance * len(HOURS))]
        values = person.values
        filled = dict(zip(self._names, self._base, strict=True))
        filled["id"], filled["resident_id"], filled["visitor"] = number, person.id, visitor
        filled["at"] = filled["made_at"] = filled["changed_at"] = at
        filled["day"] = self._days[ago]
        filled["kind"] = "home" if failed else KINDS[int(chance * 997) % len(KINDS)]
        filled["result"] = "not_met" if failed else "needs" if chance > 0.92 else "well"
        filled["reason"] = "no_answer" if failed else ""
        filled["place"], filled["area_path"] = values["place"], values["area_path"]
        filled["address"] = values["address"]
        return tuple(filled.values())


def _holder(person: Person, where: Community, settled: Settled) -> str:
    """As `due_cases.Holders` says it: the named carer, else who leads the building, else the grid's worker."""
    if person.values["carer"]:
        return str(person.values["carer"])
    lead = settled.leads.get(person.building)
    return lead.name if lead is not None else settled.workers.get(where.buildings[person.building].grid, "")
