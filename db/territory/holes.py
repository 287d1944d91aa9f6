"""Holes in the net: where nobody is responsible, or soon nobody, or one person for too much."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlmodel import Session

from db import clock
from db.access import below, within
from db.errors import Refused
from db.identity import setting
from db.territory.areas import Area, Level, trails
from db.territory.posts import Post, active_on
from db.work import Work, query

ENDS_WITHIN = timedelta(days=14)
LOAD_LIMITS = {"building_lead": 3, "block_lead": 2, "grid_worker": 1}
"""Areas that one person may hold in a role; the setting `load_limit_<role>` says otherwise."""

KINDS = ("hole.nobody", "hole.too_much", "hole.ending", "hole.no_deputy")
"""Worst first."""

_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]
_P = Post.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Hole:
    """One thing to mend. `trail` names the area from the root down; `page` and `params` are where it is mended.

    Facts by code: nobody `role` · too_much `holder`, `role`, `areas`, `limit` · ending `holder`, `role`, `until` ·
    no_deputy `holder`, `role`.
    """

    code: str
    area_id: int
    area_path: str
    trail: tuple[str, ...]
    page: str
    params: dict[str, str]
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Holes:
    """The worst holes, and how many there are of each kind (`KINDS`)."""

    rows: list[Hole]
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def area_limits(session: Session) -> dict[str, int]:
    """How many areas one person may hold, by role."""
    return {
        role: int(setting(session, f"load_limit_{role}", str(most))) for role, most in LOAD_LIMITS.items()
    }


@query("coverage.view")
def holes(work: Work, *, area_id: int | None = None, limit: int = 50) -> Holes:
    """What is missing in the viewer's areas, or in one area and below, worst first, at most `limit` rows.

    Nobody: an open area whose level expects a post that nobody holds today; upper levels first.
    Too much: one person holds more areas in one role than the limit (areas are counted here, not people).
    Ending: a post that ends within 14 days and nobody follows. No deputy: a post held today without one.
    Refused `area.not_found`.
    """
    place = _place(work, area_id)
    today = clock.today()
    limits = area_limits(work.session)
    questions = {
        "hole.nobody": _nobody(place(_A.area_path), today),
        "hole.too_much": _too_much(work, place(_P.area_path), today, limits),
        "hole.ending": _ending(place(_P.area_path), today),
        "hole.no_deputy": _no_deputy(place(_P.area_path), today),
    }
    counts: dict[str, int] = {}
    found: list[tuple[str, Row[Any]]] = []
    for code, question in questions.items():
        counts[code] = work.session.execute(
            select(func.count()).select_from(question.order_by(None).subquery())
        ).scalar_one()
        room = limit - len(found)
        if counts[code] and room > 0:
            found += [(code, row) for row in work.session.execute(question.limit(room))]
    names = trails(work, area_ids={row.area_id for _, row in found}) if found else {}
    return Holes([_hole(code, row, names.get(row.area_id, ()), limits) for code, row in found], counts)


def _place(work: Work, area_id: int | None) -> Any:
    path = None
    if area_id is not None:
        path = work.session.execute(
            select(_A.area_path).where(_A.id == area_id, within(work.viewer, "coverage.view", _A.area_path))
        ).scalar()
        if path is None:
            raise Refused("area.not_found")

    def inside(column: ColumnElement[str]) -> ColumnElement[bool]:
        seen = within(work.viewer, "coverage.view", column)
        return and_(seen, below(column, path)) if path else seen

    return inside


def _nobody(inside: ColumnElement[bool], today: date) -> Select[Any]:
    held = exists().where(_P.area_id == _A.id, _P.role == _L.role, active_on(today))
    return (
        select(_A.id.label("area_id"), _A.area_path, _L.role)
        .join(Level, _L.code == _A.level)
        .where(_A.closed_on.is_(None), _L.role != "", inside, ~held)
        .order_by(_L.position, _A.area_path)
    )


def _too_much(work: Work, inside: ColumnElement[bool], today: date, limits: dict[str, int]) -> Select[Any]:
    # Whoever holds something inside is asked about, with all that they hold.
    here = select(_P.holder_key).where(inside, active_on(today))
    number = func.count(_P.area_id.distinct())
    over = or_(*(and_(_P.role == role, number > most) for role, most in limits.items()))
    return (
        select(
            func.min(_P.area_id).label("area_id"), func.min(_P.area_path).label("area_path"), _P.role,
            func.max(_P.holder).label("holder"), number.label("areas"),
        )
        .where(
            within(work.viewer, "coverage.view", _P.area_path), active_on(today), _P.holder_key.in_(here)
        )
        .group_by(_P.holder_key, _P.role)
        .having(over)
        .order_by(number.desc(), _P.holder_key)
    )  # fmt: skip


def _ending(inside: ColumnElement[bool], today: date) -> Select[Any]:
    after = Post.__table__.alias("after").c  # type: ignore[attr-defined]
    followed = exists().where(
        after.area_id == _P.area_id, after.role == _P.role, after.since > _P.until, after.withdrawn_at.is_(None)
    )  # fmt: skip
    return _of_posts().where(inside, active_on(today), _P.until <= today + ENDS_WITHIN, ~followed).order_by(
        _P.until, _P.area_path
    )  # fmt: skip


def _no_deputy(inside: ColumnElement[bool], today: date) -> Select[Any]:
    return (
        _of_posts()
        .join(Area, _A.id == _P.area_id)
        .join(Level, _L.code == _A.level)
        .where(inside, active_on(today), _P.deputy == "")
        .order_by(_L.position, _P.area_path)
    )


def _of_posts() -> Select[Any]:
    return select(_P.id.label("post_id"), _P.area_id, _P.area_path, _P.role, _P.holder, _P.until)


def _hole(code: str, row: Row[Any], trail: tuple[str, ...], limits: dict[str, int]) -> Hole:
    params: dict[str, str]
    if code == "hole.nobody":
        params = {"new": "1", "area_id": str(row.area_id), "role": row.role}
        facts: dict[str, Any] = {"role": row.role}
    elif code == "hole.too_much":
        params = {"q": row.holder, "role": row.role}
        facts = {"holder": row.holder, "role": row.role, "areas": row.areas, "limit": limits[row.role]}
    else:
        params = {"id": str(row.post_id), "tab": "edit"}
        facts = {"holder": row.holder, "role": row.role}
        if code == "hole.ending":
            params = {"id": str(row.post_id), "do": "hand_over"}
            facts["until"] = row.until
    return Hole(code, row.area_id, row.area_path, trail, "posts", params, facts)
