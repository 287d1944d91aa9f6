"""What people write in ledgers is read as they meant it, and what cannot be read is refused with its reason."""

import string
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from db.parsing import (
    MASK_FORMS,
    PROBLEMS,
    Address,
    Parsed,
    address,
    address_key,
    day,
    fold,
    id_birth,
    id_contradictions,
    id_number,
    id_sex,
    initials,
    looks_like_address,
    make_id,
    mask_id,
    mask_name,
    mask_phone,
    name_tokens,
    person_name,
    phones,
    query_tokens,
    sex,
    yes_no,
)

TODAY = date(2026, 5, 20)
GUIZHEN = make_id("320113", date(1950, 3, 7), 122)
PARSERS = (id_number, phones, address, sex, yes_no, person_name, lambda raw: day(raw, today=TODAY))
cells = st.one_of(
    st.text(),
    st.text(alphabet="0123456789 -./年月日栋幢号楼单元室#()、或+十二ABXx张", max_size=40),
    st.none(), st.booleans(), st.integers(), st.floats(), st.datetimes(), st.dates(), st.times(), st.decimals(),
    st.binary(), st.lists(st.integers()),
)  # fmt: skip


class Grumpy:
    def __str__(self) -> str:
        raise RuntimeError


def told(parsed: Parsed[Any]) -> tuple[Any, str | None]:
    """The value, and the problem or note."""
    return parsed.value, parsed.problem or parsed.note


def fullwidth(text: str) -> str:
    return text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})


# Cells to text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (None, ""),
        (402.0, "402"),
        (402, "402"),
        (1950.3, "1950.3"),
        (3.20113195003071e17, "320113195003071000"),
        (float("nan"), ""),
        (float("-inf"), ""),
        (True, "TRUE"),
        ("　张　桂珍 ", "张 桂珍"),
        ("１２－３－４０２Ａ，（租）", "12-3-402A,(租)"),
        ("张\u200b桂\ufeff珍\xa0", "张桂珍"),
        ("联系\n 电话", "联系 电话"),
        ("⽂化", "文化"),
        ("张\ud800桂\x00珍", "张桂珍"),
        (date(1950, 3, 7), "1950-03-07"),
        (datetime(1950, 3, 7), "1950-03-07"),
        (datetime(1950, 3, 7, 8, 30), "1950-03-07T08:30:00"),
        (time(8, 30), "08:30:00"),
        ("幸福里".encode(), "幸福里"),
        (Grumpy(), ""),
    ],
)
def test_fold(raw: object, text: str) -> None:
    assert fold(raw) == text


@settings(deadline=None)
@given(cells)
def test_folding_never_fails_and_folding_again_changes_nothing(raw: object) -> None:
    text = fold(raw)
    assert fold(text) == text
    text.encode()


def test_a_number_too_long_to_write_is_nothing() -> None:
    assert fold(10**6000) == ""


@settings(deadline=None)
@given(cells)
def test_any_cell_is_a_value_or_a_known_problem(raw: object) -> None:
    for parser in PARSERS:
        parsed = parser(raw)
        assert parsed.problem is None or parsed.value is None
        assert {parsed.problem, parsed.note} - {None} <= PROBLEMS.keys()


def test_sentences_use_only_the_value() -> None:
    for sentence in PROBLEMS.values():
        assert sentence.format(value="12") and sentence.endswith(".")


@pytest.mark.parametrize("raw", ["", None, " ", "无", "/", "—", "不详"])
def test_an_empty_cell_is_no_problem_except_as_a_name(raw: object) -> None:
    for parser in (id_number, phones, address, sex, lambda cell: day(cell, today=TODAY)):
        assert parser(raw) == Parsed(None)
    assert person_name(raw).problem == "name.empty"


# ID numbers

regions = st.text(alphabet=string.digits, min_size=6, max_size=6)
births = st.dates(date(1900, 1, 1), TODAY)
sequences = st.integers(0, 999)


