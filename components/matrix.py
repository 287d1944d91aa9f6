"""A building home by home: floors above each other, stairs beside each other, each home in the colour of the measure."""

from datetime import date

import streamlit as st

from components.i18n import _, day_text, n_, number_text
from components.navigation import page_link
from components.register.values import plain
from db.access import Viewer
from db.insight import matrix
from db.insight.matrix import STATES, Behind, Cell, Matrix
from db.words import N_

STATE_WORDS = {
    "urgent": N_("Urgent"), "overdue": N_("Overdue"), "window": N_("In its window"), "coming": N_("Seen in time"),
    "": N_("Nobody in care"),
}  # fmt: skip
MARKS = {"urgent": "‼", "overdue": "!", "window": "○", "coming": "✓", "": ""}
# The darker, the worse, as on the map; marks say the same without colour.
COLOURS = {
    "urgent": ("#8c4a0c", "#ffffff"), "overdue": ("#cf8330", "#1c2b2d"), "window": ("#f8e8c6", "#1c2b2d"),
    "coming": ("#d3e9e8", "#1c2b2d"), "": ("#ffffff", "#5c6f72"),
}  # fmt: skip


def draw(viewer: Viewer, area_id: int, measure: str, day: date | None = None) -> None:
    """The homes of a building, and the people behind the chosen one, for those who may see them."""
    found = matrix.matrix(viewer, area_id=area_id, day=day)
    if found is None or not found.cells:
        return
    if found.day is None:
        st.subheader(_("Home by home"))
    else:
        st.subheader(_("Home by home on {day}", day=day_text(found.day)))
        st.caption(
            _(
                "From the records: who was in care and seen in time. Windows and urgent items are known of today alone."
            )
        )
    st.html(table(found, measure))
    _legend(found)
    _behind(found)
    _elsewhere(found)
    if found.more:
        st.caption(_("Too many homes to draw them all; the list has the rest."))


def table(found: Matrix, measure: str) -> str:
    """The matrix as a table that can be read aloud: a row for each floor, a group of columns for each stair."""
    cells: dict[tuple[str, int], list[Cell]] = {}
    for cell in found.cells:
        cells.setdefault((cell.stair, cell.floor), []).append(cell)
    stairs = found.stairs
    widest = {
        stair: max((len(cells.get((stair, floor), ())) for floor in found.floors), default=1)
        for stair in stairs
    }
    head = "".join(
        f'<th scope="colgroup" colspan="{widest[stair]}">{plain_html(_stair(stair))}</th>' for stair in stairs
    )
    rows = []
    for floor in found.floors:
        line = f'<th scope="row">{plain_html(_("Floor {number}", number=floor))}</th>'
        for stair in stairs:
            homes = cells.get((stair, floor), [])
            line += "".join(_cell(one, measure) for one in homes)
            line += "<td></td>" * (widest[stair] - len(homes))
        rows.append(f"<tr>{line}</tr>")
    style = (
        "<style>.homes{overflow-x:auto;-webkit-overflow-scrolling:touch}.homes table{border-collapse:separate;"
        "border-spacing:4px;font-size:.9rem}.homes th{font-weight:600;padding:2px 6px;text-align:center;"
        "white-space:nowrap}.homes td.home{min-width:64px;padding:4px 6px;border:1px solid #9fb0b2;border-radius:6px;"
        "text-align:center;line-height:1.25}.homes td b{display:block}</style>"
    )
    title = plain_html(_("Homes of {name}", name=found.name))
    return (
        f'{style}<div class="homes" tabindex="0" role="region" aria-label="{title}"><table><caption hidden>{title}'
        f"</caption><thead><tr><td></td>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def plain_html(text: str) -> str:
    """Text that means nothing but itself in HTML."""
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&#39;")
    )


def _stair(stair: str) -> str:
    return _("Stair {number}", number=stair) if stair else _("Without a stair")


def _cell(cell: Cell, measure: str) -> str:
    paper, ink = COLOURS[cell.state]
    figure = _figure(cell, measure)
    said = _(STATE_WORDS[cell.state])
    return (
        f'<td class="home" style="background:{paper};color:{ink}" title="{plain_html(said)}">{plain_html(cell.room)}'
        f'<b><span aria-hidden="true">{MARKS[cell.state]}</span> {plain_html(figure)}'
        f'<span style="position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)">{plain_html(said)}'
        "</span></b></td>"
    )


def _figure(cell: Cell, measure: str) -> str:
    """The figure of the chosen measure in one home."""
    if not cell.in_care:
        return ""
    if measure == "unseen":
        return str(cell.unseen)
    if measure == "tried":
        return str(cell.tried)
    if measure == "load":
        return number_text(round(cell.weekly, 1))
    if measure in ("late", "in_time"):
        return f"{len(cell.in_care) - cell.late}/{len(cell.in_care)}"
    return str(len(cell.in_care))


def _legend(found: Matrix) -> None:
    states = [one for one in (*STATES, "") if any(cell.state == one for cell in found.cells)]
    st.caption(" · ".join(f"{MARKS[one] or '□'} {_(STATE_WORDS[one])}" for one in states))


def _behind(found: Matrix) -> None:
    """Who is behind a cell, the worst first; a tap opens the person."""
    cared = sorted(
        (cell for cell in found.cells if cell.in_care),
        key=lambda one: (STATES.index(one.state), one.stair, one.room),
    )
    names = {cell.household_id: _home(cell) for cell in cared}
    if not cared:
        return
    chosen = st.selectbox(
        _("Who is behind a cell"), [cell.household_id for cell in cared], index=None, format_func=names.__getitem__,
        placeholder=_("Choose a home"), key="matrix_home",
    )  # fmt: skip
    for cell in cared:
        if cell.household_id != chosen:
            continue
        for one in cell.in_care:
            _person(one)


def _person(one: Behind) -> None:
    days = n_("not seen for {count} day", "not seen for {count} days", one.unseen)
    said = f"{_(STATE_WORDS[one.state])} · {days}"
    if one.resident_id:
        page_link(f"{MARKS[one.state]} **{plain(one.name)}** · {said}", "residents", id=one.resident_id)
    else:
        st.markdown(f"{MARKS[one.state]} {_('Lives outside your areas now')} · {said}")


def _elsewhere(found: Matrix) -> None:
    """Whoever lived here on a past day in a home that the records do not tell any more."""
    if not found.elsewhere:
        return
    count = len(found.elsewhere)
    st.markdown(
        n_("{count} more person in care lived here; the records do not tell any more in which home.",
           "{count} more people in care lived here; the records do not tell any more in which home.", count)
    )  # fmt: skip
    for one in found.elsewhere:
        _person(one)


def _home(cell: Cell) -> str:
    stair = f"{cell.stair}-" if cell.stair else ""
    return f"{MARKS[cell.state]} {stair}{cell.room} · {_(STATE_WORDS[cell.state])}"
