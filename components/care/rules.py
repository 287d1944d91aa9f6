"""Visit rules: the list in words, and the form that says what a rule would mean before it is saved."""

import streamlit as st

from components.care import pickers, ticks, words
from components.care.whatif import draw as what_if
from components.i18n import _, day_text, listed, own
from components.navigation import page_link
from components.register import form
from components.register.records import spec_default
from components.register.values import plain
from components.words import say, sentence
from db import clock, keeping, listing
from db.access import Viewer
from db.care.rules import RULES
from db.errors import Refused
from db.listing import Listing, RecordView
from db.people.glance import group_choices
from db.register import Values

MOST = 100


def draw(viewer: Viewer) -> None:
    """All rules, the strictest first; `?id=` one of them, `?new=1` another one, `?ticks=1` what visits tick."""
    asked = st.query_params.get("id", "")
    if asked.isdecimal() and len(asked) < 18:
        _one(viewer, int(asked))
    elif st.query_params.get("new") and viewer.can("rule.create"):
        _form(viewer, None)
    elif st.query_params.get("ticks") and viewer.can("rule.edit"):
        _to_list()
        st.subheader(_("Tick list of visits"))
        ticks.draw(viewer)
    else:
        _list(viewer)


def _list(viewer: Viewer) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_("The strictest rule that fits a person decides."))
        if viewer.can("rule.create"):
            st.button(
                _("New rule"),
                icon=":material/add:",
                type="primary",
                key="rule_new",
                on_click=_open,
                args=("new", "1"),
            )
        if viewer.can("rule.edit"):
            st.button(
                _("Tick list of visits"), icon=":material/checklist:", key="rule_ticks", on_click=_open, args=("ticks", "1")
            )  # fmt: skip
    rows = listing.page(viewer, RULES, Listing(sort="strict", size=MOST)).rows
    groups = dict(group_choices(viewer))
    areas = pickers.areas(viewer, "area.view")
    for row in rows:
        _line(viewer, listing.get(viewer, RULES, row["id"]), groups, areas)
    if not rows:
        st.write(_("There are no rules yet: nobody is due. Add the first one."))


def _line(viewer: Viewer, rule: RecordView, groups: dict[str, str], areas: dict[int, str]) -> None:
    values = rule.values
    over = values["until"] is not None and values["until"] < clock.today()
    with st.container(border=True, key=f"rule_{rule.id}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{plain(own(values['name']))}**", width="content")
            st.badge(plain(words.days_words(int(values["every_days"]))), color="gray" if over else "blue")
            if values["since"] is not None and values["since"] > clock.today():
                st.badge(plain(_("from {day}", day=day_text(values["since"]))), color="orange")
            if values["until"] is not None:
                st.badge(
                    plain(_("until {day}", day=day_text(values["until"]))), color="gray" if over else "orange"
                )
        where = areas.get(values["area_id"], "") if values["area_id"] else ""
        lines = [
            words.fact(_("For whom"), words.whom_words(values, groups, where)),
            words.fact(_("Source"), own(values["source"])),
        ]
        if values["kinds"]:
            counted = listed(words.word("kind", code) for code in values["kinds"])
            lines.append(words.fact(_("What counts as contact"), counted))
        st.markdown("  \n".join(lines))
        with st.container(horizontal=True):
            if viewer.can("visit.view"):
                page_link(
                    _("Whom it decides for"), "visits", icon=":material/group:", tab="due", rule=rule.id
                )
            if viewer.can("rule.edit"):
                page_link(_("Change"), "visits", icon=":material/edit:", tab="rules", id=rule.id)


def _open(name: str, value: str) -> None:
    st.query_params.from_dict({"tab": "rules", name: value})


def _back() -> None:
    st.query_params.from_dict({"tab": "rules"})


def _to_list() -> None:
    st.button(
        _("Back to the list"), icon=":material/arrow_back:", type="tertiary", key="rule_back", on_click=_back
    )


def _one(viewer: Viewer, rule_id: int) -> None:
    try:
        rule = listing.get(viewer, RULES, rule_id)
    except Refused as refused:
        say(refused)
        _to_list()
        return
    if viewer.can("rule.edit"):
        _form(viewer, rule)
    else:
        _list(viewer)


def _form(viewer: Viewer, rule: RecordView | None) -> None:
    """The fields, then what it would mean, then saving."""
    name = f"edit_rules_{rule.id}" if rule is not None else "new_rules"
    st.button(
        _("Back to the list"), icon=":material/arrow_back:", type="tertiary", key="rule_back", on_click=_leave, args=(name,)
    )  # fmt: skip
    now = (
        dict(rule.values)
        if rule is not None
        else {field: spec_default(RULES, field) for field in RULES.specs}
    )
    if rule is None:
        now.update(since=clock.today(), match="all")
    st.subheader(plain(own(rule.values["name"])) if rule is not None else _("New rule"))
    typed = form.draw(
        viewer, RULES, RULES.specs, now, form=name, problems=st.session_state.get(f"{name}__problems"),
        pickers={"area_id": pickers.area(RULES, "area.view"), "groups": pickers.groups(RULES)},
    )  # fmt: skip
    values = {**now, **_parsed(typed)}
    st.subheader(_("What it would mean"))
    what_if(viewer, values, rule.id if rule is not None else None)
    with st.container(key="save_bar_rules"):
        if st.button(_("Save and work out anew who is due"), type="primary", key="rule_save"):
            _save(viewer, rule, name, typed)
    said = st.session_state.pop(f"{name}__refused", "")
    if said:
        st.error(said)


def _leave(name: str) -> None:
    form.forget(name)
    _back()


def _parsed(typed: Values) -> Values:
    """What was typed as it would be kept; what cannot be kept is left out."""
    found: Values = {}
    for field, value in typed.items():
        parsed = RULES.specs[field].parse(value)
        if not parsed.problem:
            found[field] = parsed.value
    return found


def _save(viewer: Viewer, rule: RecordView | None, name: str, typed: Values) -> None:
    """Save, and say what is going on: nobody sees a half of it, all due dates change in one step."""
    with st.status(_("Working out anew who is due, for everybody in care …"), expanded=True) as status:
        try:
            if rule is None:
                keeping.create(viewer, RULES, typed)
            else:
                keeping.edit(viewer, RULES, rule.id, rule.version, typed)
        except Refused as refused:
            status.update(label=_("Nothing was saved."), state="error", expanded=False)
            st.session_state[f"{name}__problems"] = refused.facts.get("problems", {})
            st.session_state[f"{name}__refused"] = sentence(refused)
            st.rerun()
        status.update(label=_("Saved."), state="complete", expanded=False)
    form.forget(name)
    st.toast(_("Saved. Everybody's due dates follow the new rules."))
    _back()
    st.rerun()
