"""The set-up page as the first administrator meets it."""

import pytest
from streamlit.testing.v1 import AppTest

from db.system import first_start
from db.territory import levels
from tests.screens import Screens


@pytest.fixture
def app(open_app: Screens) -> AppTest:
    """The page behind the right code."""
    app = open_app.window().run()
    code = first_start.new_code()
    app.text_input(key="setup_code_typed").set_value(code)
    app.button[0].click()
    return app.run()


def captions(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(one.value for one in app.caption)


def press(app: AppTest, label: str) -> AppTest:
    next(one for one in app.button if one.label == label).click()
    return app.run()


def test_from_the_administrator_to_the_first_areas(app: AppTest) -> None:
    assert "2 to 40 letters" in captions(app)
    for key, text in {"name": "梅若琳", "username": "梅若琳", "new": "seven grey cats", "again": "seven grey cats"}.items():  # fmt: skip
        app.text_input(key=f"setup_{key}").set_value(text)
    press(app, "Create the administrator")
    assert ":red[2 to 40 letters" in captions(app)

    app.text_input(key="setup_username").set_value("mei")
    press(app, "Create the administrator")
    app.text_input(key="setup_community_name").set_value("红星社区")
    app.text_input(key="setup_level_block").set_value("Grid")
    press(app, "Continue")
    assert "no other level has" in app.error[0].value
    app.text_input(key="setup_level_block").set_value("Quarter")
    press(app, "Continue")
    mei = app.session_state["_linli_viewer"]
    named = [one.label for one in levels.levels(mei)]
    assert named == ["Subdistrict", "Community", "Grid", "Quarter", "Building"]
    assert app.text_input(key="setup_grid_2").value == "Grid 2"

    app.text_input(key="setup_buildings_1").set_value("garbage abc")
    press(app, "Make these areas")
    assert "“garbage abc” has no building number" in app.error[0].value
    app.text_input(key="setup_buildings_1").set_value("1-3栋")
    press(app, "Make these areas")
    assert "7 areas are there" in app.success[0].value
    assert {one.label for one in app.button if one.key} == {"Finish"}
    assert "Make these areas" not in {one.label for one in app.button}
