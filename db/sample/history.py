"""A little invented history, so that the audit trail of the sample has something to show."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy import bindparam, update

from db import clock
from db.access import Viewer
from db.audit import CHANGED, Changes
from db.identity import Account
from db.people.tables import Resident
from db.sample.community import Person, Settled
from db.work import Work

DAYS = 75
REASONS = ("电话通知体检", "核对低保材料", "上门探访前联系", "家属来电核实", "台风前逐户提醒", "办理高龄津贴")
FORMER_COLOURS = {"red": "yellow", "yellow": "blue", "blue": ""}

_R = Resident.__table__.c  # type: ignore[attr-defined]


def invent(
    work: Work, settled: Settled, accounts: Mapping[str, Account], random: Random
) -> dict[int, tuple[date, str]]:
    """Write some weeks of looks, reveals and changes; records that were changed have the version for it.

    Returns whose risk colour changed: on which day, and what it was before.
    """
    in_care = [person for person in settled.people if person.values["in_care"]]
    others = [
        person
        for person in settled.people
        if person.values["status"] == "resident" and person.values["phone"]
    ]
    entries: list[tuple[datetime, Account, Person, str, Changes, str]] = []
    versions: dict[int, int] = {}
    recoloured: dict[int, tuple[date, str]] = {}
    for _ in range(90):
        actor = accounts["staff"] if random.random() < 0.8 else accounts["admin"]
        chance = random.random()
        person = random.choice(in_care if chance < 0.7 else others)
        at = _working_moment(random)
        if chance < 0.35:
            entries.append((at, actor, person, "record.look", {}, ""))
        elif chance < 0.55 and person.values["phone"]:
            entries.append(
                (at, actor, person, "resident.reveal", {"phone": (CHANGED, CHANGED)}, random.choice(REASONS))
            )
        elif chance < 0.7 and person.id not in versions:
            now = str(person.values["colour"])
            entries.append((at, actor, person, "resident.edit", {"colour": (FORMER_COLOURS[now], now)}, ""))
            versions[person.id] = 2
            recoloured[person.id] = (at.astimezone(clock.PLACE).date(), FORMER_COLOURS[now])
        elif chance >= 0.7:
            entries.append((at, actor, person, "resident.edit", {"phone": (CHANGED, CHANGED)}, ""))
            versions[person.id] = versions.get(person.id, 1) + 1
    for at, actor, person, action, changes, reason in sorted(entries, key=lambda entry: entry[0]):
        _as(work, actor).log(
            "resident", person.id, _name(person), changes, area_path=str(person.values["area_path"]), reason=reason,
            action=action, at=at,
        )  # fmt: skip
    connection = work.connection
    connection.execute(
        update(Resident.__table__).where(_R.id == bindparam("record")).values(version=bindparam("to")),  # type: ignore[attr-defined]
        [{"record": record, "to": version} for record, version in versions.items()],
    )
    return recoloured


def _as(work: Work, account: Account) -> Work:
    viewer = Viewer(account.id, account.username, account.name, account.role)
    return replace(work, viewer=viewer)


def _name(person: Person) -> str:
    return str(person.values["name"])


def _working_moment(random: Random) -> datetime:
    """A moment in office hours on a week-day of the past weeks."""
    day = clock.today() - timedelta(days=random.randint(1, DAYS))
    while day.weekday() > 4:
        day -= timedelta(days=1)
    minutes = random.choice((random.randint(8 * 60 + 30, 12 * 60), random.randint(14 * 60, 17 * 60 + 30)))
    local = datetime.combine(day, time(), clock.PLACE) + timedelta(
        minutes=minutes, seconds=random.randint(0, 59)
    )
    return local.astimezone(UTC)
