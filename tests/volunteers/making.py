"""What tests of this room begin with: a kind of work, shifts, volunteers with and without an account."""

from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from db import clock, engine
from db.access import Viewer
from db.identity import Setting
from db.people.tables import Resident
from db.slots import Booking, Slot
from db.volunteers import shifts
from db.volunteers.shifts import Plan
from db.volunteers.tables import Volunteer, WorkKind
from tests.conftest import Town, sign_in


def nobody_is_signed_out() -> None:
    """However far a test moves the clock."""
    with engine.writing() as session:
        session.add(Setting(name="idle_minutes", value="100000"))


def kind(title: str = "上门探访", **values: Any) -> int:
    """A kind of work for one to two people, two hours long."""
    filled = WorkKind(title=title, **{"minimum": 1, "maximum": 2, "minutes": 120, **values})
    with engine.writing() as session:
        session.add(filled)
        session.flush()
        return filled.id or 0


def shift(town: Town, kind_id: int, *, days: int = 3, start: str = "09:00", **values: Any) -> int:
    """A shift some days from today in the north grid, unless said otherwise."""
    plan = Plan(
        kind_id, values.pop("area_id", town.north), clock.today() + timedelta(days=days), time.fromisoformat(start), **values
    )  # fmt: skip
    return shifts.make(town.anna, plan=plan)


def volunteer(town: Town, name: str, *, account: bool = True, **values: Any) -> tuple[int, Viewer]:
    """A volunteer of the north grid, and the viewer of their account (the administrator's without one)."""
    viewer = sign_in(f"v-{name}", "volunteer", name) if account else town.anna
    with engine.writing() as session:
        number = session.execute(select(func.count()).select_from(Volunteer)).scalar_one() + 1
        filled = Volunteer(
            number=f"V{number:05d}", name=name, area_id=town.north, area_path=town.path(town.north), born=date(1966, 3, 8),
            account_id=viewer.account_id if account else None, **values,
        )  # fmt: skip
        session.add(filled)
        session.flush()
        return filled.id or 0, viewer


def elder(town: Town, name: str = "张桂梅", **values: Any) -> int:
    """Somebody of the first building who is visited."""
    row = Resident(
        name=name, status="resident", area_id=town.building_1, area_path=town.path(town.building_1),
        place=town.path(town.building_1), address="1-2-601", **{"phone": "13851740001", "sex": "f", **values},
    )  # fmt: skip
    with engine.writing() as session:
        session.add(row)
        session.flush()
        return row.id or 0


def many_volunteers(town: Town, count: int) -> list[int]:
    """Volunteers without accounts, quickly made."""
    rows = [
        Volunteer(
            number=f"M{number:05d}",
            name=f"志愿者{number}",
            area_id=town.north,
            area_path=town.path(town.north),
        ).model_dump(exclude={"id"})
        for number in range(count)
    ]
    with engine.writing() as session:
        session.execute(insert(Volunteer), rows)
        return list(session.execute(select(Volunteer.id).order_by(Volunteer.id)).scalars())  # type: ignore[arg-type]


def slot(slot_id: int) -> Slot:
    with engine.reading() as session:
        found = session.get_one(Slot, slot_id)
        session.expunge(found)
        return found


def bookings(slot_id: int) -> dict[str, str]:
    """Who is in which state, by name; those that are over are left out."""
    with engine.reading() as session:
        rows = session.execute(
            select(Booking.name, Booking.state).where(Booking.slot_id == slot_id, Booking.live == 1)  # type: ignore[call-overload]
        )
        return {row.name: row.state for row in rows}


def assert_counters_equal_the_rows() -> None:
    """The counters of each slot say what its bookings say."""
    with engine.reading() as session:
        rows = session.execute(select(Booking.slot_id, Booking.state, Booking.handing, Booking.live)).all()  # type: ignore[call-overload]
        for one in session.execute(
            select(Slot.id, Slot.taken, Slot.waiting, Slot.shaky, Slot.capacity)
        ).all():  # type: ignore[call-overload]
            own = [row for row in rows if row.slot_id == one.id and row.live == 1]
            taken = sum(row.state in ("booked", "offered") for row in own)
            waiting = sum(row.state == "waiting" for row in own)
            shaky = sum(bool(row.handing) for row in own)
            assert (one.taken, one.waiting, one.shaky) == (taken, waiting, shaky), one
            assert taken <= one.capacity
