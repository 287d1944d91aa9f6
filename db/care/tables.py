"""The tables of the care room: rules, visits, what is due, and who was to be seen how often from when to when."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sa_text
from sqlmodel import Field, SQLModel

from db.engine import BYTEWISE
from db.fields import choice, choices, day, flag, number, option, ref, sealed, text
from db.people.tables import COLOUR_OPTIONS, FAR_FUTURE, LIVING_OPTIONS
from db.record import Record, moment
from db.words import N_

KIND_OPTIONS = (
    option("home", N_("At home"), "上门", "入户", "上门探访"),
    option("phone", N_("By telephone"), "电话", "电话问候"),
    option("video", N_("By video"), "视频", "微信视频"),
    option("met", N_("Met outside"), "路遇", "户外遇见", "楼下碰到"),
    option("neighbour", N_("Told by a neighbour"), "邻居反映", "邻居告知"),
)
RESULT_OPTIONS = (
    option("well", N_("Seen, well"), "平安", "正常", "良好", "一切正常"),
    option("needs", N_("Seen, needs something"), "有需求", "需帮助", "有困难"),
    option("not_met", N_("Not met"), "未见到", "无人", "未见", "没人", "敲门无人"),
)
REASON_OPTIONS = (
    option("no_answer", N_("No answer"), "敲门无人", "无人应答", "电话不通", "未接"),
    option("out", N_("Out, says a neighbour"), "外出"),
    option("hospital", N_("In hospital"), "住院"),
    option("family", N_("Staying with family"), "在子女家", "探亲"),
    option("refused", N_("Did not want a visit"), "拒访", "不愿见"),
    option("other", N_("Other"), "其他"),
)
MOOD_OPTIONS = (
    option("good", N_("Cheerful"), "好", "开朗"),
    option("usual", N_("As usual"), "一般", "平常"),
    option("low", N_("Low"), "低落", "差"),
)
MATCH_OPTIONS = (option("all", N_("All of these")), option("any", N_("Any of these")))
STATE_OPTIONS = (
    option("overdue", N_("Overdue")),
    option("window", N_("In its window")),
    option("coming", N_("Coming")),
)
EVENT_OPTIONS = (
    option("discharge", N_("Came home from hospital"), "出院"),
    option("bereavement", N_("Bereaved"), "丧亲", "丧偶"),
    option("carer_away", N_("Carer is away"), "照护人外出", "保姆离开"),
    option("fall", N_("Fell"), "跌倒", "摔倒"),
    option("birthday", N_("80th birthday"), "八十大寿", "80岁生日"),
    option("stayed_away", N_("Stayed away from a class"), "缺课", "没来上课"),
)
OCCASION_OPTIONS = (
    option("heat", N_("Heat"), "高温"),
    option("cold", N_("Cold"), "寒潮", "低温"),
    option("storm", N_("Storm"), "台风", "大风", "暴雨"),
    option("flood", N_("Flood"), "洪水", "内涝"),
    option("festival", N_("Festival"), "节日"),
)
RHYTHM_OPTIONS = (
    option("active", N_("In force")),
    option("waiting", N_("Waits for approval")),
    option("refused", N_("Not approved")),
    option("ended", N_("Ended")),
)

BASE = date(2000, 1, 1)

CONTACTS = ("well", "needs")
"""The results that are a contact. An attempt is not one."""


class Whom(SQLModel):
    """For whom a rule or an occasion is. Conditions that are empty do not count; all of them, or any of them."""

    match: str = choice(N_("It fits who meets"), MATCH_OPTIONS, default="all")
    groups: list[str] = choices(N_("Groups"))
    living: list[str] = choices(N_("Lives"), LIVING_OPTIONS)
    colours: list[str] = choices(N_("Risk colour"), COLOUR_OPTIONS)
    age_from: int | None = number(N_("From the age of"))
    age_to: int | None = number(N_("Up to the age of"))


class VisitRule(Record, Whom, table=True):
    """How often whom: the window opens on day `opens_days` after the last contact, `every_days` is the last day."""

    __tablename__ = "visit_rule"

    name: str = text(N_("Name of the rule"), required=True, longest=60)
    source: str = text(N_("Where it comes from"), required=True, longest=200,
                       help=N_("The document or decision that asks for it, in words."))  # fmt: skip
    every_days: int = number(N_("Due after (days)"), required=True, default=30)
    opens_days: int | None = number(N_("Window opens after (days)"),
                                    help=N_("From this day on a visit is in time. Empty: the last third."))  # fmt: skip
    kinds: list[str] = choices(N_("What counts as contact"), KIND_OPTIONS,
                               help=N_("Empty: every kind of contact counts."))  # fmt: skip
    area_id: int | None = ref(N_("Only in"), "area.id")
    area_path: str = Field(default="", sa_type=BYTEWISE)
    since: date | None = day(N_("From"), required=True)
    until: date | None = day(N_("Until"), help=N_("The last day. Empty: until further notice."))


class Rhythm(Record, table=True):
    """Another rhythm for one person: stricter by a worker alone, looser only when a second person approves."""

    __tablename__ = "visit_rhythm"

    resident_id: int = Field(foreign_key="resident.id", index=True)
    every_days: int = 30
    opens_days: int | None = None
    reason: str = ""
    looser: bool = False
    state: str = Field(default="active", index=True)
    asked_by: int | None = None
    asked_name: str = ""
    decided_by: int | None = None
    decided_name: str = ""
    decided_at: datetime | None = moment()
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)


FILTERED = ("replaced_by", "withdrawn_at", "result", "kind", "day", "backdated", "elsewhere")
DUE_FILTERED = (
    "opens_on", "colour", "holder", "rule_id", "urgent", "care_since", "every_days", "due_on", "attempts",
)  # fmt: skip
"""What the filters of the two lists look at: an index that holds it decides without the row itself."""


def _rare(condition: str) -> dict[str, Any]:
    """Keep an index of the rows that fulfil `condition` alone."""
    return {
        "sqlite_where": sa_text(condition.format(yes="1")),
        "postgresql_where": sa_text(condition.format(yes="true")),
    }


class Visit(Record, table=True):
    """One attempt to see one person, successful or not. A correction is a new row; the old one stays."""

    __table_args__ = (
        Index("ix_visit_person", "resident_id", "replaced_by", "day"),
        Index("ix_visit_walk", "place", "id", "at", *FILTERED),
        Index("ix_visit_latest", "at", "id", "place", *FILTERED),
        Index("ix_visit_counted", "day", "area_path", "result", "replaced_by", "withdrawn_at", "resident_id"),
        # What few visits have is found without passing all the others.
        Index("ix_visit_backdated", "at", "id", **_rare("backdated IS {yes}")),
        Index("ix_visit_elsewhere", "at", "id", **_rare("elsewhere IS {yes}")),
        Index("ix_visit_corrected", "at", "id", **_rare("replaced_by IS NOT NULL")),
    )

    resident_id: int = Field(foreign_key="resident.id")
    at: datetime = moment(nullable=False)
    day: date | None = day(N_("Day"), past=True, required=True)
    kind: str = choice(N_("Kind"), KIND_OPTIONS, required=True, default="home")
    result: str = choice(N_("Result"), RESULT_OPTIONS, required=True, default="well")
    reason: str = choice(N_("Why not met"), REASON_OPTIONS)
    observed: list[str] = choices(N_("Observed"))
    mood: str = choice(N_("Mood"), MOOD_OPTIONS)
    needs: str | None = sealed("visit.needs", N_("Needs"), "long", sensitivity="care")
    note: str | None = sealed("visit.note", N_("Note"), "long", sensitivity="care")
    next_step: str = text(N_("Next step"), longest=200)
    account_id: int | None = Field(default=None, index=True)
    visitor: str = text(N_("Visited by"), longest=40)
    backdated: bool = flag(N_("Entered later"))
    elsewhere: bool = flag(N_("In somebody else's patch"))
    sheet: str = ""  # the number of the printed round sheet it was entered from
    token: str | None = Field(
        default=None, unique=True
    )  # of the form that was sent: a double tap is one visit
    place: str = Field(default="", sa_type=BYTEWISE)
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)
    address: str = text(N_("Address"))
    replaces: int | None = Field(default=None, index=True)
    replaced_by: int | None = None
    why_corrected: str = ""
    corrected_by: str = ""  # who corrected the one before, or struck this one out


class Observation(SQLModel, table=True):
    """One line of the tick list that an office keeps for its visits."""

    __tablename__ = "visit_observation"

    code: str = Field(primary_key=True)
    name: str
    name_en: str = ""
    worry: bool = False  # ticking it means that something must be done
    position: int = 0
    closed: bool = False


class CarePeriod(SQLModel, table=True):
    """Who was to be seen how often, from when to when, and where they lived: from this, any past day is known.

    `until` is the first day on which it holds no more. `care_since` is the day the care without a break began.
    """

    __tablename__ = "care_period"
    __table_args__ = (
        Index("ix_care_period_person", "resident_id", "since"),
        Index("ix_care_period_area", "area_path", "until", "since"),
    )

    id: int | None = Field(default=None, primary_key=True)
    resident_id: int  # no foreign key: a merge must not give one person two rhythms at a time
    area_path: str = Field(default="", sa_type=BYTEWISE)
    since: date
    until: date | None = None
    ended_on: date | None = None  # when it was noted that it ended
    care_since: date
    every_days: int
    kinds: str = ""  # codes separated by ","; empty: every kind
    rule_id: int | None = None
    rhythm_id: int | None = None


class Due(Record, table=True):
    """What is due for one person in care: one row each, equal at any time to what the records give."""

    __tablename__ = "care_due"
    __table_args__ = (
        Index("ix_care_due_walk", "place", "id", "next_on", *DUE_FILTERED),
        Index("ix_care_due_next", "next_on", "place", "id", *DUE_FILTERED),
        Index("ix_care_due_holder", "holder", "next_on"),
        UniqueConstraint("resident_id"),
    )

    resident_id: int  # no foreign key: the row is worked out anew when two records are merged
    place: str = Field(default="", sa_type=BYTEWISE)
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)
    address: str = text(N_("Address"))
    colour: str = choice(N_("Risk colour"), COLOUR_OPTIONS)
    holder: str = text(N_("Responsible"), longest=40)
    rule_id: int | None = None
    rhythm_id: int | None = None
    every_days: int = number(N_("Every (days)"), default=0)
    care_since: date | None = day(N_("In care since"))
    last_on: date | None = day(N_("Last contact"))
    tried_on: date | None = day(N_("Last attempt"))
    attempts: int = number(N_("Attempts since"), default=0)
    opens_on: date | None = day(N_("Window opens"))
    due_on: date | None = day(N_("Due by rule"), index=True)
    called_on: date | None = day(N_("Due by occasion"))
    next_on: date | None = day(N_("Due on"), default=FAR_FUTURE)  # never null, so it sorts
    urgent: bool = flag(N_("Urgent"))
    base: int = (
        0  # days from `BASE` to the last contact, or to the beginning of care: what averages are made of
    )
    weekly: int = 0  # thousandths of visits a week that the rhythm asks for


class LifeEvent(Record, table=True):
    """Something happened to a person that asks for a contact soon."""

    __tablename__ = "life_event"

    resident_id: int = Field(foreign_key="resident.id", index=True)
    kind: str = choice(N_("What happened"), EVENT_OPTIONS, required=True, default="discharge")
    on: date | None = day(N_("On"), required=True)
    note: str | None = sealed("life_event.note", N_("Note"), "long", sensitivity="care")
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)


class Occasion(Record, Whom, table=True):
    """A weather warning or a festival: everybody it concerns is to be contacted by its deadline."""

    kind: str = choice(N_("Kind"), OCCASION_OPTIONS, required=True, default="heat")
    name: str = text(N_("Name"), required=True, longest=60)
    area_id: int | None = ref(N_("Area"), "area.id", required=True, nullable=False)
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)
    since: date | None = day(N_("From"), required=True)
    until: date | None = day(N_("Until"), required=True)
    due_days: int = number(N_("Contact within (days)"), required=True, default=1,
                           help=N_("0: on the first day itself."))  # fmt: skip
    raised_by: str = ""
    ended_on: date | None = day(N_("Called off on"))


class Call(SQLModel, table=True):
    """A due contact that something opened: a life event, a warning, a festival. Its deadline is its own."""

    __tablename__ = "care_call"
    __table_args__ = (Index("ix_care_call_open", "resident_id", "ended_on"),)

    id: int | None = Field(default=None, primary_key=True)
    resident_id: int = Field(foreign_key="resident.id")
    event_id: int | None = Field(default=None, foreign_key="life_event.id", index=True)
    occasion_id: int | None = Field(default=None, foreign_key="occasion.id", index=True)
    cause: str  # the kind of the event or occasion
    opened_on: date
    due_on: date
    visit_id: int | None = Field(default=None, index=True)  # the contact that answered it
    ended_on: date | None = None
    ended_why: str = ""  # "" answered, "left" no longer in care, "over" the occasion ended


class Urgent(Record, table=True):
    """Somebody could not be reached and must be: whom to call, in which order, stands with it."""

    __tablename__ = "care_urgent"

    resident_id: int = Field(foreign_key="resident.id", index=True)
    opened_on: date
    attempts: int = 0
    visit_id: int | None = None  # the attempt that opened it
    closed_on: date | None = Field(default=None, index=True)
    closed_why: str = ""  # seen, left, solved
    closed_by: str = ""
    note: str | None = sealed("care_urgent.note", N_("Note"), "long", sensitivity="care")
    place: str = Field(default="", sa_type=BYTEWISE)
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)
