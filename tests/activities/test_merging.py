"""Two records of one person: places, attendance and the last time follow the record that stays, and come back."""

import pytest
from sqlalchemy import select, update

from db import clock, engine, migrations
from db.access import Viewer
from db.activities import attending, programme, signing_up
from db.activities.tables import Attendance, Taken
from db.errors import Refused
from db.people import merging
from db.slots import Booking, Slot
from db.volunteers import joining
from db.volunteers import signing_up as shift_signing_up
from db.volunteers.tables import Volunteer
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


def volunteer_of(town: Town, name: str, resident_id: int | None = None) -> tuple[int, Viewer]:
    making.nobody_is_signed_out()
    return making.volunteer(town, name, resident_id=resident_id)


def test_places_held_as_a_resident_are_those_of_the_volunteer_they_become(town: Town) -> None:
    person = resident(town, "梅兰")
    mei_id, mei = volunteer_of(town, "梅兰")
    tea, past = activity(town, "茶话会", days=5), activity(town, days=0, start="11:30")
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=person)
    (date_of,) = programme.sessions(town.shen, activity_id=past)
    attending.walk_in(town.shen, slot_id=date_of.id, resident_id=person)
    (when,) = programme.sessions(town.shen, activity_id=tea)
    at = f"{when.starts_at.astimezone(clock.PLACE):%H:%M}"
    shift = making.shift(town, making.kind(), days=5, start=at)
    assert not signing_up.own_bookings(mei)
    joining.link(town.shen, volunteer_id=mei_id, resident_id=person)
    assert [one.title for one in signing_up.own_bookings(mei)] == ["茶话会"]
    (holder,) = signing_up.holders(town.shen, activity_id=tea)
    assert (holder.key, holder.resident_id) == (f"v{mei_id}", person)
    with pytest.raises(Refused, match="shift.unfit") as refused:
        shift_signing_up.sign_up(mei, shift_id=shift)
    assert [code for code, _facts in refused.value.facts["clashes"]] == ["overlap"]
    with pytest.raises(Refused, match="place.already"):
        signing_up.sign_up(town.shen, activity_id=tea, resident_id=person)
    assert taken() == {person: 1}
    making.assert_counters_equal_the_rows()


def test_who_has_a_place_as_both_gives_one_back_first(town: Town) -> None:
    person = resident(town, "梅兰")
    mei_id, mei = volunteer_of(town, "梅兰")
    tea = activity(town)
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=person)
    signing_up.sign_up(mei, activity_id=tea)
    with pytest.raises(Refused, match="volunteer.both_booked"):
        joining.link(town.shen, volunteer_id=mei_id, resident_id=person)
    assert joining.linked(town.shen, volunteer_id=mei_id).resident_id is None


def test_places_given_back_long_ago_stand_in_nobodys_way(town: Town) -> None:
    person = resident(town, "梅兰")
    mei_id, mei = volunteer_of(town, "梅兰")
    tea = activity(town)
    as_resident = signing_up.sign_up(town.shen, activity_id=tea, resident_id=person).booking_id
    signing_up.leave(town.shen, booking_id=as_resident)
    signing_up.leave(mei, booking_id=signing_up.sign_up(mei, activity_id=tea).booking_id)
    joining.link(town.shen, volunteer_id=mei_id, resident_id=person)
    with engine.reading() as session:
        assert set(session.execute(select(Booking.person_key)).scalars()) == {f"v{mei_id}"}  # type: ignore[call-overload]


@pytest.mark.parametrize("linked_to", ["kept", "other"])
def test_a_merge_brings_places_to_the_volunteer_and_back(town: Town, linked_to: str) -> None:
    kept, other = resident(town, "梅兰"), resident(town, "梅岚")
    of_volunteer, plain_one = (kept, other) if linked_to == "kept" else (other, kept)
    mei_id, mei = volunteer_of(town, "梅兰", of_volunteer)
    tea = activity(town, "茶话会", days=5)
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=plain_one)
    merging.merge(town.anna, keep_id=kept, other_id=other)
    assert [one.title for one in signing_up.own_bookings(mei)] == ["茶话会"]
    (holder,) = signing_up.holders(town.shen, activity_id=tea)
    assert (holder.key, holder.resident_id) == (f"v{mei_id}", kept)
    making.assert_counters_equal_the_rows()
    merging.unmerge(town.anna, resident_id=other)
    (holder,) = signing_up.holders(town.shen, activity_id=tea)
    assert (holder.key, holder.resident_id) == (f"r{plain_one}", plain_one)
    assert not signing_up.own_bookings(mei)


def test_places_kept_as_a_resident_since_before_come_to_the_volunteer(town: Town, database: str) -> None:
    """Who was linked before places came along: what a release of then left is brought along when the schema comes up."""
    person, stranger = resident(town, "梅兰"), resident(town, "杜鹃")
    mei_id, mei = volunteer_of(town, "梅兰")
    left_id, _left = making.volunteer(town, "梅兰兰")
    tea, walk, past = (
        activity(town, "茶话会", days=5),
        activity(town, "秋游", days=6),
        activity(town, days=0, start="11:30"),
    )
    for one in (person, stranger):
        for event in (tea, walk):
            signing_up.sign_up(town.shen, activity_id=event, resident_id=one)
    signing_up.sign_up(
        mei, activity_id=walk
    )  # both have a place: the volunteer's stays, and the other beside it
    trip = activity(town, "看电影", days=7)
    for who, resident_id in ((town.shen, person), (mei, None)):  # both gave it back
        given = signing_up.sign_up(who, activity_id=trip, resident_id=resident_id).booking_id
        signing_up.leave(who, booking_id=given)
    (date_of,) = programme.sessions(town.shen, activity_id=past)
    for one in (person, stranger):
        attending.walk_in(town.shen, slot_id=date_of.id, resident_id=one)
    with engine.writing() as session:
        session.execute(
            update(Volunteer).where(Volunteer.id.in_([mei_id, left_id])).values(resident_id=person)
        )  # type: ignore[union-attr]
        session.execute(update(Volunteer).where(Volunteer.id == left_id).values(status="left"))  # type: ignore[arg-type]

    def keys() -> dict[str, list[tuple[str, int | None]]]:
        with engine.reading() as session:
            rows = session.execute(
                select(Slot.title, Booking.person_key, Booking.volunteer_id).join(
                    Slot, Slot.id == Booking.slot_id
                )  # type: ignore[call-overload]
            ).all()
            came = session.execute(select(Attendance.person_key).order_by(Attendance.person_key)).scalars()  # type: ignore[call-overload]
            found: dict[str, list[tuple[str, int | None]]] = {"came": [(one, None) for one in came]}
            for title, key, volunteer_id in sorted(rows):
                found.setdefault(title, []).append((key, volunteer_id))
            return found

    for _twice in range(2):
        migrations.downgrade("0015", database)
        migrations.upgrade(database)
        assert keys() == {
            "茶话会": [(f"r{stranger}", None), (f"v{mei_id}", mei_id)],
            "秋游": [(f"r{person}", None), (f"r{stranger}", None), (f"v{mei_id}", mei_id)],
            "看电影": [(f"v{mei_id}", mei_id), (f"v{mei_id}", mei_id)],
            "came": [(f"r{stranger}", None), (f"v{mei_id}", None)],
        }
    making.assert_counters_equal_the_rows()
