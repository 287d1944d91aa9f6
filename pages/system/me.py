"""One's own account: `/me`. Language, password, open windows."""

import streamlit as st

from components import i18n, passwords, session
from components.i18n import _, moment_text
from components.page import begin
from components.register.values import plain
from components.words import say
from db.access import ROLES
from db.errors import Refused
from db.system import signing

viewer = begin("me.view")

CHOICES = {"": _("As the browser says"), **i18n.LANGUAGES}


def speak() -> None:
    """From this click on the account's language."""
    try:
        signing.set_language(viewer, language=st.session_state["me_language"])
    except Refused as refused:
        say(refused)
    else:
        i18n.use(st.session_state["me_language"])


def leave_everywhere() -> None:
    """End all sign-ins, this one too."""
    try:
        signing.sign_out_everywhere(viewer)
    except Refused as refused:
        say(refused)
    session.sign_out()


st.title(_("My account"))
st.write(f"{plain(viewer.name)} · {plain(viewer.username)} · {_(ROLES[viewer.role].label)}")

st.subheader(_("Language"))
st.radio(
    _("Language"), list(CHOICES), index=list(CHOICES).index(viewer.language), format_func=CHOICES.__getitem__,
    key="me_language", horizontal=True, label_visibility="collapsed", on_change=speak,
)  # fmt: skip

st.subheader(_("Password"))
passwords.change_form(viewer)

st.subheader(_("Where you are signed in"))
try:
    windows = signing.open_sign_ins(viewer)
except Refused as refused:
    say(refused)
    st.stop()
for one in windows:
    here = f" · **{_('this window')}**" if one["here"] else ""
    st.markdown(
        f"{plain(one['device'] or _('Unknown device'))}{here}  \n"
        f":gray[{plain(_('since {start}, last used {seen}', start=moment_text(one['started_at']), seen=moment_text(one['seen_at'])))}]"
    )
st.caption(_("If you do not know one of them, sign out everywhere and change your password."))
with st.container(horizontal=True):
    st.button(_("Sign out here"), key="me_out", icon=":material/logout:", on_click=session.sign_out)
    st.button(_("Sign out everywhere"), key="me_out_everywhere", type="primary", on_click=leave_everywhere)
