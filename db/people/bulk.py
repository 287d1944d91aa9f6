"""Writing very many residents and households at once: for imports and samples.

What is written equals what the commands would have written, record by record: the same defaults, the same
derived columns, the same find keys. What the commands also do is left to the caller, who knows how to do
it once for all: check the fields (`keeping.clean`) and that no ID number is taken twice, write the audit
trail (`Work.log`), say what changed (`Work.touch`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, Boolean, Connection, Date, Table, func, select, text
from sqlalchemy.engine import Dialect
from sqlmodel import SQLModel

from db import clock, parsing
from db.errors import Refused
from db.people import finding
from db.people.tables import FAR_FUTURE, FindKey, Household, Membership, Resident
from db.record import Moment
from db.register import Values
from db.sealing import Sealed, ring
from db.territory.areas import Area
from db.work import Work

AT_ONCE = 500  # ids in one question: every database takes as many parameters
PARAMETERS = 900  # of one statement that writes several rows: on SQLite half the time of one row each
NARROW = 20  # columns up to which that is so

_A = Area.__table__.c  # type: ignore[attr-defined]
_H = Household.__table__.c  # type: ignore[attr-defined]


def insert_households(work: Work, rows: Sequence[Values]) -> list[int]:
    """Add homes and return their ids in order. Each row has `area_id` and any other fields of a household.

    Place, path and address are filled in, unless a row brings its `place` with them. Refused `form.invalid`
    when an area is unknown.
    """
    wanted = {row["area_id"] for row in rows if "place" not in row}
    areas = _fetch(work, (_A.id, _A.area_path, _A.number, _A.name), wanted)
    homes = [row if "place" in row else {**row, **home_columns(areas[row["area_id"]], row)} for row in rows]
    return insert_records(work, Household, homes)


def insert_records(
    work: Work, table: type[SQLModel], rows: Sequence[Values], ids: Sequence[int] | None = None
) -> list[int]:
    """Add records of any table as they are, with the table's defaults, and return their ids in order.

    `ids` are given where the rows had to know theirs (see `new_ids`).
    """
    ids = new_ids(work, table, len(rows)) if ids is None else list(ids)
    template = _template(table, work)
    write(
        work, table, ({**template, **row, "id": record_id} for record_id, row in zip(ids, rows, strict=True))
    )
    return ids


def home_columns(area: Any, home: Values) -> Values:
    """What follows from a home's building (a row with area_path, number, name), stair and room."""
    stair, room = home.get("stair", ""), home.get("room", "")
    address = parsing.address_key(parsing.Address(area.number or area.name, stair, room))
    return {
        "area_path": area.area_path,
        "place": finding.place_of(area.area_path, stair, room),
        "address": address,
    }


def insert_residents(work: Work, rows: Sequence[Values], *, keys_into: Table | None = None) -> list[int]:
    """Register people and return their ids in order. Each row has `name`, and `household_id` or `area_id`.

    Values are as they are kept (`keeping.clean`), sealed ones in clear; `extra` holds custom fields as the
    table keeps them. A row that already has `place` is believed to be complete as to where it lies
    (area_id, area_path, place, address). `keys_into` is another table that takes the find keys for now.
    Refused `form.invalid` when a home or an area is unknown.
    """
    homes = _fetch(
        work,
        (_H.id, _H.area_id, _H.area_path, _H.place, _H.address),
        {row["household_id"] for row in rows if row.get("household_id") and "place" not in row},
    )
    areas = _fetch(
        work, (_A.id, _A.area_path, _A.name),
        {row.get("area_id") for row in rows if not row.get("household_id") and "place" not in row},
    )  # fmt: skip
    ids = new_ids(work, Resident, len(rows))
    template = _template(Resident, work)
    filled = []
    for record_id, row in zip(ids, rows, strict=True):
        full = {**template, **row, "id": record_id}
        if "place" not in row:
            full.update(_where(full, homes, areas))
        full.update(derived(full))
        filled.append(full)
    write(work, Resident, filled)
    write_find_keys(work, filled, into=keys_into)
    return ids


def _where(row: Values, homes: dict[int, Any], areas: dict[int, Any]) -> Values:
    if row["household_id"]:
        home = homes[row["household_id"]]
        return {
            "area_id": home.area_id,
            "area_path": home.area_path,
            "place": home.place,
            "address": home.address,
        }
    area = areas[row["area_id"]]
    return {"area_path": area.area_path, "place": area.area_path, "address": area.name}


def derived(row: Values) -> Values:
    """The columns of a resident that follow from other fields (see `residents.before_save`)."""
    found: Values = {}
    if row["id_number"]:
        found["born"] = row["born"] or parsing.id_birth(row["id_number"])
        found["sex"] = row["sex"] or parsing.id_sex(row["id_number"])
    initials = parsing.initials(row["name"])
    found["initials"] = initials
    found["name_key"] = finding.name_key(row["name"], initials)
    found["born_key"] = found.get("born") or row["born"] or FAR_FUTURE
    if row["status"] in ("moved", "died"):
        found["status_on"] = row["status_on"] or clock.today()
        found["in_care"] = False
    return found


def write_find_keys(work: Work, residents: Iterable[Values], *, into: Table | None = None) -> None:
    """Write the find keys of residents that have none yet.

    Each has id, place, status, name, initials, id_number and phone.
    """
    fingerprint = ring().fingerprint
    keys = [
        (token, row["place"], row["id"])
        for row in residents
        if row["status"] not in finding.GONE
        for token in finding.tokens(row["name"], row["initials"], row["id_number"], row["phone"], fingerprint)
    ]
    put_find_keys(work, keys, into=into)


