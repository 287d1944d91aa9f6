"""Hours on the screen: the code at the door, the six digits of a volunteer, what is said before the tick."""

import datetime as dt

import pytest
from streamlit.testing.v1 import AppTest

from db import clock
from db.volunteers import approving, certificates, hours
from tests.conftest import Town
from tests.screens import Screens, buttons, text_of
from tests.volunteers import making
from tests.volunteers.serving import code, entries, place, served
from tests.volunteers.test_certificates import credited


@pytest.fixture(autouse=True)
def long_day(town: Town) -> None:
    making.nobody_is_signed_out()


def html_of(app: AppTest) -> str:
    return "\n".join(str(one.proto.body) for one in app.get("html"))


def test_staff_shows_the_code_and_ticks_who_comes(town: Town, open_app: Screens) -> None:
    mei = place(town)
    with clock.at(mei.at("09:00")):
        app = open_app(town.shen, "hours")
        assert "1 place taken" in text_of(app)
        app = open_app(town.shen, "hours", shift=mei.shift)
        digits = code(mei.shift, "in")
        assert digits[:3] in html_of(app)
        assert digits[3:] in html_of(app)
        assert "data:image/svg+xml" in html_of(app)
        app.button(key=f"came_{mei.booking}").click().run()
        assert f"left_{mei.booking}" in buttons(app)
        assert entries(mei.volunteer)[0].state == "open"


def test_a_volunteer_types_six_digits_and_scans_to_leave(town: Town, open_app: Screens) -> None:
    mei = place(town)
    with clock.at(mei.at("07:00")):
        assert "Six digits" not in str([one.label for one in open_app(mei.viewer, "my-shifts").text_input])
    with clock.at(mei.at("09:00")):
        app = open_app(mei.viewer, "my-shifts")
        app.text_input(key=f"check_digits_{mei.shift}").set_value("000000")
        app.button[0].click().run()
        assert "This code is not right" in text_of(app)
        app.text_input(key=f"check_digits_{mei.shift}").set_value(code(mei.shift, "in"))
        app.button[0].click().run()
        assert "You are checked in since 09:00" in text_of(app)
        app.button[
            0
        ].click().run()  # a double tap, or somebody who wants to leave: the digits for coming are gone
        assert "You are still checked in" in text_of(app)
        app.text_input(key=f"check_digits_{mei.shift}_out").set_value(code(mei.shift, "in"))
        app.button[0].click().run()
        assert "You are not checked out yet" in text_of(app)
    with clock.at(mei.at("11:00")):
        app = open_app(mei.viewer, "my-shifts", check=f"{mei.shift}.{code(mei.shift, 'out')}")
        assert entries(mei.volunteer)[0].state == "open"  # nothing before the tap
        app.button(key=f"check_scan_{mei.shift}").click().run()
        assert "You are checked out at 11:00" in text_of(app)
    assert [(one.state, one.minutes) for one in entries(mei.volunteer)] == [("waiting", 120)]


@pytest.mark.parametrize("check", ["1", "x.y", "99999999999999999999.1", "7.123456", "1.<b>"])
def test_an_address_that_is_no_code_does_nothing(town: Town, open_app: Screens, check: str) -> None:
    mei = place(town)
    with clock.at(mei.at("09:00")):
        open_app(mei.viewer, "my-shifts", check=check)
    assert entries(mei.volunteer) == []


def test_what_is_to_be_known_stands_before_the_tick(town: Town, open_app: Screens) -> None:
    mei = place(town)
    served(town, mei)
    with clock.at(mei.at("12:00")):
        hours.make_up(
            town.shen, volunteer_id=mei.volunteer, day=mei.day, start=mei.at("10:00").time(), minutes=30, what="送餐",
            why="忘记登记",
        )  # fmt: skip
        app = open_app(town.shen, "hours", part="waiting")
        assert text_of(app).count("Overlaps with another entry") == 2
        assert "somebody else must approve it" in text_of(app)
        first, second = entries(mei.volunteer)
        assert f"hours_yes_{second.id}" not in buttons(app)
        app.button(key=f"hours_yes_{first.id}").click().run()
        assert entries(mei.volunteer)[0].state == "approved"
        app = open_app(town.lei, "hours", part="notice")
        assert "梅*" in html_of(app)
        assert "梅兰" not in html_of(app)
        assert "part=" not in text_of(open_app(town.lei, "hours"))


