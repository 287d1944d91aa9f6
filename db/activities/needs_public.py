"""The form that people fill in by themselves: a link with the code of a survey, or with a code printed for one person.

Whoever has a code sees the questions and nothing of any person. Only a personal code makes a reply somebody's.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from db import access, engine, parsing
from db.access import within
from db.activities import needs, needs_asking, needs_questions
from db.activities.need_tables import PersonalCode, Survey
from db.activities.needs import CODE_LENGTH, LETTERS
from db.activities.needs_asking import Answers
from db.activities.needs_questions import Asked
from db.errors import Refused
from db.people.tables import Resident
from db.system import throttle
from db.system.community import get
from db.work import Work, command, unit

MOST_PRINTED = 500

_S = Survey.__table__.c  # type: ignore[attr-defined]
_C = PersonalCode.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Form:
    """What the public page shows. `personal`: the code was printed for one person."""

    title: str
    intro: str
    community: str
    questions: tuple[Asked, ...]
    personal: bool


def _survey_of(work: Work, code: str) -> tuple[Any, int | None] | None:
    """The survey (a row) of a code, and the person of a personal one."""
    asked = "".join(sign for sign in parsing.fold(code).upper() if sign in LETTERS)
    if len(asked) != CODE_LENGTH:
        return None
    every = select(Survey.__table__).where(_S.withdrawn_at.is_(None), _S.state != "draft")  # type: ignore[attr-defined]
    row = work.session.execute(every.where(_S.code == asked, _S.self_fill.is_(True))).first()
    if row is not None:
        return row, None
    own = work.session.execute(select(_C.survey_id, _C.resident_id).where(_C.code == asked)).first()
    row = work.session.execute(every.where(_S.id == own.survey_id)).first() if own is not None else None
    return (row, own.resident_id) if row is not None and own is not None else None


def _throttled(address: str) -> None:
    with engine.writing() as session:
        throttle.take(session, "needs", address)
        throttle.sweep(session)


def form(code: str, address: str) -> Form | None:
    """The form of a code, for anybody; None when there is none.

    Refused `signin.throttled` (seconds) when one address asks too often, `need.not_open` when it is too late.
    """
    _throttled(address)
    with unit(access.system(), "need.ask", write=False) as work:
        found = _survey_of(work, code)
        if found is None:
            return None
        row, person = found
        needs_asking.must_be_open(row)
        name = str(get(work, "community_name"))
        return Form(
            row.title, row.intro, name, needs_questions.questions_of(work, row.id), person is not None
        )


def send(code: str, address: str, answers: Answers, token: str) -> bool:
    """Keep what somebody filled in; False when there is no such code. The same `token` is the same reply.

    Refused `signin.throttled`, `need.not_open`, `need.not_meant` (who has moved away meanwhile), `form.invalid`.
    """
    _throttled(address)
    with unit(access.system(), "need.ask", write=True) as work:
        found = _survey_of(work, code)
        if found is None:
            return False
        row, person = found
        needs_asking.must_be_open(row)
        rows = needs_asking.checked(needs_questions.questions_of(work, row.id), answers)
        if not rows:
            raise Refused("form.invalid", problems={})
        resident = None
        if person is not None:
            resident = work.session.execute(
                select(_R.id, _R.name, _R.area_path).where(_R.id == person, needs_asking.meant(work, row))
            ).first()
            if resident is None:
                raise Refused("need.not_meant", name="")
        source = "self" if person is not None else "nameless"
        token = f"{row.id}:{parsing.fold(token)[:40]}" if token else ""
        needs_asking.write(
            work, row, resident=resident, outcome="answered", rows=rows, source=source, token=token
        )
    return True


@dataclass(frozen=True)
class Printed:
    """A code to print for somebody."""

    name: str
    address: str
    code: str


@command("need.ask")
def personal_codes(work: Work, *, survey_id: int) -> list[Printed]:
    """Codes for whoever was not asked yet in the viewer's areas, in walking order; each person keeps theirs.

    Refused `record.not_found`, `need.not_open`.
    """
    survey = needs.row_of(work, survey_id, "need.ask")
    needs_asking.must_be_open(survey)
    here = within(work.viewer, "need.ask", _R.place)
    people = needs_asking.still_to_ask(work, survey, here, MOST_PRINTED)
    known = {
        row.resident_id: row.code
        for row in work.session.execute(
            select(_C.resident_id, _C.code).where(
                _C.survey_id == survey_id, _C.resident_id.in_([one.id for one in people])
            )
        )
    }
    made = {one.id: needs.new_code() for one in people if one.id not in known}
    if made:
        work.session.execute(
            insert(PersonalCode),
            [
                {"code": code, "survey_id": survey_id, "resident_id": resident_id, "made_at": work.now}
                for resident_id, code in made.items()
            ],
        )
    work.log(
        "need_survey", survey_id, survey.title, {"codes": (None, len(people))}, area_path=survey.area_path
    )
    return [Printed(one.name, one.address, known.get(one.id) or made[one.id]) for one in people]
