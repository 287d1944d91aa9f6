"""Regular places (固定班): somebody comes to each shift of a series, until they pause or stop. The rest stays open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update

from db import clock, places
from db.errors import Refused
from db.slots import HELD, Booking, Slot, Who
from db.volunteers.fitness import SHIFT, gather, judge, key_of, volunteer_of
from db.volunteers.shifts import TOPIC
from db.volunteers.tables import Regular, Shift, ShiftSeries, Volunteer
from db.work import Work, command, query

_G = Regular.__table__.c  # type: ignore[attr-defined]
_Q = ShiftSeries.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_F = Shift.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Missed:
    """A shift that a regular could not be given, and why: a code of clashes, or `full`."""

    name: str
    starts_at: datetime
    code: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Booked:
    """How many places regulars got, and which they did not."""

    count: int = 0
    missed: tuple[Missed, ...] = ()


@dataclass(frozen=True)
class RegularRow:
    id: int
    version: int
    volunteer_id: int
    name: str
    since: date
    until: date | None
    pause_from: date | None
    pause_until: date | None


def of(work: Work, series_id: int) -> Sequence[Any]:
    """The regulars of a series with their volunteers' names, in the order in which they came."""
    return work.session.execute(
        select(Regular.__table__, _V.name)  # type: ignore[attr-defined]
        .join(Volunteer, _V.id == _G.volunteer_id)
        .where(_G.series_id == series_id, _G.withdrawn_at.is_(None))
        .order_by(_G.id)
    ).all()


@query("shift.edit")
def of_series(work: Work, *, series_id: int) -> list[RegularRow]:
    """Who has a regular place in this series. Refused `record.not_found`, `area.outside`."""
    series_of(work, series_id)
    return [
        RegularRow(
            row.id, row.version, row.volunteer_id, row.name, row.since, row.until, row.pause_from, row.pause_until
        )
        for row in of(work, series_id)
    ]  # fmt: skip


@command("shift.edit")
def add(work: Work, *, series_id: int, volunteer_id: int, since: date | None = None) -> Booked:
    """Give somebody a regular place: in all shifts of the series from `since` (today) on in which it is possible.

    Refused `record.not_found`, `area.outside`, `regular.already`.
    """
    series = series_of(work, series_id)
    volunteer = volunteer_of(work, volunteer_id)
    if volunteer is None:
        raise Refused("record.not_found")
    if any(one.volunteer_id == volunteer_id and one.until is None for one in of(work, series_id)):
        raise Refused("regular.already")
    regular_id = enter(work, series_id, volunteer_id, since or clock.today())
    work.log(
        "regular", regular_id, f"{series.title} · {volunteer.name}", {"since": (None, since or clock.today())},
        area_path=series.area_path,
    )  # fmt: skip
    return book(work, series_id, only=regular_id)


def enter(work: Work, series_id: int, volunteer_id: int, since: date) -> int:
    """Note a regular place without giving one."""
    work.touch(TOPIC)
    made: int = work.session.execute(
        insert(Regular.__table__)  # type: ignore[attr-defined]
        .values(
            version=1, made_at=work.now, changed_at=work.now, extra={}, series_id=series_id, volunteer_id=volunteer_id,
            since=since,
        )
        .returning(_G.id)
    ).scalar_one()  # fmt: skip
    return made


def comes(regular: Any, day: date) -> bool:
    """Whether a regular comes on this day of the series."""
    if day < regular.since or (regular.until is not None and day > regular.until):
        return False
    return not (regular.pause_from is not None and regular.pause_from <= day <= regular.pause_until)


def book(
    work: Work, series_id: int, shift_ids: Iterable[int] | None = None, only: int | None = None
) -> Booked:
    """Give the regulars their places in shifts to come (all of the series when none are named)."""
    regulars = [one for one in of(work, series_id) if only in (None, one.id)]
    if not regulars:
        return Booked()
    places.hold_still(work, [key_of(one.volunteer_id) for one in regulars])
    where = [_F.series_id == series_id, _S.starts_at > work.now, _S.cancelled_at.is_(None)]
    if shift_ids is not None:
        where.append(_F.id.in_(list(shift_ids)))
    shifts = work.session.execute(SHIFT.where(*where).order_by(_S.starts_at, _S.id)).all()
    volunteers = [volunteer_of(work, one.volunteer_id) for one in regulars]
    volunteers = [one for one in volunteers if one is not None]
    known = gather(work, shifts, volunteers)
    count, missed = 0, []
    for volunteer in volunteers:
        regular = next(one for one in regulars if one.volunteer_id == volunteer.id)
        key = key_of(volunteer.id)
        for shift in shifts:
            if not comes(regular, shift.series_day or _day(shift)):
                continue
            if places.live_booking(work, shift.id, key) is not None:
                continue
            hard = [clash for clash in judge(work, shift, volunteer, known) if clash.hard]
            if hard:
                missed.append(Missed(volunteer.name, shift.starts_at, hard[0].code, hard[0].facts))
                continue
            try:
                places.enter(
                    work, shift, Who(key, volunteer.name, volunteer.id, volunteer.resident_id), "booked", regular=True
                )  # fmt: skip
            except Refused as refused:
                if refused.code != "place.full":
                    raise
                missed.append(Missed(volunteer.name, shift.starts_at, "full", {}))
                continue
            known.held[key].append(shift)
            known.there.setdefault(shift.id, set()).add(volunteer.id)
            count += 1
    return Booked(count, tuple(missed))


