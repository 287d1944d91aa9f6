"""Calls for help when a shift lacks people, reminders, and what shifts do by themselves: offers that end, lots.

A shift below its minimum two days before it begins, and again one day before, asks the best of those who can. Who is
asked has an invitation and a message; each stage of a shift asks once, whatever process does it and wherever it died.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from db import access, clock, places
from db.access import Viewer, within
from db.errors import Refused
from db.slots import Booking, Slot, Who
from db.system import community, messages
from db.system.community import SETTINGS, SettingSpec
from db.system.jobs import every
from db.system.messages import Message
from db.volunteers import ranking, signing_up
from db.volunteers.fitness import judge, key_of, shift_of, volunteer_of
from db.volunteers.ranking import Ranked
from db.volunteers.shifts import KIND, TOPIC, editable
from db.volunteers.tables import HelpCall
from db.volunteers.telling import LINK, addressee, facts_of, missing_of, settle, staff_of
from db.words import N_
from db.work import Work, command, query, unit

log = logging.getLogger("linli.helping")

FIRST, SECOND = timedelta(hours=48), timedelta(hours=24)
STAGES = {"48": FIRST, "24": SECOND}
TOO_LATE = timedelta(hours=1)
"""Nobody is asked any more who would have to leave at once."""
SPARE = 4
"""So many more are ranked, for those who took something else meanwhile."""
SAME_TAP = timedelta(seconds=10)

_SHIFTS = N_("Shifts")
SETTINGS.update(
    {
        one.name: one
        for one in (
            SettingSpec(
                "help_people", N_("People asked for each one missing"), _SHIFTS, "number", 6, least=1, most=30,
                topics=("settings", "shifts"),
                help=N_("When a shift lacks people two days before it begins, and again one day before."),
            ),
            SettingSpec(
                "remind_hour", N_("Hour of the day before at which people are reminded"), _SHIFTS, "number", 18,
                least=8, most=21, topics=("settings", "shifts"),
            ),
            SettingSpec(
                "confirm_hours", N_("Hours before the shift until which people confirm"), _SHIFTS, "number", 12,
                least=1, most=24, topics=("settings", "shifts"),
                help=N_("Who was reminded and has not confirmed by then is shown as unconfirmed. Nothing else follows."),
            ),
        )
    }
)  # fmt: skip

_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_C = HelpCall.__table__.c  # type: ignore[attr-defined]
_M = Message.__table__.c  # type: ignore[attr-defined]


def _lacking(now: datetime) -> ColumnElement[bool]:
    """The shifts of the next two days that are below their minimum. Before its lots are drawn, a shift is not."""
    return and_(
        _S.kind == KIND, _S.starts_at > now, _S.starts_at <= now + FIRST, _S.cancelled_at.is_(None),
        _S.withdrawn_at.is_(None), _S.taken - _S.shaky < _S.minimum,
        or_(_S.mode != "lottery", _S.drawn_at.is_not(None)),
    )  # fmt: skip


@query("shift.edit")
def lacking(work: Work) -> int:
    """How many shifts of the next two days lack people, in the viewer's areas."""
    mine = within(work.viewer, "shift.edit", _S.area_path)
    return int(work.session.execute(select(func.count(_S.id)).where(_lacking(work.now), mine)).scalar_one())


# Calls for help


@dataclass(frozen=True)
class Called:
    """How many were asked; `held_back` had as many messages within the week as they may."""

    asked: int
    held_back: int


def call(viewer: Viewer, *, shift_id: int) -> Called:
    """Ask the next best people whether they can help. A second tap is the same call.

    Refused `record.not_found`, `area.outside`, `place.closed`, `shift.over`, `help.enough`, `help.nobody`.
    """
    return _call_now(viewer, shift_id=shift_id, people=candidates(viewer, shift_id=shift_id, spare=SPARE))


@query("shift.edit")
def candidates(work: Work, *, shift_id: int, spare: int = 0) -> list[Ranked]:
    """Whom a call for help would ask now, and why, the first to be asked first; `spare` more for those who drop out.

    Refused `record.not_found`, `area.outside`, `help.enough`.
    """
    shift = editable(work, shift_id)
    many = _wanted(work, shift)
    if not many:
        raise Refused("help.enough")
    return ranking.ranked(work, shift, enough=many + spare)


def _wanted(work: Work, shift: Any) -> int:
    """How many to ask: so many for each one missing, or for one more where there are enough and room."""
    missing = missing_of(shift) or min(1, shift.capacity - shift.taken + shift.shaky)
    return missing * int(community.get(work, "help_people"))


