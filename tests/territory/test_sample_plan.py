import math
from collections import Counter

import pytest
import shapely
from shapely import Polygon

from db.territory.coordinates import to_plane
from db.territory.sample_plan import ORIGIN, sample_plan

PLAN = sample_plan()


def metres(ring):
    return Polygon(to_plane(ring, ORIGIN))


HOUSES = {b.number: metres(b.ring) for b in PLAN.buildings}
GRIDS = {code: metres(ring) for code, _, ring in PLAN.grids}


def test_it_has_the_size_of_the_real_thing():
    assert len(PLAN.grids) == 12
    assert [b.number for b in PLAN.buildings] == [str(n) for n in range(1, 159)]
    assert PLAN.buildings[11].name == "12栋"
    assert 4_900 <= sum(b.homes for b in PLAN.buildings) <= 5_100
    assert set(Counter(b.grid_code for b in PLAN.buildings)) == set(GRIDS)
    assert min(Counter(b.grid_code for b in PLAN.buildings).values()) >= 10
    assert PLAN.grids[0][:2] == ("HX-01", "第一网格 铸造北里")


def test_every_outline_is_sound_and_near_the_invented_place():
    rings = [PLAN.community, *(g[2] for g in PLAN.grids), *(b.ring for b in PLAN.buildings)]
    for ring in [*rings, *(mark.ring for mark in PLAN.landmarks)]:
        assert ring[0] == ring[-1]
        assert Polygon(ring).is_valid
        assert all(math.dist(point, ORIGIN) < 0.01 for point in ring)


def test_nothing_stands_on_anything_else():
    things = [*HOUSES.values(), *(metres(mark.ring) for mark in PLAN.landmarks)]
    one, other = shapely.STRtree(things).query(things, predicate="dwithin", distance=5)
    assert (one == other).all()


def test_streets_run_between_the_grids_and_around_them():
    grids = list(GRIDS.values())
    one, other = shapely.STRtree(grids).query(grids, predicate="dwithin", distance=12)
    assert (one == other).all()
    assert all(grid.buffer(8).within(metres(PLAN.community)) for grid in grids)


def test_every_building_stands_in_its_grid():
    for building in PLAN.buildings:
        assert HOUSES[building.number].buffer(3).within(GRIDS[building.grid_code]), building.name
    assert all(any(metres(mark.ring).within(grid) for grid in GRIDS.values()) for mark in PLAN.landmarks)

    for building in PLAN.buildings:
        box = shapely.oriented_envelope(HOUSES[building.number]).exterior.coords
        depth, length = sorted((math.dist(box[0], box[1]), math.dist(box[1], box[2])))
        assert 1 <= building.stairs <= 5
        if building.floors > 10:
            assert 11 <= building.floors <= 18 and building.stairs == 1
            assert length == pytest.approx(depth, rel=0.01) and 20 < length < 30
        else:
            assert 3 <= building.floors <= 6 and building.doors_per_floor in (2, 3)
            assert 38 < length < 76 and 11 < depth < 24
    two = sum(b.doors_per_floor == 2 for b in PLAN.buildings)
    assert two > 0.85 * len(PLAN.buildings)


def test_the_club_and_the_park_are_on_the_map():
    assert {"club", "park"} <= {mark.kind for mark in PLAN.landmarks}
