"""Areas: adding, changing, moving and closing them, their levels, their shapes and the plan of all."""

import json

import pytest
import shapely
from sqlalchemy import select

from db import engine, keeping, listing
from db.access import path_below
from db.errors import Refused
from db.identity import AccountArea
from db.listing import Listing
from db.people import residents
from db.people.residents import RESIDENTS
from db.people.tables import FindKey
from db.territory import areas, closing, levels, moving, plan, posts, shapes
from db.territory.posts import POSTS
from db.work import Work, unit
from tests.built import built_once
from tests.conftest import Town


def names(town: Town, **asked: bool) -> list[str]:
    return ["  " * row.depth + row.name for row in areas.tree(town.lei, **asked)]


def square(east: float, north: float, side: float = 0.001) -> dict:
    return {
        "type": "Polygon",
        "coordinates": [
            [[east, north], [east + side, north], [east + side, north + side], [east, north + side], [east, north]]
        ],
    }  # fmt: skip


def geojson(*features: tuple[dict, dict]) -> bytes:
    rows = [
        {"type": "Feature", "properties": properties, "geometry": shape} for properties, shape in features
    ]
    return json.dumps({"type": "FeatureCollection", "features": rows}).encode()


@pytest.fixture
@built_once
def zhang(town: Town) -> int:
    return residents.add(town.shen, values={"name": "张桂梅", "area_id": town.building_1})


def test_the_tree_stands_in_order(town: Town) -> None:
    assert names(town) == ["红星社区", "  第一网格", "    1栋", "    2栋", "  第二网格", "    3栋", "    4栋"]
    assert names(town, homes=False) == ["红星社区", "  第一网格", "  第二网格"]


def test_one_building_more_is_found_by_its_number(town: Town) -> None:
    added = areas.add(town.anna, name="１2号楼", level="building", parent_id=town.north, stairs=3, floors=6)
    row = areas.one(town.shen, area_id=added)
    assert (row.name, row.number, row.area_path) == ("12号楼", "12", path_below(town.path(town.north), added))
    assert areas.trails(town.lei, area_ids=[added])[added] == ("红星社区", "第一网格", "12号楼")


@pytest.mark.parametrize(
    ("name", "number"),
    [("12栋", "12"), ("十二栋", "12"), ("甲3号楼", "甲3"), ("12-1栋", "12-1"), ("综合楼", "综合楼"), ("07", "7"), ("北院", ""), ("3栋402", "")],
)  # fmt: skip
def test_the_number_in_a_name(name: str, number: str) -> None:
    assert areas.building_number(name) == number


def test_twenty_four_buildings_at_once(town: Town) -> None:
    made = areas.add_many(
        town.anna, names="5-27栋、甲1栋", level="building", parent_id=town.south, stairs=2, floors=5
    )
    rows = [row for row in areas.tree(town.anna) if row.id in made]
    assert len(rows) == 24 and rows[0].name == "5栋" and rows[-1].number == "甲1"
    assert {(row.stairs, row.floors) for row in rows} == {(2, 5)}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"names": "3-6栋"}, "area.name_taken"),
        ({"names": "7栋、3幢"}, "area.name_taken"),  # the same number under another word
        ({"names": "8栋、8幢"}, "area.name_taken"),
        ({"names": "9-5栋"}, "area.range"),
        ({"names": "1-999栋"}, "area.too_many"),
        ({"names": " "}, "area.name_needed"),
        ({"names": "9栋", "floors": 999}, "area.size"),
        ({"names": "9栋", "level": "tower"}, "level.unknown"),
        ({"names": "第三网格", "level": "grid"}, "area.level_order"),
        ({"names": "9栋", "parent_id": 999}, "area.not_found"),
    ],
)
def test_adding_is_refused_as_a_whole(town: Town, given: dict, code: str) -> None:
    before = names(town)
    with pytest.raises(Refused) as refusal:
        areas.add_many(town.anna, **{"level": "building", "parent_id": town.south, **given})
    assert refusal.value.code == code
    assert names(town) == before


def test_only_administrators_change_areas(town: Town) -> None:
    for viewer in (town.shen, town.lei, town.vera):
        with pytest.raises(Refused, match="access.denied"):
            areas.add(viewer, name="9栋", level="building", parent_id=town.north)


