"""Those who never come: who, why, what they like, who knows them; invited in few taps; and whether it did any good."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from components.activities import guest_words, inviting, words
from components.i18n import _, day_text, listed, n_
from components.kept import Kept
from components.page import show_more, shown
from components.register.values import plain
from components.volunteers import words as times
from db import clock
from db.access import Viewer
from db.activities import never, whom
from db.activities.never import Missed, Page, Signed

MONTHS = (3, 6, 12)
LOOK_BACK = 3
"""Months over which it is said whether inviting did any good."""
PAGE = 12
INVITED, MORE = 20, 40
_AFTER = "_never_after"
_STOOD = "_never_stood"


def draw(viewer: Viewer, kept: Kept) -> None:
    """Whether it worked, the filters, and one page of the list."""
    _worked(kept)
    months, path = _filters(kept)
    st.session_state.setdefault(_AFTER, None)
    page = kept.read(never.those, months=months, area_path=path, after=st.session_state[_AFTER], limit=PAGE)
    if not page.people:
        _nobody(bool(path))
    agreed = inviting.agreed()
    with st.grid("auto", min_column_width=320):
        for one in _in_place(page.people, [one for one, _told in agreed.values()]):
            _card(viewer, kept, one, agreed.get(one.resident_id, (one, ""))[1])
    words.said(None)
    _way(page)
    with st.container(key="tap_signed"):
        if st.toggle(_("Show who is signed up for something already"), key="never_signed"):
            _signed(kept.read(never.signed_up, months=months, area_path=path))


def _in_place(people: Sequence[Missed], agreed: Sequence[Missed]) -> list[Missed]:
    """Those of the list, and whoever said yes a moment ago where they stood."""
    stood: list[int] = st.session_state.get(_STOOD, [])
    there = {one.resident_id for one in people}
    found = list(people)
    gone = [one for one in agreed if one.resident_id not in there and one.resident_id in stood]
    for one in sorted(gone, key=lambda one: stood.index(one.resident_id)):
        found.insert(stood.index(one.resident_id), one)
    st.session_state[_STOOD] = [one.resident_id for one in found]
    return found


def _way(page: Page) -> None:
    """On, or back to the beginning."""
    if page.after is not None:
        st.button(
            _("Show the next ones"), key="tap_never_next", width="stretch", icon=":material/arrow_forward:",
            on_click=_go, args=(page.after,),
        )  # fmt: skip
    if st.session_state[_AFTER] is not None:
        st.button(
            _("From the beginning"), key="tap_never_first", width="stretch", icon=":material/first_page:", on_click=_go,
            args=(None,),
        )  # fmt: skip


def _signed(rows: Sequence[Signed]) -> None:
    """Who needs no inviting: for what they are signed up."""
    if not rows:
        st.caption(_("None of those who never come is signed up for anything."))
    for row in rows:
        what = [
            f":gray[{plain(f'{title} · {times.short_date(at.astimezone(clock.PLACE).date())}')}] {words.state(state)}"
            for title, at, state in row.what
        ]
        st.markdown(f"**{plain(row.name)}** :gray[{plain(row.address)}]  \n" + "  \n".join(what))


def _go(after: tuple[int, str, int] | None) -> None:
    st.session_state[_AFTER] = after
    inviting.forget()


# --- Whether it did any good ---


def _worked(kept: Kept) -> None:
    today = clock.today()
    since = never.since_of(LOOK_BACK)
    found = kept.read(never.worked, since=since, until=today)
    with st.container(border=True, key="never_worked", gap="small"):
        if found.invited:
            said = n_(
                "In the last three months {count} was invited to something that is over: **{came} came**, {first} for the first time ever.",
                "In the last three months {count} were invited to something that is over: **{came} came**, {first} for the first time ever.",
                found.invited, came=found.came, first=found.first,
            )  # fmt: skip
        else:
            said = _("Invite somebody: here it will say how many of them came.")
        st.markdown(f":material/diversity_3: {said}")
        with st.container(key="tap_invited"):
            if st.toggle(_("Show who was invited"), key="never_invited"):
                _invited(kept.read(never.invited, since=since, until=today))


def _invited(rows: Sequence[Any]) -> None:
    """Everybody who was invited and what became of it, the latest first."""
    if not rows:
        st.caption(_("Nobody was invited in the last three months."))
    most = shown("_invited_most", INVITED)
    for row in rows[:most]:
        via = f" · {_('knows {names}', names=row.via)}" if row.via else ""
        st.markdown(
            f"**{plain(row.name)}** {_became(row)}  \n:gray[{plain(f'{row.title} · {_invited_on(row.invited_at)}{via}')}]"
        )
    if len(rows) > most:
        show_more("_invited_most", most + MORE, key="tap_invited_more")


def _invited_on(at: Any) -> str:
    return _("invited on {day}", day=times.short_date(at.astimezone(clock.PLACE).date()))


def _became(row: Any) -> str:
    """What became of an invitation, in a colour and in words."""
    if row.came and row.first_on == row.on:
        return words.tag("green", _("came for the first time"), ":material/celebration:")
    if row.came:
        return words.tag("green", _("came"), ":material/check:")
    if row.over and row.coming == "yes":
        return words.tag("red", _("said yes, did not come"))
    if row.coming:
        return words.tag(guest_words.COLOURS[row.coming], _(guest_words.SAYS[row.coming]))
    return words.tag("gray", _("did not come")) if row.over else words.tag("orange", _("no answer yet"))


# --- The list ---


def _filters(kept: Kept) -> tuple[int, str]:
    usual = kept.read(never.usual_months)
    areas: dict[str, str] = {
        "": _("All areas"),
        **(dict(kept.read(whom.area_choices)) if kept.viewer.can("activity.create") else {}),
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        months: int = st.segmented_control(
            _("Not seen at anything for"), sorted({*MONTHS, usual}), default=usual, key=f"never_months_{usual}",
            required=True, format_func=lambda one: n_("{count} month", "{count} months", one), on_change=_go, args=(None,),
        )  # fmt: skip
        path: str = st.selectbox(
            _("Area"), list(areas), key="never_area", format_func=lambda one: areas[one], width=280,
            on_change=_go, args=(None,),
        )  # fmt: skip
    return months, path


def _nobody(filtered: bool) -> None:
    if st.session_state[_AFTER] is not None:
        st.info(_("That was everybody."))
    elif filtered:
        st.info(_("Nobody there. Choose another area or other months."))
    else:
        st.success(
            _(
                "Nobody: everybody who lives alone or is in care was seen at something in these months, or is signed up."
            ),
            icon=":material/celebration:",
        )


def _card(viewer: Viewer, kept: Kept, one: Missed, agreed: str) -> None:
    """`agreed`: what was said of a yes just now; then nothing is asked any more."""
    with st.container(border=True, key=f"card_never_{one.resident_id}", gap="small"):
        about = [str(one.age)] if one.age is not None else []
        about += [one.address] if one.address else []
        lines = [f"**{plain(one.name)}** :gray[{plain(' · '.join(about))}]", _reasons(one)]
        if one.interests:
            lines.append(f":material/favorite: {plain(_('Likes: {things}', things=one.interests))}")
        lines.append(f":material/group: {_known(one)}")
        if one.invited_at is not None:
            day = day_text(one.invited_at.astimezone(clock.PLACE).date())
            lines.append(
                f":gray[{plain(_('Invited last on {day}: {title}', day=day, title=one.invited_to))}]"
            )
        st.markdown("\n\n".join(lines))
        words.said(inviting.at(one.resident_id))
        if agreed:
            st.success(plain(agreed), icon=":material/check_circle:")
        else:
            inviting.draw(viewer, kept, one)


def _reasons(one: Missed) -> str:
    if one.last_on is None:
        seen = words.tag("red", _("Never seen at anything"))
    else:
        seen = words.tag("orange", _("Not since {day}", day=day_text(one.last_on)))
    rest = [
        words.tag("gray", _(guest_words.REASONS[code])) for code in one.reasons if code in guest_words.REASONS
    ]
    return " ".join([seen, *rest])


def _known(one: Missed) -> str:
    if not one.knows:
        return f":gray[{plain(_('Nobody is known who could bring them along.'))}]"
    return plain(_("Knows {people}", people=listed(inviting.known(other) for other in one.knows)))