@settings(deadline=None)
@given(
    regions,
    births,
    sequences,
    st.sampled_from([str, str.lower, fullwidth, lambda n: f"'{n[:6]} {n[6:14]} {n[14:]} "]),
)
def test_any_made_id_reads_back_however_it_is_typed(
    region: str, born: date, sequence: int, typed: Any
) -> None:
    number = make_id(region, born, sequence)
    parsed = id_number(typed(number))
    assert parsed.value == number
    assert id_birth(number) == born
    assert id_sex(number) == ("male" if sequence % 2 else "female")
    assert id_contradictions(number, born, id_sex(number)) == []


@settings(deadline=None)
@given(regions, births, sequences, st.integers(0, 16), st.integers(1, 9))
def test_any_single_wrong_digit_is_refused(region: str, born: date, sequence: int, at: int, by: int) -> None:
    number = make_id(region, born, sequence)
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    assert id_number(wrong).problem in {"id.check_digit", "id.birth_date", "id.damaged"}


@settings(deadline=None)
@given(regions, st.dates(date(1900, 1, 1), date(1999, 12, 31)), sequences)
def test_any_old_number_converts(region: str, born: date, sequence: int) -> None:
    old = f"{region}{born:%y%m%d}{sequence:03}"
    assert told(id_number(old)) == (make_id(region, born, sequence), "id.converted")


@settings(deadline=None)
@given(st.text(alphabet="123456789", min_size=6, max_size=6), births, sequences)
def test_numbers_that_excel_kept_as_numbers_are_damaged_not_wrong(
    region: str, born: date, sequence: int
) -> None:
    number = make_id(region, born, sequence).replace("X", "0")
    assert id_number(float(number)).problem == "id.damaged"
    assert id_number(f"{float(number):.5E}").problem == "id.damaged"
    rounded = f"{number[:15]}000"
    assert told(id_number(rounded)) in ((None, "id.damaged"), (rounded, "id.ends_in_zeros"))


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("3.20113E+17", "id.damaged"),
        (3.20113e17, "id.damaged"),
        (320113195003071221, "id.damaged"),
        (GUIZHEN[:17], "id.length"),
        (GUIZHEN + "1", "id.length"),
        ("320113", "id.length"),
        ("320113195013071221", "id.birth_date"),
        ("320113501307122", "id.birth_date"),
        ("320113********1234", "id.characters"),
        ("32011319500307122张", "id.characters"),
        ("身份证丢失", "id.characters"),
    ],
)
def test_a_wrong_id_number_says_what_is_wrong(raw: object, problem: str) -> None:
    assert told(id_number(raw)) == (None, problem)


def test_a_known_number_of_the_standard() -> None:
    assert id_number("11010519491231002x").value == "11010519491231002X"
    assert id_number("11010519491231002×").value == "11010519491231002X"
    assert id_number("110105194912310021").problem == "id.check_digit"


def test_contradictions_with_the_id_number_are_told_and_the_unknown_contradicts_nothing() -> None:
    assert id_contradictions(GUIZHEN, date(1950, 3, 8), "male") == ["id.birth_differs", "id.sex_differs"]
    assert id_contradictions(GUIZHEN, None, None) == []


@pytest.mark.parametrize(
    ("region", "sequence"), [("32011", 1), ("32011a", 1), ("320113", 1000), ("320113", -1)]
)
def test_making_an_id_refuses_nonsense(region: str, sequence: int) -> None:
    with pytest.raises(ValueError, match="six digits"):
        make_id(region, TODAY, sequence)


# Telephones


