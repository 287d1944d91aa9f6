"""One building as it stands: stairs beside each other, floors above each other, a cell for each home.

Only for those who may see the people: a single home is always fewer than may be told.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from db import clock
from db.access import below
from db.care.agenda import state_of
from db.care.loads import floor_of
from db.care.tables import Due
from db.errors import Refused
from db.people.residents import RESIDENTS
from db.people.tables import Household, Resident
from db.territory.areas import Area
from db.work import Work, query

_A = Area.__table__.c  # type: ignore[attr-defined]
_H = Household.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_D = Due.__table__.c  # type: ignore[attr-defined]

MOST_HOMES = 1500
STATES = ("urgent", "overdue", "window", "coming")
"""What is due for somebody, the worst first."""


@dataclass(frozen=True)
class Behind:
    """Somebody in care who lives in a home. `unseen` is days since the last contact, or since care began."""

    resident_id: int
    name: str
    state: str
    late: bool  # by the rule: not reached in time
    unseen: int
    attempts: int
    colour: str


@dataclass(frozen=True)
class Cell:
    """One home. `state` is that of the person in care who needs somebody most; "" when nobody is in care."""

    household_id: int
    stair: str
    floor: int
    room: str
    people: int
    state: str
    in_care: tuple[Behind, ...]

    @property
    def late(self) -> int:
        return sum(one.late for one in self.in_care)

    @property
    def tried(self) -> int:
        return sum(one.attempts > 0 for one in self.in_care)

    @property
    def unseen(self) -> int | None:
        return max((one.unseen for one in self.in_care), default=None)


@dataclass(frozen=True)
class Matrix:
    """The homes of one building by stair, floor and room; `more` when there are too many to draw."""

    area_id: int
    name: str
    cells: list[Cell]
    more: bool

    @property
    def stairs(self) -> list[str]:
        return sorted({cell.stair for cell in self.cells}, key=lambda one: (len(one), one))

    @property
    def floors(self) -> list[int]:
        return sorted({cell.floor for cell in self.cells}, reverse=True)


@query("coverage.view")
def matrix(work: Work, *, area_id: int) -> Matrix | None:
    """The homes of a building with what is due in each; None for those who may not see the people.

    Refused `area.not_found`.
    """
    area = work.session.execute(select(_A.area_path, _A.name).where(_A.id == area_id)).first()
    if area is None or not work.viewer.reaches("coverage.view", area.area_path):
        raise Refused("area.not_found")
    viewer = work.viewer
    if not (viewer.reaches("resident.view", area.area_path) and viewer.reaches("visit.view", area.area_path)):
        return None
    homes = work.session.execute(
        select(_H.id, _H.stair, _H.room)
        .where(below(_H.place, area.area_path), _H.closed_on.is_(None), _H.withdrawn_at.is_(None))
        .order_by(_H.place, _H.id)
        .limit(MOST_HOMES + 1)
    ).all()
    people: dict[int, int] = {}
    cared: dict[int, list[Behind]] = {}
    clear, spec, today = viewer.sees("name") == "clear", RESIDENTS.specs["name"], clock.today()
    for row in work.session.execute(
        select(
            _R.id, _R.household_id, _R.name, _R.in_care, _D.next_on, _D.opens_on, _D.due_on, _D.last_on, _D.care_since,
            _D.attempts, _D.urgent, _D.colour,
        )
        .outerjoin(Due, _D.resident_id == _R.id)
        .where(below(_R.place, area.area_path), _R.status == "resident", _R.household_id.is_not(None))
        .order_by(_R.place, _R.id)
    ).mappings():  # fmt: skip
        people[row["household_id"]] = people.get(row["household_id"], 0) + 1
        if row["next_on"] is not None:
            name = row["name"] if clear else spec.mask(row["name"])
            cared.setdefault(row["household_id"], []).append(_behind(row, name, today))
    cells = [
        Cell(
            home.id, home.stair, floor_of(home.room), home.room, people.get(home.id, 0),
            _worst(cared.get(home.id, [])), tuple(cared.get(home.id, ())),
        )
        for home in homes[:MOST_HOMES]
    ]  # fmt: skip
    return Matrix(area_id, area.name, cells, len(homes) > MOST_HOMES)


def _behind(row: Any, name: str, today: date) -> Behind:
    start = max(filter(None, (row["last_on"], row["care_since"])), default=today)
    state = "urgent" if row["urgent"] else state_of(dict(row), today)
    late = row["due_on"] is not None and row["due_on"] < today
    return Behind(row["id"], name, state, late, (today - start).days, row["attempts"], row["colour"])


def _worst(people: list[Behind]) -> str:
    return min((one.state for one in people), key=STATES.index, default="")
