"""The coverage screen: the map with its list of holes, its facts and its table, for desk, phone and wall."""

from datetime import date
from typing import Any

import pyarrow as pa
import streamlit as st

from components import kept, matrix, style
from components import map_past as past
from components.care import needs_me
from components.i18n import _, day_text, language, moment_text, n_, number_text
from components.kept import Kept
from components.map import CONFIG, DESK, PHONE, WALL, Look, Picture, Places, picked, picture
from components.navigation import link, page_link
from components.page import number_in_address
from components.register.values import plain
from db import clock
from db.access import Viewer
from db.insight import coverage, map_holes
from db.insight.coverage import MEASURES, AreaRow, Coverage, Link
from db.insight.map_holes import MapHole, MapHoles
from db.territory import plan as plans
from db.territory import posts
from db.territory.areas import ROLE_OPTIONS
from db.words import N_

Stamp = tuple[int, ...]
Scope = tuple[str, tuple[str, ...]]

ROLE_LABELS = {one.code: one.label for one in ROLE_OPTIONS}
MOST_HOLES, MOST_HOLES_ON_WALL = 8, 5
NOBODY = N_("Nobody responsible")
COUNTED = {
    "late": (N_("{count} area with people not reached in time"), N_("{count} areas with people not reached in time")),
    "nobody": (N_("{count} area without a holder"), N_("{count} areas without a holder")),
    "too_much": (N_("{count} person with too much to carry"), N_("{count} people with too much to carry")),
    "carer": (N_("{count} area with people in care without a carer"), N_("{count} areas with people in care without a carer")),
    "no_deputy": (N_("{count} post without a deputy"), N_("{count} posts without a deputy")),
}  # fmt: skip
ICONS = {
    "late": ":material/schedule:",
    "nobody": ":material/warning:",
    "too_much": ":material/stacks:",
    "carer": ":material/favorite:",
    "no_deputy": ":material/group_off:",
}


def draw(viewer: Viewer, stamp: Stamp, *, wall: bool) -> None:
    """Draw the page for the area and the measure in the address. Refused `area.not_found`."""
    days = Kept(viewer, stamp).read(coverage.kept_days)
    found, holes = _read(
        stamp, clock.today(), _scope(viewer), number_in_address("area"), _measure(), _day(days), viewer
    )
    if found.here is None and not found.rows:
        st.title(_("Coverage map"))
        st.info(
            _("There are no areas yet. Add them first; the map draws itself from them."),
            icon=":material/map:",
        )
        if viewer.can("area.edit"):
            page_link(_("Add areas"), "areas", icon=":material/account_tree:")
        return
    if wall:
        _draw_wall(viewer, stamp, found, holes)
    else:
        _draw_desk(viewer, stamp, found, holes, days)


def _measure() -> str:
    code = st.query_params.get("measure", "")
    return code if code in MEASURES else next(iter(MEASURES))


def _day(days: tuple[date, date] | None) -> date | None:
    """The past day in the address, if figures of it are kept."""
    try:
        day = date.fromisoformat(st.query_params.get("on", ""))
    except ValueError:
        return None
    return day if days is not None and days[0] <= day <= days[1] else None


def _scope(viewer: Viewer) -> Scope:
    """What decides which figures a viewer may know: two with the same scope share what is drawn."""
    return viewer.role, viewer.areas


def _read(
    stamp: Stamp, day: date, scope: Scope, area_id: int | None, measure: str, on: date | None, viewer: Viewer
) -> tuple[Coverage, MapHoles]:
    """The figures and the holes, read once for all who may know the same."""
    return kept.once(
        "coverage", stamp, day, scope, area_id, measure, on,
        ask=lambda: (
            coverage.coverage(viewer, area_id, measure, on),
            map_holes.holes(viewer, area_id, limit=MOST_HOLES, measure=measure) if on is None else MapHoles([], {}, {}),
        ),
    )  # fmt: skip


@st.cache_resource(max_entries=200, show_spinner=False)
def _places(stamp: Stamp, seen: tuple[str, ...], area_id: int | None, _viewer: Viewer) -> Places:
    return Places(plans.plan(_viewer, area_id))


def _figure(viewer: Viewer, stamp: Stamp, found: Coverage, look: Look) -> Picture:
    """The picture of `found`, drawn once for all who may know the same and read the same language."""
    area_id = found.here.area_id if found.here else None
    return kept.once(
        "figure", stamp, clock.today(), _scope(viewer), area_id, found.measure.code, found.day, language(), look,
        ask=lambda: _drawn(viewer, stamp, found, look), large=True,
    )  # fmt: skip


