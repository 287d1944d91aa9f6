"""`python -m db check`, the part of places: counters equal the bookings, and nobody is in two places."""

from sqlalchemy import and_, case, func, or_, select

from db import access
from db.commands.findings import Findings
from db.places import HELD, Booking, Slot
from db.work import unit

_S = Slot.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]


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
    twice = (
        select(_B.id)
        .join(other, and_(other.c.person_key == _B.person_key, other.c.id > _B.id))
        .where(
            _B.live == 1, other.c.live == 1, _B.state.in_(HELD), other.c.state.in_(HELD),
            _B.starts_at < other.c.ends_at, other.c.starts_at < _B.ends_at,
        )
    )  # fmt: skip
    moved = select(_B.id).join(Slot, _S.id == _B.slot_id).where(_B.live == 1, _B.starts_at != _S.starts_at)
    with unit(access.system(), "settings.edit", write=False) as work:
        for what, label, asked in (
            ("the counters of a shift are not those of its sign-ups", "slot", counted),
            ("somebody is in two places at the same time", "booking", twice),
            ("a sign-up has another time than its shift", "booking", moved),
        ):
            for record_id in work.session.execute(asked).scalars():
                findings.add(what, f"{label} {record_id}")
