"""The monthly brief on the screen: written in one tap, edited without losing a word, sent, and its numbers linked."""

import re
from html import unescape
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from db.care import visits
from db.insight import behind, briefs
from db.insight.briefs import Told
from tests.built import built_once
from tests.conftest import Town
from tests.insight.briefing import MONTH, small_town, some_visit
from tests.screens import Screens, buttons
from tests.screens import text_of as marked

pytestmark = pytest.mark.sqlite_only
LINK = re.compile(r'<a href="/charts\?([^"]+)"[^>]*>([^<]+)</a>')


@pytest.fixture
@built_once
def people(town: Town) -> list[int]:
    return small_town(town)


def text_of(app: AppTest) -> str:
    """What is drawn, without the signs that keep names from being read as marks."""
    return marked(app).replace("\\", "")


def brief_of(app: AppTest) -> str:
    """What stands in the brief, as HTML."""
    return next(one.proto.body for one in app.get("html") if "linli-brief" in one.proto.body)  # type: ignore[attr-defined]


def words_of(app: AppTest) -> str:
    return re.sub("<[^>]+>", "", brief_of(app))


def links(app: AppTest) -> list[tuple[dict[str, str], str]]:
    return [(dict(parse_qsl(unescape(query))), text) for query, text in LINK.findall(brief_of(app))]


def newest(town: Town, area_id: int = 0) -> Told:
    found = briefs.earlier(town.lei, area_id=area_id or town.community)
    return briefs.brief(town.lei, brief_id=found[0].id)


def write(app: AppTest) -> AppTest:
    app.button(key="tap_write").click().run()
    assert not app.exception
    return app


def test_a_leader_writes_it_in_one_tap_and_every_number_opens_so_many_rows(
    open_app: Screens, town: Town, people: list[int]
) -> None:
    app = write(open_app(town.lei, "brief"))
    assert "brief of October 2026" in brief_of(app) and "nothing was corrected since" in text_of(app)
    counted = [
        (way, text)
        for way, text in links(app)
        if way.get("show") == "rows" and text.isdecimal() and way["figure"] != "hours"
    ]
    assert len(counted) > 12
    for way, text in counted:
        rows = behind.rows(
            town.lei, figure=way["figure"], area_id=int(way["area"]), period=way["period"],
            rest=bool(way.get("rest")), part=way.get("bar", ""), limit=1,
        )  # fmt: skip
        assert rows.count == int(text), way
    back = open_app(town.lei, "charts", **counted[0][0])
    assert "Back to the brief" in [one.label for one in back.get("page_link")]  # type: ignore[attr-defined]
    people_told = re.findall(r'<a href="/residents\?id=(\d+)"', brief_of(app))
    assert people_told and set(people_told) <= {str(one) for one in people[:5]}
    vague = [text for way, text in links(app) if way.get("part") == "activities"]
    assert "fewer than 10" in vague and not any(text.isdecimal() for text in vague)  # they lead to the chart


def test_what_was_typed_is_kept_by_itself_and_numbers_stay_linked(
    open_app: Screens, town: Town, people: list[int]
) -> None:
    app = write(open_app(town.lei, "brief"))
    app.button(key="brief_edit").click().run()
    told = newest(town)
    box = app.text_area(key=f"brief_{told.id}_asked")
    box.set_value("Please send one more grid worker.").run()
    happened = app.text_area(key=f"brief_{told.id}_happened")
    happened.set_value("A hard month. " + happened.value.replace("In October, people", "People")).run()
    assert not app.exception
    happened.set_value(happened.value.replace(" 95 times", " 90 times")).run()
    assert "they no longer lead to their rows: 95 → 90" in text_of(app)
    happened.set_value(happened.value.replace(" 90 times", " 95 times")).run()
    assert "no longer lead" not in text_of(app)
    again = open_app(town.lei, "brief", id=told.id, edit=1)  # the window was closed meanwhile
    assert again.text_area(key=f"brief_{told.id}_asked").value == "Please send one more grid worker."
    again.button(key="brief_done").click().run()
    assert "Please send one more grid worker." in brief_of(again) and "A hard month." in brief_of(again)
    assert "95" in [text for _way, text in links(again)]


