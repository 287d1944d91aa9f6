"""Surveys on the screen: made, asked at the door, read, turned into something."""

from datetime import timedelta

from db import clock
from db.access import Viewer
from db.activities import needs, needs_asking, needs_themes, needs_turned
from db.activities.needs_turned import Turned
from tests.activities.surveying import answer, ids, opened, resident
from tests.conftest import Town
from tests.screens import Screens, buttons, text_of


def links(app: object) -> str:
    return "\n".join(str(one.proto.label) for one in app.get("page_link"))  # type: ignore[attr-defined]


def html_of(app: object) -> str:
    return "\n".join(str(one.proto.body) for one in app.get("html"))  # type: ignore[attr-defined]


def test_a_survey_is_made_from_the_starter_and_opened(town: Town, open_app: Screens) -> None:
    app = open_app(town.shen, "needs", new=1)
    app.button(key="survey_new_save").click().run()
    assert "Give it a title." in text_of(app)
    app.text_input(key="survey_new_title").set_value("北区问卷").run()
    app.button(key="survey_new_save").click().run()
    (sheet,) = needs.surveys(town.shen)
    app = open_app(town.shen, "needs", survey=sheet.id)
    assert "1. 您希望社区多办哪些活动？" in text_of(app)
    first = needs.survey(town.shen, survey_id=sheet.id).questions[0]
    app.button(key=f"question_out_{first.id}").click().run()
    assert "1. 您平时需要哪些帮助？" in text_of(app)
    app.button(key="survey_open").click().run()
    assert needs.survey(town.shen, survey_id=sheet.id).state == "open"


def test_the_door_keeps_what_was_tapped_and_goes_on_to_the_next(town: Town, open_app: Screens) -> None:
    survey_id = opened(town)
    first, second = resident(town, "张桂梅", town.building_1), resident(town, "李大爷呀", town.building_2)
    app = open_app(town.shen, "needs")
    assert "Asked **0** of **2** in my patch" in text_of(app)
    app = open_app(town.shen, "needs", survey=survey_id)
    assert text_of(app).index("张桂梅") < text_of(app).index("李大爷呀")
    classes, _care, scale, words = ids(town, survey_id)

    def key(question: object, person: int = first) -> str:
        return f"ask_{survey_id}_{person}_{question}"

    app = open_app(town.shen, "needs", survey=survey_id, resident=first)
    app.button_group(key=key(scale)).set_value("4").run()
    app.text_area(key=key(words)).set_value("想学书法").run()
    app.button(key="ask_save").click().run()
    assert "This is needed" in text_of(app)
    app = open_app(
        town.shen, "needs", survey=survey_id, resident=first
    )  # another window, or the same reloaded
    assert app.text_area(key=key(words)).value == "想学书法"
    assert "It is as you left it" in text_of(app)
    app.button_group(key=key(classes)).set_value(["o2"]).run()
    app.button(key="ask_save").click().run()
    (said,) = needs_asking.replies(town.shen, survey_id=survey_id, resident_id=first)
    assert [codes for _one, codes in said.answers] == [("o2",), ("4",), ("想学书法",)]
    assert "Saved: Answered" in text_of(app)
    assert "Asked **1** of **2**" in text_of(app)
    app = open_app(town.shen, "needs", survey=survey_id, resident=second)
    app.button(key="ask_not_met").click().run()
    assert "Everybody in your patch was asked, or tried today." in text_of(app)


def test_from_a_persons_page_and_what_was_answered_before(town: Town, open_app: Screens) -> None:
    survey_id, person = opened(town), resident(town, "张桂梅", town.building_1)
    app = open_app(town.shen, "residents", id=person)
    assert "Ask: 晚年想要什么" in links(app)
    reply = answer(town, survey_id, person, classes=["o1"])
    app = open_app(town.shen, "needs", survey=survey_id, resident=person)
    assert "Answered already." in text_of(app)
    assert app.button_group(key=f"ask_{survey_id}_{person}_{ids(town, survey_id)[0]}").value == ["o1"]
    answer(town, survey_id, person, classes=["o2"])
    app = open_app(town.shen, "needs", reply=reply)
    assert "太极拳" in text_of(app) and "书法" in text_of(app) and "replaced on" in text_of(app)


