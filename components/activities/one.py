"""One activity: what, when, where, for whom, what to bring; below it what this viewer can do about it."""

from typing import Any

import streamlit as st

from components.activities import (
    attendance,
    birthdays,
    cards,
    changing,
    choosing,
    dates,
    guests,
    my_place,
    papers,
    pasting,
    people,
    saying,
    signing,
    words,
)
from components.i18n import _, listed, n_, number_text
from components.kept import Kept
from components.navigation import page_link
from components.page import choose_part, open_here
from components.register.values import plain
from components.volunteers import words as times
from components.words import say
from db import clock
from db.access import Viewer
from db.activities import activities, needs_turned, programme, whom
from db.activities.programme import Card
from db.errors import Refused


def draw(kept: Kept, activity_id: int) -> None:
    """Draw the page of this activity."""
    viewer = kept.viewer
    with st.container(key="screen_activity"):
        found = _screen(kept, activity_id)
    if found is not None:  # what is printed stands outside of what stays on the screen
        papers_of(viewer, *found)


def _screen(kept: Kept, activity_id: int) -> tuple[Card, str] | None:
    """All but the papers; returns the activity and the paper that is asked for."""
    viewer = kept.viewer
    st.button(
        _("All activities"), key="activity_back", type="tertiary", icon=":material/arrow_back:", on_click=open_here,
        args=("id", None),
    )  # fmt: skip
    try:
        card = programme.card(viewer, activity_id=activity_id)
        details = kept.read(programme.details, activity_id=activity_id)
    except Refused as refused:
        say(refused)
        return None
    _head(viewer, card, details)
    words.said()
    if viewer.scope("activity.sign_up") == "own":
        _about(kept, card, details)
        saying.own(viewer, card)
        my_place.draw(viewer, card, pictures=bool(details["pictures"]))
        return None
    parts = _parts(viewer, card)
    part = choose_part("activity", parts) if len(parts) > 1 else ""
    if not part:
        _about(kept, card, details)
    if card.stage == "draft":
        _draft(viewer, card)
    if part == "guests":
        guests.draw(viewer, card)
    elif part == "birthdays":
        birthdays.draw(kept, card)
    elif part == "attend":
        attendance.draw(kept, card)
    elif part == "said":
        saying.draw(viewer, card)
    elif part == "dates":
        dates.draw(viewer, card)
    elif part == "change":
        changing.draw(viewer, card, details)
    elif part == "paste":
        pasting.draw(viewer, card)
    elif part == "print":
        return card, _paper(card)
    elif viewer.can("activity.sign_up"):
        people.draw(viewer, card, details)
    else:
        _figures(card)
    return None


