"""What a picture of areas needs from their geometry: lines to draw, a place for the label, an extent.

All lengths are metres in the local plane (`coordinates.geometry_to_plane`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

Coordinates = list[float | None]

LINEAR = frozenset({"Point", "MultiPoint", "LineString", "LinearRing", "MultiLineString"})


@dataclass(frozen=True)
class Bounds:
    """The window that a picture shows."""

    x_min: float
    y_min: float
    x_max: float
    y_max: float

    @property
    def width(self) -> float:
        return self.x_max - self.x_min

    @property
    def height(self) -> float:
        return self.y_max - self.y_min


def polygons(geometry: BaseGeometry) -> list[Polygon]:
    """Return the polygons with an area in `geometry`, however deep; lines and points are left out."""
    parts = shapely.get_parts(geometry)
    if len(parts) == 1 and parts[0].geom_type == "Polygon":
        return [parts[0]] if parts[0].area > 0 else []
    return [inner for part in parts if part.geom_type not in LINEAR for inner in polygons(part)]


def surface(geometry: BaseGeometry) -> BaseGeometry:
    """Return `geometry` as a polygon, or a multipolygon when it has several parts or none."""
    parts = polygons(geometry)
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def outline(geometry: BaseGeometry) -> tuple[Coordinates, Coordinates]:
    """Return the x and y of all rings of `geometry`, a `None` between two rings.

    Many outlines joined with a `None` between them make one filled `go.Scatter` trace. Holes run
    against their shell, so that a fill by winding leaves them open.
    """
    xs: Coordinates = []
    ys: Coordinates = []
    for polygon in polygons(geometry):
        wound = shapely.orient_polygons(polygon)
        for ring in (wound.exterior, *wound.interiors):
            if xs:
                xs.append(None)
                ys.append(None)
            xs += ring.xy[0]
            ys += ring.xy[1]
    return xs, ys


def label_point(geometry: BaseGeometry) -> tuple[float, float]:
    """Return a point well inside the largest part of `geometry`, where a label has room.

    The middle when it is about as deep inside as any, as in an oblong house; else the deepest point.
    """
    parts = polygons(geometry)
    if not parts:
        raise ValueError("a geometry without an area has no place for a label")
    largest = max(parts, key=lambda part: float(part.area))
    middle = largest.centroid
    x_min, y_min, x_max, y_max = largest.bounds
    tolerance = max(x_max - x_min, y_max - y_min) / 200
    try:
        radius = shapely.maximum_inscribed_circle(largest, tolerance=tolerance)
    except shapely.GEOSException:
        point = largest.representative_point()
    else:
        central = largest.contains(middle) and largest.boundary.distance(middle) > 0.9 * radius.length
        point = middle if central else shapely.get_point(radius, 0)
    return float(point.x), float(point.y)


def fit(geometries: Iterable[BaseGeometry], margin: float = 0.04) -> Bounds:
    """Return the bounds of all `geometries` with `margin` (a share of the longer side) around them.

    Nothing to show gives a square of 100 m around the origin, so that an empty picture still draws.
    """
    filled = [geometry for geometry in geometries if not geometry.is_empty]
    if not filled:
        return Bounds(-50.0, -50.0, 50.0, 50.0)
    x_min, y_min, x_max, y_max = (float(edge) for edge in shapely.total_bounds(filled))
    space = max(x_max - x_min, y_max - y_min) * margin
    return Bounds(x_min - space, y_min - space, x_max + space, y_max + space)


def simplify_for_screen(geometry: BaseGeometry, metres_per_pixel: float) -> BaseGeometry:
    """Return `geometry` without the points that nobody could see at this scale (half a pixel)."""
    simple = shapely.simplify(geometry, metres_per_pixel / 2, preserve_topology=True)
    # Something smaller than a pixel is still somebody's house: it stays as it is.
    return simple if simple.area > 0 else geometry
