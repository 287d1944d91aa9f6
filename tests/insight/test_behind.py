"""The rows behind a number are as many as the number says, for every figure; and who may open them."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from db import access, clock
from db.activities import attending, programme
from db.care import days, visits
from db.care.visits import Seen
from db.errors import Refused
from db.insight import behind, charts, closing, now, periods
from db.insight.behind import Behind
from db.insight.charts import Place, Reading
from db.insight.figures import FIGURES, Figure
from db.people import residents
from db.volunteers import absence, approving, checking, hours, signing_up
from tests.activities.making import activity
from tests.conftest import Town
from tests.insight.settling import on
from tests.sample_template import at_home, sample_once
from tests.volunteers import making

SUMMED = ("unseen", "load", "places", "lead", "hours", "hours_by_hand", "concentration")
"""Figures of which a row adds more than one: days, hours, places."""


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[tuple[Place, ...]]:
    with at_home(sample_once(tmp_path_factory, template)):
        found = charts.places(access.system())
        grids = [one for one in found if one.level == "grid"]
        yield found[0], grids[1], grids[5]


def agrees(figure: Figure, reading: Reading, found: Behind) -> bool:
    """Whether what is opened is what was clicked."""
    exact = reading.exact
    if figure.kind in ("days", "yuan"):  # each of those whom it is told of is opened
        return exact and reading.below is not None and found.count == reading.below[0]
    number = found.total if figure.code in SUMMED else found.count
    return exact and number == reading.above[0]


def test_the_rows_are_as_many_as_the_number_says(places: tuple[Place, ...]) -> None:
    wrong, opened = [], 0
    for key in ("2026-10", "2026Q4"):
        unit = periods.parse(key).unit
        for where in places:
            found = charts.table(
                access.system(), codes=FIGURES, area_id=where.id, unit=unit, last=key, back=1
            )
            for figure in FIGURES.values():
                reading = found.of(figure.code)[0]
                if reading is None:
                    assert figure.code == "paused"
                    continue
                rows = behind.rows(
                    access.system(), figure=figure.code, area_id=where.id, period=key, limit=20
                )
                if not agrees(figure, reading, rows):
                    wrong.append((figure.code, key, where.name, reading, rows.count, rows.total))
                assert len(rows.rows) == min(20, rows.count), (figure.code, key)
                opened += rows.count > 0
                if figure.rest and reading.below is not None:
                    rest = behind.rows(
                        access.system(), figure=figure.code, area_id=where.id, period=key, rest=True
                    )
                    if rest.count != reading.below[0] - reading.above[0]:
                        wrong.append((figure.code, key, "rest", reading, rest.count))
    assert not wrong, wrong
    assert opened > 100


def test_all_rows_of_a_number_are_listed_and_add_up(places: tuple[Place, ...]) -> None:
    for figure in FIGURES.values():
        found = behind.rows(
            access.system(), figure=figure.code, area_id=places[1].id, period="2026-11", limit=5000
        )
        assert len(found.rows) == found.count, figure.code
        assert len({(row.kind, row.id) for row in found.rows}) == found.count, figure.code
        if figure.kind not in ("days", "yuan") or figure.code == "lead":
            assert sum(row.amount for row in found.rows) == found.total, figure.code


def test_the_rows_of_each_bar_are_as_many_as_it_is_high(places: tuple[Place, ...]) -> None:
    for code in now.NOW:
        for where in places[:2]:
            bars = now.bars(access.system(), code=code, area_id=where.id)
            assert bars, code
            for bar in bars:
                found = behind.rows(access.system(), figure=code, area_id=where.id, part=bar.part, limit=10)
                assert (found.count, len(found.rows)) == (bar.count, min(10, bar.count)), (code, bar)


@pytest.fixture
def served(town: Town) -> dict[str, int]:
    """Two people in care, a class, and a shift at which somebody served, whose hours were then corrected to nothing."""
    making.nobody_is_signed_out()
    days.new_day(town.anna)
    one, other = (
        residents.add(
            town.anna, values={"name": name, "area_id": building, "in_care": True, "born": date(1940, 1, 1)}
        )
        for name, building in (("周秀英", town.building_1), ("郑国强", town.building_3))
    )
    visits.record(town.anna, seen=[Seen(one)])
    visits.record(town.anna, seen=[Seen(other, "not_met", "no_answer")])
    (date_of,) = programme.sessions(
        town.shen, activity_id=activity(town, "手工班", days=0, start="08:00", spent=90)
    )
    for who in (one, other):
        attending.walk_in(town.anna, slot_id=date_of.id, resident_id=who)
    shift = making.shift(town, making.kind(), days=2)
    entries = []
    for name in ("梅兰", "竹青"):
        volunteer, viewer = making.volunteer(town, name, since=clock.today())
        booking = signing_up.sign_up(viewer, shift_id=shift).booking_id
        with on(3):
            slot = making.slot(shift)
            checking.from_paper(town.anna, booking_id=booking, came=slot.starts_at, left=slot.ends_at)
            (entry,) = approving.waiting(town.lei)
            approving.decide(town.lei, entry_id=entry.id, yes=True, seen=entry.warnings)
        entries.append(entry.id)
    with on(4):
        hours.correct(town.anna, entry_id=entries[1], why="没来")
        (entry,) = approving.waiting(town.lei)
        approving.decide(town.lei, entry_id=entry.id, yes=True, seen=entry.warnings)
        absence.pause_for(town.anna, volunteer_id=volunteer, until=clock.today() + timedelta(days=60))
    return {"one": one, "other": other}


@pytest.mark.parametrize("later", [5, 9, 70])
def test_the_rows_of_a_small_town(town: Town, served: dict[str, int], later: int) -> None:
    """While the month runs, when it is just over, and long after."""
    with on(later):
        told = 0
        for area_id in (town.community, town.north, town.south):
            found = charts.table(town.anna, codes=FIGURES, area_id=area_id, last="2026-11", back=1)
            for figure in FIGURES.values():
                reading = found.of(figure.code)[0]
                if reading is None:
                    assert (figure.code, later) == ("paused", 70)
                    continue
                rows = behind.rows(town.anna, figure=figure.code, area_id=area_id, period="2026-11")
                if figure.code != "paused" or later == 5:  # of a month that is over, who pauses now is opened
                    assert agrees(figure, reading, rows), (figure.code, reading, rows)
                told += rows.count
        assert told > 40
        serving = charts.table(town.anna, codes=["serving"], area_id=town.north, last="2026-11", back=1)
        assert serving.of("serving")[0] == Reading((1, 1))


def test_who_may_open_rows(town: Town, served: dict[str, int]) -> None:
    """Staff of a grid sees theirs; a leader numbers of attendance, and not who it was; volunteers nothing."""
    with on(9):
        closing.settle(access.system())
        for code in FIGURES:
            assert behind.rows(town.shen, figure=code, area_id=town.north, period="2026-11")
            with pytest.raises(Refused, match=r"area\.not_found"):
                behind.rows(town.shen, figure=code, area_id=town.south, period="2026-11")
            with pytest.raises(Refused, match=r"access\.denied"):
                behind.rows(town.vera, figure=code, area_id=town.north, period="2026-11")
            if FIGURES[code].rows == "activity.attend":
                with pytest.raises(Refused, match=r"figure\.rows"):
                    behind.rows(town.lei, figure=code, area_id=town.community, period="2026-11")
            else:
                found = behind.rows(town.lei, figure=code, area_id=town.community, period="2026-11")
                named = [row.name for row in found.rows if row.kind in ("person", "visit", "hours")]
                assert not {"周秀英", "郑国强", "梅兰", "竹青"} & set(named)
        for area_id in (town.south, town.community):
            with pytest.raises(Refused, match=r"area\.not_found"):
                charts.table(town.shen, codes=FIGURES, area_id=area_id)
        with pytest.raises(Refused, match=r"access\.denied"):
            charts.table(town.vera, codes=FIGURES, area_id=town.north)
        assert [one.id for one in charts.places(town.shen)] == [town.north]
        assert {one.id for one in charts.places(town.lei)} == {town.community, town.north, town.south}
        for bar in now.bars(town.lei, code="never", area_id=town.community):
            assert bar.told is not None
            assert bar.told[0] == 0 < bar.told[1]
        with pytest.raises(Refused, match=r"figure\.rows"):
            behind.rows(town.lei, figure="never", area_id=town.community, part="alone")
        told = charts.table(town.lei, codes=FIGURES, area_id=town.community, last="2026-11", back=1)
        for code in ("participants", "first"):
            reading = told.of(code)[0]
            assert reading is not None
            assert reading.above[0] == 0 < reading.above[1]
        assert (told.of("attendances"), told.of("cost")) == ((None,), (None,))


def test_what_cannot_be_asked_for(town: Town) -> None:
    for asked, code in (
        ({"figure": "loudness"}, "figure.unknown"),
        ({"figure": "contacts", "rest": True}, "figure.unknown"),
        ({"figure": "contacts", "period": "2027-01"}, "period.unknown"),
        ({"figure": "contacts", "period": "x"}, "period.unknown"),
    ):
        with pytest.raises(Refused, match=code):
            behind.rows(town.anna, area_id=town.north, **{"period": "2026-11", **asked})  # type: ignore[arg-type]
    with pytest.raises(Refused, match=r"area\.not_found"):
        behind.rows(town.anna, figure="contacts", area_id=town.building_1, period="2026-11")
