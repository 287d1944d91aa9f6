"""Figures per area, kept up to date by the transactions that change them.

Each row holds, for one area, the sums over everything that lies in it. A unit of work that touched
places counts those anew before it commits, and their ancestors from their parts; a full recount gives
the same (a test says so). Ages and posts also move with the calendar, so `counted_on` says for which day
the rows are true: the same for all of them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import JSON, ColumnElement, Integer, and_, case, func, or_, select, text, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel

from db import clock
from db.access import below
from db.care import days, reached
from db.care.tables import Due
from db.identity import setting
from db.insight import loads, past, small
from db.insight.small import Span
from db.people import ages
from db.people.tables import Household, Resident
from db.territory.areas import Area, Level
from db.territory.posts import Post, active_on, noted_holders
from db.work import Work, before_commit, command

TOPIC = "coverage"

MANY = 200
"""With more places than this the whole subtree is counted in one pass."""

_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_H = Household.__table__.c  # type: ignore[attr-defined]
_P = Post.__table__.c  # type: ignore[attr-defined]
_D = Due.__table__.c  # type: ignore[attr-defined]

PEOPLE = ("people", "households", "over_60", "over_80", "alone", "in_care")
WITH_CARER = "in_care_with_carer"
OF_CARE = (WITH_CARER, "in_time", "tried")  # parts of the people in care
SUMS = ("base", "weekly")  # no counts of people: told only where these are told
OF_POSTS = ("expecting", "held", "no_deputy")
FIGURES = (*PEOPLE, *OF_CARE, *SUMS, *OF_POSTS)

Figures = dict[str, int]

Worst = dict[str, list[list[int]]]
"""The areas where most is at stake, as [people in care, area], by what is missing and who may know how many.

