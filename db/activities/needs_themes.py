"""What people said in their own words, sorted into themes: proposed by words, decided by a tap."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from db import parsing
from db.access import within
from db.activities import needs, needs_asking, needs_questions
from db.activities.need_tables import Question, Reply, Theme, Themed, Value
from db.activities.needs import TOPIC
from db.errors import Refused
from db.work import Work, command, query

PAGE = 20
LONGEST_NAME = 30
LONGEST_WORDS = 200

_P = Reply.__table__.c  # type: ignore[attr-defined]
_V = Value.__table__.c  # type: ignore[attr-defined]
_Q = Question.__table__.c  # type: ignore[attr-defined]
_T = Theme.__table__.c  # type: ignore[attr-defined]
_I = Themed.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class ThemeView:
    """A theme with how many answers belong to it, in the viewer's areas."""

    id: int
    version: int
    name: str
    words: str
    closed: bool
    answers: int


@dataclass(frozen=True)
class Text:
    """One answer in words. `themes` are the ids it belongs to, `proposed` those whose words it contains."""

    id: int
    reply_id: int
    question: str
    words: str
    themes: tuple[int, ...]
    proposed: tuple[int, ...]


@dataclass(frozen=True)
class Texts:
    """A page of answers, and how many there are."""

    rows: tuple[Text, ...]
    total: int


def counted(survey_id: int) -> ColumnElement[bool]:
    """Answers in words that count: of a reply that was not replaced."""
    return and_(_V.words.is_not(None), needs_asking.current(survey_id), _P.id == _V.reply_id)


def _themes(work: Work, survey: Any, action: str) -> list[ThemeView]:
    held = (
        select(_I.theme_id, func.count().label("answers"))
        .join(Value, _V.id == _I.value_id)
        .join(Reply, _P.id == _V.reply_id)
        .where(_I.removed_at.is_(None), counted(survey.id), within(work.viewer, action, _P.area_path))
        .group_by(_I.theme_id)
        .subquery()
    )
    rows = work.session.execute(
        select(_T.id, _T.version, _T.name, _T.words, _T.closed, func.coalesce(held.c.answers, 0))
        .outerjoin(held, held.c.theme_id == _T.id)
        .where(_T.survey_id == survey.id, _T.withdrawn_at.is_(None))
        .order_by(_T.closed, _T.id)
    )
    return [ThemeView(*row) for row in rows]


@query("answer.view")
def themes(work: Work, *, survey_id: int) -> list[ThemeView]:
    """The themes of a survey, closed ones last. Refused `record.not_found`."""
    return _themes(work, needs.row_of(work, survey_id, "answer.view"), "answer.view")


@query("answer.view")
def texts(
    work: Work, *, survey_id: int, theme_id: int | None = None, loose: bool = False, page: int = 0
) -> Texts:
    """What was said in words in the viewer's areas, the last first.

    With `theme_id`, what belongs to it; `loose`: what belongs to no theme yet. Refused `record.not_found`.
    """
    survey = needs.row_of(work, survey_id, "answer.view")
    where = and_(counted(survey_id), within(work.viewer, "answer.view", _P.area_path))
    belongs = exists().where(_I.value_id == _V.id, _I.removed_at.is_(None))
    if theme_id is not None:
        where = and_(where, belongs.where(_I.theme_id == theme_id))
    elif loose:
        where = and_(where, ~belongs)
    total = work.session.execute(
        select(func.count()).select_from(Value).join(Reply, _P.id == _V.reply_id).where(where)
    )
    rows = work.session.execute(
        select(_V.id, _V.reply_id, _V.words, _Q.label)
        .join(Reply, _P.id == _V.reply_id)
        .join(Question, _Q.id == _V.question_id)
        .where(where)
        .order_by(_V.id.desc())
        .limit(PAGE)
        .offset(page * PAGE)
    ).all()
    held: dict[int, list[int]] = {}
    for one in work.session.execute(
        select(_I.value_id, _I.theme_id).where(
            _I.value_id.in_([row.id for row in rows]), _I.removed_at.is_(None)
        )
    ):
        held.setdefault(one.value_id, []).append(one.theme_id)
    known = [one for one in _themes(work, survey, "answer.view") if not one.closed]
    return Texts(
        tuple(
            Text(
                row.id, row.reply_id, row.label, row.words, tuple(held.get(row.id, ())),
                tuple(one.id for one in known if fits(one.words, row.words) and one.id not in held.get(row.id, ())),
            )
            for row in rows
        ),
        int(total.scalar_one()),
    )  # fmt: skip


def fits(words: str, said: str) -> bool:
    """Whether an answer contains one of a theme's words (separated by 、)."""
    text = parsing.fold(said).casefold()
    return any(word and parsing.fold(word).casefold() in text for word in words.split("、"))


@command("need.edit")
def add_theme(work: Work, *, survey_id: int, name: str, words: str = "") -> int:
    """Add a theme and return its id; its name is one of its words. Refused `record.not_found`, `access.denied`,
    `need.theme` (empty, or there already)."""
    survey = _may(work, survey_id)
    values = _cleaned(work, survey_id, name, words)
    theme_id: int = work.connection.execute(
        insert(Theme.__table__)  # type: ignore[attr-defined]
        .values(
            version=1, made_at=work.now, changed_at=work.now, extra={}, survey_id=survey_id, closed=False, **values
        )
        .returning(_T.id)
    ).scalar_one()  # fmt: skip
    _note(work, survey, theme_id, values["name"], {"name": (None, values["name"])})
    return theme_id


