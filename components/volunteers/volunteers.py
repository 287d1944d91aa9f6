"""The register of volunteers on the screen: who applied, what somebody can do, with whom it goes well, blocks."""

from datetime import date, timedelta

import streamlit as st

from components.care import pickers
from components.i18n import _, day_text, n_
from components.navigation import page_link
from components.register.screen import Extras, show
from components.register.values import plain
from components.territory.dialogs import dialog
from components.volunteers import choosing
from components.words import say
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.listing import RecordView
from db.volunteers import abilities, absence, joining
from db.volunteers.absence import Blocked
from db.volunteers.tables import STATUS_OPTIONS
from db.volunteers.volunteers import VOLUNTEERS
from db.words import N_

STATUS = {one.code: one.label for one in STATUS_OPTIONS}
COLOURS = {
    "active": "green",
    "applied": "orange",
    "paused": "blue",
    "blocked": "red",
    "refused": "gray",
    "left": "gray",
}


def draw(viewer: Viewer) -> None:
    """The list, or one volunteer."""
    show(viewer, VOLUNTEERS, EXTRAS)


def _above(viewer: Viewer) -> None:
    """Who waits to be accepted."""
    waiting = joining.applicants(viewer)
    if waiting and viewer.can("volunteer.edit"):
        page_link(
            n_("{count} person wants to become a volunteer", "{count} people want to become volunteers", waiting),
            "volunteers", icon=":material/person_add:", status="applied",
        )  # fmt: skip
    with st.container(horizontal=True):
        if viewer.can("work.edit"):
            page_link(_("Kinds of work and skills"), "work", icon=":material/construction:")
        page_link(_("Roster"), "roster", icon=":material/calendar_view_week:") if viewer.can(
            "shift.edit"
        ) else None


def _header(viewer: Viewer, record: RecordView) -> None:
    values = record.values
    st.title(plain(record.label))
    with st.container(horizontal=True, vertical_alignment="center"):
        code = str(joining.status(viewer, volunteer_id=record.id))
        st.badge(_(STATUS[code]), color=COLOURS[code])  # type: ignore[arg-type]
        st.caption(plain(str(values["number"])))


def _actions(viewer: Viewer, record: RecordView) -> None:
    if not viewer.can("volunteer.edit"):
        return
    code = joining.status(viewer, volunteer_id=record.id)
    if code in ("applied", "refused") and st.button(
        _("Accept"), icon=":material/check:", type="primary", key="volunteer_accept"
    ):
        _do(lambda: joining.decide(viewer, volunteer_id=record.id, yes=True))
    if code == "applied" and st.button(_("Do not accept"), icon=":material/close:", key="volunteer_refuse"):
        _refuse(viewer, record)
    if code in ("active", "paused", "blocked"):
        if st.button(_("Pause"), icon=":material/pause_circle:", key="volunteer_pause"):
            _pause(viewer, record)
        if st.button(_("Suspend"), icon=":material/block:", key="volunteer_block"):
            _block(viewer, record)
        if st.button(_("Leaves for good"), icon=":material/logout:", key="volunteer_leave"):
            _leave(viewer, record)


def _do(act: object) -> None:
    try:
        act()  # type: ignore[operator]
    except Refused as refused:
        say(refused)
    else:
        st.toast(_("Saved."))
        st.rerun()


@dialog(N_("Do not accept"))
def _refuse(viewer: Viewer, record: RecordView) -> None:
    with st.form("volunteer_refuse_form", border=False):
        why = st.text_input(_("Why"), max_chars=200)
        if st.form_submit_button(_("Do not accept"), type="primary"):
            _do(lambda: joining.decide(viewer, volunteer_id=record.id, yes=False, why=why))


@dialog(N_("Pause"))
def _pause(viewer: Viewer, record: RecordView) -> None:
    with st.form("volunteer_pause_form", border=False):
        until = _until(30)
        keep = st.checkbox(_("Keep the places of this time"))
        st.caption(_("Otherwise they are given back and offered to others."))
        if st.form_submit_button(_("Pause"), type="primary"):
            _do(lambda: absence.pause_for(viewer, volunteer_id=record.id, until=until, keep_places=keep))


