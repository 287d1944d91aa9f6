"""The areas of the sample: a sub-district, and the community of the drawn plan with its grids and buildings."""

from dataclasses import dataclass
from random import Random

from db.access import path_below
from db.people import bulk
from db.register import Values
from db.territory import hulls
from db.territory.areas import Area
from db.territory.coordinates import Ring
from db.territory.sample_plan import COMMUNITY_CODE, SampleBuilding, sample_plan
from db.work import Work

SUBDISTRICT = "红山街道"
EMPTY_HOMES = 0.013


@dataclass(frozen=True)
class Place:
    id: int
    area_path: str
    name: str


@dataclass(frozen=True)
class Building(Place):
    number: str
    grid: int  # which of the community's grids, from 0
    plan: SampleBuilding


@dataclass(frozen=True)
class Community(Place):
    grids: tuple[Place, ...]
    buildings: tuple[Building, ...]


def add_subdistrict(work: Work, name: str = SUBDISTRICT, code: str = "HS") -> Place:
    """Add a sub-district."""
    (area_id,) = bulk.new_ids(work, Area, 1)
    path = path_below("/", area_id)
    bulk.insert_records(work, Area, [_area(path, name, code, "subdistrict", None, 1)], [area_id])
    return Place(area_id, path, name)


def add_community(
    work: Work, parent: Place, name: str, code: str = COMMUNITY_CODE, *, position: int = 1,
    shift: tuple[float, float] = (0.0, 0.0),
) -> Community:  # fmt: skip
    """Add the drawn community with all its grids and buildings; `shift` moves it by degrees east and north."""
    plan = sample_plan()
    ids = bulk.new_ids(work, Area, 1 + len(plan.grids) + len(plan.buildings))
    own_id, grid_ids = ids[0], ids[1 : 1 + len(plan.grids)]
    own = path_below(parent.area_path, own_id)
    rows = [_area(own, name, code, "community", parent.id, position, shape=_shape(plan.community, shift))]
    grids: list[Place] = []
    index: dict[str, int] = {}
    for place, (area_id, (grid_code, grid_name, ring)) in enumerate(zip(grid_ids, plan.grids, strict=True)):
        path = path_below(own, area_id)
        written = grid_code.replace(COMMUNITY_CODE, code, 1)
        rows.append(_area(path, grid_name, written, "grid", own_id, place + 1, shape=_shape(ring, shift)))
        grids.append(Place(area_id, path, grid_name))
        index[grid_code] = place
    buildings: list[Building] = []
    for area_id, one in zip(ids[1 + len(plan.grids) :], plan.buildings, strict=True):
        grid = index[one.grid_code]
        path = path_below(grids[grid].area_path, area_id)
        written = f"{one.grid_code.replace(COMMUNITY_CODE, code, 1)}-{int(one.number):03}"
        position = sum(other.grid == grid for other in buildings) + 1
        rows.append(
            _area(
                path, one.name, written, "building", grids[grid].id, position, number=one.number,
                stairs=one.stairs, floors=one.floors, shape=_shape(one.ring, shift),
            )
        )  # fmt: skip
        buildings.append(Building(area_id, path, one.name, one.number, grid, one))
    bulk.insert_records(work, Area, rows, ids)
    hulls.refresh(work.session, [parent.id])
    return Community(own_id, own, name, tuple(grids), tuple(buildings))


def _area(
    path: str, name: str, code: str, level: str, parent_id: int | None, position: int, *,
    number: str = "", stairs: int = 0, floors: int = 0, shape: Values | None = None,
) -> Values:  # fmt: skip
    return {
        "name": name, "code": code, "level": level, "parent_id": parent_id, "area_path": path,
        "position": position, "number": number, "stairs": stairs, "floors": floors, "shape": shape,
    }  # fmt: skip


def _shape(ring: Ring, shift: tuple[float, float]) -> Values:
    east, north = shift
    return {
        "type": "Polygon",
        "coordinates": [[[round(x + east, 7), round(y + north, 7)] for x, y in ring]],
    }


def homes(random: Random, building: Building) -> list[Values]:
    """The homes of a building where somebody lives, as rows of households."""
    plan = building.plan
    return [
        {**home, "area_id": building.id, **bulk.home_columns(building, home)}
        for stair in range(1, plan.stairs + 1)
        for floor in range(1, plan.floors + 1)
        for door in range(1, plan.doors_per_floor + 1)
        for home in ({"stair": str(stair), "room": f"{floor}{door:02}"},)
        if random.random() >= EMPTY_HOMES
    ]
