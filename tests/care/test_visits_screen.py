"""Visits as workers meet them: recording at the door, what follows, correcting, rules before they are saved, load."""

import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from db import engine, exporting, keeping, listing
from db.access import Viewer
from db.care import calls, days, drafts, rhythms, visits
from db.care.agenda import DUES
from db.care.calls import OCCASIONS
from db.care.rules import RULES
from db.care.visits import VISITS, Seen
from db.listing import Listing
from db.people import contacts, entering, residents
from db.people.moving import Home
from db.people.residents import RESIDENTS
from tests.built import built_once
from tests.conftest import NOON, Town
from tests.screens import Screens, buttons, go, text_of

TODAY = NOON.date()


@pytest.fixture
@built_once
def office(town: Town) -> Town:
    days.new_day(town.anna)
    return town


@pytest.fixture
@built_once
def home(office: Town) -> list[int]:
    """Zhou lives with her husband Wu; she is of the highest colour and her daughter can be called."""
    made = entering.register_household(
        office.shen, home=Home(area_id=office.building_1, stair="3", room="402"),
        people=[
            {"name": "周秀英", "born": date(1940, 5, 1), "living": "empty_nest", "colour": "red", "in_care": True},
            {"name": "吴建国", "relation": "spouse", "in_care": True},
        ],
        groups=[[], []],
    )  # fmt: skip
    contacts.add_contact(
        office.shen, resident_id=made.resident_ids[0],
        values={"name": "吴小红", "relation": "女儿", "phone": "13900005678", "emergency": True},
    )  # fmt: skip
    return list(made.resident_ids)


def person(by: Viewer, name: str, area: int, **values: Any) -> int:
    return residents.add(by, values={"name": name, "area_id": area, "in_care": True, **values})


def told(who: Viewer, resident: int) -> list[tuple[str, str, str | None]]:
    return [(one["kind"], one["result"], one["note"]) for one in visits.story(who, resident_id=resident)]


def rows(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value.iloc[:, 0]) if app.dataframe else []


def test_three_taps_from_the_person_to_a_recorded_visit(
    open_app: Screens, office: Town, home: list[int]
) -> None:
    app = open_app(office.shen, "residents", id=home[0])
    assert "record_visit" in buttons(app)
    app.query_params.clear()
    app.query_params["new"], app.query_params["resident"] = "1", str(home[0])  # where the button leads
    go(app, "visits")
    app.button(key="visit_result_well").click().run()
    app.button(key="visit_save").click().run()
    assert not app.exception
    assert told(office.shen, home[0]) == [("home", "well", None)]
    assert told(office.shen, home[1]) == []


def test_everything_that_can_be_said_and_the_others_of_the_home(
    open_app: Screens, office: Town, home: list[int]
) -> None:
    app = open_app(office.shen, "visits", new=1, resident=home[0])
    form = f"visit_{home[0]}"
    app.button(key="visit_result_needs").click().run()
    app.segmented_control(key=f"{form}_kind").set_value("phone")
    app.text_input(key=f"{form}_needs").set_value("买降压药")
    app.text_input(key=f"{form}_note").set_value("女儿周末来")
    app.text_input(key=f"{form}_next_step").set_value("明天送药")
    app.pills(key=f"{form}_observed").set_value(["medicine", "tidy"])
    app.pills(key=f"{form}_others").set_value([home[1]])
    app.date_input(key=f"{form}_day").set_value(TODAY - timedelta(days=2)).run()
    assert "Entered later" in text_of(app)
    app.button(key="visit_save").click().run()
    (visit,) = visits.story(office.shen, resident_id=home[0])
    assert (visit["kind"], visit["needs"], visit["note"], visit["next_step"]) == (
        "phone",
        "买降压药",
        "女儿周末来",
        "明天送药",
    )
    assert (visit["observed"], visit["backdated"]) == (["medicine", "tidy"], True)
    assert told(office.shen, home[1]) == [("phone", "well", None)]


