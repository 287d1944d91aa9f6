"""A database for each test, a small neighbourhood, and the people who look at it."""

import atexit
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

import db.models  # noqa: F401
from db import access, changes, clock, engine, identity, migrations, sealing
from db.access import Viewer
from db.identity import Account, AccountArea
from db.system import signing
from tests.built import EMPTY, built_once, lay_file
from tests.order import pytest_collection_modifyitems, pytest_xdist_make_scheduler  # noqa: F401

if TYPE_CHECKING:
    from tests.screens import Screens

POSTGRES = os.environ.get("LINLI_TEST_POSTGRES", "")
REAL_COST = signing.COST
signing.COST = 4  # tests make hundreds of passwords
engine.SAFE = "synchronous = OFF"  # and no test cuts the power
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # twelve o'clock in the community


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with the newest schema, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("template")
    file = folder / "empty.db"
    migrations.upgrade(f"sqlite:///{file}")
    connection = engine.make(f"sqlite:///{file}")
    with connection.connect() as opened:
        opened.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.dispose()
    return file


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test that uses a database runs on SQLite, and on PostgreSQL where there is one."""
    if "database" in metafunc.fixturenames:
        on_postgres = pytest.param("postgresql", marks=pytest.mark.postgres)
        both = POSTGRES and metafunc.definition.get_closest_marker("sqlite_only") is None
        metafunc.parametrize("database", ["sqlite", on_postgres] if both else ["sqlite"], indirect=True)


@pytest.fixture
def database(
    request: pytest.FixtureRequest, tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The URL of an empty database that belongs to this test alone while it runs.

    All tests of a worker have the same URL and one engine, which keeps the statements it has translated.
    """
    monkeypatch.setenv("LINLI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("LINLI_DEMO", raising=False)
    kind = getattr(request, "param", "sqlite")
    url = f"sqlite:///{template.with_name('linli.db')}" if kind == "sqlite" else own_postgres()
    monkeypatch.setenv("LINLI_DATABASE_URL", url)
    if kind == "sqlite":
        lay_file(template.with_name("linli.db"), template.read_bytes())
    else:
        empty_postgres(url)
    made = kept(url).execution_options()  # an engine by itself: what is remembered of it ends with the test
    engine._engines[url] = made
    changes._read_at.clear()
    _forget_answers()
    with clock.at(NOON):
        yield url
    if kind == "postgresql" and engine._engines.get(url) is made:
        del engine._engines[url]  # the next test goes on with its connections
    engine.forget()
    sealing._load.cache_clear()


def _forget_answers() -> None:
    """The database of the test before may have had the same address and the same counters."""
    if (answers := sys.modules.get("components.kept")) is not None:
        answers.forget()


@lru_cache
def kept(url: str) -> Engine:
    """The engine of a database that all tests of this worker share."""
    made = engine.make(url)
    atexit.register(made.dispose)
    return made


_with_schema: set[str] = set()


@lru_cache
def own_postgres(purpose: str = "") -> str:
    """A PostgreSQL database of this worker alone: several test processes do not get in each other's way."""
    parts = [os.environ.get("PYTEST_XDIST_WORKER", ""), purpose]
    url = make_url(POSTGRES)
    own = "_".join([url.database or "", *(part for part in parts if part)])
    if own == url.database:
        return POSTGRES
    made = create_engine(url, isolation_level="AUTOCOMMIT")
    with made.connect() as connection:
        if not connection.execute(
            text("SELECT 1 FROM pg_database WHERE datname = :own"), {"own": own}
        ).scalar():
            connection.execute(text(f'CREATE DATABASE "{own}"'))
    made.dispose()
    return url.set(database=own).render_as_string(hide_password=False)


def empty_postgres(url: str) -> None:
    """The newest schema in this database, and not one row."""
    if url not in _with_schema:
        forget_schema(url)
        migrations.upgrade(url)
        _with_schema.add(url)
        statement = SWIFT
    else:
        statement = EMPTY
    with kept(url).begin() as connection:
        connection.execute(text(statement))


# No sweeping in the background, so that what is read without an order comes as it was written, today as yesterday.
SWIFT = """
DO $$ DECLARE one text; BEGIN
  EXECUTE format('ALTER DATABASE %I SET synchronous_commit TO off', current_database());
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = off)', one);
  END LOOP;
END $$"""


def forget_schema(url: str) -> None:
    """Nothing at all in this PostgreSQL database."""
    made = engine.single_use(url)
    with made.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    _with_schema.discard(url)


def sign_in(username: str, role: str, name: str, areas: tuple[str, ...] = ()) -> Viewer:
    """Make an account that is signed in, and return its viewer."""
    with engine.writing() as session:
        account = Account(username=username, name=name, role=role, must_change=False)
        session.add(account)
        session.flush()
        for path in areas:
            session.add(AccountArea(account_id=account.id or 0, area_path=path))
        token = identity.open_session(session, account)
        session.flush()
        return identity.viewer_of(session, account, token)


@dataclass(frozen=True)
class Town:
    """Two grids with two buildings each, and the people who look at them.

    Anna administers. Shen works for the north grid, Qiu for the south; Lei leads; Vera volunteers.
    """

    community: int
    north: int
    south: int
    building_1: int
    building_2: int
    building_3: int
    building_4: int
    paths: dict[int, str]
    anna: Viewer
    shen: Viewer
    qiu: Viewer
    lei: Viewer
    vera: Viewer

    def path(self, area_id: int) -> str:
        return self.paths[area_id]


@pytest.fixture
@built_once
def town(database: str) -> Town:
    from db.territory.areas import Area, Level

    paths: dict[int, str] = {}

    def add(
        session: object, name: str, level: str, parent: int | None, position: int, number: str = ""
    ) -> int:
        area = Area(
            name=name, code=f"{level}-{position}", level=level, parent_id=parent, position=position, number=number,
            stairs=3 if level == "building" else 0, floors=6 if level == "building" else 0,
        )  # fmt: skip
        session.add(area)  # type: ignore[attr-defined]
        session.flush()  # type: ignore[attr-defined]
        area.area_path = access.path_below(paths.get(parent or 0, "/"), area.id or 0)
        session.add(area)  # type: ignore[attr-defined]
        session.flush()  # type: ignore[attr-defined]
        paths[area.id or 0] = area.area_path
        return area.id or 0

    with engine.writing() as session:
        for position, (code, label, homes, role) in enumerate(
            (
                ("community", "社区", False, ""),
                ("grid", "网格", False, "grid_worker"),
                ("building", "楼栋", True, "building_lead"),
            )
        ):
            session.add(Level(code=code, position=position, label=label, holds_homes=homes, role=role))
        session.flush()
        community = add(session, "红星社区", "community", None, 1)
        north = add(session, "第一网格", "grid", community, 1)
        south = add(session, "第二网格", "grid", community, 2)
        buildings = [
            add(session, f"{number}栋", "building", grid, number, str(number))
            for number, grid in ((1, north), (2, north), (3, south), (4, south))
        ]
    return Town(
        community, north, south, *buildings, paths,
        anna=sign_in("anna", "admin", "安娜"),
        shen=sign_in("shen", "staff", "沈亦安", (paths[north],)),
        qiu=sign_in("qiu", "staff", "裘慧", (paths[south],)),
        lei=sign_in("lei", "leader", "雷振东", (paths[community],)),
        vera=sign_in("vera", "volunteer", "魏兰"),
    )  # fmt: skip


@pytest.fixture
def open_app(database: str, monkeypatch: pytest.MonkeyPatch) -> "Screens":
    """Opens a screen as somebody: `open_app(town.shen, "residents", id=4)`."""
    from tests.screens import Screens  # Streamlit is imported only where something is drawn

    return Screens(monkeypatch)
