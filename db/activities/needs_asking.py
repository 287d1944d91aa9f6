"""Asking people what they need: whom, in walking order, what they answered, and what is half filled in.

Asked is whoever was met, with or without answers; who was not met counts for nothing but an attempt.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, tuple_, update

from db import clock, places
from db.access import below_any, within
from db.activities import needs, needs_questions
from db.activities.need_tables import Reply, ReplyDraft, Survey, SurveyArea, Value
from db.activities.needs import LONGEST_ANSWER, TOPIC
from db.activities.needs_questions import Asked
from db.care.visits import people_like
from db.errors import Refused
from db.people import ages, residents
from db.people.tables import Group, Membership, Resident
from db.register import Hit
from db.work import Work, command, query

KEPT = timedelta(days=14)
NEXT = 8
MET = ("answered", "declined")

_S = Survey.__table__.c  # type: ignore[attr-defined]
_W = SurveyArea.__table__.c  # type: ignore[attr-defined]
_P = Reply.__table__.c  # type: ignore[attr-defined]
_V = Value.__table__.c  # type: ignore[attr-defined]
_D = ReplyDraft.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_G = Group.__table__.c  # type: ignore[attr-defined]

Answers = Mapping[int, Any]
"""By question: a code, a list of codes, or text."""


# Who is to be asked


def meant(work: Work, survey: Any) -> ColumnElement[bool]:
    """Residents whom a survey (a row) asks: who live in its areas, belong to one of its groups, and are of its age."""
    paths = work.session.execute(select(_W.area_path).where(_W.survey_id == survey.id)).scalars().all()
    found = [_R.status == "resident", below_any(_R.place, paths)]
    if survey.groups:
        found.append(
            exists().where(
                _M.resident_id == _R.id, _M.group_id == _G.id, _G.code.in_(survey.groups), residents.active_membership()
            )
        )  # fmt: skip
    today = clock.today()
    if survey.age_from is not None:
        found.append(_R.born_key <= ages.born_by(survey.age_from, today))
    if survey.age_to is not None:
        found.append(_R.born_key > ages.born_by(survey.age_to + 1, today))
        found.append(_R.born.is_not(None))
    return and_(*found)


def current(survey_id: int) -> ColumnElement[bool]:
    """The replies to a survey that count."""
    return and_(_P.survey_id == survey_id, _P.current == 1, _P.withdrawn_at.is_(None))


_OF_PERSON = and_(_P.resident_id == _R.id)


@dataclass(frozen=True)
class Progress:
    """Of the people in the viewer's areas whom a survey asks: how many there are, and what came of it."""

    meant: int
    answered: int
    declined: int
    not_met: int

    @property
    def asked(self) -> int:
        return self.answered + self.declined


def progress_of(work: Work, survey: Any, action: str) -> Progress:
    """For a survey (a row), where the viewer may do `action`."""
    row = work.session.execute(
        select(
            func.count(),
            *(func.count().filter(_P.outcome == outcome) for outcome in ("answered", "declined", "not_met")),
        )
        .select_from(Resident)
        .outerjoin(Reply, and_(_OF_PERSON, current(survey.id)))
        .where(meant(work, survey), within(work.viewer, action, _R.place))
    ).one()
    return Progress(*row)


@query("need.ask")
def progress(work: Work, *, survey_id: int) -> Progress:
    """How far asking is in the viewer's areas. Refused `record.not_found`."""
    return progress_of(work, needs.row_of(work, survey_id, "need.ask"), "need.ask")


@dataclass(frozen=True)
class Person:
    """Somebody to ask. `outcome` and `at` tell of the last time, "" for never."""

    id: int
    name: str
    address: str
    place: str
    outcome: str
    at: datetime | None


def _people(work: Work, survey: Any) -> Any:
    return (
        select(_R.id, _R.name, _R.address, _R.place, _P.outcome, _P.at)
        .outerjoin(Reply, and_(_OF_PERSON, current(survey.id)))
        .where(meant(work, survey))
    )


def _person(work: Work, row: Any) -> Person:
    clear = work.viewer.sees("name") == "clear"
    name = row.name if clear else residents.RESIDENTS.specs["name"].mask(row.name)
    return Person(row.id, name, row.address, row.place, row.outcome or "", row.at)


