"""Words in the reader's language. Texts in the code are English; the catalogues hold Chinese and English."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st
from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from streamlit.runtime.scriptrunner import get_script_run_ctx

from db import clock
from db.words import SHIPPED

LOCALES = Path(__file__).parent.parent / "locales"
LANGUAGES = {"zh": "中文", "en": "English"}
BABEL = {"zh": "zh_Hans_CN", "en": "en_GB"}


@lru_cache(maxsize=4)
def catalogue(language: str) -> dict[str, str | tuple[str, ...]]:
    """The translations of a language: text → text, or its plural forms."""
    file = LOCALES / language / "LC_MESSAGES" / "linli.po"
    if not file.exists():
        return {}
    with file.open("rb") as opened:
        messages = read_po(opened, locale=BABEL[language])
    found: dict[str, str | tuple[str, ...]] = {}
    for message in messages:
        if not message.id or message.fuzzy:
            continue
        if isinstance(message.id, (list, tuple)):
            if message.string and all(message.string):
                found[message.id[0]] = tuple(message.string)
        elif message.string:
            found[message.id] = str(message.string)
    return found


_run = threading.local()


def language() -> str:
    """The language of this reader: of the account, else of the browser. Looked up once in each run."""
    if spoken := getattr(_run, "spoken", ""):
        return str(spoken)
    run = get_script_run_ctx(suppress_warning=True)
    if run is None:
        return "zh"
    if getattr(_run, "context", None) is not run:
        _run.language = _language()
        _run.context = run
    return str(_run.language)


def _language() -> str:
    chosen = st.session_state.get("linli_language")
    return chosen if chosen in LANGUAGES else _of_browser()


def _of_browser() -> str:
    return "en" if (st.context.locale or "zh").lower().startswith("en") else "zh"


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Whatever is said within the block is in the language `chosen`, whoever reads it, also outside of any run."""
    before = getattr(_run, "spoken", "")
    _run.spoken = chosen
    try:
        yield
    finally:
        _run.spoken = before


def use(chosen: str) -> None:
    """From now on this session speaks `chosen` ("" for what the browser says)."""
    st.session_state["linli_language"] = chosen
    _run.context = None


def translate(text: str, to: str) -> str:
    """`text` in the language `to`."""
    found = catalogue(to).get(text) or (SHIPPED["en"].get(text, text) if to == "en" else text)
    return found if isinstance(found, str) else found[0]


def _(text: str, **facts: Any) -> str:
    """`text` in the reader's language, with {facts} filled in."""
    said = translate(text, language()) if text else ""
    return said.format(**facts) if facts else said


def own(text: str) -> str:
    """A text of the community's own data as it is, or in the reader's language where it came with the application."""
    return SHIPPED[language()].get(text, text)


def listed(words: Iterable[str]) -> str:
    """Words one after the other, as the reader's language sets them apart."""
    return ("、" if language() == "zh" else ", ").join(words)


def n_(one: str, many: str, count: int, *, written: str = "", **facts: Any) -> str:
    """The form of the text for `count` things; {count} is filled in, as it is `written` where it is not a plain number."""
    forms = catalogue(language()).get(one, one)
    if isinstance(forms, str):  # the two were marked one by one
        forms = (forms, translate(many, language()))
    form = forms[0] if count == 1 or len(forms) == 1 else forms[1]
    return form.format(count=written or number_text(count), **facts)


def day_text(day: date | None, *, year: bool = True) -> str:
    """A date as one writes it."""
    return _day_in(day, language(), year) if day is not None else ""


@lru_cache(maxsize=2000)
def _day_in(day: date, spoken: str, year: bool) -> str:
    form = ("y年M月d日" if year else "M月d日") if spoken == "zh" else ("d MMM y" if year else "d MMM")
    return str(format_date(day, form, locale=BABEL[spoken]))


@lru_cache(maxsize=500)
def _month_in(day: date, spoken: str, year: bool) -> str:
    form = ("y年M月" if year else "M月") if spoken == "zh" else ("MMMM y" if year else "MMMM")
    return str(format_date(day, form, locale=BABEL[spoken]))


def month_text(day: date, *, year: bool = True) -> str:
    """The month of a day as one says it."""
    return _month_in(day, language(), year)


def moment_text(moment: datetime | None) -> str:
    """A point in time, in the community's time zone."""
    if moment is None:
        return ""
    local = moment.astimezone(clock.PLACE).replace(tzinfo=None)
    form = "M月d日 HH:mm" if language() == "zh" else "d MMM HH:mm"
    if local.year != clock.today().year:
        form = "y年" + form if language() == "zh" else "d MMM y HH:mm"
    return str(format_datetime(local, form, locale=BABEL[language()]))


def number_text(number: float) -> str:
    """A number with its thousands set apart."""
    if isinstance(number, int) or number == int(number):
        return f"{int(number):,}"  # both languages write whole numbers like this; Babel takes forty times as long
    return str(format_decimal(number, locale=BABEL[language()]))
