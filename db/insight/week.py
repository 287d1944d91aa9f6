"""How the last week went, for those who lead: what is in time today, as the map shows it, and was a week before."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, select

from db import clock
from db.access import within
from db.insight import small
from db.insight.counts import AreaCount
from db.insight.past import CoverageDay
from db.territory.areas import Area, Level
from db.work import Work, query

_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]
_C = CoverageDay.__table__.c  # type: ignore[attr-defined]
_N = AreaCount.__table__.c  # type: ignore[attr-defined]

DAYS = 7
FEWEST = 5  # people in care below which a share says nothing


@dataclass(frozen=True)
class AreaWeek:
    """One area today and a week ago: the shares of the people in care who were reached in time, from 0 to 1."""

    area_id: int
    name: str
    share: float
    share_before: float

    @property
    def points(self) -> int:
        """By how many points the share rose, as it is written; below 0 it got worse."""
        return small.whole_percent(self.share) - small.whole_percent(self.share_before)


def day_before() -> date:
    """The day with whose end today is compared."""
    return clock.today() - timedelta(days=DAYS)


@query("visit.view")
def since(work: Work, area_id: int) -> AreaWeek | None:
    """How an area stands today beside a week ago; None when there is nothing to compare, or it is not the viewer's."""
    found = _weeks(work, _A.id == area_id)
    return found[0] if found else None


@query("visit.view")
def worse(work: Work, limit: int = 5) -> list[AreaWeek]:
    """The grids in the viewer's areas whose share got worse within a week, worst first."""
    grids = (_L.role != "") & _L.holds_homes.is_(False)
    fallen = [one for one in _weeks(work, grids & (_N.in_care >= FEWEST)) if one.points < 0]
    return sorted(fallen, key=lambda one: (one.share - one.share_before, one.area_id))[:limit]


def _weeks(work: Work, which: ColumnElement[bool]) -> list[AreaWeek]:
    rows = work.session.execute(
        select(
            _A.id, _A.name, _N.in_care, _N.in_time, _C.in_care.label("in_care_before"), _C.in_time.label("in_time_before")
        )
        .join(Level, _L.code == _A.level)
        .join(AreaCount, _N.area_id == _A.id)
        .join(CoverageDay, _C.area_id == _A.id)
        .where(
            which, within(work.viewer, "visit.view", _A.area_path), _A.closed_on.is_(None), _C.day == day_before(),
            _N.in_care > 0, _C.in_care > 0,
        )
        .order_by(_A.area_path)
    )  # fmt: skip
    return [
        AreaWeek(row.id, row.name, row.in_time / row.in_care, row.in_time_before / row.in_care_before)
        for row in rows
    ]
