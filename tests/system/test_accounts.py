"""Accounts: who may make and change them, and what that does to open windows."""

import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import update

from components import i18n
from components.register.values import shown
from db import clock, engine, exporting, keeping, listing
from db.errors import Refused
from db.identity import SignIn
from db.listing import Listing
from db.people import residents
from db.people.residents import RESIDENTS
from db.system import accounts, passwords, signing
from db.system.accounts import ACCOUNTS
from tests.built import built_once
from tests.conftest import NOON, Town, sign_in

BAI = {"username": "Bai.Lu", "name": "白露", "role": "staff"}


@pytest.fixture
@built_once
def bai(town: Town) -> tuple[int, str]:
    """Bai Lu, who works for the north grid, with her one-time password."""
    return accounts.create_account(town.anna, values=BAI, area_ids=[town.north])


def test_a_new_account_signs_in_once_with_its_one_time_password_and_then_chooses_its_own(
    town: Town, bai: tuple[int, str]
) -> None:
    viewer, _token = signing.sign_in("BAI.LU", bai[1])
    assert viewer.areas == (town.path(town.north),)
    with pytest.raises(Refused, match=r"password\.must_change"):
        listing.page(viewer, RESIDENTS, Listing())
    passwords.set_own(viewer, current="", new="seven grey cats")
    assert listing.page(viewer, RESIDENTS, Listing()).total == 0
    with pytest.raises(Refused, match=r"signin\.wrong"):
        signing.sign_in("bai.lu", bai[1])


def test_a_one_time_password_lasts_seven_days(bai: tuple[int, str]) -> None:
    with clock.at(NOON + timedelta(days=7, minutes=1)), pytest.raises(Refused, match=r"signin\.wrong"):
        signing.sign_in("bai.lu", bai[1])
    with clock.at(NOON + timedelta(days=6)):
        signing.sign_in("bai.lu", bai[1])


@pytest.mark.parametrize("name", ["bai.lu", "BAI.LU", " Bai.Lu "])
def test_a_name_is_taken_however_it_is_written(town: Town, bai: tuple[int, str], name: str) -> None:
    with pytest.raises(Refused, match=r"account\.name_taken"):
        accounts.create_account(town.anna, values={**BAI, "username": name})


@pytest.mark.parametrize("name", ["白露", "b", "bai lu", "-bai", "bai/../lu", "b" * 41])
def test_a_name_that_one_could_not_type_is_refused(town: Town, name: str) -> None:
    with pytest.raises(Refused) as refusal:
        accounts.create_account(town.anna, values={**BAI, "username": name})
    assert list(refusal.value.facts["problems"]) == ["username"]


def test_an_account_made_without_a_password_opens_with_none(town: Town) -> None:
    keeping.create(town.anna, ACCOUNTS, BAI)
    for password in ("", "bai.lu", signing.DUMMY, "nobody knows this"):
        with pytest.raises(Refused, match=r"signin\.wrong"):
            signing.sign_in("bai.lu", password)


def version_of(town: Town, account_id: int | None) -> int:
    return listing.get(town.anna, ACCOUNTS, account_id or 0).version


@pytest.mark.parametrize("change", [{"role": "staff"}, {"active": False}])
def test_the_last_administrator_stays(town: Town, change: dict[str, object]) -> None:
    with pytest.raises(Refused, match=r"account\.last_admin"):
        keeping.edit(town.anna, ACCOUNTS, town.anna.account_id or 0, 1, change)
    second = sign_in("jin", "admin", "金曼")
    keeping.edit(second, ACCOUNTS, town.anna.account_id or 0, 1, change)
    with pytest.raises(Refused, match=r"account\.last_admin"):
        keeping.edit(second, ACCOUNTS, second.account_id or 0, 1, change)


