"""Becoming a volunteer, what one can do and with whom one goes well, leaving. Pauses and blocks are in `absence`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import insert, or_, select, update

from db import access, keeping
from db.errors import Refused
from db.fields import Option
from db.identity import Account
from db.listing import row_of
from db.people import pointers
from db.people.tables import Resident
from db.register import Values
from db.slots import Booking
from db.volunteers.abilities import Ability, abilities_of
from db.volunteers.absence import Blocked, give_back, standing
from db.volunteers.fitness import key_of
from db.volunteers.signing_up import own
from db.volunteers.tables import Pairing, Skill, Volunteer, VolunteerSkill
from db.volunteers.volunteers import VOLUNTEERS, before_save, change, serving_areas
from db.work import Work, command, query

SHORT = 2
OWN_FIELDS = ("languages", "areas", "available", "week_hours", "floors", "visits_sex", "wants")
GONE = "已退出"

_C = Account.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_L = VolunteerSkill.__table__.c  # type: ignore[attr-defined]
_S = Skill.__table__.c  # type: ignore[attr-defined]
_N = Pairing.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Self:
    """What volunteers see of themselves."""

    id: int
    number: str
    name: str
    status: str
    pause_until: date | None
    values: Values
    abilities: list[Ability]
    block: Blocked | None


@command("volunteer.self")
def apply(work: Work, *, area_id: int, born: date | None, wants: str, guardian: str = "") -> int:
    """Ask to become a volunteer, with the own account. Refused `volunteer.known`, `area.not_found`, `form.invalid`."""
    known = work.session.execute(
        select(_V.id).where(_V.account_id == work.viewer.account_id, _V.withdrawn_at.is_(None))
    ).first()
    if known is not None:
        raise Refused("volunteer.known")
    if str(area_id) not in {one.code for one in serving_areas(work)}:
        raise Refused("area.not_found")
    typed = {
        "name": work.viewer.name, "area_id": area_id, "born": born, "wants": wants, "guardian": guardian,
    }  # fmt: skip
    kept, _notes = keeping.clean(work, VOLUNTEERS, typed)
    values = {**kept, "status": "applied"}
    before_save(_everywhere(work), None, values)
    filled = Volunteer(
        **values, account_id=work.viewer.account_id, resident_id=work.viewer.resident_id
    ).model_dump(exclude={"id"})
    volunteer_id: int = work.session.execute(insert(Volunteer).values(**filled).returning(_V.id)).scalar_one()
    work.log(
        "volunteer",
        volunteer_id,
        work.viewer.name,
        {"status": (None, "applied")},
        area_path=values["area_path"],
    )
    work.touch("shifts")
    work.touch("register.volunteers")
    if work.viewer.resident_id is not None:
        _bring_along(work, work.viewer.resident_id)
    return volunteer_id


def _everywhere(work: Work) -> Work:
    """One belongs wherever one says; the office decides whether to accept it."""
    return replace(work, viewer=access.system(work.viewer.name))


@command("volunteer.edit")
def decide(work: Work, *, volunteer_id: int, yes: bool, why: str = "") -> None:
    """Accept or refuse who applied. Refused `record.not_found`, `volunteer.decided`, `shift.why`, `form.invalid`."""
    row = row_of(work, VOLUNTEERS, volunteer_id, "volunteer.edit", lock=True)
    if row["status"] not in ("applied", "refused"):
        raise Refused("volunteer.decided")
    if not yes and len(why.strip()) < SHORT:
        raise Refused("shift.why")
    values: Values = {"status": "active" if yes else "refused"}
    before_save(work, row, values)
    change(work, row, {**values, "decided_by": work.viewer.name, "decided_why": why.strip()[:200]}, why)


@command("volunteer.self")
def leave(work: Work) -> None:
    """Leave for good: what is personal goes, the number and the hours stay. There is no way back but to apply anew."""
    _leave(work, dict(own(work)._mapping))


@command("volunteer.edit")
def leave_for(work: Work, *, volunteer_id: int) -> None:
    """The same, said to the office. Refused `record.not_found`."""
    _leave(work, row_of(work, VOLUNTEERS, volunteer_id, "volunteer.edit", lock=True))


def _leave(work: Work, row: Values) -> None:
    give_back(work, row["id"], None, "已退出志愿服务")
    gone: Values = {
        "name": GONE, "sex": "", "born": None, "phone": None, "phone_key": "", "languages": [], "areas": [], "available": [],
        "week_hours": None, "floors": None, "visits_sex": "", "guardian": "", "guardian_on": None, "wants": "", "note": "",
        "resident_id": None, "account_id": None, "feed_hash": None, "pause_until": None, "status": "left", "decided_by": "",
        "decided_why": "",
    }  # fmt: skip
    work.session.execute(
        update(Volunteer)
        .where(_V.id == row["id"])
        .values(**gone, version=row["version"] + 1, changed_at=work.now)
    )
    work.session.execute(
        update(VolunteerSkill)
        .where(_L.volunteer_id == row["id"])
        .values(certificate="", withdrawn_at=work.now)
    )
    work.session.execute(
        update(Pairing)
        .where(or_(_N.volunteer_id == row["id"], _N.other_id == row["id"]))
        .values(reason="", withdrawn_at=work.now)
    )
    work.session.execute(
        update(Booking)
        .where(_B.person_key == key_of(row["id"]))
        .values(name=GONE, by_name="", resident_id=None)
    )
    work.log(
        "volunteer", row["id"], row["number"], {"status": (row["status"], "left")}, area_path=row["area_path"]
    )
    work.touch("shifts")
    work.touch("register.volunteers")


@query("volunteer.self")
def me(work: Work) -> Self:
    """The own page. Refused `volunteer.none` when the account belongs to no volunteer yet."""
    row = dict(own(work)._mapping)
    return Self(
        row["id"], row["number"], row["name"], row["status"], row["pause_until"],
        {name: row[name] for name in OWN_FIELDS}, abilities_of(work, row["id"]), standing(work, row["id"]),
    )  # fmt: skip


@query("volunteer.self")
def areas_to_serve(work: Work) -> list[Option]:
    """The areas one can choose."""
    return serving_areas(work)


@command("volunteer.self")
def change_self(work: Work, *, values: Values) -> None:
    """Change what one can do, when and where. Refused `form.invalid`, `volunteer.none`."""
    row = dict(own(work)._mapping)
    asked = {name: value for name, value in values.items() if name in OWN_FIELDS}
    available = asked.pop("available", row["available"])
    kept, _notes = keeping.clean(work, VOLUNTEERS, asked, partly=True)
    if any(not _an_hour(one) for one in available):
        raise Refused("form.invalid", problems={"available": "field.not_a_choice"})
    problems = {
        name: "volunteer.number"
        for name in ("week_hours", "floors")
        if kept.get(name) is not None and not 1 <= kept[name] <= 80
    }
    if problems:
        raise Refused("form.invalid", problems=problems)
    change(work, row, {**kept, "available": sorted(set(available))})


def _an_hour(text: str) -> bool:
    day, _dash, hour = str(text).partition("-")
    return day.isdecimal() and hour.isdecimal() and int(day) < 7 and int(hour) < 24


@query("volunteer.view")
def applicants(work: Work) -> int:
    """How many wait to be accepted, in the viewer's areas."""
    rows: Sequence[Any] = work.session.execute(
        select(_V.id).where(_V.status == "applied", _V.withdrawn_at.is_(None), access.within(work.viewer, "volunteer.view", _V.area_path)).limit(100)
    ).all()  # fmt: skip
    return len(rows)


