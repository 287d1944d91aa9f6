"""Whether a volunteer can take a shift, and what stands against it: said in full, so that nobody has to guess."""

from collections.abc import Sequence
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


def judge(work: Work, shift: Any, volunteer: Any) -> list[Clash]:
    """Everything that stands against this volunteer taking this shift, the hard things first."""
    rules = rules_of(work)
    day = shift.starts_at.astimezone(clock.PLACE).date()
    found = [
        *_status(work, volunteer, day), *_age(rules, shift, volunteer, day), *_skills(work, rules, shift, volunteer, day),
        *_wishes(rules, shift, volunteer), *_elder(work, rules, shift, volunteer), *_pairs(work, rules, shift, volunteer),
        *places.clashes(work, shift, key_of(volunteer.id), rules.limits), *_own_week(work, rules, shift, volunteer),
    ]  # fmt: skip
    return sorted(found, key=lambda one: not one.hard)


def age_on(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _status(work: Work, volunteer: Any, day: date) -> list[Clash]:
    if volunteer.status == "active":
        return []
    if volunteer.status == "paused" and volunteer.pause_until is not None and volunteer.pause_until < day:
        return []
    if volunteer.status == "blocked":
        block = work.session.execute(
            select(func.max(_X.until)).where(_X.volunteer_id == volunteer.id, _X.lifted_at.is_(None))
        ).scalar()
        return [Clash("blocked", True, {"until": block})] if block is not None and block >= day else []
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


def _skills(work: Work, rules: Rules, shift: Any, volunteer: Any, day: date) -> list[Clash]:
    if not shift.skills:
        return []
    rows = work.session.execute(
        select(_L.skill, _L.expires_on).where(_L.volunteer_id == volunteer.id, _L.withdrawn_at.is_(None))
    ).all()
    holds = {row.skill for row in rows if row.expires_on is None or row.expires_on >= day}
    over = {row.skill: row.expires_on for row in rows if row.skill not in holds}
    return [
        Clash("skill", rules.hard("skill"), {"skill": code, "expired": over.get(code)})
        for code in shift.skills
        if code not in holds
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


def _elder(work: Work, rules: Rules, shift: Any, volunteer: Any) -> list[Clash]:
    """Whether the volunteer can go to the person who is visited."""
    if shift.resident_id is None or not (volunteer.visits_sex or volunteer.floors):
        return []
    elder = work.session.execute(
        select(_R.sex, _H.room).outerjoin(Household, _H.id == _R.household_id).where(_R.id == shift.resident_id)
    ).first()  # fmt: skip
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


def _pairs(work: Work, rules: Rules, shift: Any, volunteer: Any) -> list[Clash]:
    """Whether somebody is there, or is visited, with whom it must not be."""
    if not shift.taken and shift.resident_id is None:
        return []
    there = select(_B.volunteer_id).where(
        _B.slot_id == shift.id, _B.live == 1, _B.state.in_(places.HELD), _B.volunteer_id != volunteer.id
    )
    met = work.session.execute(
        select(_N.id)
        .where(
            _N.wanted.is_(False), _N.withdrawn_at.is_(None),
            or_(
                (_N.volunteer_id == volunteer.id) & _N.other_id.in_(there),
                (_N.other_id == volunteer.id) & _N.volunteer_id.in_(there),
                (_N.volunteer_id == volunteer.id) & (_N.resident_id == (shift.resident_id or 0)),
            ),
        )
        .limit(1)
    ).first()  # fmt: skip
    return [Clash("unwanted", rules.hard("unwanted"))] if met is not None else []


def _own_week(work: Work, rules: Rules, shift: Any, volunteer: Any) -> list[Clash]:
    """More in a week than the volunteer wants: the same reckoning as the limit for all, with another limit."""
    if not volunteer.week_hours:
        return []
    own = places.Limits(rest=0, travel=0, day=0, week=volunteer.week_hours * 60)
    return [
        Clash("own_week", rules.hard("own_week"), one.facts)
        for one in places.clashes(work, shift, key_of(volunteer.id), own)
        if one.code == "week"
    ]
