"""Signing up for activities, waiting, answering, giving back: by oneself, by staff, by a volunteer for an elder.

Who signs up for a whole term has a place in the term, and through it one in each of its dates: those take the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from db import lots, places
from db.access import Viewer, within
from db.activities import people, telling
from db.activities.judging import KIND, TOPIC, activity_of, judge, rank, reasons, sessions_to_come
from db.activities.people import Person
from db.activities.tables import Activity, Guest, Meeting
from db.clashing import Clash
from db.errors import Refused
from db.people.tables import Resident
from db.slots import TERM, Booking, Slot, Who
from db.work import Work, command, query

SHORT = 2
AGAIN = 4
NEVER = ("overlap", "gone", "guardian")
"""What no reason overrides."""

_A = Activity.__table__.c  # type: ignore[attr-defined]
_M = Meeting.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_G = Guest.__table__.c  # type: ignore[attr-defined]


def _follow(work: Work, slot: Any, who: Who, has: bool) -> None:
    """With a place in the term goes one in each of its dates that are to come."""
    activity = activity_of(work, slot.id)
    if activity is None:
        return
    for one in sessions_to_come(work, activity.id):
        booking = places.live_booking(work, one.id, who.key)
        if has and booking is None:
            places.enter(work, one, who, "booked")
        elif not has and booking is not None:
            places.move(work, one, booking, "cancelled")


places.declare(KIND, action="activity.sign_up", topic=TOPIC, judge=judge, told=telling.told)
places.declare(TERM, action="activity.sign_up", topic=TOPIC, judge=judge, told=telling.told, follow=_follow)


@dataclass(frozen=True)
class SignedUp:
    """What became of it. `said` stands against it without forbidding it; `line` is the place among those who wait,
    `first` why not at its end."""

    booking_id: int
    name: str
    state: str
    line: int
    first: tuple[str, ...]
    said: tuple[Clash, ...]


def sign_up(
    viewer: Viewer | Work | None, *, activity_id: int, resident_id: int | None = None, slot_id: int | None = None,
    or_wait: bool = True, override: str = "",
) -> SignedUp:  # fmt: skip
    """Take a place, enter the lottery, or stand in line. `slot_id` names the date of a drop-in activity.

    `override`: the reason why staff does it although something stands against it. Refused `activity.unfit` with
    `clashes` (code, facts), `never`; `place.full`, `place.already`, `activity.not_open` (opens_at), `activity.closed`,
    `activity.over`, `activity.choose_date`, `activity.nobody`, `record.not_found`.
    """
    tries = AGAIN if or_wait and not isinstance(viewer, Work) else 1
    while True:
        tries -= 1
        try:
            return _sign_up(
                viewer, activity_id=activity_id, resident_id=resident_id, slot_id=slot_id, or_wait=or_wait,
                override=override,
            )  # fmt: skip
        except Refused as refused:
            if refused.code != "place.full" or not tries:
                raise


@command("activity.sign_up")
def _sign_up(
    work: Work, *, activity_id: int, resident_id: int | None, slot_id: int | None, or_wait: bool, override: str
) -> SignedUp:  # fmt: skip
    activity = announced(work, activity_id)
    person = people.acting_for(work, resident_id)
    slot = slot_for(work, activity, slot_id)
    staff = work.viewer.scope("activity.sign_up") != "own"
    _open(work, activity, slot, staff)
    places.hold_still(work, [person.key])
    slot = places.slot_of(work, slot.id)
    said, overridden = _judged(work, slot, person, override if staff else "")
    if places.live_booking(work, slot.id, person.key) is not None:
        raise Refused("place.already")
    state = "entered" if slot.mode == "lottery" and slot.drawn_at is None else "booked"
    if state == "booked" and or_wait and (slot.taken >= slot.capacity or slot.waiting):
        state = "waiting"
    booking_id = places.enter(
        work, slot, person.who, state, rank=rank(activity, person), overridden=overridden
    )
    if state == "booked":
        telling.say(
            work, activity, slot, places.booking_of(work, booking_id), "activity.signed_up", call=False,
            by=work.viewer.name,
        )  # fmt: skip
    line = places.place_in_line(work, places.booking_of(work, booking_id)) if state == "waiting" else 0
    first = tuple(reasons(activity, person)) if state == "waiting" else ()
    return SignedUp(booking_id, person.name, state, line, first, tuple(said))


def announced(work: Work, activity_id: int) -> Any:
    """The row of an activity for which one can sign up. Refused `record.not_found`, `activity.draft`, `place.closed`."""
    row = work.session.execute(
        select(Activity.__table__).where(_A.id == activity_id, _A.withdrawn_at.is_(None))  # type: ignore[attr-defined]
    ).first()
    if row is None:
        raise Refused("record.not_found")
    if row.state == "cancelled":
        raise Refused("place.closed")
    if row.state != "announced":
        raise Refused("activity.draft")
    return row


def slot_for(work: Work, activity: Any, slot_id: int | None) -> Any:
    """What one signs up for: the term, the date named, or the only one to come."""
    if activity.whole_term:
        return places.slot_of(work, activity.term_slot_id)
    coming = sessions_to_come(work, activity.id)
    if slot_id is not None:
        found = next((one for one in coming if one.id == slot_id), None)
        if found is None:
            raise Refused("activity.over")
        return found
    if not coming:
        raise Refused("activity.over")
    if len(coming) > 1:
        raise Refused("activity.choose_date")
    return coming[0]


def slots_of(activity: Any) -> Any:
    """Every slot in which one can have a place: the dates and the term."""
    return select(_S.id).where(
        _S.id.in_(select(_M.id).where(_M.activity_id == activity.id))
        | (_S.id == (activity.term_slot_id or 0))
    )


def _open(work: Work, activity: Any, slot: Any, staff: bool) -> None:
    """Refused when nobody can sign up now. Staff may before the opening and after the closing time."""
    if slot.cancelled_at is not None:
        raise Refused("place.closed")
    if slot.ends_at <= work.now:
        raise Refused("activity.over")
    if (
        slot.mode == "lottery"
        and slot.drawn_at is None
        and activity.closes_at
        and work.now >= activity.closes_at
    ):
        raise Refused("activity.closed")
    if staff:
        return
    if activity.opens_at is not None and work.now < activity.opens_at:
        raise Refused("activity.not_open", opens_at=activity.opens_at)
    if activity.closes_at is not None and work.now >= activity.closes_at:
        raise Refused("activity.closed")


def _judged(work: Work, slot: Any, person: Person, override: str) -> tuple[list[Clash], str]:
    """What is only said, and what was overridden. Refused `activity.unfit`."""
    found = judge(work, slot, person.key)
    hard = [one for one in found if one.hard]
    if not hard:
        return found, ""
    never = any(one.code in NEVER for one in hard)
    if never or len(override.strip()) < SHORT:
        raise Refused(
            "activity.unfit", name=person.name, clashes=[(one.code, one.facts) for one in hard], never=never
        )  # fmt: skip
    return found, f"{','.join(one.code for one in hard)}: {override.strip()[:200]}"


def mine(work: Work, booking_id: int) -> tuple[Any, Any, Any]:
    """(activity, slot, booking) that the viewer may act on, its person held still. Refused `record.not_found`."""
    booking = places.booking_of(work, booking_id)
    slot = places.slot_of(work, booking.slot_id)
    activity = activity_of(work, slot.id)
    if activity is None:
        raise Refused("record.not_found")
    if not work.viewer.reaches("activity.sign_up", activity.area_path):
        person = people.by_key(work, booking.person_key)
        outside = person is None or not work.viewer.reaches("activity.sign_up", person.area_path)
        if outside and work.viewer.scope("activity.sign_up") == "own":
            me = people.myself(work)
            outside = me.key != booking.person_key and booking.resident_id not in people.looked_after(
                work, me
            )
        if outside:
            raise Refused("record.not_found")
    places.hold_still(work, [booking.person_key])
    return activity, places.slot_of(work, slot.id), places.booking_of(work, booking_id)


@command("activity.sign_up")
def leave(work: Work, *, booking_id: int, why: str = "") -> None:
    """Give a place back, or leave the line. Refused `record.not_found`, `place.moved`, `activity.over`, `activity.term`."""
    activity, slot, booking = mine(work, booking_id)
    if booking.live is None:
        raise Refused("place.moved")
    if slot.ends_at <= work.now:
        raise Refused("activity.over")
    if activity.whole_term and slot.kind != TERM:
        raise Refused("activity.term")
    places.move(work, slot, booking, "cancelled", why=why.strip()[:200])
    telling.settle(work, booking.id)
    now = places.booking_of(work, booking_id)
    telling.say(
        work, activity, slot, now, "activity.left", call=False, by=work.viewer.name, why=now.why or "–"
    )


@command("activity.sign_up")
def answer(work: Work, *, booking_id: int, yes: bool) -> str:
    """Accept or decline a place that is offered; returns the state it has now.

    Refused `record.not_found`, `place.moved` (too late, or not offered), `activity.unfit`, `place.closed`.
    """
    _activity, slot, booking = mine(work, booking_id)
    if booking.state != "offered" or (booking.offered_until and booking.offered_until < work.now):
        raise Refused("place.moved")
    if yes:
        if slot.cancelled_at is not None:
            raise Refused("place.closed")
        person = people.by_key(work, booking.person_key)
        if person is not None:
            _judged(work, slot, person, "")
    places.move(work, slot, booking, "booked" if yes else "refused", offered_until=None)
    telling.settle(work, booking.id)
    return "booked" if yes else "refused"


@command("activity.edit")
def draw_lots(work: Work, *, activity_id: int, slot_id: int | None = None) -> tuple[list[int], list[int]]:
    """Draw the lottery after its closing time. Refused `record.not_found`, `place.drawn`, `activity.lottery_open`."""
    activity = announced(work, activity_id)
    if not work.viewer.reaches("activity.edit", activity.area_path):
        raise Refused("record.not_found")
    if activity.mode != "lottery" or (activity.closes_at and work.now < activity.closes_at):
        raise Refused("activity.lottery_open", closes_at=activity.closes_at)
    return lots.draw(work, slot_for(work, activity, slot_id).id)


@dataclass(frozen=True)
class Holder:
    """Who has or wants a place, for those who run the activity or look after the person."""

    booking_id: int
    key: str
    resident_id: int | None
    name: str
    state: str
    line: int  # among those who wait, from 1; 0 for others
    first: tuple[str, ...]  # why so early in the line
    offered_until: Any
    overridden: str
    address: str
    note: str  # the remark among the guests


@query("activity.view")
def holders(work: Work, *, activity_id: int, slot_id: int | None = None) -> list[Holder]:
    """Who has or wants a place, in the order of places and line: of the own areas, or all for who runs it.

    Refused `record.not_found`.
    """
    activity = one_row(work, activity_id)
    target = activity.term_slot_id if activity.whole_term else slot_id
    where = [_B.live == 1]
    if target is not None:
        where.append(_B.slot_id == target)
    else:
        where.append(_B.slot_id.in_(select(_M.id).where(_M.activity_id == activity_id)))
    rows = work.session.execute(
        select(Booking.__table__, _R.address, _R.area_path.label("home"), _G.note)  # type: ignore[attr-defined]
        .outerjoin(Resident, _R.id == _B.resident_id)
        .outerjoin(
            Guest,
            (_G.activity_id == activity_id) & (_G.person_key == _B.person_key) & _G.withdrawn_at.is_(None),
        )
        .where(*where)
        .order_by(_B.slot_id, _B.state == "waiting", _B.rank, _B.id)
    ).all()
    whole = runs(work, activity)
    found, line = [], 0
    for row in rows:
        line = line + 1 if row.state == "waiting" else 0
        if not whole and not _own_row(work, row):
            continue
        person = people.by_key(work, row.person_key) if row.state == "waiting" else None
        found.append(
            Holder(
                row.id, row.person_key, row.resident_id, row.name, row.state, line,
                tuple(reasons(activity, person)) if person else (), row.offered_until, row.overridden, row.address or "",
                row.note or "",
            )
        )  # fmt: skip
    return found


def _own_row(work: Work, row: Any) -> bool:
    if row.home and work.viewer.reaches("activity.sign_up", row.home):
        return True
    if work.viewer.scope("activity.sign_up") != "own":
        return False
    try:
        me = people.myself(work)
    except Refused:
        return False
    return bool(me.key == row.person_key or row.resident_id in people.looked_after(work, me))


def runs(work: Work, activity: Any) -> bool:
    """Whether the viewer sees everybody who comes: it lies in the own areas."""
    return bool(work.viewer.reaches("activity.attend", activity.area_path))


def one_row(work: Work, activity_id: int) -> Any:
    """The row of an activity the viewer may see: drafts only those who may change them. Refused `record.not_found`."""
    row = work.session.execute(
        select(Activity.__table__).where(_A.id == activity_id, _A.withdrawn_at.is_(None))  # type: ignore[attr-defined]
    ).first()
    if row is None or (row.state == "draft" and not work.viewer.reaches("activity.edit", row.area_path)):
        raise Refused("record.not_found")
    return row


@query("activity.view")
def own_bookings(work: Work) -> Sequence[Any]:
    """What the viewer, and whoever they look after, is signed up for and is not over: (activity, booking, slot) columns."""
    try:
        me = people.myself(work)
    except Refused:
        return []
    cared = people.looked_after(work, me)
    return work.session.execute(
        select(
            _A.id.label("activity_id"), _A.title, _B.id.label("booking_id"), _B.slot_id, _B.name, _B.person_key,
            _B.state, _B.offered_until, _S.starts_at, _S.ends_at,
        )
        .join(Slot, _S.id == _B.slot_id)
        .outerjoin(Meeting, _M.id == _S.id)
        .join(Activity, (_A.term_slot_id == _S.id) | ((_A.id == _M.activity_id) & _A.whole_term.is_(False)))
        .where(_B.live == 1, _S.ends_at > work.now, (_B.person_key == me.key) | _B.resident_id.in_(cared))
        .order_by(_S.starts_at)
    ).all()  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One line of the people whom staff can sign up."""

    id: int
    name: str
    address: str


@query("activity.sign_up")
def household_of(work: Work, *, resident_id: int) -> list[Row]:
    """Everybody of one home, the person first. Refused `record.not_found`."""
    person = people.acting_for(work, resident_id)
    home = select(_R.household_id).where(_R.id == resident_id).scalar_subquery()
    rows = work.session.execute(
        select(_R.id, _R.name, _R.address)
        .where(
            (_R.id == resident_id) | (_R.household_id == home), _R.status == "resident",
            within(work.viewer, "activity.sign_up", _R.area_path),
        )
        .order_by(_R.id != resident_id, _R.born_key)
    )  # fmt: skip
    found = [Row(row.id, row.name, row.address or "") for row in rows]
    return found or [Row(resident_id, person.name, "")]
