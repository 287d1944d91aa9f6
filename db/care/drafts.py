"""What somebody has half typed about a visit: kept until it is saved, sealed, and for nobody else."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import UniqueConstraint, delete, insert, select
from sqlmodel import Field, SQLModel

from db import clock
from db.listing import row_of
from db.people.residents import RESIDENTS
from db.record import moment
from db.register import Values
from db.sealing import Sealed
from db.work import Work, command, query

KEPT = timedelta(days=14)


class Draft(SQLModel, table=True):
    """The form of one account about one person, as it stood last."""

    __tablename__ = "visit_draft"
    __table_args__ = (UniqueConstraint("account_id", "resident_id"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int
    resident_id: int = Field(index=True)  # no foreign key: a draft goes by itself
    saved_at: datetime = moment(nullable=False)
    content: str = Field(sa_type=Sealed("visit_draft.content"))


_T = Draft.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Kept:
    """A half-typed visit: the values of the form, and when it was last touched."""

    values: Values
    saved_at: datetime

    @property
    def day(self) -> date:
        """The day on which it was typed."""
        return self.saved_at.astimezone(clock.PLACE).date()


@query("visit.create")
def draft(work: Work, *, resident_id: int) -> Kept | None:
    """What the viewer half typed about this person in the last fortnight."""
    row = work.session.execute(
        select(_T.content, _T.saved_at).where(
            _T.account_id == work.viewer.account_id, _T.resident_id == resident_id, _T.saved_at > work.now - KEPT
        )
    ).first()  # fmt: skip
    return Kept(json.loads(row.content), row.saved_at) if row is not None else None


@command("visit.create")
def keep(work: Work, *, resident_id: int, values: Values) -> None:
    """Keep the form as it stands. Refused `record.not_found`."""
    row_of(work, RESIDENTS, resident_id, "visit.create")
    _clear(work, resident_id)
    _write(
        work,
        insert(Draft).values(
            account_id=work.viewer.account_id, resident_id=resident_id, saved_at=work.now,
            content=json.dumps(values, ensure_ascii=False),
        ),
    )  # fmt: skip


@command("visit.create")
def drop(work: Work, *, resident_id: int) -> None:
    """The visit was saved, or is not wanted."""
    _clear(work, resident_id)


def _clear(work: Work, resident_id: int) -> None:
    own = (_T.account_id == work.viewer.account_id) & (_T.resident_id == resident_id)
    _write(work, delete(Draft).where(own | (_T.saved_at <= work.now - KEPT)))


def _write(work: Work, statement: Any) -> None:
    """Past the audit trail: what is typed is nobody's business until it is saved."""
    work.connection.execute(statement)
