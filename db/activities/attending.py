"""Attendance: who came, who had said that they would not, who stayed away; walk-ins too. No account is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from db import clock, places
from db.activities import people, signing_up
from db.activities.judging import KIND, TOPIC, activity_of
from db.activities.people import Person
from db.activities.tables import MARK_OPTIONS, Attendance, Guest, Meeting, Taken
from db.care import calls
from db.errors import Refused
from db.people.merging import on_merge
from db.people.tables import Resident
from db.slots import HELD, Booking, Slot
from db.work import Work, command, query

AWAY = 2
"""Who stays away so often in a row without a word becomes a due contact of their grid worker."""
MARKS = frozenset(one.code for one in MARK_OPTIONS)

_T = Attendance.__table__.c  # type: ignore[attr-defined]
_G = Guest.__table__.c  # type: ignore[attr-defined]
_K = Taken.__table__.c  # type: ignore[attr-defined]
_M = Meeting.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Column:
    """One date of the grid."""

    slot_id: int
    number: int
    starts_at: datetime
    ends_at: datetime
    cancelled: bool


@dataclass(frozen=True)
class Line:
    """One person of the grid: their mark at each date, "" where nothing is noted, None where they have no place.
    `pictures`: agrees to be in them."""

    key: str
    name: str
    address: str
    resident_id: int | None
    marks: tuple[str | None, ...]
    pictures: bool = False

    @property
    def came(self) -> int:
        return sum(mark == "came" for mark in self.marks)


@dataclass(frozen=True)
class Grid:
    """`pictures` are taken: whoever photographs has to know of whom not."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    pictures: bool = False


def _running(work: Work, activity_id: int) -> Any:
    """Refused `record.not_found` unless the viewer runs the activity."""
    row = signing_up.one_row(work, activity_id)
    if not work.viewer.reaches(work.action, row.area_path):
        raise Refused("record.not_found")
    return row


@query("activity.attend")
def grid(work: Work, *, activity_id: int) -> Grid:
    """People × dates, in a few queries however many they are. Refused `record.not_found`."""
    row = _running(work, activity_id)
    dates = work.session.execute(
        select(_S.id, _S.starts_at, _S.ends_at, _S.cancelled_at, _M.number)
        .join(Meeting, _M.id == _S.id)
        .where(_M.activity_id == activity_id, _S.withdrawn_at.is_(None))
        .order_by(_S.starts_at)
    ).all()
    ids = [one.id for one in dates]
    booked = work.session.execute(
        select(_B.slot_id, _B.person_key, _B.name, _B.resident_id).where(
            _B.slot_id.in_(ids), _B.live == 1, _B.state.in_(HELD)
        )
    ).all()
    noted = work.session.execute(
        select(_T.slot_id, _T.person_key, _T.name, _T.resident_id, _T.mark).where(
            _T.activity_id == activity_id, _T.withdrawn_at.is_(None)
        )
    ).all()
    who: dict[str, tuple[str, int | None]] = {
        row.person_key: (row.name, row.resident_id) for row in (*noted, *booked)
    }
    has = {(row.person_key, row.slot_id) for row in booked}
    mark = {(row.person_key, row.slot_id): row.mark for row in noted}
    addresses = _addresses(work, [one for _name, one in who.values() if one is not None])
    agree = _agree(work, activity_id) if row.pictures else set()
    lines = [
        Line(
            key, name, addresses.get(resident_id or 0, ""), resident_id,
            tuple(mark.get((key, one), "" if (key, one) in has else None) for one in ids), key in agree,
        )
        for key, (name, resident_id) in who.items()
    ]  # fmt: skip
    columns = tuple(
        Column(one.id, one.number, one.starts_at, one.ends_at, one.cancelled_at is not None) for one in dates
    )
    return Grid(columns, tuple(sorted(lines, key=lambda line: (line.name, line.key))), row.pictures)


def _agree(work: Work, activity_id: int) -> set[str]:
    """Who agrees to be in pictures of this activity."""
    asked = select(_G.person_key).where(
        _G.activity_id == activity_id, _G.pictures.is_(True), _G.withdrawn_at.is_(None)
    )
    return set(work.session.execute(asked).scalars())


def _addresses(work: Work, ids: Sequence[int]) -> dict[int, str]:
    rows = work.session.execute(select(_R.id, _R.address).where(_R.id.in_(set(ids))))
    return {row.id: row.address or "" for row in rows}


@command("activity.attend")
def mark(work: Work, *, slot_id: int, marks: Mapping[str, str], how: str = "tap") -> list[str]:
    """Note who came (`came`, `excused`, `missed`, "" takes the mark back), by person key.

    Returns the names of those whom their grid worker is to look after now, because they stayed away twice without a
    word. Refused `record.not_found`, `form.invalid`, `activity.not_yet` (it has not begun).
    """
    slot = places.slot_of(work, slot_id)
    activity = activity_of(work, slot_id)
    row = _running(work, activity.id if activity is not None else 0)
    if any(one and one not in MARKS for one in marks.values()):
        raise Refused("form.invalid", problems={"mark": "field.not_a_choice"})
    if slot.starts_at.astimezone(clock.PLACE).date() > clock.today():
        raise Refused("activity.not_yet", starts_at=slot.starts_at)
    _must_belong_here(work, slot_id, list(marks))
    return take(work, row, slot, marks, how)


