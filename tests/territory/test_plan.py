"""The plan of one area: its own parts and theirs, in the same places whatever happens elsewhere."""

import pytest
import shapely
from sqlalchemy import select

from db import engine
from db.errors import Refused
from db.territory import areas, closing, hulls, moving, plan, shapes
from db.territory.areas import Area
from db.territory.plan import PlacedArea
from tests.built import built_once
from tests.conftest import Town

A = Area.__table__.c  # type: ignore[attr-defined]


def square(west: float, south: float, side: float = 0.001) -> dict[str, object]:
    return shapely.geometry.mapping(shapely.box(west, south, west + side, south + side))


def placed(town: Town, area_id: int | None = None) -> dict[str, PlacedArea]:
    return {one.name: one for one in plan.plan(town.lei, area_id).areas}


def arrangement(found: dict[str, PlacedArea], names: str) -> list[tuple[float, float]]:
    """Where the labels lie, seen from the first one."""
    first, *others = (found[name] for name in names.split())
    return [(one.label_x - first.label_x, one.label_y - first.label_y) for one in others]


@pytest.fixture
@built_once
def street(town: Town) -> int:
    """Another community with one grid of nine buildings; its id."""
    other = areas.add(town.anna, name="红旗社区", level="community")
    grid = areas.add(town.anna, name="东区网格", level="grid", parent_id=other)
    areas.add_many(town.anna, names="11-19栋", level="building", parent_id=grid)
    return other


def test_an_area_with_its_parts_and_theirs(town: Town, street: int) -> None:
    assert list(placed(town, town.community)) == [
        "红星社区",
        "第一网格",
        "第二网格",
        "1栋",
        "2栋",
        "3栋",
        "4栋",
    ]
    assert list(placed(town, town.north)) == ["第一网格", "1栋", "2栋"]
    assert set(placed(town)) == {"红星社区", "红旗社区", "第一网格", "第二网格", "东区网格"}
    with pytest.raises(Refused, match=r"area\.not_found"):
        plan.plan(town.lei, 999)
    with pytest.raises(Refused, match=r"access\.denied"):
        plan.plan(town.vera, town.north)


def test_what_happens_elsewhere_moves_nothing(town: Town, street: int) -> None:
    before = placed(town, town.community)
    areas.add_many(town.anna, names="20-49栋", level="building", parent_id=areas.tree(town.lei)[-1].parent_id)
    shapes.set_shape(town.anna, area_id=street, geometry=square(118.9, 32.3))
    assert placed(town, town.community) == before


def test_a_building_more_moves_only_its_own_grid(town: Town) -> None:
    before = placed(town, town.north)
    areas.add(town.anna, name="5栋", level="building", parent_id=town.south)
    assert placed(town, town.north) == before


def test_buildings_in_a_drawn_grid_stand_the_same_on_every_map(town: Town) -> None:
    shapes.set_shape(town.anna, area_id=town.community, geometry=square(118.740, 32.100, 0.01))
    shapes.set_shape(town.anna, area_id=town.north, geometry=square(118.741, 32.101, 0.003))
    shapes.set_shape(town.anna, area_id=town.building_3, geometry=square(118.747, 32.107, 0.0005))
    near = arrangement(placed(town, town.north), "第一网格 1栋 2栋")
    far = arrangement(placed(town, town.community), "第一网格 1栋 2栋")
    assert near == [pytest.approx(one, abs=0.5) for one in far]


def test_an_undrawn_grid_takes_the_room_of_what_lies_in_it(town: Town, street: int) -> None:
    """From the top the buildings are not read, but counted."""
    areas.add_many(town.anna, names="21-60栋", level="building", parent_id=town.south)
    found = placed(town)
    sizes = {
        name: (
            max(x for x in found[name].xs if x is not None) - min(x for x in found[name].xs if x is not None)
        )
        for name in ("第一网格", "第二网格")
    }
    assert sizes["第二网格"] > 2 * sizes["第一网格"]


def test_what_is_drawn_further_down_is_where_it_is(town: Town, street: int) -> None:
    """Only buildings are drawn: seen from above, their grids lie around them."""
    for area_id, east in (
        (town.building_1, 0.0),
        (town.building_2, 0.002),
        (town.building_3, 0.006),
        (town.building_4, 0.008),
    ):
        shapes.set_shape(town.anna, area_id=area_id, geometry=square(118.74 + east, 32.1))
    found = placed(town)
    far = arrangement(found, "第一网格 第二网格")
    near = arrangement(placed(town, town.community), "第一网格 第二网格")
    assert far == [pytest.approx(one, abs=20) for one in near]
    assert found["第一网格"].drawn is False


def test_hulls_follow_what_is_drawn_moved_and_closed(town: Town) -> None:
    def hull(area_id: int) -> tuple[float, ...] | None:
        with engine.reading() as session:
            kept = session.execute(select(A.hull).where(A.id == area_id)).scalar()
        return shapely.geometry.shape(kept).bounds if kept else None

    west, east = (118.74, 32.1, 118.741, 32.101), (118.75, 32.1, 118.751, 32.101)
    shapes.set_shape(town.anna, area_id=town.building_1, geometry=square(118.74, 32.1))
    shapes.set_shape(town.anna, area_id=town.building_3, geometry=square(118.75, 32.1))
    assert (hull(town.north), hull(town.south)) == (pytest.approx(west), pytest.approx(east))
    assert hull(town.community) == pytest.approx((118.74, 32.1, 118.751, 32.101))
    moving.move(town.anna, area_id=town.building_3, parent_id=town.north)
    assert hull(town.south) is None
    assert hull(town.north) == pytest.approx((118.74, 32.1, 118.751, 32.101))
    closing.close(town.anna, area_id=town.building_1)
    assert hull(town.community) == pytest.approx(east)
    shapes.clear_shape(town.anna, area_id=town.building_3)
    assert hull(town.north) is hull(town.community) is None
    with engine.writing() as session:
        hulls.refresh(session, None)