def _until(days: int) -> date:
    chosen: date = st.date_input(
        _("Until"), value=clock.today() + timedelta(days=days), min_value=clock.today(), format="YYYY-MM-DD"
    )
    return chosen


@dialog(N_("Suspend"))
def _block(viewer: Viewer, record: RecordView) -> None:
    st.write(_("No shifts until that day. {name} sees the reason and can object.", name=plain(record.label)))
    with st.form("volunteer_block_form", border=False):
        reason = st.text_input(_("Why"), max_chars=200)
        until = _until(30)
        if st.form_submit_button(_("Suspend"), type="primary"):
            _do(lambda: absence.block(viewer, volunteer_id=record.id, reason=reason, until=until))


@dialog(N_("Leaves for good"))
def _leave(viewer: Viewer, record: RecordView) -> None:
    st.warning(
        _("Name, telephone and everything personal of {name} is removed. The number and the hours stay. This cannot be undone.",
          name=plain(record.label))
    )  # fmt: skip
    if st.button(_("Remove what is personal"), type="primary", key="volunteer_leave_now", width="stretch"):
        _do(lambda: joining.leave_for(viewer, volunteer_id=record.id))


def _abilities(viewer: Viewer, record: RecordView) -> None:
    """Skills with their papers."""
    found = abilities.abilities(viewer, volunteer_id=record.id)
    if not found:
        st.caption(_("No skills noted yet."))
    for one in found:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            said = [f"**{plain(one.name)}**"]
            if one.certificate:
                said.append(plain(_("certificate {number}", number=one.certificate)))
            if one.expires_on is not None:
                said.append(plain(_("holds until {day}", day=day_text(one.expires_on))))
            st.markdown(" · ".join(said), width="stretch")
            if not one.holds:
                st.badge(_("Has run out"), color="red")
            if viewer.can("volunteer.edit") and st.button(
                _("Remove"), key=f"skill_drop_{one.id}", type="tertiary"
            ):
                _do(lambda one=one: abilities.drop_skill(viewer, ability_id=one.id))
    if viewer.can("volunteer.edit"):
        _new_ability(viewer, record)


def _new_ability(viewer: Viewer, record: RecordView) -> None:
    known = {code: (name, certified) for code, name, certified in abilities.skills(viewer)}
    if not known:
        return
    with st.form(f"skill_new_{record.id}", border=True):
        st.markdown(f"**{_('Add a skill')}**")
        code = st.selectbox(
            _("Skill"), list(known),
            format_func=lambda one: known[one][0] + (f" ({_('needs a certificate')})" if known[one][1] else ""),
        )  # fmt: skip
        number = st.text_input(_("Certificate number"), max_chars=60)
        until = st.date_input(
            _("Holds until"), value=None, format="YYYY-MM-DD", help=_("The last day. Empty: without end.")
        )
        if st.form_submit_button(_("Add"), type="primary"):
            _do(
                lambda: abilities.set_skill(
                    viewer, volunteer_id=record.id, skill=code, certificate=number, expires_on=until
                )
            )


def _pairs(viewer: Viewer, record: RecordView) -> None:
    """With whom it goes well, and with whom not."""
    found = abilities.pairs(viewer, volunteer_id=record.id)
    if not found:
        st.caption(_("Nothing noted yet."))
    for one in found:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.badge(
                _("goes well with") if one.wanted else _("not together with"),
                color="green" if one.wanted else "red",
            )
            kind = _("resident") if one.resident else _("volunteer")
            why = f" · {plain(one.reason)}" if one.reason else ""
            st.markdown(f"**{plain(one.name)}** ({kind}){why}", width="stretch")
            if viewer.can("volunteer.edit") and st.button(
                _("Remove"), key=f"pair_drop_{one.id}", type="tertiary"
            ):
                _do(lambda one=one: abilities.drop_pair(viewer, pair_id=one.id))
    if viewer.can("volunteer.edit"):
        _new_pair(viewer, record)


