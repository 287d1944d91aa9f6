"""A map of which some areas are drawn and others are not: every area has its place on it.

Drawn areas stay as they are. An undrawn one around drawn ones becomes their hull; the others are laid
out tidily in the free room of their parent, or, where there is none, on a plan beside the map.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from statistics import median

import shapely
from shapely import Point, box
from shapely.affinity import affine_transform, rotate
from shapely.geometry.base import BaseGeometry

from db.territory.geometry import label_point, polygons, surface
from db.territory.schematic import HOUSE_LEVEL, Node, Plan, Rectangle, Tree, fill, natural_size, schematic

Shapes = dict[int, BaseGeometry]

SMALLEST_SCALE = 0.3
"""Below a third of their natural size houses are hard to hit: then they stand beside the map."""
FEW = 12
"""So many at most look for a gap of their own among drawn siblings."""
ASPECTS = (0.4, 0.65, 1.0, 1.5, 2.5)
LATTICE = 9


def layout_mixed(
    nodes: Iterable[Node], drawn: Mapping[int, BaseGeometry], house_level: str = HOUSE_LEVEL
) -> Shapes:
    """Return a geometry in metres for every node; `drawn` holds those that exist, in the same plane.

    Children that were laid out lie inside their parent and overlap no sibling; to hold those that stand
    beside the map a parent gets a second part there. Drawn geometry is never moved or cut.
    """
    tree = Tree(nodes)
    shapes = {id: surface(shape) for id, shape in drawn.items() if id in tree.nodes and polygons(shape)}
    if not shapes:
        return {id: plan.geometry for id, plan in schematic(tree.nodes.values(), house_level).items()}
    fixed = dict(shapes)
    _add_hulls(tree, shapes)
    for parent in [node for node in tree.nodes.values() if node.id in shapes]:
        loose = [child for child in tree.children.get(parent.id, []) if child.id not in shapes]
        if not loose:
            continue
        if parent.level == house_level and len(loose) == len(tree.children[parent.id]):
            _add_slices(tree, parent, shapes)
        else:
            _add_inside(tree, parent, loose, fixed, shapes, house_level)
    _add_beside(tree, fixed, shapes, house_level)
    return shapes


def _add_hulls(tree: Tree, shapes: Shapes) -> None:
    """Give every undrawn area with something drawn below it the hull of that, apart from its siblings."""
    families = [
        tree.roots,
        *(tree.children[node.id] for node in _parents_first(tree) if node.id in tree.children),
    ]
    for family in reversed(families):
        cores: Shapes = {}
        hulls: Shapes = {}
        for node in family:
            parts = [shapes[c.id] for c in tree.children.get(node.id, []) if c.id in shapes]
            if node.id not in shapes and parts:
                air = 0.2 * median(math.sqrt(part.area) for part in parts)
                cores[node.id] = shapely.union_all([part.buffer(air / 4) for part in parts])
                hulls[node.id] = shapely.union_all(parts).convex_hull.buffer(air, join_style="mitre")
        taken = [shapes[node.id] for node in family if node.id in shapes]
        for id, hull in hulls.items():
            others = [core for other, core in cores.items() if other != id]
            free = hull.difference(shapely.union_all([*taken, *others]))
            shapes[id] = surface(shapely.union_all([free, cores[id]]))
            taken.append(shapes[id])


def _parents_first(tree: Tree) -> list[Node]:
    return [node for root in tree.roots for node in tree.below(root)]


def _add_slices(tree: Tree, house: Node, shapes: Shapes) -> None:
    """Cut a drawn house across its length, one piece for each stair from west to east."""
    parts, shape = tree.children.get(house.id, []), shapes[house.id]
    angle = _direction(shape)
    level = rotate(shape, -angle, origin=(0, 0))
    west, south, east, north = level.bounds
    step = (east - west) / max(1, len(parts))
    bands = [box(west + i * step, south, west + (i + 1) * step, north) for i in range(len(parts))]
    pieces = [surface(rotate(level.intersection(band), angle, origin=(0, 0))) for band in bands]
    if any(piece.is_empty for piece in pieces):
        return
    for part, piece in zip(parts, pieces, strict=True):
        shapes[part.id] = piece
        _add_slices(tree, part, shapes)


def _direction(shape: BaseGeometry) -> float:
    """Return the direction of the longer side of a shape, in degrees from -90 (incl.) to 90 (excl.)."""
    corners = shapely.oriented_envelope(shape).exterior.coords
    sides = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(corners)]
    along = max(sides, key=lambda side: math.hypot(*side))
    return (math.degrees(math.atan2(along[1], along[0])) + 90) % 180 - 90


def _add_inside(
    tree: Tree, parent: Node, loose: Sequence[Node], fixed: Shapes, shapes: Shapes, house_level: str
) -> None:
    """Lay out `loose` within their parent: together, or each in a gap of its own where that is larger."""
    together = _inside(tree, parent, loose, fixed, shapes, house_level)
    if 1 < len(loose) <= FEW and len(loose) < len(tree.children[parent.id]):
        apart = dict(shapes)
        for child in loose:
            apart.update(_inside(tree, parent, [child], fixed, apart, house_level))
        if all(
            child.id in apart and (child.id not in together or apart[child.id].area > together[child.id].area)
            for child in loose
        ):
            together = apart
    shapes.update(together)


def _inside(
    tree: Tree, parent: Node, loose: Sequence[Node], fixed: Shapes, shapes: Shapes, house_level: str
) -> Shapes:
    """Return `loose` and all below in the largest free rectangle of their parent; nothing if it is too small."""
    below = [node for child in loose for node in tree.below(child)]
    width, height = natural_size(below, house_level)
    air = 0.03 * math.sqrt(shapes[parent.id].area)
    neighbours = [shapes[node.id].buffer(air) for node in tree.below(parent)[1:] if node.id in shapes]
    free = shapes[parent.id].buffer(-air).difference(shapely.union_all(neighbours))
    # Of what is drawn only what lies in the same parent counts, so that it looks the same on every map of it.
    own = {node.id: fixed[node.id] for node in tree.below(parent) if node.id in fixed}
    largest = _likeness(tree, below, schematic(below, house_level), own)
    # Along the parent's own sides, where its other houses stand too.
    angle = (_direction(shapes[parent.id]) + 45) % 90 - 45
    level = rotate(free, -angle, origin=(0, 0))
    rectangle = _largest_rectangle(level, width / height, largest * math.sqrt(width * height))
    if not rectangle or math.sqrt(_area(rectangle) / (width * height)) < SMALLEST_SCALE:
        return {}
    plans = fill(below, rectangle, house_level)
    return {id: rotate(plan.geometry, angle, origin=(0, 0)) for id, plan in plans.items()}


def _largest_rectangle(free: BaseGeometry, aspect: float, most: float) -> Rectangle | None:
    """Return a large rectangle, upright, in `free`, of about this aspect; its side is `most` at most.

    Tried from a lattice of centres and the point deepest inside, in five proportions.
    """
    parts = polygons(free)
    if not parts:
        return None
    shapely.prepare(free)
    west, south, east, north = free.bounds
    steps = [(i + 0.5) / LATTICE for i in range(LATTICE)]
    lattice = [(west + (east - west) * i, south + (north - south) * j) for i in steps for j in steps]
    centres = [label_point(part) for part in parts] + [c for c in lattice if free.contains(Point(c))]

    def around(centre: tuple[float, float], proportion: float, side: float) -> Rectangle:
        half_width, half_height = side * math.sqrt(proportion) / 2, side / math.sqrt(proportion) / 2
        x, y = centre
        return (x - half_width, y - half_height, x + half_width, y + half_height)

    best, found = 0.0, None
    ceiling = min(most, max(east - west, north - south))
    for centre in centres:
        for stretch in sorted(ASPECTS, key=lambda a: abs(math.log(a))):
            proportion = aspect * stretch
            low, high = best * 1.03, ceiling
            if low >= high or not (low == 0 or free.contains(box(*around(centre, proportion, low)))):
                continue
            for _ in range(9):
                middle = (low + high) / 2
                if free.contains(box(*around(centre, proportion, middle))):
                    low = middle
                else:
                    high = middle
            if low > best:
                best, found = low, around(centre, proportion, low)
    return found


def _add_beside(tree: Tree, fixed: Shapes, shapes: Shapes, house_level: str) -> None:
    """Put what is still without a place on a plan east of the map, in frames of all its ancestors."""
    left = [node for node in tree.nodes.values() if node.id not in shapes]
    if not left:
        return
    keep = {node.id: node for child in left for node in (child, *tree.above(child))}
    plans = schematic(keep.values(), house_level)
    scale = _likeness(tree, left, plans, fixed)
    if not math.isfinite(scale):
        scale = 1.0
    _, _, east, north = shapely.total_bounds(list(shapes.values()))
    top = max(y for plan in plans.values() for _, y in plan.rings[0])
    gap = 30.0 * scale
    for id, plan in plans.items():
        # The plan's upper edge is level with the map's.
        moved = affine_transform(
            plan.geometry, (scale, 0, 0, scale, float(east) + gap, float(north) - top * scale)
        )
        shapes[id] = surface(shapely.union_all([shapes[id], moved])) if id in shapes else moved


def _likeness(tree: Tree, new: Sequence[Node], plans: Mapping[int, Plan], fixed: Shapes) -> float:
    """Return the scale at which plans have the size of what is drawn on their level; infinite if nothing is."""
    for level in dict.fromkeys(node.level for node in new):
        drawn = [math.sqrt(shape.area) for id, shape in fixed.items() if tree.nodes[id].level == level]
        planned = [math.sqrt(plans[n.id].geometry.area) for n in new if n.level == level and n.id in plans]
        if drawn and planned:
            return float(median(drawn) / median(planned))
    return math.inf


def _area(rectangle: Rectangle) -> float:
    west, south, east, north = rectangle
    return (east - west) * (north - south)
