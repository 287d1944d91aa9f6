"""Activities on the screen: what is coming as cards, one of them, or the form for a new one, as the address says."""

import streamlit as st

from components import live
from components.activities import cards, door, mine, never, one, planning, saying, words
from components.i18n import _
from components.kept import Kept
from components.navigation import BY_ADDRESS, page_link
from components.page import choose_part, number_in_address, show_more, shown
from db.access import Viewer
from db.activities import feedback, programme, signing_up, whom
from db.errors import Refused

TOPICS = ("activities", "register.venues", "areas", "settings")
OF_PEOPLE = ("people", "register.residents")
"""What else is to be followed where people are listed."""
FIRST, STEP = 12, 24
NEVER = "never"


def draw(viewer: Viewer) -> None:
    """Draw the page."""
    activity_id = number_in_address("id")
    lists_people = activity_id is not None or st.query_params.get("part") == NEVER
    kept = Kept(viewer, live.follow(*TOPICS, *(OF_PEOPLE if lists_people else ())))
    try:
        if activity_id is not None:
            one.draw(kept, activity_id)
        elif st.query_params.get("new") and viewer.can("activity.create"):
            planning.draw(viewer)
        else:
            _list(viewer, kept)
    except Refused as refused:
        st.title(_("Activities"))
        words.say(refused)


def _list(viewer: Viewer, kept: Kept) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="tap_activities"
    ):
        st.title(_("Activities"), width="content")
        if viewer.can(BY_ADDRESS["participation"].action):
            page_link(_("Who takes part"), "participation", icon=":material/bar_chart:")
        if viewer.can("activity.create"):
            st.button(
                _("New activity"),
                key="activity_new",
                type="primary",
                icon=":material/add:",
                on_click=_open_new,
            )
    words.said()
    if viewer.scope("activity.sign_up") == "own":
        door.draw(viewer)
        saying.card(viewer, kept.read(feedback.to_say))
        mine.draw(viewer)
    stages = {"": _("Coming up"), "draft": _("Drafts"), "done": _("Over"), "cancelled": _("Called off")}
    if not viewer.can("activity.edit"):
        del stages["draft"]
    if viewer.can("activity.attend"):
        stages[NEVER] = _("Never come")
    part = choose_part("activities", stages)
    if part == NEVER:
        never.draw(viewer, kept)
        return
    kinds, text, own = _filters(viewer)
    most = shown("_activities_most", FIRST)
    found = kept.read(
        programme.overview, stage=part or "coming", kinds=kinds, text=text, own=own, limit=most + 1
    )
    if not found:
        _nothing(viewer, part, bool(kinds or text or own))
    areas = kept.read(whom.area_names)
    has = _mine(viewer)
    with st.grid("auto", min_column_width=300):
        for card in found[:most]:
            cards.draw(viewer, card, areas.get(card.area_id, ""), has=card.id in has)
    if len(found) > most:
        show_more("_activities_most", most + STEP)


def _mine(viewer: Viewer) -> set[int]:
    """The activities for which the viewer, who signs up for nobody but themselves, is signed up."""
    if viewer.scope("activity.sign_up") != "own" or len(whom.ones(viewer)) > 1:
        return set()
    return {row.activity_id for row in signing_up.own_bookings(viewer)}


def _open_new() -> None:
    st.query_params.from_dict({"new": "1"})


def _filters(viewer: Viewer) -> tuple[tuple[str, ...], str, bool]:
    """Which kinds, which words, and whether only what lies in one's own areas."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            _("Search"), key="activities_text", placeholder=_("Title or who leads it"), width=300,
            label_visibility="collapsed", icon=":material/search:",
        )  # fmt: skip
        kinds = st.multiselect(
            _("Kind"), list(words.KINDS), key="activities_kinds", format_func=words.kind, placeholder=_("All kinds"),
            label_visibility="collapsed", width=300,
        )  # fmt: skip
        own = bool(viewer.areas) and st.toggle(_("Only my area"), key="activities_own")
    return tuple(kinds), text, own


def _nothing(viewer: Viewer, part: str, filtered: bool) -> None:
    if filtered:
        st.info(_("Nothing of that kind. Take a filter away, or search for another word."))
    elif part == "draft":
        st.info(_("No drafts. What you plan and do not announce yet is kept here."))
    elif part:
        st.info(_("Nothing here."))
    elif viewer.can("activity.create"):
        st.info(
            _("Nothing is coming. Tap “New activity”: a class, an outing or a birthday party takes a minute.")
        )
    else:
        st.info(_("Nothing is coming just now. What the office announces appears here by itself."))
