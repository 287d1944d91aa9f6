"""The inbox of an account, and the list of those whom somebody must call."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from components import live
from components.i18n import _, day_text, listed, moment_text, month_text, n_, number_text, translate
from components.navigation import BY_ADDRESS, go, page_link
from components.register.values import plain
from components.words import register_sentences, say
from db.access import Viewer
from db.errors import Refused
from db.system import channels, delivering, messages, telephoning
from db.system.messages import Entry
from db.system.telephoning import RESULTS, Call
from db.words import N_

delivering.speak(translate)

register_sentences(
    {
        "call.result": N_("Choose what came of the call."),
        "call.done": N_("{name} has called already. Reload the page to see what came of it."),
        "call.kept": N_("Something followed from this answer. Correct it where the message came from."),
        "call.no_number": N_(
            "No telephone is known. Go and see the person, or add a telephone to the record."
        ),
        "mail.address": N_("“{value}” is no mail address. Write it like li@example.cn."),
    }
)

SAMPLE_MAIL = "li@example.cn"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
ANSWERS = {
    "reached": ":material/call:", "yes": ":material/thumb_up:", "no": ":material/thumb_down:",
    "not_reached": ":material/phone_missed:",
}  # fmt: skip


def filled(text: str, facts: Mapping[str, Any]) -> str:
    """A text of a kind in the reader's language, with its facts; a fact that is missing is a dash."""
    said = {name: plain(_fact(value)) for name, value in facts.items()}
    return _(text).format_map(_Dashes(said)) if text else ""


class _Dashes(dict[str, str]):
    def __missing__(self, _name: str) -> str:
        return "–"


