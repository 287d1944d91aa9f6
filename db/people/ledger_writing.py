"""Writing what a dry run of a residents' ledger showed, many rows at a time, and taking it back."""

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from json.encoder import encode_basestring
from typing import Any

from sqlalchemy import Table, bindparam, select, update

from db import audit, clock, listing
from db.access import Viewer
from db.audit import AuditEntry
from db.errors import Refused
from db.fields import FieldSpec
from db.importing.engine import among, as_text, portions
from db.importing.plans import Plan, Progress
from db.importing.tables import ImportedRow
from db.people import bulk, finding, residents
from db.people.ledger_matching import PersonRow
from db.people.ledger_places import Home
from db.people.residents import RESIDENTS
from db.people.tables import Household, Membership, Resident
from db.register import Values
from db.sealing import ring
from db.territory import areas, closing
from db.territory.areas import Area
from db.work import Work

_A = Area.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_H = Household.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]

PORTION = 2500
_LEFT = ("import_id", "kind", "record_id", "made", "version", "before")
_SAID = (
    "at",
    "account_id",
    "actor",
    "action",
    "reason",
    "kind",
    "record_id",
    "label",
    "area_path",
    "changes",
)
_JSON = json.JSONEncoder(ensure_ascii=False)
_KEYED = {"name", "id_number", "phone", "place", "status", "initials"}


_Form = tuple[str, Callable[[tuple[Any, ...]], list[Any]]]


def _quoted(value: Any) -> str:
    """A value as JSON."""
    if type(value) is str:
        return encode_basestring(value)
    return f'"{value.isoformat()}"' if type(value) is date else _JSON.encode(audit.jsonable(value))


class Ledger:
    """Keeps, while an import is applied, what is needed to undo it, and writes it with the audit trail."""

    def __init__(self, work: Work, plan: Plan, import_id: int) -> None:
        self.work = work
        self.plan = plan
        self.import_id = import_id
        self.specs = listing.all_specs(work, RESIDENTS)
        self.sealed = {name for name, spec in self.specs.items() if _said(spec, "") == audit.CHANGED}
        self.custom = {name for name, spec in self.specs.items() if spec.custom}
        self.forms: dict[tuple[str, ...], _Form] = {}
        self.spots: dict[str, Any] = {}  # the places made, by key
        self.homes: dict[int, Values] = {}  # what people carry of their home, by id(home)
        self.rows: list[tuple[Any, ...]] = []
        self.entries: list[tuple[Any, ...]] = []
        viewer: Viewer = work.viewer
        moment = bulk.as_bound(work, AuditEntry, "at", work.now)
        self.who = (moment, viewer.account_id, viewer.name, "resident.import", "")

    def left(self, kind: str, record_id: int, version: int, before: Values | None) -> None:
        """A record as the import leaves it; `before` None when the import made it."""
        sealed = None
        if before is not None:
            sealed = bulk.as_bound(self.work, ImportedRow, "before", as_text(before))
        self.rows.append((self.import_id, kind, record_id, before is None, version, sealed))

    def say(self, kind: str, record_id: int, label: str, changes: Values, area_path: str) -> None:
        """An entry of the audit trail; `changes` maps field → [before, after]."""
        self.entries.append((*self.who, kind, record_id, label, area_path, _JSON.encode(changes)))

    def say_made(
        self, kind: str, record_id: int, label: str, names: tuple[str, ...], cells: tuple[Any, ...],
        place: Values,
    ) -> None:  # fmt: skip
        """An entry for a new record with these values in the place where it lies."""
        form, pick = self.forms.get(names) or self._form(names)
        changes = form % (*map(_quoted, pick(cells)), _quoted(place["address"]))
        self.entries.append((*self.who, kind, record_id, label, place["area_path"], changes))

    def _form(self, names: tuple[str, ...]) -> "_Form":
        """How the changes of records with these fields are written as JSON, and which cells go in."""
        open_ones = [index for index, name in enumerate(names) if name not in self.sealed]
        parts = [
            f"{_JSON.encode(name)}: [null, {_JSON.encode(audit.CHANGED)}]".replace("%", "%%")
            if name in self.sealed
            else f"{_JSON.encode(name)}: [null, ".replace("%", "%%") + "%s]"
            for name in (*names, "address")
        ]
        form = "{" + ", ".join(parts) + "}"
        made = self.forms[names] = form, lambda cells: [cells[index] for index in open_ones]
        return made

    def write(self) -> None:
        """Write what was gathered."""
        for table, names, rows in (
            (ImportedRow, _LEFT, self.rows),
            (AuditEntry, _SAID, self.entries),
        ):
            ids = bulk.new_ids(self.work, table, len(rows))
            bulk.write_plain(
                self.work, table, ["id", *names], [(one, *row) for one, row in zip(ids, rows, strict=True)]
            )
            rows.clear()


