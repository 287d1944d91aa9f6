"""Units of work: permission first, all or nothing, an entry for each write, counters in the same breath."""

import threading

import pytest
from sqlalchemy import select

from db import access, changes, engine, identity, keeping, listing
from db.access import Viewer
from db.audit import AuditEntry
from db.errors import Refused
from db.people import residents
from db.people.residents import RESIDENTS
from db.people.tables import Group, Resident
from db.work import Work, command, query, unit
from tests.conftest import Town, sign_in


@command("group.edit")
def rename_without_a_word(work: Work) -> None:
    work.session.add(Group(code="x", name="x"))


@command("group.edit")
def add_and_fail(work: Work) -> None:
    work.session.add(Group(code="x", name="x"))
    work.log("group", None, "x")
    work.touch("people")
    raise Refused("some.reason")


@query("resident.view")
def sneak(work: Work) -> None:
    keeping.create(work, RESIDENTS, {"name": "甲"})


def entries() -> list[AuditEntry]:
    with engine.reading() as session:
        found = list(session.execute(select(AuditEntry).order_by(AuditEntry.id)).scalars())  # type: ignore[arg-type]
        for entry in found:
            session.expunge(entry)
        return found


def test_a_write_without_an_audit_entry_is_a_defect(town: Town) -> None:
    with pytest.raises(RuntimeError, match="without an audit entry"):
        rename_without_a_word(town.anna)


def test_a_refusal_leaves_nothing_behind(town: Town) -> None:
    before = changes.counters(fresh=True)
    with pytest.raises(Refused, match=r"some\.reason"):
        add_and_fail(town.anna)
    with engine.reading() as session:
        assert session.execute(select(Group)).first() is None
    assert entries() == []
    assert changes.counters(fresh=True) == before


def test_a_query_cannot_write(town: Town) -> None:
    with pytest.raises(RuntimeError, match="within a query"):
        sneak(town.shen)


def test_permission_comes_before_everything(town: Town) -> None:
    for viewer in (town.vera, town.lei):
        with pytest.raises(Refused, match=r"access\.denied"):
            residents.add(viewer, values={"nonsense": object()})
    with pytest.raises(Refused, match=r"signin\.needed"):
        residents.add(None, values={})


def test_a_joined_command_is_checked_too(town: Town) -> None:
    with (
        unit(town.shen, "resident.view", write=True) as work,
        pytest.raises(Refused, match=r"access\.denied"),
    ):
        add_and_fail(work)


def test_a_forged_viewer_gains_nothing(town: Town) -> None:
    forged = Viewer(town.vera.account_id, "vera", "魏兰", "admin", session_id=town.vera.session_id)
    with pytest.raises(Refused, match=r"access\.denied"):
        listing.page(forged, RESIDENTS, listing.Listing())
    stolen = Viewer(town.anna.account_id, "anna", "安娜", "admin", session_id=town.vera.session_id)
    with pytest.raises(Refused, match=r"signin\.ended"):
        listing.page(stolen, RESIDENTS, listing.Listing())


def test_an_ended_session_can_do_nothing(town: Town) -> None:
    with engine.writing() as session:
        identity.end_sessions(session, town.shen.account_id or 0)
    with pytest.raises(Refused, match=r"signin\.ended"):
        listing.page(town.shen, RESIDENTS, listing.Listing())


def test_a_one_time_password_opens_nothing_but_the_own_page(town: Town) -> None:
    with engine.writing() as session:
        account = session.get(identity.Account, town.anna.account_id)
        assert account is not None
        account.must_change = True
        session.add(account)
    with pytest.raises(Refused, match=r"password\.must_change"):
        listing.page(town.anna, RESIDENTS, listing.Listing())


def test_each_change_raises_the_counters_of_its_topics(town: Town) -> None:
    before = changes.stamp("people", "register.residents", fresh=True)
    residents.add(town.shen, values={"name": "张桂梅", "area_id": town.building_1})
    after = changes.stamp("people", "register.residents", fresh=True)
    assert all(new > old for old, new in zip(before, after, strict=True))


def test_the_entry_says_who_did_what_to_whom(town: Town) -> None:
    resident_id = residents.add(town.shen, values={"name": "张桂梅", "area_id": town.building_1})
    entry = entries()[-1]
    assert (entry.actor, entry.action, entry.kind, entry.record_id, entry.label) == (
        "沈亦安", "resident.create", "resident", resident_id, "张桂梅",
    )  # fmt: skip
    assert entry.area_path == town.path(town.building_1)


def test_fifty_writers_at_once_all_get_through(town: Town) -> None:
    failures: list[BaseException] = []

    def add(number: int) -> None:
        try:
            name = "张" + "甲乙丙丁戊己庚辛壬癸"[number % 10] + "子丑寅卯辰"[number // 10]
            residents.add(town.shen, values={"name": name, "area_id": town.building_1})
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with engine.reading() as session:
        assert len(session.execute(select(Resident.id)).all()) == 50  # type: ignore[call-overload]


def test_ranges_of_areas_do_not_overlap() -> None:
    assert list(access.outermost(("/1/2/", "/1/2/7/", "/1/20/", "/1/2/"))) == ["/1/2/", "/1/20/"]
    assert access.prefix_end("/1/2/") == "/1/20"


def test_somebody_without_areas_sees_nobody(town: Town) -> None:
    residents.add(town.shen, values={"name": "张桂梅", "area_id": town.building_1})
    nobody = sign_in("nie", "staff", "聂小雨")
    assert listing.page(nobody, RESIDENTS, listing.Listing()).total == 0
