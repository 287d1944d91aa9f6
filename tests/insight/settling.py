"""What tests of kept figures begin with: another day, what is kept, and that it equals a full recount."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from db import access, clock, engine
from db.identity import SignIn
from db.insight import closing
from db.insight.closing import PeriodFigure
from tests.conftest import NOON

Kept = dict[tuple[int, str], tuple[dict[str, Any], dict[str, Any]]]
"""By area and period: the figures as they were closed, and as they are now."""


@contextmanager
def on(later: int) -> Iterator[None]:
    """So many days after the day of all tests; nobody was signed out meanwhile."""
    with clock.at(NOON + timedelta(days=later)):
        with engine.writing() as session:
            session.execute(update(SignIn).values(seen_at=clock.now()))
        yield


def kept() -> Kept:
    with engine.reading() as session:
        return {
            (row.area_id, row.period): (dict(row.closed), dict(row.now))
            for row in session.execute(select(PeriodFigure)).scalars()
        }


class _Undone(Exception):
    pass


def recounted() -> Kept:
    """What a full recount would keep."""
    try:
        with engine.writing() as session:
            closing.recount(session)
            found = {
                (row.area_id, row.period): (dict(row.closed), dict(row.now))
                for row in session.execute(
                    select(PeriodFigure).execution_options(populate_existing=True)
                ).scalars()
            }
            raise _Undone
    except _Undone:
        return found


def assert_settled(before: Kept | None = None) -> Kept:
    """After settling, everything kept is what a recount gives, and what was closed is as it was."""
    closing.settle(access.system())
    now, should = kept(), recounted()
    for key in sorted(set(now) | set(should)):
        assert key in now and key in should, key
        found, counted = now[key][1], should[key][1]
        other = {
            name: (found.get(name), counted.get(name))
            for name in set(found) | set(counted)
            if found.get(name) != counted.get(name)
        }
        assert not other, (key, other)
    for key, (closed, _now) in (before or {}).items():
        assert {name: now[key][0][name] for name in closed} == closed, key
    return now
