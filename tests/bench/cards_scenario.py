"""What a volunteer's pages cost with 300 volunteers, 5,000 shifts and 40,000 bookings, against a titled page.

The database is made beforehand and named in LINLI_BENCH (a folder with the sample community, which this changes):

    LINLI_DEMO=1 LINLI_DATA_DIR=/tmp/cards LINLI_DATABASE_URL=sqlite:////tmp/cards/linli.db python -m db demo
    LINLI_BENCH=/tmp/cards python -m tests.bench cards

Asked for is at most 3 times the titled page, also when somebody has just signed up and all is judged anew.
"""

import os
import random
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

import db.models  # noqa: F401 every table must be known
from db import changes, clock, engine, identity
from db.identity import Account
from db.slots import Booking, Slot
from db.territory.areas import Area
from db.volunteers import own, suits
from db.volunteers.tables import Shift, Volunteer, WorkKind
from tests.bench.client import Timing
from tests.bench.people import at_database, cookie
from tests.bench.rig import Cost, served, table
from tests.bench.visits_scenario import _with_titled

APP = Path(__file__).with_name("titled_app.py")
VOLUNTEERS, SHIFTS, BOOKINGS = 300, 5_000, 40_000
BACK, AHEAD = 180, 60  # days


def fill() -> None:
    """Invent the volunteers, shifts and bookings, once."""
    random.seed(1)
    now = clock.now()
    with engine.writing() as session:
        if session.execute(select(func.count()).select_from(Booking)).scalar_one() >= BOOKINGS:
            return
        account = session.execute(select(Account).where(Account.username == "volunteer")).scalar_one()  # type: ignore[arg-type]
        areas = session.execute(
            select(Area.id, Area.area_path).where(Area.level.in_(("grid", "building")))
        ).all()  # type: ignore[call-overload, attr-defined]
        kinds = [WorkKind(title=f"服务{number}", task="…", minimum=2, maximum=12) for number in range(12)]
        session.add_all(kinds)
        known = session.execute(select(Volunteer.id).where(Volunteer.account_id == account.id)).scalar()  # type: ignore[call-overload, arg-type]
        people = []
        for number in range(VOLUNTEERS):
            area = random.choice(areas)
            people.append(
                Volunteer(
                    number=f"B{number:05d}", name=f"志愿者{number}", area_id=area.id, area_path=area.area_path,
                    account_id=account.id if not number and known is None else None,
                    available=[f"{day}-{hour}" for day in range(7) for hour in range(8, 12)],
                )
            )  # fmt: skip
        session.add_all(people)
        session.flush()
        ids = [one.id or 0 for one in people] + ([known] if known else [])
        base = {"version": 1, "made_at": now, "changed_at": now, "extra": {}}
        slots: list[dict[str, Any]] = []
        for number in range(SHIFTS):
            area = random.choice(areas)
            starts = now + timedelta(minutes=random.randrange(-BACK * 1440, AHEAD * 1440))
            slots.append(
                {**base, "kind": "shift", "title": f"服务{number % 12}", "starts_at": starts, "area_id": area.id,
                 "ends_at": starts + timedelta(hours=2), "area_path": area.area_path, "minimum": 2, "capacity": 10,
                 "taken": 8}
            )  # fmt: skip
        session.execute(insert(Slot), slots)
        rows = session.execute(select(Slot.id, Slot.starts_at, Slot.ends_at).where(Slot.taken == 8)).all()  # type: ignore[call-overload]
        session.execute(
            insert(Shift),
            [{"id": row.id, "kind_id": kinds[n % 12].id, "code_key": "x"} for n, row in enumerate(rows)],
        )
        session.execute(
            insert(Booking),
            [
                {**base, "slot_id": row.id, "person_key": f"v{who}", "name": f"志愿者{who}", "volunteer_id": who,
                 "state": "booked", "live": 1, "starts_at": row.starts_at, "ends_at": row.ends_at}
                for row in rows
                for who in random.sample(ids, BOOKINGS // SHIFTS)
            ],
        )  # fmt: skip


def run(times: int = 40) -> tuple[str, dict[str, Any]]:
    """Measure; returns a Markdown report and the figures."""
    folder = Path(os.environ["LINLI_BENCH"].split(":")[0])
    with at_database(folder) as url:
        fill()
        who, alone = cookie("volunteer"), _alone()
        costs: list[Cost] = []
        with served(url, script=APP, data_dir=folder, environment={"LINLI_DEMO": "1"}) as server:
            for name, path in (
                ("titled", "/titled"), ("shifts", "/shifts"), ("shifts, calendar", "/shifts?part=days"),
                ("titled, in between", "/titled"), ("my shifts", "/my-shifts"), ("start", "/"),
                ("titled, at the end", "/titled"),
            ):  # fmt: skip
                window = server.open(path, who)
                assert not window.error, window.error

                def again(_n: int, window: Any = window) -> Timing:
                    timing: Timing = window.wait(window.run())
                    return timing

                costs.append(server.measure(name, again, times))
                if not name.startswith("titled"):
                    costs.append(
                        server.measure(f"{name}, just changed", lambda n: _after(again, n), 12, warm=2)
                    )
                assert not window.error, window.error
                window.close()
    costs = _with_titled(costs)
    lines = "\n".join(f"- {name}: {number} queries, {ms:.1f} ms" for name, number, ms in alone)
    return f"{table(costs, 'titled')}\n\nThe queries alone:\n{lines}", {"costs": [one.row() for one in costs]}


def _after(again: Any, n: int) -> Timing:
    """A run after somebody signed up: what was kept is old."""
    with engine.writing() as session:
        changes.bump(session, ["shifts"])
    time.sleep(changes.POLL_SECONDS + 0.1)
    timing: Timing = again(n)
    return timing


def _alone() -> list[tuple[str, int, float]]:
    """How many queries each reading takes, and how long, without a screen."""
    from sqlalchemy import event

    with engine.writing() as session:
        account = session.execute(select(Account).where(Account.username == "volunteer")).scalar_one()  # type: ignore[arg-type]
        viewer = identity.viewer_of(session, account, identity.open_session(session, account))
    found = []
    for read in (suits.for_me, suits.days, own.coming, own.past, own.asked):
        asked: list[str] = []

        def note(_c: object, _u: object, statement: str, *_rest: object, asked: list[str] = asked) -> None:
            asked.append(statement)

        event.listen(engine.current(), "before_cursor_execute", note)
        read(viewer)
        event.remove(engine.current(), "before_cursor_execute", note)
        started = time.perf_counter()
        for _ in range(5):
            read(viewer)
        found.append((read.__name__, len(asked), (time.perf_counter() - started) / 5 * 1000))
    return found
