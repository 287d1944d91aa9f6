import pytest
import shapely
from shapely import MultiPolygon, box
from shapely.affinity import rotate

from db.territory.layout import layout_mixed
from db.territory.schematic import Node
from tests.territory.test_schematic import check, planned, quarter

QUARTER = box(0, 0, 600, 500)
EAST, WEST = box(310, 10, 590, 490), box(10, 10, 290, 490)


def houses_in(grid, nodes):
    return [node.id for node in nodes if node.parent_id == grid]


def test_nothing_drawn_gives_the_schematic_plan():
    assert layout_mixed(quarter(), {}) == planned(quarter())


def test_buildings_find_room_in_a_drawn_grid():
    nodes = quarter((12, 9))
    shapes = layout_mixed(nodes, {1: QUARTER, 2: WEST, 3: EAST})
    check(nodes, shapes)
    assert shapes[2].equals(WEST)
    assert all(shapes[id].within(EAST) for id in houses_in(3, nodes))


def test_an_undrawn_grid_stands_in_the_free_half_of_the_community():
    nodes = quarter((12, 9))
    shapes = layout_mixed(nodes, {1: QUARTER, 2: WEST})
    check(nodes, shapes)
    assert shapes[3].within(QUARTER) and shapes[3].disjoint(WEST)


def test_a_new_building_keeps_clear_of_the_drawn_ones_and_looks_like_them():
    nodes = quarter((4,))
    first = houses_in(2, nodes)
    drawn = {2: WEST} | {id: box(30, 430 - 40 * i, 80, 442 - 40 * i) for i, id in enumerate(first[:3])}
    shapes = layout_mixed(nodes, drawn)
    check(nodes, shapes)
    assert shapes[first[3]].within(WEST)
    assert shapes[first[3]].area == pytest.approx(600, rel=0.3)


def test_a_grid_known_only_by_its_buildings_gets_a_hull_apart_from_its_neighbour():
    nodes = quarter((6, 6))
    drawn = {
        id: rotate(box(x, y, x + 50, y + 12), 12, origin=(0, 0))
        for grid, east in ((2, 0), (3, 130))
        for place, id in enumerate(houses_in(grid, nodes))
        for x, y in [(east + 60 * (place % 2), 30 * (place // 2))]
    }
    shapes = layout_mixed(nodes, drawn)
    check(nodes, shapes)
    assert shapes[2].area > 6 * 600


def test_where_no_room_is_left_a_plan_stands_beside_the_map():
    nodes = quarter((12, 9))
    packed = {1: QUARTER, 2: QUARTER}
    shapes = layout_mixed(nodes, packed)
    check(nodes, shapes)
    assert shapes[3].bounds[0] > 600
    assert isinstance(shapes[1], MultiPolygon)
    assert shapes[1].intersection(box(0, 0, 600, 500)).equals(QUARTER)


def test_a_plan_beside_the_map_has_the_size_of_its_drawn_siblings():
    nodes = [Node(i, None, "community", f"{i}号社区") for i in (1, 2, 3)]
    shapes = layout_mixed(nodes, {1: box(0, 0, 3000, 2000), 2: box(3000, 0, 5000, 2000)})
    check(nodes, shapes)
    assert shapes[3].area == pytest.approx(5_000_000, rel=0.3)


def test_stairs_are_slices_of_the_drawn_house_along_its_length():
    nodes = quarter((1,), stairs=4)
    house = houses_in(2, nodes)[0]
    drawn = rotate(box(0, 0, 60, 12), 40)
    shapes = layout_mixed(nodes, {house: drawn})
    check(nodes, shapes)
    stairs = [shapes[id] for id in houses_in(house, nodes)]
    assert [s.area for s in stairs] == pytest.approx([180] * 4)
    assert [s.centroid.x for s in stairs] == sorted(s.centroid.x for s in stairs)


def test_a_drawn_stair_is_kept_beside_an_undrawn_one():
    nodes = quarter((1,), stairs=2)
    house = houses_in(2, nodes)[0]
    west, east = houses_in(house, nodes)
    shapes = layout_mixed(nodes, {house: box(0, 0, 60, 12), west: box(0, 0, 30, 12)})
    check(nodes, shapes)
    assert shapes[west].equals(box(0, 0, 30, 12)) and east in shapes


def test_three_thousand_buildings_in_drawn_grids():
    nodes = quarter((250,) * 12)
    grids = {
        2 + i: box(400 * (i % 4), 400 * (i // 4), 400 * (i % 4) + 380, 400 * (i // 4) + 380)
        for i in range(12)
    }
    shapes = layout_mixed(nodes, grids)
    check(nodes, shapes)
    assert shapely.total_bounds(list(grids.values()))[2] == 1580


def test_a_shape_for_an_unknown_area_or_without_surface_is_ignored():
    nodes = quarter((2,))
    shapes = layout_mixed(nodes, {99: box(0, 0, 1, 1), 2: shapely.LineString([(0, 0), (1, 1)])})
    check(nodes, shapes)
