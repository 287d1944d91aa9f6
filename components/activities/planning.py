"""A new activity: a class in ten fields, an event in fewer; its dates are shown before anything is made."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

import streamlit as st

from components.activities import fields, words
from components.care.pickers import areas
from components.i18n import _, n_
from components.page import number_in_address
from components.register.values import plain
from components.volunteers import words as times
from components.volunteers.series_form import HOLIDAYS, days_said
from components.words import problem
from db import clock
from db.access import Viewer
from db.activities import activities, needs_turned
from db.activities.activities import MOST_SESSIONS, Plan
from db.activities.needs_turned import NeedView
from db.errors import Refused
from db.volunteers import series
from db.volunteers.series import Dates
from db.volunteers.shifts import MOST_AHEAD

REPEATED = ("class", "meeting")
LISTED = 40
LONGEST_TITLE = 60
_REFUSED = "_plan_refused"
PLACEHOLDERS = {
    "class": "太极拳入门班", "event": "重阳茶话会", "outing": "玄武湖秋游", "birthday": "第四季度集体生日会",
    "talk": "防诈骗讲座", "meeting": "编织小组",
}  # fmt: skip


@dataclass(frozen=True)
class _Typed:
    """What stands in the form."""

    plan: Plan
    dates: Dates


def draw(viewer: Viewer) -> None:
    """The form on the left, what would be made on the right."""
    st.button(
        _("All activities"),
        key="activity_back",
        type="tertiary",
        icon=":material/arrow_back:",
        on_click=_back,
    )
    st.title(_("New activity"))
    known = areas(viewer, "activity.create")
    if not known:
        st.info(_("No area has been given to you yet. Ask an administrator."))
        return
    need = _need(viewer)
    left, right = st.columns([3, 2], gap="large")
    refused: Refused | None = st.session_state.get(_REFUSED)
    with left:
        problems = dict(refused.facts.get("problems", {})) if refused is not None else {}
        typed = _form(viewer, known, problems, need.title[:LONGEST_TITLE] if need else "")
    with right, st.container(border=True, key="plan_outlook"):
        _outlook(typed)
        if refused is not None:
            words.say(refused)
        _buttons(viewer, typed, need)


def _need(viewer: Viewer) -> NeedView | None:
    """The need that the address says this is planned for."""
    need_id = number_in_address("need")
    if need_id is None or not viewer.can("need.edit"):
        return None
    need = needs_turned.one(viewer, need_id=need_id)
    st.info(
        plain(_("It answers the need “{title}” and stays linked to it.", title=need.title)), icon=":material/flag:"
    )  # fmt: skip
    return need


def _back() -> None:
    st.query_params.clear()
    st.session_state.pop(_REFUSED, None)


def _form(viewer: Viewer, known: dict[int, str], problems: dict[str, str], titled: str) -> _Typed:
    def wrong(name: str, box: Any = st) -> None:
        if name in problems:
            box.caption(f":red[{plain(problem(problems[name]))}]")

    kind: str = st.pills(
        _("Kind"), list(words.KINDS), default="class", key="plan_kind", required=True, wrap=True, format_func=words.kind
    )  # fmt: skip
    title = st.text_input(
        _("Title"), titled, key="plan_title", max_chars=LONGEST_TITLE, placeholder=PLACEHOLDERS[kind]
    )
    wrong("title")
    one, two = st.columns(2)
    area_id = one.selectbox(_("Area"), list(known), key="plan_area", format_func=lambda one: known[one])
    with two:
        venue_id = fields.where_to_meet(viewer, "plan_venue", None)
        elsewhere = "" if venue_id is not None else fields.meeting_point("plan", "", needed=True)
    again = kind in REPEATED
    first = clock.today() + timedelta(days=7)
    weekdays: list[int] = []
    if again:
        weekdays = st.pills(
            _("Weekdays"), range(7), default=[first.weekday()], selection_mode="multi", key="plan_weekdays", wrap=True,
            format_func=times.weekday,
        )  # fmt: skip
    one, two = st.columns(2)
    since: date = one.date_input(
        _("The first day") if again else _("Date"), first, key="plan_since", format="YYYY-MM-DD", min_value=clock.today()
    )  # fmt: skip
    count = int(two.number_input(_("How many times"), 1, MOST_SESSIONS, 12, key="plan_count")) if again else 1
    quarter = ""
    if kind == "birthday":
        with two:
            quarter = fields.quarter("plan", "", since)
    wrong("days")
    one, two, three = st.columns(3)
    start: time = one.time_input(_("Begins at"), time(9), key="plan_start", step=900)
    minutes = int(two.number_input(_("Minutes"), 10, activities.LONGEST, 90, 10, key="plan_minutes"))
    capacity = int(three.number_input(_("Places"), 1, 1000, 20, key="plan_capacity"))
    wrong("minutes", two)
    wrong("capacity", three)
    with st.expander(_("More: for whom, what to bring, who leads, draw, helpers"), icon=":material/tune:"):
        whole, holidays = False, "skip"
        if again:
            how = st.radio(
                _("One signs up"), [True, False], key="plan_whole", horizontal=True,
                format_func=lambda whole: _("for the whole term") if whole else _("for each date"),
            )  # fmt: skip
            whole = bool(how)
            holidays = st.radio(
                _("On public holidays"), list(HOLIDAYS), key="plan_holidays", format_func=lambda code: _(HOLIDAYS[code])
            )  # fmt: skip
        more = fields.more(viewer, "plan", {}, new=True, where=venue_id is not None)
        wrong("closes_at")
    rule = series.weekly(weekdays) if again and weekdays else ""
    dates = _dates(rule, since, count, holidays) if again else Dates((since,))
    more["quarter"] = quarter
    where = more.pop("where", elsewhere).strip()
    plan = Plan(
        kind, title, area_id, dates.days, start, minutes, capacity, venue_id, where, whole, rule, more,
    )  # fmt: skip
    return _Typed(plan, dates)


def _dates(rule: str, since: date, count: int, holidays: str) -> Dates:
    """The first `count` days of the rule from that day on, holidays left out."""
    if not rule:
        return Dates(())
    found = series.dates_of(rule, since, since + MOST_AHEAD, holidays)
    days = found.days[:count]
    last = days[-1] if days else since
    return Dates(
        days, tuple(one for one in found.left_out if one[0] <= last), tuple(one for one in found.added if one <= last),
        tuple(year for year in found.unknown if year <= last.year),
    )  # fmt: skip


def _outlook(typed: _Typed) -> None:
    days, plan = typed.dates.days, typed.plan
    st.subheader(_("What is announced"))
    if not days:
        st.caption(_("Choose at least one day."))
        return
    st.markdown(
        f"**{n_('{count} date', '{count} dates', len(days))}** · {plain(words.span(days[0], days[-1]))}"
    )
    if len(days) > 1:
        with st.container(key="plan_days"):
            st.markdown(" ".join(f":gray-badge[{plain(times.short_date(day))}]" for day in days[:LISTED]))
    ends = (
        clock.now().replace(hour=plan.start.hour, minute=plan.start.minute) + timedelta(minutes=plan.minutes)
    ).time()
    st.markdown(
        f":material/schedule: {plan.start:%H:%M}–{ends:%H:%M} · "
        + n_("{count} place", "{count} places", plan.capacity)
    )
    days_said(typed.dates)


def _buttons(viewer: Viewer, typed: _Typed, need: NeedView | None) -> None:
    tell = False
    if need is not None and need.state == "open":
        many = needs_turned.would_tell(viewer, need_id=need.id)
        tell = st.toggle(
            n_("Tell the {count} person who asked when it is announced", "Tell the {count} people who asked when it is announced", many),
            True, key="plan_tell",
        )  # fmt: skip
    need_id = need.id if need is not None else None
    with st.container(key="big_announce"):
        st.button(
            _("Announce"), key="plan_announce", type="primary", icon=":material/campaign:", width="stretch",
            on_click=_make, args=(viewer, typed.plan, True, need_id, tell),
        )  # fmt: skip
    st.button(
        _("Keep as a draft"), key="plan_draft", icon=":material/draft:", width="stretch", on_click=_make,
        args=(viewer, typed.plan, False, need_id),
    )  # fmt: skip


def _make(viewer: Viewer, plan: Plan, announce: bool, need_id: int | None, tell: bool = False) -> None:
    """Make it and show it; when something is refused, all that was typed stays."""
    try:
        made = (
            activities.create(viewer, plan=plan, announce_now=announce) if need_id is None
            else needs_turned.plan_for(viewer, need_id=need_id, plan=plan, announce_now=announce, tell=tell)
        )  # fmt: skip
    except Refused as refused:
        st.session_state[_REFUSED] = refused
        return
    st.session_state.pop(_REFUSED, None)
    words.leave(
        _("Announced. Now people can be signed up.") if announce else _("Kept as a draft. Announce it when it is ready.")
    )  # fmt: skip
    for key in [key for key in st.session_state if str(key).startswith("plan_")]:
        del st.session_state[key]
    st.query_params.from_dict({"id": str(made)})
