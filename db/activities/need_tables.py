"""The tables of the needs survey: surveys with their questions, replies, themes of what was said, and needs."""

from datetime import date, datetime

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.engine import BYTEWISE
from db.fields import choice, option
from db.record import Record, moment
from db.sealing import Sealed
from db.words import N_

KIND_OPTIONS = (
    option("one", N_("One choice")),
    option("several", N_("Several choices")),
    option("scale", N_("Scale from 1 to 5")),
    option("yes_no", N_("Yes or no")),
    option("text", N_("Short text")),
)
SURVEY_STATES = (
    option("draft", N_("Draft")),
    option("open", N_("People are asked")),
    option("closed", N_("Closed")),
)
OUTCOME_OPTIONS = (
    option("answered", N_("Answered")),
    option("declined", N_("Did not want to answer")),
    option("not_met", N_("Not met")),
)
SOURCE_OPTIONS = (
    option("door", N_("Asked by a worker")),
    option("self", N_("Filled in by themselves, with a personal code")),
    option("nameless", N_("Filled in by themselves, without a name")),
)
NEED_STATES = (
    option("open", N_("Waiting for an answer")),
    option("planned", N_("Planned")),
    option("done", N_("Done")),
    option("declined", N_("Not possible")),
)


class Survey(Record, table=True):
    """A questionnaire. `area_path` encloses all of its areas; `groups` are codes, empty for everybody."""

    __tablename__ = "need_survey"

    title: str = ""
    intro: str = ""
    state: str = Field(default="draft", index=True)
    until: date | None = None  # the last day on which answers are taken
    groups: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    age_from: int | None = None
    age_to: int | None = None
    self_fill: bool = True  # whether the link with the code works
    code: str = Field(default="", sa_type=BYTEWISE, index=True)
    made_name: str = ""
    opened_at: datetime | None = moment()
    closed_at: datetime | None = moment()
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)


class SurveyArea(SQLModel, table=True):
    """Where a survey asks."""

    __tablename__ = "need_survey_area"

    survey_id: int = Field(primary_key=True, foreign_key="need_survey.id")
    area_id: int = Field(primary_key=True, foreign_key="area.id")
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)


class Question(Record, table=True):
    """One question. `options`: [{"code": "a", "label": "书法"}] for choices, empty for the other kinds."""

    __tablename__ = "need_question"

    survey_id: int = Field(foreign_key="need_survey.id", index=True)
    position: int = 0
    kind: str = "one"
    label: str = ""
    options: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON, nullable=False)
    required: bool = False


class Reply(Record, table=True):
    """What came of asking one person once. `current` is 1 for the one that counts, empty for what was replaced.

    Nothing in the database leads from answers here (see `Value`), so that merging two records of a person may
    put one reply aside.
    """

    __tablename__ = "need_reply"
    __table_args__ = (
        UniqueConstraint("survey_id", "resident_id", "current"),
        Index("ix_need_reply_list", "survey_id", "current", "outcome", "area_path"),
    )

    survey_id: int = Field(foreign_key="need_survey.id")
    resident_id: int | None = Field(default=None, foreign_key="resident.id", index=True)
    outcome: str = choice(N_("What came of it"), OUTCOME_OPTIONS, sensitivity="care")
    source: str = choice(N_("How"), SOURCE_OPTIONS)
    at: datetime = moment(nullable=False)
    by_account: int | None = None
    by_name: str = ""
    current: int | None = 1
    replaced_at: datetime | None = moment()
    token: str = Field(default="", sa_type=BYTEWISE, unique=True)  # the same form sent twice is one reply
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)


class Value(SQLModel, table=True):
    """One answer of a reply: a chosen code, or what was said in words. Several choices are several rows."""

    __tablename__ = "need_value"
    __table_args__ = (Index("ix_need_value_choice", "question_id", "choice"),)

    id: int | None = Field(default=None, primary_key=True)
    reply_id: int = Field(index=True)
    question_id: int = Field(foreign_key="need_question.id")
    choice: str = Field(default="", sa_type=BYTEWISE)
    words: str | None = Field(default=None, sa_type=Sealed("need_value.words"))


class PersonalCode(SQLModel, table=True):
    """The code printed for one person, with which a reply is theirs."""

    __tablename__ = "need_code"
    __table_args__ = (UniqueConstraint("survey_id", "resident_id"),)

    code: str = Field(primary_key=True, sa_type=BYTEWISE)
    survey_id: int = Field(foreign_key="need_survey.id")
    resident_id: int = Field(foreign_key="resident.id", index=True)
    made_at: datetime = moment(nullable=False)


class Theme(Record, table=True):
    """What several people said in their own words. `words` (separated by 、) propose answers that belong to it."""

    __tablename__ = "need_theme"

    survey_id: int = Field(foreign_key="need_survey.id", index=True)
    name: str = ""
    words: str = ""
    closed: bool = False


class Themed(SQLModel, table=True):
    """An answer belongs to a theme, until somebody takes that back."""

    __tablename__ = "need_themed"

    theme_id: int = Field(primary_key=True, foreign_key="need_theme.id")
    value_id: int = Field(primary_key=True, foreign_key="need_value.id", index=True)
    by_name: str = ""
    at: datetime = moment(nullable=False)
    removed_at: datetime | None = moment()


class Need(Record, table=True):
    """What came out of a survey: a theme, or an option of a question, that somebody looks after."""

    __tablename__ = "need"

    survey_id: int = Field(foreign_key="need_survey.id", index=True)
    theme_id: int | None = Field(default=None, foreign_key="need_theme.id")
    question_id: int | None = Field(default=None, foreign_key="need_question.id")
    choice: str = ""
    title: str = ""
    state: str = "open"
    activity_id: int | None = Field(default=None, index=True)
    activity: str = ""  # what the activity is called
    service: str = ""
    proposal: str = ""
    note: str = ""
    told_at: datetime | None = moment()
    told: int = 0  # how many were told at the last change
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)


class ReplyDraft(SQLModel, table=True):
    """The form of one account about one person, as it stood last."""

    __tablename__ = "need_draft"
    __table_args__ = (UniqueConstraint("account_id", "survey_id", "resident_id"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int
    survey_id: int
    resident_id: int = Field(index=True)  # no foreign key: a draft goes by itself
    saved_at: datetime = moment(nullable=False)
    content: str = Field(sa_type=Sealed("need_draft.content"))
