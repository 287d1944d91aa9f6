"""The tables of the people room: households, residents, groups, contacts, and the keys by which they are found."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.engine import BYTEWISE
from db.fields import choice, day, derived, flag, number, option, person, ref, sealed, text
from db.record import Record, moment
from db.sealing import Sealed
from db.words import N_

FAR_FUTURE = date(9999, 12, 31)

SEX_OPTIONS = (option("female", N_("Female"), "女", "女性"), option("male", N_("Male"), "男", "男性"))
STATUS_OPTIONS = (
    option("resident", N_("Lives here"), "在册", "正常", "常住"),
    option("moved", N_("Moved out"), "迁出", "搬离", "已搬走"),
    option("died", N_("Died"), "死亡", "去世", "已故"),
)
STAY_OPTIONS = (
    option("permanent", N_("Permanent"), "常住", "户籍", "常住人口", "户籍人口"),
    option("floating", N_("Temporary"), "流动", "流动人口", "暂住", "租户", "租住"),
    option("elsewhere", N_("Registered here, lives elsewhere"), "人户分离", "空挂户", "空挂"),
)
LIVING_OPTIONS = (
    option("family", N_("With family"), "与子女同住", "同住", "与家人同住"),
    option("alone", N_("Alone"), "独居", "独居老人"),
    option("empty_nest", N_("Empty nest"), "空巢", "空巢老人", "老两口"),
    option("carer", N_("With a paid carer"), "保姆", "护工"),
    option("institution", N_("In an institution"), "养老院", "机构", "住院"),
)
COLOUR_OPTIONS = (
    option("red", N_("Red: high risk"), "红", "红色", "高风险", "高"),
    option("yellow", N_("Yellow: keep an eye on"), "黄", "黄色", "中风险", "中"),
    option("blue", N_("Blue: stable"), "蓝", "蓝色", "绿", "绿色", "低风险", "低"),
)
RELATION_OPTIONS = (
    option("head", N_("Head of household"), "户主", "本人", "本人或户主"),
    option("spouse", N_("Spouse"), "配偶", "妻", "夫", "妻子", "丈夫", "爱人"),
    option(
        "child",
        N_("Child"),
        "子",
        "女",
        "儿子",
        "女儿",
        "长子",
        "长女",
        "次子",
        "次女",
        "独生子",
        "独生女",
        "子女",
    ),
    option("child_in_law", N_("Child-in-law"), "儿媳", "女婿", "媳"),
    option("grandchild", N_("Grandchild"), "孙子", "孙女", "外孙", "外孙女", "孙", "外孙子"),
    option("parent", N_("Parent"), "父", "母", "父亲", "母亲", "岳父", "岳母", "公公", "婆婆"),
    option(
        "sibling", N_("Brother or sister"), "兄", "弟", "姐", "妹", "哥哥", "弟弟", "姐姐", "妹妹", "兄弟姐妹"
    ),
    option("tenant", N_("Tenant"), "租户", "租客", "承租人"),
    option("carer", N_("Carer"), "保姆", "护工", "住家保姆"),
    option("other", N_("Other"), "其他", "其它", "其他亲属", "非亲属"),
)
BASIS_OPTIONS = (
    option("duty", N_("Legal duty of the community"), "法定职责", "履行职责"),
    option("consent", N_("Consent of the person"), "本人同意", "同意"),
)
PARTY_OPTIONS = (
    option("party", N_("Communist Party member"), "中共党员", "党员", "预备党员"),
    option("league", N_("Youth League member"), "共青团员", "团员"),
    option("democratic", N_("Democratic party"), "民主党派"),
    option("masses", N_("No party"), "群众", "无"),
)
MARRIAGE_OPTIONS = (
    option("single", N_("Single"), "未婚"),
    option("married", N_("Married"), "已婚", "再婚", "初婚"),
    option("widowed", N_("Widowed"), "丧偶"),
    option("divorced", N_("Divorced"), "离婚", "离异"),
)
SCHOOL_OPTIONS = (
    option("none", N_("No schooling"), "文盲", "不识字", "无", "半文盲"),
    option("primary", N_("Primary school"), "小学"),
    option("middle", N_("Middle school"), "初中"),
    option("high", N_("High school or technical school"), "高中", "中专", "技校", "职高"),
    option("college", N_("College"), "大专", "专科", "大学专科"),
    option("university", N_("University"), "本科", "大学", "大学本科", "研究生", "硕士", "博士"),
)


class Household(Record, table=True):
    """A home in a building. `place` sorts homes as one walks: path of the building, stair, room."""

    __table_args__ = (
        Index("ix_household_home", "area_id", "stair", "room"),
        Index("ix_household_open", "closed_on", "place", "id"),
    )

    area_id: int = ref(
        N_("Building"), "area.id", required=True, nullable=False, headings=("楼栋", "楼幢", "现住小区/建筑")
    )
    stair: str = text(N_("Stair"), longest=10, headings=("单元", "单元号"))
    room: str = text(N_("Room"), longest=20, headings=("房号", "室", "门牌", "房间号"))
    number: str = text(N_("Household number"), longest=30, index=True, headings=("户号", "户口簿号"))
    note: str = text(N_("Note"), long=True, headings=("备注",))
    place: str = Field(default="", sa_type=BYTEWISE, index=True)
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)
    address: str = derived(N_("Address"))  # as people write it: "12-3-402"
    closed_on: date | None = day(N_("Closed on"))


class Resident(Record, table=True):
    """A person who lives here, or is registered here, or did."""

    __table_args__ = (
        Index("ix_resident_place", "place", "id"),
        Index("ix_resident_name_key", "name_key", "place", "id"),
        Index("ix_resident_born_key", "born_key", "id"),
        Index(
            "ix_resident_walk",
            "place",
            "id",
            "status",
            "living",
            "in_care",
            "colour",
            "sex",
            "stay",
            "born_key",
            "carer",
        ),
    )

    name: str = person(N_("Full name"), required=True, headings=("姓名", "居民姓名", "名字"))
    id_number: str | None = sealed(
        "resident.id_number", N_("ID number"), "id_number", sensitivity="identity",
        headings=("身份证号", "身份证号码", "公民身份号码", "证件号码", "身份证"),
    )  # fmt: skip
    sex: str = choice(N_("Sex"), SEX_OPTIONS, headings=("性别",))
    born: date | None = day(
        N_("Date of birth"), past=True, headings=("出生日期", "出生年月", "生日", "出生年月日")
    )
    phone: str | None = sealed(
        "resident.phone", N_("Telephone"), "phone", sensitivity="contact",
        headings=("联系电话", "电话", "手机", "手机号", "联系方式", "手机号码"),
    )  # fmt: skip
    lunar_birthday: bool = flag(N_("Keeps the lunar birthday"), headings=("过农历生日", "农历生日"))
    household_id: int | None = ref(N_("Household"), "household.id")
    area_id: int | None = ref(N_("Building or area"), "area.id")
    relation: str = choice(N_("Relation to the head"), RELATION_OPTIONS, headings=("与户主关系", "关系"))
    stay: str = choice(
        N_("Kind of stay"), STAY_OPTIONS, default="permanent", headings=("人员类型", "人口类型", "居住类型")
    )
    living: str = choice(N_("Lives"), LIVING_OPTIONS, headings=("居住状况", "居住情况", "居住方式"))
    colour: str = choice(N_("Risk colour"), COLOUR_OPTIONS, headings=("风险等级", "风险", "颜色", "关爱等级"))
    in_care: bool = flag(
        N_("In care"),
        headings=("关爱对象", "重点关爱"),
        help=N_("Somebody looks after this person regularly."),
    )
    carer: str = text(N_("Named carer"), longest=40, headings=("关爱责任人", "帮扶人", "结对人", "责任人"),
                      help=N_("Who is responsible for this person."))  # fmt: skip
    health: str | None = sealed(
        "resident.health",
        N_("Health notes"),
        "long",
        sensitivity="health",
        headings=("健康", "健康状况", "病史"),
    )
    registered_at: str = text(
        N_("Registered address"), longest=120, headings=("户籍地址", "户籍地", "户口所在地")
    )
    ethnic: str = text(N_("Ethnic group"), longest=20, headings=("民族",))
    party: str = choice(N_("Political affiliation"), PARTY_OPTIONS, headings=("政治面貌",))
    marriage: str = choice(N_("Marriage"), MARRIAGE_OPTIONS, headings=("婚姻", "婚姻状况"))
    school: str = choice(N_("Education"), SCHOOL_OPTIONS, headings=("文化程度", "学历"))
    employer: str = text(N_("Work unit"), longest=80, headings=("工作单位", "原工作单位", "单位", "服务处所"))
    interests: str = text(N_("Interests"), longest=120, headings=("兴趣爱好", "特长", "爱好"))
    speech: str = text(N_("Languages, dialect"), longest=60, headings=("语言", "方言"))
    basis: str = choice(N_("Lawful basis"), BASIS_OPTIONS, default="duty", headings=("处理依据",))
    consent_on: date | None = day(N_("Consent given on"), past=True, headings=("同意日期",))
    consent_health_on: date | None = day(N_("Separate consent for health data"), past=True)
    guardian_consent_on: date | None = day(N_("Guardian's consent (under 14)"), past=True)
    status: str = choice(N_("Status"), STATUS_OPTIONS, default="resident", headings=("状态", "人员状态"))
    status_on: date | None = day(N_("Status since"), past=True)
    note: str = text(N_("Note"), long=True, headings=("备注", "说明"))
    place: str = Field(default="", sa_type=BYTEWISE)
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)
    address: str = derived(N_("Address"))
    name_key: str = Field(default="", sa_type=BYTEWISE)
    initials: str = ""
    born_key: date = Field(default=FAR_FUTURE)  # the birth date, or the far future: never null, so it sorts
    merged_into: int | None = Field(default=None, index=True)


class FindKey(SQLModel, table=True):
    """One way to find a resident: a character or pair of the name, initials, the hash of a number.

    `place` makes a range of it both the viewer's scope and the order of the list. Nothing leads from a resident
    to the keys (see `finding.drop`), so they are written twice as fast.
    """

    __tablename__ = "find_key"
    __table_args__ = ({"sqlite_with_rowid": False},)

    token: str = Field(primary_key=True, sa_type=BYTEWISE)
    place: str = Field(primary_key=True, sa_type=BYTEWISE)
    resident_id: int = Field(primary_key=True)


class Group(Record, table=True):
    """A group of people that the community distinguishes: living alone, disabled, child in difficulty …"""

    __tablename__ = "people_group"

    code: str = Field(unique=True)
    name: str = text(N_("Name"), required=True, longest=40)
    name_en: str = text(N_("Name in English"), longest=60)
    words: str = text(N_("Words that ledgers use for it"), longest=400)  # separated by 、
    cares: bool = flag(N_("Its people are in care"), default=False)
    position: int = Field(default=0)
    closed: bool = flag(N_("No longer used"))


class Membership(SQLModel, table=True):
    """A resident belongs to a group, from when to when, and how that is known."""

    __tablename__ = "group_membership"
    __table_args__ = (
        Index("ix_group_membership_list", "group_id", "place", "resident_id"),
        UniqueConstraint("resident_id", "group_id", "since"),
    )

    id: int | None = Field(default=None, primary_key=True)
    resident_id: int = Field(foreign_key="resident.id", index=True)
    group_id: int = Field(foreign_key="people_group.id")
    since: date
    until: date | None = None
    source: str = ""
    place: str = Field(default="", sa_type=BYTEWISE)


class Contact(Record, table=True):
    """A relative or whoever is to be called."""

    resident_id: int = Field(foreign_key="resident.id", index=True)
    name: str = text(N_("Full name"), required=True, longest=40, sensitivity="name")
    relation: str = text(N_("Relation"), longest=30, help=N_("Daughter, neighbour, doctor …"))
    phone: str | None = sealed("contact.phone", N_("Telephone"), "phone", sensitivity="contact")
    emergency: bool = flag(N_("Call in an emergency"))
    other_id: int | None = Field(default=None, foreign_key="resident.id", index=True)
    position: int | None = number(N_("Order"))
    note: str = text(N_("Note"), longest=200)
    closed_on: date | None = None


class NotSame(SQLModel, table=True):
    """Somebody looked at these two records and decided that they are two people."""

    __tablename__ = "not_same_person"

    first_id: int = Field(primary_key=True)
    second_id: int = Field(primary_key=True)


class Merge(SQLModel, table=True):
    """Two records that were found to be one person. `before` (JSON) holds what is needed to bring both back."""

    __tablename__ = "resident_merge"

    id: int | None = Field(default=None, primary_key=True)
    kept_id: int = Field(index=True)
    other_id: int = Field(index=True)
    at: datetime = moment(nullable=False)
    account_id: int | None = None
    before: str = Field(default="", sa_type=Sealed("resident_merge.before"))
    undone_at: datetime | None = moment()
