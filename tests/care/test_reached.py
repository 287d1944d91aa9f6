"""One meaning of "reached in time": start page, map, load, list and preview count the same people."""

from datetime import timedelta

import pytest

from db import clock, listing
from db.care import agenda, days, loads, visits
from db.care.agenda import DUES
from db.care.visits import Seen
from db.insight import coverage, map_holes
from db.listing import Listing
from db.people import residents
from tests.built import built_once
from tests.conftest import NOON, Town
from tests.screens import Screens, text_of


@pytest.fixture
@built_once
def late(town: Town) -> set[str]:
    """Of four people, one was seen in time, one is late, one is not due for long, one is not in care."""
    with clock.at(NOON - timedelta(days=40)):
        days.new_day(town.anna)
        made = {
            name: residents.add(town.shen, values={"name": name, "area_id": area, **values})
            for name, area, values in (
                ("周秀英", town.building_1, {"in_care": True, "colour": "red"}),
                ("吴建国", town.building_1, {"in_care": True, "colour": "red"}),
                ("孙小梅", town.building_2, {"in_care": True}),
                ("钱多多", town.building_2, {}),
            )
        }  # fmt: skip
    with clock.at(NOON - timedelta(days=1)):
        visits.record(town.shen, seen=[Seen(made["周秀英"])])
    days.new_day(town.anna)
    return {"吴建国"}


def test_all_screens_count_the_same_people(town: Town, late: set[str]) -> None:
    listed = listing.page(town.shen, DUES, Listing(filters={"reached": ("no",)})).rows
    assert {row["person"] for row in listed} == late
    assert agenda.agenda(town.shen).late == len(late)
    found = coverage.coverage(town.shen, town.north, "late")
    assert found.here is not None
    assert (found.here.text, found.here.late) == (str(len(late)), (len(late), len(late)))
    assert sum(one.late for one in loads.loads(town.shen)) == len(late)
    preview = loads.what_if(
        town.lei, values={"every_days": 90, "since": clock.today(), "match": "all"}, rule_id=None
    )
    assert preview.late_now == len(late)


def test_who_is_late_comes_first_among_the_holes_and_nothing_is_well(
    town: Town, late: set[str], open_app: Screens
) -> None:
    for measure in coverage.MEASURES:
        first = map_holes.holes(town.shen, town.north, measure=measure).rows[0]
        assert (first.kind, first.text, first.area_id) == ("late", "1", town.building_1)
        app = open_app(town.shen, "map", area=town.north, measure=measure)
        assert not [one for one in app.success if "All is well" in one.value]
    assert "not reached in time" in text_of(app)
