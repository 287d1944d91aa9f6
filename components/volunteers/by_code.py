"""Six digits at a door, of shifts and of activities: shown large with a picture to scan, typed in, or scanned."""

from collections.abc import Callable

import segno
import streamlit as st

from components.i18n import _
from components.volunteers.hours_words import say_no
from db.errors import Refused
from db.volunteers.checking import STEP, Code

EVERY_SECONDS = 2.0

_CODE = """
<div style="text-align:center">
  <div role="timer" style="font:700 clamp(3.4rem,19vw,7rem)/1.1 ui-monospace,Menlo,Consolas,monospace;color:var(--linli-brand);
    white-space:nowrap">%s<span style="padding-left:.3em">%s</span></div>
  <div style="height:.6rem;border-radius:.3rem;background:var(--linli-line);margin:.4rem auto .8rem;max-width:34rem">
    <div style="height:100%%;border-radius:.3rem;background:var(--linli-brand);width:%d%%"></div></div>
  <img src="%s" alt="%s" style="width:min(62vw,17rem);image-rendering:pixelated">
</div>
"""


@st.fragment(run_every=EVERY_SECONDS)
def show(ask: Callable[[], Code], address: str, said: Callable[[int], str]) -> None:
    """The code of now, for the phone or tablet of staff. `said`: what stands below it, by the seconds that are left."""
    try:
        shown = ask()
    except Refused as refused:
        say_no(refused)
        return
    picture = segno.make(address + shown.path, error="m").svg_data_uri(
        scale=8, border=1, dark="#1c2b2e", light="#fff"
    )
    share = round(shown.seconds * 100 / STEP)
    st.html(
        _CODE % (shown.digits[:3], shown.digits[3:], share, picture, _("The same code as a picture to scan"))
    )
    st.caption(said(shown.seconds), text_alignment="center")


def scanned() -> tuple[int | None, str]:
    """The slot and the digits of a code that was scanned."""
    slot, _dot, digits = st.query_params.get("check", "").partition(".")
    return (int(slot), digits) if slot.isdecimal() and len(slot) < 18 and digits.isdecimal() else (None, "")


def typed(key: str, label: str, button: str) -> str | None:
    """Six digits that were typed in and sent just now; "" when the button was pressed without, else None."""
    with st.form(f"check_form_{key}", border=False):
        with st.container(key=f"digits_{key}"):
            found = st.text_input(
                label,
                key=f"check_digits_{key}",
                max_chars=8,
                autocomplete="one-time-code",
                placeholder=_("six digits"),
            )
        with st.container(key=f"big_form_{key}"):
            pressed = st.form_submit_button(button, type="primary", width="stretch", icon=":material/check:")
    return (found or "").strip() if pressed else None


def tapped(key: str, label: str, do: Callable[[], None]) -> None:
    """The large button after a code was scanned."""
    with st.container(key=f"big_check_{key}"):
        st.button(
            label,
            type="primary",
            width="stretch",
            icon=":material/check:",
            key=f"check_scan_{key}",
            on_click=do,
        )