def _must_belong_here(work: Work, slot_id: int, keys: Sequence[str]) -> None:
    """Refused `record.not_found` for who neither was signed up for this date or noted at it, nor lives in the own areas."""
    booked = select(_B.person_key).where(_B.slot_id == slot_id, _B.person_key.in_(keys))
    noted = select(_T.person_key).where(_T.slot_id == slot_id, _T.person_key.in_(keys))
    here = set(work.session.execute(booked.union(noted)).scalars())
    for key in keys:
        person = people.by_key(work, key) if key not in here else None
        if key in here or (
            person is not None
            and person.key == key
            and work.viewer.reaches("activity.attend", person.area_path)
        ):
            continue
        raise Refused("record.not_found")


def take(work: Work, row: Any, slot: Any, marks: Mapping[str, str], how: str) -> list[str]:
    """Write the marks of one date of the activity `row`; whoever calls this has asked whether that may be done."""
    slot_id, on = slot.id, slot.starts_at.astimezone(clock.PLACE).date()
    before = {
        one.person_key: one
        for one in work.session.execute(
            select(_T.id, _T.person_key, _T.mark, _T.version).where(
                _T.slot_id == slot_id, _T.person_key.in_(list(marks)), _T.withdrawn_at.is_(None)
            )
        )
    }
    known = {
        one.person_key: one
        for one in work.session.execute(select(_T.id, _T.person_key).where(_T.slot_id == slot_id, _T.person_key.in_(list(marks))))
    }  # fmt: skip
    changed: dict[str, tuple[Any, Any]] = {}
    away = []
    for key, new in marks.items():
        old = before[key].mark if key in before else ""
        if old == new:
            continue
        person = people.by_key(work, key)
        if person is None:
            raise Refused("record.not_found")
        changed[f"{person.name} ({key})" if person.name in changed else person.name] = (old, new)
        _write(work, row, slot_id, on, person, new, how, known.get(key))
        if person.resident_id is not None:
            count(work, person.resident_id)
        if new == "missed" and _stayed_away(work, row, person, slot.starts_at):
            away.append(person.name)
    if changed:
        work.log(KIND, row.id, row.title, changed, area_path=row.area_path)
        work.touch(TOPIC)
    return away


def _write(
    work: Work, row: Any, slot_id: int, on: date, person: Person, new: str, how: str, there: Any
) -> None:
    values = {
        "mark": new or "came", "how": how, "by_name": work.viewer.name, "changed_at": work.now, "name": person.name,
        "withdrawn_at": None if new else work.now,
    }  # fmt: skip
    if there is not None:
        work.session.execute(
            update(Attendance).where(_T.id == there.id).values(**values, version=_T.version + 1)
        )
        return
    work.session.execute(
        insert(Attendance.__table__).values(  # type: ignore[attr-defined]
            version=1, made_at=work.now, extra={}, activity_id=row.id, slot_id=slot_id, person_key=person.key,
            resident_id=person.resident_id, on=on, **values,
        )
    )  # fmt: skip


@on_merge
def count(work: Work, resident_id: int) -> None:
    """Keep when a resident was first and last seen at anything, and how often."""
    first, last, times = work.session.execute(
        select(func.min(_T.on), func.max(_T.on), func.count()).where(
            _T.resident_id == resident_id, _T.mark == "came", _T.withdrawn_at.is_(None)
        )
    ).one()
    there = work.session.get(Taken, resident_id, populate_existing=True)
    if there is None and times:
        work.session.add(Taken(resident_id=resident_id, first_on=first, last_on=last, times=times))
    elif there is not None and times:
        there.first_on, there.last_on, there.times = first, last, times
        work.session.add(there)
    elif there is not None:
        work.session.delete(there)
    work.session.flush()


def _stayed_away(work: Work, row: Any, person: Person, at: datetime) -> bool:
    """Whether this makes it twice in a row without a word; then somebody is to look after them."""
    if row.kind != "class" or person.resident_id is None or person.status != "resident":
        return False
    rows = work.session.execute(
        select(_T.mark)
        .join(Slot, _S.id == _T.slot_id)
        .where(
            _T.activity_id == row.id,
            _T.person_key == person.key,
            _T.withdrawn_at.is_(None),
            _S.starts_at <= at,
        )
        .order_by(_S.starts_at.desc())
        .limit(AWAY + 1)
    ).all()
    last = [one.mark for one in rows]
    if last[:AWAY] != ["missed"] * AWAY or last == ["missed"] * (AWAY + 1):
        return False
    if not work.viewer.reaches("visit.create", person.area_path):
        return False
    calls.note_event(work, resident_id=person.resident_id, kind="stayed_away", note=row.title)
    return True


@command("activity.attend")
def walk_in(work: Work, *, slot_id: int, resident_id: int) -> str:
    """Somebody came who had not signed up. Returns their name. Refused `record.not_found`, `activity.not_yet`."""
    person = people.resident(work, resident_id)
    if person is None or not work.viewer.reaches("activity.attend", person.area_path):
        raise Refused("record.not_found")
    mark(work, slot_id=slot_id, marks={person.key: "came"}, how="walk_in")
    return person.name


@command("activity.attend")
def all_came(work: Work, *, slot_id: int) -> int:
    """Everybody with a place of whom nothing is noted came. Returns how many that were."""
    activity = activity_of(work, slot_id)
    found = grid(work, activity_id=activity.id if activity is not None else 0)
    at = [one.slot_id for one in found.columns].index(slot_id)
    open_ = {line.key: "came" for line in found.lines if line.marks[at] == ""}
    if open_:
        mark(work, slot_id=slot_id, marks=open_)
    return len(open_)
