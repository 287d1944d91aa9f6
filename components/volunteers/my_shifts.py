"""Own shifts: the next one first and large, with all one needs; then the others, and what is over."""

from datetime import datetime, timedelta

import streamlit as st

from components import live, page
from components.i18n import _
from components.kept import Kept
from components.navigation import page_link
from components.page import show_more, shown
from components.register.values import plain
from components.volunteers import answering, calendar, cards, changing, paused, visiting, words
from components.words import say
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.volunteers import own, signing_up
from db.volunteers.own import Mine

TOPICS = ("shifts", "hours", "register.volunteers", "areas", "settings")
SOON = timedelta(hours=2)
FIRST, STEP = 5, 10
MOST_PAST = 5


def draw(viewer: Viewer) -> None:
    """Draw it for the volunteer of this account."""
    st.title(_("My shifts"))
    kept = Kept(viewer, live.follow(*TOPICS))
    try:
        asks, all_mine = kept.read(own.asked), kept.read(own.coming)
        past, gone = kept.read(own.past), kept.read(own.gone)
        pauses = paused.line(kept)
    except Refused as refused:
        say(refused)
        return
    now = {one.booking_id: one for one in all_mine}
    said = [one.one for one in changing.said() if "left" in one.done or one.one.booking_id in now]
    mine = [one for one in all_mine if one.card.ends_at > clock.now() and one.card.id not in page.answered()]
    just_over = [
        one
        for one in all_mine
        if one.card.ends_at <= clock.now() and one.state == "booked" and one.elder_until is not None
    ]
    mine = sorted([*mine, *said], key=lambda one: one.card.starts_at)
    have = [one for one in mine if one.state == "booked"]
    hope = [one for one in mine if one.state in ("waiting", "requested", "entered")]
    changing.say_refused_of_gone(viewer, [one.booking_id for one in (*have, *hope)])
    asked = st.query_params.get("booking", "")
    have.sort(key=lambda one: (str(one.booking_id) != asked, one.card.starts_at))
    _not_here(
        viewer, asked, {one.booking_id for one in (*all_mine, *said)} | {one.booking_id for one in asks}
    )
    if not have and not pauses and not page.answered():
        st.info(_("You have no shift yet. Look what suits you."))
        with st.container(key="tap_go_find"):
            page_link(_("Find a shift"), "shifts", icon=":material/search:")
    for one in have[:1]:
        _have(viewer, kept, one, now.get(one.booking_id, one), first=True)
    answering.draw(kept, asks)
    if have[1:]:
        st.subheader(_("Then"))
    most = shown("_mine_most", FIRST)
    for one in have[1 : most + 1]:
        _have(viewer, kept, one, now.get(one.booking_id, one), first=False)
    if len(have) > most + 1:
        show_more("_mine_most", most + STEP)
    for one in just_over:
        with st.container(border=True, key=f"card_over_{one.booking_id}", gap="small"):
            st.markdown(f"{cards.head(one.card, one.place)}\n\n{_('It is over. Thank you!')}")
            visiting.draw(viewer, one)
    if hope:
        st.subheader(_("Not sure yet"))
    for one in hope:
        _hope(viewer, one)
    if have:
        calendar.draw(viewer)
    _list(_("What is over"), "past_open", ":material/history:", past)
    _list(_("Given back or called off"), "gone_open", ":material/event_busy:", gone)


def _not_here(viewer: Viewer, asked: str, here: set[int]) -> None:
    """Whoever comes from a calendar entry to a place that is not theirs any more is told so, before all others."""
    if not asked.isdecimal() or int(asked) in here:
        return
    try:
        one = own.one(viewer, booking_id=int(asked))
    except Refused:
        st.info(_("This shift is not among yours."), icon=":material/event_busy:")
        return
    over = one.card.ends_at <= clock.now()
    st.info(
        _("This shift is over.") if over else _("This place is not yours any more."),
        icon=":material/event_busy:",
    )
    cards.draw_past(one, key="asked")


def _list(label: str, key: str, icon: str, found: list[Mine]) -> None:
    """What is over, or not one's own any more: drawn when it is unfolded."""
    if not found:
        return
    opened = st.expander(label, icon=icon, key=key, on_change="rerun")
    if opened.open:
        with opened:
            for one in found[:MOST_PAST]:
                cards.draw_past(one)
            if len(found) > MOST_PAST:
                page_link(_("Show more"), "shifts", icon=":material/history:", part="past")


