"""Drawn shapes: from a GeoJSON file to the areas, looked at first, and back to a file."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely
from sqlalchemy import select

from db.access import within
from db.errors import Refused
from db.territory.areas import Area, add, building_number, row_of, write
from db.territory.coordinates import Datum, geometry_to_plane
from db.territory.geojson import Problem, Shape, read_shapes, to_geojson
from db.territory.geometry import Coordinates, outline
from db.territory.levels import LevelRow, levels
from db.work import Work, command, query

_A = Area.__table__.c  # type: ignore[attr-defined]

CHANGED = "•"  # in the history a shape is a shape: its points would fill pages


@dataclass(frozen=True)
class Match:
    """What a feature of the file is here.

    `what`: "set" (an area without a shape gets one), "replace", "same" (nothing changes), "new" (no such
    area; it can be made), "doubtful" (several areas could be meant). `by` tells how it was found:
    code, number or name. `level` is the level a new area would have, "" when the file does not say it.
    """

    index: int
    label: str
    what: str
    area_id: int | None = None
    by: str = ""
    level: str = ""
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShapesPreview:
    """What an upload would do, and what of the file cannot be used (`db.territory.geojson.MESSAGES`).

    `outlines` has x and y in metres of each shape by its index, for a picture of the file.
    """

    matches: tuple[Match, ...]
    problems: tuple[Problem, ...]
    outlines: dict[int, tuple[Coordinates, Coordinates]]


@dataclass(frozen=True)
class ShapesDone:
    """What an upload did: areas that got a shape, areas that were made, features that were left alone."""

    drawn: int
    made: int
    left: int


@dataclass
class _Known:
    """The open areas by what a file may call them."""

    rows: dict[int, Any]
    by_code: dict[str, list[int]] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)
    by_number: dict[str, list[int]] = field(default_factory=dict)


@command("area.edit")
def set_shape(work: Work, *, area_id: int, geometry: Mapping[str, Any], datum: Datum = "wgs84") -> None:
    """Draw one area. `geometry` is a GeoJSON polygon in `datum`.

    Refused `area.not_found`, and `shape.unusable` with the `problem` (a code of `geojson.MESSAGES`) and its `details`.
    """
    row = row_of(work, area_id, lock=True)
    feature = {"type": "Feature", "properties": {"name": row.name}, "geometry": dict(geometry)}
    read = read_shapes(json.dumps({"type": "FeatureCollection", "features": [feature]}), datum)
    if not read.shapes:
        problem = read.problems[0]
        raise Refused("shape.unusable", problem=problem.code, details=dict(problem.facts))
    _draw(work, row, _geometries(read.shapes)[0])


@command("area.edit")
def clear_shape(work: Work, *, area_id: int) -> None:
    """Take the shape of an area away; the plan lays it out again. Refused `area.not_found`."""
    row = row_of(work, area_id, lock=True)
    if row.shape is not None:
        write(work, row, {"shape": None}, changes={"shape": (CHANGED, None)})


def _draw(work: Work, row: Any, geometry: dict[str, Any]) -> bool:
    if row.shape is not None and _alike(row.shape, geometry):
        return False
    before = CHANGED if row.shape is not None else None
    write(work, row, {"shape": geometry}, changes={"shape": (before, CHANGED)})
    return True


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(shapely.geometry.shape(one).equals_exact(shapely.geometry.shape(other), 1e-7))


def _geometries(shapes: Sequence[Shape]) -> list[dict[str, Any]]:
    """The geometries as they are kept: GeoJSON in WGS-84, to a centimetre."""
    return [feature["geometry"] for feature in json.loads(to_geojson(shapes))["features"]]


@query("area.edit")
def preview_shapes(work: Work, *, data: bytes, datum: Datum, parent_id: int | None = None) -> ShapesPreview:
    """What `import_shapes` would do with this file. Nothing is written.

    Refused `geojson.*` when the file cannot be read at all, `area.not_found` (the parent).
    """
    read = read_shapes(data, datum)
    return ShapesPreview(tuple(_matches(work, read.shapes, parent_id)), read.problems, _outlines(read.shapes))


def _outlines(shapes: Sequence[Shape]) -> dict[int, tuple[Coordinates, Coordinates]]:
    geometries = {shape.index: shape.geometry for shape in shapes}
    if not geometries:
        return {}
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(list(geometries.values())))
    middle = ((west + east) / 2, (south + north) / 2)
    return {index: outline(geometry_to_plane(one, middle)) for index, one in geometries.items()}


@command("area.edit")
def import_shapes(
    work: Work, *, data: bytes, datum: Datum, parent_id: int | None = None, create: Iterable[int] = (),
    level: str = "",
) -> ShapesDone:  # fmt: skip
    """Draw the areas that the file's features were matched with, all or none.

    Features are matched by code, else by building number, else by name, inside `parent_id` when one is
    given. Of the new ones those whose index is in `create` are made: in the parent that the feature
    names, else in `parent_id`; on the level that the feature names, else on `level`. Doubtful ones are
    left alone. Refused as `preview_shapes` and `areas.add`, and `area.parent_needed` when nothing says where
    a new area lies; then with the feature's `label`.
    """
    read = read_shapes(data, datum)
    geometries = dict(zip((one.index for one in read.shapes), _geometries(read.shapes), strict=True))
    shapes = {one.index: one for one in read.shapes}
    wanted = set(create)
    drawn = made = 0
    new: list[Match] = []
    for match in _matches(work, read.shapes, parent_id):
        if match.what in ("set", "replace"):
            drawn += _draw(work, row_of(work, match.area_id, lock=True), geometries[match.index])
        elif match.what == "new" and match.index in wanted:
            new.append(match)
    order = {one.code: one.position for one in levels(work)}
    # Upper levels first: a grid of the file is there when its buildings ask for it.
    for match in sorted(new, key=lambda one: (order.get(one.level or level, 0), one.index)):
        shape = shapes[match.index]
        own_level = match.level or level
        try:
            parent = _parent(work, shape, parent_id)
            if parent is None and order.get(own_level, 0) > min(order.values(), default=0) and _any(work):
                raise Refused("area.parent_needed")
            add(
                work, name=shape.name or shape.code, code=shape.code, level=own_level, parent_id=parent,
                shape=geometries[match.index],
            )  # fmt: skip
        except Refused as refused:
            raise Refused(refused.code, **{**refused.facts, "label": match.label}) from refused
        made += 1
    return ShapesDone(drawn, made, len(shapes) - drawn - made)


def _any(work: Work) -> bool:
    return work.session.execute(select(_A.id).where(_A.closed_on.is_(None)).limit(1)).first() is not None


def _matches(work: Work, shapes: Sequence[Shape], parent_id: int | None) -> list[Match]:
    known = _known(work, parent_id)
    by_level = _level_words(levels(work))
    geometries = _geometries(shapes)
    taken: dict[int, str] = {}
    matches = []
    for shape, geometry in zip(shapes, geometries, strict=True):
        label = shape.name or shape.code
        level = by_level.get(shape.level.casefold(), "")
        found, by = _found(known, shape, level)
        if len(found) == 1 and found[0] not in taken:
            taken[found[0]] = label
            old = known.rows[found[0]].shape
            what = "set" if old is None else "same" if _alike(old, geometry) else "replace"
            matches.append(Match(shape.index, label, what, found[0], by, level))
        elif found:
            names = tuple(known.rows[one].name for one in found[:5])
            matches.append(Match(shape.index, label, "doubtful", None, by, level, names))
        else:
            matches.append(Match(shape.index, label, "new", None, "", level))
    return matches


def _known(work: Work, parent_id: int | None) -> _Known:
    statement = select(
        _A.id, _A.parent_id, _A.name, _A.code, _A.number, _A.level, _A.area_path, _A.shape
    ).where(_A.closed_on.is_(None), within(work.viewer, work.action, _A.area_path))
    if parent_id is not None:
        path = row_of(work, parent_id).area_path
        statement = statement.where(_A.area_path.startswith(path, autoescape=True))
    known = _Known({row.id: row for row in work.session.execute(statement)})
    for area_id, row in known.rows.items():
        for index, key in (
            (known.by_code, row.code),
            (known.by_number, row.number),
            (known.by_name, row.name),
        ):
            if key:
                index.setdefault(key.casefold(), []).append(area_id)
    return known


def _found(known: _Known, shape: Shape, level: str) -> tuple[list[int], str]:
    """The areas that a feature may mean, by the surest sign that finds any."""
    number = building_number(shape.name)
    for by, index, key in (
        ("code", known.by_code, shape.code),
        ("number", known.by_number, number),
        ("name", known.by_name, shape.name),
    ):
        found = index.get(key.casefold(), []) if key else []
        if by != "code":
            found = [one for one in found if _fits(known, one, shape, level)]
        if found:
            return found, by
    return [], ""


def _fits(known: _Known, area_id: int, shape: Shape, level: str) -> bool:
    """Whether an area has the level that the feature names, and lies in the parent that it names."""
    row = known.rows[area_id]
    if level and row.level != level:
        return False
    # A code that differs says it is another one, whatever its name.
    if shape.code and row.code and row.code.casefold() != shape.code.casefold():
        return False
    parent = known.rows.get(row.parent_id)
    return not shape.parent or parent is None or shape.parent.casefold() in (
        parent.code.casefold(), parent.name.casefold(),
    )  # fmt: skip


def _level_words(rows: Sequence[LevelRow]) -> dict[str, str]:
    return {word.casefold(): one.code for one in rows for word in (one.code, one.label)}


def _parent(work: Work, shape: Shape, parent_id: int | None) -> int | None:
    if not shape.parent:
        return parent_id
    found = work.session.execute(
        select(_A.id).where(
            (_A.code == shape.parent) | (_A.name == shape.parent),
            _A.closed_on.is_(None),
            within(work.viewer, work.action, _A.area_path),
        )
    ).scalars()
    ids = list(found)
    return ids[0] if len(ids) == 1 else parent_id


@query("area.view")
def export_shapes(work: Work, *, datum: Datum = "wgs84") -> str:
    """The drawn shapes of the open areas that the viewer sees, as GeoJSON; `import_shapes` reads it back."""
    parent = Area.__table__.alias("parent")  # type: ignore[attr-defined]
    rows = work.session.execute(
        select(
            _A.id,
            _A.code,
            _A.name,
            _A.level,
            _A.shape,
            parent.c.code.label("above"),
            parent.c.name.label("parent"),
        )
        .outerjoin(parent, parent.c.id == _A.parent_id)
        .where(_A.closed_on.is_(None), _A.shape.is_not(None), within(work.viewer, "area.view", _A.area_path))
        .order_by(_A.area_path)
    )
    shapes = [
        Shape(
            number, row.code, row.name, row.level, row.above or row.parent or "",
            shapely.to_wkb(shapely.geometry.shape(row.shape)),
        )
        for number, row in enumerate(rows, start=1)
    ]  # fmt: skip
    return to_geojson(shapes, datum)
