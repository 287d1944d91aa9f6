"""What is missing in the net, seen from the map: nobody responsible, too much to carry, people not reached in time.

The figures are those of `coverage`; a viewer learns of a hole what they may know of its area.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import RowMapping

from db.errors import Refused
from db.insight import counts, loads, small
from db.insight.counts import OF_POSTS, WITH_CARER
from db.insight.coverage import (
    MEASURES,
    NO_CARER,
    Known,
    Link,
    children,
    figures_of_areas,
    known_of,
    late_of,
    link_to,
    one_area,
    top_area,
)
from db.insight.small import Span
from db.territory import posts
from db.territory.areas import Area
from db.work import Work, query

_A = Area.__table__.c  # type: ignore[attr-defined]

KINDS = ("nobody", "too_much", "late", "carer", "no_deputy")
FIRST = {"carer": "carer", "load": "too_much", "held": "nobody"}
"""The kind of hole that belongs to a measure and comes next after people who were not reached."""


@dataclass(frozen=True)
class MapHole:
    """Something missing in the net, seen from the map.

    `kind` and what `number` counts: "nobody" (an area that expects somebody responsible and has nobody: people
    in care who live there), "carer" (people in care without a named carer), "late" (people in care not reached in
    time; only beside the map), "too_much" (somebody who holds
    more areas than `most_areas`, or areas with more people in care than `most_in_care`: people in care there;
    `areas` is how many are held), "no_deputy" (a post that nobody would stand in for: people in care there).
    `rows` lists the people and `posts` the posts, for those who may see them; `mend` is where it is put right,
    for those who may.
    """

    kind: Literal["nobody", "too_much", "late", "carer", "no_deputy"]
    area_id: int
    name: str
    role: str
    number: Span
    text: str
    rows: Link | None
    mend: Link | None
    posts: Link | None = None
    holder: str = ""
    areas: int = 0
    most_areas: int = 0
    most_in_care: int = 0
    weight: int = 0  # people in care who are without somebody because of it


@dataclass(frozen=True)
class MapHoles:
    """The worst holes, and how many there are of each kind; `links` lead to the rows of such a number."""

    rows: list[MapHole]
    counts: dict[str, int]
    links: dict[str, Link]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@query("coverage.view")
def holes(work: Work, area_id: int | None = None, limit: int = 12, measure: str = "") -> MapHoles:
    """What is missing in an area, worst first: the more people in care are without somebody, the worse.

    Beside a map of `measure`, people not reached in time come before all else, then what belongs to that measure.
    Whoever carries too much counts with the people beyond the limit; missing deputies come last. Reads what
    `counts` and `loads` keep: as many rows as it returns and the area has parts. Refused `area.not_found`.
    """
    threshold = counts.small_count(work.session)
    here = top_area(work) if area_id is None else one_area(work, area_id)
    if area_id is not None and here is None:
        raise Refused("area.not_found")
    parts: Sequence[RowMapping] = children(work, here["id"] if here else None)
    over = [here] if here is not None else list(parts)
    exact = all(work.viewer.reaches("resident.view", row["area_path"]) for row in over)
    if here is not None and not parts:
        parts = [here]
    without = [hole for row in parts if (hole := _without_carer(known_of(work, row, threshold), threshold))]
    heavy, many = _too_much(work, here, threshold, exact, limit)
    first = FIRST.get(measure, "")
    late = (
        [hole for row in parts if (hole := _not_reached(known_of(work, row, threshold), threshold))]
        if measure
        else []
    )
    others = [*_listed(work, over, "nobody", exact, threshold, limit), *heavy, *without]
    others.sort(key=lambda one: (one.kind != first, -one.weight, KINDS.index(one.kind), one.area_id))
    late.sort(key=lambda one: (-one.weight, one.area_id))
    # Where many are late, what else is missing keeps half of the list.
    found = [*late[: max((limit + 1) // 2, limit - len(others))], *others]
    number = {name: sum(int(row[name] or 0) for row in over) for name in OF_POSTS}
    if len(found) < limit:
        found += _listed(work, over, "no_deputy", exact, threshold, limit - len(found))
    found_counts = {
        "late": len(late), "nobody": number["expecting"] - number["held"], "too_much": many, "carer": len(without),
        "no_deputy": number["no_deputy"],
    }  # fmt: skip
    links = {}
    if here is not None and work.viewer.can("post.view"):
        links["no_deputy"] = Link("posts", {"area": str(here["id"]), "deputy": "none"})
    return MapHoles(found[:limit], found_counts, links)


def _listed(
    work: Work, over: Sequence[RowMapping], kind: Literal["nobody", "no_deputy"], exact: bool, threshold: int, most: int
) -> list[MapHole]:  # fmt: skip
    """The worst areas of a kind as `counts` listed them, in an order that the viewer may know."""
    name = kind if exact else f"{kind}_told"
    ids = [one[1] for one in counts.worst(row["worst"].get(name, []) for row in over if row["worst"])][:most]
    rows = (
        work.session.execute(figures_of_areas().where(_A.id.in_(ids), _A.closed_on.is_(None)))
        .mappings()
        .all()
    )
    known = {
        row["id"]: known_of(work, row, threshold)
        for row in rows
        if work.viewer.reaches("coverage.view", row["area_path"])
    }
    inside = [known[one] for one in ids if one in known]
    if kind == "nobody":
        return [_nobody(work, one, threshold) for one in inside]
    if not work.viewer.can("post.view"):
        return []
    held = posts.holders(work, area_ids=[one.row["id"] for one in inside])
    return [
        _no_deputy(work, one, post, threshold)
        for one in inside
        for post in held.get(one.row["id"], [])
        if not post.deputy
    ][:most]


def _nobody(work: Work, one: Known, threshold: int) -> MapHole:
    row, number = one.row, one.shown["in_care"]
    mend = Link("posts", {"new": "1", "area_id": str(row["id"]), "role": row["role"]})
    return MapHole(
        "nobody", row["id"], row["name"], row["role"], number, small.said(number, threshold), _in_care(one),
        mend if work.viewer.reaches("post.create", row["area_path"]) else None, weight=small.middle(number),
    )  # fmt: skip


def _in_care(one: Known) -> Link | None:
    return Link("residents", {"area": str(one.row["id"]), "in_care": "yes"}) if one.open else None


def _no_deputy(work: Work, one: Known, post: posts.Holder, threshold: int) -> MapHole:
    row, number = one.row, one.shown["in_care"]
    mend = Link("posts", {"id": str(post.post_id), "tab": "edit"})
    return MapHole(
        "no_deputy", row["id"], row["name"], post.role, number, small.said(number, threshold), _in_care(one),
        mend if work.viewer.reaches("post.edit", row["area_path"]) else None,
        Link("posts", {"area": str(row["id"]), "role": post.role, "deputy": "none"}), post.holder,
    )  # fmt: skip


def _too_much(
    work: Work, here: RowMapping | None, threshold: int, exact: bool, most: int
) -> tuple[list[MapHole], int]:
    """Who carries too much here, as far as the viewer may know how many people that concerns."""
    if not work.viewer.can("post.view"):
        return [], 0
    whole = here is None or here["parent_id"] is None
    path = here["area_path"] if here is not None else ""
    found, number = loads.overloaded(work.session, path, whole=whole, by_care=exact, most=most)
    ids = {area_id for load in found for area_id, _path in load.held}
    rows = work.session.execute(figures_of_areas().where(_A.id.in_(ids))).mappings().all() if ids else []
    known = {row["area_path"]: known_of(work, row, threshold) for row in rows}
    holes = []
    for load in found:
        areas = [known[path] for _id, path in load.held if path in known]
        outer = [known[path] for path in loads.apart(one.row["area_path"] for one in areas)]
        hole = _load_hole(work, load, outer, threshold)
        if hole.areas > hole.most_areas or hole.number[0] > hole.most_in_care:
            holes.append(hole)
    return holes, number - (len(found) - len(holes))


def _load_hole(work: Work, load: loads.Load, outer: Sequence[Known], threshold: int) -> MapHole:
    spans = [one.shown["in_care"] for one in outer]
    number = (sum(span[0] for span in spans), sum(span[1] for span in spans))
    areas, people = len(load.held), small.middle(number)
    beyond = max(people - load.most.in_care, people * (areas - load.most.areas) // areas, 0)
    held = Link("posts", {"holder": load.holder_key, "role": load.role})
    ids = [str(one.row["id"]) for one in outer]
    mend = all(work.viewer.reaches("post.edit", path) for _id, path in load.held)
    return MapHole(
        "too_much", load.held[0][0], load.holder, load.role, number, small.said(number, threshold),
        Link("residents", {"area": ids, "in_care": "yes"}) if all(one.open for one in outer) else None,
        held if mend else None, held, load.holder, areas, load.most.areas, load.most.in_care, beyond,
    )  # fmt: skip


def _without_carer(one: Known, threshold: int) -> MapHole | None:
    cared, named = one.shown["in_care"], one.shown[WITH_CARER]
    number = (max(0, cared[0] - named[1]), max(0, cared[1] - named[0]))
    if number[0] == 0:
        return None
    rows = Link("residents", {"area": str(one.row["id"]), **NO_CARER}) if one.open else None
    return MapHole(
        "carer", one.row["id"], one.row["name"], one.row["role"], number, small.said(number, threshold), rows, rows,
        weight=small.middle(number),
    )  # fmt: skip


def _not_reached(one: Known, threshold: int) -> MapHole | None:
    number = late_of(one)
    if number[0] == 0:
        return None
    rows = link_to(MEASURES["late"], one.row["id"]) if one.open else None
    return MapHole(
        "late", one.row["id"], one.row["name"], one.row["role"], number, small.said(number, threshold), rows, None,
        weight=small.middle(number),
    )  # fmt: skip
