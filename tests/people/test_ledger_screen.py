"""The screens of an import: what the dry run shows, and taking an import back."""

from datetime import timedelta

import pytest

from db import access, clock, importing, keeping, work
from db.importing import desk
from db.people import groups
from db.people.residents import RESIDENTS
from tests.conftest import NOON, Town
from tests.people.test_ledger import FAMILY, LI, ZHANG, brought, names, person
from tests.screens import Screens, text_of
from tests.workbook_samples import xlsx

HEADINGS = ("姓名", "身份证号", "住址", "电话", "重点类别")


@pytest.fixture(autouse=True)
def known_groups(town: Town) -> None:
    with work.unit(access.system(), "group.edit", write=True) as unit:
        groups.ensure_groups(unit)


def opened(town: Town, *rows: tuple[str, ...]) -> desk.Case:
    """A file that Shen opened, with its dry run."""
    upload = importing.opened(xlsx([("红星社区台账",), HEADINGS, *rows]), "台账.xlsx")
    suggestion = importing.mapping(town.shen, RESIDENTS, upload.table)
    case = desk.put(town.shen, "residents", upload, suggestion)
    case.plan = importing.plan(town.shen, RESIDENTS, upload, suggestion.columns)
    return case


def test_the_dry_run_shows_where_new_people_live(open_app: Screens, town: Town) -> None:
    case = opened(town, ("张桂梅", ZHANG, "1-2-402", "", ""), ("李晓燕", LI, "2-1-101", "", "独居"))
    app = open_app(town.shen, "import", file=case.token)
    assert app.title[0].value == "Import a ledger"
    assert "2 Check the columns" in text_of(app)
    table = app.table[0].value
    assert list(table.columns) == ["Row", "Full name", "Address", "Column", "In the cell", "Remark"]
    assert [cell.replace("\\", "") for cell in table["Address"]] == ["1-2-402", "2-1-101"]
    assert app.button(key="import_apply").label == "Bring in 2 new"


def test_remarks_stand_beside_changes_and_not_among_them(open_app: Screens, town: Town) -> None:
    brought(town.shen, FAMILY)
    case = opened(town, ("张桂梅", ZHANG, "", "13911112222", "爱唱歌"))
    app = open_app(town.shen, "import", file=case.token)
    table = app.table[0].value
    assert list(table.columns) == ["Row", "Full name", "Field", "Before", "After", "Remark"]
    assert [cell.replace("\\", "") for cell in table["After"]] == ["138****1234、139****2222", ""]
    assert "There is no group “爱唱歌”" in table["Remark"][1]
    assert app.button(key="import_apply").label == "Bring in 1 changed"


def test_rows_of_other_areas_stand_in_one_line(open_app: Screens, town: Town) -> None:
    case = opened(
        town, ("赵一", "", "3栋101", "", ""), ("赵二", "", "4栋101", "", ""), ("赵三", "", "", "", "")
    )
    app = open_app(town.shen, "import", file=case.token)
    assert list(app.table[0].value["Full name"]) == ["赵三"]
    (line,) = app.expander
    assert line.label.startswith("2 rows lie outside your areas")
    assert line.markdown[0].value == "3 赵一、4 赵二"


def test_the_columns_say_what_stands_above_them(open_app: Screens, town: Town) -> None:
    case = opened(town, ("张桂梅", ZHANG, "1-2-402", "", ""), ("小计", "1人", "", "", ""))
    case.plan = None
    app = open_app(town.shen, "import", file=case.token)
    assert "1 row of data · 1 row above the headings · 1 row left out" in text_of(app)


def test_the_rest_is_undone_on_request(open_app: Screens, town: Town) -> None:
    done = brought(town.shen, FAMILY)
    wang = person(town.shen, "王建国")
    with clock.at(NOON + timedelta(hours=1)):
        keeping.edit(town.shen, RESIDENTS, wang["id"], wang["version"], {"note": "爱下棋"})
    app = open_app(town.shen, "import")
    # A dialog stands here only in the run that opens it, so its buttons are pressed at once.
    app.button(key=f"import_undo_{done}").click().run()
    app.button(key=f"import_undo_{done}").click()
    app.button(key="import_undo_yes").click().run()
    assert "王建国" in text_of(app)
    app.button(key=f"import_undo_{done}").click()
    app.button(key="import_undo_rest").click().run()
    assert "What was edited since stayed: 王建国" in text_of(app)
    assert names(town.shen) == ["王建国"]