@pytest.mark.parametrize(
    ("raw", "numbers", "rest"),
    [
        (13800001111, ["13800001111"], []),
        (13800001111.0, ["13800001111"], []),
        ("138 0000 1111", ["13800001111"], []),
        ("138-0000-1111", ["13800001111"], []),
        ("+86 13800001111", ["13800001111"], []),
        ("86-13800001111", ["13800001111"], []),
        ("008613800001111", ["13800001111"], []),
        ("013800001111", ["13800001111"], []),
        ("13800001111(儿子)", ["13800001111"], ["儿子"]),
        ("13800001111（儿子）、13900002222（2女儿）", ["13800001111", "13900002222"], ["儿子", "2女儿"]),
        ("儿子：13800001111", ["13800001111"], ["儿子"]),
        ("13800001111/13800001111", ["13800001111"], []),
        ("13800001111\n025-58801234", ["13800001111", "025-58801234"], []),
        ("58801234", ["58801234"], []),
        ("5880123", ["5880123"], []),
        ("02558801234", ["025-58801234"], []),
        ("(025)58801234", ["025-58801234"], []),
        ("（025）5880 1234", ["025-58801234"], []),
        ("0512—65801234", ["0512-65801234"], []),
        ("+86-25-58801234", ["025-58801234"], []),
        ("+86 025-58801234", ["025-58801234"], []),
        ("025-58801234转801", ["025-58801234-801"], []),
        ("58801234-58805678", ["58801234", "58805678"], []),
    ],
)
def test_phones(raw: object, numbers: list[str], rest: list[str]) -> None:
    parsed = phones(raw)
    assert told(parsed) == (tuple(numbers), "phone.remark" if rest else None)
    assert parsed.rest == tuple(rest)


@pytest.mark.parametrize(
    ("raw", "unread"),
    [
        ("1380000111", "1380000111"),
        ("138000011112", "138000011112"),
        ("1.38E+10", "1.38E+10"),
        ("12800001111", "12800001111"),
        ("13800001111/139", "139"),
        ("138****1111", "138****1111"),
        ("儿子", "儿子"),
        ("5880", "5880"),
    ],
)
def test_a_damaged_phone_is_refused(raw: str, unread: str) -> None:
    parsed = phones(raw)
    assert told(parsed) == (None, "phone.wrong")
    assert parsed.rest[0] == unread


numbers = st.one_of(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.from_regex(r"(025-|0512-|010-)?[2-9][0-9]{7}", fullmatch=True),
)


@settings(deadline=None)
@given(
    st.lists(numbers, min_size=1, max_size=4, unique=True),
    st.sampled_from(["/", "、", "，", "；", " ", "\n", "或", " / ", " 或 "]),
    st.booleans(),
)
def test_several_phones_in_one_cell_all_come_back(written: list[str], between: str, wide: bool) -> None:
    cell = between.join(written)
    assert phones(fullwidth(cell) if wide else cell).value == tuple(written)


# Dates

PLAIN_DATES = (
    "{y}.{m}.{d}", "{y}-{m}-{d}", "{y}/{m}/{d}", "{y}年{m}月{d}日", "{y}年{m}月{d}", "{y}年 {m}月 {d}号", "{y}-{m:02}-{d:02}",
    "{y}{m:02}{d:02}", "{y}－{m}－{d}", "{y}.{m}.{d}.", "{y} {m} {d}", "{y}、{m}、{d}", "{y}—{m}—{d}", "{y}年{m}月{d}日生",
    "{y}-{m:02}-{d:02} 00:00:00", "{y}/{m}/{d} 0:00", "{y}-{m:02}-{d:02}T08:30:00",
)  # fmt: skip


@settings(deadline=None)
@given(st.dates(date(1897, 1, 1), TODAY), st.sampled_from(PLAIN_DATES), st.booleans())
def test_any_written_form_of_a_date_reads_back(born: date, form: str, wide: bool) -> None:
    written = form.format(y=born.year, m=born.month, d=born.day)
    assert day(fullwidth(written) if wide else written, today=TODAY) == Parsed(born)


