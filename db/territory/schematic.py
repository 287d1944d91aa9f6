"""A tidy plan of areas that nobody has drawn, laid out from the tree alone.

Houses stand in rows, their grids are blocks on shelves like the streets of a planned quarter. Where a
block stands depends only on how many siblings stand before it, and where a house stands in its block
only on the houses of that block: one house more moves the neighbours a little, never around.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from shapely import Polygon

from db.territory.coordinates import Ring

Rectangle = tuple[float, float, float, float]
"""West, south, east, north."""

HOUSE_LEVEL = "building"

# Metres. A slab of flats is about 56 by 14 and has its lane in front; the pitch includes the lane.
PITCH_X, PITCH_Y = 70.0, 36.0
HOUSE_LENGTH, HOUSE_DEPTH = 0.8, 0.42
MARGIN = 12.0
STREET = 14.0
EMPTY_BLOCK = (110.0, 90.0)
MOST_STRETCH = 1.5
"""How much more than the widest shelf a shorter one is stretched to end where that ends."""


@dataclass(frozen=True)
class Node:
    """One area of the tree; siblings stand in the order of `order`, then `id`.

    `inside` is how many lie in it that are not among the nodes: it gets the room that they would take.
    """

    id: int
    parent_id: int | None
    level: str
    name: str
    order: int = 0
    inside: int = 0


@dataclass(frozen=True)
class Plan:
    """The outline of one area: rings in metres of the plan, x to the east and y to the north."""

    rings: tuple[Ring, ...]

    @property
    def geometry(self) -> Polygon:
        return Polygon(self.rings[0], self.rings[1:])


class Tree:
    """The nodes by parent. A parent that is not among them counts as none; so does a ring of parents."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = {node.id: node for node in sorted(nodes, key=lambda node: (node.order, node.id))}
        self.children: dict[int, list[Node]] = {}
        self.roots: list[Node] = []
        for node in self.nodes.values():
            if node.parent_id in self.nodes and not self._is_own_ancestor(node):
                self.children.setdefault(node.parent_id, []).append(node)
            else:
                self.roots.append(node)

    def below(self, node: Node) -> list[Node]:
        """Return `node` and everything under it, parents first."""
        found = [node]
        for each in found:
            found.extend(self.children.get(each.id, ()))
        return found

    def above(self, node: Node) -> list[Node]:
        """Return the ancestors of `node`, the nearest first."""
        found: list[Node] = []
        while node not in self.roots and node.parent_id in self.nodes:
            node = self.nodes[node.parent_id]
            found.append(node)
        return found

    def _is_own_ancestor(self, node: Node) -> bool:
        seen: set[int] = set()
        at: Node | None = node
        while at is not None and at.id not in seen:
            seen.add(at.id)
            at = self.nodes.get(at.parent_id) if at.parent_id is not None else None
        return at is node


@dataclass
class _Block:
    """An area that encloses others; `node` is None for houses that have no block of their own."""

    node: Node | None
    margin: float
    blocks: list["_Block"] = field(default_factory=list)
    houses: list[Node] = field(default_factory=list)

    @cached_property
    def pitches(self) -> int:
        """How many houses stand here, drawn or only counted."""
        return len(self.houses) or (self.node.inside if self.node and not self.blocks else 0)

    @cached_property
    def house_columns(self) -> int:
        # A little wider than square: rows of three read better than stacks of two.
        return max(1, round(math.sqrt(self.pitches * PITCH_Y / PITCH_X) + 0.15))

    @cached_property
    def house_rows(self) -> int:
        return math.ceil(self.pitches / self.house_columns)

    @cached_property
    def shelves(self) -> list[list["_Block"]]:
        """The inner blocks in their order, on about as many shelves as a shelf has blocks."""
        count = len(self.blocks)
        shelves = max(1, round(math.sqrt(count)))
        fewest, longer = divmod(count, shelves)
        ends = [0]
        for shelf in range(shelves):
            ends.append(ends[-1] + fewest + (shelf < longer))
        return [self.blocks[start:end] for start, end in pairwise(ends)]

    @cached_property
    def street(self) -> float:
        return STREET + max((block.street / 2 for block in self.blocks), default=0.0)

    @property
    def most_stretch(self) -> float:
        return MOST_STRETCH if self.pitches or self.blocks else 1.0

    @cached_property
    def size(self) -> tuple[float, float]:
        """Width and height in metres when nothing stretches it."""
        if self.pitches:
            width, height = self.house_columns * PITCH_X, self.house_rows * PITCH_Y
        elif self.blocks:
            width = max(_spread([b.size[0] for b in shelf], self.street) for shelf in self.shelves)
            height = _spread([max(b.size[1] for b in shelf) for shelf in self.shelves], self.street)
        else:
            width, height = EMPTY_BLOCK
        return width + 2 * self.margin, height + 2 * self.margin


def schematic(nodes: Iterable[Node], house_level: str = HOUSE_LEVEL) -> dict[int, Plan]:
    """Return an outline for every node, those of the children inside their parent's.

    Nodes of `house_level` are houses and what lies below them their slices (stairs); any other node is
    a block around its children, or an empty block.
    """
    tree = Tree(nodes)
    whole = _enclosing(tree, None, tree.roots, house_level)
    return _drawn(tree, whole, (0.0, 0.0, *whole.size))


