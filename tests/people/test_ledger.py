"""Importing residents' ledgers: rows matched and never guessed, everything or nothing, undone as a whole."""

import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest

from db import access, clock, importing, keeping, listing, parsing, work
from db.access import Viewer
from db.errors import Refused
from db.importing import Choices, Plan, Stopped, marks
from db.listing import Listing
from db.people import groups, residents
from db.people.households import HOUSEHOLDS
from db.people.residents import RESIDENTS
from tests.conftest import NOON, Town
from tests.workbook_samples import xlsx

HEADINGS = ("姓名", "身份证号", "联系电话", "楼栋", "单元", "房号")
ZHANG = parsing.make_id("320113", date(1942, 3, 7), 128)
WANG = parsing.make_id("320113", date(1950, 5, 1), 131)
LI = parsing.make_id("320113", date(1988, 8, 18), 222)

FAMILY: tuple[tuple[Any, ...], ...] = (
    ("张桂梅", ZHANG, "13800001234", "1栋", "2", "402"),
    ("王建国", WANG, "138 0000 5678", "1栋", "2", "402"),
    ("李晓燕", LI, "", "2栋", "1", "101"),
)


@pytest.fixture(autouse=True)
def known_groups(town: Town) -> None:
    with work.unit(access.system(), "group.edit", write=True) as unit:
        groups.ensure_groups(unit)


def planned(
    viewer: Viewer, rows: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS, choices: Choices | None = None,
    chosen: Mapping[int, str] | None = None,
) -> Plan:  # fmt: skip
    upload = importing.opened(xlsx([("红星社区居民台账",), headings, *rows]), "台账.xlsx")
    mapping = chosen or importing.mapping(viewer, RESIDENTS, upload.table).columns
    return importing.plan(viewer, RESIDENTS, upload, mapping, choices)


def brought(viewer: Viewer, rows: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS) -> int:
    return importing.apply(viewer, planned(viewer, rows, headings)).import_id


def names(viewer: Viewer, **filters: tuple[str, ...]) -> list[str]:
    rows = listing.page(viewer, RESIDENTS, Listing(filters=filters, sort="name", size=100)).rows
    return sorted(row["name"] for row in rows)


def person(viewer: Viewer, name: str) -> dict[str, Any]:
    (row,) = listing.page(viewer, RESIDENTS, Listing(search=name)).rows
    with work.unit(viewer, "resident.view", write=False) as unit:
        return listing.row_of(unit, RESIDENTS, row["id"], "resident.view")


def why(plan: Plan, row: int = 0) -> list[str]:
    return [remark.code for remark in plan.rows[row].remarks]


def outcomes(plan: Plan) -> list[str]:
    return [row.outcome for row in plan.rows]


def test_a_family_moves_in(town: Town) -> None:
    assert importing.apply(town.shen, planned(town.shen, FAMILY)).counts["new"] == 3
    assert names(town.shen) == ["张桂梅", "李晓燕", "王建国"]
    zhang, wang = person(town.shen, "zgm"), person(town.shen, "13800005678")
    assert (zhang["born"], zhang["sex"], zhang["address"]) == (date(1942, 3, 7), "female", "1-2-402")
    assert zhang["household_id"] == wang["household_id"] is not None
    assert zhang["place"] == wang["place"]


def test_the_dry_run_writes_nothing(town: Town) -> None:
    planned(town.shen, FAMILY)
    assert names(town.shen) == []


def test_the_same_file_again_changes_nothing(town: Town) -> None:
    headings = (
        "姓名",
        "身份证号",
        "性别",
        "电话",
        "地址",
        "户号",
        "与户主关系",
        "重点类别",
        "人户分离",
        "关爱对象",
        "状态",
        "备注",
    )
    rows = [
        ("张桂梅", ZHANG, "女", "13800001234/025-58801234", "1栋2单元402", "H1", "户主", "独居、残疾人", "否", "否", "", "无"),
        ("王建国", "", 1, "", "1-2-402", "H2", "其他", "", "是", "", "死亡", "听力差"),
    ]  # fmt: skip
    first = importing.apply(town.shen, planned(town.shen, rows, headings))
    again = planned(town.shen, rows, headings)
    assert first.counts["new"] == 2
    assert outcomes(again) == ["unchanged", "unchanged"]
    assert importing.apply(town.shen, again).import_id == 0
    assert person(town.shen, "张桂梅")["in_care"] is True


def test_a_change_says_from_what_to_what_and_masks_numbers(town: Town) -> None:
    brought(town.shen, FAMILY)
    plan = planned(town.shen, [("张桂梅", ZHANG, "13911112222", "2栋", "1", "303")])
    assert outcomes(plan) == ["changed"]
    assert [(one.name, one.old, one.new) for one in plan.rows[0].changes] == [
        ("phone", "138****1234", "138****1234、139****2222"),
        ("address", "1-2-402", "2-1-303"),
    ]
    importing.apply(town.shen, plan)
    zhang = person(town.shen, "13911112222")
    assert (zhang["name"], zhang["address"], zhang["version"]) == ("张桂梅", "2-1-303", 2)
    assert person(town.shen, "13800001234")["phone"] == zhang["phone"] == "13800001234、13911112222"
    history = listing.history(town.shen, RESIDENTS, zhang["id"])
    assert (history[0].action, history[0].changes["address"]) == ("resident.import", ["1-2-402", "2-1-303"])


