"""The levels of the tree on the screen: names, order, where people live, who should hold them."""

import streamlit as st

import components.territory.words  # noqa: F401
from components.i18n import _, own
from components.territory.dialogs import dialog
from components.territory.words import ROLES
from components.words import say
from db.access import Viewer
from db.errors import Refused
from db.territory import levels
from db.territory.levels import LevelRow
from db.words import N_


def draw(viewer: Viewer) -> None:
    """All levels from the top down; administrators change them."""
    rows = levels.levels(viewer)
    st.caption(_("Communities differ: rename levels, add some, put them in another order."))
    edits = viewer.can("area.edit")
    for place, row in enumerate(rows):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            facts = [_("people live here")] if row.holds_homes else []
            facts.append(
                _("held by: {role}", role=_(ROLES[row.role]).lower()) if row.role else _("needs no holder")
            )
            st.markdown(f"**{own(row.label)}**  \n:gray[{' · '.join(facts)}]", width="stretch")
            if edits:
                _buttons(viewer, rows, place)
    if edits and st.button(_("Add a level"), icon=":material/add:", key="level_add"):
        edit(viewer, rows, None)


def _buttons(viewer: Viewer, rows: list[LevelRow], place: int) -> None:
    row = rows[place]
    codes = [one.code for one in rows]
    for step, icon, text in (
        (-1, ":material/arrow_upward:", _("Up: {level}", level=own(row.label))),
        (1, ":material/arrow_downward:", _("Down: {level}", level=own(row.label))),
    ):
        if st.button(
            "", icon=icon, help=text, key=f"level_{row.code}_{step}", disabled=not 0 <= place + step < len(rows)
        ):  # fmt: skip
            codes.insert(place + step, codes.pop(place))
            try:
                levels.order_levels(viewer, codes=codes)
            except Refused as refused:
                say(refused)
            else:
                st.rerun()
    if st.button(_("Change"), icon=":material/edit:", key=f"level_{row.code}_edit"):
        edit(viewer, rows, row)


@dialog(N_("Level"))
def edit(viewer: Viewer, rows: list[LevelRow], row: LevelRow | None) -> None:
    """One level, new or known."""
    roles = ["", *ROLES]
    with st.form("level_form", border=False):
        label = st.text_input(_("Name") + " *", value=row.label if row else "", max_chars=20)
        after = rows[-1].code if rows else ""
        if row is None:
            names = {"": _("At the top"), **{one.code: own(one.label) for one in rows}}
            after = st.selectbox(_("Below"), list(names), index=len(names) - 1, format_func=names.__getitem__)
        role = st.selectbox(
            _("Who should hold it"), roles, index=roles.index(row.role) if row and row.role in roles else 0,
            format_func=lambda code: _(ROLES[code]) if code else _("Nobody"),
        )  # fmt: skip
        homes = st.checkbox(_("People live on this level"), value=bool(row and row.holds_homes))
        with st.container(horizontal=True):
            saved = st.form_submit_button(_("Save"), type="primary")
            dropped = row is not None and st.form_submit_button(_("Take this level away"))
    if not (saved or dropped):
        return
    try:
        if row is None:
            levels.add_level(viewer, label=label, after=after, holds_homes=homes, role=role)
        elif dropped:
            levels.drop_level(viewer, code=row.code)
        else:
            levels.change_level(viewer, code=row.code, label=label, holds_homes=homes, role=role)
    except Refused as refused:
        say(refused)
    else:
        st.toast(_("Saved."))
        st.rerun()
