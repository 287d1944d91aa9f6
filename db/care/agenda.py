"""My day: whom to see, ranked by what matters, with the reason; and the register of everything that is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select

from db import clock
from db.access import below, within
from db.care import reached
from db.care.tables import STATE_OPTIONS, Call, Due, Occasion, Urgent, Visit, VisitRule
from db.care.visits import in_areas, people_like
from db.errors import Refused
from db.fields import Option
from db.people import residents
from db.people.tables import FAR_FUTURE, Resident
from db.register import Computed, Filter, Register, Sort, Values, field_filter, register
from db.territory.areas import Area
from db.words import N_
from db.work import Work, query

_R = Resident.__table__.c  # type: ignore[attr-defined]
_D = Due.__table__.c  # type: ignore[attr-defined]
_C = Call.__table__.c  # type: ignore[attr-defined]
_O = Occasion.__table__.c  # type: ignore[attr-defined]
_U = Urgent.__table__.c  # type: ignore[attr-defined]
_V = VisitRule.__table__.c  # type: ignore[attr-defined]
_T = Visit.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]

MOST = 60

# Whom to see first: urgent before what something opened, before the overdue by colour and lateness.
COLOUR_RANK = {"red": 0, "yellow": 1, "blue": 2}


@dataclass(frozen=True)
class Line:
    """One person to see. `why` are codes with facts, the most important first; the screen makes them words."""

    resident_id: int
    name: str
    address: str
    place: str
    colour: str
    holder: str
    next_on: date | None
    last_on: date | None
    attempts: int
    urgent: bool
    urgent_id: int | None
    state: str
    why: tuple[tuple[str, dict[str, Any]], ...]
    score: int


@dataclass(frozen=True)
class Agenda:
    """What there is to do today. `total` counts all that are urgent, overdue or in their window.

    `late` counts whoever was not reached in time, as the map does, also those no rule fits, who are not in `total`.
    `areas` has the names of the lines' areas by their path, when they are in walking order.
    """

    lines: list[Line]
    total: int
    urgent: int
    late: int
    early: int = 0  # of `total`: not due yet, but may already be seen
    areas: Mapping[str, str] = field(default_factory=dict)


def ranking(today: date) -> tuple[ColumnElement[Any], ...]:
    """The order everywhere: urgent, then called for by today, then overdue by colour and days, then the rest."""
    colour = case(COLOUR_RANK, value=_D.colour, else_=3)
    return (
        case((_D.urgent.is_(True), 0), (_D.called_on <= today, 1), (_D.next_on < today, 2), else_=3),
        colour, _D.next_on, _D.place, _D.id,
    )  # fmt: skip


def to_do(today: date) -> ColumnElement[bool]:
    """Somebody to be seen by now: urgent, or the window is open."""
    return or_(_D.urgent.is_(True), _D.opens_on <= today)


def early(today: date) -> ColumnElement[bool]:
    """Somebody who may be seen already and is not due before tomorrow."""
    return and_(_D.urgent.is_(False), _D.opens_on <= today, _D.next_on > today)


@query("visit.view")
def agenda(
    work: Work, *, area_id: int | None = None, holder: str = "", urgent: bool = False, walking: bool = False,
    limit: int = MOST,
) -> Agenda:  # fmt: skip
    """Whom to see, within an area, of one holder or only the urgent if asked. `walking`: by building, stair and room.

    Refused `area.not_found`.
    """
    today = clock.today()
    where = [in_reach(work, area_id)]
    if holder:
        where.append(_D.holder == holder)
    if urgent:
        where.append(_D.urgent.is_(True))
    counted = work.session.execute(
        select(
            *(
                func.coalesce(func.sum(case((which, 1), else_=0)), 0)
                for which in (to_do(today), _D.urgent.is_(True), reached.not_in_time(today), early(today))
            )
        ).where(*where)
    ).one()
    lines = ranked(work, and_(*where, to_do(today)), limit=limit, walking=walking)
    areas = names_of_areas(work, lines) if walking else {}
    return Agenda(lines, int(counted[0]), int(counted[1]), int(counted[2]), int(counted[3]), areas)


@query("visit.view")
def urgent(work: Work) -> int:
    """How many people must be reached today, wherever the viewer may see visits."""
    opened = select(_U.resident_id).where(_U.closed_on.is_(None))  # few: no walk through all who are due
    count: int = work.session.execute(
        select(func.count()).where(
            _D.resident_id.in_(opened), _D.urgent.is_(True), within(work.viewer, "visit.view", _D.place)
        )
    ).scalar_one()
    return count


def names_of_areas(work: Work, lines: Sequence[Line]) -> dict[str, str]:
    """The names of the areas in which these people live, by path."""
    paths = {one.place[: one.place.rfind("/") + 1] for one in lines}
    rows = work.session.execute(select(_A.area_path, _A.name).where(_A.area_path.in_(paths)))
    return {row.area_path: row.name for row in rows}


def in_reach(work: Work, area_id: int | None) -> ColumnElement[bool]:
    """What is due where the viewer may see visits, within an area if asked. Refused `area.not_found`."""
    reach = within(work.viewer, "visit.view", _D.place)
    if area_id is None:
        return reach
    path = work.session.execute(select(_A.area_path).where(_A.id == area_id)).scalar()
    if path is None:
        raise Refused("area.not_found")
    return and_(reach, below(_D.place, path))


def ranked(work: Work, where: ColumnElement[bool], *, limit: int, walking: bool = False) -> list[Line]:
    """The lines of what is due and fulfils `where`, the most important `limit` of them."""
    today = clock.today()
    asked = select(Due.__table__).where(where).order_by(*ranking(today)).limit(limit)  # type: ignore[attr-defined]
    lines = _lines(work, [dict(row) for row in work.session.execute(asked).mappings()], today)
    if walking:
        lines.sort(key=lambda one: (one.place, one.resident_id))
    return lines


def _lines(work: Work, rows: Sequence[Values], today: date) -> list[Line]:
    ids = [row["resident_id"] for row in rows]
    clear, spec = work.viewer.sees("name") == "clear", residents.RESIDENTS.specs["name"]
    names = {
        row.id: row.name if clear else spec.mask(row.name)
        for row in work.session.execute(select(_R.id, _R.name).where(_R.id.in_(ids)))
    }
    causes: dict[int, tuple[str, date]] = {}
    for call in work.session.execute(
        select(_C.resident_id, _C.cause, _C.due_on)
        .where(_C.resident_id.in_(ids), _C.ended_on.is_(None))
        .order_by(_C.due_on.desc(), _C.id.desc())
    ):
        causes[call.resident_id] = (call.cause, call.due_on)
    urgent = {
        row.resident_id: row.id
        for row in work.session.execute(
            select(_U.resident_id, _U.id).where(_U.resident_id.in_(ids), _U.closed_on.is_(None))
        )
    }
    tried = _tried_how(work, [row["resident_id"] for row in rows if row["attempts"]])
    return [
        Line(
            row["resident_id"], names.get(row["resident_id"], ""), row["address"], row["place"], row["colour"],
            row["holder"], row["next_on"], row["last_on"], row["attempts"], row["urgent"],
            urgent.get(row["resident_id"]), state_of(row, today),
            tuple(_why(row, causes.get(row["resident_id"]), tried.get(row["resident_id"], ("", "")), today)), number,
        )
        for number, row in enumerate(rows)
    ]  # fmt: skip


def _tried_how(work: Work, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """How the last attempt was made and why it failed."""
    if not ids:
        return {}
    rows = work.session.execute(
        select(_T.resident_id, _T.kind, _T.reason)
        .where(
            _T.resident_id.in_(ids),
            _T.result == "not_met",
            _T.replaced_by.is_(None),
            _T.withdrawn_at.is_(None),
        )
        .order_by(_T.at, _T.id)
    )
    return {row.resident_id: (row.kind, row.reason) for row in rows}


def state_of(row: Values, today: date) -> str:
    """ "overdue", "window" or "coming"."""
    if row["next_on"] < today:
        return "overdue"
    return "window" if row["opens_on"] is not None and row["opens_on"] <= today else "coming"


def _why(
    row: Values, cause: tuple[str, date] | None, tried: tuple[str, str], today: date
) -> list[tuple[str, dict[str, Any]]]:
    """The reasons in their order: what happened, the colour, how long not seen, the attempts, when it is due."""
    found: list[tuple[str, dict[str, Any]]] = []
    if row["urgent"]:
        found.append(("urgent", {"count": row["attempts"]}))
    if cause is not None:
        found.append((f"cause.{cause[0]}", {"day": cause[1]}))
    if row["colour"]:
        found.append((f"colour.{row['colour']}", {}))
    if row["last_on"] is not None:
        found.append(("unseen", {"count": (today - row["last_on"]).days}))
    elif row["care_since"] is not None:
        found.append(("never", {"count": (today - row["care_since"]).days}))
    if row["attempts"]:
        days = (today - row["tried_on"]).days
        found.append(
            ("attempt", {"count": row["attempts"], "days": days, "kind": tried[0], "reason": tried[1]})
        )
    if row["next_on"] != FAR_FUTURE:
        late = (today - row["next_on"]).days
        if late > 0:
            found.append(("late", {"count": late}))
        elif not row["urgent"] and cause is None:
            found.append(("due", {"count": -late}))
    return found


def _in_state(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    today = clock.today()
    states = {
        "overdue": _D.next_on < today,
        "window": and_(_D.next_on >= today, _D.opens_on <= today),
        "coming": and_(_D.next_on >= today, or_(_D.opens_on > today, _D.opens_on.is_(None))),
    }
    return or_(false(), *(states[code] for code in codes if code in states))


def _of_holder(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    return or_(false(), _D.holder.in_(["" if code == "-" else code for code in codes]))


def _holder_options(work: Work) -> list[Option]:
    from db.care.loads import holders

    return [Option("-", N_("Nobody responsible")), *(Option(name, name) for name in holders(work))]


def _by_rule(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    ids = [int(code) for code in codes if code.isdecimal() and len(code) < 18]
    return or_(false(), _D.rule_id.in_(ids))


def _rule_options(work: Work) -> list[Option]:
    rows = work.session.execute(
        select(_V.id, _V.name).where(_V.withdrawn_at.is_(None)).order_by(_V.every_days, _V.id)
    )
    return [Option(str(row.id), row.name) for row in rows]


def _fill_state(_work: Work, rows: list[Values]) -> list[str]:
    return [state_of(row, clock.today()) for row in rows]


def _fill_names(work: Work, rows: list[Values]) -> list[str]:
    from db.care.visits import _names

    return _names(work, rows)


def _tried(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    """Of the people in care, as the map counts them."""
    tried = or_(false(), *(_D.attempts > 0 if code == "yes" else _D.attempts == 0 for code in codes))
    return and_(_D.care_since.is_not(None), tried)


def _reached(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    """What the map and the start page count: `db.care.reached`."""
    today = clock.today()
    in_time, missed = reached.in_time(today), reached.not_in_time(today)
    return or_(false(), *(in_time if code == "yes" else missed for code in codes))


def _cared(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    return or_(
        false(), *(_D.care_since.is_not(None) if code == "yes" else _D.care_since.is_(None) for code in codes)
    )


def _asked_by(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    """Whoever is still to be contacted because of a warning or festival."""
    ids = [int(code) for code in codes if code.isdecimal() and len(code) < 18]
    asked = select(_C.resident_id).where(_C.occasion_id.in_(ids), _C.ended_on.is_(None))
    return or_(false(), _D.resident_id.in_(asked))


def _occasion_options(work: Work) -> list[Option]:
    today = clock.today()
    rows = work.session.execute(
        select(_O.id, _O.name)
        .where(_O.since <= today, _O.until >= today, _O.ended_on.is_(None), _O.withdrawn_at.is_(None))
        .order_by(_O.id)
    )
    return [Option(str(row.id), row.name) for row in rows]


YES_NO = (Option("yes", N_("Yes")), Option("no", N_("No")))

DUES = register(
    Register(
        name="due",
        table=Due,
        title=N_("Due contacts"),
        one=N_("Due contact"),
        action="visit",
        path="place",
        withdrawn="",
        walk="ix_care_due_walk",
        carries=("resident_id",),
        label="address",
        columns=("person", "address", "colour", "state", "next_on", "last_on", "attempts", "every_days", "holder"),
        sections=(),
        sorts=(
            Sort("next", N_("Most overdue first"), ("next_on", "place")),
            Sort("address", N_("By address"), ("place",)),
        ),
        search=lambda work, text: people_like(work, text, _D.resident_id),
        search_help=N_("Name, initials, ID number, telephone or its last four digits, address such as 12-3-402"),
        filters=(
            Filter("state", N_("State"), _in_state, lambda _work: STATE_OPTIONS),
            Filter("area", N_("Area"), in_areas(_D.place), residents.area_options("visit.view"), places=True),
            Filter("holder", N_("Responsible"), _of_holder, _holder_options),
            Filter("rule", N_("Visit rule"), _by_rule, _rule_options),
            field_filter(Due, "colour"),
            field_filter(Due, "urgent"),
            Filter("cared", N_("In care"), _cared, lambda _work: YES_NO),
            Filter("reached", N_("In time"), _reached, lambda _work: YES_NO),
            Filter("occasion", N_("Warning or festival"), _asked_by, _occasion_options),
            Filter("tried", N_("Attempts without contact"), _tried, lambda _work: YES_NO),
        ),
        computed=(
            Computed("person", N_("Person"), _fill_names, ("resident_id",)),
            Computed("state", N_("State"), _fill_state, ("next_on", "opens_on"), options=STATE_OPTIONS),
        ),
        importable=False,
        topics=("care",),
    )
)  # fmt: skip


def late_by(days: int) -> date:
    """The day that lies so many days back."""
    return clock.today() - timedelta(days=days)
