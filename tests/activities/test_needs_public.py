"""The form without an account: whoever has a code answers, learns nothing of anybody, and is somebody only with a personal one."""

import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import timedelta

import pytest

from components.activities import needs_form
from db import clock
from db.activities import needs, needs_asking, needs_public, needs_themes
from db.activities.needs import code_text
from db.errors import Refused
from db.insight import needs as figures
from db.system.throttle import LIMITS
from tests.activities.surveying import ids, opened, resident
from tests.bench.rig import served
from tests.bench.server_scenario import TINY
from tests.conftest import Town
from tests.volunteers.making import nobody_is_signed_out

ADDRESS = "203.0.113.9"


@pytest.fixture(scope="module")
def house() -> Iterator[str]:
    with served(script=TINY) as running:
        yield running.base


def ask(url: str, given: dict[str, str] | None = None) -> tuple[int, str]:
    data = urllib.parse.urlencode(given).encode() if given is not None else None
    request = urllib.request.Request(url, data, headers={"Accept-Language": "en"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_page_is_served_without_streamlit(house: str) -> None:
    status, body = ask(house + "/needs-form")
    assert (status, "Fill in a survey" in body, "<script" in body) == (200, True, False)
    status, body = ask(house + "/needs-form?c=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert (status, "<script" in body) == (404, False)
    status, body = ask(house + "/needs-form", {"c": "ABCDEFGHJKMN"})
    assert (status, "no survey with this code" in body) == (404, True)
    assert ask(house + "/needs-form", {"c": "A", "q1": "长" * 100_000})[0] == 413


def code_of(town: Town, survey_id: int) -> str:
    return needs.survey(town.anna, survey_id=survey_id).code


def given(town: Town, survey_id: int, code: str, words: str = "想学书法") -> dict[str, list[str]]:
    classes, care, scale, text = ids(town, survey_id)
    return {
        "c": [code],
        "t": ["once"],
        f"q{classes}": ["o1", "o2"],
        f"q{care}": ["yes"],
        f"q{scale}": ["4"],
        f"q{text}": [words],
    }


def test_answers_without_a_name_count_as_nobodys(town: Town) -> None:
    survey_id = opened(town)
    resident(town, "张桂梅", town.building_1)
    code = code_of(town, survey_id)
    status, page = needs_form.show(code_text(code).lower(), ADDRESS, "zh-CN")
    assert status == 200
    assert "想参加什么？" in page and "张桂梅" not in page
    sent = given(town, survey_id, code)
    for _time in range(2):  # a second tap is the same form
        status, page = needs_form.take(sent, ADDRESS, "en")
        assert (status, "Your answers have arrived" in page) == (200, True)
    shown = figures.results(town.anna, survey_id=survey_id)
    assert (shown.nameless.value, shown.answered.value, shown.asked.value) == (1, 0, 0)
    assert [one.value for _code, one in shown.tallies[0].bars] == [1, 1]
    question = ids(town, survey_id)[0]
    assert figures.by_segment(town.anna, survey_id=survey_id, question_id=question, kind="sex") == []
    assert needs_themes.texts(town.anna, survey_id=survey_id).total == 1


def test_a_personal_code_makes_it_somebodys(town: Town) -> None:
    survey_id, person = opened(town), resident(town, "张桂梅", town.building_1)
    resident(town, "南边的人", town.building_3)
    (printed,) = needs_public.personal_codes(town.shen, survey_id=survey_id)
    assert printed.name == "张桂梅"
    assert needs_public.personal_codes(town.shen, survey_id=survey_id) == [printed]
    status, page = needs_form.show(printed.code, ADDRESS, "en")
    assert (status, "张" in page, "with your name" in page) == (200, False, True)
    assert needs_form.take(given(town, survey_id, printed.code), ADDRESS, "en")[0] == 200
    (said,) = needs_asking.replies(town.shen, survey_id=survey_id, resident_id=person)
    assert (said.outcome, said.source, said.by_name) == ("answered", "self", "")
    assert figures.results(town.anna, survey_id=survey_id).answered.value == 1
    assert needs_public.personal_codes(town.shen, survey_id=survey_id) == []


def test_what_is_missing_is_said_and_nothing_typed_is_lost(town: Town) -> None:
    survey_id = opened(town)
    sent = given(town, survey_id, code_of(town, survey_id), words="<b>很长</b>")
    del sent[f"q{ids(town, survey_id)[0]}"]
    status, page = needs_form.take(sent, ADDRESS, "en")
    assert status == 422
    assert "This is needed." in page and "&lt;b&gt;很长" in page and "<b>" not in page
    assert 'value="yes" checked' in page
    sent = given(town, survey_id, code_of(town, survey_id), words="长" * 501)
    assert needs_form.take(sent, ADDRESS, "en")[0] == 422
    assert figures.results(town.anna, survey_id=survey_id).nameless.value == 0


def test_it_refuses_after_closing_before_opening_and_too_often(town: Town) -> None:
    nobody_is_signed_out()
    survey_id = opened(town)
    code = code_of(town, survey_id)
    with clock.at(clock.now() + timedelta(days=9)):
        status, page = needs_form.take(given(town, survey_id, code), ADDRESS, "en")
        assert (status, "takes no answers now" in page) == (410, True)
    needs.close(town.anna, survey_id=survey_id)
    assert needs_form.show(code, ADDRESS, "en")[0] == 410
    for _try in range(LIMITS["needs"][0]):
        needs_public.form("ABCDEFGHJKMN", "203.0.113.8")
    with pytest.raises(Refused, match="signin.throttled"):
        needs_public.form("ABCDEFGHJKMN", "203.0.113.8")
    assert needs_form.show("ABCDEFGHJKMN", "203.0.113.8", "en")[0] == 429


def test_the_link_can_be_switched_off(town: Town) -> None:
    survey_id = opened(town, self_fill=False)
    assert needs_form.show(code_of(town, survey_id), ADDRESS, "en")[0] == 404
    with pytest.raises(Refused, match="access.denied"):
        needs_public.personal_codes(town.lei, survey_id=survey_id)