def _drawn(viewer: Viewer, stamp: Stamp, found: Coverage, look: Look) -> Picture:
    around = found
    if not found.rows and found.here is not None and found.here.parent_id is not None:
        around, _holes = _read(
            stamp, clock.today(), _scope(viewer), found.here.parent_id, found.measure.code, found.day, viewer
        )  # fmt: skip
    seen = viewer.areas if viewer.scope("area.view") == "areas" else ()
    return picture(
        _places(plans.plan_stamp(), seen, around.here.area_id if around.here else None, viewer),
        around.rows or ([found.here] if found.here else []),
        found.measure,
        look,
        around=around.here.area_id if around.here else None,
        chosen=found.here.area_id if found.here else None,
        holes=around.empty,
    )


def _chart(viewer: Viewer, stamp: Stamp, found: Coverage, look: Look) -> None:
    area_id = found.here.area_id if found.here else None
    figure = _figure(viewer, stamp, found, look)
    alt = _(
        "{measure} in {area}. The table below has the same figures.",
        measure=_(found.measure.label),
        area=_name(found),
    )
    key = f"map_{area_id}_{found.measure.code}"
    if look is WALL:
        st.plotly_chart(figure, theme=None, config=dict(CONFIG, staticPlot=True), key=key, alt=alt)
        return
    st.plotly_chart(
        figure, theme=None, config=dict(CONFIG), key=key, alt=alt, selection_mode="points",
        on_select=lambda: _pick(key),
    )  # fmt: skip


def _pick(key: str) -> None:
    area_id = picked(st.session_state.get(key))
    if area_id is not None:
        st.query_params["area"] = str(area_id)


def _name(found: Coverage) -> str:
    return found.here.name if found.here else _("All areas")


def _draw_desk(
    viewer: Viewer, stamp: Stamp, found: Coverage, holes: MapHoles, days: tuple[date, date] | None
) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(_("Coverage map"), width="content")
        page_link(
            _("For the wall"), "map", icon=":material/tv:", wall=1, measure=found.measure.code,
            area=found.here.area_id if found.here else None, on=found.day,
            help=_("Large type and nothing to press, for a screen that everybody passes. The browser's way back leads here."),
        )  # fmt: skip
    if found.day is None:  # what holds today says nothing of a day that is over
        needs_me.banners(Kept(viewer, stamp))
    _trail(found)
    _choices(found)
    if found.measure.past:
        past.slider(days, found.day)
    if found.day is not None and _measure() != found.measure.code:
        st.info(
            _("“{asked}” is known of today alone; of {day} the map shows “{shown}”.", day=day_text(found.day),
              asked=_(MEASURES[_measure()].label), shown=_(found.measure.label)),
            icon=":material/history:",
        )  # fmt: skip
    left, right = st.columns([0.64, 0.36], gap="medium")
    with left:
        _headline(found, holes.total)
        _chart(viewer, stamp, found, PHONE if _on_phone() else DESK)
        st.caption(f"**{_(found.measure.label)}** · {_(found.measure.definition)}")
    with right:
        if not found.rows and found.here is not None and found.day is None:
            _facts(viewer, found.here)
        _holes(holes)
    if not found.rows and found.here is not None:
        matrix.draw(viewer, found.here.area_id, found.measure.code, found.day)
    _table(viewer, stamp, found)


def _on_phone() -> bool:
    return "Mobi" in st.context.headers.get("User-Agent", "")


def _trail(found: Coverage) -> None:
    """The way down to here, each step a link."""
    if len(found.trail) < 2:
        return
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        for area_id, name in found.trail[:-1]:
            page_link(f"{name} ›", "map", area=area_id, measure=found.measure.code)
        st.markdown(f"**{found.trail[-1][1]}**", width="content")


def _choices(found: Coverage) -> None:
    """The same by select boxes as by clicking: for phones, the keyboard and screen readers."""
    here = found.here.area_id if found.here else None
    names = dict(found.trail)
    names |= {row.area_id: f"　{row.name}  {row.text}" for row in found.rows}
    options: list[int | None] = list(names) if here is not None else [None, *names]
    measures = [code for code, one in MEASURES.items() if found.day is None or one.past]
    left, right = st.columns(2)
    with left:
        st.session_state["map_area"] = here
        st.selectbox(
            _("Area"), options, key="map_area", on_change=_go_to_area,
            format_func=lambda area_id: names.get(area_id, _("All areas")),
        )  # fmt: skip
    with right:
        st.session_state["map_measure"] = found.measure.code
        st.selectbox(
            _("What the map shows"), measures, key="map_measure", on_change=_show_measure,
            format_func=lambda code: _(MEASURES[code].label),
        )  # fmt: skip


