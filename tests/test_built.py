"""What is built once stands in the next test as it stood in the first."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from db import engine, keeping
from db.people import residents
from db.people.residents import RESIDENTS
from tests.built import built_once
from tests.conftest import Town

PHONE = "13800001234"


def everything() -> dict[str, list[tuple[Any, ...]]]:
    with engine.reading() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table))]
            for table in SQLModel.metadata.sorted_tables
        }


built: list[int] = []
stood: dict[str, dict[str, list[tuple[Any, ...]]]] = {}


@pytest.fixture
@built_once
def zhang(town: Town) -> list[int]:
    built.append(1)
    return [residents.add(town.shen, values={"name": "张桂梅", "phone": PHONE, "area_id": town.building_1})]


@pytest.mark.parametrize("again", [0, 1, 2])
def test_rows_keys_and_numbers_are_those_of_the_first(town: Town, zhang: list[int], again: int) -> None:
    kind = engine.current().dialect.name
    assert stood.setdefault(kind, everything()) == everything()
    assert keeping.reveal(town.shen, RESIDENTS, zhang[0], "phone", "核对") == PHONE
    later = residents.add(town.shen, values={"name": "王国强", "area_id": town.building_1})
    assert later == zhang[0] + 1
    zhang.append(later)
    assert len(zhang) == 2
    assert len(built) <= 2, "once for each database"
