"""The picture of areas: their outlines as Plotly draws them fast, one trace for each class of colour."""

from collections.abc import Iterable, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from components.i18n import _
from db.access import Viewer
from db.territory.geometry import Coordinates
from db.territory.plan import PlacedArea, Plan, plan, plan_stamp

GROUND, LINE, INK = "#f3f5f2", "#8a9a94", "#26332f"
DRAWN, LAID_OUT, CHOSEN = "#9dbfb3", "#e3e8e4", "#e0a458"
CONFIG = {"staticPlot": True, "responsive": True}


@st.cache_resource(max_entries=200, show_spinner=False)
def _kept(_viewer: Viewer, stamp: tuple[int, ...], areas: tuple[str, ...], area_id: int | None) -> Plan:
    return plan(_viewer, area_id)


def plan_of(viewer: Viewer, area_id: int | None) -> Plan:
    """The plan of one area as this viewer sees it, laid out once for each change of the areas."""
    seen = viewer.areas if viewer.scope("area.view") == "areas" else ()
    return _kept(viewer, plan_stamp(), seen, area_id)


def draw(viewer: Viewer, area_id: int, area_path: str, key: str) -> None:
    """The picture of one area with what lies in it. What is laid out, not drawn, is paler and has dotted edges."""
    whole = plan_of(viewer, area_id)
    st.plotly_chart(figure(whole, area_path), config=CONFIG, key=key)
    if any(not one.drawn and one.holds_homes and one.area_path.startswith(area_path) for one in whole.areas):
        st.caption(_("Pale with dotted edges: not drawn yet, laid out from the tree."))


def figure(whole: Plan, area_path: str) -> go.Figure:
    """The area at `area_path` as far as the plan shows what lies in it, and the names of its children."""
    inside = [one for one in whole.areas if one.area_path.startswith(area_path)]
    children = [one for one in inside if one.area_path.count("/") == area_path.count("/") + 1]
    own = [one for one in inside if one.area_path == area_path]
    above = [one for one in inside if not one.holds_homes and one not in own]
    homes = [one for one in inside if one.holds_homes]
    made = empty()
    _frame(made, own or inside)
    outlines(made, own, fill=GROUND, line=LINE)
    outlines(made, above, fill="#ffffff", line=LINE)
    # Behind the names of grids the houses step back.
    near = all(one.holds_homes for one in children)
    edge = "#5c7f73" if near else "rgba(0,0,0,0)"
    outlines(made, [one for one in homes if one.drawn], fill=DRAWN if near else "#d3e2dc", line=edge)
    outlines(
        made,
        [one for one in homes if not one.drawn],
        fill=LAID_OUT,
        line=LINE if near else "#c5cdc8",
        dash="dot",
    )
    made.add_scatter(
        x=[one.label_x for one in children], y=[one.label_y for one in children], mode="text",
        text=[one.number or one.name if one.holds_homes else _shortly(one.name) for one in children],
        textfont={"size": 11 if len(children) < 60 else 9, "color": INK},
    )  # fmt: skip
    return made


def _frame(made: go.Figure, areas: Sequence[PlacedArea]) -> None:
    """Leave a little air around the areas, and the height that they need."""
    xs = [x for one in areas for x in one.xs if x is not None]
    ys = [y for one in areas for y in one.ys if y is not None]
    if not xs:
        return
    air = max(max(xs) - min(xs), max(ys) - min(ys)) * 0.02
    made.update_xaxes(range=[min(xs) - air, max(xs) + air])
    made.update_yaxes(range=[min(ys) - air, max(ys) + air])


def _shortly(name: str) -> str:
    """A long name on two lines: 第一网格 above 铸造北里."""
    return "<br>".join(name.split(maxsplit=1))


def empty(height: int = 380) -> go.Figure:
    """A figure without axes in which a metre is as long to the east as to the north."""
    made = go.Figure()
    made.update_layout(
        height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0}, showlegend=False, hovermode=False,
        plot_bgcolor="rgba(0,0,0,0)", paper_bgcolor="rgba(0,0,0,0)",
        xaxis={"visible": False}, yaxis={"visible": False, "scaleanchor": "x"},
    )  # fmt: skip
    return made


def outlines(made: go.Figure, areas: Iterable[PlacedArea], **look: Any) -> None:
    """Add areas of one look as one trace."""
    trace(made, [(one.xs, one.ys) for one in areas], **look)


def trace(
    made: go.Figure, shapes: Iterable[tuple[Coordinates, Coordinates]], *, fill: str, line: str, dash: str = "solid"
) -> None:  # fmt: skip
    """Add shapes of one colour as one trace, with gaps between them."""
    xs: Coordinates = []
    ys: Coordinates = []
    for x, y in shapes:
        xs += [*x, None]
        ys += [*y, None]
    if xs:
        made.add_scatter(
            x=xs, y=ys, mode="lines", fill="toself", fillcolor=fill, line={"color": line, "width": 1, "dash": dash}
        )  # fmt: skip
