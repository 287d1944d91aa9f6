"""The tick list of visits: who decides it decides what the visit form offers."""

import pytest
from sqlalchemy import select

from db import engine
from db.access import Viewer
from db.audit import AuditEntry
from db.care import days, ticks, visits
from db.care.ticks import Tick
from db.care.visits import Seen
from db.errors import Refused
from db.people import residents
from tests.conftest import Town
from tests.screens import Screens, buttons, text_of


@pytest.fixture
def office(town: Town) -> Town:
    days.new_day(town.anna)
    return town


def line(who: Viewer, code: str) -> Tick:
    return next(one for one in ticks.tick_list(who) if one.code == code)


def offered(who: Viewer) -> list[str]:
    return [words for _code, words, _worry in visits.observations(who)]


def change(who: Viewer, was: Tick, **new: object) -> None:
    said = {"name": was.name, "name_en": was.name_en, "worry": was.worry, "closed": was.closed, **new}
    ticks.change_tick(who, was=was, **said)  # type: ignore[arg-type]


def trail() -> list[tuple[str, str, dict[str, object]]]:
    entry = AuditEntry.__table__.c  # type: ignore[attr-defined]
    with engine.reading() as unit:
        rows = unit.execute(
            select(entry.action, entry.label, entry.changes)
            .where(entry.kind == "visit_observation")
            .order_by(entry.id)
        )
        return [(row.action, row.label, row.changes) for row in rows]


def test_a_new_line_is_offered_and_can_be_ticked(office: Town) -> None:
    code = ticks.add_tick(office.lei, name=" 门锁  损坏 ", name_en="Broken lock", worry=True)
    assert visits.observations(office.shen)[-1] == (code, "门锁 损坏", True)
    who = residents.add(office.shen, values={"name": "周秀英", "area_id": office.building_1, "in_care": True})
    visits.record(office.shen, seen=[Seen(who, observed=(code,))])
    assert trail()[-1] == ("rule.edit", "门锁 损坏", {"name": [None, "门锁 损坏"], "worry": [None, True]})


def test_two_new_lines_have_different_codes_and_stand_in_their_order(office: Town) -> None:
    first = ticks.add_tick(office.lei, name="门锁损坏")
    second = ticks.add_tick(office.lei, name="水管漏水")
    assert first != second
    assert offered(office.shen)[-2:] == ["门锁损坏", "水管漏水"]


def test_renaming_holds_for_the_visits_of_before(office: Town) -> None:
    change(office.lei, line(office.lei, "tidy"), name="家里整洁", name_en="Tidy", worry=True)
    assert ("tidy", "家里整洁", True) in visits.observations(office.shen)
    assert trail()[-1][2] == {
        "name": ["家中整洁", "家里整洁"],
        "name_en": ["Home is tidy", "Tidy"],
        "worry": [False, True],
    }


def test_a_closed_line_is_kept_and_comes_back_where_it_was(office: Town) -> None:
    before = offered(office.shen)
    change(office.lei, line(office.lei, "gas"), closed=True)
    assert offered(office.shen) == before[1:]
    assert [one.code for one in ticks.tick_list(office.lei)][-1] == "gas"
    assert "gas" in [code for code, *_rest in visits.observations(office.shen, closed=True)]
    change(office.lei, line(office.lei, "gas"), closed=False)
    assert offered(office.shen) == before


def test_moving_passes_over_closed_lines_and_stops_at_the_ends(office: Town) -> None:
    before = offered(office.shen)
    change(office.lei, line(office.lei, "wires"), closed=True)
    ticks.move_tick(office.lei, code="clutter", up=True)
    assert offered(office.shen)[:2] == [before[2], before[0]]
    ticks.move_tick(office.lei, code="clutter", up=True)
    assert offered(office.shen)[:2] == [before[2], before[0]]
    ticks.move_tick(office.lei, code="clutter", up=False)
    assert offered(office.shen)[:2] == [before[0], before[2]]
    assert [changes for _action, label, changes in trail() if "order" in changes][-1] == {"order": [1, 2]}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"name": " \u3000"}, "tick.name"),
        ({"name": "家中整洁"}, "tick.taken"),
        ({"name": "整洁", "name_en": "home is TIDY"}, "tick.taken"),
    ],
)
def test_a_line_without_a_name_or_with_that_of_another_is_refused(
    office: Town, said: dict[str, str], code: str
) -> None:
    before = offered(office.shen)
    with pytest.raises(Refused, match=code):
        ticks.add_tick(office.lei, **said)
    with pytest.raises(Refused, match=code):
        change(office.lei, line(office.lei, "gas"), **said)
    assert offered(office.shen) == before


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(office: Town) -> None:
    seen = line(office.lei, "gas")
    change(office.anna, seen, name="燃气泄漏")
    with pytest.raises(Refused, match=r"tick\.changed"):
        change(office.lei, seen, worry=False)
    assert line(office.lei, "gas").worry
    with pytest.raises(Refused, match=r"record\.not_found"):
        ticks.move_tick(office.lei, code="nothing", up=True)


def test_leaders_find_the_list_beside_the_rules_and_workers_do_not(open_app: Screens, office: Town) -> None:
    app = open_app(office.lei, "visits", tab="rules")
    app.button(key="rule_ticks").click().run()
    assert "燃气未关或有异味" in text_of(app)
    assert app.button(key="tick_up_gas").disabled
    app.button(key="tick_down_gas").click().run()
    assert not app.exception
    assert offered(office.lei)[:2] == ["Old or makeshift wiring", "Gas left on or smell of gas"]
    change(office.lei, line(office.lei, "wires"), closed=True)
    app.run()
    app.button(key="tick_open_wires").click().run()
    assert offered(office.lei)[0] == "Old or makeshift wiring"

    worker = open_app(office.shen, "visits", tab="rules", ticks=1)
    assert "rule_ticks" not in buttons(worker)
    assert not {one for one in buttons(worker) if one.startswith("tick_")}
    with pytest.raises(Refused, match=r"access\.denied"):
        ticks.add_tick(office.shen, name="门锁损坏")


def test_administrators_find_the_list_in_the_settings(open_app: Screens, office: Town) -> None:
    app = open_app(office.anna, "settings", part="ticks")
    assert {"tick_add", "tick_change_gas", "tick_up_wires"} <= buttons(app)


def test_a_line_closed_while_somebody_has_it_ticked_stays_ticked_there(
    open_app: Screens, office: Town
) -> None:
    who = residents.add(office.shen, values={"name": "周秀英", "area_id": office.building_1, "in_care": True})
    app = open_app(office.shen, "visits", new=1, resident=who)
    app.button(key="visit_result_well").click().run()
    app.pills(key=f"visit_{who}_observed").set_value(["gas"]).run()
    change(office.lei, line(office.lei, "gas"), closed=True)
    app.run()
    assert not app.exception
    app.button(key="visit_save").click().run()
    (visit,) = visits.story(office.shen, resident_id=who)
    assert visit["observed"] == ["gas"]

    app = open_app(office.shen, "visits", tab="visits", id=visit["id"])
    app.button(key="visit_correct").click().run()
    app.text_input(key=f"correct_{visit['id']}_why").set_value("记漏了").run()
    app.button(key="visit_correct_save").click().run()
    assert not app.exception
    assert visits.story(office.shen, resident_id=who)[0]["observed"] == ["gas"]

    app = open_app(office.shen, "visits", new=1, resident=who)
    app.button(key="visit_result_well").click().run()
    assert "Gas left on or smell of gas" not in str(app.pills(key=f"visit_{who}_observed").options)
