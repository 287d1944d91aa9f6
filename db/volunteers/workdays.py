"""Working days in China: public holidays, and the weekends that are worked for them (调休).

The State Council says late in each year how the next one goes, and `chinese_calendar` has it from then on. For years
it does not know yet, only what the calendar itself says is counted: weekends, and the holidays that have a date
(元旦 1 January, 劳动节 1 May, 国庆节 1 to 3 October; 国务院《全国年节及纪念日放假办法》). `known` tells which it is.
"""

from datetime import date

import chinese_calendar

from db.words import N_

NAMES = {
    "New Year's Day": N_("New Year's Day"),
    "Spring Festival": N_("Spring Festival"),
    "Tomb-sweeping Day": N_("Tomb-sweeping Day"),
    "Labour Day": N_("Labour Day"),
    "Dragon Boat Festival": N_("Dragon Boat Festival"),
    "National Day": N_("National Day"),
    "Mid-autumn Festival": N_("Mid-autumn Festival"),
}
"""Holidays by the names that the calendar uses."""

_DATED = {
    (1, 1): "New Year's Day",
    (5, 1): "Labour Day",
    (10, 1): "National Day",
    (10, 2): "National Day",
    (10, 3): "National Day",
}
_FIRST: int = min(chinese_calendar.holidays).year
_LAST: int = max(chinese_calendar.holidays).year


def known(day: date) -> bool:
    """Whether it is published how the year of this day goes."""
    return _FIRST <= day.year <= _LAST


def holiday(day: date) -> str:
    """The name of the public holiday on which this day is free, "" on any other day (plain weekends too)."""
    if not known(day):
        return _DATED.get((day.month, day.day), "")
    free, name = chinese_calendar.get_holiday_detail(day)
    return str(name) if free and name else ""


def make_up(day: date) -> bool:
    """Whether it is a weekend that is worked for a holiday."""
    worked: bool = day.weekday() >= 5 and known(day) and chinese_calendar.is_workday(day)
    return worked


def workday(day: date) -> bool:
    """Whether offices work on this day."""
    return make_up(day) or bool(day.weekday() < 5 and not holiday(day))