def _paper(card: Card) -> str:
    """Which paper: the poster, the list to sign, or the list of calls."""
    papers_ = {"poster": _("Poster"), "sheet": _("Sign-in sheet"), "calls": _("Call list")}
    chosen: str = st.segmented_control(
        _("What is printed"), list(papers_), key=f"paper_{card.id}", default="poster", required=True,
        format_func=papers_.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    return chosen


def papers_of(viewer: Viewer, card: Card, paper: str) -> None:
    """The paper that was asked for; the sheet is of one date."""
    if paper == "poster":
        papers.poster(viewer, card.id)
        return
    if paper == "calls":
        papers.calls(viewer, card.id)
        return
    found = [one for one in programme.sessions(viewer, activity_id=card.id) if one.cancelled is None]
    if not found:
        return
    with st.container(key="screen_paper_date"):
        start = next((number for number, one in enumerate(found) if one.id == card.next_slot), len(found) - 1)
        session = choosing.session(found, f"paper_date_{card.id}", _("Which date"), start)
    papers.sheet(viewer, card.id, session.id)


def _parts(viewer: Viewer, card: Card) -> dict[str, str]:
    parts = {"": _("Who comes")}
    if st.query_params.get("part") == "paste" and signing.possible(viewer, card):  # reached beside the search
        parts["paste"] = _("Paste a list")
    if card.kind == "birthday" and viewer.reaches("activity.attend", card.area_path):
        parts["birthdays"] = _("Birthdays")
    if card.stage != "draft" and viewer.reaches("activity.attend", card.area_path):
        parts["guests"] = _("Guests")
        parts["attend"] = _("Attendance")
    if card.stage in ("running", "done"):
        parts["said"] = _("How it was")
    if card.mine and card.stage != "cancelled":
        parts |= {"dates": _("Dates"), "change": _("Change")}
    if "attend" in parts:
        parts["print"] = _("Print")
    return parts


def _head(viewer: Viewer, card: Card, details: dict[str, Any]) -> None:
    """What it is and how it stands."""
    st.title(plain(card.title))
    st.markdown(" ".join(one for one in (cards.facts(card), cards.stands(card)) if one))
    if viewer.can("need.view"):
        for need in needs_turned.of_activity(viewer, activity_id=card.id):
            page_link(
                _("Answers the need: {title}", title=plain(need.title)), "needs", icon=":material/flag:",
                survey=need.survey_id, part="turned",
            )  # fmt: skip
    if card.stage == "cancelled" and details["why"]:
        st.warning(plain(_("Called off: {why}", why=details["why"])), icon=":material/event_busy:")


def _about(kept: Kept, card: Card, details: dict[str, Any]) -> None:
    """When, where, for whom, what to bring."""
    area = kept.read(whom.area_names).get(card.area_id, "")
    lines = [f":material/calendar_month: **{plain(words.when(card))}**"]
    if card.sessions > 1:
        lines[0] += f"  \n:gray[{plain(words.span(card.starts_on, card.ends_on))}]"
    if card.where or area:
        lines.append(f":material/location_on: {plain(times.place(area, card.where))}")
    if card.lead:
        lines.append(f":material/person: {plain(_('Led by {name}', name=card.lead))}")
    if details["about"]:
        lines.append(plain(details["about"]))
    lines += [f"{icon} {plain(text)}" for icon, text in _good_to_know(kept, card, details)]
    st.markdown("\n\n".join(lines))


def _good_to_know(kept: Kept, card: Card, details: dict[str, Any]) -> list[tuple[str, str]]:
    """For whom it is, what to bring, what it costs, until when one signs up: only what is said."""
    meant = kept.read(whom.described, activity_id=card.id)
    said: list[tuple[str, str]] = []
    who = [*meant.groups, *meant.areas]
    if details["employer"]:
        who.append(_("formerly at {employer}", employer=details["employer"]))
    if details["age_from"] and details["age_to"]:
        who.append(_("{least} to {most} years old", least=details["age_from"], most=details["age_to"]))
    elif details["age_from"]:
        who.append(_("from {least} years on", least=details["age_from"]))
    elif details["age_to"]:
        who.append(_("up to {most} years", most=details["age_to"]))
    if who:
        said.append((":material/groups:", _("For: {who}", who=listed(who))))
    if details["materials"]:
        said.append((":material/backpack:", _("Bring: {things}", things=details["materials"])))
    if details["cost"]:
        said.append(
            (":material/payments:", _("{yuan} yuan for each person", yuan=number_text(details["cost"])))
        )
    if details["seats"]:
        said.append((":material/directions_bus:", n_("{count} seat on the bus", "{count} seats on the bus", details["seats"])))  # fmt: skip
    if details["companion"]:
        said.append((":material/group:", _("Somebody may come along")))
    if details["needs_consent"]:
        said.append((":material/draw:", _("A signed consent is needed")))
    if details["pictures"]:
        said.append((":material/photo_camera:", _("Pictures are taken, of those who agree to it.")))
    if card.stage in ("announced", "running"):
        if card.opens_at and card.opens_at > clock.now():
            said.append((":material/lock_clock:", _("Signing up begins at {moment}.", moment=times.moment(card.opens_at))))  # fmt: skip
        if card.closes_at:
            said.append((":material/event_busy:", _("Sign up until {moment}.", moment=times.moment(card.closes_at))))  # fmt: skip
    return said


def _draft(viewer: Viewer, card: Card) -> None:
    st.info(_("This is a draft: only those who may change it see it. Announce it to sign people up."))
    st.button(
        _("Announce"), key="activity_announce", type="primary", icon=":material/campaign:", on_click=words.press,
        args=(activities.announce, viewer), kwargs={"activity_id": card.id, "done": lambda _none: _("Announced.")},
    )  # fmt: skip


def _figures(card: Card) -> None:
    """For those who only look."""
    one, two, three = st.columns(3)
    one.metric(_("Have a place"), card.taken)
    two.metric(_("Places"), card.capacity)
    three.metric(_("Stand in line"), card.waiting)
