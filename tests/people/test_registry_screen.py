"""The registry as its users meet it: searching, links, forms that keep what was typed, conflicts, merging."""

from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from db import access, keeping, listing, parsing, work
from db.people import contacts, entering, groups, households, merging, residents
from db.people.moving import Home
from db.people.residents import RESIDENTS
from tests.built import built_once
from tests.conftest import Town
from tests.screens import Screens, buttons, text_of

ZHANG_ID = parsing.make_id("320113", date(1942, 3, 7), 128)
LONG = "阿卜杜热合曼·阿卜杜外力·买买提江·吐尔逊那也提·艾合买提江·"[:40].strip("·")


@pytest.fixture
@built_once
def people(town: Town) -> dict[str, int]:
    """Zhang at home with her husband in the north; Qian in the south; somebody with a very long name."""
    with work.unit(access.system(), "group.edit", write=True) as unit:
        groups.ensure_groups(unit)
    home = entering.register_household(
        town.shen, home=Home(area_id=town.building_1, stair="3", room="402"),
        people=[
            {"name": "张桂梅", "id_number": ZHANG_ID, "phone": "13800001234", "living": "empty_nest", "colour": "red"},
            {"name": "吴建国", "relation": "spouse"},
        ],
        groups=[["alone"], []],
    )  # fmt: skip
    qian = residents.add(town.qiu, values={"name": "钱多多", "area_id": town.building_3, "colour": "red"})
    long = residents.add(town.shen, values={"name": LONG, "area_id": town.building_2})
    return {
        "zhang": home.resident_ids[0],
        "wu": home.resident_ids[1],
        "qian": qian,
        "long": long,
        "home": home.household_id,
    }


def rows(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value.iloc[:, 0]) if app.dataframe else []


def test_search_finds_and_says_how_many(open_app: Screens, town: Town, people: dict[str, int]) -> None:
    app = open_app(town.shen, "residents")
    assert "3 records" in text_of(app)
    assert "1-3-402" in app.dataframe[0].value.to_csv()
    box = app.text_input(key="residents_q")
    assert "initials" in str(box.placeholder)
    for typed in ("zgm", "桂梅", ZHANG_ID, "1234"):
        app.text_input(key="residents_q").set_value(typed).run()
        assert rows(app) == ["张桂梅"]
        assert app.query_params["q"] == typed
    app.text_input(key="residents_q").set_value("1-3-402").run()
    assert set(rows(app)) == {"张桂梅", "吴建国"}
    app.text_input(key="residents_q").set_value("没有这个人").run()
    assert "Nothing fits" in text_of(app)


def test_who_moved_away_is_offered_where_nobody_else_fits(
    open_app: Screens, town: Town, people: dict[str, int]
) -> None:
    keeping.edit(town.shen, RESIDENTS, people["wu"], 1, {"status": "moved"})
    app = open_app(town.shen, "residents", q="吴建国")
    assert "moved away" in text_of(app)
    app.button(key="show_left_out").click().run()
    assert rows(app) == ["吴建国"]


def test_a_building_in_the_address_is_named(open_app: Screens, town: Town, people: dict[str, int]) -> None:
    app = open_app(town.shen, "residents", area=str(town.building_1))
    assert any("1栋" in button.label for button in app.button)
    assert "2 records" in text_of(app)


def test_a_link_restores_the_list_and_shows_each_reader_their_own(
    open_app: Screens, town: Town, people: dict[str, int]
) -> None:
    link = {"colour": "red", "sort": "oldest"}
    for viewer, seen in (
        (town.shen, ["张桂梅"]),
        (town.qiu, ["钱多多"]),
        (town.anna, ["钱多多", "张桂梅"]),
        (town.lei, ["钱*多", "张*梅"]),
    ):
        app = open_app(viewer, "residents", **link)
        assert sorted(rows(app)) == sorted(seen)
        assert app.selectbox(key="residents_sort").value == "oldest"
        assert any("Risk colour" in button.label for button in app.button)
    app.button(key="residents_chip_colour_red").click().run()
    assert "colour" not in app.query_params
    assert "4 records" in text_of(app)


