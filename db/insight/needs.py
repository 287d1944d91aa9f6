"""What a survey of needs shows: each question in figures, as a whole and by segment, with how many were asked.

Answered is who gave answers; asked is who was met, with or without answers. Forms that somebody filled in without a
name count among the answers, and as nobody's: they are in no segment. People are in the segments in which they are
today. Readers who may not see the rows get no count from which somebody could be worked out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, distinct, func, literal, select
from sqlalchemy import case as sql_case

from db import clock
from db.access import below, within
from db.activities import needs, needs_asking, needs_questions, needs_turned
from db.activities.need_tables import Reply, Value
from db.activities.needs_questions import Asked
from db.activities.needs_rows import BANDS, NONE
from db.errors import Refused
from db.insight import counts, small
from db.people import ages, residents
from db.people.tables import (
    COLOUR_OPTIONS,
    FAR_FUTURE,
    LIVING_OPTIONS,
    SEX_OPTIONS,
    Group,
    Membership,
    Resident,
)
from db.territory.areas import Area
from db.words import N_
from db.work import Work, query

_P = Reply.__table__.c  # type: ignore[attr-defined]
_V = Value.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_G = Group.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]

SEGMENTS = {
    "band": N_("Age"), "sex": N_("Sex"), "living": N_("Lives"), "group": N_("Group"), "area": N_("Area"),
    "colour": N_("Risk colour"),
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A count. `value` is None where it is not told; `text` says it either way: 34, <5."""

    value: int | None
    text: str


@dataclass(frozen=True)
class Tally:
    """One question. `bars` are the figures by code; `answered` counts replies with an answer to it."""

    question: Asked
    answered: Figure
    bars: tuple[tuple[str, Figure], ...]


@dataclass(frozen=True)
class Results:
    """A survey in figures. `nameless`: forms without a name. `rows`: whether the reader may open the rows."""

    meant: Figure
    asked: Figure
    answered: Figure
    declined: Figure
    not_met: Figure
    nameless: Figure
    tallies: tuple[Tally, ...]
    rows: bool
    small: int


@dataclass(frozen=True)
class Segment:
    """One line of a table by segment: its code and label ("" for what is too small to stand alone), and its figures."""

    code: str
    label: str
    asked: Figure
    answered: Figure
    bars: tuple[Figure, ...]


def _rows(work: Work) -> bool:
    return work.viewer.can("answer.view")


def _in_reach(work: Work, survey_id: int) -> Any:
    return and_(needs_asking.current(survey_id), within(work.viewer, "need.view", _P.area_path))


@query("need.view")
def results(work: Work, *, survey_id: int) -> Results:
    """The whole survey in the viewer's areas. Refused `record.not_found`."""
    survey = needs.row_of(work, survey_id)
    reach, rows = _in_reach(work, survey_id), _rows(work)
    threshold = 0 if rows else counts.small_count(work.session)
    nameless = work.session.execute(select(func.count()).where(reach, _P.resident_id.is_(None))).scalar_one()
    per_question = dict(
        work.session.execute(
            select(_V.question_id, func.count(distinct(_V.reply_id)))
            .join(Reply, _P.id == _V.reply_id)
            .where(reach)
            .group_by(_V.question_id)
        ).all()
    )
    per_choice = {
        (row[0], row[1]): row[2]
        for row in work.session.execute(
            select(_V.question_id, _V.choice, func.count())
            .join(Reply, _P.id == _V.reply_id)
            .where(reach)
            .group_by(_V.question_id, _V.choice)
        )
    }
    tallies = []
    for question in needs_questions.questions_of(work, survey_id):
        whole = per_question.get(question.id, 0)
        line = hide(
            [[whole, *(per_choice.get((question.id, code), 0) for code in question.codes)]], threshold
        )[0]
        tallies.append(Tally(question, line[0], tuple(zip(question.codes, line[1:], strict=True))))
    far = needs_asking.progress_of(work, survey, "need.view")
    meant, asked, answered, declined, not_met, without = (
        _figure(count, count < threshold, threshold)
        for count in (far.meant, far.asked, far.answered, far.declined, far.not_met, nameless)
    )
    return Results(meant, asked, answered, declined, not_met, without, tuple(tallies), rows, threshold)


