"""A rule is saved in the background: all due dates change in one step, once, and nobody ever sees half of it."""

import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from db import clock, engine, keeping, listing
from db.access import Viewer
from db.audit import AuditEntry
from db.care import days, due, rules
from db.care.rules import RULES
from db.errors import Refused
from db.identity import Account
from db.listing import Listing
from db.people import residents
from db.system import jobs
from db.system.jobs import Run
from tests.care.test_due import everything, worked_out_anew
from tests.conftest import NOON, Town

WINTER = {
    "name": "冬季加密",
    "source": "居委会决定",
    "every_days": "3",
    "since": "2026-11-23",
    "match": "all",
}


@pytest.fixture
def office(town: Town) -> Town:
    """The town with its first rules and three people in care."""
    days.new_day(town.anna)
    for name, by, area in (
        ("周奶奶", town.shen, town.building_1), ("吴先生", town.shen, town.building_2), ("郑爷爷", town.qiu, town.building_3),
    ):  # fmt: skip
        residents.add(by, values={"name": name, "area_id": area, "in_care": True, "born": date(1960, 1, 1)})
    return town


def rhythms() -> list[int]:
    """Every how many days each of the three is to be seen."""
    return [one.every_days for one in everything()]


def saved(who: Viewer, values: Any = None, rule_id: int | None = None, version: int = 0) -> int:
    job_id = rules.save(who, rule_id=rule_id, version=version, values=values or WINTER)
    assert job_id is not None
    return job_id


def named(office: Town, name: str) -> list[Any]:
    return list(listing.page(office.lei, RULES, Listing(search=name)).rows)


def quarterly_rule(office: Town) -> int:
    """The rule for everybody else, as it was made."""
    return int(next(row["id"] for row in named(office, "其他") if row["every_days"] == 90))


def at_each_step(monkeypatch: pytest.MonkeyPatch, what: Callable[[Run, int], None]) -> None:
    """Have `what` done whenever the job says how far it is."""
    note = Run.note

    def noted(run: Run, done: int, total: int = 100) -> None:
        note(run, done, total)
        what(run, done)

    monkeypatch.setattr(Run, "note", noted)


def test_saving_asks_at_once_and_changes_everything_in_the_background(office: Town) -> None:
    job_id = saved(office.lei)
    assert (rhythms(), named(office, "冬季")) == ([90, 90, 90], [])
    assert jobs.run_waiting() == 1
    assert jobs.state(office.lei, job_id=job_id).state == "done"
    assert (rhythms(), len(named(office, "冬季"))) == ([3, 3, 3], 1)
    assert everything() == worked_out_anew(office.anna)
    with engine.reading() as session:
        told = session.execute(
            select(AuditEntry.actor, AuditEntry.label).where(AuditEntry.action == "rule.create")  # type: ignore[call-overload]
        ).all()
    assert told == [("雷振东", "冬季加密")]


def test_a_change_of_a_rule_and_its_end_go_the_same_way(office: Town) -> None:
    quarterly = quarterly_rule(office)
    saved(office.lei, {"every_days": "60"}, quarterly, 1)
    jobs.run_waiting()
    assert rhythms() == [60, 60, 60]
    saved(office.lei, {"until": "2026-11-22"}, quarterly, 2)
    jobs.run_waiting()
    assert [(one.rule_id, one.due_on) for one in everything()] == [(None, None)] * 3
    assert everything() == worked_out_anew(office.anna)


