"""`python -m db check` finds what is wrong with places."""

from sqlalchemy import update

from db import engine
from db.commands import places
from db.commands.findings import Findings
from db.slots import Booking, Slot
from db.volunteers import signing_up
from tests.conftest import Town
from tests.volunteers import making


def found() -> str:
    findings = Findings()
    places.look(findings)
    return "\n".join(findings.lines())


def test_counters_and_times_that_do_not_fit_are_found(town: Town) -> None:
    kind = making.kind()
    shift, later = making.shift(town, kind), making.shift(town, kind, start="14:00")
    _mei, viewer = making.volunteer(town, "梅兰")
    for one in (shift, later):
        signing_up.sign_up(viewer, shift_id=one)
    assert found() == ""
    with engine.writing() as session:
        session.execute(update(Slot).where(Slot.id == shift).values(taken=2))  # type: ignore[arg-type]
    assert "counters" in found()
    with engine.writing() as session:
        session.execute(update(Slot).where(Slot.id == shift).values(taken=1))  # type: ignore[arg-type]
        begins = making.slot(shift).starts_at
        session.execute(update(Booking).where(Booking.slot_id == later).values(starts_at=begins))  # type: ignore[arg-type]
    assert "two places" in found()
    assert "another time" in found()
