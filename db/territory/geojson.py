"""Read drawn areas from GeoJSON as people have it, and write them again.

A feature that cannot be used is told by its number with what to do; the others are read all the same.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from db.errors import Refused
from db.territory.coordinates import CHINA, METRES_PER_DEGREE, Datum, convert
from db.territory.geometry import polygons, surface
from db.words import N_

MAX_BYTES = 20_000_000
MAX_FEATURES = 20_000
MAX_POINTS = 2_000
MIN_SQUARE_METRES = 1.0
MAX_SQUARE_METRES = 10_000_000_000.0
"""A hundred by a hundred kilometres: larger than a prefecture's city districts together."""

# Names that mean the same, the surest first; compared without case.
CODE = ("code", "编码", "编号", "网格编码", "区划代码", "adcode", "gb", "id")
NAME = ("name", "名称", "楼栋", "楼号", "网格名称", "楼栋名称", "label")
LEVEL = ("level", "层级", "类型")
PARENT = ("parent", "上级", "所属网格", "上级编码", "parent_code", "pid")

# Longitude and latitude in degrees, whatever the authority calls it; CGCS2000 is within a metre of WGS-84.
GEOGRAPHIC = ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG::4490", "EPSG:4490", "EPSG::4979", "EPSG:4979")

MESSAGES: dict[str, str] = {
    "geojson.too_big": N_("The file has {megabytes} MB; up to {limit} MB are read. Split it by grid."),
    "geojson.not_text": N_("The file is not text. Export it as GeoJSON in UTF-8."),
    "geojson.not_json": N_(
        "The file is not GeoJSON: it breaks off or goes wrong in line {line}. Export it again."
    ),
    "geojson.not_collection": N_("The file is JSON, but not a GeoJSON FeatureCollection."),
    "geojson.empty": N_("The file has no features."),
    "geojson.too_many": N_("The file has {count} features; up to {limit} are read. Split it by grid."),
    "geojson.projected": N_(
        "The coordinates ({x}, {y}) are metres of a map projection, not degrees. "
        "Export the layer again in WGS-84 (EPSG:4326)."
    ),
    "geojson.crs": N_("The coordinates are in {crs}. Export the layer again in WGS-84 (EPSG:4326)."),
    "feature.not_feature": N_("This is not a feature."),
    "feature.no_geometry": N_("{label} has no geometry: nothing is drawn for it."),
    "feature.not_polygon": N_("{label} is a {kind}; an area must be a polygon."),
    "feature.bad_coordinates": N_("{label} has a coordinate that is not a pair of numbers."),
    "feature.unclosed": N_("The outline of {label} is not closed: make its last point equal to its first."),
    "feature.too_few_points": N_("The outline of {label} has fewer than three corners."),
    "feature.swapped": N_(
        "In {label} latitude stands before longitude ({x}, {y}). Swap the two and upload the file again."
    ),
    "feature.out_of_range": N_(
        "{label} lies outside the world: {x}, {y} are not a longitude and a latitude."
    ),
    "feature.nameless": N_("{label} has neither a name nor a code, so no area can be found for it."),
    "feature.duplicate": N_("{label} has the code {code}, which feature {first} has already."),
    "feature.too_small": N_("{label} has less than a square metre."),
    "feature.too_large": N_(
        "{label} covers {square_km} km²: too large for a sub-district. Is a point misplaced?"
    ),
    "feature.repaired": N_("The outline of {label} crossed itself and was repaired. Check it on the map."),
    "feature.simplified": N_("{label} had {count} points; it was simplified to {left}."),
    "feature.too_detailed": N_(
        "{label} has {count} points in too many parts. Simplify it before the upload."
    ),
}

NOTES = frozenset({"feature.repaired", "feature.simplified"})


@dataclass(frozen=True)
class Shape:
    """One drawn area in WGS-84. `index` counts the file's features from 1; texts may be empty."""

    index: int
    code: str
    name: str
    level: str
    parent: str
    wkb: bytes

    @property
    def geometry(self) -> BaseGeometry:
        """The polygon or multipolygon in degrees."""
        return shapely.from_wkb(self.wkb)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one feature. `MESSAGES[code]` is the sentence that `facts` fill."""

    feature: int
    code: str
    facts: Mapping[str, Any]

    @property
    def is_note(self) -> bool:
        """Whether the shape was read all the same."""
        return self.code in NOTES


@dataclass(frozen=True)
class ShapesRead:
    """The usable shapes of a file, and in the file's order what was wrong or mended."""

    shapes: tuple[Shape, ...]
    problems: tuple[Problem, ...]


