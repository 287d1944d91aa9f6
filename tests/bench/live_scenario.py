"""How long it takes from the command that records a visit to the changed picture in another browser.

    LINLI_BENCH=/tmp/b12k python -m tests.bench live

One real browser looks at the map; the other open maps are windows without a browser that ask as browsers do.
Each visit is struck again afterwards, so that the database stays as it was. Asked for are at most two seconds,
with 1 and with 50 open maps, and for 50 idle maps at most a tenth of one processor core.
"""

import asyncio
import os
import random
import statistics
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select

import db.models  # noqa: F401 every table must be known
from components.session import COOKIE
from db import access, clock, engine
from db.care import days, visits
from db.care.tables import Due
from db.care.visits import Seen
from tests.bench.people import at_database, cookie
from tests.bench.rig import ROOT, Server, served
from tests.e2e.conftest import CHROMIUM, FLAGS, settled

MAP = "/map?measure=late"
TIMES = 50
MAPS = 50
IDLE_SECONDS = 30
LONGEST = 15

# Every text that the picture had, with the moment it came; one that is drawn anew passes through others.
WATCH = """() => {
    const text = () => [...document.querySelectorAll('.js-plotly-plot')].map(one => one.textContent).join('|');
    window.shown = [[Date.now(), text()]];
    const look = () => {
        const now = text();
        if (now !== window.shown.at(-1)[1]) window.shown.push([Date.now(), now]);
    };
    new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""
STILL = 500  # milliseconds without a change: what is shown stays

_D = Due.__table__.c  # type: ignore[attr-defined]


def run(times: int = TIMES) -> tuple[str, dict[str, Any]]:
    """Measure on the first database named; returns a Markdown report and the figures."""
    folder = Path(os.environ["LINLI_BENCH"].split(":")[0])
    lines = ["| open maps | median s | worst s | n |", "|--:|--:|--:|--:|"]
    figures: dict[str, Any] = {}
    with (
        at_database(folder) as url,
        served(url, script=ROOT / "app.py", data_dir=folder, environment={"LINLI_DEMO": "1"}) as server,
    ):
        days.new_day(access.system())
        who = cookie("admin")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
            context.add_cookies([{"name": COOKIE, "value": who[COOKIE], "url": server.base}])
            page = context.new_page()
            page.goto(server.base + MAP)
            settled(page)
            page.wait_for_selector(".js-plotly-plot", timeout=20_000)
            page.wait_for_timeout(1500)
            page.evaluate(WATCH)
            for maps in (1, MAPS):
                watching = _open_maps(server, maps - 1, who, seconds=times * 8)
                seconds = sorted(_times(page, times))
                for one in watching:
                    one.cancel()
                figures[f"{maps} open"] = {"median": statistics.median(seconds), "worst": seconds[-1]}
                lines.append(
                    f"| {maps} | {statistics.median(seconds):.2f} | {seconds[-1]:.2f} | {len(seconds)} |"
                )
            browser.close()
    with (
        at_database(folder) as url,
        served(url, script=ROOT / "app.py", data_dir=folder, environment={"LINLI_DEMO": "1"}) as server,
    ):
        who = cookie("admin")
        share = idle_share(server, who)
    figures["idle share of a core"] = share
    lines.append(f"\n{MAPS} idle open maps use {share:.1%} of one core.")
    return "\n".join(lines), figures


def idle_share(server: Server, who: dict[str, str], maps: int = MAPS, seconds: float = IDLE_SECONDS) -> float:
    """The share of one core that the server uses while so many maps are open and nothing happens."""
    for one in _open_maps(server, maps, who, seconds=3):
        one.result()
    watching = [_look(server, window, seconds) for window in server.sessions]
    cpu, started = server.cpu(), time.perf_counter()
    redrawn = sum(one.result() for one in watching)
    assert redrawn == 0, f"{redrawn} maps were drawn anew though nothing changed"
    return (server.cpu() - cpu) / (time.perf_counter() - started)


def _open_maps(server: Server, number: int, who: dict[str, str], *, seconds: float) -> list[Future[int]]:
    windows = [server.open(MAP, who) for _ in range(number)]
    for window in windows:
        assert not window.error, window.error
        assert window.by_itself, "the map does not follow"
    return [_look(server, window, seconds) for window in windows]


def _look(server: Server, window: Any, seconds: float) -> Future[int]:
    return asyncio.run_coroutine_threadsafe(window.look(seconds), server.loop)


def _times(page: Page, times: int) -> list[float]:
    """Seconds from calling the command to the picture that shows it, one after the other."""
    found = []
    for resident_id in _late(times):
        page.wait_for_timeout(random.random() * 1000)
        before, began = _text(page), time.time()
        (visit_id,) = visits.record(access.system("苏敏"), seen=[Seen(resident_id)])
        found.append(_changed(page, before) - began)
        visits.strike(access.system("苏敏"), visit_id=visit_id, why="只为测量")
        _back(page, before)
    return found


def _late(times: int) -> list[int]:
    """People whose visit changes a figure of the map, as often as needed."""
    with engine.reading() as session:
        ids = session.execute(
            select(_D.resident_id)
            .where(_D.due_on < clock.today(), _D.care_since.is_not(None))
            .order_by(_D.place)
            .limit(times)
        ).scalars().all()  # fmt: skip
    assert ids, "nobody is late"
    return [ids[number % len(ids)] for number in range(times)]


def _text(page: Page) -> str:
    return str(page.evaluate("window.shown.at(-1)[1]"))


def _changed(page: Page, before: str) -> float:
    """The moment, by the clock of this machine, since which the picture has shown something else and stays so."""
    page.wait_for_function(
        """([before, still]) => window.shown.at(-1)[1] && window.shown.at(-1)[1] !== before
            && Date.now() - window.shown.at(-1)[0] > still""",
        arg=[before, STILL], polling=50, timeout=LONGEST * 1000,
    )  # fmt: skip
    return float(page.evaluate("window.shown.at(-1)[0]")) / 1000


def _back(page: Page, text: str) -> None:
    """Wait until the picture shows again what it showed at first.

    Something else is not enough: on a busy machine it may be the last of what was seen before, and the next
    measurement would begin too early.
    """
    page.wait_for_function(
        "([text, still]) => window.shown.at(-1)[1] === text && Date.now() - window.shown.at(-1)[0] > still",
        arg=[text, STILL], polling=50, timeout=LONGEST * 1000,
    )  # fmt: skip
