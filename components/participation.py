"""Who takes part in activities: a quarter by area or by group, as figures, as a chart and as a table, each with its rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import streamlit as st

from components import live
from components.charts.pictures import BLUE, GREY, ORANGE, cut
from components.i18n import _, day_text, language, n_, number_text
from components.kept import Kept, once
from components.map import CONFIG, Picture, picked
from components.navigation import page_link
from components.page import choose_part, put_in_address
from components.register.values import plain
from components.words import say
from db import clock
from db.access import Viewer
from db.activities.birthdays import quarter_of
from db.errors import Refused
from db.insight import participation, small
from db.insight.participation import DEFINITIONS, FIGURES, PAGE, Here, Line, Participation
from db.words import N_

TOPICS = ("activities", "people", "coverage", "areas", "settings")
EVERYWHERE = 0
BACK = 8
"""So many quarters before this one can be chosen."""
LABELS = {
    "participants": N_("Took part"), "first": N_("For the first time"), "never": N_("Never reached"),
    "cost": N_("Cost per person"),
}  # fmt: skip
CHARTS = ("participants", "never", "cost")
_SHOWN = "_participation_most"


@dataclass(frozen=True)
class _Seen:
    """What the address asks for, and its figures."""

    quarter: str
    here: Here
    part: str
    all: Participation
    lines: tuple[Line, ...]

    @property
    def name(self) -> str:
        return self.here.trail[-1][1] if self.here.trail else _("all areas")


def draw(viewer: Viewer) -> None:
    """The page for what the address asks for."""
    kept = Kept(viewer, live.follow(*TOPICS))
    try:
        _screen(kept)
    except Refused as refused:
        st.title(_("Participation"))
        say(refused)
        page_link(_("All areas"), "participation", icon=":material/arrow_back:")


def _screen(kept: Kept) -> None:
    quarter = _quarter()
    text = st.query_params.get("area", "")
    here = kept.read(participation.here, area_id=int(text) if text.isdecimal() and len(text) < 18 else None)
    found = kept.read(participation.by_area, quarter=quarter, area_path=here.area_path)
    figure = st.query_params.get("show", "")
    if figure in FIGURES and found.rows:
        _rows(kept, _Seen(quarter, here, st.query_params.get("part", ""), found, found.lines), figure)
        return
    st.title(_("Participation"))
    part = choose_part("participation", {"": _("By area"), "groups": _("By group")})
    lines = (
        kept.read(participation.of_groups, quarter=quarter, area_path=here.area_path) if part else found.lines
    )
    seen = _Seen(quarter, here, part, found, lines)
    line = _choices(seen)
    _numbers(kept, seen, line)
    if not found.rows:
        st.caption(
            ":material/visibility_off: "
            + n_("Numbers below {count} are not told, and others only about, so that nobody can be worked out. The staff of the area can open who is behind them.",
                 "Numbers below {count} are not told, and others only about, so that nobody can be worked out. The staff of the area can open who is behind them.",
                 2 * found.total.threshold) + " " + _("“<” stands for fewer than, “≈” for about.")
        )  # fmt: skip
    if lines:
        _chart(kept, seen)
        _table(kept, seen)
    else:
        st.caption(_("There is no smaller part here: the figures above are all."))
    st.caption(
        _("From {records} records of attendance, as of {day}.", records=found.records, day=day_text(clock.today()))
    )  # fmt: skip


def _quarters() -> list[str]:
    number = clock.today().year * 4 + (clock.today().month - 1) // 3
    return [f"{one // 4}Q{one % 4 + 1}" for one in range(number, number - BACK - 1, -1)]


def _quarter() -> str:
    asked = st.query_params.get("quarter", "")
    return asked if asked in _quarters() else quarter_of(clock.today())


def _said(quarter: str) -> str:
    year, _sign, number = quarter.partition("Q")
    return _("quarter {number} of {year}", number=number, year=year)


def _before(quarter: str) -> str:
    """The same quarter a year before."""
    return f"{int(quarter[:4]) - 1}{quarter[4:]}"


def _id(line: Line) -> int:
    """The area of a line."""
    return int(line.key.rstrip("/").rsplit("/", 1)[-1])


def _label(line: Line) -> str:
    if not line.key:
        return _("In none of them")
    return line.name_en if language() == "en" and line.name_en else line.name


def _choices(seen: _Seen) -> Line:
    """Which quarter and which area or group; returns the figures of what was chosen."""
    one, two, three = st.columns(3)
    st.session_state["participation_quarter"] = seen.quarter
    one.selectbox(
        _("Quarter"), _quarters(), key="participation_quarter", format_func=_said, on_change=_keep,
        args=("quarter", "participation_quarter"),
    )  # fmt: skip
    names = {area_id: "　" * depth + name for depth, (area_id, name) in enumerate(seen.here.trail)}
    names = names or {EVERYWHERE: _("All areas")}
    now = list(names)[-1]
    names |= {_id(line): "　" * len(seen.here.trail) + _label(line) for line in seen.all.lines if line.key}
    st.session_state["participation_area"] = now
    two.selectbox(
        _("Area"), list(names), key="participation_area", format_func=names.__getitem__, on_change=_keep,
        args=("area", "participation_area"),
    )  # fmt: skip
    if not seen.part:
        return seen.all.total
    groups = {"": seen.all.total} | {line.key: line for line in seen.lines}
    asked = st.query_params.get("group", "")
    chosen = asked if asked in groups else ""
    st.session_state["participation_group"] = chosen
    three.selectbox(
        _("Group"), list(groups), key="participation_group", on_change=_keep, args=("group", "participation_group"),
        format_func=lambda code: _label(groups[code]) if code else _("Everybody"),
    )  # fmt: skip
    return groups[chosen]


def _keep(name: str, key: str) -> None:
    """Write what was chosen into the address."""
    _ask(**{name: st.session_state[key]})


def _ask(**asked: Any) -> None:
    put_in_address({name: "" if value in (None, EVERYWHERE) else str(value) for name, value in asked.items()})


def _numbers(kept: Kept, seen: _Seen, line: Line) -> None:
    """The figures of one line, each with its definition and its rows."""
    group = line.key if seen.part else ""
    earlier = _a_year_before(kept, seen).get(line.key)
    st.subheader(
        plain(f"{seen.name} · {_label(line)} · {_said(seen.quarter)}" if group else f"{seen.name} · {_said(seen.quarter)}")
    )  # fmt: skip
    with st.grid("auto", min_column_width=155):
        for figure in (*FIGURES, "cost"):
            with st.container(border=True, gap="xsmall", key=f"figure_{figure}"):
                st.metric(_(LABELS[figure]), _text(line, figure), help=_(DEFINITIONS[figure]))
                if earlier is not None and figure != "never":
                    st.caption(plain(_before_said(seen.quarter, _text(earlier, figure))))
                if figure != "cost" and (share := _share(line, figure)):
                    st.caption(share)
                if seen.all.rows and figure in FIGURES and getattr(line, figure)[1]:
                    page_link(
                        _("Show them"), "participation", icon=":material/arrow_forward:", show=figure, group=group,
                        quarter=seen.quarter, part=seen.part, area=seen.here.trail[-1][0] if seen.here.trail else None,
                    )  # fmt: skip


def _before_said(quarter: str, figure: str) -> str:
    """A year before. While the quarter runs, it is said that the earlier one is told as a whole."""
    if quarter == quarter_of(clock.today()):
        return _("The whole quarter a year before: {figure}", figure=figure)
    return _("A year before: {figure}", figure=figure)


def _share(line: Line, figure: str) -> str:
    """What part of those who live here, or of those who took part, a figure is."""
    among = "participants" if figure == "first" else "people"
    whole, part = getattr(line, among), getattr(line, figure)
    if not whole[0] or (part[0] == 0 and part[1] > 0):
        return _("of {people} who live here", people=_text(line, "people")) if figure == "never" else ""
    percent = small.percent(min(1.0, small.middle(part) / small.middle(whole)))
    if figure == "first":
        return _("{percent} of those who took part", percent=percent)
    return _("{percent} of {people} who live here", percent=percent, people=_text(line, "people"))


def _text(line: Line, figure: str) -> str:
    if figure != "cost":
        span = getattr(line, figure)
        if span[0] == span[1]:
            return number_text(span[0])
        return f"≈{number_text(small.middle(span))}" if span[0] else line.said(figure)
    return f"¥{number_text(line.cost)}" if line.cost else "–"


def _a_year_before(kept: Kept, seen: _Seen) -> Mapping[str, Line]:
    """The lines of the same quarter a year before, by key; the sum as ""."""
    asked = {"quarter": _before(seen.quarter), "area_path": seen.here.area_path}
    found = kept.read(participation.by_area, **asked)
    lines = kept.read(participation.of_groups, **asked) if seen.part else found.lines
    return {line.key: line for line in lines if line.key} | {"": found.total}


def _chart(kept: Kept, seen: _Seen) -> None:
    which: str = st.segmented_control(
        _("What the chart shows"), CHARTS, key="participation_chart", default="participants", required=True,
        format_func=lambda code: _(LABELS[code]), label_visibility="collapsed",
    )  # fmt: skip
    st.markdown(
        "**" + plain(_("{figure} in {area}, {quarter}", figure=_(LABELS[which]), area=seen.name, quarter=_said(seen.quarter))) + "**  \n"
        + f":gray[{plain(_(DEFINITIONS[which]))}]"
    )  # fmt: skip
    viewer = kept.viewer
    what = (seen.quarter, seen.here.area_path, seen.part, which)
    figure = (
        once("participation", kept.stamp, clock.today(), viewer.role, viewer.areas, language(), *what,
             ask=lambda: _picture(seen, which), large=True)
        if kept.stamp else _picture(seen, which)
    )  # fmt: skip
    key = "participation_bars_" + "_".join(str(one) for one in what)
    alt = _("{figure} as bars. The table below has the same figures.", figure=_(LABELS[which]))
    st.plotly_chart(
        figure,
        key=key,
        alt=alt,
        config=dict(CONFIG),
        selection_mode="points",
        on_select=lambda: _clicked(seen, which, key),
    )


def _clicked(seen: _Seen, which: str, key: str) -> None:
    """Open who is behind a bar, as the number in the table does; of costs, which nobody is behind, go to the area."""
    chosen = st.session_state.get(key) or {}
    at = picked(chosen)
    if at is None or at >= len(seen.lines):
        return
    newcomers = which == "participants" and chosen["selection"]["points"][0].get("curve_number") == 0
    _open(seen, seen.lines[at], "first" if newcomers else which)


def _open(seen: _Seen, line: Line, figure: str) -> None:
    """Open the people behind a number; where there is none, or they are not for this reader, go to its line."""
    if figure in FIGURES and line.key and seen.all.rows:
        _ask(show=figure, **({"group": line.key} if seen.part else {"area": _id(line)}))
    else:
        _choose(seen, line)


def _choose(seen: _Seen, line: Line) -> None:
    """Go into an area; look at a group."""
    if line.key:
        _ask(**({"group": line.key} if seen.part else {"area": _id(line)}))


def _picture(seen: _Seen, which: str) -> Picture:
    """Bars below each other, longest words on the left; what is not told has no bar but its sign."""
    names = [cut(_label(line)) for line in seen.lines]
    names = [name if names.count(name) == 1 else f"{name} ({at + 1})" for at, name in enumerate(names)]
    texts = [_text(line, which) for line in seen.lines]
    hover = texts
    if which == "participants":
        hover = [
            f"{text} · {_(LABELS['first'])}: {_text(line, 'first')}"
            for text, line in zip(texts, seen.lines, strict=True)
        ]

    def bars(name: str, values: Sequence[float], texts: Sequence[str], colour: str = BLUE) -> dict[str, Any]:
        return {
            "marker": {"color": colour}, "type": "bar", "orientation": "h", "name": name, "y": names, "x": list(values), "text": list(texts),
            "textposition": "outside", "cliponaxis": False, "customdata": list(range(len(names))), "hoverinfo": "text",
            "hovertext": [f"{line}<br>{_(LABELS[which])}: {text}" for line, text in zip(names, hover, strict=True)],
        }  # fmt: skip

    if which == "participants":
        traces = _newcomers(seen, bars, texts)
    elif which == "never":
        traces = [bars(_(LABELS[which]), [small.middle(line.never) if line.never[0] else 0 for line in seen.lines], texts)]  # fmt: skip
    else:
        traces = [bars(_(LABELS[which]), [line.cost or 0 for line in seen.lines], texts)]
    return Picture(
        {
            "data": traces,
            "layout": {
                "barmode": "stack", "height": 70 + 34 * max(2, len(names)), "margin": {"l": 8, "r": 64, "t": 8, "b": 24},
                "showlegend": len(traces) > 1, "legend": {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
                "xaxis": {"fixedrange": True, "rangemode": "tozero"}, "dragmode": False,
                "yaxis": {"autorange": "reversed", "automargin": True, "fixedrange": True},
            },
        }
    )  # fmt: skip


def _newcomers(
    seen: _Seen, bars: Callable[..., dict[str, Any]], texts: Sequence[str]
) -> list[dict[str, Any]]:
    """Who came for the first time and who had come before, each in a colour; of whom it is not told, in a third."""
    first, again, either = [], [], []
    for line in seen.lines:
        came = small.middle(line.participants) if line.participants[0] else 0
        new = small.middle(line.first)
        told = line.first[0] == line.first[1] or line.first[0] > 0
        first.append(min(new, came) if told else 0)
        again.append(max(0, came - new) if told else 0)
        either.append(0 if told else came)
    none = [""] * len(texts)
    traces = [bars(_(LABELS["first"]), first, none, ORANGE)]
    if not any(either):
        return [*traces, bars(_("Took part before"), again, texts)]
    return [*traces, bars(_("Took part before"), again, none), bars(_("Not told which"), either, texts, GREY)]


def _table(kept: Kept, seen: _Seen) -> None:
    """The same figures; a click on a name goes there, a click on a number opens its rows."""
    head = _("Group") if seen.part else _("Area")
    earlier = _a_year_before(kept, seen)
    columns: dict[str, list[str]] = {head: [_label(line) for line in seen.lines]}
    for figure in (*FIGURES, "cost"):
        columns[_(LABELS[figure])] = [_text(line, figure) for line in seen.lines]
    columns[_("Live here")] = [_text(line, "people") for line in seen.lines]
    columns[_("Took part a year before")] = [
        _text(earlier[line.key], "participants") if line.key in earlier and line.key else "–" for line in seen.lines
    ]  # fmt: skip
    key = f"participation_table_{seen.quarter}_{seen.here.area_path}_{seen.part}"
    st.caption(
        _("Tap a name to go there, a number or a bar to see who is behind it.") if seen.all.rows else _("Tap a name to go there.")
    )  # fmt: skip
    st.dataframe(
        pa.table(columns), key=key, hide_index=True, selection_mode="single-cell", on_select=lambda: _tapped(seen, key, head),
        height=min(700, 38 + 35 * len(seen.lines)),
        column_config={
            head: st.column_config.TextColumn(pinned=True, width=150),
            **{name: st.column_config.TextColumn(alignment="right") for name in columns if name != head},
        },
    )  # fmt: skip


def _tapped(seen: _Seen, key: str, head: str) -> None:
    for row, column in st.session_state[key]["selection"]["cells"]:
        line = seen.lines[int(row)]
        figure = next((one for one in FIGURES if column == _(LABELS[one])), None)
        if figure is not None and seen.all.rows:
            _open(seen, line, figure)
        elif column == head:
            _choose(seen, line)


def _rows(kept: Kept, seen: _Seen, figure: str) -> None:
    """The people behind a number."""
    group = st.query_params.get("group", "") if seen.part else ""
    line = (
        next((one for one in _lines(kept, seen, group) if one.key == group), None)
        if group
        else seen.all.total
    )
    if line is None:
        raise Refused("record.not_found")
    st.button(_("Back to the figures"), key="participation_back", type="tertiary", icon=":material/arrow_back:", on_click=_ask, kwargs={"show": ""})  # fmt: skip
    st.title(_(LABELS[figure]))
    where = [seen.name, *([_label(line)] if group else []), _said(seen.quarter)]
    count = getattr(line, figure)[0]
    st.markdown(f"**{n_('{count} person', '{count} people', count)}** · {plain(' · '.join(where))}")
    st.caption(_(DEFINITIONS[figure]))
    asked = (figure, seen.quarter, seen.here.area_path, group)
    most = int(st.session_state.get(_SHOWN, {}).get(asked, PAGE))
    found = kept.read(
        participation.behind, figure=figure, quarter=seen.quarter, area_path=seen.here.area_path, group=group, limit=most + 1
    )  # fmt: skip
    if not found:
        st.info(_("Nobody."))
    with st.container(key="wrap_participation", gap="small"):
        for row in found[:most]:
            _person(kept.viewer, row)
    if len(found) > most:
        st.button(
            _("Show more"), key="tap_more", width="stretch", icon=":material/expand_more:", on_click=_more, args=(asked, most)
        )  # fmt: skip


def _lines(kept: Kept, seen: _Seen, group: str) -> Sequence[Line]:
    if not group:
        return ()
    return kept.read(participation.of_groups, quarter=seen.quarter, area_path=seen.here.area_path)


def _more(asked: tuple[str, ...], most: int) -> None:
    st.session_state[_SHOWN] = {asked: most + PAGE}


def _person(viewer: Viewer, row: Any) -> None:
    said = f"**{plain(row.name)}** · {plain(row.address or '')}"
    if row.times:
        times = n_("came once", "came {count} times", row.times)
        said += f" · {times}, {plain(_('last on {day}', day=day_text(row.last_on)))}"
    if viewer.can("resident.view"):
        page_link(said, "residents", icon=":material/person:", id=row.id)
    else:
        st.markdown(said)
