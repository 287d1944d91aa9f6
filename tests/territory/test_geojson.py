import json

import numpy as np
import pytest
from shapely import box

from db.errors import Refused
from db.territory import geojson
from db.territory.geojson import MESSAGES, read_shapes, to_geojson

HOUSE = [[118.74, 32.1], [118.7406, 32.1], [118.7406, 32.1001], [118.74, 32.1001], [118.74, 32.1]]


def feature(ring=HOUSE, kind="Polygon", **properties):
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": [ring]}}


def collection(*features, **more):
    return json.dumps({"type": "FeatureCollection", "features": features, **more}, ensure_ascii=False)


def the_problem(*features):
    read = read_shapes(collection(*features))
    (problem,) = read.problems
    sentence = MESSAGES[problem.code].format(**problem.facts)
    return problem, sentence, read.shapes


@pytest.mark.parametrize(
    ("properties", "code", "name"),
    [
        ({"code": "HX-01", "name": "12栋"}, "HX-01", "12栋"),
        ({"编号": " 3201 ", "楼栋": "12栋"}, "3201", "12栋"),
        ({"网格编码": 320113005012.0, "网格名称": "铸造北里"}, "320113005012", "铸造北里"),
        ({"gb": "156320113", "NAME": "栖霞"}, "156320113", "栖霞"),
        ({"ID": 7, "名称": "老干部楼", "code": None}, "7", "老干部楼"),
        ({"LABEL": "俱乐部"}, "", "俱乐部"),
    ],
)
def test_the_usual_property_names_are_understood(properties, code, name):
    (shape,) = read_shapes(collection(feature(**properties))).shapes
    assert (shape.code, shape.name) == (code, name)


def test_level_and_parent_come_along():
    near = feature(code=1, 层级="building", 所属网格="铸造北里")
    far = feature(adcode=320113, level="district", parent={"adcode": 320100})
    read = read_shapes(collection(near, far))
    assert [(s.level, s.parent) for s in read.shapes] == [("building", "铸造北里"), ("district", "320100")]


def test_chinese_in_gb18030_and_a_byte_order_mark_are_read():
    text = collection(feature(name="第一网格"))
    for data in (text, text.encode("gb18030"), text.encode("utf-8-sig"), "\ufeff" + text):
        assert read_shapes(data).shapes[0].name == "第一网格"


def test_gcj02_is_moved_to_wgs84_and_back_again():
    (shape,) = read_shapes(collection(feature(code="a")), "gcj02").shapes
    assert 0.003 < 118.74 - shape.geometry.bounds[0] < 0.008
    (again,) = json.loads(to_geojson([shape], "gcj02"))["features"]
    assert np.allclose(again["geometry"]["coordinates"][0], HOUSE, atol=2e-7)


def test_what_was_written_reads_back():
    hole = [[118.7402, 32.10002], [118.7403, 32.10002], [118.7403, 32.10004], [118.7402, 32.10002]]
    yard = feature(code="b", name="天井楼", level="building", parent="HX-01")
    yard["geometry"]["coordinates"].append(hole)
    first = read_shapes(collection(yard)).shapes
    second = read_shapes(to_geojson(first)).shapes
    assert second[0].name == "天井楼"
    assert second[0].geometry.equals_exact(first[0].geometry, 1e-7, normalize=True)
    assert len(second[0].geometry.interiors) == 1


def test_a_bow_tie_is_repaired_with_a_note():
    bow = [[118.74, 32.1], [118.741, 32.101], [118.741, 32.1], [118.74, 32.101], [118.74, 32.1]]
    problem, sentence, shapes = the_problem(feature(bow, name="蝴蝶楼"))
    assert problem.is_note and "蝴蝶楼" in sentence
    assert shapes[0].geometry.is_valid and shapes[0].geometry.area > 0


