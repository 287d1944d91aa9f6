"""For whom a rule or an occasion is: conditions as data, and the one function that says whether somebody meets them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import Session

from db.people import ages
from db.people.tables import FAR_FUTURE, Group, Membership, Resident

_R = Resident.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_G = Group.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Person:
    """What rules look at. `groups` are the codes of today; `age` is None without a birth date."""

    id: int
    area_path: str
    place: str
    living: str
    colour: str
    age: int | None
    groups: frozenset[str]


class Conditions(Protocol):
    """What rules and occasions have in common."""

    @property
    def match(self) -> str: ...
    @property
    def groups(self) -> list[str]: ...
    @property
    def living(self) -> list[str]: ...
    @property
    def colours(self) -> list[str]: ...
    @property
    def age_from(self) -> int | None: ...
    @property
    def age_to(self) -> int | None: ...
    @property
    def area_path(self) -> str: ...


def reasons(asked: Conditions, person: Person) -> dict[str, bool]:
    """Each condition that was set, and whether the person meets it."""
    found: dict[str, bool] = {}
    if asked.groups:
        found["groups"] = bool(person.groups.intersection(asked.groups))
    if asked.living:
        found["living"] = person.living in asked.living
    if asked.colours:
        found["colours"] = person.colour in asked.colours
    if asked.age_from is not None or asked.age_to is not None:
        low, high = asked.age_from or 0, asked.age_to if asked.age_to is not None else 999
        found["age"] = person.age is not None and low <= person.age <= high
    return found


def fits(asked: Conditions, person: Person) -> bool:
    """Whether a rule or occasion concerns this person. Without any condition it concerns everybody in its area."""
    if asked.area_path and not person.area_path.startswith(asked.area_path):
        return False
    met = reasons(asked, person).values()
    if not met:
        return True
    return any(met) if asked.match == "any" else all(met)


def groups_by_person(session: Session, which: ColumnElement[bool], day: date) -> dict[int, set[str]]:
    """The codes of the groups that residents fulfilling `which` belong to on `day`."""
    rows = session.execute(
        select(_M.resident_id, _G.code)
        .join(Resident, _R.id == _M.resident_id)
        .join(Group, _G.id == _M.group_id)
        .where(which, _M.since <= day, or_(_M.until.is_(None), _M.until > day))
    )
    found: dict[int, set[str]] = {}
    for resident_id, code in rows:
        found.setdefault(resident_id, set()).add(code)
    return found


def person_of(row: Any, groups: dict[int, set[str]], day: date) -> Person:
    """A row of residents (id, area_path, place, living, colour, born_key) as rules look at it."""
    age = ages.age_on(row.born_key, day) if row.born_key != FAR_FUTURE else None
    return Person(
        row.id, row.area_path, row.place, row.living, row.colour, age, frozenset(groups.get(row.id, ()))
    )


def people_in_care(session: Session, day: date, which: ColumnElement[bool] | None = None) -> Sequence[Person]:
    """Everybody who lives here and is in care, as rules look at them."""
    condition = and_(_R.in_care.is_(True), _R.status == "resident", *([which] if which is not None else []))
    rows = session.execute(
        select(_R.id, _R.area_path, _R.place, _R.living, _R.colour, _R.born_key).where(condition)
    ).all()
    groups = groups_by_person(session, condition, day)
    return [person_of(row, groups, day) for row in rows]
