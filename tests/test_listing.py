"""Long lists: what is looked at, in which order it comes, and what the counting says where it stops."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert

from db import access, engine, listing
from db.care import days, visits
from db.care.tables import Visit
from db.care.visits import VISITS, Seen
from db.listing import Listing
from db.people import residents
from db.work import unit
from tests.conftest import NOON, Town

TODAY = NOON.date()
SOME = 3
MANY = 5000


@pytest.fixture
def seen(town: Town) -> list[int]:
    """The visits to five people in each building, in order of time: to the fourth building first, to the first last."""
    days.new_day(town.anna)
    made: list[int] = []
    for building in (town.building_4, town.building_3, town.building_2, town.building_1):
        for number in range(5):
            person = residents.add(
                town.anna, values={"name": f"王{'甲乙丙丁戊'[number]}", "area_id": building, "in_care": True}
            )
            made += visits.record(
                town.anna, seen=[Seen(person, "needs" if number == 2 else "well", needs="买药" if number == 2 else "")],
                kind="phone" if number == 4 else "home", day=TODAY - timedelta(days=20 - len(made)), at=time(9),
            )  # fmt: skip
    return made


def turned(viewer: access.Viewer, sort: str, **filters: tuple[str, ...]) -> list[int]:
    """The ids of the visits as one turns page after page to the end; back to the first they are the same."""

    def page(**place: str) -> listing.Page:
        return listing.page(viewer, VISITS, Listing(filters=filters, sort=sort, size=2, **place))

    one = page()
    forth = ids(one)
    while one.has_next:
        one = page(after=one.last)
        forth += ids(one)
    back = ids(one)
    while one.has_previous:
        one = page(before=one.first)
        back = ids(one) + back
    assert back == forth
    return forth


def ids(page: listing.Page) -> list[int]:
    return [row["id"] for row in page.rows]


@pytest.mark.parametrize("look_at", [SOME, listing.LOOK_AT])
def test_a_patch_is_listed_in_its_order_whether_it_is_small_or_large(
    town: Town, seen: list[int], monkeypatch: pytest.MonkeyPatch, look_at: int
) -> None:
    monkeypatch.setattr(listing, "LOOK_AT", look_at)
    latest = seen[::-1]
    assert turned(town.shen, "latest") == latest[:10]
    assert turned(town.shen, "latest", result=("needs",)) == [seen[17], seen[12]]
    assert turned(town.anna, "latest", area=(str(town.north),)) == latest[:10]
    apart = (str(town.building_1), str(town.building_4), str(town.south))
    assert turned(town.anna, "latest", area=apart) == latest[:5] + latest[10:]
    assert turned(town.anna, "address", area=apart[:2]) == seen[15:] + seen[:5]


def test_an_area_is_counted_wherever_it_lies(
    town: Town, seen: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many rows of the area are looked at, not of all that comes before it."""
    monkeypatch.setattr(listing, "LOOK_AT", 5)
    found = listing.page(town.anna, VISITS, Listing(filters={"area": (str(town.building_4),)}))
    assert (found.total, found.more) == (5, False)
    with unit(town.anna, "visit.view", write=False) as work:
        assert listing.count(work, VISITS, Listing(filters={"area": (str(town.south),)})) == (6, True)


def test_there_are_at_least_as_many_as_are_shown(
    town: Town, seen: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "LOOK_AT", SOME)
    found = listing.page(town.anna, VISITS, Listing(filters={"kind": ("phone",)}))
    assert (found.total, found.more) == (4, True)


def test_the_last_days_begin_at_midnight(town: Town, seen: list[int]) -> None:
    assert turned(town.anna, "latest", time=("week",)) == seen[:-7:-1]
    (early,) = visits.record(town.shen, seen=[Seen(_person(seen[-1]))], at=time(0, 5))
    assert turned(town.anna, "latest", time=("today",)) == [early]


def _person(visit_id: int) -> int:
    with engine.reading() as session:
        return session.get_one(Visit, visit_id).resident_id


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("who", "filters"),
    [
        ("shen", {}),
        ("shen", {"result": ("not_met",)}),
        ("anna", {"backdated": ("yes",), "time": ("today",)}),
        ("anna", {"elsewhere": ("yes",)}),
        ("anna", {"standing": ("replaced",)}),
        ("anna", {"time": ("today",)}),
    ],
)
def test_what_others_have_costs_a_list_nothing(
    town: Town,
    seen: list[int],
    monkeypatch: pytest.MonkeyPatch,
    who: str,
    filters: dict[str, tuple[str, ...]],
) -> None:
    """Few visits of a patch, or of a kind that is rare, are listed without passing thousands of others."""
    monkeypatch.setattr(listing, "LOOK_AT", 50)  # what is looked at for the counting has its own limit
    viewer: access.Viewer = getattr(town, who)

    def look() -> Any:
        return listing.page(viewer, VISITS, Listing(filters=filters))

    before = steps(look)
    _visit_often(_person(seen[0]), town)
    assert steps(look) < before * 1.5 + 2000


def _visit_often(resident_id: int, town: Town) -> None:
    """Thousands of usual visits in the south, all of them later than those of `seen` and before today."""
    began = datetime(2026, 11, 22, 1, tzinfo=UTC)
    one = {"resident_id": resident_id, "day": began.date(), "area_path": town.path(town.building_4)}
    rows = [
        Visit(**one, at=began + timedelta(seconds=number), place=town.path(town.building_4)).model_dump(
            exclude={"id"}
        )
        for number in range(MANY)
    ]
    with engine.writing() as session:
        session.execute(insert(Visit), rows)


def steps(look: Callable[[], Any]) -> int:
    """How many tens of its instructions SQLite carries out for this, times ten."""
    counted = 0

    def tick() -> int:
        nonlocal counted
        counted += 10
        return 0

    def out(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.set_progress_handler(tick, 10)

    event.listen(engine.current(), "checkout", out)
    try:
        look()
    finally:
        event.remove(engine.current(), "checkout", out)
    return counted
