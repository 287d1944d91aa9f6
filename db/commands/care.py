"""What is due, and the coverage of past days, are what the records give: part of `python -m db check`."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from db import access, clock
from db.care import days, due
from db.care.tables import Call, CarePeriod, Due, Urgent
from db.commands.findings import Findings, Undone
from db.insight import past
from db.insight.past import CoverageDay
from db.work import Work, unit

SAMPLED_DAYS = 5

_D = Due.__table__.c  # type: ignore[attr-defined]
_Y = CarePeriod.__table__.c  # type: ignore[attr-defined]
_C = Call.__table__.c  # type: ignore[attr-defined]
_U = Urgent.__table__.c  # type: ignore[attr-defined]
_G = CoverageDay.__table__.c  # type: ignore[attr-defined]


def look(findings: Findings, *, quick: bool = False) -> None:
    """Compare with what the records give; what is worked out for that is taken back. With `quick`, one past day only."""
    try:
        with unit(access.system(), "settings.edit", write=True) as work:
            if days.is_current(work):  # an older day is brought up to date by whoever looks next
                _due(work, findings)
            _past(work, findings, 1 if quick else SAMPLED_DAYS)
            raise Undone
    except Undone:
        pass


def _due(work: Work, findings: Findings) -> None:
    read = {
        "what is due is not what the records give": (_dues, "resident"),
        "how often somebody is to be seen is not what the rules say": (_periods, "resident"),
        "a call is open that was answered, or the other way round": (_calls, "call"),
        "what is urgent is not what the visits say": (_urgent, "resident"),
    }
    before = {what: rows(work) for what, (rows, _label) in read.items()}
    due.settle_all(work)
    for what, (rows, label) in read.items():
        now = rows(work)
        for key in sorted(set(before[what]) | set(now)):
            if before[what].get(key) != now.get(key):
                findings.add(what, f"{label} {key}")


def _dues(work: Work) -> Mapping[int, Any]:
    asked = select(_D.resident_id, *(_D[name] for name in due.FIELDS))
    return {row[0]: tuple(row) for row in work.session.execute(asked)}


def _periods(work: Work) -> Mapping[int, Any]:
    found: dict[int, tuple[Any, ...]] = {}
    asked = select(_Y.resident_id, _Y.area_path, _Y.since, _Y.every_days, _Y.kinds, _Y.rule_id, _Y.rhythm_id)
    for row in work.session.execute(asked.where(_Y.until.is_(None)).order_by(_Y.id)):
        found[row[0]] = (*found.get(row[0], ()), tuple(row))
    return found


def _calls(work: Work) -> Mapping[int, Any]:
    return {row.id: row.ended_on for row in work.session.execute(select(_C.id, _C.ended_on))}


def _urgent(work: Work) -> Mapping[int, Any]:
    asked = select(_U.resident_id, _U.attempts, _U.visit_id).where(_U.closed_on.is_(None))
    return {row[0]: tuple(row) for row in work.session.execute(asked)}


def _past(work: Work, findings: Findings, number: int) -> None:
    """Some of the days that are kept, the first and the last among them, equal a count of everything."""
    first, last = past.first_day(work.session), past.last_day(work.session)
    if first is None or last is None or first > past.yesterday():
        return
    root = select(func.min(_G.area_id)).scalar_subquery()
    kept_days = work.session.execute(select(func.count()).where(_G.area_id == root)).scalar_one()
    if kept_days != (last - first).days + 1:
        findings.add("a past day is missing in the figures", f"{first} to {last}")
    for day in sampled(first, min(last, clock.today() - timedelta(days=1)), number):
        before = _figures(work, day)
        past.count(work.session, day, day, None)
        now = _figures(work, day)
        for area_id in sorted(set(before) | set(now)):
            if before.get(area_id) != now.get(area_id):
                findings.add("the coverage of a past day is not that of its records", f"{day} area {area_id}")


def sampled(first: date, last: date, number: int) -> list[date]:
    """`number` days evenly from the last back to the first; the last alone when only one is asked for."""
    length = (last - first).days
    back = {round(length * place / max(1, number - 1)) for place in range(number)} if number > 1 else {0}
    return sorted(last - timedelta(days=one) for one in back)


def _figures(work: Work, day: date) -> dict[int, tuple[Any, ...]]:
    """An area that never had anybody in care need not be kept."""
    asked = select(_G.area_id, *(_G[name] for name in past.FIGURES)).where(_G.day == day)
    return {row[0]: tuple(row[1:]) for row in work.session.execute(asked) if any(row[1:])}
