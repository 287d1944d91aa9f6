"""Round sheets: who is to be seen on a round, printed with numbers, and what comes back on paper or as a workbook."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import JSON, ColumnElement, UniqueConstraint, and_, delete, insert, or_, select, true, update
from sqlmodel import Field, SQLModel

from db import clock
from db.access import below, below_any, within
from db.audit import jsonable
from db.care import agenda, visits
from db.care.standing_in import phones_of
from db.care.tables import Due, Visit
from db.care.visits import Seen
from db.engine import BYTEWISE
from db.errors import Refused
from db.fields import Option
from db.people.residents import RESIDENTS
from db.people.tables import Resident
from db.record import moment
from db.register import Values
from db.sealing import Sealed
from db.territory.areas import Area, Level
from db.work import Work, command, query, unit

MOST_LINES = 60
RECENT = 20
MOST_NAMED = 4  # buildings that stand beside the area of a sheet
AHEAD = {"due": 0, "week": 7}
DRAFT_KEPT = timedelta(days=14)

Why = list[tuple[str, dict[str, Any]]]


class RoundSheet(SQLModel, table=True):
    """A list of people in walking order that somebody printed. Its number follows from its id."""

    __tablename__ = "round_sheet"

    id: int | None = Field(default=None, primary_key=True)
    area_id: int = Field(foreign_key="area.id")
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)
    day: date
    made_at: datetime = moment(nullable=False)
    made_by: int | None = None
    made_name: str = ""
    count: int = 0
    recorded: int = 0


class RoundSheetLine(SQLModel, table=True):
    """One person on a sheet, with the reasons that were printed."""

    __tablename__ = "round_sheet_line"

    sheet_id: int = Field(primary_key=True, foreign_key="round_sheet.id")
    line: int = Field(primary_key=True)
    resident_id: int  # no foreign key: paper stays as it is when two records are merged
    why: list[Any] = Field(default_factory=list, sa_type=JSON, nullable=False)


class SheetDraft(SQLModel, table=True):
    """What one account has typed from a sheet and not saved yet."""

    __tablename__ = "round_sheet_draft"
    __table_args__ = (UniqueConstraint("account_id", "sheet_id"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int
    sheet_id: int
    saved_at: datetime = moment(nullable=False)
    content: str = Field(sa_type=Sealed("round_sheet_draft.content"))


_S = RoundSheet.__table__.c  # type: ignore[attr-defined]
_L = RoundSheetLine.__table__.c  # type: ignore[attr-defined]
_F = SheetDraft.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_D = Due.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_V = Visit.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class SheetInfo:
    """A sheet as it stands in a list."""

    number: str
    area: str
    day: date
    made_name: str
    count: int
    recorded: int


@dataclass(frozen=True)
class SheetLine:
    """One line. `visit` is what was recorded from it; `lost` says that the person is not in the viewer's reach."""

    line: int
    resident_id: int
    name: str
    address: str
    place: str
    phone: str
    colour: str
    why: Why
    lost: bool
    visit: Values | None


@dataclass(frozen=True)
class Sheet:
    """A sheet with its lines."""

    info: SheetInfo
    lines: list[SheetLine]


@dataclass(frozen=True)
class Entry:
    """What came back for one line. An entry without a result and without a word was left empty."""

    line: int
    result: str = ""
    reason: str = ""
    kind: str = ""
    day: date | None = None
    needs: str = ""
    note: str = ""
    next_step: str = ""
    problems: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # field → code, what stood there

    @property
    def empty(self) -> bool:
        said = (self.result, self.reason, self.needs, self.note, self.next_step)
        return not any(said) and not self.problems


@dataclass(frozen=True)
class Outcome:
    """What became of one line: "recorded", "known" (it was before), "refused" with a code, or "empty"."""

    line: int
    state: str
    entry: Entry
    code: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def number_of(sheet_id: int) -> str:
    """The number that is printed: the id and, after a dash, a digit by which slips of the pen are found."""
    return f"{sheet_id:04d}-{_check_digit(sheet_id)}"


