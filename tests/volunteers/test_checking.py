"""Coming and leaving: the code and its clock, guessing, the tick list, the paper sheet."""

import threading
from datetime import timedelta

import pytest

from db import clock
from db.errors import Refused
from db.volunteers import approving, checking, shifts, signing_up
from tests.conftest import Town
from tests.volunteers import making, serving
from tests.volunteers.serving import code, entries, place, served


@pytest.fixture(autouse=True)
def long_day(town: Town) -> None:
    making.nobody_is_signed_out()


def test_a_code_checks_in_and_another_one_out(town: Town) -> None:
    mei = place(town)
    with clock.at(mei.at("08:55")):
        done = checking.check(mei.viewer, shift_id=mei.shift, code=code(mei.shift, "in"))
        assert (done.state, done.again) == ("in", False)
        assert [one.state for one in checking.on_now(mei.viewer)] == ["in"]
        _door, people = checking.there(town.shen, shift_id=mei.shift)
        assert [(one.name, one.state) for one in people] == [("梅兰", "in")]
    with clock.at(mei.at("11:02")):
        done = checking.check(mei.viewer, shift_id=mei.shift, code=code(mei.shift, "out"))
        assert (done.state, done.again) == ("out", False)
    (entry,) = entries(mei.volunteer)
    assert (entry.origin, entry.state, entry.minutes, entry.warnings) == ("checked", "waiting", 120, [])


def test_the_code_before_is_taken_and_older_or_later_ones_are_not(town: Town) -> None:
    mei = place(town)
    with clock.at(mei.at("09:00")):
        for back in (2, -1):
            with pytest.raises(Refused, match="check.wrong"):
                checking.check(mei.viewer, shift_id=mei.shift, code=code(mei.shift, "in", back))
        with pytest.raises(Refused, match="check.wrong"):
            checking.check(mei.viewer, shift_id=mei.shift, code=code(mei.shift, "out"))
        assert checking.check(mei.viewer, shift_id=mei.shift, code=code(mei.shift, "in", 1)).state == "in"


def test_a_double_tap_is_one_and_a_code_seen_twice_changes_nothing(town: Town) -> None:
    mei = place(town)
    with clock.at(mei.at("09:00")):
        shown = code(mei.shift, "in")
        checking.check(mei.viewer, shift_id=mei.shift, code=shown)
    with clock.at(mei.at("09:00") + timedelta(seconds=29)):
        assert checking.check(mei.viewer, shift_id=mei.shift, code=shown).again
    with clock.at(mei.at("11:00")):
        shown = code(mei.shift, "out")
        checking.check(mei.viewer, shift_id=mei.shift, code=shown)
        assert checking.check(mei.viewer, shift_id=mei.shift, code=f" {shown[:3]} {shown[3:]} ").again
    with clock.at(mei.at("11:20")):  # out again, later: the first time stands
        assert checking.check(mei.viewer, shift_id=mei.shift, code=code(mei.shift, "out")).again
    (entry,) = entries(mei.volunteer)
    assert entry.out_at == mei.at("11:00")


