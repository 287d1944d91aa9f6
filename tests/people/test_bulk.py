"""Many at once is the same as one after another."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from db import access, keeping, parsing, work
from db.errors import Refused
from db.people import bulk, residents
from db.people.residents import RESIDENTS
from db.people.tables import FindKey, Group, Household, Membership, Resident
from tests.conftest import Town

PEOPLE = [
    {"name": "欧阳秀英", "id_number": parsing.make_id("320113", date(1938, 5, 2), 42), "phone": "13800001234",
     "health": "高血压", "employer": "红星机械厂"},
    {"name": "单国栋", "born": date(1961, 1, 9), "sex": "male", "phone": "13911112222、02584440000"},
    {"name": "Anna Lund", "status": "moved", "in_care": True},
    {"name": "阿依古丽·买买提", "status": "died", "status_on": date(2025, 3, 1)},
]  # fmt: skip


def written(table: type, record_id: int) -> dict[str, Any]:
    with work.unit(access.system(), "resident.view", write=False) as unit:
        row = unit.session.get(table, record_id)
        return row.model_dump(exclude={"id"})  # type: ignore[union-attr, no-any-return]


def keys(resident_id: int) -> set[tuple[str, str]]:
    with work.unit(access.system(), "resident.view", write=False) as unit:
        rows = unit.session.execute(
            select(FindKey.token, FindKey.place).where(FindKey.resident_id == resident_id)  # type: ignore[call-overload]
        )
        return {(row.token, row.place) for row in rows}


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person["name"])
def test_a_resident_is_written_as_the_form_writes_one(town: Town, person: dict[str, Any]) -> None:
    values = {**person, "area_id": town.building_1}
    with work.unit(access.system(), "resident.create", write=True) as unit:
        one = residents.add(unit, values=values)
        (other,) = bulk.insert_residents(unit, [keeping.clean(unit, RESIDENTS, values)[0]])
    assert written(Resident, other) == written(Resident, one)
    assert keys(other) == keys(one) != set()


def test_a_home_gives_its_people_their_place(town: Town) -> None:
    with work.unit(access.system(), "resident.create", write=True) as unit:
        (home,) = bulk.insert_households(unit, [{"area_id": town.building_3, "stair": "2", "room": "402"}])
        one = residents.add(unit, values={"name": "裘正", "household_id": home})
        (other,) = bulk.insert_residents(unit, [{"name": "裘正", "household_id": home}])
    assert written(Household, home)["address"] == "3-2-402"
    assert written(Resident, other) == written(Resident, one)
    assert written(Resident, one)["address"] == "3-2-402"


def test_members_are_in_their_groups(town: Town) -> None:
    with work.unit(access.system(), "resident.create", write=True) as unit:
        (person,) = bulk.insert_residents(unit, [{"name": "裘正", "area_id": town.building_3}])
        unit.session.add(Group(id=1, code="alone", name="独居"))
        unit.session.flush()
        row = {
            "resident_id": person,
            "group_id": 1,
            "since": date(2024, 1, 1),
            "place": town.path(town.building_3),
        }
        bulk.insert_memberships(unit, [row])
        unit.log("resident", None, "两人")
    with work.unit(access.system(), "resident.view", write=False) as unit:
        assert unit.session.execute(select(Membership.resident_id)).scalars().all() == [person]  # type: ignore[call-overload]


def test_what_comes_after_gets_new_ids(town: Town) -> None:
    with work.unit(access.system(), "resident.create", write=True) as unit:
        first = bulk.insert_residents(unit, [{"name": "裘一", "area_id": town.building_3}] * 3)
        after = residents.add(unit, values={"name": "裘二", "area_id": town.building_3})
    assert len({*first, after}) == 4


def test_an_unknown_building_is_refused_and_nothing_is_written(town: Town) -> None:
    with (
        pytest.raises(Refused, match=r"form\.invalid"),
        work.unit(access.system(), "resident.create", write=True) as unit,
    ):
        bulk.insert_households(unit, [{"area_id": town.building_3, "room": "101"}, {"area_id": 9999}])
    with work.unit(access.system(), "resident.view", write=False) as unit:
        assert unit.session.execute(select(Household.id)).all() == []  # type: ignore[call-overload]


def test_writing_many_without_saying_so_is_refused(town: Town) -> None:
    with pytest.raises(RuntimeError), work.unit(access.system(), "resident.create", write=True) as unit:
        bulk.insert_residents(unit, [{"name": "裘正", "area_id": town.building_3}])
