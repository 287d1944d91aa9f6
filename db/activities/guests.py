"""Who is expected at one activity: whom to call and what they said, who comes along, the bus, consents, pictures, gifts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from db import clock, keeping
from db.access import Viewer
from db.activities import people, signing_up
from db.activities.judging import KIND, TOPIC, sessions_to_come
from db.activities.people import Person
from db.activities.tables import COMING_OPTIONS, Activity, Attendance, Guest
from db.errors import Refused
from db.people import contacts
from db.people.ages import age_on
from db.people.residents import RESIDENTS
from db.people.tables import Contact, Resident
from db.slots import HELD, Booking
from db.system import messages
from db.work import Work, command, query

SAYS = frozenset(("", *(one.code for one in COMING_OPTIONS)))
LONGEST = {"companion": 40, "note": 200}
READABLE = 110
"""So many characters of a value the audit trail shows."""

_A = Activity.__table__.c  # type: ignore[attr-defined]
_G = Guest.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_C = Contact.__table__.c  # type: ignore[attr-defined]
_T = Attendance.__table__.c  # type: ignore[attr-defined]


FRESH: Mapping[str, Any] = {
    "invited_at": None, "invited_by": "", "via": "", "coming": "", "called_at": None, "called_by": "", "companion": "",
    "bus": False, "consent": False, "pictures": False, "gift_at": None, "note": "",
}  # fmt: skip
"""Of whom nothing is noted."""


def put(work: Work, activity_id: int, person: Person, values: Mapping[str, Any]) -> int:
    """Note something of one person at one activity, beside what is noted already. Returns the guest's id."""
    found = work.session.execute(
        select(_G.id, _G.withdrawn_at).where(_G.activity_id == activity_id, _G.person_key == person.key)
    ).first()
    there = found.id if found is not None else None
    if found is not None and found.withdrawn_at is not None:
        values = {**FRESH, **values}
    if there is None:
        # Two who invite the same person at one moment note it in one line.
        row = Guest(activity_id=activity_id, person_key=person.key, resident_id=person.resident_id)
        dialect = sqlite if work.session.get_bind().dialect.name == "sqlite" else postgresql
        work.session.execute(
            dialect.insert(Guest)
            .values(**row.model_dump(exclude={"id"}))
            .on_conflict_do_nothing(index_elements=["activity_id", "person_key"])
        )
        there = work.session.execute(
            select(_G.id).where(_G.activity_id == activity_id, _G.person_key == person.key)
        ).scalar_one()
    work.session.execute(
        update(Guest)
        .where(_G.id == there)
        .values(**values, name=person.name, version=_G.version + 1, changed_at=work.now, withdrawn_at=None)
    )
    return int(there)


def _noted(work: Work, activity_id: int, key: str) -> dict[str, Any]:
    """What is noted of somebody at an activity; nothing when it is nothing, or was withdrawn."""
    found = work.session.execute(
        select(Guest.__table__).where(  # type: ignore[attr-defined]
            _G.activity_id == activity_id, _G.person_key == key, _G.withdrawn_at.is_(None)
        )
    ).first()
    return dict(found._mapping) if found is not None else {}


@dataclass(frozen=True)
class Expected:
    """One line of the list of calls, with all that its print needs. `state` is that of the booking, "invited" for who
    has none yet, "" for who gave it back or just came; `phone` and `contact_phone` as the viewer may see them; `contact` is who is called in an emergency. `opens`: the viewer
    may have the whole numbers shown, for a reason."""

    key: str
    resident_id: int | None
    name: str
    age: int | None
    address: str
    phone: str
    contact: str
    contact_phone: str
    contact_id: int | None
    opens: bool
    state: str
    via: str
    coming: str
    called_at: datetime | None
    called_by: str
    companion: str
    bus: bool
    consent: bool
    pictures: bool
    """Agrees to be in them; nobody who was not asked does."""
    gift_at: datetime | None
    came: bool
    note: str
    booking_id: int | None = None
    """The place of who has or wants just one: of the term, or of the only date."""


@dataclass(frozen=True)
class CallList:
    """Everybody who is expected, and how far it is."""

    activity_id: int
    title: str
    kind: str
    seats: int
    needs_consent: bool
    companions: bool
    pictures: bool
    """Are taken."""
    lines: tuple[Expected, ...]

    @property
    def seats_taken(self) -> int:
        """On the bus: whoever comes along needs a seat as well."""
        return sum(1 + bool(one.companion) for one in self.lines if one.bus)

    @property
    def to_call(self) -> int:
        return sum(one.coming in ("", "unreached") for one in self.lines)

    @property
    def comes(self) -> int:
        return sum(one.coming == "yes" for one in self.lines)


