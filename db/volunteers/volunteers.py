"""The register of volunteers: who helps, what they can do, where and when."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, update

from db import clock, keeping, parsing
from db.access import below
from db.engine import BYTEWISE
from db.errors import Refused
from db.fields import Option
from db.people.residents import area_options
from db.register import Computed, Filter, Register, Section, Sort, Values, field_filter, register
from db.sealing import ring
from db.territory.areas import Area, Level
from db.territory.posts import areas_called
from db.volunteers.fitness import GUARDED, age_on
from db.volunteers.tables import KIND_OPTIONS, LANGUAGE_OPTIONS, Skill, Volunteer, VolunteerSkill
from db.words import N_
from db.work import Work

EXPIRES_SOON = timedelta(days=60)
NUMBER = "V{:06d}"

_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_L = VolunteerSkill.__table__.c  # type: ignore[attr-defined]
_S = Skill.__table__.c  # type: ignore[attr-defined]


def phone_key(phone: str | None) -> str:
    """By which a volunteer with this telephone is found again, "" for none."""
    digits = "".join(sign for sign in (phone or "").split("、")[0] if sign.isdigit())
    return ring().fingerprint("volunteer.phone", digits) if digits else ""


def skill_names(work: Work, *, closed: bool = True) -> dict[str, str]:
    """The skills by code, in the viewer's language."""
    rows = work.session.execute(
        select(_S.code, _S.name, _S.name_en, _S.closed).order_by(_S.position, _S.code)
    )
    english = work.viewer.language == "en"
    return {
        row.code: row.name_en if english and row.name_en else row.name
        for row in rows
        if closed or not row.closed
    }


def before_save(work: Work, before: Values | None, values: Values) -> None:
    """The path, the key of the telephone and the number follow.

    Refused `form.invalid` (too young, the guardian's consent is missing), `area.not_found`, `volunteer.taken` (there
    is somebody with this name and telephone, with `name` and `number`).
    """

    def now(name: str) -> Any:
        return values.get(name, before[name] if before else None)

    area = work.session.execute(
        select(_A.area_path).where(_A.id == now("area_id"), _A.closed_on.is_(None))
    ).scalar()
    if area is None or not work.viewer.reaches(work.action, area):
        raise Refused("area.not_found")
    values["area_path"] = area
    problems = {}
    if now("born") is not None:
        age = age_on(now("born"), clock.today())
        if age < GUARDED[0]:
            problems["born"] = "volunteer.too_young"
        elif age < GUARDED[1] and now("guardian_on") is None and now("status") == "active":
            problems["guardian_on"] = "volunteer.guardian"
    if problems:
        raise Refused("form.invalid", problems=problems)
    if "phone" in values or before is None:
        values["phone_key"] = phone_key(now("phone"))
    _refuse_twice(work, before, values, now("name"))
    if not now("number"):
        values["number"] = next_number(work)
    if before is None and not values.get("since"):
        values["since"] = clock.today()


def _refuse_twice(work: Work, before: Values | None, values: Values, name: str) -> None:
    key = values.get("phone_key", "")
    if not key:
        return
    known = work.session.execute(
        select(_V.name, _V.number).where(
            _V.phone_key == key, _V.name == name, _V.id != (before["id"] if before else 0), _V.withdrawn_at.is_(None),
            _V.status != "left",
        ).limit(1)
    ).first()  # fmt: skip
    if known is not None:
        raise Refused("volunteer.taken", name=known.name, number=known.number)


def next_number(work: Work) -> str:
    """The number after the highest id: numbers are never given twice."""
    highest = work.session.execute(select(func.coalesce(func.max(_V.id), 0))).scalar_one()
    return NUMBER.format(highest + 1)


def _after_save(work: Work, _volunteer_id: int, _before: Values | None, _values: Values) -> None:
    work.touch("shifts")


def _area_names(work: Work, rows: list[Values]) -> list[str]:
    asked = select(_A.id, _A.name).where(_A.id.in_({row["area_id"] for row in rows}))
    names = {row.id: row.name for row in work.session.execute(asked)}
    return [names.get(row["area_id"], "") for row in rows]


def _skills(work: Work, rows: list[Values]) -> list[str]:
    """What they can do; what needs a paper only while it holds."""
    names, day = skill_names(work), clock.today()
    found: dict[int, list[str]] = {}
    for row in work.session.execute(
        select(_L.volunteer_id, _L.skill)
        .where(
            _L.volunteer_id.in_([row["id"] for row in rows]), _L.withdrawn_at.is_(None),
            or_(_L.expires_on.is_(None), _L.expires_on >= day),
        )
        .order_by(_L.id)
    ):  # fmt: skip
        found.setdefault(row.volunteer_id, []).append(names.get(row.skill, row.skill))
    return ["、".join(found.get(row["id"], ())) for row in rows]


