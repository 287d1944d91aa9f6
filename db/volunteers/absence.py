"""Who does not serve for a while: pauses, blocks and objections to them, and what is given back then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update

from db import access, clock, places
from db.errors import Refused
from db.listing import row_of
from db.register import Values
from db.slots import HELD, TERM, Booking, Slot
from db.system.jobs import every
from db.volunteers.fitness import key_of, shift_of
from db.volunteers.shifts import KIND
from db.volunteers.signing_up import own, told
from db.volunteers.tables import Block, Volunteer
from db.volunteers.volunteers import VOLUNTEERS, change
from db.work import Work, command, query, unit

SHORT = 2
_V = Volunteer.__table__.c  # type: ignore[attr-defined]
LONGEST_BLOCK = timedelta(days=366)
_X = Block.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_P = Slot.__table__.c  # type: ignore[attr-defined]
_BLOCKS = select(Block.__table__)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Blocked:
    """A block with what was said about it."""

    id: int
    reason: str
    since: date
    until: date
    by_name: str
    by_id: int | None
    appeal: str
    answer: str
    lifted: bool


@command("volunteer.edit")
def block(work: Work, *, volunteer_id: int, reason: str, until: date) -> int:
    """No shifts until the end of that day; the places in shifts of that time are given back. Returns the block.

    Refused `record.not_found`, `shift.why`, `block.until`, `volunteer.status` (not active).
    """
    row = row_of(work, VOLUNTEERS, volunteer_id, "volunteer.edit", lock=True)
    today = clock.today()
    if len(reason.strip()) < SHORT:
        raise Refused("shift.why")
    if not today <= until <= today + LONGEST_BLOCK:
        raise Refused("block.until")
    if row["status"] not in ("active", "paused", "blocked"):
        raise Refused("volunteer.status")
    block_id: int = work.session.execute(
        insert(Block)
        .values(
            version=1, made_at=work.now, changed_at=work.now, extra={}, volunteer_id=volunteer_id, reason=reason.strip()[:200],
            since=today, until=until, by_name=work.viewer.name, by_id=work.viewer.account_id, appeal="", answer="", answered_by="",
        )
        .returning(_X.id)
    ).scalar_one()  # fmt: skip
    change(work, row, {"status": "blocked"}, reason)
    give_back(work, volunteer_id, _end_of(until), reason)
    return block_id


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(0), clock.PLACE)


def _to_come(work: Work, volunteer_id: int, until: datetime | None) -> Sequence[Any]:
    """Every place and wish from now on, the earliest first: those in shifts before `until`, or (None) all, activities too.

    Who does not serve for a while may still take part in activities; who leaves is not known any more.
    """
    where = [_B.person_key == key_of(volunteer_id), _B.live == 1]
    if until is not None:
        where += [_B.starts_at > work.now, _B.starts_at < until, _P.kind == KIND]
    else:
        where.append(or_(_B.starts_at > work.now, (_P.kind == TERM) & (_B.ends_at > work.now)))
    return work.session.execute(
        select(Booking.__table__, _P.kind, _P.title)  # type: ignore[attr-defined]
        .join(Slot, _P.id == _B.slot_id)
        .where(*where)
        .order_by(_P.kind != TERM, _B.starts_at, _B.id)
    ).all()


def give_back(work: Work, volunteer_id: int, until: datetime | None, why: str) -> int:
    """Give back what `_to_come` names; returns how many."""
    places.hold_still(work, [key_of(volunteer_id)])
    rows = _to_come(work, volunteer_id, until)
    for row in rows:
        one = places.booking_of(work, row.id)
        if one.live is None:  # a date of a term that was given back just now
            continue
        slot = shift_of(work, one.slot_id) or places.slot_of(work, one.slot_id)
        places.move(work, slot, one, "cancelled", why=why.strip()[:200])
        told(work, slot, one, "left")
    return len(rows)


@dataclass(frozen=True)
class ToGiveBack:
    """What is given back when somebody pauses or leaves: places in shifts, the last of them, wishes (waiting, asked),
    the titles of regular places among them, and of activities in which one has or wants a place."""

    shifts: int
    last: datetime | None
    wishes: int
    regular: tuple[str, ...]
    activities: tuple[str, ...]


@query("volunteer.self")
def to_give_back(work: Work, *, until: date | None) -> ToGiveBack:
    """What the volunteer of this account would give back by pausing until the end of that day, or (None) by leaving.

    Refused `volunteer.none`.
    """
    rows = _to_come(work, own(work).id, _end_of(until) if until is not None else None)
    shifts = [one for one in rows if one.kind == KIND]
    held = [one for one in shifts if one.state in HELD]
    return ToGiveBack(
        len(held), held[-1].starts_at if held else None, len(shifts) - len(held),
        tuple(dict.fromkeys(one.title for one in held if one.regular)), tuple(dict.fromkeys(one.title for one in rows if one.kind != KIND)),
    )  # fmt: skip


@command("volunteer.self")
def appeal(work: Work, *, block_id: int, words: str) -> None:
    """Object to the own block, once. Refused `record.not_found`, `shift.why`, `block.answered`."""
    mine = own(work)
    row = work.session.execute(_BLOCKS.where(_X.id == block_id, _X.volunteer_id == mine.id)).first()
    if row is None:
        raise Refused("record.not_found")
    if row.appealed_at is not None:
        raise Refused("block.answered")
    if len(words.strip()) < SHORT:
        raise Refused("shift.why")
    work.session.execute(
        update(Block).where(_X.id == block_id).values(appeal=words.strip()[:500], appealed_at=work.now)
    )
    work.log(
        "volunteer",
        mine.id,
        mine.name,
        {"appeal": (None, True)},
        area_path=mine.area_path,
        reason=words.strip()[:200],
    )
    work.touch("shifts")


@command("volunteer.edit")
def answer(work: Work, *, block_id: int, lift: bool, words: str) -> None:
    """Decide on an objection: by somebody else than who blocked. Refused `record.not_found`, `block.own`, `shift.why`."""
    row = work.session.execute(_BLOCKS.where(_X.id == block_id)).first()
    if row is None:
        raise Refused("record.not_found")
    volunteer = row_of(work, VOLUNTEERS, row.volunteer_id, "volunteer.edit", lock=True)
    if row.by_id is not None and row.by_id == work.viewer.account_id:
        raise Refused("block.own")
    if len(words.strip()) < SHORT:
        raise Refused("shift.why")
    work.session.execute(
        update(Block)
        .where(_X.id == block_id)
        .values(
            answer=words.strip()[:500], answered_by=work.viewer.name, answered_at=work.now,
            lifted_at=work.now if lift else None,
        )
    )  # fmt: skip
    work.log(
        "volunteer",
        row.volunteer_id,
        volunteer["name"],
        {"block": (True, not lift)},
        area_path=volunteer["area_path"],
        reason=words.strip()[:200],
    )
    work.touch("shifts")
    if lift:
        change(work, volunteer, {"status": "active"}, words)


@command("volunteer.edit")
def end_block(work: Work, *, block_id: int, words: str) -> None:
    """Take a block back before its end. Refused `record.not_found`, `shift.why`."""
    row = work.session.execute(_BLOCKS.where(_X.id == block_id, _X.lifted_at.is_(None))).first()
    if row is None:
        raise Refused("record.not_found")
    volunteer = row_of(work, VOLUNTEERS, row.volunteer_id, "volunteer.edit", lock=True)
    if len(words.strip()) < SHORT:
        raise Refused("shift.why")
    work.session.execute(update(Block).where(_X.id == block_id).values(lifted_at=work.now))
    change(work, volunteer, {"status": "active"}, words)


@command("volunteer.self")
def pause(work: Work, *, until: date, keep_places: bool = False) -> int:
    """Take no shifts until the end of that day; places in activities stay. Returns how many were given back.

    Refused `block.until`, `volunteer.status`.
    """
    return _pause(work, dict(own(work)._mapping), until, keep_places)


@command("volunteer.edit")
def pause_for(work: Work, *, volunteer_id: int, until: date, keep_places: bool = False) -> int:
    """The same, said to the office. Refused `record.not_found` besides."""
    return _pause(
        work, row_of(work, VOLUNTEERS, volunteer_id, "volunteer.edit", lock=True), until, keep_places
    )


def _pause(work: Work, row: Values, until: date, keep_places: bool) -> int:
    if row["status"] not in ("active", "paused"):
        raise Refused("volunteer.status")
    if not clock.today() <= until <= clock.today() + LONGEST_BLOCK:
        raise Refused("block.until")
    change(work, row, {"status": "paused", "pause_until": until})
    return 0 if keep_places else give_back(work, row["id"], _end_of(until), "暂停服务")


@command("volunteer.self")
def come_back(work: Work) -> None:
    """Serve again. Refused `volunteer.status`."""
    row = dict(own(work)._mapping)
    if row["status"] != "paused":
        raise Refused("volunteer.status")
    change(work, row, {"status": "active", "pause_until": None})


@every(minutes=60, name="volunteers.pauses")
def end_pauses() -> None:
    """Whoever paused until yesterday serves again. A duty."""
    with unit(access.system(), "volunteer.edit", write=True) as work:
        for row in work.session.execute(
            select(Volunteer.__table__)  # type: ignore[attr-defined]
            .where(_V.status == "paused", _V.pause_until < clock.today(), _V.withdrawn_at.is_(None))
            .order_by(_V.id)
            .with_for_update()
        ).all():
            change(work, dict(row._mapping), {"status": "active", "pause_until": None})


@query("volunteer.self")
def paused_until(work: Work) -> date | None:
    """The last day of the own pause, None for who serves. Refused `volunteer.none`."""
    mine = own(work)
    until: date | None = mine.pause_until
    return until if mine.status == "paused" and until is not None and until >= clock.today() else None


def standing(work: Work, volunteer_id: int) -> Blocked | None:
    row = work.session.execute(
        _BLOCKS.where(_X.volunteer_id == volunteer_id, _X.until >= clock.today(), _X.lifted_at.is_(None))
        .order_by(_X.until.desc())
        .limit(1)
    ).first()
    return _as_blocked(row) if row is not None else None


def _as_blocked(row: Any) -> Blocked:
    return Blocked(
        row.id, row.reason, row.since, row.until, row.by_name, row.by_id, row.appeal, row.answer, row.lifted_at is not None
    )  # fmt: skip


@query("volunteer.view")
def blocks(work: Work, *, volunteer_id: int) -> list[Blocked]:
    """Every block, the latest first. Refused `record.not_found`."""
    row_of(work, VOLUNTEERS, volunteer_id, "volunteer.view")
    rows = work.session.execute(_BLOCKS.where(_X.volunteer_id == volunteer_id).order_by(_X.id.desc()))
    return [_as_blocked(row) for row in rows]