@command("shift.edit")
def _call_now(work: Work, *, shift_id: int, people: Sequence[Ranked]) -> Called:
    shift = editable(work, shift_id)
    if shift.cancelled_at is not None:
        raise Refused("place.closed")
    if shift.starts_at <= work.now:
        raise Refused("shift.over")
    last = work.session.execute(
        select(_C.asked, _C.held_back, _C.made_at, _C.by_id)
        .where(_C.slot_id == shift_id, _C.stage.not_in(STAGES))
        .order_by(_C.id.desc())
        .limit(1)
    ).first()
    if last is not None and last.by_id == work.viewer.account_id and last.made_at > work.now - SAME_TAP:
        return Called(len(last.asked), last.held_back)
    done = _ask(work, shift_id, work.now.isoformat(timespec="seconds"), people)
    if not done.asked:
        raise Refused("help.nobody")
    return done


def _ask(work: Work, shift_id: int, stage: str, people: Sequence[Ranked]) -> Called:
    """Ask so many of these people as are needed. Refused `help.enough`, `place.moved` (somebody else does this stage)."""
    claimed = work.session.execute(
        _insert(work)(HelpCall)
        .values(
            slot_id=shift_id, stage=stage, made_at=work.now, by_id=work.viewer.account_id, by_name=work.viewer.name,
            missing=0, asked=[], held_back=0,
        )
        .on_conflict_do_nothing(index_elements=["slot_id", "stage"])
        .returning(_C.id)
    ).scalar()  # fmt: skip
    if claimed is None:
        raise Refused("place.moved")
    places.hold_still(work, [key_of(one.volunteer.id) for one in people])
    shift = shift_of(work, shift_id)
    many = _wanted(work, shift)
    if shift.cancelled_at is not None or not many:
        raise Refused("help.enough")
    chosen = [one for one in people if _still_can(work, shift, one)][:many]
    sent = messages.send(
        work, to=[addressee(one.volunteer) for one in chosen], kind="shift.help", subject=f"help:{shift_id}", link=LINK,
        facts=facts_of(work, shift, missing=max(1, missing_of(shift))), area_path=shift.area_path, capped=True,
    )  # fmt: skip
    asked = [
        {"booking": _invite(work, shift, one), "reasons": one.reasons}
        for one in chosen
        if key_of(one.volunteer.id) not in sent.held_back
    ]
    work.session.execute(
        update(HelpCall)
        .where(_C.id == claimed)
        .values(asked=asked, missing=missing_of(shift), held_back=len(sent.held_back))
    )
    work.log(
        KIND, shift_id, shift.title, {"asked": (None, len(asked)), "missing": (None, missing_of(shift))},
        area_path=shift.area_path, reason=stage, action="shift.help",
    )  # fmt: skip
    work.touch(TOPIC)
    return Called(len(asked), len(sent.held_back))


def _insert(work: Work) -> Any:
    return sqlite.insert if work.session.get_bind().dialect.name == "sqlite" else postgresql.insert


def _still_can(work: Work, shift: Any, one: Ranked) -> bool:
    """Whether somebody who was ranked a moment ago is still free, and wants nothing here yet."""
    volunteer = volunteer_of(work, one.volunteer.id)
    if volunteer is None or places.live_booking(work, shift.id, key_of(volunteer.id)) is not None:
        return False
    return not any(clash.hard for clash in judge(work, shift, volunteer))


def _invite(work: Work, shift: Any, one: Ranked) -> int:
    who = Who(key_of(one.volunteer.id), one.volunteer.name, one.volunteer.id, one.volunteer.resident_id)
    return places.enter(work, shift, who, "invited", offered_until=shift.starts_at)


@every(minutes=10, name="shifts.help")
def call_all() -> None:
    """Call for help for each shift that lacks people and whose time has come. A duty."""
    now = clock.now()
    with unit(access.system(), "shift.edit", write=False) as work:
        due = work.session.execute(
            select(_S.id, _S.starts_at).where(_lacking(now), _S.starts_at > now + TOO_LATE).order_by(_S.starts_at, _S.id)
        ).all()  # fmt: skip
        had = {
            (row.slot_id, row.stage)
            for row in work.session.execute(
                select(_C.slot_id, _C.stage).where(_C.slot_id.in_([row.id for row in due]))
            )
        }
    for row in due:
        stage = "24" if row.starts_at <= now + SECOND else "48"
        if (row.id, stage) not in had:
            call_stage(row.id, stage)


