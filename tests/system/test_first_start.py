"""The first start: the code, the first administrator, and that there is no second first one."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from db import clock, engine
from db.errors import Refused
from db.identity import Account, Setting
from db.system import community, first_start, signing
from tests.conftest import NOON, Town

MEI = {"username": "mei", "name": "梅若琳", "password": "seven grey cats"}


def test_the_code_opens_it_once(database: str) -> None:
    code = first_start.new_code()
    assert not first_start.done()
    first_start.create_administrator(code.upper().replace("-", " "), **MEI)
    assert first_start.done()
    assert signing.sign_in("mei", MEI["password"])[0].role == "admin"
    for again in (
        lambda: first_start.check_code(code),
        lambda: first_start.create_administrator(code, **{**MEI, "username": "zweite"}),
        first_start.new_code,
    ):
        with pytest.raises(Refused, match=r"setup\.done"):
            again()


def test_a_wrong_code_opens_nothing_and_guessing_is_slow(database: str) -> None:
    first_start.new_code()
    for _ in range(10):
        with pytest.raises(Refused, match=r"setup\.code"):
            first_start.create_administrator("aaaa-bbbb-cccc", **MEI)
    with pytest.raises(Refused, match=r"signin\.throttled"):
        first_start.check_code("aaaa-bbbb-cccc")
    with clock.at(NOON + timedelta(seconds=11)), pytest.raises(Refused, match=r"setup\.code"):
        first_start.check_code("")
    assert not first_start.done()


def test_without_a_code_nothing_opens(database: str) -> None:
    for code in ("", "aaaa"):
        with pytest.raises(Refused, match=r"setup\.code"):
            first_start.create_administrator(code, **MEI)


def test_only_the_newest_code_counts_and_none_is_kept(database: str) -> None:
    old, new = first_start.new_code(), first_start.new_code()
    with pytest.raises(Refused, match=r"setup\.code"):
        first_start.check_code(old)
    first_start.check_code(new)
    with engine.reading() as session:
        kept = "".join(session.execute(select(Setting.value)).scalars())
    assert new not in kept and new.replace("-", "") not in kept


def test_a_weak_password_is_refused(database: str) -> None:
    code = first_start.new_code()
    with pytest.raises(Refused, match=r"password\.own_data"):
        first_start.create_administrator(code, **{**MEI, "password": "mei-20261123"})
    assert not first_start.done()


def test_of_two_who_try_at_once_one_succeeds(database: str) -> None:
    code = first_start.new_code()
    ended: list[str] = []

    def tries(username: str) -> None:
        try:
            first_start.create_administrator(code, **{**MEI, "username": username})
        except Refused as refused:
            ended.append(refused.code)
        else:
            ended.append("made")

    threads = [threading.Thread(target=tries, args=(f"mei{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["made", "setup.done", "setup.done", "setup.done"]
    with engine.reading() as session:
        assert len(session.execute(select(Account.id)).all()) == 1


def test_what_is_done_stays_done(database: str) -> None:
    first_start.create_administrator(first_start.new_code(), **MEI)
    mei, _token = signing.sign_in("mei", MEI["password"])
    assert first_start.may_continue(mei) and first_start.step(mei) == "community"
    community.change_setting(mei, name="community_name", value="红星社区")
    for _twice in range(2):
        first_start.finish_step(mei, finished="community")
    assert first_start.step(mei) == "areas"
    first_start.finish_step(mei, finished="areas")
    assert not first_start.may_continue(mei)
    assert community.community_name(mei) == "红星社区"


def test_an_old_community_is_not_asked_to_set_up(town: Town) -> None:
    assert first_start.done()
    assert not first_start.may_continue(town.anna)
    assert not first_start.may_continue(town.shen)
    assert not first_start.may_continue(None)
