"""Searching the audit trail: by person, record, action and time."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, select, true

from db import clock
from db.access import below
from db.audit import AuditEntry
from db.work import Work, query

PAGE_SIZE = 50

_E = AuditEntry.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Asked:
    """What of the trail is asked for. `account_id` 0 is the application itself; `label` begins the record's name."""

    account_id: int | None = None
    action: str = ""
    kind: str = ""
    record_id: int | None = None
    label: str = ""
    since: date | None = None
    until: date | None = None  # the day itself included


@dataclass(frozen=True)
class Entry:
    id: int
    at: datetime
    account_id: int | None
    actor: str
    action: str
    kind: str
    record_id: int | None
    label: str
    changes: dict[str, Any]
    reason: str


@dataclass(frozen=True)
class TrailPage:
    """Entries newest first; `older` is the cursor of the next page, None at the end."""

    entries: list[Entry]
    older: int | None


@query("audit.view")
def search(work: Work, *, asked: Asked, before: int | None = None, size: int = PAGE_SIZE) -> TrailPage:
    """One page of the entries that fulfil everything asked, from the cursor `before` backwards."""
    clauses: list[ColumnElement[bool]] = [true()]
    if asked.account_id is not None:
        clauses.append(_E.account_id == asked.account_id if asked.account_id else _E.account_id.is_(None))
    if asked.action:
        clauses.append(_E.action == asked.action)
    if asked.kind:
        clauses.append(_E.kind == asked.kind)
    if asked.record_id is not None:
        clauses.append(_E.record_id == asked.record_id)
    if asked.label.strip():
        clauses.append(below(_E.label, asked.label.strip()))
    if asked.since:
        clauses.append(_E.at >= _midnight(asked.since))
    if asked.until:
        clauses.append(_E.at < _midnight(asked.until + timedelta(days=1)))
    if before is not None:
        clauses.append(_E.id < before)
    rows = work.session.execute(
        select(
            _E.id, _E.at, _E.account_id, _E.actor, _E.action, _E.kind, _E.record_id, _E.label, _E.changes,
            _E.reason,
        )
        .where(and_(*clauses))
        .order_by(_E.id.desc())
        .limit(size + 1)
    ).all()  # fmt: skip
    entries = [Entry(**row._mapping) for row in rows[:size]]
    return TrailPage(entries, entries[-1].id if len(rows) > size else None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=clock.PLACE)


@query("audit.view")
def actions(work: Work) -> list[str]:
    """The actions that occur in the trail. Skips from one to the next along the index."""
    return _distinct(work, _E.action)


@query("audit.view")
def kinds(work: Work) -> list[str]:
    """The kinds of record that occur in the trail."""
    return _distinct(work, _E.kind)


def _distinct(work: Work, column: Any) -> list[str]:
    found: list[str] = []
    while len(found) < 200:
        after = column > found[-1] if found else true()
        following = work.session.execute(select(column).where(after).order_by(column).limit(1)).scalar()
        if following is None:
            break
        found.append(following)
    return found