def _check_digit(sheet_id: int) -> int:
    """The check digit of Luhn: it finds every wrong digit and nearly every swapped pair."""
    total = 0
    for place, digit in enumerate(reversed(str(sheet_id))):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return -total % 10


def id_of(number: str) -> int:
    """The sheet of a number as somebody types it: 0012-7, 127 or ００１２－７. Refused `sheet.number`."""
    digits = "".join(re.findall(r"[0-9]", unicodedata.normalize("NFKC", number)))
    if not 2 <= len(digits) <= 12 or _check_digit(int(digits[:-1])) != int(digits[-1]):
        raise Refused("sheet.number")
    return int(digits[:-1])


@query("visit.import")
def buildings(work: Work, *, area_id: int) -> list[Option]:
    """The open buildings of an area, in the order of the tree."""
    path = work.session.execute(select(_A.area_path).where(_A.id == area_id)).scalar_one_or_none()
    if path is None:
        raise Refused("area.not_found")
    above = Area.__table__.alias("above")  # type: ignore[attr-defined]
    rows = work.session.execute(
        select(_A.id, _A.name)
        .join(Level, Level.code == _A.level)
        .outerjoin(above, above.c.id == _A.parent_id)
        .where(
            Level.holds_homes.is_(True), _A.closed_on.is_(None), below(_A.area_path, path),  # type: ignore[attr-defined]
            within(work.viewer, "visit.import", _A.area_path),
        )
        .order_by(above.c.position, _A.position, _A.id)
    )  # fmt: skip
    return [Option(str(row.id), row.name) for row in rows]


@command("visit.import")
def make(work: Work, *, area_ids: Sequence[int], who: str = "due", holder: str = "") -> str:
    """Make a sheet of whom to see in one or several areas or buildings and return its number.

    `who`: "due" (to be seen by now), "week" (also whose window opens within seven days), "all" (everybody in care).
    At most 60, the most pressing, in walking order. Refused `area.not_found`, `sheet.nobody`.
    """
    areas = work.session.execute(
        select(_A.id, _A.area_path)
        .where(_A.id.in_(area_ids), within(work.viewer, "visit.import", _A.area_path))
        .order_by(_A.area_path)
    ).all()
    if not areas or len(areas) < len(set(area_ids)):
        raise Refused("area.not_found")
    area = areas[0] if len(areas) == 1 else _around(work, [one.area_path for one in areas])
    where = [agenda.in_reach(work, None), below_any(_D.place, [one.area_path for one in areas])]
    if holder:
        where.append(_D.holder == holder)
    if who in AHEAD:
        by = clock.today() + timedelta(days=AHEAD[who])
        where.append(or_(_D.urgent.is_(True), _D.opens_on <= by))
    lines = agenda.ranked(work, and_(true(), *where), limit=MOST_LINES, walking=True)
    if not lines:
        raise Refused("sheet.nobody")
    sheet = RoundSheet(
        area_id=area.id, area_path=area.area_path, day=clock.today(), made_at=work.now,
        made_by=work.viewer.account_id, made_name=work.viewer.name, count=len(lines),
    )  # fmt: skip
    work.session.add(sheet)
    work.session.flush()
    sheet_id = sheet.id or 0
    work.session.execute(
        insert(RoundSheetLine),
        [
            {"sheet_id": sheet_id, "line": number, "resident_id": one.resident_id, "why": _kept(one.why)}
            for number, one in enumerate(lines, start=1)
        ],
    )
    work.log("round_sheet", sheet_id, number_of(sheet_id), {"people": (None, len(lines))},
             area_path=area.area_path, action="sheet.make")  # fmt: skip
    work.touch("round_sheets")
    return number_of(sheet_id)


def _around(work: Work, paths: Sequence[str]) -> Any:
    """The nearest area in which all of these lie; the first of them where they have none in common."""
    steps = [path.strip("/").split("/") for path in paths]
    shared = [one[0] for one in takewhile(lambda one: len(set(one)) == 1, zip(*steps, strict=False))]
    nearest = int((shared or steps[0])[-1])
    return work.session.execute(select(_A.id, _A.area_path).where(_A.id == nearest)).one()