@settings(deadline=None)
@given(st.dates(date(1900, 3, 1), TODAY))
def test_any_serial_number_of_a_spreadsheet_reads_back(born: date) -> None:
    serial = (born - date(1899, 12, 30)).days
    assume(not 1850 <= serial <= 2100)
    for raw in (serial, float(serial), serial + 0.5 if serial > 9999 else serial, str(serial)):
        assert day(raw, today=TODAY) == Parsed(born)


@settings(deadline=None)
@given(st.dates(TODAY - timedelta(days=36_000), TODAY))
def test_a_two_digit_year_is_never_in_the_future(born: date) -> None:
    parsed = day(f"{born:%y%m%d}", today=TODAY)
    assert parsed.value in {born, born.replace(year=born.year + 100 if born.year < 2000 else born.year)}
    assert parsed.value == born or parsed.note == "date.ambiguous"


@pytest.mark.parametrize(
    ("raw", "value", "code"),
    [
        (date(1950, 3, 7), date(1950, 3, 7), None),
        (datetime(1950, 3, 7, 12), date(1950, 3, 7), None),
        (18329, date(1950, 3, 7), None),
        ("18329", date(1950, 3, 7), None),
        (1, date(1900, 1, 1), None),
        (59, date(1900, 2, 28), None),
        (61, date(1900, 3, 1), None),
        (19500307, date(1950, 3, 7), None),
        ("500307", date(1950, 3, 7), None),
        ("50.3.7", date(1950, 3, 7), None),
        ("260520", date(2026, 5, 20), "date.ambiguous"),
        ("260521", date(1926, 5, 21), None),
        ("200112", date(2020, 1, 12), "date.ambiguous"),
        ("195003", date(1950, 3, 1), "date.month_only"),
        ("1950年3月", date(1950, 3, 1), "date.month_only"),
        ("1950年3月份", date(1950, 3, 1), "date.month_only"),
        ("1950.3", date(1950, 3, 1), "date.month_only"),
        (1950.3, date(1950, 3, 1), "date.month_only"),
        (1950.1, date(1950, 1, 1), "date.ambiguous"),
        ("1950.1", date(1950, 1, 1), "date.month_only"),
        ("1950.10", date(1950, 10, 1), "date.month_only"),
        ("50年3月", date(1950, 3, 1), "date.month_only"),
        ("1950年", date(1950, 1, 1), "date.year_only"),
        (1950, date(1950, 1, 1), "date.year_only"),
        ("1950", date(1950, 1, 1), "date.year_only"),
        ("2026-05-21", None, "date.future"),
        (2027, None, "date.future"),
        (70_000, None, "date.future"),
        ("1896-05-19", None, "date.too_old"),
        ("1896-05-20", date(1896, 5, 20), None),
        ("1951-02-29", None, "date.wrong"),
        ("1950.13.7", None, "date.wrong"),
        ("19501307", None, "date.wrong"),
        ("50.3", None, "date.wrong"),
        ("3/7/1950", None, "date.wrong"),
        (80_001, None, "date.wrong"),
        (0, None, "date.wrong"),
        (-5, None, "date.wrong"),
        (True, None, "date.wrong"),
        ("0307", None, "date.wrong"),
        ("属虎", None, "date.wrong"),
    ],
)  # fmt: skip
def test_day(raw: object, value: date | None, code: str | None) -> None:
    assert told(day(raw, today=TODAY)) == (value, code)


