"""Visits: recording what was seen, correcting it without losing what stood there, and the register of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, insert, or_, select, update

from db import clock
from db.access import below_any, within
from db.audit import CHANGED
from db.care.due import note_past
from db.care.tables import CONTACTS, KIND_OPTIONS, REASON_OPTIONS, RESULT_OPTIONS, Due, Observation, Visit
from db.errors import Refused
from db.fields import Option, specs_of
from db.listing import row_of
from db.people import finding, residents
from db.people.tables import Resident
from db.register import Computed, Filter, Hit, Register, Section, Sort, Values, field_filter, register
from db.territory.areas import Area
from db.territory.posts import Post, active_on
from db.words import N_
from db.work import Work, command, query

_R = Resident.__table__.c  # type: ignore[attr-defined]
_V = Visit.__table__.c  # type: ignore[attr-defined]
_D = Due.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_B = Observation.__table__.c  # type: ignore[attr-defined]
_P = Post.__table__.c  # type: ignore[attr-defined]

LONGEST_AGO = timedelta(days=400)
LONGEST_TEXT = 4000
DEFAULT_OBSERVATIONS = (
    ("gas", "燃气未关或有异味", "Gas left on or smell of gas", True),
    ("wires", "电线老化、私拉乱接", "Old or makeshift wiring", True),
    ("clutter", "屋内杂物堵塞通道", "Things block the way", True),
    ("food", "家中食物不足", "Little food in the home", True),
    ("medicine", "药品不足或漏服", "Medicine short or forgotten", True),
    ("body", "身体明显不适", "Visibly unwell", True),
    ("fall", "近期跌倒", "Fell recently", True),
    ("tidy", "家中整洁", "Home is tidy", False),
    ("family", "近期有家人来过", "Family came lately", False),
    ("smoke", "烟感、燃气报警器正常", "Alarms work", False),
)


@dataclass(frozen=True)
class Seen:
    """What one person's visit brought. `observed` are codes of the tick list."""

    resident_id: int
    result: str = "well"
    reason: str = ""
    observed: tuple[str, ...] = ()
    mood: str = ""
    needs: str = ""
    note: str = ""
    next_step: str = ""


def moment_of(day: date | None, at: time | None = None) -> datetime:
    """The moment of a visit on `day`: now when it is today, noon when nobody knows."""
    if (day is None or day == clock.today()) and at is None:
        return clock.now()
    return datetime.combine(day or clock.today(), at or time(12), clock.PLACE)


@command("visit.create")
def record(
    work: Work, *, seen: Sequence[Seen], kind: str = "home", day: date | None = None, at: time | None = None,
    token: str = "", sheet: str = "",
) -> list[int]:  # fmt: skip
    """Record one visit to one person or to several of a household; returns the ids.

    `token` is that of the form: the same form sent twice is one visit. Refused `visit.nobody`,
    `record.not_found`, `visit.future`, `visit.too_old`, `visit.reason`, `visit.needs` (needs
    something, and nobody says what), `form.invalid`, `visit.gone` (died, moved out, merged).
    """
    if not seen:
        raise Refused("visit.nobody")
    when = moment_of(day, at)
    _check_day(when)
    ids = []
    for one in seen:
        own_token = f"{token}:{one.resident_id}" if token else None
        if own_token:
            known = work.session.execute(select(_V.id).where(_V.token == own_token)).scalar()
            if known is not None:
                ids.append(known)
                continue
        ids.append(_add(work, one, kind, when, own_token, sheet))
    return ids


def _check_day(when: datetime) -> None:
    if when > clock.now() + timedelta(minutes=5):
        raise Refused("visit.future")
    if when < clock.now() - LONGEST_AGO:
        raise Refused("visit.too_old", days=LONGEST_AGO.days)


