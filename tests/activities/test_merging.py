"""Two records of one person: places, attendance and the last time follow the record that stays, and come back."""

import pytest
from sqlalchemy import select

from db import engine
from db.activities import attending, programme, signing_up
from db.activities.tables import Taken
from db.errors import Refused
from db.people import merging
from tests.activities.making import activity, resident
from tests.conftest import Town
from tests.volunteers import making


def taken() -> dict[int, int]:
    with engine.reading() as session:
        return dict(session.execute(select(Taken.resident_id, Taken.times)).all())  # type: ignore[call-overload]


def test_places_and_attendance_follow_and_come_back(town: Town) -> None:
    kept, other = resident(town, "张桂梅"), resident(town, "张贵梅")
    past, tea = activity(town, days=0, start="11:30"), activity(town, "茶话会", days=5)
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=other)
    (date_of,) = programme.sessions(town.shen, activity_id=past)
    for one in (kept, other):
        attending.walk_in(town.shen, slot_id=date_of.id, resident_id=one)
    merging.merge(town.anna, keep_id=kept, other_id=other)
    (holder,) = signing_up.holders(town.shen, activity_id=tea)
    assert (holder.key, holder.resident_id) == (f"r{kept}", kept)
    with pytest.raises(Refused, match="place.already"):
        signing_up.sign_up(town.shen, activity_id=tea, resident_id=kept)
    assert taken() == {kept: 1}
    making.assert_counters_equal_the_rows()
    merging.unmerge(town.anna, resident_id=other)
    (holder,) = signing_up.holders(town.shen, activity_id=tea)
    assert holder.key == f"r{other}"
    assert taken() == {kept: 1, other: 1}


def test_two_places_in_one_activity_stand_in_the_way(town: Town) -> None:
    kept, other = resident(town, "张桂梅"), resident(town, "张贵梅")
    tea = activity(town)
    for one in (kept, other):
        signing_up.sign_up(town.shen, activity_id=tea, resident_id=one)
    with pytest.raises(Refused, match="merge.both_booked"):
        merging.merge(town.anna, keep_id=kept, other_id=other)