# Addresses


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("12栋3单元402", "12-3-402"),
        ("12-3-402", "12-3-402"),
        ("12－3－402", "12-3-402"),
        ("12—3—402室", "12-3-402"),
        ("12/3/402", "12-3-402"),
        ("12号楼三单元402室", "12-3-402"),
        ("十二栋三单元四〇二室", "12-3-402"),
        ("12 栋 3 单元 402", "12-3-402"),
        ("12栋3-402", "12-3-402"),
        ("12-3单元402", "12-3-402"),
        ("12#3-402", "12-3-402"),
        ("012幢03单元0402", "12-3-402"),
        ("12栋3单元4楼402", "12-3-402"),
        ("12栋二门402", "12-2-402"),
        ("12幢402室", "12-402"),
        ("12幢402", "12-402"),
        ("12#402", "12-402"),
        ("12-402", "12-402"),
        ("12号402室", "12-402"),
        ("12栋402-1", "12-402-1"),
        ("12栋3单元", "12-3"),
        ("12栋", "12"),
        ("十二栋", "12"),
        ("一百零八幢", "108"),
        ("12a栋402", "12A-402"),
        ("A座1203", "A-1203"),
        ("甲3栋402", "甲3-402"),
        ("3甲幢402", "3甲-402"),
        ("新2栋402", "新2-402"),
        ("老十二栋3单元402", "老12-3-402"),
        ("东3号楼", "东3"),
        ("西2-1-402", "西2-1-402"),
        ("12-1栋402", "12-1-402"),
        ("综合楼402", "综合楼-402"),
        ("综合楼2单元402", "综合楼-2-402"),
        ("牡丹栋402", "牡丹-402"),
        ("平房12号", "平房-12"),
        ("12楼402", "12-402"),
        ("第12栋第三单元402", "12-3-402"),
    ],
)
def test_address(raw: str, key: str) -> None:
    parsed = address(raw)
    assert parsed.value is not None and address_key(parsed.value) == key
    assert (parsed.note, parsed.rest) == (None, ())


def test_an_address_has_parts() -> None:
    assert address("12栋3单元402").value == Address("12", "3", "402")
    assert address("12-402").value == Address("12", "", "402")
    assert address("12-1栋2单元402").value == Address("12-1", "2", "402")
    assert address("12-1-2-402").value == Address("12-1", "2", "402")
    assert address("12栋3单元").value == Address("12", "3", "")


@pytest.mark.parametrize(
    ("raw", "estate", "key"),
    [
        ("机械厂新村12栋3单元402", "机械厂新村", "12-3-402"),
        ("机械厂新村 12-3-402", "机械厂新村", "12-3-402"),
        ("机械厂二村12栋402", "机械厂二村", "12-402"),
        ("A区12栋402", "A区", "12-402"),
        ("中山路18号12栋3单元402", "中山路18号", "12-3-402"),
        ("中山路18号12-402", "中山路18号", "12-402"),
        ("A区-12-402", "A区", "12-402"),
        ("三元里五一新村十二栋", "三元里五一新村", "12"),
        ("机械厂新村综合楼402", "机械厂新村", "综合楼-402"),
        ("机械厂新村新2栋402", "机械厂新村", "新2-402"),
        ("红星小区北5幢", "红星小区", "北5"),
        ("城东2栋402", "城东", "2-402"),
        ("红星新村2栋402", "红星新村", "2-402"),
    ],
)
def test_the_estate_before_a_building_is_kept_apart(raw: str, estate: str, key: str) -> None:
    parsed = address(raw)
    assert parsed.value is not None and address_key(parsed.value) == key
    assert parsed.rest == (estate,)


def test_a_remark_behind_an_address_is_kept_apart() -> None:
    parsed = address("12栋3单元402（租户）")
    assert told(parsed) == (Address("12", "3", "402"), "address.remark")
    assert parsed.rest == ("", "租户")


@pytest.mark.parametrize(
    "raw", ["402", "机械厂新村", "3单元402", "4楼402", "四楼", "12栋3单元4楼502", "1950-3-7", "025-58801234", "张桂珍", "栋", "#", "-", "12栋" * 500]
)  # fmt: skip
def test_an_address_without_a_building_is_unreadable(raw: str) -> None:
    assert told(address(raw)) == (None, None if raw == "-" else "address.unreadable")


ADDRESS_FORMS = ("{b}栋{s}单元{r}", "{b}幢{s}单元{r}室", "{b}号楼{s}单元{r}", "{b}-{s}-{r}", "{b}#{s}-{r}", "机械厂新村{b}栋{s}单元{r}室", "{b}栋 {s}-{r}")  # fmt: skip


