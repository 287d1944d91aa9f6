"""Somebody did not come: noted, excused, objected to, answered by somebody else, forgotten after a time."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import CursorResult, insert, or_, select, update

from db import clock
from db.access import within
from db.errors import Refused
from db.slots import Slot
from db.volunteers.hour_rules import hour_rules
from db.volunteers.hours import SHORT, TOPIC, local_day, shown_name
from db.volunteers.reliability import Reliability, reliability
from db.volunteers.signing_up import own
from db.volunteers.tables import NoShow, Volunteer
from db.work import Work, command, query

_N = NoShow.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_ROW = (
    select(NoShow.__table__, _V.name, _V.number, _V.account_id.label("whose"), _S.title)  # type: ignore[attr-defined]
    .join(Volunteer, _V.id == _N.volunteer_id)
    .join(Slot, _S.id == _N.slot_id)
)
MOST = 200


def note(work: Work, shift: Any, booking: Any, *, excused: bool, reason: str) -> None:
    """Note it; noted again, it is what was said last. The volunteer must be held still."""
    day = local_day(shift.starts_at)
    values = {
        "excused": excused, "reason": reason.strip()[:200], "noted_id": work.viewer.account_id,
        "noted_by": work.viewer.name, "withdrawn_at": None, "changed_at": work.now,
    }  # fmt: skip
    known = work.session.execute(select(_N.id, _N.excused).where(_N.booking_id == booking.id)).first()
    if known is None:
        no_show_id = work.connection.execute(
            insert(NoShow.__table__)  # type: ignore[attr-defined]
            .values(
                version=1, made_at=work.now, extra={}, volunteer_id=booking.volunteer_id, booking_id=booking.id,
                slot_id=shift.id, on=day, appeal="", answer="", answered_by="", upheld=False,
                expires_on=day + timedelta(days=hour_rules(work).no_show_days), area_path=shift.area_path, **values,
            )
            .returning(_N.id)
        ).scalar_one()  # fmt: skip
    else:
        no_show_id = known.id
        work.session.execute(
            update(NoShow).where(_N.id == no_show_id).values(version=_N.version + 1, **values)
        )
    work.log(
        "no_show", no_show_id, booking.name, {"excused": (None, excused)}, area_path=shift.area_path, reason=reason[:200]
    )  # fmt: skip
    work.touch(TOPIC)


def take_back(work: Work, booking_id: int) -> None:
    """It was a mistake: they came. The volunteer must be held still."""
    row = work.session.execute(
        select(_N.id, _N.area_path).where(_N.booking_id == booking_id, _N.withdrawn_at.is_(None))
    ).first()
    if row is None:
        return
    work.session.execute(
        update(NoShow).where(_N.id == row.id).values(withdrawn_at=work.now, version=_N.version + 1, changed_at=work.now)
    )  # fmt: skip
    work.log("no_show", row.id, "", {"withdrawn": (False, True)}, area_path=row.area_path)
    work.touch(TOPIC)


@dataclass(frozen=True)
class Missed:
    """One no-show as it is shown. `own`: this viewer noted it and cannot answer the objection."""

    id: int
    volunteer_id: int
    name: str
    number: str
    title: str
    on: date
    excused: bool
    reason: str
    noted_by: str
    appeal: str
    answer: str
    answered_by: str
    upheld: bool
    expires_on: date
    own: bool

    @property
    def open(self) -> bool:
        """Objected to, and not answered."""
        return bool(self.appeal) and not self.answered_by

    @property
    def weighs(self) -> bool:
        over = self.expires_on < clock.today()
        return not (self.excused or self.upheld or self.open or over)


def _missed(work: Work, row: Any) -> Missed:
    me = work.viewer.account_id
    return Missed(
        row.id, row.volunteer_id, shown_name(work, row.name), row.number, row.title, row.on, row.excused, row.reason,
        row.noted_by, row.appeal, row.answer, row.answered_by, row.upheld, row.expires_on,
        me is not None and me in (row.noted_id, row.whose),
    )  # fmt: skip


@query("hours.approve")
def listed(work: Work) -> list[Missed]:
    """No-shows that are not forgotten, and objections that wait; the objections first."""
    rows = work.session.execute(
        _ROW.where(
            _N.withdrawn_at.is_(None), within(work.viewer, "hours.approve", _N.area_path),
            or_(_N.expires_on >= clock.today(), (_N.appealed_at.is_not(None)) & _N.answered_at.is_(None)),
        )
        .order_by(_N.on.desc(), _N.id.desc())
        .limit(MOST)
    )  # fmt: skip
    return sorted((_missed(work, row) for row in rows), key=lambda one: not one.open)


@query("volunteer.self")
def mine(work: Work) -> tuple[Reliability, list[Missed]]:
    """The viewer's own no-shows that are not forgotten, and what they mean. Refused `volunteer.none`."""
    me = own(work)
    rows = work.session.execute(
        _ROW.where(
            _N.volunteer_id == me.id, _N.withdrawn_at.is_(None), _N.expires_on >= clock.today()
        ).order_by(_N.on.desc(), _N.id.desc())
    )
    return reliability(work, me.id), [_missed(work, row) for row in rows]


