"""A ledger of one's own: one file in db and a page of ten lines, as docs/new-register.md shows it."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from sqlmodel import SQLModel

from components import navigation
from db import access, engine, exporting, keeping, listing, register
from db.errors import Refused
from db.exporting import Column
from db.listing import Listing
from tests.conftest import Town
from tests.screens import Screens, signed_in

DOC = Path(__file__).parents[1] / "docs" / "new-register.md"


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", DOC.read_text(encoding="utf-8"), re.S)


@pytest.fixture
def lending(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The register of the document, in a package that lives for this test only."""
    package = tmp_path / "office"
    package.mkdir()
    (package / "lending.py").write_text(blocks()[0], encoding="utf-8")
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    roles = {name: dict(role.actions) for name, role in access.ROLES.items()}
    import office.lending as module  # type: ignore[import-not-found]

    SQLModel.metadata.create_all(engine.current(), tables=[module.Loan.__table__])
    yield module
    engine.forget()
    made = engine.current()
    module.Loan.__table__.drop(made)
    SQLModel.metadata.remove(module.Loan.__table__)
    SQLModel._sa_registry._dispose_cls(module.Loan)
    register.REGISTERS.pop("loans")
    for name, actions in roles.items():
        access.ROLES[name].actions.clear()
        access.ROLES[name].actions.update(actions)
    for name in [name for name in access.ACTIONS if name.startswith("loan.")]:
        del access.ACTIONS[name]
    for name in [name for name in sys.modules if name.split(".")[0] == "office"]:
        del sys.modules[name]


def test_the_page_is_about_ten_lines() -> None:
    assert len([line for line in blocks()[1].splitlines() if line.strip()]) <= 12


def test_it_comes_with_everything(town: Town, lending: ModuleType) -> None:
    loans = lending.LOANS
    wheelchair = keeping.create(
        town.shen,
        loans,
        {
            "thing": "轮椅",
            "borrower": "张桂梅",
            "lent_on": "2026.11.3",
            "phone": "13800001234",
            "area_id": town.building_1,
        },
    )
    page = listing.page(town.shen, loans, Listing(search="轮椅"))
    assert [(row["thing"], row["phone"]) for row in page.rows] == [("轮椅", "138****1234")]
    assert listing.page(town.qiu, loans, Listing()).total == 0, "another grid's loans do not exist for her"
    with pytest.raises(Refused, match="access.denied"):
        listing.page(town.vera, loans, Listing())
    keeping.edit(town.shen, loans, wheelchair, 1, {"returned_on": "2026-11-20"})
    assert listing.page(town.shen, loans, Listing(filters={"out": ("yes",)})).total == 0
    assert [entry.action for entry in listing.history(town.shen, loans, wheelchair)] == [
        "loan.edit",
        "loan.create",
    ]
    assert exporting.export(town.shen, loans, Listing(), [Column("thing", "物品")]).startswith(b"PK")
    with pytest.raises(Refused) as refusal:
        keeping.create(town.shen, loans, {"thing": "", "borrower": "张桂梅", "area_id": town.building_1})
    assert refusal.value.facts["problems"]["thing"] == "field.required"


def test_its_page_draws(
    town: Town, lending: ModuleType, tmp_path: Path, open_app: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping.create(
        town.shen, lending.LOANS, {"thing": "轮椅", "borrower": "张桂梅", "area_id": town.building_1}
    )
    page = tmp_path / "loans.py"
    page.write_text(blocks()[1], encoding="utf-8")
    info = navigation.PageInfo(
        "loans", str(page), "Loans", "loan.view", navigation.OFFICE, ":material/wheelchair_pickup:"
    )
    monkeypatch.setattr(navigation, "PAGES", (*navigation.PAGES, info))
    script = open_app.window(signed_in(town.shen)).switch_page(str(page)).run()
    assert not script.exception
    assert [title.value for title in script.title] == ["Loans"]
    assert next(iter(script.dataframe[0].value.iloc[0])) == "轮椅"
