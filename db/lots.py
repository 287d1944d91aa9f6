"""Rushed places by lot: the seed is fixed before, and anybody can work the draw out again afterwards."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import select, update

from db import clock
from db.clashing import day_of
from db.errors import Refused
from db.places import hold_still, kind_of, move, slot_of
from db.slots import Booking, Row, Slot
from db.work import Work

_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]


def seed_hash(seed: str) -> str:
    """What is published before the draw: it proves later that the seed was not changed."""
    return hashlib.sha256(seed.encode()).hexdigest()


def lot(seed: str, booking_id: int) -> str:
    """The lot of an entry: whoever knows the seed can work it out again. The smallest wins."""
    return hashlib.sha256(f"{seed}:{booking_id}".encode()).hexdigest()


def draw(work: Work, slot_id: int) -> tuple[list[int], list[int]]:
    """Draw the lottery of a slot: bookings that won a place, and those that wait now, in the order of their lots.

    Who reached the cap of the month, or is elsewhere by now, waits behind all others. Refused `place.drawn`.
    """
    entries = _entered(work, slot_id)
    hold_still(work, [one.person_key for one in entries])
    slot = slot_of(work, slot_id)
    if slot.drawn_at is not None:
        raise Refused("place.drawn")
    entries = sorted(_entered(work, slot_id), key=lambda one: lot(slot.seed, one.id))
    free = slot.capacity - slot.taken
    won: list[int] = []
    left: list[int] = []
    for number, one in enumerate(entries, start=1):
        judged = kind_of(slot.kind).judge(work, slot, one.person_key)
        may = not any(clash.hard for clash in judged) and not _capped(work, slot, one.person_key)
        if may and len(won) < free:
            move(work, slot, one, "booked")
            won.append(one.id)
        else:
            move(work, slot, one, "waiting", rank=number if may else len(entries) + number)
            left.append(one.id)
    work.session.execute(update(Slot).where(_S.id == slot_id).values(drawn_at=work.now))
    work.log(
        slot.kind,
        slot_id,
        slot.title,
        {"drawn": (None, len(won)), "seed": (None, slot.seed)},
        area_path=slot.area_path,
    )
    for one in entries:
        kind_of(slot.kind).told(work, slot, one, "booked" if one.id in won else "lost")
    return won, left


def _entered(work: Work, slot_id: int) -> Sequence[Row]:
    return work.session.execute(
        select(Booking.__table__).where(_B.slot_id == slot_id, _B.state == "entered").order_by(_B.id)  # type: ignore[attr-defined]
    ).all()


def _capped(work: Work, slot: Row, key: str) -> bool:
    """Whether this person has had as many rushed places of this title in the month as one may have."""
    if not slot.cap_month:
        return False
    first = datetime.combine(day_of(slot.starts_at).replace(day=1), time(0), clock.PLACE)
    until = (first + timedelta(days=32)).replace(day=1)
    had = work.session.execute(
        select(_B.id)
        .join(Slot, _S.id == _B.slot_id)
        .where(
            _B.person_key == key, _B.live == 1, _B.state == "booked", _B.starts_at >= first, _B.starts_at < until,
            _S.mode == "lottery", _S.title == slot.title, _S.id != slot.id,
        )
        .limit(slot.cap_month)
    ).all()  # fmt: skip
    return len(had) >= int(slot.cap_month)
