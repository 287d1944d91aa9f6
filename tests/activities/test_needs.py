"""Surveys of needs: who makes them, who is asked, what counts, what it turns into, and who is told."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from db import clock, engine, listing
from db.access import Viewer
from db.activities import needs, needs_asking, needs_questions, needs_themes, needs_turned
from db.activities.activities import Plan as Planned
from db.activities.need_tables import Reply, Value
from db.activities.needs import Plan
from db.activities.needs_questions import Asked
from db.activities.needs_rows import ANSWERS
from db.activities.needs_turned import Turned
from db.activities.tables import Activity
from db.audit import AuditEntry
from db.errors import Refused
from db.insight import needs as figures
from db.insight.needs import hide
from db.listing import Listing
from db.people import merging
from db.people.tables import Group, Membership
from db.system.messages import Message
from tests.activities.making import activity
from tests.activities.surveying import QUESTIONS, answer, ids, opened, resident
from tests.conftest import Town, sign_in
from tests.volunteers.making import nobody_is_signed_out


def test_a_questionnaire_is_made_changed_and_opened(town: Town) -> None:
    nobody_is_signed_out()
    survey_id = needs.make(town.shen, plan=Plan("  北区问卷 ", (town.north,)), starter=True)
    sheet = needs.survey(town.shen, survey_id=survey_id)
    assert (sheet.plan.title, sheet.state, len(sheet.questions)) == (
        "北区问卷",
        "draft",
        len(needs_questions.STARTER),
    )
    first, second, *_rest = sheet.questions
    needs.move_question(town.shen, survey_id=survey_id, question_id=first.id, up=False)
    needs.remove_question(town.shen, survey_id=survey_id, question_id=sheet.questions[-1].id)
    needs.change_question(
        town.shen,
        survey_id=survey_id,
        question=Asked(second.id, "one", "要哪样？", (("o2", "陪诊"), ("", "理发"))),
    )
    now = needs.survey(town.shen, survey_id=survey_id).questions
    assert [one.id for one in now[:2]] == [second.id, first.id]
    assert (now[0].kind, now[0].options) == ("one", (("o2", "陪诊"), ("o1", "理发")))
    assert len(now) == len(needs_questions.STARTER) - 1
    needs.open_survey(town.shen, survey_id=survey_id, until=clock.today())
    with pytest.raises(Refused, match="need.not_draft"):
        needs.add_question(town.shen, survey_id=survey_id, question=Asked(0, "text", "再问一句"))
    with clock.at(clock.now() + timedelta(days=1)):
        assert needs.survey(town.shen, survey_id=survey_id).state == "closed"


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (Asked(0, "text", " "), "need.question"),
        (Asked(0, "text", "想参加什么？"), "need.question"),
        (Asked(0, "one", "选一个", (("", "甲"),)), "need.options"),
        (Asked(0, "one", "选一个", (("", "甲"), ("", "甲"))), "need.options"),
    ],
)
def test_a_question_that_cannot_be_asked(town: Town, question: Asked, code: str) -> None:
    survey_id = needs.make(town.anna, plan=Plan("问卷", (town.north,)))
    needs.add_question(town.anna, survey_id=survey_id, question=QUESTIONS[0])
    with pytest.raises(Refused, match=code):
        needs.add_question(town.anna, survey_id=survey_id, question=question)


def test_who_may_make_and_see_which_survey(town: Town) -> None:
    whole = opened(town)
    with pytest.raises(Refused, match="area.outside"):
        needs.make(town.shen, plan=Plan("全社区", (town.community,)))
    with pytest.raises(Refused, match="access.denied"):
        needs.make(town.vera, plan=Plan("志愿者", (town.north,)))
    north = needs.make(town.shen, plan=Plan("北区", (town.north,)))
    assert [one.id for one in needs.surveys(town.qiu)] == [whole]
    assert {one.id for one in needs.surveys(town.lei)} == {whole, north}
    assert not needs.surveys(town.qiu)[0].mine
    with pytest.raises(Refused, match="record.not_found"):
        needs.survey(town.qiu, survey_id=north)
    with pytest.raises(Refused, match="area.outside"):
        needs.close(town.shen, survey_id=whole)
    with pytest.raises(Refused, match="access.denied"):
        needs_asking.progress(town.lei, survey_id=whole)


def test_whom_a_survey_asks(town: Town) -> None:
    with engine.writing() as session:
        group = Group(code="alone", name="独居老人")
        session.add(group)
        session.flush()
        group_id = group.id or 0
    today = clock.today()
    old = resident(town, "张桂梅", town.building_1)
    young = resident(town, "小张", town.building_1, born=today.replace(year=today.year - 30))
    edge = resident(town, "王五六七", town.building_2, born=today.replace(year=today.year - 60))
    south = resident(town, "南边的人啊", town.building_3)
    gone = resident(town, "走了的人在外", town.building_1)
    with engine.writing() as session:
        session.execute(text("UPDATE resident SET status = 'moved' WHERE id = :id"), {"id": gone})
        session.add(Membership(resident_id=old, group_id=group_id, since=today - timedelta(days=9)))
        session.add(
            Membership(resident_id=edge, group_id=group_id, since=today - timedelta(days=9), until=today)
        )

    def asked(who: Viewer, **values: Any) -> set[int]:
        found = needs_asking.people(who, survey_id=opened(town, **values))
        return {one.id for one in found}

    assert asked(town.anna) == {old, young, edge, south}
    assert asked(town.shen) == {old, young, edge}
    assert asked(town.anna, age_from=60) == {old, edge, south}
    assert asked(town.anna, age_to=59) == {young}
    assert asked(town.anna, groups=("alone",)) == {old}
    assert asked(town.anna, area_ids=(town.south,)) == {south}
    elsewhere = opened(town, area_ids=(town.south,))
    with pytest.raises(Refused, match="record.not_found"):
        needs_asking.people(town.shen, survey_id=elsewhere)
    with pytest.raises(Refused, match="need.not_meant"):
        needs_asking.person(town.anna, survey_id=elsewhere, resident_id=old)


def test_asked_is_not_answered_and_not_met_is_neither(town: Town) -> None:
    nobody_is_signed_out()
    survey_id = opened(town)
    people = [resident(town, "张" * number, town.building_1) for number in range(2, 6)]
    answer(town, survey_id, people[0])
    needs_asking.record(town.shen, survey_id=survey_id, resident_id=people[1], outcome="declined")
    needs_asking.record(town.shen, survey_id=survey_id, resident_id=people[2], outcome="not_met")
    far = needs_asking.progress(town.shen, survey_id=survey_id)
    assert (far.meant, far.asked, far.answered, far.declined, far.not_met) == (4, 2, 1, 1, 1)
    assert [one.id for one in needs_asking.people(town.shen, survey_id=survey_id)] == [people[3]]
    with clock.at(clock.now() + timedelta(days=1)):  # who was not met today is tried again tomorrow
        left = needs_asking.people(town.shen, survey_id=survey_id, after=people[2])
        assert [one.id for one in left] == [people[3], people[2]]
    with pytest.raises(Refused, match="need.answered"):
        needs_asking.record(town.shen, survey_id=survey_id, resident_id=people[0], outcome="not_met")


def test_answering_again_replaces_and_the_old_answer_stays(town: Town) -> None:
    survey_id, person = opened(town), resident(town, "张桂梅", town.building_1)
    answer(town, survey_id, person, classes=["o1"], words="想学书法")
    answer(town, survey_id, person, classes=["o2"])
    now, before = needs_asking.replies(town.shen, survey_id=survey_id, resident_id=person)
    assert [said for _one, said in now.answers] == [("o2",)]
    assert before.replaced_at is not None
    assert [said for _one, said in before.answers] == [("o1",), ("想学书法",)]
    shown = figures.results(town.shen, survey_id=survey_id)
    assert [(code, one.value) for code, one in shown.tallies[0].bars] == [("o1", 0), ("o2", 1)]
    assert needs_themes.texts(town.shen, survey_id=survey_id).total == 0
    assert shown.answered.value == 1


def test_the_same_form_sent_twice_is_one_reply(town: Town) -> None:
    survey_id, person = opened(town), resident(town, "张桂梅", town.building_1)
    sent = [
        needs_asking.record(town.shen, survey_id=survey_id, resident_id=person, outcome="declined", token="abc")
        for _time in range(2)
    ]  # fmt: skip
    assert sent[0] == sent[1]
    assert len(needs_asking.replies(town.shen, survey_id=survey_id, resident_id=person)) == 1


def test_answers_are_checked_and_outsiders_write_none(town: Town) -> None:
    survey_id, person = opened(town), resident(town, "张桂梅", town.building_1)
    classes, care, scale, words = ids(town, survey_id)
    wrong = {classes: ["o9"], care: ["yes", "no"], scale: "7", words: "长" * 501}
    with pytest.raises(Refused, match="form.invalid") as refused:
        needs_asking.record(
            town.shen, survey_id=survey_id, resident_id=person, outcome="answered", answers=wrong
        )
    assert set(refused.value.facts["problems"]) == {classes, care, scale, words}
    with pytest.raises(Refused, match="form.invalid") as refused:
        answer(town, survey_id, person, classes=[])
    assert refused.value.facts["problems"] == {classes: "field.required"}
    for who, code in (
        (town.qiu, "record.not_found"),
        (town.lei, "access.denied"),
        (town.vera, "access.denied"),
    ):
        with pytest.raises(Refused, match=code):
            answer(town, survey_id, person, who)
    needs.close(town.anna, survey_id=survey_id)
    with pytest.raises(Refused, match="need.not_open"):
        answer(town, survey_id, person)


def test_a_half_filled_form_is_kept_for_its_writer_alone(town: Town) -> None:
    survey_id, person = opened(town), resident(town, "张桂梅", town.building_1)
    needs_asking.keep(town.shen, survey_id=survey_id, resident_id=person, values={"1": ["o1"]})
    kept = needs_asking.draft(town.shen, survey_id=survey_id, resident_id=person)
    assert kept is not None and kept.values == {"1": ["o1"]}
    assert needs_asking.draft(town.anna, survey_id=survey_id, resident_id=person) is None
    answer(town, survey_id, person)
    assert needs_asking.draft(town.shen, survey_id=survey_id, resident_id=person) is None


def test_figures_are_those_of_plain_sql_and_open_their_rows(town: Town) -> None:
    survey_id = opened(town)
    for number in range(12):
        building = (town.building_1, town.building_3)[number % 2]
        sex, living = ("female", "male")[number % 3 == 0], ("alone", "")[number % 4 == 0]
        born = clock.today().replace(year=1930 + number * 4)
        person = resident(town, "人" * (number + 2), building, sex=sex, living=living, born=born)
        if number < 9:
            answer(
                town, survey_id, person, town.anna, classes=["o1"] if number % 2 else ["o1", "o2"], scale="4"
            )
        else:
            needs_asking.record(town.anna, survey_id=survey_id, resident_id=person, outcome="declined")
    question = ids(town, survey_id)[0]
    with engine.reading() as session:
        plain = {
            (row.sex, row.choice): row.many
            for row in session.execute(
                text(
                    "SELECT r.sex, v.choice, count(*) AS many FROM need_value v JOIN need_reply p ON p.id = v.reply_id"
                    " JOIN resident r ON r.id = p.resident_id WHERE p.current = 1 AND v.question_id = :question"
                    " GROUP BY r.sex, v.choice"
                ),
                {"question": question},
            )
        }
    lines = figures.by_segment(town.anna, survey_id=survey_id, question_id=question, kind="sex")
    assert {
        (line.code, code): figure.value
        for line in lines
        for code, figure in zip(("o1", "o2"), line.bars, strict=True)
    } == plain
    assert sum(line.asked.value or 0 for line in lines) == 12
    assert sum(line.answered.value or 0 for line in lines) == 9
    for kind in figures.SEGMENTS:
        for line in figures.by_segment(town.anna, survey_id=survey_id, question_id=question, kind=kind):
            asked = {"survey": (str(survey_id),), kind: (line.code,), "answer": (f"{question}:o1",)}
            if kind == "area" and line.code == "-":
                continue
            rows = listing.page(town.anna, ANSWERS, Listing(filters=asked)).rows
            assert len(rows) == line.bars[0].value, (kind, line)
    north = figures.results(town.shen, survey_id=survey_id)
    assert (north.meant.value, north.answered.value, north.declined.value) == (6, 5, 1)


def test_a_leader_learns_no_small_count(town: Town) -> None:
    survey_id = opened(town)
    for number in range(14):
        person = resident(town, "人" * (number + 2), town.building_1, sex="male" if number < 2 else "female")
        answer(
            town, survey_id, person, town.anna, classes=["o1"] if number else ["o1", "o2"], words="保密的话"
        )
    shown = figures.results(town.lei, survey_id=survey_id)
    assert not shown.rows
    assert shown.answered.text == "14"
    assert [one.text for _code, one in shown.tallies[0].bars] == ["–", "<5"]  # the other would tell it
    question = ids(town, survey_id)[0]
    lines = figures.by_segment(town.lei, survey_id=survey_id, question_id=question, kind="sex")
    assert [(line.label, line.asked.value) for line in lines] == [("Small groups together", 14)]
    for query in (needs_themes.texts, needs_themes.themes):
        with pytest.raises(Refused, match="access.denied"):
            query(town.lei, survey_id=survey_id)
    with pytest.raises(Refused, match="access.denied"):
        listing.page(town.lei, ANSWERS, Listing())


def test_one_hidden_figure_takes_another_with_it() -> None:
    told = hide([[20, 12, 8, 3], [30, 20, 10, 9]], 5)
    assert [[one.value for one in line] for line in told] == [[20, 12, None, None], [30, 20, None, None]]
    assert [one.value for one in hide([[3, 2, 1]], 1)[0]] == [3, 2, 1]


def test_texts_are_themed_by_tap_with_proposals(town: Town) -> None:
    survey_id = opened(town)
    said = ("楼道灯不亮", "晚上路灯太暗", "想学书法", "没有了")
    for number, words in enumerate(said):
        answer(town, survey_id, resident(town, "人" * (number + 2), town.building_1), words=words)
    light = needs_themes.add_theme(town.shen, survey_id=survey_id, name="照明", words="灯, 暗")
    rows = needs_themes.texts(town.shen, survey_id=survey_id).rows
    assert {one.words for one in rows if one.proposed == (light,)} == set(said[:2])
    assert needs_themes.assign_proposed(town.shen, survey_id=survey_id, theme_id=light) == 2
    brush = needs_themes.add_theme(town.shen, survey_id=survey_id, name="书法班")
    mine = next(one for one in rows if one.words == "想学书法")
    needs_themes.assign(town.shen, survey_id=survey_id, value_id=mine.id, theme_id=brush)
    needs_themes.assign(town.shen, survey_id=survey_id, value_id=mine.id, theme_id=light)
    assert [one.answers for one in needs_themes.themes(town.shen, survey_id=survey_id)] == [3, 1]
    needs_themes.assign(town.shen, survey_id=survey_id, value_id=mine.id, theme_id=light, belongs=False)
    assert [one.answers for one in needs_themes.themes(town.shen, survey_id=survey_id)] == [2, 1]
    assert needs_themes.texts(town.shen, survey_id=survey_id, loose=True).total == 1
    with pytest.raises(Refused, match="need.theme"):
        needs_themes.add_theme(town.shen, survey_id=survey_id, name="照明")
    with pytest.raises(Refused, match="record.not_found"):  # what was said in the other grid
        needs_themes.assign(town.qiu, survey_id=survey_id, value_id=mine.id, theme_id=light)
    with pytest.raises(Refused, match="access.denied"):
        needs_themes.add_theme(town.lei, survey_id=survey_id, name="别的")


def test_a_need_becomes_a_class_and_those_who_asked_are_told(town: Town) -> None:
    survey_id = opened(town)
    member = resident(town, "魏兰", town.building_1)
    vera = sign_in("vera2", "volunteer", "魏兰")
    with engine.writing() as session:
        session.execute(
            text("UPDATE account SET resident_id = :r WHERE id = :a"), {"r": member, "a": vera.account_id}
        )
    quiet = resident(town, "张桂梅", town.building_3, phone="13851740001")
    other = resident(town, "不想要的人", town.building_1)
    answer(town, survey_id, member, town.anna, classes=["o1", "o2"])
    answer(town, survey_id, quiet, town.anna, classes=["o2"])
    answer(town, survey_id, other, town.anna, classes=["o1"])
    question = ids(town, survey_id)[0]
    need_id = needs_turned.make(town.anna, survey_id=survey_id, question_id=question, choice="o2")
    assert need_id == needs_turned.make(town.anna, survey_id=survey_id, question_id=question, choice="o2")
    (need,) = needs_turned.of_survey(town.anna, survey_id=survey_id)
    assert (need.title, need.asked, need.people, need.state) == ("书法", 2, 2, "open")
    assert needs_turned.would_tell(town.anna, need_id=need_id) == 2
    with pytest.raises(Refused, match="need.linked"):
        needs_turned.change(town.anna, need_id=need_id, version=1, to=Turned("书法", "planned"))
    course = activity(town, "书法班", times=3)
    with pytest.raises(Refused, match="record.not_found"):
        needs_turned.change(town.anna, need_id=need_id, version=1, to=Turned("书法", "planned", course + 1))
    to = Turned("书法", "planned", activity_id=course, activity="周三书法班")
    with pytest.raises(Refused, match="area.outside"):
        needs_turned.change(town.shen, need_id=need_id, version=1, to=to)
    sent = needs_turned.change(town.anna, need_id=need_id, version=1, to=to)
    assert (sent.inbox, sent.phone) == (1, 1)
    with engine.reading() as session:
        told = {
            row.to_key: (row.kind, row.facts["what"], row.area_path, row.phone_known)
            for row in session.execute(select(Message.__table__)).all()  # type: ignore[attr-defined]
        }
    assert told == {
        f"r{member}": ("need.planned", "周三书法班", town.path(town.building_1), False),
        f"r{quiet}": ("need.planned", "周三书法班", town.path(town.building_3), True),
    }
    assert [one.id for one in needs_turned.of_activity(town.lei, activity_id=course)] == [need_id]
    with pytest.raises(Refused, match="record.changed"):
        needs_turned.change(town.anna, need_id=need_id, version=1, to=to)
    done = needs_turned.change(
        town.anna,
        need_id=need_id,
        version=2,
        to=Turned("书法", "done", activity_id=course, activity="周三书法班"),
        tell=False,
    )
    assert done.inbox == done.phone == 0


def test_every_write_is_in_the_audit_trail(town: Town) -> None:
    survey_id, person = opened(town), resident(town, "张桂梅", town.building_1)
    answer(town, survey_id, person, words="秘密")
    with engine.reading() as session:
        entries = session.execute(select(AuditEntry.__table__)).all()  # type: ignore[attr-defined]
        kinds = {row.kind for row in entries}
        assert {"need_survey", "need_reply"} <= kinds
        assert not any("秘密" in str(row.changes) for row in entries)
        sealed = session.execute(text("SELECT words FROM need_value WHERE words IS NOT NULL")).scalar()
        assert "秘密".encode() not in bytes(sealed)
        assert session.execute(select(func.count()).select_from(Reply)).scalar() == 1
        assert session.execute(select(func.count()).select_from(Value)).scalar() == 2


def test_merging_two_records_of_one_person_counts_one_answer(town: Town) -> None:
    survey_id = opened(town)
    kept, other = resident(town, "张桂梅", town.building_1), resident(town, "张桂妹", town.building_1)
    answer(town, survey_id, kept, classes=["o1"])
    answer(town, survey_id, other, classes=["o2"], words="只有她说过")
    third = opened(town)
    answer(town, third, other, classes=["o2"])
    merging.merge(town.shen, keep_id=kept, other_id=other)
    shown = figures.results(town.anna, survey_id=survey_id)
    assert [one.value for _code, one in shown.tallies[0].bars] == [1, 0]
    assert (shown.meant.value, shown.answered.value) == (1, 1)
    (moved,) = needs_asking.replies(town.shen, survey_id=third, resident_id=kept)
    assert [codes for _one, codes in moved.answers] == [("o2",)]
    merging.unmerge(town.shen, resident_id=kept)
    (back,) = needs_asking.replies(town.shen, survey_id=survey_id, resident_id=other)
    assert [codes for _one, codes in back.answers] == [("o2",), ("只有她说过",)]


def test_an_activity_is_planned_for_a_need(town: Town) -> None:
    survey_id = opened(town)
    answer(town, survey_id, resident(town, "魏兰", town.building_1), town.anna, classes=["o2"])
    need_id = needs_turned.make(
        town.anna, survey_id=survey_id, question_id=ids(town, survey_id)[0], choice="o2"
    )
    days = (clock.today() + timedelta(days=3), clock.today() + timedelta(days=10))
    plan = Planned("class", "书法入门", town.north, days, time(9))
    with pytest.raises(Refused, match="area.outside"):  # the survey is of both grids
        needs_turned.plan_for(town.shen, need_id=need_id, plan=plan, announce_now=True)
    with pytest.raises(Refused, match="form.invalid"):
        needs_turned.plan_for(town.anna, need_id=need_id, plan=replace(plan, title=" "))
    course = needs_turned.plan_for(town.anna, need_id=need_id, plan=plan, announce_now=True)
    (need,) = needs_turned.of_activity(town.anna, activity_id=course)
    assert (need.id, need.state, need.activity, need.told) == (need_id, "planned", "书法入门", 1)
    with engine.reading() as session:
        assert session.execute(select(func.count()).select_from(Activity)).scalar() == 1
