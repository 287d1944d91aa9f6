"""Approving hours, and what is shown of them: what waits, the notice, sums, one's own.

Whoever approves has seen the warnings. Nobody approves their own hours, or what they made up or corrected themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, case, func, select, update

from db import clock, places
from db.access import within
from db.errors import Refused
from db.volunteers.fitness import key_of
from db.volunteers.hour_rules import hour_rules
from db.volunteers.hours import CREDITED, ENTRY, SHORT, chain_of, note, root_of, shown_name
from db.volunteers.signing_up import own
from db.volunteers.tables import Hours, Volunteer
from db.work import Work, command, query

ENOUGH_TO_JUDGE = 30
MOST = 300

_H = Hours.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Entry:
    """One entry as it is shown. `barred`: why this viewer cannot decide on it (a code of `decide`), "" when they can."""

    id: int
    volunteer_id: int
    number: str
    name: str
    what: str
    day: date
    origin: str
    in_at: datetime | None
    out_at: datetime | None
    minutes: int
    state: str
    corrects: int | None
    why: str
    entered_name: str
    decided_name: str
    decided_why: str
    public_until: date | None
    warnings: tuple[str, ...]
    barred: str

    @property
    def locked(self) -> bool:
        """Approved, and no longer on the notice."""
        return self.public_until is not None and self.public_until < clock.today()


def _entry_of(work: Work, row: Any, warned: Sequence[str] = ()) -> Entry:
    warnings = tuple(dict.fromkeys((*row.warnings, *(warned if row.state == "waiting" else ()))))
    return Entry(
        row.id, row.volunteer_id, row.number, shown_name(work, row.name), row.what, row.day, row.origin, row.in_at,
        row.out_at, row.minutes, row.state, row.corrects, row.why, row.entered_name, row.decided_name, row.decided_why,
        row.public_until, warnings, _barred(work, row),
    )  # fmt: skip


def _barred(work: Work, row: Any) -> str:
    me = work.viewer.account_id
    if me is None:
        return ""
    if row.whose == me:
        return "hours.own"
    made_up = row.origin == "by_hand" or row.corrects is not None
    return "hours.own_entry" if made_up and row.entered_id == me else ""


@command("hours.approve")
def decide(work: Work, *, entry_id: int, yes: bool, why: str = "", seen: Sequence[str] = ()) -> None:
    """Approve an entry, or not. `seen`: the warnings that were on the screen; one that is new must be seen first.

    Refused `record.not_found`, `area.outside`, `hours.own`, `hours.own_entry`, `hours.moved` (somebody decided, or it
    was taken back), `hours.warned`, `hours.why`.
    """
    row = work.session.execute(ENTRY.where(_H.id == entry_id)).first()
    if row is None:
        raise Refused("record.not_found")
    if not work.viewer.reaches("hours.approve", row.area_path):
        raise Refused("area.outside")
    if (barred := _barred(work, row)) != "":
        raise Refused(barred)
    if not yes and len(why.strip()) < SHORT:
        raise Refused("hours.why")
    places.hold_still(work, [key_of(row.volunteer_id)])
    now = work.session.execute(ENTRY.where(_H.id == entry_id)).one()
    warnings = list(dict.fromkeys((*now.warnings, *_one_approver(work))))
    if yes and not set(warnings) <= set(seen):
        raise Refused("hours.warned")
    _settle(work, now, yes, why.strip()[:200], warnings)


def _settle(work: Work, row: Any, yes: bool, why: str, warnings: list[str]) -> None:
    """Exactly one decides, once. Refused `hours.moved`."""
    state = "approved" if yes else "refused"
    until = clock.today() + timedelta(days=hour_rules(work).notice_days) if yes else None
    done: CursorResult[Any] = work.connection.execute(
        update(Hours.__table__)  # type: ignore[attr-defined]
        .where(_H.id == row.id, _H.state == "waiting", _H.withdrawn_at.is_(None), _H.version == row.version)
        .values(
            state=state, decided_id=work.viewer.account_id, decided_name=work.viewer.name, decided_at=work.now,
            decided_why=why, public_until=until, warnings=warnings, version=row.version + 1, changed_at=work.now,
        )
    )  # fmt: skip
    if done.rowcount != 1:
        raise Refused("hours.moved")
    note(
        work,
        row.id,
        row.what,
        row.area_path,
        {"state": ("waiting", state), "minutes": (None, row.minutes)},
        why,
    )


@command("hours.approve")
def approve_many(work: Work, *, entry_ids: Sequence[int]) -> int:
    """Approve those of the entries about which there is nothing to say; returns how many.

    What has a warning, corrects something, is the viewer's own, or was decided meanwhile is left as it is.
    """
    rows = work.session.execute(
        ENTRY.where(
            _H.id.in_(list(entry_ids)[:MOST]), _H.state == "waiting", _H.withdrawn_at.is_(None), _H.corrects.is_(None),
            within(work.viewer, "hours.approve", _H.area_path),
        ).order_by(_H.id)
    ).all()  # fmt: skip
    if _one_approver(work):
        return 0
    places.hold_still(work, [key_of(row.volunteer_id) for row in rows])
    done = 0
    for row in rows:
        now = work.session.execute(ENTRY.where(_H.id == row.id)).one()
        if (
            now.state == "waiting"
            and now.withdrawn_at is None
            and not now.warnings
            and not _barred(work, now)
        ):
            _settle(work, now, True, "", [])
            done += 1
    return done


def _one_approver(work: Work) -> list[str]:
    """Whether this viewer approves nearly all of a month, as a warning."""
    known: list[str] | None = work.known.get("hours.one_approver")
    if known is None:
        first = datetime.combine(clock.today().replace(day=1), time(0), clock.PLACE)
        total, mine = work.session.execute(
            select(func.count(), func.coalesce(func.sum(case((_H.decided_id == work.viewer.account_id, 1), else_=0)), 0))
            .where(_H.state == "approved", _H.decided_at >= first, within(work.viewer, "hours.approve", _H.area_path))
        ).one()  # fmt: skip
        most = hour_rules(work).one_approver
        many = work.viewer.account_id is not None and total >= ENOUGH_TO_JUDGE and mine * 100 > total * most
        known = work.known["hours.one_approver"] = ["one_approver"] if many else []
    return known


@query("hours.approve")
def waiting(work: Work, *, warning: str = "", volunteer_id: int | None = None) -> list[Entry]:
    """What waits for approval, the oldest day first; with `warning` only what carries it ("none": nothing to say)."""
    where: list[ColumnElement[bool]] = [
        _H.state == "waiting", _H.withdrawn_at.is_(None), within(work.viewer, "hours.approve", _H.area_path),
    ]  # fmt: skip
    if volunteer_id is not None:
        where.append(_H.volunteer_id == volunteer_id)
    rows = work.session.execute(ENTRY.where(*where).order_by(_H.day, _H.id).limit(MOST)).all()
    warned = _one_approver(work)
    found = [_entry_of(work, row, warned) for row in rows]
    if warning == "none":
        return [one for one in found if not one.warnings and one.corrects is None]
    return [one for one in found if not warning or warning in one.warnings]


@query("hours.view")
def history(work: Work, *, entry_id: int) -> list[Entry]:
    """An entry and its corrections, oldest first. Refused `record.not_found`."""
    first = root_of(work, entry_id)
    chain = chain_of(work, first.id)
    mine = chain[0].whose is not None and chain[0].whose == work.viewer.account_id
    if not mine and not work.viewer.reaches("hours.view", first.area_path):
        raise Refused("record.not_found")
    return [_entry_of(work, row) for row in chain]


@dataclass(frozen=True)
class NoticeLine:
    """One line of the public notice: enough to know one's own, too little to know somebody else's."""

    number: str
    name: str
    day: date
    what: str
    minutes: int
    by_hand: bool
    correction: bool
    until: date


@query("hours.approve")
def notice(work: Work) -> list[NoticeLine]:
    """What was approved and can still be objected to, by the day of service. Names keep their first character."""
    rows = work.session.execute(
        ENTRY.where(
            _H.state == "approved", _H.public_until >= clock.today(), within(work.viewer, "hours.approve", _H.area_path)
        ).order_by(_H.day, _V.number, _H.id)
    )  # fmt: skip
    return [
        NoticeLine(
            row.number, row.name[:1] + "*" * max(1, len(row.name) - 1), row.day, row.what, row.minutes,
            row.origin == "by_hand", row.corrects is not None, row.public_until,
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class Totals:
    """Approved minutes: credited, and made up by hand. They are never added up."""

    credited: int
    by_hand: int


def totals(work: Work, volunteer_id: int) -> Totals:
    """The sums of all approved entries of one volunteer, corrections included."""
    rows = work.session.execute(
        select(_H.origin, func.sum(_H.minutes).label("minutes"))
        .where(_H.volunteer_id == volunteer_id, _H.state == "approved")
        .group_by(_H.origin)
    ).all()
    piles = {True: 0, False: 0}
    for row in rows:
        piles[row.origin in CREDITED] += int(row.minutes)
    return Totals(piles[True], piles[False])


@query("hours.view")
def mine(work: Work, *, limit: int = 50) -> list[Entry]:
    """The viewer's own entries, newest first. Refused `volunteer.none`."""
    rows = work.session.execute(
        ENTRY.where(_H.volunteer_id == own(work).id, _H.withdrawn_at.is_(None))
        .order_by(_H.day.desc(), _H.id.desc())
        .limit(limit)
    )
    return [_entry_of(work, row) for row in rows]
