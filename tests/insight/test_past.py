"""Coverage of every area and past day equals what plain SQL finds in the records."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import text, update

from db import clock, engine, keeping
from db.care import days, visits
from db.care.visits import Seen
from db.errors import Refused
from db.identity import SignIn
from db.insight import counts, coverage, past
from db.people import leaving, merging, residents
from db.people.residents import RESIDENTS
from db.territory import moving
from tests.care.test_due import everything, worked_out_anew
from tests.conftest import NOON, Town

TODAY = NOON.date()

# The same definitions in plain words of the database: nothing here is shared with the application.
PLAIN = """
WITH here AS (
    SELECT p.every_days, p.care_since, p.kinds, COALESCE(r.merged_into, p.resident_id) AS resident_id
    FROM care_period p LEFT JOIN resident r ON r.id = p.resident_id
    WHERE p.area_path LIKE :path AND p.since <= :day AND (p.until IS NULL OR p.until > :day)
),
facts AS (
    SELECT h.*,
        (SELECT MAX(v.day) FROM visit v WHERE v.resident_id = h.resident_id AND v.day <= :day
            AND v.replaced_by IS NULL AND v.withdrawn_at IS NULL AND v.result IN ('well', 'needs')
            AND (h.kinds = '' OR ',' || h.kinds || ',' LIKE '%,' || v.kind || ',%')) AS counted,
        (SELECT MAX(v.day) FROM visit v WHERE v.resident_id = h.resident_id AND v.day <= :day
            AND v.replaced_by IS NULL AND v.withdrawn_at IS NULL AND v.result IN ('well', 'needs')) AS seen,
        (SELECT COUNT(*) FROM visit v WHERE v.resident_id = h.resident_id AND v.day <= :day
            AND v.replaced_by IS NULL AND v.withdrawn_at IS NULL AND v.result = 'not_met'
            AND NOT EXISTS (SELECT 1 FROM visit w WHERE w.resident_id = v.resident_id AND w.day <= :day
                AND w.replaced_by IS NULL AND w.withdrawn_at IS NULL AND w.result IN ('well', 'needs')
                AND w.at >= v.at)) AS attempts
    FROM here h
)
SELECT resident_id, every_days, care_since, counted, seen, attempts FROM facts
"""


def plainly(path: str, day: date) -> tuple[int, ...]:
    """In care, in time, sum of days unseen, people with attempts, thousandths of visits a week."""
    with engine.reading() as session:
        rows = session.execute(text(PLAIN), {"path": f"{path}%", "day": day}).all()

    def as_day(value: Any) -> date | None:
        return date.fromisoformat(value) if isinstance(value, str) else value

    figures = [0, 0, 0, 0, 0]
    for row in rows:
        care = as_day(row.care_since) or day
        counted, seen = as_day(row.counted) or care, as_day(row.seen) or care
        figures[0] += 1
        figures[1] += row.every_days > 0 and (day - max(care, counted)).days <= row.every_days
        figures[2] += (day - max(care, seen)).days
        figures[3] += row.attempts > 0
        figures[4] += round(7000 / row.every_days) if row.every_days else 0
    return tuple(figures)


def kept(area_id: int, day: date) -> tuple[int, ...]:
    with engine.reading() as session:
        row = session.execute(
            text(
                "SELECT in_care, in_time, days, tried, weekly FROM coverage_day WHERE area_id = :a AND day = :d"
            ),
            {"a": area_id, "d": day},
        ).first()
    return tuple(row) if row is not None else ()


@contextmanager
def on(days_later: int) -> Iterator[None]:
    with clock.at(NOON + timedelta(days=days_later)):
        with engine.writing() as session:
            session.execute(update(SignIn).values(seen_at=clock.now()))
        yield


def compare(town: Town, first: int, last: int) -> None:
    for area_id in (town.community, town.north, town.south, town.building_1, town.building_3):
        for number in range(first, last + 1):
            day = TODAY + timedelta(days=number)
            assert kept(area_id, day) == plainly(town.path(area_id), day), (area_id, day)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_area_and_day_equals_plain_sql(town: Town, seed: int) -> None:
    """Thirty days of a small town: visits, attempts, late entries, corrections, moves, deaths, other colours."""
    random = Random(seed)
    days.new_day(town.anna)
    people: list[int] = []
    done: list[int] = []
    versions: dict[int, int] = {}
    buildings = (town.building_1, town.building_2, town.building_3)
    for later in range(30):
        with on(later):
            days.new_day(town.anna)
            with engine.writing() as session:
                past.close_days(session)
            for _each in range(3):
                choice = random.random()
                if choice < 0.25 or not people:
                    people.append(
                        residents.add(
                            town.anna,
                            values={"name": f"居民{chr(0x4E00 + later)}{chr(0x5000 + len(done))}", "area_id": random.choice(buildings), "in_care": True,
                                    "colour": random.choice(("", "red", "blue")), "living": random.choice(("alone", "family")),
                                    "born": date(1930 + random.randrange(60), 1, 1)},
                            different_from=people,
                        )
                    )  # fmt: skip
                    versions[people[-1]] = 1
                    continue
                who = random.choice(people)
                if choice < 0.65:
                    met = random.random() < 0.7
                    back = random.choice((0, 0, 1, 5)) if later > 6 else 0
                    done += visits.record(
                        town.anna, seen=[Seen(who, "well" if met else "not_met", "" if met else "no_answer")],
                        kind=random.choice(("home", "phone", "neighbour")), day=clock.today() - timedelta(days=back),
                    )  # fmt: skip
                elif choice < 0.75 and done:
                    visits.strike(town.anna, visit_id=done.pop(random.randrange(len(done))), why="点错了")
                elif choice < 0.83 and done:
                    new = visits.correct(
                        town.anna,
                        visit_id=done.pop(),
                        seen=Seen(0, "not_met", "out"),
                        kind="home",
                        why="记错",
                    )
                    done.append(new)
                elif choice < 0.95:
                    change = random.choice(
                        (
                            {"area_id": random.choice(buildings)},
                            {"colour": "red"},
                            {"in_care": random.random() < 0.5},
                        )
                    )
                    versions[who] = keeping.edit(town.anna, RESIDENTS, who, versions[who], change)
                else:
                    gone = clock.today() - timedelta(days=min(later, 3))
                    leaving.leave(town.anna, resident_id=who, version=versions[who], status="died", day=gone)
                    people.remove(who)
                    with engine.reading() as session:
                        theirs = session.execute(
                            text("SELECT id FROM visit WHERE resident_id = :r"), {"r": who}
                        ).scalars()
                        done = [one for one in done if one not in set(theirs)]
            if later in (12, 29):
                compare(town, 0, later - 1)
                due_now = everything()
                assert due_now == worked_out_anew(town.anna)
    with engine.writing() as session:
        before = session.execute(text("SELECT * FROM coverage_day ORDER BY area_id, day")).all()
        past.count(session, TODAY, TODAY + timedelta(days=28), None)
        assert session.execute(text("SELECT * FROM coverage_day ORDER BY area_id, day")).all() == before


def test_the_past_of_an_area_that_moved_counts_where_it_is_now(town: Town) -> None:
    days.new_day(town.anna)
    residents.add(town.anna, values={"name": "周秀英", "area_id": town.building_1, "in_care": True})
    with on(4):
        counts.refresh_day(town.anna)
        moving.move(town.anna, area_id=town.building_1, parent_id=town.south)
        assert kept(town.north, TODAY + timedelta(days=2))[0] == 0
        assert kept(town.south, TODAY + timedelta(days=2))[0] == 1
        assert kept(town.community, TODAY + timedelta(days=2))[0] == 1


def test_the_map_of_a_past_day(town: Town) -> None:
    """What was late then is late there, whatever was done since; strangers learn nothing of few."""
    days.new_day(town.anna)
    who = residents.add(
        town.anna, values={"name": "周秀英", "area_id": town.building_1, "in_care": True, "colour": "red"}
    )
    with on(12):
        visits.record(town.anna, seen=[Seen(who)])
        then = coverage.coverage(town.anna, town.building_1, "late", TODAY + timedelta(days=9)).here
        now = coverage.coverage(town.anna, town.building_1, "late").here
        assert then is not None and now is not None
        assert (then.text, now.text, then.link) == ("1", "0", None)
        assert then.texts["unseen"] == "9"
        strange = coverage.coverage(town.qiu, town.north, "late", TODAY + timedelta(days=9))
        assert [row.text for row in strange.rows] == ["<5", "<5"]
        with pytest.raises(Refused, match=r"coverage\.no_day"):
            coverage.coverage(town.anna, town.north, "late", TODAY - timedelta(days=9))
        assert coverage.kept_days(town.lei) == (TODAY, TODAY + timedelta(days=11))


def test_merging_two_records_and_taking_it_back_keeps_the_past_true(town: Town) -> None:
    days.new_day(town.anna)
    twins = [
        residents.add(
            town.anna, values={"name": "周秀英", "area_id": home, "in_care": True, "colour": "red"},
        )
        for home in (town.building_1, town.building_2)
    ]  # fmt: skip
    with on(9):
        counts.refresh_day(town.anna)
        visits.record(town.anna, seen=[Seen(twins[1])], day=TODAY + timedelta(days=3))
        compare(town, 0, 8)
        merging.merge(town.anna, keep_id=twins[0], other_id=twins[1])
        compare(town, 0, 8)
        assert everything() == worked_out_anew(town.anna)
        merging.unmerge(town.anna, resident_id=twins[1])
        compare(town, 0, 8)
        assert everything() == worked_out_anew(town.anna)
