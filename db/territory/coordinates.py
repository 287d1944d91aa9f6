"""Where a point is: WGS-84 (GPS), GCJ-02 (what Chinese web maps draw on) and a local plane in metres.

Points are pairs of longitude and latitude in degrees, in this order, as in GeoJSON.
"""

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Datum = Literal["wgs84", "gcj02"]
Point = tuple[float, float]
Ring = tuple[Point, ...]
Points = NDArray[np.float64]

# The ellipsoid and the box that the GCJ-02 offset is defined with (Krassovsky 1940).
SEMI_MAJOR_AXIS = 6378245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323
CHINA = (72.004, 0.8293, 137.8347, 55.8271)

METRES_PER_DEGREE = 111_195.0
"""Length of one degree of latitude on a sphere of 6,371 km."""


def in_china(points: Any) -> NDArray[np.bool_]:
    """Tell for each point whether the GCJ-02 offset applies there (a rough box around China)."""
    p = _array(points)
    west, south, east, north = CHINA
    return (p[:, 0] >= west) & (p[:, 0] <= east) & (p[:, 1] >= south) & (p[:, 1] <= north)


def wgs84_to_gcj02(points: Any) -> Points:
    """Move points from GPS coordinates to those of Chinese web maps. Outside China they stay."""
    p = _array(points)
    return np.where(in_china(p)[:, None], p + _offset(p), p)


def gcj02_to_wgs84(points: Any) -> Points:
    """Undo `wgs84_to_gcj02`, exact to better than a micro-degree (a tenth of a metre)."""
    p = _array(points)
    guess = p.copy()
    # The offset changes by less than a hundredth over its own length: each round gains two digits.
    for _ in range(6):
        guess = p - _offset(guess)
    return np.where(in_china(p)[:, None], guess, p)


def convert(geometry: Any, source: Datum, target: Datum) -> Any:
    """Return a geometry in degrees, or a list of them, moved from one datum to the other."""
    if source == target:
        return geometry
    return shapely.transform(geometry, wgs84_to_gcj02 if target == "gcj02" else gcj02_to_wgs84)


def to_plane(ring: Iterable[Point], origin: Point) -> Ring:
    """Return degrees as metres east and north of `origin`.

    Equirectangular: within 10 km of the origin distances are right to about one in a thousand.
    """
    return _ring(_to_plane(_array(list(ring)), origin))


def from_plane(ring: Iterable[Point], origin: Point) -> Ring:
    """Undo `to_plane`: metres east and north of `origin` as degrees."""
    return _ring(_from_plane(_array(list(ring)), origin))


def geometry_to_plane(geometry: BaseGeometry, origin: Point) -> BaseGeometry:
    """Return a geometry in degrees as one in metres east and north of `origin`."""
    return shapely.transform(geometry, lambda points: _to_plane(points, origin))


def geometry_from_plane(geometry: BaseGeometry, origin: Point) -> BaseGeometry:
    """Return a geometry in metres east and north of `origin` as one in degrees."""
    return shapely.transform(geometry, lambda points: _from_plane(points, origin))


def _to_plane(points: Points, origin: Point) -> Points:
    return (points - origin) * _scale(origin)


def _from_plane(points: Points, origin: Point) -> Points:
    return points / _scale(origin) + origin


def _scale(origin: Point) -> Points:
    return np.array([METRES_PER_DEGREE * np.cos(np.radians(origin[1])), METRES_PER_DEGREE])


def _array(points: Any) -> Points:
    return np.asarray(points, dtype=np.float64).reshape(-1, 2)


def _ring(points: Points) -> Ring:
    return tuple((float(x), float(y)) for x, y in points)


def _offset(points: Points) -> Points:
    x, y = points[:, 0] - 105.0, points[:, 1] - 35.0
    root = np.sqrt(np.abs(x))
    ripple = (20 * np.sin(6 * x * np.pi) + 20 * np.sin(2 * x * np.pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north += (20 * np.sin(y * np.pi) + 40 * np.sin(y / 3 * np.pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * np.pi) + 320 * np.sin(y * np.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east += (20 * np.sin(x * np.pi) + 40 * np.sin(x / 3 * np.pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * np.pi) + 300 * np.sin(x / 30 * np.pi)) * 2 / 3

    latitude = np.radians(points[:, 1])
    bend = 1 - ECCENTRICITY_SQUARED * np.sin(latitude) ** 2
    meridian = SEMI_MAJOR_AXIS * (1 - ECCENTRICITY_SQUARED) / bend**1.5
    parallel = SEMI_MAJOR_AXIS / np.sqrt(bend) * np.cos(latitude)
    degrees: Points = np.degrees(np.stack([east / parallel, north / meridian], axis=1))
    return degrees
