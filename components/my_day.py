"""What a person sees first: their patch in a few figures, what is missing in it, and the ways on."""

import streamlit as st

from components import live
from components.i18n import _, n_
from components.navigation import BY_ADDRESS, go, page_link
from components.register.values import plain
from components.words import say
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.insight import coverage
from db.insight.coverage import MEASURES, AreaRow

SHOWN = ("held", "in_care", "carer", "over_80", "alone")
MOST = 6  # holes on the start page; the map has the rest


def draw(viewer: Viewer) -> None:
    """The start page of this viewer."""
    st.title(_("{greeting}, {name}", greeting=_greeting(), name=plain(viewer.name)))
    if viewer.can("resident.view"):
        _find()
    if viewer.can("coverage.view"):
        live.follow("coverage", "areas", "posts")
        try:
            patches = _patches(viewer)
            if not patches:
                st.info(_("No area has been given to you yet. Ask an administrator."))
            for area_id in patches:
                _patch(viewer, area_id)
        except Refused as refused:
            say(refused)
    else:
        _for_volunteers()


def _greeting() -> str:
    hour = clock.now().astimezone(clock.PLACE).hour
    if hour < 11:
        return _("Good morning")
    return _("Good afternoon") if hour < 18 else _("Good evening")


def _find() -> None:
    def search() -> None:
        st.session_state["_my_day_search"] = st.session_state["my_day_find"]

    st.text_input(
        _("Find somebody"), key="my_day_find", type="search", on_change=search,
        placeholder=_("Name, initials, ID number, telephone or its last four digits, address such as 12-3-402"),
    )  # fmt: skip
    asked = st.session_state.pop("_my_day_search", "")
    if asked:
        go("residents", q=asked)


def _patches(viewer: Viewer) -> list[int | None]:
    """The areas that this viewer holds, or everything."""
    if viewer.scope("resident.view") != "areas":
        return [None]
    held: list[int | None] = [int(path.rstrip("/").rsplit("/", 1)[-1]) for path in viewer.areas]
    return held[:3]


def _patch(viewer: Viewer, area_id: int | None) -> None:
    found = coverage.coverage(viewer, area_id)
    here = found.here
    if here is None:
        st.info(_("There are no areas yet. Add them first; then the map comes alive."))
        page_link(_(BY_ADDRESS["areas"].label), "areas", icon=":material/account_tree:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(here.name), width="content")
        page_link(_("On the map"), "map", icon=":material/map:", area=here.area_id)
    _figures(viewer, here)
    _holes(viewer, here)


def _figures(viewer: Viewer, here: AreaRow) -> None:
    with st.grid("auto", min_column_width=150):
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


def _holes(viewer: Viewer, here: AreaRow) -> None:
    found = coverage.holes(viewer, here.area_id, limit=MOST)
    holes, total = found.rows, found.total
    if not total:
        st.success(
            _("All is well: every area here has somebody responsible."), icon=":material/check_circle:"
        )
        return
    st.subheader(n_("{count} thing is missing", "{count} things are missing", total))
    for hole in holes:
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            if hole.kind == "nobody":
                said = _("{area}: nobody is responsible", area=f"**{plain(hole.name)}**")
            elif hole.kind == "too_much":
                said = _("{holder}: carries too much", holder=f"**{plain(hole.holder)}**")
            elif hole.kind == "no_deputy":
                said = _("{area}: no deputy", area=f"**{plain(hole.name)}**")
            else:
                said = _("{area}: people in care without a named carer", area=f"**{plain(hole.name)}**")
            st.markdown(said, width="stretch")
            if hole.rows is not None:
                page_link(
                    _("{number} in care", number=hole.text),
                    hole.rows.address,
                    icon=":material/group:",
                    **hole.rows.params,
                )
            if hole.mend is not None:
                label = _("Show them") if hole.kind in ("carer", "too_much") else _("Name somebody")
                page_link(label, hole.mend.address, icon=":material/person_add:", **hole.mend.params)
    if total > len(holes):
        page_link(
            n_("{count} more on the map", "{count} more on the map", total - len(holes)), "map",
            icon=":material/map:", area=here.area_id,
        )  # fmt: skip


def _for_volunteers() -> None:
    """Until there are shifts to sign up for, the own account is what a volunteer has here."""
    st.write(_("Thank you for being here. Your community office will tell you what there is to do."))
    page_link(_(BY_ADDRESS["me"].label), "me", icon=":material/account_circle:")
