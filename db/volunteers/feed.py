"""The calendar of one volunteer, for telephones and desks (RFC 5545), at a secret address that can be revoked.

Only titles and public places are in it, nothing of those who are visited. A shift is one event for as long as the
feed tells of it, with the same UID; SEQUENCE grows with each change of the booking or the shift, and what was given
back or called off is said to be cancelled for sixty days. The answer is the same while nothing changed.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from icalendar import Alarm, Calendar, Event, Timezone, TimezoneStandard
from sqlalchemy import select, update

from db import access, clock, engine
from db.audit import AuditEntry
from db.errors import Refused
from db.identity import Account
from db.sealing import ring
from db.slots import HELD, Booking, Slot
from db.system import throttle
from db.volunteers.fitness import SHIFT, key_of
from db.volunteers.shifts import KIND
from db.volunteers.signing_up import own
from db.volunteers.tables import Volunteer
from db.volunteers.where import place_texts
from db.work import Work, command, query, unit

KEPT = timedelta(days=60)
"""So long what is over, given back or called off stays in the calendar."""
REMIND = timedelta(hours=2)
AGAIN = timedelta(hours=1)
NAME = "邻里 Linli"
ZONE = "Asia/Shanghai"
GONE = ("cancelled", "handed", "lapsed")

_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_E = AuditEntry.__table__.c  # type: ignore[attr-defined]
_C = Account.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Feed:
    """A calendar as it is sent. `tag` changes when the content does."""

    body: bytes
    tag: str


def hashed(secret: str) -> str:
    """What is kept of a secret address: it cannot be read back from the database."""
    return hashlib.sha256(secret.encode()).hexdigest()


@command("volunteer.self")
def renew(work: Work) -> str:
    """Make the secret address of the own calendar, or another one: the old one is gone. Returns the secret, once.

    Refused `volunteer.none`.
    """
    volunteer, secret = own(work), secrets.token_urlsafe(32)
    work.session.execute(update(Volunteer).where(_V.id == volunteer.id).values(feed_hash=hashed(secret)))
    work.log(
        "volunteer",
        volunteer.id,
        volunteer.number,
        {"feed": (None, "renewed")},
        area_path=volunteer.area_path,
    )
    return secret


@command("volunteer.self")
def revoke(work: Work) -> None:
    """Let the secret address of the own calendar lead nowhere. Refused `volunteer.none`."""
    volunteer = own(work)
    work.session.execute(update(Volunteer).where(_V.id == volunteer.id).values(feed_hash=None))
    work.log(
        "volunteer",
        volunteer.id,
        volunteer.number,
        {"feed": (None, "revoked")},
        area_path=volunteer.area_path,
    )


@query("volunteer.self")
def shared(work: Work) -> bool:
    """Whether the own calendar has an address. Refused `volunteer.none`."""
    return own(work).feed_hash is not None


def calendar(secret: str, base: str) -> Feed | None:
    """The calendar at this secret address, None when there is none (any more). `base` is where Linli is reached."""
    with unit(access.system(), "shift.view", write=False) as work:
        volunteer = work.session.execute(
            select(_V.id)
            .join(Account, _C.id == _V.account_id)
            .where(
                _V.feed_hash == hashed(secret),
                _V.withdrawn_at.is_(None),
                _V.status.not_in(("left", "refused")),
                _C.active,
            )
        ).first()
        if volunteer is None:
            return None
        return _feed(_events(work, volunteer.id, base))


def answer(secret: str, base: str, address: str) -> Feed | None:
    """`calendar` for somebody at `address`, who may not ask without end. Refused `signin.throttled` (`seconds`)."""
    with engine.writing() as session:
        throttle.take(session, "calendar", address)
        throttle.sweep(session)
    return calendar(secret, base)


@query("volunteer.self")
def one(work: Work, *, booking_id: int, base: str) -> bytes:
    """A file with the event of one own booking. Refused `volunteer.none`, `record.not_found`."""
    volunteer = own(work)
    slot_id = work.session.execute(
        select(_B.slot_id).where(_B.id == booking_id, _B.person_key == key_of(volunteer.id))
    ).scalar()
    events = [] if slot_id is None else _events(work, volunteer.id, base, slot_id)
    if not events:
        raise Refused("record.not_found")
    return _feed(events).body


def _feed(events: Sequence[Event]) -> Feed:
    made = Calendar()
    made.add("prodid", "-//Linli//shifts//ZH")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", NAME)
    made.add("x-wr-timezone", ZONE)
    made.add("refresh-interval", AGAIN, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    made.add_component(_zone())
    for event in events:
        made.add_component(event)
    body = made.to_ical()
    return Feed(body, hashlib.sha256(body).hexdigest()[:32])


def _zone() -> Timezone:
    """China has had one time without summer time since 1991."""
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", ZONE)
    standard.add("dtstart", datetime(1991, 9, 15, 1, 0))  # noqa: DTZ001  local time, as the standard asks
    standard.add("tzoffsetfrom", timedelta(hours=8))
    standard.add("tzoffsetto", timedelta(hours=8))
    standard.add("tzname", "CST")
    zone.add_component(standard)
    return zone


def _events(work: Work, volunteer_id: int, base: str, slot_id: int | None = None) -> list[Event]:
    """One event for each shift in which the volunteer has, or had and lost, a place."""
    bookings = work.session.execute(
        select(Booking.__table__)  # type: ignore[attr-defined]
        .where(
            _B.person_key == key_of(volunteer_id), _B.ends_at > work.now - KEPT,
            *([_B.slot_id == slot_id] if slot_id is not None else []),
        )
        .order_by(_B.starts_at, _B.id)
    ).all()  # fmt: skip
    by_slot: dict[int, list[Any]] = {}
    for row in bookings:
        by_slot.setdefault(row.slot_id, []).append(row)
    if not by_slot:
        return []
    shifts = work.session.execute(
        SHIFT.where(_S.kind == KIND, _S.id.in_(by_slot)).order_by(_S.starts_at, _S.id)
    ).all()
    lost = _lost(work, bookings)
    texts = place_texts(work, shifts)
    events = []
    for shift in shifts:
        rows = by_slot[shift.id]
        if any(one.state == "booked" for one in rows):
            events.append(_event(shift, rows, volunteer_id, texts.get(shift.id, ""), base, "CONFIRMED"))
        elif any(one.id in lost for one in rows):
            events.append(_event(shift, rows, volunteer_id, texts.get(shift.id, ""), base, "CANCELLED"))
    return events


def _lost(work: Work, bookings: Sequence[Any]) -> set[int]:
    """Those that had a place and lost it of late: who only waited never saw it in a calendar."""
    since = work.now - KEPT
    ids = [one.id for one in bookings if one.state in GONE and one.changed_at > since]
    if not ids:
        return set()
    rows = work.session.execute(
        select(_E.record_id, _E.changes).where(_E.kind == "booking", _E.record_id.in_(ids))
    )
    return {row.record_id for row in rows if (row.changes or {}).get("state", [None, None])[1] in HELD}


def _event(shift: Any, rows: Sequence[Any], volunteer_id: int, place: str, base: str, status: str) -> Event:
    booking = next((one for one in rows if one.state == "booked"), rows[-1])
    changed = max(shift.changed_at, *(one.changed_at for one in rows))
    event = Event()
    event.add("uid", f"{ring().fingerprint('feed.uid', f'{shift.id}:{volunteer_id}')[:32]}@linli")
    event.add("sequence", shift.version + sum(one.version for one in rows) - 2)
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("dtstart", shift.starts_at.astimezone(clock.PLACE))
    event.add("dtend", shift.ends_at.astimezone(clock.PLACE))
    event.add("summary", shift.title)
    event.add("status", status)
    event.add("transp", "OPAQUE" if status == "CONFIRMED" else "TRANSPARENT")
    if place:
        event.add("location", place)
    if what := "\n".join(part for part in (shift.task, shift.bring) if part):
        event.add("description", what)
    event.add("url", f"{base.rstrip('/')}/my-shifts?booking={booking.id}")
    if status == "CONFIRMED":
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", shift.title)
        alarm.add("trigger", -REMIND)
        event.add_component(alarm)
    return event
