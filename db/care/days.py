"""A new day: what the calendar alone changes about who is to be seen."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, true

from db import clock
from db.access import below
from db.care import calls, due, rules, visits
from db.care.tables import Occasion, Rhythm, VisitRule
from db.identity import Setting, setting
from db.people import ages
from db.people.tables import Membership, Resident
from db.territory.posts import Post
from db.work import Work, command

_R = Resident.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_V = VisitRule.__table__.c  # type: ignore[attr-defined]
_O = Occasion.__table__.c  # type: ignore[attr-defined]
_P = Post.__table__.c  # type: ignore[attr-defined]
_H = Rhythm.__table__.c  # type: ignore[attr-defined]

DAY = "care_day"


def is_current(work: Work) -> bool:
    """Whether what is due was worked out for today."""
    return setting(work.session, DAY, "") == clock.today().isoformat()


@command("day.view")
def new_day(work: Work) -> bool:
    """Bring what is due to today, and give a community its first rules. Returns whether anything was done.

    Whoever looks first on a new day calls it; the server does soon after midnight.
    """
    day, said = clock.today(), setting(work.session, DAY, "")
    if said == day.isoformat():
        return False
    before = date.fromisoformat(said) if said else None
    if before is not None and before > day:
        return False
    rules.ensure_rules(work)
    visits.ensure_observations(work)
    if before is None:
        due.settle(work, true())
    else:
        calls.open_birthdays(work, before, day)
        ended = calls.over_by(work, day)
        if ended:
            calls.end_occasions(work, ended)
        moved = _moved_since(work, before, day)
        if moved is not None:
            due.settle(work, moved)
    work.session.merge(Setting(name=DAY, value=day.isoformat()))
    work.log("care", None, day.isoformat(), action="care.day")
    work.topics.add(due.TOPIC)
    return True


def _moved_since(work: Work, before: date, day: date) -> ColumnElement[bool] | None:
    """The residents for whom the calendar alone may have changed something; None when for nobody."""
    session = work.session
    crossed = [
        *(and_(_V.since > before, _V.since <= day), and_(_V.until >= before, _V.until < day)),
    ]
    if session.execute(select(_V.id).where(or_(*crossed)).limit(1)).first() is not None:
        return true()
    moved: list[ColumnElement[bool]] = []
    for age in _ages(work):
        first, last = ages.born_by(age, before), ages.born_by(age, day)
        moved.append(and_(_R.born_key > first, _R.born_key <= last))
    turned = select(_M.resident_id).where(
        or_(and_(_M.since > before, _M.since <= day), and_(_M.until > before, _M.until <= day))
    )
    moved.append(_R.id.in_(turned))
    begun = session.execute(
        select(_O.area_path).where(_O.since > before, _O.since <= day, _O.withdrawn_at.is_(None))
    ).scalars()
    posts = session.execute(
        select(_P.area_path).where(
            or_(and_(_P.since > before, _P.since <= day), and_(_P.until >= before, _P.until < day))
        )
    ).scalars()
    moved += [below(_R.area_path, path) for path in {*begun, *posts} if path]
    return or_(*moved)


def _ages(work: Work) -> set[int]:
    """The ages at which a rule begins or ends to fit."""
    found: set[int] = set()
    for columns in (_V, _O):
        for low, high in work.session.execute(select(columns.age_from, columns.age_to)):
            found |= {low} if low is not None else set()
            found |= {high + 1} if high is not None else set()
    return found


def yesterday() -> date:
    """The last day whose figures are final."""
    return clock.today() - timedelta(days=1)
