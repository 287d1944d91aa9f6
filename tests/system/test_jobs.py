"""Work in the background: done once, taken again from the dead, and never the end of the runner."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from db import access, clock, engine
from db.access import Viewer
from db.errors import Refused
from db.identity import Account
from db.system import jobs
from db.system.jobs import Duty, Job, Run
from db.work import Work, command, unit
from tests.conftest import NOON, Town


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test declares is forgotten after it."""
    monkeypatch.setattr(jobs, "_kinds", {})
    monkeypatch.setattr(jobs, "_duties", {})
    yield
    jobs.stop(wait=True)
    jobs._stopping.clear()


@command("settings.edit")
def ask(work: Work, kind: str, *, alone: bool = False, **payload: Any) -> int:
    return jobs.ask(work, kind, payload, alone=alone)


def raw(job_id: int) -> Job:
    with engine.reading() as session:
        found = session.get_one(Job, job_id)
        session.expunge(found)
        return found


def change(job_id: int, **values: Any) -> None:
    with engine.writing() as session:
        session.execute(update(Job).where(Job.id == job_id).values(**values))  # type: ignore[arg-type]


def test_a_job_gets_its_payload_tells_how_far_it_is_and_ends(town: Town) -> None:
    seen: list[Any] = []

    @jobs.job("count", seen_by="rule.view")
    def count(run: Run, *, upto: int, since: str) -> None:
        run.tell(1, upto)
        seen.append((since, jobs.state(town.anna, job_id=run.id).share))

    job_id = ask(town.anna, "count", upto=4, since=NOON.date())
    assert jobs.state(town.anna, job_id=job_id).state == "waiting"
    assert jobs.run_waiting() == 1
    assert seen == [("2026-11-23", 0.25)]
    done = jobs.state(town.anna, job_id=job_id)
    assert (done.state, done.share, done.over, done.own) == ("done", 1.0, True, True)
    assert jobs.run_waiting() == 0


def test_who_asked_and_who_may_see_it_see_a_job_and_nobody_else(town: Town) -> None:
    @jobs.job("rules", seen_by="rule.view")
    def nothing(_run: Run) -> None: ...

    job_id = ask(town.anna, "rules")
    colleague = jobs.latest(town.lei, kind="rules")
    assert colleague is not None
    assert (colleague.id, colleague.own, colleague.name) == (job_id, False, "安娜")
    assert jobs.latest(town.vera, kind="rules") is None
    with pytest.raises(Refused, match=r"record\.not_found"):
        jobs.state(town.vera, job_id=job_id)


def test_what_was_asked_for_in_vain_is_not_done(town: Town) -> None:
    @jobs.job("x")
    def nothing(_run: Run) -> None: ...

    with pytest.raises(RuntimeError), unit(town.anna, "settings.edit", write=True) as work:
        jobs.ask(work, "x", {})
        raise RuntimeError
    assert jobs.run_waiting() == 0


def test_a_job_that_is_to_be_alone_refuses_another_until_it_is_over(town: Town) -> None:
    @jobs.job("x")
    def nothing(_run: Run) -> None: ...

    ask(town.anna, "x", alone=True)
    with pytest.raises(Refused) as refused:
        ask(town.anna, "x", alone=True)
    assert refused.value.facts == {"name": "安娜"}
    jobs.run_waiting()
    ask(town.anna, "x", alone=True)


def test_two_who_look_at_the_same_time_do_each_job_once(town: Town) -> None:
    done: list[int] = []

    @jobs.job("x")
    def note(_run: Run, *, number: int) -> None:
        done.append(number)

    for number in range(20):
        ask(town.anna, "x", number=number)
    both = threading.Barrier(2)

    def look() -> None:
        both.wait()
        jobs.run_waiting()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(20))


