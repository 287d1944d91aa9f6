"""The tick list that an office keeps for its visits: adding a line, renaming, ordering and closing it."""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from db import parsing
from db.care.tables import Observation
from db.errors import Refused
from db.work import Work, command, query

_B = Observation.__table__.c  # type: ignore[attr-defined]

LONGEST_NAME = 30
LONGEST_NAME_EN = 60


@dataclass(frozen=True)
class Tick:
    """One line. `worry`: ticking it means that something must be done. A closed one is not offered any more."""

    code: str
    name: str
    name_en: str
    worry: bool
    closed: bool


@query("rule.edit")
def tick_list(work: Work) -> list[Tick]:
    """Every line in its order, closed ones last."""
    return sorted(_lines(work), key=lambda one: one.closed)


@command("rule.edit")
def add_tick(work: Work, *, name: str, name_en: str = "", worry: bool = False) -> str:
    """Add a line at the end and return its code. Refused `tick.name` (empty), `tick.taken`."""
    lines = _lines(work, lock=True)
    said = _cleaned(lines, name, name_en)
    code = f"t{secrets.token_hex(4)}"
    last = max(work.session.execute(select(_B.position)).scalars(), default=0)
    work.session.execute(
        insert(Observation).values(code=code, position=last + 1, worry=worry, closed=False, **said)
    )
    _note(work, str(said["name"]), {"name": (None, said["name"]), "worry": (None, worry)})
    return code


@command("rule.edit")
def change_tick(work: Work, *, was: Tick, name: str, name_en: str, worry: bool, closed: bool) -> None:
    """Rename a line, say whether it is a worry, close or reopen it. `was` is the line that the change began from.

    What was ticked before keeps its code, so it reads by the new name. Refused `tick.name`, `tick.taken`,
    `tick.changed` (somebody else changed the line meanwhile), `record.not_found`.
    """
    lines = _lines(work, lock=True)
    if _at(lines, was.code) != was:
        raise Refused("tick.changed", name=was.name)
    new = {**_cleaned(lines, name, name_en, but=was.code), "worry": worry, "closed": closed}
    changed = {
        field: (getattr(was, field), value) for field, value in new.items() if getattr(was, field) != value
    }
    if not changed:
        return
    work.session.execute(update(Observation).where(_B.code == was.code).values(**new))
    _note(work, str(new["name"]), changed)


@command("rule.edit")
def move_tick(work: Work, *, code: str, up: bool) -> None:
    """Change places with the line above or below among those in use; at the end nothing happens.

    Refused `record.not_found`.
    """
    lines = _lines(work, lock=True)
    moved = _at(lines, code)
    offered = [one for one in lines if not one.closed or one == moved]
    here = offered.index(moved)
    there = here + (-1 if up else 1)
    if not 0 <= there < len(offered):
        return
    other = offered[there]
    order = [one.code for one in lines]
    first, second = order.index(code), order.index(other.code)
    order[first], order[second] = order[second], order[first]
    for position, each in enumerate(order, start=1):
        work.session.execute(update(Observation).where(_B.code == each).values(position=position))
    _note(work, moved.name, {"order": (here + 1, there + 1)})


def _lines(work: Work, *, lock: bool = False) -> list[Tick]:
    listed = select(_B.code, _B.name, _B.name_en, _B.worry, _B.closed).order_by(_B.position, _B.code)
    rows = work.session.execute(listed.with_for_update() if lock else listed)
    return [Tick(*row) for row in rows]


def _at(lines: list[Tick], code: str) -> Tick:
    found = next((one for one in lines if one.code == code), None)
    if found is None:
        raise Refused("record.not_found")
    return found


def _cleaned(lines: list[Tick], name: str, name_en: str, *, but: str = "") -> dict[str, str]:
    said = {
        "name": parsing.fold(name)[:LONGEST_NAME],
        "name_en": parsing.fold(name_en)[:LONGEST_NAME_EN],
    }
    if not said["name"]:
        raise Refused("tick.name")
    for field, text in said.items():
        taken = (getattr(one, field) for one in lines if one.code != but)
        if text and text.casefold() in {one.casefold() for one in taken}:
            raise Refused("tick.taken", name=text)
    return said


def _note(work: Work, label: str, changes: dict[str, tuple[Any, Any]]) -> None:
    work.log("visit_observation", None, label, changes)
    work.touch("ticks")
