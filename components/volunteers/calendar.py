"""Own shifts in the calendar of one's telephone: one as a file, all by an address that stays."""

from html import escape
from urllib.parse import urlsplit

import segno
import streamlit as st

from components.i18n import _
from components.words import say
from db.access import Viewer
from db.errors import Refused
from db.volunteers import feed
from db.volunteers.own import Mine

_SECRET, _REFUSED = "_feed_secret", "_feed_refused"


def base() -> str:
    """Where this window reaches Linli: "https://linli.example"."""
    parts = urlsplit(st.context.url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def download(viewer: Viewer, one: Mine, *, over: bool = False) -> None:
    """A button that puts one shift into the calendar."""
    where = base()
    st.download_button(
        _("Put it into my calendar"), data=lambda: feed.one(viewer, booking_id=one.booking_id, base=where),
        file_name="linli.ics", mime="text/calendar", icon=":material/calendar_add_on:", width="stretch",
        key=f"tap_ics_{one.booking_id}", on_click="ignore", disabled=over,
    )  # fmt: skip


def draw(viewer: Viewer) -> None:
    """Make, show, renew and revoke the address of the own calendar."""
    opened = st.expander(
        _("All my shifts in the calendar of my telephone"), icon=":material/calendar_month:", key="feed_open", on_change="rerun",
    )  # fmt: skip
    if not opened.open:
        return
    with opened:
        refused = st.session_state.pop(_REFUSED, None)
        if refused is not None:
            say(refused)
        shared = feed.shared(viewer)
        secret = st.session_state.get(_SECRET)
        if shared and secret:
            _address(secret)
        elif shared:
            st.write(
                _("Your calendar has a secret address. It was shown once; for another telephone make a new one. "
                  "The old one then ends.")
            )  # fmt: skip
        else:
            st.write(
                _("Make a secret address and give it to the calendar of your telephone: your shifts then appear "
                  "there by themselves, and change when they change.")
            )  # fmt: skip
        st.button(
            _("Make a new address") if shared else _("Make my address"), key="tap_feed_renew", width="stretch",
            icon=":material/link:", on_click=_renew, args=(viewer,),
        )  # fmt: skip
        if shared:
            st.button(
                _("End the address"), key="tap_feed_revoke", width="stretch", icon=":material/link_off:",
                on_click=_revoke, args=(viewer,),
            )  # fmt: skip
            st.caption(
                _("Whoever knows the address sees when and where you serve. Whom you visit is never in it.")
            )


def _address(secret: str) -> None:
    address = f"{base()}/calendar/{secret}.ics"
    subscribe = "webcal:" + address.partition(":")[2]
    st.link_button(
        _("Open in the calendar of this device"), subscribe, icon=":material/event_available:", width="stretch",
        type="primary",
    )  # fmt: skip
    said = _("Point the camera of your telephone here.")
    picture = segno.make(subscribe, error="m").svg_data_uri(scale=5, border=3, light="#fff")
    st.html(f'<img src="{picture}" width="220" height="220" alt="{escape(said)}">')
    st.caption(said)
    st.markdown(
        "\n".join(
            f"- {line}"
            for line in (
                _("iPhone: tap the button, then “Subscribe”."),
                _("Other telephones: copy the address below; in the calendar choose “Add subscription” or “From URL”."),
                _("In WeChat it does not open: choose “…” above, then “Open in browser”."),
            )
        )
    )  # fmt: skip
    st.code(address, language=None, wrap_lines=True)


def _renew(viewer: Viewer) -> None:
    try:
        st.session_state[_SECRET] = feed.renew(viewer)
    except Refused as refused:
        st.session_state[_REFUSED] = refused


def _revoke(viewer: Viewer) -> None:
    st.session_state.pop(_SECRET, None)
    try:
        feed.revoke(viewer)
    except Refused as refused:
        st.session_state[_REFUSED] = refused
