"""What was changed in periods that are over: read off the audit trail, so that nobody who writes has to wait for it.

An entry says which record was changed; what that changes is a figure of some days, or of all days from one on.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import Session

from db import clock
from db.activities.tables import Attendance, Meeting, Taken
from db.audit import AuditEntry
from db.care.tables import Visit
from db.insight.periods import Period
from db.insight.sources import SOURCES
from db.slots import Booking, Slot
from db.territory.areas import Level
from db.territory.posts import Post
from db.volunteers.tables import Hours, Volunteer

CARE: Final = "care"
KINDS: Final = (
    "visit", "hours", "booking", "shift", "activity", "volunteer", "post", "area", "level", "resident",
)  # fmt: skip
EVERYTHING: Final = ("backup.restore", "sample.build", "sample.bench")
RECOUNTED: Final = (*(name for name in SOURCES if name != "volunteers"), CARE)
"""What can be counted anew of a period that is over; of how many paused then nothing is kept but the figure."""
WHERE: Final = frozenset({"address", "area_id", "household_id", "building", "stair", "room", "place"})
NOT_OF_DATES: Final = frozenset(
    {"feedback", "invited", "gift", "coming", "companion", "bus", "consent", "note", "about", "materials"}
)
"""What may be said of an activity without changing when it was, who came, and what it cost."""
FEW: Final = 500
ALL: Final = date(1, 1, 1)

_E = AuditEntry.__table__.c  # type: ignore[attr-defined]
_V = Visit.__table__.c  # type: ignore[attr-defined]
_H = Hours.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_M = Meeting.__table__.c  # type: ignore[attr-defined]
_T = Attendance.__table__.c  # type: ignore[attr-defined]
_K = Taken.__table__.c  # type: ignore[attr-defined]
_N = Volunteer.__table__.c  # type: ignore[attr-defined]
_P = Post.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]

Entry = tuple[int, datetime]
"""The number of an entry, and when it was made: after a restore the same numbers are given again."""


@dataclass
class Stale:
    """What is to be counted anew: by source, single days, and the day from which on everything is."""

    days: dict[str, set[date]] = field(default_factory=dict)
    since: dict[str, date] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def on(self, source: str, days: Iterable[date | None]) -> None:
        self.days.setdefault(source, set()).update(day for day in days if day is not None)

    def from_on(self, source: str, day: date | None) -> None:
        if day is not None:
            self.since[source] = min(day, self.since.get(source, day))

    def everything(self) -> None:
        for source in RECOUNTED:
            self.from_on(source, ALL)

    def concerned(self, source: str, period: Period) -> bool:
        since = self.since.get(source)
        if since is not None and since <= period.last:
            return True
        return any(period.first <= day <= period.last for day in self.days.get(source, ()))


def follow(session: Session, after: int, known: Collection[Entry]) -> Stale:
    """What the entries after one in the trail say was changed, `known` ones left aside."""
    found = Stale()
    told = or_(_E.kind.in_(KINDS), _E.action.in_(EVERYTHING))
    rows = session.execute(select(_E.id, _E.at).where(_E.id > after, told).order_by(_E.id)).all()
    found.entries = [(row.id, row.at) for row in rows if (row.id, row.at) not in known]
    ids: dict[str, set[int]] = {}
    for some in _portions([number for number, _at in found.entries]):
        asked = select(_E.kind, _E.record_id, _E.action, _E.changes).where(_E.id.in_(some))
        for row in session.execute(asked.order_by(_E.id)):
            if row.action in EVERYTHING:
                found.everything()
            elif _READ.get(row.kind, _by_id)(session, found, row) and row.record_id is not None:
                ids.setdefault(row.kind, set()).add(row.record_id)
    for kind, look in _LOOK.items():
        for some in _portions(sorted(ids.get(kind, ()))):
            look(session, found, some)
    return found


def _portions(items: list[int]) -> Iterable[list[int]]:
    return (items[at : at + FEW] for at in range(0, len(items), FEW))


# --- What an entry says by itself. Each returns whether its record is to be looked at as well. ---


def _by_id(_session: Session, _found: Stale, _row: Any) -> bool:
    return True


def _of_area(session: Session, found: Stale, row: Any) -> bool:
    """Moved: all that lies in it counts elsewhere. New or closed: it expects somebody responsible, or no more."""
    if {"parent_id", "area_path"} & set(row.changes):
        found.everything()
    elif "closed_on" in row.changes:
        found.from_on("posts", min(_days(row.changes["closed_on"]), default=ALL))
    elif "level" in row.changes:
        found.from_on("posts", ALL)
    return False


def _of_level(_session: Session, found: Stale, row: Any) -> bool:
    if "holds_homes" in row.changes:
        found.everything()
    elif "role" in row.changes:
        found.from_on("posts", ALL)
    return False


def _of_resident(_session: Session, found: Stale, row: Any) -> bool:
    """Lives elsewhere now, left on an earlier day, or two records are one. What somebody did before they moved counts
    where they live now.
    """
    changes = row.changes
    if row.action in ("resident.merge", "resident.unmerge"):
        for source in ("attendance", CARE):
            found.from_on(source, ALL)
        return False
    if "name" in changes and _was_nothing(changes["name"]):
        return False  # new
    if "import" in changes:  # taken back: what it had changed is not said
        found.from_on(CARE, ALL)
        return True
    if {"status", "status_on"} & set(changes):
        found.from_on(CARE, min(_days(changes.get("status_on")), default=ALL))
    return row.action == "resident.move" or bool(WHERE & set(changes))


def _was_nothing(change: Any) -> bool:
    return isinstance(change, list) and bool(change) and change[0] is None


def _of_activity(_session: Session, found: Stale, row: Any) -> bool:
    found.on("sessions", _days(row.changes.get("starts_at")))
    return not row.changes or not set(row.changes) <= NOT_OF_DATES


def _of_shift(_session: Session, found: Stale, row: Any) -> bool:
    found.on("shifts", _days(row.changes.get("starts_at")))
    return True


def _of_volunteer(_session: Session, found: Stale, row: Any) -> bool:
    found.on("joining", _days(row.changes.get("since")))
    return True


def _of_post(_session: Session, found: Stale, row: Any) -> bool:
    """An end that was moved changes nothing before it; anything else counts from the beginning of the post on."""
    for name in ("since", "until"):
        found.from_on("posts", min(_days(row.changes.get(name)), default=None))
    return set(row.changes) != {"until"}


_READ: Final = {
    "area": _of_area, "level": _of_level, "resident": _of_resident, "activity": _of_activity, "shift": _of_shift,
    "volunteer": _of_volunteer, "post": _of_post,
}  # fmt: skip


def _days(change: Any) -> list[date]:
    """The days in what the trail says of a field: before and after."""
    found = []
    for one in change if isinstance(change, (list, tuple)) else ():
        if isinstance(one, str) and one:
            at = datetime.fromisoformat(one)
            found.append(at.astimezone(clock.PLACE).date() if at.tzinfo is not None else at.date())
    return found


# --- What the records say that entries name. ---


def _visits(session: Session, found: Stale, ids: list[int]) -> None:
    named = or_(_V.id.in_(ids), _V.replaced_by.in_(ids))
    days = session.execute(select(_V.day).where(named).distinct()).scalars().all()
    found.on("visits", days)
    found.from_on(CARE, min((day for day in days if day is not None), default=None))


def _hours(session: Session, found: Stale, ids: list[int]) -> None:
    found.on("hours", session.execute(select(_H.day).where(_H.id.in_(ids)).distinct()).scalars())


def _bookings(session: Session, found: Stale, ids: list[int]) -> None:
    found.on("shifts", _begun(session, _S.id.in_(select(_B.slot_id).where(_B.id.in_(ids)))))


def _shifts(session: Session, found: Stale, ids: list[int]) -> None:
    found.on("shifts", _begun(session, _S.id.in_(ids)))


def _begun(session: Session, which: ColumnElement[bool]) -> list[date]:
    asked = select(_S.starts_at).where(which, _S.kind == "shift", _S.starts_at <= clock.now())
    return _local(session.execute(asked).scalars())


def _activities(session: Session, found: Stale, ids: list[int]) -> None:
    dates = select(_S.starts_at).join(Meeting, _M.id == _S.id).where(_M.activity_id.in_(ids))
    found.on("sessions", _local(session.execute(dates).scalars()))
    # Who is no first-timer any more is one of a later time: from the first date on everything is counted.
    came = select(func.min(_T.on)).where(_T.activity_id.in_(ids))
    found.from_on("attendance", session.execute(came).scalar())


def _residents(session: Session, found: Stale, ids: list[int]) -> None:
    asked = select(func.min(_K.first_on)).where(_K.resident_id.in_(ids))
    found.from_on("attendance", session.execute(asked).scalar())


def _volunteers(session: Session, found: Stale, ids: list[int]) -> None:
    found.on("joining", session.execute(select(_N.since).where(_N.id.in_(ids)).distinct()).scalars())


def _posts(session: Session, found: Stale, ids: list[int]) -> None:
    found.from_on("posts", session.execute(select(func.min(_P.since)).where(_P.id.in_(ids))).scalar())


_LOOK: Final[Mapping[str, Any]] = {
    "visit": _visits, "hours": _hours, "booking": _bookings, "shift": _shifts, "activity": _activities,
    "resident": _residents, "volunteer": _volunteers, "post": _posts,
}  # fmt: skip


def _local(moments: Iterable[datetime]) -> list[date]:
    return [at.astimezone(clock.PLACE).date() for at in moments]
