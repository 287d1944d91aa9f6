"""What people said of an activity: a face, and words if they like; by themselves or as told to staff."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from db import clock, places
from db.activities import people, signing_up
from db.activities.judging import KIND, TOPIC, activity_of
from db.activities.people import Person
from db.activities.tables import Activity, Attendance, Feedback
from db.errors import Refused
from db.slots import HELD, Booking, Slot
from db.system import community
from db.work import Work, command, query

FACES = (3, 2, 1)
"""Liked it, it was all right, did not like it."""
LONGEST = 300
MOST_WORDS = 50

_A = Activity.__table__.c  # type: ignore[attr-defined]
_F = Feedback.__table__.c  # type: ignore[attr-defined]
_T = Attendance.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]


def _begun(work: Work, slot_id: int) -> Any:
    """The row of the activity of a date that has begun. Refused `record.not_found`, `activity.not_yet`."""
    slot = places.slot_of(work, slot_id)
    activity = activity_of(work, slot_id)
    row = signing_up.one_row(work, activity.id if activity is not None else 0)
    if slot.starts_at > work.now:
        raise Refused("activity.not_yet", starts_at=slot.starts_at)
    return row


@command("activity.sign_up")
def say(work: Work, *, slot_id: int, rating: int, note: str = "") -> None:
    """Say how it was, oneself; who had a place or came. Saying it again takes the place of the former.

    Refused `record.not_found`, `activity.not_yet`, `form.invalid`, `activity.nobody`.
    """
    row, me = _begun(work, slot_id), people.myself(work)
    if not _was_there(work, slot_id, me.key):
        raise Refused("record.not_found")
    _keep(work, row, slot_id, me, rating, note)


@command("activity.attend")
def enter(work: Work, *, slot_id: int, rating: int, note: str = "", key: str | None = None) -> None:
    """Note what somebody said, with their key or without a name. Refused `record.not_found`, `activity.not_yet`,
    `form.invalid`.
    """
    row = _begun(work, slot_id)
    if not work.viewer.reaches("activity.attend", row.area_path):
        raise Refused("record.not_found")
    person = people.by_key(work, key) if key is not None else None
    if key is not None and (person is None or not _was_there(work, slot_id, key)):
        raise Refused("record.not_found")
    _keep(work, row, slot_id, person, rating, note)


def _was_there(work: Work, slot_id: int, key: str) -> bool:
    came = select(_T.id).where(_T.slot_id == slot_id, _T.person_key == key, _T.withdrawn_at.is_(None))
    held = select(_B.id).where(_B.slot_id == slot_id, _B.person_key == key, _B.live == 1, _B.state.in_(HELD))
    return any(work.session.execute(one.limit(1)).first() for one in (came, held))


def _keep(work: Work, row: Any, slot_id: int, person: Person | None, rating: int, note: str) -> None:
    note = note.strip()
    problems = {}
    if rating not in FACES:
        problems["rating"] = "field.not_a_choice"
    if len(note) > LONGEST:
        problems["note"] = "field.too_long"
    if problems:
        raise Refused("form.invalid", problems=problems)
    there = None
    if person is not None:
        found = work.session.execute(
            select(_F.id).where(_F.slot_id == slot_id, _F.person_key == person.key)
        ).scalar()
        there = work.session.get(Feedback, found) if found is not None else None
    before = there.rating if there is not None else None
    filled = there or Feedback(
        activity_id=row.id, slot_id=slot_id, person_key=person.key if person is not None else None
    )
    filled.rating, filled.note, filled.by_name, filled.changed_at = rating, note, work.viewer.name, work.now
    filled.withdrawn_at = None
    work.session.add(filled)
    work.session.flush()
    work.log(KIND, row.id, row.title, {"feedback": (before, rating)}, area_path=row.area_path)
    work.touch(TOPIC)


@dataclass(frozen=True)
class Said:
    """What was said of an activity. `answered` of `came` said something; who does not run the activity hears nothing
    of fewer than the setting `small_count` (`hidden`), and never the words."""

    liked: int
    all_right: int
    disliked: int
    came: int
    words: tuple[tuple[int, str], ...]
    hidden: bool = False

    @property
    def answered(self) -> int:
        return self.liked + self.all_right + self.disliked


@query("activity.view")
def told(work: Work, *, activity_id: int) -> Said:
    """The faces over all dates, how many answered of how many came, and the latest words. Refused `record.not_found`."""
    row = signing_up.one_row(work, activity_id)
    faces = dict(
        work.session.execute(
            select(_F.rating, func.count())
            .where(_F.activity_id == activity_id, _F.withdrawn_at.is_(None))
            .group_by(_F.rating)
        ).all()
    )
    came = work.session.execute(
        select(func.count()).select_from(Attendance).where(
            _T.activity_id == activity_id, _T.mark == "came", _T.withdrawn_at.is_(None)
        )
    ).scalar_one()  # fmt: skip
    runs = signing_up.runs(work, row)
    if not runs and sum(faces.values()) < max(1, int(community.get(work, "small_count"))):
        return Said(0, 0, 0, 0, (), hidden=True)
    words = work.session.execute(
        select(_F.rating, _F.note)
        .where(_F.activity_id == activity_id, _F.note != "", _F.withdrawn_at.is_(None))
        .order_by(_F.changed_at.desc(), _F.id.desc())
        .limit(MOST_WORDS)
    ).all() if runs else []  # fmt: skip
    liked, all_right, disliked = (int(faces.get(face, 0)) for face in FACES)
    return Said(liked, all_right, disliked, int(came), tuple((one.rating, one.note) for one in words))


@dataclass(frozen=True)
class Asked:
    """One person at one date, and what they said of it: `rating` None when nothing yet."""

    slot_id: int
    starts_at: datetime
    key: str
    name: str
    rating: int | None
    note: str


def _asked(work: Work, *where: Any) -> list[Asked]:
    rows = work.session.execute(
        select(_T.slot_id, _S.starts_at, _T.person_key, _T.name, _F.rating, _F.note)
        .join(Slot, _S.id == _T.slot_id)
        .outerjoin(
            Feedback,
            (_F.slot_id == _T.slot_id) & (_F.person_key == _T.person_key) & _F.withdrawn_at.is_(None),
        )
        .where(_T.mark == "came", _T.withdrawn_at.is_(None), _S.starts_at <= work.now, *where)
        .order_by(_T.on.desc(), _T.name, _T.person_key)
    )
    return [
        Asked(one.slot_id, one.starts_at, one.person_key, one.name, one.rating, one.note or "")
        for one in rows
    ]


@query("activity.sign_up")
def own(work: Work, *, activity_id: int) -> list[Asked]:
    """The dates of an activity that the viewer came to, the latest first, and what they said of each."""
    try:
        me = people.myself(work)
    except Refused:
        return []
    return _asked(work, _T.activity_id == activity_id, _T.person_key == me.key)


@query("activity.attend")
def of_date(work: Work, *, slot_id: int) -> list[Asked]:
    """Who came to a date by name, and what each said. Refused `record.not_found`, `activity.not_yet`."""
    row = _begun(work, slot_id)
    if not work.viewer.reaches("activity.attend", row.area_path):
        raise Refused("record.not_found")
    return _asked(work, _T.slot_id == slot_id)


@query("activity.sign_up")
def to_say(work: Work, *, days: int = 14) -> list[tuple[int, str]]:
    """(slot, title) of what the viewer took part in within these days and has said nothing of yet, the latest first."""
    try:
        me = people.myself(work)
    except Refused:
        return []
    rows = work.session.execute(
        select(_T.slot_id, _A.title)
        .join(Activity, (_A.id == _T.activity_id) & _A.withdrawn_at.is_(None))
        .outerjoin(Feedback, (_F.slot_id == _T.slot_id) & (_F.person_key == _T.person_key))
        .where(
            _T.person_key == me.key, _T.mark == "came", _T.withdrawn_at.is_(None), _F.id.is_(None),
            _T.on >= clock.today() - timedelta(days=days),
        )
        .order_by(_T.on.desc())
    ).all()  # fmt: skip
    return [(row.slot_id, row.title) for row in rows]
