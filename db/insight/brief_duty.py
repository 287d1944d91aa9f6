"""Briefs that are drafted by themselves, on a set day of the month."""

import logging
from datetime import date

from sqlalchemy import func, select

from db import access, clock
from db.errors import Refused
from db.insight import briefs, charts, closing, periods
from db.insight.brief_facts import Facts, facts
from db.insight.briefs import Brief
from db.insight.periods import Period
from db.system import community, messages
from db.system.jobs import every
from db.volunteers.telling import staff_of
from db.work import Work, command, unit

log = logging.getLogger("linli.briefs")
_B = Brief.__table__.c  # type: ignore[attr-defined]


def due_month(today: date, day: int) -> Period | None:
    """The month whose brief was to be drafted last, when that is done on this day of the month after; 0 is never."""
    if day == 0:
        return None
    return periods.of(today).back(1 if today.day >= day else 2)


@every(minutes=60, name="briefs.draft")
def draft_all() -> None:
    """Draft the briefs whose day has come, and tell leaders and administrators. A duty.

    Of areas that had one before; else of what encloses all others. A day on which the server stood still is made up
    for. Whoever drafted one by hand is not told. What was given up is not drafted again by itself.
    """
    who = access.system()
    with unit(who, "brief.edit", write=False) as work:
        period = due_month(clock.today(), int(community.get(work, "brief_day")))
        ids = _areas_due(work, period) if period is not None else []
    if period is None or not ids or not briefs.can_write():
        return
    closing.settle(who)
    for area_id in ids:
        try:
            found = facts(who, area_id=area_id, month=period.key)
            if found.known():
                _draft(who, found)
        except Refused as refused:  # the area was closed or moved meanwhile
            log.debug("No brief of area %s: %s", area_id, refused.code)


def _areas_due(work: Work, period: Period) -> list[int]:
    """Where a brief of this month is still to be drafted."""
    had = work.session.execute(select(_B.area_id, func.max(_B.month)).group_by(_B.area_id)).all()
    known = {place.id: place for place in charts.places(work)}
    if had:
        return [area_id for area_id, last in had if area_id in known and last < period.key]
    first = next(iter(known), None)
    return [first] if first is not None and period == periods.of(clock.today()).back() else []


@command("brief.edit")
def _draft(work: Work, found: Facts) -> None:
    asked = select(_B.id).where(_B.area_id == found.here.id, _B.month == found.period.key).limit(1)
    if work.session.execute(asked).scalar() is not None:
        return
    brief_id, new = briefs.keep_draft(work, found, briefs.LANGUAGE)
    if not new:
        return
    messages.send(
        work, to=staff_of(work, found.here.path, ("leader", "admin")), kind="brief.ready", subject=f"brief:{brief_id}",
        link=f"/brief?id={brief_id}", facts={"area": found.here.name, "month": found.period.key},
        area_path=found.here.path,
    )  # fmt: skip
