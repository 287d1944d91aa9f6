"""The roster as staff meet it: a month in a few clicks, what is not covered, one shift, drafts, lists, paper."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from db import clock, engine, keeping
from db.access import Viewer
from db.people.residents import RESIDENTS
from db.volunteers import draft, regulars, roster, series, shifts, signing_up
from db.volunteers.series import Pattern, weekly
from db.volunteers.tables import Shift
from tests.conftest import Town
from tests.screens import Screens, buttons, text_of
from tests.volunteers import making
from tests.volunteers.test_series import local, rows

MONDAY = date(2026, 11, 30)


@pytest.fixture(autouse=True)
def counters(town: Town) -> object:
    making.nobody_is_signed_out()
    yield
    making.assert_counters_equal_the_rows()


class Clicks:
    """Counts what somebody does on a screen."""

    def __init__(self, app: AppTest) -> None:
        self.app, self.count = app, 0

    def button(self, key: str) -> None:
        self.count += 1
        self.app.button(key=key).click().run()
        assert not self.app.exception

    def pill(self, key: str, *values: Any) -> None:
        """Each value is one tap."""
        chosen = list(self.app.button_group(key=key).value)
        for value in values:
            self.count += 1
            chosen.append(value)
            self.app.button_group(key=key).set_value(chosen).run()
        assert not self.app.exception

    def choose(self, key: str, value: Any) -> None:
        """Open the list and tap: two."""
        self.count += 2
        self.app.selectbox(key=key).select(value).run()
        assert not self.app.exception


def html(app: AppTest) -> str:
    return "\n".join(str(one.proto.body) for one in app.get("html"))


def helper(town: Town, name: str, **values: Any) -> int:
    return making.volunteer(town, name, account=False, **values)[0]


def week(town: Town, **values: Any) -> int:
    """A series of two people from Monday to Friday at nine."""
    pattern = Pattern(
        making.kind(), town.north, weekly(range(5)), time(9), MONDAY, MONDAY + timedelta(days=11), **values
    )
    return series.lay(town.anna, patterns=[pattern]).series_ids[0]


def test_a_month_of_sixty_shifts_takes_seven_interactions(open_app: Screens, town: Town) -> None:
    making.kind("巡逻")
    wanted = making.kind("上门探访")
    hands = Clicks(open_app(town.shen, "roster", new=1, week=MONDAY.isoformat()))
    hands.count += 1  # "New shifts" on the roster leads here
    hands.choose("new_kind", wanted)
    hands.pill("new_times", time(9), time(14), time(18))
    assert "60 shifts" in text_of(hands.app)
    assert "120 places on 20 days" in text_of(hands.app)
    hands.button("new_make")
    assert hands.count == 7
    assert len(rows()) == 60
    assert {(f"{local(row):%a}", f"{local(row):%H:%M}") for row in rows()} == {
        (day, hour) for day in ("Mon", "Tue", "Wed", "Thu", "Fri") for hour in ("09:00", "14:00", "18:00")
    }


def test_holidays_and_years_that_nobody_knows_yet_are_said(open_app: Screens, town: Town) -> None:
    making.kind()
    app = open_app(town.shen, "roster", new=1, week="2026-12-28")
    app.button_group(key="new_times").set_value([time(9)]).run()
    said = text_of(app)
    assert "Fri 1 Jan 2027 New Year's Day" in said
    assert "holidays of 2027 are not published yet" in said
    assert "19 shifts" in said


def test_the_week_shows_each_state_by_sign_and_word(open_app: Screens, town: Town) -> None:
    week(town)
    one = making.kind("巡逻", minimum=2, maximum=3)
    below = making.shift(town, one, days=8)
    signing_up.sign_up(town.anna, shift_id=below, volunteer_id=helper(town, "梅兰"))
    full = rows()[0]
    for name in ("杜鹃", "石竹"):
        signing_up.sign_up(town.anna, shift_id=full.id, volunteer_id=helper(town, name))
    app = open_app(town.shen, "roster", week=MONDAY.isoformat())
    assert "○ Nobody there 4" in text_of(app)
    assert "◔ Too few 1" in text_of(app)
    assert "● Full 1" in text_of(app)
    assert "5 people missing" in text_of(app)
    table = html(app)
    assert "巡逻" in table and "Tue 1" in table
    assert f"/roster?shift={below}" in table
    app.query_params["part"] = "open"
    app.run()
    assert "Everything" not in text_of(app)
    assert len([one for one in app.get("page_link") if "Nobody there" in one.proto.label]) == 4


def test_a_worker_sees_the_shifts_of_the_own_areas_only(open_app: Screens, town: Town) -> None:
    week(town)
    app = open_app(town.qiu, "roster", week=MONDAY.isoformat())
    assert "No shifts in this week yet" in text_of(app)
    app = open_app(town.qiu, "roster", shift=rows()[0].id)
    assert "pick_sign_up" not in buttons(app)
    assert any("outside" in str(one.value).lower() or "area" in str(one.value).lower() for one in app.error)
    assert open_app(town.vera, "roster").title[0].value == "Not for this account"


def test_two_workers_see_each_others_work(open_app: Screens, town: Town) -> None:
    week(town)
    app = open_app(town.shen, "roster", week=MONDAY.isoformat())
    assert "○ Nobody there 5" in text_of(app)
    signing_up.sign_up(town.anna, shift_id=rows()[0].id, volunteer_id=helper(town, "梅兰"))
    app.run()
    assert "○ Nobody there 4" in text_of(app)


def test_the_heat_map_says_when_people_are_missing(open_app: Screens, town: Town) -> None:
    week(town)
    app = open_app(town.shen, "roster", week=MONDAY.isoformat(), part="heat")
    assert "第一网格" in html(app)
    assert app.dataframe[0].value.iloc[0]["Shifts"] == 10
    found = roster.heat(shifts.between(town.anna, since=roster.span(MONDAY)[0], until=roster.span(MONDAY)[1]))
    assert found[0].missing == {(day, hour): 1 for day in range(5) for hour in (9, 10)}


def test_filling_by_pick_suggestion_and_invitation(open_app: Screens, town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=3), days=8)
    mei, du, shi = (helper(town, name) for name in ("梅兰", "杜鹃", "石竹"))
    app = open_app(town.shen, "roster", shift=shift)
    app.selectbox(key=f"pick_{shift}").select(mei).run()
    app.button(key="pick_sign_up").click().run()
    app.button(key=f"fits_yes_{du}").click().run()
    app.button(key=f"fits_ask_{shi}").click().run()
    assert making.bookings(shift) == {"梅兰": "booked", "杜鹃": "booked", "石竹": "invited"}


def test_what_stands_against_a_pick_is_said_and_can_be_overridden_with_a_reason(
    open_app: Screens, town: Town
) -> None:
    shift = making.shift(town, making.kind(skills=["first_aid"]), days=8)
    mei = helper(town, "梅兰")
    app = open_app(town.shen, "roster", shift=shift)
    app.selectbox(key=f"pick_{shift}").select(mei).run()
    assert "It needs" in app.error[0].value
    app.button(key="pick_sign_up").click().run()
    assert making.bookings(shift) == {}
    app.text_input(key=f"pick_why_{shift}").input("有护士陪同").run()
    app.button(key="pick_sign_up").click().run()
    assert making.bookings(shift) == {"梅兰": "booked"}


def test_requests_are_decided_on_the_page_of_the_shift(open_app: Screens, town: Town) -> None:
    shift = making.shift(town, making.kind(mode="request"), days=8)
    people = [making.volunteer(town, name) for name in ("梅兰", "杜鹃")]
    ids = [signing_up.sign_up(viewer, shift_id=shift).booking_id for _one, viewer in people]
    app = open_app(town.shen, "roster", shift=shift)
    app.button(key=f"holder_yes_{ids[0]}").click().run()
    app.button(key=f"holder_no_{ids[1]}").click().run()
    assert making.bookings(shift) == {"梅兰": "booked"}


def test_changing_the_following_says_what_it_touches_before(open_app: Screens, town: Town) -> None:
    week(town, regular_ids=(helper(town, "梅兰"),))
    chosen = rows()[5]
    app = open_app(town.shen, "roster", shift=chosen.id, part="change")
    app.radio(key=f"scope_{chosen.id}").set_value("following").run()
    key = f"change_{chosen.id}_{rows()[5].version}"
    app.time_input(key=f"{key}_start").set_value(time(15)).run()
    assert any("Touches 5 shifts and 1 person" in str(one.value) for one in app.info)
    app.button(key="change_save").click().run()
    assert not app.exception
    assert [f"{local(row):%H}" for row in rows()] == ["09"] * 5 + ["15"] * 5


def test_visits_without_somebody_to_visit_are_warned_of_and_mended_later(
    open_app: Screens, town: Town
) -> None:
    making.kind("上门探访", elder_visited=True)
    _mei, mei = making.volunteer(town, "梅兰")
    app = open_app(town.shen, "roster", new=1, week=MONDAY.isoformat())
    assert "Nobody is chosen yet" in text_of(app)
    app.button_group(key="new_times").set_value([time(9)]).run()
    app.button(key="new_make").click().run()
    first, second = rows()[:2]
    signing_up.sign_up(mei, shift_id=first.id)
    for address, asked in (("shifts", {"shift": second.id}), ("my-shifts", {})):
        said = text_of(open_app(mei, address, **asked))
        assert "the office tells you in time" in said
        assert "24 hours before" not in said
    person = keeping.create(town.shen, RESIDENTS, {"name": "张桂梅", "area_id": town.building_1})
    app = open_app(town.shen, "roster", shift=first.id, part="change")
    app.radio(key=f"scope_{first.id}").set_value("all").run()
    key = f"change_{first.id}_{rows()[0].version}"
    app.text_input(key=f"{key}_resident").set_value("张桂梅").run()
    app.button(key=f"{key}_r_{person}").click().run()
    assert "Visits 张桂梅" in text_of(app)
    app.button(key="change_save").click().run()
    assert not app.exception
    with engine.reading() as session:
        assert set(session.execute(select(Shift.resident_id)).scalars()) == {person}
    assert "24 hours before" in text_of(open_app(mei, "shifts", shift=second.id))


def test_a_series_of_every_second_week_becomes_monthly_and_weekly_again(
    open_app: Screens, town: Town
) -> None:
    until = MONDAY + timedelta(days=55)
    series.lay(
        town.anna,
        patterns=[Pattern(making.kind(), town.north, weekly([0], 2), time(9), MONDAY, until, regular_ids=())],
    )
    assert len(rows()) == 4
    chosen = rows()[1]

    def change(**values: object) -> None:
        app = open_app(town.shen, "roster", shift=rows()[1].id, part="change")
        app.radio(key=f"scope_{rows()[1].id}").set_value("all").run()
        key = f"change_{rows()[1].id}_{rows()[1].version}"
        for name, value in values.items():
            app.selectbox(key=f"{key}_{name}").set_value(value).run()
        for box in app.text_input:
            if str(box.key).endswith("_why"):
                box.input("改期").run()
        app.button(key="change_save").click().run()
        assert not app.exception and not app.error

    assert chosen.series_day == MONDAY + timedelta(days=14)
    change(every="1")
    assert [row.series_day for row in rows()] == [MONDAY + timedelta(days=7 * number) for number in range(8)]
    change(every="month", which="1")
    assert all(row.series_day.day <= 7 and row.series_day.weekday() == 0 for row in rows())
    assert [one.rule for one in series.running(town.anna)] == [series.monthly(1, 0)]


def test_calling_off_needs_a_reason(open_app: Screens, town: Town) -> None:
    week(town)
    chosen = rows()[8]
    app = open_app(town.shen, "roster", shift=chosen.id, part="off")
    app.radio(key=f"scope_{chosen.id}").set_value("following").run()
    app.button(key="off_save").click().run()
    assert app.error and len(rows()) == 10
    app.text_input(key=f"off_why_{chosen.id}").input("场地装修").run()
    app.button(key="off_save").click().run()
    assert len(rows()) == 8


def test_a_draft_is_explained_and_accepted_line_by_line(open_app: Screens, town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=1), days=8)
    other = making.shift(town, making.kind("巡逻", maximum=1), days=9)
    for name in ("梅兰", "杜鹃"):
        helper(town, name)
    app = open_app(town.shen, "roster", week=MONDAY.isoformat(), part="draft")
    app.button(key="draft_make").click().run()
    assert "2 of 2 open places have a proposal" in text_of(app)
    assert "0 h in four weeks" in text_of(app) or "0.0 h in four weeks" in text_of(app)
    first, second = draft.lines(town.anna, monday=MONDAY)
    app.button(key=f"draft_yes_{first.id}").click().run()
    app.button(key=f"draft_no_{second.id}").click().run()
    assert making.bookings(shift) == {first.name: "booked"}
    assert making.bookings(other) == {}
    assert draft.lines(town.anna, monday=MONDAY) == []


def test_a_pasted_list_is_looked_through_and_then_signed_up(open_app: Screens, town: Town) -> None:
    shift = making.shift(town, making.kind(maximum=3), days=8)
    helper(town, "梅兰")
    first = helper(town, "石竹")
    second = helper(town, "石竹")
    found = helper(town, "陆仁")
    app = open_app(town.shen, "roster", shift=shift, part="paste")
    app.text_area(key=f"paste_{shift}_text").input("#接龙\n1. 梅兰\n2. 石竹\n3. 路人甲\n4. 石竹").run()
    assert app.button(key="paste_apply").label == "Sign 1 person up"
    app.radio(key=f"paste_{shift}_who_石竹_0").set_value(first).run()
    app.radio(key=f"paste_{shift}_who_石竹_1").set_value(second).run()
    app.session_state[f"paste_{shift}_who_路人甲_0_finding"] = True  # unfolded
    app.run()
    app.selectbox(key=f"paste_{shift}_who_路人甲_0_find").set_value(found).run()
    assert app.radio(key=f"paste_{shift}_who_路人甲_0").value == found
    app.radio(key=f"paste_{shift}_who_路人甲_0").set_value(0).run()  # it was not
    assert app.button(key="paste_apply").label == "Sign 3 people up"
    app.button(key="paste_apply").click().run()
    assert not app.exception
    with engine.reading():
        assert len(making.bookings(shift)) == 2 and making.slot(shift).taken == 3
    assert any("3 people have a place now" in str(one.value) for one in app.success)


def test_regular_places_pause_and_come_back_on_the_screen(open_app: Screens, town: Town) -> None:
    mei = helper(town, "梅兰")
    series_id = week(town, regular_ids=(mei,))
    regular = regulars.of_series(town.anna, series_id=series_id)[0]
    regulars.pause(town.anna, regular_id=regular.id, since=MONDAY, until=MONDAY + timedelta(days=4))
    app = open_app(town.shen, "roster", part="series")
    app.button(key=f"regular_back_{regular.id}").click().run()
    assert any("5 regular places given" in str(one.value) for one in app.success)
    assert [row.taken for row in rows()] == [1] * 10


def test_the_papers_are_chinese_and_have_the_names(open_app: Screens, town: Town) -> None:
    shift = making.shift(town, making.kind(), days=8)
    signing_up.sign_up(town.anna, shift_id=shift, volunteer_id=helper(town, "梅兰"))
    app = open_app(town.shen, "roster", week=MONDAY.isoformat(), part="print")
    assert "梅兰" in html(app) and "12月1日 周二" in html(app)
    app = open_app(town.shen, "roster", shift=shift, part="print")
    assert "梅兰" in html(app) and "2026年12月1日 周二 09:00–11:00" in html(app)


def test_a_week_is_copied_from_the_screen(open_app: Screens, town: Town) -> None:
    making.shift(town, making.kind(), days=8)
    done = series.copy_week(town.shen, monday=MONDAY, to=MONDAY + timedelta(days=7))
    assert done.made == 1
    app = open_app(town.shen, "roster", week=(MONDAY + timedelta(days=7)).isoformat())
    assert "○ Nobody there 1" in text_of(app)


@pytest.mark.sqlite_only
def test_the_week_asks_the_database_for_the_cards_once(
    open_app: Screens, town: Town, statements: list[str]
) -> None:
    week(town)
    viewer: Viewer = town.shen
    statements.clear()
    found = shifts.between(viewer, since=datetime(2026, 11, 30, tzinfo=clock.PLACE), until=datetime(2026, 12, 7, tzinfo=clock.PLACE))  # fmt: skip
    asked = [one for one in statements if "place_slot" in one]
    assert len(found) == 5 and len(asked) == 1


@pytest.fixture
def statements(town: Town) -> Any:
    """What is asked of the database, in order."""
    from sqlalchemy import event

    said: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(engine.current(), "before_cursor_execute", hear)
    yield said
    event.remove(engine.current(), "before_cursor_execute", hear)


def test_a_second_tap_makes_no_second_month(open_app: Screens, town: Town) -> None:
    making.kind()
    app = open_app(town.shen, "roster", new=1, week=MONDAY.isoformat())
    app.button_group(key="new_times").set_value([time(9)]).run()
    del app.session_state["new_token"]  # the first of the two taps took it
    app.session_state["new_token"] = None
    app.button(key="new_make").click().run()
    assert rows() == []
