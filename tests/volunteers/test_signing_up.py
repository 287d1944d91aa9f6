"""Signing up for shifts: who can, who cannot and why, waiting, offers, handing over, giving back."""

from datetime import datetime, timedelta

import pytest

from db import clock, engine, lots, places
from db.errors import Refused
from db.identity import Setting
from db.system import community
from db.volunteers import shifts, signing_up, suits
from tests.conftest import NOON, Town
from tests.volunteers import making


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [code for code, _facts in refused.value.facts["clashes"]]


@pytest.fixture(autouse=True)
def counters(town: Town) -> object:
    making.nobody_is_signed_out()
    yield
    making.assert_counters_equal_the_rows()


def test_what_is_noted_beside_the_settings_is_no_rule_of_shifts(town: Town) -> None:
    """Such as the day that the due dates are of: every community notes it each day."""
    with engine.writing() as session:
        session.merge(Setting(name="care_day", value="2026-11-28"))
    _mei, mei = making.volunteer(town, "梅兰")
    shift = making.shift(town, making.kind())
    assert [one.card.id for one in suits.for_me(mei).offers] == [shift]
    assert signing_up.sign_up(mei, shift_id=shift).state == "booked"
    assert "care_day" not in community.all_settings(town.anna)


def test_a_place_is_taken_and_given_back(town: Town) -> None:
    shift = making.shift(town, making.kind())
    _mei, mei = making.volunteer(town, "梅兰")
    done = signing_up.sign_up(mei, shift_id=shift)
    assert (done.state, making.slot(shift).taken) == ("booked", 1)
    signing_up.leave(mei, booking_id=done.booking_id)
    assert making.bookings(shift) == {}
    assert signing_up.sign_up(mei, shift_id=shift).state == "booked"


def test_who_comes_too_late_waits_and_moves_up(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=1))
    people = [making.volunteer(town, name)[1] for name in ("梅兰", "杜鹃", "石竹")]
    first = signing_up.sign_up(people[0], shift_id=shift)
    with pytest.raises(Refused, match="place.full"):
        signing_up.sign_up(people[1], shift_id=shift)
    second = signing_up.sign_up(people[1], shift_id=shift, or_wait=True)
    third = signing_up.sign_up(people[2], shift_id=shift, or_wait=True)
    assert [(one.state, one.line) for one in (second, third)] == [("waiting", 1), ("waiting", 2)]
    signing_up.leave(people[0], booking_id=first.booking_id)
    assert making.bookings(shift) == {"杜鹃": "booked", "石竹": "waiting"}


def test_shortly_before_the_next_one_is_asked_and_has_until_a_deadline_without_the_night(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=1, cancel_hours=0), days=1, start="11:00")
    (_a, mei), (_b, du), (_c, shi) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃", "石竹"))
    first = signing_up.sign_up(mei, shift_id=shift)
    second = signing_up.sign_up(du, shift_id=shift, or_wait=True)
    signing_up.sign_up(shi, shift_id=shift, or_wait=True)
    with clock.at(NOON + timedelta(hours=8)):  # eight in the evening
        signing_up.leave(mei, booking_id=first.booking_id)
        assert making.bookings(shift) == {"杜鹃": "offered", "石竹": "waiting"}
        assert making.slot(shift).taken == 1
    with clock.at(NOON + timedelta(hours=20, minutes=59)):  # one hour of the two was left in the evening
        assert places.lapse() == []
    with clock.at(NOON + timedelta(hours=21, minutes=1)):
        assert places.lapse() == [shift]
        assert making.bookings(shift) == {"石竹": "offered"}
        with pytest.raises(Refused, match="place.moved"):
            signing_up.answer(du, booking_id=second.booking_id, yes=True)