@query("need.view")
def by_segment(work: Work, *, survey_id: int, question_id: int, kind: str) -> list[Segment]:
    """One question by a kind of segment (`SEGMENTS`), only of people with a name.

    Refused `record.not_found`. KeyError for an unknown kind.
    """
    needs.row_of(work, survey_id)
    question = next(
        (one for one in needs_questions.questions_of(work, survey_id) if one.id == question_id), None
    )
    if question is None:
        raise Refused("record.not_found")
    code = _codes(work, survey_id, kind)
    base = select(code.c.code).select_from(Reply).join(code, code.c.reply_id == _P.id).where(
        _in_reach(work, survey_id), _P.outcome.in_(needs_asking.MET), _P.resident_id.is_not(None)
    )  # fmt: skip
    asked = dict(
        work.session.execute(base.add_columns(func.count(distinct(_P.id))).group_by(code.c.code)).all()
    )
    said = base.join(Value, and_(_V.reply_id == _P.id, _V.question_id == question_id))
    answered = dict(
        work.session.execute(said.add_columns(func.count(distinct(_P.id))).group_by(code.c.code)).all()
    )
    chosen = {
        (row[0], row[1]): row[2]
        for row in work.session.execute(
            said.add_columns(_V.choice, func.count()).group_by(code.c.code, _V.choice)
        )
    }
    lines = [
        (
            one,
            label,
            [asked[one], answered.get(one, 0), *(chosen.get((one, choice), 0) for choice in question.codes)],
        )
        for one, label in _labels(work, kind)
        if one in asked
    ]
    threshold = 0 if _rows(work) else counts.small_count(work.session)
    if kind != "group":
        lines = _pooled(lines, threshold)
    figures = hide([numbers for _code, _label, numbers in lines], threshold)
    return [
        Segment(one, label, told[0], told[1], tuple(told[2:]))
        for (one, label, _numbers), told in zip(lines, figures, strict=True)
    ]


def _codes(work: Work, survey_id: int, kind: str) -> Any:
    """The segment of each reply, as rows of reply_id and code; in several groups, several rows."""
    mine = select(_P.id.label("reply_id")).where(needs_asking.current(survey_id), _P.resident_id.is_not(None))
    if kind == "area":
        paths = _areas(work)
        found = sql_case(
            *((below(_P.area_path, path), str(area_id)) for area_id, _name, path in paths), else_=NONE
        )
        return mine.add_columns((found if paths else literal(NONE)).label("code")).subquery()
    if kind == "group":
        inside = and_(_M.resident_id == _P.resident_id, residents.active_membership())
        joined = mine.outerjoin(Membership, inside).outerjoin(Group, _G.id == _M.group_id)
        return joined.add_columns(func.coalesce(_G.code, NONE).label("code")).distinct().subquery()
    joined = mine.join(Resident, _R.id == _P.resident_id)
    if kind == "band":
        today = clock.today()
        spans = [(_R.born_key.between(*ages.born_between(code, today)), code) for code in BANDS]
        return joined.add_columns(
            sql_case((_R.born_key == FAR_FUTURE, NONE), *spans, else_=NONE).label("code")
        ).subquery()
    column = {"sex": _R.sex, "living": _R.living, "colour": _R.colour}[kind]
    return joined.add_columns(func.coalesce(func.nullif(column, ""), NONE).label("code")).subquery()


