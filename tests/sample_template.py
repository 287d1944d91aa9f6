"""The sample community, built once for all tests that want it, and copied for those that write."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from db import changes, clock, engine, sealing
from db.sample import build
from tests.conftest import NOON


@contextmanager
def at_home(folder: Path, day: datetime = NOON) -> Iterator[str]:
    """Within the block the database and the keys in `folder` are the configured ones; yields the URL."""
    with pytest.MonkeyPatch.context() as patch, clock.at(day):
        url = f"sqlite:///{folder / 'linli.db'}"
        patch.setenv("LINLI_DATABASE_URL", url)
        patch.setenv("LINLI_DATA_DIR", str(folder))
        changes._read_at.clear()
        yield url
        engine.forget()
        sealing._load.cache_clear()


_once: list[Path] = []


def sample_once(factory: pytest.TempPathFactory, template: Path) -> Path:
    """A folder with the sample community, built by whichever test wants it first. Nobody writes to it."""
    if not _once:
        folder = factory.mktemp("sample")
        build_in(folder, template)
        _once.append(folder)
    return _once[0]


def build_in(folder: Path, template: Path, day: datetime = NOON) -> build.Built:
    """Build the sample community in `folder` as on that day."""
    shutil.copy(template, folder / "linli.db")
    with at_home(folder, day):
        return build.build()


def own_copy(factory: pytest.TempPathFactory, template: Path) -> Path:
    """A copy of the sample community for the tests of one file: even signing in writes."""
    made = factory.mktemp("own")
    copy(sample_once(factory, template), made)
    return made


def copy(source: Path, folder: Path) -> None:
    """Copy a database that nobody has open, with its keys."""
    with at_home(source), engine.current().connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    for name in ("linli.db", "keys.json"):
        shutil.copy(source / name, folder / name)
