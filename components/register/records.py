"""One record: facts at a glance, its tabs, the form, the history, and what happens when two people save at once."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from components.i18n import _, moment_text
from components.navigation import go
from components.page import stand_at
from components.register import form
from components.register.values import label, plain, shown, told
from components.words import say, sentence
from db import keeping, listing
from db.access import ACTIONS, Viewer
from db.custom import custom_specs
from db.errors import Refused
from db.fields import FieldSpec
from db.listing import RecordView
from db.register import Register, Values
from db.words import N_
from db.work import unit

if TYPE_CHECKING:
    from components.register.screen import Extras

REASONS = (
    N_("To call or visit the person"),
    N_("To check identity at the counter"),
    N_("To fill in a form for the person"),
    N_("To correct the record"),
)
TRAIL_WORDS = {
    "record.look": N_("looked at the record"),
    "resident.reveal": N_("revealed"),
}
TRAIL_FIELDS: dict[str, str] = {}  # what the trail names that is no field of the register


def draw(viewer: Viewer, register: Register, record_id: int, extras: "Extras") -> None:
    """The record `record_id`, or the sentence that says why not."""
    try:
        record = listing.get(viewer, register, record_id)
        if _first_look(register, record_id):
            keeping.look(viewer, register, record_id)
    except Refused as refused:
        st.title(_(register.title))
        say(refused)
        back(register)
        return
    back(register)
    if extras.header is not None:
        extras.header(viewer, record)
    else:
        st.title(plain(record.label) or "–")
    if st.query_params.get("tab") == "edit" and viewer.can(register.may("edit")):
        _edit(viewer, register, record, extras)
        return
    with st.container(horizontal=True):
        if viewer.can(register.may("edit")):
            st.button(
                _("Change"),
                icon=":material/edit:",
                type="primary",
                key="record_edit",
                on_click=_tab,
                args=("edit",),
            )
        if extras.actions is not None:
            extras.actions(viewer, record)
    tabs = {"": _("Facts"), **{name: _(name) for name in extras.tabs}, "history": _("History")}
    chosen = _tabs(tabs)
    if chosen == "history":
        _history(viewer, register, record)
    elif chosen in extras.tabs:
        extras.tabs[chosen](viewer, record)
    else:
        _facts(viewer, register, record)


def _first_look(register: Register, record_id: int) -> bool:
    """Whether this window opens the record just now: looking is noted once, not on each interaction."""
    last = st.session_state.get("_looked_at")
    st.session_state["_looked_at"] = (register.name, record_id)
    return bool(last != (register.name, record_id))


def back(register: Register) -> None:
    """The way back to the list as it was."""
    if st.button(_("Back to the list"), icon=":material/arrow_back:", type="tertiary", key="record_back"):
        st.session_state.pop("_looked_at", None)
        st.session_state.pop("_revealed", None)
        st.query_params.from_dict(st.session_state.get(f"_list_{register.name}", {}))
        st.rerun()


def _tab(name: str) -> None:
    if name:
        st.query_params["tab"] = name
    else:
        st.query_params.pop("tab", None)


def _tabs(tabs: dict[str, str]) -> str:
    current = st.query_params.get("tab", "")
    current = current if current in tabs else ""
    key = "record_tab"
    stand_at(key, current)
    st.segmented_control(
        _("Part of the record"), list(tabs), key=key, default=current, format_func=tabs.__getitem__, label_visibility="collapsed",
        on_change=lambda: _tab(st.session_state[key] or ""), required=True,
    )  # fmt: skip
    return current


def _facts(viewer: Viewer, register: Register, record: RecordView) -> None:
    sections = [(_(one.label), one.fields) for one in register.sections]
    custom = tuple(name for name, spec in record.specs.items() if spec.custom)
    if custom:
        sections.append((_("Further fields"), custom))
    columns = st.columns(2)
    place = 0
    for title, names in sections:
        filled = [
            name
            for name in names
            if name in record.specs
            and record.specs[name].kind != "ref"
            and record.values.get(name) not in (None, "", [], False)
        ]
        if not filled:
            continue
        with columns[place % 2], st.container(border=True):
            place += 1
            st.subheader(title)
            for name in filled:
                _fact(viewer, register, record, name)


def _fact(viewer: Viewer, register: Register, record: RecordView, name: str) -> None:
    spec = record.specs[name]
    revealed = st.session_state.get("_revealed", {}).get((register.name, record.id, name))
    text = revealed if revealed is not None else shown(spec, record.values[name])
    if name not in record.masked or revealed is not None or not viewer.can("resident.reveal"):
        st.markdown(f":gray[{plain(label(spec))}]  \n{plain(text)}")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":gray[{plain(label(spec))}]  \n{plain(text)}", width="content")
        popover = st.popover(
            _("Show"), icon=":material/visibility:", type="tertiary", key=f"reveal_{name}", on_change="rerun",
            help=_("Show {field}: needs a reason and is recorded", field=label(spec)),
        )  # fmt: skip
        if popover.open:
            with popover:
                _reveal(viewer, register, record, name)


def _reveal(viewer: Viewer, register: Register, record: RecordView, name: str) -> None:
    with st.form(f"reveal_form_{name}", border=False):
        chosen = st.radio(_("Why do you need it?"), REASONS, index=None, format_func=_)
        words = st.text_input(_("or in words"), max_chars=120)
        if st.form_submit_button(_("Show"), type="primary"):
            try:
                value = keeping.reveal(viewer, register, record.id, name, words or _(chosen or ""))
            except Refused as refused:
                say(refused)
            else:
                st.session_state.setdefault("_revealed", {})[(register.name, record.id, name)] = value
                st.rerun()


def _history(viewer: Viewer, register: Register, record: RecordView) -> None:
    entries = listing.history(viewer, register, record.id)
    if not entries:
        st.write(_("Nothing has happened to this record yet."))
    specs = {**register.specs, **record.specs}  # that a field changed is told by its name to everybody
    for entry in entries:
        st.markdown(
            f"**{plain(entry.actor)}** {words_of(entry.action, entry.changes, specs)}"
            + (f" · {plain(entry.reason)}" if entry.reason else "")
            + f"  \n:gray[{plain(moment_text(entry.at))}]"
        )


def words_of(action: str, changes: dict[str, Any], specs: dict[str, FieldSpec]) -> str:
    """What was done, in words: "changed Telephone; Note: … → …"."""
    said = TRAIL_WORDS.get(action)
    verb = _(said) if said else _(ACTIONS[action].label) if action in ACTIONS else action
    if action.endswith(".create"):
        verb = _("made the record")
    elif action.endswith(".edit"):
        verb = _("changed")
    if action.endswith(".create"):
        return verb
    fields = {name: pair for name, pair in changes.items() if name not in specs or specs[name].kind != "ref"}
    return verb + " " + _("; ").join(_change(name, pair, specs.get(name)) for name, pair in fields.items())


def _change(name: str, pair: Any, spec: FieldSpec | None) -> str:
    title = label(spec) if spec is not None else _(TRAIL_FIELDS.get(name, name))
    old, new = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
    if new == "•":
        return plain(title)
    return told(plain(title), plain(shown(spec, old)), plain(shown(spec, new)))


def draw_new(viewer: Viewer, register: Register, extras: "Extras") -> None:
    """The form for a new record. What the address names is filled in."""
    back(register)
    st.title(_("New: {what}", what=_(register.one)))
    with unit(viewer, register.may("create"), write=False) as work:
        specs = {**register.specs, **custom_specs(work, register.name)}
    start = {name: st.query_params[name] for name in specs if name in st.query_params}
    start = {**{name: spec_default(register, name) for name in specs}, **start}
    name = f"new_{register.name}"
    typed = form.draw(
        viewer, register, specs, start, form=name, pickers=extras.pickers, check=extras.check,
        problems=st.session_state.get(f"{name}__problems"),
    )  # fmt: skip
    if st.button(_("Save"), type="primary", key="record_save"):
        try:
            record_id = keeping.create(viewer, register, typed)
        except Refused as refused:
            keep_refusal(name, refused)
            st.rerun()  # the fields stand above and are marked in the next run
        else:
            form.forget(name)
            st.toast(_("Saved."))
            go(register.name, id=record_id)
    complain(name)


def spec_default(register: Register, name: str) -> Any:
    """What a field holds in a record that nobody has filled in."""
    info = register.table.model_fields.get(name)
    return info.default if info is not None and info.default_factory is None else None


def _edit(viewer: Viewer, register: Register, record: RecordView, extras: "Extras") -> None:
    name = f"edit_{register.name}_{record.id}"
    if not any(f"{name}_{field}" in st.session_state for field in record.specs):
        form.forget(name)  # left over from a form that was walked away from
    version = st.session_state.setdefault(f"{name}__version", record.version)
    opened: Values = st.session_state.setdefault(f"{name}__opened", dict(record.values))
    typed = form.draw(
        viewer, register, record.specs, record.values, form=name, masked=record.masked, pickers=extras.pickers,
        check=extras.check, problems=st.session_state.get(f"{name}__problems"),
    )  # fmt: skip
    typed = changed_since(record, opened, typed)
    conflict = st.session_state.get(f"{name}__conflict")
    if conflict is not None:
        typed = both_versions(record, opened, typed, conflict, name)
        version = conflict["version"]
    with st.container(horizontal=True, key=f"save_bar_{register.name}"):
        saved = st.button(_("Save"), type="primary", key="record_save")
        if st.button(_("Do not change anything"), key="record_cancel"):
            form.forget(name)
            _tab("")
            st.rerun()
    if saved:
        try:
            keeping.edit(viewer, register, record.id, version, typed)
        except Refused as refused:
            keep_refusal(name, refused)
            st.rerun()
        else:
            form.forget(name)
            _tab("")
            st.toast(_("Saved."))
            st.rerun()
    complain(name)


def changed_since(record: RecordView, opened: Values, typed: Values) -> Values:
    """What the reader changed since the form was opened: nothing else is written, so nobody's work is undone."""
    found = {}
    for name, value in typed.items():
        parsed, before = record.specs[name].parse(value), opened.get(name)
        if (
            name in record.masked
            or parsed.problem
            or not (
                keeping.same(value, before)
                or keeping.same(parsed.value, before)  # a full-width sign was kept as it is
            )
        ):
            found[name] = value
    return found