@settings(deadline=None)
@given(
    st.from_regex("[1-9][0-9]{0,2}[A-C]?", fullmatch=True),
    st.integers(1, 20).map(str),
    st.from_regex("[1-9][0-9]{2,3}", fullmatch=True),
    st.sampled_from(ADDRESS_FORMS),
    st.booleans(),
)
def test_any_written_form_of_an_address_reads_back(b: str, s: str, r: str, form: str, wide: bool) -> None:
    written = form.format(b=b, s=s, r=r)
    found = address(fullwidth(written) if wide else written).value
    assert found == Address(b, s, r)
    assert address(address_key(found)).value == found


@pytest.mark.parametrize("text", ["12-3-402", "１２－３－４０２", "12栋402", "12栋", "十二栋", "12#402", "12-402", "机械厂新村12栋3单元", "机械厂新村12-3-402", "A座1203", "综合楼402", "甲3-402", "新2栋", "新2-1-402"])  # fmt: skip
def test_looks_like_address(text: str) -> None:
    assert looks_like_address(text)


@pytest.mark.parametrize("text", ["张桂珍", "王一栋", "李楼", "zgz", "Anna", "402", "13800001111", "025-58801234", "1950-3-7", GUIZHEN, "", "3单元402", "Anna-Maria"])  # fmt: skip
def test_names_and_numbers_do_not_look_like_addresses(text: str) -> None:
    assert not looks_like_address(text)


# Answers


@pytest.mark.parametrize(
    ("raw", "value", "problem"),
    [("男", "male", None), (" 女 性", "female", None), (1, "male", None), (2.0, "female", None), ("f", "female", None),
     ("Ｍ", "male", None), (0, None, None), ("未知", None, None), ("男女", None, "sex.wrong"), (3, None, "sex.wrong")],
)  # fmt: skip
def test_sex(raw: object, value: str | None, problem: str | None) -> None:
    assert told(sex(raw)) == (value, problem)


@pytest.mark.parametrize(
    ("raw", "value", "problem"),
    [("是", True, None), ("√", True, None), (True, True, None), (1, True, None), ("yes", True, None), ("否", False, None),
     ("无", False, None), (0.0, False, None), (False, False, None), ("", None, None), ("/", None, None), ("也许", None, "yes_no.wrong")],
)  # fmt: skip
def test_yes_no(raw: object, value: bool | None, problem: str | None) -> None:
    assert told(yes_no(raw)) == (value, problem)


# Names


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("张 伟", "张伟"),
        ("张　桂 珍", "张桂珍"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("阿依古丽 · 买买提", "阿依古丽·买买提"),
        ("Anna  Lund", "Anna Lund"),
        ("J. Lund", "J. Lund"),
        ("计小花", "计小花"),
        ("王小计", "王小计"),
        ("张一", "张一"),
    ],
)
def test_person_name(raw: str, name: str) -> None:
    assert person_name(raw) == Parsed(name)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("合计", "name.subtotal"),
        ("小 计", "name.subtotal"),
        ("本页总计：35人", "name.subtotal"),
        ("Total", "name.subtotal"),
        ("12栋合计", "name.subtotal"),
        ("张桂珍、李国强", "name.several"),
        ("张*珍", "name.masked"),
        ("张桂珍2", "name.digits"),
        (20, "name.digits"),
        ("张" * 41, "name.too_long"),
        ("(租户)", "name.empty"),
    ],
)
def test_what_is_no_name_is_refused(raw: object, problem: str) -> None:
    assert told(person_name(raw)) == (None, problem)


