"""Backups: one zip file with the schema's version and every table, the same for SQLite and PostgreSQL.

    linli.json            what this is: format, schema, when, rows per table, and whether the keys fit
    tables/<name>.jsonl   the columns, then one line for each row
    keys.json             only with `with_keys`

All tables are read in one snapshot, so the copy is consistent while people work. Sealed values stay sealed:
without the keys nobody reads them, also not the one who restores. So the keys are kept apart from the
backups, unless somebody decides otherwise.

A backup is restored into an empty database only: nothing is ever overwritten. Older backups are restored at
the schema they have and then brought up to the present one.
"""

import base64
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any, Final

from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    cast,
    func,
    inspect,
    select,
    text,
    update,
)

from db import access, clock, engine, migrations, sealing, settings
from db.errors import Refused
from db.sealing import ring
from db.work import unit

FORMAT: Final = 1
MANIFEST: Final = "linli.json"
KEYS: Final = "keys.json"
PROBE: Final = "linli"
CONTEXT: Final = "backup.probe"
NOT_COPIED: Final = frozenset({"alembic_version", "throttle_bucket", "job", "duty"})
AT_ONCE: Final = 2000
HOLDING: Final = ("account", "area", "resident", "household", "audit_entry")
"""A database is in use when one of these tables has a row."""

Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Backup:
    """What a backup file says about itself."""

    schema: str
    made_at: datetime
    rows: dict[str, int]
    with_keys: bool

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def _silent(_table: str, _done: int, _total: int) -> None:
    """Nobody listens."""


def make(file: Path, *, with_keys: bool = False, report: Report = _silent) -> Backup:
    """Write a backup of the whole database to `file`.

    `report` hears the table, the rows written so far and the rows in all. Refused `backup.exists`,
    `backup.no_database` (no schema yet), `backup.cannot_write`.
    """
    if file.exists():
        raise Refused("backup.exists", path=str(file))
    aside = file.with_name(file.name + ".part")
    try:
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as opened:
            with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                made = _write(archive, with_keys, report)
            opened.flush()
            os.fsync(opened.fileno())
        aside.replace(file)
    except OSError as error:
        raise Refused("backup.cannot_write", path=str(file)) from error
    finally:
        aside.unlink(missing_ok=True)
    with unit(access.system(), "settings.edit", write=True) as work:
        work.log("backup", None, file.name, {"rows": (None, made.total)}, action="backup.make")
    return made


def _write(archive: zipfile.ZipFile, with_keys: bool, report: Report) -> Backup:
    with _snapshot() as connection:
        schema = migrations.version(connection)
        if schema is None:
            raise Refused("backup.no_database")
        tables = _tables(connection)
        total = sum(connection.execute(select(func.count()).select_from(one)).scalar_one() for one in tables)
        rows: dict[str, int] = {}
        done = 0
        for table in tables:
            rows[table.name] = 0
            with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as member:
                for count in _dump(connection, table, member):
                    rows[table.name] += count
                    done += count
                    report(table.name, done, total)
    made = Backup(schema, clock.now().astimezone(UTC), rows, with_keys)
    keys = ring()
    if with_keys:
        archive.writestr(KEYS, keys.path.read_bytes())
    manifest = {
        "format": FORMAT, "schema": made.schema, "made_at": made.made_at.isoformat(), "rows": rows, "keys": with_keys,
        "lookup": keys.fingerprint(CONTEXT, PROBE),
        "seals": {str(number): _probe(keys, number) for number in keys.seals},
    }  # fmt: skip
    archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    return made


def _probe(keys: sealing.KeyRing, number: int) -> str:
    """Something sealed with each key, by which a restore sees whether its own keys are the same."""
    nonce = os.urandom(sealing.NONCE)
    sealed = keys.seals[number].encrypt(nonce, PROBE.encode(), CONTEXT.encode())
    return base64.b64encode(number.to_bytes(2, "big") + nonce + sealed).decode()


