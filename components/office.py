"""The words of the office's own pages: what they refuse, and how the audit trail reads."""

import re
from collections.abc import Mapping
from typing import Any

import components.care.words
import components.people.words
import components.territory.words
import components.volunteers.words  # noqa: F401
from components.i18n import _
from components.register.records import TRAIL_WORDS
from components.register.values import label, plain, shown, told
from components.words import register_sentences
from db.access import ACTIONS
from db.activities.tables import MARK_OPTIONS
from db.audit import CHANGED
from db.fields import FieldSpec
from db.register import REGISTERS
from db.system import messages, telephoning
from db.system.community import SETTINGS
from db.volunteers.tables import HOURS_OPTIONS, MODE_OPTIONS, ORIGIN_OPTIONS
from db.words import N_

register_sentences(
    {
        "account.name_taken": N_("There is already an account {name}. Choose another account name."),
        "account.last_admin": N_("One administrator must remain. Make somebody else an administrator first."),
        "account.role_above": N_("You can only give, change or reset roles that may do no more than yours."),
        "account.own_reset": N_("Change your own password under “My account”."),
        "setting.unknown": N_("There is no such choice. Reload the page."),
        "setting.limits": N_("This must lie between {least} and {most}."),
        "group.name": N_("Give the group a name that no other group has."),
        "register.unknown": N_("There is no such register. Reload the page."),
    }
)

# What happens without being an action that one may or may not do.
DONE: dict[str, str] = {
    "signin.done": N_("signed in"),
    "signin.failed": N_("sign-in failed"),
    "signin.out": N_("signed out"),
    "signin.out_everywhere": N_("signed out everywhere"),
    "password.changed": N_("changed the password"),
    "password.wrong": N_("current password not right"),
    "password.reset": N_("made a one-time password"),
    "account.areas": N_("changed the areas of an account"),
    "account.language": N_("changed the language"),
    "record.look": N_("looked at the record"),
    "resident.reveal": N_("revealed"),
    "sample.build": N_("built the sample community"),
    "sample.bench": N_("filled the database with invented people"),
    "chart.export": N_("Took figures along"),
    "figures.close": N_("kept the figures of a time that is over"),
    "figures.settle": N_("brought kept figures up to date"),
    "coverage.day": N_("kept the figures of the day"),
    "coverage.recount": N_("counted the figures anew"),
    "backup.make": N_("made a backup"),
    "backup.restore": N_("restored a backup"),
    "keys.rotate": N_("changed the sealing key"),
    "care.day": N_("worked out who is due on a new day"),
    "feast.dismiss": N_("did not take up a festival"),
    "rule.start": N_("added the first visit rules"),
    "standing_in.arrange": N_("arranged a stand-in"),
    "standing_in.end": N_("ended a stand-in"),
    "sheet.make": N_("made a round sheet"),
    "sheet.enter": N_("entered a round sheet"),
    "work.start": N_("added the first skills and kinds of work"),
    "job.ask": N_("asked for work in the background"),
    "job.aside": N_("gave up what could not be done"),
    "message.send": N_("sent messages"),
    "message.moot": N_("called messages off"),
    "shift.help": N_("called for help"),
    "shift.remind": N_("reminded of a shift"),
    "shift.elder": N_("saw whom one visits, for a shift"),
    "message.called": N_("noted what came of a call"),
    "message.number": N_("looked at a telephone to call"),
    "message.old": N_("removed old messages"),
    "channel.test": N_("sent a test message"),
    "channel.gave_up": N_("gave up sending a message"),
}

