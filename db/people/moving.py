"""Moving people to another home: whoever moves is found at the new place at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from db import keeping
from db.errors import Refused
from db.listing import row_of
from db.people.households import HOUSEHOLDS
from db.people.residents import RESIDENTS
from db.people.tables import Resident
from db.people.whereabouts import has_status, take_along
from db.work import Work, command

_R = Resident.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Home:
    """Where somebody moves to: a home that there is (`household_id`), or one to be added."""

    household_id: int | None = None
    area_id: int | None = None
    stair: str = ""
    room: str = ""


@dataclass(frozen=True)
class Moved:
    """`without_head`: the people who stayed, or those who arrived, have nobody who is head of household."""

    household_id: int
    people: int
    without_head: tuple[int, ...] = ()


@command("household.edit")
def move_household(
    work: Work, *, to: Home, household_id: int | None = None, resident_ids: Sequence[int] = (),
    relations: Mapping[int, str] | None = None,
) -> Moved:  # fmt: skip
    """Move a whole household (`household_id`), or some people (`resident_ids`), to a home.

    The home is added when it does not exist. A whole household takes its number along; the home that
    was left stays, empty. Whoever arrives alone in an empty home is its head, unless `relations` says else.
    Refused `record.not_found`, `area.outside`, `household.nobody` (nobody to move), `household.taken`,
    `household.same`, `household.closed`, and what a new home is refused for.
    """
    if household_id is not None:
        old = row_of(work, HOUSEHOLDS, household_id, "household.edit", lock=True)
        ids = work.session.execute(
            select(_R.id).where(_R.household_id == household_id, has_status("resident")).order_by(_R.id)
        ).scalars()
        resident_ids = list(ids)
    people = [row_of(work, RESIDENTS, one, "resident.edit", lock=True) for one in resident_ids]
    if not people:
        raise Refused("household.nobody")
    new_id = to.household_id or _add_home(work, to)
    home = row_of(work, HOUSEHOLDS, new_id, "household.view", lock=True)
    if not work.viewer.reaches("household.edit", str(home["area_path"])):
        raise Refused("area.outside")
    if home["closed_on"] is not None:
        raise Refused("household.closed", address=home["address"])
    if all(one["household_id"] == new_id for one in people):
        raise Refused("household.same", address=home["address"])
    given = dict(relations or {})
    already = _living(work, new_id)
    if not already and len(people) == 1:
        given.setdefault(people[0]["id"], "head")
    left = {one["household_id"] for one in people if one["household_id"]} - {new_id}
    for person in people:
        take_along(work, person, home, given.get(person["id"]))
    if household_id is not None and old["number"] and not home["number"]:
        keeping.write_row(work, HOUSEHOLDS, home, home, {"number": old["number"]})
        keeping.write_row(work, HOUSEHOLDS, old, old, {"number": ""})
    headless = tuple(
        one for one in sorted({*left, new_id}) if (now := _living(work, one)) and "head" not in now.values()
    )
    return Moved(new_id, len(people), headless)


def _add_home(work: Work, to: Home) -> int:
    return keeping.create(work, HOUSEHOLDS, {"area_id": to.area_id, "stair": to.stair, "room": to.room})


def _living(work: Work, household_id: int) -> dict[int, str]:
    """Who lives in a home now, with their relations."""
    rows = work.session.execute(
        select(_R.id, _R.relation).where(_R.household_id == household_id, has_status("resident"))
    )
    return {row.id: row.relation for row in rows}
