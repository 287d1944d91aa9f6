"""How the last week went, for those who lead: what is in time now and was a week before, area by area."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from db.access import outermost, within
from db.insight.past import CoverageDay, last_day
from db.territory.areas import Area, Level
from db.work import Work, query

_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]
_C = CoverageDay.__table__.c  # type: ignore[attr-defined]

DAYS = 7
FEWEST = 5  # people in care below which a share says nothing


@dataclass(frozen=True)
class AreaWeek:
    """One area at the end of `day` and a week earlier. Shares are of the people in care, from 0 to 1."""

    area_id: int
    name: str
    day: date
    in_care: int
    late: int
    share: float | None
    share_before: float | None

    @property
    def change(self) -> float:
        """By how much the share rose; below 0 it got worse."""
        return (self.share or 0.0) - (self.share_before or 0.0) if self.share_before is not None else 0.0


@query("visit.view")
def held(work: Work) -> list[AreaWeek]:
    """The areas that the viewer holds; the highest ones for whoever sees all. Empty before the first day is over."""
    if work.viewer.scope("visit.view") == "all":
        which: Any = _A.parent_id.is_(None)
    else:
        which = _A.area_path.in_(list(outermost(work.viewer.areas)))
    return _weeks(work, which)


@query("visit.view")
def worse(work: Work, limit: int = 5) -> list[AreaWeek]:
    """The grids in the viewer's areas whose share got worse within a week, worst first."""
    inside = within(work.viewer, "visit.view", _A.area_path)
    found = _weeks(work, inside & (_L.role != "") & _L.holds_homes.is_(False))
    fallen = [one for one in found if one.in_care >= FEWEST and one.change < -0.005]
    return sorted(fallen, key=lambda one: (one.change, one.area_id))[:limit]


def _weeks(work: Work, which: Any) -> list[AreaWeek]:
    day = last_day(work.session)
    if day is None:
        return []
    rows = work.session.execute(
        select(_A.id, _A.name, _C.day, _C.in_care, _C.in_time)
        .join(Level, _L.code == _A.level)
        .join(CoverageDay, _C.area_id == _A.id)
        .where(which, _A.closed_on.is_(None), _C.day.in_([day, day - timedelta(days=DAYS)]))
        .order_by(_A.area_path, _C.day)
    )
    pairs: dict[int, dict[date, Any]] = {}
    for row in rows:
        pairs.setdefault(row.id, {})[row.day] = row
    return [_week(two[day], two.get(day - timedelta(days=DAYS)), day) for two in pairs.values() if day in two]


def _week(now: Any, before: Any, day: date) -> AreaWeek:
    return AreaWeek(
        now.id, now.name, day, now.in_care, now.in_care - now.in_time, _share(now),
        _share(before) if before is not None else None,
    )  # fmt: skip


def _share(row: Any) -> float | None:
    return row.in_time / row.in_care if row.in_care else None
