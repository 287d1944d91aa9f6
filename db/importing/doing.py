"""The steps of an import, as the screen and the command line take them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from db import changes, clock, engine
from db.access import Viewer
from db.audit import AuditEntry
from db.errors import Refused
from db.importing import collecting, columns
from db.importing.columns import Meaning
from db.importing.engine import choices_differ, importer_of
from db.importing.files import Upload
from db.importing.plans import Choices, Done, PastImport, Plan, PlannedRow, Progress
from db.importing.tables import HeadingMap, Import, ImportedRow
from db.register import REGISTERS, Register
from db.work import Work, unit
from db.workbook import mapping as headings
from db.workbook.layout import Table

_I = Import.__table__.c  # type: ignore[attr-defined]
_ROW = ImportedRow.__table__.c  # type: ignore[attr-defined]
_MAP = HeadingMap.__table__.c  # type: ignore[attr-defined]
_ENTRY = AuditEntry.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Suggestion:
    """Which column is which, as far as can be told. `doubtful` columns deserve a look.

    `remembered`: a file with these headings was imported before, and this is how.
    """

    columns: dict[int, str]
    doubtful: tuple[int, ...]
    missing: tuple[str, ...]
    remembered: bool


def _nothing(_share: float, _counts: Mapping[str, int]) -> None:
    """Nobody watches."""


def meanings(who: Viewer | Work | None, register: Register) -> dict[str, Meaning]:
    """What columns of a ledger can mean for this register, by name."""
    with unit(who, register.may("import"), write=False) as work:
        return importer_of(register).meanings(work, register)


def mapping(who: Viewer | Work | None, register: Register, table: Table) -> Suggestion:
    """What the columns of this table mean: as it was the last time, else by heading and content."""
    with unit(who, register.may("import"), write=False) as work:
        known = importer_of(register).meanings(work, register)
        remembered = work.session.execute(
            select(_MAP.fields).where(
                _MAP.ledger == register.name, _MAP.headings == headings.headings_key(table.columns)
            )
        ).scalar()
        if remembered is not None:
            kept = {int(column): name for column, name in remembered.items() if name in known}
            return Suggestion(kept, (), _missing(known, kept), True)
        proposal = headings.propose(table, [one.target() for one in known.values()])
        found = {column: name for column, name in proposal.columns.items() if name}
        return Suggestion(found, proposal.doubtful, _missing(known, found), False)


def _missing(known: Mapping[str, Meaning], chosen: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(one.name for one in known.values() if one.required and one.name not in chosen.values())


def plan(
    who: Viewer | Work | None,
    register: Register,
    upload: Upload,
    chosen: Mapping[int, str],
    choices: Choices | None = None,
    progress: Progress | None = None,
) -> Plan:
    """The dry run: what would become of each row. Nothing is written.

    `chosen` says which column (from 0) is which field. Refused `import.column_missing`, `import.column_twice`,
    `import.column_unknown`, `import.not_importable`, `access.denied`.
    """
    with (
        collecting.paused(),
        unit(who, register.may("import"), write=False) as work,
        engine.lean(work.session),
    ):
        return _plan(work, register, upload, chosen, choices or Choices(), progress or _nothing)


def check(who: Viewer | Work | None, register: Register, table: Table, chosen: Mapping[int, str]) -> None:
    """Whether the columns are in order. Refused `import.column_missing`, `import.column_twice`, `import.column_unknown`."""
    columns.check(chosen, meanings(who, register), table)


def _plan(
    work: Work,
    register: Register,
    upload: Upload,
    chosen: Mapping[int, str],
    choices: Choices,
    tell: Progress,
) -> Plan:
    importer = importer_of(register)
    known = importer.meanings(work, register)
    found = Plan(
        register=register,
        upload=upload,
        mapping=columns.check(chosen, known, upload.table),
        rows=[],
        choices=choices,
        stamp=_stamp(work, register),
        labels={one.name: one.label for one in known.values()},
    )
    importer.plan(work, found, tell)
    return found


def _stamp(work: Work, register: Register) -> tuple[Any, ...]:
    """What the result of a dry run depends on besides the file: equal as long as nothing of it changed."""
    topics = importer_of(register).topics(register)
    change = changes.Change.__table__.c  # type: ignore[attr-defined]
    rows = work.session.execute(
        select(change.topic, change.counter).where(change.topic.in_(topics)).order_by(change.topic)
    )
    scope = work.viewer.scope(register.may("import"))
    return (*(tuple(row) for row in rows), scope, work.viewer.areas, clock.today())


def remember(who: Viewer | Work | None, register: Register, table: Table, chosen: Mapping[int, str]) -> None:
    """Keep for the next file with these headings which column is which."""
    with unit(who, register.may("import"), write=True) as work:
        key = {"ledger": register.name, "headings": headings.headings_key(table.columns)}
        fields = {str(column): name for column, name in chosen.items() if name}
        before = work.session.execute(
            select(_MAP.fields).where(_MAP.ledger == key["ledger"], _MAP.headings == key["headings"])
        ).scalar()
        if before == fields:
            return
        kind = sqlite if work.session.get_bind().dialect.name == "sqlite" else postgresql
        statement = kind.insert(HeadingMap).values(**key, fields=fields)
        work.session.execute(
            statement.on_conflict_do_update(index_elements=["ledger", "headings"], set_={"fields": fields})
        )
        work.log("heading_map", None, register.name, {"columns": (None, len(fields))})


def apply(
    who: Viewer | Work | None,
    plan: Plan,
    choices: Choices | None = None,
    progress: Progress | None = None,
) -> Done:
    """Do what the dry run showed, in one transaction; `choices` that differ from its own are followed.

    `progress` is told the share done (0 to 1) and counts; whatever it raises undoes everything. A plan
    in which nothing is new or changed writes nothing and has no import id.

    Refused `import.stale` with `count`, `rows` and the new `plan` when rows come out differently than they
    did in the dry run because somebody wrote meanwhile; what `Plan`'s register refuses.
    """
    tell = progress or _nothing
    register = plan.register
    with (
        collecting.paused(),
        unit(who, register.may("import"), write=True) as work,
        engine.lean(work.session),
    ):
        importer = importer_of(register)
        if work.session.get_bind().dialect.name == "postgresql":
            names = ", ".join(f'"{name}"' for name in importer.tables(register))
            work.session.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))
        plan = _fresh(work, plan, choices, tell)
        counts = plan.counts
        if not counts["new"] and not counts["changed"]:
            return Done(0, counts)
        import_id = work.session.execute(
            insert(Import)
            .values(
                ledger=register.name, at=work.now, account_id=work.viewer.account_id,
                actor=work.viewer.name, filename=plan.upload.filename[:200], counts=counts,
            )
            .returning(_I.id)
        ).scalar_one()  # fmt: skip
        importer.apply(work, plan, import_id, tell)
        remember(work, register, plan.upload.table, plan.mapping)
        work.log(
            "import", import_id, plan.upload.filename[:200],
            {name: (None, count) for name, count in counts.items() if count},
        )  # fmt: skip
        work.touch("imports")
        tell(1.0, {"done": counts["new"] + counts["changed"], "of": counts["new"] + counts["changed"]})
        return Done(import_id, counts)


def _fresh(work: Work, plan: Plan, choices: Choices | None, tell: Progress) -> Plan:
    """The plan as it is right now, with the user's last choices."""
    if _stamp(work, plan.register) != plan.stamp:
        again = _plan(work, plan.register, plan.upload, plan.mapping, plan.choices, _nothing)
        other = [new.number for old, new in zip(plan.rows, again.rows, strict=True) if _differs(old, new)]
        if other:
            some = "、".join(str(number) for number in other[:10])
            raise Refused("import.stale", count=len(other), rows=some, numbers=other, plan=again)
        plan = again
    if choices is not None and choices_differ(choices, plan.choices):
        plan = _plan(work, plan.register, plan.upload, plan.mapping, choices, _nothing)
    return plan


