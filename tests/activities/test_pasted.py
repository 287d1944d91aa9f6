"""A pasted list becomes sign-ups of residents: looked through first, done once, and the same again changes nothing."""

import pytest

from db import keeping
from db.activities import guests, never, pasted, signing_up
from db.errors import Refused
from db.parsing import chains
from db.people.residents import RESIDENTS
from tests.activities.making import activity
from tests.conftest import Town

CHAIN = """#接龙
重阳茶话会，10月20日
1. 张桂梅
2. 林秀英 1-2-301
3. 周国强 尾号0009
4. 张桂枚
5. 没有这人
6. 张桂梅
7. 林秀英 不来了"""


def register(town: Town, name: str, *, area: int | None = None, **values: object) -> int:
    return keeping.create(
        town.anna, RESIDENTS, {"name": name, "area_id": area or town.building_1, "born": "1956-05-01", **values}
    )  # fmt: skip


def states(rows: list[pasted.Row]) -> list[tuple[str, str]]:
    return [(row.entry.name, row.state) for row in rows]


def test_each_line_says_what_will_become_of_it(town: Town) -> None:
    guest = register(town, "张桂梅")
    register(town, "林秀英")
    register(town, "周国强", phone="13851740009")
    register(town, "周国强", phone="13851740008")
    tea = activity(town, capacity=2)
    rows = pasted.dry_run(town.shen, activity_id=tea, entries=chains.read(CHAIN))
    assert states(rows) == [
        ("张桂梅", "ready"), ("林秀英", "ready"), ("周国强", "waits"), ("张桂枚", "doubtful"), ("没有这人", "unknown"),
        ("张桂梅", "double"), ("林秀英", "leaves"),
    ]  # fmt: skip
    assert [one.id for one in rows[3].candidates] == [guest]


def test_it_is_done_once_and_the_same_again_changes_nothing(town: Town) -> None:
    people = [register(town, name) for name in ("张桂梅", "林秀英", "周国强")]
    tea = activity(town, capacity=2)
    done = pasted.apply(town.shen, activity_id=tea, resident_ids=people)
    assert (done.booked, done.waiting) == (("张桂梅", "林秀英"), ("周国强",))
    again = pasted.apply(town.shen, activity_id=tea, resident_ids=people)
    assert (again.booked, again.waiting, len(again.already)) == ((), (), 3)
    assert len(signing_up.holders(town.shen, activity_id=tea)) == 3
    rows = pasted.dry_run(town.shen, activity_id=tea, entries=chains.read("张桂梅\n林秀英\n周国强"))
    assert {row.state for row in rows} == {"already"}


def test_what_stood_beside_a_name_stays_with_the_place(town: Town) -> None:
    zhang, lin = register(town, "张桂梅"), register(town, "林秀英")
    tea = activity(town, capacity=1)
    never.invite(town.shen, activity_id=tea, resident_ids=[zhang])
    guests.note(town.shen, activity_id=tea, key=f"r{zhang}", values={"note": "走得慢"})
    rows = pasted.dry_run(
        town.shen, activity_id=tea, entries=chains.read("1. 张桂梅 带水\n2. 林秀英（晚到十分钟）")
    )
    remarks = {row.person_id or 0: row.entry.remark for row in rows}
    pasted.apply(town.shen, activity_id=tea, resident_ids=[zhang, lin], remarks=remarks)
    holders = signing_up.holders(town.shen, activity_id=tea)
    assert [(one.name, one.state, one.note) for one in holders] == [
        ("张桂梅", "booked", "走得慢; 带水"), ("林秀英", "waiting", "晚到十分钟"),
    ]  # fmt: skip
    assert [one.note for one in guests.call_list(town.shen, activity_id=tea).lines] == [
        "走得慢; 带水",
        "晚到十分钟",
    ]
    signing_up.leave(town.shen, booking_id=holders[1].booking_id)
    assert [one.name for one in guests.call_list(town.shen, activity_id=tea).lines] == ["张桂梅"]


def test_people_of_other_areas_are_nobody(town: Town) -> None:
    other = register(town, "张桂梅", area=town.building_3)
    tea = activity(town)
    (row,) = pasted.dry_run(town.shen, activity_id=tea, entries=chains.read("张桂梅"))
    assert (row.state, row.candidates) == ("unknown", ())
    assert pasted.apply(town.shen, activity_id=tea, resident_ids=[other]) == pasted.Applied((), (), (), ())
    (own,) = pasted.dry_run(town.qiu, activity_id=tea, entries=chains.read("张桂梅"))
    assert own.state == "ready"
    (none,) = pasted.dry_run(town.vera, activity_id=tea, entries=chains.read("张桂梅"))
    assert none.state == "unknown"
    with pytest.raises(Refused, match="access.denied"):
        pasted.dry_run(town.lei, activity_id=tea, entries=chains.read("张桂梅"))


def test_who_cannot_is_said_with_the_reason(town: Town) -> None:
    young = register(town, "刘小亮", born="1996-05-01")
    tea = activity(town, age_from=60)
    (row,) = pasted.dry_run(town.shen, activity_id=tea, entries=chains.read("刘小亮"))
    assert (row.state, row.clashes[0][0]) == ("clash", "age")
    done = pasted.apply(town.shen, activity_id=tea, resident_ids=[young])
    assert [(name, why.code) for name, why in done.refused] == [("刘小亮", "activity.unfit")]


def test_a_number_a_short_name_and_initials_are_asked_or_found(town: Town) -> None:
    guest = register(town, "张桂梅", phone="13851740009")
    tea = activity(town)
    rows = pasted.dry_run(town.shen, activity_id=tea, entries=chains.read("1. 桂梅\n2. zgm\n3. 13851740009"))
    assert [(row.state, [one.id for one in row.candidates]) for row in rows] == [
        ("doubtful", [guest]), ("doubtful", [guest]), ("ready", [guest]),
    ]  # fmt: skip
