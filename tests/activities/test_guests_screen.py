"""Guests as staff meet them: those who never come, the list of calls, the birthday party, the code at the door."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from components.volunteers import words as times
from db import clock, engine
from db.activities import at_door, attending, guests, never, programme, signing_up
from db.activities.tables import Activity
from db.errors import Refused
from db.people.tables import Contact
from db.system import community
from tests.activities import making
from tests.activities.test_birthdays import born_now, retire
from tests.activities.test_never import at_home, seen
from tests.conftest import Town
from tests.screens import Screens, buttons, text_of
from tests.volunteers import making as volunteers
from tests.volunteers.making import nobody_is_signed_out


@pytest.fixture(autouse=True)
def signed_in(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    nobody_is_signed_out()
    monkeypatch.setattr(times, "language", lambda: "en")
    yield


def said(app: object) -> str:
    return text_of(app).replace("\\", "")  # type: ignore[arg-type]


def coming(activity_id: int, town: Town) -> dict[str, tuple[str, str]]:
    """What each said, and how the place stands."""
    found = guests.call_list(town.shen, activity_id=activity_id)
    return {one.name: (one.coming, one.state) for one in found.lines}


def test_who_never_comes_is_shown_with_the_reason_and_who_knows_them(open_app: Screens, town: Town) -> None:
    alone = at_home(town, "丙独居", 1, 103, living="alone", interests="下棋")
    seen(at_home(town, "戊常来", 1, 105), 20)
    away = at_home(town, "甲久别", 2, 101, living="alone")
    seen(away, 200)
    app = open_app(town.shen, "activities", part="never")
    text = said(app)
    assert "丙独居" in text and "Never seen at anything" in text and "Lives alone" in text
    assert "Likes: 下棋" in text and "Knows 戊常来 (neighbour, comes)" in text
    assert "甲久别" in text and "Not since" in text
    app.button_group(key="never_months_6").set_value(12).run()
    assert "甲久别" not in said(app) and f"invite_{alone}" in buttons(app)
    community.change_setting(town.anna, name="never_months", value=12)
    assert "甲久别" not in said(open_app(town.shen, "activities", part="never"))


def test_only_who_takes_attendance_sees_them(open_app: Screens, town: Town) -> None:
    at_home(town, "丙独居", 1, 103, living="alone")
    for viewer in (town.lei, town.vera, town.qiu):
        assert "丙独居" not in said(open_app(viewer, "activities", part="never"))


def test_invited_in_two_taps_and_a_yes_has_a_place(open_app: Screens, town: Town) -> None:
    alone = at_home(town, "丙独居", 1, 103, living="alone")
    seen(at_home(town, "戊常来", 1, 105), 20)
    tea = making.activity(town, "重阳茶话会", days=2)
    app = open_app(town.shen, "activities", part="never")
    app.button(key=f"invite_{alone}").click().run()
    app.button(key=f"invite_yes_{alone}").click().run()
    assert not app.exception
    assert "丙独居 says yes: has a place" in app.toast[0].value.replace("\\", "")
    assert "丙独居 says yes: has a place" in text_of(app).replace(
        "\\", ""
    )  # where the card was: a second tap meets nothing
    assert f"invite_{alone}" not in buttons(app) and f"invite_yes_{alone}" not in buttons(app)
    assert "Invited last on" not in said(app)  # signed up: to be invited no more
    app.toggle(key="never_signed").set_value(True).run()
    assert "丙独居" in said(app) and "重阳茶话会" in said(app) and "has a place" in said(app)
    assert coming(tea, town) == {"丙独居": ("yes", "booked")}
    assert guests.call_list(town.shen, activity_id=tea).lines[0].via == "戊常来"


def test_nobody_is_asked_twice_for_the_same(open_app: Screens, town: Town) -> None:
    alone = at_home(town, "丙独居", 1, 103, living="alone")
    talk, tea = (
        making.activity(town, title, days=days) for title, days in (("防诈骗讲座", 2), ("重阳茶话会", 3))
    )
    never.ask(town.shen, activity_id=talk, resident_id=alone, said="no")
    app = open_app(town.shen, "activities", part="never")
    assert "防诈骗讲座" in said(app)
    app.button(key=f"invite_{alone}").click().run()
    assert app.selectbox(key=f"invite_to_{alone}").value == tea
    assert len(app.selectbox(key=f"invite_to_{alone}").options) == 1
    app.button(key=f"invite_open_{alone}").click().run()
    app.button(key=f"invite_{alone}").click().run()
    assert "was invited to everything" in said(app) and not app.exception


def test_by_telephone_they_stand_on_the_list_of_calls(open_app: Screens, town: Town) -> None:
    alone = at_home(town, "丙独居", 1, 103, living="alone")
    tea = making.activity(town, "太极拳", days=2, times=3, whole_term=False)
    app = open_app(town.shen, "activities", part="never")
    app.button(key=f"invite_{alone}").click().run()
    app.button_group(key=f"invite_who_{alone}").set_value("phone").run()
    app.button(key=f"invite_open_{alone}").click().run()
    assert "stands on the list of calls" in said(app)
    assert coming(tea, town) == {"丙独居": ("", "invited")}
    never.ask(
        town.shen, activity_id=tea, resident_id=alone, said="yes"
    )  # each date is signed up for: the next one
    assert [one.taken for one in programme.sessions(town.shen, activity_id=tea)] == [1, 0, 0]


def test_it_says_whether_inviting_worked(open_app: Screens, town: Town) -> None:
    people = [at_home(town, name, 1, 100 + n, living="alone") for n, name in enumerate("甲乙丙")]
    tea = making.activity(town, "重阳茶话会", days=0, start="20:00")
    never.invite(town.shen, activity_id=tea, resident_ids=people)
    (date_of,) = programme.sessions(town.shen, activity_id=tea)
    attending.walk_in(town.shen, slot_id=date_of.id, resident_id=people[0])
    with clock.at(date_of.ends_at + timedelta(hours=8)):
        app = open_app(town.shen, "activities", part="never")
        assert "3 were invited" in said(app) and "**1 came**" in said(app)
        app.toggle(key="never_invited").set_value(True).run()
        assert "came for the first time" in said(app) and "did not come" in said(app)


def test_the_list_of_calls_by_tap(open_app: Screens, town: Town) -> None:
    trip = making.activity(town, "秋游", kind="outing", seats=1, companion=True, needs_consent=True)
    zhang, lin = (at_home(town, name, 1, room) for name, room in (("张桂梅", 101), ("林秀英", 102)))
    for one in (zhang, lin):
        signing_up.sign_up(town.shen, activity_id=trip, resident_id=one)
    with engine.writing() as session:
        session.add(
            Contact(resident_id=zhang, name="小梅", relation="女儿", phone="13900000001", emergency=True)
        )
    app = open_app(town.shen, "activities", id=trip, part="guests")
    assert "女儿 小梅" in said(app) and "13851740001" not in said(app)
    at = f"guest_{trip}_r{zhang}"
    app.button_group(key=f"coming_{at}").set_value("yes").run()
    app.button_group(key=f"ticks_{at}").set_value(["bus", "consent"]).run()
    assert "Called 1 of 2" in said(app) and "Coming 1" in said(app) and "Bus 1 of 1" in said(app)
    app.button_group(key=f"ticks_guest_{trip}_r{lin}").set_value(["bus"]).run()
    assert "The bus has 1 seats" in said(app)
    app.button(key=f"more_{at}").click().run()
    app.text_input(key=f"companion_{at}").set_value("老伴")
    app.text_input(key=f"note_{at}").set_value("走得慢").run()
    app.button(key=f"save_{at}").click().run()
    assert app.text_input(key=f"note_{at}").value == "走得慢"  # the bus is full: nothing typed is lost
    app.text_input(key=f"companion_{at}").set_value("").run()
    app.button(key=f"save_{at}").click().run()
    assert "走得慢" in said(app)
    app.button(key=f"call_{at}").click().run()
    assert any("13851740001" in one.url for one in app.get("link_button"))  # type: ignore[attr-defined]
    assert app.button(key=f"call_{at}").disabled  # it stays: the second of two taps meets it, not the number
    app.button_group(key=f"coming_{at}").set_value("no").run()
    app.button_group(key=f"coming_{at}").set_value(None).run()
    assert app.button_group(key=f"coming_{at}").value == "no", "a slow double tap takes nothing away"
    with clock.at(clock.now() + timedelta(seconds=9)):
        app.button_group(key=f"coming_{at}").set_value(None).run()
    assert app.button_group(key=f"coming_{at}").value is None


def test_who_is_in_no_picture_is_said_wherever_somebody_photographs(open_app: Screens, town: Town) -> None:
    trip = making.activity(
        town, "秋游", kind="outing", days=0, start="23:00", pictures=True, times=2, whole_term=False
    )
    (today, _later) = programme.sessions(town.shen, activity_id=trip)
    zhang, lin = (at_home(town, name, 1, room) for name, room in (("张桂梅", 101), ("林秀英", 102)))
    for one in (zhang, lin):
        signing_up.sign_up(town.shen, activity_id=trip, resident_id=one, slot_id=today.id)
    app = open_app(town.shen, "activities", id=trip, part="guests")
    assert "Pictures: 0 of 2 agree" in said(app)
    app.button_group(key=f"ticks_guest_{trip}_r{zhang}").set_value(["pictures"]).run()
    assert "Pictures: 1 of 2 agree" in said(app)
    app = open_app(town.shen, "activities", id=trip, part="attend")
    marks = {one.value.split("**")[1]: "no pictures" in one.value for one in app.markdown if "桂梅" in one.value or "秀英" in one.value}  # fmt: skip
    assert marks == {"张桂梅": False, "林秀英": True}
    app = open_app(town.shen, "activities", id=trip, part="print")
    app.button_group(key=f"paper_{trip}").set_value("sheet").run()
    paper = "\n".join(str(one.proto.body) for one in app.get("html"))
    assert paper.count("<td>no pictures</td>") == 1 and "Ask whoever is new" in paper
    app.button_group(key=f"paper_{trip}").set_value("calls").run()
    assert "\n".join(str(one.proto.body) for one in app.get("html")).count("<td>☑</td>") == 1


def test_who_has_an_account_says_so_themselves(open_app: Screens, town: Town) -> None:
    _helper, viewer = volunteers.volunteer(town, "高云")
    _other, stranger = volunteers.volunteer(town, "林风")
    trip = making.activity(town, "秋游", kind="outing", pictures=True)
    booking = signing_up.sign_up(viewer, activity_id=trip).booking_id
    app = open_app(viewer, "activities", id=trip)
    app.toggle(key=f"pictures_{booking}").set_value(True).run()
    assert not app.exception and app.toggle(key=f"pictures_{booking}").value
    assert guests.call_list(town.shen, activity_id=trip).lines[0].pictures
    app.toggle(key=f"pictures_{booking}").set_value(False).run()
    assert not guests.call_list(town.shen, activity_id=trip).lines[0].pictures
    with pytest.raises(Refused, match="record.not_found"):
        guests.agree(stranger, booking_id=booking, yes=True)
    assert guests.agreeing(stranger, activity_id=trip) == set()


def test_whoever_answers_stays_where_they_stand(open_app: Screens, town: Town) -> None:
    tea = making.activity(town, "重阳茶话会")
    people = [at_home(town, name, 1, 101 + n) for n, name in enumerate(("甲", "乙", "丙"))]
    never.invite(town.shen, activity_id=tea, resident_ids=people)
    app = open_app(town.shen, "activities", id=tea, part="guests")

    def order() -> str:
        return "".join(
            one.value[2] for one in app.markdown if one.value[:2] == "**" and one.value[2] in "甲乙丙"
        )

    assert order() == "甲乙丙"
    app.button_group(key=f"coming_guest_{tea}_r{people[2]}").set_value("yes").run()
    assert coming(tea, town)["丙"] == ("yes", "booked")
    assert order() == "甲乙丙"  # and not first, as who has a place
    app.button_group(key=f"guests_shown_{tea}").set_value("call").run()
    assert order() == "甲乙"
    app.button_group(key=f"coming_guest_{tea}_r{people[0]}").set_value("no").run()
    assert order() == "甲乙"
    app.button(key="guests_answered").click().run()
    assert order() == "乙" and "guests_answered" not in buttons(app)
    app = open_app(town.shen, "activities", id=tea, part="guests")
    assert order() == "丙甲乙"


def test_it_is_said_why_somebody_cannot_be_called(open_app: Screens, town: Town) -> None:
    tea = making.activity(town, "重阳茶话会")
    far = making.resident(town, "陶霞霞", building=town.building_3)
    none = making.resident(town, "无号码", phone=None)
    for viewer, one in ((town.anna, far), (town.shen, none)):
        signing_up.sign_up(viewer, activity_id=tea, resident_id=one)
    helper, volunteer = volunteers.volunteer(town, "高云")
    signing_up.sign_up(volunteer, activity_id=tea)
    text = said(open_app(town.shen, "activities", id=tea, part="guests"))
    assert "lives outside your areas" in text and "no telephone known" in text
    assert "not registered as a resident here" in text and helper


def test_who_says_no_gives_the_place_to_the_next(open_app: Screens, town: Town) -> None:
    tea = making.activity(town, "重阳茶话会", capacity=1)
    zhang, lin = (at_home(town, name, 1, room) for name, room in (("张桂梅", 101), ("林秀英", 102)))
    for one in (zhang, lin):
        signing_up.sign_up(town.shen, activity_id=tea, resident_id=one)
    app = open_app(town.shen, "activities", id=tea, part="guests")
    app.button_group(key=f"coming_guest_{tea}_r{zhang}").set_value("no").run()
    app.button(key=f"leave_guest_{tea}_r{zhang}").click().run()
    assert not app.exception
    assert coming(tea, town)["林秀英"] == ("", "booked")


def test_the_list_of_calls_on_paper(open_app: Screens, town: Town) -> None:
    trip = making.activity(town, "秋游", kind="outing", seats=5)
    signing_up.sign_up(town.shen, activity_id=trip, resident_id=at_home(town, "张桂梅", 1, 101))
    app = open_app(town.shen, "activities", id=trip, part="print")
    app.button_group(key=f"paper_{trip}").set_value("calls").run()
    paper = "\n".join(str(one.proto.body) for one in app.get("html"))
    assert "张桂梅" in paper and "1-1-101" in paper and "☐" in paper and "13851740001" not in paper
    app.button(key="paper_numbers").click().run()
    assert "13851740001" in "\n".join(str(one.proto.body) for one in app.get("html"))


def test_a_birthday_party_invites_by_birthday(open_app: Screens, town: Town) -> None:
    worker = at_home(town, "丙工人", 1, 101, born=born_now(72), lunar_birthday=False)
    at_home(town, "甲邻居", 1, 102, born=born_now(70))
    retire(town, worker)
    quarter = f"{clock.today().year}Q4"
    party = making.activity(town, "集体生日会", kind="birthday", days=5, quarter=quarter, capacity=1)
    app = open_app(town.shen, "activities", id=party, part="birthdays")
    text = said(app)
    assert "2 birthdays" in text and "quarter 4 of 2026" in text and "Retired worker" in text
    assert text.index("丙工人") < text.index("甲邻居") and "turns 72" in text
    app.button(key="birthdays_invite").click().run()
    assert "1 person is invited" in said(app)
    assert list(coming(party, town)) == ["丙工人"]
    app.button(key="birthdays_all").click().run()
    assert len(coming(party, town)) == 2


def test_gifts_by_tap_and_for_all_who_came(open_app: Screens, town: Town) -> None:
    party = making.activity(town, "集体生日会", kind="birthday", days=0, start="20:00", quarter="2026Q4")
    people = [at_home(town, name, 1, 100 + n) for n, name in enumerate(("张桂梅", "林秀英"))]
    for one in people:
        signing_up.sign_up(town.shen, activity_id=party, resident_id=one)
    (date_of,) = programme.sessions(town.shen, activity_id=party)
    attending.mark(town.shen, slot_id=date_of.id, marks={f"r{people[0]}": "came"})
    app = open_app(town.shen, "activities", id=party, part="guests")
    app.button(key="gifts_all").click().run()
    assert "1 gift noted" in said(app) and "Gifts given 1" in said(app)
    app.button_group(key=f"ticks_guest_{party}_r{people[1]}").set_value(["gift"]).run()
    assert "Gifts given 2" in said(app)


def test_the_quarter_is_chosen_when_planning_and_later(open_app: Screens, town: Town) -> None:
    app = open_app(town.shen, "activities", new=1)
    app.button_group(key="plan_kind").set_value("birthday").run()
    app.text_input(key="plan_title").set_value("集体生日会")
    app.selectbox(key="plan_quarter_2026Q4").set_value("2027Q1").run()
    app.button(key="plan_announce").click().run()
    with engine.reading() as session:
        made, version = session.execute(select(Activity.id, Activity.version)).one()  # type: ignore[call-overload]
    assert programme.card(town.shen, activity_id=made).quarter == "2027Q1"
    app = open_app(town.shen, "activities", id=made, part="change")
    app.selectbox(key=f"change_{made}_{version}_quarter_2027Q1").set_value("2026Q4").run()
    app.button(key="activity_save").click().run()
    assert programme.card(town.shen, activity_id=made).quarter == "2026Q4"


def test_who_has_a_place_comes_by_the_code_at_the_door(open_app: Screens, town: Town) -> None:
    from tests.activities.test_activities_screen import volunteer

    volunteer(town, town.vera)
    tea = making.activity(town, "重阳茶话会", days=1)
    signing_up.sign_up(town.vera, activity_id=tea)
    (date_of,) = programme.sessions(town.shen, activity_id=tea)
    with clock.at(date_of.starts_at - timedelta(minutes=10)):
        app = open_app(town.shen, "activities", id=tea, part="attend")
        app.toggle(key=f"attend_code_{date_of.id}").set_value(True).run()
        digits = at_door.code(town.shen, slot_id=date_of.id).digits
        assert f"check={date_of.id}.{digits}" in at_door.code(town.shen, slot_id=date_of.id).path
        app = open_app(town.vera, "activities")
        (box,) = [one for one in app.text_input if one.key.startswith("check_digits_")]
        box.set_value("12345中")
        next(one for one in app.button if one.label == "I am here").click().run()
        assert "This code is not right" in said(app)
        app = open_app(town.vera, "activities", check=f"{date_of.id}.{digits}")
        next(one for one in app.button if one.label == "I am here").click().run()
        assert "seen at the door" in said(app).lower()
        (line,) = attending.grid(town.shen, activity_id=tea).lines
        assert line.marks == ("came",)
