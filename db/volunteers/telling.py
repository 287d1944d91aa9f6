"""What shifts say to people: whatever happened to their places without their own doing, each in its own words.

Who did something with their own hands is not told so. What is settled is not asked any more (`messages.moot`).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import exists, or_, select

from db import clock, places
from db.access import within
from db.errors import Refused
from db.identity import Account, AccountArea, StandIn
from db.slots import HELD, Booking
from db.system import channels, messages
from db.system.messages import Addressee, Message
from db.system.telephoning import telephone
from db.volunteers import ranking, signing_up
from db.volunteers.fitness import key_of, shift_of, volunteer_of
from db.volunteers.tables import HelpCall, Volunteer
from db.volunteers.where import place_texts
from db.words import N_
from db.work import Work

LINK = "/my-shifts"
HANDING_ASKED = 6
"""So many are asked whether they take over a place that somebody gives away to anybody."""
SOON = timedelta(hours=2)
"""What changes so shortly before a shift, counted from the end of the night, goes out at night too."""
BY_TELEPHONE = "电话里说来不了"

_M = Message.__table__.c  # type: ignore[attr-defined]
_A = Account.__table__.c  # type: ignore[attr-defined]
_H = AccountArea.__table__.c  # type: ignore[attr-defined]
_T = StandIn.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_C = HelpCall.__table__.c  # type: ignore[attr-defined]


# What somebody said on the telephone. The subject of a message names what was asked.


def _number(subject: str) -> int:
    return int(subject.rpartition(":")[2])


def _answered(work: Work, _key: str, subject: str, result: str) -> None:
    """To an offer or an invitation."""
    if result in ("yes", "no"):
        signing_up.answer(work, booking_id=_number(subject), yes=result == "yes")


def _confirmed(work: Work, _key: str, subject: str, result: str) -> None:
    """To a reminder."""
    if result == "yes":
        signing_up.confirm(work, booking_id=_number(subject))
    elif result == "no":
        signing_up.leave(work, booking_id=_number(subject), why=BY_TELEPHONE)


def _taken_over(work: Work, key: str, subject: str, result: str) -> None:
    """To the question whether one takes somebody's place over; the one who was named can say no for all."""
    if result == "yes":
        signing_up.take_over(work, booking_id=_number(subject), volunteer_id=int(key[1:]))
    elif result == "no":
        booking = places.booking_of(work, _number(subject))
        if booking.handing == key:
            signing_up.keep(work, booking_id=booking.id)
            signing_up.told(work, places.slot_of(work, booking.slot_id), booking, "declined")


def _helps(work: Work, key: str, subject: str, result: str) -> None:
    """To a call for help. Refused `place.moved` when it was answered otherwise meanwhile."""
    if result in ("yes", "no"):
        asked = places.live_booking(work, _number(subject), key)
        if asked is None:
            raise Refused("place.moved")
        signing_up.answer(work, booking_id=asked.id, yes=result == "yes")


_ASKED = N_("You are asked for something in Linli.")
_NEWS = N_("There is news of one of your shifts in Linli.")

