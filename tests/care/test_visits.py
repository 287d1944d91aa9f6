"""Recording a visit, correcting it, and who may."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from db import clock, engine, listing
from db.audit import AuditEntry
from db.care import days, visits
from db.care.visits import VISITS, Seen
from db.errors import Refused
from db.listing import Listing
from db.people import residents
from tests.built import built_once
from tests.conftest import NOON, Town

TODAY = NOON.date()


@pytest.fixture
@built_once
def zhou(town: Town) -> int:
    days.new_day(town.anna)
    return residents.add(
        town.shen, values={"name": "周秀英", "area_id": town.building_1, "in_care": True, "colour": "red"}
    )


def rows(town: Town, **filters: tuple[str, ...]) -> list[dict[str, object]]:
    return listing.page(town.shen, VISITS, Listing(filters=filters)).rows


def test_a_visit_is_in_the_list_with_who_saw_whom(town: Town, zhou: int) -> None:
    visits.record(town.shen, seen=[Seen(zhou, "needs", needs="买降压药", note="腿脚不便")])
    (row,) = rows(town)
    assert (row["person"], row["result"], row["visitor"]) == ("周秀英", "needs", "沈亦安")
    assert listing.page(town.shen, VISITS, Listing(search="zxy")).total == 1
    assert listing.page(town.shen, VISITS, Listing(search="王")).total == 0


def test_several_of_a_household_are_recorded_at_once_or_none(town: Town, zhou: int) -> None:
    other = residents.add(town.shen, values={"name": "孙建国", "area_id": town.building_1, "in_care": True})
    south = residents.add(town.qiu, values={"name": "郑福生", "area_id": town.building_3, "in_care": True})
    with pytest.raises(Refused, match=r"record\.not_found"):
        visits.record(town.shen, seen=[Seen(zhou), Seen(south)])
    assert rows(town) == []
    assert len(visits.record(town.shen, seen=[Seen(zhou), Seen(other)])) == 2


def test_a_double_tap_is_one_visit(town: Town, zhou: int) -> None:
    first = visits.record(town.shen, seen=[Seen(zhou)], token="abc")
    assert visits.record(town.shen, seen=[Seen(zhou)], token="abc") == first
    assert len(rows(town)) == 1


def test_a_visit_entered_later_says_so(town: Town, zhou: int) -> None:
    visits.record(town.shen, seen=[Seen(zhou)], day=TODAY - timedelta(days=3))
    assert visits.story(town.shen, resident_id=zhou)[0]["backdated"] is True
    assert len(rows(town, backdated=("yes",))) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"day": TODAY + timedelta(days=1)}, "visit.future"),
        ({"day": TODAY - timedelta(days=500)}, "visit.too_old"),
        ({"kind": "pigeon"}, "form.invalid"),
    ],
)
def test_what_cannot_be_is_refused(town: Town, zhou: int, change: dict[str, object], code: str) -> None:
    with pytest.raises(Refused, match=code.replace(".", r"\.")):
        visits.record(town.shen, seen=[Seen(zhou)], **change)  # type: ignore[arg-type]


def test_not_met_needs_a_reason(town: Town, zhou: int) -> None:
    with pytest.raises(Refused, match=r"visit\.reason"):
        visits.record(town.shen, seen=[Seen(zhou, "not_met")])
    with pytest.raises(Refused, match=r"form\.invalid"):
        visits.record(town.shen, seen=[Seen(zhou, observed=("ufo",))])


def test_a_correction_keeps_what_was_there(town: Town, zhou: int) -> None:
    (visit,) = visits.record(town.shen, seen=[Seen(zhou, note="一切都好")])
    with pytest.raises(Refused, match=r"visit\.why"):
        visits.correct(
            town.shen, visit_id=visit, seen=Seen(zhou, "not_met", "no_answer"), kind="home", why=""
        )
    new = visits.correct(
        town.shen, visit_id=visit, seen=Seen(zhou, "not_met", "no_answer"), kind="home", why="记错了人"
    )
    told = visits.story(town.shen, resident_id=zhou)
    assert [(one["id"], one["result"], one["note"]) for one in told] == [
        (new, "not_met", None),
        (visit, "well", "一切都好"),
    ]
    assert [row["result"] for row in rows(town)] == ["not_met"]
    with pytest.raises(Refused, match=r"visit\.corrected"):
        visits.strike(town.shen, visit_id=visit, why="再改一次")


def test_a_visit_that_never_was_is_struck_out(town: Town, zhou: int) -> None:
    (visit,) = visits.record(town.shen, seen=[Seen(zhou)])
    visits.strike(town.shen, visit_id=visit, why="点错了")
    assert rows(town) == []
    assert visits.story(town.shen, resident_id=zhou)[0]["withdrawn_at"] is not None


def test_the_words_of_a_visit_are_sealed_and_leaders_do_not_read_them(town: Town, zhou: int) -> None:
    visits.record(town.shen, seen=[Seen(zhou, note="最近总是忘事", needs="陪诊")])
    with engine.reading() as session:
        raw = str(session.execute(text("SELECT note, needs FROM visit")).all())
        trail = str([one.changes for one in session.execute(select(AuditEntry)).scalars()])
    assert "忘事" not in raw + trail
    assert visits.story(town.lei, resident_id=zhou)[0]["note"] is None
    record = listing.get(town.lei, VISITS, 1)
    assert "note" not in record.values


def test_a_stranger_sees_and_records_nothing(town: Town, zhou: int) -> None:
    (visit,) = visits.record(town.shen, seen=[Seen(zhou)])
    for who in (town.qiu, town.vera):
        with pytest.raises(Refused):
            visits.story(who, resident_id=zhou)
        with pytest.raises(Refused):
            visits.record(who, seen=[Seen(zhou)])
        with pytest.raises(Refused):
            visits.strike(who, visit_id=visit, why="点错了")
    with pytest.raises(Refused, match=r"access\.denied"):
        visits.record(town.lei, seen=[Seen(zhou)])


def test_a_visit_in_somebody_elses_patch_says_so(town: Town, zhou: int) -> None:
    from db import keeping
    from db.people.residents import RESIDENTS

    visits.record(town.shen, seen=[Seen(zhou)])
    keeping.edit(town.shen, RESIDENTS, zhou, 1, {"carer": "童楼长"})
    visits.record(town.shen, seen=[Seen(zhou)])
    assert [one["elsewhere"] for one in visits.story(town.shen, resident_id=zhou)] == [True, False]


def test_an_unsigned_moment_is_noon_and_today_is_now(town: Town, zhou: int) -> None:
    assert visits.moment_of(TODAY - timedelta(days=1)).astimezone(clock.PLACE).hour == 12
    assert visits.moment_of(None) == NOON
