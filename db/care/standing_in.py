"""Standing in for somebody: from one day to another a colleague sees and acts for their patch. And the handover."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from db import clock, settings
from db.access import ROLES, below, within
from db.care import agenda, calls
from db.care.tables import Due, Visit
from db.errors import Refused
from db.identity import Account, AccountArea, StandIn
from db.people.residents import RESIDENTS
from db.people.tables import Resident
from db.territory.areas import Area
from db.territory.posts import Post, active_on
from db.work import Work, command, query

_T = StandIn.__table__.c  # type: ignore[attr-defined]
_H = AccountArea.__table__.c  # type: ignore[attr-defined]
_ACCOUNT = Account.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_P = Post.__table__.c  # type: ignore[attr-defined]
_D = Due.__table__.c  # type: ignore[attr-defined]
_V = Visit.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]

LONGEST = 366
MOST_LINES = 200
MOST_URGENT = 20
LOOK_BACK = timedelta(days=30)
MOST_VISITS = 60


@dataclass(frozen=True)
class Standing:
    """Somebody stands in for the patch of `for_name`, until the end of `until`. `may_end`: the viewer can end it."""

    id: int
    account_id: int
    name: str
    for_name: str
    area_id: int
    area: str
    since: date
    until: date
    note: str
    given_name: str
    may_end: bool


@query("care.assign")
def colleagues(work: Work) -> list[tuple[int, str]]:
    """Who else can stand in, as (account, name): whoever records visits in areas of their own, and may sign in."""
    roles = [role.name for role in ROLES.values() if role.actions.get("visit.create") == "areas"]
    rows = work.session.execute(
        select(_ACCOUNT.id, _ACCOUNT.name)
        .where(_ACCOUNT.role.in_(roles), _may_sign_in(), _ACCOUNT.id != (work.viewer.account_id or 0))
        .order_by(_ACCOUNT.name)
    )
    return [(row.id, row.name) for row in rows]


def _may_sign_in() -> ColumnElement[bool]:
    demo = [] if settings.read().demo else [_ACCOUNT.demo.is_(False)]
    return and_(_ACCOUNT.active.is_(True), *demo)


@command("care.assign")
def arrange(
    work: Work, *, account_id: int, area_id: int, since: date, until: date, for_name: str = "", note: str = ""
) -> int:
    """Let an account stand in for a patch, first and last day included. Returns the id.

    Only an area that is the giver's own can be given, not one that they stand in for themselves. Refused
    `area.not_found`, `standing_in.nobody`, `standing_in.own`, `standing_in.twice`, `form.invalid` (the days).
    """
    _check_days(since, until)
    area = work.session.execute(select(_A.name, _A.area_path).where(_A.id == area_id)).first()
    if area is None or not _gives(work, area.area_path):
        raise Refused("area.not_found")
    names = dict(colleagues(work))
    if account_id not in names:
        raise Refused("standing_in.nobody")
    held = work.session.execute(select(_H.area_path).where(_H.account_id == account_id)).scalars()
    if any(area.area_path.startswith(path) for path in held):
        raise Refused("standing_in.own", name=names[account_id], area=area.name)
    same = work.session.execute(
        select(_T.until).where(
            _T.account_id == account_id, _T.area_path == area.area_path, _T.ended_at.is_(None), _T.since <= until,
            _T.until >= since,
        )
    ).first()  # fmt: skip
    if same is not None:
        raise Refused("standing_in.twice", name=names[account_id], until=same.until)
    made = StandIn(
        account_id=account_id, area_path=area.area_path, for_name=for_name.strip()[:40], since=since, until=until,
        note=note.strip()[:500], given_by=work.viewer.account_id, given_name=work.viewer.name,
    )  # fmt: skip
    work.session.add(made)
    work.session.flush()
    work.log(
        "stand_in", made.id, names[account_id],
        {"area": (None, area.name), "holder": (None, made.for_name), "since": (None, since), "until": (None, until)},
        area_path=area.area_path, action="standing_in.arrange",
    )  # fmt: skip
    _tell(work)
    return made.id or 0


def _check_days(since: date, until: date) -> None:
    problems = {}
    if since < clock.today():
        problems["since"] = "standing_in.past"
    if until < since:
        problems["until"] = "rule.until"
    elif (until - since).days > LONGEST:
        problems["until"] = "standing_in.long"
    if problems:
        raise Refused("form.invalid", problems=problems)


def _gives(work: Work, path: str) -> bool:
    """Whether the area is the viewer's own to give: what is only lent to them is not."""
    if work.viewer.scope("care.assign") == "all":
        return True
    own = work.session.execute(select(_H.area_path).where(_H.account_id == work.viewer.account_id)).scalars()
    return any(path.startswith(one) for one in own)