def test_blank_cells_and_damaged_numbers_erase_nothing(town: Town) -> None:
    brought(town.shen, FAMILY)
    plan = planned(
        town.shen, [("张桂梅", 3.20113e17, "13800001234", "", "", ""), ("王建国", WANG, "", "", "", "")]
    )
    assert outcomes(plan) == ["unchanged", "unchanged"]
    assert why(plan) == ["id.damaged"]
    assert plan.rows[0].remarks[0].value.startswith("32011")


def test_a_new_person_with_a_damaged_number_is_refused_unless_chosen(town: Town) -> None:
    rows = [("方石", "320113500501131", "", "1栋", "1", "101"), ("方木", 3.20113e17, "", "1栋", "1", "101")]
    plan = planned(town.shen, rows)
    assert outcomes(plan) == ["new", "refused"]  # fifteen digits are an old number
    assert [(one.code, one.level, plan.heading(one.column)) for one in plan.rows[1].remarks] == [
        ("id.damaged", "refused", "身份证号")
    ]
    again = planned(town.shen, rows, choices=Choices(without_number=True))
    assert outcomes(again) == ["new", "new"]


@pytest.mark.parametrize(
    "cells",
    [
        ("张桂梅", "", "13800001234", "", "", ""),  # name and telephone
        ("张桂梅", "", "", "1栋", "2", "402"),  # name and home
    ],
)
def test_without_a_number_name_and_telephone_or_home_will_do(town: Town, cells: tuple[Any, ...]) -> None:
    brought(town.shen, FAMILY)
    assert outcomes(planned(town.shen, [cells])) == ["unchanged"]


def test_the_number_is_added_to_whoever_had_none(town: Town) -> None:
    brought(town.shen, [("张桂梅", "", "13800001234", "1栋", "2", "402")])
    plan = planned(town.shen, [FAMILY[0]])
    assert outcomes(plan) == ["changed"]
    importing.apply(town.shen, plan)
    assert person(town.shen, ZHANG)["born"] == date(1942, 3, 7)


def test_several_who_match_are_never_guessed(town: Town) -> None:
    for room in ("101", "102"):
        residents.add(
            town.shen,
            values={"name": "王伟", "born": date(1970, 1, 1), "area_id": town.building_1, "note": room},
            different_from=range(100),
        )
    headings = ("姓名", "出生日期", "备注", "楼栋")
    rows = [("王伟", "1970.1.1", "新备注", "1栋")]
    plan = planned(town.shen, rows, headings)
    assert (outcomes(plan), why(plan)) == (["doubtful"], ["import.several_match"])
    assert len(plan.rows[0].candidates) == 2
    assert importing.apply(town.shen, plan).import_id == 0
    second = plan.rows[0].candidates[1].record_id
    done = importing.apply(town.shen, plan, Choices(records={plan.rows[0].key: second}))
    assert done.counts == {"new": 0, "changed": 1, "unchanged": 0, "doubtful": 0, "refused": 0}
    assert listing.get(town.shen, RESIDENTS, second).values["note"] == "新备注"
    assert outcomes(planned(town.shen, rows, headings, Choices(records={plan.rows[0].key: "new"}))) == ["new"]
    assert outcomes(planned(town.shen, rows, headings, Choices(records={plan.rows[0].key: "skip"}))) == [
        "refused"
    ]


def test_another_birth_date_or_number_in_the_same_home_is_asked_about(town: Town) -> None:
    brought(town.shen, FAMILY)
    other = parsing.make_id("320113", date(1942, 3, 7), 148)
    assert why(planned(town.shen, [("张桂梅", other, "", "1栋", "2", "402")])) == ["import.number_differs"]
    plan = planned(town.shen, [("张桂梅", "1950-01-01", "1栋2单元402")], ("姓名", "出生日期", "地址"))
    assert why(plan) == ["import.birth_date_differs"]


def test_the_same_person_twice_in_the_file(town: Town) -> None:
    rows = [
        FAMILY[0],
        ("张桂梅", ZHANG.lower(), "", "1栋", "2", "402"),
        ("张桂梅", "", "13800001234", "1栋", "2", "402"),
    ]
    plan = planned(town.shen, rows)
    assert outcomes(plan) == ["new", "refused", "refused"]
    assert plan.rows[1].remarks[-1].facts == {"row": 3}


def test_contradictions_are_reported_and_not_mended(town: Town) -> None:
    plan = planned(
        town.shen,
        [("张桂梅", ZHANG, "男", "1943-03-07", "1-2-402")],
        ("姓名", "身份证号", "性别", "出生日期", "地址"),
    )
    assert (outcomes(plan), why(plan)) == (["new"], ["id.birth_differs", "id.sex_differs"])
    importing.apply(town.shen, plan)
    assert person(town.shen, "张桂梅")["born"] == date(1943, 3, 7)


