"""For those who look after a shift: call for help, who was asked and what they said, who has not confirmed."""

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from components.i18n import _, listed, moment_text, n_
from components.navigation import page_link
from components.register.values import plain
from components.volunteers import words
from components.words import say
from db.access import Viewer
from db.errors import Refused
from db.volunteers import helping
from db.volunteers.helping import Asked, Standing
from db.words import N_

REASONS: dict[str, str] = {
    "elder": N_("has been with this person {count}×"),
    "series": N_("has come to these shifts {count}×"),
    "kind": N_("has done this work {count}×"),
    "near": N_("of the same area"),
    "around": N_("from close by"),
    "time": N_("named these hours"),
    "messages": N_("requests this week: {count}"),
    "hours": N_("hours in four weeks: {count}"),
    "call": N_("has to be called"),
    "unreached": N_("neither account nor telephone"),
    "available": N_("outside the named hours"),
    "area": N_("outside the named areas"),
}
"""Why somebody is asked before others, or after them. What else speaks against it is a rule of the office."""

ANSWERS: dict[str, tuple[str, str, str]] = {
    "invited": (N_("No answer yet"), "gray", ":material/hourglass_empty:"),
    "booked": (N_("Said yes"), "green", ":material/thumb_up:"),
    "refused": (N_("Said no"), "orange", ":material/thumb_down:"),
    "handed": (N_("Said yes, handed on"), "green", ":material/swap_horiz:"),
    "cancelled": (N_("Said yes, gave back"), "orange", ":material/undo:"),
}
YES = ("booked", "handed", "cancelled")
STAGES = {"48": N_("two days before"), "24": N_("one day before")}

_SAID = "_help_said"


def draw(viewer: Viewer, shift_id: int) -> None:
    """The part of a shift's page about missing people. Nothing for those who do not look after the shift."""
    if not viewer.can("shift.edit"):
        return
    try:
        now = helping.standing(viewer, shift_id=shift_id)
        asked = helping.asked(viewer, shift_id=shift_id)
    except Refused:
        return
    if now.over and not asked:
        return
    st.subheader(_("Call for help"))
    _stands(now)
    if not now.over and now.room:
        _button(viewer, shift_id, now)
    said = st.session_state.pop(_SAID, None)
    if said is not None:
        words.say_refused(said)
    _asked(asked)


def line(viewer: Viewer) -> None:
    """On the start page: how many shifts of the next two days lack people, and the way there."""
    if viewer.can("shift.edit") and (count := helping.lacking(viewer)):
        page_link(
            n_("{count} shift lacks people", "{count} shifts lack people", count), "roster", icon=":material/group_add:"
        )  # fmt: skip


def _stands(now: Standing) -> None:
    if now.unconfirmed:
        st.warning(
            _("Not confirmed yet: {names}", names=plain(listed(now.unconfirmed))), icon=":material/schedule:"
        )
    if now.over:
        return
    if now.missing:
        st.error(
            n_("{count} person is missing.", "{count} people are missing.", now.missing),
            icon=":material/group_add:",
        )
    else:
        st.caption(_("Nobody is missing."))


def _button(viewer: Viewer, shift_id: int, now: Standing) -> None:
    """Ask, and before it, who that would be."""
    st.button(
        _("Call for help"), icon=":material/campaign:", type="primary" if now.missing else "secondary",
        key=f"help_call_{shift_id}", on_click=_call, args=(viewer, shift_id),
        help=_("Asks those who can come, the most likely first. Nobody is asked more often in a week than the office allows."),
    )  # fmt: skip
    opened = st.expander(
        _("Who would be asked"),
        icon=":material/person_search:",
        key=f"help_who_{shift_id}",
        on_change="rerun",
    )
    with opened:
        if not opened.open:
            return
        try:
            people = helping.candidates(viewer, shift_id=shift_id)
        except Refused as refused:
            say(refused)
            return
        if not people:
            st.caption(_("Nobody who can come is left to be asked."))
        st.markdown("  \n".join(f"**{plain(one.volunteer.name)}** · {_why(one.reasons)}" for one in people))


def _call(viewer: Viewer, shift_id: int) -> None:
    try:
        done = helping.call(viewer, shift_id=shift_id)
    except Refused as refused:
        st.session_state[_SAID] = refused
    else:
        st.toast(
            n_("{count} person was asked.", "{count} people were asked.", done.asked),
            icon=":material/campaign:",
        )


def _why(reasons: Sequence[tuple[str, int]]) -> str:
    said = [_(REASONS[code], count=count) for code, count in reasons if code in REASONS]
    return plain(listed(said)) if said else "–"


def _asked(asked: Sequence[Asked]) -> None:
    """Each call with whom it asked, the last one first and open."""
    for number, (head, group) in enumerate(groupby(asked, key=lambda one: (one.at, one.by, one.stage))):
        people = list(group)
        at, by, stage = head
        when = " · ".join((moment_text(at), plain(_(STAGES[stage]) if stage in STAGES else by)))
        said = _(
            "{when}: {asked} asked, {yes} yes, {no} no", when=when, asked=len(people),
            yes=sum(one.state in YES for one in people), no=sum(one.state == "refused" for one in people),
        )  # fmt: skip
        with st.expander(said, icon=":material/campaign:", expanded=not number):
            for one in people:
                _person(one)


def _person(one: Asked) -> None:
    label, color, icon = ANSWERS.get(one.state, ANSWERS["invited"])
    lines = [f"**{plain(one.name)}**"]
    if one.reasons:
        lines.append(_why(one.reasons))
    if not one.told:
        lines.append(f":orange[{_('Not told: had as many requests this week as allowed. Please call.')}]")
    when = f" {moment_text(one.answered_at)}" if one.answered_at is not None else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("  \n".join(lines), width="stretch")
        st.badge(_(label) + when, color=color, icon=icon)  # type: ignore[arg-type]
