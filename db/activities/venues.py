"""Places to meet: rooms, yards, halls."""

from sqlalchemy import select

from db.activities.tables import Venue
from db.register import Computed, Register, Section, Sort, Values, register
from db.territory.areas import Area
from db.words import N_
from db.work import Work, query

_V = Venue.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]


def _place(work: Work, before: Values | None, values: Values) -> None:
    """A place to meet lies where its area lies."""
    area = work.session.get(Area, values.get("area_id") or (before or {}).get("area_id"))
    values["area_path"] = area.area_path if area else ""


def _area_names(work: Work, rows: list[Values]) -> list[str]:
    asked = select(_A.id, _A.name).where(_A.id.in_({row["area_id"] for row in rows}))
    names = {row.id: row.name for row in work.session.execute(asked)}
    return [names.get(row["area_id"], "") for row in rows]


VENUES = register(
    Register(
        name="venues",
        table=Venue,
        title=N_("Places to meet"),
        one=N_("Place to meet"),
        action="venue",
        label="name",
        columns=("name", "area", "capacity", "stepless", "note"),
        sections=(
            Section(N_("Place to meet"), ("name", "area_id", "capacity", "stepless", "note", "closed")),
        ),
        sorts=(Sort("name", N_("By name"), ("name",)),),
        computed=(Computed("area", N_("Area"), _area_names, ("area_id",)),),
        before_save=_place,
        match=("name",),
    )
)


@query("venue.view")
def choices(work: Work) -> list[tuple[int, str, int]]:
    """(id, name, room) of the places that are in use."""
    rows = work.session.execute(
        select(_V.id, _V.name, _V.capacity)
        .where(_V.closed.is_(False), _V.withdrawn_at.is_(None))
        .order_by(_V.name)
    )
    return [(row.id, row.name, row.capacity) for row in rows]
