"""What happened to a person, and what ends and comes back when somebody leaves."""

from datetime import date

import pytest

from db import access, keeping, listing, work
from db.errors import Refused
from db.people import groups, leaving, merging, residents
from db.people.moving import Home, move_household
from db.people.residents import RESIDENTS
from db.people.timeline import groups_of, timeline, who_looked
from tests.built import built_once
from tests.conftest import Town


@pytest.fixture
@built_once
def zhang(town: Town) -> int:
    with work.unit(access.system(), "group.edit", write=True) as unit:
        groups.ensure_groups(unit)
    return residents.add(
        town.shen, values={"name": "张桂梅", "area_id": town.building_1, "phone": "13800001234", "relation": "head"},
        groups=["alone", "retired"],
    )  # fmt: skip


def codes(town: Town, person: int) -> list[str]:
    return [event.code for event in timeline(town.shen, resident_id=person)]


def test_a_life_in_the_register(town: Town, zhang: int) -> None:
    version = listing.get(town.shen, RESIDENTS, zhang).version
    keeping.edit(town.shen, RESIDENTS, zhang, version, {"colour": "red", "consent_health_on": "2026-10-01"})
    move_household(town.shen, resident_ids=[zhang], to=Home(area_id=town.building_2, room="101"))
    events = timeline(town.shen, resident_id=zhang)
    assert {"registered", "group_begins", "colour", "consent", "moved_home"} <= {
        event.code for event in events
    }
    assert events[-1].code == "consent"  # it lies furthest back, whenever it was written down
    assert next(event for event in events if event.code == "moved_home").facts == {
        "old": "1栋",
        "new": "2-101",
    }
    assert "13800001234" not in str(events)
    with pytest.raises(Refused, match="record.not_found"):
        timeline(town.qiu, resident_id=zhang)


def test_it_is_said_what_follows_before_it_is_done(town: Town, zhang: int) -> None:
    follows = leaving.what_follows(town.shen, resident_id=zhang)
    assert (follows.care, follows.groups, follows.others) == (True, ("独居老人", "退休职工"), 0)


@pytest.mark.parametrize("status", ["moved", "died"])
def test_leaving_and_coming_back(town: Town, zhang: int, status: leaving.Leaving) -> None:
    record = listing.get(town.shen, RESIDENTS, zhang)
    version = leaving.leave(
        town.shen, resident_id=zhang, version=record.version, status=status, day=date(2026, 11, 20)
    )
    assert not any(one.active for one in groups_of(town.shen, resident_id=zhang))
    assert listing.get(town.shen, RESIDENTS, zhang).values["in_care"] is False
    assert f"status_{status}" in codes(town, zhang)
    leaving.lives_here_again(town.shen, resident_id=zhang, version=version)
    back = listing.get(town.shen, RESIDENTS, zhang)
    assert (back.values["status"], back.values["status_on"], back.values["in_care"]) == (
        "resident",
        None,
        True,
    )
    assert [one.code for one in groups_of(town.shen, resident_id=zhang) if one.active] == ["alone", "retired"]
    with pytest.raises(Refused, match="resident.lives_here"):
        leaving.lives_here_again(town.shen, resident_id=zhang, version=back.version)


def test_leaving_is_safe_against_other_edits(town: Town, zhang: int) -> None:
    with pytest.raises(Refused, match="record.changed"):
        leaving.leave(town.shen, resident_id=zhang, version=99, status="moved")
    with pytest.raises(Refused, match="form.invalid"):
        leaving.leave(
            town.shen, resident_id=zhang, version=listing.get(town.shen, RESIDENTS, zhang).version, status="died",
            day=date(2026, 12, 24),
        )  # fmt: skip


def test_what_happened_to_the_merged_record_is_part_of_it(town: Town, zhang: int) -> None:
    other = residents.add(town.shen, values={"name": "张桂枚", "area_id": town.building_2})
    keeping.look(town.shen, RESIDENTS, other)
    merging.merge(town.shen, keep_id=zhang, other_id=other)
    assert codes(town, zhang).count("registered") == 2
    assert "merged" in codes(town, zhang)
    assert [look.actor for look in who_looked(town.anna, resident_id=zhang)] == ["沈亦安"]
