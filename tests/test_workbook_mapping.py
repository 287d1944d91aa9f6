"""Which column is which."""

import re

from db.workbook import layout, mapping
from db.workbook.mapping import Target
from db.workbook.reading import Row, Sheet, Workbook


def matches(pattern: str):  # type: ignore[no-untyped-def]
    return lambda text: bool(re.fullmatch(pattern, text))


FIELDS = (
    Target("name", ("姓名", "name"), matches("[一-鿿·]{2,5}"), required=True),
    Target("id_number", ("身份证号", "身份证号码", "公民身份号码", "证件号码"), matches(r"\d{17}[\dX]|\d\.\d+E\+17"), required=True),
    Target("sex", ("性别",), matches("男|女")),
    Target("born", ("出生日期", "出生年月", "生日"), matches(r"\d{4}[-.年/]?\d{1,2}([-.月/]?\d{1,2}日?)?")),
    Target("phone", ("联系电话", "手机号码", "电话", "手机", "联系方式"), matches(r"1\d{10}.*|0\d{2,3}-?\d{7,8}")),
    Target("building", ("现住小区", "现住建筑", "楼栋", "小区"), None),
    Target("door", ("门牌", "门牌号", "室号", "房号"), None),
    Target("grid", ("所属网格", "网格"), None),
    Target("relation", ("与户主关系",), None),
    Target("residence", ("人员类型",), matches("常住|流动|户籍")),
    Target("groups", ("重点类别", "重点人群类别"), None),
    Target("registered", ("户籍地址", "户籍地"), None),
    Target("household", ("户号",), None),
    Target("split", ("人户分离", "是否人户分离"), matches("是|否")),
    Target("nation", ("民族",), matches(".{1,4}族")),
    Target("politics", ("政治面貌",), None),
    Target("marriage", ("婚姻", "婚姻状况"), None),
    Target("education", ("文化程度", "学历"), None),
    Target("work", ("工作单位",), None),
    Target("health", ("健康", "健康状况"), None),
    Target("notes", ("备注",), None),
)  # fmt: skip
USUAL = [
    "姓名",
    "身份证号",
    "性别",
    "出生日期",
    "联系电话",
    "现住小区/建筑",
    "门牌",
    "所属网格",
    "与户主关系",
    "人员类型(常住/流动)",
    "重点类别",
    "户籍地址",
    "户号",
    "人户分离",
    "民族",
    "政治面貌",
    "婚姻",
    "文化程度",
    "工作单位",
    "健康",
    "备注",
]


def proposed(headings: list[str], *rows: Row) -> mapping.Proposal:
    rows = rows or (tuple("一些内容" for _ in headings),)
    sheet = Sheet("台账", [tuple(headings), *rows])
    return mapping.propose(layout.table_at(Workbook((sheet,)), "台账", 1), FIELDS)


def test_the_usual_columns_are_all_known_by_their_headings() -> None:
    proposal = proposed(USUAL, (*[None] * (len(USUAL) - 1), "无"))
    assert [proposal.columns[column] for column in range(len(USUAL))] == [target.name for target in FIELDS]
    assert proposal.missing == ()


def test_other_ways_of_writing_a_heading() -> None:
    row: Row = ("沈桂兰", "320113195003070021", "13812340001", "1950.3.7", "女")
    proposal = proposed(["*姓 名（必填）", "居民身份证号", "联系方式 手机", "出生年月日", "性 别"], row)
    assert list(proposal.columns.values()) == ["name", "id_number", "phone", "born", "sex"]
    assert proposal.confidence[0] > 0.9


def test_a_column_without_a_heading_is_known_by_its_content_and_marked_as_doubtful() -> None:
    proposal = proposed(
        ["姓名", "", "登记"], ("沈桂兰", "320113195003070021", "已"), ("顾长河", "320113194811120033", "未")
    )
    assert proposal.columns == {0: "name", 1: "id_number", 2: None}
    assert proposal.doubtful == (1,)


def test_content_that_contradicts_the_heading_is_marked_as_doubtful() -> None:
    proposal = proposed(["姓名", "身份证号", "联系电话"], ("沈桂兰", "320113195003070021", "楼上王阿姨转告"))
    assert proposal.columns[2] == "phone"
    assert proposal.doubtful == (2,)


def test_each_field_goes_to_one_column_and_the_best() -> None:
    row: Row = ("顾长河", "沈桂兰", "13812340001", "13812340002")
    proposal = proposed(["户主姓名", "姓名", "家属联系电话", "联系电话"], row)
    assert proposal.columns == {0: None, 1: "name", 2: None, 3: "phone"}
    assert proposal.missing == ("id_number",)


def test_the_key_of_headings_forgives_spaces_and_width_but_not_order() -> None:
    key = mapping.headings_key(["姓名", "联系电话(手机)", ""])
    assert key == mapping.headings_key(["姓 名", "＊联系电话（手机）"])
    assert key != mapping.headings_key(["联系电话(手机)", "姓名"])
