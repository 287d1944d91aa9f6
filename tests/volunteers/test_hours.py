"""Hours: how they are counted, who approves them, that nothing changes them, corrections, warnings, the notice."""

import random
import threading
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from db import clock, engine, listing
from db.access import Viewer
from db.errors import Refused
from db.identity import Account
from db.listing import Listing
from db.system import community
from db.volunteers import approving, checking, hours
from db.volunteers.hour_rules import HourRules, counted
from db.volunteers.hours_register import HOURS
from db.volunteers.tables import TRIGGERS, Hours
from db.work import unit
from tests.conftest import NOON, Town, sign_in
from tests.volunteers import making
from tests.volunteers.serving import Place, code, entries, place, served

RULES = HourRules(15, 5, 480, 7, 10, 7, 80, 90, 2, 3)
NINE = datetime(2026, 11, 26, 9, 0, tzinfo=clock.PLACE)


@pytest.fixture
def long_day(town: Town) -> None:
    making.nobody_is_signed_out()


def totals(volunteer: int) -> tuple[int, int]:
    from db import access

    with unit(access.system(), "hours.view", write=False) as work:
        found = approving.totals(work, volunteer)
        return found.credited, found.by_hand


def made_up(town: Town, volunteer: int, minutes: int = 60, start: str = "14:00", days: int = -1) -> int:
    return hours.make_up(
        town.shen, volunteer_id=volunteer, day=clock.today() + timedelta(days=days), start=time.fromisoformat(start),
        minutes=minutes, what="送餐", why="忘记登记",
    )  # fmt: skip


def warned(town: Town, entry_id: int, yes: bool = True) -> None:
    """Decide, having seen what is to be said."""
    seen = next(one.warnings for one in approving.waiting(town.anna) if one.id == entry_id)
    approving.decide(town.anna, entry_id=entry_id, yes=yes, why="不符", seen=seen)


@pytest.mark.parametrize(
    ("came", "left", "minutes"),
    [
        (0, 120, 120),
        (-25, 150, 120),  # the way there and back, and staying on, do not count
        (5, 115, 120),  # within the tolerance
        (6, 120, 105),  # 114, down to quarters
        (0, 7, 0),
        (50, 40, 0),
        (-30, -1, 0),
        (121, 130, 0),
        (-5, 1, 0),
    ],
)
def test_only_time_within_the_plan_counts(came: int, left: int, minutes: int) -> None:
    at = [NINE + timedelta(minutes=one) for one in (came, left)]
    assert counted(*at, NINE, NINE + timedelta(hours=2), RULES) == minutes


@given(some.integers(-90, 240), some.integers(-90, 240), some.sampled_from([1, 15, 30]), some.integers(0, 30))
def test_never_more_than_planned_or_stayed_and_always_whole_steps(came, left, rounding, tolerance) -> None:
    rules = HourRules(rounding, tolerance, 480, 7, 10, 7, 80, 90, 2, 3)
    at = [NINE + timedelta(minutes=one) for one in (came, left)]
    minutes = counted(*at, NINE, NINE + timedelta(hours=2), rules)
    assert 0 <= minutes <= 120
    assert minutes % rounding == 0
    assert minutes <= max(0, left - came) + 2 * tolerance


def test_a_day_has_no_more_hours_than_the_cap(town: Town, long_day: None) -> None:
    community.change_setting(town.anna, name="hours_cap", value=3)
    mei = place(town, start="09:00")
    served(town, mei)
    with clock.at(mei.at("18:00")):
        with pytest.raises(Refused, match="hours.minutes"):
            made_up(town, mei.volunteer, 90, "14:00", days=0)
        made_up(town, mei.volunteer, 60, "14:00", days=0)
    assert [one.minutes for one in entries(mei.volunteer)] == [120, 60]


