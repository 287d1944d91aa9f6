"""Where a shift is, in words that everybody may know, and what lies near a volunteer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from db.territory.areas import Area, Level
from db.work import Work

_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]

GRID = "grid_worker"
"""The post that makes an area a neighbourhood: who lives in the same one is near."""


def place_texts(work: Work, shifts: Iterable[Any]) -> dict[int, str]:
    """By shift (rows of `SHIFT`): the place as it was written, else the area.

    Where somebody is visited, what was written may be the address, and the building would tell who it is: then it is
    the area around it.
    """
    rows = [one for one in shifts if one.area_id is not None]
    areas = _areas(work, {one.area_id for one in rows})
    above = _areas(work, {one.parent_id for one in areas.values() if one.holds_homes and one.parent_id})
    areas.update(above)
    return {one.id: (one.where if one.resident_id is None else "") or _name(areas, one) for one in rows}


def _name(areas: dict[int, Any], shift: Any) -> str:
    area = areas.get(shift.area_id)
    if area is not None and shift.resident_id is not None and area.holds_homes:
        area = areas.get(area.parent_id)
    return "" if area is None else str(area.name)


def _areas(work: Work, ids: set[int]) -> dict[int, Any]:
    if not ids:
        return {}
    rows = work.session.execute(
        select(_A.id, _A.name, _A.parent_id, _A.area_path, _L.holds_homes, _L.role)
        .join(Level, _L.code == _A.level)
        .where(_A.id.in_(ids))
    )
    return {row.id: row for row in rows}


@dataclass(frozen=True)
class Home:
    """Where a volunteer belongs: paths, "" where there is none."""

    building: str
    grid: str

    def near(self, shift: Any) -> str:
        """`building`, `grid` or "". The building is not told where somebody is visited."""
        path = str(shift.area_path)
        if self.building and path.startswith(self.building) and shift.resident_id is None:
            return "building"
        return "grid" if self.grid and path.startswith(self.grid) else ""


def home_of(work: Work, volunteer: Any) -> Home:
    """The building and the grid of a volunteer."""
    steps = [int(step) for step in str(volunteer.area_path).split("/") if step]
    areas = _areas(work, set(steps))
    own = areas.get(volunteer.area_id)
    if own is None:
        return Home("", "")
    grid = next((one.area_path for one in areas.values() if one.role == GRID), "")
    if not grid and own.holds_homes and own.parent_id in areas:
        grid = areas[own.parent_id].area_path
    return Home(own.area_path if own.holds_homes else "", grid)
