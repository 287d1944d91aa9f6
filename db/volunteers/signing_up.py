"""Signing up, waiting, answering, handing over, giving back: what volunteers do with shifts, and staff for them.

Whoever acts for themselves is the volunteer of their account; staff act for volunteers in the shifts of their areas.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from db import clock, engine, lots, places
from db.access import Viewer
from db.clashing import Clash, wants_already
from db.errors import Refused
from db.slots import HELD, Booking, Slot, Who
from db.volunteers.fitness import VOLUNTEER, Known, judge, judge_key, key_of, shift_of, volunteer_of
from db.volunteers.hour_rules import hour_rules
from db.volunteers.shifts import KIND, TOPIC
from db.volunteers.tables import Hours, Volunteer
from db.work import Work, command, query

SHORT = 2

_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_H = Hours.__table__.c  # type: ignore[attr-defined]

_OWN = VOLUNTEER.where(_V.account_id == bindparam("account"))

_full: dict[int, None] = {}
"""Slots that were full a moment ago: a look tells whether they still are, before anybody waits to write."""
MOST_FULL = 500
AGAIN = 4
"""Whoever would also wait tries so often: the free place they saw may be gone the moment they take it."""

Tell = Callable[[Work, Any, Any, str], None]
_tellers: list[Tell] = []


def teller(tell: Tell) -> Tell:
    """Hear of what happened to bookings: (work, shift, booking as it was before, what).

    `what`: "booked", "offered", "lapsed", "lost" by the places themselves; "signed_up" by somebody else, "taken" by
    oneself where that may have been the last one missing, or the last place; "invited",
    "refused", "answered", "confirmed", "left", "handing", "kept", "handed", "called_off", "changed".
    """
    _tellers.append(tell)
    return tell


def told(work: Work, slot: Any, booking: Any, what: str) -> None:
    """Let everybody hear who wants to."""
    for tell in _tellers:
        tell(work, slot, booking, what)


places.declare(KIND, action="shift.sign_up", topic=TOPIC, judge=judge_key, told=told)


@dataclass(frozen=True)
class SignedUp:
    """What became of signing up. `said` stands against it without forbidding it; `line` is the place among those who wait."""

    booking_id: int
    state: str
    line: int
    said: tuple[Clash, ...]


def own(work: Work) -> Any:
    """The volunteer of the viewer's account. Refused `volunteer.none`."""
    asked = {"account": work.viewer.account_id, "today": clock.today()}
    row = work.connection.execute(_OWN, asked).first()
    if row is None or work.viewer.account_id is None:
        raise Refused("volunteer.none")
    return row


def _acting(work: Work, shift: Any, volunteer_id: int | None) -> Any:
    """For whom something is done. Refused `record.not_found`, `area.outside`, `volunteer.none`."""
    if work.viewer.scope("shift.sign_up") == "own":
        mine = own(work)
        if volunteer_id not in (None, mine.id):
            raise Refused("record.not_found")
        return mine
    if not work.viewer.reaches("shift.sign_up", shift.area_path):
        raise Refused("area.outside")
    if volunteer_id is None:
        return own(work)
    found = volunteer_of(work, volunteer_id)
    if found is None:
        raise Refused("record.not_found")
    return found


def _who(volunteer: Any) -> Who:
    return Who(key_of(volunteer.id), volunteer.name, volunteer.id, volunteer.resident_id)


def _shift(work: Work, shift_id: int) -> Any:
    shift = shift_of(work, shift_id)
    if shift is None:
        raise Refused("record.not_found")
    return shift


def sign_up(
    viewer: Viewer | Work | None, *, shift_id: int, volunteer_id: int | None = None, or_wait: bool = False,
    partner_id: int | None = None, override: str = "",
) -> SignedUp:  # fmt: skip
    """Take a place, ask for one, enter the lottery, or (`or_wait`) stand in line when there is none.

    `partner_id`: both or none. `override`: the reason why staff does it although something stands against it.
    Refused `shift.unfit` with `clashes` (code, facts), `place.full`, `place.closed`, `place.already`, `shift.over`,
    `shift.not_open` (opens_at), `shift.invitation`, `shift.lottery_over`, `volunteer.none`, `record.not_found`.
    """
    if shift_id in _full and isinstance(viewer, Viewer) and not or_wait:
        _hopeless(shift_id)
    tries = AGAIN if or_wait and not isinstance(viewer, Work) else 1
    while True:
        tries -= 1
        try:
            return _sign_up(
                viewer, shift_id=shift_id, volunteer_id=volunteer_id, or_wait=or_wait, partner_id=partner_id,
                override=override,
            )  # fmt: skip
        except Refused as refused:
            if refused.code != "place.full":
                raise
            if not tries:
                _remember_full(shift_id)
                raise