messages.declare(
    "shift.signed_up", title=N_("You have a place: {title}"), outside=_NEWS,
    body=N_("{starts_at}, {where}. {by} has signed you up. If you cannot come, please give the place back in time."),
)  # fmt: skip
messages.declare(
    "shift.moved_up", title=N_("You have a place: {title}"), outside=_NEWS,
    body=N_("{starts_at}, {where}. A place became free, and you were next in line."),
)  # fmt: skip
messages.declare(
    "shift.won", title=N_("Drawn! You have a place: {title}"), outside=_NEWS,
    body=N_("{starts_at}, {where}. We are glad that you come."),
)  # fmt: skip
messages.declare(
    "shift.accepted", title=N_("You can come: {title}"), outside=_NEWS,
    body=N_("{starts_at}, {where}. The office has accepted your request."),
)  # fmt: skip
messages.declare(
    "shift.declined", title=N_("Not this time: {title}"), outside=_NEWS,
    body=N_("{starts_at}. The office could not accept your request: {why}"),
)  # fmt: skip
messages.declare(
    "shift.offered", title=N_("A place is free for you: {title}"), outside=_ASKED, when_called=_answered,
    body=N_("{starts_at}, {where}. Do you want it? Please answer by {until}; then the next one is asked."),
)  # fmt: skip
messages.declare(
    "shift.lapsed", title=N_("The offer has run out: {title}"), outside=_NEWS,
    body=N_("{starts_at}. The place goes to the next one in line. Other shifts are waiting for you."),
)  # fmt: skip
messages.declare(
    "shift.lost", title=N_("Not drawn this time: {title}"), outside=_NEWS,
    body=N_("{starts_at}. You are number {line} in line: if a place becomes free, you move up."),
)  # fmt: skip
messages.declare(
    "shift.invited", title=N_("Can you come? {title}"), outside=_ASKED, when_called=_answered,
    body=N_("{starts_at}, {where}. The office would like to have you there. Please answer by {until}."),
)  # fmt: skip
messages.declare(
    "shift.handing", title=N_("{name} asks you to take over: {title}"), outside=_ASKED, when_called=_taken_over,
    body=N_("{starts_at}, {where}. Can you come instead?"),
)  # fmt: skip
messages.declare(
    "shift.handing_any", title=N_("Who can take over? {title}"), outside=_ASKED, when_called=_taken_over,
    body=N_("{starts_at}, {where}. Somebody cannot come. Whoever says yes first has the place."),
)  # fmt: skip
messages.declare(
    "shift.handed", title=N_("{name} has taken over: {title}"), outside=_NEWS,
    body=N_("{starts_at}. You need not come any more."),
)  # fmt: skip
messages.declare(
    "shift.kept", title=N_("{name} cannot take over: {title}"), outside=_NEWS,
    body=N_("{starts_at}, {where}. The place is still yours. You can ask somebody else."),
)  # fmt: skip
messages.declare(
    "shift.left", title=N_("Your place was given back: {title}"), outside=_NEWS,
    body=N_("{starts_at}. {by} has given it back for you: {why}"),
)  # fmt: skip
messages.declare(
    "shift.called_off", title=N_("Called off: {title}"), outside=_NEWS,
    body=N_("{starts_at} does not take place: {why}"),
)  # fmt: skip
messages.declare(
    "shift.changed", title=N_("Changed: {title}"), outside=_NEWS,
    body=N_("Now {starts_at}, {where}. If that does not suit you, please give the place back."),
)  # fmt: skip
messages.declare(
    "shift.changed_several", title=N_("Changed, {count} dates: {title}"), outside=_NEWS,
    body=N_("Now {moments}; {where}. If one of them does not suit you, please give that place back."),
)  # fmt: skip
messages.declare(
    "shift.called_off_several", title=N_("Called off, {count} dates: {title}"), outside=_NEWS,
    body=N_("{moments}. Reason: {why}"),
)  # fmt: skip
messages.declare(
    "shift.remind", title=N_("See you soon: {title}"), outside=_ASKED, when_called=_confirmed,
    body=N_("{starts_at}, {where}. Please say that you come, or give the place back so that somebody else can help."),
)  # fmt: skip
messages.declare(
    "shift.help", title=N_("Can you help? {title}"), outside=_ASKED, when_called=_helps,
    body=N_("{starts_at}, {where}. People still needed: {missing}. Only if it suits you."),
)  # fmt: skip
messages.declare(
    "shift.short", title=N_("Too few people: {title}"), outside=N_("A shift needs the office, see Linli."),
    body=N_("{starts_at}, {where}. Missing: {missing}. Asked until now: {asked}."),
)  # fmt: skip


# To whom, and what about


def addressee(volunteer: Any) -> Addressee:
    """A volunteer as messages know them."""
    return Addressee(key_of(volunteer.id), volunteer.name, volunteer.account_id, bool(volunteer.phone_key))


