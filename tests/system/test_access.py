"""Every action by every role: what is not allowed is refused before anything is read, on pages and below them."""

import ast
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import db
from components.navigation import PAGES, PageInfo
from db import access, keeping, listing
from db.access import ACTIONS, ROLES, Viewer
from db.errors import Refused
from db.listing import Listing
from db.register import REGISTERS
from db.system import accounts
from tests.conftest import Town
from tests.screens import Screens, go, signed_in

ROOT = Path(__file__).parents[2]
NOT_HERE = "Not for this account"


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(db.__path__, "db."):
        if not found.name.startswith(("db.migrations", "db.commands")) and not found.name.endswith(
            "__main__"
        ):
            yield importlib.import_module(found.name)


def services() -> dict[str, Any]:
    """Every command and query by its dotted name."""
    return {
        f"{module.__name__}.{name}": value
        for module in modules()
        for name, value in vars(module).items()
        if hasattr(value, "action") and getattr(value, "__module__", "") == module.__name__ and callable(value)
        and hasattr(value, "writes")
    }  # fmt: skip


SERVICES = services()


def test_there_is_something_to_test() -> None:
    assert len(SERVICES) > 40
    assert {one.action for one in SERVICES.values()} <= set(ACTIONS)


def everybody(town: Town) -> dict[str, Viewer]:
    return {"admin": town.anna, "staff": town.shen, "leader": town.lei, "volunteer": town.vera}


def test_every_command_and_query_refuses_whoever_may_not(town: Town) -> None:
    """Called without arguments: the refusal comes before the function itself is called, let alone reads."""
    wrong = []
    for role, viewer in everybody(town).items():
        for name, service in SERVICES.items():
            if viewer.can(service.action):
                continue
            try:
                service(viewer)
            except Refused as refused:
                if refused.code != "access.denied":
                    wrong.append(f"{name} as {role}: {refused}")
            except TypeError:
                wrong.append(f"{name} as {role}: ran")
            else:
                wrong.append(f"{name} as {role}: answered")
    assert not wrong


def test_nobody_who_is_not_signed_in_calls_anything(town: Town) -> None:
    stranger = Viewer(town.anna.account_id, "anna", "安娜", "admin", session_id="made up")
    for name, service in SERVICES.items():
        for who, code in ((None, "signin.needed"), (stranger, "signin.ended")):
            with pytest.raises(Refused) as refusal:
                service(who)
            assert refusal.value.code == code, name


def test_a_viewer_who_was_copied_with_a_greater_role_gains_nothing(town: Town) -> None:
    from dataclasses import replace

    forged = replace(town.vera, role="admin", areas=("/",))
    with pytest.raises(Refused, match=r"access\.denied"):
        listing.page(forged, REGISTERS["residents"], Listing())


@pytest.mark.parametrize("register", ["residents", "households", "posts", "accounts"])
def test_a_register_asks_for_its_actions(town: Town, register: str) -> None:
    one = REGISTERS[register]
    calls: dict[str, Callable[[Viewer], object]] = {
        "view": lambda viewer: listing.page(viewer, one, Listing()),
        "create": lambda viewer: keeping.create(viewer, one, {}),
        "edit": lambda viewer: keeping.edit(viewer, one, 1, 1, {}),
    }
    for role, viewer in everybody(town).items():
        for verb, call in calls.items():
            try:
                call(viewer)
            except Refused as refused:
                denied = refused.code == "access.denied"
            else:
                denied = False
            assert denied is not viewer.can(one.may(verb)), f"{role} {verb} {register}"


def test_the_functions_that_hash_between_two_units_refuse_too(town: Town) -> None:
    for viewer in (town.shen, town.lei, town.vera):
        with pytest.raises(Refused, match=r"access\.denied"):
            accounts.create_account(viewer, values={})
        with pytest.raises(Refused, match=r"access\.denied"):
            accounts.reset_password(viewer, account_id=1)


