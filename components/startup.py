"""What the console says to whoever starts the server."""

import sys

import streamlit as st

from components.i18n import translate
from db import settings
from db.system import first_start, signing
from db.words import N_

SAMPLE_PASSWORD = "linli-demo"  # noqa: S105 the sample accounts are public

_SAMPLES = N_("Sample accounts: {names}. Their password: {password}")
_SET_UP = N_("Nobody administers this database yet. Open the address and type this code: {code}")

_codes: dict[str, str] = {}


def startup_lines() -> list[str]:
    """The lines below the addresses: the sample accounts, or the code for setting up."""
    samples = signing.sample_accounts()
    if samples:
        return _in_both(_SAMPLES, names=", ".join(samples), password=SAMPLE_PASSWORD)
    if not first_start.done():
        return _in_both(_SET_UP, code=_code())
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


def _in_both(text: str, **facts: str) -> list[str]:
    """In Chinese and in English: nobody has said yet which one they read."""
    return list(dict.fromkeys(translate(text, language).format(**facts) for language in ("zh", "en")))
