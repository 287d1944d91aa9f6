"""The list of calls of one activity: who is expected, what they said, the bus, consents, pictures and gifts; each by tap."""

from collections.abc import Callable, Sequence

import streamlit as st

from components.activities import guest_words, words
from components.care.to_call import dial
from components.i18n import _, n_
from components.page import show_more, shown
from components.register.values import plain
from components.volunteers import words as times
from db import keeping
from db.access import Viewer
from db.activities import guests, signing_up
from db.activities.guests import CallList, Expected
from db.activities.programme import Card
from db.people import contacts
from db.people.residents import RESIDENTS

FIRST, STEP = 30, 30
_OPEN, _NUMBERS = "_guest_open", "_guest_numbers"
_KEPT = "_guests_kept_{}"
"""Who is shown, in which order."""
SHOWN: dict[str, Callable[[Expected], bool]] = {
    "all": lambda _one: True,
    "call": lambda one: one.coming in ("", "unreached"),
    "yes": lambda one: one.coming == "yes",
    "no": lambda one: one.coming == "no",
}


def draw(viewer: Viewer, card: Card) -> None:
    """How far it is, then one card for each person."""
    found = guests.call_list(viewer, activity_id=card.id)
    if not found.lines:
        st.info(_("Nobody is expected yet. Sign somebody up, or invite those who never come."))
        return
    _counts(found)
    if found.kind == "birthday":
        _gifts_for_all(viewer, found)
    lines, answered = _some(found)
    most = shown(f"_guests_most_{card.id}", FIRST)
    with st.grid("auto", min_column_width=330, gap="small"):
        for one in lines[:most]:
            _person(viewer, found, one, card.stage in ("announced", "running"))
    words.said(None)
    if len(lines) > most:
        show_more(f"_guests_most_{card.id}", most + STEP, key="tap_guests_more")
    if answered:
        st.button(
            n_("Put {count} answered away", "Put {count} answered away", answered), key="guests_answered",
            icon=":material/done_all:", on_click=_choose_anew, args=(card.id,),
        )  # fmt: skip
    st.caption(_("The same list on paper: “Print” → “Call list”."))


def _counts(found: CallList) -> None:
    """Called, reached, coming; the bus, the consents, the gifts."""
    lines = found.lines
    called = sum(bool(one.coming) for one in lines)
    reached = sum(one.coming in ("yes", "no") for one in lines)
    said = [
        words.tag("blue", _("Called {count} of {all}", count=called, all=len(lines)), ":material/call:"),
        words.tag("gray", _("Reached {count}", count=reached)),
        words.tag("green", _("Coming {count}", count=found.comes), ":material/check:"),
    ]
    if found.seats:
        full = found.seats_taken >= found.seats
        said.append(
            words.tag("orange" if full else "gray", _("Bus {taken} of {seats}", taken=found.seats_taken, seats=found.seats),
                      ":material/directions_bus:")
        )  # fmt: skip
    if found.needs_consent:
        count = sum(one.consent for one in lines)
        said.append(words.tag("gray", _("Consents {count} of {all}", count=count, all=len(lines)), ":material/draw:"))  # fmt: skip
    if found.pictures:
        count = sum(one.pictures for one in lines)
        said.append(words.tag("gray", _("Pictures: {count} of {all} agree", count=count, all=len(lines)), ":material/photo_camera:"))  # fmt: skip
    if found.kind == "birthday":
        count = sum(one.gift_at is not None for one in lines)
        said.append(words.tag("gray", _("Gifts given {count}", count=count), ":material/redeem:"))
    st.markdown(" ".join(said))


def _gifts_for_all(viewer: Viewer, found: CallList) -> None:
    without = [one.key for one in found.lines if one.came and one.gift_at is None]
    if not without:
        return
    with st.container(key="big_gifts"):
        st.button(
            n_("Gift given to {count} who came", "Gifts given to all {count} who came", len(without)), key="gifts_all",
            icon=":material/redeem:", width="stretch", on_click=words.press, args=(guests.give, viewer),
            kwargs={"activity_id": found.activity_id, "keys": without, "done": _given},
        )  # fmt: skip


def _given(count: int) -> str:
    return n_("{count} gift noted.", "{count} gifts noted.", count)


