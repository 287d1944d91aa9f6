"""Whose birthday falls into the quarter of a party: the list that makes itself, and inviting from it."""

import streamlit as st

from components.activities import words
from components.i18n import _, n_
from components.kept import Kept
from components.page import show_more, shown
from components.register.values import plain
from components.volunteers import words as times
from db.access import Viewer
from db.activities import birthdays, never
from db.activities.birthdays import Celebrant, Celebrants
from db.activities.never import Invited
from db.activities.programme import Card

FIRST, STEP = 30, 30


def draw(kept: Kept, card: Card) -> None:
    """Who they are, retired workers first; invited one by one, the first so many, or all."""
    viewer = kept.viewer
    if not card.quarter:
        st.info(_("Choose the quarter under “Change”: then the list makes itself."))
        return
    most = shown(f"_birthdays_most_{card.id}", FIRST)
    were = st.session_state.get(f"birthdays_were_{card.id}", "all") == "were"
    found = kept.read(
        birthdays.of_quarter, quarter=card.quarter, area_path=card.area_path, limit=most, only_guests=were
    )
    st.markdown(
        n_("**{count} birthday** in {quarter}, from the age of {age} on.", "**{count} birthdays** in {quarter}, from the age of {age} on.",
           found.total, quarter=words.quarter(card.quarter), age=birthdays.LEAST)
    )  # fmt: skip
    if not found.total:
        st.info(_("Nobody has a birthday then, or no dates of birth are known."))
        return
    if card.stage in ("announced", "running"):
        _invite(viewer, card, found)
    _shown(card, found)
    with st.grid("auto", min_column_width=330, gap="small"):
        for one in found.people:
            _person(viewer, card, one)
    words.said(None)
    if (found.were if were else found.total) > most:
        show_more(f"_birthdays_most_{card.id}", most + STEP, key="tap_birthdays_more")


def _shown(card: Card, found: Celebrants) -> None:
    labels = {"all": _("All"), "were": _("Guests of the year before")}
    counts = {"all": found.total, "were": found.were}
    st.segmented_control(
        _("Show"), list(labels), key=f"birthdays_were_{card.id}", default="all", required=True,
        format_func=lambda code: f"{labels[code]} {counts[code]}", label_visibility="collapsed",
    )  # fmt: skip


def _invite(viewer: Viewer, card: Card, found: Celebrants) -> None:
    """The first so many of the list, as many as there is room for unless somebody says otherwise."""
    with (
        st.container(border=True, key=f"invite_{card.id}"),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        count = int(
            st.number_input(
                _("Invite from the top of the list"), 1, found.total, min(found.total, card.capacity), width=260,
                key=f"birthdays_count_{card.id}_{found.total}", help=_("Who was invited before is not invited twice."),
            )
        )  # fmt: skip
        with st.container(key="tap_birthdays", horizontal=True, width="content"):
            label = n_("Invite the first", "Invite the first {count}", count)
            _button(viewer, card, "birthdays_invite", count, label)
            if count < found.total:
                with st.popover(_("Invite all"), icon=":material/groups:"):
                    st.markdown(_("Each of them gets a message; whoever has no account is to be called."))
                    label = _("Invite all {count}", count=found.total)
                    _button(viewer, card, "birthdays_all", found.total, label)


def _button(viewer: Viewer, card: Card, key: str, most: int, label: str) -> None:
    st.button(
        label, key=key, icon=":material/celebration:", type="primary" if key == "birthdays_invite" else "secondary",
        on_click=words.press, args=(birthdays.invite_all, viewer),
        kwargs={"activity_id": card.id, "most": most, "area_path": card.area_path, "done": _told},
    )  # fmt: skip


def _told(done: Invited) -> str:
    said = [n_("{count} person is invited.", "{count} people are invited.", done.count)]
    if done.by_phone:
        said.append(n_("{count} is to be called.", "{count} are to be called.", done.by_phone))
    if done.already:
        said.append(n_("{count} was invited before.", "{count} were invited before.", done.already))
    return " ".join(said)


def _person(viewer: Viewer, card: Card, one: Celebrant) -> None:
    at = f"celebrant_{card.id}_{one.resident_id}"
    with st.container(border=True, key=at, horizontal=True, vertical_alignment="center", gap="small"):
        how = _("lunar birthday") if one.lunar else _("by the calendar")
        lines = [
            f"**{plain(one.name)}** :gray[{plain(one.address)}]",
            plain(_("turns {age} on {day}", age=one.turns, day=times.day_of(one.on)))
            + f" :gray[({plain(how)})]",
        ]
        marks = [words.tag("blue", _("Retired worker"))] if one.retired else []
        marks += (
            [words.tag("gray", _("guest of the year before"), ":material/history:")] if one.was_guest else []
        )
        marks += [words.tag("orange", _("Lives alone"))] if one.living == "alone" else []
        marks += [words.tag("red", _("Never seen at anything"))] if one.never else []
        if marks:
            lines.append(" ".join(marks))
        with st.container(width="stretch", gap="xsmall"):
            st.markdown("  \n".join(lines))
            words.said(at)
        if one.invited:
            st.markdown(words.tag("green", _("invited"), ":material/check:"), width="content")
        elif card.stage in ("announced", "running"):
            with st.container(key=f"tap_{at}", width="content"):
                st.button(
                    _("Invite"), key=f"invite_{at}", on_click=words.press, args=(never.invite, viewer),
                    kwargs={"activity_id": card.id, "resident_ids": [one.resident_id], "at": at, "done": _told},
                )  # fmt: skip
