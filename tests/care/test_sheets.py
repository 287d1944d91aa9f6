"""Round sheets: printed with numbers, typed in or brought back as a workbook, and never recorded twice."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from db.care import days, sheet_files, sheets, visits
from db.care.sheets import Entry
from db.errors import Refused
from db.people import residents
from tests.built import built_once
from tests.conftest import NOON, Town, sign_in
from tests.screens import Screens, text_of

TODAY = NOON.date()


def same(text: str) -> str:
    return text


def words(text: str) -> set[str]:
    return {text, {"Seen, well": "见到，平安", "Result": "结果"}.get(text, text)}


@pytest.fixture
@built_once
def people(town: Town) -> dict[str, int]:
    days.new_day(town.anna)
    made = {
        name: residents.add(
            town.shen, values={"name": name, "area_id": area, "in_care": True, "colour": "red", "phone": "13812345678"}
        )
        for name, area in (("孙建国", town.building_2), ("周秀英", town.building_1), ("蒋素芬", town.building_1))
    }  # fmt: skip
    residents.add(town.qiu, values={"name": "郑福生", "area_id": town.building_3, "in_care": True})
    return made


@pytest.fixture
def number(town: Town, people: dict[str, int]) -> str:
    return sheets.make(town.shen, area_ids=[town.north], who="all")


def recorded(town: Town, resident_id: int) -> list[tuple[str, str]]:
    return [(one["result"], one["sheet"]) for one in visits.story(town.shen, resident_id=resident_id)]


def test_a_sheet_has_the_people_of_the_area_in_walking_order(town: Town, number: str) -> None:
    found = sheets.sheet(town.shen, number=number)
    assert [(one.line, one.name) for one in found.lines] == [(1, "周秀英"), (2, "蒋素芬"), (3, "孙建国")]
    assert {one.phone for one in found.lines} == {"138****5678"}
    assert found.lines[0].why[0][0] == "colour.red"
    assert [one.number for one in sheets.recent(town.shen)] == [number]


def test_a_slip_in_the_number_is_found(town: Town, number: str) -> None:
    assert number == "0001-8"
    for typed in ("0001-8", "18", "００１－８"):
        assert sheets.sheet(town.shen, number=typed).info.number == number
    for typed in ("0001-7", "81", "", "周", "9" * 30):
        with pytest.raises(Refused, match=r"sheet\.number"):
            sheets.sheet(town.shen, number=typed)


def test_nobody_else_opens_it(town: Town, number: str) -> None:
    with pytest.raises(Refused, match=r"sheet\.not_found"):
        sheets.sheet(town.qiu, number=number)
    for who in (town.lei, town.vera):
        with pytest.raises(Refused, match=r"access\.denied"):
            sheets.sheet(who, number=number)
    with pytest.raises(Refused, match=r"area\.not_found"):
        sheets.make(town.qiu, area_ids=[town.north])
    assert sheets.recent(town.qiu) == []


def test_a_sheet_of_chosen_buildings_has_their_people_alone(town: Town, people: dict[str, int]) -> None:
    one = sheets.make(town.shen, area_ids=[town.building_1], who="all")
    assert [line.name for line in sheets.sheet(town.shen, number=one).lines] == ["周秀英", "蒋素芬"]
    both = sheets.make(town.anna, area_ids=[town.building_2, town.building_3], who="all")
    found = sheets.sheet(town.anna, number=both)
    assert {line.name for line in found.lines} == {"孙建国", "郑福生"}
    with pytest.raises(Refused, match=r"area\.not_found"):
        sheets.make(town.shen, area_ids=[town.building_1, town.building_3])
    assert [option.code for option in sheets.buildings(town.shen, area_id=town.north)] == [
        str(town.building_1),
        str(town.building_2),
    ]
    assert sheets.buildings(town.qiu, area_id=town.north) == []


def test_whoever_holds_single_buildings_makes_a_sheet_of_both(town: Town, people: dict[str, int]) -> None:
    """What they have in common lies outside their areas: the sheet is theirs all the same."""
    lead = sign_in("meng", "staff", "孟楼长", (town.paths[town.building_1], town.paths[town.building_2]))
    number = sheets.make(lead, area_ids=[town.building_1, town.building_2], who="all")
    assert [one.name for one in sheets.sheet(lead, number=number).lines] == ["周秀英", "蒋素芬", "孙建国"]
    assert [one.number for one in sheets.recent(lead)] == [number]
    assert sheets.recent(town.qiu) == []


def test_who_needs_something_is_asked_what(town: Town, people: dict[str, int], number: str) -> None:
    found = sheets.enter(
        town.shen,
        number=number,
        entries=[Entry(1, "needs"), Entry(2, "needs", note="要换灯泡"), Entry(3, "needs", needs=" ")],
    )
    assert [(one.line, one.code) for one in found] == [(1, "visit.needs"), (2, ""), (3, "visit.needs")]


def test_an_area_without_anybody_to_see_has_no_sheet(town: Town, people: dict[str, int]) -> None:
    with pytest.raises(Refused, match=r"sheet\.nobody"):
        sheets.make(town.shen, area_ids=[town.north], who="due")


def test_what_is_typed_is_recorded_and_what_is_wrong_is_said(
    town: Town, people: dict[str, int], number: str
) -> None:
    entries = [
        Entry(1, "needs", needs="换灯泡", day=TODAY - timedelta(days=1)), Entry(2, "not_met"), Entry(3), Entry(9, "well"),
    ]  # fmt: skip
    found = sheets.enter(town.shen, number=number, entries=entries)
    assert [(one.line, one.state, one.code) for one in found] == [
        (1, "recorded", ""),
        (2, "refused", "visit.reason"),
        (3, "empty", ""),
        (9, "refused", "sheet.line"),
    ]
    assert recorded(town, people["周秀英"]) == [("needs", number)]
    again = sheets.enter(town.shen, number=number, entries=[entries[0], Entry(2, "not_met", "no_answer")])
    assert [one.state for one in again] == ["known", "recorded"]
    assert len(recorded(town, people["周秀英"])) == 1
    assert sheets.recent(town.shen)[0].recorded == 2


def test_a_rehearsal_tells_the_same_and_keeps_nothing(
    town: Town, people: dict[str, int], number: str
) -> None:
    entries = [Entry(1, "well"), Entry(2, "", note="?"), Entry(3, "well", day=TODAY + timedelta(days=2))]
    tried = sheets.rehearse(town.shen, number=number, entries=entries)
    assert [(one.state, one.code) for one in tried] == [
        ("recorded", ""),
        ("refused", "sheet.result"),
        ("refused", "visit.future"),
    ]
    assert recorded(town, people["周秀英"]) == []
    assert sheets.recent(town.shen)[0].recorded == 0
    assert sheets.enter(town.shen, number=number, entries=entries) == tried


def test_somebody_who_died_meanwhile_is_refused_alone(
    town: Town, people: dict[str, int], number: str
) -> None:
    from db.people import leaving

    leaving.leave(town.shen, resident_id=people["周秀英"], version=1, status="died")
    found = sheets.enter(town.shen, number=number, entries=[Entry(1, "well"), Entry(2, "well")])
    assert [(one.state, one.code) for one in found] == [("refused", "visit.gone"), ("recorded", "")]


def test_what_is_half_typed_is_there_again_for_me_alone(town: Town, number: str) -> None:
    sheets.keep_draft(town.shen, number=number, values={"1": {"note": "门口有快递"}})
    assert sheets.draft(town.shen, number=number) == {"1": {"note": "门口有快递"}}
    assert sheets.draft(town.anna, number=number) == {}
    sheets.keep_draft(town.shen, number=number, values={})
    assert sheets.draft(town.shen, number=number) == {}


def filled(data: bytes, cells: dict[str, object]) -> bytes:
    book = openpyxl.load_workbook(BytesIO(data))
    for at, value in cells.items():
        book.worksheets[0][at] = value
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def test_the_workbook_comes_back_as_it_was_filled_in(town: Town, people: dict[str, int], number: str) -> None:
    data = sheet_files.workbook(sheets.sheet(town.shen, number=number), same, {2: "=cmd|A1"})
    page = openpyxl.load_workbook(BytesIO(data)).worksheets[0]
    assert [cell.value for cell in page[2]][:6] == ["Line", "Name", "Address", "Telephone", "Why", "Result"]
    assert (page["E4"].value, page["E4"].data_type, page["E4"].quotePrefix) == ("=cmd|A1", "s", True)
    assert [str(one.sqref) for one in page.data_validations.dataValidation] == ["F3:F5", "G3:G5", "H3:H5"]
    back = filled(
        data,
        {
            "F2": "结果",
            "F3": "见到，平安",
            "K3": "一切都好",
            "F4": "Not met",
            "F5": "没开门",
            "I5": "2026.11.20",
        },
    )
    read, entries = sheet_files.read_workbook(back, "sheet.xlsx", words)
    assert read == number
    assert (entries[0].result, entries[0].note, entries[1].result) == ("well", "一切都好", "not_met")
    assert entries[2].problems == {"result": ("field.not_a_choice", "没开门")}
    assert entries[2].day == TODAY - timedelta(days=3)
    states = [one.state for one in sheets.enter(town.shen, number=read, entries=entries)]
    assert states == ["recorded", "refused", "refused"]
    assert sheets.rehearse(town.shen, number=read, entries=entries)[0].state == "known"


def test_another_table_is_not_taken_for_a_sheet(town: Town, number: str) -> None:
    with pytest.raises(Refused, match=r"sheet\.workbook"):
        sheet_files.read_workbook("姓名,结果\n周秀英,平安\n".encode(), "a.csv", words)
    data = sheet_files.workbook(sheets.sheet(town.shen, number=number), same, {})
    with pytest.raises(Refused, match=r"sheet\.workbook"):
        sheet_files.read_workbook(filled(data, {"A4": "0002-6/1", "F4": "Seen, well"}), "a.xlsx", words)


def rows(app: AppTest, number: str) -> set[str]:
    """The lines that can still be typed in."""
    return {
        str(one.key) for one in app.text_input if str(one.key).endswith("_note") and number in str(one.key)
    }


def test_typing_in_saves_what_is_right_and_loses_nothing(
    town: Town, people: dict[str, int], number: str, open_app: Screens
) -> None:
    app = open_app(town.shen, "round-sheets", sheet=number)
    assert len(rows(app, number)) == 3
    app.pills(key=f"sheet_{number}_1_result").set_value("well").run()
    app.text_input(key=f"sheet_{number}_1_note").set_value("一切都好").run()
    app.text_input(key=f"sheet_{number}_2_note").set_value("门口有快递").run()
    app = open_app(town.shen, "round-sheets", sheet=number)  # a reload in the middle
    assert app.text_input(key=f"sheet_{number}_2_note").value == "门口有快递"
    app.button(key=f"sheet_save_{number}").click().run()
    text = text_of(app)
    assert "1 visit was saved." in text and "Row 2 needs another look" in text
    assert "Say how it went" in text and "**1 · 周秀英**" in text and "Entered" in text
    assert app.text_input(key=f"sheet_{number}_2_note").value == "门口有快递"
    assert len(rows(app, number)) == 2
    assert recorded(town, people["周秀英"]) == [("well", number)]


def test_a_sheet_is_made_and_printed(town: Town, people: dict[str, int], open_app: Screens) -> None:
    app = open_app(town.shen, "round-sheets")
    assert "叶" not in text_of(app)
    app.radio(key="sheet_who").set_value("all")
    next(one for one in app.button if "Make the sheet" in one.label).click().run()
    assert "Round sheet 0001-8" in text_of(app)
    (page,) = [str(one.proto.body) for one in app.get("html") if "<table>" in str(one.proto.body)]
    assert page.index("周秀英") < page.index("孙建国")
    for box in (
        "☐ Not met",
        "☐ No answer",
        "☐ Did not want a visit",
        "☐ In hospital",
        "☐ By telephone",
        "☐ By video",
    ):
        assert box in page
    assert "What is needed?" in page and "138****5678" in page


def test_buildings_are_chosen_on_the_screen(town: Town, people: dict[str, int], open_app: Screens) -> None:
    app = open_app(town.shen, "round-sheets")
    app.multiselect(key=f"sheet_buildings_{town.north}").set_value([town.building_2])
    app.radio(key="sheet_who").set_value("all")
    app.button(key="sheet_make").click().run()
    (page,) = [str(one.proto.body) for one in app.get("html") if "<table>" in str(one.proto.body)]
    assert "孙建国" in page and "周秀英" not in page


def test_a_row_that_needs_something_has_its_field_beside_it(
    town: Town, people: dict[str, int], number: str, open_app: Screens
) -> None:
    app = open_app(town.shen, "round-sheets", sheet=number)
    app.pills(key=f"sheet_{number}_2_result").set_value("needs").run()
    app.button(key=f"sheet_save_{number}").click().run()
    assert "Row 2 needs another look" in text_of(app) and "Say what is needed" in text_of(app)
    app.text_input(key=f"sheet_{number}_2_needs").set_value("换灯泡").run()
    app.button(key=f"sheet_save_{number}").click().run()
    assert recorded(town, people["蒋素芬"]) == [("needs", number)]


def test_a_wrong_number_is_said(town: Town, number: str, open_app: Screens) -> None:
    assert "no number of a sheet" in text_of(open_app(town.shen, "round-sheets", sheet="0001-7"))
    assert "no such sheet" in text_of(open_app(town.qiu, "round-sheets", sheet=number))
    assert "Not for this account" in text_of(open_app(town.lei, "round-sheets", sheet=number))
