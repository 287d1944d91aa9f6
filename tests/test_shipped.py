"""What a community is given as data to begin with is read in the reader's language until somebody changes it."""

from datetime import date

import pytest

from components import i18n
from db import engine, keeping, listing
from db.care import days, feasts
from db.care.calls import OCCASIONS
from db.care.rules import DEFAULT_RULES, RULES
from db.identity import Account
from db.people import entering, groups
from db.people.moving import Home
from db.territory.levels import DEFAULTS
from db.words import SHIPPED
from tests.conftest import Town
from tests.screens import Screens, go, signed_in, text_of


@pytest.fixture
def office(town: Town) -> Town:
    days.new_day(town.anna)
    groups.start_groups(town.anna)
    return town


def has_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def test_all_that_is_shipped_has_both_languages() -> None:
    stored = [text for rule in DEFAULT_RULES for text in rule[:2]] + [
        label for _code, label, *_rest in DEFAULTS
    ]
    assert [text for text in stored if text not in SHIPPED["en"]] == []
    assert {one.name for one in feasts.FEASTS} <= SHIPPED["en"].keys()
    for text, english in SHIPPED["en"].items():
        assert has_chinese(text), text
        assert english and not has_chinese(english), text
        assert SHIPPED["zh"][english] == text


def test_each_reader_has_it_in_their_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "language", lambda: "en")
    assert i18n.own("红色高风险") == "At high risk (red)"
    assert i18n.own("红色高风险 2") == "红色高风险 2"
    monkeypatch.setattr(i18n, "language", lambda: "zh")
    assert i18n.own("Winter Solstice") == "冬至"
    assert i18n.own("红色高风险") == "红色高风险"


def test_the_rules_in_english_until_one_is_changed(open_app: Screens, office: Town) -> None:
    text = text_of(open_app(office.lei, "visits", tab="rules"))
    assert "Others in care" in text
    assert "everybody else in care, quarterly" in text
    assert "Child in difficulty" in text
    assert not has_chinese(text.replace("邻里", "").replace(office.lei.name, ""))
    rule = next(
        row
        for row in listing.page(office.lei, RULES, listing.Listing(size=50)).rows
        if row["name"] == "其他关爱对象"
    )
    keeping.edit(office.lei, RULES, rule["id"], 1, {"name": "其余关爱对象"})
    text = text_of(open_app(office.lei, "visits", tab="rules"))
    assert "其余关爱对象" in text
    assert "Others in care" not in text


def test_why_somebody_is_due_and_whom_a_filter_names(open_app: Screens, office: Town) -> None:
    made = entering.register_household(
        office.shen, home=Home(area_id=office.building_1, stair="3", room="402"),
        people=[{"name": "周秀英", "born": date(1940, 5, 1), "living": "alone", "colour": "red", "in_care": True}],
        groups=[["unable"]],
    )  # fmt: skip
    text = text_of(open_app(office.shen, "residents", id=made.resident_ids[0], tab="Visits"))
    assert "Very old, alone or empty nest" in text
    assert "elders of 80 or more" in text.replace("\\", "")
    assert "At high risk (red)" in text.replace("\\", "")
    assert "Unable to care for oneself" in text
    strictest = listing.page(office.lei, RULES, listing.Listing(sort="strict")).rows[0]["id"]
    app = open_app(office.shen, "visits", rule=strictest)
    assert "Visit rule: Very old, alone or empty nest" in [one.label for one in app.button]


def test_the_language_of_the_browser_counts_for_whoever_chose_none(open_app: Screens, office: Town) -> None:
    token = signed_in(office.lei)
    with engine.writing() as unit:
        unit.get_one(Account, office.lei.account_id).language = ""
    app = open_app.window(token)
    app.query_params["tab"] = "rules"
    text = text_of(go(app, "visits"))
    assert "Child in difficulty" in text
    assert "困境儿童" not in text
    app = open_app.window(token)
    go(app, "me")
    assert not app.exception
    assert app.radio(key="me_language").value == ""


def test_a_festival_raised_in_one_language_is_read_in_the_other(open_app: Screens, office: Town) -> None:
    values = {
        "kind": "festival",
        "area_id": office.community,
        "since": date(2026, 11, 20),
        "until": date(2026, 12, 1),
        "due_days": 4,
    }
    keeping.create(office.lei, OCCASIONS, {**values, "name": "冬至"})
    keeping.create(office.lei, OCCASIONS, {**values, "name": "冬至慰问"})
    text = text_of(open_app(office.lei, "visits", tab="occasions"))
    assert "**Winter Solstice**" in text
    assert "**冬至慰问**" in text


def test_a_choice_is_told_with_each_drawing(open_app: Screens, town: Town) -> None:
    """Two drawings after each other reach a browser as one: what the first alone was told would be lost there."""
    app = open_app(town.shen, "visits", tab="visits")
    for _each in range(3):
        (parts,) = [one for one in app.get("button_group") if one.key == "visits_tab"]
        assert [parts.proto.options[at].content for at in parts.proto.default] == ["Visits made"]
        app.run()
