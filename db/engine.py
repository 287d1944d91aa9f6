"""The database: one SQLite file, or PostgreSQL by URL, with the same behaviour."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, String, create_engine, event, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool
from sqlmodel import Session

from db import settings
from db.errors import Refused

BUSY_SECONDS = 10

# Sorted and compared byte by byte on both databases, so that a range of a prefix is a range of the index.
BYTEWISE = String().with_variant(postgresql.VARCHAR(collation="C"), "postgresql")

_writing = threading.RLock()


class Stuck(Refused):
    """Two transactions waited for each other and this one gave way: doing it again helps."""


class HintingCompiler(SQLiteCompiler):
    """SQLite knows INDEXED BY, SQLAlchemy's hints leave it out: this writes a hint behind its table."""

    def get_from_hint_text(self, table: Any, text: str | None) -> str | None:
        return text


def make(url: str) -> Engine:
    """An engine for `url` with everything that Linli relies on."""
    if url.startswith("sqlite"):
        return _sqlite(url)
    return create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True, hide_parameters=True)


def _sqlite(url: str) -> Engine:
    made = create_engine(
        url, pool_size=16, max_overflow=32, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True
    )
    made.dialect.statement_compiler = HintingCompiler
    file = made.url.database
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)

    @event.listens_for(made, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in (
            "journal_mode = WAL",
            SAFE,
            "foreign_keys = ON",
            f"busy_timeout = {BUSY_SECONDS * 1000}",
            CACHE,
            MAPPED,
            "temp_store = MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(made, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return made


SAFE = "synchronous = FULL"  # what was committed outlives a power cut
CACHE = "cache_size = -65536"  # 64 MB
MAPPED = "mmap_size = 268435456"  # 256 MB
LEAN = ("cache_size = -24576", "mmap_size = 0")


@contextmanager
def lean(session: Session) -> Iterator[None]:
    """Work that goes over much of the database once keeps little of it: 24 MB on SQLite instead of some hundreds.

    For imports. What a connection that was used like this has read is forgotten at the end.
    """
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    driver: Any = session.connection().connection.driver_connection
    for pragma in LEAN:
        driver.execute(f"PRAGMA {pragma}")
    try:
        yield
    finally:
        for pragma in (CACHE, MAPPED, "shrink_memory"):
            driver.execute(f"PRAGMA {pragma}")


_engines: dict[str, Engine] = {}
_making = threading.Lock()


def current() -> Engine:
    """The engine of the configured database: one, whichever thread asks for it first."""
    url = settings.read().database_url
    found = _engines.get(url)
    if found is None:
        with _making:
            found = _engines[url] = _engines.get(url) or make(url)
    return found


@lru_cache(maxsize=4)
def _writer(engine: Engine) -> Engine:
    """The same engine for transactions that write."""
    return engine.execution_options(writes=True)


def forget() -> None:
    """Close all connections, of whichever database (after a restore, before a fork, between tests)."""
    with _making:
        while _engines:
            _engines.popitem()[1].dispose()
    _writer.cache_clear()


class Writing(Session):
    """The session of a write transaction: whoever watches writing listens to this class."""


@contextmanager
def reading() -> Iterator[Session]:
    """A session that sees one state of the database and writes nothing."""
    with Session(current(), autoflush=False) as session:
        yield session
        session.rollback()


@contextmanager
def writing() -> Iterator[Session]:
    """A session in one write transaction: committed at the end, rolled back on any exception.

    On SQLite only one process can write at a time; within this process a lock stands before the
    database's own, because fifty threads waiting on the file are thirty times slower than a queue.
    Refused `system.busy` when the database stays locked; `Stuck` when another try would help.
    """
    engine = current()
    one_writer = engine.dialect.name == "sqlite"
    if one_writer:
        _writing.acquire()
    try:
        with Writing(_writer(engine), autoflush=False, expire_on_commit=False) as session:
            try:
                session.connection()
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise
    except OperationalError as error:
        if "deadlock" in str(error) or "could not serialize" in str(error):
            raise Stuck("system.busy") from error
        if "locked" in str(error):
            raise Refused("system.busy") from error
        raise
    finally:
        if one_writer:
            _writing.release()


def healthy() -> bool:
    """Whether the database answers."""
    try:
        with current().connect() as connection:
            return connection.execute(text("SELECT 1")).scalar() == 1
    except Exception:
        return False


def single_use(url: str) -> Engine:
    """An engine without a pool, for commands that come and go."""
    return create_engine(url, poolclass=NullPool, hide_parameters=True)
