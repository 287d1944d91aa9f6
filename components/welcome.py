"""What somebody sees who is not signed in."""

import streamlit as st

from components import i18n, session
from components.i18n import _
from components.startup import SAMPLE_PASSWORD
from components.words import SENTENCES, say
from db.errors import Refused
from db.system import signing


def sign_in() -> None:
    """The sign-in form. The address that was asked for is opened afterwards."""
    _left, middle, _right = st.columns([1, 1.2, 1])
    with middle:
        st.title("邻里 Linli")
        st.write(_("Who lives here, who needs care, who is responsible."))
        why = session.why_ended()
        if why in ("signin.ended", "signin.idle"):
            st.info(_(SENTENCES[why]))
        with st.form("sign-in"):
            username = st.text_input(_("Account name"), key="sign_in_name", autocomplete="username")
            password = st.text_input(
                _("Password"), type="password", key="sign_in_password", autocomplete="current-password"
            )
            pressed = st.form_submit_button(_("Sign in"), type="primary", width="stretch")
        if pressed:
            try:
                session.sign_in(username, password)
            except Refused as refused:
                say(refused)
            else:
                st.rerun()
        samples = signing.sample_accounts()
        if samples:
            _demo_accounts(samples)
        languages()


def _demo_accounts(names: list[str]) -> None:
    with st.container(border=True):
        st.caption(_("Sample community: sign in as"))
        with st.container(horizontal=True):
            for name in names:
                st.button(name, key=f"demo_{name}", on_click=_enter, args=(name,))
        st.caption(_("The password of all of them is {password}", password=f"`{SAMPLE_PASSWORD}`"))


def _enter(name: str) -> None:
    try:
        session.sign_in(name, SAMPLE_PASSWORD)
    except Refused as refused:
        st.session_state["_linli_ended"] = refused.code


def languages() -> None:
    """The other languages, to change to before anybody is signed in."""
    with st.container(horizontal=True):
        for code, name in i18n.LANGUAGES.items():
            if code != i18n.language():
                st.button(name, key=f"language_{code}", type="tertiary", on_click=i18n.use, args=(code,))
