"""Figures per area, kept up to date by the transactions that change them.

Each row holds, for one area, the sums over everything that lies in it. A unit of work that touched
places counts those anew before it commits, and their ancestors from their children; a full recount gives
the same (a test says so). Ages move by themselves, so `counted_on` says for which day the row is true.
"""

from datetime import date

from sqlmodel import Field, SQLModel

from db.engine import BYTEWISE


class AreaCount(SQLModel, table=True):
    """The figures of one area. People are those who live here now (status "resident")."""

    __tablename__ = "area_count"

    area_id: int = Field(primary_key=True, foreign_key="area.id")
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)  # type: ignore[call-overload]
    counted_on: date
    people: int = 0
    households: int = 0
    over_60: int = 0
    over_80: int = 0
    alone: int = 0  # living alone
    in_care: int = 0
    in_care_with_carer: int = 0
    homes_areas: int = 0  # areas on which people live (buildings), open ones
    held: int = 0  # of these: with an active holder
