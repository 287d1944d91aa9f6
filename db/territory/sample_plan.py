"""The invented neighbourhood of the sample community: 红星社区, the family quarter of an old machine works.

Twelve grids with 158 buildings are drawn row by row as small letter plans, then bent and turned a
little, as streets are. Nothing here is a real place; all of it is the same on every run.
"""

import math
from dataclasses import dataclass
from functools import cache

from db.territory.coordinates import Point, Ring, from_plane

COMMUNITY_CODE = "HX"
COMMUNITY_NAME = "红星社区"
ORIGIN: Point = (118.74, 32.10)

TURN = math.radians(-8)
KERB = 9.0
"""Metres between the edge of a grid and its first house."""
NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
LANDMARKS = {
    "C": ("club", "红星工人俱乐部"),
    "P": ("park", "红星公园"),
    "K": ("kindergarten", "红星幼儿园"),
    "M": ("market", "红星菜场"),
    "H": ("clinic", "社区卫生服务站"),
    "A": ("office", "红星社区居委会"),
}


@dataclass(frozen=True)
class SampleBuilding:
    """One residential building; `ring` in degrees (WGS-84)."""

    grid_code: str
    number: str
    name: str
    ring: Ring
    stairs: int
    floors: int
    doors_per_floor: int

    @property
    def homes(self) -> int:
        return self.stairs * self.floors * self.doors_per_floor


@dataclass(frozen=True)
class SampleLandmark:
    """Something everybody knows where nobody lives: the club, the park, the market."""

    kind: str
    name: str
    ring: Ring


@dataclass(frozen=True)
class SamplePlan:
    """The community's outline, its grids as (code, name, ring), its buildings and landmarks."""

    community: Ring
    grids: tuple[tuple[str, str, Ring], ...]
    buildings: tuple[SampleBuilding, ...]
    landmarks: tuple[SampleLandmark, ...]


@dataclass(frozen=True)
class _Grid:
    """A block of the quarter before it is bent: its west and east end at the foot and at the head.

    Rows from north to south: S a slab of flats, L one with a wing, T a tower, _ a yard, others landmarks.
    """

    name: str
    foot: tuple[float, float]
    head: tuple[float, float]
    south: float
    north: float
    floors: int
    rows: tuple[str, ...]


NORTH, MIDDLE, SOUTH = (428.0, 622.0), (214.0, 404.0), (0.0, 196.0)

GRIDS = (
    _Grid("铸造北里", (14, 214), (24, 216), *NORTH, 4, ("SSS", "SLS", "SSS", "S_S", "SSS")),
    _Grid("铸造南里", (234, 440), (236, 438), *NORTH, 4, ("SSS", "SSS", "SSS", "SSS", "LSS")),
    _Grid("锻压里", (458, 644), (456, 640), *NORTH, 4, ("SSS", "SSS", "SKS", "SSS", "SS_")),
    _Grid("金工新村", (662, 862), (658, 826), *NORTH, 5, ("SS", "SSS", "SS", "SSS", "SL")),
    _Grid("红星一村", (8, 226), (14, 226), *MIDDLE, 3, ("SSS", "SSS", "SSS", "SSS", "S_S", "MSS")),
    _Grid("红星二村", (244, 428), (246, 430), *MIDDLE, 4, ("SSS", "SSS", "SSL", "SAS", "SSS")),
    _Grid("俱乐部里", (446, 654), (448, 656), *MIDDLE, 4, ("SSS", "SCC", "SCC", "SSS", "SSS")),
    _Grid("装配里", (672, 894), (674, 866), *MIDDLE, 5, ("SSS", "SS", "SLS", "SS", "SSS")),
    _Grid("热处理里", (0, 192), (8, 194), *SOUTH, 4, ("SSS", "S_S", "SSS", "SS", "SS")),
    _Grid("工具里", (210, 424), (212, 424), *SOUTH, 5, ("SSS", "SSS", "SSS", "SLS", "SHS")),
    _Grid("红星花园", (442, 662), (442, 660), *SOUTH, 5, ("TTT", "TTT", "SSS", "S_S", "SS")),
    _Grid("河沿里", (680, 930), (678, 898), *SOUTH, 5, ("SSS", "SSS", "SPP", "SPP", "SSL")),
)

TOWER_FLOORS = (18, 11, 16, 11, 11, 18)


