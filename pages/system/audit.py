"""The audit trail: `/audit`. Who did what to which record, when, and what changed."""

from datetime import date

import streamlit as st

from components import office
from components.i18n import _, day_text
from components.navigation import BY_ADDRESS, link
from components.page import begin, put_in_address
from components.register.values import plain
from components.words import say
from db import clock
from db.errors import Refused
from db.register import REGISTERS
from db.system import accounts, trail
from db.system.trail import Asked, Entry

viewer = begin("audit.view")

NAMES = ("who", "action", "kind", "id", "label", "from", "to")


def day(name: str) -> date | None:
    """A day of the address, None when there is none or it is damaged."""
    try:
        return date.fromisoformat(st.query_params.get(name, ""))
    except ValueError:
        return None


def number(name: str) -> int | None:
    text = st.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 12 else None


def keep() -> None:
    """What was chosen goes into the address, so that it can be sent."""
    chosen = {name: st.session_state.get(f"audit_{name}") for name in NAMES}
    put_in_address(
        {"before": None}
        | {
            name: value.isoformat() if isinstance(value, date) else str(value or "")
            for name, value in chosen.items()
        }
    )


def start(name: str, value: object) -> str:
    """The key of a filter's widget, holding what the address says."""
    key = f"audit_{name}"
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    return key


def filters() -> None:
    """Person, action, record, time."""
    people = {str(one): f"{name} ({username})" for one, name, username in accounts.people(viewer)}
    people["0"] = _("the application itself")
    actions = sorted(trail.actions(viewer), key=office.action_words)
    kinds = sorted(trail.kinds(viewer), key=office.kind_words)
    params = st.query_params
    one, two = st.columns(2)
    one.selectbox(
        _("By whom"), [*people], index=None, format_func=people.__getitem__, on_change=keep, placeholder=_("Everybody"),
        key=start("who", params.get("who") if params.get("who") in people else None),
    )  # fmt: skip
    two.selectbox(
        _("What was done"), actions, index=None, format_func=office.action_words, on_change=keep,
        placeholder=_("Everything"), key=start("action", params.get("action") if params.get("action") in actions else None),
    )  # fmt: skip
    one, two = st.columns(2)
    one.selectbox(
        _("Kind of record"), kinds, index=None, format_func=office.kind_words, on_change=keep,
        placeholder=_("All kinds"), key=start("kind", params.get("kind") if params.get("kind") in kinds else None),
    )  # fmt: skip
    two.text_input(
        _("Name of the record begins with"),
        on_change=keep,
        max_chars=40,
        key=start("label", params.get("label", "")),
    )
    one, two = st.columns(2)
    one.date_input(_("From"), value=None, on_change=keep, format="YYYY-MM-DD", key=start("from", day("from")))
    two.date_input(_("Until"), value=None, on_change=keep, format="YYYY-MM-DD", key=start("to", day("to")))


def record(entry: Entry) -> str:
    """The record's name, as a link where it has a page."""
    name = plain(
        office.label_words(entry.kind, entry.label) or (f"{entry.record_id}" if entry.record_id else "")
    )
    said = plain(office.kind_words(entry.kind))
    page = next((one.name for one in REGISTERS.values() if one.action == entry.kind), "")
    if entry.record_id and page in BY_ADDRESS:
        return f"{said} [{name}]({link(page, id=entry.record_id)})"
    return f"{said} {name}"


def draw(entry: Entry) -> None:
    """One entry: when and who; what; what changed."""
    with st.container(border=True):
        st.markdown(
            f":gray[{entry.at.astimezone(clock.PLACE):%H\\:%M}] · **{plain(entry.actor)}** · "
            f"{plain(office.action_words(entry.action))} · {record(entry)}"
        )
        lines = office.change_words(entry.action, entry.kind, entry.changes)
        if entry.reason:
            lines.append(_("Reason: {reason}", reason=plain(office.reason_words(entry.kind, entry.reason))))
        for line in lines[:12]:
            st.markdown(f":small[{line}]")
        if len(lines) > 12:
            st.caption(_("and {count} more", count=len(lines) - 12))


st.title(_("Audit trail"))
st.caption(_("Entries are only ever added; nobody can change or remove one."))
with st.expander(
    _("Filters"), icon=":material/filter_alt:", expanded=any(st.query_params.get(name) for name in NAMES)
):
    filters()
chosen = number("who")
asked = Asked(
    account_id=chosen, action=st.query_params.get("action", ""), kind=st.query_params.get("kind", ""),
    record_id=number("id"), label=st.query_params.get("label", ""), since=day("from"), until=day("to"),
)  # fmt: skip
try:
    found = trail.search(viewer, asked=asked, before=number("before"))
except Refused as refused:
    say(refused)
    st.stop()
if asked.record_id is not None and st.button(
    _("Only record {number}", number=asked.record_id), icon=":material/close:", key="audit_all_records"
):
    st.query_params.pop("id")
    st.rerun()
if not found.entries:
    st.info(_("Nothing was recorded that fits. Take a filter away, or choose other days."))
last = None
for one in found.entries:
    today = one.at.astimezone(clock.PLACE).date()
    if today != last:
        st.subheader(day_text(today))
        last = today
    draw(one)
with st.container(horizontal=True):
    if number("before") is not None and st.button(_("Newest"), key="audit_newest"):
        st.query_params.pop("before")
        st.rerun()
    if found.older is not None and st.button(_("Older"), key="audit_older"):
        st.query_params["before"] = str(found.older)
        st.rerun()
