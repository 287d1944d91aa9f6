"""Damaged workbooks: each is read or refused in words, and nothing else ever happens.

LINLI_FUZZ sets how many are tried (2,000). The seed is fixed; a failure names the case's number.
"""

import os
import random
import struct
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from db.errors import Refused
from db.workbook import layout, mapping, reading
from tests.workbook_samples import HEADINGS, PEOPLE, packed, parts_of, with_sheet, xls, xlsx

COUNT = int(os.environ.get("LINLI_FUZZ", "2000"))
SHEET = "xl/worksheets/sheet1.xml"
CODES_OF_LAYOUT = {"file.no_table", "file.only_hidden"}
FIELDS = (
    mapping.Target("name", ("姓名",), str.isalpha),
    mapping.Target("phone", ("电话",), str.isdigit, required=True),
)


@cache
def ledger() -> bytes:
    return xlsx([HEADINGS, *PEOPLE * 20], hidden={"旧台账": [HEADINGS, *PEOPLE]})


@cache
def text() -> str:
    return "\r\n".join(",".join(map(str, row)) for row in (HEADINGS, *PEOPLE * 20))


def some_file(r: random.Random) -> bytes:
    return r.choice((ledger(), ledger(), ledger(), text().encode("gb18030"), text().encode("utf-16")))


def cut_off(r: random.Random) -> bytes:
    data = some_file(r)
    return data[: r.randrange(len(data))]


def flipped(r: random.Random) -> bytes:
    data = bytearray(some_file(r))
    for _ in range(r.choice((1, 1, 3, 50))):
        data[r.randrange(len(data))] ^= 1 << r.randrange(8)
    return bytes(data)


def flipped_xls(r: random.Random) -> bytes:
    data = bytearray(xls())
    for _ in range(r.choice((1, 3, 30))):
        data[r.choice((r.randrange(512), r.randrange(len(data))))] = r.randrange(256)
    return bytes(data)[: r.choice((len(data), len(data), r.randrange(len(data))))]


def lying_header(r: random.Random) -> bytes:
    data = bytearray(ledger())
    at = data.find(b"PK\x01\x02", r.randrange(len(data) - 800))
    if at >= 0:
        struct.pack_into(
            "<I", data, at + r.choice((16, 20, 24, 42)), r.choice((0, 1, 10, 2**20, 2**31, 2**32 - 1))
        )
    return bytes(data)


def bomb(r: random.Random) -> bytes:
    return packed({**parts_of(xlsx()), f"xl/media/{r.random()}": b"\0" * r.choice((1_100_000, 2_000_000))})


def nested_or_doubled(r: random.Random) -> bytes:
    inner = ledger()
    for _ in range(r.randrange(1, 4)):
        inner = packed({"台账.xlsx": inner})
    return r.choice((inner, packed(parts_of(ledger()), SHEET)))


