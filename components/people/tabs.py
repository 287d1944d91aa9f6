"""The tabs of a resident's record: household, groups, timeline, who looked."""

import streamlit as st

from components.i18n import _, day_text, moment_text, n_
from components.navigation import page_link
from components.people.home import choose_home
from components.people.words import event_words, field_words
from components.register.values import choice_label, plain
from components.words import say
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.fields import specs_of
from db.listing import RecordView
from db.people import ages, households, residents
from db.people.glance import group_choices
from db.people.households import Member
from db.people.moving import move_household
from db.people.tables import Resident
from db.people.timeline import groups_of, timeline, who_looked


def household(viewer: Viewer, record: RecordView) -> None:
    """Who lives in the same home, and moving to another."""
    household_id = record.values.get("household_id")
    if household_id:
        people(viewer, int(household_id), record.id)
    else:
        st.write(_("No home is known, only the building or area."))
    if viewer.can("household.edit") and record.values["status"] == "resident":
        move(viewer, household_id, [record.id], record.id)


def people(viewer: Viewer, household_id: int, own_id: int | None = None) -> list[Member]:
    """The people of a home as links, with their relation to the head."""
    found = households.household(viewer, household_id=household_id)
    if not found:
        st.write(_("Nobody lives here."))
    specs = specs_of(Resident)
    for one in found:
        parts = [choice_label(specs["relation"], one.relation) if one.relation else ""]
        if one.born is not None:
            age = ages.age_on(one.born, clock.today())
            parts.append(n_("{count} year old", "{count} years old", age))
        if one.sex:
            parts.append(choice_label(specs["sex"], one.sex))
        if one.status != "resident":
            parts.append(choice_label(specs["status"], one.status))
        words = " · ".join(plain(part) for part in parts if part)
        if one.id == own_id:
            st.markdown(f":material/person: **{plain(one.name)}**" + (f" · {words}" if words else ""))
        else:
            page_link(
                f"**{plain(one.name)}**" + (f" · {words}" if words else ""),
                "residents",
                icon=":material/person:",
                id=one.id,
            )
    return found


def move(viewer: Viewer, household_id: int | None, start: list[int], own: int) -> None:
    """Choose who moves and where to. Everybody chosen: the household moves with its number."""
    living = []
    if household_id:
        living = [
            one for one in households.household(viewer, household_id=household_id) if one.status == "resident"
        ]
    names = {one.id: one.name for one in living}
    with st.expander(_("Move to another home"), icon=":material/moving:", key=f"move_{own}"):
        chosen = start
        if len(names) > 1 or (names and not start):
            chosen = st.multiselect(
                _("Who moves?"), list(names), default=[one for one in start if one in names] or list(names),
                format_func=names.__getitem__, key=f"move_who_{own}",
            )  # fmt: skip
        where = choose_home(viewer, f"move_to_{own}", label=_("Where to?"))
        everybody = bool(household_id) and set(chosen) == set(names) and bool(names)
        if where.home is not None and chosen:
            text = _("The whole household moves to {address}.") if everybody else _("{names} → {address}")
            st.write(
                plain(
                    text.format(
                        address=where.label, names="、".join(names.get(one, "") for one in chosen)
                    ).strip(" →")
                )
            )
        if not st.button(
            _("Move"), type="primary", key=f"move_go_{own}", disabled=where.home is None or not chosen
        ):
            return
        assert where.home is not None
        try:
            if everybody:
                moved = move_household(viewer, household_id=household_id, to=where.home)
            else:
                moved = move_household(viewer, resident_ids=chosen, to=where.home)
        except Refused as refused:
            say(refused)
            return
        for key in (f"move_to_{own}_text", f"move_who_{own}"):
            st.session_state.pop(key, None)
        st.toast(_("Moved."))
        if moved.without_head:
            st.toast(_("A household has no head now. Say who it is."), icon=":material/warning:")
        st.rerun()


