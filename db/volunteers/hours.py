"""Hours of service: how an entry comes about, and how it is corrected. Approving is in `db.volunteers.approving`.

open → waiting → approved or refused. What was decided on is never changed, by nobody: a correction is a new entry
with the difference, approved in the same way. Two piles are kept apart for ever: what is credited (somebody checked
in and out, was ticked by staff at the shift, or stands on its paper sheet) and what was made up by hand. Only time
within a shift's plan is ever credited, so a correction of credited hours gives other times, not other minutes.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, func, insert, or_, select, update

from db import access, clock, engine, parsing, places
from db.errors import Refused
from db.slots import Slot
from db.system import jobs
from db.volunteers.fitness import key_of, shift_of, volunteer_of
from db.volunteers.hour_rules import counted, hour_rules, round_down
from db.volunteers.tables import Hours, Volunteer
from db.work import Work, command

TOPIC = "hours"
CREDITED = ("checked", "list", "paper")
"""Origins of hours that rest on somebody having been seen at a shift. The other pile is "by_hand"."""
CLOSED_AFTER = timedelta(hours=2)
"""So long after a shift one can still check out; then the entry is closed as if one had left at its end."""
LONGER = timedelta(minutes=30)
LONGEST_AGO = timedelta(days=400)
MANY = timedelta(hours=1)
SHORT = 2

_H = Hours.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]

STANDING = and_(_H.withdrawn_at.is_(None), _H.state != "refused")
ENTRY = select(
    Hours.__table__, _V.number, _V.name, _V.account_id.label("whose"),  # type: ignore[attr-defined]
).join(Volunteer, _V.id == _H.volunteer_id)  # fmt: skip


def shown_name(work: Work, name: str) -> str:
    """Somebody's name as far as this viewer may read it."""
    return name if work.viewer.sees("name") == "clear" else parsing.mask_name(name)


# --- How an entry comes about. Whoever calls these has held the volunteer still. ---


def standing(work: Work, booking_id: int) -> Any:
    """The entry of a booking that neither was taken back nor refused, None when there is none."""
    return work.session.execute(
        select(Hours.__table__).where(_H.booking_id == booking_id, _H.corrects.is_(None), STANDING)  # type: ignore[attr-defined]
    ).first()


def begin(work: Work, shift: Any, booking: Any, origin: str, in_at: datetime, in_by: str) -> int:
    """Somebody has come: an entry that stays open until they leave."""
    return _add(
        work, shift.area_path, shift.work, volunteer_id=booking.volunteer_id, booking_id=booking.id, slot_id=shift.id,
        day=local_day(shift.starts_at), origin=origin, in_at=in_at, in_by=in_by,
    )  # fmt: skip


def end(work: Work, shift: Any, entry: Any, out_at: datetime, out_by: str, origin: str, *warned: str) -> None:
    """They have left: what counts is worked out, and the entry waits for approval."""
    minutes, capped = _within_cap(
        work, entry.volunteer_id, entry.day,
        counted(entry.in_at, out_at, shift.starts_at, shift.ends_at, hour_rules(work)), entry.id,
    )  # fmt: skip
    longer = out_at - entry.in_at > shift.ends_at - shift.starts_at + LONGER
    found = [*warned, *(["longer"] if longer else []), *(["capped"] if capped else [])]
    if origin == "paper" or (origin == "list" and entry.made_at > shift.ends_at):
        found.append("no_check_in")
    _wait(work, entry.id, out_at=out_at, out_by=out_by, origin=origin, minutes=minutes, warnings=found)


def local_day(at: datetime) -> date:
    """The calendar day in the community."""
    return at.astimezone(clock.PLACE).date()


def moment_near(at: time, since: datetime, until: datetime) -> datetime:
    """When it was `at` o'clock in the community, nearest to a span of time: after midnight that is the second day."""
    days = (local_day(since) + timedelta(days=more) for more in (0, 1, -1))
    return min(
        (datetime.combine(day, at, clock.PLACE) for day in days),
        key=lambda one: max(since - one, one - until, timedelta(0)),
    )


def _add(work: Work, area_path: str, what: str, **values: Any) -> int:
    entry_id: int = work.connection.execute(
        insert(Hours.__table__)  # type: ignore[attr-defined]
        .values(
            {
                "version": 1, "made_at": work.now, "changed_at": work.now, "extra": {}, "what": what[:80],
                "area_path": area_path, "in_by": "", "out_by": "", "minutes": 0, "state": "open", "why": "",
                "entered_id": work.viewer.account_id, "entered_name": work.viewer.name, "decided_name": "",
                "decided_why": "", "warnings": [], **values,
            }
        )
        .returning(_H.id)
    ).scalar_one()  # fmt: skip
    note(
        work,
        entry_id,
        what,
        area_path,
        {"state": (None, values.get("state", "open")), "day": (None, values["day"])},
    )
    return entry_id


def note(
    work: Work, entry_id: int, what: str, area_path: str, changes: dict[str, tuple[Any, Any]], reason: str = ""
) -> None:  # fmt: skip
    work.log("hours", entry_id, what, changes, area_path=area_path, reason=reason[:200])
    work.touch(TOPIC)


