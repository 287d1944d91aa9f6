"""The unit of work: who asks, in which transaction, and what is left behind when it is done.

    @command("shift.sign_up")
    def sign_up(work: Work, *, shift_id: int) -> Booking: ...

    booking = sign_up(viewer, shift_id=7)     # opens its own unit of work
    booking = sign_up(work, shift_id=7)       # joins the one that is open

The action is checked for the viewer before anything is read. A command that wrote must have said so
with `work.log`; the entries and the change counters are written in its transaction.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, bindparam, event, insert
from sqlmodel import Session

from db import changes, clock, engine, identity
from db.access import Viewer
from db.audit import AuditEntry, Changes, jsonable
from db.errors import Refused

log = logging.getLogger("linli.work")

TRIES = 5
WROTE = "wrote"

_AUDIT = AuditEntry.__table__  # type: ignore[attr-defined]
_KEEP = insert(_AUDIT)
_KEEP_AND_RAISE = changes.RAISE_ALL.add_cte(
    _KEEP.values({one.name: bindparam(one.name, type_=one.type) for one in _AUDIT.c if one.name != "id"}).cte(
        "kept"
    )
)
"""The one entry and the counters in one statement, where the database can: each one more costs the way there and back."""

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Work:
    """One unit of work. `session` belongs to the commands and queries; nobody else keeps it."""

    session: Session
    viewer: Viewer
    now: datetime
    write: bool
    action: str
    entries: list[dict[str, Any]] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    known: dict[Any, Any] = field(default_factory=dict)  # what was looked up once in this unit of work
    tell: Callable[[int], None] = lambda _percent: None  # how far it is, for whoever wants to know
    at_end: list[Callable[[], None]] = field(default_factory=list)  # the last that its transaction does
    afterwards: list[Callable[[], object]] = field(default_factory=list)  # done once it is committed

    @cached_property
    def connection(self) -> Connection:
        """The connection of the session, for statements that are made once."""
        return self.session.connection()

    def log(
        self, kind: str, record_id: int | None, label: str = "", changes: Changes | None = None, *,
        area_path: str = "", reason: str = "", action: str = "", at: datetime | None = None,
    ) -> None:  # fmt: skip
        """Add an entry to the audit trail. Sealed values come as `audit.CHANGED`, never in clear."""
        self.entries.append(
            {
                "at": at or self.now,
                "account_id": self.viewer.account_id,
                "actor": self.viewer.name,
                "action": action or self.action,
                "kind": kind,
                "record_id": record_id,
                "label": label,
                "area_path": area_path,
                "changes": {
                    name: [jsonable(old), jsonable(new)] for name, (old, new) in (changes or {}).items()
                },
                "reason": reason,
            }
        )

    def wrote(self) -> None:
        """Say that something was written past the session: it must be logged as well."""
        self.session.info[WROTE] = True

    def touch(self, topic: str, *places: str) -> None:
        """Say that `topic` changed, and at which area paths figures must be counted anew."""
        self.topics.add(topic)
        self.places.update(place for place in places if place)


Hook = Callable[[Work], None]
_before_commit: list[Hook] = []


def before_commit(hook: Hook) -> Hook:
    """Run `hook` at the end of each unit of work that touched places, in its transaction."""
    _before_commit.append(hook)
    return hook


@contextmanager
def unit(who: Viewer | Work | None, action: str, *, write: bool) -> Iterator[Work]:
    """Open a unit of work, or join the one given.

    Refused `signin.needed`, `signin.ended`, `signin.idle`, `access.denied`.
    """
    if isinstance(who, Work):
        if write and not who.write:
            raise RuntimeError(f"{action} writes, but was called within a query")
        _check(who.viewer, action)
        yield replace(who, action=action)
        return
    if who is None:
        raise Refused("signin.needed")
    with engine.writing() if write else engine.reading() as session:
        viewer = identity.refresh(session, who)
        _check(viewer, action)
        work = Work(session, viewer, clock.now(), write, action)
        yield work
        if write:
            _finish(work)
    if work.topics:
        changes.look_again()
    for follow_up in work.afterwards:
        try:
            follow_up()
        except Exception:  # what was asked for is done; a duty does the rest
            log.exception("What follows %s could not be done", action)


def _check(viewer: Viewer, action: str) -> None:
    if not viewer.can(action):
        raise Refused("access.denied", action=action)
    if viewer.facts.get("must_change") and action != "me.view":
        raise Refused("password.must_change")


@event.listens_for(engine.Writing, "after_flush")
def _flushed(session: Session, _context: Any) -> None:
    if session.new or session.dirty or session.deleted:
        session.info[WROTE] = True


@event.listens_for(engine.Writing, "do_orm_execute")
def _executed(state: Any) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        state.session.info[WROTE] = True


def _finish(work: Work) -> None:
    work.session.flush()
    if work.session.info.get(WROTE) and not work.entries:
        raise RuntimeError(f"{work.action} wrote without an audit entry")
    if work.places:
        for hook in _before_commit:
            hook(work)
    if len(work.entries) == 1 and work.topics and work.connection.dialect.name == "postgresql":
        work.connection.execute(_KEEP_AND_RAISE, {**work.entries[0], "topics": sorted(work.topics)})
    else:
        if work.entries:
            work.connection.execute(_KEEP, work.entries)
        if work.topics:
            changes.bump(work.session, work.topics)
    for last in work.at_end:
        last()


def command(
    action: str,
) -> Callable[[Callable[Concatenate[Work, P], R]], Callable[Concatenate[Viewer | Work | None, P], R]]:
    """A function that changes something, done under `action`."""
    return _decorate(action, write=True)


def query(
    action: str,
) -> Callable[[Callable[Concatenate[Work, P], R]], Callable[Concatenate[Viewer | Work | None, P], R]]:
    """A function that only reads, done under `action`."""
    return _decorate(action, write=False)


def _decorate(
    action: str, *, write: bool
) -> Callable[[Callable[Concatenate[Work, P], R]], Callable[Concatenate[Viewer | Work | None, P], R]]:
    def decorate(
        function: Callable[Concatenate[Work, P], R],
    ) -> Callable[Concatenate[Viewer | Work | None, P], R]:
        @wraps(function)
        def call(who: Viewer | Work | None, /, *args: P.args, **kwargs: P.kwargs) -> R:
            for left in reversed(range(TRIES if write and not isinstance(who, Work) else 1)):
                try:
                    with unit(who, action, write=write) as work:
                        return function(work, *args, **kwargs)
                except engine.Stuck:  # two waited for each other, and nothing was written
                    if not left:
                        raise
            raise AssertionError

        call.action = action  # type: ignore[attr-defined]
        call.writes = write  # type: ignore[attr-defined]
        return call

    return decorate
