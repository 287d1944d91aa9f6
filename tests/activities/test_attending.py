"""Attendance: who came, walk-ins, and who stayed away twice without a word."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from db import clock, engine
from db.activities import attending, programme, signing_up
from db.activities.tables import Taken
from db.care.tables import Call
from db.errors import Refused
from tests.activities.making import activity, resident
from tests.conftest import Town
from tests.volunteers import making


def seen(resident_id: int) -> Taken | None:
    with engine.reading() as session:
        found = session.get(Taken, resident_id)
        if found is not None:
            session.expunge(found)
        return found


def test_marks_fill_the_grid_and_can_be_taken_back(town: Town) -> None:
    guest = resident(town, "张桂梅")
    tea = activity(town, days=0, start="11:30")
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=guest)
    (date_of,) = programme.sessions(town.shen, activity_id=tea)
    assert attending.grid(town.shen, activity_id=tea).lines[0].marks == ("",)
    attending.mark(town.shen, slot_id=date_of.id, marks={f"r{guest}": "came"})
    assert attending.grid(town.shen, activity_id=tea).lines[0].marks == ("came",)
    assert seen(guest).times == 1  # type: ignore[union-attr]
    attending.mark(town.shen, slot_id=date_of.id, marks={f"r{guest}": ""})
    assert attending.grid(town.shen, activity_id=tea).lines[0].marks == ("",)
    assert seen(guest) is None


def test_a_walk_in_needs_neither_place_nor_account(town: Town) -> None:
    guest = resident(town, "张桂梅")
    tea = activity(town, days=0, start="08:00")
    (date_of,) = programme.sessions(town.shen, activity_id=tea)
    assert attending.walk_in(town.shen, slot_id=date_of.id, resident_id=guest) == "张桂梅"
    (line,) = attending.grid(town.shen, activity_id=tea).lines
    assert (line.name, line.came) == ("张桂梅", 1)


def test_nothing_is_noted_before_the_day(town: Town) -> None:
    tea = activity(town, days=3)
    (date_of,) = programme.sessions(town.shen, activity_id=tea)
    with pytest.raises(Refused, match="activity.not_yet"):
        attending.walk_in(town.shen, slot_id=date_of.id, resident_id=resident(town, "张桂梅"))


def test_others_see_no_attendance(town: Town) -> None:
    tea = activity(town, days=0, start="08:00")
    for viewer in (town.qiu, town.lei, town.vera):
        with pytest.raises(Refused, match=r"record.not_found|access.denied"):
            attending.grid(viewer, activity_id=tea)


def test_staying_away_twice_from_a_class_makes_a_due_contact_once(town: Town) -> None:
    guest = resident(town, "张桂梅", in_care=True)
    term = activity(town, "太极班", days=0, start="08:00", times=4)
    signing_up.sign_up(town.shen, activity_id=term, resident_id=guest)
    making.nobody_is_signed_out()
    told = []
    for date_of in programme.sessions(town.shen, activity_id=term):
        with clock.at(date_of.ends_at + timedelta(minutes=5)):
            told.append(attending.mark(town.shen, slot_id=date_of.id, marks={f"r{guest}": "missed"}))
    assert told == [[], ["张桂梅"], [], []]
    with engine.reading() as session:
        causes = session.execute(select(Call.cause).where(Call.resident_id == guest)).scalars().all()  # type: ignore[call-overload]
    assert causes == ["stayed_away"]


def test_an_excuse_between_counts_as_a_word(town: Town) -> None:
    guest = resident(town, "张桂梅", in_care=True)
    term = activity(town, "太极班", days=0, start="08:00", times=3)
    signing_up.sign_up(town.shen, activity_id=term, resident_id=guest)
    making.nobody_is_signed_out()
    for date_of, mark in zip(
        programme.sessions(town.shen, activity_id=term), ("missed", "excused", "missed"), strict=True
    ):
        with clock.at(date_of.ends_at + timedelta(minutes=5)):
            assert attending.mark(town.shen, slot_id=date_of.id, marks={f"r{guest}": mark}) == []


def test_whoever_lives_elsewhere_is_marked_only_where_they_were_signed_up(town: Town) -> None:
    neighbour, far = resident(town, "张桂梅"), resident(town, "陶霞霞", building=town.building_3)
    tea = activity(town, days=0, start="11:30")
    (date_of,) = programme.sessions(town.shen, activity_id=tea)
    for key in (f"r{far}", "z1", f"r{'9' * 30}"):
        with pytest.raises(Refused, match="record.not_found"):
            attending.mark(town.shen, slot_id=date_of.id, marks={f"r{neighbour}": "came", key: "came"})
    assert attending.grid(town.shen, activity_id=tea).lines == () and seen(far) is None
    signing_up.sign_up(town.anna, activity_id=tea, resident_id=far)
    attending.mark(town.shen, slot_id=date_of.id, marks={f"r{far}": "came", f"r{neighbour}": "came"})
    assert seen(far).times == seen(neighbour).times == 1  # type: ignore[union-attr]
