"""What the people room says: refusals, warnings, and what happened."""

from components.i18n import _, day_text
from components.register.records import TRAIL_FIELDS, TRAIL_WORDS
from components.register.values import choice_label
from components.words import WARNINGS, register_sentences
from db.fields import specs_of
from db.people.tables import Contact, Resident
from db.people.timeline import Event
from db.words import N_

register_sentences(
    {
        "household.taken": N_("{address} is already in the register. Open it, or correct the address."),
        "household.no_building": N_("{name} is not a building in which people live. Choose a building."),
        "household.building_closed": N_("{name} is closed. Choose another building, or open it again under Areas."),
        "household.not_empty": N_("People still live at {address}. Move them first."),
        "household.closed": N_("{address} is closed. Open the home again, or choose another one."),
        "household.nobody": N_("There is nobody to move or register. Choose at least one person."),
        "household.same": N_("They already live at {address}."),
        "household.people": N_("Nothing was saved yet: look at the people marked below."),
        "household.number_twice": N_("{name}, further up, has the same ID number."),
        "contact.self": N_("Nobody is their own contact. Choose somebody else."),
        "resident.lives_here": N_("This person lives here already."),
        "merge.same": N_("These are one and the same record. Choose another one."),
        "merge.gone": N_("One of the records was merged or taken back meanwhile. Search for the person again."),
        "merge.changed": N_("Somebody changed one of the records meanwhile. Look at both once more."),
        "merge.both_booked": N_("Both have a place in the same activity. Give one of the two back first, then merge."),
        "merge.none": N_("There is no merge to take back."),
        "merge.later": N_("This record was merged again later. Take the later merge back first."),
        "merge.conflict": N_("Something was changed since the merge and stands in the way: {what}. Change it back first, or leave the merge."),
    }
)  # fmt: skip

WARNINGS.update(
    {
        "household.no_head": N_("Nobody in this household is its head."),
        "household.two_heads": N_("More than one person is head of this household."),
        "resident.withdrawn": N_("This record came with an import that was taken back."),
    }
)

TRAIL_WORDS.update(
    {
        "resident.move": N_("moved the person"),
        "resident.left": N_("ended the groups"),
        "resident.back": N_("brought the groups back"),
        "resident.contact": N_("changed the contacts"),
        "resident.merge": N_("merged with another record"),
        "resident.unmerge": N_("took the merge back"),
        "resident.not_same": N_("noted that another record is somebody else"),
    }
)

TRAIL_FIELDS.update(
    {
        "groups": N_("Groups"),
        "contact": N_("Contact"),
        "contact_phone": N_("Telephone of a contact"),
        "merged": N_("Record"),
        "not_same": N_("Record"),
    }
)

EVENTS = {
    "registered": (":material/person_add:", N_("Registered")),
    "imported": (":material/upload_file:", N_("Written by an import")),
    "moved_home": (":material/moving:", N_("Moved from {old} to {new}")),
    "status_moved": (":material/logout:", N_("Moved out")),
    "status_died": (":material/deceased:", N_("Died")),
    "status_resident": (":material/login:", N_("Lives here again")),
    "status_merged": (":material/merge:", N_("Merged")),
    "group_begins": (":material/group_add:", N_("Belongs to “{group}”")),
    "group_ends": (":material/group_remove:", N_("No longer belongs to “{group}”")),
    "consent": (":material/task_alt:", N_("Consent: {field}")),
    "colour": (":material/flag:", N_("Risk colour: {old} → {new}")),
    "care_begins": (":material/favorite:", N_("Care begins")),
    "care_ends": (":material/heart_minus:", N_("Care ends")),
    "carer": (":material/handshake:", N_("Named carer: {new}")),
    "contact": (":material/contact_phone:", N_("Contacts changed")),
    "merged": (":material/merge:", N_("Merged with record {number}")),
    "unmerged": (":material/call_split:", N_("Merge taken back")),
    "not_same": (":material/compare_arrows:", N_("Not the same person as record {number}")),
}


def event_words(event: Event) -> tuple[str, str]:
    """Icon and sentence of something that happened."""
    icon, text = EVENTS.get(event.code, (":material/edit:", event.code))
    specs = specs_of(Resident)
    facts = dict(event.facts)
    if event.code == "consent":
        facts["field"] = _(specs[facts["field"]].label)
    if event.code == "colour":
        facts = {name: choice_label(specs["colour"], value or "") or "–" for name, value in facts.items()}
    said = _(text, **facts) if facts else _(text)
    if facts.get("source"):
        said += " · " + str(facts["source"])
    return icon, said


def field_words(name: str) -> str:
    """The label of a resident's field, or of what else of the person can be looked at."""
    if name == "contact_phone":
        return _("Telephone of a contact")
    spec = specs_of(Resident).get(name) or specs_of(Contact).get(name)
    return _(spec.label) if spec is not None else name


def status_words(status: str, day: object) -> str:
    """The status with its day: "Moved out, 3 March 2026"."""
    since = day_text(day) if hasattr(day, "isoformat") else ""  # type: ignore[arg-type]
    label = choice_label(specs_of(Resident)["status"], status)
    return f"{label} · {since}" if since else label
