"""Writing a register: making and changing a record, revealing a masked field, noting who looked."""

import base64
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from db import audit
from db.access import Viewer
from db.audit import AuditEntry
from db.errors import Refused
from db.fields import FieldSpec
from db.listing import all_specs, row_of, value_in_clear
from db.register import Register, Values
from db.sealing import ring
from db.work import Work, unit

LOOK_AGAIN = timedelta(hours=1)


def clean(
    work: Work, register: Register, values: Values, *, partly: bool = False
) -> tuple[Values, dict[str, str]]:
    """Typed values → kept values, and notes by field.

    Refused `form.invalid` with `problems` (field → code) when something cannot be kept. With `partly`,
    required fields that are not among `values` are left alone.
    """
    specs = {name: spec for name, spec in all_specs(work, register).items() if not spec.derived}
    kept: Values = {}
    problems: dict[str, str] = {}
    notes: dict[str, str] = {}
    for name, spec in specs.items():
        if name not in values:
            if spec.required and not partly:
                problems[name] = "field.required"
            continue
        parsed = spec.parse(values[name])
        if parsed.problem:
            problems[name] = parsed.problem
        elif parsed.note:
            notes[name] = parsed.note
        kept[name] = parsed.value
    unknown = set(values) - set(specs)
    if unknown:
        raise KeyError(f"{register.name} has no fields {sorted(unknown)}")
    if problems:
        raise Refused("form.invalid", problems=problems)
    return kept, notes


def create(who: Viewer | Work | None, register: Register, values: Values) -> int:
    """Make a record and return its id. Refused `form.invalid`, and what the register's hook refuses."""
    with unit(who, register.may("create"), write=True) as work:
        kept = checked_new(work, register, values)
        row = _split_custom(work, register, kept, {})
        table = register.table.__table__  # type: ignore[attr-defined]
        filled = register.table(**row).model_dump(exclude={"id"})
        record_id = int(
            work.session.execute(insert(table).values(**filled).returning(table.c.id)).scalar_one()
        )
        label = str(kept.get(register.label, ""))
        work.log(
            register.action, record_id, label, _made(work, register, kept),
            area_path=str(row.get("area_path", "")),
        )  # fmt: skip
        _touch(work, register, kept)
        if register.after_save is not None:
            register.after_save(work, record_id, None, kept)
        return record_id


def checked_new(work: Work, register: Register, values: Values) -> Values:
    """What `create` would keep. Refuses what `create` refuses."""
    kept, _notes = clean(work, register, values)
    if register.before_save is not None:
        register.before_save(work, None, kept)
    _check_place(work, register, register.may("create"), kept)
    return kept


def edit(
    who: Viewer | Work | None,
    register: Register,
    record_id: int,
    version: int,
    values: Values,
    *,
    reason: str = "",
) -> int:
    """Change some fields of a record and return its new version.

    `version` is the one that was read. Refused `record.not_found`, `form.invalid`, and `record.changed`
    with `version` (now) and `theirs` (field → value now, for the fields that somebody changed to
    something else than is being saved) when somebody saved meanwhile.
    """
    with unit(who, register.may("edit"), write=True) as work:
        row, before, changed = checked_edit(work, register, record_id, version, values)
        if not changed:
            return version
        return write_row(work, register, row, before, changed, reason=reason)


def checked_edit(
    work: Work, register: Register, record_id: int, version: int, values: Values
) -> tuple[Values, Values, Values]:
    """The row, what stands in its fields, and what `edit` would change there. Refuses what `edit` refuses."""
    row = row_of(work, register, record_id, register.may("edit"), lock=True)
    specs = all_specs(work, register)
    kept, _notes = clean(work, register, values, partly=True)
    now = {name: value_in_clear(row, register, name, spec) for name, spec in specs.items()}
    if row["version"] != version:
        raise Refused("record.changed", **_conflict(work.viewer, specs, row, now, kept))
    before = {**row, **now}
    if register.before_save is not None:
        register.before_save(work, before, kept)
    changed = {name: value for name, value in kept.items() if not same(value, before.get(name))}
    if changed:
        _check_place(work, register, register.may("edit"), kept)
    return row, before, changed


def same(one: Any, other: Any) -> bool:
    """Whether two values of a field are alike: nothing filled in may be kept as "" or as nothing at all."""
    nothing: tuple[Any, ...] = (None, "", [])
    return bool(one == other) or (one in nothing and other in nothing)


