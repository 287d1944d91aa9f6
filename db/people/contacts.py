"""Relatives and whoever is to be called. Their telephone is masked like the person's own."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from db import audit, clock
from db.access import within
from db.errors import Refused
from db.fields import FieldSpec, specs_of
from db.listing import row_of
from db.people.residents import RESIDENTS
from db.people.tables import Contact, Resident
from db.register import Values
from db.work import Work, command, query

_C = Contact.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]

FIELDS = ("name", "relation", "phone", "emergency", "position", "note")


@dataclass(frozen=True)
class ContactView:
    """A contact as the viewer may see it: `phone` is masked, and None when the viewer may not know it.

    `other_id` is the resident that the contact is, when the viewer may see that record.
    """

    id: int
    version: int
    name: str
    relation: str
    phone: str | None
    emergency: bool
    other_id: int | None
    position: int | None
    note: str


def contact_specs() -> dict[str, FieldSpec]:
    """The fields of a contact that people fill in."""
    specs = specs_of(Contact)
    return {name: specs[name] for name in FIELDS}


@query("resident.view")
def contacts_of(work: Work, *, resident_id: int) -> list[ContactView]:
    """Whom to call for this person, emergencies first. Refused `record.not_found`."""
    row_of(work, RESIDENTS, resident_id, "resident.view")
    rows = work.session.execute(
        select(Contact.__table__)  # type: ignore[attr-defined]
        .where(_C.resident_id == resident_id, _C.closed_on.is_(None))
        .order_by(_C.emergency.desc(), _C.position.is_(None), _C.position, _C.id)
    ).all()
    others = [row.other_id for row in rows if row.other_id]
    seen = set(
        work.session.execute(
            select(_R.id).where(_R.id.in_(others), within(work.viewer, "resident.view", _R.place))
        ).scalars()
    )
    return [_view(work, row, seen) for row in rows]


def _view(work: Work, row: Any, seen: set[int]) -> ContactView:
    specs = contact_specs()
    name = row.name if work.viewer.sees("name") == "clear" else specs["name"].mask(row.name)
    sight = work.viewer.sees("contact")
    phone = (
        None if sight == "none" else (row.phone or "") if sight == "clear" else specs["phone"].mask(row.phone)
    )
    return ContactView(
        row.id, row.version, name, row.relation, phone, row.emergency,
        row.other_id if row.other_id in seen else None, row.position, row.note if sight != "none" else "",
    )  # fmt: skip


def _clean(values: Values, *, partly: bool) -> Values:
    kept: Values = {}
    problems: dict[str, str] = {}
    for name, spec in contact_specs().items():
        if name not in values:
            if spec.required and not partly:
                problems[name] = "field.required"
            continue
        parsed = spec.parse(values[name])
        if parsed.problem:
            problems[name] = parsed.problem
        kept[name] = parsed.value
    if problems:
        raise Refused("form.invalid", problems=problems)
    return kept


def _other(work: Work, resident_id: int, other_id: int | None) -> None:
    if other_id is not None:
        if other_id == resident_id:
            raise Refused("contact.self")
        row_of(work, RESIDENTS, other_id, "resident.view")


@command("resident.edit")
def add_contact(work: Work, *, resident_id: int, values: Values, other_id: int | None = None) -> int:
    """Note somebody to call, perhaps a resident (`other_id`). Returns the id of the contact.

    Refused `record.not_found`, `form.invalid`, `contact.self`.
    """
    person = row_of(work, RESIDENTS, resident_id, "resident.edit")
    kept = _clean(values, partly=False)
    _other(work, resident_id, other_id)
    row = Contact(resident_id=resident_id, other_id=other_id, **kept).model_dump(exclude={"id"})
    contact_id = int(work.session.execute(insert(Contact).values(**row).returning(_C.id)).scalar_one())
    _say(work, person, (None, kept.get("relation") or audit.CHANGED))
    return contact_id


@command("resident.edit")
def change_contact(
    work: Work, *, contact_id: int, version: int, values: Values, other_id: int | None = None
) -> None:
    """Change what is known of a contact; a telephone that is not among `values` stays.

    Refused `record.not_found`, `record.changed`, `form.invalid`, `contact.self`.
    """
    row, person = _row(work, contact_id, "resident.edit")
    if row["version"] != version:
        raise Refused("record.changed", version=row["version"], theirs={}, record_id=contact_id)
    kept = _clean(values, partly=True)
    _other(work, person["id"], other_id)
    work.session.execute(
        update(Contact)
        .where(_C.id == contact_id)
        .values(**kept, other_id=other_id, version=version + 1, changed_at=work.now)
    )
    _say(
        work,
        person,
        (row["relation"] or audit.CHANGED, kept.get("relation", row["relation"]) or audit.CHANGED),
    )


@command("resident.edit")
def close_contact(work: Work, *, contact_id: int) -> None:
    """This is nobody to call any more. The record is kept. Refused `record.not_found`."""
    row, person = _row(work, contact_id, "resident.edit")
    work.session.execute(update(Contact).where(_C.id == contact_id).values(closed_on=clock.today()))
    _say(work, person, (row["relation"] or audit.CHANGED, None))


@command("resident.reveal")
def reveal_phone(work: Work, *, contact_id: int, reason: str) -> str:
    """The whole telephone of a contact. Who and why is recorded with the resident.

    Refused `record.not_found`, `reveal.reason`.
    """
    reason = reason.strip()
    if len(reason) < 2:
        raise Refused("reveal.reason")
    row, person = _row(work, contact_id, "resident.reveal")
    work.log(
        "resident", person["id"], person["name"], {"contact_phone": (row["relation"] or audit.CHANGED, audit.CHANGED)},
        area_path=person["area_path"], reason=reason[:200], action="resident.reveal",
    )  # fmt: skip
    return str(row["phone"] or "")


def _row(work: Work, contact_id: int, action: str) -> tuple[Values, Values]:
    found = (
        work.session.execute(
            select(Contact.__table__).where(_C.id == contact_id, _C.closed_on.is_(None))  # type: ignore[attr-defined]
        )
        .mappings()
        .first()
    )
    if found is None:
        raise Refused("record.not_found")
    return dict(found), row_of(work, RESIDENTS, found["resident_id"], action)


def _say(work: Work, person: Values, change: tuple[Any, Any]) -> None:
    """The trail says which relation, never a name or number of somebody who is not a resident."""
    work.log(
        "resident", person["id"], person["name"], {"contact": change}, area_path=person["area_path"],
        action="resident.contact",
    )  # fmt: skip
    work.touch("register.residents", person["area_path"])
