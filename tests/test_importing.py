"""Importing into any register: rows known again by its match fields, everything or nothing, undone as a whole."""

import io
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from db import access, engine, importing, keeping, listing, work
from db.access import Viewer
from db.audit import AuditEntry
from db.errors import Refused
from db.importing import commandline, desk
from db.importing.plans import Plan
from db.listing import Listing
from db.people import residents
from db.people.households import HOUSEHOLDS
from db.people.tables import Household
from db.register import Register
from db.territory import posts
from db.territory.posts import POSTS, Post
from tests.conftest import Town
from tests.people.test_ledger import FAMILY, HEADINGS
from tests.workbook_samples import xlsx

HOME_HEADINGS = ("楼栋", "单元", "房号", "户号", "备注")
TWO_HOUSEHOLDS = (("1栋", "2", "402", "H1", ""), ("2号楼", "1", "101", "H2", "朝南"))


def planned(
    viewer: Viewer, rows: Any, headings: Any = HOME_HEADINGS, register: Register = HOUSEHOLDS
) -> Plan:
    upload = importing.opened(xlsx([headings, *rows]), "户.xlsx")
    suggestion = importing.mapping(viewer, register, upload.table)
    return importing.plan(viewer, register, upload, suggestion.columns)


def outcomes(plan: Plan) -> list[str]:
    return [row.outcome for row in plan.rows]


def addresses(viewer: Viewer) -> list[str]:
    return sorted(row["address"] for row in listing.page(viewer, HOUSEHOLDS, Listing()).rows)


def test_homes_are_brought_in_changed_and_known_again(town: Town) -> None:
    assert importing.apply(town.shen, planned(town.shen, TWO_HOUSEHOLDS)).counts["new"] == 2
    assert addresses(town.shen) == ["1-2-402", "2-1-101"]
    assert outcomes(planned(town.shen, TWO_HOUSEHOLDS)) == ["unchanged", "unchanged"]
    plan = planned(town.shen, [("1栋", "2", "402", "H9", "")])
    assert [(one.name, one.old, one.new) for one in plan.rows[0].changes] == [("number", "H1", "H9")]
    assert importing.apply(town.shen, plan).counts["changed"] == 1


def test_the_same_home_in_the_same_row_of_two_sheets_is_one_home(town: Town) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx([HOME_HEADINGS, TWO_HOUSEHOLDS[0]])))
    second = book.copy_worksheet(book.worksheets[0])
    buffer = io.BytesIO()
    book.save(buffer)
    upload = importing.opened(buffer.getvalue(), "户.xlsx")
    columns = importing.mapping(town.shen, HOUSEHOLDS, upload.table).columns
    plan = importing.plan(town.shen, HOUSEHOLDS, upload, columns)
    assert [(row.outcome, [one.code for one in row.remarks]) for row in plan.rows] == [
        ("new", []), ("refused", ["import.same_record"]),
    ]  # fmt: skip
    assert plan.rows[1].sheet == second.title


@pytest.mark.sqlite_only
def test_an_import_keeps_little_of_the_database_and_restores_what_was_set(town: Town) -> None:
    with engine.reading() as session:
        driver: Any = session.connection().connection.driver_connection
        before = [driver.execute(f"PRAGMA {name}").fetchone() for name in ("cache_size", "mmap_size")]
        with pytest.raises(KeyError), engine.lean(session):
            assert driver.execute("PRAGMA mmap_size").fetchone() == (0,)
            raise KeyError
        after = [driver.execute(f"PRAGMA {name}").fetchone() for name in ("cache_size", "mmap_size")]
    assert after == before == [(-65536,), (268435456,)]


def test_an_import_of_homes_is_undone(town: Town) -> None:
    importing.apply(town.shen, planned(town.shen, TWO_HOUSEHOLDS[:1]))
    second = importing.apply(
        town.shen, planned(town.shen, [("1栋", "2", "402", "H9", ""), TWO_HOUSEHOLDS[1]])
    )
    importing.undo(town.shen, second.import_id)
    assert addresses(town.shen) == ["1-2-402"]
    assert outcomes(planned(town.shen, TWO_HOUSEHOLDS)) == ["unchanged", "new"]


