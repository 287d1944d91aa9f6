"""What the people room has to do with areas: nobody's building is closed over their head."""

from sqlalchemy import func, select

from db.access import below
from db.people.tables import Resident
from db.territory.closing import counts_people
from db.work import Work

_R = Resident.__table__.c  # type: ignore[attr-defined]


@counts_people
def living_in(work: Work, area_path: str) -> int:
    """How many people live in an area now."""
    here = select(func.count()).where(below(_R.place, area_path), _R.status == "resident")
    return int(work.session.execute(here).scalar_one())
