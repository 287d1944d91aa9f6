"""A draft roster: who could take which open place of a week, proposed at once and explained line by line.

The proposal keeps to the hard rules of `fitness`. Among who can, it is cheapest (an assignment problem) to ask those
who served little in the last four weeks, who know the elder, the shifts or the work, who live near, and who named
those hours. Nothing is booked: staff accept row by row. What was accepted is a booking and stays; what was put aside
is not proposed again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from sqlalchemy import delete, func, insert, select, update

from db import clock, places
from db.access import Viewer, within
from db.errors import Refused
from db.slots import HELD, Booking, Slot
from db.territory.areas import Area, Level
from db.volunteers import shifts, signing_up
from db.volunteers.fitness import SHIFT, Known, gather, hours_of, judge, key_of, pair_of
from db.volunteers.shifts import TOPIC
from db.volunteers.signing_up import SignedUp
from db.volunteers.tables import Shift, Suggestion, Volunteer
from db.work import Work, command, query

LOOK_BACK = timedelta(days=28)
MOST_PLACES, MOST_VOLUNTEERS = 400, 1000
ROUNDS = 6
"""How often at most somebody is proposed in one week: each round gives one person one place."""
NEVER = 1e6

HOUR = 1.0
"""What each hour of the last four weeks costs; everything else is weighed against it."""
KNOWS = {"elder": -8.0, "series": -4.0, "work": -1.5}
DISTANCE = {"building": 0.0, "grid": 1.0, "other": 4.0}
NAMED_HOURS = -1.0
SAID = 6.0
"""What each thing costs that stands against it without forbidding it."""
BEYOND_MINIMUM = 12.0
"""What a place costs that would be nice to fill: those needed come first."""

_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_F = Shift.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_U = Suggestion.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Proposed:
    """How a draft went: lines proposed, places that were open, and how many nobody can take."""

    lines: int
    open: int

    @property
    def nobody(self) -> int:
        return self.open - self.lines


@dataclass(frozen=True)
class Line:
    """One row of the draft: a person for a place. `reasons` are codes with their facts."""

    id: int
    shift_id: int
    title: str
    area_id: int | None
    where: str
    starts_at: datetime
    ends_at: datetime
    taken: int
    minimum: int
    volunteer_id: int
    name: str
    cost: float
    reasons: tuple[tuple[str, dict[str, Any]], ...]


@dataclass
class _Past:
    """What somebody did: minutes lately, and how often with whom, in which series, at which work."""

    minutes: Counter[int]
    elder: Counter[tuple[int, int]]
    series: Counter[tuple[int, int]]
    work: Counter[tuple[int, int]]


def propose(viewer: Viewer | Work | None, *, monday: date, area_id: int | None = None) -> Proposed:
    """Draft the open places of a week; lines of an older draft that nobody accepted or put aside give way.

    Refused `draft.nothing` (no place is open), `draft.nobody` (there is no volunteer in the areas of the viewer).
    """
    drafted = _drafted(
        viewer, monday=monday, area_id=area_id
    )  # a second of reckoning, while others can write
    _keep(viewer, monday=monday, drafted=drafted)
    return Proposed(len(drafted.lines), drafted.room)


@dataclass(frozen=True)
class _Drafted:
    slot_ids: Sequence[int]
    room: int
    lines: Sequence[dict[str, Any]]


@query("shift.edit")
def _drafted(work: Work, *, monday: date, area_id: int | None) -> _Drafted:
    open_shifts = _open(work, monday, area_id)
    if not open_shifts:
        raise Refused("draft.nothing")
    volunteers = _volunteers(work)
    if not volunteers:
        raise Refused("draft.nobody")
    ids = [one.id for one in open_shifts]
    aside = {
        (row.slot_id, row.volunteer_id)
        for row in work.session.execute(
            select(_U.slot_id, _U.volunteer_id).where(_U.slot_id.in_(ids), _U.state == "put_aside")
        )
    }
    lines = [
        {"slot_id": shift.id, "volunteer_id": volunteer.id, "cost": cost, "reasons": reasons}
        for shift, volunteer, cost, reasons in _solve(work, monday, open_shifts, volunteers, aside)
    ]
    return _Drafted(ids, sum(one.capacity - one.taken for one in open_shifts), lines)


@command("shift.edit")
def _keep(work: Work, *, monday: date, drafted: _Drafted) -> None:
    """Let the draft take the place of the one before it."""
    work.session.execute(delete(Suggestion).where(_U.slot_id.in_(drafted.slot_ids), _U.state == "proposed"))
    same = {
        "version": 1, "made_at": work.now, "changed_at": work.now, "extra": {}, "draft": f"{work.now:%Y%m%d%H%M%S}",
        "state": "proposed",
    }  # fmt: skip
    if drafted.lines:
        work.session.execute(
            insert(Suggestion.__table__),  # type: ignore[attr-defined]
            [{**same, **line} for line in drafted.lines],
        )
    work.log(
        "draft", None, f"{monday:%Y-%m-%d}", {"lines": (None, len(drafted.lines)), "open": (None, drafted.room)}
    )  # fmt: skip
    work.touch(TOPIC)


def _open(work: Work, monday: date, area_id: int | None) -> list[Any]:
    """The shifts of a week with free places that are not drawn by lot."""
    since = max(datetime.combine(monday, time(0), clock.PLACE), work.now)
    until = datetime.combine(monday + timedelta(days=7), time(0), clock.PLACE)
    rows = shifts.rows(work, since, until, area_id, action="shift.edit")
    found, room = [], 0
    for row in rows:
        lots = row.mode == "lottery" and row.drawn_at is None
        if row.taken < row.capacity and not lots and room < MOST_PLACES:
            found.append(row)
            room += row.capacity - row.taken
    return found


def _volunteers(work: Work) -> Sequence[Any]:
    return work.session.execute(
        select(Volunteer.__table__)  # type: ignore[attr-defined]
        .where(
            within(work.viewer, "volunteer.view", _V.area_path), _V.status.in_(("active", "paused", "blocked")),
            _V.withdrawn_at.is_(None),
        )
        .order_by(_V.id)
        .limit(MOST_VOLUNTEERS)
    ).all()  # fmt: skip


def _past(work: Work, monday: date, ids: Sequence[int]) -> _Past:
    """What these volunteers did in the four weeks before the week, and will do in it by what is booked.

    Whom and what they know is counted over everything that ever was.
    """
    since = datetime.combine(monday, time(0), clock.PLACE) - LOOK_BACK
    until = datetime.combine(monday + timedelta(days=7), time(0), clock.PLACE)
    past = _Past(Counter(), Counter(), Counter(), Counter())
    held = (_B.volunteer_id.in_(ids), _B.live == 1, _B.state.in_(HELD))
    for row in work.session.execute(
        select(_B.volunteer_id, _B.starts_at, _B.ends_at).where(*held, _B.starts_at >= since, _B.starts_at < until)
    ):  # fmt: skip
        past.minutes[row.volunteer_id] += int((row.ends_at - row.starts_at) // timedelta(minutes=1))
    for row in work.session.execute(
        select(_B.volunteer_id, _F.resident_id, _F.series_id, _F.kind_id, func.count().label("times"))
        .join(Shift, _F.id == _B.slot_id)
        .where(*held, _B.starts_at < work.now)
        .group_by(_B.volunteer_id, _F.resident_id, _F.series_id, _F.kind_id)
    ):
        who = row.volunteer_id
        past.work[who, row.kind_id] += row.times
        if row.series_id is not None:
            past.series[who, row.series_id] += row.times
        if row.resident_id is not None:
            past.elder[who, row.resident_id] += row.times
    return past


def _grid_depth(work: Work) -> int:
    """How many areas a path names down to the last level above the buildings."""
    path = work.session.execute(
        select(_A.area_path).join(Level, _L.code == _A.level).where(_L.holds_homes.is_(True)).limit(1)
    ).scalar()
    return max(len(_steps(path)) - 1, 1) if path else 2


def _steps(path: str) -> list[str]:
    return [one for one in path.split("/") if one]


def distance(one: str, other: str, grid_depth: int) -> str:
    """How far two areas are: the same `building` (or the very same area), the same `grid`, or `other`."""
    if one == other:
        return "building"
    here, there = _steps(one)[:grid_depth], _steps(other)[:grid_depth]
    return "grid" if len(here) == grid_depth and here == there else "other"


_Found = tuple[Any, Any, float, list[list[Any]]]


def _solve(
    work: Work, monday: date, open_shifts: Sequence[Any], volunteers: Sequence[Any], aside: set[tuple[int, int]]
) -> list[_Found]:  # fmt: skip
    """Rounds of the assignment problem (Jonker and Volgenant's algorithm in scipy), each of one place for a person."""
    from scipy.optimize import linear_sum_assignment  # a fifth of a second that only this needs

    known = gather(work, open_shifts, volunteers)
    past = _past(work, monday, [one.id for one in volunteers])
    weigher = _Weigher(work, known, past, _grid_depth(work), aside)
    left = [shift for shift in open_shifts for _place in range(shift.capacity - shift.taken)]
    taken = Counter({shift.id: shift.taken for shift in open_shifts})
    costs = {shift.id: np.array([weigher.cost(shift, one) for one in volunteers]) for shift in open_shifts}
    found: list[_Found] = []
    for _round in range(ROUNDS):
        if not left:
            break
        needed: Counter[int] = Counter()
        extra = []
        for shift in left:
            needed[shift.id] += 1
            extra.append(0.0 if taken[shift.id] + needed[shift.id] <= shift.minimum else BEYOND_MINIMUM)
        matrix = np.stack([costs[shift.id] for shift in left])
        matrix = np.where(matrix >= NEVER, NEVER, matrix + np.array(extra)[:, None])
        # Whoever is needed is worth far more than any difference between people.
        matrix = matrix - np.where((np.array(extra) == 0.0)[:, None] & (matrix < NEVER), 1000.0, 0.0)
        rows, columns = linear_sum_assignment(matrix)
        chosen = sorted(
            (matrix[row, column], row, column)
            for row, column in zip(rows, columns, strict=True)
            if matrix[row, column] < NEVER
        )
        done: set[int] = set()
        changed: set[int] = set()
        for _cost, row, column in chosen:
            shift, volunteer = left[row], volunteers[column]
            if _apart(known, shift, volunteer):
                costs[shift.id][column] = NEVER
                continue
            found.append(
                (
                    shift,
                    volunteer,
                    round(float(costs[shift.id][column]), 1),
                    weigher.reasons(shift, volunteer),
                )
            )
            known.held[key_of(volunteer.id)].append(shift)
            known.there.setdefault(shift.id, set()).add(volunteer.id)
            past.minutes[volunteer.id] += int((shift.ends_at - shift.starts_at) // timedelta(minutes=1))
            taken[shift.id] += 1
            done.add(row)
            changed.add(column)
        if not chosen:
            break
        left = [shift for number, shift in enumerate(left) if number not in done]
        for shift in {one.id: one for one in left}.values():
            for column in changed:
                costs[shift.id][column] = weigher.cost(shift, volunteers[column])
    return sorted(found, key=lambda one: (one[0].starts_at, one[0].id, one[2]))


def _apart(known: Known, shift: Any, volunteer: Any) -> bool:
    """Whether somebody was proposed for this shift in the same round with whom it must not be."""
    return any(pair_of(volunteer.id, other) in known.unwanted for other in known.there.get(shift.id, ()))


@dataclass
class _Weigher:
    """What it costs to ask a volunteer for a shift, and why."""

    work: Work
    known: Known
    past: _Past
    grid_depth: int
    aside: set[tuple[int, int]]

    def cost(self, shift: Any, volunteer: Any) -> float:
        """`NEVER` where a hard rule forbids it, or staff put it aside."""
        if (shift.id, volunteer.id) in self.aside or volunteer.id in self.known.there.get(shift.id, ()):
            return NEVER
        found = judge(self.work, shift, volunteer, self.known)
        if any(one.hard for one in found):
            return NEVER
        who = volunteer.id
        cost = HOUR * self.past.minutes[who] / 60 + SAID * len(found)
        cost += next((KNOWS[code] for code, times in self._knows(shift, who) if times), 0.0)
        cost += DISTANCE[distance(shift.area_path, volunteer.area_path, self.grid_depth)]
        return cost + (NAMED_HOURS if self._named(shift, volunteer) else 0.0)

    def _knows(self, shift: Any, who: int) -> list[tuple[str, int]]:
        return [
            ("elder", self.past.elder[who, shift.resident_id] if shift.resident_id is not None else 0),
            ("series", self.past.series[who, shift.series_id] if shift.series_id is not None else 0),
            ("work", self.past.work[who, shift.kind_id]),
        ]

    @staticmethod
    def _named(shift: Any, volunteer: Any) -> bool:
        return bool(volunteer.available) and set(hours_of(shift)) <= set(volunteer.available)

    def reasons(self, shift: Any, volunteer: Any) -> list[list[Any]]:
        """The same as `cost`, said: what speaks for it and what against."""
        who = volunteer.id
        said: list[list[Any]] = [["fair", {"hours": round(self.past.minutes[who] / 60, 1)}]]
        known = next(((code, times) for code, times in self._knows(shift, who) if times), None)
        if known is not None:
            said.append([known[0], {"times": known[1]}])
        said.append([distance(shift.area_path, volunteer.area_path, self.grid_depth), {}])
        if self._named(shift, volunteer):
            said.append(["named", {}])
        said += [[f"said_{one.code}", {}] for one in judge(self.work, shift, volunteer, self.known)]
        return said


@query("shift.edit")
def lines(work: Work, *, monday: date, area_id: int | None = None) -> list[Line]:
    """What the draft of a week proposes still, earliest first."""
    since = datetime.combine(monday, time(0), clock.PLACE)
    rows = work.session.execute(
        select(
            _U.id, _U.slot_id, _U.volunteer_id, _U.cost, _U.reasons, _V.name, _S.title, _S.area_id, _S.where, _S.starts_at,
            _S.ends_at, _S.taken, _S.minimum,
        )
        .join(Slot, _S.id == _U.slot_id)
        .join(Volunteer, _V.id == _U.volunteer_id)
        .where(
            _U.state == "proposed", _S.starts_at >= max(since, work.now), _S.starts_at < since + timedelta(days=7),
            _S.cancelled_at.is_(None), _S.taken < _S.capacity, within(work.viewer, "shift.edit", _S.area_path),
            within(work.viewer, "volunteer.view", _V.area_path), shifts.in_area(work, area_id),
        )
        .order_by(_S.starts_at, _S.id, _U.cost)
    )  # fmt: skip
    return [
        Line(
            row.id, row.slot_id, row.title, row.area_id, row.where, row.starts_at, row.ends_at, row.taken, row.minimum,
            row.volunteer_id, row.name, row.cost, tuple((code, facts) for code, facts in row.reasons),
        )
        for row in rows
    ]  # fmt: skip


@command("shift.edit")
def accept(work: Work, *, suggestion_id: int) -> SignedUp:
    """Book what a line proposes, by the same path as any signing up.

    Refused `record.not_found`, `area.outside`, `draft.gone` (accepted or put aside already), and as `sign_up`.
    """
    row = _line(work, suggestion_id, "accepted")
    return signing_up.sign_up(work, shift_id=row.slot_id, volunteer_id=row.volunteer_id)


@command("shift.edit")
def put_aside(work: Work, *, suggestion_id: int) -> None:
    """Do not propose this person for this shift again. Refused `record.not_found`, `area.outside`, `draft.gone`."""
    row = _line(work, suggestion_id, "put_aside")
    shift = work.session.execute(SHIFT.where(_S.id == row.slot_id)).one()
    work.log(
        "draft", row.slot_id, shift.title, {"put_aside": (None, row.volunteer_id)}, area_path=shift.area_path
    )
    work.touch(TOPIC)


def _line(work: Work, suggestion_id: int, state: str) -> Any:
    """A line that nobody decided, now in `state`."""
    row = work.session.execute(
        select(Suggestion.__table__).where(_U.id == suggestion_id)  # type: ignore[attr-defined]
    ).first()
    if row is None:
        raise Refused("record.not_found")
    shifts.editable(work, row.slot_id)
    if row.state != "proposed":
        raise Refused("draft.gone")
    places.hold_still(work, [key_of(row.volunteer_id)])
    done = work.connection.execute(
        update(Suggestion.__table__)  # type: ignore[attr-defined]
        .where(_U.id == suggestion_id, _U.state == "proposed")
        .values(state=state, version=row.version + 1, changed_at=work.now)
    )
    if done.rowcount != 1:
        raise Refused("draft.gone")
    return row


@query("shift.edit")
def suggested(work: Work, *, shift_id: int, count: int = 8) -> list[Line]:
    """Who could take a place in one shift, the best first, with the reasons; nothing is kept.

    Refused `record.not_found`, `area.outside`.
    """
    shift = shifts.editable(work, shift_id)
    volunteers = _volunteers(work)
    known = gather(work, [shift], volunteers)
    day = shift.starts_at.astimezone(clock.PLACE).date()
    past = _past(work, day - timedelta(days=day.weekday()), [one.id for one in volunteers])
    weigher = _Weigher(work, known, past, _grid_depth(work), set())
    wanted = {
        row.volunteer_id
        for row in work.session.execute(select(_B.volunteer_id).where(_B.slot_id == shift_id, _B.live == 1))
    }
    costs = [(weigher.cost(shift, one), one) for one in volunteers if one.id not in wanted]
    best = sorted((pair for pair in costs if pair[0] < NEVER), key=lambda pair: (pair[0], pair[1].id))[:count]
    return [
        Line(
            0, shift.id, shift.title, shift.area_id, shift.where, shift.starts_at, shift.ends_at, shift.taken, shift.minimum, one.id,
            one.name, round(cost, 1), tuple((code, facts) for code, facts in weigher.reasons(shift, one)),
        )
        for cost, one in best
    ]  # fmt: skip
