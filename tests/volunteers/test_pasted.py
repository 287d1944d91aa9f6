"""A pasted list becomes sign-ups: looked through first, done once, and the same again changes nothing."""

import io
from typing import Any

import openpyxl
import pytest

from db import engine
from db.errors import Refused
from db.volunteers import pasted, signing_up
from db.volunteers.tables import Volunteer
from tests.conftest import Town
from tests.volunteers import making

CHAIN = """#接龙
周四上午陪伴
例 张三
1. 梅兰
2. 杜鹃 13900001111 +1
3. 石竹（代报）
4. 丁香
5. 梅 兰
6. 路人甲
7. dx
8. 桂花
9. 石竹 取消
"""


@pytest.fixture(autouse=True)
def counters(town: Town) -> object:
    making.nobody_is_signed_out()
    yield
    making.assert_counters_equal_the_rows()


@pytest.fixture
def ids(town: Town) -> dict[str, int]:
    made = {
        name: making.volunteer(town, name, account=False)[0]
        for name in ("梅兰", "杜鹃", "石竹", "丁香", "桂花")
    }
    made["石竹二"] = making.volunteer(town, "石竹", account=False)[0]
    return made


def looked_through(town: Town, shift: int, text: str, **values: Any) -> dict[str, str]:
    rows = pasted.dry_run(town.anna, shift_id=shift, entries=pasted.entries_of(text), **values)
    return {f"{row.number} {row.entry.name}": row.state for row in rows}


def test_each_is_said_before_anything_is_done(town: Town, ids: dict[str, int]) -> None:
    kind = making.kind(maximum=2)
    shift = making.shift(town, kind)
    other = making.shift(town, kind, start="10:00")
    signing_up.sign_up(town.anna, shift_id=other, volunteer_id=ids["丁香"])
    signing_up.sign_up(town.anna, shift_id=shift, volunteer_id=ids["桂花"])
    assert looked_through(town, shift, CHAIN) == {
        "0 梅兰": "ready", "1 杜鹃": "waits", "2 石竹": "doubtful", "3 丁香": "clash", "4 梅兰": "double",
        "5 路人甲": "unknown", "6 dx": "doubtful", "7 桂花": "already", "8 石竹": "leaves",
    }  # fmt: skip
    assert making.bookings(shift) == {"桂花": "booked"}
    chosen = looked_through(town, shift, CHAIN, chosen={2: ids["石竹二"]})
    assert chosen["2 石竹"] == "waits"
    rows = pasted.dry_run(town.anna, shift_id=shift, entries=pasted.entries_of(CHAIN))
    assert [code for code, _facts in rows[3].clashes] == ["overlap"]
    assert [one.name for one in rows[2].candidates] == ["石竹", "石竹"]
    assert rows[1].entry.more == 1


def test_applying_twice_changes_nothing(town: Town, ids: dict[str, int]) -> None:
    shift = making.shift(town, making.kind(maximum=2))
    wanted = [ids["梅兰"], ids["杜鹃"], ids["丁香"], ids["梅兰"]]
    done = pasted.apply(town.anna, shift_id=shift, volunteer_ids=wanted)
    assert (done.booked, done.waiting) == (("梅兰", "杜鹃"), ("丁香",))
    before = making.bookings(shift)
    again = pasted.apply(town.anna, shift_id=shift, volunteer_ids=wanted)
    assert (again.booked, again.waiting, set(again.already)) == ((), (), {"梅兰", "杜鹃", "丁香"})
    assert making.bookings(shift) == before == {"梅兰": "booked", "杜鹃": "booked", "丁香": "waiting"}


def test_who_cannot_is_left_out_and_the_others_get_their_places(town: Town, ids: dict[str, int]) -> None:
    kind = making.kind(maximum=3)
    shift = making.shift(town, kind)
    signing_up.sign_up(town.anna, shift_id=making.shift(town, kind, start="10:00"), volunteer_id=ids["杜鹃"])
    done = pasted.apply(town.anna, shift_id=shift, volunteer_ids=[ids["梅兰"], ids["杜鹃"], ids["丁香"]])
    assert done.booked == ("梅兰", "丁香")
    assert [(name, refused.code) for name, refused in done.refused] == [("杜鹃", "shift.unfit")]


