"""The two sample ledgers: what the README promises about them is so."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from db import access, importing
from db.people.residents import RESIDENTS
from db.sample import ledgers
from tests.sample_template import at_home, copy, sample_once

ME = access.system()


@pytest.fixture
def sample(tmp_path_factory: pytest.TempPathFactory, template: Path, tmp_path: Path) -> Iterator[None]:
    copy(sample_once(tmp_path_factory, template), tmp_path)
    with at_home(tmp_path):
        yield


def planned(name: str) -> importing.Plan:
    meanings = importing.meanings(ME, RESIDENTS)
    upload = importing.opened(
        ledgers.FOLDER / name, known=[word for one in meanings.values() for word in one.headings]
    )
    return importing.plan(
        ME, RESIDENTS, upload, importing.mapping(ME, RESIDENTS, upload.table).columns, importing.Choices()
    )


def test_the_files_are_those_that_the_code_writes(tmp_path: Path) -> None:
    ledgers.write(tmp_path)
    for name in (ledgers.CLEAN, ledgers.MESSY):
        assert (tmp_path / name).read_bytes() == (ledgers.FOLDER / name).read_bytes()


def test_the_clean_one_comes_in_whole_and_once(sample: None) -> None:
    plan = planned(ledgers.CLEAN)
    assert plan.counts == {"new": 160, "changed": 10, "unchanged": 30, "doubtful": 0, "refused": 0}
    importing.apply(ME, plan)
    assert planned(ledgers.CLEAN).counts == {
        "new": 0,
        "changed": 0,
        "unchanged": 200,
        "doubtful": 0,
        "refused": 0,
    }


def test_the_messy_one_has_everything(sample: None) -> None:
    plan = planned(ledgers.MESSY)
    assert min(plan.counts.values()) >= 3
    assert plan.counts["new"] > 100
    assert plan.counts["changed"] > 50
    told = Counter(remark.code for row in plan.rows for remark in row.remarks)
    wanted = {
        "id.damaged",
        "id.check_digit",
        "id.length",
        "id.converted",
        "name.remark",
        "phone.remark",
        "phone.wrong",
    }
    assert wanted - set(told) == set()
    assert {one.name for one in plan.missing} >= {"159栋", "160栋"}
    importing.apply(ME, plan)
    again = planned(ledgers.MESSY).counts
    assert again["new"] == again["changed"] == 0
