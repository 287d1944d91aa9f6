"""What the people room has to do with areas: nobody's building is closed over their head, people move along with
it, and its new name is in their addresses."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import bindparam, func, literal, select, update

from db.access import below
from db.errors import Refused
from db.people import bulk, finding
from db.people.tables import FindKey, Household, Membership, Resident
from db.register import Values
from db.territory.areas import Area, after_rename
from db.territory.closing import counts_people
from db.territory.moving import moved, moves, rewrite
from db.work import Work

AT_ONCE = 500

_R = Resident.__table__.c  # type: ignore[attr-defined]
_H = Household.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_K = FindKey.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]


@counts_people
def living_in(work: Work, area_path: str) -> int:
    """How many people live in an area now."""
    here = select(func.count()).where(below(_R.place, area_path), _R.status == "resident")
    return int(work.session.execute(here).scalar_one())


@moves("find_key")
def move_keys(work: Work, old: str, new: str) -> None:
    """Move the find keys of whoever lies in an area: worked out anew, for no index leads from a place to them."""
    statement = update(FindKey).where(
        _K.token == bindparam("a_token"), _K.place == bindparam("a_place"), _K.resident_id == bindparam("an_id")
    )  # fmt: skip
    statement = statement.values(place=bindparam("there"))
    try:
        for people in _people_in(work, old):
            rows = [
                {"a_token": token, "a_place": place, "an_id": one, "there": new + place[len(old) :]}
                for token, place, one in sorted(finding.keys(work, people))
            ]
            if rows:
                work.wrote()
                work.connection.execute(statement, rows)
    except Refused:  # a number that does not open has keys that nobody can work out
        rewrite(work, "find_key", "place", old, new)


def _people_in(work: Work, path: str) -> Iterator[list[Values]]:
    ids = work.session.execute(select(_R.id).where(below(_R.place, path)).order_by(_R.id)).scalars().all()
    named = [_R[name] for name in ("id", "status", "place", "name", "initials", "id_number", "phone")]
    for start in range(0, len(ids), AT_ONCE):
        some = select(*named).where(_R.id.in_(ids[start : start + AT_ONCE]))
        yield [dict(row) for row in work.session.execute(some).mappings()]


@moves("group_membership")
def move_memberships(work: Work, old: str, new: str) -> None:
    """Move the memberships of whoever lies in an area."""
    here = select(_R.id).where(below(_R.place, old))
    work.session.execute(
        update(Membership)
        .where(_M.resident_id.in_(here), below(_M.place, old))
        .values(place=moved(_M.place, old, literal(new)))
        .execution_options(synchronize_session=False)
    )


@after_rename
def write_addresses(work: Work, area_id: int) -> None:
    """Give the homes of a building, and whoever lives there, the address that follows from its present name."""
    area: Any = work.session.execute(select(_A.area_path, _A.number, _A.name).where(_A.id == area_id)).one()
    homes = work.session.execute(
        select(_H.id, _H.stair, _H.room, _H.address).where(_H.area_id == area_id)
    ).all()
    written = {
        home.id: bulk.home_columns(area, {"stair": home.stair, "room": home.room})["address"]
        for home in homes
    }
    rows = [
        {"home": home.id, "written": written[home.id]} for home in homes if home.address != written[home.id]
    ]
    if rows:
        connection = work.connection
        address: Values = {"address": bindparam("written")}
        connection.execute(update(Household).where(_H.id == bindparam("home")).values(address), rows)
        connection.execute(update(Resident).where(_R.household_id == bindparam("home")).values(address), rows)
    without_home = (_R.area_id == area_id, _R.household_id.is_(None), _R.address != area.name)
    work.session.execute(update(Resident).where(*without_home).values(address=area.name))
    for topic in ("people", "register.residents", "register.households"):
        work.touch(topic)