def _go_to_area() -> None:
    area_id = st.session_state["map_area"]
    if area_id is None:
        st.query_params.pop("area", None)
    else:
        st.query_params["area"] = str(area_id)


def _show_measure() -> None:
    st.query_params["measure"] = st.session_state["map_measure"]


def _summary(found: Coverage, total: int) -> tuple[str, bool]:
    """The one sentence of the page, and whether all is well."""
    if found.day is not None:
        return _("As of {day}", day=day_text(found.day)), False
    if found.here is None:
        return n_("{count} open item", "{count} open items", total), (
            total == 0 and not any(row.late[1] for row in found.rows)
        )
    held, expecting = found.here.held
    late = found.here.late
    if total == 0 and late[1] == 0:
        return _(
            "All is well: every area here has somebody responsible, and everybody in care was reached in time."
        ), True
    missing = expecting - held
    if missing:
        return n_(
            "{count} of {all} areas has nobody responsible", "{count} of {all} areas have nobody responsible",
            missing, all=number_text(expecting),
        ), False  # fmt: skip
    if late[0]:
        return n_(
            "{count} person was not reached in time", "{count} people were not reached in time", late[0]
        ), False  # fmt: skip
    if total == 0:
        return _("Every area here has somebody responsible."), False
    return _("Every area here has somebody responsible; something else is missing."), False


def _headline(found: Coverage, total: int) -> None:
    sentence, well = _summary(found, total)
    here = found.here
    if well:
        st.success(sentence, icon=":material/check_circle:")
    if here is not None and (not found.rows or found.measure.code != "held"):
        as_of = f" · {sentence}" if found.day is not None else ""
        st.markdown(f"### {_(found.measure.label)} · {here.text}{as_of}")
    elif not well:
        st.markdown(f"### {sentence}")
    # The sentence counts what is missing; the posts that are held are listed from the table.
    if here is not None and found.rows and here.link is not None and found.measure.code != "held":
        _to(_("Show the rows of this number"), here.link, icon=":material/list:")


def _facts(viewer: Viewer, here: AreaRow) -> None:
    """Who is responsible for this building and what is known of it; each figure leads to its rows."""
    st.subheader(here.name)
    held = (
        posts.holders(viewer, area_ids=[here.area_id]).get(here.area_id, [])
        if viewer.can("post.view")
        else []
    )
    for one in held:
        deputy = f" · {_('Deputy')}: {plain(one.deputy)}" if one.deputy else ""
        st.markdown(
            f":material/badge: {_(ROLE_LABELS.get(one.role, one.role))}: **{plain(one.holder)}**{deputy}"
        )
    if here.hole:
        st.markdown(f":material/warning: **{_(NOBODY)}**")
    for code, measure in MEASURES.items():
        if code == "held":
            continue
        label = f"{_(measure.label)}: {here.texts[code]}"
        if here.open:
            page_link(label, measure.register, area=here.area_id, **measure.filters)
        else:
            st.markdown(label)
    if here.open and viewer.can("household.view"):
        page_link(_("Homes"), "households", icon=":material/home:", area=here.area_id)


def _holes(holes: MapHoles) -> None:
    """What is missing: how much of each kind, and the worst."""
    if not holes.total:
        return
    st.subheader(_("Where something is missing"))
    with st.container(horizontal=True, gap="small"):
        for kind, count in holes.counts.items():
            if count:
                _number(n_(*COUNTED[kind], count), holes.links.get(kind), icon=ICONS[kind])
    with st.container(border=True, gap="xsmall"):
        for place, hole in enumerate(holes.rows):
            # What is missing on one line, its numbers on the next: they begin below each other, however long the name.
            st.markdown(_hole_text(hole))
            with st.container(
                horizontal=True, gap="xxsmall", vertical_alignment="center", key=f"below_{place}"
            ):
                if hole.kind == "too_much":
                    _number(n_("{count} area", "{count} areas", hole.areas), hole.posts)
                _number(_hole_number(hole), hole.rows)
                if hole.kind in ("nobody", "no_deputy") and hole.mend is not None:
                    _to(_("Name somebody"), hole.mend, icon=":material/person_add:")
    if holes.total > len(holes.rows):
        st.caption(n_("and {count} more", "and {count} more", holes.total - len(holes.rows)))


