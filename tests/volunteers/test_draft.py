"""The draft of a week: hard rules, fairness, continuity, distance, said line by line, accepted row by row."""

import time as stopwatch
from datetime import date, timedelta
from typing import Any

import pytest

from db import clock, engine
from db.errors import Refused
from db.volunteers import draft, series, shifts, signing_up
from db.volunteers.series import Pattern, weekly
from db.volunteers.tables import Pairing, Volunteer
from tests.conftest import NOON, Town
from tests.volunteers import making

MONDAY = date(2026, 11, 30)


@pytest.fixture(autouse=True)
def counters(town: Town) -> object:
    making.nobody_is_signed_out()
    yield
    making.assert_counters_equal_the_rows()


def helper(town: Town, name: str, **values: Any) -> int:
    return making.volunteer(town, name, account=False, **values)[0]


def proposed(town: Town, by: Any = None) -> list[tuple[int, str]]:
    return [(one.shift_id, one.name) for one in draft.lines(by or town.anna, monday=MONDAY)]


def reasons(town: Town) -> dict[str, dict[str, Any]]:
    return dict(draft.lines(town.anna, monday=MONDAY)[0].reasons)


def test_the_least_used_is_proposed_and_it_is_said_why(town: Town) -> None:
    kind = making.kind(maximum=1)
    mei, _du = helper(town, "梅兰"), helper(town, "杜鹃")
    earlier = making.shift(town, making.kind("巡逻"), days=2)
    signing_up.sign_up(town.anna, shift_id=earlier, volunteer_id=mei)
    shift = making.shift(town, kind, days=8)
    assert draft.propose(town.anna, monday=MONDAY) == draft.Proposed(1, 1)
    assert proposed(town) == [(shift, "杜鹃")]
    assert reasons(town) == {"fair": {"hours": 0.0}, "building": {}}


def test_who_did_the_same_series_before_is_worth_some_hours(town: Town) -> None:
    mei = helper(town, "梅兰")
    helper(town, "杜鹃")
    pattern = Pattern(making.kind(maximum=1), town.north, weekly([1]), NOON.time(), NOON.date(), MONDAY + timedelta(days=6))  # fmt: skip
    series.lay(town.anna, patterns=[pattern])
    first = shifts.between(town.anna, since=NOON, until=NOON + timedelta(days=7))[0]
    signing_up.sign_up(town.anna, shift_id=first.id, volunteer_id=mei)
    with clock.at(NOON + timedelta(days=3)):
        draft.propose(town.anna, monday=MONDAY)
        assert [name for _shift, name in proposed(town)] == ["梅兰"]
        assert reasons(town)["series"] == {"times": 1}
        assert reasons(town)["fair"] == {"hours": 2.0}


def test_who_lives_near_and_named_the_hours_is_preferred(town: Town) -> None:
    helper(town, "远")
    near = helper(town, "近")
    making.shift(town, making.kind(maximum=1), days=8, area_id=town.south)
    with engine.writing() as session:
        one = session.get_one(Volunteer, near)
        one.area_id, one.area_path = town.south, town.path(town.south)
        one.available = ["1-9", "1-10"]
        session.add(one)
    draft.propose(town.anna, monday=MONDAY)
    assert [name for _shift, name in proposed(town)] == ["近"]
    assert {"building", "named"} <= set(reasons(town))


def test_nobody_who_must_not_is_proposed(town: Town) -> None:
    helper(town, "停", status="left")
    helper(town, "少", week_hours=1)
    busy = helper(town, "忙")
    making.shift(town, making.kind(maximum=2), days=8)
    other = making.shift(town, making.kind("巡逻", maximum=1), days=8, start="10:00")
    signing_up.sign_up(town.anna, shift_id=other, volunteer_id=busy)
    assert draft.propose(town.anna, monday=MONDAY) == draft.Proposed(0, 2)
    helper(town, "梅兰")
    making.shift(town, making.kind("急救", maximum=1, skills=["first_aid"]), days=9)
    assert draft.propose(town.anna, monday=MONDAY) == draft.Proposed(1, 3)


def test_two_who_are_not_to_be_together_are_not_proposed_for_one_shift(town: Town) -> None:
    mei, du = helper(town, "梅兰"), helper(town, "杜鹃")
    with engine.writing() as session:
        session.add(Pairing(volunteer_id=mei, other_id=du, wanted=False))
    making.shift(town, making.kind(minimum=2, maximum=2), days=8)
    # The one is known to the other only by what the draft itself proposes.
    assert draft.propose(town.anna, monday=MONDAY) == draft.Proposed(1, 2)


