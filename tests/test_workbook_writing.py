"""What is written: exports without formulas, and annotated workbooks."""

import datetime
import io
from pathlib import Path

import openpyxl
import pytest

from db.workbook import annotating, layout, reading, writing
from db.workbook.annotating import Note, annotate
from tests.workbook_samples import HEADINGS, PEOPLE, packed, parts_of, with_sheet, xls, xlsx

DANGEROUS = [
    "=1+1",
    "+8613812340001",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "=cmd|' /C calc'!A0",
    "{=1}",
    "http://x.example",
    "＝1",
]
LEGEND = {"new": "新增", "changed": "修改", "doubtful": "存疑", "refused": "退回"}
NOTES = [
    Note(2, 1, "refused", "=校验码不对"),
    Note(2, 3, "changed", "电话由 1 改为 2"),
    Note(3, None, "new", ""),
]


def opened(data: bytes, sheet: str = "台账") -> openpyxl.worksheet.worksheet.Worksheet:
    return openpyxl.load_workbook(io.BytesIO(data))[sheet]


def colour(cell: openpyxl.cell.Cell) -> str:
    return str(cell.fill.fgColor.rgb)[-6:]


def test_an_export_holds_texts_as_texts(tmp_path: Path) -> None:
    path = tmp_path / "导出.xlsx"
    assert writing.write_xlsx(
        str(path), "居民", ["姓名", "=值"], ([name, name] for name in DANGEROUS)
    ) == len(DANGEROUS)
    sheet = openpyxl.load_workbook(path)["居民"]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == DANGEROUS
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    assert sheet.cell(2, 1).quotePrefix and not sheet.cell(7 + 2, 1).hyperlink
    assert b"<f>" not in parts_of(path.read_bytes())["xl/worksheets/sheet1.xml"]
    assert sheet.freeze_panes == "A2"


def test_an_export_keeps_kinds_and_long_numbers() -> None:
    row = [
        "沈桂兰",
        320113195003070021,
        7,
        2.5,
        True,
        datetime.date(1950, 3, 7),
        None,
        float("nan"),
        "坏\ud800字\x01",
    ]
    buffer = io.BytesIO()
    writing.write_xlsx(buffer, "a/b:c" * 9, ["x"] * 9, [row])
    sheet = reading.read(buffer.getvalue()).sheets[0]
    assert sheet.name == "a b ca b ca b ca b ca b ca b ca"
    assert sheet.rows[1][:8] == (
        "沈桂兰",
        "320113195003070021",
        7,
        2.5,
        True,
        datetime.date(1950, 3, 7),
        None,
        "nan",
    )
    assert str(sheet.rows[1][8]).startswith("坏?字")


def test_very_long_texts_and_early_dates_are_written_as_they_can_be() -> None:
    buffer = io.BytesIO()
    writing.write_xlsx(buffer, "", ["x"], [["长" * 40_000], [datetime.date(1890, 1, 2)]])
    rows = reading.read(buffer.getvalue()).sheets[0].rows
    assert (len(str(rows[1][0])), rows[2]) == (2000, ("1890-01-02",))


def test_an_annotated_workbook_has_colours_comments_and_a_status_column() -> None:
    original = xlsx()
    sheet = opened(annotate(original, "台账.xlsx", NOTES, LEGEND))
    assert (colour(sheet["B2"]), colour(sheet["D2"])) == ("FF9999", "FFEB9C")
    assert sheet["B2"].comment.text == "=校验码不对"
    assert [sheet.cell(row, 5).value for row in (1, 2, 3)] == [
        "Linli",
        "退回: =校验码不对; 电话由 1 改为 2",
        "新增",
    ]
    assert (colour(sheet["E2"]), colour(sheet["E3"])) == ("FF9999", "C6EFCE")
    assert sheet["E2"].data_type == "s"
    assert [row[:4] for row in sheet.iter_rows(values_only=True)] == [HEADINGS, *PEOPLE]


def test_the_original_keeps_its_look() -> None:
    def touch(workbook, sheet):  # type: ignore[no-untyped-def]
        sheet.set_column("A:A", 33)
        sheet.write("A2", "沈桂兰", workbook.add_format({"bold": True}))

    original = xlsx(touch=touch)
    before = bytes(original)
    sheet = opened(annotate(original, "台账.xlsx", NOTES, LEGEND))
    assert sheet["A2"].font.bold and sheet.column_dimensions["A"].width > 30
    assert original == before