def _remember_full(shift_id: int) -> None:
    _full[shift_id] = None
    for old in list(_full)[:-MOST_FULL]:
        _full.pop(old, None)


def _hopeless(shift_id: int) -> None:
    """Say that all places are gone without waiting for those who take the last ones."""
    with engine.reading() as session:
        full = session.execute(
            select(_S.id).where(_S.id == shift_id, _S.taken >= _S.capacity, _S.mode == "open", _S.cancelled_at.is_(None))
        ).first()  # fmt: skip
    if full is not None:
        raise Refused("place.full", slot_id=shift_id)
    _full.pop(shift_id, None)


@command("shift.sign_up")
def _sign_up(
    work: Work, *, shift_id: int, volunteer_id: int | None, or_wait: bool, partner_id: int | None, override: str
) -> SignedUp:  # fmt: skip
    shift = _shift(work, shift_id)
    volunteer = _acting(work, shift, volunteer_id)
    staff = work.viewer.scope("shift.sign_up") != "own"
    _open(work, shift, staff)
    partner = None
    if partner_id is not None:
        partner = volunteer_of(work, partner_id)
        if partner is None or partner.id == volunteer.id:
            raise Refused("record.not_found")
    both = [volunteer] if partner is None else [volunteer, partner]
    places.hold_still(work, [key_of(one.id) for one in both])
    said, overridden = _judged(work, shift, both, override if staff else "")
    pair = f"{shift_id}:{min(one.id for one in both)}" if partner is not None else ""
    state = _wanted_state(shift, staff, trusted(work, both))
    ids = _take(work, shift, both, state, pair, overridden, or_wait)
    _done_for(work, shift, both, ids)
    if not or_wait:
        return SignedUp(ids[0], state, 0, tuple(said))
    booking = places.booking_of(work, ids[0])
    line = places.place_in_line(work, booking) if booking.state == "waiting" else 0
    return SignedUp(ids[0], booking.state, line, tuple(said))


def trusted(work: Work, people: Sequence[Any]) -> bool:
    """Whether these can take a place without asking: after several no-shows the office confirms. Staff decide themselves."""
    most = hour_rules(work).no_show_request
    return work.viewer.scope("shift.sign_up") != "own" or all(one.missed < most for one in people)


def _done_for(work: Work, shift: Any, people: Sequence[Any], ids: Sequence[int]) -> None:
    """Let be heard of whoever was signed up by somebody else: the office, or a partner. And of what may be settled now."""
    settles = shift.taken - shift.shaky < shift.minimum or shift.taken + len(ids) >= shift.capacity
    for one, booking_id in zip(people, ids, strict=True):
        other = one.account_id is None or one.account_id != work.viewer.account_id
        if other or settles:
            told(work, shift, places.booking_of(work, booking_id), "signed_up" if other else "taken")


def _wanted_state(shift: Any, staff: bool, trusted: bool) -> str:
    """Staff book; others do what the shift asks for, and ask the office after several no-shows."""
    if shift.mode == "lottery" and shift.drawn_at is None:
        return "entered"
    return "requested" if (shift.mode == "request" and not staff) or not trusted else "booked"


def _open(work: Work, shift: Any, staff: bool) -> None:
    """Refused when nobody can sign up now, or not like this."""
    if shift.cancelled_at is not None:
        raise Refused("place.closed")
    if shift.ends_at <= work.now or (not staff and shift.starts_at <= work.now):
        raise Refused("shift.over")
    if staff and shift.mode != "lottery":
        return
    if shift.opens_at is not None and work.now < shift.opens_at:
        raise Refused("shift.not_open", opens_at=shift.opens_at)
    if shift.mode == "lottery" and shift.drawn_at is None and shift.closes_at and work.now >= shift.closes_at:
        raise Refused("shift.lottery_over")
    if shift.mode == "invite" and not staff:
        raise Refused("shift.invitation")


