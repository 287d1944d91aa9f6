"""Moving out and dying: what ends with it, told before it is done, and coming back."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import select, update

from db import clock, keeping
from db.audit import AuditEntry
from db.errors import Refused
from db.fields import specs_of
from db.listing import row_of
from db.people.residents import RESIDENTS
from db.people.tables import Group, Membership, Resident
from db.people.whereabouts import has_status
from db.register import Values
from db.work import Work, command, query

_R = Resident.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_G = Group.__table__.c  # type: ignore[attr-defined]
_E = AuditEntry.__table__.c  # type: ignore[attr-defined]

Leaving = Literal["moved", "died"]


@dataclass(frozen=True)
class Following:
    """What ends when somebody leaves. `groups` are names; `others` is how many stay in the home."""

    care: bool
    carer: str
    groups: tuple[str, ...]
    head: bool
    others: int


@query("resident.edit")
def what_follows(work: Work, *, resident_id: int) -> Following:
    """What will end when this person moves out or dies. Refused `record.not_found`."""
    row = row_of(work, RESIDENTS, resident_id, "resident.edit")
    english = work.viewer.english
    groups = work.session.execute(
        select(_G.name, _G.name_en)
        .join(Membership, _M.group_id == _G.id)
        .where(_M.resident_id == resident_id, _M.until.is_(None))
        .order_by(_G.position)
    )
    others: list[int] = []
    if row["household_id"]:
        others = list(
            work.session.execute(
                select(_R.id).where(
                    _R.household_id == row["household_id"], has_status("resident"), _R.id != resident_id
                )
            ).scalars()
        )
    return Following(
        bool(row["in_care"]), row["carer"],
        tuple(one.name_en if english and one.name_en else one.name for one in groups),
        row["relation"] == "head", len(others),
    )  # fmt: skip


@command("resident.edit")
def leave(work: Work, *, resident_id: int, version: int, status: Leaving, day: date | None = None) -> int:
    """Note that somebody moved out or died on `day` (today when none is given). Returns the new version.

    Care and all groups end; the home and everything else stays in the record.
    Refused `record.not_found`, `record.changed`, `form.invalid` (a day in the future).
    """
    return keeping.edit(
        work, RESIDENTS, resident_id, version, {"status": status, "status_on": day or clock.today()}
    )


@command("resident.edit")
def lives_here_again(work: Work, *, resident_id: int, version: int) -> int:
    """Take a moving out or a death back: care and the groups that ended with it go on as if nothing had been.

    Refused `record.not_found`, `record.changed`, `resident.lives_here` (nothing to take back).
    """
    row = row_of(work, RESIDENTS, resident_id, "resident.edit", lock=True)
    if row["status"] not in ("moved", "died"):
        raise Refused("resident.lives_here")
    if row["version"] != version:
        raise Refused("record.changed", version=row["version"], theirs={}, record_id=resident_id)
    entries = work.session.execute(
        select(_E.action, _E.changes)
        .where(_E.kind == "resident", _E.record_id == resident_id)
        .order_by(_E.id.desc())
        .limit(500)
    ).all()
    cared, codes = _before_leaving([(one.action, one.changes) for one in entries])
    changed: Values = {"status": "resident", "status_on": None}
    if cared and not row["in_care"]:
        changed["in_care"] = True
    new_version = keeping.write_row(work, RESIDENTS, row, row, changed)
    ids = work.session.execute(select(_G.id).where(_G.code.in_(codes))).scalars().all()
    if ids and row["status_on"] is not None:
        work.session.execute(
            update(Membership)
            .where(_M.resident_id == resident_id, _M.group_id.in_(ids), _M.until == row["status_on"])
            .values(until=None)
        )
        work.log(
            "resident", resident_id, row["name"], {"groups": ([], list(codes))}, action="resident.back",
            area_path=row["area_path"],
        )  # fmt: skip
    return new_version


def _before_leaving(entries: list[tuple[str, Values]]) -> tuple[bool, list[str]]:
    """Whether the person was in care, and the groups that ended, by the entries of the last leaving, latest first."""
    codes: list[str] = []
    for action, changes in entries:
        if action == "resident.left" and not codes:
            codes = list(changes["groups"][0])
        left = changes.get("status")
        if isinstance(left, list) and left[0] == "resident" and left[1] in ("moved", "died"):
            return changes.get("in_care") == [True, False], codes
    return False, codes


def status_label(status: str) -> str:
    """The word for a status; the codes that no form offers have words of their own."""
    options = specs_of(Resident)["status"].options
    return next((one.label for one in options if one.code == status), status)
