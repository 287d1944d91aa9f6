"""People and the areas they live in: moved with them, found under their new name."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select, text

from db import engine, keeping, listing
from db.access import Viewer
from db.listing import Listing
from db.people import entering, finding, households, residents
from db.people.households import HOUSEHOLDS
from db.people.moving import Home
from db.people.residents import RESIDENTS
from db.people.tables import Resident
from db.register import Register
from db.territory import areas, moving
from db.work import unit
from tests.built import built_once
from tests.conftest import Town


@pytest.fixture
@built_once
def wangs(town: Town) -> entering.Entered:
    """Wang Guoqiang and wife at 1-3-402; a lodger of whom only the building is known."""
    residents.add(town.anna, values={"name": "丁秀兰", "area_id": town.building_1})
    return entering.register_household(
        town.shen, home=Home(area_id=town.building_1, stair="3", room="402"), number="000123",
        people=[{"name": "王国强", "phone": "13800001111"}, {"name": "李秀兰", "relation": "spouse"}],
    )  # fmt: skip


def found(viewer: Viewer, register: Register, asked: str) -> list[str]:
    rows = listing.page(viewer, register, Listing(search=asked)).rows
    return sorted(str(row[register.label]) for row in rows)


def out_of_order(town: Town) -> list[int]:
    with unit(town.anna, "settings.edit", write=False) as work:
        return list(finding.differences(work))


SMALL = {
    "account_area",
    "stand_in",
    "visit_rule",
    "round_sheet",
}  # a few hundred rows in the largest district


@contextmanager
def scans() -> Iterator[list[str]]:
    """The updates within the block for which SQLite reads a whole table of people."""
    found: list[str] = []

    def planned(connection, cursor, statement, parameters, *_more):  # type: ignore[no-untyped-def]
        if connection.dialect.name != "sqlite" or not statement.startswith("UPDATE"):
            return
        asked = connection.connection.driver_connection.cursor()
        one = parameters[0] if isinstance(parameters, list) else parameters
        for row in asked.execute("EXPLAIN QUERY PLAN " + statement, one):
            if row[3].startswith("SCAN") and row[3].split()[1] not in SMALL:
                found.append(f"{row[3]}: {statement}")

    event.listen(engine.current(), "before_cursor_execute", planned)
    try:
        yield found
    finally:
        event.remove(engine.current(), "before_cursor_execute", planned)


def test_whoever_lives_in_a_moved_building_is_found_at_the_new_place(
    town: Town, wangs: entering.Entered
) -> None:
    with scans() as whole_tables:
        moving.move(town.anna, area_id=town.building_1, parent_id=town.south)
    assert whole_tables == []
    for asked in ("王国强", "wgq", "13800001111", "1111", "1-3-402"):
        assert "王国强" in found(town.qiu, RESIDENTS, asked)
        assert found(town.shen, RESIDENTS, asked) == []
    assert out_of_order(town) == []


def test_a_number_that_does_not_open_keeps_nobody_from_moving(town: Town, wangs: entering.Entered) -> None:
    with engine.writing() as session:
        session.execute(
            text("UPDATE resident SET phone = :nothing WHERE name = '王国强'"), {"nothing": b"\x00"}
        )
    moving.move(town.anna, area_id=town.building_1, parent_id=town.south)
    assert found(town.qiu, HOUSEHOLDS, "1-3-402") == ["1-3-402"]
    with engine.reading() as session:
        places = session.execute(text("SELECT DISTINCT place FROM find_key")).scalars().all()
    assert all(place.startswith(town.path(town.south)) for place in places)


def test_a_new_name_is_in_the_addresses_at_once(town: Town, wangs: entering.Entered) -> None:
    areas.change(town.anna, area_id=town.building_1, name="21栋")
    assert found(town.shen, HOUSEHOLDS, "21-3-402") == ["21-3-402"]
    assert found(town.shen, RESIDENTS, "21-3-402") == ["李秀兰", "王国强"]
    assert found(town.shen, HOUSEHOLDS, "1-3-402") == found(town.shen, RESIDENTS, "1-3-402") == []
    assert households.find_home(town.shen, text="21栋3单元402").homes[0].address == "21-3-402"
    with engine.reading() as session:
        rows = session.execute(select(Resident.name, Resident.address)).all()
    assert dict(rows) == {"王国强": "21-3-402", "李秀兰": "21-3-402", "丁秀兰": "21栋"}
    assert out_of_order(town) == []


def test_a_number_alone_is_in_the_addresses_too(town: Town, wangs: entering.Entered) -> None:
    areas.change(town.anna, area_id=town.building_1, number="甲1")
    assert found(town.shen, HOUSEHOLDS, "甲1-3-402") == ["甲1-3-402"]
    areas.change(town.anna, area_id=town.building_1, floors=7)
    keeping.edit(town.shen, HOUSEHOLDS, wangs.household_id, 1, {"note": "钥匙在居委会"})
    assert found(town.shen, HOUSEHOLDS, "甲1-3-402") == ["甲1-3-402"]
