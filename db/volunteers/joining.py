"""Becoming a volunteer, pausing, being blocked and objecting, leaving; what one can do, and with whom one goes well."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update

from db import access, clock, keeping, places
from db.errors import Refused
from db.fields import Option
from db.identity import Account
from db.listing import row_of
from db.people import pointers
from db.people.tables import Resident
from db.register import Values
from db.slots import HELD, TERM, Booking, Slot
from db.volunteers.abilities import Ability, abilities_of
from db.volunteers.fitness import key_of, shift_of
from db.volunteers.shifts import KIND
from db.volunteers.signing_up import own, told
from db.volunteers.tables import Block, Pairing, Skill, Volunteer, VolunteerSkill
from db.volunteers.volunteers import VOLUNTEERS, before_save, serving_areas
from db.work import Work, command, query

SHORT = 2
LONGEST_BLOCK = timedelta(days=366)
OWN_FIELDS = ("languages", "areas", "available", "week_hours", "floors", "visits_sex", "wants")
GONE = "已退出"

_C = Account.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_L = VolunteerSkill.__table__.c  # type: ignore[attr-defined]
_S = Skill.__table__.c  # type: ignore[attr-defined]
_X = Block.__table__.c  # type: ignore[attr-defined]
_N = Pairing.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_P = Slot.__table__.c  # type: ignore[attr-defined]
_BLOCKS = select(Block.__table__)  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Blocked:
    """A block with what was said about it."""

    id: int
    reason: str
    since: date
    until: date
    by_name: str
    by_id: int | None
    appeal: str
    answer: str
    lifted: bool


@dataclass(frozen=True)
class Self:
    """What volunteers see of themselves."""

    id: int
    number: str
    name: str
    status: str
    pause_until: date | None
    values: Values
    abilities: list[Ability]
    block: Blocked | None


@command("volunteer.self")
def apply(work: Work, *, area_id: int, born: date | None, wants: str, guardian: str = "") -> int:
    """Ask to become a volunteer, with the own account. Refused `volunteer.known`, `area.not_found`, `form.invalid`."""
    known = work.session.execute(
        select(_V.id).where(_V.account_id == work.viewer.account_id, _V.withdrawn_at.is_(None))
    ).first()
    if known is not None:
        raise Refused("volunteer.known")
    if str(area_id) not in {one.code for one in serving_areas(work)}:
        raise Refused("area.not_found")
    typed = {
        "name": work.viewer.name, "area_id": area_id, "born": born, "wants": wants, "guardian": guardian,
    }  # fmt: skip
    kept, _notes = keeping.clean(work, VOLUNTEERS, typed)
    values = {**kept, "status": "applied"}
    before_save(_everywhere(work), None, values)
    filled = Volunteer(
        **values, account_id=work.viewer.account_id, resident_id=work.viewer.resident_id
    ).model_dump(exclude={"id"})
    volunteer_id: int = work.session.execute(insert(Volunteer).values(**filled).returning(_V.id)).scalar_one()
    work.log(
        "volunteer",
        volunteer_id,
        work.viewer.name,
        {"status": (None, "applied")},
        area_path=values["area_path"],
    )
    work.touch("shifts")
    work.touch("register.volunteers")
    if work.viewer.resident_id is not None:
        _bring_along(work, work.viewer.resident_id)
    return volunteer_id


def _everywhere(work: Work) -> Work:
    """One belongs wherever one says; the office decides whether to accept it."""
    return replace(work, viewer=access.system(work.viewer.name))


@command("volunteer.edit")
def decide(work: Work, *, volunteer_id: int, yes: bool, why: str = "") -> None:
    """Accept or refuse who applied. Refused `record.not_found`, `volunteer.decided`, `shift.why`, `form.invalid`."""
    row = row_of(work, VOLUNTEERS, volunteer_id, "volunteer.edit", lock=True)
    if row["status"] not in ("applied", "refused"):
        raise Refused("volunteer.decided")
    if not yes and len(why.strip()) < SHORT:
        raise Refused("shift.why")
    values: Values = {"status": "active" if yes else "refused"}
    before_save(work, row, values)
    _write(work, row, {**values, "decided_by": work.viewer.name, "decided_why": why.strip()[:200]}, why)


def _write(work: Work, row: Values, changed: Values, reason: str = "") -> None:
    """Write what changed and log it; what is sealed or personal is only said to have changed."""
    new = {name: value for name, value in changed.items() if not keeping.same(value, row[name])}
    if not new:
        return
    work.session.execute(
        update(Volunteer)
        .where(_V.id == row["id"])
        .values(**new, version=row["version"] + 1, changed_at=work.now)
    )
    told_of = {
        name: (row[name], value)
        for name, value in new.items()
        if name not in ("phone", "phone_key", "feed_hash")
    }
    work.log(
        "volunteer", row["id"], row["name"], told_of or {"phone": ("•", "•")}, area_path=row["area_path"],
        reason=reason.strip()[:200],
    )  # fmt: skip
    work.touch("shifts")
    work.touch("register.volunteers")


@command("volunteer.edit")
def block(work: Work, *, volunteer_id: int, reason: str, until: date) -> int:
    """No shifts until the end of that day; the places in shifts of that time are given back. Returns the block.

    Refused `record.not_found`, `shift.why`, `block.until`, `volunteer.status` (not active).
    """
    row = row_of(work, VOLUNTEERS, volunteer_id, "volunteer.edit", lock=True)
    today = clock.today()
    if len(reason.strip()) < SHORT:
        raise Refused("shift.why")
    if not today <= until <= today + LONGEST_BLOCK:
        raise Refused("block.until")
    if row["status"] not in ("active", "paused", "blocked"):
        raise Refused("volunteer.status")
    block_id: int = work.session.execute(
        insert(Block)
        .values(
            version=1, made_at=work.now, changed_at=work.now, extra={}, volunteer_id=volunteer_id, reason=reason.strip()[:200],
            since=today, until=until, by_name=work.viewer.name, by_id=work.viewer.account_id, appeal="", answer="", answered_by="",
        )
        .returning(_X.id)
    ).scalar_one()  # fmt: skip
    _write(work, row, {"status": "blocked"}, reason)
    _give_back(work, volunteer_id, _end_of(until), reason)
    return block_id


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(0), clock.PLACE)


def _to_come(work: Work, volunteer_id: int, until: datetime | None) -> Sequence[Any]:
    """Every place and wish from now on, the earliest first: those in shifts before `until`, or (None) all, activities too.

    Who does not serve for a while may still take part in activities; who leaves is not known any more.
    """
    where = [_B.person_key == key_of(volunteer_id), _B.live == 1]
    if until is not None:
        where += [_B.starts_at > work.now, _B.starts_at < until, _P.kind == KIND]
    else:
        where.append(or_(_B.starts_at > work.now, (_P.kind == TERM) & (_B.ends_at > work.now)))
    return work.session.execute(
        select(Booking.__table__, _P.kind, _P.title)  # type: ignore[attr-defined]
        .join(Slot, _P.id == _B.slot_id)
        .where(*where)
        .order_by(_P.kind != TERM, _B.starts_at, _B.id)
    ).all()


def _give_back(work: Work, volunteer_id: int, until: datetime | None, why: str) -> int:
    """Give back what `_to_come` names; returns how many."""
    places.hold_still(work, [key_of(volunteer_id)])
    rows = _to_come(work, volunteer_id, until)
    for row in rows:
        one = places.booking_of(work, row.id)
        if one.live is None:  # a date of a term that was given back just now
            continue
        slot = shift_of(work, one.slot_id) or places.slot_of(work, one.slot_id)
        places.move(work, slot, one, "cancelled", why=why.strip()[:200])
        told(work, slot, one, "left")
    return len(rows)


@dataclass(frozen=True)
class ToGiveBack:
    """What is given back when somebody pauses or leaves: places in shifts, the last of them, wishes (waiting, asked),
    the titles of regular places among them, and of activities in which one has or wants a place."""

    shifts: int
    last: datetime | None
    wishes: int
    regular: tuple[str, ...]
    activities: tuple[str, ...]


@query("volunteer.self")
def to_give_back(work: Work, *, until: date | None) -> ToGiveBack:
    """What the volunteer of this account would give back by pausing until the end of that day, or (None) by leaving.

    Refused `volunteer.none`.
    """
    rows = _to_come(work, own(work).id, _end_of(until) if until is not None else None)
    shifts = [one for one in rows if one.kind == KIND]
    held = [one for one in shifts if one.state in HELD]
    return ToGiveBack(
        len(held), held[-1].starts_at if held else None, len(shifts) - len(held),
        tuple(dict.fromkeys(one.title for one in held if one.regular)), tuple(dict.fromkeys(one.title for one in rows if one.kind != KIND)),
    )  # fmt: skip


@command("volunteer.self")
def appeal(work: Work, *, block_id: int, words: str) -> None:
    """Object to the own block, once. Refused `record.not_found`, `shift.why`, `block.answered`."""
    mine = own(work)
    row = work.session.execute(_BLOCKS.where(_X.id == block_id, _X.volunteer_id == mine.id)).first()
    if row is None:
        raise Refused("record.not_found")
    if row.appealed_at is not None:
        raise Refused("block.answered")
    if len(words.strip()) < SHORT:
        raise Refused("shift.why")
    work.session.execute(
        update(Block).where(_X.id == block_id).values(appeal=words.strip()[:500], appealed_at=work.now)
    )
    work.log(
        "volunteer",
        mine.id,
        mine.name,
        {"appeal": (None, True)},
        area_path=mine.area_path,
        reason=words.strip()[:200],
    )
    work.touch("shifts")


@command("volunteer.edit")
def answer(work: Work, *, block_id: int, lift: bool, words: str) -> None:
    """Decide on an objection: by somebody else than who blocked. Refused `record.not_found`, `block.own`, `shift.why`."""
    row = work.session.execute(_BLOCKS.where(_X.id == block_id)).first()
    if row is None:
        raise Refused("record.not_found")
    volunteer = row_of(work, VOLUNTEERS, row.volunteer_id, "volunteer.edit", lock=True)
    if row.by_id is not None and row.by_id == work.viewer.account_id:
        raise Refused("block.own")
    if len(words.strip()) < SHORT:
        raise Refused("shift.why")
    work.session.execute(
        update(Block)
        .where(_X.id == block_id)
        .values(
            answer=words.strip()[:500], answered_by=work.viewer.name, answered_at=work.now,
            lifted_at=work.now if lift else None,
        )
    )  # fmt: skip
    work.log(
        "volunteer",
        row.volunteer_id,
        volunteer["name"],
        {"block": (True, not lift)},
        area_path=volunteer["area_path"],
        reason=words.strip()[:200],
    )
    work.touch("shifts")
    if lift:
        _write(work, volunteer, {"status": "active"}, words)


@command("volunteer.edit")
def end_block(work: Work, *, block_id: int, words: str) -> None:
    """Take a block back before its end. Refused `record.not_found`, `shift.why`."""
    row = work.session.execute(_BLOCKS.where(_X.id == block_id, _X.lifted_at.is_(None))).first()
    if row is None:
        raise Refused("record.not_found")
    volunteer = row_of(work, VOLUNTEERS, row.volunteer_id, "volunteer.edit", lock=True)
    if len(words.strip()) < SHORT:
        raise Refused("shift.why")
    work.session.execute(update(Block).where(_X.id == block_id).values(lifted_at=work.now))
    _write(work, volunteer, {"status": "active"}, words)


@command("volunteer.self")
def pause(work: Work, *, until: date, keep_places: bool = False) -> int:
    """Take no shifts until the end of that day; places in activities stay. Returns how many were given back.

    Refused `block.until`, `volunteer.status`.
    """
    return _pause(work, dict(own(work)._mapping), until, keep_places)


@command("volunteer.edit")
def pause_for(work: Work, *, volunteer_id: int, until: date, keep_places: bool = False) -> int:
    """The same, said to the office. Refused `record.not_found` besides."""
    return _pause(
        work, row_of(work, VOLUNTEERS, volunteer_id, "volunteer.edit", lock=True), until, keep_places
    )


def _pause(work: Work, row: Values, until: date, keep_places: bool) -> int:
    if row["status"] not in ("active", "paused"):
        raise Refused("volunteer.status")
    if not clock.today() <= until <= clock.today() + LONGEST_BLOCK:
        raise Refused("block.until")
    _write(work, row, {"status": "paused", "pause_until": until})
    return 0 if keep_places else _give_back(work, row["id"], _end_of(until), "暂停服务")


@command("volunteer.self")
def come_back(work: Work) -> None:
    """Serve again. Refused `volunteer.status`."""
    row = dict(own(work)._mapping)
    if row["status"] != "paused":
        raise Refused("volunteer.status")
    _write(work, row, {"status": "active", "pause_until": None})


@command("volunteer.self")
def leave(work: Work) -> None:
    """Leave for good: what is personal goes, the number and the hours stay. There is no way back but to apply anew."""
    _leave(work, dict(own(work)._mapping))


@command("volunteer.edit")
def leave_for(work: Work, *, volunteer_id: int) -> None:
    """The same, said to the office. Refused `record.not_found`."""
    _leave(work, row_of(work, VOLUNTEERS, volunteer_id, "volunteer.edit", lock=True))


def _leave(work: Work, row: Values) -> None:
    _give_back(work, row["id"], None, "已退出志愿服务")
    gone: Values = {
        "name": GONE, "sex": "", "born": None, "phone": None, "phone_key": "", "languages": [], "areas": [], "available": [],
        "week_hours": None, "floors": None, "visits_sex": "", "guardian": "", "guardian_on": None, "wants": "", "note": "",
        "resident_id": None, "account_id": None, "feed_hash": None, "pause_until": None, "status": "left", "decided_by": "",
        "decided_why": "",
    }  # fmt: skip
    work.session.execute(
        update(Volunteer)
        .where(_V.id == row["id"])
        .values(**gone, version=row["version"] + 1, changed_at=work.now)
    )
    work.session.execute(
        update(VolunteerSkill)
        .where(_L.volunteer_id == row["id"])
        .values(certificate="", withdrawn_at=work.now)
    )
    work.session.execute(
        update(Pairing)
        .where(or_(_N.volunteer_id == row["id"], _N.other_id == row["id"]))
        .values(reason="", withdrawn_at=work.now)
    )
    work.session.execute(
        update(Booking)
        .where(_B.person_key == key_of(row["id"]))
        .values(name=GONE, by_name="", resident_id=None)
    )
    work.log(
        "volunteer", row["id"], row["number"], {"status": (row["status"], "left")}, area_path=row["area_path"]
    )
    work.touch("shifts")
    work.touch("register.volunteers")


@query("volunteer.self")
def me(work: Work) -> Self:
    """The own page. Refused `volunteer.none` when the account belongs to no volunteer yet."""
    row = dict(own(work)._mapping)
    return Self(
        row["id"], row["number"], row["name"], row["status"], row["pause_until"],
        {name: row[name] for name in OWN_FIELDS}, abilities_of(work, row["id"]), _block(work, row["id"]),
    )  # fmt: skip


@query("volunteer.self")
def paused_until(work: Work) -> date | None:
    """The last day of the own pause, None for who serves. Refused `volunteer.none`."""
    mine = own(work)
    until: date | None = mine.pause_until
    return until if mine.status == "paused" and until is not None and until >= clock.today() else None


@query("volunteer.self")
def areas_to_serve(work: Work) -> list[Option]:
    """The areas one can choose."""
    return serving_areas(work)


@command("volunteer.self")
def change_self(work: Work, *, values: Values) -> None:
    """Change what one can do, when and where. Refused `form.invalid`, `volunteer.none`."""
    row = dict(own(work)._mapping)
    asked = {name: value for name, value in values.items() if name in OWN_FIELDS}
    available = asked.pop("available", row["available"])
    kept, _notes = keeping.clean(work, VOLUNTEERS, asked, partly=True)
    if any(not _an_hour(one) for one in available):
        raise Refused("form.invalid", problems={"available": "field.not_a_choice"})
    problems = {
        name: "volunteer.number"
        for name in ("week_hours", "floors")
        if kept.get(name) is not None and not 1 <= kept[name] <= 80
    }
    if problems:
        raise Refused("form.invalid", problems=problems)
    _write(work, row, {**kept, "available": sorted(set(available))})


def _an_hour(text: str) -> bool:
    day, _dash, hour = str(text).partition("-")
    return day.isdecimal() and hour.isdecimal() and int(day) < 7 and int(hour) < 24


def _block(work: Work, volunteer_id: int) -> Blocked | None:
    row = work.session.execute(
        _BLOCKS.where(_X.volunteer_id == volunteer_id, _X.until >= clock.today(), _X.lifted_at.is_(None))
        .order_by(_X.until.desc())
        .limit(1)
    ).first()
    return _as_blocked(row) if row is not None else None


def _as_blocked(row: Any) -> Blocked:
    return Blocked(
        row.id, row.reason, row.since, row.until, row.by_name, row.by_id, row.appeal, row.answer, row.lifted_at is not None
    )  # fmt: skip


@query("volunteer.view")
def blocks(work: Work, *, volunteer_id: int) -> list[Blocked]:
    """Every block, the latest first. Refused `record.not_found`."""
    row_of(work, VOLUNTEERS, volunteer_id, "volunteer.view")
    rows = work.session.execute(_BLOCKS.where(_X.volunteer_id == volunteer_id).order_by(_X.id.desc()))
    return [_as_blocked(row) for row in rows]


@query("volunteer.view")
def applicants(work: Work) -> int:
    """How many wait to be accepted, in the viewer's areas."""
    rows: Sequence[Any] = work.session.execute(
        select(_V.id).where(_V.status == "applied", _V.withdrawn_at.is_(None), access.within(work.viewer, "volunteer.view", _V.area_path)).limit(100)
    ).all()  # fmt: skip
    return len(rows)