def _add(
    work: Work, seen: Seen, kind: str, when: datetime, token: str | None, sheet: str, **more: Any
) -> int:
    _check(work, seen, kind)
    person = _person(work, seen.resident_id)
    day = when.astimezone(clock.PLACE).date()
    values: Values = {
        "resident_id": person["id"], "at": when, "day": day, "kind": kind, "result": seen.result,
        "reason": seen.reason if seen.result == "not_met" else "", "observed": list(seen.observed),
        "mood": seen.mood, "needs": seen.needs or None, "note": seen.note or None, "next_step": seen.next_step,
        "account_id": work.viewer.account_id, "visitor": work.viewer.name, "backdated": day < clock.today(),
        "elsewhere": _elsewhere(work, person), "sheet": sheet, "token": token, "place": person["place"],
        "area_path": person["area_path"], "address": person["address"], **more,
    }  # fmt: skip
    filled = Visit(**values).model_dump(exclude={"id"})
    visit_id = int(work.session.execute(insert(Visit).values(**filled).returning(_V.id)).scalar_one())
    work.log(
        "visit", visit_id, person["name"], _told(values), area_path=person["area_path"],
    )  # fmt: skip
    work.touch("care", person["area_path"])
    work.touch("register.visits")
    note_past(work, person["id"], day)
    return visit_id


def _told(values: Values) -> dict[str, tuple[Any, Any]]:
    """A visit as the audit trail keeps it: what is sealed is only said to be there."""
    told = {
        name: (None, values[name])
        for name in ("day", "kind", "result", "reason", "backdated")
        if values[name]
    }
    return told | {name: (None, CHANGED) for name in ("needs", "note") if values[name]}


def _check(work: Work, seen: Seen, kind: str) -> None:
    problems: dict[str, str] = {}
    for name, code, options in (
        ("kind", kind, KIND_OPTIONS), ("result", seen.result, RESULT_OPTIONS),
        ("reason", seen.reason, REASON_OPTIONS), ("mood", seen.mood, specs_of(Visit)["mood"].options),
    ):  # fmt: skip
        if code and all(code != one.code for one in options):
            problems[name] = "field.not_a_choice"
    if not seen.result:
        problems["result"] = "field.required"
    for name, text, longest in (
        ("needs", seen.needs, LONGEST_TEXT), ("note", seen.note, LONGEST_TEXT), ("next_step", seen.next_step, 200),
    ):  # fmt: skip
        if len(text) > longest:
            problems[name] = "field.too_long"
    known = set(work.session.execute(select(_B.code).where(_B.code.in_(seen.observed or [""]))).scalars())
    if set(seen.observed) - known:
        problems["observed"] = "field.not_a_choice"
    if problems:
        raise Refused("form.invalid", problems=problems)
    if seen.result == "not_met" and not seen.reason:
        raise Refused("visit.reason")
    if seen.result == "needs" and not (seen.needs.strip() or seen.note.strip()):
        raise Refused("visit.needs")


def _person(work: Work, resident_id: int) -> Values:
    row = row_of(work, residents.RESIDENTS, resident_id, work.action)
    if row["status"] != "resident":
        raise Refused("visit.gone", name=row["name"])
    return row


def _elsewhere(work: Work, person: Values) -> bool:
    """Whether somebody else is responsible: said, not refused."""
    holder = work.session.execute(select(_D.holder).where(_D.resident_id == person["id"])).scalar()
    if not holder or holder == work.viewer.name:
        return False
    ids = [int(part) for part in person["area_path"].strip("/").split("/") if part]
    own = work.session.execute(
        select(_P.id)
        .where(_P.account_id == work.viewer.account_id, _P.area_id.in_(ids), active_on(clock.today()))
        .limit(1)
    ).first()
    return own is None


@command("visit.edit")
def correct(work: Work, *, visit_id: int, seen: Seen, kind: str, day: date | None = None, why: str) -> int:
    """Put a visit right: a new row takes its place, the old one stays with what it said. Returns the new id.

    Who visited stays who it was.

    Refused `record.not_found`, `visit.corrected` (somebody corrected it already), `visit.why` (no reason), and
    what `record` refuses.
    """
    old = _standing(work, visit_id, why)
    when = moment_of(day) if day is not None and day != old["day"] else old["at"]
    _check_day(when)
    entered = old["made_at"].astimezone(clock.PLACE).date()
    later = old["backdated"] if day in (None, old["day"]) else when.astimezone(clock.PLACE).date() < entered
    kept = {name: old[name] for name in ("account_id", "visitor", "elsewhere")}
    new_id = _add(
        work, replace(seen, resident_id=old["resident_id"]), kind, when, None, old["sheet"], replaces=visit_id,
        backdated=later, why_corrected=why.strip()[:200], corrected_by=work.viewer.name, **kept,
    )  # fmt: skip
    work.session.execute(
        update(Visit)
        .where(_V.id == visit_id)
        .values(replaced_by=new_id, version=old["version"] + 1, changed_at=work.now)
    )
    work.log(
        "visit", visit_id, "", {"replaced_by": (None, new_id)}, area_path=old["area_path"], reason=why.strip()[:200]
    )  # fmt: skip
    note_past(work, old["resident_id"], old["day"])
    return new_id