def test_taps_on_several_phones_at_once_are_one_entry(town: Town) -> None:
    mei = place(town)
    done: list[bool] = []

    def tap() -> None:
        done.append(checking.check(mei.viewer, shift_id=mei.shift, code=code(mei.shift, "in")).again)

    with clock.at(mei.at("09:00")):
        threads = [threading.Thread(target=tap) for _number in range(5)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert sorted(done) == [False, True, True, True, True]
    assert len(entries(mei.volunteer)) == 1


@pytest.mark.parametrize(("time", "days"), [("08:29", 0), ("13:01", 0), ("09:30", -1)])
def test_codes_are_taken_only_around_the_shift(town: Town, time: str, days: int) -> None:
    mei = place(town)
    with clock.at(mei.at(time, days)), pytest.raises(Refused, match="check.window"):
        checking.check(mei.viewer, shift_id=mei.shift, code=code(mei.shift, "in"))
    with clock.at(mei.at(time, days)), pytest.raises(Refused, match="check.window"):
        checking.code(town.shen, shift_id=mei.shift, way="in")


def test_the_right_code_of_one_shift_gives_no_tries_at_another(town: Town) -> None:
    mei, other = place(town), place(town, "杜鹃")
    with clock.at(mei.at("09:00")):
        for _try in range(6):
            with pytest.raises(Refused, match="check\\.(wrong|no_place)"):
                checking.check(mei.viewer, shift_id=other.shift, code="x")
        checking.check(mei.viewer, shift_id=mei.shift, code=code(mei.shift, "in"))
        with pytest.raises(Refused, match="signin.throttled"):
            checking.check(mei.viewer, shift_id=other.shift, code="x")


def test_six_digits_cannot_be_guessed(town: Town) -> None:
    mei, du = place(town), place(town, "杜鹃")
    with clock.at(mei.at("09:00")):
        right = code(mei.shift, "in")
        for _try in range(6):
            with pytest.raises(Refused, match="check.wrong"):
                checking.check(mei.viewer, shift_id=mei.shift, code="000000" if right != "000000" else "1")
        with pytest.raises(Refused, match="signin.throttled"):
            checking.check(mei.viewer, shift_id=mei.shift, code=right)
        assert checking.check(du.viewer, shift_id=du.shift, code=code(du.shift, "in")).state == "in"
    with clock.at(mei.at("09:01")):  # nobody is locked out
        assert checking.check(mei.viewer, shift_id=mei.shift, code=code(mei.shift, "in")).state == "in"


def test_whoever_has_no_place_cannot_check_in_and_other_areas_see_no_code(town: Town) -> None:
    mei = place(town)
    _du, du = making.volunteer(town, "杜鹃")
    with clock.at(mei.at("09:00")):
        with pytest.raises(Refused, match="check.no_place"):
            checking.check(du, shift_id=mei.shift, code=code(mei.shift, "in"))
        with pytest.raises(Refused, match="area.outside"):
            checking.code(town.qiu, shift_id=mei.shift, way="in")
        with pytest.raises(Refused, match="access.denied"):
            checking.code(mei.viewer, shift_id=mei.shift, way="in")
        shown = checking.code(town.shen, shift_id=mei.shift, way="in")
        assert (shown.digits, shown.seconds) == (code(mei.shift, "in"), 30)
        assert shown.path == f"/my-shifts?check={mei.shift}.{shown.digits}"


def test_whoever_has_checked_in_does_not_give_the_place_away_and_keep_the_hours(town: Town) -> None:
    mei = place(town)
    with clock.at(mei.at("08:40")):
        checking.check(mei.viewer, shift_id=mei.shift, code=code(mei.shift, "in"))
        with pytest.raises(Refused, match="shift.there"):
            signing_up.leave(mei.viewer, booking_id=mei.booking, why="有事")
        with pytest.raises(Refused, match="shift.there"):
            signing_up.hand_over(mei.viewer, booking_id=mei.booking)
        checking.undo(town.shen, booking_id=mei.booking)
        signing_up.leave(mei.viewer, booking_id=mei.booking, why="有事")


def test_a_shift_that_was_called_off_has_no_hours(town: Town) -> None:
    mei = place(town)
    shifts.cancel(town.shen, shift_id=mei.shift, why="下大雨")
    with clock.at(mei.at("09:00")), pytest.raises(Refused, match="check.no_place"):
        checking.check(mei.viewer, shift_id=mei.shift, code=code(mei.shift, "in"))


def test_staff_ticks_and_takes_back_until_it_is_approved(town: Town) -> None:
    mei = place(town)
    with clock.at(mei.at("09:05")):
        checking.came(town.shen, booking_id=mei.booking, at=mei.at("09:00"))
        checking.came(town.shen, booking_id=mei.booking)
        checking.undo(town.shen, booking_id=mei.booking)
        checking.came(town.shen, booking_id=mei.booking)
    with clock.at(mei.at("11:00")):
        checking.left(town.shen, booking_id=mei.booking)
        checking.left(town.shen, booking_id=mei.booking)
        first, second = entries(mei.volunteer)
        assert (first.withdrawn_at is None, first.state) == (False, "open")
        assert (second.origin, second.state, second.minutes, second.warnings) == ("list", "waiting", 120, [])
        approving.decide(town.shen, entry_id=second.id or 0, yes=True)
        with pytest.raises(Refused, match="check.decided"):
            checking.undo(town.shen, booking_id=mei.booking)
        with pytest.raises(Refused, match="check.decided"):
            checking.from_paper(town.shen, booking_id=mei.booking, came=mei.at("09:00"), left=mei.at("10:00"))


def test_a_tick_out_makes_checked_hours_ticked_ones(town: Town) -> None:
    mei = place(town)
    with clock.at(mei.at("09:00")):
        checking.check(mei.viewer, shift_id=mei.shift, code=code(mei.shift, "in"))
    with clock.at(mei.at("11:00")):
        checking.left(town.shen, booking_id=mei.booking)
    assert [one.origin for one in entries(mei.volunteer)] == ["list"]


def test_the_paper_sheet_is_entered_later_and_says_so(town: Town) -> None:
    mei = place(town)
    with clock.at(mei.at("10:00")), pytest.raises(Refused, match="check.not_over"):
        checking.from_paper(town.shen, booking_id=mei.booking, came=mei.at("09:00"), left=mei.at("09:30"))
    with clock.at(mei.at("15:00", 1)):
        with pytest.raises(Refused, match="check.times"):
            checking.from_paper(town.shen, booking_id=mei.booking, came=mei.at("09:00"), left=mei.at("15:00"))
        checking.from_paper(town.shen, booking_id=mei.booking, came=mei.at("09:20"), left=mei.at("11:30"))
    (entry,) = entries(mei.volunteer)
    assert (entry.origin, entry.minutes, entry.warnings) == ("paper", 90, ["no_check_in"])  # 100, in quarters


def test_who_was_noted_as_missing_and_comes_is_not_missing(town: Town) -> None:
    mei = place(town)
    with clock.at(mei.at("09:10")):
        checking.absent(town.shen, booking_id=mei.booking)
        assert [one.state for one in checking.there(town.shen, shift_id=mei.shift)[1]] == ["absent"]
        checking.check(mei.viewer, shift_id=mei.shift, code=code(mei.shift, "in"))
        assert [one.state for one in checking.there(town.shen, shift_id=mei.shift)[1]] == ["in"]
        with pytest.raises(Refused, match="check.there"):
            checking.absent(town.shen, booking_id=mei.booking)


def test_the_doors_of_a_day_count_who_is_there(town: Town) -> None:
    mei = place(town)
    place(town, "杜鹃", shift=mei.shift)
    served(town, mei)
    with clock.at(mei.at("11:30")):
        (door,) = checking.doors(town.shen, day=mei.day)
        assert (door.booked, door.there, door.left, door.absent, door.on) == (2, 0, 1, 0, True)
        assert checking.doors(town.qiu, day=mei.day) == []
    assert serving.entries(mei.volunteer)[0].in_by == "code"
