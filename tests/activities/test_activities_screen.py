"""Activities as people meet them: the cards, one activity, a new one in ten fields, who comes, attendance."""

from datetime import date, time, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from components.activities import attendance
from components.volunteers import words as times
from db import clock, engine
from db.access import Viewer
from db.activities import activities, attending, programme, signing_up
from db.activities.tables import Activity, Venue
from db.people import finding
from db.people.tables import Household, Resident
from db.slots import Booking
from db.volunteers.tables import Pairing, Volunteer
from tests.activities import making
from tests.conftest import Town
from tests.screens import Screens, buttons, text_of
from tests.volunteers.making import nobody_is_signed_out


@pytest.fixture(autouse=True)
def signed_in(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody_is_signed_out()
    monkeypatch.setattr(
        times, "language", lambda: "en"
    )  # of what a test chooses by its words, as of the screen


def venue(town: Town, name: str = "活动室", room: int = 30) -> int:
    with engine.writing() as session:
        row = Venue(name=name, area_id=town.north, area_path=town.path(town.north), capacity=room)
        session.add(row)
        session.flush()
        return row.id or 0


def person(town: Town, name: str, **values: Any) -> int:
    """Somebody of the first building who can be found by name."""
    found = making.resident(town, name, **values)
    with engine.writing() as session:
        row = session.execute(select(Resident.__table__).where(Resident.id == found)).one()  # type: ignore[attr-defined, arg-type]
        finding.index(SimpleNamespace(session=session), found, None, {**row._mapping})  # type: ignore[arg-type]
    return found


def volunteer(town: Town, viewer: Viewer, looks_after: int | None = None) -> None:
    """Let this account belong to a volunteer, who looks after somebody."""
    with engine.writing() as session:
        row = Volunteer(
            number="V1", name=viewer.name, area_id=town.north, area_path=town.path(town.north), born=date(1966, 3, 8),
            account_id=viewer.account_id,
        )  # fmt: skip
        session.add(row)
        session.flush()
        if looks_after:
            session.add(Pairing(volunteer_id=row.id or 0, resident_id=looks_after, wanted=True))


def states(activity_id: int) -> dict[str, str]:
    """Who has or wants a place, by name, each once."""
    with engine.reading() as session:
        rows = session.execute(
            select(Booking.name, Booking.state).where(Booking.live == 1).order_by(Booking.id)
        )  # type: ignore[call-overload, arg-type]
        return dict(reversed(rows.all()))  # type: ignore[arg-type]


def all_activities() -> list[Any]:
    with engine.reading() as session:
        return list(session.execute(select(Activity.__table__)).all())  # type: ignore[attr-defined]


def press(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()
    assert not app.exception


def find(app: AppTest, key: str, text: str) -> None:
    app.text_input(key=key).set_value(text).run()
    assert not app.exception


# What is coming


def test_the_cards_say_when_where_and_how_many_places_are_left(open_app: Screens, town: Town) -> None:
    place = venue(town)
    tea = making.activity(town, "重阳茶话会", capacity=3, venue_id=place)
    full = making.activity(town, "玄武湖秋游", kind="outing", days=5, capacity=1)
    for name in ("张桂梅", "李建国"):
        signing_up.sign_up(town.shen, activity_id=full, resident_id=person(town, name))
    app = open_app(town.shen, "activities")
    said = text_of(app)
    assert "重阳茶话会" in said and "活动室" in said
    assert "3 places left" in said
    assert "Full · 1 in line" in said
    assert {f"tap_open_{tea}", f"tap_open_{full}", "activity_new"} <= buttons(app)
    press(app, f"tap_open_{tea}")
    assert app.title[0].value == "重阳茶话会"
    press(app, "activity_back")
    assert app.title[0].value == "Activities"


def test_filters_by_stage_kind_and_words(open_app: Screens, town: Town) -> None:
    making.activity(town, "重阳茶话会")
    making.activity(town, "防诈骗讲座", kind="talk", announce=False)
    off = making.activity(town, "纳凉晚会")
    activities.cancel(town.shen, activity_id=off, why="下大雨")
    app = open_app(town.shen, "activities")
    assert "重阳茶话会" in text_of(app) and "讲座" not in text_of(app) and "纳凉" not in text_of(app)
    app.multiselect(key="activities_kinds").set_value(["class"]).run()
    assert "Take a filter away" in text_of(app)
    app.multiselect(key="activities_kinds").set_value(["event"]).run()
    app.text_input(key="activities_text").set_value("重阳").run()
    assert "重阳茶话会" in text_of(app)
    assert "防诈骗讲座" in text_of(open_app(town.shen, "activities", part="draft"))
    assert "纳凉晚会" in text_of(open_app(town.shen, "activities", part="cancelled"))
    assert "防诈骗讲座" not in text_of(open_app(town.lei, "activities", part="draft"))


def test_only_my_area(open_app: Screens, town: Town) -> None:
    making.activity(town, "北里茶话会")
    making.activity(town, "南里茶话会", area_id=town.south, who=town.qiu)
    app = open_app(town.shen, "activities")
    assert "南里茶话会" in text_of(app)
    app.toggle(key="activities_own").set_value(True).run()
    assert "北里茶话会" in text_of(app) and "南里茶话会" not in text_of(app)


def test_an_empty_list_says_what_to_do(open_app: Screens, town: Town) -> None:
    assert "New activity" in text_of(open_app(town.shen, "activities"))
    assert "appears here by itself" in text_of(open_app(town.lei, "activities"))
    assert "activity_new" not in buttons(open_app(town.lei, "activities"))


def test_places_to_meet_are_a_register(open_app: Screens, town: Town) -> None:
    venue(town, "二楼书画室")
    app = open_app(town.shen, "venues")
    assert app.title[0].value == "Places to meet"
    assert "第一网格" in str([one.proto.label for one in app.get("page_link")])


# For somebody with an account


def test_two_taps_for_oneself_and_for_whom_one_looks_after(open_app: Screens, town: Town) -> None:
    elder = person(town, "张桂梅")
    volunteer(town, town.vera, elder)
    tea = making.activity(town)
    app = open_app(town.vera, "activities")
    press(app, f"tap_open_{tea}")
    (own, other) = sorted(key for key in buttons(app) if key.startswith("yes_"))[::-1]
    press(app, own)
    said = text_of(app).replace("\\", "")
    assert "You have a place." in said and "魏兰 has a place" not in said
    press(app, other)
    assert "张桂梅 has a place" in text_of(app).replace("\\", "")
    assert states(tea) == {"魏兰": "booked", "张桂梅": "booked"}
    app = open_app(town.vera, "activities")
    assert "You are signed up" in text_of(app)
    back = next(key for key in buttons(app) if key.startswith("tap_back_"))
    press(app, back)
    assert app.button(back).disabled  # two quick taps leave it open
    leave = next(key for key in buttons(app) if key.startswith("mine_leave_"))
    press(app, leave)
    assert len(states(tea)) == 1


def test_an_offer_is_answered_where_one_sees_it(open_app: Screens, town: Town) -> None:
    volunteer(town, town.vera)
    tea = making.activity(town, capacity=1, days=9)
    first = signing_up.sign_up(town.shen, activity_id=tea, resident_id=person(town, "张桂梅"))
    signing_up.sign_up(town.vera, activity_id=tea)
    signing_up.leave(town.shen, booking_id=first.booking_id)
    with engine.writing() as session:
        session.execute(
            update(Booking).where(Booking.live == 1).values(state="offered", offered_until=clock.now() + timedelta(hours=5))  # type: ignore[arg-type]
        )  # fmt: skip
    app = open_app(town.vera, "activities")
    assert app.button(f"tap_open_{tea}").label == "Look at it"
    yes = next(key for key in buttons(app) if key.startswith("offer_yes_"))
    press(app, yes)
    assert states(tea) == {"魏兰": "booked"}


def test_who_belongs_to_nobody_is_told_whom_to_ask(open_app: Screens, town: Town) -> None:
    tea = making.activity(town)
    assert "Ask your community office" in text_of(open_app(town.vera, "activities", id=tea))


def test_a_leader_sees_figures_and_no_names(open_app: Screens, town: Town) -> None:
    tea = making.activity(town)
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=person(town, "张桂梅"))
    app = open_app(town.lei, "activities", id=tea)
    assert app.metric[0].value == "1"
    assert "张桂梅" not in text_of(app)
    assert not {"activity_save", "sign_all"} & buttons(app)


# From the desk


def test_several_people_and_a_whole_home_in_one_go(open_app: Screens, town: Town) -> None:
    with engine.writing() as session:
        home = Household(area_id=town.building_1, area_path=town.path(town.building_1), address="1-1-101")
        session.add(home)
        session.flush()
        home_id = home.id
    zhang = person(town, "张桂梅", household_id=home_id)
    person(town, "张建国", household_id=home_id)
    li = person(town, "李素芬")
    tea = making.activity(town)
    app = open_app(town.shen, "activities", id=tea)
    find(app, f"sign_{tea}_find", "李素芬")
    press(app, f"sign_{tea}_take_{li}")
    find(app, f"sign_{tea}_find", "张桂梅")
    press(app, f"sign_{tea}_home_{zhang}")
    assert "Sign 3 people up" in [one.label for one in app.button]
    press(app, "sign_all")
    assert states(tea) == {"张桂梅": "booked", "张建国": "booked", "李素芬": "booked"}
    assert "李素芬 has a place" in text_of(app)


def test_the_line_says_why_somebody_comes_first(open_app: Screens, town: Town) -> None:
    tea = making.activity(town, capacity=1, priorities=["alone"])
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=person(town, "张桂梅"))
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=person(town, "李素芬"))
    alone = person(town, "王秀英", living="alone")
    app = open_app(town.shen, "activities", id=tea)
    find(app, f"sign_{tea}_find", "王秀英")
    press(app, f"sign_{tea}_take_{alone}")
    assert "1 will stand in line" in text_of(app)
    press(app, "sign_all")
    said = text_of(app).replace("\\", "")
    assert "王秀英 is number 1 in line. (comes first: Lives alone)" in said
    assert "1. 王秀英" in said and "2. 李素芬" in said