def _within_cap(work: Work, volunteer_id: int, day: date, minutes: int, but: int | None) -> tuple[int, bool]:
    """What of `minutes` still fits in the day, and whether some did not."""
    rules = hour_rules(work)
    had = work.session.execute(
        select(func.coalesce(func.sum(_H.minutes), 0)).where(
            _H.volunteer_id == volunteer_id, _H.day == day, STANDING, _H.id != (but or 0)
        )
    ).scalar_one()
    fits = max(0, min(minutes, rules.cap - int(had)))
    return (minutes, False) if fits == minutes else (round_down(fits, rules), True)


def _wait(work: Work, entry_id: int, **values: Any) -> None:
    """Let an entry wait for approval, with all that must be said about it before somebody approves it."""
    work.session.execute(
        update(Hours).where(_H.id == entry_id).values({"state": "waiting", "changed_at": work.now, **values})
    )
    row = work.session.execute(ENTRY.where(_H.id == entry_id)).one()
    found = [*row.warnings]
    if row.whose is not None and row.whose == row.entered_id and row.origin != "checked":
        found.append("own_entry")
    if row.day < clock.today() - timedelta(days=hour_rules(work).late_days):
        found.append("late_entry")
    if row.corrects is None and _also_overlapping(work, row):
        found.append("overlap")
    if row.origin in ("paper", "by_hand") and _one_of_many(work):
        found.append("bulk")
    _warn(work, row, found)
    note(
        work, row.id, row.what, row.area_path,
        {"state": ("open", "waiting"), "minutes": (None, row.minutes), "origin": (None, row.origin)},
    )  # fmt: skip


def _warn(work: Work, row: Any, codes: Iterable[str]) -> None:
    warnings = list(dict.fromkeys((*row.warnings, *codes)))
    if warnings != row.warnings:
        work.session.execute(update(Hours).where(_H.id == row.id).values(warnings=warnings))


def _also_overlapping(work: Work, row: Any) -> bool:
    """Whether the volunteer was elsewhere at the time; what still waits gets the same warning."""
    others = work.session.execute(
        select(Hours.__table__).where(  # type: ignore[attr-defined]
            _H.volunteer_id == row.volunteer_id, _H.id != row.id, _H.corrects.is_(None), STANDING,
            _H.in_at < row.out_at, or_(_H.out_at.is_(None), _H.out_at > row.in_at),
            _H.day >= row.day - timedelta(days=1), _H.day <= row.day + timedelta(days=1),
        )
    ).all()  # fmt: skip
    for other in others:
        if other.state == "waiting":
            _warn(work, other, ["overlap"])
    return bool(others)


def _one_of_many(work: Work) -> bool:
    """Whether this person entered many by hand or from paper within the hour; all that wait get the warning."""
    rows = work.session.execute(
        select(Hours.__table__).where(  # type: ignore[attr-defined]
            _H.entered_id == work.viewer.account_id, _H.entered_name == work.viewer.name, _H.corrects.is_(None),
            _H.origin.in_(("paper", "by_hand")), _H.made_at > work.now - MANY, _H.withdrawn_at.is_(None),
        )
    ).all()  # fmt: skip
    if len(rows) < hour_rules(work).bulk:
        return False
    for row in rows:
        if row.state == "waiting":
            _warn(work, row, ["bulk"])
    return True


