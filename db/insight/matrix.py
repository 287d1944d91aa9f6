"""One building, today or on a past day: stairs beside each other, floors above each other, a cell for each home.

Only for those who may see the people: a single home is always fewer than may be told.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from db import clock
from db.access import below, within
from db.care import reached
from db.care.agenda import state_of
from db.care.loads import floor_of
from db.care.tables import Due, Visit
from db.errors import Refused
from db.insight import past
from db.people.residents import RESIDENTS
from db.people.tables import Household, Resident
from db.territory.areas import Area
from db.work import Work, query

_A = Area.__table__.c  # type: ignore[attr-defined]
_H = Household.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_D = Due.__table__.c  # type: ignore[attr-defined]
_V = Visit.__table__.c  # type: ignore[attr-defined]

MOST_HOMES = 1500
STATES = ("urgent", "overdue", "window", "coming")
"""What is due for somebody, the worst first."""


@dataclass(frozen=True)
class Behind:
    """Somebody in care who lives in a home. `unseen` is days since the last contact, or since care began.

    On a past day the state is "overdue" or "coming", for no more is known, and `attempts` is 1 for any number. Whoever
    has left the viewer's areas since has neither number nor name.
    """

    resident_id: int
    name: str
    state: str
    late: bool  # not reached in time: `db.care.reached`
    unseen: int
    attempts: int
    weekly: int  # thousandths of visits a week


@dataclass(frozen=True)
class Cell:
    """One home. `state` is that of the person in care who needs somebody most; "" when nobody is in care.

    `people` is how many live there, None on a past day.
    """

    household_id: int
    stair: str
    floor: int
    room: str
    people: int | None
    state: str
    in_care: tuple[Behind, ...]

    @property
    def late(self) -> int:
        return sum(one.late for one in self.in_care)

    @property
    def tried(self) -> int:
        return sum(one.attempts > 0 for one in self.in_care)

    @property
    def weekly(self) -> float:
        """Visits a week."""
        return sum(one.weekly for one in self.in_care) / 1000

    @property
    def unseen(self) -> int | None:
        return max((one.unseen for one in self.in_care), default=None)


@dataclass(frozen=True)
class Matrix:
    """The homes of one building by stair, floor and room; `more` when there are too many to draw.

    `day` is a day that is over, None for today; `elsewhere` are the people in care of that day whose home in the
    building the records do not tell any more.
    """

    area_id: int
    name: str
    cells: list[Cell]
    more: bool
    day: date | None = None
    elsewhere: tuple[Behind, ...] = ()

    @property
    def stairs(self) -> list[str]:
        return sorted({cell.stair for cell in self.cells}, key=lambda one: (len(one), one))

    @property
    def floors(self) -> list[int]:
        return sorted({cell.floor for cell in self.cells}, reverse=True)


@query("coverage.view")
def matrix(work: Work, *, area_id: int, day: date | None = None) -> Matrix | None:
    """The homes of a building with what is due in each; None for those who may not see the people.

    `day`: as it was at the end of a day that is over. Refused `area.not_found`, `coverage.no_day` (nothing is kept
    of that day).
    """
    area = work.session.execute(select(_A.area_path, _A.name).where(_A.id == area_id)).first()
    if area is None or not work.viewer.reaches("coverage.view", area.area_path):
        raise Refused("area.not_found")
    viewer = work.viewer
    if not (viewer.reaches("resident.view", area.area_path) and viewer.reaches("visit.view", area.area_path)):
        return None
    if day is not None and day >= clock.today():
        day = None
    homes = work.session.execute(
        select(_H.id, _H.stair, _H.room)
        .where(below(_H.place, area.area_path), _H.closed_on.is_(None), _H.withdrawn_at.is_(None))
        .order_by(_H.place, _H.id)
        .limit(MOST_HOMES + 1)
    ).all()
    people: dict[int, int] = {}
    elsewhere: tuple[Behind, ...] = ()
    if day is None:
        people, cared = _today(work, area.area_path)
    else:
        cared = _on_day(work, area.area_path, day)
        drawn = {home.id for home in homes[:MOST_HOMES]}
        elsewhere = tuple(one for home, inside in cared.items() if home not in drawn for one in inside)
    cells = [
        Cell(
            home.id, home.stair, floor_of(home.room), home.room, people.get(home.id, 0) if day is None else None,
            _worst(cared.get(home.id, [])), tuple(cared.get(home.id, ())),
        )
        for home in homes[:MOST_HOMES]
    ]  # fmt: skip
    return Matrix(area_id, area.name, cells, len(homes) > MOST_HOMES, day, elsewhere)


def _today(work: Work, path: str) -> tuple[dict[int, int], dict[int | None, list[Behind]]]:
    """By home: how many people live there, and those in care."""
    people: dict[int, int] = {}
    cared: dict[int | None, list[Behind]] = {}
    today = clock.today()
    for row in work.session.execute(
        select(
            _R.id, _R.household_id, _R.name, _R.in_care, _D.next_on, _D.opens_on, _D.due_on, _D.last_on, _D.care_since,
            _D.every_days, _D.attempts, _D.urgent, _D.weekly,
        )
        .outerjoin(Due, _D.resident_id == _R.id)
        .where(below(_R.place, path), _R.status == "resident", _R.household_id.is_not(None))
        .order_by(_R.place, _R.id)
    ).mappings():  # fmt: skip
        people[row["household_id"]] = people.get(row["household_id"], 0) + 1
        if row["next_on"] is not None:
            cared.setdefault(row["household_id"], []).append(_behind(row, _name(work, row["name"]), today))
    return people, cared


def _on_day(work: Work, path: str, day: date) -> dict[int | None, list[Behind]]:
    """By home: who was in care on a day that is over; None for a home that the records do not tell any more."""
    first = past.first_day(work.session)
    if first is None or day < first:
        raise Refused("coverage.no_day", day=day)
    then = past.people_on(work.session, day, path)
    ids = {one.resident_id for one in then}
    homes = _homes_on(work, path, day, ids)
    names = {
        row.id: _name(work, row.name)
        for row in work.session.execute(
            select(_R.id, _R.name).where(_R.id.in_(ids), within(work.viewer, "resident.view", _R.place))
        )
    }
    found: dict[int | None, list[Behind]] = {}
    for one in then:
        known = one.resident_id in names
        found.setdefault(homes.get(one.resident_id), []).append(
            Behind(
                one.resident_id if known else 0, names.get(one.resident_id, ""), "coming" if one.in_time else "overdue",
                not one.in_time, one.unseen, int(one.tried), one.weekly,
            )
        )  # fmt: skip
    return found


def _homes_on(work: Work, path: str, day: date, ids: Collection[int]) -> dict[int, int]:
    """In which home of a building people lived: a visit keeps where it was. The nearest one at or before `day` tells,
    else the first one after it, else where they live now."""
    home_at = {
        row.place: row.id
        for row in work.session.execute(select(_H.id, _H.place).where(below(_H.place, path)).order_by(_H.id))
    }
    found: dict[int, int] = {}
    for row in work.session.execute(select(_R.id, _R.household_id, _R.place).where(_R.id.in_(ids))):
        if row.household_id is not None and row.place in home_at:
            found[row.id] = row.household_id
    told: set[int] = set()
    for visit in work.session.execute(
        select(_V.resident_id, _V.place, _V.day)
        .where(_V.resident_id.in_(ids), below(_V.place, path), _V.replaced_by.is_(None), _V.withdrawn_at.is_(None))
        .order_by(_V.day, _V.at, _V.id)
    ):  # fmt: skip
        if visit.place not in home_at or (visit.day > day and visit.resident_id in told):
            continue
        found[visit.resident_id] = home_at[visit.place]
        told.add(visit.resident_id)
    return found


def _name(work: Work, name: str) -> str:
    return name if work.viewer.sees("name") == "clear" else RESIDENTS.specs["name"].mask(name)


def _behind(row: Any, name: str, today: date) -> Behind:
    start = max(filter(None, (row["last_on"], row["care_since"])), default=today)
    state = "urgent" if row["urgent"] else state_of(dict(row), today)
    late = reached.missed(row, today)
    return Behind(row["id"], name, state, late, (today - start).days, row["attempts"], row["weekly"])


def _worst(people: list[Behind]) -> str:
    return min((one.state for one in people), key=STATES.index, default="")