"nobody" and "no_deputy" are ordered by the true numbers; "nobody_told" and "no_deputy_told" by what everybody
may know, so that the order gives no small count away.
"""

MOST_WORST = 15


class AreaCount(SQLModel, table=True):
    """The figures of one area with all that lies in it. People are those who live here now (status "resident")."""

    __tablename__ = "area_count"

    area_id: int = Field(primary_key=True, foreign_key="area.id", ondelete="CASCADE")
    counted_on: date
    small: int = 5  # counts below this were kept vague in `shown`
    people: int = 0
    households: int = 0
    over_60: int = 0
    over_80: int = 0
    alone: int = 0  # living alone
    in_care: int = 0
    in_care_with_carer: int = 0
    in_time: int = 0  # in care and reached in time: `db.care.reached`
    tried: int = 0  # in care, with attempts since the last contact
    base: int = 0  # the sum of `Due.base`
    weekly: int = 0  # the sum of `Due.weekly`
    expecting: int = 0  # open areas of a level that expects somebody responsible
    held: int = 0  # of these: with an active holder
    no_deputy: int = 0  # posts held today that nobody would stand in for
    hole: bool = Field(default=False, index=True)  # this very area expects a holder and has none
    own: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON, nullable=False
    )  # what lies in no part of it
    shown: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)  # spans for everybody
    worst: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)  # see `Worst`


_C = AreaCount.__table__.c  # type: ignore[attr-defined]


@dataclass
class _Node:
    """One area on the way up the tree."""

    id: int
    path: str
    parent_id: int | None
    own: Figures = field(default_factory=dict)
    total: Figures = field(default_factory=dict)
    shown: dict[str, Span] = field(default_factory=dict)
    worst: Worst = field(default_factory=dict)

    def values(self, day: date, threshold: int) -> dict[str, Any]:
        return {
            "area_id": self.id,
            "counted_on": day,
            "small": threshold,
            **{name: self.total[name] for name in FIGURES},
            "hole": self.own["expecting"] > self.own["held"],
            "own": self.own,
            "shown": {name: list(span) for name, span in self.shown.items()},
            "worst": self.worst,
        }


def small_count(session: Session) -> int:
    """Counts below this are not told to those who may not see the rows: the setting `small_count`."""
    return max(1, int(setting(session, "small_count", "5")))


@before_commit
def count_touched(work: Work) -> None:
    """Count anew what this unit of work touched, in its transaction; raise "coverage" when a figure moved.

    The place "/" stands for everything (a level expects another role).
    """
    if _recount(work.session, None if "/" in work.places else _ids_of(work.places), noted_holders(work)):
        work.topics.add(TOPIC)


@command("coverage.view")
def refresh_day(work: Work) -> bool:
    """Bring the figures to today: birthdays, posts that began or ended by date. Returns whether anything was done.

    The server calls it after midnight; whoever reads older figures first calls it too.
    """
    day, threshold = clock.today(), small_count(work.session)
    _lock(work.session)
    done = days.new_day(work)
    if past.close_days(work.session):
        work.log(TOPIC, None, past.yesterday().isoformat(), action="coverage.day")
        done = True
    state = work.session.execute(
        select(func.min(_C.counted_on), func.min(_C.small), func.max(_C.small), func.count())
    ).one()
    areas = work.session.execute(select(func.count()).select_from(Area)).scalar_one()
    if state[3] != areas or state[1] != threshold or state[2] != threshold:
        recount_all(work)
        return True
    if state[0] is None or state[0] >= day:
        return done
    work.session.execute(update(AreaCount).values(counted_on=day))
    _recount(work.session, _moved_since(work.session, state[0], day))
    work.topics.add(TOPIC)
    work.log(TOPIC, None, day.isoformat(), action="coverage.day")
    return True


def recount_all(work: Work) -> None:
    """Count every area from the records, in a few passes over the tables."""
    _lock(work.session)
    work.session.execute(AreaCount.__table__.delete())  # type: ignore[attr-defined]
    _recount(work.session, None)
    work.topics.add(TOPIC)
    work.log(TOPIC, None, clock.today().isoformat(), action="coverage.recount")


def is_current(session: Session, area_id: int) -> bool:
    """Whether the figures of an area are those of today."""
    row = session.execute(select(_C.counted_on, _C.small).where(_C.area_id == area_id)).first()
    return row is not None and row.counted_on >= clock.today() and row.small == small_count(session)


def _ids_of(places: Iterable[str]) -> set[int]:
    """The areas in paths such as "/1/4/17/"; what follows the last slash tells the home."""
    return {
        int(part) for place in places for part in place[: place.rfind("/") + 1].split("/") if part.isdigit()
    }


def _moved_since(session: Session, before: date, day: date) -> set[int]:
    """The areas whose figures the calendar alone changes between two days."""
    crossed = or_(
        *(
            and_(_R.born_key > ages.born_by(age, before), _R.born_key <= ages.born_by(age, day))
            for age in (60, 80)
        )
    )
    paths = session.execute(select(_R.area_path).where(crossed).distinct()).scalars()
    posts = session.execute(
        select(_P.area_path)
        .where(
            or_(
                and_(_P.since > before, _P.since <= day),
                and_(_P.until >= before, _P.until < day),
            )
        )
        .distinct()
    ).scalars()
    lapsed = session.execute(
        select(_D.area_path).where(_D.due_on >= before, _D.due_on < day, _D.every_days > 0).distinct()
    ).scalars()
    return _ids_of(paths) | _ids_of(posts) | _ids_of(lapsed)


def _lock(session: Session) -> None:
    """Let one transaction at a time sum up the tree; on SQLite there is only one that writes anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('area_count'))"))


