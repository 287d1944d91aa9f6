"""What people said of an activity: a face, and words if they like; by themselves or as told to staff.

Who runs the activity reads all of it at once. Others read the faces only, and in steps of the setting `small_count`:
looking before and after one answer would say whose it was.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, true, update

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
    before = there.rating if there is not None and there.withdrawn_at is None else None
    filled = there or Feedback(
        activity_id=row.id, slot_id=slot_id, person_key=person.key if person is not None else None, made_at=work.now
    )  # fmt: skip
    filled.rating, filled.note, filled.changed_at, filled.withdrawn_at = rating, note, work.now, None
    filled.by_id, filled.by_name = work.viewer.account_id, work.viewer.name
    _written(work, row, filled, {"feedback": (before, rating)})


def _written(work: Work, row: Any, said: Feedback, changes: dict[str, tuple[Any, Any]]) -> None:
    work.session.add(said)
    work.session.flush()
    _tell_in_steps(work, row.id)
    work.log(KIND, row.id, row.title, changes, area_path=row.area_path)
    work.touch(TOPIC)


@command("activity.attend")
def take_back(work: Work, *, feedback_id: int) -> None:
    """Take back what the viewer entered themselves: a slip typed twice, or under the wrong name. Refused
    `record.not_found`.
    """
    said = work.session.get(Feedback, feedback_id)
    if said is None or said.withdrawn_at is not None or said.by_id != work.viewer.account_id:
        raise Refused("record.not_found")
    row = signing_up.one_row(work, said.activity_id)
    if not work.viewer.reaches("activity.attend", row.area_path):
        raise Refused("record.not_found")
    said.withdrawn_at = said.changed_at = work.now
    _written(work, row, said, {"feedback": (said.rating, None)})


@dataclass(frozen=True)
class Entered:
    """Something that the viewer entered of a date; `name` is "" for a slip without one."""

    id: int
    name: str
    rating: int
    note: str


@query("activity.attend")
def entered(work: Work, *, slot_id: int, limit: int = 5) -> list[Entered]:
    """What the viewer entered of a date and may take back, the latest first. Refused `record.not_found`,
    `activity.not_yet`.
    """
    row = _begun(work, slot_id)
    if not work.viewer.reaches("activity.attend", row.area_path):
        raise Refused("record.not_found")
    rows = work.session.execute(
        select(_F.id, _F.person_key, _F.rating, _F.note)
        .where(_F.slot_id == slot_id, _F.by_id == work.viewer.account_id, _F.withdrawn_at.is_(None))
        .order_by(_F.changed_at.desc(), _F.id.desc())
        .limit(limit)
    ).all()
    who = {one.person_key: people.by_key(work, one.person_key) for one in rows if one.person_key}
    return [
        Entered(one.id, person.name if (person := who.get(one.person_key)) else "", one.rating, one.note)
        for one in rows
    ]


# What is told of it


def _faces(work: Work, activity_id: int) -> dict[int, int]:
    rows = work.session.execute(
        select(_F.rating, func.count())
        .where(_F.activity_id == activity_id, _F.withdrawn_at.is_(None))
        .group_by(_F.rating)
    ).all()
    return {face: dict(rows).get(face, 0) for face in FACES}


def _step(work: Work) -> int:
    return max(1, int(community.get(work, "small_count")))


def _tell_in_steps(work: Work, activity_id: int) -> None:
    """Renew what readers see once so many more people have said something, said otherwise or taken it back."""
    faces, step = _faces(work, activity_id), _step(work)
    last = work.session.execute(select(_A.told_at).where(_A.id == activity_id)).scalar()
    news = or_(_F.made_at <= last, _F.withdrawn_at.is_(None)) & (_F.changed_at > last) if last else true()
    count = select(func.count()).select_from(Feedback).where(_F.activity_id == activity_id, news)
    if sum(faces.values()) >= step and work.session.execute(count).scalar_one() >= step:
        told = {str(face): many for face, many in faces.items()}
        work.session.execute(update(Activity).where(_A.id == activity_id).values(told=told, told_at=work.now))


@dataclass(frozen=True)
class Said:
    """What was said of an activity. `answered` of `came` said something; who does not run the activity hears nothing
    of fewer than the setting `small_count` (`hidden`), the faces as they were when `step` more had said something, and never
    the words."""

    liked: int
    all_right: int
    disliked: int
    came: int
    words: tuple[tuple[int, str], ...]
    hidden: bool = False
    step: int = 1

    @property
    def answered(self) -> int:
        return self.liked + self.all_right + self.disliked


@query("activity.view")
def told(work: Work, *, activity_id: int) -> Said:
    """The faces over all dates, how many answered of how many came, and the latest words. Refused `record.not_found`."""
    row = signing_up.one_row(work, activity_id)
    came = work.session.execute(
        select(func.count()).select_from(Attendance).where(
            _T.activity_id == activity_id, _T.mark == "came", _T.withdrawn_at.is_(None)
        )
    ).scalar_one()  # fmt: skip
    if not signing_up.runs(work, row):
        return _to_others(work, row, int(came))
    words = work.session.execute(
        select(_F.rating, _F.note)
        .where(_F.activity_id == activity_id, _F.note != "", _F.withdrawn_at.is_(None))
        .order_by(_F.changed_at.desc(), _F.id.desc())
        .limit(MOST_WORDS)
    ).all()
    liked, all_right, disliked = _faces(work, activity_id).values()
    return Said(liked, all_right, disliked, int(came), tuple((one.rating, one.note) for one in words))


def _to_others(work: Work, row: Any, came: int) -> Said:
    step = _step(work)
    now = {face: (row.told or {}).get(str(face), 0) for face in FACES} if step > 1 else _faces(work, row.id)
    if sum(now.values()) < step:
        return Said(0, 0, 0, 0, (), hidden=True)
    liked, all_right, disliked = now.values()
    return Said(liked, all_right, disliked, came, (), step=step)


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
        .outerjoin(
            Feedback,
            (_F.slot_id == _T.slot_id) & (_F.person_key == _T.person_key) & _F.withdrawn_at.is_(None),
        )
        .where(
            _T.person_key == me.key, _T.mark == "came", _T.withdrawn_at.is_(None), _F.id.is_(None),
            _T.on >= clock.today() - timedelta(days=days),
        )
        .order_by(_T.on.desc())
    ).all()  # fmt: skip
    return [(row.slot_id, row.title) for row in rows]