def test_approved_hours_are_on_the_notice_and_then_locked(town: Town, long_day: None) -> None:
    mei = place(town)
    entry = served(town, mei)
    with clock.at(mei.at("12:00")):
        assert totals(mei.volunteer) == (0, 0)
        approving.decide(town.shen, entry_id=entry, yes=True)
        assert totals(mei.volunteer) == (120, 0)
        (line,) = approving.notice(town.shen)
        assert (line.name, line.minutes, line.by_hand) == ("梅*", 120, False)
        assert "梅兰" not in repr(line)
        assert approving.notice(town.qiu) == []
    with clock.at(mei.at("23:59", 7)):
        assert len(approving.notice(town.shen)) == 1
        assert not approving.mine(mei.viewer)[0].locked
    with clock.at(mei.at("00:01", 8)):
        assert approving.notice(town.shen) == []
        assert approving.mine(mei.viewer)[0].locked


def test_nobody_approves_their_own_hours_or_what_they_made_up(town: Town, long_day: None) -> None:
    mei = place(town)
    entry = served(town, mei)
    with engine.writing() as session:
        session.execute(update(Account).where(Account.id == mei.viewer.account_id).values(role="admin"))  # type: ignore[arg-type]
    with clock.at(mei.at("12:00")):
        with pytest.raises(Refused, match="hours.own"):
            approving.decide(mei.viewer, entry_id=entry, yes=True)
        assert approving.approve_many(mei.viewer, entry_ids=[entry]) == 0
        by_hand = made_up(town, mei.volunteer)
        with pytest.raises(Refused, match="hours.own_entry"):
            approving.decide(town.shen, entry_id=by_hand, yes=True, seen=["no_check_in"])
        with pytest.raises(Refused, match="area.outside"):
            approving.decide(town.qiu, entry_id=entry, yes=True)
        approving.decide(town.lei, entry_id=by_hand, yes=True, seen=["no_check_in"])
    assert totals(mei.volunteer) == (0, 60)


def test_a_warning_that_was_not_seen_stops_the_approval(town: Town, long_day: None) -> None:
    _mei, viewer = making.volunteer(town, "梅兰")
    entry = made_up(town, _mei)
    with pytest.raises(Refused, match="hours.warned"):
        approving.decide(town.anna, entry_id=entry, yes=True)
    assert approving.approve_many(town.anna, entry_ids=[entry]) == 0
    with pytest.raises(Refused, match="hours.why"):
        approving.decide(town.anna, entry_id=entry, yes=False, seen=["no_check_in"])
    approving.decide(town.anna, entry_id=entry, yes=False, why="当天没有活动")
    with pytest.raises(Refused, match="hours.moved"):
        approving.decide(town.anna, entry_id=entry, yes=True, seen=["no_check_in"])
    assert totals(_mei) == (0, 0)
    assert [one.decided_why for one in approving.mine(viewer)] == ["当天没有活动"]


