"""Counts what the database does, so that a test can say what a screen costs without a clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from db import engine


@contextmanager
def database_steps() -> Iterator[list[int]]:
    """The one number in the list is how many instructions SQLite's machine ran within the block.

    Each row that is looked at takes some, whether it is returned or not. Other databases count nothing.
    """
    steps = [0]

    def counted() -> None:
        steps[0] += 1

    def taken(connection: Any, _record: Any, _proxy: Any) -> None:
        if hasattr(connection, "set_progress_handler"):
            connection.set_progress_handler(counted, 1)

    def given_back(connection: Any, _record: Any) -> None:
        if connection is not None and hasattr(connection, "set_progress_handler"):
            connection.set_progress_handler(None, 1)

    pool = engine.current().pool
    event.listen(pool, "checkout", taken)
    event.listen(pool, "checkin", given_back)
    try:
        yield steps
    finally:
        event.remove(pool, "checkout", taken)
        event.remove(pool, "checkin", given_back)
