"""Merging two records of one person, and taking that back.

Everything that points to the record that goes points to the one that stays: every table with a column
that names a resident, found in the metadata, so that tables added later are not forgotten.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlmodel import SQLModel

from db import keeping, listing
from db.errors import Refused
from db.fields import FieldSpec
from db.listing import all_specs, row_of, value_in_clear
from db.people import finding, pointers
from db.people.residents import RESIDENTS
from db.people.tables import Membership, Merge, NotSame, Resident
from db.people.whereabouts import place_now
from db.register import Values
from db.territory.posts import note_holder
from db.work import Work, command, query

_R = Resident.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_G = Merge.__table__.c  # type: ignore[attr-defined]
_N = NotSame.__table__.c  # type: ignore[attr-defined]

HOME = ("household_id", "area_id")  # chosen together
FOUND_BY = ("id_number", "phone")  # the one that goes holds what is given up, so that it is still found
TOGETHER = ("phone", "long")  # kinds of fields of which both values can be kept


@dataclass(frozen=True)
class Compared:
    """One field of two records. `mine` and `theirs` are as the viewer may see them, masked where needed."""

    name: str
    mine: Any
    theirs: Any
    equal: bool
    sealed: bool


@dataclass(frozen=True)
class Comparison:
    """Two records side by side. `fields` has the differences first, and none where both are empty."""

    kept: listing.RecordView
    other: listing.RecordView
    addresses: tuple[str, str]
    fields: tuple[Compared, ...]


@query("resident.merge")
def compare(work: Work, *, kept_id: int, other_id: int) -> Comparison:
    """Both records, field by field. Refused `record.not_found`, `merge.same`, `merge.gone`."""
    rows = _both(work, kept_id, other_id)
    views = [listing.get(work, RESIDENTS, one["id"]) for one in rows]
    fields = []
    for name, spec in views[0].specs.items():
        if spec.kind == "ref" or spec.derived:
            continue
        clear = [value_in_clear(row, RESIDENTS, name, spec) for row in rows]
        if not clear[0] and not clear[1]:
            continue
        sealed = work.viewer.sees(spec.sensitivity) != "clear"
        fields.append(
            Compared(name, views[0].values[name], views[1].values[name], clear[0] == clear[1], sealed)
        )
    fields.sort(key=lambda one: one.equal)
    return Comparison(views[0], views[1], (rows[0]["address"], rows[1]["address"]), tuple(fields))


def _both(work: Work, kept_id: int, other_id: int, *, lock: bool = False) -> tuple[Values, Values]:
    if kept_id == other_id:
        raise Refused("merge.same")
    found = {
        one: row_of(work, RESIDENTS, one, "resident.merge", lock=lock) for one in sorted((kept_id, other_id))
    }
    if any(row["status"] in ("merged", "withdrawn") for row in found.values()):
        raise Refused("merge.gone")
    return found[kept_id], found[other_id]


@command("resident.merge")
def merge(
    work: Work, *, keep_id: int, other_id: int, choose: Mapping[str, str] | None = None,
    versions: tuple[int, int] | None = None,
) -> int:  # fmt: skip
    """Make two records one and return the id of the merge.

    `choose` maps a field to "keep" (the default), "other", or "both" (telephones and long texts);
    "home" stands for household and area. `versions` are those that were looked at.
    Refused `record.not_found`, `merge.same`, `merge.gone`, `merge.changed` (somebody saved meanwhile),
    `merge.both_booked` (each has a place in the same activity).
    """
    kept, other = _both(work, keep_id, other_id, lock=True)
    if versions is not None and versions != (kept["version"], other["version"]):
        raise Refused("merge.changed")
    specs = all_specs(work, RESIDENTS)
    values = _chosen(specs, kept, other, choose or {})
    snapshot: Values = {
        "other": pointers.plain(other),
        "kept": {},
        "pointers": [],
        "gone": [],
        "not_same": [],
    }
    for one in (kept, other):
        finding.forget(work, one["id"], one)  # as long as it is known who was merged into whom
    work.session.execute(
        update(Resident)
        .where(_R.id == other_id)
        .values(
            status="merged",
            merged_into=keep_id,
            in_care=False,
            version=other["version"] + 1,
            changed_at=work.now,
            **{name: kept[name] for name in FOUND_BY if (choose or {}).get(name) == "other" and kept[name]},
        )
    )
    for table, column in pointers.pointing():
        pointers.repoint(work, table, column, other_id, keep_id, snapshot)
    pointers.follow_volunteer(work, keep_id, snapshot)
    _settle_contacts(work, keep_id, snapshot)
    _carry_not_same(work, keep_id, other_id, snapshot)
    changed = _write_kept(work, specs, kept, values)
    snapshot["kept"] = {
        "was": pointers.plain({name: _now(specs, kept, name) for name in changed}), "is": pointers.plain(changed)
    }  # fmt: skip
    made = Merge(kept_id=keep_id, other_id=other_id, at=work.now, account_id=work.viewer.account_id)
    row = made.model_dump(exclude={"id", "before"})
    merge_id = work.session.execute(
        insert(Merge).values(**row, before=json.dumps(snapshot, ensure_ascii=False)).returning(_G.id)
    ).scalar_one()
    for person, from_id in ((kept, other_id), (other, keep_id)):
        work.log(
            "resident",
            person["id"],
            person["name"],
            {"merged": (None, from_id)},
            area_path=person["area_path"],
        )
    work.touch("people", kept["area_path"], other["area_path"])
    work.touch("register.residents")
    _afterwards(work, keep_id, other_id)
    return int(merge_id)


Follow = Callable[[Work, int], None]
_follow: list[Follow] = []


def on_merge(function: Follow) -> Follow:
    """Call `function(work, resident_id)` for both records when they became one, or two again: to count anew."""
    _follow.append(function)
    return function


def _afterwards(work: Work, *residents: int) -> None:
    for function in _follow:
        for one in residents:
            function(work, one)


def _now(specs: Mapping[str, FieldSpec], row: Values, name: str) -> Any:
    return value_in_clear(row, RESIDENTS, name, specs[name]) if name in specs else row[name]


def _chosen(specs: Mapping[str, FieldSpec], kept: Values, other: Values, choose: Mapping[str, str]) -> Values:
    """The fields of the one that stays which get another value."""
    values: Values = {}
    for name, side in choose.items():
        names = HOME if name == "home" else (name,)
        for one in names:
            if one not in specs or (name != "home" and specs[one].kind == "ref"):
                raise KeyError(f"no such field: {one}")
            mine, theirs = _now(specs, kept, one), _now(specs, other, one)
            if side == "other":
                values[one] = theirs
            elif side == "both" and specs[one].kind in TOGETHER and mine != theirs:
                values[one] = _joined(specs[one], mine, theirs)
    return values


def _joined(spec: FieldSpec, mine: Any, theirs: Any) -> str:
    between = "、" if spec.kind == "phone" else "\n"
    parts = [part for text in (mine, theirs) for part in str(text or "").split(between) if part]
    return between.join(dict.fromkeys(parts))


def _write_kept(work: Work, specs: Mapping[str, FieldSpec], kept: Values, values: Values) -> Values:
    """Write the chosen values, and find the one that stays by everything that either was found by."""
    before = {**kept, **{name: value_in_clear(kept, RESIDENTS, name, spec) for name, spec in specs.items()}}
    values = dict(values)
    if RESIDENTS.before_save is not None:
        RESIDENTS.before_save(work, before, values)
    changed = {name: value for name, value in values.items() if value != before.get(name)}
    if "area_path" in changed and not work.viewer.reaches("resident.merge", str(changed["area_path"])):
        raise Refused("area.outside")
    if changed:
        keeping.write_row(work, RESIDENTS, kept, before, changed)
    else:
        work.session.execute(
            update(Resident)
            .where(_R.id == kept["id"])
            .values(version=kept["version"] + 1, changed_at=work.now)
        )
    now = {**before, **changed}
    finding.index(work, kept["id"], now, now)
    _place_groups(work, kept["id"], now["place"])
    return changed


def _place_groups(work: Work, resident_id: int, place: str) -> None:
    """Memberships lie where their person lies."""
    work.session.execute(update(Membership).where(_M.resident_id == resident_id).values(place=place))


def _settle_contacts(work: Work, keep_id: int, snapshot: Values) -> None:
    """Nobody is their own contact: when each was a contact of the other, the line stays without the link."""
    contacts = SQLModel.metadata.tables["contact"]
    own = work.session.execute(
        select(contacts.c.id).where(contacts.c.resident_id == keep_id, contacts.c.other_id == keep_id)
    ).scalars()
    for contact_id in own.all():
        pointers.write(work, contacts, {"id": contact_id}, {"other_id": None})
        snapshot["pointers"].append(
            {"table": "contact", "key": {"id": contact_id}, "values": {"other_id": [keep_id, None]}}
        )


def _carry_not_same(work: Work, keep_id: int, other_id: int, snapshot: Values) -> None:
    """Whoever was not the same person as the one is not the same as the other either."""
    rows = work.session.execute(
        select(_N.first_id, _N.second_id).where(or_(_N.first_id == other_id, _N.second_id == other_id))
    ).all()
    for row in rows:
        third = row.first_id if row.second_id == other_id else row.second_id
        if third != keep_id and _remember_not_same(work, keep_id, third):
            snapshot["not_same"].append([min(keep_id, third), max(keep_id, third)])


def _remember_not_same(work: Work, one: int, two: int) -> bool:
    first, second = min(one, two), max(one, two)
    if work.session.get(NotSame, (first, second)) is not None:
        return False
    work.session.execute(insert(NotSame).values(first_id=first, second_id=second))
    return True


@dataclass(frozen=True)
class MergeView:
    """A merge that can be taken back: which record went, when."""

    id: int
    kept_id: int
    other_id: int
    other_name: str
    at: datetime


@query("resident.view")
def merges_of(work: Work, *, resident_id: int) -> list[MergeView]:
    """The records that were merged into this one, latest first."""
    row_of(work, RESIDENTS, resident_id, "resident.view")
    rows = work.session.execute(
        select(_G.id, _G.kept_id, _G.other_id, _R.name, _G.at)
        .join(Resident, _R.id == _G.other_id)
        .where(_G.kept_id == resident_id, _G.undone_at.is_(None))
        .order_by(_G.id.desc())
    )
    from db.people.households import name_seen

    return [MergeView(row[0], row[1], row[2], name_seen(work, row[3]), row[4]) for row in rows]


@query("resident.view")
def stays(work: Work, *, resident_id: int) -> int:
    """The id of the record that stands for `resident_id` today: itself unless it was merged into another."""
    for _step in range(20):
        into = work.session.execute(select(_R.merged_into).where(_R.id == resident_id)).scalar()
        if into is None:
            break
        resident_id = into
    return resident_id


@command("resident.merge")
def unmerge(work: Work, *, resident_id: int) -> tuple[int, int]:
    """Bring both records back and return their ids: the one that stayed, the one that had gone.

    `resident_id` is the one that went, or the one that stayed (then its last merge is taken back).
    What was edited since and does not stand in the way is kept. Refused `merge.none`, `merge.later`
    (the record was merged again since; take that back first), `merge.conflict` with `fields` (names of
    fields that somebody changed since) and `pointers` (tables).
    """
    found = work.session.execute(
        select(Merge.__table__)  # type: ignore[attr-defined]
        .where(_G.undone_at.is_(None), or_(_G.other_id == resident_id, _G.kept_id == resident_id))
        .order_by((_G.other_id == resident_id).desc(), _G.id.desc())
        .limit(1)
    ).first()
    if found is None:
        raise Refused("merge.none")
    kept = row_of(work, RESIDENTS, found.kept_id, "resident.merge", lock=True)
    other = row_of(work, RESIDENTS, found.other_id, "resident.merge", lock=True)
    last = work.session.execute(
        select(_G.id).where(_G.kept_id == kept["id"], _G.undone_at.is_(None)).order_by(_G.id.desc()).limit(1)
    ).scalar()
    if kept["status"] == "merged" or last != found.id:
        raise Refused("merge.later")
    snapshot = json.loads(found.before)
    specs = all_specs(work, RESIDENTS)
    _refuse_conflicts(work, specs, kept, snapshot)
    finding.forget(work, kept["id"], kept)
    _bring_back_other(work, other, snapshot)
    for pointer in reversed(snapshot["pointers"]):
        table = SQLModel.metadata.tables[pointer["table"]]
        old = {name: pointers.from_json(pair[0]) for name, pair in pointer["values"].items()}
        note_holder(work, *(str(one) for one in pointer["values"].get("holder_key", ())))
        pointers.write(
            work, table, {name: pointers.from_json(value) for name, value in pointer["key"].items()}, old
        )
    for gone in snapshot["gone"]:
        table = SQLModel.metadata.tables[gone["table"]]
        work.session.execute(
            insert(table).values({name: pointers.from_json(v) for name, v in gone["row"].items()})
        )
    for first, second in snapshot["not_same"]:
        work.session.execute(delete(NotSame).where(_N.first_id == first, _N.second_id == second))
    _bring_back_kept(work, specs, kept, snapshot)
    work.session.execute(update(Merge).where(_G.id == found.id).values(undone_at=work.now))
    for person, from_id in ((kept, other["id"]), (other, kept["id"])):
        work.log(
            "resident", person["id"], person["name"], {"merged": (from_id, None)}, area_path=person["area_path"],
            action="resident.unmerge",
        )  # fmt: skip
    work.touch(
        "people", kept["area_path"], other["area_path"], pointers.from_json(snapshot["other"]["area_path"])
    )
    work.touch("register.residents")
    _afterwards(work, kept["id"], other["id"])
    return kept["id"], other["id"]


# What follows from other fields is worked out anew and never stands in the way.
_FOLLOWS = {"place", "area_path", "address", "name_key", "initials", "born_key"}


def _refuse_conflicts(work: Work, specs: Mapping[str, FieldSpec], kept: Values, snapshot: Values) -> None:
    fields = [
        name
        for name, value in snapshot["kept"]["is"].items()
        if name not in _FOLLOWS and _now(specs, kept, name) != pointers.from_json(value)
    ]
    standing: list[str] = []
    for pointer in snapshot["pointers"]:
        table = SQLModel.metadata.tables[pointer["table"]]
        key = [table.c[name] == pointers.from_json(value) for name, value in pointer["key"].items()]
        row = work.session.execute(select(table).where(*key)).mappings().first()
        undone = {one["table"]: one for one in snapshot["pointers"] if one["key"] == pointer["key"]}
        last = undone[pointer["table"]]["values"]
        if row is None or any(row[name] != pointers.from_json(pair[1]) for name, pair in last.items()):
            standing.append(pointer["table"])
    if fields or standing:
        raise Refused("merge.conflict", fields=sorted(set(fields)), pointers=sorted(set(standing)))


def _bring_back_other(work: Work, other: Values, snapshot: Values) -> None:
    row = {name: pointers.from_json(value) for name, value in snapshot["other"].items() if name != "id"}
    row.update(place_now(work, {**row, "id": other["id"]}))
    row.update(version=other["version"] + 1, changed_at=work.now)
    work.session.execute(update(Resident).where(_R.id == other["id"]).values(**row))


def _bring_back_kept(work: Work, specs: Mapping[str, FieldSpec], kept: Values, snapshot: Values) -> None:
    before = {**kept, **{name: value_in_clear(kept, RESIDENTS, name, spec) for name, spec in specs.items()}}
    was = {name: pointers.from_json(value) for name, value in snapshot["kept"]["was"].items()}
    if {"household_id", "area_id"} & set(was):
        was.update(place_now(work, {**before, **was}))
    else:
        was = {name: value for name, value in was.items() if name not in ("place", "area_path", "address")}
    # First the one that stays, so that its number is free again; then both are found by their own.
    changed = {name: value for name, value in was.items() if value != before.get(name)}
    if changed:
        keeping.write_row(work, RESIDENTS, kept, before, changed)
    now = {**before, **changed}
    finding.index(work, kept["id"], now, now)
    other_id = snapshot["other"]["id"]
    brought = work.session.execute(select(Resident.__table__).where(_R.id == other_id)).mappings().one()  # type: ignore[attr-defined]
    finding.index(work, other_id, None, dict(brought))
    _place_groups(work, kept["id"], now["place"])
    _place_groups(work, other_id, brought["place"])


@command("resident.merge")
def not_same(work: Work, *, one_id: int, other_id: int) -> None:
    """Remember that these are two people. Refused `record.not_found`, `merge.same`."""
    one, other = _both(work, one_id, other_id)
    if _remember_not_same(work, one_id, other_id):
        for person, from_id in ((one, other_id), (other, one_id)):
            work.log(
                "resident", person["id"], person["name"], {"not_same": (None, from_id)},
                area_path=person["area_path"], action="resident.not_same",
            )  # fmt: skip
        work.touch("register.residents")
