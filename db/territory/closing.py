"""Closing an area that is no more, and opening it again. An area is never deleted: history names it."""

from collections.abc import Callable
from datetime import date, timedelta

from sqlalchemy import func, select

from db import clock, keeping
from db.access import below
from db.errors import Refused
from db.territory.areas import Area, check_free, check_parent, row_of, write
from db.territory.posts import POSTS, Post
from db.work import Work, command

_A = Area.__table__.c  # type: ignore[attr-defined]
_P = Post.__table__.c  # type: ignore[attr-defined]

People = Callable[[Work, str], int]
_living: list[People] = []


def counts_people(count: People) -> People:
    """`count(work, area_path)` says how many people live in an area; while there are any it stays open."""
    _living.append(count)
    return count


@command("area.edit")
def close(work: Work, *, area_id: int, day: date | None = None) -> None:
    """Close an area from `day` (today) on; who was responsible for it is so no longer.

    Refused `area.not_found`, `area.closed`, and `area.in_use` with the numbers of `areas` in it that are
    open and of `people` who live there.
    """
    row = row_of(work, area_id, lock=True)
    if row.closed_on is not None:
        raise Refused("area.closed", name=row.name)
    inside = select(func.count()).where(
        below(_A.area_path, row.area_path), _A.closed_on.is_(None), _A.id != area_id
    )
    areas = work.session.execute(inside).scalar_one()
    people = sum(count(work, row.area_path) for count in _living)
    if areas or people:
        raise Refused("area.in_use", name=row.name, areas=areas, people=people)
    day = day or clock.today()
    write(work, row, {"closed_on": day})
    _end_posts(work, area_id, day - timedelta(days=1))


def _end_posts(work: Work, area_id: int, last: date) -> None:
    """Posts that go on end on `last`; one that had not begun by then ends on the day it begins."""
    going_on = work.session.execute(
        select(_P.id, _P.version, _P.since).where(
            _P.area_id == area_id, _P.withdrawn_at.is_(None), (_P.until.is_(None)) | (_P.until > last)
        )
    ).all()
    for post in going_on:
        keeping.edit(work, POSTS, post.id, post.version, {"until": max(last, post.since)})


@command("area.edit")
def reopen(work: Work, *, area_id: int) -> None:
    """Open a closed area again. Its posts stay ended.

    Refused `area.not_found`, `area.open`, `area.parent_closed`, `area.name_taken`, `area.code_taken`.
    """
    row = row_of(work, area_id, lock=True)
    if row.closed_on is None:
        raise Refused("area.open", name=row.name)
    check_parent(work, row.level, row_of(work, row.parent_id) if row.parent_id is not None else None)
    check_free(work, row.parent_id, {row.name: row.number}, row.code, but=area_id)
    write(work, row, {"closed_on": None})
