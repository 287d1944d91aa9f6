"""Saving a rule as it is seen: the bar that everybody follows, the confirmation, the failure, and nothing typed is lost."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from db import keeping, listing
from db.care import days, rules
from db.care.rules import RULES
from db.errors import Refused
from db.listing import Listing
from db.system import jobs
from db.system.jobs import Run
from tests.conftest import Town
from tests.screens import Screens, buttons, text_of

WINTER: Any = {
    "name": "冬季加密",
    "source": "居委会决定",
    "every_days": "3",
    "since": "2026-11-23",
    "match": "all",
}


@pytest.fixture
def office(town: Town) -> Town:
    days.new_day(town.anna)
    return town


@pytest.fixture
def quarterly(office: Town) -> int:
    """The rule for everybody else in care, as it was made."""
    return int(listing.page(office.lei, RULES, Listing(search="其他关爱对象")).rows[0]["id"])


def rule_names(office: Town) -> list[str]:
    return [row["name"] for row in listing.page(office.lei, RULES, Listing(size=100)).rows]


def fill_in(app: AppTest, name: str) -> AppTest:
    app.text_input(key="new_rules_name").set_value(name)
    app.text_input(key="new_rules_source").set_value("居委会决定")
    app.multiselect(key="new_rules_colours").set_value(["red"])
    return app.text_input(key="new_rules_every_days").set_value("3").run()


def bars(app: AppTest) -> list[tuple[int, str]]:
    return [(one.proto.value, one.proto.text) for one in app.get("progress")]


def test_while_one_saves_everybody_who_sees_rules_follows_and_a_second_one_keeps_what_is_typed(
    open_app: Screens, office: Town
) -> None:
    second = fill_in(open_app(office.anna, "visits", tab="rules", new=1), "另一条")
    rules.save(office.lei, rule_id=None, version=0, values=WINTER)
    taken = jobs._take()  # another process does it
    assert taken is not None
    taken[1].note(43)
    for viewer, by_name in ((office.lei, False), (office.shen, True)):
        app = open_app(viewer, "visits", tab="rules")
        assert bars(app) == [(43, "Working out anew who is due … 43 %")]
        assert ("雷振东 asked for it" in text_of(app)) == by_name
        assert "冬季加密" not in text_of(app)
    second.button(key="rule_save").click().run()
    assert not second.exception
    assert "雷振东 asked for the same a moment ago" in text_of(second)
    assert second.text_input(key="new_rules_name").value == "另一条"
    assert second.multiselect(key="new_rules_colours").value == ["red"]
    jobs._do(*taken)
    second.button(key="rule_save").click().run()
    assert not second.exception
    assert "Everybody's due dates follow the new rules" in text_of(second)
    assert bars(second) == []
    assert {"另一条", "冬季加密"} < set(rule_names(office))


def test_a_second_tap_saves_nothing_twice(open_app: Screens, office: Town) -> None:
    app = fill_in(open_app(office.lei, "visits", tab="rules", new=1), "冬季加密")
    app.button(key="rule_save").click().run()
    assert rule_names(office).count("冬季加密") == 1
    app = fill_in(open_app(office.lei, "visits", tab="rules", new=1), "冬季加密")  # what a bounced tap sends
    app.button(key="rule_save").click().run()
    assert rule_names(office).count("冬季加密") == 1


def test_what_could_not_be_saved_is_told_and_comes_back_into_the_form(
    open_app: Screens, office: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_run: Run, _done: int, _total: int = 100) -> None:
        raise Refused("system.busy")

    with monkeypatch.context() as broken:
        broken.setattr(Run, "note", refuse)
        app = fill_in(open_app(office.lei, "visits", tab="rules", new=1), "冬季加密")
        app.button(key="rule_save").click().run()
    for again in (app, open_app(office.lei, "visits", tab="rules")):  # also in another window
        assert not again.exception
        assert "all due dates are as they were" in text_of(again)
        assert "The database is busy" in text_of(again)
    assert "rule_again" not in buttons(open_app(office.anna, "visits", tab="rules"))
    app = open_app(office.lei, "visits", tab="rules")
    app.button(key="rule_again").click().run()
    assert app.text_input(key="new_rules_name").value == "冬季加密"
    assert app.multiselect(key="new_rules_colours").value == ["red"]
    app.button(key="rule_save").click().run()
    assert not app.exception
    assert "rule_again" not in buttons(app)
    assert "冬季加密" in rule_names(office)


def test_a_failure_is_put_aside(open_app: Screens, office: Town) -> None:
    rules.save(office.lei, rule_id=None, version=0, values=WINTER)
    taken = jobs._take()
    assert taken is not None
    jobs._settle(taken[1], **jobs._ended("failed"), problem="job.gave_up")
    app = open_app(office.lei, "visits", tab="rules")
    assert "begun three times" in text_of(app)
    app.button(key="rule_aside").click().run()
    assert not app.exception
    assert "rule_again" not in buttons(app)


def test_both_versions_are_shown_when_somebody_changed_the_rule_meanwhile(
    open_app: Screens, office: Town, quarterly: int
) -> None:
    form = f"edit_rules_{quarterly}"
    app = open_app(office.lei, "visits", tab="rules", id=quarterly)
    app.text_input(key=f"{form}_every_days").set_value("60").run()
    keeping.edit(office.anna, RULES, quarterly, 1, {"every_days": 75, "source": "街道通知"})
    app.button(key="rule_save").click().run()
    assert "Somebody saved this record while you were typing" in text_of(app)
    assert "街道通知" in text_of(app)
    choice = app.radio(key=f"{form}_conflict_every_days")
    assert [one.replace("\\", "") for one in choice.options] == ["Mine: 60", "Theirs: 75"]
    app.button(key="rule_save").click().run()
    assert not app.exception
    kept = listing.get(office.lei, RULES, quarterly).values
    assert (kept["every_days"], kept["source"]) == (60, "街道通知")
