"""Charts as Plotly pictures, with colours that stand out on light and dark ground and are told apart without colour sight.

Every point carries the number of what it opens in `customdata`; what a chart says is written beside it as well.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from components import style
from components.i18n import _, language
from components.map import Picture

BLUE, ORANGE, GREY, GREEN = "#0072b2", "#b35900", "#6c848c", "#00795f"
"""At least three times as dark as white and as light as black."""
COLOURS: Final = (BLUE, ORANGE, GREEN)
DASHES: Final = ("solid", "dash", "dot")
MARKS: Final = ("circle", "square", "diamond")
COLUMNS: Final = 3
ROW: Final = 150
TITLE_ROOM: Final = 44
PALE: Final = 0.5
TICKS: Final = 6
FEW: Final = 8
WALL_HEIGHT: Final = 740


@dataclass(frozen=True)
class Line:
    """One row of points: what it is called, its values (None is a gap), and how each is written."""

    name: str
    values: Sequence[float | None]
    texts: Sequence[str]
    earlier: bool = False


class Part(NamedTuple):
    """An area among others: how it is called, its rows of points, and whether it stands below the target."""

    name: str
    lines: Sequence[Line]
    below: bool = False


STILL: Final = {"displayModeBar": False, "staticPlot": True, "scrollZoom": False, "doubleClick": False}


def config(name: str) -> dict[str, Any]:
    """What can be done with a picture: be kept as a file of that name."""
    words = {
        "Download plot as a PNG": _("Keep the picture"), "Download plot as a png": _("Keep the picture"),
        "Taking snapshot - this may take a few seconds": _("Making the picture …"),
        "Snapshot succeeded": _("The picture is made"), "Sorry, there was a problem downloading your snapshot!": _("The picture could not be made."),
    }  # fmt: skip
    return {
        "displayModeBar": True, "modeBarButtons": [["toImage"]], "displaylogo": False, "scrollZoom": False,
        "doubleClick": False, "showTips": False, "locale": "linli",
        "locales": {"linli": {"dictionary": words, "format": {}}},
        "toImageButtonOptions": {"format": "png", "filename": name, "width": 1200, "height": 600, "scale": 2},
    }  # fmt: skip


def for_wall(picture: Picture) -> Picture:
    """The same, to be read from across a room."""
    picture.update_layout(
        height=WALL_HEIGHT, font_size=20, title_text="", plot_bgcolor="rgba(0,0,0,0)", paper_bgcolor="rgba(0,0,0,0)", margin_t=40, margin_b=90 if picture.layout.showlegend else 40,
        legend_font_size=20, font_color=style.ink(),
    )  # fmt: skip
    picture.update_annotations(font_size=20)
    picture.update_xaxes(gridcolor="rgba(124,145,147,.35)", zeroline=False)
    picture.update_yaxes(gridcolor="rgba(124,145,147,.35)", zeroline=False, automargin=True)
    picture.update_traces(marker_size=11, line_width=4, selector={"type": "scatter"})
    return picture


def over_time(
    title: str, labels: Sequence[str], days: Sequence[str] | None, lines: Sequence[Line], *, form: str, percent: bool,
    target: float | None = None, target_text: str = "", partial: Sequence[bool] = (),
) -> Picture:  # fmt: skip
    """Lines or bars over the periods; `days` are their first days where they are months (the axis then says years).

    Those that are `partial` are pale bars, or hollow points.
    """
    x = list(days or labels)
    traces: list[dict[str, Any]] = []
    for number, line in enumerate(lines):
        colour = GREY if line.earlier else COLOURS[number % len(COLOURS)]
        hover = [f"{label}<br>{line.name}: {text}" for label, text in zip(labels, line.texts, strict=True)]
        shared = {
            "x": x, "y": list(line.values), "name": line.name, "customdata": list(range(len(x))), "hovertext": hover,
            "hoverinfo": "text",
        }  # fmt: skip
        if form == "line":
            traces.append(
                {
                    **shared, "type": "scatter", "mode": "lines+markers", "connectgaps": False, "cliponaxis": False,
                    "line": {"color": colour, "width": 2.5, "dash": DASHES[2 if line.earlier else number % 3]},
                    "marker": {
                        "color": colour, "size": 9, "line": {"color": colour, "width": 2},
                        "symbol": [f"{MARKS[number % 3]}{'-open' if some else ''}" for some in partial or [False] * len(x)],
                    },
                }
            )  # fmt: skip
        else:
            traces.append(
                {
                    **shared, "type": "bar",
                    "marker": {
                        "color": colour, "opacity": [PALE if some else 1.0 for some in partial or [False] * len(x)],
                        "pattern": {"shape": "/" if number % 2 and not line.earlier else "", "fillmode": "overlay"},
                    },
                }
            )  # fmt: skip
    layout = _layout(title, 300, many=len(lines) > 1)
    layout["xaxis"] |= _months(days) if days else {"type": "category", "tickangle": 0}
    layout["yaxis"] |= _scale([line.values for line in lines], form, percent, target)
    if form != "line":
        layout |= {"barmode": "stack" if form == "stack" else "group", "bargap": 0.25 if len(x) > 2 else 0.75}
    if target is not None:
        layout["shapes"] = [
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": target, "y1": target, "line": {"color": GREY, "width": 1.5, "dash": "dash"}}
        ]  # fmt: skip
        layout["annotations"] = [
            {"xref": "paper", "x": 0, "xanchor": "left", "y": target, "yanchor": "bottom", "text": target_text, "showarrow": False}
        ]  # fmt: skip
    return Picture({"data": traces, "layout": layout})


def _months(days: Sequence[str]) -> dict[str, Any]:
    """An axis of months: the last one is named, and every so many before it, each year once."""
    every = -(-len(days) // TICKS)
    named = list(reversed(range(len(days) - 1, -1, -every)))
    texts, year = [], ""
    for at in named:
        day = date.fromisoformat(days[at])
        month = f"{day.month}月" if language() == "zh" else f"{day:%b}"
        texts.append(
            month if days[at][:4] == year else f"{month}<br>{day.year}{'年' if language() == 'zh' else ''}"
        )
        year = days[at][:4]
    return {"type": "date", "tickvals": [days[at] for at in named], "ticktext": texts, "tickangle": 0}


def multiples(
    title: str, days: Sequence[str], labels: Sequence[str], areas: Sequence[Part], *, form: str,
    percent: bool, target: float | None = None, room: int = 16,
) -> Picture:  # fmt: skip
    """One small chart for each area, all on one scale, in the order of the areas. Those below the target stand out."""
    rows = -(-len(areas) // COLUMNS)
    gap_x, gap_y = 0.03, min(0.26 / rows, 0.2)
    wide, high = (1 - gap_x * (COLUMNS - 1)) / COLUMNS, (1 - gap_y * (rows - 1)) / rows
    layout = _layout(title, 90 + ROW * rows, many=any(len(one.lines) > 1 for one in areas), over=22)
    scale = _scale([line.values for one in areas for line in one.lines], form, percent, target)
    if form == "line" and percent and "range" in scale:
        bottom = max(0.0, math.floor(scale["range"][0] * 10) / 10)
        scale |= {"range": [bottom - 0.01, scale["range"][1]], "tickvals": [bottom, (bottom + 1) / 2, 1.0]}
    traces: list[dict[str, Any]] = []
    annotations, shapes = [], []
    for number, (name, lines, below) in enumerate(areas):
        row, column = divmod(number, COLUMNS)
        left, top = column * (wide + gap_x), 1 - row * (high + gap_y)
        end = "" if not number else str(number + 1)
        layout[f"xaxis{end}"] = {
            "domain": [left, min(1.0, left + wide)], "anchor": f"y{end}", "type": "category", "fixedrange": True,
            "showticklabels": False, "showgrid": False,
        }  # fmt: skip
        layout[f"yaxis{end}"] = {
            "domain": [max(0.0, top - high), top], "anchor": f"x{end}", "fixedrange": True, "nticks": 3,
            "showticklabels": not column, **scale, **({"matches": "y"} if number else {}),
        }  # fmt: skip
        annotations.append(
            {"xref": "paper", "yref": "paper", "x": left, "y": top, "xanchor": "left", "yanchor": "bottom", "showarrow": False,
             "text": f"<b>▼{cut(name, room)}</b>" if below else cut(name, room), "font": {"size": 12}}
        )  # fmt: skip
        if target is not None:
            shapes.append(
                {"type": "line", "xref": f"x{end} domain", "x0": 0, "x1": 1, "yref": f"y{end}", "y0": target, "y1": target,
                 "line": {"color": GREY, "width": 1, "dash": "dash"}}
            )  # fmt: skip
        for at, line in enumerate(lines):
            colour = ORANGE if below and not at else COLOURS[at % len(COLOURS)]
            hover = [
                f"{name} · {label}<br>{line.name}: {text}"
                for label, text in zip(labels, line.texts, strict=True)
            ]
            shared = {
                "x": list(days), "y": list(line.values), "xaxis": f"x{end}", "yaxis": f"y{end}", "name": line.name,
                "legendgroup": line.name, "showlegend": not number and len(lines) > 1, "hovertext": hover, "hoverinfo": "text",
                "customdata": [number * 1000 + one for one in range(len(days))],
            }  # fmt: skip
            traces.append(
                {**shared, "type": "scatter", "mode": "lines+markers", "cliponaxis": False, "line": {"color": colour, "width": 2}, "marker": {"size": 5, "color": colour}}
                if form == "line" else {**shared, "type": "bar", "marker": {"color": colour}}
            )  # fmt: skip
    layout |= {"annotations": annotations, "shapes": shapes}
    if form != "line":
        layout |= {"barmode": "stack" if form == "stack" else "group", "bargap": 0.2}
    return Picture({"data": traces, "layout": layout})


def beside(
    title: str, names: Sequence[str], values: Sequence[float], texts: Sequence[str], *, percent: bool = False
) -> Picture:
    """Bars below each other, the words on the left."""
    layout = _layout(title, 90 + 34 * max(2, len(names)))
    layout["yaxis"] |= {"autorange": "reversed", "automargin": True, "type": "category"}
    layout["xaxis"] |= {
        "rangemode": "tozero",
        "nticks": 4,
        "tickangle": 0,
        **({"tickformat": ".0%"} if percent else {}),
    }
    layout["margin"]["r"] = 64
    hover = [f"{name}: {text}" for name, text in zip(names, texts, strict=True)]
    trace = {
        "type": "bar", "orientation": "h", "y": [cut(name) for name in names], "x": list(values), "text": list(texts),
        "textposition": "outside", "cliponaxis": False, "marker": {"color": BLUE}, "customdata": list(range(len(names))),
        "hovertext": hover, "hoverinfo": "text",
    }  # fmt: skip
    return Picture({"data": [trace], "layout": layout})


def pyramid(
    title: str, steps: Sequence[str], women: Sequence[int], men: Sequence[int], names: Mapping[str, str]
) -> Picture:
    """Women to the left, men to the right, the oldest on top. Even numbers of `customdata` are women, odd ones men."""
    most = max([*women, *men, 1])
    ticks = _round_steps(most)
    layout = _layout(title, 480, many=True)
    layout |= {"barmode": "relative", "bargap": 0.12}
    layout["xaxis"] |= {
        "tickvals": [*(-one for one in reversed(ticks)), 0, *ticks],
        "ticktext": [*(f"{one:,}" for one in reversed(ticks)), "0", *(f"{one:,}" for one in ticks)],
        "range": [-most * 1.1, most * 1.1],
    }  # fmt: skip
    layout["yaxis"] |= {"type": "category", "automargin": True}

    def bars(
        code: str, counts: Sequence[int], sign: int, colour: str, shift: int, pattern: str
    ) -> dict[str, Any]:
        return {
            "type": "bar", "orientation": "h", "y": list(steps), "x": [sign * one for one in counts], "name": names[code],
            "marker": {"color": colour, "pattern": {"shape": pattern, "fillmode": "overlay"}},
            "customdata": [2 * at + shift for at in range(len(steps))], "hoverinfo": "text",
            "hovertext": [f"{step} · {names[code]}: {one:,}" for step, one in zip(steps, counts, strict=True)],
        }  # fmt: skip

    return Picture(
        {"data": [bars("f", women, -1, ORANGE, 0, ""), bars("m", men, 1, BLUE, 1, "/")], "layout": layout}
    )


def _round_steps(most: int) -> list[int]:
    step = next(
        (one * 10**power for power in range(7) for one in (1, 2, 5) if one * 10**power * 4 >= most), most
    )
    return [step * number for number in range(1, 5) if step * number <= most * 1.1]


def _layout(title: str, height: int, *, many: bool = False, over: int = 0) -> dict[str, Any]:
    """`over`: what else stands above the plot, in pixels."""
    broken = _broken(title)
    top = 18 + 20 * (broken.count("<br>") + 1) + over
    return {
        "title": {"text": broken, "font": {"size": 13}, "x": 0, "xanchor": "left", "yref": "paper", "y": 1, "yanchor": "bottom", "pad": {"b": 8 + over + 18 * broken.count("<br>"), "l": 2}},
        "height": height + 20 * broken.count("<br>") + (50 if many else 0), "margin": {"l": 8, "r": 12, "t": top, "b": 84 if many else 24}, "dragmode": False, "showlegend": many,
        "legend": {"orientation": "h", "x": 0, "yref": "container", "y": 0, "yanchor": "bottom", "traceorder": "normal"},
        "xaxis": {"fixedrange": True}, "yaxis": {"fixedrange": True, "automargin": True}, "hovermode": "closest",
        "modebar": {"orientation": "v"},
    }  # fmt: skip


def _scale(
    rows: Sequence[Sequence[float | None]], form: str, percent: bool, target: float | None
) -> dict[str, Any]:
    """One scale for all: bars begin at nothing, lines near their lowest point."""
    values = [value for row in rows for value in row if value is not None] + (
        [target] if target is not None else []
    )
    scale: dict[str, Any] = {"tickformat": ".0%"} if percent else {}
    if not values:
        return {**scale, "range": [0, 1]}
    low, high = min(values), max(values)
    if form == "stack":
        highest = (
            [sum(value or 0 for value in column) for column in zip(*rows, strict=True)]
            if len(rows) < 4
            else [high]
        )
        if not max(highest):
            return {**scale, "range": [0, 1], "tickvals": [0]}
        return (
            {**scale, "range": [0, max(highest) * 1.1]} if len(rows) < 4 else {**scale, "rangemode": "tozero"}
        )
    if form != "line":
        if not high:
            return {**scale, "range": [0, 1], "tickvals": [0]}
        few = not percent and high < FEW and all(float(value).is_integer() for value in values)
        return {**scale, "range": [0, high * 1.1], **({"dtick": 1} if few else {})}
    room = max((high - low) * 0.25, 0.02 if percent else 0.5)
    top = min(high + room, 1.005) if percent else high + room
    return {**scale, "range": [max(0.0, low - room) if low >= 0 else low - room, top]}


def _broken(title: str) -> str:
    """In lines that fit a telephone; a Chinese character takes twice the room."""
    lines, line, room = [], "", TITLE_ROOM
    words = title.split(" ") if " " in title else list(title)
    gap = " " if len(words) < len(title) else ""
    for word in words:
        need = sum(2 if letter > "⺀" else 1 for letter in word) + len(gap)
        if need > room and line:
            lines.append(line)
            line, room = "", TITLE_ROOM
        line += (gap if line else "") + word
        room -= need
    return "<br>".join([*lines, line])


def cut(name: str, room: int = 22) -> str:
    """What fits beside a bar on a telephone."""
    for at, letter in enumerate(name):
        room -= 2 if letter > "⺀" else 1
        if room < 0:
            return name[: at - 1] + "…"
    return name