def apply(work: Work, plan: Plan, import_id: int, tell: Progress) -> None:
    """Make the ticked places, the homes and the people, change who is known; all in the caller's transaction."""
    rows: list[PersonRow] = [row for row in plan.rows if row.outcome in ("new", "changed")]  # type: ignore[misc]
    ledger = Ledger(work, plan, import_id)
    done = 0

    def step(count: int) -> None:
        nonlocal done
        done += count
        tell(0.95 * done / max(1, len(rows)), {"done": done, "of": len(rows)})

    tell(0.0, {"done": 0, "of": len(rows)})
    ledger.spots = _make_places(work, plan, rows, ledger)
    ledger.homes = _make_homes(work, rows, ledger)
    touched: set[str] = set()
    for some in portions([row for row in rows if row.record_id is None], PORTION):
        touched |= _add(work, some, ledger)
        ledger.write()
        step(len(some))
    for some in portions([row for row in rows if row.record_id is not None], PORTION):
        touched |= _change(work, some, ledger)
        ledger.write()
        step(len(some))
    ledger.write()
    touch(work, touched)


def touch(work: Work, places: Iterable[str]) -> None:
    """Say that people and homes changed, at these area paths."""
    work.touch("register.residents", *places)
    work.touch("register.households")
    work.touch("people")


def _make_places(work: Work, plan: Plan, rows: Sequence[PersonRow], ledger: Ledger) -> dict[str, Any]:
    """Make the ticked places that rows need; key → area."""
    wanted = {one.key: one for one in plan.missing if one.key in plan.choices.places}
    needed = {row.missing for row in rows if row.missing}
    made: dict[str, int] = {}

    def make(key: str) -> int:
        if key not in made:
            one = wanted[key]
            parent = plan.choices.places[key]
            if parent is None:
                parent = one.parent_id if one.parent_id is not None else one.parent_key
            parent_id = make(parent) if isinstance(parent, str) else parent
            if one.closed_id is not None:
                closing.reopen(work, area_id=one.closed_id)
                made[key] = one.closed_id
            else:
                made[key] = areas.add(
                    work, name=one.name, level=one.level, parent_id=parent_id, number=one.number
                )
            ledger.left("area", made[key], 0, None)
        return made[key]

    if needed and not work.viewer.can("area.edit"):
        raise Refused("import.no_right_to_create")
    for key in sorted(needed):
        make(key)
    found = {
        row.id: row
        for row in work.session.execute(
            select(_A.id, _A.area_path, _A.number, _A.name).where(_A.id.in_(list(made.values())))
        )
    }
    return {key: found[area_id] for key, area_id in made.items()}


def _make_homes(work: Work, rows: Sequence[PersonRow], ledger: Ledger) -> dict[int, Values]:
    """Make the homes that are not there, open those that were closed, fill in household numbers.

    Returns for each home, by `id(home)`, what its people carry of it. The plan itself stays as it is, because
    the import may be stopped and started again.
    """
    found: dict[int, Values] = {}
    first = {id(row.home): row for row in reversed(rows) if row.home is not None}
    records = []
    for key, row in first.items():
        home = row.home
        assert home is not None
        if home.id is None:
            spot = row.spot or ledger.spots[row.missing]
            values = {"area_id": spot.id, "stair": home.stair, "room": home.room, "number": home.number}
            where = bulk.home_columns(spot, values)
            records.append({**values, **where})
            found[key] = {"area_id": spot.id, **where}
        else:
            found[key] = {
                "household_id": home.id, "area_id": home.area_id, "area_path": home.area_path,
                "place": home.place, "address": home.address,
            }  # fmt: skip
            if home.fill or home.closed:
                _mend_home(work, home, ledger)
    made = [one for one in found.values() if "household_id" not in one]
    for one, home_id in zip(made, bulk.insert_households(work, records) if records else [], strict=True):
        one["household_id"] = home_id
        ledger.left("household", home_id, 1, None)
        ledger.say_made("household", home_id, one["address"], (), (), one)
    return found


