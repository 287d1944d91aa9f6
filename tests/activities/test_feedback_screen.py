"""How it was, on the screen: one tap on a face is kept, a second adds a word; staff enters what others said."""

from datetime import datetime, time

import pytest

from db import clock
from db.access import Viewer
from db.activities import attending, feedback, programme, signing_up
from tests.activities.making import activity
from tests.activities.test_activities_screen import press
from tests.activities.test_feedback import tea_with
from tests.conftest import Town
from tests.screens import Screens, buttons, text_of
from tests.volunteers import making


@pytest.fixture
def came(town: Town) -> tuple[int, int, Viewer]:
    """(activity, slot, viewer): a volunteer who was there a moment ago."""
    making.nobody_is_signed_out()
    _helper, viewer = making.volunteer(town, "高云")
    with clock.at(datetime.combine(clock.today(), time(6), clock.PLACE)):
        tea = activity(town, days=0, start="07:00", minutes=30)
        signing_up.sign_up(viewer, activity_id=tea)
        (holder,) = signing_up.holders(town.shen, activity_id=tea)
    (date_of,) = programme.sessions(town.shen, activity_id=tea)
    attending.mark(town.shen, slot_id=date_of.id, marks={holder.key: "came"})
    return tea, date_of.id, viewer


def test_one_tap_is_kept_and_a_second_adds_a_word(
    open_app: Screens, town: Town, came: tuple[int, int, Viewer]
) -> None:
    tea, slot, viewer = came
    app = open_app(viewer, "activities")
    assert "How was “重阳茶话会”?" in text_of(app)
    press(app, f"face_{slot}_3")
    assert "Thank you!" in text_of(app)
    assert feedback.told(town.shen, activity_id=tea).liked == 1
    app.text_input(key=f"feedback_word_{slot}").set_value("茶很好")
    press(app, "feedback_send")
    assert feedback.told(town.shen, activity_id=tea).words == ((3, "茶很好"),)
    assert "How was" not in text_of(app) and "feedback_send" not in buttons(app)


def test_the_start_page_asks_with_one_card_and_has_the_places(
    open_app: Screens, town: Town, came: tuple[int, int, Viewer]
) -> None:
    tea, slot, viewer = came
    coming = activity(town, "登山", days=4)
    signing_up.sign_up(viewer, activity_id=coming)
    app = open_app(viewer, "")
    assert text_of(app).count("How was") == 1
    assert "My activities" in text_of(app) and "登山" in text_of(app)
    press(app, "feedback_later")
    assert "How was" not in text_of(app)
    assert not feedback.told(town.shen, activity_id=tea).answered
    app = open_app(viewer, "")
    press(app, f"face_{slot}_1")
    press(app, "feedback_done")
    assert feedback.told(town.shen, activity_id=tea).disliked == 1


def test_whoever_said_so_may_say_otherwise(
    open_app: Screens, town: Town, came: tuple[int, int, Viewer]
) -> None:
    tea, slot, viewer = came
    feedback.say(viewer, slot_id=slot, rating=1, note="太吵")
    app = open_app(viewer, "activities", id=tea)
    assert "太吵" in text_of(app)
    press(app, f"face_{slot}_2")
    said = feedback.told(town.shen, activity_id=tea)
    assert (said.all_right, said.disliked) == (1, 0)


def test_staff_enters_slips_and_what_people_told(open_app: Screens, town: Town) -> None:
    tea, slot, keys = tea_with(town, "张桂梅", "李建国")
    app = open_app(town.shen, "activities", id=tea, part="said")
    assert "Nobody has said anything yet" in text_of(app)
    app.text_input(key=f"said_{slot}_note").set_value("听不清")
    press(app, f"face_{slot}_2")
    assert app.text_input(key=f"said_{slot}_note").value == ""
    app.selectbox(key=f"said_{slot}_who").set_value(keys[0]).run()
    press(app, f"face_{slot}_3")
    assert app.selectbox(key=f"said_{slot}_who").value == keys[1]  # the next who has not said anything
    said = feedback.told(town.shen, activity_id=tea)
    assert (said.liked, said.all_right, said.words) == (1, 1, ((2, "听不清"),))
    assert "2 of 2 who came said something" in text_of(app) and "听不清" in text_of(app)
    assert "1 of the 2 people" in text_of(app)


def test_a_slip_typed_twice_is_taken_back_with_one_tap(open_app: Screens, town: Town) -> None:
    tea, slot, _keys = tea_with(town, "张桂梅")
    app = open_app(town.shen, "activities", id=tea, part="said")
    for _twice in range(2):
        press(app, f"face_{slot}_1")
    assert "without a name" in text_of(app)
    first, *_more = [key for key in sorted(buttons(app)) if key.startswith("said_back_")]
    press(app, first)
    assert feedback.told(town.shen, activity_id=tea).disliked == 1
    assert "Taken back" in text_of(app)


def test_others_are_told_in_steps(open_app: Screens, town: Town) -> None:
    tea, slot, keys = tea_with(town, *"甲乙丙丁戊己")
    for key in keys[:5]:
        feedback.enter(town.shen, slot_id=slot, rating=3, key=key)
    feedback.enter(town.shen, slot_id=slot, rating=1, key=keys[5])
    said = text_of(open_app(town.lei, "activities", id=tea, part="said"))
    assert "5 of 6 who came" in said and "when 5 more people have said something" in said
    said = text_of(open_app(town.shen, "activities", id=tea, part="said"))
    assert "6 of 6 who came" in said and "5 more people" not in said


def test_others_are_told_that_few_said_anything(open_app: Screens, town: Town) -> None:
    tea, slot, keys = tea_with(town, "张桂梅")
    feedback.enter(town.shen, slot_id=slot, rating=1, note="太吵", key=keys[0])
    app = open_app(town.lei, "activities", id=tea, part="said")
    assert "Hardly anybody" in text_of(app) and "太吵" not in text_of(app)
    assert not any(key.startswith("face_") for key in buttons(app))
