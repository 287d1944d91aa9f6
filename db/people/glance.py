"""One person at a glance: what stands on top of the record."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from db import clock
from db.access import within
from db.listing import row_of
from db.people import ages, finding, residents
from db.people.residents import RESIDENTS
from db.people.tables import Group, Membership, Resident
from db.people.whereabouts import has_status
from db.work import Work, query

_R = Resident.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_G = Group.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Glance:
    """`warnings` are codes of what contradicts itself or is missing; they tell no value of a sealed field."""

    age: int | None
    address: str
    household_id: int | None
    people: int  # who live in the home
    groups: tuple[str, ...]
    warnings: tuple[str, ...]
    status: str
    status_on: date | None


@query("resident.view")
def glance(work: Work, *, resident_id: int) -> Glance:
    """Refused `record.not_found`."""
    row = row_of(work, RESIDENTS, resident_id, "resident.view")
    english = work.viewer.english
    groups = work.session.execute(
        select(_G.name, _G.name_en)
        .join(Membership, _M.group_id == _G.id)
        .where(_M.resident_id == resident_id, residents.active_membership())
        .order_by(_G.position)
    )
    people, heads = 0, 0
    if row["household_id"]:
        living = work.session.execute(
            select(_R.relation, func.count())
            .where(_R.household_id == row["household_id"], has_status("resident"))
            .group_by(_R.relation)
        ).all()
        people, heads = sum(one[1] for one in living), sum(one[1] for one in living if one[0] == "head")
    warnings: list[str] = []
    if work.viewer.sees("identity") != "none":
        warnings += residents.warnings(row)
        if people > 1 and heads != 1 and row["status"] == "resident":
            warnings.append("household.no_head" if heads == 0 else "household.two_heads")
    if row["status"] == "withdrawn":
        warnings.append("resident.withdrawn")
    return Glance(
        ages.age_on(row["born"], clock.today()) if row["born"] else None, row["address"], row["household_id"],
        people, tuple(one.name_en if english and one.name_en else one.name for one in groups), tuple(warnings),
        row["status"], row["status_on"],
    )  # fmt: skip


@dataclass(frozen=True)
class Holder:
    """Who has an ID number already; without an id when it is somebody outside the viewer's areas."""

    id: int | None
    name: str = ""
    address: str = ""


@query("resident.create")
def holder_of_number(work: Work, *, id_number: str) -> Holder | None:
    """Who is registered with this whole ID number, so that it is said before the form is filled in."""
    ids = list(finding.by_number(work, id_number))
    if not ids:
        return None
    seen = work.session.execute(
        select(_R.id, _R.name, _R.address)
        .where(_R.id.in_(ids), within(work.viewer, "resident.view", _R.place))
        .limit(1)
    ).first()
    return Holder(*seen) if seen is not None else Holder(None)


@query("resident.view")
def group_choices(work: Work) -> list[tuple[str, str]]:
    """The groups that are in use: code and name in the viewer's language."""
    return [(one.code, one.label) for one in residents.group_options(work)]