def _some(found: CallList) -> tuple[Sequence[Expected], int]:
    """Everybody, or those who are still to be called, who come, who do not; and how many of these have answered since.

    Who is chosen is chosen once: whoever answers stays where they stand, so that nobody loses their place in a long list.
    """
    labels = {"all": _("All"), "call": _("To call"), "yes": _("Will come"), "no": _("Will not come")}
    key, kept = f"guests_shown_{found.activity_id}", _KEPT.format(found.activity_id)
    if key not in st.session_state:  # just come here
        _choose_anew(found.activity_id)
    chosen: str = st.segmented_control(
        _("Show"), list(SHOWN), key=key, default="all", required=True, on_change=_choose_anew, args=(found.activity_id,),
        format_func=lambda code: f"{labels[code]} {sum(map(SHOWN[code], found.lines))}", label_visibility="collapsed",
        wrap=False,
    )  # fmt: skip
    order: list[str] = st.session_state.get(kept, [])
    by_key = {one.key: one for one in found.lines}
    order += [one.key for one in found.lines if SHOWN[chosen](one) and one.key not in order]
    st.session_state[kept] = order
    lines = [by_key[one] for one in order if one in by_key]
    if not lines:
        st.caption(_("Nobody."))
    return lines, sum(not SHOWN[chosen](one) for one in lines)


def _choose_anew(activity_id: int) -> None:
    st.session_state.pop(_KEPT.format(activity_id), None)


# --- One person ---


def _person(viewer: Viewer, found: CallList, one: Expected, open_: bool) -> None:
    at = f"guest_{found.activity_id}_{one.key}"
    with st.container(border=True, key=f"attend_{at}", gap="xsmall"):
        st.markdown("  \n".join(_about(one)))
        words.said(at)
        _coming(viewer, found, one, at)
        if one.coming == "no" and one.booking_id is not None and open_:
            st.button(
                _("Give the place to the next"), key=f"leave_{at}", icon=":material/person_remove:", width="stretch",
                on_click=words.press, args=(signing_up.leave, viewer), kwargs={"booking_id": one.booking_id, "at": at},
            )  # fmt: skip
        _ticks(viewer, found, one, at)
        _calls(viewer, found, one, at)
        if st.session_state.get(_OPEN) == at:
            _more_of(viewer, found, one, at)


def _about(one: Expected) -> list[str]:
    state = words.tag("orange", _("invited, no place yet")) if one.state == "invited" else ""
    if one.state not in ("", "invited", "booked"):
        state = words.state(one.state)
    facts = [str(one.age)] if one.age is not None else []
    facts += [one.address] if one.address else []
    lines = [f"**{plain(one.name)}** :gray[{plain(' · '.join(facts))}] {state}"]
    if one.contact:
        lines.append(f":gray[:material/emergency: {plain(f'{one.contact} {one.contact_phone}')}]")
    if one.via:
        lines.append(f":gray[:material/group: {plain(_('Knows {people}', people=one.via))}]")
    if one.companion:
        lines.append(f":material/group_add: {plain(_('Comes with {name}', name=one.companion))}")
    if one.note:
        lines.append(f":material/sticky_note_2: {plain(one.note)}")
    if one.called_at is not None:
        lines.append(f":gray[{plain(_('Called by {name}, {moment}', name=one.called_by, moment=times.moment(one.called_at)))}]")  # fmt: skip
    return lines


def _coming(viewer: Viewer, found: CallList, one: Expected, at: str) -> None:
    key = f"coming_{at}"
    if (st.session_state.get(key) or "") != one.coming:  # noted by somebody else, or not taken
        st.session_state[key] = one.coming or None
    st.segmented_control(
        _("What {name} said", name=plain(one.name)), list(guest_words.SAYS), key=key, label_visibility="collapsed",
        width="stretch", format_func=guest_words.says, on_change=_say, args=(viewer, found.activity_id, one.key, key, at),
    )  # fmt: skip


def _say(viewer: Viewer, activity_id: int, key: str, widget: str, at: str) -> None:
    if not words.tapped_twice(widget):  # else `_coming` shows what is noted
        _note(viewer, activity_id, key, {"coming": st.session_state[widget] or ""}, at)


def _note(viewer: Viewer, activity_id: int, key: str, values: dict[str, object], at: str) -> bool:
    return words.act(guests.note, viewer, activity_id=activity_id, key=key, values=values, at=at)


def _ticks(viewer: Viewer, found: CallList, one: Expected, at: str) -> None:
    """What this activity has of: a seat on the bus, the signed consent, pictures, the gift."""
    labels = {}
    if found.seats:
        labels["bus"] = f":material/directions_bus: {_('Bus')}"
    if found.needs_consent:
        labels["consent"] = f":material/draw: {_('Consent')}"
    if found.pictures:
        labels["pictures"] = f":material/photo_camera: {_('Agrees to pictures')}"
    if found.kind == "birthday":
        labels["gift"] = f":material/redeem: {_('Gift')}"
    if not labels:
        return
    have = {"bus": one.bus, "consent": one.consent, "pictures": one.pictures, "gift": one.gift_at is not None}
    now = [name for name in labels if have[name]]
    key = f"ticks_{at}"
    if st.session_state.get(key) != now:
        st.session_state[key] = now
    st.pills(
        _("Of {name}", name=plain(one.name)), list(labels), key=key, selection_mode="multi", label_visibility="collapsed",
        format_func=labels.__getitem__, on_change=_ticked, args=(viewer, found.activity_id, one.key, now, key, at),
    )  # fmt: skip