@command("volunteer.self")
def object_to(work: Work, *, no_show_id: int, why: str) -> None:
    """Say why it was not so; until somebody else has answered, it weighs nothing. Once.

    Refused `record.not_found`, `hours.why`, `no_show.objected`.
    """
    row = work.session.execute(select(NoShow.__table__).where(_N.id == no_show_id)).first()  # type: ignore[attr-defined]
    if row is None or row.volunteer_id != own(work).id or row.withdrawn_at is not None:
        raise Refused("record.not_found")
    if len(why.strip()) < SHORT:
        raise Refused("hours.why")
    done: CursorResult[Any] = work.connection.execute(
        update(NoShow.__table__)  # type: ignore[attr-defined]
        .where(_N.id == no_show_id, _N.appealed_at.is_(None))
        .values(appeal=why.strip()[:400], appealed_at=work.now, version=_N.version + 1, changed_at=work.now)
    )
    if done.rowcount != 1:
        raise Refused("no_show.objected")
    work.log("no_show", no_show_id, "", {"appeal": (None, why.strip()[:400])}, area_path=row.area_path)
    work.touch(TOPIC)


@command("hours.approve")
def answer(work: Work, *, no_show_id: int, right: bool, text: str) -> None:
    """Answer an objection: it was right (then it weighs nothing for good), or not. Somebody else than who noted it.

    Refused `record.not_found`, `area.outside`, `no_show.own`, `hours.why`, `no_show.answered`.
    """
    row = work.session.execute(_ROW.where(_N.id == no_show_id, _N.withdrawn_at.is_(None))).first()
    if row is None or not row.appeal:
        raise Refused("record.not_found")
    if not work.viewer.reaches("hours.approve", row.area_path):
        raise Refused("area.outside")
    if work.viewer.account_id is not None and work.viewer.account_id in (row.noted_id, row.whose):
        raise Refused("no_show.own")
    if len(text.strip()) < SHORT:
        raise Refused("hours.why")
    done: CursorResult[Any] = work.connection.execute(
        update(NoShow.__table__)  # type: ignore[attr-defined]
        .where(_N.id == no_show_id, _N.answered_at.is_(None))
        .values(
            answer=text.strip()[:400], answered_by=work.viewer.name, answered_at=work.now, upheld=right,
            version=_N.version + 1, changed_at=work.now,
        )
    )  # fmt: skip
    if done.rowcount != 1:
        raise Refused("no_show.answered")
    work.log(
        "no_show", no_show_id, row.name, {"upheld": (None, right)}, area_path=row.area_path, reason=text.strip()[:200]
    )  # fmt: skip
    work.touch(TOPIC)