def _areas(work: Work) -> list[tuple[int, str, str]]:
    """The areas by which answers are told apart: one level above the homes."""
    rows = work.session.execute(
        select(_A.id, _A.name, _A.area_path)
        .where(
            _A.id.in_(select(_A.parent_id).where(_A.level.in_(needs.home_levels()))),
            within(work.viewer, "need.view", _A.area_path),
        )
        .order_by(func.length(_A.area_path).desc(), _A.position, _A.id)
    )
    return [(row.id, row.name, row.area_path) for row in rows]


def _labels(work: Work, kind: str) -> list[tuple[str, str]]:
    """The segments in their order: code and label."""
    unknown = (NONE, N_("Not known"))
    if kind == "band":
        return [*((code, ages.BANDS[code][2]) for code in BANDS), unknown]
    if kind == "area":
        return [*((str(area_id), name) for area_id, name, _path in _areas(work)), unknown]
    if kind == "group":
        english = work.viewer.english
        rows = work.session.execute(select(_G.code, _G.name, _G.name_en).order_by(_G.position, _G.id))
        return [
            *((row.code, row.name_en if english and row.name_en else row.name) for row in rows),
            (NONE, N_("In no group")),
        ]
    options = {"sex": SEX_OPTIONS, "living": LIVING_OPTIONS, "colour": COLOUR_OPTIONS}[kind]
    return [*((one.code, one.label) for one in options if one.code), unknown]


Line = tuple[str, str, list[int]]


def _pooled(lines: list[Line], threshold: int) -> list[Line]:
    """Segments of fewer than `threshold` asked stand together in one line, with the next smallest if need be."""
    small_ones = [one for one in lines if one[2][0] < threshold]
    large = [one for one in lines if one[2][0] >= threshold]
    if not small_ones:
        return lines
    while large and sum(one[2][0] for one in small_ones) < threshold:
        next_one = min(large, key=lambda one: one[2][0])
        large.remove(next_one)
        small_ones.append(next_one)
    pool = [sum(numbers) for numbers in zip(*(one[2] for one in small_ones), strict=True)]
    return [*large, ("", N_("Small groups together"), pool)]


def hide(table: Sequence[Sequence[int]], threshold: int) -> list[list[Figure]]:
    """The figures of a table whose cells may be told, each line beginning with what the others are parts of.

    A cell below `threshold` is hidden; and as one hidden cell in a line or column follows from its neighbours by
    subtraction, the smallest of those is hidden with it, until no line and no column has only one. A nought is small, too.
    """
    threshold = threshold if threshold > 1 else 0  # 1 shows every count, and so the noughts
    hidden = {
        (row, at) for row, line in enumerate(table) for at, count in enumerate(line) if count < threshold
    }
    width = len(table[0]) if table else 0
    while hidden:
        before = len(hidden)
        lines = [[(row, at) for at in range(width)] for row in range(len(table))]
        lines += [[(row, at) for row in range(len(table))] for at in range(width)]
        for cells in lines:
            gone = [cell for cell in cells if cell in hidden]
            left = [cell for cell in cells if cell not in hidden and cell[1] > 0]
            if len(gone) == 1 and gone[0][1] > 0 and left:
                hidden.add(min(left, key=lambda cell: table[cell[0]][cell[1]]))
        if len(hidden) == before:
            break
    return [
        [
            _figure(count, (row, at) in hidden, threshold) for at, count in enumerate(line)
        ]
        for row, line in enumerate(table)
    ]  # fmt: skip


def _figure(count: int, hidden: bool, threshold: int) -> Figure:
    if not hidden or threshold < 2:
        return Figure(count, str(count))
    told = small.said(small.leaf(count, threshold), threshold)
    return Figure(None, told if count < threshold else "–")


@query("need.view")
def asked_for(work: Work, *, survey_id: int) -> dict[int, Figure]:
    """By need of a survey, how many ask for it in the viewer's areas, as far as the reader may know."""
    threshold = 0 if _rows(work) else counts.small_count(work.session)
    return {
        one.id: _figure(one.asked, one.asked < threshold, threshold)
        for one in needs_turned.of_survey(work, survey_id=survey_id)
    }
