"""Signing up for activities: places, waiting lines with priorities, terms, clashes over shifts and activities."""

from datetime import date, datetime, timedelta

import pytest

from db import clock, lots
from db.activities import activities, programme, signing_up
from db.errors import Refused
from db.volunteers import signing_up as shift_signing_up
from tests.activities.making import activity, many_residents, resident
from tests.conftest import Town
from tests.volunteers import making


def states(activity_id: int, town: Town, slot_id: int | None = None) -> dict[str, str]:
    return {
        one.name: one.state for one in signing_up.holders(town.anna, activity_id=activity_id, slot_id=slot_id)
    }


def test_staff_signs_up_an_elder_who_has_no_account(town: Town) -> None:
    guest, tea = resident(town, "张桂梅"), activity(town)
    done = signing_up.sign_up(town.shen, activity_id=tea, resident_id=guest)
    assert (done.state, done.name) == ("booked", "张桂梅")
    assert programme.card(town.shen, activity_id=tea).taken == 1
    with pytest.raises(Refused, match="place.already"):
        signing_up.sign_up(town.shen, activity_id=tea, resident_id=guest)


def test_a_colleague_of_another_grid_signs_up_only_people_of_the_own_patch(town: Town) -> None:
    guest, tea = resident(town, "张桂梅"), activity(town)
    with pytest.raises(Refused, match="record.not_found"):
        signing_up.sign_up(town.qiu, activity_id=tea, resident_id=guest)
    other = resident(town, "林秀英", building=town.building_3)
    signing_up.sign_up(town.qiu, activity_id=tea, resident_id=other)
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=guest)
    assert [one.name for one in signing_up.holders(town.qiu, activity_id=tea)] == ["林秀英"]
    assert len(signing_up.holders(town.shen, activity_id=tea)) == 2


def test_nobody_signs_up_for_a_draft_and_only_its_makers_see_it(town: Town) -> None:
    guest, tea = resident(town, "张桂梅"), activity(town, announce=False)
    with pytest.raises(Refused, match="activity.draft"):
        signing_up.sign_up(town.shen, activity_id=tea, resident_id=guest)
    with pytest.raises(Refused, match="record.not_found"):
        programme.card(town.qiu, activity_id=tea)
    assert [one.id for one in programme.overview(town.shen, stage="draft")] == [tea]
    assert programme.overview(town.qiu, stage="draft") == []


def test_who_never_came_and_lives_alone_stands_before_others_in_the_line(town: Town) -> None:
    first = resident(town, "甲有位")
    usual = resident(town, "乙常来", living="family")
    alone = resident(town, "丙独居", living="alone")
    tea = activity(town, capacity=1, priorities=["alone"])
    assert signing_up.sign_up(town.shen, activity_id=tea, resident_id=first).state == "booked"
    assert signing_up.sign_up(town.shen, activity_id=tea, resident_id=usual).line == 1
    late = signing_up.sign_up(town.shen, activity_id=tea, resident_id=alone)
    assert (late.state, late.line, late.first) == ("waiting", 1, ("alone",))
    shown = signing_up.holders(town.shen, activity_id=tea)
    assert [(one.name, one.line, one.first) for one in shown] == [
        ("甲有位", 0, ()), ("丙独居", 1, ("alone",)), ("乙常来", 2, ()),
    ]  # fmt: skip
    signing_up.leave(town.shen, booking_id=shown[0].booking_id)
    assert states(tea, town) == {"丙独居": "booked", "乙常来": "waiting"}
    making.assert_counters_equal_the_rows()


def test_a_place_in_a_term_is_one_in_each_date_to_come(town: Town) -> None:
    guest = resident(town, "张桂梅")
    term = activity(town, "太极班", times=4, capacity=2)
    done = signing_up.sign_up(town.shen, activity_id=term, resident_id=guest)
    dates = programme.sessions(town.shen, activity_id=term)
    assert [one.taken for one in dates] == [1, 1, 1, 1]
    with clock.at(dates[1].ends_at + timedelta(minutes=1)):
        making.nobody_is_signed_out()
        signing_up.leave(town.shen, booking_id=done.booking_id)
        assert [one.taken for one in programme.sessions(town.shen, activity_id=term)] == [1, 1, 0, 0]
    making.assert_counters_equal_the_rows()


def test_who_waits_for_a_term_moves_up_into_every_date(town: Town) -> None:
    first, second = resident(town, "张桂梅"), resident(town, "林秀英")
    term = activity(town, "太极班", times=3, capacity=1, days=5)
    has = signing_up.sign_up(town.shen, activity_id=term, resident_id=first)
    assert signing_up.sign_up(town.shen, activity_id=term, resident_id=second).state == "waiting"
    signing_up.leave(town.shen, booking_id=has.booking_id)
    assert states(term, town) == {"林秀英": "booked"}
    assert [one.taken for one in programme.sessions(town.shen, activity_id=term)] == [1, 1, 1]
    making.assert_counters_equal_the_rows()


def test_a_shift_at_the_same_time_stands_against_a_class_and_the_class_against_a_shift(town: Town) -> None:
    guest = resident(town, "张桂梅")
    helper, viewer = making.volunteer(town, "张桂梅", resident_id=guest)
    term = activity(town, "太极班", times=3)
    kind = making.kind()
    second_week = making.shift(town, kind, days=10, start="10:00")
    shift_signing_up.sign_up(viewer, shift_id=second_week)
    with pytest.raises(Refused, match="activity.unfit") as refused:
        signing_up.sign_up(town.shen, activity_id=term, resident_id=guest, override="她说可以")
    assert refused.value.facts["never"] and refused.value.facts["clashes"][0][0] == "overlap"
    (booking,) = making.bookings(second_week)
    assert booking == "张桂梅"
    free = making.shift(town, kind, days=17, start="09:30")
    other_term = activity(town, "书法班", times=2, days=17)
    signing_up.sign_up(viewer, activity_id=other_term)
    with pytest.raises(Refused, match="shift.unfit"):
        shift_signing_up.sign_up(viewer, shift_id=free, volunteer_id=helper)