def _fact(value: Any) -> str:
    if isinstance(value, list):
        return listed(_fact(one) for one in value)
    if isinstance(value, str) and _DAY.fullmatch(value):
        return day_text(date.fromisoformat(value))
    if isinstance(value, str) and _MONTH.fullmatch(value):
        return month_text(date.fromisoformat(f"{value}-01"), year=True)
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return moment_text(datetime.fromisoformat(value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number_text(value)
    return str(value)


def target(link: str) -> tuple[str, dict[str, str]] | None:
    """The page that a message leads to, with its parameters; None when this version has no such page."""
    parts = urlsplit(link)
    address = parts.path.strip("/")
    return (address, dict(parse_qsl(parts.query))) if link and address in BY_ADDRESS else None


def draw(viewer: Viewer) -> None:
    """The messages to this account, the newest first."""
    live.follow("messages")
    text = st.query_params.get("before", "")
    before = int(text) if text.isdecimal() and len(text) < 12 else None
    found = messages.inbox(viewer, before=before)
    if not found.entries:
        st.info(_("There is nothing to read. What concerns you will be here."), icon=":material/inbox:")
    elif before is None and any(not one.read for one in found.entries):
        st.button(
            _("Mark all as read"), icon=":material/done_all:", key="inbox_all", on_click=_read,
            args=(viewer, found.entries[0].id, False),
        )  # fmt: skip
    for one in found.entries:
        _entry(viewer, one)
    with st.container(horizontal=True):
        if before is not None and st.button(_("Newest"), key="inbox_newest"):
            st.query_params.pop("before")
            st.rerun()
        if found.older is not None and st.button(_("Older"), key="inbox_older"):
            st.query_params["before"] = str(found.older)
            st.rerun()
    _own_mail(viewer)


def _entry(viewer: Viewer, one: Entry) -> None:
    """One message; a tap on its title marks it as read and opens what it is about."""
    title = filled(one.kind.title, one.facts)
    where = target(one.link)
    with st.container(border=True, gap=None, key=f"message_{one.id}"):
        pressed = st.button(
            title if one.read else f"**{title}**",
            icon=":material/drafts:" if one.read else ":material/mark_email_unread:",
            type="tertiary", key=f"inbox_{one.id}", on_click=_read, args=(viewer, one.id, True),
            disabled=one.read and where is None,
        )  # fmt: skip
        body = filled(one.kind.body, one.facts)
        if body:
            st.markdown(body)
        st.caption(" · ".join(part for part in (moment_text(one.made_at), plain(one.made_name)) if part))
    if pressed and where is not None:
        go(where[0], **where[1])


def _read(viewer: Viewer, upto: int, only: bool) -> None:
    try:
        messages.read(viewer, upto=upto, only=only)
    except Refused as refused:
        say(refused)


def _own_mail(viewer: Viewer) -> None:
    """Where mail goes out to people, everybody says whether and where they want it."""
    now = channels.own_mail(viewer)
    if now is None:
        return
    with st.expander(_("By mail too"), icon=":material/alternate_email:"), st.form("own_mail", border=False):
        typed = st.text_input(
            _("Your mail address"), now, key="own_mail_address", max_chars=120, placeholder=SAMPLE_MAIL,
            help=_("A mail says that there is something to read, and nothing about anybody. Empty: no mail."),
        )  # fmt: skip
        if st.form_submit_button(_("Save")):
            try:
                channels.keep_own_mail(viewer, address=typed)
            except Refused as refused:
                say(refused)
            else:
                st.toast(_("Saved."))


# The telephone list


def draw_calls(viewer: Viewer) -> None:
    """Whom to call about what, with the answer in one tap."""
    live.follow("messages")
    found = telephoning.calls(viewer)
    st.caption(_("They have no account and no mail. Call them, and tap what came of it."))
    if not found.waiting:
        st.success(_("Nobody is to be called."), icon=":material/spa:")
    for one in found.waiting:
        _call(viewer, one)
    if found.more:
        st.caption(_("More are waiting: they come up as these are done."))
    if found.done:
        with st.expander(n_("{count} called this week", "{count} called this week", len(found.done))):
            for one in found.done:
                _done(viewer, one)


def _call(viewer: Viewer, one: Call) -> None:
    with st.container(border=True, gap="small", key=f"to_call_{one.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(one.name)}**", width="stretch")
            shown = _number(viewer, one)
        if shown:
            st.link_button(shown, f"tel:{shown.split('、')[0]}", icon=":material/call:", type="primary")
        if one.result:
            st.badge(_("Not reached: {who}", who=_tried(one)), color="orange", icon=":material/phone_missed:")
        body = filled(one.kind.body, one.facts)
        st.markdown(filled(one.kind.title, one.facts) + (f"  \n:gray[{body}]" if body else ""))
        where = target(one.link)
        if where is not None and viewer.can(BY_ADDRESS[where[0]].action):
            page_link(_("What it is about"), where[0], icon=":material/arrow_forward:", **where[1])
        with st.container(width=640), st.grid("auto", min_column_width=140):
            for result, icon in ANSWERS.items():
                st.button(
                    _(RESULTS[result]), icon=icon, key=f"call_{result}_{one.id}", on_click=_called,
                    args=(viewer, one.id, result), width="stretch",
                )  # fmt: skip


def _tried(one: Call) -> str:
    return _("{name}, {moment}", name=plain(one.called_name), moment=moment_text(one.called_at))


def _number(viewer: Viewer, one: Call) -> str:
    """The telephone, once somebody asks for it: that it was looked at, and for which message, is recorded.

    It stands below the button that shows it: the second of two taps must not dial.
    """
    shown: str = st.session_state.get("_numbers", {}).get(one.id, "")
    if not one.phone_known:
        st.caption(":material/phone_disabled: " + _("no telephone known"), width="content")
    elif st.button(
        _("Show the telephone"),
        icon=":material/visibility:",
        key=f"call_number_{one.id}",
        disabled=bool(shown),
    ):
        reason = _("To call about: {title}", title=filled(one.kind.title, one.facts).replace("\\", ""))
        try:
            number = telephoning.number_to_call(viewer, message_id=one.id, reason=reason)
        except Refused as refused:
            say(refused)
        else:
            st.session_state.setdefault("_numbers", {})[one.id] = number
            st.rerun()
    return shown


def _called(viewer: Viewer, message_id: int, result: str) -> None:
    try:
        telephoning.called(viewer, message_id=message_id, result=result)
    except Refused as refused:
        say(refused)


def _done(viewer: Viewer, one: Call) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"was_called_{one.id}"):
        st.markdown(
            f"{plain(one.name)} · **{_(RESULTS.get(one.result, one.result))}**  \n"
            f":gray[{filled(one.kind.title, one.facts)} · {_tried(one)}]",
            width="stretch",
        )
        if st.button(
            _("Call again"), icon=":material/undo:", type="tertiary", key=f"call_again_{one.id}",
            help=_("Puts the person back on the list."),
        ):  # fmt: skip
            try:
                telephoning.call_again(viewer, message_id=one.id)
            except Refused as refused:
                say(refused)
            else:
                st.rerun()
