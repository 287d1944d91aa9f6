"""A new key for everything that is sealed, while the application runs.

A new key is added to the ring; all processes seal with it within a second. Then every sealed value is
sealed anew, a few hundred records at a time, each batch in its own transaction. The old keys are dropped
only when no value needs them, so that a run which was killed is simply started again.

Values sealed under an old key stay readable in older copies of the database to whoever has an older copy
of the key file. The keys of the look-up hashes and of the sign-in cookies are not changed by this.
"""

import base64
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Table,
    and_,
    cast,
    func,
    or_,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.types import String
from sqlmodel import Session, SQLModel

from db import access, engine, sealing
from db.custom import CustomField
from db.errors import Refused
from db.register import REGISTERS
from db.sealing import REREAD_SECONDS, Sealed
from db.work import Work, unit

BATCH = 500

_FIELD = CustomField.__table__.c  # type: ignore[attr-defined]

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Rotated:
    """How many records were sealed anew; `resumed` when an earlier run had been stopped."""

    records: int
    resumed: bool


def rotate(report: Report = lambda _done, _total: None, *, wait: float = REREAD_SECONDS + 0.5) -> Rotated:
    """Seal everything with a new key and forget the old ones. `report` hears records done and in all.

    `wait` is how many seconds other processes have to see the new key. Refused `sealing.key_missing` when
    a value does not open with any key, `rotation.unknown_ledger` when a sensitive custom field belongs to
    a register that this version does not have; then nothing is lost and the old keys stay.
    """
    ring = sealing.ring()
    ring.refresh(at_once=True)
    resumed = len(ring.seals) > 1
    if not resumed:
        ring.add_key()
    time.sleep(wait)
    total = _left(ring)
    done = 0
    report(done, total)
    while True:
        for count in _seal_all(ring):
            done += count
            report(done, max(done, total))
        if _finish(ring):
            return Rotated(done, resumed)


def _seal_all(ring: sealing.KeyRing) -> Iterator[int]:
    for table, columns in sealed_columns().items():
        yield from _batches(table, _old(columns, ring.active), lambda row, c=columns: _resealed(ring, row, c))  # type: ignore[misc]
    for table, register, names in _custom_fields():
        yield from _batches(
            table, _has_extra(table), lambda row, r=register, n=names: _resealed_extra(ring, row, r, n)  # type: ignore[misc]
        )  # fmt: skip


def sealed_columns() -> dict[Table, list[Column[Any]]]:
    """Every column whose values are sealed, by table."""
    found: dict[Table, list[Column[Any]]] = {}
    for table in SQLModel.metadata.sorted_tables:
        columns = [column for column in table.c if isinstance(column.type, Sealed)]
        if columns:
            found[table] = columns
    return found


def _custom_fields() -> list[tuple[Table, str, list[str]]]:
    """The sensitive custom fields: table, register, keys."""
    with engine.reading() as session:
        rows = session.execute(
            select(_FIELD.ledger, _FIELD.key).where(_FIELD.sensitive.is_(True)).order_by(_FIELD.id)
        ).all()
    names: dict[str, list[str]] = {}
    for row in rows:
        names.setdefault(row.ledger, []).append(row.key)
    unknown = [ledger for ledger in names if ledger not in REGISTERS]
    if unknown:
        raise Refused("rotation.unknown_ledger", ledger=unknown[0])
    return [
        (REGISTERS[ledger].table.__table__, ledger, keys) for ledger, keys in names.items()  # type: ignore[attr-defined]
    ]  # fmt: skip


def _batches(
    table: Table, condition: ColumnElement[bool], reseal: Callable[[Any], dict[str, Any]]
) -> Iterator[int]:
    """Write what `reseal` says for each row, in batches along the primary key; yields how many were changed."""
    (key,) = table.primary_key.columns
    last = None
    while True:
        with engine.writing() as session:
            clauses = [condition] if last is None else [condition, key > last]
            rows = session.execute(
                select(*(_raw(column) for column in _read_columns(table)))
                .where(*clauses)
                .order_by(key)
                .limit(BATCH)
                .with_for_update()
            ).all()
            changed = 0
            for row in rows:
                values = reseal(row)
                if values:
                    session.execute(update(table).where(key == getattr(row, key.name)).values(**values))
                    changed += 1
        if not rows:
            return
        last = getattr(rows[-1], key.name)
        yield changed