def entity_bomb(r: random.Random) -> bytes:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, r.randrange(3, 12)))
    part = r.choice((SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"))
    parts = parts_of(xlsx())
    return packed(parts | {part: f'<!DOCTYPE x [<!ENTITY a0 "ha">{levels}]>'.encode() + parts[part]})


def broken_xml(r: random.Random) -> bytes:
    parts = parts_of(ledger())
    part = r.choice(sorted(parts))
    content = bytearray(parts[part])
    for _ in range(r.choice((1, 5, 40))):
        begin = r.randrange(len(content) + 1)
        content[begin : begin + r.randrange(4)] = r.choice(
            (b"", b"<", b"/>", b'"', b"999999999999", b"&x;", b"\0", b"=1+1")
        )
    return packed(parts | {part: bytes(content)})


def missing_part(r: random.Random) -> bytes:
    parts = parts_of(ledger())
    for name in r.sample(sorted(parts), r.randrange(1, 4)):
        del parts[name]
    return packed(parts)


def strange_sheet(r: random.Random) -> bytes:
    column = r.choice(("A", "B", "C", "D", "E", "IV", "ZZ", "XFD", "ABCDEF", ""))
    row = r.choice(("1", "2", "3", "4", "9", "900", "65536", "1048576", "99999999999", "x"))
    kind = r.choice(("n", "n", "n", "str", "str", "s", "inlineStr", "b", "e", "d", "?"))
    value = r.choice(("1", "1", "1e999", "NaN", "99999999", "=1+1", "长" * 5000, "", "2026-13-45", "#REF!"))
    formula = r.choice(("", "<f>1+1</f>", '<f t="shared" si="9">A1</f>', '<f t="array" ref="A1:XFD9">A1</f>'))
    cell = f'<c r="{column}{row}" t="{kind}" s="{r.choice((0, 1, 9999))}">{formula}<v>{value}</v></c>'
    size = r.choice(("", '<dimension ref="A1:XFD1048576"/>', '<dimension ref="oops"/>'))
    merged = r.choice(("", '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'))
    return with_sheet(
        f'{size}<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="{row}">{cell}</row></sheetData>{merged}'
    )


def macros_or_hidden(r: random.Random) -> bytes:
    if r.random() < 0.5:
        return packed(parts_of(ledger()) | {"xl/vbaProject.bin": r.randbytes(99)})
    parts = parts_of(ledger())
    state = r.choice(("hidden", "veryHidden", "oops"))
    book = parts["xl/workbook.xml"].replace(b'sheetId="1"', f'sheetId="1" state="{state}"'.encode())
    return packed(parts | {"xl/workbook.xml": book})


def odd_text(r: random.Random) -> bytes:
    data = text().encode(
        r.choice(("utf-8", "gb18030", "utf-16", "utf-16-be", "big5hkscs", "utf-32", "shift_jis")), "replace"
    )
    return (
        r.choice((b"", b"\xef\xbb\xbf", b"\xff\xfe", b"=1+1,", b'"', b"<html>", b"\t=cmd|\n"))
        + data
        + r.choice((b"", b"\0", b'"'))
    )


def noise(r: random.Random) -> bytes:
    begin = r.choice(
        (
            b"",
            b"PK\x03\x04",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"%PDF",
            b"PK\x05\x06",
            b"\x09\x08",
            b"\xff\xd8\xff",
        )
    )
    return begin + r.randbytes(r.choice((0, 1, 30, 3000)))


# The last five are mostly read in a process each, and so are tried less often.
KINDS: dict[Callable[[random.Random], bytes], int] = {
    cut_off: 30,
    flipped: 30,
    lying_header: 30,
    bomb: 6,
    nested_or_doubled: 10,
    entity_bomb: 20,
    odd_text: 25,
    noise: 20,

    flipped_xls: 7,
    broken_xml: 9,
    missing_part: 5,
    strange_sheet: 9,
    macros_or_hidden: 3,
}  # fmt: skip
ENDINGS = ("台账.xlsx", "台账.xls", "台账.csv", "台账.xlsm", "a.docx", "", "\0?.xlsx")


def outcome(number: int) -> str:
    """Read case `number` as the import would; return the code of the refusal, or "read"."""
    r = random.Random(number)
    make = r.choices(list(KINDS), list(KINDS.values()))[0]
    data = make(r)
    try:
        workbook = reading.read(data, r.choice(ENDINGS))
    except Refused as refused:
        assert refused.code in reading.MESSAGES, (number, make.__name__, refused)
        reading.MESSAGES[refused.code].format(**refused.facts)
        return refused.code
    for code, facts in workbook.notes:
        reading.NOTES[code].format(**facts)
    cells = [cell for sheet in workbook.sheets for row in sheet.rows for cell in row]
    assert not any(isinstance(cell, str) and len(cell) > 2000 for cell in cells), (number, make.__name__)
    try:
        table = layout.find_table(workbook)
    except Refused as refused:
        assert refused.code in CODES_OF_LAYOUT, (number, make.__name__, refused)
        return refused.code
    assert not table.sheet.hidden, (number, make.__name__)
    assert all(len(row) == len(table.columns) for _, row in layout.data_rows(table)), (number, make.__name__)
    assert len(mapping.propose(table, FIELDS).columns) == len(table.columns)
    return "read"


def test_damaged_workbooks_end_in_words() -> None:
    with ThreadPoolExecutor(3) as pool:
        seen = Counter(pool.map(outcome, range(COUNT), chunksize=20))
    assert seen.total() == COUNT
    if COUNT >= 1000:  # every road was walked, and not only refusals
        expected = {
            "read",
            "file.damaged",
            "file.bomb",
            "file.empty",
            "file.encoding",
            "file.too_heavy",
            "file.only_hidden",
        }
        assert expected <= set(seen), seen
