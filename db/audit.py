"""The audit trail: who did what to which record, when, and what changed. Entries are only ever added."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, event
from sqlmodel import Field, SQLModel

from db.engine import BYTEWISE
from db.record import moment

CHANGED = "•"  # stands for a sealed value: that it changed is recorded, what it was is not

Changes = Mapping[str, tuple[Any, Any]]


class AuditEntry(SQLModel, table=True):
    """One thing that was done. `changes` maps field → [before, after]."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_record", "kind", "record_id", "id"),
        Index("ix_audit_entry_account", "account_id", "id"),
        Index("ix_audit_entry_action", "action", "id"),
        Index("ix_audit_entry_label", "label", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = moment(nullable=False, index=True)
    account_id: int | None = None
    actor: str
    action: str
    kind: str
    record_id: int | None = None
    label: str = Field(default="", sa_type=BYTEWISE)
    area_path: str = Field(default="", sa_type=BYTEWISE)
    changes: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)
    reason: str = ""


class AppendOnly(Exception):
    """Somebody tried to change an entry of the audit trail."""


@event.listens_for(AuditEntry, "before_update")
@event.listens_for(AuditEntry, "before_delete")
def _refuse(_mapper: Any, _connection: Any, _entry: AuditEntry) -> None:
    raise AppendOnly


# The database itself refuses too, whoever asks. Used by the migration that makes the table.
TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry "
        "BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END",
        "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry "
        "BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit entries are never changed'; END $$",
        "CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()",
    ),
}


def jsonable(value: Any) -> Any:
    """A value as it is kept in `changes`: dates as ISO text, everything else as it is."""
    return value.isoformat() if hasattr(value, "isoformat") else value
