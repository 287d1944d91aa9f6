"""Coverage: the same numbers as in the registers, and nothing for those who may not see the rows."""

import random
from datetime import date, timedelta

import pytest

from db import clock, keeping, listing
from db.access import system
from db.errors import Refused
from db.insight import coverage
from db.insight.coverage import MEASURES, Link
from db.listing import Listing
from db.people import residents
from db.register import REGISTERS
from db.territory.posts import POSTS
from tests.conftest import NOON, Town


@pytest.fixture
def people(town: Town) -> Town:
    """Forty people: most in building 1; three of them, two in care, in building 3 of the south."""
    chance = random.Random(7)
    homes = [town.building_1] * 25 + [town.building_2] * 11 + [town.building_3] * 3 + [town.south]
    names = set()
    for number, home in enumerate(homes):
        while (name := "".join(chance.choices("王李张刘陈一二三四五六七八九", k=3))) in names:
            pass
        names.add(name)
        residents.add(
            town.anna,
            values={
                "name": name, "area_id": home, "born": date(1926 + number * 2, 11, 24), "living": chance.choice(("alone", "family")),
                "in_care": number % 3 != 0, "carer": "沈亦安" if number % 4 else "",
            },
        )  # fmt: skip
    for area, role in (
        (town.building_1, "building_lead"),
        (town.north, "grid_worker"),
        (town.south, "block_lead"),
    ):
        keeping.create(
            town.anna, POSTS, {"area_id": area, "role": role, "holder": "沈亦安", "since": date(2026, 1, 1)}
        )
    return town


def listed(viewer: object, link: Link) -> int:
    filters = {name: (value,) for name, value in link.params.items()}
    known = {one.name for one in REGISTERS[link.address].filters}
    assert set(filters) <= known, f"{link.address} has no filter {set(filters) - known}"
    return listing.page(viewer, REGISTERS[link.address], Listing(filters=filters)).total  # type: ignore[arg-type]


@pytest.mark.parametrize("measure", MEASURES)
def test_a_number_is_the_number_of_rows_behind_it(people: Town, measure: str) -> None:
    for viewer in (people.anna, people.shen, people.lei):
        for area_id in people.paths:
            row = coverage.coverage(viewer, area_id, measure).here
            assert row is not None
            if row.link is not None:
                assert row.numerator == (listed(viewer, row.link),) * 2
            else:
                assert viewer is people.shen
                assert not people.path(area_id).startswith(people.path(people.north))


def test_each_measure_counts_somebody(people: Town) -> None:
    here = coverage.coverage(people.anna).here
    assert here is not None
    assert here.texts == {
        "held": "33%", "in_care": "26", "carer": "77%", "over_60": "20", "over_80": "10", "alone": "23", "people": "40",
    }  # fmt: skip


def test_few_are_not_told_to_those_who_may_not_see_them(people: Town) -> None:
    found = coverage.coverage(people.shen, people.south, "in_care")
    assert [(row.name, row.text, row.value, row.link) for row in found.rows] == [
        ("3栋", "<5", None, None), ("4栋", "<5", None, None),
    ]  # fmt: skip
    told = {code: row.texts for row in found.rows for code in ("in_care",)}
    assert "3" not in str(told)
    exact = coverage.coverage(people.lei, people.south, "in_care")
    assert [row.text for row in exact.rows] == ["2", "0"]


def test_subtracting_what_one_knows_from_the_sum_tells_nothing(people: Town) -> None:
    """Shen knows the north exactly; the community's figure must not give away the few in the south."""
    for measure in ("in_care", "over_80", "alone"):
        top = coverage.coverage(people.shen, people.community, measure)
        north, south = top.rows
        assert top.here is not None and north.exact and not south.exact and not top.here.exact
        low, high = (figure - north.numerator[0] for figure in top.here.numerator)
        assert low == 0 and high >= 4


def test_no_figure_of_the_south_is_sharper_in_another_place(people: Town) -> None:
    seen = coverage.coverage(people.shen, people.south, "carer").here
    assert seen is not None and not seen.exact
    rows, _ = coverage.holes(people.shen, people.south)
    assert all(hole.kind == "nobody" and hole.rows is None and hole.mend is None for hole in rows)
    assert {hole.text for hole in rows} <= {"<5", "<9"}


def test_a_volunteer_sees_no_map(people: Town) -> None:
    with pytest.raises(Refused, match=r"access\.denied"):
        coverage.coverage(people.vera)
    with pytest.raises(Refused, match=r"access\.denied"):
        coverage.holes(people.vera)


def test_the_way_down(people: Town) -> None:
    found = coverage.coverage(people.lei, people.building_1, "nonsense")
    assert [name for _, name in found.trail] == ["红星社区", "第一网格", "1栋"]
    assert (found.measure.code, found.rows) == ("held", [])
    with pytest.raises(Refused, match=r"area\.not_found"):
        coverage.coverage(people.lei, 9999)


def test_holes_come_worst_first_and_lead_to_their_people(people: Town) -> None:
    found, total = coverage.holes(people.anna)
    assert total == len(found) == 5
    assert [(hole.kind, hole.name, hole.text) for hole in found] == [
        ("nobody", "2栋", "8"),
        ("carer", "第一网格", "6"),
        ("nobody", "第二网格", "2"),
        ("nobody", "3栋", "2"),
        ("nobody", "4栋", "0"),
    ]
    for hole in found:
        assert hole.rows is not None and listed(people.anna, hole.rows) == hole.number[0]
    assert coverage.holes(people.anna, limit=2)[1] == 5


def test_when_all_is_well_there_are_no_holes(people: Town) -> None:
    for area, role in (
        (people.building_2, "building_lead"), (people.building_3, "building_lead"),
        (people.building_4, "building_lead"), (people.south, "grid_worker"),
    ):  # fmt: skip
        keeping.create(
            people.anna, POSTS, {"area_id": area, "role": role, "holder": "裘慧", "since": date(2026, 1, 1)}
        )
    found, _ = coverage.holes(people.anna)
    assert {hole.kind for hole in found} == {"carer"}
    found, total = coverage.holes(people.anna, people.building_4)
    assert (found, total) == ([], 0)


def test_the_first_reader_of_the_day_brings_the_figures_to_today(people: Town) -> None:
    with clock.at(NOON + timedelta(days=1)):
        night = system()
        asked = coverage.coverage(night, people.community, "over_80")
        assert asked.current
        assert asked.here is not None and asked.here.link is not None
        assert asked.here.numerator[0] == listed(night, asked.here.link) == 11
