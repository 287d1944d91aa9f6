"""Taking an import of a residents' ledger back."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select, update

from db import clock
from db.errors import Refused
from db.importing.engine import portions
from db.importing.plans import Progress
from db.importing.tables import ImportedRow
from db.people import finding
from db.people.ledger_writing import rewrite, touch, whole_rows
from db.people.tables import Household, Membership, Resident
from db.register import Values
from db.territory import closing
from db.work import Work

_R = Resident.__table__.c  # type: ignore[attr-defined]
_H = Household.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]


def undo(work: Work, rows: Sequence[ImportedRow], tell: Progress, stay: frozenset[int] = frozenset()) -> None:
    """Take an import back: people and homes that it made are withdrawn, changed ones get their old values.

    The people in `stay` keep what they have, with their groups and homes.
    """
    by_kind: dict[tuple[str, bool], list[ImportedRow]] = defaultdict(list)
    of_stayers = _of(work, rows, stay) if stay else frozenset()
    for row in rows:
        if (row.kind, row.record_id) in of_stayers:
            continue
        by_kind[row.kind, row.made].append(row)
    touched: set[str] = set()
    for some in portions([row.record_id for row in by_kind["membership", True]]):
        work.session.execute(update(Membership).where(_M.id.in_(some)).values(until=_M.since))
    tell(0.1, {})
    for some_rows in portions(by_kind["resident", False]):
        touched |= _put_back(work, some_rows)
    for some in portions([row.record_id for row in by_kind["membership", False]]):
        work.session.execute(update(Membership).where(_M.id.in_(some)).values(until=None))
    tell(0.4, {})
    for index, some_rows in enumerate(portions(by_kind["resident", True])):
        touched |= _withdraw(work, some_rows)
        tell(min(0.9, 0.4 + 0.5 * index * len(some_rows) / len(rows)), {})
    _undo_homes(work, by_kind["household", True], by_kind["household", False])
    for row in by_kind["area", True]:
        try:
            closing.close(work, area_id=row.record_id)
        except Refused:
            continue  # others use it by now, or it is not this viewer's to close
    touch(work, touched)


def _of(work: Work, rows: Sequence[ImportedRow], people: frozenset[int]) -> frozenset[tuple[str, int]]:
    """What belongs to these people: their records, their memberships, the homes they live in."""
    found = {("resident", one) for one in people}
    for some in portions(sorted(people)):
        memberships = work.session.execute(select(_M.id).where(_M.resident_id.in_(some))).scalars()
        homes = work.session.execute(select(_R.household_id).where(_R.id.in_(some))).scalars()
        found |= {("membership", one) for one in memberships} | {("household", one) for one in homes if one}
    return frozenset(found)


def _put_back(work: Work, rows: Sequence[ImportedRow]) -> set[str]:
    now = whole_rows(work, [row.record_id for row in rows])
    updates = []
    for row in rows:
        old = now[row.record_id]
        updates.append((old, _typed(Resident, json.loads(row.before or "{}"))))
        work.log(
            "resident", old["id"], old["name"], {"import": ("changed", "undone")}, area_path=old["area_path"],
            action="resident.import",
        )  # fmt: skip
    rewrite(work, updates)
    return {row["area_path"] for row in now.values()} | {
        new["area_path"] for _old, new in updates if "area_path" in new
    }


def _typed(table: Any, values: Values) -> Values:
    """Values from JSON as the columns hold them."""
    kinds = {name: column.type for name, column in table.__table__.c.items()}
    return {
        name: date.fromisoformat(value) if value and kinds[name].python_type is date else value
        for name, value in values.items()
    }


def _withdraw(work: Work, rows: Sequence[ImportedRow]) -> set[str]:
    people = whole_rows(work, [row.record_id for row in rows])
    ids = list(people)
    touched = set()
    for row in people.values():
        touched.add(row["area_path"])
        work.log(
            "resident", row["id"], row["name"], {"status": ("resident", "withdrawn")}, area_path=row["area_path"],
            action="resident.import",
        )  # fmt: skip
    finding.drop(work, finding.keys(work, list(people.values())))
    work.session.execute(
        update(Resident)
        .where(_R.id.in_(ids))
        .values(
            status="withdrawn",
            withdrawn_at=work.now,
            in_care=False,
            version=_R.version + 1,
            changed_at=work.now,
        )
    )
    work.session.execute(
        update(Membership).where(_M.resident_id.in_(ids), _M.until.is_(None)).values(until=_M.since)
    )
    return touched


def _undo_homes(work: Work, made: Sequence[ImportedRow], changed: Sequence[ImportedRow]) -> None:
    """Homes that the import made are closed, unless somebody else lives there by now."""
    today = clock.today()
    for some in portions([row.record_id for row in made]):
        lived_in = select(_R.household_id).where(_R.household_id.in_(some), _R.status != "withdrawn")
        work.session.execute(
            update(Household)
            .where(_H.id.in_(some), _H.id.not_in(lived_in))
            .values(closed_on=today, version=_H.version + 1, changed_at=work.now)
        )
    for row in changed:
        before = _typed(Household, json.loads(row.before or "{}"))
        work.session.execute(
            update(Household)
            .where(_H.id == row.record_id, _H.version == row.version)
            .values(**before, version=row.version + 1, changed_at=work.now)
        )
