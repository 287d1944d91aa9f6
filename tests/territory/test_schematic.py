from itertools import combinations

import pytest
import shapely

from db.territory.schematic import Node, fill, natural_size, schematic

TWELVE = (14, 15, 13, 12, 16, 14, 11, 13, 12, 14, 13, 11)


def quarter(sizes=TWELVE, stairs=0):
    """A community (1) with grids 2, 3, … and as many buildings in each as `sizes` says."""
    nodes = [Node(1, None, "community", "红星社区")]
    for place, size in enumerate(sizes):
        grid = Node(2 + place, 1, "grid", f"第{place + 1}网格", place)
        nodes.append(grid)
        for number in range(size):
            house = Node(grid.id * 100_000 + number * 10, grid.id, "building", f"{number + 1}栋", number)
            nodes.append(house)
            nodes += [Node(house.id + 1 + s, house.id, "stair", f"{s + 1}单元", s) for s in range(stairs)]
    return nodes


def check(nodes, shapes):
    """Every area is there; children lie inside their parent, siblings apart."""
    assert set(shapes) == {node.id for node in nodes}
    families = {}
    for node in nodes:
        families.setdefault(node.parent_id, []).append(shapes[node.id])
        assert shapes[node.id].area > 0
        if node.parent_id in shapes:
            assert shapes[node.parent_id].buffer(1e-6).covers(shapes[node.id])
    for family in families.values():
        ones, others = shapely.STRtree(family).query(family, predicate="intersects")
        for one, other in zip(ones, others, strict=True):
            assert one == other or family[one].intersection(family[other]).area < 1e-6


def planned(nodes, **more):
    return {id: plan.geometry for id, plan in schematic(nodes, **more).items()}


@pytest.mark.parametrize(
    "nodes",
    [
        quarter(),
        quarter(stairs=3),
        quarter((5, 30, 1, 0, 12, 40, 3), stairs=2),
        quarter((1,)),
        quarter((0,)),
        quarter(()),
        quarter((250,) * 12),
        quarter((3000,)),
        [Node(7, None, "building", "1栋")],
        [*quarter((3, 4)), Node(900, 1, "building", "独栋"), Node(901, None, "community", "邻近社区")],
        [*quarter((3, 4)), Node(900, 3, "block", "东片"), Node(901, 900, "building", "99栋")],
    ],
)
def test_children_lie_inside_and_siblings_apart(nodes):
    check(nodes, planned(nodes))


def test_nothing_has_no_plan():
    assert schematic([]) == {}


def test_the_order_of_the_rows_read_makes_no_difference():
    assert schematic(quarter()) == schematic(reversed(quarter()))


def test_the_quarter_is_nearly_square_and_houses_are_oblong():
    shapes = planned(quarter())
    west, south, east, north = shapes[1].bounds
    assert 0.6 < (east - west) / (north - south) < 1.7
    for id, house in shapes.items():
        if id > 100:
            west, south, east, north = house.bounds
            assert 2.5 < (east - west) / (north - south) < 8


def test_a_grid_with_more_buildings_is_larger():
    shapes = planned(quarter((6, 12, 24, 12)))
    assert shapes[2].area < shapes[3].area < shapes[4].area


def side(one, other):
    """Where `other` lies, seen from `one`: 1, 0 or -1 to the east and to the north."""
    (x, y), (u, v) = one.centroid.coords[0], other.centroid.coords[0]
    west, south, east, north = one.bounds
    return (u > east) - (u < west), (v > north) - (v < south), u > x, v > y


@pytest.mark.parametrize("grown", range(12))
def test_one_more_building_reshuffles_no_other_grid(grown):
    before = planned(quarter())
    after = planned(quarter([size + (place == grown) for place, size in enumerate(TWELVE)]))
    for one, other in combinations(range(2, 14), 2):
        assert side(before[one], before[other])[2] == side(after[one], after[other])[2]
        assert before[one].distance(after[one]) == 0
    for grid in set(range(2, 14)) - {2 + grown}:
        houses = [id for id in before if id // 100_000 == grid]
        for one, other in combinations(houses, 2):
            assert side(before[one], before[other])[:2] == side(after[one], after[other])[:2]


def test_areas_that_are_their_own_ancestors_still_have_a_place():
    nodes = [Node(1, 2, "grid", "甲"), Node(2, 1, "grid", "乙"), Node(3, 2, "building", "1栋")]
    assert set(schematic(nodes)) == {1, 2, 3}


def test_levels_are_data():
    nodes = [Node(1, None, "组", "三组"), Node(2, 1, "院", "张家院"), Node(3, 2, "户", "东屋")]
    shapes = planned(nodes, house_level="院")
    check(nodes, shapes)
    assert shapes[2].area < 1000


def test_a_plan_fills_the_room_it_is_given():
    nodes = quarter((3, 5))[1:]
    shapes = {id: plan.geometry for id, plan in fill(nodes, (1000, 2000, 1400, 2100)).items()}
    check(nodes, shapes)
    assert natural_size(nodes)[0] > 0
    west, south, east, north = shapely.total_bounds(list(shapes.values()))
    assert west >= 1000 and south >= 2000 and east <= 1400.001 and north <= 2100.001
    assert (east - west) * (north - south) > 0.6 * 400 * 100