def test_nobody_sees_half_of_it_while_it_is_done(office: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    before, seen = everything(), []
    at_each_step(monkeypatch, lambda _run, _done: seen.append((everything(), len(named(office, "冬季")))))
    saved(office.lei)
    jobs.run_waiting()
    assert len(seen) >= 5
    assert all(one == (before, 0) for one in seen)
    assert rhythms() == [3, 3, 3]


def test_how_far_it_is_only_grows_and_everybody_who_sees_rules_can_see_it(
    office: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "TOLD_EVERY", 1)
    seen: list[float] = []
    at_each_step(monkeypatch, lambda run, _done: seen.append(jobs.state(office.qiu, job_id=run.id).share))
    job_id = saved(office.lei)
    assert jobs.state(office.qiu, job_id=job_id).share == 0
    jobs.run_waiting()
    assert seen == sorted(seen)
    assert len(set(seen)) > 8
    assert 0 < seen[0] < seen[-1] < 1
    assert jobs.state(office.qiu, job_id=job_id).share == 1
    with pytest.raises(Refused, match=r"record\.not_found"):
        jobs.state(office.vera, job_id=job_id)
    assert jobs._noted == {}


class Killed(BaseException):
    """The process is no more."""


@pytest.mark.parametrize("percent", [due.READ, due.WRITTEN])
def test_a_job_killed_midway_leaves_the_old_dates_and_is_done_after_the_next_start(
    office: Town, monkeypatch: pytest.MonkeyPatch, percent: int
) -> None:
    before = everything()

    def kill(run: Run, done: int) -> None:
        if run.taken == 1 and done >= percent:
            raise Killed

    at_each_step(monkeypatch, kill)
    job_id = saved(office.lei)
    with pytest.raises(Killed):
        jobs.run_waiting()
    assert (everything(), named(office, "冬季")) == (before, [])
    assert jobs.run_waiting() == 0
    with clock.at(NOON + timedelta(seconds=61)):
        assert jobs.run_waiting() == 1
    assert jobs.state(office.lei, job_id=job_id).state == "done"
    assert (rhythms(), len(named(office, "冬季"))) == ([3, 3, 3], 1)
    assert everything() == worked_out_anew(office.anna)


def test_a_server_that_ends_midway_leaves_all_as_it_was(
    office: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_each_step(monkeypatch, lambda _run, _done: jobs._stopping.set())
    job_id = saved(office.lei)
    try:
        jobs.run_waiting()
    finally:
        jobs._stopping.clear()
    assert (rhythms(), named(office, "冬季")) == ([90, 90, 90], [])
    assert jobs.state(office.lei, job_id=job_id).state == "waiting"


def test_what_goes_wrong_leaves_all_as_it_was_and_is_told_to_who_asked(
    office: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_run: Run, done: int) -> None:
        if done >= due.WRITTEN:
            raise ZeroDivisionError

    at_each_step(monkeypatch, fail)
    job_id = saved(office.lei)
    jobs.run_waiting()
    failed = jobs.state(office.lei, job_id=job_id)
    assert (failed.state, failed.problem) == ("failed", "error.unexpected")
    assert (rhythms(), named(office, "冬季")) == ([90, 90, 90], [])
    assert jobs.asked(office.lei, job_id=job_id)["values"] == WINTER
    with pytest.raises(Refused, match=r"record\.not_found"):
        jobs.asked(office.anna, job_id=job_id)
    jobs.put_aside(office.anna, job_id=job_id)
    assert jobs.latest(office.lei, kind=rules.APPLY, own=True) is not None
    jobs.put_aside(office.lei, job_id=job_id)
    assert jobs.latest(office.lei, kind=rules.APPLY, own=True) is None


def test_who_may_not_save_rules_any_more_when_it_is_done_saves_none(office: Town) -> None:
    job_id = saved(office.lei)
    with engine.writing() as session:
        session.execute(update(Account).where(Account.username == "lei").values(role="staff"))  # type: ignore[arg-type]
    jobs.run_waiting()
    assert jobs.state(office.anna, job_id=job_id).problem == "access.denied"
    assert rhythms() == [90, 90, 90]


def test_of_two_who_save_at_once_the_second_reads_whom_to_wait_for(office: Town) -> None:
    saved(office.lei)
    with pytest.raises(Refused) as refused:
        saved(office.anna, {**WINTER, "name": "另一条"})
    assert (refused.value.code, refused.value.facts) == ("job.open", {"name": "雷振东"})
    jobs.run_waiting()
    saved(office.anna, {**WINTER, "name": "另一条"})
    jobs.run_waiting()
    assert len(named(office, "另一条")) == 1


def test_a_double_tap_asks_once_also_when_the_first_is_over_already(office: Town) -> None:
    first = saved(office.lei)
    assert saved(office.lei) == first
    jobs.run_waiting()
    assert saved(office.lei) == first
    assert jobs.run_waiting() == 0
    assert len(named(office, "冬季")) == 1
    quarterly = quarterly_rule(office)
    change = saved(office.lei, {"every_days": "60"}, quarterly, 1)
    jobs.run_waiting()
    assert saved(office.lei, {"every_days": "60"}, quarterly, 1) == change
    with clock.at(NOON + timedelta(seconds=11)), pytest.raises(Refused, match=r"record\.changed"):
        saved(office.lei, {"every_days": "60"}, quarterly, 1)


def test_what_is_wrong_is_refused_before_anything_is_asked_for(office: Town) -> None:
    with pytest.raises(Refused) as refused:
        saved(office.lei, {**WINTER, "every_days": "0", "source": ""})
    assert refused.value.facts["problems"] == {"source": "field.required"}
    with pytest.raises(Refused) as refused:
        saved(office.lei, {**WINTER, "every_days": "0"})
    assert refused.value.facts["problems"] == {"every_days": "rule.every"}
    with pytest.raises(Refused, match=r"access\.denied"):
        saved(office.shen)
    quarterly = quarterly_rule(office)
    keeping.edit(office.anna, RULES, quarterly, 1, {"every_days": 80})
    with pytest.raises(Refused) as refused:
        saved(office.lei, {"every_days": "60"}, quarterly, 1)
    assert (refused.value.code, refused.value.facts["theirs"]) == ("record.changed", {"every_days": 80})
    assert rules.save(office.lei, rule_id=quarterly, version=2, values={"every_days": "80"}) is None
    assert jobs.latest(office.lei, kind=rules.APPLY) is None


def test_signs_of_life_and_others_who_take_it_for_lost_do_not_disturb(
    office: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signs of life pile up, and while the transaction is open somebody else takes the job for lost.

    SQLite lets nobody take it before the end; elsewhere whoever was thought lost takes everything back.
    """
    monkeypatch.setattr(jobs, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(jobs, "LOST_AFTER", timedelta(seconds=-1))
    others: list[threading.Thread] = []
    found: list[Any] = []

    def look(_run: Run, done: int) -> None:
        if done == due.READ and not others:
            others.append(threading.Thread(target=lambda: found.append(jobs._take())))
            others[0].start()
            time.sleep(0.2)

    at_each_step(monkeypatch, look)
    job_id = saved(office.lei)
    first = jobs._take()
    assert first is not None
    jobs._do(*first)
    others[0].join(10)
    if found[0] is not None:
        assert rhythms() == [90, 90, 90]
        jobs._do(*found[0])
    assert jobs.state(office.lei, job_id=job_id).state == "done"
    assert (rhythms(), len(named(office, "冬季"))) == ([3, 3, 3], 1)
    assert not [one for one in threading.enumerate() if one.name == f"job-{job_id}"]
