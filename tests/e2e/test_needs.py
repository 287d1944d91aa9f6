"""A survey of needs on a telephone: asked at the door, and filled in by people themselves."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from db import engine
from db.activities.need_tables import Reply, Survey
from tests.bench.people import at_database
from tests.bench.rig import Server
from tests.e2e.conftest import Open, settled
from tests.e2e.test_volunteer import PHONE, fits, tap

pytestmark = pytest.mark.browser

SAID = {
    "zh-CN": {"saved": "已保存", "thanks": "您的回答已收到"},
    "en-GB": {
        "saved": "Saved: Answered",
        "thanks": "Your answers have arrived",
    },
}


@pytest.mark.parametrize("language", SAID)
def test_asking_at_the_door_in_one_screen(open_page: Open, sample: object, language: str) -> None:
    said, problems = SAID[language], list[str]()
    page = open_page("staff", "/needs", language=language, **PHONE)
    settled(page)
    fits(page, "surveys", problems)
    tap(page, "[class*=st-key-tap_go_survey_] a")
    expect(page).to_have_url(re.compile(r"survey=1"))
    fits(page, "whom", problems)
    tap(page, "[class*=st-key-tap_go_ask_] a")
    expect(page).to_have_url(re.compile(r"resident=\d+"))
    settled(page)
    questions = page.locator("[class*=st-key-big_q_]")
    for at in range(3):
        button = questions.nth(at).get_by_role("button").first
        if not button.count():
            button = questions.nth(at).get_by_role("radio").first
        box = button.bounding_box()
        assert box is not None and box["height"] >= 44
        button.click()
        settled(page)
    page.reload()  # in the middle: nothing is lost
    settled(page)
    expect(page.locator(".st-key-ask_afresh")).to_be_visible()
    fits(page, "questionnaire", problems)
    tap(page, ".st-key-ask_save button")
    expect(page.get_by_text(said["saved"]).first).to_be_visible(timeout=10_000)
    expect(page).to_have_url(re.compile(r"saved=answered"))
    fits(page, "the next", problems)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("language", SAID)
def test_filling_in_by_link_without_an_account(
    open_page: Open, server: Server, sample: object, language: str
) -> None:
    said, problems = SAID[language], list[str]()
    with at_database(sample), engine.reading() as session:  # type: ignore[arg-type]
        code = session.execute(select(Survey.code)).scalars().first()  # type: ignore[call-overload]
    page = open_page("", f"/needs-form?c={code}", language=language, **PHONE)
    fits(page, "form", problems)
    page.locator("button[type=submit]").click()
    expect(page.locator(".says.no")).to_be_visible()
    fits(page, "form with what is missing", problems)
    for field in page.locator("fieldset").all()[:3]:
        row = field.locator(".one label").first
        box = row.bounding_box()
        assert box is not None and box["height"] >= 40
        row.click()
    page.locator("textarea").fill("想学修手机")
    page.locator("button[type=submit]").click()
    expect(page.get_by_text(said["thanks"]).first).to_be_visible()
    fits(page, "thanks", problems)
    with at_database(sample), engine.reading() as session:  # type: ignore[arg-type]
        last = session.execute(select(Reply.__table__).order_by(Reply.id.desc())).first()  # type: ignore[attr-defined, union-attr]
    assert (last.source, last.resident_id, last.outcome) == ("nameless", None, "answered")
    assert not problems, "\n".join(problems)
