"""ID numbers (GB 11643): 6 digits of region, 8 of birth date, 3 of sequence (odd for male), check character."""

import re
from datetime import date
from typing import Final

from stdnum.cn.ric import calc_check_digit

from db.parsing.result import NOTHING, Parsed
from db.parsing.text import fold, says_nothing

_WHOLE: Final = re.compile(r"[0-9]{17}[0-9X]")
_OLD: Final = re.compile(r"[0-9]{15}")
_SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]{1,2}")
_ONLY_OWN_CHARACTERS: Final = re.compile(r"[0-9]+X?")
_NOISE: Final = re.compile(r"[\s'‘’`\"“”]+")
_LOOKS_LIKE_X: Final = re.compile(r"[×ХΧ]$")
_EXACT_DIGITS: Final = 15  # what a spreadsheet keeps of a number


def id_number(raw: object) -> Parsed[str]:
    """Read an ID number; the value has 18 characters.

    Problems: id.damaged (rounded by Excel), id.length, id.characters, id.birth_date, id.check_digit.
    Notes: id.converted (from 15 digits), id.ends_in_zeros. The region is not checked: codes are
    dissolved and renamed, and the check digit covers them. Nothing is cached, so that no numbers stay in memory.
    """
    text = fold(raw)
    if not _WHOLE.fullmatch(text):
        if says_nothing(text):
            return NOTHING
        text = _LOOKS_LIKE_X.sub("X", _NOISE.sub("", text).upper())
    if isinstance(raw, int | float) and len(text) > _EXACT_DIGITS:
        return Parsed(None, "id.damaged")
    if _WHOLE.fullmatch(text):
        return _whole(text)
    if _OLD.fullmatch(text):
        whole = _with_check(f"{text[:6]}19{text[6:]}")
        if not _has_birth_date(whole):
            return Parsed(None, "id.birth_date")
        return Parsed(whole, note="id.converted")
    if _SCIENTIFIC.fullmatch(text):
        return Parsed(None, "id.damaged")
    if _ONLY_OWN_CHARACTERS.fullmatch(text) and len(text) != 18:
        return Parsed(None, "id.length")
    return Parsed(None, "id.characters")


def _whole(text: str) -> Parsed[str]:
    fits = calc_check_digit(text) == text[17]
    rounded = text.endswith("000")
    if rounded and not fits:
        return Parsed(None, "id.damaged")
    if not _has_birth_date(text):
        return Parsed(None, "id.birth_date")
    if not fits:
        return Parsed(None, "id.check_digit")
    # One rounded number in eleven has a fitting check digit by chance.
    return Parsed(text, note="id.ends_in_zeros" if rounded else None)


def _has_birth_date(id18: str) -> bool:
    try:
        return 1850 <= id_birth(id18).year < 2100
    except ValueError:
        return False


def id_birth(id18: str) -> date:
    """Return the birth date in a right ID number (characters 7 to 14)."""
    return date(int(id18[6:10]), int(id18[10:12]), int(id18[12:14]))


def id_sex(id18: str) -> str:
    """Return "male" or "female" (the 17th character is odd for male)."""
    return "male" if int(id18[16]) % 2 else "female"


def id_contradictions(id18: str, born: date | None, sex: str | None) -> list[str]:
    """Return the codes of what contradicts the ID number: id.birth_differs, id.sex_differs.

    What is not known contradicts nothing.
    """
    codes = []
    if born is not None and born != id_birth(id18):
        codes.append("id.birth_differs")
    if sex and sex != id_sex(id18):
        codes.append("id.sex_differs")
    return codes


def make_id(region6: str, born: date, sequence: int) -> str:
    """Return an invented ID number with its right check digit; `sequence` is 0 to 999, odd for male."""
    if len(region6) != 6 or not region6.isdigit() or not 0 <= sequence <= 999:
        raise ValueError("six digits of region and a sequence from 0 to 999")
    return _with_check(f"{region6}{born:%Y%m%d}{sequence:03}")


def _with_check(first17: str) -> str:
    return first17 + str(calc_check_digit(first17 + "0"))
