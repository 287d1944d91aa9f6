"""Surveys of needs: made without code, opened for some areas and people until a day, closed.

Questions can be changed while a survey is a draft; once it is open everybody is asked the same.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from posixpath import commonpath
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, insert, or_, select, true, update

from db import clock
from db.access import Action, Viewer, declare, within
from db.activities.need_tables import Question, Reply, Survey, SurveyArea
from db.activities.needs_questions import STARTER, Asked, add, columns, good, line, one_of, questions_of
from db.errors import Refused
from db.people.tables import Group
from db.territory.areas import Area, Level
from db.words import N_
from db.work import Work, command, query

declare(
    Action("need.view", N_("See surveys of needs and their results")),
    Action("need.ask", N_("Ask people what they need")),
    Action("need.edit", N_("Make surveys, look after needs")),
    Action("answer.view", N_("See who answered what")),
    Action("answer.export", N_("Export answers")),
    roles={
        "staff": dict.fromkeys(("need.view", "need.ask", "need.edit", "answer.view", "answer.export"), "areas"),
        "leader": {"need.view": "areas"},
    },
)  # fmt: skip

TOPIC = "needs"
LONGEST_TITLE = 60
LONGEST_INTRO = 400
LONGEST_ANSWER = 500
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that looks like another
CODE_LENGTH = 12

_S = Survey.__table__.c  # type: ignore[attr-defined]
_W = SurveyArea.__table__.c  # type: ignore[attr-defined]
_Q = Question.__table__.c  # type: ignore[attr-defined]
_P = Reply.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]
_G = Group.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Plan:
    """What a survey says and whom it asks. Without groups and ages it asks everybody in its areas."""

    title: str
    area_ids: tuple[int, ...]
    intro: str = ""
    until: date | None = None
    groups: tuple[str, ...] = ()
    age_from: int | None = None
    age_to: int | None = None
    self_fill: bool = True


@dataclass(frozen=True)
class Sheet:
    """A survey. `state` is "closed" from the day after its last one on; `mine`: the viewer may change it."""

    id: int
    version: int
    state: str
    plan: Plan
    code: str
    area_path: str
    areas: tuple[str, ...]
    made_name: str
    mine: bool
    questions: tuple[Asked, ...] = field(default=())


# Where a survey lies, and for whom it is there


def overlaps(viewer: Viewer, action: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    """Lies in the viewer's areas, or around them: a worker of a grid asks for the whole community's survey too."""
    scope = viewer.scope(action)
    if scope == "all":
        return true()
    if scope != "areas" or not viewer.areas:
        return false()
    above = {path[: at + 1] for path in viewer.areas for at, sign in enumerate(path) if sign == "/" and at}
    return or_(within(viewer, action, column), column.in_(sorted(above)))


def seen(work: Work, action: str = "need.view") -> ColumnElement[bool]:
    """The surveys that concern the viewer's areas."""
    where = exists().where(_W.survey_id == _S.id, overlaps(work.viewer, action, _W.area_path))
    return and_(_S.withdrawn_at.is_(None), where)


def state_now(row: Any) -> str:
    """The state of a survey today: it closes by itself after its last day."""
    over = row.state == "open" and row.until is not None and row.until < clock.today()
    return "closed" if over else str(row.state)


def row_of(work: Work, survey_id: int, action: str = "need.view") -> Any:
    """A survey of the viewer's areas. Refused `record.not_found`."""
    row = work.session.execute(
        select(Survey.__table__).where(_S.id == survey_id, seen(work, action))  # type: ignore[attr-defined]
    ).first()
    if row is None:
        raise Refused("record.not_found")
    return row


def own_row(work: Work, survey_id: int) -> Any:
    """A survey that the viewer may change: all of its areas are theirs. Refused `record.not_found`, `area.outside`."""
    row = row_of(work, survey_id, "need.edit")
    if not _mine(work, [path for _id, path, _name in _areas_of(work, [survey_id])[survey_id]]):
        raise Refused("area.outside")
    return row


