"""What the console says to whoever starts the server, in the language that LANG names."""

import locale
import os
import sys

import streamlit as st

from components.i18n import LANGUAGES, translate
from components.words import register_sentences, sentence
from db import settings
from db.errors import Refused
from db.system import first_start, signing
from db.words import N_

register_sentences(
    {
        "server.port_taken": N_(
            "{address}:{port} is not free. Another copy may be running; choose another port with LINLI_PORT."
        ),
        "settings.hosts": N_(
            "LINLI_HOSTS must be names such as linli.example or *.linli.example, without a port and with commas "
            "between them, not “{value}”."
        ),
        "sample.not_empty": N_(
            "This database holds a community of your own; the sample is not mixed in. Point LINLI_DATABASE_URL "
            "to another database, or start with “make serve”."
        ),
        "server.no_database": N_("the database does not answer (LINLI_DATABASE_URL)."),
        "server.broken": N_("a part of it cannot be loaded: {part}: {error}"),
    }
)

SAMPLE_PASSWORD = "linli-demo"  # noqa: S105 the sample accounts are public

_SAMPLES = N_("Sample accounts: {names}. Their password: {password}")
_CANNOT = N_("Linli cannot start: {why}")
_SLOW = N_("Without uvloop (there is none for Windows) Linli answers somewhat slower.")
_SET_UP = N_("Nobody administers this database yet. Open the address and type this code: {code}")

_codes: dict[str, str] = {}


def startup_lines() -> list[str]:
    """The lines below the addresses: the sample accounts, or the code for setting up."""
    samples = signing.sample_accounts()
    if samples:
        return _said(_SAMPLES, names=", ".join(samples), password=SAMPLE_PASSWORD)
    if not first_start.done():
        return _said(_SET_UP, code=_code())
    return []


def announce() -> None:
    """Print the code once, for a server that was started by `streamlit run app.py`.

    server.py visits the application itself before it opens, without a browser's name, and prints its own lines.
    """
    if settings.read().database_url not in _codes and st.context.headers.get("User-Agent"):
        sys.stdout.write("\n".join(startup_lines()) + "\n")
        sys.stdout.flush()


def _code() -> str:
    """The code of this process and database, made when it is first asked for."""
    url = settings.read().database_url
    if url not in _codes:
        _codes[url] = first_start.new_code()
    return _codes[url]


def cannot_start(refused: Refused) -> str:
    """Why the server does not start, and what to do."""
    return "\n".join(
        dict.fromkeys(translate(_CANNOT, to).format(why=sentence(refused, to)) for to in languages())
    )


def slower() -> list[str]:
    """What to say where there is no fast event loop."""
    return _said(_SLOW)


def languages() -> tuple[str, ...]:
    """The languages in which to speak to whoever reads the console: both while nobody has said which one they read."""
    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    if not named and os.name == "nt":  # there it is "Chinese (Simplified)_China"
        named = locale.getlocale()[0] or ""
    spoken = {"chinese": "zh", "english": "en"}.get(named.lower()[:7], named.lower()[:2])
    return (spoken,) if spoken in LANGUAGES else ("zh", "en")


def _said(text: str, **facts: str) -> list[str]:
    return list(dict.fromkeys(translate(text, to).format(**facts) for to in languages()))