def _run(work: Work, activity_id: int) -> Any:
    row = signing_up.one_row(work, activity_id)
    if not work.viewer.reaches("activity.attend", row.area_path):
        raise Refused("record.not_found")
    return row


@query("activity.attend")
def call_list(work: Work, *, activity_id: int) -> CallList:
    """Who has a place, waits, or was invited, by name. Refused `record.not_found`."""
    row = _run(work, activity_id)
    booked = work.session.execute(
        select(_B.id, _B.slot_id, _B.person_key, _B.name, _B.resident_id, _B.state)
        .where(_B.live == 1, _B.slot_id.in_(signing_up.slots_of(row)))
        .order_by(_B.state.in_(HELD), _B.id)
    ).all()
    noted = {
        one.person_key: one
        for one in work.session.execute(
            select(Guest.__table__).where(_G.activity_id == activity_id, _G.withdrawn_at.is_(None))  # type: ignore[attr-defined]
        )
    }
    who: dict[str, tuple[str, int | None, str]] = {
        key: (one.name, one.resident_id, "invited" if one.invited_at else "")
        for key, one in noted.items()
        if one.invited_at or one.coming or one.gift_at  # not who was only signed up, with a remark, and left
    }
    who |= {one.person_key: (one.name, one.resident_id, one.state) for one in booked}
    places: dict[str, list[int]] = {}
    for one in booked:
        if not row.whole_term or one.slot_id == row.term_slot_id:
            places.setdefault(one.person_key, []).append(one.id)
    came = set(
        work.session.execute(
            select(_T.person_key).where(
                _T.activity_id == activity_id, _T.mark == "came", _T.withdrawn_at.is_(None)
            )
        ).scalars()
    )
    ids = {resident_id for _name, resident_id, _state in who.values() if resident_id is not None}
    homes, others = _homes(work, ids), _contacts(work, ids)
    lines = [
        _expected(
            work.viewer,
            key,
            name,
            resident_id,
            state,
            noted.get(key),
            homes,
            others,
            key in came,
            places.get(key, []),
        )
        for key, (name, resident_id, state) in who.items()
    ]
    lines.sort(key=lambda one: (one.state != "booked", one.state in ("invited", ""), one.address, one.key))
    return CallList(
        row.id, row.title, row.kind, row.seats, row.needs_consent, row.companion, row.pictures, tuple(lines)
    )  # fmt: skip


def _homes(work: Work, ids: Iterable[int]) -> dict[int, Any]:
    rows = work.session.execute(
        select(_R.id, _R.address, _R.born, _R.phone, _R.area_path).where(_R.id.in_(sorted(ids)))
    )
    return {row.id: row for row in rows}


def _contacts(work: Work, ids: Iterable[int]) -> dict[int, Any]:
    rows = work.session.execute(
        select(_C.id, _C.resident_id, _C.name, _C.relation, _C.phone)
        .where(
            _C.resident_id.in_(sorted(ids)),
            _C.emergency.is_(True),
            _C.closed_on.is_(None),
            _C.withdrawn_at.is_(None),
        )
        .order_by(_C.position.desc(), _C.id.desc())
    )
    return {row.resident_id: row for row in rows}


def _phone(viewer: Viewer, number: str | None) -> str:
    sight, spec = viewer.sees("contact"), RESIDENTS.specs["phone"]
    if not number or sight == "none":
        return ""
    return str(number if sight == "clear" else spec.mask(number))


def _expected(
    viewer: Viewer, key: str, name: str, resident_id: int | None, state: str, noted: Any, homes: dict[int, Any],
    others: dict[int, Any], came: bool, places: list[int],
) -> Expected:  # fmt: skip
    home, contact = homes.get(resident_id or 0), others.get(resident_id or 0)
    called = " ".join(one for one in (contact.relation, contact.name) if one) if contact is not None else ""
    return Expected(
        key, resident_id, name, age_on(home.born, clock.today()) if home is not None and home.born else None,
        (home.address or "") if home is not None else "", _phone(viewer, home.phone) if home is not None else "",
        called, _phone(viewer, contact.phone) if contact is not None else "", contact.id if contact is not None else None,
        home is not None and viewer.reaches("resident.reveal", home.area_path), state, noted.via if noted else "", noted.coming if noted else "", noted.called_at if noted else None,
        noted.called_by if noted else "", noted.companion if noted else "", bool(noted and noted.bus),
        bool(noted and noted.consent), bool(noted and noted.pictures), noted.gift_at if noted else None, came, noted.note if noted else "",
        places[0] if len(places) == 1 else None,
    )  # fmt: skip


