"""The sample community, built once for all tests that want it, and copied for those that write."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from db import changes, clock, engine, migrations, sealing
from db.sample import build
from tests.conftest import NOON


@contextmanager
def at_home(folder: Path) -> Iterator[str]:
    """Within the block the database and the keys in `folder` are the configured ones; yields the URL."""
    with pytest.MonkeyPatch.context() as patch, clock.at(NOON):
        url = f"sqlite:///{folder / 'linli.db'}"
        patch.setenv("LINLI_DATABASE_URL", url)
        patch.setenv("LINLI_DATA_DIR", str(folder))
        changes._read_at.clear()
        yield url
        engine.forget()
        sealing._load.cache_clear()


def build_in(folder: Path, template: Path) -> build.Built:
    shutil.copy(template, folder / "linli.db")
    with at_home(folder):
        return build.build()


def copy(source: Path, folder: Path) -> None:
    """Copy a database that nobody has open, with its keys."""
    with at_home(source), engine.current().connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    for name in ("linli.db", "keys.json"):
        shutil.copy(source / name, folder / name)


def migrated(folder: Path) -> str:
    """An empty database in `folder`; returns its URL."""
    with at_home(folder) as url:
        migrations.upgrade(url)
    return url
