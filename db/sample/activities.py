"""A year of activities in the sample community: classes, parties, outings, talks, and what is still to come."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from sqlalchemy import select

from db import clock
from db.activities.tables import Venue
from db.identity import Account
from db.people import bulk
from db.people.ages import age_on
from db.register import Values
from db.sample import seasons
from db.sample.community import Person, Settled
from db.sample.places import Community, Place
from db.sample.programme import Event, Programme
from db.slots import Booking
from db.volunteers.tables import Volunteer
from db.work import Work

OLD: Final = 55
SHY: Final = 0.85
"""So many of those who live alone or are in care never come to anything."""
TERMS: Final = (-336, -210, -84)
"""The days, counted from today, on which the terms begin; the last one is still running."""
WEEKS: Final = 14
LATELY: Final = "邻里茶话会"
TITLES: Final = {"spring": "春季", "autumn": "秋季"}

_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]


def invent(
    work: Work, where: Community, settled: Settled, accounts: Mapping[str, Account], own_grid: int, random: Random
) -> int:  # fmt: skip
    """Write places to meet and a year of activities; returns how many activities."""
    own = where.grids[own_grid]
    whole = Place(where.id, where.area_path, where.name)
    rooms = _venues(work, own, whole)
    guests = _Guests(work, where, settled, random)
    staff, office = accounts["staff"].name, accounts["admin"].name
    programme = Programme(work, random, office)
    _past(programme, guests, own, whole, own_grid, rooms)
    _to_come(programme, guests, own, whole, own_grid, rooms)
    _lately(programme, guests, own, own_grid, rooms["point"], _free_day(work, accounts["volunteer"]))
    for row in programme.activities:
        row["made_by"] = staff if row["area_path"] == own.area_path else office
    return programme.write()


class _Guests:
    """Who comes to activities: the lively ones, older people mostly; hardly any of those who need it most."""

    def __init__(self, work: Work, where: Community, settled: Settled, random: Random) -> None:
        self.random, self.today = random, clock.today()
        helpers = set(work.session.execute(select(_V.resident_id)).scalars())
        self.all = [
            one for one in settled.people
            if one.values["status"] == "resident" and one.values["born"] and one.id not in helpers
            and age_on(one.values["born"], self.today) >= OLD
            and not ((one.values["in_care"] or one.values["living"] == "alone") and random.random() < SHY)
        ]  # fmt: skip
        self.lively = random.sample(self.all, min(len(self.all), 420))
        self.of_grid: dict[int, list[Person]] = {}
        for one in self.lively:
            self.of_grid.setdefault(where.buildings[one.building].grid, []).append(one)

    def some(self, count: int, grid: int | None = None) -> list[Person]:
        """So many of the whole community, or mostly of one grid."""
        near = self.of_grid.get(grid, []) if grid is not None else []
        first = self.random.sample(near, min(len(near), count * 3 // 4))
        known = {one.id for one in first}
        others = [one for one in self.random.sample(self.lively, count * 2) if one.id not in known]
        return [*first, *others[: count - len(first)]]

    def born_in(self, months: Iterable[int], count: int) -> list[Person]:
        """Who has a birthday in these months, is sixty, and worked in the works rather than not."""
        fits = [
            one for one in self.all
            if one.values["born"].month in set(months) and age_on(one.values["born"], self.today) >= 60
        ]  # fmt: skip
        self.random.shuffle(fits)
        fits.sort(key=lambda one: "retired" not in {code for code, _since in one.groups})
        return fits[:count]


def _venues(work: Work, own: Place, whole: Place) -> dict[str, int]:
    rooms = (
        ("社区活动中心一楼大厅", whole, 80, True, "有投影和音响"), ("社区书画室", whole, 24, False, "二楼，备有笔墨"),
        (f"{own.name}服务点", own, 30, True, ""), ("小广场", own, 60, True, "雨天改在服务点"),
    )  # fmt: skip
    ids = bulk.insert_records(
        work, Venue,
        [
            {"name": name, "area_id": place.id, "area_path": place.area_path, "capacity": room, "stepless": flat, "note": note}
            for name, place, room, flat, note in rooms
        ],
    )  # fmt: skip
    return dict(zip(("hall", "studio", "point", "yard"), ids, strict=True))


def _past(
    programme: Programme, guests: _Guests, own: Place, whole: Place, grid: int, rooms: Mapping[str, int]
) -> None:
    today = guests.today
    classes = (
        ("手工班", own, 0, time(14), 16, "point", "王师傅"), ("读书会", whole, 2, time(9, 30), 18, "studio", "许老师"),
        ("太极班", own, 3, time(8), 24, "yard", "马教练"), ("书法班", whole, 4, time(14), 16, "studio", "沈老师"),
    )  # fmt: skip
    for number, begins in enumerate(TERMS):
        for title, place, weekday, start, room, where, lead in classes:
            days = list(_weekly(today + timedelta(days=begins), weekday))
            name = f"{title}（{'冬春夏秋'[(days[0].month % 12) // 3]}季）"
            many = guests.some(room - 1 + number * 2, grid if place is own else None)
            programme.add(
                Event(
                    "class", name, place, days, start, many, room, said=0.02,
                    values={"venue_id": rooms[where], "lead": lead, "priorities": ["never", "alone"],
                            "spent": 400 + 20 * room, "about": "零基础也可以来，老师手把手教。"},
                )
            )  # fmt: skip
    for quarter in range(3, -1, -1):
        _birthday(programme, guests, whole, _quarter_before(today, quarter), rooms["hall"])
    for title, days_ago, seats in (("玄武湖春游", 208, 40), ("栖霞山赏秋", 32, 45)):
        programme.add(
            Event(
                "outing", title, whole, [_weekday(today - timedelta(days=days_ago))], time(8), guests.some(seats - 2), seats, 420,
                values={"where": "社区门口集合", "seats": seats, "companion": True, "needs_consent": True, "needs_contact": True,
                        "materials": "水杯、常用药、遮阳帽", "cost": 20, "spent": 3600, "pictures": True, "lead": "何静"},
                guest={"bus": True, "consent": True}, said=0.55,
            )
        )  # fmt: skip
    for title, days_ago, place in (
        ("防诈骗讲座：冒充客服", 255, whole), ("防诈骗讲座：保健品", 150, own), ("防诈骗讲座：视频换脸", 60, whole)
    ):  # fmt: skip
        near = grid if place is own else None
        room = 30 if place is own else 60
        programme.add(
            Event(
                "talk", title, place, [_weekday(today - timedelta(days=days_ago))], time(9, 30), guests.some(room * 2 // 3, near),
                room, 60, walk_ins=guests.some(9, near), said=0.4,
                values={"venue_id": rooms["point" if place is own else "hall"], "lead": "社区民警小杨", "spent": 150},
            )
        )  # fmt: skip


def _birthday(programme: Programme, guests: _Guests, whole: Place, first: date, hall: int) -> None:
    quarter = (first.month - 1) // 3 + 1
    day = _weekday(date(first.year, first.month + 1, 18))
    if abs((day - guests.today).days) < 2:  # neither half over nor over
        day = guests.today - timedelta(days=4)
    past = day < guests.today
    given = datetime.combine(day, time(16), clock.PLACE) if past else None
    programme.add(
        Event(
            "birthday", f"集体生日会（{first.year}年第{'一二三四'[quarter - 1]}季度）", whole, [day], time(14, 30),
            guests.born_in(range(first.month, first.month + 3), 26), 30, 120,
            values={"venue_id": hall, "quarter": f"{first.year}Q{quarter}", "age_from": 60, "priorities": ["never", "alone"],
                    "spent": 1500 if past else 0, "pictures": True, "lead": "何静", "companion": True},
            guest={"gift_at": given}, said=0.5,
        )
    )  # fmt: skip


def _to_come(
    programme: Programme, guests: _Guests, own: Place, whole: Place, grid: int, rooms: Mapping[str, int]
) -> None:
    today, now = guests.today, programme.work.now
    plans: tuple[tuple[str, str, Place, int, int, int, int | None, str, Values], ...] = (
        ("talk", "冬季养生讲座", own, 5, 30, 11, grid, "announced", {"venue_id": rooms["point"], "lead": "社区医院孙医生"}),
        ("event", "一起包饺子", own, 12, 16, 21, grid, "announced",
         {"venue_id": rooms["point"], "priorities": ["never", "alone", "care"], "about": "馅料社区准备，带上围裙就行。"}),
        ("event", "社区联欢会", whole, 24, 70, 32, None, "announced", {"venue_id": rooms["hall"], "minimum": 20}),
        ("outing", "汤山一日游", whole, 18, 20, 31, None, "announced",
         {"mode": "lottery", "closes_at": now + timedelta(days=9), "seats": 20, "where": "社区门口集合", "cost": 30,
          "needs_consent": True, "needs_contact": True, "age_to": 80}),
        ("talk", "手机摄影入门", own, 7, 20, 6, grid, "cancelled", {"venue_id": rooms["point"], "why": "老师临时有事，改期另行通知"}),
        ("outing", "春季踏青", own, 45, 40, 0, grid, "draft", {"seats": 40, "companion": True, "where": "服务点门口集合"}),
    )  # fmt: skip
    for kind, title, place, ahead, room, wanting, near, state, values in plans:
        programme.add(
            Event(
                kind, title, place, [_weekday(today + timedelta(days=ahead))], time(9, 30) if kind != "event" else time(14),
                guests.some(wanting, near) if wanting else [], room, 360 if kind == "outing" else 120, state, values=values,
            )
        )  # fmt: skip


def _lately(programme: Programme, guests: _Guests, own: Place, grid: int, room: int, day: date) -> None:
    """What was a few days ago and had room: there the sample's volunteer was as well (`volunteer_self.take_part`)."""
    programme.add(
        Event(
            "event", LATELY, own, [day], time(9, 30), guests.some(14, grid), 20, said=0.5,
            values={"venue_id": room, "lead": "何静", "spent": 120, "about": "带上杯子，来坐坐。"},
        )
    )  # fmt: skip