def _mine(work: Work) -> ColumnElement[bool]:
    """Sheets of the viewer's areas, and those they made: buildings of several areas lie together only higher up."""
    return or_(
        within(work.viewer, "visit.import", _S.area_path), _S.made_by == work.viewer.account_id
    )  # what its lines tell is restricted by where each person lives


def _kept(why: Sequence[tuple[str, dict[str, Any]]]) -> list[Any]:
    return [[code, {name: jsonable(value) for name, value in facts.items()}] for code, facts in why]


@query("visit.import")
def recent(work: Work) -> list[SheetInfo]:
    """The last sheets of the viewer's areas, latest first."""
    rows = work.session.execute(
        select(RoundSheet.__table__, _A.name.label("area"))  # type: ignore[attr-defined]
        .join(Area, _A.id == _S.area_id)
        .where(_mine(work))
        .order_by(_S.id.desc())
        .limit(RECENT)
    ).all()
    named = _buildings_on(work, [row.id for row in rows])
    return [_info(row, named.get(row.id, [])) for row in rows]


def _buildings_on(work: Work, sheet_ids: Sequence[int]) -> dict[int, list[str]]:
    """The buildings in which the people of each sheet live, as far as the viewer reaches."""
    rows = work.session.execute(
        select(_L.sheet_id, _A.name, _A.area_path)
        .join(Resident, _R.id == _L.resident_id)
        .join(Area, _A.area_path == _R.area_path)
        .where(_L.sheet_id.in_(sheet_ids), within(work.viewer, "visit.import", _R.place))
        .distinct()
        .order_by(_A.area_path)
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.sheet_id, []).append(row.name)
    return found


def _info(row: Any, buildings: Sequence[str]) -> SheetInfo:
    named = [one for one in buildings if one != row.area]
    area = f"{row.area} · {'、'.join(named)}" if 0 < len(named) <= MOST_NAMED else row.area
    return SheetInfo(number_of(row.id), area, row.day, row.made_name, row.count, row.recorded)


def _row(work: Work, number: str) -> Any:
    row = work.session.execute(
        select(RoundSheet.__table__, _A.name.label("area"))  # type: ignore[attr-defined]
        .join(Area, _A.id == _S.area_id)
        .where(_S.id == id_of(number), _mine(work))
    ).first()
    if row is None:
        raise Refused("sheet.not_found")
    return row


@query("visit.import")
def sheet(work: Work, *, number: str) -> Sheet:
    """A sheet with names and addresses as of today. Refused `sheet.number`, `sheet.not_found`."""
    row = _row(work, number)
    lines = work.session.execute(
        select(_L.line, _L.resident_id, _L.why, _R.name, _R.address, _R.place, _R.colour)
        .outerjoin(Resident, and_(_R.id == _L.resident_id, within(work.viewer, "visit.import", _R.place)))
        .where(_L.sheet_id == row.id)
        .order_by(_L.line)
    ).all()
    known = _known(work, row.id, {one.line: one.resident_id for one in lines})
    phones = phones_of(work, [one.resident_id for one in lines if one.name is not None])
    clear, spec = work.viewer.sees("name") == "clear", RESIDENTS.specs["name"]
    return Sheet(
        _info(row, _buildings_on(work, [row.id]).get(row.id, [])),
        [
            SheetLine(
                one.line, one.resident_id, (one.name or "") if clear else spec.mask(one.name), one.address or "",
                one.place or "", phones.get(one.resident_id, ""), one.colour or "",
                [(code, dict(facts)) for code, facts in one.why], one.name is None, known.get(one.line),
            )
            for one in lines
        ],
    )  # fmt: skip


def _token(sheet_id: int, line: int) -> str:
    return f"sheet:{sheet_id}:{line}"


def _known(work: Work, sheet_id: int, people: Mapping[int, int]) -> dict[int, Values]:
    """What was recorded from these lines."""
    tokens = {f"{_token(sheet_id, line)}:{who}": line for line, who in people.items()}
    rows = work.session.execute(
        select(_V.id, _V.token, _V.day, _V.kind, _V.result, _V.reason).where(_V.token.in_(list(tokens)))
    ).mappings()
    return {tokens[row["token"]]: dict(row) for row in rows}


