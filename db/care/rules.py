"""Visit rules: for whom, how often, which contacts count, and where that comes from. The strictest that fits wins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, or_, select
from sqlmodel import Session

from db import access, clock, keeping
from db.access import Viewer, within
from db.care.tables import KIND_OPTIONS, Rhythm, VisitRule
from db.care.whom import Person, fits
from db.errors import Refused
from db.fields import Option
from db.people.residents import group_options
from db.people.tables import Group
from db.register import Register, Section, Sort, Values, register
from db.system import jobs
from db.system.jobs import Run
from db.territory.areas import Area
from db.words import N_, shipped
from db.work import Work, query, unit

_V = VisitRule.__table__.c  # type: ignore[attr-defined]
_H = Rhythm.__table__.c  # type: ignore[attr-defined]
_G = Group.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]

LONGEST_RHYTHM = 366
EVERYWHERE = "/"
APPLY = "rules.apply"
"""The job that saves a rule and works out anew who is due."""

# Contacts in which somebody of the office, or a volunteer, saw or heard the person.
OWN_EYES = ("home", "phone", "video", "met")

Condition = tuple[
    str, str, int, int, tuple[str, ...], tuple[str, ...], tuple[str, ...], int | None, tuple[str, ...]
]
# name, source, every, opens, groups, living, colours, from the age of, kinds that count
DEFAULT_RULES: tuple[Condition, ...] = (
    ("高龄独居、空巢", "社区探访制度：80岁以上独居、空巢老人每周探访", 7, 5, (), ("alone", "empty_nest"), (), 80, OWN_EYES),
    ("失能、重病", "社区探访制度：失能失智、重病人员每周探访", 7, 5, ("unable", "ill"), (), (), None, OWN_EYES),
    ("红色高风险", "社区探访制度：高风险对象每周探访", 7, 5, (), (), ("red",), None, OWN_EYES),
    ("老年残疾、半失能", "社区探访制度：60岁以上残疾、半失能人员每月探访", 30, 20, ("disabled", "half_unable"), (), (), 60, OWN_EYES),
    ("困境儿童、孤儿", "社区探访制度：孤儿、困境儿童每月探访", 30, 20, ("child",), (), (), None, OWN_EYES),
    ("特殊困难老年人", "国家关于特殊困难老年人探访关爱的要求：至少每月一次", 30, 20, ("allowance", "lost_child"), (), (), 60, OWN_EYES),
    ("其他关爱对象", "社区探访制度：其他关爱对象每季度探访", 90, 60, (), (), (), None, ()),
)  # fmt: skip
shipped({
    "高龄独居、空巢": "Very old, alone or empty nest",
    "社区探访制度：80岁以上独居、空巢老人每周探访": "Visiting rules of the community: elders of 80 or more who live alone or as an empty nest, weekly",
    "失能、重病": "Unable to care for themselves, severely ill",
    "社区探访制度：失能失智、重病人员每周探访": "Visiting rules of the community: people who cannot care for themselves or are severely ill, weekly",
    "红色高风险": "At high risk (red)",
    "社区探访制度：高风险对象每周探访": "Visiting rules of the community: people at high risk, weekly",
    "老年残疾、半失能": "Old and disabled, or partly unable",
    "社区探访制度：60岁以上残疾、半失能人员每月探访": "Visiting rules of the community: people of 60 or more who are disabled or partly unable, monthly",
    "困境儿童、孤儿": "Children in difficulty, orphans",
    "社区探访制度：孤儿、困境儿童每月探访": "Visiting rules of the community: orphans and children in difficulty, monthly",
    "特殊困难老年人": "Elders in special difficulty",
    "国家关于特殊困难老年人探访关爱的要求：至少每月一次": "National requirement on visiting elders in special difficulty: at least monthly",
    "其他关爱对象": "Others in care",
    "社区探访制度：其他关爱对象每季度探访": "Visiting rules of the community: everybody else in care, quarterly",
})  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """A rule as it is applied."""

    id: int
    name: str
    source: str
    every_days: int
    opens_days: int
    kinds: tuple[str, ...]
    match: str
    groups: list[str]
    living: list[str]
    colours: list[str]
    age_from: int | None
    age_to: int | None
    area_path: str


def opening(every_days: int, opens_days: int | None) -> int:
    """The day on which the window opens; the last third unless it was said."""
    return min(every_days, opens_days) if opens_days is not None else every_days - every_days // 3


def rule_of(row: Any) -> Rule:
    """A row of the table, or the values of a form, as it is applied."""
    return Rule(
        row["id"] or 0, row["name"], row["source"], int(row["every_days"]),
        opening(int(row["every_days"]), row["opens_days"]), tuple(row["kinds"] or ()), row["match"],
        row["groups"] or [], row["living"] or [], row["colours"] or [], row["age_from"], row["age_to"],
        row["area_path"] or "",
    )  # fmt: skip


def in_force(session: Session, day: date) -> list[Rule]:
    """The rules that hold on `day`, the strictest first."""
    rows = session.execute(
        select(VisitRule.__table__).where(  # type: ignore[attr-defined]
            _V.withdrawn_at.is_(None), _V.since <= day, or_(_V.until.is_(None), _V.until >= day)
        )
    ).mappings()
    return sorted((rule_of(row) for row in rows), key=lambda one: (one.every_days, one.id))


def strictest(rules: Sequence[Rule], person: Person) -> Rule | None:
    """The first that fits, of rules with the strictest first; None when no rule concerns the person."""
    return next((rule for rule in rules if fits(rule, person)), None)


def fitting(rules: Iterable[Rule], person: Person) -> list[Rule]:
    """All that fit."""
    return [rule for rule in rules if fits(rule, person)]


def ensure_rules(work: Work) -> None:
    """Add the rules that a community starts with, when it has none and never had."""
    if work.session.execute(select(_V.id).limit(1)).first() is not None:
        return
    now, since = clock.now(), clock.today() - timedelta(days=3650)
    work.session.execute(
        insert(VisitRule),
        [
            {
                "version": 1, "made_at": now, "changed_at": now, "extra": {}, "match": "all", "groups": list(groups),
                "living": list(living), "colours": list(colours), "age_from": age, "age_to": None, "name": name,
                "source": source, "every_days": every, "opens_days": opens, "kinds": list(kinds), "area_path": "",
                "since": since,
            }
            for name, source, every, opens, groups, living, colours, age, kinds in DEFAULT_RULES
        ],
    )  # fmt: skip
    work.log("visit_rule", None, "、".join(one[0] for one in DEFAULT_RULES), action="rule.start")
    work.touch("register.rules")


def check(work: Work, values: Values, before: Values | None = None) -> None:
    """Refuse what makes no rule; fill in the path of its area. Refused `form.invalid`."""

    def now(name: str) -> Any:
        return values.get(name, before[name] if before else None)

    problems: dict[str, str] = {}
    every, opens = now("every_days"), now("opens_days")
    if every is not None and not 1 <= every <= LONGEST_RHYTHM:
        problems["every_days"] = "rule.every"
    elif opens is not None and every is not None and not 0 <= opens <= every:
        problems["opens_days"] = "rule.opens"
    if now("age_from") is not None and now("age_to") is not None and now("age_from") > now("age_to"):
        problems["age_to"] = "rule.ages"
    if now("since") and now("until") and now("until") < now("since"):
        problems["until"] = "rule.until"
    codes = set(work.session.execute(select(_G.code)).scalars())
    if set(now("groups") or ()) - codes:
        problems["groups"] = "field.not_a_choice"
    area_id = now("area_id")
    values["area_path"] = ""
    if area_id:
        path = work.session.execute(
            select(_A.area_path).where(_A.id == area_id, within(work.viewer, "area.view", _A.area_path))
        ).scalar()
        if path is None:
            problems["area_id"] = "field.not_found"
        else:
            values["area_path"] = path
    if problems:
        raise Refused("form.invalid", problems=problems)


def _before_save(work: Work, before: Values | None, values: Values) -> None:
    check(work, values, before)


def _after_save(work: Work, _rule_id: int, _before: Values | None, _values: Values) -> None:
    work.touch("rules", EVERYWHERE)


RULES = register(
    Register(
        name="rules",
        table=VisitRule,
        title=N_("Visit rules"),
        one=N_("Visit rule"),
        action="rule",
        path="",
        columns=("name", "every_days", "opens_days", "source", "since", "until"),
        sections=(
            Section(N_("The rule"), ("name", "source", "every_days", "opens_days", "kinds")),
            Section(
                N_("For whom"), ("match", "groups", "living", "colours", "age_from", "age_to", "area_id")
            ),
            Section(N_("When"), ("since", "until")),
        ),
        sorts=(
            Sort("strict", N_("Strictest first"), ("every_days",)),
            Sort("name", N_("By name"), ("name",)),
        ),
        before_save=_before_save,
        after_save=_after_save,
        choices={"groups": group_options},
        importable=False,
        topics=("rules",),
    )
)


def save(who: Viewer | Work | None, *, rule_id: int | None, version: int, values: Values) -> int | None:
    """Have a rule kept (a new one: None) and everybody's due dates worked out anew, in the background.

    Returns the number of the job; None when nothing would change. What is wrong is refused at once, as by
    `keeping.create` and `keeping.edit`; `job.open` while another rule is being saved.
    """
    with unit(who, RULES.may("create" if rule_id is None else "edit"), write=True) as work:
        wish = {"rule_id": rule_id, "version": version, "values": values}
        tapped_twice = jobs.just_asked(work, APPLY, wish)
        if tapped_twice is not None:
            return tapped_twice
        if rule_id is None:
            name = keeping.checked_new(work, RULES, values)["name"]
        else:
            _row, before, changed = keeping.checked_edit(work, RULES, rule_id, version, values)
            if not changed:
                return None
            name = changed.get("name", before["name"])
        return jobs.ask(work, APPLY, wish, alone=True, label=name)


@jobs.job(APPLY, seen_by="rule.view")
def apply(run: Run, *, rule_id: int | None, version: int, values: Values) -> None:
    """The rule, every due date, the figures, the audit trail and that the job is done: one transaction."""
    with unit(access.system(), "rule.edit", write=True) as work:
        work.tell = run.note
        asker = run.acting(work)
        if rule_id is None:
            keeping.create(asker, RULES, values)
        else:
            keeping.edit(asker, RULES, rule_id, version, values)
        run.finish(work)


@query("rule.view")
def kinds(_work: Work) -> tuple[Option, ...]:
    """The kinds of contact there are."""
    return KIND_OPTIONS
