"""Whom to call before an activity, what they said, the bus, and the gifts of a birthday party."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, update

from db import access, clock, engine
from db.activities import attending, guests, never, people, programme, signing_up
from db.activities.tables import Attendance, Guest
from db.audit import AuditEntry
from db.errors import Refused
from db.people.tables import Contact
from db.work import unit
from tests.activities.making import activity, many_residents, resident
from tests.conftest import Town


def going(town: Town, trip: int, name: str, **values: object) -> str:
    person = resident(town, name, **values)
    signing_up.sign_up(town.shen, activity_id=trip, resident_id=person)
    return f"r{person}"


def test_the_list_says_whom_to_call_and_what_they_said(town: Town) -> None:
    trip = activity(town, "秋游", kind="outing", seats=5, companion=True)
    zhang = going(town, trip, "张桂梅")
    lin = resident(town, "林秀英")
    never.invite(town.shen, activity_id=trip, resident_ids=[lin], via={lin: "张桂梅"})
    with engine.writing() as session:
        session.add(
            Contact(
                resident_id=int(zhang[1:]), name="小梅", relation="女儿", phone="13900000001", emergency=True
            )
        )
    found = guests.call_list(town.shen, activity_id=trip)
    assert [(one.name, one.state, one.via) for one in found.lines] == [
        ("张桂梅", "booked", ""), ("林秀英", "invited", "张桂梅"),
    ]  # fmt: skip
    assert found.to_call == 2 and "女儿 小梅" in found.lines[0].contact
    assert "13851740001" not in found.lines[0].phone
    guests.note(
        town.shen, activity_id=trip, key=zhang,
        values={"coming": "yes", "companion": "老伴", "bus": True, "consent": True},
    )  # fmt: skip
    guests.note(town.shen, activity_id=trip, key=f"r{lin}", values={"coming": "unreached"})
    found = guests.call_list(town.shen, activity_id=trip)
    (first, second) = found.lines
    assert (first.coming, first.called_by, first.companion, first.bus) == (
        "yes",
        town.shen.name,
        "老伴",
        True,
    )
    assert (second.coming, found.to_call, found.comes, found.seats_taken) == ("unreached", 1, 1, 2)


def test_the_bus_has_so_many_seats_and_companions_need_one(town: Town) -> None:
    trip = activity(town, "秋游", kind="outing", seats=3, companion=True)
    keys = [going(town, trip, name) for name in ("张桂梅", "林秀英", "周国强")]
    guests.note(town.shen, activity_id=trip, key=keys[0], values={"bus": True, "companion": "老伴"})
    guests.note(town.shen, activity_id=trip, key=keys[1], values={"bus": True})
    for values in ({"bus": True},):
        with pytest.raises(Refused, match="activity.bus_full"):
            guests.note(town.shen, activity_id=trip, key=keys[2], values=values)
    with pytest.raises(Refused, match="activity.bus_full"):
        guests.note(town.shen, activity_id=trip, key=keys[1], values={"companion": "女儿"})
    guests.note(town.shen, activity_id=trip, key=keys[0], values={"coming": "no"})
    guests.note(town.shen, activity_id=trip, key=keys[2], values={"bus": True})
    assert guests.call_list(town.shen, activity_id=trip).seats_taken == 2


def test_who_may_not_bring_anybody_and_what_is_no_answer(town: Town) -> None:
    tea = activity(town)
    key = going(town, tea, "张桂梅")
    with pytest.raises(Refused, match="activity.no_companion"):
        guests.note(town.shen, activity_id=tea, key=key, values={"companion": "老伴"})
    with pytest.raises(Refused, match="form.invalid"):
        guests.note(town.shen, activity_id=tea, key=key, values={"coming": "perhaps"})
    with pytest.raises(Refused, match="record.not_found"):
        guests.note(town.shen, activity_id=tea, key=f"r{resident(town, '旁人')}", values={"coming": "yes"})
    for viewer in (town.qiu, town.vera, town.lei):
        with pytest.raises(Refused, match=r"record.not_found|access.denied"):
            guests.call_list(viewer, activity_id=tea)


def test_each_gets_one_gift_and_it_can_be_taken_back(town: Town) -> None:
    party = activity(town, "集体生日会", kind="birthday")
    keys = [going(town, party, name) for name in ("张桂梅", "林秀英")]
    assert guests.give(town.shen, activity_id=party, keys=keys) == 2
    assert guests.give(town.shen, activity_id=party, keys=keys) == 0
    assert all(one.gift_at for one in guests.call_list(town.shen, activity_id=party).lines)
    assert guests.give(town.shen, activity_id=party, keys=keys[:1], given=False) == 1
    assert sum(one.gift_at is None for one in guests.call_list(town.shen, activity_id=party).lines) == 1


def test_who_agrees_to_pictures_is_noted_and_nobody_else_does(town: Town) -> None:
    trip = activity(town, "秋游", kind="outing", pictures=True)
    zhang, _lin = going(town, trip, "张桂梅"), going(town, trip, "林秀英")
    found = guests.call_list(town.shen, activity_id=trip)
    assert found.pictures and not any(one.pictures for one in found.lines)
    guests.note(town.shen, activity_id=trip, key=zhang, values={"pictures": True})
    agree = {one.name: one.pictures for one in guests.call_list(town.shen, activity_id=trip).lines}
    assert agree == {"张桂梅": True, "林秀英": False}
    grid = attending.grid(town.shen, activity_id=trip)
    assert grid.pictures and {one.name: one.pictures for one in grid.lines} == agree
    guests.note(town.shen, activity_id=trip, key=zhang, values={"pictures": False})
    assert not any(one.pictures for one in attending.grid(town.shen, activity_id=trip).lines)
    assert not attending.grid(town.shen, activity_id=activity(town, "茶话会")).pictures


def trail() -> list[dict[str, Any]]:
    """What changed, as the audit trail has it, the latest first."""
    with engine.reading() as session:
        rows = session.execute(select(AuditEntry.changes).order_by(AuditEntry.id.desc()).limit(20))  # type: ignore[union-attr, call-overload]
        return list(rows.scalars())


def test_the_trail_says_what_was_before(town: Town) -> None:
    trip = activity(town, "秋游", kind="outing", seats=5)
    zhang = going(town, trip, "张桂梅")
    guests.note(
        town.shen, activity_id=trip, key=zhang, values={"coming": "yes", "bus": True, "note": "走得慢"}
    )
    assert trail()[0] == {"coming": ["", "yes"], "bus": [False, True], "note": ["", "走得慢"]}
    guests.note(town.shen, activity_id=trip, key=zhang, values={"coming": "no", "note": "走得慢"})
    assert trail()[0] == {"coming": ["yes", "no"], "bus": [True, False]}


def test_the_trail_names_everybody_who_got_a_gift(town: Town) -> None:
    party = activity(town, "集体生日会", kind="birthday", capacity=80)
    people = [*many_residents(town, 60), resident(town, "张桂梅"), resident(town, "张桂梅")]
    for one in people:
        signing_up.sign_up(town.shen, activity_id=party, resident_id=one)
    assert guests.give(town.shen, activity_id=party, keys=[f"r{one}" for one in people]) == 62
    parts = [one["gift"][1] for one in trail() if "gift" in one]
    named = "、".join(reversed(parts)).split("、")
    assert len(parts) > 1 and max(map(len, parts)) < 120
    assert set(named) == {
        *(f"居民{number}" for number in range(60)), f"张桂梅 (r{people[-2]})", f"张桂梅 (r{people[-1]})",
    }  # fmt: skip
    guests.give(town.shen, activity_id=party, keys=[f"r{people[0]}"], given=False)
    assert trail()[0] == {"gift": ["居民0", None]}


@pytest.mark.parametrize("table", [Guest, Attendance])
def test_what_was_withdrawn_makes_nobody_a_guest(town: Town, table: Any) -> None:
    party = activity(town, "集体生日会", kind="birthday", days=0, start="20:00")
    (date_of,) = programme.sessions(town.shen, activity_id=party)
    zhang = resident(town, "张桂梅")
    if table is Guest:
        never.invite(town.shen, activity_id=party, resident_ids=[zhang])
    else:
        attending.walk_in(town.shen, slot_id=date_of.id, resident_id=zhang)
    guests.note(town.shen, activity_id=party, key=f"r{zhang}", values={"consent": True})
    with engine.writing() as session:
        session.execute(update(Guest).values(withdrawn_at=clock.now()))
        session.execute(update(table).values(withdrawn_at=clock.now()))
    with pytest.raises(Refused, match="record.not_found"):
        guests.note(town.shen, activity_id=party, key=f"r{zhang}", values={"coming": "yes"})
    with pytest.raises(Refused, match="record.not_found"):
        guests.give(town.shen, activity_id=party, keys=[f"r{zhang}"])
    never.invite(town.shen, activity_id=party, resident_ids=[zhang])
    (line,) = guests.call_list(town.shen, activity_id=party).lines
    assert (line.state, line.consent) == ("invited", False)  # what was noted before is not back


def test_two_who_note_the_same_person_at_one_moment_write_one_line(town: Town) -> None:
    for number in range(6):
        trip = activity(town, f"出游{number}", kind="outing", days=5 + number, consent=True)
        person = resident(town, f"林{number}")
        start = Barrier(4)

        def note(_each: int, trip: int = trip, person: int = person, start: Barrier = start) -> None:
            start.wait()
            with unit(access.system(), "activity.edit", write=True) as work:
                known = people.by_key(work, f"r{person}")
                assert known is not None
                guests.put(work, trip, known, {"coming": "unreached"})
                work.log("activity", trip, "")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(note, range(4)))
        with engine.reading() as session:
            found = session.execute(select(Guest.coming).where(Guest.activity_id == trip)).scalars().all()  # type: ignore[call-overload]
        assert found == ["unreached"]
