"""The first areas of a new community: the community itself, its grids, their buildings."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from db.errors import Refused
from db.territory import areas
from db.territory.areas import Area
from db.territory.levels import ensure_levels
from db.work import Work, command

_A = Area.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class NewGrid:
    """A grid to be made. `buildings` are written as one writes them: "1-12栋、甲3栋"; "" for none yet."""

    name: str
    buildings: str = ""


@command("area.edit")
def start(work: Work, *, community: str) -> int:
    """Make the usual levels and the community itself, unless there are areas already. Returns the topmost area."""
    ensure_levels(work)
    top = work.session.execute(
        select(_A.id)
        .where(_A.parent_id.is_(None), _A.closed_on.is_(None))
        .order_by(_A.position, _A.id)
        .limit(1)
    ).scalar()
    return top if top is not None else areas.add(work, name=community, level="community")


@command("area.edit")
def build(work: Work, *, community_id: int, grids: Sequence[NewGrid]) -> tuple[int, int]:
    """Add grids with their buildings below the community, all or none; how many of each.

    Refused `area.name_needed`, `area.no_number` with `name` (a building without a number: no address would
    lead to it), and what `areas.add` and `areas.add_many` refuse.
    """
    if not grids:
        raise Refused("area.name_needed")
    buildings = 0
    for grid in grids:
        grid_id = areas.add(work, name=grid.name, level="grid", parent_id=community_id)
        if grid.buildings.strip():
            names = areas.names_of(grid.buildings)
            if areas.holds_homes(work, "building"):
                for name in names:
                    if not areas.building_number(name):
                        raise Refused("area.no_number", name=name)
            buildings += len(areas.add_many(work, names=names, level="building", parent_id=grid_id))
    return len(grids), buildings