def test_at_night_nobody_is_asked(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=1, cancel_hours=0), days=1, start="11:00")
    (_a, mei), (_b, du) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃"))
    first = signing_up.sign_up(mei, shift_id=shift)
    second = signing_up.sign_up(du, shift_id=shift, or_wait=True)
    with clock.at(NOON + timedelta(hours=11)):
        signing_up.leave(mei, booking_id=first.booking_id)
        assert making.bookings(shift) == {"杜鹃": "waiting"}
        assert places.fill_all() == []
    with clock.at(NOON + timedelta(hours=20, minutes=1)):
        assert places.fill_all() == [second.booking_id]
        assert signing_up.answer(du, booking_id=second.booking_id, yes=True) == "booked"


def test_the_way_between_is_counted_by_place(town: Town) -> None:
    north, south = making.kind("探访"), making.kind("送餐")
    first = making.shift(town, north)
    soon = making.shift(town, south, start="11:10", area_id=town.south)
    same = making.shift(town, south, start="11:00")
    inside = making.shift(town, south, start="10:00")
    _mei, mei = making.volunteer(town, "梅兰")
    signing_up.sign_up(mei, shift_id=first)
    for other, code in ((soon, "travel"), (inside, "overlap")):
        with pytest.raises(Refused) as refused:
            signing_up.sign_up(mei, shift_id=other)
        assert codes(refused) == [code]
    assert signing_up.sign_up(mei, shift_id=same).state == "booked"


def test_nobody_serves_more_than_the_hours_of_a_day(town: Town) -> None:
    long = making.kind("值守", minutes=300)
    morning, evening = (making.shift(town, long, start=start) for start in ("07:00", "13:00"))
    _mei, mei = making.volunteer(town, "梅兰")
    signing_up.sign_up(mei, shift_id=morning)
    with pytest.raises(Refused) as refused:
        signing_up.sign_up(mei, shift_id=evening)
    assert codes(refused) == ["day"]


def test_a_refusal_says_why_and_what_is_possible_instead(town: Town) -> None:
    skilled, other = making.kind("陪诊", skills=["first_aid"]), making.kind("陪聊")
    shift, free = making.shift(town, skilled), making.shift(town, other, days=4)
    _mei, mei = making.volunteer(town, "梅兰")
    with pytest.raises(Refused) as refused:
        signing_up.sign_up(mei, shift_id=shift)
    assert codes(refused) == ["skill"]
    assert [one.card.id for one in suits.instead(mei, shift_id=shift)] == [free]


def test_staff_overrides_with_a_reason_but_never_two_places_at_once(town: Town) -> None:
    skilled = making.kind("陪诊", skills=["first_aid"])
    shift, same_time = making.shift(town, skilled), making.shift(town, making.kind("巡逻"))
    mei, _viewer = making.volunteer(town, "梅兰")
    with pytest.raises(Refused, match="shift.unfit"):
        signing_up.sign_up(town.shen, shift_id=shift, volunteer_id=mei)
    signing_up.sign_up(town.shen, shift_id=shift, volunteer_id=mei, override="有护士同行")
    (holder,) = shifts.holders(town.shen, shift_id=shift)
    assert holder.overridden == "skill: 有护士同行"
    with pytest.raises(Refused) as refused:
        signing_up.sign_up(town.shen, shift_id=same_time, volunteer_id=mei, override="没有别人")
    assert refused.value.facts["never"]


def test_staff_of_another_grid_signs_nobody_up(town: Town) -> None:
    shift = making.shift(town, making.kind())
    mei, _viewer = making.volunteer(town, "梅兰")
    with pytest.raises(Refused, match="area.outside"):
        signing_up.sign_up(town.qiu, shift_id=shift, volunteer_id=mei)


def test_a_volunteer_acts_only_for_themselves(town: Town) -> None:
    shift = making.shift(town, making.kind())
    mei_id, mei = making.volunteer(town, "梅兰")
    _du, du = making.volunteer(town, "杜鹃")
    done = signing_up.sign_up(mei, shift_id=shift)
    with pytest.raises(Refused, match="record.not_found"):
        signing_up.sign_up(du, shift_id=shift, volunteer_id=mei_id)
    for act in (signing_up.leave, signing_up.hand_over, signing_up.keep, signing_up.confirm):
        with pytest.raises(Refused, match="record.not_found"):
            act(du, booking_id=done.booking_id)