def _mend_home(work: Work, home: Home, ledger: Ledger) -> None:
    before: Values = {}
    new: Values = {}
    if home.fill:
        before["number"], new["number"] = home.number, home.fill
    if home.closed:
        closed_on = work.session.execute(select(_H.closed_on).where(_H.id == home.id)).scalar()
        before["closed_on"], new["closed_on"] = closed_on, None
    work.session.execute(
        update(Household).where(_H.id == home.id).values(**new, version=home.version + 1, changed_at=work.now)
    )
    ledger.left("household", home.id or 0, home.version + 1, before)
    changes = {name: [audit.jsonable(before[name]), new[name]] for name in new}
    ledger.say("household", home.id or 0, home.address, changes, home.area_path)


def _place(row: PersonRow, ledger: Ledger) -> Values:
    """The columns of a resident that say where."""
    if row.home is not None:
        return ledger.homes[id(row.home)]
    spot = row.spot or ledger.spots[row.missing]
    return {
        "household_id": None, "area_id": spot.id, "area_path": spot.area_path, "place": spot.area_path,
        "address": spot.name,
    }  # fmt: skip


def _add(work: Work, rows: Sequence[PersonRow], ledger: Ledger) -> set[str]:
    people = [_columns(ledger, row.values, {}) | _place(row, ledger) for row in rows]
    ids = bulk.insert_residents(work, people)
    for record_id, row, person in zip(ids, rows, people, strict=True):
        ledger.left("resident", record_id, 1, None)
        ledger.say_made("resident", record_id, row.label, row.names, row.cells, person)
    groups = [
        (record_id, group_id, person["place"])
        for record_id, row, person in zip(ids, rows, people, strict=True)
        for group_id in row.groups
    ]
    _join(work, groups, ledger, new=True)
    return {person["area_path"] for person in people}


def _said(spec: FieldSpec, value: Any) -> Any:
    """A value as the audit trail keeps it."""
    if spec.sensitivity in ("contact", "identity", "health"):
        return audit.CHANGED
    return value.isoformat() if isinstance(value, date) else value


def _columns(ledger: Ledger, values: Values, extra: Values) -> Values:
    """Table columns as they are, custom fields in `extra` (sealed where they are sensitive)."""
    if ledger.custom.isdisjoint(values):
        return values
    row: Values = {}
    custom: Values = {}
    for name, value in values.items():
        if name not in ledger.custom:
            row[name] = value
        elif value and ledger.specs[name].sensitivity == "health":
            custom[name] = base64.b64encode(ring().seal(str(value), f"residents.{name}")).decode()
        else:
            custom[name] = audit.jsonable(value)
    return {**row, "extra": {**extra, **custom}}


def _join(work: Work, joins: list[tuple[int, int, str]], ledger: Ledger, *, new: bool = False) -> None:
    """Put people into groups from today; whoever left a group today is in it again, unless all are `new` people."""
    today = clock.today()
    again: dict[tuple[int, int], int] = {}
    for some in portions([] if new else [resident_id for resident_id, _group_id, _place in joins]):
        rows = work.session.execute(
            select(_M.id, _M.resident_id, _M.group_id).where(
                among(work, _M.resident_id, some), _M.since == today
            )
        )
        again.update({(row.resident_id, row.group_id): row.id for row in rows})
    for resident_id, group_id, _at in joins:
        if (resident_id, group_id) in again:
            member_id = again[resident_id, group_id]
            work.session.execute(update(Membership).where(_M.id == member_id).values(until=None))
            ledger.left("membership", member_id, 0, None)
    first = [one for one in joins if one[:2] not in again]
    ids = bulk.new_ids(work, Membership, len(first))
    bulk.write(
        work, Membership,
        (
            {"id": one, "resident_id": resident_id, "group_id": group_id, "since": today, "until": None,
             "source": ledger.plan.upload.filename[:100], "place": place}
            for one, (resident_id, group_id, place) in zip(ids, first, strict=True)
        ),
    )  # fmt: skip
    for one in ids:
        ledger.left("membership", one, 0, None)


