"""Two records of one person become one, and two again."""

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlmodel import SQLModel

from db import access, engine, keeping, listing, parsing, work
from db.errors import Refused
from db.identity import Account
from db.listing import Listing
from db.people import contacts, doubles, groups, merging, pointers, residents
from db.people.residents import RESIDENTS
from db.people.tables import FindKey, Membership, Resident
from db.territory import posts
from tests.built import built_once
from tests.conftest import Town

OLD_ID = parsing.make_id("320113", date(1942, 3, 7), 128)
NEW_ID = parsing.make_id("320113", date(1942, 3, 8), 126)


@pytest.fixture
@built_once
def pair(town: Town) -> tuple[int, int]:
    """Zhang Guimei twice: as the ledger of the north has her, and as somebody wrote her down by ear."""
    with work.unit(access.system(), "group.edit", write=True) as unit:
        groups.ensure_groups(unit)
    first = residents.add(
        town.shen,
        values={"name": "张桂梅", "id_number": OLD_ID, "phone": "13800001234", "area_id": town.building_1,
                "note": "每周三送饭"},
        groups=["alone"],
    )  # fmt: skip
    second = residents.add(
        town.shen,
        values={"name": "张贵梅", "id_number": NEW_ID, "phone": "13900005678", "area_id": town.building_2,
                "health": "高血压", "note": "女儿在外地"},
        groups=["alone", "disabled"],
    )  # fmt: skip
    contacts.add_contact(
        town.shen, resident_id=second, values={"name": "张小红", "relation": "女儿"}, other_id=first
    )
    with engine.writing() as session:
        session.add(Account(username="zhang", name="张桂梅", role="volunteer", resident_id=second))
    return first, second


def whole(town: Town) -> dict[str, list[str]]:
    """Everything that points to residents, and the residents, as the database has it."""
    kept = {}
    with engine.reading() as session:
        for table in ("resident", "group_membership", "contact", "account", "post", "find_key"):
            rows = session.execute(select(SQLModel.metadata.tables[table])).mappings()
            kept[table] = sorted(
                str({name: value for name, value in row.items() if name not in ("version", "changed_at")})
                for row in rows
            )
    return kept


def found(town: Town, text: str) -> list[int]:
    return [row["id"] for row in listing.page(town.shen, RESIDENTS, Listing(search=text)).rows]


def test_the_chosen_values_stay_and_both_numbers_find_her(town: Town, pair: tuple[int, int]) -> None:
    keep, gone = pair
    merging.merge(
        town.shen,
        keep_id=keep,
        other_id=gone,
        choose={"phone": "both", "health": "other", "note": "both", "home": "other"},
    )
    assert keeping.reveal(town.shen, RESIDENTS, keep, "phone", "核对") == "13800001234、13900005678"
    assert keeping.reveal(town.shen, RESIDENTS, keep, "health", "核对") == "高血压"
    record = listing.get(town.shen, RESIDENTS, keep)
    assert (record.values["address"], record.values["note"]) == ("2栋", "每周三送饭\n女儿在外地")
    for typed in (OLD_ID, NEW_ID, NEW_ID[-4:], "13800001234", "13900005678", "张桂梅", "zgm"):
        assert found(town, typed) == [keep]
    keeping.edit(town.shen, RESIDENTS, keep, record.version, {"phone": "13811112222"})
    assert found(town, "13900005678") == [keep]
    assert merging.stays(town.shen, resident_id=gone) == keep


def test_her_number_can_be_taken_over(town: Town, pair: tuple[int, int]) -> None:
    merging.merge(
        town.shen, keep_id=pair[0], other_id=pair[1], choose={"id_number": "other", "born": "other"}
    )
    assert keeping.reveal(town.shen, RESIDENTS, pair[0], "id_number", "核对") == NEW_ID
    assert found(town, OLD_ID) == [pair[0]]
    with pytest.raises(Refused, match="resident.number_taken"):
        residents.add(town.shen, values={"name": "张某", "id_number": OLD_ID, "area_id": town.building_1})


