"""The calendar proposes festivals; people raise them."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from db import clock, engine, keeping
from db.access import Viewer
from db.audit import AuditEntry
from db.care import calls, days, feasts
from db.care.calls import OCCASIONS
from db.care.feasts import FEASTS, coming
from db.errors import Refused
from db.identity import SignIn
from tests.conftest import NOON, Town, sign_in
from tests.screens import Screens, buttons, text_of

BEFORE_SOLSTICE = date(2026, 11, 28)

# Month and day as calendars have them for 2024 to 2030.
KNOWN = {
    "spring": "02-10 01-29 02-17 02-06 01-26 02-13 02-03",
    "lantern": "02-24 02-12 03-03 02-20 02-09 02-27 02-17",
    "qingming": "04-04 04-04 04-05 04-05 04-04 04-04 04-05",
    "dragon": "06-10 05-31 06-19 06-09 05-28 06-16 06-05",
    "moon": "09-17 10-06 09-25 09-15 10-03 09-22 09-12",
    "elders": "10-11 10-29 10-18 10-08 10-26 10-16 10-05",
    "national": "10-01 10-01 10-01 10-01 10-01 10-01 10-01",
    "newyear": "01-01 01-01 01-01 01-01 01-01 01-01 01-01",
    "solstice": "12-21 12-21 12-22 12-22 12-21 12-21 12-22",
}


@pytest.mark.parametrize("feast", FEASTS, ids=lambda one: one.code)
def test_the_days_of_2024_to_2030(feast: feasts.Feast) -> None:
    if feast.code == "laba":  # the twelfth month of the moon reaches into the next year of the sun
        said = [
            "2025-01-07",
            "2026-01-26",
            "2027-01-15",
            "2028-01-04",
            "2029-01-22",
            "2030-01-11",
            "2031-01-01",
        ]
    else:
        said = [
            f"{year}-{day}" for year, day in zip(range(2024, 2031), KNOWN[feast.code].split(), strict=True)
        ]
    assert [feast.day_in(year).isoformat() for year in range(2024, 2031)] == said


def test_the_solstice_of_the_one_year_in_which_the_formula_errs() -> None:
    assert feasts.winter_solstice(2021) == date(2021, 12, 21)


def test_the_next_feasts_are_told_in_time() -> None:
    assert [(one.name, one.day) for one in coming(BEFORE_SOLSTICE)] == [("冬至", date(2026, 12, 22))]
    assert [one.name for one in coming(BEFORE_SOLSTICE, 50)] == ["冬至", "元旦", "腊八节"]
    assert [one.name for one in coming(date(2027, 1, 10))] == ["腊八节", "春节"]
    assert [one.name for one in coming(date(2025, 9, 20))] == ["国庆节", "中秋节"]
    assert "冬至" not in [one.name for one in coming(date(2026, 12, 22))]


def test_every_year_has_each_feast_once_and_contacts_come_before_it() -> None:
    start = date(2024, 1, 1)
    seen: dict[tuple[str, date], feasts.Coming] = {}
    for number in range(7 * 365):
        today = start + timedelta(days=number)
        for one in coming(today):
            seen[one.code, one.day] = one
            assert today <= one.since < one.day <= one.until
            assert one.since + timedelta(days=one.due_days) == one.day - timedelta(days=1)
            assert (one.until - one.since).days <= calls.LONGEST_OCCASION
    for feast in FEASTS:
        assert sum(code == feast.code for code, day in seen if 2025 <= day.year <= 2029) == 5, feast.code


@pytest.fixture
def december(town: Town) -> Town:
    """The day from which the solstice is near."""
    with clock.at(NOON + timedelta(days=5)):
        with engine.writing() as session:
            session.execute(update(SignIn).values(seen_at=clock.now()))
        days.new_day(town.anna)
        yield town


def names(who: Viewer) -> list[tuple[str, str]]:
    return [(one.feast.name, one.area) for one in feasts.proposed(who)]


def raise_it(who: Viewer, area_id: int, name: str = "冬至慰问", until: date = date(2026, 12, 22)) -> int:
    values = {
        "kind": "festival",
        "name": name,
        "area_id": area_id,
        "since": date(2026, 12, 17),
        "until": until,
        "due_days": 4,
    }
    return keeping.create(who, OCCASIONS, values)


def test_what_was_raised_is_not_proposed_again_even_when_called_off(december: Town) -> None:
    assert names(december.lei) == [("冬至", "红星社区")]
    raised = raise_it(december.lei, december.community)
    assert names(december.lei) == names(december.anna) == []
    calls.call_off(december.lei, occasion_id=raised)
    assert names(december.lei) == []


@pytest.mark.parametrize(("name", "until"), [("元旦", date(2026, 12, 22)), ("冬至", date(2026, 12, 20))])
def test_another_name_or_other_days_are_another_festival(december: Town, name: str, until: date) -> None:
    raise_it(december.lei, december.community, name, until)
    assert names(december.lei) == [("冬至", "红星社区")]


def test_each_leader_is_asked_for_their_own_areas(december: Town) -> None:
    paths = (december.path(december.north), december.path(december.south))
    both = sign_in("liang", "leader", "梁好", paths)
    raise_it(december.anna, december.north, "Winter solstice visits")
    assert names(both) == [("冬至", "第二网格")]
    assert names(december.lei) == [("冬至", "红星社区")]
    raise_it(december.anna, december.community)
    assert names(both) == []


def test_a_dismissed_one_stays_away_for_that_year_and_nothing_was_raised(december: Town) -> None:
    (proposal,) = feasts.proposed(december.lei)
    feasts.dismiss(december.lei, code="solstice", day=proposal.feast.day)
    assert names(december.lei) == []
    assert calls.banners(december.lei) == []
    with pytest.raises(Refused, match=r"record\.not_found"):
        feasts.dismiss(december.lei, code="solstice", day=proposal.feast.day)
    entry = AuditEntry.__table__.c  # type: ignore[attr-defined]
    with engine.reading() as session:
        assert session.execute(
            select(entry.actor, entry.label).where(entry.action == "feast.dismiss")
        ).all() == [("雷振东", "冬至")]
    with clock.at(NOON + timedelta(days=370)):
        with engine.writing() as session:
            session.execute(update(SignIn).values(seen_at=clock.now()))
        assert names(december.lei) == [("冬至", "红星社区")]


def test_workers_and_volunteers_are_not_asked(december: Town) -> None:
    for who in (december.shen, december.vera):
        with pytest.raises(Refused, match=r"access\.denied"):
            feasts.proposed(who)


def test_one_tap_opens_the_form_filled_in(open_app: Screens, december: Town) -> None:
    app = open_app(december.lei, "visits", tab="occasions")
    assert "Winter Solstice" in text_of(app)
    app.button(key="feast_raise_solstice").click().run()
    said = {
        name: app.text_input(key=f"new_occasions_{name}").value
        for name in ("name", "since", "until", "due_days")
    }
    assert said == {"name": "Winter Solstice", "since": "2026-12-17", "until": "2026-12-22", "due_days": "4"}
    assert app.selectbox(key="new_occasions_kind").value == "festival"
    assert app.selectbox(key="new_occasions_area_id").value == december.community
    assert calls.banners(december.lei) == []
    app.button(key="occasion_save").click().run()
    assert not app.exception
    assert not {one for one in buttons(app) if one.startswith("feast_")}


def test_not_this_time_takes_the_proposal_away(open_app: Screens, december: Town) -> None:
    app = open_app(december.lei, "visits", tab="occasions")
    app.button(key="feast_dismiss_solstice").click().run()
    assert not app.exception
    assert "Winter Solstice" not in text_of(app)
    assert not {
        one for one in buttons(open_app(december.shen, "visits", tab="occasions")) if one.startswith("feast_")
    }
