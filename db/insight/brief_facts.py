"""What a brief is written from: the figures of a month beside earlier ones, and where the net tore.

Whoever writes it, a brief is read by everybody who reaches its area. So its facts are always those that a leader of
that area may know: names masked, small counts of people whose records leaders may not open told only about.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import func, select

from db import parsing
from db.access import below
from db.care.tables import Due
from db.errors import Refused
from db.insight import behind, charts, periods
from db.insight.charts import Place, Reading, Table
from db.insight.figures import FIGURES
from db.insight.periods import Period
from db.people.tables import Resident
from db.system import community
from db.territory.areas import Area
from db.work import Work, query

YEAR: Final = 12
"""So many months before the month is the same one of the year before."""
KEY: Final = ("in_time", "contacts", "filled", "hours", "participants", "held")
"""The figures of the small table of a brief."""
LONGEST: Final = 3
"""So many of the people who have waited longest are told of."""
MANY: Final = 200
MOST_IN_CARE: Final = 10_000
"""Where more people are in care, no single one is told of: a district is not told by three people."""
SPOKEN: Final = ("contacts", "attempts", "in_care", "filled", "serving", "dates", "joined")
"""When all of these (of shifts: those that began) are nothing, nothing is recorded of a month."""

_D = Due.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Waiting:
    """Somebody who was not reached in time: the masked name, the part of the area they live in, and the days."""

    name: str
    area: str
    days: int


@dataclass(frozen=True)
class Empty:
    """An area without anybody responsible at the end of the month; `since` somebody is now."""

    name: str
    level: str
    since: bool


@dataclass(frozen=True)
class Facts:
    """All that a brief can say. `table` ends with the month and begins with the same month of the year before."""

    table: Table
    targets: Mapping[str, int]
    waiting: tuple[Waiting, ...]
    short: tuple[
        tuple[str, int], ...
    ]  # what the shifts were that lacked people, and how many each, most first
    empty: tuple[Empty, ...]
    urgent: int  # items open on the day of the brief

    @property
    def here(self) -> Place:
        return self.table.here

    @property
    def period(self) -> Period:
        return self.table.periods[-1]

    def reading(self, code: str, back: int = 0, area_id: int | None = None) -> Reading | None:
        """A figure of so many months before the month; None where it is not known."""
        return self.table.of(code, area_id)[-1 - back] if code in self.table.readings[self.here.id] else None

    def known(self, back: int = 0) -> bool:
        """Whether anything is recorded of the month, or of one so many before it."""
        told = [one for code in SPOKEN if (one := self.reading(code, back)) is not None]
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
        _waiting(eyes, table, period),
        _short(eyes, here, period),
        _empty(eyes, here, period),
        _urgent(eyes, here),
    )


def _waiting(work: Work, table: Table, period: Period) -> tuple[Waiting, ...]:
    cared = table.last("in_care")
    if cared is None or cared.above[1] > MOST_IN_CARE:
        return ()
    found = behind.rows(work, figure="late", area_id=table.here.id, period=period.key, limit=LONGEST)
    ids = [row.id for row in found.rows]
    lives = dict(work.session.execute(select(_R.id, _R.place).where(_R.id.in_(ids))).all()) if ids else {}
    return tuple(
        Waiting(
            parsing.mask_name(row.name) if "*" not in row.name else row.name,
            next((part.name for part in table.parts if lives.get(row.id, "").startswith(part.path)), ""),
            row.facts["unseen"],
        )
        for row in found.rows
    )


def _short(work: Work, here: Place, period: Period) -> tuple[tuple[str, int], ...]:
    found = behind.rows(work, figure="filled", area_id=here.id, period=period.key, rest=True, limit=MANY)
    return tuple(Counter(row.name for row in found.rows).most_common())


def _empty(work: Work, here: Place, period: Period) -> tuple[Empty, ...]:
    found = behind.rows(work, figure="held", area_id=here.id, period=period.key, rest=True, limit=MANY)
    return tuple(Empty(row.name, row.facts["level"], bool(row.facts["holder"])) for row in found.rows)


def _urgent(work: Work, here: Place) -> int:
    inside = (_D.urgent.is_(True), below(_D.area_path, here.path))
    return int(work.session.execute(select(func.count()).select_from(Due).where(*inside)).scalar_one())