def test_too_young_is_refused_unless_staff_says_why(town: Town) -> None:
    guest = resident(town, "刘小亮", born=date(1996, 5, 1))
    tea = activity(town, age_from=60)
    with pytest.raises(Refused, match="activity.unfit") as refused:
        signing_up.sign_up(town.shen, activity_id=tea, resident_id=guest)
    assert not refused.value.facts["never"]
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=guest, override="陪外婆来")
    assert signing_up.holders(town.shen, activity_id=tea)[0].overridden == "age: 陪外婆来"


def test_a_volunteer_signs_up_only_themselves_and_whom_they_look_after(town: Town) -> None:
    from db import engine
    from db.volunteers.tables import Pairing

    elder, stranger = resident(town, "张桂梅"), resident(town, "林秀英")
    helper, viewer = making.volunteer(town, "高云")
    tea = activity(town)
    with engine.writing() as session:
        session.add(Pairing(volunteer_id=helper, resident_id=elder, wanted=True))
    signing_up.sign_up(viewer, activity_id=tea)
    signing_up.sign_up(viewer, activity_id=tea, resident_id=elder)
    with pytest.raises(Refused, match="record.not_found"):
        signing_up.sign_up(viewer, activity_id=tea, resident_id=stranger)
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=stranger)
    assert {one.name for one in signing_up.holders(viewer, activity_id=tea)} == {"高云", "张桂梅"}
    assert {row.name for row in signing_up.own_bookings(viewer)} == {"高云", "张桂梅"}
    (theirs,) = [one for one in signing_up.holders(town.shen, activity_id=tea) if one.name == "林秀英"]
    with pytest.raises(Refused, match="record.not_found"):
        signing_up.leave(viewer, booking_id=theirs.booking_id)


def test_the_place_to_meet_holds_one_activity_at_a_time(town: Town) -> None:
    from db import engine
    from db.activities.tables import Venue

    with engine.writing() as session:
        hall = Venue(name="一楼活动室", area_id=town.north, area_path=town.path(town.north), capacity=20)
        session.add(hall)
        session.flush()
        hall_id = hall.id
    activity(town, "太极班", times=3, venue_id=hall_id)
    with pytest.raises(Refused, match="activity.venue_taken"):
        activity(town, "合唱", days=10, start="10:00", venue_id=hall_id)
    with pytest.raises(Refused, match="form.invalid"):
        activity(town, "合唱", days=11, capacity=21, venue_id=hall_id)
    activity(town, "合唱", days=10, start="10:30", venue_id=hall_id)


def test_calling_off_tells_everybody_once_and_gives_all_places_back(town: Town) -> None:
    from sqlalchemy import func, select

    from db import engine
    from db.system.messages import Message

    term = activity(town, "太极班", times=3, capacity=2)
    for name in ("张桂梅", "林秀英", "周国强"):
        signing_up.sign_up(town.shen, activity_id=term, resident_id=resident(town, name))
    assert activities.cancel(town.shen, activity_id=term, why="教室漏水") == 3
    with engine.reading() as session:
        sent = select(func.count()).select_from(Message).where(Message.kind == "activity.cancelled")  # type: ignore[arg-type]
        assert session.execute(sent).scalar() == 3
    assert states(term, town) == {}
    making.assert_counters_equal_the_rows()
    with pytest.raises(Refused, match="place.closed"):
        signing_up.sign_up(town.shen, activity_id=term, resident_id=resident(town, "新来的"))


def test_a_lottery_is_drawn_after_it_closes_and_can_be_worked_out_again(town: Town) -> None:
    closes = datetime.combine(clock.today() + timedelta(days=1), datetime.min.time(), clock.PLACE)
    trip = activity(town, "秋游", days=4, capacity=3, mode="lottery", closes_at=closes)
    for one in many_residents(town, 8):
        assert signing_up.sign_up(town.shen, activity_id=trip, resident_id=one).state == "entered"
    with pytest.raises(Refused, match="activity.lottery_open"):
        signing_up.draw_lots(town.shen, activity_id=trip)
    making.nobody_is_signed_out()
    with clock.at(closes + timedelta(hours=10)):
        won, left = signing_up.draw_lots(town.shen, activity_id=trip)
    assert (len(won), len(left)) == (3, 5)
    seed = making.slot(programme.sessions(town.shen, activity_id=trip)[0].id).seed
    assert sorted([*won, *left], key=lambda one: lots.lot(seed, one))[:3] == won
    making.assert_counters_equal_the_rows()


def test_helpers_wanted_become_shifts_when_it_is_announced(town: Town) -> None:
    kind = making.kind("活动协助")
    trip = activity(town, "秋游", helper_kind_id=kind, helpers=3)
    (date_of,) = programme.sessions(town.shen, activity_id=trip)
    assert date_of.shift_id and making.slot(date_of.shift_id).capacity == 3
    activities.cancel(town.shen, activity_id=trip, why="下雨")
    assert making.slot(date_of.shift_id).cancelled_at is not None
