"""What volunteers can do, with papers that run out, and with whom they go well."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert, select, update

from db import clock
from db.errors import Refused
from db.listing import row_of
from db.people.tables import Resident
from db.volunteers.tables import Pairing, Skill, Volunteer, VolunteerSkill
from db.volunteers.volunteers import VOLUNTEERS, skill_names
from db.work import Work, command, query

SHORT = 2

_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_L = VolunteerSkill.__table__.c  # type: ignore[attr-defined]
_S = Skill.__table__.c  # type: ignore[attr-defined]
_N = Pairing.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Ability:
    """Something a volunteer can do. `holds`: there is a paper where one is needed, and it has not run out."""

    id: int
    skill: str
    name: str
    certified: bool
    certificate: str
    expires_on: date | None
    holds: bool


def abilities_of(work: Work, volunteer_id: int) -> list[Ability]:
    """What somebody can do, within a unit of work that may read it."""
    names, day = skill_names(work), clock.today()
    rows = work.session.execute(
        select(_L.id, _L.skill, _S.certified, _L.certificate, _L.expires_on)
        .join(Skill, _S.code == _L.skill)
        .where(_L.volunteer_id == volunteer_id, _L.withdrawn_at.is_(None))
        .order_by(_S.position)
    )
    return [
        Ability(
            row.id, row.skill, names.get(row.skill, row.skill), row.certified, row.certificate, row.expires_on,
            row.expires_on is None or row.expires_on >= day,
        )
        for row in rows
    ]  # fmt: skip


@query("volunteer.view")
def abilities(work: Work, *, volunteer_id: int) -> list[Ability]:
    """What a volunteer can do, papers included. Refused `record.not_found`."""
    row_of(work, VOLUNTEERS, volunteer_id, "volunteer.view")
    return abilities_of(work, volunteer_id)


@query("volunteer.view")
def skills(work: Work) -> list[tuple[str, str, bool]]:
    """The skills that are in use: code, name, whether a paper is needed."""
    certified = {row.code: row.certified for row in work.session.execute(select(_S.code, _S.certified))}
    return [(code, name, certified[code]) for code, name in skill_names(work, closed=False).items()]


@command("volunteer.edit")
def set_skill(
    work: Work, *, volunteer_id: int, skill: str, certificate: str = "", expires_on: date | None = None
) -> None:
    """Say that a volunteer can do something; a new paper takes the place of the old one.

    Refused `record.not_found`, `form.invalid` (the paper is missing).
    """
    row = row_of(work, VOLUNTEERS, volunteer_id, "volunteer.edit")
    known = work.session.execute(select(_S.certified).where(_S.code == skill, _S.closed.is_(False))).first()
    if known is None:
        raise Refused("record.not_found")
    if known.certified and not certificate.strip():
        raise Refused("form.invalid", problems={"certificate": "field.required"})
    work.session.execute(
        update(VolunteerSkill)
        .where(_L.volunteer_id == volunteer_id, _L.skill == skill, _L.withdrawn_at.is_(None))
        .values(withdrawn_at=work.now)
    )
    work.session.execute(
        insert(VolunteerSkill).values(
            version=1, made_at=work.now, changed_at=work.now, extra={}, volunteer_id=volunteer_id, skill=skill,
            certificate=certificate.strip()[:60], expires_on=expires_on, seen_by=work.viewer.name,
        )
    )  # fmt: skip
    work.log("volunteer", volunteer_id, row["name"], {"skill": (None, skill)}, area_path=row["area_path"])
    work.touch("shifts")
    work.touch("register.volunteers")


@command("volunteer.edit")
def drop_skill(work: Work, *, ability_id: int) -> None:
    """Say that a volunteer cannot do it (any more). Refused `record.not_found`."""
    found = work.session.execute(
        select(_L.volunteer_id, _L.skill).where(_L.id == ability_id, _L.withdrawn_at.is_(None))
    ).first()
    if found is None:
        raise Refused("record.not_found")
    row = row_of(work, VOLUNTEERS, found.volunteer_id, "volunteer.edit")
    work.session.execute(update(VolunteerSkill).where(_L.id == ability_id).values(withdrawn_at=work.now))
    work.log(
        "volunteer",
        found.volunteer_id,
        row["name"],
        {"skill": (found.skill, None)},
        area_path=row["area_path"],
    )
    work.touch("shifts")
    work.touch("register.volunteers")


@dataclass(frozen=True)
class Pair:
    """Somebody with whom it goes well, or does not."""

    id: int
    wanted: bool
    name: str
    resident: bool
    reason: str


@query("volunteer.view")
def pairs(work: Work, *, volunteer_id: int) -> list[Pair]:
    """With whom a volunteer goes well and with whom not. Refused `record.not_found`."""
    row_of(work, VOLUNTEERS, volunteer_id, "volunteer.view")
    rows = work.session.execute(
        select(_N.id, _N.wanted, _N.reason, _N.resident_id, _V.name, _R.name.label("resident"))
        .outerjoin(Volunteer, _V.id == _N.other_id)
        .outerjoin(Resident, _R.id == _N.resident_id)
        .where(_N.volunteer_id == volunteer_id, _N.withdrawn_at.is_(None))
        .order_by(_N.id)
    )
    clear = work.viewer.sees("name") == "clear"
    return [
        Pair(
            row.id, row.wanted, (row.name or row.resident or "") if clear else VOLUNTEERS.specs["name"].mask(row.name or row.resident),
            row.resident_id is not None, row.reason,
        )
        for row in rows
    ]  # fmt: skip


@command("volunteer.edit")
def set_pair(
    work: Work, *, volunteer_id: int, wanted: bool, other_id: int | None = None, resident_id: int | None = None, reason: str = ""
) -> None:  # fmt: skip
    """Say that two go well together, or must not be sent together. Refused `record.not_found`, `shift.why`, `pair.self`."""
    row = row_of(work, VOLUNTEERS, volunteer_id, "volunteer.edit")
    if (other_id is None) == (resident_id is None) or other_id == volunteer_id:
        raise Refused("pair.self")
    if not wanted and len(reason.strip()) < SHORT:
        raise Refused("shift.why")
    if other_id is not None:
        row_of(work, VOLUNTEERS, other_id, "volunteer.view")
    same = [_N.volunteer_id == volunteer_id, _N.withdrawn_at.is_(None)]
    same.append(_N.other_id == other_id if other_id is not None else _N.resident_id == resident_id)
    work.session.execute(update(Pairing).where(*same).values(withdrawn_at=work.now))
    work.session.execute(
        insert(Pairing).values(
            version=1, made_at=work.now, changed_at=work.now, extra={}, volunteer_id=volunteer_id, other_id=other_id,
            resident_id=resident_id, wanted=wanted, reason=reason.strip()[:200],
        )
    )  # fmt: skip
    work.log(
        "volunteer",
        volunteer_id,
        row["name"],
        {"pair": (None, "wanted" if wanted else "unwanted")},
        area_path=row["area_path"],
    )
    work.touch("shifts")


@command("volunteer.edit")
def drop_pair(work: Work, *, pair_id: int) -> None:
    """Forget what was said about two. Refused `record.not_found`."""
    found = work.session.execute(
        select(_N.volunteer_id).where(_N.id == pair_id, _N.withdrawn_at.is_(None))
    ).first()
    if found is None:
        raise Refused("record.not_found")
    row = row_of(work, VOLUNTEERS, found.volunteer_id, "volunteer.edit")
    work.session.execute(update(Pairing).where(_N.id == pair_id).values(withdrawn_at=work.now))
    work.log("volunteer", found.volunteer_id, row["name"], {"pair": (True, None)}, area_path=row["area_path"])
    work.touch("shifts")