def test_what_does_not_fit_is_said_and_done_all_the_same_only_with_a_reason(
    open_app: Screens, town: Town
) -> None:
    tea = making.activity(town, age_from=80)
    young = person(town, "李素芬")
    app = open_app(town.shen, "activities", id=tea)
    find(app, f"sign_{tea}_find", "李素芬")
    press(app, f"sign_{tea}_take_{young}")
    press(app, "sign_all")
    assert "it is not for them" in text_of(app) and states(tea) == {}
    app.text_input(key=f"sign_why_{young}").set_value("陪母亲来")
    next(one for one in app.button if one.label == "Sign up all the same").click().run()
    assert states(tea) == {"李素芬": "booked"}
    assert "陪母亲来" in text_of(app)


def test_nobody_is_in_two_places_whatever_the_reason(open_app: Screens, town: Town) -> None:
    zhang = person(town, "张桂梅")
    signing_up.sign_up(town.shen, activity_id=making.activity(town, "茶话会"), resident_id=zhang)
    other = making.activity(town, "防诈骗讲座", kind="talk")
    app = open_app(town.shen, "activities", id=other)
    find(app, f"sign_{other}_find", "张桂梅")
    press(app, f"sign_{other}_take_{zhang}")
    press(app, "sign_all")
    assert "At that time there is already: 茶话会" in text_of(app).replace("\\", "")
    assert not [one for one in app.text_input if one.key == f"sign_why_{zhang}"]


