"""A backup brings everything back: on the other database too, from an older schema, and only where nothing is lost."""

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import SQLModel

from db import changes, custom, engine, keeping, listing, migrations, parsing, sealing
from db.access import path_below
from db.errors import Refused
from db.identity import SignIn
from db.listing import Listing
from db.people import residents
from db.people.residents import RESIDENTS
from db.system import backup
from db.territory.areas import Area
from tests.built import built_once
from tests.conftest import POSTGRES, Town, empty_postgres, forget_schema, own_postgres
from tests.test_migrations import _filled

NUMBER = parsing.make_id("320113", date(1942, 3, 7), 128)
TABLES = [
    table
    for table in SQLModel.metadata.sorted_tables
    if table.name not in ("throttle_bucket", "audit_entry", "sign_in", "job", "duty")
]


@pytest.fixture
@built_once
def people(town: Town) -> Town:
    key = custom.add_custom_field(town.anna, register="residents", label="门铃", kind="yes_no")
    values: dict[str, Any] = {
        "name": "张桂梅",
        "id_number": NUMBER,
        "phone": "13800001234",
        "area_id": town.building_1,
        "health": "高血压",
        key: True,
    }
    residents.add(town.shen, values=values)
    residents.add(
        town.qiu, values={"name": "裘逗号", "area_id": town.building_4, "note": '第"一,行"\n第二行\\'}
    )
    with engine.writing() as session:  # an area that lies in a younger one
        session.add(
            Area(
                id=90,
                name="片",
                level="grid",
                parent_id=town.north,
                area_path=path_below(town.path(town.north), 90),
            )
        )
        session.flush()
        session.execute(text("UPDATE area SET parent_id = 90 WHERE id = 4"))
    return town


