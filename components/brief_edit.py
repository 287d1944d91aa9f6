"""Editing a brief: a box for each section, kept as one leaves it; when two write at once, both texts are there."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.activities import words
from components.brief_words import HEADINGS
from components.i18n import _, listed, moment_text
from components.register.values import plain
from components.words import SENTENCES, say
from db.access import Viewer
from db.errors import Refused
from db.insight import brief_links, briefs
from db.insight.briefs import LONGEST_SECTION, LONGEST_TITLE, SECTIONS, Told

_EDITS = "_brief_edits"
"""By brief: at which version it was read, and what of it was refused."""


def start_editing(told: Told) -> None:
    """Open the boxes with the draft as it is."""
    st.query_params.from_dict({"id": str(told.id), "edit": "1"})
    st.session_state.setdefault(_EDITS, {}).pop(told.id, None)
    for name in ("title", *SECTIONS):
        st.session_state.pop(_key(told.id, name), None)


def _key(brief_id: int, name: str) -> str:
    return f"brief_{brief_id}_{name}"


def _state(told: Told) -> dict[str, Any]:
    """What this window knows of the draft. What is in its boxes stays there, whatever others do."""
    edits: dict[int, dict[str, Any]] = st.session_state.setdefault(_EDITS, {})
    if told.id not in edits or _key(told.id, "title") not in st.session_state:  # they are filled anew
        edits[told.id] = {"version": told.version}
    state = edits[told.id]
    for name in ("title", *SECTIONS):
        st.session_state.setdefault(
            _key(told.id, name), told.title if name == "title" else told.sections.get(name, "")
        )
    return state


def edit(viewer: Viewer, told: Told) -> None:
    """The boxes of a draft."""
    state = _state(told)
    refused = state.pop("refused", None)
    if refused is not None:
        say(refused)
    theirs = state.get("theirs")
    if theirs is not None:
        _both(viewer, told, state, theirs)
    elif told.version != state["version"]:
        st.warning(_("{name} changed this brief meanwhile. Yours is still here; as soon as you go on, you see both.",
                     name=plain(told.changed_name)))  # fmt: skip
    st.text_input(
        _("Title of the brief"), key=_key(told.id, "title"), max_chars=LONGEST_TITLE, on_change=_keep, args=(viewer, told.id)
    )  # fmt: skip
    for name in SECTIONS:
        st.text_area(
            _(HEADINGS[name]), key=_key(told.id, name), height="content", max_chars=LONGEST_SECTION,
            on_change=_keep, args=(viewer, told.id),
        )  # fmt: skip
    changed_numbers(told)
    st.caption(
        _("One line for each thing. Numbers that stay lead to their rows as before. Names of people stay masked: write none in full.")
    )  # fmt: skip
    with st.container(key="save_bar", horizontal=True, vertical_alignment="center"):
        st.button(_("Finish editing"), type="primary", icon=":material/check:", key="brief_done", on_click=_done, args=(viewer, told.id),
                  disabled=theirs is not None)  # fmt: skip
        if theirs is None and refused is None:
            st.caption(_("Kept {moment}", moment=moment_text(told.changed_at)))


def changed_numbers(told: Told) -> None:
    """Which numbers of the draft do not stand there any more as they were drafted. It is no mistake, only good to know."""
    found = [
        (was, now)
        for name in SECTIONS
        for was, now in brief_links.changed(name, told.sections.get(name, ""), told.numbers)
    ]
    said = [_("{was} → {now}", was=was, now=now) for was, now in found if now]
    gone = [was for was, now in found if not now]
    if said:
        st.caption(
            plain(
                _(
                    "Numbers changed by hand since the draft; they no longer lead to their rows: {numbers}.",
                    numbers=listed(said),
                )
            )
        )
    if gone:
        st.caption(plain(_("Numbers of the draft that are gone: {numbers}.", numbers=listed(gone))))


def _typed(brief_id: int) -> tuple[str, dict[str, str]]:
    return (
        str(st.session_state.get(_key(brief_id, "title"), "")),
        {name: str(st.session_state.get(_key(brief_id, name), "")) for name in SECTIONS},
    )


def _keep(viewer: Viewer, brief_id: int, version: int | None = None) -> None:
    """Keep what stands in the boxes, as read at `version`. What is refused stays in them."""
    state = st.session_state[_EDITS][brief_id]
    title, sections = _typed(brief_id)
    try:
        state["version"] = briefs.save(
            viewer, brief_id=brief_id, version=version or state["version"], title=title, sections=sections
        )
    except Refused as refused:
        if refused.code == "record.changed":
            state["theirs"] = refused.facts
        else:
            state["refused"] = refused
    else:
        state.pop("theirs", None)


def _done(viewer: Viewer, brief_id: int) -> None:
    _keep(viewer, brief_id)
    if not {"theirs", "refused"} & set(st.session_state[_EDITS][brief_id]):
        st.session_state[_EDITS].pop(brief_id, None)
        st.query_params.from_dict({"id": str(brief_id)})
        words.leave(_("Saved."))


def _both(viewer: Viewer, told: Told, state: dict[str, Any], theirs: Mapping[str, Any]) -> None:
    """What somebody else made of it, beside what stands in the boxes below."""
    title, mine = _typed(told.id)
    texts = {"title": theirs["title"], **theirs["sections"]}
    with st.container(border=True, key="card_both"):
        st.warning(_(SENTENCES["brief.changed"], name=plain(theirs["name"])))
        for name in ("title", *SECTIONS):
            if texts.get(name, "") != (title if name == "title" else mine[name]):
                heading = _(HEADINGS[name]) if name != "title" else _("Title of the brief")
                st.markdown(f"**{heading}** :gray[{plain(theirs['name'])}]")
                st.markdown(plain(texts.get(name, "") or "–").replace("\n", "  \n"))
                st.button(
                    _("Take theirs"), key=f"brief_take_{name}", icon=":material/call_received:", on_click=_take,
                    args=(told.id, name, texts.get(name, "")),
                )  # fmt: skip
        st.button(
            _("Keep what stands below"), key="brief_mine", type="primary", icon=":material/check:", on_click=_keep,
            args=(viewer, told.id, theirs["version"]),
        )  # fmt: skip


def _take(brief_id: int, name: str, text: str) -> None:
    st.session_state[_key(brief_id, name)] = text
