"""What an interaction on the registry and on the map costs, against a page that only shows a title.

The databases are made beforehand and named in LINLI_BENCH (folders separated by ":"), for example

    LINLI_DATA_DIR=/tmp/b12k LINLI_DATABASE_URL=sqlite:////tmp/b12k/linli.db python -m db bench-data 12000
    LINLI_BENCH=/tmp/b12k:/tmp/b1m python -m tests.bench registry
"""

import os
from pathlib import Path
from typing import Any

from tests.bench.people import at_database, cookie, somebody
from tests.bench.rig import Cost, served, table

APP = Path(__file__).with_name("titled_app.py")
SESSIONS = 50


def run(times: int = 60) -> tuple[str, dict[str, Any]]:
    """Measure each database; returns a Markdown report and the figures."""
    parts, figures = [], {}
    for folder in os.environ["LINLI_BENCH"].split(":"):
        costs, more = measure(Path(folder), times)
        parts.append(f"### {Path(folder).name}\n\n{table(costs, 'titled')}\n\n{more}")
        figures[Path(folder).name] = [cost.row() for cost in costs]
    return "\n\n".join(parts), figures


def measure(folder: Path, times: int) -> tuple[list[Cost], str]:
    """The costs of one database, and what is to be said of many sessions."""
    with at_database(folder) as url:
        who = cookie("admin")
        people = [somebody(skip) for skip in range(0, 200, 10)]
    costs: list[Cost] = []
    with served(url, script=APP, data_dir=folder, environment={"LINLI_DEMO": "1"}) as server:
        window = server.open("/titled", who)
        costs.append(server.measure("titled", lambda _n: window.wait(window.run()), times))
        window = server.open("/residents", who)
        assert not window.error, window.error

        def pages(_n: int) -> Any:
            return window.interact("page_next")

        costs.append(server.measure("next page", pages, times))
        window = server.open("/residents", who)

        def searching(text: Any) -> Any:
            return lambda n: window.interact("residents_q", text(people[n % len(people)]))

        costs.append(server.measure("search by name", searching(lambda one: one.name), times))
        costs.append(server.measure("search by part of a name", searching(lambda one: one.name[:1]), times))
        costs.append(server.measure("search by initials", searching(lambda one: one.initials), times))
        costs.append(server.measure("search by ID number", searching(lambda one: one.id_number), times))
        costs.append(server.measure("search by address", searching(lambda one: one.address), times))
        ages = ("60-69", "70-79", "80-89", "60+", "80+")

        def filters(n: int) -> Any:
            return window.visit(
                f"/residents?living=alone&sex={('female', 'male')[n % 2]}&age={ages[n % len(ages)]}"
            )

        costs.append(server.measure("three filters together", filters, times))
        costs.append(server.measure("a group and two filters",
            lambda n: window.visit(f"/residents?group=disabled&age={ages[n % 5]}&in_care=yes"), times))  # fmt: skip
        assert not window.error, window.error
        window = server.open("/map", who)
        assert not window.error, window.error
        costs.append(server.measure("map, as it is", lambda _n: window.wait(window.run()), times))
        measures = ("people", "in_care", "over_60", "over_80", "alone")
        costs.append(
            server.measure(
                "map, another measure", lambda n: window.visit(f"/map?measure={measures[n % 5]}"), times
            )
        )
        each = server.memory_per_session(
            lambda: server.open("/residents", who), SESSIONS - len(server.sessions)
        )
        windows = [one for one in server.sessions if one.page_name == "residents"]

        async def click(session: Any, n: int) -> Any:
            name = "page_next" if n % 2 == 0 else "page_back"
            return await session.interacted(name)

        crowd = server.together("many windows", click, windows[2:])
        costs.append(crowd)
    return costs, (
        f"{each / 1024:.0f} KB for each further open session; "
        f"{crowd.a_second:.0f} interactions a second with {len(windows) - 2} sessions."
    )
