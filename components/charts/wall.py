"""The wall screen: `/charts?wall=1` turns through the map and three charts, in the size of a wall."""

from typing import Final

import streamlit as st

from components import coverage, live, style
from components.charts import block
from components.charts.plan import CHARTS, Chart
from components.i18n import _
from components.kept import Kept
from db.access import Viewer
from db.errors import Refused
from db.insight import charts
from db.insight.figures import FIGURES

STEP_SECONDS: Final = 20.0
TURN: Final = ("in_time.areas", "contacts", "filled")
MOST: Final = 6
TOPICS: Final = tuple(dict.fromkeys((*charts.TOPICS, "occasions")))
_STEP: Final = "_wall_step"


def draw(viewer: Viewer) -> None:
    """The picture whose turn it is. `?turn=late&turn=hours.year` names other charts; a tap on the foot goes on."""
    style.wall()
    stamp = live.follow(*TOPICS)
    kept = Kept(viewer, stamp)
    turn = _turn()
    step = int(st.session_state.get(_STEP, 0)) % (len(turn) + 1)
    places = kept.read(charts.places)
    if step and places:
        chart, way = turn[step - 1]
        block.on_wall(kept, places, chart, way)
    elif viewer.can("coverage.view"):
        try:
            coverage.draw(viewer, stamp, wall=True)
        except Refused:
            st.session_state[_STEP] = 1
    _foot(step, len(turn) + 1)
    live.in_turn("wall_step", step, STEP_SECONDS, lambda: _next(step))


def _turn() -> list[tuple[Chart, str]]:
    by_key = {chart.key: chart for chapter in CHARTS.values() for chart in chapter if chart.key in FIGURES}
    asked = [one.partition(".")[::2] for one in st.query_params.get_all("turn")[:MOST]]
    found = [(by_key[key], way) for key, way in asked if key in by_key]
    return found or [(by_key[key], way) for key, way in (one.partition(".")[::2] for one in TURN)]


def _foot(step: int, number: int) -> None:
    """Which of the pictures this is, and the way to the next for who stands before it."""
    with st.container(horizontal=True, horizontal_alignment="center"):
        st.button("　".join("●" if one == step else "○" for one in range(number)), key="wall_next", type="tertiary",
                  help=_("Show the next picture"), on_click=_next, args=(step,))  # fmt: skip


def _next(step: int) -> None:
    st.session_state[_STEP] = step + 1
