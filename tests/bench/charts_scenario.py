"""What `/charts` costs, against a page that only shows a title, and what its queries take.

The databases are made beforehand and named in LINLI_BENCH (folders separated by ":"), see `visits`:

    LINLI_BENCH=/tmp/b12k:/tmp/b100k:/tmp/b1m python -m tests.bench charts

Asked for are at most 4 times the titled page for the first useful picture with 12,000 residents, and with 1,000,000 at
most twice that. "Anew" is a page after somebody wrote: what runs is counted from the records.
"""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import db.models  # noqa: F401 every table must be known
from db import access, changes, engine
from db.insight import behind, charts, closing, counts, now, periods
from db.insight.figures import CHAPTERS, FIGURES
from tests.bench.people import at_database, cookie
from tests.bench.rig import Cost, served, table
from tests.bench.visits_scenario import _with_titled

APP = Path(__file__).with_name("titled_app.py")
ROWS = ("contacts", "in_time", "hours", "participants")


def run(times: int = 40) -> tuple[str, dict[str, Any]]:
    """Measure each database; returns a Markdown report and the figures."""
    parts, figures = [], {}
    for folder in os.environ["LINLI_BENCH"].split(":"):
        costs, asked = measure(Path(folder), times)
        lines = "\n".join(f"| {name} | {millis:.0f} |" for name, millis in asked.items())
        parts.append(
            f"### {Path(folder).name}\n\n{table(costs, 'titled')}\n\n| query | median ms |\n|---|--:|\n{lines}"
        )
        figures[Path(folder).name] = {"pages": [cost.row() for cost in costs], "queries": asked}
    return "\n\n".join(parts), figures


def measure(folder: Path, times: int) -> tuple[list[Cost], dict[str, float]]:
    """The costs of the pages of one database, and the milliseconds of queries."""
    with at_database(folder) as url:
        counts.refresh_day(access.system())
        started = time.perf_counter()
        closed = closing.settle(access.system())
        settled = (time.perf_counter() - started) * 1000
        asked = queries()
        if closed:
            asked["closing all periods"] = settled
        admin = cookie("admin")
        here = charts.places(access.system())[0].id
    costs: list[Cost] = []
    with (
        at_database(folder),
        served(url, script=APP, data_dir=folder, environment={"LINLI_DEMO": "1"}) as server,
    ):

        def again(
            name: str, path: str, before: Callable[[], None] = lambda: None, *, picture: bool = False
        ) -> None:
            window = server.open(path, admin)
            assert not (window.error or window.alarm), window.error or window.alarm

            def step(_number: int) -> Any:
                before()
                timing = window.wait(window.run())
                assert timing.picture or not picture
                return replace(timing, seconds=timing.picture) if picture else timing

            costs.append(server.measure(name, step, times))
            assert not (window.error or window.alarm), window.error or window.alarm
            window.close()

        again("titled", "/titled")
        for chapter in CHAPTERS:
            again(f"charts: {chapter}", f"/charts?area={here}&part={chapter}")
        again("care, first picture", f"/charts?area={here}", picture=True)
        again("care, first picture anew", f"/charts?area={here}", _somebody_wrote, picture=True)
        again("titled, in between", "/titled")
        again("charts: care, anew", f"/charts?area={here}", _somebody_wrote)
        again("charts: shifts, anew", f"/charts?area={here}&part=shifts", _somebody_wrote)
        again("charts: care by year", f"/charts?area={here}&unit=year")
        again("titled, at the end", "/titled")
    return _with_titled(costs), asked


def _somebody_wrote() -> None:
    """Move the counters of everything that charts follow."""
    with engine.writing() as session:
        changes.bump(session, {"care", "shifts", "hours"})


def queries() -> dict[str, float]:
    """How long what the page asks takes, in milliseconds: the largest area, with its parts."""
    who = access.system()
    here = charts.places(who)[0].id
    month = periods.of(periods.clock.today()).key
    found = {
        "areas to choose from": _took(lambda: charts.places(who)),
        "nothing to settle": _took(lambda: closing.settle(who)),
    }
    for chapter in CHAPTERS:
        codes = [code for code, figure in FIGURES.items() if figure.chapter == chapter]
        for unit in ("month", "quarter", "year") if codes else ():
            found[f"{chapter}, by {unit}, with parts"] = _took(
                lambda codes=codes, unit=unit: charts.table(
                    who, codes=codes, area_id=here, unit=unit, parts=True
                )  # type: ignore[misc]
            )
    for code in now.NOW:
        found[f"today: {code}"] = _took(lambda code=code: now.bars(who, code=code, area_id=here))  # type: ignore[misc]
    for code in ROWS:
        for key in (month, periods.parse(month).back().key):
            found[f"rows of {code}, {key}"] = _took(
                lambda code=code, key=key: behind.rows(who, figure=code, area_id=here, period=key)  # type: ignore[misc]
            )
    return found


def _took(step: Callable[[], Any], times: int = 3) -> float:
    taken = []
    for _each in range(times):
        started = time.perf_counter()
        step()
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken)
