"""A visit recorded at the door with one thumb, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open, settled

pytestmark = pytest.mark.browser

TAPS = 4


def tap(page: Page, selector: str) -> None:
    """One tap of a thumb on what is on the screen."""
    target = page.locator(selector).first
    expect(target).to_be_enabled(timeout=10_000)
    box = target.bounding_box()
    assert box is not None
    assert box["height"] >= 40, f"{selector} is {box['height']} px high"
    target.click()
    page.wait_for_timeout(200)
    settled(page)


def somebody_due(open_page: Open) -> Page:
    """The page of somebody in care, on a phone."""
    page = open_page("staff", "/visits?state=window&state=overdue", width=390, height=844)
    settled(page)
    page.locator("[class*=st-key-narrow_] a").first.click()
    expect(page).to_have_url(re.compile(r"/residents\?"), timeout=10_000)
    settled(page)
    return page


def test_from_the_person_to_a_recorded_visit_in_four_taps(open_page: Open) -> None:
    page = somebody_due(open_page)
    name = page.locator("h1").first.inner_text()
    taps = (".st-key-record_visit button", ".st-key-visit_result_well button", ".st-key-visit_save button")
    assert len(taps) <= TAPS
    for selector in taps:
        tap(page, selector)
    expect(page.get_by_text("已保存").first).to_be_visible(timeout=10_000)
    assert "saved=" in page.url
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 1


def test_a_reload_in_the_middle_keeps_the_note(open_page: Open) -> None:
    page = somebody_due(open_page)
    tap(page, ".st-key-record_visit button")
    tap(page, ".st-key-visit_result_needs button")
    note = page.locator("[class*='st-key-visit_'][class*='_note'] input")
    note.click()
    note.press_sequentially("腿脚不便，想要一根拐杖", delay=30)
    page.wait_for_timeout(1500)  # the pause in which it is kept; the field is not left
    page.reload()
    settled(page)
    expect(note).to_have_value("腿脚不便，想要一根拐杖", timeout=10_000)
    tap(page, ".st-key-visit_save button")
    expect(page.get_by_text("已保存").first).to_be_visible(timeout=10_000)
    page.reload()
    settled(page)
    expect(page.get_by_text("已保存").first).to_be_visible(timeout=10_000)


def test_what_is_opened_by_a_link_within_a_page_stays_open(open_page: Open) -> None:
    """A reload and the next click ask for what is on the screen, not for what was there before."""
    page = open_page("leader", "/visits?tab=rules")
    page.get_by_role("link", name="修改").first.click()
    field = page.get_by_label("最长间隔", exact=False).first
    expect(field).to_be_visible(timeout=20_000)
    settled(page)
    assert "id=" in page.url
    field.fill("5")
    field.press("Enter")
    settled(page)
    expect(field).to_have_value("5")
    page.reload()
    settled(page)
    expect(page.get_by_label("最长间隔", exact=False).first).to_be_visible(timeout=20_000)
    page.go_back()
    settled(page)
    expect(page.get_by_role("link", name="修改").first).to_be_visible(timeout=20_000)
