"""Who is using this browser: signing in and out, and the cookie that remembers it.

streamlit-authenticator checks the password and sets the cookie. Its JWT carries, as its user name, the
random token of one sign-in; whether that sign-in is still open is always asked of the database.
"""

import time
from contextlib import suppress
from dataclasses import replace

import jwt
import streamlit as st
from streamlit_authenticator.controllers import AuthenticationController, CookieController

from components import i18n
from db.access import Viewer
from db.errors import Refused
from db.sealing import ring
from db.system import signing

COOKIE = "linli_session"
LANGUAGE_COOKIE = "linli_lang"
DAYS = 7.0
COOKIE_SECONDS = 60  # how long to wait for the browser to say that it has the cookie
_TOKEN, _VIEWER, _ENDED, _COOKIE_JOB = "_linli_token", "_linli_viewer", "_linli_ended", "_linli_cookie"
_REFUSED, _BY_ITSELF = "_linli_refused", "_linli_by_itself"


def current() -> Viewer | None:
    """The viewer of this run, read afresh from the database; None when nobody is signed in.

    The socket goes on sending the cookie that it was opened with. Once refused it is not asked about
    again in this window, or what somebody types into the sign-in form would be forgotten with each click.
    """
    token = st.session_state.get(_TOKEN) or read_cookie()
    by_itself = bool(st.session_state.pop(_BY_ITSELF, False))
    viewer = None
    if token and token != st.session_state.get(_REFUSED):
        try:
            viewer = signing.resume(token, in_use=not by_itself)
            st.session_state[_TOKEN] = token
            i18n.use(viewer.language)
            viewer = replace(viewer, browser=i18n.language())
        except Refused as refused:
            forget()
            st.session_state[_ENDED] = refused.code
            st.session_state[_REFUSED] = token
    st.session_state[_VIEWER] = viewer
    return viewer


def rerun_by_itself() -> None:
    """Draw the page anew without anybody having clicked: an abandoned window still ends when it is idle."""
    st.session_state[_BY_ITSELF] = True
    st.rerun()


def viewer_of_run() -> Viewer | None:
    """The viewer that `current` found in this run."""
    found: Viewer | None = st.session_state.get(_VIEWER)
    return found


def why_ended() -> str:
    """The code of the refusal that ended the last sign-in of this window, once."""
    return str(st.session_state.pop(_ENDED, ""))


def read_cookie() -> str:
    """The token in the browser's cookie, "" when there is none or it was not signed by us or is too old."""
    return token_in(st.context.cookies.get(COOKIE))


def token_in(text: str | None) -> str:
    """The token in the text of a cookie; "" when it was not signed by us or is too old."""
    if not text:
        return ""
    try:
        content = jwt.decode(text, ring().cookie, algorithms=["HS256"])
    except jwt.PyJWTError:
        return ""
    expires = content.get("exp_date")
    if not isinstance(expires, (int, float)) or expires < time.time():
        return ""
    return str(content.get("username") or "")


def _library_login(username: str, password: str, hashed: str) -> bool:
    """streamlit-authenticator's own login, for the one account that is asked about."""
    if len(password.encode()) > 72:
        return False
    one = {"usernames": {username: {"name": username, "password": hashed, "failed_login_attempts": 0}}}
    controller = AuthenticationController(one, auto_hash=False)
    return bool(controller.login(username, password))


def sign_in(username: str, password: str) -> Viewer:
    """Sign this window in and have the cookie set. Refused `signin.wrong`, `signin.throttled`."""
    viewer, token = signing.sign_in(
        username,
        password,
        address=st.context.ip_address or "local",
        device=_device(),
        check=_library_login,
    )
    st.session_state[_TOKEN] = token
    st.session_state[_COOKIE_JOB] = "set"
    st.session_state.pop(_ENDED, None)
    i18n.use(viewer.language)
    return viewer


def _device() -> str:
    """What the browser says it is, shortened to what a person recognises."""
    agent = st.context.headers.get("User-Agent", "")
    system = next(
        (name for name in ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux") if name in agent), ""
    )
    browser = next(
        (name for name in ("MicroMessenger", "Edg", "Firefox", "Chrome", "Safari") if name in agent), ""
    )
    names = {"MicroMessenger": "WeChat", "Edg": "Edge", "Mac OS": "Mac"}
    return " · ".join(names.get(part, part) for part in (system, browser) if part)


def sign_out() -> None:
    """End this sign-in and remove the cookie."""
    viewer = viewer_of_run()
    if viewer is not None:
        with suppress(Refused):  # it may be over already
            signing.sign_out(viewer)
    token = st.session_state.get(_TOKEN) or read_cookie()
    forget()
    st.session_state[_REFUSED] = token
    st.session_state[_COOKIE_JOB] = "delete"


def forget() -> None:
    """Nothing of the one who was signed in stays in this window."""
    keep = {_COOKIE_JOB} if st.session_state.get(_COOKIE_JOB) == "delete" else set()
    for key in list(st.session_state.keys()):
        if key not in keep:
            del st.session_state[key]


def tend_cookie() -> None:
    """Have the browser set or delete its cookie, if that is to be done.

    Before the page, and always at the same place: what the library puts there takes a moment to load, and would begin
    anew wherever the page grows or shrinks above it.
    """
    here = st.container(key="cookie")  # also when there is nothing to do: what stands below keeps its place
    job = st.session_state.get(_COOKIE_JOB)
    if not job:
        return
    since = st.session_state.setdefault("_linli_cookie_since", time.monotonic())
    answered = (
        st.session_state.get(job) is True
    )  # the library's component says so under the key of its method
    if answered or time.monotonic() - since > COOKIE_SECONDS:
        del st.session_state[_COOKIE_JOB], st.session_state["_linli_cookie_since"]
        return
    with here:
        controller = CookieController(COOKIE, ring().cookie, DAYS)
        if job == "set":
            st.session_state["username"] = st.session_state[_TOKEN]
            controller.set_cookie()
            manager = controller.cookie_model.cookie_manager
            manager.set(LANGUAGE_COOKIE, i18n.language(), key="language")
        elif COOKIE in controller.cookie_model.cookie_manager.cookies:
            controller.delete_cookie()