def _judged(
    work: Work, shift: Any, people: Sequence[Any], override: str, known: Known | None = None
) -> tuple[list[Clash], str]:
    """What is only said, and what was overridden. Refused `shift.unfit`, `shift.why`."""
    found = [(one, clash) for one in people for clash in judge(work, shift, one, known)]
    hard = [(one, clash) for one, clash in found if clash.hard]
    if not hard:
        return [clash for _one, clash in found], ""
    never = [clash for _one, clash in hard if clash.code in ("overlap", "guardian")]
    if never or len(override.strip()) < SHORT:
        facts = [
            (clash.code, {**clash.facts, "name": one.name if len(people) > 1 else ""}) for one, clash in hard
        ]
        raise Refused("shift.unfit", clashes=facts, never=bool(never))
    codes = ",".join(clash.code for _one, clash in hard)
    return [clash for _one, clash in found], f"{codes}: {override.strip()[:200]}"


def _take(
    work: Work, shift: Any, people: Sequence[Any], state: str, pair: str, overridden: str, or_wait: bool
) -> list[int]:  # fmt: skip
    """Bookings for all of them in one state. A waiting or invited one of before becomes the new one."""
    room = shift.capacity - shift.taken
    if state == "booked" and or_wait and (room < len(people) or shift.waiting):
        state = "waiting"
    ids = []
    for one in people:
        key = key_of(one.id)
        before = places.live_booking(work, shift.id, key) if wants_already(work, shift, key) else None
        if before is None:
            ids.append(places.enter(work, shift, _who(one), state, pair=pair, overridden=overridden))
        elif before.state in ("invited", "waiting", "requested") and state == "booked":
            places.move(work, shift, before, "booked")
            told(work, shift, before, "answered")
            ids.append(before.id)
        else:
            raise Refused("place.already")
    return ids


@dataclass(frozen=True)
class _Mine:
    shift: Any
    booking: Any


def _held(work: Work, booking_id: int, *others: str) -> _Mine:
    """A booking that the viewer may act on, its person (and `others`) held still. Refused `record.not_found`."""
    booking = places.booking_of(work, booking_id)
    shift = _shift(work, booking.slot_id)
    volunteer = _acting(work, shift, booking.volunteer_id)
    places.hold_still(work, [key_of(volunteer.id), *others])
    return _Mine(_shift(work, booking.slot_id), places.booking_of(work, booking_id))


@command("shift.sign_up")
def leave(work: Work, *, booking_id: int, why: str = "") -> None:
    """Give a place back, or leave the line. After the deadline a reason is needed. With a pair, both leave.

    Refused `record.not_found`, `shift.why`, `place.moved`, `shift.over`, `shift.there` (checked in).
    """
    first = places.booking_of(work, booking_id)
    partners = _partners(work, first)
    mine = _held(work, booking_id, *(one.person_key for one in partners))
    shift, booking = mine.shift, mine.booking
    if booking.live is None:
        raise Refused("place.moved")
    if shift.ends_at <= work.now:
        raise Refused("shift.over")
    _not_there_yet(work, booking_id)
    late = booking.state in HELD and work.now > shift.starts_at - timedelta(hours=shift.cancel_hours)
    if late and len(why.strip()) < SHORT:
        raise Refused("shift.why_late", hours=shift.cancel_hours)
    for one in [booking, *(places.booking_of(work, one.id) for one in partners)]:
        places.move(work, shift, one, "cancelled", why=why.strip()[:200], late=late)
        told(work, shift, one, "left")


def _not_there_yet(work: Work, booking_id: int) -> None:
    """Whoever has checked in does not give the place away and keep the hours. Refused `shift.there`."""
    there = select(_H.id).where(_H.booking_id == booking_id, _H.withdrawn_at.is_(None), _H.state != "refused")
    if work.session.execute(there.limit(1)).first() is not None:
        raise Refused("shift.there")


