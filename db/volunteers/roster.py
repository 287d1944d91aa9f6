"""A week at a glance: what is not covered, when and where; and the names for the paper."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from db import clock
from db.access import within
from db.slots import HELD, Booking
from db.territory.areas import Area
from db.volunteers import shifts
from db.volunteers.fitness import hours_of
from db.volunteers.shifts import Card, card_for
from db.volunteers.tables import Volunteer
from db.work import Work, query

STATES = ("empty", "below", "at_risk", "enough", "full")
"""The states of a shift, the worst first."""
HEAT_WEEKS = 4

_A = Area.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def span(monday: date, weeks: int = 1) -> tuple[datetime, datetime]:
    """The moments between which the shifts of some weeks begin."""
    since = datetime.combine(monday, time(0), clock.PLACE)
    return since, since + timedelta(days=7 * weeks)


def day_of(card: Card) -> date:
    """The day in the community on which a shift begins."""
    return card.starts_at.astimezone(clock.PLACE).date()


def missing(card: Card) -> int:
    """How many people are missing to the minimum; who wants to give the place away does not count."""
    return max(card.minimum - (card.taken - card.shaky), 0)


@query("shift.view")
def area_names(work: Work) -> dict[int, str]:
    """What areas are called, for all that shifts can be in."""
    return {row.id: row.name for row in work.session.execute(select(_A.id, _A.name))}


@dataclass(frozen=True)
class Heat:
    """Of one area: people missing and people there, for each weekday (0 is Monday) and hour; and its shifts by state."""

    area_id: int | None
    missing: Counter[tuple[int, int]]
    there: Counter[tuple[int, int]]
    states: Counter[str]

    @property
    def lacking(self) -> int:
        """How many shifts are below their minimum, or will be."""
        return sum(self.states[state] for state in STATES[:3])


def heat(cards: Iterable[Card]) -> list[Heat]:
    """For each area with shifts, by path; `missing` as of the function of that name."""
    found: dict[str, Heat] = {}
    for card in cards:
        one = found.setdefault(card.area_path, Heat(card.area_id, Counter(), Counter(), Counter()))
        one.states[card.state] += 1
        lacks = missing(card)
        for code in hours_of(card):
            day, hour = code.split("-")
            one.missing[int(day), int(hour)] += lacks
            one.there[int(day), int(hour)] += card.taken
    return [found[path] for path in sorted(found)]


@dataclass(frozen=True)
class Sheet:
    """A shift with the names of those who have a place, for the paper."""

    card: Card
    names: tuple[str, ...]


@query("shift.export")
def sheets(
    work: Work, *, since: datetime, until: datetime, area_id: int | None = None, shift_id: int | None = None
) -> list[Sheet]:
    """The shifts that begin from `since` until before `until` with the names, earliest first; or only one of them."""
    rows: Sequence[Any] = shifts.rows(work, since, until, area_id, action="shift.export")
    rows = [row for row in rows if shift_id in (None, row.id)]
    names: dict[int, list[str]] = {}
    for row in work.session.execute(
        select(_B.slot_id, _B.name)
        .where(
            _B.starts_at >= since, _B.starts_at < until, _B.live == 1, _B.state.in_(HELD),
        )
        .order_by(_B.slot_id, _B.id)
    ):  # fmt: skip
        names.setdefault(row.slot_id, []).append(row.name)
    return [Sheet(card_for(work, row), tuple(names.get(row.id, ()))) for row in rows]


@query("shift.edit")
def who_can_be_asked(work: Work) -> dict[int, str]:
    """The active volunteers whom the viewer may see, with their numbers, by name."""
    rows = work.session.execute(
        select(_V.id, _V.name, _V.number)
        .where(
            within(work.viewer, "volunteer.view", _V.area_path),
            _V.status == "active",
            _V.withdrawn_at.is_(None),
        )
        .order_by(_V.name, _V.id)
    )
    return {row.id: f"{row.name} · {row.number}" for row in rows}