@command("care.assign")
def end(work: Work, *, stand_in_id: int) -> None:
    """End a stand-in now. Refused `record.not_found`, `standing_in.over`."""
    row = work.session.execute(
        select(StandIn.__table__, _ACCOUNT.name.label("name"))  # type: ignore[attr-defined]
        .join(Account, _ACCOUNT.id == _T.account_id)
        .where(_T.id == stand_in_id)
    ).first()
    if row is None or not _gives(work, row.area_path):
        raise Refused("record.not_found")
    if row.ended_at is not None or row.until < clock.today():
        raise Refused("standing_in.over")
    work.session.execute(
        update(StandIn)
        .where(_T.id == stand_in_id)
        .values(ended_at=work.now, ended_name=work.viewer.name, version=row.version + 1, changed_at=work.now)
    )
    work.log(
        "stand_in", stand_in_id, row.name, {"until": (row.until, clock.today())}, area_path=row.area_path,
        action="standing_in.end",
    )  # fmt: skip
    _tell(work)


def _tell(work: Work) -> None:
    for topic in ("care", "accounts"):
        work.touch(topic)


@query("day.view")
def mine(work: Work) -> list[Standing]:
    """For whom the viewer stands in today."""
    today = clock.today()
    return _found(work, and_(_T.account_id == work.viewer.account_id, _T.since <= today, _T.until >= today))


@query("visit.create")
def arranged(work: Work, *, area_id: int) -> list[Standing]:
    """Who stands in for this area, or a part of it, now or later. Refused `area.not_found`."""
    path = _path(work, area_id)
    return _found(work, and_(below(_T.area_path, path), _T.until >= clock.today()))


def _found(work: Work, which: ColumnElement[bool]) -> list[Standing]:
    rows = work.session.execute(
        select(
            _T.id, _T.account_id, _ACCOUNT.name, _T.for_name, _A.id.label("area_id"), _A.name.label("area"),
            _T.area_path, _T.since, _T.until, _T.note, _T.given_name,
        )
        .join(Account, _ACCOUNT.id == _T.account_id)
        .join(Area, _A.area_path == _T.area_path)
        .where(which, _T.ended_at.is_(None))
        .order_by(_T.since, _T.id)
    ).all()  # fmt: skip
    may = work.viewer.can("care.assign")
    return [
        Standing(
            row.id, row.account_id, row.name, row.for_name, row.area_id, row.area, row.since, row.until, row.note,
            row.given_name, may and _gives(work, row.area_path),
        )
        for row in rows
    ]  # fmt: skip


def _path(work: Work, area_id: int) -> str:
    path = work.session.execute(
        select(_A.area_path).where(_A.id == area_id, within(work.viewer, "visit.create", _A.area_path))
    ).scalar()
    if path is None:
        raise Refused("area.not_found")
    return str(path)


@query("visit.create")
def holders_of(work: Work, *, area_id: int) -> list[str]:
    """Who holds this area, the nearest post first: whom one may stand in for. Refused `area.not_found`."""
    return list(dict.fromkeys(holder for holder, _deputy in _posts(work, area_id)))


@query("visit.create")
def deputies_of(work: Work, *, area_id: int) -> list[str]:
    """Who is named to stand in, with or without an account. Refused `area.not_found`."""
    return list(dict.fromkeys(deputy for _holder, deputy in _posts(work, area_id) if deputy))


def _posts(work: Work, area_id: int) -> list[tuple[str, str]]:
    """Holder and deputy of this area and the one above it, the nearest first."""
    ids = [int(part) for part in _path(work, area_id).strip("/").split("/") if part]
    rows = work.session.execute(
        select(_P.holder, _P.deputy, _P.area_id)
        .where(_P.area_id.in_(ids[-2:]), active_on(clock.today()))
        .order_by(_P.id)
    ).all()
    return [(row.holder, row.deputy or "") for row in sorted(rows, key=lambda row: row.area_id != area_id)]


