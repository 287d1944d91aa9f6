"""Buckets that refill with time, against guessing of passwords."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from db.record import moment


class Bucket(SQLModel, table=True):
    """What is left of the tries of one name or address."""

    __tablename__ = "throttle_bucket"

    key: str = Field(primary_key=True)  # a keyed hash of the name or address
    tokens: float
    at: datetime = moment(nullable=False)
