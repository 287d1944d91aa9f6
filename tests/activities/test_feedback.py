"""Two taps after an activity: by oneself or told to staff, with how many answered of how many came."""

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from db import clock, engine
from db.activities import attending, feedback, programme, signing_up
from db.audit import AuditEntry
from db.errors import Refused
from db.system import community
from tests.activities.making import activity, resident
from tests.conftest import Town
from tests.volunteers import making


def tea_with(town: Town, *names: str) -> tuple[int, int, list[str]]:
    tea = activity(town, days=0, start="08:00")
    (date_of,) = programme.sessions(town.shen, activity_id=tea)
    people = [resident(town, name) for name in names]
    for one in people:
        attending.walk_in(town.shen, slot_id=date_of.id, resident_id=one)
    return tea, date_of.id, [f"r{one}" for one in people]


def test_staff_notes_what_guests_said(town: Town) -> None:
    tea, slot, keys = tea_with(town, "甲", "乙", "丙")
    feedback.enter(town.shen, slot_id=slot, rating=3, note="很热闹", key=keys[0])
    feedback.enter(town.shen, slot_id=slot, rating=1, key=keys[1])
    feedback.enter(town.shen, slot_id=slot, rating=2, note="听不清")
    said = feedback.told(town.shen, activity_id=tea)
    assert (said.liked, said.all_right, said.disliked, said.answered, said.came) == (1, 1, 1, 3, 3)
    assert said.words == ((2, "听不清"), (3, "很热闹"))
    feedback.enter(town.shen, slot_id=slot, rating=3, key=keys[1])
    said = feedback.told(town.shen, activity_id=tea)
    assert (said.liked, said.disliked, said.answered) == (2, 0, 3)


def test_others_hear_nothing_of_a_few_and_never_the_words(town: Town) -> None:
    tea, slot, keys = tea_with(town, *"甲乙丙丁戊")
    for key in keys[:4]:
        feedback.enter(town.shen, slot_id=slot, rating=3, note="好", key=key)
    assert feedback.told(town.lei, activity_id=tea).hidden
    feedback.enter(town.shen, slot_id=slot, rating=3, key=keys[4])
    said = feedback.told(town.lei, activity_id=tea)
    assert (said.hidden, said.answered, said.came, said.words) == (False, 5, 5, ())
    with pytest.raises(Refused, match="record.not_found"):
        feedback.enter(town.qiu, slot_id=slot, rating=3)


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time goes on with each look at the clock."""
    moments = count()
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(milliseconds=next(moments)))


def faces(town: Town, tea: int) -> tuple[int, int, int, bool]:
    """As a leader reads them."""
    said = feedback.told(town.lei, activity_id=tea)
    return said.liked, said.all_right, said.disliked, said.hidden


def test_others_are_told_in_steps_so_that_no_answer_can_be_told_apart(town: Town, passing: None) -> None:
    tea, slot, keys = tea_with(town, *"甲乙丙丁戊己庚辛壬癸")
    for key in keys[:5]:
        feedback.enter(town.shen, slot_id=slot, rating=3, key=key)
    assert faces(town, tea) == (5, 0, 0, False)
    feedback.enter(town.shen, slot_id=slot, rating=1, key=keys[5])
    for _again in range(6):  # one who changes their mind is one
        feedback.enter(town.shen, slot_id=slot, rating=1, key=keys[0])
    for key in keys[6:8]:
        feedback.enter(town.shen, slot_id=slot, rating=2, key=key)
    assert faces(town, tea) == (5, 0, 0, False)
    assert feedback.told(town.shen, activity_id=tea).disliked == 2
    feedback.enter(town.shen, slot_id=slot, rating=2, key=keys[8])
    assert faces(town, tea) == (4, 3, 2, False)
    community.change_setting(town.anna, name="small_count", value=10)
    assert faces(town, tea) == (0, 0, 0, True)
    community.change_setting(town.anna, name="small_count", value=1)
    feedback.enter(town.shen, slot_id=slot, rating=3, key=keys[9])
    assert faces(town, tea) == (5, 3, 2, False)


def test_a_slip_that_one_entered_can_be_taken_back(town: Town) -> None:
    tea, slot, keys = tea_with(town, *"甲乙")
    for note in ("一", "二"):
        feedback.enter(town.shen, slot_id=slot, rating=1, note=note)
    feedback.enter(town.shen, slot_id=slot, rating=3, key=keys[0])
    mine = feedback.entered(town.shen, slot_id=slot)
    assert [(one.name, one.note) for one in mine] == [("甲", ""), ("", "二"), ("", "一")]
    assert feedback.entered(town.anna, slot_id=slot) == []
    for viewer in (town.anna, town.qiu, town.lei):
        with pytest.raises(Refused, match=r"record.not_found|access.denied"):
            feedback.take_back(viewer, feedback_id=mine[1].id)
    feedback.take_back(town.shen, feedback_id=mine[1].id)
    feedback.take_back(town.shen, feedback_id=mine[0].id)
    with pytest.raises(Refused, match="record.not_found"):
        feedback.take_back(town.shen, feedback_id=mine[0].id)
    said = feedback.told(town.shen, activity_id=tea)
    assert (said.answered, said.words) == (1, ((1, "一"),))
    with engine.reading() as session:
        last = session.execute(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).scalar_one()  # type: ignore[union-attr]
        assert (last.changes, last.actor) == ({"feedback": [3, None]}, town.shen.name)
    feedback.enter(town.shen, slot_id=slot, rating=2, key=keys[0])
    assert {one.key: one.rating for one in feedback.of_date(town.shen, slot_id=slot)} == {
        keys[0]: 2,
        keys[1]: None,
    }


def test_what_is_entered_and_taken_back_is_no_step(town: Town, passing: None) -> None:
    tea, slot, keys = tea_with(town, *"甲乙丙丁戊己")
    for key in keys[:5]:
        feedback.enter(town.shen, slot_id=slot, rating=3, key=key)
    for _number in range(4):
        feedback.enter(town.shen, slot_id=slot, rating=2)
        feedback.take_back(town.shen, feedback_id=feedback.entered(town.shen, slot_id=slot)[0].id)
    feedback.enter(town.shen, slot_id=slot, rating=1, key=keys[5])
    assert faces(town, tea) == (5, 0, 0, False)


def test_one_says_it_oneself_only_of_what_one_took_part_in(town: Town) -> None:
    _helper, viewer = making.volunteer(town, "高云")
    tea = activity(town, days=0, start="18:00")
    signing_up.sign_up(viewer, activity_id=tea)
    (date_of,) = programme.sessions(town.shen, activity_id=tea)
    with pytest.raises(Refused, match="activity.not_yet"):
        feedback.say(viewer, slot_id=date_of.id, rating=3)
    making.nobody_is_signed_out()
    with clock.at(date_of.ends_at):
        (key,) = [one.key for one in signing_up.holders(town.shen, activity_id=tea)]
        attending.mark(town.shen, slot_id=date_of.id, marks={key: "came"})
        assert feedback.to_say(viewer) == [(date_of.id, "重阳茶话会")]
        feedback.say(viewer, slot_id=date_of.id, rating=2, note="还行")
        assert feedback.to_say(viewer) == []
        with pytest.raises(Refused, match="form.invalid"):
            feedback.say(viewer, slot_id=date_of.id, rating=5)
        _other, stranger = making.volunteer(town, "林风")
        with pytest.raises(Refused, match="record.not_found"):
            feedback.say(stranger, slot_id=date_of.id, rating=3)
        assert feedback.told(town.shen, activity_id=tea).all_right == 1