def _read_columns(table: Table) -> list[Column[Any]]:
    wanted = [*table.primary_key.columns, *(column for column in table.c if isinstance(column.type, Sealed))]
    return [*wanted, table.c.extra] if "extra" in table.c else wanted


def _raw(column: Column[Any]) -> ColumnElement[Any]:
    return type_coerce(column, LargeBinary).label(column.name) if isinstance(column.type, Sealed) else column


def _old(columns: list[Column[Any]], active: int) -> ColumnElement[bool]:
    """Holds a value that another key than the active one sealed."""
    number = active.to_bytes(2, "big")
    return or_(
        *(
            and_(
                column.is_not(None),
                func.substr(type_coerce(column, LargeBinary), 1, 2, type_=LargeBinary) != number,
            )
            for column in columns
        )
    )


def _has_extra(table: Table) -> ColumnElement[bool]:
    return func.length(cast(table.c.extra, String)) > len("{}")


def _resealed(ring: sealing.KeyRing, row: Any, columns: list[Column[Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in columns:
        kept = getattr(row, column.name)
        if kept is not None and not _is_new(ring, bytes(kept)):
            context = column.type.context  # type: ignore[attr-defined]
            again = ring.seal(ring.open(bytes(kept), context), context)
            values[column.name] = type_coerce(again, LargeBinary)
    return values


def _resealed_extra(ring: sealing.KeyRing, row: Any, register: str, names: list[str]) -> dict[str, Any]:
    extra = dict(row.extra or {})
    changed = False
    for name in names:
        kept = base64.b64decode(extra[name]) if extra.get(name) else b""
        if kept and not _is_new(ring, kept):
            context = f"{register}.{name}"
            extra[name] = base64.b64encode(ring.seal(ring.open(kept, context), context)).decode()
            changed = True
    return {"extra": extra} if changed else {}


def _is_new(ring: sealing.KeyRing, kept: bytes) -> bool:
    return int.from_bytes(kept[:2], "big") == ring.active


def _left(ring: sealing.KeyRing) -> int:
    """How often a record is still to be sealed anew: once for its columns, once for its custom fields."""
    custom = _custom_fields()
    with engine.reading() as session:
        return sum(
            _left_in(session, table, columns, ring.active) for table, columns in sealed_columns().items()
        ) + sum(_left_in_extra(session, ring, *one) for one in custom)


def _left_in(session: Session, table: Table, columns: list[Column[Any]], active: int) -> int:
    return int(
        session.execute(select(func.count()).select_from(table).where(_old(columns, active))).scalar_one()
    )


def _left_in_extra(
    session: Session, ring: sealing.KeyRing, table: Table, _register: str, names: list[str]
) -> int:
    kept = session.execute(select(table.c.extra).where(_has_extra(table)).execution_options(yield_per=1000))
    return sum(
        any(extra.get(name) and not _is_new(ring, base64.b64decode(extra[name])) for name in names)
        for extra in kept.scalars()
    )


def _finish(ring: sealing.KeyRing) -> bool:
    """Drop the old keys if nothing needs them any more, with every writer waiting. Returns whether it was done."""
    custom = _custom_fields()
    with unit(access.system(), "settings.edit", write=True) as work:
        tables = sealed_columns()
        _hold_writers(work, [*tables, *(table for table, _register, _names in custom)])
        if any(_left_in(work.session, table, columns, ring.active) for table, columns in tables.items()):
            return False
        for table, register, names in custom:
            for row in work.session.execute(
                select(*map(_raw, _read_columns(table))).where(_has_extra(table))
            ):
                if _resealed_extra(ring, row, register, names):
                    return False
        work.log("keys", None, str(ring.active), action="keys.rotate")
        ring.drop_old_keys()
    return True


def _hold_writers(work: Work, tables: list[Table]) -> None:
    """SQLite has one writer at a time anyway."""
    if work.session.get_bind().dialect.name == "postgresql":
        for table in tables:
            work.session.execute(text(f'LOCK TABLE "{table.name}" IN SHARE MODE'))
