"""Importing a residents' ledger: what is special about people, their homes and their groups.

The rows are planned set by set: cells read, places found, people recognised, then compared with what is
registered, each with a few questions to the database however many rows there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import LargeBinary, select, type_coerce

from db import clock, listing, parsing
from db.fields import FieldSpec
from db.importing import columns
from db.importing.columns import Meaning, ReadRow
from db.importing.engine import MANY_AT_ONCE, Importer, among, edited_since, portions, shown
from db.importing.plans import Change, Plan, PlannedRow, Progress, Remark
from db.importing.tables import ImportedRow
from db.parsing import Parsed
from db.people import ages, ledger_dates, ledger_undoing, ledger_words, ledger_writing
from db.people.ledger_matching import Match, Matcher, PersonRow, Twins
from db.people.ledger_places import Found, Homes, Places, Written, written
from db.people.ledger_words import groups_in_use, looks_member, member, named_groups, parts, relation
from db.people.residents import RESIDENTS
from db.people.tables import Group, Membership, Resident
from db.register import Register, Values
from db.sealing import Sealed, ring
from db.words import N_
from db.work import Work

_R = Resident.__table__.c  # type: ignore[attr-defined]
_G = Group.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]

OWN = frozenset(("address", "building", "stair", "room", "grid", "household_number", "groups", "apart"))
_SEALED = {column.name: column.type.context for column in _R if isinstance(column.type, Sealed)}
ELDER = 60  # Law on the Protection of the Rights and Interests of the Elderly, art. 2
GROUP = "group:"  # and the code of a group: a column that tells with yes or no who belongs to it


def _sex(cell: Any) -> Parsed[str]:
    return parsing.sex(cell)


def _looks_building(text: str) -> bool:
    found = parsing.address(text).value
    return found is not None and not found.room


class Ledger(Importer):
    """The importer of residents."""

    def meanings(self, work: Work, register: Register) -> dict[str, Meaning]:
        found = {
            name: replace(meaning := columns.of_field(name, spec), read=columns.sure(meaning.read))
            for name, spec in listing.all_specs(work, register).items()
            if spec.kind != "ref" and not spec.derived
        }
        to_head = relation(found["relation"].read)
        found["relation"] = replace(
            found["relation"], read=to_head, looks=lambda text: bool(to_head(text).value),
            headings=(*found["relation"].headings, "家庭关系"),
        )  # fmt: skip
        sex = found["sex"]
        found["sex"] = Meaning(
            "sex", sex.label, sex.headings, _sex, lambda text: bool(parsing.sex(text).value)
        )
        groups = groups_in_use(work)
        known = {word for group in groups for word in group.words}
        for one in (
            Meaning("address", N_("Address"), ("现住址", "地址", "住址", "家庭住址", "居住地址", "现居住地", "详细地址", "居住地", "现住地址", "家庭地址"),
                    columns.line(120), lambda text: bool((where := parsing.address(text).value) and (where.room or where.stair))),
            Meaning("building", N_("Building"), ("楼栋", "楼栋号", "栋", "楼号", "幢号", "楼幢", "幢", "现住小区/建筑", "现住小区", "小区", "建筑", "栋号"),
                    columns.line(120), _looks_building),
            Meaning("stair", N_("Stair"), ("单元", "单元号", "门栋"), columns.line(20)),
            Meaning("room", N_("Room"), ("房号", "门牌", "门牌号", "室", "房间号", "室号", "房屋号"), columns.line(40)),
            Meaning("grid", N_("Grid"), ("所属网格", "网格", "网格名称", "所在网格", "网格号"), columns.line(60),
                    lambda text: "网格" in text),
            Meaning("household_number", N_("Household number"), ("户号", "户口簿号", "户编号", "户籍号"), columns.line(30)),
            Meaning("groups", N_("Groups"), ("重点类别", "重点人群", "人群类别", "特殊人群", "人员类别", "关爱类别", "特殊情况", "类别"),
                    partial(named_groups, groups), lambda text: any(part in known for part in parts(text)),
                    joins=True),
            Meaning("apart", N_("Registered here, lives elsewhere"), ("人户分离", "是否人户分离", "空挂"), parsing.yes_no),
        ):  # fmt: skip
            found[one.name] = one
        english = work.viewer.english
        for group in groups:
            found[GROUP + group.code] = Meaning(
                GROUP + group.code, group.name_en if english and group.name_en else group.name,
                tuple(sorted(word for word in group.words if len(word) > 1)),
                partial(member, group), partial(looks_member, group), whole=False,
            )  # fmt: skip
        return found

    def topics(self, register: Register) -> tuple[str, ...]:
        return ("people", "areas", "register.residents", "register.households", "register.groups")

    def tables(self, register: Register) -> tuple[str, ...]:
        return ("resident", "household", "area", "group_membership")

    def plan(self, work: Work, plan: Plan, tell: Progress | None) -> None:
        tell = tell or (lambda _share, _counts: None)
        known = self.meanings(work, plan.register)
        read = list(columns.read_rows(plan.upload.table, plan.mapping, known))
        tell(0.35, {})
        planner = _Planner(work, plan, read)
        planner.locate()
        tell(0.5, {})
        planner.recognise()
        tell(0.7, {})
        planner.compare(tell)

    def apply(self, work: Work, plan: Plan, import_id: int, tell: Progress) -> None:
        ledger_writing.apply(work, plan, import_id, tell)

    def edited(
        self, work: Work, register: Register, rows: Sequence[ImportedRow], mark: int
    ) -> dict[int, str]:
        return edited_since(work, register, [row for row in rows if row.kind == "resident"], mark)

    def kind(self, register: Register) -> str:
        return "resident"

    def where(self, row: PlannedRow) -> str:
        return _address(row) if isinstance(row, PersonRow) else ""

    def undo(
        self, work: Work, register: Register, rows: Sequence[ImportedRow], tell: Progress,
        stay: dict[int, str] | None = None,
    ) -> None:  # fmt: skip
        ledger_undoing.undo(work, rows, tell, frozenset(stay or ()))


LEDGER = Ledger()


class _Planner:
    """One dry run of a residents' ledger."""

    def __init__(self, work: Work, plan: Plan, read: list[ReadRow]) -> None:
        self.work = work
        self.plan = plan
        self.read = read
        self.specs: dict[str, FieldSpec] = listing.all_specs(work, plan.register)
        self.columns = {name: column for column, name in plan.mapping.items()}
        groups = groups_in_use(work)
        self.alone = next((group.id for group in groups if group.code == "alone"), None)
        self.cares = {group.id for group in groups if group.cares}
        self.group_columns = [
            name for name in plan.mapping.values() if name == "groups" or name.startswith(GROUP)
        ]
        self.own = OWN | set(self.group_columns)
        self.group_names: dict[int | None, str] = {
            row.id: row.name for row in work.session.execute(select(_G.id, _G.name))
        }
        self.required = [name for name, spec in self.specs.items() if spec.required and name != "name"]
        self.places = Places(work, plan.choices)
        self.open = ring().open

    def locate(self) -> None:
        """Where each row lies: buildings, then homes."""
        texts = list(zip(*map(self._texts, ("address", "building", "stair", "room")), strict=True))
        read = {one: written(*one) if any(one) else Written(None) for one in set(texts)}
        self.wheres = [read[one] for one in texts]
        self.places.load(one.where.building for one in read.values() if one.where)
        self.found: list[Found] = []
        for row, asked, grid in zip(self.read, self.wheres, self._texts("grid"), strict=True):
            if asked.problem or asked.note:
                row.remarks.append(self._about_place(row, asked))
            contradicts = asked.problem == "import.building_differs"
            somewhere = (asked.where is not None or grid) and not contradicts
            self.found.append(self.places.find(asked, grid) if somewhere else _NOWHERE)
        ids = {found.spot.id for found in self.found if found.spot is not None}
        self.homes = Homes(self.work, ids)
        self.plan.missing = self.places.missing()
        self.plan.parents = self.places.parents()
        self.plan.may_create = self.work.viewer.can("area.edit")

    def _about_place(self, row: ReadRow, asked: Written) -> Remark:
        name = next((one for one in ("address", "building", "room") if row.has(one)), "address")
        facts = {"building": str(row.get("building", ""))}
        level = "left_out" if asked.problem else "note"
        value = str(row.get(name))[:80]
        return Remark(asked.problem or asked.note, level, self.columns.get(name), value, facts)

    def _texts(self, name: str) -> list[str]:
        """What the rows say in one column, "" for nothing."""
        return (
            [str(row.get(name, "")) for row in self.read] if name in self.columns else [""] * len(self.read)
        )

    def recognise(self) -> None:
        """Who each row is, and who stands in the file twice."""
        matcher = Matcher(self.work)
        matcher.load(self.read)
        twins = Twins(self.read)
        rows = self.plan.rows
        taken: dict[int, ReadRow] = {}
        born, levels = self.columns.get("born"), self.places.home_levels
        numbers, names = self._texts("household_number"), self._texts("name")
        for row, asked, found, number, name in zip(
            self.read, self.wheres, self.found, numbers, names, strict=True
        ):
            home, several = None, False
            if asked.where is not None and (found.spot is not None or found.missing):
                home, several = self.homes.find(found.spot, found.missing, asked.where, number)
            ledger_dates.decide(row, born)
            inside = found.spot if found.spot is not None and found.spot.level in levels else None
            match = matcher.match(row, home, inside, ledger_dates.rough(row, born))
            planned = PersonRow(
                row.sheet, row.number, "new", name,
                spot=found.spot, missing=found.missing, home=home, groups=self._groups_of(row),
            )  # fmt: skip
            if asked.where is not None and asked.where.stair and not asked.where.room:
                planned.stair = str(row.get("address") or f"{row.get('building')}{row.get('stair')}单元")
            if several:
                row.remarks.append(Remark("import.home_several", "note", self.columns.get("room")))
            self._judge(row, planned, match, found)
            before = twins.row_before(row, found.spot, home)
            if before is not None:
                row.remarks.append(Remark("import.twice", "refused", facts={"row": before}))
            elif planned.record_id is not None:
                other = taken.setdefault(planned.record_id, row)
                if other is not row:
                    row.remarks.append(Remark("import.same_record", "refused", facts={"row": other.number}))
            if planned.record_id is None:
                self._take_over(row, planned)
            rows.append(planned)
        self.wheres, self.found = [], []

    def _groups_of(self, row: ReadRow) -> tuple[int, ...]:
        """The groups that a row names, in one column or in a column each."""
        if len(self.group_columns) == 1:
            return tuple(row.get(self.group_columns[0], ()))
        return tuple(dict.fromkeys(one for name in self.group_columns for one in row.get(name, ())))

    def _judge(self, row: ReadRow, planned: PersonRow, match: Match, found: Found) -> None:
        """Who it is, by the user's choice where one was needed; and what refuses the row."""
        columns.refuse(row, self.plan.mapping, "name")
        if not row.has("name") and not any(one.level == "refused" for one in row.remarks):
            row.remarks.append(Remark("name.empty", "refused", self.columns.get("name")))
        choices = self.plan.choices.records
        chosen = choices.get(row.key) if choices else None
        if chosen == "skip":
            row.remarks.append(Remark("import.skipped", "refused"))
        if match.elsewhere:
            row.remarks.append(
                Remark("import.registered_elsewhere", "refused", self.columns.get("id_number"))
            )
        if match.doubt:
            planned.candidates = match.candidates
            if chosen in {one.record_id for one in match.candidates}:
                planned.record_id = int(str(chosen))
            elif chosen != "new":
                planned.outcome = "doubtful"
                row.remarks.append(Remark(match.doubt, "doubtful"))
        elif match.known is not None:
            planned.record_id = match.known.id
            if match.known.name != row.get("name", match.known.name):
                facts = {"name": match.known.name}
                row.remarks.append(
                    Remark("import.name_differs", "note", self.columns.get("name"), planned.label, facts)
                )
        if planned.record_id is None and planned.outcome == "new":
            self._judge_new(row, found)
        elif found.remarks and (planned.record_id is not None or planned.outcome == "doubtful"):
            row.remarks += found.remarks
        number = row.get("id_number")
        if number:
            for code in parsing.id_contradictions(number, row.get("born"), row.get("sex")):
                name = "born" if code == "id.birth_differs" else "sex"
                row.remarks.append(Remark(code, "note", self.columns.get(name), str(row.get(name))))

    def _judge_new(self, row: ReadRow, found: Found) -> None:
        row.remarks += found.remarks
        if found is _NOWHERE:
            for index, remark in enumerate(row.remarks):
                if remark.code in _NO_PLACE:
                    row.remarks[index] = replace(remark, level="refused")
                    break
            else:
                row.remarks.append(Remark("import.no_place", "refused"))
        elif found.missing and not found.remarks and (why := self.places.waits(found.missing)):
            row.remarks.append(why)
        if not self.plan.choices.without_number:
            columns.refuse(row, self.plan.mapping, "id_number")
        for name in self.required:
            if not row.has(name) and self.specs[name].custom:
                row.remarks.append(Remark("field.required", "refused", self.columns.get(name)))

    def compare(self, tell: Progress) -> None:
        """What would change: the registered people are fetched some hundreds at a time."""
        rows: list[Any] = self.plan.rows
        pairs = list(zip(self.read, rows, strict=True))
        self.read = []
        always = {
            "id", "version", "status", "in_care", "stay", "place", "address", "household_id", "born", "living", "note",
        }  # fmt: skip
        mapped = {name for name in self.plan.mapping.values() if name in self.specs}
        names = sorted(always | {"extra" if self.specs[name].custom else name for name in mapped})
        wanted = [type_coerce(_R[name], LargeBinary) if name in _SEALED else _R[name] for name in names]
        statement = select(*wanted)
        known = [(row, planned) for row, planned in pairs if planned.record_id is not None]
        done = len(pairs) - len(known)
        for some in portions(known, MANY_AT_ONCE):
            ids = [planned.record_id for _row, planned in some]
            found = self.work.session.execute(statement.where(among(self.work, _R.id, ids))).all()
            before = {one["id"]: one for one in (dict(zip(names, row, strict=True)) for row in found)}
            have = self._memberships(ids)
            for row, planned in some:
                self._diff(row, planned, before[planned.record_id], have.get(planned.record_id, set()))
                row.let_go()
            done += len(some)
            tell(0.7 + 0.3 * done / len(pairs), {})
        for row, planned in pairs:
            if row.remarks:
                planned.remarks = tuple(row.remarks)
                if any(one.level == "refused" for one in row.remarks):
                    planned.outcome = "refused"

    def _memberships(self, ids: list[Any]) -> dict[int, set[int]]:
        today = clock.today()
        found: dict[int, set[int]] = {}
        rows = self.work.session.execute(
            select(_M.resident_id, _M.group_id).where(
                among(self.work, _M.resident_id, ids),
                _M.since <= today,
                _M.until.is_(None) | (_M.until > today),
            )
        )
        for resident_id, group_id in rows.all():
            found.setdefault(resident_id, set()).add(group_id)
        return found

    def _values(self, row: ReadRow) -> Values:
        """The fields of a resident that a row gives."""
        own = self.own
        values = {
            name: value
            for name, value in zip(row.places, row.packed, strict=True)
            if value is not None and name not in own
        }
        if row.get("apart") is True:
            values["stay"] = "elsewhere"
        return values

    def _take_over(self, row: ReadRow, planned: PersonRow) -> None:
        """What a new person gets, with what follows from status and groups: importing once more finds nothing to do."""
        values = self._values(row)
        born = values.get("born")
        if born is None and values.get("id_number"):
            born = parsing.id_birth(values["id_number"])
        self._look_closer(row, planned, values, born, {})
        if planned.outcome == "new":
            if values.get("status", "resident") != "resident":
                values.pop("in_care", None)
                planned.groups = ()
            elif planned.groups and not self.cares.isdisjoint(planned.groups):
                values["in_care"] = True
        planned.values = values
        row.let_go()

    def _diff(self, row: ReadRow, planned: PersonRow, before: Values, have: set[int]) -> None:
        planned.version = before["version"]
        values = self._values(row)
        status = values.get("status", before["status"])
        if status != "resident":
            values.pop("in_care", None)
            planned.groups = ()
            if "status" not in values:
                row.remarks.append(Remark("import.was_gone", "note"))
        born = values.get("born")
        said = ledger_dates.rough(row, self.columns.get("born"))
        if born and said and before["born"] and ledger_dates.agrees(born, before["born"], said):
            del values["born"]
            row.remarks.remove(said)
        self._look_closer(row, planned, values, values.get("born") or before["born"], before)
        named = planned.groups
        planned.groups = tuple(one for one in named if one not in have)
        if self.cares & set(named):
            values.pop("in_care", None)
            if self.cares & set(planned.groups) and not before["in_care"]:
                values["in_care"] = True
        changed: Values = {}
        for name, value in values.items():
            now = self._now(before, name)
            if value != now and now and name == "phone":
                value = ledger_words.more_phones(now, value)
            if value != now:
                changed[name] = value
                planned.note(shown(self.work, self.specs[name], name, now, value))
        planned.values = changed
        if planned.groups:
            planned.note(Change("groups", "", self._group_names(planned.groups)))
        self._move(row, planned, before)
        planned.outcome = "changed" if planned.changes else "unchanged"

    def _look_closer(
        self, row: ReadRow, planned: PersonRow, values: Values, born: date | None, before: Values
    ) -> None:
        """What a row says in other words: a stair without a room, somebody younger who lives alone, a remark that somebody left."""
        note = values.get("note")
        here = "status" not in values and before.get("status", "resident") == "resident"
        if note and here and (left := ledger_words.has_left(note)):
            row.remarks.append(Remark("import.note_says_left", "note", self.columns.get("note"), left))
        if self.alone in planned.groups and born and ages.age_on(born, clock.today()) < ELDER:
            facts = {"group": self.group_names[self.alone]}
            column = self.columns.get("groups")
            row.remarks.append(Remark("import.not_elderly", "note", column, facts=facts))
            planned.groups = tuple(one for one in planned.groups if one != self.alone)
            values.setdefault("living", "alone")
        spot = planned.spot
        inside = spot is not None and str(before.get("place", "")).startswith(spot.area_path)
        if planned.stair and not (inside and before.get("household_id")):
            values["note"] = ledger_words.with_words(note or before.get("note"), planned.stair)
            if not inside:
                row.remarks.append(
                    Remark("import.stair_noted", "note", self.columns.get("address"), planned.stair)
                )

    def _now(self, before: Values, name: str) -> Any:
        """What is registered for a field; sealed values are opened only where the row gives one."""
        if name not in before:
            return listing.value_in_clear(before, RESIDENTS, name, self.specs[name])
        value = before[name]
        return self.open(value, _SEALED[name]) if value and name in _SEALED else value

    def _group_names(self, ids: Sequence[int]) -> str:
        return "、".join(self.group_names[one] for one in ids)

    def _move(self, row: ReadRow, planned: PersonRow, before: Values) -> None:
        """Whether the person lives elsewhere now. Knowing less than before (no room) moves nobody."""
        home, spot = planned.home, planned.spot
        if home is not None:
            planned.moves = home.id is None or home.id != before["household_id"]
            if planned.moves and planned.missing and (why := self.places.waits(planned.missing)):
                row.remarks.append(why)
        elif spot is not None:
            lies_inside = str(before["place"]).startswith(spot.area_path)
            if spot.level == self.places.building_level:
                planned.moves = not lies_inside
            elif not lies_inside:
                grid = str(row.get("grid", ""))
                facts = {"grid": before["address"]}
                row.remarks.append(
                    Remark("import.grid_differs", "note", self.columns.get("grid"), grid, facts)
                )
        elif planned.missing:
            planned.moves = True
            if why := self.places.waits(planned.missing):
                row.remarks.append(why)
        if planned.moves:
            planned.note(Change("address", str(before["address"]), _address(planned)))
        elif home is not None and home.fill:
            planned.note(Change("household_number", "", home.fill))


def _address(planned: PersonRow) -> str:
    """Where a row brings somebody, in a few words."""
    if planned.home is None:
        return planned.spot.name if planned.spot else planned.missing.partition(":")[2]
    if planned.home.address:
        return planned.home.address
    building = planned.spot.number or planned.spot.name if planned.spot else planned.missing.partition(":")[2]
    return parsing.address_key(parsing.Address(building, planned.home.stair, planned.home.room))


_NOWHERE = Found()
_NO_PLACE = ("address.unreadable", "import.room_without_building", "import.building_differs")


def labels() -> Mapping[str, str]:
    """What the columns are called that are no fields of a resident."""
    return {"address": N_("Address"), "groups": N_("Groups"), "household_number": N_("Household number")}
