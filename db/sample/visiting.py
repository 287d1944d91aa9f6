"""Twelve months of visits to the people of the sample community who are in care."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from random import Random
from typing import Any, Final

from db import clock
from db.care import days, due, rules, visits
from db.care.due import ATTEMPTS, ATTEMPTS_RED, HIGHEST_COLOUR
from db.care.tables import CONTACTS, Urgent, Visit
from db.identity import Account, Setting
from db.insight import past
from db.people import bulk
from db.register import Values
from db.sample import calling, cared, said, seasons
from db.sample.cared import Cared, Recoloured, Responsible
from db.sample.community import WEAK_GRID, Settled
from db.sample.places import Community
from db.work import Work

SECOND_WEAK_GRID: Final = 5
"""The grid, counted from 0, whose worker has too much to do; it does worse than the others, as WEAK_GRID does."""
ALONE_FOR: Final = 64
"""For so many days the weak grid has had no worker (see `community`)."""
URGENT: Final = 4
FAILED: Final = 0.06
NOTES: Final = 0.14
BACKDATED: Final = 0.04
CORRECTED: Final = 70
STRUCK: Final = 9


@dataclass(slots=True)
class Met:
    """One attempt to see somebody, successful or not, with what came of it."""

    day: date
    minute: int
    kind: str
    result: str
    reason: str = ""
    visitor: str = ""
    elsewhere: bool = False
    entered_after: int = 0  # days until it was entered


@dataclass
class Year:
    """What is written: the rows of visits in the order of entry, and what follows from them."""

    rows: list[Values] = field(default_factory=list)
    met: dict[int, list[Met]] = field(default_factory=dict)
    row_of: dict[int, Values] = field(default_factory=dict)  # by id(Met)


def invent(
    work: Work, where: Community, settled: Settled, accounts: Mapping[str, Account], own_grid: int, recoloured: Recoloured,
    random: Random,
) -> int:  # fmt: skip
    """Write a year of visits and everything that follows from them; returns how many visits."""
    rules.ensure_rules(work)
    visits.ensure_observations(work)
    staff, admin = accounts["staff"], accounts["admin"]
    found = cared.find(work, where, settled, recoloured, random)
    cared.give_rhythms(
        work, found, own_grid, (staff.id or 0, staff.name), (admin.id or 0, admin.name), random
    )
    cared.write_periods(work, found)
    plan = calling.plan(work, where, settled, found, own_grid, accounts["leader"].name, random)
    year = _Inventing(work, found, plan, own_grid, {staff.name: staff.id, admin.name: admin.id}, random).run()
    calling.write(work, plan, lambda one, day: _first_seen(year.met.get(one, ()), day))
    due.settle_all(work)
    past.close_days(work.session)
    work.session.merge(Setting(name=days.DAY, value=clock.today().isoformat()))
    return len(year.rows)


def _first_seen(met: Iterable[Met], since: date) -> date | None:
    return next(
        (one.day for one in met if one.day >= since and one.result in CONTACTS and one.kind != "neighbour"), None
    )  # fmt: skip


def _trailing(met: Sequence[Met]) -> int:
    """How many attempts in vain there were since the last contact."""
    count = 0
    for one in reversed(met):
        if one.result in CONTACTS:
            break
        count += 1
    return count


class _Inventing:
    """Goes through the year person by person."""

    def __init__(
        self, work: Work, found: Sequence[Cared], plan: calling.Plan, own_grid: int, accounts: Mapping[str, int | None],
        random: Random,
    ) -> None:  # fmt: skip
        self.work, self.found, self.plan, self.own_grid, self.random = work, found, plan, own_grid, random
        self.accounts = accounts
        self.last = clock.today() - timedelta(days=1)
        self.responsible = Responsible(work)
        self.stand_ins = list(accounts)
        self.observed = [(code, worry) for code, _name, _english, worry in visits.DEFAULT_OBSERVATIONS]
        self.year = Year()

    def run(self) -> Year:
        homes: dict[tuple[int, str], list[Cared]] = {}
        for one in self.found:
            homes.setdefault((one.person.values["household_id"], str(one.left)), []).append(one)
        for together in homes.values():
            together.sort(key=lambda one: one.spells[-1].asked.every_days)
            lead = together[0]
            steps = self._steps(
                lead, sorted({day for one in together for day in self.plan.forced.get(one.id, ())})
            )
            self.year.met[lead.id] = steps
            for other in together[1:]:
                self.year.met[other.id] = [
                    replace(step)
                    for step in steps
                    if step.day >= max(other.care_since, lead.care_since) and self.random.random() < 0.97
                ]
        self._end_calmly(homes)
        for guest in self.plan.guests.values():
            self.year.met[guest.id] = [
                Met(day, 570 + self.random.randrange(90), "home", "well", visitor=self._visitor(str(guest.values["carer"]), guest.values["area_path"], day)[0])
                for day in self.plan.forced.get(guest.id, ())
            ]  # fmt: skip
        self._write()
        return self.year

    def _steps(self, one: Cared, forced: list[date]) -> list[Met]:
        """Every attempt to see one person, from the first day on."""
        draw, found = self.random.random, []
        first = one.spells[0].since
        new = one.care_since >= first
        seen = first - timedelta(days=0 if new else 1 + self.random.randrange(one.spells[0].asked.every_days))
        end = min(one.left or date.max, self.last + timedelta(days=1))
        if not new and seen < first:
            found.append(self._contact(one, seen, None))
        while True:
            asked = one.on(seen).asked
            due_on = seen + timedelta(days=self._gap(one, asked.opens_days, asked.every_days, seen))
            if new:
                due_on, new = seen + timedelta(days=self.random.randint(0, min(asked.every_days, 10))), False
            due_on = self._shifted(due_on, seen + timedelta(days=asked.every_days))
            while forced and forced[0] <= seen:
                forced.pop(0)
            called = bool(forced) and forced[0] <= due_on
            if called:
                due_on = forced.pop(0)
            if due_on >= end:
                return found
            if not called and draw() < FAILED:
                due_on = self._tries(one, due_on, found, end)
                if due_on >= end:
                    return found
            told = draw() < 0.03
            if told and asked.kinds and "neighbour" not in asked.kinds:
                day = max(seen, due_on - timedelta(days=1))
                found.append(self._contact(one, day, "neighbour"))
            found.append(self._contact(one, due_on, None, found[-1] if found else None))
            seen = due_on

    def _gap(self, one: Cared, opens: int, every: int, day: date) -> int:
        """Days until somebody goes again: mostly within the window, in two grids often too late."""
        draw = self.random.random
        late = 0.05
        if one.grid == WEAK_GRID:
            late = 0.62 if day > self.last - timedelta(days=ALONE_FOR) else 0.24
        elif one.grid == SECOND_WEAK_GRID:
            late = 0.36
        if seasons.at_home(day) or seasons.too_hot(day):
            late += 0.4 if seasons.at_home(day) else 0.16
        if draw() >= late:
            early = max(1, opens - every // 6)
            return early + int(draw() * (every - early + 1))
        weak = one.grid in (WEAK_GRID, SECOND_WEAK_GRID)
        return every + 1 + int(draw() * every * (1.1 if weak else 0.4))

    def _shifted(self, day: date, latest: date) -> date:
        """Rather not on a Sunday, and hardly during the festival."""
        draw = self.random.random
        if seasons.at_home(day) and draw() < 0.4:
            day += timedelta(days=1 + int(draw() * 5))
        elif day.weekday() == 6 and draw() < 0.7:
            day += timedelta(days=1 if day < latest else -1)
        return day

    def _tries(self, one: Cared, day: date, found: list[Met], end: date) -> date:
        """Attempts in vain, and the day on which it worked."""
        draw = self.random.random
        minute = 520 + int(draw() * 300)
        for _ in range(2 if draw() < 0.3 else 1):
            if day >= end:
                break
            reason = self.random.choices(said.REASONS, said.REASON_SHARES)[0]
            visitor, elsewhere = self._visitor_of(one, day)
            kind = "home" if reason != "no_answer" or draw() < 0.7 else "phone"
            found.append(Met(day, minute, kind, "not_met", reason, visitor, elsewhere))
            minute += 150
            day += timedelta(days=0 if draw() < 0.45 and minute < 1000 else 1 if draw() < 0.7 else 2)
            if day > found[-1].day:
                minute = 520 + int(draw() * 300)
        return day

    def _contact(self, one: Cared, day: date, kind: str | None, before: Met | None = None) -> Met:
        draw = self.random.random
        minute = 510 + int(draw() * 540)
        if before is not None and before.day == day:
            minute = max(minute, before.minute + 20)
        visitor, elsewhere = self._visitor_of(one, day)
        if kind is None:
            chance = draw()
            apart = seasons.at_home(day) or seasons.too_hot(day)
            home = 0.25 if apart else 0.56
            kind = (
                "home" if chance < home else "phone" if chance < (0.86 if apart else 0.82) else "met" if chance < 0.95 else "video"
            )  # fmt: skip
        result = "needs" if draw() < 0.1 and kind != "neighbour" else "well"
        entered = 1 + int(draw() * 3) if draw() < BACKDATED else 0
        return Met(day, minute, kind, result, "", visitor, elsewhere, entered)

    def _visitor_of(self, one: Cared, day: date) -> tuple[str, bool]:
        return self._visitor(str(one.person.values["carer"]), one.on(day).area_path, day)

    def _visitor(self, carer: str, area_path: str, day: date) -> tuple[str, bool]:
        """Who went, and whether it was somebody from elsewhere."""
        name = self.responsible.on(carer, area_path, day)
        if not name or self.random.random() < 0.012:
            other = self.random.choice(self.stand_ins)
            return other, other != name
        return name, False

    def _end_calmly(self, homes: Mapping[Any, list[Cared]]) -> None:
        """As things stand today: nothing urgent but for a few, and nobody met where something has just happened."""
        for resident_id, day in self.plan.unseen_from.items():
            self.year.met[resident_id] = [one for one in self.year.met[resident_id] if one.day < day]
        chosen = self._choose_urgent(homes)
        for one in self.found:
            met = self.year.met[one.id]
            allowed = 0 if one.colour == HIGHEST_COLOUR else ATTEMPTS - 1
            trailing = _trailing(met)
            if one.left is None and trailing > allowed:
                del met[len(met) - trailing + allowed :]
        for number, one in enumerate(chosen):
            self._in_vain(one, number)

    def _choose_urgent(self, homes: Mapping[Any, list[Cared]]) -> list[Cared]:
        able = [
            together[0]
            for together in homes.values()
            if len(together) == 1 and together[0].left is None and together[0].id not in self.plan.unseen_from
        ]
        chosen: list[Cared] = []
        for grid, colour in (
            (self.own_grid, "red"), (self.own_grid, "yellow"), (WEAK_GRID, "red"), (SECOND_WEAK_GRID, "red"),
        )[:URGENT]:  # fmt: skip
            fit = [one for one in able if one.grid == grid and one.colour == colour and one not in chosen]
            chosen += self.random.sample(fit, min(1, len(fit)))
        return chosen

    def _in_vain(self, one: Cared, number: int) -> None:
        """Yesterday and perhaps the day before somebody knocked, and nobody opened."""
        attempts = ATTEMPTS_RED + number % 2 if one.colour == HIGHEST_COLOUR else ATTEMPTS
        first = self.last - timedelta(days=attempts - 1)
        met = [step for step in self.year.met[one.id] if step.day < first]
        for step in range(attempts):
            day = first + timedelta(days=step)
            visitor, elsewhere = self._visitor_of(one, day)
            met.append(
                Met(day, 560 + self.random.randrange(400), "home", "not_met", "no_answer", visitor, elsewhere)
            )
        self.year.met[one.id] = met

    def _write(self) -> None:
        """Rows of visits in the order in which they were entered, corrections and struck ones among them."""
        people: dict[int, Any] = {one.id: one for one in self.found}
        rows: list[Values] = []
        for resident_id, met in self.year.met.items():
            met.sort(key=attrgetter("day", "minute"))
            one = people.get(resident_id)
            guest = self.plan.guests.get(resident_id)
            for step in met:
                spell = one.on(step.day) if one is not None else None
                place = (
                    (spell.place, spell.area_path, spell.address)
                    if spell is not None
                    else (guest.values["place"], guest.values["area_path"], guest.values["address"])  # type: ignore[union-attr]
                )
                row = self._row(resident_id, step, place)
                self.year.row_of[id(step)] = row
                rows.append(row)
        rows += self._corrections(rows)
        rows.sort(key=lambda row: (row["made_at"], row["resident_id"]))
        ids = bulk.new_ids(self.work, Visit, len(rows))
        for number, row in zip(ids, rows, strict=True):
            row["id"] = number
        for row in rows:
            instead = row.pop("_instead", None)
            if instead is not None:
                row["replaced_by"], instead["replaces"] = instead["id"], row["id"]
        bulk.insert_records(self.work, Visit, rows, ids)
        self.year.rows = rows
        self._urgents(people)

    def _row(self, resident_id: int, step: Met, place: tuple[str, str, str]) -> Values:
        draw, contact = self.random.random, step.result in CONTACTS
        at = datetime.combine(step.day, time(step.minute // 60 % 24, step.minute % 60), clock.PLACE)
        made = at + (
            timedelta(days=step.entered_after, minutes=30) if step.entered_after else timedelta(minutes=4)
        )
        made = min(made, self.work.now)
        values: Values = {
            "resident_id": resident_id, "at": at, "day": step.day, "kind": step.kind, "result": step.result,
            "reason": step.reason, "observed": [], "visitor": step.visitor, "account_id": self.accounts.get(step.visitor),
            "elsewhere": step.elsewhere, "backdated": made.astimezone(clock.PLACE).date() > step.day,
            "place": place[0], "area_path": place[1], "address": place[2], "made_at": made, "changed_at": made,
        }  # fmt: skip
        if contact and step.kind == "home" and draw() < 0.22:
            values["observed"] = [code for code, worry in self.observed if draw() < (0.04 if worry else 0.5)]
        if contact and draw() < 0.5:
            values["mood"] = "usual" if draw() < 0.55 else "good" if draw() < 0.85 else "low"
        if step.result == "needs":
            needs, then = self.random.choice(said.NEEDS)
            values["needs"], values["next_step"] = needs, then if draw() < 0.75 else ""
        elif draw() < NOTES:
            values["note"] = said.note(self.random, step.result, step.reason, step.kind)
        return values

    def _corrections(self, rows: Sequence[Values]) -> list[Values]:
        """What some visits said before they were put right, and some that never were."""
        earlier = []
        able = [
            row for row in rows if row["result"] in CONTACTS and not row["backdated"] and row["day"] < self.last
        ]  # fmt: skip
        chosen = self.random.sample(able, min(CORRECTED + STRUCK, len(able)))
        for number, row in enumerate(chosen):
            old = {**row}
            later = min(self.work.now, row["made_at"] + timedelta(hours=2 + number % 60))
            if number < STRUCK:
                old["made_at"] = row["made_at"] + timedelta(minutes=2)
                old.update(
                    withdrawn_at=later, changed_at=later, version=2, why_corrected=said.STRUCK[number % 3]
                )
            else:
                what = ("day", "kind", "needs")[number % 3]
                if what == "day":
                    old.update(
                        day=row["day"] - timedelta(days=1), at=row["at"] - timedelta(days=1), backdated=True
                    )
                elif what == "kind":
                    old["kind"] = "home" if row["kind"] != "home" else "phone"
                else:
                    old.update(result="well", needs=None, next_step="")
                    row.update(result="needs", needs=said.NEEDS[number % len(said.NEEDS)][0])
                row.update(made_at=later, changed_at=later, why_corrected=said.CORRECTED[what],
                           backdated=later.astimezone(clock.PLACE).date() > row["day"])  # fmt: skip
                old.update(_instead=row, changed_at=later, version=2)
            earlier.append(old)
        return earlier

    def _urgents(self, people: Mapping[int, Any]) -> None:
        """What was urgent over the year, and what is now."""
        rows: list[Values] = []
        for resident_id, one in people.items():
            limit = ATTEMPTS_RED if one.colour == HIGHEST_COLOUR else ATTEMPTS
            tried: list[Met] = []
            opened: Values | None = None
            for step in self.year.met[resident_id]:
                if step.result in CONTACTS:
                    if opened is not None and opened["closed_on"] is None:
                        opened.update(closed_on=step.day, closed_why="seen")
                    tried, opened = [], None
                    continue
                tried.append(step)
                row = self.year.row_of[id(step)]
                if len(tried) == limit:
                    opened = {
                        "resident_id": resident_id, "opened_on": step.day, "closed_on": None, "place": row["place"],
                        "area_path": row["area_path"], "made_at": row["made_at"], "changed_at": row["made_at"],
                    }  # fmt: skip
                    rows.append(opened)
                if opened is not None:
                    opened.update(attempts=len(tried), visit_id=row["id"])
            if opened is not None and one.left is not None:
                opened.update(closed_on=one.left, closed_why="left")
        for row in self.random.sample(rows, min(40, len(rows))):
            if row.get("closed_why") == "seen":
                row.update(closed_why="solved", closed_by=self.random.choice(self.stand_ins),
                           note=self.random.choice(said.SOLVED))  # fmt: skip
        bulk.insert_records(self.work, Urgent, rows)
