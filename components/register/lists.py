"""The list of a register: one search box, filters, order, pages, all in the address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import streamlit as st

from components.i18n import _, n_, number_text
from components.kept import Kept, Stamp
from components.navigation import go, page_link
from components.page import put_in_address, stand_at
from components.register import exports, importing, views
from components.register.values import label, plain, shown
from components.words import say
from db import listing
from db.access import Viewer
from db.custom import custom_specs
from db.errors import Refused
from db.fields import FieldSpec, Option
from db.listing import Listing, Page
from db.register import Filter, Register, Values
from db.territory import areas
from db.work import Work, unit

OWN_PARAMS = {"q", "sort", "after", "before", "page", "id", "new", "tab"}

Way = tuple[str, dict[str, Any]]
Opens = Callable[[Viewer, list[Values]], list[Way]]
"""Where a tap on each row leads: the address of a page and its parameters, for all rows of a page at once."""
Line = Callable[[Values], str]
"""A row as one line on a phone, in Markdown."""


def asked() -> Listing:
    """What the address asks for."""
    params = st.query_params
    return Listing(
        search=params.get("q", ""),
        filters={name: tuple(params.get_all(name)) for name in params if name not in OWN_PARAMS},
        sort=params.get("sort", ""),
        after=params.get("after", ""),
        before=params.get("before", ""),
    )


@dataclass(frozen=True)
class _Read:
    """What a list shows: its filters with what they offer, the fields by name, the rows."""

    filters: Sequence[Filter]
    options: dict[str, list[Option]]
    specs: dict[str, FieldSpec]
    page: Page
    left_out: dict[str, list[str]]


def draw(
    viewer: Viewer, register: Register, *, opens: Opens | None = None, line: Line | None = None, fixed: bool = False,
    stamp: Stamp = (),
) -> None:  # fmt: skip
    """Search, filters, rows, pages.

    `opens` says where rows lead, unless to their records; `line` how a row reads on a phone, unless all columns
    in a row; `fixed`: no new ones. `stamp`: where the counters of all stand that the list shows; as long as they
    do, it is read once.
    """
    st.session_state[f"_list_{register.name}"] = {
        name: st.query_params.get_all(name) for name in st.query_params
    }
    wanted = asked()
    all_options = _filters_open(register)
    found = Kept(viewer, stamp).answer(
        "list", register.name, repr(wanted), all_options, ask=lambda: _read(viewer, register, wanted, all_options)
    )  # fmt: skip
    page = found.page
    _toolbar(viewer, register, found.filters, found.options, wanted, fixed)
    _chips(register, found.filters, found.options, wanted)
    st.caption(_count_text(register, page))
    if page.rows:
        _table(register, page, found.specs, (opens or _to_record(register))(viewer, page.rows), line)
        _pager(page)
    else:
        _nothing(viewer, register, wanted, found.left_out)


def _read(viewer: Viewer, register: Register, wanted: Listing, all_options: bool) -> _Read:
    """The list that is asked for. What filters offer is read of those that narrow it, unless `all_options`."""
    with unit(viewer, register.may("view"), write=False) as work:
        filters = listing.filters_of(work, register)
        options = {
            one.name: _options(work, one, wanted)
            for one in filters
            if all_options or wanted.filters.get(one.name)
        }
        said = {one.name: one.spec for one in register.computed if one.options}
        specs = {**register.specs, **custom_specs(work, register.name), **said}
        page = listing.page(work, register, wanted)
        left_out = {} if page.rows else _left_out(work, register, wanted)
    return _Read(filters, options, specs, page, left_out)


def _options(work: Work, one: Filter, wanted: Listing) -> list[Option]:
    """What the filter offers, and the area that the address names where that is no area of the list's own."""
    offered = list(one.options(work))
    known = {option.code for option in offered}
    asked = [code for code in wanted.filters.get(one.name, ()) if code not in known and code.isdecimal()]
    if one.name != "area" or not asked or not work.viewer.can("area.view"):
        return offered
    trails = areas.trails(work, area_ids=[int(code) for code in asked if len(code) < 18])
    return offered + [Option(str(area_id), " · ".join(trail[-2:])) for area_id, trail in trails.items()]


def _left_out(work: Work, register: Register, wanted: Listing) -> dict[str, list[str]]:
    """The filters that bring up what fits and is left out of the list unless asked for, such as who moved away."""
    if not wanted.search:
        return {}
    wider = {
        one.name: [option.code for option in one.options(work)]
        for one in register.filters
        if one.name in register.defaults and not wanted.filters.get(one.name)
    }
    asked = {name: tuple(codes) for name, codes in wider.items()}
    found, _more = listing.count(work, register, replace(wanted, filters={**wanted.filters, **asked}))
    return wider if wider and found else {}