def _recount(session: Session, ids: Collection[int] | None, holders: Collection[str] = ()) -> bool:
    """Count the areas `ids` (None: all) and sum up what encloses them. Returns whether a figure moved.

    `holders` are keys of those who may hold something else now.
    """
    _lock(session)
    day, threshold = clock.today(), small_count(session)
    nodes = _nodes(session, ids)
    if not nodes:
        return False
    before = {
        row["area_id"]: dict(row)
        for row in session.execute(
            select(AreaCount.__table__).where(_among(_C.area_id, nodes))  # type: ignore[attr-defined]
        ).mappings()
    }
    if ids is not None and any(node.parent_id is None and node.id not in before for node in nodes.values()):
        return _recount(session, None, holders)  # nothing under this root was ever counted
    touched = [node for node in nodes.values() if ids is None or node.id in ids or node.id not in before]
    own = _own_figures(session, touched, day)
    counted_on = session.execute(select(_C.counted_on).limit(1)).scalar() or day
    parts = _parts(session, nodes)
    rows = []
    for node in sorted(nodes.values(), key=lambda one: one.path.count("/"), reverse=True):
        node.own = own[node.id] if node.id in own else dict(before[node.id]["own"])
        inner = [nodes.get(part.id, part) for part in parts.get(node.id, ())]
        _sum_up(node, inner, threshold)
        values = node.values(counted_on, threshold)
        if values != before.get(node.id):
            rows.append(values)
    _write(session, rows)
    loads_moved = loads.recount(session, None if ids is None or len(nodes) > MANY else list(nodes), holders)
    return bool(rows) or loads_moved


def _among(column: Any, nodes: Mapping[int, Any]) -> ColumnElement[bool]:
    return true() if len(nodes) > MANY else column.in_(list(nodes))


def _nodes(session: Session, ids: Collection[int] | None) -> dict[int, _Node]:
    """The areas asked for and all that enclose them now; those not counted yet come along."""
    query = select(_A.id, _A.area_path, _A.parent_id)
    if ids is not None and len(ids) <= MANY:
        paths = session.execute(select(_A.area_path).where(_A.id.in_(list(ids)))).scalars().all()
        query = query.where(_A.id.in_(_ids_of(paths)))
    rows = session.execute(query).all()
    found = {row.id: _Node(row.id, row.area_path, row.parent_id) for row in rows}
    if ids is not None and len(ids) > MANY:
        wanted = _ids_of(found[one].path for one in ids if one in found)
        return {one: node for one, node in found.items() if one in wanted}
    return found


def _own_figures(session: Session, nodes: Sequence[_Node], day: date) -> dict[int, Figures]:
    """What lies in these areas themselves, not in a part of them: one pass over each table."""
    own = {node.id: dict.fromkeys(FIGURES, 0) for node in nodes}
    by_path = {node.path: own[node.id] for node in nodes}

    def here(column: Any) -> ColumnElement[bool]:
        if len(nodes) <= MANY:
            return column.in_(list(by_path))  # type: ignore[no-any-return]
        return below(column, _common(by_path))

    def number(condition: ColumnElement[bool]) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).cast(Integer)

    people = session.execute(
        select(
            _R.area_path,
            func.count(),
            number(_R.born_key <= ages.born_by(60, day)),
            number(_R.born_key <= ages.born_by(80, day)),
            number(_R.living == "alone"),
            number(_R.in_care.is_(True)),
            number(and_(_R.in_care.is_(True), _R.carer != "")),
        )
        .where(_R.status == "resident", here(_R.area_path))
        .group_by(_R.area_path)
    )
    names = ("people", "over_60", "over_80", "alone", "in_care", WITH_CARER)
    for path, *figures in people:
        if path in by_path:
            by_path[path].update(zip(names, figures, strict=True))
    homes = session.execute(
        select(_H.area_path, func.count())
        .where(_H.closed_on.is_(None), here(_H.area_path))
        .group_by(_H.area_path)
    )
    for path, figure in homes:
        if path in by_path:
            by_path[path]["households"] = figure
    _own_care(session, by_path, here(_D.area_path), day)
    _own_posts(session, own, here(_A.area_path), day)
    return own


def _own_care(
    session: Session, by_path: Mapping[str, Figures], where: ColumnElement[bool], day: date
) -> None:
    rows = session.execute(
        select(
            _D.area_path,
            func.sum(case((reached.in_time(day), 1), else_=0)),
            func.sum(case((_D.attempts > 0, 1), else_=0)),
            func.sum(_D.base),
            func.sum(_D.weekly),
        )
        .where(_D.care_since.is_not(None), where)
        .group_by(_D.area_path)
    )
    for path, *figures in rows:
        if path in by_path:
            by_path[path].update(
                zip(("in_time", "tried", "base", "weekly"), (int(one) for one in figures), strict=True)
            )


