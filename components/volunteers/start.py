"""What a volunteer sees first: the next shift, what waits for an answer, and three that suit."""

from collections.abc import Callable

import streamlit as st

from components import page
from components.i18n import _
from components.kept import Kept
from components.navigation import BY_ADDRESS, page_link
from components.volunteers import answering, cards, paused
from components.words import say
from db import clock
from db.errors import Refused
from db.volunteers import own, suits

MOST = 3


def draw(kept: Kept, others: Callable[[], None]) -> None:
    """The start page of a volunteer; `kept` stands on the topics of `my_shifts` at least. `others` draws what they have
    besides shifts, before what they could take.
    """
    try:
        asks = kept.read(own.asked)
        mine = [
            one
            for one in kept.read(own.coming)
            if one.state == "booked" and one.card.ends_at > clock.now() and one.card.id not in page.answered()
        ]
        found = kept.read(suits.for_me, limit=MOST)
        skills = kept.read(suits.skills)
        pauses = paused.line(kept)
    except Refused as refused:
        say(refused)
        page_link(_(BY_ADDRESS["me"].label), "me", icon=":material/account_circle:")
        others()
        return
    if mine:
        st.subheader(_("My next shift"))
        with st.container(border=True, key="card_next", gap="small"):
            st.markdown(cards.head(mine[0].card, mine[0].place))
            with st.container(key="tap_see_next"):
                page_link(_("Look at it"), "my-shifts", icon=":material/event:")
    answering.draw(kept, asks)
    others()
    offers = [one for one in found.offers if one.card.starts_at > clock.now()]
    if offers or not pauses:
        st.subheader(_("What suits you"))
    if not offers and not pauses:
        st.info(_("Just now there is nothing that suits you. New shifts appear here by themselves."))
    cards.draw_all(offers, skills)
    with st.container(key="tap_see_all"):
        page_link(_("All shifts"), "shifts", icon=":material/event_available:")
    st.caption(_("When something worries you about a neighbour, tell your community office at once."))
