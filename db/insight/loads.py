"""How much each holder carries: the areas held in one role, and the people in care who live there.

Kept by the transactions that change it, like the figures per area, so that asking who carries too much
reads those who do and nobody else.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Index, and_, column, delete, func, insert, or_, select, table
from sqlmodel import Field, Session, SQLModel

from db import clock
from db.access import below
from db.identity import setting
from db.territory.holes import area_limits
from db.territory.posts import Post, active_on

CARE_LIMITS = {"building_lead": 20, "block_lead": 60, "grid_worker": 100}
"""People in care that one person may look after in a role; the setting `care_limit_<role>` says otherwise."""

AT_ONCE = 300

_P = Post.__table__.c  # type: ignore[attr-defined]
_COUNT = table("area_count", column("area_id"), column("in_care"))  # of `counts`, which calls this module


class HolderLoad(SQLModel, table=True):
    """What one person (`holder_key` of posts) holds today in one role."""

    __tablename__ = "holder_load"
    __table_args__ = (
        Index("ix_holder_load_areas", "role", "areas"),
        Index("ix_holder_load_in_care", "role", "in_care"),
    )

    holder_key: str = Field(primary_key=True)
    role: str = Field(primary_key=True)
    areas: int = 0
    in_care: int = 0  # people in care in these areas, each counted once


_H = HolderLoad.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Limits:
    """The most that one person should carry in a role."""

    areas: int
    in_care: int


def limits(session: Session) -> dict[str, Limits]:
    """The limits by role."""
    areas = area_limits(session)
    return {
        role: Limits(areas[role], int(setting(session, f"care_limit_{role}", str(most))))
        for role, most in CARE_LIMITS.items()
    }


def recount(session: Session, area_ids: Collection[int] | None, holders: Collection[str] = ()) -> bool:
    """Add up anew what is carried by whoever holds or held one of these areas (None: all), and by `holders`.

    Returns whether anybody carries more or less than before.
    """
    if area_ids is None:
        keys = None
    else:
        found = select(_P.holder_key).where(_P.area_id.in_(list(area_ids))).distinct()
        keys = sorted({*holders, *session.execute(found).scalars()})
        if not keys:
            return False
    before = _kept(session, keys)
    now = _carried(session, keys)
    changed = {one for one in {*before, *now} if before.get(one) != now.get(one)}
    for holder_key, role in sorted(changed & set(before)):
        session.execute(delete(HolderLoad).where(_H.holder_key == holder_key, _H.role == role))
    rows = [
        {"holder_key": one[0], "role": one[1], "areas": now[one][0], "in_care": now[one][1]}
        for one in sorted(changed & set(now))
    ]
    if rows:
        session.execute(insert(HolderLoad), rows)
    return bool(changed)


_Sums = dict[tuple[str, str], tuple[int, int]]


def _kept(session: Session, keys: Sequence[str] | None) -> _Sums:
    query = select(_H.holder_key, _H.role, _H.areas, _H.in_care)
    return {(row[0], row[1]): (row[2], row[3]) for row in _for_keys(session, query, _H.holder_key, keys)}


def _carried(session: Session, keys: Sequence[str] | None) -> _Sums:
    query = (
        select(_P.holder_key, _P.role, _P.area_path, func.coalesce(_COUNT.c.in_care, 0))
        .outerjoin(_COUNT, _COUNT.c.area_id == _P.area_id)
        .where(active_on(clock.today()))
    )
    held: dict[tuple[str, str], dict[str, int]] = {}
    for key, role, path, in_care in _for_keys(session, query, _P.holder_key, keys):
        held.setdefault((key, role), {})[path] = in_care
    return {one: (len(paths), sum(paths[path] for path in apart(paths))) for one, paths in held.items()}


def _for_keys(session: Session, query: Any, column: Any, keys: Sequence[str] | None) -> Iterable[Any]:
    if keys is None:
        yield from session.execute(query)
        return
    for start in range(0, len(keys), AT_ONCE):
        yield from session.execute(query.where(column.in_(keys[start : start + AT_ONCE])))


def apart(paths: Iterable[str]) -> list[str]:
    """The areas that lie in no other of them: who lives in both is counted once."""
    outer: list[str] = []
    for path in sorted(paths):
        if not outer or not path.startswith(outer[-1]):
            outer.append(path)
    return outer


@dataclass(frozen=True)
class Load:
    """Somebody who carries too much: what they hold in a role, as (area, path) in the order of the tree."""

    holder_key: str
    role: str
    holder: str
    held: tuple[tuple[int, str], ...]
    in_care: int
    most: Limits


def overloaded(
    session: Session, area_path: str, *, whole: bool, by_care: bool, most: int
) -> tuple[list[Load], int]:
    """Whoever carries too much and holds something in an area: at most `most`, the heaviest first, and how many.

    `whole` says that the area holds everything, which saves looking where posts lie. Without `by_care` only the
    number of areas counts, also for the order: for those who may not know how many people are in care.
    """
    allowed = limits(session)
    over = []
    for role, one in allowed.items():
        many = or_(_H.areas > one.areas, _H.in_care > one.in_care) if by_care else _H.areas > one.areas
        over.append(and_(_H.role == role, many))
    query = select(_H.holder_key, _H.role, _H.in_care).where(or_(*over))
    if not whole:
        here = select(_P.holder_key, _P.role).where(below(_P.area_path, area_path), active_on(clock.today()))
        inside = here.distinct().subquery()
        query = query.join(inside, and_(inside.c.holder_key == _H.holder_key, inside.c.role == _H.role))
    number = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    if not number:
        return [], 0
    order = (_H.in_care.desc(), _H.areas.desc()) if by_care else (_H.areas.desc(),)
    rows = session.execute(query.order_by(*order, _H.holder_key, _H.role).limit(most)).all()
    held: dict[tuple[str, str], list[Any]] = {}
    for post in session.execute(
        select(_P.holder_key, _P.role, _P.holder, _P.area_id, _P.area_path)
        .where(_P.holder_key.in_({row.holder_key for row in rows}), active_on(clock.today()))
        .order_by(_P.area_path)
    ):
        held.setdefault((post.holder_key, post.role), []).append(post)
    return [
        Load(
            row.holder_key, row.role, posts[0].holder, tuple((post.area_id, post.area_path) for post in posts),
            row.in_care, allowed[row.role],
        )
        for row in rows
        if (posts := held.get((row.holder_key, row.role), []))
    ], number  # fmt: skip
