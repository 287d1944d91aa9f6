"""Months, quarters and years: the spans of which figures are told."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from db import clock
from db.errors import Refused

Unit = Literal["month", "quarter", "year"]
UNITS: Final[tuple[Unit, ...]] = ("month", "quarter", "year")
MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, order=True)
class Period:
    """Whole days from `first` to `last`. As it is written: "2026-10", "2026Q4", "2026"."""

    first: date
    last: date

    @property
    def months(self) -> int:
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1

    @property
    def unit(self) -> Unit:
        return next(unit for unit in UNITS if MONTHS[unit] == self.months)

    @property
    def key(self) -> str:
        if self.unit == "month":
            return f"{self.first:%Y-%m}"
        if self.unit == "quarter":
            return f"{self.first.year}Q{(self.first.month + 2) // 3}"
        return str(self.first.year)

    @property
    def over(self) -> bool:
        """Whether its last day is over."""
        return self.last < clock.today()

    @property
    def until(self) -> date:
        """The last day of it of which something can be known."""
        return min(self.last, clock.today())

    @property
    def begins(self) -> datetime:
        """Its first moment in the community."""
        return datetime.combine(self.first, time(), clock.PLACE)

    @property
    def ends(self) -> datetime:
        """The first moment after the last day of which something can be known."""
        return datetime.combine(self.until + timedelta(days=1), time(), clock.PLACE)

    def back(self, number: int = 1) -> "Period":
        """The one so many before it (after it, below 0)."""
        return _from(self.first.year * 12 + self.first.month - 1 - number * self.months, self.months)

    def year_before(self) -> "Period":
        return self.back(12 // self.months)

    def within(self) -> list["Period"]:
        """The months of it, oldest first."""
        first = _from(self.first.year * 12 + self.first.month - 1, 1)
        return [first.back(-number) for number in range(self.months)]


def of(day: date, unit: Unit = "month") -> Period:
    """The period of a unit in which a day lies."""
    months = MONTHS[unit]
    number = day.year * 12 + day.month - 1
    return _from(number - number % 12 % months, months)


def parse(key: str) -> Period:
    """What is written as "2026-10", "2026Q4" or "2026". Refused `period.unknown` for anything else, and for what
    has not begun.
    """
    year, sign, number = key[:4], key[4:5], key[5:]
    if year.isdecimal() and len(year) == 4 and 1950 <= int(year) <= 2150:
        found = None
        if sign == "-" and len(number) == 2 and number.isdecimal() and 1 <= int(number) <= 12:
            found = _from(int(year) * 12 + int(number) - 1, 1)
        elif sign == "Q" and number in ("1", "2", "3", "4"):
            found = _from(int(year) * 12 + int(number) * 3 - 3, 3)
        elif not sign:
            found = _from(int(year) * 12, 12)
        if found is not None and found.first <= clock.today():
            return found
    raise Refused("period.unknown", written=key[:20])


def _from(number: int, months: int) -> Period:
    """From the month that is so many months after the year 0 on."""
    first = date(number // 12, number % 12 + 1, 1)
    after = number + months
    return Period(first, date(after // 12, after % 12 + 1, 1) - timedelta(days=1))