def test_a_worker_of_another_grid_signs_up_the_own_people_and_sees_no_others(
    open_app: Screens, town: Town
) -> None:
    tea = making.activity(town)
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=person(town, "张桂梅"))
    own = person(town, "何玉兰", building=town.building_3)
    app = open_app(town.qiu, "activities", id=tea)
    assert "张桂梅" not in text_of(app)
    assert not app.button_group  # no attendance, no changing
    find(app, f"sign_{tea}_find", "何玉兰")
    press(app, f"sign_{tea}_take_{own}")
    press(app, "sign_all")
    assert "何玉兰" in text_of(app) and states(tea)["何玉兰"] == "booked"


def test_somebody_is_taken_off(open_app: Screens, town: Town) -> None:
    tea = making.activity(town)
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=person(town, "张桂梅"))
    app = open_app(town.shen, "activities", id=tea)
    next(one for one in app.button if "张桂梅" in one.label and one.label.startswith("Take")).click().run()
    assert states(tea) == {}


def test_lots_are_drawn_after_the_closing_time(open_app: Screens, town: Town) -> None:
    trip = making.activity(
        town, "秋游", days=9, capacity=1, mode="lottery", closes_at=clock.now() + timedelta(days=1)
    )
    for name in ("张桂梅", "李素芬"):
        signing_up.sign_up(town.shen, activity_id=trip, resident_id=person(town, name))
    app = open_app(town.shen, "activities", id=trip)
    assert app.button(key="activity_lots").disabled
    with clock.at(clock.now() + timedelta(days=2)):
        app = open_app(town.shen, "activities", id=trip)
        press(app, "activity_lots")
        assert sorted(states(trip).values()) == ["booked", "waiting"]
        assert "Drawn: 1 person has a place" in text_of(app).replace("\\", "")


