"""Pairs of records that are probably one person, for somebody to decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

from sqlalchemy import func, select

from db.access import below, within
from db.people.residents import area_options
from db.people.tables import FAR_FUTURE, NotSame, Resident
from db.people.whereabouts import has_status
from db.territory.areas import Area
from db.work import Work, query

_R = Resident.__table__.c  # type: ignore[attr-defined]
_N = NotSame.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]

MOST_AT_ONCE = 40_000  # residents that are looked through at once, in the order of their homes
MOST_NAMES = 400  # groups of people with one name that are looked into
MOST_PEOPLE = 4000  # people with a name that others have too, whose telephones are compared
HERE = ("resident", "moved")


@dataclass(frozen=True)
class Person:
    id: int
    name: str
    born: date | None
    address: str
    status: str


@dataclass(frozen=True)
class Pair:
    """Two records that look like one person; `because` are codes of `components.words.WARNINGS`."""

    first: Person
    second: Person
    because: tuple[str, ...]


@dataclass(frozen=True)
class Proposals:
    """`more`: there are more people than were looked through; ask for one area."""

    pairs: list[Pair]
    more: bool


@query("resident.merge")
def proposals(work: Work, *, area_id: int | None = None, limit: int = 50) -> Proposals:
    """Likely duplicates in the viewer's areas (or in one of them): same name and birth date, or same name and telephone.

    Pairs that somebody declared to be two people are left out. At most `limit` pairs, among the first
    MOST_AT_ONCE people; for the telephones among MOST_PEOPLE people with repeated names.
    """
    scope = [within(work.viewer, "resident.merge", _R.place), has_status(*HERE)]
    if area_id is not None:
        path = work.session.execute(select(_A.area_path).where(_A.id == area_id)).scalar()
        scope.append(below(_R.place, path or "/none"))
    end = work.session.execute(
        select(_R.place).where(scope[0], *scope[2:]).order_by(_R.place).offset(MOST_AT_ONCE).limit(1)
    ).scalar()
    if end is not None:
        scope.append(_R.place < end)
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    for pair in _same_birth(work, scope):
        found[pair] = ("same_birth_date",)
    for pair in _same_phone(work, scope):
        found[pair] = (*found.get(pair, ()), "same_phone")
    for pair in _declared_two(work, found):
        del found[pair]
    surest = sorted(found.items(), key=lambda one: (-len(one[1]), one[0]))[:limit]
    return Proposals(_pairs(work, dict(surest)), end is not None)


@query("resident.merge")
def areas_to_search(work: Work) -> list[tuple[int, str]]:
    """The areas that can be looked through alone: id and name."""
    return [(int(one.code), one.label) for one in area_options("resident.merge")(work)]


def _same_birth(work: Work, scope: list[Any]) -> set[tuple[int, int]]:
    groups = work.session.execute(
        select(_R.born_key, _R.name)
        .where(*scope, _R.born_key < FAR_FUTURE)
        .group_by(_R.born_key, _R.name)
        .having(func.count() > 1)
        .limit(MOST_NAMES)
    ).all()
    pairs: set[tuple[int, int]] = set()
    for start in range(0, len(groups), 200):
        some = groups[start : start + 200]
        wanted = {(row.born_key, row.name) for row in some}
        rows = work.session.execute(
            select(_R.id, _R.born_key, _R.name)
            .where(
                *scope, _R.born_key.in_({one[0] for one in wanted}), _R.name.in_({one[1] for one in wanted})
            )
            .order_by(_R.id)
        ).all()
        alike: dict[Any, list[int]] = {}
        for row in rows:
            if (row.born_key, row.name) in wanted:
                alike.setdefault((row.born_key, row.name), []).append(row.id)
        for ids in alike.values():
            pairs.update(combinations(ids[:10], 2))
    return pairs


def _same_phone(work: Work, scope: list[Any]) -> set[tuple[int, int]]:
    names = (
        select(_R.name_key).where(*scope).group_by(_R.name_key).having(func.count() > 1).limit(MOST_PEOPLE)
    ).subquery()
    rows = work.session.execute(
        select(_R.id, _R.name, _R.phone)
        .where(*scope, _R.phone.is_not(None), _R.name_key.in_(select(names.c.name_key)))
        .order_by(_R.id)
        .limit(MOST_PEOPLE)
    )
    alike: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        for number in row.phone.split("、"):
            alike.setdefault((row.name, number), []).append(row.id)
    return {pair for ids in alike.values() for pair in combinations(ids[:10], 2)}


def _declared_two(work: Work, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    asked = sorted(pairs)
    found: set[tuple[int, int]] = set()
    for start in range(0, len(asked), 400):
        some = asked[start : start + 400]
        rows = work.session.execute(
            select(_N.first_id, _N.second_id).where(_N.first_id.in_({pair[0] for pair in some}))
        )
        found.update((row.first_id, row.second_id) for row in rows)
    return found & set(asked)


def _pairs(work: Work, found: dict[tuple[int, int], tuple[str, ...]]) -> list[Pair]:
    ids = {one for pair in found for one in pair}
    rows = work.session.execute(select(_R.id, _R.name, _R.born, _R.address, _R.status).where(_R.id.in_(ids)))
    people = {row.id: Person(*row) for row in rows}
    return [Pair(people[first], people[second], because) for (first, second), because in found.items()]