def kept(table: type, **wanted: Any) -> list[dict[str, Any]]:
    """Rows of a table as the database has them, the withdrawn ones too."""
    with work.unit(access.system(), "audit.view", write=False) as unit:
        rows = unit.session.execute(select(table.__table__).order_by(table.__table__.c.id))  # type: ignore[attr-defined]
        return [
            dict(row) for row in rows.mappings() if all(row[name] == value for name, value in wanted.items())
        ]


def test_what_an_undone_import_made_is_withdrawn_and_comes_back_with_the_same_file(town: Town) -> None:
    first = importing.apply(town.shen, planned(town.shen, TWO_HOUSEHOLDS))
    (home,) = kept(Household, number="H1")
    importing.undo(town.shen, first.import_id)
    assert addresses(town.shen) == []
    with pytest.raises(Refused, match=r"record\.not_found"):
        listing.get(town.shen, HOUSEHOLDS, home["id"])
    (gone,) = kept(Household, number="H1")
    assert (gone["id"], gone["withdrawn_at"] is not None) == (home["id"], True)
    said = [entry["changes"] for entry in kept(AuditEntry, kind="household", record_id=home["id"])]
    assert said[-1] == {"import": ["made", "undone"]}
    again = planned(town.shen, [("1栋", "2", "402", "H7", ""), TWO_HOUSEHOLDS[1]])
    assert outcomes(again) == ["new", "new"]
    second = importing.apply(town.shen, again)
    assert addresses(town.shen) == ["1-2-402", "2-1-101"]
    assert listing.get(town.shen, HOUSEHOLDS, home["id"]).values["number"] == "H7"
    assert len(kept(Household)) == 2
    importing.undo(town.shen, second.import_id)
    assert addresses(town.shen) == []


def test_a_home_in_which_somebody_lives_by_now_stands_in_the_way(town: Town) -> None:
    done = importing.apply(town.shen, planned(town.shen, TWO_HOUSEHOLDS[:1]))
    (home,) = kept(Household)
    residents.add(town.shen, values={"name": "张桂梅", "household_id": home["id"]})
    with pytest.raises(Refused) as refusal:
        importing.undo(town.shen, done.import_id)
    assert (refusal.value.code, refusal.value.facts["names"]) == ("import.edited", "1-2-402")
    assert addresses(town.shen) == ["1-2-402"]


def test_homes_that_nobody_needs_are_the_rest(town: Town) -> None:
    done = importing.apply(town.shen, planned(town.shen, TWO_HOUSEHOLDS))
    home = kept(Household)[0]
    residents.add(town.shen, values={"name": "张桂梅", "household_id": home["id"]})
    assert importing.undo(town.shen, done.import_id, rest=True) == {home["id"]: "1-2-402"}
    assert addresses(town.shen) == ["1-2-402"]


def test_what_cannot_be_is_refused_with_the_cell(town: Town) -> None:
    rows = [("77栋", "1", "101", "", ""), ("", "1", "102", "", ""), ("3栋", "1", "101", "", ""), ("1栋", "1", "101", "", "x"), ("1栋", "1", "101", "", "y")]  # fmt: skip
    plan = planned(town.shen, rows)
    assert outcomes(plan) == ["refused", "refused", "refused", "new", "refused"]
    said = [
        [(one.code, plan.heading(one.column), one.value) for one in row.remarks if one.level == "refused"]
        for row in plan.rows
    ]
    assert said[0][0] == ("field.not_found", "楼栋", "77栋")
    assert said[4][-1][0] == "import.same_record"


def test_without_a_column_to_know_rows_by_nothing_is_imported(town: Town) -> None:
    with pytest.raises(Refused) as refusal:
        planned(town.shen, [("H1", "x")], ("户号", "备注"))
    assert refusal.value.code == "import.column_missing"


def test_posts_come_in_with_area_and_role(town: Town) -> None:
    headings = ("区域", "职务", "姓名", "任职日期")
    upload = importing.opened(xlsx([headings, ("1栋", "楼长", "何秀芝", "2025.3.1")]), "楼长.xlsx")
    chosen = importing.mapping(town.anna, POSTS, upload.table).columns
    plan = importing.plan(town.anna, POSTS, upload, chosen)
    assert (outcomes(plan), plan.rows[0].values["area_id"]) == (["new"], town.building_1)
    importing.apply(town.anna, plan)
    again = importing.plan(town.anna, POSTS, upload, chosen)
    assert outcomes(again) == ["unchanged"]


