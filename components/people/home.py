"""Choosing a home: an address as people write it, or building and home from lists."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.i18n import _, n_
from components.navigation import BY_ADDRESS, page_link
from components.register.values import plain
from components.words import say
from db import keeping
from db.access import Viewer
from db.errors import Refused
from db.people import households
from db.people.households import HOUSEHOLDS, FoundHome, HomeRow
from db.people.moving import Home


@dataclass(frozen=True)
class Chosen:
    """What is chosen: a home, a new home, a building alone; `home` is None when the address means nothing yet."""

    home: Home | None
    label: str = ""

    @property
    def new(self) -> bool:
        home = self.home
        return home is not None and home.household_id is None and bool(home.stair or home.room)


def choose_home(
    viewer: Viewer, key: str, *, start: str = "", label: str = "", add_now: bool = False
) -> Chosen:
    """Draw the picker and return what is chosen. With `add_now` a new home is added by a button of its own."""
    text_key = f"{key}_text"
    st.session_state.setdefault(text_key, start)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            label or _("Home"), key=text_key, placeholder=_("Address such as 12-3-402"), live="400ms",
            autocomplete="off",
        ) or ""  # fmt: skip
        _lists(viewer, key, text_key)
    try:
        found = households.find_home(viewer, text=text)
    except Refused as refused:
        say(refused)
        return Chosen(None)
    return _meaning(viewer, key, text, found, add_now)


def _lists(viewer: Viewer, key: str, text_key: str) -> None:
    popover = st.popover(
        _("List"), icon=":material/list:", key=f"{key}_lists", on_change="rerun",
        help=_("Choose building and home from lists"),
    )  # fmt: skip
    if not popover.open:
        return
    with popover:
        known = {one.id: one for one in households.buildings(viewer)}
        area_id = st.selectbox(
            _("Building"), list(known), index=None, key=f"{key}_building", placeholder=_("Choose"),
            format_func=lambda one: f"{known[one].name} · {known[one].grid}",
        )  # fmt: skip
        if area_id is None:
            return
        homes = {one.id: one for one in households.homes_of(viewer, area_id=area_id)}
        building = known[area_id].number or known[area_id].name
        st.selectbox(
            _("Home"), [0, *homes], key=f"{key}_of_{area_id}",
            format_func=lambda one: _home_words(homes[one]) if one else _("The building, home not known"),
        )  # fmt: skip
        st.button(_("Take this"), key=f"{key}_take", type="primary", on_click=_take,
                  args=(text_key, f"{key}_of_{area_id}", building, homes))  # fmt: skip


def _take(text_key: str, chosen_key: str, building: str, homes: dict[int, HomeRow]) -> None:
    chosen = st.session_state.get(chosen_key)
    alone = f"{building}栋" if building.isdigit() else building
    st.session_state[text_key] = homes[chosen].address if chosen else alone


def _home_words(home: HomeRow) -> str:
    who = n_("{count} person", "{count} people", home.people) if home.people else _("empty")
    return f"{home.address} · {who}"


def _meaning(viewer: Viewer, key: str, text: str, found: FoundHome, add_now: bool) -> Chosen:
    if found.kind == "home":
        one = found.homes[0]
        st.caption(f":green[:material/check:] {plain(_home_words(one))}")
        return Chosen(Home(household_id=one.id, area_id=one.area_id), one.address)
    if found.kind == "several":
        known = {one.id: one for one in found.homes}
        picked = st.radio(
            _("Which one?"),
            list(known),
            key=f"{key}_which_{text}",
            format_func=lambda one: _home_words(known[one]),
        )
        return Chosen(Home(household_id=picked, area_id=known[picked].area_id), known[picked].address)
    if found.kind == "new" and found.building is not None:
        return _new(viewer, key, found, add_now)
    if found.kind == "building" and found.building is not None:
        st.caption(
            f":orange[{plain(_('{building}: only the building, no home', building=found.building.name))}]"
        )
        return Chosen(Home(area_id=found.building.id), found.building.name)
    if found.kind == "several_buildings":
        st.caption(f":orange[{plain(_('Several buildings have this number. Choose from the list.'))}]")
    if found.kind == "no_building":
        st.caption(f":red[{plain(_('There is no such building in your areas. Correct the address, or add the building first.'))}]")  # fmt: skip
        if viewer.can("area.edit") and "areas" in BY_ADDRESS:
            page_link(_("Add a building"), "areas", icon=":material/account_tree:")
    if found.kind == "unreadable":
        st.caption(f":orange[{plain(_('Write building, stair and room, such as 12-3-402.'))}]")
    return Chosen(None)


def _new(viewer: Viewer, key: str, found: FoundHome, add_now: bool) -> Chosen:
    building = found.building
    assert building is not None
    address = "-".join(part for part in (building.number or building.name, found.stair, found.room) if part)
    home = Home(area_id=building.id, stair=found.stair, room=found.room)
    if not add_now:
        st.caption(f":blue[:material/add_home:] {plain(_('{address} is new: it is added when you save.', address=address))}")  # fmt: skip
        return Chosen(home, address)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(plain(_("{address} is not in the register yet.", address=address)))
        if st.button(_("Add {address}", address=address), icon=":material/add_home:", key=f"{key}_add"):
            try:
                keeping.create(
                    viewer, HOUSEHOLDS, {"area_id": building.id, "stair": found.stair, "room": found.room}
                )
            except Refused as refused:
                say(refused)
            else:
                st.rerun()
    return Chosen(None)


def household_picker(viewer: Viewer, key: str, value: Any) -> Any:
    """The picker of a resident's household in the engine's form. What was there stays while nothing is typed."""
    start_key = f"{key}__start"
    if start_key not in st.session_state:
        st.session_state[start_key] = _address_of(viewer, value)
    start = st.session_state[start_key]
    chosen = choose_home(viewer, key, start=start, add_now=True)
    untouched = (st.session_state.get(f"{key}_text") or "") == start
    st.session_state[f"{key}__chosen"] = None if untouched else chosen
    if untouched:
        return value
    return chosen.home.household_id if chosen.home else None


def _address_of(viewer: Viewer, household_id: Any) -> str:
    if not household_id:
        return ""
    try:
        return households.home(viewer, household_id=int(household_id)).address
    except Refused:
        return ""


def area_picker(viewer: Viewer, key: str, value: Any) -> Any:
    """Building or area follow the home that is chosen beside it."""
    chosen: Chosen | None = st.session_state.get(key.removesuffix("area_id") + "household_id__chosen")
    if chosen is None:
        return value
    return chosen.home.area_id if chosen.home else None


def building_picker(viewer: Viewer, key: str, value: Any) -> Any:
    """Choose one building."""
    known = {one.id: one for one in households.buildings(viewer)}
    current = int(value) if value else None
    if key not in st.session_state:
        st.session_state[key] = current if current in known else None
    return st.selectbox(
        _("Building") + " *", list(known), key=key, placeholder=_("Choose"),
        format_func=lambda one: f"{known[one].name} · {known[one].grid}" if one in known else "–",
    )  # fmt: skip
