"""What a community starts with: skills and kinds of work, all of them to be changed."""

from sqlalchemy import insert, select

from db.volunteers.tables import Skill, WorkKind
from db.work import Work, command

_S = Skill.__table__.c  # type: ignore[attr-defined]
_K = WorkKind.__table__.c  # type: ignore[attr-defined]

SKILLS = (
    ("first_aid", "急救", "First aid", True),
    ("nursing", "照护", "Care of the sick", True),
    ("haircut", "理发", "Cutting hair", False),
    ("repair", "小家电维修", "Small repairs", False),
    ("electric", "电工", "Electrician", True),
    ("counsel", "心理疏导", "Counselling", True),
    ("law", "法律咨询", "Legal advice", True),
    ("computer", "手机教学", "Teaching how to use a phone", False),
    ("driving", "驾驶", "Driving", True),
    ("craft", "手工", "Handicraft", False),
)

# title, task, skills, at least, at most, minutes, rest after, age from, two required, an elder is visited, bring
KINDS = (
    ("上门探访", "敲门问安，坐下聊聊，看看水电气，记下需要。", (), 1, 2, 60, 0, 16, False, True, "志愿者证"),
    ("陪同就医", "陪老人去医院挂号、就诊、取药，送回家。", ("first_aid",), 1, 2, 240, 30, 18, False, True, "口罩、水杯"),
    ("助餐送餐", "从助餐点取餐，送到老人家门口，确认有人。", (), 1, 3, 90, 0, 16, False, False, "保温袋（助餐点领）"),
    ("楼道巡查", "两人一组走完本片楼道，看消防通道、充电、杂物。", (), 2, 4, 90, 0, 18, True, False, "红袖标"),
    ("兴趣班助教", "布置教室，签到，帮跟不上的老人。", (), 1, 2, 120, 0, 14, False, False, ""),
    ("便民维修", "在服务站修小家电，登记收取和归还。", ("repair",), 1, 3, 180, 0, 18, False, False, "自带工具"),
    ("义务理发", "在活动室为老人理发，行动不便的上门。", ("haircut",), 1, 4, 180, 0, 18, False, False, "理发工具"),
    ("手机课堂", "一对一教老人用手机：挂号、缴费、防骗。", ("computer",), 2, 5, 90, 0, 14, False, False, ""),
)  # fmt: skip


def ensure_work(work: Work) -> dict[str, int]:
    """Add what a community starts with, when it never had any. Returns the kinds of work by title."""
    if work.session.execute(select(_S.code).limit(1)).first() is None:
        work.session.execute(
            insert(Skill),
            [
                {"code": code, "name": name, "name_en": english, "certified": certified, "position": number, "closed": False}
                for number, (code, name, english, certified) in enumerate(SKILLS, start=1)
            ],
        )  # fmt: skip
        work.log("volunteer_skill", None, "、".join(one[1] for one in SKILLS), action="work.start")
    if work.session.execute(select(_K.id).limit(1)).first() is None:
        rows = [
            WorkKind(
                title=title, task=task, skills=list(skills), minimum=least, maximum=most, minutes=minutes, rest_after=rest,
                age_from=age, two_required=two, elder_visited=elder, bring=bring,
            ).model_dump(exclude={"id"})
            for title, task, skills, least, most, minutes, rest, age, two, elder, bring in KINDS
        ]  # fmt: skip
        work.session.execute(insert(WorkKind), rows)
        work.log("work", None, "、".join(one[0] for one in KINDS), action="work.start")
        work.touch("register.work")
    return {row.title: row.id for row in work.session.execute(select(_K.title, _K.id))}


@command("work.create")
def begin(work: Work) -> None:
    """Add what a community starts with, when it has nothing yet."""
    ensure_work(work)
