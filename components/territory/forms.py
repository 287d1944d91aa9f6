"""The dialogs by which the tree of areas is changed."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from components.i18n import _, n_, own
from components.territory.dialogs import dialog
from components.words import say
from db.access import Viewer
from db.errors import Refused
from db.territory import areas, closing, moving, shapes
from db.territory.areas import AreaRow
from db.territory.levels import LevelRow
from db.words import N_


def _do(act: Callable[[], Any], said: str) -> None:
    """Carry a command out and close the dialog, or say inside it why not."""
    try:
        act()
    except Refused as refused:
        say(refused)
    else:
        st.toast(said)
        st.rerun()


def _below(levels: Sequence[LevelRow], parent: AreaRow | None) -> list[LevelRow]:
    top = next((one.position for one in levels if parent is not None and one.code == parent.level), -1)
    return [one for one in levels if one.position > top]


def _usual(possible: Sequence[LevelRow], siblings: Sequence[AreaRow]) -> int:
    """What lies here already is what is most likely added."""
    if siblings:
        return next((place for place, one in enumerate(possible) if one.code == siblings[-1].level), 0)
    return 0


@dialog(N_("Add areas"))
def add(
    viewer: Viewer, parent: AreaRow | None, levels: Sequence[LevelRow], siblings: Sequence[AreaRow]
) -> None:
    """One area or several of one kind: "1-24栋"."""
    possible = _below(levels, parent)
    if not possible:
        st.info(_("Nothing lies below this level."))
        return
    if parent is not None:
        st.caption(_("In {area}", area=parent.name))
    level = st.selectbox(
        _("Level"), possible, index=_usual(possible, siblings), format_func=lambda one: own(one.label), key="area_add_level"
    )  # fmt: skip
    with st.form("area_add", border=False):
        names = st.text_area(
            _("Names") + " *", key="area_add_names", height=80, placeholder="1-24栋" if level.holds_homes else "第一网格",
            help=_("Several at once: a range such as 1-24栋, or names with commas or on lines of their own."),
        )  # fmt: skip
        stairs = floors = 0
        code = ""
        if level.holds_homes:
            left, right = st.columns(2)
            stairs = left.number_input(_("Stairs each"), 0, areas.MOST_STAIRS, 0, key="area_add_stairs")
            floors = right.number_input(_("Floors each"), 0, areas.MOST_FLOORS, 0, key="area_add_floors")
        else:
            code = st.text_input(_("Code"), key="area_add_code", help=_("Only for a single area."))
        if st.form_submit_button(_("Add"), type="primary"):
            _do(lambda: _add(viewer, parent, level, names, code, stairs, floors), _("Added."))


def _add(
    viewer: Viewer, parent: AreaRow | None, level: LevelRow, names: str, code: str, stairs: int, floors: int
) -> None:  # fmt: skip
    wanted = areas.names_of(names)
    parent_id = parent.id if parent else None
    if len(wanted) == 1 and code.strip():
        areas.add(viewer, name=wanted[0], level=level.code, parent_id=parent_id, code=code)
    else:
        areas.add_many(
            viewer, names=wanted, level=level.code, parent_id=parent_id, stairs=stairs, floors=floors
        )


@dialog(N_("Change the area"))
def change(viewer: Viewer, area: AreaRow, homes: bool) -> None:
    """Name, code, and for a building its number, stairs and floors."""
    with st.form("area_change", border=False):
        name = st.text_input(_("Name") + " *", value=area.name, max_chars=60)
        code = st.text_input(_("Code"), value=area.code, max_chars=40)
        number, stairs, floors = area.number, area.stairs, area.floors
        if homes:
            number = st.text_input(
                _("Number in addresses"), value=area.number, max_chars=20,
                help=_("What stands first in 12-3-402. It follows from the name unless you write another."),
            )  # fmt: skip
            left, right = st.columns(2)
            stairs = left.number_input(_("Stairs"), 0, areas.MOST_STAIRS, area.stairs)
            floors = right.number_input(_("Floors"), 0, areas.MOST_FLOORS, area.floors)
        if st.form_submit_button(_("Save"), type="primary"):
            _do(
                lambda: areas.change(
                    viewer, area_id=area.id, version=area.version, name=name, code=code,
                    number=number if number != area.number else None, stairs=stairs, floors=floors,
                ),
                _("Saved."),
            )  # fmt: skip


@dialog(N_("Move the area"))
def move(viewer: Viewer, area: AreaRow, places: Sequence[AreaRow]) -> None:
    """Under another area; everything in it moves along."""
    possible = [
        one for one in places if not one.area_path.startswith(area.area_path) and one.id != area.parent_id
    ]
    st.write(
        _(
            "Everything in {area} moves along: what lies in it, its people, its posts, its accounts.",
            area=area.name,
        )
    )
    with st.form("area_move", border=False):
        to = st.selectbox(_("New place"), possible, index=None, format_func=indented, placeholder=_("Choose"))
        if st.form_submit_button(_("Move"), type="primary") and to is not None:
            _do(lambda: moving.move(viewer, area_id=area.id, parent_id=to.id), _("Moved."))


@dialog(N_("Order of the areas"))
def reorder(viewer: Viewer, parent: AreaRow, children: Sequence[AreaRow]) -> None:
    """The order in which siblings stand in lists and on the plan."""
    names = {one.id: one.name for one in children}
    st.caption(
        _("Choose areas in the order in which they should stand. What you leave out comes after them.")
    )
    with st.form("area_order", border=False):
        order = st.multiselect(
            _("First of all"), list(names), format_func=names.__getitem__, placeholder=_("Choose")
        )
        if st.form_submit_button(_("Save"), type="primary"):
            _do(lambda: areas.reorder(viewer, parent_id=parent.id, order=order), _("Saved."))


@dialog(N_("Close the area"))
def close(viewer: Viewer, area: AreaRow) -> None:
    """Not deleted: history goes on naming it, and it can be opened again."""
    st.write(
        _(
            "{area} is not deleted: history goes on naming it, and it can be opened again. "
            "Its posts end yesterday.",
            area=area.name,
        )
    )
    if st.button(_("Close it"), type="primary", key="area_close_yes"):
        _do(lambda: closing.close(viewer, area_id=area.id), _("Closed."))


def reopen(viewer: Viewer, area: AreaRow) -> None:
    """Open a closed area again; why not is said where the button stands."""
    _do(lambda: closing.reopen(viewer, area_id=area.id), _("Opened."))


@dialog(N_("Take the shape away"))
def clear_shape(viewer: Viewer, area: AreaRow) -> None:
    """The plan lays the area out by itself again."""
    st.write(_("{area} is then laid out by itself again.", area=area.name))
    if st.button(_("Take the shape away"), type="primary", key="area_shape_yes"):
        _do(lambda: shapes.clear_shape(viewer, area_id=area.id), _("Saved."))


def indented(area: AreaRow) -> str:
    """An area in a list of choices, moved in by its depth."""
    return "　" * area.depth + area.name + (" " + _("(closed)") if area.closed_on else "")


def count_text(areas: int) -> str:
    return n_("{count} area", "{count} areas", areas)
