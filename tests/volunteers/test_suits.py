"""Which shifts suit whom, in which order, and why."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event

from db import clock, engine
from db.errors import Refused
from db.volunteers import own, shifts, signing_up, suits
from db.volunteers.tables import Pairing, Skill, VolunteerSkill
from tests.conftest import NOON, Town
from tests.volunteers import making


@pytest.fixture(autouse=True)
def awake(town: Town) -> None:
    making.nobody_is_signed_out()


def ids(found: suits.Found) -> list[int]:
    return [one.card.id for one in found.offers]


def test_the_best_come_first_each_with_its_reasons(town: Town) -> None:
    _mei, mei = making.volunteer(
        town, "梅兰", available=[f"{day}-{hour}" for day in range(7) for hour in (9, 10)]
    )
    patrol, visit = making.kind("巡逻"), making.kind("上门探访", minimum=1)
    far = making.shift(town, patrol, days=20, area_id=town.south, start="14:00")
    near = making.shift(town, visit, days=20, start="09:00")
    soon = making.shift(town, patrol, days=2, start="09:00")
    found = suits.for_me(mei)
    assert ids(found) == [soon, near, far]
    assert [one.reasons for one in found.offers] == [("needed", "grid", "hours"), ("grid", "hours"), ()]


def test_what_was_done_before_and_who_was_visited_before_count(town: Town) -> None:
    mei_id, mei = making.volunteer(town, "梅兰")
    elder, other = making.elder(town), making.elder(town, "李奶奶")
    visit = making.kind(elder_visited=True)
    done = making.shift(town, visit, days=1, resident_id=elder)
    signing_up.sign_up(mei, shift_id=done)
    with clock.at(NOON + timedelta(days=3)):
        same = making.shift(town, visit, days=20, resident_id=elder)
        new = making.shift(town, visit, days=20, resident_id=other, start="14:00")
        reasons = {one.card.id: one.reasons for one in suits.for_me(mei).offers}
    assert "elder" in reasons[same]
    assert "elder" not in reasons[new]
    assert "before" in reasons[same]
    assert "before" in reasons[new]
    assert mei_id


def test_full_ones_and_those_that_do_not_fit_are_left_out_and_say_why(town: Town) -> None:
    _mei, mei = making.volunteer(town, "梅兰")
    _du, du = making.volunteer(town, "杜鹃")
    kind = making.kind(maximum=1, rest_after=0)
    first = making.shift(town, kind, days=3, start="09:00")
    at_once = making.shift(town, kind, days=3, start="10:00")
    full = making.shift(town, kind, days=4)
    good = making.shift(town, kind, days=5)
    first_aid = making.shift(town, making.kind("急救", skills=["first_aid"]), days=6)
    called_off = making.shift(town, kind, days=7)
    shifts.cancel(town.anna, shift_id=called_off, why="下雨")
    signing_up.sign_up(mei, shift_id=first)
    signing_up.sign_up(du, shift_id=full)
    found = suits.for_me(mei)
    assert ids(found) == [good]
    assert not found.more
    everything = {one.card.id: one for one in suits.for_me(mei, everything=True).offers}
    assert set(everything) == {at_once, full, good, first_aid}
    assert [code for code, _facts in everything[at_once].against] == ["overlap"]
    assert [code for code, _facts in everything[first_aid].against] == ["skill"]
    assert everything[full].way == "wait"


def test_judging_many_says_the_same_as_judging_one(town: Town) -> None:
    du_id, du = making.volunteer(town, "杜鹃")
    mei_id, mei = making.volunteer(
        town, "梅兰", week_hours=3, floors=2, visits_sex="f", areas=[str(town.north)]
    )
    with engine.writing() as session:
        session.add(Skill(code="drive", name="驾驶"))
        session.flush()
        session.add(VolunteerSkill(volunteer_id=mei_id, skill="drive", expires_on=date(2026, 12, 1)))
        session.add(Pairing(volunteer_id=du_id, other_id=mei_id, wanted=False))
    visit, drive = making.kind(elder_visited=True), making.kind("送餐", skills=["drive"], maximum=3)
    made = [
        making.shift(town, kind, days=day, start=start, area_id=area, resident_id=elder)
        for day in (1, 2, 5, 12)
        for start in ("09:00", "11:10", "18:00")
        for area in (town.north, town.south)
        for kind, elder in (
            (visit, making.elder(town, f"{day}{start}{area}", sex="m" if day == 2 else "f")),
            (drive, None),
        )
    ]
    signing_up.sign_up(du, shift_id=made[8])
    signing_up.sign_up(mei, shift_id=made[5])
    judged = {
        one.card.id: {*dict(one.against), *dict(one.said)}
        for one in suits.for_me(mei, limit=99, everything=True).offers
    }
    assert len({code for codes in judged.values() for code in codes}) > 5
    for shift_id, codes in judged.items():
        assert codes == {one.code for one in signing_up.fitting(mei, shift_id=shift_id)}, shift_id


def test_what_one_can_do_depends_on_how_one_signs_up(town: Town) -> None:
    _mei, mei = making.volunteer(town, "梅兰")
    kind = making.kind()
    closes = NOON + timedelta(days=1)
    wanted = {
        making.shift(town, kind, days=3): "take",
        making.shift(town, kind, days=4, mode="request"): "ask",
        making.shift(town, kind, days=5, mode="lottery", closes_at=closes): "enter",
        making.shift(town, kind, days=6, opens_at=closes): "later",
        making.shift(town, kind, days=7, mode="invite"): "",
    }
    found = {one.card.id: one.way for one in suits.for_me(mei, everything=True).offers}
    assert found == wanted
    with clock.at(closes):
        assert [one.way for one in suits.for_me(mei, everything=True).offers] == [
            "take",
            "ask",
            "",
            "take",
            "",
        ]


def test_a_place_that_anybody_may_take_is_offered_though_it_is_full(town: Town) -> None:
    (_a, mei), (_b, du) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃"))
    shift = making.shift(town, making.kind(maximum=1))
    booking = signing_up.sign_up(mei, shift_id=shift).booking_id
    assert suits.for_me(du).offers == ()
    signing_up.hand_over(mei, booking_id=booking)
    one = suits.for_me(du).offers[0]
    assert (one.way, one.handing, one.card.state) == ("over", booking, "at_risk")
    assert [(ask.kind, ask.booking_id, ask.who) for ask in own.asked(du)] == [("anybody", booking, "兰")]
    assert own.asked(mei) == []


def test_the_days_tell_how_much_there_is(town: Town) -> None:
    mei_id, mei = making.volunteer(town, "梅兰")
    kind = making.kind(maximum=1)
    one, two = making.shift(town, kind, days=3), making.shift(town, kind, days=3, start="15:00")
    signing_up.sign_up(mei, shift_id=one)
    signing_up.invite(town.anna, shift_id=two, volunteer_ids=[mei_id])  # no place yet
    day = clock.today() + timedelta(days=3)
    assert suits.days(mei) == {day: suits.DayCount(2, 1, 1)}
    assert suits.days(town.shen) == {day: suits.DayCount(2, 1, 0)}
    assert [offer.mine for offer in suits.on(mei, day=day).offers] == ["booked", "invited"]


def test_hundreds_of_shifts_cost_as_many_queries_as_one(town: Town) -> None:
    _mei, mei = making.volunteer(town, "梅兰")
    kind = making.kind()

    def queries() -> int:
        asked: list[str] = []

        def note(_c: object, _u: object, statement: str, *_rest: object) -> None:
            asked.append(statement)

        event.listen(engine.current(), "before_cursor_execute", note)
        suits.for_me(mei)
        event.remove(engine.current(), "before_cursor_execute", note)
        return len(asked)

    making.shift(town, kind)
    few = queries()
    for day in range(1, 27):
        making.shift(town, kind, days=day, start="15:00")
    assert queries() == few


def test_who_is_no_volunteer_is_told(town: Town) -> None:
    with pytest.raises(Refused, match="volunteer.none"):
        suits.for_me(town.vera)


@pytest.mark.parametrize(
    ("name", "first"),
    [("张桂梅", "桂梅"), ("张伟", "伟"), ("欧阳修", "修"), ("欧阳明月", "明月"), ("Mary Poppins", "Mary"), ("兰", "兰")],
)  # fmt: skip
def test_first_names(name: str, first: str) -> None:
    assert own.first_name(name) == first


def test_weeks_that_are_full_are_left_out_and_all_else_is_as_judged(town: Town) -> None:
    _mei, mei = making.volunteer(town, "梅兰", week_hours=4)
    kind = making.kind(maximum=3)
    made = [
        making.shift(town, kind, days=day, start=start)
        for day in range(1, 20)
        for start in ("08:00", "13:00")
    ]
    for shift in (made[0], made[2], made[14]):  # four hours in the first week, two in the second
        signing_up.sign_up(mei, shift_id=shift)
    everything = suits.for_me(mei, limit=99, everything=True).offers
    suiting = suits.for_me(mei, limit=99).offers
    assert {one.card.id for one in suiting} == {one.card.id for one in everything if one.open}
    assert 0 < len(suiting) < len(everything)
    assert {code for one in everything for code, _facts in one.against} == {"own_week"}


def test_places_that_nobody_can_take_do_not_hide_what_one_is_asked(town: Town) -> None:
    people = [making.volunteer(town, f"梅{number}") for number in range(3)]
    kind = making.kind(maximum=1)
    for day in range(1, 24):
        booking = signing_up.sign_up(people[0][1], shift_id=making.shift(town, kind, days=day)).booking_id
        signing_up.hand_over(people[0][1], booking_id=booking)
    late = making.shift(town, kind, days=26)
    booking = signing_up.sign_up(people[0][1], shift_id=late).booking_id
    signing_up.hand_over(people[0][1], booking_id=booking, to=people[1][0])
    assert next((one.kind, one.booking_id) for one in own.asked(people[1][1])) == ("handover", booking)
    assert [one.kind for one in own.asked(people[2][1])] == ["anybody", "anybody"]