def test_rows_outside_ones_areas_are_refused(town: Town) -> None:
    brought(town.qiu, [("裘安", LI, "", "3栋", "1", "101")])
    plan = planned(town.shen, [("李四", WANG, "", "3栋", "1", "101"), ("裘安", LI, "", "1栋", "1", "101")])
    assert outcomes(plan) == ["refused", "refused"]
    assert [why(plan, 0), why(plan, 1)] == [["import.outside"], ["import.registered_elsewhere"]]
    with pytest.raises(Refused, match=r"access\.denied"):
        planned(town.lei, FAMILY, chosen={0: "name"})


def test_missing_buildings_are_offered_and_never_silently_made(town: Town) -> None:
    headings = ("姓名", "地址", "所属网格")
    rows = [
        ("赵一", "12栋3单元402", "第二网格"),
        ("赵二", "12-3-402", "2网格"),
        ("赵三", "13幢101", "第五网格"),
    ]
    plan = planned(town.anna, rows, headings)
    assert outcomes(plan) == ["refused"] * 3
    assert why(plan) == ["import.place_missing"]
    assert [(one.key, one.rows, one.parent_id, one.parent_key) for one in plan.missing] == [
        ("grid:#5", 0, town.community, ""),
        ("building:12", 2, town.south, ""),
        ("building:13", 1, None, "grid:#5"),
    ]
    assert importing.apply(town.anna, plan).import_id == 0
    twelve = Choices(places={"building:12": None})
    assert outcomes(planned(town.anna, rows, headings, twelve)) == ["new", "new", "refused"]
    both = Choices(places={"building:12": town.north, "building:13": None, "grid:#5": None})
    importing.apply(town.anna, plan, both)
    assert person(town.shen, "赵一")["address"] == person(town.shen, "赵二")["address"] == "12-3-402"
    assert person(town.anna, "赵三")["area_path"].startswith(town.path(town.community))
    assert outcomes(planned(town.anna, rows, headings)) == ["unchanged"] * 3


def test_what_is_said_to_be_left_out_is_left_out(town: Town) -> None:
    headings = ("姓名", "地址", "工作单位", "出生日期")
    plan = planned(
        town.shen, [("赵一", "1栋2单元402", "厂" * 81, clock.today() + timedelta(days=1))], headings
    )
    assert [(one.code, one.level) for one in plan.rows[0].remarks] == [
        ("field.too_long", "left_out"), ("date.future", "left_out"),
    ]  # fmt: skip
    importing.apply(town.shen, plan)
    assert (person(town.shen, "赵一")["employer"], person(town.shen, "赵一")["born"]) == ("", None)


def test_missing_buildings_are_called_what_the_ledger_calls_them(town: Town) -> None:
    rows = [
        ("赵一", "新2栋402", "第二网格"),
        ("赵二", "综合楼101", "第二网格"),
        ("赵三", "牡丹栋101", "第二网格"),
        ("赵四", "2栋101", ""),
    ]
    plan = planned(town.anna, rows, ("姓名", "地址", "所属网格"))
    assert {one.name: one.number for one in plan.missing} == {
        "新2栋": "新2",
        "综合楼": "综合楼",
        "牡丹栋": "牡丹",
    }
    assert outcomes(plan) == ["refused"] * 3 + ["new"]
    importing.apply(town.anna, plan, Choices(places={one.key: None for one in plan.missing}))
    assert person(town.anna, "赵一")["address"] == "新2-402"
    assert person(town.anna, "赵四")["address"] == "2-101"
    assert outcomes(planned(town.anna, rows, ("姓名", "地址", "所属网格"))) == ["unchanged"] * 4


def test_whoever_may_not_add_areas_cannot_have_them_made(town: Town) -> None:
    plan = planned(town.shen, [("赵一", "", "", "12栋", "3", "402")])
    assert (plan.may_create, outcomes(plan)) == (False, ["refused"])
    with pytest.raises(Refused, match=r"import\.no_right_to_create"):
        importing.apply(town.shen, plan, Choices(places={"building:12": None}))


def test_a_place_that_cannot_be_read_refuses_a_new_person_only(town: Town) -> None:
    brought(town.shen, FAMILY)
    rows = [("张桂梅", ZHANG, "老地方"), ("陈新", "", "老地方"), ("陈二", "", "")]
    columns = {0: "name", 1: "id_number", 2: "address"}
    plan = planned(town.shen, rows, ("姓名", "身份证号", "地址"), chosen=columns)
    assert outcomes(plan) == ["unchanged", "refused", "refused"]
    assert [why(plan, row) for row in range(3)] == [
        ["address.unreadable"],
        ["address.unreadable"],
        ["import.no_place"],
    ]


