"""`python -m db check`, the part of places: counters equal the bookings, nobody is in two places, and when somebody
was last seen at an activity is what the attendance says."""

from sqlalchemy import and_, case, func, or_, select

from db import access
from db.activities.tables import Attendance, Taken
from db.commands.findings import Findings
from db.slots import HELD, TERM, Booking, Slot
from db.work import unit

_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_T = Attendance.__table__.c  # type: ignore[attr-defined]
_K = Taken.__table__.c  # type: ignore[attr-defined]


def look(findings: Findings) -> None:
    """Collect what is wrong."""
    taken, waiting, shaky = (
        func.coalesce(func.sum(case((which, 1), else_=0)), 0)
        for which in (_B.state.in_(HELD), _B.state == "waiting", _B.handing != "")
    )
    counted = (
        select(_S.id)
        .outerjoin(Booking, and_(_B.slot_id == _S.id, _B.live == 1))
        .group_by(_S.id, _S.taken, _S.waiting, _S.shaky)
        .having(or_(_S.taken != taken, _S.waiting != waiting, _S.shaky != shaky))
    )
    other = Booking.__table__.alias("other")  # type: ignore[attr-defined]
    slot = Slot.__table__.alias("its_slot")  # type: ignore[attr-defined]
    twice = (
        select(_B.id)
        .join(other, and_(other.c.person_key == _B.person_key, other.c.id > _B.id))
        .join(Slot, _S.id == _B.slot_id)
        .join(slot, slot.c.id == other.c.slot_id)
        .where(
            _S.kind != TERM, slot.c.kind != TERM,  # a term takes no time: its dates do
            _B.live == 1, other.c.live == 1, _B.state.in_(HELD), other.c.state.in_(HELD),
            _B.starts_at < other.c.ends_at, other.c.starts_at < _B.ends_at,
        )
    )  # fmt: skip
    moved = select(_B.id).join(Slot, _S.id == _B.slot_id).where(_B.live == 1, _B.starts_at != _S.starts_at)
    seen = (
        select(_T.resident_id, func.min(_T.on).label("first"), func.max(_T.on).label("last"), func.count().label("times"))
        .where(_T.mark == "came", _T.withdrawn_at.is_(None), _T.resident_id.is_not(None))
        .group_by(_T.resident_id)
        .subquery()
    )  # fmt: skip
    other_times = (
        select(_K.resident_id)
        .outerjoin(seen, seen.c.resident_id == _K.resident_id)
        .where(
            or_(seen.c.times.is_(None), seen.c.times != _K.times, seen.c.first != _K.first_on, seen.c.last != _K.last_on)
        )
    )  # fmt: skip
    missing = (
        select(seen.c.resident_id)
        .outerjoin(Taken, _K.resident_id == seen.c.resident_id)
        .where(_K.resident_id.is_(None))
    )
    with unit(access.system(), "settings.edit", write=False) as work:
        for what, label, asked in (
            ("the counters of a shift are not those of its sign-ups", "slot", counted),
            ("somebody is in two places at the same time", "booking", twice),
            ("a sign-up has another time than its shift", "booking", moved),
            (
                "when somebody was last seen at an activity is not what the attendance says",
                "resident",
                other_times,
            ),
            (
                "when somebody was last seen at an activity is not what the attendance says",
                "resident",
                missing,
            ),
        ):
            for record_id in work.session.execute(asked).scalars():
                findings.add(what, f"{label} {record_id}")
