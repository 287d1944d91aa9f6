"""Shifts on the screen: for volunteers what suits them and how to take it, for others how they stand."""

from datetime import date, timedelta

import streamlit as st

from components import live
from components.i18n import _
from components.kept import Kept
from components.page import choose_part, show_more, shown
from components.volunteers import cards, paused, taking, words
from components.words import say
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.volunteers import own, suits
from db.volunteers.suits import AHEAD, DayCount, Offer

TOPICS = ("shifts", "register.volunteers", "areas", "settings")
FIRST, STEP = 8, 16
ON_A_DAY = 5
WEEK = 7


def draw(viewer: Viewer) -> None:
    """Draw the page."""
    kept = Kept(viewer, live.follow(*TOPICS))
    try:
        if viewer.scope("shift.sign_up") == "own":
            _for_volunteer(viewer, kept)
        else:
            _for_others(viewer, kept)
    except Refused as refused:
        st.title(_("Shifts"))
        say(refused)


def _number(name: str) -> int | None:
    asked = st.query_params.get(name, "")
    return int(asked) if asked.isdecimal() else None


def _for_volunteer(viewer: Viewer, kept: Kept) -> None:
    shift_id, booking_id = _number("shift"), _number("done")
    if booking_id is not None:
        taking.draw_done(viewer, booking_id)
    elif shift_id is not None:
        taking.draw(viewer, kept, shift_id)
    else:
        st.title(_("Shifts"))
        part = choose_part("shifts", {"": _("For me"), "days": _("Calendar"), "past": _("Past")})
        skills = kept.read(suits.skills)
        if part == "days":
            day = _choose_day(kept)
            found = kept.read(suits.on, day=day, limit=shown("_shifts_most", ON_A_DAY))
            cards.draw_all(found.offers, skills, here=True)
            _more(found.more)
        elif part == "past":
            past, gone = kept.read(own.past), kept.read(own.gone)
            if not past:
                st.info(_("Nothing yet: your first shift will be here when it is over."))
            for one in past:
                cards.draw_past(one)
            if gone:
                st.subheader(_("Given back or called off"))
            for one in gone:
                cards.draw_past(one)
        else:
            _suiting(viewer, kept, skills)


def _suiting(viewer: Viewer, kept: Kept, skills: dict[str, str]) -> None:
    pauses = paused.line(kept)
    everything = bool(st.session_state.get("_shifts_everything"))
    found = kept.read(suits.for_me, limit=shown("_shifts_most", FIRST), everything=everything)
    offers = [one for one in found.offers if one.card.starts_at > clock.now()]
    if not offers and not pauses:
        st.info(_("Just now there is nothing that suits you. New shifts appear here by themselves."))
    cards.draw_all(offers, skills, here=True)
    _more(found.more)
    st.toggle(
        _("Show also those that are full or do not fit"),
        everything,
        key="shifts_everything",
        on_change=_everything,
    )


def _everything() -> None:
    st.session_state["_shifts_everything"] = st.session_state["shifts_everything"]


def _more(more: bool) -> None:
    if more:
        show_more("_shifts_most", shown("_shifts_most", FIRST) + STEP)


def _choose_day(kept: Kept) -> date:
    """Four weeks as rows of days; the address keeps the day as `?day=`."""
    counts = kept.read(suits.days)
    today = clock.today()
    monday = today - timedelta(days=today.weekday())
    days = [monday + timedelta(days=number) for number in range(AHEAD.days + WEEK)]
    days = [one for one in days if one <= today + AHEAD]
    chosen = _asked_day(today, counts)
    with st.grid(WEEK, min_column_width=40, wrap=False, gap="xxsmall", key="days"):
        for one in days[:WEEK]:
            st.markdown(f":gray[{words.narrow_weekday(one)}]", text_alignment="center")
        for one in days:
            _day(one, counts.get(one), one == chosen, one < today)
    st.caption(_("The number beside a day says how many shifts have a free place. ✓: you have one there."))
    st.subheader(words.day_of(chosen))
    if chosen not in counts:
        st.info(_("Nothing is planned on that day."))
    return chosen


def _asked_day(today: date, counts: dict[date, DayCount]) -> date:
    try:
        asked = date.fromisoformat(st.query_params.get("day", ""))
    except ValueError:
        asked = min((one for one in counts if one >= today), default=today)
    return asked if today <= asked <= today + AHEAD else today


def _day(day: date, count: DayCount | None, chosen: bool, over: bool) -> None:
    mark = (
        f" ✓{count.mine}"
        if count and count.mine
        else f" :small[{count.free}]"
        if count and count.free
        else ""
    )
    st.button(
        f"**{day.day}**{mark}", key=f"day_{day.isoformat()}", type="primary" if chosen else "secondary",
        disabled=over, width="stretch", on_click=_keep_day, args=(day,),
    )  # fmt: skip


def _keep_day(day: date) -> None:
    st.query_params["day"] = day.isoformat()


def _for_others(viewer: Viewer, kept: Kept) -> None:
    """How the shifts stand, for those who look after them or only look."""
    st.title(_("Shifts"))
    part = choose_part("shifts", {"": _("To come"), "days": _("Calendar"), "past": _("Past")})
    day = _choose_day(kept) if part == "days" else None
    found = kept.read(suits.seen, day=day, past=part == "past", limit=shown("_shifts_most", FIRST))
    if not found.offers and day is None:
        st.info(_("There are no shifts."))
    _board(viewer, found.offers)
    _more(found.more)


def _board(viewer: Viewer, offers: tuple[Offer, ...]) -> None:
    with st.grid("auto", min_column_width=300):
        for offer in offers:
            cards.draw_seen(viewer, offer)