@command("visit.edit")
def strike(work: Work, *, visit_id: int, why: str) -> None:
    """Take a visit back that never was: it stays readable, struck out. Refusals as of `correct`."""
    old = _standing(work, visit_id, why)
    work.session.execute(
        update(Visit)
        .where(_V.id == visit_id)
        .values(
            withdrawn_at=work.now,
            why_corrected=why.strip()[:200],
            corrected_by=work.viewer.name,
            version=old["version"] + 1,
            changed_at=work.now,
        )
    )
    work.log(
        "visit", visit_id, "", {"withdrawn": (None, True)}, area_path=old["area_path"], reason=why.strip()[:200]
    )  # fmt: skip
    work.touch("care", old["area_path"])
    work.touch("register.visits")
    note_past(work, old["resident_id"], old["day"])


def _standing(work: Work, visit_id: int, why: str) -> Values:
    row = row_of(work, VISITS, visit_id, "visit.edit", lock=True)
    if row["replaced_by"] is not None:
        raise Refused("visit.corrected")
    if len(why.strip()) < 2:
        raise Refused("visit.why")
    return row


@query("visit.view")
def observations(work: Work, *, closed: bool = False) -> list[tuple[str, str, bool]]:
    """The tick list: code, words in the viewer's language, whether ticking it means that something must be done.

    With `closed`, also what is no longer ticked but stands in visits of before.
    """
    listed = select(_B.code, _B.name, _B.name_en, _B.worry).order_by(_B.position)
    rows = work.session.execute(listed if closed else listed.where(_B.closed.is_(False)))
    english = work.viewer.english
    return [(row.code, row.name_en if english and row.name_en else row.name, row.worry) for row in rows]


def ensure_observations(work: Work) -> None:
    """The tick list that a community starts with, when it has none."""
    if work.session.execute(select(_B.code).limit(1)).first() is not None:
        return
    work.session.execute(
        insert(Observation),
        [
            {
                "code": code,
                "name": name,
                "name_en": english,
                "worry": worry,
                "position": number,
                "closed": False,
            }
            for number, (code, name, english, worry) in enumerate(DEFAULT_OBSERVATIONS, start=1)
        ],
    )
    work.log(
        "visit_observation", None, "、".join(one[1] for one in DEFAULT_OBSERVATIONS), action="rule.start"
    )


@query("visit.view")
def story(work: Work, *, resident_id: int, limit: int = 100) -> list[Values]:
    """The visits of one person, latest first, corrected and struck ones included. Refused `record.not_found`."""
    row_of(work, residents.RESIDENTS, resident_id, "visit.view")
    rows = work.session.execute(
        select(Visit.__table__)  # type: ignore[attr-defined]
        .where(_V.resident_id == resident_id)
        .order_by(_V.at.desc(), _V.id.desc())
        .limit(limit)
    ).mappings()
    return [_as_seen(work, row) for row in rows]


def _as_seen(work: Work, row: Any) -> Values:
    """A visit without its words for those who may not read them."""
    return dict(row) if work.viewer.sees("care") == "clear" else {**row, "needs": None, "note": None}


@dataclass(frozen=True)
class Told:
    """One visit as the viewer may see it, and what stood in its place before it was corrected, latest first."""

    values: Values
    person: str
    before: list[Values]

    @property
    def stands(self) -> bool:
        return self.values["replaced_by"] is None and self.values["withdrawn_at"] is None


@query("visit.view")
def one(work: Work, *, visit_id: int) -> Told:
    """One visit, also a corrected or struck one. Refused `record.not_found`."""
    found = _read(work, visit_id)
    if found is None:
        raise Refused("record.not_found")
    before: list[Values] = []
    earlier = found["replaces"]
    while earlier is not None and (row := _read(work, earlier)) is not None:
        before.append(_as_seen(work, row))
        earlier = row["replaces"]
    return Told(_as_seen(work, found), _names(work, [dict(found)])[0], before)