def test_what_was_half_typed_is_there_after_a_reload_and_for_nobody_else(
    open_app: Screens, office: Town, home: list[int]
) -> None:
    app = open_app(office.shen, "visits", new=1, resident=home[0])
    app.button(key="visit_result_well").click().run()
    app.text_input(key=f"visit_{home[0]}_note").set_value("最近睡不好").run()
    with engine.reading() as unit:
        raw = str(unit.execute(text("SELECT content FROM visit_draft")).all())
        trail = str(unit.execute(text("SELECT changes FROM audit_entry")).all())
    assert "睡不好" not in raw + trail

    again = open_app(office.shen, "visits", new=1, resident=home[0])
    assert again.text_input(key=f"visit_{home[0]}_note").value == "最近睡不好"
    assert "as you left it" in text_of(again)
    other = open_app(office.anna, "visits", new=1, resident=home[0])
    assert other.text_input(key=f"visit_{home[0]}_note").value == ""

    again = open_app(office.shen, "visits", new=1, resident=home[0])
    again.button(key="visit_save").click().run()
    assert told(office.shen, home[0]) == [("home", "well", "最近睡不好")]
    assert drafts.draft(office.shen, resident_id=home[0]) is None
    fresh = open_app(office.shen, "visits", new=1, resident=home[0])
    assert fresh.text_input(key=f"visit_{home[0]}_note").value == ""


def test_a_form_that_was_saved_in_another_window_is_one_visit(
    open_app: Screens, office: Town, home: list[int]
) -> None:
    first = open_app(office.shen, "visits", new=1, resident=home[0])
    first.button(key="visit_result_well").click().run()
    second = open_app(office.shen, "visits", new=1, resident=home[0])
    for app in (first, second):
        app.button(key="visit_save").click().run()
    assert len(told(office.shen, home[0])) == 1


def test_starting_afresh_throws_the_draft_away(open_app: Screens, office: Town, home: list[int]) -> None:
    app = open_app(office.shen, "visits", new=1, resident=home[0])
    app.button(key="visit_result_needs").click().run()
    again = open_app(office.shen, "visits", new=1, resident=home[0])
    again.button(key="visit_afresh").click().run()
    assert again.button(key="visit_save").disabled
    assert drafts.draft(office.shen, resident_id=home[0]) is None


def test_not_met_asks_for_a_reason_and_keeps_what_was_typed(
    open_app: Screens, office: Town, home: list[int]
) -> None:
    app = open_app(office.shen, "visits", new=1, resident=home[0])
    app.button(key="visit_result_not_met").click().run()
    app.text_input(key=f"visit_{home[0]}_note").set_value("灯亮着").run()
    app.button(key="visit_save").click().run()
    assert "one tap on a reason" in app.error[0].value
    assert app.text_input(key=f"visit_{home[0]}_note").value == "灯亮着"
    app.pills(key=f"visit_{home[0]}_reason").set_value("no_answer").run()
    app.button(key="visit_save").click().run()
    assert told(office.shen, home[0]) == [("home", "not_met", "灯亮着")]


def test_who_needs_something_is_asked_what_and_nothing_typed_is_lost(
    open_app: Screens, office: Town, home: list[int]
) -> None:
    app = open_app(office.shen, "visits", new=1, resident=home[0])
    app.button(key="visit_result_needs").click().run()
    app.text_input(key=f"visit_{home[0]}_next_step").set_value("明天再来").run()
    app.button(key="visit_save").click().run()
    assert "Say what is needed" in app.error[0].value
    assert "This is needed" in text_of(app)
    assert app.text_input(key=f"visit_{home[0]}_next_step").value == "明天再来"
    app.text_input(key=f"visit_{home[0]}_note").set_value("要换灯泡").run()
    assert "This is needed" not in text_of(app)
    app.button(key="visit_save").click().run()
    assert told(office.shen, home[0]) == [("home", "needs", "要换灯泡")]


