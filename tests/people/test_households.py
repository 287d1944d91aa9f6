"""Homes: finding, adding, moving whole households and single people."""

from datetime import date

import pytest

from db import keeping, listing, parsing
from db.errors import Refused
from db.listing import Listing
from db.people import entering, households, residents
from db.people.households import HOUSEHOLDS
from db.people.moving import Home, move_household
from db.people.residents import RESIDENTS
from tests.built import built_once
from tests.conftest import Town


def add_home(
    town: Town, room: str = "402", building: int | None = None, stair: str = "3", number: str = ""
) -> int:
    return keeping.create(
        town.anna, HOUSEHOLDS,
        {"area_id": building or town.building_1, "stair": stair, "room": room, "number": number},
    )  # fmt: skip


@pytest.fixture
@built_once
def wangs(town: Town) -> entering.Entered:
    """Wang Guoqiang with wife and son at 1-3-402."""
    return entering.register_household(
        town.shen, home=Home(area_id=town.building_1, stair="3单元", room="402室"), number="000123",
        people=[
            {"name": "王国强", "phone": "13800001111", "sex": "male"},
            {"name": "李秀兰", "relation": "spouse"},
            {"name": "王小军", "relation": "child"},
        ],
    )  # fmt: skip


def homes(town: Town, **asked: object) -> list[str]:
    return [row["address"] for row in listing.page(town.shen, HOUSEHOLDS, Listing(**asked)).rows]  # type: ignore[arg-type]


def test_the_list_says_who_lives_there(town: Town, wangs: entering.Entered) -> None:
    (row,) = listing.page(town.shen, HOUSEHOLDS, Listing()).rows
    assert row == {
        "id": wangs.household_id, "address": "1-3-402", "building": "1栋", "number": "000123", "people": 3,
        "head": "王国强", "note": "",
    }  # fmt: skip
    assert listing.page(town.lei, HOUSEHOLDS, Listing()).rows[0]["head"] == "王*强"
    assert listing.page(town.qiu, HOUSEHOLDS, Listing()).total == 0


@pytest.mark.parametrize(
    "text", ["1-3-402", "1栋3单元402", "1栋", "1-402", "000123", "王国强", "wxj", "13800001111", "秀兰"]
)
def test_finds_the_home(town: Town, wangs: entering.Entered, text: str) -> None:
    add_home(town, "101", town.building_2)
    assert homes(town, search=text) == ["1-3-402"]


def test_empty_homes_and_closed_ones(town: Town, wangs: entering.Entered) -> None:
    empty = add_home(town, "501")
    assert homes(town, filters={"empty": ("yes",)}) == ["1-3-501"]
    keeping.edit(town.shen, HOUSEHOLDS, empty, 1, {"closed_on": "2026-11-01"})
    assert homes(town) == ["1-3-402"]
    assert homes(town, filters={"closed": ("closed",)}) == ["1-3-501"]
    with pytest.raises(Refused, match="household.not_empty"):
        keeping.edit(town.shen, HOUSEHOLDS, wangs.household_id, 1, {"closed_on": "2026-11-01"})
    add_home(town, "501")  # the closed one is not in the way


def test_one_address_is_one_home(town: Town) -> None:
    first = add_home(town)
    with pytest.raises(Refused) as refusal:
        add_home(town, "0402", stair="3单元")
    assert refusal.value.code == "household.taken"
    assert refusal.value.facts == {"household_id": first, "address": "1-3-402"}


def test_homes_are_in_open_buildings(town: Town) -> None:
    with pytest.raises(Refused, match="household.no_building"):
        add_home(town, building=town.north)
    with pytest.raises(Refused, match="area.outside"):
        keeping.create(town.qiu, HOUSEHOLDS, {"area_id": town.building_1, "room": "101"})


def test_a_corrected_address_takes_its_people_along(town: Town, wangs: entering.Entered) -> None:
    keeping.edit(town.anna, HOUSEHOLDS, wangs.household_id, 1, {"area_id": town.building_3, "room": "302"})
    record = listing.get(town.qiu, RESIDENTS, wangs.resident_ids[0])
    assert (record.values["address"], record.version) == ("3-3-302", 2)
    assert listing.page(town.qiu, RESIDENTS, Listing(search="王国强")).total == 1
    assert listing.page(town.shen, RESIDENTS, Listing(search="wgq")).total == 0
    latest = listing.history(town.qiu, RESIDENTS, wangs.resident_ids[0])[0]
    assert latest.changes == {"address": ["1-3-402", "3-3-302"]}


