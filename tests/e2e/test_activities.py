"""Staff on a telephone: a class announced in ten fields, an elder signed up, everybody ticked; in both languages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from db import access, clock, engine
from db.activities import activities, signing_up
from db.activities.activities import Plan
from db.activities.birthdays import quarter_of
from db.activities.tables import Activity, Attendance
from db.identity import Account
from db.people.tables import Resident
from db.slots import Booking
from tests.bench.people import at_database
from tests.e2e.conftest import Open, settled
from tests.e2e.test_volunteer import PHONE, fits, tap

pytestmark = pytest.mark.browser

MOST_FIELDS = 10
SAID = {
    "zh-CN": {"title": "八段锦晨练班", "announced": "已发布", "place": "报上名了", "find": "张"},
    "en-GB": {"title": "Morning exercises", "announced": "Announced", "place": "has a place", "find": "李"},
}


@dataclass(frozen=True)
class Begun:
    """A talk of today with two people, and where its rows are."""

    activity_id: int
    folder: Path


def area_of_staff() -> tuple[int, str]:
    """The grid of the account "staff"."""
    from db.identity import AccountArea
    from db.territory.areas import Area

    with engine.reading() as session:
        path = session.execute(
            select(AccountArea.area_path).join(Account, Account.id == AccountArea.account_id).where(Account.username == "staff")  # type: ignore[call-overload, arg-type]
        ).scalars().first()  # fmt: skip
        return session.execute(select(Area.id).where(Area.area_path == path)).scalar_one(), str(path)  # type: ignore[call-overload, arg-type]


@pytest.fixture
def begun(sample: Path) -> Iterator[Begun]:
    with at_database(sample):
        area_id, path = area_of_staff()
        with engine.reading() as session:
            people = session.execute(
                select(Resident.id).where(Resident.area_path.startswith(path), Resident.status == "resident").limit(2)  # type: ignore[call-overload, attr-defined]
            ).scalars().all()  # fmt: skip
        plan = Plan("talk", "防诈骗讲座", area_id, (clock.today(),), time(23), 45)
        made = activities.create(access.system(), plan=plan, announce_now=True)
        for one in people:
            signing_up.sign_up(access.system(), activity_id=made, resident_id=one)
    yield Begun(made, sample)
    with at_database(sample):
        activities.cancel(access.system(), activity_id=made, why="试用结束")


def bookings(folder: Path, title: str) -> list[str]:
    """Who has a place in the term of this activity."""
    with at_database(folder), engine.reading() as session:
        return list(
            session.execute(
                select(Booking.state)
                .join(Activity, Activity.term_slot_id == Booking.slot_id)  # type: ignore[arg-type]
                .where(Activity.title == title, Booking.live == 1)  # type: ignore[arg-type]
            ).scalars()
        )


def type_into(page: Page, selector: str, text: str) -> None:
    page.locator(f"{selector} input").first.fill(text)
    page.locator(f"{selector} input").first.press("Tab")
    page.wait_for_timeout(300)
    settled(page)


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_a_class_is_announced_and_an_elder_signed_up(open_page: Open, sample: Path, language: str) -> None:
    said, problems = SAID[language], list[str]()
    page = open_page("staff", "/activities", language=language, **PHONE)
    settled(page)
    fits(page, "what is coming", problems)
    tap(page, ".st-key-activity_new button")
    assert 0 < page.locator("[data-testid=stWidgetLabel]:visible").count() <= MOST_FIELDS
    type_into(page, ".st-key-plan_title", said["title"])
    type_into(page, ".st-key-plan_count", "4")
    type_into(page, ".st-key-plan_capacity", "15")
    fits(page, "a new one", problems)
    tap(page, ".st-key-plan_announce button")
    expect(page.locator("h1")).to_contain_text(said["title"])
    expect(page.get_by_text(said["announced"]).first).to_be_visible()
    page.reload()  # nothing is lost
    settled(page)
    expect(page.locator("h1")).to_contain_text(said["title"])
    find = page.locator("[class*=st-key-sign_] input").first
    find.fill(said["find"])
    page.locator("[class*=_take_] button").first.wait_for(timeout=10_000)
    settled(page)
    fits(page, "search", problems)
    page.locator("[class*=_take_] button").first.click()
    settled(page)
    tap(page, ".st-key-sign_all button")
    expect(page.get_by_text(said["place"]).first).to_be_visible(timeout=10_000)
    assert bookings(sample, said["title"]) == ["booked"]
    fits(page, "one activity", problems)
    assert not problems, "\n".join(problems)


def test_attendance_by_thumb(open_page: Open, begun: Begun) -> None:
    problems = list[str]()
    page = open_page("staff", f"/activities?id={begun.activity_id}&part=attend", **PHONE)
    settled(page)
    first = page.locator("[class*=st-key-mark_] button").first
    box = first.bounding_box()
    assert box is not None and box["height"] >= 44
    first.click()
    settled(page)
    fits(page, "attendance", problems)
    tap(page, ".st-key-attend_all button")
    expect(page.locator(".st-key-attend_all")).to_have_count(0, timeout=10_000)
    with at_database(begun.folder), engine.reading() as session:
        marks = session.execute(select(Attendance.mark).where(Attendance.activity_id == begun.activity_id))  # type: ignore[call-overload, arg-type]
        assert list(marks.scalars()) == ["came", "came"]
    assert not problems, "\n".join(problems)


def test_dates_and_changing_on_a_desk(open_page: Open, begun: Begun) -> None:
    problems = list[str]()
    page = open_page("staff", f"/activities?id={begun.activity_id}&part=dates")
    settled(page)
    fits(page, "dates", problems)
    page.goto(page.url.replace("part=dates", "part=change"))
    settled(page)
    fits(page, "change", problems)
    assert not problems, "\n".join(problems)


def test_the_buttons_of_the_grid_cover_none_of_its_words_on_a_telephone(
    open_page: Open, sample: Path
) -> None:
    with at_database(sample), engine.reading() as session:
        term = session.execute(select(Activity.id).where(Activity.title == "书法班（秋季）")).scalar_one()  # type: ignore[call-overload]
    page = open_page("admin", f"/activities?id={term}&part=attend", width=PHONE["width"])
    grid = page.locator("[class*=st-key-grid_]")
    grid.hover()
    buttons = grid.locator("[data-testid=stElementToolbar]").bounding_box()
    words = page.get_by_test_id("stCaptionContainer").filter(has_text="✓ 来了").bounding_box()
    assert buttons and words
    assert words["y"] + words["height"] <= buttons["y"] + 1


@pytest.mark.parametrize(
    ("part", "trace", "shown"), [("", 1, "participants"), ("", 0, "first"), ("groups", 1, "participants")]
)
def test_a_bar_opens_the_people_that_its_number_counts(
    open_page: Open, part: str, trace: int, shown: str
) -> None:
    quarter = quarter_of(clock.today() - timedelta(days=91))
    page = open_page("admin", f"/participation?part={part}&quarter={quarter}")
    bars = page.locator(".js-plotly-plot .barlayer .trace")
    expect(bars).to_have_count(2)
    parts = bars.nth(trace).locator(".point path")
    widths = [(one.bounding_box() or {"width": 0})["width"] for one in parts.all()]
    at = widths.index(max(widths))
    told = int(bars.nth(1).locator(".point text").nth(at).text_content() or 0)
    parts.nth(at).scroll_into_view_if_needed()
    box = parts.nth(at).bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(f"**show={shown}**")
    settled(page)
    count = int(page.locator("strong", has_text="人").first.inner_text().removesuffix("人").strip())
    assert count == told if shown == "participants" else 0 < count <= told
