"""The homes of one building: who may see them, and what each cell says."""

import pytest

from db import keeping
from db.care import days, visits
from db.care.visits import Seen
from db.errors import Refused
from db.insight.matrix import matrix
from db.people import residents
from db.people.households import HOUSEHOLDS
from tests.built import built_once
from tests.care.test_due import on
from tests.conftest import Town


@pytest.fixture
@built_once
def building(town: Town) -> dict[str, int]:
    """Two stairs; somebody of the highest colour in 1-402, a family in 2-101."""
    days.new_day(town.anna)
    homes = {
        f"{stair}-{room}": keeping.create(
            town.shen, HOUSEHOLDS, {"area_id": town.building_1, "stair": stair, "room": room}
        )
        for stair, room in (("1", "402"), ("1", "101"), ("2", "101"))
    }
    who = residents.add(
        town.shen, values={"name": "周秀英", "household_id": homes["1-402"], "in_care": True, "colour": "red"}
    )
    residents.add(town.shen, values={"name": "孙建国", "household_id": homes["2-101"]})
    return {**homes, "who": who}


def test_a_cell_says_who_needs_somebody_most(town: Town, building: dict[str, int]) -> None:
    with on(9):
        shown = matrix(town.shen, area_id=town.building_1)
        assert shown is not None
        assert (shown.stairs, shown.floors) == (["1", "2"], [4, 1])
        cells = {(cell.stair, cell.room): cell for cell in shown.cells}
        worst = cells["1", "402"]
        assert (worst.state, worst.late, worst.unseen, worst.in_care[0].name) == ("overdue", 1, 9, "周秀英")
        assert (cells["2", "101"].state, cells["2", "101"].people, cells["1", "101"].people) == ("", 1, 0)
        visits.record(town.shen, seen=[Seen(building["who"])])
        again = matrix(town.shen, area_id=town.building_1)
        assert again is not None
        assert next(cell.state for cell in again.cells if cell.room == "402") == "coming"


def test_leaders_see_masked_names_and_strangers_no_homes(town: Town, building: dict[str, int]) -> None:
    shown = matrix(town.lei, area_id=town.building_1)
    assert shown is not None
    assert next(cell.in_care[0].name for cell in shown.cells if cell.in_care) != "周秀英"
    assert matrix(town.qiu, area_id=town.building_1) is None
    with pytest.raises(Refused):
        matrix(town.vera, area_id=town.building_1)
    with pytest.raises(Refused, match=r"area\.not_found"):
        matrix(town.shen, area_id=9999)