def test_one_date_is_chosen_where_each_is_signed_up_for(open_app: Screens, town: Town) -> None:
    knit = making.activity(town, "编织小组", kind="meeting", times=3, whole_term=False)
    zhang = person(town, "张桂梅")
    second = programme.sessions(town.shen, activity_id=knit)[1].id
    app = open_app(town.shen, "activities", id=knit)
    app.selectbox(key=f"people_date_{knit}").set_value(second).run()
    find(app, f"sign_{knit}_find", "张桂梅")
    press(app, f"sign_{knit}_take_{zhang}")
    press(app, "sign_all")
    assert [one.taken for one in programme.sessions(town.shen, activity_id=knit)] == [0, 1, 0]


# Changing and calling off


def test_change_move_and_call_off_one_date(open_app: Screens, town: Town) -> None:
    term = making.activity(town, "太极拳", times=3)
    signing_up.sign_up(town.shen, activity_id=term, resident_id=person(town, "张桂梅"))
    app = open_app(town.shen, "activities", id=term, part="change")
    card = programme.card(town.shen, activity_id=term)
    app.text_input(key=f"change_{term}_{card.version}_title").set_value("太极拳（提高班）").run()
    press(app, "activity_save")
    assert app.title[0].value.replace("\\", "") == "太极拳（提高班）"
    app = open_app(town.shen, "activities", id=term, part="dates")
    first, second, _third = programme.sessions(town.shen, activity_id=term)
    app.time_input(key=f"move_start_{first.id}").set_value(time(15))
    next(one for one in app.button if one.label == "Move it").click().run()
    assert "Moved" in text_of(app)
    moved = programme.sessions(town.shen, activity_id=term)[0]
    assert moved.starts_at.astimezone(clock.PLACE).time() == time(15)
    app.text_input(key=f"off_date_why_{second.id}").set_value("老师生病")
    [one for one in app.button if one.label == "Call this date off"][1].click().run()
    assert programme.sessions(town.shen, activity_id=term)[1].cancelled == "老师生病"


def test_calling_off_asks_first_and_says_how_many_are_told(open_app: Screens, town: Town) -> None:
    tea = making.activity(town)
    for name in ("张桂梅", "李素芬"):
        signing_up.sign_up(town.shen, activity_id=tea, resident_id=person(town, name))
    app = open_app(town.shen, "activities", id=tea, part="dates")
    assert "2 people who have or want a place are told" in text_of(app)
    call_off = next(one for one in app.button if one.label == "Call it off")
    call_off.click().run()
    assert "in a few words why" in text_of(app)  # nothing without a reason
    app.text_input(key="off_why").set_value("下大雨")
    next(one for one in app.button if one.label == "Call it off").click().run()
    assert "Called off" in text_of(app) and "下大雨" in text_of(app)
    assert states(tea) == {}


def test_the_poster_and_the_sheet_to_sign(open_app: Screens, town: Town) -> None:
    tea = making.activity(town)
    signing_up.sign_up(town.shen, activity_id=tea, resident_id=person(town, "张桂梅"))
    app = open_app(town.shen, "activities", id=tea, part="print")
    papers = "\n".join(str(one.proto.body) for one in app.get("html"))
    assert "poster" in papers and "张桂梅" not in papers
    app.button_group(key=f"paper_{tea}").set_value("sheet").run()
    assert "张桂梅" in "\n".join(str(one.proto.body) for one in app.get("html"))
    assert not open_app(town.vera, "activities", id=tea, part="print").button_group


# A new one