@pytest.mark.parametrize(
    ("building", "address", "lives_at", "code"),
    [
        ("1栋", "1栋2单元402", "1-2-402", []),
        ("1", "第一网格1栋 2-402", "1-2-402", []),
        ("1栋", "2-402", "1-2-402", []),  # stair and room, not building 2
        ("1栋", "2单元402室", "1-2-402", []),
        ("1栋", "402室", "1-402", []),
        ("1栋", "锻压里", "1栋", ["address.unreadable"]),
        ("1栋", "幸福路12号", "1栋", []),
    ],
)
def test_the_address_beside_a_building_gives_the_home(
    town: Town, building: str, address: str, lives_at: str, code: list[str]
) -> None:
    plan = planned(town.shen, [("张桂梅", building, address)], ("姓名", "楼栋", "住址"))
    assert (outcomes(plan), why(plan)) == (["new"], code)
    importing.apply(town.shen, plan)
    assert person(town.shen, "张桂梅")["address"] == lives_at


def test_a_building_and_an_address_that_contradict_each_other_move_nobody(town: Town) -> None:
    headings = ("姓名", "身份证号", "楼栋", "住址", "所属网格")
    brought(town.shen, FAMILY[:1])
    rows = [("张桂梅", ZHANG, "1栋", "2栋1单元101", ""), ("陈新", "", "2栋", "5栋1单元101", "第一网格")]
    plan = planned(town.shen, rows, headings)
    assert outcomes(plan) == ["unchanged", "refused"]
    assert [why(plan, 0), why(plan, 1)] == [["import.building_differs"]] * 2
    assert marks.sentence(plan.rows[1].remarks[0]).startswith(
        "The column of the building says “2栋”, the address “5栋1单元101”."
    )


def test_columns_with_a_room_are_believed_before_another_address(town: Town) -> None:
    headings = ("姓名", "楼栋", "房号", "住址")
    rows = [("张桂梅", "1栋", "402", "2栋402"), ("陈新", "1栋", "402", "幸福路12号402室")]
    plan = planned(town.shen, rows, headings)
    assert (outcomes(plan), why(plan, 0), why(plan, 1)) == (["new", "new"], ["import.address_differs"], [])


def test_several_groups_stand_in_one_cell(town: Town) -> None:
    headings = ("姓名", "地址", "重点类别")
    plan = planned(town.shen, [("张桂梅", "1-2-402", "独居，残疾、爱唱歌")], headings)
    assert [(one.code, one.level) for one in plan.rows[0].remarks] == [("import.group_unknown", "left_out")]
    importing.apply(town.shen, plan)
    assert names(town.shen, group=("alone",)) == names(town.shen, group=("disabled",)) == ["张桂梅"]
    importing.apply(town.shen, planned(town.shen, [("张桂梅", "1-2-402", "低保户")], headings))
    assert names(town.shen, group=("alone",)) == names(town.shen, group=("allowance",)) == ["张桂梅"]


def test_a_column_for_each_group_is_ticked(town: Town) -> None:
    headings = ("姓名", "身份证号", "地址", "独居", "是否残疾", "低保", "重点类别")
    rows = [
        ("张桂梅", ZHANG, "1-2-402", "√", "是", "", "失能"),
        ("王建国", WANG, "1-2-402", "否", 1, "低保户", ""),
        ("李晓燕", LI, "2-1-101", "", "无", "三个月", "独居"),
    ]
    upload = importing.opened(xlsx([headings, *rows]), "台账.xlsx")
    columns = importing.mapping(town.shen, RESIDENTS, upload.table).columns
    assert list(columns.values())[3:] == ["group:alone", "group:disabled", "group:allowance", "groups"]
    plan = importing.plan(town.shen, RESIDENTS, upload, columns)
    assert [(one.code, one.level, one.value) for one in plan.rows[2].remarks] == [
        ("yes_no.wrong", "left_out", "三个月"),
        ("import.not_elderly", "note", ""),
    ]
    importing.apply(town.shen, plan)
    assert names(town.shen, group=("alone",)) == ["张桂梅"]
    assert names(town.shen, group=("disabled",)) == ["张桂梅", "王建国"]
    assert names(town.shen, group=("allowance",)) == ["王建国"]
    assert names(town.shen, group=("unable",)) == names(town.shen, in_care=("yes",))[:1] == ["张桂梅"]
    assert outcomes(importing.plan(town.shen, RESIDENTS, upload, columns)) == ["unchanged"] * 3
    ticked = planned(town.shen, [("王建国", WANG, "", "✓", "", "", "")], headings)
    assert [(one.name, one.new) for one in ticked.rows[0].changes if one.name == "groups"] == [
        ("groups", "独居老人")
    ]