def _in_areas(work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    ids = [int(code) for code in codes if code.isdecimal() and len(code) < 18]
    paths = work.session.execute(select(_A.area_path).where(_A.id.in_(ids))).scalars().all()
    return or_(false(), *(below(_V.area_path, path) for path in paths))


def _holds(*clauses: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(_L.volunteer_id == _V.id, _L.withdrawn_at.is_(None), *clauses)


def _with_skill(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    valid = or_(_L.expires_on.is_(None), _L.expires_on >= clock.today())
    return or_(false(), *(_holds(_L.skill == code, valid) for code in codes))


def _expiring(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    today = clock.today()
    spans = {
        "soon": and_(_L.expires_on >= today, _L.expires_on <= today + EXPIRES_SOON),
        "over": _L.expires_on < today,
    }
    return or_(false(), *(_holds(spans[code]) for code in codes if code in spans))


def _listed(column: Any, known: Sequence[Option]) -> Any:
    """The filter of a field that holds several codes."""

    def where(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
        names = {one.code for one in known}
        return or_(false(), *(column.cast(BYTEWISE).contains(f'"{code}"') for code in codes if code in names))

    return where


def _search(work: Work, text: str) -> ColumnElement[bool]:
    """Part of the name, the number, or a whole telephone."""
    clauses = []
    for word in parsing.fold(text).split():
        ways = [_V.name.icontains(word, autoescape=True), _V.number.icontains(word, autoescape=True)]
        if len("".join(sign for sign in word if sign.isdigit())) >= 7:
            ways.append(_V.phone_key == phone_key(word))
        clauses.append(or_(*ways))
    return and_(*clauses)


def serving_areas(work: Work) -> list[Option]:
    """The areas above the homes in which somebody can say to serve: their names are no secret."""
    rows = work.session.execute(
        select(_A.id, _A.name)
        .join(Level, Level.code == _A.level)
        .where(_A.closed_on.is_(None), Level.holds_homes.is_(False))  # type: ignore[attr-defined]
        .order_by(_A.area_path)
        .limit(500)
    )
    return [Option(str(row.id), row.name) for row in rows]


VOLUNTEERS = register(
    Register(
        name="volunteers",
        table=Volunteer,
        title=N_("Volunteers"),
        one=N_("Volunteer"),
        action="volunteer",
        columns=("name", "number", "area", "kinds", "skills", "phone", "status"),
        sections=(
            Section(N_("Who"), ("name", "sex", "born", "phone", "area_id", "kinds")),
            Section(N_("What and where"), ("languages", "areas", "week_hours", "floors", "visits_sex", "wants")),
            Section(N_("Under 18"), ("guardian", "guardian_on")),
            Section(N_("More"), ("number", "since", "note")),
        ),
        sorts=(
            Sort("area", N_("By area"), ("area_path",)),
            Sort("number", N_("By number"), ("number",)),
            Sort("newest", N_("Last added first"), (), descending=True),
        ),
        search=_search,
        search_help=N_("Name, volunteer number or telephone"),
        filters=(
            Filter("area", N_("Area"), _in_areas, area_options("volunteer.view")),
            field_filter(Volunteer, "status"),
            Filter("kinds", N_("Kinds"), _listed(_V.kinds, KIND_OPTIONS), lambda _work: KIND_OPTIONS),
            Filter(
                "skill", N_("Skill"), _with_skill,
                lambda work: [Option(code, name) for code, name in skill_names(work, closed=False).items()],
            ),
            Filter("languages", N_("Languages"), _listed(_V.languages, LANGUAGE_OPTIONS), lambda _work: LANGUAGE_OPTIONS),
            Filter(
                "papers", N_("Certificates"), _expiring,
                lambda _work: (Option("soon", N_("Run out within 60 days")), Option("over", N_("Have run out"))),
            ),
        ),
        defaults={"status": ("active", "paused", "applied", "blocked")},
        computed=(
            Computed("area", N_("Belongs to"), _area_names, ("area_id",)),
            Computed("skills", N_("Skills"), _skills, ("id",)),
        ),
        before_save=before_save,
        after_save=_after_save,
        choices={"areas": serving_areas},
        match=("number",),
        resolve={"area_id": areas_called},
        topics=("shifts",),
    )
)  # fmt: skip


def change(work: Work, row: Values, changed: Values, reason: str = "") -> None:
    """Write what changed and log it; what is sealed or personal is only said to have changed."""
    new = {name: value for name, value in changed.items() if not keeping.same(value, row[name])}
    if not new:
        return
    work.session.execute(
        update(Volunteer)
        .where(Volunteer.__table__.c.id == row["id"])  # type: ignore[attr-defined]
        .values(**new, version=row["version"] + 1, changed_at=work.now)
    )
    told_of = {
        name: (row[name], value)
        for name, value in new.items()
        if name not in ("phone", "phone_key", "feed_hash")
    }
    work.log(
        "volunteer", row["id"], row["name"], told_of or {"phone": ("•", "•")}, area_path=row["area_path"],
        reason=reason.strip()[:200],
    )  # fmt: skip
    work.touch("shifts")
    work.touch("register.volunteers")
