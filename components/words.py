"""What the application says when it will not do something: what happened and what to do next."""

from datetime import datetime
from typing import Any

import streamlit as st

from components.i18n import _, day_text, language, moment_text, translate
from db.errors import Refused
from db.fields import PROBLEMS
from db.words import N_

SENTENCES: dict[str, str] = {
    "access.denied": N_("You may not do this. Ask an administrator if you need it for your work."),
    "signin.needed": N_("Please sign in first."),
    "coverage.no_day": N_("No figures are kept of {day}. Choose a later day."),
    "signin.ended": N_("You are signed out. Please sign in again."),
    "signin.idle": N_("You were signed out because nothing happened for a long time. Please sign in again."),
    "signin.wrong": N_(
        "Name or password is not right. Check both, or ask an administrator for a new password."
    ),
    "signin.throttled": N_("Too many tries. Please wait {seconds} seconds and try again."),
    "password.must_change": N_("Choose a password of your own first."),
    "record.not_found": N_("There is no such record, or it lies outside your areas."),
    "record.changed": N_("Somebody else changed this record meanwhile. Compare both versions and choose."),
    "form.invalid": N_("Some fields need another look."),
    "area.outside": N_("This lies outside your areas. Choose a place within them, or ask an administrator."),
    "reveal.reason": N_("Say why you need it: choose a reason or write one."),
    "resident.number_taken": N_("{name} at {address} already has this ID number. Open that record instead."),
    "resident.number_elsewhere": N_(
        "Somebody in another area is registered with this ID number. Ask an administrator to look at both."
    ),
    "resident.duplicates": N_("This may be somebody who is already registered. Please look before going on."),
    "group.unknown": N_("One of the groups no longer exists. Reload the page."),
    "job.open": N_(
        "{name} asked for the same a moment ago, and it is still being done. Wait until it is finished, then try again."
    ),
    "job.gave_up": N_(
        "This was begun three times and the server stopped each time. Nothing was changed. Tell an administrator."
    ),
    "system.busy": N_("The database is busy. Nothing was lost; please try again."),
    "view.name": N_("Give the view a name."),
    "view.share": N_("You may not share views. Save it for yourself."),
    "custom.label": N_("Give the field a label that no other field of this register has."),
    "custom.kind": N_("Choose what kind of field it is."),
    "custom.options": N_("Write at least two choices, one per line."),
    "custom.sensitive_list": N_("A sensitive field is not shown in lists."),
    "export.empty": N_("Choose at least one column."),
    "export.reason": N_("Say why columns are needed in clear."),
    "export.profile_taken": N_("Somebody else keeps a profile of this name. Choose another name."),
    "settings.port": N_("LINLI_PORT must be a number from 1 to 65535, not “{value}”."),
    "settings.database": N_(
        "LINLI_DATABASE_URL is not understood. Write sqlite:///data/linli.db or postgresql://name:password@host/database."
    ),
    "settings.weak_password": N_(
        "The database is reached over the network with a password that anybody would guess. Give it a better one in LINLI_DATABASE_URL."
    ),
    "settings.weak_key": N_("A key in keys.json is too weak. Restore the file from the backup."),
    "settings.keys_unreadable": N_(
        "{path} cannot be read or written. Check the file, or restore it from the backup."
    ),
    "sealing.key_missing": N_(
        "A sealed value cannot be opened: its key is missing from the data folder. Restore keys.json from the backup."
    ),
    "error.unexpected": N_(
        "Something went wrong. Nothing was saved. Try again; if it happens again, tell an administrator."
    ),
}

WARNINGS: dict[str, str] = {
    "id.birth_differs": N_("The date of birth differs from the ID number."),
    "id.sex_differs": N_("The sex differs from the ID number."),
    "resident.guardian_consent": N_("Under 14: the guardian's consent is not noted."),
    "resident.health_consent": N_("Health notes need a separate consent, which is not noted."),
    "same_birth_date": N_("same date of birth"),
    "same_phone": N_("same telephone"),
    "same_home": N_("same home"),
}


def register_sentences(sentences: dict[str, str]) -> None:
    """Add the sentences of a room."""
    SENTENCES.update(sentences)


def sentence(refused: Refused, to: str = "") -> str:
    """The refusal in the reader's language, or in the language `to`."""
    said = translate(SENTENCES.get(refused.code, SENTENCES["error.unexpected"]), to or language())
    try:
        return said.format_map({name: _fact(value) for name, value in refused.facts.items()})
    except KeyError:
        return said


def _fact(value: Any) -> str:
    if isinstance(value, datetime):
        return moment_text(value)
    return day_text(value) if hasattr(value, "isoformat") else str(value)


def problem(code: str, value: Any = "") -> str:
    """What is wrong with one field or cell."""
    return _(PROBLEMS.get(code, code)).replace("{value}", str(value))


def warning(code: str) -> str:
    return _(WARNINGS.get(code, code))


def say(refused: Refused) -> None:
    """Draw the refusal, with the fields that it concerns."""
    st.error(sentence(refused))
