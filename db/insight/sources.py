"""Where figures come from: for each kind of record, the rows of a span of days and what each row adds to a figure.

A number and the rows behind it are one statement: `Source.rows` gives a row for each record, with a column for each
base figure. Adding such a column up is the number; the rows in which it is not 0 are what a click on it opens.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlmodel import Session

from db.access import below
from db.activities.tables import Activity, Attendance, Meeting, Taken
from db.care.tables import CONTACTS, Visit
from db.insight.periods import Period
from db.people.tables import Resident
from db.slots import HELD, Booking, Slot
from db.territory.areas import Area, Level
from db.territory.posts import Post, active_on
from db.volunteers.hours import CREDITED
from db.volunteers.tables import Hours, Volunteer

_V = Visit.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_H = Hours.__table__.c  # type: ignore[attr-defined]
_N = Volunteer.__table__.c  # type: ignore[attr-defined]
_T = Attendance.__table__.c  # type: ignore[attr-defined]
_X = Activity.__table__.c  # type: ignore[attr-defined]
_M = Meeting.__table__.c  # type: ignore[attr-defined]
_K = Taken.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]
_P = Post.__table__.c  # type: ignore[attr-defined]

TENTH: Final = 10

Bases = dict[str, int]
"""Base figures by name."""


class hours_between(GenericFunction[float]):
    """How many hours lie between two moments."""

    type = Float()
    inherit_cache = True


@compiles(hours_between, "sqlite")
def _in_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    first, last = (compiler.process(one, **more) for one in element.clauses)
    return f"((julianday({last}) - julianday({first})) * 24)"


@compiles(hours_between, "postgresql")
def _in_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    first, last = (compiler.process(one, **more) for one in element.clauses)
    return f"(extract(epoch from ({last}) - ({first})) / 3600)"


@dataclass(frozen=True)
class Source:
    """One kind of record.

    `rows` gives, for a period, columns `id`, `place` (the path of an area), `day` (or `at`), `who` (of whom it is) and
    one for each of `sums`. `people` are counts of different people: for each its name and the column of which they must have some left when it is
    added up (hours that were corrected to nothing are none).
    `top` names a sum whose largest tenth of people is added up, and the figure for it. `one` says what a row is.
    `lasting`: it tells how things stand at the end, so that months are not added up.
    """

    name: str
    one: str
    rows: Callable[[Period], Select[Any]]
    sums: tuple[str, ...]
    people: Mapping[str, str] = field(default_factory=dict)
    top: tuple[str, str] | None = None
    lasting: bool = False
    narrow: Callable[[Period, str], Select[Any]] | None = None  # the same rows, of one area alone

    def rows_in(self, period: Period, top: str) -> Select[Any]:
        """The rows of a period, at least those in the area at `top` ("" for all)."""
        return self.narrow(period, top) if self.narrow is not None and top else self.rows(period)

    @property
    def bases(self) -> tuple[str, ...]:
        return (*self.sums, *self.people, *(self.top[1:] if self.top else ()))


def _visits(period: Period) -> Select[Any]:
    return select(
        _V.id, _V.area_path.label("place"), _V.day.label("day"), _V.resident_id.label("who"),
        case((_V.result.in_(CONTACTS), 1), else_=0).label("contacts"),
        case((_V.result == "not_met", 1), else_=0).label("attempts"),
    ).where(
        _V.day.between(period.first, period.until), _V.replaced_by.is_(None), _V.withdrawn_at.is_(None)
    )  # fmt: skip


def _shifts(period: Period, top: str = "") -> Select[Any]:
    """Shifts that began, none of those called off. `led`: they had their minimum; `lead` is how many hours before."""
    numbered = (
        select(
            _B.slot_id, _B.made_at, _S.minimum,
            func.row_number().over(partition_by=_B.slot_id, order_by=(_B.made_at, _B.id)).label("number"),
        )
        .join(Slot, _S.id == _B.slot_id)
        .where(_B.state.in_(HELD), _B.live == 1, *_begun("shift", period), below(_S.area_path, top) if top else true())
        .subquery()
    )  # fmt: skip
    last = (
        select(numbered.c.slot_id, func.max(numbered.c.made_at).label("made_at"))
        .where(numbered.c.number == numbered.c.minimum)
        .group_by(numbered.c.slot_id)  # one row each, as a table of its own that can be searched
        .subquery()
    )
    enough = last.c.made_at.is_not(None)
    hours = func.hours_between(last.c.made_at, _S.starts_at)
    return (
        select(
            _S.id, _S.area_path.label("place"), _S.starts_at.label("at"), literal(None).label("who"),
            literal(1).label("shifts"), case((_S.taken >= _S.minimum, 1), else_=0).label("filled"),
            case((_S.taken >= _S.minimum, 0), else_=1).label("unfilled"),
            _S.capacity.label("places"), _S.taken.label("taken"), case((enough, 1), else_=0).label("led"),
            case((and_(enough, hours > 0), cast(func.round(hours), Integer)), else_=0).label("lead"),
        )
        .select_from(Slot)
        .outerjoin(last, last.c.slot_id == _S.id)
        .where(*_begun("shift", period))
    )  # fmt: skip


def _begun(kind: str, period: Period) -> tuple[ColumnElement[bool], ...]:
    return (
        _S.kind == kind, _S.starts_at >= period.begins, _S.starts_at < period.ends, _S.cancelled_at.is_(None),
        _S.withdrawn_at.is_(None),
    )  # fmt: skip


def _hours(period: Period) -> Select[Any]:
    """Entries that were approved; corrections among them, with the difference they make."""
    credited = _H.origin.in_(CREDITED)
    return select(
        _H.id, _H.area_path.label("place"), _H.day.label("day"), _H.volunteer_id.label("who"),
        case((credited, _H.minutes), else_=0).label("minutes"),
        case((credited, 0), else_=_H.minutes).label("minutes_by_hand"),
        _H.minutes.label("served"),
    ).where(
        _H.day.between(period.first, period.until), _H.state == "approved", _H.withdrawn_at.is_(None)
    ).with_hint(Hours, "INDEXED BY ix_service_hours_counted", "sqlite")  # nearly all are approved  # fmt: skip


def _newcomers(period: Period) -> Select[Any]:
    """Volunteers by the day since when they are, whoever left since among them; not those who only applied."""
    return select(
        _N.id, _N.area_path.label("place"), _N.since.label("day"), _N.id.label("who"), literal(1).label("joined")
    ).where(
        _N.since.between(period.first, period.until), _N.status.not_in(("applied", "refused")), _N.withdrawn_at.is_(None)
    )  # fmt: skip


def _volunteers(_period: Period) -> Select[Any]:
    """Those who are volunteers now: of earlier states nothing is kept but the figures of months that were closed."""
    return select(
        _N.id, _N.area_path.label("place"), _N.since.label("day"), _N.id.label("who"),
        case((_N.status == "active", 1), else_=0).label("ready"),
        case((_N.status == "paused", 1), else_=0).label("paused"),
    ).where(_N.status.in_(("active", "paused")), _N.withdrawn_at.is_(None))  # fmt: skip


def _sessions(period: Period) -> Select[Any]:
    return (
        select(
            _S.id, _S.area_path.label("place"), _S.starts_at.label("at"), _M.activity_id.label("who"),
            literal(1).label("dates"),
        )
        .join(Meeting, _M.id == _S.id)
        .join(Activity, _X.id == _M.activity_id)
        .where(*_begun("activity", period), _X.state != "draft")
    )  # fmt: skip


def came(period: Period, where: ColumnElement[bool] | None = None) -> Select[Any]:
    """Each time somebody who lives or lived here came: who, from where, since when they were seen, and their share of
    what it cost (in fen). `starters`: they were seen at nothing before the period.
    """
    days = and_(_T.on >= period.first, _T.on <= period.until)
    heads = (
        select(_T.activity_id, func.count().label("times"))
        .where(
            _T.mark == "came", _T.withdrawn_at.is_(None), _T.activity_id.in_(select(_T.activity_id).where(days))
        )
        .group_by(_T.activity_id)
        .subquery()
    )  # fmt: skip
    return (
        select(
            _T.id, _R.area_path.label("place"), _T.on.label("day"), _R.id.label("who"), literal(1).label("attendances"),
            case((_K.first_on >= period.first, 1), else_=0).label("starters"),
            cast(func.round(100.0 * _X.spent / heads.c.times), Integer).label("spent"),
        )
        .select_from(Attendance)
        .join(Resident, _R.id == _T.resident_id)
        .join(Activity, _X.id == _T.activity_id)
        .join(heads, heads.c.activity_id == _T.activity_id + 0)  # by day: few, whatever there ever was
        .outerjoin(Taken, _K.resident_id == _R.id)
        .where(
            _T.mark == "came", _T.withdrawn_at.is_(None), days,
            where if where is not None else true(),
        )
    )  # fmt: skip


def _posts(period: Period) -> Select[Any]:
    """The areas that expect somebody responsible, and whether somebody held that post at the end."""
    holders = select(_P.area_id, _P.role).where(active_on(period.until)).distinct().subquery()
    held = holders.c.area_id.is_not(None)
    return (
        select(
            _A.id, _A.area_path.label("place"), literal(None).label("day"), literal(None).label("who"),
            literal(1).label("expecting"), case((held, 1), else_=0).label("held"), case((held, 0), else_=1).label("holes"),
        )
        .join(Level, _L.code == _A.level)
        .outerjoin(holders, and_(holders.c.area_id == _A.id, holders.c.role == _L.role))
        .where(_L.role != "", or_(_A.closed_on.is_(None), _A.closed_on > period.until), _A.withdrawn_at.is_(None))
    )  # fmt: skip


SOURCES: Final[dict[str, Source]] = {
    source.name: source
    for source in (
        Source("visits", "visit", _visits, ("contacts", "attempts")),
        Source(
            "shifts", "shift", _shifts, ("shifts", "filled", "unfilled", "places", "taken", "led", "lead"), narrow=_shifts
        ),
        Source(
            "hours", "hours", _hours, ("minutes", "minutes_by_hand", "served"), {"serving": "served"}, ("served", "top_served")
        ),
        Source("joining", "volunteer", _newcomers, ("joined",)),
        Source("volunteers", "volunteer", _volunteers, ("ready", "paused"), lasting=True),
        Source("sessions", "session", _sessions, ("dates",)),
        Source(
            "attendance", "attendance", came, ("attendances", "spent"),
            {"participants": "attendances", "first": "starters"},
        ),
        Source("posts", "area", _posts, ("expecting", "held", "holes"), lasting=True),
    )
}  # fmt: skip
"""Besides these, `care`: who was in care and reached in time, from the records of each day (`db.insight.past`)."""


def count(
    session: Session, source: Source, period: Period, areas: Mapping[str, int], top: str = "", *, sums: bool = True
) -> dict[int, Bases]:  # fmt: skip
    """The base figures of a period for each of `areas` (path → id), with all that lies in it; only rows in `top`.

    Without `sums` only what cannot be added up from months: different people, and what the busiest of them did.
    """
    names = source.bases if sums else tuple(name for name in source.bases if name not in source.sums)
    found: dict[int, Bases] = {area_id: dict.fromkeys(names, 0) for area_id in areas.values()}
    if not names:
        return found
    rows = source.rows_in(period, top).subquery()
    inside = below(rows.c.place, top) if top else true()
    by_person = dict.fromkeys((*source.people.values(), *(source.top[:1] if source.top else ())))
    columns = tuple(dict.fromkeys((*(source.sums if sums else ()), *by_person)))
    each: dict[str, dict[int, dict[int, int]]] = {column: {} for column in by_person}
    alone = top if list(areas) == [top] else ""
    for place, who, values in _added_up(
        session, rows, columns, inside, of_people=bool(by_person), alone=alone
    ):
        for area_id in _around(place, areas):
            bases = found[area_id]
            for column, value in zip(columns, values, strict=True):
                if sums and column in source.sums:
                    bases[column] += value
                if value and column in by_person:
                    people = each[column].setdefault(area_id, {})
                    people[who] = people.get(who, 0) + value
    for name, column in source.people.items():
        for area_id, people in each[column].items():
            found[area_id][name] = sum(1 for value in people.values() if value > 0)
    if source.top is not None:
        for area_id, people in each[source.top[0]].items():
            found[area_id][source.top[1]] = sum(value for _who, value in most(people))
    return found


def _added_up(
    session: Session,
    rows: Any,
    columns: Sequence[str],
    inside: ColumnElement[bool],
    *,
    of_people: bool,
    alone: str = "",
) -> Iterable[tuple[str, int, list[int]]]:
    """By place, and by person where it matters: the sums of some columns.

    Where one area `alone` is asked for, the places in it are not told apart: a sum is cheaper than very many groups.
    """
    by = ([] if alone else [rows.c.place]) + ([rows.c.who] if of_people else [])
    for row in session.execute(
        select(*by, *(func.sum(rows.c[column]) for column in columns)).where(inside).group_by(*by)
    ):
        values = list(row)
        place = alone or values.pop(0)
        who = int(values.pop(0)) if of_people else 0
        yield place, who, [int(value or 0) for value in values]


def most(each: Mapping[int, int]) -> list[tuple[int, int]]:
    """The tenth (at least one) of the people who have most, as (person, sum)."""
    ordered = sorted(
        ((who, value) for who, value in each.items() if value > 0), key=lambda one: (-one[1], one[0])
    )
    return ordered[: -(-len(ordered) // TENTH)]


def top_people(session: Session, source: Source, period: Period, path: str) -> list[int]:
    """Whose rows `top` of a source adds up, in the area at `path`."""
    if source.top is None:
        raise LookupError(source.name)
    rows = source.rows(period).subquery()
    each: dict[int, int] = {}
    for _place, who, (value,) in _added_up(
        session, rows, source.top[:1], below(rows.c.place, path), of_people=True
    ):
        each[who] = each.get(who, 0) + value
    return [who for who, _value in most(each)]


def _around(place: str, areas: Mapping[str, int]) -> Iterable[int]:
    """Those of `areas` in which a place lies."""
    end = place.find("/", 1)
    while end > 0:
        area_id = areas.get(place[: end + 1])
        if area_id is not None:
            yield area_id
        end = place.find("/", end + 1)
