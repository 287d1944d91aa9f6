"""The resident registry: who lives here."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, update

from db import clock, keeping, parsing
from db.access import below_any, within
from db.errors import Refused
from db.fields import Option
from db.people import ages, finding
from db.people.tables import FAR_FUTURE, Group, Household, Membership, Resident
from db.register import (
    Computed,
    Filter,
    Options,
    Register,
    Section,
    Sort,
    Through,
    Values,
    field_filter,
    register,
)
from db.territory.areas import Area, Level
from db.words import N_
from db.work import Work, command, query

_R = Resident.__table__.c  # type: ignore[attr-defined]
_M = Membership.__table__.c  # type: ignore[attr-defined]
_G = Group.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_H = Household.__table__.c  # type: ignore[attr-defined]


def area_options(action: str) -> Options:
    """The areas above the homes in which the viewer may do `action`; buildings are found by address."""

    def options(work: Work) -> list[Option]:
        rows = work.session.execute(
            select(_A.id, _A.name, _A.area_path)
            .join(Level, Level.code == _A.level)
            .where(
                _A.closed_on.is_(None), within(work.viewer, action, _A.area_path), Level.holds_homes.is_(False)  # type: ignore[attr-defined]
            )
            .order_by(_A.area_path)
            .limit(500)
        )  # fmt: skip
        return [Option(str(row.id), row.name) for row in rows]

    return options


def _in_areas(work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    ids = [int(code) for code in codes if code.isdecimal() and len(code) < 18]
    paths = work.session.execute(select(_A.area_path).where(_A.id.in_(ids))).scalars().all()
    return below_any(_R.place, paths)


def group_options(work: Work) -> list[Option]:
    """The groups that are in use, named in the viewer's language."""
    rows = work.session.execute(
        select(_G.code, _G.name, _G.name_en).where(_G.closed.is_(False)).order_by(_G.position)
    )
    english = work.viewer.english
    return [Option(row.code, row.name_en if english and row.name_en else row.name) for row in rows]