@pytest.mark.parametrize("anew", [False, True])
def test_what_is_annotated_reads_as_the_same_table(anew: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if anew:
        monkeypatch.setattr(annotating, "MOST_CELLS_KEPT", 0)
    rows = [("社区台账",), (), ("姓名", "出生日期", "联系方式", None, "备注"), (None, None, "电话", "手机")]
    rows += [(f"沈桂{n}号", datetime.date(1950, 3, 7), "", 13812340000 + n, "=2+3") for n in range(4)]
    original = xlsx(rows, touch=lambda _, sheet: sheet.write_formula("E6", "=1+1", None, "二"))
    once = annotate(
        original, "台账.xlsx", [Note(5, 0, "new", "新"), Note(6, 9, "doubtful", "两人相符")], LEGEND
    )
    twice = annotate(once, "台账.xlsx", [Note(7, 3, "refused", "错")], LEGEND)
    first, *more = (layout.find_table(reading.read(data)) for data in (original, once, twice))
    for table in more:
        assert (table.header_row, table.columns) == (first.header_row, first.columns)
        assert list(layout.data_rows(table)) == list(layout.data_rows(first))
    assert b"<f>" not in parts_of(once)["xl/worksheets/sheet1.xml"]
    assert opened(twice)["F3"].value == "Linli" and opened(twice)["G3"].value is None


@pytest.mark.parametrize(
    ("filename", "data"), [("台账.xls", xls()), ("台账.csv", "姓名,电话\n=沈,1\n顾,2\n".encode("gb18030"))]
)
def test_xls_and_csv_come_back_as_xlsx(filename: str, data: bytes) -> None:
    first = layout.find_table(reading.read(data, filename))
    out = annotate(data, filename, [Note(first.first_row, 1, "changed", "改")], LEGEND)
    workbook = reading.read(out, "台账.xlsx")
    assert [sheet.hidden for sheet in workbook.sheets] == [s.hidden for s in reading.read(data).sheets] + [
        False
    ]
    table = layout.find_table(workbook)
    assert (table.header_row, table.columns) == (first.header_row, first.columns)
    assert list(layout.data_rows(table)) == list(layout.data_rows(first))


def test_several_sheets_and_a_heading_row_that_the_user_chose() -> None:
    data = xlsx(hidden={"旧": [["甲"], ["姓名", "电话"], ["沈", "1"]]})
    out = annotate(data, "a.xlsx", [Note(3, 0, "new", "新", sheet="旧")], LEGEND, headers={"旧": 2})
    assert [opened(out, "旧").cell(row, 3).value for row in (1, 2, 3)] == [None, "Linli", "新增: 新"]
    assert opened(out)["E1"].value is None


def test_thousands_of_notes_carry_a_capped_number_of_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotating, "MOST_COMMENTS", 5)
    data = xlsx([HEADINGS, *PEOPLE * 10])
    sheet = opened(
        annotate(data, "a.xlsx", [Note(row, 1, "refused", f"第{row}行") for row in range(2, 22)], LEGEND)
    )
    assert sum(cell.comment is not None for row in sheet.iter_rows() for cell in row) == 5
    assert sheet["E21"].value == "退回: 第21行"


def test_a_workbook_that_openpyxl_cannot_carry_is_written_anew() -> None:
    parts = parts_of(xlsx())
    parts["docProps/core.xml"] = b"<oops"
    data = packed(parts)
    assert opened(annotate(data, "a.xlsx", NOTES, LEGEND))["E3"].value == "新增"


def test_links_names_and_a_formula_without_value_do_not_come_back() -> None:
    cells = "".join(
        f'<c r="{c}1" t="inlineStr"><is><t>{h}</t></is></c>'
        for c, h in zip("AB", ("姓名", "电话"), strict=True)
    )
    data = with_sheet(
        f'<sheetData><row r="1">{cells}</row><row r="2"><c r="A2" t="str"><f>CONCAT("a")</f><v>=沈</v></c>'
        f'<c r="B2"><f>HYPERLINK("http://x.example")</f></c></row></sheetData>'
    )
    sheet = opened(annotate(data, "a.xlsx", [], LEGEND))
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["B2"].value) == ("=沈", "s", None)
