"""Standing in: for some days a colleague sees and acts for a patch, and not one day longer."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db import clock, engine, keeping, listing
from db.access import Viewer
from db.audit import AuditEntry
from db.care import days, standing_in, visits
from db.care.visits import Seen
from db.errors import Refused
from db.listing import Listing
from db.people import contacts, residents
from db.people.residents import RESIDENTS
from db.territory.posts import POSTS
from tests.built import built_once
from tests.conftest import NOON, Town
from tests.screens import Screens, signed_in, text_of

TODAY = NOON.date()


@pytest.fixture
@built_once
def zhou(town: Town) -> int:
    days.new_day(town.anna)
    return residents.add(
        town.shen, values={"name": "周秀英", "area_id": town.building_1, "in_care": True, "colour": "red"}
    )


def arrange(town: Town, giver: Viewer, **change: Any) -> int:
    asked = {
        "account_id": town.qiu.account_id, "area_id": town.north, "since": TODAY + timedelta(days=1),
        "until": TODAY + timedelta(days=3), "for_name": "沈亦安",
    }  # fmt: skip
    return standing_in.arrange(giver, **{**asked, **change})


def seen_by(viewer: Viewer) -> list[str]:
    return [row["name"] for row in listing.page(viewer, RESIDENTS, Listing()).rows]


def in_days(count: int) -> Any:
    return clock.at(NOON + timedelta(days=count))


def fresh(town: Town) -> Viewer:
    """Qiu on a day on which she signs in again."""
    token = signed_in(town.qiu)
    return Viewer(town.qiu.account_id, "qiu", "裘慧", "staff", town.qiu.areas, session_id=token)


def test_the_deputy_sees_and_acts_on_these_days_only(town: Town, zhou: int) -> None:
    arrange(town, town.shen)
    assert seen_by(town.qiu) == []
    for day, sees in ((1, ["周秀英"]), (3, ["周秀英"]), (4, [])):
        with in_days(day):
            qiu = fresh(town)
            assert seen_by(qiu) == sees, day
            if sees:
                visits.record(qiu, seen=[Seen(zhou)])
                (mine,) = standing_in.mine(qiu)
                assert (mine.for_name, mine.area, mine.until) == (
                    "沈亦安",
                    "第一网格",
                    TODAY + timedelta(days=3),
                )
            else:
                assert standing_in.mine(qiu) == []
                with pytest.raises(Refused, match=r"record\.not_found"):
                    visits.record(qiu, seen=[Seen(zhou)])


def test_it_is_ended_early_by_whoever_may_arrange_it(town: Town, zhou: int) -> None:
    made = arrange(town, town.shen, since=TODAY)
    assert seen_by(town.qiu) == ["周秀英"]
    with pytest.raises(Refused, match=r"record\.not_found"):
        standing_in.end(town.qiu, stand_in_id=made)
    standing_in.end(town.shen, stand_in_id=made)
    assert seen_by(town.qiu) == []
    with pytest.raises(Refused, match=r"standing_in\.over"):
        standing_in.end(town.shen, stand_in_id=made)
    with engine.reading() as session:
        actions = [one.action for one in session.execute(select(AuditEntry)).scalars()]
    assert {"standing_in.arrange", "standing_in.end"} <= set(actions)


def test_only_what_is_ones_own_can_be_given(town: Town, zhou: int) -> None:
    for area in (town.south, town.community):
        with pytest.raises(Refused, match=r"area\.not_found"):
            arrange(town, town.shen, area_id=area)
    with pytest.raises(Refused, match=r"access\.denied"):
        arrange(town, town.lei)
    arrange(town, town.shen, since=TODAY)
    with pytest.raises(Refused, match=r"area\.not_found"):  # lent to her, not hers
        arrange(town, town.qiu, until=TODAY + timedelta(days=300))
    arrange(town, town.anna, area_id=town.building_1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"since": TODAY - timedelta(days=1)}, "form.invalid"),
        ({"until": TODAY}, "form.invalid"),
        ({"until": TODAY + timedelta(days=500)}, "form.invalid"),
        ({"account_id": 999}, "standing_in.nobody"),
    ],
)
def test_what_makes_no_stand_in(town: Town, change: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused, match=code.replace(".", r"\.")):
        arrange(town, town.shen, **change)


def test_leaders_and_volunteers_do_not_stand_in_and_nobody_twice(town: Town) -> None:
    assert {name for _id, name in standing_in.colleagues(town.shen)} == {"裘慧"}
    for who in (town.lei, town.vera):
        with pytest.raises(Refused, match=r"standing_in\.nobody"):
            arrange(town, town.anna, account_id=who.account_id)
    with pytest.raises(Refused, match=r"standing_in\.own"):
        arrange(town, town.anna, account_id=town.shen.account_id)
    arrange(town, town.shen)
    with pytest.raises(Refused, match=r"standing_in\.twice"):
        arrange(town, town.shen)


def test_the_handover_says_what_is_open(town: Town, zhou: int) -> None:
    contacts.add_contact(
        town.shen, resident_id=zhou, values={"name": "周明", "relation": "儿子", "emergency": True}
    )
    calm = residents.add(town.shen, values={"name": "孙建国", "area_id": town.building_2, "in_care": True})
    visits.record(town.shen, seen=[Seen(zhou, "not_met", "no_answer", note="灯亮着")])
    visits.record(town.shen, seen=[Seen(calm, next_step="带老花镜")])
    found = standing_in.handover(town.shen, area_id=town.north, since=TODAY, until=TODAY + timedelta(days=14))
    ((line, to_call),) = found.urgent
    assert (line.name, to_call[0].name) == ("周秀英", "周明")
    assert {(one.name, one.note or one.next_step) for one in found.told} == {
        ("周秀英", "灯亮着"),
        ("孙建国", "带老花镜"),
    }
    assert (found.overdue, found.due) == ([], [])
    later = standing_in.handover(
        town.shen, area_id=town.north, since=TODAY, until=TODAY + timedelta(days=100)
    )
    assert [one.name for one in later.due] == ["孙建国"]
    with pytest.raises(Refused, match=r"area\.not_found"):
        standing_in.handover(town.qiu, area_id=town.north, since=TODAY, until=TODAY)


def test_the_page_shows_what_is_open_and_ends_a_stand_in(town: Town, zhou: int, open_app: Screens) -> None:
    visits.record(town.shen, seen=[Seen(zhou, "not_met", "no_answer", note="<b>灯</b>亮着")])
    arrange(town, town.shen, note="钥匙在居委会")
    app = open_app(town.shen, "handover", area=town.north)
    assert "**裘慧** stands in for **沈亦安** (第一网格), 24 Nov 2026 to 26 Nov 2026" in text_of(app)
    (page,) = [str(one.proto.body) for one in app.get("html") if "<table>" in str(one.proto.body)]
    assert "周秀英" in page and "knocked today, no answer" in page
    assert "&lt;b&gt;灯&lt;/b&gt;亮着" in page
    next(one for one in app.button if str(one.key).startswith("end_")).click().run()
    assert "stands in for" not in text_of(app)
    assert "Not for this account" in text_of(open_app(town.lei, "handover"))


def test_a_deputy_without_an_account_is_named_on_the_page(town: Town, open_app: Screens) -> None:
    keeping.create(
        town.anna, POSTS,
        {"area_id": town.north, "role": "grid_worker", "holder": "沈亦安", "deputy": "李大勇", "since": clock.today()},
    )  # fmt: skip
    app = open_app(town.shen, "handover", area=town.north)
    assert "Deputy: 李大勇" in text_of(app) + "".join(str(one.proto.body) for one in app.get("html"))
    assert app.date_input(key="handover_until").value - app.date_input(
        key="handover_since"
    ).value == timedelta(days=2)
