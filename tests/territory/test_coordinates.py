import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon

from db.territory import coordinates

NANJING = (118.74, 32.10)


def test_the_offset_is_the_published_one():
    # Tian'anmen in both systems, as the usual converters give it.
    moved = coordinates.wgs84_to_gcj02([(116.391305, 39.905530)])[0]
    assert moved == pytest.approx((116.397547, 39.906933), abs=2e-5)


@given(st.floats(73, 135), st.floats(4, 54))
def test_there_and_back_is_the_same_place(lon, lat):
    there = coordinates.wgs84_to_gcj02([(lon, lat)])
    back = coordinates.gcj02_to_wgs84(there)
    assert np.abs(back - (lon, lat)).max() < 1e-6


@pytest.mark.parametrize("place", [(2.35, 48.85), (-74.0, 40.7), (139.7, 35.7)])
def test_outside_china_nothing_moves(place):
    assert coordinates.wgs84_to_gcj02([place])[0].tolist() == list(place)
    assert coordinates.gcj02_to_wgs84([place])[0].tolist() == list(place)


def test_a_shape_moves_as_a_whole_by_some_hundred_metres():
    house = Polygon([(118.74, 32.1), (118.741, 32.1), (118.741, 32.1005), (118.74, 32.1005)])
    moved = coordinates.convert(house, "wgs84", "gcj02")
    plane = coordinates.geometry_to_plane(moved, NANJING)
    assert 300 < plane.centroid.distance(coordinates.geometry_to_plane(house, NANJING).centroid) < 800
    assert coordinates.convert(house, "gcj02", "gcj02") is house


def test_the_plane_measures_metres_and_leads_back():
    ring = ((118.74, 32.10), (118.75, 32.10), (118.75, 32.11))
    plane = coordinates.to_plane(ring, NANJING)
    assert plane[0] == (0, 0)
    assert plane[1] == pytest.approx((941.9, 0), abs=1)
    assert plane[2] == pytest.approx((941.9, 1111.9), abs=1)
    assert np.allclose(coordinates.from_plane(plane, NANJING), ring, atol=1e-12)
