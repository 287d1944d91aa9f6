"""The tables of the volunteers' room: people, kinds of work, series, shifts, hours, certificates."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.engine import BYTEWISE
from db.fields import choice, choices, day, flag, option, person, ref, sealed, text
from db.fields import day as on_day
from db.fields import number as amount
from db.people.tables import SEX_OPTIONS
from db.record import Record, moment
from db.words import N_

KIND_OPTIONS = (
    option("core", N_("Core volunteer"), "骨干", "骨干志愿者"),
    option("elder_helper", N_("Elder helper"), "助老员"),
    option("party_member", N_("Party member"), "党员", "党员志愿者"),
    option("student", N_("Student"), "学生", "学生志愿者"),
    option("professional", N_("Professional"), "专业志愿者", "医护", "律师"),
    option("neighbour", N_("Neighbour"), "邻里", "居民志愿者"),
)
STATUS_OPTIONS = (
    option("applied", N_("Applied")),
    option("active", N_("Active")),
    option("paused", N_("Pausing")),
    option("blocked", N_("Blocked")),
    option("refused", N_("Not accepted")),
    option("left", N_("Left")),
)
LANGUAGE_OPTIONS = (
    option("putonghua", N_("Mandarin"), "普通话"),
    option("local", N_("Local dialect"), "本地话", "方言"),
    option("wu", N_("Wu"), "吴语", "上海话"),
    option("cantonese", N_("Cantonese"), "粤语"),
    option("sign", N_("Sign language"), "手语"),
    option("english", N_("English"), "英语"),
)
MODE_OPTIONS = (
    option("open", N_("At once")),
    option("request", N_("On request")),
    option("invite", N_("By invitation")),
    option("lottery", N_("By lottery")),
)
HOLIDAY_OPTIONS = (
    option("skip", N_("Falls out on holidays")),
    option("keep", N_("Takes place on holidays too")),
    option("workdays", N_("Only on working days, make-up days included")),
)
ORIGIN_OPTIONS = (
    option("checked", N_("Checked in and out")),
    option("list", N_("Ticked by staff")),
    option("paper", N_("From the paper sheet")),
    option("by_hand", N_("Made up by hand")),
)
HOURS_OPTIONS = (
    option("open", N_("Still there")),
    option("waiting", N_("Waits for approval")),
    option("approved", N_("Approved")),
    option("refused", N_("Not approved")),
)
WARNING_OPTIONS = (
    option("overlap", N_("Overlaps with another entry")),
    option("bulk", N_("One of many entered at once")),
    option("no_check_in", N_("Without check-in")),
    option("no_check_out", N_("Never checked out")),
    option("longer", N_("Longer than planned")),
    option("late_entry", N_("Entered long afterwards")),
    option("capped", N_("Cut at the most of a day")),
    option("own_entry", N_("Entered by the volunteer")),
    option("one_approver", N_("One person approves nearly all")),
)


class Volunteer(Record, table=True):
    """Somebody who helps, resident or not. What is personal goes when they leave; the hours stay with the number."""

    __table_args__ = (Index("ix_volunteer_list", "status", "area_path", "id"),)

    number: str = text(N_("Volunteer number"), longest=20, unique=True, headings=("志愿者编号", "编号"))
    name: str = person(N_("Full name"), required=True, headings=("姓名", "志愿者姓名"))
    sex: str = choice(N_("Sex"), SEX_OPTIONS, headings=("性别",))
    born: date | None = day(N_("Date of birth"), past=True, headings=("出生日期", "生日"))
    phone: str | None = sealed("volunteer.phone", N_("Telephone"), "phone", sensitivity="contact",
                               headings=("联系电话", "电话", "手机"))  # fmt: skip
    phone_key: str = Field(default="", index=True)  # keyed hash, to know a number again
    kinds: list[str] = choices(N_("Kinds"), KIND_OPTIONS, headings=("类别", "志愿者类型"))
    languages: list[str] = choices(N_("Languages"), LANGUAGE_OPTIONS, headings=("语言",))
    area_id: int | None = ref(N_("Belongs to"), "area.id", required=True, nullable=False,
                              headings=("所属社区", "所属网格", "区域"))  # fmt: skip
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)
    areas: list[str] = choices(N_("Serves in"), help=N_("Grids or buildings. Empty: everywhere."))
    available: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    # "3-9": Thursdays from nine to ten; an empty list: at any time
    week_hours: int | None = amount(N_("At most hours a week"))
    floors: int | None = amount(N_("Climbs at most to floor"), help=N_("Empty: any floor."))
    visits_sex: str = choice(N_("Visits only"), SEX_OPTIONS, help=N_("Empty: everybody."))
    guardian: str = text(N_("Guardian"), longest=40, headings=("监护人",))
    guardian_on: date | None = day(N_("Guardian's consent of"), past=True,
                                   help=N_("Needed from 14 to 17."))  # fmt: skip
    status: str = choice(N_("Status"), STATUS_OPTIONS, default="active")
    since: date | None = day(N_("Since"), past=True, headings=("注册日期", "加入日期"))
    pause_until: date | None = day(N_("Pauses until"))
    resident_id: int | None = Field(default=None, foreign_key="resident.id", index=True)
    account_id: int | None = Field(default=None, foreign_key="account.id", unique=True)
    wants: str = text(N_("What I can do"), long=True, headings=("服务意向", "特长"))
    note: str = text(N_("Note"), long=True, headings=("备注",))
    feed_hash: str | None = Field(default=None, unique=True)  # of the secret address of the own calendar
    decided_by: str = ""
    decided_why: str = ""


class Skill(SQLModel, table=True):
    """Something that a kind of work can need: data of the office, never deleted."""

    __tablename__ = "volunteer_skill_kind"

    code: str = Field(primary_key=True)
    name: str
    name_en: str = ""
    certified: bool = False  # counts only with a certificate that holds
    position: int = 0
    closed: bool = False


class VolunteerSkill(Record, table=True):
    """What somebody can do, and until when the paper about it holds."""

    __tablename__ = "volunteer_skill"
    __table_args__ = (Index("ix_volunteer_skill_who", "volunteer_id", "skill"),)

    volunteer_id: int = Field(foreign_key="volunteer.id")
    skill: str = Field(foreign_key="volunteer_skill_kind.code", index=True)
    certificate: str = text(N_("Certificate number"), longest=60)
    expires_on: date | None = day(N_("Holds until"), help=N_("The last day. Empty: without end."))
    seen_by: str = ""  # who of the office saw the paper


class Pairing(Record, table=True):
    """Who likes to serve with whom, and who must not be sent to or with whom."""

    __tablename__ = "volunteer_pairing"

    volunteer_id: int = Field(foreign_key="volunteer.id", index=True)
    other_id: int | None = Field(default=None, foreign_key="volunteer.id", index=True)
    resident_id: int | None = Field(default=None, foreign_key="resident.id", index=True)
    wanted: bool = True
    reason: str = ""


class Block(Record, table=True):
    """For some time somebody takes no shifts: with a reason, an end, and a way to object."""

    __tablename__ = "volunteer_block"

    volunteer_id: int = Field(foreign_key="volunteer.id", index=True)
    reason: str = ""
    since: date
    until: date  # the last day
    by_name: str = ""
    by_id: int | None = None
    appeal: str = ""
    appealed_at: datetime | None = moment()
    answer: str = ""
    answered_by: str = ""
    answered_at: datetime | None = moment()
    lifted_at: datetime | None = moment()


class WorkKind(Record, table=True):
    """A kind of work: what is done, who can do it, how many, how long."""

    __tablename__ = "work_kind"

    title: str = text(N_("Title"), required=True, longest=40, headings=("服务名称", "岗位"))
    task: str = text(N_("What to do"), long=True, headings=("服务内容",))
    skills: list[str] = choices(N_("Skills needed"))
    minimum: int = amount(N_("At least people"), required=True, default=1)
    maximum: int = amount(N_("At most people"), required=True, default=2)
    minutes: int = amount(N_("How long (minutes)"), required=True, default=120)
    rest_before: int = amount(N_("Rest before (minutes)"), default=0)
    rest_after: int = amount(N_("Rest after (minutes)"), default=0)
    age_from: int | None = amount(N_("From the age of"), default=14)
    age_to: int | None = amount(N_("Up to the age of"))
    two_required: bool = flag(N_("Two people are required"))
    elder_visited: bool = flag(N_("An elder is visited"))
    mode: str = choice(N_("How one signs up"), MODE_OPTIONS, default="open")
    cancel_hours: int = amount(N_("Given back freely until (hours before)"), default=24)
    bring: str = text(N_("What to bring"), longest=200)
    closed: bool = flag(N_("No longer offered"))


class ShiftSeries(Record, table=True):
    """Shifts that repeat: a rule of dates (RFC 5545) and what each of them is made from."""

    __tablename__ = "shift_series"

    kind_id: int = Field(foreign_key="work_kind.id", index=True)
    title: str = ""
    area_id: int = Field(foreign_key="area.id", index=True)
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)
    where: str = ""
    resident_id: int | None = Field(default=None, foreign_key="resident.id", index=True)
    rule: str  # "FREQ=WEEKLY;BYDAY=MO,WE"
    since: date
    until: date
    start: str  # "09:00" in the community
    minutes: int
    minimum: int
    capacity: int
    mode: str = "open"
    holidays: str = "skip"
    note: str = ""
    made_by: str = ""
    ended_on: date | None = None


class Shift(SQLModel, table=True):
    """What a slot of the kind "shift" is besides: its id is that of the slot."""

    __table_args__ = (
        Index("ix_shift_series", "series_id", "series_day"),
        UniqueConstraint("series_id", "series_day"),
    )

    id: int = Field(primary_key=True, foreign_key="place_slot.id")
    kind_id: int = Field(foreign_key="work_kind.id", index=True)
    series_id: int | None = Field(default=None, foreign_key="shift_series.id")
    series_day: date | None = None  # the date of the rule, also when the shift was moved
    edited: bool = False  # by hand: the series leaves it alone
    resident_id: int | None = Field(
        default=None, foreign_key="resident.id", index=True
    )  # the elder who is visited
    note: str = ""
    code_key: str = ""  # what the codes at the door are made from


class Regular(Record, table=True):
    """A regular place (固定班): somebody comes each time, unless they pause."""

    __tablename__ = "shift_regular"

    series_id: int = Field(foreign_key="shift_series.id", index=True)
    volunteer_id: int = Field(foreign_key="volunteer.id", index=True)
    since: date
    until: date | None = None
    pause_from: date | None = None
    pause_until: date | None = None


class Suggestion(Record, table=True):
    """One line of a draft roster: who could take which shift, and why. Accepted ones are bookings."""

    __tablename__ = "shift_suggestion"
    __table_args__ = (Index("ix_shift_suggestion_slot", "slot_id", "state"),)

    slot_id: int = Field(foreign_key="place_slot.id")
    volunteer_id: int = Field(foreign_key="volunteer.id", index=True)
    draft: str = ""  # of which run
    cost: float = 0.0
    reasons: list[Any] = Field(default_factory=list, sa_type=JSON, nullable=False)  # codes with their facts
    state: str = "proposed"  # proposed, accepted, put_aside


class HelpCall(SQLModel, table=True):
    """A call for help: when the people of a shift were asked, and who. One of a stage and shift, whoever makes it."""

    __tablename__ = "shift_help_call"
    __table_args__ = (UniqueConstraint("slot_id", "stage"),)

    id: int | None = Field(default=None, primary_key=True)
    slot_id: int = Field(foreign_key="place_slot.id")
    stage: str  # "48", "24": hours before it begins; otherwise when somebody of the office pressed the button
    made_at: datetime = moment(nullable=False)
    by_id: int | None = None
    by_name: str = ""
    missing: int = 0
    asked: list[Any] = Field(
        default_factory=list, sa_type=JSON, nullable=False
    )  # the booking, and why it was asked
    held_back: int = 0  # who had as many messages as they may, and was left out


class Hours(Record, table=True):
    """One entry of service time. Entries are never changed: a correction is a new entry that names the old one.

    Minutes are what counts: computed from check-in and check-out, or made up by hand. `minutes` of a correction is
    the difference to what stood, so the sum of all approved entries is always what is credited.
    """

    __tablename__ = "service_hours"
    __table_args__ = (
        Index("ix_service_hours_who", "volunteer_id", "state", "day"),
        Index("ix_service_hours_state", "state", "area_path", "day"),
        Index(
            "ix_service_hours_counted",
            "day",
            "area_path",
            "volunteer_id",
            "state",
            "withdrawn_at",
            "origin",
            "minutes",
        ),
        CheckConstraint("minutes >= -1440 AND minutes <= 1440", name="minutes"),
    )

    volunteer_id: int = Field(foreign_key="volunteer.id")
    booking_id: int | None = Field(default=None, foreign_key="place_booking.id", index=True)
    slot_id: int | None = Field(default=None, index=True)
    what: str = text(N_("Service"), longest=80)  # in words that stay when the kind of work changes
    day: date = on_day(N_("Day of service"), required=True)
    origin: str = choice(N_("How it came about"), ORIGIN_OPTIONS, default="checked")
    in_at: datetime | None = moment()
    out_at: datetime | None = moment()
    in_by: str = ""  # the code, or who ticked
    out_by: str = ""
    minutes: int = amount(N_("Minutes"), default=0)
    state: str = choice(N_("State"), HOURS_OPTIONS, default="open")
    corrects: int | None = Field(default=None, foreign_key="service_hours.id", index=True)
    why: str = ""
    entered_id: int | None = None
    entered_name: str = ""
    decided_id: int | None = None
    decided_name: str = ""
    decided_at: datetime | None = moment()
    decided_why: str = ""
    public_until: date | None = on_day(N_("On the notice until"))  # the end of that day; then locked
    warnings: list[str] = choices(N_("Warnings"), WARNING_OPTIONS)
    token: str | None = Field(default=None, unique=True)
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)


_FIXED = (
    "id, made_at, extra, withdrawn_at, volunteer_id, booking_id, slot_id, what, day, origin, in_at, out_at, in_by, out_by, "
    "minutes, state, corrects, why, entered_id, entered_name, decided_id, decided_name, decided_at, decided_why, "
    "public_until, warnings, token"
)
# The database itself refuses to change hours that were decided on, whoever asks; an area may move with all that lies in it.
TRIGGERS = {
    "sqlite": (
        f"CREATE TRIGGER service_hours_no_update BEFORE UPDATE OF {_FIXED} ON service_hours "
        "WHEN OLD.state IN ('approved', 'refused') "
        "BEGIN SELECT RAISE(ABORT, 'decided hours are never changed'); END",
        "CREATE TRIGGER service_hours_no_delete BEFORE DELETE ON service_hours "
        "WHEN OLD.state IN ('approved', 'refused') "
        "BEGIN SELECT RAISE(ABORT, 'decided hours are never changed'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION service_hours_refuse() RETURNS trigger AS $$ "
        "BEGIN RAISE EXCEPTION 'decided hours are never changed'; END; $$ LANGUAGE plpgsql",
        f"CREATE TRIGGER service_hours_no_update BEFORE UPDATE OF {_FIXED} ON service_hours FOR EACH ROW "
        "WHEN (OLD.state IN ('approved', 'refused')) EXECUTE FUNCTION service_hours_refuse()",
        "CREATE TRIGGER service_hours_no_delete BEFORE DELETE ON service_hours FOR EACH ROW "
        "WHEN (OLD.state IN ('approved', 'refused')) EXECUTE FUNCTION service_hours_refuse()",
    ),
}


class NoShow(Record, table=True):
    """Somebody did not come. It is excused or not, weighs less with time, and can be objected to."""

    __tablename__ = "shift_no_show"

    volunteer_id: int = Field(foreign_key="volunteer.id", index=True)
    booking_id: int = Field(foreign_key="place_booking.id", unique=True)
    slot_id: int
    on: date
    excused: bool = False
    reason: str = ""
    noted_id: int | None = None
    noted_by: str = ""
    appeal: str = ""
    appealed_at: datetime | None = moment()
    answer: str = ""
    answered_by: str = ""
    answered_at: datetime | None = moment()
    upheld: bool = False  # the objection was right: it weighs nothing
    expires_on: date
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)


class Star(SQLModel, table=True):
    """One step of the ladder: from how many credited hours on."""

    __tablename__ = "star_level"

    level: int = Field(primary_key=True)
    hours: int
    name: str
    name_en: str = ""


class Certificate(Record, table=True):
    """A paper about hours as it was issued. Void ones stay, and say so."""

    __tablename__ = "hours_certificate"

    serial: str = Field(unique=True)
    code: str = Field(unique=True)  # what the public page asks for
    volunteer_id: int = Field(foreign_key="volunteer.id", index=True)
    number: str = ""
    name: str | None = sealed("hours_certificate.name", N_("Name"), "text", sensitivity="name")
    content: str = ""
    since: date
    until: date
    minutes: int = 0  # credited, by check-in and check-out
    minutes_by_hand: int = 0
    issuer: str = ""
    issued_on: date
    issued_by: str = ""
    voided_at: datetime | None = moment()
    voided_why: str = ""
    replaced_by: int | None = None
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)


class CertificateCounter(SQLModel, table=True):
    """How many certificates a year has had: one row a year, written with the certificate, so that no number is missing."""

    __tablename__ = "certificate_counter"

    year: int = Field(primary_key=True)
    last: int
