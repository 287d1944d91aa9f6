"""Which shifts suit a volunteer, and why: all that are open are judged with what was read once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from db import clock, places
from db.errors import Refused
from db.places import Booking, Slot
from db.volunteers.fitness import SHIFT, Known, gather, hours_of, judge, key_of
from db.volunteers.shifts import KIND, Card, card_of
from db.volunteers.signing_up import own
from db.volunteers.tables import Shift, VolunteerSkill
from db.volunteers.volunteers import skill_names
from db.volunteers.where import Home, home_of, place_texts
from db.work import Work, query

AHEAD = timedelta(days=28)
SOON = timedelta(days=7)
LOOKED_BACK = timedelta(days=365)
AT_ONCE = 50  # of the best are judged first, and the others only if that is not enough

WEIGHTS = {"needed": 4, "elder": 3, "building": 3, "grid": 2, "skill": 2, "before": 1, "hours": 1}
"""Why a shift suits, and how much it counts: people are missing soon, the same person was visited before, it is in the
own building or grid, it needs what the volunteer can do, the same was done before, it lies in the hours named."""

_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_F = Shift.__table__.c  # type: ignore[attr-defined]
_L = VolunteerSkill.__table__.c  # type: ignore[attr-defined]

Said = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Offer:
    """A shift as one volunteer sees it.

    `against` forbids it, `said` is only said (codes and facts of clashes). `mine` is the state of the own booking,
    "" for none, with `line` the place among those who wait. `handing` is the booking of somebody whose place
    whoever will can take, None when there is none.
    """

    card: Card
    place: str
    reasons: tuple[str, ...]
    against: tuple[Said, ...] = ()
    said: tuple[Said, ...] = ()
    mine: str = ""
    booking_id: int | None = None
    line: int = 0
    handing: int | None = None

    @property
    def way(self) -> str:
        """What one can do here now: `take`, `ask`, `enter` (the lottery), `over` (take it over from somebody),
        `wait` (stand in line), `later` (it is not open yet), or "" for nothing."""
        card, now = self.card, clock.now()
        if self.mine or self.against or card.cancelled is not None or card.starts_at <= now:
            return ""
        if card.opens_at is not None and now < card.opens_at:
            return "later"
        if card.mode == "lottery" and not card.drawn:
            return "enter" if card.closes_at is None or now < card.closes_at else ""
        if card.mode == "invite":
            return ""
        if self.handing is not None:
            return "over"
        if card.mode == "request":
            return "ask" if card.free else ""
        return "take" if card.free else "wait"

    @property
    def open(self) -> bool:
        """Whether there is something to have, not only a line to stand in."""
        return self.way in ("take", "ask", "enter", "over", "later")


@dataclass(frozen=True)
class Found:
    """The first of the shifts, and whether there are more."""

    offers: tuple[Offer, ...]
    more: bool


@query("shift.sign_up")
def for_me(work: Work, *, limit: int = 8, everything: bool = False) -> Found:
    """The shifts of the next four weeks that suit the volunteer of this account best, the best first.

    With `everything` also those that are full or do not fit, in the order of time. Only as many are judged as it
    takes to fill the list. Refused `volunteer.none`.
    """
    looking = _looking(work, _upcoming(work))
    shifts = [one for one in looking.shifts if one.id not in looking.bookings]
    if not everything:
        shifts.sort(key=looking.rank)
    found: list[Offer] = []
    for some in (shifts[:AT_ONCE], shifts[AT_ONCE:]):
        offers = looking.offers(some)
        found += [one for one in offers if everything or one.open]
        if len(found) > limit:
            break
    return Found(tuple(_placed(work, looking, found[:limit])), len(found) > limit)


@query("shift.sign_up")
def on(work: Work, *, day: date) -> list[Offer]:
    """All shifts of one day as the volunteer of this account sees them. Refused `volunteer.none`."""
    looking = _looking(work, _upcoming(work, day))
    return _placed(work, looking, looking.offers(looking.shifts))


@query("shift.sign_up")
def one(work: Work, *, shift_id: int) -> Offer:
    """One shift as the volunteer of this account sees it. Refused `volunteer.none`, `record.not_found`."""
    looking = _looking(work, [_S.kind == KIND, _S.id == shift_id, _S.withdrawn_at.is_(None)])
    if not looking.shifts:
        raise Refused("record.not_found")
    return _placed(work, looking, looking.offers(looking.shifts))[0]


@query("shift.view")
def seen(work: Work, *, day: date | None = None, past: bool = False, limit: int = 30) -> Found:
    """The shifts as those see them who only look: to come (or of one day), or of the last four weeks, latest first."""
    where = _upcoming(work, day)
    if past:
        where = [
            _S.kind == KIND,
            _S.starts_at < work.now,
            _S.starts_at > work.now - AHEAD,
            _S.withdrawn_at.is_(None),
        ]
    order = (_S.starts_at.desc(), _S.id.desc()) if past else (_S.starts_at, _S.id)
    rows = work.session.execute(SHIFT.where(*where).order_by(*order).limit(limit + 1)).all()
    texts = place_texts(work, rows)
    offers = tuple(Offer(card_of(row), texts.get(row.id, ""), ()) for row in rows[:limit])
    return Found(offers, len(rows) > limit)


@query("work.view")
def skills(work: Work) -> dict[str, str]:
    """What the skills are called in the viewer's language, by code."""
    return skill_names(work)


