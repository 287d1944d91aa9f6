"""Fields that an administrator adds: in form, list, filter, search of the past, export, history."""

import pytest

from db import custom, exporting, keeping, listing
from db.errors import Refused
from db.exporting import Column
from db.listing import Listing
from db.people import residents
from db.people.residents import RESIDENTS
from db.workbook import layout, reading
from tests.conftest import Town


@pytest.fixture
def fields(town: Town) -> dict[str, str]:
    """A pet, what somebody can repair, whether the gas alarm was checked, a sensitive note."""

    def add(label: str, kind: str, **more: object) -> str:
        return custom.add_custom_field(town.anna, register="residents", label=label, kind=kind, **more)  # type: ignore[arg-type]

    return {
        "pet": add("宠物", "choice", options="猫\n狗\n鸟", in_list=True),
        "repairs": add("会修什么", "choices", options="电器\n水管\n自行车"),
        "alarm": add("燃气报警器已查", "yes_no"),
        "secret": add("特殊情况", "text", sensitive=True),
        "since": add("入住日期", "day"),
    }


def test_in_form_list_filter_history_and_export(town: Town, fields: dict[str, str]) -> None:
    values = {
        "name": "张桂梅", "area_id": town.building_1, fields["pet"]: "猫", fields["repairs"]: ["电器", "水管"],
        fields["alarm"]: True, fields["secret"]: "曾走失一次", fields["since"]: "1987.5",
    }  # fmt: skip
    zhang = residents.add(town.shen, values=values)
    li = residents.add(town.shen, values={"name": "李建国", "area_id": town.building_1, fields["pet"]: "狗"})

    def ids(**filters: str) -> list[int]:
        asked = Listing(filters={fields[name]: (code,) for name, code in filters.items()})
        return [row["id"] for row in listing.page(town.shen, RESIDENTS, asked).rows]

    assert listing.page(town.shen, RESIDENTS, Listing(search="张")).rows[0][fields["pet"]] == "猫"
    assert ids(pet="猫") == [zhang]
    assert ids(repairs="水管") == [zhang]
    assert ids(repairs="自行车") == []
    assert ids(alarm="yes") == [zhang]
    assert ids(alarm="no") == [li]

    record = listing.get(town.shen, RESIDENTS, zhang)
    assert "走失" not in str(record.values)
    assert keeping.reveal(town.shen, RESIDENTS, zhang, fields["secret"], "家访前了解") == "曾走失一次"

    keeping.edit(town.shen, RESIDENTS, zhang, 1, {fields["pet"]: "鸟", fields["secret"]: "曾走失两次"})
    changes = listing.history(town.shen, RESIDENTS, zhang)[0].changes
    assert changes == {fields["pet"]: ["猫", "鸟"], fields["secret"]: ["•", "•"]}

    content = exporting.export(
        town.shen, RESIDENTS, Listing(search="张"),
        [Column("name", "姓名"), Column(fields["pet"], "宠物"), Column(fields["repairs"], "会修什么"), Column(fields["secret"], "情况")],
    )  # fmt: skip
    table = layout.find_table(reading.read(content, "x.xlsx"))
    assert [row[1] for row in layout.data_rows(table)] == [("张桂梅", "鸟", "电器、水管", "＊＊＊")]


def test_what_cannot_be_is_refused(town: Town, fields: dict[str, str]) -> None:
    def add(**more: object) -> None:
        custom.add_custom_field(town.anna, register="residents", **more)  # type: ignore[arg-type]

    for code, more in (
        ("custom.label", {"label": "宠物", "kind": "text"}),
        ("custom.label", {"label": " ", "kind": "text"}),
        ("custom.options", {"label": "颜色", "kind": "choice", "options": "红"}),
        ("custom.sensitive_list", {"label": "病", "kind": "text", "sensitive": True, "in_list": True}),
    ):
        with pytest.raises(Refused) as refusal:
            add(**more)
        assert refusal.value.code == code
    with pytest.raises(Refused, match="access.denied"):
        custom.add_custom_field(town.shen, register="residents", label="x", kind="text")
    with pytest.raises(Refused) as refused:
        residents.add(town.shen, values={"name": "张桂梅", "area_id": town.building_1, fields["pet"]: "龙"})
    assert refused.value.facts["problems"] == {fields["pet"]: "field.not_a_choice"}


def test_a_closed_field_leaves_form_and_list_but_keeps_its_values(town: Town, fields: dict[str, str]) -> None:
    zhang = residents.add(
        town.shen, values={"name": "张桂梅", "area_id": town.building_1, fields["pet"]: "猫"}
    )
    field = next(
        one for one in custom.custom_fields(town.anna, register="residents") if one["key"] == fields["pet"]
    )
    custom.change_custom_field(
        town.anna, field_id=field["id"], label="宠物", options=field["options"], closed=True
    )
    assert fields["pet"] not in listing.get(town.shen, RESIDENTS, zhang).values
    keeping.edit(town.shen, RESIDENTS, zhang, 1, {"note": "x"})
    custom.change_custom_field(town.anna, field_id=field["id"], label="宠物", options=field["options"])
    assert listing.get(town.shen, RESIDENTS, zhang).values[fields["pet"]] == "猫"


def test_views_are_private_unless_shared(town: Town) -> None:
    custom.save_view(
        town.shen, register="residents", name="独居八十岁", params={"age": ["80+"], "living": ["alone"]}
    )
    custom.save_view(town.shen, register="residents", name="党员", params={"q": ["党"]}, shared=True)
    assert [view["name"] for view in custom.saved_views(town.qiu, register="residents")] == ["党员"]
    assert len(custom.saved_views(town.shen, register="residents")) == 2
    with pytest.raises(Refused, match="view.share"):
        custom.save_view(town.lei, register="residents", name="x", params={}, shared=True)
    shared = custom.saved_views(town.qiu, register="residents")[0]
    with pytest.raises(Refused, match="record.not_found"):
        custom.drop_view(town.qiu, view_id=shared["id"])
    custom.drop_view(town.shen, view_id=shared["id"])
    assert custom.saved_views(town.qiu, register="residents") == []
