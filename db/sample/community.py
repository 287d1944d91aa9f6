"""Settles an invented community: homes, people, groups, kin, and who is responsible for them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final

from sqlalchemy import Table

from db.identity import Account
from db.people import bulk
from db.people.tables import Contact
from db.register import Values
from db.sample import places
from db.sample.names import full_name
from db.sample.people import AGES_ON, People
from db.sample.places import Building, Community
from db.territory.posts import Post, holder_key
from db.work import Work

WEAK_GRID: Final = 8
"""The grid, counted from 0, whose worker left and where hardly a building has a lead."""
HOLES: Final = 9
BUSY_GRID: Final = 10
"""The grid where one person leads more buildings than anybody should."""
BUSY_BUILDINGS: Final = 5


@dataclass(frozen=True)
class Person:
    """Somebody who was written: the id and the values."""

    id: int
    values: Values
    building: int  # which of the community's buildings
    groups: tuple[tuple[str, date], ...] = ()  # code, since


@dataclass
class Lead:
    """Who leads a building: one of its people, and who stands in. `person` is a place in the list of people."""

    person: int
    name: str
    phone: str | None
    since: date
    deputy: str = ""


@dataclass
class Settled:
    """What was written, for whoever wants to write more about it."""

    people: list[Person]
    leads: dict[int, Lead] = field(default_factory=dict)
    workers: dict[int, str] = field(default_factory=dict)


def settle(
    work: Work, where: Community, people: People, groups: dict[str, int], *, staff: Mapping[int, Account] | None = None,
    most: int | None = None, kin: bool = True, keys_into: Table | None = None,
) -> Settled:  # fmt: skip
    """Fill the buildings with people and their responsible ones.

    `staff` are grid workers who can sign in, by grid counted from 0. Writes at most `most` people;
    `keys_into` takes the find keys for now (see `bulk.insert_residents`).
    """
    random = people.random
    rows, homes = invent_people(people, where, most)
    leads = _choose_leads(random, where, rows, people.today)
    workers = _name_workers(random, where) | {grid: one.name for grid, one in (staff or {}).items()}
    _name_carers(random, where, rows, leads, workers)
    home_ids = bulk.insert_households(work, homes)
    extras = [(row.pop("groups"), row.pop("kin"), row.pop("_building")) for row in rows]
    for row in rows:
        row["household_id"] = home_ids[row.pop("_home")]
    ids = bulk.insert_residents(work, rows, keys_into=keys_into)
    settled = Settled(
        [
            Person(record_id, row, extra[2], tuple((code, since) for code, since, _source in extra[0]))
            for record_id, row, extra in zip(ids, rows, extras, strict=True)
        ],
        leads,
        workers,
    )
    bulk.insert_memberships(
        work,
        [
            {
                "resident_id": record_id, "group_id": groups[code], "since": since, "source": source,
                "until": row.get("status_on"), "place": row["place"],
            }
            for record_id, row, extra in zip(ids, rows, extras, strict=True)
            for code, since, source in extra[0]
        ],
    )  # fmt: skip
    if kin:
        bulk.insert_records(
            work,
            Contact,
            [
                {**one, "resident_id": record_id}
                for record_id, extra in zip(ids, extras, strict=True)
                for one in extra[1]
            ],
        )
    bulk.insert_records(work, Post, list(_posts(random, where, settled, staff or {}, people.today)))
    return settled


def invent_people(
    people: People, where: Community, most: int | None = None
) -> tuple[list[Values], list[Values]]:
    """Everybody who lives here or did, and the homes. `_home` and `_building` of each are places in lists.

    Needs no database: the areas of `where` may be made up.
    """
    rows: list[Values] = []
    homes: list[Values] = []
    for index, building in enumerate(where.buildings):
        for home in places.homes(people.random, building):
            if most is not None and len(rows) >= most:
                return rows[:most], homes
            household = people.household()
            household += people.gone(household)
            for person in household:
                person.update(
                    _home=len(homes), _building=index, area_id=building.id, area_path=building.area_path,
                    place=home["place"], address=home["address"],
                )  # fmt: skip
                person["registered_at"] = person["registered_at"] or f"{where.name}{_written(home, building)}"
            rows += household
            homes.append(home)
    return rows[:most] if most is not None else rows, homes


def _written(home: Values, building: Building) -> str:
    return f"{building.name}{home['stair']}单元{home['room']}室"


def _choose_leads(random: Random, where: Community, rows: list[Values], today: date) -> dict[int, Lead]:
    """Somebody who lives in the building, rather a Party member; a few buildings have nobody."""
    candidates: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        fit = row["status"] == "resident" and row["stay"] == "permanent" and not row["in_care"]
        if fit and 45 <= AGES_ON.year - row["born"].year <= 76 and row["phone"]:
            candidates.setdefault(row["_building"], []).append(place)
    strong = [
        place
        for place, one in enumerate(where.buildings)
        if one.grid not in (WEAK_GRID, BUSY_GRID) and place in candidates
    ]
    holes = set(random.sample(strong, min(HOLES, len(strong))))
    leads: dict[int, Lead] = {}
    busy: Lead | None = None
    busy_left = BUSY_BUILDINGS
    weak = 0
    for place, building in enumerate(where.buildings):
        if place in holes or place not in candidates:
            continue
        if building.grid == WEAK_GRID:
            weak += 1
            if weak > 2:
                continue
        if building.grid == BUSY_GRID and busy is not None and busy_left:
            leads[place] = Lead(busy.person, busy.name, busy.phone, busy.since)
            busy_left -= 1
            continue
        members = [one for one in candidates[place] if rows[one]["party"] == "party"]
        chosen = random.choice(members or candidates[place])
        others = [one for one in candidates[place] if rows[one]["_home"] != rows[chosen]["_home"]]
        deputy = rows[random.choice(others)]["name"] if others and random.random() < 0.7 else ""
        leads[place] = Lead(
            chosen, rows[chosen]["name"], rows[chosen]["phone"], _since(random, today), deputy
        )
        if building.grid == BUSY_GRID and busy is None:
            busy, busy_left = leads[place], BUSY_BUILDINGS - 1
    return leads


def _since(random: Random, today: date) -> date:
    return today - timedelta(days=200 + random.randrange(1500))


def _name_workers(random: Random, where: Community) -> dict[int, str]:
    names = [full_name(random, random.choice(("female", "female", "male")), 1986) for _ in where.grids]
    return {place: name for place, name in enumerate(names) if place != WEAK_GRID}


def _name_carers(
    random: Random, where: Community, rows: list[Values], leads: dict[int, Lead], workers: dict[int, str]
) -> None:
    """Most people in care have somebody by name; in the weak grid every other one."""
    for row in rows:
        if not row["in_care"]:
            continue
        grid = where.buildings[row["_building"]].grid
        lead = leads.get(row["_building"])
        chance = random.random()
        if chance < (0.55 if grid == WEAK_GRID else 0.09):
            continue
        if lead is not None and chance < 0.75:
            row["carer"] = lead.name
        elif chance < 0.9 and grid in workers:
            row["carer"] = workers[grid]
        else:
            row["carer"] = full_name(random, "female", 1962)


def _posts(
    random: Random, where: Community, settled: Settled, staff: Mapping[int, Account], today: date
) -> Iterator[Values]:
    for place, grid in enumerate(where.grids):
        worker = settled.workers.get(place)
        if worker is None:
            yield _post(
                grid, "grid_worker", full_name(random, "female", 1990), since=today - timedelta(days=900),
                until=today - timedelta(days=64), note="已调离，暂无人接任",
            )  # fmt: skip
            continue
        begun = _since(random, today)
        if place % 4 == 1:
            yield _post(
                grid, "grid_worker", full_name(random, "male", 1979), since=begun - timedelta(days=1100),
                until=begun - timedelta(days=1),
            )  # fmt: skip
        deputy = "" if place % 5 == 4 else full_name(random, "female", 1992)
        yield _post(
            grid, "grid_worker", worker, since=begun, deputy=deputy,
            phone=f"139{random.randrange(10**8):08}", account_id=staff[place].id if place in staff else None,
        )  # fmt: skip
    for place, building in enumerate(where.buildings):
        lead = settled.leads.get(place)
        if lead is None:
            if place % 3 == 0:
                yield _post(
                    building, "building_lead", full_name(random, "male", 1955), since=today - timedelta(days=2100),
                    until=today - timedelta(days=30 + random.randrange(200)), note="因病辞任",
                )  # fmt: skip
            continue
        if place % 11 == 0:
            yield _post(
                building, "building_lead", full_name(random, "female", 1950), since=lead.since - timedelta(days=1500),
                until=lead.since - timedelta(days=1),
            )  # fmt: skip
        yield _post(
            building, "building_lead", lead.name, since=lead.since, deputy=lead.deputy, phone=lead.phone,
            resident_id=settled.people[lead.person].id,
        )  # fmt: skip


def _post(
    area: places.Place, role: str, holder: str, *, since: date, until: date | None = None, deputy: str = "",
    phone: str | None = None, resident_id: int | None = None, account_id: int | None = None, note: str = "",
) -> Values:  # fmt: skip
    return {
        "area_id": area.id, "area_path": area.area_path, "role": role, "holder": holder,
        "holder_key": holder_key(holder, account_id, resident_id), "resident_id": resident_id, "account_id": account_id,
        "phone": phone, "deputy": deputy, "since": since, "until": until, "note": note,
    }  # fmt: skip
