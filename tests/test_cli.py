"""The command line: each command does what it says, or says in one line what is in its way."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from db import access, clock, engine, importing, keeping, migrations, sealing
from db.__main__ import main
from db.care import days
from db.care.tables import Visit
from db.care.visits import Seen, record
from db.commands import living
from db.identity import Account
from db.insight import past
from db.people import residents
from db.people.residents import RESIDENTS
from db.people.tables import Resident
from db.sample import build, ledgers
from db.system import rotation, signing
from db.work import unit
from tests.conftest import NOON, Town
from tests.sample_template import at_home, copy, sample_once

ROOT = Path(__file__).parents[1]
COMMANDS = ["demo", "migrate", "import-ledger", "backup", "restore", "check", "bench-data", "rotate-keys"]
_R = Resident.__table__  # type: ignore[attr-defined]
_V = Visit.__table__  # type: ignore[attr-defined]


@pytest.fixture
def nothing(tmp_path: Path) -> Iterator[Path]:
    """A data folder without a database."""
    with at_home(tmp_path):
        yield tmp_path


@pytest.fixture
def sample(tmp_path_factory: pytest.TempPathFactory, template: Path, tmp_path: Path) -> Iterator[Path]:
    copy(sample_once(tmp_path_factory, template), tmp_path)
    with at_home(tmp_path):
        yield tmp_path


def typed(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """The exit code, what was said, and the complaint."""
    code = main([str(one) for one in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    code, _out, complaint = typed(capsys, *arguments)
    assert code == 1
    assert complaint.count("\n") == 1
    assert "{" not in complaint
    return complaint


def people() -> int:
    with engine.reading() as session:
        return int(session.execute(select(func.count()).select_from(Resident)).scalar_one())


def visits() -> int:
    with engine.reading() as session:
        return int(session.execute(select(func.count()).select_from(Visit)).scalar_one())


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert command in capsys.readouterr().out


def test_it_starts_as_a_module(nothing: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "db", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert all(command in ran.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", [("backup", "x.zip"), ("check",), ("rotate-keys",)])
def test_without_a_database_it_says_how_to_get_one(
    nothing: Path, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "python -m db migrate" in refused(capsys, *command)


def test_migrate(nothing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(capsys, "migrate")[0] == 0
    assert "already" in typed(capsys, "migrate")[1]
    assert typed(capsys, "check")[0] == 0


def test_an_address_that_is_none(
    nothing: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINLI_DATABASE_URL", "mysql://x")
    assert "LINLI_DATABASE_URL" in refused(capsys, "check")


def test_an_unexpected_error_is_one_line(
    nothing: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "present", lambda: 1 // 0)
    assert "ZeroDivisionError" in refused(capsys, "demo")


def test_demo_leaves_a_real_community_alone(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert "of your own" in refused(capsys, "demo")
    assert people() == 0


def test_a_second_demo_keeps_the_data(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keeping.edit(access.system(), RESIDENTS, 1, 1, {"note": "认识的人"})
    code, said, _complaint = typed(capsys, "demo")
    assert code == 0
    assert "kept" in said
    with unit(access.system(), "resident.view", write=False) as work:
        assert work.session.get_one(Resident, 1).note == "认识的人"


def test_the_sample_lives_visit_by_visit(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = visits()
    code, said, _complaint = typed(capsys, "demo", "--live", "--every", 0, "--count", 5)
    assert code == 0
    assert len([line for line in said.splitlines() if "网格" in line]) == 5
    assert said.endswith("5 visits were recorded.\n")
    assert visits() >= before + 5
    with engine.reading() as session:
        latest = session.execute(select(_V.c.day, _V.c.visitor).order_by(_V.c.id.desc()).limit(1)).one()
    assert latest.day == clock.today()
    assert latest.visitor
    assert typed(capsys, "check", "--quick")[0] == 0


def test_ctrl_c_ends_the_living_sample(
    sample: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def pressed(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(living.time, "sleep", pressed)
    code, said, complaint = typed(capsys, "demo", "--live")
    assert (code, complaint) == (0, "")
    assert said.endswith("1 visits were recorded.\n")


def test_a_real_community_is_not_visited_by_a_machine(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert "of your own" in refused(capsys, "demo", "--live", "--count", 1)
    assert visits() == 0


def test_backup_and_restore_bring_the_sample_back(
    sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, count = tmp_path / "all.zip", people()
    assert "keys.json" in typed(capsys, "backup", file)[1]
    assert "never overwritten" in refused(capsys, "backup", file)
    assert "in use" in refused(capsys, "restore", file)
    keys = sealing.ring().path
    other = tmp_path / "other"
    other.mkdir()
    with at_home(other):
        assert "no" in refused(capsys, "restore", file)
        (other / "keys.json").write_bytes(keys.read_bytes())
        assert typed(capsys, "restore", file)[0] == 0
        assert people() == count
        assert typed(capsys, "check") == (
            0, f"Everything is as it should be (schema {migrations.newest()}).\n", "",
        )  # fmt: skip


def test_restore_says_when_a_file_is_no_backup(nothing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (nothing / "x.zip").write_text("nothing")
    assert "not a backup" in refused(capsys, "restore", nothing / "x.zip")
    assert "not a backup" in refused(capsys, "restore", nothing / "absent.zip")


def test_rotate_keys(town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(rotation.time, "sleep", lambda _seconds: None)
    person = residents.add(
        town.anna, values={"name": "赵甲", "area_id": town.building_1, "phone": "13800001234"}
    )
    assert "1 records" in typed(capsys, "rotate-keys")[1]
    assert keeping.reveal(town.anna, RESIDENTS, person, "phone", "核对") == "13800001234"


FAULTS = {
    "path": "UPDATE area SET area_path = '/77/' WHERE level = 'community'",
    "does not lie in": "UPDATE resident SET place = place || '/x'",
    "found": "DELETE FROM find_key",
    "sorted": "UPDATE resident SET born_key = '1900-01-01'",
    "figures": "UPDATE area_count SET people = people + 1",
    "open": "UPDATE resident SET phone = health",
}


@pytest.mark.parametrize("word", FAULTS)
def test_check_finds_what_is_wrong(town: Town, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    values = {"name": "赵甲", "area_id": town.building_1, "phone": "13800001234", "health": "高血压"}
    residents.add(town.anna, values=values)
    assert typed(capsys, "check")[0] == 0
    with engine.writing() as session:
        session.execute(text(FAULTS[word]))
    code, said, complaint = typed(capsys, "check")
    assert code == 1
    assert word in said
    assert complaint.startswith("Something is wrong")


CARE_FAULTS = {
    "what is due": "UPDATE care_due SET next_on = '2001-01-01'",
    "how often": "UPDATE care_period SET every_days = 3",
    "urgent": "UPDATE care_urgent SET attempts = 7",
    "past day": "UPDATE coverage_day SET in_time = in_time + 1",
    "missing": "DELETE FROM coverage_day WHERE day = '2026-11-25'",
}


@pytest.mark.parametrize("word", CARE_FAULTS)
def test_check_finds_what_is_wrong_about_care(
    town: Town, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    days.new_day(town.anna)
    values = {"name": "赵甲", "area_id": town.building_1, "in_care": True, "colour": "red"}
    person = residents.add(town.anna, values=values)
    with clock.at(NOON + timedelta(days=4)):
        me = access.system("安娜")
        days.new_day(me)
        record(me, seen=[Seen(person, "not_met", reason="no_answer")], day=clock.today() - timedelta(days=1))
        with engine.writing() as session:
            past.close_days(session)
        assert typed(capsys, "check")[0] == 0
        with engine.writing() as session:
            session.execute(text(CARE_FAULTS[word]))
        code, said, _complaint = typed(capsys, "check")
    assert code == 1
    assert word in said


def test_bench_data(
    nothing: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "between" in refused(capsys, "bench-data", 0)
    assert typed(capsys, "bench-data", 300)[0] == 0
    assert people() == 300
    assert visits() > 100
    assert "empty database" in refused(capsys, "bench-data", 10)
    assert typed(capsys, "check")[0] == 0
    monkeypatch.setenv("LINLI_DEMO", "1")
    assert signing.sign_in("leader", build.PASSWORD)[0].role == "leader"


def test_bench_data_on_any_database(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(capsys, "bench-data", 200)[0] == 0
    assert typed(capsys, "check")[0] == 0


def test_import_ledger_says_what_is_wrong_with_a_file(
    nothing: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(capsys, "migrate")
    (nothing / "x.xlsx").write_text("nothing")
    refused(capsys, "import-ledger", nothing / "x.xlsx")
    refused(capsys, "import-ledger", nothing / "absent.xlsx")


def accounts() -> int:
    with unit(access.system(), "account.view", write=False) as work:
        return work.session.execute(select(func.count()).select_from(Account)).scalar_one()


def test_import_ledger_shows_first_and_applies_when_told(
    sample: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, file, known = people(), ledgers.FOLDER / ledgers.CLEAN, accounts()
    assert "New 160" in typed(capsys, "import-ledger", file)[1]
    assert people() == before
    assert typed(capsys, "import-ledger", file, "--apply", "--as", "陈晓燕")[0] == 0
    assert people() == before + 160
    done = importing.imports(access.system(), RESIDENTS)
    assert [one.actor for one in done] == ["陈晓燕"]
    assert accounts() == known