def test_exactly_one_takes_over_and_until_then_the_first_stays_responsible(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=1))
    (_a, mei), (_b, du), (_c, shi) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃", "石竹"))
    done = signing_up.sign_up(mei, shift_id=shift)
    signing_up.hand_over(mei, booking_id=done.booking_id)
    assert (making.bookings(shift), shifts.one(mei, shift_id=shift).state) == ({"梅兰": "booked"}, "at_risk")
    signing_up.take_over(du, booking_id=done.booking_id)
    assert making.bookings(shift) == {"杜鹃": "booked"}
    with pytest.raises(Refused, match="place.moved"):
        signing_up.take_over(shi, booking_id=done.booking_id)


def test_handing_over_to_somebody_named_is_for_them_alone(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=1))
    (_a, mei), (du_id, du), (_c, shi) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃", "石竹"))
    done = signing_up.sign_up(mei, shift_id=shift)
    signing_up.hand_over(mei, booking_id=done.booking_id, to=du_id)
    with pytest.raises(Refused, match="place.not_yours"):
        signing_up.take_over(shi, booking_id=done.booking_id)
    signing_up.take_over(du, booking_id=done.booking_id)
    assert making.bookings(shift) == {"杜鹃": "booked"}


def test_after_the_deadline_a_reason_is_needed(town: Town) -> None:
    shift = making.shift(town, making.kind(), days=1)
    _mei, mei = making.volunteer(town, "梅兰")
    done = signing_up.sign_up(mei, shift_id=shift)
    with pytest.raises(Refused, match="shift.why_late"):
        signing_up.leave(mei, booking_id=done.booking_id)
    signing_up.leave(mei, booking_id=done.booking_id, why="发烧了")
    (gone,) = shifts.holders(town.shen, shift_id=shift, over=True)
    assert (gone.late, gone.why) == (True, "发烧了")


def test_two_come_together_or_not_at_all(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=3))
    (_a, mei), (du_id, du), (_c, shi) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃", "石竹"))
    (_d, jin), (yin_id, _yin) = (making.volunteer(town, name) for name in ("金桂", "银杏"))
    signing_up.sign_up(shi, shift_id=shift)
    done = signing_up.sign_up(mei, shift_id=shift, partner_id=du_id)
    with pytest.raises(Refused, match="place.full"):
        signing_up.sign_up(jin, shift_id=shift, partner_id=yin_id)
    signing_up.sign_up(jin, shift_id=shift, partner_id=yin_id, or_wait=True)
    signing_up.leave(mei, booking_id=done.booking_id)
    assert making.bookings(shift) == {"石竹": "booked", "金桂": "booked", "银杏": "booked"}
    assert signing_up.sign_up(du, shift_id=making.shift(town, making.kind("巡逻"))).state == "booked"


def test_a_lottery_can_be_worked_out_again_by_everybody(town: Town) -> None:
    closes = datetime.combine(clock.today() + timedelta(days=1), datetime.min.time(), clock.PLACE)
    shift = making.shift(town, making.kind(maximum=2), mode="lottery", closes_at=closes)
    published = shifts.one(town.shen, shift_id=shift).seed
    for name in ("梅兰", "杜鹃", "石竹", "金桂", "银杏"):
        assert signing_up.sign_up(making.volunteer(town, name)[1], shift_id=shift).state == "entered"
    with pytest.raises(Refused, match="shift.lottery_open"):
        signing_up.draw_lots(town.shen, shift_id=shift)
    with clock.at(NOON + timedelta(days=1)):
        won, left = signing_up.draw_lots(town.shen, shift_id=shift)
        seed = shifts.one(town.shen, shift_id=shift).seed
        with pytest.raises(Refused, match="place.drawn"):
            signing_up.draw_lots(town.shen, shift_id=shift)
    assert lots.seed_hash(seed) == published
    assert won + left == sorted(won + left, key=lambda one: lots.lot(seed, one))
    assert (len(won), making.slot(shift).taken, making.slot(shift).waiting) == (2, 2, 3)


