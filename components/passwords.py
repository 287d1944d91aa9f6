"""Choosing a password, and showing a one-time one."""

from collections.abc import Callable

import streamlit as st

from components import session
from components.i18n import _
from components.register.values import plain
from components.words import register_sentences, say
from db.access import Viewer
from db.errors import Refused
from db.system import passwords
from db.words import N_

register_sentences(
    {
        "password.spaces": N_("A password cannot begin or end with a space."),
        "password.short": N_("This is too short. Use at least {least} characters, for example four words."),
        "password.long": N_(
            "This is too long: {bytes} bytes. At most {most} count; a letter takes one, a Chinese character three."
        ),
        "password.common": N_("Many people use this password or one like it. Choose something else."),
        "password.own_data": N_(
            "This is little more than your name, the community's or your telephone. Choose something else."
        ),
        "password.wrong": N_("The current password is not right."),
        "password.same": N_("This is the password you have. Choose a new one."),
        "password.differ": N_("The two passwords differ. Type the new one twice."),
    }
)

RULES = N_(
    "At least {least} characters; letters, digits, signs and Chinese all count. At most {most} bytes: a letter "
    "takes one, a Chinese character three. Not one that many people use, and not your own name or telephone."
)


def rules() -> str:
    """What makes a good password, in one sentence or two."""
    return _(RULES, least=passwords.LEAST, most=passwords.MOST_BYTES)


def two_fields(key: str) -> tuple[str, str]:
    """The new password, typed twice."""
    new = st.text_input(
        _("New password"), type="password", key=f"{key}_new", autocomplete="new-password", help=rules()
    )
    again = st.text_input(
        _("New password again"), type="password", key=f"{key}_again", autocomplete="new-password"
    )
    return new, again


def choose_own(viewer: Viewer) -> None:
    """The form with which somebody who came with a one-time password chooses their own."""
    _left, middle, _right = st.columns([1, 1.6, 1])
    with middle:
        st.title(_("Choose your own password"))
        st.write(
            _("Welcome, {name}. The password that you came with works only once.", name=plain(viewer.name))
        )
        st.caption(rules())
        with st.form("choose_own"):
            new, again = two_fields("choose_own")
            pressed = st.form_submit_button(_("Use this password"), type="primary", width="stretch")
        if pressed and change(viewer, "", new, again):
            st.rerun()
        st.button(_("Sign out"), type="tertiary", key="choose_own_out", on_click=session.sign_out)


def change_form(viewer: Viewer) -> None:
    """The form on one's own page."""
    with st.form("change_password", clear_on_submit=True):
        current = st.text_input(
            _("Current password"), type="password", key="change_current", autocomplete="current-password"
        )
        new, again = two_fields("change")
        st.caption(rules())
        pressed = st.form_submit_button(_("Change the password"), type="primary")
    if pressed and change(viewer, current, new, again):
        st.success(_("Your password is changed. All other windows are signed out."))


def change(viewer: Viewer, current: str, new: str, again: str) -> bool:
    """Change it, or say why not."""
    try:
        if new != again:
            raise Refused("password.differ")
        passwords.set_own(viewer, current=current, new=new)
    except Refused as refused:
        say(refused)
        return False
    return True


def show_once(name: str, username: str, password: str, *, noted: Callable[[], None]) -> None:
    """A one-time password in a dialog, large, to be copied or read out. `noted` is called when that is done."""

    @st.dialog(_("One-time password"), dismissible=False, width="small")
    def dialog() -> None:
        st.write(_("For {name}, account name {username}:", name=plain(name), username=plain(username)))
        st.header(plain(password), anchor=False)
        st.code(password, language=None)  # with a button that copies it
        st.warning(
            _(
                "It is shown only now. Hand it over; it works for seven days, until an own password is chosen."
            ),
            icon=":material/visibility_off:",
        )
        if st.button(
            _("I have noted it"), type="primary", width="stretch", key="one_time_noted", on_click=noted
        ):
            st.rerun()

    dialog()
