"""Figures of months that are over: closed once, corrected when records of then are, and who may know of it."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from db import access, clock, engine, importing, keeping, parsing
from db.activities import attending, programme
from db.audit import AuditEntry
from db.care import days, visits
from db.care.visits import Seen
from db.commands import check
from db.commands.findings import Findings
from db.errors import Refused
from db.identity import Account, AccountArea
from db.insight import charts, closing
from db.insight.closing import Correction, PeriodFigure, PeriodsSettled
from db.people import groups, leaving, merging, residents
from db.people.residents import RESIDENTS
from db.system import backup
from db.territory import areas, moving
from db.territory.posts import POSTS
from db.volunteers import approving, checking, hours, shifts, signing_up
from db.work import unit
from tests.activities.making import activity
from tests.conftest import Town
from tests.insight.settling import assert_settled, kept, on
from tests.system.test_backup import elsewhere
from tests.volunteers import making
from tests.workbook_samples import xlsx

AUTUMN = "2026-11"
"""The month in which all tests begin; it has seven days left."""


@pytest.fixture
def autumn(town: Town) -> dict[str, int]:
    """November in the town: two people in care, one of them visited, a class with one of them, a shift that was served."""
    making.nobody_is_signed_out()
    days.new_day(town.anna)
    who = {
        name: residents.add(
            town.anna, values={"name": name, "area_id": building, "in_care": True, "born": date(1940, 1, 1)}
        )
        for name, building in (("周秀英", town.building_1), ("郑国强", town.building_3))
    }
    visits.record(town.anna, seen=[Seen(who["周秀英"])])
    class_id = activity(town, "手工班", days=0, start="08:00", spent=90)
    (date_of,) = programme.sessions(town.shen, activity_id=class_id)
    attending.walk_in(town.anna, slot_id=date_of.id, resident_id=who["周秀英"])
    shift = making.shift(town, making.kind(), days=2)
    volunteer, viewer = making.volunteer(town, "梅兰")
    booking = signing_up.sign_up(viewer, shift_id=shift).booking_id
    with on(3):
        slot = making.slot(shift)
        checking.from_paper(town.anna, booking_id=booking, came=slot.starts_at, left=slot.ends_at)
        (entry,) = approving.waiting(town.lei)
    return {**who, "class": class_id, "date": date_of.id, "shift": shift, "volunteer": volunteer, "booking": booking, "entry": entry.id}  # fmt: skip


def approve(town: Town, autumn: dict[str, int]) -> None:
    (entry,) = approving.waiting(town.lei)
    approving.decide(town.lei, entry_id=entry.id, yes=True, seen=entry.warnings)


def now(area_id: int, name: str, period: str = AUTUMN) -> int | None:
    return kept()[area_id, period][1].get(name)


def told(town: Town, area_id: int, *names: str) -> list[Correction]:
    return closing.corrections(town.anna, area_id=area_id, names=names)


def entries() -> int:
    with engine.reading() as session:
        return int(session.execute(select(func.max(AuditEntry.id))).scalar() or 0)


def test_a_month_is_closed_once(town: Town, autumn: dict[str, int]) -> None:
    """What was closed stays; a visit that is entered later is told beside it."""
    with on(5):
        closing.settle(town.lei)
        assert AUTUMN not in {period for _area, period in kept()}
    with on(9):
        approve(town, autumn)
        assert closing.settle(town.lei)
        closed = kept()[town.community, AUTUMN][0]
        assert {name: closed[name] for name in ("contacts", "shifts", "filled", "minutes", "serving", "attendances", "in_care")} == {
            "contacts": 1, "shifts": 1, "filled": 1, "minutes": 120, "serving": 1, "attendances": 1, "in_care": 2,
        }  # fmt: skip
        assert told(town, town.community, *closed) == []
    with on(12):
        visits.record(town.anna, seen=[Seen(autumn["郑国强"])], day=date(2026, 11, 24))
        assert closing.settle(town.lei)
        assert kept()[town.community, AUTUMN][0] == closed
        (one,) = told(town, town.community, "contacts")
        assert (one.period.key, one.was, one.now) == (AUTUMN, 1, 2)
        assert (one.closed_on, one.corrected_on) == (date(2026, 12, 2), date(2026, 12, 5))
        assert [(one.was, one.now) for one in told(town, town.south, "contacts")] == [(0, 1)]
        assert told(town, town.north, "contacts") == []
        assert len(closing.corrections(town.lei, area_id=town.south, names=("contacts",))) == 1
        assert closing.corrections(town.shen, area_id=town.south, names=("contacts",)) == []
        with pytest.raises(Refused, match=r"access\.denied"):
            closing.corrections(town.vera, area_id=town.south, names=("contacts",))
        assert_settled()


def test_corrections_of_attendance_are_told_only_to_who_may_see_it(
    town: Town, autumn: dict[str, int]
) -> None:
    """A leader reads of few people only in steps: from one to two would tell them exactly."""
    with on(9):
        closing.settle(town.lei)
        another_came(town, autumn)
        closing.settle(town.lei)
        asked = ("participants", "first", "attendances", "spent")
        assert len(closing.corrections(town.anna, area_id=town.south, names=asked)) > 2
        assert closing.corrections(town.lei, area_id=town.south, names=asked) == []


Deed = Callable[[Town, dict[str, int]], object]


def strike(town: Town, autumn: dict[str, int]) -> None:
    (row,) = visits.story(town.anna, resident_id=autumn["周秀英"])
    visits.strike(town.anna, visit_id=row["id"], why="点错了")


def correct(town: Town, autumn: dict[str, int]) -> None:
    (row,) = visits.story(town.anna, resident_id=autumn["周秀英"])
    visits.correct(town.anna, visit_id=row["id"], seen=Seen(0, "not_met", "out"), kind="home", why="记错")


def take_hours_back(town: Town, autumn: dict[str, int]) -> None:
    approve(town, autumn)
    closing.settle(town.lei)
    assert now(town.north, "serving") == 1
    hours.correct(town.anna, entry_id=autumn["entry"], why="没来")
    approve(town, autumn)


def call_off(town: Town, autumn: dict[str, int]) -> None:
    shifts.cancel(town.anna, shift_id=autumn["shift"], why="下雨")


def put_off(town: Town, autumn: dict[str, int]) -> None:
    slot = making.slot(autumn["shift"])
    shifts.change(
        town.anna, shift_id=slot.id or 0, version=slot.version, starts_at=slot.starts_at + timedelta(days=30)
    )


def never_came(town: Town, autumn: dict[str, int]) -> None:
    attending.mark(town.anna, slot_id=autumn["date"], marks={f"r{autumn['周秀英']}": "missed"})


def another_came(town: Town, autumn: dict[str, int]) -> None:
    attending.walk_in(town.anna, slot_id=autumn["date"], resident_id=autumn["郑国强"])


def moves(town: Town, autumn: dict[str, int]) -> None:
    keeping.edit(town.anna, RESIDENTS, autumn["周秀英"], 1, {"area_id": town.building_3})


def died(town: Town, autumn: dict[str, int]) -> None:
    leaving.leave(town.anna, resident_id=autumn["郑国强"], version=1, status="died", day=date(2026, 11, 27))


def became_one(town: Town, autumn: dict[str, int]) -> None:
    merging.merge(town.anna, keep_id=autumn["郑国强"], other_id=autumn["周秀英"])
    assert closing.settle(town.lei)
    assert now(town.south, "attendances") == 1
    assert_settled()
    merging.unmerge(town.anna, resident_id=autumn["周秀英"])
    assert closing.settle(town.lei)
    assert now(town.south, "attendances") == 0
    merging.merge(town.anna, keep_id=autumn["郑国强"], other_id=autumn["周秀英"])


def held_before(town: Town, _autumn: dict[str, int]) -> None:
    keeping.create(
        town.anna, POSTS,
        {"area_id": town.north, "role": "grid_worker", "holder": "沈亦安", "since": date(2026, 11, 29), "phone": ""},
    )  # fmt: skip


def area_moves(town: Town, _autumn: dict[str, int]) -> None:
    moving.move(town.anna, area_id=town.building_1, parent_id=town.south)


def from_ledger(town: Town, autumn: dict[str, int]) -> None:
    with unit(access.system(), "group.edit", write=True) as work:
        groups.ensure_groups(work)
    number = parsing.make_id("320113", date(1940, 1, 1), 128)
    with engine.reading() as session:
        version = session.execute(
            select(residents.Resident.version).where(residents.Resident.id == autumn["周秀英"])
        ).scalar_one()  # type: ignore[call-overload]
    keeping.edit(town.anna, RESIDENTS, autumn["周秀英"], version, {"id_number": number})
    rows = [("姓名", "身份证号", "楼栋", "单元", "房号"), ("周秀英", number, "3栋", "1", "101")]
    upload = importing.opened(xlsx(rows), "台账.xlsx")
    plan = importing.plan(
        town.anna, RESIDENTS, upload, importing.mapping(town.anna, RESIDENTS, upload.table).columns
    )
    done = importing.apply(town.anna, plan).import_id
    assert closing.settle(town.lei)
    assert now(town.south, "attendances") == 1
    assert_settled()
    importing.undo(town.anna, done)
    assert closing.settle(town.lei)
    assert now(town.south, "attendances") == 0
    keeping.edit(town.anna, RESIDENTS, autumn["周秀英"], version + 3, {"area_id": town.building_3})


@pytest.mark.parametrize(
    ("deed", "where", "name", "was", "is_now"),
    [
        (strike, "north", "contacts", 1, 0),
        (correct, "north", "attempts", 0, 1),
        (approve, "north", "minutes", 0, 120),
        (take_hours_back, "north", "serving", 0, 0),
        (call_off, "north", "shifts", 1, 0),
        (put_off, "north", "shifts", 1, 0),
        (never_came, "north", "participants", 1, 0),
        (another_came, "south", "first", 0, 1),
        (moves, "south", "attendances", 0, 1),
        (died, "south", "in_care", 1, 0),
        (became_one, "south", "attendances", 0, 1),
        (held_before, "north", "held", 0, 1),
        (area_moves, "south", "contacts", 0, 1),
        (from_ledger, "south", "attendances", 0, 1),
    ],
)  # fmt: skip
def test_what_is_corrected_later_is_told_beside_what_was_closed(
    town: Town, autumn: dict[str, int], deed: Deed, where: str, name: str, was: int, is_now: int
) -> None:
    area_id = getattr(town, where)
    with on(9):
        closing.settle(town.lei)
        closed = kept()
        assert closed[area_id, AUTUMN][0][name] == was
    with on(20):
        deed(town, autumn)
        assert closing.settle(town.lei) or deed is take_hours_back
        assert now(area_id, name) == is_now
        found = [(one.was, one.now) for one in told(town, area_id, name) if one.period.key == AUTUMN]
        assert found == ([(was, is_now)] if was != is_now else [])
        assert_settled(closed)


def test_a_new_grid_has_had_nothing_in_months_before(town: Town, autumn: dict[str, int]) -> None:
    with on(9):
        closing.settle(town.lei)
        grid = areas.add(town.anna, name="第三网格", level="grid", parent_id=town.community)
        assert closing.settle(town.lei)
        figures = kept()[grid, AUTUMN][1]
        assert (figures["contacts"], figures["expecting"], figures["holes"]) == (0, 1, 1)
        assert now(town.community, "expecting") == 7
        assert_settled()


def test_who_was_in_care_at_the_end_is_kept_though_nobody_looked_that_day(
    town: Town, autumn: dict[str, int]
) -> None:
    with on(30):
        charts.table(town.lei, codes=["in_care"], area_id=town.community)
        assert kept()[town.community, AUTUMN][0]["in_care"] == 2


def test_nothing_is_written_when_nothing_changed(town: Town, autumn: dict[str, int]) -> None:
    """Nor when what somebody did concerns this month, or changes no figure."""
    with on(9):
        closing.settle(town.lei)
        before = entries()
        assert not closing.settle(town.lei)
        assert entries() == before
        visits.record(town.anna, seen=[Seen(autumn["周秀英"])])
        before = entries()
        assert not closing.settle(town.lei)
        (row, *_others) = visits.story(town.anna, resident_id=autumn["周秀英"])[::-1]
        visits.correct(town.anna, visit_id=row["id"], seen=Seen(0), kind="phone", why="是电话")
        before = entries()
        assert not closing.settle(town.lei)
        charts.table(town.lei, codes=["contacts"], area_id=town.community)
        assert entries() == before


def test_after_many_entries_it_is_noted_that_they_were_followed(
    town: Town, autumn: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def followed() -> int:
        with engine.reading() as session:
            return int(session.execute(select(PeriodsSettled.entry_id)).scalar() or 0)

    monkeypatch.setattr(closing, "MANY", 6)
    with on(9):
        closing.settle(town.lei)
    with on(10):
        closing.settle(town.lei)
        at = followed()
        for _each in range(6):
            visits.record(town.anna, seen=[Seen(autumn["周秀英"])])
    with on(11):
        assert not closing.settle(town.lei)
        assert followed() > at


def test_two_at_once_close_a_month_once(town: Town, autumn: dict[str, int]) -> None:
    with on(9):
        failed: list[BaseException] = []

        def read() -> None:
            try:
                charts.table(town.lei, codes=["contacts", "in_time"], area_id=town.community, parts=True)
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=read) for _each in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        with engine.reading() as session:
            closings = session.execute(
                select(func.count()).where(
                    AuditEntry.action == "figures.close", AuditEntry.label == AUTUMN
                )
            ).scalar_one()  # fmt: skip
        assert closings == 1
        assert told(town, town.community, "contacts", "in_care") == []
        assert_settled()


def test_where_very_many_live_the_server_counts_and_readers_see_what_is_there(
    town: Town, autumn: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "LIGHT", 0)
    visits.record(town.anna, seen=[Seen(autumn["郑国强"])], day=date(2026, 9, 15))
    with on(9):
        found = charts.table(town.lei, codes=["contacts"], area_id=town.community, back=2)
        assert [reading and reading.above for reading in found.of("contacts")] == [None, (0, 0)]
        year = charts.table(town.lei, codes=["contacts"], area_id=town.community, unit="quarter", back=1)
        assert year.of("contacts") == (None,)
        closing.settle_in_time()
        found = charts.table(town.lei, codes=["contacts"], area_id=town.community, back=2)
        assert [reading and reading.above for reading in found.of("contacts")] == [(1, 1), (0, 0)]
        year = charts.table(town.lei, codes=["contacts"], area_id=town.community, unit="quarter", back=1)
        assert [reading and reading.above for reading in year.of("contacts")] == [(1, 1)]


def test_a_backup_brings_back_what_was_closed(
    town: Town, autumn: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was corrected after the backup is done once more there."""
    with on(9):
        closing.settle(town.lei)
        closed = kept()
        backup.make(tmp_path / "linli.zip", with_keys=True)
        visits.record(town.anna, seen=[Seen(autumn["郑国强"])], day=date(2026, 11, 24))
        closing.settle(town.lei)
        assert kept() != closed
        with elsewhere(tmp_path / "other", f"sqlite:///{tmp_path / 'other.db'}", monkeypatch):
            backup.restore(tmp_path / "linli.zip")
            assert kept() == closed
            visits.record(access.system(), seen=[Seen(autumn["周秀英"])], day=date(2026, 11, 25))
            assert closing.settle(access.system())
            assert now(town.north, "contacts") == 2
            assert_settled(closed)


