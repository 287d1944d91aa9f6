"""The registry: registering, finding, changing, and who sees what."""

import base64
import json
from datetime import date

import pytest

from db import keeping, listing, parsing
from db.errors import Refused
from db.listing import Listing
from db.people import residents
from db.people.residents import RESIDENTS
from tests.built import built_once
from tests.conftest import Town

ZHANG_ID = parsing.make_id("320113", date(1942, 3, 7), 128)


@pytest.fixture
@built_once
def zhang(town: Town) -> int:
    """Zhang Guimei, 84, of building 1 in the north."""
    return residents.add(
        town.shen,
        values={"name": "张桂梅", "id_number": ZHANG_ID, "phone": "13800001234", "area_id": town.building_1,
                "health": "高血压"},
    )  # fmt: skip


def found(town: Town, text: str) -> list[str]:
    return [row["name"] for row in listing.page(town.shen, RESIDENTS, Listing(search=text)).rows]


@pytest.mark.parametrize(
    "text", ["张桂梅", "桂梅", "张", "zgm", "ZG", ZHANG_ID, ZHANG_ID[-4:], "13800001234", "1234", "1栋"]
)
def test_finds_her(town: Town, zhang: int, text: str) -> None:
    assert found(town, text) == ["张桂梅"]


@pytest.mark.parametrize("text", ["桂张", "李", "gmz", "13800001235", "9999", "2栋", "%", "_", "'"])
def test_finds_nobody(town: Town, zhang: int, text: str) -> None:
    assert found(town, text) == []


def test_birth_date_and_sex_follow_from_the_number(town: Town, zhang: int) -> None:
    record = listing.get(town.shen, RESIDENTS, zhang)
    assert record.values["born"] == date(1942, 3, 7)
    assert record.values["sex"] == "female"


def test_numbers_are_masked_and_health_is_hidden(town: Town, zhang: int) -> None:
    record = listing.get(town.shen, RESIDENTS, zhang)
    assert record.values["phone"] == "138****1234"
    assert record.values["id_number"] == f"320113********{ZHANG_ID[-4:]}"
    assert "高血压" not in str(record.values)


def test_a_leader_sees_a_masked_name_and_no_numbers(town: Town, zhang: int) -> None:
    record = listing.get(town.lei, RESIDENTS, zhang)
    assert record.values["name"] == record.label == "张*梅"
    assert not {"phone", "id_number", "health"} & set(record.values)


def test_outside_ones_areas_she_does_not_exist(town: Town, zhang: int) -> None:
    assert listing.page(town.qiu, RESIDENTS, Listing()).total == 0
    with pytest.raises(Refused, match="record.not_found"):
        listing.get(town.qiu, RESIDENTS, zhang)
    with pytest.raises(Refused, match="record.not_found"):
        keeping.edit(town.qiu, RESIDENTS, zhang, 1, {"note": "x"})


def test_a_volunteer_sees_nobody(town: Town, zhang: int) -> None:
    with pytest.raises(Refused, match="access.denied"):
        listing.page(town.vera, RESIDENTS, Listing())


def test_the_same_number_twice_is_refused(town: Town, zhang: int) -> None:
    with pytest.raises(Refused) as refusal:
        residents.add(town.shen, values={"name": "张桂美", "id_number": ZHANG_ID, "area_id": town.building_2})
    assert refusal.value.code == "resident.number_taken"
    with pytest.raises(Refused, match="resident.number_elsewhere"):
        residents.add(town.qiu, values={"name": "张桂美", "id_number": ZHANG_ID, "area_id": town.building_3})


def test_somebody_alike_is_shown_before_a_record_is_made(town: Town, zhang: int) -> None:
    values = {"name": "张桂梅", "born": date(1942, 3, 7), "area_id": town.building_2}
    with pytest.raises(Refused) as refusal:
        residents.add(town.shen, values=values)
    assert [one["id"] for one in refusal.value.facts["found"]] == [zhang]
    assert residents.add(town.shen, values=values, different_from=[zhang]) != zhang


def test_two_people_saving_at_once_lose_nothing(town: Town, zhang: int) -> None:
    keeping.edit(town.shen, RESIDENTS, zhang, 1, {"note": "每周三有人送饭", "living": "alone"})
    with pytest.raises(Refused) as refusal:
        keeping.edit(town.anna, RESIDENTS, zhang, 1, {"note": "女儿周末来"})
    assert refusal.value.code == "record.changed"
    assert refusal.value.facts["theirs"] == {"note": "每周三有人送饭"}
    assert (
        keeping.edit(town.anna, RESIDENTS, zhang, refusal.value.facts["version"], {"note": "女儿周末来"}) == 3
    )