def _have(viewer: Viewer, kept: Kept, one: Mine, now: Mine, *, first: bool) -> None:
    """One shift that is coming, as it stood when one came here and as it stands `now`.

    The first is open, of the others one sees when and where.
    """
    with st.container(border=True, key=f"card_mine_{one.booking_id}", gap="small"):
        done = changing.done(one)
        if now.came is not None:
            _there(viewer, now, now.came)
            return
        st.markdown(_text(one, large=first, over="left" in done))
        if one.handing:
            changing.looking(viewer, one, one.handing, done)
        key = f"open_{one.booking_id}"
        if first:
            _more(viewer, kept, one, now, done)
        elif page.unfold(key, _("More about it, or I cannot come"), ":material/expand_more:"):
            _more(viewer, kept, one, now, done)
            page.fold(key)


def _there(viewer: Viewer, one: Mine, came: datetime) -> None:
    """Who is there has nothing to promise or to give back any more: what to do, whom one visits, and how to leave."""
    if one.went is not None:
        said = _("You are checked out at {time}. Thank you!", time=words.clock_time(one.went))
    else:
        said = _("You are checked in since {time}. Enjoy it!", time=words.clock_time(came))
    st.markdown(
        f"{_text(one, large=True, over=False, there=True)}\n\n:green[:material/check_circle: {plain(said)}]"
    )
    changing.say_refused(viewer, one)
    lines = _facts(one)
    if one.went is None:
        lines.append(
            f":material/qr_code_scanner: {_('When you leave, scan the code on the spot once more, or type its six digits above.')}"
        )
    if lines:
        st.markdown("\n\n".join(lines))
    visiting.draw(viewer, one)


def _text(one: Mine, *, large: bool, over: bool, there: bool = False) -> str:
    """What, when and where, and how it stands: of what was given back only that."""
    card = one.card
    marks = []
    if over:
        marks.append(cards.badge(cards.MINE["cancelled"]))
    else:
        if one.confirmed and not one.handing and not there:
            marks.append(f":green-badge[:material/check_circle: {_('You said you will come')}]")
        if one.paired:
            marks.append(f":blue-badge[:material/group: {_('You come as two')}]")
        if one.regular:
            marks.append(f":blue-badge[:material/repeat: {_('Regular place')}]")
    lines = [cards.head(card, one.place), " ".join(marks)]
    if large:
        lines[0] = "### " + lines[0].replace("  \n", "\n\n", 1)
    return "\n\n".join(line for line in lines if line)


def _facts(one: Mine) -> list[str]:
    """With whom, what to do, what to bring."""
    card, lines = one.card, []
    if one.companions:
        lines.append(f":material/group: {plain(_('With {names}', names='、'.join(one.companions)))}")
    if card.task:
        lines.append(f":material/task: {plain(card.task)}")
    if card.note:
        lines.append(f":material/info: {plain(card.note)}")
    if card.bring:
        lines.append(f":material/backpack: {plain(_('Bring: {things}', things=card.bring))}")
    return lines


def _more(viewer: Viewer, kept: Kept, one: Mine, now: Mine, done: frozenset[str]) -> None:
    """With whom, what to do, whom one visits, and what one can say about it."""
    card, over, confirmed = one.card, "left" in done, "confirmed" in done
    lines = _facts(one)
    if card.starts_at - SOON < clock.now():
        arrive = _("When you arrive, scan the code on the spot: so your hours count.")
        lines.append(
            f":material/event_busy: {_('You need not come any more.')}" if over
            else f":material/qr_code_scanner: {arrive}"
        )  # fmt: skip
    if lines:
        st.markdown("\n\n".join(lines))
    visiting.draw(viewer, one, over=over)
    asks = bool(now.handing) and not over  # somebody to take it over
    if not one.confirmed and not one.handing and card.starts_at > clock.now():
        stays = over or asks
        st.button(
            _("You said you will come") if confirmed and not stays else _("I will come"),
            key=f"tap_confirm_{one.booking_id}", type="secondary" if confirmed or stays else "primary",
            icon=":material/check:", width="stretch", disabled=stays or confirmed, on_click=changing.do,
            args=(one, "confirmed", signing_up.confirm, viewer),
        )  # fmt: skip
        changing.say_refused(viewer, one, "confirmed")
    calendar.download(viewer, one, over=over)
    if card.starts_at > clock.now():
        changing.draw(viewer, kept, one, now, done)


def _hope(viewer: Viewer, one: Mine) -> None:
    """Somewhere one waits, asked for a place or takes part in a draw."""
    with st.container(border=True, key=f"card_hope_{one.booking_id}", gap="small"):
        over = "left" in changing.done(one)
        st.markdown(
            f"{cards.head(one.card, one.place)}\n\n{cards.mine('cancelled' if over else one.state, one.line)}"
        )
        st.button(
            _("I no longer want it"), key=f"tap_leave_{one.booking_id}", icon=":material/close:", width="stretch",
            disabled=over, on_click=changing.stop_wanting, args=(viewer, one),
        )  # fmt: skip
        changing.say_refused(viewer, one, "left")