def _partners(work: Work, booking: Any) -> Sequence[Any]:
    if not booking.pair:
        return []
    return work.session.execute(
        select(Booking.__table__).where(  # type: ignore[attr-defined]
            _B.slot_id == booking.slot_id, _B.pair == booking.pair, _B.live == 1, _B.id != booking.id
        )
    ).all()


@command("shift.sign_up")
def answer(work: Work, *, booking_id: int, yes: bool, or_wait: bool = False) -> str:
    """Accept or decline what is offered, or an invitation; returns the state it has now.

    With `or_wait` one stands in line where the places of an invitation are gone. After several no-shows a yes is a
    request. Refused `record.not_found`, `place.moved` (too late, or not offered), `place.full`, `shift.unfit`.
    """
    mine = _held(work, booking_id)
    shift, booking = mine.shift, mine.booking
    if booking.state not in ("offered", "invited") or (
        booking.offered_until and booking.offered_until < work.now
    ):
        raise Refused("place.moved")
    if not yes:
        places.move(work, shift, booking, "refused")
        told(work, shift, booking, "answered")
        return "refused"
    volunteer = volunteer_of(work, booking.volunteer_id)
    may_say_yes(work, shift, volunteer)
    to = "booked" if trusted(work, [volunteer]) else "requested"
    if or_wait and booking.state == "invited" and shift.taken >= shift.capacity:
        to = "waiting"
    places.move(work, shift, booking, to, offered_until=None)
    told(work, shift, booking, "answered")
    return to


def may_say_yes(
    work: Work, shift: Any, volunteer: Any, known: Known | None = None, *, over: bool = False
) -> None:
    """Whether the volunteer can say yes to what is asked of them; `over`: to taking over somebody's place.

    Refused `place.closed`, `shift.over`, `shift.unfit`, `shift.office` (after several no-shows the office decides
    who takes over). `known` spares the queries where several are asked (`gather`).
    """
    _open_still(work, shift)
    _judged(work, shift, [volunteer], "", known)
    if over and not trusted(work, [volunteer]):
        raise Refused("shift.office")


def _open_still(work: Work, shift: Any) -> None:
    if shift.cancelled_at is not None:
        raise Refused("place.closed")
    if shift.starts_at <= work.now:
        raise Refused("shift.over")


@command("shift.sign_up")
def confirm(work: Work, *, booking_id: int) -> None:
    """Say that one will come. Refused `record.not_found`, `place.moved`."""
    mine = _held(work, booking_id)
    if mine.booking.state != "booked":
        raise Refused("place.moved")
    places.confirm(work, mine.shift, mine.booking)
    told(work, mine.shift, mine.booking, "confirmed")


@command("shift.sign_up")
def hand_over(work: Work, *, booking_id: int, to: int | None = None) -> None:
    """Look for somebody else: the volunteer `to`, or whoever will. One stays responsible until somebody has taken it.

    Refused `record.not_found`, `place.moved`, `shift.over`, `shift.unfit` (the one named cannot).
    """
    mine = _held(work, booking_id)
    _open_still(work, mine.shift)
    _not_there_yet(work, booking_id)
    if to is not None:
        taker = volunteer_of(work, to)
        if taker is None or taker.id == mine.booking.volunteer_id:
            raise Refused("record.not_found")
        _judged(work, mine.shift, [taker], "")
    places.hand_out(work, mine.shift, mine.booking, "*" if to is None else key_of(to))
    told(work, mine.shift, places.booking_of(work, booking_id), "handing")


@command("shift.sign_up")
def keep(work: Work, *, booking_id: int) -> None:
    """Look for nobody any more. Refused `record.not_found`, `place.moved`."""
    mine = _held(work, booking_id)
    places.hand_out(work, mine.shift, mine.booking, "")
    told(work, mine.shift, mine.booking, "kept")