def call_stage(shift_id: int, stage: str) -> Called | None:
    """One stage of one shift: asks, and a day before also tells the staff. None when it was done, or is not needed."""
    try:
        with unit(access.system(), "shift.edit", write=False) as work:
            people = candidates(work, shift_id=shift_id, spare=SPARE)
        with unit(access.system(), "shift.edit", write=True) as work:
            done = _ask(work, shift_id, stage, people)
            if stage == "24":
                _tell_staff(work, shift_id)
        return done
    except Refused as refused:  # nobody is missing any more, it was called off, or another process asks
        log.debug("No call for shift %s: %s", shift_id, refused.code)
        return None


def _tell_staff(work: Work, shift_id: int) -> None:
    shift = shift_of(work, shift_id)
    until_now = work.session.execute(select(_C.asked).where(_C.slot_id == shift_id)).scalars()
    asked = sum(len(one) for one in until_now)
    messages.send(
        work, to=staff_of(work, shift.area_path), kind="shift.short", subject=f"short:{shift_id}",
        link=f"/roster?shift={shift_id}",
        facts=facts_of(work, shift, missing=missing_of(shift), asked=asked), area_path=shift.area_path,
    )  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """One person who was asked. `state` of the invitation: `invited` while there is no answer. `told` is False for an
    invitation of the office to somebody who had as many messages in the week as they may."""

    name: str
    at: datetime
    by: str
    stage: str
    reasons: tuple[tuple[str, int], ...]
    state: str
    answered_at: datetime | None
    told: bool = True


@query("shift.edit")
def asked(work: Work, *, shift_id: int) -> list[Asked]:
    """Who was asked for a shift, when, why they, and what they answered; the last call first.

    Refused `record.not_found`, `area.outside`.
    """
    editable(work, shift_id)
    bookings = {
        row.id: row
        for row in work.session.execute(select(Booking.__table__).where(_B.slot_id == shift_id))  # type: ignore[attr-defined]
    }
    found: list[Asked] = []
    calls = work.session.execute(
        select(HelpCall.__table__).where(_C.slot_id == shift_id).order_by(_C.id.desc())  # type: ignore[attr-defined]
    )
    for one in calls:
        for line in one.asked:
            row = bookings.pop(line["booking"])
            reasons = tuple((code, count) for code, count in line["reasons"])
            answered = row.changed_at if row.state != "invited" else None
            found.append(Asked(row.name, one.made_at, one.by_name, one.stage, reasons, row.state, answered))
    by_hand = [row for row in bookings.values() if row.state == "invited"]
    told = set(
        work.session.execute(
            select(_M.subject).where(_M.subject.in_([f"booking:{row.id}" for row in by_hand]))
        ).scalars()
    )
    return found + [
        Asked(row.name, row.made_at, row.by_name, "", (), row.state, None, f"booking:{row.id}" in told)
        for row in by_hand
    ]


@dataclass(frozen=True)
class Standing:
    """How a shift stands: how many are missing, and whether it is too late to ask. `unconfirmed`: the names of those
    who were reminded and have not said that they come."""

    missing: int
    room: int
    over: bool
    unconfirmed: tuple[str, ...]


@query("shift.edit")
def standing(work: Work, *, shift_id: int) -> Standing:
    """Refused `record.not_found`, `area.outside`."""
    shift = editable(work, shift_id)
    over = shift.starts_at <= work.now or shift.cancelled_at is not None
    late = shift.starts_at <= work.now + timedelta(hours=int(community.get(work, "confirm_hours")))
    names: Sequence[str] = ()
    if late and not over:
        names = work.session.execute(
            select(_B.name)
            .where(
                _B.slot_id == shift_id, _B.state == "booked", _B.reminded_at.is_not(None), _B.confirmed_at.is_(None)
            )
            .order_by(_B.id)
        ).scalars().all()  # fmt: skip
    return Standing(missing_of(shift), shift.capacity - shift.taken + shift.shaky, over, tuple(names))


# Reminders


