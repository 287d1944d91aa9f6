"""What an administrator decides for this community: settings as data, with their limits."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import delete, select
from sqlmodel import Session

from db import parsing
from db.errors import Refused
from db.fields import Option
from db.identity import DECIDED, Setting
from db.words import N_
from db.work import Work, command, query

_S = Setting.__table__.c  # type: ignore[attr-defined]

MASK_LABELS = {
    "usual": N_("First and last digits: 138****1234"),
    "last4": N_("Last four digits only"),
    "all": N_("Everything masked"),
}


@dataclass(frozen=True)
class SettingSpec:
    """One thing to decide. Numbers lie from `least` to `most`; texts have at most `most` characters."""

    name: str
    label: str
    section: str
    kind: Literal["text", "number", "choice"]
    default: Any
    least: int = 0
    most: int = 0
    help: str = ""
    options: tuple[Option, ...] = ()
    topics: tuple[str, ...] = ("settings",)


_COMMUNITY, _SAFETY, _LOAD = N_("Community"), N_("Safety"), N_("How much one person can carry")
_POST = N_("Messages to people")
_TOGETHER = N_("Activities")

SETTINGS: dict[str, SettingSpec] = {
    one.name: one
    for one in (
        SettingSpec("community_name", N_("Name of the community"), _COMMUNITY, "text", "", most=60),
        SettingSpec(
            "idle_minutes",
            N_("Minutes until an unused window is signed out"),
            _SAFETY,
            "number",
            480,
            least=5,
            most=1440,
            help=N_("Counts from the last click. Applies to all open windows at once."),
        ),
        SettingSpec(
            "small_count",
            N_("Counts below this are shown as “fewer than”"),
            _SAFETY,
            "number",
            5,
            least=1,
            most=100,
            help=N_("For readers who may not see the people behind a figure. 1 shows every count."),
            topics=("settings", "people"),
        ),
        SettingSpec(
            "export_mask",
            N_("How exports mask ID numbers and telephones, unless a profile says otherwise"),
            _SAFETY,
            "choice",
            "usual",
            options=tuple(Option(form, label) for form, label in MASK_LABELS.items()),
        ),
        *(
            SettingSpec(
                f"load_limit_{role}",
                label,
                _LOAD,
                "number",
                default,
                least=1,
                most=50,
                help=N_("Whoever holds more areas than this is listed among the holes."),
                topics=("settings", "posts"),
            )
            for role, label, default in (
                ("building_lead", N_("Buildings of one building lead"), 3),
                ("block_lead", N_("Blocks of one block lead"), 2),
                ("grid_worker", N_("Grids of one grid worker"), 1),
            )
        ),
        *(
            SettingSpec(
                f"care_limit_{role}",
                label,
                _LOAD,
                "number",
                default,
                least=1,
                most=2000,
                help=N_("Whoever holds areas with more people in care than this is listed among the holes."),
                topics=("settings", "posts"),
            )
            for role, label, default in (
                ("building_lead", N_("People in care of one building lead"), 20),
                ("block_lead", N_("People in care of one block lead"), 60),
                ("grid_worker", N_("People in care of one grid worker"), 100),
            )
        ),
        SettingSpec(
            "visit_load",
            N_("Visits a week that one person can carry"),
            _LOAD,
            "number",
            40,
            least=1,
            most=300,
            help=N_("Stairs count in: each floor above the first makes a visit 5 % heavier."),
            topics=("settings", "care"),
        ),
        *(
            SettingSpec(
                f"target_{code}",
                label,
                _LOAD,
                "number",
                default,
                least=0,
                most=100,
                help=N_("Drawn as a line in charts, and what the brief measures by."),
                topics=("settings", "figures"),
            )
            for code, label, default in (
                ("in_time", N_("Target: people in care reached in time (%)"), 95),
                ("filled", N_("Target: shifts with enough people (%)"), 95),
            )
        ),
        SettingSpec(
            "message_cap",
            N_("Invitations that one person gets within seven days at most"),
            _POST,
            "number",
            3,
            least=0,
            most=50,
            help=N_("Counts what asks people for something. What they are waiting for always comes."),
        ),
        SettingSpec(
            "quiet_from",
            N_("Nothing goes out from this hour"),
            _POST,
            "number",
            21,
            least=0,
            most=23,
            help=N_("The inbox in Linli has it at once. The same hour twice: no quiet time."),
        ),
        SettingSpec(
            "quiet_until", N_("until this hour of the morning"), _POST, "number", 8, least=0, most=23
        ),
        SettingSpec(
            "public_address",
            N_("Address at which people reach Linli"),
            _POST,
            "text",
            "",
            most=200,
            help=N_(
                "Such as https://linli.example. Messages that go out, certificates and the codes at the door carry it. "
                "Empty: messages have no link, and codes lead to what stands in the browser."
            ),
        ),
        SettingSpec(
            "never_months",
            N_("Months without being seen, after which somebody counts among those who never come"),
            _TOGETHER,
            "number",
            6,
            least=1,
            most=36,
            help=N_("Under Activities → Never come. Everybody can look at other months there."),
            topics=("settings", "activities"),
        ),
    )
}


_ALL = select(_S.name, _S.value).order_by(_S.name)


def decided(work: Work) -> tuple[tuple[str, str], ...]:
    """Every setting that was decided, as (name, JSON text), in the order of names; read together with who asks.

    What else is noted beside them, such as the day that the due dates are of, is left out.
    """
    known: tuple[tuple[str, str], ...] | None = work.known.get("settings")
    if known is None:
        read = work.session.info.get(DECIDED)
        rows = sorted(read.items()) if read is not None else work.connection.execute(_ALL).all()
        known = work.known["settings"] = tuple((name, value) for name, value in rows if name in SETTINGS)
    return known


def get(where: Work | Session, name: str) -> Any:
    """What was decided, or the default. Numbers are int, everything else is text."""
    session = where.session if isinstance(where, Work) else where
    kept = session.execute(select(_S.value).where(_S.name == name)).scalar()
    return SETTINGS[name].default if kept is None else json.loads(kept)


@query("settings.edit")
def all_settings(work: Work) -> dict[str, Any]:
    """Every setting by name, decided or default."""
    kept = dict(decided(work))
    return {name: json.loads(kept[name]) if name in kept else spec.default for name, spec in SETTINGS.items()}


@query("me.view")
def community_name(work: Work) -> str:
    """What the community is called, "" while nobody said."""
    return str(get(work, "community_name"))


@query("me.view")
def export_mask(work: Work) -> str:
    """The form in which exports mask ID numbers and telephones unless somebody chooses another."""
    return str(get(work, "export_mask"))


@command("settings.edit")
def change_setting(work: Work, *, name: str, value: Any) -> None:
    """Decide one thing. Refused `setting.unknown`, `setting.limits` (with `least` and `most`)."""
    spec = SETTINGS.get(name)
    if spec is None:
        raise Refused("setting.unknown", name=name)
    new = _checked(spec, value)
    old = get(work, name)
    if new == old:
        return
    keep(work, name, None if new == spec.default else new)
    work.log("setting", None, name, {name: (old, new)})
    for topic in spec.topics:
        work.touch(topic)


def keep(work: Work, name: str, value: Any) -> None:
    """Write one value, or forget it when it is None. For commands that log it themselves."""
    work.known.pop("settings", None)
    work.session.info.pop(DECIDED, None)
    work.session.execute(delete(Setting).where(_S.name == name))
    if value is not None:
        work.session.add(Setting(name=name, value=json.dumps(value, ensure_ascii=False)))
        work.session.flush()


def _checked(spec: SettingSpec, value: Any) -> Any:
    if spec.kind == "text":
        text = parsing.fold(str(value))
        if len(text) > spec.most:
            raise Refused("setting.limits", least=spec.least, most=spec.most)
        return text
    if spec.kind == "choice":
        if value not in {one.code for one in spec.options}:
            raise Refused("setting.unknown", name=spec.name)
        return value
    try:
        number = int(value)
    except (TypeError, ValueError) as error:
        raise Refused("setting.limits", least=spec.least, most=spec.most) from error
    if not spec.least <= number <= spec.most:
        raise Refused("setting.limits", least=spec.least, most=spec.most)
    return number
