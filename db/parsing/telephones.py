"""Telephone numbers, several in one cell."""

import re
from typing import Final

from db.parsing.result import NOTHING, Parsed
from db.parsing.text import HAN, fold, plain_dashes, says_nothing

_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_NUMBER: Final = re.compile(
    r"""(?<![0-9.])(?:
        (?:\(?(?:\+|00)?86\)?[- ]?|0)?(?P<mobile>1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4})
        |
        (?:(?:\(?(?:\+|00)?86\)?[- ]?(?=[0(1-9]))?\(?(?P<area>0(?:10|2[0-9]|[3-9][0-9]{2}))\)?[- ]?
           |(?:\+|00)86[- ]?(?P<abroad>10|2[0-9]|[3-9][0-9]{2})[- ])?
        (?P<local>[2-9][0-9]{2,3}[- ]?[0-9]{4})
        (?:(?:-|转|\s?ext\.?\s?)(?P<extension>[0-9]{1,6}))?
    )(?![0-9])""",
    re.VERBOSE | re.IGNORECASE,
)
_BETWEEN: Final = re.compile(r"[\s/、,;|\\或和&()\[\]【】<>《》:。.+-]+")
_WORDS: Final = re.compile(f"(?=.*[A-Za-z{HAN}])(?:[^0-9]*[0-9]{{1,2}}(?![0-9]))*[^0-9]*")


def phones(raw: object) -> Parsed[tuple[str, ...]]:
    """Read the telephone numbers of a cell, in their order and each once.

    A mobile is given as 11 digits, a landline as "025-58801234" or "58801234", with "-801" for an
    extension. Problem phone.wrong refuses the whole cell and leaves in `rest` what could not be read; with note
    phone.remark `rest` holds the words that stood beside the numbers ("儿子").
    """
    text = fold(raw)
    if _MOBILE.fullmatch(text):
        return Parsed((text,))
    if says_nothing(text):
        return NOTHING
    found: dict[str, None] = {}

    def take(match: re.Match[str]) -> str:
        found[_written(match)] = None
        return "/"

    left = [
        piece for piece in _BETWEEN.split(_NUMBER.sub(take, plain_dashes(text))) if not says_nothing(piece)
    ]
    unread = [piece for piece in left if not _WORDS.fullmatch(piece)]
    if unread or not found:
        return Parsed(None, "phone.wrong", rest=tuple(unread) if found else (text,))
    return Parsed(tuple(found), note="phone.remark" if left else None, rest=tuple(left))


def _written(match: re.Match[str]) -> str:
    mobile, area, abroad, local, extension = match.groups()
    if mobile:
        return mobile.replace("-", "").replace(" ", "")
    number = local.replace("-", "").replace(" ", "")
    if abroad:
        area = f"0{abroad}"
    return "-".join(part for part in (area, number, extension) if part)
