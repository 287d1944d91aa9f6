"""Who takes part: one key for one human being, whether known as a resident, a volunteer or by an account."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select

from db import clock
from db.activities.tables import Taken
from db.errors import Refused
from db.identity import Account
from db.people.tables import Contact, Group, Membership, Resident
from db.slots import Who
from db.system.messages import Addressee
from db.volunteers.fitness import key_of
from db.volunteers.tables import Pairing, Volunteer
from db.work import Work

_R = Resident.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_P = Pairing.__table__.c  # type: ignore[attr-defined]
_A = Account.__table__.c  # type: ignore[attr-defined]
_K = Contact.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_G = Group.__table__.c  # type: ignore[attr-defined]
_T = Taken.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Person:
    """Somebody who may take part, with what decides whether and how early."""

    key: str
    name: str
    volunteer_id: int | None
    resident_id: int | None
    account_id: int | None
    born: date | None
    status: str
    living: str
    in_care: bool
    area_path: str
    employer: str
    guardian: bool  # consent of the guardian is there
    phone_known: bool
    last_on: date | None  # last seen at any activity

    @property
    def who(self) -> Who:
        return Who(self.key, self.name, self.volunteer_id, self.resident_id)

    @property
    def addressee(self) -> Addressee:
        return Addressee(self.key, self.name, self.account_id, self.phone_known)


_RESIDENT = (
    select(
        _R.id, _R.name, _R.born, _R.status, _R.living, _R.in_care, _R.area_path, _R.employer, _R.guardian_consent_on,
        _R.phone.is_not(None).label("phone_known"), _T.last_on, _V.id.label("volunteer_id"),
        _V.account_id.label("volunteer_account"), _A.id.label("account_id"),
    )
    .outerjoin(Taken, _T.resident_id == _R.id)
    .outerjoin(Volunteer, (_V.resident_id == _R.id) & _V.withdrawn_at.is_(None) & (_V.status != "left"))
    .outerjoin(Account, (_A.resident_id == _R.id) & _A.active.is_(True))
)  # fmt: skip
_BY_ID = _RESIDENT.where(_R.id == bindparam("resident")).order_by(_V.id).limit(1)
_VOLUNTEER = select(
    _V.id,
    _V.name,
    _V.born,
    _V.resident_id,
    _V.account_id,
    _V.area_path,
    (_V.phone_key != "").label("phone_known"),
).where(_V.withdrawn_at.is_(None), _V.status != "left")
_VOLUNTEER_BY_ID = _VOLUNTEER.where(_V.id == bindparam("volunteer"))
_VOLUNTEER_BY_ACCOUNT = _VOLUNTEER.where(_V.account_id == bindparam("account"))


def resident(work: Work, resident_id: int) -> Person | None:
    """Whoever this resident is, wherever they live."""
    row = work.connection.execute(_BY_ID, {"resident": resident_id}).first()
    return _of_resident(row) if row is not None and row.status not in ("merged", "withdrawn") else None


def _of_resident(row: Any) -> Person:
    return Person(
        key_of(row.volunteer_id) if row.volunteer_id else f"r{row.id}", row.name, row.volunteer_id, row.id,
        row.volunteer_account or row.account_id, row.born, row.status, row.living, row.in_care, row.area_path,
        row.employer, row.guardian_consent_on is not None, bool(row.phone_known), row.last_on,
    )  # fmt: skip


def _of_volunteer(work: Work, row: Any) -> Person:
    found = resident(work, row.resident_id) if row.resident_id else None
    return found or Person(
        key_of(row.id), row.name, row.id, None, row.account_id, row.born, "resident", "", False, row.area_path, "",
        False, bool(row.phone_known), None,
    )  # fmt: skip


def by_key(work: Work, key: str) -> Person | None:
    """The person that a booking names."""
    known: dict[str, Person | None] = work.known.setdefault("activities.people", {})
    if key not in known:
        number = int(key[1:]) if key[1:].isdecimal() and len(key) < 18 else 0
        if key.startswith("r"):
            known[key] = resident(work, number)
        elif not key.startswith("v"):
            known[key] = None
        else:
            row = work.connection.execute(_VOLUNTEER_BY_ID, {"volunteer": number}).first()
            known[key] = _of_volunteer(work, row) if row is not None else None
    return known[key]


def myself(work: Work) -> Person:
    """Whoever the viewer's account belongs to. Refused `activity.nobody`."""
    row = work.connection.execute(_VOLUNTEER_BY_ACCOUNT, {"account": work.viewer.account_id}).first()
    found = _of_volunteer(work, row) if row is not None else None
    if found is None and work.viewer.resident_id is not None:
        found = resident(work, work.viewer.resident_id)
    if found is None:
        raise Refused("activity.nobody")
    return found


def acting_for(work: Work, resident_id: int | None) -> Person:
    """For whom something is done: oneself; for staff a resident of their areas; for a volunteer one they look after.

    Refused `record.not_found`, `activity.nobody`.
    """
    if resident_id is None:
        return myself(work)
    found = resident(work, resident_id)
    if found is None:
        raise Refused("record.not_found")
    if work.viewer.reaches("activity.sign_up", found.area_path):
        return found
    if work.viewer.scope("activity.sign_up") == "own":
        me = myself(work)
        if me.resident_id == resident_id or resident_id in looked_after(work, me):
            return found
    raise Refused("record.not_found")


def looked_after(work: Work, me: Person) -> list[int]:
    """The residents whom this volunteer looks after."""
    if me.volunteer_id is None:
        return []
    rows = work.session.execute(
        select(_P.resident_id).where(
            _P.volunteer_id == me.volunteer_id, _P.wanted.is_(True), _P.withdrawn_at.is_(None), _P.resident_id.is_not(None)
        )
    )  # fmt: skip
    return [row.resident_id for row in rows]


def groups_of(work: Work, resident_id: int) -> set[str]:
    """The codes of the groups somebody belongs to today."""
    today = clock.today()
    rows = work.session.execute(
        select(_G.code)
        .join(Membership, _M.group_id == _G.id)
        .where(_M.resident_id == resident_id, _M.since <= today, (_M.until.is_(None)) | (_M.until >= today))
    )
    return {row.code for row in rows}


def has_contact(work: Work, resident_id: int) -> bool:
    """Whether somebody is known to call in an emergency."""
    asked = select(_K.id).where(_K.resident_id == resident_id, _K.closed_on.is_(None), _K.emergency.is_(True))
    return work.session.execute(asked.limit(1)).first() is not None
