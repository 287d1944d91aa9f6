"""Moving an area: everything that lies in it moves along, in every table."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, String, case, column, func, inspect, literal, select, table, update

from db.access import below, path_below
from db.errors import Refused
from db.register import REGISTERS
from db.territory.areas import Area, building_number, check_free, check_parent, holds_homes, row_of, write
from db.work import Work, command

PATH_COLUMNS = ("area_path", "place")
MOVED = "areas.moved"
"""Where a unit of work notes from where to where it moved an area: the paths of the two parents."""
AS_IT_WAS = ("audit_entry",)  # history says where a thing lay when it was done

_A = Area.__table__.c  # type: ignore[attr-defined]


@command("area.edit")
def move(work: Work, *, area_id: int, parent_id: int | None) -> None:
    """Put an area, with everything in it, under another one, as the last of its children.

    Refused `area.not_found` (it or the new parent), `area.cycle`, `area.level_order`, `area.parent_closed`,
    `area.name_taken`, `area.outside`.
    """
    row = row_of(work, area_id, lock=True)
    if row.parent_id == parent_id:
        return
    parent = row_of(work, parent_id) if parent_id is not None else None
    if parent is not None and parent.area_path.startswith(row.area_path):
        raise Refused("area.cycle", name=row.name, parent=parent.name)
    check_parent(work, row.level, parent)
    number = row.number or (building_number(row.name) if holds_homes(work, row.level) else "")
    if row.closed_on is None:
        check_free(work, parent_id, {row.name: number}, but=area_id)
    new_path = path_below(parent.area_path if parent else "/", area_id)
    same = _A.parent_id == parent_id if parent_id is not None else _A.parent_id.is_(None)
    last = work.session.execute(select(func.max(_A.position)).where(same)).scalar() or 0
    rewrite_paths(work, row.area_path, new_path)
    write(
        work, row, {"parent_id": parent_id, "position": last + 1}, area_path=new_path,
        changes={"parent_id": (row.parent_id, parent_id), "area_path": (row.area_path, new_path)},
    )  # fmt: skip
    left = row.area_path[: row.area_path.rindex("/", 0, -1) + 1]
    work.touch("areas", left if left != "/" else "")
    work.known.setdefault(MOVED, []).extend((left, parent.area_path if parent else "/"))
    for topic in ("people", "posts", *(f"register.{name}" for name, one in REGISTERS.items() if one.path)):
        work.touch(topic)


Mover = Callable[[Work, str, str], None]
_movers: dict[str, Mover] = {}


def moves(name: str) -> Callable[[Mover], Mover]:
    """`mover(work, old, new)` moves what the table `name` holds: for a table that no index leads to by its path.

    It runs before anything else has moved.
    """

    def decorate(mover: Mover) -> Mover:
        _movers[name] = mover
        return mover

    return decorate


def rewrite_paths(work: Work, old: str, new: str) -> None:
    """Give everything that lies at or below the path `old` the path `new` instead.

    Which tables there are is asked of the database, so that no table is forgotten whatever was imported.
    """
    tables = dict(path_columns(work))
    for name in tables:
        if name in _movers:
            _movers[name](work, old, new)
    for name, columns in tables.items():
        if name not in _movers:
            rewrite(work, name, columns[0], old, new, *columns[1:])


def rewrite(work: Work, name: str, by: str, old: str, new: str, *others: str) -> None:
    """Rewrite the column `by` of a table, and `others` of the rows that it finds: one update."""
    rows = table(name, *(column(one, String) for one in (by, *others)))
    values: dict[str, Any] = {by: moved(rows.c[by], old, literal(new, String))}
    for one in others:
        there = moved(rows.c[one], old, literal(new, String))
        values[one] = case((below(rows.c[one], old), there), else_=rows.c[one])
    work.session.execute(update(rows).where(below(rows.c[by], old)).values(values))


def moved(path: ColumnElement[str], old: str, new: ColumnElement[str]) -> ColumnElement[str]:
    """`path`, which lies at or below `old`, at the same place below `new`."""
    return new + func.substr(path, len(old) + 1)


def path_columns(work: Work) -> Iterator[tuple[str, list[str]]]:
    """The tables of the database that say where a thing lies, with the columns that say it, `area_path` first."""
    database: Any = inspect(work.connection)
    for name in database.get_table_names():
        found = sorted(one["name"] for one in database.get_columns(name) if one["name"] in PATH_COLUMNS)
        if found and name not in AS_IT_WAS:
            yield name, found
