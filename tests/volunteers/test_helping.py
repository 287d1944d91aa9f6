"""Calls for help, reminders, and what shifts do by themselves: each once, the right people, explained."""

import os
import subprocess
import sys
import threading
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from db import access, clock, engine, keeping
from db.access import Viewer
from db.audit import AuditEntry
from db.errors import Refused
from db.people.residents import RESIDENTS
from db.slots import Booking, Slot
from db.system import channels, community, messages, telephoning
from db.system.channels import Delivery
from db.system.messages import Message
from db.volunteers import helping, ranking, signing_up
from db.volunteers.fitness import shift_of
from db.volunteers.ranking import Ranked
from db.volunteers.tables import HelpCall, Hours, Skill, Volunteer, VolunteerSkill
from db.work import unit
from tests.conftest import NOON, Town
from tests.volunteers import making
from tests.volunteers.test_telling import told

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def counters(town: Town) -> object:
    making.nobody_is_signed_out()
    yield
    making.assert_counters_equal_the_rows()


def many(town: Town, count: int) -> dict[str, Viewer]:
    """Volunteers with accounts, by name."""
    names = [f"志愿{number:02d}" for number in range(count)]
    return {name: making.volunteer(town, name)[1] for name in names}


def rank(town: Town, shift: int, enough: int = 50) -> list[Ranked]:
    with unit(town.shen, "shift.edit", write=False) as work:
        return ranking.ranked(work, shift_of(work, shift), enough=enough)


def reasons(found: list[Ranked]) -> dict[str, dict[str, int]]:
    return {one.volunteer.name: dict(one.reasons) for one in found}


def set_to(town: Town, name: str, value: int) -> None:
    community.change_setting(town.anna, name=name, value=value)


def at(hours: float) -> Any:
    return clock.at(NOON + hours * HOUR)


# Calls for help


def test_two_days_before_the_best_are_asked_once_and_one_day_before_the_next(town: Town) -> None:
    set_to(town, "help_people", 2)
    shift = making.shift(town, making.kind(minimum=2, maximum=2))  # in 69 hours
    people = many(town, 10)
    helping.call_all()
    assert making.bookings(shift) == {}, "it is not time yet"
    with at(24):
        for _time in range(3):
            helping.call_all()
        first = making.bookings(shift)
        assert sorted(first.values()) == ["invited"] * 4
        assert [told(people[name]) for name in first] == [["help"]] * 4
        assert told(town.shen) == []
    with at(46):
        for _time in range(3):
            helping.call_all()
        assert len(making.bookings(shift)) == 8
        assert all(told(viewer) in ([], ["help"]) for viewer in people.values()), "nobody was asked twice"
        assert told(town.shen) == ["short"]
        facts = messages.inbox(town.shen).entries[0].facts
        assert (facts["missing"], facts["asked"]) == (2, 8)
        assert told(town.qiu) == []


def test_who_is_asked_can_say_yes_or_no_and_the_place_is_filled(town: Town) -> None:
    shift = making.shift(town, making.kind(minimum=1, maximum=1), days=1)
    people = many(town, 3)
    helping.call_all()
    yes, no, late = (people[name] for name in sorted(making.bookings(shift)))
    mine = _ids(shift)
    signing_up.answer(no, booking_id=mine["志愿01"], yes=False)
    signing_up.answer(yes, booking_id=mine["志愿00"], yes=True)
    with pytest.raises(Refused, match=r"place\.full"):
        signing_up.answer(late, booking_id=mine["志愿02"], yes=True)
    assert making.bookings(shift)["志愿00"] == "booked"
    answers = {one.name: one.state for one in helping.asked(town.shen, shift_id=shift)}
    assert answers == {"志愿00": "booked", "志愿01": "refused", "志愿02": "invited"}
    assert helping.lacking(town.shen) == 0


def _ids(shift: int) -> dict[str, int]:
    with engine.reading() as session:
        rows = session.execute(select(Booking.name, Booking.id).where(Booking.slot_id == shift))  # type: ignore[call-overload]
        return {row.name: row.id for row in rows}


