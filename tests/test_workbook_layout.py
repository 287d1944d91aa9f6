"""Finding the table in what offices really send."""

import datetime

import pytest

from db.errors import Refused
from db.workbook import layout
from db.workbook.reading import Row, Sheet, Workbook

DATA: list[Row] = [
    ("沈桂兰", "320113195003070021", "女", 13812340001),
    ("顾长河", "320113194811120033", "男", 13812340002),
]
HEADINGS = ("姓名", "身份证号", "性别", "联系电话")


def book(
    *rows: Row, name: str = "台账", hidden: bool = False, merged: tuple[tuple[int, int, int, int], ...] = ()
) -> Workbook:
    return Workbook((Sheet(name, list(rows), hidden, merged),))


def names(table: layout.Table) -> list[object]:
    return [row[0] for _, row in layout.data_rows(table)]


def test_a_plain_table() -> None:
    table = layout.find_table(book(HEADINGS, *DATA))
    assert (table.header_row, table.first_row, table.columns) == (1, 2, HEADINGS)
    assert list(layout.data_rows(table)) == [(2, DATA[0]), (3, DATA[1])]


def test_titles_and_merged_cells_above_the_headings() -> None:
    rows: list[Row] = [
        ("安康里社区居民台账",),
        ("填报单位：安康里社区", None, None, "2026年11月"),
        (),
        HEADINGS,
        *DATA,
    ]
    table = layout.find_table(book(*rows, merged=((0, 0, 0, 3),)))
    assert (table.header_row, table.columns, names(table)) == (4, HEADINGS, ["沈桂兰", "顾长河"])


@pytest.mark.parametrize("merged", [True, False])
def test_headings_in_two_rows(merged: bool) -> None:
    rows: list[Row] = [
        ("台账",),
        ("姓名", "身份证号", "联系方式", None, "备注"),
        (None, None, "电话", "手机"),
        ("沈桂兰", "320113195003070021", "02583310001", "13812340001", "独居"),
    ]
    boxes = ((0, 0, 0, 4), (1, 2, 1, 3), (1, 0, 2, 0), (1, 1, 2, 1), (1, 4, 2, 4)) if merged else ()
    table = layout.find_table(book(*rows, merged=boxes))
    assert table.columns == ("姓名", "身份证号", "联系方式 电话", "联系方式 手机", "备注")
    assert (table.header_row, table.header_rows, table.first_row) == (2, 2, 4)


def test_two_heading_rows_are_not_seen_where_the_second_is_data() -> None:
    table = layout.find_table(
        book(("姓名", "关系", "类别"), ("沈桂兰", "户主", "常住"), ("顾长河", "配偶", "常住"))
    )
    assert (table.header_rows, names(table)) == (1, ["沈桂兰", "顾长河"])


@pytest.mark.parametrize(
    "hint",
    [
        ("必填", "必填", "选填", "选填"),
        ("如：张三", "18位", "男/女", "如：13800000000"),
        ("填写说明：请按身份证填写，不要合并单元格",),
        ("示例", "320113195003070021", "女", "13812340001"),
        ("如：张三", "320113195003070021", None, "11位手机号"),
        (1, 2, 3, 4),
    ],
)
def test_hint_rows_are_no_data(hint: Row) -> None:
    table = layout.find_table(book(HEADINGS, hint, *DATA))
    assert (table.header_row, table.first_row) == (1, 3)
    assert table.skipped == ((2, "hint"),)


def test_totals_repeated_headings_empty_rows_and_trailing_notes_are_no_data() -> None:
    rows: list[Row] = [
        ("居民台账",),
        HEADINGS,
        DATA[0],
        ("小　计", None, None, 1),
        (),
        ("居民台账",),
        ("姓 名", "身份证号", "性别", "联系电话"),
        DATA[1],
        ("第二网格合计", None, None, 1),
        ("总计：2人",),
        ("填表人：陆小满", None, None, "审核：顾长河"),
        ("注：本表一式两份。",),
    ]
    table = layout.find_table(book(*rows))
    assert [number for number, _ in layout.data_rows(table)] == [3, 8]
    assert [reason for _, reason in table.skipped] == [
        "subtotal", "repeated_header", "repeated_header", "subtotal", "subtotal", "note", "note",
    ]  # fmt: skip


@pytest.mark.parametrize("pages", [1, 4])
def test_headings_repeated_lower_down_do_not_hide_the_rows_before_them(pages: int) -> None:
    upper: Row = ("序号", "姓名", "证件", None, "联系电话", "备注")
    lower: Row = (None, None, "身份证号", "出生日期", None, None)
    again: Row = ("序号", "姓名", "身份证号", "出生日期", "联系电话", "备注")
    person: Row = (1, "沈桂兰", "320113195003070021", "1950-03-07", "13812340001", "独居")
    rows: list[Row] = [("居民信息登记表",), ("填表人：陈晓燕", None, "2026.11"), upper, lower, person, person]
    rows += [("小计", None, 2), again, person] * pages + [("合计", None, 3)]
    boxes = ((2, 2, 2, 3), (2, 0, 3, 0), (2, 1, 3, 1), (2, 4, 3, 4), (2, 5, 3, 5))
    table = layout.find_table(book(*rows, merged=boxes), known=["姓名", "身份证号", "出生日期", "联系电话"])
    assert (table.header_row, table.header_rows, table.above, len(table.rows)) == (3, 2, 2, 2 + pages)
    assert table.columns[2:4] == ("证件 身份证号", "证件 出生日期")
    assert [reason for _, reason in table.skipped] == ["subtotal", "repeated_header"] * pages + ["subtotal"]


