"""The festivals of the calendar, and which of them the office could raise soon. Nothing is raised without a person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from lunardate import LunarDate
from sqlalchemy import delete, select

from db import clock
from db.access import outermost
from db.care.tables import Occasion
from db.errors import Refused
from db.identity import Setting
from db.territory.areas import Area
from db.words import shipped
from db.work import Work, command, query

_O = Occasion.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_S = Setting.__table__.c  # type: ignore[attr-defined]

AHEAD_DAYS = 30
DISMISSED = "feast_dismissed:"


@dataclass(frozen=True)
class Feast:
    """`lead`: days before it from which people are visited; `lasts`: days from the feast day to the last one."""

    code: str
    name: str
    english: str
    day_in: Callable[[int], date]  # the day in the year of the calendar that it belongs to
    lead: int
    lasts: int = 1


def _lunar(month: int, day: int) -> Callable[[int], date]:
    def day_in(year: int) -> date:
        day_of_sun: date = LunarDate(year, month, day).to_solar_date()
        return day_of_sun

    return day_in


def _solar(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def clear_and_bright(year: int) -> date:
    """清明, by the usual formula for the years 2001 to 2099."""
    short = year - 2000
    return date(year, 4, int(short * 0.2422 + 4.81) - short // 4)


def winter_solstice(year: int) -> date:
    """冬至, by the usual formula for the years 2001 to 2099; it is a day late for 2021 alone."""
    short = year - 2000
    return date(year, 12, int(short * 0.2422 + 21.94) - short // 4 - (year == 2021))


FEASTS = (
    Feast("spring", "春节", "Spring Festival", _lunar(1, 1), lead=10, lasts=7),
    Feast("lantern", "元宵节", "Lantern Festival", _lunar(1, 15), lead=5),
    Feast("qingming", "清明节", "Qingming Festival", clear_and_bright, lead=5),
    Feast("dragon", "端午节", "Dragon Boat Festival", _lunar(5, 5), lead=5),
    Feast("moon", "中秋节", "Mid-Autumn Festival", _lunar(8, 15), lead=7),
    Feast("elders", "重阳节", "Double Ninth Festival", _lunar(9, 9), lead=7),
    Feast("national", "国庆节", "National Day", _solar(10, 1), lead=7, lasts=7),
    Feast("newyear", "元旦", "New Year’s Day", _solar(1, 1), lead=5),
    Feast("solstice", "冬至", "Winter Solstice", winter_solstice, lead=5),
    Feast("laba", "腊八节", "Laba Festival", _lunar(12, 8), lead=3),
)  # fmt: skip
shipped({one.name: one.english for one in FEASTS})


@dataclass(frozen=True)
class Coming:
    """A feast as it would be raised: everybody is contacted by the day before it."""

    code: str
    name: str
    english: str
    day: date
    since: date
    until: date
    due_days: int


def coming(today: date, ahead: int = AHEAD_DAYS) -> list[Coming]:
    """The feasts of the next `ahead` days, the nearest first. Today's own is too late to be prepared."""
    found = []
    for feast in FEASTS:
        for year in (today.year - 1, today.year, today.year + 1):  # 腊八 lies in the next year of the sun
            day = feast.day_in(year)
            if today < day <= today + timedelta(days=ahead):
                since = max(today, day - timedelta(days=feast.lead))
                found.append(
                    Coming(
                        feast.code, feast.name, feast.english, day, since, day + timedelta(days=feast.lasts - 1),
                        (day - since).days - 1,
                    )
                )  # fmt: skip
    return sorted(found, key=lambda one: (one.day, one.code))


@dataclass(frozen=True)
class Proposal:
    """A feast that the calendar proposes, for an area of the viewer's in which nobody raised or dismissed it."""

    feast: Coming
    area_id: int
    area: str


@query("occasion.create")
def proposed(work: Work) -> list[Proposal]:
    """What the viewer could raise for the feasts to come.

    One counts as raised where a festival with its name holds on its day, called off or not.
    """
    feasts = coming(clock.today())
    areas = _areas(work)
    if not feasts or not areas:
        return []
    raised = work.session.execute(
        select(_O.name, _O.since, _O.until, _O.area_path).where(
            _O.kind == "festival", _O.until >= clock.today(), _O.withdrawn_at.is_(None)
        )
    ).all()
    dismissed = _dismissed(work)
    found = []
    for feast in feasts:
        taken = {
            one.area_path
            for one in raised
            if one.since <= feast.day <= one.until and _is_named(one.name, feast)
        }
        kept = _key(feast)
        taken |= {name.removeprefix(kept) for name in dismissed if name.startswith(kept)}
        left = next(
            (area for area in areas if not any(area.area_path.startswith(one) for one in taken)), None
        )
        if left is not None:
            found.append(Proposal(feast, left.id, left.name))
    return found


@command("occasion.create")
def dismiss(work: Work, *, code: str, day: date) -> None:
    """Do not propose this feast any more in the viewer's areas. Refused `record.not_found` (it is not proposed)."""
    proposal = next((one for one in proposed(work) if (one.feast.code, one.feast.day) == (code, day)), None)
    if proposal is None:
        raise Refused("record.not_found")
    over = [name for name in _dismissed(work) if name.split(":")[1] < clock.today().isoformat()]
    work.session.execute(delete(Setting).where(_S.name.in_(over)))
    for area in _areas(work):
        work.session.merge(Setting(name=_key(proposal.feast) + area.area_path, value=work.viewer.name))
        work.log("occasion", None, proposal.feast.name, {"on": (None, day)}, area_path=area.area_path, action="feast.dismiss")  # fmt: skip
    work.touch("occasions")


def _dismissed(work: Work) -> set[str]:
    return set(work.session.execute(select(_S.name).where(_S.name.startswith(DISMISSED))).scalars())


def _key(feast: Coming) -> str:
    return f"{DISMISSED}{feast.day.isoformat()}:{feast.code}:"


def _is_named(name: str, feast: Coming) -> bool:
    """Whether an occasion is this feast, in either language and with more words: "春节走访慰问"."""
    short = feast.name.removesuffix("节") if len(feast.name) > 2 else feast.name
    return short in name or feast.english.casefold() in name.casefold()


def _areas(work: Work) -> Sequence[Any]:
    """The areas for which the viewer raises: the topmost ones that are theirs."""
    listed = select(_A.id, _A.name, _A.area_path).where(_A.closed_on.is_(None)).order_by(_A.area_path)
    if work.viewer.scope("occasion.create") == "all":
        listed = listed.where(_A.parent_id.is_(None))
    else:
        listed = listed.where(_A.area_path.in_(list(outermost(work.viewer.areas))))
    return work.session.execute(listed).all()
