"""Coverage: the same numbers as in the registers, and nothing for those who may not see the rows."""

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select

from db import clock, engine, keeping, listing
from db.access import system
from db.care import days
from db.care.agenda import DUES
from db.errors import Refused
from db.insight import coverage, loads, map_holes
from db.insight.coverage import MEASURES, Link
from db.listing import Listing
from db.people import residents
from db.register import REGISTERS
from db.system import community
from db.territory import areas, moving, plan, posts
from db.territory.posts import POSTS
from db.work import unit
from tests.built import built_once
from tests.conftest import NOON, Town
from tests.insight.reading import database_steps


@pytest.fixture
@built_once
def people(town: Town) -> Town:
    """Forty people: most in building 1; three of them, two in care, in building 3 of the south."""
    days.new_day(town.anna)
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
            town.anna, POSTS,
            {"area_id": area, "role": role, "holder": "沈亦安", "since": date(2026, 1, 1), "deputy": "丁宁"},
        )  # fmt: skip
    return town


def name_leads(town: Town, *areas: int, holder: str = "裘慧", deputy: str = "丁宁") -> list[int]:
    return [
        keeping.create(
            town.anna, POSTS,
            {"area_id": area, "role": "building_lead", "holder": holder, "since": date(2026, 1, 1), "deputy": deputy},
        )
        for area in areas
    ]  # fmt: skip


def decide(town: Town, name: str, value: int) -> None:
    community.change_setting(town.anna, name=name, value=value)


def listed(viewer: object, link: Link) -> int:
    filters = {
        name: tuple(value) if isinstance(value, list) else (value,) for name, value in link.params.items()
    }
    register = DUES if link.address == "visits" else REGISTERS[link.address]
    known = {one.name for one in register.filters}
    assert set(filters) <= known, f"{link.address} has no filter {set(filters) - known}"
    return listing.page(viewer, register, Listing(filters=filters)).total  # type: ignore[arg-type]


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
        "held": "33%", "in_time": "100%", "late": "0", "unseen": "0", "tried": "0", "load": "6.6", "in_care": "26", "carer": "77%", "over_60": "20", "over_80": "10", "alone": "23", "people": "40",
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
    rows = map_holes.holes(people.shen, people.south).rows
    assert all(hole.kind == "nobody" and hole.rows is None and hole.mend is None for hole in rows)
    assert {hole.text for hole in rows} <= {"<5", "<9"}


def test_a_volunteer_sees_no_map(people: Town) -> None:
    with pytest.raises(Refused, match=r"access\.denied"):
        coverage.coverage(people.vera)
    with pytest.raises(Refused, match=r"access\.denied"):
        map_holes.holes(people.vera)


def test_the_way_down(people: Town) -> None:
    found = coverage.coverage(people.lei, people.building_1, "nonsense")
    assert [name for _, name in found.trail] == ["红星社区", "第一网格", "1栋"]
    assert (found.measure.code, found.rows) == ("held", [])
    with pytest.raises(Refused, match=r"area\.not_found"):
        coverage.coverage(people.lei, 9999)


def test_holes_come_worst_first_and_lead_to_their_people(people: Town) -> None:
    found = map_holes.holes(people.anna)
    assert found.counts == {"late": 0, "nobody": 4, "too_much": 0, "carer": 1, "no_deputy": 0}
    assert [(hole.kind, hole.name, hole.text) for hole in found.rows] == [
        ("nobody", "2栋", "8"),
        ("carer", "第一网格", "6"),
        ("nobody", "第二网格", "2"),
        ("nobody", "3栋", "2"),
        ("nobody", "4栋", "0"),
    ]
    for hole in found.rows:
        assert hole.rows is not None and listed(people.anna, hole.rows) == hole.number[0]
    few = map_holes.holes(people.anna, limit=2)
    assert (len(few.rows), few.total) == (2, 5)


def test_when_all_is_well_there_are_no_holes(people: Town) -> None:
    name_leads(people, people.building_2, people.building_3, people.building_4)
    keeping.create(
        people.anna, POSTS,
        {"area_id": people.south, "role": "grid_worker", "holder": "裘慧", "since": date(2026, 1, 1), "deputy": "丁宁"},
    )  # fmt: skip
    assert {hole.kind for hole in map_holes.holes(people.anna).rows} == {"carer"}
    found = map_holes.holes(people.anna, people.building_4)
    assert (found.rows, found.total) == ([], 0)


def test_whoever_holds_too_many_areas_is_a_hole(people: Town) -> None:
    homes = (people.building_2, people.building_3, people.building_4)
    decide(people, "load_limit_building_lead", 2)
    name_leads(people, *homes[:2])
    assert map_holes.holes(people.lei).counts["too_much"] == 0
    (third,) = name_leads(people, homes[2])
    for area in (people.community, people.south):
        found = map_holes.holes(people.anna, area)
        (hole,) = (one for one in found.rows if one.kind == "too_much")
        assert (found.counts["too_much"], hole.holder, hole.areas, hole.most_areas) == (1, "裘慧", 3, 2)
        assert hole.posts is not None and hole.rows is not None
        assert (listed(people.anna, hole.posts), listed(people.anna, hole.rows)) == (3, hole.number[0])
    assert map_holes.holes(people.anna, people.building_1).counts["too_much"] == 0
    keeping.edit(people.anna, POSTS, third, 1, {"holder": "高远"})
    assert map_holes.holes(people.anna).counts["too_much"] == 0
    keeping.edit(people.anna, POSTS, third, 2, {"holder": "裘慧"})
    assert map_holes.holes(people.anna).counts["too_much"] == 1
    posts.end(people.anna, post_id=third, day=date(2026, 11, 22))
    assert map_holes.holes(people.anna).counts["too_much"] == 0