def test_a_ring_of_many_points_is_simplified_with_a_note():
    pond = box(0, 0, 1, 1).centroid.buffer(0.002, quad_segs=5000)
    ring = [[118.74 + x, 32.1 + y] for x, y in pond.exterior.coords]
    problem, sentence, shapes = the_problem(feature(ring, name="荷花塘"))
    assert problem.code == "feature.simplified" and "20001" in sentence
    assert len(shapes[0].geometry.exterior.coords) <= 2000
    assert shapes[0].geometry.area == pytest.approx(pond.area, rel=0.01)


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ({"type": "Feature", "properties": {"name": "a"}, "geometry": None}, "feature.no_geometry"),
        ({"type": "Feature", "properties": {"name": "a"}}, "feature.no_geometry"),
        (feature(HOUSE, "LineString", name="围墙"), "feature.not_polygon"),
        (feature(HOUSE[:-1], name="a"), "feature.unclosed"),
        (feature([HOUSE[0], HOUSE[1], HOUSE[0]], name="a"), "feature.too_few_points"),
        (feature([p[::-1] for p in HOUSE], name="a"), "feature.swapped"),
        (feature([[43.8, 87.6], [43.8, 87.7], [43.9, 87.7], [43.8, 87.6]], name="a"), "feature.swapped"),
        (feature([[190, 10], [191, 10], [191, 11], [190, 10]], name="a"), "feature.out_of_range"),
        (feature([["118", 32], [119, 32], [119, 33], ["118", 32]], name="a"), "feature.bad_coordinates"),
        (feature([[10**400, 32], [119, 32], [119, 33], [118, 32]], name="a"), "feature.bad_coordinates"),
        (feature([[float("nan"), 32], [119, 32], [119, 33], [118, 32]], name="a"), "feature.bad_coordinates"),
        (feature("abc", name="a"), "feature.bad_coordinates"),
        (feature([[100, 20], [120, 20], [120, 40], [100, 20]], name="a"), "feature.too_large"),
        (feature([[118, 32], [118.000001, 32], [118, 32.000001], [118, 32]], name="a"), "feature.too_small"),
        (feature([[118, 32], [119, 33], [118.5, 32.5], [118, 32]], name="a"), "feature.too_small"),
        (feature(), "feature.nameless"),
        ("12栋", "feature.not_feature"),
    ],
)
def test_a_feature_that_cannot_be_used_is_told_and_the_next_is_read(broken, code):
    read = read_shapes(collection(broken, feature(name="12栋")))
    problem = next(p for p in read.problems if not p.is_note)
    assert (problem.feature, problem.code) == (1, code)
    assert MESSAGES[problem.code].format(**problem.facts)
    assert [(s.index, s.name) for s in read.shapes] == [(2, "12栋")]


def test_the_second_with_a_code_is_told_which_was_first():
    problem, sentence, shapes = the_problem(feature(code="7", name="a"), feature(code=7, name="b"))
    assert (problem.feature, problem.facts["first"]) == (2, 1) and "b" in sentence
    assert [s.name for s in shapes] == ["a"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x89PNG\r\n\x1a\n\xff\xff\xff", "geojson.not_text"),
        ("name,code\n1,2", "geojson.not_json"),
        (collection(feature(name="a"))[:-9], "geojson.not_json"),
        ("[" * 100_000, "geojson.not_json"),
        ("[1, 2]", "geojson.not_collection"),
        ('{"type": "Topology", "features": []}', "geojson.not_collection"),
        (json.dumps(feature(name="a")), "geojson.not_collection"),
        (collection(), "geojson.empty"),
        (collection(feature([[380000, 3540000], [380060, 3540000], [380060, 3540012]])), "geojson.projected"),
        (
            collection(feature(), crs={"properties": {"name": "urn:ogc:def:crs:EPSG::4527"}}),
            "geojson.crs",
        ),
    ],
)
def test_a_file_that_is_no_map_is_refused(data, code):
    with pytest.raises(Refused) as refused:
        read_shapes(data)
    assert refused.value.code == code
    assert MESSAGES[code].format(**refused.value.facts)


def test_degrees_by_another_name_are_accepted():
    for name in ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4490"):
        assert read_shapes(collection(feature(name="a"), crs={"properties": {"name": name}})).shapes


def test_limits_are_told(monkeypatch):
    monkeypatch.setattr(geojson, "MAX_FEATURES", 1)
    with pytest.raises(Refused) as refused:
        read_shapes(collection(feature(name="a"), feature(name="b")))
    assert refused.value.facts == {"count": 2, "limit": 1}
    with pytest.raises(Refused, match="too_big"):
        read_shapes(b" " * 20_000_001)


@pytest.mark.parametrize("datum", ["wgs84", "gcj02"])
def test_a_file_without_a_usable_feature_gives_only_its_problems(datum):
    read = read_shapes(collection(feature()), datum)
    assert read.shapes == () and len(read.problems) == 1
    assert json.loads(to_geojson([], datum))["features"] == []
