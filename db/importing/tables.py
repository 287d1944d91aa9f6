"""Imports: what a file brought in, so that it can be looked at, remembered and undone."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from db.record import moment
from db.sealing import Sealed


class Import(SQLModel, table=True):
    """One file that was applied to a register."""

    __tablename__ = "ledger_import"

    id: int | None = Field(default=None, primary_key=True)
    ledger: str
    at: datetime = moment(nullable=False)
    account_id: int | None = None
    actor: str = ""
    filename: str = ""
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)
    undone_at: datetime | None = moment()


class ImportedRow(SQLModel, table=True):
    """What an import did to one record: the values before (JSON), and the version it left behind."""

    __tablename__ = "imported_row"
    __table_args__ = (Index("ix_imported_row_record", "kind", "record_id"),)

    id: int | None = Field(default=None, primary_key=True)
    import_id: int = Field(foreign_key="ledger_import.id", index=True)
    kind: str
    record_id: int
    made: bool
    version: int
    before: str | None = Field(default=None, sa_type=Sealed("imported_row.before"))


class HeadingMap(SQLModel, table=True):
    """Which column meant which field, remembered for the next file with the same headings."""

    __tablename__ = "heading_map"

    ledger: str = Field(primary_key=True)
    headings: str = Field(primary_key=True)  # a hash of the headings
    fields: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)
