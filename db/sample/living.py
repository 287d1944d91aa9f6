"""The sample community lives on: one visit after the other, by whoever is responsible, to whom it is due."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, Final

from sqlalchemy import select

from db import access, clock
from db.access import below
from db.care import agenda, days, visits
from db.care.due import HIGHEST_COLOUR
from db.care.tables import Due
from db.care.visits import Seen
from db.errors import Refused
from db.people.residents import RESIDENTS
from db.people.tables import Resident
from db.sample import said
from db.sample.build import present
from db.territory.areas import Area
from db.work import Work, query

NEXT: Final = 6
"""Among so many of those who come first in a grid, one is visited."""

_D = Due.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Visited:
    """One visit that has just been recorded. The name is masked."""

    at: datetime
    grid: str
    address: str
    name: str
    people: int
    visitor: str
    kind: str
    result: str


def start() -> None:
    """Make sure that this is the sample community, and that its day has begun. Refused `sample.not_empty`."""
    if present() != "sample":
        raise Refused("sample.not_empty")
    days.new_day(access.system())


def visit(random: Random) -> Visited | None:
    """Record the next visit somewhere, by the real command; None when nobody is in care."""
    days.new_day(access.system())
    found = _choose(access.system(), random)
    if found is None:
        return None
    grid, name, rows = found
    row = rows[0]
    red = any(one.colour == HIGHEST_COLOUR for one in rows)
    met = random.random() >= (0.03 if red or row.attempts else 0.15)
    kind = random.choices(("home", "phone", "met", "video"), (62, 26, 9, 3))[0] if met else "home"
    visitor = row.holder or random.choice(("何静", "陈晓燕"))
    seen = [_seen(one.resident_id, met, kind, random) for one in rows]
    visits.record(access.system(visitor), seen=seen, kind=kind)
    return Visited(clock.now(), grid, row.address, name, len(rows), visitor, kind, seen[0].result)


@query("visit.view")
def _choose(work: Work, random: Random) -> tuple[str, str, list[Any]] | None:
    """The grid, the masked name, and the people of one home: of those to be seen next in some grid."""
    today = clock.today()
    grids = work.session.execute(
        select(_A.name, _A.area_path).where(_A.level == "grid", _A.closed_on.is_(None)).order_by(_A.id)
    ).all()
    random.shuffle(grids)  # type: ignore[arg-type]
    columns = (_D.resident_id, _D.place, _D.address, _D.holder, _D.colour, _D.attempts)
    for waits in (agenda.to_do(today), _D.every_days > 0):
        for name, path in grids:
            rows = work.session.execute(
                select(*columns).where(below(_D.place, path), waits).order_by(*agenda.ranking(today)).limit(NEXT)
            ).all()  # fmt: skip
            if rows:
                first = random.choice(rows)
                home = [first, *(one for one in rows if one.place == first.place and one is not first)]
                said_name = work.session.execute(
                    select(_R.name).where(_R.id == first.resident_id)
                ).scalar_one()
                return name, RESIDENTS.specs["name"].mask(said_name), home
    return None


def _seen(resident_id: int, met: bool, kind: str, random: Random) -> Seen:
    if not met:
        reason = random.choices(said.REASONS, said.REASON_SHARES)[0]
        return Seen(resident_id, "not_met", reason=reason, note=said.note(random, "not_met", reason, kind))
    if random.random() < 0.12:
        needs, then = random.choice(said.NEEDS)
        return Seen(resident_id, "needs", mood="usual", needs=needs, next_step=then)
    note = said.note(random, "well", "", kind) if random.random() < 0.3 else ""
    observed = ("tidy", "smoke") if kind == "home" and random.random() < 0.4 else ()
    return Seen(resident_id, "well", mood="good", note=note, observed=observed)