def test_whoever_answers_for_too_many_people_in_care_is_a_hole(people: Town) -> None:
    name_leads(people, people.building_2)
    decide(people, "care_limit_building_lead", 7)
    (hole, other) = (one for one in map_holes.holes(people.anna).rows if one.kind == "too_much")
    assert (hole.holder, hole.areas, hole.text, hole.most_in_care) == ("沈亦安", 1, "16", 7)
    assert (other.holder, other.text) == ("裘慧", "8")
    residents.add(
        people.anna, values={"name": "丁秀兰", "area_id": people.building_2, "in_care": True, "carer": "裘慧"}
    )
    assert [one.text for one in map_holes.holes(people.anna).rows if one.kind == "too_much"] == ["16", "9"]
    decide(people, "care_limit_building_lead", 20)
    assert map_holes.holes(people.anna).counts["too_much"] == 0


def test_no_overload_tells_how_few_are_in_care_where_one_may_not_look(people: Town) -> None:
    name_leads(people, people.building_3, holder="高远")
    decide(people, "care_limit_building_lead", 1)
    assert "高远" in {one.holder for one in map_holes.holes(people.anna).rows}
    assert "高远" not in {one.holder for one in map_holes.holes(people.shen).rows}
    decide(people, "load_limit_building_lead", 1)
    name_leads(people, people.building_4, holder="高远")
    (hole,) = (one for one in map_holes.holes(people.shen, people.south).rows if one.kind == "too_much")
    assert (hole.holder, hole.text, hole.rows) == ("高远", "<9", None)


def test_a_missing_deputy_comes_after_all_that_is_worse(people: Town) -> None:
    name_leads(people, people.building_3, deputy="")
    name_leads(people, people.building_2, deputy="")
    found = map_holes.holes(people.anna)
    assert found.counts["no_deputy"] == 2
    assert [(one.name, one.holder, one.text) for one in found.rows[-2:]] == [
        ("2栋", "裘慧", "8"),
        ("3栋", "裘慧", "2"),
    ]
    assert listed(people.anna, found.links["no_deputy"]) == 2
    assert [
        one.name for one in map_holes.holes(people.anna, people.south).rows if one.kind == "no_deputy"
    ] == ["3栋"]
    assert {one.text for one in map_holes.holes(people.shen, people.south).rows} <= {"<5", "<9"}


def test_the_loads_kept_are_those_of_a_full_count(people: Town) -> None:
    name_leads(people, people.building_2, people.building_3)
    moving.move(people.anna, area_id=people.building_2, parent_id=people.south)
    table = loads.HolderLoad.__table__  # type: ignore[attr-defined]
    with engine.writing() as session:
        kept = session.execute(select(table).order_by(*table.c)).all()
        assert not loads.recount(session, None)
        session.execute(delete(table))
        assert loads.recount(session, None)
        assert session.execute(select(table).order_by(*table.c)).all() == kept
    assert {(row.holder_key, row.areas, row.in_care) for row in kept if row.role == "building_lead"} == {
        ("n沈亦安", 1, 16), ("n裘慧", 2, 10),
    }  # fmt: skip


@pytest.mark.sqlite_only
def test_the_map_reads_as_many_rows_in_a_large_tree(people: Town) -> None:
    """A hundred communities more, all of them holes, are nothing to the map of this one."""

    def cost(area_id: int | None) -> int:
        coverage.coverage(people.lei, area_id)
        with database_steps() as steps:
            coverage.coverage(people.lei, area_id)
            map_holes.holes(people.lei, area_id)
            plan.plan(people.lei, area_id)
        return steps[0]

    before = cost(people.north)
    with unit(people.anna, "area.edit", write=True) as work:
        for number in range(1, 31):
            other = areas.add(work, name=f"红旗{number}社区", level="community")
            for letter in "东西南北":
                grid = areas.add(work, name=f"{letter}区网格", level="grid", parent_id=other)
                areas.add_many(work, names="1-13栋", level="building", parent_id=grid)
    assert cost(people.north) <= before * 1.05
    assert cost(None) < before * 40


def test_the_first_reader_of_the_day_brings_the_figures_to_today(people: Town) -> None:
    with clock.at(NOON + timedelta(days=1)):
        night = system()
        asked = coverage.coverage(night, people.community, "over_80")
        assert asked.current
        assert asked.here is not None and asked.here.link is not None
        assert asked.here.numerator[0] == listed(night, asked.here.link) == 11