def test_a_class_in_ten_fields(open_app: Screens, town: Town) -> None:
    place = venue(town)
    app = open_app(town.shen, "activities", new=1)
    fields = [
        app.button_group(key="plan_kind"), app.text_input(key="plan_title"), app.selectbox(key="plan_area"),
        app.selectbox(key="plan_venue"), app.button_group(key="plan_weekdays"), app.date_input(key="plan_since"),
        app.number_input(key="plan_count"), app.time_input(key="plan_start"), app.number_input(key="plan_minutes"),
        app.number_input(key="plan_capacity"),
    ]  # fmt: skip
    assert len(fields) == 10
    fields[1].set_value("太极拳入门班")
    fields[3].set_value(place)
    fields[4].set_value([1, 3])
    fields[5].set_value(date(2026, 12, 22))
    fields[6].set_value(5).run()
    said = text_of(app).replace("\\", "")
    assert "5 dates" in said and "New Year" not in said
    assert "Tue 22 Dec 2026 – Tue 5 Jan 2027" in said
    press(app, "plan_announce")
    (made,) = all_activities()
    assert app.title[0].value == "太极拳入门班"
    assert (made.state, made.whole_term, made.venue_id) == ("announced", True, place)
    days = [
        one.starts_at.astimezone(clock.PLACE).date()
        for one in programme.sessions(town.shen, activity_id=made.id)
    ]
    assert days == [
        date(2026, 12, 22),
        date(2026, 12, 24),
        date(2026, 12, 29),
        date(2026, 12, 31),
        date(2027, 1, 5),
    ]


def test_a_birthday_party_needs_fewer_and_can_wait_as_a_draft(open_app: Screens, town: Town) -> None:
    app = open_app(town.shen, "activities", new=1)
    app.button_group(key="plan_kind").set_value("birthday").run()
    assert not [one for one in app.number_input if one.key == "plan_count"]
    app.text_input(key="plan_title").set_value("第四季度集体生日会")
    app.date_input(key="plan_since").set_value(date(2026, 12, 18)).run()
    press(app, "plan_draft")
    (made,) = all_activities()
    assert (made.state, made.quarter) == ("draft", "2026Q4")
    press(app, "activity_announce")
    assert all_activities()[0].state == "announced"


def test_nothing_typed_is_lost_when_the_place_is_taken_or_too_small(open_app: Screens, town: Town) -> None:
    place = venue(town, "书画室", room=12)
    making.activity(town, "茶话会", venue_id=place, capacity=10)
    app = open_app(town.shen, "activities", new=1)
    app.button_group(key="plan_kind").set_value("event").run()
    app.text_input(key="plan_title").set_value("防诈骗讲座")
    app.selectbox(key="plan_venue").set_value(place)
    app.date_input(key="plan_since").set_value(clock.today() + timedelta(days=3)).run()
    press(app, "plan_announce")
    assert "smaller than that" in text_of(app)
    app.number_input(key="plan_capacity").set_value(12).run()
    press(app, "plan_announce")
    said = text_of(app).replace("\\", "")
    assert "“书画室” is taken then: 茶话会" in said
    assert app.text_input(key="plan_title").value == "防诈骗讲座"
    app.time_input(key="plan_start").set_value(time(14)).run()
    press(app, "plan_announce")
    assert app.title[0].value == "防诈骗讲座"


def test_elsewhere_asks_where_one_meets(open_app: Screens, town: Town) -> None:
    place = venue(town, "二楼书画室")
    app = open_app(town.shen, "activities", new=1)
    app.button_group(key="plan_kind").set_value("event").run()
    assert "page and poster say only the area" in text_of(app)
    app.text_input(key="plan_where").set_value("小广场").run()
    assert "page and poster say only the area" not in text_of(app)
    app.text_input(key="plan_title").set_value("元旦联欢").run()
    press(app, "plan_announce")
    assert [one.where for one in all_activities()] == ["小广场"]
    app = open_app(town.shen, "activities", new=1)
    app.selectbox(key="plan_venue").set_value(place).run()
    assert "page and poster say only the area" not in text_of(app)


def test_a_title_is_needed(open_app: Screens, town: Town) -> None:
    app = open_app(town.shen, "activities", new=1)
    press(app, "plan_announce")
    assert all_activities() == [] and "Title" in text_of(app)


def test_who_may_not_plan_finds_no_form(open_app: Screens, town: Town) -> None:
    assert "plan_announce" not in buttons(open_app(town.lei, "activities", new=1))


# Attendance


@pytest.fixture
def term(town: Town) -> int:
    """A class of three dates for three people; today is the second date."""
    made = making.activity(town, "太极拳", days=1, times=3)
    for name in ("张桂梅", "李素芬", "王秀英"):
        signing_up.sign_up(town.shen, activity_id=made, resident_id=person(town, name))
    return made


