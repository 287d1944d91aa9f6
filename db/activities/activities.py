"""Activities: planned, announced, changed, called off, and read."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update

from db import clock, places
from db.access import within
from db.activities import judging
from db.activities.judging import KIND, TOPIC
from db.activities.tables import Activity, Meeting, Venue
from db.errors import Refused
from db.slots import TERM, Booking, Slot
from db.territory.areas import Area
from db.volunteers import shifts
from db.volunteers.fitness import shift_of
from db.work import Work, command

MOST_SESSIONS = 60
LONGEST = 24 * 60

_A = Activity.__table__.c  # type: ignore[attr-defined]
_M = Meeting.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_V = Venue.__table__.c  # type: ignore[attr-defined]
_R = Area.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Plan:
    """An activity as it is to be made. `more` are further fields of the table by name."""

    kind: str
    title: str
    area_id: int
    days: tuple[date, ...]
    start: time
    minutes: int = 90
    capacity: int = 20
    venue_id: int | None = None
    where: str = ""
    whole_term: bool = False
    rule: str = ""
    more: dict[str, Any] = field(default_factory=dict)


MORE = (
    "about", "lead", "minimum", "mode", "opens_at", "closes_at", "for_groups", "age_from", "age_to", "areas", "employer",
    "priorities", "needs_consent", "needs_contact", "companion", "seats", "materials", "cost", "spent", "pictures",
    "helper_kind_id", "helpers", "quarter",
)  # fmt: skip
"""What can be said of an activity beside its dates and places."""


@command("activity.create")
def create(work: Work, *, plan: Plan, announce_now: bool = False) -> int:
    """Plan an activity; it is a draft until it is announced. Returns its id.

    Refused `record.not_found` (area or place), `area.outside`, `form.invalid`, `activity.venue_taken` (title, starts_at).
    """
    area_path = shifts.path_of(work, plan.area_id)
    _check(plan)
    whens = [_when(day, plan.start, plan.minutes) for day in sorted(set(plan.days))]
    _check_venue(work, plan.venue_id, whens, plan.capacity)
    values = {name: plan.more[name] for name in MORE if name in plan.more}
    row = Activity(
        kind=plan.kind, title=plan.title.strip(), area_id=plan.area_id, area_path=area_path, venue_id=plan.venue_id,
        where=plan.where, whole_term=plan.whole_term and len(whens) > 1, capacity=plan.capacity, rule=plan.rule,
        token=secrets.token_urlsafe(9), made_by=work.viewer.name, **values,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    activity_id = row.id or 0
    if row.whole_term:
        row.term_slot_id = _add_slot(work, row, TERM, whens[0][0], whens[-1][1])
    for number, (begins, ends) in enumerate(whens, start=1):
        _add_session(work, row, number, begins, ends)
    _span(row, whens)
    work.session.add(row)
    work.session.flush()
    work.log(KIND, activity_id, row.title, {"dates": (None, len(whens)), "capacity": (None, row.capacity)},
             area_path=area_path)  # fmt: skip
    work.touch(TOPIC)
    if announce_now:
        announce(work, activity_id=activity_id)
    return activity_id


def _when(day: date, start: time, minutes: int) -> tuple[datetime, datetime]:
    begins = datetime.combine(day, start, clock.PLACE)
    return begins, begins + timedelta(minutes=minutes)


def _span(row: Any, whens: Sequence[tuple[datetime, datetime]]) -> None:
    row.starts_on = whens[0][0].astimezone(clock.PLACE).date()
    row.ends_on = whens[-1][0].astimezone(clock.PLACE).date()


def _check(plan: Plan) -> None:
    """Refused `form.invalid`."""
    problems = {}
    if not plan.title.strip():
        problems["title"] = "field.required"
    if not plan.days:
        problems["days"] = "activity.no_dates"
    elif len(set(plan.days)) > MOST_SESSIONS:
        problems["days"] = "activity.many_dates"
    if not 0 < plan.minutes <= LONGEST:
        problems["minutes"] = "shift.minutes"
    if not 1 <= int(plan.more.get("minimum", 1)) <= plan.capacity:
        problems["capacity"] = "shift.room"
    opens, closes = plan.more.get("opens_at"), plan.more.get("closes_at")
    if opens and closes and closes <= opens:
        problems["closes_at"] = "shift.closes"
    if plan.more.get("mode") == "lottery" and not closes:
        problems["closes_at"] = "shift.lottery_closes"
    if problems:
        raise Refused("form.invalid", problems=problems)


def _check_venue(
    work: Work, venue_id: int | None, whens: Sequence[tuple[datetime, datetime]], capacity: int, but: int = 0
) -> None:
    """Refused `record.not_found`, `form.invalid` (too small), `activity.venue_taken`."""
    if venue_id is None:
        return
    venue = work.session.execute(
        select(_V.name, _V.capacity).where(_V.id == venue_id, _V.withdrawn_at.is_(None)).with_for_update()
    ).first()
    if venue is None:
        raise Refused("record.not_found")
    if capacity > venue.capacity:
        raise Refused("form.invalid", problems={"capacity": "activity.venue_small"})
    clash: list[ColumnElement[bool]] = [
        and_(_S.starts_at < ends, _S.ends_at > begins) for begins, ends in whens
    ]
    taken = work.session.execute(
        select(_A.title, _S.starts_at)
        .select_from(Slot)
        .join(Meeting, _M.id == _S.id)
        .join(Activity, _A.id == _M.activity_id)
        .where(_A.venue_id == venue_id, _A.id != but, _A.state != "cancelled", _S.cancelled_at.is_(None), or_(*clash))
        .order_by(_S.starts_at)
        .limit(1)
    ).first()  # fmt: skip
    if taken is not None:
        raise Refused("activity.venue_taken", title=taken.title, starts_at=taken.starts_at, venue=venue.name)


def _add_slot(work: Work, row: Any, kind: str, begins: datetime, ends: datetime) -> int:
    mode = "open" if row.whole_term and kind == KIND else row.mode
    slot_id: int = work.session.execute(
        insert(Slot.__table__)  # type: ignore[attr-defined]
        .values(
            version=1, made_at=work.now, changed_at=work.now, extra={}, kind=kind, title=row.title, starts_at=begins,
            ends_at=ends, area_id=row.area_id, area_path=row.area_path, where=row.where, minimum=row.minimum,
            capacity=row.capacity, taken=0, waiting=0, shaky=0, mode=mode, opens_at=row.opens_at, closes_at=row.closes_at,
            rest_before=0, rest_after=0, cap_month=0, cancel_hours=0, why="",
            seed=secrets.token_hex(16) if mode == "lottery" else "",
        )
        .returning(_S.id)
    ).scalar_one()  # fmt: skip
    return slot_id


def _add_session(work: Work, row: Any, number: int, begins: datetime, ends: datetime, topic: str = "") -> int:
    slot_id = _add_slot(work, row, KIND, begins, ends)
    work.session.execute(
        insert(Meeting.__table__).values(  # type: ignore[attr-defined]
            id=slot_id, activity_id=row.id, number=number, topic=topic, code_key=secrets.token_hex(16)
        )
    )
    return slot_id


def editable(work: Work, activity_id: int) -> Any:
    """An activity that the viewer may do this to. Refused `record.not_found`."""
    row = work.session.execute(
        select(Activity.__table__).where(  # type: ignore[attr-defined]
            _A.id == activity_id, _A.withdrawn_at.is_(None), within(work.viewer, work.action, _A.area_path)
        )
    ).first()
    if row is None:
        raise Refused("record.not_found")
    return row


@command("activity.edit")
def announce(work: Work, *, activity_id: int) -> None:
    """Open an activity for sign-ups; helpers wanted become shifts. Refused `record.not_found`, `activity.not_draft`."""
    row = editable(work, activity_id)
    if row.state != "draft":
        raise Refused("activity.not_draft")
    work.session.execute(
        update(Activity)
        .where(_A.id == activity_id)
        .values(state="announced", announced_at=work.now, version=_A.version + 1, changed_at=work.now)
    )
    work.log(KIND, activity_id, row.title, {"state": ("draft", "announced")}, area_path=row.area_path)
    work.touch(TOPIC)
    if row.helpers and row.helper_kind_id:
        for session in judging.sessions_to_come(work, activity_id):
            local = session.starts_at.astimezone(clock.PLACE)
            (shift_id,) = shifts.add(
                work,
                [
                    shifts.Plan(
                        row.helper_kind_id, row.area_id, local.date(), local.time(), where=_where(work, row), title=row.title,
                        minutes=int((session.ends_at - session.starts_at).total_seconds() // 60), minimum=1,
                        capacity=row.helpers,
                    )
                ],
            )  # fmt: skip
            work.session.execute(update(Meeting).where(_M.id == session.id).values(shift_id=shift_id))


def _where(work: Work, row: Any) -> str:
    if row.where:
        return str(row.where)
    return str(work.session.execute(select(_V.name).where(_V.id == row.venue_id)).scalar() or "")


@command("activity.edit")
def change(work: Work, *, activity_id: int, version: int, values: dict[str, Any]) -> None:
    """Change what is said of an activity, its room and its place. Dates are moved one by one (`move_session`).

    Refused `record.not_found`, `record.changed`, `form.invalid`, `place.too_small`, `activity.venue_taken`.
    """
    row = editable(work, activity_id)
    if row.version != version:
        raise Refused("record.changed", version=row.version, theirs={}, record_id=activity_id)
    allowed = {*MORE, "title", "capacity", "venue_id", "where", "kind"}
    new = {name: value for name, value in values.items() if name in allowed and value != getattr(row, name)}
    if not new:
        return
    room = int(new.get("capacity", row.capacity))
    if not str(new.get("title", row.title)).strip():
        raise Refused("form.invalid", problems={"title": "field.required"})
    if not 1 <= int(new.get("minimum", row.minimum)) <= room:
        raise Refused("form.invalid", problems={"capacity": "shift.room"})
    slots = _slots(work, activity_id, row.term_slot_id)
    if {"venue_id", "capacity"} & set(new):
        whens = [
            (one.starts_at, one.ends_at) for one in slots if one.kind == KIND and one.cancelled_at is None
        ]
        _check_venue(work, new.get("venue_id", row.venue_id), whens, room, but=activity_id)
    if room != row.capacity:
        for one in slots:
            places.resize(work, one, room)
    of_slot = {
        name: new[name] for name in ("title", "where", "opens_at", "closes_at", "minimum") if name in new
    }
    if of_slot:
        work.session.execute(update(Slot).where(_S.id.in_([one.id for one in slots])).values(**of_slot))
    work.session.execute(
        update(Activity)
        .where(_A.id == activity_id)
        .values(**new, version=_A.version + 1, changed_at=work.now)
    )
    work.log(KIND, activity_id, row.title, {name: (getattr(row, name), value) for name, value in new.items()},
             area_path=row.area_path)  # fmt: skip
    work.touch(TOPIC)
    if row.state == "announced" and {"venue_id", "where"} & set(new):
        work.known.pop("activities.of", None)
        _tell_holders(work, activity_id, row.term_slot_id, "changed")


def _slots(work: Work, activity_id: int, term_slot_id: int | None) -> Sequence[Any]:
    ids = select(_M.id).where(_M.activity_id == activity_id)
    return work.session.execute(
        select(Slot.__table__).where(or_(_S.id.in_(ids), _S.id == (term_slot_id or 0))).order_by(_S.id)  # type: ignore[attr-defined]
    ).all()


def _tell_holders(work: Work, activity_id: int, term_slot_id: int | None, what: str) -> int:
    """Tell everybody who has or wants a place once, of their term or their earliest date. Returns how many."""
    slots = {one.id: one for one in _slots(work, activity_id, term_slot_id)}
    rows = work.session.execute(
        select(Booking.__table__)  # type: ignore[attr-defined]
        .where(_B.slot_id.in_(list(slots)), _B.live == 1, _B.ends_at > work.now)
        .order_by(_B.slot_id)
    ).all()
    told = set()
    for row in rows:
        if row.person_key not in told:
            told.add(row.person_key)
            places.kind_of(KIND).told(work, slots[row.slot_id], row, what)
    return len(told)


@command("activity.edit")
def move_session(
    work: Work, *, slot_id: int, day: date, start: time, minutes: int, topic: str | None = None
) -> list[str]:
    """Move one date. Who has a place keeps it and is told; returns who now is in two places. Refused `record.not_found`,
    `form.invalid`, `activity.venue_taken`, `activity.over`.
    """
    slot = places.slot_of(work, slot_id)
    activity = judging.activity_of(work, slot_id)
    row = editable(work, activity.id if activity is not None else 0)
    if not 0 < minutes <= LONGEST:
        raise Refused("form.invalid", problems={"minutes": "shift.minutes"})
    if slot.ends_at <= work.now or slot.cancelled_at is not None:
        raise Refused("activity.over")
    begins, ends = _when(day, start, minutes)
    _check_venue(work, row.venue_id, [(begins, ends)], row.capacity, but=row.id)
    holders = work.session.execute(
        select(Booking.__table__).where(_B.slot_id == slot_id, _B.live == 1)  # type: ignore[attr-defined]
    ).all()
    places.hold_still(work, [one.person_key for one in holders])
    changed = {"starts_at": (slot.starts_at, begins), "ends_at": (slot.ends_at, ends)}
    work.session.execute(
        update(Slot)
        .where(_S.id == slot_id)
        .values(starts_at=begins, ends_at=ends, version=_S.version + 1, changed_at=work.now)
    )
    work.session.execute(
        update(Booking).where(_B.slot_id == slot_id, _B.live == 1).values(starts_at=begins, ends_at=ends)
    )
    if topic is not None:
        work.session.execute(update(Meeting).where(_M.id == slot_id).values(topic=topic[:60]))
    _renew_span(work, row)
    work.log(KIND, row.id, row.title, changed, area_path=row.area_path)
    work.touch(TOPIC)
    now = places.slot_of(work, slot_id)
    trouble = []
    for one in holders:
        places.kind_of(KIND).told(work, now, one, "changed")
        if any(clash.code == "overlap" for clash in judging.judge(work, now, one.person_key)):
            trouble.append(one.name)
    return trouble


def _renew_span(work: Work, row: Any) -> None:
    """Let the activity and its term say from when to when it lasts."""
    found = work.session.execute(
        select(func.min(_S.starts_at), func.max(_S.starts_at), func.max(_S.ends_at))
        .join(Meeting, _M.id == _S.id)
        .where(_M.activity_id == row.id, _S.cancelled_at.is_(None))
    ).one()
    if found[0] is None:
        return
    first, last = (one.astimezone(clock.PLACE).date() for one in found[:2])
    work.session.execute(update(Activity).where(_A.id == row.id).values(starts_on=first, ends_on=last))
    if row.term_slot_id:
        work.session.execute(
            update(Slot).where(_S.id == row.term_slot_id).values(starts_at=found[0], ends_at=found[2])
        )


@command("activity.edit")
def cancel_session(work: Work, *, slot_id: int, why: str) -> int:
    """Call one date off; everybody who has or wants a place there is told. Returns how many.

    Refused `record.not_found`, `shift.why`, `place.closed`.
    """
    activity = judging.activity_of(work, slot_id)
    row = editable(work, activity.id if activity is not None else 0)
    told = _call_off(work, [places.slot_of(work, slot_id)], why)
    work.log(
        KIND,
        row.id,
        row.title,
        {"date": (None, "cancelled")},
        area_path=row.area_path,
        reason=why.strip()[:200],
    )
    _renew_span(work, row)
    return told


def _call_off(work: Work, slots: Sequence[Any], why: str) -> int:
    if len(why.strip()) < 2:
        raise Refused("shift.why")
    if any(one.cancelled_at is not None for one in slots):
        raise Refused("place.closed")
    ids = [one.id for one in slots]
    live = select(Booking.__table__).where(_B.slot_id.in_(ids), _B.live == 1).order_by(_B.slot_id, _B.id)  # type: ignore[attr-defined]
    places.hold_still(work, [one.person_key for one in work.session.execute(live)])
    work.session.execute(
        update(Slot)
        .where(_S.id.in_(ids))
        .values(cancelled_at=work.now, why=why.strip()[:200], version=_S.version + 1, changed_at=work.now)
    )
    by_id = {one.id: one for one in slots}
    told = set()
    for one in work.session.execute(live).all():
        now = places.booking_of(work, one.id)
        if now.live is None:  # given back together with its term
            continue
        slot = by_id[one.slot_id]
        places.move(work, slot, now, "cancelled", why=why.strip()[:200])
        if one.person_key not in told:
            told.add(one.person_key)
            places.kind_of(KIND).told(work, slot, now, "cancelled")
    work.touch(TOPIC)
    return len(told)


@command("activity.edit")
def cancel(work: Work, *, activity_id: int, why: str) -> int:
    """Call the whole activity off with one message to everybody. Returns how many were told.

    Refused `record.not_found`, `shift.why`, `place.closed`.
    """
    row = editable(work, activity_id)
    if row.state == "cancelled":
        raise Refused("place.closed")
    slots = [
        one
        for one in _slots(work, activity_id, row.term_slot_id)
        if one.cancelled_at is None and one.ends_at > work.now
    ]
    slots.sort(key=lambda one: (one.kind != TERM, one.starts_at))
    told = _call_off(work, slots, why)
    for shift_id in work.session.execute(
        select(_M.shift_id).where(_M.activity_id == activity_id, _M.shift_id.is_not(None))
    ).scalars().all():  # fmt: skip
        shift = shift_of(work, shift_id)
        if shift is not None and shift.cancelled_at is None and shift.ends_at > work.now:
            shifts.cancel(work, shift_id=shift_id, why=why)
    work.session.execute(
        update(Activity)
        .where(_A.id == activity_id)
        .values(
            state="cancelled", cancelled_at=work.now, why=why.strip()[:200], version=_A.version + 1, changed_at=work.now
        )
    )  # fmt: skip
    work.log(KIND, activity_id, row.title, {"state": (row.state, "cancelled")}, area_path=row.area_path,
             reason=why.strip()[:200])  # fmt: skip
    work.touch(TOPIC)
    return told