def test_after_saving_comes_whom_to_call_or_what_is_due_and_who_is_next(
    open_app: Screens, office: Town, home: list[int]
) -> None:
    late = person(office.shen, "孙建国", office.building_2)
    calls.note_event(office.shen, resident_id=late, kind="fall")
    (visit,) = visits.record(office.shen, seen=[Seen(home[0], "not_met", "no_answer")])
    app = open_app(office.shen, "visits", saved=visit)
    said = text_of(app).replace("\\", "")
    assert "call now, in this order" in said
    assert "1. 吴小红** 女儿 · emergency contact · 139****5678" in said
    app.text_input(key=f"urgent_note_{calls.open_urgent(office.shen, resident_id=home[0])}").set_value(
        "女儿说在住院"
    )
    next(one for one in app.button if one.label == "All is well").click().run()
    assert calls.open_urgent(office.shen, resident_id=home[0]) is None
    assert "孙建国" in app.button(key="visit_next").label
    (visit,) = visits.record(office.shen, seen=[Seen(home[1])])
    assert "Due next by" in text_of(open_app(office.shen, "visits", saved=visit))


def test_the_next_person_is_the_most_pressing_of_the_list_one_came_from(
    open_app: Screens, office: Town, home: list[int]
) -> None:
    person(office.shen, "孙建国", office.building_1, colour="yellow", carer="沈亦安")
    pressing = person(office.shen, "钱多多", office.building_2, carer="童楼长")
    calls.note_event(office.shen, resident_id=pressing, kind="fall")
    mine = person(office.shen, "郑和平", office.building_2, carer="沈亦安")
    calls.note_event(office.shen, resident_id=mine, kind="carer_away")
    for one in home:
        visits.record(office.shen, seen=[Seen(one)])
    (visit,) = visits.record(office.shen, seen=[Seen(home[0])])
    app = open_app(office.shen, "visits", saved=visit)
    assert "钱多多" in app.button(key="visit_next").label  # though somebody else cares for her

    app = open_app(office.shen, "")
    app.toggle(key="agenda_mine").set_value(True).run()
    app.query_params["saved"] = str(visit)
    go(app, "visits")
    assert "郑和平" in app.button(key="visit_next").label


def test_after_a_discharge_was_answered_the_next_date_is_explained(
    open_app: Screens, office: Town, home: list[int]
) -> None:
    calls.note_event(office.shen, resident_id=home[0], kind="discharge")
    (visit,) = visits.record(office.shen, seen=[Seen(home[0])])
    for screen in (("visits", {"saved": visit}), ("residents", {"id": home[0], "tab": "Visits"})):
        said = text_of(open_app(office.shen, screen[0], **screen[1]))
        assert "Came home from hospital: visited on" in said.replace("\\", "")
        assert "every 7 days" in said
    assert "visited on" not in text_of(open_app(office.shen, "residents", id=home[1], tab="Visits"))


def test_a_long_note_is_read_in_full_below_its_field(
    open_app: Screens, office: Town, home: list[int]
) -> None:
    long = "女儿周末回来，冰箱里的菜够吃三天，降压药只剩两粒，需要提醒她买。"
    app = open_app(office.shen, "visits", new=1, resident=home[0])
    app.text_input(key=f"visit_{home[0]}_note").set_value(long).run()
    assert long in [one.value.replace("\\", "") for one in app.caption]


def test_a_visit_that_begins_with_nobody_asks_whom(open_app: Screens, office: Town, home: list[int]) -> None:
    app = open_app(office.shen, "visits", new=1)
    app.text_input(key="visit_who").set_value("zxy").run()
    assert "周秀英" in str([link.proto.label for link in app.get("page_link")])


def test_the_register_of_what_is_due_and_of_visits(open_app: Screens, office: Town, home: list[int]) -> None:
    south = person(office.qiu, "钱多多", office.building_3)
    visits.record(office.shen, seen=[Seen(home[0])])
    visits.record(office.qiu, seen=[Seen(south)])
    app = open_app(office.shen, "visits")
    assert set(rows(app)) == {"周秀英", "吴建国"}
    assert not {"due_new", "visits_new"} & buttons(app)
    app.segmented_control(key="visits_tab").set_value("visits").run()
    assert app.query_params["tab"] == "visits"
    assert rows(app) == ["周秀英"]
    assert not {"due_new", "visits_new"} & buttons(app)
    assert rows(open_app(office.lei, "visits", tab="visits")) == ["钱*多", "周*英"]
    assert set(rows(open_app(office.shen, "visits", state="coming", colour="red"))) == {"周秀英"}