@dataclass(frozen=True)
class Numbers:
    """The whole telephones of one guest and of who is called in an emergency, "" for none."""

    phone: str
    contact: str


@command("resident.reveal")
def numbers(work: Work, *, activity_id: int, reason: str) -> dict[str, Numbers]:
    """The whole numbers of the list of calls by the key of the person, for its paper. Each look is recorded.

    Left out is whoever lives outside the viewer's areas. Refused `record.not_found`, `reveal.reason`.
    """
    found = {}
    for one in call_list(work, activity_id=activity_id).lines:
        if not one.opens or one.resident_id is None:
            continue
        phone = keeping.reveal(work, RESIDENTS, one.resident_id, "phone", reason) if one.phone else ""
        other = one.contact_id if one.contact_phone else None
        found[one.key] = Numbers(
            phone, contacts.reveal_phone(work, contact_id=other, reason=reason) if other is not None else ""
        )
    return found


NOTED = ("coming", "companion", "bus", "consent", "pictures", "note")
"""What can be noted of a guest."""


@command("activity.attend")
def note(work: Work, *, activity_id: int, key: str, values: Mapping[str, Any]) -> str:
    """Note what somebody said when called (`coming`: yes, no, unreached), who comes along, the bus, the consent, pictures.

    Who was only invited and says yes gets a place, or stands in line: returns its state, else "". Refused `record.not_found`, `form.invalid`,
    `activity.no_companion`, `activity.bus_full` (seats), and as `signing_up.sign_up`.
    """
    person = people.by_key(work, key)
    if person is None:
        raise Refused("record.not_found")
    own = work.viewer.reaches("activity.attend", person.area_path)  # whoever looks after them, wherever it is
    row = _held_still(work, activity_id, of_all=own)
    if not _expects(work, row, key):
        raise Refused("record.not_found")
    new = {name: value for name, value in values.items() if name in NOTED}
    problems = {}
    if new.get("coming", "") not in SAYS:
        problems["coming"] = "field.not_a_choice"
    for name, longest in LONGEST.items():
        new[name] = str(new[name]).strip() if name in new else None
        if new[name] is None:
            del new[name]
        elif len(new[name]) > longest:
            problems[name] = "field.too_long"
    if problems:
        raise Refused("form.invalid", problems=problems)
    if new.get("companion") and not row.companion:
        raise Refused("activity.no_companion")
    if "coming" in new:
        new |= {
            "called_at": work.now if new["coming"] else None,
            "called_by": work.viewer.name if new["coming"] else "",
        }
        if new["coming"] == "no":
            new["bus"] = False
    before = {**FRESH, **_noted(work, activity_id, key)}
    guest_id = put(work, activity_id, person, new)
    if new.get("coming") in ("yes", "no"):
        messages.moot(work, subject_of(guest_id))
    state = take_place(work, row, person) if new.get("coming") == "yes" else ""
    if {"bus", "companion"} & set(new) and _seats(work, activity_id) > row.seats:
        raise Refused("activity.bus_full", seats=row.seats)
    changes = {
        name: (before[name], value)
        for name, value in new.items()
        if name == "coming" or (name in NOTED and before[name] != value)
    }
    work.log(KIND, row.id, row.title, changes, area_path=row.area_path, reason=person.name)
    work.touch(TOPIC)
    return state


@command("activity.sign_up")
def agree(work: Work, *, booking_id: int, yes: bool) -> None:
    """Say oneself, or for whom one looks after, whether they may be in pictures. Refused `record.not_found`."""
    activity, _slot, booking = signing_up.mine(work, booking_id)
    person = people.by_key(work, booking.person_key)
    if person is None:
        raise Refused("record.not_found")
    before = bool(_noted(work, activity.id, person.key).get("pictures"))
    put(work, activity.id, person, {"pictures": yes})
    work.log(KIND, activity.id, activity.title, {"pictures": (before, yes)}, area_path=activity.area_path, reason=person.name)  # fmt: skip
    work.touch(TOPIC)


@query("activity.sign_up")
def agreeing(work: Work, *, activity_id: int) -> set[str]:
    """Who agrees to be in pictures, by key: the viewer and whoever they look after."""
    try:
        me = people.myself(work)
    except Refused:
        return set()
    asked = select(_G.person_key).where(
        _G.activity_id == activity_id, _G.pictures.is_(True), _G.withdrawn_at.is_(None),
        (_G.person_key == me.key) | _G.resident_id.in_(people.looked_after(work, me)),
    )  # fmt: skip
    return set(work.session.execute(asked).scalars())