def _mine(work: Work, paths: Sequence[str]) -> bool:
    return bool(paths) and all(work.viewer.reaches("need.edit", path) for path in paths)


def _areas_of(work: Work, ids: Sequence[int]) -> dict[int, list[tuple[int, str, str]]]:
    found: dict[int, list[tuple[int, str, str]]] = {one: [] for one in ids}
    rows = work.session.execute(
        select(_W.survey_id, _W.area_id, _W.area_path, _A.name)
        .join(Area, _A.id == _W.area_id)
        .where(_W.survey_id.in_(ids))
        .order_by(_W.area_path)
    )
    for row in rows:
        found[row.survey_id].append((row.area_id, row.area_path, row.name))
    return found


def _sheet(work: Work, row: Any, areas: list[tuple[int, str, str]], *, questions: bool = False) -> Sheet:
    plan = Plan(
        row.title, tuple(one[0] for one in areas), row.intro, row.until, tuple(row.groups), row.age_from, row.age_to,
        row.self_fill,
    )  # fmt: skip
    return Sheet(
        row.id, row.version, state_now(row), plan, row.code, row.area_path, tuple(one[2] for one in areas),
        row.made_name, _mine(work, [one[1] for one in areas]), questions_of(work, row.id) if questions else (),
    )  # fmt: skip


@query("need.view")
def surveys(work: Work) -> list[Sheet]:
    """The surveys that concern the viewer's areas: open ones first, the newest first."""
    rows = work.session.execute(
        select(Survey.__table__).where(seen(work)).order_by(_S.id.desc())  # type: ignore[attr-defined]
    ).all()
    areas = _areas_of(work, [row.id for row in rows])
    order = {"open": 0, "draft": 1, "closed": 2}
    return sorted((_sheet(work, row, areas[row.id]) for row in rows), key=lambda one: order[one.state])


@query("need.view")
def survey(work: Work, *, survey_id: int) -> Sheet:
    """One survey with its questions. Refused `record.not_found`."""
    row = row_of(work, survey_id)
    return _sheet(work, row, _areas_of(work, [survey_id])[survey_id], questions=True)


def home_levels() -> Any:
    """The levels of areas in which people live."""
    return select(_L.code).where(_L.holds_homes.is_(True))


@query("need.edit")
def areas_to_ask(work: Work) -> list[tuple[int, str]]:
    """Where the viewer may have people asked: areas above the homes, and those that are theirs."""
    above = _A.level.not_in(home_levels())
    rows = work.session.execute(
        select(_A.id, _A.name)
        .where(
            within(work.viewer, "need.edit", _A.area_path),
            _A.closed_on.is_(None),
            or_(above, _A.area_path.in_(work.viewer.areas)),
        )
        .order_by(func.length(_A.area_path), _A.position, _A.id)
    )
    return [(row.id, row.name) for row in rows]


@query("need.edit")
def groups_to_ask(work: Work) -> list[tuple[str, str]]:
    """The groups in use: code and name in the viewer's language."""
    rows = work.session.execute(
        select(_G.code, _G.name, _G.name_en).where(_G.closed.is_(False)).order_by(_G.position, _G.id)
    )
    english = work.viewer.english
    return [(row.code, row.name_en if english and row.name_en else row.name) for row in rows]


# Making one


@command("need.edit")
def make(work: Work, *, plan: Plan, starter: bool = False) -> int:
    """Add a draft, with the starter's questions if wanted, and return its id.

    Refused `need.title`, `need.areas`, `need.ages`, `need.until`, `area.outside`.
    """
    values, paths = _cleaned(work, plan)
    survey_id: int = work.connection.execute(
        insert(Survey.__table__)  # type: ignore[attr-defined]
        .values(
            version=1, made_at=work.now, changed_at=work.now, extra={}, state="draft", code="",
            made_name=work.viewer.name, **values,
        )
        .returning(_S.id)
    ).scalar_one()  # fmt: skip
    _write_areas(work, survey_id, paths)
    if starter:
        for one in STARTER:
            add(work, survey_id, one)
    _note(work, survey_id, values["title"], values["area_path"], {"title": (None, values["title"])})
    return survey_id


