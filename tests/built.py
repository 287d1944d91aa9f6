"""What many tests stand on is built once, and laid into the database of each: rows, keys and all."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import text

from db import changes, engine, sealing, settings

P = ParamSpec("P")
R = TypeVar("R")

# Rows are deleted from the tables that have any: to truncate all of them costs ten times as much.
EMPTY = """
DO $$ DECLARE one text; filled boolean; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', one) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM %I', one); END IF;
  END LOOP;
  PERFORM setval(format('%I', sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$"""


@dataclass(frozen=True)
class State:
    """A database as it stood, and the key ring that opens it."""

    keys: bytes | None
    file: bytes = b""  # of SQLite
    tables: tuple[tuple[str, bytes], ...] = ()  # of PostgreSQL, as COPY writes them
    sequences: tuple[tuple[str, int], ...] = ()


_states: dict[tuple[str, str, str], tuple[State, Any]] = {}


def built_once(build: Callable[P, R]) -> Callable[P, R]:
    """A fixture that fills the database: run by the first test that wants it, and then only copied.

        @pytest.fixture
        @built_once
        def people(town: Town) -> Town: ...

    It must do the same each time, and all it does must be in the database and in what it returns.
    """

    @wraps(build)
    def once(*args: P.args, **kwargs: P.kwargs) -> R:
        key = (engine.current().dialect.name, build.__module__, build.__qualname__)
        if key not in _states:
            made = build(*args, **kwargs)
            _states[key] = (_state(), deepcopy(made))
            return made
        state, made = _states[key]
        _lay(state)
        return deepcopy(made)

    return once


def _state() -> State:
    keys = settings.read().keys_file
    ring = keys.read_bytes() if keys.exists() else None
    if engine.current().dialect.name == "sqlite":
        engine.current().dispose()  # the last who closes the file writes everything into it
        return State(ring, file=_file().read_bytes())
    with engine.current().connect() as connection, _driver(connection).cursor() as cursor:
        names = cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = []
        for (name,) in names:
            if (
                name != "alembic_version"
                and cursor.execute(f'SELECT FROM "{name}" LIMIT 1').fetchone() is not None
            ):
                with cursor.copy(f'COPY "{name}" TO STDOUT (FORMAT binary)') as copy:
                    tables.append((name, b"".join(bytes(part) for part in copy)))
        sequences = cursor.execute(
            "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
        ).fetchall()
    return State(ring, tables=tuple(tables), sequences=tuple(sequences))


def _lay(state: State) -> None:
    if engine.current().dialect.name == "sqlite":
        engine.current().dispose()
        lay_file(_file(), state.file)
    else:
        with engine.current().begin() as connection, _driver(connection).cursor() as cursor:
            connection.execute(text(EMPTY))
            cursor.execute("SET LOCAL session_replication_role = replica")
            for name, rows in state.tables:
                with cursor.copy(f'COPY "{name}" FROM STDIN (FORMAT binary)') as copy:
                    copy.write(rows)
            for name, value in state.sequences:
                cursor.execute("SELECT setval(format('%%I', %s::text)::regclass, %s)", (name, value))
    keys = settings.read().keys_file
    if state.keys is not None:
        keys.parent.mkdir(parents=True, exist_ok=True)
        keys.write_bytes(state.keys)
        keys.chmod(0o600)
    else:
        keys.unlink(missing_ok=True)
    sealing._load.cache_clear()
    changes._read_at.clear()


def _file() -> Path:
    return Path(engine.current().url.database or "")


def _driver(connection: Any) -> Any:
    return connection.connection.driver_connection


def lay_file(file: Path, content: bytes) -> None:
    """A SQLite database where nobody has one open."""
    for ending in ("-wal", "-shm", ""):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    file.write_bytes(content)
