"""A year of shifts, places and hours of service of very many invented volunteers, written fast, to measure with."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import select

from db import clock
from db.people import bulk
from db.register import Values
from db.sample import names
from db.sample.places import Place
from db.slots import Booking, Slot
from db.volunteers.tables import Hours, Shift, Volunteer, WorkKind
from db.work import Work

YEAR: Final = 365
AHEAD: Final = 7
IN_GRID: Final = 16
"""Volunteers of a grid; each day some of them have a shift."""
SIGNED: Final = (1, 2, 2, 2, 3, 3)
SERVED: Final = 0.65
BY_HAND: Final = 0.05
PAUSE: Final = 0.06
KIND: Final = "邻里巡访"

_K = WorkKind.__table__.c  # type: ignore[attr-defined]


def scatter(work: Work, grids: Sequence[Place], random: Random) -> int:
    """Volunteers of these grids and their year; returns how many shifts."""
    kind_id = _kind(work)
    slots: list[Values] = []
    bookings: list[Values] = []
    hours: list[Values] = []
    people = _volunteers(work, grids, random)
    days = range(-YEAR, AHEAD + 1)
    slot_ids = iter(bulk.new_ids(work, Slot, len(grids) * len(days)))
    for grid in grids:
        for number in days:
            at = datetime.combine(clock.today() + timedelta(days=number), time(9), clock.PLACE)
            signed = random.sample(people[grid.id], random.choice(SIGNED))
            slot_id = next(slot_ids)
            slots.append(
                {"id": slot_id, "kind": "shift", "title": KIND, "starts_at": at, "ends_at": at + timedelta(hours=2),
                 "area_id": grid.id, "area_path": grid.area_path, "minimum": 2, "capacity": 3, "taken": len(signed)}
            )  # fmt: skip
            for one in signed:
                made = at - timedelta(hours=random.randrange(200))
                bookings.append(
                    {"slot_id": slot_id, "person_key": f"v{one['id']}", "name": one["name"], "volunteer_id": one["id"],
                     "state": "booked", "live": 1, "starts_at": at, "ends_at": at + timedelta(hours=2), "made_at": made}
                )  # fmt: skip
    booking_ids = bulk.new_ids(work, Booking, len(bookings))
    for booking_id, one in zip(booking_ids, bookings, strict=True):
        one["id"] = booking_id
        if one["ends_at"] < work.now and random.random() < SERVED:
            hours.append(_served(one, random))
    paths = {one["id"]: one["area_path"] for one in slots}
    for one in hours:
        one["area_path"] = paths[one["slot_id"]]
        if one["origin"] == "by_hand":
            one["booking_id"] = one["slot_id"] = None
    bulk.insert_records(work, Slot, slots, [one["id"] for one in slots])
    bulk.write(
        work, Shift,
        (Shift(id=one["id"], kind_id=kind_id).model_dump() for one in slots),
    )  # fmt: skip
    bulk.insert_records(work, Booking, bookings, booking_ids)
    bulk.insert_records(work, Hours, hours)
    return len(slots)


def _kind(work: Work) -> int:
    known = work.session.execute(select(_K.id).where(_K.title == KIND)).scalar()
    return int(known or bulk.insert_records(work, WorkKind, [{"title": KIND, "minimum": 2, "maximum": 3}])[0])


def _volunteers(work: Work, grids: Sequence[Place], random: Random) -> dict[int, list[Values]]:
    ids = iter(bulk.new_ids(work, Volunteer, len(grids) * IN_GRID))
    found: dict[int, list[Values]] = {grid.id: [] for grid in grids}
    for grid in grids:
        for _each in range(IN_GRID):
            number, sex = next(ids), random.choice(("female", "male"))
            born = date(random.randrange(1946, 2000), 1 + random.randrange(12), 1 + random.randrange(28))
            found[grid.id].append(
                {"id": number, "number": f"V{number:05d}", "name": names.full_name(random, sex, born.year), "sex": sex, "born": born, "area_id": grid.id,
                 "area_path": grid.area_path, "status": "paused" if random.random() < PAUSE else "active",
                 "since": clock.today() - timedelta(days=random.randrange(3 * YEAR))}
            )  # fmt: skip
    rows = [one for each in found.values() for one in each]
    bulk.insert_records(work, Volunteer, rows, [one["id"] for one in rows])
    return found


def _served(booking: Values, random: Random) -> dict[str, Any]:
    by_hand = random.random() < BY_HAND
    return {
        "volunteer_id": booking["volunteer_id"], "booking_id": booking["id"], "slot_id": booking["slot_id"], "what": KIND,
        "day": booking["starts_at"].astimezone(clock.PLACE).date(), "origin": "by_hand" if by_hand else "checked",
        "in_at": booking["starts_at"], "out_at": booking["ends_at"], "minutes": random.choice((90, 120, 120)),
        "state": "approved",
    }  # fmt: skip
