"""The tree of areas on the screen: one area at a time, with the way up, its picture and what lies in it."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from components.i18n import _, day_text, number_text, own
from components.navigation import page_link
from components.page import stand_at
from components.register.values import plain
from components.territory import forms, picture
from components.territory.posts import holder_line
from components.territory.words import ROLES
from db.access import Viewer
from db.territory import areas, posts
from db.territory.areas import AreaRow
from db.territory.levels import LevelRow, levels

PARAM = "area"


def draw(viewer: Viewer) -> None:
    """The area that the address names, else the topmost one."""
    closed = bool(st.session_state.get("areas_closed"))
    rows = areas.tree(viewer, closed=closed)
    steps = levels(viewer)
    if not rows:
        _nothing(viewer, steps)
        return
    known = {row.id: row for row in rows}
    asked = st.query_params.get(PARAM, "")
    here = known.get(int(asked)) if asked.isdecimal() else _first(rows)
    if here is None:
        st.warning(_("There is no such area, or it is closed."))
        here = rows[0]
    _choose(rows, steps, here)
    _trail(known, here)
    children = [row for row in rows if row.parent_id == here.id]
    level = next(one for one in steps if one.code == here.level)
    _heading(viewer, here, level, rows, children, steps)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        if children:
            _table(viewer, children, steps, rows)
        elif not level.holds_homes:
            st.info(_("Nothing lies in it yet."))
        _holders(viewer, here, level)
        st.toggle(_("Show closed areas too"), key="areas_closed")
    with right:
        if here.closed_on is None:
            picture.draw(viewer, here.id, here.area_path, f"areas_plan_{here.id}")


def _first(rows: Sequence[AreaRow]) -> AreaRow:
    """Where one begins: the topmost area in which there is something to choose."""
    count = Counter(row.parent_id for row in rows)
    return next((row for row in rows if count[row.id] > 1), rows[0])


def _nothing(viewer: Viewer, steps: Sequence[LevelRow]) -> None:
    st.info(_("There are no areas yet. Add the community first, then its grids and buildings."))
    if viewer.can("area.edit") and steps and st.button(_("Add"), type="primary", key="areas_first"):
        forms.add(viewer, None, steps, ())


def _choose(rows: Sequence[AreaRow], steps: Sequence[LevelRow], here: AreaRow) -> None:
    """The levels above the buildings in one box; buildings are in the table of their grid."""
    homes = {one.code for one in steps if one.holds_homes}
    places = [row for row in rows if row.level not in homes or row.id == here.id]
    known = {row.id: row for row in places}
    key = "areas_choice"
    stand_at(key, here.id)
    st.selectbox(
        _("Area"), list(known), key=key, index=list(known).index(here.id), format_func=lambda one: forms.indented(known[one]),
        on_change=lambda: st.query_params.update({PARAM: str(st.session_state[key])}),
    )  # fmt: skip


def _trail(known: dict[int, AreaRow], here: AreaRow) -> None:
    above = [known[int(step)] for step in here.area_path.strip("/").split("/")[:-1] if int(step) in known]
    if above:
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            for row in above:
                page_link(plain(row.name), "areas", area=row.id)
                st.markdown("›", width="content")
            st.markdown(f"**{plain(here.name)}**", width="content")


def _heading(
    viewer: Viewer, here: AreaRow, level: LevelRow, rows: Sequence[AreaRow], children: Sequence[AreaRow],
    steps: Sequence[LevelRow],
) -> None:  # fmt: skip
    st.subheader(plain(here.name))
    inside = sum(row.area_path.startswith(here.area_path) for row in rows) - 1
    facts = [own(level.label)]
    if here.code:
        facts.append(_("code {code}", code=plain(here.code)))
    if level.holds_homes and here.number:
        facts.append(_("number {number}", number=plain(here.number)))
    if here.stairs or here.floors:
        facts.append(_("{stairs} stairs, {floors} floors", stairs=here.stairs, floors=here.floors))
    if inside:
        facts.append(_("{count} areas in it", count=number_text(inside)))
    facts.append(_("drawn") if here.drawn else _("not drawn"))
    if here.closed_on:
        facts.append(_("closed on {day}", day=day_text(here.closed_on)))
    st.caption(" · ".join(facts))
    if viewer.reaches("area.edit", here.area_path):
        _buttons(viewer, here, level, rows, children, steps)


def _buttons(
    viewer: Viewer, here: AreaRow, level: LevelRow, rows: Sequence[AreaRow], children: Sequence[AreaRow],
    steps: Sequence[LevelRow],
) -> None:  # fmt: skip
    if here.closed_on is not None:
        if st.button(_("Open again"), icon=":material/undo:", key="area_reopen"):
            forms.reopen(viewer, here)
        return
    homes = {one.code for one in steps if one.holds_homes}
    with st.container(horizontal=True, gap="small"):
        pressed = {
            "add": not level.holds_homes or level != steps[-1],
            "change": True,
            "move": here.parent_id is not None,
            "order": len(children) > 1,
            "shape": here.drawn,
            "close": True,
        }
        labels = {
            "add": (_("Add"), ":material/add:"),
            "change": (_("Change"), ":material/edit:"),
            "move": (_("Move"), ":material/drive_file_move:"),
            "order": (_("Order"), ":material/swap_vert:"),
            "shape": (_("Take the shape away"), ":material/layers_clear:"),
            "close": (_("Close"), ":material/block:"),
        }
        chosen = ""
        for name, offered in pressed.items():
            text, icon = labels[name]
            if offered and st.button(
                text, icon=icon, key=f"area_{name}", type="primary" if name == "add" else "secondary"
            ):
                chosen = name
    if chosen == "add":
        forms.add(viewer, here, steps, children)
    elif chosen == "change":
        forms.change(viewer, here, level.holds_homes)
    elif chosen == "move":
        below = {one.code for one in steps if one.position < level.position} - homes
        forms.move(viewer, here, [row for row in rows if row.level in below and row.closed_on is None])
    elif chosen == "order":
        forms.reorder(viewer, here, children)
    elif chosen == "shape":
        forms.clear_shape(viewer, here)
    elif chosen == "close":
        forms.close(viewer, here)


def _table(
    viewer: Viewer, children: Sequence[AreaRow], steps: Sequence[LevelRow], rows: Sequence[AreaRow]
) -> None:
    """The children: a table on a desk, a list of links on a phone. A tap opens one."""
    labels = {one.code: one for one in steps}
    held = posts.holders(viewer, area_ids=[row.id for row in children]) if viewer.can("post.view") else {}
    names = {
        row.id: "、".join(one.holder for one in held.get(row.id, []) if one.role == labels[row.level].role)
        for row in children
    }
    expected = any(labels[row.level].role for row in children)
    counts = {
        row.id: sum(other.area_path.startswith(row.area_path) for other in rows) - 1 for row in children
    }
    data: dict[str, list[object]] = {
        _("Name"): [forms.indented(row).strip("　") for row in children],
        _("Level"): [own(labels[row.level].label) for row in children],
    }
    if expected:
        data[_("Holder")] = [names[row.id] or "–" for row in children]
    if any(counts.values()):
        data[_("Areas in it")] = [counts[row.id] for row in children]
    if any(row.code for row in children):
        data[_("Code")] = [row.code for row in children]
    if any(row.stairs for row in children):
        data[_("Stairs")] = [row.stairs or None for row in children]
        data[_("Floors")] = [row.floors or None for row in children]
    data[_("Drawn")] = [row.drawn for row in children]
    with st.container(key="wide_areas"):
        event = st.dataframe(
            data, hide_index=True, on_select="rerun", selection_mode="single-cell", row_height=38,
            key=f"areas_rows_{children[0].parent_id}", alt=_("Areas"), height="content" if len(children) < 30 else 700,
        )  # fmt: skip
        if event.selection.cells:
            st.query_params[PARAM] = str(children[event.selection.cells[0][0]].id)
            del st.session_state[f"areas_rows_{children[0].parent_id}"]
            st.rerun()
    with st.container(key="narrow_areas", gap="xsmall"):
        for row in children:
            parts = [
                names[row.id] if labels[row.level].role else "",
                forms.count_text(counts[row.id]) if counts[row.id] else "",
            ]
            page_link(
                f"**{plain(row.name)}** " + plain(" · ".join(part for part in parts if part)),
                "areas", area=row.id,
            )  # fmt: skip


def _holders(viewer: Viewer, here: AreaRow, level: LevelRow) -> None:
    """Who holds this area and who did, and where somebody is named."""
    if not viewer.can("post.view") or (not level.role and not level.holds_homes):
        return
    st.markdown(f"**{_('Who is responsible')}**")
    found = posts.history(viewer, area_id=here.id)
    for one in found:
        holder_line(one)
    now = posts.holders(viewer, area_ids=[here.id]).get(here.id, [])
    if level.role and not any(one.role == level.role for one in now):
        role = _(ROLES[level.role])
        if here.closed_on is None and viewer.reaches("post.create", here.area_path):
            page_link(
                _("Nobody now. Name a {role}", role=role.lower()), "posts", icon=":material/person_add:", new=1,
                area_id=here.id, role=level.role,
            )  # fmt: skip
        else:
            st.caption(_("Nobody now."))
