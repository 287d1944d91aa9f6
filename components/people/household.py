"""The record of a household, and the form on which a whole household is entered in one go."""

from typing import Any

import streamlit as st

from components.i18n import _, n_
from components.navigation import go, page_link
from components.people import tabs
from components.people.home import choose_home
from components.people.new_person import duplicates, fill_from_number, known
from components.register import form
from components.register.records import back
from components.register.values import choice_label, label, plain
from components.words import problem, sentence, warning
from db import keeping
from db.access import Viewer
from db.errors import Refused
from db.listing import RecordView
from db.people import entering, households, residents
from db.people.households import HOUSEHOLDS
from db.people.residents import RESIDENTS
from db.register import Values

NAME = "new_households"
FIELDS = ("name", "id_number", "sex", "born", "relation", "phone")


def header(viewer: Viewer, record: RecordView) -> None:
    """Address, number, and who lives there as links."""
    st.title(plain(record.label) or "–")
    living = [one for one in households.household(viewer, household_id=record.id) if one.status == "resident"]
    parts = [n_("{count} person", "{count} people", len(living)) if living else _("empty")]
    if record.values.get("number"):
        parts.append(_("number {number}", number=record.values["number"]))
    st.markdown(plain(" · ".join(parts)))
    if record.values.get("closed_on"):
        st.badge(_("Closed"), color="gray")
    heads = [one for one in living if one.relation == "head"]
    if len(living) > 1 and len(heads) != 1:
        st.warning(
            warning("household.two_heads" if heads else "household.no_head"), icon=":material/warning:"
        )
    with st.container(gap="xsmall"):
        tabs.people(viewer, record.id)


def moving(viewer: Viewer, record: RecordView) -> None:
    """Adding a person, and moving some or all of them."""
    if viewer.can("resident.create") and not record.values.get("closed_on"):
        page_link(_("Add a person"), "residents", icon=":material/person_add:", new=1, household_id=record.id)
    if viewer.can("household.edit") and households.household(viewer, household_id=record.id):
        tabs.move(viewer, record.id, [], -record.id)
    else:
        st.write(_("There is nobody to move."))


def draw_new(viewer: Viewer) -> None:
    """`/households?new=1`: the address once, then a row for each person."""
    back(HOUSEHOLDS)
    st.title(_("New household"))
    if f"{NAME}_home_text" not in st.session_state:
        form.forget(NAME)  # left over from a form that was walked away from
    left, right = st.columns([2, 1])
    with left:
        chosen = choose_home(viewer, f"{NAME}_home", label=_("Address") + " *")
    with right:
        number = st.text_input(label(HOUSEHOLDS.specs["number"]), key=f"{NAME}_number", max_chars=30)
    refused: dict[int, Refused] = st.session_state.get(f"{NAME}__people", {})
    rows: list[int] = st.session_state.setdefault(f"{NAME}__rows", [0])
    typed: list[Values] = []
    others: list[list[int]] = []
    if viewer.can("resident.create"):
        st.subheader(_("People"))
        for place, row in enumerate(rows):
            values, declared = _person(viewer, row, place, refused.get(row), alone=len(rows) == 1)
            typed.append(values)
            others.append(declared)
        st.button(
            _("Add another person"), icon=":material/person_add:", key=f"{NAME}__add", on_click=_add_row
        )
    with st.container(horizontal=True, key="save_bar_household"):
        saved = st.button(_("Save"), type="primary", key="record_save", disabled=chosen.home is None)
        if chosen.home is None:
            st.caption(_("First the address."))
    if saved and chosen.home is not None:
        _save(viewer, chosen.home, number or "", rows, typed, others)
    said = st.session_state.pop(f"{NAME}__refused", "")
    if said:
        st.error(said)


def _add_row() -> None:
    rows: list[int] = st.session_state[f"{NAME}__rows"]
    rows.append(max(rows) + 1)


def _drop_row(row: int) -> None:
    rows: list[int] = st.session_state[f"{NAME}__rows"]
    rows.remove(row)
    form.forget(f"{NAME}_{row}")
    st.session_state.get(f"{NAME}__people", {}).pop(row, None)


def _person(
    viewer: Viewer, row: int, place: int, refused: Refused | None, *, alone: bool
) -> tuple[Values, list[int]]:
    key = f"{NAME}_{row}"
    specs = {name: RESIDENTS.specs[name] for name in FIELDS}
    fill_from_number(key)
    problems: dict[str, str] = refused.facts.get("problems", {}) if refused is not None else {}
    typed: Values = {}
    with st.container(border=True, key=f"{key}__box"):
        columns = st.columns([3, 4, 2, 3, 3, 3])
        for column, name in zip(columns, FIELDS, strict=True):
            with column:
                typed[name] = _widget(key, name, specs[name], place)
                _complain(name, specs[name], typed[name], problems.get(name))
        others: list[int] = []
        readable = known(specs, typed)
        if readable.get("name"):
            others = duplicates(viewer, key, readable)
        for code in residents.warnings(readable):
            if code.startswith("id."):
                st.caption(f":orange[{plain(warning(code))}]")
        if refused is not None and refused.code not in ("form.invalid", "resident.duplicates"):
            st.error(sentence(refused))
        if not alone:
            st.button(
                _("Remove this person"), icon=":material/close:", type="tertiary", key=f"{key}__drop",
                on_click=_drop_row, args=(row,),
            )  # fmt: skip
    return typed, others


def _widget(key: str, name: str, spec: Any, place: int) -> Any:
    title = label(spec) + (" *" if spec.required else "")
    if spec.kind == "choice":
        codes = ["", *(one.code for one in spec.options)]
        if name == "relation" and place == 0:
            st.session_state.setdefault(f"{key}_{name}", "head")
        return st.selectbox(
            title,
            codes,
            key=f"{key}_{name}",
            format_func=lambda code: choice_label(spec, code) if code else "–",
        )
    placeholder = {"day": "1950-3-7", "phone": "13800001111", "id_number": _("18 characters")}.get(spec.kind)
    return st.text_input(title, key=f"{key}_{name}", placeholder=placeholder, autocomplete="off")


def _complain(name: str, spec: Any, value: Any, refused: str | None) -> None:
    code = spec.parse(value).problem if value else refused
    if code:
        st.caption(f":red[{plain(problem(code, value or ''))}]")


def _save(
    viewer: Viewer, home: Any, number: str, rows: list[int], typed: list[Values], others: list[list[int]]
) -> None:  # fmt: skip
    filled = [
        place for place, one in enumerate(typed) if any(one[name] for name in FIELDS if name != "relation")
    ]
    try:
        if filled or home.household_id is not None:
            made = entering.register_household(
                viewer, home=home, number=number, people=[typed[place] for place in filled],
                different_from=[others[place] for place in filled],
            )  # fmt: skip
            household_id = made.household_id
        else:
            household_id = keeping.create(
                viewer, HOUSEHOLDS,
                {"area_id": home.area_id, "stair": home.stair, "room": home.room, "number": number},
            )  # fmt: skip
    except Refused as refused:
        people = refused.facts.get("people", {})
        st.session_state[f"{NAME}__people"] = {rows[filled[index]]: one for index, one in people.items()}
        st.session_state[f"{NAME}__refused"] = sentence(refused)
        st.rerun()
    form.forget(NAME)
    st.toast(_("Saved."))
    go("households", id=household_id)
