"""The groups of people that a community starts with. An office renames, closes and adds its own."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, or_, select, update

from db import clock, parsing
from db.errors import Refused
from db.people.tables import Group
from db.work import Work, command, query

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


@command("group.edit")
def start_groups(work: Work) -> None:
    """Give a new community the groups that most begin with."""
    ensure_groups(work)


@query("group.edit")
def all_groups(work: Work) -> list[dict[str, Any]]:
    """Every group in its order, closed ones last: id, version, code, name, name_en, words, cares, closed."""
    rows = work.session.execute(
        select(_G.id, _G.version, _G.code, _G.name, _G.name_en, _G.words, _G.cares, _G.closed).order_by(
            _G.closed, _G.position, _G.id
        )
    )
    return [dict(row._mapping) for row in rows]


@command("group.edit")
def add_group(work: Work, *, name: str, name_en: str = "", words: str = "", cares: bool = False) -> int:
    """Add a group of people and return its id. `words` are what ledgers write for it, separated by 、.

    Refused `group.name` (empty, or another group has it).
    """
    values = _cleaned(work, name, name_en, words)
    number = int(work.session.execute(select(func.max(_G.id))).scalar() or 0) + 1
    row = Group(code=f"g{number}", position=number, cares=cares, **values)
    work.session.add(row)
    work.session.flush()
    work.log("group", row.id, row.name, {"name": (None, row.name), "cares": (None, cares)})
    work.touch("register.groups")
    return row.id or 0


@command("group.edit")
def change_group(
    work: Work, *, group_id: int, version: int, name: str, name_en: str = "", words: str = "",
    cares: bool = False, closed: bool = False,
) -> None:  # fmt: skip
    """Rename a group, say which words ledgers use for it, whether its people are in care, or close it.

    A closed group is not offered any more; who belonged to it stays on record. Refused `record.not_found`,
    `group.name`, `record.changed` (`version` is not the present one).
    """
    row = work.session.execute(select(Group.__table__).where(_G.id == group_id).with_for_update()).first()  # type: ignore[attr-defined]
    if row is None:
        raise Refused("record.not_found")
    if row.version != version:
        raise Refused("record.changed", version=row.version, theirs={}, record_id=group_id)
    new = {**_cleaned(work, name, name_en, words, but=group_id), "cares": cares, "closed": closed}
    changed = {
        field: (getattr(row, field), value) for field, value in new.items() if getattr(row, field) != value
    }
    if not changed:
        return
    work.session.execute(
        update(Group).where(_G.id == group_id).values(**new, version=version + 1, changed_at=work.now)
    )
    work.log("group", group_id, str(new["name"]), changed)
    work.touch("register.groups")
    work.touch("people")


def _cleaned(work: Work, name: str, name_en: str, words: str, *, but: int = 0) -> dict[str, Any]:
    name = parsing.fold(name)[:40]
    taken = select(_G.id).where(or_(_G.name == name, _G.code == name), _G.id != but).limit(1)
    if not name or work.session.execute(taken).first() is not None:
        raise Refused("group.name", name=name)
    said = [parsing.fold(word) for line in words.splitlines() for word in line.replace(",", "、").split("、")]
    kept = "、".join(dict.fromkeys(word for word in said if word))
    return {"name": name, "name_en": parsing.fold(name_en)[:60], "words": kept[:400]}