def test_a_volunteer_opens_no_list(open_app: Screens, town: Town, people: dict[str, int]) -> None:
    app = open_app(town.vera, "residents", id=str(people["zhang"]))
    assert "张" not in text_of(app)
    assert not app.dataframe


def test_a_record_at_a_glance(open_app: Screens, town: Town, people: dict[str, int]) -> None:
    app = open_app(town.shen, "residents", id=str(people["zhang"]))
    seen = text_of(app)
    assert "84 years old" in seen
    assert "Red" in seen
    assert "138\\*\\*\\*\\*1234" in seen
    assert "13800001234" not in seen
    assert open_app(town.shen, "residents", id=str(people["long"])).title[0].value == LONG
    assert "no such record" in text_of(open_app(town.qiu, "residents", id=str(people["zhang"])))


@pytest.mark.parametrize(
    ("tab", "said"),
    [("Household", "张桂梅"), ("Groups", "Elder living alone"), ("Contacts", "吴小红"), ("Timeline", "Registered"),
     ("Who looked", "opened the record"), ("history", "made the record")],
)  # fmt: skip
def test_each_tab_of_a_record(
    open_app: Screens, town: Town, people: dict[str, int], tab: str, said: str
) -> None:
    contacts.add_contact(
        town.shen,
        resident_id=people["zhang"],
        values={"name": "吴小红", "relation": "女儿", "phone": "13900005678"},
    )
    app = open_app(town.shen, "residents", id=str(people["zhang"]), tab=tab)
    assert said in text_of(app)
    assert "13900005678" not in text_of(app)
    leader = open_app(town.lei, "residents", id=str(people["zhang"]), tab=tab)
    assert "张桂梅" not in text_of(leader)
    assert "吴小红" not in text_of(leader)
    assert not [one for one in leader.button if one.label in ("Change", "Died", "Merge with…", "Move", "Add")]


def press_in_dialog(app: AppTest, opens: str, inside: str) -> AppTest:
    """Press a button of a dialog. Here a dialog stands only in the run that opens it, so both are pressed at once."""
    app.button(key=opens).click()
    app.button(key=inside).click()
    return app.run()


@pytest.mark.parametrize(
    ("button", "said"), [("record_moved", "Moved out · 20 Nov"), ("record_died", "Died · 20 Nov")]
)
def test_somebody_moves_out_or_dies_and_it_is_taken_back(
    open_app: Screens, town: Town, people: dict[str, int], button: str, said: str
) -> None:
    zhang = people["zhang"]
    version = listing.get(town.shen, RESIDENTS, zhang).version
    keeping.edit(town.shen, RESIDENTS, zhang, version, {"in_care": True, "carer": "沈亦安"})
    app = open_app(town.shen, "residents", id=zhang)
    app.button(key=button).click().run()
    for ends in ("Care ends (沈亦安", "groups end on that day: Elder living alone", "record stays"):
        assert ends in text_of(app).replace("\\", "")
    assert app.date_input(key="leave_day").value == date(2026, 11, 23)
    assert listing.get(town.shen, RESIDENTS, zhang).values["status"] == "resident"

    app.date_input(key="leave_day").set_value(date(2026, 11, 20))
    press_in_dialog(app, button, "leave_go")
    assert not app.exception
    assert said in text_of(app)
    gone = listing.get(town.shen, RESIDENTS, zhang).values
    assert (gone["in_care"], gone["carer"]) == (False, "沈亦安")
    assert {"record_moved", "record_died"}.isdisjoint(buttons(app))

    app.button(key="record_back_again").click().run()
    assert said not in text_of(app)
    back = listing.get(town.shen, RESIDENTS, zhang).values
    assert (back["status"], back["in_care"]) == ("resident", True)


