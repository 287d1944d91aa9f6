"""Shifts: made, changed, called off, and read by those who can take them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, insert, or_, select, true, update

from db import clock, lots, places
from db.access import below, within
from db.errors import Refused
from db.slots import HELD, MODES, Booking, Slot
from db.territory.areas import Area
from db.volunteers.fitness import SHIFT, shift_of
from db.volunteers.tables import Shift, ShiftSeries, Volunteer, WorkKind
from db.work import Work, command, query

KIND = "shift"
TOPIC = "shifts"
LONGEST = 24 * 60
MOST_AHEAD = timedelta(days=400)

_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_F = Shift.__table__.c  # type: ignore[attr-defined]
_K = WorkKind.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_Q = ShiftSeries.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Plan:
    """One shift as it is to be made; what is None comes from the kind of work."""

    kind_id: int
    area_id: int
    day: date
    start: time
    where: str = ""
    title: str = ""
    minutes: int | None = None
    minimum: int | None = None
    capacity: int | None = None
    mode: str = ""
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    cap_month: int = 0
    resident_id: int | None = None
    note: str = ""
    series_id: int | None = None
    series_day: date | None = None

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.day, self.start, clock.PLACE)


@command("shift.create")
def make(work: Work, *, plan: Plan) -> int:
    """Make one shift and return its id.

    Refused `record.not_found` (kind or area), `area.outside`, `form.invalid`, `shift.past`.
    """
    return add(work, [plan])[0]


def add(work: Work, plans: Sequence[Plan]) -> list[int]:
    """Make shifts within a unit of work. Refusals as of `make`; nothing is made when one is refused."""
    kinds: dict[int, Any] = {}
    areas: dict[int, str] = {}
    ids = []
    for plan in plans:
        kind = kinds.get(plan.kind_id) or kinds.setdefault(plan.kind_id, kind_of_work(work, plan.kind_id))
        if plan.area_id not in areas:
            areas[plan.area_id] = path_of(work, plan.area_id)
        ids.append(_add(work, _complete(plan, kind), kind, areas[plan.area_id]))
    work.touch(TOPIC)
    return ids


def kind_of_work(work: Work, kind_id: int) -> Any:
    """Refused `record.not_found`."""
    row = work.session.execute(
        select(WorkKind.__table__).where(_K.id == kind_id, _K.withdrawn_at.is_(None))  # type: ignore[attr-defined]
    ).first()
    if row is None:
        raise Refused("record.not_found")
    return row


def path_of(work: Work, area_id: int) -> str:
    """Where an area lies in which the viewer may do this. Refused `record.not_found`, `area.outside`."""
    path = work.session.execute(select(_A.area_path).where(_A.id == area_id, _A.closed_on.is_(None))).scalar()
    if path is None:
        raise Refused("record.not_found")
    if not work.viewer.reaches(work.action, path):
        raise Refused("area.outside")
    return str(path)


def _complete(plan: Plan, kind: Any) -> Plan:
    """What the kind of work says, where the plan does not. Refused `form.invalid`, `shift.past`."""
    minimum = plan.minimum if plan.minimum is not None else kind.minimum
    capacity = plan.capacity if plan.capacity is not None else kind.maximum
    minutes = plan.minutes if plan.minutes is not None else kind.minutes
    problems = {}
    if kind.two_required and minimum < 2:
        problems["minimum"] = "shift.two_required"
    if not 1 <= minimum <= capacity:
        problems["capacity"] = "shift.room"
    if not 0 < minutes <= LONGEST:
        problems["minutes"] = "shift.minutes"
    mode = plan.mode or kind.mode
    if mode not in MODES:
        problems["mode"] = "field.not_a_choice"
    if plan.opens_at and plan.closes_at and plan.closes_at <= plan.opens_at:
        problems["closes_at"] = "shift.closes"
    if mode == "lottery" and (plan.closes_at is None or plan.closes_at >= plan.starts_at):
        problems["closes_at"] = "shift.lottery_closes"
    if problems:
        raise Refused("form.invalid", problems=problems)
    if plan.starts_at < clock.now() - timedelta(days=1) or plan.starts_at > clock.now() + MOST_AHEAD:
        raise Refused("shift.past", day=plan.day)
    return replace(
        plan, title=plan.title or kind.title, minutes=minutes, minimum=minimum, capacity=capacity, mode=mode
    )


def _add(work: Work, plan: Plan, kind: Any, area_path: str) -> int:
    starts_at = plan.starts_at
    shift_id: int = work.session.execute(
        insert(Slot.__table__)  # type: ignore[attr-defined]
        .values(
            version=1, made_at=work.now, changed_at=work.now, extra={}, kind=KIND, title=plan.title,
            starts_at=starts_at, ends_at=starts_at + timedelta(minutes=plan.minutes or 0), area_id=plan.area_id,
            area_path=area_path, where=plan.where, minimum=plan.minimum, capacity=plan.capacity, taken=0, waiting=0,
            shaky=0, mode=plan.mode, opens_at=plan.opens_at, closes_at=plan.closes_at, rest_before=kind.rest_before,
            rest_after=kind.rest_after, cap_month=plan.cap_month, cancel_hours=kind.cancel_hours, why="",
            seed=secrets.token_hex(16) if plan.mode == "lottery" else "",
        )
        .returning(_S.id)
    ).scalar_one()  # fmt: skip
    work.session.execute(
        insert(Shift.__table__).values(  # type: ignore[attr-defined]
            id=shift_id, kind_id=plan.kind_id, series_id=plan.series_id, series_day=plan.series_day, edited=False,
            resident_id=plan.resident_id, note=plan.note, code_key=secrets.token_hex(16),
        )
    )  # fmt: skip
    work.log(
        KIND, shift_id, plan.title,
        {"starts_at": (None, starts_at), "capacity": (None, plan.capacity), "mode": (None, plan.mode)},
        area_path=area_path,
    )  # fmt: skip
    return shift_id


def editable(work: Work, shift_id: int) -> Any:
    """A shift that the viewer may change. Refused `record.not_found`, `area.outside`."""
    shift = shift_of(work, shift_id)
    if shift is None:
        raise Refused("record.not_found")
    if not work.viewer.reaches(work.action, shift.area_path):
        raise Refused("area.outside")
    return shift


@command("shift.edit")
def change(
    work: Work, *, shift_id: int, version: int, starts_at: datetime | None = None, minutes: int | None = None,
    where: str | None = None, minimum: int | None = None, capacity: int | None = None, note: str | None = None,
    title: str | None = None,
) -> list[str]:  # fmt: skip
    """Change one shift by hand: its series leaves it alone from now on. Who has a place keeps it, and is told.

    Returns the names of those who now are in two places, or too tired: staff settles that with them. Refused
    `record.not_found`, `record.changed`, `place.too_small`, `form.invalid`.
    """
    shift = editable(work, shift_id)
    if shift.version != version:
        raise Refused("record.changed", version=shift.version, theirs={}, record_id=shift_id)
    return rewrite(
        work, shift, starts_at=starts_at, minutes=minutes, where=where, minimum=minimum, capacity=capacity, note=note,
        title=title, by_hand=True,
    )  # fmt: skip


def rewrite(
    work: Work, shift: Any, *, starts_at: datetime | None = None, minutes: int | None = None,
    where: str | None = None, minimum: int | None = None, capacity: int | None = None, note: str | None = None,
    title: str | None = None, resident_id: int | None = None, by_hand: bool,
) -> list[str]:  # fmt: skip
    """Change a shift within a unit of work, by hand or with its series. Results and refusals as of `change`.

    `resident_id`: who is visited.
    """
    shift_id: int = shift.id
    begins = starts_at or shift.starts_at
    ends = begins + (timedelta(minutes=minutes) if minutes is not None else shift.ends_at - shift.starts_at)
    if ends <= begins or ends - begins > timedelta(minutes=LONGEST):
        raise Refused("form.invalid", problems={"minutes": "shift.minutes"})
    room, least = capacity or shift.capacity, minimum or shift.minimum
    if not 1 <= least <= room:
        raise Refused("form.invalid", problems={"capacity": "shift.room"})
    holders = work.session.execute(
        select(Booking.__table__).where(_B.slot_id == shift_id, _B.live == 1)  # type: ignore[attr-defined]
    ).all()
    places.hold_still(work, [one.person_key for one in holders])
    if room != shift.capacity:
        places.resize(work, shift, room)
    new = {
        "starts_at": begins, "ends_at": ends, "where": shift.where if where is None else where, "minimum": least,
        "title": title or shift.title,
    }  # fmt: skip
    changed = {
        name: (getattr(shift, name), value) for name, value in new.items() if value != getattr(shift, name)
    }
    if room != shift.capacity:
        changed["capacity"] = (shift.capacity, room)
    elder = resident_id or shift.resident_id
    if elder != shift.resident_id:
        changed["elder"] = (None if shift.resident_id is None else "•", "•")
    work.session.execute(
        update(Slot).where(_S.id == shift_id).values(**new, version=_S.version + 1, changed_at=work.now)
    )
    work.session.execute(
        update(Shift)
        .where(_F.id == shift_id)
        .values(edited=shift.edited or by_hand, note=shift.note if note is None else note, resident_id=elder)
    )
    moved = {"starts_at", "ends_at"} & set(changed)
    if moved:
        work.session.execute(
            update(Booking).where(_B.slot_id == shift_id, _B.live == 1).values(starts_at=begins, ends_at=ends)
        )
    work.log(KIND, shift_id, shift.title, changed or {"note": (None, "")}, area_path=shift.area_path)
    work.touch(TOPIC)
    tell = bool(moved) or "where" in changed
    return _told_of_change(work, shift_id, holders, tell) if tell or "elder" in changed else []


def _told_of_change(work: Work, shift_id: int, holders: Sequence[Any], tell: bool) -> list[str]:
    """Tell everybody who has or wants a place (`tell`); returns who cannot come any more."""
    now = shift_of(work, shift_id)
    kind, trouble = places.kind_of(KIND), []
    for one in holders:
        if tell:
            kind.told(work, now, one, "changed")
        if one.state in HELD and any(clash.hard for clash in kind.judge(work, now, one.person_key)):
            trouble.append(one.name)
    return trouble


@command("shift.edit")
def cancel(work: Work, *, shift_id: int, why: str) -> int:
    """Call a shift off; everybody who has or wants a place is told. Returns how many were.

    Refused `record.not_found`, `shift.why`, `place.closed` (it is called off already).
    """
    shift = editable(work, shift_id)
    if shift.cancelled_at is not None:
        raise Refused("place.closed")
    if len(why.strip()) < 2:
        raise Refused("shift.why")
    holders = work.session.execute(
        select(Booking.__table__).where(_B.slot_id == shift_id, _B.live == 1)  # type: ignore[attr-defined]
    ).all()
    places.hold_still(work, [one.person_key for one in holders])
    work.session.execute(
        update(Slot)
        .where(_S.id == shift_id)
        .values(cancelled_at=work.now, why=why.strip()[:200], version=_S.version + 1, changed_at=work.now)
    )
    work.log(
        KIND,
        shift_id,
        shift.title,
        {"cancelled": (None, True)},
        area_path=shift.area_path,
        reason=why.strip()[:200],
    )
    work.touch(TOPIC)
    holders = work.session.execute(  # whoever signed up until this moment; nobody can from now on
        select(Booking.__table__).where(_B.slot_id == shift_id, _B.live == 1)  # type: ignore[attr-defined]
    ).all()
    places.hold_still(work, [one.person_key for one in holders])
    for one in holders:
        places.move(work, shift, one, "cancelled", why=why.strip()[:200])
        places.kind_of(KIND).told(work, shift, one, "called_off")
    return len(holders)


@dataclass(frozen=True)
class Card:
    """A shift as anybody who may see shifts sees it: nothing of the elder, nobody's name."""

    id: int
    version: int
    title: str
    work: str
    task: str
    bring: str
    where: str
    area_id: int | None
    area_path: str
    starts_at: datetime
    ends_at: datetime
    minimum: int
    capacity: int
    taken: int
    waiting: int
    shaky: int
    mode: str
    opens_at: datetime | None
    closes_at: datetime | None
    drawn: bool
    seed: str  # its hash before the draw, itself afterwards
    cancelled: str | None  # why; None while it stands
    skills: tuple[str, ...]
    two_required: bool
    elder_visited: bool
    elder_chosen: bool  # whether it is said who is visited
    series_id: int | None
    edited: bool
    kind_id: int
    note: str

    @property
    def free(self) -> int:
        return self.capacity - self.taken

    @property
    def state(self) -> str:
        """`empty`, `below` the minimum, `at_risk` (held, but somebody wants to give it away), `full`, else `enough`."""
        if not self.taken:
            return "empty"
        if self.taken < self.minimum:
            return "below"
        if self.taken - self.shaky < self.minimum:
            return "at_risk"
        return "full" if self.taken >= self.capacity else "enough"