@cache
def sample_plan() -> SamplePlan:
    """Return the plan, in degrees (WGS-84)."""
    buildings: list[SampleBuilding] = []
    landmarks: list[SampleLandmark] = []
    grids: list[tuple[str, str, Ring]] = []
    for place, grid in enumerate(GRIDS):
        code = f"{COMMUNITY_CODE}-{place + 1:02}"
        grids.append((code, f"第{NUMERALS[place]}网格 {grid.name}", _bent(_edge(grid))))
        rooms: dict[str, list[tuple[float, float, float, float]]] = {}
        for kind, slot in _slots(grid):
            if kind in "SLT":
                buildings.append(_building(code, len(buildings) + 1, kind, slot, grid.floors))
            elif kind != "_":
                rooms.setdefault(kind, []).append(slot)
        landmarks += [_landmark(kind, slots) for kind, slots in rooms.items()]
    return SamplePlan(_bent(_around()), tuple(grids), tuple(buildings), tuple(landmarks))


def _slots(grid: _Grid) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Return what stands where: the letter and west, south, east, north of its slot with its lane."""
    found = []
    shares = [1.3 if "T" in row else 1.0 for row in grid.rows]
    pitch = (grid.north - grid.south - 2 * 4) / sum(shares)
    top = grid.north - 4
    for row, share in zip(grid.rows, shares, strict=True):
        bottom = top - pitch * share
        west = max(_side(grid, bottom, 0), _side(grid, top, 0)) + KERB
        east = min(_side(grid, bottom, 1), _side(grid, top, 1)) - KERB
        gap = 10.0
        room = east - west - gap * (len(row) - 1)
        # The same for every row of as many houses, so that the lanes between them are straight.
        weights = [0.9 + 0.2 * _vary(round(grid.foot[1]) + 7 * column) for column in range(len(row))]
        for kind, weight in zip(row, weights, strict=True):
            length = room * weight / sum(weights)
            found.append((kind, (west, bottom, west + length, top)))
            west += length + gap
        top = bottom
    return found


def _building(
    code: str, number: int, kind: str, slot: tuple[float, float, float, float], floors: int
) -> SampleBuilding:
    west, south, east, north = slot
    name = f"{number}栋"
    if kind == "T":
        order = number % len(TOWER_FLOORS)
        ring = _placed(((west + east) / 2, (south + north) / 2), _tower(23 + order % 3))
        return SampleBuilding(code, str(number), name, ring, 1, TOWER_FLOORS[order], 4)
    length = min(75.0, east - west - 3 * _vary(number))
    depth = 12 + 2 * _vary(number + 500)
    middle = ((west + east) / 2, (south + north) / 2 + 2.5 * (_vary(number + 900) - 0.5))
    stairs = min(5, max(2, round(length / 16.5)))
    floors = floors + (1 if floors < 6 and _vary(number + 77) > 0.8 else 0)
    if kind == "L":
        ring = _placed(middle, _with_wing(length, depth))
        return SampleBuilding(code, str(number), name, ring, min(5, stairs + 1), floors, 2)
    doors = 3 if floors == 3 and _vary(number + 33) > 0.75 else 2
    return SampleBuilding(
        code, str(number), name, _placed(middle, _slab(length, depth, stairs)), stairs, floors, doors
    )


def _slab(length: float, depth: float, stairs: int) -> list[Point]:
    """A slab with its stairwells standing out a little on the north side."""
    x, y = length / 2, depth / 2
    ring = [(-x, -y), (x, -y), (x, y - 0.8)]
    step = length / stairs
    for stair in reversed(range(stairs)):
        door = -x + (stair + 0.5) * step
        ring += [(door + 2, y - 0.8), (door + 2, y + 0.4), (door - 2, y + 0.4), (door - 2, y - 0.8)]
    return [*ring, (-x, y - 0.8)]


def _with_wing(length: float, depth: float) -> list[Point]:
    x, y = length / 2, depth / 2
    return [(-x, -y), (x - depth, -y), (x - depth, -y - 9), (x, -y - 9), (x, y), (-x, y)]


def _tower(width: float) -> list[Point]:
    """A point block: a square with its four corners cut back."""
    a, b = width / 2, width / 2 - 4
    return [
        (-b, -a),
        (b, -a),
        (b, -b),
        (a, -b),
        (a, b),
        (b, b),
        (b, a),
        (-b, a),
        (-b, b),
        (-a, b),
        (-a, -b),
        (-b, -b),
    ]


def _landmark(kind: str, slots: list[tuple[float, float, float, float]]) -> SampleLandmark:
    word, name = LANDMARKS[kind]
    west, south = min(slot[0] for slot in slots), min(slot[1] for slot in slots)
    east, north = max(slot[2] for slot in slots), max(slot[3] for slot in slots)
    air = 4 if kind == "P" else 7
    x, y = (east - west) / 2, (north - south) / 2 - air
    middle = ((west + east) / 2, (south + north) / 2)
    if kind == "P":
        corners = [(x * _round(math.cos(t)), y * _round(math.sin(t))) for t in _turns(28)]
    elif kind == "C":
        # A stage house behind the hall and a porch in front, as clubs of the fifties have.
        corners = [
            (-0.2 * x, -y),
            (0.2 * x, -y),
            (0.2 * x, -0.75 * y),
            (0.8 * x, -0.75 * y),
            (0.8 * x, 0.5 * y),
        ]
        corners += [(0.5 * x, 0.5 * y), (0.5 * x, y)]
        corners += [(-px, py) for px, py in reversed(corners[2:])]
    else:
        corners = [(-x, -y), (x, -y), (x, y), (-x, y)]
    return SampleLandmark(word, name, _placed(middle, corners))


def _turns(count: int) -> list[float]:
    return [2 * math.pi * i / count for i in range(count)]


def _round(value: float) -> float:
    """Push a circle's coordinate outwards: the outline becomes a soft rectangle."""
    return math.copysign(abs(value) ** 0.5, value)


