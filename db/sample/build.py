"""Builds the sample community in an empty database."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from sqlalchemy import exists, select, update

from db import access, clock
from db.errors import Refused
from db.identity import Account, AccountArea
from db.insight import closing, counts
from db.people import groups
from db.people.tables import Resident
from db.sample import activities, history, needing, places, visiting, volunteer_self, volunteering
from db.sample.community import Settled, settle
from db.sample.people import People
from db.sample.places import Community
from db.system import community, signing
from db.territory import levels
from db.territory.areas import Area
from db.territory.sample_plan import COMMUNITY_NAME
from db.work import Work, unit

PASSWORD: Final = "linli-demo"  # noqa: S105 it stands on the sign-in page of a demonstration
SEED: Final = 1958
OWN_GRID: Final = 2
"""The grid of the account `staff`, counted from 0."""
COLLEAGUES: Final = ((3, "staff4", "林美芳"), (4, "staff5", "周立新"))
"""Workers of the grids beside it, who can stand in: the grid counted from 0, the account, the name."""

TOPICS: Final = (
    "areas", "people", "posts", "settings", "register.residents", "register.posts", "register.households",
    "register.accounts", "register.groups", "register.visits", "register.rules", "register.occasions", "care", "rules",
    "occasions", "coverage", "shifts", "register.volunteers", "register.work", "activities", "register.venues",
    "needs",
)  # fmt: skip

_ACCOUNT = Account.__table__.c  # type: ignore[attr-defined]

Report = Callable[[str], None]


@dataclass(frozen=True)
class Built:
    """How much was made."""

    buildings: int
    people: int
    households: int
    in_care: int
    visits: int


def state(work: Work) -> Literal["empty", "sample", "real"]:
    """Whether the database holds nothing yet, the sample community, or somebody's own."""
    if work.session.execute(select(exists().where(_ACCOUNT.demo.is_(True)))).scalar():
        return "sample"
    real = any(
        work.session.execute(select(exists().select_from(table))).scalar()
        for table in (Account, Area, Resident)
    )
    return "real" if real else "empty"


def present() -> Literal["empty", "sample", "real"]:
    """What the configured database holds (see `state`)."""
    with unit(access.system(), "settings.edit", write=False) as work:
        return state(work)


def build(report: Report = lambda _step: None) -> Built:
    """Make the sample community. Refused `sample.not_empty` when the database holds anything.

    `report` hears of each step as it begins. All is written in one transaction.
    """
    with unit(access.system(), "settings.edit", write=True) as work:
        if state(work) != "empty":
            raise Refused("sample.not_empty")
        report("areas")
        where = add_areas(work)
        report("accounts")
        accounts = add_accounts(work, where)
        report("people")
        people = People(Random(SEED), clock.today())  # noqa: S311 invented people need no secret
        settled = settle(
            work, where, people, groups.ensure_groups(work),
            staff={OWN_GRID: accounts["staff"], **{grid: accounts[name] for grid, name, _full in COLLEAGUES}},
        )  # fmt: skip
        report("history")
        _link_volunteer(work, where, settled, accounts["volunteer"])
        recoloured = history.invent(work, settled, accounts, Random(SEED + 1))  # noqa: S311
        report("visits")
        visited = visiting.invent(
            work,
            where,
            settled,
            accounts,
            OWN_GRID,
            recoloured,
            Random(SEED + 2),  # noqa: S311
        )
        report("shifts")
        shifts = volunteering.invent(work, where, settled, accounts, Random(SEED + 3))  # noqa: S311
        volunteer_self.add(work, accounts)
        report("activities")
        held = activities.invent(work, where, settled, accounts, OWN_GRID, Random(SEED + 5))  # noqa: S311
        volunteer_self.take_part(work, accounts)
        report("needs")
        needing.invent(work, where, settled, Random(SEED + 4))  # noqa: S311
        report("figures")
        counts.recount_all(work)
        built = Built(
            len(where.buildings),
            len(settled.people),
            len({one.values["household_id"] for one in settled.people}),
            sum(one.values["in_care"] for one in settled.people),
            visited,
        )
        work.log(
            "sample", None, where.name,
            {"people": (None, built.people), "visits": (None, visited), "shifts": (None, shifts), "activities": (None, held)},
            action="sample.build",
        )  # fmt: skip
        for topic in TOPICS:
            work.touch(topic)
    closing.settle(access.system())
    return built


def add_areas(work: Work) -> Community:
    """The levels, the sub-district and the drawn community; the community's name is set."""
    levels.ensure_levels(work)
    community.keep(work, "community_name", COMMUNITY_NAME)
    return places.add_community(work, places.add_subdistrict(work), COMMUNITY_NAME)


def add_accounts(work: Work, where: Community) -> dict[str, Account]:
    """The sample accounts by name: one for each role, then colleagues. They sign in only while LINLI_DEMO=1."""
    made = {}
    for username, name, paths in (
        ("admin", "何静", ()),
        ("staff", "陈晓燕", (where.grids[OWN_GRID].area_path,)),
        ("leader", "吴建平", (where.area_path,)),
        ("volunteer", "顾秀兰", ()),
        *((username, name, (where.grids[grid].area_path,)) for grid, username, name in COLLEAGUES),
    ):
        account = Account(
            username=username, name=name, role=username.rstrip("45"), must_change=False, demo=True,
            password_hash=signing.hash_password(PASSWORD), password_changed_at=work.now,
        )  # fmt: skip
        work.session.add(account)
        work.session.flush()
        for path in paths:
            work.session.add(AccountArea(account_id=account.id or 0, area_path=path))
        made[username] = account
    work.session.flush()
    return made


def _link_volunteer(work: Work, where: Community, settled: Settled, account: Account) -> None:
    """The volunteer is somebody who lives here: a building's lead in the grid of the account `staff`."""
    lead = next(lead for place, lead in settled.leads.items() if where.buildings[place].grid == OWN_GRID)
    work.session.execute(
        update(Account)
        .where(_ACCOUNT.id == account.id)
        .values(name=lead.name, resident_id=settled.people[lead.person].id)
    )
