"""Work in the background: what is asked for, taken by exactly one process, and tells how far it is; and periodic duties.

    @job("rules.apply", seen_by="rule.view")
    def apply(run: Run, *, rule_id: int) -> None: ...

    job_id = jobs.ask(work, "rules.apply", {"rule_id": 7})      # within a command; begins after its commit

A job is done at least once: when its process is killed, another one takes it again. Whoever must not do the
same twice calls `run.finish(work)` in the transaction that has the effect.

While that transaction is open nobody else writes to SQLite, so that how far it is stays in the memory of this
process (`run.note`). The signs of life wait meanwhile: they hold nothing that the job needs. Nor can the job
be taken then, for taking it is to write; and once it is over, it is over for whoever waited.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import JSON, ColumnElement, Index, and_, delete, event, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel

from db import clock, engine, identity
from db.audit import jsonable
from db.errors import Refused
from db.identity import Account
from db.record import moment
from db.work import Work, command, query

log = logging.getLogger("linli.jobs")

LOST_AFTER = timedelta(seconds=60)
"""Without a sign of life for so long, a running job belongs to whoever takes it."""
BEAT_SECONDS = 15
LOOK_SECONDS = 2
DUTY_SECONDS = 60
MOST_TAKEN = 3
"""A job that took its process with it so often is not tried again."""
KEPT = timedelta(days=30)
TOPIC = "jobs"
"""Moves when something is asked for."""
SAME_TAP = timedelta(seconds=10)
"""Within this time, the same wish of the same person is one tap that bounced."""
ENDED = ("done", "failed")


class Job(SQLModel, table=True):
    """One piece of work: waiting, running, done or failed."""

    __table_args__ = (Index("ix_job_state", "state", "id"), Index("ix_job_kind", "kind", "id"))

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)
    state: str = "waiting"
    alone: str | None = Field(default=None, unique=True)  # while it is open, no other job has the same
    wanted_by: int | None = None
    wanted_name: str = ""
    made_at: datetime = moment(nullable=False)
    started_at: datetime | None = moment()
    ended_at: datetime | None = moment()
    beat_at: datetime | None = moment()
    taken: int = 0  # how often; whoever took it last is the one who runs it
    done: int = 0
    total: int = 0
    problem: str = ""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)


class Duty(SQLModel, table=True):
    """When something that is done again and again was done last."""

    name: str = Field(primary_key=True)
    last_run_at: datetime = moment(nullable=False)


_J = Job.__table__.c  # type: ignore[attr-defined]
_D = Duty.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class _Kind:
    function: Callable[..., None]
    seen_by: str


_kinds: dict[str, _Kind] = {}
_duties: dict[str, tuple[timedelta, Callable[[], None]]] = {}
_noted: dict[tuple[int, int], tuple[int, int]] = {}
"""How far the jobs of this process are: their id and how often they were taken → done, of how many."""
_stopping = threading.Event()
_runner: BackgroundScheduler | None = None


class _Stopped(Exception):
    """The server ends: what was begun goes on after its next start."""


class _Lost(Exception):
    """Somebody else took the job meanwhile: whoever had it writes nothing more. Nobody is told."""


def job(kind: str, *, seen_by: str = "settings.edit") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The function that does jobs of this kind; whoever may `seen_by`, and who asked, sees how far they are."""

    def known(function: Callable[..., None]) -> Callable[..., None]:
        _kinds[kind] = _Kind(function, seen_by)
        return function

    return known


