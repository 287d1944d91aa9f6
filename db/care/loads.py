"""Load: how many visits a week fall to whom, weighted by rhythm and stairs; what a change would mean; a fairer share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select

from db import clock, keeping, listing
from db.access import within
from db.care import reached
from db.care import rules as visit_rules
from db.care.agenda import DUES
from db.care.due import Asked, asked_of
from db.care.rules import Rule
from db.care.tables import Due, Rhythm
from db.care.whom import groups_by_person, person_of
from db.errors import Refused
from db.identity import setting
from db.listing import Listing, row_of
from db.people.residents import RESIDENTS
from db.people.tables import Household, Resident
from db.register import Values
from db.territory.areas import Area
from db.work import Work, command, query

_R = Resident.__table__.c  # type: ignore[attr-defined]
_D = Due.__table__.c  # type: ignore[attr-defined]
_H = Rhythm.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_O = Household.__table__.c  # type: ignore[attr-defined]

WEEK = 7
STAIRS = 0.05
"""How much heavier a visit is for each floor above the first."""
MOST_LOAD = 40
"""Weighted visits a week above which a holder is over load, unless the office set another number."""
MOST_MOVES = 40
MOST_ASSIGNED = 500


def limit(work: Work) -> float:
    """The setting `visit_load`: weighted visits a week that one holder can carry."""
    return float(setting(work.session, "visit_load", str(MOST_LOAD)))


def floor_of(room: str) -> int:
    """The floor that a room number tells: 402 is on the fourth, 1203 on the twelfth; 1 when it tells none."""
    digits = "".join(one for one in room if one.isdecimal())
    return max(1, int(digits[:-2])) if 3 <= len(digits) <= 4 else 1


def weight(every_days: int, room: str = "") -> float:
    """Visits a week, each weighted by the stairs to climb."""
    if not every_days:
        return 0.0
    return WEEK / every_days * (1 + STAIRS * (min(floor_of(room), 30) - 1))


@dataclass(frozen=True)
class Load:
    """What falls to one holder. `weekly` is plain visits a week, `weighted` with stairs."""

    holder: str
    people: int
    late: int  # not reached in time: `db.care.reached`
    weekly: float
    weighted: float
    over: bool


def _carried(work: Work, action: str = "visit.view") -> list[Any]:
    """Who carries whom, within what the viewer sees: only people with a rhythm count."""
    return list(
        work.session.execute(
            select(
                _D.id, _D.resident_id, _D.holder, _D.every_days, _D.care_since, _D.due_on, _D.place, _D.area_path, _D.address,
                _D.colour, _O.room,
            )
            .join(Resident, _R.id == _D.resident_id)
            .outerjoin(Household, _O.id == _R.household_id)
            .where(within(work.viewer, action, _D.place), _D.every_days > 0)
            .order_by(_D.place, _D.id)
        )
    )  # fmt: skip


@query("visit.view")
def loads(work: Work) -> list[Load]:
    """Load of each holder in the viewer's areas, heaviest first; the holder "" stands for nobody."""
    return _loads(_carried(work), limit(work))


def _loads(rows: Sequence[Any], most: float) -> list[Load]:
    today = clock.today()
    sums: dict[str, list[float]] = {}
    for row in rows:
        known = sums.setdefault(row.holder, [0, 0, 0.0, 0.0])
        known[0] += 1
        known[1] += reached.missed(row._mapping, today)
        known[2] += WEEK / row.every_days
        known[3] += weight(row.every_days, row.room or "")
    return sorted(
        (
            Load(holder, int(people), int(late), weekly, weighted, bool(holder) and weighted > most)
            for holder, (people, late, weekly, weighted) in sums.items()
        ),
        key=lambda one: (-one.weighted, one.holder),
    )


@query("care.assign")
def to_assign(work: Work, *, wanted: Listing) -> list[tuple[int, str, str]]:
    """The people of a list of due contacts, by address: id, name, address. One more than may be assigned at once."""
    rows = work.session.execute(
        select(_D.resident_id, _D.address)
        .where(listing.matching(work, DUES, wanted), within(work.viewer, "care.assign", _D.place))
        .order_by(_D.place, _D.id)
        .limit(MOST_ASSIGNED + 1)
    ).all()
    names = _names(work, [row.resident_id for row in rows])
    return [(row.resident_id, names.get(row.resident_id, ""), row.address) for row in rows]


