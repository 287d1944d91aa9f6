"""For whom an activity is, in names; and for whom a viewer can sign up."""

from dataclasses import dataclass

from sqlalchemy import select

from db.access import within
from db.activities import people, signing_up
from db.errors import Refused
from db.people.tables import Group, Resident
from db.territory.areas import Area, Level
from db.work import Work, query

_G = Group.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
MOST = 500


@dataclass(frozen=True)
class Whom:
    """The groups and areas that an activity is for, by name; empty for everybody."""

    groups: tuple[str, ...]
    areas: tuple[str, ...]


@dataclass(frozen=True)
class One:
    """Somebody for whom the viewer can sign up: themselves (`resident_id` None) or whoever they look after."""

    resident_id: int | None
    key: str
    name: str


@query("activity.view")
def described(work: Work, *, activity_id: int) -> Whom:
    """Refused `record.not_found`."""
    row = signing_up.one_row(work, activity_id)
    groups = work.session.execute(
        select(_G.name, _G.name_en).where(_G.code.in_(list(row.for_groups or ()))).order_by(_G.position)
    )
    areas = work.session.execute(
        select(_A.name).where(_A.area_path.in_(list(row.areas or ()))).order_by(_A.area_path)
    )
    english = work.viewer.english
    return Whom(
        tuple(one.name_en if english and one.name_en else one.name for one in groups),
        tuple(one.name for one in areas),
    )


@query("activity.sign_up")
def ones(work: Work) -> list[One]:
    """The viewer first, then those they look after; nobody for staff, who find people by name."""
    try:
        me = people.myself(work)
    except Refused:
        return []
    rows = work.session.execute(
        select(_R.id)
        .where(_R.id.in_(people.looked_after(work, me)), _R.status == "resident")
        .order_by(_R.name)
    )
    cared = [people.resident(work, row.id) for row in rows]
    return [
        One(None, me.key, me.name),
        *(One(one.resident_id, one.key, one.name) for one in cared if one is not None and one.key != me.key),
    ]


@query("activity.create")
def area_choices(work: Work) -> list[tuple[str, str]]:
    """(path, name) of the areas above the homes for whose people an activity can be meant."""
    rows = work.session.execute(
        select(_A.area_path, _A.name)
        .join(Level, _L.code == _A.level)
        .where(
            _A.closed_on.is_(None),
            _L.holds_homes.is_(False),
            within(work.viewer, work.action, _A.area_path),
        )
        .order_by(_A.area_path)
        .limit(MOST)
    )
    return [(row.area_path, row.name) for row in rows]


@query("activity.view")
def area_names(work: Work) -> dict[int, str]:
    """What the areas are called in which activities can take place."""
    rows = work.session.execute(
        select(_A.id, _A.name).join(Level, _L.code == _A.level).where(_L.holds_homes.is_(False))
    )
    return {row.id: row.name for row in rows}
