"""The unit of work: who may, what is left behind, and what stays as it was."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from db import engine
from db.errors import Refused
from tests.conftest import Town


def test_the_town_stands(town: Town) -> None:
    with engine.reading() as session:
        assert session.execute(text("SELECT count(*) FROM area")).scalar() == 7


def test_audit_entries_cannot_be_changed(town: Town) -> None:
    with engine.writing() as session:
        session.execute(
            text(
                "INSERT INTO audit_entry (at, actor, action, kind, label, area_path, changes, reason)"
                " VALUES ('2026-01-01 00:00:00', 'x', 'y', 'z', '', '', '{}', '')"
            )
        )
    for statement in ("UPDATE audit_entry SET actor = 'somebody else'", "DELETE FROM audit_entry"):
        with pytest.raises(Exception, match="audit entries are never changed"), engine.writing() as session:
            session.execute(text(statement))


def test_refusal_carries_its_facts() -> None:
    assert str(Refused("record.changed", version=2)) == "record.changed {'version': 2}"


def test_all_connections_are_closed_whichever_database_they_are_of(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools = []
    for url in (database, f"sqlite:///{tmp_path / 'other.db'}"):
        monkeypatch.setenv("LINLI_DATABASE_URL", url)
        with engine.reading() as session:
            session.execute(text("SELECT 1"))
        pools.append(engine.current().pool)
    assert all(pool.checkedin() >= 1 for pool in pools)  # type: ignore[attr-defined]
    engine.forget()
    assert [pool.checkedin() for pool in pools] == [0, 0]  # type: ignore[attr-defined]


def test_threads_that_come_at_once_share_one_engine(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINLI_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    together = threading.Barrier(8)

    def ask(_number: int) -> object:
        together.wait()
        return engine.current()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