@query("visit.view")
def most(work: Work) -> float:
    """Weighted visits a week above which a holder is over load."""
    return limit(work)


@command("care.assign")
def assign(work: Work, *, residents: Sequence[int], carer: str, reason: str) -> int:
    """Name `carer` as responsible for these people, for a reason. Returns for how many that was new.

    Refused `record.not_found` (one of them is not the viewer's), `assign.reason`, `assign.nobody`,
    `assign.many`, `form.invalid`.
    """
    if len(reason.strip()) < 2:
        raise Refused("assign.reason")
    if not residents:
        raise Refused("assign.nobody")
    if len(residents) > MOST_ASSIGNED:
        raise Refused("assign.many", most=MOST_ASSIGNED)
    kept, _notes = keeping.clean(work, RESIDENTS, {"carer": carer}, partly=True)
    changed = 0
    for resident_id in residents:
        row = row_of(work, RESIDENTS, resident_id, "care.assign", lock=True)
        if row["carer"] == kept["carer"]:
            continue
        keeping.write_row(work, RESIDENTS, row, row, dict(kept), reason=reason.strip()[:200])
        changed += 1
    work.touch("care")
    return changed


@dataclass(frozen=True)
class Move:
    """One proposed change: this person from one holder to another, and what both would carry then."""

    resident_id: int
    name: str
    address: str
    every_days: int
    holder: str
    to: str
    holder_then: float
    to_then: float


@query("care.assign")
def balance(work: Work) -> list[Move]:
    """A fairer share: from whoever is over load to the least loaded who already goes to the same area.

    People move to somebody near only: one who already looks after people in the same building, else the same
    area above it. The lightest colours go first, red ones stay with whom they know.
    """
    rows = _carried(work, "care.assign")
    most = limit(work)
    load = {one.holder: one.weighted for one in _loads(rows, most)}
    near: dict[str, set[str]] = {}
    for row in rows:
        if row.holder:
            for path in (row.area_path, _above(row.area_path)):
                near.setdefault(path, set()).add(row.holder)
    order = {"red": 2, "yellow": 1}
    moves: list[tuple[Any, str, float, float]] = []
    for row in sorted(rows, key=lambda one: (order.get(one.colour, 0), one.place)):
        if not row.holder or load[row.holder] <= most or row.colour == "red" or len(moves) >= MOST_MOVES:
            continue
        heavy = weight(row.every_days, row.room or "")
        for path in (row.area_path, _above(row.area_path)):
            others = [one for one in near.get(path, ()) if one != row.holder and load[one] + heavy <= most]
            if others:
                to = min(others, key=lambda one: (load[one], one))
                load[row.holder] -= heavy
                load[to] += heavy
                moves.append((row, to, load[row.holder], load[to]))
                break
    names = _names(work, [row.resident_id for row, *_rest in moves])
    return [
        Move(
            row.resident_id,
            names.get(row.resident_id, ""),
            row.address,
            row.every_days,
            row.holder,
            to,
            then,
            to_then,
        )
        for row, to, then, to_then in moves
    ]


def _above(path: str) -> str:
    return path[: path.rstrip("/").rfind("/") + 1]


def _names(work: Work, ids: Sequence[int]) -> dict[int, str]:
    spec, clear = RESIDENTS.specs["name"], work.viewer.sees("name") == "clear"
    rows = work.session.execute(select(_R.id, _R.name).where(_R.id.in_(list(ids))))
    return {row.id: row.name if clear else spec.mask(row.name) for row in rows}


@dataclass(frozen=True)
class Share:
    """Visits a week for one grid or holder, today and with the change; people today and with it."""

    name: str
    now: float
    then: float
    people_now: int
    people_then: int
    over: bool


@dataclass(frozen=True)
class WhatIf:
    """What a rule would change. `out` are people no rule concerns any more, `fits` whom the new rule decides for."""

    grids: list[Share]
    holders: list[Share]
    total: Share
    fits: int
    out: int
    late_now: int  # who is not reached in time today, as on the map
    late: int  # who would not be