def facts_of(work: Work, shift: Any, **more: Any) -> dict[str, Any]:
    """What the texts say of a shift: what, when and where, in words that everybody may read: as its card says it."""
    row = shift_of(work, shift.id)  # whoever tells of a place may know no more of the shift than its slot
    where = place_texts(work, [row] if row is not None else []).get(shift.id) or "–"
    return {"title": shift.title, "starts_at": shift.starts_at, "where": where, **more}


def staff_of(work: Work, area_path: str, roles: Sequence[str] = ("staff",)) -> list[Addressee]:
    """The community workers (or others) in whose areas this lies, stand-ins included; the administrators where there
    are none.
    """
    steps = area_path.strip("/").split("/")
    above = ["/" + "/".join(steps[:many]) + "/" for many in range(1, len(steps) + 1)]
    holds = exists().where(_H.account_id == _A.id, _H.area_path.in_(above))
    day = clock.today()
    stands = exists().where(
        _T.account_id == _A.id,
        _T.area_path.in_(above),
        _T.since <= day,
        _T.until >= day,
        _T.ended_at.is_(None),
    )
    asked = select(_A.id, _A.name).where(_A.active.is_(True))
    rows = work.session.execute(asked.where(_A.role.in_(roles), or_(_A.role == "admin", holds, stands))).all()
    rows = rows or work.session.execute(asked.where(_A.role == "admin")).all()
    return [Addressee(channels.own_key(row.id), row.name, row.id) for row in rows]


def _having(work: Work, ids: Collection[int]) -> set[int]:
    """Who of these volunteers has a telephone."""
    return set(work.session.execute(select(_V.id).where(_V.id.in_(ids), _V.phone.is_not(None))).scalars())


@telephone("v", _having)
def of_volunteer(work: Work, key: str, reason: str) -> str:
    """The whole telephone, "" for none; the look is recorded. Refused `record.not_found`, `access.denied`.

    Whoever looks after a shift calls those who were asked for it, wherever they live.
    """
    if not work.viewer.can("resident.reveal"):
        raise Refused("access.denied", action="resident.reveal")
    mine = exists().where(_M.to_key == key, within(work.viewer, "message.phone", _M.area_path))
    volunteer = volunteer_of(work, int(key[1:])) if key[1:].isdecimal() else None
    if volunteer is None or not work.session.execute(select(mine)).scalar():
        raise Refused("record.not_found")
    work.log(
        "volunteer", volunteer.id, volunteer.name, {"phone": ("•", "•")}, area_path=volunteer.area_path,
        reason=reason[:200], action="resident.reveal",
    )  # fmt: skip
    phone = work.session.execute(select(_V.phone).where(_V.id == volunteer.id)).scalar()
    return str(phone or "")


def settle(work: Work, subject: str) -> None:
    """Nobody is asked about this any more; without a trace where nobody was."""
    if work.session.execute(select(_M.id).where(_M.subject == subject).limit(1)).first() is not None:
        messages.moot(work, subject)


def missing_of(shift: Any) -> int:
    """How many people a shift lacks. Who wants to give a place away counts as missing."""
    return max(0, int(shift.minimum - shift.taken + shift.shaky))


# What happened


@signing_up.teller
def tell(work: Work, shift: Any, booking: Any, what: str) -> None:
    """Say what happened to whom it concerns. `booking` is how it was before."""
    for subject in _SETTLED.get(what, ()):
        settle(work, subject.format(booking=booking.id, shift=shift.id))
    if what in _MAY_SETTLE:
        _enough(work, shift.id)
    say = _SAID.get(what)
    if say is not None:
        say(work, shift, booking)


_SETTLED: dict[str, Sequence[str]] = {
    "booked": ("booking:{booking}",),
    "lapsed": ("booking:{booking}",),
    "answered": ("booking:{booking}",),
    "confirmed": ("booking:{booking}",),
    "left": ("booking:{booking}", "hand:{booking}"),
    "handing": ("hand:{booking}",),
    "kept": ("hand:{booking}",),
    "declined": ("hand:{booking}",),
    "handed": ("booking:{booking}", "hand:{booking}"),
    "called_off": ("booking:{booking}", "hand:{booking}", "help:{shift}"),
}
"""What nobody need answer any more, once something happened."""


