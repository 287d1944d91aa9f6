"""Areas and posts as their users meet them: the tree, the levels, what is missing and the form that mends it."""

import pytest

from db import keeping, listing
from db.listing import Listing
from db.territory import closing, levels
from db.territory.posts import POSTS
from tests.conftest import Town
from tests.screens import Screens, buttons, text_of


def test_the_tree_opens_at_the_community(town: Town, open_app: Screens) -> None:
    app = open_app(town.lei, "areas")
    assert app.subheader[0].value == "红星社区"
    assert list(app.dataframe[0].value["Name"]) == ["第一网格", "第二网格"]
    assert not {"area_add", "area_change", "area_close"} & buttons(app)


def test_an_administrator_changes_a_grid(town: Town, open_app: Screens) -> None:
    app = open_app(town.anna, "areas", area=town.north)
    assert list(app.dataframe[0].value["Name"]) == ["1栋", "2栋"]
    assert {"area_add", "area_change", "area_move", "area_order", "area_close"} <= buttons(app)
    assert "Nobody now" in str([one.proto for one in app.get("page_link")])


def test_an_area_that_is_closed_or_unknown_says_so(town: Town, open_app: Screens) -> None:
    closing.close(town.anna, area_id=town.building_4)
    app = open_app(town.lei, "areas", area=town.building_4)
    assert "no such area" in text_of(app)
    app.toggle(key="areas_closed").set_value(True).run()
    assert "closed on" in text_of(app)


@pytest.mark.parametrize("area", ["x", "999", "²"])
def test_a_damaged_address_shows_the_tree(town: Town, open_app: Screens, area: str) -> None:
    assert open_app(town.lei, "areas", area=area).subheader[0].value == "红星社区"


def test_levels_change_their_order_where_the_tree_allows(town: Town, open_app: Screens) -> None:
    levels.add_level(town.anna, label="单元", after="building")
    app = open_app(town.anna, "areas", part="levels")
    app.button(key="level_grid_1").click().run()
    assert "must stay below" in text_of(app)
    app.button(key="level_level4_-1").click().run()
    assert [one.label for one in levels.levels(town.lei)] == ["社区", "网格", "单元", "楼栋"]
    assert "level_add" not in buttons(open_app(town.lei, "areas", part="levels"))


def test_the_part_of_a_page_stands_in_its_address(town: Town, open_app: Screens) -> None:
    app = open_app(town.anna, "areas")
    app.segmented_control(key="areas_part").set_value("levels").run()
    assert app.query_params["part"] == ["levels"] or app.query_params["part"] == "levels"
    assert "level_add" in buttons(app)
    app.segmented_control(key="areas_part").set_value("").run()
    assert "part" not in app.query_params


def test_what_is_missing_stands_above_the_posts(town: Town, open_app: Screens) -> None:
    app = open_app(town.shen, "posts")
    links = str([one.proto for one in app.get("page_link")])
    assert "6 areas without a holder" in text_of(app)
    # Shen may name somebody in the north, and only reads of the south.
    assert f"area_id={town.north}" in links or str(town.north) in links
    assert "第二网格" in text_of(app)


def test_what_is_missing_keeps_to_the_area_of_the_list(town: Town, open_app: Screens) -> None:
    seen = text_of(open_app(town.shen, "posts", area=str(town.north)))
    assert "第一网格 · 3 areas without a holder" in seen
    assert "no such area" in text_of(open_app(town.shen, "posts", area="99999")).lower()


def test_the_form_that_mends_a_hole_is_filled_in(town: Town, open_app: Screens) -> None:
    app = open_app(town.shen, "posts", new=1, area_id=town.building_1, role="building_lead")
    assert app.selectbox(key="new_posts_area_id").value == town.building_1
    app.text_input(key="new_posts_holder").set_value("陈楠").run()
    app.button(key="record_save").click().run()
    assert not app.exception
    row = listing.page(town.lei, POSTS, Listing()).rows[0]
    assert (row["holder"], row["area"], row["since"].isoformat()) == ("陈楠", "第一网格 · 1栋", "2026-11-23")


def test_a_taken_post_is_refused_in_words(town: Town, open_app: Screens) -> None:
    keeping.create(
        town.anna, POSTS,
        {"area_id": town.building_1, "role": "building_lead", "holder": "陈楠", "since": "2026-01-01"},
    )  # fmt: skip
    app = open_app(town.shen, "posts", new=1, area_id=town.building_1, role="building_lead")
    app.text_input(key="new_posts_holder").set_value("高远").run()
    app.button(key="record_save").click().run()
    assert "陈楠 holds 1栋" in text_of(app)
    assert app.text_input(key="new_posts_holder").value == "高远"


@pytest.mark.parametrize("asked", ["²", "9" * 30, "-1"])
def test_a_damaged_number_in_the_address_breaks_nothing(town: Town, open_app: Screens, asked: str) -> None:
    open_app(town.anna, "posts", id=asked)
    open_app(town.anna, "posts", area=asked)
    open_app(town.anna, "posts", new=1, area_id=asked)