@dataclass(frozen=True)
class Told:
    """What the last visit to somebody left behind: a note, a need, a next step."""

    resident_id: int
    name: str
    address: str
    day: date
    kind: str
    result: str
    visitor: str
    needs: str
    note: str
    next_step: str


@dataclass(frozen=True)
class Handover:
    """What is open in a patch for whoever takes it over. `more` counts lines beyond those listed."""

    area: str
    path: str
    since: date
    until: date
    urgent: list[tuple[agenda.Line, list[calls.ToCall]]]
    overdue: list[agenda.Line]
    due: list[agenda.Line]
    called: list[agenda.Line]
    told: list[Told]
    more: int
    phones: dict[int, str]
    posts: list[tuple[str, str]]  # who is responsible, and who is named as deputy: "" when nobody is


@query("visit.create")
def handover(work: Work, *, area_id: int, since: date, until: date) -> Handover:
    """What is open in an area: urgent, overdue, called for, due by `until`, and what the last visits left to do.

    Each person stands in one list, the most pressing. Refused `area.not_found`, `form.invalid` (the days).
    """
    if until < since or (until - since).days > LONGEST:
        raise Refused("form.invalid", problems={"until": "rule.until"})
    path, today = _path(work, area_id), clock.today()
    open_there = and_(
        agenda.in_reach(work, area_id), or_(_D.urgent.is_(True), _D.next_on <= max(until, today))
    )
    lines = agenda.ranked(work, open_there, limit=MOST_LINES + 1)
    more = max(0, _count(work, open_there) - MOST_LINES)
    lines = lines[:MOST_LINES]
    urgent = [one for one in lines if one.urgent]
    rest = sorted((one for one in lines if not one.urgent), key=lambda one: (one.place, one.resident_id))
    called = [one for one in rest if any(code.startswith("cause.") for code, _facts in one.why)]
    plain = [one for one in rest if one not in called]
    return Handover(
        area=str(work.session.execute(select(_A.name).where(_A.id == area_id)).scalar_one()),
        path=path, since=since, until=until,
        urgent=[
            (one, calls.whom_to_call(work, resident_id=one.resident_id) if number < MOST_URGENT else [])
            for number, one in enumerate(urgent)
        ],
        overdue=[one for one in plain if one.state == "overdue"],
        due=[one for one in plain if one.state != "overdue"],
        called=called, told=_told(work, path), more=more,
        phones=phones_of(work, [one.resident_id for one in lines]), posts=_posts(work, area_id),
    )  # fmt: skip


def _count(work: Work, where: ColumnElement[bool]) -> int:
    return int(work.session.execute(select(func.count()).select_from(Due).where(where)).scalar_one())


def phones_of(work: Work, ids: Sequence[int]) -> dict[int, str]:
    """The telephone of each of these residents, as the viewer may see it."""
    sight, spec = work.viewer.sees("contact"), RESIDENTS.specs["phone"]
    if sight == "none" or not ids:
        return {}
    rows = work.session.execute(select(_R.id, _R.phone).where(_R.id.in_(list(ids))))
    return {row.id: (row.phone if sight == "clear" else spec.mask(row.phone)) for row in rows if row.phone}


def _told(work: Work, path: str) -> list[Told]:
    """The last word on each person of the area in the last weeks, where there is one, newest first."""
    if work.viewer.sees("care") != "clear":
        return []
    rows = work.session.execute(
        select(
            _V.resident_id, _R.name, _V.address, _V.day, _V.kind, _V.result, _V.visitor, _V.needs, _V.note, _V.next_step
        )
        .join(Resident, _R.id == _V.resident_id)
        .where(
            below(_V.place, path), _V.day >= clock.today() - LOOK_BACK, _V.replaced_by.is_(None),
            _V.withdrawn_at.is_(None), _R.status == "resident",
        )
        .order_by(_V.at.desc(), _V.id.desc())
    )  # fmt: skip
    found: dict[int, Any] = {}
    for row in rows:
        found.setdefault(row.resident_id, row)
    clear, spec = work.viewer.sees("name") == "clear", RESIDENTS.specs["name"]
    return [
        Told(
            row.resident_id, row.name if clear else spec.mask(row.name), row.address, row.day, row.kind, row.result,
            row.visitor, row.needs or "", row.note or "", row.next_step,
        )
        for row in found.values()
        if row.needs or row.note or row.next_step
    ][:MOST_VISITS]  # fmt: skip