def every(*, minutes: int, name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """A function to be called again and again, by one of all processes."""

    def known(function: Callable[[], None]) -> Callable[[], None]:
        _duties[name] = (timedelta(minutes=minutes), function)
        return function

    return known


@dataclass
class Run:
    """A job while it is done."""

    id: int
    payload: dict[str, Any]
    wanted_by: int | None
    wanted_name: str
    taken: int
    finished: bool = field(default=False)

    def tell(self, done: int, total: int) -> None:
        """Say how far it is, in a short transaction of its own; never while another one is open."""
        if _stopping.is_set():
            raise _Stopped
        with engine.writing() as session:
            self._mine(session, done=done, total=total, beat_at=clock.now())

    def note(self, done: int, total: int = 100) -> None:
        """Say how far it is while a transaction is open. Other processes learn it with the next sign of life."""
        if _stopping.is_set():
            raise _Stopped
        _noted[self.id, self.taken] = (done, total)

    def finish(self, work: Work) -> None:
        """Done with the transaction of `work`: both happen or neither. It is the last that is written there."""

        def finished() -> None:
            self._mine(work.session, **_ended("done"))
            self.finished = True

        work.at_end.append(finished)

    def acting(self, work: Work) -> Work:
        """The same unit of work, done in the name of who asked, with the rights of now. Refused `access.denied`."""
        if self.wanted_by is None:
            return work
        account = work.session.get(Account, self.wanted_by)
        if account is None or not account.active:
            raise Refused("access.denied", action=work.action)
        return replace(work, viewer=identity.viewer_of(work.session, account, ""))

    def _mine(self, session: Session, **values: Any) -> None:
        """Write to the job, unless somebody else took it meanwhile (`_Lost`)."""
        mine = and_(_J.id == self.id, _J.taken == self.taken, _J.state == "running")
        if not _changed(session, mine, **values):
            raise _Lost(self.id)


def _ended(state: str) -> dict[str, Any]:
    return {"state": state, "ended_at": clock.now(), "alone": None}


def _changed(session: Session, which: ColumnElement[bool], **values: Any) -> bool:
    done = session.connection().execute(update(Job.__table__).where(which).values(**values))  # type: ignore[attr-defined]
    return done.rowcount == 1


def ask(work: Work, kind: str, payload: dict[str, Any], *, alone: bool = False, label: str = "") -> int:
    """Have a job done after this unit of work commits; returns its id. The audit trail calls it `label`.

    Refused `job.open` with `name` (who asked) when `alone` and one of this kind is not over yet.
    """
    if kind not in _kinds:
        raise KeyError(f"no such job: {kind}")
    values = {
        "kind": kind, "payload": plain(payload), "state": "waiting", "alone": kind if alone else None,
        "wanted_by": work.viewer.account_id, "wanted_name": work.viewer.name, "made_at": work.now,
        "taken": 0, "done": 0, "total": 0, "problem": "", "facts": {},
    }  # fmt: skip
    job_id = work.session.execute(
        _insert(work.session)(Job)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["alone"])
        .returning(_J.id)
    ).scalar()
    if job_id is None:
        name = work.session.execute(select(_J.wanted_name).where(_J.alone == kind)).scalar()
        raise Refused("job.open", name=name or "")
    work.log("job", job_id, label or kind, action="job.ask")
    work.touch(TOPIC)
    event.listen(work.session, "after_commit", lambda _session: wake(), once=True)
    return int(job_id)


def just_asked(work: Work, kind: str, payload: dict[str, Any]) -> int | None:
    """The job for which the same person asked a moment ago in the same words: a second tap asks for nothing new."""
    row = work.session.execute(
        select(_J.id, _J.payload, _J.state, _J.made_at)
        .where(_J.kind == kind, _J.wanted_by == work.viewer.account_id)
        .order_by(_J.id.desc())
        .limit(1)
    ).first()
    if row is None or row.state == "failed" or row.payload != plain(payload):
        return None
    return int(row.id) if row.state != "done" or row.made_at > work.now - SAME_TAP else None


def _insert(session: Session) -> Any:
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """As JSON keeps it: dates as ISO text."""
    kept: dict[str, Any] = json.loads(json.dumps(values, default=lambda one: str(jsonable(one))))
    return kept