def in_groups(work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    """Belongs today to one of the groups."""
    ids = work.session.execute(select(_G.id).where(_G.code.in_(list(codes)))).scalars().all()
    return exists().where(
        _M.group_id.in_(ids), _M.place == _R.place, _M.resident_id == _R.id, active_membership()
    )


def _through_group(work: Work, codes: Sequence[str]) -> Through | None:
    """One group's members lie in the order of the list."""
    ids = work.session.execute(select(_G.id).where(_G.code.in_(list(codes)))).scalars().all()
    if len(ids) != 1:
        return None
    inside = and_(_M.group_id == ids[0], active_membership(), within(work.viewer, "resident.view", _M.place))
    return Through(inside, _M.resident_id, _M.place)


def active_membership(on: Any = None) -> ColumnElement[bool]:
    """Memberships that hold on a day (a date or a column of days), today unless said. `until` is the first day without."""
    day = clock.today() if on is None else on
    return and_(_M.since <= day, or_(_M.until.is_(None), _M.until > day))


def _in_bands(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    spans = [ages.born_between(code, clock.today()) for code in codes if code in ages.BANDS]
    if not spans:
        return false()
    return or_(*(_R.born_key.between(first, last) for first, last in spans))


def _carer(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(_R.carer != "" if code == "named" else _R.carer == "" for code in codes))


def _fill_age(_work: Work, rows: list[Values]) -> list[int | None]:
    today = clock.today()
    return [ages.age_on(row["born"], today) if row["born"] else None for row in rows]


def _fill_groups(work: Work, rows: list[Values]) -> list[list[str]]:
    english = work.viewer.english
    found = work.session.execute(
        select(_M.resident_id, _G.name, _G.name_en)
        .join(Group, _G.id == _M.group_id)
        .where(_M.resident_id.in_([row["id"] for row in rows]), active_membership())
        .order_by(_G.position)
    )
    names: dict[int, list[str]] = {}
    for row in found:
        names.setdefault(row.resident_id, []).append(row.name_en if english and row.name_en else row.name)
    return [names.get(row["id"], []) for row in rows]


def before_save(work: Work, before: Values | None, values: Values) -> None:
    """Everything that follows from the fields: place, keys to sort by, age, what a death or a move ends.

    Refused `merge.gone` for a record that was merged or withdrawn: another stands for it.
    """
    if before is not None and before["status"] in finding.GONE:
        raise Refused("merge.gone")

    def now(name: str) -> Any:
        return values.get(name, before[name] if before else None)

    _place(work, before, values)
    id_number = now("id_number")
    if values.get("id_number"):
        if not now("born"):
            values["born"] = parsing.id_birth(id_number)
        if not now("sex"):
            values["sex"] = parsing.id_sex(id_number)
        _refuse_taken_number(work, str(id_number), before["id"] if before else None)
    initials = parsing.initials(str(now("name")))
    values["initials"] = initials
    values["name_key"] = finding.name_key(str(now("name")), initials)
    values["born_key"] = now("born") or FAR_FUTURE
    if now("status") in ("moved", "died"):
        if before is None or before["status"] != now("status"):
            values.setdefault("status_on", clock.today())
            values["status_on"] = values["status_on"] or clock.today()
        values["in_care"] = False


def _place(work: Work, before: Values | None, values: Values) -> None:
    """Area, path and address follow the household; without one, the area named stands alone."""
    if before is not None and "household_id" not in values and "area_id" not in values:
        return
    home_id = values.get("household_id", before["household_id"] if before else None)
    if home_id:
        home = work.session.execute(
            select(_H.area_id, _H.area_path, _H.place, _H.address).where(_H.id == home_id)
        ).first()
        if home is None:
            raise Refused("form.invalid", problems={"household_id": "field.not_found"})
        values.update(area_id=home.area_id, area_path=home.area_path, place=home.place, address=home.address)
        return
    area_id = values.get("area_id", before["area_id"] if before else None)
    area = (
        work.session.execute(select(_A.area_path, _A.name).where(_A.id == area_id)).first()
        if area_id
        else None
    )
    if area is None:
        raise Refused("form.invalid", problems={"area_id": "field.required"})
    values.update(area_id=area_id, area_path=area.area_path, place=area.area_path, address=area.name)


def _refuse_taken_number(work: Work, id_number: str, own_id: int | None) -> None:
    others = [found for found in finding.by_number(work, id_number) if found != own_id]
    if not others:
        return
    seen = work.session.execute(
        select(_R.id, _R.name, _R.address).where(
            _R.id.in_(others), within(work.viewer, "resident.view", _R.place)
        )
    ).first()
    if seen is None:
        raise Refused("resident.number_elsewhere")
    raise Refused("resident.number_taken", resident_id=seen.id, name=seen.name, address=seen.address)


_KEYED = {"name", "id_number", "phone", "place", "status"}


def after_save(work: Work, resident_id: int, before: Values | None, values: Values) -> None:
    """Keep the find keys, the groups and the figures in step."""
    now = {**(before or {}), **values}
    if before is None or _KEYED & set(values):
        for name in ("id_number", "phone"):
            now.setdefault(name, None)
        now.setdefault("status", "resident")
        finding.index(work, resident_id, before, now)
    if before is not None and "place" in values:
        work.session.execute(
            update(Membership).where(_M.resident_id == resident_id).values(place=now["place"])
        )
    if now.get("status") in ("moved", "died") and before is not None and before["status"] == "resident":
        end_groups(work, resident_id, now)


def end_groups(work: Work, resident_id: int, now: Values) -> None:
    """All groups end on the day of leaving. Which they were is noted, so that coming back brings them back."""
    ending = work.session.execute(
        select(_M.id, _G.code)
        .join(Group, _G.id == _M.group_id)
        .where(_M.resident_id == resident_id, _M.until.is_(None))
        .order_by(_G.position)
    ).all()
    if not ending:
        return
    work.session.execute(
        update(Membership)
        .where(_M.id.in_([one.id for one in ending]))
        .values(until=now["status_on"] or clock.today())
    )
    work.log(
        "resident", resident_id, now["name"], {"groups": ([one.code for one in ending], [])},
        action="resident.left", area_path=now["area_path"],
    )  # fmt: skip


RESIDENTS = register(
    Register(
        name="residents",
        table=Resident,
        title=N_("Residents"),
        one=N_("Resident"),
        action="resident",
        path="place",
        withdrawn="",
        columns=("name", "sex", "age", "address", "living", "groups", "colour", "phone"),
        sections=(
            Section(N_("Who"), ("name", "id_number", "sex", "born", "lunar_birthday", "phone")),
            Section(N_("Home"), ("household_id", "area_id", "relation", "stay")),
            Section(N_("Care"), ("living", "colour", "in_care", "carer", "health")),
            Section(
                N_("More"),
                (
                    "employer", "interests", "speech", "party", "marriage", "school", "ethnic", "registered_at", "note",
                ),
            ),
            Section(N_("Basis"), ("basis", "consent_on", "consent_health_on", "guardian_consent_on")),
            Section(N_("Status"), ("status", "status_on")),
        ),
        sorts=(
            Sort("address", N_("By address"), ("place",)),
            Sort("name", N_("By name"), ("name_key", "place"), sensitivity="name"),
            Sort("oldest", N_("Oldest first"), ("born_key",)),
            Sort("newest", N_("Last added first"), (), descending=True),
        ),
        search=finding.reach,
        walk="ix_resident_walk",
        search_help=N_("Name, initials, ID number, telephone or its last four digits, address such as 12-3-402"),
        filters=(
            Filter("area", N_("Area"), _in_areas, area_options("resident.view"), places=True),
            Filter("group", N_("Group"), in_groups, group_options, through=_through_group),
            Filter("age", N_("Age"), _in_bands, lambda _work: ages.BAND_OPTIONS),
            field_filter(Resident, "living"),
            field_filter(Resident, "in_care"),
            field_filter(Resident, "colour"),
            Filter(
                "carer", N_("Named carer"), _carer,
                lambda _work: (Option("named", N_("Has one")), Option("none", N_("Has none"))),
            ),
            field_filter(Resident, "sex"),
            field_filter(Resident, "stay"),
            field_filter(Resident, "status"),
        ),
        defaults={"status": ("resident",)},
        computed=(
            Computed("age", N_("Age"), _fill_age, ("born",)),
            Computed("groups", N_("Groups"), _fill_groups),
        ),
        before_save=before_save,
        after_save=after_save,
        match=("id_number",),
        importer="db.people.ledger:LEDGER",
        topics=("people",),
    )
)  # fmt: skip


def warnings(values: Values) -> list[str]:
    """What contradicts itself in a record: codes for the reader. Nothing is refused or mended for it."""
    born, id_number = values.get("born"), values.get("id_number")
    found: list[str] = []
    if id_number and parsing.id_number(id_number).value:
        found += parsing.id_contradictions(id_number, born, values.get("sex") or None)
    if isinstance(born, date):
        age = ages.age_on(born, clock.today())
        if age < 14 and not values.get("guardian_consent_on"):
            found.append("resident.guardian_consent")
    if values.get("health") and not values.get("consent_health_on"):
        found.append("resident.health_consent")
    return found


@query("resident.create")
def likely_duplicates(work: Work, *, values: Values) -> list[Values]:
    """People already registered who may be the same: same name with the same birth date, telephone or home.

    Only among those the viewer may see. Each with id, name, address, born, and `because` (codes).
    """
    name = parsing.person_name(values.get("name")).value
    if not name:
        return []
    rows = work.session.execute(
        select(_R.id, _R.name, _R.address, _R.born, _R.phone, _R.household_id, _R.area_id)
        .where(
            finding.search(work, name), _R.name == name, _R.status.not_in(("merged", "withdrawn")),
            within(work.viewer, "resident.view", _R.place),
        )
        .limit(50)
    )  # fmt: skip
    found = []
    phone = parsing.phones(values.get("phone")).value or ()
    for row in rows:
        because = []
        if values.get("born") and row.born == values["born"]:
            because.append("same_birth_date")
        if set(phone) & set((row.phone or "").split("、")) - {""}:
            because.append("same_phone")
        if values.get("household_id") and row.household_id == values["household_id"]:
            because.append("same_home")
        if because:
            found.append(
                {"id": row.id, "name": row.name, "address": row.address, "born": row.born, "because": because}
            )
    return found


@command("resident.create")
def add(work: Work, *, values: Values, groups: Sequence[str] = (), different_from: Sequence[int] = ()) -> int:
    """Register a person and return the id.

    Refused `resident.duplicates` with `found` when somebody looks like the same person and was not
    declared to be another (`different_from`), `resident.number_taken`, `form.invalid`.
    """
    kept, _notes = keeping.clean(work, RESIDENTS, values)
    found = [one for one in likely_duplicates(work, values=kept) if one["id"] not in different_from]
    if found:
        raise Refused("resident.duplicates", found=found)
    resident_id = keeping.create(work, RESIDENTS, values)
    if groups:
        set_groups(work, resident_id=resident_id, codes=groups)
    return resident_id


@command("resident.edit")
def set_groups(
    work: Work, *, resident_id: int, codes: Sequence[str], source: str = "", since: date | None = None
) -> None:
    """The person belongs to exactly these groups from today (or `since`); others end, none is deleted."""
    from db.listing import row_of

    row = row_of(
        work, RESIDENTS, resident_id, work.action if work.action == "resident.create" else "resident.edit"
    )
    today = since or clock.today()
    by_code = {
        one.code: one.id for one in work.session.execute(select(_G.code, _G.id).where(_G.closed.is_(False)))
    }
    unknown = [code for code in codes if code not in by_code]
    if unknown:
        raise Refused("group.unknown", codes=unknown)
    wanted = {by_code[code] for code in codes}
    rows = work.session.execute(
        select(_M.id, _M.group_id).where(_M.resident_id == resident_id, active_membership())
    ).all()
    have = {one.group_id for one in rows}
    if wanted == have:
        return
    names = {group_id: code for code, group_id in by_code.items()}
    ending = [one.id for one in rows if one.group_id not in wanted]
    if ending:
        work.session.execute(update(Membership).where(_M.id.in_(ending)).values(until=clock.today()))
    for group_id in wanted - have:
        work.session.add(
            Membership(
                resident_id=resident_id,
                group_id=group_id,
                since=today,
                source=source[:100],
                place=row["place"],
            )
        )
        work.session.flush()
    work.log(
        "resident", resident_id, row["name"],
        {"groups": (sorted(names.get(one, "") for one in have), sorted(codes))}, area_path=row["area_path"],
    )  # fmt: skip
    cares = work.session.execute(select(_G.id).where(_G.id.in_(wanted), _G.cares.is_(True)).limit(1)).scalar()
    if cares and not row["in_care"] and row["status"] == "resident":
        keeping.write_row(work, RESIDENTS, row, row, {"in_care": True})
    work.touch("people", row["area_path"])
    work.touch("register.residents")
