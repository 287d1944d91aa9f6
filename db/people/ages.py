"""Ages, worked out from the birth date for today."""

from datetime import date, timedelta

from db.fields import Option
from db.words import N_

BANDS = {
    "0-5": (0, 6, N_("0 to 5")),
    "6-13": (6, 14, N_("6 to 13")),
    "14-17": (14, 18, N_("14 to 17")),
    "18-59": (18, 60, N_("18 to 59")),
    "60-69": (60, 70, N_("60 to 69")),
    "70-79": (70, 80, N_("70 to 79")),
    "80-89": (80, 90, N_("80 to 89")),
    "90+": (90, 200, N_("90 and over")),
    "60+": (60, 200, N_("60 and over")),
    "80+": (80, 200, N_("80 and over")),
}
BAND_OPTIONS = tuple(Option(code, label) for code, (_low, _high, label) in BANDS.items())


def age_on(born: date, day: date) -> int:
    """Completed years. Whoever was born on 29 February turns older on 1 March in other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def born_by(age: int, day: date) -> date:
    """The latest birth date of those who are at least `age` on `day`."""
    year = day.year - age
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def born_between(band: str, day: date) -> tuple[date, date]:
    """First and last birth date of the people in an age band on `day`. KeyError for an unknown band."""
    low, high, _label = BANDS[band]
    oldest = born_by(high, day) + timedelta(days=1) if high <= day.year - 1 and high < 150 else date(1, 1, 1)
    return oldest, born_by(low, day)