def _change(work: Work, rows: Sequence[PersonRow], ledger: Ledger) -> set[str]:
    specs = ledger.specs
    before = whole_rows(work, [row.record_id or 0 for row in rows])
    updates: list[tuple[Values, Values]] = []
    joins: list[tuple[int, int, str]] = []
    touched: set[str] = set()
    for row in rows:
        old = before[row.record_id or 0]
        if old["version"] != row.version:
            raise Refused("import.stale", count=1, rows=str(row.number), numbers=[row.number], plan=None)
        new = _columns(ledger, row.values, dict(old["extra"] or {}))
        if row.moves:
            new.update(_place(row, ledger))
        _follow(old, new)
        if new:
            updates.append((old, new))
        joins += [(old["id"], group_id, str(new.get("place", old["place"]))) for group_id in row.groups]
        path = str(new.get("area_path", old["area_path"]))
        touched |= {old["area_path"], path}
        if not new and not row.groups:
            continue  # only the household's number
        said = {
            name: [_said(specs[name], listing.value_in_clear(old, RESIDENTS, name, specs[name])), _said(specs[name], value)]
            for name, value in row.values.items()
        }  # fmt: skip
        if row.moves:
            said["address"] = [old["address"], new["address"]]
        if row.groups:
            said["groups"] = [None, next((one.new for one in row.changes if one.name == "groups"), "")]
        ledger.say("resident", old["id"], str(new.get("name", old["name"])), said, path)
    for old, new in updates:
        ledger.left("resident", old["id"], old["version"] + 1, {name: old[name] for name in new})
    rewrite(work, updates, ledger)
    _join(work, joins, ledger)
    return touched


def _follow(old: Values, new: Values) -> None:
    """Add to the new values what follows from them (see `residents.before_save`)."""
    if new.get("status", old["status"]) != old["status"] and "status_on" not in new:
        new["status_on"] = None if new["status"] == "resident" else clock.today()
    derived = bulk.derived({**old, **new})
    new.update({name: value for name, value in derived.items() if {**old, **new}[name] != value})
    if not (old["id_number"] or new.get("id_number")):
        born = new.get("born", old["born"])
        if born is not None and born != old["born_key"]:
            new["born_key"] = born


def whole_rows(work: Work, ids: Sequence[int]) -> dict[int, Values]:
    """Residents with all columns, by id."""
    found: dict[int, Values] = {}
    for some in portions(sorted(ids)):
        statement = select(Resident.__table__).where(among(work, _R.id, some))  # type: ignore[attr-defined]
        found.update((row["id"], dict(row)) for row in work.session.execute(statement).mappings())
    return found


def rewrite(work: Work, updates: Sequence[tuple[Values, Values]], ledger: Ledger | None = None) -> None:
    """Write (row as it was, columns that change) with the next version; find keys and memberships follow."""
    table: Table = Resident.__table__  # type: ignore[attr-defined]
    kinds: dict[tuple[str, ...], list[Values]] = defaultdict(list)
    for old, new in updates:
        kinds[tuple(sorted(new))].append(
            {
                **{f"new_{name}": value for name, value in new.items()},
                "which": old["id"],
                "next": old["version"] + 1,
            }
        )
    connection = work.connection
    work.wrote()
    for names, values in kinds.items():
        statement = (
            update(table)
            .where(table.c.id == bindparam("which"))
            .values({
                **{name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names},
                "version": bindparam("next"), "changed_at": work.now,
            })
        )  # fmt: skip
        connection.execute(statement, values)
    _reindex(work, [(old, new) for old, new in updates if _KEYED & set(new)])
    for old, new in updates:
        if "place" in new:
            work.session.execute(
                update(Membership).where(_M.resident_id == old["id"]).values(place=new["place"])
            )
        if new.get("status") in ("moved", "died"):
            _end_groups(work, {**old, **new}, ledger)


def _end_groups(work: Work, now: Values, ledger: Ledger | None) -> None:
    """Whoever leaves belongs to no group any more; an undo puts them back."""
    if ledger is not None:
        going_on = select(_M.id).where(_M.resident_id == now["id"], _M.until.is_(None))
        for member_id in work.session.execute(going_on).scalars():
            ledger.left("membership", member_id, 0, {"until": None})
    residents.end_groups(work, now["id"], now)


def _reindex(work: Work, updates: Sequence[tuple[Values, Values]]) -> None:
    """Find keys follow their residents: (row as it was, columns that changed)."""
    old = finding.keys(work, [was for was, _new in updates])
    new = finding.keys(work, [{**was, **new} for was, new in updates])
    finding.drop(work, old - new)
    bulk.put_find_keys(work, new - old)
