"""What stands against somebody having a place, over all kinds of slots: two places at once, the way between, rest, hours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select

from db import clock
from db.slots import HELD, TERM, Booking, Row, Slot
from db.work import Work

_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Clash:
    """One thing that stands against somebody having a place. `hard`: it is refused; otherwise it is said."""

    code: str
    hard: bool
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """What one person can do, over all kinds of slots. Minutes; 0 means no limit."""

    rest: int = 0
    travel: int = 15  # between two places in different areas
    day: int = 480
    week: int = 2400
    soft: frozenset[str] = frozenset()  # codes of clashes that are only said


_AROUND = (
    select(
        _S.id, _S.kind, _S.title, _S.starts_at, _S.ends_at, _S.area_path, _S.where, _S.rest_before, _S.rest_after, _B.state
    )
    .join(Booking, _B.slot_id == _S.id)
    .where(
        _B.person_key == bindparam("key"), _B.live == 1, _B.starts_at < bindparam("until"), _B.starts_at >= bindparam("since"),
    )
    .order_by(_B.starts_at)
)  # fmt: skip
_HELD = (
    select(
        _S.id, _S.title, _S.starts_at, _S.ends_at, _S.area_path, _S.where, _S.rest_before, _S.rest_after, _B.person_key
    )
    .join(Booking, _B.slot_id == _S.id)
    .where(
        _B.person_key.in_(bindparam("keys", expanding=True)), _B.live == 1, _B.state.in_(HELD), _S.kind != TERM,
        _B.starts_at < bindparam("until"), _B.starts_at >= bindparam("since"),
    )
    .order_by(_B.starts_at)
)  # fmt: skip


WEEK = "places.week"


def changed(work: Work, key: str) -> None:
    """The bookings of this person are about to change: read them anew."""
    work.known.pop((WEEK, key), None)


def around(work: Work, slot: Row, key: str) -> list[Row]:
    """The slots in which a person has a place, in the week of `slot` and a day around, earliest first."""
    return [one for one in _week(work, slot, key) if one.state in HELD and one.kind != TERM]


def held(work: Work, keys: Sequence[str], slots: Sequence[Row]) -> dict[str, list[Row]]:
    """The same as `around` for many persons and the weeks of many slots, in one query."""
    if not keys or not slots:
        return {key: [] for key in keys}
    weeks = [week_of(one.starts_at) for one in slots]
    return held_between(work, keys, min(first for first, _last in weeks), max(last for _first, last in weeks))


def held_between(work: Work, keys: Sequence[str], since: datetime, until: datetime) -> dict[str, list[Row]]:
    """The slots in which persons have a place, from a day before `since` until a day after `until`, earliest first."""
    found: dict[str, list[Row]] = {key: [] for key in keys}
    day = timedelta(days=1)
    for row in work.connection.execute(
        _HELD, {"keys": list(keys), "since": since - day, "until": until + day}
    ):
        found[row.person_key].append(row)
    return found


def weigh(slot: Row, others: Sequence[Row], limits: Limits) -> list[Clash]:
    """What stands against `slot` for somebody who has places in `others`.

    Codes `overlap` (always hard), `travel`, `rest`, `day`, `week`, each with the facts that a sentence needs.
    """
    first, last = week_of(slot.starts_at)
    near = (first - timedelta(days=1), last + timedelta(days=1))
    rows = [one for one in others if one.id != slot.id and near[0] <= one.starts_at < near[1]]
    found: list[Clash] = []
    for other in rows:
        code, minutes = _between(slot, other, limits)
        if code:
            facts = {"title": other.title, "starts_at": other.starts_at, "ends_at": other.ends_at,
                     "minutes": minutes, "slot_id": other.id}  # fmt: skip
            found.append(Clash(code, code == "overlap" or code not in limits.soft, facts))
    own = _minutes(slot)
    that_day = own + sum(_minutes(one) for one in rows if day_of(one.starts_at) == day_of(slot.starts_at))
    that_week = own + minutes_in(rows, (first, last))
    for code, total, most in (("day", that_day, limits.day), ("week", that_week, limits.week)):
        if most and total > most:
            found.append(
                Clash(code, code not in limits.soft, {"hours": round(total / 60, 1), "most": round(most / 60, 1)})
            )  # fmt: skip
    return found


def minutes_in(slots: Iterable[Row], week: tuple[datetime, datetime]) -> int:
    """How long those of the slots take together that begin in a week (`week_of`)."""
    return sum(_minutes(one) for one in slots if week[0] <= one.starts_at < week[1])


def _week(work: Work, slot: Row, key: str) -> Sequence[Row]:
    """Every live booking of a person in the week of a slot, a day before and after; read once while they are held still."""
    known = work.known.setdefault((WEEK, key), {})
    first, last = week_of(slot.starts_at)
    if first not in known:
        day = timedelta(days=1)
        asked = {"key": key, "since": first - day, "until": last + day}
        known[first] = work.connection.execute(_AROUND, asked).all()
    rows: Sequence[Row] = known[first]
    return rows


def wants_already(work: Work, slot: Row, key: str) -> bool:
    """Whether a person has or wants a place here."""
    return any(one.id == slot.id for one in _week(work, slot, key))


def _between(slot: Row, other: Row, limits: Limits) -> tuple[str, int]:
    """What is wrong between two slots, and how many minutes would be needed."""
    if slot.starts_at < other.ends_at and other.starts_at < slot.ends_at:
        return "overlap", 0
    earlier, later = (slot, other) if slot.starts_at < other.starts_at else (other, slot)
    gap = (later.starts_at - earlier.ends_at).total_seconds() / 60
    apart = earlier.area_path != later.area_path or earlier.where != later.where
    if apart and gap < limits.travel:
        return "travel", limits.travel
    rest = max(earlier.rest_after, later.rest_before, limits.rest)
    return ("rest", rest) if gap < rest else ("", 0)


def _minutes(slot: Row) -> int:
    return int((slot.ends_at - slot.starts_at) // timedelta(minutes=1))


@lru_cache(4096)
def day_of(when: datetime) -> date:
    """The day in the community."""
    return when.astimezone(clock.PLACE).date()


@lru_cache(4096)
def week_of(when: datetime) -> tuple[datetime, datetime]:
    """The Monday before and the Monday after, as moments in the community: in UTC, as moments are read, which makes
    comparing many of them five times as fast."""
    monday = day_of(when) - timedelta(days=day_of(when).weekday())
    first, last = (datetime.combine(monday + timedelta(days=many), time(0), clock.PLACE) for many in (0, 7))
    return first.astimezone(UTC), last.astimezone(UTC)
