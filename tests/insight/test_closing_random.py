"""Whatever is done to records of earlier months, by whichever command: the kept figures equal a full recount."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date, time, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, text

from db import clock, engine, keeping
from db.activities import activities, attending
from db.activities.tables import Activity, Attendance, Meeting
from db.care import days, visits
from db.care.tables import Visit
from db.care.visits import Seen
from db.errors import Refused
from db.people import leaving, merging, residents
from db.people.residents import RESIDENTS
from db.people.tables import Resident
from db.slots import Booking, Slot
from db.territory import areas, closing, levels, moving
from db.territory.posts import POSTS, Post
from db.volunteers import absence, approving, checking, hours, joining, shifts, signing_up
from db.volunteers.tables import Hours, Volunteer
from db.volunteers.volunteers import VOLUNTEERS
from tests.activities import making as activity_making
from tests.conftest import Town
from tests.insight.settling import Kept, assert_settled, on
from tests.volunteers import making

STEPS, DAYS = 120, 140


class _Nothing(Exception):
    """There is nothing to which this could be done."""


class World:
    """A town in which something is done each day, by commands that a page would call."""

    def __init__(self, town: Town, random: Random) -> None:
        self.town, self.random = town, random
        self.kind = making.kind()
        self.number = 0
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def act(self) -> None:
        """One thing, often to something of weeks ago; what is refused leaves nothing behind."""
        name = self.random.choice(list(ACTIONS))
        try:
            ACTIONS[name](self)
            self.done[name] += 1
        except _Nothing:
            pass
        except Refused as refused:
            self.refused[f"{name}: {refused.code}"] += 1

    def one_of(self, table: Any, *where: Any) -> Any:
        """A row that fulfils it."""
        with engine.reading() as session:
            rows = session.execute(select(table.__table__).where(*where).order_by(table.id)).all()
        if not rows:
            raise _Nothing
        return self.random.choice(rows)

    def ago(self, most: int = 60) -> date:
        return clock.today() - timedelta(days=self.random.randrange(most))

    def building(self) -> int:
        town = self.town
        return self.random.choice((town.building_1, town.building_2, town.building_3, town.building_4))

    def grid(self) -> int:
        return self.random.choice((self.town.north, self.town.south))

    def named(self) -> str:
        self.number += 1
        return f"居民{chr(0x4E00 + self.number)}{chr(0x5000 + self.number)}"

    def lives(self) -> Any:
        return self.one_of(Resident, Resident.status == "resident")


def add_person(world: World) -> None:
    random = world.random
    residents.add(
        world.town.anna,
        values={"name": world.named(), "area_id": world.building(), "in_care": random.random() < 0.8,
                "colour": random.choice(("", "red", "blue")), "living": random.choice(("alone", "family")),
                "born": date(1930 + random.randrange(40), 1, 1)},
    )  # fmt: skip


def visit(world: World) -> None:
    who = world.lives()
    met = world.random.random() < 0.7
    seen = Seen(who.id, "well") if met else Seen(who.id, "not_met", "no_answer")
    visits.record(world.town.anna, seen=[seen], day=world.ago())


def correct_visit(world: World) -> None:
    one = world.one_of(Visit, Visit.replaced_by.is_(None), Visit.withdrawn_at.is_(None))  # type: ignore[union-attr]
    seen = Seen(0, "not_met", "out") if one.result == "well" else Seen(0, "well")
    visits.correct(world.town.anna, visit_id=one.id, seen=seen, kind="home", day=world.ago(), why="记错")


def strike_visit(world: World) -> None:
    one = world.one_of(Visit, Visit.replaced_by.is_(None), Visit.withdrawn_at.is_(None))  # type: ignore[union-attr]
    visits.strike(world.town.anna, visit_id=one.id, why="点错了")


def move_person(world: World) -> None:
    who = world.lives()
    keeping.edit(world.town.anna, RESIDENTS, who.id, who.version, {"area_id": world.building()})


def leave(world: World) -> None:
    who = world.lives()
    status: Any = world.random.choice(("died", "moved"))
    leaving.leave(world.town.anna, resident_id=who.id, version=who.version, status=status, day=world.ago())


def come_back(world: World) -> None:
    who = world.one_of(Resident, Resident.status.in_(("died", "moved")))  # type: ignore[attr-defined]
    leaving.lives_here_again(world.town.anna, resident_id=who.id, version=who.version)


def out_of_care(world: World) -> None:
    who = world.lives()
    keeping.edit(world.town.anna, RESIDENTS, who.id, who.version, {"in_care": not who.in_care})


def merge(world: World) -> None:
    one, other = world.lives(), world.lives()
    if one.id == other.id:
        raise _Nothing
    merging.merge(world.town.anna, keep_id=one.id, other_id=other.id)


def unmerge(world: World) -> None:
    who = world.one_of(Resident, Resident.status == "merged")
    merging.unmerge(world.town.anna, resident_id=who.id)


def add_volunteer(world: World) -> None:
    keeping.create(
        world.town.anna, VOLUNTEERS,
        {"name": world.named(), "area_id": world.grid(), "since": world.ago(90), "born": date(1966, 3, 8)},
    )  # fmt: skip


def other_since(world: World) -> None:
    one = world.one_of(Volunteer)
    keeping.edit(world.town.anna, VOLUNTEERS, one.id, one.version, {"since": world.ago(90)})


def pause(world: World) -> None:
    one = world.one_of(Volunteer)
    absence.pause_for(world.town.anna, volunteer_id=one.id, until=clock.today() + timedelta(days=9))


def volunteer_leaves(world: World) -> None:
    one = world.one_of(Volunteer)
    if world.random.random() < 0.5:
        raise _Nothing
    joining.leave_for(world.town.anna, volunteer_id=one.id)


def make_shift(world: World) -> None:
    shift_id = making.shift(
        world.town, world.kind, days=world.random.randrange(6), area_id=world.grid(), minimum=world.random.choice((1, 2)), capacity=2,
        start=world.random.choice(("09:00", "13:00", "23:30")),
    )  # fmt: skip
    for _each in range(2):
        with suppress(_Nothing):
            one = world.one_of(Volunteer, Volunteer.status == "active")
            signing_up.sign_up(world.town.anna, shift_id=shift_id, volunteer_id=one.id)


def move_shift(world: World) -> None:
    one = world.one_of(Slot, Slot.kind == "shift", Slot.cancelled_at.is_(None))  # type: ignore[union-attr]
    shifts.change(
        world.town.anna, shift_id=one.id, version=one.version,
        starts_at=one.starts_at + timedelta(days=world.random.choice((-40, -3, 5, 30))), minimum=world.random.choice((1, 2)),
    )  # fmt: skip


def call_shift_off(world: World) -> None:
    one = world.one_of(Slot, Slot.kind == "shift", Slot.cancelled_at.is_(None))  # type: ignore[union-attr]
    shifts.cancel(world.town.anna, shift_id=one.id, why="下雨")


def give_back(world: World) -> None:
    one = world.one_of(Booking, Booking.live == 1, Booking.volunteer_id.is_not(None))  # type: ignore[union-attr]
    signing_up.leave(world.town.anna, booking_id=one.id, why="有事")


def serve(world: World) -> None:
    one = world.one_of(
        Booking, Booking.live == 1, Booking.ends_at < clock.now(), Booking.volunteer_id.is_not(None)
    )  # type: ignore[union-attr]
    checking.from_paper(world.town.anna, booking_id=one.id, came=one.starts_at, left=one.ends_at)


def decide_hours(world: World) -> None:
    for one in approving.waiting(world.town.lei)[:3]:
        approving.decide(
            world.town.lei, entry_id=one.id, yes=world.random.random() < 0.9, why="不符", seen=one.warnings
        )


def correct_hours(world: World) -> None:
    one = world.one_of(Hours, Hours.state == "approved", Hours.corrects.is_(None))  # type: ignore[union-attr]
    if one.origin == "by_hand":
        hours.correct(world.town.anna, entry_id=one.id, why="记错", minutes=30)
    else:
        hours.correct(world.town.anna, entry_id=one.id, why="没来")


def make_up(world: World) -> None:
    one = world.one_of(Volunteer, Volunteer.status == "active")
    hours.make_up(
        world.town.anna, volunteer_id=one.id, day=world.ago() - timedelta(days=1), start=time(8), minutes=60, what="送餐",
        why="忘记登记",
    )  # fmt: skip


def make_activity(world: World) -> None:
    activity_making.activity(
        world.town, days=world.random.randrange(-50, 8), times=world.random.choice((1, 1, 3)), who=world.town.anna,
        area_id=world.grid(), spent=world.random.randrange(200), start="08:00", whole_term=False,
    )  # fmt: skip


def come(world: World) -> None:
    date_of = world.one_of(Slot, Slot.kind == "activity", Slot.starts_at < clock.now())
    who = world.lives()
    attending.walk_in(world.town.anna, slot_id=date_of.id, resident_id=who.id)


def mend_attendance(world: World) -> None:
    one = world.one_of(Attendance)
    mark = world.random.choice(("came", "missed", ""))
    attending.mark(world.town.anna, slot_id=one.slot_id, marks={one.person_key: mark})


def other_cost(world: World) -> None:
    one = world.one_of(Activity)
    activities.change(
        world.town.anna,
        activity_id=one.id,
        version=one.version,
        values={"spent": world.random.randrange(300)},
    )


def call_date_off(world: World) -> None:
    one = world.one_of(Slot, Slot.kind == "activity", Slot.cancelled_at.is_(None))  # type: ignore[union-attr]
    activities.cancel_session(world.town.anna, slot_id=one.id, why="下雨")


def move_date(world: World) -> None:
    with engine.reading() as session:
        found = session.execute(
            select(Slot.id).join(Meeting, Meeting.id == Slot.id).where(Slot.ends_at > clock.now())  # type: ignore[call-overload]
        ).scalars().all()  # fmt: skip
    if not found:
        raise _Nothing
    activities.move_session(
        world.town.anna, slot_id=world.random.choice(found), day=world.ago(), start=time(8), minutes=90
    )


def add_post(world: World) -> None:
    role, area_id = world.random.choice((("grid_worker", world.grid()), ("building_lead", world.building())))
    keeping.create(
        world.town.anna, POSTS,
        {"area_id": area_id, "role": role, "holder": world.named(), "since": world.ago(80), "phone": ""},
    )  # fmt: skip


def change_post(world: World) -> None:
    one = world.one_of(Post)
    day = max(one.since, world.ago(40))
    what: dict[str, Any] = world.random.choice(
        (
            {"until": day},
            {"until": None},
            {"since": one.since - timedelta(days=20)},
            {"area_id": world.building()},
        )
    )
    keeping.edit(world.town.anna, POSTS, one.id, one.version, what)


def add_area(world: World) -> None:
    world.number += 1
    if world.random.random() < 0.3:
        areas.add(
            world.town.anna, name=f"第{world.number}新网格", level="grid", parent_id=world.town.community
        )
    else:
        areas.add(world.town.anna, name=f"{world.number + 50}栋", level="building", parent_id=world.grid())


def move_area(world: World) -> None:
    moving.move(world.town.anna, area_id=world.building(), parent_id=world.grid())


def close_area(world: World) -> None:
    with engine.reading() as session:
        found = session.execute(
            text("SELECT id FROM area WHERE level = 'building' AND closed_on IS NULL AND id > :last ORDER BY id"),
            {"last": world.town.building_4},
        ).scalars().all()  # fmt: skip
    if not found:
        raise _Nothing
    closing.close(world.town.anna, area_id=world.random.choice(found), day=world.ago())


def other_level(world: World) -> None:
    if world.random.random() < 0.7:
        raise _Nothing
    role = world.random.choice(("", "building_lead"))
    levels.change_level(world.town.anna, code="building", label="楼栋", holds_homes=True, role=role)


Action = Callable[[World], None]
ACTIONS: dict[str, Action] = {
    one.__name__: one
    for one in (
        add_person, visit, correct_visit, strike_visit, move_person, leave, come_back, out_of_care, merge, unmerge,
        add_volunteer, other_since, pause, volunteer_leaves, make_shift, move_shift, call_shift_off, give_back, serve,
        decide_hours, correct_hours, make_up, make_activity, come, mend_attendance, other_cost, call_date_off, move_date,
        add_post, change_post, add_area, move_area, close_area, other_level,
    )
}  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_the_kept_figures_equal_a_recount_whatever_is_done(town: Town, seed: int) -> None:
    random = Random(seed)
    making.nobody_is_signed_out()
    days.new_day(town.anna)
    world = World(town, random)
    with on(0):
        for _each in range(8):
            add_person(world)
            add_volunteer(world)
    closed: Kept = {}
    for step in range(STEPS):
        with on(step * DAYS // STEPS):
            world.act()
            if random.random() < 0.12:
                closed = assert_settled(closed)
    with on(DAYS):
        closed = assert_settled(closed)
    assert {"2026-11", "2026-12", "2027-03", "2026Q4", "2026"} <= {period for _area, period in closed}
    assert sum(1 for name in ACTIONS if world.done[name]) >= len(ACTIONS) * 0.75, (world.done, world.refused)