class _Unusable(Exception):
    def __init__(self, code: str, /, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def read_shapes(data: bytes | str, datum: Datum = "wgs84") -> ShapesRead:
    """Read the areas of a GeoJSON FeatureCollection whose coordinates are in `datum`.

    Refused as a whole, with the codes "geojson.*" of `MESSAGES`: no text, no JSON, no
    FeatureCollection, nothing in it, over `MAX_BYTES` or `MAX_FEATURES`, or a projected system.
    """
    features = _features(data)
    found: list[tuple[int, dict[str, str]]] = []
    drawn: list[BaseGeometry] = []
    problems: list[Problem] = []
    first_with: dict[str, int] = {}
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict):
            problems.append(Problem(number, "feature.not_feature", {}))
            continue
        texts = _texts(feature)
        code, name = texts["code"], texts["name"]
        label = name or code or f"#{number}"
        try:
            if not name and not code:
                raise _Unusable("feature.nameless")
            if code in first_with:
                raise _Unusable("feature.duplicate", code=code, first=first_with[code])
            geometry, notes = _area(feature.get("geometry"))
        except _Unusable as reason:
            problems.append(Problem(number, reason.code, {"label": label, **reason.facts}))
            continue
        if code:
            first_with[code] = number
        problems += [Problem(number, note, {"label": label, **facts}) for note, facts in notes]
        found.append((number, texts))
        drawn.append(geometry)
    # All at once: one by one the change of datum takes far longer than the reading.
    wkbs = shapely.to_wkb(convert(drawn, datum, "wgs84"))
    shapes = [Shape(index=n, wkb=wkb, **texts) for (n, texts), wkb in zip(found, wkbs, strict=True)]
    return ShapesRead(tuple(shapes), tuple(problems))