def test_who_wants_to_give_a_place_away_counts_as_missing(town: Town) -> None:
    shift = making.shift(town, making.kind(minimum=1, maximum=2), days=1)
    _mei, mei = making.volunteer(town, "梅兰")
    done = signing_up.sign_up(mei, shift_id=shift)
    helping.call_all()
    assert helping.lacking(town.shen) == 0
    making.volunteer(town, "杜鹃")
    signing_up.hand_over(mei, booking_id=done.booking_id)
    assert helping.lacking(town.shen) == 1
    helping.call_all()
    assert making.bookings(shift)["杜鹃"] == "invited"


def test_nobody_gets_more_than_the_messages_of_a_week_and_the_next_ones_are_asked(town: Town) -> None:
    set_to(town, "help_people", 1)
    set_to(town, "message_cap", 2)
    kind = making.kind(minimum=1, maximum=1)
    slots = [making.shift(town, kind, days=1, start=start) for start in ("13:00", "16:00", "19:00")]
    people = many(town, 2)
    for one in slots:
        helping.call_stage(one, "24")
    assert sorted(len(told(one)) for one in people.values()) == [1, 2]
    set_to(town, "message_cap", 0)
    helping.call_stage(making.shift(town, kind, days=1, start="09:00"), "24")
    assert sorted(len(told(one)) for one in people.values()) == [1, 2]


def test_the_ranking_says_why(town: Town) -> None:
    work, other = making.kind(), making.kind("送餐")
    shift = making.shift(town, work, days=2, start="09:00")
    same, elsewhere = (making.shift(town, one, days=-0, start="20:00") for one in (work, other))
    at_hours = ["2-9", "2-10"]
    mei, _m = making.volunteer(town, "梅兰")
    du, _d = making.volunteer(town, "杜鹃", available=at_hours)
    shi, _s = making.volunteer(town, "石竹", available=["5-9"])
    lan, _l = making.volunteer(town, "兰草")
    signing_up.sign_up(access.system(), shift_id=same, volunteer_id=mei)
    signing_up.sign_up(access.system(), shift_id=elsewhere, volunteer_id=lan)
    with engine.writing() as session:
        session.add(Hours(volunteer_id=lan, day=date(2026, 11, 20), minutes=600, state="approved"))
        session.execute(
            insert(Message).values(
                to_key=f"v{shi}", name="石竹", kind="shift.help", capped=True, made_at=NOON - HOUR, subject="", facts={},
                link="", area_path="", made_name="", needs_phone=False, phone_known=False, called_name="", called_result="",
            )
        )  # fmt: skip
    with at(12):
        found = rank(town, shift)
    assert [one.volunteer.id for one in found] == [du, mei, lan, shi]
    assert reasons(found) == {
        "杜鹃": {"time": 0, "near": 0},
        "梅兰": {"kind": 1, "near": 0},
        "兰草": {"near": 0, "hours": 10},
        "石竹": {"available": 0, "near": 0, "messages": 1},
    }


def test_whoever_visited_the_same_elder_comes_first_and_from_far_away(town: Town) -> None:
    elder = keeping.create(town.shen, RESIDENTS, {"name": "张桂梅", "area_id": town.building_1})
    before = making.shift(town, making.kind("探访"), days=0, start="20:00", resident_id=elder)
    shift = making.shift(town, making.kind("陪诊"), days=3, resident_id=elder)
    far, _f = making.volunteer(town, "远方")
    with engine.writing() as session:
        session.execute(
            update(Volunteer)
            .where(Volunteer.id == far)  # type: ignore[arg-type]
            .values(area_id=town.south, area_path=town.path(town.south))
        )
    many(town, 3)
    signing_up.sign_up(access.system(), shift_id=before, volunteer_id=far)
    with at(12):
        found = rank(town, shift, enough=2)
    assert found[0].volunteer.id == far
    assert dict(found[0].reasons) == {"elder": 1, "around": 0}


