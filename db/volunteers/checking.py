"""Coming and leaving: by the code on the staff phone, by the tick list of a shift, or later from the paper sheet.

The code is six digits that change every thirty seconds, made from a secret of the shift, so that only somebody who is
there can know it. The clock is the server's. All three ways end in the same entry (`db.volunteers.hours`).
"""

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import select, update

from db import clock, engine, parsing, places
from db.access import Viewer, within
from db.errors import Refused
from db.slots import HELD, Booking, Slot
from db.system import throttle
from db.volunteers import hours, no_shows
from db.volunteers.fitness import SHIFT, key_of, shift_of
from db.volunteers.hours import CLOSED_AFTER, shown_name
from db.volunteers.signing_up import own
from db.volunteers.tables import Hours, NoShow, Shift
from db.work import Work, command, query, unit

STEP = 30
"""Seconds for which one code is shown; the one before is still taken."""
DAY = timedelta(days=1)
EARLY = timedelta(minutes=30)
Way = Literal["in", "out"]

_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_F = Shift.__table__.c  # type: ignore[attr-defined]
_H = Hours.__table__.c  # type: ignore[attr-defined]
_N = NoShow.__table__.c  # type: ignore[attr-defined]


def code_of(key: str, slot_id: int, step: int, way: Way) -> str:
    """The six digits of one slot (a shift, a date of an activity), step and direction."""
    made = hmac.new(key.encode(), f"{slot_id}:{step}:{way}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(made[:8], 'big') % 1_000_000:06d}"


def step_at(now: datetime) -> int:
    return int(now.timestamp()) // STEP


def fits(key: str, slot_id: int, now: datetime, way: Way, code: str) -> bool:
    """Whether somebody who types `code` can have seen it just now."""
    step, typed = step_at(now), parsing.fold(code).replace(" ", "").encode()
    good = [hmac.compare_digest(code_of(key, slot_id, one, way).encode(), typed) for one in (step, step - 1)]
    return bool(key) and any(good)


def open_at(slot: Any, now: datetime) -> bool:
    """Whether codes of this slot are taken: from half an hour before until two hours after."""
    return bool(slot.starts_at - EARLY <= now <= slot.ends_at + CLOSED_AFTER)


def must_be_open(slot: Any, now: datetime) -> None:
    """Refused `place.closed` (called off), `check.window` (opens_at)."""
    if slot.cancelled_at is not None:
        raise Refused("place.closed")
    if not open_at(slot, now):
        raise Refused("check.window", opens_at=slot.starts_at - EARLY)


@contextmanager
def guarded(who: str, slot_id: int) -> Iterator[None]:
    """Tries of the code of one slot by one person: a wrong one stays a try, a right one gives them back.

    The code of another slot, however right, gives nothing back here. Refused `signin.throttled`.
    """
    tries = f"{who}:{slot_id}"
    with engine.writing() as session:
        throttle.take(session, "check", tries)
    yield
    with engine.writing() as session:
        throttle.give_back(session, "check", tries)


# --- By the code ---


@dataclass(frozen=True)
class Checked:
    """What the code did: `state` is "in" or "out" now; `again`: it was so already, and nothing changed.

    `still`: somebody wanted to leave with the code for coming, and is not checked out.
    """

    state: Way
    at: datetime
    again: bool
    title: str
    still: bool = False


def check(viewer: Viewer | None, *, shift_id: int, code: str, leaving: bool = False) -> Checked:
    """Check in with the code of a shift, or out. Each counts once; a second tap changes nothing.

    `leaving`: was meant as checking out, as somebody sees it who is checked in.

    Refused `signin.throttled` (seconds), `check.wrong`, `check.no_place`, `check.window` (opens_at), `place.closed`,
    `volunteer.none`, `record.not_found`.
    """
    with unit(viewer, "volunteer.self", write=False) as work:
        who = str(own(work).id)
    with guarded(who, shift_id):
        return _check(viewer, shift_id=shift_id, code=code, leaving=leaving)


@command("volunteer.self")
def _check(work: Work, *, shift_id: int, code: str, leaving: bool) -> Checked:
    me = own(work)
    shift = shift_of(work, shift_id)
    if shift is None:
        raise Refused("record.not_found")
    places.hold_still(work, [key_of(me.id)])
    booking = places.live_booking(work, shift_id, key_of(me.id))
    if booking is None or booking.state not in HELD:
        raise Refused("check.no_place")
    must_be_open(shift, work.now)
    key = work.session.execute(select(_F.code_key).where(_F.id == shift_id)).scalar_one()
    ways: tuple[Way, ...] = ("in", "out")
    right = {way for way in ways if fits(key, shift_id, work.now, way, code)}
    entry = hours.standing(work, booking.id)
    if entry is None and "in" in right:
        no_shows.take_back(work, booking.id)
        hours.begin(work, shift, booking, "checked", work.now, "code")
        return Checked("in", work.now, False, shift.title)
    if entry is not None and entry.state == "open" and "out" in right:
        hours.end(work, shift, entry, work.now, "code", entry.origin)
        return Checked("out", work.now, False, shift.title)
    if entry is None or not right:
        raise Refused("check.wrong")
    if entry.state == "open":
        return Checked("in", entry.in_at, True, shift.title, still=leaving)
    return Checked("out", entry.out_at, True, shift.title)


@dataclass(frozen=True)
class OnNow:
    """A shift at which the volunteer can check in or out now. `state`: "" not there yet, "in", "out"."""

    shift_id: int
    title: str
    where: str
    starts_at: datetime
    ends_at: datetime
    state: str


@query("volunteer.self")
def on_now(work: Work) -> list[OnNow]:
    """The own shifts that are on, half an hour before until two hours after. Empty for who is no volunteer."""
    try:
        me = own(work)
    except Refused:
        return []
    rows = work.session.execute(
        select(_S.id, _S.title, _S.where, _S.starts_at, _S.ends_at, _B.id.label("booking_id"))
        .join(Booking, _B.slot_id == _S.id)
        .where(
            _B.person_key == key_of(me.id), _B.live == 1, _B.state.in_(HELD), _S.cancelled_at.is_(None),
            _S.kind == "shift", _B.starts_at <= work.now + EARLY, _B.ends_at >= work.now - CLOSED_AFTER,
        )
        .order_by(_B.starts_at, _B.id)
    ).all()  # fmt: skip
    found = []
    for row in rows:
        entry = hours.standing(work, row.booking_id)
        state = "" if entry is None else "in" if entry.state == "open" else "out"
        found.append(OnNow(row.id, row.title, row.where, row.starts_at, row.ends_at, state))
    return found


# --- What staff sees ---


@dataclass(frozen=True)
class Door:
    """One shift and how many of those with a place have come."""

    shift_id: int
    title: str
    where: str
    starts_at: datetime
    ends_at: datetime
    booked: int
    there: int
    left: int
    absent: int
    on: bool  # codes are taken now


@dataclass(frozen=True)
class Present:
    """One person with a place. `state`: "" not there yet, "in", "out", "approved", "absent"."""

    booking_id: int
    volunteer_id: int
    name: str
    state: str
    origin: str
    in_at: datetime | None
    out_at: datetime | None
    minutes: int
    excused: bool


def _shift(work: Work, shift_id: int) -> Any:
    """A shift at whose door the viewer stands. Refused `record.not_found`, `area.outside`."""
    shift = shift_of(work, shift_id)
    if shift is None:
        raise Refused("record.not_found")
    if not work.viewer.reaches("hours.enter", shift.area_path):
        raise Refused("area.outside")
    return shift


@query("hours.enter")
def doors(work: Work, *, day: date) -> list[Door]:
    """The shifts of a day in the viewer's areas, earliest first, also those that go on from the night before; those called
    off are left out."""
    first = datetime.combine(day, time(0), clock.PLACE)
    rows = work.session.execute(
        SHIFT.where(
            _S.kind == "shift", _S.starts_at > first - DAY, _S.starts_at < first + DAY, _S.ends_at > first,
            _S.cancelled_at.is_(None), _S.withdrawn_at.is_(None), within(work.viewer, "hours.enter", _S.area_path),
        ).order_by(_S.starts_at, _S.id)
    ).all()  # fmt: skip
    found = []
    for row in rows:
        states = [one.state for one in _there(work, row.id)]
        found.append(
            Door(
                row.id, row.title, row.where, row.starts_at, row.ends_at, len(states), states.count("in"),
                states.count("out") + states.count("approved"), states.count("absent"), open_at(row, work.now),
            )
        )  # fmt: skip
    return found


@query("hours.enter")
def there(work: Work, *, shift_id: int) -> tuple[Door, list[Present]]:
    """Who has a place in a shift, and who is in. Refused `record.not_found`, `area.outside`."""
    shift = _shift(work, shift_id)
    people = _there(work, shift_id)
    states = [one.state for one in people]
    door = Door(
        shift.id, shift.title, shift.where, shift.starts_at, shift.ends_at, len(states), states.count("in"),
        states.count("out") + states.count("approved"), states.count("absent"), open_at(shift, work.now),
    )  # fmt: skip
    return door, people


def _there(work: Work, shift_id: int) -> list[Present]:
    rows = work.session.execute(
        select(
            _B.id, _B.volunteer_id, _B.name, _H.id.label("entry_id"), _H.state, _H.origin, _H.in_at, _H.out_at,
            _H.minutes, _N.id.label("no_show"), _N.excused,
        )
        .outerjoin(Hours, (_H.booking_id == _B.id) & _H.corrects.is_(None) & hours.STANDING)
        .outerjoin(NoShow, (_N.booking_id == _B.id) & _N.withdrawn_at.is_(None))
        .where(_B.slot_id == shift_id, _B.live == 1, _B.state.in_(HELD), _B.volunteer_id.is_not(None))
        .order_by(_B.name, _B.id)
    )  # fmt: skip
    return [
        Present(
            row.id, row.volunteer_id, shown_name(work, row.name), _state(row), row.origin or "", row.in_at, row.out_at,
            row.minutes or 0, bool(row.excused),
        )
        for row in rows
    ]  # fmt: skip


def _state(row: Any) -> str:
    if row.entry_id is None:
        return "" if row.no_show is None else "absent"
    return {"open": "in", "waiting": "out"}.get(row.state, "approved")


@dataclass(frozen=True)
class Code:
    """What the staff phone shows: the digits, and for how many more seconds."""

    digits: str
    seconds: int
    path: str  # of the page that a scanned code opens


@query("hours.enter")
def code(work: Work, *, shift_id: int, way: Way) -> Code:
    """The code of now. Refused `record.not_found`, `area.outside`, `place.closed`, `check.window` (opens_at)."""
    shift = _shift(work, shift_id)
    must_be_open(shift, work.now)
    key = work.session.execute(select(_F.code_key).where(_F.id == shift_id)).scalar_one()
    return code_now(key, shift_id, work.now, way, "/my-shifts")


def code_now(key: str, slot_id: int, now: datetime, way: Way, page: str) -> Code:
    """The code of this moment, which leads to a page when it is scanned."""
    digits = code_of(key, slot_id, step_at(now), way)
    return Code(digits, STEP - int(now.timestamp()) % STEP, f"{page}?check={slot_id}.{digits}")


# --- By the tick list and the paper sheet ---


@dataclass(frozen=True)
class _At:
    shift: Any
    booking: Any
    entry: Any


def _held(work: Work, booking_id: int) -> _At:
    """A booking whose volunteer is held still. Refused `record.not_found`, `area.outside`, `place.closed`, `check.no_place`."""
    booking = places.booking_of(work, booking_id)
    shift = _shift(work, booking.slot_id)
    if booking.volunteer_id is None:
        raise Refused("record.not_found")
    places.hold_still(work, [booking.person_key])
    booking = places.booking_of(work, booking_id)
    if shift.cancelled_at is not None:
        raise Refused("place.closed")
    if booking.live is None or booking.state not in HELD:
        raise Refused("check.no_place")
    return _At(shift, booking, hours.standing(work, booking_id))


@command("hours.enter")
def came(work: Work, *, booking_id: int, at: datetime | None = None) -> None:
    """Tick that somebody is there, since `at` or now; a second tick changes nothing.

    Refused as `_held`, `check.window` (opens_at), `check.times`.
    """
    held = _held(work, booking_id)
    if held.entry is not None:
        return
    if not open_at(held.shift, work.now):
        raise Refused("check.window", opens_at=held.shift.starts_at - EARLY)
    no_shows.take_back(work, booking_id)
    hours.begin(work, held.shift, held.booking, "list", _checked_time(work, held.shift, at), work.viewer.name)


@command("hours.enter")
def left(work: Work, *, booking_id: int, at: datetime | None = None) -> None:
    """Tick that somebody who was there has left, at `at` or now. Refused as `_held`, `check.not_in`, `check.times`."""
    held = _held(work, booking_id)
    if held.entry is None:
        raise Refused("check.not_in")
    if held.entry.state != "open":
        return
    out_at = _checked_time(work, held.shift, at)
    if out_at < held.entry.in_at:
        raise Refused("check.times")
    hours.end(work, held.shift, held.entry, out_at, work.viewer.name, "list")


@command("hours.enter")
def from_paper(work: Work, *, booking_id: int, came: datetime, left: datetime) -> None:
    """Enter the times from the paper sheet after the shift; the entry is marked as such.

    What stood there before and was not decided on gives way. Refused as `_held`, `check.decided`, `check.times`,
    `check.not_over` (use the tick list until the shift ends).
    """
    held = _held(work, booking_id)
    if work.now < held.shift.ends_at:
        raise Refused("check.not_over")
    in_at, out_at = (_checked_time(work, held.shift, at) for at in (came, left))
    if out_at <= in_at:
        raise Refused("check.times")
    _withdraw(work, held)
    no_shows.take_back(work, booking_id)
    hours.begin(work, held.shift, held.booking, "paper", in_at, work.viewer.name)
    hours.end(work, held.shift, hours.standing(work, booking_id), out_at, work.viewer.name, "paper")


def _checked_time(work: Work, shift: Any, at: datetime | None) -> datetime:
    """A time that can be true of this shift. Refused `check.times`."""
    found = at or work.now
    if found > work.now or not open_at(shift, found):
        raise Refused("check.times")
    return found


@command("hours.enter")
def absent(work: Work, *, booking_id: int, excused: bool = False, reason: str = "") -> None:
    """Note that somebody did not come, excused or not. Refused as `_held`, `check.there`, `check.not_begun`."""
    held = _held(work, booking_id)
    if held.entry is not None:
        raise Refused("check.there")
    if work.now < held.shift.starts_at:
        raise Refused("check.not_begun")
    no_shows.note(work, held.shift, held.booking, excused=excused, reason=reason)


@command("hours.enter")
def undo(work: Work, *, booking_id: int) -> None:
    """Take back a tick, or that somebody did not come, until it was decided on. Refused as `_held`, `check.decided`."""
    held = _held(work, booking_id)
    _withdraw(work, held)
    no_shows.take_back(work, booking_id)


def _withdraw(work: Work, held: _At) -> None:
    """The entry so far no longer stands; it stays on file. Refused `check.decided`."""
    entry = held.entry
    if entry is None:
        return
    if entry.state not in ("open", "waiting"):
        raise Refused("check.decided")
    work.session.execute(
        update(Hours).where(_H.id == entry.id).values(withdrawn_at=work.now, version=entry.version + 1, changed_at=work.now)
    )  # fmt: skip
    work.log("hours", entry.id, entry.what, {"withdrawn": (False, True)}, area_path=entry.area_path)
    work.touch(hours.TOPIC)