def test_a_visit_with_its_corrections(open_app: Screens, office: Town, home: list[int]) -> None:
    (visit,) = visits.record(office.shen, seen=[Seen(home[0], note="一切都好")])
    app = open_app(office.shen, "visits", tab="visits", id=visit)
    assert "一切都好" in text_of(app)
    app.button(key="visit_correct").click().run()
    app.button(key="visit_result_needs").click().run()
    app.text_input(key=f"correct_{visit}_needs").set_value("要换灯泡").run()
    app.button(key="visit_correct_save").click().run()
    assert "in a few words why" in app.error[0].value
    assert app.text_input(key=f"correct_{visit}_needs").value == "要换灯泡"
    app.text_input(key=f"correct_{visit}_why").set_value("记漏了").run()
    app.button(key="visit_correct_save").click().run()
    assert not app.exception
    said = text_of(app).replace("\\", "")
    assert app.query_params["id"] == str(visit + 1)
    for words in ("要换灯泡", "记漏了", "沈亦安", "What stood here before"):
        assert words in said
    old = open_app(office.shen, "visits", tab="visits", id=visit)
    assert "visit_correct" not in buttons(old)
    assert "What stands now" in str([link.proto.label for link in old.get("page_link")])

    app.button(key="visit_strike").click().run()
    app.text_input(key=f"strike_{visit + 1}_why").set_value("点错了")
    next(one for one in app.button if one.label == "Strike out" and one.key != "visit_strike").click().run()
    assert listing.page(office.shen, VISITS, Listing()).total == 0
    assert "点错了" in text_of(app)


def test_a_corrected_visit_still_says_who_was_there_and_when_it_was_entered(
    office: Town, home: list[int]
) -> None:
    (visit,) = visits.record(office.shen, seen=[Seen(home[0])])
    new = visits.correct(
        office.anna, visit_id=visit, seen=Seen(home[0], "needs", needs="买药"), kind="home", why="听错了"
    )
    values = visits.one(office.shen, visit_id=new).values
    assert (values["visitor"], values["corrected_by"]) == ("沈亦安", "安娜")
    assert (values["backdated"], values["elsewhere"]) == (False, False)


def test_leaders_read_without_words_and_names_and_volunteers_not_at_all(
    open_app: Screens, office: Town, home: list[int]
) -> None:
    (visit,) = visits.record(office.shen, seen=[Seen(home[0], "needs", needs="买药", note="常忘事")])
    for link in ({"tab": "visits", "id": visit}, {"tab": "visits"}, {"tab": "due"}, {"saved": visit}):
        seen = text_of(open_app(office.lei, "visits", **link))
        assert not [secret for secret in ("周秀英", "买药", "常忘事", "13900005678") if secret in seen]
        assert not {"visit_correct", "visit_strike", "record_visit"} & buttons(
            open_app(office.lei, "visits", **link)
        )
        stranger = text_of(open_app(office.qiu, "visits", **link))
        assert "买药" not in stranger
        assert "周秀英" not in stranger
        assert "Not for this account" in text_of(open_app(office.vera, "visits", **link))
    assert "visit_save" not in buttons(open_app(office.lei, "visits", new=1, resident=home[0]))
    assert "no such record" in text_of(open_app(office.qiu, "visits", new=1, resident=home[0]))
    named = calls.whom_to_call(office.lei, resident_id=home[0])
    assert [(one.name, one.phone) for one in named] == [("吴*红", "")]