@query("rule.view")
def what_if(
    work: Work, *, values: Mapping[str, Any], rule_id: int | None = None, gone: bool = False
) -> WhatIf:
    """What it would mean to add this rule, to change the rule `rule_id` to it, or (`gone`) to do without it.

    Of everybody in care, whatever the viewer sees of them: only sums are told. Refused `form.invalid`.
    """
    day = clock.today()
    kept: Values = dict(values)
    if not gone:
        visit_rules.check(work, kept)
    before = visit_rules.in_force(work.session, day)
    after = [one for one in before if one.id != rule_id]
    if not gone:
        after.append(visit_rules.rule_of({**_EMPTY, **kept, "id": rule_id or 0}))
        after.sort(key=lambda one: (one.every_days, one.id))
    return _compare(work, before, after, rule_id or 0)


_EMPTY: Values = {
    "name": "", "source": "", "every_days": 30, "opens_days": None, "kinds": [], "match": "all", "groups": [], "living": [],
    "colours": [], "age_from": None, "age_to": None, "area_path": "",
}  # fmt: skip


def _compare(work: Work, before: Sequence[Rule], after: Sequence[Rule], rule_id: int) -> WhatIf:
    day, session = clock.today(), work.session
    here = and_(_R.in_care.is_(True), _R.status == "resident")
    groups = groups_by_person(session, here, day)
    rows = session.execute(
        select(
            _R.id,
            _R.area_path,
            _R.place,
            _R.living,
            _R.colour,
            _R.born_key,
            _D.holder,
            _D.care_since,
            _D.last_on,
            _D.due_on,
            _D.every_days,
        )
        .outerjoin(Due, _D.resident_id == _R.id)
        .where(here)
    ).all()
    rhythms: dict[int, list[Any]] = {}
    for one in session.execute(
        select(Rhythm.__table__).where(_H.state == "active")  # type: ignore[attr-defined]
    ):
        rhythms.setdefault(one.resident_id, []).append(one)
    grids: dict[str, list[float]] = {}
    holders: dict[str, list[float]] = {}
    total, fits, out, late_now, late = [0.0, 0.0, 0.0, 0.0], 0, 0, 0, 0
    for row in rows:
        person = person_of(row, groups, day)
        now = asked_of(before, person, rhythms.get(row.id, ()))
        then = asked_of(after, person, rhythms.get(row.id, ()))
        weekly = (WEEK / now.every_days if now else 0.0, WEEK / then.every_days if then else 0.0)
        if then is not None and then.rule is not None and then.rule.id == rule_id:
            fits += 1
        out += now is not None and then is None
        late_now += reached.missed(row._mapping, day)
        late += _missed(row, now, then, day)
        for sums in (
            total, grids.setdefault(_above(row.area_path), [0.0] * 4), holders.setdefault(row.holder or "", [0.0] * 4),
        ):  # fmt: skip
            sums[0] += weekly[0]
            sums[1] += weekly[1]
            sums[2] += now is not None
            sums[3] += then is not None
    most = limit(work)
    names = {
        row.area_path: row.name
        for row in session.execute(
            select(_A.area_path, _A.name).where(or_(_A.area_path.in_(list(grids)[:2000])))
        )
    }
    return WhatIf(
        sorted((_share(names.get(path, path), sums, most * 1e9) for path, sums in grids.items()), key=_most_changed),
        sorted((_share(name, sums, most) for name, sums in holders.items()), key=_most_changed),
        _share("", total, most * 1e9), fits, out, late_now, late,
    )  # fmt: skip


def _missed(row: Any, now: Asked | None, then: Asked | None, day: date) -> bool:
    """Whether somebody in care would not be reached in time: counted from the contact that counts today, if that counts then."""
    if then is None or row.care_since is None:
        return row.care_since is not None
    if now is not None and row.due_on is not None and now.kinds == then.kinds:
        start = row.due_on - timedelta(days=row.every_days)
    else:
        start = max(filter(None, (row.last_on, row.care_since)), default=day)
    return bool((day - start).days > then.every_days)


def _share(name: str, sums: Sequence[float], most: float) -> Share:
    return Share(name, sums[0], sums[1], int(sums[2]), int(sums[3]), bool(name) and sums[1] > most)


def _most_changed(share: Share) -> tuple[float, str]:
    return (-abs(share.then - share.now), share.name)


@query("visit.view")
def holders(work: Work) -> list[str]:
    """Everybody who is responsible for somebody that the viewer sees."""
    rows = work.session.execute(
        select(_D.holder, func.count())
        .where(within(work.viewer, "visit.view", _D.place), _D.holder != "")
        .group_by(_D.holder)
        .order_by(func.count().desc(), _D.holder)
        .limit(500)
    )
    return [row[0] for row in rows]
