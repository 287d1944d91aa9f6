"""At the door of a shift: the code that changes, and the list of who is there. Made for a phone in one hand."""

from collections.abc import Callable
from datetime import datetime, time
from functools import partial

import streamlit as st

from components.i18n import _, n_
from components.live import follow
from components.navigation import page_link
from components.register.values import plain
from components.volunteers import by_code, words
from components.volunteers.hours_words import ORIGIN_ICONS, act, hours, press, said_no, say_no, site
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.volunteers import checking
from db.volunteers import hours as entries
from db.volunteers.checking import Door, Present


def draw(viewer: Viewer) -> None:
    """The shifts of a day, each a way to its door."""
    if not viewer.can("hours.enter"):
        st.info(_("Checking in and out is done by the community workers."))
        return
    follow("hours", "shifts")
    day = st.date_input(
        _("Date"), clock.today(), key="door_day", format="YYYY-MM-DD", max_value=clock.today(), width=220
    )
    found = checking.doors(viewer, day=day)
    if not found:
        st.info(_("On this day there are no shifts in your areas."), icon=":material/event_busy:")
    for one in found:
        with st.container(border=True, key=f"door_{one.shift_id}", gap="xsmall"):
            at = f"{words.clock_time(one.starts_at)}–{words.clock_time(one.ends_at)}"
            if entries.local_day(one.starts_at) != day:  # it goes on from the night before
                at = plain(words.when(one.starts_at, one.ends_at))
            st.markdown(f"**{plain(one.title)}** {plain(one.where)}  \n{at} · {_count(one)}")
            with st.container(key=f"row_door_{one.shift_id}"), st.container(key=f"tap_door_{one.shift_id}"):
                page_link(
                    _("Code and list") if one.on else _("List"), "hours", shift=one.shift_id,
                    icon=":material/qr_code_2:" if one.on else ":material/checklist:",
                )  # fmt: skip


def _count(door: Door) -> str:
    parts = [n_("{count} place taken", "{count} places taken", door.booked)]
    parts += [n_("{count} is there", "{count} are there", door.there)] if door.there else []
    parts += [n_("{count} has left", "{count} have left", door.left)] if door.left else []
    parts += [n_("{count} did not come", "{count} did not come", door.absent)] if door.absent else []
    return plain(" · ".join(parts))


def draw_shift(viewer: Viewer, shift_id: int) -> None:
    """One shift: the code while it is on, and the list."""
    follow("hours", "shifts")
    page_link(_("All shifts"), "hours", icon=":material/arrow_back:")
    try:
        door, people = checking.there(viewer, shift_id=shift_id)
    except Refused as refused:
        say_no(refused)
        return
    st.title(plain(door.title))
    st.markdown(plain(f"{words.when(door.starts_at, door.ends_at)} {door.where}"))
    said_no()
    if door.on:
        ways = {"in": _("Check in"), "out": _("Check out")}
        late = clock.now() > door.starts_at + (door.ends_at - door.starts_at) / 2
        way = st.segmented_control(
            _("Code for"), list(ways), key=f"door_way_{shift_id}", format_func=ways.__getitem__, required=True,
            default="out" if late else "in", label_visibility="collapsed", width="stretch",
        )  # fmt: skip
        to: checking.Way = "out" if way == "out" else "in"
        by_code.show(partial(checking.code, viewer, shift_id=shift_id, way=to), site(viewer), _said)
    st.subheader(_("Who is there"))
    st.caption(_count(door))
    for one in people:
        _person(viewer, door, one)
    if not people:
        st.info(_("Nobody has a place in this shift."))


def _said(seconds: int) -> str:
    return n_(
        "Changes in {count} second. Scan it, or type the six digits under “My shifts”.",
        "Changes in {count} seconds. Scan it, or type the six digits under “My shifts”.", seconds,
    )  # fmt: skip


