"""Becoming a volunteer, what one can do, pausing, blocks and objections, leaving."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from db import clock, engine, keeping, listing
from db.activities import programme
from db.activities import signing_up as activity_signing_up
from db.errors import Refused
from db.listing import Listing
from db.slots import Booking
from db.volunteers import abilities, absence, defaults, joining, shifts, signing_up
from db.volunteers.tables import Volunteer
from db.volunteers.volunteers import VOLUNTEERS
from tests.activities.making import activity
from tests.conftest import Town, sign_in
from tests.volunteers import making


@pytest.fixture(autouse=True)
def counters(town: Town) -> object:
    defaults.begin(town.anna)
    yield
    making.assert_counters_equal_the_rows()


def raw(volunteer_id: int) -> Volunteer:
    with engine.reading() as session:
        found = session.get_one(Volunteer, volunteer_id)
        session.expunge(found)
        return found


def test_who_applies_waits_and_serves_once_accepted(town: Town) -> None:
    with pytest.raises(Refused, match="volunteer.none"):
        joining.me(town.vera)
    volunteer_id = joining.apply(town.vera, area_id=town.north, born=date(1964, 5, 1), wants="陪老人说话")
    shift = making.shift(town, making.kind())
    with pytest.raises(Refused, match="shift.unfit"):
        signing_up.sign_up(town.vera, shift_id=shift)
    assert joining.applicants(town.shen) == 1
    assert joining.applicants(town.qiu) == 0
    with pytest.raises(Refused, match="record.not_found"):
        joining.decide(town.qiu, volunteer_id=volunteer_id, yes=True)
    joining.decide(town.shen, volunteer_id=volunteer_id, yes=True)
    assert (joining.me(town.vera).status, joining.me(town.vera).number) == ("active", "V000001")
    assert signing_up.sign_up(town.vera, shift_id=shift).state == "booked"
    with pytest.raises(Refused, match="volunteer.known"):
        joining.apply(town.vera, area_id=town.north, born=None, wants="")


def test_a_minor_is_accepted_only_with_the_guardian(town: Town) -> None:
    born = clock.today().replace(year=clock.today().year - 15)
    volunteer_id = joining.apply(town.vera, area_id=town.north, born=born, wants="", guardian="魏强")
    with pytest.raises(Refused) as refused:
        joining.decide(town.shen, volunteer_id=volunteer_id, yes=True)
    assert refused.value.facts["problems"] == {"guardian_on": "volunteer.guardian"}
    keeping.edit(town.shen, VOLUNTEERS, volunteer_id, 1, {"guardian_on": clock.today()})
    joining.decide(town.shen, volunteer_id=volunteer_id, yes=True)
    child = sign_in("kid", "volunteer", "小雨")
    with pytest.raises(Refused) as refused:
        joining.apply(child, area_id=town.north, born=clock.today() - timedelta(days=13 * 365), wants="")
    assert refused.value.facts["problems"] == {"born": "volunteer.too_young"}


def test_nobody_is_registered_twice(town: Town) -> None:
    values = {"name": "梅兰", "phone": "13800001111", "area_id": town.north}
    keeping.create(town.shen, VOLUNTEERS, values)
    with pytest.raises(Refused) as refused:
        keeping.create(town.shen, VOLUNTEERS, values)
    assert refused.value.facts == {"name": "梅兰", "number": "V000001"}
    keeping.create(town.shen, VOLUNTEERS, {**values, "name": "杜鹃"})
    found = listing.page(town.shen, VOLUNTEERS, Listing(search="13800001111")).rows
    assert {row["name"] for row in found} == {"梅兰", "杜鹃"}
    assert all(row["phone"] == "138****1111" for row in found)


def test_staff_see_the_volunteers_of_their_areas(town: Town) -> None:
    keeping.create(town.shen, VOLUNTEERS, {"name": "梅兰", "area_id": town.north})
    with pytest.raises(Refused, match="area.not_found"):
        keeping.create(town.shen, VOLUNTEERS, {"name": "石竹", "area_id": town.south})
    keeping.create(town.qiu, VOLUNTEERS, {"name": "石竹", "area_id": town.south})
    assert [row["name"] for row in listing.page(town.shen, VOLUNTEERS, Listing()).rows] == ["梅兰"]


def test_a_certificate_that_ran_out_is_no_skill_any_more(town: Town) -> None:
    mei, viewer = making.volunteer(town, "梅兰")
    shift = making.shift(town, making.kind(skills=["first_aid"]))
    with pytest.raises(Refused) as problem:
        abilities.set_skill(town.shen, volunteer_id=mei, skill="first_aid")
    assert problem.value.facts["problems"] == {"certificate": "field.required"}
    day = shifts.one(viewer, shift_id=shift).starts_at.astimezone(clock.PLACE).date()
    abilities.set_skill(
        town.shen, volunteer_id=mei, skill="first_aid", certificate="ZS1", expires_on=day - timedelta(days=1)
    )
    with pytest.raises(Refused) as refused:
        signing_up.sign_up(viewer, shift_id=shift)
    assert refused.value.facts["clashes"][0][1]["expired"] == day - timedelta(days=1)
    abilities.set_skill(town.shen, volunteer_id=mei, skill="first_aid", certificate="ZS2", expires_on=day)
    assert len(abilities.abilities(town.shen, volunteer_id=mei)) == 1
    assert signing_up.sign_up(viewer, shift_id=shift).state == "booked"
    by_skill = Listing(filters={"skill": ("first_aid",)})
    assert [row["name"] for row in listing.page(town.shen, VOLUNTEERS, by_skill).rows] == ["梅兰"]


def test_two_who_do_not_go_together_are_not_put_together(town: Town) -> None:
    (mei, first), (du, second) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃"))
    shift = making.shift(town, making.kind())
    with pytest.raises(Refused, match="shift.why"):
        abilities.set_pair(town.shen, volunteer_id=mei, other_id=du, wanted=False)
    abilities.set_pair(town.shen, volunteer_id=mei, other_id=du, wanted=False, reason="吵过架")
    signing_up.sign_up(first, shift_id=shift)
    with pytest.raises(Refused) as refused:
        signing_up.sign_up(second, shift_id=shift)
    assert refused.value.facts["clashes"] == [("unwanted", {"name": ""})]
    (pair,) = abilities.pairs(town.shen, volunteer_id=mei)
    abilities.drop_pair(town.shen, pair_id=pair.id)
    assert signing_up.sign_up(second, shift_id=shift).state == "booked"


def test_who_is_blocked_loses_the_places_and_can_object_to_somebody_else(town: Town) -> None:
    mei, viewer = making.volunteer(town, "梅兰")
    soon, later = making.shift(town, making.kind()), making.shift(town, making.kind("巡逻"), days=20)
    for one in (soon, later):
        signing_up.sign_up(viewer, shift_id=one)
    absence.block(town.shen, volunteer_id=mei, reason="多次爽约", until=clock.today() + timedelta(days=10))
    assert (making.bookings(soon), making.bookings(later)) == ({}, {"梅兰": "booked"})
    with pytest.raises(Refused) as refused:
        signing_up.sign_up(viewer, shift_id=soon)
    assert refused.value.facts["clashes"][0][0] == "blocked"
    block = joining.me(viewer).block
    assert block is not None and block.reason == "多次爽约"
    absence.appeal(viewer, block_id=block.id, words="那两次我请过假")
    with pytest.raises(Refused, match="block.answered"):
        absence.appeal(viewer, block_id=block.id, words="再说一次")
    with pytest.raises(Refused, match="block.own"):
        absence.answer(town.shen, block_id=block.id, lift=True, words="查实")
    absence.answer(town.anna, block_id=block.id, lift=True, words="查实请过假")
    assert signing_up.sign_up(viewer, shift_id=soon).state == "booked"


def test_a_block_ends_by_itself(town: Town) -> None:
    mei, viewer = making.volunteer(town, "梅兰")
    absence.block(town.shen, volunteer_id=mei, reason="休整", until=clock.today() + timedelta(days=2))
    assert signing_up.sign_up(viewer, shift_id=making.shift(town, making.kind(), days=3)).state == "booked"


def test_who_pauses_gives_the_places_of_that_time_back(town: Town) -> None:
    _mei, viewer = making.volunteer(town, "梅兰")
    soon, later = making.shift(town, making.kind()), making.shift(town, making.kind("巡逻"), days=20)
    for one in (soon, later):
        signing_up.sign_up(viewer, shift_id=one)
    assert absence.pause(viewer, until=clock.today() + timedelta(days=9)) == 1
    assert (making.bookings(soon), making.bookings(later)) == ({}, {"梅兰": "booked"})
    with pytest.raises(Refused, match="shift.unfit"):
        signing_up.sign_up(viewer, shift_id=soon)
    absence.come_back(viewer)
    assert signing_up.sign_up(viewer, shift_id=soon).state == "booked"


def test_a_pause_ends_by_itself_with_its_last_day(town: Town) -> None:
    mei_id, viewer = making.volunteer(town, "梅兰")
    until = clock.today() + timedelta(days=3)
    absence.pause(viewer, until=until)

    def status_after(days: int) -> str:
        with clock.at(clock.now() + timedelta(days=days)):
            absence.end_pauses()
            return raw(mei_id).status

    assert [status_after(days) for days in (0, 3, 4)] == ["paused", "paused", "active"]
    assert joining.me(viewer).pause_until is None


def test_a_pause_is_of_shifts_and_leaving_is_of_everything(town: Town) -> None:
    making.nobody_is_signed_out()
    mei, viewer = making.volunteer(town, "梅兰")
    shift = making.shift(town, making.kind())
    signing_up.sign_up(viewer, shift_id=shift)
    tea, term = activity(town, days=4), activity(town, "太极班", times=3, days=5)
    full = activity(town, "剪纸", days=8, capacity=1)
    activity_signing_up.sign_up(making.volunteer(town, "杜鹃")[1], activity_id=full)
    for one in (tea, term, full):
        activity_signing_up.sign_up(viewer, activity_id=one)
    until = clock.today() + timedelta(days=30)
    plan = absence.to_give_back(viewer, until=until)
    assert (plan.shifts, plan.wishes, plan.activities) == (1, 0, ())
    assert plan.last == making.slot(shift).starts_at
    before = [(one.title, one.state) for one in activity_signing_up.own_bookings(viewer)]
    assert before == [("重阳茶话会", "booked"), ("太极班", "booked"), ("剪纸", "waiting")]
    assert absence.pause(viewer, until=until) == 1
    assert making.bookings(shift) == {}
    assert [(one.title, one.state) for one in activity_signing_up.own_bookings(viewer)] == before
    with clock.at(making.slot(shift).starts_at + timedelta(days=3)):  # the term has begun
        assert absence.to_give_back(viewer, until=None).activities == ("太极班", "剪纸")
        joining.leave_for(town.anna, volunteer_id=mei)
    dates = programme.sessions(town.shen, activity_id=term)
    assert [one.taken for one in dates] == [1, 0, 0]
    assert [making.bookings(one.id) for one in dates[1:]] == [{}, {}]


def test_who_leaves_takes_everything_personal_along_and_leaves_the_number(town: Town) -> None:
    mei, viewer = making.volunteer(town, "梅兰", phone="13800001111", wants="陪聊", note="腿不好")
    shift = making.shift(town, making.kind())
    signing_up.sign_up(viewer, shift_id=shift)
    before = raw(mei)
    joining.leave(viewer)
    now = raw(mei)
    assert (now.number, now.status, now.name) == (before.number, "left", joining.GONE)
    assert (now.phone, now.born, now.note, now.wants, now.account_id) == (None, None, "", "", None)
    assert making.bookings(shift) == {}
    with engine.reading() as session:
        names = session.execute(select(Booking.name)).scalars().all()  # type: ignore[call-overload]
    assert set(names) == {joining.GONE}
    with pytest.raises(Refused, match="volunteer.none"):
        joining.me(viewer)


def test_volunteers_say_when_and_where_they_have_time(town: Town) -> None:
    _mei, viewer = making.volunteer(town, "梅兰")
    joining.change_self(
        viewer, values={"available": ["3-9", "3-10"], "areas": [str(town.south)], "week_hours": 1}
    )
    shift = making.shift(town, making.kind())  # on a Thursday from nine to eleven, in the north
    with pytest.raises(Refused) as refused:
        signing_up.sign_up(viewer, shift_id=shift)
    assert refused.value.facts["clashes"] == [("own_week", {"hours": 2.0, "most": 1.0, "name": ""})]
    joining.change_self(viewer, values={"week_hours": None})
    assert [clash.code for clash in signing_up.sign_up(viewer, shift_id=shift).said] == ["area"]
    for wrong in ({"available": ["9-1"]}, {"week_hours": 200}):
        with pytest.raises(Refused, match="form.invalid"):
            joining.change_self(viewer, values=wrong)


def test_a_volunteer_belongs_to_one_account_and_one_resident(town: Town) -> None:
    (mei, _first), (du, _second) = (making.volunteer(town, name, account=False) for name in ("梅兰", "杜鹃"))
    assert joining.free_accounts(town.shen) == {town.vera.account_id: "魏兰 (vera)"}
    joining.link(town.shen, volunteer_id=mei, account_id=town.vera.account_id)
    assert joining.linked(town.shen, volunteer_id=mei).account == "vera"
    with pytest.raises(Refused, match="volunteer.linked"):
        joining.link(town.shen, volunteer_id=du, account_id=town.vera.account_id)