@contextmanager
def _snapshot() -> Iterator[Connection]:
    """A connection that sees one state of the database, however long it reads."""
    current = engine.current()
    if current.dialect.name == "postgresql":
        current = current.execution_options(isolation_level="REPEATABLE READ")
    with current.connect() as connection:
        yield connection
        connection.rollback()


def _tables(connection: Connection) -> list[Table]:
    """The tables as this database has them, whatever its schema; those that others point to come first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name not in NOT_COPIED]


def _dump(connection: Connection, table: Table, member: IO[bytes]) -> Iterator[int]:
    """Write a table in the order of its keys; yields how many rows each portion had."""
    columns = [
        cast(column, Text).label(column.name) if isinstance(column.type, JSON) else column
        for column in table.c
    ]
    member.write(_line([column.name for column in table.c]))
    asked = select(*columns).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    for portion in connection.execute(asked).partitions():
        member.write(b"".join(_line([_plain(value) for value in row]) for row in portion))
        yield len(portion)


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def read(file: Path) -> Backup:
    """What a backup file says about itself. Refused `backup.unreadable`."""
    with _opened(file) as archive:
        return _described(_manifest(archive))


def restore(file: Path, *, report: Report = _silent) -> Backup:
    """Fill the configured database, which must be empty, from a backup.

    All or nothing. Who was signed in is signed out. Refused `backup.unreadable`, `backup.newer` (made by a
    newer version), `backup.not_empty`, `backup.keys_missing` (the data folder has no keys and the backup
    brings none), `backup.other_keys` (the keys in the data folder are not those of the backup).
    """
    with _opened(file) as archive:
        manifest = _manifest(archive)
        made = _described(manifest)
        if not _known(made.schema):
            raise Refused("backup.newer")
        _refuse_used()
        _fit_keys(archive, manifest)
        _bring_to(made.schema)
        with engine.writing() as session:
            _load(session.connection(), archive, made, report)
    migrations.upgrade()
    with unit(access.system(), "settings.edit", write=True) as work:
        work.log("backup", None, file.name, {"rows": (None, made.total)}, action="backup.restore")
    return made


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(file)
    except (OSError, zipfile.BadZipFile) as error:
        raise Refused("backup.unreadable", path=str(file)) from error
    with closing(archive):
        try:
            yield archive
        except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
            raise Refused("backup.unreadable", path=str(file)) from error


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    content = json.loads(archive.read(MANIFEST))
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise Refused("backup.newer")
    return content


def _described(manifest: dict[str, Any]) -> Backup:
    return Backup(
        str(manifest["schema"]),
        datetime.fromisoformat(manifest["made_at"]),
        {str(name): int(count) for name, count in manifest["rows"].items()},
        bool(manifest["keys"]),
    )


def _known(schema: str) -> bool:
    return any(
        one.revision == schema for one in ScriptDirectory.from_config(migrations.config()).walk_revisions()
    )


def _refuse_used() -> None:
    with engine.current().connect() as connection:
        there = set(inspect(connection).get_table_names())
        found = MetaData()
        found.reflect(connection, only=[name for name in HOLDING if name in there])
        for table in found.sorted_tables:
            if table.name in HOLDING and connection.execute(select(table.c[0]).limit(1)).first() is not None:
                raise Refused("backup.not_empty")


def _fit_keys(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """The keys in the data folder must be those of the backup; a backup that brings them gives them to an empty folder."""
    path = settings.read().keys_file
    if not path.exists():
        if not manifest["keys"]:
            raise Refused("backup.keys_missing", path=str(path))
        sealing.put(path, json.loads(archive.read(KEYS)))
    keys = ring()
    try:
        fits = keys.fingerprint(CONTEXT, PROBE) == manifest["lookup"] and all(
            keys.open(base64.b64decode(probe), CONTEXT) == PROBE for probe in manifest["seals"].values()
        )
    except Refused:
        fits = False
    if not fits:
        raise Refused("backup.other_keys", path=str(path))


def _bring_to(schema: str) -> None:
    """Give the empty database the schema of the backup."""
    with engine.current().connect() as connection:
        present = migrations.version(connection)
    if present == schema:
        return
    if present is not None:
        migrations.downgrade("base")
    migrations.upgrade(to=schema)


def _load(connection: Connection, archive: zipfile.ZipFile, made: Backup, report: Report) -> None:
    tables = {table.name: table for table in _tables(connection)}
    if set(made.rows) - set(tables):
        raise Refused("backup.unreadable", path=str(archive.filename))
    for table in reversed(list(tables.values())):
        if table.name != "audit_entry":  # which is empty, and refuses
            connection.execute(table.delete())
    done = 0
    for name, table in tables.items():
        if name not in made.rows:
            continue
        count = 0
        with archive.open(f"tables/{name}.jsonl") as member:
            for portion in _parents_first(_portions(member, table), table):
                count += len(portion)
                _insert(connection, table, portion)
                report(name, done + count, made.total)
        if count != made.rows[name]:
            raise Refused("backup.unreadable", path=str(archive.filename))
        done += count
        _restart_numbering(connection, table)
    if "sign_in" in tables:
        sign_in = tables["sign_in"]
        connection.execute(
            update(sign_in)
            .where(sign_in.c.ended_at.is_(None))
            .values(ended_at=clock.now().astimezone(UTC).replace(tzinfo=None))
        )


def _portions(member: IO[bytes], table: Table) -> Iterator[list[dict[str, Any]]]:
    names = json.loads(member.readline())
    readers = [_reader(table, name) for name in names]
    portion: list[dict[str, Any]] = []
    for line in member:
        values = json.loads(line)
        portion.append(
            {
                name: None if value is None else read(value)
                for name, read, value in zip(names, readers, values, strict=True)
            }
        )
        if len(portion) == AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion


def _parents_first(portions: Iterator[list[dict[str, Any]]], table: Table) -> Iterator[list[dict[str, Any]]]:
    """Where rows of a table point to others of it, order them so that each finds what it points to."""
    pointers = [(key.parent.name, key.column.name) for key in table.foreign_keys if key.column.table is table]
    if not pointers:
        yield from portions
        return
    waiting = [row for portion in portions for row in portion]
    there: dict[str, set[Any]] = {to: {None} for _name, to in pointers}
    while waiting:
        ready = [row for row in waiting if all(row[name] in there[to] for name, to in pointers)]
        if not ready:
            raise ValueError(f"rows of {table.name} point to none")
        for to, seen in there.items():
            seen.update(row[to] for row in ready)
        yield ready
        ids = {id(row) for row in ready}
        waiting = [row for row in waiting if id(row) not in ids]


def _reader(table: Table, name: str) -> Callable[[Any], Any]:
    kind = table.c[name].type
    if isinstance(kind, DateTime):
        return datetime.fromisoformat
    if isinstance(kind, Date):
        return date.fromisoformat
    if isinstance(kind, LargeBinary):
        return base64.b64decode
    return bool if isinstance(kind, Boolean) else _same


def _same(value: Any) -> Any:
    return value


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert as kept: JSON goes in as the text it is, so that an absent value stays absent."""
    names = list(rows[0])
    marks = ", ".join(
        f"CAST(:{name} AS JSON)"
        if isinstance(table.c[name].type, JSON) and connection.dialect.name == "postgresql"
        else f":{name}"
        for name in names
    )
    columns = ", ".join(f'"{name}"' for name in names)
    statement = text(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})')  # noqa: S608 names of our own tables
    kinds = [table.c[name] for name in names if not isinstance(table.c[name].type, JSON)]
    connection.execute(
        statement.bindparams(*(bindparam(column.name, type_=column.type) for column in kinds)), rows
    )


def _restart_numbering(connection: Connection, table: Table) -> None:
    """PostgreSQL counts ids by itself: go on after the highest that was restored."""
    if connection.dialect.name != "postgresql" or "id" not in table.c:
        return
    sequence = func.pg_get_serial_sequence(f'"{table.name}"', "id")
    if connection.execute(select(sequence)).scalar() is not None:
        after = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
        connection.execute(select(func.setval(sequence, after, False)))