def card_of(row: Any, *, noted: bool = False) -> Card:
    """A row of `SHIFT` as a card; note and place of a visit only for those who look after the shift (`noted`)."""
    open_ = noted or row.resident_id is None
    seed = row.seed if row.drawn_at is not None else lots.seed_hash(row.seed) if row.seed else ""
    return Card(
        row.id, row.version, row.title, row.work, row.task, row.bring, row.where if open_ else "", row.area_id, row.area_path,
        row.starts_at, row.ends_at, row.minimum, row.capacity, row.taken, row.waiting, row.shaky, row.mode,
        row.opens_at, row.closes_at, row.drawn_at is not None, seed,
        row.why if row.cancelled_at is not None else None, tuple(row.skills or ()), row.two_required,
        row.elder_visited, row.resident_id is not None, row.series_id, row.edited, row.kind_id,
        row.note if open_ else "",
    )  # fmt: skip


@query("shift.view")
def between(
    work: Work, *, since: datetime, until: datetime, area_id: int | None = None, kind_ids: Sequence[int] = (),
    cancelled: bool = False, limit: int = 2000,
) -> list[Card]:  # fmt: skip
    """The shifts that begin from `since` until before `until`, earliest first."""
    found = rows(work, since, until, area_id, kind_ids=kind_ids, cancelled=cancelled, limit=limit)
    return [card_for(work, row) for row in found]


