"""Rushed places: never over-booked, nobody in two places, nothing lost, no error for mere contention."""

import os

import pytest
from sqlalchemy import func, select

from db import engine
from db.slots import Booking
from tests.conftest import Town
from tests.volunteers import making, racing
from tests.volunteers.racing import EXPECTED, Round

ROUNDS = 30
ROOM = 5


def shift_per_round(town: Town, rounds: int, **values: object) -> list[int]:
    kind = making.kind(minimum=1, maximum=ROOM, **values)
    return [making.shift(town, kind, days=2 + number) for number in range(rounds)]


def folder() -> str:
    return os.environ["LINLI_DATA_DIR"]


def assert_only_contention(answers: dict[str, int], *done: str) -> None:
    wrong = {
        answer: count for answer, count in answers.items() if answer not in EXPECTED and answer not in done
    }
    assert not wrong


@pytest.mark.parametrize("crowd", [20, 200])
def test_five_places_are_taken_by_five(town: Town, database: str, crowd: int) -> None:
    people = making.many_volunteers(town, crowd)
    slots = shift_per_round(town, ROUNDS)
    answers = racing.run(
        database, folder(), [Round(tuple(("take", slot, one) for one in people)) for slot in slots]
    )
    assert_only_contention(answers, "booked")
    assert answers["booked"] == ROUNDS * ROOM
    assert [making.slot(slot).taken for slot in slots] == [ROOM] * ROUNDS
    making.assert_counters_equal_the_rows()


def test_nobody_is_in_two_places_however_fast_they_tap(town: Town, database: str) -> None:
    people = making.many_volunteers(town, 12)
    kind = making.kind(minimum=1, maximum=30)
    pairs = [
        (making.shift(town, kind, days=2 + n), making.shift(town, kind, days=2 + n, start="10:00"))
        for n in range(10)
    ]
    rounds = [Round(tuple(("take", slot, one) for one in people for slot in pair)) for pair in pairs]
    answers = racing.run(database, folder(), rounds)
    assert_only_contention(answers, "booked")
    assert answers["booked"] == answers["shift.unfit"] == len(people) * len(pairs)
    racing.nobody_in_two_places()
    making.assert_counters_equal_the_rows()


def test_leaving_moving_up_and_handing_over_at_the_same_time_lose_nothing(town: Town, database: str) -> None:
    people = making.many_volunteers(town, 24)
    slots = shift_per_round(town, 6)
    rounds = []
    for slot in slots:
        rounds.append(Round(tuple(("wait", slot, one) for one in people[:16])))
        mixed = [("leave", slot, one) for one in people[:5]] + [("give", slot, one) for one in people[5:12]]
        mixed += [("over", slot, one) for one in people[16:]] + [("wait", slot, one) for one in people[12:16]]
        rounds.append(Round(tuple(mixed)))
        rounds.append(Round(tuple(("over", slot, one) for one in people[16:])))
    answers = racing.run(database, folder(), rounds)
    assert_only_contention(answers, "booked", "waiting", "left", "given", "taken over", "nothing")
    assert answers["left"] and answers["given"] and answers["taken over"]
    assert not answers["place.full"], "who would also wait was sent away"
    for slot in map(making.slot, slots):
        assert slot.taken == ROOM, "a place stayed empty while people waited"
    racing.nobody_in_two_places()
    making.assert_counters_equal_the_rows()


def test_counting_first_and_adding_then_over_books(town: Town, database: str) -> None:
    """The negative control: if this did not over-book, the tests above would prove nothing."""
    people = making.many_volunteers(town, 20)
    slots = shift_per_round(town, 8)
    racing.run(
        database,
        folder(),
        [Round(tuple(("take", slot, one) for one in people)) for slot in slots],
        careless=True,
    )
    with engine.reading() as session:
        most = session.execute(
            select(func.count())
            .select_from(Booking)
            .group_by(Booking.slot_id)
            .order_by(func.count().desc())
            .limit(1)  # type: ignore[arg-type]
        ).scalar_one()
    assert most > ROOM
