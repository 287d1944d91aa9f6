"""Dates as people and spreadsheets write them."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from db.parsing.result import NOTHING, Parsed
from db.parsing.text import fold, plain_dashes, says_nothing

OLDEST_YEARS: Final = 130
_LAST_SERIAL: Final = 80_000
_YEARS: Final = range(1850, 2101)  # a number of four digits in here is a year, not a serial number

_USUAL: Final = re.compile(r"([0-9]{4})[-./]([0-9]{1,2})[-./]([0-9]{1,2})")
_PARTS: Final = re.compile(
    r"([0-9]{4}|[0-9]{2})\s?([-./年,、。\s])\s?([0-9]{1,2})"
    r"(?:\s?[-./月,、。\s]\s?([0-9]{1,2})\s?[日号.]?|\s?月份?)?(?:出?生)?"
)
_TIME: Final = re.compile(r"[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9:]+)?$")
_YEAR: Final = re.compile(r"([0-9]{4})\s?年(?:出?生)?")
_SERIAL: Final = re.compile(r"([0-9]{5})\.[0-9]+")
_DIGITS: Final = re.compile(r"[0-9]+")

# The value as written, before it is known to lie in the past: a date and a note.
_Read = tuple[date, str | None]


def day(raw: object, *, today: date, ahead: bool = False) -> Parsed[date]:
    """Read a date that lies neither after `today` (unless `ahead`) nor more than 130 years before it.

    Problems: date.wrong, date.future, date.too_old. Notes: date.month_only (the first of the month is
    taken), date.year_only (1 January), date.ambiguous (a two-digit year of either century, six digits
    that are also a year and month, a numeric cell 1950.1 that may have been October).
    A number of five digits, or below 1850, is a serial number of a spreadsheet.
    """
    if isinstance(raw, datetime):
        try:
            return _in_range(raw.date(), None, today, ahead)
        except ValueError:
            return NOTHING
    if isinstance(raw, date):
        return _in_range(raw, None, today, ahead)
    parsed = _day(fold(raw), today, ahead)
    if parsed.note == "date.month_only" and isinstance(raw, float) and fold(raw).endswith(".1"):
        return Parsed(parsed.value, note="date.ambiguous")
    return parsed


@lru_cache(maxsize=1024)
def _day(text: str, today: date, ahead: bool) -> Parsed[date]:
    read: _Read | None
    try:
        if match := _USUAL.fullmatch(text):
            return _in_range(date(*map(int, match.groups())), None, today, ahead)
        if says_nothing(text):
            return NOTHING
        if _DIGITS.fullmatch(text):
            read = _from_digits(text, today)
        else:
            read = _from_parts(_TIME.sub("", plain_dashes(text)), today)
    except (ValueError, OverflowError):
        read = None
    return _in_range(*read, today, ahead) if read else Parsed(None, "date.wrong")


def _in_range(value: date, note: str | None, today: date, ahead: bool) -> Parsed[date]:
    if value > today and not ahead:
        return Parsed(None, "date.future")
    years = today.year - value.year
    if years > OLDEST_YEARS or (
        years == OLDEST_YEARS and (value.month, value.day) < (today.month, today.day)
    ):
        return Parsed(None, "date.too_old")
    return Parsed(value, note=note)


def _from_digits(text: str, today: date) -> _Read | None:
    if len(text) == 8:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])), None
    if len(text) == 6:
        return _from_six_digits(text, today)
    if len(text) > 5 or text.startswith("0"):
        return None
    number = int(text)
    if len(text) == 4 and number in _YEARS:
        return date(number, 1, 1), "date.year_only"
    return (_from_serial(number), None) if 1 <= number <= _LAST_SERIAL else None


def _from_six_digits(text: str, today: date) -> _Read:
    year, month = int(text[:4]), int(text[4:])
    year_and_month = year in _YEARS and year <= today.year and 1 <= month <= 12
    try:
        value, note = _with_century(int(text[:2]), int(text[2:4]), month, today)
    except ValueError:
        if not year_and_month:
            raise
        return date(year, month, 1), "date.month_only"
    return value, "date.ambiguous" if year_and_month else note


def _with_century(year: int, month: int, day_of_month: int, today: date) -> _Read:
    """Return the latest such day that is not in the future; one of this century may also be of the last."""
    this_century = today.year - today.year % 100
    try:
        value = date(this_century + year, month, day_of_month)
    except ValueError:  # 29 February of 1900 or 2000
        return date(this_century - 100 + year, month, day_of_month), None
    if value > today:
        return date(this_century - 100 + year, month, day_of_month), None
    return value, "date.ambiguous"


def _from_serial(number: int) -> date:
    """Return the day of a serial number; spreadsheets count a 29 February 1900 that never was as day 60."""
    return date(1899, 12, 30) + timedelta(days=number if number >= 60 else number + 1)


def _from_parts(text: str, today: date) -> _Read | None:
    if match := _PARTS.fullmatch(text):
        year, mark, month, day_of_month = match.groups()
        if len(year) == 2:
            if day_of_month is None and mark != "年":
                return None
            value, note = _with_century(int(year), int(month), int(day_of_month or 1), today)
            return value, note if day_of_month else "date.month_only"
        if day_of_month is None:
            return date(int(year), int(month), 1), "date.month_only"
        return date(int(year), int(month), int(day_of_month)), None
    if match := _YEAR.fullmatch(text):
        return date(int(match[1]), 1, 1), "date.year_only"
    if match := _SERIAL.fullmatch(text):
        return _from_digits(match[1], today)
    return None
