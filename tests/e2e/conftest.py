"""A real server on the sample community, and a real browser in front of it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.bench.rig import ROOT, Server, served

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
PASSWORD = "linli-demo"


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the sample community, made once."""
    folder = tmp_path_factory.mktemp("sample")
    environment = {
        **os.environ,
        "LINLI_DATA_DIR": str(folder),
        "LINLI_DATABASE_URL": f"sqlite:///{folder}/linli.db",
    }
    subprocess.run(
        [sys.executable, "-m", "db", "demo"], cwd=ROOT, env={**environment, "LINLI_DEMO": "1"}, check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def server(sample: Path) -> Iterator[Server]:
    """The fast server on the sample community."""
    url = f"sqlite:///{sample}/linli.db"
    with served(url, data_dir=sample, environment={"LINLI_DEMO": "1"}) as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for all these tests, closed after the last: its event loop would stand in the way of others in the thread."""
    if CHROMIUM is None:
        if os.environ.get("LINLI_TEST_NOTHING_SKIPPED"):
            pytest.fail("Chromium is not installed, and nothing may be skipped")
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


Open = Callable[..., Page]
_cookies: dict[tuple[str, str], list[Any]] = {}


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Open]:
    """Open a page in a browser of its own: `open_page("staff", "/residents", width=390, language="en-GB")`.

    Who opens one has typed the password in an earlier test, and brings the cookie; `typing` types it again.
    """
    with ExitStack() as opened:

        def open_one(
            who: str, path: str = "/", *, width: int = 1440, height: int = 900, language: str = "zh-CN",
            agent: str | None = None, ground: str = "light", typing: bool = False,
        ) -> Page:  # fmt: skip
            size = {"width": width, "height": height}
            context = browser.new_context(
                viewport=size,
                locale=language,
                user_agent=agent,
                color_scheme=ground,  # type: ignore[arg-type]
            )
            opened.callback(context.close)
            page = context.new_page()
            known = _cookies.get((server.base, who))
            if known and not typing:
                context.add_cookies(known)  # type: ignore[arg-type]
            page.goto(server.base + path)
            if who and (typing or not known):
                sign_in(page, who)
                if not typing:
                    _cookies[server.base, who] = page.context.cookies()
            elif who:
                settled(page)
            return page

        yield open_one


def sign_in(page: Page, who: str) -> None:
    """Type name and password, as a person does."""
    page.locator("input[autocomplete=username]").fill(who)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("input[type=password]").press("Enter")
    expect(page.locator("input[autocomplete=username]")).to_have_count(0, timeout=20_000)
    settled(page)
    for _ in range(
        300
    ):  # the cookie is set in the browser, after the page is drawn: on a busy machine that takes its time
        if any(cookie["name"] == "linli_session" for cookie in page.context.cookies()):
            return
        page.wait_for_timeout(100)
    raise AssertionError("no cookie was set")


def settled(page: Page) -> None:
    """Wait until the script has run and the screen stands still."""
    expect(page.locator("h1, h2, h3").first).to_be_visible(timeout=20_000)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=20_000)
    page.wait_for_timeout(300)
