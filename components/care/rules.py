"""Visit rules: the list in words, and the form that says what a rule would mean before it is saved."""

import streamlit as st

from components import background, live
from components.care import pickers, ticks, words
from components.care.whatif import draw as what_if
from components.i18n import _, day_text, listed, own
from components.navigation import page_link
from components.register import form, records
from components.register.values import plain
from components.words import say
from db import clock, listing
from db.access import Viewer
from db.care import rules
from db.care.rules import RULES
from db.errors import Refused
from db.listing import Listing, RecordView
from db.people.glance import group_choices
from db.register import Values
from db.system import jobs
from db.system.jobs import State

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
    live.follow("rules", jobs.TOPIC)
    failed = background.draw(
        viewer, rules.APPLY, going=_("Working out anew who is due …"),
        done=_("Saved. Everybody's due dates follow the new rules."),
    )  # fmt: skip
    if failed is not None:
        _failed(viewer, failed)
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
    now = dict(rule.values) if rule is not None else _blank()
    if not any(f"{name}_{field}" in st.session_state for field in RULES.specs):
        form.forget(name)  # left over from a form that was walked away from
    version = st.session_state.setdefault(f"{name}__version", rule.version if rule is not None else 0)
    opened: Values = st.session_state.setdefault(f"{name}__opened", now)
    st.subheader(plain(own(rule.values["name"])) if rule is not None else _("New rule"))
    fields, preview = st.columns([3, 2], gap="large")  # on a telephone the one below the other
    with fields:
        typed = form.draw(
            viewer, RULES, RULES.specs, now, form=name, problems=st.session_state.get(f"{name}__problems"),
            pickers={"area_id": pickers.area(RULES, "area.view"), "groups": pickers.groups(RULES)},
        )  # fmt: skip
        wanted = records.changed_since(rule, opened, typed) if rule is not None else typed
        conflict = st.session_state.get(f"{name}__conflict")
        if rule is not None and conflict is not None:
            wanted = records.both_versions(rule, opened, wanted, conflict, name)
            version = conflict["version"]
    with preview:
        st.subheader(_("What it would mean"))
        what_if(viewer, {**now, **_parsed(wanted)}, rule.id if rule is not None else None)
    with st.container(key="save_bar_rules"):
        records.complain(name)
        if st.button(_("Save and work out anew who is due"), type="primary", key="rule_save"):
            _save(viewer, rule, name, version, wanted)


def _blank() -> Values:
    """A rule that nobody has filled in."""
    start = {field: records.spec_default(RULES, field) for field in RULES.specs}
    return {**start, "since": clock.today(), "match": "all"}


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


def _save(viewer: Viewer, rule: RecordView | None, name: str, version: int, wanted: Values) -> None:
    """Have it saved in the background, and go back to the list, which says how far that is."""
    try:
        job_id = rules.save(
            viewer, rule_id=rule.id if rule is not None else None, version=version, values=wanted
        )
    except Refused as refused:
        records.keep_refusal(name, refused)
        st.rerun()  # the fields stand above and are marked in the next run
    form.forget(name)
    if job_id is not None:
        background.watch(job_id)
    st.toast(_("It is being saved; the list says when it holds."), icon=":material/check:")
    _back()
    st.rerun()


def _failed(viewer: Viewer, job: State) -> None:
    """Why a rule could not be saved after all, and the way back to what was typed."""
    with st.container(border=True, key="rule_failed"):
        st.markdown(f"**{_('The rule was not saved; all due dates are as they were.')}**")
        say(Refused(job.problem, **job.facts))
        with st.container(horizontal=True):
            st.button(
                _("Back to what I typed"), icon=":material/edit:", key="rule_again", type="primary",
                on_click=_again, args=(viewer, job),
            )  # fmt: skip
            st.button(
                _("Give it up"), icon=":material/close:", key="rule_aside", type="tertiary",
                on_click=_put_aside, args=(viewer, job.id),
            )  # fmt: skip


def _again(viewer: Viewer, job: State) -> None:
    """The form as it was when it was saved."""
    try:
        wish = jobs.asked(viewer, job_id=job.id)
    except Refused:  # put aside in another window
        return
    rule_id, values = wish["rule_id"], wish["values"]
    name = f"edit_rules_{rule_id}" if rule_id is not None else "new_rules"
    form.forget(name)
    st.session_state.update({f"{name}_{field}": value for field, value in values.items()})
    st.session_state[f"{name}__version"] = wish["version"]
    st.session_state[f"{name}__problems"] = job.facts.get("problems", {})
    _open(*("id", str(rule_id)) if rule_id is not None else ("new", "1"))


def _put_aside(viewer: Viewer, job_id: int) -> None:
    jobs.put_aside(viewer, job_id=job_id)
