"""Every figure of the catalogue equals what plain SQL finds in the records of the sample community.

The statements are written from the definitions in words, and share nothing with the application; wherever there is
another way to a number they take it: care from who was to be seen and was visited, places from the bookings.
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from db import access, clock
from db.insight import charts, now, periods
from db.insight.charts import Place, Reading
from db.insight.figures import FIGURES
from db.insight.periods import Period
from tests.sample_template import at_home, sample_once

MONTHS = ("2026-03", "2026-09", "2026-10", "2026-11")
LONGER = ("2026Q3", "2026Q4", "2025", "2026")
TODAY = date(2026, 11, 23)

# Who was to be seen on a day, when they were seen last in a way that counts, and how often in vain since.
CARED = """
WITH here AS (
    SELECT y.every_days AS every, y.care_since AS care, y.kinds, COALESCE(r.merged_into, y.resident_id) AS who
    FROM care_period y LEFT JOIN resident r ON r.id = y.resident_id
    WHERE y.area_path LIKE :path || '%' AND y.since <= :last AND (y.until IS NULL OR y.until > :last)
), stands AS (
    SELECT * FROM visit WHERE day <= :last AND replaced_by IS NULL AND withdrawn_at IS NULL
), cared AS (
    SELECT h.*,
        (SELECT MAX(day) FROM stands v WHERE v.resident_id = h.who AND v.result IN ('well', 'needs')
            AND (h.kinds = '' OR ',' || h.kinds || ',' LIKE '%,' || v.kind || ',%')) AS counted,
        (SELECT MAX(day) FROM stands v WHERE v.resident_id = h.who AND v.result IN ('well', 'needs')) AS seen,
        (SELECT COUNT(*) FROM stands v WHERE v.resident_id = h.who AND v.result = 'not_met' AND v.at >
            COALESCE((SELECT MAX(w.at) FROM stands w WHERE w.resident_id = h.who AND w.result IN ('well', 'needs')), '')
        ) AS attempts
    FROM here h
), care AS (
    SELECT who, every, attempts,
        julianday(:last) - julianday(MAX(care, COALESCE(counted, care))) AS since_counted,
        julianday(:last) - julianday(MAX(care, COALESCE(seen, care))) AS since_seen
    FROM cared
)
"""
PLAIN = {
    "care": CARED + """
        SELECT COUNT(*) AS in_care, SUM(every > 0 AND since_counted <= every) AS in_time,
            SUM(NOT (every > 0 AND since_counted <= every)) AS late, CAST(SUM(since_seen) AS INTEGER) AS unseen,
            SUM(attempts > 0) AS tried,
            CAST(SUM(CASE WHEN every > 0 THEN ROUND(7000.0 / every) ELSE 0 END) AS INTEGER) AS weekly
        FROM care""",
    "visits": """
        SELECT SUM(v.result IN ('well', 'needs')) AS contacts, SUM(v.result = 'not_met') AS attempts
        FROM visit v JOIN area a ON a.area_path = v.area_path
        WHERE a.area_path LIKE :path || '%' AND v.day BETWEEN :first AND :last
            AND v.withdrawn_at IS NULL AND NOT EXISTS (SELECT 1 FROM visit n WHERE n.replaces = v.id)""",
    "posts": """
        SELECT COUNT(DISTINCT a.id) AS expecting, COUNT(DISTINCT p.area_id) AS held
        FROM area a JOIN level l ON l.code = a.level LEFT JOIN post p ON p.area_id = a.id AND p.role = l.role
            AND p.withdrawn_at IS NULL AND p.since <= :last AND (p.until IS NULL OR p.until >= :last)
        WHERE l.role <> '' AND a.area_path LIKE :path || '%' AND a.withdrawn_at IS NULL
            AND (a.closed_on IS NULL OR a.closed_on > :last)""",
    "shifts": """
        WITH signed AS (
            SELECT s.id, s.minimum, s.capacity, s.starts_at, b.made_at,
                ROW_NUMBER() OVER (PARTITION BY s.id ORDER BY b.made_at) AS place, COUNT(b.id) OVER (PARTITION BY s.id) AS people
            FROM place_slot s LEFT JOIN place_booking b
                ON b.slot_id = s.id AND b.live = 1 AND b.state IN ('booked', 'offered')
            WHERE s.kind = 'shift' AND date(s.starts_at, '+8 hours') BETWEEN :first AND :last
                AND s.cancelled_at IS NULL AND s.withdrawn_at IS NULL AND s.area_path LIKE :path || '%'
        )
        SELECT COUNT(DISTINCT id) AS shifts, SUM(place = minimum AND people >= minimum) AS filled, COUNT(made_at) AS taken,
            SUM(CASE WHEN place = 1 THEN capacity ELSE 0 END) AS places,
            CAST(SUM(CASE WHEN place = minimum AND people >= minimum
                THEN MAX(0, ROUND((julianday(starts_at) - julianday(made_at)) * 24)) ELSE 0 END) AS INTEGER) AS lead
        FROM signed""",
    "hours": """
        WITH stands AS (
            SELECT * FROM service_hours WHERE state = 'approved' AND withdrawn_at IS NULL
                AND day BETWEEN :first AND :last AND area_path LIKE :path || '%'
        ), ranked AS (
            SELECT SUM(minutes) AS minutes, ROW_NUMBER() OVER (ORDER BY SUM(minutes) DESC) AS place,
                COUNT(*) OVER () AS people
            FROM stands GROUP BY volunteer_id HAVING SUM(minutes) > 0
        )
        SELECT (SELECT SUM(minutes) FROM stands WHERE origin <> 'by_hand') AS credited,
            (SELECT SUM(minutes) FROM stands WHERE origin = 'by_hand') AS by_hand,
            (SELECT SUM(minutes) FROM stands) AS served, (SELECT COUNT(*) FROM ranked) AS serving,
            (SELECT SUM(minutes) FROM ranked WHERE place <= (people + 9) / 10) AS top""",
    "volunteers": """
        SELECT SUM(since BETWEEN :first AND :last AND status NOT IN ('applied', 'refused')) AS joined,
            SUM(status = 'paused') AS paused
        FROM volunteer WHERE withdrawn_at IS NULL AND area_path LIKE :path || '%'""",
    "dates": """
        SELECT COUNT(*) AS dates
        FROM activity x JOIN activity_session m ON m.activity_id = x.id JOIN place_slot s ON s.id = m.id
        WHERE x.state <> 'draft' AND s.cancelled_at IS NULL AND s.area_path LIKE :path || '%'
            AND date(s.starts_at, '+8 hours') BETWEEN :first AND :last""",
    "attendance": """
        WITH came AS (
            SELECT "on" AS day, resident_id AS who, activity_id FROM activity_attendance
            WHERE mark = 'came' AND withdrawn_at IS NULL
        ), here AS (
            SELECT c.* FROM came c JOIN resident r ON r.id = c.who
            WHERE r.area_path LIKE :path || '%' AND c.day BETWEEN :first AND :last
        )
        SELECT COUNT(*) AS attendances, COUNT(DISTINCT who) AS participants,
            COUNT(DISTINCT CASE WHEN NOT EXISTS (SELECT 1 FROM came c WHERE c.who = here.who AND c.day < :first)
                THEN who END) AS first,
            SUM(100.0 * (SELECT spent FROM activity x WHERE x.id = here.activity_id)
                / (SELECT COUNT(*) FROM came c WHERE c.activity_id = here.activity_id)) AS fen
        FROM here""",
}  # fmt: skip
TOLD = {
    "in_time": ("care", "in_time", "in_care"), "late": ("care", "late"), "unseen": ("care", "unseen", "in_care"),
    "in_care": ("care", "in_care"), "tried": ("care", "tried"), "load": ("care", "weekly"),
    "contacts": ("visits", "contacts"), "attempts": ("visits", "attempts"), "held": ("posts", "held", "expecting"),
    "filled": ("shifts", "filled", "shifts"), "places": ("shifts", "taken", "places"),
    "lead": ("shifts", "lead", "filled"), "hours": ("hours", "credited"), "hours_by_hand": ("hours", "by_hand"),
    "serving": ("hours", "serving"), "concentration": ("hours", "top", "served"), "joined": ("volunteers", "joined"),
    "paused": ("volunteers", "paused"), "dates": ("dates", "dates"), "attendances": ("attendance", "attendances"),
    "participants": ("attendance", "participants"), "first": ("attendance", "first"),
    "cost": ("attendance", "fen", "participants"),
}  # fmt: skip
"""Which of these numbers a figure tells, and of what it is a part."""

LIVES = "r.status = 'resident' AND r.withdrawn_at IS NULL AND r.area_path LIKE :path || '%'"
BARS = {
    "pyramid": f"""SELECT MIN(95, (strftime('%Y', :last) - strftime('%Y', r.born)
            - (strftime('%m-%d', r.born) > strftime('%m-%d', :last))) / 5 * 5) || substr(r.sex, 1, 1) AS part, COUNT(*)
        FROM resident r WHERE {LIVES} AND r.born IS NOT NULL AND r.sex <> '' GROUP BY part""",
    "groups": f"""SELECT g.code, COUNT(DISTINCT r.id) FROM people_group g JOIN group_membership m ON m.group_id = g.id
        JOIN resident r ON r.id = m.resident_id
        WHERE {LIVES} AND NOT g.closed AND m.since <= :last AND (m.until IS NULL OR m.until > :last) GROUP BY g.code""",
    "waiting": CARED + """, waits AS (SELECT since_counted - every AS days, every FROM care)
        SELECT CASE WHEN every = 0 THEN 'none' WHEN days <= 7 THEN '1' WHEN days <= 30 THEN '8' ELSE '31' END AS part,
            COUNT(*) FROM waits WHERE every = 0 OR days > 0 GROUP BY part""",
    "carried": """WITH held AS (
            SELECT holder_key, role, area_path, MAX(area_path LIKE :path || '%') OVER (PARTITION BY holder_key, role) AS here
            FROM post WHERE withdrawn_at IS NULL AND since <= :last AND (until IS NULL OR until >= :last)
        ), each AS (
            SELECT h.holder_key, h.role, COUNT(DISTINCT y.resident_id) AS people FROM held h
            LEFT JOIN care_period y ON y.area_path LIKE h.area_path || '%' AND y.since <= :last
                AND (y.until IS NULL OR y.until > :last)
            WHERE h.here GROUP BY h.holder_key, h.role
        )
        SELECT CASE WHEN people = 0 THEN '0' WHEN people > 100 THEN '101' ELSE (people - 1) / 20 * 20 + 1 END AS part,
            COUNT(*) FROM each GROUP BY part""",
    "never": f"""SELECT CASE r.living WHEN '' THEN 'unknown' ELSE r.living END AS part, COUNT(*) FROM resident r
        WHERE {LIVES} AND r.id NOT IN (SELECT resident_id FROM activity_attendance
            WHERE mark = 'came' AND withdrawn_at IS NULL AND resident_id IS NOT NULL) GROUP BY part""",
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    places: tuple[Place, ...]
    ask: Callable[..., list[Any]]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Sample]:
    """The community and two of its grids, and a way to ask the file itself."""
    folder = sample_once(tmp_path_factory, template)
    with at_home(folder):
        found = charts.places(access.system())
        grids = [one for one in found if one.level == "grid"]
        plain = sqlite3.connect(f"file:{folder / 'linli.db'}?mode=ro", uri=True)
        plain.row_factory = sqlite3.Row

        def ask(sql: str, path: str, period: Period | None = None) -> list[Any]:
            days = (period.first, period.until) if period is not None else (TODAY, TODAY)
            return plain.execute(
                sql, {"path": path, "first": days[0].isoformat(), "last": days[1].isoformat()}
            ).fetchall()

        yield Sample((found[0], grids[0], grids[5]), ask)
        plain.close()


def test_every_figure_equals_plain_sql(sample: Sample) -> None:
    assert set(TOLD) == set(FIGURES)
    wrong, told = [], dict.fromkeys(FIGURES, 0)
    for key in (*MONTHS, *LONGER):
        period = periods.parse(key)
        for where in sample.places:
            found = charts.table(
                access.system(), codes=FIGURES, area_id=where.id, unit=period.unit, last=key, back=1
            )
            assert found.periods == (period,)
            plain = {name: sample.ask(sql, where.path, period) for name, sql in PLAIN.items()}
            for code, (name, *columns) in TOLD.items():
                reading = found.of(code)[0]
                if reading is None and period.over and (code == "paused" or _before_care(period)):
                    continue  # of earlier days nothing is known
                expected = [plain[name][0][column] or 0 for column in columns]
                if not _equal(code, reading, expected):
                    wrong.append((code, key, where.name, reading, expected))
                told[code] += bool(expected[0])
    assert not wrong, wrong
    assert [code for code, times in told.items() if not times] == []


def _before_care(period: Period) -> bool:
    return period.key == "2025"


def _equal(code: str, reading: Reading | None, expected: list[float]) -> bool:
    if reading is None or not reading.exact:
        return False
    found = [span[0] for span in (reading.above, reading.below) if span is not None]
    if code == "cost":  # each share is rounded to a fen
        return abs(found[0] - expected[0]) <= expected[1] * 10 and found[1] == expected[1]
    return found == expected


def test_every_picture_of_today_equals_plain_sql(sample: Sample) -> None:
    assert set(BARS) == set(now.NOW)
    for code, sql in BARS.items():
        for where in sample.places:
            found = {bar.part: bar.count for bar in now.bars(access.system(), code=code, area_id=where.id)}
            expected = {str(part): count for part, count in sample.ask(sql, where.path)}
            assert found == expected, (code, where.name)
            assert found, (code, where.name)


def test_reading_the_sample_writes_nothing(sample: Sample) -> None:
    """Its months were closed when it was made, and nothing was corrected since."""
    before = sample.ask("SELECT (SELECT MAX(id) FROM audit_entry), (SELECT COUNT(*) FROM period_figure)", "")
    charts.table(access.system(), codes=FIGURES, area_id=sample.places[0].id, parts=True)
    assert clock.today() == TODAY
    assert (
        sample.ask("SELECT (SELECT MAX(id) FROM audit_entry), (SELECT COUNT(*) FROM period_figure)", "")
        == before
    )