def _differs(old: PlannedRow, new: PlannedRow) -> bool:
    return (old.outcome, old.record_id, old.values, old.candidates) != (
        new.outcome, new.record_id, new.values, new.candidates,
    ) or (old.outcome == "changed" and old.version != new.version)  # fmt: skip


def imports(who: Viewer | Work | None, register: Register, limit: int = 50) -> list[PastImport]:
    """The imports into a register that the viewer may undo: their own, and with the right everywhere all; latest first."""
    with unit(who, register.may("import"), write=False) as work:
        everyone = work.viewer.scope(register.may("import")) == "all"
        statement = select(Import).where(_I.ledger == register.name).order_by(_I.id.desc()).limit(limit)
        if not everyone:
            statement = statement.where(_I.account_id == work.viewer.account_id)
        return [
            PastImport(
                row.id or 0, row.at, row.actor, row.filename, dict(row.counts), row.undone_at,
                row.account_id == work.viewer.account_id,
            )
            for row in work.session.execute(statement).scalars()
        ]  # fmt: skip


def undo(
    who: Viewer | Work | None, import_id: int, progress: Progress | None = None, *, rest: bool = False
) -> dict[int, str]:
    """Take a whole import back: what it made goes from the lists, what it changed gets its old values.

    With `rest` the records that were edited since stay as they are, and are returned (id → name).

    Refused `record.not_found`, `import.undone`, `import.not_yours`, and `import.edited` with `count`, `names`,
    `records` (id → name) and `others` (how many more there are) when records of it were edited since: without
    `rest`, or when that is all of them.
    """
    with unit(who, "me.view", write=True) as opened:
        one = opened.session.execute(
            select(_I.ledger, _I.account_id, _I.undone_at, _I.filename).where(_I.id == import_id)
        ).first()
        register = REGISTERS.get(one.ledger) if one is not None else None
        if one is None or register is None:
            raise Refused("record.not_found")
        with unit(opened, register.may("import"), write=True) as work:
            if one.undone_at is not None:
                raise Refused("import.undone")
            everyone = work.viewer.scope(register.may("import")) == "all"
            if not everyone and one.account_id != work.viewer.account_id:
                raise Refused("import.not_yours")
            return _undo(work, register, import_id, one.filename, progress or _nothing, rest=rest)


