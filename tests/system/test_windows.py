"""Open windows: signing in and out of one, and what happens in the others at their next interaction."""

from collections.abc import Callable
from datetime import timedelta

import jwt
import pytest
from streamlit.testing.v1 import AppTest

from components import session, startup
from db import clock, engine, identity, keeping, sealing
from db.access import Viewer
from db.system import accounts, community, first_start, signing
from db.system.accounts import ACCOUNTS
from tests.conftest import NOON, Town
from tests.screens import Screens, go

CATS = "seven grey cats"
FORM = {"sign_in_name", "sign_in_password"}

Window = Callable[[str], AppTest]


@pytest.fixture
def window(town: Town, open_app: Screens) -> Window:
    """A window of a browser that holds this cookie ("" for none), in English."""
    with engine.writing() as unit:
        for account in (town.anna, town.shen):
            row = unit.get_one(identity.Account, account.account_id)
            row.password_hash, row.language = signing.hash_password(CATS), "en"
            unit.add(row)
    return lambda token: open_app.window(token).run()


def signed_out(app: AppTest) -> bool:
    assert not app.exception
    return {one.key for one in app.text_input} == FORM


def fill_in(app: AppTest, name: str, password: str) -> AppTest:
    app.text_input(key="sign_in_name").set_value(name)
    app.text_input(key="sign_in_password").set_value(password)
    app.button[0].click()
    return app.run()


def test_signing_in_and_out_and_in_again_in_one_window(town: Town, window: Window) -> None:
    app = window("")
    assert signed_out(app)
    assert signed_out(fill_in(app, "shen", "wrong"))
    assert "password is not right" in app.error[0].value
    assert not signed_out(fill_in(app, "Shen", CATS))
    app.button(key="sign_out").click().run()
    assert signed_out(app)
    assert "沈亦安" not in repr(app.session_state)
    assert not signed_out(fill_in(app, "shen", CATS))


def test_a_replayed_cookie_opens_nothing_and_the_form_works_in_spite_of_it(
    town: Town, window: Window
) -> None:
    signing.sign_out(town.shen)
    app = window(town.shen.session_id)
    assert signed_out(app)
    assert "signed out" in app.info[0].value
    assert not signed_out(fill_in(app, "shen", CATS))


def test_the_window_that_signs_out_does_not_come_back_with_its_old_cookie(town: Town, window: Window) -> None:
    app = window(town.shen.session_id)
    app.button(key="sign_out").click().run()
    assert signed_out(app)
    assert signed_out(app.run())
    assert signed_out(window(town.shen.session_id))


