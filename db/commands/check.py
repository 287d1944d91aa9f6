"""`python -m db check`: everything that follows from something else is what it should be."""

import argparse
import json
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, func, or_, select, text, type_coerce

from db import access, clock, engine, migrations, sealing
from db.access import path_below
from db.commands import care, places
from db.commands.console import Bar, say
from db.commands.findings import Findings, Undone
from db.errors import Refused
from db.insight import closing, counts, loads
from db.people import bulk, finding
from db.people.tables import FindKey, Household, Membership, Resident
from db.system import rotation
from db.territory import hulls
from db.territory.areas import Area
from db.territory.posts import Post
from db.work import Work, unit

SAMPLE = 2000
AT_ONCE = 500

_A = Area.__table__.c  # type: ignore[attr-defined]
_H = Household.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_K = FindKey.__table__.c  # type: ignore[attr-defined]
_P = Post.__table__.c  # type: ignore[attr-defined]
_C = counts.AreaCount.__table__.c  # type: ignore[attr-defined]
_F = closing.PeriodFigure.__table__.c  # type: ignore[attr-defined]
_PERIODS = select(_F.area_id, _F.period, _F.now)


def check(asked: argparse.Namespace) -> None:
    """Check the database and print what is wrong. Refused `database.none`, `check.found`."""
    with engine.current().connect() as connection:
        schema = migrations.version(connection)
    if schema is None:
        raise Refused("database.none")
    findings = Findings()
    if schema == migrations.newest():
        look(findings, quick=asked.quick)
    else:
        findings.add("the schema is not the one of this version: run `python -m db migrate`", schema)
    for line in findings.lines():
        say(line)
    if findings.wrong:
        raise Refused("check.found", count=len(findings.wrong))
    say(f"Everything is as it should be (schema {schema}).")


def look(findings: Findings, *, quick: bool = False) -> None:
    """Collect what is wrong. With `quick`, sealed values and find keys are looked at for a sample of the records."""
    with unit(access.system(), "settings.edit", write=False) as work:
        _file(work, findings)
        _areas(work, findings)
        _places(work, findings)
        with Bar("People") as bar:
            _people(work, findings, quick, bar)
        _sealed(work, findings, quick)
    _figures(findings)
    care.look(findings, quick=quick)
    places.look(findings)


def _file(work: Work, findings: Findings) -> None:
    if work.session.get_bind().dialect.name != "sqlite":
        return
    for row in work.session.execute(text("PRAGMA integrity_check")):
        if row[0] != "ok":
            findings.add("the database file is damaged", row[0])
    for row in work.session.execute(text("PRAGMA foreign_key_check")):
        findings.add("a record points to one that is not there", f"{row[0]} {row[1]} → {row[2]}")


def _areas(work: Work, findings: Findings) -> None:
    rows = {row.id: row for row in work.session.execute(select(_A.id, _A.parent_id, _A.area_path))}
    for row in rows.values():
        parent = rows.get(row.parent_id) if row.parent_id is not None else None
        if row.area_path != path_below(parent.area_path if parent else "/", row.id):
            findings.add("an area's path is not that of its parent", f"area {row.id}")


def _places(work: Work, findings: Findings) -> None:
    def rows(what: str, label: str, key: Column[Any], joined: Any, wrong: ColumnElement[bool]) -> None:
        for record_id in work.session.execute(select(key).select_from(joined).where(wrong)).scalars():
            findings.add(what, f"{label} {record_id}")

    area, home = Area.__table__, Household.__table__  # type: ignore[attr-defined]
    person, member, post = Resident.__table__, Membership.__table__, Post.__table__  # type: ignore[attr-defined]
    rows(
        "a home's path is not that of its building", "household", _H.id,
        home.join(area, _A.id == _H.area_id), _H.area_path != _A.area_path,
    )  # fmt: skip
    rows(
        "a resident does not lie where the home lies", "resident", _R.id, person.join(home, _H.id == _R.household_id),
        or_(_R.place != _H.place, _R.area_id != _H.area_id, _R.area_path != _H.area_path, _R.address != _H.address),
    )  # fmt: skip
    rows(
        "a resident without a home does not lie in the area named", "resident", _R.id,
        person.outerjoin(area, _A.id == _R.area_id),
        _R.household_id.is_(None) & or_(_A.id.is_(None), _R.area_path != _A.area_path, _R.place != _A.area_path),
    )  # fmt: skip
    rows(
        "a membership does not lie where its resident lies", "membership", _M.id,
        member.join(person, _R.id == _M.resident_id), _M.place != _R.place,
    )  # fmt: skip
    rows(
        "a post's path is not that of its area", "post", _P.id,
        post.join(area, _A.id == _P.area_id), _P.area_path != _A.area_path,
    )  # fmt: skip
    for home_row in work.session.execute(
        select(_H.id, _H.place, _H.area_path, _H.stair, _H.room).execution_options(yield_per=2000)
    ):
        if home_row.place != finding.place_of(home_row.area_path, home_row.stair, home_row.room):
            findings.add("a home's place does not follow from its stair and room", f"household {home_row.id}")
    for lost in work.session.execute(
        select(_K.resident_id).outerjoin(person, _R.id == _K.resident_id).where(_R.id.is_(None)).distinct()
    ).scalars():
        findings.add("find keys belong to nobody", f"resident {lost}")


