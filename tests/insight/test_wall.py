"""The wall: the map and three charts in turn, each for its time, however often somebody writes meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components import live
from components.charts import wall
from db import changes, engine
from tests.insight.test_charts_screen import named
from tests.sample_template import at_home, own_copy
from tests.screens import Screens, text_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Path:
    return own_copy(tmp_path_factory, template)


@pytest.fixture
def open_app(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Screens]:
    with at_home(folder):
        yield Screens(monkeypatch)


class Clock:
    """What `time.monotonic` says within `components.live`."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(live, "time", made)
    return made


def shown(app: AppTest) -> str:
    assert not app.exception
    return app.title[0].value


def somebody_writes() -> None:
    with engine.writing() as session:
        changes.bump(session, {"care"})


def test_each_picture_has_its_time_and_no_writing_hurries_it(open_app: Screens, clock: Clock) -> None:
    app = open_app(named("leader"), "charts", wall=1)
    assert shown(app).startswith("红星社区 · Areas with somebody responsible")
    for _each in range(4):
        clock.now += 4
        somebody_writes()
        app.run()
        assert shown(app).startswith("红星社区 · Areas with somebody responsible")
    for title in (
        "Reached in time",
        "Times somebody was met",
        "Shifts with enough people",
        "Areas with somebody responsible",
    ):
        clock.now += wall.STEP_SECONDS
        app.run()
        assert shown(app).startswith(f"红星社区 · {title}")
        assert len(app.get("plotly_chart")) == 1


def test_who_stands_before_it_turns_it_and_names_other_charts(open_app: Screens, clock: Clock) -> None:
    app = open_app(named("leader"), "charts", wall=1, turn=["hours.year", "nothing", "late"])
    app.button(key="wall_next").click().run()
    assert shown(app).startswith("红星社区 · Credited hours")
    app.button(key="wall_next").click().run()
    assert shown(app).startswith("红星社区 · Not reached in time") and "As of" in text_of(app)


def test_staff_see_their_own_grid_on_the_wall_and_volunteers_nothing(open_app: Screens, clock: Clock) -> None:
    app = open_app(named("staff"), "charts", wall=1)
    app.button(key="wall_next").click().run()
    assert shown(app).startswith("第三网格 锻压里 · Reached in time")
    app = open_app(named("volunteer"), "charts", wall=1)
    assert app.title[0].value == "Not for this account" and not app.get("plotly_chart")
