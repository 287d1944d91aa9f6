"""The part of `/settings` about the ways on which messages go out: robots of the office's groups, and mail."""

from collections.abc import Mapping

import streamlit as st

from components import live
from components.i18n import _, moment_text, n_
from components.inbox import SAMPLE_MAIL  # which also says how messages are said
from components.register.values import plain
from components.words import register_sentences, say, sentence
from db.access import Viewer
from db.errors import Refused
from db.system import channels, delivering
from db.system.channels import ROBOTS, SECURE_OPTIONS, SORT_OPTIONS, WHOM_OPTIONS, ChannelView
from db.system.outside import Answer
from db.words import N_

register_sentences(
    {
        "channel.name": N_("Give it a name of up to 40 characters."),
        "channel.whom": N_("Only mail reaches each person. Robots and gateways are for the office's group."),
        "channel.sort": N_("Choose what kind it is."),
        "channel.robot": N_("This is not the address of such a robot. Copy it from the robot's page; it begins with https://{host}/."),
        "channel.secret": N_("This is not a signing secret. Copy it from the robot's page, or leave it empty."),
        "channel.gateway": N_("This is no address of a gateway. It begins with https:// or http://."),
        "channel.server": N_("Write the name of the mail server, such as smtp.example.cn."),
        "channel.port": N_("The port is a number from 1 to 65535, usually 465."),
        "outside.silent": N_("The receiver cannot be reached. Check the network and the address."),
        "outside.timeout": N_("The receiver did not answer within ten seconds."),
        "outside.certificate": N_("The receiver's certificate is not valid, so nothing was sent."),
        "outside.refused": N_("The receiver did not take it. It says: {detail}"),
        "outside.unusable": N_("The address cannot be used any more. Enter it anew."),
        "outside.failed": N_("It did not go out, and no reason was given. {detail}"),
        "outside.late": N_("It could not go out for a whole day, so it was left."),
    }
)  # fmt: skip

_SERVER, _PORT, _SECRET, _URL = "smtp.example.cn", "465", "SEC…", "https://{host}/…"
_SORTS = {one.code: one.label for one in SORT_OPTIONS}
_WHOM = {one.code: one.label for one in WHOM_OPTIONS}
_SECURE = {one.code: one.label for one in SECURE_OPTIONS}
_ICONS = {
    "wecom": ":material/forum:", "dingtalk": ":material/forum:", "feishu": ":material/forum:",
    "mail": ":material/mail:", "other": ":material/hub:",
}  # fmt: skip
_HELP = {
    "wecom": N_("In the group: robots, add, copy its address. Security by key words: use 邻里."),
    "dingtalk": N_("In the group: robots, custom, copy its address. Security by key words: use 邻里. Or sign, and copy the secret too."),
    "feishu": N_("In the group: robots, custom, copy its address. Security by key words: use 邻里. Signing is not supported."),
    "other": N_("Gets title and message as JSON by POST, for instance a gateway that sends text messages on."),
}  # fmt: skip


def draw(viewer: Viewer) -> None:
    """All ways out with how they do, and a form for a new one."""
    live.follow("channels")
    st.caption(
        _("Everybody finds their messages in Linli. What goes out besides carries no name, no address and no "
          "reason: only a sentence and a link. Whoever has neither account nor mail is on the list of calls.")
    )  # fmt: skip
    try:
        found = channels.channels(viewer)
    except Refused as refused:
        say(refused)
        return
    if not found:
        st.info(_("Nothing goes out yet."), icon=":material/outgoing_mail:")
    for one in found:
        _channel(viewer, one)
    with st.expander(_("Add a way out"), icon=":material/add:", expanded=not found):
        _new(viewer)


def _channel(viewer: Viewer, one: ChannelView) -> None:
    with st.container(border=True, key=f"channel_{one.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"{_ICONS[one.sort]} **{plain(one.name)}**  \n"
                f":gray[{_(_SORTS[one.sort])} · {_(_WHOM[one.whom])}]  \n`{one.hint}`",
                width="stretch",
            )
            _state(one)
        if one.active and one.failing:
            st.warning(
                f"{moment_text(one.last_problem_at)}: {sentence(Refused(one.last_problem, detail=plain(one.last_detail)))}",
                icon=":material/error:",
            )
        counts = []
        if one.waiting:
            counts.append(n_("{count} waits", "{count} wait", one.waiting))
        if one.gave_up:
            counts.append(n_("{count} was given up today", "{count} were given up today", one.gave_up))
        if counts:
            st.caption(" · ".join(counts))
        _answer(one)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _trial(viewer, one)
            if one.gave_up:
                st.button(
                    _("Send them again"), icon=":material/replay:", key=f"channel_again_{one.id}",
                    on_click=_again, args=(viewer, one.id),
                )  # fmt: skip
        with st.expander(_("Change"), icon=":material/edit:"):
            _change(viewer, one)


def _state(one: ChannelView) -> None:
    if not one.active:
        st.badge(_("switched off"), color="gray")
    elif one.failing:
        st.badge(_("does not work"), color="red", icon=":material/error:")
    elif one.last_ok_at is not None:
        st.badge(
            _("works, last {moment}", moment=moment_text(one.last_ok_at)),
            color="green",
            icon=":material/check:",
        )
    else:
        st.badge(_("not tried yet"), color="gray")


