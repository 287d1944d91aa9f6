"""Pictures of today: who lives here by age, in which groups, who waits how long, who carries how much, whom nothing reached.

As in `sources`, the number of a bar and the rows behind it are one statement: each row says in which bar it is (`part`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select

from db import clock
from db.access import below, within
from db.activities.tables import Taken
from db.care import reached
from db.care.tables import Due
from db.insight import counts, small
from db.insight.charts import place
from db.insight.figures import Figure
from db.insight.loads import HolderLoad
from db.insight.small import Span
from db.people import ages
from db.people.residents import active_membership
from db.people.tables import FAR_FUTURE, LIVING_OPTIONS, Group, Membership, Resident
from db.territory.posts import Post, active_on
from db.words import N_
from db.work import Work, query

_R = Resident.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_N = Group.__table__.c  # type: ignore[attr-defined]
_D = Due.__table__.c  # type: ignore[attr-defined]
_P = Post.__table__.c  # type: ignore[attr-defined]
_H = HolderLoad.__table__.c  # type: ignore[attr-defined]
_K = Taken.__table__.c  # type: ignore[attr-defined]

AGES: Final = tuple(range(0, 100, 5))
"""The ages at which the bars of the picture begin; the last is of 95 and over."""
WAITS: Final = (("1", 7), ("8", 30), ("31", 0))
"""How many days somebody is overdue: the code of a bar and its last day."""
LOADS: Final = (0, 1, 21, 41, 61, 81, 101)
"""From how many people in care on a bar of the picture of loads begins."""

_REGISTER = N_("The residents' register, as it is today.")

NOW: Final[dict[str, Figure]] = {
    figure.code: figure
    for figure in (
        Figure(
            "pyramid", "people", N_("Who lives here, by age and sex"),
            N_("People who live here today, by completed years in steps of five, women and men. Without a date of birth or "
               "sex nobody is counted."),
            _REGISTER, "now", "", action="resident.view", rows="resident.view",
        ),
        Figure(
            "groups", "people", N_("People in groups"),
            N_("People who live here today and belong to a group. Who belongs to several is counted in each."),
            _REGISTER, "now", "", action="resident.view", rows="resident.view",
        ),
        Figure(
            "waiting", "care", N_("How long people have been overdue"),
            N_("People in care not reached in time today, by the days since their last contact was due."),
            N_("What is due, by the visit rules."), "now", "", action="visit.view", rows="visit.view",
        ),
        Figure(
            "carried", "posts", N_("How many people in care one person is responsible for"),
            N_("Everybody who holds a post today, by the number of people in care who live in their areas. Who holds posts in "
               "two roles is counted in each. It counts people and names nobody."),
            N_("Posts, and the people in care of their areas."), "now", "", action="post.view", rows="post.view",
        ),
        Figure(
            "never", "activities", N_("Never reached"),
            N_("People who live here today and were never seen at any activity, by how they live."),
            N_("Attendance of people who live here, by where they live."), "now", "",
            action="activity.export", rows="activity.attend",
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Bar:
    """One bar: its code, how many, and for a group its names. Who may not open its rows knows `told` alone."""

    part: str
    count: int
    name: str = ""
    name_en: str = ""
    told: Span | None = None


@query("chart.view")
def bars(work: Work, *, code: str, area_id: int) -> tuple[Bar, ...]:
    """The bars of a picture of today, in their order; those of nothing are left out.

    Who may not open those whom nothing reached is told how many they are in steps; of other pictures, nothing.
    Refused `area.not_found`.
    """
    figure, where = NOW[code], place(work, area_id)
    if not work.viewer.reaches(figure.rows, where.path):
        return _told(work, where.path) if work.viewer.reaches(figure.action, where.path) else ()
    every = rows_of(work, code, where.path).subquery()
    counted = dict(work.session.execute(select(every.c.part, func.count()).group_by(every.c.part)).all())
    if code == "groups":
        groups = work.session.execute(select(_N.code, _N.name, _N.name_en).order_by(_N.position, _N.id))
        return tuple(
            Bar(row.code, counted[row.code], row.name, row.name_en) for row in groups if row.code in counted
        )
    return tuple(Bar(part, counted[part]) for part in order_of(code) if part in counted)


def _told(work: Work, path: str) -> tuple[Bar, ...]:
    """Those whom nothing reached, for who may not open them: in steps, as on the page about participation."""
    threshold = counts.small_count(work.session)
    seen = case((_R.id.in_(select(_K.resident_id)), 1), else_=0)
    counted = work.session.execute(
        select(_living().label("part"), func.count(), func.sum(seen))
        .where(_lives(work, path, "chart.view"))
        .group_by("part")  # by name: PostgreSQL takes two equal cases with values in them for two
    )
    spans = {part: small.rest(int(came), whole, (whole, whole), threshold) for part, whole, came in counted}
    return tuple(
        Bar(part, small.middle(spans[part]), told=spans[part]) for part in order_of("never") if part in spans
    )


def _living() -> Any:
    return case((_R.living != "", _R.living), else_="unknown")


def order_of(code: str) -> Sequence[str]:
    """The codes of the bars of a picture, in their order (for groups: data)."""
    if code == "pyramid":
        return [f"{age}{sex}" for age in AGES for sex in ("f", "m")]
    if code == "waiting":
        return [*(part for part, _last in WAITS), "none"]
    if code == "carried":
        return [str(one) for one in LOADS]
    return [*(one.code for one in LIVING_OPTIONS), "unknown"] if code == "never" else ()


def rows_of(work: Work, code: str, path: str) -> Select[Any]:
    """The rows behind a picture: `id`, `who` and in which bar (`part`) each is."""
    return {
        "pyramid": _pyramid, "groups": _groups, "waiting": _waiting, "carried": _carried, "never": _never,
    }[code](work, path)  # fmt: skip


def _lives(work: Work, path: str, action: str) -> ColumnElement[bool]:
    return and_(
        _R.status == "resident",
        below(_R.place, path),
        within(work.viewer, action, _R.place),
    )


def _pyramid(work: Work, path: str) -> Select[Any]:
    today = clock.today()
    older = [(_R.born_key <= ages.born_by(age, today), str(age)) for age in reversed(AGES)]
    age = case(*older, else_="0")
    return (
        select(_R.id, _R.id.label("who"), (age + case((_R.sex == "female", "f"), else_="m")).label("part"))
        .with_hint(Resident, "INDEXED BY ix_resident_walk", "sqlite")  # it holds all that is asked
        .where(_lives(work, path, "resident.view"), _R.born_key < FAR_FUTURE, _R.sex.in_(("female", "male")))
    )


def _groups(work: Work, path: str) -> Select[Any]:
    return (
        select(_R.id, _R.id.label("who"), _N.code.label("part"))
        .join(Membership, _M.resident_id == _R.id)
        .join(Group, _N.id == _M.group_id)
        .where(
            _lives(work, path, "resident.view"), _N.closed.is_(False), active_membership()
        )
        .distinct()
    )  # fmt: skip


def _waiting(work: Work, path: str) -> Select[Any]:
    today = clock.today()
    steps = [(_D.due_on >= today - timedelta(days=last), part) for part, last in WAITS if last]
    part = case((or_(_D.every_days == 0, _D.due_on.is_(None)), "none"), *steps, else_=WAITS[-1][0])
    return select(_D.id, _D.resident_id.label("who"), part.label("part")).where(
        reached.not_in_time(today), below(_D.place, path), within(work.viewer, "visit.view", _D.place)
    )


def _carried(work: Work, path: str) -> Select[Any]:
    held = (
        select(_P.holder_key, _P.role, func.min(_P.id).label("id"))
        .where(
            active_on(clock.today()),
            below(_P.area_path, path),
            within(work.viewer, "post.view", _P.area_path),
        )
        .group_by(_P.holder_key, _P.role)
        .subquery()
    )
    many = func.coalesce(_H.in_care, 0)
    part = case(*((many >= least, str(least)) for least in reversed(LOADS)), else_="0")
    return select(held.c.id, literal(None).label("who"), part.label("part"), many.label("many")).outerjoin(
        HolderLoad, and_(_H.holder_key == held.c.holder_key, _H.role == held.c.role)
    )


def _never(work: Work, path: str) -> Select[Any]:
    return select(_R.id, _R.id.label("who"), _living().label("part")).where(
        _lives(work, path, "activity.attend"), _R.id.not_in(select(_K.resident_id))
    )