def _to_record(register: Register) -> Opens:
    return lambda _viewer, rows: [(register.name, {"id": row["id"]}) for row in rows]


def _filters_open(register: Register) -> bool:
    state = st.session_state.get(f"{register.name}_filters")
    return bool(state is not None and state)


def _toolbar(
    viewer: Viewer, register: Register, filters: Sequence[Filter], options: dict[str, Any], wanted: Listing,
    fixed: bool,
) -> None:  # fmt: skip
    key = f"{register.name}_q"
    if st.session_state.get(key) != wanted.search:
        st.session_state[key] = wanted.search
    st.text_input(
        _("Search"), key=key, type="search", live=True, placeholder=_(register.search_help),
        label_visibility="collapsed", on_change=_searched, args=(key,),
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        if filters:
            popover = st.popover(
                _("Filters"), icon=":material/filter_alt:", key=f"{register.name}_filters", on_change="rerun"
            )
            if popover.open:
                with popover:
                    for one in filters:
                        _filter(register, one, options.get(one.name, []), wanted)
        _sorts(viewer, register, wanted)
        views.draw(viewer, register.name)
        if viewer.can(register.may("export")):
            exports.button(viewer, register, wanted)
        importing.button(viewer, register)
        if not fixed and viewer.can(register.may("create")):
            st.button(
                _("New"),
                icon=":material/add:",
                type="primary",
                key=f"{register.name}_new",
                on_click=_open_new,
            )


def _open_new() -> None:
    st.query_params.from_dict({"new": "1"})


_FROM_THE_TOP = dict.fromkeys(("after", "before", "page"))


def _searched(key: str) -> None:
    put_in_address({**_FROM_THE_TOP, "q": (st.session_state[key] or "").strip()})


def _filter(register: Register, one: Filter, options: list[Any], wanted: Listing) -> None:
    key = f"{register.name}_filter_{one.name}"
    known = {option.code: option for option in options}
    chosen = [code for code in wanted.filters.get(one.name, ()) if code in known]
    stand_at(key, chosen)
    st.multiselect(
        _(one.label), list(known), key=key, default=chosen, format_func=lambda code: _(known[code].label),
        placeholder=_("All"), on_change=_filtered, args=(key, one.name),
    )  # fmt: skip


def _filtered(key: str, name: str) -> None:
    put_in_address({**_FROM_THE_TOP, name: st.session_state[key]})


def _sorts(viewer: Viewer, register: Register, wanted: Listing) -> None:
    sorts = listing.sorts_of(viewer, register)
    if len(sorts) < 2:
        return
    key = f"{register.name}_sort"
    names = [one.name for one in sorts]
    labels = {one.name: _(one.label) for one in sorts}
    current = wanted.sort if wanted.sort in names else names[0]
    stand_at(key, current)
    st.selectbox(
        _("Order"), names, key=key, index=names.index(current), format_func=labels.__getitem__, label_visibility="collapsed",
        on_change=_sorted, args=(key, names[0]), width=210,
    )  # fmt: skip


def _sorted(key: str, first: str) -> None:
    chosen = st.session_state[key]
    put_in_address({**_FROM_THE_TOP, "sort": chosen if chosen != first else None})


def _chips(register: Register, filters: Sequence[Filter], options: dict[str, Any], wanted: Listing) -> None:
    """What narrows the list, each with a tap to take it away."""
    active = [(one, code) for one in filters for code in wanted.filters.get(one.name, ())]
    if not active:
        return
    with st.container(horizontal=True, gap="small"):
        for one, code in active:
            labels = {option.code: _(option.label) for option in options.get(one.name, [])}
            st.button(
                _("{field}: {value}", field=_(one.label), value=labels.get(code, code)), icon=":material/close:", type="secondary",
                key=f"{register.name}_chip_{one.name}_{code}", help=_("Take this filter away"),
                on_click=_drop, args=(one.name, code),
            )  # fmt: skip
        if len(active) > 1:
            st.button(_("Clear all"), type="tertiary", key=f"{register.name}_clear", on_click=_clear)


def _drop(name: str, code: str) -> None:
    put_in_address({**_FROM_THE_TOP, name: [one for one in st.query_params.get_all(name) if one != code]})


def _clear() -> None:
    filters = [name for name in st.query_params if name not in OWN_PARAMS]
    put_in_address({**_FROM_THE_TOP, **dict.fromkeys(filters)})


def _count_text(register: Register, page: Page) -> str:
    if page.more:
        return _("At least {count} records", count=number_text(page.total))
    return n_("{count} record", "{count} records", page.total)


def _columns(register: Register, page: Page, specs: dict[str, FieldSpec]) -> dict[str, str]:
    computed = {one.name: _(one.label) for one in register.computed}
    return {
        name: computed.get(name) or (label(specs[name]) if name in specs else name)
        for name in page.rows[0]
        if name not in ("id", *register.carries)
    }


def _table(
    register: Register, page: Page, specs: dict[str, FieldSpec], ways: list[Way], line: Line | None
) -> None:  # fmt: skip
    """A table on a desk; on a phone the same rows as a list of links."""
    columns = _columns(register, page, specs)
    lists = {
        name: heading
        for name, heading in columns.items()
        if any(isinstance(row[name], list) for row in page.rows)
    }
    data = {
        heading: [[shown(specs.get(name), one) for one in row[name] or ()] for row in page.rows]
        if name in lists
        else [shown(specs.get(name), row[name]) for row in page.rows]
        for name, heading in columns.items()
    }
    with st.container(key=f"wide_{register.name}"):
        event = st.dataframe(  # a table of Arrow goes out as it is; anything else becomes one by way of pandas
            pa.table(data), hide_index=True, key=f"{register.name}_rows_{page.rows[0]['id']}_{page.rows[-1]['id']}", on_select="rerun",
            selection_mode="single-cell", alt=_(register.title), height="content", row_height=38,
            column_config={
                heading: st.column_config.MultiselectColumn(heading, options=_all(data[heading]), color="auto")
                for heading in lists.values()
            },
        )  # fmt: skip
        cells = event.selection.cells
        if cells:
            address, params = ways[cells[0][0]]
            go(address, **params)
    with st.container(key=f"narrow_{register.name}", gap="xsmall"):
        for row, (address, params) in zip(page.rows, ways, strict=True):
            said = line(row) if line is not None else _line(register, row, columns, specs)
            page_link(said, address, **params)


def _all(column: list[Any]) -> list[str]:
    return sorted({one for cell in column if isinstance(cell, list) for one in cell})


def _line(register: Register, row: Values, columns: dict[str, str], specs: dict[str, FieldSpec]) -> str:
    first, *rest = [
        f"{heading} {text}"
        if (text := shown(specs.get(name), row[name])) and type(row[name]) is int
        else text
        for name, heading in columns.items()
    ]
    return f"**{plain(first) or '–'}** " + plain(" · ".join(part for part in rest if part))


def _pager(page: Page) -> None:
    if not (page.has_next or page.has_previous):
        return
    number = st.query_params.get("page", "1")
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
        st.button(
            _("Back"), icon=":material/chevron_left:", key="page_back", disabled=not page.has_previous,
            on_click=_turn, args=("before", page.first, -1),
        )  # fmt: skip
        st.write(_("Page {number}", number=number if number.isdecimal() else "1"))
        st.button(
            _("Next"), icon=":material/chevron_right:", icon_position="right", key="page_next",
            disabled=not page.has_next, on_click=_turn, args=("after", page.last, 1),
        )  # fmt: skip


def _turn(way: str, cursor: str, step: int) -> None:
    number = st.query_params.get("page", "1")
    now = max(1, (int(number) if number.isdecimal() else 1) + step)
    put_in_address({**_FROM_THE_TOP, **({way: cursor, "page": str(now)} if now > 1 else {})})


def _nothing(viewer: Viewer, register: Register, wanted: Listing, left_out: dict[str, list[str]]) -> None:
    """An empty list says what to do next."""
    with st.container(border=True):
        if left_out:
            st.write(_("Only records fit that the list leaves out, such as of people who moved away."))
            st.button(
                _("Show these too"),
                icon=":material/history:",
                key="show_left_out",
                on_click=_widen,
                args=(left_out,),
            )
        elif wanted.search or wanted.filters:
            st.write(_("Nothing fits. Check the spelling, search for less, or take filters away."))
            st.button(_("Show everything"), key="show_everything", on_click=_everything)
        else:
            st.write(_("Nothing here yet."))
            if viewer.can(register.may("import")) and register.importable:
                page_link(
                    _("Import a ledger"), "import", icon=":material/upload_file:", register=register.name
                )


def _widen(filters: dict[str, list[str]]) -> None:
    put_in_address({**_FROM_THE_TOP, **filters})


def _everything() -> None:
    put_in_address(dict.fromkeys(name for name in st.query_params if name != "tab"))


def safely(draw_it: Any, *arguments: Any) -> None:
    """Draw, or say why not."""
    try:
        draw_it(*arguments)
    except Refused as refused:
        say(refused)