def scoped() -> list[tuple[str, str]]:
    """Roles and actions that count only within one's areas."""
    return [
        (role.name, action) for role in ROLES.values() for action, scope in role.actions.items() if scope == "areas"
    ]  # fmt: skip


@pytest.mark.parametrize(("role", "action"), scoped())
def test_what_counts_in_ones_areas_does_not_count_outside(role: str, action: str) -> None:
    viewer = Viewer(1, "x", "x", role, areas=("/1/2/",))
    assert viewer.reaches(action, "/1/2/9/")
    assert not viewer.reaches(action, "/1/3/9/")
    assert not viewer.reaches(action, "/1/")
    assert not viewer.reaches(action, "/1/22/")
    assert not Viewer(1, "x", "x", role).reaches(action, "/1/2/9/")


def test_a_record_outside_ones_areas_does_not_exist(town: Town) -> None:
    from db.people import residents

    hers = residents.add(town.shen, values={"name": "张桂梅", "area_id": town.building_1})
    register = REGISTERS["residents"]
    for call in (
        lambda: listing.get(town.qiu, register, hers),
        lambda: listing.history(town.qiu, register, hers),
        lambda: keeping.edit(town.qiu, register, hers, 1, {"note": "x"}),
        lambda: keeping.reveal(town.qiu, register, hers, "phone", "好奇心"),
        lambda: keeping.look(town.qiu, register, hers),
        lambda: listing.get(town.shen, register, hers + 999),
    ):
        with pytest.raises(Refused, match=r"record\.not_found"):
            call()
    assert listing.page(town.qiu, register, Listing(search="张桂梅")).total == 0


def test_administrators_have_every_action_and_every_role_its_own_page() -> None:
    assert set(ROLES["admin"].actions) == set(ACTIONS)
    assert all("me.view" in role.actions for role in access.ROLES.values())


# Pages


@pytest.mark.parametrize("role", list(ROLES))
def test_each_role_opens_the_pages_that_the_table_names(town: Town, open_app: Screens, role: str) -> None:
    viewer = everybody(town)[role]
    window = open_app.window(signed_in(viewer))
    for page in PAGES:
        titles = [one.value for one in go(window, page.address).title]
        if viewer.can(page.action):
            assert titles and NOT_HERE not in titles, f"{role} /{page.address}"
        else:
            assert titles == [NOT_HERE], f"{role} /{page.address}"


def test_the_menu_shows_what_the_role_may_open(town: Town, open_app: Screens) -> None:
    for viewer in everybody(town).values():
        window = open_app(viewer, "")
        pages = window.session_state["_pages"].values()
        shown = {one.title for one in pages if one.visibility == "visible"}
        assert shown == {page.label for page in PAGES if page.in_menu and viewer.can(page.action)}
        assert window.button(key="sign_out").label == "Sign out"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.address or "start")
def test_a_stranger_sees_the_sign_in_form_only(town: Town, open_app: Screens, page: PageInfo) -> None:
    window = open_app(None, page.address)
    assert [one.value for one in window.title] == ["邻里 Linli"]
    assert {one.key for one in window.text_input} == {"sign_in_name", "sign_in_password"}
    assert not window.get("page_link") and not window.sidebar.children
    assert {one.visibility for one in window.session_state["_pages"].values()} == {"hidden"}


def page_files() -> list[Path]:
    return sorted((ROOT / "pages").rglob("*.py"))


def test_no_page_lies_directly_in_pages() -> None:
    """Streamlit serves such a file without app.py, to anybody, on a process that has just started."""
    assert [file for file in page_files() if file.parent == ROOT / "pages"] == []
    assert {str(file.relative_to(ROOT)) for file in page_files()} == {page.file for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.address or "start")
def test_a_page_begins_with_its_guard(page: PageInfo) -> None:
    body = ast.parse((ROOT / page.file).read_text()).body
    rest = [
        one
        for one in body
        if not isinstance(one, (ast.Import, ast.ImportFrom))
        and not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
    ]
    assert ast.unparse(rest[0]) == f"viewer = begin('{page.action}')"
