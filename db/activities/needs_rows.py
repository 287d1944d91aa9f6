"""Who answered what, as a ledger: to search, to narrow as the figures of a survey do, and to export."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true

from db import clock
from db.activities import needs, needs_questions
from db.activities.need_tables import Question, Reply, Survey, Theme, Themed, Value
from db.care.visits import in_areas, people_like
from db.fields import Option
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
from db.register import Computed, Filter, Register, Sort, Values, field_filter, register
from db.words import N_
from db.work import Work

BANDS = ("0-5", "6-13", "14-17", "18-59", "60-69", "70-79", "80-89", "90+")
"""The bands of ages that do not overlap."""
NONE = "-"
"""The segment of those who belong to none, such as no group."""

_S = Survey.__table__.c  # type: ignore[attr-defined]
_P = Reply.__table__.c  # type: ignore[attr-defined]
_V = Value.__table__.c  # type: ignore[attr-defined]
_Q = Question.__table__.c  # type: ignore[attr-defined]
_T = Theme.__table__.c  # type: ignore[attr-defined]
_I = Themed.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_G = Group.__table__.c  # type: ignore[attr-defined]


def _ids(codes: Iterable[str]) -> list[int]:
    return [int(code) for code in codes if code.isdecimal() and len(code) < 18]


def _of_people(where: ColumnElement[bool]) -> Any:
    return _P.resident_id.in_(select(_R.id).where(where))


def in_segment(kind: str, codes: Sequence[str]) -> Any:
    """The replies of people who belong, as they are today, to one of these segments of a kind."""
    if kind == "group":
        inside = exists().where(
            _M.resident_id == _P.resident_id, _M.group_id == _G.id, residents.active_membership()
        )
        found = [inside.where(_G.code == code) if code != NONE else ~inside for code in codes]
        return and_(_P.resident_id.is_not(None), or_(false(), *found))
    if kind == "band":
        today = clock.today()
        spans = [
            _R.born_key == FAR_FUTURE
            if code == NONE
            else _R.born_key.between(*ages.born_between(code, today))
            for code in codes
            if code in ages.BANDS or code == NONE
        ]
        return _of_people(or_(false(), *spans))
    column = {"sex": _R.sex, "living": _R.living, "colour": _R.colour}[kind]
    return _of_people(func.coalesce(column, "").in_(["" if code == NONE else code for code in codes]))


def _segment(kind: str, label: str, options: tuple[Option, ...]) -> Filter:
    return Filter(
        kind, label, lambda _work, codes: in_segment(kind, codes), lambda _work: (*options, Option(NONE, N_("Not known")))
    )  # fmt: skip


def _in_survey(_work: Work, codes: Sequence[str]) -> Any:
    return _P.survey_id.in_(_ids(codes))


def _surveys(work: Work) -> list[Option]:
    rows = work.session.execute(
        select(_S.id, _S.title).where(needs.seen(work, "answer.view")).order_by(_S.id.desc())
    )
    return [Option(str(row.id), row.title) for row in rows]


def _answered(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    """Codes are "question:choice"."""
    found = []
    for code in codes:
        question, _colon, choice = code.partition(":")
        if question.isdecimal() and len(question) < 18:
            said = exists().where(_V.reply_id == _P.id, _V.question_id == int(question))
            found.append(said.where(_V.choice == choice) if choice else said)
    return or_(false(), *found)


def _answers(work: Work) -> list[Option]:
    rows = work.session.execute(
        select(_Q.id, _Q.kind, _Q.label, _Q.options)
        .join(Survey, _S.id == _Q.survey_id)
        .where(needs.seen(work, "answer.view"), _S.state != "draft", _Q.withdrawn_at.is_(None))
        .order_by(_S.id.desc(), _Q.position)
    )
    found = []
    for row in rows:
        choices = [(one["code"], one["label"]) for one in row.options]
        choices = choices or [(code, code) for code in {"scale": needs_questions.SCALE}.get(row.kind, ())]
        choices = choices or ([("yes", "✓"), ("no", "✗")] if row.kind == "yes_no" else [("", "…")])
        found += [Option(f"{row.id}:{code}", f"{row.label} {label}") for code, label in choices]
    return found


def _in_theme(_work: Work, codes: Sequence[str]) -> Any:
    themed = select(_V.reply_id).join(Themed, _I.value_id == _V.id)
    return _P.id.in_(themed.where(_I.theme_id.in_(_ids(codes)), _I.removed_at.is_(None)))


def _themes(work: Work) -> list[Option]:
    rows = work.session.execute(
        select(_T.id, _T.name)
        .join(Survey, _S.id == _T.survey_id)
        .where(needs.seen(work, "answer.view"), _T.withdrawn_at.is_(None))
        .order_by(_T.id)
    )
    return [Option(str(row.id), row.name) for row in rows]


def _counts(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    found = {"yes": _P.current == 1, "no": _P.current.is_(None)}
    return or_(false(), *(found[code] for code in codes if code in found)) if codes else true()


def _groups(work: Work) -> list[Option]:
    return [*residents.group_options(work), Option(NONE, N_("In no group"))]


def _search(work: Work, text: str) -> ColumnElement[bool]:
    hit = people_like(work, text, _P.resident_id)
    return hit if isinstance(hit, ColumnElement) else hit.where


def _people(work: Work, rows: list[Values]) -> list[str]:
    ids = {row["resident_id"] for row in rows if row["resident_id"]}
    clear, spec = work.viewer.sees("name") == "clear", residents.RESIDENTS.specs["name"]
    found = {
        row.id: f"{row.name if clear else spec.mask(row.name)} {row.address}"
        for row in work.session.execute(select(_R.id, _R.name, _R.address).where(_R.id.in_(ids)))
    }
    return [found.get(row["resident_id"], "–") for row in rows]


def _titles(work: Work, rows: list[Values]) -> list[str]:
    ids = {row["survey_id"] for row in rows}
    found = {row.id: row.title for row in work.session.execute(select(_S.id, _S.title).where(_S.id.in_(ids)))}
    return [found.get(row["survey_id"], "") for row in rows]


def _days(_work: Work, rows: list[Values]) -> list[str]:
    return [row["at"].astimezone(clock.PLACE).strftime("%Y-%m-%d %H:%M") for row in rows]


def _summary(work: Work, rows: list[Values]) -> list[str]:
    """The answers in short, in the order of the questions."""
    ids = [row["id"] for row in rows]
    said: dict[int, list[str]] = {one: [] for one in ids}
    found = work.session.execute(
        select(_V.reply_id, _V.choice, _V.words, _Q.options, _Q.kind)
        .join(Question, _Q.id == _V.question_id)
        .where(_V.reply_id.in_(ids))
        .order_by(_V.reply_id, _Q.position, _V.id)
    )
    for row in found:
        labels = {one["code"]: one["label"] for one in row.options}
        marks = {"yes": "✓", "no": "✗"}
        said[row.reply_id].append(row.words or labels.get(row.choice) or marks.get(row.choice, row.choice))
    return ["、".join(said[one]) for one in ids]


ANSWERS = register(
    Register(
        name="answers",
        table=Reply,
        title=N_("Answers"),
        one=N_("Answer"),
        action="answer",
        label="by_name",
        carries=("survey_id", "resident_id", "at", "current"),
        columns=("person", "survey", "when", "outcome", "source", "said"),
        sections=(),
        sorts=(Sort("newest", N_("Last day first"), ("at",), descending=True),),
        search=_search,
        search_help=N_("Name, initials, ID number, telephone or its last four digits, address such as 12-3-402"),
        filters=(
            Filter("survey", N_("Survey"), _in_survey, _surveys),
            field_filter(Reply, "outcome"),
            field_filter(Reply, "source"),
            Filter("answer", N_("What was answered"), _answered, _answers),
            Filter("theme", N_("Theme"), _in_theme, _themes),
            _segment("band", N_("Age"), tuple(Option(code, ages.BANDS[code][2]) for code in BANDS)),
            _segment("sex", N_("Sex"), SEX_OPTIONS),
            _segment("living", N_("Lives"), LIVING_OPTIONS),
            _segment("colour", N_("Risk colour"), COLOUR_OPTIONS),
            Filter("group", N_("Group"), lambda _work, codes: in_segment("group", codes), _groups),
            Filter("area", N_("Area"), in_areas(_P.area_path), residents.area_options("answer.view")),
            Filter("counts", N_("Counts"), _counts,
                   lambda _work: (Option("yes", N_("Yes")), Option("no", N_("Replaced by a later one")))),
        ),
        defaults={"counts": ("yes",)},
        computed=(
            Computed("person", N_("Person"), _people, ("resident_id",), sensitivity="name"),
            Computed("survey", N_("Survey"), _titles, ("survey_id",)),
            Computed("when", N_("When"), _days, ("at",)),
            Computed("said", N_("Answers"), _summary, ("id",), sensitivity="care"),
        ),
        importable=False,
        topics=("needs",),
    )
)  # fmt: skip
