"""Slots and bookings: something with room for so many, and who has or wants a place in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.engine import BYTEWISE
from db.record import Record, moment

HELD = ("booked", "offered")
"""States in which a booking has a place."""
PENDING = ("requested", "invited", "entered", "waiting")
"""States in which somebody wants a place, or is wanted, and has none yet."""

TERM = "term"
"""The kind of slots that stand for several others: a place in one is a place in each of those, which take the time."""

MODES = ("open", "request", "invite", "lottery")

Row = Any
"""A row of the database, by attribute."""


class Slot(Record, table=True):
    """Something at a time and a place with room for `capacity` people. The counters equal the bookings, always."""

    __tablename__ = "place_slot"
    __table_args__ = (
        CheckConstraint("taken >= 0 AND taken <= capacity", name="taken"),
        CheckConstraint("waiting >= 0 AND shaky >= 0", name="counted"),
        Index("ix_place_slot_when", "kind", "starts_at"),
        Index("ix_place_slot_area", "area_path", "starts_at"),
    )

    kind: str
    title: str = ""
    starts_at: datetime = moment(nullable=False)
    ends_at: datetime = moment(nullable=False)
    area_id: int | None = Field(default=None, index=True)
    area_path: str = Field(default="", sa_type=BYTEWISE)
    where: str = ""  # the place in words: a room, a corner, an address that everybody may know
    minimum: int = 1
    capacity: int = 1
    taken: int = 0
    waiting: int = 0
    shaky: int = 0  # held, but the holder looks for somebody else
    mode: str = "open"
    opens_at: datetime | None = moment()
    closes_at: datetime | None = moment()
    rest_before: int = 0  # minutes without another service
    rest_after: int = 0
    cap_month: int = 0  # places of this title by lottery for one person and month; 0: as many as one draws
    seed: str = ""  # of the lottery; told when it is drawn
    drawn_at: datetime | None = moment()
    cancel_hours: int = 24  # until so many hours before, a place is given back without a reason
    cancelled_at: datetime | None = moment()
    why: str = ""  # it was cancelled


class Booking(Record, table=True):
    """One person and one slot. Of all that ever were, at most one is live."""

    __tablename__ = "place_booking"
    __table_args__ = (
        UniqueConstraint("slot_id", "person_key", "live"),
        Index("ix_place_booking_person", "person_key", "live", "starts_at"),
        Index("ix_place_booking_line", "slot_id", "state", "rank", "id"),
        Index("ix_place_booking_offer", "offered_until"),
    )

    slot_id: int = Field(foreign_key="place_slot.id")
    person_key: str
    name: str = ""
    volunteer_id: int | None = Field(default=None, index=True)
    resident_id: int | None = Field(default=None, foreign_key="resident.id", index=True)
    state: str
    live: int | None = 1  # none once it is over: cancelled, refused, lapsed, handed on, lost
    starts_at: datetime = moment(nullable=False)
    ends_at: datetime = moment(nullable=False)
    rank: int = 0  # the lower, the earlier in the line
    pair: str = ""  # those with the same get places together or not at all
    regular: bool = False
    handing: str = ""  # to whom the holder wants to give it: a person's key, "*" for anybody
    handing_since: datetime | None = moment()
    offered_until: datetime | None = moment()
    confirmed_at: datetime | None = moment()
    reminded_at: datetime | None = moment()
    late: bool = False  # given back after the deadline
    overridden: str = ""  # what stood against it, and the reason why it was done all the same
    why: str = ""
    by_id: int | None = None
    by_name: str = ""


class Person(SQLModel, table=True):
    """One row for everybody who ever took a place: writing it holds that person still."""

    __tablename__ = "place_person"

    key: str = Field(primary_key=True)
    turn: int = 0


@dataclass(frozen=True)
class Who:
    """Somebody who takes places. `key` is one for one human being: "v12" for a volunteer, "r5" for any other resident."""

    key: str
    name: str
    volunteer_id: int | None = None
    resident_id: int | None = None
