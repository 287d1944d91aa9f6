"""Many people at once, in several processes, through the real commands: what a test of races starts and counts.

Each process gets the same rounds; a barrier lets all begin each round at the same moment.
"""

import logging
import multiprocessing
import os
import random
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import select, update

from db import access, clock, engine
from db.activities import signing_up as activities_signing_up
from db.errors import Refused
from db.slots import HELD, Booking, Slot
from db.volunteers import signing_up
from tests.conftest import NOON

PROCESSES = 3
THREADS = 4
EXPECTED = {"place.full", "place.moved", "place.already", "place.not_yours", "shift.unfit", "place.closed"}
"""What contention may say. Anything else, `system.busy` above all, is an error."""


@dataclass(frozen=True)
class Round:
    """Who tries what: (verb, slot, volunteer) for each person, shared out among the processes."""

    tries: tuple[tuple[str, int, int], ...]


def run(url: str, folder: str, rounds: list[Round], *, careless: bool = False) -> Counter[str]:
    """Let all rounds happen; returns how often which answer came."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.volunteers.racing"])
    barrier, answers = context.Barrier(PROCESSES), context.Queue()
    racers = [
        context.Process(target=_race, args=(url, folder, rounds, number, barrier, answers, careless))
        for number in range(PROCESSES)
    ]
    for one in racers:
        one.start()
    found: Counter[str] = Counter()
    for _one in racers:
        found.update(answers.get(timeout=240))
    for one in racers:
        one.join(30)
    return found


def _race(
    url: str, folder: str, rounds: list[Round], number: int, barrier: Any, answers: Any, careless: bool
) -> None:
    os.environ["LINLI_DATABASE_URL"], os.environ["LINLI_DATA_DIR"] = url, folder
    found: Counter[str] = Counter()
    logging.getLogger("linli").addHandler(_Heard(found))
    with clock.at(NOON), ThreadPoolExecutor(THREADS) as pool:
        for one in rounds:
            mine = list(one.tries[number::PROCESSES])
            random.shuffle(mine)
            barrier.wait(120)
            found.update(pool.map(_careless if careless else _try, mine))
        barrier.wait(120)
    engine.forget()
    answers.put(found)


class _Heard(logging.Handler):
    """Counts what the racers log among the answers: what fails beside a commit is an error too."""

    def __init__(self, found: Counter[str]) -> None:
        super().__init__(logging.WARNING)
        self.found = found

    def emit(self, record: logging.LogRecord) -> None:
        self.found[self.format(record)[-400:]] += 1


def _try(what: tuple[str, int, int]) -> str:
    verb, slot_id, volunteer_id = what
    who = access.system()
    try:
        if verb == "take":
            return signing_up.sign_up(who, shift_id=slot_id, volunteer_id=volunteer_id).state
        if verb == "wait":
            return signing_up.sign_up(who, shift_id=slot_id, volunteer_id=volunteer_id, or_wait=True).state
        if verb == "join":
            return activities_signing_up.sign_up(who, activity_id=slot_id, resident_id=volunteer_id).state
        if verb == "part":
            rows = activities_signing_up.holders(who, activity_id=slot_id)
            booking = next((one.booking_id for one in rows if one.resident_id == volunteer_id), None)
            if booking is None:
                return "nothing"
            activities_signing_up.leave(who, booking_id=booking)
            return "left"
        if verb == "leave":
            booking = _own(slot_id, volunteer_id)
            if booking is None:
                return "nothing"
            signing_up.leave(who, booking_id=booking)
            return "left"
        if verb == "give":
            booking = _own(slot_id, volunteer_id)
            if booking is None:
                return "nothing"
            signing_up.hand_over(who, booking_id=booking)
            return "given"
        handing = _handing(slot_id)
        if handing is None:
            return "nothing"
        signing_up.take_over(who, booking_id=handing, volunteer_id=volunteer_id)
        return "taken over"
    except Refused as refused:
        return refused.code
    except Exception:
        return traceback.format_exc()[-400:]


def _own(slot_id: int, volunteer_id: int) -> int | None:
    with engine.reading() as session:
        return session.execute(
            select(Booking.id).where(
                Booking.slot_id == slot_id, Booking.volunteer_id == volunteer_id, Booking.live == 1
            )  # type: ignore[call-overload]
        ).scalar()


def _handing(slot_id: int) -> int | None:
    with engine.reading() as session:
        return session.execute(
            select(Booking.id)
            .where(Booking.slot_id == slot_id, Booking.handing != "", Booking.live == 1)
            .limit(1)  # type: ignore[call-overload]
        ).scalar()


def _careless(what: tuple[str, int, int]) -> str:
    """Counts the rows, then adds one: the usual way to over-book. Takes no place from the slot's counter."""
    _verb, slot_id, volunteer_id = what
    try:
        with engine.reading() as session:
            taken = len(session.execute(select(Booking.id).where(Booking.slot_id == slot_id)).all())  # type: ignore[call-overload]
            room = session.execute(select(Slot.capacity).where(Slot.id == slot_id)).scalar_one()  # type: ignore[call-overload]
        if taken >= room:
            return "place.full"
        with engine.writing() as session:
            now = clock.now()
            session.add(
                Booking(
                    slot_id=slot_id, person_key=f"v{volunteer_id}", volunteer_id=volunteer_id, state="booked",
                    starts_at=now, ends_at=now,
                )
            )  # fmt: skip
        return "booked"
    except Exception:
        return traceback.format_exc()[-400:]


def nobody_in_two_places(but: str = "") -> None:
    """No two held bookings of one person overlap, those of the kind `but` left out."""
    with engine.reading() as session:
        rows = session.execute(
            select(Booking.person_key, Booking.starts_at, Booking.ends_at)  # type: ignore[call-overload]
            .join(Slot, Slot.id == Booking.slot_id)
            .where(Slot.kind != but)
            .where(Booking.live == 1, Booking.state.in_(HELD))  # type: ignore[attr-defined]
            .order_by(Booking.person_key, Booking.starts_at)
        ).all()
    for one, following in pairwise(rows):
        if one.person_key == following.person_key:
            assert one.ends_at <= following.starts_at, (one, following)


def restart(slot_ids: list[int]) -> None:
    """Forget all bookings of these slots."""
    with engine.writing() as session:
        session.execute(
            update(Booking)
            .where(Booking.slot_id.in_(slot_ids))
            .values(live=None, state="cancelled", handing="")
        )  # type: ignore[attr-defined]
        session.execute(update(Slot).where(Slot.id.in_(slot_ids)).values(taken=0, waiting=0, shaky=0))  # type: ignore[union-attr]
