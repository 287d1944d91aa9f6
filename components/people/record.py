"""What stands on top of a resident's record, and what can be done with it."""

from datetime import date
from typing import Literal

import streamlit as st

from components.i18n import _, day_text, n_
from components.navigation import page_link
from components.people.words import status_words
from components.register.values import choice_label, plain
from components.territory.dialogs import dialog
from components.words import say, warning
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.listing import RecordView
from db.people import leaving, merging
from db.people.glance import glance
from db.words import N_

Colour = Literal["red", "orange", "yellow", "blue", "green", "gray"]
COLOURS: dict[str, Colour] = {"red": "red", "yellow": "yellow", "blue": "blue"}


def header(viewer: Viewer, record: RecordView) -> None:
    """Name, age, sex, address; groups, colour and status as badges; what contradicts itself or is missing."""
    seen = glance(viewer, resident_id=record.id)
    st.title(plain(record.label) or "–")
    words = []
    if seen.age is not None:
        words.append(n_("{count} year old", "{count} years old", seen.age))
    if record.values.get("sex"):
        words.append(choice_label(record.specs["sex"], record.values["sex"]))
    if record.values.get("relation"):
        words.append(choice_label(record.specs["relation"], record.values["relation"]))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if words:
            st.markdown(plain(" · ".join(words)), width="content")
        if seen.household_id and viewer.can("household.view"):
            page_link(
                f"{plain(seen.address)} · " + n_("{count} person", "{count} people", seen.people), "households",
                icon=":material/home:", id=seen.household_id,
            )  # fmt: skip
        elif seen.address:
            st.markdown(f":material/home: {plain(seen.address)}", width="content")
    with st.container(horizontal=True, gap="xsmall"):
        if seen.status != "resident":
            st.badge(status_words(seen.status, seen.status_on), color="gray", icon=":material/logout:")
        colour = record.values.get("colour")
        if colour:
            st.badge(
                choice_label(record.specs["colour"], colour),
                color=COLOURS.get(colour, "gray"),
                icon=":material/flag:",
            )
        if record.values.get("in_care"):
            carer = record.values.get("carer")
            st.badge(_("In care: {carer}", carer=plain(carer)) if carer else _("In care, nobody named"),
                     color="green" if carer else "orange", icon=":material/favorite:")  # fmt: skip
        for group in seen.groups:
            st.badge(plain(group), color="blue")
    for code in seen.warnings:
        st.warning(warning(code), icon=":material/warning:")


def actions(viewer: Viewer, record: RecordView) -> None:
    """Moving out, dying, coming back, merging."""
    if viewer.can("resident.edit"):
        if record.values["status"] == "resident":
            if st.button(_("Moved out"), icon=":material/logout:", key="record_moved"):
                moved_out(viewer, record)
            if st.button(_("Died"), icon=":material/deceased:", key="record_died"):
                died(viewer, record)
        elif record.values["status"] in ("moved", "died") and st.button(
            _("Lives here again"), icon=":material/undo:", key="record_back_again"
        ):
            _back_again(viewer, record)
    if viewer.can("resident.merge"):
        st.button(
            _("Merge with…"),
            icon=":material/merge:",
            key="record_merge",
            on_click=open_merge,
            args=(record.id,),
        )
        _undo_merges(viewer, record)


def open_merge(resident_id: int, other_id: int | None = None) -> None:
    """Go to the screen on which two records are laid side by side."""
    params = {"merge": str(resident_id)}
    if other_id is not None:
        params["with"] = str(other_id)
    st.query_params.from_dict(params)


@dialog(N_("Moved out"))
def moved_out(viewer: Viewer, record: RecordView) -> None:
    """Ask for the day, say what ends, do it."""
    _leave(viewer, record, "moved")


@dialog(N_("Died"))
def died(viewer: Viewer, record: RecordView) -> None:
    """Ask for the day, say what ends, do it."""
    _leave(viewer, record, "died")


def _leave(viewer: Viewer, record: RecordView, status: leaving.Leaving) -> None:
    st.markdown(f"**{plain(record.label)}**")
    try:
        follows = leaving.what_follows(viewer, resident_id=record.id)
    except Refused as refused:
        say(refused)
        return
    day = st.date_input(
        _("On which day?"), value=clock.today(), min_value=date(1990, 1, 1), max_value=clock.today(), key="leave_day",
        format="YYYY-MM-DD",
    )  # fmt: skip
    ends = []
    if follows.care:
        ends.append(_("Care ends ({carer} is told nothing by this).", carer=follows.carer) if follows.carer else _("Care ends."))  # fmt: skip
    if follows.groups:
        ends.append(_("These groups end on that day: {groups}.", groups="、".join(follows.groups)))
    if follows.head and follows.others:
        ends.append(_("The household has no head any more: choose another one."))
    if not follows.others:
        ends.append(_("The home stands empty, if this person lives in one."))
    ends.append(_("The record stays and can be found under the status; visits are no longer due."))
    st.markdown("\n".join(f"- {plain(one)}" for one in ends))
    st.caption(_("“Lives here again” takes all of this back."))
    if st.button(_("Save"), type="primary", key="leave_go"):
        try:
            leaving.leave(
                viewer, resident_id=record.id, version=record.version, status=status,
                day=day if isinstance(day, date) else None,
            )  # fmt: skip
        except Refused as refused:
            say(refused)
        else:
            st.toast(_("Saved."))
            st.rerun()


def _back_again(viewer: Viewer, record: RecordView) -> None:
    try:
        leaving.lives_here_again(viewer, resident_id=record.id, version=record.version)
    except Refused as refused:
        say(refused)
    else:
        st.toast(_("Saved."))
        st.rerun()


def _undo_merges(viewer: Viewer, record: RecordView) -> None:
    merges = merging.merges_of(viewer, resident_id=record.id)
    if not merges:
        return
    last = merges[0]
    said = _("Take the merge with {name} back", name=last.other_name)
    if st.button(
        said, icon=":material/call_split:", key="record_unmerge",
        help=_("Merged on {day}. Both records are as they were before.", day=day_text(last.at.astimezone(clock.PLACE).date())),
    ):  # fmt: skip
        try:
            merging.unmerge(viewer, resident_id=last.other_id)
        except Refused as refused:
            say(named(refused))
        else:
            st.toast(_("Both records are back."))
            st.rerun()


def named(refused: Refused) -> Refused:
    """The refusal of taking a merge back, with what stands in the way by its name."""
    from components.people.words import field_words

    if refused.code != "merge.conflict":
        return refused
    tables = {
        "group_membership": _("groups"), "contact": _("contacts"), "post": _("posts"), "account": _("accounts"),
    }  # fmt: skip
    what = [field_words(name) for name in refused.facts["fields"]]
    what += [tables.get(name, name) for name in refused.facts["pointers"]]
    return Refused(refused.code, what="、".join(what))