_MAY_SETTLE = {"answered", "booked", "signed_up", "taken", "kept", "handed"}
"""After these nobody may be missing any more, or all places may be taken."""


def _enough(work: Work, shift_id: int) -> None:
    """When nobody is missing any more, nobody need be called for help; when all places are taken, nobody be invited."""
    now = shift_of(work, shift_id)
    if now is None:
        return
    full = now.taken >= now.capacity and not now.shaky
    if full or (not missing_of(now) and not _one_more(work, shift_id)):
        settle(work, f"help:{shift_id}")
    if full:
        invited = select(_B.id).where(_B.slot_id == shift_id, _B.state == "invited", _B.live == 1)
        for booking_id in work.session.execute(invited).scalars().all():
            settle(work, f"booking:{booking_id}")


def _one_more(work: Work, shift_id: int) -> bool:
    """Whether the last call for help asked for one more than was needed."""
    last = select(_C.missing).where(_C.slot_id == shift_id).order_by(_C.id.desc()).limit(1)
    return work.session.execute(last).scalar() == 0


def _say(
    work: Work, shift: Any, booking: Any, kind: str, *, subject: str = "booking:{}", urgent: bool = False,
    capped: bool = False, call: bool = True, **facts: Any,
) -> None:  # fmt: skip
    """Tell the person of a booking, unless they did it themselves. Without `call`, nobody telephones about it."""
    volunteer = volunteer_of(work, booking.volunteer_id) if booking.volunteer_id else None
    if volunteer is None or (
        volunteer.account_id is not None and volunteer.account_id == work.viewer.account_id
    ):
        return
    news = _News(volunteer, shift, kind, subject.format(booking.id), urgent, capped, call, facts)
    held: list[_News] | None = work.known.get(_TOGETHER)
    if held is not None and kind in _OF_SEVERAL:
        held.append(news)
    else:
        _send(work, news, kind, facts_of(work, shift, **facts))


@dataclass(frozen=True)
class _News:
    volunteer: Any
    shift: Any
    kind: str
    subject: str
    urgent: bool
    capped: bool
    call: bool
    facts: dict[str, Any]


def _send(work: Work, news: _News, kind: str, facts: dict[str, Any]) -> None:
    if news.volunteer.account_id is not None or news.call:
        messages.send(
            work, to=[addressee(news.volunteer)], kind=kind, subject=news.subject, link=LINK, facts=facts,
            area_path=news.shift.area_path, urgent=news.urgent, capped=news.capped,
        )  # fmt: skip


_TOGETHER = "telling.together"
_OF_SEVERAL = {"shift.changed": "shift.changed_several", "shift.called_off": "shift.called_off_several"}
MOST_NAMED = 12


@contextmanager
def together(work: Work) -> Iterator[None]:
    """What changes in several shifts within the block is told to each person once, in one message that names them all."""
    held: list[_News] = []
    work.known[_TOGETHER] = held
    try:
        yield
    finally:
        del work.known[_TOGETHER]
    by_person: dict[tuple[int, str], list[_News]] = {}
    for one in held:
        by_person.setdefault((one.volunteer.id, one.kind), []).append(one)
    for (_person, kind), several in by_person.items():
        first = min(several, key=lambda one: one.shift.starts_at)
        facts = facts_of(work, first.shift, **first.facts)
        if len(several) > 1:
            kind = _OF_SEVERAL[kind]
            moments = sorted(one.shift.starts_at for one in several)
            facts |= {
                "moments": [*moments[:MOST_NAMED], *(["…"] if len(moments) > MOST_NAMED else [])],
                "count": len(several),
            }
        urgent, call = any(one.urgent for one in several), any(one.call for one in several)
        _send(work, replace(first, urgent=urgent, call=call), kind, facts)