@query("need.ask")
def people(
    work: Work, *, survey_id: int, search: str = "", after: int | None = None, limit: int = NEXT
) -> list[Person]:
    """Whom to ask next in walking order: not asked yet, and not tried today.

    `after`: begin behind this person; at the end it goes on from the beginning. With `search`, whoever fits, asked or
    not. Refused `record.not_found`.
    """
    survey = needs.row_of(work, survey_id, "need.ask")
    asked = _people(work, survey).where(within(work.viewer, "need.ask", _R.place)).order_by(_R.place, _R.id)
    if search.strip():
        hit = people_like(work, search, _R.id)
        found = asked.where(hit.where if isinstance(hit, Hit) else hit).limit(limit)
        return [_person(work, row) for row in work.session.execute(found)]
    left = asked.where(_left())
    behind = work.session.execute(select(_R.place, _R.id).where(_R.id == after)).first() if after else None
    if behind is None:
        return [_person(work, row) for row in work.session.execute(left.limit(limit))]
    here = tuple_(_R.place, _R.id)
    rows = list(work.session.execute(left.where(here > tuple_(behind.place, behind.id)).limit(limit)))
    if len(rows) < limit:
        rows += work.session.execute(
            left.where(here <= tuple_(behind.place, behind.id)).limit(limit - len(rows))
        ).all()
    return [_person(work, row) for row in rows]


def _left() -> ColumnElement[bool]:
    """Not asked yet, and not tried today."""
    today = datetime.combine(clock.today(), time(), clock.PLACE)
    return or_(_P.id.is_(None), and_(_P.outcome == "not_met", _P.at < today))


def still_to_ask(work: Work, survey: Any, where: ColumnElement[bool], most: int) -> list[Person]:
    """Whom a survey (a row) still asks among the residents of `where`, in walking order."""
    rows = work.session.execute(
        _people(work, survey).where(where, _left()).order_by(_R.place, _R.id).limit(most)
    )
    return [_person(work, row) for row in rows]


def _one(work: Work, survey: Any, resident_id: int) -> Any:
    """A person whom the survey asks, within the viewer's reach. Refused `record.not_found`, `need.not_meant`."""
    here = and_(_R.id == resident_id, within(work.viewer, "need.ask", _R.place))
    row = work.session.execute(
        select(_R.id, _R.name, _R.address, _R.place, _R.area_path, meant(work, survey).label("meant")).where(
            here
        )
    ).first()
    if row is None:
        raise Refused("record.not_found")
    if not row.meant:
        raise Refused("need.not_meant", name=row.name)
    return row


@query("need.ask")
def person(work: Work, *, survey_id: int, resident_id: int) -> Person:
    """One person whom the survey asks. Refused `record.not_found`, `need.not_meant`."""
    survey = needs.row_of(work, survey_id, "need.ask")
    _one(work, survey, resident_id)
    return _person(work, work.session.execute(_people(work, survey).where(_R.id == resident_id)).one())


@query("need.ask")
def open_for(work: Work, *, resident_id: int) -> list[tuple[int, str, str]]:
    """The open surveys that ask this person: id, title, and what came of it ("" for not asked yet)."""
    rows = work.session.execute(
        select(Survey.__table__).where(  # type: ignore[attr-defined]
            needs.seen(work, "need.ask"), _S.state == "open", _S.until >= clock.today()
        )
    ).all()
    reach = and_(_R.id == resident_id, within(work.viewer, "need.ask", _R.place))
    found = []
    for survey in rows:
        one = work.session.execute(_people(work, survey).where(reach)).first()
        if one is not None:
            found.append((survey.id, survey.title, one.outcome or ""))
    return found


# Answers


def checked(questions: Sequence[Asked], answers: Answers) -> list[dict[str, Any]]:
    """What was answered, as rows of `need_value` without their reply.

    Refused `form.invalid` with `problems` by question: `field.required`, `field.not_a_choice`, `field.too_long`.
    """
    rows: list[dict[str, Any]] = []
    problems: dict[int, str] = {}
    for one in questions:
        given = answers.get(one.id)
        if one.kind == "text":
            words = needs_questions.line(given)
            if len(words) > LONGEST_ANSWER:
                problems[one.id] = "field.too_long"
            chosen: list[str] = []
        else:
            words = ""
            said = given if isinstance(given, (list, tuple)) else [given] if given else []
            chosen = list(dict.fromkeys(str(code) for code in said))
            if any(code not in one.codes for code in chosen) or (one.kind != "several" and len(chosen) > 1):
                problems[one.id] = "field.not_a_choice"
        if one.required and not chosen and not words:
            problems[one.id] = "field.required"
        rows += [{"question_id": one.id, "choice": code, "words": None} for code in chosen]
        if words:
            rows.append({"question_id": one.id, "choice": "", "words": words})
    if problems:
        raise Refused("form.invalid", problems=problems)
    return rows