@command("visit.import")
def enter(
    work: Work, *, number: str, entries: Sequence[Entry], day: date | None = None, kind: str = "home"
) -> list[Outcome]:  # fmt: skip
    """Record what came back of a sheet, in one transaction: what is right is recorded, what is not says why.

    `day` and `kind` hold where an entry names none. A line that was recorded before stays as it is.
    Refused `sheet.number`, `sheet.not_found`.
    """
    row = _row(work, number)
    people: dict[int, int] = {
        one.line: one.resident_id
        for one in work.session.execute(select(_L.line, _L.resident_id).where(_L.sheet_id == row.id))
    }
    known = _known(work, row.id, people)
    found = [_enter(work, row.id, entry, people, known, day, kind) for entry in entries]
    recorded = sum(one.state == "recorded" for one in found)
    if recorded:
        work.session.execute(
            update(RoundSheet).where(_S.id == row.id).values(recorded=_S.recorded + recorded)
        )
        work.log("round_sheet", row.id, number_of(row.id), {"people": (None, recorded)},
                 area_path=row.area_path, action="sheet.enter")  # fmt: skip
        work.touch("round_sheets")
    return found


def _enter(
    work: Work, sheet_id: int, entry: Entry, people: Mapping[int, int], known: Mapping[int, Values],
    day: date | None, kind: str,
) -> Outcome:  # fmt: skip
    line = entry.line
    if line in known:
        return Outcome(line, "known", entry)
    if entry.empty:
        return Outcome(line, "empty", entry)
    if line not in people:
        return Outcome(line, "refused", entry, "sheet.line", {"line": line})
    if entry.problems:
        return Outcome(line, "refused", entry, "form.invalid", {"problems": dict(entry.problems)})
    if not entry.result:
        return Outcome(line, "refused", entry, "sheet.result")
    seen = Seen(
        people[line],
        entry.result,
        entry.reason,
        needs=entry.needs,
        note=entry.note,
        next_step=entry.next_step,
    )
    try:  # of one person everything is checked before anything is written
        visits.record(
            work, seen=[seen], kind=entry.kind or kind, day=entry.day or day, token=_token(sheet_id, line),
            sheet=number_of(sheet_id),
        )  # fmt: skip
    except Refused as refused:
        return Outcome(line, "refused", entry, refused.code, refused.facts)
    return Outcome(line, "recorded", entry)


class _Rehearsed(Exception):
    """Takes everything back that was only tried."""


def rehearse(
    who: Any, *, number: str, entries: Sequence[Entry], day: date | None = None, kind: str = "home"
) -> list[Outcome]:
    """What `enter` would do, to the letter, without anything being kept. Refusals as of `enter`."""
    found: list[Outcome] = []
    try:
        with unit(who, "visit.import", write=True) as work:
            found = enter(work, number=number, entries=entries, day=day, kind=kind)
            raise _Rehearsed
    except _Rehearsed:
        return found


@query("visit.import")
def draft(work: Work, *, number: str) -> Values:
    """What the viewer typed from this sheet in the last fortnight and has not saved."""
    row = work.session.execute(
        select(_F.content).where(
            _F.account_id == work.viewer.account_id, _F.sheet_id == _row(work, number).id,
            _F.saved_at > work.now - DRAFT_KEPT,
        )
    ).first()  # fmt: skip
    return dict(json.loads(row.content)) if row is not None else {}


@command("visit.import")
def keep_draft(work: Work, *, number: str, values: Values) -> None:
    """Keep what is typed so far; nothing of it when `values` is empty. Past the audit trail: nothing is saved yet."""
    sheet_id = _row(work, number).id
    connection = work.connection
    own = and_(_F.account_id == work.viewer.account_id, _F.sheet_id == sheet_id)
    connection.execute(delete(SheetDraft).where(or_(own, _F.saved_at <= work.now - DRAFT_KEPT)))
    if values:
        connection.execute(
            insert(SheetDraft).values(
                account_id=work.viewer.account_id, sheet_id=sheet_id, saved_at=work.now,
                content=json.dumps(values, ensure_ascii=False),
            )
        )  # fmt: skip