def _read(work: Work, visit_id: int) -> Any:
    return work.session.execute(
        select(Visit.__table__).where(  # type: ignore[attr-defined]
            _V.id == visit_id, within(work.viewer, "visit.view", _V.place)
        )
    ).mappings().first()  # fmt: skip


def _names(work: Work, rows: list[Values]) -> list[str]:
    asked = select(_R.id, _R.name).where(_R.id.in_({row["resident_id"] for row in rows}))
    found: dict[int, str] = {row.id: row.name for row in work.session.execute(asked)}
    clear = work.viewer.sees("name") == "clear"
    spec = specs_of(Resident)["name"]
    return [
        found.get(row["resident_id"], "") if clear else spec.mask(found.get(row["resident_id"], "")) for row in rows
    ]  # fmt: skip


def people_like(work: Work, text: str, resident_id: Any) -> ColumnElement[bool] | Hit:
    """Rows about the people whom a search in the registry finds."""
    hit = finding.reach(work, text)
    found = select(_R.id).where(
        hit.clause(_R.id) if isinstance(hit, Hit) else hit, within(work.viewer, "resident.view", _R.place)
    )
    return Hit(resident_id.in_(found.limit(500)), narrow=True)


def in_areas(column: Any) -> Any:
    """The filter by area on a path column."""

    def where(work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
        ids = [int(code) for code in codes if code.isdecimal() and len(code) < 18]
        paths = work.session.execute(select(_A.area_path).where(_A.id.in_(ids))).scalars().all()
        return below_any(column, paths)

    return where


def _in_time(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    """By day, and by moment as well: the list is in the order of moments, and need not pass what lies before."""
    days = {"today": 0, "week": 6, "month": 29}
    firsts = [clock.today() - timedelta(days=days[code]) for code in codes if code in days]
    if not firsts:
        return false()
    first = min(firsts)
    return and_(_V.day >= first, _V.at >= datetime.combine(first, time(), clock.PLACE))


def _contact(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    met = _V.result.in_(CONTACTS)
    return or_(false(), *(met if code == "yes" else ~met for code in codes))


def _standing_only(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    return or_(
        false(),
        *(
            _V.replaced_by.is_(None) if code == "current" else _V.replaced_by.is_not(None)
            for code in codes
            if code in ("current", "replaced")
        ),
    )


def _never_edited(_work: Work, before: Values | None, _values: Values) -> None:
    raise Refused("visit.only_corrected")


VISITS = register(
    Register(
        name="visits",
        table=Visit,
        title=N_("Visits"),
        one=N_("Visit"),
        action="visit",
        path="place",
        walk="ix_visit_walk",
        label="address",
        columns=("person", "day", "kind", "result", "visitor", "address", "next_step"),
        sections=(
            Section(N_("What was seen"), ("day", "kind", "result", "reason", "mood", "needs", "note", "next_step")),
            Section(N_("How it was recorded"), ("visitor", "backdated", "elsewhere", "address")),
        ),
        sorts=(
            Sort("latest", N_("Latest first"), ("at",), descending=True),
            Sort("address", N_("By address"), ("place",)),
        ),
        search=lambda work, text: people_like(work, text, _V.resident_id),
        search_help=N_("Name, initials, ID number, telephone or its last four digits, address such as 12-3-402"),
        filters=(
            Filter("area", N_("Area"), in_areas(_V.place), residents.area_options("visit.view"), places=True),
            Filter(
                "time", N_("When"), _in_time,
                lambda _work: (
                    Option("today", N_("Today")), Option("week", N_("Last 7 days")), Option("month", N_("Last 30 days")),
                ),
                many=False,
            ),
            field_filter(Visit, "kind"),
            field_filter(Visit, "result"),
            field_filter(Visit, "backdated"),
            field_filter(Visit, "elsewhere"),
            Filter(
                "standing", N_("Corrected"), _standing_only,
                lambda _work: (Option("current", N_("As it stands")), Option("replaced", N_("Corrected since"))),
            ),
        ),
        defaults={"standing": ("current",)},
        computed=(Computed("person", N_("Person"), _names, ("resident_id",)),),
        before_save=_never_edited,
        importable=False,
        topics=("care",),
    )
)  # fmt: skip