def test_a_telephone_decides_between_two_of_the_same_name(town: Town, ids: dict[str, int]) -> None:
    with engine.writing() as session:
        one = session.get_one(Volunteer, ids["石竹二"])
        one.phone = "13912345678"
        session.add(one)
    shift = making.shift(town, making.kind())
    entries = pasted.entries_of("1. 石竹 139 1234 5678\n2. 石竹 尾号5678")
    rows = pasted.dry_run(town.anna, shift_id=shift, entries=entries)
    assert [(row.state, row.person_id) for row in rows] == [
        ("ready", ids["石竹二"]),
        ("double", ids["石竹二"]),
    ]


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_with_and_without_headings(town: Town) -> None:
    with_headings = workbook(
        ("社区志愿者报名表",), ("序号", "姓名", "联系电话"), (1, "梅 兰", 13900001111), (2, "杜鹃", None), (3, "石竹", "无")
    )  # fmt: skip
    found = pasted.entries_in(with_headings, "报名.xlsx")
    assert [(one.name, one.phone) for one in found] == [("梅兰", "13900001111"), ("杜鹃", ""), ("石竹", "")]
    assert [one.name for one in pasted.entries_in(workbook(("梅兰",), ("杜鹃",)), "a.xlsx")] == [
        "梅兰",
        "杜鹃",
    ]
    csv = "姓名,电话\n梅兰,13900001111\n杜鹃,\n".encode("gb18030")
    assert [one.name for one in pasted.entries_in(csv, "a.csv")] == ["梅兰", "杜鹃"]
    with pytest.raises(Refused, match=r"file\."):
        pasted.entries_in(b"", "a.xlsx")


def test_others_areas_are_out_of_reach(town: Town, ids: dict[str, int]) -> None:
    shift = making.shift(town, making.kind())
    with pytest.raises(Refused, match="area.outside"):
        pasted.apply(town.qiu, shift_id=shift, volunteer_ids=[ids["梅兰"]])
    south = making.shift(town, making.kind(), area_id=town.south)
    rows = pasted.dry_run(town.qiu, shift_id=south, entries=pasted.entries_of("1. 梅兰"))
    assert [row.state for row in rows] == ["unknown"]
    assert pasted.apply(town.qiu, shift_id=south, volunteer_ids=[ids["梅兰"]]).booked == ()


def test_more_than_somebody_looks_through_is_refused(town: Town) -> None:
    many = [f"{number}. 梅兰" for number in range(1, pasted.MOST + 2)]
    assert len(pasted.entries_of("\n".join(many[:-1]))) == pasted.MOST
    with pytest.raises(Refused, match=r"list\.long"):
        pasted.entries_of("\n".join(many))
    with pytest.raises(Refused, match=r"list\.long"):
        pasted.entries_in(workbook(*(("梅兰",) for _ in many)), "a.xlsx")
    with pytest.raises(Refused, match=r"list\.long"):
        pasted.put_down({}, range(pasted.MOST + 1), lambda _one: "booked")


def test_somebody_found_by_another_name_is_chosen_although_the_line_says_otherwise(
    town: Town, ids: dict[str, int]
) -> None:
    shift = making.shift(town, making.kind())
    entries = pasted.entries_of("阿兰")
    (row,) = pasted.dry_run(town.anna, shift_id=shift, entries=entries, chosen={0: ids["梅兰"]})
    assert (row.state, row.person_id, row.candidates[0].id) == ("ready", ids["梅兰"], ids["梅兰"])
    south = making.shift(town, making.kind("巡逻"), area_id=town.south)
    (row,) = pasted.dry_run(town.qiu, shift_id=south, entries=entries, chosen={0: ids["梅兰"]})
    assert (row.state, row.person_id) == ("unknown", None)


def test_of_a_given_name_alone_those_with_a_place_are_asked_about_first(
    town: Town, ids: dict[str, int]
) -> None:
    made = {name: making.volunteer(town, name, account=False)[0] for name in ("张海", "李海")}
    shift = making.shift(town, making.kind())
    signing_up.sign_up(town.anna, shift_id=shift, volunteer_id=made["李海"])
    rows = pasted.dry_run(town.anna, shift_id=shift, entries=pasted.entries_of("1. 海来不了\n2. 海"))
    assert [row.state for row in rows] == ["leaves", "doubtful"]
    for row in rows:
        assert [one.id for one in row.candidates] == [made["李海"], made["张海"]]
