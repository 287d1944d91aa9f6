"""Very many invented residents: the office goes on working with what was made."""

from sqlalchemy import select

from db import access, engine
from db.care import visits
from db.care.tables import Due, Visit
from db.care.visits import Seen
from db.sample import crowd

_D = Due.__table__.c  # type: ignore[attr-defined]


def test_a_visit_can_be_recorded_after_the_crowd_moved_in(database: str) -> None:
    assert crowd.fill(400) == 1
    with engine.reading() as session:
        somebody = session.execute(select(_D.resident_id).order_by(_D.id)).scalars().first()
        made = set(session.execute(select(Visit.__table__.c.id)).scalars())  # type: ignore[attr-defined]
    assert made and somebody is not None
    (visit,) = visits.record(access.system("沈亦安"), seen=[Seen(somebody)])
    assert visit not in made
