"""The coverage map as its users meet it: what is drawn, what the address means, what others change."""

import math
import re
from collections.abc import Callable
from datetime import date
from functools import partial
from urllib.parse import parse_qsl

import pytest
import shapely
from sqlalchemy.exc import OperationalError
from streamlit.testing.v1 import AppTest

from components import live
from components import map as pictures
from components.map import Picture, Places, picked, picture
from db import changes, keeping
from db.access import Viewer
from db.insight import coverage
from db.people import residents
from db.territory import plan
from db.territory.posts import POSTS
from tests.conftest import Town
from tests.screens import Screens, text_of

Open = Callable[..., AppTest]


@pytest.fixture
def open_map(town: Town, open_app: Screens) -> Open:
    """Open the map as somebody."""
    residents.add(
        town.anna,
        values={"name": "张桂梅", "area_id": town.building_3, "born": date(1940, 1, 1), "in_care": True},
    )
    keeping.create(
        town.anna, POSTS,
        {"area_id": town.building_1, "role": "building_lead", "holder": "沈亦安", "deputy": "裘慧", "since": date(2026, 1, 1)},
    )  # fmt: skip

    return partial(open_app, address="map")


def drawn(town: Town, area_id: int, measure: str = "held", viewer: Viewer | None = None) -> Picture:
    who = viewer or town.anna
    found = coverage.coverage(who, area_id, measure)
    return picture(
        Places(plan.plan(who)), found.rows, found.measure, pictures.DESK, around=area_id, chosen=None, holes=frozenset()
    )  # fmt: skip


def test_the_address_says_what_is_shown(open_map: Open, town: Town) -> None:
    app = open_map(town.anna, area=town.north, measure="in_care")
    assert app.selectbox(key="map_area").value == town.north
    assert app.selectbox(key="map_measure").value == "in_care"
    assert "marked as in care" in text_of(app)


def test_select_boxes_do_what_a_click_does(open_map: Open, town: Town) -> None:
    app = open_map(town.anna)
    app.selectbox(key="map_area").select(town.south).run()
    app.selectbox(key="map_measure").select("over_80").run()
    assert app.query_params["area"] in (str(town.south), [str(town.south)])
    assert app.query_params["measure"] in ("over_80", ["over_80"])
    assert "People of 80 and over · 1" in text_of(app)


def test_a_building_says_who_holds_it(open_map: Open, town: Town) -> None:
    text = text_of(open_map(town.anna, area=town.building_1))
    assert "Building lead: **沈亦安** · Deputy: 裘慧" in text
    assert "**Nobody responsible**" in text_of(open_map(town.anna, area=town.building_3))


def test_whoever_may_not_see_the_rows_gets_no_small_number(open_map: Open, town: Town) -> None:
    app = open_map(town.shen, area=town.building_3, measure="in_care")
    text = text_of(app)
    assert "People in care · <5" in text
    assert "张" not in text


def test_an_area_that_is_not_there(open_map: Open, town: Town) -> None:
    app = open_map(town.anna, area=9999)
    assert len(app.error) == 1


def test_a_volunteer_is_turned_away(open_map: Open, town: Town) -> None:
    assert not open_map(town.vera).get("plotly_chart")


def test_on_the_wall_there_is_nothing_to_press(open_map: Open, town: Town) -> None:
    app = open_map(town.lei, wall=1)
    assert not app.selectbox
    assert "areas have nobody responsible" in text_of(app)


def test_the_desk_leads_to_the_wall_with_what_it_shows(open_map: Open, town: Town) -> None:
    app = open_map(town.lei, area=town.north, measure="in_care")
    (wall,) = [one.proto for one in app.get("page_link") if one.proto.label == "For the wall"]
    assert dict(parse_qsl(wall.query_string)) == {"wall": "1", "measure": "in_care", "area": str(town.north)}
    assert not [
        one for one in open_map(town.lei, wall=1).get("page_link") if one.proto.label == "For the wall"
    ]


def test_the_table_begins_with_what_its_rows_come_to(open_map: Open, town: Town) -> None:
    for number, home in enumerate((town.building_1, town.building_2, town.building_2)):
        residents.add(
            town.anna, different_from=[], values={"name": f"居民{chr(0x4E00 + number)}", "area_id": home, "in_care": True}
        )  # fmt: skip
    table = open_map(town.anna, area=town.north).dataframe[0].value
    assert list(table["Area"]) == ["第一网格 in all", "1栋", "2栋"]
    assert list(table["People in care"]) == ["3", "1", "2"]


def test_names_have_a_rim_of_paper_on_hatching(town: Town) -> None:
    """All round each letter, or strokes of the hatching run into it."""
    (label,) = [
        one
        for one in drawn(town, town.north).to_dict()["data"]
        if one.get("mode") == "text" and one.get("text")
    ]
    sides = {
        (float(x) > 0, float(y) > 0)
        for x, y in re.findall(r"(-?[0-9.]+)px (-?[0-9.]+)px 1px #ffffff", label["textfont"]["shadow"])
    }
    assert len(sides) == 4


def test_a_lost_database_is_said_and_its_return_noticed(
    open_map: Open, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_topics: str, fresh: bool = False) -> tuple[int, ...]:
        raise OperationalError("SELECT", {}, Exception("gone"))

    with monkeypatch.context() as broken:
        broken.setattr(live, "LOOK_AGAIN_SECONDS", 0.0)
        broken.setattr(changes, "stamp", lost)
        assert live.stamp("coverage") is None
    live._lost_at = -math.inf
    assert live.stamp("coverage") is not None


def test_the_point_nearest_to_any_place_in_a_building_is_its_own(town: Town) -> None:
    places = Places(plan.plan(town.anna))
    shown = places.inside[town.north] + places.inside[town.south]
    points = [
        (point, area.id) for area, inside in zip(shown, places.points(shown), strict=True) for point in inside
    ]
    for area in shown:
        shape = shapely.Polygon(pictures._shells(area)[0])
        x_min, y_min, x_max, y_max = shape.bounds
        for column in range(21):
            for row in range(9):
                x, y = x_min + (x_max - x_min) * column / 20, y_min + (y_max - y_min) * row / 8
                if shape.contains(shapely.Point(x, y)):
                    nearest = min(points, key=lambda one: math.dist(one[0], (x, y)))
                    assert nearest[1] == area.id


def test_each_class_is_one_trace_and_every_area_bears_its_figure(open_map: Open, town: Town) -> None:
    figure = drawn(town, town.north).to_dict()
    labels = [
        text for trace in figure["data"] if trace.get("mode") == "text" for text in trace.get("text") or ()
    ]
    assert sorted(labels) == ["1 · <b>✓</b>", "2 · <b>✕</b>"]
    assert len([trace for trace in figure["data"] if trace.get("fill") == "toself"]) <= 4


def test_a_click_names_the_area() -> None:
    assert picked({"selection": {"points": [{"customdata": [17, "17栋"]}]}}) == 17
    assert picked({"selection": {"points": []}}) is None
    assert picked(None) is None
