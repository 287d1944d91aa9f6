"""Signing in: what is refused, how guessing is slowed, and that nothing tells whether a name exists."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from db import clock, engine, identity
from db.audit import AuditEntry
from db.errors import Refused
from db.system import signing, throttle
from tests.conftest import NOON, REAL_COST, Town

RIGHT = "seven grey cats"


@pytest.fixture
def cats(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Everybody's password is about cats, and checking it takes no time."""
    with engine.writing() as session:
        for account in session.execute(select(identity.Account)).scalars():
            account.password_hash = "of cats"
            session.add(account)
    return town


def check(_name: str, password: str, hashed: str) -> bool:
    return password == RIGHT and hashed == "of cats"


def enter(name: str, password: str = RIGHT, address: str = "10.0.0.9") -> str:
    """How it ended: "in", or the refusal."""
    try:
        signing.sign_in(name, password, address=address, check=check)
    except Refused as refused:
        return str(refused)
    return "in"


def test_an_unknown_name_a_wrong_password_and_an_inactive_account_look_alike(cats: Town) -> None:
    with engine.writing() as session:
        account = session.get_one(identity.Account, cats.vera.account_id)
        account.active = False
        session.add(account)
    assert enter("shen") == "in"
    assert {enter("nobody"), enter("shen", "wrong"), enter("vera"), enter("")} == {"signin.wrong"}


def test_each_of_them_hashes_once_and_writes_once(cats: Town) -> None:
    asked: list[str] = []

    def wrong(_name: str, _password: str, hashed: str) -> bool:
        asked.append(hashed)
        return False

    for name in ("nobody", "shen", "SHEN"):
        with pytest.raises(Refused):
            signing.sign_in(name, "wrong", check=wrong)
    assert asked == [signing.DUMMY, "of cats", "of cats"]
    assert failures() == 3


def test_an_unknown_name_costs_as_much_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "COST", REAL_COST)
    rounds = signing.hash_password(RIGHT)[:7]
    assert rounds == "$2b$12$"
    assert signing.DUMMY.startswith(rounds)


def failures() -> int:
    with engine.reading() as session:
        return len(session.execute(select(AuditEntry.id).where(AuditEntry.action == "signin.failed")).all())


def test_what_was_typed_as_an_unknown_name_is_not_kept(cats: Town) -> None:
    enter("my-secret-password")
    with engine.reading() as session:
        kept = session.execute(select(AuditEntry.label).where(AuditEntry.action == "signin.failed")).scalars()
        assert list(kept) == [""]


@pytest.mark.parametrize("name", ["shen", "nobody"])
def test_six_tries_from_one_address_then_one_each_half_minute(cats: Town, name: str) -> None:
    assert {enter(name, "wrong") for _ in range(6)} == {"signin.wrong"}
    assert enter(name, "wrong") == "signin.throttled {'seconds': 31}"
    assert enter("qiu") == "in"
    with clock.at(NOON + timedelta(seconds=31)):
        assert enter(name, "wrong") == "signin.wrong"
        assert enter(name, "wrong").startswith("signin.throttled")
    with clock.at(NOON + timedelta(minutes=5)):
        assert {enter(name, "wrong") for _ in range(6)} == {"signin.wrong"}


def test_whoever_guesses_from_elsewhere_does_not_keep_her_out(cats: Town) -> None:
    for _ in range(8):
        enter("shen", "wrong", "10.9.9.9")
    assert enter("shen", address="10.0.0.1") == "in"


@pytest.mark.parametrize("name", ["shen", "nobody"])
def test_a_name_tried_from_many_addresses_is_slowed(cats: Town, name: str) -> None:
    most, refill = throttle.LIMITS["name"]
    assert {enter(name, "wrong", f"10.0.1.{n}") for n in range(most)} == {"signin.wrong"}
    assert enter(name, "wrong", "10.0.2.1").startswith("signin.throttled")
    with clock.at(NOON + timedelta(seconds=refill + 1)):
        assert enter(name, "wrong", "10.0.2.1") == "signin.wrong"


def test_a_right_password_gives_the_tries_back(cats: Town) -> None:
    for _ in range(3):
        assert {enter("shen", "wrong") for _ in range(5)} == {"signin.wrong"}
        assert enter("shen") == "in"


def test_an_address_that_tries_many_names_is_slowed(cats: Town) -> None:
    most, refill = throttle.LIMITS["address"]
    assert {enter(f"name{n}") for n in range(most)} == {"signin.wrong"}
    assert enter("shen").startswith("signin.throttled")
    assert enter("shen", address="10.0.0.10") == "in"
    with clock.at(NOON + timedelta(seconds=refill + 1)):
        assert enter("shen") == "in"


def buckets() -> int:
    with engine.reading() as session:
        return len(session.execute(select(throttle.Bucket.key)).all())


def test_what_is_known_about_old_tries_is_forgotten_bit_by_bit(
    cats: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "SWEPT_AT_ONCE", 5)
    for n in range(4):
        enter(f"name{n}", "wrong", f"10.0.1.{n}")
    assert buckets() == 12
    with clock.at(NOON + throttle.FULL_AGAIN):  # they may be full only a moment later
        enter("shen")
        assert buckets() == 12 + 3
    with clock.at(NOON + throttle.FULL_AGAIN + timedelta(seconds=1)):
        for left in (10, 5, 3):
            assert enter("shen") == "in"
            assert buckets() == left
    with clock.at(NOON + timedelta(days=1)):
        assert enter("shen") == "in"


def test_an_account_closed_while_its_password_is_checked_does_not_come_in(cats: Town) -> None:
    def closes(_name: str, _password: str, _hashed: str) -> bool:
        with engine.writing() as session:
            account = session.get_one(identity.Account, cats.shen.account_id)
            account.active = False
            session.add(account)
        return True

    with pytest.raises(Refused, match=r"signin\.wrong"):
        signing.sign_in("shen", RIGHT, check=closes)


def test_a_sample_account_enters_only_a_demonstration(cats: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    with engine.writing() as session:
        account = session.get_one(identity.Account, cats.shen.account_id)
        account.demo = True
        session.add(account)
    assert enter("shen") == "signin.wrong"
    monkeypatch.setenv("LINLI_DEMO", "1")
    assert enter("shen") == "in"


def test_nothing_of_a_password_is_in_the_database(town: Town) -> None:
    with engine.writing() as session:
        account = session.get_one(identity.Account, town.shen.account_id)
        account.password_hash = signing.hash_password(RIGHT)
        session.add(account)
    _viewer, token = signing.sign_in("shen", RIGHT)
    assert signing.resume(token).name == "沈亦安"
    with engine.reading() as session:
        kept = session.execute(select(identity.SignIn.token_hash)).scalars()
        assert token not in set(kept)