def test_what_was_typed_stays_when_it_is_refused(
    open_app: Screens, town: Town, people: dict[str, int]
) -> None:
    app = open_app(town.shen, "residents", new="1")
    app.text_input(key="new_residents_name").set_value("林晓")
    app.text_input(key="new_residents_phone").set_value("12").run()
    app.button(key="record_save").click().run()
    assert app.text_input(key="new_residents_name").value == "林晓"
    assert app.text_input(key="new_residents_phone").value == "12"
    assert "another look" in text_of(app)
    app.text_input(key="new_residents_phone").set_value("13800007777")
    app.text_input(key="new_residents_home_text").set_value("2-1-101").run()
    assert "2\\-1\\-101 is new" in text_of(app)
    app.button(key="record_save").click().run()
    assert not app.exception
    made = listing.page(town.shen, RESIDENTS, listing.Listing(search="林晓")).rows
    assert [row["address"] for row in made] == ["2-1-101"]


def test_the_number_fills_in_birth_date_and_sex(
    open_app: Screens, town: Town, people: dict[str, int]
) -> None:
    number = parsing.make_id("320113", date(1950, 6, 1), 11)
    app = open_app(town.shen, "residents", new="1")
    app.text_input(key="new_residents_id_number").set_value(number).run()
    assert app.text_input(key="new_residents_born").value == "1950-06-01"
    assert app.selectbox(key="new_residents_sex").value == parsing.id_sex(number)
    app.text_input(key="new_residents_born").set_value("1951-06-01").run()
    assert "differs from the ID number" in text_of(app)
    app.text_input(key="new_residents_id_number").set_value(ZHANG_ID).run()
    assert "has this ID number" in text_of(app)


def test_somebody_alike_is_shown_before_a_record_is_made(
    open_app: Screens, town: Town, people: dict[str, int]
) -> None:
    app = open_app(town.shen, "residents", new="1", household_id=str(people["home"]))
    app.text_input(key="new_residents_name").set_value("张桂梅").run()
    assert "already registered" in text_of(app)
    app.button(key="record_save").click().run()
    assert "may be somebody" in text_of(app)
    app.checkbox(key=f"new_residents_else_{people['zhang']}").check().run()
    app.button(key="record_save").click().run()
    assert listing.page(town.shen, RESIDENTS, listing.Listing(search="张桂梅")).total == 2


def test_two_people_saving_see_both_versions(open_app: Screens, town: Town, people: dict[str, int]) -> None:
    zhang = people["zhang"]
    app = open_app(town.shen, "residents", id=str(zhang), tab="edit")
    form = f"edit_residents_{zhang}"
    app.text_input(key=f"{form}_carer").set_value("沈亦安")
    app.text_area(key=f"{form}_note").set_value("女儿周末来").run()
    version = listing.get(town.anna, RESIDENTS, zhang).version
    keeping.edit(town.anna, RESIDENTS, zhang, version, {"note": "每周三有人送饭", "employer": "红星机械厂"})
    app.button(key="record_save").click().run()
    choice = app.radio(key=f"{form}_conflict_note")
    assert [option.replace("\\", "") for option in choice.options] == [
        "Mine: 女儿周末来",
        "Theirs: 每周三有人送饭",
    ]
    assert "红星机械厂" in text_of(app)
    assert app.text_input(key=f"{form}_carer").value == "沈亦安"
    choice.set_value("theirs").run()
    app.button(key="record_save").click().run()
    saved = listing.get(town.shen, RESIDENTS, zhang).values
    assert (saved["note"], saved["carer"], saved["employer"]) == ("每周三有人送饭", "沈亦安", "红星机械厂")


def test_the_home_is_changed_with_the_same_picker(
    open_app: Screens, town: Town, people: dict[str, int]
) -> None:
    long = people["long"]
    app = open_app(town.shen, "residents", id=str(long), tab="edit")
    app.text_input(key=f"edit_residents_{long}_household_id_text").set_value("1-3-402").run()
    app.button(key="record_save").click().run()
    assert listing.get(town.shen, RESIDENTS, long).values["address"] == "1-3-402"