def test_who_cannot_is_not_asked(town: Town) -> None:
    skilled = making.kind("陪诊", skills=["first_aid"])
    shift, same_time = making.shift(town, skilled, days=1), making.shift(town, making.kind(), days=1)
    able, _a = making.volunteer(town, "会的")
    busy, _b = making.volunteer(town, "忙的")
    past, _p = making.volunteer(town, "过期")
    making.volunteer(town, "不会")
    making.volunteer(town, "休息", status="left")
    with engine.writing() as session:
        session.add(Skill(code="first_aid", name="急救"))
        session.flush()
        for one, until in ((able, None), (busy, None), (past, date(2026, 11, 1))):
            session.add(VolunteerSkill(volunteer_id=one, skill="first_aid", expires_on=until))
    signing_up.sign_up(access.system(), shift_id=same_time, volunteer_id=busy)
    helping.call_all()
    assert making.bookings(shift) == {"会的": "invited"}


def test_a_lottery_that_is_not_drawn_yet_lacks_nobody(town: Town) -> None:
    making.shift(town, making.kind(mode="lottery"), days=1, closes_at=NOON + 5 * HOUR)
    many(town, 1)
    assert helping.lacking(town.shen) == 0
    with at(6):
        helping.draw_lots()
        assert helping.lacking(town.shen) == 1


def test_the_office_calls_for_help_and_sees_who_was_asked(town: Town) -> None:
    set_to(town, "help_people", 1)
    shift = making.shift(town, making.kind(), days=6)
    people = many(town, 3)
    assert helping.call(town.shen, shift_id=shift).asked == 1
    assert helping.call(town.shen, shift_id=shift).asked == 1, "a second tap"
    assert len(making.bookings(shift)) == 1
    with at(0.1):
        helping.call(town.shen, shift_id=shift)
    first, second = helping.asked(town.shen, shift_id=shift)
    assert (second.name, second.by, second.at, second.state) == ("志愿00", "沈亦安", NOON, "invited")
    assert first.name == "志愿01"
    assert told(people["志愿02"]) == []
    with engine.reading() as session:
        entry = session.execute(
            select(AuditEntry.actor, AuditEntry.changes)  # type: ignore[call-overload]
            .where(AuditEntry.action == "shift.help")
            .order_by(AuditEntry.id)
        ).first()
    assert (entry.actor, entry.changes["asked"]) == ("沈亦安", [None, 1])
    for stranger in (town.qiu, people["志愿00"]):
        with pytest.raises(Refused, match=r"area\.outside|access\.denied"):
            helping.call(stranger, shift_id=shift)


def test_the_office_hears_when_there_is_nobody_or_no_need(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=1), days=6)
    with pytest.raises(Refused, match=r"help\.nobody"):
        helping.call(town.shen, shift_id=shift)
    _mei, mei = making.volunteer(town, "梅兰")
    signing_up.sign_up(mei, shift_id=shift)
    with pytest.raises(Refused, match=r"help\.enough"):
        helping.call(town.shen, shift_id=shift)


def test_who_has_no_account_is_called_and_says_yes_and_the_others_need_not_be_called(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=1), days=1)
    for name in ("梅兰", "杜鹃"):
        making.volunteer(town, name, account=False)
    helping.call_all()
    first, second = telephoning.calls(town.shen).waiting
    telephoning.called(town.shen, message_id=first.id, result="yes")
    assert making.bookings(shift)[first.name] == "booked"
    assert telephoning.calls(town.shen).waiting == ()
    with pytest.raises(Refused):
        telephoning.called(town.shen, message_id=second.id, result="yes")


def test_nobody_is_called_about_what_is_over(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=2), days=1)
    for name in ("梅兰", "杜鹃"):
        making.volunteer(town, name, account=False)
    helping.call_all()
    _shi, shi = making.volunteer(town, "石竹")
    helping.settle_all()
    assert len(telephoning.calls(town.shen).waiting) == 2
    signing_up.sign_up(shi, shift_id=shift)
    helping.settle_all()
    assert telephoning.calls(town.shen).waiting == ()


