"""The monthly brief: its numbers are those of the charts, names are masked, what was sent stays, one draft on its day."""

import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from components import brief_words
from components.brief_pen import reading_text
from components.charts import words as chart_words
from components.i18n import speaking
from db import clock, engine, identity, keeping
from db.care import visits
from db.care.visits import Seen
from db.errors import Refused
from db.insight import (
    behind,
    brief_corrections,
    brief_duty,
    brief_facts,
    brief_links,
    briefs,
    charts,
    closing,
    counts,
)
from db.insight.brief_links import Number
from db.insight.briefs import SECTIONS, Told
from db.insight.charts import Reading
from db.insight.figures import FIGURES
from db.system import community
from db.system.messages import Message
from db.territory.posts import POSTS
from tests.built import built_once
from tests.conftest import Town
from tests.insight.briefing import MONTH, on, small_town, some_visit

_B = briefs.Brief.__table__.c  # type: ignore[attr-defined]
WHOLE = re.compile(r"[\d,]+")


@pytest.fixture
@built_once
def people(town: Town) -> list[int]:
    return small_town(town)


def written(town: Town, area_id: int = 0, month: str = MONTH) -> Told:
    """The brief of an area (the community), written by its leader."""
    number = briefs.draft(town.lei, area_id=area_id or town.community, month=month)
    return briefs.brief(town.lei, brief_id=number)


def text_of(told: Told) -> str:
    return "\n".join(told.sections[name] for name in SECTIONS)


def messages() -> list[tuple[str, int | None, str]]:
    with engine.reading() as session:
        rows = session.execute(
            select(Message.kind, Message.account_id, Message.link).where(Message.kind.like("brief.%"))  # type: ignore[call-overload, attr-defined]
        )
        return [tuple(row) for row in rows]


def kept() -> list[tuple[int, str, str]]:
    with engine.reading() as session:
        return [tuple(row) for row in session.execute(select(_B.area_id, _B.month, _B.state).order_by(_B.id))]


# What it says


def test_numbers_are_those_of_the_charts_and_lead_to_so_many_rows(town: Town, people: list[int]) -> None:
    told = written(town)
    opened = 0
    for number in told.numbers:
        if not number.figure or number.reading is None:
            continue
        table = charts.table(
            town.lei, codes=[number.figure], area_id=number.area_id, last=number.period, back=1
        )
        assert table.last(number.figure) == number.reading, number
        if WHOLE.fullmatch(number.text) and number.figure not in ("hours",):
            rows = behind.rows(
                town.lei, figure=number.figure, area_id=number.area_id, period=number.period, rest=number.rest
            )
            assert rows.count == int(number.text.replace(",", "")), number
            opened += 1
    assert opened >= 8


def test_it_says_what_was_done_what_tore_and_what_is_asked_for(town: Town, people: list[int]) -> None:
    """In both languages, from the same facts: five of twelve in the north were not reached in time."""
    closing.settle(town.lei)
    facts = brief_facts.facts(town.lei, area_id=town.community, month=MONTH)
    english, chinese = (brief_words.write(facts, one) for one in ("en", "zh"))
    assert "第一网格: 5 of 12 were not reached in time; in September it was 0." in english.sections["tore"]
    assert "第一网格：12 人中 5 人未按时见到，9月底为 0 人。" in chinese.sections["tore"]
    assert "1 shift lacked people: 送餐 (1)." in english.sections["tore"]
    assert (
        "Please lend a hand so that the 5 people not met by 23 Nov are seen soon (5 in 第一网格)."
        in english.sections["asked"]
    )
    assert "10月，见到或联系上居民 95 次。另有 1 次没见到人，未计入。" in chinese.sections["happened"]
    assert chinese.title == "红星社区2026年10月工作简报"
    assert [one.figure for one in english.numbers] and {one.figure for one in english.numbers} == {
        one.figure for one in chinese.numbers
    }
    assert not re.search(r"[A-Za-z]", "".join(chinese.sections.values()))


