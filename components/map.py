"""The coverage map as a picture: areas coloured by class, their figures in them, holes marked.

One trace per class of colour, so that a browser without a graphics card redraws it in a tenth of a second.
A fill gives no click: an unseen trace of points, dense enough that the nearest one lies in the shape under
the pointer, carries the clicks and what is shown on hovering.
"""

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
import shapely

from components.i18n import _, number_text
from db.insight.coverage import MEASURES, AreaRow, Measure
from db.territory.plan import MOST_INNER, PlacedArea, Plan

INK, QUIET, PAPER = "#1c2b2d", "#9fb0b2", "#ffffff"
CHOSEN, EDGE = "#0b5c85", "#4d6164"
SHARES = (0.0, 0.5, 0.75, 0.9, 1.0)
# The darker, the worse; everything well is a calm picture. Told apart by lightness alone.
SHARE_COLOURS = ("#8c4a0c", "#cf8330", "#eec27c", "#f8e8c6", "#e3f0ef")
COUNT_COLOURS = ("#e6f2f2", "#b9dadb", "#7fb9be", "#2f818a", "#0a4a52")
UNTOLD, EMPTY = "#edf0f1", "#ffffff"
DARK = frozenset({"#8c4a0c", "#2f818a", "#0a4a52"})
HOVERED = ("people", "in_care", "carer", "over_80", "alone")


@dataclass(frozen=True)
class Look:
    """How a picture is made for a screen: sizes in pixels. `width` is about what the picture gets there."""

    name: str
    width: int
    lowest: int
    highest: int
    name_size: int
    figure_size: int
    line: float
    legend: int
    short_names: bool = False


DESK = Look("desk", 640, 300, 640, 12, 18, 1.0, 13)
PHONE = Look("phone", 350, 240, 420, 10, 14, 0.8, 12, short_names=True)
WALL = Look("wall", 1230, 600, 880, 19, 34, 1.8, 22)


