"""What shifts say to people: the right words to the right person, and nothing about what one did oneself."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from db import clock, engine, places
from db.access import Viewer
from db.audit import AuditEntry
from db.errors import Refused
from db.slots import Booking
from db.system import channels, messages, telephoning
from db.system.channels import Delivery
from db.system.messages import Message
from db.volunteers import own, shifts, signing_up
from db.volunteers.tables import Volunteer
from tests.conftest import NOON, Town
from tests.volunteers import making


@pytest.fixture(autouse=True)
def counters(town: Town) -> object:
    making.nobody_is_signed_out()
    yield
    making.assert_counters_equal_the_rows()


def told(viewer: Viewer) -> list[str]:
    """The kinds of messages somebody got, the oldest first."""
    with engine.reading() as session:
        asked = select(Message.kind).where(Message.account_id == viewer.account_id).order_by(Message.id)  # type: ignore[call-overload, arg-type]
        return [kind.removeprefix("shift.") for kind in session.execute(asked).scalars()]


def last(viewer: Viewer) -> dict[str, Any]:
    return messages.inbox(viewer).entries[0].facts


def calls(town: Town) -> list[tuple[str, str]]:
    return [(one.name, one.kind.title) for one in telephoning.calls(town.shen).waiting]


def booking_of(slot_id: int, name: str) -> int:
    with engine.reading() as session:
        return int(
            session.execute(
                select(Booking.id).where(Booking.slot_id == slot_id, Booking.name == name, Booking.live == 1)  # type: ignore[call-overload]
            ).scalar_one()
        )


def test_what_one_does_oneself_is_not_told(town: Town) -> None:
    shift = making.shift(town, making.kind())
    _mei, mei = making.volunteer(town, "梅兰")
    done = signing_up.sign_up(mei, shift_id=shift)
    signing_up.confirm(mei, booking_id=done.booking_id)
    signing_up.leave(mei, booking_id=done.booking_id)
    assert told(mei) == []


def test_who_moves_up_is_told_and_where_and_when(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=1), where="活动室")
    (_a, mei), (_b, du) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃"))
    first = signing_up.sign_up(mei, shift_id=shift)
    signing_up.sign_up(du, shift_id=shift, or_wait=True)
    signing_up.leave(mei, booking_id=first.booking_id)
    assert (told(mei), told(du)) == ([], ["moved_up"])
    entry = messages.inbox(du).entries[0]
    assert entry.link == "/my-shifts"
    assert (entry.facts["title"], entry.facts["where"]) == ("上门探访", "活动室")
    assert entry.facts["starts_at"].startswith("2026-11-26T01:00")


def test_an_offer_says_until_when_and_its_end_is_told(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=1, cancel_hours=0), days=1, start="11:00")
    (_a, mei), (_b, du) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃"))
    first = signing_up.sign_up(mei, shift_id=shift)
    signing_up.sign_up(du, shift_id=shift, or_wait=True)
    with clock.at(NOON + timedelta(hours=2)):
        signing_up.leave(mei, booking_id=first.booking_id)
        assert told(du) == ["offered"]
        assert last(du)["until"].startswith("2026-11-23T08:00")
    with clock.at(NOON + timedelta(hours=5)):
        assert places.lapse() == [shift]
        assert told(du) == ["offered", "lapsed"]


def test_who_is_called_about_an_offer_answers_by_telephone(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=1, cancel_hours=0), days=1, start="11:00")
    _a, mei = making.volunteer(town, "梅兰")
    making.volunteer(town, "杜鹃", account=False)
    first = signing_up.sign_up(mei, shift_id=shift)
    du = signing_up_for(town, shift, "杜鹃", or_wait=True)
    assert calls(town) == [], "whoever asked the office to stand in line is not called about it"
    with clock.at(NOON + timedelta(hours=2)):
        signing_up.leave(mei, booking_id=first.booking_id)
        (call,) = telephoning.calls(town.shen).waiting
        assert (call.name, call.kind.title) == ("杜鹃", "A place is free for you: {title}")
        telephoning.called(town.shen, message_id=call.id, result="yes")
        assert making.bookings(shift) == {"杜鹃": "booked"}
        assert booking_of(shift, "杜鹃") == du


def signing_up_for(town: Town, shift: int, name: str, **how: Any) -> int:
    """The office signs somebody up who has no account."""
    with engine.reading() as session:
        volunteer = session.execute(select(Volunteer.id).where(Volunteer.name == name)).scalar_one()  # type: ignore[call-overload]
    return signing_up.sign_up(town.shen, shift_id=shift, volunteer_id=volunteer, **how).booking_id


def test_an_offer_that_was_answered_in_the_application_is_called_about_no_more(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=1, cancel_hours=0), days=1, start="11:00")
    _a, mei = making.volunteer(town, "梅兰")
    making.volunteer(town, "杜鹃", account=False)
    first = signing_up.sign_up(mei, shift_id=shift)
    du = signing_up_for(town, shift, "杜鹃", or_wait=True)
    with clock.at(NOON + timedelta(hours=2)):
        signing_up.leave(mei, booking_id=first.booking_id)
        assert len(calls(town)) == 1
        signing_up.answer(town.shen, booking_id=du, yes=True)
        assert calls(town) == []


def test_a_request_is_answered_with_the_reason(town: Town) -> None:
    shift = making.shift(town, making.kind(mode="request", maximum=2))
    (_a, mei), (_b, du) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃"))
    yes, no = (signing_up.sign_up(one, shift_id=shift).booking_id for one in (mei, du))
    signing_up.decide(town.shen, booking_id=yes, yes=True)
    signing_up.decide(town.shen, booking_id=no, yes=False, why="人已够了")
    assert (told(mei), told(du)) == (["accepted"], ["declined"])
    assert last(du)["why"] == "人已够了"


def test_the_lottery_tells_winners_and_losers_their_place_in_line(town: Town) -> None:
    shift = making.shift(
        town, making.kind(mode="lottery", maximum=1), days=5, closes_at=NOON + timedelta(days=1)
    )
    people = [making.volunteer(town, name)[1] for name in ("梅兰", "杜鹃", "石竹")]
    for one in people:
        signing_up.sign_up(one, shift_id=shift)
    with clock.at(NOON + timedelta(days=1, minutes=1)):
        signing_up.draw_lots(town.shen, shift_id=shift)
    assert sorted(told(one)[0] for one in people) == ["lost", "lost", "won"]
    assert sorted(last(one)["line"] for one in people if told(one) == ["lost"]) == [1, 2]


def test_an_invitation_is_told_and_counts_among_those_of_the_week(town: Town) -> None:
    mei_id, mei = making.volunteer(town, "梅兰")
    kind = making.kind()
    for days in range(3, 8):
        signing_up.invite(town.shen, shift_id=making.shift(town, kind, days=days), volunteer_ids=[mei_id])
    assert told(mei) == ["invited"] * 3


def test_called_off_says_why_and_drops_the_calls_of_before(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=2))
    mei_id, _mei = making.volunteer(town, "梅兰", account=False)
    _du, du = making.volunteer(town, "杜鹃")
    signing_up.sign_up(du, shift_id=shift)
    (invited,) = signing_up.invite(town.shen, shift_id=shift, volunteer_ids=[mei_id])
    assert calls(town) == [("梅兰", "Can you come? {title}")]
    signing_up.answer(town.shen, booking_id=invited, yes=True)
    assert calls(town) == []
    shifts.cancel(town.anna, shift_id=shift, why="台风")
    assert told(du) == ["called_off"]
    assert last(du)["why"] == "台风"
    assert calls(town) == [("梅兰", "Called off: {title}")]


def test_a_change_tells_the_new_time(town: Town) -> None:
    shift = making.shift(town, making.kind())
    _mei, mei = making.volunteer(town, "梅兰")
    signing_up.sign_up(mei, shift_id=shift)
    later = making.slot(shift).starts_at + timedelta(hours=3)
    shifts.change(town.shen, shift_id=shift, version=making.slot(shift).version, starts_at=later)
    assert told(mei) == ["changed"]
    assert last(mei)["starts_at"].startswith("2026-11-26T04:00")


def test_the_one_who_is_named_is_asked_to_take_over_and_the_holder_hears_of_it(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=1))
    (_a, mei), (du_id, du), (_c, shi) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃", "石竹"))
    done = signing_up.sign_up(mei, shift_id=shift)
    signing_up.hand_over(mei, booking_id=done.booking_id, to=du_id)
    assert (told(du), told(shi)) == (["handing"], [])
    assert last(du)["name"] == "梅兰"
    signing_up.take_over(du, booking_id=done.booking_id)
    assert (told(mei), told(du)) == (["handed"], ["handing"])
    assert last(mei)["name"] == "杜鹃"


def test_the_one_who_is_named_says_no_by_telephone(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=1))
    _a, mei = making.volunteer(town, "梅兰")
    du_id, _du = making.volunteer(town, "杜鹃", account=False)
    done = signing_up.sign_up(mei, shift_id=shift)
    signing_up.hand_over(mei, booking_id=done.booking_id, to=du_id)
    (call,) = telephoning.calls(town.shen).waiting
    telephoning.called(town.shen, message_id=call.id, result="no")
    assert told(mei) == ["kept"]
    assert making.slot(shift).shaky == 0


def test_a_place_given_to_anybody_is_told_to_those_who_can_and_to_nobody_over_the_cap(town: Town) -> None:
    kind = making.kind(maximum=1)
    shift, same_time = making.shift(town, kind), making.shift(town, making.kind("巡逻"))
    (_a, mei), (_b, du), (_c, shi) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃", "石竹"))
    signing_up.sign_up(shi, shift_id=same_time)
    done = signing_up.sign_up(mei, shift_id=shift)
    for _time in range(5):
        signing_up.hand_over(mei, booking_id=done.booking_id)
        signing_up.keep(mei, booking_id=done.booking_id)
    assert (told(shi), told(mei)) == ([], [])
    assert told(du) == ["handing_any"] * 3
    assert last(du).get("name") is None, "who gives it away is nobody else's business"


def test_what_the_office_does_for_somebody_is_told_to_accounts_only(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=2))
    mei_id, mei = making.volunteer(town, "梅兰")
    making.volunteer(town, "杜鹃", account=False)
    done = signing_up.sign_up(town.shen, shift_id=shift, volunteer_id=mei_id)
    signing_up_for(town, shift, "杜鹃")
    signing_up.leave(town.shen, booking_id=done.booking_id, why="家里有事")
    assert told(mei) == ["signed_up", "left"]
    assert (last(mei)["by"], last(mei)["why"]) == ("沈亦安", "家里有事")
    assert calls(town) == []


def test_who_was_signed_up_by_a_partner_hears_of_it(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=2))
    (_a, mei), (du_id, du) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃"))
    signing_up.sign_up(mei, shift_id=shift, partner_id=du_id)
    assert (told(mei), told(du)) == ([], ["signed_up"])


def test_the_telephone_of_whoever_is_to_be_called_is_shown_and_recorded(town: Town) -> None:
    shift = making.shift(town, making.kind(), area_id=town.north)
    mei_id, _mei = making.volunteer(town, "梅兰", account=False)
    with engine.writing() as session:
        session.execute(
            update(Volunteer)
            .where(Volunteer.id == mei_id)  # type: ignore[arg-type]
            .values(phone="13800001234", phone_key="x", area_id=town.south, area_path=town.path(town.south))
        )
    signing_up.invite(town.shen, shift_id=shift, volunteer_ids=[mei_id])
    (call,) = telephoning.calls(town.shen).waiting
    assert call.phone_known
    assert telephoning.number_to_call(town.shen, message_id=call.id, reason="问班次") == "13800001234"
    with engine.reading() as session:
        seen = session.execute(
            select(AuditEntry.actor, AuditEntry.reason).where(AuditEntry.action == "resident.reveal")  # type: ignore[call-overload]
        ).all()
    assert seen == [("沈亦安", "问班次")]
    with pytest.raises(Refused, match="record.not_found"):
        telephoning.number_to_call(town.qiu, message_id=call.id, reason="问班次")


def test_a_telephone_that_was_added_afterwards_is_known_on_the_list_of_calls(town: Town) -> None:
    shift = making.shift(town, making.kind())
    mei_id, _mei = making.volunteer(town, "梅兰", account=False)
    signing_up.invite(town.shen, shift_id=shift, volunteer_ids=[mei_id])
    (call,) = telephoning.calls(town.shen).waiting
    assert not call.phone_known
    with engine.writing() as session:
        mine = Volunteer.id == mei_id
        session.execute(update(Volunteer).where(mine).values(phone="13800001234"))  # type: ignore[arg-type]
    (call,) = telephoning.calls(town.shen).waiting
    assert call.phone_known
    assert telephoning.number_to_call(town.shen, message_id=call.id, reason="问班次") == "13800001234"


def test_a_message_about_a_visit_says_no_more_of_the_place_than_the_card(town: Town) -> None:
    shift = making.shift(
        town, making.kind(elder_visited=True, maximum=1), area_id=town.building_1, where="1-2-601",
        resident_id=making.elder(town),
    )  # fmt: skip
    (mei_id, mei), (_b, du) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃"))
    signing_up.invite(town.shen, shift_id=shift, volunteer_ids=[mei_id])
    (asked,) = own.asked(mei)
    assert last(mei)["where"] == asked.place == "第一网格"
    signing_up.answer(mei, booking_id=asked.booking_id, yes=False)
    booked = signing_up.sign_up(mei, shift_id=shift)
    signing_up.sign_up(du, shift_id=shift, or_wait=True)
    signing_up.leave(mei, booking_id=booked.booking_id)
    assert (told(du), last(du)["where"]) == (["moved_up"], "第一网格")
    shifts.change(town.anna, shift_id=shift, version=making.slot(shift).version, where="1-3-101")
    assert last(du)["where"] == "第一网格"


def test_at_night_the_inbox_has_it_at_once_and_the_mail_waits_unless_it_begins_at_dawn(town: Town) -> None:
    dawn, later = (
        making.shift(town, making.kind(name), days=days, start=start)
        for name, days, start in (("早", 1, "08:30"), ("晚", 2, "18:00"))
    )
    _mei, mei = making.volunteer(town, "梅兰")
    typed = {"server": "127.0.0.1", "port": "25", "secure": "insecure", "sender": "office@example.cn"}
    channels.add_channel(town.anna, name="邮件", sort="mail", whom="person", typed=typed)
    channels.keep_own_mail(mei, address="mei@example.cn")
    for one in (dawn, later):
        signing_up.sign_up(mei, shift_id=one)
    with clock.at(NOON + timedelta(hours=10)):
        for one in (later, dawn):
            shifts.cancel(town.anna, shift_id=one, why="停水")
        assert told(mei) == ["called_off", "called_off"]
    with engine.reading() as session:
        at = list(session.execute(select(Delivery.next_try_at).order_by(Delivery.id)).scalars())  # type: ignore[call-overload, arg-type]
    assert at == [NOON + timedelta(hours=20), NOON + timedelta(hours=10)]
