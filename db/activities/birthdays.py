"""Birthdays of a quarter: whose falls into it, by the sun or by the moon, as the person keeps it.

A lunar birthday of the 30th is kept on the 29th in years whose month has no 30th; one of a leap month, in the month
of the same number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import chain
from typing import Any

from lunardate import LunarDate
from sqlalchemy import ColumnElement, case, exists, extract, or_, select, true

from db import clock
from db.access import below, within
from db.activities import never, signing_up
from db.activities.tables import Activity, Attendance, Guest, Taken
from db.errors import Refused
from db.people.ages import age_on, born_by
from db.people.tables import Group, Membership, Resident
from db.work import Work, command, query

LEAST = 60
FIRST = "retired"
"""The group of people who come first."""
PAGE = 40

_R = Resident.__table__.c  # type: ignore[attr-defined]
_K = Taken.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_N = Group.__table__.c  # type: ignore[attr-defined]
_A = Activity.__table__.c  # type: ignore[attr-defined]
_T = Attendance.__table__.c  # type: ignore[attr-defined]
_G = Guest.__table__.c  # type: ignore[attr-defined]


def quarter_of(day: date) -> str:
    """As it is written: "2026Q4"."""
    return f"{day.year}Q{(day.month - 1) // 3 + 1}"


def days_of(quarter: str) -> tuple[date, date]:
    """The first and the last day of a quarter. Refused `form.invalid` for what is none."""
    year, sign, number = quarter.partition("Q")
    if not (sign and year.isdecimal() and number in ("1", "2", "3", "4") and 1901 <= int(year) <= 2098):
        raise Refused("form.invalid", problems={"quarter": "field.not_a_choice"})
    first = date(int(year), int(number) * 3 - 2, 1)
    return first, (first + timedelta(days=95)).replace(day=1) - timedelta(days=1)


def celebrated(born: date, lunar: bool, first: date, last: date) -> date | None:
    """The day within these days (less than a year) on which somebody has their birthday, None when there is none."""
    if lunar:
        moon = _lunar(born)
        return _by_moon(first, last).get(moon) if moon is not None else None
    days = (_by_sun(born, year) for year in range(first.year, last.year + 1))
    return next((day for day in days if first <= day <= last), None)


def _by_sun(born: date, year: int) -> date:
    try:
        return born.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 3, 1)


@lru_cache(maxsize=16)
def _by_moon(first: date, last: date) -> dict[tuple[int, int], date]:
    """On which of these days each lunar (month, day) is celebrated."""
    found: dict[tuple[int, int], date] = {}
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        moon, following = (
            LunarDate.from_solar_date(one.year, one.month, one.day) for one in (day, day + timedelta(days=1))
        )
        if moon.is_leap_month:
            continue
        found.setdefault((moon.month, moon.day), day)
        if moon.day == 29 and following.day == 1:  # this month has no 30th
            found.setdefault((moon.month, 30), day)
    return found


@lru_cache(maxsize=2**16)  # every day of a lifetime: there are many people, but not many birthdays
def _lunar(born: date) -> tuple[int, int] | None:
    try:
        moon = LunarDate.from_solar_date(born.year, born.month, born.day)
    except ValueError:  # before 1900
        return None
    return int(moon.month), int(moon.day)


@dataclass(frozen=True)
class Celebrant:
    """Somebody whose birthday falls into the quarter. `turns`: how old they get then."""

    resident_id: int
    name: str
    address: str
    born: date
    on: date
    lunar: bool
    turns: int
    retired: bool
    was_guest: bool
    """Came to a birthday party in the year before."""
    invited: bool
    """To the party of this quarter."""
    living: str
    never: bool


@dataclass(frozen=True)
class Celebrants:
    """Some of them in order, how many there are, and how many of these were guests in the year before."""

    people: tuple[Celebrant, ...]
    total: int
    were: int


@query("activity.attend")
def of_quarter(
    work: Work, *, quarter: str, area_path: str = "", least: int = LEAST, offset: int = 0, limit: int | None = PAGE,
    only_guests: bool = False,
) -> Celebrants:  # fmt: skip
    """Whose birthday falls into the quarter: retired workers first, who was no guest in the year before first of these,
    then as one walks. `only_guests`: of the year before. Refused `form.invalid`.
    """
    first, last = days_of(quarter)
    retired, were = _retired(work, area_path), _guests_before(work, quarter)
    rows = work.connection.execute(
        select(_R.id, case((_R.lunar_birthday.is_(True), _R.born)).label("by_moon"))
        .where(
            _R.status == "resident", _R.born.is_not(None), _R.born_key <= born_by(least, last),
            within(work.viewer, work.action, _R.place), below(_R.place, area_path) if area_path else true(),
            _may_fall(first),
        )
        .order_by(_R.place, _R.id)
    )  # fmt: skip
    # In a district these are tens of thousands: no more is read of each than where they stand in the order.
    places: dict[tuple[bool, bool], list[int]] = {
        (retired_worker, guest): [] for retired_worker in (True, False) for guest in (False, True)
    }
    for one, by_moon in rows:
        if by_moon is None or celebrated(by_moon, True, first, last) is not None:
            places[one in retired, one in were].append(one)
    guests, order = [*places[True, True], *places[False, True]], list(chain.from_iterable(places.values()))
    shown = (guests if only_guests else order)[offset : None if limit is None else offset + limit]
    return Celebrants(_described(work, shown, quarter, retired, were), len(order), len(guests))


def _may_fall(first: date) -> ColumnElement[bool]:
    """By the sun in one of the three months (the 29th of February is kept on that day or the next, in the same quarter);
    who keeps the lunar birthday is looked at one by one."""
    months = (first.month, first.month + 1, first.month + 2)
    return or_(extract("month", _R.born).in_(months), _R.lunar_birthday.is_(True))


def _retired(work: Work, area_path: str) -> set[int]:
    today = clock.today()
    return set(
        work.connection.execute(
            select(_M.resident_id)
            .join(Group, _N.id == _M.group_id)
            .where(
                _N.code == FIRST, _M.since <= today, or_(_M.until.is_(None), _M.until >= today),
                within(work.viewer, work.action, _M.place), below(_M.place, area_path) if area_path else true(),
            )
        ).scalars()
    )  # fmt: skip


def _guests_before(work: Work, quarter: str) -> set[int]:
    """Who came to a birthday party within the year before this quarter."""
    first, _last = days_of(quarter)
    return set(
        work.connection.execute(
            select(_T.resident_id)
            .join(Activity, _A.id == _T.activity_id)
            .where(
                _A.kind == "birthday", _T.mark == "came", _T.withdrawn_at.is_(None), _T.resident_id.is_not(None),
                _T.on >= first - timedelta(days=366), _T.on < first,
            )
        ).scalars()
    )  # fmt: skip


def _described(
    work: Work, ids: Sequence[int], quarter: str, retired: set[int], were: set[int]
) -> tuple[Celebrant, ...]:
    first, last = days_of(quarter)
    party = select(_A.id).where(_A.kind == "birthday", _A.quarter == quarter, _A.state != "cancelled")
    invited = exists().where(_G.resident_id == _R.id, _G.activity_id.in_(party), _G.invited_at.is_not(None))
    rows: dict[int, Any] = {
        row.id: row
        for row in work.session.execute(
            select(
                _R.id, _R.name, _R.address, _R.born, _R.lunar_birthday, _R.living, _K.last_on, invited.label("invited")
            )
            .outerjoin(Taken, _K.resident_id == _R.id)
            .where(_R.id.in_(ids))
        )
    }  # fmt: skip
    return tuple(
        Celebrant(
            one, row.name, row.address or "", row.born, on, row.lunar_birthday,
            _turns(row.born, on, row.lunar_birthday), one in retired, one in were, bool(row.invited), row.living,
            row.last_on is None,
        )
        for one in ids
        for row in (rows[one],)
        if (on := celebrated(row.born, row.lunar_birthday, first, last)) is not None
    )  # fmt: skip


def _turns(born: date, on: date, lunar: bool) -> int:
    """By the moon somebody turns older with the lunar year."""
    if not lunar:
        return age_on(born, on)
    then, now = (LunarDate.from_solar_date(day.year, day.month, day.day) for day in (born, on))
    return int(now.year) - int(then.year)


@command("activity.attend")
def invite_all(
    work: Work, *, activity_id: int, most: int | None = None, area_path: str = ""
) -> never.Invited:
    """Invite whose birthday falls into the quarter of a birthday party, in the order of `of_quarter`, at most `most`
    (as many as there is room for, unless said otherwise). Doing it again invites nobody twice.

    Refused `record.not_found`, `activity.no_birthday`, `activity.draft`, `place.closed`, `activity.over`.
    """
    row = signing_up.announced(work, activity_id)
    if row.kind != "birthday" or not row.quarter:
        raise Refused("activity.no_birthday")
    room = row.capacity if most is None else most
    found = of_quarter(work, quarter=row.quarter, area_path=area_path, limit=room)
    return never.invite(work, activity_id=activity_id, resident_ids=[one.resident_id for one in found.people])