def test_a_remark_behind_a_name_is_kept_apart() -> None:
    parsed = person_name("张桂珍（户主）")
    assert (told(parsed), parsed.rest) == (("张桂珍", "name.remark"), ("户主",))


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("张桂梅", "zgm"), ("单小芳", "sxf"), ("曾丽", "zl"), ("仇强", "qq"), ("解放", "xf"), ("查英", "zy"), ("尉迟兰", "ycl"),
        ("区秀", "ox"), ("朴美", "pm"), ("任平", "rp"), ("华英", "hy"), ("长孙敏", "zsm"), ("翟亮", "zl"), ("吕岩", "ly"),
        ("阿依古丽·买买提", "ayglmmt"), ("Anna Lund", "al"), ("Åsa Lund", "ål"), ("张Anna", "za"), ("欧阳兰", "oyl"), ("", ""),
    ],
)  # fmt: skip
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


names = st.text(alphabet="张桂珍欧阳修文阿依古丽·Ann Lud", min_size=1, max_size=12)


@settings(deadline=None)
@given(names, st.data())
def test_any_part_of_a_name_finds_it(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 1))
    part = name[start : data.draw(st.integers(start + 1, len(name)))]
    for typed in (part, part.upper(), fullwidth(part)):
        assert set(query_tokens(typed)) <= name_tokens(name)


def test_tokens() -> None:
    assert name_tokens("张桂珍") == {"张", "桂", "珍", "张桂", "桂珍"}
    assert name_tokens("Li") == {"l", "i", "li"}
    assert query_tokens("桂") == ["桂"]
    assert query_tokens("张桂珍") == ["张桂", "桂珍"]
    assert query_tokens(" ") == []


# Masks


@pytest.mark.parametrize(
    ("name", "usual", "last", "everything"),
    [
        ("张桂华", "张*华", "**华", "***"),
        ("张伟", "张*", "*伟", "**"),
        ("张", "张", "*", "*"),
        ("欧阳兰", "欧阳*", "**兰", "***"),
        ("欧阳若兰", "欧阳*兰", "***兰", "****"),
        ("张王桂华", "张**华", "***华", "****"),
        ("阿依·买提", "阿*·买*", "**·*提", "**·**"),
        ("Anna Lund", "A*** L***", "**** ***d", "**** ****"),
        ("", "", "", ""),
    ],
)
def test_mask_name(name: str, usual: str, last: str, everything: str) -> None:
    assert [mask_name(name, form) for form in MASK_FORMS] == [usual, last, name, everything]


def test_mask_phone() -> None:
    assert [mask_phone("13800001234", form) for form in MASK_FORMS] == ["138****1234", "*******1234", "13800001234", "*" * 11]  # fmt: skip
    assert mask_phone("025-58801234") == "***-****1234"
    assert mask_phone("58801234") == "****1234"


def test_mask_id() -> None:
    assert [mask_id(GUIZHEN, form) for form in MASK_FORMS] == [
        f"320113********{GUIZHEN[14:]}", "*" * 14 + GUIZHEN[14:], GUIZHEN, "*" * 18,
    ]  # fmt: skip
    assert mask_id("1234") == "****"


def test_an_unknown_mask_form_shows_nothing() -> None:
    for mask in (mask_name, mask_phone, mask_id):
        with pytest.raises(ValueError, match="no mask form"):
            mask("13800001234", "middle")


@settings(deadline=None)
@given(st.text(), st.sampled_from(["last4", "all"]))
def test_a_masked_number_never_shows_more_than_its_last_four(number: str, form: str) -> None:
    for mask in (mask_phone, mask_id):
        shown = mask(number, form)
        assert len(shown) == len(number)
        assert set(shown[:-4]) <= set("* ·-")
        assert form == "last4" or set(shown) <= set("* ·-")


def test_a_day_in_office_may_lie_ahead():
    today = date(2026, 11, 23)
    assert day("2027.3.1", today=today).problem == "date.future"
    assert day("2027.3.1", today=today, ahead=True).value == date(2027, 3, 1)
    assert day("1850-01-01", today=today, ahead=True).problem == "date.too_old"
