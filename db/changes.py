"""A counter per topic, raised in the transaction that writes. Live pages and caches watch the counters."""

import threading
import time
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, String, bindparam, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel

from db import engine

POLL_SECONDS = 0.1  # the same for all who ask in one moment


class Change(SQLModel, table=True):
    topic: str = Field(primary_key=True)
    counter: int = 0


def _raise_by_one(insert: Any) -> Any:
    return (
        insert(Change)
        .values(topic=bindparam("topic"), counter=1)
        .on_conflict_do_update(
            index_elements=["topic"],
            set_={"counter": Change.__table__.c.counter + 1},  # type: ignore[attr-defined]
        )
    )


_TOPICS = func.unnest(bindparam("topics", type_=ARRAY(String))).column_valued("topic")
RAISE_ALL = (
    postgresql.insert(Change)
    .from_select(["topic", "counter"], select(_TOPICS, literal(1)))
    .on_conflict_do_update(
        index_elements=["topic"],
        set_={"counter": Change.__table__.c.counter + 1},  # type: ignore[attr-defined]
    )
)
"""Raises the counters of `topics` (in the order of names, so that nobody waits for each other), on PostgreSQL."""

_BUMP = {"sqlite": _raise_by_one(sqlite.insert), "postgresql": _raise_by_one(postgresql.insert)}


def bump(session: Session, topics: Iterable[str]) -> None:
    """Raise the counters of `topics`; they are seen when the transaction commits."""
    connection = session.connection()
    for topic in sorted(set(topics)):
        connection.execute(_BUMP[connection.dialect.name], {"topic": topic})


_lock = threading.Lock()
_seen: dict[str, int] = {}
_read_at: dict[str, float] = {}


def counters(*, fresh: bool = False) -> dict[str, int]:
    """All counters, read at most ten times a second by this process however many pages ask.

    `fresh` reads now: for the page whose own action has just written.
    """
    key = str(engine.current().url)
    with _lock:
        if fresh or time.monotonic() - _read_at.get(key, -10.0) >= POLL_SECONDS:
            with engine.reading() as session:
                rows = session.execute(select(Change.topic, Change.counter)).all()  # type: ignore[call-overload]
            _seen.clear()
            _seen.update((row.topic, row.counter) for row in rows)
            _read_at.clear()
            _read_at[key] = time.monotonic()
        return dict(_seen)


def look_again() -> None:
    """Let the next who asks read the counters: this process has just raised some."""
    with _lock:
        _read_at.clear()


def stamp(*topics: str, fresh: bool = False) -> tuple[int, ...]:
    """The counters of `topics` in that order: a key for caches, equal as long as nothing changed."""
    now = counters(fresh=fresh)
    return tuple(now.get(topic, 0) for topic in topics)