def test_a_volunteer_sees_what_is_missing_to_the_next_star_and_no_one_else(
    town: Town, open_app: Screens
) -> None:
    mei, viewer = making.volunteer(town, "梅兰")
    _du, other = making.volunteer(town, "杜鹃")
    credited(mei, 588 * 60)
    made = certificates.issue(
        town.anna, volunteer_id=mei, since=clock.today().replace(month=1, day=1), until=clock.today()
    )
    app = open_app(viewer, "my-shifts", part="hours")
    assert "12 hours to" in text_of(app)
    assert certificates.paper(viewer, certificate_id=made).serial.replace("-", "\\-") in text_of(app)
    app = open_app(other, "my-shifts", part="hours")
    assert "梅兰" not in text_of(app)
    assert "100 hours to" in text_of(app)
    app = open_app(other, "my-shifts", part="hours", paper=made)
    assert "no such record" in text_of(app)


def test_every_part_opens_for_who_may_and_the_ladder_is_set(town: Town, open_app: Screens) -> None:
    mei = place(town)
    entry = served(town, mei)
    with clock.at(mei.at("12:00")):
        for part in ("", "waiting", "notice", "missed", "list", "certificates"):
            app = open_app(town.shen, "hours", **({"part": part} if part else {}))
            assert [one.value for one in app.title] == ["Hours of service"], part
        assert "Checked in and out" in text_of(open_app(town.shen, "hours", id=entry))
        assert "no such record" in text_of(open_app(town.qiu, "hours", id=entry))
        app = open_app(town.anna, "settings", part="stars")
        assert "300 hours" in text_of(app)


def test_a_shift_across_midnight_has_its_second_day(town: Town, open_app: Screens) -> None:
    shift = making.shift(town, making.kind("夜间巡逻", minutes=240), start="22:00")
    mei = place(town, shift=shift)
    with clock.at(mei.at("00:30", 1)):
        app = open_app(town.shen, "hours")
        assert "夜间巡逻" in text_of(app), "what goes on from the night before"
        app = open_app(town.shen, "hours", shift=shift)
        app.button(key=f"came_{mei.booking}").click().run()
    with clock.at(mei.at("08:00", 1)):
        app = open_app(town.shen, "hours", shift=shift)
        app.time_input(key=f"came_at_{mei.booking}").set_value(dt.time(22, 0)).run()
        app.time_input(key=f"left_at_{mei.booking}").set_value(dt.time(1, 0)).run()
        app.button(key=f"times_{mei.booking}").click().run()
        (entry,) = [one for one in entries(mei.volunteer) if one.withdrawn_at is None]
        assert (entry.minutes, entry.in_at, entry.out_at) == (180, mei.at("22:00"), mei.at("01:00", 1))
        approving.decide(town.lei, entry_id=entry.id or 0, yes=True, seen=tuple(entry.warnings))
        app = open_app(town.shen, "hours", id=entry.id)
        app.time_input(key="correct_left").set_value(dt.time(2, 0))
        app.text_input(key="correct_why").set_value("签退漏了")
        app.button(key="correct_save").click().run()
        assert [(one.minutes, one.out_at) for one in entries(mei.volunteer)][-1] == (60, mei.at("02:00", 1))


@pytest.mark.parametrize(
    ("said", "day"), [("21:40", 0), ("22:00", 0), ("23:59", 0), ("00:00", 1), ("02:30", 1), ("12:00", 0)]
)
def test_a_time_lies_where_the_shift_is(said: str, day: int) -> None:
    since = dt.datetime(2026, 11, 26, 22, tzinfo=clock.PLACE)
    found = hours.moment_near(dt.time.fromisoformat(said), since, since + dt.timedelta(hours=4))
    assert (found.date() - since.date()).days == day
