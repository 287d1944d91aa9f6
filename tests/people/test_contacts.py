"""Whom to call: masked like the person's own number."""

import pytest

from db import listing
from db.errors import Refused
from db.people import contacts, residents
from db.people.residents import RESIDENTS
from db.people.timeline import who_looked
from tests.built import built_once
from tests.conftest import Town


@pytest.fixture
@built_once
def zhang(town: Town) -> int:
    return residents.add(town.shen, values={"name": "张桂梅", "area_id": town.building_1})


@pytest.fixture
@built_once
def daughter(town: Town, zhang: int) -> int:
    contacts.add_contact(
        town.shen,
        resident_id=zhang,
        values={"name": "老邻居", "relation": "邻居", "position": 1, "emergency": False},
    )
    return contacts.add_contact(
        town.shen, resident_id=zhang,
        values={"name": "张小红", "relation": "女儿", "phone": "13900005678", "emergency": True, "note": "周末在家"},
    )  # fmt: skip


def test_emergency_first_and_the_number_masked(town: Town, zhang: int, daughter: int) -> None:
    first, second = contacts.contacts_of(town.shen, resident_id=zhang)
    assert (first.name, first.phone, first.emergency, second.name) == (
        "张小红",
        "139****5678",
        True,
        "老邻居",
    )


def test_a_leader_sees_neither_name_nor_number(town: Town, zhang: int, daughter: int) -> None:
    first = contacts.contacts_of(town.lei, resident_id=zhang)[0]
    assert (first.name, first.phone, first.note, first.relation) == ("＊＊＊", None, "", "女儿")


def test_a_reveal_needs_a_reason_and_is_on_the_record(town: Town, zhang: int, daughter: int) -> None:
    with pytest.raises(Refused, match="reveal.reason"):
        contacts.reveal_phone(town.shen, contact_id=daughter, reason="")
    assert contacts.reveal_phone(town.shen, contact_id=daughter, reason="老人没有应门") == "13900005678"
    look = who_looked(town.anna, resident_id=zhang)[0]
    assert (look.actor, look.field, look.reason) == ("沈亦安", "contact_phone", "老人没有应门")
    for stranger, code in ((town.qiu, "record.not_found"), (town.lei, "access.denied")):
        with pytest.raises(Refused, match=code):
            contacts.reveal_phone(stranger, contact_id=daughter, reason="好奇")


def test_a_change_keeps_the_number_that_was_not_typed(town: Town, zhang: int, daughter: int) -> None:
    contacts.change_contact(town.shen, contact_id=daughter, version=1, values={"note": "换工作了"})
    assert contacts.reveal_phone(town.shen, contact_id=daughter, reason="核对号码") == "13900005678"
    with pytest.raises(Refused, match="record.changed"):
        contacts.change_contact(town.anna, contact_id=daughter, version=1, values={"note": "x"})


def test_the_trail_names_the_relation_only(town: Town, zhang: int, daughter: int) -> None:
    contacts.close_contact(town.shen, contact_id=daughter)
    assert [one.name for one in contacts.contacts_of(town.shen, resident_id=zhang)] == ["老邻居"]
    trail = str(listing.history(town.anna, RESIDENTS, zhang))
    assert "女儿" in trail
    assert "张小红" not in trail
    assert "13900005678" not in trail


def test_what_cannot_be_kept_is_said(town: Town, zhang: int) -> None:
    with pytest.raises(Refused) as refusal:
        contacts.add_contact(town.shen, resident_id=zhang, values={"name": "", "phone": "12"})
    assert set(refusal.value.facts["problems"]) == {"name", "phone"}
    with pytest.raises(Refused, match="contact.self"):
        contacts.add_contact(town.shen, resident_id=zhang, values={"name": "自己"}, other_id=zhang)
