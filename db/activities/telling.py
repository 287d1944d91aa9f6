"""What activities say to people: in their inbox, or on the list of calls of the area's staff."""

from typing import Any

from sqlalchemy import select

from db import places
from db.activities import people
from db.activities.tables import Venue
from db.slots import HELD
from db.system import messages
from db.territory.areas import Area
from db.words import N_
from db.work import Work

_V = Venue.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]

_NEWS = N_("There is news of one of your activities in Linli.")
_ASKED = N_("You are asked for something in Linli.")
LINK = "/activities"


def _answered(work: Work, _key: str, subject: str, result: str) -> None:
    """To an offer, on the telephone."""
    from db.activities import signing_up

    if result in ("yes", "no"):
        signing_up.answer(work, booking_id=int(subject.rpartition(":")[2]), yes=result == "yes")


messages.declare(
    "activity.signed_up", title=N_("You have a place: {title}"), outside=_NEWS,
    body=N_("{starts_at}, {where}. {by} has signed you up. If you cannot come, please give the place back in time."),
)  # fmt: skip
messages.declare(
    "activity.moved_up", title=N_("You have a place: {title}"), outside=_NEWS,
    body=N_("{starts_at}, {where}. A place became free, and you were next in line."),
)  # fmt: skip
messages.declare(
    "activity.won", title=N_("Drawn! You have a place: {title}"), outside=_NEWS,
    body=N_("{starts_at}, {where}. We are glad that you come."),
)  # fmt: skip
messages.declare(
    "activity.lost", title=N_("Not drawn this time: {title}"), outside=_NEWS,
    body=N_("{starts_at}. You are number {line} in line: if a place becomes free, you move up."),
)  # fmt: skip
messages.declare(
    "activity.offered", title=N_("A place is free for you: {title}"), outside=_ASKED, when_called=_answered,
    body=N_("{starts_at}, {where}. Do you want it? Please answer by {until}; then the next one is asked."),
)  # fmt: skip
messages.declare(
    "activity.lapsed", title=N_("The offer has run out: {title}"), outside=_NEWS,
    body=N_("{starts_at}. The place goes to the next one in line."),
)  # fmt: skip
messages.declare(
    "activity.left", title=N_("Your place was given back: {title}"), outside=_NEWS,
    body=N_("{starts_at}. {by} has given it back: {why}"),
)  # fmt: skip
messages.declare(
    "activity.cancelled", title=N_("Called off: {title}"), outside=_NEWS, group=True,
    body=N_("{starts_at} does not take place: {why}"),
)  # fmt: skip
messages.declare(
    "activity.changed", title=N_("Changed: {title}"), outside=_NEWS,
    body=N_("It is now: {starts_at}, {where}."),
)  # fmt: skip


def facts_of(work: Work, activity: Any, slot: Any, **more: Any) -> dict[str, Any]:
    """What, when and where, in words that everybody may read."""
    where = slot.where or _place(work, activity) or "–"
    return {"title": activity.title, "starts_at": slot.starts_at, "where": where, **more}


def _place(work: Work, activity: Any) -> str:
    if activity.venue_id:
        return str(work.session.execute(select(_V.name).where(_V.id == activity.venue_id)).scalar() or "")
    return str(work.session.execute(select(_A.name).where(_A.id == activity.area_id)).scalar() or "")


def say(
    work: Work, activity: Any, slot: Any, booking: Any, kind: str, *, call: bool = True, urgent: bool = False, **facts: Any
) -> None:  # fmt: skip
    """Tell the person of a booking, unless they did it themselves. Without `call`, nobody telephones about it."""
    person = people.by_key(work, booking.person_key)
    if person is None or (person.account_id is None and not call):
        return
    if person.account_id is not None and person.account_id == work.viewer.account_id:
        return
    messages.send(
        work, to=[person.addressee], kind=kind, subject=f"activity-booking:{booking.id}",
        link=f"{LINK}?id={activity.id}", facts=facts_of(work, activity, slot, **facts),
        area_path=person.area_path or activity.area_path, urgent=urgent,
    )  # fmt: skip


def settle(work: Work, booking_id: int) -> None:
    """Nobody need answer about this booking any more."""
    messages.moot(work, f"activity-booking:{booking_id}")


def told(work: Work, slot: Any, booking: Any, what: str) -> None:
    """Hear what the places did by themselves. `booking` is as it was before."""
    from db.activities.judging import activity_of

    activity = activity_of(work, slot.id)
    if activity is None:
        return
    if what == "booked":
        say(
            work,
            activity,
            slot,
            booking,
            "activity.won" if booking.state == "entered" else "activity.moved_up",
        )
    elif what == "offered":
        until = places.booking_of(work, booking.id).offered_until
        say(work, activity, slot, booking, "activity.offered", until=until)
    elif what == "lapsed":
        settle(work, booking.id)
        say(work, activity, slot, booking, "activity.lapsed", call=False)
    elif what == "lost":
        line = places.place_in_line(work, places.booking_of(work, booking.id))
        say(work, activity, slot, booking, "activity.lost", call=False, line=line)
    elif what == "cancelled":
        settle(work, booking.id)
        why = places.booking_of(work, booking.id).why or "–"
        say(
            work,
            activity,
            slot,
            booking,
            "activity.cancelled",
            urgent=True,
            why=why,
        )
    elif what == "changed":
        say(work, activity, slot, booking, "activity.changed", call=booking.state in HELD, urgent=True)
