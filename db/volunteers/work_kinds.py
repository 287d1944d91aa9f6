"""The register of kinds of work, and the list of skills."""

from sqlalchemy import func, insert, select, update

from db.errors import Refused
from db.fields import Option
from db.register import Register, Section, Sort, Values, field_filter, register
from db.volunteers.tables import Skill, WorkKind
from db.volunteers.volunteers import skill_names
from db.words import N_
from db.work import Work, command, query

_S = Skill.__table__.c  # type: ignore[attr-defined]
_K = WorkKind.__table__.c  # type: ignore[attr-defined]

MOST_MINUTES = 24 * 60


def _before_save(_work: Work, before: Values | None, values: Values) -> None:
    """Refused `form.invalid` for what no shift could be made of."""

    def now(name: str) -> int | None:
        found = values.get(name, before[name] if before else None)
        return int(found) if found is not None else None

    problems: dict[str, str] = {}
    least, most, minutes = now("minimum"), now("maximum"), now("minutes")
    if least is not None and most is not None and not 1 <= least <= most:
        problems["maximum"] = "shift.room"
    elif now("two_required") and (least or 0) < 2:
        problems["minimum"] = "shift.two_required"
    if minutes is not None and not 1 <= minutes <= MOST_MINUTES:
        problems["minutes"] = "shift.minutes"
    first, last = now("age_from"), now("age_to")
    if first is not None and last is not None and first > last:
        problems["age_to"] = "rule.ages"
    for name in ("rest_before", "rest_after", "cancel_hours"):
        if name in values:
            values[name] = values[name] or 0
            if not 0 <= values[name] <= MOST_MINUTES:
                problems[name] = "shift.minutes"
    if problems:
        raise Refused("form.invalid", problems=problems)


def _skills(work: Work) -> list[Option]:
    return [Option(code, name) for code, name in skill_names(work, closed=False).items()]


WORK = register(
    Register(
        name="work",
        table=WorkKind,
        title=N_("Kinds of work"),
        one=N_("Kind of work"),
        action="work",
        path="",
        label="title",
        columns=("title", "minutes", "minimum", "maximum", "mode", "two_required", "elder_visited"),
        sections=(
            Section(N_("The work"), ("title", "task", "bring", "skills")),
            Section(N_("How many, how long"), ("minimum", "maximum", "minutes", "two_required", "elder_visited")),
            Section(
                N_("Who, and how one signs up"), ("mode", "cancel_hours", "age_from", "age_to", "rest_before", "rest_after", "closed")
            ),
        ),
        sorts=(Sort("title", N_("By title"), ("title",)), Sort("newest", N_("Last added first"), (), descending=True)),
        filters=(field_filter(WorkKind, "mode"), field_filter(WorkKind, "closed")),
        defaults={"closed": ("no",)},
        before_save=_before_save,
        choices={"skills": _skills},
        match=("title",),
        topics=("shifts",),
    )
)  # fmt: skip


@query("work.view")
def skill_options(work: Work) -> dict[str, str]:
    """The skills that are in use, by code, in the viewer's language."""
    return skill_names(work, closed=False)


@query("work.view")
def skill_words(work: Work) -> dict[str, str]:
    """All skills by code, also those of before."""
    return skill_names(work)


@query("work.view")
def kinds(work: Work) -> dict[int, str]:
    """The kinds of work that are offered, by id."""
    rows = work.session.execute(
        select(_K.id, _K.title).where(_K.closed.is_(False), _K.withdrawn_at.is_(None)).order_by(_K.title)
    )
    return {row.id: row.title for row in rows}


@command("work.edit")
def add_skill(work: Work, *, name: str, name_en: str = "", certified: bool = False) -> str:
    """Add something that work can need. Refused `skill.name` (empty, or there is one of that name)."""
    name = " ".join(name.split())[:40]
    taken = work.session.execute(select(_S.code).where(_S.name == name)).first()
    if not name or taken is not None:
        raise Refused("skill.name")
    last = work.session.execute(select(func.coalesce(func.max(_S.position), 0))).scalar_one()
    code = f"s{last + 1}"
    work.session.execute(
        insert(Skill).values(
            code=code, name=name, name_en=" ".join(name_en.split())[:60], certified=certified, position=last + 1, closed=False
        )
    )  # fmt: skip
    work.log("volunteer_skill", None, name, {"name": (None, name)})
    work.touch("shifts")
    return code


@command("work.edit")
def close_skill(work: Work, *, code: str, closed: bool) -> None:
    """Offer a skill no longer, or again. Refused `record.not_found`."""
    row = work.session.execute(select(_S.name).where(_S.code == code)).first()
    if row is None:
        raise Refused("record.not_found")
    work.session.execute(update(Skill).where(_S.code == code).values(closed=closed))
    work.log("volunteer_skill", None, row.name, {"closed": (not closed, closed)})
    work.touch("shifts")


@query("work.view")
def skill_list(work: Work) -> list[tuple[str, str, str, bool, bool]]:
    """Every skill: code, name, name in English, whether a paper is needed, whether it is closed."""
    rows = work.session.execute(
        select(_S.code, _S.name, _S.name_en, _S.certified, _S.closed).order_by(_S.position)
    )
    return [(row.code, row.name, row.name_en, row.certified, row.closed) for row in rows]


@query("work.view")
def visiting(work: Work) -> set[int]:
    """The kinds of work for which somebody is visited."""
    return set(work.session.execute(select(_K.id).where(_K.elder_visited.is_(True))).scalars())