@command("volunteer.edit")
def link(
    work: Work, *, volunteer_id: int, resident_id: int | None = None, account_id: int | None = None
) -> None:
    """Say which resident, or which account, a volunteer is; what they hold as that resident comes along.

    Refused `record.not_found`, `volunteer.linked`, `volunteer.both_booked` (each has a place in the same).
    """
    row = row_of(work, VOLUNTEERS, volunteer_id, "volunteer.edit", lock=True)
    taken = []
    if resident_id is not None:
        taken.append(_V.resident_id == resident_id)
    if account_id is not None:
        taken.append(_V.account_id == account_id)
    if (
        taken
        and work.session.execute(select(_V.id).where(or_(*taken), _V.id != volunteer_id)).first() is not None
    ):
        raise Refused("volunteer.linked")
    values: Values = {}
    if resident_id is not None:
        values["resident_id"] = resident_id
    if account_id is not None:
        values["account_id"] = account_id
    change(work, row, values)
    if resident_id is not None:
        _bring_along(work, resident_id)


def _bring_along(work: Work, resident_id: int) -> None:
    """The places that the volunteer took as a resident are theirs. Refused `volunteer.both_booked`."""
    try:
        pointers.follow_volunteer(work, resident_id)
    except Refused as refused:
        raise Refused("volunteer.both_booked") from refused


@query("volunteer.view")
def status(work: Work, *, volunteer_id: int) -> str:
    """Refused `record.not_found`."""
    return str(row_of(work, VOLUNTEERS, volunteer_id, "volunteer.view")["status"])


@dataclass(frozen=True)
class Linked:
    """Which resident and which account somebody is."""

    resident_id: int | None
    account: str


@query("volunteer.view")
def linked(work: Work, *, volunteer_id: int) -> Linked:
    """Refused `record.not_found`."""
    row = row_of(work, VOLUNTEERS, volunteer_id, "volunteer.view")
    name = work.session.execute(select(_C.username).where(_C.id == row["account_id"])).scalar()
    return Linked(row["resident_id"], name or "")


@query("volunteer.edit")
def free_accounts(work: Work) -> dict[int, str]:
    """The accounts of volunteers that belong to nobody yet."""
    rows = work.session.execute(
        select(_C.id, _C.name, _C.username)
        .where(
            _C.role == "volunteer", _C.active.is_(True),
            _C.id.not_in(select(_V.account_id).where(_V.account_id.is_not(None))),
        )
        .order_by(_C.name)
        .limit(500)
    )  # fmt: skip
    return {row.id: f"{row.name} ({row.username})" for row in rows}