def write_row(
    work: Work,
    register: Register,
    row: Values,
    before: Values,
    changed: Values,
    *,
    reason: str = "",
    action: str = "",
) -> int:
    """Write `changed` to the row, log it and run the register's hook. Returns the new version."""
    table = register.table.__table__  # type: ignore[attr-defined]
    record_id = int(row["id"])
    columns = _split_custom(work, register, changed, dict(row.get("extra") or {}))
    work.session.execute(
        update(table)
        .where(table.c.id == record_id)
        .values(**columns, version=row["version"] + 1, changed_at=work.now)
    )
    work.log(
        register.action, record_id, str(changed.get(register.label, before.get(register.label, ""))),
        differences(work, register, before, changed), action=action,
        area_path=str(changed.get("area_path", row.get("area_path", ""))), reason=reason,
    )  # fmt: skip
    _touch(work, register, before)
    _touch(work, register, {**before, **changed})
    if register.after_save is not None:
        register.after_save(work, record_id, before, changed)
    return int(row["version"]) + 1


def _conflict(
    viewer: Viewer, specs: dict[str, FieldSpec], row: Values, now: Values, mine: Values
) -> dict[str, Any]:
    theirs = {}
    for name, value in mine.items():
        if name in specs and not same(now[name], value):
            sight = viewer.sees(specs[name].sensitivity)
            if sight != "none":
                theirs[name] = now[name] if sight == "clear" else specs[name].mask(now[name])
    return {"version": row["version"], "theirs": theirs, "record_id": row["id"]}


def _check_place(work: Work, register: Register, action: str, kept: Values) -> None:
    """A record must not be put where the viewer has no right."""
    if register.path and "area_path" in kept and not work.viewer.reaches(action, str(kept["area_path"])):
        raise Refused("area.outside")


def _split_custom(work: Work, register: Register, values: Values, extra: Values) -> Values:
    """Table columns as they are, custom fields into `extra` (sealed where they are sensitive)."""
    row: Values = {}
    touched = False
    specs = all_specs(work, register)
    for name, value in values.items():
        spec = specs.get(name)
        if spec is None or not spec.custom:
            row[name] = value
            continue
        touched = True
        if value and spec.sensitivity == "health":
            value = base64.b64encode(ring().seal(str(value), f"{register.name}.{name}")).decode()
        extra[name] = audit.jsonable(value)
    return {**row, "extra": extra} if touched else row


def differences(
    work: Work, register: Register, before: Values, changed: Values
) -> dict[str, tuple[Any, Any]]:
    """What changed as the audit trail keeps it: fields by name, sealed values as "changed"."""
    specs = all_specs(work, register)
    return {
        name: (audit.CHANGED, audit.CHANGED) if _is_sealed(specs[name]) else (before.get(name), value)
        for name, value in changed.items()
        if name in specs
    }


def _made(work: Work, register: Register, kept: Values) -> dict[str, tuple[Any, Any]]:
    specs = all_specs(work, register)
    return {
        name: (None, audit.CHANGED if _is_sealed(specs[name]) else value)
        for name, value in kept.items()
        if name in specs and value not in (None, "", [], False)
    }


def _is_sealed(spec: FieldSpec) -> bool:
    return spec.sensitivity in ("contact", "identity", "health", "care")


def _touch(work: Work, register: Register, values: Values) -> None:
    work.touch(f"register.{register.name}", str(values.get("area_path") or ""))
    work.topics.update(register.topics)


def reveal(who: Viewer | Work | None, register: Register, record_id: int, name: str, reason: str) -> str:
    """The whole value of a masked field. Who, which field and why is recorded.

    Refused `record.not_found`, `reveal.reason` (none given), `access.denied`.
    """
    with unit(who, "resident.reveal", write=True) as work:
        reason = reason.strip()
        if len(reason) < 2:
            raise Refused("reveal.reason")
        row = row_of(work, register, record_id, register.may("view"))
        if register.path and not work.viewer.reaches("resident.reveal", str(row[register.path])):
            raise Refused("access.denied", action="resident.reveal")
        spec = all_specs(work, register).get(name)
        if spec is None or work.viewer.sees(spec.sensitivity) == "none":
            raise Refused("record.not_found")
        work.log(
            register.action, record_id, str(row.get(register.label, "")), {name: (audit.CHANGED, audit.CHANGED)},
            area_path=str(row.get("area_path", "")), reason=reason[:200], action="resident.reveal",
        )  # fmt: skip
        return str(value_in_clear(row, register, name, spec) or "")


def look(who: Viewer | Work | None, register: Register, record_id: int) -> None:
    """Note that somebody opened a record; at most once an hour for one person and record."""
    with unit(who, register.may("view"), write=False) as work:
        row = row_of(work, register, record_id, register.may("view"))
        recent = work.session.execute(
            select(AuditEntry.id)  # type: ignore[call-overload]
            .where(
                AuditEntry.kind == register.action,
                AuditEntry.record_id == record_id,
                AuditEntry.action == "record.look",
                AuditEntry.account_id == work.viewer.account_id,
                AuditEntry.at > work.now - LOOK_AGAIN,
            )
            .limit(1)
        ).scalar()
    if recent is None and not isinstance(who, Work):
        with unit(who, register.may("view"), write=True) as work:
            work.log(
                register.action, record_id, str(row.get(register.label, "")), action="record.look",
                area_path=str(row.get("area_path", "")),
            )  # fmt: skip