def _own_posts(session: Session, own: dict[int, Figures], where: ColumnElement[bool], day: date) -> None:
    held = select(_P.id).where(_P.area_id == _A.id, _P.role == _L.role, active_on(day)).exists()
    expecting = session.execute(
        select(_A.id, case((held, 1), else_=0))
        .join(Level, _L.code == _A.level)
        .where(_L.role != "", _A.closed_on.is_(None), where)
    )
    for area_id, figure in expecting:
        if area_id in own:
            own[area_id].update(expecting=1, held=figure)
    alone = session.execute(
        select(_P.area_id, func.count())
        .join(Area, _A.id == _P.area_id)
        .where(_P.deputy == "", active_on(day), _A.closed_on.is_(None), where)
        .group_by(_P.area_id)
    )
    for area_id, figure in alone:
        if area_id in own:
            own[area_id]["no_deputy"] = figure


def _common(paths: Iterable[str]) -> str:
    """The path that all of `paths` begin with; "/" when they share none."""
    ordered = sorted(paths)
    first, last = ordered[0].split("/"), ordered[-1].split("/")
    shared = []
    for one, other in zip(first[:-1], last[:-1], strict=False):
        if one != other:
            break
        shared.append(one)
    return "/".join(shared) + "/"


def _parts(session: Session, nodes: Mapping[int, _Node]) -> dict[int, list[_Node]]:
    """The areas directly within each of `nodes`, with the figures they have so far."""
    rows = session.execute(
        select(_A.parent_id, _A.area_path, AreaCount.__table__)  # type: ignore[attr-defined]
        .join(AreaCount, _C.area_id == _A.id)
        .where(_A.parent_id.is_not(None), _among(_A.parent_id, nodes))
    ).mappings()
    parts: dict[int, list[_Node]] = {}
    counted = set()
    for row in rows:
        counted.add(row["area_id"])
        part = _Node(row["area_id"], row["area_path"], row["parent_id"])
        part.total = {name: row[name] for name in FIGURES}
        part.shown = {name: (span[0], span[1]) for name, span in row["shown"].items()}
        part.worst = row["worst"]
        parts.setdefault(row["parent_id"], []).append(part)
    for node in nodes.values():
        if node.id not in counted and node.parent_id is not None:
            parts.setdefault(node.parent_id, []).append(node)
    return parts


def _sum_up(node: _Node, parts: Sequence[_Node], threshold: int) -> None:
    node.total = {name: node.own[name] + sum(part.total.get(name, 0) for part in parts) for name in FIGURES}
    node.shown = {name: span_of(name, node.own, parts, threshold) for name in (*PEOPLE, *OF_CARE)}
    exact, told = node.total["in_care"], small.middle(node.shown["in_care"])
    missing = {"nobody": node.own["expecting"] > node.own["held"], "no_deputy": node.own["no_deputy"] > 0}
    for what, here in missing.items():
        for name, number in ((what, exact), (f"{what}_told", told)):
            node.worst[name] = worst([[[number, node.id]] if here else [], *(p.worst[name] for p in parts)])


def worst(lists: Iterable[list[list[int]]]) -> list[list[int]]:
    """The worst of several lists, most people in care first."""
    together = [one for some in lists for one in some]
    return sorted(together, key=lambda one: (-one[0], one[1]))[:MOST_WORST]


def span_of(name: str, own: Figures, parts: Sequence[Any], threshold: int) -> Span:
    """The span within which everybody may know a figure to lie. Parts have `total` and `shown` by name."""
    here = _own_span(name, own, threshold)
    if not parts:
        return here
    spans = [(part.total[name], part.shown[name]) for part in parts]
    if own["people"] or own["households"]:
        spans.append((own[name], here))
    return small.together(spans)


def _own_span(name: str, own: Figures, threshold: int) -> Span:
    if name in OF_CARE:
        return small.leaf_part(own[name], own["in_care"], threshold)
    return small.leaf(own[name], threshold)


def _write(session: Session, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(AreaCount)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["area_id"],
            set_={name: statement.excluded[name] for name in rows[0] if name != "area_id"},
        ),
        rows,
    )
