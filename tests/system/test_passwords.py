"""What may be a password, one-time passwords, and changing one's own."""

from datetime import timedelta

import pytest

from db import clock, engine, identity
from db.errors import Refused
from db.system import passwords, signing
from tests.built import built_once
from tests.conftest import NOON, Town

GOOD = "水壶在窗台上唱歌"  # eight characters are too few, whatever they are
BETTER = "水壶在窗台上唱着老歌"
ANNAS = "copper kettle hums"


@pytest.fixture
@built_once
def anna_has_one(town: Town) -> Town:
    with engine.writing() as session:
        account = session.get_one(identity.Account, town.anna.account_id)
        account.password_hash = signing.hash_password(ANNAS)
        session.add(account)
    return town


@pytest.mark.parametrize(
    ("password", "code"),
    [
        (GOOD, "password.short"),
        ("红" * 25, "password.long"),
        (" copper kettle hums", "password.spaces"),
        ("password1234", "password.common"),
        ("1qaz2wsx3edc", "password.common"),
        ("Woaini1314520!", "password.common"),
        ("12345678901", "password.common"),
        ("abababababab", "password.common"),
        ("shen-12345", "password.own_data"),
        ("红星社区的2026年", "password.own_data"),
        ("13800001234a", "password.own_data"),
        ("ＳＨＥＮ１９７８７８", "password.own_data"),
    ],
)
def test_refuses(password: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        passwords.check(password, ["shen", "沈亦安", "红星社区", "13800001234"])
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "password", [BETTER, ANNAS, "zzkfmqpwxvtr", "红" * 3 + "abcdefgq1y", "shen keeps seven grey cats"]
)
def test_accepts_whatever_is_long_and_not_common(password: str) -> None:
    passwords.check(password, ["shen", "沈亦安", "红星社区"])


def test_says_how_many_bytes_a_long_one_has() -> None:
    with pytest.raises(Refused) as refusal:
        passwords.check("水壶" * 13)
    assert refusal.value.facts == {"most": 72, "bytes": 78}


def test_one_time_passwords_can_be_read_out() -> None:
    made = {passwords.one_time() for _ in range(50)}
    assert len(made) == 50
    assert all(len(one.split("-")) == 4 and not set(one) & set("0o1liI") for one in made)


def test_the_linked_residents_telephone_is_own_data(town: Town) -> None:
    from db.people import residents

    values = {"name": "魏兰", "phone": "13800004321", "area_id": town.building_1}
    resident_id = residents.add(town.shen, values=values)
    with engine.writing() as session:
        account = session.get_one(identity.Account, town.vera.account_id)
        account.resident_id, account.must_change = resident_id, True
        session.add(account)
    with pytest.raises(Refused, match=r"password\.own_data"):
        passwords.set_own(town.vera, current="", new="13800004321ab")


def test_a_change_needs_the_current_password_and_ends_the_other_windows(anna_has_one: Town) -> None:
    anna = anna_has_one.anna
    here, _token = signing.sign_in("anna", ANNAS)
    with pytest.raises(Refused, match=r"password\.wrong"):
        passwords.set_own(here, current="copper kettle hum", new=BETTER)
    passwords.set_own(here, current=ANNAS, new=BETTER)
    assert len(signing.open_sign_ins(here)) == 1
    with pytest.raises(Refused, match=r"signin\.ended"):
        signing.open_sign_ins(anna)
    with pytest.raises(Refused, match=r"signin\.wrong"):
        signing.sign_in("anna", ANNAS)
    assert signing.sign_in("anna", BETTER)[0].name == "安娜"


def test_the_same_password_is_no_change(anna_has_one: Town) -> None:
    with pytest.raises(Refused, match=r"password\.same"):
        passwords.set_own(anna_has_one.anna, current=ANNAS, new=ANNAS)


def test_guessing_the_current_password_is_throttled(
    anna_has_one: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "matches", lambda *_asked: False)
    for _ in range(6):
        with pytest.raises(Refused, match=r"password\.wrong"):
            passwords.set_own(anna_has_one.anna, current="x", new=BETTER)
    with pytest.raises(Refused, match=r"signin\.throttled"):
        passwords.set_own(anna_has_one.anna, current="x", new=BETTER)
    with clock.at(NOON + timedelta(seconds=31)), pytest.raises(Refused, match=r"password\.wrong"):
        passwords.set_own(anna_has_one.anna, current="x", new=BETTER)