@dataclass(frozen=True)
class DayCount:
    """How many shifts there are on a day, how many have a free place, and how many are one's own."""

    shifts: int
    free: int
    mine: int


@query("shift.view")
def days(work: Work) -> dict[date, DayCount]:
    """The days of the next four weeks on which there is something."""
    key = key_of(own(work).id) if work.viewer.scope("shift.sign_up") == "own" else ""
    mine = select(_B.slot_id).where(_B.person_key == key, _B.live == 1, _B.ends_at > work.now)
    free, own_one = case((_S.taken < _S.capacity, 1), else_=0), case((_S.id.in_(mine), 1), else_=0)
    rows = work.session.execute(
        select(
            _S.starts_at, func.count().label("number"), func.sum(free).label("free"), func.sum(own_one).label("mine")
        )
        .where(*_upcoming(work))
        .group_by(_S.starts_at)
    )  # fmt: skip
    found: dict[date, list[int]] = {}
    for row in rows:
        counts = found.setdefault(row.starts_at.astimezone(clock.PLACE).date(), [0, 0, 0])
        for place, number in enumerate((row.number, row.free, row.mine)):
            counts[place] += int(number)
    return {day: DayCount(*counts) for day, counts in found.items()}


def _upcoming(work: Work, day: date | None = None) -> list[ColumnElement[bool]]:
    first, last = work.now, work.now + AHEAD
    if day is not None:
        first = datetime.combine(day, time(0), clock.PLACE)
        last = first + timedelta(days=1)
    return [
        _S.kind == KIND, _S.starts_at >= first, _S.starts_at < last, _S.cancelled_at.is_(None), _S.withdrawn_at.is_(None),
    ]  # fmt: skip


@dataclass(frozen=True)
class _Looking:
    """What decides how one volunteer sees some shifts, and in which order."""

    work: Work
    volunteer: Any
    shifts: Sequence[Any]
    bookings: dict[int, Any]  # one's own, by shift
    lines: dict[int, int]  # where one waits: the place in line, by shift
    handing: dict[int, int]
    why: "_Why"

    def rank(self, shift: Any) -> tuple[int, bool, datetime]:
        """The smaller, the better it suits."""
        weight = sum(WEIGHTS[reason] for reason in self.why.reasons(self.work.now, shift))
        return -weight, shift.opens_at is not None and self.work.now < shift.opens_at, shift.starts_at

    def offers(self, shifts: Sequence[Any]) -> list[Offer]:
        """The shifts, judged; their places in words are still to come."""
        known = gather(self.work, shifts, [self.volunteer])
        return [self._offer(one, known) for one in shifts]

    def _offer(self, shift: Any, known: Known) -> Offer:
        booking = self.bookings.get(shift.id)
        clashes = [] if booking is not None else judge(self.work, shift, self.volunteer, known)
        return Offer(
            card_of(shift), "", self.why.reasons(self.work.now, shift),
            tuple((one.code, one.facts) for one in clashes if one.hard),
            tuple((one.code, one.facts) for one in clashes if not one.hard),
            booking.state if booking is not None else "", booking.id if booking is not None else None,
            self.lines.get(shift.id, 0), self.handing.get(shift.id),
        )  # fmt: skip


