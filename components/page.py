"""What pages begin with: who is here, may they open it, and which of its parts they look at."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

import db.models  # noqa: F401 what watches the writing (figures per area) must be there before anything is written
from components.i18n import _
from components.session import viewer_of_run
from components.words import SENTENCES
from db.access import Viewer

_ADDRESS, _HERE, _ANSWERED, _UNFOLDED = "_address", "_here", "_answered_here", "_unfolded_here"


def begin(action: str) -> Viewer:
    """The viewer, if they may do `action`; otherwise the page ends here and shows nothing of its own."""
    viewer = viewer_of_run()
    if viewer is None:
        st.stop()
    _keep_address()
    _begin_visit()
    if not viewer.can(action):
        st.title(_("Not for this account"))
        st.warning(_(SENTENCES["access.denied"]))
        st.stop()
    return viewer


def _keep_address() -> None:
    """Write what is asked for into the browser's address once it changed.

    A link within a page does not by itself, and what a callback said is lost when its run is overtaken: the next click
    would then ask for what was there before. A link to another page does: written here as well, it would reach the
    browser before the page, and stand in its history as an address of the page before.
    """
    now = {name: st.query_params.get_all(name) for name in st.query_params}
    page, before = st.session_state.get(_ADDRESS, ("", now))
    st.session_state[_ADDRESS] = (_page(), now)
    if now != before and page == _page():
        st.query_params.from_dict(now)


def _page() -> str:
    context = get_script_run_ctx()
    return context.page_script_hash if context is not None else ""


def put_in_address(changes: Mapping[str, str | list[str] | None]) -> None:
    """Change several parameters of the address at once, as one step for who goes back; "" and None take one out."""
    now = {name: st.query_params.get_all(name) for name in st.query_params}
    for name, value in changes.items():
        now.pop(name, None)
        if value:
            now[name] = [value] if isinstance(value, str) else value
    st.query_params.from_dict(now)


def _begin_visit() -> None:
    """Whoever comes to another page, or another part of it, finds nothing of what was answered before."""
    here = (_page(), st.query_params.get("part", ""))
    if st.session_state.get(_HERE) != here:
        st.session_state[_HERE] = here
        st.session_state.pop(_ANSWERED, None)
        st.session_state.pop(_UNFOLDED, None)


def unfold(key: str, label: str, icon: str) -> bool:
    """A large button below which something unfolds; returns whether it is. A second tap on it does nothing: opened and
    closed by two quick taps, it looks as if nothing happened. `fold` stands below what unfolded.
    """
    open_now = key in st.session_state.get(_UNFOLDED, ())
    st.button(
        label,
        key=f"tap_{key}",
        width="stretch",
        icon=icon,
        disabled=open_now,
        on_click=_turn,
        args=(key, True),
    )
    return open_now


def fold(key: str) -> None:
    """The way to close again what `unfold` opened."""
    st.button(
        _("Less"), key=f"tap_less_{key}", width="stretch", type="tertiary", icon=":material/expand_less:",
        on_click=_turn, args=(key, False),
    )  # fmt: skip


def _turn(key: str, opened: bool) -> None:
    now = frozenset(st.session_state.get(_UNFOLDED, ()))
    st.session_state[_UNFOLDED] = now | {key} if opened else now - {key}


def answered() -> dict[int, Any]:
    """What was answered in this visit of the page, by its number.

    It stays where it stands until the reader comes again: with another card in its place, a second tap would answer that.
    """
    return dict(st.session_state.get(_ANSWERED, {}))


def answer(number: int, what: Any) -> None:
    """Keep in its place what was just answered."""
    st.session_state[_ANSWERED] = {**answered(), number: what}


def stand_at(key: str, value: Any) -> None:
    """Let a choice stand at what the address says. Hand the widget the same value to begin with.

    A value set by the session alone is sent once. Where two runs follow each other closely, as after signing in, the
    browser draws only the second: the choice then stood at nothing, the next click of anything sent that along, and
    the address was lost.
    """
    if key in st.session_state and st.session_state[key] != value:
        st.session_state[key] = value


def choose_part(page: str, parts: Mapping[str, str]) -> str:
    """Let the reader choose one of the parts of a page, "" for the first; the address keeps it as `?part=`."""
    key = f"{page}_part"
    asked = st.query_params.get("part", "")
    part = asked if asked in parts else ""
    stand_at(key, part)
    st.segmented_control(
        _("Part"), list(parts), key=key, default=part, format_func=parts.__getitem__, on_change=_keep_part, args=(key,),
        label_visibility="collapsed", required=True, wrap=False,
    )  # fmt: skip
    return part


def _keep_part(key: str) -> None:
    chosen = st.session_state[key]
    if chosen:
        st.query_params["part"] = chosen
    else:
        st.query_params.pop("part", None)


def number_in_address(name: str) -> int | None:
    """A record that the address names by its number."""
    text = st.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 18 else None


def shown(name: str, first: int) -> int:
    """How many of a list this window shows: `first`, until more were asked for."""
    return int(st.session_state.get(name, first))


def show_more(name: str, most: int, *, key: str = "tap_more") -> None:
    """The large button below a list that has more: from then on `most` of it are shown."""
    st.button(
        _("Show more"), key=key, width="stretch", icon=":material/expand_more:", on_click=_keep_most, args=(name, most)
    )  # fmt: skip


def _keep_most(name: str, most: int) -> None:
    st.session_state[name] = most


def open_here(name: str, number: int | None) -> None:
    """Open one record of this page by its number in the address, or (None) go back to the list as it was.

    A link within a page would not change its address, and a reload would lose the way.
    """
    kept = f"_{name}_list"
    if number is not None:
        st.session_state[kept] = st.query_params.to_dict()
    st.query_params.from_dict({name: str(number)} if number is not None else st.session_state.pop(kept, {}))
