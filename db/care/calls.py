"""What opens a due contact beside the rules: life events, weather warnings, festivals. And urgent items."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, insert, or_, select, true, update

from db import clock, keeping
from db.access import Viewer, below, within
from db.care import due
from db.care.tables import EVENT_OPTIONS, Call, Due, LifeEvent, Occasion, Urgent
from db.care.whom import fits, people_in_care
from db.errors import Refused
from db.listing import row_of
from db.people import contacts
from db.people.residents import RESIDENTS
from db.people.tables import Contact, Resident
from db.register import Register, Section, Sort, Values, register
from db.territory.areas import Area
from db.territory.posts import POSTS, Post, active_on
from db.words import N_
from db.work import Work, command, query

_R = Resident.__table__.c  # type: ignore[attr-defined]
_C = Call.__table__.c  # type: ignore[attr-defined]
_O = Occasion.__table__.c  # type: ignore[attr-defined]
_U = Urgent.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_P = Post.__table__.c  # type: ignore[attr-defined]
_D = Due.__table__.c  # type: ignore[attr-defined]
_K = Contact.__table__.c  # type: ignore[attr-defined]

# "within 24 hours of a major change"; a birthday is on the day itself.
WITHIN_DAYS = {"discharge": 1, "bereavement": 1, "carer_away": 1, "fall": 1, "birthday": 0, "stayed_away": 3}
BIRTHDAY = 80
LONGEST_OCCASION = 60


@query("visit.view")
def last_answered(work: Work, *, resident_id: int) -> tuple[str, date] | None:
    """The event, warning or festival that the last contact answered, with its day. Refused `record.not_found`."""
    row_of(work, RESIDENTS, resident_id, "visit.view")
    row = work.session.execute(
        select(_C.cause, _C.ended_on)
        .join(Due, _D.resident_id == _C.resident_id)
        .where(_C.resident_id == resident_id, _C.ended_why == "", _C.ended_on == _D.last_on)
        .order_by(_C.event_id.is_(None), _C.id.desc())
    ).first()
    return (row.cause, row.ended_on) if row is not None else None


@command("visit.create")
def note_event(work: Work, *, resident_id: int, kind: str, on: date | None = None, note: str = "") -> int:
    """Something happened to a person: a contact is due within a day. Returns the id of the event.

    Refused `record.not_found`, `visit.gone`, `form.invalid` (unknown kind, a day in the future or long past).
    """
    on = on or clock.today()
    row = row_of(work, RESIDENTS, resident_id, "visit.create")
    if row["status"] != "resident":
        raise Refused("visit.gone", name=row["name"])
    problems = {}
    if all(kind != one.code for one in EVENT_OPTIONS):
        problems["kind"] = "field.not_a_choice"
    if on > clock.today():
        problems["on"] = "date.future"
    if problems:
        raise Refused("form.invalid", problems=problems)
    event = LifeEvent(
        resident_id=resident_id, kind=kind, on=on, note=note or None, area_path=row["area_path"]
    )
    work.session.add(event)
    work.session.flush()
    _open(work, [resident_id], kind, event_id=event.id)
    work.log("life_event", event.id, row["name"], {"kind": (None, kind), "on": (None, on)},
             area_path=row["area_path"])  # fmt: skip
    work.touch("care", row["area_path"])
    return event.id or 0


def _open(work: Work, people: list[int], cause: str, *, event_id: int | None) -> None:
    today = clock.today()
    due_on = today + timedelta(days=WITHIN_DAYS.get(cause, 1))
    work.session.execute(
        insert(Call),
        [
            {"resident_id": one, "event_id": event_id, "cause": cause, "opened_on": today, "due_on": due_on,
             "ended_why": ""}
            for one in people
        ],
    )  # fmt: skip


def open_birthdays(work: Work, before: date, day: date) -> int:
    """A call on whoever turned 80 after `before`, up to `day`. Returns how many."""
    from db.people import ages

    rows = work.session.execute(
        select(_R.id, _R.name, _R.area_path).where(
            _R.status == "resident", _R.born_key > ages.born_by(BIRTHDAY, before),
            _R.born_key <= ages.born_by(BIRTHDAY, day),
        )
    ).all()  # fmt: skip
    for row in rows:
        event = LifeEvent(resident_id=row.id, kind="birthday", on=day, area_path=row.area_path)
        work.session.add(event)
        work.session.flush()
        _open(work, [row.id], "birthday", event_id=event.id)
        work.touch("care", row.area_path)
    return len(rows)


def _check_occasion(work: Work, before: Values | None, values: Values) -> None:
    def now(name: str) -> Any:
        return values.get(name, before[name] if before else None)

    problems: dict[str, str] = {}
    if now("since") and now("until"):
        if now("until") < now("since"):
            problems["until"] = "rule.until"
        elif (now("until") - now("since")).days > LONGEST_OCCASION:
            problems["until"] = "occasion.long"
    if now("due_days") is not None and not 0 <= now("due_days") <= LONGEST_OCCASION:
        problems["due_days"] = "occasion.days"
    path = work.session.execute(select(_A.area_path).where(_A.id == (now("area_id") or 0))).scalar()
    if path is None:
        problems["area_id"] = "field.not_found"
    if problems:
        raise Refused("form.invalid", problems=problems)
    values["area_path"] = path
    if before is None:
        values["raised_by"] = work.viewer.name


def _raised(work: Work, _occasion_id: int, before: Values | None, values: Values) -> None:
    path = values.get("area_path") or (before or {}).get("area_path")
    work.session.flush()
    due.settle(work, below(_R.area_path, str(path)))


OCCASIONS = register(
    Register(
        name="occasions",
        table=Occasion,
        title=N_("Warnings and festivals"),
        one=N_("Warning or festival"),
        action="occasion",
        columns=("name", "kind", "since", "until", "due_days", "ended_on"),
        sections=(
            Section(N_("What and where"), ("kind", "name", "area_id", "since", "until", "due_days")),
            Section(N_("For whom"), ("match", "groups", "living", "colours", "age_from", "age_to")),
        ),
        sorts=(Sort("latest", N_("Latest first"), ("since",), descending=True),),
        before_save=_check_occasion,
        after_save=_raised,
        importable=False,
        topics=("care", "occasions"),
    )
)


@command("occasion.edit")
def call_off(work: Work, *, occasion_id: int) -> int:
    """The warning is over: what is still open because of it ends. Returns how many contacts that were.

    Refused `record.not_found`, `occasion.over`.
    """
    row = row_of(work, OCCASIONS, occasion_id, "occasion.edit", lock=True)
    if row["ended_on"] is not None:
        raise Refused("occasion.over")
    keeping.write_row(work, OCCASIONS, row, row, {"ended_on": clock.today()})
    return end_occasions(work, [occasion_id])


def end_occasions(work: Work, ids: list[int]) -> int:
    """End the open calls of these occasions and bring what is due in step."""
    people = (
        work.session.execute(
            select(_C.resident_id).where(_C.occasion_id.in_(ids), _C.ended_on.is_(None)).distinct()
        )
        .scalars()
        .all()
    )
    work.session.execute(
        update(Call)
        .where(_C.occasion_id.in_(ids), _C.ended_on.is_(None))
        .values(ended_on=clock.today(), ended_why="over")
    )
    for start in range(0, len(people), 500):
        due.settle(work, _R.id.in_(people[start : start + 500]))
    return len(people)


@dataclass(frozen=True)
class Banner:
    """A warning or festival that holds today, with how far it is answered within an area."""

    id: int
    kind: str
    name: str
    area: str
    until: date
    asked: int
    answered: int


@query("coverage.view")
def banners(work: Work) -> list[Banner]:
    """What holds today, warnings first. Counts tell no small numbers of strangers: they are of whole occasions."""
    today = clock.today()
    rows = work.session.execute(
        select(_O.id, _O.kind, _O.name, _O.until, _A.name.label("area"), _O.area_path)
        .join(Area, _A.id == _O.area_id)
        .where(_O.since <= today, _O.until >= today, _O.ended_on.is_(None), _O.withdrawn_at.is_(None))
        .order_by(_O.kind == "festival", _O.id)
    ).all()
    counted = {
        row.occasion_id: (row.asked, row.answered)
        for row in work.session.execute(
            select(
                _C.occasion_id,
                func.count().label("asked"),
                func.count(_C.ended_on).label("answered"),
            )
            .where(_C.occasion_id.in_([row.id for row in rows]))
            .group_by(_C.occasion_id)
        )
    }
    return [
        Banner(row.id, row.kind, row.name, row.area, row.until, *counted.get(row.id, (0, 0))) for row in rows
    ]


@query("occasion.create")
def concerned(work: Work, *, values: Values) -> int:
    """How many people in care an occasion with these values would concern."""
    path = work.session.execute(select(_A.area_path).where(_A.id == (values.get("area_id") or 0))).scalar()
    if path is None:
        return 0
    asked = Occasion(**{**values, "area_path": path})
    people = people_in_care(work.session, clock.today(), below(_R.area_path, path))
    return sum(fits(asked, person) for person in people)


@dataclass(frozen=True)
class ToCall:
    """Somebody to call when a person cannot be reached. `why` is a code; the telephone is masked as for the viewer.

    `record` says where the telephone is kept: "resident:17", "contact:5", "post:9", "deputy:9". `opens`: the viewer may have
    the whole number shown, for a reason.
    """

    name: str
    why: str
    relation: str
    phone: str
    record: str = ""
    opens: bool = False


@query("visit.view")
def whom_to_call(work: Work, *, resident_id: int) -> list[ToCall]:
    """In this order: the person, emergency contacts, other contacts, the building's lead and their deputy, whoever holds more.

    The person is listed when a telephone is known. Nobody is told to call themself.
    """
    row = row_of(work, RESIDENTS, resident_id, "visit.view")
    viewer = work.viewer
    sight, spec = viewer.sees("contact"), RESIDENTS.specs["phone"]
    clear_names = viewer.sees("name") == "clear"

    def one(name: str, why: str, relation: str, phone: str | None, record: str, path: str) -> ToCall:
        shown = "" if not phone or sight == "none" else phone if sight == "clear" else spec.mask(phone)
        said = name if clear_names else RESIDENTS.specs["name"].mask(name)
        return ToCall(
            said, why, relation, shown, record, bool(shown) and viewer.reaches("resident.reveal", path)
        )

    found = []
    if row["phone"]:
        found.append(one(row["name"], "self", "", row["phone"], f"resident:{resident_id}", row["area_path"]))
    for contact in work.session.execute(
        select(_K.id, _K.name, _K.relation, _K.phone, _K.emergency)
        .where(
            _K.resident_id == resident_id, _K.closed_on.is_(None), _K.withdrawn_at.is_(None),
            or_(_K.other_id.is_(None), _K.other_id != (viewer.resident_id or 0)),
        )
        .order_by(_K.emergency.desc(), func.coalesce(_K.position, 999), _K.id)
    ):  # fmt: skip
        why = "emergency" if contact.emergency else "contact"
        record = f"contact:{contact.id}"
        found.append(one(contact.name, why, contact.relation, contact.phone, record, row["area_path"]))
    ids = [int(part) for part in row["area_path"].strip("/").split("/") if part]
    posts = work.session.execute(
        select(
            _P.id,
            _P.holder,
            _P.deputy,
            _P.deputy_phone,
            _P.role,
            _P.phone,
            _P.account_id,
            _P.resident_id,
            _P.area_path,
        )
        .where(_P.area_id.in_(ids), active_on(clock.today()))
        .order_by(func.length(_P.area_path).desc(), _P.id)
    )
    for post in posts:
        record = f"post:{post.id}"
        if not _is_own(viewer, post):
            found.append(one(post.holder, "post", post.role, post.phone, record, post.area_path))
        if post.deputy and post.deputy != viewer.name:
            found.append(
                one(post.deputy, "deputy", post.role, post.deputy_phone, f"deputy:{post.id}", post.area_path)
            )
    return found


def _is_own(viewer: Viewer, post: Any) -> bool:
    """Whether the reader holds this post: by account, by who they are among the residents, else by name."""
    if post.account_id is not None:
        return bool(post.account_id == viewer.account_id)
    if viewer.resident_id is not None and post.resident_id == viewer.resident_id:
        return True
    return bool(post.holder == viewer.name)


@command("resident.reveal")
def reveal_numbers(work: Work, *, resident_id: int, reason: str) -> dict[str, str]:
    """The whole numbers of those to call, by `ToCall.record`. Each is recorded as a look of its own, with the reason.

    Refused `record.not_found`, `reveal.reason`.
    """
    numbers = {}
    for one in whom_to_call(work, resident_id=resident_id):
        if one.opens:
            kind, _colon, record_id = one.record.partition(":")
            numbers[one.record] = _reveal(work, kind, int(record_id), reason)
    return numbers


def _reveal(work: Work, kind: str, record_id: int, reason: str) -> str:
    if kind == "contact":
        return contacts.reveal_phone(work, contact_id=record_id, reason=reason)
    if kind == "deputy":
        return keeping.reveal(work, POSTS, record_id, "deputy_phone", reason)
    return keeping.reveal(work, POSTS if kind == "post" else RESIDENTS, record_id, "phone", reason)


@query("visit.view")
def open_urgent(work: Work, *, resident_id: int) -> int | None:
    """The urgent item about this person, if one is open where the viewer sees it."""
    found: int | None = work.session.execute(
        select(_U.id).where(
            _U.resident_id == resident_id, _U.closed_on.is_(None), within(work.viewer, "visit.view", _U.place)
        )
    ).scalar()
    return found


@command("visit.create")
def solve_urgent(work: Work, *, urgent_id: int, note: str) -> None:
    """Somebody found out that all is well without a contact (in hospital, with family): says how in `note`.

    Refused `record.not_found`, `urgent.note` (nothing said), `urgent.closed`.
    """
    item = work.session.execute(
        select(Urgent.__table__).where(  # type: ignore[attr-defined]
            _U.id == urgent_id, within(work.viewer, "visit.create", _U.place)
        )
    ).mappings().first()  # fmt: skip
    if item is None:
        raise Refused("record.not_found")
    if item["closed_on"] is not None:
        raise Refused("urgent.closed")
    if len(note.strip()) < 2:
        raise Refused("urgent.note")
    work.session.execute(
        update(Urgent)
        .where(_U.id == urgent_id)
        .values(
            closed_on=clock.today(), closed_why="solved", closed_by=work.viewer.name, note=note.strip()[:2000],
            version=item["version"] + 1, changed_at=work.now,
        )
    )  # fmt: skip
    work.log("care_urgent", urgent_id, "", {"closed_why": ("", "solved")}, area_path=item["area_path"])
    work.touch("care", item["area_path"])


def over_by(work: Work, day: date) -> list[int]:
    """The occasions that ended before `day` and still have open calls."""
    return list(
        work.session.execute(
            select(_O.id)
            .join(Call, _C.occasion_id == _O.id)
            .where(or_(_O.until < day, _O.ended_on.is_not(None)), _C.ended_on.is_(None))
            .distinct()
        ).scalars()
    )


def everybody(work: Work) -> None:
    """Bring everything in step: after an upgrade, a change of rules, a new day."""
    due.settle(work, true())