def _new_pair(viewer: Viewer, record: RecordView) -> None:
    with st.container(border=True):
        st.markdown(f"**{_('Add somebody')}**")
        wanted = st.radio(
            _("How it goes"), (True, False), format_func=lambda one: _("goes well with") if one else _("not together with"),
            horizontal=True, key=f"pair_wanted_{record.id}",
        )  # fmt: skip
        why = st.text_input(_("Why"), max_chars=200, key=f"pair_why_{record.id}")
        chosen = choosing.somebody(viewer, f"pair_{record.id}", but=record.id)
        if chosen is not None:
            _do(
                lambda: abilities.set_pair(
                    viewer, volunteer_id=record.id, wanted=wanted, reason=why, other_id=chosen.volunteer_id,
                    resident_id=chosen.resident_id,
                )
            )  # fmt: skip


def _blocks(viewer: Viewer, record: RecordView) -> None:
    """Blocks, what was said against them, and the answer."""
    found = absence.blocks(viewer, volunteer_id=record.id)
    if not found:
        st.caption(_("Never blocked."))
    for one in found:
        _one_block(viewer, one)


def _one_block(viewer: Viewer, one: Blocked) -> None:
    with st.container(border=True):
        ended = one.lifted or one.until < clock.today()
        st.markdown(
            f"**{plain(one.reason)}**  \n"
            + plain(_("{since} until {until}, by {name}", since=day_text(one.since), until=day_text(one.until), name=one.by_name))
            + (f" · {_('over')}" if ended else "")
        )  # fmt: skip
        if one.appeal:
            st.markdown(f"> {plain(one.appeal)}")
        if one.answer:
            st.caption(plain(one.answer))
        if ended or not viewer.can("volunteer.edit"):
            return
        words = st.text_input(_("In words"), key=f"block_words_{one.id}", max_chars=200)
        with st.container(horizontal=True):
            if one.appeal and not one.answer:
                if st.button(_("Lift the block"), key=f"block_lift_{one.id}", type="primary"):
                    _do(lambda: absence.answer(viewer, block_id=one.id, lift=True, words=words))
                if st.button(_("It stays"), key=f"block_stays_{one.id}"):
                    _do(lambda: absence.answer(viewer, block_id=one.id, lift=False, words=words))
            elif st.button(_("Lift the block"), key=f"block_end_{one.id}"):
                _do(lambda: absence.end_block(viewer, block_id=one.id, words=words))


def _links(viewer: Viewer, record: RecordView) -> None:
    """Which resident and which account it is."""
    linked = joining.linked(viewer, volunteer_id=record.id)
    if linked.resident_id is not None and viewer.can("resident.view"):
        page_link(_("The record as a resident"), "residents", icon=":material/person:", id=linked.resident_id)
    if linked.account:
        st.markdown(f":gray[{_('Account')}]  \n{plain(linked.account)}")
    if not viewer.can("volunteer.edit"):
        return
    if linked.resident_id is None:
        st.markdown(f"**{_('Lives here too? Find the record')}**")
        chosen = choosing.resident(viewer, f"link_{record.id}")
        if chosen is not None:
            _do(lambda: joining.link(viewer, volunteer_id=record.id, resident_id=chosen))
    if not linked.account:
        free = joining.free_accounts(viewer)
        if not free:
            st.caption(
                _(
                    "No account for volunteers is free. An administrator makes one under “Accounts”, with the role of a volunteer."
                )
            )
            return
        account = st.selectbox(
            _("Account to sign in with"), list(free), index=None, format_func=free.__getitem__, placeholder=_("Choose"),
            key=f"link_account_{record.id}",
        )  # fmt: skip
        if account is not None and st.button(_("Link"), key=f"link_account_go_{record.id}"):
            _do(lambda: joining.link(viewer, volunteer_id=record.id, account_id=account))


EXTRAS = Extras(
    tabs={
        N_("Skills"): _abilities,
        N_("With whom"): _pairs,
        N_("Blocks"): _blocks,
        N_("Links"): _links,
    },
    pickers={
        "area_id": pickers.area(VOLUNTEERS, "volunteer.view"),
        "areas": choosing.areas_picker(VOLUNTEERS),
    },
    header=_header,
    actions=_actions,
    above=_above,
)
