"""On A4, in Chinese: the poster with its code, and the sheet that people sign at the door."""

import segno
import streamlit as st

from components.activities import announcement, guest_words, words
from components.activities.announcement import ages, when
from components.care import paper
from components.i18n import _, translate
from components.volunteers.hours_words import site
from components.words import say as say_no
from db.access import Viewer
from db.activities import attending, guests, programme, public
from db.activities.guests import CallList, Expected, Numbers
from db.errors import Refused
from db.words import N_

SPARE_LINES = 6
PICTURES = N_("Pictures are taken, but not of those beside whom “no pictures” stands. Ask whoever is new.")
MOST_DATES = 8


def _zh(text: str, **facts: object) -> str:
    """What hangs on the wall is Chinese, whatever the reader of the screen speaks."""
    said = translate(text, "zh")
    return said.format(**facts) if facts else said


def poster(viewer: Viewer, activity_id: int) -> None:
    """What, when, where, in letters that are read from across the yard; the code leads to the public page."""
    token = public.token_of(viewer, activity_id)
    found = public.announcement(token)
    if found is None:
        st.info(_("A draft has no poster. Announce it first."))
        return
    code = segno.make(f"{site(viewer)}/activity?code={token}", error="m").svg_data_uri(scale=6, border=1)
    dates = [when(*one, "zh") for one in found.dates[:MOST_DATES]]
    if len(found.dates) > MOST_DATES:
        dates.append(_zh(N_("… {count} dates in all"), count=len(found.dates)))
    lines = [
        (N_("When"), paper.text(*dates)),
        (N_("Where"), paper.text(" ".join(one for one in (found.area, found.where) if one))),
        (N_("For whom"), ages(found, "zh")),
        (N_("What to bring"), paper.text(found.materials)),
        (N_("Cost"), _zh(N_("{yuan} yuan"), yuan=found.cost) if found.cost else _zh(N_("Free of charge"))),
    ]
    rows = "".join(f"<p><strong>{_zh(label)}</strong>　{value}</p>" for label, value in lines if value)
    how = _zh(N_("Sign up at the community office, with your grid worker, or with a volunteer you know."))
    paper.draw(
        [
            f'<div class="poster"><h2>{paper.text(found.title)}</h2><p class="about">{paper.text(found.about)}</p>{rows}'
            f'<p class="how">{how}</p><img src="{code}" alt="{_zh(N_("Code that leads to this activity"))}" width="220">'
            f"<p>{_zh(N_('Scan for dates and places left'))}</p></div>"
        ]
    )


def sheet(viewer: Viewer, activity_id: int, slot_id: int) -> None:
    """Who has a place, with room to sign, and empty lines for whoever just comes."""
    try:
        found = attending.grid(viewer, activity_id=activity_id)
        card = programme.card(viewer, activity_id=activity_id)
    except Refused as refused:
        say_no(refused)
        return
    at = next((number for number, one in enumerate(found.columns) if one.slot_id == slot_id), 0)
    there = [line for line in found.lines if line.marks[at] is not None]
    heads = [_zh(one) for one in (N_("No."), N_("Full name"), N_("Address"), N_("Signature"), N_("Note"))]
    rows = [
        (
            str(number),
            paper.text(line.name),
            paper.text(line.address),
            "",
            paper.text(_zh(N_("no pictures")) if found.pictures and not line.pictures else ""),
        )
        for number, line in enumerate(there, start=1)
    ]
    rows += [
        (str(len(there) + number), "", "", "", paper.boxes([_zh(N_("pictures"))]) if found.pictures else "")
        for number in range(1, SPARE_LINES + 1)
    ]
    column = found.columns[at]
    said = announcement.when(column.starts_at, column.starts_at, "zh").split("–")[0]
    paper.draw(
        [
            f"<h2>{paper.text(_zh(N_('Sign-in sheet')) + '　' + card.title)}</h2>",
            paper.text(f"{said}　{card.where}", _zh(PICTURES) if found.pictures else ""),
            paper.table(heads, rows, (8, 20, 26, 30, 16)),
        ]
    )


def calls(viewer: Viewer, activity_id: int) -> None:
    """Whom to call, with what is known of each and boxes for what they say; who said it already is ticked."""
    try:
        found = guests.call_list(viewer, activity_id=activity_id)
        card = programme.card(viewer, activity_id=activity_id)
    except Refused as refused:
        say_no(refused)
        return
    numbers = _numbers(viewer, found)
    heads = [N_("No."), N_("Full name"), N_("Address"), N_("Telephone"), N_("Emergency contact"), N_("Says")]
    widths = [5, 13, 14, 16, 16, 16]
    if found.seats:
        heads.append(N_("Bus"))
        widths.append(6)
    if found.pictures:
        heads.append(N_("Pictures"))
        widths.append(6)
    heads.append(N_("Remark"))
    rows = [
        _call(number, one, numbers.get(one.key, Numbers(one.phone, one.contact_phone)), found)
        for number, one in enumerate(found.lines, start=1)
    ] or [[""] * len(heads)]
    when_ = (
        announcement.when(card.next_at, card.next_ends_at, "zh") if card.next_at and card.next_ends_at else ""
    )
    paper.draw(
        [
            f"<h2>{paper.text(_zh(N_('Call list')) + '　' + card.title)}</h2>",
            paper.text(f"{when_}　{card.where}".strip()),
            paper.table([_zh(one) for one in heads], rows, (*widths, 100 - sum(widths))),
        ]
    )


def _numbers(viewer: Viewer, found: CallList) -> dict[str, Numbers]:
    """The whole numbers, once somebody asks for them: each look is recorded."""
    key = f"_paper_numbers_{found.activity_id}"
    known: dict[str, Numbers] = st.session_state.get(key, {})
    if not known and any(one.opens and (one.phone or one.contact_phone) for one in found.lines):

        def ask() -> None:
            reason = _("To call about: {title}", title=found.title)
            st.session_state[key] = guests.numbers(viewer, activity_id=found.activity_id, reason=reason)

        with st.container(key="screen_numbers"):
            words.said(key)
            st.button(
                _("Whole telephone numbers"), key="paper_numbers", icon=":material/visibility:", on_click=words.press,
                args=(ask,), kwargs={"at": key}, help=_("For each person it is recorded that you looked."),
            )  # fmt: skip
    return known


def _call(number: int, one: Expected, numbers: Numbers, found: CallList) -> list[str]:
    ticks = " ".join(
        f'<span class="box">{"☑" if one.coming == code else "☐"} {paper.text(_zh(label))}</span>'
        for code, label in guest_words.SAYS.items()
    )
    age = _zh(N_("{age} years"), age=one.age) if one.age is not None else ""
    row = [
        str(number), paper.who(one.name, age), paper.text(one.address), paper.text(numbers.phone), paper.text(one.contact, numbers.contact), ticks,
    ]  # fmt: skip
    if found.seats:
        row.append("☑" if one.bus else "☐")
    if found.pictures:
        row.append("☑" if one.pictures else "☐")
    along = _zh(N_("Comes with {name}"), name=one.companion) if one.companion else ""
    return [*row, paper.text(along, one.note)]
