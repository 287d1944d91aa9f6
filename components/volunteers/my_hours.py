"""Own hours, stars, no-shows and certificates; and checking in and out with six digits."""

from functools import partial

import streamlit as st

from components.i18n import _, day_text, number_text
from components.live import follow
from components.page import number_in_address
from components.register.values import plain
from components.volunteers import by_code, hours_certificates, words
from components.volunteers.hours_entry import amount, state_badge, told
from components.volunteers.hours_missed import badge, conversation
from components.volunteers.hours_waiting import line
from components.volunteers.hours_words import act, hours, press, said_no, say_no, step_name
from db.access import Viewer
from db.errors import Refused
from db.volunteers import approving, certificates, checking, no_shows, stars
from db.volunteers.checking import Checked, OnNow

_DONE = "_checked_now"


def draw(viewer: Viewer) -> None:
    """Draw it for the volunteer of this account."""
    if (paper_id := number_in_address("paper")) is not None:
        hours_certificates.draw_paper(viewer, paper_id, "my-shifts", part="hours")
        return
    follow("hours")
    said_no()
    try:
        _stars(viewer)
    except Refused as refused:
        say_no(refused)
        return
    _missed(viewer)
    _entries(viewer)
    _certificates(viewer)


def _stars(viewer: Viewer) -> None:
    """The own sum and the next step. Nobody is compared with anybody."""
    now = stars.mine(viewer)
    with st.container(border=True, key="my_stars", gap="xsmall"):
        st.metric(_("My hours of service"), hours(now.totals.credited))
        if now.totals.by_hand:
            st.caption(
                _("Besides {hours} made up by hand, which are named apart.", hours=hours(now.totals.by_hand))
            )
        if now.at is not None:
            st.markdown(f":material/star: **{plain(step_name(now.at))}**")
        if now.above is not None:
            start = now.at.hours if now.at is not None else 0
            share = (now.totals.credited / 60 - start) / (now.above.hours - start)
            st.progress(max(0.0, min(1.0, share)))
            missing = int(now.missing) if now.missing.is_integer() else now.missing
            st.markdown(
                plain(_("{hours} hours to “{step}”", hours=number_text(missing), step=step_name(now.above)))
            )


def _missed(viewer: Viewer) -> None:
    standing, found = no_shows.mine(viewer)
    if standing.level == "notice":
        st.info(
            _("You could not come several times without giving your place back. If something is in the way, tell us: we find a way together."),
            icon=":material/favorite:",
        )  # fmt: skip
    elif standing.level == "request":
        st.info(
            _("Until {day} the office confirms your places, because several stayed empty. Talk to us if that is not right.",
              day=day_text(standing.until)),
            icon=":material/favorite:",
        )  # fmt: skip
    for one in found:
        with st.container(border=True, key=f"my_missed_{one.id}", gap="xsmall"):
            st.markdown(
                f"**{plain(_('Not come'))}** {badge(one)}  \n{plain(f'{day_text(one.on)} · {one.title}')}"
            )
            if one.reason:
                st.caption(plain(one.reason))
            conversation(one)
            if not one.appeal and not one.excused:
                with st.popover(_("That is not right"), icon=":material/chat_bubble:"):
                    why = st.text_input(_("What happened?"), key=f"object_{one.id}", max_chars=400)
                    st.button(
                        _("Send"), key=f"object_save_{one.id}", type="primary", on_click=press,
                        args=(no_shows.object_to, viewer), kwargs={"no_show_id": one.id, "why": why},
                    )  # fmt: skip


def _entries(viewer: Viewer) -> None:
    st.subheader(_("Entries"))
    found = approving.mine(viewer)
    if not found:
        st.caption(_("Nothing yet. After your first shift it stands here."))
    for one in found:
        with st.container(border=True, key=f"my_entry_{one.id}", gap="xsmall"):
            st.markdown(f"**{plain(amount(one))}** {state_badge(one)}  \n{line(one)}")
            if one.state == "refused" or one.corrects is not None:
                st.caption(plain(told(one)))


def _certificates(viewer: Viewer) -> None:
    found = certificates.mine(viewer)
    if not found:
        return
    st.subheader(_("Certificates"))
    for one in found:
        with st.container(border=True, key=f"my_certificate_{one.id}", gap="xsmall"):
            st.markdown(f"{hours_certificates.validity(one)}  \n{hours_certificates.summary(one)}")
            with st.container(horizontal=True, vertical_alignment="center"):
                hours_certificates.ways(viewer, one, "my-shifts", part="hours")


def door(viewer: Viewer) -> None:
    """Shifts that are on now: one tap after scanning the code, or six digits. Draws nothing at other times."""
    done = st.session_state.pop(_DONE, None)
    if isinstance(done, Checked):
        _welcome(done)
    on = checking.on_now(viewer)
    scanned, digits = by_code.scanned()
    for one in on:
        with st.container(border=True, key=f"on_now_{one.shift_id}", gap="small"):
            st.markdown(
                f"**{plain(one.title)}** {plain(one.where)}  \n{plain(words.when(one.starts_at, one.ends_at))}"
            )
            if one.state == "out":
                st.success(_("You are checked out. Thank you!"), icon=":material/check_circle:")
            elif one.shift_id == scanned:
                _confirm(viewer, one, digits)
            else:
                _digits(viewer, one)
    if scanned is not None and not any(one.shift_id == scanned for one in on):
        said_no()
        st.warning(_("You have no place in the shift of this code, or it is not on now."))


def _welcome(done: Checked) -> None:
    at = words.clock_time(done.at)
    if done.still:
        st.warning(
            _("You are not checked out yet: this is the code for coming, and you are checked in since {time}. To leave, "
              "ask for the code for leaving.", time=at), icon=":material/logout:",
        )  # fmt: skip
    elif done.state == "in":
        st.success(_("You are checked in since {time}. Enjoy it!", time=at), icon=":material/check_circle:")
    else:
        st.success(_("You are checked out at {time}. Thank you!", time=at), icon=":material/check_circle:")


def _confirm(viewer: Viewer, one: OnNow, digits: str) -> None:
    said_no()
    by_code.tapped(
        str(one.shift_id), _("Check out now") if one.state == "in" else _("Check in now"),
        partial(_check, viewer, one, digits),
    )  # fmt: skip


def _digits(viewer: Viewer, one: OnNow) -> None:
    said_no()
    if one.state == "in":
        st.markdown(f":material/check_circle: {plain(_('You are checked in.'))}")
    key = (
        f"{one.shift_id}_out" if one.state == "in" else str(one.shift_id)
    )  # the digits for coming are gone then
    typed = by_code.typed(
        key,
        _("Six digits from the staff phone, to leave") if one.state == "in" else _("Six digits from the staff phone"),
        _("Check out") if one.state == "in" else _("Check in"),
    )  # fmt: skip
    if typed:
        _check(viewer, one, typed)
        st.rerun()
    elif typed is not None:
        st.warning(
            _("You are still checked in. To leave, type the six digits for leaving.") if one.state == "in"
            else _("Type the six digits first.")
        )  # fmt: skip


def _check(viewer: Viewer, one: OnNow, digits: str) -> None:
    def check() -> None:
        st.session_state[_DONE] = checking.check(
            viewer, shift_id=one.shift_id, code=digits, leaving=one.state == "in"
        )

    act(check)
    st.query_params.pop("check", None)
