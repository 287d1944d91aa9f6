"""A volunteer's way on a telephone: sign in, find, sign up in two taps, into the calendar, and out again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect
from sqlalchemy import select

import db.volunteers.signing_up  # noqa: F401  who is told when a shift is called off
from db import access, clock, engine
from db.identity import Account
from db.slots import Booking
from db.territory.areas import Area
from db.volunteers import shifts
from db.volunteers.shifts import Plan
from db.volunteers.tables import Volunteer, WorkKind
from tests.bench.people import at_database
from tests.bench.rig import Server
from tests.e2e.conftest import Open, settled
from tests.e2e.test_browser import STANDS_STILL, serious

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
SAID = {
    "zh-CN": {"calendar": "日历", "cannot": "我来不了", "done": "报上名了", "feed": "放进手机日历"},
    "en-GB": {
        "calendar": "Calendar",
        "cannot": "I cannot come",
        "done": "You are in",
        "feed": "All my shifts",
    },
}


@dataclass(frozen=True)
class Offered:
    """A shift that the volunteer of the sample can take, early on a day of its own."""

    title: str
    day: str
    shift_id: int
    folder: Path

    def bookings(self) -> list[str]:
        """The states of its live bookings."""
        with at_database(self.folder), engine.reading() as session:
            return list(
                session.execute(
                    select(Booking.state).where(Booking.slot_id == self.shift_id, Booking.live == 1)  # type: ignore[arg-type]
                ).scalars()
            )


@pytest.fixture
def offered(sample: Path, request: pytest.FixtureRequest) -> Iterator[Offered]:
    """A shift made for this test, and the volunteer of the account "volunteer" where there is none yet."""
    days, language = request.param
    title = f"送餐到家 {language} {days}"
    with at_database(sample):
        with engine.writing() as session:
            account = session.execute(select(Account).where(Account.username == "volunteer")).scalar_one()  # type: ignore[arg-type]
            grid = session.execute(select(Area).where(Area.level == "grid")).scalars().first()  # type: ignore[arg-type]
            assert grid is not None
            known = session.execute(select(Volunteer.id).where(Volunteer.account_id == account.id)).scalar()  # type: ignore[arg-type, call-overload]
            if known is None:
                session.add(
                    Volunteer(number="E2E1", name=account.name, area_id=grid.id, area_path=grid.area_path, account_id=account.id)
                )  # fmt: skip
            kind = WorkKind(
                title=title, task="把午饭送到家", bring="保温袋", minimum=1, maximum=2, minutes=45
            )
            session.add(kind)
            session.flush()
            kind_id, grid_id = kind.id or 0, grid.id or 0
        day = clock.today() + timedelta(days=days)
        shift_id = shifts.make(
            access.system(), plan=Plan(kind_id, grid_id, day, time(5, 15), where="社区食堂")
        )
    yield Offered(title, day.isoformat(), shift_id, sample)
    with at_database(sample):
        shifts.cancel(access.system(), shift_id=shift_id, why="试用结束")


def tap(page: Page, selector: str, *, text: str = "") -> None:
    """One tap of a thumb on something large enough for it."""
    target = page.locator(selector, has_text=text).first if text else page.locator(selector).first
    expect(target).to_be_enabled(timeout=10_000)
    box = target.bounding_box()
    assert box is not None
    assert box["height"] >= 40, f"{selector} is {box['height']} px high"
    target.click()
    page.wait_for_timeout(300)
    settled(page)


def fits(page: Page, where: str, found: list[str]) -> None:
    """Nothing scrolls sideways, nothing keeps anybody from using it."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 1, f"{where} scrolls sideways by {wide} px"
    found += [f"{where}: {problem}" for problem in serious(page)]


@pytest.mark.parametrize(
    ("offered", "language"),
    [((6, "zh"), "zh-CN"), ((7, "en"), "en-GB")], indirect=["offered"], ids=["zh", "en"],
)  # fmt: skip
def test_find_sign_up_into_the_calendar_and_out_again(
    open_page: Open, offered: Offered, language: str
) -> None:
    said, problems = SAID[language], list[str]()
    page = open_page("volunteer", "/", language=language, typing=True, **PHONE)
    settled(page)
    fits(page, "start", problems)
    tap(page, ".st-key-tap_see_all a")
    expect(page).to_have_url(re.compile(r"/shifts"))
    fits(page, "for me", problems)
    page.get_by_role("radio", name=said["calendar"]).click()
    settled(page)
    tap(page, f".st-key-day_{offered.day} button")
    fits(page, "calendar", problems)

    card = page.locator(f".st-key-card_{offered.shift_id}")
    expect(card).to_contain_text(offered.title)
    tap(page, f".st-key-card_{offered.shift_id} .st-key-tap_open_{offered.shift_id} button")  # the first tap
    expect(page).to_have_url(re.compile(rf"shift={offered.shift_id}"))
    page.reload()  # in the middle: nothing is lost
    settled(page)
    expect(page.locator("h1")).to_contain_text(offered.title)
    fits(page, "one shift", problems)
    tap(page, ".st-key-tap_yes button")  # the second
    expect(page.get_by_text(said["done"]).first).to_be_visible(timeout=10_000)
    assert offered.bookings() == ["booked"]
    fits(page, "done", problems)

    with page.expect_download() as download:
        page.locator("[class*=st-key-tap_ics_] button").click()
    (event,) = Calendar.from_ical(Path(download.value.path()).read_bytes()).walk("VEVENT")
    assert (event["SUMMARY"], event["LOCATION"]) == (offered.title, "社区食堂")
    page.goto(str(event["URL"]))
    settled(page)
    first = page.locator("[class*=st-key-card_mine_]").first
    expect(first).to_contain_text(offered.title)
    fits(page, "my shifts", problems)

    page.get_by_text(said["feed"]).last.click()
    tap(page, ".st-key-tap_feed_renew button")
    address = page.locator("[data-testid=stCode] code").inner_text().strip()
    assert offered.title in page.request.get(address).body().replace(b"\r\n ", b"").decode()
    fits(page, "calendar address", problems)

    first.get_by_text(said["cannot"]).click()
    page.wait_for_function(STANDS_STILL)  # it folds out, and what is tapped moves
    tap(page, "[class*=st-key-card_mine_] [class*=st-key-tap_leave_] button")
    given = page.locator("[class*=st-key-card_mine_]", has_text=offered.title)
    expect(given.locator("[class*=st-key-tap_leave_] button")).to_be_disabled(timeout=10_000)
    page.reload()
    settled(page)
    expect(given).to_have_count(0)
    assert offered.bookings() == []
    assert b"STATUS:CANCELLED" in page.request.get(address).body()
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("offered", [(8, "twice")], indirect=True)
def test_two_quick_taps_are_one_booking(open_page: Open, server: Server, offered: Offered) -> None:
    page = open_page("volunteer", f"/shifts?shift={offered.shift_id}", **PHONE)
    settled(page)
    page.locator(".st-key-tap_yes button").dblclick()
    expect(page.get_by_text(SAID["zh-CN"]["done"]).first).to_be_visible(timeout=10_000)
    assert offered.bookings() == ["booked"]
    page.goto(f"{server.base}/shifts?shift={offered.shift_id}")
    settled(page)
    expect(page.get_by_text("您已报名").first).to_be_visible()
    expect(page.locator(".st-key-tap_yes")).to_have_count(0)