@command("need.edit")
def change(work: Work, *, survey_id: int, version: int, plan: Plan) -> None:
    """Change what a survey says and whom it asks. Refused as `make`, and `record.changed`, `record.not_found`.

    An open one keeps its areas, groups and ages (`need.not_draft`).
    """
    row = own_row(work, survey_id)
    if row.version != version:
        raise Refused("record.changed", version=row.version)
    if row.state == "closed":
        raise Refused("need.closed")
    values, paths = _cleaned(work, plan)
    before = {area_id: path for area_id, path, _name in _areas_of(work, [survey_id])[survey_id]}
    frozen = ("groups", "age_from", "age_to")
    if row.state != "draft" and (before != paths or any(getattr(row, one) != values[one] for one in frozen)):
        raise Refused("need.not_draft")
    changed = {name: (getattr(row, name), new) for name, new in values.items() if getattr(row, name) != new}
    if before != paths:
        work.session.execute(SurveyArea.__table__.delete().where(_W.survey_id == survey_id))  # type: ignore[attr-defined]
        _write_areas(work, survey_id, paths)
        changed["areas"] = (sorted(before), sorted(paths))
    if not changed:
        return
    _set(work, survey_id, values)
    _note(work, survey_id, values["title"], values["area_path"], changed)


def _cleaned(work: Work, plan: Plan) -> tuple[dict[str, Any], dict[int, str]]:
    title = line(plan.title)[:LONGEST_TITLE]
    if not title:
        raise Refused("need.title")
    paths = {
        row.id: row.area_path
        for row in work.session.execute(select(_A.id, _A.area_path).where(_A.id.in_(plan.area_ids)))
    }
    if not paths:
        raise Refused("need.areas")
    if not _mine(work, list(paths.values())):
        raise Refused("area.outside")
    low, high = plan.age_from, plan.age_to
    if any(one is not None and not 0 <= one <= 120 for one in (low, high)) or (low or 0) > (high or 999):
        raise Refused("need.ages")
    if plan.until is not None and plan.until < clock.today():
        raise Refused("need.until")
    around = commonpath(list(paths.values())).rstrip("/") + "/"
    values = {
        "title": title, "intro": plan.intro.strip()[:LONGEST_INTRO], "until": plan.until, "groups": sorted(plan.groups),
        "age_from": low, "age_to": high, "self_fill": plan.self_fill, "area_path": around,
    }  # fmt: skip
    return values, paths


def _write_areas(work: Work, survey_id: int, paths: dict[int, str]) -> None:
    work.session.execute(
        insert(SurveyArea),
        [{"survey_id": survey_id, "area_id": area_id, "area_path": path} for area_id, path in paths.items()],
    )


def _set(work: Work, survey_id: int, values: dict[str, Any]) -> None:
    work.session.execute(
        update(Survey)
        .where(_S.id == survey_id)
        .values(**values, version=_S.version + 1, changed_at=work.now)
        .execution_options(synchronize_session=False)
    )


def _note(
    work: Work, survey_id: int, label: str, area_path: str, changes: dict[str, tuple[Any, Any]]
) -> None:
    work.log("need_survey", survey_id, label, changes, area_path=area_path)
    work.touch(TOPIC)


# Its questions


def _draft(work: Work, survey_id: int) -> Any:
    row = own_row(work, survey_id)
    if row.state != "draft":
        raise Refused("need.not_draft")
    return row


@command("need.edit")
def add_question(work: Work, *, survey_id: int, question: Asked) -> int:
    """Add a question at the end and return its id.

    Refused `record.not_found`, `area.outside`, `need.not_draft`, `need.question` (empty, or asked already),
    `need.options` (fewer than two, too many, or one twice), `need.many`.
    """
    row = _draft(work, survey_id)
    question_id = add(work, survey_id, question)
    _note(work, survey_id, row.title, row.area_path, {"question": (None, question.label)})
    return question_id


