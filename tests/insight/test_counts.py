"""Figures per area: always the same as counting everything anew."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from db import changes, clock, engine, keeping, listing
from db.access import system
from db.errors import Refused
from db.insight import counts
from db.insight.counts import FIGURES, AreaCount
from db.listing import Listing
from db.people import residents
from db.people.residents import RESIDENTS
from db.people.tables import Resident
from db.territory import areas, moving
from db.territory.posts import Post
from db.work import Work, command
from tests.built import built_once
from tests.conftest import NOON, Town

C = AreaCount.__table__.c
POST = Post.__table__


@command("post.edit")
def name_holder(
    work: Work, *, area_id: int, since: date, until: date | None = None, role: str = "building_lead"
) -> int:
    path = work.session.execute(select(areas.Area.area_path).where(areas.Area.id == area_id)).scalar_one()
    post = Post(area_id=area_id, area_path=path, role=role, holder="沈亦安", since=since, until=until)
    work.session.add(post)
    work.session.flush()
    work.log("post", post.id, "沈亦安", area_path=path)
    work.touch("posts", path)
    return int(post.id or 0)


@command("post.edit")
def end_post(work: Work, *, post_id: int, until: date) -> None:
    path = work.session.execute(select(POST.c.area_path).where(POST.c.id == post_id)).scalar_one()
    work.session.execute(update(POST).where(POST.c.id == post_id).values(until=until))
    work.log("post", post_id, "", area_path=path)
    work.touch("posts", path)


@command("settings.edit")
def count_everything(work: Work) -> None:
    counts.recount_all(work)


def figures() -> dict[int, dict[str, Any]]:
    with engine.reading() as session:
        return {row["area_id"]: dict(row) for row in session.execute(select(AreaCount.__table__)).mappings()}


def figure(area_id: int, name: str) -> int:
    return int(figures()[area_id][name])


@pytest.fixture
@built_once
def elder(town: Town) -> int:
    """Born on 24 November 1946: eighty tomorrow."""
    values = {"name": "丁秀兰", "born": date(1946, 11, 24), "area_id": town.building_1, "living": "alone"}
    return residents.add(town.shen, values=values)


def test_a_new_resident_counts_in_everything_around(town: Town, elder: int) -> None:
    for area in (town.building_1, town.north, town.community):
        assert [figure(area, name) for name in ("people", "over_60", "over_80", "alone")] == [1, 1, 0, 1]
    assert figure(town.building_2, "people") == figure(town.south, "people") == 0


def test_nobody_responsible_is_a_hole(town: Town, elder: int) -> None:
    assert figure(town.building_1, "hole")
    assert (figure(town.community, "held"), figure(town.community, "expecting")) == (0, 6)
    name_holder(town.anna, area_id=town.building_1, since=date(2026, 1, 1))
    assert not figure(town.building_1, "hole")
    assert (figure(town.north, "held"), figure(town.community, "held")) == (1, 1)


def test_another_role_does_not_fill_the_hole(town: Town, elder: int) -> None:
    name_holder(town.anna, area_id=town.north, since=date(2026, 1, 1), role="block_lead")
    assert figure(town.north, "hole")


def test_the_calendar_alone_changes_figures(town: Town, elder: int) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    name_holder(town.anna, area_id=town.building_1, since=tomorrow)
    name_holder(town.anna, area_id=town.building_2, since=date(2026, 1, 1), until=clock.today())
    assert (figure(town.north, "over_80"), figure(town.north, "held")) == (0, 1)
    with clock.at(NOON + timedelta(days=1)):
        assert counts.refresh_day(system())
        assert not counts.refresh_day(system())
        assert (figure(town.north, "over_80"), figure(town.north, "held")) == (1, 1)
        assert not figure(town.building_1, "hole")
        assert figure(town.building_2, "hole")


def test_only_what_moves_a_figure_wakes_the_map(town: Town, elder: int) -> None:
    before = changes.stamp("coverage", fresh=True)
    keeping.edit(town.shen, RESIDENTS, elder, 1, {"note": "每周三有人送饭"})
    assert changes.stamp("coverage", fresh=True) == before
    keeping.edit(town.shen, RESIDENTS, elder, 2, {"in_care": True})
    assert changes.stamp("coverage", fresh=True) != before


def test_levels_decide_what_is_expected(town: Town, elder: int) -> None:
    @command("area.edit")
    def expect_nobody_for_buildings(work: Work) -> None:
        work.session.execute(update(areas.Level).where(areas.Level.code == "building").values(role=""))
        work.log("level", None, "")
        work.touch("areas", "/")

    expect_nobody_for_buildings(town.anna)
    assert figure(town.community, "expecting") == 2


def test_places_of_homes_and_of_areas_that_are_gone_do_no_harm(town: Town, elder: int) -> None:
    before = figures()

    @command("area.edit")
    def touch_oddly(work: Work) -> None:
        work.log("area", None)
        work.touch("people", "/1/2/4/01-0402", "/1/2/4/", "/1/2/999/", "", "/9999/")

    touch_oddly(town.anna)
    assert figures() == before


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("many", [200, 2])
def test_whatever_is_done_a_full_recount_gives_the_same(
    town: Town, seed: int, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "MANY", many)
    chance = random.Random(seed)
    night = system()
    homes = [town.building_1, town.building_2, town.building_3, town.building_4, town.north, town.community]
    people: list[int] = []
    posts: list[int] = []
    now = NOON

    def arrive() -> None:
        values = {
            "name": "".join(chance.choices("王李张刘陈一二三四五六七八九", k=3)),
            "born": date(chance.choice((1930, 1946, 1966, 1990)), 11, chance.randint(20, 30)),
            "area_id": chance.choice(homes),
            "living": chance.choice(("alone", "family", "")),
            "in_care": chance.random() < 0.5,
            "carer": chance.choice(("", "沈亦安")),
        }
        people.append(residents.add(night, values=values, different_from=people))

    def change(values: dict[str, Any]) -> None:
        if people:
            who = chance.choice(people)
            version = listing.get(night, RESIDENTS, who).version
            keeping.edit(night, RESIDENTS, who, version, values)

    def appoint() -> None:
        begin = now.date() + timedelta(days=chance.randint(-3, 3))
        end = chance.choice((None, begin + timedelta(days=chance.randint(0, 4))))
        where = chance.choice(homes)
        role = "grid_worker" if where == town.north else "building_lead"
        posts.append(name_holder(night, area_id=where, since=begin, until=end, role=role))

    def tomorrow() -> None:
        nonlocal now
        now += timedelta(days=chance.randint(1, 2))

    deeds: list[Callable[[], Any]] = [
        arrive, arrive, arrive, appoint, appoint, tomorrow,
        lambda: change({"status": chance.choice(("died", "moved", "resident"))}),
        lambda: change({"area_id": chance.choice(homes)}),
        lambda: change({"in_care": chance.random() < 0.5, "carer": chance.choice(("", "裘慧"))}),
        lambda: change({"born": date(1946, 11, chance.randint(20, 30))}),
        lambda: posts and end_post(night, post_id=chance.choice(posts), until=now.date()),
        lambda: moving.move(night, area_id=chance.choice(homes[:4]), parent_id=chance.choice((town.north, town.south))),
        lambda: homes.append(
            areas.add(night, name=f"{len(homes) + 20}栋", level="building", parent_id=town.south)
        ),
    ]  # fmt: skip
    for _ in range(40):
        with clock.at(now), suppress(Refused):
            chance.choice(deeds)()
    assert len(people) > 3 and len(posts) > 1
    with clock.at(now):
        counts.refresh_day(night)
        kept = figures()
        count_everything(night)
        assert kept == figures()
        for area_id, row in kept.items():
            asked = Listing(filters={"area": (str(area_id),)})
            assert row["people"] == listing.page(night, RESIDENTS, asked).total
        assert kept[town.community]["people"] == sum(kept[one]["own"]["people"] for one in kept)
        assert set(FIGURES) <= set(kept[town.community])


def test_counts_that_were_never_made_are_made_by_the_first_change(town: Town) -> None:
    with engine.writing() as session:
        session.execute(delete(AreaCount.__table__))
        session.execute(
            insert(Resident.__table__).values(
                **Resident(name="丁秀兰", area_id=town.building_4, place=town.path(town.building_4),
                           area_path=town.path(town.building_4)).model_dump(exclude={"id"})
            )
        )  # fmt: skip
    residents.add(town.shen, values={"name": "王小二", "area_id": town.building_1})
    assert (figure(town.community, "people"), figure(town.south, "people")) == (2, 1)
