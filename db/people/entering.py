"""Registering a person with the home, or a whole household in one go."""

from collections.abc import Sequence
from dataclasses import dataclass

from db import keeping
from db.errors import Refused
from db.listing import row_of
from db.people import residents
from db.people.households import HOUSEHOLDS, members
from db.people.moving import Home
from db.register import Values
from db.work import Work, command


@dataclass(frozen=True)
class Entered:
    household_id: int
    resident_ids: tuple[int, ...]


@command("resident.create")
def register_person(
    work: Work, *, home: Home, values: Values, groups: Sequence[str] = (), different_from: Sequence[int] = ()
) -> int:
    """Register one person, and the home too when it does not exist. Returns the id of the person.

    Without stair and room the person is registered in the building alone. Refused what `residents.add` and
    a new home are refused for, `form.invalid` (nowhere).
    """
    household_id = home.household_id
    if household_id is None and home.area_id is not None and (home.stair or home.room):
        household_id = keeping.create(
            work, HOUSEHOLDS, {"area_id": home.area_id, "stair": home.stair, "room": home.room}
        )
    where: Values = {"household_id": household_id} if household_id else {"area_id": home.area_id}
    return residents.add(work, values={**values, **where}, groups=groups, different_from=different_from)


@command("household.create")
def register_household(
    work: Work, *, home: Home, people: Sequence[Values], number: str = "",
    different_from: Sequence[Sequence[int]] = (), groups: Sequence[Sequence[str]] = (),
) -> Entered:  # fmt: skip
    """Register everybody of a home, and the home itself when it does not exist. All of it or nothing.

    `people` are the fields of each resident except the home; where nobody is head of household in an
    empty home, the first is. `different_from` says for each whom they are not the same person as.
    Refused `household.nobody`, what a new home is refused for, and `household.people` with `people`:
    place in the list → the refusal of that person.
    """
    if not people:
        raise Refused("household.nobody")
    household_id = home.household_id or keeping.create(
        work, HOUSEHOLDS,
        {"area_id": home.area_id, "stair": home.stair, "room": home.room, "number": number},
    )  # fmt: skip
    row_of(work, HOUSEHOLDS, household_id, "household.create", lock=True)
    heads = any(one.get("relation") == "head" for one in people) or members(work, household_id)
    made: list[int] = []
    refusals: dict[int, Refused] = {}
    numbers: dict[str, int] = {}
    for index, one in enumerate(people):
        values = {**one, "household_id": household_id}
        if index == 0 and not heads:
            values["relation"] = values.get("relation") or "head"
        typed = str(one.get("id_number") or "").strip().upper()
        if typed and typed in numbers:
            refusals[index] = Refused("household.number_twice", name=people[numbers[typed]].get("name", ""))
            continue
        numbers[typed] = index
        try:
            made.append(
                residents.add(
                    work, values=values, groups=groups[index] if index < len(groups) else (),
                    different_from=different_from[index] if index < len(different_from) else (),
                )
            )  # fmt: skip
        except Refused as refused:
            refusals[index] = refused
    if refusals:
        raise Refused("household.people", people=refusals)
    return Entered(household_id, tuple(made))