def test_somebody_younger_who_lives_alone_is_no_elder(town: Town) -> None:
    headings = ("姓名", "身份证号", "地址", "重点类别")
    rows = [("李晓燕", LI, "2-1-101", "独居、低保"), ("张桂梅", ZHANG, "1-2-402", "独居")]
    plan = planned(town.shen, rows, headings)
    assert (why(plan, 0), why(plan, 1)) == (["import.not_elderly"], [])
    importing.apply(town.shen, plan)
    assert names(town.shen, group=("alone",)) == ["张桂梅"]
    assert names(town.shen, group=("allowance",)) == ["李晓燕"]
    assert person(town.shen, "李晓燕")["living"] == "alone"
    assert outcomes(planned(town.shen, rows, headings)) == ["unchanged"] * 2


@pytest.mark.parametrize(
    ("cell", "groups", "said"),
    [
        ("残疾（二级）", ["disabled"], ("import.group_degree", "note", "残疾(二级)")),
        ("残疾二级、独居", ["alone", "disabled"], ("import.group_degree", "note", "残疾二级")),
        ("低保（残疾、失能）", ["allowance", "disabled", "unable"], None),
        ("高龄独居；失能", ["alone", "unable"], None),
        ("爱唱歌；失能", ["unable"], ("import.group_unknown", "left_out", "爱唱歌")),
        ("非独居", [], ("import.group_unknown", "left_out", "非独居")),
    ],
)
def test_groups_are_read_as_people_write_them(
    town: Town, cell: str, groups: list[str], said: tuple[str, str, str] | None
) -> None:
    plan = planned(town.shen, [("张桂梅", ZHANG, "1-2-402", cell)], ("姓名", "身份证号", "地址", "特殊情况"))
    assert [(one.code, one.level, one.value) for one in plan.rows[0].remarks] == ([said] if said else [])
    importing.apply(town.shen, plan)
    for code in ("alone", "disabled", "allowance", "unable"):
        assert names(town.shen, group=(code,)) == (["张桂梅"] if code in groups else [])


@pytest.mark.parametrize(
    ("word", "relation"), [("户 主", "head"), ("之子", "child"), ("户主之女", "child"), ("其妻", "spouse")]
)
def test_relations_are_read_as_people_write_them(town: Town, word: str, relation: str) -> None:
    plan = planned(town.shen, [("张桂梅", "1-2-402", word)], ("姓名", "地址", "家庭关系"))
    assert plan.rows[0].values["relation"] == relation


def test_a_remark_that_somebody_left_asks_to_look_at_the_status(town: Town) -> None:
    headings = ("姓名", "地址", "备注", "状态")
    rows = [
        ("赵一", "1-2-402", "已故", ""),
        ("赵二", "1-2-402", "2025年搬走了", ""),
        ("赵三", "1-2-402", "老伴已去世", ""),
        ("赵四", "1-2-402", "已搬走", "迁出"),
    ]
    plan = planned(town.shen, rows, headings)
    assert outcomes(plan) == ["new"] * 4
    assert [[(one.code, one.value) for one in row.remarks] for row in plan.rows] == [
        [("import.note_says_left", "已故")], [("import.note_says_left", "搬走")], [], [],
    ]  # fmt: skip
    importing.apply(town.shen, plan)
    assert names(town.shen) == ["赵一", "赵三", "赵二"]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("1942年3月", []),
        ("1942年", []),
        ("42.3.7", []),
        ("1942年5月", ["id.birth_differs"]),
        ("1942-03-08", ["id.birth_differs"]),
    ],
)
def test_the_number_decides_where_the_date_of_birth_is_not_sure(
    town: Town, cell: str, said: list[str]
) -> None:
    plan = planned(town.shen, [("张桂梅", ZHANG, cell, "1-2-402")], ("姓名", "身份证号", "出生日期", "地址"))
    assert why(plan) == said
    exact = date(1942, 3, 8 if cell.endswith("08") else 7)
    assert plan.rows[0].values["born"] == exact


def test_two_digits_of_a_year_are_decided_by_the_number(town: Town) -> None:
    rows = [
        ("沈元", parsing.make_id("320113", date(2019, 5, 12), 131), "19.5.12", "1-2-402"),
        ("顾久", parsing.make_id("320113", date(1919, 5, 12), 131), "19.5.12", "1-2-402"),
    ]
    plan = planned(town.shen, rows, ("姓名", "身份证号", "出生日期", "地址"))
    assert [row.values["born"].year for row in plan.rows] == [2019, 1919]
    assert [row.remarks for row in plan.rows] == [(), ()]


def test_a_month_does_not_overwrite_the_day_on_file(town: Town) -> None:
    headings = ("姓名", "出生日期", "地址")
    brought(town.shen, [("沈元", "1997-08-22", "1-2-402")], headings)
    plan = planned(town.shen, [("沈元", "1997年8月", "1-2-402")], headings)
    assert (outcomes(plan), why(plan)) == (["unchanged"], [])
    assert why(planned(town.shen, [("沈元", "1997年9月", "1-2-402")], headings)) == [
        "date.month_only", "import.birth_date_differs",
    ]  # fmt: skip


