"""Inviting those who never come: who lives alone or is in care and was seen at nothing for months, and who knows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true, update

from db import clock
from db.access import below, below_any, within
from db.activities import guests, people, signing_up, telling
from db.activities.judging import KIND, TOPIC, sessions_to_come
from db.activities.tables import Activity, Attendance, Guest, Meeting, Taken
from db.errors import Refused
from db.people.ages import age_on, born_by
from db.people.tables import Contact, Resident
from db.slots import TERM, Booking, Slot
from db.system import community, messages
from db.words import N_
from db.work import Work, command, query

OLD = 80
PAGE = 40
MOST_KNOWN = 4

_R = Resident.__table__.c  # type: ignore[attr-defined]
_K = Taken.__table__.c  # type: ignore[attr-defined]
_C = Contact.__table__.c  # type: ignore[attr-defined]
_G = Guest.__table__.c  # type: ignore[attr-defined]
_T = Attendance.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_M = Meeting.__table__.c  # type: ignore[attr-defined]
_A = Activity.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Knows:
    """Somebody who knows them: a `neighbour` of the same stair or a former `colleague` nearby who does come, or a
    `contact`. `comes`: was seen at something lately."""

    how: str
    name: str
    said: str
    """The relation of a contact, the work unit of a colleague, the address of a neighbour."""
    resident_id: int | None
    comes: bool


@dataclass(frozen=True)
class Missed:
    """Somebody who never comes. `reasons`: `never` or `long_ago`, `alone`, `care`, `old` (eighty or more)."""

    resident_id: int
    name: str
    address: str
    age: int | None
    last_on: date | None
    reasons: tuple[str, ...]
    interests: str
    knows: tuple[Knows, ...]
    invited_at: datetime | None
    invited_to: str
    """When they were invited last, and to what."""
    asked: frozenset[int]
    """The activities not over yet to which they were invited already."""


@dataclass(frozen=True)
class Page:
    """Some of them, and where the next page begins: hand `after` on, None when these were the last."""

    people: tuple[Missed, ...]
    after: tuple[int, str, int] | None


def _tiers(since: date, today: date) -> list[ColumnElement[bool]]:
    """Who comes first: never at all before long ago, who lives alone before others in care, the oldest among them."""
    never, old = _K.resident_id.is_(None), _R.born_key <= born_by(OLD, today)
    long_ago = and_(_K.last_on < since, true())
    alone = _R.living == "alone"
    care = and_(_R.in_care.is_(True), _R.living != "alone")
    return [
        and_(never, alone, old), and_(never, alone, ~old), and_(never, care, old), and_(never, care, ~old),
        and_(long_ago, alone), and_(long_ago, care),
    ]  # fmt: skip


def since_of(months: int) -> date:
    """The first day of the months in which somebody was seen at nothing."""
    day: date = clock.today() - relativedelta(months=months)
    return day


@query("activity.attend")
def usual_months(work: Work) -> int:
    """After how many months without being seen somebody is on the list, as the community decided."""
    return int(community.get(work, "never_months"))


@query("activity.attend")
def those(
    work: Work, *, months: int | None = None, area_path: str = "", after: tuple[int, str, int] | None = None, limit: int = PAGE
) -> Page:  # fmt: skip
    """Those of the viewer's areas who live alone or are in care and were seen at nothing in so many months, ranked.
    Without `months`, in as many as the setting `never_months` says. Left out is who is `signed_up`: they need no inviting.

    Walks the residents as one walks through the streets, one rank after the other, and stops when the page is full:
    it costs the same however many there are.
    """
    since, today = since_of(months or usual_months(work)), clock.today()
    first, place, last_id = after or (0, "", 0)
    tiers, rows = _tiers(since, today), list[tuple[int, Any]]()
    for number in range(first, len(tiers)):
        where = [tiers[number]]
        if number == first and after is not None:
            where.append(or_(_R.place > place, and_(_R.place == place, _R.id > last_id)))
            where.append(_R.place >= place)
        found = _walk(work, where, area_path, limit + 1 - len(rows))
        rows += [(number, row) for row in found]
        if len(rows) > limit:
            break
    more = len(rows) > limit
    rows = rows[:limit]
    end = (rows[-1][0], rows[-1][1].place, rows[-1][1].id) if more else None
    return Page(_shown(work, [row for _tier, row in rows], since, today), end)


def _walk(work: Work, where: Sequence[ColumnElement[bool]], area_path: str, limit: int) -> Sequence[Any]:
    table = Resident.__table__  # type: ignore[attr-defined]
    chosen = (
        select(_R.id, _R.place, _K.last_on)
        .with_hint(table, "INDEXED BY ix_resident_walk", "sqlite")
        .outerjoin(Taken, _K.resident_id == _R.id)
        .where(
            *_whom(work, area_path), *where,
            ~exists(select(_B.id).join(Slot, _S.id == _B.slot_id).where(_B.resident_id == _R.id, *_to_come(work))),
        )
        .order_by(_R.place, _R.id)
        .limit(limit)
    )  # fmt: skip
    return work.session.execute(chosen).all()


def _whom(work: Work, area_path: str) -> tuple[ColumnElement[bool], ...]:
    return (
        _R.status == "resident", within(work.viewer, work.action, _R.place),
        below(_R.place, area_path) if area_path else true(),
    )  # fmt: skip


def _to_come(work: Work) -> tuple[ColumnElement[bool], ...]:
    """Of a booking and its slot: a place, or the wish for one, in an activity or a term that is not over."""
    return (_B.live == 1, _B.ends_at > work.now, _S.kind.in_((KIND, TERM)))


@dataclass(frozen=True)
class Signed:
    """Somebody who would be among those who never come, but has or wants a place in what is to come: (title, beginning,
    state of the booking) of each."""

    resident_id: int
    name: str
    address: str
    what: tuple[tuple[str, datetime, str], ...]


@query("activity.attend")
def signed_up(
    work: Work, *, months: int | None = None, area_path: str = "", limit: int = PAGE
) -> list[Signed]:
    """Whom `those` leaves out because they are signed up for something, who comes next first."""
    since, today = since_of(months or usual_months(work)), clock.today()
    rows = work.session.execute(
        select(_R.id, _R.name, _R.address, _A.title, _S.starts_at, _B.state)
        .select_from(Slot)
        .join(Booking, _B.slot_id == _S.id)
        .join(Resident, _R.id == _B.resident_id)
        .outerjoin(Taken, _K.resident_id == _R.id)
        .outerjoin(Meeting, _M.id == _S.id)
        .join(Activity, (_A.term_slot_id == _S.id) | ((_A.id == _M.activity_id) & _A.whole_term.is_(False)))
        .where(*_to_come(work), _S.ends_at > work.now, *_whom(work, area_path), or_(*_tiers(since, today)))
        .order_by(_S.starts_at, _R.place, _R.id)
        .limit(limit)
    ).all()
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row)
    return [
        Signed(one, its[0].name, its[0].address or "", tuple((row.title, row.starts_at, row.state) for row in its))
        for one, its in found.items()
    ]  # fmt: skip


def _shown(work: Work, rows: Sequence[Any], since: date, today: date) -> tuple[Missed, ...]:
    ids = [row.id for row in rows]
    full = {
        row.id: row
        for row in work.session.execute(
            select(
                _R.id, _R.name, _R.address, _R.born, _R.living, _R.in_care, _R.interests, _R.employer, _R.place, _R.area_path
            ).where(_R.id.in_(ids))
        )
    }  # fmt: skip
    known = _who_knows(work, list(full.values()), since)
    invited: dict[int, list[Any]] = {one: [] for one in ids}
    for guest in work.session.execute(
        select(_G.resident_id, _G.activity_id, _G.invited_at, _A.title, _A.ends_on)
        .join(Activity, _A.id == _G.activity_id)
        .where(_G.resident_id.in_(ids), _G.invited_at.is_not(None), _G.withdrawn_at.is_(None))
        .order_by(_G.invited_at.desc(), _G.id.desc())
    ):
        invited[guest.resident_id].append(guest)
    shown = []
    for row in rows:
        one = full[row.id]
        age = age_on(one.born, today) if one.born else None
        reasons = ["never" if row.last_on is None else "long_ago"]
        reasons += [code for code, so in (
            ("alone", one.living == "alone"), ("care", one.in_care), ("old", age is not None and age >= OLD),
        ) if so]  # fmt: skip
        asked = invited[one.id]
        last = asked[0] if asked else None
        shown.append(
            Missed(
                one.id, one.name, one.address or "", age, row.last_on, tuple(reasons), one.interests, known[one.id],
                last.invited_at if last else None, last.title if last else "",
                frozenset(guest.activity_id for guest in asked if guest.ends_on is None or guest.ends_on >= today),
            )
        )  # fmt: skip
    return tuple(shown)


def _around(row: Any) -> str:
    """The path of the area in which a building lies: there everybody is within reach."""
    path: str = (
        row.area_path.rstrip("/").rpartition("/")[0] + "/" if row.place != row.area_path else row.area_path
    )
    return path if len(path) > 1 else str(row.area_path)


def _who_knows(work: Work, rows: Sequence[Any], since: date) -> dict[int, tuple[Knows, ...]]:
    if not rows:
        return {}
    comers = work.session.execute(
        select(_R.id, _R.name, _R.place, _R.address, _R.employer)
        .join(Taken, _K.resident_id == _R.id)
        .where(
            below_any(_R.place, {_around(row) for row in rows}), within(work.viewer, work.action, _R.place),
            _R.status == "resident", _K.last_on >= since,
        )
        .order_by(_K.times.desc(), _R.id)
    ).all()  # fmt: skip
    contacts = work.session.execute(
        select(_C.resident_id, _C.name, _C.relation, _C.other_id, _K.last_on)
        .outerjoin(Taken, _K.resident_id == _C.other_id)
        .where(
            _C.resident_id.in_([row.id for row in rows]), _C.closed_on.is_(None), _C.withdrawn_at.is_(None)
        )
        .order_by(_C.emergency.desc(), _C.position, _C.id)
    ).all()
    found: dict[int, tuple[Knows, ...]] = {}
    for row in rows:
        stair, home = row.place.partition("|")[0], "|" in row.place
        known = [
            Knows("neighbour", one.name, one.address or "", one.id, True)
            for one in comers
            if home and one.id != row.id and one.place.startswith(stair + "|")
        ][:2]
        near = _around(row)
        known += [
            Knows("colleague", one.name, one.employer, one.id, True)
            for one in comers
            if row.employer and one.employer == row.employer and one.id != row.id and one.place.startswith(near)
            and one.id not in {other.resident_id for other in known}
        ][:2]  # fmt: skip
        known += [
            Knows("contact", one.name, one.relation, one.other_id, one.last_on is not None and one.last_on >= since)
            for one in contacts
            if one.resident_id == row.id
        ]  # fmt: skip
        found[row.id] = tuple(sorted(known, key=lambda one: not one.comes)[:MOST_KNOWN])
    return found


def _called(work: Work, key: str, subject: str, result: str) -> None:
    """What somebody who was invited said on the telephone."""
    row = work.session.execute(
        select(_G.id, _G.activity_id, _G.resident_id).where(_G.id == int(subject.rpartition(":")[2]))
    ).first()
    if row is None or result not in ("yes", "no"):
        return
    person = people.resident(work, row.resident_id)
    if result == "yes" and person is not None:
        guests.take_place(work, signing_up.announced(work, row.activity_id), person)
    work.session.execute(
        update(Guest)
        .where(_G.id == row.id)
        .values(coming=result, called_at=work.now, called_by=work.viewer.name, version=_G.version + 1)
    )
    work.touch(TOPIC)


messages.declare(
    "activity.invited", title=N_("Would you like to come? {title}"), outside=N_("You are asked for something in Linli."),
    body=N_("{starts_at}, {where}. {by} would be glad to see you there. You know somebody: {via}"), when_called=_called,
)  # fmt: skip


@dataclass(frozen=True)
class Invited:
    """How many were invited now; how many of them somebody must call; who was before, or has a place already.
    `state`: of the place of who said yes at once."""

    count: int
    by_phone: int
    already: int
    state: str = ""


@command("activity.attend")
def invite(
    work: Work, *, activity_id: int, resident_ids: Sequence[int], via: Mapping[int, str] | None = None,
    message: bool = True,
) -> Invited:  # fmt: skip
    """Invite residents of the own areas: to the inbox of their account, or by a call of their area's staff.

    `via` says whom each of them knows. Without `message` somebody has asked them already. Doing it again invites nobody
    twice. Refused `record.not_found`, `activity.draft`, `place.closed`, `activity.over`.
    """
    activity = signing_up.announced(work, activity_id)
    if activity.ends_on is not None and activity.ends_on < clock.today():
        raise Refused("activity.over")
    wanted = dict.fromkeys(resident_ids)
    asked = [people.resident(work, one) for one in wanted]
    who = [
        one for one in asked
        if one is not None and one.status == "resident" and work.viewer.reaches("activity.attend", one.area_path)
    ]  # fmt: skip
    if len(who) < len(wanted):
        raise Refused("record.not_found")
    keys = [one.key for one in who]
    before = set(
        work.session.execute(
            select(_G.person_key).where(
                _G.activity_id == activity_id,
                _G.person_key.in_(keys),
                _G.invited_at.is_not(None),
                _G.withdrawn_at.is_(None),
            )
        ).scalars()
    )
    before |= set(
        work.session.execute(
            select(_B.person_key).where(
                _B.person_key.in_(keys), _B.live == 1, _B.slot_id.in_(signing_up.slots_of(activity))
            )
        ).scalars()
    )
    new = [
        one for one in who if one.key not in before
    ]  # fmt: skip
    facts = telling.facts_of(work, activity, _first_slot(work, activity), by=work.viewer.name)
    by_phone = 0
    for one in new:
        knows = ((via or {}).get(one.resident_id or 0) or "").strip()[:40]
        guest_id = guests.put(
            work, activity_id, one, {"invited_at": work.now, "invited_by": work.viewer.name, "via": knows}
        )
        if not message:
            continue
        sent = messages.send(
            work, to=[one.addressee], kind="activity.invited", subject=guests.subject_of(guest_id),
            link=f"{telling.LINK}?id={activity_id}", facts={**facts, "via": knows or "–"}, area_path=one.area_path,
        )  # fmt: skip
        by_phone += sent.phone
    for some in guests.told_in_full({one.key: one.name for one in new}):
        work.log(KIND, activity_id, activity.title, {"invited": (None, some)}, area_path=activity.area_path)
    if new:
        work.touch(TOPIC)
    return Invited(len(new), by_phone, len(who) - len(new))


@command("activity.attend")
def ask(
    work: Work, *, activity_id: int, resident_id: int, via: str = "", message: bool = True, said: str = ""
) -> Invited:
    """Invite one resident and note what they said at once (`said`: yes, no, unreached, "" nobody has asked them yet).

    While they have not answered they get a `message`, which is a call for who has no account; who was not reached, in
    any case. Who says yes gets a place, or stands in line. Refused as `invite` and `guests.note`.
    """
    open_ = said == "unreached" or (message and not said)
    done = invite(
        work, activity_id=activity_id, resident_ids=[resident_id], via={resident_id: via}, message=open_
    )
    person = people.resident(work, resident_id)
    if said and person is not None:
        state = guests.note(work, activity_id=activity_id, key=person.key, values={"coming": said})
        return replace(done, state=state)
    return done


def _first_slot(work: Work, activity: Any) -> Any:
    coming = sessions_to_come(work, activity.id)
    if not coming:
        raise Refused("activity.over")
    return coming[0]


@dataclass(frozen=True)
class Worked:
    """Of those invited within some days to what is over by now: how many came, how many of them for the first time."""

    invited: int
    came: int
    first: int


@query("activity.attend")
def worked(work: Work, *, since: date, until: date) -> Worked:
    """Whether inviting did any good, from the first to the last day of inviting."""
    rows = invited(work, since=since, until=until)
    over = [row for row in rows if row.over]
    return Worked(
        len(over), sum(row.came for row in over), sum(row.came and row.first_on == row.on for row in over)
    )


@query("activity.attend")
def invited(work: Work, *, since: date, until: date) -> Sequence[Any]:
    """The rows behind `worked`: resident_id, name, activity_id, title, invited_at, via, coming, over, came, first_on, on.

    Of the own areas; the latest invitation first.
    """
    begin = datetime.combine(since, time(0), clock.PLACE)
    end = datetime.combine(until + timedelta(days=1), time(0), clock.PLACE)
    came = (
        select(_T.activity_id, _T.person_key, func.min(_T.on).label("on"))
        .where(_T.mark == "came", _T.withdrawn_at.is_(None))
        .group_by(_T.activity_id, _T.person_key)
        .subquery()
    )
    return work.session.execute(
        select(
            _G.resident_id, _G.name, _G.activity_id, _A.title, _G.invited_at, _G.via, _G.coming,
            and_(_A.ends_on < clock.today(), _A.state == "announced").label("over"),
            came.c.on.is_not(None).label("came"), _K.first_on, came.c.on,
        )
        .join(Activity, _A.id == _G.activity_id)
        .join(Resident, _R.id == _G.resident_id)
        .outerjoin(came, and_(came.c.activity_id == _G.activity_id, came.c.person_key == _G.person_key))
        .outerjoin(Taken, _K.resident_id == _G.resident_id)
        .where(
            _G.invited_at >= begin, _G.invited_at < end, _G.withdrawn_at.is_(None),
            within(work.viewer, "activity.attend", _R.area_path),
        )
        .order_by(_G.invited_at.desc(), _G.id.desc())
    ).all()  # fmt: skip
