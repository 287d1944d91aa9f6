"""The menu in a real browser: it gets out of the way on a telephone, and nothing is fetched from outside for it."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open, settled

pytestmark = pytest.mark.browser

TELEPHONE = "Mozilla/5.0 (Linux; Android 14; Phone) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
"""Streamlit folds the menu away on what says that it is a telephone."""


def choose(page: Page, label: str) -> None:
    page.locator("[data-testid=stSidebarNav]").get_by_role("link", name=label).click()


def test_on_a_telephone_the_page_is_seen_after_a_tap_in_the_menu(open_page: Open) -> None:
    page = open_page("staff", "/", width=390, height=844, agent=TELEPHONE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for label, address in (("居民", "residents"), ("消息", "inbox"), ("今日", "")):
        page.locator("[data-testid=stExpandSidebarButton]").click()
        expect(page.locator("[data-testid=stSidebar][data-collapsed=false]")).to_be_visible()
        choose(page, label)
        expect(page.locator("[data-testid=stSidebar][data-collapsed=false]")).to_have_count(0, timeout=10_000)
        expect(page).to_have_url(re.compile(rf"/{address}$"))
        settled(page)
        heading = page.locator("h1").first
        top = heading.evaluate(
            "one => { const box = one.getBoundingClientRect();"
            " return one.contains(document.elementFromPoint(box.x + 20, box.y + box.height / 2)) }"
        )
        assert top, f"something lies over the heading of {label}"
    host = urlsplit(page.url).netloc
    assert not [
        url for url in asked if urlsplit(url).netloc not in (host, "") and not url.startswith("data:")
    ]


def test_on_a_desk_the_menu_stays_and_names_what_the_role_may_open(open_page: Open) -> None:
    page = open_page("leader", "/map?measure=in_time")
    settled(page)
    assert "measure=in_time" in page.url
    menu = page.locator("[data-testid=stSidebarNav]")
    expect(menu.get_by_role("link", name="账号", exact=True)).to_have_count(0)
    choose(page, "探访")
    settled(page)
    expect(menu).to_be_visible()
    assert page.url.endswith("/visits")
