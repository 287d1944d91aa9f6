"""Whom a volunteer visits: shown around the time of the visit only, to the one who has the place, and recorded."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from db import clock, places
from db.errors import Refused
from db.people.tables import Household, Resident
from db.volunteers.fitness import key_of, shift_of
from db.volunteers.own import ELDER
from db.volunteers.signing_up import own
from db.work import Work, command

_R = Resident.__table__.c  # type: ignore[attr-defined]
_H = Household.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Elder:
    """What a volunteer needs at the door, and no more."""

    name: str
    address: str
    phone: str
    note: str  # of the shift, written by the office for the visit


@command("shift.elder")
def look(work: Work, booking_id: int) -> Elder:
    """Whom the holder of this booking visits; each look is in the list of who looked at the resident.

    From 24 hours before the shift begins until 24 hours after it ends, both to the minute (minimum necessary, PIPL
    art. 6). Refused `record.not_found` (not one's own, or given back or handed over), `elder.none`, `elder.not_yet`
    (`from_at`), `elder.over`, `elder.gone`.
    """
    booking = places.booking_of(work, booking_id)
    if booking.person_key != key_of(own(work).id) or booking.state != "booked":
        raise Refused("record.not_found")
    shift = shift_of(work, booking.slot_id)
    if shift is None or shift.cancelled_at is not None:
        raise Refused("record.not_found")
    if shift.resident_id is None:
        raise Refused("elder.none")
    if clock.now() < shift.starts_at - ELDER:
        raise Refused("elder.not_yet", from_at=shift.starts_at - ELDER)
    if clock.now() > shift.ends_at + ELDER:
        raise Refused("elder.over")
    person = _person(work, shift.resident_id)
    when = shift.starts_at.astimezone(clock.PLACE)
    work.log(
        "resident", person.id, person.name, area_path=person.area_path,
        reason=f"{shift.title} {when:%Y-%m-%d %H:%M}",
    )  # fmt: skip
    return Elder(person.name, person.home or person.address or "", person.phone or "", shift.note)


def _person(work: Work, resident_id: int) -> Any:
    """Who is visited, also when the record was merged into another. Refused `elder.gone`."""
    for _step in range(5):
        row = work.session.execute(
            select(_R.id, _R.name, _R.phone, _R.address, _R.area_path, _R.status, _R.merged_into,
                   _H.address.label("home"))
            .outerjoin(Household, _H.id == _R.household_id)
            .where(_R.id == resident_id)
        ).first()  # fmt: skip
        if row is not None and row.merged_into is not None:
            resident_id = row.merged_into
            continue
        if row is not None and row.status == "resident":
            return row
        break
    raise Refused("elder.gone")
