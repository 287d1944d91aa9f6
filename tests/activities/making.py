"""What tests of this room begin with: residents, a class of a term, an event."""

from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import insert, select

from db import clock, engine
from db.access import Viewer
from db.activities import activities
from db.activities.activities import Plan
from db.people.tables import FAR_FUTURE, Resident
from tests.conftest import Town


def resident(town: Town, name: str, *, building: int | None = None, **values: Any) -> int:
    """Somebody of seventy in the first building, unless said otherwise."""
    area = building or town.building_1
    row = Resident(
        name=name, status="resident", area_id=area, area_path=town.path(area),
        **{"born": date(1956, 5, 1), "phone": "13851740001", "place": town.path(area), "address": "1-1-101", **values},
    )  # fmt: skip
    row.born_key = row.born or FAR_FUTURE
    with engine.writing() as session:
        session.add(row)
        session.flush()
        return row.id or 0


def many_residents(town: Town, count: int) -> list[int]:
    """Quickly made."""
    area = town.building_1
    rows = [
        Resident(
            name=f"居民{number}", status="resident", area_id=area, area_path=town.path(area), place=town.path(area),
            living="alone" if number % 3 == 0 else "family",
        ).model_dump(exclude={"id"})
        for number in range(count)
    ]  # fmt: skip
    with engine.writing() as session:
        session.execute(insert(Resident), rows)
        return list(
            session.execute(
                select(Resident.id).where(Resident.name.startswith("居民")).order_by(Resident.id)
            ).scalars()  # type: ignore[arg-type, attr-defined]
        )


def activity(
    town: Town, title: str = "重阳茶话会", *, days: int = 3, times: int = 1, who: Viewer | None = None,
    announce: bool = True, start: str = "09:00", **values: Any,
) -> int:  # fmt: skip
    """One that begins some days from today in the north grid, each week `times` times."""
    plan = Plan(
        values.pop("kind", "class" if times > 1 else "event"), title, values.pop("area_id", town.north),
        tuple(clock.today() + timedelta(days=days + 7 * number) for number in range(times)), time.fromisoformat(start),
        minutes=values.pop("minutes", 90), capacity=values.pop("capacity", 20), venue_id=values.pop("venue_id", None),
        whole_term=values.pop("whole_term", times > 1), more=values,
    )  # fmt: skip
    return activities.create(who or town.shen, plan=plan, announce_now=announce)
