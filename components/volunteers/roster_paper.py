"""On A4, in Chinese: the roster of a week with the names, and the sheet that people sign at the door."""

from collections.abc import Sequence
from datetime import date, timedelta

import streamlit as st
from babel.dates import format_date

from components.care import paper
from components.i18n import _, translate
from components.volunteers import words
from db.access import Viewer
from db.volunteers import roster, workdays
from db.volunteers.roster import Sheet, day_of
from db.volunteers.shifts import Card
from db.words import N_

SPARE_LINES = 3
LEAST_LINES = 12


def _zh(text: str, **facts: object) -> str:
    """What hangs on the wall is Chinese, whatever the reader of the screen speaks."""
    said = translate(text, "zh")
    return said.format(**facts) if facts else said


def _day(day: date, form: str = "M月d日 EEE") -> str:
    return str(format_date(day, form, locale="zh_Hans_CN"))


def draw_week(viewer: Viewer, monday: date, area_id: int | None) -> None:
    """The week, a table for each day so that pages break between them."""
    if not viewer.can("shift.export"):
        st.info(_("Printing rosters is not for this account."))
        return
    since, until = roster.span(monday)
    found = roster.sheets(viewer, since=since, until=until, area_id=area_id)
    if not found:
        st.info(_("No shifts in this week yet. Make new ones, or copy another week."))
        return
    names = roster.area_names(viewer)
    sunday = monday + timedelta(days=6)
    area = names.get(area_id or 0, "")
    parts = [f"<h2>{paper.text(_zh(N_('Volunteer roster')) + ' ' + area)}</h2>", paper.text(f"{_day(monday, 'y年M月d日')}—{_day(sunday, 'M月d日')}")]  # fmt: skip
    for number in range(7):
        day = monday + timedelta(days=number)
        of_day = [one for one in found if day_of(one.card) == day]
        if of_day:
            note = workdays.holiday(day)
            said = _day(day) + (f" {_zh(workdays.NAMES.get(note, note))}" if note else "")
            parts += [paper.heading(said), _table(of_day, names)]
    paper.draw(parts)


def _table(found: Sequence[Sheet], names: dict[int, str]) -> str:
    heads = [_zh(one) for one in (N_("Time"), N_("Work"), N_("Place"), N_("Volunteers"), N_("Missing"))]
    rows = [
        (
            paper.text(words.span(one.card.starts_at, one.card.ends_at)),
            paper.bold(one.card.title),
            paper.text(words.place(names.get(one.card.area_id or 0, ""), one.card.where)),
            paper.text("、".join(one.names)),
            paper.text(str(max(one.card.minimum - one.card.taken, 0) or "")),
        )
        for one in found
    ]
    return paper.table(heads, rows, (13, 20, 22, 37, 8))


def draw_sign_in(viewer: Viewer, card: Card) -> None:
    """The sheet of one shift: who should come, room to sign in and out, and empty lines for who comes besides."""
    if not viewer.can("shift.export"):
        st.info(_("Printing rosters is not for this account."))
        return
    found = roster.sheets(
        viewer, since=card.starts_at, until=card.starts_at + timedelta(seconds=1), shift_id=card.id
    )
    people = found[0].names if found else ()
    area = roster.area_names(viewer).get(card.area_id or 0, "")
    heads = [
        _zh(one)
        for one in (
            N_("No."),
            N_("Full name"),
            N_("Came at"),
            N_("Signature"),
            N_("Left at"),
            N_("Signature"),
            N_("Remarks"),
        )
    ]
    lines = max(len(people) + SPARE_LINES, LEAST_LINES)
    rows = [
        (paper.text(str(number + 1)), paper.bold(people[number]) if number < len(people) else "&nbsp;<br>&nbsp;", "", "", "", "", "")
        for number in range(lines)
    ]  # fmt: skip
    when = f"{_day(day_of(card), 'y年M月d日 EEE')} {words.span(card.starts_at, card.ends_at)}"
    paper.draw(
        [
            f"<h2>{paper.text(_zh(N_('Sign-in sheet')) + ' ' + card.title)}</h2>",
            paper.text(when, words.place(area, card.where)),
            paper.table(heads, rows, (6, 18, 14, 18, 14, 18, 12)),
            f'<div class="keep">{paper.blank(_zh(N_("Responsible")))} {paper.blank(_zh(N_("Date")))}</div>',
            paper.text(_zh(N_("Time is counted from coming to leaving, without the way."))),
        ]
    )
