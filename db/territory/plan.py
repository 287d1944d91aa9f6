"""The plan of an area with what lies in it: drawn areas as they are, the others laid out tidily.

A plan shows an area, its children, and their children as outlines; only these are read, however large the
tree is. What lies deeper counts by its number, and by the hull that `hulls` keeps of what is drawn there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Row, func, select

from db import changes
from db.access import outermost, within
from db.errors import Refused
from db.territory.areas import Area, Level
from db.territory.coordinates import Point, geometry_to_plane
from db.territory.geometry import Coordinates, label_point, outline, simplify_for_screen
from db.territory.layout import layout_mixed
from db.territory.schematic import HOUSE_LEVEL, Node
from db.work import Work, query

_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]

MOST_INNER = 600
"""More outlines than these would be a grey blur: then the parts of the parts are left out."""


WIDEST_SCREEN = 2000
"""Pixels that a picture has at most: what is smaller than one of them is not drawn."""


@dataclass(frozen=True)
class PlacedArea:
    """One open area on the plan. `xs` and `ys` are metres to the east and north, a None between two rings.

    The label has room at `label_x`, `label_y`; for parts of parts, which bear none, it is any point inside.
    """

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
    """The open areas of one view, parents first. `origin` (WGS-84) is where x and y are zero, if anything is drawn."""

    areas: tuple[PlacedArea, ...]
    origin: Point | None


def plan_stamp() -> tuple[int, ...]:
    """Changes whenever a plan may have changed: the key under which a screen keeps it, with the viewer's areas."""
    return changes.stamp("areas", fresh=True)


@query("area.view")
def plan(work: Work, area_id: int | None = None) -> Plan:
    """Where an area, its children and their children lie, drawn or laid out; without `area_id` from the top.

    An area that nobody has drawn is laid out from what lies in it alone, so it looks the same whatever
    is done elsewhere in the tree. Refused `area.not_found`.
    """
    generations = _read(work, area_id)
    rows = [row for generation in generations for row in generation]
    degrees = {row.id: shapely.geometry.shape(row.shape) for row in rows if row.shape}
    hulls = {
        row.id: shapely.geometry.shape(row.hull) for row in _edge(generations) if row.hull and not row.shape
    }
    origin = _origin([*degrees.values(), *hulls.values()])
    drawn: dict[int, BaseGeometry] = {}
    if origin:
        # What is drawn further down stands for itself as one part, with a number that no area has.
        known = {**degrees, **{-area_id: hull for area_id, hull in hulls.items()}}
        drawn = _for_screen({area_id: geometry_to_plane(shape, origin) for area_id, shape in known.items()})
    nodes = _nodes(work, generations) + [Node(-area_id, area_id, "", "") for area_id in hulls]
    house_level = next((row.level for row in rows if row.holds_homes), HOUSE_LEVEL)
    placed = layout_mixed(nodes, drawn, house_level)
    unnamed = {row.id for row in generations[2]} if len(generations) > 2 else set()
    areas = []
    for row in rows:
        geometry = placed[row.id]
        xs, ys = outline(geometry)
        label_x, label_y = _some_point(geometry) if row.id in unnamed else label_point(geometry)
        areas.append(
            PlacedArea(
                row.id, row.parent_id, row.level, row.area_path.count("/") - 2, row.name, row.number,
                row.area_path, row.holds_homes, row.id in drawn, xs, ys, label_x, label_y,
            )
        )  # fmt: skip
    return Plan(tuple(areas), origin)


def _read(work: Work, area_id: int | None) -> list[Sequence[Row[Any]]]:
    """The area, its children and theirs; of several areas at the top only these and their children."""
    if area_id is not None:
        top = _rows(work, _A.id == area_id)
        if not top:
            raise Refused("area.not_found")
    elif work.viewer.scope("area.view") == "areas":
        top = _rows(work, _A.area_path.in_(list(outermost(work.viewer.areas))))
    else:
        top = _rows(work, _A.parent_id.is_(None))
    generations = [top]
    for _step in range(2 if len(top) == 1 else 1):
        above = [row.id for row in generations[-1]]
        most = MOST_INNER + 1 if len(generations) == 2 or len(top) > 1 else None
        below = _rows(work, _A.parent_id.in_(above), most) if above else []
        if most is not None and len(below) == most:
            break
        generations.append(below)
    return generations


def _rows(work: Work, which: ColumnElement[bool], most: int | None = None) -> Sequence[Row[Any]]:
    return work.session.execute(
        select(
            _A.id, _A.parent_id, _A.level, _A.name, _A.number, _A.area_path, _A.position, _A.shape, _A.hull, _L.holds_homes
        )
        .join(Level, _L.code == _A.level)
        .where(which, _A.closed_on.is_(None), within(work.viewer, "area.view", _A.area_path))
        .order_by(_A.position, _A.id)
        .limit(most)
    ).all()  # fmt: skip


def _edge(generations: Sequence[Sequence[Row[Any]]]) -> Sequence[Row[Any]]:
    """Those whose parts were not read."""
    return generations[-1]


def _nodes(work: Work, generations: Sequence[Sequence[Row[Any]]]) -> list[Node]:
    unread = [row.id for row in _edge(generations) if not (row.shape or row.hull or row.holds_homes)]
    inside: dict[int, int] = {}
    if unread:
        # The index alone answers this: a closed one counts along.
        found = work.session.execute(
            select(_A.parent_id, func.count()).where(_A.parent_id.in_(unread)).group_by(_A.parent_id)
        )
        inside = {row[0]: row[1] for row in found}
    return [
        Node(row.id, row.parent_id, row.level, row.name, row.position, inside.get(row.id, 0))
        for generation in generations
        for row in generation
    ]


def _for_screen(drawn: dict[int, BaseGeometry]) -> dict[int, BaseGeometry]:
    """Without the points that nobody could see when all of it is on the screen."""
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(list(drawn.values())))
    metres_per_pixel = max(east - west, north - south) / WIDEST_SCREEN
    return {area_id: simplify_for_screen(shape, metres_per_pixel) for area_id, shape in drawn.items()}


def _some_point(geometry: BaseGeometry) -> Point:
    """A point in an area whose name is not written; the best place for a label would take longer."""
    point = geometry.representative_point()
    return (float(point.x), float(point.y))


def _origin(degrees: Sequence[BaseGeometry]) -> Point | None:
    if not degrees:
        return None
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(list(degrees)))
    return ((west + east) / 2, (south + north) / 2)
