"""What tests of hours begin with: somebody with a place, and the moments of a shift."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from db import clock, engine
from db.access import Viewer
from db.volunteers import checking, signing_up
from db.volunteers.tables import Hours, Shift
from tests.conftest import Town
from tests.volunteers import making


@dataclass(frozen=True)
class Place:
    """Somebody's place in a shift from nine to eleven, three days from now."""

    shift: int
    booking: int
    volunteer: int
    viewer: Viewer
    day: date

    def at(self, time: str, days: int = 0) -> datetime:
        hour, minute = (int(part) for part in time.split(":"))
        return datetime(self.day.year, self.day.month, self.day.day, hour, minute, tzinfo=clock.PLACE) + timedelta(days=days)  # fmt: skip


def place(town: Town, name: str = "梅兰", *, shift: int = 0, **values: object) -> Place:
    """A volunteer with an account who has a place. Without `shift` in a shift of their own."""
    shift = shift or making.shift(town, making.kind(), **values)
    volunteer, viewer = making.volunteer(town, name)
    booking = signing_up.sign_up(viewer, shift_id=shift).booking_id
    return Place(
        shift, booking, volunteer, viewer, making.slot(shift).starts_at.astimezone(clock.PLACE).date()
    )


def code(shift: int, way: checking.Way, back: int = 0) -> str:
    """What the staff phone shows now, or showed `back` codes ago."""
    with engine.reading() as session:
        key = session.execute(select(Shift.code_key).where(Shift.id == shift)).scalar_one()  # type: ignore[call-overload]
    return checking.code_of(key, shift, checking.step_at(clock.now()) - back, way)


def served(town: Town, who: Place, came: str = "09:00", left: str = "11:00") -> int:
    """Check in and out by the code; returns the entry, which waits."""
    with clock.at(who.at(came)):
        checking.check(who.viewer, shift_id=who.shift, code=code(who.shift, "in"))
    with clock.at(who.at(left)):
        checking.check(who.viewer, shift_id=who.shift, code=code(who.shift, "out"))
    return entries(who.volunteer)[-1].id or 0


def entries(volunteer: int) -> list[Hours]:
    """All entries of a volunteer as they are kept, those that were taken back too."""
    with engine.reading() as session:
        found = list(
            session.execute(select(Hours).where(Hours.volunteer_id == volunteer).order_by(Hours.id)).scalars()
        )  # type: ignore[arg-type]
        session.expunge_all()
        return found
