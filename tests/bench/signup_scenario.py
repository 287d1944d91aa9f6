"""How many sign-ups a second the real command does, audit and counters included, beside bare inserts of one row.

    python -m tests.bench signup

Both on the same fresh database in the same run, in turns, with one and with eight threads; on SQLite in a
temporary folder, and on PostgreSQL too when LINLI_TEST_POSTGRES names an empty database.
"""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import time as at_time
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Field, Session, SQLModel

import db.models  # noqa: F401
from db import access, clock, engine, migrations
from db.access import Viewer
from db.identity import Account, open_session, viewer_of
from db.slots import Slot
from db.territory.areas import Area, Level
from db.volunteers import shifts, signing_up
from db.volunteers.shifts import Plan
from db.volunteers.tables import Volunteer, WorkKind

PEOPLE = 60
TURNS = 5
EACH = 240
LEAST = 0.30


class Bare(SQLModel, table=True):
    """What the usual way of writing is measured with."""

    __tablename__ = "bench_bare"

    id: int | None = Field(default=None, primary_key=True)
    shift_id: int
    volunteer_id: int
    name: str = ""


def run() -> tuple[str, dict[str, Any]]:
    """Measure; returns a Markdown report and the figures."""
    lines = [
        "| database | threads | bare inserts a second | sign-ups a second | share |",
        "|---|---|---|---|---|",
    ]
    figures = {}
    with TemporaryDirectory() as folder:
        urls = {"sqlite": f"sqlite:///{folder}/bench.db"}
        if os.environ.get("LINLI_TEST_POSTGRES"):
            urls["postgresql"] = os.environ["LINLI_TEST_POSTGRES"]
        for name, url in urls.items():
            with _database(url, Path(folder)):
                people, slots = _prepare()
                for threads in (1, 8):
                    bare, real = _measure(people, slots, threads)
                    lines.append(f"| {name} | {threads} | {bare:,.0f} | {real:,.0f} | {real / bare:.0%} |")
                    figures[f"{name}_{threads}"] = {
                        "bare": bare,
                        "real": real,
                        "share": real / bare,
                        "enough": real / bare >= LEAST,
                    }
    return "\n".join(lines), figures


@contextmanager
def _database(url: str, folder: Path) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in ("LINLI_DATABASE_URL", "LINLI_DATA_DIR")}
    os.environ.update(LINLI_DATABASE_URL=url, LINLI_DATA_DIR=str(folder))
    migrations.upgrade(url)
    SQLModel.metadata.tables["bench_bare"].create(engine.current(), checkfirst=True)
    try:
        yield
    finally:
        SQLModel.metadata.tables["bench_bare"].drop(engine.current())
        engine.forget()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


def _prepare() -> tuple[list[Viewer], list[int]]:
    """Volunteers with accounts, and as many shifts as each of them takes."""
    with engine.writing() as session:
        session.add(Level(code="grid", position=0, label="网格"))
        session.flush()
        area = Area(name="第一网格", code="g1", level="grid", position=1, area_path="/00001/")
        session.add(area)
        kind = WorkKind(title="上门探访", minimum=1, maximum=PEOPLE, minutes=60)
        session.add(kind)
        session.flush()
        viewers = []
        for number in range(PEOPLE):
            account = Account(
                username=f"v{number}", name=f"志愿者{number}", role="volunteer", must_change=False
            )
            session.add(account)
            session.flush()
            session.execute(
                insert(Volunteer).values(
                    **Volunteer(
                        number=f"V{number}",
                        name=account.name,
                        area_id=area.id or 0,
                        area_path="/00001/",
                        account_id=account.id,
                    ).model_dump(exclude={"id"})
                )
            )
            viewers.append(viewer_of(session, account, open_session(session, account)))
        area_id, kind_id = area.id or 0, kind.id or 0
    rounds = 2 * (TURNS + 1) * EACH // PEOPLE
    slots = [
        shifts.make(
            access.system(),
            plan=Plan(kind_id, area_id, clock.today() + timedelta(days=1 + number), at_time(9)),
        )
        for number in range(rounds)
    ]
    return viewers, slots


def _measure(people: list[Viewer], slots: list[int], threads: int) -> tuple[float, float]:
    """Rates of both in turns: the median of all turns but the first."""
    todo = iter([(viewer, slot) for slot in slots for viewer in people if not _taken(slot)])

    def bare(_n: int) -> None:
        with Session(engine.current().execution_options(writes=True)) as session:
            session.add(Bare(shift_id=1, volunteer_id=2, name="志愿者"))
            session.commit()

    def real(_n: int) -> None:
        viewer, slot = next(todo)
        signing_up.sign_up(viewer, shift_id=slot)

    rates: tuple[list[float], list[float]] = ([], [])
    for _turn in range(TURNS + 1):
        for kept, action in zip(rates, (bare, real), strict=True):
            kept.append(_rate(action, threads))
    return median(rates[0][1:]), median(rates[1][1:])


def _taken(slot_id: int) -> bool:
    with engine.reading() as session:
        return bool(session.execute(select(Slot.taken).where(Slot.id == slot_id)).scalar_one())  # type: ignore[call-overload]


def _rate(action: Callable[[int], None], threads: int) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(action, range(EACH)))
    return EACH / (time.perf_counter() - began)
