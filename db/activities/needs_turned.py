"""Needs: a theme or an option that becomes a class, a service or a proposal, stays linked, and is told about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, insert, select, update

from db.access import within
from db.activities import activities, needs, needs_questions, needs_themes, signing_up
from db.activities.activities import Plan
from db.activities.need_tables import NEED_STATES, Need, Question, Reply, Survey, Theme
from db.activities.needs import TOPIC
from db.errors import Refused
from db.identity import Account
from db.people.tables import Resident
from db.system import messages
from db.system.messages import Addressee, Sent
from db.words import N_
from db.work import Work, command, query

STATES = tuple(one.code for one in NEED_STATES)
TELLING = ("planned", "done")
"""When a need becomes this, those who asked are told."""
LONGEST = 120

_S = Survey.__table__.c  # type: ignore[attr-defined]
_N = Need.__table__.c  # type: ignore[attr-defined]
_P = Reply.__table__.c  # type: ignore[attr-defined]
_Q = Question.__table__.c  # type: ignore[attr-defined]
_T = Theme.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_A = Account.__table__.c  # type: ignore[attr-defined]

_NEWS = N_("There is news in Linli of something you asked for.")

messages.declare(
    "need.planned", title=N_("You asked for it, it is coming: {title}"), outside=_NEWS,
    body=N_("In the survey “{survey}” you asked for this. It is planned: {what}"),
)  # fmt: skip
messages.declare(
    "need.done", title=N_("You asked for it, here it is: {title}"), outside=_NEWS,
    body=N_("In the survey “{survey}” you asked for this. It is there now: {what}"),
)  # fmt: skip


@dataclass(frozen=True)
class NeedView:
    """A need. `asked`: how many replies ask for it in the viewer's areas, `people` of them with a name."""

    id: int
    version: int
    survey_id: int
    theme_id: int | None
    question_id: int | None
    choice: str
    title: str
    state: str
    activity_id: int | None
    activity: str
    service: str
    proposal: str
    note: str
    told_at: datetime | None
    told: int
    source: str
    asked: int
    people: int


@query("need.view")
def of_survey(work: Work, *, survey_id: int) -> list[NeedView]:
    """The needs that came out of a survey. Refused `record.not_found`."""
    needs.row_of(work, survey_id)
    rows = work.session.execute(
        select(Need.__table__).where(_N.survey_id == survey_id, _N.withdrawn_at.is_(None)).order_by(_N.id)  # type: ignore[attr-defined]
    ).all()
    return [_view(work, row) for row in rows]


@query("need.edit")
def one(work: Work, *, need_id: int) -> NeedView:
    """One need of a survey that the viewer may change. Refused `record.not_found`, `area.outside`."""
    row = _row(work, need_id)
    needs.own_row(work, row.survey_id)
    return _view(work, row)


def _row(work: Work, need_id: int) -> Any:
    row = work.session.execute(
        select(Need.__table__).where(_N.id == need_id, _N.withdrawn_at.is_(None)).with_for_update()  # type: ignore[attr-defined]
    ).first()
    if row is None:
        raise Refused("record.not_found")
    return row


@query("need.view")
def of_activity(work: Work, *, activity_id: int) -> list[NeedView]:
    """The needs that an activity answers, of the surveys that concern the viewer."""
    rows = work.session.execute(
        select(Need.__table__)  # type: ignore[attr-defined]
        .join(Survey, _S.id == _N.survey_id)
        .where(_N.activity_id == activity_id, _N.withdrawn_at.is_(None), needs.seen(work))
        .order_by(_N.id)
    ).all()
    return [_view(work, row) for row in rows]


def _view(work: Work, row: Any) -> NeedView:
    asked, people = work.session.execute(
        select(func.count(), func.count(_P.resident_id)).where(
            _asking(row), within(work.viewer, "need.view", _P.area_path)
        )
    ).one()
    return NeedView(
        row.id, row.version, row.survey_id, row.theme_id, row.question_id, row.choice, row.title, row.state,
        row.activity_id, row.activity, row.service, row.proposal, row.note, row.told_at, row.told,
        _source(work, row.theme_id, row.question_id, row.choice), asked, people,
    )  # fmt: skip


def _asking(row: Any) -> Any:
    return needs_themes.asking_for(
        row.survey_id, theme_id=row.theme_id, question_id=row.question_id, choice=row.choice
    )


def _source(work: Work, theme_id: int | None, question_id: int | None, choice: str) -> str:
    """What the need came from, in the words of the survey; "" when it is not there."""
    if theme_id is not None:
        return str(work.session.execute(select(_T.name).where(_T.id == theme_id)).scalar() or "")
    options = work.session.execute(select(_Q.options).where(_Q.id == question_id)).scalar() or []
    return next((one["label"] for one in options if one["code"] == choice), "")


@command("need.edit")
def make(
    work: Work, *, survey_id: int, theme_id: int | None = None, question_id: int | None = None, choice: str = "", title: str = ""
) -> int:  # fmt: skip
    """Make a need of a theme or of an option, and return its id; a second time it is the same one.

    Refused `record.not_found`.
    """
    survey = needs.row_of(work, survey_id, "need.edit")
    source = _source(work, theme_id, question_id, choice)
    table, of = (_T, theme_id) if theme_id is not None else (_Q, question_id)
    belongs = work.session.execute(
        select(exists().where(table.id == of, table.survey_id == survey_id))
    ).scalar()
    if not source or not belongs:
        raise Refused("record.not_found")
    same = work.session.execute(
        select(_N.id).where(
            _N.survey_id == survey_id, _N.withdrawn_at.is_(None),
            _N.theme_id == theme_id if theme_id is not None else (_N.question_id == question_id) & (_N.choice == choice),
        )
    ).scalar()  # fmt: skip
    if same is not None:
        return int(same)
    title = needs_questions.line(title)[:LONGEST] or source
    need_id: int = work.connection.execute(
        insert(Need.__table__)  # type: ignore[attr-defined]
        .values(
            version=1, made_at=work.now, changed_at=work.now, extra={}, survey_id=survey_id, theme_id=theme_id,
            question_id=None if theme_id is not None else question_id, choice="" if theme_id is not None else choice,
            title=title, state="open", activity="", service="", proposal="", note="", told=0, area_path=survey.area_path,
        )
        .returning(_N.id)
    ).scalar_one()  # fmt: skip
    work.log("need", need_id, title, {"title": (None, title)}, area_path=survey.area_path)
    work.touch(TOPIC)
    return need_id