def _free_day(work: Work, account: Account) -> date:
    """A day a few days ago on which the sample's volunteer was nowhere else."""
    today = clock.today()
    shifts = select(_B.starts_at).join(Volunteer, _V.id == _B.volunteer_id).where(
        _V.account_id == account.id, _B.live == 1, _B.starts_at > work.now - timedelta(days=12)
    )  # fmt: skip
    busy = {row.starts_at.astimezone(clock.PLACE).date() for row in work.session.execute(shifts)}
    days = [today - timedelta(days=number) for number in (5, 4, 6, 3, 7, 8, 9)]
    return next((day for day in days if day.weekday() < 5 and day not in busy), days[0])


def _weekly(first: date, weekday: int) -> Sequence[date]:
    """The dates of a term, one each week, none while most are with their families."""
    start = first + timedelta(days=(weekday - first.weekday()) % 7)
    days = (start + timedelta(days=7 * number) for number in range(WEEKS))
    return [day for day in days if not seasons.at_home(day)]


def _weekday(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _quarter_before(today: date, quarters: int) -> date:
    """The first day of the quarter so many before that of today."""
    number = today.year * 4 + (today.month - 1) // 3 - quarters
    return date(number // 4, number % 4 * 3 + 1, 1)


def scatter(work: Work, where: Community, settled: Settled, random: Random) -> int:
    """Some twenty-five activities a year of one community of very many, with attendance; returns how many."""
    programme, today = Programme(work, random, where.name), clock.today()
    old = [
        one for one in settled.people
        if one.values["status"] == "resident" and one.values["born"].year <= today.year - OLD
        and (random.random() > SHY or not (one.values["in_care"] or one.values["living"] == "alone"))
    ]  # fmt: skip
    if len(old) < 60:
        return 0
    kinds = (
        ("talk", "防诈骗讲座"),
        ("event", "便民服务日"),
        ("event", "邻里茶话会"),
        ("outing", "秋游"),
        ("birthday", "集体生日会"),
    )
    for number in range(22):
        kind, title = kinds[number % len(kinds)]
        place: Place = where if number % 3 else where.grids[number % len(where.grids)]
        day = _weekday(today - timedelta(days=360 - number * 16))
        programme.add(Event(kind, title, place, [day], time(9, 30), random.sample(old, 22), 20, said=0.3))
    for number, title in enumerate(("太极班", "书法班")):
        days = list(_weekly(today - timedelta(days=84), number + 1))
        programme.add(Event("class", title, where, days, time(8), random.sample(old, 16), 16))
    programme.add(
        Event("event", "联欢会", where, [today + timedelta(days=12)], time(14), random.sample(old, 40), 60)
    )
    return programme.write()