@command("need.edit")
def change_theme(
    work: Work, *, survey_id: int, theme_id: int, version: int, name: str, words: str, closed: bool = False
) -> None:  # fmt: skip
    """Rename a theme, say by which words it is proposed, close it. Refused as `add_theme`, `record.changed`."""
    survey = _may(work, survey_id)
    values = {**_cleaned(work, survey_id, name, words, but=theme_id), "closed": closed}
    done: CursorResult[Any] = work.connection.execute(
        update(Theme.__table__)  # type: ignore[attr-defined]
        .where(_T.id == theme_id, _T.survey_id == survey_id, _T.version == version)
        .values(**values, version=version + 1, changed_at=work.now)
    )
    if done.rowcount != 1:
        raise Refused("record.changed", version=version)
    _note(work, survey, theme_id, values["name"], {name: (None, new) for name, new in values.items()})


def _may(work: Work, survey_id: int) -> Any:
    """Whoever may not read the answers sorts none."""
    if not work.viewer.can("answer.view"):
        raise Refused("access.denied", action="answer.view")
    return needs.row_of(work, survey_id, "need.edit")


def _cleaned(work: Work, survey_id: int, name: str, words: str, *, but: int = 0) -> dict[str, Any]:
    name = needs_questions.line(name)[:LONGEST_NAME]
    taken = select(_T.id).where(
        _T.survey_id == survey_id, _T.name == name, _T.id != but, _T.withdrawn_at.is_(None)
    )
    if not name or work.session.execute(taken).first() is not None:
        raise Refused("need.theme")
    said = needs_questions.line(words)
    for mark in ",，;； ":
        said = said.replace(mark, "、")
    kept = dict.fromkeys([name, *(one for one in said.split("、") if one)])
    return {"name": name, "words": "、".join(kept)[:LONGEST_WORDS]}


@command("need.edit")
def assign(work: Work, *, survey_id: int, value_id: int, theme_id: int, belongs: bool = True) -> None:
    """Put an answer into a theme, or take it out again. Refused `record.not_found`, `access.denied`."""
    survey = _may(work, survey_id)
    mine = work.session.execute(
        select(_V.id)
        .join(Reply, _P.id == _V.reply_id)
        .where(_V.id == value_id, counted(survey_id), within(work.viewer, "need.edit", _P.area_path))
    ).first()
    theme = work.session.execute(
        select(_T.id, _T.name).where(_T.id == theme_id, _T.survey_id == survey_id, _T.closed.is_(False))
    ).first()
    if mine is None or theme is None:
        raise Refused("record.not_found")
    _write(work, [(theme_id, value_id)], belongs)
    _note(work, survey, theme_id, theme.name, {"answer": (not belongs, belongs)})


@command("need.edit")
def assign_proposed(work: Work, *, survey_id: int, theme_id: int) -> int:
    """Put every answer that contains a word of the theme into it, unless it was taken out; returns how many.

    Refused `record.not_found`, `access.denied`.
    """
    survey = _may(work, survey_id)
    theme = work.session.execute(
        select(_T.id, _T.name, _T.words).where(
            _T.id == theme_id, _T.survey_id == survey_id, _T.closed.is_(False)
        )
    ).first()
    if theme is None:
        raise Refused("record.not_found")
    ever = exists().where(_I.value_id == _V.id, _I.theme_id == theme_id)
    rows = work.session.execute(
        select(_V.id, _V.words)
        .join(Reply, _P.id == _V.reply_id)
        .where(counted(survey_id), within(work.viewer, "need.edit", _P.area_path), ~ever)
    )
    found = [row.id for row in rows if fits(theme.words, row.words)]
    if found:
        _write(work, [(theme_id, value_id) for value_id in found], True)
        _note(work, survey, theme_id, theme.name, {"answers": (None, len(found))})
    return len(found)


def _write(work: Work, pairs: list[tuple[int, int]], belongs: bool) -> None:
    if not belongs:
        (theme_id, value_id) = pairs[0]
        work.session.execute(
            update(Themed)
            .where(_I.theme_id == theme_id, _I.value_id == value_id)
            .values(removed_at=work.now)
            .execution_options(synchronize_session=False)
        )
        return
    maker = sqlite.insert if work.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    rows = [
        {"theme_id": theme_id, "value_id": value_id, "by_name": work.viewer.name, "at": work.now, "removed_at": None}
        for theme_id, value_id in pairs
    ]  # fmt: skip
    statement = maker(Themed.__table__)  # type: ignore[attr-defined]
    work.connection.execute(
        statement.on_conflict_do_update(index_elements=["theme_id", "value_id"], set_={"removed_at": None}),
        rows,
    )
    work.wrote()


def _note(work: Work, survey: Any, theme_id: int, label: str, changes: dict[str, tuple[Any, Any]]) -> None:
    work.log("need_theme", theme_id, label, changes, area_path=survey.area_path)
    work.touch(TOPIC)


def asking_for(
    survey_id: int, *, theme_id: int | None, question_id: int | None, choice: str
) -> ColumnElement[bool]:
    """The replies that ask for what a theme or an option stands for."""
    values = select(_V.reply_id)
    if theme_id is not None:
        values = values.join(Themed, _I.value_id == _V.id).where(
            _I.theme_id == theme_id, _I.removed_at.is_(None)
        )
    else:
        values = values.where(_V.question_id == question_id, _V.choice == choice)
    return and_(needs_asking.current(survey_id), _P.id.in_(values))
