"""Stars: a ladder of credited hours that is data. Everybody looks at their own, and nobody at anybody else's."""

import math
from dataclasses import dataclass

from sqlalchemy import select, update

from db.errors import Refused
from db.volunteers.approving import Totals, totals
from db.volunteers.hours import TOPIC
from db.volunteers.signing_up import own
from db.volunteers.tables import Star
from db.work import Work, command, query

DEFAULT = (
    (1, 100, "一星志愿者", "One star"),
    (2, 300, "二星志愿者", "Two stars"),
    (3, 600, "三星志愿者", "Three stars"),
    (4, 1000, "四星志愿者", "Four stars"),
    (5, 1500, "五星志愿者", "Five stars"),
)
MOST_HOURS = 100_000

_L = Star.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Step:
    """One step of the ladder: from how many credited hours on."""

    level: int
    hours: int
    name: str
    name_en: str


def steps(work: Work) -> list[Step]:
    """The ladder, lowest first; the usual one while nobody decided another."""
    rows = work.session.execute(select(Star.__table__).order_by(_L.hours)).all()  # type: ignore[attr-defined]
    return [Step(row.level, row.hours, row.name, row.name_en) for row in rows] or [
        Step(*one) for one in DEFAULT
    ]


@query("settings.edit")
def ladder(work: Work) -> list[Step]:
    """The ladder as it is set."""
    return steps(work)


def ensure_stars(work: Work) -> None:
    """Write the usual ladder where there is none yet."""
    if work.session.execute(select(_L.level).limit(1)).first() is None:
        work.session.add_all([Star(level=level, hours=hours, name=name, name_en=english) for level, hours, name, english in DEFAULT])  # fmt: skip
        work.session.flush()


@command("settings.edit")
def change_step(work: Work, *, level: int, hours: int, name: str, name_en: str = "") -> None:
    """Say from how many hours on a step is reached, and what it is called.

    Refused `record.not_found`, `star.name`, `star.hours` (not between the steps below and above).
    """
    ensure_stars(work)
    now = {one.level: one for one in steps(work)}
    if level not in now:
        raise Refused("record.not_found")
    if not name.strip():
        raise Refused("star.name")
    lower = max((one.hours for one in now.values() if one.level < level), default=0)
    upper = min((one.hours for one in now.values() if one.level > level), default=MOST_HOURS)
    if not lower < hours < upper:
        raise Refused("star.hours", lower=lower, upper=upper)
    work.session.execute(
        update(Star).where(_L.level == level).values(hours=hours, name=name.strip()[:20], name_en=name_en.strip()[:30])
    )  # fmt: skip
    work.log("star", level, name.strip()[:20], {"hours": (now[level].hours, hours), "name": (now[level].name, name.strip()[:20])})  # fmt: skip
    work.touch(TOPIC)


@dataclass(frozen=True)
class Standing:
    """Where one volunteer stands. `missing`: hours until `above`, rounded up to a tenth."""

    totals: Totals
    at: Step | None
    above: Step | None
    missing: float


def standing(work: Work, volunteer_id: int) -> Standing:
    """Only credited hours count."""
    sums = totals(work, volunteer_id)
    hours = sums.credited / 60
    reached = [one for one in steps(work) if one.hours <= hours]
    ahead = [one for one in steps(work) if one.hours > hours]
    missing = math.ceil((ahead[0].hours * 60 - sums.credited) / 6) / 10 if ahead else 0.0
    return Standing(sums, reached[-1] if reached else None, ahead[0] if ahead else None, missing)


@query("volunteer.self")
def mine(work: Work) -> Standing:
    """The viewer's own. Refused `volunteer.none`."""
    return standing(work, own(work).id)