def test_renaming_brings_the_number_along(town: Town) -> None:
    areas.change(town.anna, area_id=town.building_1, name="21栋", version=1)
    assert areas.one(town.anna, area_id=town.building_1).number == "21"
    with pytest.raises(Refused, match="record.changed"):
        areas.change(town.anna, area_id=town.building_1, name="22栋", version=1)
    with pytest.raises(Refused) as refusal:
        areas.change(town.anna, area_id=town.building_1, name="2幢")
    assert (refusal.value.code, refusal.value.facts) == ("area.name_taken", {"names": "2栋"})


def test_a_code_belongs_to_one_area(town: Town) -> None:
    areas.change(town.anna, area_id=town.building_1, code="B-001")
    with pytest.raises(Refused) as refusal:
        areas.change(town.anna, area_id=town.building_2, code="B-001")
    assert (refusal.value.code, refusal.value.facts["name"]) == ("area.code_taken", "1栋")


def test_siblings_in_another_order(town: Town) -> None:
    areas.reorder(town.anna, parent_id=town.community, order=[town.south])
    assert names(town, homes=False) == ["红星社区", "  第二网格", "  第一网格"]
    with pytest.raises(Refused, match="area.not_found"):
        areas.reorder(town.anna, parent_id=town.south, order=[town.building_1])


def test_moving_a_building_takes_its_people_and_posts_along(town: Town, zhang: int) -> None:
    post = keeping.create(
        town.shen,
        POSTS,
        {"area_id": town.building_1, "role": "building_lead", "holder": "陈楠", "since": "2026-01-01"},
    )
    moving.move(town.anna, area_id=town.building_1, parent_id=town.south)
    assert areas.one(town.anna, area_id=town.building_1).area_path == path_below(
        town.path(town.south), town.building_1
    )
    assert listing.page(town.shen, RESIDENTS, Listing(search="张桂梅")).total == 0
    assert listing.page(town.qiu, RESIDENTS, Listing(search="张桂梅")).total == 1
    assert posts.history(town.lei, area_id=town.building_1)[0].post_id == post
    assert keeping.edit(town.qiu, POSTS, post, 1, {"deputy": "高远"}) == 2


def test_moving_rewrites_every_table_that_says_where_a_thing_lies(town: Town, zhang: int) -> None:
    street = areas.add(
        town.anna,
        name="红星片",
        level=levels.add_level(town.anna, label="大片", after="community"),
        parent_id=town.community,
    )
    moving.move(town.anna, area_id=town.north, parent_id=street)
    old, new = town.path(town.north), path_below(path_below(town.path(town.community), street), town.north)
    with engine.reading() as session:
        work = Work(session, town.anna, None, False, "area.view")  # type: ignore[arg-type]
        tables = dict(moving.path_columns(work))
        places = session.execute(select(FindKey.place)).scalars().all()
        held = session.execute(select(AccountArea.area_path)).scalars().all()
    assert {
        "area",
        "account_area",
        "post",
        "resident",
        "household",
        "find_key",
        "group_membership",
    } <= set(tables)
    assert "audit_entry" not in tables
    assert places and all(place.startswith(new) for place in places)
    assert new in held and old not in held
    assert listing.page(town.shen, RESIDENTS, Listing()).total == 1
    assert {row.area_path for row in areas.tree(town.anna) if row.id == town.building_2} == {
        path_below(new, town.building_2)
    }