def _edge(grid: _Grid) -> list[Point]:
    """Return the outline of a grid with a point every few steps, so that it can bend."""
    (foot_west, foot_east), (head_west, head_east) = grid.foot, grid.head
    south, north = grid.south, grid.north
    return _dense([(foot_west, south), (foot_east, south), (head_east, north), (head_west, north)])


def _around() -> list[Point]:
    """Return the outline of the community: out to the middle of the streets around it."""
    air = 14.0
    lines = (SOUTH[0] - air, MIDDLE[0], NORTH[0], NORTH[1] + air)
    west = [min(_side(grid, y, 0) for grid in GRIDS[::4]) - air for y in lines]
    east = [max(_side(grid, y, 1) for grid in GRIDS[3::4]) + air for y in lines]
    return _dense([*zip(east, lines, strict=True), *reversed(list(zip(west, lines, strict=True)))])


def _dense(corners: list[Point]) -> list[Point]:
    ring: list[Point] = []
    for (x, y), (u, v) in zip(corners, [*corners[1:], corners[0]], strict=True):
        steps = max(1, round(math.hypot(u - x, v - y) / 25))
        ring += [(x + (u - x) * i / steps, y + (v - y) * i / steps) for i in range(steps)]
    return ring


def _side(grid: _Grid, y: float, end: int) -> float:
    share = (y - grid.south) / (grid.north - grid.south)
    return grid.foot[end] + (grid.head[end] - grid.foot[end]) * share


def _bend(point: Point) -> Point:
    """Return metres of the letter plan as metres around the origin: streets bend with the old river."""
    x, y = point[0] - 455, point[1] - 310
    x, y = x + 10 * math.sin(y / 190), y + 20 * math.sin(x / 250)
    return (x * math.cos(TURN) - y * math.sin(TURN), x * math.sin(TURN) + y * math.cos(TURN))


def _placed(middle: Point, corners: list[Point]) -> Ring:
    """Return a house with right angles, turned as the street is where it stands."""
    (x, y), (u, v) = _bend((middle[0] - 5, middle[1])), _bend((middle[0] + 5, middle[1]))
    angle = math.atan2(v - y, u - x)
    cos, sin, (x, y) = math.cos(angle), math.sin(angle), _bend(middle)
    return _degrees([(x + px * cos - py * sin, y + px * sin + py * cos) for px, py in corners])


def _bent(points: list[Point]) -> Ring:
    return _degrees([_bend(point) for point in points])


def _degrees(points: list[Point]) -> Ring:
    """Close the ring and round to a centimetre."""
    return tuple((round(x, 7), round(y, 7)) for x, y in from_plane([*points, points[0]], ORIGIN))


def _vary(number: int) -> float:
    """Return a share that looks like chance and is the same on every run (Knuth's multiplicative hash)."""
    return (number * 2654435761 % 4294967296) / 4294967296
