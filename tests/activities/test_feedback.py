"""Two taps after an activity: by oneself or told to staff, with how many answered of how many came."""

import pytest

from db.activities import attending, feedback, programme, signing_up
from db.errors import Refused
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


def test_one_says_it_oneself_only_of_what_one_took_part_in(town: Town) -> None:
    _helper, viewer = making.volunteer(town, "高云")
    tea = activity(town, days=0, start="18:00")
    signing_up.sign_up(viewer, activity_id=tea)
    (date_of,) = programme.sessions(town.shen, activity_id=tea)
    with pytest.raises(Refused, match="activity.not_yet"):
        feedback.say(viewer, slot_id=date_of.id, rating=3)
    making.nobody_is_signed_out()
    from db import clock

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
