"""What is due for whom: worked out from the records, kept with the person, and never out of step with them.

`settle` is the one way by which rows of `care_due`, `care_period`, `care_call` and `care_urgent` come into
being: it reads the records of some people, works out what should be there, and writes the difference. It runs at
the end of every unit of work that touched places, so that no command can forget it; `settle_all` gives the same
for everybody (a test says so).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, false, insert, or_, select, true, update
from sqlalchemy import delete as sql_delete

from db import clock
from db.access import below
from db.care import rules as visit_rules
from db.care.due_cases import MANY_PLACES, READ, Case, Holders, cases_of
from db.care.rules import Rule
from db.care.tables import (
    BASE,
    Call,
    CarePeriod,
    Due,
    Occasion,
    Urgent,
)
from db.care.whom import Person, fits
from db.people.tables import FAR_FUTURE, Resident
from db.work import Work, before_commit

TOPIC = "care"
TOLD_EVERY = 500
"""After so many cases it is told how far settling is."""
WORKED_OUT, WRITTEN = 60, 90
"""Per cent of the time that have passed by then, as measured; the figures of the areas take the rest."""

_R = Resident.__table__.c  # type: ignore[attr-defined]
_D = Due.__table__.c  # type: ignore[attr-defined]
_C = Call.__table__.c  # type: ignore[attr-defined]
_Y = CarePeriod.__table__.c  # type: ignore[attr-defined]
_U = Urgent.__table__.c  # type: ignore[attr-defined]
_O = Occasion.__table__.c  # type: ignore[attr-defined]

WEEK = 7000  # thousandths of a day's share
ATTEMPTS = 2  # failed attempts that make it urgent
ATTEMPTS_RED = 1  # of the highest colour
HIGHEST_COLOUR = "red"

PAST = "care.past"
"""Where a unit of work notes whose past it changed: resident → first day; those days are counted anew."""

FIELDS = (
    "place", "area_path", "address", "colour", "holder", "rule_id", "rhythm_id", "every_days", "care_since",
    "last_on", "tried_on", "attempts", "opens_on", "due_on", "called_on", "next_on", "urgent",
    "base", "weekly",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """How often somebody is to be seen: by which rule, and by which rhythm of their own."""

    rule: Rule | None
    rhythm: Any
    every_days: int
    opens_days: int
    kinds: tuple[str, ...]


def note_past(work: Work, resident_id: int, day: date) -> None:
    """Say that the records of a past day changed for somebody."""
    if day < clock.today():
        changed: dict[int, date] = work.known.setdefault(PAST, {})
        changed[resident_id] = min(day, changed.get(resident_id, day))


@before_commit
def settle_touched(work: Work) -> None:
    """Work out anew what is due where this unit of work touched something."""
    if not ({"people", "care", "rules"} | {"posts", "areas"}) & work.topics:
        return
    places = {place[: place.rfind("/") + 1] for place in work.places}
    if "/" in places or "rules" in work.topics or len(places) > MANY_PLACES:
        settle(work, true())
    elif {"posts", "areas"} & work.topics:
        settle(work, or_(false(), *(below(_R.area_path, place) for place in places)))
    elif places:
        settle(work, _R.area_path.in_(sorted(places)))


def settle(work: Work, which: ColumnElement[bool]) -> int:
    """Bring what is due in step for the residents fulfilling `which`. Returns how many rows changed."""
    day = clock.today()
    cases = cases_of(work, which, day)
    rules = visit_rules.in_force(work.session, day)
    occasions = _occasions(work, day)
    holders = Holders(work, cases.values(), day)
    _open_calls(work, cases, occasions, day)
    writer = _Writer(work, day)
    for number, case in enumerate(cases.values()):
        if number % TOLD_EVERY == 0:
            work.tell(READ + (WORKED_OUT - READ) * number // len(cases))
        asked = asked_of(rules, case.person, case.rhythms) if case.in_care else None
        writer.period(case, asked)
        values = _values(case, asked, writer, holders, day)
        writer.due(case, values)
    changed = writer.write()
    work.tell(WRITTEN)
    if changed:
        work.topics.add(TOPIC)
    return changed


def settle_all(work: Work) -> int:
    """Bring everything in step: every person in care, and everybody who has a row."""
    return settle(work, true())


def asked_of(rules: Sequence[Rule], person: Person, rhythms: Sequence[Any]) -> Asked | None:
    """The rhythm that holds: the strictest rule, unless the person has one of their own.

    A stricter rhythm counts beside the rules; a looser one that was approved counts instead of them.
    """
    rule = visit_rules.strictest(rules, person)
    active = [one for one in rhythms if one.state == "active"]
    looser = next((one for one in active if one.looser), None)
    stricter = min((one for one in active if not one.looser), key=lambda one: one.every_days, default=None)
    chosen = looser
    if looser is None and stricter is not None and (rule is None or stricter.every_days < rule.every_days):
        chosen = stricter
    kinds = rule.kinds if rule is not None else ()
    if chosen is not None:
        every, opens = chosen.every_days, visit_rules.opening(chosen.every_days, chosen.opens_days)
        return Asked(rule, chosen, every, opens, kinds)
    if rule is None:
        return None
    return Asked(rule, None, rule.every_days, rule.opens_days, kinds)


def _occasions(work: Work, day: date) -> Sequence[Any]:
    """The warnings and festivals that hold on `day`."""
    return work.session.execute(
        select(Occasion.__table__).where(  # type: ignore[attr-defined]
            _O.withdrawn_at.is_(None), _O.since <= day, _O.until >= day, _O.ended_on.is_(None)
        )
    ).all()


def _open_calls(work: Work, cases: dict[int, Case], occasions: Sequence[Any], day: date) -> None:
    """Open what an occasion asks for, once for each person in care whom it concerns."""
    added = []
    known = {(call.resident_id, call.occasion_id) for case in cases.values() for call in case.calls}
    for occasion in occasions:
        for case in cases.values():
            if case.in_care and (case.row.id, occasion.id) not in known and fits(occasion, case.person):
                opened = max(day, occasion.since)
                due_on = min(occasion.until, max(day, occasion.since + timedelta(days=occasion.due_days)))
                added.append(
                    {"resident_id": case.row.id, "occasion_id": occasion.id, "cause": occasion.kind,
                     "opened_on": opened, "due_on": max(opened, due_on), "ended_why": ""}
                )  # fmt: skip
    if not added:
        return
    work.session.execute(insert(Call), added)
    ids = {one["occasion_id"] for one in added}
    for call in work.session.execute(
        select(Call.__table__).where(_C.occasion_id.in_(ids), _C.ended_why == "")  # type: ignore[attr-defined]
    ):
        case = cases.get(call.resident_id)  # type: ignore[assignment]
        if case is not None and all(call.id != one.id for one in case.calls):
            case.calls.append(call)


def _values(
    case: Case, asked: Asked | None, writer: "_Writer", holders: Holders, day: date
) -> dict[str, Any] | None:
    """The row that should stand for this person, None when nothing is due."""
    row = case.row
    alive = row.status == "resident"
    last = max((when for _kind, when, _at in case.contacts), default=None)
    writer.calls(case, alive)
    open_calls = [call for call in case.calls if writer.is_open(call.id)]
    called_on = min((call.due_on for call in open_calls), default=None)
    if asked is None and called_on is None and not case.in_care:
        writer.urgent(case, False)
        return None
    values: dict[str, Any] = {
        "place": row.place, "area_path": row.area_path, "address": row.address, "colour": row.colour,
        "holder": holders.of(row), "rule_id": None, "rhythm_id": None, "every_days": 0, "care_since": None,
        "last_on": last, "tried_on": case.tried[-1][1] if case.tried else None, "attempts": len(case.tried),
        "opens_on": None, "due_on": None, "called_on": called_on,
    }  # fmt: skip
    if case.in_care:
        values["care_since"] = writer.care_since(case)
    if asked is not None:
        since = writer.care_since(case)
        counted = max(
            (when for kind, when, _at in case.contacts if not asked.kinds or kind in asked.kinds),
            default=None,
        )
        start = max(counted, since) if counted is not None else since
        values.update(
            rule_id=asked.rule.id if asked.rule else None, rhythm_id=asked.rhythm.id if asked.rhythm else None,
            every_days=asked.every_days, opens_on=start + timedelta(days=asked.opens_days),
            due_on=start + timedelta(days=asked.every_days),
        )  # fmt: skip
    if called_on is not None:
        opened = min(call.opened_on for call in open_calls)
        values["opens_on"] = min(opened, values["opens_on"]) if values["opens_on"] else opened
    values["next_on"] = min(
        (one for one in (values["due_on"], called_on) if one is not None), default=FAR_FUTURE
    )
    values["urgent"] = writer.urgent(case, alive)
    seen = max((one for one in (last, values["care_since"]) if one is not None), default=day)
    values["base"] = (seen - BASE).days if case.in_care else 0
    values["weekly"] = round(WEEK / asked.every_days) if asked is not None else 0
    return values


class _Writer:
    """Collects what must change and writes it in a few statements."""

    def __init__(self, work: Work, day: date) -> None:
        self.work, self.day = work, day
        self.new: list[dict[str, Any]] = []
        self.changed: list[dict[str, Any]] = []
        self.gone: list[int] = []
        self.periods: list[dict[str, Any]] = []
        self.period_changes: list[tuple[int, dict[str, Any]]] = []
        self.since: dict[int, date] = {}
        self.call_changes: list[tuple[int, dict[str, Any]]] = []
        self.closed_calls: set[int] = set()
        self.urgents: list[dict[str, Any]] = []
        self.urgent_changes: list[tuple[int, dict[str, Any]]] = []
        self.written = 0

    def care_since(self, case: Case) -> date:
        return self.since.get(case.row.id, self.day)

    def period(self, case: Case, asked: Asked | None) -> None:
        """Keep the history of rhythms: the open period goes on, ends, or gives way to another."""
        now, resident_id = case.period, case.row.id
        if not case.in_care:
            if now is not None and now.until is None:
                left = case.row.status_on if case.row.status != "resident" else None
                until = max(now.since, min(left or self.day, self.day))
                self.period_changes.append((now.id, {"until": until, "ended_on": self.day}))
                note_past(self.work, resident_id, until)
            return
        wanted = {
            "area_path": case.row.area_path, "every_days": asked.every_days if asked else 0,
            "kinds": ",".join(asked.kinds) if asked else "",
            "rule_id": asked.rule.id if asked and asked.rule else None,
            "rhythm_id": asked.rhythm.id if asked and asked.rhythm else None,
        }  # fmt: skip
        self.since[resident_id] = now.care_since if now is not None else self.day
        if now is not None and all(getattr(now, name) == value for name, value in wanted.items()):
            if now.until is not None:  # it ended today by mistake
                note_past(self.work, resident_id, now.until)
                self.period_changes.append((now.id, {"until": None, "ended_on": None}))
            return
        if now is not None and now.since == self.day:
            self.period_changes.append((now.id, {**wanted, "until": None, "ended_on": None}))
            return
        if now is not None and now.until is None:
            self.period_changes.append((now.id, {"until": self.day, "ended_on": self.day}))
        self.periods.append(
            {**wanted, "resident_id": resident_id, "since": self.day, "until": None, "ended_on": None,
             "care_since": self.since[resident_id]}
        )  # fmt: skip

    def due(self, case: Case, values: dict[str, Any] | None) -> None:
        old = case.due
        if values is None:
            if old is not None:
                self.gone.append(old["id"])
                self.work.places.add(old["area_path"])
            return
        if old is None:
            now = clock.now()
            self.new.append({**values, "resident_id": case.row.id, "version": 1, "made_at": now,
                             "changed_at": now, "extra": {}, "withdrawn_at": None})  # fmt: skip
            self.work.places.add(values["area_path"])
        elif any(old[name] != values[name] for name in FIELDS):
            self.changed.append({**values, "_id": old["id"]})
            self.work.places.update((old["area_path"], values["area_path"]))

    def calls(self, case: Case, alive: bool) -> None:
        """A contact on or after the day it was opened answers a call; leaving ends it."""
        seen = max((when for kind, when, _at in case.contacts if kind != "neighbour"), default=None)
        for call in case.calls:
            ended, why = None, ""
            if seen is not None and seen >= call.opened_on:
                ended = max(call.opened_on, min(seen, self.day))
            elif not alive:
                ended, why = self.day, "left"
            if ended is not None:
                self.closed_calls.add(call.id)
            if (call.ended_on is None) != (ended is None) or (why and why != call.ended_why):
                self.call_changes.append((call.id, {"ended_on": ended, "ended_why": why}))

    def is_open(self, call_id: int) -> bool:
        return call_id not in self.closed_calls

    def urgent(self, case: Case, alive: bool) -> bool:
        """Open an urgent item after too many attempts; close it when the person was seen or left."""
        limit = ATTEMPTS_RED if case.row.colour == HIGHEST_COLOUR else ATTEMPTS
        tried = [visit_id for visit_id, _day in case.tried]
        wanted = alive and len(tried) >= limit and tried[-1] > case.settled_attempt
        now = case.urgent
        if wanted and now is None:
            moment = clock.now()
            self.urgents.append(
                {"resident_id": case.row.id, "opened_on": self.day, "attempts": len(tried), "visit_id": tried[-1],
                 "place": case.row.place, "area_path": case.row.area_path, "version": 1, "made_at": moment,
                 "changed_at": moment, "extra": {}, "closed_why": "", "closed_by": ""}
            )  # fmt: skip
        elif wanted and (now.attempts, now.visit_id) != (len(tried), tried[-1]):
            self.urgent_changes.append((now.id, {"attempts": len(tried), "visit_id": tried[-1]}))
        elif not wanted and now is not None:
            why = "seen" if alive else "left"
            self.urgent_changes.append((now.id, {"closed_on": self.day, "closed_why": why}))
        return wanted

    def write(self) -> int:
        session = self.work.session
        inserts = ((CarePeriod, self.periods), (Due, self.new), (Urgent, self.urgents))
        updates = (
            (_Y.id.table, self.period_changes), (_C.id.table, self.call_changes), (_U.id.table, self.urgent_changes),
        )  # fmt: skip
        for table, rows in inserts:
            for part in self._parts(rows):
                session.execute(insert(table), part)
        for table, changes in updates:
            for part in self._parts(changes):
                for record_id, values in part:
                    session.execute(update(table).where(table.c.id == record_id).values(**values))
        for part in self._parts(self.changed):
            session.connection().execute(
                update(Due.__table__)  # type: ignore[attr-defined]
                .where(_D.id == bindparam("_id"))
                .values(**{name: bindparam(name) for name in FIELDS}),
                part,
            )
        for part in self._parts(self.gone):
            session.execute(sql_delete(Due).where(_D.id.in_(part)))
        return (
            len(self.new) + len(self.changed) + len(self.gone) + len(self.urgents) + len(self.urgent_changes)
        )

    def _parts(self, rows: list[Any]) -> Iterator[list[Any]]:
        """What is to be written, some at a time; before each it is told how far that is."""
        every: tuple[list[Any], ...] = (
            self.periods, self.new, self.urgents, self.period_changes, self.call_changes, self.urgent_changes,
            self.changed, self.gone,
        )  # fmt: skip
        total = sum(len(one) for one in every)
        for start in range(0, len(rows), TOLD_EVERY):
            self.work.tell(WORKED_OUT + (WRITTEN - WORKED_OUT) * self.written // total)
            part = rows[start : start + TOLD_EVERY]
            yield part
            self.written += len(part)
