"""What a volunteer finds on the screen: cards, one shift, what waits for an answer, own shifts, the start page."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from db import clock
from db.access import Viewer
from db.people.timeline import who_looked
from db.system import community
from db.volunteers import absence, checking, own, shifts, signing_up, suits
from db.work import unit
from tests.conftest import NOON, Town
from tests.screens import buttons, go, text_of
from tests.volunteers import making
from tests.volunteers.serving import code, place

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from tests.screens import Screens

DAY = timedelta(days=1)


@pytest.fixture
def mei(town: Town) -> Viewer:
    making.nobody_is_signed_out()
    return making.volunteer(town, "梅兰")[1]


def own_id(viewer: Viewer) -> int:
    """The volunteer of an account."""
    with unit(viewer, "volunteer.self", write=False) as work:
        return int(signing_up.own(work).id)


def test_a_card_says_what_when_where_and_why_and_leads_on(
    town: Town, mei: Viewer, open_app: "Screens"
) -> None:
    shift = making.shift(town, making.kind("送餐", bring="保温袋"), where="社区食堂")
    app = open_app(mei, "shifts")
    said = text_of(app).replace("\\", "")
    for words in (
        "送餐",
        "Thu 26 Nov 09:00–11:00",
        "社区食堂",
        "2 places free",
        "People are missing",
        "Near you",
    ):
        assert words in said, words
    app.button(key=f"tap_open_{shift}").click().run()
    assert app.query_params["shift"] == str(shift)
    assert "Bring: 保温袋" in text_of(app).replace("\\", "")
    app.button(key="tap_yes").click().run()
    assert "You are in. Thank you!" in text_of(app)
    assert making.bookings(shift) == {"梅兰": "booked"}


def test_the_same_on_several_days_is_one_card_and_reasons_tell_cards_apart(
    town: Town, mei: Viewer, open_app: "Screens"
) -> None:
    meals = [making.shift(town, making.kind("送餐"), days=3)]
    meals += [making.shift(town, shifts.one(mei, shift_id=meals[0]).kind_id, days=day) for day in (5, 9)]
    others = [making.shift(town, making.kind(title), days=4) for title in ("陪诊", "巡逻")]
    app = open_app(mei, "shifts")
    said = text_of(app).replace("\\", "")
    assert said.count("送餐") == 1
    assert {f"tap_open_{one}" for one in (*meals, *others)} <= set(buttons(app))
    assert "Near you" not in said  # all of them are
    assert "People are missing" in "".join(one.label for one in app.button)  # on two of the three days
    app.button(key=f"tap_open_{meals[2]}").click().run()
    assert app.query_params["shift"] == str(meals[2])
    assert "Near you" in text_of(app)


def test_a_second_tap_and_a_tap_after_somebody_else_was_faster(
    town: Town, mei: Viewer, open_app: "Screens"
) -> None:
    kind = making.kind("送餐", maximum=1)
    shift, other = making.shift(town, kind), making.shift(town, kind, days=4)
    app = open_app(mei, "shifts", shift=shift)
    signing_up.sign_up(mei, shift_id=shift)  # the first of two quick taps
    app.button(key="tap_yes").click().run()
    assert "You are in. Thank you!" in text_of(app)
    assert making.slot(shift).taken == 1
    app = open_app(mei, "shifts", shift=other)
    signing_up.sign_up(making.volunteer(town, "杜鹃")[1], shift_id=other)
    instead = making.shift(town, kind, days=5)
    app.button(key="tap_yes").click().run()
    assert "All places are taken" in text_of(app)
    assert "You can take these instead" in text_of(app)
    assert f"tap_open_{instead}" in buttons(app)
    app.button(key="tap_wait").click().run()
    assert "number 1 in line" in text_of(app)


def test_what_does_not_fit_says_why_and_what_is_possible(
    town: Town, mei: Viewer, open_app: "Screens"
) -> None:
    kind = making.kind()
    first, at_once = making.shift(town, kind), making.shift(town, kind, start="10:00")
    free = making.shift(town, kind, days=5)
    signing_up.sign_up(mei, shift_id=first)
    app = open_app(mei, "shifts")
    assert f"tap_open_{at_once}" not in buttons(app)
    app.toggle(key="shifts_everything").set_value(True).run()
    assert "At that time there is already: 上门探访" in text_of(app).replace("\\", "")
    app.button(key=f"tap_open_{at_once}").click().run()
    assert "tap_yes" not in buttons(app)
    assert f"tap_open_{free}" in buttons(app)
    app.button(key="tap_back").click().run()
    assert f"tap_open_{free}" in buttons(app)


def test_a_draw_tells_its_times_and_can_be_checked(town: Town, mei: Viewer, open_app: "Screens") -> None:
    shift = making.shift(town, making.kind(), mode="lottery", closes_at=NOON + DAY)
    app = open_app(mei, "shifts", shift=shift)
    said = text_of(app).replace("\\", "")
    assert "You can take part until Tue 24 Nov 12:00" in said
    assert f"({shifts.one(mei, shift_id=shift).seed[:12]}…)" in said
    app.button(key="tap_yes").click().run()
    assert making.bookings(shift) == {"梅兰": "entered"}


def test_a_pair_signs_up_together(town: Town, mei: Viewer, open_app: "Screens") -> None:
    du_id, du = making.volunteer(town, "杜鹃")
    kind = making.kind()
    with clock.at(NOON - 5 * DAY):
        before = making.shift(town, kind, days=1)
        for one in (mei, du):
            signing_up.sign_up(one, shift_id=before)
    shift = making.shift(town, kind)
    app = open_app(mei, "shifts", shift=shift)
    app.selectbox(key=f"partner_{shift}").select(du_id).run()
    app.button(key="tap_yes").click().run()
    assert making.bookings(shift) == {"梅兰": "booked", "杜鹃": "booked"}


def test_the_calendar_shows_one_day(town: Town, mei: Viewer, open_app: "Screens") -> None:
    kind = making.kind()
    making.shift(town, making.kind("送餐"), days=3)
    making.shift(town, kind, days=9)
    day = clock.today() + 9 * DAY
    app = open_app(mei, "shifts", part="days")
    assert "送餐" in text_of(app)
    app.button(key=f"day_{day.isoformat()}").click().run()
    assert "送餐" not in text_of(app)
    assert "上门探访" in text_of(app)
    assert app.query_params["day"] == day.isoformat()


def test_staff_and_leaders_see_how_shifts_stand_and_cannot_take_them(
    town: Town, mei: Viewer, open_app: "Screens"
) -> None:
    shift = making.shift(town, making.kind(minimum=2))
    signing_up.sign_up(mei, shift_id=shift)
    for viewer in (town.shen, town.lei, town.anna):
        app = open_app(viewer, "shifts")
        said = text_of(app).replace("\\", "")
        assert "Too few" in said
        assert "1 of 2 places, at least 2" in said
        assert not any(key.startswith("tap_open") for key in buttons(app))
        assert "梅兰" not in said


def test_who_has_no_volunteer_record_is_told(town: Town, open_app: "Screens") -> None:
    making.nobody_is_signed_out()
    for address in ("", "shifts", "my-shifts"):
        assert "There is no volunteer record for your account" in text_of(open_app(town.vera, address))


def test_the_start_page_says_what_comes_next_what_waits_and_what_suits(
    town: Town, open_app: "Screens"
) -> None:
    making.nobody_is_signed_out()
    mei_id, mei = making.volunteer(town, "梅兰")
    kind = making.kind()
    signing_up.sign_up(mei, shift_id=making.shift(town, making.kind("巡逻"), days=1))
    asked = making.shift(town, making.kind("陪诊"), days=4)
    (booking,) = signing_up.invite(town.anna, shift_id=asked, volunteer_ids=[mei_id])
    for day in range(5, 12):
        making.shift(town, kind, days=day)
    app = open_app(mei, "")
    said = text_of(app).replace("\\", "")
    assert [one.value for one in app.subheader] == [
        "My next shift", "1 thing waits for your answer", "What suits you",
    ]  # fmt: skip
    assert said.index("巡逻") < said.index("The office asks whether you can come.") < said.index("上门探访")
    assert said.count("上门探访") == 1  # the same on three days
    assert said.count("Choose a day") == 1
    app.button(key=f"tap_ask_yes_{booking}").click().run()
    assert making.bookings(asked) == {"梅兰": "booked"}
    assert "waits for your answer" not in text_of(app)
    assert "All is answered" in text_of(app)


def test_a_hand_over_is_declined_and_the_holder_keeps_it(
    town: Town, mei: Viewer, open_app: "Screens"
) -> None:
    du_id, du = making.volunteer(town, "杜鹃")
    shift = making.shift(town, making.kind(maximum=1))
    booking = signing_up.sign_up(mei, shift_id=shift).booking_id
    signing_up.hand_over(mei, booking_id=booking, to=du_id)
    assert "You asked 鹃. Until they say yes, it is yours" in text_of(open_app(mei, "my-shifts")).replace(
        "\\", ""
    )
    app = open_app(du, "my-shifts")
    assert "兰 asks you to take this over" in text_of(app).replace("\\", "")
    app.button(key=f"tap_ask_no_{booking}").click().run()
    assert making.bookings(shift) == {"梅兰": "booked"}
    assert (own.one(mei, booking_id=booking).handing, making.slot(shift).shaky) == ("", 0)


def test_late_one_says_why_and_early_one_need_not(town: Town, mei: Viewer, open_app: "Screens") -> None:
    late = signing_up.sign_up(mei, shift_id=making.shift(town, making.kind(cancel_hours=96))).booking_id
    early = signing_up.sign_up(mei, shift_id=making.shift(town, making.kind(), days=9)).booking_id
    app = open_app(mei, "my-shifts")
    app.button(key=f"tap_cannot_{late}").click().run()
    assert app.button(key=f"tap_leave_{late}").disabled
    app.text_input(key=f"why_{late}").set_value("孩子发烧").run()
    app.button(key=f"tap_leave_{late}").click().run()
    assert [one.state for one in own.gone(mei)] == ["cancelled"]
    app.button(key=f"tap_open_{early}").click().run()
    app.button(key=f"tap_cannot_{early}").click().run()
    app.button(key=f"tap_leave_{early}").click().run()
    assert not app.exception
    assert [(one.state, one.why) for one in own.gone(mei)] == [("cancelled", "孩子发烧"), ("cancelled", "")]


def test_a_shift_unfolds_where_it_stands(town: Town, mei: Viewer, open_app: "Screens") -> None:
    bookings = [
        signing_up.sign_up(mei, shift_id=making.shift(town, making.kind(), days=day)).booking_id
        for day in (3, 5, 7)
    ]
    app = open_app(mei, "my-shifts")

    def order() -> list[str]:
        return [one.key for one in app.button if one.key and one.key.startswith("tap_open_")]

    before = order()
    app.button(key=f"tap_open_{bookings[2]}").click().run()
    assert order() == before == [f"tap_open_{one}" for one in bookings[1:]]
    assert {f"tap_confirm_{bookings[0]}", f"tap_confirm_{bookings[2]}"} <= buttons(app)
    assert app.button(key=f"tap_open_{bookings[2]}").disabled  # two quick taps leave it open
    app.button(key=f"tap_less_open_{bookings[2]}").click().run()
    assert f"tap_confirm_{bookings[2]}" not in buttons(app)
    app.button(key=f"tap_cannot_{bookings[0]}").click().run()
    assert app.button(key=f"tap_cannot_{bookings[0]}").disabled
    app.button(key=f"tap_less_cannot_{bookings[0]}").click().run()
    assert not app.button(key=f"tap_cannot_{bookings[0]}").disabled
    assert f"tap_leave_{bookings[0]}" not in buttons(app)


def test_what_was_answered_stays_in_its_place_until_one_comes_again(town: Town, open_app: "Screens") -> None:
    def places(app: "AppTest") -> list[str]:
        return [
            str(one.key)
            for one in app.button
            if str(one.key).startswith(("tap_leave", "tap_ask", "tap_open"))
        ]

    making.nobody_is_signed_out()
    (mei_id, mei), kind = making.volunteer(town, "梅兰"), making.kind()
    first = signing_up.sign_up(mei, shift_id=making.shift(town, kind, days=3)).booking_id
    signing_up.sign_up(mei, shift_id=making.shift(town, kind, days=5))
    asks = [making.shift(town, making.kind("陪诊"), days=7 + 2 * number) for number in range(2)]
    asked = [signing_up.invite(town.anna, shift_id=one, volunteer_ids=[mei_id])[0] for one in asks]
    app = open_app(mei, "my-shifts")
    before = places(app.button(key=f"tap_cannot_{first}").click().run())
    app.button(key=f"tap_leave_{first}").click().run()
    app.button(key=f"tap_ask_yes_{asked[0]}").click().run()
    assert places(app) == before
    assert app.button(key=f"tap_leave_{first}").disabled
    assert app.button(key=f"tap_ask_yes_{asked[0]}").disabled
    assert not app.button(key=f"tap_ask_yes_{asked[1]}").disabled
    again = open_app(mei, "my-shifts")
    assert f"tap_leave_{first}" not in buttons(again)
    assert f"tap_ask_yes_{asked[0]}" not in buttons(again)


def test_what_one_says_of_a_place_of_ones_own_moves_nothing(
    town: Town, mei: Viewer, open_app: "Screens"
) -> None:
    def drawn(app: "AppTest") -> list[str]:
        return [str(one.key) for one in app.button if str(one.key).startswith("tap_")]

    booking = signing_up.sign_up(mei, shift_id=making.shift(town, making.kind())).booking_id
    app = open_app(mei, "my-shifts")
    app.button(key=f"tap_cannot_{booking}").click().run()
    before, markdown = drawn(app), [one.value for one in app.main.markdown]
    app.button(key=f"tap_confirm_{booking}").click().run()
    assert own.one(mei, booking_id=booking).confirmed
    assert drawn(app) == before
    assert [one.value for one in app.main.markdown] == markdown
    confirm = app.button(key=f"tap_confirm_{booking}")
    assert (confirm.label, confirm.disabled) == ("You said you will come", True)
    app.button(key=f"tap_anybody_{booking}").click().run()
    assert own.one(mei, booking_id=booking).handing == "*"
    below = before.index(f"tap_leave_{booking}") + 1  # the way back comes after what was there
    after = [*before[:below], f"tap_keep_{booking}", *before[below:]]
    assert drawn(app) == after
    assert app.button(key=f"tap_anybody_{booking}").disabled
    app.button(key=f"tap_keep_{booking}").click().run()
    assert own.one(mei, booking_id=booking).handing == ""
    app.button(key=f"tap_leave_{booking}").click().run()
    assert own.gone(mei)[0].state == "cancelled"
    assert drawn(app) == after
    mine = [one for one in app.button if str(one.key).endswith(f"_{booking}") and "less" not in str(one.key)]
    assert all(one.disabled for one in mine)
    again = open_app(mei, "my-shifts")
    assert f"tap_confirm_{booking}" not in buttons(again)


def test_what_was_given_back_says_only_that(town: Town, mei: Viewer, open_app: "Screens") -> None:
    du_id, _du = making.volunteer(town, "杜鹃")
    booking = signing_up.sign_up(mei, shift_id=making.shift(town, making.kind())).booking_id
    signing_up.confirm(mei, booking_id=booking)
    signing_up.hand_over(mei, booking_id=booking, to=du_id)
    app = open_app(mei, "my-shifts")
    assert "You asked 鹃" in text_of(app)
    app.button(key=f"tap_cannot_{booking}").click().run()
    before = [str(one.key) for one in app.button]
    app.button(key=f"tap_leave_{booking}").click().run()
    said = text_of(app).replace("\\", "")
    assert "Given back" in said and "You need not come any more, and nobody is asked" in said
    for words in ("You asked", "it is yours", "You said you will come"):
        assert words not in said, words
    assert not any(one.label == "You said you will come" for one in app.button)
    assert [str(one.key) for one in app.button] == before


def test_who_looks_for_somebody_else_is_not_asked_to_promise(
    town: Town, mei: Viewer, open_app: "Screens"
) -> None:
    booking = signing_up.sign_up(mei, shift_id=making.shift(town, making.kind())).booking_id
    app = open_app(mei, "my-shifts")
    app.button(key=f"tap_cannot_{booking}").click().run()
    app.button(key=f"tap_anybody_{booking}").click().run()
    assert app.button(key=f"tap_confirm_{booking}").disabled
    assert app.button(key=f"tap_confirm_{booking}").label == "I will come"
    app = open_app(mei, "my-shifts")
    assert f"tap_confirm_{booking}" not in buttons(app)
    app.button(key=f"tap_keep_{booking}").click().run()
    assert "Until somebody has, it is yours" not in text_of(app)
    assert f"tap_confirm_{booking}" in buttons(open_app(mei, "my-shifts"))


def test_who_is_there_has_nothing_to_promise_or_to_give_back(town: Town, open_app: "Screens") -> None:
    making.nobody_is_signed_out()
    who = place(town)
    signing_up.confirm(who.viewer, booking_id=who.booking)
    with clock.at(who.at("08:50")):
        app = open_app(who.viewer, "my-shifts")
        assert "When you arrive, scan the code" in text_of(app)
        digits = app.text_input(key=f"check_digits_{who.shift}")
        assert digits.placeholder == "six digits"  # an example of digits would look typed in
        checking.check(who.viewer, shift_id=who.shift, code=code(who.shift, "in"))
        app.run()
        said = text_of(app).replace("\\", "")
        assert "You are checked in since 08:50" in said
        for words in ("When you arrive", "You said you will come"):
            assert words not in said, words
        assert not [key for key in buttons(app) if key.startswith(("tap_cannot", "tap_confirm", "tap_ics"))]
    with clock.at(who.at("10:30")):
        checking.check(who.viewer, shift_id=who.shift, code=code(who.shift, "out"))
        said = text_of(app.run()).replace("\\", "")
        assert "You are checked out at 10:30" in said
        assert "When you leave" not in said


def test_what_is_refused_is_said_below_its_button(town: Town, mei: Viewer, open_app: "Screens") -> None:
    booking = signing_up.sign_up(mei, shift_id=making.shift(town, making.kind())).booking_id
    app = open_app(mei, "my-shifts")
    app.button(key=f"tap_cannot_{booking}").click().run()
    with clock.at(NOON + 2 * DAY):  # meanwhile it needs a reason
        app.button(key=f"tap_leave_{booking}").click().run()
        drawn = [
            str(getattr(one, "key", None) or one.value)
            for one in app.main
            if one.type in ("button", "error", "warning")
        ]
        (said,) = (one for one in drawn if "say in a few words why" in one)
        assert drawn.index(said) == drawn.index(f"tap_leave_{booking}") + 1
        app.text_input(key=f"why_{booking}").set_value("孩子发烧").run()
        signing_up.leave(mei, booking_id=booking, why="发烧了")  # in another window
        app.button(key=f"tap_leave_{booking}").click().run()
        assert "it changed meanwhile" in text_of(app)  # its card is gone


def test_who_comes_for_a_place_given_back_is_told_so(town: Town, mei: Viewer, open_app: "Screens") -> None:
    given, has = (
        signing_up.sign_up(mei, shift_id=making.shift(town, making.kind(title), days=days)).booking_id
        for title, days in (("陪诊", 3), ("巡逻", 5))
    )
    signing_up.leave(mei, booking_id=given)
    said = text_of(open_app(mei, "my-shifts", booking=given)).replace("\\", "")
    assert "not yours any more" in said
    assert said.index("陪诊") < said.index("Given back") < said.index("巡逻")
    assert "not yours any more" not in text_of(open_app(mei, "my-shifts", booking=has))
    assert "This shift is not among yours." in text_of(open_app(mei, "my-shifts", booking=999))
    with clock.at(NOON + 7 * DAY):
        said = text_of(open_app(mei, "my-shifts", booking=has)).replace("\\", "")
        assert "This shift is over." in said and "巡逻" in said


def test_what_is_over_stands_apart_from_what_was_given_back(
    town: Town, mei: Viewer, open_app: "Screens"
) -> None:
    signing_up.sign_up(mei, shift_id=making.shift(town, making.kind("送餐"), days=1))
    later = signing_up.sign_up(mei, shift_id=making.shift(town, making.kind("巡逻"), days=20))
    signing_up.leave(mei, booking_id=later.booking_id)
    asked = making.shift(town, making.kind("陪诊"), days=21)
    (booking,) = signing_up.invite(town.anna, shift_id=asked, volunteer_ids=[own_id(mei)])
    signing_up.answer(mei, booking_id=booking, yes=False)
    with clock.at(NOON + 2 * DAY):
        assert [one.card.title for one in own.past(mei)] == ["送餐"]
        assert [one.card.title for one in own.gone(mei)] == ["巡逻", "陪诊"]
        said = text_of(open_app(mei, "shifts", part="past")).replace("\\", "")
        assert "You said no" in said[said.index("陪诊") :]
        assert "Not taken" not in said
    signing_up.sign_up(mei, shift_id=making.slot(asked).id or 0)
    assert [one.card.title for one in own.gone(mei)] == ["巡逻"]  # one has it again


def test_what_is_over_says_so_with_its_year(town: Town, mei: Viewer, open_app: "Screens") -> None:
    shift = making.shift(town, making.kind(maximum=1, elder_visited=True))
    booking = signing_up.sign_up(mei, shift_id=shift).booking_id
    assert "Thu 26 Nov 09:00" in text_of(open_app(mei, "shifts", done=booking)).replace("\\", "")
    with clock.at(NOON + 400 * DAY):
        said = text_of(open_app(mei, "shifts", done=booking)).replace("\\", "")
        assert "This shift is over." in said and "Thu 26 Nov 2026 09:00" in said
        assert "You are in" not in said
        said = text_of(open_app(mei, "shifts", shift=shift)).replace("\\", "")
        assert "This shift is over." in said and "Whom you visit" not in said
        assert "stand in line" not in said and "Full" not in said


def test_who_pauses_is_told_so_where_shifts_are_looked_for(
    town: Town, mei: Viewer, open_app: "Screens"
) -> None:
    shift = making.shift(town, making.kind())
    absence.pause(mei, until=clock.today() + 30 * DAY)
    for address in ("", "shifts", "my-shifts"):
        app = open_app(mei, address)
        assert "You pause until 23 Dec 2026." in text_of(app).replace("\\", ""), address
        assert "nothing that suits you" not in text_of(app)
        assert "To the pause, or serve again" in [one.proto.label for one in app.get("page_link")]
    said = text_of(open_app(mei, "shifts", shift=shift)).replace("\\", "")
    assert "You pause until 23 Dec 2026." in said and "You pause your service at present." in said
    assert "The volunteer" not in said
    absence.come_back(mei)
    assert "You pause" not in text_of(open_app(mei, "shifts"))


def test_a_no_is_said_where_it_was_tapped(town: Town, mei: Viewer, open_app: "Screens") -> None:
    signing_up.sign_up(mei, shift_id=making.shift(town, making.kind("巡逻")))
    free = making.shift(town, making.kind("陪诊"), days=5)
    clashing = making.shift(town, making.kind("送餐"), start="10:00")
    asked = [
        signing_up.invite(town.anna, shift_id=one, volunteer_ids=[own_id(mei)])[0] for one in (free, clashing)
    ]
    app = open_app(mei, "my-shifts")
    before = [str(one.key) for one in app.button if str(one.key).startswith("tap_ask")]
    for one in asked:
        app.button(key=f"tap_ask_no_{one}").click().run()
    assert [str(one.key) for one in app.button if str(one.key).startswith("tap_ask")] == before
    assert all(
        (app.button(key=f"tap_ask_no_{one}").label, app.button(key=f"tap_ask_no_{one}").disabled)
        == ("You said no. Thank you for saying so.", True)
        for one in asked
    )
    yes = app.button(key=f"tap_ask_yes_{asked[0]}")
    assert (yes.label, yes.disabled) == ("Yes, I will come", True)


def test_invitations_that_look_the_same_stand_together(town: Town, open_app: "Screens") -> None:
    making.nobody_is_signed_out()
    (mei_id, mei), kind = making.volunteer(town, "梅兰"), making.kind("陪诊")
    same = [making.shift(town, kind, days=4) for _number in range(2)]
    asked = [signing_up.invite(town.anna, shift_id=one, volunteer_ids=[mei_id])[0] for one in same]
    app = open_app(mei, "my-shifts")
    assert [key for key in buttons(app) if key.startswith("tap_ask_yes")] == [f"tap_ask_yes_{asked[0]}"]
    assert "2 of the same" in text_of(app)
    app.button(key=f"tap_ask_no_{asked[0]}").click().run()
    assert app.button(key=f"tap_ask_no_{asked[0]}").disabled
    assert not app.button(key=f"tap_ask_yes_{asked[1]}").disabled
    assert [one.key for one in app.button if str(one.key).startswith("tap_ask_no")] == [
        f"tap_ask_no_{one}" for one in asked
    ]  # the next one comes below: in the place of the first a second tap would answer it
    assert "2 of the same" in text_of(app)


def test_an_invitation_that_would_be_refused_says_why_before_the_tap(
    town: Town, mei: Viewer, open_app: "Screens"
) -> None:
    mei_id = own_id(mei)
    signing_up.sign_up(mei, shift_id=making.shift(town, making.kind("巡逻"), days=3))
    clashing = making.shift(town, making.kind("陪诊"), days=3, start="10:00")
    skilled = making.shift(town, making.kind("急救", skills=["first_aid"]), days=5)
    free = making.shift(town, making.kind("送餐"), days=6)
    clash, skill, fine = (
        signing_up.invite(town.anna, shift_id=one, volunteer_ids=[mei_id])[0]
        for one in (clashing, skilled, free)
    )
    for address in ("", "my-shifts"):
        app = open_app(mei, address)
        said = text_of(app).replace("\\", "")
        assert said.count("At that time there is already: 巡逻, Thu 26 Nov 09:00–11:00.") == 1
        assert said.count("Say no here, or give the other place back first.") == 1
        assert said.count("Please say no, so that somebody else can be asked.") == 1
        answers = {f"tap_ask_no_{one}" for one in (clash, skill, fine)} | {f"tap_ask_yes_{fine}"}
        assert {key for key in buttons(app) if key.startswith("tap_ask")} == answers
    app.button(key=f"tap_ask_no_{clash}").click().run()
    assert making.bookings(clashing) == {}


def test_an_invitation_says_in_the_calendar_and_on_its_page_what_stands_against_it(
    town: Town, mei: Viewer, open_app: "Screens"
) -> None:
    signing_up.sign_up(mei, shift_id=making.shift(town, making.kind("巡逻"), days=3))
    clashing = making.shift(town, making.kind("陪诊"), days=3, start="10:00")
    signing_up.invite(town.anna, shift_id=clashing, volunteer_ids=[own_id(mei)])
    for where in ({"part": "days", "day": "2026-11-26"}, {"shift": clashing}):
        said = text_of(open_app(mei, "shifts", **where)).replace("\\", "")
        assert "At that time there is already: 巡逻" in said, where


def test_who_missed_often_is_not_offered_to_take_over(town: Town, open_app: "Screens") -> None:
    making.nobody_is_signed_out()
    community.change_setting(town.anna, name="no_show_request", value=2)
    mei, kind = place(town), making.kind("送餐")
    _du_id, du = making.volunteer(town, "杜鹃")
    next_day = signing_up.sign_up(mei.viewer, shift_id=making.shift(town, kind, days=4)).booking_id
    with clock.at(mei.at("09:30", 1)):
        for one in (mei.booking, next_day):
            checking.absent(town.shen, booking_id=one)
        named, anybody = (making.shift(town, kind, days=days) for days in (3, 5))
        asked, given = (signing_up.sign_up(du, shift_id=one).booking_id for one in (named, anybody))
        signing_up.hand_over(du, booking_id=asked, to=mei.volunteer)
        signing_up.hand_over(du, booking_id=given)
        app = open_app(mei.viewer, "my-shifts")
        assert "the office confirms each sign-up" in text_of(app).replace("\\", "")
        assert [key for key in buttons(app) if key.startswith("tap_ask")] == [f"tap_ask_no_{asked}"]
        assert suits.one(mei.viewer, shift_id=anybody).way == "ask"  # which asks the office


def test_the_elder_is_shown_after_one_tap_in_time_and_each_tap_is_recorded(
    town: Town, mei: Viewer, open_app: "Screens"
) -> None:
    person = making.elder(town)
    shift = making.shift(town, making.kind(elder_visited=True), resident_id=person, note="耳背")
    booking = signing_up.sign_up(mei, shift_id=shift).booking_id
    app = open_app(mei, "my-shifts")
    assert "Whom you visit can be seen from Wed 25 Nov 09:00 on" in text_of(app).replace("\\", "")
    assert f"tap_elder_{booking}" not in buttons(app)
    with clock.at(NOON + 2 * DAY):
        app = open_app(mei, "my-shifts")
        assert "张桂梅" not in text_of(app)
        app.button(key=f"tap_elder_{booking}").click().run()
        said = text_of(app).replace("\\", "")
        for words in ("张桂梅", "1-2-601", "13851740001", "耳背"):
            assert words in said, words
        app.run()
        assert len(who_looked(town.shen, resident_id=person)) == 1  # drawing it again is no new look
        signing_up.leave(mei, booking_id=booking, why="发烧了")
        assert "张桂梅" not in text_of(go(app, "my-shifts"))


def test_the_address_of_the_calendar_is_shown_once(town: Town, mei: Viewer, open_app: "Screens") -> None:
    signing_up.sign_up(mei, shift_id=making.shift(town, making.kind()))
    app = open_app(mei, "my-shifts")
    assert "tap_feed_renew" not in buttons(app)
    app.session_state["feed_open"] = True  # unfolded
    app.run().button(key="tap_feed_renew").click().run()
    (address,) = [one.value for one in app.code]
    assert "/calendar/" in address
    again = open_app(mei, "my-shifts")
    again.session_state["feed_open"] = True
    assert not list(again.run().code)
    again.button(key="tap_feed_revoke").click().run()
    assert "Make a secret address" in text_of(again)