def test_a_household_moves_with_its_number(town: Town, wangs: entering.Entered) -> None:
    moved = move_household(
        town.shen, household_id=wangs.household_id, to=Home(area_id=town.building_2, stair="1", room="101")
    )
    assert (moved.people, moved.without_head) == (3, ())
    assert homes(town, filters={"empty": ("no",)}) == ["2-1-101"]
    assert homes(town, search="000123") == ["2-1-101"]
    assert homes(town, filters={"empty": ("yes",)}) == ["1-3-402"]
    with pytest.raises(Refused, match="household.nobody"):
        move_household(town.shen, household_id=wangs.household_id, to=Home(household_id=moved.household_id))


def test_the_son_moves_out_alone(town: Town, wangs: entering.Entered) -> None:
    son = wangs.resident_ids[2]
    residents.set_groups(town.anna, resident_id=son, codes=[])
    moved = move_household(town.shen, resident_ids=[son], to=Home(area_id=town.building_2, room="202"))
    record = listing.get(town.shen, RESIDENTS, son)
    assert (record.values["relation"], record.values["address"]) == ("head", "2-202")
    back = move_household(
        town.shen, resident_ids=[son], to=Home(household_id=wangs.household_id), relations={son: "child"}
    )
    assert (moved.without_head, back.without_head) == ((), ())
    without = move_household(
        town.shen, resident_ids=[wangs.resident_ids[0]], to=Home(household_id=moved.household_id)
    )
    assert without.without_head == (wangs.household_id,)


def test_nobody_is_moved_out_of_reach(town: Town, wangs: entering.Entered) -> None:
    south = add_home(town, "101", town.building_3)
    for to in (Home(household_id=south), Home(area_id=town.building_3, room="102")):
        with pytest.raises(Refused, match=r"area\.outside|record\.not_found"):
            move_household(town.shen, household_id=wangs.household_id, to=to)
    with pytest.raises(Refused, match="record.not_found"):
        move_household(town.qiu, resident_ids=[wangs.resident_ids[0]], to=Home(household_id=south))
    with pytest.raises(Refused, match="access.denied"):
        move_household(town.lei, household_id=wangs.household_id, to=Home(household_id=south))
    assert homes(town, filters={"empty": ("no",)}) == ["1-3-402"]


def test_a_household_is_entered_whole_or_not_at_all(town: Town, wangs: entering.Entered) -> None:
    number = parsing.make_id("320113", date(1950, 1, 2), 7)
    with pytest.raises(Refused) as refusal:
        entering.register_household(
            town.shen, home=Home(area_id=town.building_2, room="303"),
            people=[
                {"name": "赵明", "id_number": number},
                {"name": "", "phone": "12"},
                {"name": "赵小明", "id_number": number},
                {"name": "王国强", "phone": "13800001111"},
            ],
        )  # fmt: skip
    problems = refusal.value.facts["people"]
    assert {index: one.code for index, one in problems.items()} == {
        1: "form.invalid", 2: "household.number_twice", 3: "resident.duplicates",
    }  # fmt: skip
    assert homes(town) == ["1-3-402"]
    assert listing.page(town.shen, RESIDENTS, Listing(search="赵明")).total == 0


@pytest.mark.parametrize(
    ("text", "kind"),
    [("1-3-402", "home"), ("1栋3单元402室", "home"), ("1-402", "home"), ("2-3-402", "new"), ("2栋", "building"),
     ("99-1-101", "no_building"), ("3-1-101", "no_building"), ("哪里", "unreadable"), ("", "")],
)  # fmt: skip
def test_an_address_as_people_write_it(town: Town, wangs: entering.Entered, text: str, kind: str) -> None:
    found = households.find_home(town.shen, text=text)
    assert found.kind == kind
    if kind == "home":
        assert (found.homes[0].id, found.homes[0].people) == (wangs.household_id, 3)


def test_members_with_the_head_first_and_those_who_left_last(town: Town, wangs: entering.Entered) -> None:
    keeping.edit(town.shen, RESIDENTS, wangs.resident_ids[1], 1, {"status": "died"})
    listed = households.household(town.shen, household_id=wangs.household_id)
    assert [(one.name, one.status) for one in listed] == [
        ("王国强", "resident"), ("王小军", "resident"), ("李秀兰", "died"),
    ]  # fmt: skip