@pytest.mark.parametrize(
    ("moved", "to", "code"),
    [
        ("community", "north", "area.cycle"),
        ("north", "north", "area.cycle"),
        ("north", "south", "area.level_order"),
        ("building_1", "building_2", "area.level_order"),
    ],
)
def test_where_an_area_cannot_go(town: Town, moved: str, to: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        moving.move(town.anna, area_id=getattr(town, moved), parent_id=getattr(town, to))


def test_two_of_a_name_cannot_meet(town: Town) -> None:
    areas.add(town.anna, name="1栋", level="building", parent_id=town.south)
    with pytest.raises(Refused, match="area.name_taken"):
        moving.move(town.anna, area_id=town.building_1, parent_id=town.south)


def test_an_area_in_use_stays_open(town: Town, zhang: int) -> None:
    with pytest.raises(Refused) as refusal:
        closing.close(town.anna, area_id=town.north)
    assert refusal.value.facts == {"name": "第一网格", "areas": 2, "people": 1}
    keeping.edit(town.shen, RESIDENTS, zhang, 1, {"status": "moved"})
    closing.close(town.anna, area_id=town.building_1)
    assert "    1栋" not in names(town) and "    1栋" in names(town, closed=True)


def test_closing_ends_the_posts_and_opening_again_leaves_them(town: Town) -> None:
    keeping.create(
        town.shen,
        POSTS,
        {"area_id": town.building_1, "role": "building_lead", "holder": "陈楠", "since": "2026-01-01"},
    )
    closing.close(town.anna, area_id=town.building_1)
    assert posts.holders(town.lei, area_ids=[town.building_1]) == {}
    with pytest.raises(Refused, match="area.closed"):
        keeping.create(
            town.shen,
            POSTS,
            {"area_id": town.building_1, "role": "building_lead", "holder": "高远", "since": "2026-11-23"},
        )
    closing.reopen(town.anna, area_id=town.building_1)
    assert names(town)[2] == "    1栋"
    assert posts.history(town.lei, area_id=town.building_1)[0].until.isoformat() == "2026-11-22"


def test_a_closed_area_opens_only_where_its_name_is_free(town: Town) -> None:
    closing.close(town.anna, area_id=town.building_1)
    areas.add(town.anna, name="1栋", level="building", parent_id=town.north)
    with pytest.raises(Refused, match="area.name_taken"):
        closing.reopen(town.anna, area_id=town.building_1)


def test_the_usual_levels(database: str) -> None:
    from tests.conftest import sign_in

    anna = sign_in("anna", "admin", "安娜")
    levels.ensure_levels(anna)
    levels.ensure_levels(anna)
    assert [one.label for one in levels.levels(anna)] == ["街道", "社区", "网格", "片", "楼栋"]
    assert [one.code for one in levels.levels(anna) if one.holds_homes] == ["building"]


def test_a_community_has_levels_of_its_own(town: Town) -> None:
    stair = levels.add_level(town.anna, label="单元", after="building")
    levels.change_level(town.anna, code=stair, label="门洞", holds_homes=False, role="building_lead")
    assert [one.label for one in levels.levels(town.lei)] == ["社区", "网格", "楼栋", "门洞"]
    with pytest.raises(Refused, match="level.label"):
        levels.add_level(town.anna, label="网格")
    with pytest.raises(Refused, match="level.order"):
        levels.order_levels(town.anna, codes=["community", "building", "grid", stair])
    with pytest.raises(Refused, match="level.in_use"):
        levels.drop_level(town.anna, code="grid")
    levels.order_levels(town.anna, codes=[stair, "community", "grid", "building"])
    levels.drop_level(town.anna, code=stair)
    assert [one.label for one in levels.levels(town.lei)] == ["社区", "网格", "楼栋"]


def test_shapes_are_looked_at_before_they_are_taken(town: Town) -> None:
    areas.add(town.anna, name="3栋", level="building", parent_id=town.north)
    data = geojson(
        ({"code": "building-1", "name": "一号楼"}, square(118.74, 32.10)),
        ({"name": "2幢"}, square(118.742, 32.10)),
        ({"name": "3栋"}, square(118.744, 32.10)),
        ({"name": "3栋", "上级": "第二网格"}, square(118.746, 32.10)),
        ({"name": "9栋", "所属网格": "第二网格", "level": "楼栋"}, square(118.748, 32.10)),
        ({"name": "井盖"}, {"type": "Point", "coordinates": [118.74, 32.1]}),
    )
    preview = shapes.preview_shapes(town.anna, data=data, datum="wgs84")
    assert [(one.what, one.by, one.area_id) for one in preview.matches] == [
        ("set", "code", town.building_1),
        ("set", "number", town.building_2),
        ("doubtful", "number", None),
        ("set", "number", town.building_3),
        ("new", "", None),
    ]
    assert [(one.feature, one.code) for one in preview.problems] == [(6, "feature.not_polygon")]
    assert sorted(preview.outlines) == [1, 2, 3, 4, 5] and len(preview.outlines[1][0]) == 5
    assert not any(row.drawn for row in areas.tree(town.anna))
    done = shapes.import_shapes(town.anna, data=data, datum="wgs84", create=[5])
    assert (done.drawn, done.made, done.left) == (3, 1, 1)
    assert "    9栋" in names(town)
    again = shapes.preview_shapes(town.anna, data=data, datum="wgs84")
    assert [one.what for one in again.matches] == ["same", "same", "doubtful", "same", "same"]


def test_a_file_without_a_usable_shape(town: Town) -> None:
    data = geojson(({"name": "井盖"}, {"type": "Point", "coordinates": [118.74, 32.1]}))
    preview = shapes.preview_shapes(town.anna, data=data, datum="wgs84", parent_id=town.north)
    assert (preview.matches, preview.outlines, len(preview.problems)) == ((), {}, 1)
    with pytest.raises(Refused, match="geojson.not_json"):
        shapes.preview_shapes(town.anna, data=b"{", datum="wgs84")


def test_a_grid_and_its_buildings_from_one_file(town: Town) -> None:
    data = geojson(
        ({"name": "30栋", "parent": "第三网格", "level": "building"}, square(118.741, 32.101, 0.0003)),
        ({"name": "第三网格", "level": "网格"}, square(118.74, 32.10)),
    )
    done = shapes.import_shapes(town.anna, data=data, datum="gcj02", parent_id=town.community, create=[1, 2])
    assert done.made == 2
    assert names(town)[-2:] == ["  第三网格", "    30栋"]


def test_a_new_building_of_a_file_needs_a_place(town: Town) -> None:
    data = geojson(({"name": "31栋"}, square(118.74, 32.10)))
    with pytest.raises(Refused, match="area.parent_needed"):
        shapes.import_shapes(town.anna, data=data, datum="wgs84", create=[1], level="building")
    assert shapes.import_shapes(
        town.anna, data=data, datum="wgs84", create=[1], level="building", parent_id=town.south
    ).made


def test_a_refused_feature_refuses_the_whole_upload(town: Town) -> None:
    data = geojson(
        ({"name": "1栋", "code": "building-1"}, square(118.74, 32.10)),
        ({"name": "第九网格", "level": "grid", "parent": "4栋"}, square(118.75, 32.10)),
    )
    with pytest.raises(Refused) as refusal:
        shapes.import_shapes(town.anna, data=data, datum="wgs84", create=[2])
    assert (refusal.value.code, refusal.value.facts["label"]) == ("area.level_order", "第九网格")
    assert not any(row.drawn for row in areas.tree(town.anna))


def test_shapes_come_back_as_they_went_in(town: Town) -> None:
    shapes.set_shape(town.anna, area_id=town.north, geometry=square(118.74, 32.10), datum="gcj02")
    written = shapes.export_shapes(town.lei, datum="gcj02")
    feature = json.loads(written)["features"][0]
    assert feature["properties"] == {
        "code": "grid-1",
        "name": "第一网格",
        "level": "grid",
        "parent": "community-1",
    }
    assert shapely.geometry.shape(feature["geometry"]).equals_exact(
        shapely.geometry.shape(square(118.74, 32.10)), 2e-7, normalize=True
    )
    preview = shapes.preview_shapes(town.anna, data=written.encode(), datum="gcj02")
    assert [one.what for one in preview.matches] == ["same"]
    shapes.clear_shape(town.anna, area_id=town.north)
    assert not areas.one(town.anna, area_id=town.north).drawn
    with pytest.raises(Refused) as refusal:
        shapes.set_shape(town.anna, area_id=town.north, geometry={"type": "Point", "coordinates": [1, 2]})
    assert refusal.value.facts["problem"] == "feature.not_polygon"


def test_every_open_area_has_its_place_on_the_plan(town: Town) -> None:
    closing.close(town.anna, area_id=town.building_4)
    whole = plan.plan(town.lei)
    assert [one.name for one in whole.areas] == ["红星社区", "第一网格", "第二网格", "1栋", "2栋", "3栋"]
    assert whole.origin is None and not any(one.drawn for one in whole.areas)
    shapes.set_shape(town.anna, area_id=town.north, geometry=square(118.74, 32.10))
    mixed = plan.plan(town.lei)
    assert [one.name for one in mixed.areas if one.drawn] == ["第一网格"]
    assert mixed.origin == pytest.approx((118.7405, 32.1005))
    grid = next(one for one in mixed.areas if one.drawn)
    house = next(one for one in mixed.areas if one.name == "1栋")
    assert min(grid.xs) < house.label_x < max(grid.xs) and min(grid.ys) < house.label_y < max(grid.ys)


def test_what_happened_to_an_area_is_on_record(town: Town) -> None:
    from db.audit import AuditEntry

    areas.change(town.anna, area_id=town.building_1, name="21栋")
    shapes.set_shape(town.anna, area_id=town.building_1, geometry=square(118.74, 32.10))
    with unit(town.anna, "audit.view", write=False) as work:
        entries = work.session.execute(
            select(AuditEntry).where(AuditEntry.kind == "area").order_by(AuditEntry.id)
        ).scalars()
        assert [(one.actor, one.label, one.changes) for one in entries] == [
            ("安娜", "21栋", {"name": ["1栋", "21栋"], "number": ["1", "21"]}),
            ("安娜", "21栋", {"shape": [None, "•"]}),
        ]
