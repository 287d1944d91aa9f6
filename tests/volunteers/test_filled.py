"""When a shift fills while people are still asked for it: calls that are settled, invitations that lead to the line."""

from typing import TYPE_CHECKING

import pytest

from db.errors import Refused
from db.system import telephoning
from db.volunteers import helping, own, signing_up
from tests.conftest import Town
from tests.screens import text_of
from tests.volunteers import making
from tests.volunteers.test_helping import _ids, many

if TYPE_CHECKING:
    from tests.screens import Screens


@pytest.fixture(autouse=True)
def counters(town: Town) -> object:
    making.nobody_is_signed_out()
    yield
    making.assert_counters_equal_the_rows()


def test_an_invitation_to_a_shift_that_filled_leads_to_the_waiting_line(town: Town) -> None:
    shift = making.shift(town, making.kind(minimum=1, maximum=1), days=1)
    people = many(town, 3)
    helping.call_all()
    mine = _ids(shift)
    signing_up.answer(people["志愿00"], booking_id=mine["志愿00"], yes=True)
    late = people["志愿02"]
    (asked,) = own.asked(late)
    assert (asked.kind, asked.card.free) == ("invitation", 0)
    with pytest.raises(Refused, match=r"place\.full"):
        signing_up.answer(late, booking_id=mine["志愿02"], yes=True)
    assert signing_up.answer(late, booking_id=mine["志愿02"], yes=True, or_wait=True) == "waiting"
    signing_up.leave(people["志愿00"], booking_id=mine["志愿00"], why="病了")
    assert making.bookings(shift)["志愿02"] == "offered", "who stands in line is next"


def test_who_signs_up_without_being_asked_settles_the_call_for_help(town: Town) -> None:
    shift = making.shift(town, making.kind(minimum=1, maximum=2), days=1)
    making.volunteer(town, "石竹", account=False)
    helping.call_all()
    assert [one.name for one in telephoning.calls(town.shen).waiting] == ["石竹"]
    _du, du = making.volunteer(town, "杜鹃")
    signing_up.sign_up(du, shift_id=shift)
    assert telephoning.calls(town.shen).waiting == ()
    assert making.bookings(shift) == {"石竹": "invited", "杜鹃": "booked"}, (
        "there is room: yes is still welcome"
    )


def test_a_call_for_one_more_is_not_settled_by_somebody_who_says_no(town: Town) -> None:
    shift = making.shift(town, making.kind(minimum=1, maximum=2), days=1)
    _mei, mei = making.volunteer(town, "梅兰")
    signing_up.sign_up(mei, shift_id=shift)
    _du, du = making.volunteer(town, "杜鹃")
    making.volunteer(town, "石竹", account=False)
    helping.call(town.shen, shift_id=shift)
    signing_up.answer(du, booking_id=_ids(shift)["杜鹃"], yes=False)
    assert [one.name for one in telephoning.calls(town.shen).waiting] == ["石竹"]
    _lan, lan = making.volunteer(town, "兰花")
    signing_up.sign_up(lan, shift_id=shift)
    assert telephoning.calls(town.shen).waiting == (), "all places are taken"


def test_the_screen_says_that_it_is_full_and_offers_the_line(town: Town, open_app: "Screens") -> None:
    shift = making.shift(town, making.kind(maximum=1), days=2)
    (mei_id, mei), (_du, du) = making.volunteer(town, "梅兰"), making.volunteer(town, "杜鹃")
    (invited,) = signing_up.invite(town.shen, shift_id=shift, volunteer_ids=[mei_id])
    app = open_app(mei, "my-shifts")
    signing_up.sign_up(du, shift_id=shift)
    app.button(key=f"tap_ask_yes_{invited}").click().run()
    assert "All places are taken. You can stand in line" in text_of(app), "who did not know it is told first"
    assert app.button(key=f"tap_ask_yes_{invited}").label == "Stand in line"
    assert "All places are taken by now" in text_of(app)
    app.button(key=f"tap_ask_yes_{invited}").click().run()
    assert making.bookings(shift) == {"梅兰": "waiting", "杜鹃": "booked"}
    assert app.button(key=f"tap_ask_yes_{invited}").label.startswith("You stand in line.")
    assert "number 1 in line" in text_of(open_app(mei, "my-shifts"))