def test_nobody_is_in_two_places_and_the_work_is_spread(town: Town) -> None:
    names = ["梅兰", "杜鹃", "石竹", "丁香"]
    for name in names:
        helper(town, name)
    kind = making.kind(maximum=1)
    for day in (8, 9):
        for start in ("09:00", "10:00"):
            making.shift(town, kind, days=day, start=start)
    draft.propose(town.anna, monday=MONDAY)
    assert sorted(name for _shift, name in proposed(town)) == sorted(names)


def test_who_is_alone_gets_several_places_but_not_at_once(town: Town) -> None:
    helper(town, "梅兰")
    kind = making.kind(maximum=1)
    for start in ("09:00", "10:00", "14:00"):
        making.shift(town, kind, days=8, start=start)
    assert draft.propose(town.anna, monday=MONDAY) == draft.Proposed(2, 3)


def test_accepted_lines_are_bookings_and_stay_when_a_new_draft_is_made(town: Town) -> None:
    for name in ("梅兰", "杜鹃", "石竹"):
        helper(town, name)
    kind = making.kind(maximum=1)
    made = [making.shift(town, kind, days=day) for day in (8, 9, 10)]
    draft.propose(town.anna, monday=MONDAY)
    first, second, _third = draft.lines(town.anna, monday=MONDAY)
    assert draft.accept(town.anna, suggestion_id=first.id).state == "booked"
    draft.put_aside(town.anna, suggestion_id=second.id)
    with pytest.raises(Refused, match="draft.gone"):
        draft.accept(town.anna, suggestion_id=first.id)
    draft.propose(town.anna, monday=MONDAY)
    assert making.bookings(made[0]) == {first.name: "booked"}
    again = dict(proposed(town))
    assert set(again) == {made[1], made[2]}
    assert again[made[1]] != second.name


def test_what_became_impossible_meanwhile_is_refused_and_stays_proposed(town: Town) -> None:
    mei = helper(town, "梅兰")
    making.shift(town, making.kind(maximum=1), days=8)
    draft.propose(town.anna, monday=MONDAY)
    other = making.shift(town, making.kind("巡逻"), days=8, start="10:00")
    signing_up.sign_up(town.anna, shift_id=other, volunteer_id=mei)
    line = draft.lines(town.anna, monday=MONDAY)[0]
    with pytest.raises(Refused, match="shift.unfit"):
        draft.accept(town.anna, suggestion_id=line.id)
    assert [one.id for one in draft.lines(town.anna, monday=MONDAY)] == [line.id]


def test_the_needed_places_come_first(town: Town) -> None:
    helper(town, "梅兰")
    kind = making.kind(maximum=2)
    full = making.shift(town, kind, days=8)
    empty = making.shift(town, kind, days=8)
    signing_up.sign_up(town.anna, shift_id=full, volunteer_id=helper(town, "杜鹃"))
    draft.propose(town.anna, monday=MONDAY)
    assert proposed(town) == [(empty, "梅兰")]


def test_a_worker_drafts_only_the_own_areas_with_the_own_volunteers(town: Town) -> None:
    helper(town, "梅兰")
    making.shift(town, making.kind(maximum=1), days=8)
    with pytest.raises(Refused, match="draft.nothing"):
        draft.propose(town.qiu, monday=MONDAY)
    draft.propose(town.shen, monday=MONDAY)
    line = draft.lines(town.shen, monday=MONDAY)[0]
    assert draft.lines(town.qiu, monday=MONDAY) == []
    with pytest.raises(Refused, match="area.outside"):
        draft.accept(town.qiu, suggestion_id=line.id)


def test_who_could_help_is_suggested_for_one_shift_and_nothing_is_kept(town: Town) -> None:
    mei = helper(town, "梅兰")
    helper(town, "杜鹃")
    shift = making.shift(town, making.kind(), days=8)
    signing_up.sign_up(town.anna, shift_id=shift, volunteer_id=mei)
    assert [one.name for one in draft.suggested(town.anna, shift_id=shift)] == ["杜鹃"]
    assert proposed(town) == []


@pytest.mark.sqlite_only
def test_three_hundred_volunteers_and_a_hundred_places_take_about_two_seconds(town: Town) -> None:
    making.many_volunteers(town, 300)
    pattern = [
        Pattern(making.kind(f"工作{hour}", maximum=5), town.north, weekly(range(5)), NOON.time().replace(hour=hour), MONDAY,
                MONDAY + timedelta(days=6))
        for hour in (8, 10, 14, 16)
    ]  # fmt: skip
    series.lay(town.anna, patterns=pattern)
    began = stopwatch.perf_counter()
    assert draft.propose(town.anna, monday=MONDAY) == draft.Proposed(100, 100)
    took = stopwatch.perf_counter() - began
    print(f"300 volunteers, 100 places: {took:.2f} s")
    assert took < 6  # about two on a quiet machine
    assert len({name for _shift, name in proposed(town)}) == 100  # nobody twice while others are free