@dataclass(frozen=True)
class State:
    """How far a job is. `problem` is the code of a refusal, with its `facts`."""

    id: int
    kind: str
    state: str
    own: bool
    name: str
    made_at: datetime
    ended_at: datetime | None
    done: int
    total: int
    problem: str
    facts: dict[str, Any]

    @property
    def over(self) -> bool:
        return self.state in ENDED

    @property
    def share(self) -> float:
        """From 0 to 1."""
        if self.state == "done":
            return 1.0
        return min(1.0, self.done / self.total) if self.total else 0.0


@query("me.view")
def state(work: Work, *, job_id: int) -> State:
    """How far a job is, for who asked and who may see jobs of its kind. Refused `record.not_found`."""
    found = _states(work, _J.id == job_id)
    if found is None:
        raise Refused("record.not_found")
    return found


@query("me.view")
def latest(work: Work, *, kind: str, own: bool = False) -> State | None:
    """The last job of a kind that was asked for (by the viewer: `own`), as far as the viewer may see it."""
    return _states(work, and_(_J.kind == kind, _J.wanted_by == work.viewer.account_id if own else true()))


@query("me.view")
def asked(work: Work, *, job_id: int) -> dict[str, Any]:
    """What somebody asked for, for that person alone. Refused `record.not_found`."""
    payload = work.session.execute(select(_J.payload).where(_own(work, job_id))).scalar()
    if payload is None:
        raise Refused("record.not_found")
    return dict(payload)


@command("me.view")
def put_aside(work: Work, *, job_id: int) -> None:
    """The viewer has read why the own job failed. Does nothing when there is no such job any more."""
    work.session.execute(delete(Job).where(_own(work, job_id), _J.state.in_(ENDED)))
    work.log("job", job_id, action="job.aside")


def _own(work: Work, job_id: int) -> ColumnElement[bool]:
    return and_(_J.id == job_id, _J.wanted_by == work.viewer.account_id)


def _states(work: Work, which: ColumnElement[bool]) -> State | None:
    row = work.session.execute(
        select(Job.__table__).where(which).order_by(_J.id.desc()).limit(1)  # type: ignore[attr-defined]
    ).first()
    if row is None:
        return None
    own = row.wanted_by is not None and row.wanted_by == work.viewer.account_id
    known = _kinds.get(row.kind)
    if not own and not work.viewer.can(known.seen_by if known else "settings.edit"):
        return None
    done, total = (row.done, row.total)
    if row.state == "running":
        done, total = _noted.get((row.id, row.taken), (done, total))
    return State(
        row.id, row.kind, row.state, own, row.wanted_name, row.made_at, row.ended_at, done, total, row.problem,
        row.facts,
    )  # fmt: skip


def run_waiting() -> int:
    """Do all that waits, in this thread, one after the other; returns how many jobs that were."""
    ran = 0
    while not _stopping.is_set() and (run := _take()) is not None:
        _do(*run)
        ran += 1
    return ran


def _free() -> ColumnElement[bool]:
    """Waits, or belonged to a process that gives no sign of life any more."""
    return or_(_J.state == "waiting", and_(_J.state == "running", _J.beat_at < clock.now() - LOST_AFTER))


def _take() -> tuple[str, Run] | None:
    """The oldest job that nobody does, taken by one update that only one process can win."""
    with engine.reading() as session:
        rows = session.execute(
            select(_J.id, _J.kind, _J.payload, _J.wanted_by, _J.wanted_name, _J.taken)
            .where(_J.state.in_(("waiting", "running")), _free(), _J.kind.in_(list(_kinds)))
            .order_by(_J.id)
        ).all()
    for row in rows:
        now = clock.now()
        with engine.writing() as session:
            won = _changed(
                session, and_(_J.id == row.id, _J.taken == row.taken, _free()),
                state="running", taken=row.taken + 1, started_at=now, beat_at=now, done=0, total=0,
            )  # fmt: skip
        if won:
            return row.kind, Run(row.id, row.payload, row.wanted_by, row.wanted_name, row.taken + 1)
    return None


