"""At the door of an activity: the code on the phone of staff, and for who has a place the way to say “I am here”."""

from functools import partial

import streamlit as st

from components.activities import guest_words, words  # noqa: F401 what is said when a code does not do
from components.i18n import _, n_
from components.register.values import plain
from components.volunteers import by_code, hours_words
from components.volunteers import words as times
from db.access import Viewer
from db.activities import at_door
from db.activities.at_door import OnNow

_AT = "door"


def show(viewer: Viewer, slot_id: int) -> None:
    """The code of one date, for whoever comes."""
    by_code.show(partial(at_door.code, viewer, slot_id=slot_id), hours_words.site(viewer), _said)


def _said(seconds: int) -> str:
    return n_(
        "Changes in {count} second. Scan it, or type the six digits under “Activities”.",
        "Changes in {count} seconds. Scan it, or type the six digits under “Activities”.", seconds,
    )  # fmt: skip


def draw(viewer: Viewer) -> None:
    """What is on now and where one has a place: one tap after scanning, or six digits. Else nothing."""
    on = at_door.on_now(viewer)
    scanned, digits = by_code.scanned()
    words.said(_AT)
    for one in on:
        _one(viewer, one, digits if one.slot_id == scanned else "")
    if scanned is not None and not any(one.slot_id == scanned for one in on):
        st.warning(_("You have no place in the activity of this code, or it is not on now."))


def _one(viewer: Viewer, one: OnNow, digits: str) -> None:
    key = f"{one.slot_id}_{one.person_key}"
    with st.container(border=True, key=f"on_now_{key}", gap="small"):
        whose = "" if one.name == viewer.name else f"**{plain(one.name)}** · "
        what = f":primary[**{plain(one.title)}**]"
        at = f"{times.when(one.starts_at, one.ends_at)} {one.where}"
        st.markdown(f"{whose}{what}  \n{plain(at)}")
        if one.here:
            st.markdown(f":green[:material/check_circle: {plain(_('Seen at the door.'))}]")
        elif digits:
            by_code.tapped(key, _("I am here") if not whose else _("{name} is here", name=plain(one.name)),
                           partial(_come, viewer, one, digits))  # fmt: skip
        elif typed := by_code.typed(
            key, _("Six digits from the staff phone"), _("I am here") if not whose else _("Is here")
        ):
            _come(viewer, one, typed)
            st.rerun()


def _come(viewer: Viewer, one: OnNow, digits: str) -> None:
    done = words.act(
        at_door.come, viewer, slot_id=one.slot_id, code=digits, key=one.person_key, at=_AT,
        done=lambda name: _("You were seen at the door. Enjoy it!") if one.name == viewer.name
        else _("{name}: seen at the door. Enjoy it!", name=name),
    )  # fmt: skip
    if done:
        st.query_params.pop("check", None)
