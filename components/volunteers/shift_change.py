"""Changing a shift or calling it off: this one, this and the following, or all; what it touches is said before."""

from datetime import date, timedelta
from typing import Any

import streamlit as st

from components.i18n import _, n_
from components.register.values import plain
from components.volunteers import choosing, notes, rule_form
from components.volunteers.series_form import HOLIDAYS
from components.words import problem, say
from db import clock, listing
from db.access import Viewer
from db.errors import Refused
from db.people.residents import RESIDENTS
from db.volunteers import series, series_change, work_kinds
from db.volunteers.series_change import Touch, Wanted
from db.volunteers.shifts import Card
from db.words import N_

SCOPES = {
    "this": N_("Only this one"), "following": N_("This and the following"), "all": N_("All that are to come"),
}  # fmt: skip


def draw(viewer: Viewer, card: Card) -> None:
    """The form, and what it would touch."""
    scope = _scope(card)
    its = series.one(viewer, series_id=card.series_id) if scope != "this" and card.series_id else None
    local, key = card.starts_at.astimezone(clock.PLACE), f"change_{card.id}_{card.version}"
    length = int((card.ends_at - card.starts_at) // timedelta(minutes=1))
    one, two = st.columns(2)
    start = one.time_input(_("Begins at"), local.time(), key=f"{key}_start", step=900)
    minutes = two.number_input(_("Minutes"), 10, 1440, length, 10, key=f"{key}_minutes")
    title = one.text_input(_("Title"), card.title, key=f"{key}_title", max_chars=60)
    where = two.text_input(_("Place"), card.where, key=f"{key}_where", max_chars=60)
    minimum = one.number_input(_("At least people"), 1, 200, card.minimum, key=f"{key}_minimum")
    capacity = two.number_input(_("At most people"), 1, 200, card.capacity, key=f"{key}_capacity")
    note = st.text_input(_("Note"), card.note, key=f"{key}_note", max_chars=200)

    def new(value: Any, old: Any) -> Any:
        return value if value != old else None

    resident_id = _elder(viewer, card, key) if card.elder_visited else None
    dates = _dates(its, key, new) if its is not None else {}
    wanted = Wanted(  # what was not touched here may differ in the others, and stays as it is there
        new(start, local.time()), new(minutes, length), new(where, card.where), new(title, card.title),
        new(minimum, card.minimum), new(capacity, card.capacity), new(note, card.note), resident_id=resident_id, **dates,
    )  # fmt: skip
    if wanted == Wanted():
        st.caption(_("Nothing is different yet."))
        return
    try:
        touch = series_change.touched(viewer, shift_id=card.id, scope=scope, wanted=wanted)
    except Refused as refused:
        say(refused)
        return
    touched_said(touch)
    why = (
        st.text_input(_("Why (those concerned read it)"), key=f"{key}_why", max_chars=200)
        if touch.cancelled
        else ""
    )
    if st.button(_("Save"), type="primary", icon=":material/check:", key="change_save"):
        _save(viewer, card, scope, touch.version, wanted, why)


def _elder(viewer: Viewer, card: Card, key: str) -> int | None:
    """Somebody who is to be visited; None as long as nobody else is chosen."""
    if not viewer.can("resident.view"):
        return None
    with st.container(border=True):
        st.markdown(f":material/elderly: **{_('Who is visited')}**")
        kept = f"{key}_elder"
        chosen: tuple[int, str] | None = st.session_state.get(kept)
        if chosen is not None:
            st.markdown(_("Visits {name}", name=plain(chosen[1])))
            return chosen[0]
        if card.elder_chosen:
            st.caption(_("Somebody is chosen. Find somebody else to change it."))
        else:
            st.warning(_("Nobody is chosen yet: volunteers do not see whom they visit."))
        found = choosing.resident(viewer, key)
        if found is not None:
            st.session_state[kept] = (found, listing.get(viewer, RESIDENTS, found).label)
            st.rerun()
    return None


def _scope(card: Card) -> str:
    if card.series_id is None:
        return "this"
    scope: str = st.radio(
        _("What is meant"),
        list(SCOPES),
        key=f"scope_{card.id}",
        horizontal=True,
        format_func=lambda one: _(SCOPES[one]),
    )
    return scope


def _dates(its: Any, key: str, new: Any) -> dict[str, Any]:
    """On which days it repeats, until when, and what of holidays."""
    dates: dict[str, Any] = {"rule": new(rule_form.draw(its.rule, key), its.rule)}
    one, two = st.columns(2)
    until: date = one.date_input(_("Last day"), its.until, key=f"{key}_until", format="YYYY-MM-DD")
    dates["until"] = new(until, its.until)
    holidays = two.selectbox(
        _("On public holidays"), list(HOLIDAYS), index=list(HOLIDAYS).index(its.holidays), key=f"{key}_holidays",
        format_func=lambda code: _(HOLIDAYS[code]),
    )  # fmt: skip
    dates["holidays"] = new(holidays, its.holidays)
    return dates


def touched_said(touch: Touch) -> None:
    """What a change touches, in one glance: shifts and people first."""
    st.info(
        _("Touches {shifts} and {people}.", shifts=n_("{count} shift", "{count} shifts", touch.shifts),
          people=n_("{count} person", "{count} people", touch.people)), icon=":material/groups:",
    )  # fmt: skip
    said = []
    if touch.cancelled:
        said.append(n_("{count} of them is called off", "{count} of them are called off", touch.cancelled))
    if touch.made:
        said.append(n_("{count} new one is made", "{count} new ones are made", touch.made))
    if touch.by_hand:
        said.append(n_("{count} that was changed by hand stays as it is", "{count} that were changed by hand stay as they are", touch.by_hand))  # fmt: skip
    if said:
        st.caption(" · ".join(said))


def _save(viewer: Viewer, card: Card, scope: str, version: int, wanted: Wanted, why: str) -> None:
    try:
        done = series_change.change(
            viewer, shift_id=card.id, scope=scope, version=version, wanted=wanted, why=why
        )
    except Refused as refused:
        _say(refused)
        return
    trouble = ""
    if done.trouble:
        trouble = plain(
            _("These people cannot come any more; talk to them: {names}", names="、".join(done.trouble))
        )
    missed = notes.missed(done.booked, work_kinds.skill_words(viewer))
    notes.leave(
        _("Saved."), n_("{count} shift changed.", "{count} shifts changed.", done.touch.changed) if done.touch.changed else "",
        n_("{count} shift called off.", "{count} shifts called off.", done.touch.cancelled) if done.touch.cancelled else "",
        n_("{count} shift made.", "{count} shifts made.", done.touch.made) if done.touch.made else "",
        warning="  \n".join(one for one in (trouble, missed) if one),
    )  # fmt: skip
    st.query_params.pop("part", None)
    st.rerun()


def _say(refused: Refused) -> None:
    say(refused)
    for code in refused.facts.get("problems", {}).values():
        st.caption(f":red[{plain(problem(code))}]")


def draw_off(viewer: Viewer, card: Card) -> None:
    """Call off, with the reason that people read."""
    scope = _scope(card)
    try:
        touch = series_change.ending(viewer, shift_id=card.id, scope=scope)
    except Refused as refused:
        say(refused)
        return
    touched_said(touch)
    why = st.text_input(_("Why (those concerned read it)"), key=f"off_why_{card.id}", max_chars=200)
    if st.button(_("Call the shift off"), type="primary", icon=":material/event_busy:", key="off_save"):
        try:
            series_change.call_off(viewer, shift_id=card.id, scope=scope, version=touch.version, why=why)
        except Refused as refused:
            _say(refused)
            return
        notes.leave(n_("{count} shift called off.", "{count} shifts called off.", touch.cancelled))
        st.query_params.pop("part", None)
        st.rerun()