def _hole_text(hole: MapHole) -> str:
    name, role = f"**{plain(hole.name)}**", _(ROLE_LABELS.get(hole.role, hole.role))
    if hole.kind == "nobody":
        said = _("{role}: nobody", role=role)
    elif hole.kind == "too_much":
        said = _(
            "{role}: at most {areas} areas and {people} people in care",
            role=role, areas=number_text(hole.most_areas), people=number_text(hole.most_in_care),
        )  # fmt: skip
    elif hole.kind == "no_deputy":
        said = _("nobody stands in for {holder}", holder=plain(hole.holder))
    elif hole.kind == "late":
        said = _("not reached in time")
    else:
        said = _("in care without a carer")
    return f"{ICONS[hole.kind]} {name} · {said}"


def _hole_number(hole: MapHole) -> str:
    if hole.kind in ("carer", "late"):
        return _("{number} people", number=hole.text)
    return _("{number} in care", number=hole.text)


def _number(label: str, rows: Link | None, icon: str | None = None) -> None:
    """A number as a way to its rows, for those who may see them."""
    if rows is not None:
        _to(label, rows, icon=icon)
    else:
        st.markdown(f"{icon} {label}" if icon else label, width="content")


def _to(label: str, target: Link, icon: str | None = None) -> None:
    page_link(label, target.address, icon=icon, **target.params)


def _table(viewer: Viewer, stamp: Stamp, found: Coverage) -> None:
    """The same figures as a table that can be sorted and read aloud; what they come to stands first."""
    if not found.rows:
        return
    table = kept.once(
        "table", stamp, clock.today(), _scope(viewer), found.here and found.here.area_id, found.measure.code, found.day,
        language(), ask=lambda: _as_table(found),
    )  # fmt: skip
    measures = [_(each.label) for each in MEASURES.values() if found.day is None or each.past]
    with st.expander(_("The same figures as a table"), icon=":material/table:"):
        st.dataframe(
            table,
            hide_index=True,
            column_config={
                _("Area"): st.column_config.TextColumn(pinned=True),
                **{label: st.column_config.TextColumn(alignment="right") for label in measures},
                _("Rows"): st.column_config.LinkColumn(display_text=_("Show")),
            },
        )


def _as_table(found: Coverage) -> pa.Table:
    """In the form in which it goes out, so that no data frame is made on the way."""
    rows, names = list(found.rows), [row.name for row in found.rows]
    if found.here is not None:
        rows, names = [found.here, *rows], [_("{area} in all", area=found.here.name), *names]
    columns: dict[str, Any] = {_("Area"): names}
    for code, each in MEASURES.items():
        if found.day is None or each.past:
            columns[_(each.label)] = [row.texts[code] for row in rows]
    if found.day is None:
        columns[_(NOBODY)] = ["✕" if row.hole else "" for row in rows]
    ways = [link(row.link.address, **row.link.params) if row.link else None for row in rows]
    columns[_("Rows")] = pa.array(ways, pa.string())
    return pa.table(columns)


def _draw_wall(viewer: Viewer, stamp: Stamp, found: Coverage, holes: MapHoles) -> None:
    style.wall()
    if found.day is None:
        needs_me.banners(Kept(viewer, stamp), links=False)
    sentence, well = _summary(found, holes.total)
    st.title(f"{_name(found)} · {_(found.measure.label)}" + (f" · {found.here.text}" if found.here else ""))
    left, right = st.columns([0.68, 0.32], gap="large")
    with left:
        _chart(viewer, stamp, found, WALL)
    with right:
        st.markdown(f"# {sentence}")
        if well:
            st.markdown(":material/check_circle:")
        for hole in holes.rows[:MOST_HOLES_ON_WALL]:
            st.markdown(f"### {_hole_text(hole)}\n{_hole_number(hole)}")
        if holes.total > MOST_HOLES_ON_WALL:
            st.markdown(n_("and {count} more", "and {count} more", holes.total - MOST_HOLES_ON_WALL))
        st.caption(f"{_(found.measure.definition)} {_('As of {moment}', moment=moment_text(clock.now()))}")