_NEEDED = ("id", "name", "id_number", "phone", "born", "sex", "status", "status_on", "place", "initials",
           "name_key", "born_key", "merged_into")  # fmt: skip


def _people(work: Work, findings: Findings, quick: bool, bar: Bar) -> None:
    """Sort keys and find keys of each resident. Opens the numbers on the way."""
    total = work.session.execute(select(func.count()).select_from(Resident)).scalar_one()
    step = max(1, total // SAMPLE) if quick else 1
    last, done = 0, 0
    columns = [
        type_coerce(_R[name], LargeBinary).label(name) if name in ("id_number", "phone") else _R[name]
        for name in _NEEDED
    ]
    while True:
        rows = work.session.execute(
            select(*columns).where(_R.id > last, _R.id % step == 0).order_by(_R.id).limit(AT_ONCE)
        ).all()
        if not rows:
            break
        last = rows[-1].id
        for row in rows:
            _person(row, findings)
        done += len(rows)
        bar.show(done, total // step)
    for resident_id in finding.differences(work, step):
        findings.add("a resident is not found by what the record says", f"resident {resident_id}")


def _person(row: Any, findings: Findings) -> None:
    try:
        values = _open(row)
    except Refused:
        return  # told by `_sealed`
    fresh = bulk.derived({**values, "in_care": False})
    if any(fresh[name] != getattr(row, name) for name in ("initials", "name_key", "born_key")):
        findings.add(
            "what a resident is sorted by does not follow from name and birth date", f"resident {row.id}"
        )


def _open(row: Any) -> dict[str, Any]:
    values = dict(row._mapping)
    for name in ("id_number", "phone"):
        kept = values[name]
        values[name] = sealing.ring().open(bytes(kept), f"resident.{name}") if kept else None
    return values


def _sealed(work: Work, findings: Findings, quick: bool) -> None:
    """Every sealed value opens with a key of the ring."""
    ring = sealing.ring()
    for table, columns in rotation.sealed_columns().items():
        (key,) = table.primary_key.columns
        for column in columns:
            asked = select(key, type_coerce(column, LargeBinary)).where(column.is_not(None))
            if quick:
                asked = asked.limit(SAMPLE)
            context = column.type.context  # type: ignore[attr-defined]
            for record_id, value in work.session.execute(asked.execution_options(yield_per=2000)):
                try:
                    ring.open(bytes(value), context)
                except Refused:
                    findings.add(f"a sealed value does not open ({context})", f"{table.name} {record_id}")


def _figures(findings: Findings) -> None:
    """The figures of today equal a full recount, which is taken back."""
    try:
        with unit(access.system(), "coverage.view", write=True) as work:
            kept = _figures_now(work)
            loads_kept, hulls_kept = _loads_now(work), _hulls_now(work)
            days = set(work.session.execute(select(_C.counted_on).distinct()).scalars())
            counts.recount_all(work)
            fresh = _figures_now(work)
            hulls.refresh(work.session, None)
            for area_id, _hull in _hulls_now(work) ^ hulls_kept:
                findings.add("the hull of an area is not that of what is drawn in it", f"area {area_id}")
            if days <= {clock.today()}:  # older ones are brought up to date by whoever looks next
                for area_id in sorted(set(kept) | set(fresh)):
                    if kept.get(area_id) != fresh.get(area_id):
                        findings.add("the figures of an area are not those of its records", f"area {area_id}")
                for area_id, period in sorted(_not_the_same(work)):
                    findings.add(
                        "the figures of a period that is over are not those of its records",
                        f"area {area_id}, {period}",
                    )
                for holder, *_load in _loads_now(work) ^ loads_kept:
                    findings.add("what somebody carries is not what their posts say", holder)
            raise Undone
    except Undone:
        pass


def _not_the_same(work: Work) -> set[tuple[int, str]]:
    """The areas and periods whose figures a full recount changes, what waits to be followed left aside."""
    closing.settle(work)
    kept = {(area_id, period): now for area_id, period, now in work.session.execute(_PERIODS)}
    closing.recount(work.session)
    fresh = {(area_id, period): now for area_id, period, now in work.session.execute(_PERIODS)}
    return {one for one in {*kept, *fresh} if kept.get(one) != fresh.get(one)}


def _loads_now(work: Work) -> set[tuple[Any, ...]]:
    rows = work.session.execute(select(loads.HolderLoad.__table__))  # type: ignore[attr-defined]
    return {tuple(row) for row in rows}


def _hulls_now(work: Work) -> set[tuple[int, str]]:
    rows = work.session.execute(select(_A.id, _A.hull).where(_A.shape.is_(None)))
    return {(row.id, json.dumps(row.hull)) for row in rows}


def _figures_now(work: Work) -> dict[int, tuple[Any, ...]]:
    columns = [_C[name] for name in (*counts.FIGURES, "hole")]
    return {row[0]: tuple(row[1:]) for row in work.session.execute(select(_C.area_id, *columns))}
