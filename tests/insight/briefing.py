"""What tests of the brief begin with: two months of a small town, in which September went well and October did not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import select

from db import clock, engine
from db.activities import attending
from db.activities.programme import sessions
from db.care import days, visits
from db.care.tables import Visit
from db.care.visits import Seen
from db.insight import counts
from db.people import residents
from db.volunteers import signing_up
from tests.activities.making import activity
from tests.conftest import Town
from tests.volunteers import making

MONTH = "2026-10"


@contextmanager
def on(month: int, day: int) -> Iterator[None]:
    """The noon of a day of 2026."""
    with clock.at(datetime(2026, month, day, 12, tzinfo=clock.PLACE)):
        yield


def small_town(town: Town) -> list[int]:
    """Twelve people in care in the north, eleven in the south, each to be seen every 7 days. All are seen in
    September; at the end of October five of the north are not. Three shifts, one of them empty; a party of three guests.
    """
    making.nobody_is_signed_out()
    with on(9, 1):
        days.new_day(town.anna)
        people: list[int] = []
        for number, building in enumerate([town.building_1] * 12 + [town.building_3] * 11):
            people.append(
                residents.add(
                    town.anna, different_from=people,
                    values={"name": f"王{chr(0x4E00 + number)}华", "area_id": building, "in_care": True, "colour": "red",
                            "born": date(1940, 1, 1 + number)},
                )
            )  # fmt: skip
    for day in (4, 11, 18, 24, 29):
        with on(9, day):
            visits.record(town.anna, seen=[Seen(one) for one in people])
    for day in (5, 12, 19, 26, 30):
        with on(10, day):
            visits.record(town.anna, seen=[Seen(one) for one in (people[5:] if day > 6 else people)])
    with on(10, 20):
        visits.record(town.anna, seen=[Seen(people[0], "not_met", "no_answer")])
    _shifts(town)
    _party(town, people)
    counts.refresh_day(town.anna)
    return people


def _shifts(town: Town) -> None:
    """One in September and three in October; nobody came to one of those."""
    with on(9, 1):
        volunteer, _viewer = making.volunteer(town, "梅兰", since=date(2026, 9, 1))
        kind = making.kind("送餐")
    for month, begin in ((9, 10), (10, 8), (10, 15), (10, 22)):
        with on(month, begin - 5):
            shift = making.shift(town, kind, days=5)
            if begin != 22:
                signing_up.sign_up(town.anna, shift_id=shift, volunteer_id=volunteer)


def _party(town: Town, people: list[int]) -> None:
    with on(10, 10):
        event = activity(town, "茶话会", days=0, start="00:10", minutes=20)
        (date_of,) = sessions(town.anna, activity_id=event)
        for one in people[:3]:
            attending.walk_in(town.anna, slot_id=date_of.id, resident_id=one)


def some_visit(people: list[int], index: int = 0) -> int:
    """A visit of October to one of them."""
    with engine.reading() as session:
        row = Visit.__table__.c  # type: ignore[attr-defined]
        return int(
            session.execute(
                select(row.id).where(row.resident_id == people[index], row.day == date(2026, 10, 30))
            ).scalar_one()
        )