def must_be_open(survey: Any) -> None:
    """Refused `need.not_open` when no answers are taken."""
    if needs.state_now(survey) != "open":
        raise Refused("need.not_open")


def write(
    work: Work, survey: Any, *, resident: Any | None, outcome: str, rows: list[dict[str, Any]], source: str, token: str
) -> int:  # fmt: skip
    """Keep a reply in place of the one before, which stays readable. `resident`: a row with id, name, area_path.

    Refused `need.answered` when somebody who answered is only noted as not met.
    """
    done = work.session.execute(select(_P.id).where(_P.token == token)).scalar() if token else None
    if done is not None:
        return int(done)
    if resident is not None:
        places.hold_still(work, [f"r{resident.id}"])
        before = work.session.execute(
            select(_P.id, _P.outcome).where(current(survey.id), _P.resident_id == resident.id)
        ).first()
        if before is not None and outcome == "not_met" and before.outcome in MET:
            raise Refused("need.answered")
        if before is not None:
            work.session.execute(
                update(Reply)
                .where(_P.id == before.id)
                .values(current=None, replaced_at=work.now, version=_P.version + 1, changed_at=work.now)
            )
    path = resident.area_path if resident is not None else survey.area_path
    reply_id: int = work.connection.execute(
        insert(Reply.__table__)  # type: ignore[attr-defined]
        .values(
            version=1, made_at=work.now, changed_at=work.now, extra={}, survey_id=survey.id,
            resident_id=resident.id if resident is not None else None, outcome=outcome, source=source, at=work.now,
            by_account=work.viewer.account_id, by_name=work.viewer.name if source == "door" else "", current=1,
            token=token or needs.new_code(), area_path=path,
        )
        .returning(_P.id)
    ).scalar_one()  # fmt: skip
    if rows:
        work.session.execute(insert(Value), [{**row, "reply_id": reply_id} for row in rows])
    label = f"{survey.title} · {resident.name}" if resident is not None else survey.title
    work.log(
        "need_reply", reply_id, label, {"outcome": (None, outcome), "source": (None, source)}, area_path=path
    )
    work.touch(TOPIC)
    return reply_id


@command("need.ask")
def record(
    work: Work, *, survey_id: int, resident_id: int, outcome: str, answers: Answers | None = None, token: str = ""
) -> int:  # fmt: skip
    """Note what came of asking somebody, and return the id of the reply. The same `token` is the same reply.

    Refused `record.not_found`, `need.not_open`, `need.not_meant`, `need.outcome`, `need.answered`, `form.invalid`.
    """
    survey = needs.row_of(work, survey_id, "need.ask")
    must_be_open(survey)
    if outcome not in (*MET, "not_met"):
        raise Refused("need.outcome")
    resident = _one(work, survey, resident_id)
    rows = (
        checked(needs_questions.questions_of(work, survey_id), answers or {}) if outcome == "answered" else []
    )
    reply_id = write(work, survey, resident=resident, outcome=outcome, rows=rows, source="door", token=token)
    _clear(work, survey_id, resident_id)
    return reply_id


@dataclass(frozen=True)
class Said:
    """One reply with its answers in their order: the question and what was answered, codes for choices."""

    id: int
    survey: str
    outcome: str
    source: str
    at: datetime
    by_name: str
    replaced_at: datetime | None
    answers: tuple[tuple[Asked, tuple[str, ...]], ...]


def answers_of(
    work: Work, reply_ids: Sequence[int], questions: Sequence[Asked]
) -> dict[int, dict[int, list[str]]]:
    """By reply and question, what was answered."""
    found: dict[int, dict[int, list[str]]] = {one: {} for one in reply_ids}
    rows = work.session.execute(
        select(_V.reply_id, _V.question_id, _V.choice, _V.words)
        .where(_V.reply_id.in_(reply_ids))
        .order_by(_V.id)
    )
    for row in rows:
        found[row.reply_id].setdefault(row.question_id, []).append(row.words or row.choice)
    return found


