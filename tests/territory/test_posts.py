"""Posts: one holder at a time, handing over, ending, and what stays as history."""

from datetime import date

import pytest

from db import keeping, listing
from db.errors import Refused
from db.listing import Listing
from db.territory import posts
from db.territory.posts import POSTS
from tests.built import built_once
from tests.conftest import Town

TODAY = date(2026, 11, 23)


def name(town: Town, area_id: int, holder: str, since: str = "2026-01-01", **more: object) -> int:
    return keeping.create(
        town.anna,
        POSTS,
        {"area_id": area_id, "role": "building_lead", "holder": holder, "since": since, **more},
    )


@pytest.fixture
@built_once
def chen(town: Town) -> int:
    """Chen Nan leads building 1."""
    return name(town, town.building_1, "陈楠", phone="13800001234")


def shown(town: Town, **asked: object) -> list[str]:
    return [row["holder"] for row in listing.page(town.lei, POSTS, Listing(**asked)).rows]  # type: ignore[arg-type]


def test_the_list_says_who_holds_what(town: Town, chen: int) -> None:
    row = listing.page(town.shen, POSTS, Listing()).rows[0]
    assert row == {
        "id": chen, "area": "第一网格 · 1栋", "level": "楼栋", "role": "building_lead", "holder": "陈楠",
        "deputy": "", "since": date(2026, 1, 1), "until": None, "phone": "138****1234",
    }  # fmt: skip
    assert "phone" not in listing.page(town.lei, POSTS, Listing()).rows[0]


def test_one_holder_at_a_time(town: Town, chen: int) -> None:
    with pytest.raises(Refused) as refusal:
        name(town, town.building_1, "高远", "2026-06-01")
    assert refusal.value.code == "post.taken"
    assert refusal.value.facts == {
        "post_id": chen, "holder": "陈楠", "since": date(2026, 1, 1), "until": None, "area": "1栋",
    }  # fmt: skip
    name(town, town.building_1, "高远", "2025-01-01", until="2025-12-31")
    name(town, town.building_1, "苗青", role="block_lead")
    with pytest.raises(Refused, match="post.taken"):
        name(town, town.building_1, "韩笑", "2025-12-31", until="2025-12-31")


def test_days_in_the_wrong_order(town: Town) -> None:
    with pytest.raises(Refused, match="post.dates"):
        name(town, town.building_1, "陈楠", "2026-06-01", until="2026-05-31")


def test_handing_over_keeps_who_was_before(town: Town, chen: int) -> None:
    posts.hand_over(town.shen, post_id=chen, holder="高远", from_day=TODAY, deputy="苗青")
    assert [(one.holder, one.deputy, one.since, one.until) for one in posts.history(town.lei, area_id=town.building_1)] == [
        ("高远", "苗青", TODAY, None),
        ("陈楠", "", date(2026, 1, 1), date(2026, 11, 22)),
    ]  # fmt: skip
    assert shown(town) == ["高远"]
    assert shown(town, filters={"status": ("ended",)}) == ["陈楠"]
    assert sorted(shown(town, filters={"status": ("active", "coming", "ended")})) == ["陈楠", "高远"]


def test_a_handover_later_leaves_the_post_held_until_then(town: Town, chen: int) -> None:
    posts.hand_over(town.shen, post_id=chen, holder="高远", from_day=date(2026, 12, 1))
    assert shown(town) == ["陈楠"]
    assert shown(town, filters={"status": ("coming",)}) == ["高远"]


@pytest.mark.parametrize(
    ("holder", "from_day", "code"),
    [("高远", date(2026, 1, 1), "post.handover_day"), ("陈楠", TODAY, "post.same_holder"), (" ", TODAY, "form.invalid")],
)  # fmt: skip
def test_a_refused_handover_changes_nothing(
    town: Town, chen: int, holder: str, from_day: date, code: str
) -> None:
    with pytest.raises(Refused, match=code):
        posts.hand_over(town.shen, post_id=chen, holder=holder, from_day=from_day)
    assert [one.until for one in posts.history(town.lei, area_id=town.building_1)] == [None]


def test_the_last_day_counts(town: Town, chen: int) -> None:
    posts.end(town.shen, post_id=chen, day=TODAY, reason="搬家")
    assert shown(town) == ["陈楠"]
    assert posts.holders(town.lei, area_ids=[town.building_1], when=date(2026, 11, 24)) == {}
    assert listing.history(town.shen, POSTS, chen)[0].reason == "搬家"


def test_outside_ones_areas_nobody_is_named(town: Town, chen: int) -> None:
    for refused in (
        lambda: keeping.create(
            town.qiu,
            POSTS,
            {"area_id": town.building_2, "role": "building_lead", "holder": "高远", "since": TODAY},
        ),
        lambda: keeping.edit(town.qiu, POSTS, chen, 1, {"deputy": "高远"}),
        lambda: posts.end(town.qiu, post_id=chen, day=TODAY),
        lambda: posts.hand_over(town.qiu, post_id=chen, holder="高远", from_day=TODAY),
    ):
        with pytest.raises(Refused, match="not_found"):
            refused()
    with pytest.raises(Refused, match="not_found"):
        keeping.edit(town.shen, POSTS, chen, 1, {"area_id": town.building_3})
    with pytest.raises(Refused, match="access.denied"):
        posts.end(town.lei, post_id=chen, day=TODAY)


def test_searching_and_filtering(town: Town, chen: int) -> None:
    name(town, town.south, "苗青", role="grid_worker", deputy="韩笑")
    assert shown(town, search="陈") == shown(town, search="1栋") == ["陈楠"]
    assert shown(town, search="韩笑 第二网格") == ["苗青"]
    assert shown(town, filters={"area": (str(town.south),)}) == ["苗青"]
    assert shown(town, filters={"deputy": ("none",)}) == ["陈楠"]
    assert shown(town, filters={"role": ("grid_worker",)}) == ["苗青"]


def test_what_can_be_chosen(town: Town) -> None:
    from db.work import unit

    with unit(town.shen, "post.edit", write=False) as work:
        assert [one.label for one in POSTS.choices["area_id"](work)] == [
            "第一网格",
            "第一网格 · 1栋",
            "第一网格 · 2栋",
        ]
    assert {one.label for one in posts.staff(town.shen)} == {"安娜", "沈亦安", "裘慧", "雷振东"}


def test_every_order_of_the_list_can_be_paged(town: Town, chen: int) -> None:
    name(town, town.building_2, "高远", "2026-03-01")
    for sort in POSTS.sorts:
        first = listing.page(town.lei, POSTS, Listing(sort=sort.name, size=1))
        second = listing.page(town.lei, POSTS, Listing(sort=sort.name, size=1, after=first.last))
        assert {page.rows[0]["holder"] for page in (first, second)} == {"陈楠", "高远"}


@pytest.mark.parametrize(
    ("written", "found"),
    [("3栋", ["building_3"]), ("3号楼", ["building_3"]), ("第二网格 · 3栋", ["building_3"]), ("第一网格/3栋", []),
     ("第二网格", ["south"]), ("grid-2", ["south"]), ("南楼", []), ("", [])],
)  # fmt: skip
def test_what_a_ledger_calls_an_area(town: Town, written: str, found: list[str]) -> None:
    from db.work import unit

    with unit(town.anna, "post.import", write=False) as work:
        assert posts.areas_called(work, written) == [getattr(town, one) for one in found]
