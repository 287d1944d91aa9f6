"""Signed-in windows for the bench, and people to look for."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jwt
from sqlalchemy import func, select

from components.session import COOKIE
from db import engine, identity
from db.access import below
from db.care.tables import Due
from db.identity import Account, AccountArea
from db.people.tables import Resident
from db.sealing import ring
from db.territory.areas import Area


@contextmanager
def at_database(folder: Path) -> Iterator[str]:
    """Within the block this process uses the database in `folder`, as the server does."""
    url = f"sqlite:///{folder / 'linli.db'}"
    before = {name: os.environ.get(name) for name in ("LINLI_DATABASE_URL", "LINLI_DATA_DIR")}
    os.environ.update(LINLI_DATABASE_URL=url, LINLI_DATA_DIR=str(folder))
    try:
        yield url
    finally:
        engine.forget()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def cookie(username: str) -> dict[str, str]:
    """The cookie of a browser in which `username` has signed in."""
    with engine.writing() as session:
        account = session.execute(select(Account).where(Account.username == username)).scalar_one()  # type: ignore[arg-type]
        token = identity.open_session(session, account)
    content = {"username": token, "exp_date": time.time() + 86400}
    return {COOKIE: jwt.encode(content, ring().cookie, algorithm="HS256")}


def somebody(skip: int) -> Resident:
    """A resident with an ID number, somewhere in the list."""
    with engine.reading() as session:
        found = session.execute(
            select(Resident)
            .where(Resident.id_number.is_not(None), Resident.status == "resident")  # type: ignore[union-attr, arg-type]
            .where(Resident.id > skip)  # type: ignore[operator]
            .limit(1)
        ).scalar_one()
        session.expunge(found)
        return found


def worker_with(people: int) -> str:
    """The username of a worker whose patch holds at least so many people who are to be seen; made when missing.

    The patch is one after the other of the grids, so that it is as large in every database.
    """
    username = f"bench{people}"
    areas, due = Area.__table__.c, Due.__table__.c  # type: ignore[attr-defined]
    with engine.writing() as session:
        if session.execute(select(Account.id).where(Account.username == username)).first() is not None:  # type: ignore[call-overload]
            return username
        staff = session.execute(select(Account).where(Account.username == "staff")).scalar_one()  # type: ignore[arg-type]
        worker = Account(
            username=username, name="苏敏", role="staff", must_change=False, demo=True,
            password_hash=staff.password_hash, password_changed_at=staff.password_changed_at,
        )  # fmt: skip
        session.add(worker)
        session.flush()
        held = 0
        grids = session.execute(select(areas.area_path).where(areas.level == "grid").order_by(areas.id))
        for path in grids.scalars().all():
            session.add(AccountArea(account_id=worker.id or 0, area_path=path))
            held += session.execute(
                select(func.count()).select_from(Due).where(below(due.place, path))
            ).scalar_one()
            if held >= people:
                break
    return username
