"""Whether a volunteer can take a shift, and what stands against it: said in full, so that nobody has to guess."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from db import clock, places
from db.people.tables import Household, Resident
from db.places import Booking, Clash, Slot
from db.volunteers.rules import Rules, rules_of
from db.volunteers.tables import Block, Pairing, Shift, Volunteer, VolunteerSkill, WorkKind
from db.work import Work

GUARDED = (14, 18)
"""From the first age one may volunteer with the guardian's consent; from the second one decides alone."""

_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_F = Shift.__table__.c  # type: ignore[attr-defined]
_K = WorkKind.__table__.c  # type: ignore[attr-defined]
_L = VolunteerSkill.__table__.c  # type: ignore[attr-defined]
_N = Pairing.__table__.c  # type: ignore[attr-defined]
_X = Block.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_H = Household.__table__.c  # type: ignore[attr-defined]

SHIFT = (
    select(
        Slot.__table__,  # type: ignore[attr-defined]
        _F.kind_id, _F.series_id, _F.series_day, _F.edited, _F.resident_id, _F.note,
        _K.skills, _K.age_from, _K.age_to, _K.two_required, _K.elder_visited, _K.title.label("work"), _K.task, _K.bring,
    )
    .join(Shift, _F.id == _S.id)
    .join(WorkKind, _K.id == _F.kind_id)
)  # fmt: skip
"""A shift with everything that decides who can take it."""


def key_of(volunteer_id: int) -> str:
    """How places know a volunteer."""
    return f"v{volunteer_id}"


def shift_of(work: Work, shift_id: int) -> Any:
    """The row of `SHIFT`, None when there is none."""
    return work.session.execute(SHIFT.where(_S.id == shift_id, _S.withdrawn_at.is_(None))).first()


def volunteer_of(work: Work, volunteer_id: int) -> Any:
    """The row of a volunteer, None when there is none."""
    return work.session.execute(
        select(Volunteer.__table__).where(_V.id == volunteer_id, _V.withdrawn_at.is_(None))  # type: ignore[attr-defined]
    ).first()


def judge_key(work: Work, slot: Any, key: str) -> Sequence[Clash]:
    """What stands against the person with this key: for moving up and lotteries."""
    shift, volunteer = shift_of(work, slot.id), volunteer_of(work, int(key[1:]))
    return (
        judge(work, shift, volunteer)
        if shift is not None and volunteer is not None
        else [Clash("status", True)]
    )


@dataclass(frozen=True)
class Known:
    """What is known of a volunteer before shifts are judged: read once, however many shifts there are."""

    volunteer: Any
    blocked_until: date | None
    skills: Sequence[Any]  # skill, expires_on
    held: Sequence[Any]  # places in the weeks of the shifts, see `places.around`
    elders: dict[int, Any]  # sex and room of those who are visited
    apart: frozenset[int]  # volunteers with whom they must not be
    not_to: frozenset[int]  # residents to whom they must not be sent
    there: dict[int, frozenset[int]]  # of the shifts: the volunteers who have a place


def knowing(work: Work, volunteer: Any, shifts: Sequence[Any]) -> Known:
    """Read what decides whether this volunteer can take any of these shifts (rows of `SHIFT`)."""
    apart, not_to = _unwanted(work, volunteer)
    return Known(
        volunteer, _blocked_until(work, volunteer), _skills_of(work, volunteer, shifts),
        places.around(work, key_of(volunteer.id), shifts), _elders(work, volunteer, shifts), apart, not_to,
        _there(work, shifts) if apart else {},
    )  # fmt: skip


def judge(work: Work, shift: Any, volunteer: Any) -> list[Clash]:
    """Everything that stands against this volunteer taking this shift, the hard things first."""
    return judged(rules_of(work), shift, knowing(work, volunteer, [shift]))


def judged(rules: Rules, shift: Any, known: Known) -> list[Clash]:
    """As `judge`, where what decides it was read before."""
    volunteer = known.volunteer
    day = shift.starts_at.astimezone(clock.PLACE).date()
    found = [
        *_status(known, day), *_age(rules, shift, volunteer, day), *_skills(rules, shift, known),
        *_wishes(rules, shift, volunteer), *_elder(rules, shift, known), *_pairs(rules, shift, known),
        *places.against(shift, known.held, rules.limits), *_own_week(rules, shift, known),
    ]  # fmt: skip
    return sorted(found, key=lambda one: not one.hard)


