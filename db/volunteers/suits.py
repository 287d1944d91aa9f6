"""Which shifts suit a volunteer, and why: all that are open are judged with what was read once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, case, false, func, not_, or_, select

from db import clock, places
from db.clashing import held_between, week_of
from db.errors import Refused
from db.slots import HELD, Booking, Slot
from db.volunteers.fitness import SHIFT, Known, fits, full_weeks, gather, hours_of, judge, key_of, shift_of
from db.volunteers.shifts import KIND, Card, card_of
from db.volunteers.signing_up import own, trusted
from db.volunteers.tables import Shift, VolunteerSkill, WorkKind
from db.volunteers.volunteers import skill_names
from db.volunteers.where import Home, home_of, place_texts
from db.work import Work, query

AHEAD = timedelta(days=28)
SOON = timedelta(days=7)
LOOKED_BACK = timedelta(days=365)
WEEK = timedelta(days=7)
LOOK_AHEAD = timedelta(days=14)
INSTEAD = 3
LOOKED_AT = 40

WEIGHTS = {"needed": 4, "elder": 3, "building": 3, "grid": 2, "skill": 2, "before": 1, "hours": 1}
"""Why a shift suits, and how much it counts: people are missing soon, the same person was visited before, it is in the
own building or grid, it needs what the volunteer can do, the same was done before, it lies in the hours named."""

_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_F = Shift.__table__.c  # type: ignore[attr-defined]
_L = VolunteerSkill.__table__.c  # type: ignore[attr-defined]

_K = WorkKind.__table__.c  # type: ignore[attr-defined]

_OWN_TO_COME = select(_B.id, _B.slot_id, _B.state, _B.rank).where(
    _B.person_key == bindparam("key"), _B.live == 1, _B.ends_at >= bindparam("since")
)

Said = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Offer:
    """A shift as one volunteer sees it.

    `against` forbids it, `said` is only said (codes and facts of clashes). `mine` is the state of the own booking,
    "" for none, with `line` the place among those who wait. `handing` is the booking of somebody whose place
    whoever will can take, None when there is none. `asks`: the office confirms each sign-up of this volunteer.
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
    asks: bool = False

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
        if card.mode == "request" or self.asks:
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
    looking = _looking(work)
    if everything:
        rows, known = looking.rows(*_upcoming(work), _S.id.not_in(looking.own), limit=limit + 1), None
    else:
        best, known = looking.best(limit + 1)
        rows = sorted(looking.rows(_S.id.in_(best)), key=lambda one: best.index(one.id)) if best else []
    return Found(tuple(looking.offers(rows[:limit], known)), len(rows) > limit)


@query("shift.sign_up")
def on(work: Work, *, day: date, limit: int = 200) -> Found:
    """The shifts of one day as the volunteer of this account sees them, the earliest first. Refused `volunteer.none`."""
    looking = _looking(work)
    rows = looking.rows(*_upcoming(work, day), limit=limit + 1)
    return Found(tuple(looking.offers(rows[:limit])), len(rows) > limit)


@query("shift.sign_up")
def one(work: Work, *, shift_id: int) -> Offer:
    """One shift as the volunteer of this account sees it. Refused `volunteer.none`, `record.not_found`."""
    looking = _looking(work)
    rows = looking.rows(_S.kind == KIND, _S.id == shift_id, _S.withdrawn_at.is_(None))
    if not rows:
        raise Refused("record.not_found")
    return looking.offers(rows)[0]


@query("shift.sign_up")
def instead(work: Work, *, shift_id: int) -> list[Offer]:
    """Up to three shifts that the volunteer of this account can take instead: the same work first, then the nearest in time.

    Refused `volunteer.none`, `record.not_found`.
    """
    shift = shift_of(work, shift_id)
    if shift is None:
        raise Refused("record.not_found")
    looking = _looking(work)
    rows = looking.rows(
        _S.kind == KIND, _S.id != shift_id, _S.mode == "open", _S.cancelled_at.is_(None), _S.taken < _S.capacity,
        _S.starts_at > work.now, _S.starts_at < shift.starts_at + LOOK_AHEAD, _S.withdrawn_at.is_(None),
        _S.id.not_in(looking.own), limit=LOOKED_AT,
    )  # fmt: skip
    known = gather(work, rows, [looking.volunteer])
    rows = sorted(rows, key=lambda one: (one.kind_id != shift.kind_id, abs(one.starts_at - shift.starts_at)))
    fitting = (one for one in rows if fits(work, one, looking.volunteer, known))
    return looking.offers(list(islice(fitting, INSTEAD)), known)


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
    mine = select(_B.slot_id).where(_B.person_key == key, _B.state.in_(HELD), _B.ends_at > work.now)
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


class _Short(NamedTuple):
    """What decides whether a shift fits and how well, and no more: hundreds of them are looked at for a page of eight."""

    id: int
    kind_id: int
    resident_id: int | None
    starts_at: datetime
    ends_at: datetime
    area_path: str
    where: str
    rest_before: int
    rest_after: int
    taken: int
    shaky: int
    minimum: int
    by_lot: bool
    later: bool
    skills: tuple[str, ...]
    age_from: int | None
    age_to: int | None