def test_two_approvers_decide_once(town: Town, long_day: None) -> None:
    mei = place(town)
    entry = served(town, mei)
    results: list[str] = []

    def decide(yes: bool) -> None:
        viewer = town.anna if yes else town.shen
        try:
            approving.decide(viewer, entry_id=entry, yes=yes, why="不符")
            results.append("done")
        except Refused as refused:
            results.append(refused.code)

    with clock.at(mei.at("12:00")):
        threads = [threading.Thread(target=decide, args=(yes,)) for yes in (True, False)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert sorted(results) == ["done", "hours.moved"]
    (kept,) = entries(mei.volunteer)
    assert kept.version == 2


def test_two_corrections_at_once_are_one(town: Town, long_day: None) -> None:
    mei = place(town)
    entry = served(town, mei)
    results: list[str] = []

    def correct(viewer: Viewer) -> None:
        try:
            hours.correct(viewer, entry_id=entry, why="早退", came=mei.at("09:00"), left=mei.at("10:00"))
            results.append("done")
        except Refused as refused:
            results.append(refused.code)

    with clock.at(mei.at("12:00")):
        approving.decide(town.shen, entry_id=entry, yes=True)
        threads = [threading.Thread(target=correct, args=(viewer,)) for viewer in (town.anna, town.shen) * 2]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert sorted(results) == ["done", *["hours.correcting"] * 3]
    assert [one.minutes for one in entries(mei.volunteer)] == [120, -60]


def test_the_database_itself_keeps_what_was_decided(town: Town, long_day: None) -> None:
    mei = place(town)
    entry = served(town, mei)
    with clock.at(mei.at("12:00")):
        approving.decide(town.shen, entry_id=entry, yes=True)
    for change in (
        update(Hours).values(minutes=600),
        update(Hours).values(state="waiting"),
        update(Hours).values(withdrawn_at=NOON),
        update(Hours).values(public_until=None),
        delete(Hours),
    ):
        with pytest.raises(DBAPIError, match="never changed"), engine.writing() as session:
            session.execute(change.where(Hours.id == entry))  # type: ignore[arg-type]
    with engine.writing() as session:  # an area may move, with all that lies in it
        session.execute(update(Hours).values(area_path="/00001/"))
    assert totals(mei.volunteer) == (120, 0)


def test_the_triggers_name_every_column_but_those_that_may_move() -> None:
    for statements in TRIGGERS.values():
        guarded = next(one for one in statements if "BEFORE UPDATE OF" in one)
        named = guarded.split("UPDATE OF ")[1].split(" ON ")[0].split(", ")
        assert set(named) == {column.name for column in Hours.__table__.c} - {
            "area_path",
            "version",
            "changed_at",
        }  # type: ignore[attr-defined]


def test_a_correction_is_a_new_entry_with_the_difference(town: Town, long_day: None) -> None:
    mei = place(town)
    entry = served(town, mei)
    with clock.at(mei.at("12:00")):
        with pytest.raises(Refused, match="hours.not_decided"):
            hours.correct(town.shen, entry_id=entry, why="早退", came=mei.at("09:00"), left=mei.at("10:00"))
        approving.decide(town.shen, entry_id=entry, yes=True)
    with clock.at(mei.at("12:00", 20)):
        before = entries(mei.volunteer)[0]
        with pytest.raises(Refused, match="hours.same"):
            hours.correct(town.shen, entry_id=entry, why="早退", came=mei.at("09:00"), left=mei.at("11:00"))
        new = hours.correct(
            town.shen, entry_id=entry, why="早退", came=mei.at("09:00"), left=mei.at("10:00"), token="t"
        )
        assert new == hours.correct(town.shen, entry_id=entry, why="早退", token="t")
        with pytest.raises(Refused, match="hours.correcting"):
            hours.correct(
                town.shen, entry_id=entry, why="还是早退", came=mei.at("09:00"), left=mei.at("09:30")
            )
        with pytest.raises(Refused, match="hours.own_entry"):
            approving.decide(town.shen, entry_id=new, yes=True)
        assert approving.approve_many(town.anna, entry_ids=[new]) == 0  # corrections are looked at one by one
        warned(town, new)
        assert totals(mei.volunteer) == (60, 0)
        assert [one.minutes for one in approving.history(mei.viewer, entry_id=new)] == [120, -60]
        assert entries(mei.volunteer)[0] == before
        gone = hours.correct(town.shen, entry_id=new, why="没有来")
        warned(town, gone)
    assert totals(mei.volunteer) == (0, 0)


def test_the_sum_of_approved_entries_equals_the_totals_after_random_corrections(
    town: Town, long_day: None
) -> None:
    chance = random.Random(11)
    mei = place(town)
    roots = {served(town, mei): 120}
    with clock.at(mei.at("12:00", 3)):
        warned(town, next(iter(roots)))
        for start in ("08:00", "13:00"):
            entry = made_up(town, mei.volunteer, 90, start)
            warned(town, entry)
            roots[entry] = 90
        piles = {entry: number > 0 for number, entry in enumerate(roots)}
        for _turn in range(25):
            entry = chance.choice(list(roots))
            before = {
                one.id: one.model_dump()
                for one in entries(mei.volunteer)
                if one.state in ("approved", "refused")
            }
            minutes = chance.choice((0, 15, 30, 60, 75, 105, 120))
            try:
                if piles[entry]:
                    new = hours.correct(town.shen, entry_id=entry, why="核对", minutes=minutes)
                else:
                    new = hours.correct(
                        town.shen, entry_id=entry, why="核对", came=mei.at("09:00"),
                        left=mei.at("09:00") + timedelta(minutes=minutes),
                    )  # fmt: skip
            except Refused as refused:
                assert refused.code == "hours.same"
                continue
            if yes := chance.random() < 0.7:
                roots[entry] = minutes
            warned(town, new, yes)
            after = {one.id: one.model_dump() for one in entries(mei.volunteer)}
            assert {key: after[key] for key in before} == before
        kept = [one for one in entries(mei.volunteer) if one.state == "approved"]
        for hand in (False, True):
            summed = sum(one.minutes for one in kept if (one.origin == "by_hand") is hand)
            assert summed == totals(mei.volunteer)[hand]
            assert summed == sum(minutes for entry, minutes in roots.items() if piles[entry] is hand)


def test_overlapping_service_is_said_of_both_entries(town: Town, long_day: None) -> None:
    mei = place(town)
    served(town, mei)
    with clock.at(mei.at("12:00")):
        made_up(town, mei.volunteer, 60, "10:30", days=0)
        assert [one.warnings for one in approving.waiting(town.anna, warning="overlap")] == [
            ("overlap",),
            ("no_check_in", "overlap"),
        ]
        assert approving.waiting(town.anna, warning="none") == []
        rows = listing.page(town.shen, HOURS, Listing(filters={"warning": ("overlap",)})).rows
        assert [row["warnings"] for row in rows] == [["no_check_in", "overlap"], ["overlap"]]


def test_many_entered_at_once_are_said_of_all_of_them(town: Town, long_day: None) -> None:
    community.change_setting(town.anna, name="hours_bulk", value=3)
    volunteer, _viewer = making.volunteer(town, "梅兰")
    made_up(town, volunteer, 60, "08:00", days=-2)
    with clock.at(NOON + timedelta(hours=2)):
        for day in (-2, -3):
            made_up(town, volunteer, 60, days=day)
        assert approving.waiting(town.anna, warning="bulk") == []
        made_up(town, volunteer, 60, days=-4)
        assert len(approving.waiting(town.anna, warning="bulk")) == 3


def test_entries_long_afterwards_and_longer_than_planned_are_said(town: Town, long_day: None) -> None:
    mei = place(town)
    with clock.at(mei.at("12:00", 9)):
        checking.from_paper(town.shen, booking_id=mei.booking, came=mei.at("08:35"), left=mei.at("12:30"))
        (entry,) = approving.waiting(town.anna)
        assert set(entry.warnings) == {"no_check_in", "late_entry", "longer"}
        assert entry.minutes == 120


def test_one_approver_for_nearly_all_of_a_month_is_said_and_approves_singly(
    town: Town, long_day: None
) -> None:
    volunteer, _viewer = making.volunteer(town, "梅兰")
    values = Hours(
        volunteer_id=volunteer, what="送餐", day=clock.today(), state="approved", decided_id=town.shen.account_id,
        decided_at=NOON, area_path=town.path(town.north),
    )  # fmt: skip
    with engine.writing() as session:
        session.add_all([Hours(**values.model_dump(exclude={"id"})) for _number in range(30)])
    mei = place(town, "杜鹃")
    entry = served(town, mei)
    with clock.at(mei.at("12:00")):
        assert approving.approve_many(town.shen, entry_ids=[entry]) == 0
        with pytest.raises(Refused, match="hours.warned"):
            approving.decide(town.shen, entry_id=entry, yes=True)
        assert approving.waiting(town.shen)[0].warnings == ("one_approver",)
        assert approving.waiting(town.anna)[0].warnings == ()
        approving.decide(town.shen, entry_id=entry, yes=True, seen=["one_approver"])
    assert entries(mei.volunteer)[0].warnings == ["one_approver"]


def test_what_the_volunteer_entered_for_themselves_is_said(town: Town, long_day: None) -> None:
    volunteer, viewer = making.volunteer(town, "梅兰")
    with engine.writing() as session:
        session.execute(update(Account).where(Account.id == viewer.account_id).values(role="admin"))  # type: ignore[arg-type]
    hours.make_up(
        viewer,
        volunteer_id=volunteer,
        day=clock.today(),
        start=time(8),
        minutes=60,
        what="送餐",
        why="忘记登记",
    )
    assert approving.waiting(town.anna)[0].warnings == ("no_check_in", "own_entry")


def test_a_forgotten_check_out_is_closed_at_the_planned_end_and_says_so(town: Town, long_day: None) -> None:
    mei = place(town)
    with clock.at(mei.at("09:20")):
        checking.check(mei.viewer, shift_id=mei.shift, code=code(mei.shift, "in"))
    with clock.at(mei.at("12:59")):
        assert hours.close_open() == 0
    with clock.at(mei.at("13:01")):
        assert hours.close_open() == 1
        assert hours.close_open() == 0
        (entry,) = approving.waiting(town.anna)
        assert (entry.minutes, entry.warnings, entry.out_at) == (90, ("no_check_out",), mei.at("11:00"))


def test_several_without_warnings_are_approved_at_once(town: Town, long_day: None) -> None:
    shift = making.shift(town, making.kind(maximum=5))
    people: list[Place] = [place(town, name, shift=shift) for name in ("梅兰", "杜鹃", "石竹")]
    ids = [served(town, one) for one in people]
    with clock.at(people[0].at("12:00")):
        approving.decide(town.anna, entry_id=ids[0], yes=True)
        assert approving.approve_many(town.shen, entry_ids=ids) == 2
        assert approving.approve_many(town.qiu, entry_ids=ids) == 0
    assert [totals(one.volunteer) for one in people] == [(120, 0)] * 3


def test_a_volunteer_sees_their_own_hours_only(town: Town, long_day: None) -> None:
    mei, du = place(town), place(town, "杜鹃")
    entry = served(town, mei)
    assert approving.mine(du.viewer) == []
    with pytest.raises(Refused, match="record.not_found"):
        approving.history(du.viewer, entry_id=entry)
    with pytest.raises(Refused, match="access.denied"):
        approving.waiting(mei.viewer)
    assert listing.page(mei.viewer, HOURS, Listing()).rows == []
    assert listing.page(town.qiu, HOURS, Listing()).rows == []
    with clock.at(mei.at("12:00")):
        rows = listing.page(town.shen, HOURS, Listing(filters={"state": ("waiting",)}, search="梅兰")).rows
        assert [(row["who"], row["minutes"]) for row in rows] == [("V00001 梅兰", 120)]
        assert listing.page(town.shen, HOURS, Listing(filters={"warning": ("overlap",)})).rows == []
        shown = listing.page(town.lei, HOURS, Listing()).rows
        assert [row["who"] for row in shown] == ["V00001 梅*"]


def test_nothing_is_written_without_a_trace(town: Town, long_day: None) -> None:
    mei = place(town)
    entry = served(town, mei)
    clerk = sign_in("clerk", "staff", "文员", (town.path(town.north),))
    with clock.at(mei.at("12:00")):
        approving.decide(clerk, entry_id=entry, yes=True)
    with engine.reading() as session:
        rows = session.execute(
            select(text("action"), text("actor"))
            .select_from(text("audit_entry"))
            .where(text("kind = 'hours'"))
            .order_by(text("id"))
        ).all()
    assert [tuple(row) for row in rows] == [
        ("volunteer.self", "梅兰"), ("volunteer.self", "梅兰"), ("hours.approve", "文员"),
    ]  # fmt: skip