def test_merging_and_the_old_link(open_app: Screens, town: Town, people: dict[str, int]) -> None:
    again = residents.add(
        town.shen, values={"name": "张桂梅", "born": date(1942, 3, 7), "area_id": town.building_2, "phone": "13900005678"},
        different_from=[people["zhang"]],
    )  # fmt: skip
    app = open_app(town.shen, "residents", duplicates="1")
    assert "1 pair" in text_of(app)
    app.button(key=f"compare_{people['zhang']}_{again}").click().run()
    assert (app.query_params["merge"], app.query_params["with"]) == (str(people["zhang"]), str(again))
    app.radio(key=f"merge_{people['zhang']}_{again}_phone").set_value("both").run()
    app.button(key="merge_go").click().run()
    assert merging.stays(town.shen, resident_id=again) == people["zhang"]
    app = open_app(town.shen, "residents", id=str(again))
    assert app.query_params["id"] == str(people["zhang"])
    app.button(key="record_unmerge").click().run()
    assert merging.stays(town.shen, resident_id=again) == again
    app = open_app(town.shen, "residents", merge=str(people["zhang"]), **{"with": str(again)})
    app.button(key="merge_not_same").click().run()
    assert "No two records" in open_app(town.shen, "residents", duplicates="1").success[0].value


def test_a_whole_household_and_what_is_wrong_with_one(
    open_app: Screens, town: Town, people: dict[str, int]
) -> None:
    app = open_app(town.shen, "households", new="1")
    app.text_input(key="new_households_home_text").set_value("2栋1单元202").run()
    app.text_input(key="new_households_0_name").set_value("赵明").run()
    app.button(key="new_households__add").click().run()
    app.text_input(key="new_households_1_name").set_value("赵小明")
    app.text_input(key="new_households_1_phone").set_value("1").run()
    app.button(key="record_save").click().run()
    assert "Nothing was saved yet" in text_of(app)
    assert app.text_input(key="new_households_0_name").value == "赵明"
    app.text_input(key="new_households_1_phone").set_value("13800008888").run()
    app.button(key="record_save").click().run()
    found = households.find_home(town.shen, text="2-1-202")
    assert (found.kind, found.homes[0].people) == ("home", 2)


def test_a_household_on_the_screen(open_app: Screens, town: Town, people: dict[str, int]) -> None:
    app = open_app(town.shen, "households")
    assert "1 record" in text_of(app)
    app = open_app(town.shen, "households", id=str(people["home"]), tab="Moving")
    assert app.title[0].value.replace("\\", "") == "1-3-402"
    own = -people["home"]
    app.text_input(key=f"move_to_{own}_text").set_value("2-1-101").run()
    app.button(key=f"move_go_{own}").click().run()
    assert listing.get(town.shen, RESIDENTS, people["wu"]).values["address"] == "2-1-101"


def test_a_form_that_was_left_is_forgotten(open_app: Screens, town: Town, people: dict[str, int]) -> None:
    zhang = people["zhang"]
    app = open_app(town.shen, "residents", id=str(zhang), tab="edit")
    app.text_input(key=f"edit_residents_{zhang}_carer").set_value("不要保存").run()
    app.button(key="record_cancel").click().run()
    version = listing.get(town.anna, RESIDENTS, zhang).version
    keeping.edit(town.anna, RESIDENTS, zhang, version, {"note": "每周三有人送饭"})
    app.button(key="record_edit").click().run()
    assert app.text_area(key=f"edit_residents_{zhang}_note").value == "每周三有人送饭"
    app.text_input(key=f"edit_residents_{zhang}_carer").set_value("沈亦安").run()
    app.button(key="record_save").click().run()
    assert "while you were typing" not in text_of(app)
    assert listing.get(town.shen, RESIDENTS, zhang).values["carer"] == "沈亦安"
