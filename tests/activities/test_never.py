"""Those who never come: ranked with the reason and who knows them; invited once; and whether it did any good."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from db import clock, engine
from db.activities import attending, never, programme, signing_up
from db.activities.tables import Guest, Taken
from db.errors import Refused
from db.people.tables import Contact
from db.system import telephoning
from db.system.messages import Message
from tests.activities.making import activity, many_residents, resident
from tests.conftest import Town


def seen(resident_id: int, days: int) -> None:
    day = clock.today() - timedelta(days=days)
    with engine.writing() as session:
        session.add(Taken(resident_id=resident_id, first_on=day, last_on=day, times=1))


def at_home(town: Town, name: str, stair: int, room: int, **values: object) -> int:
    return resident(
        town, name, place=f"{town.path(town.building_1)}{stair:03}|{room:05}", address=f"1-{stair}-{room}", **values
    )  # fmt: skip


def test_who_never_came_and_lives_alone_is_first_and_the_reason_is_said(town: Town) -> None:
    long_ago = at_home(town, "甲久别", 1, 101, living="alone")
    seen(long_ago, 300)
    at_home(town, "乙关爱", 1, 102, living="family", in_care=True)
    at_home(town, "丙独居", 1, 103, living="alone")
    at_home(town, "丁高龄", 1, 104, living="alone", born=date(1938, 1, 1))
    comes = at_home(town, "戊常来", 1, 105, living="alone")
    seen(comes, 20)
    at_home(town, "己有家", 1, 106, living="family")
    page = never.those(town.shen)
    assert [(one.name, one.reasons) for one in page.people] == [
        ("丁高龄", ("never", "alone", "old")), ("丙独居", ("never", "alone")), ("乙关爱", ("never", "care")),
        ("甲久别", ("long_ago", "alone")),
    ]  # fmt: skip
    assert page.after is None
    assert [one.name for one in never.those(town.shen, months=12).people] == ["丁高龄", "丙独居", "乙关爱"]
    assert never.those(town.qiu).people == ()
    with pytest.raises(Refused, match="access.denied"):
        never.those(town.vera)


def test_pages_follow_each_other_without_gap_or_double(town: Town) -> None:
    many_residents(town, 30)
    at_home(town, "乙关爱", 1, 102, living="family", in_care=True)
    names, after = [], None
    while True:
        page = never.those(town.shen, after=after, limit=4)
        names += [one.name for one in page.people]
        after = page.after
        if after is None:
            break
    assert len(names) == len(set(names)) == 11 and names[-1] == "乙关爱"


def test_who_knows_them_comes_first_of_all_those_who_come(town: Town) -> None:
    alone = at_home(town, "丙独居", 1, 103, living="alone", employer="红星机械厂", interests="下棋")
    neighbour = at_home(town, "戊常来", 1, 105)
    colleague = at_home(town, "庚工友", 3, 101, employer="红星机械厂")
    at_home(town, "辛不来", 1, 106, employer="红星机械厂")
    for one in (neighbour, colleague):
        seen(one, 20)
    with engine.writing() as session:
        session.add(Contact(resident_id=alone, name="女儿小梅", relation="女儿", emergency=True))
    (missed,) = never.those(town.shen).people
    assert [(one.how, one.name) for one in missed.knows] == [
        ("neighbour", "戊常来"), ("colleague", "庚工友"), ("contact", "女儿小梅"),
    ]  # fmt: skip
    assert missed.interests == "下棋"


def test_inviting_makes_one_call_and_yes_signs_up(town: Town) -> None:
    alone = at_home(town, "丙独居", 1, 103, living="alone")
    tea = activity(town)
    done = never.invite(town.shen, activity_id=tea, resident_ids=[alone], via={alone: "戊常来"})
    assert (done.count, done.by_phone, done.already) == (1, 1, 0)
    assert never.invite(town.shen, activity_id=tea, resident_ids=[alone]).already == 1
    with engine.reading() as session:
        (call,) = session.execute(select(Message.id, Message.needs_phone)).all()  # type: ignore[call-overload]
    assert call.needs_phone
    telephoning.called(town.shen, message_id=call.id, result="yes")
    assert [one.name for one in signing_up.holders(town.shen, activity_id=tea)] == ["丙独居"]
    with engine.reading() as session:
        (guest,) = session.execute(select(Guest.coming, Guest.via)).all()  # type: ignore[call-overload]
    assert tuple(guest) == ("yes", "戊常来")
    assert never.those(town.shen).people == ()
    (signed,) = never.signed_up(town.shen)
    assert (signed.name, [(title, state) for title, _at, state in signed.what]) == (
        "丙独居",
        [("重阳茶话会", "booked")],
    )


def test_who_is_signed_up_needs_no_inviting(town: Town) -> None:
    waits, takes_lots, comes, back = (
        at_home(town, name, 1, 100 + n, living="alone")
        for n, name in enumerate(("甲排队", "乙抽签", "丙上课", "丁退出"))
    )
    tea = activity(town, capacity=1)
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=resident(town, "常客"))
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=waits)
    closes = clock.now() + timedelta(days=1)
    lots = activity(town, "秋游", days=9, mode="lottery", closes_at=closes)
    signing_up.sign_up(town.shen, activity_id=lots, resident_id=takes_lots)
    term = activity(town, "太极班", days=20, times=3)
    signing_up.sign_up(town.shen, activity_id=term, resident_id=comes)
    left = signing_up.sign_up(town.shen, activity_id=term, resident_id=back)
    assert never.those(town.shen).people == ()
    signing_up.leave(town.shen, booking_id=left.booking_id)
    assert [one.name for one in never.those(town.shen).people] == ["丁退出"]
    assert [(one.name, [what[0] for what in one.what]) for one in never.signed_up(town.shen)] == [
        ("甲排队", ["重阳茶话会"]), ("乙抽签", ["秋游"]), ("丙上课", ["太极班"]),
    ]  # fmt: skip
    assert never.signed_up(town.qiu) == []
    assert never.signed_up(town.shen, area_path=town.path(town.building_2)) == []


def test_the_page_says_to_what_they_were_invited(town: Town) -> None:
    alone = at_home(town, "丙独居", 1, 103, living="alone")
    tea, past = activity(town), activity(town, "茶话会", days=0, start="00:05", minutes=5)
    never.invite(town.shen, activity_id=tea, resident_ids=[alone])
    (missed,) = never.those(town.shen).people
    assert (missed.invited_to, missed.asked) == ("重阳茶话会", {tea})
    with engine.writing() as session:
        session.execute(update(Guest).values(withdrawn_at=clock.now()))
    (missed,) = never.those(town.shen).people
    assert (missed.invited_at, missed.asked, past in missed.asked) == (None, frozenset(), False)


def test_nobody_invites_people_of_other_areas(town: Town) -> None:
    other = resident(town, "林秀英", building=town.building_3, living="alone")
    tea = activity(town)
    with pytest.raises(Refused, match="record.not_found"):
        never.invite(town.shen, activity_id=tea, resident_ids=[other])
    with pytest.raises(Refused, match="activity.draft"):
        never.invite(town.qiu, activity_id=activity(town, announce=False), resident_ids=[other])


def test_whether_it_did_any_good(town: Town) -> None:
    guests = [at_home(town, name, 1, 100 + n, living="alone") for n, name in enumerate("甲乙丙")]
    tea = activity(town, days=0, start="20:00")
    today = clock.today()
    never.invite(town.shen, activity_id=tea, resident_ids=guests)
    assert never.worked(town.shen, since=today, until=today) == never.Worked(0, 0, 0)
    (date_of,) = programme.sessions(town.shen, activity_id=tea)
    attending.walk_in(town.shen, slot_id=date_of.id, resident_id=guests[0])
    with clock.at(date_of.ends_at + timedelta(hours=8)):
        from tests.volunteers.making import nobody_is_signed_out

        nobody_is_signed_out()
        assert never.worked(town.shen, since=today, until=today) == never.Worked(3, 1, 1)
        assert [row.came for row in never.invited(town.shen, since=today, until=today)].count(True) == 1
        assert never.invited(town.qiu, since=today, until=today) == []


def test_a_grid_worker_notes_what_the_own_people_say_of_something_for_the_whole_community(town: Town) -> None:
    party = activity(town, "集体生日会", who=town.anna, area_id=town.community)
    says_yes, says_no = (
        at_home(town, "张桂梅", 1, 101, living="alone"),
        at_home(town, "李建国", 1, 102, living="alone"),
    )
    far = resident(town, "陶霞霞", building=town.building_3)
    assert never.ask(town.shen, activity_id=party, resident_id=says_yes, said="yes").state == "booked"
    assert never.ask(town.shen, activity_id=party, resident_id=says_no, said="no").count == 1
    with pytest.raises(Refused, match="record.not_found"):
        never.ask(town.shen, activity_id=party, resident_id=far, said="yes")