def test_a_merged_row_in_the_middle_is_the_title_of_a_section() -> None:
    table = layout.find_table(book(HEADINGS, ("第二网格",), *DATA, merged=((1, 0, 1, 3),)))
    assert (table.first_row, table.skipped) == (3, ((2, "section"),))


def test_the_unused_rows_of_a_numbered_form_are_no_data() -> None:
    rows: list[Row] = [("序号", *HEADINGS), (1, *DATA[0]), (2,), ("3",)]
    table = layout.find_table(book(*rows))
    assert (table.rows, table.skipped) == ((2,), ((3, "numbered"), (4, "numbered")))


def test_a_long_remark_alone_in_a_row_is_no_data() -> None:
    table = layout.find_table(book(HEADINGS, *DATA, ("1、本表由网格员每季度更新一次，如有变动请及时报告",)))
    assert table.skipped == ((4, "note"),)


def test_people_whose_names_look_like_notes_stay() -> None:
    rows: list[Row] = [HEADINGS, ("单位平", None, "男"), ("总计英", None, "女"), ("沈桂兰",)]
    assert names(layout.find_table(book(*rows))) == ["单位平", "总计英", "沈桂兰"]


def test_the_fullest_sheet_wins_over_instructions_and_choices() -> None:
    workbook = Workbook(
        (
            Sheet("填写说明", [("序号", "说明"), (1, "请逐项填写"), (2, "不得合并单元格")]),
            Sheet("字典", [("性别", "民族"), ("男", "汉族"), ("女", "回族")]),
            Sheet("居民", [HEADINGS, *DATA]),
        )
    )
    assert layout.find_table(workbook).sheet.name == "居民"
    assert {table.sheet.name for table in layout.candidates(workbook)} >= {"居民", "字典"}


def test_sheets_with_the_same_headings_belong_together() -> None:
    workbook = Workbook(tuple(Sheet(f"第{n}网格", [HEADINGS, *DATA]) for n in "一二三"))
    table = layout.find_table(workbook)
    assert len(table.others) == 2
    assert [(sheet, row) for sheet, row, _ in layout.all_rows(table)] == [
        (f"第{n}网格", row) for n in "一二三" for row in (2, 3)
    ]


def test_a_hidden_sheet_is_only_taken_when_the_user_says_so() -> None:
    hidden = book(HEADINGS, *DATA, name="旧台账", hidden=True)
    with pytest.raises(Refused, match="only_hidden"):
        layout.find_table(hidden)
    assert names(layout.table_at(hidden, "旧台账", 1)) == ["沈桂兰", "顾长河"]
    shown = Workbook((*hidden.sheets, Sheet("台账", [HEADINGS, DATA[0]])))
    table = layout.find_table(shown)
    assert (table.sheet.name, table.others) == ("台账", ())


def test_without_a_table_it_says_so() -> None:
    for rows in ([], [("只有一句话",)], [(1, 2, 3), (4, 5, 6)], [HEADINGS]):
        with pytest.raises(Refused, match="no_table"):
            layout.find_table(book(*rows))
    with pytest.raises(Refused, match="no_sheet"):
        layout.table_at(book(HEADINGS), "没有", 1)


def test_our_own_column_and_sheet_are_skipped() -> None:
    marked = Workbook(
        (
            Sheet("台账", [(*HEADINGS, "Linli"), (*DATA[0], "有问题"), (*DATA[1], "新增")]),
            Sheet("Linli", [("新增", "修改"), ("a", "b")]),
        )
    )
    table = layout.find_table(marked)
    assert (table.columns, list(layout.data_rows(table))) == (HEADINGS, [(2, DATA[0]), (3, DATA[1])])


def test_headings_that_wrap_or_are_spread_read_as_one_word() -> None:
    row: Row = ("姓　名", "联系\n电话", "出生 日期", "Home address")
    table = layout.find_table(book(row, ("沈桂兰", "13812340001", datetime.date(1950, 3, 7), "3栋402")))
    assert table.columns == ("姓名", "联系电话", "出生日期", "Home address")


def test_unknown_headings_are_found_when_the_caller_expects_them() -> None:
    rows: list[Row] = [("甲", "乙"), ("品名", "数量单位"), ("锅", "两只"), ("碗", "三只")]
    assert layout.find_table(book(*rows), known=["品名", "数量单位"]).header_row == 2