def card_for(work: Work, row: Any) -> Card:
    """The card as this viewer may see it."""
    return card_of(row, noted=work.viewer.reaches("shift.edit", row.area_path))


def rows(
    work: Work, since: datetime, until: datetime, area_id: int | None = None, *, kind_ids: Sequence[int] = (),
    cancelled: bool = False, limit: int = 2000, action: str = "shift.view",
) -> Sequence[Any]:  # fmt: skip
    """The rows of `SHIFT` that begin from `since` until before `until`, where the viewer may do `action`."""
    where: list[ColumnElement[bool]] = [
        _S.kind == KIND, _S.starts_at >= since, _S.starts_at < until, _S.withdrawn_at.is_(None),
        within(work.viewer, action, _S.area_path), in_area(work, area_id),
    ]  # fmt: skip
    if kind_ids:
        where.append(_F.kind_id.in_(list(kind_ids)))
    if not cancelled:
        where.append(_S.cancelled_at.is_(None))
    return work.session.execute(SHIFT.where(and_(*where)).order_by(_S.starts_at, _S.id).limit(limit)).all()


def in_area(work: Work, area_id: int | None) -> ColumnElement[bool]:
    """Slots in an area and below it; all of them for None."""
    if area_id is None:
        return true()
    path = work.session.execute(select(_A.area_path).where(_A.id == area_id)).scalar()
    return below(_S.area_path, path) if path else false()


