"""Signed-in windows for the bench, and people to look for."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jwt
from sqlalchemy import select

from components.session import COOKIE
from db import engine, identity
from db.identity import Account
from db.people.tables import Resident
from db.sealing import ring


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
