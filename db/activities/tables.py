"""The tables of the activities' room: places to meet, activities and their sessions, guests, attendance, feedback."""

from datetime import date, datetime

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.engine import BYTEWISE
from db.fields import choice, choices, flag, number, option, ref, text
from db.record import Record, moment
from db.words import N_

KIND_OPTIONS = (
    option("class", N_("Class"), "兴趣班", "课程", "班"),
    option("event", N_("Event"), "活动"),
    option("outing", N_("Outing"), "出游", "郊游", "外出"),
    option("birthday", N_("Birthday party"), "生日会", "集体生日"),
    option("talk", N_("Talk"), "讲座", "宣讲"),
    option("meeting", N_("Meeting of a group"), "小组活动", "例会"),
)
STATE_OPTIONS = (
    option("draft", N_("Draft")),
    option("announced", N_("Announced")),
    option("cancelled", N_("Called off")),
)
MODE_OPTIONS = (
    option("open", N_("First come, first served")),
    option("lottery", N_("By lottery")),
)
PRIORITY_OPTIONS = (
    option("never", N_("Never came before")),
    option("alone", N_("Lives alone")),
    option("care", N_("In care")),
)
MARK_OPTIONS = (
    option("came", N_("Came")),
    option("excused", N_("Excused")),
    option("missed", N_("Stayed away")),
)
HOW_OPTIONS = (
    option("tap", N_("Ticked")),
    option("code", N_("By code")),
    option("walk_in", N_("Walked in")),
)
COMING_OPTIONS = (
    option("yes", N_("Comes")),
    option("no", N_("Not coming")),
    option("unreached", N_("Not reached")),
)


class Venue(Record, table=True):
    """A place where people meet: a room, a yard, a hall."""

    __tablename__ = "activity_venue"

    name: str = text(N_("Name"), required=True, longest=40, headings=("场地", "地点", "场所"))
    area_id: int | None = ref(
        N_("Area"), "area.id", required=True, nullable=False, headings=("区域", "所属网格")
    )
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)
    capacity: int = number(N_("Room for"), required=True, default=30, headings=("容量", "可容纳人数"))
    stepless: bool = flag(N_("Without steps"), headings=("无障碍",))
    note: str = text(N_("Note"), longest=200, headings=("备注",))
    closed: bool = flag(N_("No longer used"))


class Activity(Record, table=True):
    """What is announced. When it takes place is in its sessions; who comes, in the bookings of its slots."""

    __table_args__ = (Index("ix_activity_list", "state", "ends_on", "id"),)

    kind: str = choice(N_("Kind"), KIND_OPTIONS, required=True, default="event", headings=("类型",))
    title: str = text(N_("Title"), required=True, longest=60, headings=("名称", "活动名称"))
    about: str = text(N_("What it is about"), long=True, headings=("内容", "活动内容"))
    area_id: int | None = ref(N_("Area"), "area.id", required=True, nullable=False)
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)
    venue_id: int | None = Field(default=None, foreign_key="activity_venue.id", index=True)
    where: str = text(N_("Meeting point"), longest=80, headings=("集合地点",))
    lead: str = text(N_("Led by"), longest=40, headings=("负责人", "老师"))
    whole_term: bool = flag(N_("One signs up for the whole term"))
    minimum: int = number(N_("At least people"), default=1)
    capacity: int = number(N_("At most people"), default=20)
    mode: str = choice(N_("How one signs up"), MODE_OPTIONS, default="open")
    opens_at: datetime | None = moment()
    closes_at: datetime | None = moment()
    for_groups: list[str] = choices(N_("For people of these groups"), help=N_("Empty: for everybody."))
    age_from: int | None = number(N_("From the age of"))
    age_to: int | None = number(N_("Up to the age of"))
    areas: list[str] = choices(N_("For people of these areas"), help=N_("Empty: from everywhere."))
    employer: str = text(N_("Former work unit"), longest=80)
    priorities: list[str] = choices(N_("Who comes first when places run out"), PRIORITY_OPTIONS)
    needs_consent: bool = flag(N_("A signed consent is needed"))
    needs_contact: bool = flag(N_("An emergency contact must be known"))
    companion: bool = flag(N_("Somebody may come along"))
    seats: int = number(N_("Seats on the bus"), default=0)
    materials: str = text(N_("What to bring"), longest=200)
    cost: int = number(N_("Cost for each person (yuan)"), default=0)
    spent: int = number(N_("Spent altogether (yuan)"), default=0)
    pictures: bool = flag(N_("Pictures are taken"))
    helper_kind_id: int | None = Field(default=None, foreign_key="work_kind.id")
    helpers: int = number(N_("Helpers wanted"), default=0)
    state: str = choice(N_("State"), STATE_OPTIONS, default="draft")
    announced_at: datetime | None = moment()
    cancelled_at: datetime | None = moment()
    why: str = ""  # it was called off
    term_slot_id: int | None = Field(default=None, foreign_key="place_slot.id", unique=True)
    rule: str = ""  # of its dates, "" when they were named one by one
    starts_on: date | None = None  # of the first session
    ends_on: date | None = None  # of the last
    quarter: str = ""  # of a birthday party: "2026Q4"
    told: dict[str, int] | None = Field(
        default=None, sa_type=JSON
    )  # the faces as readers know them: {"3": 4, …}
    told_at: datetime | None = moment()
    token: str = Field(default="", index=True)  # of the public page
    made_by: str = ""


