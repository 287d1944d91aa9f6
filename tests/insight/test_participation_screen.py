"""Who takes part, on the screen: each number opens exactly so many rows, and leaders read spans."""

from datetime import date
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from db import access, clock, engine
from db.activities import attending
from db.activities.birthdays import quarter_of
from db.activities.programme import sessions
from db.insight import counts, participation
from db.people.tables import Group, Membership
from db.work import unit
from tests.activities.making import activity, many_residents, resident
from tests.conftest import Town
from tests.screens import Screens, text_of


@pytest.fixture
def lived(town: Town) -> list[int]:
    """Sixty in the north, two in the south; nine came this quarter, six of them for the first time."""
    people = many_residents(town, 60)
    people += [resident(town, name, building=town.building_3) for name in ("周丽", "吴强")]
    for days, some in ((150, people[:3]), (0, [*people[:8], people[60]])):
        event = activity(town, "茶话会", days=-days, start="00:10", minutes=20, spent=90)
        (date_of,) = sessions(town.shen, activity_id=event)
        for one in some:
            attending.walk_in(town.anna, slot_id=date_of.id, resident_id=one)
    with engine.writing() as session:
        group = Group(code="retired", name="退休职工", name_en="Retired worker")
        session.add(group)
        session.flush()
        for one in people[:55]:
            session.add(
                Membership(
                    resident_id=one, group_id=group.id or 0, since=date(2019, 1, 1), place=town.path(town.building_1)
                )
            )  # fmt: skip
    with unit(access.system(), "settings.edit", write=True) as work:
        counts.recount_all(work)
    return people


def metrics(app: AppTest) -> dict[str, str]:
    return {one.label: one.value for one in app.metric}


def ways(app: AppTest) -> dict[str, dict[str, str]]:
    """Where “Show them” below each number leads, by the figure."""
    links = [one.proto for one in app.get("page_link") if one.proto.label == "Show them"]  # type: ignore[attr-defined]
    found = [dict(parse_qsl(one.query_string)) for one in links]
    return {one["show"]: one for one in found}


def people_shown(app: AppTest) -> int:
    """The rows of all pages."""
    while any(one.key == "tap_more" for one in app.button):
        app.button(key="tap_more").click().run()
        assert not app.exception
    return sum(one.proto.icon == ":material/person:" for one in app.get("page_link"))  # type: ignore[attr-defined]


@pytest.mark.parametrize("asked", [{}, {"part": "groups", "group": "retired"}])
def test_each_number_opens_so_many_rows(
    open_app: Screens, town: Town, lived: list[int], asked: dict[str, str]
) -> None:
    app = open_app(town.anna, "participation", **asked)
    numbers = metrics(app)
    expected = ["8", "5", "47"] if asked else ["9", "6", "53"]
    assert [numbers[one] for one in ("Took part", "For the first time", "Never reached")] == expected
    for count, (figure, way) in zip(expected, ways(app).items(), strict=True):
        rows = open_app(town.anna, "participation", **way)
        assert f"**{count} people**" in text_of(rows), figure
        assert people_shown(rows) == int(count), figure


def test_one_goes_down_into_an_area_and_back_in_time(open_app: Screens, town: Town, lived: list[int]) -> None:
    app = open_app(town.anna, "participation")
    app.selectbox(key="participation_area").set_value(town.south).run()
    assert metrics(app)["Took part"] == "1" and app.query_params["area"] in (
        str(town.south),
        [str(town.south)],
    )
    assert "第二网格" in str([one.value for one in app.subheader])
    app.selectbox(key="participation_quarter").set_value("2024Q4").run()
    assert metrics(app)["Took part"] == "0" and set(ways(app)) == {"never"}
    assert len(app.selectbox(key="participation_quarter").options) == 9


def test_table_and_numbers_are_the_same_figures(open_app: Screens, town: Town, lived: list[int]) -> None:
    app = open_app(town.anna, "participation")
    table = app.dataframe[0].value
    found = participation.by_area(
        town.anna, quarter=quarter_of(clock.today()), area_path=town.path(town.community)
    )
    assert list(table["Took part"]) == [line.said("participants") for line in found.lines] == ["8", "1"]
    assert list(table["Never reached"]) == [line.said("never") for line in found.lines]


def test_leaders_read_spans_and_why(open_app: Screens, town: Town, lived: list[int]) -> None:
    app = open_app(town.lei, "participation")
    assert "Numbers below 10 are not told" in text_of(app)
    assert not ways(app)
    assert list(app.dataframe[0].value["Took part"]) == ["<10", "<10"]
    rows = open_app(town.lei, "participation", show="first")
    assert "Numbers below 10" in text_of(rows)  # the figures, not the people
    outside = open_app(town.qiu, "participation", area=town.north)
    assert "outside your areas" in text_of(outside)