@dataclass(frozen=True)
class Turned:
    """What becomes of a need: its state, and the activity, service or proposal it is linked to, in words."""

    title: str
    state: str
    activity_id: int | None = None
    activity: str = ""
    service: str = ""
    proposal: str = ""
    note: str = ""


@command("need.edit")
def change(work: Work, *, need_id: int, version: int, to: Turned, tell: bool = True) -> Sent:
    """Say what becomes of a need. When it is planned or done, those who asked for it are told once, if `tell`.

    Without words for it, a linked activity is called by its title. Only what is told is in the answer.
    Refused `record.not_found` (need or activity), `area.outside`, `record.changed`, `need.title`,
    `need.state`, `need.linked` (planned or done without saying as what).
    """
    row = _row(work, need_id)
    survey = needs.own_row(work, row.survey_id)
    if row.version != version:
        raise Refused("record.changed", version=row.version)
    new: dict[str, Any] = {
        name: needs_questions.line(getattr(to, name))[:LONGEST] for name in ("title", "activity", "service", "proposal", "note")
    }  # fmt: skip
    new |= {"state": to.state, "activity_id": to.activity_id}
    if to.activity_id is not None and to.activity_id != row.activity_id:
        title = signing_up.one_row(work, to.activity_id).title
        new["activity"] = new["activity"] or title[:LONGEST]
    what = new["activity"] or new["service"] or new["proposal"]
    if not new["title"]:
        raise Refused("need.title")
    if to.state not in STATES:
        raise Refused("need.state")
    if to.state in TELLING and not what:
        raise Refused("need.linked")
    changed = {
        name: (getattr(row, name), value) for name, value in new.items() if getattr(row, name) != value
    }
    if not changed:
        return Sent()
    sent = Sent()
    if tell and to.state in TELLING and row.state != to.state:
        sent = _tell(work, survey, row, f"need.{to.state}", {"title": new["title"], "what": what})
        new |= {"told_at": work.now, "told": sent.inbox + sent.phone}
    work.session.execute(
        update(Need)
        .where(_N.id == need_id)
        .values(**new, version=version + 1, changed_at=work.now)
        .execution_options(synchronize_session=False)
    )
    work.log("need", need_id, new["title"], changed, area_path=row.area_path)
    work.touch(TOPIC)
    return sent


@command("need.edit")
def plan_for(work: Work, *, need_id: int, plan: Plan, announce_now: bool = False, tell: bool = True) -> int:
    """Plan an activity that answers a need, and link the two. Announced, an open need is planned, and those who asked
    are told if `tell`. Returns the id of the activity.

    Refused as `activities.create` and `change` refuse.
    """
    activity_id = activities.create(work, plan=plan, announce_now=announce_now)
    row = _row(work, need_id)
    state = "planned" if announce_now and row.state == "open" else row.state
    to = Turned(row.title, state, activity_id, plan.title, row.service, row.proposal, row.note)
    change(work, need_id=need_id, version=row.version, to=to, tell=tell)
    return activity_id


def _tell(work: Work, survey: Any, row: Any, kind: str, facts: dict[str, Any]) -> Sent:
    """Everybody who asked with a name and still lives here, on the list of calls of where they live."""
    people = work.session.execute(
        select(_R.id, _R.name, _R.area_path, _R.phone, _A.id.label("account_id"))
        .join(Reply, _P.resident_id == _R.id)
        .outerjoin(Account, (_A.resident_id == _R.id) & _A.active.is_(True))
        .where(_asking(row), _R.status == "resident")
        .order_by(_R.area_path, _R.id)
    ).all()
    if row.told:
        messages.moot(work, f"need:{row.id}")
    told: dict[str, list[Addressee]] = {}
    for one in people:
        told.setdefault(one.area_path, []).append(
            Addressee(f"r{one.id}", one.name, one.account_id, bool(one.phone))
        )
    inbox = mail = phone = 0
    for path, some in told.items():
        sent = messages.send(
            work,
            to=some,
            kind=kind,
            subject=f"need:{row.id}",
            facts={**facts, "survey": survey.title},
            area_path=path,
        )
        inbox, mail, phone = inbox + sent.inbox, mail + sent.mail, phone + sent.phone
    return Sent(inbox, mail, phone)


@query("need.edit")
def would_tell(work: Work, *, need_id: int) -> int:
    """How many would be told now. Refused `record.not_found`."""
    row = work.session.execute(select(Need.__table__).where(_N.id == need_id)).first()  # type: ignore[attr-defined]
    if row is None:
        raise Refused("record.not_found")
    needs.row_of(work, row.survey_id, "need.edit")
    return int(
        work.session.execute(
            select(func.count())
            .select_from(Resident)
            .join(Reply, _P.resident_id == _R.id)
            .where(_asking(row), _R.status == "resident")
        ).scalar_one()
    )