def _ticked(viewer: Viewer, activity_id: int, key: str, before: list[str], widget: str, at: str) -> None:
    after = set(st.session_state[widget])
    values: dict[str, object] = {
        name: name in after for name in ("bus", "consent", "pictures") if (name in after) != (name in before)
    }
    if values:
        _note(viewer, activity_id, key, values, at)
    if ("gift" in after) != ("gift" in before):
        words.press(guests.give, viewer, activity_id=activity_id, keys=[key], given="gift" in after, at=at)


def _calls(viewer: Viewer, found: CallList, one: Expected, at: str) -> None:
    """The number to dial comes below the button that shows it: the second of two taps must not dial."""
    number = st.session_state.get(_NUMBERS, {}).get(at, "")
    with st.container(horizontal=True, vertical_alignment="center"):
        if one.phone and one.opens:
            st.button(
                plain(_("Call {phone}", phone=one.phone)), key=f"call_{at}", icon=":material/call:", on_click=_reveal,
                args=(viewer, found, one, at), help=_("Shows the number. That you looked is recorded."),
                disabled=bool(number),
            )  # fmt: skip
        elif not number:
            st.caption(f":material/phone_disabled: {plain(_no_call(viewer, one))}", width="content")
        if st.session_state.get(_OPEN) != at:
            st.button(
                _("More"), key=f"more_{at}", icon=":material/edit_note:", type="tertiary", on_click=_open, args=(at,),
            )  # fmt: skip
    dial(at, number)


def _no_call(viewer: Viewer, one: Expected) -> str:
    """Why there is no number to tap."""
    if one.resident_id is None:
        return _("not registered as a resident here; the number stands with the volunteers")
    if viewer.sees("contact") == "none":
        return _("telephone numbers are not for your account")
    if one.phone:
        return _("{phone} · lives outside your areas, where the number is not yours to see", phone=one.phone)
    return _("no telephone known")


def _open(at: str) -> None:
    st.session_state[_OPEN] = at


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def _reveal(viewer: Viewer, found: CallList, one: Expected, at: str, *, contact: bool = False) -> None:
    """The number of the person, or of their emergency contact; why is known, and recorded."""
    reason = _("To call about: {title}", title=found.title)

    def ask() -> None:
        if contact:
            number = contacts.reveal_phone(viewer, contact_id=one.contact_id or 0, reason=reason)
        else:
            number = keeping.reveal(viewer, RESIDENTS, one.resident_id or 0, "phone", reason)
        st.session_state[_NUMBERS] = {
            **st.session_state.get(_NUMBERS, {}),
            f"{at}_contact" if contact else at: number,
        }

    words.act(ask, at=at)


def _more_of(viewer: Viewer, found: CallList, one: Expected, at: str) -> None:
    """Who comes along, a remark, the emergency contact: what few people need."""
    if one.contact_phone and one.opens:
        number = st.session_state.get(_NUMBERS, {}).get(f"{at}_contact", "")
        st.button(
            _("Call the emergency contact"), key=f"contact_{at}", icon=":material/emergency:", on_click=_reveal,
            args=(viewer, found, one, at), kwargs={"contact": True}, disabled=bool(number),
        )  # fmt: skip
        dial(f"{at}_contact", number)
    companion = one.companion
    if found.companions:
        companion = st.text_input(
            _("Who comes along"), one.companion, key=f"companion_{at}", max_chars=guests.LONGEST["companion"]
        )
    note = st.text_input(_("Remark"), one.note, key=f"note_{at}", max_chars=guests.LONGEST["note"])
    with st.container(horizontal=True, key=f"tap_save_{at}"):
        st.button(
            _("Save"), key=f"save_{at}", type="primary", icon=":material/check:", on_click=_save,
            args=(viewer, found, one, companion, note, at),
        )  # fmt: skip
        st.button(_("Fold away"), key=f"close_{at}", type="tertiary", on_click=_close)


def _save(viewer: Viewer, found: CallList, one: Expected, companion: str, note: str, at: str) -> None:
    values: dict[str, object] = {"note": note}
    if found.companions:
        values["companion"] = companion
    if _note(viewer, found.activity_id, one.key, values, at):
        _close()