def test_at_night_the_inbox_has_the_call_at_once_and_the_mail_in_the_morning(town: Town) -> None:
    making.shift(town, making.kind(), days=3, start="20:00")
    (mei,) = many(town, 1).values()
    typed = {"server": "127.0.0.1", "port": "25", "secure": "insecure", "sender": "office@example.cn"}
    channels.add_channel(town.anna, name="邮件", sort="mail", whom="person", typed=typed)
    channels.keep_own_mail(mei, address="mei@example.cn")
    with at(34):  # ten in the evening, 46 hours before
        helping.call_all()
        assert told(mei) == ["help"]
    with engine.reading() as session:
        assert session.execute(select(Delivery.next_try_at)).scalars().all() == [NOON + 44 * HOUR]  # type: ignore[call-overload]


KILLED = """
import os
from datetime import datetime
from db import clock, models
from db.system import messages
from db.volunteers import helping
send = messages.send
def stop(*args, **kwargs):
    send(*args, **kwargs)
    os._exit(9)
messages.send = stop
with clock.at(datetime.fromisoformat({now!r})):
    helping.call_all()
"""


def test_a_killed_process_asks_nobody_twice(town: Town) -> None:
    shift = making.shift(town, making.kind(), days=1)
    people = many(town, 4)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED.format(now=NOON.isoformat())], cwd=Path(__file__).parents[2], env=dict(os.environ),
        timeout=60, check=False,
    )  # fmt: skip
    assert killed.returncode == 9
    assert making.bookings(shift) == {}
    helping.call_all()
    helping.call_all()
    assert [told(one) for one in people.values()] == [["help"]] * 4


TWICE = """
from datetime import datetime
from db import clock, models
from db.volunteers import helping
with clock.at(datetime.fromisoformat({now!r})):
    helping.call_all()
    helping.remind_all()
"""


def test_two_processes_ask_once(town: Town) -> None:
    set_to(town, "help_people", 1)
    kind = making.kind(minimum=1, maximum=1)
    slots = [making.shift(town, kind, days=1, start=f"{hour:02d}:00") for hour in range(8, 20, 2)]
    people = many(town, 8)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", TWICE.format(now=NOON.isoformat())], cwd=Path(__file__).parents[2], env=dict(os.environ)
        )
        for _process in range(2)
    ]  # fmt: skip
    assert [one.wait(60) for one in running] == [0, 0]
    assert [len(making.bookings(slot)) for slot in slots] == [1] * len(slots)
    assert sum(len(told(one)) for one in people.values()) == len(slots)


