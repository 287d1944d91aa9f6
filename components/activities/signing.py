"""Signing people up from the desk: find by name, gather several or a whole home, then all at once."""

from dataclasses import dataclass

import streamlit as st

from components.activities import words
from components.activities.my_place import told
from components.i18n import _, n_
from components.register.values import plain
from db import listing
from db.access import Viewer
from db.activities import signing_up
from db.activities.programme import Card
from db.errors import Refused
from db.listing import Listing
from db.people.residents import RESIDENTS

SHOWN = 6


@dataclass(frozen=True)
class _Outcome:
    """What became of one person."""

    resident_id: int
    name: str
    refused: Refused | None
    said: str

    @property
    def never(self) -> bool:
        """Whether no reason changes it."""
        return (
            self.refused is None or self.refused.code != "activity.unfit" or bool(self.refused.facts["never"])
        )


def still_open(card: Card) -> bool:
    """Whether a place can still be given out."""
    return card.stage in ("announced", "running") and card.sessions_left > 0


def possible(viewer: Viewer, card: Card) -> bool:
    """Whether this viewer can sign others up."""
    return (
        still_open(card)
        and viewer.scope("activity.sign_up") in ("all", "areas")
        and viewer.can("resident.view")
    )


def draw(viewer: Viewer, card: Card, slot_id: int | None) -> None:
    """Search, gathered people, the button, and what became of those who were tried last."""
    if not possible(viewer, card):
        return
    with st.container(border=True, key=f"sign_{card.id}"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.subheader(_("Sign somebody up"), width="content")
            st.button(_("Paste a list"), key="sign_paste", icon=":material/content_paste:", on_click=_paste)
        _outcomes(viewer, card, slot_id)
        find(viewer, f"sign_{card.id}", _gather, homes=True)
        gathered: dict[int, str] = st.session_state.get(f"sign_{card.id}_who", {})
        if not gathered:
            return
        with st.container(horizontal=True, gap="small"):
            for resident_id, name in gathered.items():
                st.button(
                    plain(name), key=f"drop_{resident_id}", icon=":material/close:", help=_("Not this person"),
                    on_click=_drop, args=(f"sign_{card.id}", resident_id),
                )  # fmt: skip
        waits = max(0, len(gathered) - card.free) if card.mode == "open" or card.drawn else 0
        if waits:
            st.caption(
                n_("{count} will stand in line: the places do not suffice.",
                   "{count} will stand in line: the places do not suffice.", waits)
            )  # fmt: skip
        with st.container(key=f"big_sign_{card.id}"):
            st.button(
                n_("Sign {count} person up", "Sign {count} people up", len(gathered)), key="sign_all", type="primary",
                icon=":material/group_add:", width="stretch", on_click=_sign_all, args=(viewer, card.id, slot_id),
            )  # fmt: skip


def _paste() -> None:
    st.query_params["part"] = "paste"


def find(viewer: Viewer, key: str, tapped: object, *, homes: bool = False) -> None:
    """Find residents by name, initials or address; a tap hands (viewer, key, [id], name) on.

    With `homes` a second button hands on everybody of the home. Whoever was gathered stays where they stand, ticked, so
    that the second of two taps finds nothing else under the finger.
    """
    text = st.text_input(
        _("Find a resident"), key=f"{key}_find", placeholder=_(RESIDENTS.search_help), live="500ms",
        icon=":material/search:", autocomplete="off",
    )  # fmt: skip
    gathered = st.session_state.get(f"{key}_who", {})
    if text.strip() or not gathered:
        st.session_state.pop(f"{key}_kept", None)
    text = text.strip() or st.session_state.get(f"{key}_kept", "")
    if not text:
        return
    rows = listing.page(viewer, RESIDENTS, Listing(search=text, size=SHOWN)).rows
    if f"{key}_kept" in st.session_state:
        rows = rows[: max((at for at, row in enumerate(rows, 1) if row["id"] in gathered), default=0)]
        if not rows:
            return
    if not rows:
        st.caption(_("Nobody found."))
    for row in rows:
        with st.container(horizontal=True, gap="small", key=f"found_{key}_{row['id']}"):
            said = " · ".join(str(row[name]) for name in ("name", "address") if row.get(name))
            taken = row["id"] in gathered
            st.button(
                plain(said), key=f"{key}_take_{row['id']}", disabled=taken,
                icon=":material/check:" if taken else ":material/person_add:", on_click=tapped,  # type: ignore[arg-type]
                args=(viewer, key, int(row["id"]), str(row["name"])),
            )  # fmt: skip
            if homes:
                st.button(
                    _("Whole home"), key=f"{key}_home_{row['id']}", icon=":material/home:", type="tertiary",
                    on_click=_gather_home, args=(viewer, key, int(row["id"])),
                )  # fmt: skip


def _gather(_viewer: Viewer, key: str, resident_id: int, name: str) -> None:
    st.session_state[f"{key}_who"] = {**st.session_state.get(f"{key}_who", {}), resident_id: name}
    typed = st.session_state.get(f"{key}_find", "").strip()
    if typed:
        st.session_state[f"{key}_kept"] = typed
    st.session_state[f"{key}_find"] = ""


def _gather_home(viewer: Viewer, key: str, resident_id: int) -> None:
    try:
        for one in signing_up.household_of(viewer, resident_id=resident_id):
            _gather(viewer, key, one.id, one.name)
    except Refused as refused:
        words.leave(warning=plain(words.refusal(refused)))


def _drop(key: str, resident_id: int) -> None:
    gathered = dict(st.session_state.get(f"{key}_who", {}))
    gathered.pop(resident_id, None)
    st.session_state[f"{key}_who"] = gathered


def _sign_all(viewer: Viewer, activity_id: int, slot_id: int | None) -> None:
    gathered: dict[int, str] = st.session_state.pop(f"sign_{activity_id}_who", {})
    st.session_state[f"sign_{activity_id}_done"] = [
        _sign(viewer, activity_id, slot_id, resident_id, name) for resident_id, name in gathered.items()
    ]


def _sign(
    viewer: Viewer, activity_id: int, slot_id: int | None, resident_id: int, name: str, why: str = ""
) -> _Outcome:
    try:
        done = signing_up.sign_up(
            viewer, activity_id=activity_id, resident_id=resident_id, slot_id=slot_id, override=why
        )
    except Refused as refused:
        return _Outcome(resident_id, name, refused, words.refusal(refused))
    return _Outcome(resident_id, name, None, told(done))


def _outcomes(viewer: Viewer, card: Card, slot_id: int | None) -> None:
    """Who has a place now; who has none and why, with a field for the reason to do it all the same."""
    done: list[_Outcome] = st.session_state.get(f"sign_{card.id}_done", [])
    good = [one for one in done if one.refused is None]
    if good:
        st.success("  \n".join(plain(one.said) for one in good), icon=":material/check_circle:")
    for one in done:
        if one.refused is None:
            continue
        st.warning(plain(f"{one.name}: {one.said}"), icon=":material/block:")
        if one.never:
            continue
        with (
            st.form(f"all_the_same_{one.resident_id}", border=False),
            st.container(horizontal=True, vertical_alignment="bottom"),
        ):
            why = st.text_input(
                plain(_("Sign {name} up all the same, because", name=one.name)), key=f"sign_why_{one.resident_id}",
                max_chars=200,
            )  # fmt: skip
            if st.form_submit_button(_("Sign up all the same")):
                _again(viewer, card.id, slot_id, one, why)


def _again(viewer: Viewer, activity_id: int, slot_id: int | None, one: _Outcome, why: str) -> None:
    key = f"sign_{activity_id}_done"
    new = _sign(viewer, activity_id, slot_id, one.resident_id, one.name, why)
    st.session_state[key] = [new if old is one else old for old in st.session_state.get(key, [])]
    st.rerun()