def test_a_request_is_decided_by_staff(town: Town) -> None:
    shift = making.shift(town, making.kind(mode="request"))
    (_a, mei), (_b, du) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃"))
    one, two = (signing_up.sign_up(who, shift_id=shift).booking_id for who in (mei, du))
    assert making.slot(shift).taken == 0
    signing_up.decide(town.shen, booking_id=one, yes=True)
    signing_up.decide(town.shen, booking_id=two, yes=False, why="已有经验者")
    assert making.bookings(shift) == {"梅兰": "booked"}


def test_who_is_invited_says_yes_or_no(town: Town) -> None:
    shift = making.shift(town, making.kind(mode="invite"))
    (mei_id, mei), (_b, du) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃"))
    with pytest.raises(Refused, match="shift.invitation"):
        signing_up.sign_up(du, shift_id=shift)
    (booking,) = signing_up.invite(town.shen, shift_id=shift, volunteer_ids=[mei_id])
    assert signing_up.answer(mei, booking_id=booking, yes=True) == "booked"


def test_a_shift_that_is_called_off_gives_everybody_their_time_back(town: Town) -> None:
    kind = making.kind()
    shift, same_time = making.shift(town, kind), making.shift(town, kind)
    _mei, mei = making.volunteer(town, "梅兰")
    signing_up.sign_up(mei, shift_id=shift)
    assert shifts.cancel(town.shen, shift_id=shift, why="台风") == 1
    with pytest.raises(Refused, match="place.closed"):
        signing_up.sign_up(mei, shift_id=shift)
    assert signing_up.sign_up(mei, shift_id=same_time).state == "booked"


def test_a_shift_that_is_moved_takes_its_people_along_and_names_who_cannot(town: Town) -> None:
    kind = making.kind()
    shift, later = making.shift(town, kind), making.shift(town, kind, start="14:00")
    _mei, mei = making.volunteer(town, "梅兰")
    for one in (shift, later):
        signing_up.sign_up(mei, shift_id=one)
    now = shifts.one(town.shen, shift_id=shift)
    trouble = shifts.change(
        town.shen, shift_id=shift, version=now.version, starts_at=now.starts_at + timedelta(hours=6)
    )
    assert trouble == ["梅兰"]
    with pytest.raises(Refused, match="place.too_small"):
        signing_up.sign_up(making.volunteer(town, "杜鹃")[1], shift_id=shift)
        shifts.change(town.shen, shift_id=shift, version=now.version + 1, capacity=1)


def test_fewer_than_needed_is_below_and_a_minor_needs_consent(town: Town) -> None:
    shift = making.shift(town, making.kind(minimum=2, two_required=True, age_from=14))
    _mei, mei = making.volunteer(town, "梅兰")
    assert shifts.one(mei, shift_id=shift).state == "empty"
    signing_up.sign_up(mei, shift_id=shift)
    assert shifts.one(mei, shift_id=shift).state == "below"
    young = clock.today().replace(year=clock.today().year - 15)
    with pytest.raises(Refused) as refused:
        signing_up.sign_up(_with(town, "小雨", born=young), shift_id=shift)
    assert codes(refused) == ["guardian"]
    assert (
        signing_up.sign_up(_with(town, "小雪", born=young, guardian_on=clock.today()), shift_id=shift).state
        == "booked"
    )


def _with(town: Town, name: str, **values: object) -> object:
    from sqlalchemy import update

    from db import engine
    from db.volunteers.tables import Volunteer

    volunteer_id, viewer = making.volunteer(town, name)
    with engine.writing() as session:
        session.execute(update(Volunteer).where(Volunteer.id == volunteer_id).values(**values))  # type: ignore[arg-type]
    return viewer
