"""Participation by area, group and quarter: equals what plain SQL counts, opens its rows, and tells no small counts."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from db import access, clock, engine
from db.activities import attending
from db.activities.birthdays import days_of, quarter_of
from db.activities.programme import sessions
from db.errors import Refused
from db.insight import counts, participation
from db.people.tables import Group, Membership
from db.work import unit
from tests.activities.making import activity, many_residents, resident
from tests.conftest import Town


def came(town: Town, days: int, people: list[int], spent: int = 0) -> None:
    event = activity(town, "茶话会", days=-days, start="08:00", spent=spent)
    (date_of,) = sessions(town.shen, activity_id=event)
    for one in people:
        attending.walk_in(town.anna, slot_id=date_of.id, resident_id=one)


def plain(sql: str, **values: object) -> int:
    with engine.reading() as session:
        return int(session.execute(text(sql), values).scalar() or 0)


@pytest.fixture
def lived(town: Town) -> list[int]:
    """Eleven in the north, two in the south; six came this quarter, four of them for the first time."""
    people = many_residents(town, 11)
    people += [resident(town, name, building=town.building_3) for name in ("南甲", "南乙")]
    came(town, 150, people[:3], spent=90)
    came(town, 0, [people[0], people[1], people[4], people[5], people[6], people[11]], spent=120)
    with unit(access.system(), "settings.edit", write=True) as work:
        counts.recount_all(work)
    return people


def test_the_figures_are_those_of_plain_sql(town: Town, lived: list[int]) -> None:
    quarter = quarter_of(clock.today())
    first, last = days_of(quarter)
    found = participation.by_area(town.anna, quarter=quarter, area_path=town.path(town.community))
    assert [(line.name, line.said("participants"), line.said("first"), line.said("never")) for line in found.lines] == [
        ("第一网格", "5", "3", "5"), ("第二网格", "1", "1", "1"),
    ]  # fmt: skip
    days = {"first": first.isoformat(), "last": last.isoformat()}
    assert found.total.participants[0] == plain(
        'SELECT count(DISTINCT resident_id) FROM activity_attendance WHERE mark = \'came\' AND "on" BETWEEN :first AND :last',
        **days,
    ) == 6  # fmt: skip
    assert found.total.first[0] == plain(
        "SELECT count(*) FROM activity_taken WHERE first_on BETWEEN :first AND :last", **days
    )
    assert found.total.never[0] == plain(
        "SELECT count(*) FROM resident WHERE status = 'resident' AND id NOT IN (SELECT resident_id FROM activity_taken)"
    )
    assert (found.total.cost, found.rows) == (20.0, True)


def test_each_number_opens_its_rows(town: Town, lived: list[int]) -> None:
    quarter = quarter_of(clock.today())
    found = participation.by_area(town.anna, quarter=quarter, area_path=town.path(town.community))
    for line in found.lines:
        for figure in participation.FIGURES:
            rows = participation.behind(town.anna, figure=figure, quarter=quarter, area_path=line.key)
            assert len(rows) == getattr(line, figure)[0], (line.name, figure)
    page = participation.behind(town.anna, figure="never", quarter=quarter, limit=4)
    rest = participation.behind(
        town.anna, figure="never", quarter=quarter, after=(page[-1].place, page[-1].id)
    )
    assert len({row.id for row in (*page, *rest)}) == found.total.never[0]


def test_groups_count_their_members_of_that_day(town: Town, lived: list[int]) -> None:
    quarter = quarter_of(clock.today())
    with engine.writing() as session:
        group = Group(code="retired", name="退休职工", name_en="Retired worker")
        session.add(group)
        session.flush()
        for one, until in (
            (lived[0], None),
            (lived[4], None),
            (lived[5], date(2020, 1, 1)),
            (lived[7], None),
        ):
            session.add(
                Membership(
                    resident_id=one, group_id=group.id or 0, since=date(2019, 1, 1), until=until,
                    place=town.path(town.building_1),
                )
            )  # fmt: skip
    found = participation.by_group(town.anna, quarter=quarter)
    (line,) = found.lines
    assert (line.name, line.people[0], line.participants[0], line.first[0], line.never[0]) == (
        "退休职工", 3, 2, 1, 1,
    )  # fmt: skip
    for figure in participation.FIGURES:
        rows = participation.behind(town.anna, figure=figure, quarter=quarter, group="retired")
        assert len(rows) == getattr(line, figure)[0]
    assert found.total.participants == (6, 6)


def test_small_counts_are_hidden_where_the_rows_are(town: Town, lived: list[int]) -> None:
    quarter = quarter_of(clock.today())
    found = participation.by_area(town.lei, quarter=quarter, area_path=town.path(town.community))
    north, south = found.lines
    assert not found.rows and south.said("participants") == "<10" and south.cost is None
    assert north.first != (3, 3) and found.total.participants != (6, 6)
    low, high = found.total.participants
    assert low <= 6 <= high
    with pytest.raises(Refused, match="access.denied"):
        participation.behind(town.lei, figure="first", quarter=quarter)


def test_nothing_is_exact_that_could_be_subtracted(town: Town, lived: list[int]) -> None:
    """Between the levels of the tree and between quarters: every span holds the truth and is wide enough to hide one."""
    places = (town.path(town.community), town.path(town.north), town.path(town.south))
    quarter = quarter_of(clock.today())
    earlier = quarter_of(days_of(quarter)[0] - timedelta(days=1))
    for path in places:
        for one in (quarter, earlier):
            true = participation.by_area(town.anna, quarter=one, area_path=path)
            told = participation.by_area(town.lei, quarter=one, area_path=path)
            assert told.records.startswith(("<", "≈"))
            for exact, line in zip((*true.lines, true.total), (*told.lines, told.total), strict=True):
                for figure in participation.FIGURES:
                    low, high = getattr(line, figure)
                    assert low <= getattr(exact, figure)[0] <= high and high - low >= 4, (line.name, figure)


def test_each_sees_the_own_areas(town: Town, lived: list[int]) -> None:
    quarter = quarter_of(clock.today())
    own = participation.by_area(town.qiu, quarter=quarter)
    assert [(line.name, line.participants) for line in own.lines] == [("第二网格", (1, 1))]
    assert len(participation.behind(town.qiu, figure="participants", quarter=quarter)) == 1
    with pytest.raises(Refused, match="record.not_found"):
        participation.by_area(town.qiu, quarter=quarter, area_path=town.path(town.north))
    with pytest.raises(Refused, match="access.denied"):
        participation.by_area(town.vera, quarter=quarter)
    with pytest.raises(Refused, match="form.invalid"):
        participation.by_area(town.anna, quarter="2026")
    assert days_of(quarter)[0] - timedelta(days=1) < clock.today()