@command("hours.enter")
def make_up(
    work: Work, *, volunteer_id: int, day: date, start: time, minutes: int, what: str, why: str, token: str = ""
) -> int:  # fmt: skip
    """Enter hours by hand, where there was no shift or nobody checked in. They are never credited, only named apart.

    Refused `record.not_found`, `area.outside`, `hours.what`, `hours.why`, `hours.day`, `hours.minutes` (most).
    """
    volunteer = volunteer_of(work, volunteer_id)
    if volunteer is None:
        raise Refused("record.not_found")
    if not work.viewer.reaches("hours.enter", volunteer.area_path):
        raise Refused("area.outside")
    if len(what.strip()) < SHORT:
        raise Refused("hours.what")
    if len(why.strip()) < SHORT:
        raise Refused("hours.why")
    begins = datetime.combine(day, start, clock.PLACE)
    ends = begins + timedelta(minutes=minutes)
    if ends > work.now or day < clock.today() - LONGEST_AGO:
        raise Refused("hours.day")
    places.hold_still(work, [key_of(volunteer_id)])
    known = _of_token(work, token)
    if known is not None:
        return known
    if minutes <= 0 or _within_cap(work, volunteer_id, day, minutes, None)[1]:
        raise Refused("hours.minutes", most=hour_rules(work).cap // 60)
    entry_id = _add(
        work, volunteer.area_path, what.strip(), volunteer_id=volunteer_id, day=day, origin="by_hand", in_at=begins,
        out_at=ends, in_by=work.viewer.name, out_by=work.viewer.name, why=why.strip()[:200], token=token or None,
    )  # fmt: skip
    _wait(work, entry_id, minutes=minutes, warnings=["no_check_in"])
    return entry_id


def _of_token(work: Work, token: str) -> int | None:
    """The entry of a form that was sent twice."""
    if not token:
        return None
    return work.session.execute(select(_H.id).where(_H.token == token)).scalar()


@command("hours.enter")
def correct(
    work: Work, *, entry_id: int, why: str, came: datetime | None = None, left: datetime | None = None,
    minutes: int | None = None, token: str = "",
) -> int:  # fmt: skip
    """Correct an approved entry by a new one with the difference, which waits for approval; returns its id.

    Of credited hours other times are given (none: was not there), of hours made up by hand other minutes.
    Refused `record.not_found`, `area.outside`, `hours.why`, `hours.not_decided`, `hours.correcting` (one waits
    already), `hours.minutes` (most), `hours.same`, `check.times`.
    """
    first = root_of(work, entry_id)
    if not work.viewer.reaches("hours.enter", first.area_path):
        raise Refused("area.outside")
    if len(why.strip()) < SHORT:
        raise Refused("hours.why")
    places.hold_still(work, [key_of(first.volunteer_id)])
    known = _of_token(work, token)
    if known is not None:
        return known
    chain = chain_of(work, first.id)
    if chain[0].state != "approved":
        raise Refused("hours.not_decided")
    if any(one.state == "waiting" for one in chain):
        raise Refused("hours.correcting")
    stands = sum(one.minutes for one in chain if one.state == "approved")
    should = _should_be(work, first, came, left, minutes, stands)
    if should == stands:
        raise Refused("hours.same")
    new_id = _add(
        work, first.area_path, first.what, volunteer_id=first.volunteer_id, booking_id=first.booking_id,
        slot_id=first.slot_id, day=first.day, origin="by_hand" if first.origin == "by_hand" else "paper", in_at=came,
        out_at=left, in_by=work.viewer.name, out_by=work.viewer.name, corrects=first.id, why=why.strip()[:200],
        token=token or None,
    )  # fmt: skip
    _wait(work, new_id, minutes=should - stands)
    return new_id


def _should_be(
    work: Work, first: Any, came: datetime | None, left: datetime | None, minutes: int | None, stands: int
) -> int:  # fmt: skip
    """How many minutes the entry should have. Refused `check.times`, `hours.minutes`."""
    if first.origin == "by_hand":
        most = hour_rules(work).cap
        if minutes is None or not 0 <= minutes <= most:
            raise Refused("hours.minutes", most=most // 60)
        if minutes > stands and _within_cap(work, first.volunteer_id, first.day, minutes - stands, None)[1]:
            raise Refused("hours.minutes", most=most // 60)
        return minutes
    shift = shift_of(work, first.slot_id)
    if came is None or left is None or shift is None:
        return 0
    if left < came or left > work.now or abs(came - shift.starts_at) > timedelta(hours=24):
        raise Refused("check.times")
    should = counted(came, left, shift.starts_at, shift.ends_at, hour_rules(work))
    if should <= stands:
        return should
    return stands + _within_cap(work, first.volunteer_id, first.day, should - stands, None)[0]


def root_of(work: Work, entry_id: int) -> Any:
    """The entry itself, or the one that it corrects. Refused `record.not_found`."""
    row = work.session.execute(select(Hours.__table__).where(_H.id == entry_id)).first()  # type: ignore[attr-defined]
    if row is None or row.withdrawn_at is not None:
        raise Refused("record.not_found")
    return row if row.corrects is None else root_of(work, row.corrects)


def chain_of(work: Work, root_id: int) -> Sequence[Any]:
    """An entry and its corrections, oldest first."""
    return work.session.execute(
        ENTRY.where(or_(_H.id == root_id, _H.corrects == root_id), _H.withdrawn_at.is_(None)).order_by(_H.id)
    ).all()


@jobs.every(minutes=10, name="hours.close")
def close_forgotten() -> None:
    """Whoever did not check out is taken to have left at the planned end, and the entry says so."""
    close_open()


def close_open() -> int:
    """Close the entries of shifts at which nobody can check out any more; returns how many."""
    with engine.reading() as session:
        late = session.execute(
            select(_H.id).join(Slot, _S.id == _H.slot_id).where(
                _H.state == "open", _H.withdrawn_at.is_(None), _S.ends_at < clock.now() - CLOSED_AFTER
            )
        ).scalars().all()  # fmt: skip
    return sum(_close(access.system(), entry_id=entry_id) for entry_id in late)


@command("hours.enter")
def _close(work: Work, *, entry_id: int) -> int:
    row = work.session.execute(select(_H.volunteer_id).where(_H.id == entry_id)).one()
    places.hold_still(work, [key_of(row.volunteer_id)])
    entry = work.session.execute(select(Hours.__table__).where(_H.id == entry_id)).one()  # type: ignore[attr-defined]
    shift = shift_of(work, entry.slot_id)
    if entry.state != "open" or entry.withdrawn_at is not None or shift is None:
        return 0
    end(work, shift, entry, max(entry.in_at, shift.ends_at), "", entry.origin, "no_check_out")
    return 1
