"""Places that people take and give back: of shifts, activities, whatever has room for so many and no more.

There is one path, right on SQLite and PostgreSQL alike. Whoever takes a place is held still first (a row of their
own, so that one person is never in two places), then what stands against it is judged, then one guarded update
takes the place from the slot, and only then the booking changes. Giving back, moving up from the waiting list and
handing over take the same path. Persons are always held before slots, so that nobody waits for each other.

A room says of its kind of slot who may take a place, and is told of what happened by itself (`declare`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    and_,
    bindparam,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlmodel import Session

from db import access, clashing, clock, engine
from db.clashing import Clash
from db.errors import Refused
from db.slots import HELD, PENDING, Booking, Person, Row, Slot, Who
from db.work import Work, unit

EARLY = timedelta(hours=24)
"""So long before the beginning, who moves up from the waiting list is simply booked; later they are asked."""
ANSWER = timedelta(hours=2)
LAST_OFFER = timedelta(hours=1)
QUIET_FROM, QUIET_UNTIL = time(21), time(8)
"""Nobody is asked at night, and no deadline runs."""


_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_P = Person.__table__.c  # type: ignore[attr-defined]


Judge = Callable[[Work, Any, str], Sequence[Clash]]
Told = Callable[[Work, Any, Any, str], None]
Follow = Callable[[Work, Any, Who, bool], None]


@dataclass(frozen=True)
class Kind:
    """What a room says of its slots. `judge(work, slot, key)` names what stands against it; `told(work, slot,
    booking, what)` hears "booked", "offered", "lapsed", "lost" when it happened without the person's doing.
    `follow(work, slot, who, has)` does what goes with having a place from now on, or no longer."""

    action: str
    topic: str
    judge: Judge
    told: Told
    follow: Follow | None = None


_kinds: dict[str, Kind] = {}


def declare(
    kind: str, *, action: str, topic: str, judge: Judge, told: Told, follow: Follow | None = None
) -> None:
    """Say who judges and who is told, for one kind of slot. `action` is what moving up is done under."""
    _kinds[kind] = Kind(action, topic, judge, told, follow)


def kind_of(kind: str) -> Kind:
    """Who judges and who is told, for this kind of slot."""
    return _kinds[kind]


def hold_still(work: Work, keys: Iterable[str]) -> None:
    """Until this unit of work ends, nobody else changes the bookings of these persons. Always before any slot."""
    connection = work.connection
    for key in sorted(set(keys)):
        connection.execute(_HOLD[connection.dialect.name], {"key": key})


def _held_row(maker: Any) -> Any:
    return (
        maker(Person.__table__)  # type: ignore[attr-defined]
        .values(key=bindparam("key"), turn=1)
        .on_conflict_do_update(index_elements=["key"], set_={"turn": _P.turn + 1})
    )


# Made once: what everybody does at the same time is not put together anew each time.
_HOLD = {"sqlite": _held_row(sqlite.insert), "postgresql": _held_row(postgresql.insert)}
_ONE_SLOT = select(Slot.__table__).where(_S.id == bindparam("slot"))  # type: ignore[attr-defined]
_ONE_BOOKING = select(Booking.__table__).where(_B.id == bindparam("booking"))  # type: ignore[attr-defined]
_LIVE = select(Booking.__table__).where(  # type: ignore[attr-defined]
    _B.slot_id == bindparam("slot"), _B.person_key == bindparam("key"), _B.live == 1
)
_ADD = insert(Booking.__table__).returning(_B.id)  # type: ignore[attr-defined]
_COUNT = (
    update(Slot.__table__)  # type: ignore[attr-defined]
    .where(_S.id == bindparam("slot"))
    .values(
        taken=_S.taken + bindparam("more"), waiting=_S.waiting + bindparam("wait"), shaky=_S.shaky + bindparam("shake")
    )
)  # fmt: skip
_COUNT_WHILE_ROOM = _COUNT.where(
    _S.taken + bindparam("more") <= _S.capacity, _S.cancelled_at.is_(None), _S.withdrawn_at.is_(None)
)


def slot_of(work: Work, slot_id: int) -> Row:
    """Refused `record.not_found`."""
    row = work.connection.execute(_ONE_SLOT, {"slot": slot_id}).first()
    if row is None or row.withdrawn_at is not None:
        raise Refused("record.not_found")
    return row


def booking_of(work: Work, booking_id: int) -> Row:
    """Refused `record.not_found`."""
    row = work.connection.execute(_ONE_BOOKING, {"booking": booking_id}).first()
    if row is None:
        raise Refused("record.not_found")
    return row


def live_booking(work: Work, slot_id: int, key: str) -> Row | None:
    """The booking of this person that is not over, if there is one."""
    return work.connection.execute(_LIVE, {"slot": slot_id, "key": key}).first()


def enter(
    work: Work, slot: Row, who: Who, state: str, *, rank: int = 0, pair: str = "", regular: bool = False,
    overridden: str = "", offered_until: datetime | None = None, why: str = "",
) -> int:  # fmt: skip
    """Add a booking in `state`, taking a place where the state has one.

    The person must be held still and have no live booking here (`live_booking`). Returns its id. Refused
    `place.full`, `place.closed`.
    """
    clashing.changed(work, who.key)
    _count(work, slot.id, taken=int(state in HELD), waiting=int(state == "waiting"))
    booking_id: int = work.connection.execute(
        _ADD,
        {
            "version": 1, "made_at": work.now, "changed_at": work.now, "extra": {}, "withdrawn_at": None,
            "slot_id": slot.id, "person_key": who.key, "name": who.name, "volunteer_id": who.volunteer_id,
            "resident_id": who.resident_id, "state": state, "live": 1, "starts_at": slot.starts_at,
            "ends_at": slot.ends_at, "rank": rank, "pair": pair, "regular": regular, "handing": "", "late": False,
            "offered_until": offered_until, "overridden": overridden, "why": why, "by_id": work.viewer.account_id,
            "by_name": work.viewer.name,
        },
    ).scalar_one()  # fmt: skip
    _said(work, slot, booking_id, who.name, None, state, why or overridden)
    _follow(work, slot, who, had=False, has=state in HELD)
    if state == "waiting":  # a place may have been given back after the slot was read as full
        work.afterwards.append(lambda: fill(slot.id))
    return booking_id


def move(work: Work, slot: Row, booking: Row, to: str, *, why: str = "", **values: Any) -> None:
    """Bring a booking into another state, taking or giving back its place; the person must be held still.

    Refused `place.moved` when somebody moved it meanwhile, `place.full`, `place.closed`.
    """
    clashing.changed(work, booking.person_key)
    live = 1 if to in (*HELD, *PENDING) else None
    done: CursorResult[Any] = work.connection.execute(
        update(Booking.__table__)  # type: ignore[attr-defined]
        .where(_B.id == booking.id, _B.state == booking.state, _B.version == booking.version)
        .values(
            state=to, live=live, version=booking.version + 1, changed_at=work.now, handing="", handing_since=None,
            why=why, **values,
        )
    )  # fmt: skip
    if done.rowcount != 1:
        raise Refused("place.moved")
    _count(
        work, slot.id,
        taken=int(to in HELD) - int(booking.state in HELD),
        waiting=int(to == "waiting") - int(booking.state == "waiting"),
        shaky=-int(bool(booking.handing)),
    )  # fmt: skip
    _said(work, slot, booking.id, booking.name, booking.state, to, why)
    who = Who(booking.person_key, booking.name, booking.volunteer_id, booking.resident_id)
    _follow(work, slot, who, had=booking.state in HELD, has=to in HELD)
    if booking.state in (*HELD, "waiting") and to not in HELD:
        work.afterwards.append(lambda: fill(slot.id))


def _follow(work: Work, slot: Row, who: Who, *, had: bool, has: bool) -> None:
    kind = _kinds.get(slot.kind)
    if kind is not None and kind.follow is not None and had != has:
        kind.follow(work, slot, who, has)


def _said(
    work: Work, slot: Row, booking_id: int, name: str, before: str | None, after: str, why: str
) -> None:
    work.log(
        "booking", booking_id, f"{slot.title} · {name}", {"state": (before, after)}, area_path=slot.area_path,
        reason=why[:200],
    )  # fmt: skip
    kind = _kinds.get(slot.kind)
    work.touch(kind.topic if kind else slot.kind)


def _count(work: Work, slot_id: int, *, taken: int = 0, waiting: int = 0, shaky: int = 0) -> None:
    """Change the counters of a slot by one guarded update. Refused `place.full`, `place.closed`."""
    if not (taken or waiting or shaky):
        return
    done: CursorResult[Any] = work.connection.execute(
        _COUNT_WHILE_ROOM if taken > 0 else _COUNT,
        {"slot": slot_id, "more": taken, "wait": waiting, "shake": shaky},
    )
    if done.rowcount != 1:
        now = slot_of(work, slot_id)
        raise Refused("place.closed" if now.cancelled_at is not None else "place.full", slot_id=slot_id)


def hand_out(work: Work, slot: Row, booking: Row, to: str) -> None:
    """Say that the holder looks for somebody else: `to` a person's key, "*" for anybody, "" for no longer.

    The holder stays responsible. Refused `place.moved`.
    """
    done: CursorResult[Any] = work.connection.execute(
        update(Booking.__table__)  # type: ignore[attr-defined]
        .where(_B.id == booking.id, _B.state == "booked", _B.version == booking.version)
        .values(handing=to, handing_since=work.now if to else None, version=booking.version + 1, changed_at=work.now)
    )  # fmt: skip
    if done.rowcount != 1:
        raise Refused("place.moved")
    _count(work, slot.id, shaky=int(bool(to)) - int(bool(booking.handing)))
    _said(work, slot, booking.id, booking.name, booking.handing or "booked", to or "booked", "")


def confirm(work: Work, slot: Row, booking: Row) -> None:
    """Keep that the holder will come; the person must be held still."""
    work.session.execute(
        update(Booking)
        .where(_B.id == booking.id)
        .values(confirmed_at=work.now, version=booking.version + 1, changed_at=work.now)
    )
    _said(work, slot, booking.id, booking.name, "booked", "confirmed", "")


def take_over(work: Work, slot: Row, booking: Row, who: Who, *, overridden: str = "") -> int:
    """Become the one who does it in place of the holder. Exactly one wins; both must be held still.

    Returns the new booking. Refused `place.moved` (somebody else was faster, or it was taken back),
    `place.not_yours`, `place.already`.
    """
    if booking.handing not in ("*", who.key):
        raise Refused("place.moved" if not booking.handing else "place.not_yours")
    own = live_booking(work, slot.id, who.key)
    if own is not None and own.state in HELD:
        raise Refused("place.already")
    if own is not None:
        move(work, slot, own, "cancelled")
    move(work, slot, booking, "handed", why=who.name)  # gives the place back to the slot …
    return enter(work, slot, who, "booked", overridden=overridden)  # … which is not seen by anybody else


def quiet(now: datetime) -> bool:
    """Whether it is night in the community."""
    at = now.astimezone(clock.PLACE).time()
    return at >= QUIET_FROM or at < QUIET_UNTIL


def awake_after(now: datetime, pause: timedelta) -> datetime:
    """The moment `pause` after `now`, the nights not counted."""
    left, at = pause, now.astimezone(clock.PLACE)
    while True:
        if quiet(at):
            day = at.date() + timedelta(days=1) if at.time() >= QUIET_FROM else at.date()
            at = datetime.combine(day, QUIET_UNTIL, clock.PLACE)
        night = datetime.combine(at.date(), QUIET_FROM, clock.PLACE)
        if at + left <= night:
            return at + left
        left, at = left - (night - at), night


def fill(slot_id: int) -> list[int]:
    """Let those who wait move up while there are places, each in a unit of work of its own; returns who did.

    Early they are booked at once; later they are asked and have until a deadline that leaves out the night. At
    night nobody is asked. Runs after places were given back; a duty runs it again, for whatever was missed.
    """
    moved: list[int] = []
    passed: set[int] = set()
    while True:
        with engine.reading() as session:
            line = _next_in_line(session, slot_id, passed)
        if line is None:
            return moved
        try:
            moved += _move_up(line)
        except Refused as refused:
            if refused.code not in ("place.full", "place.moved", "place.closed"):
                raise
        passed.update(one.id for one in line)


def _next_in_line(session: Session, slot_id: int, passed: set[int]) -> list[Row] | None:
    """Those who come next and fit, a pair together; None when there is no room or nobody."""
    slot = session.execute(select(Slot.__table__).where(_S.id == slot_id)).first()  # type: ignore[attr-defined]
    if slot is None or slot.cancelled_at is not None or slot.starts_at <= clock.now() + LAST_OFFER:
        return None
    free = slot.capacity - slot.taken
    if free < 1 or slot.waiting < 1:
        return None
    if slot.starts_at <= clock.now() + EARLY and quiet(clock.now()):
        return None
    rows = session.execute(
        select(Booking.__table__)  # type: ignore[attr-defined]
        .where(_B.slot_id == slot_id, _B.state == "waiting", _B.live == 1)
        .order_by(_B.rank, _B.id)
    ).all()
    for row in rows:
        if row.id in passed:
            continue
        group = [one for one in rows if row.pair and one.pair == row.pair] or [row]
        if len(group) <= free:
            return group
    return None


def _move_up(line: Sequence[Row]) -> list[int]:
    with engine.reading() as session:
        kind = session.execute(select(_S.kind).where(_S.id == line[0].slot_id)).scalar_one()
    room = _kinds[kind]
    with unit(access.system(), room.action, write=True) as work:
        hold_still(work, [one.person_key for one in line])
        slot = slot_of(work, line[0].slot_id)
        now = [booking_of(work, one.id) for one in line]
        if any(one.state != "waiting" for one in now):
            raise Refused("place.moved")
        if any(clash.hard for one in now for clash in room.judge(work, slot, one.person_key)):
            return []
        early = slot.starts_at > work.now + EARLY
        until = None if early else min(awake_after(work.now, ANSWER), slot.starts_at - LAST_OFFER / 2)
        for one in now:
            to = "booked" if early else "offered"
            move(work, slot, one, to, offered_until=until)
            room.told(work, slot, one, to)
    return [one.id for one in line]


def lapse() -> list[int]:
    """Take back offers that were not answered in time, and offer again. A duty; returns the slots concerned."""
    with engine.reading() as session:
        late = session.execute(
            select(_B.id, _B.slot_id, _B.person_key).where(_B.offered_until < clock.now(), _B.state == "offered")
        ).all()  # fmt: skip
    for row in late:
        with engine.reading() as session:
            kind = session.execute(select(_S.kind).where(_S.id == row.slot_id)).scalar_one()
        with unit(access.system(), _kinds[kind].action, write=True) as work:
            hold_still(work, [row.person_key])
            slot, booking = slot_of(work, row.slot_id), booking_of(work, row.id)
            if booking.state == "offered":
                move(work, slot, booking, "lapsed")
                _kinds[kind].told(work, slot, booking, "lapsed")
    return sorted({row.slot_id for row in late})


def fill_all() -> list[int]:
    """Let move up whoever can, everywhere: what a process that died, or the night, left undone. A duty."""
    with engine.reading() as session:
        ids = session.execute(
            select(_S.id).where(
                _S.waiting > 0, _S.taken < _S.capacity, _S.cancelled_at.is_(None), _S.starts_at > clock.now()
            )
        ).scalars().all()  # fmt: skip
    return [booking for slot_id in ids for booking in fill(slot_id)]


def place_in_line(work: Work, booking: Row) -> int:
    """How many come before, plus one."""
    ahead = work.session.execute(
        select(_B.id).where(
            _B.slot_id == booking.slot_id, _B.state == "waiting",
            or_(_B.rank < booking.rank, and_(_B.rank == booking.rank, _B.id < booking.id)),
        )
    ).all()  # fmt: skip
    return len(ahead) + 1


def resize(work: Work, slot: Row, capacity: int) -> None:
    """Give a slot more or less room, never less than is taken. Refused `place.too_small`."""
    done: CursorResult[Any] = work.connection.execute(
        update(Slot.__table__).where(_S.id == slot.id, _S.taken <= capacity).values(capacity=capacity)  # type: ignore[attr-defined]
    )
    if done.rowcount != 1:
        raise Refused("place.too_small", taken=slot_of(work, slot.id).taken)
    if capacity > slot.capacity:
        work.afterwards.append(lambda: fill(slot.id))