def test_a_falsified_figure_is_found(town: Town, autumn: dict[str, int]) -> None:
    def found() -> str:
        findings = Findings()
        check._figures(findings)
        return "\n".join(findings.lines())

    with on(9):
        closing.settle(town.lei)
        assert found() == ""
        with engine.writing() as session:
            values = {**kept()[town.north, AUTUMN][1], "contacts": 9}
            session.execute(
                update(PeriodFigure)
                .where(PeriodFigure.area_id == town.north, PeriodFigure.period == AUTUMN)  # type: ignore[arg-type]
                .values(now=values)
            )
        assert f"area {town.north}, {AUTUMN}" in found()


def test_a_reader_without_areas_is_told_nothing(town: Town, autumn: dict[str, int]) -> None:
    with on(9):
        with engine.writing() as session:
            nobody = session.execute(select(Account.id).where(Account.username == "qiu")).scalar_one()  # type: ignore[call-overload]
            session.execute(
                AccountArea.__table__.delete().where(AccountArea.__table__.c.account_id == nobody)  # type: ignore[attr-defined]
            )
        assert charts.places(town.qiu) == ()
        with pytest.raises(Refused, match=r"area\.not_found"):
            charts.table(town.qiu, codes=["contacts"], area_id=town.south)
        assert clock.today() == date(2026, 12, 2)
