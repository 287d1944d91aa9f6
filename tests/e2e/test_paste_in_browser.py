"""Staff on a telephone: twenty elders without an account signed up from a pasted list; a shift; the draft of a week."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

import db.volunteers.signing_up  # noqa: F401  who is told when a shift is called off
from db import access, clock, engine
from db.activities import activities
from db.people.tables import Resident
from db.slots import Booking
from db.volunteers import shifts
from db.volunteers.roster import monday_of
from db.volunteers.tables import Volunteer, WorkKind
from tests.bench.people import at_database
from tests.e2e.conftest import Open, settled
from tests.e2e.test_activities import area_of_staff
from tests.e2e.test_volunteer import PHONE, fits, tap

pytestmark = pytest.mark.browser

TWENTY = 20
SAID = {
    "zh-CN": ("重阳敬老茶会", "20 人已报上", "带水"),
    "en-GB": ("Tea for the elders", "20 people have a place now", "bring water"),
}
_R = Resident.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]


class Hand:
    """A thumb on a telephone that counts what it does."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def tap(self, selector: str) -> None:
        self.count += 1
        tap(self.page, selector)

    def paste(self, text: str) -> None:
        """Into the box, and paste: two."""
        self.tap("textarea")
        self.page.keyboard.insert_text(text)
        self.count += 1


@dataclass(frozen=True)
class Called:
    """What people sign up for, their names, and where the rows are."""

    slot_ids: tuple[int, ...]
    names: list[str]
    folder: Path

    def states(self) -> dict[str, str]:
        """Who has or wants a place."""
        with at_database(self.folder), engine.reading() as session:
            rows = session.execute(
                select(Booking.name, Booking.state).where(
                    Booking.slot_id.in_(self.slot_ids), Booking.live == 1
                )  # type: ignore[call-overload, attr-defined]
            )
            return dict(rows.all())


def only_one_has(name: Any, *where: Any, most: int) -> list[str]:
    """Names that one person alone bears among these."""
    with engine.reading() as session:
        asked = select(name).where(*where).group_by(name).having(func.count() == 1).order_by(name).limit(most)
        return list(session.execute(asked).scalars())


@pytest.fixture
def tea(sample: Path, request: pytest.FixtureRequest) -> Iterator[tuple[int, Called]]:
    """An activity that is announced, and twenty elders of the grid who would like to come."""
    title, days = request.param
    with at_database(sample):
        area_id, path = area_of_staff()
        names = only_one_has(
            _R.name, _R.area_path.startswith(path), _R.status == "resident", _R.born < date(1962, 1, 1), most=TWENTY
        )  # fmt: skip
        day = clock.today() + timedelta(days=days)
        plan = activities.Plan("event", title, area_id, (day,), time(5), 45, capacity=25)
        made = activities.create(access.system(), plan=plan, announce_now=True)
        with engine.reading() as session:
            slots = session.execute(
                select(activities.Meeting.id).where(activities.Meeting.activity_id == made)  # type: ignore[call-overload, arg-type]
            ).scalars()
            called = Called(tuple(slots), names, sample)
    yield made, called
    with at_database(sample):
        activities.cancel(access.system(), activity_id=made, why="试用结束")


@pytest.fixture
def shift(sample: Path) -> Iterator[tuple[int, Called]]:
    """A shift of the week after the next with places for three."""
    with at_database(sample):
        area_id, path = area_of_staff()
        names = only_one_has(
            _V.name, _V.area_path.startswith(path), _V.status == "active", _V.withdrawn_at.is_(None), most=2
        )  # fmt: skip
        with engine.writing() as session:
            kind = WorkKind(title="送餐到家 接龙", task="把午饭送到家", minimum=1, maximum=3, minutes=45)
            session.add(kind)
            session.flush()
            kind_id = kind.id or 0
        day = monday_of(clock.today()) + timedelta(days=14)
        made = shifts.make(access.system(), plan=shifts.Plan(kind_id, area_id, day, time(5, 15)))
    yield made, Called((made,), names, sample)
    with at_database(sample):
        shifts.cancel(access.system(), shift_id=made, why="试用结束")


@pytest.mark.parametrize(
    ("tea", "language"), [((SAID["zh-CN"][0], 1), "zh-CN"), ((SAID["en-GB"][0], 2), "en-GB")],
    indirect=["tea"], ids=["zh", "en"],
)  # fmt: skip
def test_twenty_elders_are_signed_up_in_six_interactions(
    open_page: Open, tea: tuple[int, Called], language: str
) -> None:
    activity_id, called = tea
    _title, done, water = SAID[language]
    problems = list[str]()
    page = open_page("staff", "/activities", language=language, **PHONE)
    settled(page)
    hand = Hand(page)
    hand.tap(f".st-key-tap_open_{activity_id} button")
    hand.tap(".st-key-sign_paste button")
    fits(page, "an empty box", problems)
    lines = [f"{number}. {name}" for number, name in enumerate(called.names, 1)]
    hand.paste("\n".join(["#接龙", *lines[:-1], f"{lines[-1]} {water}"]))
    hand.tap(".st-key-paste_look button")
    expect(page.locator(".st-key-paste_apply button")).to_contain_text(str(TWENTY), timeout=10_000)
    fits(page, "looked through", problems)
    hand.tap(".st-key-paste_apply button")
    expect(page.get_by_text(done).first).to_be_visible(timeout=10_000)
    assert called.states() == dict.fromkeys(called.names, "booked")
    assert len(called.names) == TWENTY and hand.count <= 6
    fits(page, "who has a place", problems)
    assert not problems, "\n".join(problems)


def test_a_list_for_a_shift(open_page: Open, shift: tuple[int, Called]) -> None:
    shift_id, called = shift
    problems = list[str]()
    page = open_page("staff", f"/roster?shift={shift_id}&part=paste", **PHONE)
    settled(page)
    hand = Hand(page)
    hand.paste("\n".join([*called.names, "没有此人"]))
    hand.tap(".st-key-paste_look button")
    page.locator("[class*=_finding] summary").click()
    settled(page)
    fits(page, "looked through", problems)
    hand.tap(".st-key-paste_apply button")
    expect(page.get_by_text("没有此人").first).to_be_visible(timeout=10_000)
    assert called.states() == dict.fromkeys(called.names, "booked")
    assert not problems, "\n".join(problems)


def test_a_line_of_the_draft_is_accepted_by_thumb(open_page: Open, shift: tuple[int, Called]) -> None:
    _shift_id, called = shift
    problems = list[str]()
    monday = monday_of(clock.today()) + timedelta(days=14)
    page = open_page("staff", f"/roster?week={monday.isoformat()}&part=draft", **PHONE)
    settled(page)
    tap(page, ".st-key-draft_make button")
    line = page.locator("[class*=st-key-line_]", has_text="送餐到家 接龙").first
    expect(line).to_be_visible(timeout=20_000)
    fits(page, "the draft", problems)
    line.locator("button").first.click()
    settled(page)
    expect(page.locator("[data-testid=stAlert]")).to_have_count(0)
    assert list(called.states().values()) == ["booked"]
    assert not problems, "\n".join(problems)