def test_attendance_by_tap_everybody_and_walk_in(open_app: Screens, town: Town, term: int) -> None:
    late = person(town, "赵小妹")
    with clock.at(clock.now() + timedelta(days=1, hours=1)):
        app = open_app(town.shen, "activities", id=term, part="attend")
        slot = programme.sessions(town.shen, activity_id=term)[0].id
        lines = {line.name: line.key for line in attending.grid(town.shen, activity_id=term).lines}
        app.button_group(key=f"mark_{slot}_{lines['李素芬']}").set_value("excused").run()
        press(app, "attend_all")
        assert "2 people came" in text_of(app)
        find(app, f"walk_{slot}_find", "赵小妹")
        press(app, f"walk_{slot}_take_{late}")
        marks = {line.name: line.marks[0] for line in attending.grid(town.shen, activity_id=term).lines}
        assert marks == {"张桂梅": "came", "李素芬": "excused", "王秀英": "came", "赵小妹": "came"}
        assert "✓ Came 3" in text_of(app).replace("\\", "")


def test_who_stayed_away_twice_is_said(open_app: Screens, town: Town, term: int) -> None:
    first, second, _third = programme.sessions(town.shen, activity_id=term)
    key = next(
        line.key for line in attending.grid(town.shen, activity_id=term).lines if line.name == "张桂梅"
    )
    with clock.at(clock.now() + timedelta(days=8, hours=1)):
        attending.mark(town.shen, slot_id=first.id, marks={key: "missed"})
        app = open_app(town.shen, "activities", id=term, part="attend")
        app.button_group(key=f"attend_way_{term}").set_value("one").run()
        app.button_group(key=f"mark_{second.id}_{key}").set_value("missed").run()
        assert "张桂梅 stayed away twice" in text_of(app)


def test_whoever_was_tapped_stays_under_the_finger_for_a_second_tap(open_app: Screens, town: Town) -> None:
    tea = making.activity(town, "重阳茶话会")
    li = person(town, "李素芬")
    app = open_app(town.shen, "activities", id=tea)
    find(app, f"sign_{tea}_find", "李素芬")
    press(app, f"sign_{tea}_take_{li}")
    assert app.text_input(key=f"sign_{tea}_find").value == ""
    assert app.button(key=f"sign_{tea}_take_{li}").disabled
    assert f"drop_{li}" in buttons(app)
    press(app, f"drop_{li}")
    assert f"sign_{tea}_take_{li}" not in buttons(app)


def test_a_slow_double_tap_keeps_the_mark_and_a_later_tap_takes_it_away(
    open_app: Screens, town: Town, term: int
) -> None:
    slot = programme.sessions(town.shen, activity_id=term)[0].id

    def mark() -> str | None:
        (found,) = [one for one in attending.grid(town.shen, activity_id=term).lines if one.name == "张桂梅"]
        return found.marks[0]

    first = clock.now() + timedelta(days=1, hours=1)
    with clock.at(first):
        app = open_app(town.shen, "activities", id=term, part="attend")
        line = next(one for one in attending.grid(town.shen, activity_id=term).lines if one.name == "张桂梅")
        key = f"mark_{slot}_{line.key}"
        app.button_group(key=key).set_value("missed").run()
    with clock.at(first + timedelta(seconds=1.5)):
        app.button_group(key=key).set_value(None).run()
        assert mark() == "missed"
        assert app.button_group(key=key).value == "missed"
    with clock.at(first + timedelta(seconds=9)):
        app.button_group(key=key).set_value(None).run()
        assert mark() == ""


def test_attendance_waits_for_the_day(open_app: Screens, town: Town, term: int) -> None:
    app = open_app(town.shen, "activities", id=term, part="attend")
    assert "Attendance is taken from" in text_of(app) and "attend_all" not in buttons(app)


def test_what_is_changed_in_the_whole_grid_is_noted_by_date(town: Town, term: int) -> None:
    lines = attending.grid(town.shen, activity_id=term).lines
    edited = {0: {"1 · 3 Dec": "✓", "2 · 10 Dec": None}, 2: {"1 · 3 Dec": "✕", "Name": "x"}}
    found = attendance.noted(edited, lines, {"1 · 3 Dec": 7, "2 · 10 Dec": 8})
    assert found == {7: {lines[0].key: "came", lines[2].key: "missed"}, 8: {lines[0].key: ""}}
