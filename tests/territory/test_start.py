"""The first areas of a new community."""

import pytest

from db.errors import Refused
from db.territory import areas, start
from db.territory.start import NewGrid
from tests.conftest import Town


def test_grids_are_made_with_their_buildings(town: Town) -> None:
    top = start.start(town.anna, community="红星社区")
    made = start.build(
        town.anna, community_id=top, grids=[NewGrid("第八网格", "1-3栋、甲5号楼"), NewGrid("第九网格")]
    )
    assert made == (2, 4)


def test_what_has_no_building_number_makes_nothing(town: Town) -> None:
    top = start.start(town.anna, community="红星社区")
    before = areas.tree(town.anna)
    with pytest.raises(Refused, match=r"area\.no_number") as refused:
        start.build(
            town.anna, community_id=top, grids=[NewGrid("第八网格", "1-3栋"), NewGrid("第九网格", "4栋、garbage abc")]
        )  # fmt: skip
    assert refused.value.facts["name"] == "garbage abc"
    assert areas.tree(town.anna) == before
