"""Whatever is done to people, each is found by what the record says, and by nothing else."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from db import access, importing, keeping, listing, parsing, work
from db.access import Viewer
from db.errors import Refused
from db.listing import Listing
from db.people import finding, groups, leaving, merging, moving, residents
from db.people.residents import RESIDENTS
from db.people.tables import FindKey, Resident
from db.territory import moving as areas_moving
from tests.conftest import Town
from tests.workbook_samples import xlsx

NAMES = ("张桂梅", "欧阳秀英", "王建国", "Anna Lund", "阿依古丽·买买提", "裘正", "单国栋", "赵一")
HEADINGS = ("姓名", "身份证号", "联系电话", "楼栋", "单元", "房号", "状态")
_R = Resident.__table__.c  # type: ignore[attr-defined]
_K = FindKey.__table__.c  # type: ignore[attr-defined]


def wrongly_found() -> list[int]:
    with work.unit(access.system(), "resident.view", write=False) as unit:
        return list(finding.differences(unit))


def found(viewer: Viewer, text: str) -> list[str]:
    return sorted(row["name"] for row in listing.page(viewer, RESIDENTS, Listing(search=text)).rows)


class Office:
    """Somebody who does whatever can be done to people, in an order that the dice decide."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town = town
        self.dice = random.Random(seed)
        self.moved = False

    def fields(self) -> dict[str, Any]:
        dice = self.dice
        number = parsing.make_id("320113", date(1940, 1, 1 + dice.randrange(28)), dice.randrange(1000))
        phone = "、".join(f"138{dice.randrange(10**8):08}" for _ in range(dice.randrange(3)))
        return {
            "name": dice.choice(NAMES),
            "id_number": dice.choice((number, None)),
            "phone": phone or None,
        }

    def anybody(self) -> dict[str, Any]:
        with work.unit(self.town.anna, "resident.edit", write=False) as unit:
            ids = unit.session.execute(select(_R.id).order_by(_R.id)).scalars().all()
            return listing.row_of(unit, RESIDENTS, self.dice.choice(ids), "resident.edit")

    def building(self) -> int:
        town = self.town
        return self.dice.choice((town.building_1, town.building_2, town.building_3, town.building_4))

    def home(self) -> moving.Home:
        room = str(self.dice.randrange(101, 999))
        return moving.Home(area_id=self.building(), stair="1", room=room)

    def add(self) -> None:
        values = {**self.fields(), "area_id": self.building()}
        residents.add(self.town.anna, values=values, different_from=range(1000))

    def edit(self) -> None:
        one, fields = self.anybody(), self.fields()
        name = self.dice.choice(tuple(fields))
        keeping.edit(self.town.anna, RESIDENTS, one["id"], one["version"], {name: fields[name]})

    def move(self) -> None:
        moving.move_household(self.town.anna, to=self.home(), resident_ids=[self.anybody()["id"]])

    def leave(self) -> None:
        one = self.anybody()
        leaving.leave(self.town.anna, resident_id=one["id"], version=one["version"], status="moved")

    def come_back(self) -> None:
        one = self.anybody()
        leaving.lives_here_again(self.town.anna, resident_id=one["id"], version=one["version"])

    def merge(self) -> None:
        choose = {"phone": self.dice.choice(("keep", "other", "both")), "name": "other", "home": "other",
                  "id_number": self.dice.choice(("keep", "other"))}  # fmt: skip
        merging.merge(
            self.town.anna, keep_id=self.anybody()["id"], other_id=self.anybody()["id"], choose=choose
        )

    def unmerge(self) -> None:
        merging.unmerge(self.town.anna, resident_id=self.anybody()["id"])

    def bring_in(self) -> None:
        rows = []
        for _ in range(4):
            one = self.anybody() if self.dice.random() < 0.6 else self.fields()
            phone = self.dice.choice((one["phone"], "13900001111"))
            rows.append(
                (one["name"], one["id_number"], phone, f"{self.dice.randrange(1, 5)}栋", "1",
                 str(self.dice.randrange(101, 104)), self.dice.choice(("", "", "迁出", "在住")))
            )  # fmt: skip
        upload = importing.opened(xlsx([HEADINGS, *rows]), "台账.xlsx")
        columns = importing.mapping(self.town.anna, RESIDENTS, upload.table).columns
        importing.apply(self.town.anna, importing.plan(self.town.anna, RESIDENTS, upload, columns))

    def take_back(self) -> None:
        past = [one for one in importing.imports(self.town.anna, RESIDENTS) if one.undone_at is None]
        importing.undo(self.town.anna, past[0].id if past else 0)

    def move_area(self) -> None:
        parent = self.town.south if not self.moved else self.town.north
        areas_moving.move(self.town.anna, area_id=self.town.building_1, parent_id=parent)
        self.moved = not self.moved


@pytest.mark.parametrize("seed", range(4))
def test_after_anything_that_is_done_the_keys_are_those_of_the_records(town: Town, seed: int) -> None:
    office = Office(town, seed)
    with work.unit(access.system(), "group.edit", write=True) as unit:
        groups.ensure_groups(unit)
    for _ in range(4):
        office.add()
    doing: list[Callable[[], None]] = [
        office.add, office.edit, office.edit, office.move, office.leave, office.come_back, office.merge,
        office.merge, office.unmerge, office.bring_in, office.bring_in, office.take_back, office.move_area,
    ]  # fmt: skip
    done: list[str] = []
    for _ in range(30):
        act = office.dice.choice(doing)
        with suppress(Refused):
            act()
            done.append(act.__name__)
            assert wrongly_found() == [], done
    assert {"edit", "bring_in"} <= set(done)


def test_keys_that_are_too_many_or_too_few_are_noticed(town: Town) -> None:
    ids = [
        residents.add(town.shen, values={"name": name, "area_id": town.building_1, "phone": "13800001234"})
        for name in NAMES[:3]
    ]
    with work.unit(access.system(), "resident.edit", write=True) as unit:
        unit.session.execute(delete(FindKey).where(_K.resident_id == ids[0], _K.token == "张"))
        unit.session.execute(
            update(FindKey).where(_K.resident_id == ids[2], _K.token == "王").values(place="/")
        )
        unit.session.add(FindKey(token="王", place="/", resident_id=999))
        unit.log("resident", None, "试")
    assert wrongly_found() == [ids[0], ids[2], 999]


def test_one_letter_finds_whose_family_name_begins_with_it(town: Town) -> None:
    for name in (*NAMES, "周Q"):
        residents.add(town.anna, values={"name": name, "area_id": town.building_1})
    assert found(town.anna, "z") == ["周Q", "张桂梅", "赵一"]
    assert found(town.anna, "Z 桂") == ["张桂梅"]
    assert found(town.anna, "q") == ["周Q", "裘正"]
    assert found(town.anna, "a") == ["Anna Lund", "阿依古丽·买买提"]
    assert found(town.qiu, "z") == []
