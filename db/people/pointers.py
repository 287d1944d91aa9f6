"""What points to a resident, in whichever table: every column that names one, found in the metadata.

So that tables added later are not forgotten when two records become one.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, UniqueConstraint, and_, delete, or_, select, update
from sqlmodel import SQLModel

from db import places
from db.errors import Refused
from db.register import Values
from db.territory.posts import holder_key, note_holder
from db.work import Work

# What was, stays as it was; find keys are written anew, and what is due is worked out anew.
LEFT_ALONE = (
    "audit_entry", "imported_row", "find_key", "resident_merge", "not_same_person", "care_due", "care_period",
    "visit_draft", "need_draft",
)  # fmt: skip


def pointing() -> Iterator[tuple[Table, Column[Any]]]:
    """Every column of every table that names a resident."""
    for table in SQLModel.metadata.sorted_tables:
        if table.name in LEFT_ALONE:
            continue
        for column in table.columns:
            refers = any(key.target_fullname == "resident.id" for key in column.foreign_keys)
            if (
                refers
                or column.name == "resident_id"
                or (table.name, column.name) == ("resident", "merged_into")
            ):
                yield table, column


def repoint(
    work: Work, table: Table, column: Column[Any], old: int, new: int, snapshot: Values
) -> None:  # fmt: skip
    """Let what names `old` name `new`; what `new` has already goes. All is kept in `snapshot`. Refused `merge.both_booked`."""
    rows = work.session.execute(select(table).where(column == old)).mappings().all()
    for found in rows:
        row = dict(found)
        if table.name == "place_booking" and row["live"] and _stands_twice(work, table, column, row, new):
            raise Refused("merge.both_booked")  # each holds a place: somebody must give one back
        if table.name == "resident" and row["id"] == old:
            continue
        key = {one.name: row[one.name] for one in table.primary_key}
        if table.name == "resident" and row["id"] == new:
            continue
        if _stands_twice(work, table, column, row, new):
            snapshot["gone"].append({"table": table.name, "row": plain(row)})
            work.session.execute(
                delete(table).where(*(table.c[name] == value for name, value in key.items()))
            )
            continue
        values: Values = {column.name: new}
        if row.get("person_key") == f"r{old}":
            values["person_key"] = f"r{new}"
        if table.name == "post":
            values["holder_key"] = holder_key(row["holder"], row["account_id"], new)
            note_holder(work, row["holder_key"], values["holder_key"])
        write(work, table, key, values)
        moved = {name: [as_json(row[name]), as_json(value)] for name, value in values.items()}
        after = {name: values.get(name, value) for name, value in key.items()}
        snapshot["pointers"].append({"table": table.name, "key": plain(after), "values": moved})


def follow_volunteer(work: Work, resident_id: int, snapshot: Values | None = None) -> None:
    """Let what a resident took part in belong to the volunteer they are: one human being has one key.

    What the volunteer has already stays beside it, except a place. Refused `merge.both_booked`.
    """
    volunteers = SQLModel.metadata.tables["volunteer"].c
    volunteer_id = work.session.execute(
        select(volunteers.id)
        .where(volunteers.resident_id == resident_id, volunteers.withdrawn_at.is_(None), volunteers.status != "left")
        .order_by(volunteers.id)
        .limit(1)
    ).scalar()  # fmt: skip
    if volunteer_id is None:
        return
    old, new = f"r{resident_id}", f"v{volunteer_id}"
    places.hold_still(work, [old, new])
    for table in SQLModel.metadata.sorted_tables:
        if "person_key" not in table.c or table.name in LEFT_ALONE:
            continue
        for found in work.session.execute(select(table).where(table.c.person_key == old)).mappings().all():
            _become(work, table, dict(found), new, volunteer_id, snapshot)


def _become(
    work: Work, table: Table, row: Values, person_key: str, volunteer_id: int, snapshot: Values | None
) -> None:
    values: Values = {"person_key": person_key}
    if "volunteer_id" in table.c:
        values["volunteer_id"] = volunteer_id
    if _there_already(work, table, row, values):
        if table.name == "place_booking":
            raise Refused("merge.both_booked")
        return
    key: Values = {one.name: row[one.name] for one in table.primary_key}
    write(work, table, key, values)
    if table.name == "place_booking":
        work.touch("activities")
    if snapshot is not None:
        moved = {name: [as_json(row[name]), as_json(value)] for name, value in values.items()}
        snapshot["pointers"].append({"table": table.name, "key": plain(key), "values": moved})


def _stands_twice(work: Work, table: Table, column: Column[Any], row: Values, new: int) -> bool:
    """Whether the one that stays already has this: the same unique columns, or the same open membership."""
    then: Values = {column.name: new}
    if row.get("person_key") == f"r{row[column.name]}":
        then["person_key"] = f"r{new}"
    clauses = _same_unique(table, row, then)
    if table.name == "group_membership" and row["until"] is None:
        clauses.append(and_(column == new, table.c.group_id == row["group_id"], table.c.until.is_(None)))
    if not clauses:
        return False
    return work.session.execute(select(column).where(or_(*clauses)).limit(1)).first() is not None


def _there_already(work: Work, table: Table, row: Values, changed: Values) -> bool:
    """Whether another row has what this one would have."""
    clauses = _same_unique(table, row, changed)
    return (
        bool(clauses)
        and work.session.execute(select(table).where(or_(*clauses)).limit(1)).first() is not None
    )


def _same_unique(table: Table, row: Values, changed: Values) -> list[ColumnElement[bool]]:
    """What another row would look like that stands in the way of `row` being `changed`.

    As in the database, what is empty is like nothing else: bookings that are over stand in nobody's way.
    """
    sets = [tuple(one.name for one in table.primary_key)]
    sets += [
        tuple(one.name for one in key.columns)
        for key in table.constraints
        if isinstance(key, UniqueConstraint)
    ]
    sets += [tuple(one.name for one in key.columns) for key in table.indexes if key.unique]
    then = {**row, **changed}
    return [
        and_(*(table.c[name] == then[name] for name in names))
        for names in sets
        if any(then[name] != row[name] for name in names) and all(then[name] is not None for name in names)
    ]


def write(work: Work, table: Table, key: Values, values: Values) -> None:
    """Write some columns of the row with this key."""
    work.session.execute(
        update(table).where(*(table.c[name] == value for name, value in key.items())).values(**values)
    )


def as_json(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return value


def plain(row: Mapping[str, Any]) -> Values:
    """A row as JSON has it (see `from_json`)."""
    return {name: as_json(value) for name, value in row.items()}


def from_json(value: Any) -> Any:
    """The value that `as_json` wrote."""
    if isinstance(value, dict) and set(value) == {"moment"}:
        return datetime.fromisoformat(value["moment"])
    if isinstance(value, dict) and set(value) == {"day"}:
        return date.fromisoformat(value["day"])
    return value
