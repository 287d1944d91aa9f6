"""Where a resident lies: the home's building, path, address, and the keys that hold them."""

from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from db.people import finding
from db.people.tables import Household, Membership, Resident
from db.register import Values
from db.territory.areas import Area
from db.work import Work

_R = Resident.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_H = Household.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]

WHERE = ("area_id", "area_path", "place", "address")


def has_status(*codes: str) -> ColumnElement[bool]:
    """Has one of these statuses, for questions that another column answers.

    Nearly everybody lives here: an index over the status would be walked from end to end for one home.
    """
    return func.coalesce(_R.status, "").in_(codes)


def take_along(work: Work, person: Values, home: Values, relation: str | None = None) -> None:
    """Write that `person` (a whole row) is now in `home` (a whole row of a household), and say so."""
    new = {
        "household_id": home["id"], "area_id": home["area_id"], "area_path": home["area_path"],
        "place": home["place"], "address": home["address"],
    }  # fmt: skip
    if relation is not None:
        new["relation"] = relation
    changed = {name: value for name, value in new.items() if value != person[name]}
    if not changed:
        return
    work.session.execute(
        update(Resident)
        .where(_R.id == person["id"])
        .values(**changed, version=person["version"] + 1, changed_at=work.now)
    )
    if "place" in changed:
        finding.index(work, person["id"], person, {**person, **changed})
        work.session.execute(
            update(Membership).where(_M.resident_id == person["id"]).values(place=new["place"])
        )
    said: Values = {
        name: (person[name], changed[name]) for name in ("address", "relation") if name in changed
    }
    work.log(
        "resident", person["id"], person["name"], said, action="resident.move", area_path=new["area_path"]
    )
    work.touch("people", person["area_path"], new["area_path"])
    work.touch("register.residents")
    work.touch("register.households")


def place_now(work: Work, row: Values) -> Values:
    """Where a resident with this home or area lies today, whatever was moved meanwhile."""
    if row["household_id"]:
        found: Any = work.session.execute(
            select(_H.area_id, _H.area_path, _H.place, _H.address).where(_H.id == row["household_id"])
        ).first()
        if found is not None:
            return {name: getattr(found, name) for name in WHERE}
    found = work.session.execute(select(_A.area_path, _A.name).where(_A.id == row["area_id"])).first()
    if found is None:
        return {name: row[name] for name in WHERE}
    return {
        "area_id": row["area_id"], "area_path": found.area_path,
        "place": found.area_path, "address": found.name,
    }  # fmt: skip