def test_history_says_what_changed_but_never_a_number(town: Town, zhang: int) -> None:
    keeping.edit(town.shen, RESIDENTS, zhang, 1, {"phone": "13900005678", "carer": "沈亦安"})
    latest = listing.history(town.shen, RESIDENTS, zhang)[0]
    assert latest.changes == {"phone": ["•", "•"], "carer": ["", "沈亦安"]}
    assert found(town, "13900005678") == ["张桂梅"]
    assert found(town, "13800001234") == []


def test_what_nobody_filled_in_does_not_change(town: Town) -> None:
    li = residents.add(town.shen, values={"name": "李秀兰", "area_id": town.building_1, "health": None})
    keeping.edit(town.shen, RESIDENTS, li, 1, {"health": "", "note": "腿脚不便"})
    latest = listing.history(town.shen, RESIDENTS, li)[0]
    assert list(latest.changes) == ["note"]


def test_a_reveal_needs_a_reason_and_is_recorded(town: Town, zhang: int) -> None:
    with pytest.raises(Refused, match="reveal.reason"):
        keeping.reveal(town.shen, RESIDENTS, zhang, "phone", " ")
    assert keeping.reveal(town.shen, RESIDENTS, zhang, "phone", "上门前联系") == "13800001234"
    latest = listing.history(town.shen, RESIDENTS, zhang)[0]
    assert (latest.action, latest.actor, latest.reason) == ("resident.reveal", "沈亦安", "上门前联系")
    with pytest.raises(Refused, match="access.denied"):
        keeping.reveal(town.lei, RESIDENTS, zhang, "phone", "好奇")


def test_death_ends_care_and_hides_from_the_list(town: Town, zhang: int) -> None:
    keeping.edit(town.shen, RESIDENTS, zhang, 1, {"in_care": True})
    keeping.edit(town.shen, RESIDENTS, zhang, 2, {"status": "died"})
    record = listing.get(town.shen, RESIDENTS, zhang)
    assert record.values["in_care"] is False
    assert record.values["status_on"] == date(2026, 11, 23)
    assert listing.page(town.shen, RESIDENTS, Listing()).total == 0
    assert listing.page(town.shen, RESIDENTS, Listing(filters={"status": ("died",)})).total == 1


def test_pages_follow_each_other_both_ways(town: Town) -> None:
    for number in range(7):
        residents.add(town.shen, values={"name": f"王{'一二三四五六七'[number]}", "area_id": town.building_1})
    first = listing.page(town.shen, RESIDENTS, Listing(size=3))
    second = listing.page(town.shen, RESIDENTS, Listing(size=3, after=first.last))
    third = listing.page(town.shen, RESIDENTS, Listing(size=3, after=second.last))
    assert [len(page.rows) for page in (first, second, third)] == [3, 3, 1]
    assert (first.has_previous, first.has_next, third.has_next, first.total) == (False, True, False, 7)
    back = listing.page(town.shen, RESIDENTS, Listing(size=3, before=third.first))
    assert back.rows == second.rows
    for sort in RESIDENTS.sorts:
        assert listing.page(town.shen, RESIDENTS, Listing(sort=sort.name, after="damaged")).total == 7


def test_who_sees_names_masked_finds_nothing_by_what_is_hidden(town: Town, zhang: int) -> None:
    def leader_finds(text: str) -> int:
        return listing.page(town.lei, RESIDENTS, Listing(search=text)).total

    assert leader_finds("张") == 1, "the family name is shown, so it may be searched"
    for hidden in ("桂", "张桂梅", "zgm", "桂梅", ZHANG_ID, ZHANG_ID[-4:], "13800001234", "1234"):
        assert leader_finds(hidden) == 0, hidden
    residents.add(town.shen, values={"name": "李建国", "area_id": town.building_1})
    by_name = listing.page(town.lei, RESIDENTS, Listing(sort="name", size=1))
    assert by_name.last == "" or "桂梅" not in str(base64.urlsafe_b64decode(by_name.last))
    assert [sort.name for sort in listing.sorts_of(town.lei, RESIDENTS)] == ["address", "oldest", "newest"]


def test_a_search_of_a_thousand_words_is_cut_short(town: Town, zhang: int) -> None:
    assert found(town, "张桂梅 " * 1000) == ["张桂梅"]


def test_a_page_mark_cannot_be_read_or_made(town: Town, zhang: int) -> None:
    mark = listing.page(town.shen, RESIDENTS, Listing(sort="name")).last
    assert "张" not in base64.urlsafe_b64decode(mark).decode(errors="replace")
    forged = base64.urlsafe_b64encode(json.dumps(["z", "/", 1]).encode()).decode()
    assert listing.page(town.shen, RESIDENTS, Listing(sort="name", after=forged)).rows
