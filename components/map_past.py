"""The way through past days on the map: a slider over the weeks, and a button that runs through them."""

from datetime import date, timedelta

import streamlit as st

from components import live
from components.i18n import _, day_text

WEEK = timedelta(days=7)
WEEKS = 53
STEP_SECONDS = 1.2

_KEY, _DAY, _PLAYING = "map_on", "map_day", "_map_playing"


def slider(days: tuple[date, date] | None, day: date | None) -> None:
    """Choose the day that the map shows: today, or the end of a week that is over."""
    if days is None:
        return
    stops = weeks(*days)
    if len(stops) < 2:
        return
    shown: list[date | None] = [*stops, None]
    current = nearest(stops, day) if day is not None else None
    if day is not None and day not in stops:
        shown, current = [*sorted({*stops, day}), None], day
    st.session_state[_KEY] = current
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.select_slider(
            _("Day shown on the map"), shown, key=_KEY, on_change=_go,
            format_func=lambda one: day_text(one) if one is not None else _("As it is now"),
        )  # fmt: skip
        st.session_state[_DAY] = day
        st.date_input(
            _("Or a day"), key=_DAY, min_value=days[0], max_value=days[1], format="YYYY-MM-DD", on_change=_go_to,
            width=160,
        )  # fmt: skip
        playing = bool(st.session_state.get(_PLAYING))
        st.button(
            _("Stop") if playing else _("Run through the weeks"), key="map_play", on_click=_toggle,
            icon=":material/stop:" if playing else ":material/play_arrow:", args=(stops[0],),
        )  # fmt: skip
        if day is not None:
            st.button(
                _("Back to today"), key="map_today", icon=":material/today:", on_click=_show, args=(None,)
            )
    if playing:
        live.in_turn("map_step", current, STEP_SECONDS, lambda: _further(stops, current))


def weeks(first: date, last: date) -> list[date]:
    """The ends of the weeks that are over, at most a year back, oldest first; the last day is among them."""
    found = [last - WEEK * number for number in range(WEEKS)]
    return sorted(day for day in found if day >= first)


def nearest(stops: list[date], day: date) -> date:
    """The stop that lies closest to a day."""
    return min(stops, key=lambda one: abs((one - day).days))


def _show(day: date | None) -> None:
    if day is None:
        st.query_params.pop("on", None)
        st.session_state.pop(_PLAYING, None)
    else:
        st.query_params["on"] = day.isoformat()


def _go() -> None:
    st.session_state.pop(_PLAYING, None)
    _show(st.session_state[_KEY])


def _go_to() -> None:
    st.session_state.pop(_PLAYING, None)
    _show(st.session_state[_DAY])


def _toggle(first: date) -> None:
    if st.session_state.pop(_PLAYING, None):
        return
    st.session_state[_PLAYING] = True
    if "on" not in st.query_params:
        _show(first)


def _further(stops: list[date], current: date | None) -> None:
    """One week further, until today is reached."""
    _show(next((one for one in stops if current is not None and one > current), None))