def test_everything_points_to_the_one_that_stays(town: Town, pair: tuple[int, int]) -> None:
    keep, gone = pair
    with engine.writing() as session:
        post = posts.Post(
            area_id=town.building_2, area_path=town.path(town.building_2), role="building_lead", holder="张贵梅",
            holder_key=f"r{gone}", resident_id=gone, since=date(2026, 1, 1),
        )  # fmt: skip
        session.add(post)
        session.flush()
        post_id = post.id
    merging.merge(town.shen, keep_id=keep, other_id=gone)
    with engine.reading() as session:
        for table, column in pointers.pointing():
            rows = session.execute(select(column).where(column == gone)).all()
            assert (table.name, rows) == (table.name, [])
        memberships = session.execute(select(Membership.group_id).where(Membership.resident_id == keep)).all()  # type: ignore[call-overload]
        assert len(memberships) == 2  # alone once, disabled
    filtered = listing.page(town.shen, RESIDENTS, Listing(filters={"group": ("disabled",)}))
    assert [row["id"] for row in filtered.rows] == [keep]
    with engine.reading() as session:
        assert (
            session.execute(text("SELECT holder_key FROM post WHERE id = :id"), {"id": post_id}).scalar()
            == f"r{keep}"
        )
    assert [one.other_id for one in contacts.contacts_of(town.shen, resident_id=keep)] == [None]


def test_no_table_that_names_a_resident_is_forgotten() -> None:
    named = {(table.name, column.name) for table, column in pointers.pointing()}
    assert {
        ("group_membership", "resident_id"), ("contact", "resident_id"), ("contact", "other_id"),
        ("post", "resident_id"), ("account", "resident_id"), ("resident", "merged_into"),
    } <= named  # fmt: skip
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if any(key.target_fullname == "resident.id" for key in column.foreign_keys):
                assert (table.name, column.name) in named


def test_undoing_brings_both_back_exactly(town: Town, pair: tuple[int, int]) -> None:
    keep, gone = pair
    before = whole(town)
    merging.merge(
        town.shen, keep_id=keep, other_id=gone,
        choose={"id_number": "other", "phone": "both", "home": "other", "name": "other", "health": "other"},
    )  # fmt: skip
    assert whole(town) != before
    assert merging.unmerge(town.shen, resident_id=gone) == (keep, gone)
    assert whole(town) == before
    with pytest.raises(Refused, match="merge.none"):
        merging.unmerge(town.shen, resident_id=gone)


def test_later_edits_stay_unless_they_stand_in_the_way(town: Town, pair: tuple[int, int]) -> None:
    keep, gone = pair
    merging.merge(town.shen, keep_id=keep, other_id=gone, choose={"phone": "other"})
    version = listing.get(town.shen, RESIDENTS, keep).version
    version = keeping.edit(town.shen, RESIDENTS, keep, version, {"employer": "红星机械厂"})
    version = keeping.edit(town.shen, RESIDENTS, keep, version, {"phone": "13700001111"})
    with pytest.raises(Refused) as refusal:
        merging.unmerge(town.shen, resident_id=keep)
    assert refusal.value.code == "merge.conflict"
    assert refusal.value.facts["fields"] == ["phone"]
    keeping.edit(town.shen, RESIDENTS, keep, version, {"phone": "13900005678"})
    merging.unmerge(town.shen, resident_id=keep)
    assert listing.get(town.shen, RESIDENTS, keep).values["employer"] == "红星机械厂"
    assert found(town, "13800001234") == [keep]
    assert found(town, "13900005678") == [gone]


def test_merges_are_undone_from_the_last(town: Town, pair: tuple[int, int]) -> None:
    third = residents.add(town.shen, values={"name": "张桂枚", "area_id": town.building_1})
    merging.merge(town.shen, keep_id=pair[0], other_id=pair[1])
    merging.merge(town.shen, keep_id=third, other_id=pair[0])
    assert found(town, NEW_ID) == found(town, "zgm") == [third]
    assert merging.stays(town.shen, resident_id=pair[1]) == third
    with pytest.raises(Refused, match="merge.later"):
        merging.unmerge(town.shen, resident_id=pair[1])
    merging.unmerge(town.shen, resident_id=pair[0])
    merging.unmerge(town.shen, resident_id=pair[1])
    assert found(town, OLD_ID) == [pair[0]]
    assert found(town, NEW_ID) == [pair[1]]


def test_who_may_not_merge(town: Town, pair: tuple[int, int]) -> None:
    for viewer, code in (
        (town.qiu, "record.not_found"),
        (town.lei, "access.denied"),
        (town.vera, "access.denied"),
    ):
        with pytest.raises(Refused, match=code):
            merging.merge(viewer, keep_id=pair[0], other_id=pair[1])
    with pytest.raises(Refused, match="merge.same"):
        merging.merge(town.shen, keep_id=pair[0], other_id=pair[0])
    with pytest.raises(Refused, match="merge.changed"):
        merging.merge(town.shen, keep_id=pair[0], other_id=pair[1], versions=(1, 99))


