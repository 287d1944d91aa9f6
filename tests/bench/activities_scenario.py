"""What the pages of activities cost, against a page that only shows a title.

The databases are made beforehand and named in LINLI_BENCH (folders separated by ":"), see `visits`:

    LINLI_BENCH=/tmp/b12k:/tmp/b100k:/tmp/b1m python -m tests.bench activities

To each is added a class of 40 people and 16 dates, with its attendance. Asked for are at most 3 times the titled page
with 12,000 residents, and with 1,000,000 at most 1.5 times that.
"""

import os
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

import db.models  # noqa: F401 every table must be known
from db import access, clock, engine
from db.access import Viewer
from db.activities import activities, attending, programme, signing_up
from db.activities.activities import Plan
from db.activities.tables import Activity
from db.identity import Account, open_session, viewer_of
from db.people.ages import born_by
from db.people.tables import Resident
from db.territory.areas import Area
from tests.bench.people import at_database, cookie
from tests.bench.rig import Cost, served, table
from tests.bench.visits_scenario import _with_titled

APP = Path(__file__).with_name("titled_app.py")
TITLE = "四十人十六次的班"
PEOPLE, DATES = 40, 16


def run(times: int = 40) -> tuple[str, dict[str, Any]]:
    """Measure each database; returns a Markdown report and the figures."""
    parts, figures = [], {}
    for folder in os.environ["LINLI_BENCH"].split(":"):
        costs = measure(Path(folder), times)
        parts.append(f"### {Path(folder).name}\n\n{table(costs, 'titled')}")
        figures[Path(folder).name] = [cost.row() for cost in costs]
    return "\n\n".join(parts), figures


def large_class() -> int:
    """The class, made once: half of its dates are over and ticked."""
    with engine.reading() as session:
        known = session.execute(select(Activity.id).where(Activity.title == TITLE)).scalar()  # type: ignore[call-overload]
        if known is not None:
            return int(known)
        area = session.execute(select(Area).where(Area.level == "grid").order_by(Area.id)).scalars().first()  # type: ignore[arg-type]
        assert area is not None
        area_id, path = area.id or 0, area.area_path
        people = session.execute(
            select(Resident.id)  # type: ignore[call-overload]
            .where(
                Resident.area_path.startswith(path),  # type: ignore[attr-defined]
                Resident.status == "resident",
                Resident.born_key <= born_by(60, clock.today()),
            )
            .limit(PEOPLE)
        ).scalars().all()  # fmt: skip
    who = _admin()
    first = clock.today() - timedelta(days=7 * DATES // 2)
    days = tuple(first + timedelta(days=7 * number) for number in range(DATES))
    plan = Plan("class", TITLE, area_id, days, time(9), capacity=PEOPLE, whole_term=True)
    with clock.at(clock.now() - timedelta(days=7 * DATES // 2 + 1)):
        activity_id = activities.create(access.system(), plan=plan, announce_now=True)
        for one in people:
            signing_up.sign_up(access.system(), activity_id=activity_id, resident_id=one)
    for date_of in programme.sessions(who, activity_id=activity_id)[: DATES // 2]:
        attending.all_came(access.system(), slot_id=date_of.id)
    return activity_id


def _admin() -> Viewer:
    with engine.writing() as session:
        account = session.execute(select(Account).where(Account.username == "admin")).scalar_one()  # type: ignore[arg-type]
        return viewer_of(session, account, open_session(session, account))


def measure(folder: Path, times: int) -> list[Cost]:
    """The costs of one database."""
    with at_database(folder) as url:
        activity_id = large_class()
        admin = cookie("admin")
    costs: list[Cost] = []
    with served(url, script=APP, data_dir=folder, environment={"LINLI_DEMO": "1"}) as server:

        def again(name: str, path: str) -> None:
            window = server.open(path, admin)
            assert not (window.error or window.alarm), window.error or window.alarm
            costs.append(server.measure(name, lambda _n: window.wait(window.run()), times))
            assert not (window.error or window.alarm), window.error or window.alarm
            window.close()

        again("titled", "/titled")
        again("activities", "/activities")
        again("one, who comes", f"/activities?id={activity_id}")
        again("titled, in between", "/titled")
        again(f"attendance, {PEOPLE} × {DATES}", f"/activities?id={activity_id}&part=attend")
        again("titled, after it", "/titled")
        again("those who never come", "/activities?part=never")
        again("guests of 40", f"/activities?id={activity_id}&part=guests")
        again("titled, before the figures", "/titled")
        again("participation by area", "/participation")
        again("titled, at the end", "/titled")
    return _with_titled(costs)
