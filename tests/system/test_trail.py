"""The audit trail is searched by person, record, action and time; nobody but an administrator reads it."""

import re
from datetime import date, timedelta
from importlib import import_module
from pkgutil import walk_packages

import pytest

from components.office import action_words, change_words, label_words, reason_words
from db import clock, keeping
from db.audit import CHANGED
from db.errors import Refused
from db.people import residents
from db.people.residents import RESIDENTS
from db.system import trail
from db.system.trail import Asked
from tests.bench.rig import ROOT
from tests.built import built_once
from tests.conftest import NOON, Town, sign_in


@pytest.fixture
@built_once
def busy(town: Town) -> Town:
    """Shen registers two people today and changes one; Hua registers one tomorrow."""
    zhang = residents.add(town.shen, values={"name": "张桂梅", "area_id": town.building_1})
    residents.add(town.shen, values={"name": "李秀兰", "area_id": town.building_2})
    keeping.edit(town.shen, RESIDENTS, zhang, 1, {"phone": "13800001234"})
    with clock.at(NOON + timedelta(hours=2)):
        keeping.reveal(town.shen, RESIDENTS, zhang, "phone", "上门前联系")
    with clock.at(NOON + timedelta(days=1, hours=-1)):
        hua = sign_in("hua", "staff", "华月", (town.path(town.south),))
        residents.add(hua, values={"name": "张建国", "area_id": town.building_3})
    return town


def labels(town: Town, **asked: object) -> list[str]:
    return [entry.label for entry in trail.search(town.anna, asked=Asked(**asked)).entries]  # type: ignore[arg-type]


def test_newest_first(busy: Town) -> None:
    assert labels(busy) == ["张建国", "张桂梅", "张桂梅", "李秀兰", "张桂梅"]


def test_by_person_record_action_and_time(busy: Town) -> None:
    assert labels(busy, account_id=busy.shen.account_id, until=date(2026, 11, 22)) == []
    assert labels(busy, account_id=0) == []
    assert labels(busy, kind="resident", record_id=1) == ["张桂梅"] * 3
    assert labels(busy, label="张") == ["张建国", *["张桂梅"] * 3]
    assert labels(busy, action="resident.reveal") == ["张桂梅"]
    assert labels(busy, since=date(2026, 11, 24)) == ["张建国"]
    assert labels(busy, until=date(2026, 11, 23), action="resident.create") == ["李秀兰", "张桂梅"]
    assert labels(busy, label="张", account_id=busy.shen.account_id, action="resident.create") == ["张桂梅"]


def test_pages_follow_each_other(busy: Town) -> None:
    first = trail.search(busy.anna, asked=Asked(), size=3)
    second = trail.search(busy.anna, asked=Asked(), before=first.older, size=3)
    assert [len(first.entries), len(second.entries), second.older] == [3, 2, None]
    assert {one.id for one in first.entries}.isdisjoint(one.id for one in second.entries)


def test_says_what_changed_and_why_but_no_number(busy: Town) -> None:
    entries = trail.search(busy.anna, asked=Asked(record_id=1)).entries
    assert entries[0].reason == "上门前联系"
    assert entries[1].changes == {"phone": [CHANGED, CHANGED]}
    assert "13800001234" not in str(entries)


def test_offers_the_actions_and_kinds_that_occur(busy: Town) -> None:
    assert trail.actions(busy.anna) == ["resident.create", "resident.edit", "resident.reveal"]
    assert trail.kinds(busy.anna) == ["resident"]


def test_a_community_worker_does_not_read_it(busy: Town) -> None:
    for viewer in (busy.shen, busy.lei, busy.vera):
        with pytest.raises(Refused, match=r"access\.denied"):
            trail.search(viewer, asked=Asked())


def test_states_marks_and_subjects_read_as_words(town: Town) -> None:
    gone = {"state": ["booked", "cancelled"]}
    assert change_words("booking.leave", "booking", gone) == ["状态：已报上 → 已退"]
    assert change_words("activity.attend", "activity", {"苏凤珍": ["", "came"]}) == ["苏凤珍：来了"]
    assert change_words("message.old", "message", {"dropped": [None, 0]}) == []
    assert label_words("message", "help:53") == "招募帮手"
    assert label_words("resident", "help:53") == "help:53"
    assert reason_words("message", "shift.help") == "能来帮个忙吗？…"
    assert reason_words("resident", "shift.help") == "shift.help"
    assert reason_words("message", "问班次") == "问班次"


def test_a_reveal_reads_as_one_and_a_home_by_its_address(town: Town) -> None:
    assert change_words("resident.reveal", "resident", {"phone": [CHANGED, CHANGED]}) == ["电话"]
    moved = {
        "area_id": [3, 4],
        "address": ["1栋", "2栋"],
        "born": [None, "1942-03-07"],
        "phone": [None, CHANGED],
    }
    assert change_words("resident.edit", "resident", moved) == [
        "住址：1栋 → 2栋", "出生日期：1942年3月7日", "填写了电话",
    ]  # fmt: skip


def test_whatever_is_logged_has_words() -> None:
    for module in walk_packages([str(ROOT / "components")], "components."):
        import_module(module.name)  # rooms bring words of their own
    texts = [file.read_text(encoding="utf-8") for file in sorted((ROOT / "db").rglob("*.py"))]
    named = re.compile(r'action="([a-z_]+\.[a-z_]+)"(?: if \w+ else "([a-z_]+\.[a-z_]+)")?')
    logged = {name for text in texts for found in named.findall(text) for name in found if name}
    assert {"figures.close", "figures.settle", "chart.export", "resident.move"} <= logged
    assert [name for name in sorted(logged) if action_words(name) == name] == []
