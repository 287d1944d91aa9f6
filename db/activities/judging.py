"""Whether somebody can come to an activity, what stands against it, and who comes first when places run out."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select

from db import clock
from db.activities import people
from db.activities.people import Person
from db.activities.tables import Activity, Meeting
from db.clashing import Clash, Limits, around, weigh
from db.slots import TERM, Slot
from db.volunteers.fitness import age_on
from db.work import Work

KIND = "activity"
TOPIC = "activities"
CHILD = 14
"""Younger ones need the consent of their guardian."""

_A = Activity.__table__.c  # type: ignore[attr-defined]
_M = Meeting.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]

LIMITS = Limits(rest=0, travel=15, day=0, week=0, soft=frozenset({"travel", "rest"}))
"""Who comes to enjoy it may come as often as they like; only two places at once cannot be."""

_OF_SLOT = (
    select(Activity.__table__)  # type: ignore[attr-defined]
    .outerjoin(Meeting, _M.activity_id == _A.id)
    .where((_M.id == bindparam("slot")) | (_A.term_slot_id == bindparam("slot")))
    .limit(1)
)
_COMING = (
    select(Slot.__table__)  # type: ignore[attr-defined]
    .join(Meeting, _M.id == _S.id)
    .where(
        _M.activity_id == bindparam("activity"), _S.cancelled_at.is_(None), _S.withdrawn_at.is_(None),
        _S.ends_at > bindparam("now", type_=_S.ends_at.type),
    )
    .order_by(_S.starts_at)
)  # fmt: skip


def activity_of(work: Work, slot_id: int) -> Any:
    """The row of the activity to which a slot belongs, read once in a unit of work."""
    known: dict[int, Any] = work.known.setdefault("activities.of", {})
    if slot_id not in known:
        known[slot_id] = work.connection.execute(_OF_SLOT, {"slot": slot_id}).first()
    return known[slot_id]


def sessions_to_come(work: Work, activity_id: int) -> Sequence[Any]:
    """The slots of the dates that are not over, earliest first."""
    return work.connection.execute(_COMING, {"activity": activity_id, "now": work.now}).all()


def judge(work: Work, slot: Any, key: str) -> list[Clash]:
    """Everything that stands against this person coming, the hard things first."""
    person, activity = people.by_key(work, key), activity_of(work, slot.id)
    if person is None or activity is None:
        return [Clash("gone", True, {})]
    found = [*eligible(work, activity, person), *_elsewhere(work, activity, slot, key)]
    return sorted(found, key=lambda one: not one.hard)


def _elsewhere(work: Work, activity: Any, slot: Any, key: str) -> list[Clash]:
    """The same check as for shifts: over everything in which this person has a place."""
    taking = sessions_to_come(work, activity.id) if slot.kind == TERM else [slot]
    own = {one.id for one in taking}
    found = []
    for one in taking:
        others = [other for other in around(work, one, key) if other.id not in own]
        found += weigh(one, others, LIMITS)
    return found


def eligible(work: Work, activity: Any, person: Person) -> list[Clash]:
    """Whether this activity is for this person."""
    if person.status != "resident":
        return [Clash("gone", True, {"status": person.status})]
    found = []
    day = activity.starts_on or clock.today()
    age = age_on(person.born, day) if person.born else None
    if age is not None:
        if (activity.age_from and age < activity.age_from) or (activity.age_to and age > activity.age_to):
            found.append(
                Clash("age", True, {"age": age, "least": activity.age_from, "most": activity.age_to})
            )
        if age < CHILD and not person.guardian:
            found.append(Clash("guardian", True, {"age": age}))
    if activity.areas and not any(person.area_path.startswith(path) for path in activity.areas):
        found.append(Clash("area", True))
    if activity.employer and activity.employer not in person.employer:
        found.append(Clash("employer", True, {"employer": activity.employer}))
    if activity.for_groups:
        groups = people.groups_of(work, person.resident_id) if person.resident_id else set()
        if not groups & set(activity.for_groups):
            found.append(Clash("group", True, {"groups": tuple(activity.for_groups)}))
    if activity.needs_contact and person.resident_id and not people.has_contact(work, person.resident_id):
        found.append(Clash("contact", True))
    return found


def reasons(activity: Any, person: Person) -> list[str]:
    """Which of the activity's priorities this person has, the weightiest first."""
    has = {"never": person.last_on is None, "alone": person.living == "alone", "care": person.in_care}
    return [code for code in activity.priorities or () if has.get(code)]


def rank(activity: Any, person: Person) -> int:
    """The place in the waiting line: the lower, the earlier. A weightier reason goes before all lighter ones."""
    order = list(activity.priorities or ())
    mine = set(reasons(activity, person))
    return sum(0 if code in mine else 1 << (len(order) - 1 - number) for number, code in enumerate(order))
