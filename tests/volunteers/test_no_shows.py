"""Not coming: excused or not, in proportion, forgotten with time, objected to and answered by somebody else."""

from datetime import timedelta

import pytest

from db import access, clock
from db.errors import Refused
from db.system import community
from db.volunteers import checking, no_shows, signing_up, suits
from db.volunteers.reliability import Reliability, reliability
from db.work import unit
from tests.conftest import NOON, Town
from tests.volunteers import making
from tests.volunteers.serving import Place, place


@pytest.fixture(autouse=True)
def long_day(town: Town) -> None:
    making.nobody_is_signed_out()


def missed(town: Town, count: int) -> Place:
    """Somebody who did not come to so many shifts, one each day."""
    mei = place(town)
    kind = making.kind("送餐")
    bookings = [mei.booking]
    for number in range(1, count):
        shift = making.shift(town, kind, days=3 + number)
        bookings.append(signing_up.sign_up(mei.viewer, shift_id=shift).booking_id)
    for number, booking in enumerate(bookings):
        with clock.at(mei.at("09:30", number)):
            checking.absent(town.shen, booking_id=booking)
    return mei


def of(volunteer: int) -> Reliability:
    with unit(access.system(), "hours.view", write=False) as work:
        return reliability(work, volunteer)


def test_one_is_nothing_two_a_reminder_three_a_question_and_all_is_forgotten(town: Town) -> None:
    community.change_setting(town.anna, name="no_show_days", value=30)
    mei = missed(town, 3)
    with clock.at(mei.at("12:00", 2)):
        assert of(mei.volunteer) == Reliability(3, "request", mei.day + timedelta(days=30))
        free = making.shift(town, making.kind("陪聊"), days=5)
        assert [offer.way for offer in suits.for_me(mei.viewer).offers if offer.card.id == free] == ["ask"]
        assert signing_up.sign_up(mei.viewer, shift_id=free).state == "requested"
        other = making.shift(town, making.kind("读报"), days=6)
        assert signing_up.sign_up(town.shen, shift_id=other, volunteer_id=mei.volunteer).state == "booked"
    with clock.at(mei.at("12:00", 31)):
        assert (of(mei.volunteer).count, of(mei.volunteer).level) == (2, "notice")
    with clock.at(mei.at("12:00", 33)):
        assert of(mei.volunteer) == Reliability(0, "", None)
        assert no_shows.mine(mei.viewer)[1] == []


def test_an_excuse_weighs_nothing_and_a_tick_in_error_is_taken_back(town: Town) -> None:
    mei = place(town)
    with clock.at(mei.at("08:50")), pytest.raises(Refused, match="check.not_begun"):
        checking.absent(town.shen, booking_id=mei.booking)
    with clock.at(mei.at("09:30")):
        checking.absent(town.shen, booking_id=mei.booking)
        assert of(mei.volunteer).count == 1
        checking.undo(town.shen, booking_id=mei.booking)
        assert of(mei.volunteer).count == 0
        checking.absent(town.shen, booking_id=mei.booking, excused=True, reason="住院")
        assert of(mei.volunteer).count == 0
        assert [one.excused for one in no_shows.listed(town.anna)] == [True]


@pytest.mark.parametrize("right", [True, False])
def test_an_objection_suspends_it_until_somebody_else_answers(town: Town, right: bool) -> None:
    mei = missed(town, 2)
    _du, du = making.volunteer(town, "杜鹃")
    with clock.at(mei.at("12:00", 2)):
        _level, (last, _first) = no_shows.mine(mei.viewer)
        with pytest.raises(Refused, match="record.not_found"):
            no_shows.object_to(du, no_show_id=last.id, why="我来了")
        no_shows.object_to(mei.viewer, no_show_id=last.id, why="我来了，门锁着")
        with pytest.raises(Refused, match="no_show.objected"):
            no_shows.object_to(mei.viewer, no_show_id=last.id, why="真的来了")
        assert of(mei.volunteer).count == 1
        assert no_shows.listed(town.anna)[0].open
        with pytest.raises(Refused, match="no_show.own"):
            no_shows.answer(town.shen, no_show_id=last.id, right=False, text="没看到")
        with pytest.raises(Refused, match="area.outside"):
            no_shows.answer(town.qiu, no_show_id=last.id, right=False, text="没看到")
        no_shows.answer(town.lei, no_show_id=last.id, right=right, text="问过门卫")
        with pytest.raises(Refused, match="no_show.answered"):
            no_shows.answer(town.anna, no_show_id=last.id, right=not right, text="再看")
        assert of(mei.volunteer).count == (1 if right else 2)
        assert no_shows.mine(mei.viewer)[1][0].answer == "问过门卫"


def test_nobody_sees_the_no_shows_of_others(town: Town) -> None:
    mei = missed(town, 1)
    _du, du = making.volunteer(town, "杜鹃")
    with clock.at(NOON + timedelta(days=4)):
        assert no_shows.mine(du)[1] == []
        assert no_shows.listed(town.qiu) == []
        with pytest.raises(Refused, match="access.denied"):
            no_shows.listed(mei.viewer)
        assert [one.name for one in no_shows.listed(town.lei)] == ["梅*"]  # leaders read no names


def test_after_several_the_office_confirms_however_one_comes_by_a_place(town: Town) -> None:
    mei = missed(town, 3)
    _du, du = making.volunteer(town, "杜鹃")
    with clock.at(mei.at("12:00", 2)):
        kind = making.kind("陪聊")
        asked = making.shift(town, kind, days=5)
        (invited,) = signing_up.invite(town.shen, shift_id=asked, volunteer_ids=[mei.volunteer])
        assert signing_up.answer(mei.viewer, booking_id=invited, yes=True) == "requested"
        given = making.shift(town, kind, days=6)
        booking = signing_up.sign_up(du, shift_id=given).booking_id
        signing_up.hand_over(du, booking_id=booking)
        with pytest.raises(Refused, match=r"shift\.office"):
            signing_up.take_over(mei.viewer, booking_id=booking)
        assert making.bookings(given) == {"杜鹃": "booked"}
        signing_up.take_over(town.shen, booking_id=booking, volunteer_id=mei.volunteer)
        assert making.bookings(given) == {"梅兰": "booked"}
