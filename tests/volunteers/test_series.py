"""Shifts that repeat: holidays, changing this, the following or all, what it touches, regular places."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db import clock, engine
from db.access import Viewer
from db.errors import Refused
from db.slots import Booking, Slot
from db.system import messages
from db.volunteers import regulars, series, series_change, shifts, signing_up
from db.volunteers.series import Pattern, dates_of, weekly
from db.volunteers.series_change import Wanted
from db.volunteers.tables import Shift, ShiftSeries
from tests.conftest import Town
from tests.volunteers import making

MONDAY = date(2026, 11, 30)
WORKING = weekly(range(5))


@pytest.fixture(autouse=True)
def counters(request: pytest.FixtureRequest) -> object:
    """Whoever uses the town leaves counters that equal the rows."""
    asked = "town" in request.fixturenames
    if asked:
        request.getfixturevalue("town")
        making.nobody_is_signed_out()
    yield
    if asked:
        making.assert_counters_equal_the_rows()


def pattern(town: Town, **values: Any) -> Pattern:
    """Monday to Friday at nine, for four weeks."""
    filled = {
        "kind_id": values.pop("kind_id", None) or making.kind(), "area_id": town.north, "rule": WORKING,
        "start": time(9), "since": MONDAY, "until": MONDAY + timedelta(days=25), **values,
    }  # fmt: skip
    return Pattern(**filled)


def rows(series_id: int | None = None) -> list[Any]:
    """The shifts of a series, or all, that stand, earliest first."""
    with engine.reading() as session:
        asked = (
            select(Slot.__table__, Shift.series_id, Shift.series_day, Shift.edited)  # type: ignore[attr-defined]
            .join(Shift, Shift.id == Slot.id)  # type: ignore[arg-type]
            .where(Slot.cancelled_at.is_(None))  # type: ignore[union-attr]
            .order_by(Slot.starts_at)
        )
        found = session.execute(asked).all()
    return [row for row in found if series_id in (None, row.series_id)]


def people_in(shift_ids: list[int]) -> int:
    with engine.reading() as session:
        asked = select(Booking.person_key).where(Booking.slot_id.in_(shift_ids), Booking.live == 1)  # type: ignore[attr-defined, call-overload]
        return len(set(session.execute(asked).scalars()))


def local(row: Any) -> datetime:
    return row.starts_at.astimezone(clock.PLACE)  # type: ignore[no-any-return]


NATIONAL = (date(2026, 9, 14), date(2026, 10, 18))


def test_national_day_falls_out_with_its_name() -> None:
    found = dates_of(WORKING, *NATIONAL)
    assert [day for day, name in found.left_out if name == "National Day"] == [
        date(2026, 10, day) for day in (1, 2, 5, 6, 7)
    ]
    assert (date(2026, 9, 25), "Mid-autumn Festival") in found.left_out
    assert date(2026, 10, 8) in found.days
    assert date(2026, 10, 10) not in found.days
    assert found.unknown == ()


def test_who_wants_working_days_gets_the_make_up_weekends_too() -> None:
    found = dates_of(WORKING, *NATIONAL, holidays="workdays")
    assert found.added == (date(2026, 9, 20), date(2026, 10, 10))
    assert set(found.added) <= set(found.days)
    tuesdays = dates_of(weekly([1]), *NATIONAL, holidays="workdays")
    assert tuesdays.added == ()
    assert date(2026, 10, 6) not in tuesdays.days


def test_a_series_can_take_place_on_holidays() -> None:
    found = dates_of("FREQ=DAILY", date(2026, 10, 1), date(2026, 10, 8), "keep")
    assert len(found.days) == 8


def test_years_that_are_not_published_are_named_and_only_dated_holidays_count() -> None:
    found = dates_of(weekly(range(7)), date(2026, 12, 28), date(2027, 5, 2))
    assert found.unknown == (2027,)
    assert [day for day, _name in found.left_out if day.year == 2027] == [date(2027, 1, 1), date(2027, 5, 1)]


@pytest.mark.parametrize(
    "rule",
    ["", "FREQ=SECONDLY", "FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;INTERVAL=0", "每周一", "FREQ=WEEKLY;BYDAY"],
)
def test_a_rule_that_is_none_is_refused(rule: str) -> None:
    with pytest.raises(Refused, match="series.rule"):
        dates_of(rule, MONDAY, MONDAY + timedelta(days=30))


def test_months_and_every_second_week() -> None:
    assert dates_of(series.monthly(-1, 4), MONDAY, date(2027, 1, 31), "keep").days == (
        date(2026, 12, 25), date(2027, 1, 29),
    )  # fmt: skip
    assert dates_of(weekly([0], 2), MONDAY, MONDAY + timedelta(days=28)).days == (
        MONDAY, MONDAY + timedelta(days=14), MONDAY + timedelta(days=28),
    )  # fmt: skip


def test_a_month_of_three_shifts_a_day_is_one_step_and_what_was_shown_is_made(town: Town) -> None:
    kind = making.kind()
    patterns = [pattern(town, kind_id=kind, start=time(hour)) for hour in (9, 14, 18)]
    shown = series.outlook(town.anna, patterns=patterns)
    assert (shown.shifts, shown.places, shown.already) == (60, 120, 0)
    made = series.lay(town.anna, patterns=patterns)
    assert (made.shifts, len(rows()), len(made.series_ids)) == (60, 60, 3)
    assert {f"{local(row):%a %H:%M}" for row in rows()} == {
        f"{day} {hour}" for day in ("Mon", "Tue", "Wed", "Thu", "Fri") for hour in ("09:00", "14:00", "18:00")
    }
    assert series.outlook(town.anna, patterns=patterns).already == 60


def test_a_series_for_longer_than_thirteen_months_or_for_no_day_is_refused(town: Town) -> None:
    with pytest.raises(Refused, match="series.dates"):
        series.lay(town.anna, patterns=[pattern(town, until=MONDAY + timedelta(days=500))])
    with pytest.raises(Refused, match="series.nothing"):
        one_day = {"rule": weekly([4]), "since": date(2027, 1, 1), "until": date(2027, 1, 1)}
        series.lay(town.anna, patterns=[pattern(town, **one_day)])
    assert rows() == []


def test_changing_all_leaves_alone_what_was_changed_by_hand_and_tells_before_what_it_touches(
    town: Town,
) -> None:
    series_id = series.lay(town.anna, patterns=[pattern(town)]).series_ids[0]
    second = rows()[1]
    shifts.change(
        town.anna, shift_id=second.id, version=second.version, starts_at=second.starts_at + timedelta(hours=1)
    )
    mei, _v = making.volunteer(town, "梅兰", account=False)
    du, _v = making.volunteer(town, "杜鹃", account=False)
    for number, who in ((0, mei), (2, mei), (3, du)):
        signing_up.sign_up(town.anna, shift_id=rows()[number].id, volunteer_id=who)
    wanted = Wanted(start=time(14), where="活动室")
    touch = series_change.touched(town.anna, shift_id=rows()[0].id, scope="all", wanted=wanted)
    assert (touch.shifts, touch.people, touch.by_hand) == (19, 2, 1)
    done = series_change.change(
        town.anna, shift_id=rows()[0].id, scope="all", version=touch.version, wanted=wanted
    )
    assert done.touch == touch
    at_two = [row for row in rows(series_id) if f"{local(row):%H:%M}" == "14:00" and row.where == "活动室"]
    assert len(at_two) == touch.changed
    assert people_in([row.id for row in at_two]) == touch.people
    assert [f"{local(row):%H:%M}" for row in rows() if row.edited] == ["10:00"]
    with pytest.raises(Refused, match="record.changed"):
        series_change.change(
            town.anna, shift_id=rows()[0].id, scope="all", version=touch.version, wanted=wanted
        )


def test_other_weekdays_call_off_and_make_and_never_make_again_what_was_edited(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    hear = lambda _work, _shift, booking, what: told.append(f"{booking.name} {what}")  # noqa: E731
    monkeypatch.setattr(signing_up, "_tellers", [hear])
    series_id = series.lay(town.anna, patterns=[pattern(town, rule=weekly([0, 2]))]).series_ids[0]
    monday, wednesday = rows()[:2]
    shifts.change(
        town.anna,
        shift_id=wednesday.id,
        version=wednesday.version,
        starts_at=wednesday.starts_at + timedelta(days=1),
    )
    mei, _v = making.volunteer(town, "梅兰", account=False)
    signing_up.sign_up(town.anna, shift_id=rows()[2].id, volunteer_id=mei)
    wanted = Wanted(rule=weekly([2, 4]))
    touch = series_change.touched(town.anna, shift_id=monday.id, scope="all", wanted=wanted)
    assert (touch.changed, touch.cancelled, touch.made, touch.people, touch.by_hand) == (0, 4, 4, 1, 1)
    with pytest.raises(Refused, match="shift.why"):
        series_change.change(town.anna, shift_id=monday.id, scope="all", version=touch.version, wanted=wanted)
    series_change.change(
        town.anna, shift_id=monday.id, scope="all", version=touch.version, wanted=wanted, why="周一改为周五"
    )  # fmt: skip
    assert " ".join(f"{local(row):%a}" for row in rows(series_id)) == "Thu Fri Wed Fri Wed Fri Wed Fri"
    assert told == ["梅兰 signed_up", "梅兰 called_off"]
    back = Wanted(rule=weekly([0, 2]))
    touch = series_change.touched(town.anna, shift_id=rows()[1].id, scope="all", wanted=back)
    assert (touch.cancelled, touch.made) == (4, 4)


def test_this_and_the_following_become_a_series_of_their_own(town: Town) -> None:
    mei, _v = making.volunteer(town, "梅兰", account=False)
    old = series.lay(town.anna, patterns=[pattern(town, regular_ids=(mei,))]).series_ids[0]
    chosen = rows()[10]
    wanted = Wanted(start=time(15), capacity=4)
    touch = series_change.touched(town.anna, shift_id=chosen.id, scope="following", wanted=wanted)
    assert (touch.shifts, touch.people) == (10, 1)
    series_change.change(
        town.anna, shift_id=chosen.id, scope="following", version=touch.version, wanted=wanted
    )
    new = next(row.series_id for row in rows() if row.id == chosen.id)
    assert new != old
    assert {f"{local(row):%H:%M}" for row in rows(old)} == {"09:00"}
    assert {(f"{local(row):%H:%M}", row.capacity, row.taken) for row in rows(new)} == {("15:00", 4, 1)}
    with engine.reading() as session:
        until = session.get_one(ShiftSeries, old).until
    assert until == chosen.series_day - timedelta(days=1)
    assert [(one.name, one.since) for one in regulars.of_series(town.anna, series_id=new)] == [
        ("梅兰", chosen.series_day)
    ]
    assert regulars.of_series(town.anna, series_id=old)[0].until == until


def test_only_this_one_is_changed_by_hand(town: Town) -> None:
    series.lay(town.anna, patterns=[pattern(town)])
    wanted = Wanted(start=time(16))
    touch = series_change.touched(town.anna, shift_id=rows()[4].id, scope="this", wanted=wanted)
    assert (touch.shifts, touch.people) == (1, 0)
    series_change.change(town.anna, shift_id=rows()[4].id, scope="this", version=touch.version, wanted=wanted)
    assert [f"{local(row):%m-%d %H:%M}" for row in rows() if row.edited] == ["12-04 16:00"]


def test_past_shifts_stay_as_they_were(town: Town) -> None:
    series.lay(town.anna, patterns=[pattern(town)])
    with clock.at(datetime(2026, 12, 9, 4, tzinfo=clock.PLACE)):
        wanted = Wanted(start=time(17))
        touch = series_change.touched(town.anna, shift_id=rows()[0].id, scope="all", wanted=wanted)
        assert touch.shifts == 13
        series_change.change(
            town.anna, shift_id=rows()[0].id, scope="all", version=touch.version, wanted=wanted
        )
    assert [f"{local(row):%H}" for row in rows()].count("09") == 7


def test_the_end_of_a_series_calls_off_what_follows_with_a_reason(town: Town) -> None:
    series.lay(town.anna, patterns=[pattern(town)])
    mei, _v = making.volunteer(town, "梅兰", account=False)
    signing_up.sign_up(town.anna, shift_id=rows()[19].id, volunteer_id=mei)
    chosen = rows()[15].id
    touch = series_change.ending(town.anna, shift_id=chosen, scope="following")
    assert (touch.cancelled, touch.people) == (5, 1)
    series_change.call_off(
        town.anna, shift_id=chosen, scope="following", version=touch.version, why="活动室装修"
    )
    assert len(rows()) == 15
    assert [one.until for one in series.running(town.anna)] == [MONDAY + timedelta(days=20)]


def test_each_volunteer_hears_once_of_what_changes_in_many_shifts(town: Town) -> None:
    mei, viewer = making.volunteer(town, "梅兰")
    _du, du = making.volunteer(town, "杜鹃")
    series.lay(town.anna, patterns=[pattern(town, regular_ids=(mei,))])
    signing_up.sign_up(du, shift_id=rows()[6].id)

    def heard(who: Viewer) -> list[messages.Entry]:
        return [
            one
            for one in messages.inbox(who).entries
            if "several" in one.kind.title or "date" in one.kind.title
        ]

    chosen, wanted = rows()[5], Wanted(start=time(15))
    touch = series_change.touched(town.anna, shift_id=chosen.id, scope="following", wanted=wanted)
    series_change.change(
        town.anna, shift_id=chosen.id, scope="following", version=touch.version, wanted=wanted
    )
    (entry,) = heard(viewer)
    assert (entry.facts["count"], len(entry.facts["moments"])) == (15, 13), (
        "more than twelve are not all named"
    )
    assert entry.facts["moments"][0] == rows()[5].starts_at.isoformat()
    assert [one.kind.title for one in messages.inbox(du).entries] == ["Changed: {title}"], "one shift as ever"
    chosen = rows()[16]
    touch = series_change.ending(town.anna, shift_id=chosen.id, scope="following")
    series_change.call_off(
        town.anna, shift_id=chosen.id, scope="following", version=touch.version, why="装修"
    )
    last = heard(viewer)[0]
    assert (last.facts["count"], last.facts["why"], len(last.facts["moments"])) == (4, "装修", 4)


def test_who_works_elsewhere_cannot_touch_it(town: Town) -> None:
    series.lay(town.anna, patterns=[pattern(town)])
    with pytest.raises(Refused, match="area.outside"):
        series_change.touched(town.qiu, shift_id=rows()[0].id, scope="all", wanted=Wanted(capacity=3))
    with pytest.raises(Refused, match="area.outside"):
        series.lay(town.qiu, patterns=[pattern(town)])
    assert series.running(town.qiu) == []


def test_regulars_are_booked_pause_and_come_back_and_clashes_are_named(town: Town) -> None:
    mei, _v = making.volunteer(town, "梅兰", account=False)
    making.shift(town, making.kind("巡逻"), days=9, start="10:00")
    signing_up.sign_up(town.anna, shift_id=rows()[0].id, volunteer_id=mei)  # Wednesday, 2 December
    made = series.lay(town.anna, patterns=[pattern(town, rule=weekly([0, 2]), regular_ids=(mei,))])
    assert made.booked.count == 7
    assert [(one.name, one.code, local(one).date()) for one in made.booked.missed] == [
        ("梅兰", "overlap", date(2026, 12, 2))
    ]
    regular = regulars.of_series(town.anna, series_id=made.series_ids[0])[0]
    assert (
        regulars.pause(town.anna, regular_id=regular.id, since=date(2026, 12, 7), until=date(2026, 12, 14))
        == 3
    )
    paused = [row for row in rows(made.series_ids[0]) if row.taken == 0]
    assert [local(row).date().day for row in paused] == [2, 7, 9, 14]
    other, _v = making.volunteer(town, "杜鹃", account=False)
    third, _v = making.volunteer(town, "石竹", account=False)
    for who in (other, third):
        signing_up.sign_up(town.anna, shift_id=paused[1].id, volunteer_id=who)
    back = regulars.come_back(town.anna, regular_id=regular.id)
    assert back.count == 2
    assert sorted((one.code, local(one).date().day) for one in back.missed) == [("full", 7), ("overlap", 2)]


def test_a_regular_stops_and_one_more_comes(town: Town) -> None:
    mei, _v = making.volunteer(town, "梅兰", account=False)
    du, _v = making.volunteer(town, "杜鹃", account=False)
    series_id = series.lay(town.anna, patterns=[pattern(town, regular_ids=(mei,))]).series_ids[0]
    regular = regulars.of_series(town.anna, series_id=series_id)[0]
    assert regulars.stop(town.anna, regular_id=regular.id, last=date(2026, 12, 11)) == 10
    assert regulars.add(town.anna, series_id=series_id, volunteer_id=du).count == 20
    with pytest.raises(Refused, match="regular.already"):
        regulars.add(town.anna, series_id=series_id, volunteer_id=du)
    wanted = Wanted(until=MONDAY + timedelta(days=32))
    touch = series_change.touched(town.anna, shift_id=rows()[0].id, scope="all", wanted=wanted)
    done = series_change.change(
        town.anna, shift_id=rows()[0].id, scope="all", version=touch.version, wanted=wanted
    )
    assert (done.touch.made, done.booked.count) == (4, 4)  # New Year's Day falls out
    with pytest.raises(Refused, match="regular.pause"):
        regulars.pause(town.anna, regular_id=regular.id, since=MONDAY, until=MONDAY - timedelta(days=1))


def test_a_week_is_copied_once_and_without_people(town: Town) -> None:
    kind = making.kind()
    mei, _v = making.volunteer(town, "梅兰", account=False)
    for day in (7, 8, 9):
        making.shift(town, kind, days=day)
    signing_up.sign_up(town.anna, shift_id=rows()[0].id, volunteer_id=mei)
    week = {"monday": MONDAY, "to": MONDAY + timedelta(days=7)}
    assert series.copyable(town.anna, **week).made == 3
    assert series.copy_week(town.anna, **week).made == 3
    assert [row.taken for row in rows()] == [1, 0, 0, 0, 0, 0]
    with pytest.raises(Refused, match="series.nothing"):
        series.copy_week(town.anna, **week)
    assert series.copyable(town.qiu, **week).made == 0
