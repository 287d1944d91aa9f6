"""Who may do what, and where: actions and roles as data.

This one table drives the commands, the navigation, the guard at the top of each page, the list of
roles in the README and the test of every action by every role.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, or_, true
from sqlmodel import SQLModel

from db.words import N_

Scope = Literal["all", "areas", "own"]
Sight = Literal["clear", "masked", "none"]


@dataclass(frozen=True)
class Action:
    name: str
    label: str


@dataclass(frozen=True)
class Role:
    name: str
    label: str
    actions: dict[str, Scope]
    sees: dict[str, Sight]  # by the sensitivity of a field; what is not named is not seen


ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        Action("me.view", N_("See and change one's own language, password and sessions")),
        Action("day.view", N_("See my day")),
        Action("resident.view", N_("See residents")),
        Action("resident.create", N_("Register residents")),
        Action("resident.edit", N_("Change residents")),
        Action("resident.reveal", N_("Show a masked field, with a reason")),
        Action("resident.merge", N_("Merge two records of one person")),
        Action("resident.export", N_("Export residents")),
        Action("resident.import", N_("Import a ledger")),
        Action("household.view", N_("See households")),
        Action("household.create", N_("Add households")),
        Action("household.edit", N_("Change households")),
        Action("household.export", N_("Export households")),
        Action("household.import", N_("Import households")),
        Action("group.edit", N_("Decide which groups of people there are")),
        Action("area.view", N_("See areas")),
        Action("area.edit", N_("Add, move and close areas")),
        Action("post.view", N_("See who is responsible")),
        Action("post.create", N_("Name who is responsible")),
        Action("post.edit", N_("Change who is responsible")),
        Action("post.export", N_("Export who is responsible")),
        Action("post.import", N_("Import who is responsible")),
        Action("coverage.view", N_("See the coverage map")),
        Action("chart.view", N_("See charts of the own areas")),
        Action("brief.view", N_("Read the monthly brief of the own areas")),
        Action("brief.edit", N_("Write and send the monthly brief")),
        Action("visit.view", N_("See visits and what is due")),
        Action("visit.create", N_("Record visits and what happened to somebody")),
        Action("visit.edit", N_("Correct visits")),
        Action("visit.export", N_("Export visits and what is due")),
        Action("visit.import", N_("Enter visits from a round sheet")),
        Action("care.assign", N_("Decide who looks after whom")),
        Action("rhythm.create", N_("Ask for another rhythm for one person")),
        Action("rhythm.approve", N_("Approve a looser rhythm")),
        Action("rule.view", N_("See visit rules")),
        Action("rule.create", N_("Add visit rules")),
        Action("rule.edit", N_("Change visit rules")),
        Action("rule.export", N_("Export visit rules")),
        Action("rule.import", N_("Import visit rules")),
        Action("occasion.view", N_("See warnings and festivals")),
        Action("occasion.create", N_("Raise a warning or a festival")),
        Action("occasion.edit", N_("Change or call off a warning or festival")),
        Action("occasion.export", N_("Export warnings and festivals")),
        Action("occasion.import", N_("Import warnings and festivals")),
        Action("volunteer.view", N_("See volunteers")),
        Action("volunteer.create", N_("Register volunteers")),
        Action("volunteer.edit", N_("Change, accept and block volunteers")),
        Action("volunteer.export", N_("Export volunteers")),
        Action("volunteer.import", N_("Import volunteers")),
        Action("volunteer.self", N_("Keep one's own page as a volunteer")),
        Action("work.view", N_("See kinds of work")),
        Action("work.create", N_("Add kinds of work")),
        Action("work.edit", N_("Change kinds of work")),
        Action("work.export", N_("Export kinds of work")),
        Action("work.import", N_("Import kinds of work")),
        Action("shift.view", N_("See shifts")),
        Action("shift.sign_up", N_("Sign up for shifts, or sign somebody up")),
        Action("shift.elder", N_("See whom one visits, around the shift")),
        Action("shift.create", N_("Make shifts and series of them")),
        Action("shift.edit", N_("Change and cancel shifts, decide on requests, draw lots")),
        Action("shift.export", N_("Print and export rosters")),
        Action("activity.view", N_("See activities")),
        Action("activity.create", N_("Plan activities")),
        Action("activity.edit", N_("Change, announce and call off activities, draw lots")),
        Action("activity.sign_up", N_("Sign up for activities, or sign somebody up")),
        Action("activity.attend", N_("Take attendance, see who comes and who never does")),
        Action("activity.export", N_("Print and export lists of activities")),
        Action("venue.view", N_("See places to meet")),
        Action("venue.create", N_("Add places to meet")),
        Action("venue.edit", N_("Change places to meet")),
        Action("venue.export", N_("Export places to meet")),
        Action("venue.import", N_("Import places to meet")),
        Action("hours.view", N_("See hours of service")),
        Action("hours.enter", N_("Check volunteers in and out, enter hours")),
        Action("hours.approve", N_("Approve hours")),
        Action("hours.export", N_("Export hours")),
        Action("certificate.issue", N_("Issue and void certificates of hours")),
        Action("view.share", N_("Share a saved view")),
        Action("account.view", N_("See accounts")),
        Action("account.create", N_("Create accounts")),
        Action("account.edit", N_("Change accounts")),
        Action("account.export", N_("Export accounts")),
        Action("account.import", N_("Import accounts")),
        Action("audit.view", N_("Search the audit trail")),
        Action("settings.edit", N_("Change settings and custom fields")),
        Action("inbox.view", N_("Read the messages to oneself")),
        Action("message.phone", N_("Call those whom no message reaches")),
        Action("channel.edit", N_("Set up by which ways messages go out")),
    )
}

_OWN: dict[str, Scope] = {"me.view": "own", "day.view": "own", "inbox.view": "own"}

ROLES: dict[str, Role] = {
    role.name: role
    for role in (
        Role(
            "admin",
            N_("Administrator"),
            dict.fromkeys(ACTIONS, "all"),
            {
                "open": "clear",
                "name": "clear",
                "contact": "masked",
                "identity": "masked",
                "health": "masked",
                "care": "clear",
            },
        ),
        Role(
            "staff",
            N_("Community worker"),
            {
                **_OWN,
                "resident.view": "areas",
                "resident.create": "areas",
                "resident.edit": "areas",
                "resident.reveal": "areas",
                "resident.merge": "areas",
                "resident.export": "areas",
                "resident.import": "areas",
                "household.view": "areas",
                "household.create": "areas",
                "household.edit": "areas",
                "household.export": "areas",
                "household.import": "areas",
                "area.view": "all",
                "post.view": "all",
                "post.create": "areas",
                "post.edit": "areas",
                "post.export": "areas",
                "coverage.view": "all",
                "chart.view": "areas",
                "brief.view": "areas",
                "brief.edit": "areas",
                "visit.view": "areas",
                "visit.create": "areas",
                "visit.edit": "areas",
                "visit.export": "areas",
                "visit.import": "areas",
                "care.assign": "areas",
                "rhythm.create": "areas",
                "rhythm.approve": "areas",
                "rule.view": "all",
                "occasion.view": "areas",
                "volunteer.view": "areas",
                "volunteer.create": "areas",
                "volunteer.edit": "areas",
                "volunteer.export": "areas",
                "volunteer.import": "areas",
                "work.view": "all",
                "work.create": "all",
                "work.edit": "all",
                "shift.view": "all",
                "shift.sign_up": "areas",
                "shift.create": "areas",
                "shift.edit": "areas",
                "shift.export": "areas",
                "activity.view": "all",
                "activity.create": "areas",
                "activity.edit": "areas",
                "activity.sign_up": "areas",
                "activity.attend": "areas",
                "activity.export": "areas",
                "venue.view": "all",
                "venue.create": "areas",
                "venue.edit": "areas",
                "venue.export": "areas",
                "venue.import": "areas",
                "hours.view": "areas",
                "hours.enter": "areas",
                "hours.approve": "areas",
                "hours.export": "areas",
                "certificate.issue": "areas",
                "view.share": "all",
                "message.phone": "areas",
            },
            {
                "open": "clear",
                "name": "clear",
                "contact": "masked",
                "identity": "masked",
                "health": "masked",
                "care": "clear",
            },
        ),
        Role(
            "leader",
            N_("Leader"),
            {
                **_OWN,
                "resident.view": "areas",
                "household.view": "areas",
                "area.view": "all",
                "post.view": "all",
                "coverage.view": "all",
                "chart.view": "areas",
                "brief.view": "areas",
                "brief.edit": "areas",
                "visit.view": "areas",
                "rhythm.approve": "areas",
                "rule.view": "all",
                "rule.create": "all",
                "rule.edit": "all",
                "occasion.view": "areas",
                "occasion.create": "areas",
                "occasion.edit": "areas",
                "volunteer.view": "areas",
                "work.view": "all",
                "shift.view": "all",
                "shift.export": "areas",
                "activity.view": "all",
                "activity.export": "areas",
                "venue.view": "all",
                "hours.view": "areas",
                "hours.approve": "areas",
            },
            {"open": "clear", "name": "masked"},
        ),
        Role(
            "volunteer",
            N_("Volunteer"),
            {
                **_OWN,
                "volunteer.self": "own",
                "work.view": "all",
                "shift.view": "all",
                "shift.sign_up": "own",
                "activity.view": "all",
                "activity.sign_up": "own",
                "shift.elder": "own",
                "hours.view": "own",
            },
            {"open": "clear", "name": "masked"},
        ),
    )
}


def declare(*actions: Action, roles: dict[str, dict[str, Scope]] | None = None) -> None:
    """Add actions beside a new register, and say which roles have them. Administrators have them all."""
    for action in actions:
        ACTIONS[action.name] = action
        ROLES["admin"].actions[action.name] = "all"
    for role, granted in (roles or {}).items():
        ROLES[role].actions.update(granted)


@dataclass(frozen=True)
class Viewer:
    """Who is asking. Read afresh from the database in each unit of work; a page holds it only to pass it on."""

    account_id: int | None
    username: str
    name: str
    role: str
    areas: tuple[str, ...] = ()  # paths of the areas held, "/00001/00004/00017/"
    language: str = "zh"
    session_id: str = ""
    resident_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict, compare=False)
    browser: str = ""  # the language of the browser, for accounts that chose none

    @property
    def english(self) -> bool:
        """Whether this viewer reads English."""
        return (self.language or self.browser) == "en"

    def scope(self, action: str) -> Scope | None:
        """How far this viewer may do `action`: "all", "areas", "own", or None for not at all."""
        if action not in ACTIONS:
            raise KeyError(f"no such action: {action}")
        return ROLES[self.role].actions.get(action)

    def can(self, action: str) -> bool:
        return self.scope(action) is not None

    def sees(self, sensitivity: str) -> Sight:
        return ROLES[self.role].sees.get(sensitivity, "none")

    def reaches(self, action: str, area_path: str) -> bool:
        """Whether `action` may be done to something that lies at `area_path`."""
        scope = self.scope(action)
        if scope == "all":
            return True
        return scope == "areas" and any(area_path.startswith(area) for area in self.areas)


def system(name: str = "Linli") -> Viewer:
    """The application itself, for commands typed on the server and scheduled work."""
    return Viewer(account_id=None, username="", name=name, role="admin")


def path_below(parent_path: str, area_id: int) -> str:
    """The path of an area in the one at `parent_path` ("/" for none). Its steps sort like the ids."""
    return f"{parent_path}{area_id:05d}/"


def prefix_end(prefix: str) -> str:
    """The first text after all texts that begin with `prefix`."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def below(column: ColumnElement[str], path: str) -> ColumnElement[bool]:
    """Lies in the area `path` or anywhere under it, as a range that an index serves."""
    return and_(column >= path, column < prefix_end(path))


