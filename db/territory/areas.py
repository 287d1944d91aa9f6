"""Areas: one tree from the sub-district to the building, with levels that are data."""

from datetime import date

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from db.engine import BYTEWISE
from db.fields import day, text
from db.record import Record
from db.words import N_


class Level(SQLModel, table=True):
    """A level of the tree. Which levels there are, in which order and what they are called is data."""

    code: str = Field(primary_key=True)
    position: int
    label: str
    holds_homes: bool = False  # a level on which people live
    role: str = ""  # the post that is expected to hold an area of this level


class Area(Record, table=True):
    """A piece of the neighbourhood. `area_path` holds the ids from the root down to itself: "/1/4/17/"."""

    __table_args__ = (Index("ix_area_parent", "parent_id", "position"),)

    name: str = text(N_("Name"), required=True, longest=60, headings=("名称", "区域名称"))
    code: str = text(N_("Code"), longest=40, index=True, headings=("编码", "代码", "编号"))
    level: str = Field(foreign_key="level.code", index=True)
    parent_id: int | None = Field(default=None, foreign_key="area.id")
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)  # type: ignore[call-overload]
    position: int = 0
    number: str = Field(default="", index=True)  # a building's number as addresses write it: "12", "甲3"
    stairs: int = 0
    floors: int = 0
    shape: dict[str, object] | None = Field(default=None, sa_type=JSON)  # GeoJSON geometry, WGS-84
    closed_on: date | None = day(N_("Closed on"))
