"""The questions of a survey: their kinds, what can be chosen, a questionnaire to begin with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select

from db.activities.need_tables import KIND_OPTIONS, Question
from db.errors import Refused
from db.work import Work

LONGEST_QUESTION = 120
LONGEST_OPTION = 40
MOST_QUESTIONS = 30
MOST_OPTIONS = 12
CHOOSING = ("one", "several")
SCALE = ("1", "2", "3", "4", "5")
YES_NO = ("yes", "no")
KINDS = tuple(one.code for one in KIND_OPTIONS)

_Q = Question.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Asked:
    """One question. `options` are codes with labels, of choices only."""

    id: int
    kind: str
    label: str
    options: tuple[tuple[str, str], ...] = ()
    required: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """What can be chosen; nothing for text."""
        if self.kind in CHOOSING:
            return tuple(code for code, _label in self.options)
        return {"scale": SCALE, "yes_no": YES_NO}.get(self.kind, ())


def line(raw: object) -> str:
    """What somebody wrote as one line, in their own punctuation."""
    text = "" if raw is None else str(raw)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def coded(*labels: str) -> tuple[tuple[str, str], ...]:
    """Options with codes of their own."""
    return tuple((f"o{number}", label) for number, label in enumerate(labels, start=1))


STARTER: tuple[Asked, ...] = (
    Asked(0, "several", "您希望社区多办哪些活动？", coded(
        "太极拳", "书法", "手工", "读书", "唱歌跳舞", "手机课", "郊游"), True),
    Asked(0, "several", "您平时需要哪些帮助？", coded(
        "送餐", "陪诊", "代买菜", "上门理发", "家电维修", "打扫卫生", "暂时不需要"), True),
    Asked(0, "yes_no", "有人可以在急事时马上赶到您家吗？", (), True),
    Asked(0, "scale", "您对现在的生活有多满意？（5 为最满意）"),
    Asked(0, "one", "您喜欢在什么时间参加活动？", coded("上午", "下午", "晚上", "周末")),
    Asked(0, "text", "还有什么想对社区说的？"),
)  # fmt: skip
"""A questionnaire to begin with."""


def questions_of(work: Work, survey_id: int) -> tuple[Asked, ...]:
    """The questions in their order."""
    rows = work.session.execute(
        select(_Q.id, _Q.kind, _Q.label, _Q.options, _Q.required)
        .where(_Q.survey_id == survey_id, _Q.withdrawn_at.is_(None))
        .order_by(_Q.position, _Q.id)
    )
    return tuple(
        Asked(row.id, row.kind, row.label, tuple((one["code"], one["label"]) for one in row.options), row.required)
        for row in rows
    )  # fmt: skip


def good(question: Asked, known: Sequence[Asked]) -> Asked:
    """A question as it is kept. Options keep their codes; new ones get the next free."""
    label = line(question.label)[:LONGEST_QUESTION]
    if not label or question.kind not in KINDS or label in {one.label for one in known}:
        raise Refused("need.question")
    options: list[tuple[str, str]] = []
    if question.kind in CHOOSING:
        labels = [(code, line(text)[:LONGEST_OPTION]) for code, text in question.options]
        labels = [(code, text) for code, text in labels if text]
        if not 2 <= len(labels) <= MOST_OPTIONS or len({text for _code, text in labels}) != len(labels):
            raise Refused("need.options", most=MOST_OPTIONS)
        used = {code for code, _text in labels if code}
        free = (f"o{number}" for number in range(1, 99) if f"o{number}" not in used)
        options = [(code or next(free), text) for code, text in labels]
    return Asked(question.id, question.kind, label, tuple(options), question.required)


def columns(question: Asked) -> dict[str, Any]:
    """The columns in which a question is kept."""
    return {
        "kind": question.kind, "label": question.label, "required": question.required,
        "options": [{"code": code, "label": label} for code, label in question.options],
    }  # fmt: skip


def add(work: Work, survey_id: int, question: Asked) -> int:
    """Add a question at the end and return its id. Refused `need.many`, `need.question`, `need.options`."""
    known = questions_of(work, survey_id)
    if len(known) >= MOST_QUESTIONS:
        raise Refused("need.many", most=MOST_QUESTIONS)
    kept = good(question, known)
    last = work.session.execute(select(func.max(_Q.position)).where(_Q.survey_id == survey_id)).scalar() or 0
    question_id: int = work.connection.execute(
        insert(Question.__table__)  # type: ignore[attr-defined]
        .values(
            version=1, made_at=work.now, changed_at=work.now, extra={}, survey_id=survey_id, position=last + 1,
            **columns(kept),
        )
        .returning(_Q.id)
    ).scalar_one()  # fmt: skip
    return question_id


def one_of(questions: Sequence[Asked], question_id: int) -> Asked:
    """The question with this id. Refused `record.not_found`."""
    found = next((one for one in questions if one.id == question_id), None)
    if found is None:
        raise Refused("record.not_found")
    return found
