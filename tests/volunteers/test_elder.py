"""Whom a volunteer visits: seen by the one who has the place, around the visit only, and each look is recorded."""

from datetime import timedelta

import pytest

from db import clock, engine
from db.access import Viewer
from db.errors import Refused
from db.people.tables import Resident
from db.people.timeline import who_looked
from db.volunteers import elder, own, shifts, signing_up, suits
from db.volunteers.elder import Elder
from tests.conftest import NOON, Town
from tests.volunteers import making

MINUTE = timedelta(minutes=1)
DAY = timedelta(hours=24)


class Visit:
    """A visit in three days from nine to eleven, booked by Mei."""

    def __init__(self, town: Town) -> None:
        self.resident = making.elder(town)
        kind = making.kind(elder_visited=True, maximum=1)
        self.shift = making.shift(town, kind, resident_id=self.resident, note="耳背，敲门请响一点")
        self.mei: Viewer = making.volunteer(town, "梅兰")[1]
        self.booking = signing_up.sign_up(self.mei, shift_id=self.shift).booking_id
        slot = making.slot(self.shift)
        self.starts, self.ends = slot.starts_at, slot.ends_at


@pytest.fixture
def visit(town: Town) -> Visit:
    making.nobody_is_signed_out()
    return Visit(town)


def refused(viewer: Viewer, booking_id: int) -> str:
    with pytest.raises(Refused) as caught:
        elder.look(viewer, booking_id)
    return caught.value.code


def test_the_window_opens_and_closes_to_the_minute(visit: Visit) -> None:
    with clock.at(visit.starts - DAY - MINUTE):
        with pytest.raises(Refused, match="elder.not_yet") as caught:
            elder.look(visit.mei, visit.booking)
        assert caught.value.facts == {"from_at": visit.starts - DAY}
    for moment in (visit.starts - DAY, visit.starts, visit.ends + DAY):
        with clock.at(moment):
            seen = elder.look(visit.mei, visit.booking)
            assert seen == Elder("张桂梅", "1-2-601", "13851740001", "耳背，敲门请响一点")
    with clock.at(visit.ends + DAY + MINUTE):
        assert refused(visit.mei, visit.booking) == "elder.over"


def test_each_look_is_in_the_list_that_the_person_may_ask_for(town: Town, visit: Visit) -> None:
    assert who_looked(town.shen, resident_id=visit.resident) == []
    with clock.at(visit.starts):
        elder.look(visit.mei, visit.booking)
        elder.look(visit.mei, visit.booking)
    looks = who_looked(town.shen, resident_id=visit.resident)
    assert [(one.actor, one.visits) for one in looks] == [("梅兰", True)] * 2
    assert looks[0].reason == "上门探访 2026-11-26 09:00"


def test_a_refused_look_leaves_nothing(town: Town, visit: Visit) -> None:
    assert refused(visit.mei, visit.booking) == "elder.not_yet"
    assert who_looked(town.shen, resident_id=visit.resident) == []


def test_nobody_else_sees_it(town: Town, visit: Visit) -> None:
    _du, du = making.volunteer(town, "杜鹃")
    with clock.at(visit.starts):
        assert refused(du, visit.booking) == "record.not_found"
        assert refused(town.qiu, visit.booking) == "access.denied"
        assert refused(town.lei, visit.booking) == "access.denied"
        assert refused(town.anna, visit.booking) == "volunteer.none"
        assert refused(town.vera, visit.booking) == "volunteer.none"


def test_who_gave_it_back_sees_nothing(visit: Visit) -> None:
    with clock.at(visit.starts - MINUTE):
        elder.look(visit.mei, visit.booking)
        signing_up.leave(visit.mei, booking_id=visit.booking, why="发烧了")
        assert refused(visit.mei, visit.booking) == "record.not_found"


def test_who_took_it_over_sees_it_and_who_handed_it_over_does_not(town: Town, visit: Visit) -> None:
    _du, du = making.volunteer(town, "杜鹃")
    with clock.at(visit.starts - MINUTE):
        signing_up.hand_over(visit.mei, booking_id=visit.booking)
        assert elder.look(visit.mei, visit.booking).name == "张桂梅"
        taken = signing_up.take_over(du, booking_id=visit.booking)
        assert refused(visit.mei, visit.booking) == "record.not_found"
        assert elder.look(du, taken).name == "张桂梅"


def test_who_only_waits_or_whose_shift_was_called_off_sees_nothing(town: Town, visit: Visit) -> None:
    _du, du = making.volunteer(town, "杜鹃")
    waiting = signing_up.sign_up(du, shift_id=visit.shift, or_wait=True)
    with clock.at(visit.starts - DAY):
        assert refused(du, waiting.booking_id) == "record.not_found"
        shifts.cancel(town.anna, shift_id=visit.shift, why="老人住院")
        assert refused(visit.mei, visit.booking) == "record.not_found"


def test_of_somebody_who_died_or_moved_nothing_is_shown(visit: Visit) -> None:
    with engine.writing() as session:
        person = session.get_one(Resident, visit.resident)
        person.status = "died"
        session.add(person)
    with clock.at(visit.starts):
        assert refused(visit.mei, visit.booking) == "elder.gone"


def test_a_shift_without_a_visit_shows_nobody(town: Town, visit: Visit) -> None:
    shift = making.shift(town, making.kind("巡逻"), start="15:00")
    booking = signing_up.sign_up(visit.mei, shift_id=shift).booking_id
    with clock.at(visit.starts):
        assert refused(visit.mei, booking) == "elder.none"


def test_nothing_of_the_elder_is_in_what_volunteers_see_of_shifts(town: Town, visit: Visit) -> None:
    du = making.volunteer(town, "杜鹃")[1]
    told = making.shift(town, making.kind(elder_visited=True), area_id=town.building_1, days=4, where="1栋2单元",
                        resident_id=visit.resident, note="门卡在保安处")  # fmt: skip
    signing_up.sign_up(visit.mei, shift_id=told)
    everything = repr(
        [
            suits.for_me(du, everything=True), suits.on(du, day=(NOON + 4 * DAY).date()), suits.one(du, shift_id=told),
            suits.seen(du), own.coming(visit.mei), shifts.one(du, shift_id=told), suits.instead(du, shift_id=told),
        ]
    )  # fmt: skip
    for secret in ("张桂梅", "1-2-601", "13851740001", "耳背", "门卡", "1栋"):
        assert secret not in everything, secret
    assert "第一网格" in everything  # the place of a visit is told by its grid
    assert shifts.one(town.shen, shift_id=told).note == "门卡在保安处"