def _looking(work: Work, where: Sequence[ColumnElement[bool]]) -> _Looking:
    """The shifts in the order of time, and what the volunteer of this account needs to be judged for them."""
    volunteer = own(work)
    shifts = work.session.execute(SHIFT.where(*where).order_by(_S.starts_at, _S.id)).all()
    bookings = _bookings(work, volunteer.id, shifts)
    waits = [one for one in bookings.values() if one.state == "waiting"]
    return _Looking(
        work, volunteer, shifts, bookings, {one.slot_id: places.place_in_line(work, one) for one in waits},
        _handing(work, volunteer.id), _why(work, volunteer),
    )  # fmt: skip


def _placed(work: Work, looking: _Looking, offers: Sequence[Offer]) -> list[Offer]:
    """The offers with their places in words."""
    wanted = {one.card.id for one in offers}
    texts = place_texts(work, [one for one in looking.shifts if one.id in wanted])
    return [replace(one, place=texts.get(one.card.id, "")) for one in offers]


def _bookings(work: Work, volunteer_id: int, shifts: Sequence[Any]) -> dict[int, Any]:
    if not shifts:
        return {}
    rows = work.session.execute(
        select(Booking.__table__).where(  # type: ignore[attr-defined]
            _B.person_key == key_of(volunteer_id), _B.live == 1, _B.starts_at >= shifts[0].starts_at
        )
    )
    return {row.slot_id: row for row in rows}


def _handing(work: Work, volunteer_id: int) -> dict[int, int]:
    """Of the shifts to come: the booking of somebody whose place anybody may take."""
    rows = work.session.execute(
        select(_B.slot_id, _B.id)
        .where(
            _B.live == 1, _B.state == "booked", _B.handing == "*", _B.starts_at > work.now,
            _B.slot_id.in_(select(_S.id).where(_S.kind == KIND, _S.shaky > 0, _S.starts_at > work.now)),
            _B.person_key != key_of(volunteer_id),
        )
        .order_by(_B.id.desc())
    )  # fmt: skip
    return {row.slot_id: row.id for row in rows}


@dataclass(frozen=True)
class _Why:
    """What makes a shift suit one volunteer."""

    home: Home
    kinds: frozenset[int]
    elders: frozenset[int]
    available: frozenset[str]
    skills: dict[str, date]  # until when each holds

    def reasons(self, now: datetime, shift: Any) -> tuple[str, ...]:
        """Codes of WEIGHTS, the weightiest first."""
        holds = {
            "needed": (
                shift.starts_at < now + SOON
                and shift.taken - shift.shaky < shift.minimum
                and (shift.mode != "lottery" or shift.drawn_at is not None)
            ),
            "elder": shift.resident_id in self.elders,
            "skill": bool(shift.skills) and all(self._can(code, shift) for code in shift.skills),
            "before": shift.kind_id in self.kinds,
            "hours": bool(self.available) and self.available.issuperset(hours_of(shift)),
            self.home.near(shift): True,
        }
        return tuple(code for code in WEIGHTS if holds.get(code))

    def _can(self, code: str, shift: Any) -> bool:
        day: date = shift.starts_at.astimezone(clock.PLACE).date()
        return self.skills.get(code, date.min) >= day


def _why(work: Work, volunteer: Any) -> _Why:
    rows = work.session.execute(
        select(_F.kind_id, _F.resident_id)
        .join(Booking, _B.slot_id == _F.id)
        .where(
            _B.person_key == key_of(volunteer.id), _B.live == 1, _B.state == "booked", _B.ends_at <= work.now,
            _B.starts_at > work.now - LOOKED_BACK,
        )
        .distinct()
    ).all()  # fmt: skip
    papers: dict[str, date] = {}
    for row in work.session.execute(
        select(_L.skill, _L.expires_on).where(_L.volunteer_id == volunteer.id, _L.withdrawn_at.is_(None))
    ):
        papers[row.skill] = max(papers.get(row.skill, date.min), row.expires_on or date.max)
    return _Why(
        home_of(work, volunteer), frozenset(row.kind_id for row in rows),
        frozenset(row.resident_id for row in rows if row.resident_id is not None), frozenset(volunteer.available),
        papers,
    )  # fmt: skip
