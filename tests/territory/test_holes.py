"""Holes: where nobody is responsible, worst first, and where it is mended."""

from datetime import date

import pytest

from db import engine, keeping
from db.errors import Refused
from db.identity import Setting
from db.territory import closing, posts
from db.territory.holes import Holes, holes
from db.territory.posts import POSTS
from tests.built import built_once
from tests.conftest import Town

TODAY = date(2026, 11, 23)


def name(town: Town, area_id: int, holder: str, role: str = "building_lead", **more: object) -> int:
    return keeping.create(
        town.anna, POSTS,
        {"area_id": area_id, "holder": holder, "role": role, "since": "2026-01-01", "deputy": "丁宁", **more},
    )  # fmt: skip


@pytest.fixture
@built_once
def covered(town: Town) -> Town:
    """Every area has its holder and every holder a deputy."""
    for area_id, holder in ((town.north, "于洋"), (town.south, "孟凡")):
        name(town, area_id, holder, "grid_worker")
    for area_id, holder in (
        (town.building_1, "陈楠"),
        (town.building_2, "高远"),
        (town.building_3, "苗青"),
        (town.building_4, "韩笑"),
    ):
        name(town, area_id, holder)
    return town


def told(found: Holes) -> list[tuple[str, str]]:
    return [(one.code, " / ".join(one.trail)) for one in found.rows]


def test_a_new_community_is_all_holes_grids_first(town: Town) -> None:
    found = holes(town.lei)
    assert told(found)[:3] == [
        ("hole.nobody", "红星社区 / 第一网格"), ("hole.nobody", "红星社区 / 第二网格"), ("hole.nobody", "红星社区 / 第一网格 / 1栋"),
    ]  # fmt: skip
    assert found.counts == {"hole.nobody": 6, "hole.too_much": 0, "hole.ending": 0, "hole.no_deputy": 0}
    assert (found.rows[2].page, found.rows[2].params) == (
        "posts", {"new": "1", "area_id": str(town.building_1), "role": "building_lead"},
    )  # fmt: skip


def test_a_covered_community_has_none(covered: Town) -> None:
    assert holes(covered.lei).total == 0


def test_a_holder_of_another_role_does_not_fill_the_hole(covered: Town) -> None:
    closing.close(covered.anna, area_id=covered.building_1)
    new = keeping.create(covered.anna, POSTS, {"area_id": covered.building_2, "role": "block_lead", "holder": "于洋",
                                               "since": TODAY, "deputy": "丁宁"})  # fmt: skip
    post = posts.holders(covered.lei, area_ids=[covered.building_2])[covered.building_2]
    lead = next(one for one in post if one.post_id != new)
    posts.end(covered.anna, post_id=lead.post_id, day=date(2026, 11, 22))
    assert told(holes(covered.lei)) == [("hole.nobody", "红星社区 / 第一网格 / 2栋")]


def test_one_person_for_too_much(covered: Town) -> None:
    for area_id in (covered.building_1, covered.building_2, covered.building_3, covered.building_4):
        post = posts.holders(covered.lei, area_ids=[area_id])[area_id][0]
        if post.holder != "陈楠":
            posts.hand_over(covered.anna, post_id=post.post_id, holder="陈楠", from_day=TODAY, deputy="丁宁")
    found = holes(covered.lei, area_id=covered.south)
    assert [one.facts for one in found.rows] == [
        {"holder": "陈楠", "role": "building_lead", "areas": 4, "limit": 3}
    ]
    assert found.rows[0].params == {"q": "陈楠", "role": "building_lead"}
    with engine.writing() as session:
        session.add(Setting(name="load_limit_building_lead", value="4"))
    assert holes(covered.lei).total == 0


def test_a_post_that_ends_soon_without_anybody_after(covered: Town) -> None:
    first, second = (
        posts.holders(covered.lei, area_ids=[one])[one][0].post_id
        for one in (covered.building_1, covered.building_2)
    )
    posts.end(covered.anna, post_id=first, day=date(2026, 12, 7))
    posts.end(covered.anna, post_id=second, day=date(2026, 12, 8))
    found = holes(covered.lei)
    assert told(found) == [("hole.ending", "红星社区 / 第一网格 / 1栋")]
    assert (found.rows[0].facts["until"], found.rows[0].params) == (
        date(2026, 12, 7),
        {"id": str(first), "do": "hand_over"},
    )
    name(covered, covered.building_1, "纪元", since="2026-12-08")
    assert holes(covered.lei).total == 0


def test_nobody_to_stand_in(covered: Town) -> None:
    post = posts.holders(covered.lei, area_ids=[covered.building_1])[covered.building_1][0].post_id
    keeping.edit(covered.shen, POSTS, post, 1, {"deputy": ""})
    found = holes(covered.lei)
    assert told(found) == [("hole.no_deputy", "红星社区 / 第一网格 / 1栋")]
    assert found.rows[0].params == {"id": str(post), "tab": "edit"}


def test_only_the_worst_but_all_counted(town: Town) -> None:
    found = holes(town.lei, limit=2)
    assert (len(found.rows), found.total) == (2, 6)


def test_in_one_area(town: Town) -> None:
    assert holes(town.lei, area_id=town.north).counts["hole.nobody"] == 3
    with pytest.raises(Refused, match="area.not_found"):
        holes(town.lei, area_id=999)
    with pytest.raises(Refused, match="access.denied"):
        holes(town.vera)
