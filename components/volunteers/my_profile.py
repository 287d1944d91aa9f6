"""What a volunteer can do, when and where; pausing and leaving; and how to become one."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import streamlit as st

from components import page
from components.i18n import _, day_text, listed, n_
from components.register.values import label, plain
from components.volunteers import words
from components.words import say
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.people.tables import SEX_OPTIONS
from db.volunteers import absence, joining
from db.volunteers.joining import Self
from db.volunteers.tables import LANGUAGE_OPTIONS
from db.volunteers.volunteers import VOLUNTEERS
from db.words import N_

WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
PARTS = ((N_("morning"), range(8, 12)), (N_("afternoon"), range(12, 18)), (N_("evening"), range(18, 21)))
EARLIEST = date(1930, 1, 1)
_REFUSED, _PLAN = "_away_refused", "_away_plan"


def draw(viewer: Viewer) -> None:
    """The own page, or the way to become a volunteer."""
    try:
        mine = joining.me(viewer)
    except Refused:
        _apply(viewer)
        return
    st.subheader(plain(mine.name))
    st.caption(_("Volunteer number {number}", number=mine.number))
    if mine.status == "applied":
        st.info(
            _("Your application is with the office. You hear from them soon."),
            icon=":material/hourglass_top:",
        )
    if mine.status == "refused":
        st.info(
            _("The office did not accept the application. Ask them what can be done."), icon=":material/info:"
        )
    if mine.block is not None:
        _blocked(viewer, mine)
    _wishes(viewer, mine)
    _papers(mine)
    _away(viewer, mine)


def _apply(viewer: Viewer) -> None:
    st.subheader(_("Become a volunteer"))
    known = {one.code: one.label for one in joining.areas_to_serve(viewer)}
    with st.form("apply", border=True):
        area = st.selectbox(_("Where do you want to help?"), list(known), format_func=known.__getitem__)
        born = st.date_input(
            _("Date of birth"), value=None, min_value=EARLIEST, max_value=clock.today(), format="YYYY-MM-DD"
        )
        guardian = st.text_input(_("Guardian (under 18)"), max_chars=40)
        wants = st.text_area(_("What would you like to do?"), max_chars=500, height=100)
        if st.form_submit_button(_("Apply"), type="primary", width="stretch"):
            _do(
                lambda: joining.apply(
                    viewer, area_id=int(area or 0), born=born, wants=wants, guardian=guardian
                )
            )


def _do(act: Any) -> None:
    try:
        act()
    except Refused as refused:
        say(refused)
    else:
        st.toast(_("Saved."))
        st.rerun()


def _blocked(viewer: Viewer, mine: Self) -> None:
    block = mine.block
    if block is None:
        return
    with st.container(border=True):
        st.markdown(
            f"**{plain(_('Blocked until {day}', day=day_text(block.until)))}**  \n{plain(block.reason)}"
        )
        if block.answer:
            st.caption(plain(_("Answer of the office: {words}", words=block.answer)))
        elif block.appeal:
            st.caption(_("Your objection is with the office."))
        else:
            objection = st.text_area(
                _("You see it differently? Say so."), key="appeal_words", max_chars=500, height=80
            )
            if st.button(_("Object"), key="appeal_send"):
                _do(lambda: absence.appeal(viewer, block_id=block.id, words=objection))


def _wishes(viewer: Viewer, mine: Self) -> None:
    values = mine.values
    areas = {one.code: one.label for one in joining.areas_to_serve(viewer)}
    specs = VOLUNTEERS.specs
    with st.form("wishes", border=True):
        st.markdown(f"**{_('When I have time')}**")
        st.caption(_("Nothing chosen: at any time."))
        hours = _hours(set(values["available"]))
        st.markdown(f"**{_('Where and what')}**")
        where = st.multiselect(
            label(specs["areas"]), list(areas), default=[one for one in values["areas"] if one in areas],
            format_func=areas.__getitem__, placeholder=_("Everywhere"),
        )  # fmt: skip
        spoken = {one.code: _(one.label) for one in LANGUAGE_OPTIONS}
        languages = st.multiselect(
            label(specs["languages"]), list(spoken), default=[one for one in values["languages"] if one in spoken],
            format_func=spoken.__getitem__, placeholder=_("Choose"),
        )  # fmt: skip
        week = st.number_input(
            label(specs["week_hours"]),
            min_value=1,
            max_value=60,
            value=values["week_hours"],
            placeholder=_("no limit"),
        )
        floors = st.number_input(
            label(specs["floors"]),
            min_value=1,
            max_value=40,
            value=values["floors"],
            placeholder=_("any floor"),
        )
        sexes = {"": _("everybody"), **{one.code: _(one.label) for one in SEX_OPTIONS}}
        visits = st.segmented_control(
            label(specs["visits_sex"]),
            list(sexes),
            default=values["visits_sex"],
            format_func=sexes.__getitem__,
            required=True,
        )
        wants = st.text_area(label(specs["wants"]), value=values["wants"], max_chars=1000, height=100)
        if st.form_submit_button(_("Save"), type="primary", width="stretch"):
            changed = {
                "available": hours, "areas": where, "languages": languages, "week_hours": week, "floors": floors,
                "visits_sex": visits or "", "wants": wants,
            }  # fmt: skip
            _do(lambda: joining.change_self(viewer, values=changed))


def _hours(now: set[str]) -> list[str]:
    """Weekday by part of the day: seven rows that fit under a thumb."""
    names = [_(name) for name, _hours in PARTS]
    found: list[str] = []
    for day, weekday in enumerate(WEEKDAYS):
        chosen = [
            name
            for name, (_part, hours) in zip(names, PARTS, strict=True)
            if all(f"{day}-{hour}" in now for hour in hours)
        ]
        picked = st.pills(_(weekday), names, selection_mode="multi", default=chosen, key=f"hours_{day}")
        for name, (_part, hours) in zip(names, PARTS, strict=True):
            if name in picked:
                found += [f"{day}-{hour}" for hour in hours]
    return found


def _papers(mine: Self) -> None:
    if not mine.abilities:
        return
    with st.container(border=True):
        st.markdown(f"**{_('What I can do')}**")
        for one in mine.abilities:
            until = (
                f" · {plain(_('holds until {day}', day=day_text(one.expires_on)))}" if one.expires_on else ""
            )
            mark = "" if one.holds else f" :red[{_('Has run out')}]"
            st.markdown(f"{plain(one.name)}{until}{mark}")
        st.caption(_("Bring a new certificate to the office: they enter it."))


@dataclass(frozen=True)
class _Away:
    """What was said of pausing in this visit of the page: how it stood before, whether it was asked for, what was done.

    Everything stays in its place: a second tap must not answer what came where the first one was.
    """

    began: str
    asked: bool = False
    until: date | None = None  # paused until then
    back: bool = False


def _away(viewer: Viewer, mine: Self) -> None:
    said = page.answered().get(mine.id)
    away = said if isinstance(said, _Away) else _Away(mine.status)
    with st.expander(_("Pause or leave"), icon=":material/pause_circle:"):
        refused = st.session_state.pop(_REFUSED, None)
        if refused is not None:
            say(refused)
        if away.began == "paused":
            _resume(viewer, mine, away, mine.pause_until)
        elif away.began == "active":
            _pause(viewer, mine, away)
        st.divider()
        _leave_for_good(viewer)


def _pause(viewer: Viewer, mine: Self, away: _Away) -> None:
    """Pausing takes two taps in two places, and says before the second what is given back."""
    until = st.date_input(
        _("Pause until"), value=clock.today() + timedelta(days=30), min_value=clock.today(), format="YYYY-MM-DD",
        key="pause_until", disabled=away.until is not None,
    )  # fmt: skip
    st.button(
        _("Pause"), key="pause_now", icon=":material/pause:", width="stretch", disabled=away.asked,
        on_click=page.answer, args=(mine.id, replace(away, asked=True)),
    )  # fmt: skip
    if not away.asked:
        return
    if away.until is None:
        try:
            st.session_state[_PLAN] = _given_back(viewer, until)
        except Refused as refused:
            say(refused)
            return
    st.warning(st.session_state[_PLAN])
    with st.container(key="big_pause"):
        st.button(
            _("Yes, pause until {day}", day=day_text(until)) if away.until is None
            else _("You pause until {day}.", day=day_text(until)),
            key="pause_yes", width="stretch", disabled=away.until is not None, on_click=_pause_now,
            args=(viewer, mine, away, until),
        )  # fmt: skip
    if away.until is None:
        st.caption(_("Until you tap here, nothing changes."))
    else:
        _resume(viewer, mine, away, away.until)


def _pause_now(viewer: Viewer, mine: Self, away: _Away, until: date) -> None:
    try:
        absence.pause(viewer, until=until)
    except Refused as refused:
        st.session_state[_REFUSED] = refused
    else:
        page.answer(mine.id, replace(away, until=until))


def _given_back(viewer: Viewer, until: date | None) -> str:
    """What goes with a pause, or (without `until`) with leaving, line by line."""
    what = absence.to_give_back(viewer, until=until)
    lines = []
    if what.shifts and what.last is not None:
        lines.append(
            n_("You give back {count} shift, on {day}.", "You give back {count} shifts, the last on {day}.", what.shifts,
               day=words.day(what.last))
        )  # fmt: skip
    for title in what.regular:
        lines.append(
            _("Your regular place in “{title}” rests until then.", title=title) if until is not None
            else _("Your regular place in “{title}” ends.", title=title)
        )  # fmt: skip
    if what.wishes:
        lines.append(
            n_("{count} request, invitation or place in a line ends.",
               "{count} requests, invitations or places in a line end.", what.wishes)
        )  # fmt: skip
    if not lines:
        lines.append(_("You have no shift in this time.") if until is not None else _("You have no shift."))
    if what.activities:
        lines.append(_("You give back your places in activities: {titles}.", titles=listed(what.activities)))
    if until is not None:
        if what.shifts or what.wishes:
            lines.append(_("Others get these places; they do not come back by themselves."))
        lines.append(_("Your places in activities stay yours."))
    return "\n".join(f"- {plain(one)}" for one in lines)


def _resume(viewer: Viewer, mine: Self, away: _Away, until: date | None) -> None:
    """The way back, and what it does not bring back."""
    st.markdown(
        ":material/pause_circle: " + plain(_("You pause until {day}.", day=day_text(until)))
        if not away.back else f":material/check_circle: {_('You serve again.')}"
    )  # fmt: skip
    st.caption(
        _("Shifts that were given back do not come back by themselves: look under “Shifts” what is free.")
    )
    st.button(
        _("I am back"), key="come_back", icon=":material/undo:", type="secondary" if away.back else "primary",
        width="stretch", disabled=away.back, on_click=_come_back, args=(viewer, mine, away),
    )  # fmt: skip


def _come_back(viewer: Viewer, mine: Self, away: _Away) -> None:
    try:
        absence.come_back(viewer)
    except Refused as refused:
        st.session_state[_REFUSED] = refused
    else:
        page.answer(mine.id, replace(away, back=True))


def _leave_for_good(viewer: Viewer) -> None:
    st.caption(
        _(
            "When you leave, your name, telephone and wishes are removed. Your number and the sum of hours stay."
        )
    )
    if st.checkbox(_("I want to leave for good."), key="leave_sure"):
        st.warning(_given_back(viewer, None))
        if st.button(_("Leave"), key="leave_now"):
            _do(lambda: joining.leave(viewer))
