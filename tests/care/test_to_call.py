"""Whom to call when somebody was not met: in order, each number to tap, each look recorded, nobody told to call themself."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from db import clock, engine, keeping
from db.access import Viewer
from db.audit import AuditEntry
from db.care import calls, days, visits
from db.care.calls import ToCall
from db.care.visits import Seen
from db.errors import Refused
from db.people import contacts, residents
from db.territory import posts
from db.territory.posts import POSTS, Post
from tests.built import built_once
from tests.conftest import Town
from tests.screens import Screens, buttons, text_of


def post(by: Viewer, area: int, role: str, holder: str, **values: object) -> int:
    return keeping.create(
        by, POSTS, {"area_id": area, "role": role, "holder": holder, "since": clock.today(), **values}
    )


@pytest.fixture
@built_once
def zhou(town: Town) -> int:
    """Zhou has a telephone and a daughter with one, a son without; Wang leads the building, Shen the grid."""
    days.new_day(town.anna)
    made = residents.add(
        town.shen,
        values={
            "name": "周秀英",
            "area_id": town.building_1,
            "in_care": True,
            "colour": "red",
            "phone": "13811112222",
        },
    )
    for values in (
        {"name": "吴小红", "relation": "女儿", "phone": "13900005678", "emergency": True},
        {"name": "吴大明", "relation": "儿子"},
    ):
        contacts.add_contact(town.shen, resident_id=made, values=values)
    post(town.anna, town.building_1, "building_lead", "王华", phone="13700008126", deputy="沈亦安")
    post(town.anna, town.north, "grid_worker", "沈亦安", account_id=town.shen.account_id, phone="13600001111",
         deputy="韩梅")  # fmt: skip
    post(town.anna, town.community, "grid_worker", "何主任", phone="13500009999")
    return made


def found(viewer: Viewer, resident_id: int) -> list[ToCall]:
    return calls.whom_to_call(viewer, resident_id=resident_id)


def looks(town: Town) -> list[tuple[str, str]]:
    with engine.reading() as session:
        asked = select(AuditEntry.kind, AuditEntry.reason).where(AuditEntry.action == "resident.reveal")
        return [(row.kind, row.reason) for row in session.execute(asked.order_by(AuditEntry.id))]


def test_the_order_begins_with_the_person_and_leaves_the_reader_out(town: Town, zhou: int) -> None:
    named = [(one.name, one.why, one.phone) for one in found(town.shen, zhou)]
    assert named == [
        ("周秀英", "self", "138****2222"), ("吴小红", "emergency", "139****5678"), ("吴大明", "contact", ""),
        ("王华", "post", "137****8126"), ("韩梅", "deputy", ""), ("何主任", "post", "135****9999"),
    ]  # fmt: skip
    assert "沈亦安" in [one.name for one in found(town.anna, zhou)]


def test_one_reveal_shows_the_numbers_within_reach_and_each_is_recorded(town: Town, zhou: int) -> None:
    numbers = calls.reveal_numbers(town.shen, resident_id=zhou, reason="两次未见到，按顺序联系")
    assert sorted(numbers.values()) == ["13700008126", "13811112222", "13900005678"]  # not the community's
    assert looks(town) == [(kind, "两次未见到，按顺序联系") for kind in ("resident", "resident", "post")]
    with pytest.raises(Refused, match=r"reveal\.reason"):
        calls.reveal_numbers(town.shen, resident_id=zhou, reason=" ")
    with pytest.raises(Refused, match=r"record\.not_found"):
        calls.reveal_numbers(town.qiu, resident_id=zhou, reason="要打电话")
    for who in (town.lei, town.vera):
        with pytest.raises(Refused, match=r"access\.denied"):
            calls.reveal_numbers(who, resident_id=zhou, reason="要打电话")
    assert len(looks(town)) == 3


def test_a_deputy_without_an_account_has_a_number_of_their_own(town: Town, zhou: int) -> None:
    with engine.reading() as session:
        grid = session.execute(select(Post.id, Post.version).where(Post.deputy == "韩梅")).one()  # type: ignore[call-overload]
    keeping.edit(town.anna, POSTS, grid.id, grid.version, {"deputy_phone": "13400003333"})
    assert ("韩梅", "deputy", "134****3333") in [
        (one.name, one.why, one.phone) for one in found(town.shen, zhou)
    ]
    numbers = calls.reveal_numbers(town.shen, resident_id=zhou, reason="两次未见到，按顺序联系")
    assert numbers[f"deputy:{grid.id}"] == "13400003333"
    later = clock.today() + timedelta(days=1)
    new = posts.hand_over(town.anna, post_id=grid.id, holder="高远", from_day=later, deputy="韩梅")
    with engine.reading() as session:
        assert session.execute(select(Post.deputy_phone).where(Post.id == new)).scalar() == "13400003333"  # type: ignore[call-overload]


def test_the_screen_shows_numbers_to_tap_after_one_tap(town: Town, zhou: int, open_app: Screens) -> None:
    (visit,) = visits.record(town.shen, seen=[Seen(zhou, "not_met", "no_answer")])
    app = open_app(town.shen, "visits", saved=visit)
    assert not app.get("link_button")
    assert "13900005678" not in text_of(app)
    app.button(key=f"call_them_{zhou}").click().run()
    links = [one.proto.url for one in app.get("link_button")]
    assert links == ["tel:13811112222", "tel:13900005678", "tel:13700008126"]
    assert f"call_them_{zhou}" not in buttons(app)
    assert {reason for _kind, reason in looks(town)} == {"Not met 1 time: to call in this order"}
    assert "No number is known." in text_of(app)
    ways = [(one.proto.label, one.proto.query_string) for one in app.get("page_link")]
    assert ("Enter it", f"id={zhou}&tab=Contacts") in ways
    assert [
        query for label, query in ways if label == "Enter it" and "tab" not in query
    ]  # of the deputy, at the post


def test_leaders_see_the_order_without_numbers_or_a_way_to_them(
    town: Town, zhou: int, open_app: Screens
) -> None:
    (visit,) = visits.record(town.shen, seen=[Seen(zhou, "not_met", "no_answer")])
    app = open_app(town.lei, "visits", saved=visit)
    assert f"call_them_{zhou}" not in buttons(app)
    assert "吴\\*红" in text_of(app) and "5678" not in text_of(app)
