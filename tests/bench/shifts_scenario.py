"""What the screens of shifts cost with 300 volunteers, 5,000 shifts and 40,000 sign-ups, beside a page with a title.

    LINLI_DEMO=1 LINLI_DATA_DIR=/tmp/bs LINLI_DATABASE_URL=sqlite:////tmp/bs/linli.db python -m db demo
    LINLI_BENCH=/tmp/bs python -m tests.bench shifts

The sample community is filled up to these numbers first. Promised: at most 3 times the titled page.
"""

import os
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, insert, select

import db.models  # noqa: F401 every table must be known
from db import clock, engine
from db.slots import Booking, Slot
from db.volunteers.tables import Volunteer
from tests.bench.people import at_database, cookie
from tests.bench.rig import Cost, served, table

APP = Path(__file__).with_name("titled_app.py")
VOLUNTEERS, BOOKINGS = 300, 40_000


def run(times: int = 60) -> tuple[str, dict[str, Any]]:
    """Measure; returns a Markdown report and the figures."""
    folder = Path(os.environ["LINLI_BENCH"].split(":")[0])
    with at_database(folder) as url:
        fill()
        volunteer, staff, admin = cookie("volunteer"), cookie("staff"), cookie("admin")
    costs: list[Cost] = []
    week = clock.today() - timedelta(days=clock.today().weekday())
    weeks = [week + timedelta(days=7 * number) for number in range(-6, 3)]
    with served(url, script=APP, data_dir=folder, environment={"LINLI_DEMO": "1"}) as server:

        def each(name: str, who: Any, addresses: list[str]) -> None:
            window = server.open(addresses[0], who)
            assert not (window.error or window.alarm), window.error or window.alarm
            costs.append(server.measure(name, lambda n: window.visit(addresses[n % len(addresses)]), times))

        each("titled", volunteer, ["/titled"])
        each("my day of a volunteer", volunteer, ["/"])
        each("shifts of a volunteer", volunteer, ["/shifts"])
        each("my shifts", volunteer, ["/my-shifts"])
        each("roster of a grid", staff, [f"/roster?week={day}" for day in weeks])
        each("roster of the community", admin, [f"/roster?week={day}" for day in weeks])
        each("volunteers", admin, ["/volunteers"])
    return table(costs, "titled"), {"shifts": [cost.row() for cost in costs]}


def fill() -> None:
    """Volunteers and past sign-ups until there are as many as promised."""
    random = Random(7)
    bookings, slots, volunteers = Booking.__table__.c, Slot.__table__.c, Volunteer.__table__.c  # type: ignore[attr-defined]
    with engine.writing() as session:
        first = session.execute(select(volunteers.area_id, volunteers.area_path).limit(1)).one()
        known = session.execute(select(func.count()).select_from(Volunteer)).scalar_one()
        more = [
            Volunteer(
                number=f"B{number:05d}", name="卢明", area_id=first.area_id, area_path=first.area_path
            ).model_dump(exclude={"id"})
            for number in range(VOLUNTEERS - known)
        ]
        if more:
            session.execute(insert(Volunteer), more)
        ids = list(session.execute(select(volunteers.id)).scalars())
        past = session.execute(
            select(slots.id, slots.starts_at, slots.ends_at).where(slots.starts_at < clock.now())
        ).all()
        present = session.execute(select(func.count()).select_from(Booking)).scalar_one()
        rows = []
        for _number in range(BOOKINGS - present):
            slot, volunteer_id = random.choice(past), random.choice(ids)
            rows.append(
                Booking(
                    slot_id=slot.id, person_key=f"v{volunteer_id}", volunteer_id=volunteer_id, state="cancelled", live=None,
                    starts_at=slot.starts_at, ends_at=slot.ends_at, made_at=slot.starts_at - timedelta(days=3),
                ).model_dump(exclude={"id"})
            )  # fmt: skip
        if rows:
            session.execute(insert(Booking.__table__), rows)  # type: ignore[attr-defined]
        assert session.execute(select(func.count(bookings.id))).scalar_one() >= BOOKINGS