def keep_refusal(name: str, refused: Refused) -> None:
    """Keep what was refused for the next drawing of the form; what was typed stays in its widgets."""
    st.session_state[f"{name}__refused"] = sentence(refused)
    st.session_state[f"{name}__problems"] = refused.facts.get("problems", {})
    if refused.code == "record.changed":
        st.session_state[f"{name}__conflict"] = refused.facts


def complain(name: str) -> None:
    said = st.session_state.pop(f"{name}__refused", "")
    if said:
        st.error(said)


def both_versions(
    record: RecordView, opened: Values, typed: Values, conflict: dict[str, Any], name: str
) -> Values:  # fmt: skip
    """Both versions field by field; for each the reader says which one stays."""
    kept = dict(typed)
    theirs = {field: value for field, value in conflict["theirs"].items() if field in typed}
    with st.container(border=True):
        st.subheader(_("Somebody saved this record while you were typing"))
        for field, value in theirs.items():
            spec = record.specs[field]
            mine = shown(spec, spec.parse(typed[field]).value)
            choices = {
                "mine": plain(_("Mine: {value}", value=mine or "–")),
                "theirs": plain(_("Theirs: {value}", value=shown(spec, value) or "–")),
            }
            stays = st.radio(
                label(spec),
                list(choices),
                format_func=choices.__getitem__,
                key=f"{name}_conflict_{field}",
                horizontal=True,
            )
            if stays == "theirs":
                del kept[field]
        for field, spec in record.specs.items():
            before, now = opened.get(field), record.values.get(field)
            if before != now and field not in theirs and spec.kind != "ref":
                st.markdown(_change(field, [before, now], spec))
        st.caption(_("What you typed is still here. Save again when it is right."))
    return kept
