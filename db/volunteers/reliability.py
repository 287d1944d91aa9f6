"""What no-shows weigh: in proportion, for a time, and not while an objection is open."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select

from db import clock
from db.volunteers.hour_rules import hour_rules
from db.volunteers.tables import NoShow, Volunteer
from db.work import Work

_N = NoShow.__table__.c  # type: ignore[attr-defined]


def weighs(today: Any) -> Any:
    """The no-shows that count: not excused, not taken back, not forgotten, no objection open or found right."""
    return and_(
        _N.withdrawn_at.is_(None), _N.excused.is_(False), _N.upheld.is_(False), _N.expires_on >= today,
        or_(_N.appealed_at.is_(None), _N.answered_at.is_not(None)),
    )  # fmt: skip


_WEIGHS_TODAY = weighs(bindparam("today", type_=_N.expires_on.type))
MISSED = (
    select(func.count())
    .select_from(NoShow)
    .where(_N.volunteer_id == Volunteer.id, _WEIGHS_TODAY)
    .correlate(Volunteer)
    .scalar_subquery()
    .label("missed")
)
"""A column beside a volunteer: how many no-shows count, given the parameter `today`."""
_ENDS = (
    select(_N.expires_on)
    .where(_N.volunteer_id == bindparam("volunteer"), _WEIGHS_TODAY)
    .order_by(_N.expires_on.desc())
)


@dataclass(frozen=True)
class Reliability:
    """`level`: "" as everybody, "notice" a friendly reminder, "request" the office confirms each sign-up.

    `until` is the last day on which it is so, if nothing new happens.
    """

    count: int
    level: str
    until: date | None


def reliability(work: Work, volunteer_id: int) -> Reliability:
    """How much this volunteer can be counted on, as far as the office lets it matter."""
    rules = hour_rules(work)
    asked = {"volunteer": volunteer_id, "today": clock.today()}
    ends = list(work.connection.execute(_ENDS, asked).scalars())
    for level, least in (("request", rules.no_show_request), ("notice", rules.no_show_notice)):
        if len(ends) >= least:
            return Reliability(len(ends), level, ends[least - 1])
    return Reliability(len(ends), "", None)