def remark(work: Work, activity: Any, resident_id: int, said: str) -> None:
    """Keep what was written beside a name, after what is noted of this resident already."""
    person = people.resident(work, resident_id)
    if person is None or not said.strip():
        return
    before = str(_noted(work, activity.id, person.key).get("note", ""))
    if said.strip() in before:
        return
    note = "; ".join(one for one in (before, said.strip()) if one)[: LONGEST["note"]]
    put(work, activity.id, person, {"note": note})
    work.log(KIND, activity.id, activity.title, {"note": (before, note)}, area_path=activity.area_path,
             reason=person.name)  # fmt: skip


def subject_of(guest_id: int) -> str:
    """What the messages of an invitation are about."""
    return f"activity-guest:{guest_id}"


def take_place(work: Work, activity: Any, person: Person) -> str:
    """Sign up whoever says yes and has no place yet: for the term, else for the next date. Returns the state of their
    place, "" for none. Refused as `sign_up`.
    """
    has = select(_B.state).where(
        _B.person_key == person.key, _B.live == 1, _B.slot_id.in_(signing_up.slots_of(activity))
    )
    state = work.session.execute(has.order_by(_B.id).limit(1)).scalar()
    if state is not None or person.resident_id is None:
        return str(state or "")
    coming = () if activity.whole_term else sessions_to_come(work, activity.id)
    return signing_up.sign_up(
        work,
        activity_id=activity.id,
        resident_id=person.resident_id,
        slot_id=coming[0].id if coming else None,
    ).state


def _held_still(work: Work, activity_id: int, *, of_all: bool = False) -> Any:
    """The row of an activity that nobody else notes guests of meanwhile: of the own areas, or (`of_all`) any. Refused
    `record.not_found`.
    """
    if of_all:
        signing_up.one_row(work, activity_id)
    else:
        _run(work, activity_id)
    return work.session.execute(
        select(Activity.__table__).where(_A.id == activity_id).with_for_update()  # type: ignore[attr-defined]
    ).one()


def _expects(work: Work, row: Any, key: str) -> bool:
    booked = select(_B.id).where(_B.person_key == key, _B.live == 1, _B.slot_id.in_(signing_up.slots_of(row)))
    noted = select(_G.id).where(_G.activity_id == row.id, _G.person_key == key, _G.withdrawn_at.is_(None))
    came = select(_T.id).where(_T.activity_id == row.id, _T.person_key == key, _T.withdrawn_at.is_(None))
    return any(work.session.execute(one.limit(1)).first() for one in (booked, noted, came))


def _seats(work: Work, activity_id: int) -> int:
    needed = func.coalesce(func.sum(1 + case((_G.companion != "", 1), else_=0)), 0)
    asked = select(needed).where(_G.activity_id == activity_id, _G.bus.is_(True), _G.withdrawn_at.is_(None))
    return int(work.session.execute(asked).scalar_one())


@command("activity.attend")
def give(work: Work, *, activity_id: int, keys: Iterable[str], given: bool = True) -> int:
    """Note that these guests got their gift, or that they did not after all. Returns for how many that is new.

    Refused `record.not_found`.
    """
    row = _held_still(work, activity_id)
    names: dict[str, str] = {}
    for key in dict.fromkeys(keys):
        person = people.by_key(work, key)
        if person is None or not _expects(work, row, key):
            raise Refused("record.not_found")
        if (_noted(work, activity_id, key).get("gift_at") is not None) != given:
            put(work, activity_id, person, {"gift_at": work.now if given else None})
            names[key] = person.name
    for some in told_in_full(names):
        work.log(
            KIND,
            row.id,
            row.title,
            {"gift": (None, some) if given else (some, None)},
            area_path=row.area_path,
        )
    if names:
        work.touch(TOPIC)
    return len(names)


def told_in_full(names: Mapping[str, str]) -> list[str]:
    """The names (by key) of many, in as many parts as the audit trail shows whole; who has the name of another, with the
    key.
    """
    parts: list[str] = []
    known = Counter(names.values())
    for key, name in names.items():
        said = name if known[name] == 1 else f"{name} ({key})"
        if parts and len(parts[-1]) + len(said) < READABLE:
            parts[-1] += f"、{said}"
        else:
            parts.append(said)
    return parts