KINDS: dict[str, str] = {
    "figures": N_("Figures"),
    "stand_in": N_("Stand-in"),
    "round_sheet": N_("Round sheet"),
    "account": N_("Account"),
    "area": N_("Area"),
    "level": N_("Level"),
    "group": N_("Group of people"),
    "household": N_("Household"),
    "resident": N_("Resident"),
    "post": N_("Post"),
    "setting": N_("Setting"),
    "custom_field": N_("Custom field"),
    "saved_view": N_("Saved view"),
    "export_profile": N_("Export profile"),
    "import": N_("Import"),
    "contact": N_("Contact"),
    "heading_map": N_("Columns of a ledger"),
    "sample": N_("Sample community"),
    "coverage": N_("Figures"),
    "backup": N_("Backup"),
    "keys": N_("Keys"),
    "visit": N_("Visit"),
    "rule": N_("Visit rule"),
    "visit_rule": N_("Visit rule"),
    "visit_rhythm": N_("Visit rhythm"),
    "visit_observation": N_("Tick list of visits"),
    "occasion": N_("Warning or festival"),
    "life_event": N_("Life event"),
    "care": N_("Due contacts"),
    "care_urgent": N_("Urgent item"),
    "job": N_("Work in the background"),
    "volunteer": N_("Volunteer"),
    "volunteer_skill": N_("Skill"),
    "work": N_("Kind of work"),
    "shift": N_("Shift"),
    "booking": N_("Sign-up"),
    "series": N_("Series"),
    "regular": N_("Regular place"),
    "draft": N_("Draft"),
    "hours": N_("Hours of service"),
    "certificate": N_("Certificate"),
    "no_show": N_("No-show"),
    "star": N_("Stars"),
    "message": N_("Message"),
    "channel": N_("Way out for messages"),
    "mail_address": N_("Mail address"),
}

_NAMES: dict[str, str] = {
    "areas": N_("Areas"),
    "groups": N_("Groups"),
    "resident_id": N_("Resident"),
    "setup_step": N_("Set-up"),
    "closed": N_("No longer used"),
    "closed_on": N_("Closed on"),
    "shared": N_("Shared"),
    "kind": N_("Kind"),
    "options": N_("Choices"),
    "required": N_("Must be filled in"),
    "in_list": N_("Shown in the list"),
    "label": N_("Label"),
    "name": N_("Name"),
    "name_en": N_("Name in English"),
    "worry": N_("worry"),
    "rows": N_("Number of rows"),
    "filter": N_("Filter"),
    "columns": N_("Columns"),
    "people": N_("People"),
    "area": N_("Area"),
    "holder": N_("For whom"),
    "since": N_("From"),
    "until": N_("Until"),
    "import": N_("Import"),
    "undone": N_("Undo"),
    "order": N_("Order"),
    "level": N_("Level"),
    "levels": N_("Levels"),
    "role": N_("Role"),
    "on": N_("On"),
    "state": N_("State"),
    "every_days": N_("Every (days)"),
    "closed_why": N_("Closed because"),
    "replaced_by": N_("Corrected since"),
    "withdrawn": N_("Struck out"),
    "cares": N_("Its people are in care"),
    "language": N_("Language"),
    "contact": N_("Contact"),
    "merged": N_("Record"),
    "not_same": N_("Record"),
    "new": N_("New"),
    "changed": N_("Changed"),
    "unchanged": N_("Unchanged"),
    "refused": N_("Refused"),
    "doubtful": N_("Doubtful"),
    "by_phone": N_("To be called"),
    "held_back": N_("Held back: enough within seven days"),
    "dropped": N_("Taken away"),
    "again": N_("Send them again"),
    "call": N_("Call"),
    "mail": N_("Mail address"),
    "sort": N_("Kind"),
    "whom": N_("For whom"),
    "web_address": N_("Web address"),
    "active": N_("In use"),
    "ok": N_("Receiver took it"),
    "starts_at": N_("Begins"),
    "ends_at": N_("Ends"),
    "capacity": N_("Places"),
    "minimum": N_("At least"),
    "mode": N_("How one gets a place"),
    "cancelled": N_("Called off"),
    "drawn": N_("Drawn"),
    "why": N_("Reason"),
    "phone": N_("Telephone"),
    "note": N_("Note"),
    "status": N_("Status"),
    "coming": N_("Says"),
    "companion": N_("Who comes along"),
    "bus": N_("Bus"),
    "consent": N_("Consent"),
    "pictures": N_("Pictures"),
    "gift": N_("Gift"),
    "feedback": N_("How it was"),
    "invited": N_("Invited"),
    "happened": N_("What was done this month"),
    "better": N_("What became better"),
    "tore": N_("Where the net tore"),
    "asked": N_("What we ask for"),
}