class Picture(go.Figure):  # type: ignore[misc]
    """A finished figure. Plotly checks and copies a figure each time it is shown; this one is copied once."""

    def to_dict(self) -> dict[str, Any]:
        if "_ready" not in self.__dict__:
            self.__dict__["_ready"] = super().to_dict()
        return dict(self.__dict__["_ready"])


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
    widest = max(bounds[2] - bounds[0], bounds[3] - bounds[1]) / 26
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
        values = [row.value for row in rows if row.value is not None]
        low, high = min(values, default=0.0), max(values, default=0.0)
        step = _round_step(max(high - low + 1, 5) / 5)
        first = low // step * step
        return cls(measure, tuple(first + step * number for number in range(5)))

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
) -> Picture:
    """The figure: `rows` coloured within the area `around`, `chosen` outlined.

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
        traces += _holes(marked, look)
    if chosen is not None and chosen in places.by_id and chosen != around:
        traces.append(
            _outlines([places.by_id[chosen]], line=CHOSEN, width=look.line * 4, fill="rgba(0,0,0,0)")
        )
    traces += _labels(placed, scale, look)
    traces.append(_touch(places, placed, measure))
    return Picture(
        {"data": traces, "layout": _layout(look, _height([area for _row, area in placed], traces, look))}
    )


def _joined(areas: Sequence[PlacedArea]) -> tuple[dict[str, str], dict[str, str]]:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for area in areas:
        xs += [*area.xs, None]
        ys += [*area.ys, None]
    return _packed(xs[:-1]), _packed(ys[:-1])


def _packed(numbers: Sequence[float | None]) -> dict[str, str]:
    """Numbers in four bytes each, as plotly reads them: a third of their size as text, and made only once."""
    array = np.array([math.nan if one is None else one for one in numbers], dtype="<f4")
    return {"dtype": "f4", "bdata": base64.b64encode(array.tobytes()).decode("ascii")}


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
        pattern = {"shape": ".", "fgcolor": "#9aa7aa", "size": 7, "solidity": 0.15}
        more = {"fillpattern": pattern} if colour == UNTOLD else {}
        traces.append(_outlines(areas, line=EDGE, width=look.line, fill=colour, **more))
        traces.append(_entry(f"{name}  ({number_text(len(areas))})", look, color=colour, symbol="square"))
    return traces


def _entry(name: str, look: Look, **marker: Any) -> dict[str, Any]:
    """An entry of the legend: the swatch of a filled line would be too thin to tell its colour."""
    return {
        "type": "scatter", "mode": "markers", "x": [None], "y": [None], "name": name, "showlegend": True,
        "hoverinfo": "skip", "marker": {"size": look.legend * 1.2, "line": {"color": EDGE, "width": 1}, **marker},
    }  # fmt: skip


def _holes(areas: Sequence[PlacedArea], look: Look) -> list[dict[str, Any]]:
    """Homes without anybody responsible are hatched; what encloses others gets a heavy edge, to stay readable."""
    homes = [area for area in areas if area.holds_homes]
    others = [area for area in areas if not area.holds_homes]
    name = f"{_('Nobody responsible')}  ({number_text(len(areas))})"
    hatch = {
        "shape": "/", "fgcolor": INK, "bgcolor": "rgba(255,255,255,0.78)", "size": 9 + look.line, "solidity": 0.16,
    }  # fmt: skip
    traces = []
    if others:
        traces.append(_outlines(others, line=INK, width=look.line * 4.5, fill="rgba(0,0,0,0)"))
    if homes:
        traces.append(
            _outlines(homes, line=INK, width=look.line * 2, fill="rgba(255,255,255,0.01)", fillpattern=hatch)
        )
    symbol = {"symbol": "square-x-open", "color": INK, "line": {"color": INK, "width": 2}}
    return [*traces, _entry(name, look, **symbol)]


def _labels(placed: Sequence[tuple[AreaRow, PlacedArea]], scale: Scale, look: Look) -> list[dict[str, Any]]:
    traces = []
    for colour, halo in ((INK, PAPER), (PAPER, INK)):
        own = [(row, area) for row, area in placed if _on_dark(row, area, scale) == (colour == PAPER)]
        if own:
            traces.append(
                {
                    "type": "scatter", "mode": "text", "hoverinfo": "skip", "showlegend": False,
                    "x": _packed([area.label_x for _row, area in own]),
                    "y": _packed([area.label_y for _row, area in own]),
                    "text": [_label(row, area, look) for row, area in own],
                    "textfont": {"size": round(look.figure_size * 0.85), "color": colour, "shadow": _halo(halo, look)},
                    "unselected": {"textfont": {"color": colour}},
                }
            )  # fmt: skip
    return traces


def _halo(colour: str, look: Look) -> str:
    """A rim around the letters, as solid as a plate: hatching under a name must not eat its strokes."""
    reach = look.figure_size / 9
    around = [(math.cos(turn * math.pi / 4), math.sin(turn * math.pi / 4)) for turn in range(8)]
    return ", ".join(f"{reach * x:.1f}px {reach * y:.1f}px 1px {colour}" for x, y in around)


def _on_dark(row: AreaRow, area: PlacedArea, scale: Scale) -> bool:
    """Whether the label must be light; hatching lies on paper."""
    return scale.colour(row) in DARK and not (row.hole and area.holds_homes)


def _label(row: AreaRow, area: PlacedArea, look: Look) -> str:
    figure = row.text
    if area.holds_homes and row.measure == "held" and row.held[1] == 1:
        figure = "✓" if row.held[0] else "✕"
    if area.holds_homes and area.number:
        return f"{area.number} · <b>{figure}</b>"
    words = row.name.split() or [row.name]
    name = words[0] if look.short_names else "<br>".join((words[0], " ".join(words[1:]))[: len(words)])
    mark = "⚠ " if row.hole else ""
    # Lines stand apart by the size of the text around them, so the smaller one is the exception.
    return f"<span style='font-size:{look.name_size}px'>{mark}{name}</span><br><b>{figure}</b>"


def _touch(places: Places, placed: Sequence[tuple[AreaRow, PlacedArea]], measure: Measure) -> dict[str, Any]:
    points = places.points([area for _row, area in placed])
    codes = [measure.code, *(code for code in HOVERED if code != measure.code)]
    known: list[list[Any]] = []
    for (row, _area), inside in zip(placed, points, strict=True):
        hole = f"<br><b>{_('Nobody responsible')}</b>" if row.hole else ""
        known += [[row.area_id, row.name, *(row.texts[code] for code in codes), hole]] * len(inside)
    lines = [
        f"{_(MEASURES[code].label)}: %{{customdata[{number}]}}" for number, code in enumerate(codes, start=2)
    ]
    together = np.vstack(points) if points else np.zeros((0, 2))
    return {
        "type": "scatter", "mode": "text", "text": "", "showlegend": False, "customdata": known,
        "x": _packed(together[:, 0].tolist()), "y": _packed(together[:, 1].tolist()),
        "hovertemplate": "<b>%{customdata[1]}</b><br>" + "<br>".join(lines) + f"%{{customdata[{len(codes) + 2}]}}<extra></extra>",
    }  # fmt: skip


def _height(areas: Sequence[PlacedArea], traces: Sequence[dict[str, Any]], look: Look) -> int:
    """As high as the shapes need at the width of the screen, with room for the legend."""
    xs = [x for area in areas for x in area.xs if x is not None] or [0.0, 1.0]
    ys = [y for area in areas for y in area.ys if y is not None] or [0.0, 1.0]
    shape = (max(ys) - min(ys)) / max(max(xs) - min(xs), 1.0)
    entries = sum(bool(trace.get("showlegend")) for trace in traces)
    lines = -(-entries // max(1, look.width // (look.legend * 14)))
    wanted = look.width * shape + lines * look.legend * 1.7 + 24
    return round(min(max(wanted, look.lowest), look.highest))


def _layout(look: Look, height: int) -> dict[str, Any]:
    axis = {"visible": False, "fixedrange": True, "constrain": "domain"}
    return {
        "template": {}, "height": height, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "dragmode": False, "hovermode": "closest",
        "clickmode": "event+select", "xaxis": axis, "yaxis": {**axis, "scaleanchor": "x"},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "hoverdistance": 24,
        "font": {"size": look.name_size, "color": INK},
        "hoverlabel": {"align": "left", "bgcolor": PAPER, "bordercolor": INK, "font": {"size": max(13, look.name_size), "color": INK}},
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
