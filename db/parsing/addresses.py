"""Addresses inside a neighbourhood: building, stair, room."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from db.parsing.result import NOTHING, Parsed
from db.parsing.text import fold, plain_dashes, says_nothing


class Address(NamedTuple):
    """Where a household lives; what is absent is "".

    `building` is its number with its letters or suffix ("12", "12A", "甲3", "新2", "12-1"), or its name
    ("综合楼"); never with 栋, 幢 or 号楼.
    """

    building: str
    stair: str
    room: str


_LONGEST: Final = 120

_STEMS: Final = "甲乙丙丁戊"
# 新2栋 is not 2栋 of an estate called 新; but 城东2栋 is 2栋 of 城东.
_SIDE: Final = r"(?:^|(?<=小区)|(?<=社区)|(?<=街道)|(?<=村)|(?<=号院))[新老东西南北](?=[0-9])"
_ESTATE: Final = r"(?P<estate>.*?)(?<![0-9])(?<![0-9]-)"  # a building never begins inside a number
_BUILDING: Final = rf"(?P<building>(?:[A-Z{_STEMS}](?=[0-9栋幢号座楼#])|{_SIDE})?[0-9]{{0,4}}(?:[A-Z{_STEMS}]|-[0-9]{{1,2}}(?=[栋幢号座#]))?)"
_STAIR: Final = rf"(?:(?P<stair>[0-9]{{1,2}}|[A-Z{_STEMS}东西南北中])(?:单元|[门梯]|-))?-?"
_FLOOR: Final = r"(?:(?P<floor>[0-9]{1,2})[楼层]-?)?"
_ROOM: Final = rf"(?:(?P<room>[0-9]{{1,5}}[A-Z{_STEMS}东西南北中左右上下]?(?:-[0-9]{{1,2}})?)[室号户房]?)?"

# Tried in this order: the first marks are surer than the next.
_FORMS: Final = (
    re.compile(rf"{_ESTATE}{_BUILDING}第?(?:号楼|[栋幢座]楼?|#楼?)-?{_STAIR}{_FLOOR}{_ROOM}"),
    re.compile(
        rf"{_ESTATE}(?P<building>(?:[A-Z{_STEMS}]|{_SIDE})?[0-9]{{1,3}}[A-Z{_STEMS}]?|[A-Z{_STEMS}])"
        rf"-(?P<stair>[0-9]{{1,2}}|[A-Z{_STEMS}东西南北中])(?:单元|[门梯])-?{_FLOOR}{_ROOM}"
    ),
    re.compile(
        rf"{_ESTATE}(?P<building>(?:[A-Z{_STEMS}]|{_SIDE})?[0-9]{{1,3}}[A-Z{_STEMS}]?(?:-[0-9]{{1,2}}(?=-[0-9]+-))?)"
        rf"-(?:(?P<stair>[0-9]{{1,2}}|[A-Z{_STEMS}东西南北中])-)?(?P<floor>(?!))?"
        rf"(?P<room>[0-9]{{1,5}}[A-Z{_STEMS}东西南北中左右上下]?(?:-[0-9]{{1,2}})?)[室号户房]?"
    ),
    re.compile(
        r"(?P<estate>.+(?:村|小区|[苑园庄城坊里院]|社区|街道|宿舍区))?"
        rf"(?P<building>[^\W\d_]{{1,10}}[楼栋幢座]|[^\W\d_]{{0,10}}(?:公寓|大厦|宿舍|平房))-?{_STAIR}{_FLOOR}{_ROOM}"
    ),
    re.compile(rf"{_ESTATE}{_BUILDING}号-?{_STAIR}{_FLOOR}{_ROOM}"),
    # 12楼402 is a building; 4楼 and 4楼402 are floors of one that is not named.
    re.compile(
        rf"{_ESTATE}(?P<building>[0-9]{{1,3}}[A-Z]?)楼-?(?:(?P<stair>[0-9]{{1,2}})(?:单元|-)-?)?(?P<floor>(?!))?"
        rf"(?!(?P=building)[0-9]{{2}}(?![0-9]))(?P<room>[0-9]{{3,5}})[室号户]?"
    ),
)
_BUILDING_IN_ESTATE: Final = re.compile(r"[0-9](?:单元|[栋幢])")
_NAMED_UNIT: Final = re.compile(r"[栋幢座]$")
_REMARK: Final = re.compile(r"\s*\(([^()]*)\)$")

_NUMERAL: Final = re.compile(r"[零〇一二两三四五六七八九十百]{1,5}(?=号楼|单元|[栋幢座室号门楼层#])")
_COUNTED: Final = re.compile(r"第(?=[0-9]+(?:号楼|单元|[栋幢座]))")
_NUMERAL_VALUES: Final = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}  # fmt: skip

_SEARCHED_DASHES: Final = re.compile(
    rf"[A-Z{_STEMS}新老东西南北]?[0-9]{{1,3}}[A-Z{_STEMS}]?(?:-(?:[0-9]{{1,2}}|[A-Z{_STEMS}]))?-[0-9]{{1,4}}[A-Z]?室?|[A-Z]-(?:[0-9]{{1,2}}-)?[0-9]{{3,4}}室?"
)
_SEARCHED_MARK: Final = re.compile(
    rf"[0-9A-Z{_STEMS}](?:号楼?|单元|[栋幢座室#])|楼[0-9]|(?<![0-9-])[0-9]{{1,3}}-[0-9]{{1,2}}-[0-9]{{2,4}}室?$"
)


def address(raw: object) -> Parsed[Address]:
    """Read building, stair and room as people write them: 12栋3单元402, 12-3-402, 12幢402室, 十二栋, 12#402.

    Two numbers are building and room (12-402). What stands before the building (the estate, the
    street) is `rest[0]`, words in brackets behind the address are `rest[1]` with note address.remark.
    Problem address.unreadable: no building in it.
    """
    return _address(fold(raw))


@lru_cache(maxsize=1024)
def _address(text: str) -> Parsed[Address]:
    if says_nothing(text):
        return NOTHING
    remark = ""
    if match := _REMARK.search(text):
        remark, text = match[1].strip(), text[: match.start()]
    written = _evenly(text) if len(text) <= _LONGEST else ""
    for form in _FORMS:
        match = form.fullmatch(written)
        if match and (found := _taken(match)):
            estate = (match["estate"] or "").rstrip("-,")
            if remark:
                return Parsed(found, note="address.remark", rest=(estate, remark))
            return Parsed(found, rest=(estate,) if estate else ())
    return Parsed(None, "address.unreadable")


def _evenly(text: str) -> str:
    """Return text without spaces, in capitals, with dashes of one kind and with digits for 十二栋."""
    text = plain_dashes(text).replace(" ", "").replace("/", "-").upper()
    if text.isascii():
        return text
    return _COUNTED.sub("", _NUMERAL.sub(lambda match: _number(match[0]), text))


def _number(numeral: str) -> str:
    """Return the digits of a Chinese numeral below 1000: 十二 is 12, 一百零八 is 108, 四〇二 is 402."""
    if "十" not in numeral and "百" not in numeral:
        return "".join(str(_NUMERAL_VALUES[sign]) for sign in numeral)
    total, last = 0, 0
    for sign in numeral:
        if sign in "十百":
            total += (last or 1) * (10 if sign == "十" else 100)
            last = 0
        else:
            last = _NUMERAL_VALUES[sign]
    return str(total + last)


def _taken(match: re.Match[str]) -> Address | None:
    building, stair, floor, room = (
        match["building"],
        match["stair"] or "",
        match["floor"],
        match["room"] or "",
    )
    if not building or (floor and not _fits_floor(room, floor)):
        return None
    if _BUILDING_IN_ESTATE.search(match["estate"] or ""):
        return None
    if not building[-1].isdigit():
        building = _NAMED_UNIT.sub("", building)
    return Address(_shortly(building), _shortly(stair), _shortly(room)) if building else None


def _fits_floor(room: str, floor: str) -> bool:
    """Whether the floor says nothing that the room does not (4楼402)."""
    return len(room) > 2 and room.lstrip("0").startswith(floor.lstrip("0"))


def _shortly(part: str) -> str:
    return part.lstrip("0") or part[-1:] if part.startswith("0") else part


def address_key(address: Address) -> str:
    """Return the address as it is compared and searched: "12-3-402", "12-402" without a stair."""
    return "-".join(part for part in (address.building, address.stair, address.room) if part)


def looks_like_address(text: str) -> bool:
    """Whether a search text is meant as an address (12-3-402, 12栋402, 12栋), not a name or a number."""
    written = _evenly(fold(text))
    if written.isdigit() or len(written) > _LONGEST:
        return False
    if _SEARCHED_DASHES.fullmatch(written):
        return True
    if not _SEARCHED_MARK.search(written):
        return False
    found = _address(fold(text))
    # 王一栋 is a person: an estate before the building is believed only with a stair or a room.
    return found.value is not None and bool(not found.rest or found.value.stair or found.value.room)
