"""Signing up a whole list at once: a WeChat 接龙 or a workbook, looked through before anything is done.

Names are matched with the volunteers whom the viewer may see; who is not sure is asked about; what stands against
somebody is said. Doing the same again changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import select

from db import places
from db.access import within
from db.clashing import Clash
from db.errors import Refused
from db.parsing import chains
from db.parsing.chains import Entry, Person
from db.parsing.text import fold
from db.slots import HELD, Booking
from db.volunteers import shifts, signing_up
from db.volunteers.fitness import gather, judge, key_of
from db.volunteers.tables import Volunteer
from db.work import Work, command, query
from db.workbook import layout, reading

NAMES = ("姓名", "志愿者姓名", "名字", "name")
MOST = 300
"""So many people at most at once: more are no list that somebody looks through."""
NUMBERS = ("联系电话", "电话", "手机", "手机号", "手机号码", "telephone", "phone")

_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]


class Candidate(NamedTuple):
    """Somebody who may be meant, with what tells them from others: an address or a number, and the age where known."""

    id: int
    name: str
    about: str
    age: int | None


@dataclass(frozen=True)
class Row:
    """One person of the list. `state`: `ready` to be signed up, `waits` (no place is left: stands in line), `clash`,
    `already`, `double` (further up in the list), `doubtful`, `unknown`, `leaves` (wants to be taken off: do it by hand).
    """

    number: int  # among the people of the list
    entry: Entry
    state: str
    person_id: int | None
    name: str
    candidates: tuple[Candidate, ...]
    clashes: tuple[
        tuple[str, dict[str, Any]], ...
    ] = ()  # with `clash` what forbids it, otherwise what is only said


@dataclass(frozen=True)
class Applied:
    """Who has a place now, who stands in line, who had or wanted one before, and who could not (name, refusal)."""

    booked: tuple[str, ...]
    waiting: tuple[str, ...]
    already: tuple[str, ...]
    refused: tuple[tuple[str, Refused], ...]


def entries_of(text: str) -> list[Entry]:
    """The people of a pasted text. Refused `list.long` (most)."""
    return _not_too_many(chains.read(text))


def _not_too_many(entries: list[Entry]) -> list[Entry]:
    if len(entries) > MOST:
        raise Refused("list.long", most=MOST)
    return entries


def entries_in(data: bytes, filename: str) -> list[Entry]:
    """The people of a workbook or a CSV file: by its headings, or without headings line by line.

    Refused with a code of `reading.MESSAGES`, `list.long` (most).
    """
    return _not_too_many(_entries_in(data, filename))


def _entries_in(data: bytes, filename: str) -> list[Entry]:
    workbook = reading.read(data, filename)
    try:
        table = layout.find_table(workbook, (*NAMES, *NUMBERS))
    except Refused as refused:
        if refused.code != "file.no_table":
            raise
        return _without_headings(workbook)
    headings = [layout.fold_heading(one) for one in table.columns]
    name, phone = (
        next((headings.index(known) for known in map(layout.fold_heading, one) if known in headings), None)
        for one in (NAMES, NUMBERS)
    )
    if name is None:
        return _without_headings(workbook)
    return chains.cells(
        (number, fold(cells[name]), fold(cells[phone]) if phone is not None else "")
        for number, cells in layout.data_rows(table)
    )


def _without_headings(workbook: reading.Workbook) -> list[Entry]:
    lines = [" ".join(fold(cell) for cell in row if cell is not None) for row in workbook.sheets[0].rows]
    return chains.read("\n".join(lines))


def _people(work: Work) -> tuple[dict[int, Any], list[Person]]:
    """The volunteers whom the viewer may see, as people who may be meant."""
    rows = work.session.execute(
        select(Volunteer.__table__)  # type: ignore[attr-defined]
        .where(
            within(work.viewer, "volunteer.view", _V.area_path), _V.withdrawn_at.is_(None),
            _V.status.in_(("active", "paused", "blocked")),
        )
        .order_by(_V.id)
    ).all()  # fmt: skip
    return {row.id: row for row in rows}, [Person(row.id, row.name, _digits(row.phone)) for row in rows]


def _digits(phone: str | None) -> str:
    return "".join(sign for sign in (phone or "").split("、")[0] if sign.isdigit())


def look_through(
    entries: Sequence[Entry], people: Sequence[Person], labels: Mapping[int, tuple[str, int | None]], *, has: set[int], free: int,
    lottery: bool, judge: Callable[[int], Sequence[Clash]], chosen: Mapping[int, int | None] | None = None,
) -> list[Row]:  # fmt: skip
    """What signing up these people would do, in their order.

    `people` may be meant, `labels` (address or number, age) tell one from another; `has` are those who have or want a place already, `free` is
    how many places are left, `judge` says what stands against somebody. Whoever is chosen although the name is another is
    a candidate too.
    """
    names = {one.id: one.name for one in people}
    people = sorted(
        people, key=lambda one: one.id not in has
    )  # who is on the list already is meant rather than others
    seen: set[int] = set()
    found = []
    for number, entry in enumerate(entries):
        means = chains.match(entry, people)
        who = (chosen or {}).get(number) or (means.ids[0] if means.state == "sure" else None)
        who = who if who in names else None
        also = () if who is None or who in means.ids else (who,)
        candidates = tuple(Candidate(one, names[one], *labels[one]) for one in (*means.ids, *also))
        against: tuple[tuple[str, dict[str, Any]], ...] = ()
        if entry.leaves:
            state, who = "leaves", None
        elif who is None:
            state = means.state
        elif who in has:
            state = "already"
        elif who in seen:
            state = "double"
        else:
            clashes = judge(who)
            hard = [one for one in clashes if one.hard]
            against = tuple((one.code, one.facts) for one in hard or clashes)
            state = "clash" if hard else "ready" if free > 0 or lottery else "waits"
            free -= state == "ready"
        if who is not None:
            seen.add(who)
        name = names[who] if who is not None else entry.name
        found.append(Row(number, entry, state, who, name, candidates, against))
    return found


def put_down(names: Mapping[int, str], wanted: Sequence[int], sign_up: Callable[[int], str]) -> Applied:
    """Sign these people up in this order by `sign_up`, which returns the state each has then; who cannot is left out.

    Refused `list.long` (most).
    """
    if len(wanted) > MOST:
        raise Refused("list.long", most=MOST)
    booked, waiting, already = list[str](), list[str](), list[str]()
    refused = list[tuple[str, Refused]]()
    for one in wanted:
        try:
            state = sign_up(one)
        except Refused as why:
            if why.code == "place.already":
                already.append(names[one])
            else:
                refused.append((names[one], why))
        else:
            (waiting if state == "waiting" else booked).append(names[one])
    return Applied(tuple(booked), tuple(waiting), tuple(already), tuple(refused))


@query("shift.edit")
def dry_run(
    work: Work, *, shift_id: int, entries: Sequence[Entry], chosen: Mapping[int, int | None] | None = None
) -> list[Row]:
    """What signing up these people would do, in their order. `chosen` says who is meant by doubtful ones, by their
    number in the list. Nothing is written. Refused `record.not_found`, `area.outside`.
    """
    shift = shifts.editable(work, shift_id)
    volunteers, people = _people(work)
    known = gather(work, [shift], list(volunteers.values()))
    live = {
        row.volunteer_id
        for row in work.session.execute(
            select(_B.volunteer_id).where(
                _B.slot_id == shift_id, _B.live == 1, _B.state.in_((*HELD, "waiting", "entered"))
            )
        )
    }
    return look_through(
        entries, people, {one: (row.number, None) for one, row in volunteers.items()}, has=live, lottery=shift.mode == "lottery",
        free=shift.capacity - shift.taken if not shift.waiting else 0,
        judge=lambda one: judge(work, shift, volunteers[one], known), chosen=chosen,
    )  # fmt: skip


@command("shift.edit")
def apply(work: Work, *, shift_id: int, volunteer_ids: Sequence[int]) -> Applied:
    """Sign these volunteers up in this order; when the places are gone the rest stand in line.

    Each is judged again; who cannot is left out and said. Refused `record.not_found`, `area.outside`.
    """
    shifts.editable(work, shift_id)
    volunteers, _everybody = _people(work)
    wanted = [one for one in dict.fromkeys(volunteer_ids) if one in volunteers]
    places.hold_still(work, [key_of(one) for one in wanted])
    return put_down(
        {one: volunteers[one].name for one in wanted}, wanted,
        lambda one: signing_up.sign_up(work, shift_id=shift_id, volunteer_id=one, or_wait=True).state,
    )  # fmt: skip