def test_a_persons_page_tells_the_story_and_why(open_app: Screens, office: Town, home: list[int]) -> None:
    (visit,) = visits.record(office.shen, seen=[Seen(home[0], note="家里很冷")])
    visits.strike(office.shen, visit_id=visit, why="是另一家")
    visits.record(
        office.shen, seen=[Seen(home[0], "well", observed=("tidy",))], day=TODAY - timedelta(days=1)
    )
    app = open_app(office.shen, "residents", id=home[0], tab="Visits")
    said = text_of(app).replace("\\", "")
    for words in ("Very old, alone or empty nest", "every 7 days", "Visiting rules of the community", "86 years old",
                  "Would fit too", "At high risk (red)", "家里很冷",
                  "是另一家", "yesterday"):  # fmt: skip
        assert words in said, words
    assert "~~" in said


def test_another_rhythm_and_its_approval(open_app: Screens, office: Town, home: list[int]) -> None:
    assert rhythms.ask(office.shen, resident_id=home[0], every_days=20, reason="女儿同住") == "waiting"
    app = open_app(office.shen, "residents", id=home[0], tab="Visits")
    assert "waits for a second person" in text_of(app)
    app = open_app(office.shen, "visits", tab="approvals")
    assert "somebody else must approve" in text_of(app)
    assert not [one for one in app.button if one.key and one.key.startswith("approve_")]
    app = open_app(office.lei, "visits")
    assert ":orange-badge[1]" in app.segmented_control(key="visits_tab").options[-1]
    app = open_app(office.lei, "visits", tab="approvals")
    assert "女儿同住" in text_of(app)
    assert "周秀英" not in text_of(app)
    next(one for one in app.button if one.label == "Approve").click().run()
    why = rhythms.why(office.shen, resident_id=home[0])
    assert why is not None
    assert why.every_days == 20
    app = open_app(office.shen, "residents", id=home[0], tab="Visits")
    app.button(key="rhythm_back").click().run()
    why = rhythms.why(office.shen, resident_id=home[0])
    assert why is not None
    assert why.every_days == 7


def test_a_rule_says_what_it_would_mean_before_it_is_saved(
    open_app: Screens, office: Town, home: list[int]
) -> None:
    app = open_app(office.lei, "visits", tab="rules")
    assert "Very old, alone or empty nest" in text_of(app)
    app.button(key="rule_new").click().run()
    app.text_input(key="new_rules_name").set_value("冬季加密")
    app.text_input(key="new_rules_every_days").set_value("1")
    app.multiselect(key="new_rules_colours").set_value(["red"]).run()
    assert [one.value for one in app.metric][:2] == ["7", "1 person"]
    assert "第一网格" in str(app.dataframe[0].value.to_csv())
    app.button(key="rule_save").click().run()  # without its source
    assert "another look" in text_of(app)
    assert app.text_input(key="new_rules_name").value == "冬季加密"
    assert listing.page(office.lei, RULES, Listing(search="冬季")).total == 0
    app.text_input(key="new_rules_source").set_value("居委会决定").run()
    app.button(key="rule_save").click().run()
    assert not app.exception
    assert "冬季加密" in text_of(app)
    why = rhythms.why(office.shen, resident_id=home[0])
    assert why is not None
    assert (why.rule, why.every_days) == ("冬季加密", 1)
    for viewer in (office.shen, office.qiu):
        assert "rule_new" not in buttons(open_app(viewer, "visits", tab="rules"))


def test_a_warning_is_raised_for_whom_it_concerns_and_called_off(
    open_app: Screens, office: Town, home: list[int]
) -> None:
    app = open_app(office.lei, "visits", tab="occasions")
    app.button(key="occasion_new").click().run()
    assert "concern 2 people" in text_of(app)
    app.multiselect(key="new_occasions_living").set_value(["empty_nest"]).run()
    assert "concern 1 person" in text_of(app)
    app.text_input(key="new_occasions_name").set_value("高温红色预警").run()
    app.button(key="occasion_save").click().run()
    assert not app.exception
    assert "高温红色预警" in text_of(app)
    (banner,) = calls.banners(office.lei)
    assert rows(open_app(office.shen, "visits", occasion=banner.id)) == ["周秀英"]
    app.button(key=f"occasion_off_{banner.id}").click().run()
    assert len(calls.banners(office.lei)) == 1  # a tap alone calls nothing off
    app.button(key=f"occasion_off_no_{banner.id}").click().run()
    assert f"occasion_off_yes_{banner.id}" not in buttons(app)
    app.button(key=f"occasion_off_{banner.id}").click().run()
    app.button(key=f"occasion_off_yes_{banner.id}").click().run()
    assert "called off" in text_of(app)
    assert calls.banners(office.lei) == []
    assert "occasion_new" not in buttons(open_app(office.shen, "visits", tab="occasions"))
    assert listing.page(office.lei, OCCASIONS, Listing()).total == 1