def test_a_post_whose_import_was_undone_is_held_by_nobody(town: Town) -> None:
    headings = ("区域", "职务", "姓名", "任职日期")
    row = ("1栋", "楼长", "何秀芝", "2025.3.1")
    done = importing.apply(town.anna, planned(town.anna, [row], headings, POSTS))
    importing.undo(town.anna, done.import_id)
    assert posts.holders(town.anna, area_ids=[town.building_1]) == {}
    assert posts.history(town.anna, area_id=town.building_1) == []
    (gone,) = kept(Post)
    other = {"area_id": town.building_1, "role": "building_lead", "holder": "陈楠", "since": "2025-06-01"}
    other_id = keeping.create(town.anna, POSTS, other)
    assert outcomes(planned(town.anna, [row], headings, POSTS)) == ["refused"]
    posts.end(town.anna, post_id=other_id, day=date(2025, 7, 1))
    importing.apply(
        town.anna,
        planned(town.anna, [(*row, "2025.5.1")], (*headings, "离任日期"), POSTS),
    )
    assert [one.post_id for one in posts.history(town.anna, area_id=town.building_1)] == [
        other_id,
        gone["id"],
    ]


def test_stopping_a_job_leaves_nothing(town: Town) -> None:
    plan = planned(town.shen, TWO_HOUSEHOLDS)
    reached, go_on = threading.Event(), threading.Event()

    def do(tell: Callable[[float, Mapping[str, int]], None]) -> Any:
        def slowly(share: float, counts: Mapping[str, int]) -> None:
            reached.set()
            go_on.wait(10)
            tell(share, counts)

        return importing.apply(town.shen, plan, progress=slowly)

    job = desk.Job(do)
    assert reached.wait(10)
    job.stop()
    go_on.set()
    assert job.wait(10)
    assert (job.state, addresses(town.shen)) == ("stopped", [])


def test_a_job_ends_in_words_whatever_happens(caplog: pytest.LogCaptureFixture) -> None:
    def odd(_tell: Any) -> None:
        raise ZeroDivisionError

    job = desk.Job(odd)
    assert job.wait(10)
    assert job.state == "failed"


def test_a_file_is_kept_for_its_owner_only(town: Town) -> None:
    upload = importing.opened(xlsx([HOME_HEADINGS, *TWO_HOUSEHOLDS]), "户.xlsx")
    suggestion = importing.mapping(town.shen, HOUSEHOLDS, upload.table)
    case = desk.put(town.shen, "households", upload, suggestion)
    assert desk.get(town.shen, case.token) is case
    with pytest.raises(Refused, match=r"import\.gone"):
        desk.get(town.qiu, case.token)
    newer = desk.put(town.shen, "households", upload, suggestion)
    with pytest.raises(Refused, match=r"import\.gone"):
        desk.get(town.shen, case.token)
    desk.drop(town.shen, newer.token)
    with pytest.raises(Refused, match=r"import\.gone"):
        desk.get(town.shen, newer.token)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[str]:
    file = tmp_path / "台账.xlsx"
    file.write_bytes(xlsx([HEADINGS, *FAMILY, ("方木", 3.20113e17, "", "1栋", "1", "101")]))
    yield str(file)


def test_the_command_line_shows_then_does_then_undoes(town: Town, ledger: str, tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        out = io.StringIO()
        return commandline.main(arguments, out=out), out.getvalue()

    code, said = run(ledger, "--annotated", str(tmp_path / "out.xlsx"))
    assert code == 0
    assert "New 3, Changed 0, Unchanged 0, Doubtful 0, Refused 1" in said
    assert "rounded by Excel" in said
    assert (tmp_path / "out.xlsx").read_bytes()[:2] == b"PK"
    assert run()[1] == ""
    assert run(ledger, "--apply", "--by", "沈亦安")[0] == 0
    assert "沈亦安" in run()[1]
    assert run("--undo", "1")[0] == 0
    assert run("--undo", "1") == (1, "This import was undone already.\n")
    assert run(str(tmp_path / "none.xlsx"))[0] == 1
    assert run(ledger, "--column", "x")[0] == 1
