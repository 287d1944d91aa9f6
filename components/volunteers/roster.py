"""The roster for staff: a week at a glance, what is not covered, and the way to everything that fills it.

The address keeps what is looked at: `/roster?week=2026-11-23&area=4&day=2`, `?shift=17` for one shift, `?new=1`.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import streamlit as st

from components import live
from components.care.pickers import areas
from components.i18n import _, language, n_
from components.kept import Kept, once
from components.navigation import page_link
from components.page import choose_part, put_in_address, stand_at
from components.register.values import plain
from components.volunteers import (
    draft,
    heat,
    notes,
    roster_paper,
    series_form,
    series_list,
    shift_page,
    words,
)
from components.volunteers.states import MARKS, legend, state_word, week_table
from components.words import say
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.volunteers import roster, series, shifts
from db.volunteers.roster import STATES, day_of, monday_of
from db.volunteers.shifts import Card
from db.words import N_

PARTS = {
    "": N_("Week"), "open": N_("Not covered"), "draft": N_("Draft roster"), "heat": N_("Heat map"), "series": N_("Series"),
    "print": N_("Print"),
}  # fmt: skip
ROWS = {"work": N_("By kind of work"), "area": N_("By area")}
BADGES = {"empty": "red", "below": "orange", "at_risk": "orange"}
SHOWN = 40


def draw(viewer: Viewer) -> None:
    """One shift, the form for new ones, or the week."""
    params = st.query_params
    shift = params.get("shift", "")
    if shift.isdecimal() and len(shift) < 18:
        shift_page.draw(viewer, int(shift))
    elif "new" in params:
        series_form.draw(viewer)
    else:
        _week(viewer)


def _week(viewer: Viewer) -> None:
    stamp = live.follow("shifts", "areas")
    notes.show()
    monday, known = asked_week(), areas(viewer, "shift.edit")
    area_id = asked_area(known)
    with st.container(key="screen_roster"):
        _head(viewer, monday, area_id, known)
        if not known:
            st.info(_("No area has been given to you yet. Ask an administrator."))
            return
        part = choose_part("roster", {name: _(label) for name, label in PARTS.items()})
    kept = Kept(viewer, stamp)
    if part == "heat":
        heat.draw(kept, monday, area_id)
        return
    if part == "draft":
        draft.draw(viewer, monday, area_id)
        return
    if part == "series":
        series_list.draw(viewer)
        return
    if part == "print":
        roster_paper.draw_week(viewer, monday, area_id)
        return
    since, until = roster.span(monday)
    cards: Sequence[Card] = [
        card
        for card in kept.read(shifts.between, since=since, until=until, area_id=area_id)
        if viewer.reaches("shift.edit", card.area_path)
    ]
    names = kept.read(roster.area_names)
    _summary(cards)
    if part == "open":
        _not_covered(cards, names)
        return
    if not cards:
        st.info(_("No shifts in this week yet. Make new ones, or copy another week."))
    else:
        with st.container(key="wide_roster"):
            _table(kept, cards, names, monday, area_id)
        legend()
    _copy(viewer, monday, area_id)
    if cards:
        _day(cards, names, monday)


def _table(
    kept: Kept, cards: Sequence[Card], names: dict[int, str], monday: date, area_id: int | None
) -> None:
    """The week with a row for each kind of work, or for each area; built once while nothing moves."""
    rows = st.segmented_control(
        _("Rows"), list(ROWS), default="work", key="roster_rows", required=True, label_visibility="collapsed",
        format_func=lambda one: _(ROWS[one]),
    )  # fmt: skip

    def build() -> str:
        if rows == "area":
            ordered = sorted(cards, key=lambda card: (card.area_path, card.starts_at))
            return week_table(ordered, monday, lambda card: names.get(card.area_id or 0, ""))
        ordered = sorted(cards, key=lambda card: (card.work, card.starts_at, card.area_path))
        return week_table(ordered, monday, lambda card: card.work)

    if not kept.stamp:
        st.html(build())
        return
    now = clock.now()
    hour = (now.date(), now.hour)  # what is over is drawn otherwise
    st.html(
        once(
            "roster",
            kept.stamp,
            kept.viewer.role,
            kept.viewer.areas,
            language(),
            monday,
            area_id,
            rows,
            hour,
            ask=build,
        )
    )


def asked_week() -> date:
    """The Monday of the week in the address, of this week when there is none."""
    try:
        return monday_of(date.fromisoformat(st.query_params.get("week", "")))
    except (ValueError, OverflowError):
        return monday_of(clock.today())


def asked_area(known: dict[int, str]) -> int | None:
    """The area in the address, when it is one of those the viewer looks after."""
    text = st.query_params.get("area", "")
    return int(text) if text.isdecimal() and len(text) < 18 and int(text) in known else None


def _head(viewer: Viewer, monday: date, area_id: int | None, known: dict[int, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title(_("Roster"), width="content")
        if viewer.can("shift.create") and known:
            page_link(
                _("New shifts"), "roster", icon=":material/add_circle:", new=1, week=monday.isoformat(), area=area_id
            )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            _("Week before"), icon=":material/chevron_left:", key="roster_before", on_click=_turn_to, args=(monday, -7)
        )  # fmt: skip
        st.date_input(_("Week of"), monday, key=f"roster_week_{monday}", format="YYYY-MM-DD", width=150,
                      on_change=_chosen_day, args=(f"roster_week_{monday}",))  # fmt: skip
        st.button(
            _("Week after"), icon=":material/chevron_right:", key="roster_after", on_click=_turn_to, args=(monday, 7)
        )  # fmt: skip
        if len(known) > 1:
            stand_at("roster_area", area_id or 0)
            st.selectbox(
                _("Area"), [0, *known], key="roster_area", index=[0, *known].index(area_id or 0), on_change=_chosen_area, width=220,
                format_func=lambda one: known[one] if one else _("All my areas"),
            )  # fmt: skip


def _turn_to(monday: date, days: int) -> None:
    put_in_address({"week": (monday + timedelta(days=days)).isoformat(), "day": None})


def _chosen_day(key: str) -> None:
    chosen = st.session_state[key]
    if chosen is not None:
        st.query_params["week"] = monday_of(chosen).isoformat()


def _chosen_area() -> None:
    chosen = st.session_state["roster_area"]
    if not chosen:
        st.query_params.pop("area", None)
    else:
        st.query_params["area"] = str(chosen)


def _summary(cards: Sequence[Card]) -> None:
    """How the week stands in one line: what is missing first."""
    states = Counter(card.state for card in cards)
    lacking = sum(roster.missing(card) for card in cards)
    said = [f"**{MARKS[state]} {state_word(state)} {states[state]}**" for state in STATES if states[state]]
    if cards:
        said.append(n_("{count} person missing", "{count} people missing", lacking))
    st.markdown("  ·  ".join(said))


def _day(cards: Sequence[Card], names: dict[int, str], monday: date) -> None:
    """The shifts of one day as a list that can be tapped: on the phone this is the roster."""
    days = [monday + timedelta(days=number) for number in range(7)]
    by_day = {day: [card for card in cards if day_of(card) == day] for day in days}
    text = st.query_params.get("day", "")
    first = next(
        (day for day in days if day >= clock.today() and any(map(roster.missing, by_day[day]))), days[0]
    )
    day = days[int(text)] if text in tuple("0123456") else first
    stand_at("roster_day", day)
    st.segmented_control(
        _("Which day"), days, key="roster_day", default=day, required=True, on_change=_keep_day, args=(monday,), wrap=True,
        format_func=lambda one: _day_label(one, by_day[one]),
    )  # fmt: skip
    if not by_day[day]:
        st.caption(_("No shifts on this day."))
    _list(by_day[day], names)


def _day_label(day: date, cards: Sequence[Card]) -> str:
    lacking = sum(map(roster.missing, cards))
    return words.short_day(day) + (f" −{lacking}" if lacking else "")


def _keep_day(monday: date) -> None:
    st.query_params["day"] = str((st.session_state["roster_day"] - monday).days)


def _list(cards: Sequence[Card], names: dict[int, str], *, day: bool = False) -> None:
    with st.container(key="wrap_shifts", gap="small"):
        for card in cards[:SHOWN]:
            where = words.place(names.get(card.area_id or 0, ""), card.where)
            people = _("{taken} of {capacity}, at least {minimum}", taken=card.taken, capacity=card.capacity,
                       minimum=card.minimum)  # fmt: skip
            at = (words.day(card.starts_at) + " " if day else "") + words.span(card.starts_at, card.ends_at)
            stands = f"{MARKS[card.state]} {state_word(card.state)}"
            if card.state in BADGES:
                stands = f":{BADGES[card.state]}-badge[{stands}]"
            page_link(
                f"{stands} **{at} {plain(card.title)}** · {plain(where)} · {people}", "roster", shift=card.id
            )
    if len(cards) > SHOWN:
        st.caption(_("{count} more: choose an area to see fewer at once.", count=len(cards) - SHOWN))


def _not_covered(cards: Sequence[Card], names: dict[int, str]) -> None:
    """What has to be filled, the worst first within each day."""
    lacking = [card for card in cards if roster.missing(card) and card.starts_at > clock.now()]
    if not lacking:
        st.success(_("Everything that is still to come in this week is covered."))
    _list(sorted(lacking, key=lambda card: (day_of(card), STATES.index(card.state), card.starts_at)), names, day=True)  # fmt: skip


def _copy(viewer: Viewer, monday: date, area_id: int | None) -> None:
    """Make this week's shifts again in the week after."""
    if not viewer.can("shift.create"):
        return
    to = monday + timedelta(days=7)
    with st.expander(_("Copy this week to the week after"), icon=":material/content_copy:", key="roster_copy", on_change="rerun") as opened:  # fmt: skip
        if not opened.open:
            return
        found = series.copyable(viewer, monday=monday, to=to, area_id=area_id)
        said = [n_("{count} shift would be made, without people", "{count} shifts would be made, without people", found.made)]  # fmt: skip
        if found.already:
            said.append(n_("{count} is there already", "{count} are there already", found.already))
        if found.holidays:
            said.append(n_("{count} falls on a holiday", "{count} fall on a holiday", found.holidays))
        st.write("; ".join(said))
        st.button(
            _("Copy the week"), key="roster_copy_now", type="primary", disabled=not found.made,
            on_click=_copy_now, args=(viewer, monday, to, area_id),
        )  # fmt: skip


def _copy_now(viewer: Viewer, monday: date, to: date, area_id: int | None) -> None:
    try:
        done = series.copy_week(viewer, monday=monday, to=to, area_id=area_id)
    except Refused as refused:
        say(refused)
        return
    st.toast(n_("{count} shift made.", "{count} shifts made.", done.made))
    st.query_params["week"] = to.isoformat()
