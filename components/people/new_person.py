"""The form for a new person: what matters first, who it may already be, then the rest."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from components.i18n import _
from components.navigation import go, page_link
from components.people.home import Chosen, choose_home
from components.register import form
from components.register.records import back, spec_default
from components.register.values import plain
from components.words import problem, say, sentence, warning
from db import keeping, parsing
from db.access import Viewer
from db.custom import custom_specs
from db.errors import Refused
from db.fields import FieldSpec
from db.people import entering, households, residents
from db.people.glance import group_choices, holder_of_number
from db.people.residents import RESIDENTS
from db.register import Section, Values
from db.words import N_
from db.work import unit

NAME = "new_residents"

FIRST = replace(
    RESIDENTS, sections=(Section(N_("Who"), ("name", "id_number", "phone", "relation", "born", "sex")),)
)
LATER = replace(
    RESIDENTS,
    sections=(
        Section(N_("Care"), ("living", "colour", "in_care", "carer", "health", "stay")),
        Section(N_("Basis"), ("basis", "consent_on", "consent_health_on", "guardian_consent_on")),
        next(one for one in RESIDENTS.sections if one.label == "More"),
    ),
)


def draw(viewer: Viewer) -> None:
    """`/residents?new=1`, perhaps with `household_id`."""
    back(RESIDENTS)
    st.title(_("New resident"))
    with unit(viewer, "resident.create", write=False) as work:
        specs = {**RESIDENTS.specs, **custom_specs(work, RESIDENTS.name)}
    if f"{NAME}_name" not in st.session_state:
        form.forget(NAME)  # left over from a form that was walked away from
    problems: dict[str, str] = st.session_state.get(f"{NAME}__problems", {})
    start = {name: spec_default(RESIDENTS, name) for name in specs}
    fill_from_number(NAME)
    first = {name: spec for name, spec in specs.items() if not spec.custom}
    typed = form.draw(viewer, FIRST, first, start, form=NAME, problems=problems)
    _number_is_known(viewer, typed.get("id_number"))
    chosen = choose_home(viewer, f"{NAME}_home", start=_home_asked(viewer), label=_("Home") + " *")
    if problems.get("area_id") and chosen.home is None and not st.session_state.get(f"{NAME}_home_text"):
        st.caption(f":red[{plain(problem('field.required'))}]")
    names = dict(group_choices(viewer))
    codes = st.multiselect(
        _("Groups"), list(names), key=f"{NAME}_groups", format_func=names.__getitem__, placeholder=_("Choose")
    )
    others = duplicates(viewer, NAME, {**known(specs, typed), "household_id": chosen.home.household_id if chosen.home else None})  # fmt: skip
    typed |= _later(viewer, specs, start, problems)
    for code in residents.warnings(known(specs, typed)):
        st.warning(warning(code), icon=":material/warning:")
    with st.container(horizontal=True, key="save_bar_new"):
        saved = st.button(_("Save"), type="primary", key="record_save")
    if saved:
        _save(viewer, typed, chosen, codes, others)
    said = st.session_state.pop(f"{NAME}__refused", "")
    if said:
        st.error(said)


def _later(viewer: Viewer, specs: Mapping[str, FieldSpec], start: Values, problems: dict[str, str]) -> Values:
    """The rest, folded away: most of it is filled in at the first visit."""
    later = {one for section in LATER.sections for one in section.fields}
    rest = {name: spec for name, spec in specs.items() if name in later or spec.custom}
    needed = any(spec.custom and spec.required for spec in rest.values())
    with st.expander(_("Care, consents and more"), expanded=needed or any(name in rest for name in problems)):
        return form.draw(viewer, LATER, rest, start, form=NAME, problems=problems)


def _home_asked(viewer: Viewer) -> str:
    asked = st.query_params.get("household_id", "")
    if not asked.isdecimal():
        return ""
    try:
        return households.home(viewer, household_id=int(asked)).address
    except Refused:
        return ""


def known(specs: Mapping[str, FieldSpec], typed: Values) -> Values:
    """What was typed and can be read, as it would be kept."""
    found = {}
    for name, value in typed.items():
        parsed = specs[name].parse(value)
        if not parsed.problem:
            found[name] = parsed.value
    return found


def fill_from_number(form_name: str) -> None:
    """Birth date and sex follow from the ID number as long as nobody typed them."""
    state = st.session_state
    typed = parsing.id_number(state.get(f"{form_name}_id_number") or "").value
    if not typed:
        return
    filled: dict[str, Any] = state.setdefault(f"{form_name}__filled", {})
    birth = parsing.id_birth(typed)
    for name, value in (("born", birth.isoformat() if birth else ""), ("sex", parsing.id_sex(typed) or "")):
        key = f"{form_name}_{name}"
        if value and (not state.get(key) or state.get(key) == filled.get(name)):
            state[key] = filled[name] = value


def _number_is_known(viewer: Viewer, typed: Any) -> None:
    number = parsing.id_number(typed or "").value
    if not number:
        return
    holder = holder_of_number(viewer, id_number=number)
    if holder is None:
        return
    if holder.id is None:
        st.error(sentence(Refused("resident.number_elsewhere")))
        return
    with st.container(border=True):
        st.write(
            plain(_("{name} at {address} has this ID number.", name=holder.name, address=holder.address))
        )
        page_link(_("Open that record"), "residents", icon=":material/person:", id=holder.id)


def duplicates(viewer: Viewer, key: str, values: Values) -> list[int]:
    """Who it may already be, before anything is made. Returns those who were declared to be somebody else."""
    try:
        found = residents.likely_duplicates(viewer, values=values)
    except Refused as refused:
        say(refused)
        return []
    others: list[int] = []
    if not found:
        return others
    with st.container(border=True, key=f"{key}_alike"):
        st.markdown(
            f":orange[:material/person_search:] **{plain(_('Is this somebody who is already registered?'))}**"
        )
        for one in found:
            because = "、".join(warning(code) for code in one["because"])
            page_link(
                f"**{plain(one['name'])}** · {plain(one['address'])} · {plain(because)}",
                "residents", icon=":material/person:", id=one["id"], help=_("that is the same person"),
            )  # fmt: skip
            if st.checkbox(_("{name} at {address} is somebody else", name=one["name"], address=one["address"]),
                           key=f"{key}_else_{one['id']}"):  # fmt: skip
                others.append(one["id"])
    return others


def _save(viewer: Viewer, typed: Values, chosen: Chosen, codes: list[str], others: list[int]) -> None:
    try:
        if chosen.home is None:
            _check_rest(viewer, typed)
            raise Refused("form.invalid", problems={"area_id": "field.required"})
        resident_id = entering.register_person(
            viewer, home=chosen.home, values=typed, groups=codes, different_from=others
        )
    except Refused as refused:
        st.session_state[f"{NAME}__problems"] = refused.facts.get("problems", {})
        st.session_state[f"{NAME}__refused"] = sentence(refused)
        st.rerun()
    form.forget(NAME)
    st.toast(_("Saved."))
    go("residents", id=resident_id)


def _check_rest(viewer: Viewer, typed: Values) -> None:
    """Everything that is wrong is said at once, not one thing after another."""
    with unit(viewer, "resident.create", write=False) as work:
        try:
            keeping.clean(work, RESIDENTS, typed)
        except Refused as refused:
            raise Refused(
                refused.code, problems={**refused.facts["problems"], "area_id": "field.required"}
            ) from refused
