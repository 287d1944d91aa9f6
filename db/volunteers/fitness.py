"""Whether a volunteer can take a shift, and what stands against it: said in full, so that nobody has to guess."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from db import clock
from db.clashing import Clash, around, held, minutes_in, week_of, weigh
from db.people.tables import Household, Resident
from db.slots import HELD, Booking, Slot
from db.volunteers.reliability import MISSED
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


_ONE_SHIFT = SHIFT.where(_S.id == bindparam("shift"), _S.withdrawn_at.is_(None))
VOLUNTEER = select(Volunteer.__table__, MISSED).where(_V.withdrawn_at.is_(None))  # type: ignore[attr-defined]
"""A volunteer, and how many no-shows count (`missed`), given `today`."""
_ONE_VOLUNTEER = VOLUNTEER.where(_V.id == bindparam("volunteer"))
_THERE = select(_B.volunteer_id).where(
    _B.slot_id == bindparam("shift"),
    _B.live == 1,
    _B.state.in_(HELD),
    _B.volunteer_id != bindparam("volunteer"),
)
_UNWANTED = (
    select(_N.id)
    .where(
        _N.wanted.is_(False), _N.withdrawn_at.is_(None),
        or_(
            (_N.volunteer_id == bindparam("volunteer")) & _N.other_id.in_(_THERE),
            (_N.other_id == bindparam("volunteer")) & _N.volunteer_id.in_(_THERE),
            (_N.volunteer_id == bindparam("volunteer")) & (_N.resident_id == bindparam("resident")),
        ),
    )
    .limit(1)
)  # fmt: skip


def key_of(volunteer_id: int) -> str:
    """How places know a volunteer."""
    return f"v{volunteer_id}"


def shift_of(work: Work, shift_id: int) -> Any:
    """The row of `SHIFT`, None when there is none."""
    return work.connection.execute(_ONE_SHIFT, {"shift": shift_id}).first()


def volunteer_of(work: Work, volunteer_id: int) -> Any:
    """The row of `VOLUNTEER`, None when there is none."""
    asked = {"volunteer": volunteer_id, "today": clock.today()}
    return work.connection.execute(_ONE_VOLUNTEER, asked).first()


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
    """What decides who fits, read at once for some shifts and volunteers."""

    skills: dict[int, dict[str, date | None]]  # of a volunteer: until when each holds, None without end
    blocked: dict[int, date]  # until when
    elders: dict[int, Any]  # who is visited: sex and room
    unwanted: set[tuple[int, int]]  # two volunteers, the smaller number first
    unwanted_at: set[tuple[int, int | None]]  # a volunteer and a resident
    there: dict[int, set[int]]  # who has a place in a shift
    held: dict[str, list[Any]]  # the slots in which a person has a place


def gather(work: Work, shifts: Sequence[Any], volunteers: Sequence[Any]) -> Known:
    """Everything that `judge` asks about these shifts and volunteers, in a few queries however many they are."""
    if not shifts:
        return Known({}, {}, {}, set(), set(), {}, {key_of(one.id): [] for one in volunteers})
    ids = [one.id for one in volunteers]
    residents = {one.resident_id for one in shifts if one.resident_id is not None}
    unwanted, unwanted_at = _unwanted(work, ids, residents)
    there = (
        _there(work, [one.id for one in shifts if one.taken]) if unwanted or len(ids) > 1 else {}
    )  # matters to pairs alone where one volunteer is judged
    return Known(
        _skills_of(work, ids) if any(one.skills for one in shifts) else {},
        _blocked(work, [one.id for one in volunteers if one.status == "blocked"]),
        _elders(work, residents) if any(one.visits_sex or one.floors for one in volunteers) else {},
        unwanted, unwanted_at, there, held(work, [key_of(one) for one in ids], shifts),
    )  # fmt: skip


def _alone(work: Work, shift: Any, volunteer: Any) -> Known:
    """The same for one shift and one volunteer: only what they need, by statements that are made once."""
    key, met = key_of(volunteer.id), False
    if shift.taken or shift.resident_id is not None:
        asked = {"shift": shift.id, "volunteer": volunteer.id, "resident": shift.resident_id or 0}
        met = work.connection.execute(_UNWANTED, asked).first() is not None
    return Known(
        _skills_of(work, [volunteer.id]) if shift.skills else {},
        _blocked(work, [volunteer.id] if volunteer.status == "blocked" else []),
        _elders(work, [shift.resident_id] if shift.resident_id and (volunteer.visits_sex or volunteer.floors) else []),
        set(), {(volunteer.id, shift.resident_id)} if met else set(), {}, {key: around(work, shift, key)},
    )  # fmt: skip


def _skills_of(work: Work, ids: Sequence[int]) -> dict[int, dict[str, date | None]]:
    found: dict[int, dict[str, date | None]] = {}
    for row in work.session.execute(
        select(_L.volunteer_id, _L.skill, _L.expires_on)
        .where(_L.volunteer_id.in_(ids), _L.withdrawn_at.is_(None))
        .order_by(_L.expires_on.is_(None), _L.expires_on)  # the paper that holds longest comes last
    ):
        found.setdefault(row.volunteer_id, {})[row.skill] = row.expires_on
    return found


def _blocked(work: Work, ids: Sequence[int]) -> dict[int, date]:
    if not ids:
        return {}
    rows = work.session.execute(
        select(_X.volunteer_id, func.max(_X.until).label("until"))
        .where(_X.volunteer_id.in_(ids), _X.lifted_at.is_(None))
        .group_by(_X.volunteer_id)
    )
    return {row.volunteer_id: row.until for row in rows}


def _elders(work: Work, residents: Collection[int]) -> dict[int, Any]:
    if not residents:
        return {}
    rows = work.session.execute(
        select(_R.id, _R.sex, _H.room).outerjoin(Household, _H.id == _R.household_id).where(_R.id.in_(residents))
    )  # fmt: skip
    return {row.id: row for row in rows}


def _there(work: Work, shift_ids: Sequence[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    if shift_ids:
        for row in work.session.execute(
            select(_B.slot_id, _B.volunteer_id).where(
                _B.slot_id.in_(shift_ids), _B.live == 1, _B.state.in_(HELD), _B.volunteer_id.is_not(None)
            )
        ):  # fmt: skip
            found.setdefault(row.slot_id, set()).add(row.volunteer_id)
    return found


def _unwanted(
    work: Work, ids: Sequence[int], residents: Collection[int]
) -> tuple[set[tuple[int, int]], set[tuple[int, int | None]]]:
    rows = work.session.execute(
        select(_N.volunteer_id, _N.other_id, _N.resident_id).where(
            _N.wanted.is_(False), _N.withdrawn_at.is_(None), or_(_N.volunteer_id.in_(ids), _N.other_id.in_(ids))
        )
    ).all()  # fmt: skip
    return (
        {pair_of(row.volunteer_id, row.other_id) for row in rows if row.other_id is not None},
        {(row.volunteer_id, row.resident_id) for row in rows if row.resident_id in residents},
    )


def pair_of(one: int, other: int) -> tuple[int, int]:
    """Two volunteers, whichever was named first."""
    return (one, other) if one < other else (other, one)


def judge(work: Work, shift: Any, volunteer: Any, known: Known | None = None) -> list[Clash]:
    """Everything that stands against this volunteer taking this shift, the hard things first.

    `known` spares the queries where many are judged (`gather`).
    """
    return sorted(
        _against(work, shift, volunteer, known or _alone(work, shift, volunteer)),
        key=lambda one: not one.hard,
    )


def fits(work: Work, shift: Any, volunteer: Any, known: Known) -> bool:
    """Whether nothing forbids it: the same as `judge` without a hard clash, found out as soon as there is one."""
    return not any(one.hard for one in _against(work, shift, volunteer, known))


def _against(work: Work, shift: Any, volunteer: Any, known: Known) -> Iterator[Clash]:
    rules, day = rules_of(work), _day(shift.starts_at)
    rows = known.held[key_of(volunteer.id)]
    yield from _status(known, volunteer, day)
    yield from _age(rules, shift, volunteer, day)
    yield from _skills(known, rules, shift, volunteer, day)
    yield from _wishes(rules, shift, volunteer)
    yield from _elder(known, rules, shift, volunteer)
    yield from _pairs(known, rules, shift, volunteer)
    yield from weigh(shift, rows, rules.limits)
    yield from _own_week(rules, shift, volunteer, rows)


def full_weeks(work: Work, volunteer: Any, rows: Sequence[Any]) -> list[tuple[datetime, datetime]]:
    """The weeks in which nothing more fits, from Monday to Monday, for a volunteer with places in `rows` (`held`)."""
    rules = rules_of(work)
    most = [rules.limits.week] if rules.limits.week and rules.hard("week") else []
    most += [volunteer.week_hours * 60] if volunteer.week_hours and rules.hard("own_week") else []
    weeks = {week_of(one.starts_at) for one in rows}
    return [week for week in sorted(weeks) if most and minutes_in(rows, week) >= min(most)]


@lru_cache(4096)
def _day(at: datetime) -> date:
    return at.astimezone(clock.PLACE).date()


def age_on(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _status(known: Known, volunteer: Any, day: date) -> list[Clash]:
    if volunteer.status == "active":
        return []
    if volunteer.status == "paused" and volunteer.pause_until is not None and volunteer.pause_until < day:
        return []
    if volunteer.status == "blocked":
        block = known.blocked.get(volunteer.id)
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


def _skills(known: Known, rules: Rules, shift: Any, volunteer: Any, day: date) -> list[Clash]:
    if not shift.skills:
        return []
    own = known.skills.get(volunteer.id, {})
    holds = {code for code, until in own.items() if until is None or until >= day}
    return [
        Clash("skill", rules.hard("skill"), {"skill": code, "expired": own.get(code)})
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


def hours_of(slot: Any) -> tuple[str, ...]:
    """The hours of the week that a slot touches, as volunteers name them: "3-9" is Thursday, nine to ten."""
    return _hours(slot.starts_at, slot.ends_at)


@lru_cache(4096)
def _hours(starts_at: datetime, ends_at: datetime) -> tuple[str, ...]:
    at = starts_at.astimezone(clock.PLACE).replace(minute=0, second=0, microsecond=0)
    found = []
    while at < ends_at:
        found.append(f"{at.weekday()}-{at.hour}")
        at += timedelta(hours=1)
    return tuple(found)


def _elder(known: Known, rules: Rules, shift: Any, volunteer: Any) -> list[Clash]:
    """Whether the volunteer can go to the person who is visited."""
    elder = known.elders.get(shift.resident_id)
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


def _pairs(known: Known, rules: Rules, shift: Any, volunteer: Any) -> list[Clash]:
    """Whether somebody is there, or is visited, with whom it must not be."""
    there = known.there.get(shift.id, set()) - {volunteer.id}
    met = (volunteer.id, shift.resident_id) in known.unwanted_at or any(
        pair_of(volunteer.id, other) in known.unwanted for other in there
    )
    return [Clash("unwanted", rules.hard("unwanted"))] if met else []


def _own_week(rules: Rules, shift: Any, volunteer: Any, rows: Sequence[Any]) -> list[Clash]:
    """More in a week than the volunteer wants: the same reckoning as the limit for all, with another limit."""
    if not volunteer.week_hours:
        return []
    week = week_of(shift.starts_at)
    total = minutes_in([shift, *(one for one in rows if one.id != shift.id)], week)
    if total <= volunteer.week_hours * 60:
        return []
    return [
        Clash(
            "own_week",
            rules.hard("own_week"),
            {"hours": round(total / 60, 1), "most": float(volunteer.week_hours)},
        )
    ]