def groups(viewer: Viewer, record: RecordView) -> None:
    """The groups with start, end and source; adding and ending."""
    found = groups_of(viewer, resident_id=record.id)
    active = [one for one in found if one.active]
    ended = [one for one in found if not one.active]
    if not active:
        st.write(_("Belongs to no group."))
    for one in active:
        with st.container(horizontal=True, vertical_alignment="center", key=f"group_{one.id}"):
            source = f" · {plain(one.source)}" if one.source else ""
            st.markdown(
                f"**{plain(one.name)}**  \n:gray[{plain(_('since {day}', day=day_text(one.since)))}{source}]"
            )
            if viewer.can("resident.edit"):
                st.button(
                    _("End"), icon=":material/group_remove:", key=f"group_end_{one.id}",
                    on_click=_set, args=(viewer, record.id, [g.code for g in active if g.code != one.code]),
                    help=_("{group} ends today", group=one.name),
                )  # fmt: skip
    said = st.session_state.pop("_groups_refused", None)
    if isinstance(said, Refused):
        say(said)
    if viewer.can("resident.edit") and record.values["status"] == "resident":
        _add_group(viewer, record, [one.code for one in active])
    if ended:
        st.subheader(_("Ended"))
        for one in ended:
            st.markdown(
                f"{plain(one.name)}  \n:gray[{plain(day_text(one.since))} – {plain(day_text(one.until))}]"
            )


def _add_group(viewer: Viewer, record: RecordView, have: list[str]) -> None:
    offered = {code: name for code, name in group_choices(viewer) if code not in have}
    if not offered:
        return
    with st.form(f"group_add_{record.id}", clear_on_submit=True):
        left, middle, right = st.columns([2, 1, 2])
        code = left.selectbox(
            _("Add a group"),
            list(offered),
            index=None,
            format_func=offered.__getitem__,
            placeholder=_("Choose"),
        )
        since = middle.date_input(
            _("Since"), value=clock.today(), max_value=clock.today(), format="YYYY-MM-DD"
        )
        source = right.text_input(
            _("How is it known?"), max_chars=100, placeholder=_("certificate, ledger, visit …")
        )
        if st.form_submit_button(_("Add"), icon=":material/group_add:") and code:
            try:
                residents.set_groups(
                    viewer, resident_id=record.id, codes=[*have, code], source=source or "",
                    since=since,
                )  # fmt: skip
            except Refused as refused:
                say(refused)
            else:
                st.rerun()


def _set(viewer: Viewer, resident_id: int, codes: list[str]) -> None:
    try:
        residents.set_groups(viewer, resident_id=resident_id, codes=codes)
    except Refused as refused:
        st.session_state["_groups_refused"] = refused


def story(viewer: Viewer, record: RecordView) -> None:
    """What happened, latest first."""
    events = timeline(viewer, resident_id=record.id)
    if not events:
        st.write(_("Nothing is known yet."))
    year = None
    for event in events:
        if event.day.year != year:
            year = event.day.year
            st.subheader(str(year))
        icon, words = event_words(event)
        who = f" · {plain(event.actor)}" if event.actor else ""
        st.markdown(f"{icon} {plain(words)}  \n:gray[{plain(day_text(event.day))}{who}]")


def looked(viewer: Viewer, record: RecordView) -> None:
    """Who opened this record or revealed something of it, and why."""
    st.caption(_("The person may ask for this list."))
    for look in who_looked(viewer, resident_id=record.id):
        words = _("revealed {field}", field=field_words(look.field)) if look.field else _("opened the record")
        if look.visits:
            words = _("saw name, address and telephone for a shift")
        reason = f" · {plain(look.reason)}" if look.reason else ""
        icon = ":material/visibility:" if look.field or look.visits else ":material/description:"
        st.markdown(
            f"{icon} **{plain(look.actor)}** {plain(words)}{reason}  \n:gray[{plain(moment_text(look.at))}]"
        )
