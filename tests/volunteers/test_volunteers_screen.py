"""Volunteers as staff and volunteers meet them: the register, what somebody can do, blocks, the own page."""

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from db import engine
from db.activities import signing_up as activity_signing_up
from db.slots import Booking
from db.volunteers import abilities, defaults, joining, signing_up
from tests.activities.making import activity
from tests.conftest import Town
from tests.screens import Screens, buttons, text_of
from tests.volunteers import making

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest


@pytest.fixture(autouse=True)
def beginnings(town: Town) -> None:
    defaults.begin(town.anna)


def test_staff_accept_who_applied(town: Town, open_app: Screens) -> None:
    volunteer_id = joining.apply(town.vera, area_id=town.north, born=None, wants="陪老人说话")
    app = open_app(town.shen, "volunteers")
    assert "1 person wants to become a volunteer" in str([one.proto.label for one in app.get("page_link")])
    app = open_app(town.shen, "volunteers", id=volunteer_id)
    app.button(key="volunteer_accept").click().run()
    assert joining.me(town.vera).status == "active"
    assert "volunteer_accept" not in buttons(app)


def test_a_skill_that_needs_a_paper_says_so_and_keeps_what_was_chosen(town: Town, open_app: Screens) -> None:
    mei, _viewer = making.volunteer(town, "梅兰")
    app = open_app(town.shen, "volunteers", id=mei, tab="Skills")
    assert "No skills noted yet." in text_of(app)
    app.selectbox[0].set_value("first_aid")
    app.button(key=f"FormSubmitter:skill_new_{mei}-Add").click().run()
    assert abilities.abilities(town.shen, volunteer_id=mei) == []
    assert "Some fields need another look." in text_of(app)
    app.text_input[0].set_value("ZS100")
    app.button(key=f"FormSubmitter:skill_new_{mei}-Add").click().run()
    (one,) = abilities.abilities(town.shen, volunteer_id=mei)
    assert (one.skill, one.certificate) == ("first_aid", "ZS100")


def test_leaders_see_volunteers_and_change_nothing(town: Town, open_app: Screens) -> None:
    mei, _viewer = making.volunteer(town, "梅兰")
    app = open_app(town.lei, "volunteers", id=mei)
    assert not {"volunteer_block", "volunteer_pause", "record_edit"} & buttons(app)
    assert "梅兰" not in text_of(app)


def test_a_volunteer_says_when_there_is_time_and_pauses(town: Town, open_app: Screens) -> None:
    _mei, viewer = making.volunteer(town, "梅兰")
    app = open_app(viewer, "my-shifts", part="me")
    next(one for one in app.get("button_group") if one.label == "Thu").set_value(["morning"])
    app.button(key="FormSubmitter:wishes-Save").click().run()
    assert joining.me(viewer).values["available"] == ["3-10", "3-11", "3-8", "3-9"]
    app.button(key="pause_now").click().run()
    app.button(key="pause_yes").click().run()
    assert joining.me(viewer).status == "paused"
    app.button(key="come_back").click().run()
    assert joining.me(viewer).status == "active"


def test_two_slow_taps_on_pause_lose_no_shift_and_nothing_stands_where_one_tapped(
    town: Town, open_app: Screens
) -> None:
    def order(app: "AppTest") -> list[str]:
        return [
            one.key for one in app.button if one.key in ("pause_now", "pause_yes", "come_back", "leave_now")
        ]

    mei, viewer = making.volunteer(town, "梅兰")
    regular = making.shift(town, making.kind("食堂"))
    for one in (regular, making.shift(town, making.kind("巡逻"), days=9)):
        signing_up.sign_up(viewer, shift_id=one)
    with engine.writing() as session:
        session.execute(update(Booking).where(Booking.slot_id == regular).values(regular=True))  # type: ignore[arg-type]
    activity_signing_up.sign_up(viewer, activity_id=activity(town, days=6))
    signing_up.invite(
        town.anna, shift_id=making.shift(town, making.kind("陪诊"), days=7), volunteer_ids=[mei]
    )
    app = open_app(viewer, "my-shifts", part="me")
    app.button(key="pause_now").click().run()
    assert app.button(key="pause_now").disabled  # a second tap there does nothing
    assert joining.me(viewer).status == "active"
    said = text_of(app).replace("\\", "")
    for words in (
        "You give back 2 shifts, the last on Wed 2 Dec", "regular place in “食堂” rests until then",
        "1 request, invitation or place in a line ends", "they do not come back by themselves", "places in activities stay yours",
    ):  # fmt: skip
        assert words in said, words
    assert order(app) == ["pause_now", "pause_yes"]
    app.button(key="pause_yes").click().run()
    assert joining.me(viewer).status == "paused"
    assert order(app) == ["pause_now", "pause_yes", "come_back"]  # the way back is below
    assert (app.button(key="pause_yes").disabled, app.button(key="come_back").disabled) == (True, False)
    assert "You give back 2 shifts" in text_of(app)
    app.button(key="come_back").click().run()
    assert joining.me(viewer).status == "active"
    assert app.button(key="come_back").disabled
    assert "do not come back by themselves" in text_of(app)
    again = open_app(viewer, "my-shifts", part="me")
    assert order(again) == ["pause_now"]
    again.checkbox(key="leave_sure").check().run()
    assert "You give back your places in activities: 重阳茶话会" in text_of(again).replace("\\", "")


def test_who_has_no_record_yet_can_apply(town: Town, open_app: Screens) -> None:
    app = open_app(town.vera, "my-shifts", part="me")
    assert "Become a volunteer" in text_of(app)
    app.button(key="FormSubmitter:apply-Apply").click().run()
    assert joining.me(town.vera).status == "applied"
    assert "Your application is with the office" in text_of(app)


def test_kinds_of_work_and_skills_are_kept_by_staff(town: Town, open_app: Screens) -> None:
    app = open_app(town.shen, "work")
    assert "上门探访" in str(app.dataframe[0].value.values.tolist())
    next(one for one in app.text_input if one.label == "New skill").set_value("二胡")
    app.button(key="FormSubmitter:skill_add-Add").click().run()
    assert "二胡" in text_of(app)
