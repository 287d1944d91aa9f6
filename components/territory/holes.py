"""The holes of the net as a short list, worst first, each with the way to mend it."""

import streamlit as st

import components.territory.words  # noqa: F401
from components.i18n import _, day_text, n_
from components.navigation import page_link
from components.register.values import plain
from components.territory.words import ROLES
from components.words import say
from db.access import Viewer
from db.errors import Refused
from db.territory import areas
from db.territory.holes import Hole, Holes, holes
from db.words import N_

FEW = 5
MOST = 60

KINDS = {
    "hole.nobody": (N_("{count} area without a holder"), N_("{count} areas without a holder")),
    "hole.too_much": (N_("{count} person with too many areas"), N_("{count} people with too many areas")),
    "hole.ending": (N_("{count} post ends within two weeks"), N_("{count} posts end within two weeks")),
    "hole.no_deputy": (N_("{count} post without a deputy"), N_("{count} posts without a deputy")),
}
ICONS = {
    "hole.nobody": ":material/person_off:",
    "hole.too_much": ":material/stacks:",
    "hole.ending": ":material/event_busy:",
    "hole.no_deputy": ":material/group_off:",
}


def sentence(hole: Hole) -> str:
    """What is missing, where, in one line."""
    facts = {**hole.facts, "role": _(ROLES.get(hole.facts["role"], hole.facts["role"]))}
    place = " · ".join(hole.trail[-2:]) if len(hole.trail) > 2 else hole.trail[-1]
    if hole.code == "hole.nobody":
        return _("{area}: no {role}", area=place, role=facts["role"].lower())
    if hole.code == "hole.too_much":
        return _(
            "{holder} holds {areas} areas as {role}; {limit} is the limit",
            **{**facts, "role": facts["role"].lower()},
        )
    if hole.code == "hole.ending":
        return _(
            "{area}: {holder} only until {until}",
            **{**facts, "area": place, "until": day_text(facts["until"])},
        )
    return _("{area}: nobody stands in for {holder}", **{**facts, "area": place})


def may_mend(viewer: Viewer, hole: Hole) -> bool:
    action = "post.create" if hole.code == "hole.nobody" else "post.edit"
    return viewer.reaches(action, hole.area_path) or (
        hole.code == "hole.too_much" and viewer.can("post.view")
    )


def draw(viewer: Viewer, area_id: int | None = None) -> None:
    """The holes that this viewer sees; nothing is drawn when there are none."""
    if not viewer.can("coverage.view"):
        return
    every = bool(st.session_state.get("holes_all"))
    area_id = _asked_area() if area_id is None else area_id
    try:
        found = holes(viewer, area_id=area_id, limit=MOST if every else FEW)
        where = plain(areas.one(viewer, area_id=area_id).name) if area_id is not None else ""
    except Refused as refused:
        say(refused)
        return
    if not found.total:
        st.success(_("Every area has a holder, and every holder a deputy."), icon=":material/verified:")
        return
    with st.container(border=True, gap="small"):
        st.markdown(
            " · ".join(part for part in (f"**{_('What is missing')}**", where, summary(found)) if part)
        )
        for hole in found.rows:
            line(viewer, hole)
        if found.total > FEW:
            st.toggle(_("Show more"), key="holes_all")
        if every and found.total > MOST:
            st.caption(n_("{count} more is not shown.", "{count} more are not shown.", found.total - MOST))


def _asked_area() -> int | None:
    """The one area that the list below is narrowed to; None for all."""
    asked = st.query_params.get_all("area")
    return int(asked[0]) if len(asked) == 1 and asked[0].isdecimal() and len(asked[0]) < 18 else None


def summary(found: Holes) -> str:
    """How many holes there are of each kind."""
    return " · ".join(n_(*KINDS[code], count) for code, count in found.counts.items() if count)


def line(viewer: Viewer, hole: Hole) -> None:
    """One hole: a link where it is mended, or a plain line for those who only read."""
    if may_mend(viewer, hole):
        page_link(plain(sentence(hole)), hole.page, icon=ICONS[hole.code], **hole.params)
    else:
        st.markdown(f"{ICONS[hole.code]} {plain(sentence(hole))}")
