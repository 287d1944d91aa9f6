import pytest
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box

from db.territory import geometry

YARD = Polygon(box(0, 0, 40, 40).exterior.coords, [box(10, 10, 30, 30).exterior.coords])
CRESCENT = box(0, 0, 100, 100).difference(box(10, 10, 100, 90))


def test_an_outline_has_a_gap_between_two_rings():
    xs, ys = geometry.outline(MultiPolygon([box(0, 0, 1, 1), box(3, 0, 4, 1)]))
    assert xs.count(None) == 1
    assert xs.index(None) == ys.index(None) == 5


def test_a_courtyard_runs_against_its_shell():
    xs, ys = geometry.outline(YARD)
    gap = xs.index(None)
    shell, yard = zip(xs[:gap], ys[:gap], strict=True), zip(xs[gap + 1 :], ys[gap + 1 :], strict=True)
    assert Polygon(shell).exterior.is_ccw != Polygon(yard).exterior.is_ccw


@pytest.mark.parametrize("shape", [YARD, CRESCENT, MultiPolygon([box(0, 0, 1, 1), CRESCENT])])
def test_the_label_stands_inside(shape):
    assert shape.contains(Point(geometry.label_point(shape)))


def test_a_label_needs_an_area():
    with pytest.raises(ValueError):
        geometry.label_point(MultiPolygon())


def test_the_window_shows_everything_with_some_air():
    bounds = geometry.fit([box(0, 0, 10, 10), box(90, 40, 100, 50)], margin=0.1)
    assert (bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max) == (-10, -10, 110, 60)
    assert (bounds.width, bounds.height) == (120, 70)


def test_an_empty_picture_still_has_a_window():
    assert geometry.fit([]).width == 100
    assert geometry.fit([Polygon()]).height == 100


def test_only_surfaces_are_kept():
    mixed = GeometryCollection([LineString([(0, 0), (9, 9)]), GeometryCollection([box(0, 0, 1, 1)])])
    assert geometry.surface(mixed).equals(box(0, 0, 1, 1))
    assert geometry.surface(LineString([(0, 0), (9, 9)])).is_empty


def test_far_away_a_round_pond_needs_few_points_and_a_hut_stays():
    pond = Point(0, 0).buffer(50, quad_segs=64)
    assert len(geometry.simplify_for_screen(pond, 5).exterior.coords) < 30
    assert geometry.simplify_for_screen(box(0, 0, 2, 2), 100).area > 0