@command("volunteer.edit")
def link(
    work: Work, *, volunteer_id: int, resident_id: int | None = None, account_id: int | None = None
) -> None:
    """Say which resident, or which account, a volunteer is; what they hold as that resident comes along.

    Refused `record.not_found`, `volunteer.linked`, `volunteer.both_booked` (each has a place in the same).
    """
    row = row_of(work, VOLUNTEERS, volunteer_id, "volunteer.edit", lock=True)
    taken = []
    if resident_id is not None:
        taken.append(_V.resident_id == resident_id)
    if account_id is not None:
        taken.append(_V.account_id == account_id)
    if (
        taken
        and work.session.execute(select(_V.id).where(or_(*taken), _V.id != volunteer_id)).first() is not None
    ):
        raise Refused("volunteer.linked")
    values: Values = {}
    if resident_id is not None:
        values["resident_id"] = resident_id
    if account_id is not None:
        values["account_id"] = account_id
    _write(work, row, values)
    if resident_id is not None:
        _bring_along(work, resident_id)


def _bring_along(work: Work, resident_id: int) -> None:
    """The places that the volunteer took as a resident are theirs. Refused `volunteer.both_booked`."""
    try:
        pointers.follow_volunteer(work, resident_id)
    except Refused as refused:
        raise Refused("volunteer.both_booked") from refused


@query("volunteer.view")
def status(work: Work, *, volunteer_id: int) -> str:
    """Refused `record.not_found`."""
    return str(row_of(work, VOLUNTEERS, volunteer_id, "volunteer.view")["status"])


@dataclass(frozen=True)
class Linked:
    """Which resident and which account somebody is."""

    resident_id: int | None
    account: str


@query("volunteer.view")
def linked(work: Work, *, volunteer_id: int) -> Linked:
    """Refused `record.not_found`."""
    row = row_of(work, VOLUNTEERS, volunteer_id, "volunteer.view")
    name = work.session.execute(select(_C.username).where(_C.id == row["account_id"])).scalar()
    return Linked(row["resident_id"], name or "")


@query("volunteer.edit")
def free_accounts(work: Work) -> dict[int, str]:
    """The accounts of volunteers that belong to nobody yet."""
    rows = work.session.execute(
        select(_C.id, _C.name, _C.username)
        .where(
            _C.role == "volunteer", _C.active.is_(True),
            _C.id.not_in(select(_V.account_id).where(_V.account_id.is_not(None))),
        )
        .order_by(_C.name)
        .limit(500)
    )  # fmt: skip
    return {row.id: f"{row.name} ({row.username})" for row in rows}