def age_on(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _blocked_until(work: Work, volunteer: Any) -> date | None:
    if volunteer.status != "blocked":
        return None
    until: date | None = work.session.execute(
        select(func.max(_X.until)).where(_X.volunteer_id == volunteer.id, _X.lifted_at.is_(None))
    ).scalar()
    return until


def _status(known: Known, day: date) -> list[Clash]:
    volunteer, until = known.volunteer, known.blocked_until
    if volunteer.status == "active":
        return []
    if volunteer.status == "paused" and volunteer.pause_until is not None and volunteer.pause_until < day:
        return []
    if volunteer.status == "blocked":
        return [Clash("blocked", True, {"until": until})] if until is not None and until >= day else []
    return [Clash("status", True, {"status": volunteer.status})]


def _age(rules: Rules, shift: Any, volunteer: Any, day: date) -> list[Clash]:
    if volunteer.born is None:
        return []
    found, age = [], age_on(volunteer.born, day)
    least, most = shift.age_from, shift.age_to
    if (least is not None and age < least) or (most is not None and age > most):
        found.append(Clash("age", rules.hard("age"), {"age": age, "least": least, "most": most}))
    if age < GUARDED[0] or (age < GUARDED[1] and volunteer.guardian_on is None):
        found.append(Clash("guardian", True, {"age": age}))
    return found


def _skills_of(work: Work, volunteer: Any, shifts: Sequence[Any]) -> Sequence[Any]:
    if not any(one.skills for one in shifts):
        return []
    return work.session.execute(
        select(_L.skill, _L.expires_on).where(_L.volunteer_id == volunteer.id, _L.withdrawn_at.is_(None))
    ).all()


def lacking(shift: Any, known: Known) -> list[str]:
    """The skills that the shift needs and the volunteer does not have, or no longer, on its day."""
    if not shift.skills:
        return []
    day = shift.starts_at.astimezone(clock.PLACE).date()
    holds = {row.skill for row in known.skills if row.expires_on is None or row.expires_on >= day}
    return [code for code in shift.skills if code not in holds]


def _skills(rules: Rules, shift: Any, known: Known) -> list[Clash]:
    over = {row.skill: row.expires_on for row in known.skills}
    return [
        Clash("skill", rules.hard("skill"), {"skill": code, "expired": over.get(code)})
        for code in lacking(shift, known)
    ]


def _wishes(rules: Rules, shift: Any, volunteer: Any) -> list[Clash]:
    """Where and when the volunteer wants to serve."""
    found = []
    if volunteer.areas and not any(_within(shift.area_path, area) for area in volunteer.areas):
        found.append(Clash("area", rules.hard("area")))
    if volunteer.available and not set(hours_of(shift)) <= set(volunteer.available):
        found.append(Clash("available", rules.hard("available")))
    return found


def _within(path: str, area_id: str) -> bool:
    return f"/{int(area_id):05d}/" in path


def hours_of(slot: Any) -> list[str]:
    """The hours of the week that a slot touches, as volunteers name them: "3-9" is Thursday, nine to ten."""
    at: datetime = slot.starts_at.astimezone(clock.PLACE).replace(minute=0, second=0, microsecond=0)
    found = []
    while at < slot.ends_at:
        found.append(f"{at.weekday()}-{at.hour}")
        at += timedelta(hours=1)
    return found


def _elders(work: Work, volunteer: Any, shifts: Sequence[Any]) -> dict[int, Any]:
    """Of those who are visited, what decides whether the volunteer can go there."""
    ids = {one.resident_id for one in shifts if one.resident_id is not None}
    if not ids or not (volunteer.visits_sex or volunteer.floors):
        return {}
    rows = work.session.execute(
        select(_R.id, _R.sex, _H.room).outerjoin(Household, _H.id == _R.household_id).where(_R.id.in_(ids))
    )
    return {row.id: row for row in rows}


def _elder(rules: Rules, shift: Any, known: Known) -> list[Clash]:
    """Whether the volunteer can go to the person who is visited."""
    volunteer, elder = known.volunteer, known.elders.get(shift.resident_id)
    if elder is None:
        return []
    found = []
    if volunteer.visits_sex and elder.sex and elder.sex != volunteer.visits_sex:
        found.append(Clash("visits_sex", rules.hard("visits_sex")))
    floor = floor_of(elder.room or "")
    if volunteer.floors and floor is not None and floor > volunteer.floors:
        found.append(Clash("floor", rules.hard("floor"), {"floor": floor}))
    return found


def floor_of(room: str) -> int | None:
    """The floor that the number of a room tells: 402 is on the fourth, 1203 on the twelfth."""
    digits = "".join(sign for sign in room if sign.isdigit())
    return int(digits[:-2]) if len(digits) > 2 else None


def _unwanted(work: Work, volunteer: Any) -> tuple[frozenset[int], frozenset[int]]:
    """The volunteers with whom, and the residents to whom, this volunteer must not be sent."""
    rows = work.session.execute(
        select(_N.volunteer_id, _N.other_id, _N.resident_id).where(
            _N.wanted.is_(False), _N.withdrawn_at.is_(None),
            or_(_N.volunteer_id == volunteer.id, _N.other_id == volunteer.id),
        )
    ).all()  # fmt: skip
    apart = {one for row in rows for one in (row.volunteer_id, row.other_id) if one is not None}
    own = (row.resident_id for row in rows if row.volunteer_id == volunteer.id)
    return frozenset(apart - {volunteer.id}), frozenset(one for one in own if one is not None)


def _there(work: Work, shifts: Sequence[Any]) -> dict[int, frozenset[int]]:
    """Who has a place in these shifts, by shift."""
    found: dict[int, set[int]] = {}
    rows = work.session.execute(
        select(_B.slot_id, _B.volunteer_id).where(
            _B.slot_id.in_([one.id for one in shifts if one.taken]), _B.live == 1, _B.state.in_(places.HELD),
            _B.volunteer_id.is_not(None),
        )
    )  # fmt: skip
    for row in rows:
        found.setdefault(row.slot_id, set()).add(row.volunteer_id)
    return {slot_id: frozenset(who) for slot_id, who in found.items()}


def _pairs(rules: Rules, shift: Any, known: Known) -> list[Clash]:
    """Whether somebody is there, or is visited, with whom it must not be."""
    met = shift.resident_id in known.not_to or bool(known.apart & known.there.get(shift.id, frozenset()))
    return [Clash("unwanted", rules.hard("unwanted"))] if met else []


def _own_week(rules: Rules, shift: Any, known: Known) -> list[Clash]:
    """More in a week than the volunteer wants: the same reckoning as the limit for all, with another limit."""
    if not known.volunteer.week_hours:
        return []
    own = places.Limits(rest=0, travel=0, day=0, week=known.volunteer.week_hours * 60)
    return [
        Clash("own_week", rules.hard("own_week"), one.facts)
        for one in places.against(shift, known.held, own)
        if one.code == "week"
    ]