def put_find_keys(work: Work, keys: Iterable[finding.Key], *, into: Table | None = None) -> None:
    """Write find keys that are not there yet."""
    if into is None:
        work.wrote()
    rows = list(keys)
    if into is None:
        rows.sort()  # in the order of the table: half the time
    table: Table = FindKey.__table__ if into is None else into  # type: ignore[attr-defined]
    _insert(work.connection, table.name, ["token", "place", "resident_id"], rows)


def insert_memberships(work: Work, rows: Sequence[Values]) -> None:
    """Put residents into groups. Each row has resident_id, group_id, since and place, perhaps until and source."""
    ids = new_ids(work, Membership, len(rows))
    template: Values = {"until": None, "source": ""}
    write(
        work, Membership, ({**template, **row, "id": record_id} for record_id, row in zip(ids, rows, strict=True))
    )  # fmt: skip


def _fetch(work: Work, columns: tuple[Any, ...], ids: set[Any]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for some in _portions(sorted(ids - {None, ""})):
        found.update(
            (row.id, row) for row in work.session.execute(select(*columns).where(columns[0].in_(some)))
        )
    if ids - set(found):
        problem = "household_id" if columns[0].table.name == "household" else "area_id"
        raise Refused("form.invalid", problems={problem: "field.not_found"})
    return found


def _portions(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def _template(table: type[SQLModel], work: Work) -> Values:
    """A row with every column at its default, made now."""
    return {**_defaults(table), "made_at": work.now, "changed_at": work.now, "extra": {}}


@lru_cache(maxsize=32)
def _defaults(table: type[SQLModel]) -> Values:
    return table.model_construct().model_dump(exclude={"id", "made_at", "changed_at", "extra"})


def new_ids(work: Work, table: type[SQLModel], count: int) -> list[int]:
    """Ids that nobody has yet, for rows about to be written in this transaction."""
    source: Table = table.__table__  # type: ignore[attr-defined]
    connection = work.connection
    if connection.dialect.name == "sqlite":  # nobody else writes meanwhile
        last = connection.execute(select(func.coalesce(func.max(source.c.id), 0))).scalar_one()
        return list(range(last + 1, last + count + 1))
    taken = connection.execute(
        text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)"),
        {"name": f'"{source.name}"', "count": count},
    )
    return sorted(taken.scalars())


def write(work: Work, table: type[SQLModel], rows: Iterable[Values]) -> int:
    """Insert complete rows (every column given) by the driver's fastest way; returns how many."""
    work.wrote()
    return write_rows(work.connection, table.__table__, rows)  # type: ignore[attr-defined]


def write_plain(work: Work, table: type[SQLModel], names: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Insert rows whose values are as the driver takes them already; `names` are their columns."""
    work.wrote()
    _insert(work.connection, table.__table__.name, names, rows)  # type: ignore[attr-defined]


def as_bound(work: Work, table: type[SQLModel], name: str, value: Any) -> Any:
    """One value of a column as the driver takes it."""
    process = _bound(table.__table__.c[name].type, work.connection.dialect)  # type: ignore[attr-defined]
    return value if process is None else process(value)


def write_rows(connection: Connection, table: Table, rows: Iterable[Values]) -> int:
    """Insert complete rows into `table`: COPY on PostgreSQL, prepared statements on SQLite."""
    names = [column.name for column in table.c]
    columns: list[Iterable[Any]] = list(zip(*map(itemgetter(*names), rows), strict=True))
    if not columns:
        return 0
    for index, column in enumerate(table.c):
        process = _bound(column.type, connection.dialect)
        if process is not None:
            columns[index] = map(process, columns[index])
    return _insert(connection, table.name, names, list(zip(*columns, strict=True)))


def _insert(connection: Connection, table: str, names: list[str], plain: list[tuple[Any, ...]]) -> int:
    """Insert values as the driver takes them."""
    if not plain:
        return 0
    columns = ", ".join(f'"{name}"' for name in names)
    if connection.dialect.name == "sqlite":
        marks = f"({', '.join('?' * len(names))})"
        into = f'INSERT INTO "{table}" ({columns}) VALUES '  # noqa: S608
        together = PARAMETERS // len(names) if len(names) <= NARROW else 1
        whole = len(plain) // together * together
        if whole:
            several = [
                tuple(chain.from_iterable(plain[index : index + together]))
                for index in range(0, whole, together)
            ]
            connection.exec_driver_sql(into + ", ".join([marks] * together), several)
        if whole < len(plain):
            connection.exec_driver_sql(into + marks, plain[whole:])
        return len(plain)
    cursor: Any = connection.connection.cursor()
    with cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
        for row in plain:
            copy.write_row(row)
    return len(plain)


def _bound(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    """How the driver takes a value of this type. Days, moments and empty objects are worked out once for all rows."""
    if isinstance(kind, Date) and dialect.name == "sqlite":
        return lambda value: value.isoformat() if value is not None else None
    process: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is not None and isinstance(kind, (Boolean, Moment)):
        return cache(process)
    if process is not None and isinstance(kind, JSON):
        full, empty = process, process({})
        return lambda value: empty if value == {} else full(value)
    if isinstance(kind, Sealed):
        seal = ring().sealer(kind.context)
        return lambda value: seal(value) if value else None
    return process
