"""What `/`, `/visits` and the map with a year of visits cost, against a page that only shows a title.

The databases are made beforehand and named in LINLI_BENCH (folders separated by ":"), for example

    LINLI_DATA_DIR=/tmp/b12k LINLI_DATABASE_URL=sqlite:////tmp/b12k/linli.db python -m db bench-data 12000
    LINLI_BENCH=/tmp/b12k:/tmp/b100k:/tmp/b1m python -m tests.bench visits

Asked for are: at most 3 times the titled page with 12,000 residents; with 1,000,000 at most 1.5 times the figure
with 12,000; "as of" a day a year ago at most 3 times today.
"""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import db.models  # noqa: F401 every table must be known
from db import access, clock
from db.care import days
from tests.bench.people import at_database, cookie, worker_with
from tests.bench.rig import Cost, served, table

APP = Path(__file__).with_name("titled_app.py")
PATCH = 400
MEASURES = ("in_time", "late", "unseen", "tried", "load")
AS_OF = "on"
"""The parameter of `/map` that names a past day."""


def run(times: int = 40) -> tuple[str, dict[str, Any]]:
    """Measure each database; returns a Markdown report and the figures."""
    parts, figures = [], {}
    for folder in os.environ["LINLI_BENCH"].split(":"):
        costs = measure(Path(folder), times)
        by_name = {cost.name: cost for cost in costs}
        past, today = by_name["map, a year ago"], by_name["map, today"]
        parts.append(
            f"### {Path(folder).name}\n\n{table(costs, 'titled')}\n\n"
            f"A year ago is {past.median / today.median:.2f} times today ({past.cpu / today.cpu:.2f} in processor time)."
        )
        figures[Path(folder).name] = [cost.row() for cost in costs]
    return "\n\n".join(parts), figures


def measure(folder: Path, times: int) -> list[Cost]:
    """The costs of one database."""
    with at_database(folder) as url:
        days.new_day(access.system())
        worker, admin = cookie(worker_with(PATCH)), cookie("admin")
        today = clock.today()
    costs: list[Cost] = []
    with served(url, script=APP, data_dir=folder, environment={"LINLI_DEMO": "1"}) as server:

        def again(name: str, path: str, who: dict[str, str]) -> None:
            window = server.open(path, who)
            assert not (window.error or window.alarm), window.error or window.alarm
            costs.append(server.measure(name, lambda _n: window.wait(window.run()), times))
            assert not (window.error or window.alarm), window.error or window.alarm
            window.close()

        def each(name: str, paths: list[str], who: dict[str, str]) -> None:
            window = server.open(paths[0], who)
            costs.append(server.measure(name, lambda n: window.visit(paths[n % len(paths)]), times))
            assert not (window.error or window.alarm), window.error or window.alarm
            window.close()

        again("titled", "/titled", worker)
        again(f"my day, {PATCH} people", "/", worker)
        again("due, first page", "/visits", admin)
        each(
            "due, overdue or of one colour",
            ["/visits?state=overdue", "/visits?colour=red&state=window"],
            admin,
        )
        again("titled, in between", "/titled", worker)
        again("visits, first page", "/visits?tab=visits", admin)
        each(
            "visits, not met",
            ["/visits?tab=visits&result=not_met", "/visits?tab=visits&result=needs&kind=home"],
            admin,
        )
        again("map, as it is", f"/map?measure={MEASURES[0]}", admin)
        each("map, today", [f"/map?measure={code}" for code in MEASURES], admin)
        ago = [(today - timedelta(days=365 - number)).isoformat() for number in range(30)]
        each(
            "map, a year ago",
            [f"/map?measure={MEASURES[n % 5]}&{AS_OF}={day}" for n, day in enumerate(ago)],
            admin,
        )
        again("titled, at the end", "/titled", worker)
    return _with_titled(costs)


def _with_titled(costs: list[Cost]) -> list[Cost]:
    """What all are compared with is measured three times: the machine is not always equally busy."""
    titled = [cost for cost in costs if cost.name.startswith("titled")]
    middle = replace(
        titled[0],
        **{
            name: median(getattr(cost, name) for cost in titled)
            for name in ("median", "p95", "cpu", "a_second")
        },
    )
    return [middle, *(cost for cost in costs if cost not in titled)]