def test_persons_are_never_named_in_full_whoever_writes(town: Town, people: list[int]) -> None:
    number = briefs.draft(town.anna, area_id=town.north, month=MONTH)
    said = text_of(briefs.brief(town.anna, brief_id=number))
    assert "王*华" in said and not re.search(r"王[^*]华", said)


def test_small_counts_are_told_to_nobody_exactly_whoever_writes(town: Town, people: list[int]) -> None:
    """Three guests: an administrator may see who they are, but the brief is read by leaders."""
    number = briefs.draft(town.anna, area_id=town.community, month=MONTH)
    told = briefs.brief(town.lei, brief_id=number)
    guests = told.figures["participants"][0]
    assert guests is not None and not guests.exact
    (first,) = [one for one in told.numbers if one.figure == "participants" and one.section == "happened"]
    assert "不到" in first.text and not re.fullmatch(r"\d+", first.text)


def test_a_community_without_a_month_is_told_so(town: Town) -> None:
    told = written(town)
    assert told.sections["happened"].startswith("10月还没有记录")
    assert [told.sections[name] for name in SECTIONS if name != "happened"] == ["", "", "", ""]
    assert briefs.months(town.lei, area_id=town.community) == (MONTH,)


def test_only_months_that_are_over(town: Town) -> None:
    for month in ("2026-11", "2026Q3", "2027-01", "x"):
        with pytest.raises(Refused, match=r"period\.unknown"):
            briefs.draft(town.lei, area_id=town.community, month=month)


def said(town: Town, month: str = MONTH, language: str = "en") -> Mapping[str, str]:
    """What a brief of the community says if it is written now."""
    closing.settle(town.lei)
    facts = brief_facts.facts(town.lei, area_id=town.community, month=month)
    return brief_words.write(facts, language).sections


def test_it_begins_with_a_judgement_and_a_missed_target_is_no_achievement(
    town: Town, people: list[int]
) -> None:
    """18 of 23 are 78%; the target is 95%."""
    found = said(town)
    assert found["opening"].endswith(
        "On 31 Oct 78% of the people in care were reached in time, below the target of 95%, "
        "22 points less than in September (100%). The area with the most people not reached in time is 第一网格."
    )
    assert "78%" not in found["happened"]


def test_nobody_is_asked_for_or_named_who_was_met_since(town: Town, people: list[int]) -> None:
    with on(11, 10):
        visits.record(town.anna, seen=[Seen(one) for one in people[:3]])
    found = said(town)
    assert "On 31 Oct 5 people in care were not reached in time (September: 0)." in found["tore"]
    assert "2 of them had still not been met by 23 Nov." in found["tore"]
    (longest,) = [line for line in found["tore"].splitlines() if line.startswith("Unseen for longest")]
    assert longest.count("王*华") == 2 and longest.count("(第一网格, 49 days)") == 2  # since 5 October
    assert "the 2 people not met by 23 Nov" in found["asked"]
    with on(11, 11):
        visits.record(town.anna, seen=[Seen(one) for one in people[:5]])
    found = said(town)
    assert (
        "By 23 Nov all of them had been met." in found["tore"] and "Unseen for longest" not in found["tore"]
    )
    assert "lend a hand" not in found["asked"]


def test_a_days_unseen_lead_to_the_person_and_a_kind_of_shift_to_its_shifts(
    town: Town, people: list[int]
) -> None:
    numbers = written(town).numbers
    days = [one for one in numbers if one.page == "residents"]
    assert {one.params["id"] for one in days if one.params} <= {str(one) for one in people[:5]} and days
    (kind,) = [one for one in numbers if one.bar]
    rows = behind.rows(
        town.lei, figure=kind.figure, area_id=kind.area_id, period=kind.period, rest=kind.rest, part=kind.bar
    )
    assert (kind.text, rows.count, {row.name for row in rows.rows}) == ("1", 1, {"送餐"})


def test_a_state_of_today_is_in_the_brief_of_the_last_month_only(town: Town, people: list[int]) -> None:
    with on(11, 12):
        visits.record(town.anna, seen=[Seen(people[0], "not_met", "no_answer")])
    with on(11, 13):
        visits.record(town.anna, seen=[Seen(people[0], "not_met", "no_answer")])
    assert "On 23 Nov 1 person in care was not met in several tries" in said(town)["tore"]
    assert "(urgent)" not in said(town, "2026-09")["tore"]