def test_a_job_is_taken_by_one_update_however_many_read_that_it_waits(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other process takes it between our reading and our taking."""

    @jobs.job("x")
    def nothing(_run: Run) -> None: ...

    ask(town.anna, "x")
    ours, theirs = engine.writing, []

    def late() -> Any:
        monkeypatch.setattr(engine, "writing", ours)
        theirs.append(jobs._take())
        return ours()

    monkeypatch.setattr(engine, "writing", late)
    assert jobs._take() is None
    assert theirs[0] is not None


def test_the_job_of_a_killed_process_is_taken_again_and_the_killed_one_writes_nothing_more(
    town: Town,
) -> None:
    done: list[int] = []

    @jobs.job("x")
    def note(run: Run) -> None:
        done.append(run.taken)

    job_id = ask(town.anna, "x")
    taken = jobs._take()  # and then its process is no more
    assert taken is not None
    assert jobs.run_waiting() == 0
    with clock.at(NOON + timedelta(seconds=59)):
        assert jobs.run_waiting() == 0
    with clock.at(NOON + timedelta(seconds=61)):
        assert jobs.run_waiting() == 1
    assert done == [2]
    with pytest.raises(jobs._Lost):
        taken[1].tell(1, 2)
    with (
        pytest.raises(jobs._Lost),
        unit(access.system(), "settings.edit", write=True) as work,
    ):
        taken[1].finish(work)
    assert raw(job_id).state == "done"


def test_a_job_that_kills_its_process_is_given_up(town: Town) -> None:
    @jobs.job("x")
    def never(_run: Run) -> None:
        raise AssertionError

    job_id = ask(town.anna, "x")
    change(job_id, state="running", taken=3, beat_at=NOON - timedelta(hours=1))
    jobs.run_waiting()
    assert (raw(job_id).state, raw(job_id).problem) == ("failed", "job.gave_up")


def test_what_fails_is_kept_with_its_reason_and_the_next_is_done(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    @jobs.job("refuses")
    def refuses(_run: Run) -> None:
        raise Refused("record.changed", day=NOON.date())

    @jobs.job("breaks")
    def breaks(_run: Run) -> None:
        raise ZeroDivisionError

    @jobs.job("works")
    def works(_run: Run) -> None: ...

    first, second, third = (ask(town.anna, kind, alone=True) for kind in ("refuses", "breaks", "works"))
    assert jobs.run_waiting() == 3
    assert (raw(first).problem, raw(first).facts) == ("record.changed", {"day": "2026-11-23"})
    assert (raw(second).state, raw(second).problem) == ("failed", "error.unexpected")
    assert raw(third).state == "done"
    assert "ZeroDivisionError" in caplog.text


def test_what_a_job_wrote_and_that_it_is_done_are_one(town: Town) -> None:
    @jobs.job("x")
    def halfway(run: Run) -> None:
        with unit(access.system(), "settings.edit", write=True) as work:
            work.log("care", None)
            run.finish(work)
        raise ZeroDivisionError

    job_id = ask(town.anna, "x")
    jobs.run_waiting()
    assert (raw(job_id).state, raw(job_id).problem) == ("done", "")


def test_a_job_acts_for_who_asked_as_long_as_they_may(town: Town) -> None:
    seen: list[Viewer] = []

    @jobs.job("x")
    def note(run: Run) -> None:
        with unit(access.system(), "settings.edit", write=False) as work:
            seen.append(run.acting(work).viewer)

    ask(town.anna, "x")
    jobs.run_waiting()
    assert [(one.name, one.role, one.account_id) for one in seen] == [("安娜", "admin", town.anna.account_id)]
    job_id = ask(town.anna, "x")
    with engine.writing() as session:
        session.execute(update(Account).values(active=False))
    jobs.run_waiting()
    assert raw(job_id).problem == "access.denied"


def test_a_server_that_ends_leaves_its_job_for_the_next_start(town: Town) -> None:
    @jobs.job("x")
    def long(run: Run) -> None:
        if run.id not in began:
            began.append(run.id)
            jobs.stop()
        run.tell(1, 2)

    began: list[int] = []
    job_id = ask(town.anna, "x")
    jobs.run_waiting()
    assert raw(job_id).state == "waiting"
    jobs._stopping.clear()
    jobs.run_waiting()
    assert raw(job_id).state == "done"


def test_a_duty_is_done_when_its_time_has_come_and_once(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    @jobs.every(minutes=60, name="hourly")
    def hourly() -> None:
        done.append("hourly")

    @jobs.every(minutes=60, name="broken")
    def broken() -> None:
        raise ZeroDivisionError

    assert jobs.run_duties() == ["hourly", "broken"]
    assert "ZeroDivisionError" in caplog.text
    with clock.at(NOON + timedelta(minutes=59)):
        assert jobs.run_duties() == []
    with clock.at(NOON + timedelta(minutes=60)):
        assert not jobs._mine_to_do("hourly", timedelta(minutes=61))
        assert jobs.run_duties() == ["hourly", "broken"]
    assert done == ["hourly", "hourly"]
    with engine.reading() as session:
        assert len(session.execute(select(Duty)).all()) == 2


def test_old_jobs_are_forgotten(town: Town) -> None:
    @jobs.job("x")
    def nothing(_run: Run) -> None: ...

    old = ask(town.anna, "x")
    jobs.run_waiting()
    waits = ask(town.anna, "x")
    with clock.at(NOON + timedelta(days=31)):
        jobs.forget_old()
    with engine.reading() as session:
        assert session.get(Job, old) is None
        assert session.get(Job, waits) is not None


def test_the_runner_is_woken_by_what_is_asked_for(town: Town) -> None:
    done = threading.Event()

    @jobs.job("x")
    def note(_run: Run) -> None:
        done.set()

    jobs.start()
    assert jobs.here()
    ask(town.anna, "x")
    assert done.wait(10)
    jobs.stop(wait=True)
    assert not jobs.here()
