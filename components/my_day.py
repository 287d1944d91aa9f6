"""What a person sees first: whom to see today and why, what needs them, and the ways on."""

import streamlit as st

from components import live, unread
from components.activities import mine, saying
from components.care import agenda, needs_me, today
from components.i18n import _, day_text, n_
from components.kept import Kept
from components.navigation import BY_ADDRESS, go, page_link
from components.register.values import plain
from components.volunteers import help, start
from components.volunteers.my_shifts import TOPICS as SHIFTS
from components.words import say
from db import clock
from db.access import Viewer
from db.activities import feedback, signing_up
from db.care import standing_in
from db.errors import Refused
from db.insight import coverage, map_holes, small, week
from db.insight.coverage import MEASURES, AreaRow
from db.insight.map_holes import MapHole
from db.insight.week import AreaWeek

SHOWN = ("held", "carer", "over_80", "alone")
MOST = 3  # holes on the start page; the map has the rest
MEASURE = "held"  # what the map shows first: both count the same holes
MOST_AREAS = 3
TOPICS = ("care", "coverage", "areas", "posts", "people", "occasions", "rules", "settings")


def draw(viewer: Viewer) -> None:
    """The start page of this viewer."""
    st.title(_("{greeting}, {name}", greeting=_greeting(), name=plain(viewer.name)))
    unread.line(viewer)
    if not viewer.can("visit.view"):
        _for_volunteers(viewer)
        return
    stamp = live.follow(*TOPICS)
    today.bring(viewer)
    kept = Kept(viewer, stamp)
    try:
        if viewer.scope("visit.create") == "areas":
            _for_workers(viewer, kept)
        else:
            _for_leaders(viewer, kept)
    except Refused as refused:
        say(refused)


def _greeting() -> str:
    hour = clock.now().astimezone(clock.PLACE).hour
    if hour < 5:
        return _("Hello")
    if hour < 11:
        return _("Good morning")
    return _("Good afternoon") if hour < 18 else _("Good evening")


def _for_volunteers(viewer: Viewer) -> None:
    """How the last activity was; then shifts and the places in activities."""
    kept = Kept(viewer, live.follow(*SHIFTS, "activities"))
    joins = viewer.can("activity.sign_up")
    if joins:
        saying.card(viewer, kept.read(feedback.to_say))
    start.draw(kept, lambda: mine.brief(viewer, kept.read(signing_up.own_bookings)) if joins else None)


def _for_workers(viewer: Viewer, kept: Kept) -> None:
    """Whom to see comes first; beside it, below on a telephone, what needs a call or a decision."""
    _stands_in(kept)
    needs_me.banners(kept)
    _find()
    patches = kept.read(agenda.patches)
    if not viewer.areas:
        st.info(_("No area has been given to you yet. Ask an administrator."))
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        found = agenda.draw(kept, patches)
    with right:
        needs_me.urgent(viewer, found)
        needs_me.approvals(kept)
        help.line(viewer)
        _ways(viewer)
        for area_id in _held(viewer):
            _holes(kept, area_id)


def _stands_in(kept: Kept) -> None:
    for one in kept.read(standing_in.mine):
        whose = plain(one.for_name or one.area)
        with st.container(horizontal=True, vertical_alignment="center", key="stands_in"):
            st.markdown(
                ":material/swap_horiz: "
                + _("You stand in for **{name}** ({area}) until {until}", name=whose, area=plain(one.area),
                    until=day_text(one.until)),
                width="content",
            )  # fmt: skip
            page_link(_("Handover"), "handover", icon=":material/assignment:", area=one.area_id)


def _held(viewer: Viewer) -> list[int]:
    """The areas that this viewer holds."""
    return [int(path.rstrip("/").rsplit("/", 1)[-1]) for path in viewer.areas][:MOST_AREAS]


def _find() -> None:
    def search() -> None:
        st.session_state["_my_day_search"] = st.session_state["my_day_find"]

    st.text_input(
        _("Find somebody"), key="my_day_find", type="search", on_change=search, icon=":material/search:",
        label_visibility="collapsed",
        placeholder=_("Name, initials, ID number, telephone or its last four digits, address such as 12-3-402"),
    )  # fmt: skip
    asked = st.session_state.pop("_my_day_search", "")
    if asked:
        go("residents", q=asked)


def _ways(viewer: Viewer) -> None:
    """Where a worker goes from here."""
    with st.container(horizontal=True):
        for address, label, icon in (
            ("round-sheets", _("Print a round"), ":material/print:"),
            ("handover", _("Hand over"), ":material/swap_horiz:"),
            ("map", _("Coverage map"), ":material/map:"),
        ):
            if viewer.can(BY_ADDRESS[address].action):
                page_link(label, address, icon=icon)


def _holes(kept: Kept, area_id: int) -> None:
    """Where the net has holes, briefly."""
    found = kept.read(map_holes.holes, area_id, limit=MOST, measure=MEASURE)
    holes, total = found.rows, found.total
    if not total:
        st.caption(":material/verified: " + _("Every area here has somebody responsible."))
        return
    st.subheader(n_("{count} thing is missing", "{count} things are missing", total))
    with st.container(key=f"wrap_holes_{area_id}", gap="xsmall"):
        for hole in holes:
            _hole(hole)
    if total > len(holes):
        page_link(
            n_("{count} more on the map", "{count} more on the map", total - len(holes)), "map",
            icon=":material/map:", area=area_id,
        )  # fmt: skip


