"""What happened to a person: registered, moved, groups, consents, left, merged; and who looked."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from db import clock
from db.audit import AuditEntry
from db.listing import row_of
from db.people.residents import RESIDENTS
from db.people.tables import Group, Membership, Resident
from db.work import Work, query

_E = AuditEntry.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_G = Group.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]

MOST = 300
LOOKS = ("record.look", "resident.reveal", "shift.elder")
CONSENTS = ("consent_on", "consent_health_on", "guardian_consent_on")


@dataclass(frozen=True)
class Event:
    """Something that happened on a day. `code` names it; `facts` fill its words; `actor` is who wrote it down."""

    day: date
    code: str
    facts: dict[str, Any] = field(default_factory=dict)
    actor: str = ""
    at: datetime | None = None


@query("resident.view")
def timeline(work: Work, *, resident_id: int) -> list[Event]:
    """What happened to this person, latest first, the records merged into this one included.

    Refused `record.not_found`. Sealed values are never in it, only that they changed.
    """
    row_of(work, RESIDENTS, resident_id, "resident.view")
    ids = _with_merged(work, resident_id)
    entries = work.session.execute(
        select(_E.id, _E.at, _E.actor, _E.action, _E.changes)
        .where(_E.kind == "resident", _E.record_id.in_(ids), _E.action.not_in(LOOKS))
        .order_by(_E.id.desc())
        .limit(MOST)
    )
    events = [event for entry in entries for event in _of_entry(entry)]
    events += _of_groups(work, resident_id)
    return sorted(events, key=lambda one: (one.day, one.at is not None, one.at or 0), reverse=True)


def _with_merged(work: Work, resident_id: int) -> list[int]:
    merged = work.session.execute(select(_R.id).where(_R.merged_into == resident_id)).scalars()
    return [resident_id, *merged]


def _of_entry(entry: Any) -> list[Event]:
    def event(code: str, day: date | None = None, **facts: Any) -> Event:
        return Event(day or entry.at.astimezone(clock.PLACE).date(), code, facts, entry.actor, entry.at)

    changes = {name: pair if isinstance(pair, list) else [None, pair] for name, pair in entry.changes.items()}
    if entry.action.endswith(".create"):
        return [event("registered")]
    if entry.action == "resident.merge":
        return [event("merged", number=changes["merged"][1])] if "merged" in changes else []
    if entry.action == "resident.unmerge":
        return [event("unmerged")]
    if entry.action == "resident.not_same":
        return [event("not_same", number=changes["not_same"][1])]
    if "import" in entry.action:
        return [event("imported")]
    if entry.action == "resident.contact":
        return [event("contact")]
    found: list[Event] = []
    if changes.get("address", ["", ""])[1]:
        found.append(event("moved_home", old=changes["address"][0] or "–", new=changes["address"][1]))
    if "status" in changes:
        status = changes["status"][1]
        since = changes.get("status_on", [None, None])[1]
        found.append(event(f"status_{status}", _day(since)))
    found += [
        event("consent", _day(changes[name][1]), field=name)
        for name in CONSENTS
        if changes.get(name, [0, 0])[1]
    ]
    if "colour" in changes:
        found.append(event("colour", old=changes["colour"][0], new=changes["colour"][1]))
    if "in_care" in changes and "status" not in changes:
        found.append(event("care_begins" if changes["in_care"][1] else "care_ends"))
    if "carer" in changes:
        found.append(event("carer", new=changes["carer"][1] or "–"))
    return found


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else None


def _of_groups(work: Work, resident_id: int) -> list[Event]:
    english = work.viewer.english
    rows = work.session.execute(
        select(_M.since, _M.until, _M.source, _G.name, _G.name_en)
        .join(Group, _G.id == _M.group_id)
        .where(_M.resident_id == resident_id)
    )
    events = []
    for row in rows:
        name = row.name_en if english and row.name_en else row.name
        events.append(Event(row.since, "group_begins", {"group": name, "source": row.source}))
        if row.until is not None:
            events.append(Event(row.until, "group_ends", {"group": name}))
    return events


@dataclass(frozen=True)
class Look:
    """Somebody opened the record (`field` is ""), revealed a field, or visits the person (`visits`), and why."""

    at: datetime
    actor: str
    field: str
    reason: str
    visits: bool = False


@query("resident.view")
def who_looked(work: Work, *, resident_id: int, limit: int = 100) -> list[Look]:
    """Who opened the record, revealed something of it or saw it for a visit, latest first. Refused `record.not_found`."""
    row_of(work, RESIDENTS, resident_id, "resident.view")
    rows = work.session.execute(
        select(_E.at, _E.actor, _E.action, _E.changes, _E.reason)
        .where(
            _E.kind == "resident", _E.record_id.in_(_with_merged(work, resident_id)),
            _E.action.in_(LOOKS),
        )
        .order_by(_E.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [
        Look(row.at, row.actor, next(iter(row.changes or {}), ""), row.reason, row.action == LOOKS[2])
        for row in rows
    ]


@dataclass(frozen=True)
class Belonging:
    """A membership of a group as the record shows it."""

    id: int
    code: str
    name: str
    cares: bool
    since: date
    until: date | None
    source: str

    @property
    def active(self) -> bool:
        return self.since <= clock.today() and (self.until is None or self.until > clock.today())


@query("resident.view")
def groups_of(work: Work, *, resident_id: int) -> list[Belonging]:
    """The groups that a person belongs or belonged to, those of today first. Refused `record.not_found`."""
    row_of(work, RESIDENTS, resident_id, "resident.view")
    english = work.viewer.english
    rows = work.session.execute(
        select(_M.id, _G.code, _G.name, _G.name_en, _G.cares, _M.since, _M.until, _M.source)
        .join(Group, _G.id == _M.group_id)
        .where(_M.resident_id == resident_id)
        .order_by(_M.until.is_not(None), _G.position, _M.since.desc())
    )
    return [
        Belonging(
            row.id, row.code, row.name_en if english and row.name_en else row.name, row.cares, row.since,
            row.until, row.source,
        )
        for row in rows
    ]  # fmt: skip
