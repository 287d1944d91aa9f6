"""Whom to ask first when a shift lacks people: those who can, in an order that can be explained."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select

from db import clock
from db.access import below
from db.slots import HELD, Booking, Slot
from db.system import community
from db.system.messages import WEEK, Message
from db.volunteers.fitness import gather, hours_of, judge, key_of
from db.volunteers.rules import rules_of
from db.volunteers.tables import Hours, Shift, Volunteer, VolunteerSkill
from db.work import Work

LATELY = timedelta(days=28)
MOST_LOOKED_AT = 1000
"""The nearest so many, and whoever was there before, are looked at."""
MOST_KNOWN = 200

ELDER, SERIES, KIND, NEAR, AROUND, TIME = 40, 25, 15, 15, 8, 20
MESSAGE, HOUR, MOST_HOURS, WISH = 6, 0.5, 15, 20
CALL, UNREACHED = 3, 30
"""What speaks for somebody, and against: each message of the week, each hour of four weeks, each wish passed over."""

_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_F = Shift.__table__.c  # type: ignore[attr-defined]
_H = Hours.__table__.c  # type: ignore[attr-defined]
_L = VolunteerSkill.__table__.c  # type: ignore[attr-defined]
_M = Message.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Ranked:
    """Somebody who can take a shift. `reasons`: codes with a number each, what speaks for them first."""

    volunteer: Any
    score: float
    reasons: tuple[tuple[str, int], ...]


def ranked(work: Work, shift: Any, *, enough: int) -> list[Ranked]:
    """The best `enough` people who can take a shift and may be asked, the first to be asked first.

    Nobody who has, had or was asked for a place here, nobody against whom something hard stands, and nobody who has
    had as many messages in the week as they may. Points are given to all at once; what stands against them is judged
    from the top until enough are found.
    """
    people = {row.id: row for row in _candidates(work, shift)}
    points = _points(work, shift, people)
    order = sorted(people, key=lambda one: (-_sum(points[one]), one))
    found: list[Ranked] = []
    known = gather(work, [shift], list(people.values()))
    for one in order:
        if sum(had.score >= _sum(points[one]) for had in found) >= enough:
            break
        against = judge(work, shift, people[one], known)
        if any(clash.hard for clash in against):
            continue
        given = [*points[one], *((clash.code, 0, -WISH) for clash in against)]
        reasons = tuple((code, count) for code, count, _score in sorted(given, key=lambda part: -part[2]))
        found.append(Ranked(people[one], _sum(given), reasons))
    return sorted(found, key=lambda one: -one.score)[:enough]


Part = tuple[str, int, float]


def _sum(parts: Sequence[Part]) -> float:
    return sum(score for _code, _count, score in parts)


def _candidates(work: Work, shift: Any) -> list[Any]:
    """Those who may be able to, the nearest first; whoever served there before besides, wherever they live."""
    asked = select(Volunteer.__table__).where(_fits(work, shift))  # type: ignore[attr-defined]
    before = (
        select(_B.volunteer_id)
        .join(Shift, _F.id == _B.slot_id)
        .where(_B.live == 1, _B.state.in_(HELD), _B.ends_at < work.now, _same(shift))
        .distinct()
        .limit(MOST_KNOWN)
    )
    rows: dict[int, Any] = {row.id: row for row in work.session.execute(asked.where(_V.id.in_(before)))}
    for path in _around(shift.area_path):
        if len(rows) >= MOST_LOOKED_AT:
            break
        near = asked.where(below(_V.area_path, path)).order_by(_V.id).limit(MOST_LOOKED_AT)
        rows.update((row.id, row) for row in work.session.execute(near))
    return list(rows.values())


def _around(path: str) -> list[str]:
    """The area itself, the one above it, and so on."""
    steps = path.strip("/").split("/")
    return ["/" + "/".join(steps[:many]) + "/" for many in range(len(steps), 0, -1)]


def _same(shift: Any) -> Any:
    """The same elder or the same series."""
    ways = [_F.series_id == shift.series_id] if shift.series_id is not None else []
    if shift.resident_id is not None:
        ways.append(_F.resident_id == shift.resident_id)
    return or_(*ways) if ways else _F.id == 0


def _fits(work: Work, shift: Any) -> Any:
    """What can be asked of all at once; the rest is judged one by one."""
    day = shift.starts_at.astimezone(clock.PLACE).date()
    own = exists().where(_B.slot_id == shift.id, _B.volunteer_id == _V.id)
    elsewhere = exists().where(
        _B.volunteer_id == _V.id, _B.live == 1, _B.state.in_(HELD), _B.starts_at < shift.ends_at,
        _B.ends_at > shift.starts_at,
    )  # fmt: skip
    parts = [_V.withdrawn_at.is_(None), _V.status.in_(("active", "paused", "blocked")), ~own, ~elsewhere]
    if shift.resident_id is not None:
        parts.append(or_(_V.resident_id.is_(None), _V.resident_id != shift.resident_id))
    for code in shift.skills or () if rules_of(work).hard("skill") else ():
        holds = or_(_L.expires_on.is_(None), _L.expires_on >= day)
        parts.append(
            exists().where(_L.volunteer_id == _V.id, _L.skill == code, _L.withdrawn_at.is_(None), holds)
        )
    return and_(*parts)


def _points(work: Work, shift: Any, people: dict[int, Any]) -> dict[int, list[Part]]:
    """What speaks for and against each; whoever may get no more messages is taken out of `people`."""
    served, minutes, told = _served(work, shift, people), _minutes(work, people), _told(work, people)
    most = int(community.get(work, "message_cap"))
    hours, around = set(hours_of(shift)), _around(shift.area_path)
    points: dict[int, list[Part]] = {}
    for one, row in list(people.items()):
        messages = told.get(key_of(one), 0)
        if messages >= most:
            del people[one]
            continue
        parts: list[Part] = []
        elder, series, kind = served.get(one, (0, 0, 0))
        if elder:
            parts.append(("elder", elder, ELDER))
        if series:
            parts.append(("series", series, SERIES))
        if kind:
            parts.append(("kind", kind, KIND))
        if row.area_path.startswith(around[0]) or shift.area_path.startswith(row.area_path):
            parts.append(("near", 0, NEAR))
        elif len(around) > 1 and row.area_path.startswith(around[1]):
            parts.append(("around", 0, AROUND))
        if row.available and hours <= set(row.available):
            parts.append(("time", 0, TIME))
        if row.account_id is None:
            parts.append(("call", 0, -CALL) if row.phone_key else ("unreached", 0, -UNREACHED))
        if messages:
            parts.append(("messages", messages, -MESSAGE * messages))
        if minutes.get(one, 0) >= 60:
            whole = minutes[one] // 60
            parts.append(("hours", whole, -min(MOST_HOURS, HOUR * whole)))
        points[one] = parts
    return points


def _served(work: Work, shift: Any, people: Collection[int]) -> dict[int, tuple[int, int, int]]:
    """How often each was with the same elder, in the same series, at the same work."""

    def times(column: Any, value: Any) -> Any:
        return func.sum(case((column == value, 1), else_=0)) if value is not None else func.sum(0)

    rows = work.session.execute(
        select(
            _B.volunteer_id, times(_F.resident_id, shift.resident_id).label("elder"),
            times(_F.series_id, shift.series_id).label("series"), times(_F.kind_id, shift.kind_id).label("kind"),
        )
        .join(Shift, _F.id == _B.slot_id)
        .where(
            _B.volunteer_id.in_(list(people)), _B.live == 1, _B.state == "booked", _B.ends_at < work.now,
            or_(_same(shift), _F.kind_id == shift.kind_id),
        )
        .group_by(_B.volunteer_id)
    )  # fmt: skip
    return {row.volunteer_id: (int(row.elder), int(row.series), int(row.kind)) for row in rows}


def _minutes(work: Work, people: Collection[int]) -> dict[int, int]:
    """The service time of the last four weeks."""
    rows = work.session.execute(
        select(_H.volunteer_id, func.sum(_H.minutes))
        .where(
            _H.volunteer_id.in_(list(people)), _H.state.in_(("waiting", "approved")),
            _H.day > clock.today() - LATELY,
        )
        .group_by(_H.volunteer_id)
    )  # fmt: skip
    return {row[0]: int(row[1] or 0) for row in rows}


def _told(work: Work, people: Collection[int]) -> dict[str, int]:
    """How many messages that ask for something each got within the week."""
    rows = work.session.execute(
        select(_M.to_key, func.count())
        .where(
            _M.to_key.in_([key_of(one) for one in people]), _M.capped.is_(True), _M.made_at > work.now - WEEK
        )
        .group_by(_M.to_key)
    )
    return {row[0]: int(row[1]) for row in rows}