def _hole(hole: MapHole) -> None:
    if hole.kind == "nobody":
        said = _("{area}: nobody is responsible", area=plain(hole.name))
    elif hole.kind == "too_much":
        said = _("{holder}: carries too much", holder=plain(hole.holder))
    elif hole.kind == "no_deputy":
        said = _("{area}: no deputy", area=plain(hole.name))
    elif hole.kind == "late":
        said = _("{area}: people not reached in time", area=plain(hole.name))
    else:
        said = _("{area}: people in care without a named carer", area=plain(hole.name))
    way = hole.mend or hole.rows
    if way is not None:
        page_link(
            _("{hole} ({number})", hole=said, number=plain(hole.text)),
            way.address,
            icon=":material/schedule:" if hole.kind == "late" else ":material/person_add:",
            **way.params,
        )
    else:
        st.markdown(_("{hole} ({number})", hole=said, number=plain(hole.text)))


def _for_leaders(viewer: Viewer, kept: Kept) -> None:
    """The figures of their areas, what got worse, and what only they can decide."""
    needs_me.banners(kept)
    mine: list[int | None] = list(_held(viewer)) if viewer.scope("visit.view") == "areas" else [None]
    for area_id in mine[:MOST_AREAS]:
        _in_time(kept, area_id)
    left, right = st.columns(2, gap="large")
    with left:
        _worse(kept)
    with right:
        _decisions(kept)
        help.line(viewer)
    if viewer.can("resident.view"):
        _find()
    for area_id in mine:
        _figures(kept, area_id)


def _in_time(kept: Kept, area_id: int | None) -> None:
    """Today's figures of an area, the same as on the map, beside a week ago; each number opens its rows."""
    here = kept.read(coverage.coverage, area_id).here
    if here is None:
        return
    before = kept.read(week.since, here.area_id)
    st.subheader(plain(here.name))
    with st.grid("auto", min_column_width=170):
        for code, change in (
            ("in_time", before.points if before is not None else 0),
            ("in_care", 0),
            ("late", 0),
        ):
            measure = MEASURES[code]
            with st.container(border=True):
                st.metric(
                    _(measure.label), here.texts.get(code, "–"), _points(change) if change else None,
                    help=_(measure.definition)
                    + (" " + _("Beside it, the change since {day}.", day=day_text(week.day_before())) if change else ""),
                )  # fmt: skip
                if here.open and measure.filters:
                    page_link(
                        _("Show them"), measure.register, icon=":material/arrow_forward:", area=here.area_id,
                        **({"tab": "due"} if measure.register == "visits" else {}), **measure.filters,
                    )  # fmt: skip


def _points(change: int) -> str:
    return _("{points} points", points=f"{change:+d}")


def _worse(kept: Kept) -> None:
    st.subheader(_("What got worse within a week"))
    fallen = kept.read(week.worse)
    if not fallen:
        st.success(_("Nothing got worse within a week."), icon=":material/trending_up:")
    with st.container(key="wrap_worse", gap="small"):
        _fallen(fallen)


def _fallen(found: list[AreaWeek]) -> None:
    for one in found:
        page_link(
            _("{area}: {now} reached in time, {before} a week before", area=plain(one.name), now=small.percent(one.share),
              before=small.percent(one.share_before)),
            "map", icon=":material/trending_down:", area=one.area_id,
        )  # fmt: skip


def _decisions(kept: Kept) -> None:
    st.subheader(_("What needs a decision"))
    if not needs_me.approvals(kept):
        st.success(_("Nothing waits for you."), icon=":material/spa:")
    with st.container(horizontal=True):
        for address, tab, label, icon in (
            ("map", "", _("Coverage map"), ":material/map:"),
            ("visits", "occasions", _("Warnings and festivals"), ":material/thunderstorm:"),
            ("visits", "rules", _("Visit rules"), ":material/rule:"),
        ):
            page_link(label, address, icon=icon, tab=tab)


def _figures(kept: Kept, area_id: int | None) -> None:
    found = kept.read(coverage.coverage, area_id)
    here = found.here
    if here is None:
        st.info(_("There are no areas yet. Add them first; then the map comes alive."))
        page_link(_(BY_ADDRESS["areas"].label), "areas", icon=":material/account_tree:")
        return
    with st.expander(_("{area} in figures", area=plain(here.name)), expanded=True):
        _measures(kept.viewer, here)
        _holes(kept, here.area_id)


def _measures(viewer: Viewer, here: AreaRow) -> None:
    with st.grid("auto", min_column_width=210):
        for code in SHOWN:
            measure = MEASURES[code]
            with st.container(border=True):
                st.metric(_(measure.label), here.texts.get(code, "–"), help=_(measure.definition))
                may = viewer.can("post.view") if measure.register == "posts" else here.open
                if may:
                    page_link(
                        _("Show them"), measure.register, icon=":material/arrow_forward:",
                        area=here.area_id, **measure.filters,
                    )  # fmt: skip
