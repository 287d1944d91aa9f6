"""Exports: what a list shows, as a workbook in the form that an office wants. Each is recorded."""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from db import clock, listing
from db.access import Viewer
from db.custom import ExportProfile
from db.errors import Refused
from db.fields import FieldSpec
from db.listing import Listing
from db.register import Register, Values
from db.work import Work, command, unit
from db.workbook import writing

CHUNK = 500
MASKS = ("usual", "last4", "all", "none")


@dataclass(frozen=True)
class Column:
    """One column of an export: a field or computed column, its heading, and the form of its mask."""

    field: str
    heading: str
    mask: str = "usual"


def offered(who: Viewer | Work | None, register: Register) -> dict[str, FieldSpec | None]:
    """What the viewer can export, by name; None for computed columns."""
    with unit(who, register.may("export"), write=False) as work:
        specs = listing.seen_specs(work, register)
        offered: dict[str, FieldSpec | None] = {
            name: spec for name, spec in specs.items() if spec.kind != "ref"
        }
        for one in register.computed:
            if work.viewer.sees(one.sensitivity) != "none":
                offered[one.name] = None
        return offered


def export(
    who: Viewer | Work | None, register: Register, asked: Listing, columns: Sequence[Column],
    translate: Any = str, reason: str = "",
) -> bytes:  # fmt: skip
    """The filtered list as .xlsx. `translate` puts the labels of choices into the reader's language.

    Refused `export.empty`, `export.reason` (columns in clear need one), `access.denied`.
    """
    with unit(who, register.may("export"), write=True) as work:
        specs = listing.seen_specs(work, register)
        said = {one.name: one.spec for one in register.computed if one.options}
        clear = [
            one
            for one in columns
            if one.mask == "none"
            and one.field in specs
            and work.viewer.sees(specs[one.field].sensitivity) == "masked"
        ]
        if not columns:
            raise Refused("export.empty")
        if clear and not work.viewer.can("resident.reveal"):
            raise Refused("access.denied", action="resident.reveal")
        if clear and len(reason.strip()) < 2:
            raise Refused("export.reason")
        buffer = io.BytesIO()
        written = 0

        def lines() -> Iterator[list[Any]]:
            nonlocal written
            for row in _rows(work, register, asked, columns):
                written += 1
                yield [
                    _cell(
                        work.viewer,
                        specs.get(one.field, said.get(one.field)),
                        row.get(one.field),
                        one,
                        translate,
                    )
                    for one in columns
                ]

        writing.write_xlsx(buffer, translate(register.title), [one.heading for one in columns], lines())
        work.log(
            register.action, None, "",
            {
                "rows": (None, written),
                "filter": (None, json.dumps({"search": asked.search, **asked.filters}, ensure_ascii=False)),
                "columns": (None, [f"{one.field}:{one.mask}" for one in columns]),
            },
            reason=reason.strip()[:200],
        )  # fmt: skip
        return buffer.getvalue()


def _rows(work: Work, register: Register, asked: Listing, columns: Sequence[Column]) -> Iterator[Values]:
    """The rows of the whole list in its order, a chunk at a time, restricted to what may be exported."""
    table = register.table.__table__  # type: ignore[attr-defined]
    sort = register.sort(asked.sort)
    order = [table.c[name] for name in (*sort.columns, "id")]
    clause = listing.matching(work, register, asked)
    specs = listing.seen_specs(work, register)
    computed = {
        one.name: one for one in register.computed if any(one.name == column.field for column in columns)
    }
    wanted = {"id", *(one.field for one in columns if one.field in table.c)}
    wanted.update(need for one in computed.values() for need in one.needs)
    if any(specs[one.field].custom for one in columns if one.field in specs):
        wanted.update(("extra",))
    statement = (
        select(*(table.c[name] for name in sorted(wanted)))
        .where(clause, listing.scope(work, register, register.may("export")))
        .order_by(*(column.desc() if sort.descending else column for column in order))
    )
    result = work.session.execute(statement.execution_options(yield_per=CHUNK)).mappings()
    for part in result.partitions(CHUNK):
        chunk = [dict(row) for row in part]
        for one in computed.values():
            for row, value in zip(chunk, one.fill(work, chunk), strict=True):
                row[one.name] = value
        for row in chunk:
            for column in columns:
                spec = specs.get(column.field)
                if spec is not None and spec.custom:
                    row[column.field] = listing.value_in_clear(row, register, column.field, spec)
            yield row


def _cell(viewer: Viewer, spec: FieldSpec | None, value: Any, column: Column, translate: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(clock.PLACE).replace(tzinfo=None)  # workbooks know no time zones
    if isinstance(value, list):
        return "、".join(str(_choice(spec, one, translate)) for one in value)
    if spec is None or value is None:
        return "" if value is None else value
    if column.mask == "none" and viewer.sees(spec.sensitivity) in ("clear", "masked"):
        return value
    if spec.sensitivity not in ("open", "name"):
        return spec.mask(value, column.mask)
    if spec.sensitivity == "name" and (column.mask != "usual" or viewer.sees("name") != "clear"):
        return spec.mask(value, column.mask)
    if spec.kind == "yes_no":
        return translate("Yes") if value else translate("No")
    if isinstance(value, date):
        return value.isoformat()
    return _choice(spec, value, translate)


def _choice(spec: FieldSpec | None, value: Any, translate: Any) -> Any:
    for one in spec.options if spec is not None and not spec.custom else ():
        if one.code == value:
            return translate(one.label) if one.code else ""
    return value


def profiles(who: Viewer | Work | None, register: Register) -> dict[str, list[Column]]:
    """The export profiles of a register by name."""
    with unit(who, register.may("export"), write=False) as work:
        rows = work.session.execute(
            select(ExportProfile).where(
                ExportProfile.ledger == register.name,  # type: ignore[arg-type]
                ExportProfile.closed.is_(False),  # type: ignore[attr-defined]
            )
        ).scalars()
        mine = work.viewer.account_id
        return {
            row.name: [Column(one["field"], one["heading"], one["mask"]) for one in row.columns]
            for row in rows
            if row.shared or row.account_id == mine
        }


@command("me.view")
def save_profile(work: Work, *, register: str, name: str, columns: Sequence[Column]) -> None:
    """Keep the form of an export under a name; the same name again replaces one's own.

    Refused `view.name`, `export.empty`, `export.profile_taken` (somebody else's).
    """
    name = name.strip()[:60]
    if not name:
        raise Refused("view.name")
    if not columns:
        raise Refused("export.empty")
    row = work.session.execute(
        select(ExportProfile).where(
            ExportProfile.ledger == register,  # type: ignore[arg-type]
            ExportProfile.name == name,  # type: ignore[arg-type]
            ExportProfile.closed.is_(False),  # type: ignore[attr-defined]
        )
    ).scalar() or ExportProfile(ledger=register, name=name, account_id=work.viewer.account_id)
    if row.account_id != work.viewer.account_id and work.viewer.role != "admin":
        raise Refused("export.profile_taken")
    row.columns = [{"field": one.field, "heading": one.heading, "mask": one.mask} for one in columns]
    work.session.add(row)
    work.session.flush()
    work.log("export_profile", row.id, name, {"columns": (None, [one.field for one in columns])})