@query("answer.view")
def replies(work: Work, *, survey_id: int, resident_id: int) -> list[Said]:
    """All that one person was asked in a survey, what counts first, then what it replaced.

    Refused `record.not_found`.
    """
    survey = needs.row_of(work, survey_id, "answer.view")
    return _said(work, survey, and_(_P.survey_id == survey_id, _P.resident_id == resident_id))


@query("answer.view")
def reply(work: Work, *, reply_id: int) -> tuple[int, int | None, Said]:
    """One reply, with the ids of its survey and person. Refused `record.not_found`."""
    row = work.session.execute(select(_P.survey_id, _P.resident_id).where(_P.id == reply_id)).first()
    survey = needs.row_of(work, row.survey_id, "answer.view") if row is not None else None
    found = _said(work, survey, _P.id == reply_id) if survey is not None else []
    if not found or row is None:
        raise Refused("record.not_found")
    return row.survey_id, row.resident_id, found[0]


def _said(work: Work, survey: Any, where: ColumnElement[bool]) -> list[Said]:
    questions = needs_questions.questions_of(work, survey.id)
    rows = work.session.execute(
        select(_P.id, _P.outcome, _P.source, _P.at, _P.by_name, _P.replaced_at)
        .where(where, within(work.viewer, "answer.view", _P.area_path))
        .order_by(_P.current.is_(None), _P.id.desc())
    ).all()
    values = answers_of(work, [row.id for row in rows], questions)
    return [
        Said(
            row.id, survey.title, row.outcome, row.source, row.at, row.by_name, row.replaced_at,
            tuple((one, tuple(values[row.id][one.id])) for one in questions if one.id in values[row.id]),
        )
        for row in rows
    ]  # fmt: skip


@query("answer.view")
def answers_now(work: Work, *, survey_id: int, resident_id: int) -> dict[int, Any]:
    """What somebody answered last, as the form takes it; empty for nothing."""
    found = replies(work, survey_id=survey_id, resident_id=resident_id)
    if not found or found[0].replaced_at is not None:
        return {}
    return {
        one.id: list(said) if one.kind == "several" else said[0] for one, said in found[0].answers if said
    }


# What is half filled in


@dataclass(frozen=True)
class Kept:
    """A half-filled form, and when it was last touched."""

    values: dict[str, Any]
    saved_at: datetime


@query("need.ask")
def draft(work: Work, *, survey_id: int, resident_id: int) -> Kept | None:
    """What the viewer half filled in for this person within a fortnight."""
    row = work.session.execute(
        select(_D.content, _D.saved_at).where(
            _own(work, survey_id, resident_id), _D.saved_at > work.now - KEPT
        )
    ).first()
    return Kept(json.loads(row.content), row.saved_at) if row is not None else None


@command("need.ask")
def keep(work: Work, *, survey_id: int, resident_id: int, values: dict[str, Any]) -> None:
    """Keep the form as it stands. Refused `record.not_found`, `need.not_meant`."""
    _one(work, needs.row_of(work, survey_id, "need.ask"), resident_id)
    _clear(work, survey_id, resident_id)
    work.connection.execute(  # past the audit trail: it is nobody's business until it is saved
        insert(ReplyDraft).values(
            account_id=work.viewer.account_id, survey_id=survey_id, resident_id=resident_id, saved_at=work.now,
            content=json.dumps(values, ensure_ascii=False),
        )
    )  # fmt: skip


@command("need.ask")
def drop(work: Work, *, survey_id: int, resident_id: int) -> None:
    """It is not wanted any more."""
    _clear(work, survey_id, resident_id)


def _own(work: Work, survey_id: int, resident_id: int) -> ColumnElement[bool]:
    return and_(
        _D.account_id == work.viewer.account_id, _D.survey_id == survey_id, _D.resident_id == resident_id
    )


def _clear(work: Work, survey_id: int, resident_id: int) -> None:
    old = _D.saved_at <= work.now - KEPT
    work.connection.execute(delete(ReplyDraft).where(or_(_own(work, survey_id, resident_id), old)))
