"""The races of the shifts over activities, waiting lines with priorities and terms included."""

from sqlalchemy import select, update

from db import access, engine
from db.activities import programme, signing_up
from db.people.tables import Resident
from db.slots import Booking
from tests.activities.making import activity, many_residents
from tests.conftest import Town
from tests.volunteers import making, racing
from tests.volunteers.racing import Round
from tests.volunteers.test_races import assert_only_contention, folder

ROOM = 5


def test_rushed_activities_fill_to_the_last_place_and_everybody_else_stands_in_line(
    town: Town, database: str
) -> None:
    people = many_residents(town, 40)
    ids = [activity(town, f"茶话会{n}", days=2 + n, capacity=ROOM, priorities=["alone"]) for n in range(12)]
    rounds = [Round(tuple(("join", one, person) for person in people)) for one in ids]
    answers = racing.run(database, folder(), rounds)
    assert_only_contention(answers, "booked", "waiting")
    assert answers["booked"] == ROOM * len(ids) and answers["waiting"] == 35 * len(ids)
    making.assert_counters_equal_the_rows()
    with engine.reading() as session:
        alone = set(session.execute(select(Resident.id).where(Resident.living == "alone")).scalars())  # type: ignore[arg-type]
    for one in ids:
        line = [who for who in signing_up.holders(town.shen, activity_id=one) if who.state == "waiting"]
        first = [who.resident_id in alone for who in line]
        assert first == sorted(first, reverse=True), "somebody who lives alone stands behind others"


def test_a_term_is_taken_and_given_back_as_a_whole(town: Town, database: str) -> None:
    people = many_residents(town, 18)
    terms = [activity(town, f"班{n}", days=3 + n, times=3, capacity=ROOM) for n in range(4)]
    rounds = []
    for term in terms:
        rounds.append(Round(tuple(("join", term, one) for one in people)))
        rounds.append(Round(tuple(("part", term, one) for one in people[:9])))
    answers = racing.run(database, folder(), rounds)
    assert_only_contention(answers, "booked", "waiting", "left", "nothing")
    making.assert_counters_equal_the_rows()
    for term in terms:
        holders = {
            one.key for one in signing_up.holders(town.shen, activity_id=term) if one.state == "booked"
        }
        assert len(holders) == ROOM, "a place stayed empty while people waited"
        for date_of in programme.sessions(town.shen, activity_id=term):
            with engine.reading() as session:
                there = session.execute(
                    select(Booking.person_key).where(Booking.slot_id == date_of.id, Booking.live == 1)  # type: ignore[call-overload]
                )
                assert set(there.scalars()) == holders
    racing.nobody_in_two_places(but="term")


def test_nobody_has_a_shift_and_a_class_at_the_same_time_however_fast(town: Town, database: str) -> None:
    people = many_residents(town, 8)
    helpers = making.many_volunteers(town, 8)
    from db.volunteers.tables import Volunteer

    with engine.writing() as session:
        for volunteer_id, resident_id in zip(helpers, people, strict=True):
            session.execute(
                update(Volunteer).where(Volunteer.id == volunteer_id).values(resident_id=resident_id)
            )  # type: ignore[arg-type]
    kind = making.kind(maximum=20)
    pairs = [(making.shift(town, kind, days=2 + n), activity(town, f"活动{n}", days=2 + n)) for n in range(8)]
    rounds = [
        Round(tuple(
            each for volunteer, person in zip(helpers, people, strict=True)
            for each in (("take", shift, volunteer), ("join", party, person))
        ))
        for shift, party in pairs
    ]  # fmt: skip
    answers = racing.run(database, folder(), rounds)
    assert_only_contention(answers, "booked", "activity.unfit")
    assert answers["booked"] == len(people) * len(pairs)
    assert access.system().role == "admin"
    racing.nobody_in_two_places()
    making.assert_counters_equal_the_rows()