def _trial(viewer: Viewer, one: ChannelView) -> None:
    to = ""
    if one.whom == "person":
        to = st.text_input(
            _("Test to"), key=f"channel_to_{one.id}", max_chars=120, placeholder=SAMPLE_MAIL, width=260
        )
    if st.button(_("Send a test message"), icon=":material/send:", key=f"channel_test_{one.id}"):
        try:
            with st.spinner(_("Waiting for an answer …")):
                answer = delivering.try_out(viewer, channel_id=one.id, to=to)
        except Refused as refused:
            say(refused)
        else:
            st.session_state["_channel_answer"] = (one.id, answer)
            st.rerun()


def _answer(one: ChannelView) -> None:
    """What came back from the test that was sent just now."""
    channel_id, answer = st.session_state.get("_channel_answer", (0, Answer(True)))
    if channel_id != one.id:
        return
    st.session_state.pop("_channel_answer")
    if answer.ok:
        st.success(_("The receiver took the test message."), icon=":material/check_circle:")
    elif not one.failing:
        st.error(sentence(Refused(answer.problem, detail=plain(answer.detail))))


def _again(viewer: Viewer, channel_id: int) -> None:
    try:
        channels.try_again(viewer, channel_id=channel_id)
    except Refused as refused:
        say(refused)
    else:
        delivering.deliver_soon()


def _new(viewer: Viewer) -> None:
    sort = st.selectbox(_("Kind"), list(_SORTS), format_func=lambda one: _(_SORTS[one]), key="channel_sort")
    whom = "office"
    if sort == "mail":
        whom = st.radio(_("For whom"), list(_WHOM), format_func=lambda one: _(_WHOM[one]), key="channel_whom")
    with st.form("channel_new", border=False):
        name = st.text_input(
            _("Name"), key="channel_name", max_chars=40, placeholder=_("Group of the grid workers")
        )
        typed = _address(sort, whom, "channel_new")
        pressed = st.form_submit_button(_("Add"), type="primary")
    if pressed:
        try:
            channels.add_channel(viewer, name=name, sort=sort, whom=whom, typed=typed)
        except Refused as refused:
            say(refused)
        else:
            st.toast(_("Saved."))
            st.rerun()


def _address(sort: str, whom: str, key: str) -> Mapping[str, str]:
    """The fields of an address. It is typed once and never shown whole again."""
    if sort == "mail":
        return _mail(whom, key)
    st.caption(_(_HELP[sort]))
    host = ROBOTS[sort][0] if sort in ROBOTS else "gateway.example.cn"
    typed = {
        "url": st.text_input(
            _("Web address"), key=f"{key}_url", max_chars=1000, placeholder=_URL.format(host=host)
        )
    }
    if sort == "dingtalk":
        typed["secret"] = st.text_input(
            _("Signing secret, if the robot has one"), key=f"{key}_secret", max_chars=128, placeholder=_SECRET
        )
    return typed


def _mail(whom: str, key: str) -> Mapping[str, str]:
    left, right = st.columns([3, 1])
    typed = {
        "server": left.text_input(_("Mail server"), key=f"{key}_server", max_chars=200, placeholder=_SERVER),
        "port": right.text_input(_("Port"), _PORT, key=f"{key}_port", max_chars=5),
        "secure": st.selectbox(
            _("Encryption"), list(_SECURE), format_func=lambda one: _(_SECURE[one]), key=f"{key}_secure"
        ),
        "user": st.text_input(_("Account on the mail server"), key=f"{key}_user", max_chars=120),
        "password": st.text_input(
            _("Its password"),
            key=f"{key}_password",
            max_chars=200,
            type="password",
            autocomplete="new-password",
        ),
        "sender": st.text_input(_("Sender"), key=f"{key}_sender", max_chars=120, placeholder=SAMPLE_MAIL),
    }
    if whom == "office":
        typed["to"] = st.text_input(_("Receiver"), key=f"{key}_to", max_chars=120, placeholder=SAMPLE_MAIL)
    return typed


def _change(viewer: Viewer, one: ChannelView) -> None:
    key = f"channel_{one.id}"
    with st.form(f"{key}_form", border=False):
        name = st.text_input(_("Name"), one.name, key=f"{key}_name", max_chars=40)
        active = st.checkbox(_("In use"), one.active, key=f"{key}_active")
        anew = st.checkbox(
            _("Replace the address by what is entered here"), key=f"{key}_anew",
            help=_("The address that is kept is sealed and cannot be shown."),
        )  # fmt: skip
        typed = _address(one.sort, one.whom, key)
        if st.form_submit_button(_("Save"), type="primary"):
            try:
                channels.change_channel(
                    viewer, channel_id=one.id, version=one.version, name=name, active=active,
                    typed=typed if anew else None,
                )  # fmt: skip
            except Refused as refused:
                say(refused)
            else:
                st.toast(_("Saved."))
                st.rerun()
