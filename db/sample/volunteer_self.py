"""What the account `volunteer` finds in the sample: an elder to visit within a day, an invitation, a certificate, messages;
and a dozen colleagues who have accounts too, so that not everybody has to be called."""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select, update

from db import clock, places
from db.activities import attending, people
from db.activities import signing_up as activities_signing
from db.activities.tables import Activity, Meeting
from db.errors import Refused
from db.identity import Account
from db.people import bulk
from db.sample.activities import LATELY
from db.slots import Booking, Slot
from db.system import messages
from db.volunteers import certificates, signing_up
from db.volunteers.fitness import fits, gather, key_of, volunteer_of
from db.volunteers.shifts import rows
from db.volunteers.tables import Certificate, Volunteer
from db.volunteers.telling import LINK, addressee, facts_of
from db.work import Work

COLLEAGUES: Final = 24
LOOKED_AT: Final = 150

_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_C = Certificate.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_A = Activity.__table__.c  # type: ignore[attr-defined]
_M = Meeting.__table__.c  # type: ignore[attr-defined]


def add(work: Work, accounts: Mapping[str, Account]) -> None:
    """Once the year of shifts is written."""
    _accounts(work, accounts["volunteer"])
    own_id = work.session.execute(select(_V.id).where(_V.account_id == accounts["volunteer"].id)).scalar_one()
    today = clock.today()
    paper_id = certificates.issue(
        work, volunteer_id=own_id, since=today - timedelta(days=364), until=today - timedelta(days=30)
    )
    work.session.execute(
        update(Certificate).where(_C.id == paper_id).values(issued_by=accounts["staff"].name)
    )
    own = volunteer_of(work, own_id)
    coming = rows(work, work.now + timedelta(days=3), work.now + timedelta(days=14), limit=LOOKED_AT)
    known = gather(work, coming, [own])
    free = [one for one in coming if one.taken < one.capacity and fits(work, one, own, known)]
    for one in free[:1]:
        signing_up.invite(work, shift_id=one.id, volunteer_ids=[own_id])
    for one in _next(work, own_id):
        messages.send(
            work, to=[addressee(own)], kind="shift.moved_up", subject=f"booking:{one.booking_id}", link=LINK,
            facts=facts_of(work, one), area_path=one.area_path,
        )  # fmt: skip


def _next(work: Work, volunteer_id: int) -> Sequence[Any]:
    """The shift after the next one."""
    return work.session.execute(
        select(Slot.__table__, _B.id.label("booking_id"))  # type: ignore[attr-defined]
        .join(Booking, _B.slot_id == _S.id)
        .where(_B.person_key == key_of(volunteer_id), _B.state == "booked", _B.starts_at > work.now)
        .order_by(_B.starts_at)
        .offset(1)
        .limit(1)
    ).all()


def take_part(work: Work, accounts: Mapping[str, Account]) -> None:
    """Once the activities are written: the account had a place in something lately and came, and has one in what comes."""
    resident_id = accounts["volunteer"].resident_id
    assert resident_id is not None
    lately = work.session.execute(
        select(_S.id)
        .join(Meeting, _M.id == _S.id)
        .join(Activity, _A.id == _M.activity_id)
        .where(_A.title == LATELY, _S.taken < _S.capacity)
    ).scalar_one()
    me = people.resident(work, resident_id)
    assert me is not None
    places.enter(work, places.slot_of(work, lately), me.who, "booked")
    attending.mark(work, slot_id=lately, marks={me.key: "came"})
    for activity_id in work.session.execute(
        select(_A.id)
        .where(_A.state == "announced", _A.starts_on > clock.today(), _A.mode == "open")
        .order_by(_A.starts_on.desc())
    ).scalars():
        with contextlib.suppress(Refused):
            if (
                activities_signing.sign_up(work, activity_id=activity_id, resident_id=resident_id).state
                == "booked"
            ):
                return


def _accounts(work: Work, first: Account) -> None:
    """Accounts for those who do most, a few in each grid. They sign in like the other sample accounts, and only like them."""
    busy = (
        select(_V.id, _V.name, _V.resident_id, func.count(_B.id).label("many"))
        .join(Booking, _B.volunteer_id == _V.id)
        .where(_V.account_id.is_(None), _V.status == "active", _B.state == "booked")
        .group_by(_V.id, _V.name, _V.resident_id)
        .order_by(func.count(_B.id).desc(), _V.id)
        .limit(COLLEAGUES)
    )
    found = work.session.execute(busy).all()
    made = bulk.insert_records(
        work, Account,
        [
            {
                "username": f"volunteer{number}", "name": row.name, "role": "volunteer", "must_change": False, "demo": True,
                "password_hash": first.password_hash, "password_changed_at": work.now, "resident_id": row.resident_id,
            }
            for number, row in enumerate(found, start=2)
        ],
    )  # fmt: skip
    for row, account_id in zip(found, made, strict=True):
        work.session.execute(update(Volunteer).where(_V.id == row.id).values(account_id=account_id))