def test_what_was_not_recorded_yet_is_not_said_to_be_nothing(town: Town, people: list[int]) -> None:
    august = said(town, "2026-08", "zh")
    assert "当时还没有记录" in august["opening"] + august["happened"] or "8月还没有记录" in august["happened"]
    assert "没有办活动" not in august["happened"] and "没有安排志愿服务" not in august["happened"]
    september = said(town, "2026-09")
    assert "Not recorded yet at that time: activities (from 10 Oct on)." in september["opening"]
    assert (
        "Recorded for a part of the month only: shifts of volunteers (from 10 Sept on)."
        in september["opening"]
    )
    assert "No activities" not in september["happened"]
    with on(10, 5):
        told = written(town, month="2026-09")
    assert "dates" not in told.figures and "participants" not in told.figures


def test_an_area_is_not_both_better_and_torn_and_the_same_number_is_no_change(
    town: Town, people: list[int]
) -> None:
    closing.settle(town.lei)
    facts = brief_facts.facts(town.lei, area_id=town.community, month=MONTH)
    rows = {code: list(cells) for code, cells in facts.table.readings[town.north].items()}
    for before in (5, 9):  # as many as in the month before, and fewer
        rows["in_time"][-2] = Reading((12 - before,) * 2, (12, 12))
        table = replace(
            facts.table,
            readings={
                **facts.table.readings,
                town.north: {code: tuple(cells) for code, cells in rows.items()},
            },
        )
        found = brief_words.write(replace(facts, table=table), "en").sections
        assert "第一网格" not in found["better"]
        assert ("第一网格: 5 of 12 were not reached in time, as many as in September." in found["tore"]) == (
            before == 5
        )


def test_places_without_anybody_are_told_by_grid_and_those_held_by_now_are_not_asked_for(
    town: Town, people: list[int]
) -> None:
    found = said(town)
    (line,) = [one for one in found["tore"].splitlines() if "nobody responsible" in one]
    assert "第一网格 3 (itself among them)" in line and "1栋" not in line
    count = int(re.findall(r"\((\d+) areas\)", found["asked"])[0])
    values = {"area_id": town.north, "role": "grid_worker", "holder": "沈亦安", "since": clock.today()}
    keeping.create(town.anna, POSTS, values)
    assert f"({count - 1} areas)" in said(town)["asked"]


def test_hours_are_as_exact_as_in_the_charts() -> None:
    hours = Reading((66 * 60 + 30,) * 2)
    with speaking("en"):
        assert reading_text(FIGURES["hours"], hours) == "66.5"
        assert chart_words.said(FIGURES["hours"], hours) == "66.5 h"


# Who may


def test_outside_ones_areas_there_is_none(town: Town, people: list[int]) -> None:
    number = briefs.draft(town.shen, area_id=town.north, month=MONTH)
    with pytest.raises(Refused, match=r"area\.not_found"):
        briefs.draft(town.qiu, area_id=town.north, month=MONTH)
    with pytest.raises(Refused, match=r"area\.not_found"):
        briefs.earlier(town.qiu, area_id=town.north)
    for query in (briefs.brief, briefs.take_along, brief_corrections.corrections):
        with pytest.raises(Refused, match=r"record\.not_found"):
            query(town.qiu, brief_id=number)
    with pytest.raises(Refused, match=r"record\.not_found"):
        briefs.send(town.qiu, brief_id=number, version=1)
    with pytest.raises(Refused, match=r"access\.denied"):
        briefs.brief(town.vera, brief_id=number)


# Editing and sending


