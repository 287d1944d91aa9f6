"""Dates of birth that are known roughly: the month, the year, or two digits of the year."""

from datetime import date

from db import parsing
from db.importing.columns import ReadRow
from db.importing.plans import Remark

ROUGH = ("date.month_only", "date.year_only", "date.ambiguous")


def rough(row: ReadRow, column: int | None) -> Remark | None:
    """What was said of the date of birth when it is not sure to the day."""
    if not row.remarks or column is None:
        return None
    return next((one for one in row.remarks if one.column == column and one.code in ROUGH), None)


def agrees(born: date, exact: date, said: Remark | None) -> bool:
    """Whether a date of birth that may be rough can be this very day."""
    if said is None or born == exact:
        return born == exact
    if said.code == "date.year_only":
        return born.year == exact.year
    if said.code == "date.month_only":
        return (born.year, born.month) == (exact.year, exact.month)
    text = said.value
    if len(text) == 6 and text.isdigit() and (int(text[:4]), int(text[4:])) == (exact.year, exact.month):
        return True  # 190512 is a year and a month, or a day of 1919 or 2019
    if text.endswith(".1") and text[:4].isdigit():  # 1950.1 may have been 1950.10
        return born.year == exact.year and exact.month in (1, 10)
    return (born.month, born.day) == (exact.month, exact.day) and (born.year - exact.year) % 100 == 0


def decide(row: ReadRow, column: int | None) -> None:
    """A rough date of birth gives way to the one in the ID number; what contradicts that is remarked."""
    said = rough(row, column)
    number = row.get("id_number")
    if said is None or not number or not row.has("born"):
        return
    exact = parsing.id_birth(number)
    if not agrees(row.get("born"), exact, said):
        row.remarks.append(Remark("id.birth_differs", "note", column, said.value))
    row.remarks.remove(said)
    row.put("born", exact)
