"""What `/roster` costs with 300 volunteers, 5,000 shifts and 40,000 bookings, against a page that only shows a title.

The sample community is made beforehand (`python -m db demo`) and its folder named in LINLI_BENCH; what it lacks in
volunteers and bookings is added. Asked for are at most 3 times the titled page.
"""

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

import db.models  # noqa: F401 every table must be known
from db import access, clock, engine
from db.slots import Booking, Slot
from db.volunteers import draft
from db.volunteers.roster import monday_of
from db.volunteers.tables import Volunteer
from tests.bench.people import at_database, cookie
from tests.bench.rig import Cost, served, table
from tests.bench.visits_scenario import _with_titled

APP = Path(__file__).with_name("titled_app.py")
VOLUNTEERS, BOOKINGS = 300, 40_000


def run(times: int = 40) -> tuple[str, dict[str, Any]]:
    """Measure the database; returns a Markdown report and the figures."""
    folder = Path(os.environ["LINLI_BENCH"])
    with at_database(folder) as url:
        grow()
        admin, staff = cookie("admin"), cookie("staff")
        monday = monday_of(clock.today()) + timedelta(days=7)
        began = time.perf_counter()
        done = draft.propose(access.system(), monday=monday)
        took = time.perf_counter() - began
    costs: list[Cost] = []
    with served(url, script=APP, data_dir=folder, environment={"LINLI_DEMO": "1"}) as server:

        def again(name: str, path: str, who: dict[str, str]) -> None:
            window = server.open(path, who)
            assert not (window.error or window.alarm), window.error or window.alarm
            costs.append(server.measure(name, lambda _n: window.wait(window.run()), times))
            assert not (window.error or window.alarm), window.error or window.alarm
            window.close()

        again("titled", "/titled", admin)
        again("roster, all areas", f"/roster?week={monday}", admin)
        again("roster, one grid", f"/roster?week={monday}", staff)
        again("titled, in between", "/titled", admin)
        again("heat map", f"/roster?week={monday}&part=heat", admin)
        again("not covered", f"/roster?week={monday}&part=open", admin)
        again("draft", f"/roster?week={monday}&part=draft", admin)
        again("titled, at the end", "/titled", admin)
    costs = _with_titled(costs)
    said = f"A draft of {done.open} open places among {VOLUNTEERS} volunteers took {took:.2f} s ({done.lines} lines)."
    return f"{table(costs, 'titled')}\n\n{said}", {"costs": [cost.row() for cost in costs], "draft": took}


def grow() -> None:
    """As many volunteers and bookings as are asked for; the added bookings are over and take no place."""
    with engine.writing() as session:
        people = list(session.execute(select(Volunteer)).scalars())  # type: ignore[call-overload]
        lacking = VOLUNTEERS - len(people)
        if lacking > 0:
            rows = [
                {**people[number % len(people)].model_dump(exclude={"id"}), "number": f"B{number:05d}", "account_id": None,
                 "resident_id": None, "feed_hash": None, "phone": None}
                for number in range(lacking)
            ]  # fmt: skip
            session.execute(insert(Volunteer), rows)
        slots = session.execute(select(Slot.id, Slot.starts_at, Slot.ends_at).order_by(Slot.id)).all()  # type: ignore[call-overload]
        missing = BOOKINGS - session.execute(select(func.count()).select_from(Booking)).scalar_one()
        bookings = [
            {
                "version": 1, "made_at": clock.now(), "changed_at": clock.now(), "extra": {}, "slot_id": slot.id,
                "person_key": f"v{people[number % len(people)].id}", "name": people[number % len(people)].name,
                "volunteer_id": people[number % len(people)].id, "state": "cancelled", "live": None,
                "starts_at": slot.starts_at, "ends_at": slot.ends_at,
            }
            for number in range(max(missing, 0))
            for slot in [slots[number % len(slots)]]
        ]  # fmt: skip
        if bookings:
            session.execute(insert(Booking.__table__), bookings)  # type: ignore[attr-defined]  # NULL stays NULL