def test_side_by_side_without_showing_what_is_sealed(town: Town, pair: tuple[int, int]) -> None:
    side = merging.compare(town.shen, kept_id=pair[0], other_id=pair[1])
    by_name = {one.name: one for one in side.fields}
    assert (by_name["phone"].mine, by_name["phone"].theirs, by_name["phone"].equal) == (
        "138****1234",
        "139****5678",
        False,
    )
    assert by_name["stay"].equal
    assert [one.equal for one in side.fields] == sorted(one.equal for one in side.fields)
    assert OLD_ID not in str(side)
    assert "高血压" not in str(side)


def test_the_copy_of_what_was_is_sealed(town: Town, pair: tuple[int, int]) -> None:
    merging.merge(town.shen, keep_id=pair[0], other_id=pair[1])
    with engine.reading() as session:
        raw = bytes(session.execute(text("SELECT before FROM resident_merge")).scalar_one())
    assert NEW_ID.encode() not in raw
    assert b"resident_id" not in raw


def test_pairs_are_proposed_until_somebody_says_they_are_two(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add(name: str, building: int, **more: object) -> int:
        return residents.add(
            town.anna, values={"name": name, "area_id": building, **more},
            different_from=list(range(100)),
        )  # fmt: skip

    one, two = (
        add("陈建国", building, born=date(1950, 5, 1)) for building in (town.building_1, town.building_2)
    )
    add("陈建国", town.building_1, born=date(1961, 5, 1))
    three, four = (
        add("林慧", building, phone="13800009999") for building in (town.building_1, town.building_3)
    )
    add("林小慧", town.building_1, phone="13800009999")
    assert {(pair.first.id, pair.second.id) for pair in doubles.proposals(town.anna).pairs} == {
        (one, two),
        (three, four),
    }
    (north,) = doubles.proposals(town.shen).pairs
    assert (north.first.name, north.because) == ("陈建国", ("same_birth_date",))
    assert doubles.proposals(town.anna, area_id=town.south).pairs == []
    with monkeypatch.context() as few:
        few.setattr(doubles, "MOST_AT_ONCE", 1)
        assert doubles.proposals(town.anna).more
    merging.not_same(town.shen, one_id=two, other_id=one)
    assert doubles.proposals(town.shen).pairs == []
    merging.merge(town.anna, keep_id=three, other_id=four)
    assert doubles.proposals(town.anna).pairs == []


def test_not_the_same_is_remembered_through_a_merge(town: Town, pair: tuple[int, int]) -> None:
    twin = residents.add(town.shen, values={"name": "张桂梅", "area_id": town.building_2})
    merging.not_same(town.shen, one_id=pair[1], other_id=twin)
    merging.merge(town.shen, keep_id=pair[0], other_id=pair[1])
    before = {"name": "张桂梅"}
    version = listing.get(town.shen, RESIDENTS, twin).version
    keeping.edit(town.shen, RESIDENTS, twin, version, {**before, "born": date(1942, 3, 7)})
    assert doubles.proposals(town.shen).pairs == []


def test_no_find_key_of_the_one_that_went(town: Town, pair: tuple[int, int]) -> None:
    merging.merge(town.shen, keep_id=pair[0], other_id=pair[1])
    with engine.reading() as session:
        assert session.execute(select(FindKey.token).where(FindKey.resident_id == pair[1])).all() == []  # type: ignore[call-overload]
        gone = session.get(Resident, pair[1])
        assert gone is not None
        assert (gone.status, gone.merged_into, gone.place) == ("merged", pair[0], town.path(town.building_2))


def test_what_was_moved_on_since_stands_in_the_way_by_name(town: Town, pair: tuple[int, int]) -> None:
    keep, gone = pair
    third = residents.add(town.shen, values={"name": "李红", "area_id": town.building_1})
    merging.merge(town.shen, keep_id=keep, other_id=gone)
    with engine.writing() as session:
        moved = "UPDATE account SET resident_id = :third WHERE resident_id = :keep"
        session.execute(text(moved), {"third": third, "keep": keep})
    with pytest.raises(Refused, match="merge.conflict") as refusal:
        merging.unmerge(town.shen, resident_id=keep)
    assert refusal.value.facts["pointers"] == ["account"]