def everything() -> dict[str, list[tuple[Any, ...]]]:
    with engine.reading() as session:
        return {
            table.name: [
                tuple(row) for row in session.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in TABLES
        }


@contextmanager
def elsewhere(folder: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another installation: its own database and data folder."""
    engine.forget()
    monkeypatch.setenv("LINLI_DATABASE_URL", url)
    monkeypatch.setenv("LINLI_DATA_DIR", str(folder))
    sealing._load.cache_clear()
    changes._read_at.clear()
    yield


@pytest.fixture
def saved(people: Town, tmp_path: Path) -> Path:
    file = tmp_path / "linli.zip"
    backup.make(file, with_keys=True)
    return file


TARGETS = ["sqlite", *(["postgresql"] if POSTGRES else [])]


@pytest.mark.parametrize("target", TARGETS)
def test_there_and_back(
    people: Town, saved: Path, target: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything()
    engine.forget()
    url = f"sqlite:///{tmp_path / 'other.db'}"
    if target == "postgresql":
        url = own_postgres("restored")
        empty_postgres(url)
    with elsewhere(tmp_path / "other", url, monkeypatch):
        backup.restore(saved)
        assert everything() == before
        anna = _signed_in_again("anna")
        assert keeping.reveal(anna, RESIDENTS, 1, "id_number", "核对") == NUMBER
        assert listing.page(anna, RESIDENTS, Listing(search="zgm")).total == 1
        assert residents.add(anna, values={"name": "新来的", "area_id": people.building_1}) > 2


def _signed_in_again(username: str) -> Any:
    from db import identity

    with engine.writing() as session:
        account = session.execute(
            select(identity.Account).where(identity.Account.username == username)
        ).scalar_one()  # type: ignore[arg-type]
        token = identity.open_session(session, account)
        session.flush()
        return identity.viewer_of(session, account, token)


def test_who_was_signed_in_is_signed_out(
    people: Town, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with elsewhere(tmp_path / "other", f"sqlite:///{tmp_path / 'other.db'}", monkeypatch):
        backup.restore(saved)
        with pytest.raises(Refused, match=r"signin\.ended"):
            listing.page(people.anna, RESIDENTS, Listing())
        with engine.reading() as session:
            assert session.execute(select(SignIn.id).where(SignIn.ended_at.is_(None))).all() == []  # type: ignore[call-overload,union-attr]


def test_a_database_in_use_is_left_alone(people: Town, saved: Path) -> None:
    before = everything()
    with pytest.raises(Refused, match=r"backup\.not_empty"):
        backup.restore(saved)
    assert everything() == before


def test_an_existing_file_is_left_alone(people: Town, saved: Path) -> None:
    with pytest.raises(Refused, match=r"backup\.exists"):
        backup.make(saved)


def test_without_the_keys_it_shows_nothing_and_is_not_restored(
    people: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sealed.zip"
    backup.make(file)
    with zipfile.ZipFile(file) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
        assert "keys.json" not in archive.namelist()
    assert "张桂梅".encode() in content
    assert not any(
        secret.encode() in content for secret in (NUMBER, "13800001234", "高血压", sealing.ring().cookie)
    )
    own_keys = sealing.ring().path
    other = tmp_path / "other"
    with elsewhere(other, f"sqlite:///{tmp_path / 'other.db'}", monkeypatch):
        with pytest.raises(Refused, match=r"backup\.keys_missing"):
            backup.restore(file)
        sealing.ring()
        with pytest.raises(Refused, match=r"backup\.other_keys"):
            backup.restore(file)
        shutil.copy(own_keys, other / "keys.json")
        sealing._load.cache_clear()
        backup.restore(file)
        assert keeping.reveal(_signed_in_again("anna"), RESIDENTS, 1, "phone", "核对") == "13800001234"


def test_other_keys_are_not_overwritten(
    people: Town, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with elsewhere(tmp_path / "other", f"sqlite:///{tmp_path / 'other.db'}", monkeypatch):
        mine = sealing.ring().cookie
        with pytest.raises(Refused, match=r"backup\.other_keys"):
            backup.restore(saved)
        assert sealing.ring().cookie == mine


@pytest.mark.parametrize("damage", ["cut", "other", "empty", "missing", "changed"])
def test_a_damaged_file_changes_nothing(
    people: Town, saved: Path, damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad.zip"
    content = saved.read_bytes()
    if damage == "cut":
        bad.write_bytes(content[: len(content) // 2])
    elif damage == "other":
        bad.write_text("no zip")
    elif damage == "empty":
        bad.write_bytes(b"")
    else:
        with zipfile.ZipFile(saved) as archive, zipfile.ZipFile(bad, "w") as copy:
            for name in archive.namelist():
                lines = archive.read(name)
                if name == "tables/resident.jsonl":
                    if damage == "missing":
                        continue
                    lines = b"\n".join(lines.splitlines()[:-1]) + b"\n"
                copy.writestr(name, lines)
    with elsewhere(tmp_path / "other", f"sqlite:///{tmp_path / 'other.db'}", monkeypatch):
        with pytest.raises(Refused, match=r"backup\.unreadable"):
            backup.restore(bad)
        migrations.upgrade()
        assert not any(rows for name, rows in everything().items() if name != "audit_entry")
        backup.restore(saved)


def test_a_backup_of_a_newer_version_is_refused(
    people: Town, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = tmp_path / "newer.zip"
    with zipfile.ZipFile(saved) as archive, zipfile.ZipFile(newer, "w") as copy:
        for name in archive.namelist():
            copy.writestr(
                name,
                archive.read(name).replace(migrations.newest().encode(), b"9999")
                if name == "linli.json"
                else archive.read(name),
            )
    with (
        elsewhere(tmp_path / "other", f"sqlite:///{tmp_path / 'other.db'}", monkeypatch),
        pytest.raises(Refused, match=r"backup\.newer"),
    ):
        backup.restore(newer)


def test_people_work_while_it_is_made(people: Town, tmp_path: Path) -> None:
    """Somebody registers a person in the middle of it: the backup holds the state at its beginning."""
    added: list[int] = []

    def meanwhile(_table: str, _done: int, _total: int) -> None:
        if not added:
            added.append(residents.add(people.shen, values={"name": "赵晚到", "area_id": people.building_1}))

    made = backup.make(tmp_path / "busy.zip", report=meanwhile)
    assert added
    assert made.rows["resident"] == 2
    with zipfile.ZipFile(tmp_path / "busy.zip") as archive:
        assert "赵晚到".encode() not in b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("target", TARGETS)
def test_a_backup_from_the_first_schema_is_brought_up_to_the_present_one(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, file = f"sqlite:///{tmp_path / 'old.db'}", tmp_path / "old.zip"
    with elsewhere(tmp_path / "old", old, monkeypatch):
        migrations.upgrade(old, "0001")
        made = engine.make(old)
        with made.execution_options(writes=True).begin() as connection:
            _filled(connection)
        made.dispose()
        backup.make(file, with_keys=True)
    url = f"sqlite:///{tmp_path / 'new.db'}"
    if target == "postgresql":
        url = own_postgres("older")
        forget_schema(url)
    with elsewhere(tmp_path / "new", url, monkeypatch):
        backup.restore(file)
        with engine.current().connect() as connection:
            assert migrations.version(connection) == migrations.newest()
            assert connection.execute(text("SELECT name FROM resident")).scalar() == "张桂梅"
            assert connection.execute(text("SELECT count(*) FROM visit")).scalar() == 0
    engine.forget()
