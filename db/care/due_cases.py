"""The people of whom it is worked out what is due: everything in the records that decides, read in few questions."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from db.care.tables import CONTACTS, Call, CarePeriod, Due, Rhythm, Urgent, Visit
from db.care.whom import Person, groups_by_person, person_of
from db.people.tables import Resident
from db.territory.posts import Post, active_on
from db.work import Work

MANY_PLACES = 200
READ = 45
"""Per cent of the time of settling that have passed when all is read, as measured."""

_R = Resident.__table__.c  # type: ignore[attr-defined]
_D = Due.__table__.c  # type: ignore[attr-defined]
_C = Call.__table__.c  # type: ignore[attr-defined]
_V = Visit.__table__.c  # type: ignore[attr-defined]
_Y = CarePeriod.__table__.c  # type: ignore[attr-defined]
_H = Rhythm.__table__.c  # type: ignore[attr-defined]
_U = Urgent.__table__.c  # type: ignore[attr-defined]
_P = Post.__table__.c  # type: ignore[attr-defined]


@dataclass
class Case:
    """One person with everything that decides what is due."""

    row: Any
    person: Person
    in_care: bool
    due: dict[str, Any] | None = None
    period: Any = None
    contacts: list[tuple[str, date, datetime]] = field(default_factory=list)  # kind, last day, last moment
    tried: list[tuple[int, date]] = field(
        default_factory=list
    )  # attempts since the last contact, oldest first
    rhythms: list[Any] = field(default_factory=list)
    calls: list[Any] = field(default_factory=list)
    urgent: Any = None
    settled_attempt: int = 0  # the attempt up to which an urgent item was closed by hand


def cases_of(work: Work, which: ColumnElement[bool], day: date) -> dict[int, Case]:
    session = work.session
    residents = Resident.__table__  # type: ignore[attr-defined]
    has_due = select(_D.resident_id).where(_D.resident_id == _R.id).correlate(residents).exists()
    called = (
        select(_C.resident_id)
        .where(_C.resident_id == _R.id, _C.ended_on.is_(None))
        .correlate(residents)
        .exists()
    )
    here = and_(which, or_(and_(_R.in_care.is_(True), _R.status == "resident"), has_due, called))
    rows = session.execute(
        select(
            _R.id, _R.area_path, _R.place, _R.address, _R.living, _R.colour, _R.born_key, _R.carer, _R.in_care,
            _R.status, _R.status_on,
        ).where(here)
    ).all()  # fmt: skip
    if not rows:
        return {}
    groups = groups_by_person(session, here, day)
    cases = {
        row.id: Case(row, person_of(row, groups, day), bool(row.in_care) and row.status == "resident")
        for row in rows
    }
    work.tell(READ // 4)
    for due in session.execute(
        select(Due.__table__).join(Resident, _R.id == _D.resident_id).where(here)  # type: ignore[attr-defined]
    ).mappings():
        cases[due["resident_id"]].due = dict(due)
    for period in session.execute(
        select(CarePeriod.__table__)  # type: ignore[attr-defined]
        .join(Resident, _R.id == _Y.resident_id)
        .where(here, or_(_Y.until.is_(None), _Y.ended_on == day))
        .order_by(_Y.id)
    ):
        cases[period.resident_id].period = period
    work.tell(READ // 2)
    _read_visits(work, cases, here)
    work.tell(READ * 3 // 4)
    for rhythm in session.execute(
        select(Rhythm.__table__)  # type: ignore[attr-defined]
        .join(Resident, _R.id == _H.resident_id)
        .where(here, _H.state == "active")
        .order_by(_H.id)
    ):
        cases[rhythm.resident_id].rhythms.append(rhythm)
    for call in session.execute(
        select(Call.__table__)  # type: ignore[attr-defined]
        .join(Resident, _R.id == _C.resident_id)
        .where(here, _C.ended_why == "")
        .order_by(_C.id)
    ):
        cases[call.resident_id].calls.append(call)
    for item in session.execute(
        select(_U.id, _U.resident_id, _U.closed_on, _U.closed_why, _U.visit_id, _U.attempts)
        .join(Resident, _R.id == _U.resident_id)
        .where(here)
        .order_by(_U.id)
    ):
        case = cases[item.resident_id]
        if item.closed_on is None:
            case.urgent = item
        elif item.closed_why == "solved":
            case.settled_attempt = max(case.settled_attempt, item.visit_id or 0)
    return cases


def _read_visits(work: Work, cases: dict[int, Case], here: ColumnElement[bool]) -> None:
    """The last contact of each kind, and the attempts since the last contact of any kind."""
    stands = and_(_V.replaced_by.is_(None), _V.withdrawn_at.is_(None))
    for row in work.session.execute(
        select(_V.resident_id, _V.kind, func.max(_V.day).label("day"), func.max(_V.at).label("at"))
        .join(Resident, _R.id == _V.resident_id)
        .where(here, stands, _V.result.in_(CONTACTS))
        .group_by(_V.resident_id, _V.kind)
    ):
        cases[row.resident_id].contacts.append((row.kind, row.day, row.at))
    later = Visit.__table__.alias("later")  # type: ignore[attr-defined]
    seen_since = (
        select(later.c.id)
        .where(
            later.c.resident_id == _V.resident_id, later.c.replaced_by.is_(None), later.c.withdrawn_at.is_(None),
            later.c.result.in_(CONTACTS), later.c.at >= _V.at,
        )
        .correlate(Visit.__table__)  # type: ignore[attr-defined]
        .exists()
    )  # fmt: skip
    for row in work.session.execute(
        select(_V.resident_id, _V.id, _V.day)
        .join(Resident, _R.id == _V.resident_id)
        .where(here, stands, _V.result == "not_met", ~seen_since)
        .order_by(_V.at, _V.id)
    ):
        cases[row.resident_id].tried.append((row.id, row.day))


class Holders:
    """Who is responsible for somebody: the named carer, else whoever holds the nearest area."""

    def __init__(self, work: Work, cases: Iterable[Case], day: date) -> None:
        paths = {case.row.area_path for case in cases if not case.row.carer}
        ids = {int(part) for path in paths for part in path.strip("/").split("/") if part}
        among = _P.area_id.in_(ids) if len(ids) <= MANY_PLACES else true()
        self.by_area: dict[int, str] = {}
        self.by_path: dict[str, str] = {}
        if not ids:
            return
        rows = work.session.execute(
            select(_P.area_id, _P.holder).where(among, active_on(day)).order_by(_P.id.desc())
        )
        for area_id, holder in rows:
            self.by_area[area_id] = holder

    def of(self, row: Any) -> str:
        """The name, "" when nobody is responsible."""
        if row.carer:
            return str(row.carer)
        found = self.by_path.get(row.area_path)
        if found is None:
            ids = [int(part) for part in row.area_path.strip("/").split("/") if part]
            found = next((self.by_area[one] for one in reversed(ids) if one in self.by_area), "")
            self.by_path[row.area_path] = found
        return found