def test_a_telephone_on_file_stays_and_a_new_one_is_added(town: Town) -> None:
    brought(town.shen, [("张桂梅", ZHANG, "13800001234/0516-8345678", "1栋", "2", "402")])
    assert outcomes(planned(town.shen, [("张桂梅", ZHANG, "05168345678", "", "", "")])) == ["unchanged"]
    brought(town.shen, [("张桂梅", ZHANG, "13900005678、138-0000-1234", "", "", "")])
    assert person(town.shen, "张桂梅")["phone"] == "13800001234、0516-8345678、13900005678"


def test_the_same_name_in_the_same_building_is_asked_about(town: Town) -> None:
    headings = ("姓名", "地址", "身份证号", "出生日期")
    brought(town.shen, [("林雨瑶", "1-3-101", LI, "")], headings)
    plan = planned(town.shen, [("林雨瑶", "1栋3单元", "", "")], headings)
    assert (outcomes(plan), why(plan)[-1]) == (["doubtful"], "import.stair_noted")
    assert "import.same_building" in why(plan)
    (candidate,) = plan.rows[0].candidates
    done = importing.apply(town.shen, plan, Choices(records={plan.rows[0].key: candidate.record_id}))
    assert done.counts["unchanged"] == 1
    others = [
        ("林雨瑶", "2栋3单元", "", ""),
        ("林雨瑶", "1-1-303", WANG, ""),
        ("林雨瑶", "1-5-505", "", "1950-01-01"),
    ]
    assert outcomes(planned(town.shen, others, headings)) == ["new"] * 3


def test_a_stair_without_a_room_is_kept_in_the_remarks(town: Town) -> None:
    headings = ("姓名", "身份证号", "地址", "备注")
    rows = [("林雨瑶", LI, "1栋3单元", ""), ("张桂梅", ZHANG, "1栋3单元", "爱下棋")]
    plan = planned(town.shen, rows, headings)
    assert why(plan, 0) == why(plan, 1) == ["import.stair_noted"]
    importing.apply(town.shen, plan)
    assert (person(town.shen, "林雨瑶")["note"], person(town.shen, "林雨瑶")["address"]) == (
        "1栋3单元",
        "1栋",
    )
    assert person(town.shen, "张桂梅")["note"] == "爱下棋；1栋3单元"
    assert outcomes(planned(town.shen, rows, headings)) == ["unchanged"] * 2


def test_what_follows_from_other_fields_is_no_target(town: Town) -> None:
    for register in (RESIDENTS, HOUSEHOLDS):
        known = importing.meanings(town.anna, register)
        with work.unit(town.anna, "resident.view", write=False) as unit:
            specs = listing.all_specs(unit, register)
        offered = [name for name, spec in specs.items() if spec.derived and name in known]
        # The address of a residents' ledger is read into building, stair and room.
        assert offered == (["address"] if register is RESIDENTS else [])
    headings = ("楼栋", "单元", "房号", "地址")
    upload = importing.opened(xlsx([headings, ("1栋", "2", "402", "1-2-402")]), "户.xlsx")
    assert "address" not in importing.mapping(town.anna, HOUSEHOLDS, upload.table).columns.values()


def test_stopping_midway_leaves_nothing(town: Town) -> None:
    plan = planned(town.shen, FAMILY)

    def stop(share: float, _counts: Mapping[str, int]) -> None:
        if share > 0:
            raise Stopped

    with pytest.raises(Stopped):
        importing.apply(town.shen, plan, progress=stop)
    assert names(town.shen) == []
    assert importing.imports(town.shen, RESIDENTS) == []
    seen: list[float] = []
    importing.apply(town.shen, plan, progress=lambda share, _counts: seen.append(share))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_what_changed_since_the_dry_run_is_not_overwritten(town: Town) -> None:
    brought(town.shen, FAMILY)
    plan = planned(
        town.shen, [("张桂梅", ZHANG, "13911112222", "", "", ""), ("王建国", WANG, "13911113333", "", "", "")]
    )
    zhang = person(town.anna, "张桂梅")
    keeping.edit(town.anna, RESIDENTS, zhang["id"], zhang["version"], {"phone": "13700000000"})
    with pytest.raises(Refused) as refusal:
        importing.apply(town.shen, plan)
    assert refusal.value.code == "import.stale"
    assert refusal.value.facts["numbers"] == [3]
    assert person(town.shen, "13700000000")["name"] == "张桂梅"
    assert importing.apply(town.shen, refusal.value.facts["plan"]).counts["changed"] == 2


def test_an_edit_of_somebody_else_is_no_obstacle(town: Town) -> None:
    brought(town.shen, FAMILY)
    plan = planned(town.shen, [("张桂梅", ZHANG, "13911112222", "", "", "")])
    wang = person(town.anna, "王建国")
    keeping.edit(town.anna, RESIDENTS, wang["id"], wang["version"], {"note": "爱下棋"})
    assert importing.apply(town.shen, plan).counts["changed"] == 1