def _day(shift: Any) -> date:
    day: date = shift.starts_at.astimezone(clock.PLACE).date()
    return day


@command("shift.edit")
def pause(work: Work, *, regular_id: int, since: date, until: date) -> int:
    """Somebody does not come for some days (both included): those places are open again. Returns how many.

    Refused `record.not_found`, `area.outside`, `regular.pause` (the end lies before the beginning).
    """
    if until < since:
        raise Refused("regular.pause")
    regular, series = _regular(work, regular_id)
    places.hold_still(work, [key_of(regular.volunteer_id)])
    _write(work, regular, series, pause_from=since, pause_until=until)
    return _give_back(work, regular, since, until, "pause")


@command("shift.edit")
def come_back(work: Work, *, regular_id: int) -> Booked:
    """The pause is over, or was not needed: the places are taken again where they are free.

    Refused `record.not_found`, `area.outside`.
    """
    regular, series = _regular(work, regular_id)
    _write(work, regular, series, pause_from=None, pause_until=None)
    return book(work, regular.series_id, only=regular_id)


@command("shift.edit")
def stop(work: Work, *, regular_id: int, last: date) -> int:
    """Somebody comes for the last time on `last`: later places are open again. Returns how many.

    Refused `record.not_found`, `area.outside`.
    """
    regular, series = _regular(work, regular_id)
    places.hold_still(work, [key_of(regular.volunteer_id)])
    _write(work, regular, series, until=last)
    return _give_back(work, regular, last + timedelta(days=1), date.max, "stopped")


def _give_back(work: Work, regular: Any, since: date, until: date, why: str) -> int:
    """Give back the regular places on these days of the series."""
    rows = work.session.execute(
        select(Booking.__table__, _F.series_day)  # type: ignore[attr-defined]
        .join(Shift, _F.id == _B.slot_id)
        .where(
            _F.series_id == regular.series_id, _B.person_key == key_of(regular.volunteer_id), _B.regular.is_(True),
            _B.live == 1, _B.state.in_(HELD), _B.starts_at > work.now,
        )
        .order_by(_B.starts_at, _B.id)
    ).all()  # fmt: skip
    count = 0
    for row in rows:
        day = row.series_day or row.starts_at.astimezone(clock.PLACE).date()
        if since <= day <= until:
            places.move(work, places.slot_of(work, row.slot_id), row, "cancelled", why=why)
            count += 1
    return count


def split(work: Work, series_id: int, new_id: int, first: date) -> None:
    """From `first` on the regulars of a series are those of another."""
    for one in of(work, series_id):
        if one.until is not None and one.until < first:
            continue
        values = {name: getattr(one, name) for name in ("volunteer_id", "until", "pause_from", "pause_until")}
        work.session.execute(
            insert(Regular.__table__).values(  # type: ignore[attr-defined]
                version=1, made_at=work.now, changed_at=work.now, extra={}, series_id=new_id,
                since=max(one.since, first), **values,
            )
        )  # fmt: skip
    work.session.execute(
        update(Regular)
        .where(_G.series_id == series_id, or_(_G.until.is_(None), _G.until >= first))
        .values(until=first - timedelta(days=1), version=_G.version + 1, changed_at=work.now)
    )


def _write(work: Work, regular: Any, series: Any, **values: date | None) -> None:
    work.session.execute(
        update(Regular)
        .where(_G.id == regular.id)
        .values(**values, version=_G.version + 1, changed_at=work.now)
    )
    work.log(
        "regular", regular.id, f"{series.title} · {regular.name}",
        {name: (getattr(regular, name), value) for name, value in values.items()}, area_path=series.area_path,
    )  # fmt: skip
    work.touch(TOPIC)


def _regular(work: Work, regular_id: int) -> tuple[Any, Any]:
    row = work.session.execute(
        select(Regular.__table__, _V.name)  # type: ignore[attr-defined]
        .join(Volunteer, _V.id == _G.volunteer_id)
        .where(_G.id == regular_id, _G.withdrawn_at.is_(None))
    ).first()
    if row is None:
        raise Refused("record.not_found")
    return row, series_of(work, row.series_id)


def series_of(work: Work, series_id: int) -> Any:
    """A series that the viewer may change. Refused `record.not_found`, `area.outside`."""
    row = work.session.execute(
        select(ShiftSeries.__table__).where(_Q.id == series_id, _Q.withdrawn_at.is_(None))  # type: ignore[attr-defined]
    ).first()
    if row is None:
        raise Refused("record.not_found")
    if not work.viewer.reaches(work.action, row.area_path):
        raise Refused("area.outside")
    return row
