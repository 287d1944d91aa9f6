"""Reading what people upload, and refusing it in words."""

import datetime
import io
import re
import struct
import zipfile
from pathlib import Path

import pytest

from db.errors import Refused
from db.workbook import kinds, layout, process, reading
from tests.workbook_samples import HEADINGS, PEOPLE, packed, parts_of, with_sheet, xls, xlsx

CSV = "姓名,身份证号,联系电话\r\n沈桂兰,320113195003070021,13812340001\r\n顾长河,320113194811120033,\r\n"
CSV_ROWS = [
    ("姓名", "身份证号", "联系电话"),
    ("沈桂兰", "320113195003070021", "13812340001"),
    ("顾长河", "320113194811120033"),
]


def refusal(data: bytes, filename: str = "台账.xlsx") -> str:
    with pytest.raises(Refused) as caught:
        reading.read(data, filename)
    assert caught.value.code in reading.MESSAGES
    reading.MESSAGES[caught.value.code].format(**caught.value.facts)
    return caught.value.code


def test_an_xlsx(tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    path.write_bytes(xlsx())
    workbook = reading.read(path)
    assert workbook.sheets[0].rows == [HEADINGS, *PEOPLE]
    assert (workbook.filename, workbook.notes) == ("台账.xlsx", ())


def test_kinds_of_cells() -> None:
    row = ("text", 3.5, 4.0, 3.20113195003070e17, True, datetime.date(1950, 3, 7), "", "  ", "末")
    assert reading.read(xlsx([row])).sheets[0].rows == [
        ("text", 3.5, 4, 320113195003070000, True, datetime.date(1950, 3, 7), None, None, "末")
    ]


def test_row_numbers_are_those_of_the_file() -> None:
    rows = (
        reading.read(with_sheet('<sheetData><row r="5"><c r="C5"><v>7</v></c></row></sheetData>'))
        .sheets[0]
        .rows
    )
    assert rows == [(), (), (), (), (None, None, 7)]


def test_an_xls_with_merged_headings_and_a_hidden_sheet() -> None:
    workbook = reading.read(xls(), "台账.xls")
    assert [(sheet.name, sheet.hidden) for sheet in workbook.sheets] == [("居民台账", False), ("字典", True)]
    table = layout.find_table(workbook)
    assert table.columns == ("姓名", "出生日期", "联系方式 电话", "联系方式 手机", "备注")
    assert next(layout.data_rows(table)) == (
        4, ("沈桂兰", datetime.date(1950, 3, 7), "025-83310000", 13812340000, None),
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_in_all_its_encodings(encoding: str, mark: str) -> None:
    assert reading.read(CSV.replace(",", mark).encode(encoding), "台账.csv").sheets[0].rows == CSV_ROWS


def test_csv_cells_with_line_breaks_quotes_and_kept_zeros() -> None:
    data = '姓名,地址,编号\n沈桂兰,"3栋,\n402室","=""0012"""\n'.encode()
    assert reading.read(data, "a.csv").sheets[0].rows[1] == ("沈桂兰", "3栋,\n402室", "0012")


def test_csv_cells_wrapped_many_times_are_only_text() -> None:
    assert reading.read(b"a,b\n" + b'="' * 5_000 + b",1", "a.csv").sheets[0].rows[1][1] == "1"


def test_a_name_that_does_not_fit_the_content_is_told_and_the_content_read() -> None:
    assert reading.read(xlsx(), "台账.xls").notes == (
        ("file.note.other_ending", {"ending": ".xls", "kind": ".xlsx"}),
    )
    text_as_xls = reading.read(CSV.replace(",", "\t").encode("gb18030"), "导出.xls")
    assert text_as_xls.sheets[0].rows == CSV_ROWS
    assert text_as_xls.notes[0][1]["kind"] == "CSV"


def test_long_cells_are_cut_and_told() -> None:
    workbook = reading.read(xlsx([("备注", "姓名"), ("长" * 3000, "沈桂兰")]))
    assert workbook.sheets[0].rows[1] == ("长" * 2000, "沈桂兰")
    assert workbook.sheets[0].cut == ((2, 0),)
    assert workbook.notes == (("file.note.cut", {"count": 1, "limit": 2000}),)


def test_formulas_give_their_last_value_and_are_never_evaluated() -> None:
    data = xlsx(touch=lambda _, sheet: sheet.write_formula("F1", "=1+1", None, 41))
    assert reading.read(data).sheets[0].rows[0][5] == 41
    data = with_sheet(
        '<sheetData><row r="1"><c r="A1"><f>1+1</f></c><c r="B1"><v>3</v></c></row></sheetData>'
    )
    assert reading.read(data).sheets[0].rows == [(None, 3)]


def test_macros_are_left_alone_and_told() -> None:
    data = packed(parts_of(xlsx()) | {"xl/vbaProject.bin": b"\xd0\xcf macro"})
    workbook = reading.read(data, "台账.xlsm")
    assert workbook.notes == (("file.note.macros", {}),)
    assert len(workbook.sheets[0].rows) == 3


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("file.empty", b""),
        ("file.empty", b" \r\n"),
        ("file.other_kind", b"%PDF-1.7 ..."),
        ("file.other_kind", packed({"word/document.xml": b"<w/>", "[Content_Types].xml": b"<t/>"})),
        ("file.other_kind", packed({"photo.jpg": b"..."})),
        ("file.binary_workbook", packed({"xl/workbook.bin": b"..", "[Content_Types].xml": b"<t/>"})),
        ("file.open_document", packed({"mimetype": b"x", "content.xml": b"<x/>"})),
        ("file.web_page", "<html><table><tr><td>姓名</td></tr></table></html>".encode("gb18030")),
        ("file.web_page", b'<?xml version="1.0"?><html xmlns:x="urn:schemas-microsoft-com:office:excel"></html>'),
        ("file.xml", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>'),
        ("file.encrypted", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")),
        ("file.other_kind", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "WordDocument".encode("utf-16-le")),
        ("file.encoding", bytes(range(256)) * 9),
        ("file.encoding", b"," * 2_000_000),
        ("file.damaged", xlsx()[:3000]),
        ("file.damaged", xls()[:2000]),
        ("file.too_old", b"\x09\x08\x08\x00\x00\x05\x10\x00" + b"\0" * 90),
        ("file.too_many_columns", ",".join("abc" for _ in range(201)).encode()),
        ("file.too_many_columns", b"a," * 2_000_000),
        ("file.too_many_columns", xlsx([["列"] * 201])),
        ("file.too_many_rows", b"a,b\n" * 50_300),
        ("file.quotes", b'a,b\n1,"' + b"x" * 200_000),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_words(code: str, data: bytes) -> None:
    assert refusal(data) == code


def test_a_file_that_is_not_there_or_too_big(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"file\.missing"):
        reading.read(tmp_path / "nothing.xlsx")
    assert refusal(b"a" * (20 * 2**20 + 1)) == "file.too_big"


def test_every_message_says_what_to_do_next() -> None:
    for message in reading.MESSAGES.values():
        assert len(re.split(r"[.;:] ", message)) >= 2, message


def test_a_bomb_is_refused_by_its_directory_before_anything_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kinds, "_unpacked", lambda *_: pytest.fail("unpacked"))
    parts = parts_of(xlsx()) | {"xl/media/a.bin": b"\0" * 300_000_000}
    assert refusal(packed(parts)) == "file.bomb"
    parts["xl/media/a.bin"] = b"\0" * 3_000_000
    assert refusal(packed(parts)) == "file.bomb"


def test_a_directory_that_lies_about_sizes_is_found_out() -> None:
    parts = parts_of(xlsx()) | {"xl/media/a.bin": b"\0" * 3_000_000}
    data = bytearray(packed(parts))
    for offset, info in _directory(bytes(data)):
        if info.filename == "xl/media/a.bin":
            struct.pack_into("<I", data, offset + 24, 100_000)
            struct.pack_into("<I", data, info.header_offset + 22, 100_000)
    assert refusal(bytes(data)) == "file.bomb"


def _directory(data: bytes) -> list[tuple[int, zipfile.ZipInfo]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        offset, found = archive.start_dir, []
        for info in archive.infolist():
            found.append((offset, info))
            offset += 46 + len(info.filename.encode()) + len(info.extra) + len(info.comment)
        return found


def test_entities_never_expand() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    parts = parts_of(xlsx())
    parts["xl/sharedStrings.xml"] = laughs.encode() + parts["xl/sharedStrings.xml"].replace(
        "姓名".encode(), b"&b;"
    )
    assert refusal(packed(parts)) == "file.bomb"


def test_a_cell_in_the_last_corner_does_not_eat_the_memory() -> None:
    corner = '<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    assert refusal(with_sheet(corner)) == "file.too_heavy"


def test_a_million_declared_rows_are_only_words() -> None:
    sheet = '<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'
    assert reading.read(with_sheet(sheet)).sheets[0].rows == [(1,)]


def test_a_long_hidden_list_does_not_bar_the_ledger() -> None:
    workbook = reading.read(xlsx(hidden={"行政区划": [[str(n)] for n in range(50_400)]}))
    assert [(s.name, s.hidden, len(s.rows)) for s in workbook.sheets] == [
        ("台账", False, 3),
        ("行政区划", True, 0),
    ]
    assert workbook.notes == (("file.note.left_out", {"sheet": "行政区划"}),)


def test_a_reader_that_dies_or_hangs_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "HERE", tmp_path)
    for code, body in (
        ("file.too_heavy", "import os; os.abort()"),
        ("file.damaged", "raise SystemExit(3)"),
        ("file.too_heavy", "import time; time.sleep(60)"),
    ):
        (tmp_path / "script.py").write_text(
            f"import resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n{body}\n"
        )
        with pytest.raises(Refused) as caught:
            list(process.answers("script.py", b"", seconds=1))
        assert caught.value.code == code