@every(minutes=10, name="shifts.remind")
def remind_all() -> None:
    """Remind whoever has a place tomorrow, from the hour on that the office set. A duty.

    Who took the place after that hour has just thought of it and is not reminded.
    """
    now = clock.now()
    with unit(access.system(), "shift.edit", write=False) as work:
        hour = int(community.get(work, "remind_hour"))
        slots = work.session.execute(
            select(_S.id, _S.starts_at)
            .where(
                _S.kind == KIND, _S.starts_at > now + 2 * TOO_LATE, _S.starts_at < now + FIRST,
                _S.cancelled_at.is_(None), exists().where(_B.slot_id == _S.id, _to_remind(now)),
            )
            .order_by(_S.starts_at, _S.id)
        ).all()  # fmt: skip
    for row in slots:
        begins = reminded_from(row.starts_at, hour)
        if begins <= now:
            _remind(row.id, begins)


def reminded_from(starts_at: datetime, hour: int) -> datetime:
    """The evening before a shift."""
    day = starts_at.astimezone(clock.PLACE).date() - timedelta(days=1)
    return datetime.combine(day, time(hour), clock.PLACE)


def _to_remind(before: datetime) -> ColumnElement[bool]:
    return and_(
        _B.state == "booked", _B.reminded_at.is_(None), _B.confirmed_at.is_(None), _B.volunteer_id.is_not(None),
        _B.handing == "", _B.changed_at < before,
    )  # fmt: skip


def _remind(shift_id: int, begins: datetime) -> None:
    """All of one shift in one transaction: that they were reminded, and the message."""
    with unit(access.system(), "shift.edit", write=True) as work:
        asked = select(_B.id, _B.person_key).where(_B.slot_id == shift_id, _to_remind(begins))
        places.hold_still(work, [row.person_key for row in work.session.execute(asked)])
        shift = shift_of(work, shift_id)
        if shift is None or shift.cancelled_at is not None:
            return
        ids = sorted(row.id for row in work.session.execute(asked))
        work.session.execute(update(Booking).where(_B.id.in_(ids)).values(reminded_at=work.now))
        for booking_id in ids:
            volunteer = volunteer_of(work, places.booking_of(work, booking_id).volunteer_id)
            if volunteer is not None:
                messages.send(
                    work, to=[addressee(volunteer)], kind="shift.remind", subject=f"booking:{booking_id}", link=LINK,
                    facts=facts_of(work, shift), area_path=shift.area_path,
                )  # fmt: skip
        work.log(
            KIND, shift_id, shift.title, {"reminded": (None, len(ids))}, area_path=shift.area_path,
            action="shift.remind",
        )  # fmt: skip


# What shifts do by themselves


@every(minutes=1, name="places.lapse")
def lapse() -> None:
    """Offers that nobody answered in time go to the next one."""
    places.lapse()


@every(minutes=1, name="places.fill")
def fill() -> None:
    """Whoever waits moves up, also where a process died or the night was in between."""
    places.fill_all()


@every(minutes=1, name="shifts.draw")
def draw_lots() -> None:
    """Lots are drawn when the time to take part is over."""
    now = clock.now()
    with unit(access.system(), "shift.edit", write=False) as work:
        due = work.session.execute(
            select(_S.id).where(
                _S.kind == KIND, _S.mode == "lottery", _S.drawn_at.is_(None), _S.closes_at <= now, _S.starts_at > now,
                _S.cancelled_at.is_(None), _S.withdrawn_at.is_(None),
            ).order_by(_S.id)
        ).scalars().all()  # fmt: skip
    for shift_id in due:
        try:
            signing_up.draw_lots(access.system(), shift_id=shift_id)
        except Refused as refused:  # somebody of the office was faster
            log.debug("Shift %s is not drawn: %s", shift_id, refused.code)


@every(minutes=10, name="shifts.settled")
def settle_all() -> None:
    """Nobody is called about a shift that has begun, or for help where nobody is missing any more. A duty."""
    with unit(access.system(), "shift.edit", write=True) as work:
        open_calls = work.session.execute(
            select(_M.subject)
            .where(_M.needs_phone.is_(True), _M.kind.like("shift.%"), _M.kind != "shift.called_off")
            .distinct()
        ).scalars()
        for subject in sorted(open_calls):
            if _settled(work, subject):
                settle(work, subject)


def _settled(work: Work, subject: str) -> bool:
    about, _colon, number = subject.partition(":")
    if about not in ("help", "booking", "hand"):
        return False
    try:
        slot_id = int(number) if about == "help" else places.booking_of(work, int(number)).slot_id
        slot = places.slot_of(work, slot_id)
    except Refused:
        return True
    if slot.starts_at <= work.now or (slot.cancelled_at is not None and about != "booking"):
        return True
    return about == "help" and not missing_of(slot)
