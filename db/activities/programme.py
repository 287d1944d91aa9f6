"""The programme: activities as anybody who may see them sees them, with their dates and the places left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, or_, select

from db import clock
from db.access import below, below_any, within
from db.activities import signing_up
from db.activities.tables import Activity, Meeting, Venue
from db.slots import TERM, Slot
from db.work import Work, query

_A = Activity.__table__.c  # type: ignore[attr-defined]
_M = Meeting.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_V = Venue.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Session:
    """One date as anybody may see it."""

    id: int
    number: int
    starts_at: datetime
    ends_at: datetime
    topic: str
    capacity: int
    taken: int
    waiting: int
    cancelled: str | None
    shift_id: int | None


@dataclass(frozen=True)
class Card:
    """An activity as anybody who may see activities sees it."""

    id: int
    version: int
    kind: str
    title: str
    stage: str
    area_id: int
    area_path: str
    where: str
    lead: str
    whole_term: bool
    starts_on: date | None
    ends_on: date | None
    next_at: datetime | None
    next_ends_at: datetime | None
    next_slot: int | None
    sessions: int
    sessions_left: int
    capacity: int
    minimum: int
    taken: int
    waiting: int
    mode: str
    drawn: bool
    opens_at: datetime | None
    closes_at: datetime | None
    quarter: str
    mine: bool  # the viewer may change it

    @property
    def free(self) -> int:
        return max(0, self.capacity - self.taken)


def stage_of(state: str, starts_on: date | None, ends_on: date | None, today: date) -> str:
    """`draft`, `cancelled`, `announced` (not begun), `running`, `done`."""
    if state != "announced":
        return state
    if ends_on is not None and ends_on < today:
        return "done"
    return "running" if starts_on is not None and starts_on <= today else "announced"


STAGES: dict[str, Any] = {
    "coming": lambda today: and_(_A.state == "announced", _A.ends_on >= today),
    "draft": lambda today: _A.state == "draft",
    "done": lambda today: and_(_A.state == "announced", _A.ends_on < today),
    "cancelled": lambda today: _A.state == "cancelled",
}
PAGE = 40


@query("activity.view")
def overview(
    work: Work, *, stage: str = "coming", kinds: Sequence[str] = (), area_path: str = "", text: str = "", limit: int = PAGE,
    after: int = 0, own: bool = False,
) -> list[Card]:  # fmt: skip
    """Activities of one stage: those to come by their next date, others the newest first; `own`: in the viewer's areas."""
    today = clock.today()
    where = [STAGES[stage](today), _A.withdrawn_at.is_(None)]
    if stage == "draft":
        where.append(within(work.viewer, "activity.edit", _A.area_path))
    if kinds:
        where.append(_A.kind.in_(list(kinds)))
    if area_path:
        where.append(below(_A.area_path, area_path))
    if own:
        where.append(below_any(_A.area_path, work.viewer.areas))
    if text.strip():
        where.append(
            or_(
                _A.title.contains(text.strip(), autoescape=True),
                _A.lead.contains(text.strip(), autoescape=True),
            )
        )
    order = (_A.ends_on, _A.id) if stage == "coming" else (_A.ends_on.desc(), _A.id.desc())
    rows = work.session.execute(
        select(Activity.__table__).where(*where).order_by(*order).offset(after).limit(limit)  # type: ignore[attr-defined]
    ).all()
    found = _cards(work, rows)
    return (
        sorted(found, key=lambda one: (one.next_at is None, one.next_at, one.id))
        if stage == "coming"
        else found
    )


NOT_FOR_ALL = ("spent", "token", "told", "told_at")


@query("activity.view")
def card(work: Work, *, activity_id: int) -> Card:
    """Refused `record.not_found`."""
    return _cards(work, [signing_up.one_row(work, activity_id)])[0]


@query("activity.view")
def details(work: Work, *, activity_id: int) -> dict[str, Any]:
    """Every column of an activity; what it spent and the code of its poster for who takes attendance or reads figures.

    Refused `record.not_found`.
    """
    found = dict(signing_up.one_row(work, activity_id)._mapping)
    if work.viewer.scope("activity.sign_up") == "own":
        found |= dict.fromkeys(NOT_FOR_ALL)
    return found


@query("activity.view")
def sessions(work: Work, *, activity_id: int) -> list[Session]:
    """Its dates, earliest first. Refused `record.not_found`."""
    signing_up.one_row(work, activity_id)
    rows = work.session.execute(
        select(Slot.__table__, _M.number, _M.topic, _M.shift_id)  # type: ignore[attr-defined]
        .join(Meeting, _M.id == _S.id)
        .where(_M.activity_id == activity_id, _S.withdrawn_at.is_(None))
        .order_by(_S.starts_at)
    )
    return [
        Session(
            row.id, row.number, row.starts_at, row.ends_at, row.topic, row.capacity, row.taken, row.waiting,
            row.why if row.cancelled_at is not None else None, row.shift_id,
        )
        for row in rows
    ]  # fmt: skip


def _cards(work: Work, rows: Sequence[Any]) -> list[Card]:
    ids = [row.id for row in rows]
    terms = [row.term_slot_id for row in rows if row.term_slot_id]
    slots = work.session.execute(
        select(
            _S.id, _S.kind, _S.starts_at, _S.ends_at, _S.capacity, _S.taken, _S.waiting, _S.drawn_at, _S.cancelled_at,
            _M.activity_id,
        )
        .outerjoin(Meeting, _M.id == _S.id)
        .where(or_(_M.activity_id.in_(ids), _S.id.in_(terms)))
        .order_by(_S.starts_at)
    ).all()  # fmt: skip
    of: dict[int, list[Any]] = {}
    for one in slots:
        of.setdefault(one.activity_id, []).append(one)
    term = {one.id: one for one in slots if one.kind == TERM}
    venues = dict(
        work.session.execute(
            select(_V.id, _V.name).where(_V.id.in_({row.venue_id for row in rows if row.venue_id}))
        ).all()
    )
    return [_card(work, row, of.get(row.id, []), term.get(row.term_slot_id), venues) for row in rows]


def _card(work: Work, row: Any, dates: Sequence[Any], term: Any, venues: dict[int, str]) -> Card:
    left = [one for one in dates if one.ends_at > work.now and one.cancelled_at is None]
    following = left[0] if left else None
    seat = term or following or (dates[-1] if dates else None)
    return Card(
        row.id, row.version, row.kind, row.title, stage_of(row.state, row.starts_on, row.ends_on, clock.today()),
        row.area_id, row.area_path, " · ".join(one for one in (venues.get(row.venue_id, ""), row.where) if one), row.lead,
        row.whole_term, row.starts_on, row.ends_on, following.starts_at if following else None,
        following.ends_at if following else None, following.id if following else None,
        sum(one.cancelled_at is None for one in dates), len(left), row.capacity, row.minimum, seat.taken if seat else 0,
        seat.waiting if seat else 0, row.mode, bool(seat and seat.drawn_at), row.opens_at, row.closes_at, row.quarter,
        work.viewer.reaches("activity.edit", row.area_path),
    )  # fmt: skip