def test_nobody_gives_a_role_beyond_their_own(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from db import access

    monkeypatch.setitem(access.ROLES["staff"].actions, "account.edit", "all")
    monkeypatch.setitem(access.ROLES["staff"].actions, "account.create", "all")
    with pytest.raises(Refused, match=r"account\.role_above"):
        keeping.edit(town.shen, ACCOUNTS, town.shen.account_id or 0, 1, {"role": "admin"})
    with pytest.raises(Refused, match=r"account\.role_above"):
        accounts.create_account(town.shen, values={**BAI, "role": "admin"})
    with pytest.raises(Refused, match=r"account\.role_above"):
        accounts.reset_password(town.shen, account_id=town.anna.account_id or 0)


@pytest.mark.parametrize(
    "happens",
    [
        lambda town: keeping.edit(town.anna, ACCOUNTS, town.shen.account_id, 1, {"role": "leader"}),
        lambda town: keeping.edit(town.anna, ACCOUNTS, town.shen.account_id, 1, {"active": False}),
        lambda town: accounts.reset_password(town.anna, account_id=town.shen.account_id),
        lambda town: accounts.end_sign_ins(town.anna, account_id=town.shen.account_id),
        lambda town: signing.sign_out(town.shen),
        lambda town: signing.sign_out_everywhere(town.shen),
    ],
    ids=["role", "inactive", "reset", "ended", "out", "out everywhere"],
)
def test_what_ends_a_sign_in_ends_it_for_every_later_call(town: Town, happens: "object") -> None:
    signing.open_sign_ins(town.shen)
    happens(town)  # type: ignore[operator]
    for asks in (lambda: signing.open_sign_ins(town.shen), lambda: signing.resume(town.shen.session_id)):
        with pytest.raises(Refused, match=r"signin\.ended"):
            asks()
    signing.open_sign_ins(town.qiu)


def test_signing_out_everywhere_can_leave_this_window_open(town: Town) -> None:
    signing.sign_out_everywhere(town.shen, but_here=True)
    assert [one["here"] for one in signing.open_sign_ins(town.shen)] == [True]


def test_areas_count_from_the_next_click(town: Town) -> None:
    accounts.set_areas(
        town.anna, account_id=town.shen.account_id or 0, area_ids=[town.south, town.building_3]
    )
    assert signing.resume(town.shen.session_id).areas == (town.path(town.south),)
    shown = accounts.facts(town.anna, account_id=town.shen.account_id or 0)
    assert (shown.area_names, shown.open) == (("第二网格",), 1)
    with pytest.raises(Refused, match=r"area\.not_found"):
        accounts.set_areas(town.anna, account_id=town.shen.account_id or 0, area_ids=[9999])


def test_the_list_shows_areas_and_never_a_password(town: Town, bai: tuple[int, str]) -> None:
    rows = {row["username"]: row for row in listing.page(town.anna, ACCOUNTS, Listing()).rows}
    assert rows["bai.lu"]["areas"] == ["第一网格"]
    assert rows["shen"]["last_seen"] == NOON
    record = listing.get(town.anna, ACCOUNTS, bai[0])
    assert "$2b$" not in str((rows, record, listing.history(town.anna, ACCOUNTS, bai[0])))
    assert bai[1] not in str(listing.history(town.anna, ACCOUNTS, bai[0]))


def test_an_account_can_belong_to_a_resident(town: Town) -> None:
    resident_id = residents.add(town.shen, values={"name": "魏兰", "area_id": town.building_1})
    accounts.link_resident(town.anna, account_id=town.vera.account_id or 0, resident_id=resident_id)
    assert signing.resume(town.vera.session_id).resident_id == resident_id
    with pytest.raises(Refused, match=r"record\.not_found"):
        accounts.link_resident(town.anna, account_id=town.vera.account_id or 0, resident_id=resident_id + 1)


def test_only_administrators_see_accounts(town: Town) -> None:
    for viewer in (town.shen, town.lei, town.vera):
        with pytest.raises(Refused, match=r"access\.denied"):
            listing.page(viewer, ACCOUNTS, Listing())


def test_an_idle_window_is_signed_out(town: Town) -> None:
    from db.system import community

    community.change_setting(town.anna, name="idle_minutes", value=30)
    with clock.at(NOON + timedelta(minutes=31)), pytest.raises(Refused, match=r"signin\.idle"):
        signing.open_sign_ins(town.shen)
    with clock.at(NOON + timedelta(minutes=29)):
        signing.resume(town.shen.session_id)
    with clock.at(NOON + timedelta(minutes=50)):
        signing.open_sign_ins(town.shen)


def test_ones_own_password_is_not_reset_but_changed(town: Town) -> None:
    with pytest.raises(Refused, match=r"account\.own_reset"):
        accounts.reset_password(town.anna, account_id=town.anna.account_id or 0)
    assert signing.open_sign_ins(town.anna)


def test_areas_are_offered_in_the_order_of_the_tree(town: Town) -> None:
    assert list(accounts.area_choices(town.anna).values()) == [
        "红星社区", "第一网格", "第一网格 › 1栋", "第一网格 › 2栋", "第二网格", "第二网格 › 3栋", "第二网格 › 4栋"
    ]  # fmt: skip


def test_when_somebody_was_there_last_is_told_in_the_time_of_the_place(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(i18n, "language", lambda: "en")
    late = datetime(2026, 11, 28, 17, 22, tzinfo=UTC)
    with engine.writing() as session:
        session.execute(update(SignIn).values(seen_at=late))  # type: ignore[attr-defined]
    with clock.at(late):
        assert {row["last_seen"] for row in listing.page(town.anna, ACCOUNTS, Listing()).rows} == {late}
        assert shown(None, late) == "29 Nov 01:22"
        sheet = exporting.export(town.anna, ACCOUNTS, Listing(), [exporting.Column("last_seen", "Last seen")])
    assert openpyxl.load_workbook(io.BytesIO(sheet)).active["A2"].value == datetime(2026, 11, 29, 1, 22)
