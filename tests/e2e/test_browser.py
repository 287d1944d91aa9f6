"""What a person sees in a real browser."""

import re
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from components.navigation import PAGES
from tests.bench.rig import Server
from tests.e2e.conftest import Open, settled, sign_in

pytestmark = pytest.mark.browser

ROLES = ("admin", "staff", "leader", "volunteer")


STREAMLITS_OWN = ("list", "listitem")
"""Each entry of Streamlit's own menu is a `div` in a list. Reader and keyboard get along with it; nothing of ours can
change it."""
IN_THE_MENU = """target => Boolean(document.querySelector(target)?.closest('[data-testid="stSidebarNav"]'))"""


STANDS_STILL = """() => new Promise(done => {
    const moving = () => document.getAnimations().some(one => one.playState === 'running' && one.effect
        && one.effect.getComputedTiming().iterations !== Infinity);
    let before = -1, same = 0;
    const look = () => {
        const now = document.documentElement.scrollHeight + document.querySelectorAll('canvas, svg').length;
        same = now === before && !moving() ? same + 1 : 0;
        before = now;
        same > 3 ? done(true) : setTimeout(look, 60);
    };
    look();
})"""


def serious(page: Page) -> list[str]:
    """What axe-core finds that would keep somebody from using the page, once the tables have their size."""
    page.wait_for_function(STANDS_STILL, timeout=10_000)
    found = []
    for one in Axe().run(page).response["violations"]:
        if one["impact"] not in ("serious", "critical"):
            continue
        targets = [node["target"] for node in one["nodes"]]
        if one["id"] in STREAMLITS_OWN:
            targets = [target for target in targets if not page.evaluate(IN_THE_MENU, target[0])]
        if targets:
            found.append(f"{one['id']}: {one['help']} — {targets[:3]}")
    return found


@pytest.mark.parametrize(("width", "ground"), [(1440, "light"), (390, "dark")])
def test_every_page_is_accessible_and_loads_nothing_from_outside(
    open_page: Open, server: Server, width: int, ground: str
) -> None:
    page = open_page("", "/", width=width, ground=ground)
    outside: list[str] = []
    own = urlsplit(server.base).netloc

    def note(request: object) -> None:
        url = request.url  # type: ignore[attr-defined]
        if not url.startswith(("data:", "blob:")) and urlsplit(url).netloc != own:
            outside.append(url)

    page.on("request", note)
    settled(page)
    problems = {"sign-in": serious(page)}
    sign_in(page, "admin")
    for info in PAGES:
        page.goto(f"{server.base}/{info.address}")
        settled(page)
        problems[info.address] = serious(page)
        assert page.locator("[data-testid=stException]").count() == 0, info.address
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 1, f"{info.address} scrolls sideways by {wide} px at {width} px"
    found = [
        f"/{address}: {problem}" for address, problems_here in problems.items() for problem in problems_here
    ]
    assert not found, "\n".join(found)
    assert outside == []


def test_a_deep_link_survives_signing_in(open_page: Open) -> None:
    page = open_page("staff", "/residents?living=alone", typing=True)
    assert "/residents?living=alone" in page.url
    expect(page.get_by_role("heading", name="居民")).to_be_visible()


def test_signing_out_really_signs_out(open_page: Open, server: Server) -> None:
    page = open_page("leader", "/me", typing=True)
    page.wait_for_timeout(1500)
    before = page.context.cookies()
    assert any(cookie["name"] == "linli_session" for cookie in before)
    page.reload()
    settled(page)
    expect(page.locator("input[autocomplete=username]")).to_have_count(0)
    page.get_by_role("button", name="退出登录").first.click()
    expect(page.locator("input[autocomplete=username]")).to_be_visible(timeout=10_000)
    page.context.clear_cookies()
    page.context.add_cookies(before)  # type: ignore[arg-type]
    page.goto(f"{server.base}/map")
    expect(page.locator("input[autocomplete=username]")).to_be_visible(timeout=10_000)


def test_the_document_speaks_the_readers_language(open_page: Open) -> None:
    chinese, english = open_page("", "/"), open_page("", "/", language="en-GB")
    assert chinese.locator("html").get_attribute("lang") == "zh-CN"
    assert english.locator("html").get_attribute("lang") == "en"
    expect(chinese.get_by_role("button", name="登录", exact=True)).to_be_visible()
    expect(english.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_the_upload_button_speaks_the_readers_language(open_page: Open) -> None:
    page = open_page("admin", "/import")
    expect(page.get_by_role("button", name="选择文件")).to_be_visible()
    assert "per file" not in page.get_by_test_id("stFileUploader").inner_text()


def test_what_is_wrong_with_a_field_stands_in_red(open_page: Open) -> None:
    page = open_page("admin", "/posts?new=1")
    page.get_by_role("button", name="保存", exact=True).click()
    settled(page)
    wrong = page.locator("[data-testid=stCaptionContainer] .stMarkdownColoredText").first
    expect(wrong).to_have_css("color", "rgb(179, 38, 30)")


def test_a_worker_finds_a_person_and_shows_a_number_for_a_reason(open_page: Open) -> None:
    page = open_page("staff", "/residents?age=60%2B", width=390, height=844)
    first = page.locator("[class*=st-key-narrow_] a").first
    name = first.inner_text().split()[0]
    page.get_by_role("searchbox").first.fill(name)
    page.wait_for_timeout(800)
    settled(page)
    page.locator("[class*=st-key-narrow_] a").first.click()
    expect(page.get_by_role("heading", name=name).first).to_be_visible(timeout=10_000)
    settled(page)
    number = re.compile(r"\d{6}(19|20)\d{9}[\dX]")
    assert not number.search(page.inner_text("body"))
    page.locator("[class*=st-key-reveal_id_number] button").last.click()
    page.get_by_text("联系或探访居民").click()
    page.get_by_test_id("stFormSubmitButton").get_by_role("button").click()
    page.wait_for_timeout(500)
    settled(page)
    assert number.search(page.inner_text("body"))
