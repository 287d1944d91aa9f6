"""What `/accounts` adds to the register engine: one-time passwords, areas, open windows, the linked resident."""

from dataclasses import replace

import streamlit as st

import components.office  # noqa: F401
from components import passwords
from components.i18n import _, moment_text, n_
from components.navigation import go, page_link
from components.register import form
from components.register.records import back
from components.register.values import plain
from components.words import say, sentence
from db import listing
from db.access import Viewer
from db.errors import Refused
from db.fields import FieldSpec
from db.listing import Listing, RecordView
from db.people.residents import RESIDENTS
from db.register import Section
from db.system import accounts
from db.system.accounts import ACCOUNTS, AccountFacts
from db.words import N_

_TO_SHOW = "_one_time"
_FORM = "new_account"
_SHORT = replace(
    ACCOUNTS, sections=(Section(N_("Who"), ("name", "username")), Section(N_("Role"), ("role",)))
)


def above(_viewer: Viewer) -> None:
    """Shows a one-time password that was just made, until its reader has noted it."""
    shown = st.session_state.get(_TO_SHOW)
    if shown is not None:
        passwords.show_once(*shown, noted=_noted)


def _noted() -> None:
    st.session_state.pop(_TO_SHOW, None)


def new(viewer: Viewer) -> None:
    """A new account with its areas. It starts with a one-time password."""
    back(ACCOUNTS)
    st.title(_("New: {what}", what=_(ACCOUNTS.one)))
    specs: dict[str, FieldSpec] = {name: ACCOUNTS.specs[name] for name in ("name", "username", "role")}
    if f"{_FORM}_name" not in st.session_state:
        form.forget(_FORM)  # left over from a form that was walked away from
    problems = st.session_state.get(f"{_FORM}__problems", {})
    typed = form.draw(viewer, _SHORT, specs, {"role": "staff"}, form=_FORM, problems=problems)
    st.subheader(_("Areas"))
    areas = _areas(viewer, [], _FORM)
    if st.button(_("Create the account"), type="primary", key="record_save"):
        try:
            account_id, password = accounts.create_account(viewer, values=typed, area_ids=areas)
        except Refused as refused:
            st.session_state[f"{_FORM}__problems"] = refused.facts.get("problems", {})
            st.session_state[f"{_FORM}__refused"] = sentence(refused)
            st.rerun()
        form.forget(_FORM)
        st.session_state[_TO_SHOW] = (typed["name"], str(typed["username"]).lower(), password)
        go("accounts", id=account_id)
    said = st.session_state.pop(f"{_FORM}__refused", "")
    if said:
        st.error(said)


def header(viewer: Viewer, record: RecordView) -> None:
    """Name, and what is special about the account."""
    above(viewer)
    facts = accounts.facts(viewer, account_id=record.id)
    st.title(plain(record.label))
    with st.container(horizontal=True):
        if facts.demo:
            st.badge(_("Sample account: signs in only in a demonstration"), color="violet")
        if not facts.active:
            st.badge(_("May not sign in"), color="red")
        elif facts.one_time_until:
            st.badge(
                _("One-time password until {day}", day=moment_text(facts.one_time_until)), color="orange"
            )
        elif not facts.has_password:
            st.badge(_("No password yet: make a one-time one"), color="orange")
        if facts.open:
            st.badge(n_("signed in on one device", "signed in on {count} devices", facts.open), color="green")


def actions(viewer: Viewer, record: RecordView) -> None:
    """One-time password, and signing out of every window."""
    if not viewer.can("account.edit"):
        return
    if st.button(_("One-time password"), icon=":material/key:", key="account_reset"):
        _ask_reset(viewer, record)
    if st.button(_("Sign out everywhere"), icon=":material/logout:", key="account_end"):
        try:
            accounts.end_sign_ins(viewer, account_id=record.id)
        except Refused as refused:
            say(refused)
        else:
            st.toast(_("Signed out everywhere."))
            st.rerun()


def _ask_reset(viewer: Viewer, record: RecordView) -> None:
    @st.dialog(_("One-time password"), width="small")
    def dialog() -> None:
        st.write(
            _("The present password of {name} stops working and all their windows are signed out.",
              name=plain(record.label))
        )  # fmt: skip
        if st.button(_("Make a one-time password"), type="primary", width="stretch", key="account_reset_now"):
            try:
                password = accounts.reset_password(viewer, account_id=record.id)
            except Refused as refused:
                say(refused)
            else:
                st.session_state[_TO_SHOW] = (record.label, record.values["username"], password)
                st.rerun()

    dialog()


def reach(viewer: Viewer, record: RecordView) -> None:
    """The areas of an account, and the resident it belongs to."""
    facts = accounts.facts(viewer, account_id=record.id)
    st.caption(_("What somebody may see and do counts in these areas and everything that lies in them."))
    chosen = _areas(viewer, list(facts.areas), f"areas_{record.id}")
    if viewer.can("account.edit") and st.button(
        _("Save the areas"), type="primary", key="account_areas_save"
    ):
        try:
            accounts.set_areas(viewer, account_id=record.id, area_ids=chosen)
        except Refused as refused:
            say(refused)
        else:
            st.toast(_("Saved. It counts from their next click on."))
    st.subheader(_("Resident"))
    _resident(viewer, facts)


def _areas(viewer: Viewer, now: list[int], key: str) -> list[int]:
    """Choose areas of the tree."""
    names = accounts.area_choices(viewer)
    if not names:
        st.info(_("There are no areas yet. Build them under “Areas” first."))
        return []
    return st.multiselect(
        _("Areas"), list(names), default=[one for one in now if one in names], format_func=names.__getitem__,
        key=f"{key}_areas", placeholder=_("None: sees nobody, unless the role reaches everywhere"),
        label_visibility="collapsed",
    )  # fmt: skip


def _resident(viewer: Viewer, facts: AccountFacts) -> None:
    if facts.resident_id is not None:
        page_link(
            _("The resident this account belongs to"),
            "residents",
            icon=":material/person:",
            id=facts.resident_id,
        )
        if viewer.can("account.edit") and st.button(_("Take the link away"), key="account_unlink"):
            _link(viewer, facts.id, None)
        return
    if not viewer.can("account.edit"):
        return
    text = st.text_input(
        _("Find the resident this account belongs to"), key=f"account_{facts.id}_find",
        placeholder=_(RESIDENTS.search_help),
    )  # fmt: skip
    if not text.strip():
        return
    found = listing.page(viewer, RESIDENTS, Listing(search=text, size=8)).rows
    if not found:
        st.caption(_("Nobody found."))
    for row in found:
        said = " · ".join(str(row[name]) for name in ("name", "address") if row.get(name))
        if st.button(said, key=f"account_link_{row['id']}", icon=":material/link:", type="tertiary"):
            _link(viewer, facts.id, row["id"])


def _link(viewer: Viewer, account_id: int, resident_id: int | None) -> None:
    try:
        accounts.link_resident(viewer, account_id=account_id, resident_id=resident_id)
    except Refused as refused:
        say(refused)
    else:
        st.rerun()
