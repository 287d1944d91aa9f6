"""The part of a shift's page about missing people, and the line on the start page."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from components.volunteers import help, roster
from db import clock
from db.access import Viewer
from db.volunteers import helping, shifts, signing_up
from tests.conftest import NOON, Town
from tests.screens import Screens, text_of
from tests.volunteers import making


@pytest.fixture(autouse=True)
def stays(town: Town) -> None:
    making.nobody_is_signed_out()


Part = Callable[[Viewer, int], AppTest]


@pytest.fixture
def part(open_app: Screens, monkeypatch: pytest.MonkeyPatch) -> Part:
    """The part alone, where the roster would be."""

    def open_part(viewer: Viewer, shift_id: int) -> AppTest:
        monkeypatch.setattr(roster, "draw", lambda viewer: help.draw(viewer, shift_id))
        return open_app(viewer, "roster")

    return open_part


def labels(app: AppTest) -> list[str]:
    return [str(one.label) for one in app.expander]


def test_the_office_asks_with_one_tap_and_sees_the_answers(town: Town, part: Part) -> None:
    shift = making.shift(town, making.kind(maximum=1), days=5)
    (_a, mei), (_b, _du) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃"))
    app = part(town.shen, shift)
    assert "1 person is missing." in [one.value for one in app.error]
    app.button(key=f"help_call_{shift}").click().run()
    assert any("2 asked, 0 yes" in one for one in labels(app))
    (mine,) = (one.booking_id for one in shifts.holders(town.shen, shift_id=shift) if one.name == "梅兰")
    signing_up.answer(mei, booking_id=mine, yes=True)
    app = part(town.shen, shift)
    assert any("2 asked, 1 yes" in one for one in labels(app))
    assert "Nobody is missing." in text_of(app)
    assert not any(one.key == f"help_call_{shift}" for one in app.button), "there is no room for more"


def test_a_call_that_finds_nobody_says_so(town: Town, part: Part) -> None:
    shift = making.shift(town, making.kind(), days=5)
    app = part(town.shen, shift)
    app.button(key=f"help_call_{shift}").click().run()
    assert any("left to be asked" in one.value for one in app.error)


def test_who_has_not_confirmed_is_named(town: Town, part: Part) -> None:
    shift = making.shift(town, making.kind(), days=1)
    _mei, mei = making.volunteer(town, "梅兰")
    signing_up.sign_up(mei, shift_id=shift)
    with clock.at(NOON + timedelta(hours=6.1)):
        helping.remind_all()
    with clock.at(NOON + timedelta(hours=10)):
        assert "Not confirmed yet: 梅兰" in [one.value for one in part(town.shen, shift).warning]


def test_whoever_does_not_look_after_the_shift_sees_nothing(town: Town, part: Part) -> None:
    shift = making.shift(town, making.kind(), days=1)
    assert part(town.shen, shift).subheader
    assert not part(town.qiu, shift).subheader


def test_the_start_page_says_how_many_shifts_lack_people(town: Town, open_app: Screens) -> None:
    making.shift(town, making.kind(), days=1)
    making.shift(town, making.kind(), days=9)
    assert [_lacks(open_app(one, "")) for one in (town.shen, town.anna, town.qiu, town.vera)] == [1, 1, 0, 0]


def _lacks(app: AppTest) -> int:
    return sum("1 shift lacks people" in str(one.proto.label) for one in app.get("page_link"))
