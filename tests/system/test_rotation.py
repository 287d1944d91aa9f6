"""A new sealing key: everything still opens, also when the run is killed, and no clear text lies in the file."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, select, type_coerce

from db import access, custom, engine, keeping, listing, parsing, sealing
from db.errors import Refused
from db.people import bulk, residents
from db.people.residents import RESIDENTS
from db.people.tables import Contact, Resident
from db.system import rotation
from db.territory.posts import Post
from db.work import unit
from tests.conftest import Town

PEOPLE = 7
HEALTH = "帕金森病，夜间会走失"
_R = Resident.__table__  # type: ignore[attr-defined]


def number(place: int) -> str:
    return parsing.make_id("320113", date(1941, 5, 6), place)


@pytest.fixture
def sealed(town: Town, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Some people with numbers, health notes and a sensitive field of the office's own."""
    monkeypatch.setattr(rotation, "BATCH", 2)
    key = custom.add_custom_field(
        town.anna, register="residents", label="监护情况", kind="text", sensitive=True
    )
    ids = [
        residents.add(
            town.anna,
            values={
                "name": f"赵{sign}", "area_id": town.building_1, "id_number": number(place), "phone": f"1380000123{place}",
                "health": HEALTH, key: "由侄女监护",
            },
        )
        for place, sign in enumerate("甲乙丙丁戊己庚")
    ]  # fmt: skip
    with unit(access.system(), "resident.edit", write=True) as work:
        bulk.insert_records(
            work, Contact, [{"resident_id": ids[0], "name": "赵小妹", "phone": "13900005678", "position": 1}]
        )
        path = town.path(town.building_1)
        bulk.insert_records(
            work, Post,
            [{"area_id": town.building_1, "area_path": path, "holder": "赵甲", "since": date(2024, 1, 1), "phone": "13900009999"}],
        )  # fmt: skip
        work.log("sample", None)
    return ids


def opens(town: Town, ids: list[int]) -> None:
    """Everything can be read by a process that has just started."""
    sealing._load.cache_clear()
    for place, record_id in enumerate(ids):
        for name, value in (
            ("id_number", number(place)),
            ("health", HEALTH),
            ("phone", f"1380000123{place}"),
            ("x1", "由侄女监护"),
        ):
            assert keeping.reveal(town.anna, RESIDENTS, record_id, name, "核对") == value
    with unit(access.system(), "resident.view", write=False) as work:
        assert work.session.execute(select(Contact.phone)).scalar() == "13900005678"  # type: ignore[call-overload]
        assert work.session.execute(select(Post.phone)).scalar() == "13900009999"  # type: ignore[call-overload]


def kept_bytes() -> list[bytes]:
    with engine.reading() as session:
        return [
            bytes(one)
            for one in session.execute(
                select(type_coerce(_R.c.id_number, LargeBinary)).order_by(_R.c.id)
            ).scalars()
        ]


def test_everything_is_sealed_with_the_new_key_alone(town: Town, sealed: list[int]) -> None:
    before = kept_bytes()
    rotated = rotation.rotate(wait=0)
    assert rotated.records == 2 * PEOPLE + 2
    assert not rotated.resumed
    assert not set(kept_bytes()) & set(before)
    assert list(sealing.ring().seals) == [2]
    opens(town, sealed)
    assert listing.page(town.anna, RESIDENTS, listing.Listing(search=number(3))).total == 1


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("after", [0, 1, 4, 8, 12])
def test_killed_in_the_middle(town: Town, sealed: list[int], after: int) -> None:
    def kill(done: int, _total: int) -> None:
        if done >= after:
            raise Killed

    with pytest.raises(Killed):
        rotation.rotate(kill, wait=0)
    opens(town, sealed)
    assert rotation.rotate(wait=0).resumed
    opens(town, sealed)
    assert list(sealing.ring().seals) == [2]


def test_what_is_written_meanwhile_with_the_old_key_is_not_lost(town: Town, sealed: list[int]) -> None:
    """Another process that has not seen the new key yet registers somebody during the last batch."""
    old = sealing.KeyRing(
        sealing.ring().path, {**sealing.ring().content, "seals": dict(sealing.ring().content["seals"])}
    )
    wrote: list[int] = []

    def write_late(done: int, total: int) -> None:
        if done == total and not wrote:
            late = residents.add(
                town.anna, values={"name": "赵辛", "area_id": town.building_1, "id_number": number(8)}
            )
            wrote.append(late)
            with engine.writing() as session:
                value = type_coerce(old.seal(number(8), "resident.id_number"), LargeBinary)
                session.execute(_R.update().where(_R.c.id == late).values(id_number=value))

    rotation.rotate(write_late, wait=0)
    assert wrote
    sealing._load.cache_clear()
    assert keeping.reveal(town.anna, RESIDENTS, wrote[0], "id_number", "核对") == number(8)


def test_a_value_that_no_key_opens_stops_it_and_the_old_keys_stay(town: Town, sealed: list[int]) -> None:
    with engine.writing() as session:
        session.execute(
            _R.update()
            .where(_R.c.id == sealed[3])
            .values(health=type_coerce(b"\0\1" + bytes(40), LargeBinary))
        )
    with pytest.raises(Refused, match=r"sealing\.key_missing"):
        rotation.rotate(wait=0)
    assert sorted(sealing.ring().seals) == [1, 2]


def test_another_process_takes_the_new_key_over(town: Town, sealed: list[int]) -> None:
    ring = sealing.ring()
    other = sealing.KeyRing(ring.path, dict(ring.content))
    rotation.rotate(wait=0)
    assert other.open(kept_bytes()[0], "resident.id_number") == number(0)


@pytest.mark.sqlite_only
def test_a_copied_database_shows_no_numbers_and_no_health(
    town: Town, sealed: list[int], database: str
) -> None:
    residents.add(town.anna, values={"name": "赵壬", "area_id": town.building_1})
    keeping.edit(town.anna, RESIDENTS, sealed[0], 1, {"phone": "13700007777", "health": "脑梗后遗症"})
    listing.page(town.anna, RESIDENTS, listing.Listing(search=number(0)))
    for step in range(2):
        file = Path(database.removeprefix("sqlite:///"))
        content = b"".join(part.read_bytes() for part in sorted(file.parent.glob(file.name + "*")))
        assert "赵甲".encode() in content
        secrets = [*map(number, range(PEOPLE)), *(f"1380000123{place}" for place in range(PEOPLE)), "13700007777",
                   "13900005678", "13900009999", HEALTH, "脑梗后遗症", "由侄女监护"]  # fmt: skip
        assert [secret for secret in secrets if secret.encode() in content] == []
        if step == 0:
            rotation.rotate(wait=0)
