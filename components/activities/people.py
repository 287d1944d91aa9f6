"""Who comes to an activity, who stands in line and why in this order, and signing people up who have no account."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from components.activities import choosing, signing, words
from components.i18n import _, n_
from components.register.values import plain
from components.volunteers import words as times
from db import clock
from db.access import Viewer
from db.activities import signing_up
from db.activities.programme import Card
from db.activities.signing_up import Holder


def draw(viewer: Viewer, card: Card, details: dict[str, Any]) -> None:
    """The places of the term, or of the date that is chosen; then the way to give out more."""
    open_ = signing.still_open(card)
    session = choosing.date_of(viewer, card, f"people_date_{card.id}") if open_ else None
    slot_id = session.id if session is not None else None
    if open_:
        signing.draw(viewer, card, slot_id)
        _lots(viewer, card, slot_id)
    if card.stage == "draft":
        return
    holders = signing_up.holders(viewer, activity_id=card.id, slot_id=slot_id)
    for state, title in (
        ("booked", _("Have a place")),
        ("offered", _("Are asked to move up")),
        ("entered", _("Take part in the draw")),
        ("waiting", _("Stand in line")),
    ):
        _some([one for one in holders if one.state == state], title, viewer, open_, details)
    if holders:
        return
    if card.taken or card.waiting:
        st.caption(_("Nobody of yours is signed up. Whoever has a place lives elsewhere."))
    elif open_:
        st.caption(_("Nobody is signed up yet. Find somebody by name above."))
    else:
        st.caption(_("Nobody was signed up."))


def _some(some: Sequence[Holder], title: str, viewer: Viewer, open_: bool, details: dict[str, Any]) -> None:
    if not some:
        return
    st.subheader(f"{title} · {len(some)}")
    if some[0].state == "waiting" and details["priorities"]:
        st.caption(plain(
            _("When a place becomes free, these come first: {reasons}. Then whoever has waited longest.",
              reasons=" · ".join(_(words.PRIORITIES[code]) for code in details["priorities"]))
        ))  # fmt: skip
    with st.grid("auto", min_column_width=320, gap="small"):
        for one in some:
            _holder(viewer, one, open_)


def _holder(viewer: Viewer, one: Holder, open_: bool) -> None:
    with st.container(
        key=f"holder_{one.booking_id}", border=True, horizontal=True, vertical_alignment="center", gap="small"
    ):
        about = [one.address] if one.address else []
        if one.state == "offered" and one.offered_until:
            about.append(_("answers until {moment}", moment=times.moment(one.offered_until)))
        if one.overridden:
            about.append(_("although: {why}", why=one.overridden.partition(": ")[2]))
        number = f"{one.line}. " if one.state == "waiting" else ""
        lines = [
            f"**{plain(number + one.name)}**",
            *(f":gray[{plain(said)}]" for said in (" · ".join(about), words.first(one.first)) if said),
        ]
        if one.note:
            lines.append(f":material/sticky_note_2: {plain(one.note)}")
        st.markdown("  \n".join(lines), width="stretch")
        if not open_:
            return
        if one.state == "offered":
            for yes, label in ((True, _("Takes it")), (False, _("Does not want it"))):
                st.button(
                    label, key=f"holder_{'yes' if yes else 'no'}_{one.booking_id}", type="primary" if yes else "secondary",
                    on_click=words.press, args=(signing_up.answer, viewer),
                    kwargs={"booking_id": one.booking_id, "yes": yes},
                )  # fmt: skip
            return
        with (
            st.popover("", icon=":material/person_remove:", help=_("Take off")),
            st.form(f"off_{one.booking_id}", border=False),
        ):
            why = st.text_input(_("Why? (may stay empty)"), key=f"holder_why_{one.booking_id}", max_chars=200)
            if st.form_submit_button(plain(_("Take {name} off", name=one.name))) and words.act(
                signing_up.leave, viewer, booking_id=one.booking_id, why=why
            ):
                st.rerun()


def _lots(viewer: Viewer, card: Card, slot_id: int | None) -> None:
    """The draw, for whom it is due."""
    if card.mode != "lottery" or card.drawn or not card.mine:
        return
    ready = card.closes_at is None or card.closes_at <= clock.now()
    st.button(
        _("Draw lots"), key="activity_lots", icon=":material/casino:", type="primary" if ready else "secondary",
        disabled=not ready, on_click=words.press, args=(signing_up.draw_lots, viewer),
        kwargs={"activity_id": card.id, "slot_id": slot_id, "done": _drawn},
    )  # fmt: skip
    if not ready and card.closes_at is not None:
        st.caption(plain(_("Lots can be drawn from {moment} on.", moment=times.moment(card.closes_at))))


def _drawn(result: tuple[list[int], list[int]]) -> str:
    won, lost = result
    said = n_("Drawn: {count} person has a place.", "Drawn: {count} people have a place.", len(won))
    return said + (" " + n_("{count} stands in line.", "{count} stand in line.", len(lost)) if lost else "")