def to_geojson(shapes: Iterable[Shape], datum: Datum = "wgs84") -> str:
    """Write `shapes` as a FeatureCollection in `datum`, to a centimetre; `read_shapes` reads it back."""
    shapes = list(shapes)
    geometries = convert([shape.geometry for shape in shapes], "wgs84", datum)
    features = [
        {
            "type": "Feature",
            "properties": {"code": s.code, "name": s.name, "level": s.level, "parent": s.parent},
            "geometry": _rounded(shapely.geometry.mapping(geometry)),
        }
        for s, geometry in zip(shapes, geometries, strict=True)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def _rounded(mapping: Mapping[str, Any]) -> dict[str, Any]:
    def rounded(value: Any) -> Any:
        return round(value, 7) if isinstance(value, float) else [rounded(each) for each in value]

    return {"type": mapping["type"], "coordinates": rounded(mapping["coordinates"])}


def _features(data: bytes | str) -> list[Any]:
    size = len(data) if isinstance(data, bytes) else len(data.encode("utf-8", "replace"))
    if size > MAX_BYTES:
        raise Refused("geojson.too_big", megabytes=math.ceil(size / 1e6), limit=MAX_BYTES // 1_000_000)
    try:
        content = json.loads(_decoded(data))
    except json.JSONDecodeError as error:
        raise Refused("geojson.not_json", line=error.lineno) from None
    except (ValueError, RecursionError):
        raise Refused("geojson.not_json", line=1) from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or content.get("type", "FeatureCollection") != "FeatureCollection":
        raise Refused("geojson.not_collection")
    if not features:
        raise Refused("geojson.empty")
    if len(features) > MAX_FEATURES:
        raise Refused("geojson.too_many", count=len(features), limit=MAX_FEATURES)
    _refuse_projected(content.get("crs"), features)
    return features


def _decoded(data: bytes | str) -> str:
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("geojson.not_text")


def _refuse_projected(crs: Any, features: list[Any]) -> None:
    """Refuse metres instead of degrees: by the file's own word, or when most features have them."""
    properties = crs.get("properties") if isinstance(crs, dict) else None
    named = properties.get("name") if isinstance(properties, dict) else None
    if isinstance(named, str) and not named.upper().endswith(GEOGRAPHIC):
        raise Refused("geojson.crs", crs=named[:80])
    firsts = [point for feature in features if (point := _first_point(feature))]
    metres = [point for point in firsts if max(abs(point[0]), abs(point[1])) > 360]
    if metres and len(metres) * 2 > len(firsts):
        raise Refused("geojson.projected", x=round(metres[0][0]), y=round(metres[0][1]))


def _first_point(feature: Any) -> tuple[float, float] | None:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    nested = geometry.get("coordinates") if isinstance(geometry, dict) else None
    while isinstance(nested, list) and nested and isinstance(nested[0], list):
        nested = nested[0]
    try:
        return _point(nested)
    except _Unusable:
        return None


def _texts(feature: dict[str, Any]) -> dict[str, str]:
    properties = feature.get("properties")
    given = (
        {} if not isinstance(properties, dict) else {str(k).strip().lower(): v for k, v in properties.items()}
    )

    def first(names: tuple[str, ...]) -> str:
        return next((text for name in names if (text := _text(given.get(name)))), "")

    return {
        "code": first(CODE) or _text(feature.get("id")),
        "name": first(NAME),
        "level": first(LEVEL),
        "parent": first(PARENT),
    }


def _text(value: Any) -> str:
    """Return a property as text: codes come as numbers too, and a parent as {"adcode": 320113}."""
    if isinstance(value, dict):
        return next((text for name in CODE if (text := _text(value.get(name)))), "")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()[:200]


def _area(geometry: Any) -> tuple[BaseGeometry, list[tuple[str, dict[str, Any]]]]:
    """Return a feature's polygons as they are and the notes on what was mended."""
    if not isinstance(geometry, dict) or not geometry.get("coordinates", geometry.get("geometries")):
        raise _Unusable("feature.no_geometry")
    kind, nested = str(geometry.get("type"))[:40], geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise _Unusable("feature.not_polygon", kind=kind)
    parts = [nested] if kind == "Polygon" else nested
    if not isinstance(parts, list) or not all(isinstance(part, list) and part for part in parts):
        raise _Unusable("feature.bad_coordinates")
    drawn = MultiPolygon([Polygon(_ring(part[0]), [_ring(hole) for hole in part[1:]]) for part in parts])

    notes: list[tuple[str, dict[str, Any]]] = []
    shape, count = _simplified(drawn)
    if count:
        notes.append(("feature.simplified", {"count": count, "left": _count(shape)}))
    if not shape.is_valid:
        shape = shapely.make_valid(shape)
        notes.append(("feature.repaired", {}))
    shape = surface(shape)
    _check_size(shape)
    return shape, notes


def _ring(points: Any) -> list[tuple[float, float]]:
    if not isinstance(points, list):
        raise _Unusable("feature.bad_coordinates")
    ring = [_point(point) for point in points]
    if len(set(ring)) < 3:
        raise _Unusable("feature.too_few_points")
    if ring[0] != ring[-1]:
        raise _Unusable("feature.unclosed")
    for x, y in ring:
        if abs(x) > 180 or abs(y) > 90:
            swapped = abs(x) <= 90 < abs(y) <= 180
            raise _Unusable(
                "feature.swapped" if swapped else "feature.out_of_range", x=round(x, 5), y=round(y, 5)
            )
    # West of 90° E both orders are on the globe: read as written it is nowhere near, swapped it is home.
    x, y = ring[0]
    if not _near(x, y) and _near(y, x):
        raise _Unusable("feature.swapped", x=round(x, 5), y=round(y, 5))
    return ring


def _near(longitude: float, latitude: float) -> bool:
    west, south, east, north = CHINA
    return west <= longitude <= east and south <= latitude <= north


def _point(value: Any) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) < 2:
        raise _Unusable("feature.bad_coordinates")
    x, y = value[0], value[1]
    for number in (x, y):
        if isinstance(number, bool) or not isinstance(number, int | float) or not abs(number) < 1e12:
            raise _Unusable("feature.bad_coordinates")
    return float(x), float(y)


def _count(geometry: BaseGeometry) -> int:
    return int(shapely.get_num_coordinates(geometry))


def _simplified(geometry: BaseGeometry) -> tuple[BaseGeometry, int]:
    """Return the geometry with at most `MAX_POINTS` points, and how many it had (0 when left alone)."""
    count = _count(geometry)
    if count <= MAX_POINTS:
        return geometry, 0
    degrees = 1e-6
    while degrees < 0.01:
        simple = shapely.simplify(geometry, degrees, preserve_topology=False)
        if _count(simple) <= MAX_POINTS:
            return simple, count
        degrees *= 2
    raise _Unusable("feature.too_detailed", count=count)


def _check_size(geometry: BaseGeometry) -> None:
    if not polygons(geometry):
        raise _Unusable("feature.too_small")
    square_degree = METRES_PER_DEGREE**2 * math.cos(math.radians(geometry.centroid.y))
    square_metres = float(geometry.area) * square_degree
    if square_metres < MIN_SQUARE_METRES:
        raise _Unusable("feature.too_small")
    if square_metres > MAX_SQUARE_METRES:
        raise _Unusable("feature.too_large", square_km=round(square_metres / 1e6))
