"""A year of shifts in the sample community: who helps, when, who came, and what is still to be covered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from db import clock
from db.identity import Account
from db.people import bulk
from db.register import Values
from db.sample.community import WEAK_GRID, Person, Settled
from db.sample.places import Community, Place
from db.slots import Booking, Slot
from db.volunteers.defaults import KINDS, ensure_work
from db.volunteers.tables import Hours, NoShow, Shift, ShiftSeries, Volunteer, VolunteerSkill
from db.volunteers.volunteers import phone_key
from db.work import Work

PEOPLE: Final = 220
BACK: Final = 364
AHEAD: Final = 28
APPLIED: Final = 6
CAME: Final = 0.95
VISIT_AT: Final = time(9)
NOTICE_DAYS: Final = 7
SKILLED: Final = (
    ("first_aid", 0.14),
    ("haircut", 0.06),
    ("repair", 0.07),
    ("computer", 0.12),
    ("craft", 0.1),
    ("nursing", 0.05),
)
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Offer:
    """Shifts that repeat: a kind of work somewhere, on some weekdays at a time."""

    title: str
    place: Place
    where: str
    days: tuple[int, ...]
    start: time
    every: int = 1  # weeks
    room: tuple[int, int] | None = None
    mode: str = "open"
    elder: Person | None = None
    own: bool = False  # the account `volunteer` comes each time


@dataclass
class Helper:
    """A volunteer who was written."""

    id: int
    name: str
    grid: int
    keen: float
    skills: tuple[str, ...]
    busy: set[tuple[date, int]] = field(default_factory=set)  # the day and half of it


@dataclass
class Written:
    slots: list[Values] = field(default_factory=list)
    shifts: list[Values] = field(default_factory=list)
    bookings: list[Values] = field(default_factory=list)
    hours: list[Values] = field(default_factory=list)
    absent: list[Values] = field(default_factory=list)


def invent(
    work: Work, where: Community, settled: Settled, accounts: Mapping[str, Account], random: Random
) -> int:
    """Write volunteers, series, shifts, bookings and hours; returns how many shifts."""
    kinds = ensure_work(work)
    helpers = _volunteers(work, where, settled, accounts, random)
    offers = _offers(where, settled, helpers[0].grid, random)
    written = Written()
    first_slot = bulk.new_ids(work, Slot, 1)[0]
    first_booking = bulk.new_ids(work, Booking, 1)[0]
    series_ids = bulk.insert_records(work, ShiftSeries, [_series(one, kinds, work) for one in offers])
    leads = {grid: [one for one in helpers if one.grid == grid] for grid in range(len(where.grids))}
    for offer, series_id in zip(offers, series_ids, strict=True):
        grid = next(
            (n for n, one in enumerate(where.grids) if offer.place.area_path.startswith(one.area_path)), None
        )
        own = [*(leads[grid] * 3), *helpers] if grid is not None else helpers
        regular = sorted(random.sample(own, 3), key=lambda one: -one.keen)
        if offer.own:
            regular = [helpers[0], *(one for one in regular if one is not helpers[0])]
        for day in _days(offer):
            _shift(written, offer, kinds, series_id, day, asked(regular, own, random), first_slot, first_booking,
                   work, settled.workers.get(grid if grid is not None else -1, accounts["staff"].name), random)  # fmt: skip
    bulk.insert_records(work, Slot, written.slots, [one["id"] for one in written.slots])
    bulk.write(work, Shift, written.shifts)
    bulk.insert_records(work, Booking, written.bookings, [one["id"] for one in written.bookings])
    bulk.new_ids(
        work, Slot, len(written.slots) - 1
    )  # PostgreSQL gives the numbers that the rows have to nobody else
    bulk.new_ids(work, Booking, len(written.bookings) - 1)
    bulk.insert_records(work, Hours, written.hours)
    bulk.insert_records(work, NoShow, written.absent)
    return len(written.slots)


def asked(regular: Sequence[Helper], others: Sequence[Helper], random: Random) -> list[Helper]:
    """Who is asked for one shift, each once: those who come each time, then some by lot (`others` may name somebody
    several times, who then is the likelier)."""
    people = [*regular, *random.sample(list(others), 9)]
    return list({one.id: one for one in people}.values())


def _volunteers(
    work: Work, where: Community, settled: Settled, accounts: Mapping[str, Account], random: Random
) -> list[Helper]:
    """Leads of buildings first, then neighbours; the account `volunteer` is one of them."""
    today = clock.today()
    leads = {lead.person for lead in settled.leads.values()}
    able = [
        place for place, one in enumerate(settled.people)
        if place not in leads and one.values["status"] == "resident" and not one.values["in_care"] and one.values["phone"]
        and 16 <= today.year - one.values["born"].year <= 74 and where.buildings[one.building].grid != WEAK_GRID
    ]  # fmt: skip
    older = [place for place in able if today.year - settled.people[place].values["born"].year >= 50]
    leads_first = sorted(leads)[: PEOPLE // 3]
    chosen = [*leads_first, *random.sample(older, PEOPLE // 2)]
    chosen += random.sample(
        [place for place in able if place not in set(chosen)], PEOPLE - len(chosen) + APPLIED
    )
    account = accounts["volunteer"]
    own = next((n for n, place in enumerate(chosen) if settled.people[place].id == account.resident_id), 0)
    chosen.insert(0, chosen.pop(own))
    rows, helpers, skills = [], [], []
    ids = bulk.new_ids(work, Volunteer, len(chosen))
    for number, (volunteer_id, place) in enumerate(zip(ids, chosen, strict=True), start=1):
        person = settled.people[place]
        values, grid = person.values, where.buildings[person.building].grid
        applied = number > PEOPLE
        age = today.year - values["born"].year
        rows.append(
            {
                "number": f"HX{2000 + number:05d}", "name": values["name"], "sex": values["sex"], "born": values["born"],
                "phone": values["phone"], "phone_key": phone_key(values["phone"]),
                "kinds": _kinds(place in leads, values, age, random), "languages": ["putonghua"],
                "area_id": where.grids[grid].id, "area_path": where.grids[grid].area_path,
                "areas": [] if random.random() < 0.6 else [str(where.grids[grid].id)],
                "available": _available(age, random), "week_hours": random.choice((None, None, 4, 6, 8)) if number > 1 else 10,
                "floors": 3 if age > 66 and random.random() < 0.5 else None, "visits_sex": "",
                "guardian": "王女士" if age < 18 else "", "guardian_on": today - timedelta(days=90) if age < 18 else None,
                "status": "applied" if applied else "paused" if number % 29 == 0 else "active",
                "pause_until": today + timedelta(days=40) if number % 29 == 0 and not applied else None,
                "since": today - timedelta(days=random.randrange(30, 2200)), "resident_id": person.id,
                "account_id": account.id if number == 1 else None,
            }
        )  # fmt: skip
        able_to = tuple(code for code, share in SKILLED if random.random() < share)
        skills += [
            {"volunteer_id": volunteer_id, "skill": code, "certificate": f"ZS{random.randrange(10**6):06d}" if code in ("first_aid", "nursing") else "",
             "expires_on": today + timedelta(days=random.randrange(-60, 700)) if code in ("first_aid", "nursing") else None}
            for code in able_to
        ]  # fmt: skip
        if not applied:
            keen = random.random() if number > 1 else 1.0
            helpers.append(Helper(volunteer_id, values["name"], grid, keen, able_to))
    bulk.insert_records(work, Volunteer, rows, ids)
    bulk.insert_records(work, VolunteerSkill, skills)
    return helpers


def _kinds(lead: bool, values: Values, age: int, random: Random) -> list[str]:
    found = ["core"] if lead else []
    if values["party"] == "party":
        found.append("party_member")
    if age < 24:
        found.append("student")
    if age >= 50 and random.random() < 0.4:
        found.append("elder_helper")
    return found or ["neighbour"]


def _available(age: int, random: Random) -> list[str]:
    """The hours of the week somebody has: the retired by day, others in the evening and at weekends; many say nothing."""
    if random.random() < 0.55:
        return []
    days, hours = (range(5), range(8, 18)) if age >= 58 else (range(5, 7), range(8, 21))
    return [f"{day}-{hour}" for day in days for hour in hours]


def _offers(where: Community, settled: Settled, own_grid: int, random: Random) -> list[Offer]:
    """What repeats in each grid, and in the whole community."""
    offers: list[Offer] = []
    whole = Place(where.id, where.area_path, where.name)
    alone = [
        one for one in settled.people
        if one.values["in_care"] and one.values["living"] == "alone" and one.values["status"] == "resident"
    ]  # fmt: skip
    now = clock.now().astimezone(clock.PLACE)
    soon = now if now.hour < VISIT_AT.hour else now + timedelta(days=1)  # begins within 24 hours
    for number, grid in enumerate(where.grids):
        offers.append(Offer("楼道巡查", grid, f"{grid.name}服务点集合", (1, 4), time(19), room=(2, 4)))
        offers.append(Offer("助餐送餐", grid, "社区助餐点", (0, 2, 4), time(10, 30)))
        elders = [one for one in alone if where.buildings[one.building].grid == number]
        for which, elder in enumerate(random.sample(elders, min(2, len(elders)))):
            building = where.buildings[elder.building]
            place = Place(building.id, building.area_path, building.name)
            own = number == own_grid and which == 0
            day, start = random.randrange(5), time(random.choice((9, 14, 15)))
            offers.append(
                Offer(
                    "上门探访", place, building.name, (soon.weekday() if own else day,), VISIT_AT if own else start,
                    elder=elder, own=own,
                )
            )  # fmt: skip
    offers.sort(key=lambda one: not one.own)  # who comes each time is not busy elsewhere yet
    offers.append(Offer("便民维修", whole, "红星便民服务站", (5,), time(9), every=2))
    offers.append(Offer("义务理发", whole, "社区活动室", (2,), time(9), every=2))
    offers.append(Offer("手机课堂", whole, "社区二楼教室", (3,), time(14), room=(2, 5)))
    offers.append(Offer("兴趣班助教", whole, "社区二楼教室", (0, 2), time(14)))
    offers.append(Offer("陪同就医", whole, "社区门口集合", (1, 3), time(8), mode="request"))
    return offers


def _series(offer: Offer, kinds: Mapping[str, int], work: Work) -> Values:
    minutes, least, most = _size(offer)
    days = ",".join(WEEKDAYS[day] for day in offer.days)
    every = f"INTERVAL={offer.every};" if offer.every > 1 else ""
    return {
        "kind_id": kinds[offer.title], "title": offer.title, "area_id": offer.place.id, "area_path": offer.place.area_path,
        "where": offer.where, "resident_id": offer.elder.id if offer.elder else None, "rule": f"FREQ=WEEKLY;{every}BYDAY={days}",
        "since": clock.today() - timedelta(days=BACK), "until": clock.today() + timedelta(days=AHEAD),
        "start": offer.start.strftime("%H:%M"), "minutes": minutes, "minimum": least, "capacity": most, "mode": offer.mode,
        "holidays": "keep", "made_by": work.viewer.name,
    }  # fmt: skip


def _size(offer: Offer) -> tuple[int, int, int]:
    kind = next(one for one in KINDS if one[0] == offer.title)
    least, most = offer.room or (kind[3], kind[4])
    return kind[5], least, most


def _days(offer: Offer) -> Iterable[date]:
    first = clock.today() - timedelta(days=BACK)
    monday = first - timedelta(days=first.weekday())
    for number in range(BACK + AHEAD + 7):
        day = monday + timedelta(days=number)
        if (
            day.weekday() in offer.days
            and (number // 7) % offer.every == 0
            and first <= day <= clock.today() + timedelta(days=AHEAD)
        ):
            yield day


def _shift(
    written: Written, offer: Offer, kinds: Mapping[str, int], series_id: int, day: date, candidates: Sequence[Helper],
    first_slot: int, first_booking: int, work: Work, staff: str, random: Random,
) -> None:  # fmt: skip
    minutes, least, most = _size(offer)
    begins = datetime.combine(day, offer.start, clock.PLACE)
    ends = begins + timedelta(minutes=minutes)
    past = ends < work.now
    slot_id = first_slot + len(written.slots)
    kind = next(one for one in KINDS if one[0] == offer.title)
    away = (day - clock.today()).days
    wanted = most if random.random() < 0.35 else least
    if random.random() < (0.04 if past else 0.12 + 0.015 * max(0, away)):
        wanted -= random.choice((1, 2))
    if offer.own:
        wanted = max(wanted, 1)
    called_off = past and random.random() < 0.012
    half = 0 if begins.hour < 13 else 1
    taken: list[Helper] = []
    for one in candidates:
        if len(taken) >= wanted or called_off:
            break
        fits = set(kind[2]) <= set(one.skills) or not kind[2] or (random.random() < 0.15 and past)
        if (
            fits
            and (day, half) not in one.busy
            and one not in taken
            and (one.keen > 0.25 or random.random() < 0.3)
        ):
            taken.append(one)
            one.busy.add((day, half))
    waiting = (
        [one for one in candidates if one not in taken][:2]
        if len(taken) == most and not past and random.random() < 0.3
        else []
    )
    shaky = int(bool(taken) and not past and random.random() < 0.05 and not offer.own)
    written.slots.append(
        {
            "id": slot_id, "kind": "shift", "title": offer.title, "starts_at": begins, "ends_at": ends, "area_id": offer.place.id,
            "area_path": offer.place.area_path, "where": offer.where, "minimum": least, "capacity": most, "taken": len(taken),
            "waiting": len(waiting), "shaky": shaky, "mode": offer.mode, "rest_after": kind[6], "cancel_hours": 24,
            "cancelled_at": begins - timedelta(hours=20) if called_off else None, "why": "暴雨，改期" if called_off else "",
        }
    )  # fmt: skip
    written.shifts.append(
        {
            "id": slot_id, "kind_id": kinds[offer.title], "series_id": series_id, "series_day": day, "edited": False,
            "resident_id": offer.elder.id if offer.elder else None, "note": "", "code_key": f"{random.getrandbits(128):032x}",
        }
    )  # fmt: skip
    for number, one in enumerate([*taken, *waiting]):
        booking_id = first_booking + len(written.bookings)
        made = min(
            begins - timedelta(days=random.randrange(2, 16), minutes=random.randrange(600)),
            work.now - timedelta(minutes=5),
        )
        written.bookings.append(
            {
                "id": booking_id, "slot_id": slot_id, "person_key": f"v{one.id}", "name": one.name, "volunteer_id": one.id,
                "state": "booked" if one in taken else "waiting", "live": 1, "starts_at": begins, "ends_at": ends,
                "rank": 0, "regular": number == 0, "handing": "*" if shaky and number == 0 else "",
                "handing_since": work.now - timedelta(hours=5) if shaky and number == 0 else None,
                "made_at": made, "changed_at": made, "by_name": one.name,
            }
        )  # fmt: skip
        if past and one in taken:
            _served(written, offer, slot_id, booking_id, one, begins, ends, staff, work, random)
    if random.random() < 0.05 and candidates:
        _given_back(written, slot_id, candidates[-1], begins, ends, first_booking, work)


def _served(
    written: Written, offer: Offer, slot_id: int, booking_id: int, one: Helper, begins: datetime, ends: datetime, staff: str,
    work: Work, random: Random,
) -> None:  # fmt: skip
    """What became of a shift: hours in one of the states they can have, or nobody came."""
    day = begins.astimezone(clock.PLACE).date()
    if random.random() > CAME:
        written.absent.append(
            {
                "volunteer_id": one.id, "booking_id": booking_id, "slot_id": slot_id, "on": day, "noted_by": staff,
                "excused": random.random() < 0.7, "reason": random.choice(("身体不适", "家里有事", "忘记了", "")),
                "expires_on": day + timedelta(days=180), "area_path": offer.place.area_path,
            }
        )  # fmt: skip
        return
    entered = begins + timedelta(minutes=random.randrange(-8, 12))
    left = ends + timedelta(minutes=random.randrange(-15, 14))
    counted = min(left, ends) - max(entered, begins)
    minutes = int(counted // timedelta(minutes=15)) * 15
    origin = random.choices(("checked", "list", "paper", "by_hand"), (78, 14, 5, 3))[0]
    decided = ends + timedelta(days=random.randrange(1, 6))
    approved = decided < work.now and random.random() > 0.01
    written.hours.append(
        {
            "volunteer_id": one.id, "booking_id": booking_id, "slot_id": slot_id, "what": offer.title, "day": day, "origin": origin,
            "in_at": entered if origin != "by_hand" else None, "out_at": left if origin != "by_hand" else None,
            "in_by": "code" if origin == "checked" else staff, "out_by": "code" if origin == "checked" else staff,
            "minutes": minutes, "state": "approved" if approved else "waiting", "why": "活动后补记" if origin == "by_hand" else "",
            "entered_name": one.name if origin == "checked" else staff,
            "decided_name": "何静" if approved else "", "decided_at": decided if approved else None,
            "public_until": (decided.astimezone(clock.PLACE).date() + timedelta(days=NOTICE_DAYS)) if approved else None,
            "made_at": entered, "changed_at": decided if approved else left, "area_path": offer.place.area_path,
        }
    )  # fmt: skip


def _given_back(
    written: Written,
    slot_id: int,
    one: Helper,
    begins: datetime,
    ends: datetime,
    first_booking: int,
    work: Work,
) -> None:
    """Somebody who had a place and gave it back in time."""
    made = min(begins - timedelta(days=9), work.now - timedelta(hours=3))
    written.bookings.append(
        {
            "id": first_booking + len(written.bookings), "slot_id": slot_id, "person_key": f"v{one.id}", "name": one.name,
            "volunteer_id": one.id, "state": "cancelled", "live": None, "starts_at": begins, "ends_at": ends, "why": "家中有事",
            "made_at": made, "changed_at": made + timedelta(hours=2), "by_name": one.name,
        }
    )  # fmt: skip