ENDINGS: dict[str, Callable[[Town], object]] = {
    "role": lambda town: keeping.edit(town.anna, ACCOUNTS, town.shen.account_id or 0, 1, {"role": "leader"}),
    "inactive": lambda town: keeping.edit(
        town.anna, ACCOUNTS, town.shen.account_id or 0, 1, {"active": False}
    ),
    "reset": lambda town: accounts.reset_password(town.anna, account_id=town.shen.account_id or 0),
    "everywhere": lambda town: signing.sign_out_everywhere(town.shen),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_all_windows_are_refused_at_their_next_interaction(town: Town, window: Window, ending: str) -> None:
    windows = [window(town.shen.session_id), window(town.shen.session_id)]
    assert not any(signed_out(one) for one in windows)
    ENDINGS[ending](town)
    assert all(signed_out(one.run()) for one in windows)


def test_a_callback_that_runs_before_the_page_is_refused_too(town: Town, window: Window) -> None:
    """Streamlit runs callbacks before app.py: here the language would be changed."""
    app = window(town.shen.session_id)
    go(app, "me")
    signing.sign_out(town.shen)
    app.radio(key="me_language").set_value("zh").run()
    assert signed_out(app)
    with engine.reading() as unit:
        assert unit.get_one(identity.Account, town.shen.account_id).language == "en"


def test_a_window_that_only_redraws_by_itself_becomes_idle(town: Town, window: Window) -> None:
    community.change_setting(town.anna, name="idle_minutes", value=30)
    app = window(town.shen.session_id)
    with clock.at(NOON + timedelta(minutes=20)):
        app.session_state["_linli_by_itself"] = True
        assert not signed_out(app.run())
    with clock.at(NOON + timedelta(minutes=31)):
        assert signed_out(app.run())
        assert "nothing happened" in app.info[0].value


def test_a_cookie_that_we_did_not_sign_or_that_is_old_is_no_cookie(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cookie(key: str, **content: object) -> str:
        text = jwt.encode({"username": town.shen.session_id, **content}, key, algorithm="HS256")
        monkeypatch.setattr(session.st, "context", type("C", (), {"cookies": {session.COOKIE: text}}))
        return session.read_cookie()

    ours, later, earlier = sealing.ring().cookie, 4e9, 1e9
    assert cookie(ours, exp_date=later) == town.shen.session_id
    assert cookie(ours, exp_date=earlier) == ""
    assert cookie(ours) == ""
    assert cookie("k" * 48, exp_date=later) == ""


def test_a_new_account_chooses_its_own_password_before_anything_else(town: Town, window: Window) -> None:
    values = {"username": "bai", "name": "白露", "role": "staff"}
    _id, password = accounts.create_account(town.anna, values=values, area_ids=[town.north])
    with engine.writing() as unit:
        unit.get_one(identity.Account, _id).language = "en"
    app = fill_in(window(""), "bai", password)
    assert [one.value for one in app.title] == ["Choose your own password"]
    go(app, "residents")
    assert [one.value for one in app.title] == ["Choose your own password"]
    app.text_input(key="choose_own_new").set_value("short")
    app.text_input(key="choose_own_again").set_value("short")
    app.button[0].click().run()
    assert "too short" in app.error[0].value
    app.text_input(key="choose_own_new").set_value("copper kettle hums")
    app.text_input(key="choose_own_again").set_value("copper kettle hums")
    app.button[0].click().run()
    assert app.button(key="sign_out")


# The first start


@pytest.fixture
def fresh(open_app: Screens) -> AppTest:
    """A window on a database that nobody administers."""
    return open_app.window()


def texts(app: AppTest, **values: str) -> AppTest:
    for key, value in values.items():
        app.text_input(key=key).set_value(value)
    return app


def test_setting_up_from_the_code_to_the_areas(fresh: AppTest) -> None:
    (line,) = startup.startup_lines()
    code = line.rsplit(" ", 1)[1]
    app = fresh.run()
    assert [one.value for one in app.title] == ["Set up Linli"]
    texts(app, setup_code_typed="aaaa-bbbb-cccc").button[0].click().run()
    assert "not the code" in app.error[0].value
    texts(app, setup_code_typed=code).button[0].click().run()
    texts(app, setup_name="梅若琳", setup_username="Mei", setup_new=CATS, setup_again=CATS).button[
        0
    ].click().run()
    assert first_start.done()
    texts(app, setup_community_name="红星社区").button[0].click().run()
    app.run()  # a reload in the middle
    app.number_input(key="setup_grids").set_value(2).run()
    texts(app, setup_buildings_1="1-3栋", setup_buildings_2="甲4栋、5栋").button[0].click().run()
    assert "7 areas are there" in app.success[0].value
    app.button(key="setup_finish").click().run()
    assert not app.exception
    assert app.button(key="sign_out")
    assert startup.startup_lines() == []


def test_another_window_never_sees_the_set_up_page_again(fresh: AppTest, database: str) -> None:
    first_start.create_administrator(first_start.new_code(), username="mei", name="梅若琳", password=CATS)
    assert signed_out(fresh.run())
    other = fresh
    other.session_state["_setup_code"] = "whatever"
    assert signed_out(other.run())


def viewers(town: Town) -> list[Viewer]:
    return [town.anna, town.shen, town.lei, town.vera]


def test_everybody_has_a_page_of_their_own(town: Town, window: Window) -> None:
    for viewer in viewers(town):
        app = window(viewer.session_id)
        go(app, "me")
        assert app.button(key="me_out_everywhere") and app.radio(key="me_language")
