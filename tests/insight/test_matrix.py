"""The homes of one building: who may see them, and what each cell says."""

from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest

from db import clock, engine, keeping, listing
from db.care import days, visits
from db.care.visits import Seen
from db.errors import Refused
from db.insight import counts, past
from db.insight.matrix import Matrix, matrix
from db.people import leaving, residents
from db.people.households import HOUSEHOLDS
from db.people.moving import Home, move_household
from db.people.residents import RESIDENTS
from tests.built import built_once
from tests.care.test_due import on
from tests.conftest import NOON, Town
from tests.insight.test_past import plainly
from tests.screens import Screens, text_of

TODAY = NOON.date()


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


def sums(found: Matrix | None) -> tuple[int, ...]:
    """In care, in time, sum of days unseen, people with attempts, thousandths of visits a week: of all homes."""
    assert found is not None
    inside = [one for cell in found.cells for one in cell.in_care] + list(found.elsewhere)
    return (
        len(inside), sum(not one.late for one in inside), sum(one.unseen for one in inside),
        sum(one.attempts > 0 for one in inside), sum(one.weekly for one in inside),
    )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_the_homes_of_every_past_day_add_up_to_plain_sql(town: Town, seed: int) -> None:
    """Twenty days of visits, attempts, late entries, moves within the building and away, and a death."""
    random = Random(seed)
    days.new_day(town.anna)
    homes = [
        keeping.create(town.anna, HOUSEHOLDS, {"area_id": area, "stair": "1", "room": room})
        for area, room in ((town.building_1, "101"), (town.building_1, "402"), (town.building_3, "201"))
    ]
    people = [
        residents.add(
            town.anna, different_from=[], values={"name": f"居民{chr(0x4E00 + number)}", "household_id": random.choice(homes[:2]),
                                                  "in_care": True, "colour": random.choice(("", "red", "blue"))},
        )
        for number in range(6)
    ]  # fmt: skip
    for later in range(20):
        with on(later):
            days.new_day(town.anna)
            with engine.writing() as session:
                past.close_days(session)
            if later == 15:
                version = listing.get(town.anna, RESIDENTS, people[0]).version
                leaving.leave(
                    town.anna, resident_id=people.pop(0), version=version, status="died", day=clock.today()
                )
            who, chance = random.choice(people), random.random()
            if chance < 0.7:
                met, back = random.random() < 0.6, random.choice((0, 0, 2)) if later > 3 else 0
                visits.record(
                    town.anna, seen=[Seen(who, "well" if met else "not_met", "" if met else "no_answer")],
                    kind=random.choice(("home", "neighbour")), day=clock.today() - timedelta(days=back),
                )  # fmt: skip
            else:
                with suppress(Refused):  # they live there already
                    move_household(town.anna, resident_ids=[who], to=Home(household_id=random.choice(homes)))
    with on(20):
        counts.refresh_day(town.anna)
        for area_id in (town.building_1, town.building_3):
            for number in range(20):
                day = TODAY + timedelta(days=number)
                assert sums(matrix(town.anna, area_id=area_id, day=day)) == plainly(town.path(area_id), day)


def test_a_past_day_shows_who_was_late_then_and_where_they_lived(
    town: Town, building: dict[str, int]
) -> None:
    with on(3):
        visits.record(town.shen, seen=[Seen(building["who"])])
    with on(5):
        move_household(town.shen, resident_ids=[building["who"]], to=Home(household_id=building["1-101"]))
    with on(14):
        visits.record(town.shen, seen=[Seen(building["who"])])
    with on(20):
        counts.refresh_day(town.anna)

        def home_of(later: int) -> tuple[str, str, int | None, int]:
            shown = matrix(town.shen, area_id=town.building_1, day=TODAY + timedelta(days=later))
            assert shown is not None
            assert shown.day == TODAY + timedelta(days=later)
            (cell,) = [cell for cell in shown.cells if cell.in_care]
            return cell.room, cell.state, cell.unseen, cell.in_care[0].resident_id

        assert home_of(2) == ("402", "coming", 2, building["who"])
        assert home_of(12) == (
            "402",
            "overdue",
            9,
            building["who"],
        )  # nobody wrote down the move within the house
        assert home_of(14) == ("101", "coming", 0, building["who"])
        with pytest.raises(Refused, match=r"coverage\.no_day"):
            matrix(town.shen, area_id=town.building_1, day=TODAY - timedelta(days=1))
        assert matrix(town.qiu, area_id=town.building_1, day=TODAY) is None


def test_who_moved_out_of_ones_areas_is_counted_without_a_name(town: Town, building: dict[str, int]) -> None:
    with on(2):
        south = keeping.create(
            town.anna, HOUSEHOLDS, {"area_id": town.building_3, "stair": "1", "room": "201"}
        )
        move_household(town.anna, resident_ids=[building["who"]], to=Home(household_id=south))
    with on(4):
        counts.refresh_day(town.anna)
        for viewer, number, name in ((town.shen, 0, ""), (town.anna, building["who"], "周秀英")):
            shown = matrix(viewer, area_id=town.building_1, day=TODAY)
            assert shown is not None
            assert [(one.resident_id, one.name) for one in shown.elsewhere] == [(number, name)]


def test_the_screen_shows_the_homes_of_a_past_day(
    open_app: Screens, town: Town, building: dict[str, int]
) -> None:
    with on(3):
        visits.record(town.shen, seen=[Seen(building["who"])])
    with on(5):
        counts.refresh_day(town.anna)
        params = {"area": town.building_1, "on": (TODAY + timedelta(days=1)).isoformat()}
        app = open_app(town.shen, "map", measure="unseen", **params)
        assert "Home by home on 24 Nov 2026" in text_of(app)
        (table,) = [one for one in app.get("html") if "homes" in one.proto.body and "402" in one.proto.body]
        assert "</span> 1<" in table.proto.body
        app.selectbox(key="matrix_home").set_value(building["1-402"]).run()
        assert "not seen for 1 day" in str([one.proto for one in app.get("page_link")])
        app = open_app(town.shen, "map", measure="held", **params)
        assert "is known of today alone" in "".join(one.value for one in app.info)
        assert "Home by home" not in text_of(open_app(town.qiu, "map", measure="unseen", **params))