@command("need.edit")
def change_question(work: Work, *, survey_id: int, question: Asked) -> None:
    """Change a question of a draft. Refused as `add_question`."""
    row = _draft(work, survey_id)
    known = questions_of(work, survey_id)
    before = one_of(known, question.id)
    kept = good(question, [one for one in known if one.id != question.id])
    if kept == before:
        return
    work.session.execute(
        update(Question).where(_Q.id == question.id).values(**columns(kept), version=_Q.version + 1, changed_at=work.now)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    _note(work, survey_id, row.title, row.area_path, {"question": (before.label, kept.label)})


@command("need.edit")
def move_question(work: Work, *, survey_id: int, question_id: int, up: bool) -> None:
    """Change places with the question above or below. Refused as `add_question`."""
    row = _draft(work, survey_id)
    ids = [one.id for one in questions_of(work, survey_id)]
    if question_id not in ids:
        raise Refused("record.not_found")
    here = ids.index(question_id)
    there = here + (-1 if up else 1)
    if not 0 <= there < len(ids):
        return
    ids[here], ids[there] = ids[there], ids[here]
    for position, one in enumerate(ids, start=1):
        work.session.execute(update(Question).where(_Q.id == one).values(position=position))
    _note(work, survey_id, row.title, row.area_path, {"order": (here + 1, there + 1)})


@command("need.edit")
def remove_question(work: Work, *, survey_id: int, question_id: int) -> None:
    """Take a question out of a draft. Refused as `add_question`."""
    row = _draft(work, survey_id)
    gone = one_of(questions_of(work, survey_id), question_id)
    work.session.execute(update(Question).where(_Q.id == question_id).values(withdrawn_at=work.now))
    _note(work, survey_id, row.title, row.area_path, {"question": (gone.label, None)})


# Opening and closing


def new_code() -> str:
    """A code that nobody guesses: 59 random bits."""
    return "".join(secrets.choice(LETTERS) for _place in range(CODE_LENGTH))


def code_text(code: str) -> str:
    """A code as it is printed: in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


@command("need.edit")
def open_survey(work: Work, *, survey_id: int, until: date) -> None:
    """Begin to ask, until the end of a day; a closed one goes on. From the first time on it has a code for its link.

    Refused `record.not_found`, `area.outside`, `need.empty` (no question), `need.until` (a day that is over).
    """
    row = own_row(work, survey_id)
    if not questions_of(work, survey_id):
        raise Refused("need.empty")
    if until < clock.today():
        raise Refused("need.until")
    _set(
        work, survey_id,
        {"state": "open", "until": until, "code": row.code or new_code(), "opened_at": row.opened_at or work.now,
         "closed_at": None},
    )  # fmt: skip
    _note(
        work, survey_id, row.title, row.area_path, {"state": (row.state, "open"), "until": (row.until, until)}
    )


@command("need.edit")
def close(work: Work, *, survey_id: int) -> None:
    """Take no more answers. Refused `record.not_found`, `area.outside`, `need.not_open`."""
    row = own_row(work, survey_id)
    if row.state != "open":
        raise Refused("need.not_open")
    _set(work, survey_id, {"state": "closed", "closed_at": work.now})
    _note(work, survey_id, row.title, row.area_path, {"state": ("open", "closed")})


@command("need.edit")
def back_to_draft(work: Work, *, survey_id: int) -> None:
    """Change the questions again, as long as nobody was asked.

    Refused `record.not_found`, `area.outside`, `need.asked_already`.
    """
    row = own_row(work, survey_id)
    if work.session.execute(select(exists().where(_P.survey_id == survey_id))).scalar():
        raise Refused("need.asked_already")
    _set(work, survey_id, {"state": "draft"})
    _note(work, survey_id, row.title, row.area_path, {"state": (row.state, "draft")})
