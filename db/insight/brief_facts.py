"""What a brief is written from: the figures of a month beside earlier ones, and where the net tore.

Whoever writes it, a brief is read by everybody who reaches its area. So its facts are always those that a leader of
that area may know: names masked, small counts of people whose records leaders may not open told only about.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from sqlalchemy import and_, func, select

from db import clock, parsing
from db.access import below
from db.care.tables import Due
from db.errors import Refused
from db.insight import behind, charts, periods
from db.insight.charts import Place, Reading, Table
from db.insight.figures import FIGURES
from db.insight.periods import Period
from db.system import community
from db.territory.areas import Area, Level
from db.territory.posts import Post, active_on
from db.work import Work, query

YEAR: Final = 12
"""So many months before the month is the same one of the year before."""
KEY: Final = ("in_time", "contacts", "filled", "hours", "participants", "held")
"""The figures of the small table of a brief."""
LONGEST: Final = 3
"""So many of the people who have waited longest are told of."""
MANY: Final = 2_000
MOST_IN_CARE: Final = 10_000
"""Where more people are in care, no single one is told of: a district is not told by three people."""
SPOKEN: Final = ("contacts", "attempts", "in_care", "filled", "serving", "dates", "joined")
"""When all of these (of shifts: those that began) are nothing, nothing is recorded of a month."""

RECORDED: Final = ("visits", "care", "shifts", "hours", "sessions", "attendance")
"""Sources that know nothing of the time before their first record."""

_D = Due.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]
_P = Post.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Waiting:
    """Somebody who was not reached in time and not met since: who, the part of the area they live in, and the days
    unseen on the day of the brief.
    """

    id: int
    name: str
    area: str
    days: int


@dataclass(frozen=True)
class Still:
    """Of those not reached in time at the end of the month: who is in care and was not met until the day of the brief."""

    people: int
    parts: Mapping[int, int]  # by the part of the area they live in
    longest: tuple[Waiting, ...]


@dataclass(frozen=True)
class Empty:
    """An area without anybody responsible at the end of the month, in which part (0: none); `since` somebody is now."""

    id: int
    name: str
    part: int
    since: bool


@dataclass(frozen=True)
class Facts:
    """All that a brief can say. `table` ends with the month and begins with the same month of the year before."""

    table: Table
    targets: Mapping[str, int]
    still: Still | None  # None: so many are in care that no single one is looked at
    short: tuple[
        tuple[str, int], ...
    ]  # what the shifts were that lacked people, and how many each, most first
    empty: tuple[Empty, ...]
    urgent: int | None  # items open on the day of the brief; None where that says nothing of the month
    begins: Mapping[str, date] = field(default_factory=dict)  # on which day the records of a source begin
    number: int = 1  # the how manieth brief of the month this is

    @property
    def here(self) -> Place:
        return self.table.here

    @property
    def period(self) -> Period:
        return self.table.periods[-1]

    def reading(self, code: str, back: int = 0, area_id: int | None = None) -> Reading | None:
        """A figure of so many months before the month; None where it is not known, or its records begin later.

        Of an earlier month that is only known in part nothing is told either: it is no measure.
        """
        figure = FIGURES.get(code)
        if figure is not None and figure.source in RECORDED:
            period, begins = self.table.periods[-1 - back], self.begins.get(figure.source)
            if begins is None or begins > (period.first if back else period.last):
                return None
        return self.table.of(code, area_id)[-1 - back] if code in self.table.readings[self.here.id] else None

    def starts(self, source: str) -> date | None:
        """The day within the month, or after it, from which on there are records; None where all of it is known."""
        begins = self.begins.get(source)
        return begins if begins is not None and begins > self.period.first else None

    def known(self, back: int = 0) -> bool:
        """Whether anything is recorded of the month, or of one so many before it."""
        codes = [code for code in SPOKEN if not back or FIGURES[code].source in RECORDED]
        told = [one for code in codes if (one := self.reading(code, back)) is not None]
        return any((one.below or one.above)[1] > 0 for one in told)


def month_of(key: str) -> Period:
    """A month that is over. Refused `period.unknown`."""
    found = periods.parse(key)
    if found.unit != "month" or not found.over:
        raise Refused("period.unknown", written=key[:20])
    return found


def for_everybody(work: Work, here: Place) -> Work:
    """The same unit of work with the eyes of a leader of the area: whoever may read the brief may know this."""
    return replace(work, viewer=replace(work.viewer, role="leader", areas=(here.path,)))


@query("brief.view")
def facts(work: Work, *, area_id: int, month: str) -> Facts:
    """What there is to say of an area and a month that is over. What was corrected must have been settled before.

    Refused `area.not_found`, `period.unknown`.
    """
    here, period = charts.place(work, area_id), month_of(month)
    eyes = for_everybody(work, here)
    table = charts.table(eyes, codes=FIGURES, area_id=here.id, last=period.key, back=YEAR + 1, parts=True)
    targets = {code: int(community.get(work, f"target_{code}")) for code in ("in_time", "filled")}
    return Facts(
        table,
        targets,
        _still(eyes, table, period),
        _short(eyes, here, period),
        _empty(eyes, table, period),
        _urgent(eyes, here) if period == periods.of(table.day).back() else None,
        _begins(eyes),
    )


def _begins(work: Work) -> dict[str, date]:
    """Who is in care is kept day by day from the same day on as their visits."""
    found = dict(charts.begins(work))
    return found | ({"care": found["visits"]} if "visits" in found else {})


def _still(work: Work, table: Table, period: Period) -> Still | None:
    cared = table.last("in_care")
    if cared is None or cared.above[1] > MOST_IN_CARE:
        return None
    found = behind.rows(work, figure="late", area_id=table.here.id, period=period.key, limit=MOST_IN_CARE)
    unmet = and_(_D.care_since.is_not(None), func.coalesce(_D.last_on, _D.care_since) <= period.last)
    lives = dict(
        work.session.execute(
            select(_D.resident_id, _D.place).where(
                _D.resident_id.in_([row.id for row in found.rows]),
                unmet,
                below(_D.area_path, table.here.path),
            )
        ).all()
    )
    homes = {
        who: next((part for part in table.parts if place.startswith(part.path)), None)
        for who, place in lives.items()
    }
    return Still(
        len(lives),
        Counter(part.id for part in homes.values() if part is not None),
        tuple(
            Waiting(
                row.id,
                parsing.mask_name(row.name) if "*" not in row.name else row.name,
                part.name if (part := homes[row.id]) is not None else "",
                row.facts["unseen"] + (table.day - period.last).days,
            )
            for row in [one for one in found.rows if one.id in lives][:LONGEST]
        ),
    )


def _short(work: Work, here: Place, period: Period) -> tuple[tuple[str, int], ...]:
    found = behind.rows(work, figure="filled", area_id=here.id, period=period.key, rest=True, limit=MANY)
    return tuple(Counter(row.name for row in found.rows).most_common())


def _empty(work: Work, table: Table, period: Period) -> tuple[Empty, ...]:
    found = behind.rows(work, figure="held", area_id=table.here.id, period=period.key, rest=True, limit=MANY)
    ids = [row.id for row in found.rows]
    paths = dict(work.session.execute(select(_A.id, _A.area_path).where(_A.id.in_(ids))).all())
    held = (
        select(_P.area_id)
        .join(Area, _A.id == _P.area_id)
        .join(Level, and_(_L.code == _A.level, _L.role == _P.role))
        .where(_P.area_id.in_(ids), active_on(clock.today()))
    )
    now = set(work.session.execute(held).scalars())
    return tuple(
        Empty(
            row.id,
            row.name,
            next((part.id for part in table.parts if paths[row.id].startswith(part.path)), 0),
            row.id in now,
        )
        for row in found.rows
    )


def _urgent(work: Work, here: Place) -> int:
    inside = (_D.urgent.is_(True), below(_D.area_path, here.path))
    return int(work.session.execute(select(func.count()).select_from(Due).where(*inside)).scalar_one())
