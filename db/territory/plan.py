"""The plan of all areas: drawn ones as they are, the others laid out tidily, every area in its place."""

from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select

from db import changes
from db.access import within
from db.territory.areas import Area, Level
from db.territory.coordinates import Point, geometry_to_plane
from db.territory.geometry import Coordinates, label_point, outline
from db.territory.layout import layout_mixed
from db.territory.schematic import HOUSE_LEVEL, Node
from db.work import Work, query

_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class PlacedArea:
    """One open area on the plan. `xs` and `ys` are metres to the east and north, a None between two rings."""

    id: int
    parent_id: int | None
    level: str
    depth: int
    name: str
    number: str
    area_path: str
    holds_homes: bool
    drawn: bool
    xs: Coordinates
    ys: Coordinates
    label_x: float
    label_y: float


@dataclass(frozen=True)
class Plan:
    """All open areas that a viewer sees, parents first. `origin` (WGS-84) is where x and y are zero, if anything is drawn."""

    areas: tuple[PlacedArea, ...]
    origin: Point | None


def plan_stamp() -> tuple[int, ...]:
    """Changes whenever the plan may have changed: the key under which a screen keeps it, with the viewer's areas."""
    return changes.stamp("areas", fresh=True)


@query("area.view")
def plan(work: Work) -> Plan:
    """Where every open area lies, drawn or laid out. Takes longer with more areas: keep it by `plan_stamp`."""
    rows = work.session.execute(
        select(
            _A.id, _A.parent_id, _A.level, _A.name, _A.number, _A.area_path, _A.position, _A.shape, _L.holds_homes
        )
        .join(Level, _L.code == _A.level)
        .where(_A.closed_on.is_(None), within(work.viewer, "area.view", _A.area_path))
        .order_by(_A.position, _A.id)
    ).all()  # fmt: skip
    degrees = {row.id: shapely.geometry.shape(row.shape) for row in rows if row.shape}
    origin = _origin(degrees)
    drawn = (
        {area_id: geometry_to_plane(shape, origin) for area_id, shape in degrees.items()} if origin else {}
    )
    nodes = [Node(row.id, row.parent_id, row.level, row.name, row.position) for row in rows]
    house_level = next((row.level for row in rows if row.holds_homes), HOUSE_LEVEL)
    placed = layout_mixed(nodes, drawn, house_level)
    areas = []
    for row in sorted(rows, key=lambda row: (row.area_path.count("/"), row.position, row.id)):
        geometry = placed[row.id]
        xs, ys = outline(geometry)
        label_x, label_y = label_point(geometry)
        areas.append(
            PlacedArea(
                row.id, row.parent_id, row.level, row.area_path.count("/") - 2, row.name, row.number,
                row.area_path, row.holds_homes, row.id in drawn, xs, ys, label_x, label_y,
            )
        )  # fmt: skip
    return Plan(tuple(areas), origin)


def _origin(degrees: dict[int, BaseGeometry]) -> Point | None:
    if not degrees:
        return None
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(list(degrees.values())))
    return ((west + east) / 2, (south + north) / 2)
