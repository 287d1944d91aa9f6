"""Birthdays of a quarter, by the sun or by the moon, and the party to which they are invited."""

from datetime import date, timedelta

import pytest

from db import clock, engine, keeping, listing
from db.activities import attending, birthdays, guests
from db.activities.programme import sessions
from db.errors import Refused
from db.people.residents import RESIDENTS
from db.people.tables import Group, Membership
from tests.activities.making import activity, resident
from tests.conftest import Town
from tests.volunteers.making import nobody_is_signed_out


@pytest.mark.parametrize(
    ("born", "lunar", "quarter", "on"),
    [
        (date(1950, 11, 3), False, "2026Q4", date(2026, 11, 3)),
        (date(1950, 9, 30), False, "2026Q4", None),
        (date(1952, 2, 29), False, "2026Q1", date(2026, 3, 1)),
        (date(1950, 9, 26), True, "2026Q3", date(2026, 9, 25)),  # the 15th of the eighth month
        (
            date(1947, 1, 5),
            True,
            "2026Q1",
            date(2026, 2, 1),
        ),  # the 14th of the twelfth month of the year before
        (date(1947, 1, 5), True, "2026Q4", None),
    ],
)
def test_the_day_as_the_person_keeps_it(born: date, lunar: bool, quarter: str, on: date | None) -> None:
    assert birthdays.celebrated(born, lunar, *birthdays.days_of(quarter)) == on


def test_a_lunar_birthday_of_the_thirtieth_is_kept_each_year() -> None:
    born = date(1950, 2, 16)  # the 30th of the twelfth month
    days = [
        birthdays.celebrated(born, True, date(year, 1, 1), date(year, 12, 31)) for year in range(2021, 2030)
    ]
    assert all(days)


def test_quarters_are_named() -> None:
    assert birthdays.quarter_of(date(2026, 12, 31)) == "2026Q4"
    assert birthdays.days_of("2026Q4") == (date(2026, 10, 1), date(2026, 12, 31))
    for wrong in ("2026", "2026Q5", "", "Q1"):
        with pytest.raises(Refused, match="form.invalid"):
            birthdays.days_of(wrong)


def born_now(years: int) -> date:
    return clock.today().replace(year=clock.today().year - years, day=15)


def retire(town: Town, resident_id: int) -> None:
    with engine.writing() as session:
        group = Group(code="retired", name="退休职工")
        session.add(group)
        session.flush()
        session.add(
            Membership(
                resident_id=resident_id, group_id=group.id or 0, since=date(2020, 1, 1), place=town.path(town.building_1)
            )
        )  # fmt: skip


def test_retired_workers_come_first_and_last_years_guests_are_marked(town: Town) -> None:
    plain = resident(town, "甲邻居", born=born_now(70))
    was = resident(town, "乙去年", born=born_now(71))
    worker = resident(town, "丙工人", born=born_now(72))
    resident(town, "丁年轻", born=born_now(50))
    resident(town, "戊别季", born=born_now(70) + timedelta(days=150))
    resident(town, "己邻格", born=born_now(70), building=town.building_3)
    retire(town, worker)
    party = activity(town, "去年的生日会", kind="birthday", days=-80)
    (date_of,) = sessions(town.shen, activity_id=party)
    attending.walk_in(town.shen, slot_id=date_of.id, resident_id=was)
    found = birthdays.of_quarter(town.shen, quarter=birthdays.quarter_of(clock.today()))
    before = date_of.starts_at.date() < birthdays.days_of(birthdays.quarter_of(clock.today()))[0]
    assert before
    assert [(one.name, one.retired, one.was_guest) for one in found.people] == [
        ("丙工人", True, False), ("甲邻居", False, False), ("乙去年", False, True),
    ]  # fmt: skip
    assert found.total == 3 and found.people[1].turns == 70 and found.people[1].resident_id == plain
    assert (
        len(birthdays.of_quarter(town.shen, quarter=birthdays.quarter_of(clock.today()), limit=2).people) == 2
    )


def test_of_many_only_those_shown_are_worked_out(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        resident(town, f"甲{number}", born=date(1950, 10 + number % 3, 3 + number))
    moon = resident(
        town, "乙", born=date(1947, 1, 5), lunar_birthday=True
    )  # at the end of the year before by the moon
    resident(town, "丙", born=date(1950, 11, 20), lunar_birthday=True)
    asked: list[date] = []
    worked_out = birthdays.celebrated

    def counted(born: date, lunar: bool, first: date, last: date) -> date | None:
        asked.append(born)
        return worked_out(born, lunar, first, last)

    monkeypatch.setattr(birthdays, "celebrated", counted)
    found = birthdays.of_quarter(town.shen, quarter="2026Q4", limit=3)
    assert (found.total, len(found.people)) == (13, 3)
    assert len(asked) == 2 + 3  # those who go by the moon, and those shown
    leap = resident(town, "丁", born=date(1952, 2, 29))
    found = birthdays.of_quarter(town.shen, quarter="2026Q1")
    assert {one.resident_id: one.on for one in found.people} == {
        leap: date(2026, 3, 1),
        moon: date(2026, 2, 1),
    }


def test_everybody_of_the_quarter_is_invited_once(town: Town) -> None:
    for name in ("甲", "乙", "丙"):
        resident(town, name, born=born_now(70))
    quarter = birthdays.quarter_of(clock.today())
    party = activity(town, "集体生日会", kind="birthday", days=1, quarter=quarter, capacity=2)
    nobody_is_signed_out()
    assert birthdays.invite_all(town.shen, activity_id=party).count == 2
    assert birthdays.invite_all(town.shen, activity_id=party, most=10).count == 1
    assert birthdays.invite_all(town.shen, activity_id=party, most=10).count == 0
    assert all(one.invited for one in birthdays.of_quarter(town.shen, quarter=quarter).people)
    assert len(guests.call_list(town.shen, activity_id=party).lines) == 3
    with pytest.raises(Refused, match="activity.no_birthday"):
        birthdays.invite_all(town.shen, activity_id=activity(town, days=2))


def test_the_register_keeps_whose_birthday_goes_by_the_moon(town: Town) -> None:
    one = keeping.create(
        town.shen, RESIDENTS, {"name": "张桂梅", "area_id": town.building_1, "born": "1950-09-26", "lunar_birthday": "是"}
    )  # fmt: skip
    assert listing.get(town.shen, RESIDENTS, one).values["lunar_birthday"] is True
    (section, *_rest) = RESIDENTS.sections
    assert section.fields[section.fields.index("born") + 1] == "lunar_birthday"
