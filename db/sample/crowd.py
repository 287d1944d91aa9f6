"""Very many invented residents with a year of visits, activities and shifts, at the density of the sample community, to measure with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Final

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert, select
from sqlmodel import SQLModel

from db import access, clock, engine
from db.care import days
from db.care.tables import CarePeriod, Due, Visit
from db.errors import Refused
from db.identity import Setting
from db.insight import closing, counts, past
from db.people import groups
from db.people.tables import Contact, FindKey, Household, Membership, Resident
from db.sample import activities, build, crowd_serving, places
from db.sample.community import settle
from db.sample.crowd_visits import CrowdVisits
from db.sample.people import People
from db.sample.places import Community, Place
from db.system import community
from db.territory import levels
from db.territory.areas import Area
from db.territory.posts import Post
from db.territory.sample_plan import COMMUNITY_CODE, COMMUNITY_NAME
from db.work import Work, unit

MOST: Final = 1_000_000
SEED: Final = 20_000
IN_SUBDISTRICT: Final = 15
ACROSS: Final = 10
STEP: Final = (0.0115, 0.0072)
"""Degrees from one community's outline to the next."""
MANY_TABLES: Final[tuple[type[SQLModel], ...]] = (
    Resident,
    Household,
    Membership,
    FindKey,
    Area,
    Post,
    Contact,
    Visit,
    CarePeriod,
    Due,
)

# The find keys on their way: without order, so that each is written once and sorted once at the end.
_STAGED: Final = Table(
    "find_key_staged",
    MetaData(),
    Column("token", String, nullable=False),
    Column("place", String, nullable=False),
    Column("resident_id", Integer, nullable=False),
)

Report = Callable[[int, int], None]


def fill(number: int, report: Report = lambda _done, _total: None) -> int:
    """Fill an empty database with `number` residents and return how many communities that took.

    Each community is one transaction. `report` hears the residents written and in all. Refused
    `bench.number`, `bench.not_empty`.
    """
    if not 1 <= number <= MOST:
        raise Refused("bench.number", most=f"{MOST:,}")
    if build.present() != "empty":
        raise Refused("bench.not_empty")
    people = People(Random(SEED), clock.today())  # noqa: S311 invented people need no secret
    visits = CrowdVisits(Random(SEED + 1))  # noqa: S311
    random = Random(SEED + 2)  # noqa: S311
    with _without_indexes():
        group_ids, done, made = _begin(visits), 0, 0
        subdistrict: Place | None = None
        while done < number:
            with unit(access.system(), "settings.edit", write=True) as work:
                if subdistrict is None or made % IN_SUBDISTRICT == 0:
                    code = f"S{made // IN_SUBDISTRICT + 1:02}"
                    subdistrict = places.add_subdistrict(
                        work, f"红山街道{code}" if made else places.SUBDISTRICT, code
                    )
                where = _community(work, subdistrict, made)
                if made == 0:
                    build.add_accounts(work, where)
                settled = settle(
                    work, where, people, group_ids, most=number - done, kin=False, keys_into=_STAGED
                )
                visited = visits.write(work, where, settled)
                held = activities.scatter(work, where, settled, random)
                served = crowd_serving.scatter(work, where.grids, random)
                work.log(
                    "sample", None, where.name, {"people": (None, len(settled.people)), "visits": (None, visited), "activities": (None, held),
                     "shifts": (None, served)},
                    action="sample.bench",
                )  # fmt: skip
            made += 1
            done += len(settled.people)
            report(min(done, number - 1), number)
        _sort_in()
    with unit(access.system(), "settings.edit", write=True) as work:
        counts.recount_all(work)
        past.close_days(work.session)
        work.session.merge(Setting(name=days.DAY, value=clock.today().isoformat()))
        for topic in build.TOPICS:
            work.touch(topic)
    closing.settle(access.system())
    _analyse()
    report(number, number)
    return made


def _begin(visits: CrowdVisits) -> dict[str, int]:
    with unit(access.system(), "settings.edit", write=True) as work:
        levels.ensure_levels(work)
        community.keep(work, "community_name", COMMUNITY_NAME)
        work.log("sample", None, COMMUNITY_NAME, action="sample.bench")
        visits.begin(work)
        return groups.ensure_groups(work)


def _community(work: Work, parent: Place, number: int) -> Community:
    shift = (number % ACROSS * STEP[0], -(number // ACROSS) * STEP[1])
    name = f"红星{number + 1}社区" if number else COMMUNITY_NAME
    code = f"{COMMUNITY_CODE}{number + 1:03}" if number else COMMUNITY_CODE
    return places.add_community(work, parent, name, code, position=number % IN_SUBDISTRICT + 1, shift=shift)


@contextmanager
def _without_indexes() -> Iterator[None]:
    """Within the block the large tables have no indexes; making them once at the end is many times faster."""
    indexes = [index for table in MANY_TABLES for index in table.__table__.indexes]  # type: ignore[attr-defined]
    with engine.writing() as session:
        _STAGED.drop(session.connection(), checkfirst=True)
        _STAGED.create(session.connection())
        for index in indexes:
            index.drop(session.connection(), checkfirst=True)
    yield
    with _sorting() as connection:
        for index in indexes:
            index.create(connection, checkfirst=True)


def _sort_in() -> None:
    order = (
        _STAGED.c.token.collate(_bytewise()),
        _STAGED.c.place.collate(_bytewise()),
        _STAGED.c.resident_id,
    )
    with _sorting() as connection:
        connection.execute(
            insert(FindKey).from_select(["token", "place", "resident_id"], select(_STAGED).order_by(*order))
        )
        _STAGED.drop(connection)


@contextmanager
def _sorting() -> Iterator[Connection]:
    """A write transaction in which SQLite sorts in files instead of in memory."""
    with engine.current().connect() as connection:
        raw = connection.connection.driver_connection
        sqlite = raw if connection.dialect.name == "sqlite" else None
        if sqlite is not None:
            sqlite.execute("PRAGMA temp_store = FILE")
        try:
            yield connection.execution_options(writes=True)
            connection.commit()
        finally:
            connection.rollback()
            if sqlite is not None:
                sqlite.execute("PRAGMA temp_store = MEMORY")


def _bytewise() -> str:
    return "C" if engine.current().dialect.name == "postgresql" else "BINARY"


def _analyse() -> None:
    """Let the database look at what it holds, as it would by and by."""
    with (
        engine.current().execution_options(writes=True, isolation_level="AUTOCOMMIT").connect() as connection
    ):
        connection.exec_driver_sql("ANALYZE")
