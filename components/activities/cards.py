"""Activities as cards for a thumb: when, what, where, how many places are left, and one large button."""

import streamlit as st

from components.activities import words
from components.i18n import _
from components.page import open_here
from components.register.values import plain
from db.access import Viewer
from db.activities.programme import Card
from db.words import N_

LOOK = (N_("Look at it"), ":material/visibility:", False)


def head(card: Card, area: str) -> str:
    """The first lines of a card."""
    lines = [
        f":material/calendar_month: **{plain(words.when(card))}**",
        f":primary[**{plain(card.title)}**]",
    ]
    where = card.where or area
    if where:
        lines.append(f":material/location_on: {plain(where)}")
    return "  \n".join(lines)


def facts(card: Card) -> str:
    """Kind, stage where it is not plain, dates to come."""
    said = [words.tag("gray", words.kind(card.kind), words.ICONS[card.kind])]
    if card.stage == "running" and card.sessions == 1:
        said.append(words.tag("green", _("It is today")))
    elif card.stage in ("draft", "running", "cancelled"):
        said.append(words.stage(card.stage))
    left = words.dates_left(card)
    if left:
        said.append(f":gray[{plain(left)}]")
    return " ".join(said)


def stands(card: Card) -> str:
    """Places left, in a colour and in words."""
    if card.stage in ("done", "cancelled"):
        return ""
    colour, icon = ("green", ":material/event_seat:") if card.free else ("orange", ":material/hourglass_top:")
    return words.tag(colour, words.room(card), icon)


def draw(viewer: Viewer, card: Card, area: str, *, has: bool = False) -> None:
    """One activity; `has`: the viewer is signed up for it already."""
    with st.container(border=True, key=f"card_{card.id}", gap="small"):
        st.markdown("\n\n".join(one for one in (head(card, area), facts(card), stands(card)) if one))
        label, icon, goes = LOOK if has else _way(viewer, card)
        label = _(label)
        with st.container(key=f"tap_{'go' if goes else 'see'}_{card.id}"):
            st.button(
                label, key=f"tap_open_{card.id}", type="primary" if goes else "secondary", icon=icon, width="stretch",
                on_click=open_here, args=("id", card.id),
            )  # fmt: skip


def _way(viewer: Viewer, card: Card) -> tuple[str, str, bool]:
    if card.stage not in ("announced", "running") or not viewer.can("activity.sign_up"):
        return LOOK
    if viewer.scope("activity.sign_up") != "own":
        return N_("Sign up, take attendance") if card.mine else N_("Sign up"), ":material/group_add:", True
    if card.free or card.mode == "lottery":
        return N_("Sign up"), ":material/event_available:", True
    return N_("Stand in line"), ":material/hourglass_top:", True
