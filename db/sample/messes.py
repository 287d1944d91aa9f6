"""What offices do to the cells of a ledger: each function spoils a value in one of the ways that were seen."""

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any, Final

from db.register import Values

INSTRUCTIONS: Final = (
    "填表说明",
    "1. 请各网格员于每季度末填报，身份证号请设为文本格式。",
    "2. 地址按“栋-单元-室”填写，例：12栋3单元402室。",
    "3. 重点类别可多选：独居、空巢、残疾、低保、失能、失独、重病、优抚。",
    "4. 请勿删除表头，勿合并数据行单元格。",
)
NUMERALS: Final = ("零", "一", "二", "三", "四", "五", "六", "七", "八", "九")
NOWHERE: Final = ("159", "160", "综合楼", "161")
_WIDE: Final = str.maketrans({ord("0") + digit: ord("０") + digit for digit in range(10)} | {ord("-"): "－"})
_EXCEL_DAY_0: Final = date(1899, 12, 30)


def changed(random: Random, person: Values, place: int) -> Values:
    """Somebody who is known: unchanged, another telephone, moved away, died, or known by name and birth only."""
    match place % 10:
        case 0 | 1:
            return {**person, "phone": f"1895550{place:04}"}
        case 2:
            return {**person, "note": "2026年10月搬走"}
        case 3:
            return {**person, "id_number": None}
        case 4:
            return {**person, "id_number": None, "phone": None, "only_name": True}
        case 5:
            return {
                **person,
                "employer": "红星机械厂（退休）",
                "note": random.choice(("住女儿家", "腿脚不便", "")),
            }
        case _:
            return person


def moved_to_nowhere(person: Values) -> Values:
    """The same person in a building that there is not."""
    return {**person, "building": NOWHERE[int(person["room"]) % len(NOWHERE)]}


def known_by_name_alone(person: Values, home: Values) -> Values:
    """Somebody of whom only a name that several people bear is written, in another home of the building."""
    where = {"stair": home["stair"], "room": home["room"]}
    return {**person, **where, "id_number": None, "phone": None, "only_name": True}


def cells(
    random: Random, number: int, person: Values, sex: str, groups: str, words: Mapping[str, str]
) -> tuple[Any, ...]:
    """The row of one person, some of it spoilt."""
    only_name = bool(person.get("only_name"))
    return (
        number,
        name(random, person["name"]),
        {0: "", 1: f"{sex} ", 2: f"{sex}性"}.get(number % 9, sex),
        id_number(random, number, person["id_number"]),
        "" if only_name else born(random, person["born"]),
        address(random, person),
        phone(random, number, person["phone"]),
        words.get(person["relation"], ""),
        random.choice(("、", "/", "，", " ")).join(groups.split("、"))
        if groups
        else random.choice(("", "", "无", "/")),
        {"elsewhere": "是"}.get(person["stay"], random.choice(("否", "", "×"))),
        words.get(person["party"], ""),
        person["employer"],
        person["health"] or random.choice(("", "", "良好", "健康")),
        person.get("note") or ("=1+1" if number == 77 else ""),
    )


def name(random: Random, text: str) -> str:
    """With spaces, with a remark, or as it is."""
    chance = random.random()
    if chance < 0.1 and len(text) == 2:
        return f"{text[0]}　{text[1]}"
    if chance < 0.14:
        return " ".join(text)
    if chance < 0.18:
        return f"{text}（户主）"
    return f" {text} " if chance < 0.22 else text


def id_number(random: Random, number: int, text: str | None) -> Any:
    """Rounded by the spreadsheet, wide digits, a small x, spaces, 15 digits, one digit wrong or missing."""
    if text is None:
        return ""
    match number % 17:
        case 1:
            return float(int(text[:15]) * 1000)
        case 2:
            return f"{int(text[:6]) / 1e5:.5f}E+17"
        case 4:
            return text.translate(_WIDE)
        case 6:
            return f"{text[:6]} {text[6:14]} {text[14:]}"
        case 8:
            return f"'{text.lower()}"
        case 10 if text[6:8] == "19":
            return text[:6] + text[8:17]
        case 12:
            return text[:16] + str((int(text[16]) + 2) % 10) + text[17]
        case 14 if number % 2:
            return text[:-1]
    return random.choice((text, text, text, f"{text} ", f"{text}\n"))


def born(random: Random, day: date) -> Any:
    """A date as a date, as a serial number, and in all the ways that people type one."""
    return random.choice(
        (
            day, day, day.isoformat(), f"{day.year}.{day.month}.{day.day}", f"{day.year}年{day.month}月{day.day}日",
            f"{day.year}年{day.month}月", f"{day:%Y%m%d}", f"{day.year}/{day.month}/{day.day}", (day - _EXCEL_DAY_0).days,
            f"{day.year}.{day.month}.{day.day}".translate(_WIDE),
        )
    )  # fmt: skip


def phone(random: Random, number: int, text: str | None) -> Any:
    """Several in one cell, with words, with dashes, as a number, or one digit short."""
    if not text:
        return random.choice(("", "", "无", "/"))
    first = text.split("、")[0]
    match number % 13:
        case 1 if first.isdigit():
            return int(first)
        case 3 if first.isdigit():
            return f"{first[:3]}-{first[3:7]}-{first[7:]}"
        case 5:
            return f"{text.replace('、', '/')}/13855501234（女儿）"
        case 7 if first.isdigit():
            return f"+86 {first}"
        case 9:
            return text.translate(_WIDE)
        case 11 if number % 3 == 0:
            return first[:-1]
    return text.replace("、", random.choice(("、", " ", ";", "，")))


def address(random: Random, person: Values) -> str:
    """Building, stair and room in the ways that people write them."""
    building, stair, room = person["building"], person["stair"], person["room"]
    if not building.isdigit():
        unit = "" if building.endswith("楼") else "栋"
        return f"{building}{unit}{stair}单元{room}"
    forms = [
        f"{building}栋{stair}单元{room}室", f"{building}栋{stair}单元{room}", f"{building}-{stair}-{room}",
        f"{building}幢{stair}单元{room}室", f"红星社区{building}栋{stair}单元{room}室", f"{building}#{stair}单元{room}",
        f"{building}号楼{stair}单元{room}", f"{building}－{stair}－{room}".translate(_WIDE), f"{building} 栋 {stair} 单元 {room}",
    ]  # fmt: skip
    if int(building) < 100:
        forms.append(f"{_numeral(int(building))}栋{stair}单元{room}室")
    return random.choice(forms)


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return NUMERALS[ones]
    return f"{NUMERALS[tens] if tens > 1 else ''}十{NUMERALS[ones] if ones else ''}"
