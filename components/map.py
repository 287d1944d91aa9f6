"""The coverage map as a picture: areas coloured by class, their figures in them, holes marked.

One trace per class of colour, so that a browser without a graphics card redraws it in a tenth of a second.
A fill gives no click: an unseen trace of points, dense enough that the nearest one lies in the shape under
the pointer, carries the clicks and what is shown on hovering.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from components.i18n import _, number_text
from db.insight.coverage import MEASURES, AreaRow, Measure
from db.territory.plan import PlacedArea, Plan

INK, QUIET, PAPER = "#1c2b2d", "#9fb0b2", "#ffffff"
CHOSEN = "#0b5c85"
SHARES = (0.0, 0.5, 0.75, 0.9, 1.0)
# The darker, the worse; everything well is a calm picture. Told apart by lightness alone.
SHARE_COLOURS = ("#8c4a0c", "#cf8330", "#eec27c", "#f8e8c6", "#e3f0ef")
COUNT_COLOURS = ("#e6f2f2", "#b9dadb", "#7fb9be", "#2f818a", "#0a4a52")
UNTOLD, EMPTY = "#edf0f1", "#ffffff"
DARK = frozenset({"#8c4a0c", "#2f818a", "#0a4a52"})
MOST_INNER = 600


@dataclass(frozen=True)
class Look:
    """How a picture is made for a screen: height and sizes in pixels."""

    name: str
    height: int
    text: int
    line: float
    legend: int


DESK = Look("desk", 640, 13, 1.0, 13)
PHONE = Look("phone", 400, 10, 0.8, 12)
WALL = Look("wall", 900, 21, 1.8, 22)


class Places:
    """The plan by id and by parent."""

    def __init__(self, plan: Plan) -> None:
        self.by_id = {area.id: area for area in plan.areas}
        self.inside: dict[int | None, list[PlacedArea]] = {}
        for area in plan.areas:
            self.inside.setdefault(area.parent_id, []).append(area)
        self._points: dict[tuple[int, ...], list[np.ndarray[Any, Any]]] = {}

    def points(self, shown: Sequence[PlacedArea]) -> list[np.ndarray[Any, Any]]:
        """Points within each area, so dense that a click in one is nearest to a point of that one."""
        key = tuple(area.id for area in shown)
        if key not in self._points:
            if len(self._points) > 500:
                self._points.clear()
            self._points[key] = _points(shown)
        return self._points[key]


def _points(shown: Sequence[PlacedArea]) -> list[np.ndarray[Any, Any]]:
    shapes = [shapely.MultiPolygon([shapely.Polygon(ring) for ring in _shells(area)]) for area in shown]
    if not shapes:
        return []
    bounds = shapely.total_bounds(shapes)
    widest = max(bounds[2] - bounds[0], bounds[3] - bounds[1]) / 48
    found = []
    for area, shape in zip(shown, shapes, strict=True):
        step = max(min(widest, math.sqrt(shape.area) / 2.4), 0.1)
        x_min, y_min, x_max, y_max = shape.bounds
        columns, rows = (max(1, round(length / step)) for length in (x_max - x_min, y_max - y_min))
        xs = x_min + (np.arange(columns) + 0.5) * (x_max - x_min) / columns
        ys = y_min + (np.arange(rows) + 0.5) * (y_max - y_min) / rows
        grid = np.array([(x, y) for y in ys for x in xs])
        inside = grid[shapely.contains_xy(shape, grid[:, 0], grid[:, 1])]
        found.append(np.vstack([inside, [(area.label_x, area.label_y)]]))
    return found


def _shells(area: PlacedArea) -> list[list[tuple[float, float]]]:
    """The outer rings, which run against the clock."""
    rings: list[list[tuple[float, float]]] = [[]]
    for x, y in zip(area.xs, area.ys, strict=True):
        if x is None or y is None:
            rings.append([])
        else:
            rings[-1].append((x, y))
    return [ring for ring in rings if len(ring) > 3 and shapely.LinearRing(ring).is_ccw]


@dataclass(frozen=True)
class Scale:
    """The classes of a measure: colours, lightest meaning first for counts, worst first for shares."""

    measure: Measure
    edges: tuple[float, ...]

    @classmethod
    def of(cls, measure: Measure, rows: Sequence[AreaRow]) -> "Scale":
        if measure.kind == "share":
            return cls(measure, SHARES)
        top = max((row.value for row in rows if row.value is not None), default=0.0)
        step = _round_step(max(top, 4) / 5)
        return cls(measure, tuple(step * number for number in range(5)))

    @cached_property
    def colours(self) -> tuple[str, ...]:
        return SHARE_COLOURS if self.measure.kind == "share" else COUNT_COLOURS

    def place(self, value: float) -> int:
        """The class of a value."""
        return max(index for index, edge in enumerate(self.edges) if value >= edge or index == 0)

    def colour(self, row: AreaRow) -> str:
        if row.value is not None:
            return self.colours[self.place(row.value)]
        return EMPTY if row.told or row.text == "–" else UNTOLD

    @cached_property
    def labels(self) -> tuple[str, ...]:
        if self.measure.kind == "share":
            return ("0–49%", "50–74%", "75–89%", "90–99%", "100%")
        inner = [
            f"{int(low)}–{int(high) - 1}" if high - low > 1 else f"{int(low)}"
            for low, high in pairwise(self.edges)
        ]
        return (*inner, f"{int(self.edges[-1])}+")


def _round_step(rough: float) -> int:
    """The next number of the kind 1, 2, 3, 5, 10, 20, 30, 50 …"""
    scale = 10 ** max(0, math.floor(math.log10(max(rough, 1))))
    return next(int(scale * one) for one in (1, 2, 3, 5, 10) if scale * one >= rough)


def picture(
    places: Places,
    rows: Sequence[AreaRow],
    measure: Measure,
    look: Look,
    *,
    around: int | None,
    chosen: int | None,
    holes: frozenset[int],
) -> dict[str, Any]:
    """The figure as plotly reads it: `rows` coloured within the area `around`, `chosen` outlined.

    `holes` are areas that expect somebody responsible and have nobody; they are hatched, also where they
    lie one level further down.
    """
    placed = [(row, places.by_id[row.area_id]) for row in rows if row.area_id in places.by_id]
    scale = Scale.of(measure, rows)
    traces: list[dict[str, Any]] = []
    frame = places.by_id.get(around or 0)
    if frame is not None and placed and not placed[0][1].holds_homes:
        frame = None  # areas that tile their surroundings need no frame
    if frame is not None:
        traces.append(_outlines([frame], line=QUIET, width=look.line, fill="#f7fafa"))
    traces += _classes(placed, scale, look)
    inner = [area for _row, one in placed for area in places.inside.get(one.id, ())]
    if inner and len(inner) <= MOST_INNER:
        traces.append(
            _outlines(inner, line="rgba(28,43,45,0.35)", width=look.line * 0.7, fill="rgba(255,255,255,0.35)")
        )
    marked = [area for area in [*(area for _row, area in placed), *inner] if area.id in holes]
    if marked:
        traces.append(_hatched(marked, look))
    if chosen is not None and chosen in places.by_id and chosen != around:
        traces.append(
            _outlines([places.by_id[chosen]], line=CHOSEN, width=look.line * 4, fill="rgba(0,0,0,0)")
        )
    traces += _labels(placed, scale, look)
    traces.append(_touch(places, placed, measure))
    return {"data": traces, "layout": _layout(look)}


def _joined(areas: Sequence[PlacedArea]) -> tuple[list[float | None], list[float | None]]:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for area in areas:
        xs += [None if x is None else round(x, 1) for x in area.xs] + [None]
        ys += [None if y is None else round(y, 1) for y in area.ys] + [None]
    return xs[:-1], ys[:-1]


def _outlines(
    areas: Sequence[PlacedArea], *, line: str, width: float, fill: str, **more: Any
) -> dict[str, Any]:
    xs, ys = _joined(areas)
    return {
        "type": "scatter", "mode": "lines", "x": xs, "y": ys, "fill": "toself", "fillcolor": fill,
        "line": {"color": line, "width": width}, "hoverinfo": "skip", "showlegend": False, **more,
    }  # fmt: skip


def _classes(placed: Sequence[tuple[AreaRow, PlacedArea]], scale: Scale, look: Look) -> list[dict[str, Any]]:
    names = dict(zip(scale.colours, scale.labels, strict=True))
    names[UNTOLD] = _("Few, not told")
    names[EMPTY] = _("Nothing to measure")
    traces = []
    for colour, name in names.items():
        areas = [area for row, area in placed if scale.colour(row) == colour]
        if not areas:
            continue
        more: dict[str, Any] = {"name": f"{name}  ({number_text(len(areas))})", "showlegend": True}
        if colour == UNTOLD:
            more["fillpattern"] = {"shape": ".", "fgcolor": "#9aa7aa", "size": 7, "solidity": 0.15}
        traces.append(_outlines(areas, line="#4d6164", width=look.line, fill=colour, **more))
    return traces


def _hatched(areas: Sequence[PlacedArea], look: Look) -> dict[str, Any]:
    return _outlines(
        areas, line=INK, width=look.line * 2.4, fill="rgba(255,255,255,0.01)",
        fillpattern={"shape": "/", "fgcolor": INK, "bgcolor": "rgba(255,255,255,0.25)", "size": 6 + look.line, "solidity": 0.22},
        name=f"{_('Nobody responsible')}  ({number_text(len(areas))})", showlegend=True,
    )  # fmt: skip


def _labels(placed: Sequence[tuple[AreaRow, PlacedArea]], scale: Scale, look: Look) -> list[dict[str, Any]]:
    traces = []
    for colour, halo in ((INK, PAPER), (PAPER, INK)):
        own = [(row, area) for row, area in placed if (scale.colour(row) in DARK) == (colour == PAPER)]
        if own:
            traces.append(
                {
                    "type": "scatter", "mode": "text", "hoverinfo": "skip", "showlegend": False,
                    "x": [round(area.label_x, 1) for _row, area in own],
                    "y": [round(area.label_y, 1) for _row, area in own],
                    "text": [_label(row, area) for row, area in own],
                    "textfont": {"size": look.text, "color": colour, "shadow": f"0 0 3px {halo}, 0 0 3px {halo}, 0 0 2px {halo}"},
                    "unselected": {"textfont": {"color": colour}},
                }
            )  # fmt: skip
    return traces


def _label(row: AreaRow, area: PlacedArea) -> str:
    return (
        f"{area.number} · <b>{row.text}</b>"
        if area.holds_homes and area.number
        else f"{row.name}<br><b>{row.text}</b>"
    )


def _touch(places: Places, placed: Sequence[tuple[AreaRow, PlacedArea]], measure: Measure) -> dict[str, Any]:
    points = places.points([area for _row, area in placed])
    xs: list[float] = []
    ys: list[float] = []
    ids: list[int] = []
    texts: list[str] = []
    for (row, _area), inside in zip(placed, points, strict=True):
        xs += [round(float(x), 1) for x in inside[:, 0]]
        ys += [round(float(y), 1) for y in inside[:, 1]]
        ids += [row.area_id] * len(inside)
        texts += [_hover(row, measure)] * len(inside)
    return {
        "type": "scatter", "mode": "text", "x": xs, "y": ys, "text": "", "customdata": ids, "hovertext": texts,
        "hoverinfo": "text", "showlegend": False,
    }  # fmt: skip


def _hover(row: AreaRow, measure: Measure) -> str:
    codes = [
        measure.code,
        *(code for code in ("people", "in_care", "carer", "over_80", "alone") if code != measure.code),
    ]
    lines = [f"{_(MEASURES[code].label)}: {row.texts[code]}" for code in codes]
    if row.hole:
        lines.append(f"<b>{_('Nobody responsible')}</b>")
    return f"<b>{row.name}</b><br>" + "<br>".join(lines)


def _layout(look: Look) -> dict[str, Any]:
    axis = {"visible": False, "fixedrange": True, "constrain": "domain"}
    return {
        "height": look.height, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "dragmode": False, "hovermode": "closest",
        "clickmode": "event+select", "xaxis": axis, "yaxis": {**axis, "scaleanchor": "x"},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "hoverdistance": 24,
        "font": {"size": look.text, "color": INK},
        "hoverlabel": {"align": "left", "bgcolor": PAPER, "bordercolor": INK, "font": {"size": max(13, look.text), "color": INK}},
        "legend": {
            "orientation": "h", "x": 0, "y": -0.01, "yanchor": "top", "itemclick": False, "itemdoubleclick": False,
            "font": {"size": look.legend, "color": INK},
        },
    }  # fmt: skip


CONFIG: Mapping[str, Any] = {
    "displayModeBar": False,
    "scrollZoom": False,
    "doubleClick": False,
    "showTips": False,
}

Pick = Callable[[int], None]


def picked(selection: Any) -> int | None:
    """The area that was clicked, from what `st.plotly_chart` reports."""
    points = selection.get("selection", {}).get("points", []) if selection else []
    for point in points:
        data = point.get("customdata")
        if isinstance(data, (list, tuple)):
            data = data[0] if data else None
        if isinstance(data, (int, float)):
            return int(data)
    return None