def within(viewer: Viewer, action: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    """The rows, by their path column, that `viewer` may do `action` to."""
    scope = viewer.scope(action)
    if scope == "all":
        return true()
    if scope == "areas" and viewer.areas:
        return below_any(column, viewer.areas)
    return false()


def below_any(column: ColumnElement[str], paths: Iterable[str]) -> ColumnElement[bool]:
    """Lies in one of these areas or anywhere under it.

    The range from the first to the last of them is said as well: an index is walked along it in its own order, where
    alternatives alone would be gathered and sorted.
    """
    apart = list(outermost(paths))
    each = or_(false(), *(below(column, path) for path in apart))
    return and_(column >= apart[0], column < prefix_end(apart[-1]), each) if len(apart) > 1 else each


def outermost(paths: Iterable[str]) -> Iterator[str]:
    """The paths that lie in no other of them, so that ranges do not overlap."""
    last = None
    for path in sorted(paths):
        if last is None or not path.startswith(last):
            last = path
            yield path


S = TypeVar("S", bound=Select[Any])


def visible(select: S, viewer: Viewer, action: str, table: type[SQLModel]) -> S:
    """`select` restricted to what `viewer` may do `action` to. The table carries `area_path`."""
    return select.where(within(viewer, action, table.__table__.c.area_path))  # type: ignore[attr-defined]
