"""Writes invented activities with who had a place and who came, many at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from db import clock
from db.activities.feedback import FACES
from db.activities.judging import KIND
from db.activities.tables import Activity, Attendance, Feedback, Guest, Meeting, Taken
from db.people import bulk
from db.register import Values
from db.sample.community import Person
from db.sample.places import Place
from db.slots import TERM, Booking, Slot
from db.system.community import SETTINGS
from db.work import Work

CAME: Final = 0.86
EXCUSED: Final = 0.6
"""Of those who did not come."""


@dataclass(frozen=True)
class Event:
    """An activity to be written: when, where, for whom."""

    kind: str
    title: str
    place: Place
    days: Sequence[date]
    start: time
    people: Sequence[Person]
    """Who wants a place, in the order in which they signed up; more than fit wait."""
    capacity: int = 20
    minutes: int = 90
    state: str = "announced"
    walk_ins: Sequence[Person] = ()
    values: Values = field(default_factory=dict)
    """Further columns of the activity."""
    guest: Values | None = None
    """Columns of what is noted of each guest; None: nothing is."""
    said: float = 0.0
    """How many of those who came said how it was."""


WORDS: Final = {
    3: ("很热闹", "下次还来", "老师讲得清楚", "谢谢社区", ""),
    2: ("还可以", "时间有点长", ""),
    1: ("听不清", "人太多"),
}


class Programme:
    """Gathers rows with numbers of its own and writes them in one go. Nobody is in two places on one day."""

    def __init__(self, work: Work, random: Random, by_name: str) -> None:
        self.work, self.random, self.by_name = work, random, by_name
        self.activities: list[Values] = []
        self.slots: list[Values] = []
        self.sessions: list[Values] = []
        self.bookings: list[Values] = []
        self.attendance: list[Values] = []
        self.guests: list[Values] = []
        self.feedback: list[Values] = []
        self.taken: dict[int, Values] = {}
        self.busy: set[tuple[int, date]] = set()

    def free(self, person: Person, days: Sequence[date]) -> bool:
        """Whether somebody has nothing on these days yet."""
        return not any((person.id, day) in self.busy for day in days)

    def add(self, event: Event) -> None:
        """Take an activity into the programme."""
        number = len(self.activities)
        whens = [datetime.combine(day, event.start, clock.PLACE) for day in event.days]
        ends = [when + timedelta(minutes=event.minutes) for when in whens]
        people = [one for one in event.people if self.free(one, event.days)]
        announced = min(whens[0] - timedelta(days=14), self.work.now - timedelta(days=2))
        whole = len(whens) > 1
        cancelled = self.work.now - timedelta(hours=20) if event.state == "cancelled" else None
        row: Values = {
            "kind": event.kind, "title": event.title, "area_id": event.place.id, "area_path": event.place.area_path,
            "capacity": event.capacity, "whole_term": whole, "state": event.state, "starts_on": event.days[0],
            "ends_on": event.days[-1], "announced_at": announced if event.state != "draft" else None,
            "made_at": announced, "changed_at": announced, "cancelled_at": cancelled, "made_by": self.by_name,
            "token": f"{self.random.getrandbits(72):018x}", **event.values,
        }  # fmt: skip
        self.activities.append(row)
        if whole:
            row["term_slot_id"] = self._slot(event, row, TERM, whens[0], ends[-1], cancelled)
            self._book(row["term_slot_id"], event, people, announced)
        for place, (begins, over) in enumerate(zip(whens, ends, strict=True), start=1):
            slot = self._slot(event, row, KIND, begins, over, cancelled)
            self.sessions.append(
                {"id": slot, "activity_id": number, "number": place, "topic": "", "shift_id": None,
                 "code_key": f"{self.random.getrandbits(128):032x}"}
            )  # fmt: skip
            held = self._book(slot, event, people[: event.capacity] if whole else people, announced)
            self.busy.update((one.id, begins.date()) for one in held)
            if over < self.work.now and not cancelled:
                self._attend(number, slot, event, held, begins)
        if event.guest is not None:
            self._note(number, event, people[: event.capacity], whens[0], bool(row.get("pictures")))

    def _slot(
        self, event: Event, row: Values, kind: str, begins: datetime, ends: datetime, cancelled: datetime | None
    ) -> int:  # fmt: skip
        mode = "open" if kind == KIND and row["whole_term"] else row.get("mode", "open")
        self.slots.append(
            {
                "kind": kind, "title": event.title, "starts_at": begins, "ends_at": ends, "area_id": event.place.id,
                "area_path": event.place.area_path, "where": row.get("where", ""), "minimum": row.get("minimum", 1),
                "capacity": event.capacity, "taken": 0, "waiting": 0, "shaky": 0, "mode": mode,
                "opens_at": row.get("opens_at"), "closes_at": row.get("closes_at"), "cancelled_at": cancelled,
                "why": row.get("why", ""), "seed": f"{self.random.getrandbits(128):032x}" if mode == "lottery" else "",
            }
        )  # fmt: skip
        return len(self.slots) - 1

    def _book(self, slot: int, event: Event, people: Sequence[Person], at: datetime) -> list[Person]:
        """Give people places as long as there are any, and let the others wait; returns who has one."""
        its = self.slots[slot]
        held = []
        for place, one in enumerate(people):
            state = "waiting" if place >= event.capacity else "booked"
            if its["mode"] == "lottery":
                state = "entered"
            if event.state == "cancelled":
                state = "cancelled"
            its["taken"] += state == "booked"
            its["waiting"] += state == "waiting"
            if state == "booked":
                held.append(one)
            made = min(at + timedelta(hours=3, minutes=47 * place), self.work.now - timedelta(minutes=3))
            self.bookings.append(
                {
                    "slot_id": slot, "person_key": f"r{one.id}", "name": one.values["name"], "resident_id": one.id,
                    "volunteer_id": None, "state": state, "live": None if state == "cancelled" else 1,
                    "starts_at": its["starts_at"], "ends_at": its["ends_at"], "why": its["why"], "made_at": made,
                    "changed_at": made, "by_name": self.by_name,
                }
            )  # fmt: skip
        return held

    def _attend(self, number: int, slot: int, event: Event, held: Sequence[Person], begins: datetime) -> None:
        day = begins.date()
        walked = [one for one in event.walk_ins if self.free(one, [day])]
        self.busy.update((one.id, day) for one in walked)
        for one, how in [*((one, "tap") for one in held), *((one, "walk_in") for one in walked)]:
            came = how == "walk_in" or self.random.random() < CAME
            mark = "came" if came else "excused" if self.random.random() < EXCUSED else "missed"
            self.attendance.append(
                {
                    "activity_id": number, "slot_id": slot, "person_key": f"r{one.id}", "resident_id": one.id,
                    "name": one.values["name"], "on": day, "mark": mark, "how": how, "by_name": self.by_name,
                    "made_at": begins, "changed_at": begins,
                }
            )  # fmt: skip
            if came:
                self._seen(one, day)
                if self.random.random() < event.said:
                    self._say(number, slot, one, begins)

    def _seen(self, one: Person, day: date) -> None:
        there = self.taken.setdefault(
            one.id, {"resident_id": one.id, "first_on": day, "last_on": day, "times": 0}
        )
        there["first_on"], there["last_on"] = min(there["first_on"], day), max(there["last_on"], day)
        there["times"] += 1

    def _say(self, number: int, slot: int, one: Person, at: datetime) -> None:
        rating = self.random.choices((3, 2, 1), (72, 22, 6))[0]
        self.feedback.append(
            {"activity_id": number, "slot_id": slot, "person_key": f"r{one.id}", "rating": rating,
             "note": self.random.choice(WORDS[rating]) if self.random.random() < 0.4 else "", "by_name": self.by_name,
             "made_at": at, "changed_at": at}
        )  # fmt: skip

    def _note(
        self, number: int, event: Event, people: Sequence[Person], at: datetime, pictures: bool
    ) -> None:
        called = min(at - timedelta(days=3), self.work.now - timedelta(hours=2))
        for one in people:
            self.guests.append(
                {
                    "activity_id": number, "person_key": f"r{one.id}", "resident_id": one.id, "name": one.values["name"],
                    "invited_at": called - timedelta(days=4), "invited_by": self.by_name, "coming": "yes",
                    "called_at": called, "called_by": self.by_name, "pictures": pictures and one.id % 5 > 0,
                    **(event.guest or {}),
                }
            )  # fmt: skip

    def _tell(self) -> None:
        """What readers know of the faces, where so many said something that nobody can be recognised."""
        said: dict[int, Counter[int]] = {}
        for row in self.feedback:
            said.setdefault(row["activity_id"], Counter())[row["rating"]] += 1
        for number, faces in said.items():
            if faces.total() >= SETTINGS["small_count"].default:
                told = {str(face): faces[face] for face in FACES}
                self.activities[number] |= {"told": told, "told_at": self.work.now}

    def write(self) -> int:
        """Write everything; returns how many activities."""
        work = self.work
        self._tell()
        slot_ids = bulk.new_ids(work, Slot, len(self.slots))
        ids = bulk.new_ids(work, Activity, len(self.activities))
        for row in self.activities:
            if row.get("term_slot_id") is not None:
                row["term_slot_id"] = slot_ids[row["term_slot_id"]]
        for rows in (self.sessions, self.attendance, self.guests, self.feedback):
            for row in rows:
                row["activity_id"] = ids[row["activity_id"]]
        for rows in (self.bookings, self.attendance, self.feedback):
            for row in rows:
                row["slot_id"] = slot_ids[row["slot_id"]]
        for row in self.sessions:
            row["id"] = slot_ids[row["id"]]
        bulk.insert_records(work, Slot, self.slots, slot_ids)
        bulk.insert_records(work, Activity, self.activities, ids)
        bulk.write(work, Meeting, self.sessions)
        for table, rows in (
            (Booking, self.bookings), (Attendance, self.attendance), (Guest, self.guests), (Feedback, self.feedback),
        ):  # fmt: skip
            bulk.insert_records(work, table, rows)
        bulk.write(work, Taken, self.taken.values())
        return len(ids)