def _soon(work: Work, shift: Any) -> bool:
    """Whether the shift begins so soon that the news cannot wait for the morning."""
    return bool(shift.starts_at < messages.after_the_night(work.session, work.now) + SOON)


def _signed_up(work: Work, shift: Any, booking: Any) -> None:
    """By somebody else. Who has no account asked the office for it."""
    if booking.state == "booked":
        _say(work, shift, booking, "shift.signed_up", by=work.viewer.name, call=False)


def _booked(work: Work, shift: Any, booking: Any) -> None:
    kinds = {"entered": "shift.won", "requested": "shift.accepted"}
    _say(work, shift, booking, kinds.get(booking.state, "shift.moved_up"))


def _offered(work: Work, shift: Any, booking: Any) -> None:
    until = places.booking_of(work, booking.id).offered_until
    _say(work, shift, booking, "shift.offered", until=until)


def _lapsed(work: Work, shift: Any, booking: Any) -> None:
    _say(work, shift, booking, "shift.lapsed", call=False)


def _lost(work: Work, shift: Any, booking: Any) -> None:
    now = places.booking_of(work, booking.id)
    _say(work, shift, booking, "shift.lost", line=places.place_in_line(work, now), call=False)


def _left(work: Work, shift: Any, booking: Any) -> None:
    why = places.booking_of(work, booking.id).why or "–"
    _say(work, shift, booking, "shift.left", by=work.viewer.name, why=why, call=False)


def _refused(work: Work, shift: Any, booking: Any) -> None:
    _say(work, shift, booking, "shift.declined", why=places.booking_of(work, booking.id).why or "–")


def _invited(work: Work, shift: Any, booking: Any) -> None:
    """Whoever had as many messages as they may finds it among the own shifts."""
    _say(work, shift, booking, "shift.invited", until=booking.offered_until, capped=True)


def _handing(work: Work, shift: Any, booking: Any) -> None:
    """To the one who is named, who learns from whom; or to some who can, who need not know."""
    anybody = booking.handing == "*"
    if anybody:
        people = [one.volunteer for one in ranking.ranked(work, shift, enough=HANDING_ASKED)]
        kind, facts = "shift.handing_any", facts_of(work, shift)
    else:
        people, facts = (
            [volunteer_of(work, int(booking.handing[1:]))],
            facts_of(work, shift, name=booking.name),
        )
        kind = "shift.handing"
    if people:
        messages.send(
            work, to=[addressee(one) for one in people], kind=kind, subject=f"hand:{booking.id}", link=LINK,
            facts=facts, area_path=shift.area_path, capped=anybody,
        )  # fmt: skip


def _handed(work: Work, shift: Any, booking: Any) -> None:
    _say(work, shift, booking, "shift.handed", name=places.booking_of(work, booking.id).why)


def _declined(work: Work, shift: Any, booking: Any) -> None:
    asked = volunteer_of(work, int(booking.handing[1:])) if booking.handing[1:].isdecimal() else None
    _say(work, shift, booking, "shift.kept", name=asked.name if asked is not None else "–")


def _called_off(work: Work, shift: Any, booking: Any) -> None:
    """Who only had been asked for help hears it without a call."""
    why = places.booking_of(work, booking.id).why or "–"
    held = booking.state in HELD
    _say(work, shift, booking, "shift.called_off", why=why, urgent=_soon(work, shift), call=held)


def _changed(work: Work, shift: Any, booking: Any) -> None:
    held = booking.state in HELD
    _say(work, shift, booking, "shift.changed", urgent=_soon(work, shift), call=held)


_SAID: dict[str, Callable[[Work, Any, Any], None]] = {
    "signed_up": _signed_up, "booked": _booked, "offered": _offered, "lapsed": _lapsed, "lost": _lost, "left": _left,
    "refused": _refused, "invited": _invited, "handing": _handing, "handed": _handed, "declined": _declined,
    "called_off": _called_off, "changed": _changed,
}  # fmt: skip
