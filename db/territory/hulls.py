"""What surrounds the drawn parts of an area that nobody has drawn, kept so that a map need not read them all."""

from collections.abc import Collection
from typing import Any

import shapely
from sqlalchemy import or_, select, update
from sqlmodel import Session

from db.territory.areas import Area
from db.work import Work, before_commit

_A = Area.__table__.c  # type: ignore[attr-defined]

AT_ONCE = 500


@before_commit
def keep_hulls(work: Work) -> None:
    """Keep the hulls of the touched areas and of all that enclose them, in the same transaction."""
    if "areas" in work.topics:
        refresh(work.session, None if "/" in work.places else _ids_of(work.places))


def _ids_of(places: Collection[str]) -> set[int]:
    return {int(step) for place in places for step in place.split("/") if step.isdigit()}


def refresh(session: Session, ids: Collection[int] | None) -> None:
    """Work out the hulls of the areas `ids` (None: all), those that lie deepest first."""
    query = select(_A.id, _A.area_path, _A.hull).where(_A.shape.is_(None))
    if ids is None:
        rows: list[Any] = list(session.execute(query))
    else:
        rows, wanted = [], sorted(ids)
        for start in range(0, len(wanted), AT_ONCE):
            rows += session.execute(query.where(_A.id.in_(wanted[start : start + AT_ONCE])))
    for row in sorted(rows, key=lambda one: one.area_path.count("/"), reverse=True):
        hull = _hull(session, row.id)
        if hull != row.hull:
            session.execute(update(Area).where(_A.id == row.id).values(hull=hull))


def _hull(session: Session, area_id: int) -> dict[str, Any] | None:
    """Around the open parts of an area that are drawn, or have something drawn in them."""
    parts = session.execute(
        select(_A.shape, _A.hull)
        .where(
            _A.parent_id == area_id, _A.closed_on.is_(None), or_(_A.shape.is_not(None), _A.hull.is_not(None))
        )
        .order_by(_A.id)
    )
    found = [shapely.geometry.shape(part.shape or part.hull) for part in parts]
    if not found:
        return None
    corners = shapely.union_all(found).convex_hull.exterior.coords
    return {"type": "Polygon", "coordinates": [[[round(x, 7), round(y, 7)] for x, y in corners]]}
