"""Sealed values: nothing in clear at rest, found by keyed hashes, opened only with the key."""

import json
import stat
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from db import engine, parsing, sealing, settings
from db.errors import Refused
from db.people import residents
from db.sealing import KeyRing
from tests.conftest import Town

ZHANG_ID = parsing.make_id("320113", date(1942, 3, 7), 128)


def test_the_key_file_is_its_owners_alone(database: str) -> None:
    ring = sealing.ring()
    assert stat.S_IMODE(ring.path.stat().st_mode) == 0o600


def test_a_copy_of_the_database_shows_no_number_and_no_health_note(town: Town) -> None:
    residents.add(
        town.shen,
        values={"name": "张桂梅", "id_number": ZHANG_ID, "phone": "13800001234", "area_id": town.building_1,
                "health": "高血压三级"},
    )  # fmt: skip
    if engine.current().dialect.name == "sqlite":
        file = Path(engine.current().url.database or "")
        files = list(file.parent.glob(f"{file.name}*"))
        content = b"".join(file.read_bytes() for file in files)
    else:
        with engine.reading() as session:
            rows = session.execute(text("SELECT row_to_json(r)::text FROM resident r")).scalars().all()
            rows += session.execute(text("SELECT row_to_json(a)::text FROM audit_entry a")).scalars().all()
        content = "".join(rows).encode()
    assert "张桂梅".encode() in content, "the test looks at the right bytes"
    for secret in (ZHANG_ID, "13800001234", "高血压三级"):
        assert secret.encode() not in content
        assert json.dumps(secret).strip('"').encode() not in content


def test_a_value_moved_to_another_column_does_not_open(database: str) -> None:
    ring = sealing.ring()
    sealed = ring.seal("13800001234", "resident.phone")
    assert ring.open(sealed, "resident.phone") == "13800001234"
    with pytest.raises(Refused, match="sealing.key_missing"):
        ring.open(sealed, "resident.id_number")


def test_the_same_value_is_sealed_differently_each_time_but_has_one_fingerprint(database: str) -> None:
    ring = sealing.ring()
    assert ring.seal("1234", "a") != ring.seal("1234", "a")
    assert ring.fingerprint("last4", "1234") == ring.fingerprint("last4", "1234")
    assert ring.fingerprint("last4", "1234") != ring.fingerprint("whole", "1234")


def test_old_values_open_after_a_new_key(database: str) -> None:
    ring = sealing.ring()
    sealed = ring.seal("13800001234", "resident.phone")
    ring.add_key()
    assert ring.open(sealed, "resident.phone") == "13800001234"
    ring.drop_old_keys()
    with pytest.raises(Refused, match="sealing.key_missing"):
        ring.open(sealed, "resident.phone")


@pytest.mark.parametrize(
    "content", ["", "{}", '{"seals": {"1": "AAAA"}, "active": 1, "lookup": "", "cookie": "x"}']
)
def test_a_damaged_or_weak_key_file_is_refused_not_replaced(tmp_path: Path, content: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(content)
    with pytest.raises(Refused, match="settings"):
        sealing._load(file)
    assert file.read_text() == content


def test_weak_keys_are_refused(tmp_path: Path) -> None:
    weak = "A" * 43 + "="
    with pytest.raises(Refused, match="settings.weak_key"):
        KeyRing(tmp_path, {"seals": {"1": weak}, "active": 1, "lookup": weak, "cookie": "x" * 40})


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"LINLI_PORT": "eighty"}, "settings.port"),
        ({"LINLI_PORT": "70000"}, "settings.port"),
        ({"LINLI_DATABASE_URL": "mysql://x"}, "settings.database"),
        ({"LINLI_DATABASE_URL": "nonsense"}, "settings.database"),
        ({"LINLI_DATABASE_URL": "postgresql://linli:changeme@db.example/linli"}, "settings.weak_password"),
    ],
)
def test_settings_refuse_what_cannot_work_or_is_weak(variables: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        settings.read(variables)
    assert refusal.value.code == code


def test_relative_paths_are_those_of_the_application_folder() -> None:
    found = settings.read({})
    assert found.data_dir.is_absolute()
    assert Path(found.url.database or "").parent == found.data_dir
