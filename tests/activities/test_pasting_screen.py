"""A list that is pasted for an activity, as staff meet it: who is meant, who is left over, and what is wrong with it."""

from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from components.volunteers import words as times
from db import clock
from db.activities import activities, programme, signing_up
from tests.activities.making import activity
from tests.activities.test_activities_screen import person, states
from tests.conftest import Town
from tests.screens import Screens, text_of
from tests.volunteers.making import nobody_is_signed_out


@pytest.fixture(autouse=True)
def signed_in(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody_is_signed_out()
    monkeypatch.setattr(times, "language", lambda: "en")  # of what is chosen by its words


def pasted(app: AppTest, activity_id: int, text: str) -> AppTest:
    return app.text_area(key=f"paste_{activity_id}_text").set_value(text).run()


def notes(app: AppTest) -> str:
    """What is said in a box, as one reads it."""
    boxes = [*app.success, *app.warning, *app.info, *app.error]
    return "\n".join(str(one.value) for one in boxes).replace("\\", "")


def test_doubtful_ones_are_chosen_and_unknown_ones_found_by_another_name(
    open_app: Screens, town: Town
) -> None:
    person(town, "张桂梅", address="1-1-102")
    for address, born in (("1-1-201", date(1950, 3, 1)), ("1-1-202", date(1960, 3, 1))):
        other = person(town, "王芳", address=address, born=born)
    lan = person(town, "林玉兰", address="1-1-301")
    tea = activity(town, capacity=2)
    app = open_app(town.shen, "activities", id=tea)
    app.button(key="sign_paste").click().run()
    pasted(app, tea, "#接龙\n1. 张桂梅 带水\n2. 王芳 +1\n3. 阿兰\n4. 张桂梅\n5. 没有这人")
    assert app.button(key="paste_apply").label == "Sign 1 person up"
    assert [one.replace("\\", "").split(" · ")[1:] for one in app.radio(key=f"paste_{tea}_who_王芳_0").options[:2]] == [
        ["1-1-201", "76 years old"], ["1-1-202", "66 years old"],
    ]  # fmt: skip
    app.radio(key=f"paste_{tea}_who_王芳_0").set_value(other).run()
    app.session_state[f"paste_{tea}_who_阿兰_0_finding"] = True  # unfolded
    app.run()
    app.text_input(key=f"paste_{tea}_who_阿兰_0_find").set_value("林玉兰").run()
    app.button(key=f"paste_{tea}_who_阿兰_0_take_{lan}").click().run()
    assert "林玉兰" in text_of(app) and "will stand in line" in text_of(app)
    # a line that comes in above takes nobody's choice away
    pasted(app, tea, "#接龙\n0. 李无名\n1. 张桂梅 带水\n2. 王芳 +1\n3. 阿兰\n4. 张桂梅\n5. 没有这人")
    app.button(key="paste_apply").click().run()
    assert not app.exception
    assert states(tea) == {"张桂梅": "booked", "王芳": "booked", "林玉兰": "waiting"}
    assert "2 people have a place now. 1 stands in line." in notes(app)
    left = notes(app)
    assert "没有这人: no such resident" in left and "王芳: 1 more without a name" in left
    assert not app.text_area  # back at who comes
    assert "带水" in text_of(app)
    assert "带水" in text_of(open_app(town.shen, "activities", id=tea, part="guests"))


def test_what_is_wrong_with_a_list_is_said_and_it_stays(open_app: Screens, town: Town) -> None:
    for name in ("张桂梅", "林秀英"):
        person(town, name)
    tea = activity(town)
    app = open_app(town.shen, "activities", id=tea, part="paste")
    app.button(key="paste_look").click().run()
    assert "The list is still empty" in notes(app)
    app.file_uploader(key=f"paste_{tea}_file").set_value(
        ("list.xlsx", b"%PDF-1.7 no table", "application/pdf")
    ).run()
    assert "not a table" in notes(app)
    pasted(app, tea, "###\n😀")
    assert "One line for each person" in notes(app)
    many = "\n".join(f"{number}. 王芳" for number in range(1, 302))
    pasted(app, tea, many)
    assert "more than 300 people" in notes(app)
    assert app.text_area(key=f"paste_{tea}_text").value == many
    pasted(app, tea, "没有这人")
    assert "Nobody can be signed up yet" in notes(app)
    pasted(app, tea, "张桂梅\n林秀英").button(key="paste_apply").click().run()
    assert "张桂梅" in text_of(app) and not app.exception
    app = open_app(town.shen, "activities", id=tea, part="paste")
    pasted(app, tea, "张桂梅\n林秀英\n张桂梅")
    assert "Everybody on this list has or wants a place already" in notes(app)
    assert "paste_apply" not in {one.key for one in app.button}


def test_an_activity_that_is_called_off_meanwhile(open_app: Screens, town: Town) -> None:
    person(town, "张桂梅")
    tea = activity(town)
    app = open_app(town.shen, "activities", id=tea, part="paste")
    pasted(app, tea, "张桂梅")
    activities.cancel(town.shen, activity_id=tea, why="下大雪")
    app.button(key="paste_apply").click().run()
    assert not app.exception
    assert "This was called off." in notes(app) and "下大雪" in notes(app)
    assert states(tea) == {}


def test_a_place_in_the_date_that_is_chosen(open_app: Screens, town: Town) -> None:
    person(town, "张桂梅")
    dance = activity(town, "广场舞", times=3, whole_term=False)
    second = programme.sessions(town.shen, activity_id=dance)[1].id
    app = open_app(town.shen, "activities", id=dance)
    app.selectbox(key=f"people_date_{dance}").select(second).run()
    app.button(key="sign_paste").click().run()
    pasted(app, dance, "张桂梅").button(key="paste_apply").click().run()
    assert not app.exception
    assert [one.name for one in signing_up.holders(town.shen, activity_id=dance, slot_id=second)] == [
        "张桂梅"
    ]


def test_lots_are_not_called_places(open_app: Screens, town: Town) -> None:
    person(town, "张桂梅")
    outing = activity(town, "秋游", mode="lottery", closes_at=clock.now() + timedelta(days=1))
    app = open_app(town.shen, "activities", id=outing, part="paste")
    pasted(app, outing, "张桂梅").button(key="paste_apply").click().run()
    assert "1 person takes part in the draw." in notes(app)


def test_who_only_signs_up_oneself_pastes_no_list(open_app: Screens, town: Town) -> None:
    tea = activity(town)
    app = open_app(town.lei, "activities", id=tea, part="paste")
    assert not app.text_area and "sign_paste" not in {one.key for one in app.button}
