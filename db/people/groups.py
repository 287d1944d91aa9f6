"""The groups of people that a community starts with. An office renames, closes and adds its own."""

from dataclasses import dataclass

from sqlalchemy import insert, select

from db import clock
from db.people.tables import Group
from db.work import Work

_G = Group.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class DefaultGroup:
    """`words` are what ledgers write for it; `cares`: whoever belongs to it is in care."""

    code: str
    name: str
    name_en: str
    words: tuple[str, ...]
    cares: bool = True


DEFAULT_GROUPS = (
    DefaultGroup("alone", "独居老人", "Elder living alone", ("独居", "孤老", "孤寡老人", "独居户")),
    DefaultGroup("empty_nest", "空巢老人", "Empty nest", ("空巢", "空巢家庭", "空巢户", "纯老家庭"), cares=False),
    DefaultGroup(
        "disabled", "残疾人", "Disabled", ("残疾", "残障", "持证残疾人", "肢体残疾", "视力残疾", "听力残疾", "言语残疾",
                                          "智力残疾", "精神残疾", "重残", "重度残疾"), cares=False,
    ),
    DefaultGroup(
        "child", "困境儿童", "Child in difficulty", ("困境未成年人", "孤儿", "事实孤儿", "事实无人抚养儿童", "留守儿童")
    ),
    DefaultGroup(
        "allowance", "低保", "Subsistence allowance", ("低保户", "低保对象", "低保家庭", "最低生活保障", "低收入",
                                                       "特困", "特困人员", "五保户"), cares=False,
    ),
    DefaultGroup("unable", "失能", "Unable to care for oneself", ("失能老人", "卧床", "长期卧床", "完全失能", "失智", "失能失智")),
    DefaultGroup("half_unable", "半失能", "Partly unable", ("半失能老人", "部分失能", "半自理")),
    DefaultGroup("lost_child", "失独", "Lost the only child", ("失独家庭", "失独老人", "计划生育特殊家庭", "特扶家庭")),
    DefaultGroup("ill", "重病", "Severely ill", ("大病", "重大疾病", "重病患者", "大病患者", "慢病重症")),
    DefaultGroup(
        "honoured", "退役/优抚", "Veteran or entitled to honour",
        ("退役军人", "退伍军人", "复员军人", "转业军人", "优抚", "优抚对象", "烈属", "军属", "军烈属", "伤残军人", "退役"),
        cares=False,
    ),
    DefaultGroup(
        "retired", "退休职工", "Retired worker of the works", ("厂退休", "退休工人", "退休人员", "老职工", "企业退休"),
        cares=False,
    ),
)  # fmt: skip


def ensure_groups(work: Work) -> dict[str, int]:
    """Add the default groups that are missing (by code) and return every group's id by code."""
    known = {row.code: row.id for row in work.session.execute(select(_G.code, _G.id))}
    missing = [
        {
            "code": group.code, "name": group.name, "name_en": group.name_en, "words": "、".join(group.words),
            "cares": group.cares, "position": position, "closed": False, "version": 1, "extra": {},
            "made_at": clock.now(), "changed_at": clock.now(),
        }
        for position, group in enumerate(DEFAULT_GROUPS, start=1)
        if group.code not in known
    ]  # fmt: skip
    if missing:
        work.session.execute(insert(Group), missing)
        work.log("group", None, "、".join(str(one["name"]) for one in missing))
        work.touch("register.groups")
        known = {row.code: row.id for row in work.session.execute(select(_G.code, _G.id))}
    return known
