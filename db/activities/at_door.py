"""Coming to an activity by the code at its door: the same six digits as at a shift, typed or scanned by who has a place."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from db import places
from db.access import Viewer
from db.activities import attending, people, signing_up
from db.activities.judging import KIND, activity_of
from db.activities.people import Person
from db.activities.tables import Activity, Attendance, Meeting
from db.errors import Refused
from db.slots import HELD, Booking, Slot
from db.volunteers import checking
from db.volunteers.checking import EARLY, Code
from db.volunteers.hours import CLOSED_AFTER
from db.work import Work, command, query, unit

PAGE = "/activities"

_A = Activity.__table__.c  # type: ignore[attr-defined]
_M = Meeting.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_T = Attendance.__table__.c  # type: ignore[attr-defined]


def _date(work: Work, slot_id: int) -> tuple[Any, Any]:
    """(slot, activity) of one date. Refused `record.not_found`."""
    slot, activity = places.slot_of(work, slot_id), activity_of(work, slot_id)
    if activity is None or slot.kind != KIND:
        raise Refused("record.not_found")
    return slot, activity


def _key(work: Work, slot_id: int) -> str:
    return str(work.session.execute(select(_M.code_key).where(_M.id == slot_id)).scalar_one())


@query("activity.attend")
def code(work: Work, *, slot_id: int) -> Code:
    """The code of now of one date. Refused `record.not_found`, `place.closed`, `check.window` (opens_at)."""
    slot, activity = _date(work, slot_id)
    if not work.viewer.reaches("activity.attend", activity.area_path):
        raise Refused("record.not_found")
    checking.must_be_open(slot, work.now)
    return checking.code_now(_key(work, slot_id), slot_id, work.now, "in", PAGE)


@dataclass(frozen=True)
class OnNow:
    """A date that is on, where the viewer, or whoever they look after, has a place. `here`: seen there already."""

    slot_id: int
    activity_id: int
    title: str
    where: str
    starts_at: datetime
    ends_at: datetime
    person_key: str
    name: str
    here: bool


@query("activity.sign_up")
def on_now(work: Work) -> list[OnNow]:
    """From half an hour before until two hours after, the own place first. Empty for an account that belongs to nobody."""
    try:
        me = people.myself(work)
    except Refused:
        return []
    cared = people.looked_after(work, me)
    came = select(_T.slot_id, _T.person_key).where(_T.mark == "came", _T.withdrawn_at.is_(None)).subquery()
    rows = work.session.execute(
        select(
            _S.id, _A.id.label("activity_id"), _A.title, _S.where, _S.starts_at, _S.ends_at, _B.person_key, _B.name,
            came.c.slot_id.is_not(None).label("here"),
        )
        .join(Slot, _S.id == _B.slot_id)
        .join(Meeting, _M.id == _S.id)
        .join(Activity, _A.id == _M.activity_id)
        .outerjoin(came, (came.c.slot_id == _S.id) & (came.c.person_key == _B.person_key))
        .where(
            _B.live == 1, _B.state.in_(HELD), (_B.person_key == me.key) | _B.resident_id.in_(cared),
            _S.cancelled_at.is_(None), _B.starts_at <= work.now + EARLY, _B.ends_at >= work.now - CLOSED_AFTER,
        )
        .order_by(_S.starts_at, _B.person_key != me.key, _B.name)
    ).all()  # fmt: skip
    return [
        OnNow(
            row.id, row.activity_id, row.title, row.where, row.starts_at, row.ends_at, row.person_key, row.name, bool(row.here)
        )
        for row in rows
    ]  # fmt: skip


def come(viewer: Viewer | None, *, slot_id: int, code: str, key: str = "") -> str:
    """Be there, by the code of a date: oneself, or (`key`) somebody whom one looks after. Returns the name.

    A second time changes nothing. Refused `signin.throttled` (seconds), `check.wrong`, `activity.no_place`,
    `check.window` (opens_at), `place.closed`, `activity.nobody`, `record.not_found`.
    """
    with unit(viewer, "activity.sign_up", write=False) as work:
        who = people.myself(work).key
    with checking.guarded(who, slot_id):
        return _come(viewer, slot_id=slot_id, code=code, key=key)


@command("activity.sign_up")
def _come(work: Work, *, slot_id: int, code: str, key: str) -> str:
    person = _who(work, key)
    slot, activity = _date(work, slot_id)
    places.hold_still(work, [person.key])
    booking = places.live_booking(work, slot_id, person.key)
    if booking is None or booking.state not in HELD:
        raise Refused("activity.no_place")
    checking.must_be_open(slot, work.now)
    if not checking.fits(_key(work, slot_id), slot_id, work.now, "in", code):
        raise Refused("check.wrong")
    row = signing_up.one_row(work, activity.id)
    attending.take(work, row, slot, {person.key: "came"}, "code")
    return person.name


def _who(work: Work, key: str) -> Person:
    me = people.myself(work)
    if key in ("", me.key):
        return me
    person = people.by_key(work, key)
    if person is None or person.resident_id not in people.looked_after(work, me):
        raise Refused("record.not_found")
    return person