def test_a_fairer_share_is_accepted_row_by_row(
    open_app: Screens, office: Town, home: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from db.care import loads

    keeping.edit(office.shen, RESIDENTS, home[0], 1, {"colour": "", "carer": "沈亦安"})
    keeping.edit(office.shen, RESIDENTS, home[1], 1, {"carer": "童楼长"})
    monkeypatch.setattr(loads, "MOST_LOAD", 0.9)
    app = open_app(office.shen, "visits", tab="load")
    table = app.dataframe[0].value
    assert list(table["Responsible"]) == ["沈亦安", "童楼长"]
    assert list(table["State"]) == ["Over load", ""]
    assert f"move_go_{home[0]}" not in buttons(app)  # nobody near has room for a weekly visit
    monkeypatch.setattr(loads, "MOST_LOAD", 1.2)
    other = person(office.shen, "孙建国", office.building_1, colour="blue", carer="沈亦安")
    app = open_app(office.shen, "visits", tab="load")
    app.button(key=f"move_go_{other}").click().run()
    assert listing.get(office.shen, RESIDENTS, other).values["carer"] == "童楼长"


def test_people_of_a_filtered_list_are_given_to_somebody_else(
    open_app: Screens, office: Town, home: list[int]
) -> None:
    keeping.edit(office.shen, RESIDENTS, home[1], 1, {"carer": "童楼长"})
    app = open_app(office.shen, "visits", colour="red")
    app.session_state["assign"] = True  # as a tap on the box does
    app.run()
    app.selectbox(key="assign_carer").set_value("童楼长").run()
    app.button(key="assign_go").click().run()
    assert "Say why" in app.error[0].value
    assert app.selectbox(key="assign_carer").value == "童楼长"
    app.text_input(key="assign_reason").set_value("住得近").run()
    app.button(key="assign_go").click().run()
    assert not app.exception
    assert [listing.get(office.shen, RESIDENTS, one).values["carer"] for one in home] == ["童楼长", "童楼长"]
    assert "assign_go" not in buttons(open_app(office.lei, "visits"))


def test_what_is_due_is_said_in_the_words_of_the_reader_and_of_the_export(town: Town) -> None:
    days.new_day(town.anna)
    residents.add(town.shen, values={"name": "周秀英", "area_id": town.building_1, "in_care": True})
    written = exporting.export(
        town.shen, DUES, Listing(), [exporting.Column("state", "状态")], translate=lambda text: {"Coming": "未到期"}.get(text, text)
    )  # fmt: skip
    sheet = openpyxl.load_workbook(io.BytesIO(written)).active
    assert [cell.value for cell in sheet["A"]] == ["状态", "未到期"]


def test_what_was_said_stays_while_one_changes_ones_mind_about_the_result(
    open_app: Screens, office: Town, home: list[int]
) -> None:
    app = open_app(office.shen, "visits", new=1, resident=home[0])
    app.button(key="visit_result_needs").click().run()
    app.text_input(key=f"visit_{home[0]}_needs").set_value("买药").run()
    for code in ("not_met", "well", "not_met", "needs"):
        app.button(key=f"visit_result_{code}").click().run()
        assert not app.exception
    assert app.text_input(key=f"visit_{home[0]}_needs").value == "买药"
    app.text_input(key=f"visit_{home[0]}_needs").set_value("").run()
    for code in ("well", "not_met", "well"):
        app.button(key=f"visit_result_{code}").click().run()
        app.run()
        assert not app.exception