def _do(kind: str, run: Run) -> None:
    """Do one job. What it refuses, and what goes wrong, is kept with it."""
    try:
        if run.taken > MOST_TAKEN:
            raise Refused("job.gave_up")
        with _beating(run):
            _kinds[kind].function(run, **run.payload)
        if not run.finished:
            _settle(run, **_ended("done"))
    except _Stopped:
        _settle(run, state="waiting", taken=0)
    except _Lost:
        log.warning("Job %s was taken by another process meanwhile", run.id)
    except Refused as refused:
        _settle(run, **_ended("failed"), problem=refused.code, facts=plain(refused.facts))
    except Exception:
        log.exception("The job %s %s failed", kind, run.id)
        _settle(run, **_ended("failed"), problem="error.unexpected")
    finally:
        _noted.pop((run.id, run.taken), None)


def _settle(run: Run, **values: Any) -> None:
    try:
        with engine.writing() as session:
            run._mine(session, **values)
    except Exception as error:  # somebody takes it again when it gave no sign of life for long enough
        log.warning("How job %s ended could not be kept: %s", run.id, error)


@contextmanager
def _beating(run: Run) -> Iterator[None]:
    """Give a sign of life now and then, also while the job is busy with one long step."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            try:
                done, total = _noted.get((run.id, run.taken), (None, None))
                far = {} if done is None else {"done": done, "total": total}
                with engine.writing() as session:
                    run._mine(session, beat_at=clock.now(), **far)
            except Exception as error:
                log.debug("No sign of life from job %s: %s", run.id, error)

    thread = threading.Thread(target=beat, name=f"job-{run.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(BEAT_SECONDS)  # what it has begun ends before the process goes on


def run_duties() -> list[str]:
    """Do the duties whose time has come and which no other process does; returns their names."""
    with engine.reading() as session:
        last = {row.name: row.last_run_at for row in session.execute(select(_D.name, _D.last_run_at))}
    done = []
    for name, (pause, function) in _duties.items():
        if name in last and last[name] > clock.now() - pause:
            continue
        if not _mine_to_do(name, pause):
            continue
        try:
            function()
        except Exception:
            log.exception("The duty %s failed", name)
        done.append(name)
    return done


def _mine_to_do(name: str, pause: timedelta) -> bool:
    """Whether the time has come, in the one statement that notes it. (Drivers do not count the rows of an upsert alike.)"""
    now = clock.now()
    with engine.writing() as session:
        noted = session.execute(
            _insert(session)(Duty)
            .values(name=name, last_run_at=now)
            .on_conflict_do_update(
                index_elements=["name"], set_={"last_run_at": now}, where=_D.last_run_at <= now - pause
            )
            .returning(_D.name)
        ).scalar()
        return noted is not None


@every(minutes=24 * 60, name="jobs.old")
def forget_old() -> None:
    """Jobs that ended long ago are of no use to anybody."""
    with engine.writing() as session:
        session.execute(delete(Job).where(_J.state.in_(ENDED), _J.ended_at < clock.now() - KEPT))


def start() -> None:
    """From now on this process does what waits, until `stop`."""
    global _runner
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a long job is still busy is no news
    _stopping.clear()
    _runner = BackgroundScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    _runner.add_job(run_waiting, "interval", seconds=LOOK_SECONDS, id="waiting")
    _runner.add_job(run_duties, "interval", seconds=DUTY_SECONDS, id="duties")
    _runner.start()


def stop(*, wait: bool = False) -> None:
    """What is being done stops at its next step and waits for the next start. `wait` until it has stopped."""
    global _runner
    _stopping.set()
    if _runner is not None:
        _runner.shutdown(wait=wait)
        _runner = None


def here() -> bool:
    """Whether this process does what waits, without being asked."""
    return _runner is not None


def stopping() -> bool:
    """Whether this process is about to end: nothing new is begun."""
    return _stopping.is_set()


def wake() -> None:
    """Something waits: look now. Does nothing where nobody works in the background."""
    if _runner is not None:
        _runner.modify_job("waiting", next_run_time=clock.now())