def test_when_two_write_at_once_both_texts_are_there(
    open_app: Screens, town: Town, people: list[int]
) -> None:
    app = write(open_app(town.lei, "brief"))
    app.button(key="brief_edit").click().run()
    told = newest(town)
    briefs.save(
        town.anna, brief_id=told.id, version=1, title=told.title, sections={"asked": "Anna asks for a bench."}
    )
    key = f"brief_{told.id}_asked"
    app.text_area(key=key).set_value("Lei asks for a lamp.").run()
    assert "安娜 changed this brief meanwhile" in text_of(app)
    assert "Anna asks for a bench" in text_of(app)
    assert app.text_area(key=key).value == "Lei asks for a lamp."
    assert newest(town).sections["asked"] == "Anna asks for a bench."
    app.button(key="brief_take_asked").click().run()
    assert app.text_area(key=key).value == "Anna asks for a bench."
    app.text_area(key=key).set_value("A lamp and a bench.").run()
    app.button(key="brief_mine").click().run()
    assert newest(town).sections["asked"] == "A lamp and a bench."
    assert "brief_mine" not in buttons(app)


def test_it_is_sent_and_stays_and_says_what_was_corrected_since(
    open_app: Screens, town: Town, people: list[int]
) -> None:
    app = write(open_app(town.lei, "brief", area=town.north))
    names = f"{town.anna.name}, {town.shen.name}"
    assert f"It will go to: {names}." in text_of(app)
    app.button(key="brief_send").click().run()
    assert not newest(town, town.north).sent and "Really send it?" in text_of(app)
    app.button(key="brief_send_yes").click().run()
    assert f"Sent to 2 people: {names}." in text_of(app)
    assert "brief_edit" not in buttons(app) and "brief_new" in buttons(app)
    before = words_of(app)
    visits.strike(town.anna, visit_id=some_visit(people, 7), why="点错了")
    told = newest(town, town.north)
    app = open_app(town.shen, "brief", id=told.id)
    assert words_of(app) == before
    said = text_of(app)
    assert "Times somebody was met or spoken to · October 2026: 40 when it was drafted, now 39" in said
    assert f"Sent to: {names}." in said
    assert "40 when it was drafted, now 39" in brief_of(app)  # at the number itself
    assert (
        len(re.findall(r'<a [^>]*class="since"[^>]*>40</a>', brief_of(app))) == 2
    )  # in the text and in the table
    assert "The brief stays as it was sent; its numbers that are otherwise now bear a star." in said
    app.button(key="brief_new").click().run()
    assert "39 times" in words_of(app)
    labels = [one.proto.label for one in app.get("page_link")]  # type: ignore[attr-defined]
    assert any("October 2026" in one and "sent" in one for one in labels)


def test_a_month_that_runs_is_explained_beside_the_choices(
    open_app: Screens, town: Town, people: list[int]
) -> None:
    app = open_app(town.lei, "brief", area=town.north, month="2026-11")
    assert "November 2026 is not over yet; its brief can be written from 1 Dec 2026 on." in text_of(app)
    assert (
        app.selectbox(key="brief_month").value == MONTH
        and app.selectbox(key="brief_area").value == town.north
    )
    write(app)
    assert newest(town, town.north).period.key == MONTH
    assert "briefs are written of months that are over" in text_of(open_app(town.lei, "brief", month="x"))


def test_the_proposed_text_is_restored_and_a_draft_given_up(
    open_app: Screens, town: Town, people: list[int]
) -> None:
    app = write(open_app(town.lei, "brief"))
    told = newest(town)
    briefs.save(town.lei, brief_id=told.id, version=1, title=told.title, sections={"happened": "Little."})
    app = open_app(town.lei, "brief", id=told.id)
    assert "Little." in words_of(app) and "DRAFT, not sent yet" in words_of(app)
    app.button(key="brief_redraft").click().run()
    assert "Little." not in words_of(app) and "as proposed again" in text_of(app)
    app.button(key="brief_discard").click().run()
    assert "The draft was given up." in text_of(app) and "tap_write" in buttons(app)


def test_outside_ones_areas_and_for_volunteers_there_is_none(
    open_app: Screens, town: Town, people: list[int]
) -> None:
    number = briefs.draft(town.shen, area_id=town.north, month=MONTH)
    for params in ({"id": number}, {"area": town.north}, {"area": town.north, "month": MONTH}):
        app = open_app(town.qiu, "brief", **params)
        assert "outside your areas" in text_of(app) or "There is no such area" in text_of(app), params
        assert "linli-brief" not in str(app.get("html"))
    assert "Not for this account" in text_of(open_app(town.vera, "brief", id=number))
    assert "linli-brief" not in str(open_app(town.lei, "brief", month="2026-11").get("html"))


def test_the_page_to_print_and_a_new_community(open_app: Screens, town: Town) -> None:
    app = write(open_app(town.lei, "brief"))
    assert "Nothing is recorded of October yet" in brief_of(app)
    told = newest(town)
    paper = open_app(town.lei, "brief", id=told.id, paper=1)
    body = "".join(one.proto.body for one in paper.get("html"))  # type: ignore[attr-defined]
    assert told.title in body and "Nothing is recorded of October yet" in body