def _person(viewer: Viewer, door: Door, one: Present) -> None:
    over = clock.now() >= door.ends_at
    key = one.booking_id
    with st.container(border=True, key=f"there_{key}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{plain(one.name)}**", width="content")
            _state(one)
        with st.container(horizontal=True, key=f"big_there_{key}"):
            if one.state == "" and door.on:
                _button(viewer, _("Is here"), checking.came, one, ":material/check:", primary=True)
            if one.state == "in" and door.on:
                _button(viewer, _("Leaves now"), checking.left, one, ":material/logout:", primary=True)
            if one.state == "" and clock.now() >= door.starts_at:
                _absent(viewer, one)
            if one.state in ("", "in", "out") and clock.now() >= door.starts_at:
                _times(viewer, door, one, over)
            if one.state in ("in", "out", "absent"):
                _button(viewer, _("Take back"), checking.undo, one, ":material/undo:")


def _state(one: Present) -> None:
    times = "–".join(words.clock_time(at) for at in (one.in_at, one.out_at) if at is not None)
    icon = ORIGIN_ICONS.get(one.origin, "")
    said, colour = {
        "": (_("not here yet"), "gray"),
        "in": (_("here since {time}", time=times), "blue"),
        "out": (f"{times} · {hours(one.minutes)}", "orange"),
        "approved": (f"{times} · {hours(one.minutes)}", "green"),
        "absent": (
            _("did not come, excused") if one.excused else _("did not come"),
            "gray" if one.excused else "red",
        ),
    }[one.state]
    st.badge(plain(said), color=colour, icon=icon or None)  # type: ignore[arg-type]


def _button(
    viewer: Viewer, label: str, command: Callable[..., None], one: Present, icon: str, *, primary: bool = False
) -> None:  # fmt: skip
    st.button(
        label, key=f"{command.__name__}_{one.booking_id}", icon=icon, type="primary" if primary else "secondary",
        on_click=press, args=(command, viewer), kwargs={"booking_id": one.booking_id},
    )  # fmt: skip


def _absent(viewer: Viewer, one: Present) -> None:
    with st.popover(_("Did not come"), icon=":material/person_off:"):
        excused = st.toggle(_("Excused"), key=f"excused_{one.booking_id}")
        reason = st.text_input(_("Reason"), key=f"excuse_{one.booking_id}", max_chars=200)
        st.button(
            _("Note it"), key=f"absent_{one.booking_id}", type="primary", on_click=press, args=(checking.absent, viewer),
            kwargs={"booking_id": one.booking_id, "excused": excused, "reason": reason},
        )  # fmt: skip


def _times(viewer: Viewer, door: Door, one: Present, over: bool) -> None:
    """Other times than now: while it runs by the list, afterwards from the paper sheet, and marked so."""
    local = partial(datetime.astimezone, tz=clock.PLACE)
    key = one.booking_id
    with st.popover(_("From the paper sheet") if over else _("Another time"), icon=":material/schedule:"):
        came = left = None
        if over or one.state == "":
            came = st.time_input(
                _("Came at"), local(one.in_at or door.starts_at).time(), key=f"came_at_{key}", step=300
            )
        if over or one.state == "in":
            left = st.time_input(
                _("Left at"), local(one.out_at or min(door.ends_at, clock.now())).time(), key=f"left_at_{key}", step=300
            )  # fmt: skip
        if came is None and left is None:
            st.caption(_("After the shift you can enter the times from the paper sheet."))
            return
        if over:
            st.caption(_("The entry is marked as coming from paper."))
        if st.button(_("Save"), key=f"times_{key}", type="primary"):
            _save_times(viewer, door, one, came, left, over)


def _save_times(
    viewer: Viewer, door: Door, one: Present, came: time | None, left: time | None, over: bool
) -> None:  # fmt: skip
    came_at, left_at = (
        entries.moment_near(at, door.starts_at, door.ends_at) if at is not None else None
        for at in (came, left)
    )
    if over:
        done = act(checking.from_paper, viewer, booking_id=one.booking_id, came=came_at, left=left_at)
    elif came_at is not None:
        done = act(checking.came, viewer, booking_id=one.booking_id, at=came_at)
    else:
        done = act(checking.left, viewer, booking_id=one.booking_id, at=left_at)
    if done:
        st.toast(_("Saved."))
    st.rerun()