@query("shift.view")
def one(work: Work, *, shift_id: int) -> Card:
    """Refused `record.not_found`."""
    row = shift_of(work, shift_id)
    if row is None or not (
        work.viewer.scope("shift.view") == "all" or work.viewer.reaches("shift.view", row.area_path)
    ):
        raise Refused("record.not_found")
    return card_for(work, row)


@dataclass(frozen=True)
class Holder:
    """Who has or wants a place, for those who look after the shift."""

    booking_id: int
    volunteer_id: int | None
    name: str
    state: str
    rank: int
    handing: str
    regular: bool
    pair: str
    confirmed: bool
    offered_until: datetime | None
    overridden: str
    why: str
    late: bool


@query("shift.sign_up")
def holders(work: Work, *, shift_id: int, over: bool = False) -> list[Holder]:
    """Who has or wants a place; with `over` also who had or wanted one. Refused `record.not_found`, `area.outside`."""
    editable(work, shift_id)
    rows = work.session.execute(
        select(Booking.__table__)  # type: ignore[attr-defined]
        .where(_B.slot_id == shift_id, or_(_B.live == 1, true() if over else false()))
        .order_by(_B.live.is_(None), _B.state, _B.rank, _B.id)
    )
    return [
        Holder(
            row.id, row.volunteer_id, row.name, row.state, row.rank, row.handing, row.regular, row.pair,
            row.confirmed_at is not None, row.offered_until, row.overridden, row.why, row.late,
        )
        for row in rows
    ]  # fmt: skip
