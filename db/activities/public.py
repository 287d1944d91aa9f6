"""What anybody may know of an activity that was announced: no names, no telephone, nobody who comes."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from db import access
from db.activities import programme
from db.activities.tables import Activity
from db.territory.areas import Area
from db.work import unit

_A = Activity.__table__.c  # type: ignore[attr-defined]
_R = Area.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Announcement:
    """One activity for everybody. `dates` are those to come; `free` places are left, of a drop-in at the next date."""

    title: str
    kind: str
    stage: str
    about: str
    where: str
    area: str
    dates: tuple[tuple[datetime, datetime], ...]
    starts_on: date | None
    whole_term: bool
    free: int
    waiting: int
    age_from: int | None
    age_to: int | None
    materials: str
    cost: int
    companion: bool
    closes_at: datetime | None
    lottery: bool
    why: str


def announcement(token: str) -> Announcement | None:
    """The activity of this code; None for unknown ones and drafts."""
    if not token:
        return None
    with unit(access.system(), "activity.view", write=False) as work:
        row = work.session.execute(
            select(Activity.__table__).where(  # type: ignore[attr-defined]
                _A.token == token, _A.state != "draft", _A.withdrawn_at.is_(None)
            )
        ).first()
        if row is None:
            return None
        card = programme.card(work, activity_id=row.id)
        dates = programme.sessions(work, activity_id=row.id)
        area = work.session.execute(select(_R.name).where(_R.id == row.area_id)).scalar() or ""
        left = tuple(
            (one.starts_at, one.ends_at) for one in dates if one.cancelled is None and one.ends_at > work.now
        )
    return Announcement(
        row.title, row.kind, card.stage, row.about, card.where, area, left, row.starts_on, row.whole_term, card.free,
        card.waiting, row.age_from, row.age_to, row.materials, row.cost, row.companion, row.closes_at,
        row.mode == "lottery", row.why,
    )  # fmt: skip


def token_of(work_viewer: access.Viewer, activity_id: int) -> str:
    """The code of the public page, for whoever may print the poster. Refused `record.not_found`."""
    return str(programme.details(work_viewer, activity_id=activity_id)["token"])
