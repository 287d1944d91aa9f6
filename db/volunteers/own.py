"""What a volunteer has: the own shifts to come and past, what waits for an answer, whom one knows from serving."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from db import places
from db.errors import Refused
from db.parsing.names import COMPOUND_SURNAMES
from db.slots import HELD, Booking, Slot
from db.volunteers import hours
from db.volunteers.fitness import SHIFT, Known, gather, key_of
from db.volunteers.shifts import KIND, Card, card_of
from db.volunteers.signing_up import may_say_yes, own
from db.volunteers.tables import Hours, Pairing, Volunteer
from db.volunteers.where import place_texts
from db.work import Work, query

ELDER = timedelta(hours=24)
"""So long before and after a confirmed shift the volunteer may know whom they visit."""

SERVED = timedelta(days=180)
MOST_PAST = 30
MOST_ASKED = 20
TO_ANYBODY = 2  # the others stand among the shifts that suit, as places to take over

_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_N = Pairing.__table__.c  # type: ignore[attr-defined]
_H = Hours.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Mine:
    """A shift in which the volunteer has or wants a place, or had or wanted one.

    `line` is the place among those who wait. `handing` is "" while one keeps it, "*" when anybody may take it, else
    the first name of who is asked. `free_until`: until then it is given back without a reason. `elder_from` and
    `elder_until` bound when one may see whom one visits, None where nobody is visited. `came` and `went`: checked in
    and out at the door.
    """

    booking_id: int
    state: str
    card: Card
    place: str
    line: int
    offered_until: datetime | None
    handing: str
    confirmed: bool
    paired: bool
    regular: bool
    free_until: datetime
    companions: tuple[str, ...]
    elder_from: datetime | None
    elder_until: datetime | None
    why: str
    came: datetime | None
    went: datetime | None


@dataclass(frozen=True)
class Ask:
    """Something that waits for the volunteer's yes or no.

    `kind`: `offer` (a place became free), `invitation`, `handover` (somebody asks this volunteer), `anybody`
    (somebody asks whoever will). `who` is the first name of who asks. `no` is what a yes would be refused with as it
    stands, None when nothing is known against it.
    """

    kind: str
    booking_id: int
    card: Card
    place: str
    until: datetime | None
    who: str
    no: Refused | None = None


def first_name(name: str) -> str:
    """What neighbours call each other: a Chinese name without the surname, of others the first word."""
    if " " in name.strip():
        return name.split()[0]
    surname = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    return name[surname:] if 2 <= len(name) <= 4 and not name.isascii() else name


@query("volunteer.self")
def coming(work: Work) -> list[Mine]:
    """Places, waiting, requests, offers of what is not over, or was over a day ago at most. The earliest first.

    Refused `volunteer.none`.
    """
    return _mine(work, own(work), [_B.live == 1, _B.ends_at > work.now - ELDER], MOST_PAST * 10)


@query("volunteer.self")
def past(work: Work) -> list[Mine]:
    """What is over: served, given back, called off. The latest first. Refused `volunteer.none`."""
    over = [_B.ends_at <= work.now, _B.state.not_in(("waiting", "entered"))]
    found = _mine(work, own(work), over, MOST_PAST, latest=True)
    return sorted(found, key=lambda one: one.card.starts_at, reverse=True)


@query("volunteer.self")
def gone(work: Work) -> list[Mine]:
    """What is not over and not one's own any more: given back, called off, declined. The earliest first.

    Where one has or wants a place again, that counts. Refused `volunteer.none`.
    """
    volunteer = own(work)
    again = select(_B.slot_id).where(_B.person_key == key_of(volunteer.id), _B.live == 1)
    return _mine(
        work, volunteer, [_B.live.is_(None), _B.ends_at > work.now, _B.slot_id.not_in(again)], MOST_PAST
    )


@query("volunteer.self")
def one(work: Work, *, booking_id: int) -> Mine:
    """One of the own bookings. Refused `volunteer.none`, `record.not_found`."""
    found = _mine(work, own(work), [_B.id == booking_id], 1)
    if not found:
        raise Refused("record.not_found")
    return found[0]


def _mine(
    work: Work, volunteer: Any, where: Sequence[ColumnElement[bool]], limit: int, *, latest: bool = False
) -> list[Mine]:
    bookings = work.session.execute(
        select(Booking.__table__)  # type: ignore[attr-defined]
        .where(_B.person_key == key_of(volunteer.id), *where)
        .order_by(_B.starts_at.desc() if latest else _B.starts_at, _B.id.desc())
        .limit(limit)
    ).all()
    shifts = _shifts(work, {one.slot_id for one in bookings})
    texts = place_texts(work, shifts.values())
    others = _others(work, volunteer.id, set(shifts))
    asked = _names(work, {int(one.handing[1:]) for one in bookings if one.handing.startswith("v")})
    there = _there(work, {one.id for one in bookings})
    return [
        _as_mine(
            work, one, shifts[one.slot_id], texts.get(one.slot_id, ""), others.get(one.slot_id, ()), asked,
            there.get(one.id, (None, None)),
        )
        for one in bookings
        if one.slot_id in shifts
    ]  # fmt: skip


def _there(work: Work, ids: set[int]) -> dict[int, tuple[datetime | None, datetime | None]]:
    """When they came and went, by booking, of those who did."""
    if not ids:
        return {}
    rows = work.session.execute(
        select(_H.booking_id, _H.in_at, _H.out_at).where(
            _H.booking_id.in_(ids), _H.corrects.is_(None), hours.STANDING
        )
    )
    return {row.booking_id: (row.in_at, row.out_at) for row in rows}


def _as_mine(
    work: Work,
    one: Any,
    shift: Any,
    place: str,
    others: Sequence[str],
    asked: dict[int, str],
    there: tuple[datetime | None, datetime | None],
) -> Mine:
    visits = shift.resident_id is not None
    return Mine(
        one.id, one.state, card_of(shift), place,
        places.place_in_line(work, one) if one.state == "waiting" else 0, one.offered_until,
        asked.get(int(one.handing[1:]), "") if one.handing.startswith("v") else one.handing,
        one.confirmed_at is not None, bool(one.pair), one.regular,
        shift.starts_at - timedelta(hours=shift.cancel_hours), tuple(others) if one.state == "booked" else (),
        shift.starts_at - ELDER if visits else None, shift.ends_at + ELDER if visits else None, one.why, *there,
    )  # fmt: skip


def _shifts(work: Work, ids: set[int]) -> dict[int, Any]:
    if not ids:
        return {}
    return {row.id: row for row in work.session.execute(SHIFT.where(_S.kind == KIND, _S.id.in_(ids)))}


def _others(work: Work, volunteer_id: int, ids: set[int]) -> dict[int, list[str]]:
    """The first names of the others who have a place, by shift."""
    found: dict[int, list[str]] = {}
    if not ids:
        return found
    rows = work.session.execute(
        select(_B.slot_id, _B.name)
        .where(
            _B.slot_id.in_(ids), _B.live == 1, _B.state == "booked", _B.volunteer_id != volunteer_id,
        )
        .order_by(_B.id)
    )  # fmt: skip
    for row in rows:
        found.setdefault(row.slot_id, []).append(first_name(row.name))
    return found


def _names(work: Work, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = work.session.execute(select(_V.id, _V.name).where(_V.id.in_(ids)))
    return {row.id: first_name(row.name) for row in rows}


@query("volunteer.self")
def asked(work: Work) -> list[Ask]:
    """What waits for an answer, what ends first at the top. Places that anybody may take come only where they can be had.

    Refused `volunteer.none`.
    """
    volunteer = own(work)
    key = key_of(volunteer.id)
    coming = (_B.live == 1, _B.starts_at > work.now)
    to_me = (_B.person_key == key, _B.state.in_(("offered", "invited")))
    wanted = select(_B.slot_id).where(_B.person_key == key, *coming)
    given_away = (
        _B.slot_id.in_(select(_S.id).where(_S.kind == KIND, _S.shaky > 0, _S.starts_at > work.now)),
        _B.person_key != key, _B.state == "booked",
        or_(_B.handing == key, (_B.handing == "*") & _B.slot_id.not_in(wanted)),
    )  # fmt: skip
    rows = [
        one
        for where in (to_me, given_away)
        for one in work.session.execute(
            select(Booking.__table__)  # type: ignore[attr-defined]
            .where(*coming, *where)
            .order_by(_B.handing == "*", _B.starts_at, _B.id)
            .limit(MOST_ASKED)
        )
        if one.offered_until is None or one.offered_until > work.now
    ]
    shifts = _shifts(work, {one.slot_id for one in rows})
    texts = place_texts(work, shifts.values())
    known = gather(work, list(shifts.values()), [volunteer])
    found = []
    for one in rows:
        shift = shifts.get(one.slot_id)
        if shift is None:
            continue
        kind = {"offered": "offer", "invited": "invitation"}.get(one.state) or (
            "anybody" if one.handing == "*" else "handover"
        )
        no = _refusal(work, shift, volunteer, known, over=kind in ("anybody", "handover"))
        if no is not None and kind == "anybody":
            continue
        who = first_name(one.name) if kind in ("handover", "anybody") else ""
        until = one.offered_until or (shift.starts_at if kind != "anybody" else None)
        found.append(Ask(kind, one.id, card_of(shift), texts.get(shift.id, ""), until, who, no))
    found.sort(key=lambda one: one.until or one.card.starts_at)
    named = [one for one in found if one.kind != "anybody"]
    others = [one for one in found if one.kind == "anybody"]
    return [*named, *others[:TO_ANYBODY]][:MOST_ASKED]


def _refusal(work: Work, shift: Any, volunteer: Any, known: Known, *, over: bool) -> Refused | None:
    try:
        may_say_yes(work, shift, volunteer, known, over=over)
    except Refused as refused:
        return refused
    return None


@query("volunteer.self")
def companions(work: Work) -> list[tuple[int, str]]:
    """Whom the volunteer knows from serving: those they like to serve with, and with whom they served of late.

    By first name; where two share one, with the volunteer number. Refused `volunteer.none`.
    """
    volunteer = own(work)
    wanted = select(_N.other_id).where(
        _N.volunteer_id == volunteer.id, _N.wanted.is_(True), _N.withdrawn_at.is_(None), _N.other_id.is_not(None)
    )  # fmt: skip
    mine = select(_B.slot_id).where(
        _B.person_key == key_of(volunteer.id),
        _B.live == 1,
        _B.state.in_(HELD),
        _B.starts_at > work.now - SERVED,
    )
    served = select(_B.volunteer_id).where(
        _B.slot_id.in_(mine), _B.live == 1, _B.state == "booked", _B.volunteer_id.is_not(None)
    )
    rows = work.session.execute(
        select(_V.id, _V.name, _V.number)
        .where(
            or_(_V.id.in_(wanted), _V.id.in_(served)), _V.id != volunteer.id, _V.status == "active",
            _V.withdrawn_at.is_(None),
        )
        .order_by(_V.name, _V.id)
        .limit(100)
    ).all()  # fmt: skip
    names = [first_name(row.name) for row in rows]
    return [
        (row.id, name if names.count(name) == 1 else f"{name} ({row.number})")
        for row, name in zip(rows, names, strict=True)
    ]