def test_two_who_write_at_once_lose_nothing(town: Town, people: list[int]) -> None:
    told = written(town)
    briefs.save(
        town.lei, brief_id=told.id, version=1, title=told.title, sections={"asked": "请增派一名网格员。"}
    )
    with pytest.raises(Refused, match=r"record\.changed") as refused:
        briefs.save(town.anna, brief_id=told.id, version=1, title=told.title, sections={"asked": "没有。"})
    assert refused.value.facts["sections"]["asked"] == "请增派一名网格员。"
    assert refused.value.facts["name"] == town.lei.name
    version = briefs.save(
        town.anna, brief_id=told.id, version=refused.value.facts["version"], title=told.title,
        sections={"asked": "没有。"},
    )  # fmt: skip
    now = briefs.brief(town.lei, brief_id=told.id)
    assert (now.sections["asked"], now.version, now.changed_name) == ("没有。", version, town.anna.name)
    assert now.sections["happened"] == told.sections["happened"]


def test_what_is_too_long_or_has_no_title_is_refused(town: Town) -> None:
    told = written(town)
    with pytest.raises(Refused, match=r"brief\.long"):
        briefs.save(town.lei, brief_id=told.id, version=1, title="简报", sections={"asked": "请" * 4001})
    with pytest.raises(Refused, match=r"brief\.title"):
        briefs.save(town.lei, brief_id=told.id, version=1, title=" ", sections={})


def test_what_was_sent_stays_as_it_was_and_what_was_corrected_since_is_told(
    town: Town, people: list[int]
) -> None:
    told = written(town)
    assert brief_corrections.corrections(town.lei, brief_id=told.id) == ()
    # Anna is told; Shen and Qiu do not reach the whole community.
    assert briefs.send(town.lei, brief_id=told.id, version=1) == 1
    visits.strike(town.anna, visit_id=some_visit(people, 7), why="点错了")

    sent = briefs.brief(town.lei, brief_id=told.id)
    assert sent.sent and (sent.title, sent.sections, sent.figures, sent.numbers) == (
        told.title, told.sections, told.figures, told.numbers,
    )  # fmt: skip
    for command in (
        lambda: briefs.save(town.lei, brief_id=told.id, version=2, title="别的", sections={}),
        lambda: briefs.send(town.lei, brief_id=told.id, version=2),
    ):
        with pytest.raises(Refused, match=r"brief\.sent"):
            command()
    found = {
        (one.figure, one.place.name): one for one in brief_corrections.corrections(town.lei, brief_id=told.id)
    }
    contacts = found["contacts", "红星社区"]
    assert (contacts.was.above[0], contacts.now and contacts.now.above[0]) == (95, 94)

    again = written(town)
    assert again.id != told.id and "94" in again.sections["happened"]
    assert brief_corrections.corrections(town.lei, brief_id=again.id) == ()
    assert [(one.number, one.sent) for one in briefs.earlier(town.lei, area_id=town.community)] == [
        (2, False),
        (1, True),
    ]


def test_it_goes_to_whoever_reads_briefs_of_its_area_but_not_to_who_sends_it(
    town: Town, people: list[int]
) -> None:
    told = written(town, town.north)
    assert briefs.send(town.anna, brief_id=told.id, version=1) == 2
    assert sorted(account for _kind, account, _link in messages() if account) == sorted(
        [town.shen.account_id or 0, town.lei.account_id or 0]
    )
    assert {link for _kind, _account, link in messages()} == {f"/brief?id={told.id}"}


def test_a_second_tap_writes_no_second_draft_and_each_language_has_its_own(
    town: Town, people: list[int]
) -> None:
    with engine.writing() as session:
        account = session.get_one(identity.Account, town.anna.account_id)
        account.language = "en"
        session.add(account)
        english = identity.viewer_of(session, account, identity.open_session(session, account))
    first = written(town).id
    assert written(town).id == first
    other = briefs.draft(english, area_id=town.community, month=MONTH)
    assert other != first and briefs.latest(english, area_id=town.community, month=MONTH) == other
    assert briefs.latest(town.lei, area_id=town.community, month=MONTH) == first


