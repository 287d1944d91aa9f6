"""What is due for whom follows from the records, at any time and however they were changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from db import clock, engine, keeping
from db.access import Viewer
from db.care import calls, days, due, visits
from db.care.rules import RULES
from db.care.tables import Call, CarePeriod, Due, Urgent
from db.care.visits import Seen
from db.errors import Refused
from db.identity import SignIn
from db.people import leaving, merging, residents
from db.people.residents import RESIDENTS
from db.territory import posts
from db.work import Work, unit
from tests.built import built_once
from tests.conftest import NOON, Town

TODAY = NOON.date()


@pytest.fixture
@built_once
def office(town: Town) -> Town:
    """The town with the rules that a community starts with."""
    days.new_day(town.anna)
    return town


def person(town: Town, name: str, by: Viewer | None = None, **values: Any) -> int:
    groups = values.pop("groups", ())
    return residents.add(
        by or town.shen,
        values={"name": name, "area_id": town.building_1, "in_care": True, **values},
        groups=groups,
    )


def row(resident_id: int) -> Any:
    with engine.reading() as session:
        return session.execute(
            select(Due.__table__).where(Due.__table__.c.resident_id == resident_id)  # type: ignore[attr-defined]
        ).first()


def everything() -> list[Any]:
    """What stands for everybody, but for the numbers of the rows."""
    with engine.reading() as session:
        columns = [Due.__table__.c[name] for name in ("resident_id", *due.FIELDS)]  # type: ignore[attr-defined]
        return session.execute(select(*columns).order_by("resident_id")).all()


def worked_out_anew(who: Viewer) -> list[Any]:
    """What a full recomputation gives."""
    with unit(who, "settings.edit", write=True) as work:
        work.session.execute(Due.__table__.delete())  # type: ignore[attr-defined]
        due.settle_all(work)
        work.log("care", None, action="care.day")
    return everything()


@contextmanager
def on(days_later: int) -> Iterator[None]:
    """So many days later, with everybody still signed in."""
    with clock.at(NOON + timedelta(days=days_later)):
        with engine.writing() as session:
            session.execute(update(SignIn).values(seen_at=clock.now()))
        yield


def test_the_strictest_rule_that_fits_says_when(office: Town) -> None:
    old = person(office, "周奶奶", born=date(1940, 5, 1), living="alone", colour="red")
    other = person(office, "吴先生", born=date(1990, 5, 1))
    assert (row(old).every_days, row(old).due_on) == (7, TODAY + timedelta(days=7))
    assert (row(other).every_days, row(other).due_on) == (90, TODAY + timedelta(days=90))
    assert row(old).opens_on == TODAY + timedelta(days=5)


def test_who_is_not_in_care_is_due_for_nothing(office: Town) -> None:
    assert row(person(office, "林先生", in_care=False)) is None


def test_a_contact_counts_from_its_day_and_an_attempt_not_at_all(office: Town) -> None:
    resident = person(office, "周奶奶", born=date(1940, 5, 1), living="alone")
    with on(3):
        visits.record(office.shen, seen=[Seen(resident, "not_met", "no_answer")])
        assert (row(resident).due_on, row(resident).attempts) == (TODAY + timedelta(days=7), 1)
    with on(4):
        visits.record(office.shen, seen=[Seen(resident, "well")])
        assert (row(resident).due_on, row(resident).attempts) == (TODAY + timedelta(days=11), 0)


def test_what_a_neighbour_tells_is_no_contact_where_the_rule_wants_own_eyes(office: Town) -> None:
    high = person(office, "周奶奶", born=date(1940, 5, 1), living="alone")
    other = person(office, "吴先生")
    with on(3):
        visits.record(office.shen, seen=[Seen(high), Seen(other)], kind="neighbour")
        assert row(high).due_on == TODAY + timedelta(days=7)
        assert row(other).due_on == TODAY + timedelta(days=93)


def test_a_later_change_of_colour_age_group_or_home_changes_the_rhythm(office: Town) -> None:
    resident = person(office, "吴先生", born=date(1946, 11, 30), living="alone")
    assert row(resident).every_days == 90
    keeping.edit(office.shen, RESIDENTS, resident, 1, {"colour": "red"})
    assert row(resident).every_days == 7
    keeping.edit(office.shen, RESIDENTS, resident, 2, {"colour": ""})
    residents.set_groups(office.shen, resident_id=resident, codes=[])
    with on(8):  # 80 now
        days.new_day(office.shen)
        assert row(resident).every_days == 7
        assert everything() == worked_out_anew(office.anna)


@pytest.mark.parametrize("status", ["moved", "died"])
def test_moving_out_and_dying_stop_everything_at_once(office: Town, status: Any) -> None:
    resident = person(office, "周奶奶", colour="red")
    calls.note_event(office.shen, resident_id=resident, kind="fall")
    visits.record(office.shen, seen=[Seen(resident, "not_met", "no_answer")])
    assert row(resident).urgent
    leaving.leave(office.shen, resident_id=resident, version=1, status=status)
    assert row(resident) is None
    with engine.reading() as session:
        assert [one.ended_why for one in session.execute(select(Call)).scalars()] == ["left"]
        assert [one.closed_why for one in session.execute(select(Urgent)).scalars()] == ["left"]
        assert [one.until for one in session.execute(select(CarePeriod)).scalars()] == [TODAY]
    with pytest.raises(Refused, match=r"visit\.gone"):
        visits.record(office.shen, seen=[Seen(resident)])


def test_a_death_noted_by_mistake_and_taken_back_leaves_no_gap(office: Town) -> None:
    resident = person(office, "周奶奶", colour="red")
    with on(3):
        version = leaving.leave(office.shen, resident_id=resident, version=1, status="died")
        leaving.lives_here_again(office.shen, resident_id=resident, version=version)
        assert row(resident).due_on == TODAY + timedelta(days=7)
        with engine.reading() as session:
            assert [one.until for one in session.execute(select(CarePeriod)).scalars()] == [None]


def test_two_failed_attempts_are_urgent_and_one_of_the_highest_colour(office: Town) -> None:
    red, blue = person(office, "周奶奶", colour="red"), person(office, "吴先生", colour="blue")
    visits.record(office.shen, seen=[Seen(red, "not_met", "no_answer"), Seen(blue, "not_met", "out")])
    assert (row(red).urgent, row(blue).urgent) == (True, False)
    visits.record(office.shen, seen=[Seen(blue, "not_met", "no_answer")])
    assert row(blue).urgent
    visits.record(office.shen, seen=[Seen(red), Seen(blue, "needs", needs="买药")])
    assert (row(red).urgent, row(blue).urgent) == (False, False)


def test_an_urgent_item_solved_by_hand_comes_back_only_with_another_attempt(office: Town) -> None:
    red = person(office, "周奶奶", colour="red")
    visits.record(office.shen, seen=[Seen(red, "not_met", "no_answer")])
    with engine.reading() as session:
        item = session.execute(select(Urgent.id)).scalar_one()  # type: ignore[call-overload]
    with pytest.raises(Refused, match=r"urgent\.note"):
        calls.solve_urgent(office.shen, urgent_id=item, note=" ")
    calls.solve_urgent(office.shen, urgent_id=item, note="女儿来电：在医院")
    assert not row(red).urgent
    visits.record(office.shen, seen=[Seen(red, "not_met", "no_answer")])
    assert row(red).urgent
    with pytest.raises(Refused, match=r"record\.not_found"):
        calls.solve_urgent(office.qiu, urgent_id=item, note="没事")


def test_a_life_event_asks_for_a_contact_within_a_day_also_of_somebody_not_in_care(office: Town) -> None:
    resident = person(office, "林先生", in_care=False)
    calls.note_event(office.shen, resident_id=resident, kind="discharge")
    assert (row(resident).next_on, row(resident).due_on) == (TODAY + timedelta(days=1), None)
    visits.record(office.shen, seen=[Seen(resident)])
    assert row(resident) is None


def test_a_warning_concerns_those_it_is_for_and_calls_end_with_it(office: Town) -> None:
    north = person(office, "周奶奶", living="alone")
    family = person(office, "吴先生", living="family")
    south = person(office, "郑爷爷", by=office.qiu, area_id=office.building_3, living="alone")
    occasion = keeping.create(
        office.anna, calls.OCCASIONS,
        {"kind": "heat", "name": "高温橙色预警", "area_id": office.north, "since": TODAY, "until": TODAY + timedelta(days=2),
         "due_days": 1, "living": ["alone"], "match": "all"},
    )  # fmt: skip
    assert [row(one).called_on for one in (north, family, south)] == [TODAY + timedelta(days=1), None, None]
    late = person(office, "后来的", living="alone")
    assert row(late).called_on == TODAY + timedelta(days=1)
    visits.record(office.shen, seen=[Seen(north)], kind="phone")
    assert row(north).called_on is None
    (banner,) = calls.banners(office.lei)
    assert (banner.asked, banner.answered) == (2, 1)
    calls.call_off(office.anna, occasion_id=occasion)
    assert row(late).called_on is None
    assert everything() == worked_out_anew(office.anna)


def test_a_warning_that_is_over_asks_for_nothing_any_more(office: Town) -> None:
    north = person(office, "周奶奶")
    keeping.create(
        office.anna, calls.OCCASIONS,
        {"kind": "festival", "name": "重阳节", "area_id": office.community, "since": TODAY, "until": TODAY, "due_days": 0,
         "match": "all"},
    )  # fmt: skip
    assert row(north).called_on == TODAY
    with on(1):
        days.new_day(office.shen)
        assert row(north).called_on is None


def test_whoever_turns_eighty_is_to_be_congratulated(office: Town) -> None:
    resident = person(office, "寿星", in_care=False, born=date(1946, 11, 24))
    with on(1):
        days.new_day(office.shen)
        assert row(resident).next_on == TODAY + timedelta(days=1)


def test_the_named_carer_is_responsible_else_whoever_holds_the_nearest_area(office: Town) -> None:
    resident = person(office, "周奶奶")
    assert row(resident).holder == ""
    values = {"area_id": office.north, "role": "grid_worker", "holder": "沈亦安", "since": TODAY}
    keeping.create(office.anna, posts.POSTS, values)
    assert row(resident).holder == "沈亦安"
    keeping.create(
        office.anna,
        posts.POSTS,
        {**values, "area_id": office.building_1, "role": "building_lead", "holder": "童楼长"},
    )
    assert row(resident).holder == "童楼长"
    keeping.edit(office.shen, RESIDENTS, resident, 1, {"carer": "邻居小孟"})
    assert row(resident).holder == "邻居小孟"
    assert everything() == worked_out_anew(office.anna)


def test_a_rule_that_is_added_or_ends_moves_what_is_due(office: Town) -> None:
    resident = person(office, "周奶奶")
    rule = keeping.create(
        office.lei, RULES,
        {"name": "冬季", "source": "居委会决定", "every_days": 3, "since": TODAY, "until": TODAY + timedelta(days=9), "match": "all"},
    )  # fmt: skip
    assert (row(resident).every_days, row(resident).rule_id) == (3, rule)
    with on(10):
        days.new_day(office.shen)
        assert row(resident).every_days == 90
        assert everything() == worked_out_anew(office.anna)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"every_days": 0}, "every_days"), ({"every_days": 7, "opens_days": 9}, "opens_days"),
        ({"age_from": 90, "age_to": 80}, "age_to"), ({"groups": ["nobody"]}, "groups"), ({"area_id": 9999}, "area_id"),
    ],
)  # fmt: skip
def test_what_makes_no_rule_is_refused(office: Town, values: Any, field: str) -> None:
    whole = {"name": "新规则", "source": "会议", "every_days": 30, "since": TODAY, "match": "all", **values}
    with pytest.raises(Refused) as refused:
        keeping.create(office.lei, RULES, whole)
    assert field in refused.value.facts["problems"]


def test_a_community_that_is_upgraded_begins_with_everybody_in_care(town: Town) -> None:
    resident = person(town, "周奶奶", colour="red")
    days.new_day(town.shen)
    assert row(resident).due_on == TODAY + timedelta(days=7)
    assert days.new_day(town.shen) is False


def test_two_records_of_one_person_are_due_once_and_twice_again_when_that_was_wrong(office: Town) -> None:
    keep, other = person(office, "周秀英", colour="red"), person(office, "周秀莹")
    visits.record(office.shen, seen=[Seen(other)])
    merging.merge(office.shen, keep_id=keep, other_id=other)
    assert (row(keep).last_on, row(other)) == (TODAY, None)
    assert everything() == worked_out_anew(office.anna)
    merging.unmerge(office.shen, resident_id=other)
    assert (row(keep).last_on, row(other).last_on) == (None, TODAY)
    assert everything() == worked_out_anew(office.anna)


def test_nothing_is_written_when_nothing_changed(office: Town) -> None:
    person(office, "周奶奶", colour="red")

    def again(work: Work) -> int:
        return due.settle_all(work)

    with unit(office.anna, "settings.edit", write=True) as work:
        assert again(work) == 0
        work.log("care", None, action="care.day")