@command("shift.sign_up")
def take_over(work: Work, *, booking_id: int, volunteer_id: int | None = None) -> int:
    """Take somebody's place who looks for somebody; exactly one does. Returns the new booking.

    Refused `place.moved` (taken, or no longer given away), `place.not_yours`, `shift.unfit`, `record.not_found`,
    `shift.office` (after several no-shows the office decides).
    """
    booking = places.booking_of(work, booking_id)
    shift = _shift(work, booking.slot_id)
    taker = _acting(work, shift, volunteer_id)
    places.hold_still(work, [booking.person_key, key_of(taker.id)])
    shift, booking = _shift(work, booking.slot_id), places.booking_of(work, booking_id)
    may_say_yes(work, shift, taker, over=True)
    new_id = places.take_over(work, shift, booking, _who(taker))
    told(work, shift, booking, "handed")
    _done_for(work, shift, [taker], [new_id])
    return new_id


@command("shift.sign_up")
def decline(work: Work, *, booking_id: int) -> None:
    """Say no to taking somebody's place over: who has it keeps it, and is told.

    Refused `record.not_found`, `place.moved` (one is not asked, or no longer), `volunteer.none`.
    """
    asked = key_of(own(work).id)
    booking = places.booking_of(work, booking_id)
    places.hold_still(work, [booking.person_key])
    shift, booking = _shift(work, booking.slot_id), places.booking_of(work, booking_id)
    if booking.handing != asked:
        raise Refused("place.moved")
    places.hand_out(work, shift, booking, "")
    told(work, shift, booking, "declined")


@command("shift.edit")
def decide(work: Work, *, booking_id: int, yes: bool, why: str = "") -> None:
    """Accept or refuse a request. Refused `record.not_found`, `area.outside`, `place.moved`, `place.full`, `shift.unfit`."""
    booking = places.booking_of(work, booking_id)
    places.hold_still(work, [booking.person_key])
    shift, booking = _shift(work, booking.slot_id), places.booking_of(work, booking_id)
    if not work.viewer.reaches("shift.edit", shift.area_path):
        raise Refused("area.outside")
    if booking.state != "requested":
        raise Refused("place.moved")
    if yes:
        _judged(work, shift, [volunteer_of(work, booking.volunteer_id)], "")
    places.move(work, shift, booking, "booked" if yes else "refused", why=why.strip()[:200])
    told(work, shift, booking, "booked" if yes else "refused")


@command("shift.edit")
def invite(
    work: Work, *, shift_id: int, volunteer_ids: Sequence[int], until: datetime | None = None
) -> list[int]:
    """Ask volunteers whether they take a shift; who has or wants a place already is left out. Returns the bookings.

    Refused `record.not_found`, `area.outside`, `place.closed`, `shift.over`.
    """
    shift = _shift(work, shift_id)
    if not work.viewer.reaches("shift.edit", shift.area_path):
        raise Refused("area.outside")
    _open_still(work, shift)
    places.hold_still(work, [key_of(one) for one in volunteer_ids])
    ids = []
    for volunteer_id in volunteer_ids:
        volunteer = volunteer_of(work, volunteer_id)
        if volunteer is None or places.live_booking(work, shift_id, key_of(volunteer_id)) is not None:
            continue
        booking_id = places.enter(
            work, shift, _who(volunteer), "invited", offered_until=until or shift.starts_at
        )
        told(work, shift, places.booking_of(work, booking_id), "invited")
        ids.append(booking_id)
    return ids


@command("shift.edit")
def draw_lots(work: Work, *, shift_id: int) -> tuple[list[int], list[int]]:
    """Draw the lottery of a shift after its closing time: who won, and who waits.

    Refused `record.not_found`, `area.outside`, `place.drawn`, `shift.lottery_open` (closes_at).
    """
    shift = _shift(work, shift_id)
    if not work.viewer.reaches("shift.edit", shift.area_path):
        raise Refused("area.outside")
    if shift.mode != "lottery" or (shift.closes_at is not None and work.now < shift.closes_at):
        raise Refused("shift.lottery_open", closes_at=shift.closes_at)
    return lots.draw(work, shift_id)


@query("shift.sign_up")
def fitting(work: Work, *, shift_id: int, volunteer_id: int | None = None) -> list[Clash]:
    """What stands against the volunteer taking this shift, without trying it."""
    shift = _shift(work, shift_id)
    return judge(work, shift, _acting(work, shift, volunteer_id))
