"""Another rhythm for one person, and why this person is due when they are."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, update

from db import clock
from db.access import within
from db.care import rules as visit_rules
from db.care.due import asked_of
from db.care.tables import Due, Rhythm
from db.care.whom import groups_by_person, person_of, reasons
from db.errors import Refused
from db.listing import row_of
from db.people.residents import RESIDENTS
from db.people.tables import Resident
from db.register import Values
from db.work import Work, command, query

_R = Resident.__table__.c  # type: ignore[attr-defined]
_D = Due.__table__.c  # type: ignore[attr-defined]
_H = Rhythm.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Why:
    """Why somebody is due when they are. `met` holds the conditions of the rule and what the person has."""

    rule: str
    source: str
    every_days: int
    opens_days: int
    kinds: tuple[str, ...]
    met: dict[str, Any]
    others: tuple[tuple[str, int], ...]  # rules that fit too, with their days
    rhythm: Values | None
    waiting: Values | None
    due: Values | None


@query("visit.view")
def why(work: Work, *, resident_id: int) -> Why | None:
    """The rule that decides, its source, what it looked at, and what is due; None for somebody not in care.

    Refused `record.not_found`.
    """
    row = row_of(work, RESIDENTS, resident_id, "visit.view")
    due = work.session.execute(
        select(Due.__table__).where(_D.resident_id == resident_id)  # type: ignore[attr-defined]
    ).mappings().first()  # fmt: skip
    if due is None:
        return None
    day = clock.today()
    only = _R.id == resident_id
    person = person_of(
        work.session.execute(
            select(_R.id, _R.area_path, _R.place, _R.living, _R.colour, _R.born_key).where(only)
        ).one(),
        groups_by_person(work.session, only, day),
        day,
    )
    rules = visit_rules.in_force(work.session, day)
    rhythms = work.session.execute(
        select(Rhythm.__table__)  # type: ignore[attr-defined]
        .where(_H.resident_id == resident_id, _H.state.in_(("active", "waiting")))
        .order_by(_H.id)
    ).all()
    asked = asked_of(rules, person, rhythms) if row["in_care"] and row["status"] == "resident" else None
    waiting = next((dict(one._mapping) for one in rhythms if one.state == "waiting"), None)
    if asked is None:
        return Why("", "", 0, 0, (), {}, (), None, waiting, dict(due))
    rule = asked.rule
    has = {
        "groups": sorted(person.groups), "living": person.living, "colours": person.colour, "age": person.age,
    }  # fmt: skip
    met = {name: has[name] for name, fits in (reasons(rule, person) if rule else {}).items() if fits}
    others = tuple(
        (one.name, one.every_days)
        for one in visit_rules.fitting(rules, person)
        if rule is None or one.id != rule.id
    )
    return Why(
        rule.name if rule else "", rule.source if rule else "", asked.every_days, asked.opens_days, asked.kinds, met,
        others, dict(asked.rhythm._mapping) if asked.rhythm is not None else None, waiting, dict(due),
    )  # fmt: skip


@command("rhythm.create")
def ask(work: Work, *, resident_id: int, every_days: int, reason: str, opens_days: int | None = None) -> str:
    """Set another rhythm for one person; returns its state: "active", or "waiting" for a second person's approval.

    Stricter than the rule holds at once; looser waits. It takes the place of the one before.
    Refused `record.not_found`, `rhythm.reason`, `rhythm.not_in_care`, `rhythm.same`, `form.invalid`.
    """
    row = row_of(work, RESIDENTS, resident_id, "rhythm.create")
    due = work.session.execute(select(_D.every_days).where(_D.resident_id == resident_id)).scalar()
    if not due:
        raise Refused("rhythm.not_in_care")
    if not 1 <= every_days <= visit_rules.LONGEST_RHYTHM:
        raise Refused("form.invalid", problems={"every_days": "rule.every"})
    if opens_days is not None and not 0 <= opens_days <= every_days:
        raise Refused("form.invalid", problems={"opens_days": "rule.opens"})
    if len(reason.strip()) < 2:
        raise Refused("rhythm.reason")
    by_rule = _days_by_rule(work, resident_id)
    if every_days == by_rule:
        raise Refused("rhythm.same", days=by_rule)
    looser = by_rule is not None and every_days > by_rule
    state = "waiting" if looser else "active"
    _end(work, resident_id, ("waiting",) if looser else ("active", "waiting"))
    rhythm = Rhythm(
        resident_id=resident_id, every_days=every_days, opens_days=opens_days, reason=reason.strip()[:200],
        looser=looser, state=state, asked_by=work.viewer.account_id, asked_name=work.viewer.name,
        area_path=row["area_path"],
    )  # fmt: skip
    work.session.add(rhythm)
    work.session.flush()
    work.log("visit_rhythm", rhythm.id, row["name"], {"every_days": (due, every_days)},
             area_path=row["area_path"], reason=reason.strip()[:200])  # fmt: skip
    work.touch("care", row["area_path"])
    return state


def _days_by_rule(work: Work, resident_id: int) -> int | None:
    only, day = _R.id == resident_id, clock.today()
    person = person_of(
        work.session.execute(
            select(_R.id, _R.area_path, _R.place, _R.living, _R.colour, _R.born_key).where(only)
        ).one(),
        groups_by_person(work.session, only, day),
        day,
    )
    rule = visit_rules.strictest(visit_rules.in_force(work.session, day), person)
    return rule.every_days if rule else None


def _end(work: Work, resident_id: int, states: tuple[str, ...]) -> None:
    work.session.execute(
        update(Rhythm)
        .where(_H.resident_id == resident_id, _H.state.in_(states))
        .values(state="ended", decided_at=work.now, decided_name=work.viewer.name)
    )


@command("rhythm.approve")
def decide(work: Work, *, rhythm_id: int, approve: bool) -> None:
    """Approve a looser rhythm that somebody else asked for, or not.

    Refused `record.not_found`, `rhythm.decided`, `rhythm.own` (one's own wish needs a second person).
    """
    rhythm = work.session.execute(
        select(Rhythm.__table__).where(  # type: ignore[attr-defined]
            _H.id == rhythm_id, within(work.viewer, "rhythm.approve", _H.area_path)
        )
    ).first()
    if rhythm is None:
        raise Refused("record.not_found")
    if rhythm.state != "waiting":
        raise Refused("rhythm.decided")
    if rhythm.asked_by == work.viewer.account_id:
        raise Refused("rhythm.own")
    if approve:
        _end(work, rhythm.resident_id, ("active",))
    work.session.execute(
        update(Rhythm)
        .where(_H.id == rhythm_id)
        .values(
            state="active" if approve else "refused", decided_by=work.viewer.account_id,
            decided_name=work.viewer.name, decided_at=work.now,
        )
    )  # fmt: skip
    work.log("visit_rhythm", rhythm_id, "", {"state": ("waiting", "active" if approve else "refused")},
             area_path=rhythm.area_path)  # fmt: skip
    work.touch("care", rhythm.area_path)


@command("rhythm.create")
def back_to_rule(work: Work, *, resident_id: int) -> None:
    """The rule alone decides again. Refused `record.not_found`, `rhythm.none`."""
    row = row_of(work, RESIDENTS, resident_id, "rhythm.create")
    have = work.session.execute(
        select(_H.id).where(_H.resident_id == resident_id, _H.state.in_(("active", "waiting"))).limit(1)
    ).first()
    if have is None:
        raise Refused("rhythm.none")
    _end(work, resident_id, ("active", "waiting"))
    work.log("visit_rhythm", None, row["name"], {"state": ("active", "ended")}, area_path=row["area_path"])
    work.touch("care", row["area_path"])


@dataclass(frozen=True)
class Waiting:
    """A looser rhythm that waits for a second person."""

    id: int
    resident_id: int
    name: str
    address: str
    every_days: int
    now_days: int
    reason: str
    asked_name: str
    own: bool
    on: date


@query("rhythm.approve")
def waiting(work: Work) -> list[Waiting]:
    """What waits for approval where the viewer may give it, oldest first."""
    rows = work.session.execute(
        select(
            _H.id, _H.resident_id, _R.name, _R.address, _H.every_days, _D.every_days.label("now_days"), _H.reason,
            _H.asked_name, _H.asked_by, _H.made_at,
        )
        .join(Resident, _R.id == _H.resident_id)
        .outerjoin(Due, _D.resident_id == _H.resident_id)
        .where(_H.state == "waiting", within(work.viewer, "rhythm.approve", _H.area_path))
        .order_by(_H.id)
        .limit(100)
    )  # fmt: skip
    spec = RESIDENTS.specs["name"]
    clear = work.viewer.sees("name") == "clear"
    return [
        Waiting(
            row.id, row.resident_id, row.name if clear else spec.mask(row.name), row.address, row.every_days,
            row.now_days or 0, row.reason, row.asked_name, row.asked_by == work.viewer.account_id,
            row.made_at.astimezone(clock.PLACE).date(),
        )
        for row in rows
    ]  # fmt: skip
