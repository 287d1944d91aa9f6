"""What the year does to visits: the Spring Festival, the heat of August, the cold of January."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

# New Year's Day of the lunar calendar.
_SPRING: Final = {
    2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3), 2031: (1, 23),
    2032: (2, 11), 2033: (1, 31), 2034: (2, 19), 2035: (2, 8), 2036: (1, 28), 2037: (2, 15), 2038: (2, 4), 2039: (1, 24),
    2040: (2, 12),
}  # fmt: skip
_USUAL: Final = (2, 5)

Days = Callable[[int], tuple[date, date]]


def spring_festival(year: int) -> date:
    """The first day of the lunar year that begins in `year`; about when it is, for years too far away."""
    return date(year, *_SPRING.get(year, _USUAL))


def last_heat(today: date) -> tuple[date, date]:
    """The first and last day of the last heat wave that is over."""
    return _last(today, lambda year: (date(year, 7, 27), date(year, 8, 7)))


def last_cold(today: date) -> tuple[date, date]:
    """The first and last day of the last cold spell that is over."""
    return _last(today, lambda year: (date(year, 1, 12), date(year, 1, 17)))


def last_festival(today: date) -> tuple[date, date]:
    """From the visits before the last Spring Festival that is over to its seventh day."""

    def days(year: int) -> tuple[date, date]:
        first = spring_festival(year)
        return first - timedelta(days=5), first + timedelta(days=6)

    return _last(today, days)


def _last(today: date, days: Days) -> tuple[date, date]:
    this = days(today.year)
    return this if this[1] < today - timedelta(days=3) else days(today.year - 1)


def at_home(day: date) -> bool:
    """Whether most people are with their families: New Year's Eve and the six days after."""
    first = spring_festival(day.year)
    return first - timedelta(days=1) <= day <= first + timedelta(days=6)


def too_hot(day: date) -> bool:
    """Whether nobody likes to climb stairs."""
    return (7, 22) <= (day.month, day.day) <= (8, 24)
