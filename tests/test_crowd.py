"""Very many invented residents: the office goes on working with what was made."""

from datetime import time, timedelta

from sqlalchemy import select

from db import access, clock, engine
from db.care import visits
from db.care.tables import Due, Visit
from db.care.visits import Seen
from db.commands import places
from db.commands.findings import Findings
from db.insight import charts
from db.sample import crowd
from db.volunteers import hours
from db.volunteers.tables import Hours, Volunteer

_D = Due.__table__.c  # type: ignore[attr-defined]


def test_a_visit_can_be_recorded_after_the_crowd_moved_in(database: str) -> None:
    assert crowd.fill(400) == 1
    with engine.reading() as session:
        somebody = session.execute(select(_D.resident_id).order_by(_D.id)).scalars().first()
        made = set(session.execute(select(Visit.__table__.c.id)).scalars())  # type: ignore[attr-defined]
    assert made and somebody is not None
    (visit,) = visits.record(access.system("沈亦安"), seen=[Seen(somebody)])
    assert visit not in made


def test_its_shifts_and_hours_are_those_of_the_application(database: str) -> None:
    """Counters equal bookings, nobody is in two places, and the figures of a year are told."""
    crowd.fill(400)
    findings = Findings()
    places.look(findings)
    assert list(findings.lines()) == []
    here = charts.places(access.system())[0]
    found = charts.table(access.system(), codes=["filled", "hours", "serving"], area_id=here.id, back=12)
    assert all((reading := found.of(code)[0]) and reading.above[0] > 100 for code in found.readings[here.id])
    entry = making_up()
    with engine.reading() as session:
        assert session.execute(select(Hours.state).where(Hours.id == entry)).scalar() == "waiting"  # type: ignore[call-overload]


def making_up() -> int:
    with engine.reading() as session:
        somebody = session.execute(select(Volunteer.id).where(Volunteer.status == "active")).scalars().first()  # type: ignore[call-overload]
    return hours.make_up(
        access.system("沈亦安"), volunteer_id=somebody or 0, day=clock.today() - timedelta(days=1), start=time(6), minutes=30,
        what="送餐", why="忘记登记",
    )  # fmt: skip