def test_a_second_version_says_that_it_replaces_the_first(town: Town, people: list[int]) -> None:
    first = written(town)
    assert briefs.readers(town.lei, brief_id=first.id) == (town.anna.name,)
    briefs.send(town.lei, brief_id=first.id, version=1)
    assert briefs.got(town.shen, brief_id=written(town, town.north).id) == ()
    again = written(town)
    assert again.title == "红星社区2026年10月工作简报（更正版，第2版）" and again.number == 2
    sent = briefs.brief(town.lei, brief_id=first.id)
    assert again.replaces == sent.sent_at and sent.newer is None and sent.replaces is None
    briefs.send(town.lei, brief_id=again.id, version=1)
    assert briefs.brief(town.lei, brief_id=first.id).newer == again.id
    assert briefs.got(town.lei, brief_id=again.id) == (town.anna.name,)
    assert [kind for kind, _account, _link in messages()] == ["brief.sent", "brief.again"]


def test_a_brief_that_says_nothing_is_not_sent(town: Town, people: list[int]) -> None:
    told = written(town)
    version = briefs.save(
        town.lei, brief_id=told.id, version=1, title=told.title, sections=dict.fromkeys(SECTIONS, " ")
    )
    with pytest.raises(Refused, match=r"brief\.empty"):
        briefs.send(town.lei, brief_id=told.id, version=version)
    assert messages() == []


def test_the_proposed_text_comes_back_and_a_draft_is_given_up(town: Town, people: list[int]) -> None:
    told = written(town)
    version = briefs.save(town.lei, brief_id=told.id, version=1, title="别的", sections={"asked": "略。"})
    with pytest.raises(Refused, match=r"record\.changed"):
        briefs.redraft(town.anna, brief_id=told.id, version=1)
    with on(11, 24):
        version = briefs.redraft(town.anna, brief_id=told.id, version=version)
    now = briefs.brief(town.lei, brief_id=told.id)
    assert (now.title, now.as_of, now.version) == (told.title, date(2026, 11, 24), version)
    assert now.sections["happened"] == told.sections["happened"] and "11月24日" in now.sections["asked"]

    with pytest.raises(Refused, match=r"record\.changed"):
        briefs.discard(town.anna, brief_id=told.id, version=1)
    with pytest.raises(Refused, match=r"record\.not_found"):
        briefs.discard(town.qiu, brief_id=told.id, version=version)
    briefs.discard(town.anna, brief_id=told.id, version=version)
    assert briefs.earlier(town.lei, area_id=town.community) == ()
    assert briefs.latest(town.lei, area_id=town.community, month=MONTH) is None
    with pytest.raises(Refused, match=r"record\.not_found"):
        briefs.brief(town.lei, brief_id=told.id)
    assert len(kept()) == 1  # nothing is deleted
    set_day(town, 3)
    brief_duty.draft_all()
    assert len(kept()) == 1  # nor is it drafted again by itself
    assert written(town).number == 1
    briefs.send(town.lei, brief_id=written(town).id, version=1)
    with pytest.raises(Refused, match=r"brief\.sent"):
        briefs.discard(town.lei, brief_id=kept_id(), version=2)


def kept_id() -> int:
    with engine.reading() as session:
        return int(session.execute(select(_B.id).order_by(_B.id.desc())).scalars().first() or 0)


# Numbers in an edited text


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("10月，见到居民 2,814 次，新来 3 人。", []),
        ("10月，见到居民 2,800 次，新来 3 人。", [("2,814", "2,800")]),
        ("10月，见到居民 2,814 次，新来 13 人。", [("3", "13")]),
        ("10月，见到居民 2,814 次。", [("3", "")]),
        ("", [("2,814", ""), ("3", "")]),
    ],
)
def test_numbers_changed_by_hand_are_told(text: str, changed: list[tuple[str, str]]) -> None:
    numbers = [number("2,814", "见到居民 ", " 次，新来"), number("3", "次，新来 ", " 人。")]
    assert brief_links.changed("happened", text, numbers) == changed
    assert brief_links.changed("better", text, numbers) == []