def _undo(
    work: Work, register: Register, import_id: int, filename: str, tell: Progress, *, rest: bool
) -> dict[int, str]:
    importer = importer_of(register)
    rows: Sequence[ImportedRow] = (
        work.session.execute(select(ImportedRow).where(_ROW.import_id == import_id).order_by(_ROW.id))
        .scalars()
        .all()
    )
    mark = work.session.execute(
        select(func.max(_ENTRY.id)).where(_ENTRY.kind == "import", _ENTRY.record_id == import_id)
    ).scalar_one()
    stay = importer.edited(work, register, rows, mark or 0)
    others = len({row.record_id for row in rows if row.kind == importer.kind(register)} - set(stay))
    if stay and not (rest and others):
        names = "、".join(list(stay.values())[:10])
        raise Refused("import.edited", count=len(stay), names=names, records=stay, others=others)
    importer.undo(work, register, rows, tell, stay if rest else None)
    work.session.execute(update(Import).where(_I.id == import_id).values(undone_at=work.now))
    said: dict[str, Any] = {"undone": (None, len(rows))}
    if stay:
        said["stayed"] = (None, len(stay))
    work.log("import", import_id, filename, said, action=register.may("import"))
    work.touch("imports")
    tell(1.0, {"done": len(rows), "of": len(rows)})
    return stay