def fill(nodes: Iterable[Node], rectangle: Rectangle, house_level: str = HOUSE_LEVEL) -> dict[int, Plan]:
    """Like `schematic`, stretched into `rectangle`."""
    tree = Tree(nodes)
    whole = _enclosing(tree, None, tree.roots, house_level)
    west, south, east, north = rectangle
    width, height = whole.size
    scale = math.sqrt((east - west) * (north - south) / (width * height))
    plans = _drawn(tree, whole, (0.0, 0.0, (east - west) / scale, (north - south) / scale))
    return {
        id: Plan(tuple(tuple((west + x * scale, south + y * scale) for x, y in ring) for ring in plan.rings))
        for id, plan in plans.items()
    }


def natural_size(nodes: Iterable[Node], house_level: str = HOUSE_LEVEL) -> tuple[float, float]:
    """Return the width and height in metres of the plan of these nodes."""
    tree = Tree(nodes)
    return _enclosing(tree, None, tree.roots, house_level).size


def _enclosing(tree: Tree, node: Node | None, children: Sequence[Node], house_level: str) -> _Block:
    houses = [child for child in children if child.level == house_level]
    blocks = [
        _enclosing(tree, child, tree.children.get(child.id, []), house_level)
        for child in children
        if child.level != house_level
    ]
    margin = MARGIN if node else 0.0
    if houses and blocks:
        return _Block(node, margin, [*blocks, _Block(None, 0.0, houses=houses)])
    return _Block(node, margin, blocks, houses)


def _drawn(tree: Tree, whole: _Block, rectangle: Rectangle) -> dict[int, Plan]:
    plans: dict[int, Plan] = {}
    _draw_block(tree, whole, rectangle, plans)
    return plans


def _draw_block(tree: Tree, block: _Block, rectangle: Rectangle, plans: dict[int, Plan]) -> None:
    if block.node:
        plans[block.node.id] = _plan(rectangle)
    # A squeezed block keeps some room for what is inside.
    margin = min(block.margin, (rectangle[2] - rectangle[0]) / 6, (rectangle[3] - rectangle[1]) / 6)
    west, south, east, north = _inset(rectangle, margin, margin)
    if block.houses:
        _draw_houses(tree, block, (west, south, east, north), plans)
    if not block.blocks:
        return
    heights = _stretched([max(b.size[1] for b in s) for s in block.shelves], north - south, block.street)
    rows = [_stretched([b.size[0] for b in shelf], east - west, block.street) for shelf in block.shelves]
    widest = min(row[0][0] / shelf[0].size[0] for row, shelf in zip(rows, block.shelves, strict=True))
    top = north
    for shelf, row, (height, street) in zip(block.shelves, rows, heights, strict=True):
        left = west
        for inner, (width, gap) in zip(shelf, row, strict=True):
            own_width = min(width, inner.size[0] * widest * inner.most_stretch)
            own_height = min(height, inner.size[1] * own_width / inner.size[0] * inner.most_stretch)
            _draw_block(tree, inner, (left, top - own_height, left + own_width, top), plans)
            left += own_width + gap
        top -= height + street


def _draw_houses(tree: Tree, block: _Block, rectangle: Rectangle, plans: dict[int, Plan]) -> None:
    west, south, east, north = rectangle
    pitch_x, pitch_y = (east - west) / block.house_columns, (north - south) / block.house_rows
    depth = min(pitch_y * HOUSE_DEPTH, pitch_x * HOUSE_LENGTH * 0.32)
    length = min(pitch_x * HOUSE_LENGTH, depth * 7)
    for place, house in enumerate(block.houses):
        row, column = divmod(place, block.house_columns)
        x, y = west + (column + 0.5) * pitch_x, north - (row + 0.5) * pitch_y
        footprint = (x - length / 2, y - depth / 2, x + length / 2, y + depth / 2)
        _draw_slices(tree, house, footprint, plans)


def _draw_slices(tree: Tree, house: Node, rectangle: Rectangle, plans: dict[int, Plan]) -> None:
    """Draw a house, its stairs side by side, and what lies below a stair as slices of it."""
    plans[house.id] = _plan(rectangle)
    parts = tree.children.get(house.id, [])
    west, south, east, north = rectangle
    step = (east - west) / max(1, len(parts))
    for place, part in enumerate(parts):
        piece = (west + place * step, south, west + (place + 1) * step, north)
        _draw_slices(tree, part, _inset(piece, step * 0.04, (north - south) * 0.04), plans)


def _spread(lengths: Sequence[float], gap: float) -> float:
    return sum(lengths) + gap * (len(lengths) - 1)


def _stretched(lengths: Sequence[float], room: float, gap: float) -> list[tuple[float, float]]:
    """Return each length with the gap behind it, together as long as `room`; the gaps grow last."""
    gap = min(gap, room / (3 * len(lengths)))
    scale = (room - gap * (len(lengths) - 1)) / sum(lengths)
    return [(length * scale, gap) for length in lengths]


def _inset(rectangle: Rectangle, x: float, y: float) -> Rectangle:
    west, south, east, north = rectangle
    return (west + x, south + y, east - x, north - y)


def _plan(rectangle: Rectangle) -> Plan:
    west, south, east, north = rectangle
    return Plan((((west, south), (east, south), (east, north), (west, north), (west, south)),))