def number(text: str, before: str = "", after: str = "") -> Number:
    return Number("happened", text, before, after, figure="contacts")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10月，见到居民 2,814 次，新来 3 人。", ["2,814", "3"]),
        ("新来 3 人。全月上门 2,814 趟！", ["3", "2,814"]),  # turned round, and one is said otherwise
        ("见到居民 2,815 次。", []),
        ("见到居民 12,814 次，新来 13 人。", []),
        ("我们有 3 条建议；新来 3 人。", ["3"]),  # the one that stands where it stood
        ("我们还差3把椅子。", []),
        ("", []),
    ],
)
def test_numbers_that_stay_are_found_again(text: str, found: list[str]) -> None:
    numbers = [number("2,814", "见到居民 ", " 次，新来"), number("3", "次，新来 ", " 人。")]
    there = brief_links.find("happened", text, numbers)
    assert [text[one.start : one.end] for one in there] == found
    if text.startswith("我们有"):
        assert there[0].start > 8


def test_a_sentence_that_comes_back_is_linked_again(town: Town, people: list[int]) -> None:
    told = written(town)
    before = told.sections["happened"]
    linked = len(briefs.numbers_in(told, "happened"))
    version = briefs.save(
        town.lei, brief_id=told.id, version=1, title=told.title, sections={"happened": "略。"}
    )
    assert not briefs.numbers_in(briefs.brief(town.lei, brief_id=told.id), "happened")
    briefs.save(town.lei, brief_id=told.id, version=version, title=told.title, sections={"happened": before})
    assert len(briefs.numbers_in(briefs.brief(town.lei, brief_id=told.id), "happened")) == linked > 5


def test_every_number_that_was_written_is_found_in_its_text(town: Town, people: list[int]) -> None:
    told = written(town)
    for section in SECTIONS:
        expected = [one.text for one in told.numbers if one.section == section]
        assert [one.number.text for one in briefs.numbers_in(told, section)] == expected


# By itself


def set_day(town: Town, day: int) -> None:
    community.change_setting(town.anna, name="brief_day", value=day)


@pytest.mark.parametrize(
    ("today", "day", "month"),
    [
        (date(2026, 11, 23), 0, None),
        (date(2026, 11, 23), 23, "2026-10"),
        (date(2026, 11, 23), 24, "2026-09"),
        (date(2027, 1, 2), 3, "2026-11"),
        (date(2027, 1, 3), 3, "2026-12"),
    ],
)
def test_which_month_was_to_be_drafted_last(today: date, day: int, month: str | None) -> None:
    found = brief_duty.due_month(today, day)
    assert (found.key if found else None) == month


def test_on_the_set_day_it_is_drafted_once_and_leaders_and_administrators_are_told(
    town: Town, people: list[int]
) -> None:
    brief_duty.draft_all()
    assert kept() == []  # never, while no day is set
    set_day(town, 3)
    brief_duty.draft_all()
    brief_duty.draft_all()
    assert kept() == [(town.community, MONTH, "draft")]
    assert sorted(account for _kind, account, _link in messages() if account) == sorted(
        [town.anna.account_id or 0, town.lei.account_id or 0]
    )
    with on(12, 2):
        brief_duty.draft_all()
    assert len(kept()) == 1
    with on(12, 9):  # the server stood still from the second to the ninth
        counts.refresh_day(town.anna)
        brief_duty.draft_all()
    assert kept()[1:] == [(town.community, "2026-11", "draft")]


def test_areas_that_had_a_brief_get_the_next_one(town: Town, people: list[int]) -> None:
    with on(11, 1):
        briefs.draft(town.lei, area_id=town.north, month="2026-09")
    set_day(town, 20)
    brief_duty.draft_all()
    assert kept() == [(town.north, "2026-09", "draft"), (town.north, MONTH, "draft")]


def test_a_month_without_anything_is_not_drafted(town: Town) -> None:
    set_day(town, 1)
    brief_duty.draft_all()
    assert kept() == [] and messages() == []


def test_two_processes_at_once_draft_one(town: Town, people: list[int]) -> None:
    set_day(town, 3)
    closing.settle(town.anna)
    now, barrier, failed = clock.now(), threading.Barrier(2), []

    def run() -> None:
        try:
            with clock.at(now):
                barrier.wait(10)
                brief_duty.draft_all()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run) for _each in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert failed == [] and kept() == [(town.community, MONTH, "draft")]
    assert len(messages()) == 2  # Anna and Lei, once each