class Meeting(SQLModel, table=True):
    """What a slot of the kind "activity" is besides: one date of an activity. Its id is that of the slot."""

    __tablename__ = "activity_session"
    __table_args__ = (Index("ix_activity_session_of", "activity_id", "number"),)

    id: int = Field(primary_key=True, foreign_key="place_slot.id")
    activity_id: int = Field(foreign_key="activity.id")
    number: int
    topic: str = ""
    shift_id: int | None = None  # of the helpers
    code_key: str = ""  # what the codes at the door are made from


class Guest(Record, table=True):
    """What is to be known of one person at one activity, besides the place: asked, called, brought, given."""

    __tablename__ = "activity_guest"
    __table_args__ = (UniqueConstraint("activity_id", "person_key"),)

    activity_id: int = Field(foreign_key="activity.id", index=True)
    person_key: str
    resident_id: int | None = Field(default=None, foreign_key="resident.id", index=True)
    name: str = ""
    invited_at: datetime | None = moment()
    invited_by: str = ""
    via: str = ""  # whom they know
    coming: str = choice(N_("Says"), COMING_OPTIONS)
    called_at: datetime | None = moment()
    called_by: str = ""
    companion: str = ""
    bus: bool = False
    consent: bool = False
    pictures: bool = False  # agrees to be in them; nothing said: does not
    gift_at: datetime | None = moment()
    note: str = ""


class Attendance(Record, table=True):
    """Who came to a session, who had said so, who stayed away. One line for each person and session."""

    __tablename__ = "activity_attendance"
    __table_args__ = (
        UniqueConstraint("slot_id", "person_key"),
        Index("ix_activity_attendance_who", "person_key", "on"),
        Index("ix_activity_attendance_of", "activity_id", "mark", "withdrawn_at"),
        Index("ix_activity_attendance_on", "on", "mark", "withdrawn_at", "resident_id", "activity_id"),
    )

    activity_id: int = Field(foreign_key="activity.id")
    slot_id: int = Field(foreign_key="place_slot.id")
    person_key: str
    resident_id: int | None = Field(default=None, foreign_key="resident.id", index=True)
    name: str = ""
    on: date
    mark: str = choice(N_("Attendance"), MARK_OPTIONS)
    how: str = choice(N_("How it is known"), HOW_OPTIONS, default="tap")
    by_name: str = ""


class Taken(SQLModel, table=True):
    """When somebody was last seen at anything: kept with the attendance, for the list of those who never come."""

    __tablename__ = "activity_taken"

    resident_id: int = Field(primary_key=True, foreign_key="resident.id")
    first_on: date
    last_on: date
    times: int = 0


class Feedback(Record, table=True):
    """What somebody said of a session: a face, and words if they like."""

    __tablename__ = "activity_feedback"
    __table_args__ = (UniqueConstraint("slot_id", "person_key"),)

    activity_id: int = Field(foreign_key="activity.id", index=True)
    slot_id: int = Field(foreign_key="place_slot.id")
    person_key: str | None = None  # none: without a name
    rating: int = 2  # 3 liked it, 2 was all right, 1 did not
    note: str = text(N_("In words"), longest=300)
    by_id: int | None = None
    by_name: str = ""