def test_two_at_the_same_moment_ask_once(town: Town) -> None:
    shift = making.shift(town, making.kind(), days=1)
    people = many(town, 4)
    barrier = threading.Barrier(3)

    def ask() -> None:
        with clock.at(NOON):
            barrier.wait()
            helping.call_stage(shift, "24")

    threads = [threading.Thread(target=ask) for _one in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert [told(one) for one in people.values()] == [["help"]] * 4
    with engine.reading() as session:
        assert session.execute(select(func.count()).select_from(HelpCall)).scalar() == 1


def test_three_hundred_are_judged_within_a_second(town: Town) -> None:
    """Also when nearly nobody can: each but the last is elsewhere too soon before."""
    kind = making.kind(minimum=1, maximum=400)
    shift, before = (
        making.shift(town, kind, start="10:00"),
        making.shift(town, kind, start="07:50", where="别处"),
    )
    people = making.many_volunteers(town, 300)
    with engine.writing() as session:
        slot = making.slot(before)
        rows = [
            {"slot_id": before, "person_key": f"v{one}", "volunteer_id": one, "state": "booked", "live": 1,
             "starts_at": slot.starts_at, "ends_at": slot.ends_at, "version": 1, "made_at": NOON, "changed_at": NOON,
             "extra": {}, "name": "", "rank": 0, "pair": "", "regular": False, "handing": "", "late": False,
             "overridden": "", "why": "", "by_name": ""}
            for one in people[:-1]
        ]  # fmt: skip
        session.execute(insert(Booking), rows)
        session.execute(update(Slot).where(Slot.id == before).values(taken=len(rows)))  # type: ignore[arg-type]
    rank(town, shift)
    began = time.perf_counter()
    found = rank(town, shift)
    took = time.perf_counter() - began
    assert [one.volunteer.id for one in found] == [people[-1]]
    assert took < 1.0, f"{took:.2f} s"


# Reminders


def test_each_place_of_tomorrow_is_reminded_of_once_in_the_evening_before(town: Town) -> None:
    kind = making.kind(maximum=3)
    tomorrow, after = (making.shift(town, kind, days=days) for days in (1, 2))
    (_a, mei), (_b, du), (_c, shi) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃", "石竹"))
    for one in (mei, du):
        for shift in (tomorrow, after):
            signing_up.sign_up(one, shift_id=shift)
    signing_up.confirm(du, booking_id=_ids(tomorrow)["杜鹃"])
    with at(5.9):
        helping.remind_all()
        assert told(mei) == []
    with at(6.1):
        signing_up.sign_up(shi, shift_id=tomorrow)
        for _time in range(3):
            helping.remind_all()
    with at(9):
        helping.remind_all()
    assert (told(mei), told(du), told(shi)) == (["remind"], [], [])


def test_who_was_reminded_and_said_nothing_is_unconfirmed_and_nothing_else_follows(town: Town) -> None:
    shift = making.shift(town, making.kind(), days=1)
    (_a, mei), (_b, du) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃"))
    for one in (mei, du):
        signing_up.sign_up(one, shift_id=shift)
    with at(6.1):
        helping.remind_all()
        signing_up.confirm(du, booking_id=_ids(shift)["杜鹃"])
        assert helping.standing(town.shen, shift_id=shift).unconfirmed == ()
    with at(9.5):
        assert helping.standing(town.shen, shift_id=shift).unconfirmed == ("梅兰",)
        signing_up.confirm(mei, booking_id=_ids(shift)["梅兰"])
        assert helping.standing(town.shen, shift_id=shift).unconfirmed == ()
    assert making.bookings(shift) == {"梅兰": "booked", "杜鹃": "booked"}


def test_a_reminder_is_answered_by_telephone(town: Town) -> None:
    shift = making.shift(town, making.kind(cancel_hours=24), days=1)
    (mei_id, _m), (du_id, _d) = (making.volunteer(town, name, account=False) for name in ("梅兰", "杜鹃"))
    for one in (mei_id, du_id):
        signing_up.sign_up(town.shen, shift_id=shift, volunteer_id=one)
    with at(6.1):
        helping.remind_all()
        answers = {"梅兰": "yes", "杜鹃": "no"}
        for call in telephoning.calls(town.shen).waiting:
            telephoning.called(town.shen, message_id=call.id, result=answers[call.name])
        assert making.bookings(shift) == {"梅兰": "booked"}
        assert telephoning.calls(town.shen).waiting == ()


# What shifts do by themselves


def test_lots_are_drawn_when_the_time_is_over(town: Town) -> None:
    shift = making.shift(town, making.kind(mode="lottery", maximum=1), days=5, closes_at=NOON + HOUR)
    people = many(town, 3)
    for one in people.values():
        signing_up.sign_up(one, shift_id=shift)
    with at(0.9):
        helping.draw_lots()
        assert set(making.bookings(shift).values()) == {"entered"}
    with at(1.1):
        helping.draw_lots()
        drawn = making.bookings(shift)
        helping.draw_lots()
    assert sorted(drawn.values()) == ["booked", "waiting", "waiting"]
    assert making.bookings(shift) == drawn


def test_the_night_is_made_up_for_by_the_duties_of_each_minute(town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=1, cancel_hours=0), days=1, start="11:00")
    (_a, mei), (_b, du) = (making.volunteer(town, name) for name in ("梅兰", "杜鹃"))
    first = signing_up.sign_up(mei, shift_id=shift)
    signing_up.sign_up(du, shift_id=shift, or_wait=True)
    with at(11):
        signing_up.leave(mei, booking_id=first.booking_id)
        helping.fill()
        assert told(du) == []
    with at(20.1):
        helping.fill()
        assert told(du) == ["offered"]
    with at(22.2):
        helping.lapse()
        assert told(du) == ["offered", "lapsed"]