_BY_LOT = (_S.mode == "lottery") & _S.drawn_at.is_(None)
_LATER = and_(_S.opens_at.is_not(None), _S.opens_at > bindparam("now"))
_SHORT = (
    select(
        _S.id, _F.kind_id, _F.resident_id, _S.starts_at, _S.ends_at, _S.area_path, _S.where, _S.rest_before,
        _S.rest_after, _S.taken, _S.shaky, _S.minimum, _BY_LOT, func.coalesce(_LATER, false()),
    )
    .join(Shift, _F.id == _S.id)
    .order_by(_S.starts_at, _S.id)
)  # fmt: skip
_KINDS = select(_K.id, _K.skills, _K.age_from, _K.age_to)


@dataclass(frozen=True)
class _Looking:
    """What decides how one volunteer sees shifts, and in which order."""

    work: Work
    volunteer: Any
    own: dict[int, Any]  # the bookings, by shift
    handing: dict[int, int]
    why: "_Why"
    asks: bool

    def rows(self, *where: ColumnElement[bool], limit: int | None = None) -> Sequence[Any]:
        """The shifts in the order of time, in full."""
        return self.work.session.execute(SHIFT.where(*where).order_by(_S.starts_at, _S.id).limit(limit)).all()

    def best(self, most: int) -> tuple[list[int], Known]:
        """The shifts that the volunteer can have, those that suit best first: judged one by one until there are enough.

        Also what they were judged with.
        """
        shorts = sorted(self._shorts(), key=self._rank)
        known = gather(self.work, shorts, [self.volunteer])
        fitting = (one.id for one in shorts if fits(self.work, one, self.volunteer, known))
        return list(islice(fitting, most)), known

    def _shorts(self) -> list[_Short]:
        """The shifts to come in which there is something to have, except in weeks in which nothing more fits."""
        work, now = self.work, self.work.now
        key = key_of(self.volunteer.id)
        held = held_between(work, [key], *(week_of(one)[0] for one in (now, now + AHEAD + WEEK)))[key]
        full = [
            not_((_S.starts_at >= first) & (_S.starts_at < last))
            for first, last in full_weeks(work, self.volunteer, held)
        ]
        something = or_(
            _LATER, _BY_LOT & or_(_S.closes_at.is_(None), _S.closes_at > now),
            and_(_S.mode != "invite", not_(_BY_LOT), or_(_S.taken < _S.capacity, _S.id.in_(self.handing))),
        )  # fmt: skip
        rows = work.connection.execute(
            _SHORT.where(*_upcoming(work), something, *full, _S.id.not_in(self.own)), {"now": now}
        ).all()
        if not rows:
            return []
        kinds = {
            row.id: (tuple(row.skills or ()), row.age_from, row.age_to)
            for row in work.connection.execute(_KINDS)
        }
        return [_Short._make((*row, *kinds[row.kind_id])) for row in rows]

    def _rank(self, shift: _Short) -> tuple[int, bool, datetime]:
        """The smaller, the better it suits."""
        weight = sum(
            WEIGHTS[reason] for reason in self.why.reasons(self.work.now, shift, by_lot=shift.by_lot)
        )
        return -weight, shift.later, shift.starts_at

    def offers(self, shifts: Sequence[Any], known: Known | None = None) -> list[Offer]:
        """The shifts, judged with what is `known` of them."""
        known = known or gather(self.work, shifts, [self.volunteer])
        texts = place_texts(self.work, shifts)
        return [self._offer(one, known, texts.get(one.id, "")) for one in shifts]

    def _offer(self, shift: Any, known: Known, place: str) -> Offer:
        booking = self.own.get(shift.id)
        settled = booking is not None and booking.state != "invited"
        clashes = [] if settled else judge(self.work, shift, self.volunteer, known)
        by_lot = shift.mode == "lottery" and shift.drawn_at is None
        return Offer(
            card_of(shift), place, self.why.reasons(self.work.now, shift, by_lot=by_lot),
            tuple((one.code, one.facts) for one in clashes if one.hard),
            tuple((one.code, one.facts) for one in clashes if not one.hard),
            booking.state if booking is not None else "", booking.id if booking is not None else None,
            places.place_in_line(self.work, booking) if booking is not None and booking.state == "waiting" else 0,
            self.handing.get(shift.id), self.asks,
        )  # fmt: skip


def _looking(work: Work) -> _Looking:
    """What the volunteer of this account needs to be judged for shifts of today or later."""
    volunteer = own(work)
    asks = not trusted(work, [volunteer])
    handing = _handing(work, volunteer.id) if not asks else {}
    return _Looking(work, volunteer, _bookings(work, volunteer.id), handing, _why(work, volunteer), asks)


def _bookings(work: Work, volunteer_id: int) -> dict[int, Any]:
    today = datetime.combine(clock.today(), time(0), clock.PLACE)
    asked = {"key": key_of(volunteer_id), "since": today}
    return {row.slot_id: row for row in work.connection.execute(_OWN_TO_COME, asked)}


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

    def reasons(self, now: datetime, shift: Any, *, by_lot: bool) -> tuple[str, ...]:
        """Codes of WEIGHTS, the weightiest first."""
        holds = {
            "needed": (
                shift.starts_at < now + SOON and shift.taken - shift.shaky < shift.minimum and not by_lot
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