def test_an_import_is_undone_and_done_again(town: Town) -> None:
    brought(town.shen, FAMILY[:1])
    before = person(town.shen, "张桂梅")
    rows = [("张桂梅", ZHANG, "13911112222", "2栋", "1", "303"), *FAMILY[1:]]
    second = brought(town.shen, rows)
    importing.undo(town.shen, second)
    assert names(town.shen) == ["张桂梅"]
    after = person(town.shen, "13800001234")
    same = set(before) - {"version", "changed_at"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert listing.page(town.shen, RESIDENTS, Listing(search=WANG)).total == 0
    assert [one.undone_at is not None for one in importing.imports(town.shen, RESIDENTS)] == [True, False]
    with pytest.raises(Refused, match=r"import\.undone"):
        importing.undo(town.shen, second)
    assert importing.apply(town.shen, planned(town.shen, rows)).counts == {
        "new": 2, "changed": 1, "unchanged": 0, "doubtful": 0, "refused": 0
    }  # fmt: skip


def test_groups_are_undone_with_the_rest(town: Town) -> None:
    headings = ("姓名", "身份证号", "地址", "重点类别")
    brought(town.shen, FAMILY[:1])
    done = brought(town.shen, [("张桂梅", ZHANG, "", "独居")], headings)
    assert person(town.shen, "张桂梅")["in_care"] is True
    importing.undo(town.shen, done)
    assert names(town.shen, group=("alone",)) == []
    assert person(town.shen, "张桂梅")["in_care"] is False
    brought(town.shen, [("张桂梅", ZHANG, "", "独居")], headings)
    assert names(town.shen, group=("alone",)) == ["张桂梅"]


def test_leaving_by_ledger_ends_the_groups_and_undoing_brings_them_back(town: Town) -> None:
    brought(town.shen, [("张桂梅", ZHANG, "1-2-402", "独居")], ("姓名", "身份证号", "地址", "重点类别"))
    done = brought(town.shen, [("张桂梅", ZHANG, "迁出")], ("姓名", "身份证号", "状态"))
    assert names(town.shen) == []
    importing.undo(town.shen, done)
    assert names(town.shen, group=("alone",)) == ["张桂梅"]
    assert person(town.shen, "张桂梅")["in_care"] is True


def test_undo_says_which_records_stand_in_the_way(town: Town) -> None:
    done = brought(town.shen, FAMILY)
    wang = person(town.shen, "王建国")
    with clock.at(NOON + timedelta(hours=1)):
        keeping.edit(town.shen, RESIDENTS, wang["id"], wang["version"], {"note": "爱下棋"})
        residents.set_groups(town.shen, resident_id=person(town.shen, "李晓燕")["id"], codes=["disabled"])
    with pytest.raises(Refused) as refusal:
        importing.undo(town.shen, done)
    assert refusal.value.code == "import.edited"
    assert sorted(refusal.value.facts["records"].values()) == ["李晓燕", "王建国"]
    assert len(names(town.shen)) == 3


def test_the_rest_of_an_import_is_undone_where_some_were_edited_since(town: Town) -> None:
    headings = ("姓名", "身份证号", "地址", "重点类别")
    rows = [
        ("张桂梅", ZHANG, "1-2-402", "独居"),
        ("王建国", WANG, "1-2-403", "独居"),
        ("李晓燕", LI, "1-2-404", ""),
    ]
    done = brought(town.shen, rows, headings)
    wang = person(town.shen, "王建国")
    with clock.at(NOON + timedelta(hours=1)):
        keeping.edit(town.shen, RESIDENTS, wang["id"], wang["version"], {"note": "爱下棋"})
    with pytest.raises(Refused) as refusal:
        importing.undo(town.shen, done)
    assert refusal.value.facts["others"] == 2
    assert importing.undo(town.shen, done, rest=True) == {wang["id"]: "王建国"}
    assert names(town.shen) == names(town.shen, group=("alone",)) == ["王建国"]
    assert person(town.shen, "王建国")["address"] == "1-2-403"
    homes = listing.page(town.shen, HOUSEHOLDS, Listing()).rows
    assert [row["address"] for row in homes] == ["1-2-403"]
    with pytest.raises(Refused, match=r"import\.undone"):
        importing.undo(town.shen, done)


def test_where_all_were_edited_since_there_is_no_rest(town: Town) -> None:
    done = brought(town.shen, FAMILY[:1])
    zhang = person(town.shen, "张桂梅")
    with clock.at(NOON + timedelta(hours=1)):
        keeping.edit(town.shen, RESIDENTS, zhang["id"], zhang["version"], {"note": "爱下棋"})
    with pytest.raises(Refused, match=r"import\.edited"):
        importing.undo(town.shen, done, rest=True)


def test_only_ones_own_imports_are_undone(town: Town) -> None:
    done = brought(town.shen, FAMILY)
    with pytest.raises(Refused, match=r"import\.not_yours"):
        importing.undo(town.qiu, done)
    assert importing.imports(town.qiu, RESIDENTS) == []
    importing.undo(town.anna, done)
    assert names(town.anna) == []


def test_the_columns_are_remembered(town: Town) -> None:
    headings = ("甲", "乙", "丙")
    rows = [("张桂梅", ZHANG, "1-2-402")]
    plan = planned(town.shen, rows, headings, chosen={0: "name", 1: "id_number", 2: "address"})
    importing.apply(town.shen, plan)
    upload = importing.opened(xlsx([headings, *rows]), "别的.xlsx")
    suggestion = importing.mapping(town.shen, RESIDENTS, upload.table)
    assert (suggestion.remembered, suggestion.columns) == (True, {0: "name", 1: "id_number", 2: "address"})


def test_a_column_that_numbers_the_rows_is_no_household_number(town: Town) -> None:
    headings = ("编号", "姓名", "身份证号", "地址")
    rows = [(number, *FAMILY[0][:2], "老地方") for number in range(1, 8)]
    for some in (rows, rows[:1]):
        upload = importing.opened(xlsx([headings, *some]), "台账.xlsx")
        columns = importing.mapping(town.shen, RESIDENTS, upload.table).columns
        assert columns == {1: "name", 2: "id_number", 3: "address"}
    upload = importing.opened(xlsx([("户号", *headings[1:]), *rows]), "台账.xlsx")
    assert importing.mapping(town.shen, RESIDENTS, upload.table).columns[0] == "household_number"


def test_the_usual_headings_of_a_ledger_are_understood(town: Town) -> None:
    headings = (
        "序号", "姓名", "身份证号", "性别", "出生日期", "联系电话", "现住小区/建筑", "门牌", "所属网格", "与户主关系", "人员类型",
        "重点类别", "户籍地址", "户号", "人户分离", "民族", "政治面貌", "婚姻", "文化程度", "工作单位", "健康", "备注",
    )  # fmt: skip
    row = (
        1, "张桂梅", ZHANG, "女", "1942年3月7日", 13800001234, "红星小区1栋", "2单元402", "第一网格", "户主", "常住", "独居老人",
        "某市某路1号", "H001", "否", "汉族", "群众", "丧偶", "小学", "红星机械厂", "高血压", "每周三有人送饭",
    )  # fmt: skip
    upload = importing.opened(xlsx([headings, row]), "台账.xlsx")
    suggestion = importing.mapping(town.shen, RESIDENTS, upload.table)
    assert list(suggestion.columns.values()) == [
        "name", "id_number", "sex", "born", "phone", "building", "room", "grid", "relation", "stay", "groups",
        "registered_at", "household_number", "apart", "ethnic", "party", "marriage", "school", "employer", "health", "note",
    ]  # fmt: skip
    plan = importing.plan(town.shen, RESIDENTS, upload, suggestion.columns)
    assert (outcomes(plan), plan.rows[0].remarks) == (["new"], ())
    importing.apply(town.shen, plan)
    assert person(town.shen, "1-2-402")["health"] == "高血压"


def test_the_workbook_comes_back_with_reasons_and_is_read_again(town: Town) -> None:
    rows = [FAMILY[0], ("王建国", WANG[:-1] + "7", "", "1栋", "2", "402")]
    plan = planned(town.shen, rows)
    data = marks.annotated(plan)
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.worksheets[0]
    assert "does not fit" in sheet["B4"].comment.text
    assert [sheet.cell(row, 7).value[:7] for row in (3, 4)] == ["New", "Refused"]
    sheet["B4"] = WANG
    mended = io.BytesIO()
    book.save(mended)
    upload = importing.opened(mended.getvalue(), "台账.xlsx")
    suggestion = importing.mapping(town.shen, RESIDENTS, upload.table)
    assert outcomes(importing.plan(town.shen, RESIDENTS, upload, suggestion.columns)) == ["new", "new"]


def test_a_custom_field_is_imported(town: Town) -> None:
    from db import custom

    key = custom.add_custom_field(town.anna, register="residents", label="助餐点", kind="text")
    secret = custom.add_custom_field(
        town.anna, register="residents", label="用药", kind="text", sensitive=True
    )
    headings = ("姓名", "身份证号", "地址", "助餐点", "用药")
    brought(town.shen, [("张桂梅", ZHANG, "1-2-402", "东门", "降压药")], headings)
    row = person(town.shen, "张桂梅")
    assert row["extra"][key] == "东门"
    assert "降压药" not in str(row["extra"])
    plan = planned(town.shen, [("张桂梅", ZHANG, "1-2-402", "西门", "降压药")], headings)
    assert [one.name for one in plan.rows[0].changes] == [key]
    assert secret not in plan.rows[0].values
    importing.apply(town.shen, plan)
    assert person(town.shen, "张桂梅")["extra"][key] == "西门"


@pytest.mark.parametrize(
    ("chosen", "code"),
    [({1: "id_number"}, "import.column_missing"), ({0: "name", 1: "name"}, "import.column_twice"), ({0: "nose"}, "import.column_unknown")],
)  # fmt: skip
def test_an_odd_choice_of_columns_is_refused(town: Town, chosen: dict[int, str], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        planned(town.shen, FAMILY, chosen=chosen)
    assert refusal.value.code == code