_BOOKING: dict[str, str] = {
    "booked": N_("has a place"), "waiting": N_("waits"), "offered": N_("is asked to move up"), "entered": N_("takes part in the draw"),
    "requested": N_("asks for a place"), "invited": N_("is invited"), "cancelled": N_("Given back"), "handed": N_("Handed over"),
    "refused": N_("Not taken"), "lapsed": N_("Not answered in time"),
}  # fmt: skip
_VALUES: dict[tuple[str, str], dict[str, str]] = {
    ("booking", "state"): _BOOKING,
    ("hours", "state"): {one.code: one.label for one in HOURS_OPTIONS},
    ("hours", "origin"): {one.code: one.label for one in ORIGIN_OPTIONS},
    ("activity", "state"): {
        "draft": N_("Draft"), "announced": N_("Announced"), "cancelled": N_("Called off"),
    },
    ("shift", "mode"): {one.code: one.label for one in MODE_OPTIONS},
    ("message", "call"): {**telephoning.RESULTS, "moot": N_("Settled")},
}  # fmt: skip
"""What codes of an entry mean, by the kind of record and the field, where no register says it."""
_MARKS = {one.code: one.label for one in MARK_OPTIONS}
_SUBJECTS: dict[str, str] = {
    "booking": N_("about a place in a shift"), "activity-booking": N_("about a place in an activity"),
    "hand": N_("about handing a place over"), "help": N_("call for help"), "short": N_("too few people"),
    "activity-guest": N_("about an invitation"), "need": N_("about a need"), "brief": N_("about a brief"),
    "channel": N_("about a channel"),
}  # fmt: skip
"""What messages are about, by the beginning of their subject."""


def label_words(kind: str, label: str) -> str:
    """The name of a record; of a message that is known by its subject, what it is about."""
    about, colon, number = label.partition(":")
    if kind == "message" and colon and number.isdecimal() and about in _SUBJECTS:
        return _(_SUBJECTS[about])
    return label


def reason_words(kind: str, reason: str) -> str:
    """Why; of a message its kind, as its reader finds it in the inbox."""
    title = (
        messages.kind_of(reason).title
        if kind == "message" and re.fullmatch(r"[a-z_]+\.[a-z_]+", reason)
        else ""
    )
    return _(title).format_map(_Open()).strip(" :：–") if title else reason


class _Open(dict[str, str]):
    """What a title is about stands in the entry beside it."""

    def __missing__(self, _name: str) -> str:
        return "…"


def action_words(action: str) -> str:
    """An action as one reads it."""
    said = DONE.get(action) or TRAIL_WORDS.get(action)
    if said:
        return _(said)
    return _(ACTIONS[action].label) if action in ACTIONS else action


def kind_words(kind: str) -> str:
    """The kind of a record as one reads it."""
    return _(KINDS[kind]) if kind in KINDS else kind


def specs_of_kind(kind: str) -> dict[str, FieldSpec]:
    """The fields that an entry of this kind can name."""
    for one in REGISTERS.values():
        if one.action == kind:
            return one.specs
    return {}


def change_words(action: str, kind: str, changes: dict[str, Any]) -> list[str]:
    """Each change as "field: before → after"; what is sealed only as "field changed".

    The number of a home or a building says nothing to a reader: the address stands beside it.
    """
    specs = specs_of_kind(kind)
    if action == "resident.reveal":
        return [plain(_title(name, specs.get(name))) for name in changes]
    if "address" in changes:
        changes = {name: pair for name, pair in changes.items() if name not in ("household_id", "area_id")}
    return [
        _change(name, pair, specs.get(name), _VALUES.get((kind, name), _MARKS if action == "activity.attend" else {}))
        for name, pair in changes.items()
        if not (name in _COUNTS and pair == [None, 0])
    ]  # fmt: skip


_COUNTS = frozenset({"dropped", "by_phone", "held_back"})
"""What says nothing when it was none."""


def _change(name: str, pair: Any, spec: FieldSpec | None, codes: Mapping[str, str]) -> str:
    title = plain(_title(name, spec))
    before, after = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
    if before is None and after == CHANGED:
        return _("{field} filled in", field=title)
    if CHANGED in (before, after):
        return _("{field} changed", field=title)
    if spec is None:
        before, after = (
            _(codes[one]) if isinstance(one, str) and one in codes else one for one in (before, after)
        )
    return told(title, plain(_short(shown(spec, before))), plain(_short(shown(spec, after))))


def _title(name: str, spec: FieldSpec | None) -> str:
    if spec is not None:
        return label(spec)
    if name in SETTINGS:
        return _(SETTINGS[name].label)
    return _(_NAMES[name]) if name in _NAMES else name


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:119] + "…"
