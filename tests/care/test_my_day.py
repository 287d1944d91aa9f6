"""My day as its readers meet it: whom to see and why, what needs them, and a fitting page for everybody else."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from components.care.agenda import why_words
from db import clock, engine, listing
from db.care import agenda, calls, days, rhythms, standing_in, visits
from db.care.agenda import DUES
from db.care.tables import Urgent
from db.care.visits import Seen
from db.insight import coverage, past, week
from db.listing import Listing
from db.people import contacts, residents
from tests.built import built_once
from tests.conftest import NOON, Town
from tests.screens import Screens, buttons, text_of

TODAY = NOON.date()


@pytest.fixture
@built_once
def people(town: Town) -> dict[str, int]:
    """Zhou was knocked for in vain yesterday and seen nine days before; Sun comes due; Ye was never seen."""
    with clock.at(NOON - timedelta(days=30)):
        days.new_day(town.anna)
        made = {
            name: residents.add(
                town.anna, values={"name": name, "area_id": area, "in_care": True, "colour": colour, "carer": carer}
            )
            for name, area, colour, carer in (
                ("周秀英", town.building_1, "red", "沈亦安"), ("孙建国", town.building_2, "yellow", "童楼长"),
                ("叶小满", town.building_3, "red", ""),
            )
        }  # fmt: skip
        rhythms.ask(town.shen, resident_id=made["孙建国"], every_days=29, reason="刚出院")
    with clock.at(NOON - timedelta(days=9)):
        visits.record(town.shen, seen=[Seen(made["周秀英"])])
    with clock.at(NOON - timedelta(days=1)):
        visits.record(town.shen, seen=[Seen(made["周秀英"], "not_met", "no_answer")])
    days.new_day(town.anna)
    return made


@pytest.fixture(autouse=True)
def english(open_app: Screens) -> Screens:
    return open_app


def names(town: Town, **asked: object) -> list[str]:
    return [line.name for line in agenda.agenda(town.shen, **asked).lines]  # type: ignore[arg-type]


def test_each_line_says_why(town: Town, people: dict[str, int]) -> None:
    first, second = agenda.agenda(town.shen).lines
    assert (
        why_words(first.why)
        == "High risk · not seen for 9 days · knocked yesterday, no answer · 2 days overdue"
    )
    assert why_words(second.why) == "Keep an eye on · never seen in 30 days of care · 1 day overdue"


def test_the_list_is_narrowed_and_put_in_walking_order(town: Town, people: dict[str, int]) -> None:
    assert names(town) == ["周秀英", "孙建国"]
    assert names(town, area_id=town.building_2) == ["孙建国"]
    assert names(town, holder="沈亦安") == names(town, urgent=True) == ["周秀英"]
    calls.note_event(town.shen, resident_id=people["孙建国"], kind="fall")
    found = agenda.agenda(town.shen, walking=True)
    assert [line.address for line in found.lines] == ["1栋", "2栋"]
    assert found.areas[town.path(town.building_2)] == "2栋"


def test_a_worker_begins_with_whom_to_see(town: Town, people: dict[str, int], open_app: Screens) -> None:
    contacts.add_contact(
        town.shen,
        resident_id=people["周秀英"],
        values={"name": "周明", "relation": "儿子", "emergency": True},
    )
    app = open_app(town.shen, "")
    text = text_of(app)
    assert "**2** due by today" in text and "1 urgent" in text
    assert text.index("9 days") < text.index("30 days of care")
    assert ":material/priority_high: Urgent" in text and ":material/flag: High risk" in text
    links = " ".join(one.proto.label for one in app.get("page_link"))
    assert "**周秀英** 1栋" in links and "叶小满" not in links
    app.toggle(key="agenda_mine").set_value(True).run()
    assert "**1** due by today" in text_of(app)
    app.toggle(key="agenda_mine").set_value(False).run()
    app.toggle(key="agenda_walking").set_value(True).run()
    assert ":material/apartment: **1栋**" in text_of(app)


def test_an_urgent_item_is_settled_with_a_note(town: Town, people: dict[str, int], open_app: Screens) -> None:
    assert "To be reached today" in text_of(open_app(town.shen, ""))
    with engine.reading() as session:
        (item,) = session.execute(select(Urgent.id)).scalars()  # type: ignore[call-overload]
    calls.solve_urgent(town.shen, urgent_id=item, note="女儿说住院了")
    text = text_of(open_app(town.shen, ""))
    assert "To be reached today" not in text and "urgent" not in text
    assert "**2** due by today" in text


def test_when_all_is_well_it_says_so(town: Town, people: dict[str, int], open_app: Screens) -> None:
    visits.record(town.shen, seen=[Seen(people["周秀英"]), Seen(people["孙建国"])])
    app = open_app(town.shen, "")
    assert "Everybody in care was seen in time" in text_of(app)
    app.toggle(key="agenda_urgent").set_value(True).run()
    assert "Nobody here with this filter" in text_of(app)


def test_more_is_shown_on_demand(town: Town, people: dict[str, int], open_app: Screens) -> None:
    for number in range(12):
        who = residents.add(
            town.shen, values={"name": f"邹{'一二三四五六七八九十百千'[number]}", "area_id": town.building_1, "in_care": True}
        )  # fmt: skip
        calls.note_event(town.shen, resident_id=who, kind="fall")
    app = open_app(town.shen, "")
    assert text_of(app).count("by tomorrow") == 6
    app.button(key="agenda_more").click().run()
    assert text_of(app).count("by tomorrow") == 12
    assert "agenda_more" not in buttons(app)


def test_a_deputy_reads_for_whom(town: Town, people: dict[str, int], open_app: Screens) -> None:
    standing_in.arrange(
        town.shen, account_id=town.qiu.account_id or 0, area_id=town.north, since=TODAY,
        until=TODAY + timedelta(days=3), for_name="沈亦安",
    )  # fmt: skip
    text = text_of(open_app(town.qiu, ""))
    assert "You stand in for **沈亦安** (第一网格) until 26 Nov 2026" in text
    assert "**3** due by today" in text


def test_a_leader_reads_what_got_worse_and_what_to_decide(
    town: Town, people: dict[str, int], open_app: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(week, "FEWEST", 1)
    rhythms.ask(town.shen, resident_id=people["周秀英"], every_days=60, reason="女儿同住了")
    with engine.writing() as session:
        past.close_days(session)
    (north,) = week.worse(town.lei)
    assert (north.name, north.share_before, north.share) == ("第一网格", 1.0, 0.5)
    app = open_app(town.lei, "")
    text = text_of(app)
    assert "What got worse within a week" in text and "What needs a decision" in text
    figures = {one.label: one.value for one in app.metric}
    assert (figures["Reached in time"], figures["Not reached in time"]) == ("0%", "3")
    here = coverage.coverage(town.lei, town.community).here
    assert here is not None
    assert (here.texts["in_time"], here.texts["late"]) == ("0%", "3")
    rows = listing.page(town.lei, DUES, Listing(filters={"reached": ("no",), "area": (str(town.community),)}))
    assert rows.total == 3
    links = " ".join(one.proto.label for one in app.get("page_link"))
    assert "沈亦安 asks for 周\\*英: every 60 days instead of every 7 days" in links
    assert "第一网格: 0% reached in time, 100% a week before" in links


def test_a_volunteer_is_thanked(town: Town, open_app: Screens) -> None:
    app = open_app(town.vera, "")
    assert "There is no volunteer record for your account" in text_of(app)
    assert not app.metric
