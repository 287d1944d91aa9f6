"""What every kept thing has: an identity, a version, when it was made and changed, and custom fields."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Column, DateTime, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from db import clock

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention


class Moment(TypeDecorator[datetime]):
    """A point in time: UTC in the database, aware in Python, on every database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


def moment(
    *, nullable: bool = True, index: bool = False, default: Callable[[], datetime] | None = None
) -> Any:
    """A field that holds a point in time."""
    if default is None:
        return Field(default=None, sa_type=Moment, nullable=nullable, index=index)
    return Field(default_factory=default, sa_type=Moment, nullable=nullable, index=index)


class Record(SQLModel):
    """The base of every table that people edit.

    `version` rises with each save and guards against overwriting what somebody else saved meanwhile;
    `extra` holds the custom fields that an administrator added. Nothing is ever deleted: what an undone import
    had made is withdrawn, and in no list from then on.
    """

    __table_args__: ClassVar[Any] = ()

    id: int | None = Field(default=None, primary_key=True)
    version: int = 1
    made_at: datetime = moment(nullable=False, default=clock.now)
    changed_at: datetime = moment(nullable=False, default=clock.now)
    extra: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)
    withdrawn_at: datetime | None = moment()


def columns_of(table: type[SQLModel]) -> dict[str, Column[Any]]:
    """The columns of a table by name."""
    return dict(table.__table__.c)  # type: ignore[attr-defined]