def test_results_open_their_rows_and_a_leader_sees_no_rows(town: Town, open_app: Screens) -> None:
    survey_id = opened(town)
    for number in range(6):
        person = resident(town, "人" * (number + 2), town.building_1, sex="female")
        answer(town, survey_id, person, classes=["o1", "o2"], words="灯不亮")
    app = open_app(town.shen, "needs", survey=survey_id, part="results")
    assert "太极拳 · **6** · 100%" in links(app)
    assert f'href="/needs?survey={survey_id}&amp;part=answers' in html_of(app).replace("&part", "&amp;part")
    app = open_app(
        town.shen, "needs", survey=survey_id, part="answers", answer=f"{ids(town, survey_id)[0]}:o1"
    )
    assert "6 records" in text_of(app)
    app = open_app(town.lei, "needs", survey=survey_id)
    assert "太极拳 · **6** · 100%" in text_of(app)
    assert "太极拳" not in links(app) and "灯不亮" not in text_of(app)
    for who in (town.lei, town.vera):
        app = open_app(who, "needs", survey=survey_id, part="texts")
        assert "灯不亮" not in text_of(app) + links(app)


def test_texts_are_tapped_into_themes_and_a_theme_becomes_a_need(town: Town, open_app: Screens) -> None:
    survey_id = opened(town)
    answer(town, survey_id, resident(town, "张桂梅", town.building_1), town.anna, words="楼道灯不亮")
    theme = needs_themes.add_theme(town.anna, survey_id=survey_id, name="照明", words="灯")
    (text,) = needs_themes.texts(town.anna, survey_id=survey_id).rows
    app = open_app(town.anna, "needs", survey=survey_id, part="texts")
    app.button_group(key=f"text_themes_{text.id}").set_value([theme]).run()
    assert [one.answers for one in needs_themes.themes(town.anna, survey_id=survey_id)] == [1]
    app.button(key=f"theme_need_{theme}").click().run()
    assert "照明" in text_of(app) and "Waiting for an answer" in text_of(app)
    assert "1 asked for it" in links(app)
    (need,) = needs_turned.of_survey(town.anna, survey_id=survey_id)
    needs_turned.change(
        town.anna, need_id=need.id, version=need.version, to=Turned("照明", "planned", proposal="换声控灯")
    )
    app = open_app(town.lei, "needs", survey=survey_id, part="turned")
    assert "换声控灯" in text_of(app) and "1 person was told" in text_of(app)
    assert "<5 asked for it" in text_of(app)


def test_the_link_is_shown_with_codes_to_print(town: Town, open_app: Screens) -> None:
    survey_id = opened(town, town.shen, area_ids=(town.north,))
    resident(town, "张桂梅", town.building_1)
    app = open_app(town.shen, "needs", survey=survey_id, part="link")
    assert "/needs-form?c=" in app.code[0].value
    app.button(key="need_codes").click().run()
    assert "张桂梅" in html_of(app) and "data:image/svg+xml" in html_of(app)


def test_nobody_without_the_right_gets_in(town: Town, open_app: Screens) -> None:
    survey_id = opened(town, town.shen, area_ids=(town.north,))

    def shown(who: Viewer | None, **params: object) -> str:
        return text_of(open_app(who, "needs", **params))

    assert "Not for this account" in shown(town.vera, survey=survey_id)
    assert "There is no such record" in shown(town.qiu, survey=survey_id)
    assert "晚年想要什么" not in shown(None, survey=survey_id)
    assert "晚年想要什么" in shown(town.lei, survey=survey_id)
    with clock.at(clock.now() + timedelta(hours=1)):
        assert "survey_close" not in buttons(open_app(town.qiu, "needs"))


def test_an_activity_is_planned_for_a_need_and_each_leads_to_the_other(town: Town, open_app: Screens) -> None:
    survey_id = opened(town)
    question = ids(town, survey_id)[0]
    need_id = needs_turned.make(town.anna, survey_id=survey_id, question_id=question, choice="o2")
    app = open_app(town.anna, "needs", survey=survey_id, part="turned")
    assert "Plan an activity for it" in links(app)
    app = open_app(town.anna, "activities", new=1, need=need_id)
    assert "It answers the need “书法”" in text_of(app)
    assert app.text_input(key="plan_title").value == "书法"
    app.button(key="plan_announce").click().run()
    assert not app.exception and "Answers the need: 书法" in links(app)
    (need,) = needs_turned.of_survey(town.anna, survey_id=survey_id)
    assert need.activity_id is not None and need.state == "planned"
    app = open_app(town.anna, "needs", survey=survey_id, part="turned")
    assert "Activity: 书法" in links(app) and "Plan an activity for it" not in links(app)
    app.button(key=f"need_change_{need_id}").click().run()
    assert app.selectbox(key=f"need_{need_id}_linked").value == need.activity_id
    assert not app.exception
